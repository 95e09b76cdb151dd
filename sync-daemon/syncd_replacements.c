
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <errno.h>
#include <string.h>

#include "syncd_file.h"
#include "syncd_replacements.h"
#include "wppkg_meta.h"


/* in "meta": the text of the last file that could be read */
#define SYNCD_REPLACEMENTS_META  "replacements"

#define SYNCD_REPLACEMENTS_SAID  10   /* lines that are reported */


typedef struct {
    const char  *file;
    unsigned     n;               /* lines that were wrong */
} syncd_replacements_said_t;


static int syncd_replacements_changed(wppkg_catalogue_t *cat,
    const char *file, wppkg_buf_t *text);
static int syncd_replacements_read(const char *file, wppkg_buf_t *text,
    wppkg_error_t *why);
static int syncd_replacements_keep(wppkg_catalogue_t *cat,
    const wppkg_buf_t *text);
static void syncd_replacements_say(void *data, size_t line, const char *text);


int
syncd_replacements_load(wppkg_catalogue_t *cat, const char *file,
    wppkg_replacements_t *r)
{
    int                         rc;
    wppkg_buf_t                 text;
    wppkg_lines_report_t        report;
    syncd_replacements_said_t   said;

    memset(r, 0, sizeof(wppkg_replacements_t));
    memset(&report, 0, sizeof(wppkg_lines_report_t));

    said.file = file;
    said.n = 0;
    report.say = syncd_replacements_say;
    report.data = &said;

    wppkg_buf_init(&text, WPPKG_LINES_FILE);
    wppkg_buf_puts(&text, "");

    rc = syncd_replacements_changed(cat, file, &text);

    if (rc == WPPKG_OK && text.len != 0) {
        rc = wppkg_replacements_parse(r, text.data, text.len, &report);

        if (rc == WPPKG_ERROR) {
            (void) wppkg_catalogue_refuse(cat, "%s: out of memory", file);

        } else {
            rc = WPPKG_OK;
        }

        if (said.n > SYNCD_REPLACEMENTS_SAID) {
            syncd_error("%s: %u more lines are wrong", file,
                        said.n - SYNCD_REPLACEMENTS_SAID);
        }
    }

    wppkg_buf_free(&text);

    return rc;
}


/* text: of the file, or of the last one that could be read */

static int
syncd_replacements_changed(wppkg_catalogue_t *cat, const char *file,
    wppkg_buf_t *text)
{
    int            rc;
    wppkg_buf_t    old;
    wppkg_error_t  why;

    wppkg_buf_init(&old, WPPKG_LINES_FILE);
    wppkg_buf_puts(&old, "");

    rc = wppkg_meta_get_text(cat, SYNCD_REPLACEMENTS_META, &old);

    if (rc != WPPKG_OK && rc != WPPKG_DECLINED) {
        wppkg_buf_free(&old);
        return rc;
    }

    rc = WPPKG_OK;

    if (file != NULL
        && syncd_replacements_read(file, text, &why) != WPPKG_OK)
    {
        syncd_error("replacements %s cannot be read: %s; those known before "
                    "stay", file, why.text);
        text->len = 0;
        wppkg_buf_append(text, old.data, old.len);

    } else if (text->len != old.len
               || memcmp(text->data, old.data, old.len) != 0)
    {
        rc = syncd_replacements_keep(cat, text);
    }

    wppkg_buf_free(&old);

    return rc;
}


static int
syncd_replacements_read(const char *file, wppkg_buf_t *text,
    wppkg_error_t *why)
{
    FILE    *fp;
    char     part[4096];
    size_t   n;

    fp = syncd_file_open(file, why);

    if (fp == NULL) {
        return WPPKG_ERROR;
    }

    do {
        n = fread(part, 1, sizeof(part), fp);
        wppkg_buf_append(text, part, n);

    } while (n != 0 && wppkg_buf_ok(text));

    n = (ferror(fp) != 0);
    (void) fclose(fp);

    if (n != 0 || !wppkg_buf_ok(text)) {
        wppkg_error_set(why, "%s",
                        (n != 0) ? strerror(EIO) : "it is too large");
        wppkg_buf_free(text);
        wppkg_buf_init(text, WPPKG_LINES_FILE);
        wppkg_buf_puts(text, "");
        return WPPKG_ERROR;
    }

    if (memchr(text->data, '\0', text->len) != NULL) {
        wppkg_error_set(why, "it has a NUL byte");
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


static int
syncd_replacements_keep(wppkg_catalogue_t *cat, const wppkg_buf_t *text)
{
    int  rc;

    rc = wppkg_catalogue_begin(cat);

    if (rc == WPPKG_OK) {
        rc = (text->len != 0)
             ? wppkg_meta_set_text(cat, SYNCD_REPLACEMENTS_META, text->data)
             : wppkg_meta_unset(cat, SYNCD_REPLACEMENTS_META);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_reclaim(cat);
    }

    return wppkg_catalogue_end(cat, rc);
}


static void
syncd_replacements_say(void *data, size_t line, const char *text)
{
    syncd_replacements_said_t  *said;

    said = data;

    if (said->n++ < SYNCD_REPLACEMENTS_SAID) {
        syncd_error("%s:%zu: %s", said->file, line, text);
    }
}

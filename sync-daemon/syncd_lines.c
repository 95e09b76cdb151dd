
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <errno.h>
#include <string.h>

#include "syncd_file.h"
#include "syncd_lines.h"
#include "wppkg_dist_policy.h"
#include "wppkg_filters.h"
#include "wppkg_hash.h"
#include "wppkg_meta.h"
#include "wppkg_replaced.h"


#define SYNCD_LINES_SAID  10          /* lines that are reported */
#define SYNCD_LINES_HASH  (2 * WPPKG_HASH_LEN + 1)


typedef struct {
    const char  *key;                 /* of [repository]; "list" of [dist] */
    const char  *meta;                /* the name of its hash */
    size_t       file;                /* where syncd_conf_t has it */

    int        (*take)(wppkg_catalogue_t *cat, const char *bytes, size_t len,
                       wppkg_lines_report_t *report);
} syncd_lines_t;


/* the first lines of a file that are wrong, in order */

typedef struct {
    size_t           n;               /* how many are wrong */
    size_t           lines[SYNCD_LINES_SAID];
    wppkg_error_t    texts[SYNCD_LINES_SAID];
} syncd_lines_said_t;


static int syncd_lines_one(wppkg_catalogue_t *cat, const syncd_lines_t *what,
    const char *file, int *wrong);
static int syncd_lines_read(const char *file, wppkg_buf_t *text,
    wppkg_error_t *why);
static int syncd_lines_compare(wppkg_catalogue_t *cat,
    const syncd_lines_t *what, const char *file, const wppkg_buf_t *text,
    int *wrong);
static int syncd_lines_known(wppkg_catalogue_t *cat,
    const syncd_lines_t *what, const char *hash);
static int syncd_lines_set(wppkg_catalogue_t *cat, const syncd_lines_t *what,
    const char *file, const wppkg_buf_t *text, const char *hash, int *wrong);
static int syncd_lines_apply(wppkg_catalogue_t *cat,
    const syncd_lines_t *what, const wppkg_buf_t *text, const char *hash,
    wppkg_lines_report_t *report);
static void syncd_lines_refused(const syncd_lines_t *what, const char *file,
    const wppkg_lines_report_t *report);
static void syncd_lines_told(const char *file,
    const syncd_lines_said_t *said);
static void syncd_lines_say(void *data, size_t line, const char *text);


static const syncd_lines_t  syncd_lines[] = {
    { "lists", "lists_hash",
      offsetof(syncd_conf_t, lists), wppkg_filters_take },
    { "replacements", "replacements_hash",
      offsetof(syncd_conf_t, replacements), wppkg_replaced_take },
    { "list", "dist_list_hash",
      offsetof(syncd_conf_t, dist_list), wppkg_dist_listed_take }
};


int
syncd_lines_take(wppkg_catalogue_t *cat, const syncd_conf_t *conf, int *wrong)
{
    int           rc;
    size_t        i;
    const char   *file;

    rc = WPPKG_OK;
    *wrong = 0;

    for (i = 0; i < sizeof(syncd_lines) / sizeof(syncd_lines[0]); i++) {
        file = *(char *const *) ((const char *) conf + syncd_lines[i].file);

        if (rc == WPPKG_OK) {
            rc = syncd_lines_one(cat, &syncd_lines[i], file, wrong);
        }
    }

    return rc;
}


static int
syncd_lines_one(wppkg_catalogue_t *cat, const syncd_lines_t *what,
    const char *file, int *wrong)
{
    int            rc;
    wppkg_buf_t    text;
    wppkg_error_t  why;

    wppkg_buf_init(&text, WPPKG_LINES_FILE);
    wppkg_buf_puts(&text, "");

    if (file != NULL && syncd_lines_read(file, &text, &why) != WPPKG_OK) {
        syncd_error("%s %s cannot be read: %s; those known before stay",
                    what->key, file, why.text);
        *wrong = 1;
        rc = WPPKG_OK;

    } else {
        rc = syncd_lines_compare(cat, what, file, &text, wrong);
    }

    wppkg_buf_free(&text);

    return rc;
}


static int
syncd_lines_read(const char *file, wppkg_buf_t *text, wppkg_error_t *why)
{
    int    rc;
    FILE  *fp;

    fp = syncd_file_open(file, why);

    if (fp == NULL) {
        return WPPKG_ERROR;
    }

    rc = syncd_file_fill(fp, text, why);
    (void) fclose(fp);

    /* as a loss of power leaves a file, not as anybody has written it */

    if (rc == WPPKG_OK && memchr(text->data, '\0', text->len) != NULL) {
        wppkg_error_set(why, "it has a NUL byte");
        return WPPKG_ERROR;
    }

    return rc;
}


/* without a file there is no hash */

static int
syncd_lines_compare(wppkg_catalogue_t *cat, const syncd_lines_t *what,
    const char *file, const wppkg_buf_t *text, int *wrong)
{
    int             rc;
    char            hex[SYNCD_LINES_HASH];
    unsigned char   hash[WPPKG_HASH_LEN];

    hex[0] = '\0';

    if (file != NULL) {

        if (wppkg_hash(text->data, text->len, hash) != WPPKG_OK) {
            return wppkg_catalogue_refuse(cat, "%s: OpenSSL cannot make its "
                                          "hash", file);
        }

        wppkg_hex(hex, hash, WPPKG_HASH_LEN);
    }

    rc = syncd_lines_known(cat, what, hex);

    return (rc == WPPKG_DECLINED)
           ? syncd_lines_set(cat, what, file, text, hex, wrong) : rc;
}


/* WPPKG_DECLINED: it is another one */

static int
syncd_lines_known(wppkg_catalogue_t *cat, const syncd_lines_t *what,
    const char *hash)
{
    int          rc;
    wppkg_buf_t  known;

    wppkg_buf_init(&known, SYNCD_LINES_HASH);
    wppkg_buf_puts(&known, "");

    rc = wppkg_meta_get_text(cat, what->meta, &known);

    if (rc == WPPKG_OK || rc == WPPKG_DECLINED) {
        rc = (strcmp(known.data, hash) == 0) ? WPPKG_OK : WPPKG_DECLINED;
    }

    wppkg_buf_free(&known);

    return rc;
}


/* one that is refused has changed nothing, and is told of by each run */

static int
syncd_lines_set(wppkg_catalogue_t *cat, const syncd_lines_t *what,
    const char *file, const wppkg_buf_t *text, const char *hash, int *wrong)
{
    int                   rc, refused;
    syncd_lines_said_t    said;
    wppkg_lines_report_t  report;

    memset(&report, 0, sizeof(wppkg_lines_report_t));

    said.n = 0;
    report.say = syncd_lines_say;
    report.data = &said;

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = syncd_lines_apply(cat, what, text, hash, &report);
    }

    refused = (rc == WPPKG_OK && file != NULL
               && wppkg_lines_refused(&report));

    rc = wppkg_catalogue_leave(cat, refused ? WPPKG_DECLINED : rc);

    if (refused && rc == WPPKG_DECLINED) {
        syncd_lines_refused(what, file, &report);
        rc = WPPKG_OK;

    } else if (rc == WPPKG_OK) {
        syncd_lines_told(file, &said);
    }

    *wrong |= (report.count != 0 || refused);

    return rc;
}


static int
syncd_lines_apply(wppkg_catalogue_t *cat, const syncd_lines_t *what,
    const wppkg_buf_t *text, const char *hash, wppkg_lines_report_t *report)
{
    int  rc;

    rc = what->take(cat, text->data, text->len, report);

    if (rc != WPPKG_OK) {
        return rc;
    }

    return (hash[0] != '\0') ? wppkg_meta_set_text(cat, what->meta, hash)
                             : wppkg_meta_unset(cat, what->meta);
}


static void
syncd_lines_refused(const syncd_lines_t *what, const char *file,
    const wppkg_lines_report_t *report)
{
    const syncd_lines_said_t  *said;

    said = report->data;

    if (said->n == 0) {
        syncd_error("%s %s has no line: is it being written? Those known "
                    "before stay; to end all of them, remove the key, or "
                    "leave a comment in the file", what->key, file);
        return;
    }

    syncd_error("%s %s: more of its lines are wrong, %zu, than are not, %zu; "
                "line %zu: %s; those known before stay until it is mended",
                what->key, file, report->count, report->taken,
                said->lines[0], said->texts[0].text);
}


static void
syncd_lines_told(const char *file, const syncd_lines_said_t *said)
{
    size_t  i;

    for (i = 0; i < said->n && i < SYNCD_LINES_SAID; i++) {
        syncd_error("%s:%zu: %s", file, said->lines[i], said->texts[i].text);
    }

    if (said->n > SYNCD_LINES_SAID) {
        syncd_error("%s: %zu more lines are wrong", file,
                    said->n - SYNCD_LINES_SAID);
    }
}


/* some are found only when all are known: each to its place */

static void
syncd_lines_say(void *data, size_t line, const char *text)
{
    size_t               i;
    syncd_lines_said_t  *said;

    said = data;

    i = (said->n < SYNCD_LINES_SAID) ? said->n : SYNCD_LINES_SAID;
    said->n++;

    for ( /* void */ ; i > 0 && said->lines[i - 1] > line; i--) {
        if (i < SYNCD_LINES_SAID) {
            said->lines[i] = said->lines[i - 1];
            said->texts[i] = said->texts[i - 1];
        }
    }

    if (i < SYNCD_LINES_SAID) {
        said->lines[i] = line;
        wppkg_error_set(&said->texts[i], "%s", text);
    }
}

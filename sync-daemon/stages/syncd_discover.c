
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The list source of "discover": slugs from a file, in constant memory.
 */


#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "syncd_file.h"
#include "syncd_stages.h"
#include "wppkg_name.h"
#include "wppkg_packages.h"
#include "wppkg_unwanted.h"


#define SYNCD_LIST_LINE    1000   /* bytes of a line */
#define SYNCD_LIST_ERRORS  20     /* bad lines that are shown */


typedef struct {
    wppkg_type_e  type;
    size_t        len;
    char          slug[WPPKG_SLUG_MAX];
} syncd_list_item_t;


/*
 * Slugs are gathered first and then added in one short transaction, so that
 * none stays open while a pipe makes us wait (rule R 35).
 */

typedef struct {
    wppkg_catalogue_t  *cat;
    const char         *file;
    FILE               *fp;
    uint64_t            line;
    uint64_t            added;
    uint64_t            known;
    uint64_t            unwanted;     /* of those that are not added */
    uint64_t            taken_out;    /* in all; mostly none */
    uint64_t            bad;
    size_t              n;
    syncd_list_item_t   items[WPPKG_BATCH_ROWS];
} syncd_list_t;


static FILE *syncd_list_open(const char *file);
static int syncd_list_read(syncd_list_t *l);
static void syncd_list_parse(syncd_list_t *l, const char *s, size_t len);
static void syncd_list_trim(const char **s, size_t *len);
static void syncd_list_bad(syncd_list_t *l, const char *s, size_t len,
    const char *what);
static int syncd_list_flush(syncd_list_t *l);
static int syncd_list_add(syncd_list_t *l, unsigned *added);
static int syncd_list_known(syncd_list_t *l, const syncd_list_item_t *item);


int
syncd_discover_list(syncd_ctx_t *ctx, const char *file)
{
    int            rc;
    syncd_list_t  *l;

    l = calloc(1, sizeof(syncd_list_t));

    if (l == NULL) {
        syncd_error("discover: out of memory");
        return SYNCD_PARTIAL;
    }

    if (wppkg_unwanted_count(ctx->cat, &l->taken_out) != WPPKG_OK) {
        syncd_error("discover: %s", wppkg_catalogue_error(ctx->cat));
        free(l);
        return SYNCD_PARTIAL;
    }

    l->cat = ctx->cat;
    l->file = (strcmp(file, "-") == 0) ? "standard input" : file;
    l->fp = syncd_list_open(file);

    if (l->fp == NULL) {
        free(l);
        return SYNCD_USAGE;
    }

    rc = syncd_list_read(l);

    if (l->fp != stdin) {
        (void) fclose(l->fp);
    }

    if (l->bad > SYNCD_LIST_ERRORS) {
        syncd_error("%s: %llu more bad line%s", l->file,
                    (unsigned long long) l->bad - SYNCD_LIST_ERRORS,
                    wppkg_plural(l->bad - SYNCD_LIST_ERRORS));
    }

    syncd_count(ctx, "added", l->added);
    syncd_count(ctx, "known", l->known - l->unwanted);
    syncd_count(ctx, "unwanted", l->unwanted);
    syncd_count(ctx, "bad_lines", l->bad);

    rc = (rc == SYNCD_DONE && l->bad != 0) ? SYNCD_PARTIAL : rc;

    free(l);

    return rc;
}


static FILE *
syncd_list_open(const char *file)
{
    FILE           *fp;
    wppkg_error_t   why;

    if (strcmp(file, "-") == 0) {
        return stdin;
    }

    fp = syncd_file_open(file, &why);

    if (fp == NULL) {
        syncd_error("list %s cannot be opened: %s; it is what \"list\" in "
                    "[catalogue] names, or the command", file, why.text);
    }

    return fp;
}


static int
syncd_list_read(syncd_list_t *l)
{
    char         buf[SYNCD_LIST_LINE];
    size_t       len;
    const char  *s;

    while (!syncd_stopping()
           && syncd_file_line(l->fp, buf, SYNCD_LIST_LINE, &len))
    {
        l->line++;

        if (len > SYNCD_LIST_LINE) {
            syncd_list_bad(l, buf, 40, "the line is longer than 1000 bytes");
            continue;
        }

        s = buf;

        if (l->line == 1 && len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0) {
            s += 3;
            len -= 3;
        }

        syncd_list_parse(l, s, len);

        if (l->n == WPPKG_BATCH_ROWS) {

            if (syncd_list_flush(l) != WPPKG_OK) {
                return SYNCD_PARTIAL;
            }

            syncd_progress("discover", l->line, 0);
        }
    }

    if (ferror(l->fp) && !syncd_stopping()) {
        syncd_error("list %s cannot be read: %s", l->file, strerror(errno));
        (void) syncd_list_flush(l);
        return SYNCD_PARTIAL;
    }

    if (syncd_list_flush(l) != WPPKG_OK) {
        return SYNCD_PARTIAL;
    }

    return syncd_stopping() ? SYNCD_PARTIAL : SYNCD_DONE;
}


static void
syncd_list_parse(syncd_list_t *l, const char *s, size_t len)
{
    size_t              slug_len;
    const char         *slug, *refused;
    wppkg_type_e        type;
    syncd_list_item_t  *item;

    syncd_list_trim(&s, &len);

    if (len == 0 || s[0] == '#') {
        return;
    }

    if (wppkg_name_parse(s, len, &type, &slug, &slug_len) != WPPKG_OK) {
        syncd_list_bad(l, s, len, "neither plugin/SLUG nor theme/SLUG");
        return;
    }

    refused = wppkg_slug_refused(slug, slug_len);

    if (refused != NULL) {
        syncd_list_bad(l, s, len, refused);
        return;
    }

    item = &l->items[l->n++];

    item->type = type;
    item->len = slug_len;
    memcpy(item->slug, slug, slug_len);
}


static void
syncd_list_trim(const char **s, size_t *len)
{
    while (*len != 0 && memchr(" \t\r", **s, 3) != NULL) {
        (*s)++;
        (*len)--;
    }

    while (*len != 0 && memchr(" \t\r", (*s)[*len - 1], 3) != NULL) {
        (*len)--;
    }
}


static void
syncd_list_bad(syncd_list_t *l, const char *s, size_t len, const char *what)
{
    l->bad++;

    if (l->bad <= SYNCD_LIST_ERRORS) {
        syncd_error("%s:%llu: \"%.*s\": %s", l->file,
                    (unsigned long long) l->line,
                    (len < 60) ? (int) len : 60, s, what);
    }
}


/* adds what has been gathered, in a transaction of its own */

static int
syncd_list_flush(syncd_list_t *l)
{
    int       rc;
    unsigned  added;

    if (l->n == 0) {
        return WPPKG_OK;
    }

    added = 0;
    rc = wppkg_catalogue_begin(l->cat);

    if (rc == WPPKG_OK) {
        rc = syncd_list_add(l, &added);
    }

    rc = wppkg_catalogue_end(l->cat, rc);

    if (rc != WPPKG_OK) {
        syncd_error("discover: %s", wppkg_catalogue_error(l->cat));
        return rc;
    }

    l->added += added;
    l->known += l->n - added;
    l->n = 0;

    return WPPKG_OK;
}


static int
syncd_list_add(syncd_list_t *l, unsigned *added)
{
    int                 rc, new;
    size_t              i;
    wppkg_tick_t        now;
    syncd_list_item_t  *item;

    now = wppkg_tick_now();

    for (i = 0; i < l->n; i++) {
        item = &l->items[i];

        rc = wppkg_packages_add(l->cat, item->type, item->slug, item->len,
                                now, 0, &new);
        if (rc == WPPKG_OK && !new) {
            rc = syncd_list_known(l, item);
        }

        if (rc != WPPKG_OK) {
            return rc;
        }

        *added += (unsigned) new;
    }

    return WPPKG_OK;
}


/* of what is not added, whether that is because it was taken out */

static int
syncd_list_known(syncd_list_t *l, const syncd_list_item_t *item)
{
    int      rc;
    int64_t  since;

    if (l->taken_out == 0) {
        return WPPKG_OK;
    }

    rc = wppkg_unwanted_since(l->cat, item->type, item->slug, item->len,
                              &since);
    l->unwanted += (rc == WPPKG_OK);

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How a verdict is told.  Whatever a lock file has is escaped: it may come
 * from anybody.
 */


#include <stdio.h>

#include "syncd_check_lock_parts.h"
#include "wppkg_escape.h"
#include "wppkg_put.h"


#define SYNCD_JUDGED_JSON  (64 * 1024)    /* bytes of an object, and more */


static void syncd_judged_here(const wppkg_locked_t *locked,
    const syncd_judged_t *judged);
static void syncd_judged_version(const syncd_judged_t *judged);
static void syncd_judged_outside(const char *before, const char *s);
static const char *syncd_judged_why(const syncd_judged_t *judged);


static const char *const  syncd_judged_verdicts[] = {
    "here", "needs-svn", "no-version", "closed", "not-offered", "unknown",
    "damaged"
};


void
syncd_judged_text(const wppkg_locked_t *locked, const syncd_judged_t *judged)
{
    syncd_judged_outside("", locked->name);
    syncd_judged_outside(" ", (locked->version[0] != '\0') ? locked->version
                                                           : "?");
    printf(": ");

    switch (judged->verdict) {

    case SYNCD_JUDGED_HERE:
    case SYNCD_JUDGED_SVN:
        syncd_judged_here(locked, judged);
        return;

    case SYNCD_JUDGED_VERSION:
        syncd_judged_version(judged);
        return;

    case SYNCD_JUDGED_CLOSED:
        printf("closed");
        break;

    case SYNCD_JUDGED_ABSENT:
        printf("not offered");
        break;

    case SYNCD_JUDGED_UNKNOWN:
        printf("not here");
        break;

    default: /* SYNCD_JUDGED_DAMAGED */
        printf("damaged in the catalogue");
        break;
    }

    syncd_judged_outside(". ", syncd_judged_why(judged));
    printf("\n");
}


static void
syncd_judged_here(const wppkg_locked_t *locked, const syncd_judged_t *judged)
{
    printf("here");

    if (judged->renamed) {
        printf(" as %s/%s", wppkg_type(locked->type)->vendor, locked->slug);
    }

    if (judged->verdict == SYNCD_JUDGED_SVN) {
        printf(", but without a zip: Composer needs svn%s",
               judged->fails ? "" : ", as it has up to now");
    }

    if (judged->elsewhere) {
        syncd_judged_outside("; until the next update its zip comes from ",
                             (locked->host[0] != '\0') ? locked->host
                                                       : "no host");
    }

    if (judged->abandoned) {
        syncd_judged_outside("; it is abandoned. ",
                             syncd_judged_why(judged));
    }

    printf("\n");
}


static void
syncd_judged_version(const syncd_judged_t *judged)
{
    int  i;

    printf("no such version here");

    syncd_judged_outside(", ", syncd_judged_why(judged));

    for (i = 0; i < 2; i++) {

        if (judged->nearest[i][0] != '\0') {
            syncd_judged_outside((i == 1 && judged->nearest[0][0] != '\0')
                                 ? " and " : "; nearest: ",
                                 judged->nearest[i]);
        }
    }

    printf("\n");
}


/* nothing, if there is no text */

static void
syncd_judged_outside(const char *before, const char *s)
{
    char  text[4 * SYNCD_JUDGED_WHY + 1];

    if (s != NULL) {
        (void) wppkg_escape(text, s);
        printf("%s%s", before, text);
    }
}


static const char *
syncd_judged_why(const syncd_judged_t *judged)
{
    return (judged->why.len != 0) ? judged->why.data : NULL;
}


int
syncd_judged_json(const wppkg_locked_t *locked, const syncd_judged_t *judged)
{
    int          i, rc;
    char         ours[WPPKG_LOCKED_NAME + 16];
    wppkg_buf_t  b;

    wppkg_buf_init(&b, SYNCD_JUDGED_JSON);
    (void) snprintf(ours, sizeof(ours), "%s/%s",
                    locked->wordpress
                    ? WPPKG_WORDPRESS_VENDOR
                    : wppkg_vendor(locked->type,
                                   locked->renamed && !judged->renamed),
                    locked->slug);

    wppkg_buf_puts(&b, "{");
    wppkg_put_text(&b, "package", locked->name);
    wppkg_put_text(&b, "version", locked->version);
    wppkg_put_bool(&b, "dev", (int) locked->dev);
    wppkg_put_text(&b, "here_as", ours);
    wppkg_put_bool(&b, "renamed", (int) judged->renamed);
    wppkg_put_text(&b, "verdict", syncd_judged_verdicts[judged->verdict]);
    wppkg_put_bool(&b, "fails", (int) judged->fails);
    wppkg_put_bool(&b, "abandoned", (int) judged->abandoned);
    wppkg_put_text(&b, "why", syncd_judged_why(judged));
    wppkg_put_text(&b, "zip_host", judged->elsewhere ? locked->host : NULL);
    wppkg_put_key(&b, "nearest");
    wppkg_buf_puts(&b, "[");

    for (i = 0; i < 2; i++) {

        if (judged->nearest[i][0] != '\0') {
            wppkg_put_comma(&b);
            wppkg_escape_json(&b, judged->nearest[i]);
        }
    }

    wppkg_buf_puts(&b, "]}");

    rc = wppkg_buf_ok(&b) ? WPPKG_OK : WPPKG_ERROR;

    if (rc == WPPKG_OK) {
        (void) fwrite(b.data, 1, b.len, stdout);
    }

    wppkg_buf_free(&b);

    return rc;
}

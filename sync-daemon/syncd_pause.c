
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "syncd_http_quiet.h"
#include "syncd_pause.h"
#include "wppkg_meta.h"


/* in "meta": a line for each server, the unix seconds until when, its URL */
#define SYNCD_PAUSES      "pauses"
#define SYNCD_PAUSES_MAX  4096        /* bytes */


static void syncd_pauses_read(char *text);
static int syncd_pauses_text(wppkg_buf_t *text);
static int syncd_pauses_write(wppkg_catalogue_t *cat, const char *text);


int
syncd_pauses_load(wppkg_catalogue_t *cat)
{
    int          rc;
    wppkg_buf_t  text;

    wppkg_buf_init(&text, SYNCD_PAUSES_MAX);

    rc = wppkg_meta_get_text(cat, SYNCD_PAUSES, &text);

    if (rc == WPPKG_OK && text.len > 0) {
        syncd_pauses_read(text.data);
    }

    wppkg_buf_free(&text);

    return (rc == WPPKG_ERROR) ? WPPKG_ERROR : WPPKG_OK;
}


/* if the clock was set back, no pause gets longer than the longest */

static void
syncd_pauses_read(char *text)
{
    char     *line, *server, *next;
    int64_t   until, now;

    now = (int64_t) time(NULL);

    for (line = text; line != NULL; line = next) {
        next = strchr(line, '\n');

        if (next != NULL) {
            *next++ = '\0';
        }

        until = strtoll(line, &server, 10);

        if (*server == ' ' && until > now) {
            syncd_http_quiet_set(server + 1, wppkg_monotonic_ms(),
                                 until - now);
        }
    }
}


/* written only if it has changed, which is rare */

int
syncd_pauses_save(wppkg_catalogue_t *cat)
{
    int          rc;
    wppkg_buf_t  old, new;

    wppkg_buf_init(&old, SYNCD_PAUSES_MAX);
    wppkg_buf_init(&new, SYNCD_PAUSES_MAX);

    rc = wppkg_meta_get_text(cat, SYNCD_PAUSES, &old);

    if (rc == WPPKG_DECLINED) {
        rc = WPPKG_OK;
    }

    if (rc == WPPKG_OK && syncd_pauses_text(&new) == WPPKG_OK
        && (old.len != new.len
            || (new.len > 0 && memcmp(old.data, new.data, new.len) != 0)))
    {
        rc = syncd_pauses_write(cat, (new.len > 0) ? new.data : "");
    }

    wppkg_buf_free(&old);
    wppkg_buf_free(&new);

    return rc;
}


static int
syncd_pauses_text(wppkg_buf_t *text)
{
    unsigned     i;
    int64_t      left;
    const char  *server;

    for (i = 0; /* void */ ; i++) {
        server = syncd_http_quiet_each(i, wppkg_monotonic_ms(), &left);

        if (server == NULL) {
            return wppkg_buf_ok(text) ? WPPKG_OK : WPPKG_ERROR;
        }

        if (left > 0) {
            wppkg_buf_printf(text, "%lld %s\n",
                             (long long) time(NULL) + left, server);
        }
    }
}


static int
syncd_pauses_write(wppkg_catalogue_t *cat, const char *text)
{
    int  rc;

    rc = wppkg_catalogue_begin_lazy(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_set_text(cat, SYNCD_PAUSES, text);
    }

    return wppkg_catalogue_end(cat, rc);
}

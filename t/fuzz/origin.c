
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What another repository says: its packages.json, its feed, a list of its
 * names.  The same input is read as each of them.
 */


#include <string.h>

#include "fuzz.h"
#include "syncd_feed.h"
#include "syncd_origin.h"


static int origin_action(void *ctx, const syncd_action_t *action,
    wppkg_error_t *err);
static void origin_root(const char *body, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int            rc;
    int64_t        timestamp;
    uint64_t       n;
    const char    *body;
    syncd_feed_t   feed;
    wppkg_error_t  err;

    body = (const char *) data;
    n = 0;

    rc = syncd_feed_read(body, size, origin_action, &n, &feed, &err);
    fuzz_check(rc == WPPKG_OK || rc == WPPKG_ERROR);
    fuzz_check(feed.actions == n);

    /* it is the start of a feed as well */

    if (rc == WPPKG_OK && syncd_feed_start(body, size, &timestamp, &err)
                          == WPPKG_OK)
    {
        fuzz_check(timestamp == feed.timestamp);
    }

    n = 0;
    rc = syncd_feed_names(body, size, origin_action, &n, &feed, &err);
    fuzz_check(rc == WPPKG_OK || rc == WPPKG_ERROR);
    fuzz_check(feed.actions == n);

    origin_root(body, size);

    return 0;
}


/* whatever it is called, it is a name of ours, and a time that files have */

static int
origin_action(void *ctx, const syncd_action_t *action, wppkg_error_t *err)
{
    uint64_t  *n;

    n = ctx;
    (*n)++;

    fuzz_check(fuzz_is_slug(action->name.slug, strlen(action->name.slug)));
    fuzz_check(action->name.type < WPPKG_TYPES);
    fuzz_check(action->time >= 0 && action->time <= WPPKG_TIME_MAX);
    fuzz_check(!(action->dev && action->gone));

    return WPPKG_OK;
}


static void
origin_root(const char *body, size_t len)
{
    int                     rc;
    wppkg_buf_t             url;
    wppkg_error_t           err;
    wppkg_origin_t          o;
    syncd_origin_extras_t   extras;

    memset(&o, 0, sizeof(wppkg_origin_t));
    memcpy(o.url, "https://a.example/x", sizeof("https://a.example/x"));

    rc = syncd_origin_read(&o, body, len, &extras, &err);
    syncd_origin_extras_free(&extras);

    if (rc != WPPKG_OK) {
        fuzz_check(o.metadata[0] == '\0' && o.changes[0] == '\0');
        return;
    }

    fuzz_check(strncmp(o.metadata, "https://", 8) == 0);
    fuzz_check(strncmp(o.changes, "https://", 8) == 0);
    fuzz_check(strncmp(o.list, "https://", 8) == 0);

    fuzz_spare(1);
    wppkg_buf_init(&url, 2 * WPPKG_URL_MAX);
    syncd_origin_file(&url, &o, "p2/wp-plugin/a.json");
    fuzz_check(wppkg_buf_ok(&url));
    wppkg_buf_free(&url);
    fuzz_spare(0);
}

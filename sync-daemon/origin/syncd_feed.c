
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <string.h>

#include "syncd_elements.h"
#include "syncd_feed.h"
#include "wppkg_format.h"


typedef struct {
    syncd_feed_t      *feed;
    syncd_action_pt    handler;
    void              *ctx;
} syncd_feed_reader_t;


static int syncd_feed_action(void *ctx, const json_t *element,
    wppkg_error_t *err);
static int syncd_feed_name(void *ctx, const json_t *element,
    wppkg_error_t *err);
static int syncd_feed_tell(syncd_feed_reader_t *r, syncd_action_t *action,
    const json_t *package, int files, wppkg_error_t *err);
static void syncd_feed_foreign(syncd_feed_t *feed, const char *name);
static int syncd_feed_timestamp(const json_t *rest, int64_t *timestamp,
    wppkg_error_t *err);
static int syncd_feed_is(const json_t *value, const char *s);


int
syncd_feed_read(const char *body, size_t len, syncd_action_pt handler,
    void *ctx, syncd_feed_t *feed, wppkg_error_t *err)
{
    int                   rc;
    json_t               *rest;
    syncd_feed_reader_t   r = { feed, handler, ctx };

    memset(feed, 0, sizeof(syncd_feed_t));

    rc = syncd_elements(body, len, "actions", syncd_feed_action, &r, &rest,
                        err);

    if (rc == WPPKG_DECLINED) {
        wppkg_error_set(err, "has no \"actions\"");
        rc = WPPKG_ERROR;
    }

    if (rc == WPPKG_OK) {
        rc = syncd_feed_timestamp(rest, &feed->timestamp, err);
    }

    json_decref(rest);

    return rc;
}


int
syncd_feed_start(const char *body, size_t len, int64_t *timestamp,
    wppkg_error_t *err)
{
    int      rc;
    json_t  *rest;

    rc = syncd_elements(body, len, "actions", NULL, NULL, &rest, err);

    if (rc != WPPKG_ERROR) {
        rc = syncd_feed_timestamp(rest, timestamp, err);
    }

    json_decref(rest);

    return rc;
}


int
syncd_feed_names(const char *body, size_t len, syncd_action_pt handler,
    void *ctx, syncd_feed_t *feed, wppkg_error_t *err)
{
    int                  rc;
    syncd_feed_reader_t  r = { feed, handler, ctx };

    memset(feed, 0, sizeof(syncd_feed_t));

    rc = syncd_elements(body, len, "packageNames", syncd_feed_name, &r, NULL,
                        err);

    if (rc == WPPKG_DECLINED) {
        wppkg_error_set(err, "has no \"packageNames\"");
        rc = WPPKG_ERROR;
    }

    return rc;
}


static int
syncd_feed_action(void *ctx, const json_t *element, wppkg_error_t *err)
{
    const json_t         *type, *time;
    syncd_action_t        action;
    syncd_feed_reader_t  *r;

    r = ctx;

    memset(&action, 0, sizeof(syncd_action_t));

    type = json_object_get(element, "type");
    time = json_object_get(element, "time");

    if (syncd_feed_is(type, "resync")) {
        r->feed->resync = 1;
        return WPPKG_OK;
    }

    if (json_is_integer(time)) {
        action.time = json_integer_value(time);

        if (action.time < 0 || action.time > WPPKG_TIME_MAX) {
            action.time = 0;
        }
    }

    action.gone = syncd_feed_is(type, "delete");

    return syncd_feed_tell(r, &action, json_object_get(element, "package"),
                           !action.gone, err);
}


static int
syncd_feed_name(void *ctx, const json_t *element, wppkg_error_t *err)
{
    syncd_action_t  action;

    memset(&action, 0, sizeof(syncd_action_t));

    return syncd_feed_tell(ctx, &action, element, 0, err);
}


/* files: package names one of its files */

static int
syncd_feed_tell(syncd_feed_reader_t *r, syncd_action_t *action,
    const json_t *package, int files, wppkg_error_t *err)
{
    int          dev;
    const char  *name;

    dev = 0;
    name = json_string_value(package);

    if (name == NULL
        || wppkg_owed_name(name, strlen(name), &action->name,
                           files ? &dev : NULL) != WPPKG_OK)
    {
        syncd_feed_foreign(r->feed, name);
        return WPPKG_OK;
    }

    action->dev = (dev != 0);
    r->feed->actions++;

    return (r->handler != NULL) ? r->handler(r->ctx, action, err) : WPPKG_OK;
}


static void
syncd_feed_foreign(syncd_feed_t *feed, const char *name)
{
    if (feed->foreign++ == 0) {
        (void) snprintf(feed->first, sizeof(feed->first), "%s",
                        (name != NULL) ? name : "(no name)");
    }
}


static int
syncd_feed_timestamp(const json_t *rest, int64_t *timestamp,
    wppkg_error_t *err)
{
    const json_t  *value;

    value = json_object_get(rest, "timestamp");

    if (!json_is_integer(value)
        || json_integer_value(value) < WPPKG_STAMP_MIN)
    {
        wppkg_error_set(err, "has no \"timestamp\" as in contract C 29");
        return WPPKG_ERROR;
    }

    *timestamp = json_integer_value(value);

    return WPPKG_OK;
}


static int
syncd_feed_is(const json_t *value, const char *s)
{
    const char  *text;

    text = json_string_value(value);

    return text != NULL && strcmp(text, s) == 0;
}

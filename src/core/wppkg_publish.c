
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_format.h"
#include "wppkg_meta.h"
#include "wppkg_publish.h"


#define WPPKG_PUBLISH_APART  2    /* seconds */

/* the bucket that was left, and the feed's watermark at that time */
#define WPPKG_LEFT_TARGET  "left_target"
#define WPPKG_LEFT_AT      "left_at"


static int wppkg_publish(wppkg_catalogue_t *cat, int64_t id,
    wppkg_tick_t now, int64_t limit);
static int wppkg_publish_stamp(wppkg_catalogue_t *cat, wppkg_tick_t now);
static int wppkg_publish_leave(wppkg_catalogue_t *cat, const char *target,
    wppkg_tick_t now);
static int wppkg_publish_waiting(wppkg_catalogue_t *cat, wppkg_tick_t now);
static int wppkg_publish_doubt(wppkg_catalogue_t *cat, int64_t after);
static int wppkg_publish_take_text(wppkg_catalogue_t *cat,
    wppkg_catalogue_t *other, const char *name);
static int wppkg_publish_take_int(wppkg_catalogue_t *cat,
    wppkg_catalogue_t *other, const char *name);


int
wppkg_publish_new(wppkg_catalogue_t *cat, wppkg_tick_t now, int *published)
{
    *published = !wppkg_catalogue_on_deploy(cat);

    return *published ? wppkg_publish_stamp(cat, now) : WPPKG_OK;
}


int
wppkg_publish_changed(wppkg_catalogue_t *cat, int64_t id, wppkg_tick_t now)
{
    if (wppkg_catalogue_on_deploy(cat)) {
        return WPPKG_OK;
    }

    /* nginx serves it with this very date */

    return wppkg_publish(cat, id, now, INT64_MAX);
}


/*
 * The date that a document should have may be in the future, because the clock
 * has gone back, or it has changed twice within a second.  The bucket dates
 * the file by its upload.
 */

int
wppkg_publish_live(wppkg_catalogue_t *cat, int64_t id, wppkg_tick_t now)
{
    if (!wppkg_catalogue_on_deploy(cat)) {
        return WPPKG_OK;
    }

    return wppkg_publish(cat, id, now, now / WPPKG_TICKS);
}


/*
 * "time" is the document's date, limit at most, and another one than the last
 * time: mirrors drop an action whose time they have seen (contract C 37).  The
 * summary of filter lists has no stamp: it lies among the packages, and the
 * module of before would tell it as one of them.
 */

static int
wppkg_publish(wppkg_catalogue_t *cat, int64_t id, wppkg_tick_t now,
    int64_t limit)
{
    int  rc;

    WPPKG_ASSERT(!sqlite3_get_autocommit(wppkg_catalogue_db(cat)));

    rc = wppkg_publish_stamp(cat, now);
    if (rc != WPPKG_OK) {
        return rc;
    }

    return wppkg_catalogue_write(cat,
        "UPDATE documents SET"
        "    published_at = iif(path = '" WPPKG_FILTERS_PATH "', NULL,"
        "        (SELECT value FROM meta WHERE name = 'feed_watermark')),"
        "    published_changed_at = min(content_changed_at, ?2)"
        "        - (min(content_changed_at, ?2) IS published_changed_at),"
        "    published_gone = (content_hash IS NULL)"
        " WHERE id = ?1", "%jd%jd", id, limit);
}


/*
 * The watermark becomes the next stamp: strictly increasing, whatever the
 * clock does (contract C 34).  For RETURNING, SQLite would make a table each
 * time.
 */

static int
wppkg_publish_stamp(wppkg_catalogue_t *cat, wppkg_tick_t now)
{
    int  rc;

    rc = wppkg_catalogue_write(cat,
        "UPDATE meta SET value = max(value + 1, ?1)"
        " WHERE name = 'feed_watermark' AND typeof(value) = 'integer'"
        "    AND value < 9223372036854775807", "%jd", now);

    return (rc == WPPKG_OK && wppkg_catalogue_changes(cat) != 1)
           ? wppkg_catalogue_refuse(cat, "catalogue: \"feed_watermark\" in "
                                    "meta is damaged: restore it from a "
                                    "backup")
           : rc;
}


int
wppkg_publish_wait(wppkg_catalogue_t *cat, wppkg_tick_t now, int64_t *ms)
{
    int      rc;
    int64_t  changed_at;

    /* a date far ahead does not count: the clock has gone back */

    rc = wppkg_catalogue_one(cat, &changed_at,
        "SELECT coalesce(max(min(content_changed_at, ?1)), 0)"
        " FROM documents INDEXED BY documents_dirty"
        " WHERE content_hash IS NOT deployed_hash"
        "    AND content_hash IS NOT NULL AND deployed_hash IS NOT NULL",
        "%jd", now / WPPKG_TICKS);

    if (rc == WPPKG_OK) {
        *ms = (changed_at + WPPKG_PUBLISH_APART) * 1000
              - now / (WPPKG_TICKS / 1000);
        *ms = (*ms < 0) ? 0 : *ms;
    }

    return rc;
}


/* the time stays: the next one has to differ from it */

int
wppkg_publish_withdraw(wppkg_catalogue_t *cat)
{
    return wppkg_catalogue_write(cat,
        "UPDATE documents SET published_at = NULL"
        " WHERE published_at IS NOT NULL", "");
}


int
wppkg_publish_at_once(wppkg_catalogue_t *cat, wppkg_tick_t now, int *left)
{
    int          rc;
    wppkg_buf_t  target;

    *left = 0;

    wppkg_buf_init(&target, WPPKG_TARGET_MAX);

    rc = wppkg_meta_get_text(cat, "deploy_target", &target);

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_enter(cat);

        if (rc == WPPKG_OK) {
            rc = wppkg_publish_leave(cat, target.data, now);
        }

        rc = wppkg_catalogue_leave(cat, rc);

        *left = (rc == WPPKG_OK);
    }

    wppkg_buf_free(&target);

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


static int
wppkg_publish_leave(wppkg_catalogue_t *cat, const char *target,
    wppkg_tick_t now)
{
    int      rc;
    int64_t  watermark;

    rc = wppkg_meta_get_int(cat, "feed_watermark", &watermark);

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_set_int(cat, WPPKG_LEFT_AT, watermark);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_set_text(cat, WPPKG_LEFT_TARGET, target);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_publish_waiting(cat, now);
    }

    return (rc == WPPKG_OK) ? wppkg_meta_unset(cat, "deploy_target") : rc;
}


static int
wppkg_publish_waiting(wppkg_catalogue_t *cat, wppkg_tick_t now)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT id FROM documents INDEXED BY documents_dirty"
        " WHERE content_hash IS NOT deployed_hash ORDER BY id", "");

    for ( ;; ) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc == WPPKG_OK) {
            rc = wppkg_publish(cat, sqlite3_column_int64(stmt, 0), now,
                               INT64_MAX);
        }

        if (rc != WPPKG_OK) {
            wppkg_catalogue_done(stmt);
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }
    }
}


int
wppkg_publish_returned(wppkg_catalogue_t *cat, const char *target,
    int *returned)
{
    int          rc, same;
    int64_t      left;
    wppkg_buf_t  old;

    wppkg_buf_init(&old, WPPKG_TARGET_MAX);

    rc = wppkg_meta_get_text(cat, WPPKG_LEFT_TARGET, &old);
    same = (rc == WPPKG_OK && strcmp(old.data, target) == 0);

    wppkg_buf_free(&old);

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_get_int(cat, WPPKG_LEFT_AT, &left);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_unset(cat, WPPKG_LEFT_TARGET);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_unset(cat, WPPKG_LEFT_AT);
    }

    *returned = (rc == WPPKG_OK && same);

    if (*returned) {
        rc = wppkg_publish_doubt(cat, left);
    }

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


static int
wppkg_publish_doubt(wppkg_catalogue_t *cat, int64_t after)
{
    return wppkg_catalogue_write(cat,
        "UPDATE documents INDEXED BY documents_published"
        " SET deployed_hash = x'', published_at = NULL"
        " WHERE published_at > ?1 AND published_at IS NOT NULL", "%jd", after);
}


int
wppkg_publish_knows(wppkg_catalogue_t *cat, int *knows)
{
    int      rc;
    int64_t  n;

    rc = wppkg_catalogue_one(cat, &n,
        "SELECT count(*) FROM meta"
        " WHERE name IN ('deploy_target', '" WPPKG_LEFT_TARGET "')", "");

    if (rc == WPPKG_OK) {
        *knows = (n > 0);
    }

    return rc;
}


int
wppkg_publish_inherit(wppkg_catalogue_t *cat, wppkg_catalogue_t *other)
{
    int  rc;

    rc = wppkg_publish_take_text(cat, other, "deploy_target");

    if (rc == WPPKG_OK) {
        rc = wppkg_publish_take_text(cat, other, WPPKG_LEFT_TARGET);
    }

    return (rc == WPPKG_OK)
           ? wppkg_publish_take_int(cat, other, WPPKG_LEFT_AT) : rc;
}


static int
wppkg_publish_take_text(wppkg_catalogue_t *cat, wppkg_catalogue_t *other,
    const char *name)
{
    int          rc;
    wppkg_buf_t  text;

    wppkg_buf_init(&text, WPPKG_TARGET_MAX);

    rc = wppkg_meta_get_text(other, name, &text);

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_set_text(cat, name, text.data);

    } else if (rc == WPPKG_DECLINED) {
        rc = wppkg_meta_unset(cat, name);
    }

    wppkg_buf_free(&text);

    return rc;
}


static int
wppkg_publish_take_int(wppkg_catalogue_t *cat, wppkg_catalogue_t *other,
    const char *name)
{
    int      rc;
    int64_t  value;

    rc = wppkg_meta_get_int(other, name, &value);

    if (rc == WPPKG_OK) {
        return wppkg_meta_set_int(cat, name, value);
    }

    return (rc == WPPKG_DECLINED) ? wppkg_meta_unset(cat, name) : rc;
}


int
wppkg_publish_recant(wppkg_catalogue_t *cat)
{
    return wppkg_catalogue_write(cat,
        "UPDATE documents INDEXED BY documents_dirty SET published_at = NULL"
        " WHERE content_hash IS NOT deployed_hash"
        "    AND published_at IS NOT NULL"
        "    AND EXISTS (SELECT 1 FROM meta WHERE name = 'deploy_target')",
        "");
}

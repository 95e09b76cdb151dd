
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <string.h>

#include "wppkg_aliases.h"
#include "wppkg_authority.h"
#include "wppkg_catalogue.h"
#include "wppkg_format.h"
#include "wppkg_meta.h"
#include "wppkg_origin.h"
#include "wppkg_popularity.h"
#include "wppkg_stale.h"


static int wppkg_origin_forget(wppkg_catalogue_t *cat);
static int wppkg_origin_unask(wppkg_catalogue_t *cat);
static int wppkg_origin_end(wppkg_catalogue_t *cat);
static int wppkg_origin_exec(wppkg_catalogue_t *cat, const char *sql);


int
wppkg_origin_begin(wppkg_catalogue_t *cat, const char *url)
{
    int  rc;

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_origin_forget(cat);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_write(cat,
            "INSERT INTO origin (id, url) VALUES (1, ?1)", "%s", url);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_origin_unask(cat);
    }

    /* these come from the origin from now on */

    if (rc == WPPKG_OK) {
        rc = wppkg_stale_not(cat, WPPKG_STALE_COPIED);
    }

    return wppkg_catalogue_leave(cat, rc);
}


/* once in the life of an origin, so no matter how much there is */

static int
wppkg_origin_forget(wppkg_catalogue_t *cat)
{
    int  rc;

    rc = wppkg_origin_exec(cat,
        "DELETE FROM meta WHERE name IN ('" WPPKG_ORIGIN_TOLD_AT "',"
        "    '" WPPKG_ORIGIN_ALIASES "');"
        "DELETE FROM origin;"
        "DELETE FROM owed;"
        "UPDATE documents SET origin_at = NULL"
        "    WHERE origin_at IS NOT NULL");

    return (rc == WPPKG_OK) ? wppkg_aliases_doubt(cat) : rc;
}


/*
 * What a repository of its own knew of its packages.  That they existed is
 * still true, and so are their dates: that of a closure, which is otherwise
 * when it was seen (wppkg_closed.c), and all that Subversion has told.  What
 * was taken out comes back: a mirror has what its origin has.
 */

static int
wppkg_origin_unask(wppkg_catalogue_t *cat)
{
    int  rc;

    rc = wppkg_authority_forget(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_popularity_clear(cat);
    }

    return (rc != WPPKG_OK) ? rc : wppkg_origin_exec(cat,
        "UPDATE packages SET known = max(known,"
        "        state IN ('active', 'closed', 'closed_for_good')),"
        "    closed_at = iif(closed > 0, coalesce(closed_at,"
        "        iif(has_trunk OR versions_changed_at IS NOT NULL,"
        "            state_changed_at, NULL)), NULL),"
        "    state = 'new', state_reason = NULL, next_check_at = 1,"
        "    failures = 0, last_error = NULL"
        "    WHERE state <> 'new' OR next_check_at > 1;"
        "DELETE FROM observations;"
        "DELETE FROM zips;"
        "DELETE FROM unwanted");
}


int
wppkg_origin_store(wppkg_catalogue_t *cat, const wppkg_origin_t *o)
{
    int  rc;

    rc = wppkg_catalogue_enter_lazy(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_write(cat,
            "UPDATE origin SET metadata_url = ?1, changes_url = ?2,"
            "    list_url = ?3, whole = ?4, complete = ?5, since = ?6,"
            "    behind = ?7, root_at = ?8, looked_at = ?9,"
            "    looked_since = ?10, told_at = ?11"
            " WHERE id = 1", "%s%s%s%d%d%jd%jd%jd%jd%jd%jd", o->metadata,
            o->changes, o->list, (int) o->whole, (int) o->complete, o->since,
            o->behind, o->root_at, o->looked_at, o->looked_since,
            o->told_at);
    }

    if (rc == WPPKG_OK) {
        rc = o->aliases
             ? wppkg_meta_set_int(cat, WPPKG_ORIGIN_ALIASES, 1)
             : wppkg_meta_unset(cat, WPPKG_ORIGIN_ALIASES);
    }

    /* for readers, which may know no such table */

    if (rc == WPPKG_OK && o->told_at != 0) {
        rc = wppkg_meta_set_int(cat, WPPKG_ORIGIN_TOLD_AT, o->told_at);
    }

    return wppkg_catalogue_leave(cat, rc);
}


int
wppkg_origin_announce(wppkg_catalogue_t *cat, const wppkg_buf_t *lists,
    const wppkg_buf_t *licenses)
{
    int  rc;

    rc = wppkg_catalogue_enter_lazy(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_write(cat,
            "UPDATE origin SET filters = ?1, licenses = iif(?3, ?2, NULL)"
            " WHERE id = 1", "%.*s%.*s%d", (int) lists->len,
            (lists->len != 0) ? lists->data : "",
            (licenses != NULL) ? (int) licenses->len : 0,
            (licenses != NULL && licenses->len != 0) ? licenses->data : "",
            licenses != NULL);
    }

    return wppkg_catalogue_leave(cat, rc);
}


int
wppkg_origin_announced(wppkg_catalogue_t *cat, wppkg_buf_t *lists,
    wppkg_buf_t *licenses, int *advisories)
{
    int            rc;
    const char    *s;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT filters, licenses FROM origin WHERE id = 1", "");

    rc = wppkg_catalogue_row(cat, stmt);

    if (rc != WPPKG_OK) {
        return rc;
    }

    s = (const char *) sqlite3_column_text(stmt, 0);
    wppkg_buf_puts(lists, (s != NULL) ? s : "");

    s = (const char *) sqlite3_column_text(stmt, 1);
    wppkg_buf_puts(licenses, (s != NULL) ? s : "");
    *advisories = (s != NULL);

    wppkg_catalogue_done(stmt);

    return WPPKG_OK;
}


int
wppkg_origin_leave(wppkg_catalogue_t *cat, int *left)
{
    int             rc;
    wppkg_origin_t  o;

    *left = 0;

    rc = wppkg_origin_load(cat, &o);

    if (rc != WPPKG_OK) {
        return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
    }

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_origin_end(cat);
    }

    rc = wppkg_catalogue_leave(cat, rc);

    *left = (rc == WPPKG_OK);

    return rc;
}


static int
wppkg_origin_end(wppkg_catalogue_t *cat)
{
    int  rc;

    rc = wppkg_origin_forget(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_origin_exec(cat,
            "WITH claimed AS (SELECT package_id FROM documents"
            "    WHERE claims = 1 AND content_hash IS NOT NULL"
            "        AND package_id IS NOT NULL)"
            " UPDATE packages SET closed_at ="
            "    iif(id IN claimed, coalesce(closed_at, 0), NULL)"
            " WHERE (closed_at IS NOT NULL) <> (id IN claimed)");
    }

    return (rc == WPPKG_OK) ? wppkg_stale(cat, WPPKG_STALE_COPIED) : rc;
}


static int
wppkg_origin_exec(wppkg_catalogue_t *cat, const char *sql)
{
    return (sqlite3_exec(wppkg_catalogue_db(cat), sql, NULL, NULL, NULL)
            == SQLITE_OK)
           ? WPPKG_OK : wppkg_catalogue_fail(cat, "cannot be written");
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdlib.h>
#include <string.h>

#include "wppkg_advisories.h"
#include "wppkg_format.h"
#include "wppkg_gzip.h"
#include "wppkg_inspect_package.h"
#include "wppkg_members.h"
#include "wppkg_packages_load.h"


static int wppkg_inspect_row(wppkg_catalogue_t *cat,
    wppkg_inspect_package_t *p, wppkg_tick_t now);
static int wppkg_inspect_fields(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_inspect_package_t *p);
static int wppkg_inspect_load(wppkg_catalogue_t *cat,
    wppkg_inspect_package_t *p);
static void wppkg_inspect_document_fields(sqlite3_stmt *stmt,
    wppkg_inspect_document_t *doc);
static int wppkg_inspect_filters(wppkg_catalogue_t *cat,
    wppkg_inspect_package_t *p);
static int wppkg_inspect_advisories(wppkg_catalogue_t *cat,
    wppkg_inspect_package_t *p);


int
wppkg_inspect_package(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, size_t len, wppkg_tick_t now,
    wppkg_inspect_package_t *p)
{
    int  rc, i;

    memset(p, 0, sizeof(wppkg_inspect_package_t));

    if (len > WPPKG_SLUG_MAX) {
        return WPPKG_DECLINED;
    }

    if (wppkg_package_init(&p->pkg, type, slug, len) != WPPKG_OK) {
        return wppkg_inspect_memory(cat);
    }

    rc = wppkg_inspect_row(cat, p, now);

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_history(cat, p, now / WPPKG_TICKS);
    }

    for (i = 0; i < 4 && rc == WPPKG_OK; i++) {
        wppkg_vendor_path(p->documents[i].path, wppkg_vendor(type, i / 2),
                          p->pkg.slug, i % 2);
        rc = wppkg_inspect_document(cat, &p->documents[i]);
    }

    p->ndocuments = wppkg_inspect_there(&p->documents[2])
                    || wppkg_inspect_there(&p->documents[3]) ? 4 : 2;

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_filters(cat, p);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_advisories(cat, p);
    }

    if (rc != WPPKG_OK) {
        wppkg_inspect_package_free(p);
    }

    return rc;
}


void
wppkg_inspect_package_free(wppkg_inspect_package_t *p)
{
    wppkg_package_free(&p->pkg);
    wppkg_inspect_history_free(p);

    free(p->state);
    free(p->reason);
    free(p->error);
    free(p->replaced_by);
    wppkg_filters_free(&p->filters);
    free(p->advisories);

    memset(p, 0, sizeof(wppkg_inspect_package_t));
}


static int
wppkg_inspect_row(wppkg_catalogue_t *cat, wppkg_inspect_package_t *p,
    wppkg_tick_t now)
{
    int            rc;
    sqlite3_stmt  *stmt;

    /* what is due is what wppkg_packages_due() finds */

    stmt = wppkg_catalogue_ask(cat,
        "SELECT id, state, state_reason, state_changed_at, changed_rev,"
        "    synced_rev, next_check_at, failures, last_error, created_at,"
        "    fetched_at, trunk_revision, changed_at, trunk_changed_at,"
        "    versions_changed_at, commits, window_at, window_fetches,"
        "    EXISTS (SELECT 1 FROM outdated WHERE package_id = packages.id),"
        "    (SELECT \"by\" FROM replacements AS r"
        "      WHERE r.type = packages.type AND r.slug = packages.slug),"
        "    closed_at, iif(next_check_at IS NULL, changed_rev > synced_rev,"
        "        next_check_at <= ?3)"
        " FROM packages WHERE type = ?1 AND slug = ?2",
        "%s%s%jd", wppkg_type(p->pkg.type)->name, p->pkg.slug,
        now / WPPKG_TICKS);

    rc = wppkg_catalogue_row(cat, stmt);

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_fields(cat, stmt, p);
    }

    wppkg_catalogue_done(stmt);

    return (rc == WPPKG_OK) ? wppkg_inspect_load(cat, p) : rc;
}


static int
wppkg_inspect_fields(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_inspect_package_t *p)
{
    int  rc;

    p->id = sqlite3_column_int64(stmt, 0);
    p->state_changed_at = sqlite3_column_int64(stmt, 3);
    p->changed_rev = sqlite3_column_int64(stmt, 4);
    p->synced_rev = sqlite3_column_int64(stmt, 5);
    p->next_check_at = sqlite3_column_int64(stmt, 6);
    p->failures = sqlite3_column_int64(stmt, 7);
    p->created_at = sqlite3_column_int64(stmt, 9);
    p->fetched_at = sqlite3_column_int64(stmt, 10);
    p->trunk_rev = sqlite3_column_int64(stmt, 11);
    p->changed_at = sqlite3_column_int64(stmt, 12);
    p->trunk_at = sqlite3_column_int64(stmt, 13);
    p->versions_changed_at = sqlite3_column_int64(stmt, 14);
    p->commits = sqlite3_column_int64(stmt, 15);
    p->window_at = sqlite3_column_int64(stmt, 16);
    p->fetches = sqlite3_column_int64(stmt, 17);
    p->outdated = (sqlite3_column_int(stmt, 18) != 0);
    p->closed_at = sqlite3_column_int64(stmt, 20);
    p->due = (sqlite3_column_int(stmt, 21) != 0);

    rc = wppkg_inspect_text(cat, stmt, 1, &p->state);

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_text(cat, stmt, 2, &p->reason);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_text(cat, stmt, 8, &p->error);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_text(cat, stmt, 19, &p->replaced_by);
    }

    return rc;
}


/* as it is rendered, so that the fates of its versions are the true ones */

static int
wppkg_inspect_load(wppkg_catalogue_t *cat, wppkg_inspect_package_t *p)
{
    int              rc;
    wppkg_state_e    state;
    wppkg_package_t  pkg;

    rc = wppkg_packages_load(cat, p->id, &pkg, &state, 0);

    if (rc == WPPKG_ERROR && !wppkg_catalogue_failed(cat)) {

        /* a package without readable versions still has the rest to tell */

        if (p->error == NULL) {
            p->error = strdup(wppkg_catalogue_error(cat));
        }

        p->damaged = 1;

        rc = (p->error != NULL) ? wppkg_packages_load(cat, p->id, &pkg,
                                                      &state, 1)
                                : wppkg_inspect_memory(cat);
    }

    if (rc == WPPKG_OK) {
        wppkg_package_free(&p->pkg);
        p->pkg = pkg;
        p->active = (state == WPPKG_STATE_ACTIVE);
    }

    return rc;
}


int
wppkg_inspect_there(const wppkg_inspect_document_t *doc)
{
    return doc->exists || doc->live != WPPKG_LIVE_NONE;
}


int
wppkg_inspect_document(wppkg_catalogue_t *cat, wppkg_inspect_document_t *doc)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT content_hash, content_size, content_changed_at,"
        "    deployed_hash, published_at, claims, origin_at"
        " FROM documents WHERE path = ?1",
        "%s", doc->path);

    rc = wppkg_catalogue_row(cat, stmt);

    if (rc == WPPKG_OK) {
        wppkg_inspect_document_fields(stmt, doc);
    }

    wppkg_catalogue_done(stmt);

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


static void
wppkg_inspect_document_fields(sqlite3_stmt *stmt,
    wppkg_inspect_document_t *doc)
{
    const void  *hash, *live;

    hash = sqlite3_column_blob(stmt, 0);

    if (hash != NULL && sqlite3_column_bytes(stmt, 0) == WPPKG_HASH_LEN) {
        doc->exists = 1;
        memcpy(doc->hash, hash, WPPKG_HASH_LEN);
    }

    doc->size = sqlite3_column_int64(stmt, 1);
    doc->changed_at = sqlite3_column_int64(stmt, 2);
    doc->published_at = sqlite3_column_int64(stmt, 4) / WPPKG_TICKS;
    doc->claims = (sqlite3_column_int(stmt, 5) != 0);
    doc->origin_at = doc->exists ? sqlite3_column_int64(stmt, 6) : 0;

    if (sqlite3_column_type(stmt, 3) == SQLITE_NULL) {
        doc->live = WPPKG_LIVE_NONE;
        return;
    }

    live = sqlite3_column_blob(stmt, 3);

    if (live == NULL || sqlite3_column_bytes(stmt, 3) != WPPKG_HASH_LEN) {
        doc->live = WPPKG_LIVE_UNKNOWN;
        return;
    }

    doc->live = (doc->exists && memcmp(live, doc->hash, WPPKG_HASH_LEN) == 0)
                ? WPPKG_LIVE_SAME : WPPKG_LIVE_OTHER;
}


int
wppkg_inspect_body(wppkg_catalogue_t *cat, const char *path,
    wppkg_buf_t *body)
{
    int            rc;
    int64_t        size;
    const void    *gz;
    sqlite3_stmt  *stmt;

    wppkg_buf_init(body, WPPKG_BODY_MAX);

    stmt = wppkg_catalogue_ask(cat,
        "SELECT content_size, body FROM documents JOIN bodies"
        "    ON document_id = id WHERE path = ?1", "%s", path);

    rc = wppkg_catalogue_row(cat, stmt);

    if (rc != WPPKG_OK) {
        return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
    }

    size = sqlite3_column_int64(stmt, 0);
    gz = sqlite3_column_blob(stmt, 1);

    if (gz != NULL && size > 0 && size <= WPPKG_BODY_MAX
        && wppkg_gunzip(gz, (size_t) sqlite3_column_bytes(stmt, 1),
                        (size_t) size, body) != WPPKG_OK)
    {
        wppkg_buf_free(body);
    }

    wppkg_catalogue_done(stmt);

    return WPPKG_OK;
}


/* those that the next rendering tells; a closed one's reason is its own */

static int
wppkg_inspect_filters(wppkg_catalogue_t *cat, wppkg_inspect_package_t *p)
{
    static const wppkg_filter_t  closed = {
        WPPKG_LISTS_CLOSED, "*", NULL, NULL
    };

    return wppkg_filters_load(cat, p->pkg.type, p->pkg.slug,
                              (p->documents[0].exists && !p->active)
                              ? &closed : NULL, &p->filters);
}


int
wppkg_inspect_text(wppkg_catalogue_t *cat, sqlite3_stmt *stmt, int column,
    char **text)
{
    const char  *s;

    if (sqlite3_column_type(stmt, column) == SQLITE_NULL) {
        *text = NULL;
        return WPPKG_OK;
    }

    s = (const char *) sqlite3_column_text(stmt, column);
    *text = (s != NULL) ? strdup(s) : NULL;

    return (*text != NULL) ? WPPKG_OK : wppkg_inspect_memory(cat);
}


int
wppkg_inspect_memory(wppkg_catalogue_t *cat)
{
    return wppkg_catalogue_refuse(cat, "catalogue: out of memory");
}


static int
wppkg_inspect_advisories(wppkg_catalogue_t *cat, wppkg_inspect_package_t *p)
{
    int          rc;
    wppkg_buf_t  json;

    wppkg_buf_init(&json, WPPKG_MEMBERS_MAX);

    rc = wppkg_advisories_load(cat, p->pkg.type, p->pkg.slug, &json);

    if (rc == WPPKG_OK) {
        p->advisories = json.data;
        return WPPKG_OK;
    }

    wppkg_buf_free(&json);

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}

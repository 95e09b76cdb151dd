
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdlib.h>
#include <string.h>

#include "wppkg_documents.h"
#include "wppkg_inspect.h"
#include "wppkg_meta.h"
#include "wppkg_outdated.h"
#include "wppkg_unwanted.h"


static int wppkg_inspect_row(wppkg_catalogue_t *cat,
    wppkg_inspect_package_t *p, wppkg_tick_t now);
static int wppkg_inspect_fields(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_inspect_package_t *p);
static int wppkg_inspect_load(wppkg_catalogue_t *cat,
    wppkg_inspect_package_t *p);
static int wppkg_inspect_due(wppkg_catalogue_t *cat, wppkg_type_e type,
    wppkg_tick_t now, int64_t id, uint64_t *n, unsigned *due);
static void wppkg_inspect_document_fields(sqlite3_stmt *stmt,
    wppkg_inspect_document_t *doc);
static int wppkg_inspect_filters(wppkg_catalogue_t *cat,
    wppkg_inspect_package_t *p);
static int wppkg_inspect_work(wppkg_catalogue_t *cat, wppkg_tick_t now,
    wppkg_inspect_t *all);
static int wppkg_inspect_origin(wppkg_catalogue_t *cat,
    wppkg_inspect_t *all);
static int wppkg_inspect_counts(wppkg_catalogue_t *cat,
    wppkg_inspect_t *all);
static void wppkg_inspect_count(wppkg_inspect_t *all, const char *what,
    const char *name, uint64_t n);
static int wppkg_inspect_run(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_inspect_run_t *run);
static int wppkg_inspect_memory(wppkg_catalogue_t *cat);


int
wppkg_inspect_begin(wppkg_catalogue_t *cat)
{
    return wppkg_catalogue_write(cat, "BEGIN", "");
}


void
wppkg_inspect_end(wppkg_catalogue_t *cat)
{
    (void) wppkg_catalogue_write(cat, "ROLLBACK", "");
}


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

    rc = wppkg_inspect_begin(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_row(cat, p, now);

        if (rc == WPPKG_OK) {
            rc = wppkg_inspect_history(cat, p, now / WPPKG_TICKS);
        }

        for (i = 0; i < 2 && rc == WPPKG_OK; i++) {
            wppkg_document_path(p->documents[i].path, type, p->pkg.slug, i);
            rc = wppkg_inspect_document(cat, &p->documents[i]);
        }

        if (rc == WPPKG_OK) {
            rc = wppkg_inspect_filters(cat, p);
        }

        if (rc == WPPKG_OK) {
            rc = wppkg_inspect_advisories(cat, p);
        }

        wppkg_inspect_end(cat);
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


int
wppkg_inspect_unwanted(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, size_t len, int64_t *since)
{
    return wppkg_unwanted_since(cat, type, slug, len, since);
}


static int
wppkg_inspect_row(wppkg_catalogue_t *cat, wppkg_inspect_package_t *p,
    wppkg_tick_t now)
{
    int            rc;
    unsigned       due;
    uint64_t       n;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT id, state, state_reason, state_changed_at, changed_rev,"
        "    synced_rev, next_check_at, failures, last_error, created_at,"
        "    fetched_at, trunk_revision, changed_at, trunk_changed_at,"
        "    versions_changed_at, commits, window_at, window_fetches,"
        "    EXISTS (SELECT 1 FROM outdated WHERE package_id = packages.id),"
        "    (SELECT \"by\" FROM replacements AS r"
        "      WHERE r.type = packages.type AND r.slug = packages.slug),"
        "    closed_at"
        " FROM packages WHERE type = ?1 AND slug = ?2",
        "%s%s", wppkg_type(p->pkg.type)->name, p->pkg.slug);

    rc = wppkg_catalogue_row(cat, stmt);

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_fields(cat, stmt, p);
    }

    wppkg_catalogue_done(stmt);

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_load(cat, p);
    }

    if (rc == WPPKG_OK) {
        due = 0;
        rc = wppkg_inspect_due(cat, p->pkg.type, now, p->id, &n, &due);
        p->due = due;
    }

    return rc;
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


/* the same query as that of "update", so that the two cannot differ */

static int
wppkg_inspect_due(wppkg_catalogue_t *cat, wppkg_type_e type,
    wppkg_tick_t now, int64_t id, uint64_t *n, unsigned *due)
{
    int       rc;
    size_t    i, count;
    int64_t  *ids;

    rc = wppkg_packages_due(cat, type, now, &ids, &count);

    if (rc != WPPKG_OK) {
        return rc;
    }

    for (i = 0; i < count; i++) {
        *due |= ids[i] == id;
    }

    *n = count;
    free(ids);

    return WPPKG_OK;
}


int
wppkg_inspect_document(wppkg_catalogue_t *cat, wppkg_inspect_document_t *doc)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT content_hash, content_size, content_changed_at,"
        "    deployed_hash, published_at, claims"
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
wppkg_inspect(wppkg_catalogue_t *cat, wppkg_tick_t now, wppkg_inspect_t *all)
{
    int  rc;

    memset(all, 0, sizeof(wppkg_inspect_t));

    rc = wppkg_inspect_begin(cat);
    if (rc != WPPKG_OK) {
        return rc;
    }

    rc = wppkg_inspect_counts(cat, all);

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_work(cat, now, all);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_int(cat, "feed_watermark", 0, &all->watermark);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_int(cat, WPPKG_META_LANES, 0, &all->lanes);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_origin(cat, all);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_authority_read(cat, &all->whole, &all->complete);
    }

    if (rc == WPPKG_OK && !all->complete) {
        rc = wppkg_authority_unanswered(cat, &all->unanswered);
    }

    if (rc == WPPKG_OK && all->unanswered != 0) {
        rc = wppkg_authority_example(cat, all->example);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_latest(cat, all);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_sources(cat, all);
    }

    wppkg_inspect_end(cat);

    if (rc != WPPKG_OK) {
        wppkg_inspect_free(all);
    }

    return rc;
}


/* what is to be fetched, rendered and uploaded */

static int
wppkg_inspect_work(wppkg_catalogue_t *cat, wppkg_tick_t now,
    wppkg_inspect_t *all)
{
    int           rc;
    unsigned      due;
    wppkg_type_e  type;

    due = 0;
    rc = WPPKG_OK;

    for (type = 0; type < WPPKG_TYPES && rc == WPPKG_OK; type++) {
        rc = wppkg_inspect_due(cat, type, now, 0, &all->due[type], &due);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_outdated_count(cat, &all->outdated);
    }

    return (rc == WPPKG_OK) ? wppkg_documents_dirty_count(cat, &all->dirty)
                            : rc;
}


static int
wppkg_inspect_origin(wppkg_catalogue_t *cat, wppkg_inspect_t *all)
{
    int  rc;

    rc = wppkg_origin_load(cat, &all->origin);

    if (rc == WPPKG_OK) {
        rc = wppkg_owed_count(cat, &all->owed);
    }

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


/* what triggers have counted */

static int
wppkg_inspect_counts(wppkg_catalogue_t *cat, wppkg_inspect_t *all)
{
    int            rc;
    const char    *what, *name;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat, "SELECT what, state, n FROM counts", "");

    for ( ;; ) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        what = (const char *) sqlite3_column_text(stmt, 0);
        name = (const char *) sqlite3_column_text(stmt, 1);

        if (what != NULL && name != NULL) {
            wppkg_inspect_count(all, what, name,
                                (uint64_t) sqlite3_column_int64(stmt, 2));
        }
    }
}


static void
wppkg_inspect_count(wppkg_inspect_t *all, const char *what, const char *name,
    uint64_t n)
{
    wppkg_type_e   type;
    wppkg_state_e  state;

    if (strcmp(what, "document") == 0) {
        all->documents = n;

    } else if (strcmp(what, "claim") == 0) {
        all->claims = n;

    } else if (strcmp(what, "unwanted") == 0) {
        all->unwanted = n;

    } else if (strcmp(what, "failing") == 0) {
        all->failing = n;

    } else if (strcmp(what, "advisory") == 0) {
        all->advisories = n;

    } else if (wppkg_type_find(what, strlen(what), &type) == WPPKG_OK
               && wppkg_state_find(name, &state) == WPPKG_OK)
    {
        all->packages[type][state] = n;
    }
}


int
wppkg_inspect_runs(wppkg_catalogue_t *cat,
    wppkg_inspect_run_t runs[WPPKG_INSPECT_RUNS], size_t *n)
{
    int            rc;
    size_t         i;
    sqlite3_stmt  *stmt;

    /* whole seconds may be one too many; what the stages took is exact */

    stmt = wppkg_catalogue_ask(cat,
        "SELECT id, pid, command, outcome, error, started_at,"
        "    CASE WHEN finished_at IS NULL THEN -1 ELSE"
        "        max((finished_at - started_at - 1) * 1000,"
        "            (SELECT coalesce(sum(json_extract(value, '$.ms')), 0)"
        "             FROM json_each(CASE WHEN json_valid(stages)"
        "                            THEN stages ELSE '[]' END)))"
        "    END, stages"
        " FROM pipeline_runs ORDER BY id DESC LIMIT ?1",
        "%d", WPPKG_INSPECT_RUNS);

    for (i = 0; i < WPPKG_INSPECT_RUNS; i++) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc == WPPKG_OK) {
            rc = wppkg_inspect_run(cat, stmt, &runs[i]);
        }

        if (rc != WPPKG_OK) {
            break;
        }
    }

    wppkg_catalogue_done(stmt);

    if (rc == WPPKG_ERROR || rc == WPPKG_BUSY) {
        wppkg_inspect_runs_free(runs, i);
        return rc;
    }

    *n = i;

    return WPPKG_OK;
}


void
wppkg_inspect_runs_free(wppkg_inspect_run_t *runs, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        free(runs[i].command);
        free(runs[i].outcome);
        free(runs[i].error);
        free(runs[i].stages);
    }
}


static int
wppkg_inspect_run(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_inspect_run_t *run)
{
    memset(run, 0, sizeof(wppkg_inspect_run_t));

    run->id = sqlite3_column_int64(stmt, 0);
    run->pid = sqlite3_column_int64(stmt, 1);
    run->started_at = sqlite3_column_int64(stmt, 5);
    run->ms = sqlite3_column_int64(stmt, 6);

    if (wppkg_inspect_text(cat, stmt, 2, &run->command) != WPPKG_OK
        || wppkg_inspect_text(cat, stmt, 3, &run->outcome) != WPPKG_OK
        || wppkg_inspect_text(cat, stmt, 4, &run->error) != WPPKG_OK
        || wppkg_inspect_text(cat, stmt, 7, &run->stages) != WPPKG_OK)
    {
        wppkg_inspect_runs_free(run, 1);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
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


static int
wppkg_inspect_memory(wppkg_catalogue_t *cat)
{
    return wppkg_catalogue_refuse(cat, "catalogue: out of memory");
}

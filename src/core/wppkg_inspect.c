
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wppkg_documents.h"
#include "wppkg_inspect.h"
#include "wppkg_meta.h"
#include "wppkg_outdated.h"
#include "wppkg_unwanted.h"


static int wppkg_inspect_due(wppkg_catalogue_t *cat, wppkg_type_e type,
    wppkg_tick_t now, uint64_t *n);
static int wppkg_inspect_work(wppkg_catalogue_t *cat, wppkg_tick_t now,
    wppkg_inspect_t *all);
static int wppkg_inspect_origin(wppkg_catalogue_t *cat,
    wppkg_inspect_t *all);
static int wppkg_inspect_counts(wppkg_catalogue_t *cat,
    wppkg_inspect_t *all);
static void wppkg_inspect_copy_text(char *to, size_t size,
    sqlite3_stmt *stmt, int column);
static void wppkg_inspect_stored(wppkg_inspect_dist_t *dist,
    const char *name, uint64_t n);
static int wppkg_inspect_zips(wppkg_catalogue_t *cat,
    wppkg_inspect_dist_t *dist);
static void wppkg_inspect_count(wppkg_inspect_t *all, const char *what,
    const char *name, uint64_t n);
static int wppkg_inspect_run(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_inspect_run_t *run);


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
wppkg_inspect_unwanted(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, size_t len, int64_t *since)
{
    return wppkg_unwanted_since(cat, type, slug, len, since);
}


/* the same query as that of "update", so that the two cannot differ */

static int
wppkg_inspect_due(wppkg_catalogue_t *cat, wppkg_type_e type,
    wppkg_tick_t now, uint64_t *n)
{
    int       rc;
    size_t    count;
    int64_t  *ids;

    rc = wppkg_packages_due(cat, type, now, &ids, &count);

    if (rc == WPPKG_OK) {
        *n = count;
        free(ids);
    }

    return rc;
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

    if (rc == WPPKG_OK) {
        rc = wppkg_aliases_state(cat, &all->aliases);
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

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_zips(cat, &all->dist);
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
    wppkg_type_e  type;

    rc = WPPKG_OK;

    for (type = 0; type < WPPKG_TYPES && rc == WPPKG_OK; type++) {
        rc = wppkg_inspect_due(cat, type, now, &all->due[type]);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_wordpress_source(cat, "", &all->wordpress);
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

    } else if (strcmp(what, "dist") == 0) {
        wppkg_inspect_stored(&all->dist, name, n);

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


static void
wppkg_inspect_stored(wppkg_inspect_dist_t *dist, const char *name, uint64_t n)
{
    if (strcmp(name, "files") == 0) {
        dist->files = n;

    } else if (strcmp(name, "bytes") == 0) {
        dist->bytes = n;

    } else if (strcmp(name, "wanted") == 0) {
        dist->wanted = n;

    } else {
        dist->waiting = n;
    }
}


static int
wppkg_inspect_zips(wppkg_catalogue_t *cat, wppkg_inspect_dist_t *dist)
{
    int                   rc;
    sqlite3_stmt         *stmt;
    wppkg_inspect_zip_t  *zip;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT p.type || '/' || p.slug, w.version, w.error, w.next_at"
        " FROM dist_wanted AS w INDEXED BY dist_waiting"
        "    JOIN packages AS p ON p.id = w.package_id"
        " WHERE w.next_at IS NOT NULL ORDER BY w.next_at LIMIT ?1", "%d",
        WPPKG_INSPECT_LATEST);

    for ( ;; ) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        zip = &dist->failed[dist->nfailed++];

        wppkg_inspect_copy_text(zip->name, sizeof(zip->name), stmt, 0);
        wppkg_inspect_copy_text(zip->version, sizeof(zip->version), stmt, 1);
        wppkg_inspect_copy_text(zip->error, sizeof(zip->error), stmt, 2);
        zip->next_at = sqlite3_column_int64(stmt, 3);
    }
}


/* what is longer is cut */

static void
wppkg_inspect_copy_text(char *to, size_t size, sqlite3_stmt *stmt, int column)
{
    const char  *text;

    text = (const char *) sqlite3_column_text(stmt, column);

    (void) snprintf(to, size, "%s", (text != NULL) ? text : "");
}

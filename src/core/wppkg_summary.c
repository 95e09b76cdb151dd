
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <string.h>

#include "wppkg_advisory.h"
#include "wppkg_buf.h"
#include "wppkg_format.h"
#include "wppkg_summary.h"


/* all files of each package, and those of none, may be among them */
#define WPPKG_SUMMARY_ROWS  (6 * WPPKG_SUMMARY_CHANGES)


typedef void (*wppkg_summary_row_pt)(sqlite3_stmt *stmt, wppkg_summary_t *s);


static int wppkg_summary_rows(wppkg_reader_t *rd, int limit, const char *sql,
    wppkg_summary_row_pt row, wppkg_summary_t *s,
    wppkg_error_t *err);
static void wppkg_summary_facts(sqlite3_stmt *stmt, wppkg_summary_t *s);
static void wppkg_summary_state(sqlite3_stmt *stmt, wppkg_summary_t *s);
static void wppkg_summary_zips(const char *state, uint64_t n,
    wppkg_summary_t *s);
static void wppkg_summary_advised(sqlite3_stmt *stmt, wppkg_summary_t *s);
static void wppkg_summary_wordpress(sqlite3_stmt *stmt, wppkg_summary_t *s);
static void wppkg_summary_run(sqlite3_stmt *stmt, wppkg_summary_t *s);
static void wppkg_summary_change(sqlite3_stmt *stmt, wppkg_summary_t *s);
static void wppkg_summary_word(sqlite3_stmt *stmt, int column,
    char word[WPPKG_SUMMARY_WORD]);


/* Without a bucket every document would differ: they are not counted. */

int
wppkg_summary_read(wppkg_reader_t *rd, wppkg_summary_t *s, wppkg_error_t *err)
{
    int  rc;

    memset(s, 0, sizeof(wppkg_summary_t));

    rc = wppkg_summary_rows(rd, 0,
        "SELECT (SELECT n FROM counts WHERE what = 'document'),"
        "    bucket, iif(bucket, (SELECT count(*) FROM documents"
        "        WHERE content_hash IS NOT deployed_hash), 0),"
        "    (SELECT max(generation) FROM documents WHERE generation > 0),"
        "    (SELECT value FROM meta WHERE name = 'svn_cursor_plugin'),"
        "    (SELECT value FROM meta WHERE name = 'svn_cursor_theme'),"
        "    (SELECT max(changed_at) FROM packages"
        "        WHERE type = 'plugin' AND changed_at IS NOT NULL),"
        "    (SELECT max(changed_at) FROM packages"
        "        WHERE type = 'theme' AND changed_at IS NOT NULL),"
        "    (SELECT value FROM meta WHERE name = 'run_interval'),"
        "    (SELECT value IS '" WPPKG_WHOLE "' FROM meta"
        "        WHERE name = '" WPPKG_AUTHORITY "'),"
        "    (SELECT value FROM meta"
        "        WHERE name = '" WPPKG_ORIGIN_TOLD_AT "')"
        " FROM (SELECT EXISTS (SELECT 1 FROM meta"
        "           WHERE name = 'deploy_target') AS bucket)",
        wppkg_summary_facts, s, err);

    if (rc == WPPKG_OK) {
        rc = wppkg_summary_rows(rd, 0, "SELECT what, state, n FROM counts",
                                wppkg_summary_state, s, err);
    }

    if (rc == WPPKG_OK && wppkg_reader_schema(rd) >= WPPKG_ADVISORY_SCHEMA) {
        rc = wppkg_summary_rows(rd, 0,
            "SELECT count(*), min(read_at) FROM advisory_sources",
            wppkg_summary_advised, s, err);
    }

    if (rc == WPPKG_OK && wppkg_reader_schema(rd) >= WPPKG_WORDPRESS_SCHEMA) {
        rc = wppkg_summary_rows(rd, 0,
            "SELECT releases, insecure, read_at FROM core WHERE id = 1",
            wppkg_summary_wordpress, s, err);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_summary_rows(rd, WPPKG_SUMMARY_RUNS,
            "SELECT command, outcome, started_at, finished_at"
            " FROM pipeline_runs ORDER BY id DESC LIMIT ?1",
            wppkg_summary_run, s, err);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_summary_rows(rd, WPPKG_SUMMARY_ROWS,
            "SELECT path, published_gone, published_at"
            " FROM documents INDEXED BY documents_published"
            " WHERE published_at IS NOT NULL"
            " ORDER BY published_at DESC LIMIT ?1",
            wppkg_summary_change, s, err);
    }

    return rc;
}


/* limit: the value of ?1; 0: there is none */

static int
wppkg_summary_rows(wppkg_reader_t *rd, int limit, const char *sql,
    wppkg_summary_row_pt row, wppkg_summary_t *s, wppkg_error_t *err)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = wppkg_reader_stmt(rd, sql, err);
    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    if (limit != 0) {
        rc = sqlite3_bind_int(stmt, 1, limit);

        if (rc != SQLITE_OK) {
            return wppkg_reader_fail(rd, rc, err);
        }
    }

    for ( ;; ) {
        rc = sqlite3_step(stmt);

        if (rc != SQLITE_ROW) {
            break;
        }

        row(stmt, s);
    }

    rc = (rc == SQLITE_DONE) ? WPPKG_OK : wppkg_reader_fail(rd, rc, err);

    (void) sqlite3_reset(stmt);

    return rc;
}


static void
wppkg_summary_facts(sqlite3_stmt *stmt, wppkg_summary_t *s)
{
    s->documents = (uint64_t) sqlite3_column_int64(stmt, 0);
    s->bucket = (sqlite3_column_int(stmt, 1) != 0);
    s->dirty = (uint64_t) sqlite3_column_int64(stmt, 2);
    s->generation = sqlite3_column_int64(stmt, 3);
    s->revision[WPPKG_PLUGIN] = sqlite3_column_int64(stmt, 4);
    s->revision[WPPKG_THEME] = sqlite3_column_int64(stmt, 5);
    s->commit_at[WPPKG_PLUGIN] = sqlite3_column_int64(stmt, 6);
    s->commit_at[WPPKG_THEME] = sqlite3_column_int64(stmt, 7);
    s->interval = sqlite3_column_int64(stmt, 8);
    s->whole = (sqlite3_column_int(stmt, 9) != 0);
    s->told_at = sqlite3_column_int64(stmt, 10);
}


static void
wppkg_summary_state(sqlite3_stmt *stmt, wppkg_summary_t *s)
{
    const char     *name, *text;
    wppkg_type_e    type;
    wppkg_state_e   state;

    name = (const char *) sqlite3_column_text(stmt, 0);
    text = (const char *) sqlite3_column_text(stmt, 1);

    if (name == NULL || text == NULL) {
        return;
    }

    if (strcmp(name, "advisory") == 0) {
        s->advisories = (uint64_t) sqlite3_column_int64(stmt, 2);

    } else if (strcmp(name, "dist") == 0) {
        wppkg_summary_zips(text, (uint64_t) sqlite3_column_int64(stmt, 2), s);

    } else if (wppkg_type_find(name, strlen(name), &type) == WPPKG_OK
               && wppkg_state_find(text, &state) == WPPKG_OK)
    {
        s->packages[type][state] = (uint64_t) sqlite3_column_int64(stmt, 2);
    }
}


static void
wppkg_summary_zips(const char *state, uint64_t n, wppkg_summary_t *s)
{
    if (strcmp(state, "files") == 0) {
        s->zips = n;

    } else if (strcmp(state, "bytes") == 0) {
        s->zips_bytes = n;

    } else if (strcmp(state, "wanted") == 0) {
        s->zips_wanted = n;

    } else if (strcmp(state, "waiting") == 0) {
        s->zips_failed = n;
    }
}


static void
wppkg_summary_advised(sqlite3_stmt *stmt, wppkg_summary_t *s)
{
    s->advised = (sqlite3_column_int(stmt, 0) != 0);
    s->advised_at = sqlite3_column_int64(stmt, 1);
}


static void
wppkg_summary_wordpress(sqlite3_stmt *stmt, wppkg_summary_t *s)
{
    s->wordpress = 1;
    s->releases = (uint64_t) sqlite3_column_int64(stmt, 0);
    s->insecure = (uint64_t) sqlite3_column_int64(stmt, 1);
    s->released_at = sqlite3_column_int64(stmt, 2);
}


static void
wppkg_summary_run(sqlite3_stmt *stmt, wppkg_summary_t *s)
{
    wppkg_summary_run_t  *run;

    if (s->nruns == WPPKG_SUMMARY_RUNS) {
        return;
    }

    run = &s->runs[s->nruns++];

    wppkg_summary_word(stmt, 0, run->command);
    wppkg_summary_word(stmt, 1, run->outcome);

    run->started_at = sqlite3_column_int64(stmt, 2);
    run->finished_at = sqlite3_column_int64(stmt, 3);
}


/*
 * A package once, by its own name, with the latest that has been announced of
 * its files
 */

static void
wppkg_summary_change(sqlite3_stmt *stmt, wppkg_summary_t *s)
{
    size_t                   i;
    const char              *path;
    wppkg_name_t             name;
    wppkg_document_name_t    doc;
    wppkg_summary_change_t  *change;

    path = (const char *) sqlite3_column_text(stmt, 0);

    if (path == NULL || s->nchanges == WPPKG_SUMMARY_CHANGES) {
        return;
    }

    if (wppkg_document_parse(path, strlen(path), &doc) != WPPKG_OK
        || !wppkg_utf8_valid(doc.name, doc.len)
        || (wppkg_name_composer(doc.name, doc.len, &name) == WPPKG_OK
            && name.alias))
    {
        return;
    }

    for (i = 0; i < s->nchanges; i++) {
        if (strncmp(s->changes[i].package, doc.name, doc.len) == 0
            && s->changes[i].package[doc.len] == '\0')
        {
            return;
        }
    }

    change = &s->changes[s->nchanges++];

    (void) snprintf(change->package, sizeof(change->package), "%.*s",
                    (int) doc.len, doc.name);

    change->gone = (sqlite3_column_int(stmt, 1) != 0);
    change->announced_at = sqlite3_column_int64(stmt, 2) / WPPKG_TICKS;
}


static void
wppkg_summary_word(sqlite3_stmt *stmt, int column,
    char word[WPPKG_SUMMARY_WORD])
{
    const char  *text;

    text = (const char *) sqlite3_column_text(stmt, column);

    if (text == NULL) {
        text = "";

    } else if (!wppkg_utf8_valid(text, strlen(text))
               || strlen(text) >= WPPKG_SUMMARY_WORD)
    {
        text = "?";
    }

    (void) snprintf(word, WPPKG_SUMMARY_WORD, "%s", text);
}

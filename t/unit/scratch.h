
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the unit tests of the catalogue share: a directory of their own for
 * every test, short queries, and children that die or have no rights.
 */


#ifndef _SCRATCH_H_INCLUDED_
#define _SCRATCH_H_INCLUDED_


#include <dirent.h>
#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "guard.h"
#include "wppkg_meta.h"
#include "wppkg_open.h"


/* a moment in 2023, in ticks: tests own the clock */
#define SCRATCH_SECOND  INT64_C(1700000000)
#define SCRATCH_NOW     (SCRATCH_SECOND * WPPKG_TICKS)

#define SCRATCH_NOBODY  65534

#define SCRATCH_TEST(f)                                                       \
    cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
#define SCRATCH_GUARD(what, f)                                                \
    GUARD_SETUP(what, f, scratch_setup, scratch_teardown)


typedef void (*scratch_child_pt)(const void *data);


static char  scratch_dir[256];
static char  scratch_path[300];


static inline int
scratch_setup(void **state)
{
    const char  *tmp;

    tmp = getenv("TMPDIR");
    tmp = (tmp != NULL) ? tmp : "/tmp";

    /* in pieces, for "make lint" takes the whole for a left-over mark */

    (void) snprintf(scratch_dir, sizeof(scratch_dir),
                    "%s/wppkg-scratch-" "XX" "XX" "XX", tmp);

    if (mkdtemp(scratch_dir) == NULL) {
        return -1;
    }

    (void) snprintf(scratch_path, sizeof(scratch_path), "%s/catalogue.sqlite",
                    scratch_dir);

    return 0;
}


static inline int
scratch_teardown(void **state)
{
    DIR            *dir;
    char            path[600];
    struct dirent  *entry;

    dir = opendir(scratch_dir);
    if (dir == NULL) {
        return -1;
    }

    for ( ;; ) {
        entry = readdir(dir);

        if (entry == NULL) {
            break;
        }

        (void) snprintf(path, sizeof(path), "%s/%s", scratch_dir,
                        entry->d_name);

        if (entry->d_name[0] != '.' && unlink(path) != 0) {
            (void) rmdir(path);
        }
    }

    (void) closedir(dir);

    return rmdir(scratch_dir);
}


/* how many files the directory has */

static inline int
scratch_files(void)
{
    int             n;
    DIR            *dir;
    struct dirent  *entry;

    n = 0;
    dir = opendir(scratch_dir);
    assert_non_null(dir);

    for (entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        n += (entry->d_name[0] != '.');
    }

    (void) closedir(dir);

    return n;
}


static inline wppkg_catalogue_t *
scratch_open(wppkg_catalogue_mode_e mode)
{
    wppkg_error_t       err;
    wppkg_catalogue_t  *cat;

    err.text[0] = '\0';

    if (wppkg_catalogue_open(scratch_path, mode, &cat, &err) != WPPKG_OK) {
        fail_msg("%s", err.text);
    }

    return cat;
}


/* any statement, on a connection of its own */

static inline void
scratch_sql(const char *path, const char *sql)
{
    int       rc, on;
    sqlite3  *db;

    on = 1;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    (void) sqlite3_file_control(db, "main", SQLITE_FCNTL_PERSIST_WAL, &on);

    rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

    if (rc != SQLITE_OK) {
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    }

    (void) sqlite3_close(db);
}


/* the one integer that a query of the catalogue's connection gives */

static inline int64_t
scratch_int(wppkg_catalogue_t *cat, const char *sql)
{
    int64_t        value;
    sqlite3       *db;
    sqlite3_stmt  *stmt;

    db = wppkg_catalogue_db(cat);

    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    }

    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);

    value = sqlite3_column_int64(stmt, 0);
    (void) sqlite3_finalize(stmt);

    return value;
}


static inline void
scratch_exec(wppkg_catalogue_t *cat, const char *sql)
{
    sqlite3  *db;

    db = wppkg_catalogue_db(cat);

    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    }
}


/* the query plan of one statement, one line a step */

static inline void
scratch_plan(wppkg_catalogue_t *cat, const char *sql, char *plan, size_t size)
{
    char          *explain;
    size_t         n;
    sqlite3_stmt  *stmt;

    explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
    assert_int_equal(sqlite3_prepare_v2(wppkg_catalogue_db(cat), explain, -1,
                                        &stmt, NULL), SQLITE_OK);
    n = 0;
    plan[0] = '\0';

    while (sqlite3_step(stmt) == SQLITE_ROW) {
        n += (size_t) snprintf(plan + n, size - n, "%s\n",
                               sqlite3_column_text(stmt, 3));
        assert_true(n < size);
    }

    (void) sqlite3_finalize(stmt);
    sqlite3_free(explain);
}


/*
 * Of all statements that the catalogue has prepared so far: none walks a
 * table or a whole index, but for those that hold what is to be done, or told,
 * and nothing else.  Returns how many of them use index.
 */

static inline int
scratch_plans(wppkg_catalogue_t *cat, const char *index)
{
    int            n;
    char           plan[2048], *line, *next;
    const char    *sql;
    sqlite3_stmt  *stmt;

    n = 0;
    stmt = NULL;

    for ( ;; ) {
        stmt = sqlite3_next_stmt(wppkg_catalogue_db(cat), stmt);

        if (stmt == NULL) {
            return n;
        }

        sql = sqlite3_sql(stmt);
        scratch_plan(cat, sql, plan, sizeof(plan));
        n += (strstr(plan, index) != NULL);

        for (line = plan; *line != '\0'; line = next) {
            next = strchr(line, '\n') + 1;
            next[-1] = '\0';

            if (strncmp(line, "SCAN ", 5) == 0
                && strstr(line, "documents_dirty") == NULL
                && strstr(line, "documents_listed") == NULL
                && strstr(line, "documents_claimed") == NULL
                && strstr(line, "pipeline_runs_open") == NULL
                && strcmp(line, "SCAN outdated") != 0
                && strcmp(line, "SCAN owed") != 0

                /* 50 rows */
                && strncmp(line, "SCAN news", 9) != 0
                && strcmp(line, "SCAN CONSTANT ROW") != 0

                /* a row for each that the configuration names */
                && strcmp(line, "SCAN advisory_sources") != 0

                /* one row of it, by its rowid */
                && strcmp(line, "SCAN search VIRTUAL TABLE INDEX 0:=") != 0

                /* the JSON of one row */
                && strncmp(line, "SCAN json_each VIRTUAL", 22) != 0)
            {
                fail_msg("%s: %s", sql, line);
            }
        }
    }
}


/* runs f in a child, as user uid unless that is 0; its wait status */

static inline int
scratch_child(scratch_child_pt f, const void *data, uid_t uid)
{
    int    status;
    pid_t  pid;

    (void) fflush(NULL);

    pid = fork();
    assert_true(pid >= 0);

    if (pid == 0) {
        if (uid != 0 && (setgroups(0, NULL) != 0 || setgid(uid) != 0
                         || setuid(uid) != 0))
        {
            _exit(99);
        }

        f(data);
        _exit(0);
    }

    assert_int_equal(waitpid(pid, &status, 0), pid);

    return status;
}


/*
 * In a child: SIGKILL at the n-th commit, before it takes place, of whatever
 * connections are opened after this call.
 */

static int  scratch_commits;


static inline int
scratch_commit_hook(void *data)
{
    if (--scratch_commits == 0) {
        (void) kill(getpid(), SIGKILL);
    }

    return 0;
}


static inline int
scratch_hook(sqlite3 *db, const char **error, const void *api)
{
    (void) sqlite3_commit_hook(db, scratch_commit_hook, NULL);

    return SQLITE_OK;
}


static inline void
scratch_die_at(int n)
{
    scratch_commits = n;
    (void) sqlite3_auto_extension((void (*)(void)) scratch_hook);
}


#endif /* _SCRATCH_H_INCLUDED_ */

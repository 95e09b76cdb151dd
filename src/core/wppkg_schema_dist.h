
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The tables of the store of zips, a part of a migration (wppkg_schema.c).
 */


#ifndef _WPPKG_SCHEMA_DIST_H_INCLUDED_
#define _WPPKG_SCHEMA_DIST_H_INCLUDED_


#define WPPKG_SCHEMA_DIST                                                     \
    /*                                                                        \
     * The zips that are here (wppkg_dist.h): without a package it has been   \
     * taken out, and the file has to go.                                     \
     */                                                                       \
                                                                              \
    "CREATE TABLE dist ("                                                     \
    "    id INTEGER PRIMARY KEY,"                                             \
    "    package_id INTEGER REFERENCES packages (id) ON DELETE SET NULL,"     \
    "    tag TEXT NOT NULL,"                                                  \
    "    pin INTEGER NOT NULL,"                                               \
    "    path TEXT NOT NULL,"                                                 \
    "    sha1 BLOB NOT NULL CHECK (length(sha1) = 20),"                       \
    "    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),"                   \
    "    size INTEGER NOT NULL CHECK (size > 0),"                             \
    "    url TEXT NOT NULL,"                                                  \
    "    fetched_at INTEGER NOT NULL,"                                        \
    "    deployed INTEGER NOT NULL DEFAULT 0 CHECK (deployed IN (0, 1, 2)),"  \
    "    UNIQUE (package_id, tag, pin)"                                       \
    ") STRICT;"                                                               \
                                                                              \
    "CREATE INDEX dist_path ON dist (path);"                                  \
    "CREATE INDEX dist_gone ON dist (id) WHERE package_id IS NULL;"           \
                                                                              \
    /* and those that are to come, the next one first */                      \
                                                                              \
    "CREATE TABLE dist_wanted ("                                              \
    "    id INTEGER PRIMARY KEY,"                                             \
    "    package_id INTEGER NOT NULL"                                         \
    "        REFERENCES packages (id) ON DELETE CASCADE,"                     \
    "    tag TEXT NOT NULL,"                                                  \
    "    pin INTEGER NOT NULL,"                                               \
    "    version TEXT NOT NULL,"                                              \
    "    url TEXT NOT NULL,"                                                  \
    "    rank INTEGER NOT NULL,"                                              \
    "    weight INTEGER NOT NULL,"                                            \
    "    policy INTEGER NOT NULL,"                                            \
    "    since INTEGER NOT NULL,"                                             \
    "    next_at INTEGER,"                                                    \
    "    failures INTEGER NOT NULL DEFAULT 0,"                                \
    "    error TEXT,"                                                         \
    "    UNIQUE (package_id, tag)"                                            \
    ") STRICT;"                                                               \
                                                                              \
    "CREATE INDEX dist_due ON dist_wanted (rank, weight, id)"                 \
    "    WHERE next_at IS NULL;"                                              \
    "CREATE INDEX dist_waiting ON dist_wanted (next_at)"                      \
    "    WHERE next_at IS NOT NULL;"                                          \
                                                                              \
    /* [dist] list */                                                         \
                                                                              \
    "CREATE TABLE dist_listed ("                                              \
    "    id INTEGER PRIMARY KEY,"                                             \
    "    type TEXT NOT NULL CHECK (type IN ('plugin', 'theme')),"             \
    "    slug TEXT NOT NULL CHECK (length(slug) BETWEEN 1 AND 200),"          \
    "    UNIQUE (type, slug)"                                                 \
    ") STRICT;"                                                               \
                                                                              \
    "INSERT INTO counts VALUES ('dist', 'files', 0), ('dist', 'bytes', 0),"   \
    "    ('dist', 'wanted', 0), ('dist', 'waiting', 0);"                      \
                                                                              \
    "CREATE TRIGGER dist_added AFTER INSERT ON dist BEGIN"                    \
    "    UPDATE counts SET n = n + iif(state = 'bytes', NEW.size, 1)"         \
    "        WHERE what = 'dist' AND state IN ('files', 'bytes');"            \
    " END;"                                                                   \
                                                                              \
    "CREATE TRIGGER dist_removed AFTER DELETE ON dist BEGIN"                  \
    "    UPDATE counts SET n = n - iif(state = 'bytes', OLD.size, 1)"         \
    "        WHERE what = 'dist' AND state IN ('files', 'bytes');"            \
    " END;"                                                                   \
                                                                              \
    "CREATE TRIGGER dist_wanted_added AFTER INSERT ON dist_wanted BEGIN"      \
    "    UPDATE counts SET n = n + 1"                                         \
    "        WHERE what = 'dist' AND state = 'wanted';"                       \
    "    UPDATE counts SET n = n + (NEW.next_at IS NOT NULL)"                 \
    "        WHERE what = 'dist' AND state = 'waiting';"                      \
    " END;"                                                                   \
                                                                              \
    "CREATE TRIGGER dist_wanted_changed AFTER UPDATE OF next_at"              \
    "    ON dist_wanted"                                                      \
    "    WHEN (OLD.next_at IS NULL) <> (NEW.next_at IS NULL) BEGIN"           \
    "    UPDATE counts SET n = n + iif(NEW.next_at IS NULL, -1, 1)"           \
    "        WHERE what = 'dist' AND state = 'waiting';"                      \
    " END;"                                                                   \
                                                                              \
    "CREATE TRIGGER dist_wanted_removed AFTER DELETE ON dist_wanted BEGIN"    \
    "    UPDATE counts SET n = n - 1"                                         \
    "        WHERE what = 'dist' AND state = 'wanted';"                       \
    "    UPDATE counts SET n = n - (OLD.next_at IS NOT NULL)"                 \
    "        WHERE what = 'dist' AND state = 'waiting';"                      \
    " END;"


#endif /* _WPPKG_SCHEMA_DIST_H_INCLUDED_ */

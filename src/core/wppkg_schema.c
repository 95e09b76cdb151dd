
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_schema.h"
#include "wppkg_schema_dist.h"


/*
 * A migration that has been released is never edited: the next one changes
 * what it made.  Numbers in PRAGMAs are those of WPPKG_APPLICATION_ID and of
 * the migration.
 */

const char *const  wppkg_schema_steps[WPPKG_SCHEMA_VERSION] = {

    "PRAGMA application_id = 0x7770706b;"
    "PRAGMA user_version = 1;"

    "CREATE TABLE meta ("
    "    name TEXT NOT NULL PRIMARY KEY,"
    "    value ANY"
    ") STRICT, WITHOUT ROWID;"

    /* times are unix seconds; the long column comes last: see "bodies" */

    "CREATE TABLE packages ("
    "    id INTEGER PRIMARY KEY,"
    "    type TEXT NOT NULL CHECK (type IN ('plugin', 'theme')),"
    "    slug TEXT NOT NULL CHECK (length(slug) BETWEEN 1 AND 200),"
    "    state TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'active',"
    "        'closed', 'closed_for_good', 'not_found', 'invalid')),"
    "    state_reason TEXT,"
    "    state_changed_at INTEGER,"
    "    changed_rev INTEGER NOT NULL DEFAULT 1,"
    "    synced_rev INTEGER NOT NULL DEFAULT 0,"
    "    next_check_at INTEGER,"
    "    failures INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),"
    "    last_error TEXT,"
    "    created_at INTEGER NOT NULL,"
    "    fetched_at INTEGER,"
    "    versions_changed_at INTEGER,"
    "    has_trunk INTEGER NOT NULL DEFAULT 0 CHECK (has_trunk IN (0, 1)),"
    "    trunk_revision INTEGER NOT NULL DEFAULT 0,"
    "    requires_php TEXT,"
    "    ceiling TEXT,"
    "    name TEXT,"
    "    author TEXT,"
    "    homepage TEXT,"
    "    description TEXT,"
    "    versions TEXT NOT NULL DEFAULT '[]',"
    "    UNIQUE (type, slug)"
    ") STRICT;"

    /* what is due, and nothing else, is in these two */

    "CREATE INDEX packages_changed ON packages (type, id)"
    "    WHERE changed_rev > synced_rev AND next_check_at IS NULL;"

    "CREATE INDEX packages_waiting ON packages (type, next_check_at)"
    "    WHERE next_check_at IS NOT NULL;"

    /* dates end where an HTTP date does, with the year 9999 */

    "CREATE TABLE documents ("
    "    id INTEGER PRIMARY KEY,"
    "    package_id INTEGER REFERENCES packages (id),"
    "    path TEXT NOT NULL UNIQUE,"
    "    content_hash BLOB CHECK (length(content_hash) = 32),"
    "    content_size INTEGER CHECK (content_size >= 0),"
    "    content_changed_at INTEGER NOT NULL"
    "        CHECK (content_changed_at BETWEEN 0 AND 253402300799),"
    "    deployed_hash BLOB CHECK (length(deployed_hash) IN (0, 32)),"
    "    published_at INTEGER,"
    "    CHECK ((content_hash IS NULL) = (content_size IS NULL))"
    ") STRICT;"

    "CREATE INDEX documents_dirty ON documents (id)"
    "    WHERE content_hash IS NOT deployed_hash;"

    "CREATE UNIQUE INDEX documents_published ON documents (published_at)"
    "    WHERE published_at IS NOT NULL;"

    /*
     * Apart from documents, because SQLite rewrites a whole row when one of
     * them is marked as deployed.
     */

    "CREATE TABLE bodies ("
    "    document_id INTEGER PRIMARY KEY REFERENCES documents (id),"
    "    body BLOB NOT NULL"
    ") STRICT;"

    "CREATE TABLE pipeline_runs ("
    "    id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "    command TEXT NOT NULL,"
    "    pid INTEGER NOT NULL,"
    "    started_at INTEGER NOT NULL,"
    "    finished_at INTEGER,"
    "    outcome TEXT CHECK (outcome IN ('done', 'partial', 'failed',"
    "        'cancelled')),"
    "    error TEXT,"
    "    stages TEXT NOT NULL DEFAULT '[]',"
    "    CHECK ((finished_at IS NULL) = (outcome IS NULL))"
    ") STRICT;"

    "CREATE INDEX pipeline_runs_open ON pipeline_runs (id)"
    "    WHERE finished_at IS NULL;",


    /* Subversion: the dates of changed_rev and trunk_revision */

    "PRAGMA user_version = 2;"

    "ALTER TABLE packages ADD COLUMN changed_at INTEGER;"
    "ALTER TABLE packages ADD COLUMN trunk_changed_at INTEGER;"

    /*
     * What the log says of the package's directory: see wppkg_released.h, and
     * wppkg_backfill.h for trunk_backfilled.
     */

    "ALTER TABLE packages ADD COLUMN added_rev INTEGER;"
    "ALTER TABLE packages ADD COLUMN veiled_rev INTEGER;"
    "ALTER TABLE packages ADD COLUMN followed INTEGER NOT NULL DEFAULT 0"
    "    CHECK (followed IN (0, 1));"
    "ALTER TABLE packages ADD COLUMN trunk_backfilled INTEGER NOT NULL"
    "    DEFAULT 0 CHECK (trunk_backfilled IN (0, 1));"

    /* those whose history is known by a backfill only */

    "CREATE INDEX packages_unfollowed ON packages (type, id)"
    "    WHERE followed = 0;"

    /*
     * seen_rev: the first revision that we know to have touched the tag;
     * first_rev: the same, if it created it, else NULL
     */

    "CREATE TABLE tags ("
    "    package_id INTEGER NOT NULL REFERENCES packages (id),"
    "    tag TEXT NOT NULL,"
    "    seen_rev INTEGER NOT NULL,"
    "    first_rev INTEGER,"
    "    first_at INTEGER,"
    "    last_rev INTEGER NOT NULL,"
    "    last_at INTEGER,"
    "    PRIMARY KEY (package_id, tag)"
    ") STRICT, WITHOUT ROWID;"

    /* revisions that cannot be read; each is asked for once a day */

    "CREATE TABLE gaps ("
    "    type TEXT NOT NULL CHECK (type IN ('plugin', 'theme')),"
    "    rev INTEGER NOT NULL,"
    "    reason TEXT NOT NULL,"
    "    found_at INTEGER NOT NULL,"
    "    asked_at INTEGER NOT NULL,"
    "    PRIMARY KEY (type, rev)"
    ") STRICT, WITHOUT ROWID;"

    /*
     * Commits that the API has not been seen to know (rule R 15): how many,
     * since when the fetches for the last of them count, and these.
     */

    "ALTER TABLE packages ADD COLUMN commits INTEGER NOT NULL DEFAULT 0"
    "    CHECK (commits >= 0);"
    "ALTER TABLE packages ADD COLUMN window_rev INTEGER;"
    "ALTER TABLE packages ADD COLUMN window_at INTEGER;"
    "ALTER TABLE packages ADD COLUMN window_fetches INTEGER NOT NULL"
    "    DEFAULT 0 CHECK (window_fetches >= 0);"

    /* what was committed and cannot be seen yet; all that "status" asks */

    "CREATE INDEX packages_unsettled ON packages (changed_at, window_at)"
    "    WHERE changed_rev > synced_rev AND changed_at IS NOT NULL;"

    /* what may be closed or opened with no trace in Subversion (rule R 14) */

    "CREATE INDEX packages_swept ON packages (type, id, state)"
    "    WHERE state IN ('active', 'closed');"

    /* the date of the latest commit */

    "CREATE INDEX packages_committed ON packages (type, changed_at)"
    "    WHERE changed_at IS NOT NULL;"

    /* active packages that have been seen not to be offered, once */

    "CREATE TABLE observations ("
    "    package_id INTEGER PRIMARY KEY"
    "        REFERENCES packages (id) ON DELETE CASCADE,"
    "    state TEXT NOT NULL,"
    "    reason TEXT,"
    "    observed_at INTEGER NOT NULL"
    ") STRICT;"

    "CREATE TABLE state_changes ("
    "    id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "    package_id INTEGER NOT NULL"
    "        REFERENCES packages (id) ON DELETE CASCADE,"
    "    changed_at INTEGER NOT NULL,"
    "    old_state TEXT NOT NULL,"
    "    new_state TEXT NOT NULL,"
    "    reason TEXT"
    ") STRICT;"

    "CREATE INDEX state_changes_package ON state_changes (package_id);"
    "CREATE INDEX state_changes_time ON state_changes (changed_at);"

    /*
     * What has been announced, apart from what there is by now.  Up to here
     * the feed told the date of a change that waited for the bucket.
     */

    "ALTER TABLE documents ADD COLUMN published_changed_at INTEGER;"
    "ALTER TABLE documents ADD COLUMN published_gone INTEGER NOT NULL"
    "    DEFAULT 0 CHECK (published_gone IN (0, 1));"

    /* the names of packages/list.json: "p2/", name, ".json"; not "~dev" */

    "CREATE INDEX documents_listed"
    "    ON documents (substr(path, 4, length(path) - 8))"
    "    WHERE content_hash IS NOT NULL AND package_id IS NOT NULL"
    "        AND instr(path, '~') = 0;"

    "UPDATE documents SET published_at = NULL"
    "    WHERE content_hash IS NOT deployed_hash AND EXISTS"
    "        (SELECT 1 FROM meta WHERE name = 'deploy_target');"

    "UPDATE documents SET published_changed_at = content_changed_at,"
    "    published_gone = (content_hash IS NULL)"
    "    WHERE published_at IS NOT NULL;"

    /* all that the feed tells: 10,000 actions in 6 ms, not in 30 */

    "DROP INDEX documents_published;"
    "CREATE INDEX documents_published ON documents (published_at,"
    "    published_changed_at, published_gone, path)"
    "    WHERE published_at IS NOT NULL;"

    /*
     * Each change of a document has the next number: the greatest is the
     * catalogue's generation, and a cache asks what is above the one it
     * knows.  By triggers, so that no statement can forget it; a row that
     * nothing has changed since this migration has 0.
     */

    "ALTER TABLE documents ADD COLUMN generation INTEGER NOT NULL DEFAULT 0"
    "    CHECK (generation >= 0);"

    "CREATE UNIQUE INDEX documents_generation ON documents (generation)"
    "    WHERE generation > 0;"

    "CREATE TRIGGER documents_added AFTER INSERT ON documents BEGIN"
    "    UPDATE documents SET generation = 1 + coalesce("
    "        (SELECT max(generation) FROM documents WHERE generation > 0), 0)"
    "    WHERE id = NEW.id;"
    " END;"

    "CREATE TRIGGER documents_changed AFTER UPDATE"
    "    OF content_hash, content_size, content_changed_at ON documents BEGIN"
    "    UPDATE documents SET generation = 1 + coalesce("
    "        (SELECT max(generation) FROM documents WHERE generation > 0), 0)"
    "    WHERE id = NEW.id;"
    " END;"

    /*
     * How many there are: packages of a type by state, documents that exist.
     * To count 145,000 packages takes as long as to serve 5,000 requests.
     */

    "CREATE TABLE counts ("
    "    what TEXT NOT NULL,"
    "    state TEXT NOT NULL,"
    "    n INTEGER NOT NULL,"
    "    PRIMARY KEY (what, state)"
    ") STRICT, WITHOUT ROWID;"

    "INSERT INTO counts SELECT type.column1, state.column1,"
    "        (SELECT count(*) FROM packages"
    "          WHERE type = type.column1 AND state = state.column1)"
    "    FROM (VALUES ('plugin'), ('theme')) AS type,"
    "        (VALUES ('new'), ('active'), ('closed'), ('closed_for_good'),"
    "            ('not_found'), ('invalid')) AS state;"

    "INSERT INTO counts SELECT 'document', 'there', count(content_hash)"
    "    FROM documents;"

    "CREATE TRIGGER packages_counted AFTER INSERT ON packages BEGIN"
    "    UPDATE counts SET n = n + 1"
    "        WHERE what = NEW.type AND state = NEW.state;"
    " END;"

    "CREATE TRIGGER packages_recounted AFTER UPDATE OF type, state"
    "    ON packages"
    "    WHEN OLD.state <> NEW.state OR OLD.type <> NEW.type BEGIN"
    "    UPDATE counts SET n = n - 1"
    "        WHERE what = OLD.type AND state = OLD.state;"
    "    UPDATE counts SET n = n + 1"
    "        WHERE what = NEW.type AND state = NEW.state;"
    " END;"

    "CREATE TRIGGER packages_discounted AFTER DELETE ON packages BEGIN"
    "    UPDATE counts SET n = n - 1"
    "        WHERE what = OLD.type AND state = OLD.state;"
    " END;"

    "CREATE TRIGGER documents_counted AFTER INSERT ON documents"
    "    WHEN NEW.content_hash IS NOT NULL BEGIN"
    "    UPDATE counts SET n = n + 1 WHERE what = 'document';"
    " END;"

    "CREATE TRIGGER documents_recounted AFTER UPDATE OF content_hash"
    "    ON documents"
    "    WHEN (OLD.content_hash IS NULL) <> (NEW.content_hash IS NULL) BEGIN"
    "    UPDATE counts SET n = n + iif(NEW.content_hash IS NULL, -1, 1)"
    "        WHERE what = 'document';"
    " END;"

    "CREATE TRIGGER documents_discounted AFTER DELETE ON documents"
    "    WHEN OLD.content_hash IS NOT NULL BEGIN"
    "    UPDATE counts SET n = n - 1 WHERE what = 'document';"
    " END;",


    /* readers before this one refuse any schema above their own */

    "PRAGMA user_version = 3;"

    "INSERT INTO meta (name, value) VALUES ('oldest_reader', 3);"

    /* how many packages were fetched in vain, as the other counts */

    "INSERT INTO counts SELECT 'failing', 'package',"
    "    (SELECT count(*) FROM packages WHERE failures > 0);"

    "CREATE TRIGGER packages_failing_added AFTER INSERT ON packages"
    "    WHEN NEW.failures > 0 BEGIN"
    "    UPDATE counts SET n = n + 1 WHERE what = 'failing';"
    " END;"

    "CREATE TRIGGER packages_failing_changed AFTER UPDATE OF failures"
    "    ON packages WHEN (OLD.failures > 0) <> (NEW.failures > 0) BEGIN"
    "    UPDATE counts SET n = n + iif(NEW.failures > 0, 1, -1)"
    "        WHERE what = 'failing';"
    " END;"

    "CREATE TRIGGER packages_failing_gone AFTER DELETE ON packages"
    "    WHEN OLD.failures > 0 BEGIN"
    "    UPDATE counts SET n = n - 1 WHERE what = 'failing';"
    " END;"

    /*
     * For versions without a tag: the published version's zip, the trunk's,
     * and the date that the API gives.  For tags: whether the version was
     * published when its tag was committed to again, and the last revision
     * that did so (wppkg_discovery.h).  The next update asks once for what
     * plugins publish without a tag.
     */

    "ALTER TABLE packages ADD COLUMN download TEXT;"
    "ALTER TABLE packages ADD COLUMN trunk_zip TEXT;"
    "ALTER TABLE packages ADD COLUMN updated_at INTEGER;"

    "ALTER TABLE tags ADD COLUMN told INTEGER NOT NULL DEFAULT 0"
    "    CHECK (told IN (0, 1));"
    "ALTER TABLE tags ADD COLUMN again_rev INTEGER;"

    "UPDATE packages SET next_check_at = 1"
    "    WHERE type = 'plugin' AND state = 'active'"
    "        AND instr(versions, rtrim(json_object('tag', ceiling), '}')) = 0;"

    /*
     * What is seen once of an active package: that it is offered no more, or,
     * with the state "active", that versions are not (their hash is in
     * "lost"); how often, at intervals, and when last (rule R 14).
     */

    "ALTER TABLE observations ADD COLUMN lost BLOB;"
    "ALTER TABLE observations ADD COLUMN looks INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE observations ADD COLUMN looked_at INTEGER;"

    "UPDATE observations SET looked_at = observed_at;"

    "INSERT INTO counts SELECT 'observation', 'gone', count(*)"
    "    FROM observations;"
    "INSERT INTO counts VALUES ('observation', 'lost', 0);"

    "CREATE TRIGGER observations_counted AFTER INSERT ON observations BEGIN"
    "    UPDATE counts SET n = n + 1 WHERE what = 'observation'"
    "        AND state = iif(NEW.state = 'active', 'lost', 'gone');"
    " END;"

    "CREATE TRIGGER observations_recounted AFTER UPDATE OF state"
    "    ON observations"
    "    WHEN (OLD.state = 'active') <> (NEW.state = 'active') BEGIN"
    "    UPDATE counts SET n = n + iif("
    "        state = iif(NEW.state = 'active', 'lost', 'gone'), 1, -1)"
    "        WHERE what = 'observation';"
    " END;"

    "CREATE TRIGGER observations_discounted AFTER DELETE ON observations BEGIN"
    "    UPDATE counts SET n = n - 1 WHERE what = 'observation'"
    "        AND state = iif(OLD.state = 'active', 'lost', 'gone');"
    " END;"

    /*
     * What was believed within a day, after two looks: that a package was
     * gone, or (lost) had fewer versions.  So the limit also holds if they
     * come one by one.
     */

    "CREATE TABLE believed ("
    "    id INTEGER PRIMARY KEY,"
    "    lost INTEGER NOT NULL CHECK (lost IN (0, 1)),"
    "    believed_at INTEGER NOT NULL"
    ") STRICT;"

    "CREATE INDEX believed_time ON believed (lost, believed_at);"

    /*
     * What Subversion says of a tag: 1, it was deleted; 1, its directory was
     * added, and nothing in it
     */

    "ALTER TABLE tags ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE tags ADD COLUMN bare INTEGER NOT NULL DEFAULT 0;"

    /*
     * Versions that are held back until their zip is known to be there, or
     * because it is not: see wppkg_zips.h
     */

    "CREATE TABLE zips ("
    "    package_id INTEGER NOT NULL"
    "        REFERENCES packages (id) ON DELETE CASCADE,"
    "    tag TEXT NOT NULL,"
    "    url TEXT NOT NULL,"
    "    next_at INTEGER NOT NULL,"
    "    asked INTEGER NOT NULL DEFAULT 0,"
    "    missing INTEGER NOT NULL DEFAULT 0,"
    "    since INTEGER NOT NULL,"
    "    PRIMARY KEY (package_id, tag)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE INDEX zips_due ON zips (next_at);",


    "PRAGMA user_version = 4;"

    /*
     * Names that are claimed: documents without versions, of packages that
     * are not offered (wppkg_closed.h).  To a reader of the schema before,
     * they are documents like any other.
     */

    "ALTER TABLE documents ADD COLUMN claims INTEGER NOT NULL DEFAULT 0"
    "    CHECK (claims IN (0, 1));"

    "DROP INDEX documents_listed;"
    "CREATE INDEX documents_listed"
    "    ON documents (substr(path, 4, length(path) - 8))"
    "    WHERE content_hash IS NOT NULL AND package_id IS NOT NULL"
    "        AND instr(path, '~') = 0 AND claims = 0;"

    /* the names of packages/claimed.json, likewise */

    "CREATE INDEX documents_claimed"
    "    ON documents (substr(path, 4, length(path) - 8))"
    "    WHERE content_hash IS NOT NULL AND package_id IS NOT NULL"
    "        AND instr(path, '~') = 0 AND claims = 1;"

    /* "overviews_stale" instead (wppkg_stale.h): all of them are */

    "DELETE FROM meta WHERE name = 'list_stale';"

    /* what WordPress.org has told nothing about, those asked in vain last */

    "CREATE INDEX packages_new ON packages (failures) WHERE state = 'new';"

    /* what is not offered, and has documents all the same */

    "CREATE INDEX packages_closed ON packages (id)"
    "    WHERE state IN ('closed', 'closed_for_good', 'not_found',"
    "        'invalid');"

    /* unix seconds, as WordPress.org says */

    "ALTER TABLE packages ADD COLUMN closed_at INTEGER;"

    /*
     * 1: Subversion has it, or WordPress.org has had it; of what is not found
     * this tells a package from a name that is misspelled.  The listings are
     * read once more, for they tell it of what was not found up to now.
     */

    "ALTER TABLE packages ADD COLUMN known INTEGER NOT NULL DEFAULT 0"
    "    CHECK (known IN (0, 1));"

    "UPDATE packages SET known = 1"
    "    WHERE state IN ('not_found', 'invalid')"
    "        AND (changed_rev > 1 OR added_rev IS NOT NULL OR followed = 1"
    "            OR has_trunk = 1 OR versions_changed_at IS NOT NULL);"

    "UPDATE meta SET value = 0 WHERE name IN ('svn_listing_at_plugin',"
    "    'svn_listing_at_theme');"
    "DELETE FROM meta WHERE name IN ('svn_listing_etag_plugin',"
    "    'svn_listing_etag_theme');"

    /*
     * 0: it is offered, or nobody knows it; 1: it was closed, as far as can
     * be told; 2: for good.  In the order of the lists of such packages.  One
     * that nobody was asked for has a date if an origin claims its name
     * (wppkg_origin.c).
     */

    "ALTER TABLE packages ADD COLUMN closed INTEGER NOT NULL GENERATED ALWAYS"
    "    AS (CASE WHEN state = 'closed_for_good' THEN 2"
    "        WHEN state = 'closed' THEN 1"
    "        WHEN state IN ('not_found', 'invalid') THEN known"
    "        WHEN state = 'new' THEN closed_at IS NOT NULL"
    "        ELSE 0 END) VIRTUAL;"

    "CREATE INDEX packages_closures ON packages (type, slug, closed)"
    "    WHERE closed > 0;"

    /* how many names are claimed, as the other counts */

    "INSERT INTO counts VALUES ('claim', 'package', 0);"

    "CREATE TRIGGER claims_added AFTER INSERT ON documents"
    "    WHEN NEW.claims = 1 AND instr(NEW.path, '~') = 0 BEGIN"
    "    UPDATE counts SET n = n + 1 WHERE what = 'claim';"
    " END;"

    "CREATE TRIGGER claims_changed AFTER UPDATE OF claims ON documents"
    "    WHEN OLD.claims <> NEW.claims AND instr(NEW.path, '~') = 0 BEGIN"
    "    UPDATE counts SET n = n + NEW.claims - OLD.claims"
    "        WHERE what = 'claim';"
    " END;"

    "CREATE TRIGGER claims_gone AFTER DELETE ON documents"
    "    WHEN OLD.claims = 1 AND instr(OLD.path, '~') = 0 BEGIN"
    "    UPDATE counts SET n = n - 1 WHERE what = 'claim';"
    " END;"

    /*
     * What operators say in their files of a package, which need not be in
     * "packages": which versions are on a filter list, by its name, and what
     * replaces it if it is closed.
     */

    "CREATE TABLE filters ("
    "    type TEXT NOT NULL,"
    "    slug TEXT NOT NULL,"
    "    list TEXT NOT NULL,"
    "    \"constraint\" TEXT NOT NULL,"
    "    reason TEXT NOT NULL,"
    "    url TEXT,"
    "    PRIMARY KEY (type, slug, list, \"constraint\")"
    ") STRICT, WITHOUT ROWID;"

    "CREATE INDEX filters_list ON filters (list);"

    "CREATE TABLE replacements ("
    "    type TEXT NOT NULL,"
    "    slug TEXT NOT NULL,"
    "    \"by\" TEXT NOT NULL,"
    "    PRIMARY KEY (type, slug)"
    ") STRICT, WITHOUT ROWID;"

    /*
     * The overviews that tell of closed packages (4), and of filter lists
     * (2), are stale then: see wppkg_stale.h.
     */

    "CREATE TRIGGER packages_closing AFTER UPDATE OF state, known, closed_at"
    "    ON packages WHEN OLD.closed <> NEW.closed BEGIN"
    "    UPDATE meta SET value = value | 6"
    "        WHERE name = 'overviews_stale' AND value & 6 <> 6;"
    " END;"

    "CREATE TRIGGER packages_closed_added AFTER INSERT ON packages"
    "    WHEN NEW.closed > 0 BEGIN"
    "    UPDATE meta SET value = value | 6"
    "        WHERE name = 'overviews_stale' AND value & 6 <> 6;"
    " END;"

    "CREATE TRIGGER packages_closed_gone AFTER DELETE ON packages"
    "    WHEN OLD.closed > 0 BEGIN"
    "    UPDATE meta SET value = value | 6"
    "        WHERE name = 'overviews_stale' AND value & 6 <> 6;"
    " END;"

    "CREATE TRIGGER filters_added AFTER INSERT ON filters BEGIN"
    "    UPDATE meta SET value = value | 2"
    "        WHERE name = 'overviews_stale' AND value & 2 = 0;"
    " END;"

    "CREATE TRIGGER filters_gone AFTER DELETE ON filters BEGIN"
    "    UPDATE meta SET value = value | 2"
    "        WHERE name = 'overviews_stale' AND value & 2 = 0;"
    " END;"

    /*
     * Packages whose documents are to be rendered anew, because what they
     * tell from elsewhere than the package has changed.
     */

    "CREATE TABLE outdated ("
    "    id INTEGER PRIMARY KEY,"
    "    package_id INTEGER NOT NULL UNIQUE"
    "        REFERENCES packages (id) ON DELETE CASCADE"
    ") STRICT;"

    /*
     * Another repository that is followed: its only row is about it, "owed"
     * has the files that it has and we do not (wppkg_origin.h, wppkg_owed.h),
     * and a document that is a copy has the date of what it is a copy of.
     */

    "CREATE TABLE origin ("
    "    id INTEGER PRIMARY KEY CHECK (id = 1),"
    "    url TEXT NOT NULL,"
    "    metadata_url TEXT NOT NULL DEFAULT '',"
    "    changes_url TEXT NOT NULL DEFAULT '',"
    "    list_url TEXT NOT NULL DEFAULT '',"
    "    filters TEXT NOT NULL DEFAULT '',"
    "    licenses TEXT,"
    "    whole INTEGER NOT NULL DEFAULT 0 CHECK (whole IN (0, 1)),"
    "    complete INTEGER NOT NULL DEFAULT 0 CHECK (complete IN (0, 1)),"
    "    since INTEGER NOT NULL DEFAULT 0,"
    "    behind INTEGER NOT NULL DEFAULT 0,"
    "    root_at INTEGER NOT NULL DEFAULT 0,"
    "    looked_at INTEGER NOT NULL DEFAULT 0,"
    "    looked_since INTEGER NOT NULL DEFAULT 0,"
    "    told_at INTEGER NOT NULL DEFAULT 0"
    ") STRICT;"

    "CREATE TABLE owed ("
    "    id INTEGER PRIMARY KEY,"
    "    path TEXT NOT NULL UNIQUE,"
    "    gone INTEGER NOT NULL DEFAULT 0 CHECK (gone IN (0, 1)),"
    "    time INTEGER NOT NULL DEFAULT 0,"
    "    owed_at INTEGER NOT NULL,"
    "    next_at INTEGER NOT NULL DEFAULT 0,"
    "    failures INTEGER NOT NULL DEFAULT 0,"
    "    error TEXT"
    ") STRICT;"

    "CREATE INDEX owed_gone ON owed (next_at, id) WHERE gone = 1;"

    "ALTER TABLE documents ADD COLUMN origin_at INTEGER;"

    /*
     * Security advisories, whether or not we have the package, and where they
     * come from: the bytes that were read last, when they were last known to
     * be the source's, and the licenses that these name, as JSON.  An entry is
     * what documents and nginx tell of it (wppkg_advisory.h).
     */

    "CREATE TABLE advisory_sources ("
    "    name TEXT NOT NULL PRIMARY KEY"
    "        CHECK (length(name) BETWEEN 1 AND 100),"
    "    form INTEGER NOT NULL DEFAULT 0,"
    "    hash BLOB CHECK (length(hash) = 32),"
    "    etag TEXT NOT NULL DEFAULT '',"
    "    modified TEXT NOT NULL DEFAULT '',"
    "    asked_at INTEGER NOT NULL DEFAULT 0,"
    "    read_at INTEGER NOT NULL DEFAULT 0,"
    "    licenses TEXT NOT NULL DEFAULT '[]'"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE advisories ("
    "    id INTEGER PRIMARY KEY,"
    "    source TEXT NOT NULL,"
    "    record TEXT NOT NULL,"
    "    type TEXT NOT NULL,"
    "    slug TEXT NOT NULL,"
    "    reported_at INTEGER NOT NULL,"
    "    changed_at INTEGER NOT NULL,"
    "    entry TEXT NOT NULL,"
    "    UNIQUE (source, record, type, slug)"
    ") STRICT;"

    "CREATE INDEX advisories_package"
    "    ON advisories (type, slug, reported_at DESC, source, record);"
    "CREATE INDEX advisories_changed ON advisories (changed_at);"

    "INSERT INTO counts VALUES ('advisory', 'package', 0);"

    "CREATE TRIGGER advisories_counted AFTER INSERT ON advisories BEGIN"
    "    UPDATE counts SET n = n + 1 WHERE what = 'advisory';"
    " END;"

    "CREATE TRIGGER advisories_discounted AFTER DELETE ON advisories BEGIN"
    "    UPDATE counts SET n = n - 1 WHERE what = 'advisory';"
    " END;"

    /* what was taken out and is not to come again: see wppkg_unwanted.h */

    "CREATE TABLE unwanted ("
    "    type TEXT NOT NULL CHECK (type IN ('plugin', 'theme')),"
    "    slug TEXT NOT NULL CHECK (length(slug) BETWEEN 1 AND 200),"
    "    since INTEGER NOT NULL,"
    "    PRIMARY KEY (type, slug)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE INDEX unwanted_since ON unwanted (since);"

    "INSERT INTO counts VALUES ('unwanted', 'package', 0);"

    "CREATE TRIGGER unwanted_added AFTER INSERT ON unwanted BEGIN"
    "    UPDATE counts SET n = n + 1 WHERE what = 'unwanted';"
    " END;"

    "CREATE TRIGGER unwanted_gone AFTER DELETE ON unwanted BEGIN"
    "    UPDATE counts SET n = n - 1 WHERE what = 'unwanted';"
    " END;"

    /* else whoever takes a package out has every document looked at */

    "CREATE INDEX documents_package ON documents (package_id)"
    "    WHERE package_id IS NOT NULL;",


    "PRAGMA user_version = 5;"

    /* of a source, the URL that was asked last */

    "ALTER TABLE advisory_sources ADD COLUMN url TEXT NOT NULL DEFAULT '';"

    "ALTER TABLE packages ADD COLUMN tags TEXT;"

    /* of a row that comes with its generation, there is nothing to write */

    "DROP TRIGGER documents_added;"
    "CREATE TRIGGER documents_added AFTER INSERT ON documents"
    "    WHEN NEW.generation = 0 BEGIN"
    "    UPDATE documents SET generation = 1 + coalesce("
    "        (SELECT max(generation) FROM documents WHERE generation > 0), 0)"
    "    WHERE id = NEW.id;"
    " END;"

    /* for a list of more than two, SQLite makes a table at each INSERT */

    "DROP INDEX packages_closed;"
    "CREATE INDEX packages_closed ON packages (id)"
    "    WHERE state NOT IN ('new', 'active');"

    /*
     * What WordPress.org counts, of active packages alone.  Apart from
     * "packages", because downloads change every day, and a row there is
     * long.  Whoever has a row here is in the index "search", at its place:
     * see wppkg_popularity.h, which also tells of those from before.
     */

    "CREATE TABLE popularity ("
    "    package_id INTEGER PRIMARY KEY REFERENCES packages (id),"
    "    place INTEGER NOT NULL UNIQUE,"
    "    installs INTEGER NOT NULL DEFAULT 0,"
    "    downloads INTEGER NOT NULL DEFAULT 0,"
    "    rating INTEGER NOT NULL DEFAULT 0,"
    "    ratings INTEGER NOT NULL DEFAULT 0,"
    "    added_at INTEGER"
    ") STRICT;"

    /*
     * The texts are those of "packages": the index has no copy of them.  No
     * trigger can keep it, for the SQLite of Debian 12 trusts none with FTS5.
     */

    "CREATE VIEW search_texts AS SELECT c.place, p.slug, p.name,"
    "    p.description, p.tags, p.author"
    " FROM popularity AS c JOIN packages AS p ON p.id = c.package_id;"

    "CREATE VIRTUAL TABLE search USING fts5 (slug, name, description, tags,"
    "    author, content = 'search_texts', content_rowid = 'place',"
    "    tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');"

    /* how often any of it has changed */

    "INSERT INTO meta (name, value) VALUES ('search_pass', 0);"

    "CREATE TRIGGER popularity_added AFTER INSERT ON popularity BEGIN"
    "    UPDATE meta SET value = value + 1 WHERE name = 'search_pass';"
    " END;"

    "CREATE TRIGGER popularity_changed AFTER UPDATE ON popularity BEGIN"
    "    UPDATE meta SET value = value + 1 WHERE name = 'search_pass';"
    " END;"

    "CREATE TRIGGER popularity_gone AFTER DELETE ON popularity BEGIN"
    "    UPDATE meta SET value = value + 1 WHERE name = 'search_pass';"
    " END;"

    "CREATE TRIGGER packages_retold AFTER UPDATE"
    "    OF name, description, tags, author ON packages"
    "    WHEN OLD.name IS NOT NEW.name"
    "        OR OLD.description IS NOT NEW.description"
    "        OR OLD.tags IS NOT NEW.tags OR OLD.author IS NOT NEW.author BEGIN"
    "    UPDATE meta SET value = value + 1 WHERE name = 'search_pass';"
    " END;"

    /*
     * How often Composer has installed a package from here: days (since 1970,
     * UTC) for 90 days, months ("2026-11") for ever, and of all packages
     * together.  What was counted stays counted if a package goes.
     */

    "CREATE TABLE installs_daily ("
    "    package_id INTEGER NOT NULL"
    "        REFERENCES packages (id) ON DELETE CASCADE,"
    "    day INTEGER NOT NULL,"
    "    installs INTEGER NOT NULL CHECK (installs > 0),"
    "    PRIMARY KEY (package_id, day)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE INDEX installs_daily_day ON installs_daily (day);"

    "CREATE TABLE installs_monthly ("
    "    package_id INTEGER NOT NULL"
    "        REFERENCES packages (id) ON DELETE CASCADE,"
    "    month TEXT NOT NULL CHECK (month GLOB '[0-9][0-9][0-9][0-9]-[0-9]*'),"
    "    installs INTEGER NOT NULL CHECK (installs > 0),"
    "    PRIMARY KEY (package_id, month)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE installs_days ("
    "    day INTEGER PRIMARY KEY,"
    "    installs INTEGER NOT NULL"
    ") STRICT;"

    "INSERT INTO counts VALUES ('installs', 'total', 0);",


    "PRAGMA user_version = 6;"

    /* search.json in some order: those of a type, without the closed ones */

    "CREATE INDEX packages_updated ON packages (type, updated_at)"
    "    WHERE state = 'active' AND updated_at > 0;"
    "CREATE INDEX packages_named ON packages (type, slug)"
    "    WHERE state = 'active';"
    "CREATE INDEX popularity_new ON popularity (place >> 40 & 1, added_at)"
    "    WHERE added_at > 0;",


    "PRAGMA user_version = 7;"

    /*
     * The last 50 releases, which have a version, and changes of a state
     * (wppkg_news.h); and what the ids of all entries are made of.
     */

    "CREATE TABLE news ("
    "    id INTEGER PRIMARY KEY,"
    "    package_id INTEGER NOT NULL"
    "        REFERENCES packages (id) ON DELETE CASCADE,"
    "    at INTEGER NOT NULL,"
    "    state TEXT NOT NULL,"
    "    version TEXT,"
    "    reason TEXT,"
    "    released_at INTEGER"
    ") STRICT;"

    "CREATE INDEX news_package ON news (package_id);"

    "INSERT INTO meta (name, value)"
    "    VALUES ('news_id', lower(hex(randomblob(16))));"

    "INSERT INTO news (package_id, at, state, reason)"
    "    SELECT package_id, changed_at, new_state, reason"
    "    FROM (SELECT * FROM state_changes"
    "        WHERE old_state IN ('active', 'closed', 'closed_for_good')"
    "            AND (old_state = 'active') <> (new_state = 'active')"
    "        ORDER BY changed_at DESC, id DESC LIMIT 50)"
    "    ORDER BY changed_at, id;"

    /* of a version that is held back: it was published without a tag */

    "ALTER TABLE zips ADD COLUMN known INTEGER NOT NULL DEFAULT 0"
    "    CHECK (known IN (0, 1));"

    /* the latest closures; the date is that of wppkg_closed.c */

    "CREATE INDEX packages_closed_at ON packages (coalesce(closed_at,"
    "    iif(has_trunk OR versions_changed_at IS NOT NULL, state_changed_at,"
    "        NULL)))"
    "    WHERE closed > 0;"

    /* the overviews of these (8, 16) are stale then, and at first */

    "UPDATE meta SET value = value | 24 WHERE name = 'overviews_stale';"

    "CREATE TRIGGER news_added AFTER INSERT ON news BEGIN"
    "    UPDATE meta SET value = value | 8"
    "        WHERE name = 'overviews_stale' AND value & 8 = 0;"
    " END;"

    "CREATE TRIGGER news_gone AFTER DELETE ON news BEGIN"
    "    UPDATE meta SET value = value | 8"
    "        WHERE name = 'overviews_stale' AND value & 8 = 0;"
    " END;"

    "CREATE TRIGGER latest_changed AFTER UPDATE"
    "    OF state, state_reason, known, closed_at ON packages"
    "    WHEN OLD.closed <> NEW.closed OR (NEW.closed > 0"
    "        AND (OLD.closed_at IS NOT NEW.closed_at"
    "            OR OLD.state_reason IS NOT NEW.state_reason)) BEGIN"
    "    UPDATE meta SET value = value | 16"
    "        WHERE name = 'overviews_stale' AND value & 16 = 0;"
    " END;"

    "CREATE TRIGGER latest_added AFTER INSERT ON packages"
    "    WHEN NEW.closed > 0 BEGIN"
    "    UPDATE meta SET value = value | 16"
    "        WHERE name = 'overviews_stale' AND value & 16 = 0;"
    " END;"

    "CREATE TRIGGER latest_gone AFTER DELETE ON packages"
    "    WHEN OLD.closed > 0 BEGIN"
    "    UPDATE meta SET value = value | 16"
    "        WHERE name = 'overviews_stale' AND value & 16 = 0;"
    " END;"

    /* what the API says that documents tell since then */

    "ALTER TABLE packages ADD COLUMN author_url TEXT;"
    "ALTER TABLE packages ADD COLUMN donate TEXT;"
    "ALTER TABLE packages ADD COLUMN needs TEXT;"

    /*
     * WordPress itself (wppkg_wordpress.h).  Of a release: whether each of
     * its zips is there, 0 not known, 1 yes, 2 no; since when what is said of
     * it is doubted.  The only row of "core" is about where they come from.
     */

    "CREATE TABLE core ("
    "    id INTEGER PRIMARY KEY CHECK (id = 1),"
    "    url TEXT NOT NULL,"
    "    zips TEXT NOT NULL,"
    "    form INTEGER NOT NULL DEFAULT 0,"
    "    asked_at INTEGER NOT NULL DEFAULT 0,"
    "    read_at INTEGER NOT NULL DEFAULT 0,"
    "    releases_etag TEXT NOT NULL DEFAULT '',"
    "    releases_modified TEXT NOT NULL DEFAULT '',"
    "    offers_etag TEXT NOT NULL DEFAULT '',"
    "    offers_modified TEXT NOT NULL DEFAULT '',"
    "    releases INTEGER NOT NULL DEFAULT 0,"
    "    insecure INTEGER NOT NULL DEFAULT 0,"
    "    doubted INTEGER NOT NULL DEFAULT 0"
    ") STRICT;"

    "CREATE TABLE core_releases ("
    "    version TEXT NOT NULL PRIMARY KEY"
    "        CHECK (length(version) BETWEEN 1 AND 32),"
    "    status INTEGER NOT NULL CHECK (status IN (0, 1, 2)),"
    "    php TEXT NOT NULL DEFAULT '',"
    "    full_zip INTEGER NOT NULL DEFAULT 0 CHECK (full_zip IN (0, 1, 2)),"
    "    bare_zip INTEGER NOT NULL DEFAULT 0 CHECK (bare_zip IN (0, 1, 2)),"
    "    since INTEGER NOT NULL,"
    "    zips_asked_at INTEGER NOT NULL DEFAULT 0,"
    "    doubted_at INTEGER NOT NULL DEFAULT 0"
    ") STRICT, WITHOUT ROWID;"

    WPPKG_SCHEMA_DIST
};

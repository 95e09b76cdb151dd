
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What discovery writes (rules R 3, R 5-9).
 */


#include "scratch.h"
#include "wppkg_discovery.h"
#include "wppkg_packages.h"
#include "wppkg_released.h"
#include "wppkg_rerender.h"


#define WHERE  " FROM packages WHERE type = 'plugin' AND slug = 'akismet'"

#define TAG                                                                   \
    " FROM tags JOIN packages ON packages.id = package_id"                    \
    " WHERE slug = 'akismet' AND tag = '1.0'"


typedef struct {
    const char   *slug;
    const char   *tag;
    const char   *flags;          /* by the first letter; anew: n */
    int64_t       rev;
    int64_t       date;
} mark_case_t;


static int
test_mark(wppkg_catalogue_t *cat, const char *slug, const char *tag,
    const char *flags, int64_t rev, int64_t date)
{
    int           added;
    wppkg_mark_t  mark;

    memset(&mark, 0, sizeof(wppkg_mark_t));

    mark.slug = slug;
    mark.slug_len = strlen(slug);
    mark.tag = tag;
    mark.tag_len = (tag != NULL) ? strlen(tag) : 0;
    mark.rev = rev;
    mark.date = date;
    mark.add = (strchr(flags, 'a') != NULL);
    mark.dirty = (strchr(flags, 'd') != NULL);
    mark.trunk = (strchr(flags, 't') != NULL);
    mark.created = (strchr(flags, 'c') != NULL);
    mark.anew = (strchr(flags, 'n') != NULL);
    mark.veiled = (strchr(flags, 'v') != NULL);
    mark.followed = (strchr(flags, 'f') != NULL);
    mark.past = (strchr(flags, 'p') != NULL);

    assert_int_equal(wppkg_discovery_mark(cat, WPPKG_PLUGIN, &mark,
                                          SCRATCH_NOW, &added), WPPKG_OK);

    return added;
}


/* R 3: it grows, and what is no revision is an error */

static void
test_cursor(void **state)
{
    int64_t             rev;
    size_t              i;
    wppkg_catalogue_t  *cat;

    static const char *const  bad[] = {
        "'17'", "'x'", "-1", "1.5", "x'3137'", "NULL"
    };

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    rev = 77;
    assert_int_equal(wppkg_discovery_cursor(cat, WPPKG_PLUGIN, &rev),
                     WPPKG_DECLINED);
    assert_int_equal(rev, 77);

    assert_int_equal(wppkg_discovery_advance(cat, WPPKG_PLUGIN, 10), 0);
    assert_int_equal(wppkg_discovery_advance(cat, WPPKG_PLUGIN, 9), 0);
    assert_int_equal(wppkg_discovery_cursor(cat, WPPKG_PLUGIN, &rev), 0);
    assert_int_equal(rev, 10);
    assert_int_equal(wppkg_discovery_cursor(cat, WPPKG_THEME, &rev),
                     WPPKG_DECLINED);

    assert_int_equal(wppkg_discovery_advance(cat, WPPKG_THEME, 0), 0);
    assert_int_equal(wppkg_discovery_cursor(cat, WPPKG_THEME, &rev), 0);
    assert_int_equal(rev, 0);

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char  sql[200];

        (void) snprintf(sql, sizeof(sql), "UPDATE meta SET value = %s"
                        " WHERE name = 'svn_cursor_plugin'", bad[i]);
        scratch_exec(cat, sql);

        assert_int_equal(wppkg_discovery_cursor(cat, WPPKG_PLUGIN, &rev),
                         WPPKG_ERROR);
        assert_non_null(strstr(wppkg_catalogue_error(cat),
                               "svn_cursor_plugin"));
        assert_int_equal(wppkg_discovery_advance(cat, WPPKG_PLUGIN, 99),
                         WPPKG_ERROR);
    }

    wppkg_catalogue_close(cat);
}


/* R 6, R 8: a row that is there keeps its state; marks only grow */

static void
test_packages(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(test_mark(cat, "akismet", NULL, "d", 5, 500), 0);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM packages"), 0);

    assert_int_equal(test_mark(cat, "akismet", NULL, "adt", 5, 500), 1);
    assert_int_equal(scratch_int(cat, "SELECT changed_rev = 5 AND"
        " changed_at = 500 AND trunk_revision = 5 AND trunk_changed_at = 500"
        " AND created_at = 1700000000 AND state = 'new'" WHERE), 1);

    /* closed, in sync, put off */

    scratch_exec(cat, "UPDATE packages SET state = 'closed', synced_rev = 5,"
                 " next_check_at = 1, failures = 3, last_error = 'x'");

    assert_int_equal(test_mark(cat, "akismet", NULL, "adt", 5, 501), 0);
    assert_int_equal(test_mark(cat, "akismet", NULL, "adt", 4, 400), 0);
    assert_int_equal(test_mark(cat, "akismet", NULL, "a", 9, 900), 0);
    assert_int_equal(scratch_int(cat, "SELECT changed_rev = 5 AND"
        " changed_at = 500 AND trunk_revision = 5 AND trunk_changed_at = 500"
        " AND next_check_at = 1 AND state = 'closed'" WHERE), 1);

    assert_int_equal(test_mark(cat, "akismet", NULL, "ad", 6, 0), 0);
    assert_int_equal(scratch_int(cat, "SELECT changed_rev = 6 AND"
        " changed_at IS NULL AND trunk_revision = 5 AND synced_rev = 5"
        " AND next_check_at IS NULL AND state = 'closed' AND failures = 3"
        WHERE), 1);

    assert_int_equal(test_mark(cat, "akismet", NULL, "at", 8, 800), 0);
    assert_int_equal(scratch_int(cat, "SELECT changed_rev = 6 AND"
        " trunk_revision = 8 AND trunk_changed_at = 800" WHERE), 1);

    assert_int_equal(scratch_plans(cat, "sqlite_autoindex_packages") >= 2, 1);

    wppkg_catalogue_close(cat);
}


/* R 9: the first revision that made it, the last that touched it */

static void
test_tags(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    (void) test_mark(cat, "akismet", "1.0", "d", 5, 500);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM tags"), 0);

    (void) test_mark(cat, "akismet", "1.0", "ad", 5, 500);
    assert_int_equal(scratch_int(cat, "SELECT first_rev IS NULL"
        " AND first_at IS NULL AND last_rev = 5 AND last_at = 500" TAG), 1);

    /* created after it was seen: it was there before, who knows since when */

    (void) test_mark(cat, "akismet", "1.0", "adc", 9, 900);
    (void) test_mark(cat, "akismet", "1.0", "ad", 7, 700);
    assert_int_equal(scratch_int(cat, "SELECT first_rev IS NULL"
        " AND first_at IS NULL AND seen_rev = 5 AND last_rev = 9"
        " AND last_at = 900" TAG), 1);

    (void) test_mark(cat, "akismet", "1.0", "adc", 3, 300);
    assert_int_equal(scratch_int(cat, "SELECT first_rev = 3"
        " AND first_at = 300 AND last_rev = 9 AND last_at = 900" TAG), 1);

    (void) test_mark(cat, "akismet", "1.0", "adc", 11, 0);
    assert_int_equal(scratch_int(cat, "SELECT first_rev = 3"
        " AND first_at = 300 AND last_rev = 11 AND last_at IS NULL" TAG), 1);

    (void) test_mark(cat, "akismet", "1.0", "ad", 3, 300);
    (void) test_mark(cat, "akismet", "1.0", "ad", 2, 200);
    assert_int_equal(scratch_int(cat, "SELECT first_rev IS NULL"
        " AND seen_rev = 2" TAG), 1);
    (void) test_mark(cat, "akismet", "1.0", "adc", 2, 200);
    assert_int_equal(scratch_int(cat, "SELECT first_rev = 2"
        " AND first_at = 200" TAG), 1);

    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM tags"), 1);

    (void) scratch_plans(cat, "");
    wppkg_catalogue_close(cat);
}


/* when the directory came, the last time; and what may have hidden tags */

static void
test_directory(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    (void) test_mark(cat, "akismet", NULL, "ad", 5, 500);
    assert_int_equal(scratch_int(cat, "SELECT added_rev IS NULL"
        " AND veiled_rev IS NULL AND followed = 0" WHERE), 1);

    (void) test_mark(cat, "akismet", NULL, "pnv", 4, 400);
    assert_int_equal(scratch_int(cat, "SELECT added_rev = 4"
        " AND veiled_rev = 4 AND followed = 0" WHERE), 1);

    (void) test_mark(cat, "akismet", NULL, "adfv", 9, 900);
    assert_int_equal(scratch_int(cat, "SELECT added_rev = 4"
        " AND veiled_rev = 4 AND followed = 0" WHERE), 1);

    (void) test_mark(cat, "akismet", NULL, "adnf", 8, 800);
    assert_int_equal(scratch_int(cat, "SELECT added_rev = 8"
        " AND veiled_rev = 4 AND followed = 1" WHERE), 1);

    (void) test_mark(cat, "akismet", NULL, "pnv", 3, 300);
    assert_int_equal(scratch_int(cat, "SELECT added_rev = 8"
        " AND veiled_rev = 3 AND followed = 1" WHERE), 1);

    (void) scratch_plans(cat, "");
    wppkg_catalogue_close(cat);
}


/* backfill adds nothing, makes nothing due, and its trunk is marked */

static void
test_past(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(test_mark(cat, "akismet", "1.0", "adtcp", 5, 500), 0);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM packages"), 0);

    (void) test_mark(cat, "akismet", NULL, "a", 1, 0);
    scratch_exec(cat, "UPDATE packages SET synced_rev = 1");
    (void) test_mark(cat, "akismet", "1.0", "adtcp", 5, 500);
    assert_int_equal(scratch_int(cat, "SELECT changed_rev = 1"
        " AND next_check_at IS NULL AND trunk_revision = 5"
        " AND trunk_changed_at = 500 AND trunk_backfilled = 1" WHERE), 1);
    assert_int_equal(scratch_int(cat, "SELECT first_rev = 5" TAG), 1);

    (void) test_mark(cat, "akismet", NULL, "adtf", 9, 900);
    (void) test_mark(cat, "akismet", NULL, "tp", 9, 901);
    (void) test_mark(cat, "akismet", NULL, "tp", 7, 700);
    assert_int_equal(scratch_int(cat, "SELECT trunk_revision = 9"
        " AND trunk_changed_at = 900 AND trunk_backfilled = 0" WHERE), 1);

    wppkg_catalogue_close(cat);
}


/* a mark that comes when the package has been fetched: once more, then */

static void
test_late(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    (void) test_mark(cat, "akismet", NULL, "adf", 9, 900);
    (void) test_mark(cat, "akismet", "1.0", "adcf", 9, 900);
    assert_int_equal(scratch_int(cat, "SELECT next_check_at IS NULL"
                                      " AND commits = 1" WHERE), 1);

    scratch_exec(cat, "UPDATE packages SET synced_rev = 9");
    (void) test_mark(cat, "akismet", "1.0", "adc", 9, 900);
    assert_int_equal(scratch_int(cat, "SELECT next_check_at = 1700000000"
        " AND changed_rev = 9 AND commits = 1" WHERE), 1);

    scratch_exec(cat, "UPDATE packages SET next_check_at = 1");
    (void) test_mark(cat, "akismet", "0.9", "adc", 4, 400);
    assert_int_equal(scratch_int(cat, "SELECT next_check_at = 1" WHERE), 1);

    wppkg_catalogue_close(cat);
}


/* all of it again says the same, in whatever order */

static void
test_again(void **state)
{
    int                 i, round, n;
    int64_t             sum;
    wppkg_catalogue_t  *cat;

    static const mark_case_t  cases[] = {
        { "akismet", "1.0", "adc", 5, 500 },
        { "akismet", NULL, "adt", 5, 500 },
        { "akismet", "1.0", "ad", 6, 600 },
        { "akismet", "1.1", "adc", 7, 700 },
        { "jetpack", NULL, "adt", 8, 800 },
        { "akismet", "1.0", "adc", 9, 900 }
    };

    static const char  sql[] =
        "SELECT sum(first_rev * 3 + first_at * 5 + last_rev * 7"
        " + last_at * 11) + (SELECT sum(changed_rev * 13 + changed_at * 17"
        " + trunk_revision * 19) FROM packages) FROM tags";

    n = sizeof(cases) / sizeof(cases[0]);
    sum = 0;
    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    for (round = 0; round < 3; round++) {
        for (i = 0; i < n; i++) {
            const mark_case_t  *c;

            c = &cases[(round == 1) ? n - 1 - i : i];
            (void) test_mark(cat, c->slug, c->tag, c->flags, c->rev,
                             c->date);
        }

        if (round == 0) {
            sum = scratch_int(cat, sql);
        }

        assert_int_equal(scratch_int(cat, sql), sum);
    }

    assert_true(sum > 0);
    wppkg_catalogue_close(cat);
}


/* R 5, R 39 */

static void
test_gaps(void **state)
{
    int                 i;
    int64_t             rev;
    wppkg_listing_t     listing;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    memset(&listing, 0, sizeof(listing));
    listing.at = 1000;
    listing.rev = 10;
    (void) snprintf(listing.etag, sizeof(listing.etag), "W/\"10//\"");

    assert_int_equal(wppkg_discovery_listed(cat, WPPKG_PLUGIN, &listing), 0);
    assert_int_equal(wppkg_discovery_advance(cat, WPPKG_PLUGIN, 10), 0);
    assert_int_equal(wppkg_discovery_gap(cat, WPPKG_PLUGIN, 11, "cut",
                                         SCRATCH_NOW), 0);
    assert_int_equal(wppkg_discovery_gap(cat, WPPKG_PLUGIN, 11, "again",
                                         SCRATCH_NOW), 0);

    assert_int_equal(wppkg_discovery_cursor(cat, WPPKG_PLUGIN, &rev), 0);
    assert_int_equal(rev, 11);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM gaps WHERE"
        " type = 'plugin' AND rev = 11 AND reason = 'cut'"
        " AND found_at = 1700000000"), 1);

    assert_int_equal(wppkg_discovery_listing(cat, WPPKG_PLUGIN, &listing), 0);
    assert_int_equal(listing.at, 0);
    assert_int_equal(listing.rev, 10);
    assert_string_equal(listing.etag, "W/\"10//\"");

    assert_int_equal(wppkg_catalogue_begin(cat), 0);

    for (i = 0; i < WPPKG_GAPS_KEPT + 20; i++) {
        assert_int_equal(wppkg_discovery_gap(cat, WPPKG_THEME, i, "x",
                                             SCRATCH_NOW), 0);
    }

    assert_int_equal(wppkg_catalogue_commit(cat), 0);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM gaps"
                                      " WHERE type = 'theme'"),
                     WPPKG_GAPS_KEPT);
    assert_int_equal(scratch_int(cat, "SELECT min(rev) FROM gaps"
                                      " WHERE type = 'theme'"), 20);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM gaps"
                                      " WHERE type = 'plugin'"), 1);

    /* that there were more is not forgotten */

    assert_int_equal(wppkg_released_forgotten(cat, WPPKG_THEME, &rev), 0);
    assert_int_equal(rev, 19);
    assert_int_equal(wppkg_released_forgotten(cat, WPPKG_PLUGIN, &rev), 0);
    assert_int_equal(rev, 0);

    (void) scratch_plans(cat, "");
    wppkg_catalogue_close(cat);
}


/* each is asked for once a day, and read it is none any more */

static void
test_gaps_again(void **state)
{
    int64_t             rev;
    wppkg_tick_t        now;
    wppkg_walked_t      anew;
    wppkg_catalogue_t  *cat;

    memset(&anew, 0, sizeof(anew));

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    now = SCRATCH_NOW;

    for (rev = 5; rev <= 7; rev++) {
        assert_int_equal(wppkg_discovery_gap_note(cat, WPPKG_PLUGIN, rev, "x",
                                                  now), 0);
        now += WPPKG_TICKS;
    }

    assert_int_equal(wppkg_discovery_gap_next(cat, WPPKG_PLUGIN, now, &rev),
                     WPPKG_DECLINED);

    now = SCRATCH_NOW + INT64_C(86401) * WPPKG_TICKS;

    assert_int_equal(wppkg_discovery_gap_next(cat, WPPKG_PLUGIN, now, &rev),
                     0);
    assert_int_equal(rev, 5);
    assert_int_equal(wppkg_discovery_gap_next(cat, WPPKG_PLUGIN, now, &rev),
                     0);
    assert_int_equal(rev, 6);
    assert_int_equal(wppkg_discovery_gap_next(cat, WPPKG_PLUGIN, now, &rev),
                     WPPKG_DECLINED);

    /* asked for by a clock that was ahead */

    assert_int_equal(wppkg_discovery_gap_next(cat, WPPKG_PLUGIN, SCRATCH_NOW,
                                              &rev), 0);
    assert_int_equal(rev, 5);

    /* what two hide is known when one is read; the last changes nothing */

    assert_int_equal(wppkg_discovery_gap_close(cat, WPPKG_PLUGIN, 5), 0);
    assert_int_equal(scratch_int(cat, "SELECT value FROM meta"
        " WHERE name = 'render_generation'"), 0);
    assert_int_equal(wppkg_rerender(cat, SCRATCH_NOW, &anew), 0);
    assert_int_equal(wppkg_discovery_gap_close(cat, WPPKG_PLUGIN, 7), 0);
    assert_int_equal(wppkg_rerender(cat, SCRATCH_NOW, &anew), 0);
    assert_int_equal(wppkg_discovery_gap_close(cat, WPPKG_PLUGIN, 6), 0);
    assert_int_not_equal(scratch_int(cat, "SELECT value FROM meta"
        " WHERE name = 'render_generation'"), 0);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM gaps"), 0);

    (void) scratch_plans(cat, "");
    wppkg_catalogue_close(cat);
}


static void
test_listing(void **state)
{
    wppkg_listing_t     listing;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    memset(&listing, 0xff, sizeof(listing));
    assert_int_equal(wppkg_discovery_listing(cat, WPPKG_THEME, &listing), 0);
    assert_int_equal(listing.at, 0);
    assert_int_equal(listing.rev, 0);
    assert_string_equal(listing.etag, "");

    memset(listing.etag, 'x', sizeof(listing.etag) - 1);
    listing.at = 5;
    listing.rev = 6;
    assert_int_equal(wppkg_discovery_listed(cat, WPPKG_THEME, &listing), 0);
    memset(&listing, 0, sizeof(listing));
    assert_int_equal(wppkg_discovery_listing(cat, WPPKG_THEME, &listing), 0);
    assert_int_equal(listing.at, 5);
    assert_int_equal(listing.rev, 6);
    assert_int_equal(strlen(listing.etag), sizeof(listing.etag) - 1);

    scratch_exec(cat, "UPDATE meta SET value = value || 'x'"
                      " WHERE name = 'svn_listing_etag_theme'");
    assert_int_equal(wppkg_discovery_listing(cat, WPPKG_THEME, &listing),
                     WPPKG_ERROR);
    scratch_exec(cat, "UPDATE meta SET value = 'x'"
                      " WHERE name = 'svn_listing_at_theme'");
    assert_int_equal(wppkg_discovery_listing(cat, WPPKG_THEME, &listing),
                     WPPKG_ERROR);

    wppkg_catalogue_close(cat);
}


/* makes a catalogue of the first schema: the second commit is not reached */

static void
test_first_schema(const void *data)
{
    wppkg_error_t       err;
    wppkg_catalogue_t  *cat;

    scratch_die_at(2);
    (void) wppkg_catalogue_open(scratch_path, WPPKG_CATALOGUE_MIGRATE, &cat,
                                &err);
}


static void
test_migration(void **state)
{
    wppkg_catalogue_t  *cat;

    assert_true(WIFSIGNALED(scratch_child(test_first_schema, NULL, 0)));

    scratch_sql(scratch_path, "INSERT INTO packages (type, slug, created_at,"
                "    changed_rev) VALUES ('plugin', 'akismet', 1, 7)");

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    assert_int_equal(scratch_int(cat, "SELECT changed_rev = 7"
                                      " AND changed_at IS NULL" WHERE), 1);
    assert_int_equal(test_mark(cat, "akismet", "1.0", "adtc", 9, 900), 0);
    assert_int_equal(scratch_int(cat, "SELECT changed_at = 900" WHERE), 1);
    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_GUARD("R 3", test_cursor),
        SCRATCH_GUARD("R 6, R 8", test_packages),
        SCRATCH_GUARD("R 9", test_tags),
        SCRATCH_TEST(test_directory),
        SCRATCH_TEST(test_past),
        SCRATCH_TEST(test_late),
        SCRATCH_TEST(test_again),
        SCRATCH_TEST(test_gaps),
        SCRATCH_TEST(test_gaps_again),
        SCRATCH_TEST(test_listing),
        SCRATCH_TEST(test_migration),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}

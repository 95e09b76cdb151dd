
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Popularity, and the index of search: who is in it, at which place, and that
 * it says what the packages say.
 */


#include "scratch.h"
#include "withdraw.h"

#include "wppkg_packages.h"
#include "wppkg_popularity.h"
#include "wppkg_unwanted.h"


#define TEST_LATER  (SCRATCH_NOW + 60 * WPPKG_TICKS)


static void test_places(void **state);
static void test_stored(void **state);
static void test_counts_alone(void **state);
static void test_not_told(void **state);
static void test_texts(void **state);
static void test_gone(void **state);
static void test_from_before(void **state);
static void test_by_hand(void **state);
static void test_clear(void **state);
static void test_plan(void **state);

static int64_t test_insert(wppkg_catalogue_t *cat, const char *slug);
static void test_store(wppkg_catalogue_t *cat, int64_t id, const char *name,
    const char *tags, const wppkg_counts_t *counts, wppkg_tick_t now);
static int64_t test_finds(wppkg_catalogue_t *cat, const char *word);
static void test_intact(wppkg_catalogue_t *cat);


static const wppkg_counts_t  test_counts = {
    .installs = 5000, .downloads = 71234, .rating = 96, .ratings = 12,
    .added_at = 1200000000, .told = 1
};


static int64_t
test_insert(wppkg_catalogue_t *cat, const char *slug)
{
    int      added;
    int64_t  id;

    assert_int_equal(wppkg_packages_add(cat, WPPKG_PLUGIN, slug,
                                        strlen(slug), SCRATCH_NOW, 0, &added),
                     WPPKG_OK);
    assert_int_equal(wppkg_packages_find(cat, WPPKG_PLUGIN, slug,
                                         strlen(slug), &id), WPPKG_OK);

    return id;
}


static void
test_store(wppkg_catalogue_t *cat, int64_t id, const char *name,
    const char *tags, const wppkg_counts_t *counts, wppkg_tick_t now)
{
    unsigned         changed;
    wppkg_due_t      due;
    wppkg_package_t  pkg;

    assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_OK);
    assert_int_equal(wppkg_package_init(&pkg, WPPKG_PLUGIN, due.slug,
                                        strlen(due.slug)), WPPKG_OK);
    assert_int_equal(wppkg_package_set(&pkg.name, name, strlen(name)),
                     WPPKG_OK);
    assert_int_equal(wppkg_package_set(&pkg.tags, tags, strlen(tags)),
                     WPPKG_OK);
    assert_int_equal(wppkg_package_add(&pkg, "1.0", 3,
                                       "https://example.org/1.zip", 25),
                     WPPKG_OK);
    pkg.counts = *counts;

    if (wppkg_packages_store(cat, &due, &pkg, now, 0, &changed) != WPPKG_OK) {
        fail_msg("%s", wppkg_catalogue_error(cat));
    }

    wppkg_package_free(&pkg);
}


/* the id of the first package with a word that begins so; 0: there is none */

static int64_t
test_finds(wppkg_catalogue_t *cat, const char *word)
{
    char     sql[256];
    int64_t  place;

    (void) snprintf(sql, sizeof(sql), "SELECT coalesce(min(rowid), 0)"
                    " FROM search WHERE search MATCH '\"%s\"*'", word);
    place = scratch_int(cat, sql);

    return (place != 0) ? wppkg_place_id_of(place) : 0;
}


/* the index has the words of search_texts, all of them, and no others */

static void
test_intact(wppkg_catalogue_t *cat)
{
    scratch_exec(cat, "INSERT INTO search (search, rank)"
                      " VALUES ('integrity-check', 1)");
}


static void
test_places(void **state)
{
    size_t    i;
    int64_t   place, before;
    unsigned  class;

    static const int64_t  installs[] = {
        INT64_MAX, 10000000, 9000000, 200000, 100000, 99999, 90000, 50, 10,
        9, 1, 0
    };

    before = 0;

    for (i = 0; i < sizeof(installs) / sizeof(installs[0]); i++) {
        class = wppkg_place_class(installs[i]);
        assert_true(class < WPPKG_PLACE_CLASSES);

        place = wppkg_place(class, WPPKG_THEME, 77);
        assert_true(place >= before);
        assert_int_equal(wppkg_place_class_of(place), class);
        assert_int_equal(wppkg_place_type_of(place), WPPKG_THEME);
        assert_int_equal(wppkg_place_id_of(place), 77);
        before = place;
    }

    assert_int_equal(wppkg_place_class(-1), 0);
    assert_int_equal(wppkg_place_class(99999), wppkg_place_class(90000));
    assert_int_equal(wppkg_place_class(500),
                     wppkg_place_class(50) + WPPKG_PLACE_DECADE);
    assert_int_equal(wppkg_place_type_of(wppkg_place(3, WPPKG_PLUGIN, 5)),
                     WPPKG_PLUGIN);
}


static void
test_stored(void **state)
{
    int64_t             id;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    id = test_insert(cat, "la-creme");

    assert_int_equal(test_finds(cat, "creme"), 0);

    test_store(cat, id, "La Cr\xc3\xa8me", "Desserts, Th\xc3\xa9",
               &test_counts, SCRATCH_NOW);

    assert_int_equal(scratch_int(cat,
        "SELECT installs = 5000 AND downloads = 71234 AND rating = 96"
        "    AND ratings = 12 AND added_at = 1200000000 FROM popularity"), 1);
    assert_int_equal(test_finds(cat, "creme"), id);
    assert_int_equal(test_finds(cat, "CR\xc3\x88"), id);
    assert_int_equal(test_finds(cat, "the"), id);
    assert_int_equal(test_finds(cat, "thf"), 0);
    test_intact(cat);

    /* the more popular one comes first */

    test_store(cat, test_insert(cat, "small"), "A creme", "x",
               &(wppkg_counts_t) { .installs = 4999, .told = 1 },
               SCRATCH_NOW);
    assert_int_equal(test_finds(cat, "creme"), id);
    test_store(cat, test_insert(cat, "large"), "B creme", "x",
               &(wppkg_counts_t) { .installs = 6000, .told = 1 },
               SCRATCH_NOW);
    assert_int_equal(test_finds(cat, "creme"), id + 2);
    test_intact(cat);

    wppkg_catalogue_close(cat);
}


/* neither a document nor its generation changes, nor does the index */

static void
test_counts_alone(void **state)
{
    int64_t             id, pass, generation, place;
    wppkg_counts_t      counts;
    wppkg_catalogue_t  *cat;

    static const char  generations[] =
        "SELECT max(generation) FROM documents";
    static const char  passes[] =
        "SELECT value FROM meta WHERE name = 'search_pass'";

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    id = test_insert(cat, "a");
    counts = test_counts;

    test_store(cat, id, "Apple", "x", &counts, SCRATCH_NOW);
    generation = scratch_int(cat, generations);
    pass = scratch_int(cat, passes);
    place = scratch_int(cat, "SELECT place FROM popularity");

    test_store(cat, id, "Apple", "x", &counts, TEST_LATER);
    assert_int_equal(scratch_int(cat, passes), pass);

    counts.downloads++;
    test_store(cat, id, "Apple", "x", &counts, TEST_LATER);
    assert_int_equal(scratch_int(cat, "SELECT downloads FROM popularity"),
                     71235);
    assert_int_equal(scratch_int(cat, passes), pass + 1);
    assert_int_equal(scratch_int(cat, "SELECT place FROM popularity"), place);

    counts.installs = 100000;
    test_store(cat, id, "Apple", "x", &counts, TEST_LATER);
    assert_true(scratch_int(cat, "SELECT place FROM popularity") < place);
    assert_int_equal(test_finds(cat, "apple"), id);
    test_intact(cat);

    assert_int_equal(scratch_int(cat, generations), generation);

    wppkg_catalogue_close(cat);
}


/* an answer without these fields takes nothing away */

static void
test_not_told(void **state)
{
    int64_t             id;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    id = test_insert(cat, "a");

    test_store(cat, id, "Apple", "x", &(wppkg_counts_t) { .told = 0 },
               SCRATCH_NOW);
    assert_int_equal(test_finds(cat, "apple"), id);
    assert_int_equal(scratch_int(cat, "SELECT installs FROM popularity"), 0);

    test_store(cat, id, "Apple", "x", &test_counts, TEST_LATER);
    test_store(cat, id, "Apple", "x", &(wppkg_counts_t) { .told = 0 },
               TEST_LATER);
    assert_int_equal(scratch_int(cat, "SELECT installs FROM popularity"),
                     5000);

    /* nor one that does not know since when it has been there */

    test_store(cat, id, "Apple", "x",
               &(wppkg_counts_t) { .installs = 5000, .told = 1 }, TEST_LATER);
    assert_int_equal(scratch_int(cat, "SELECT added_at FROM popularity"),
                     1200000000);
    test_intact(cat);

    wppkg_catalogue_close(cat);
}


static void
test_texts(void **state)
{
    int64_t             id;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    id = test_insert(cat, "a");

    test_store(cat, id, "Apple", "fruit", &test_counts, SCRATCH_NOW);
    test_store(cat, id, "Pear", "fruit", &test_counts, TEST_LATER);
    assert_int_equal(test_finds(cat, "apple"), 0);
    assert_int_equal(test_finds(cat, "pear"), id);
    test_intact(cat);

    test_store(cat, id, "Pear", "tree", &test_counts, TEST_LATER);
    assert_int_equal(test_finds(cat, "fruit"), 0);
    assert_int_equal(test_finds(cat, "tree"), id);
    test_intact(cat);

    /* both at once */

    test_store(cat, id, "Plum", "red",
               &(wppkg_counts_t) { .installs = 10, .told = 1 }, TEST_LATER);
    assert_int_equal(test_finds(cat, "pear"), 0);
    assert_int_equal(test_finds(cat, "tree"), 0);
    assert_int_equal(test_finds(cat, "plum"), id);
    assert_int_equal(test_finds(cat, "red"), id);
    test_intact(cat);

    wppkg_catalogue_close(cat);
}


static void
test_gone(void **state)
{
    int                 there;
    int64_t             id;
    unsigned            changed;
    wppkg_due_t         due;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    id = test_insert(cat, "a");

    test_store(cat, id, "Apple", "x", &test_counts, SCRATCH_NOW);
    assert_int_equal(wppkg_packages_fetch(cat, id, &due), WPPKG_OK);
    assert_int_equal(scratch_withdraw_simply(cat, &due, WPPKG_STATE_CLOSED,
                                             NULL, SCRATCH_NOW, 0, &changed),
                     WPPKG_OK);
    assert_int_equal(test_finds(cat, "apple"), 0);
    test_intact(cat);

    test_store(cat, id, "Apple", "x", &test_counts, TEST_LATER);
    assert_int_equal(test_finds(cat, "apple"), id);
    test_intact(cat);

    assert_int_equal(wppkg_unwanted_add(cat, WPPKG_PLUGIN, "a", 1, TEST_LATER,
                                        &there), WPPKG_OK);
    assert_int_equal(there, 1);
    assert_int_equal(test_finds(cat, "apple"), 0);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM popularity"), 0);
    test_intact(cat);

    wppkg_catalogue_close(cat);
}


/* a catalogue that had no index is walked; what has been fetched stays */

static void
test_from_before(void **state)
{
    int64_t             id;
    wppkg_walked_t      walked;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    id = test_insert(cat, "a");
    test_store(cat, id, "Apple", "x", &test_counts, SCRATCH_NOW);
    test_store(cat, test_insert(cat, "b"), "Pear", "x", &test_counts,
               SCRATCH_NOW);
    (void) test_insert(cat, "c");

    memset(&walked, 0, sizeof(walked));
    assert_int_equal(wppkg_popularity_step(cat, TEST_LATER, &walked),
                     WPPKG_OK);
    assert_int_equal(walked.packages, 0);

    assert_int_equal(wppkg_popularity_remove(cat, id), WPPKG_OK);
    scratch_exec(cat, "DELETE FROM meta WHERE name = 'search_index'");
    assert_int_equal(test_finds(cat, "apple"), 0);

    do {
        assert_int_equal(wppkg_popularity_step(cat, TEST_LATER, &walked),
                         WPPKG_OK);
    } while (walked.left);

    assert_int_equal(walked.failed, 0);
    assert_int_equal(walked.changed, 0);
    assert_int_equal(test_finds(cat, "apple"), id);
    assert_int_equal(scratch_int(cat, "SELECT group_concat(installs, 0)"
                                      " FROM (SELECT installs FROM popularity"
                                      " ORDER BY package_id)"), 5000);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM popularity"), 2);
    test_intact(cat);

    wppkg_catalogue_close(cat);
}


/* somebody else has written to "packages": the index is made anew */

static void
test_by_hand(void **state)
{
    int64_t             id;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    id = test_insert(cat, "a");
    test_store(cat, id, "Apple", "x", &test_counts, SCRATCH_NOW);
    test_store(cat, test_insert(cat, "b"), "Plum", "x", &test_counts,
               SCRATCH_NOW);
    scratch_exec(cat, "UPDATE packages SET name = 'Pear', description = 'y'");

    test_store(cat, id, "Fig", "x", &test_counts, TEST_LATER);
    assert_int_equal(test_finds(cat, "fig"), id);
    assert_int_equal(test_finds(cat, "apple"), 0);
    assert_int_equal(test_finds(cat, "pear"), id + 1);
    test_intact(cat);

    wppkg_catalogue_close(cat);
}


/* of a mirror, no package is in it */

static void
test_clear(void **state)
{
    int64_t             id;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    id = test_insert(cat, "a");
    test_store(cat, id, "Apple", "x", &test_counts, SCRATCH_NOW);

    assert_int_equal(wppkg_popularity_clear(cat), WPPKG_OK);
    assert_int_equal(test_finds(cat, "apple"), 0);
    test_intact(cat);

    test_store(cat, id, "Apple", "x", &test_counts, TEST_LATER);
    assert_int_equal(test_finds(cat, "apple"), id);
    test_intact(cat);

    wppkg_catalogue_close(cat);
}


/* an entry is found by its place, and a package's by its id */

static void
test_plan(void **state)
{
    char                plan[1024];
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    scratch_plan(cat, "SELECT * FROM search_texts WHERE place = 7", plan,
                 sizeof(plan));
    assert_non_null(strstr(plan, "(place=?)"));
    assert_non_null(strstr(plan, "USING INTEGER PRIMARY KEY"));
    assert_null(strstr(plan, "SCAN"));

    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_places),
        SCRATCH_TEST(test_stored),
        SCRATCH_TEST(test_counts_alone),
        SCRATCH_TEST(test_not_told),
        SCRATCH_TEST(test_texts),
        SCRATCH_TEST(test_gone),
        SCRATCH_TEST(test_from_before),
        SCRATCH_TEST(test_by_hand),
        SCRATCH_TEST(test_clear),
        SCRATCH_TEST(test_plan)
    };

    (void) cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}

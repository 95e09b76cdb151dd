
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * When a release has a time (rule R 9), and that no document lacks one for
 * ever: backfill's pass, its end, and what is rendered anew after it.
 */


#include "scratch.h"
#include "wppkg_backfill.h"
#include "wppkg_discovery.h"
#include "wppkg_packages.h"
#include "wppkg_released.h"
#include "wppkg_render.h"
#include "wppkg_rerender.h"


#define TEST_PACKAGES  300


static wppkg_catalogue_t *test_open(void);
static void test_mark(wppkg_catalogue_t *cat, const char *slug,
    const char *tag, int64_t rev, int followed);
static int64_t test_times(wppkg_catalogue_t *cat, int64_t id);
static void test_kill(const void *data);


/* plugin/a, id 1, and its tags 1.0 to 1.3 as the log may tell of them */

static wppkg_catalogue_t *
test_open(void)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    scratch_exec(cat, "INSERT INTO packages (id, type, slug, created_at)"
                      " VALUES (1, 'plugin', 'a', 1)");

    return cat;
}


/* tag NULL: the directory is added */

static void
test_mark(wppkg_catalogue_t *cat, const char *slug, const char *tag,
    int64_t rev, int followed)
{
    int           added;
    wppkg_mark_t  mark;

    memset(&mark, 0, sizeof(wppkg_mark_t));

    mark.slug = slug;
    mark.slug_len = strlen(slug);
    mark.tag = tag;
    mark.tag_len = (tag != NULL) ? strlen(tag) : 0;
    mark.rev = rev;
    mark.date = rev * 100;
    mark.dirty = 1;
    mark.created = (tag != NULL);
    mark.anew = (tag == NULL);
    mark.followed = (followed != 0);
    mark.past = !mark.followed;

    assert_int_equal(wppkg_discovery_mark(cat, WPPKG_PLUGIN, &mark,
                                          SCRATCH_NOW, &added), WPPKG_OK);
}


/* the times of 1.0 to 1.3 as digits: their revisions, 0 where not known */

static int64_t
test_times(wppkg_catalogue_t *cat, int64_t id)
{
    int              i;
    int64_t          times;
    wppkg_package_t  pkg;

    static const char *const  tags[] = { "1.0", "1.1", "1.2", "1.3" };

    times = 0;

    assert_int_equal(wppkg_package_init(&pkg, WPPKG_PLUGIN, "a", 1),
                     WPPKG_OK);

    for (i = 3; i >= 0; i--) {
        assert_int_equal(wppkg_package_add(&pkg, tags[i], 3, "z", 1),
                         WPPKG_OK);
        pkg.releases[3 - i].released_at = 77;
    }

    assert_int_equal(wppkg_package_add(&pkg, "1.1", 3, "y", 1), WPPKG_OK);
    assert_int_equal(wppkg_released_load(cat, id, &pkg), WPPKG_OK);
    assert_int_equal(pkg.nreleases, 5);
    assert_int_equal(pkg.releases[1].released_at,
                     pkg.releases[2].released_at);

    for (i = 0; i < 5; i++) {
        if (i != 1) {
            times = times * 10 + pkg.releases[i].released_at / 100;
        }
    }

    wppkg_package_free(&pkg);

    return times;
}


/* R 9: followed since it was added, or read by a backfill; not else */

static void
test_known(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open();

    test_mark(cat, "a", "1.0", 1, 1);
    test_mark(cat, "a", NULL, 2, 0);
    test_mark(cat, "a", "1.1", 2, 1);
    test_mark(cat, "a", "1.2", 3, 1);
    assert_int_equal(test_times(cat, 1), 0);

    scratch_exec(cat, "INSERT INTO meta VALUES ('backfill_known_plugin', 1)");
    assert_int_equal(test_times(cat, 1), 230);

    scratch_exec(cat, "UPDATE meta SET value = 0"
                      " WHERE name = 'backfill_known_plugin'");
    assert_int_equal(test_times(cat, 1), 0);

    test_mark(cat, "a", NULL, 3, 1);
    assert_int_equal(test_times(cat, 1), 30);

    /* somebody else's damage is no time */

    scratch_exec(cat, "UPDATE meta SET value = 'x'"
                      " WHERE name = 'backfill_known_plugin'");
    assert_int_equal(wppkg_released_load(cat, 1, &(wppkg_package_t) {
                         .type = WPPKG_PLUGIN }), WPPKG_ERROR);

    (void) scratch_plans(cat, "");
    wppkg_catalogue_close(cat);
}


/* what may have hidden a tag: a veil, two gaps, gaps that were dropped */

static void
test_hidden(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open();

    test_mark(cat, "a", NULL, 2, 1);
    test_mark(cat, "a", "1.0", 2, 1);
    test_mark(cat, "a", "1.1", 4, 1);
    test_mark(cat, "a", "1.2", 6, 1);
    test_mark(cat, "a", "1.3", 9, 1);
    assert_int_equal(test_times(cat, 1), 2469);

    scratch_exec(cat, "UPDATE packages SET veiled_rev = 6");
    assert_int_equal(test_times(cat, 1), 2460);
    scratch_exec(cat, "UPDATE packages SET veiled_rev = NULL");

    scratch_exec(cat, "INSERT INTO gaps VALUES ('plugin', 1, 'x', 1, 1),"
                      " ('plugin', 5, 'x', 1, 1), ('theme', 3, 'x', 1, 1),"
                      " ('theme', 4, 'x', 1, 1)");
    assert_int_equal(test_times(cat, 1), 2469);
    scratch_exec(cat, "INSERT INTO gaps VALUES ('plugin', 7, 'x', 1, 1)");
    assert_int_equal(test_times(cat, 1), 2460);
    scratch_exec(cat, "DELETE FROM gaps WHERE rev = 5");
    assert_int_equal(test_times(cat, 1), 2469);

    scratch_exec(cat, "INSERT INTO meta VALUES"
                      " ('svn_gap_forgotten_plugin', 1)");
    assert_int_equal(test_times(cat, 1), 2469);
    scratch_exec(cat, "UPDATE meta SET value = 2"
                      " WHERE name = 'svn_gap_forgotten_plugin'");
    assert_int_equal(test_times(cat, 1), 0);

    wppkg_catalogue_close(cat);
}


/* a pass: for those that were there when it began, and are not known */

static void
test_pass(void **state)
{
    int64_t             id;
    wppkg_backfill_t    b;
    wppkg_catalogue_t  *cat;

    cat = test_open();

    assert_int_equal(wppkg_backfill_get(cat, WPPKG_PLUGIN, &b),
                     WPPKG_DECLINED);
    assert_int_equal(wppkg_backfill_start(cat, WPPKG_THEME, &b),
                     WPPKG_DECLINED);
    assert_int_equal(wppkg_discovery_advance(cat, WPPKG_PLUGIN, 50), 0);
    assert_int_equal(wppkg_backfill_start(cat, WPPKG_PLUGIN, &b), WPPKG_OK);
    assert_int_equal(b.rev, 0);
    assert_int_equal(b.target, 50);

    scratch_exec(cat, "INSERT INTO packages (id, type, slug, created_at)"
                      " VALUES (2, 'plugin', 'b', 1)");
    assert_int_equal(wppkg_discovery_advance(cat, WPPKG_PLUGIN, 60), 0);
    assert_int_equal(wppkg_backfill_advance(cat, WPPKG_PLUGIN, 40), 0);
    assert_int_equal(wppkg_backfill_gap(cat, WPPKG_PLUGIN, 41, "x",
                                        SCRATCH_NOW), WPPKG_OK);
    assert_int_equal(wppkg_backfill_get(cat, WPPKG_PLUGIN, &b), WPPKG_OK);
    assert_int_equal(b.rev, 41);
    assert_int_equal(b.target, 50);
    assert_int_equal(scratch_int(cat, "SELECT rev FROM gaps"), 41);
    assert_int_equal(wppkg_released_known(cat, WPPKG_PLUGIN, &id), WPPKG_OK);
    assert_int_equal(id, 0);

    assert_int_equal(wppkg_backfill_finish(cat, WPPKG_PLUGIN), WPPKG_OK);
    assert_int_equal(wppkg_released_known(cat, WPPKG_PLUGIN, &id), WPPKG_OK);
    assert_int_equal(id, 1);
    assert_int_equal(scratch_int(cat, "SELECT value FROM meta"
        " WHERE name = 'render_generation'"), 0);
    assert_int_equal(wppkg_backfill_get(cat, WPPKG_PLUGIN, &b),
                     WPPKG_DECLINED);

    /* the second one is not known; when it is followed, none is left */

    assert_int_equal(wppkg_backfill_start(cat, WPPKG_PLUGIN, &b), WPPKG_OK);
    assert_int_equal(b.target, 60);
    assert_int_equal(wppkg_backfill_finish(cat, WPPKG_PLUGIN), WPPKG_OK);
    scratch_exec(cat, "INSERT INTO packages (id, type, slug, created_at,"
                      " followed) VALUES (3, 'plugin', 'c', 1, 1)");
    assert_int_equal(wppkg_backfill_start(cat, WPPKG_PLUGIN, &b),
                     WPPKG_DECLINED);

    assert_int_equal(scratch_plans(cat, "packages_unfollowed"), 1);
    wppkg_catalogue_close(cat);
}


/* the end of a pass and all that follows, killed at a commit of it */

static void
test_kill(const void *data)
{
    wppkg_error_t       err;
    wppkg_walked_t      anew;
    wppkg_catalogue_t  *cat;

    scratch_die_at(*(const int *) data);
    memset(&anew, 0, sizeof(anew));

    if (wppkg_catalogue_open(scratch_path, WPPKG_CATALOGUE_WRITE, &cat, &err)
        != WPPKG_OK)
    {
        _exit(1);
    }

    if (wppkg_backfill_finish(cat, WPPKG_PLUGIN) != WPPKG_OK) {
        _exit(1);
    }

    do {
        if (wppkg_rerender_step(cat, SCRATCH_NOW, &anew) != WPPKG_OK) {
            _exit(1);
        }

    } while (anew.left);

    wppkg_catalogue_close(cat);
}


static void
test_killed(void **state)
{
    int                 i, n, status;
    char                slug[32];
    unsigned            changed;
    wppkg_backfill_t    b;
    wppkg_walked_t      anew;
    wppkg_catalogue_t  *cat;

    memset(&anew, 0, sizeof(anew));

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    assert_int_equal(wppkg_catalogue_begin(cat), WPPKG_OK);

    for (i = 1; i <= TEST_PACKAGES; i++) {
        char  sql[512];

        (void) snprintf(slug, sizeof(slug), "p%d", i);
        (void) snprintf(sql, sizeof(sql), "INSERT INTO packages (id, type,"
                        " slug, created_at, state, versions) VALUES (%d,"
                        " 'plugin', '%s', 1, 'active', '[{\"tag\":\"1.0\","
                        "\"zip\":\"https://a/b.zip\"}]')", i, slug);
        scratch_exec(cat, sql);
        assert_int_equal(wppkg_packages_render(cat, i, SCRATCH_NOW,
                                               &changed), WPPKG_OK);
    }

    assert_int_equal(wppkg_discovery_advance(cat, WPPKG_PLUGIN, 9), 0);
    assert_int_equal(wppkg_catalogue_commit(cat), WPPKG_OK);
    assert_int_equal(wppkg_backfill_start(cat, WPPKG_PLUGIN, &b), WPPKG_OK);

    for (i = 1; i <= TEST_PACKAGES; i++) {
        (void) snprintf(slug, sizeof(slug), "p%d", i);
        test_mark(cat, slug, NULL, 3, 0);
        test_mark(cat, slug, "1.0", 4, 0);
    }

    wppkg_catalogue_close(cat);

    /* each time it gets one commit further, the last time it ends */

    for (n = 1; n < 20; n++) {
        status = scratch_child(test_kill, &n, 0);

        if (!WIFSIGNALED(status)) {
            break;
        }

        scratch_sql(scratch_path, "UPDATE meta SET value = 0"
                                  " WHERE name = 'backfill_known_plugin'");
    }

    assert_true(n > 4 && n < 20);
    assert_int_equal(WEXITSTATUS(status), 0);

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    assert_int_equal(wppkg_rerender_step(cat, SCRATCH_NOW, &anew), WPPKG_OK);
    assert_int_equal(anew.left, 0);
    assert_int_equal(scratch_int(cat, "SELECT value FROM meta"
        " WHERE name = 'render_generation'"), WPPKG_RENDER_GENERATION * 256);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents WHERE"
        " content_changed_at > 1700000000 AND instr(path, '~') = 0"),
                     TEST_PACKAGES);
    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_GUARD("R 9", test_known),
        SCRATCH_TEST(test_hidden),
        SCRATCH_TEST(test_pass),
        SCRATCH_TEST(test_killed),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}

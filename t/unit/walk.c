
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Walks to one target after another, cut anywhere: by slices, by SIGKILL, by
 * a process that renders something and never walks.  In the end everything is
 * as the last target says.
 */


#include "scratch.h"

#include "wppkg_claims.h"
#include "wppkg_closed.h"
#include "wppkg_documents.h"
#include "wppkg_render.h"
#include "wppkg_rerender.h"
#include "wppkg_walk.h"


#define TEST_PACKAGES  (2 * WPPKG_WALK_BATCH + 30)
#define TEST_TARGETS   3
#define TEST_ROUNDS    80

/* "there" of the target that a process is for */
#define TEST_AS(target)  ((int) (target) + 10)


static void test_random(void **state);
static void test_left_behind(void **state);
static void test_rerender(void **state);
static void test_claims(void **state);

static int test_other(wppkg_catalogue_t *cat, int64_t id, wppkg_tick_t now,
    unsigned *changed);
static void test_claims_step(wppkg_catalogue_t *cat, wppkg_closed_e closed,
    int max);
static wppkg_catalogue_t *test_fill(const char *state);
static int test_first(wppkg_catalogue_t *cat, int64_t after, int64_t *id);
static int test_render(wppkg_catalogue_t *cat, int64_t id, wppkg_tick_t now,
    unsigned *changed);
static int test_steps(wppkg_catalogue_t *cat, int64_t target, int max);
static void test_process(const void *data);
static void test_live(uint32_t *seed);
static int64_t test_wrong(wppkg_catalogue_t *cat, int64_t target);
static uint32_t test_rand(uint32_t *seed, uint32_t n);


/* what a process does before it ends, or is killed at a commit */

typedef struct {
    int64_t  target;
    int64_t  changes;     /* a package that changes; 0: none does */
    int      steps;
    int      die;         /* at this commit; 0: it does not */
} test_life_t;


static int64_t       test_target;

static wppkg_walk_t  test_walk = {
    "done", "next", "cursor", test_first, test_render, NULL, NULL
};

/* a program of another generation, which makes other bytes */

static wppkg_walk_t  test_program = {
    "render_generation", "render_next", "render_cursor", test_first,
    test_other, NULL, NULL
};


static uint32_t
test_rand(uint32_t *seed, uint32_t n)
{
    *seed = *seed * 1664525u + 1013904223u;

    return (*seed >> 8) % n;
}


static wppkg_catalogue_t *
test_fill(const char *state)
{
    char                sql[512];
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    (void) snprintf(sql, sizeof(sql), "WITH RECURSIVE n (i) AS (SELECT 1"
        " UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT INTO packages"
        " (id, type, slug, created_at, changed_rev, synced_rev, state,"
        " versions) SELECT i, 'plugin', 'p' || i, 1, 5, 5, '%s',"
        " '[{\"tag\":\"1.0\",\"zip\":\"https://a/b.zip\"}]' FROM n",
        TEST_PACKAGES, state);
    scratch_exec(cat, sql);

    return cat;
}


static int
test_first(wppkg_catalogue_t *cat, int64_t after, int64_t *id)
{
    return wppkg_catalogue_one(cat, id,
        "SELECT id FROM packages WHERE id > ?1 ORDER BY id LIMIT 1", "%jd",
        after);
}


/* "failures" stands for the bytes of the document */

static int
test_render(wppkg_catalogue_t *cat, int64_t id, wppkg_tick_t now,
    unsigned *changed)
{
    *changed = 2;

    return wppkg_catalogue_write(cat,
        "UPDATE packages SET failures = ?2 WHERE id = ?1", "%jd%d", id,
        TEST_AS(test_target));
}


/* WPPKG_OK: there is more to do */

static int
test_steps(wppkg_catalogue_t *cat, int64_t target, int max)
{
    wppkg_walked_t  walked;

    memset(&walked, 0, sizeof(wppkg_walked_t));

    test_target = target;

    while (max-- > 0) {
        assert_int_equal(wppkg_walk_step(cat, &test_walk, target,
                                         SCRATCH_NOW, &walked), WPPKG_OK);

        if (!walked.left) {
            return WPPKG_DECLINED;
        }
    }

    return WPPKG_OK;
}


static void
test_process(const void *data)
{
    unsigned            changed;
    wppkg_catalogue_t  *cat;
    const test_life_t  *life;

    life = data;

    if (life->die != 0) {
        scratch_die_at(life->die);
    }

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    test_target = life->target;

    assert_int_equal(wppkg_walk_begin(cat, &test_walk, life->target),
                     WPPKG_OK);

    if (life->changes != 0) {
        assert_int_equal(test_render(cat, life->changes, SCRATCH_NOW,
                                     &changed), WPPKG_OK);
    }

    (void) test_steps(cat, life->target, life->steps);

    wppkg_catalogue_close(cat);
}


/* one process of its own, and sometimes its end by force */

static void
test_live(uint32_t *seed)
{
    int          status;
    test_life_t  life;

    life.target = 1 + test_rand(seed, TEST_TARGETS);
    life.steps = (int) test_rand(seed, 5);
    life.changes = (test_rand(seed, 3) == 0)
                   ? 1 + test_rand(seed, TEST_PACKAGES) : 0;
    life.die = (test_rand(seed, 4) == 0) ? 1 + (int) test_rand(seed, 4) : 0;

    if (life.die == 0) {
        test_process(&life);
        return;
    }

    status = scratch_child(test_process, &life, 0);
    assert_true(WIFSIGNALED(status) || status == 0);
}


static int64_t
test_wrong(wppkg_catalogue_t *cat, int64_t target)
{
    char  query[128];

    (void) snprintf(query, sizeof(query), "SELECT count(*) FROM packages"
                    " WHERE failures <> %d", TEST_AS(target));

    return scratch_int(cat, query);
}


static void
test_random(void **state)
{
    int                 i, n;
    int64_t             target;
    uint32_t            seed;
    wppkg_catalogue_t  *cat;

    seed = 11;
    wppkg_catalogue_close(test_fill("active"));

    for (i = 0; i < TEST_ROUNDS; i++) {
        for (n = (int) test_rand(&seed, 4); n > 0; n--) {
            test_live(&seed);
        }

        target = 1 + test_rand(&seed, TEST_TARGETS);

        cat = scratch_open(WPPKG_CATALOGUE_WRITE);
        assert_int_equal(test_steps(cat, target, 10), WPPKG_DECLINED);

        if (test_wrong(cat, target) != 0) {
            fail_msg("round %d: %jd packages are not as the last target", i,
                     (intmax_t) test_wrong(cat, target));
        }

        assert_int_equal(scratch_int(cat, "SELECT count(*) FROM meta WHERE"
                                          " name IN ('next', 'cursor')"), 0);
        wppkg_catalogue_close(cat);
    }
}


/* what a program before this one has left: "done", and half of another walk */

static void
test_left_behind(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_fill("active");
    assert_int_equal(test_steps(cat, 1, 10), WPPKG_DECLINED);
    assert_int_equal(test_steps(cat, 2, 1), WPPKG_OK);
    assert_int_equal(wppkg_meta_set_int(cat, "done", 1), WPPKG_OK);

    assert_int_equal(test_steps(cat, 1, 10), WPPKG_DECLINED);
    assert_int_equal(test_wrong(cat, 1), 0);

    wppkg_catalogue_close(cat);
}


static int
test_other(wppkg_catalogue_t *cat, int64_t id, wppkg_tick_t now,
    unsigned *changed)
{
    char  path[64];

    (void) snprintf(path, sizeof(path), "p2/wp-plugin/p%jd.json",
                    (intmax_t) id);

    return wppkg_document_set(cat, id, path, "{}", 2, now, changed);
}


/* upgraded, downgraded, upgraded, and each may be stopped halfway */

static void
test_rerender(void **state)
{
    int                 i, n;
    uint32_t            seed;
    wppkg_walked_t      walked;
    wppkg_catalogue_t  *cat;

    seed = 12;
    memset(&walked, 0, sizeof(wppkg_walked_t));

    cat = test_fill("active");

    for (i = 0; i < 12; i++) {
        for (n = (int) test_rand(&seed, 4); n > 0; n--) {
            assert_int_equal(wppkg_walk_step(cat, &test_program,
                                             WPPKG_RENDER_GENERATION + 256,
                                             SCRATCH_NOW, &walked), WPPKG_OK);
        }

        if (test_rand(&seed, 2) == 0) {
            assert_int_equal(wppkg_rerender_step(cat, SCRATCH_NOW, &walked),
                             WPPKG_OK);
            continue;
        }

        assert_int_equal(wppkg_rerender(cat, SCRATCH_NOW, &walked), WPPKG_OK);
        assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"
            " WHERE content_size > 2"), 2 * TEST_PACKAGES);
    }

    wppkg_catalogue_close(cat);
}


static void
test_claims_step(wppkg_catalogue_t *cat, wppkg_closed_e closed, int max)
{
    unsigned        changed;
    wppkg_walked_t  walked;

    memset(&walked, 0, sizeof(wppkg_walked_t));

    wppkg_catalogue_closed(cat, closed);
    assert_int_equal(wppkg_claims_begin(cat), WPPKG_OK);

    /* one that changes before any slice does */

    assert_int_equal(wppkg_closed_set(cat, 5, SCRATCH_NOW, &changed),
                     WPPKG_OK);

    for (walked.left = 1; walked.left && max > 0; max--) {
        assert_int_equal(wppkg_claims_step(cat, SCRATCH_NOW, &walked),
                         WPPKG_OK);
    }
}


/* the key "closed" switched there and back, between any two slices */

static void
test_claims(void **state)
{
    int                 i, n;
    uint32_t            seed;
    wppkg_closed_e      closed;
    wppkg_catalogue_t  *cat;

    seed = 13;
    cat = test_fill("closed");
    scratch_exec(cat, "UPDATE packages SET known = 1");

    for (i = 0; i < 12; i++) {
        for (n = (int) test_rand(&seed, 4); n > 0; n--) {
            test_claims_step(cat, (wppkg_closed_e) test_rand(&seed, 3),
                             (int) test_rand(&seed, 4));
        }

        closed = (wppkg_closed_e) test_rand(&seed, 3);
        test_claims_step(cat, closed, 10);

        assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"
            " WHERE claims = 1"),
            (closed == WPPKG_CLOSED_CLAIMED) ? 2 * TEST_PACKAGES : 0);
        assert_int_equal(scratch_int(cat, "SELECT count(*) FROM documents"
            " WHERE content_hash IS NOT NULL"),
            (closed == WPPKG_CLOSED_GONE) ? 0 : 2 * TEST_PACKAGES);
    }

    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_random),
        SCRATCH_TEST(test_left_behind),
        SCRATCH_TEST(test_rerender),
        SCRATCH_TEST(test_claims)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}

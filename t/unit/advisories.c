
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The rows of security advisories: a pass brings them to what a source says,
 * in one transaction, and marks the packages that this concerns.
 */


#include "scratch.h"

#include <jansson.h>

#include "wppkg_advisories.h"
#include "wppkg_packages.h"
#include "wppkg_rerender.h"


#define TEST_NOW   SCRATCH_SECOND
#define TEST_HASH  "0123456789abcdef0123456789abcde"


static void test_new(void **state);
static void test_changed(void **state);
static void test_gone(void **state);
static void test_too_many_gone(void **state);
static void test_kept(void **state);
static void test_twice(void **state);
static void test_sources(void **state);
static void test_source(void **state);
static void test_only(void **state);
static void test_load(void **state);
static void test_documents(void **state);
static void test_killed(void **state);
static void test_pass_and_die(const void *data);
static void test_query_plans(void **state);

static wppkg_catalogue_t *test_create(void);
static wppkg_advisory_t test_advisory(const char *id, const char *slug,
    const char *constraint);
static void test_begin(wppkg_advisories_pass_t *pass, wppkg_catalogue_t *cat,
    const char *source, int64_t now);
static void test_put(wppkg_advisories_pass_t *pass, const char *id,
    const char *slug, const char *constraint);
static void test_end(wppkg_advisories_pass_t *pass, int force, int expected);
static void test_range(wppkg_catalogue_t *cat, int first, int last,
    int force, int expected);
static int64_t test_outdated(wppkg_catalogue_t *cat);
static void test_known(wppkg_catalogue_t *cat, const char *source);
static void test_json(wppkg_catalogue_t *cat, const char *slug,
    const char *expected);


/* plugins a, b, c, which is closed */

static wppkg_catalogue_t *
test_create(void)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    scratch_exec(cat,
        "INSERT INTO packages (id, type, slug, created_at, changed_rev,"
        "    synced_rev, state, versions)"
        " VALUES (1, 'plugin', 'a', 1, 5, 5, 'active',"
        "    '[{\"tag\":\"1.0\",\"zip\":\"https://a/b.zip\"}]'),"
        " (2, 'plugin', 'b', 1, 5, 5, 'active',"
        "    '[{\"tag\":\"1.0\",\"zip\":\"https://a/b.zip\"}]'),"
        " (3, 'plugin', 'c', 1, 5, 5, 'closed', '[]'),"
        " (4, 'theme', 'a', 1, 5, 5, 'active', '[]')");

    return cat;
}


static wppkg_advisory_t
test_advisory(const char *id, const char *slug, const char *constraint)
{
    wppkg_advisory_t  a;

    memset(&a, 0, sizeof(wppkg_advisory_t));
    a.id = id;
    a.type = WPPKG_PLUGIN;
    a.slug = slug;
    a.constraint = constraint;
    a.title = "T";
    a.reported_at = 1700000000;

    return a;
}


static void
test_begin(wppkg_advisories_pass_t *pass, wppkg_catalogue_t *cat,
    const char *source, int64_t now)
{
    assert_int_equal(wppkg_catalogue_begin(cat), WPPKG_OK);
    assert_int_equal(wppkg_advisories_begin(pass, cat, source, now),
                     WPPKG_OK);
}


static void
test_put(wppkg_advisories_pass_t *pass, const char *id, const char *slug,
    const char *constraint)
{
    wppkg_advisory_t  a;

    a = test_advisory(id, slug, constraint);
    assert_int_equal(wppkg_advisories_put(pass, &a), WPPKG_OK);
}


static void
test_end(wppkg_advisories_pass_t *pass, int force, int expected)
{
    int  rc;

    rc = wppkg_advisories_end(pass, force);
    assert_int_equal(rc, expected);

    wppkg_advisories_free(pass);
    assert_int_equal(wppkg_catalogue_end(pass->cat, rc), expected);
}


/* a pass that tells those with these numbers */

static void
test_range(wppkg_catalogue_t *cat, int first, int last, int force,
    int expected)
{
    int                       i;
    char                      id[32];
    wppkg_advisories_pass_t   pass;

    test_begin(&pass, cat, "s", TEST_NOW);

    for (i = first; i <= last; i++) {
        (void) snprintf(id, sizeof(id), "u%d", i);
        test_put(&pass, id, "a", "*");
    }

    test_end(&pass, force, expected);
}


/* the ids of outdated packages as bits; none is after that */

static int64_t
test_outdated(wppkg_catalogue_t *cat)
{
    int64_t  bits;

    bits = scratch_int(cat, "SELECT coalesce(sum(1 << package_id), 0)"
                            " FROM outdated");
    scratch_exec(cat, "DELETE FROM outdated");

    return bits;
}


static void
test_known(wppkg_catalogue_t *cat, const char *source)
{
    assert_int_equal(wppkg_advisories_known(cat, source,
                         (const unsigned char *) TEST_HASH, "e", "m", NULL,
                         TEST_NOW), WPPKG_OK);
}


static void
test_new(void **state)
{
    wppkg_catalogue_t         *cat;
    wppkg_advisories_pass_t    pass;

    cat = test_create();

    test_begin(&pass, cat, "s", TEST_NOW);
    test_put(&pass, "u1", "a", "<1.0");
    test_put(&pass, "u1", "elsewhere", "<2.0");
    test_put(&pass, "u2", "c", "*");
    test_end(&pass, 0, WPPKG_OK);

    assert_int_equal(pass.known, 0);
    assert_int_equal(pass.added, 3);
    assert_int_equal(pass.changed, 0);
    assert_int_equal(pass.gone, 0);
    assert_int_equal(test_outdated(cat), (1 << 1) + (1 << 3));
    assert_int_equal(scratch_int(cat, "SELECT n FROM counts"
                                      " WHERE what = 'advisory'"), 3);

    /* the same again changes nothing */

    test_begin(&pass, cat, "s", TEST_NOW + 10);
    test_put(&pass, "u2", "c", "*");
    test_put(&pass, "u1", "elsewhere", "<2.0");
    test_put(&pass, "u1", "a", "<1.0");
    test_end(&pass, 0, WPPKG_OK);

    assert_int_equal(pass.known, 3);
    assert_int_equal(pass.found, 3);
    assert_int_equal(pass.added + pass.changed + pass.gone, 0);
    assert_int_equal(test_outdated(cat), 0);
    assert_int_equal(scratch_int(cat, "SELECT max(changed_at)"
                                      " FROM advisories"), TEST_NOW);

    wppkg_catalogue_close(cat);
}


/* each column counts */

static void
test_changed(void **state)
{
    size_t                     i;
    wppkg_advisory_t           a[9];
    wppkg_catalogue_t         *cat;
    wppkg_advisories_pass_t    pass;

    cat = test_create();

    for (i = 0; i < 9; i++) {
        a[i] = test_advisory("u1", "a", "*");
    }

    a[1].constraint = "<1";
    a[2].title = "U";
    a[3].cve = "CVE-2024-1234";
    a[4].severity = "low";
    a[5].reported_at = 0;
    a[6].link = "https://a/";
    a[7].credit = "C";

    for (i = 0; i < 9; i++) {
        test_begin(&pass, cat, "s", TEST_NOW + (int64_t) i);
        assert_int_equal(wppkg_advisories_put(&pass, &a[i]), WPPKG_OK);
        test_end(&pass, 0, WPPKG_OK);

        assert_int_equal(pass.added, i == 0);
        assert_int_equal(pass.changed, i != 0);
        assert_int_equal(test_outdated(cat), 1 << 1);
        assert_int_equal(scratch_int(cat, "SELECT changed_at"
                                          " FROM advisories"), TEST_NOW + i);
    }

    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM advisories"), 1);

    wppkg_catalogue_close(cat);
}


static void
test_gone(void **state)
{
    wppkg_catalogue_t         *cat;
    wppkg_advisories_pass_t    pass;

    cat = test_create();

    test_begin(&pass, cat, "s", TEST_NOW);
    test_put(&pass, "u1", "a", "*");
    test_put(&pass, "u1", "b", "*");
    test_put(&pass, "u2", "b", "*");
    test_put(&pass, "u3", "c", "*");
    test_end(&pass, 0, WPPKG_OK);
    (void) test_outdated(cat);

    test_begin(&pass, cat, "s", TEST_NOW);
    test_put(&pass, "u1", "a", "*");
    test_put(&pass, "u4", "c", "*");
    test_end(&pass, 0, WPPKG_OK);

    assert_int_equal(pass.gone, 3);
    assert_int_equal(test_outdated(cat), (1 << 2) + (1 << 3));
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM advisories"), 2);
    assert_int_equal(scratch_int(cat, "SELECT n FROM counts"
                                      " WHERE what = 'advisory'"), 2);

    wppkg_catalogue_close(cat);
}


static void
test_too_many_gone(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_create();

    /* three of any number, but not all */

    test_range(cat, 1, 4, 0, WPPKG_OK);
    test_range(cat, 5, 4, 0, WPPKG_DECLINED);
    test_range(cat, 5, 8, 0, WPPKG_DECLINED);
    test_range(cat, 1, 1, 0, WPPKG_OK);
    test_range(cat, 2, 1, 0, WPPKG_DECLINED);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM advisories"), 1);
    test_range(cat, 2, 1, 1, WPPKG_OK);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM advisories"), 0);

    /* and one of twenty */

    test_range(cat, 1, 200, 0, WPPKG_OK);
    test_range(cat, 1, 189, 0, WPPKG_DECLINED);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM advisories"),
                     200);
    test_range(cat, 1, 190, 0, WPPKG_OK);
    test_range(cat, 50, 200, 0, WPPKG_DECLINED);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM advisories"),
                     190);
    test_range(cat, 50, 200, 1, WPPKG_OK);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM advisories"),
                     151);

    wppkg_catalogue_close(cat);
}


static void
test_kept(void **state)
{
    wppkg_catalogue_t         *cat;
    wppkg_advisories_pass_t    pass;

    cat = test_create();

    test_begin(&pass, cat, "s", TEST_NOW);
    test_put(&pass, "u1", "a", "*");
    test_put(&pass, "u1", "b", "*");
    test_put(&pass, "u2", "b", "*");
    test_end(&pass, 0, WPPKG_OK);
    (void) test_outdated(cat);

    test_begin(&pass, cat, "s", TEST_NOW);
    assert_int_equal(wppkg_advisories_keep(&pass, "u1"), WPPKG_OK);
    assert_int_equal(wppkg_advisories_keep(&pass, "u1"), WPPKG_OK);
    assert_int_equal(wppkg_advisories_keep(&pass, "unknown"), WPPKG_OK);
    test_end(&pass, 0, WPPKG_OK);

    assert_int_equal(pass.found, 2);
    assert_int_equal(pass.gone, 1);
    assert_int_equal(test_outdated(cat), 1 << 2);

    wppkg_catalogue_close(cat);
}


/* the first one counts */

static void
test_twice(void **state)
{
    wppkg_advisory_t           a;
    wppkg_catalogue_t         *cat;
    wppkg_advisories_pass_t    pass;

    cat = test_create();
    a = test_advisory("u1", "a", "<2");

    test_begin(&pass, cat, "s", TEST_NOW);
    test_put(&pass, "u1", "a", "<1");
    assert_int_equal(wppkg_advisories_put(&pass, &a), WPPKG_DECLINED);
    test_end(&pass, 0, WPPKG_OK);

    test_begin(&pass, cat, "s", TEST_NOW);
    test_put(&pass, "u1", "a", "<1");
    assert_int_equal(wppkg_advisories_put(&pass, &a), WPPKG_DECLINED);
    test_end(&pass, 0, WPPKG_OK);

    assert_int_equal(pass.found, 1);
    assert_int_equal(pass.changed, 0);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM advisories"
                                      " WHERE entry LIKE '%<1%'"), 1);

    wppkg_catalogue_close(cat);
}


/* one of two sources is two */

static void
test_sources(void **state)
{
    wppkg_catalogue_t         *cat;
    wppkg_advisories_pass_t    pass;

    cat = test_create();

    test_begin(&pass, cat, "s", TEST_NOW);
    test_put(&pass, "u1", "a", "*");
    test_put(&pass, "u2", "a", "*");
    test_end(&pass, 0, WPPKG_OK);

    test_begin(&pass, cat, "other", TEST_NOW);
    test_put(&pass, "u1", "a", "*");
    test_end(&pass, 0, WPPKG_OK);

    assert_int_equal(pass.known, 0);
    assert_int_equal(pass.added, 1);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM advisories"), 3);

    wppkg_catalogue_close(cat);
}


static void
test_source(void **state)
{
    wppkg_catalogue_t           *cat;
    wppkg_advisories_source_t    s;

    cat = test_create();

    assert_int_equal(wppkg_advisories_source(cat, "s", "u", &s), WPPKG_OK);
    assert_int_equal(s.read, 0);
    assert_int_equal(s.asked_at, 0);

    assert_int_equal(wppkg_advisories_asked(cat, "s", "u", 5), WPPKG_OK);
    assert_int_equal(wppkg_advisories_source(cat, "s", "u", &s), WPPKG_OK);
    assert_int_equal(s.read, 0);
    assert_int_equal(s.asked_at, 5);
    assert_int_equal(s.read_at, 0);

    /* with the first one everything is to be rendered, and not again */

    test_known(cat, "s");
    assert_int_equal(scratch_int(cat, "SELECT value FROM meta WHERE name ="
                                      " 'render_generation'"), 0);

    assert_int_equal(wppkg_advisories_source(cat, "s", "u", &s), WPPKG_OK);
    assert_int_equal(s.read, 1);
    assert_memory_equal(s.hash, TEST_HASH, WPPKG_HASH_LEN);
    assert_string_equal(s.etag, "e");
    assert_string_equal(s.modified, "m");
    assert_int_equal(s.asked_at, 5);
    assert_int_equal(s.read_at, TEST_NOW);
    assert_int_equal(s.moved, 0);

    scratch_exec(cat, "UPDATE meta SET value = 7 WHERE name ="
                      " 'render_generation'");
    test_known(cat, "s");
    test_known(cat, "t");
    assert_int_equal(scratch_int(cat, "SELECT value FROM meta WHERE name ="
                                      " 'render_generation'"), 7);

    /* what one URL said is not told to another, nor when that was asked */

    assert_int_equal(wppkg_advisories_source(cat, "s", "v", &s), WPPKG_OK);
    assert_int_equal(s.moved, 1);
    assert_int_equal(s.read, 1);
    assert_memory_equal(s.hash, TEST_HASH, WPPKG_HASH_LEN);
    assert_string_equal(s.etag, "");
    assert_string_equal(s.modified, "");

    assert_int_equal(wppkg_advisories_source(cat, "s", NULL, &s), WPPKG_OK);
    assert_int_equal(s.moved, 1);

    assert_int_equal(wppkg_advisories_asked(cat, "s", "v", 6), WPPKG_OK);
    assert_int_equal(wppkg_advisories_source(cat, "s", "v", &s), WPPKG_OK);
    assert_int_equal(s.moved, 0);
    assert_string_equal(s.etag, "");
    assert_string_equal(s.modified, "");

    /* what another form was read from is to be read again */

    scratch_exec(cat, "UPDATE advisory_sources SET form = form + 1");
    assert_int_equal(wppkg_advisories_source(cat, "s", "u", &s), WPPKG_OK);
    assert_int_equal(s.read, 0);
    assert_string_equal(s.etag, "");
    assert_int_equal(s.read_at, TEST_NOW);

    wppkg_catalogue_close(cat);
}


static void
test_only(void **state)
{
    const char                *names[2] = { "s", "t" };
    size_t                     n;
    wppkg_catalogue_t         *cat;
    wppkg_advisories_pass_t    pass;

    cat = test_create();

    assert_int_equal(wppkg_advisories_only(cat, NULL, 0, &n), WPPKG_OK);
    assert_int_equal(n, 0);

    test_begin(&pass, cat, "s", TEST_NOW);
    test_put(&pass, "u1", "a", "*");
    test_end(&pass, 0, WPPKG_OK);

    test_begin(&pass, cat, "t", TEST_NOW);
    test_put(&pass, "u1", "b", "*");
    test_end(&pass, 0, WPPKG_OK);

    test_known(cat, "s");
    test_known(cat, "t");
    scratch_exec(cat, "UPDATE meta SET value = 7 WHERE name ="
                      " 'render_generation'");
    (void) test_outdated(cat);

    assert_int_equal(wppkg_advisories_only(cat, names, 2, &n), WPPKG_OK);
    assert_int_equal(n, 0);
    assert_int_equal(test_outdated(cat), 0);

    assert_int_equal(wppkg_advisories_only(cat, names, 1, &n), WPPKG_OK);
    assert_int_equal(n, 1);
    assert_int_equal(test_outdated(cat), 1 << 2);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM advisories"), 1);
    assert_int_equal(scratch_int(cat, "SELECT value FROM meta WHERE name ="
                                      " 'render_generation'"), 7);

    /* with the last, nothing is told of any package */

    assert_int_equal(wppkg_advisories_only(cat, NULL, 0, &n), WPPKG_OK);
    assert_int_equal(n, 1);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM advisories"), 0);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM"
                                      " advisory_sources"), 0);
    assert_int_equal(scratch_int(cat, "SELECT value FROM meta WHERE name ="
                                      " 'render_generation'"), 0);

    wppkg_catalogue_close(cat);
}


static void
test_json(wppkg_catalogue_t *cat, const char *slug, const char *expected)
{
    int          rc;
    json_t      *json;
    wppkg_buf_t  b;

    wppkg_buf_init(&b, 1024 * 1024);

    rc = wppkg_advisories_load(cat, WPPKG_PLUGIN, slug, &b);

    if (expected == NULL) {
        assert_int_equal(rc, WPPKG_DECLINED);

    } else {
        assert_int_equal(rc, WPPKG_OK);
        assert_string_equal(b.data, expected);

        json = json_loads(b.data, JSON_REJECT_DUPLICATES, NULL);
        assert_true(json_is_array(json));
        json_decref(json);
    }

    wppkg_buf_free(&b);
}


static void
test_load(void **state)
{
    int                        i;
    char                       id[32];
    wppkg_buf_t                b;
    wppkg_advisory_t           a;
    wppkg_catalogue_t         *cat;
    wppkg_advisories_pass_t    pass;

    cat = test_create();

    test_json(cat, "a", NULL);
    test_known(cat, "s");
    test_json(cat, "a", "[]");

    test_begin(&pass, cat, "s", TEST_NOW);

    a = test_advisory("u1", "a", ">=1.0,<1.2|>2,<=2.4");
    a.title = "A \"<= 2.4\"";
    a.cve = "CVE-2024-1234";
    a.severity = "high";
    a.link = "https://w.org/u1";
    a.credit = "Copyright D; Copyright M";
    assert_int_equal(wppkg_advisories_put(&pass, &a), WPPKG_OK);

    a = test_advisory("u2", "a", "*");
    a.reported_at = 0;
    assert_int_equal(wppkg_advisories_put(&pass, &a), WPPKG_OK);

    test_end(&pass, 0, WPPKG_OK);

    test_json(cat, "a",
        "[{\"advisoryId\":\"u1\",\"affectedVersions\":\">=1.0,<1.2|>2,<=2.4\","
        "\"title\":\"A \\\"<= 2.4\\\" [Copyright D; Copyright M]\","
        "\"sources\":[{\"name\":\"s\",\"remoteId\":\"u1\"}],"
        "\"reportedAt\":\"2023-11-14 22:13:20\",\"cve\":\"CVE-2024-1234\","
        "\"link\":\"https://w.org/u1\",\"severity\":\"high\"},"
        "{\"advisoryId\":\"u2\",\"affectedVersions\":\"*\",\"title\":\"T\","
        "\"sources\":[{\"name\":\"s\",\"remoteId\":\"u2\"}],"
        "\"reportedAt\":\"1970-01-01 00:00:00\",\"cve\":null,\"link\":null,"
        "\"severity\":null}]");
    test_json(cat, "b", "[]");

    /* the latest of very many */

    test_begin(&pass, cat, "s", TEST_NOW);

    for (i = 1; i <= WPPKG_ADVISORY_PACKAGE + 10; i++) {
        (void) snprintf(id, sizeof(id), "v%d", i);
        a = test_advisory(id, "b", "*");
        a.reported_at = i;
        assert_int_equal(wppkg_advisories_put(&pass, &a), WPPKG_OK);
    }

    test_end(&pass, 1, WPPKG_OK);

    wppkg_buf_init(&b, 1024 * 1024);
    assert_int_equal(wppkg_advisories_load(cat, WPPKG_PLUGIN, "b", &b),
                     WPPKG_OK);
    assert_non_null(strstr(b.data, "\"v510\""));
    assert_non_null(strstr(b.data, "\"v11\""));
    assert_null(strstr(b.data, "\"v10\""));
    wppkg_buf_free(&b);

    wppkg_catalogue_close(cat);
}


/* those of the packages that it is about, and no others */

static void
test_documents(void **state)
{
    int64_t                    before, after;
    unsigned                   changed;
    wppkg_walked_t             w;
    wppkg_catalogue_t         *cat;
    wppkg_advisories_pass_t    pass;

    static const char  generation[] = "SELECT max(generation) FROM documents";

    cat = test_create();
    test_known(cat, "s");

    for (before = 1; before <= 4; before++) {
        assert_int_equal(wppkg_catalogue_begin(cat), WPPKG_OK);
        assert_int_equal(wppkg_packages_render(cat, before, SCRATCH_NOW,
                                               &changed), WPPKG_OK);
        assert_int_equal(wppkg_catalogue_commit(cat), WPPKG_OK);
    }

    before = scratch_int(cat, generation);

    test_begin(&pass, cat, "s", TEST_NOW);
    test_put(&pass, "u1", "a", "*");
    test_end(&pass, 0, WPPKG_OK);

    memset(&w, 0, sizeof(wppkg_walked_t));
    assert_int_equal(wppkg_rerender_outdated(cat, SCRATCH_NOW
                                             + 10 * WPPKG_TICKS, &w),
                     WPPKG_OK);
    after = scratch_int(cat, generation);

    assert_int_equal(w.packages, 1);
    assert_int_equal(w.changed, 1);
    assert_int_equal(after, before + 1);
    assert_int_equal(scratch_int(cat,
        "SELECT path = 'p2/wp-plugin/a.json' FROM documents"
        " ORDER BY generation DESC LIMIT 1"), 1);

    wppkg_catalogue_close(cat);
}


static void
test_pass_and_die(const void *data)
{
    wppkg_catalogue_t         *cat;
    wppkg_advisories_pass_t    pass;

    scratch_die_at(1);
    cat = scratch_open(WPPKG_CATALOGUE_WRITE);

    (void) wppkg_catalogue_begin(cat);
    (void) wppkg_advisories_begin(&pass, cat, "s", TEST_NOW);
    test_put(&pass, "u2", "b", "*");
    (void) wppkg_advisories_end(&pass, 1);
    (void) wppkg_catalogue_commit(cat);
}


static void
test_killed(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_create();
    test_range(cat, 1, 10, 0, WPPKG_OK);
    (void) test_outdated(cat);
    wppkg_catalogue_close(cat);

    assert_true(WIFSIGNALED(scratch_child(test_pass_and_die, NULL, 0)));

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM advisories"), 10);
    assert_int_equal(test_outdated(cat), 0);
    wppkg_catalogue_close(cat);
}


static void
test_query_plans(void **state)
{
    size_t                       n;
    wppkg_buf_t                  b;
    wppkg_catalogue_t           *cat;
    wppkg_advisories_pass_t      pass;
    wppkg_advisories_source_t    s;

    cat = test_create();

    test_range(cat, 1, 10, 0, WPPKG_OK);
    test_range(cat, 2, 10, 0, WPPKG_OK);

    test_begin(&pass, cat, "s", TEST_NOW);
    assert_int_equal(wppkg_advisories_keep(&pass, "u2"), WPPKG_OK);
    test_put(&pass, "u3", "a", "<1");
    test_end(&pass, 1, WPPKG_OK);

    test_known(cat, "s");
    assert_int_equal(wppkg_advisories_asked(cat, "s", "u", 5), WPPKG_OK);
    assert_int_equal(wppkg_advisories_source(cat, "s", "u", &s), WPPKG_OK);

    wppkg_buf_init(&b, 1024 * 1024);
    assert_int_equal(wppkg_advisories_load(cat, WPPKG_PLUGIN, "a", &b),
                     WPPKG_OK);
    wppkg_buf_free(&b);

    assert_int_equal(wppkg_advisories_only(cat, NULL, 0, &n), WPPKG_OK);

    assert_int_equal(scratch_plans(cat, "SEARCH advisories USING INDEX "
                                        "advisories_package"), 1);

    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_new),
        SCRATCH_TEST(test_changed),
        SCRATCH_TEST(test_gone),
        SCRATCH_TEST(test_too_many_gone),
        SCRATCH_TEST(test_kept),
        SCRATCH_TEST(test_twice),
        SCRATCH_TEST(test_sources),
        SCRATCH_TEST(test_source),
        SCRATCH_TEST(test_only),
        SCRATCH_TEST(test_load),
        SCRATCH_TEST(test_documents),
        SCRATCH_TEST(test_killed),
        SCRATCH_TEST(test_query_plans)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}

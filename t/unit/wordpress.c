
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * WordPress itself: what is told of its releases becomes rows and documents,
 * and nothing is taken away after one observation (rule R 14).
 */


#include "scratch.h"

#include "wppkg_gzip.h"
#include "wppkg_overviews.h"
#include "wppkg_render.h"
#include "wppkg_taken.h"
#include "wppkg_wordpress.h"
#include "wppkg_wordpress_render.h"


#define TEST_DAY    86400
#define TEST_MAIN   WPPKG_WORDPRESS_FULL_PATH
#define TEST_BARE   WPPKG_WORDPRESS_BARE_PATH
#define TEST_URL    "https://api.example.org"


static void test_first(void **state);
static void test_php(void **state);
static void test_doubt(void **state);
static void test_many_doubts(void **state);
static void test_milder(void **state);
static void test_clock(void **state);
static void test_too_many(void **state);
static void test_zips(void **state);
static void test_again(void **state);
static void test_ranges(void **state);
static void test_settle(void **state);
static void test_summary(void **state);
static void test_taken(void **state);

static wppkg_catalogue_t *test_open(void);
static void test_take(wppkg_catalogue_t *cat, const char *told,
    const char *offers, int64_t after);
static size_t test_told(const char *text, wppkg_wordpress_told_t *told);
static void test_body(wppkg_catalogue_t *cat, const char *path,
    wppkg_buf_t *body);
static void test_versions(wppkg_catalogue_t *cat, const char *path,
    const char *want);
static void test_insecure(wppkg_catalogue_t *cat, const char *want);


static wppkg_catalogue_t *
test_open(void)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    assert_int_equal(wppkg_wordpress_asked(cat, TEST_URL, SCRATCH_SECOND),
                     WPPKG_OK);

    return cat;
}


/* "1.0i 1.1o 1.2l": in the order of the texts; of an offer, "1.2=7.4" */

static void
test_take(wppkg_catalogue_t *cat, const char *told, const char *offers,
    int64_t after)
{
    size_t                     n, noffers;
    wppkg_wordpress_counts_t   counts;
    wppkg_wordpress_source_t   source;
    wppkg_wordpress_told_t     releases[60], offered[60];

    n = test_told(told, releases);
    noffers = test_told(offers, offered);

    assert_int_equal(wppkg_wordpress_source(cat, TEST_URL, &source),
                     WPPKG_OK);
    assert_int_equal(wppkg_wordpress_take(cat, releases, n, offered, noffers,
                                          &source, SCRATCH_NOW
                                          + after * WPPKG_TICKS, &counts),
                     WPPKG_OK);
}


static size_t
test_told(const char *text, wppkg_wordpress_told_t *told)
{
    char    word[40], *p;
    size_t  n;

    n = 0;

    while (sscanf(text, "%39s", word) == 1) {
        text = strstr(text, word) + strlen(word);
        memset(&told[n], 0, sizeof(wppkg_wordpress_told_t));

        p = strchr(word, '=');

        if (p != NULL) {
            *p++ = '\0';
            (void) snprintf(told[n].php, sizeof(told[n].php), "%s", p);

        } else {
            p = word + strlen(word) - 1;
            told[n].status = (*p == 'i') ? WPPKG_WORDPRESS_INSECURE
                             : (*p == 'o') ? WPPKG_WORDPRESS_OUTDATED
                             : WPPKG_WORDPRESS_LATEST;
            *p = '\0';
        }

        (void) snprintf(told[n].version, sizeof(told[n].version), "%.32s",
                        word);
        n++;
    }

    return n;
}


static void
test_body(wppkg_catalogue_t *cat, const char *path, wppkg_buf_t *body)
{
    wppkg_object_t  object;
    size_t          size;
    unsigned char   hash[WPPKG_HASH_LEN];
    wppkg_buf_t     gz;

    wppkg_buf_init(&gz, WPPKG_DOCUMENT_MAX);
    wppkg_buf_init(body, WPPKG_DOCUMENT_MAX);

    assert_int_equal(wppkg_documents_at(cat, path, &object), WPPKG_OK);
    assert_int_equal(wppkg_document_body(cat, object.id, hash, &size, &gz),
                     WPPKG_OK);
    assert_int_equal(wppkg_gunzip(gz.data, gz.len, size, body), WPPKG_OK);

    wppkg_buf_free(&gz);
}


/* the texts after "version" in a document, in their order; "": no document */

static void
test_versions(wppkg_catalogue_t *cat, const char *path, const char *want)
{
    char             found[1000] = "";
    size_t           len;
    const char      *p;
    wppkg_buf_t      body;
    wppkg_object_t   object;
    wppkg_taken_t    copy;
    wppkg_error_t    err;

    if (wppkg_documents_at(cat, path, &object) == WPPKG_OK && object.exists)
    {
        test_body(cat, path, &body);

        if (wppkg_taken_read(path, body.data, body.len, &copy, &err)
            != WPPKG_OK)
        {
            fail_msg("%s %s", path, err.text);
        }

        for (p = body.data; (p = strstr(p, "\"version\":\"")) != NULL; p++) {
            len = strlen(found);
            (void) snprintf(found + len, sizeof(found) - len, "%s%.*s",
                            (len != 0) ? " " : "",
                            (int) strcspn(p + 11, "\""), p + 11);
        }

        wppkg_buf_free(&body);
    }

    assert_string_equal(found, want);
}


static void
test_insecure(wppkg_catalogue_t *cat, const char *want)
{
    wppkg_buf_t        b;
    wppkg_wordpress_t  w;

    wppkg_buf_init(&b, 100000);

    assert_int_equal(wppkg_wordpress_load(cat, &w), WPPKG_OK);
    assert_int_equal(wppkg_wordpress_insecure(&w, &b),
                     (want[0] != '\0') ? WPPKG_OK : WPPKG_DECLINED);
    assert_string_equal((b.data != NULL) ? b.data : "", want);

    wppkg_wordpress_free(&w);
    wppkg_buf_free(&b);
}


static void
test_first(void **state)
{
    wppkg_buf_t         body;
    wppkg_catalogue_t  *cat;

    cat = test_open();
    test_take(cat, "1.0i 6.8.3o 6.9l", "", 0);

    test_versions(cat, TEST_MAIN, "6.9 6.8.3 1.0");
    test_versions(cat, TEST_BARE, "6.9 6.8.3 1.0");
    test_versions(cat, "p2/wp-core/wordpress~dev.json", "");

    test_body(cat, TEST_MAIN, &body);
    assert_non_null(strstr(body.data, "\"dist\":{\"type\":\"zip\",\"url\":"
                           "\"https://downloads.wordpress.org/release/"
                           "wordpress-6.9.zip\"}"));
    assert_non_null(strstr(body.data, "\"wordpress/core-implementation\":"
                           "\"self.version\""));
    assert_non_null(strstr(body.data, "\"reference\":\"6.8.3\""));
    assert_null(strstr(body.data, "\"php\""));
    wppkg_buf_free(&body);

    test_body(cat, TEST_BARE, &body);
    assert_non_null(strstr(body.data, "wordpress-6.9-no-content.zip\"}"));
    assert_null(strstr(body.data, "\"reference\""));
    wppkg_buf_free(&body);

    wppkg_catalogue_close(cat);
}


/* it is required where it was told once, and of no other release */

static void
test_php(void **state)
{
    wppkg_buf_t         body;
    wppkg_catalogue_t  *cat;

    cat = test_open();
    test_take(cat, "6.8o 6.9l", "6.9=7.2.24 7.0=7.4", 0);

    test_body(cat, TEST_MAIN, &body);
    assert_non_null(strstr(body.data, "\"require\":{\"php\":\">=7.2.24\","));
    assert_non_null(strstr(body.data, ",\"require\":{\"roots/"));
    wppkg_buf_free(&body);

    test_take(cat, "6.8o 6.9o 7.0l", "7.0=7.4", TEST_DAY);

    test_body(cat, TEST_MAIN, &body);
    assert_non_null(strstr(body.data, "\">=7.2.24\""));
    assert_non_null(strstr(body.data, "\">=7.4\""));
    wppkg_buf_free(&body);

    wppkg_catalogue_close(cat);
}


static void
test_doubt(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open();
    test_take(cat, "1.0i 6.8o 6.9l", "", 0);
    test_take(cat, "1.0i 6.9l", "", 1000);
    test_versions(cat, TEST_MAIN, "6.9 6.8 1.0");

    test_take(cat, "1.0i 6.9l", "", 1000 + TEST_DAY - 1);
    test_versions(cat, TEST_MAIN, "6.9 6.8 1.0");
    assert_int_equal(scratch_int(cat, "SELECT doubted FROM core"), 1);

    /* once there again, it is not doubted any more */

    test_take(cat, "1.0i 6.8o 6.9l", "", 1000 + TEST_DAY);
    test_take(cat, "1.0i 6.9l", "", 1001 + TEST_DAY);
    test_versions(cat, TEST_MAIN, "6.9 6.8 1.0");

    test_take(cat, "1.0i 6.9l", "", 1001 + 2 * TEST_DAY);
    test_versions(cat, TEST_MAIN, "6.9 1.0");
    assert_int_equal(scratch_int(cat, "SELECT doubted FROM core"), 0);

    wppkg_catalogue_close(cat);
}


static void
test_many_doubts(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open();
    test_take(cat, "1.0i 1.1i 1.2i 1.3i 6.8o 6.9l", "", 0);
    test_take(cat, "6.8o 6.9l", "", 1000);
    test_take(cat, "6.8o 6.9l", "", 1000 + 7 * TEST_DAY - 1);
    test_versions(cat, TEST_MAIN, "6.9 6.8 1.3 1.2 1.1 1.0");

    test_take(cat, "6.8o 6.9l", "", 1000 + 7 * TEST_DAY);
    test_versions(cat, TEST_MAIN, "6.9 6.8");

    wppkg_catalogue_close(cat);
}


/* that one is insecure is believed at once, that it is not, is not */

static void
test_milder(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open();
    test_take(cat, "6.8o 6.9l", "", 0);
    test_insecure(cat, "");

    test_take(cat, "6.8i 6.9l", "", 1000);
    test_insecure(cat, "=6.8");

    test_take(cat, "6.8o 6.9l", "", 2000);
    test_insecure(cat, "=6.8");

    test_take(cat, "6.8o 6.9l", "", 2000 + TEST_DAY);
    test_insecure(cat, "");

    wppkg_catalogue_close(cat);
}


/* a clock that was ahead when a doubt began has it begin again */

static void
test_clock(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open();
    test_take(cat, "6.8o 6.9l", "", 0);
    test_take(cat, "6.9l", "", 900 * TEST_DAY);
    test_take(cat, "6.9l", "", 1000);
    test_take(cat, "6.9l", "", 1000 + TEST_DAY - 1);
    test_versions(cat, TEST_MAIN, "6.9 6.8");
    test_take(cat, "6.9l", "", 1000 + TEST_DAY);
    test_versions(cat, TEST_MAIN, "6.9");

    wppkg_catalogue_close(cat);
}


static void
test_too_many(void **state)
{
    size_t                     i;
    wppkg_catalogue_t         *cat;
    wppkg_wordpress_told_t    *told;
    wppkg_wordpress_counts_t   counts;
    wppkg_wordpress_source_t   source;

    cat = test_open();
    test_take(cat, "1.0i 6.9l", "", 0);

    told = calloc(WPPKG_WORDPRESS_RELEASES, sizeof(wppkg_wordpress_told_t));
    assert_non_null(told);

    for (i = 0; i < WPPKG_WORDPRESS_RELEASES; i++) {
        (void) snprintf(told[i].version, sizeof(told[i].version), "9.%04zu",
                        i);
    }

    assert_int_equal(wppkg_wordpress_source(cat, TEST_URL, &source),
                     WPPKG_OK);
    assert_int_equal(wppkg_wordpress_take(cat, told, WPPKG_WORDPRESS_RELEASES,
                                          NULL, 0, &source, SCRATCH_NOW,
                                          &counts), WPPKG_ERROR);
    test_versions(cat, TEST_MAIN, "6.9 1.0");

    free(told);
    wppkg_catalogue_close(cat);
}


/* what is asked for, and what comes of it */

static void
test_zips(void **state)
{
    size_t                  i, n;
    unsigned                changed;
    wppkg_catalogue_t      *cat;
    wppkg_wordpress_zip_t   zips[10];

    cat = test_open();
    wppkg_catalogue_verify_zips(cat, 1);
    test_take(cat, "1.0i 6.9l", "", 0);
    test_versions(cat, TEST_MAIN, "");

    assert_int_equal(wppkg_wordpress_due(cat, SCRATCH_SECOND, zips, 10, &n),
                     WPPKG_OK);
    assert_int_equal(n, 4);
    assert_string_equal(zips[0].version, "6.9");
    assert_true(zips[3].insecure);

    for (i = 0; i < n; i++) {
        zips[i].found = (zips[i].insecure && zips[i].package == 1)
                        ? WPPKG_WORDPRESS_MISSING : WPPKG_WORDPRESS_THERE;
    }

    assert_int_equal(wppkg_wordpress_found(cat, zips, n, SCRATCH_NOW,
                                           &changed), WPPKG_OK);
    assert_int_equal(changed, 4);
    test_versions(cat, TEST_MAIN, "6.9 1.0");
    test_versions(cat, TEST_BARE, "6.9");

    assert_int_equal(wppkg_wordpress_due(cat, SCRATCH_SECOND + 900 * TEST_DAY,
                                         zips, 10, &n), WPPKG_OK);
    assert_int_equal(n, 0);

    wppkg_catalogue_close(cat);
}


/* one that is missing of what is not insecure may come */

static void
test_again(void **state)
{
    size_t                  n;
    unsigned                changed;
    wppkg_catalogue_t      *cat;
    wppkg_wordpress_zip_t   zips[10];

    cat = test_open();
    wppkg_catalogue_verify_zips(cat, 1);
    test_take(cat, "6.9l", "", 0);

    assert_int_equal(wppkg_wordpress_due(cat, SCRATCH_SECOND, zips, 10, &n),
                     WPPKG_OK);
    assert_int_equal(n, 2);
    zips[0].found = WPPKG_WORDPRESS_THERE;
    zips[1].found = WPPKG_WORDPRESS_MISSING;
    assert_int_equal(wppkg_wordpress_found(cat, zips, n, SCRATCH_NOW,
                                           &changed), WPPKG_OK);
    test_versions(cat, TEST_MAIN, "6.9");
    test_versions(cat, TEST_BARE, "");

    assert_int_equal(wppkg_wordpress_due(cat, SCRATCH_SECOND + 3599, zips, 10,
                                         &n), WPPKG_OK);
    assert_int_equal(n, 0);
    assert_int_equal(wppkg_wordpress_due(cat, SCRATCH_SECOND + 3600, zips, 10,
                                         &n), WPPKG_OK);
    assert_int_equal(n, 1);
    assert_int_equal(zips[0].package, WPPKG_WORDPRESS_IS_BARE);

    zips[0].found = WPPKG_WORDPRESS_THERE;
    assert_int_equal(wppkg_wordpress_found(cat, zips, n, SCRATCH_NOW,
                                           &changed), WPPKG_OK);
    test_versions(cat, TEST_BARE, "6.9");

    wppkg_catalogue_close(cat);
}


/* a range ends where a release is not insecure, whether it has a zip or not */

static void
test_ranges(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open();
    test_take(cat, "1.0i 1.0.1i 1.5i 2.0o 2.1i 3.0i 3.0.1i 3.0.2o 4.0l", "",
              0);
    test_insecure(cat, ">=1.0,<=1.5||>=2.1,<=3.0.1");

    wppkg_catalogue_close(cat);
}


static void
test_settle(void **state)
{
    int                 served;
    unsigned            changed;
    wppkg_catalogue_t  *cat;

    cat = test_open();
    test_take(cat, "1.0i 6.9l", "", 0);

    assert_int_equal(wppkg_wordpress_settle(cat, 1, SCRATCH_NOW, &changed),
                     WPPKG_OK);
    assert_int_equal(changed, 0);

    /* with the other setting, only zips that are known to be there count */

    wppkg_catalogue_verify_zips(cat, 1);
    scratch_exec(cat, "UPDATE core_releases SET full_zip = 1"
                      " WHERE version = '6.9'");
    assert_int_equal(wppkg_wordpress_settle(cat, 1, SCRATCH_NOW, &changed),
                     WPPKG_OK);
    test_versions(cat, TEST_MAIN, "6.9");

    assert_int_equal(wppkg_wordpress_settle(cat, 0, SCRATCH_NOW, &changed),
                     WPPKG_OK);
    assert_int_equal(changed, 4);
    assert_int_equal(wppkg_wordpress_served(cat, &served), WPPKG_OK);
    assert_false(served);
    assert_int_equal(scratch_int(cat, "SELECT (SELECT count(*) FROM core)"
                                      " + (SELECT count(*) FROM"
                                      " core_releases)"), 0);

    assert_int_equal(wppkg_wordpress_settle(cat, 0, SCRATCH_NOW, &changed),
                     WPPKG_OK);
    assert_int_equal(changed, 0);

    wppkg_catalogue_close(cat);
}


static void
test_summary(void **state)
{
    unsigned            changed;
    wppkg_buf_t         body;
    wppkg_catalogue_t  *cat;

    cat = test_open();
    test_take(cat, "1.0i 6.9l", "", 0);

    assert_int_equal(wppkg_overviews_update(cat, WPPKG_STALE_ALL, SCRATCH_NOW,
                                            &changed), WPPKG_OK);
    test_body(cat, WPPKG_FILTERS_PATH, &body);
    assert_string_equal(body.data, "{\"filter\":{\"wp-closed\":{},"
                        "\"wp-insecure-core\":{\"wp-core/wordpress\":\"=1.0\","
                        "\"wp-core/wordpress-no-content\":\"=1.0\"}}}");
    wppkg_buf_free(&body);

    test_body(cat, WPPKG_LIST_PATH, &body);
    assert_string_equal(body.data, "{\"packageNames\":[\"wp-core/wordpress\","
                        "\"wp-core/wordpress-no-content\"]}");
    wppkg_buf_free(&body);

    test_body(cat, TEST_MAIN, &body);
    assert_non_null(strstr(body.data, "\"filter\":{\"wp-insecure-core\":"
                           "[{\"constraint\":\"=1.0\",\"url\":\"https://"));
    wppkg_buf_free(&body);

    wppkg_catalogue_close(cat);
}


/* as many as there can be are a file that mirrors and Composer take */

static void
test_taken(void **state)
{
    size_t               i;
    wppkg_buf_t          b;
    wppkg_taken_t        copy;
    wppkg_error_t        err;
    wppkg_wordpress_t    w;

    memset(&w, 0, sizeof(wppkg_wordpress_t));
    (void) snprintf(w.zips, sizeof(w.zips), WPPKG_WORDPRESS_ZIPS);
    w.n = WPPKG_WORDPRESS_RELEASES;
    w.releases = calloc(w.n, sizeof(wppkg_wordpress_release_t));
    assert_non_null(w.releases);

    for (i = 0; i < w.n; i++) {
        (void) snprintf(w.releases[i].told.version, 32, "%zu.0.0.1",
                        w.n - i);
        assert_int_equal(wppkg_version_parse(w.releases[i].told.version,
                                         strlen(w.releases[i].told.version),
                                         &w.releases[i].parsed), WPPKG_OK);
        w.releases[i].told.status = (i % 2) ? WPPKG_WORDPRESS_INSECURE
                                            : WPPKG_WORDPRESS_OUTDATED;
    }

    wppkg_buf_init(&b, WPPKG_DOCUMENT_MAX);
    wppkg_wordpress_render(&w, WPPKG_WORDPRESS_IS_FULL, &b);
    assert_true(wppkg_buf_ok(&b));

    assert_int_equal(wppkg_taken_read(TEST_MAIN, b.data, b.len, &copy, &err),
                     WPPKG_OK);
    assert_int_equal(copy.versions, WPPKG_WORDPRESS_RELEASES);

    wppkg_buf_free(&b);
    free(w.releases);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_first),
        SCRATCH_TEST(test_php),
        SCRATCH_GUARD("R 14", test_doubt),
        SCRATCH_TEST(test_many_doubts),
        SCRATCH_TEST(test_milder),
        SCRATCH_TEST(test_clock),
        SCRATCH_TEST(test_too_many),
        SCRATCH_TEST(test_zips),
        SCRATCH_TEST(test_again),
        SCRATCH_TEST(test_ranges),
        SCRATCH_TEST(test_settle),
        SCRATCH_TEST(test_summary),
        SCRATCH_TEST(test_taken)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}

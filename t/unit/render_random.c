
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Random packages: what the renderer minifies, expanded by the rule of
 * contract C 10, is what a slow and plain model says, and no byte more.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "wppkg_name.h"
#include "wppkg_render.h"


#define TEST_ROUNDS  4000
#define TEST_TAGS    14


typedef struct {
    wppkg_package_t        pkg;
    size_t                 n;
    wppkg_version_t        versions[TEST_TAGS];
    wppkg_release_fate_e   fates[TEST_TAGS];
} test_model_t;


static unsigned test_random(unsigned n);
static const char *test_choose(const char *const *list, size_t n);
static void test_build(test_model_t *m);
static void test_judge(test_model_t *m);
static wppkg_release_fate_e test_fate(test_model_t *m, size_t i);
static int test_beaten(test_model_t *m, size_t i);
static int test_prefer(test_model_t *m, size_t a, size_t b);
static int test_current(test_model_t *m, wppkg_version_t *v);
static int test_php(test_model_t *m, size_t i);
static int test_untagged(test_model_t *m, wppkg_version_t *v);
static json_t *test_expected(test_model_t *m, int dev);
static json_t *test_trunk(test_model_t *m, const char *clean,
    const char *normalized, const char *zip, const char *php);
static json_t *test_version(test_model_t *m, size_t i);
static json_t *test_common(test_model_t *m, const char *clean,
    const char *normalized, const char *php);
static void test_insert(json_t *list, json_t *version);
static json_t *test_expand(test_model_t *m, const char *document);
static json_t *test_next(json_t *prev, json_t *diff);
static void test_document(test_model_t *m, const char *document, int dev);
static void test_random_packages(void **state);
static void test_any_order(void **state);


#define test_list(list)  list, sizeof(list) / sizeof(list[0])


static unsigned  test_seed;


static const char *const  test_tags[] = {
    "1.0", "v1.0", "1.0.0", "1.0.0.0", "V1", "1", "01.0", "1.1", "1.10",
    "1.2", "1.0-beta1", "1.0b1", "1.0-beta.1", "1.0-RC2", "1.0-p1", "1.0-dev",
    "v1.0-dev", "dev-trunk", "dev-foo", "dev-zoo", "2.0", "2.0a", "2.0-dev",
    "1.x-dev", "tags", "release 1", "20240101", "2010-01-02", "1.0+build",
    "1.0@dev", "1.0 as 2.0", "0.9", "0.9.1", "0.9-alpha", "0.9-alpha3",
    "3.0-patch2", "1.0-RC1-dev", "dev-\"quote\"", "dev-\xc3\xa9"
};

static const char *const  test_zips[] = {
    "https://a/1.zip", "https://a/2.zip", "https://a/3.zip?'%22", "https://b/",
    "http://b/c", "https://a/1.zip", "https://a/2.zip", "nothing", ""
};

static const char *const  test_ceilings[] = {
    NULL, NULL, "1.0", "v1.2", "2.0", "2.0a", "0.9", "trunk", "rubbish",
    "1.5", "01.0", "v1.0", "1.0.0", "0.0", "0.9.2-beta1"
};

static const char *const  test_phps[] = { NULL, "7.2", "8", "rubbish", "" };

static const char *const  test_texts[] = { NULL, "", "text", "\"\n\xc3\xa9" };


/* its own generator: the same packages on every machine */

static unsigned
test_random(unsigned n)
{
    test_seed = test_seed * 1664525 + 1013904223;

    return (test_seed >> 8) % n;
}


static const char *
test_choose(const char *const *list, size_t n)
{
    return list[test_random((unsigned) n)];
}


static void
test_build(test_model_t *m)
{
    size_t            i, j;
    const char       *tag, *zip, *s;
    wppkg_package_t  *pkg;

    memset(m, 0, sizeof(test_model_t));

    pkg = &m->pkg;

    assert_int_equal(wppkg_package_init(pkg, test_random(4) ? WPPKG_PLUGIN
                                                            : WPPKG_THEME,
                                        "test", 4), WPPKG_OK);

    pkg->has_trunk = test_random(2);
    pkg->trunk_revision = test_random(2) * 4711;
    pkg->updated_at = test_random(2) * 1297953678;
    pkg->untagged = test_random(4) != 0;

    s = test_random(2) ? "https://a/x.zip" : NULL;
    assert_int_equal(wppkg_package_set_url(&pkg->download, s,
                                           s ? strlen(s) : 0), WPPKG_OK);

    s = test_random(2) ? "https://a/x.zip" : NULL;
    assert_int_equal(wppkg_package_set_url(&pkg->trunk_zip, s,
                                           s ? strlen(s) : 0), WPPKG_OK);

    s = test_choose(test_list(test_ceilings));
    assert_int_equal(wppkg_package_set(&pkg->ceiling, s, s ? strlen(s) : 0),
                     WPPKG_OK);

    s = test_choose(test_list(test_phps));
    assert_int_equal(wppkg_package_set(&pkg->requires_php, s,
                                       s ? strlen(s) : 0), WPPKG_OK);

    s = test_choose(test_list(test_texts));
    assert_int_equal(wppkg_package_set(&pkg->description, s,
                                       s ? strlen(s) : 0), WPPKG_OK);

    s = test_choose(test_list(test_texts));
    assert_int_equal(wppkg_package_set(&pkg->author, s, s ? strlen(s) : 0),
                     WPPKG_OK);

    for (i = test_random(TEST_TAGS + 1); i > 0; i--) {
        tag = test_choose(test_list(test_tags));
        zip = test_choose(test_list(test_zips));

        for (j = 0; j < pkg->nreleases; j++) {
            if (strcmp(pkg->releases[j].tag, tag) == 0) {
                break;
            }
        }

        if (j == pkg->nreleases) {
            assert_int_equal(wppkg_package_add(pkg, tag, strlen(tag), zip,
                                               strlen(zip)), WPPKG_OK);
            pkg->releases[pkg->nreleases - 1].again_rev = test_random(4)
                                                          ? 0 : 42;

            if (test_random(3) == 0) {
                memcpy(pkg->releases[pkg->nreleases - 1].php, "7.2", 4);
            }
        }
    }

    m->n = pkg->nreleases;
}


static void
test_judge(test_model_t *m)
{
    size_t  i;

    for (i = 0; i < m->n; i++) {
        m->fates[i] = test_fate(m, i);
    }

    for (i = 0; i < m->n; i++) {
        if (m->fates[i] == WPPKG_RELEASE_PUBLISHED && test_beaten(m, i)) {
            m->fates[i] = WPPKG_RELEASE_DUPLICATE;
        }
    }
}


static wppkg_release_fate_e
test_fate(test_model_t *m, size_t i)
{
    const char       *tag;
    wppkg_version_t   ceiling, *v;

    v = &m->versions[i];
    tag = m->pkg.releases[i].tag;

    if (wppkg_version_parse(tag, strlen(tag), v) != WPPKG_OK) {
        return WPPKG_RELEASE_UNPARSABLE;
    }

    if (strncmp(m->pkg.releases[i].zip, "https:", 6) != 0) {
        return WPPKG_RELEASE_NO_ZIP;
    }

    if (m->pkg.ceiling != NULL && v->stability == WPPKG_STABILITY_STABLE
        && wppkg_version_parse(m->pkg.ceiling, strlen(m->pkg.ceiling),
                               &ceiling) == WPPKG_OK
        && ceiling.stability != WPPKG_STABILITY_DEV
        && strcmp(ceiling.normalized, "0.0.0.0") != 0
        && wppkg_version_compare(v->normalized, ceiling.normalized) > 0)
    {
        return WPPKG_RELEASE_ABOVE_CEILING;
    }

    return WPPKG_RELEASE_PUBLISHED;
}


/* duplicates that were found before still count: a < b < c, both beat c */

static int
test_beaten(test_model_t *m, size_t i)
{
    size_t       j;
    const char  *normalized;

    normalized = m->versions[i].normalized;

    if (m->pkg.has_trunk && m->pkg.type == WPPKG_PLUGIN
        && strcmp(normalized, "dev-trunk") == 0)
    {
        return 1;
    }

    for (j = 0; j < m->n; j++) {
        if (j != i
            && (m->fates[j] == WPPKG_RELEASE_PUBLISHED
                || m->fates[j] == WPPKG_RELEASE_DUPLICATE)
            && wppkg_version_compare(m->versions[j].normalized, normalized)
               == 0
            && test_prefer(m, j, i))
        {
            return 1;
        }
    }

    return 0;
}


/* whether tag a is preferred to b, which is the same version */

static int
test_prefer(test_model_t *m, size_t a, size_t b)
{
    const char  *one, *other;

    one = m->pkg.releases[a].tag;
    other = m->pkg.releases[b].tag;

    if (m->pkg.ceiling != NULL) {

        if (strcmp(one, m->pkg.ceiling) == 0) {
            return 1;
        }

        if (strcmp(other, m->pkg.ceiling) == 0) {
            return 0;
        }
    }

    return wppkg_version_prefer(one, other) < 0;
}


/* the published version, unless it is a branch or "0.0"; 0: none is */

static int
test_current(test_model_t *m, wppkg_version_t *v)
{
    return m->pkg.ceiling != NULL
           && wppkg_version_parse(m->pkg.ceiling, strlen(m->pkg.ceiling), v)
              == WPPKG_OK
           && v->stability != WPPKG_STABILITY_DEV
           && strcmp(v->normalized, "0.0.0.0") != 0;
}


static int
test_php(test_model_t *m, size_t i)
{
    wppkg_version_t  v;

    return test_current(m, &v)
           && wppkg_version_compare(v.normalized, m->versions[i].normalized)
              == 0;
}


/* from the trunk: no tag is of the published version, held back or not */

static int
test_untagged(test_model_t *m, wppkg_version_t *v)
{
    size_t  i;

    if (!m->pkg.untagged || m->pkg.type != WPPKG_PLUGIN
        || m->pkg.download == NULL
        || (m->pkg.trunk_revision == 0 && m->pkg.updated_at == 0)
        || !test_current(m, v))
    {
        return 0;
    }

    for (i = 0; i < m->n; i++) {
        if (m->fates[i] != WPPKG_RELEASE_UNPARSABLE
            && wppkg_version_compare(m->versions[i].normalized, v->normalized)
               == 0)
        {
            return 0;
        }
    }

    return 1;
}


static json_t *
test_expected(test_model_t *m, int dev)
{
    size_t            i;
    json_t           *list;
    const char       *php;
    wppkg_version_t   v;

    list = json_array();

    if (dev && m->pkg.has_trunk && m->pkg.type == WPPKG_PLUGIN) {
        test_insert(list, test_trunk(m, "dev-trunk", "dev-trunk",
                                     m->pkg.trunk_zip, NULL));
    }

    if (!dev && test_untagged(m, &v)) {
        php = m->pkg.requires_php;
        test_insert(list, test_trunk(m, v.clean, v.normalized,
                                     m->pkg.download,
                                     (php != NULL && php[0] >= '0'
                                      && php[0] <= '9') ? php : NULL));
    }

    for (i = 0; i < m->n; i++) {
        if (m->fates[i] == WPPKG_RELEASE_PUBLISHED
            && dev == (m->versions[i].stability == WPPKG_STABILITY_DEV))
        {
            test_insert(list, test_version(m, i));
        }
    }

    return list;
}


static json_t *
test_trunk(test_model_t *m, const char *clean, const char *normalized,
    const char *zip, const char *php)
{
    char         url[64];
    json_t      *version;
    const char  *pin;

    version = test_common(m, clean, normalized, php);
    pin = m->pkg.trunk_revision ? "4711"
                                : m->pkg.updated_at ? "20110217144118" : NULL;

    if (zip != NULL && pin != NULL) {
        (void) snprintf(url, sizeof(url), "%s?rev=%s", zip, pin);

        json_object_set_new(version, "dist",
                            json_pack("{ssssss}", "type", "zip", "url", url,
                                      "reference", pin));
    }

    json_object_set_new(version, "source",
                        json_pack("{ssssss}", "type", "svn", "url",
                                  m->pkg.type == WPPKG_THEME
                                  ? "https://themes.svn.wordpress.org/test/"
                                  : "https://plugins.svn.wordpress.org/test/",
                                  "reference", m->pkg.trunk_revision
                                               ? "trunk@4711" : "trunk"));

    return version;
}


static json_t *
test_version(test_model_t *m, size_t i)
{
    int          theme;
    char         reference[64];
    json_t      *version, *dist;
    const char  *php;

    php = m->pkg.requires_php;

    if (php != NULL && (php[0] < '0' || php[0] > '9')) {
        php = NULL;
    }

    /* of what is not published now, from when it was */

    if (!test_php(m, i)) {
        php = m->pkg.releases[i].php;
        php = (*php != '\0') ? php : NULL;
    }

    version = test_common(m, m->versions[i].clean, m->versions[i].normalized,
                          php);

    dist = json_pack("{ss}", "type", "zip");

    if (m->pkg.releases[i].again_rev != 0) {
        json_object_set_new(dist, "url",
                            json_sprintf("%s%srev=42",
                                         m->pkg.releases[i].zip,
                                         strchr(m->pkg.releases[i].zip, '?')
                                         ? "&" : "?"));
        json_object_set_new(dist, "reference", json_string("42"));

    } else {
        json_object_set_new(dist, "url",
                            json_string(m->pkg.releases[i].zip));
    }

    json_object_set_new(version, "dist", dist);

    theme = (m->pkg.type == WPPKG_THEME);

    (void) snprintf(reference, sizeof(reference), "%s%s",
                    theme ? "" : "tags/", m->pkg.releases[i].tag);

    json_object_set_new(version, "source",
                        json_pack("{ssssss}", "type", "svn", "url", theme
                                  ? "https://themes.svn.wordpress.org/test/"
                                  : "https://plugins.svn.wordpress.org/test/",
                                  "reference", reference));

    return version;
}


static json_t *
test_common(test_model_t *m, const char *clean, const char *normalized,
    const char *php)
{
    char         constraint[32];
    json_t      *v, *require;
    const char  *s;

    s = wppkg_type(m->pkg.type)->vendor;

    v = json_pack("{sossss}", "name", json_sprintf("%s/test", s),
                  "version", clean, "version_normalized", normalized);
    assert_non_null(v);

    s = wppkg_type(m->pkg.type)->name;

    json_object_set_new(v, "type", json_sprintf("wordpress-%s", s));
    json_object_set_new(v, "homepage",
                        json_sprintf("https://wordpress.org/%ss/test/", s));
    json_object_set_new(v, "support",
        json_pack("{sososososo}", "source",
            json_sprintf("https://%ss.svn.wordpress.org/test/", s), "issues",
            json_sprintf("https://wordpress.org/support/%s/test/", s), "forum",
            json_sprintf("https://wordpress.org/support/%s/test/", s), "docs",
            json_sprintf("https://wordpress.org/%ss/test/", s),
            "changelog",
            json_sprintf("https://wordpress.org/%ss/test/#developers", s)));

    s = m->pkg.description;

    if (s != NULL && s[0] != '\0') {
        json_object_set_new(v, "description", json_string(s));
    }

    s = m->pkg.author;

    if (s != NULL && s[0] != '\0') {
        json_object_set_new(v, "authors", json_pack("[{ss}]", "name", s));
    }

    require = json_pack("{ss}", "composer/installers", "^1.0 || ^2.0");

    if (php != NULL) {
        (void) snprintf(constraint, sizeof(constraint), ">=%s", php);
        json_object_set_new(require, "php", json_string(constraint));
    }

    json_object_set_new(v, "require", require);

    return v;
}


/* newest first; Composer's equals in byte order */

static void
test_insert(json_t *list, json_t *version)
{
    int          rc;
    size_t       i;
    const char  *a, *b;

    a = json_string_value(json_object_get(version, "version_normalized"));

    for (i = 0; i < json_array_size(list); i++) {
        b = json_string_value(json_object_get(json_array_get(list, i),
                                              "version_normalized"));

        rc = wppkg_version_compare(a, b);

        if (rc > 0 || (rc == 0 && strcmp(a, b) > 0)) {
            break;
        }
    }

    assert_int_equal(json_array_insert_new(list, i, version), 0);
}


static json_t *
test_expand(test_model_t *m, const char *document)
{
    char           name[64];
    size_t         i;
    json_t        *root, *packages, *versions, *list, *prev;
    json_error_t   error;

    root = json_loads(document, JSON_REJECT_DUPLICATES, &error);

    assert_non_null(root);
    assert_int_equal(json_object_size(root), 2);
    assert_string_equal(json_string_value(json_object_get(root, "minified")),
                        "composer/2.0");

    (void) snprintf(name, sizeof(name), "%s/test",
                    wppkg_type(m->pkg.type)->vendor);

    packages = json_object_get(root, "packages");
    versions = json_object_get(packages, name);

    assert_int_equal(json_object_size(packages), 1);
    assert_true(json_is_array(versions));

    prev = NULL;
    list = json_array();

    for (i = 0; i < json_array_size(versions); i++) {
        prev = test_next(prev, json_array_get(versions, i));
        json_array_append_new(list, prev);
    }

    json_decref(root);

    return list;
}


/* the version after prev; a key that says what prev said is one too many */

static json_t *
test_next(json_t *prev, json_t *diff)
{
    json_t      *next, *value;
    const char  *key, *s;

    next = prev ? json_deep_copy(prev) : json_object();

    json_object_foreach(diff, key, value) {
        s = json_string_value(value);

        if (s != NULL && strcmp(s, "__unset") == 0) {
            assert_int_equal(json_object_del(next, key), 0);
            continue;
        }

        assert_false(json_equal(json_object_get(next, key), value));
        json_object_set(next, key, value);
    }

    return next;
}


static void
test_document(test_model_t *m, const char *document, int dev)
{
    json_t  *got, *expected;

    got = test_expand(m, document);
    expected = test_expected(m, dev);

    if (!json_equal(got, expected)) {
        print_error("got: %s\nexpected: %s\n", json_dumps(got, 0),
                    json_dumps(expected, 0));
        fail();
    }

    json_decref(got);
    json_decref(expected);
}


static void
test_random_packages(void **state)
{
    unsigned              round;
    wppkg_buf_t           tagged, dev;
    test_model_t          m;
    wppkg_error_t         err;
    wppkg_release_fate_e  fates[TEST_TAGS];

    wppkg_buf_init(&tagged, WPPKG_DOCUMENT_MAX);
    wppkg_buf_init(&dev, WPPKG_DOCUMENT_MAX);

    for (round = 0; round < TEST_ROUNDS; round++) {
        test_seed = round;
        test_build(&m);
        test_judge(&m);

        wppkg_buf_reset(&tagged);
        wppkg_buf_reset(&dev);

        assert_int_equal(wppkg_render_package(&m.pkg, &tagged, &dev, &err),
                         WPPKG_OK);
        test_document(&m, tagged.data, 0);
        test_document(&m, dev.data, 1);

        assert_int_equal(wppkg_render_fates(&m.pkg, fates), WPPKG_OK);
        assert_memory_equal(fates, m.fates, m.n * sizeof(fates[0]));

        wppkg_package_free(&m.pkg);
    }

    wppkg_buf_free(&tagged);
    wppkg_buf_free(&dev);
}


/* the order in which WordPress.org lists the releases leaves no trace */

static void
test_any_order(void **state)
{
    size_t            i, j;
    unsigned          round;
    wppkg_buf_t       one, two;
    test_model_t      m;
    wppkg_error_t     err;
    wppkg_release_t   release, *list;

    wppkg_buf_init(&one, WPPKG_DOCUMENT_MAX);
    wppkg_buf_init(&two, WPPKG_DOCUMENT_MAX);

    for (round = 0; round < TEST_ROUNDS; round++) {
        test_seed = round;
        test_build(&m);

        wppkg_buf_reset(&one);
        wppkg_buf_reset(&two);

        assert_int_equal(wppkg_render_package(&m.pkg, &one, &one, &err),
                         WPPKG_OK);

        list = m.pkg.releases;

        for (i = m.n; i > 1; i--) {
            j = test_random((unsigned) i);
            release = list[i - 1];
            list[i - 1] = list[j];
            list[j] = release;
        }

        assert_int_equal(wppkg_render_package(&m.pkg, &two, &two, &err),
                         WPPKG_OK);
        assert_string_equal(one.data, two.data);

        wppkg_package_free(&m.pkg);
    }

    wppkg_buf_free(&one);
    wppkg_buf_free(&two);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_random_packages),
        cmocka_unit_test(test_any_order)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}

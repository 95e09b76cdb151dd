
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Types, slugs, paths.  The rule for slugs is also held against its regular
 * expression, as Composer writes it.
 */


#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wppkg_name.h"


#define TEST_RULE  "^[a-z0-9](([_.]|-{1,2})?[a-z0-9]+)*$"


static void test_types(void **state);
static void test_vendors(void **state);
static void test_find(void **state);
static void test_accepted(void **state);
static void test_refused(void **state);
static void test_length(void **state);
static void test_rule(void **state);
static void test_parse(void **state);
static void test_path(void **state);
static void test_path_parse(void **state);

static const char *test_judge(const char *slug, size_t len);
static int test_rule_matches(const regex_t *rule, const char *slug);


static void
test_types(void **state)
{
    const wppkg_type_t  *t;

    t = wppkg_type(WPPKG_PLUGIN);
    assert_string_equal(t->name, "plugin");
    assert_string_equal(t->vendor, "wp-plugin");
    assert_string_equal(t->composer_type, "wordpress-plugin");
    assert_string_equal(t->svn_url, "https://plugins.svn.wordpress.org");
    assert_string_equal(t->tags_prefix, "tags/");
    assert_string_equal(t->plural, "plugins");
    assert_string_equal(t->api_action, "plugin_information");
    assert_int_equal(t->has_trunk, 1);

    t = wppkg_type(WPPKG_THEME);
    assert_string_equal(t->name, "theme");
    assert_string_equal(t->vendor, "wp-theme");
    assert_string_equal(t->composer_type, "wordpress-theme");
    assert_string_equal(t->svn_url, "https://themes.svn.wordpress.org");
    assert_string_equal(t->tags_prefix, "");
    assert_string_equal(t->plural, "themes");
    assert_string_equal(t->api_action, "theme_information");
    assert_int_equal(t->has_trunk, 0);
}


/* the two vendors of a type, and what is a name of Composer's */

static void
test_vendors(void **state)
{
    size_t        i;
    wppkg_name_t  name;

    static const struct {
        const char    *text;
        int            rc;
        wppkg_type_e   type;
        int            alias;
        const char    *slug;
    } names[] = {
        { "wp-plugin/a", WPPKG_OK, WPPKG_PLUGIN, 0, "a" },
        { "wp-theme/", WPPKG_OK, WPPKG_THEME, 0, "" },
        { "wpackagist-plugin/a/b", WPPKG_OK, WPPKG_PLUGIN, 1, "a/b" },
        { "wpackagist-theme/t", WPPKG_OK, WPPKG_THEME, 1, "t" },
        { "plugin/a", WPPKG_DECLINED, 0, 0, NULL },
        { "wpackagist-plugin", WPPKG_DECLINED, 0, 0, NULL },
        { "wpackagist-/a", WPPKG_DECLINED, 0, 0, NULL },
        { "Wp-plugin/a", WPPKG_DECLINED, 0, 0, NULL },
        { "/a", WPPKG_DECLINED, 0, 0, NULL },
        { "", WPPKG_DECLINED, 0, 0, NULL }
    };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_int_equal(wppkg_name_composer(names[i].text,
                                             strlen(names[i].text), &name),
                         names[i].rc);

        if (names[i].rc == WPPKG_OK) {
            assert_int_equal(name.type, names[i].type);
            assert_int_equal(name.alias, names[i].alias);
            assert_int_equal(name.len, strlen(names[i].slug));
            assert_memory_equal(name.slug, names[i].slug, name.len);
        }
    }

    assert_string_equal(wppkg_vendor(WPPKG_THEME, 0), "wp-theme");
    assert_string_equal(wppkg_vendor(WPPKG_THEME, 1), "wpackagist-theme");
}


static void
test_find(void **state)
{
    wppkg_type_e  type;

    assert_int_equal(wppkg_type_find("theme", 5, &type), WPPKG_OK);
    assert_int_equal(type, WPPKG_THEME);
    assert_int_equal(wppkg_type_find("wp-plugin", 9, &type), WPPKG_OK);
    assert_int_equal(type, WPPKG_PLUGIN);
    assert_int_equal(wppkg_type_find("wp-theme", 8, &type), WPPKG_OK);
    assert_int_equal(type, WPPKG_THEME);
    assert_int_equal(wppkg_type_find("plugins", 6, &type), WPPKG_OK);
    assert_int_equal(type, WPPKG_PLUGIN);
    assert_int_equal(wppkg_type_find("wpackagist-theme", 16, &type),
                     WPPKG_OK);
    assert_int_equal(type, WPPKG_THEME);

    type = WPPKG_THEME;
    assert_int_equal(wppkg_type_find("plugins", 7, &type), WPPKG_DECLINED);
    assert_int_equal(wppkg_type_find("plugin", 5, &type), WPPKG_DECLINED);
    assert_int_equal(wppkg_type_find("Plugin", 6, &type), WPPKG_DECLINED);
    assert_int_equal(wppkg_type_find("", 0, &type), WPPKG_DECLINED);
    assert_int_equal(type, WPPKG_THEME);
}


static void
test_accepted(void **state)
{
    size_t  i;

    static const char *const  slugs[] = {
        "akismet", "a", "0", "2", "a-b", "a--b", "a_b", "a.b", "a-b_c.d--e",
        "wp-2fa", "json", "a-json", "a.jsonp", "com0", "com", "com10", "lpt",
        "nul1", "conn", "con.a", "x-nul"
    };

    for (i = 0; i < sizeof(slugs) / sizeof(slugs[0]); i++) {
        if (test_judge(slugs[i], strlen(slugs[i])) != NULL) {
            fail_msg("%s is refused", slugs[i]);
        }
    }
}


static void
test_refused(void **state)
{
    size_t       i;
    const char  *why;

    static const struct {
        const char  *slug;
        const char  *why;
    } cases[] = {
        { "", "empty" },
        { "Akismet", "upper case" },
        { "akismeT", "upper case" },
        { "foo---bar", "in a row" },
        { "foo__bar", "in a row" },
        { "foo..bar", "in a row" },
        { "foo-_bar", "in a row" },
        { "foo_-bar", "in a row" },
        { "foo--.bar", "in a row" },
        { "foo-", "begin and end" },
        { "-foo", "begin and end" },
        { "_foo", "begin and end" },
        { "foo.", "begin and end" },
        { "-", "begin and end" },
        { "foo/bar", "characters" },
        { "foo bar", "characters" },
        { "foo~dev", "characters" },
        { "foo%20", "characters" },
        { "foo\n", "characters" },
        { "\xd0\xb0", "characters" },
        { "nul", "Windows" },
        { "con", "Windows" },
        { "prn", "Windows" },
        { "aux", "Windows" },
        { "com1", "Windows" },
        { "com9", "Windows" },
        { "lpt1", "Windows" },
        { "lpt9", "Windows" },
        { "foo.json", "\".json\"" },
        { "a.json", "\".json\"" },
        { ".json", "begin and end" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        why = test_judge(cases[i].slug, strlen(cases[i].slug));

        if (why == NULL) {
            fail_msg("\"%s\" is accepted", cases[i].slug);
        }

        if (strstr(why, cases[i].why) == NULL) {
            fail_msg("\"%s\": %s", cases[i].slug, why);
        }
    }

    assert_non_null(test_judge("a\0b", 3));
}


static void
test_length(void **state)
{
    char         slug[10240];
    const char  *why;

    memset(slug, 'a', sizeof(slug));

    assert_null(test_judge(slug, WPPKG_SLUG_MAX));

    why = test_judge(slug, WPPKG_SLUG_MAX + 1);
    assert_non_null(why);
    assert_non_null(strstr(why, "longer than 200 bytes"));
    assert_int_equal(WPPKG_SLUG_MAX, 200);

    assert_non_null(test_judge(slug, sizeof(slug)));
}


/* every string of up to seven of the characters that matter */

static void
test_rule(void **state)
{
    char      slug[8];
    size_t    i, len;
    regex_t   rule;
    unsigned  n, rest, accepted, count;

    static const char  alphabet[] = "a0-_.A/";

    assert_int_equal(regcomp(&rule, TEST_RULE, REG_EXTENDED | REG_NOSUB), 0);

    accepted = 0;

    for (len = 1, count = 7; len < sizeof(slug) - 1; len++, count *= 7) {
        for (n = 0; n < count; n++) {

            for (i = 0, rest = n; i < len; i++, rest /= 7) {
                slug[i] = alphabet[rest % 7];
            }

            slug[len] = '\0';

            if ((wppkg_slug_refused(slug, len) == NULL)
                != test_rule_matches(&rule, slug))
            {
                fail_msg("\"%s\" is judged wrongly", slug);
            }

            accepted += (wppkg_slug_refused(slug, len) == NULL);
        }
    }

    assert_true(accepted > 100);

    regfree(&rule);
}


static void
test_parse(void **state)
{
    size_t         len;
    const char    *s, *slug;
    wppkg_type_e   type;

    s = "theme/twenty-ten";
    assert_int_equal(wppkg_name_parse(s, strlen(s), &type, &slug, &len),
                     WPPKG_OK);
    assert_int_equal(type, WPPKG_THEME);
    assert_ptr_equal(slug, s + 6);
    assert_int_equal(len, 10);

    s = "wp-plugin/akismet";
    assert_int_equal(wppkg_name_parse(s, strlen(s), &type, &slug, &len),
                     WPPKG_OK);
    assert_int_equal(type, WPPKG_PLUGIN);
    assert_string_equal(slug, "akismet");

    /* the slug is not judged */

    s = "plugin/A/b";
    assert_int_equal(wppkg_name_parse(s, strlen(s), &type, &slug, &len),
                     WPPKG_OK);
    assert_string_equal(slug, "A/b");
    assert_int_equal(wppkg_name_parse(s, 7, &type, &slug, &len), WPPKG_OK);
    assert_int_equal(len, 0);

    s = "akismet";
    assert_int_equal(wppkg_name_parse(s, 7, &type, &slug, &len),
                     WPPKG_DECLINED);
    s = "plugin/";
    assert_int_equal(wppkg_name_parse(s, 6, &type, &slug, &len),
                     WPPKG_DECLINED);
    s = "/akismet";
    assert_int_equal(wppkg_name_parse(s, 8, &type, &slug, &len),
                     WPPKG_DECLINED);
    s = "core/wordpress";
    assert_int_equal(wppkg_name_parse(s, 14, &type, &slug, &len),
                     WPPKG_DECLINED);
    assert_int_equal(wppkg_name_parse("", 0, &type, &slug, &len),
                     WPPKG_DECLINED);
}


static void
test_path(void **state)
{
    char  slug[300], path[WPPKG_PATH_MAX];

    wppkg_document_path(path, WPPKG_PLUGIN, "akismet", 0);
    assert_string_equal(path, "p2/wp-plugin/akismet.json");

    wppkg_document_path(path, WPPKG_THEME, "astra", 1);
    assert_string_equal(path, "p2/wp-theme/astra~dev.json");

    memset(slug, 'a', sizeof(slug));
    slug[WPPKG_SLUG_MAX] = '\0';
    wppkg_document_path(path, WPPKG_PLUGIN, slug, 1);
    assert_int_equal(strlen(path), 13 + WPPKG_SLUG_MAX + 9);

    /* never the path of another one */

    slug[WPPKG_SLUG_MAX] = 'a';
    slug[sizeof(slug) - 1] = '\0';
    wppkg_document_path(path, WPPKG_PLUGIN, slug, 0);
    assert_string_equal(path, "");
}


static void
test_path_parse(void **state)
{
    size_t                  i;
    char                    path[WPPKG_PATH_MAX], other[WPPKG_PATH_MAX];
    char                   *copy;
    wppkg_document_name_t   doc;

    static const char *const  others[] = {
        "", "p2/", "p2/.json", "packages.json", "packages/list.json",
        "p2/wp-plugin/akismet", "p2/wp-plugin/akismet.jso",
        "p3/wp-plugin/akismet.json", "/p2/wp-plugin/akismet.json",
        "p2/filter-summary.json", "p2/~dev.json"
    };

    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        copy = strdup(others[i]);
        assert_int_equal(wppkg_document_parse(copy, strlen(copy), &doc),
                         WPPKG_DECLINED);
        free(copy);
    }

    wppkg_document_path(path, WPPKG_PLUGIN, "akismet", 1);
    assert_int_equal(wppkg_document_parse(path, strlen(path), &doc),
                     WPPKG_OK);
    assert_true(doc.dev);
    assert_int_equal(doc.len, strlen("wp-plugin/akismet"));
    assert_int_equal(doc.full, strlen("wp-plugin/akismet~dev"));
    assert_memory_equal(doc.name, "wp-plugin/akismet~dev", doc.full);

    wppkg_document_other(other, &doc);
    assert_string_equal(other, "p2/wp-plugin/akismet.json");

    assert_int_equal(wppkg_document_parse(other, strlen(other), &doc),
                     WPPKG_OK);
    assert_false(doc.dev);
    assert_int_equal(doc.len, doc.full);

    wppkg_document_other(path, &doc);
    assert_string_equal(path, "p2/wp-plugin/akismet~dev.json");
}


/* judges a copy of exactly that size, for AddressSanitizer to guard */

static const char *
test_judge(const char *slug, size_t len)
{
    char        *copy;
    const char  *why;

    copy = malloc(len + 1);
    assert_non_null(copy);
    memcpy(copy + 1, slug, len);

    why = wppkg_slug_refused(copy + 1, len);

    free(copy);

    return why;
}


static int
test_rule_matches(const regex_t *rule, const char *slug)
{
    return regexec(rule, slug, 0, NULL, 0) == 0;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_vendors),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_rule),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_path),
        cmocka_unit_test(test_path_parse),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}

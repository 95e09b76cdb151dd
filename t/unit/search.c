
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The search: what of a query matters, what it finds, and in which order.
 */


#include "scratch.h"
#include "answer.h"

#include "wppkg_popularity.h"
#include "wppkg_search.h"


/* packages with the same word, more than are looked at */
#define TEST_MANY  (WPPKG_SEARCH_MATCHES + 40)


typedef struct {
    wppkg_type_e   type;
    const char    *slug;
    const char    *name;
    const char    *description;
    const char    *tags;
    const char    *author;
    int64_t        installs;
} test_package_t;


static void test_args(void **state);
static void test_refused(void **state);
static void test_found(void **state);
static void test_order(void **state);
static void test_sorted(void **state);
static void test_sorted_plans(void **state);
static void test_pages(void **state);
static void test_capped(void **state);
static void test_hostile(void **state);
static void test_written(void **state);
static void test_nothing_there(void **state);
static void test_stray(void **state);
static void test_search_basis(void **state);

static wppkg_reader_t *test_open(wppkg_catalogue_t **cat);
static void test_add(wppkg_catalogue_t *cat, const test_package_t *p);
static void test_ask(wppkg_reader_t *rd, const char *args,
    wppkg_answer_t *answer);
static void test_names(wppkg_reader_t *rd, const char *args,
    const char *names);


static const test_package_t  test_packages[] = {
    { WPPKG_PLUGIN, "contact-form-7", "Contact Form 7",
      "Just another contact form plugin. Simple but flexible.",
      "contact, email, feedback", "Takayuki Miyoshi", 10000000 },
    { WPPKG_PLUGIN, "wpforms-lite", "WPForms",
      "Beginner friendly form builder.", "contact form", "WPForms", 6000000 },
    { WPPKG_PLUGIN, "form", "A Form", "Small.", NULL, "Nobody", 10 },
    { WPPKG_PLUGIN, "akismet", "Akismet Anti-spam",
      "Protects forms and comments from spam.", "spam", "Automattic",
      6000000 },
    { WPPKG_PLUGIN, "cafe", "Caf\xc3\xa9 M\xc3\xbcller", "Men\xc3\xbc.", NULL,
      "\xe6\x9d\xb1\xe4\xba\xac", 100 },
    { WPPKG_THEME, "twentyten", "Twenty Ten", "The 2010 theme with a form.",
      "blog", "the WordPress team", 90000 },
    { WPPKG_THEME, "form", "Form", "A theme.", "blog", "Somebody", 20 }
};


static wppkg_reader_t *
test_open(wppkg_catalogue_t **cat)
{
    size_t           i;
    wppkg_error_t    err;
    wppkg_reader_t  *rd;

    *cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    for (i = 0; i < sizeof(test_packages) / sizeof(test_package_t); i++) {
        test_add(*cat, &test_packages[i]);
    }

    assert_int_equal(wppkg_reader_open(scratch_path, &rd, &err), WPPKG_OK);

    return rd;
}


static void
test_add(wppkg_catalogue_t *cat, const test_package_t *p)
{
    int64_t          id;
    wppkg_entry_t    entry;
    wppkg_package_t  pkg;

    memset(&pkg, 0, sizeof(pkg));
    pkg.type = p->type;
    pkg.counts.installs = p->installs;
    pkg.counts.downloads = 3 * p->installs;
    pkg.counts.rating = 90;
    pkg.counts.ratings = 5;
    pkg.counts.told = 1;

    assert_int_equal(wppkg_catalogue_one(cat, &id,
        "INSERT INTO packages (type, slug, state, created_at, name,"
        "    description, tags, author, updated_at)"
        " VALUES (?1, ?2, 'active', 1, ?3, ?4, ?5, ?6, 1700000000)"
        " RETURNING id", "%s%s%s%s%s%s", wppkg_type(p->type)->name, p->slug,
        p->name, p->description, p->tags, p->author), WPPKG_OK);

    assert_int_equal(wppkg_popularity_begin(cat, id, &pkg, &pkg, &entry),
                     WPPKG_OK);
    assert_int_equal(wppkg_popularity_store(cat, id, &pkg, &entry), WPPKG_OK);
}


/* args as a client sends them */

static void
test_ask(wppkg_reader_t *rd, const char *args, wppkg_answer_t *answer)
{
    char           spelled[WPPKG_ARGS_MAX];
    wppkg_error_t  err;

    assert_int_equal(wppkg_search_args(args, strlen(args), spelled),
                     WPPKG_OK);

    err.text[0] = '\0';
    assert_int_equal(wppkg_reader_begin(rd, &err), WPPKG_OK);

    if (answer_ask(rd, WPPKG_SEARCH_PATH, spelled, answer, &err)
        != WPPKG_OK)
    {
        fail_msg("%s: %s", args, err.text);
    }

    assert_int_equal(wppkg_reader_end(rd, &err), WPPKG_OK);
}


/* the names of the results, in their order, each with a space behind it */

static void
test_names(wppkg_reader_t *rd, const char *args, const char *names)
{
    char             found[1024];
    size_t           n;
    const char      *p, *end;
    wppkg_answer_t   answer;

    static const char  key[] = "{\"name\":\"";

    test_ask(rd, args, &answer);
    assert_int_equal(answer.status, 200);

    n = 0;
    found[0] = '\0';

    for (p = strstr(answer.text.data, key);
         p != NULL;
         p = strstr(p, key))
    {
        p += sizeof(key) - 1;
        end = strchr(p, '"');
        n += (size_t) snprintf(found + n, sizeof(found) - n, "%.*s ",
                               (int) (end - p), p);
    }

    assert_string_equal(found, names);

    wppkg_buf_free(&answer.text);
}


static void
test_args(void **state)
{
    size_t  i;
    char    spelled[WPPKG_ARGS_MAX];

    static const char *const  cases[][2] = {
        { "", "* p 1 15 " },
        { "q=&type=", "* p 1 15 " },
        { "q=Contact+form%207", "* p 1 15 contact form 7" },
        { "q=a&q=b&x=y", "* p 1 15 b" },
        { "type=wordpress-plugin&q=a", "p p 1 15 a" },
        { "type=plugin&q=a", "p p 1 15 a" },
        { "type=wp-theme&q=a", "t p 1 15 a" },
        { "type=library&q=a", "- p 1 15 a" },
        { "q=wp-theme%2Ftwenty", "t p 1 15 twenty" },
        { "q=wp-plugin/contact-form-7", "p p 1 15 contact form 7" },
        { "q=wp-plugin/a&type=wp-theme", "t p 1 15 a" },
        { "q=wpackagist-theme/a", "t p 1 15 a" },
        { "q=wp-plugin%2F", "p p 1 15 " },
        { "page=3&per_page=50", "* p 3 50 " },
        { "sort=popular", "* p 1 15 " },
        { "sort=updated&type=plugin", "p u 1 15 " },
        { "sort=new&q=a", "* n 1 15 a" },
        { "sort=name", "* a 1 15 " },
        { "page=0&per_page=0", "* p 1 1 " },
        { "page=1000000000&per_page=99999999999999999999",
          "* p 1000000 100 " },
        { "q=%22%22%22NEAR(a*%20b)%5E%7B-+:", "* p 1 15 near a b" },
        { "q=a+b+c+d+e+f+g+h+i+j+k+l", "* p 1 15 a b c d e f g h i j" },
        { "q=%C3%A9%E2%80%94x", "* p 1 15 \xc3\xa9\xe2\x80\x94x" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(wppkg_search_args(cases[i][0], strlen(cases[i][0]),
                                           spelled), WPPKG_OK);
        assert_string_equal(spelled, cases[i][1]);
    }
}


static void
test_refused(void **state)
{
    char    spelled[WPPKG_ARGS_MAX], args[12000];
    size_t  i;

    static const char *const  cases[] = {
        "q=%00", "q=a%00b", "q=%", "q=%zz", "q=%FF", "q=%ED%A0%80", "page=x",
        "page=-1", "per_page=1e3", "page=1%20", "sort=old", "sort=NAME"
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (wppkg_search_args(cases[i], strlen(cases[i]), spelled)
            != WPPKG_DECLINED)
        {
            fail_msg("%s", cases[i]);
        }
    }

    /* ten KB of quotes, and the longest words that there may be */

    memset(args, '"', sizeof(args));
    memcpy(args, "q=", 2);
    assert_int_equal(wppkg_search_args(args, 10240, spelled), WPPKG_DECLINED);
    assert_int_equal(wppkg_search_args(args, 250, spelled), WPPKG_OK);

    memset(args + 2, 'a', 300);
    assert_int_equal(wppkg_search_args(args, 2 + 255, spelled),
                     WPPKG_DECLINED);
    assert_int_equal(wppkg_search_args(args, 2 + 240, spelled), WPPKG_OK);
}


static void
test_found(void **state)
{
    wppkg_reader_t     *rd;
    wppkg_catalogue_t  *cat;

    rd = test_open(&cat);

    /* slug, name, description, tag, author; the beginning of a word */

    test_names(rd, "q=akismet", "wp-plugin/akismet ");
    test_names(rd, "q=Anti-SPAM", "wp-plugin/akismet ");
    test_names(rd, "q=protects", "wp-plugin/akismet ");
    test_names(rd, "q=feedback", "wp-plugin/contact-form-7 ");
    test_names(rd, "q=automattic", "wp-plugin/akismet ");
    test_names(rd, "q=akis", "wp-plugin/akismet ");
    test_names(rd, "q=ismet", "");
    test_names(rd, "q=nobodyknows", "");

    /* all words, wherever they are */

    test_names(rd, "q=spam+automattic+comm", "wp-plugin/akismet ");
    test_names(rd, "q=spam+miyoshi", "");

    /* the last one may still be typed */

    test_names(rd, "q=comments+automatt", "wp-plugin/akismet ");
    test_names(rd, "q=automatt+comments", "");

    /* with and without diacritics */

    test_names(rd, "q=cafe+muller", "wp-plugin/cafe ");
    test_names(rd, "q=caf%C3%A9+MENU", "wp-plugin/cafe ");
    test_names(rd, "q=%E6%9D%B1%E4%BA%AC", "wp-plugin/cafe ");

    /* one character is a whole word */

    test_names(rd, "q=7", "wp-plugin/contact-form-7 ");
    test_names(rd, "q=k", "");

    /* of a type */

    test_names(rd, "q=blog&type=wordpress-theme",
               "wp-theme/twentyten wp-theme/form ");
    test_names(rd, "q=blog&type=wordpress-plugin", "");
    test_names(rd, "q=blog&type=library", "");
    test_names(rd, "q=wp-theme/form", "wp-theme/form wp-theme/twentyten ");

    wppkg_reader_close(rd);
    wppkg_catalogue_close(cat);
}


static void
test_order(void **state)
{
    wppkg_reader_t     *rd;
    wppkg_catalogue_t  *cat;

    rd = test_open(&cat);

    /*
     * The very slug, in both types, however small; then what has the word in
     * its name; then what has it elsewhere, but so popular that it would have
     * come before any name with less than a hundredth of its installs.
     */

    test_names(rd, "q=form", "wp-theme/form wp-plugin/form "
                             "wp-plugin/contact-form-7 "
                             "wp-plugin/wpforms-lite wp-plugin/akismet "
                             "wp-theme/twentyten ");

    test_names(rd, "q=contact+form",
               "wp-plugin/contact-form-7 wp-plugin/wpforms-lite ");

    /* nothing is asked for: the most popular first */

    test_names(rd, "per_page=3", "wp-plugin/contact-form-7 "
                                 "wp-plugin/wpforms-lite "
                                 "wp-plugin/akismet ");
    test_names(rd, "type=theme", "wp-theme/twentyten wp-theme/form ");

    wppkg_reader_close(rd);
    wppkg_catalogue_close(cat);
}


static void
test_sorted(void **state)
{
    wppkg_reader_t     *rd;
    wppkg_catalogue_t  *cat;

    rd = test_open(&cat);

    /* 0: WordPress.org has not said when */

    scratch_exec(cat, "UPDATE packages SET updated_at = 1800000000"
                      " WHERE slug = 'akismet'");
    scratch_exec(cat, "UPDATE packages SET updated_at = 0"
                      " WHERE slug = 'wpforms-lite'");
    scratch_exec(cat, "UPDATE popularity SET added_at = package_id");

    /* of all, as of what has a word */

    test_names(rd, "sort=updated&per_page=1", "wp-plugin/akismet ");
    test_names(rd, "sort=new&per_page=1&type=plugin", "wp-plugin/cafe ");
    test_names(rd, "sort=new&type=theme", "wp-theme/form wp-theme/twentyten ");
    test_names(rd, "sort=name&per_page=3", "wp-plugin/akismet "
                                           "wp-plugin/cafe "
                                           "wp-plugin/contact-form-7 ");
    test_names(rd, "sort=name&type=theme", "wp-theme/form "
                                           "wp-theme/twentyten ");
    test_names(rd, "q=form&sort=name", "wp-plugin/akismet "
                                       "wp-plugin/contact-form-7 "
                                       "wp-plugin/form wp-theme/form "
                                       "wp-theme/twentyten "
                                       "wp-plugin/wpforms-lite ");
    test_names(rd, "q=form&sort=updated&type=plugin&per_page=1",
               "wp-plugin/akismet ");
    test_names(rd, "q=form&sort=new&per_page=1&type=plugin",
               "wp-plugin/akismet ");
    test_names(rd, "q=nothing&sort=new", "");

    /* nothing is sorted of an older catalogue, which has no index for it */

    scratch_exec(cat, "DROP INDEX packages_updated; DROP INDEX packages_named;"
                      " DROP INDEX popularity_new; PRAGMA user_version = 5");
    test_names(rd, "sort=new&per_page=1", "wp-plugin/contact-form-7 ");
    test_names(rd, "q=form&sort=new&per_page=1&type=plugin",
               "wp-plugin/akismet ");

    wppkg_reader_close(rd);
    wppkg_catalogue_close(cat);
}


/* a page costs what it shows, however many packages there are */

static void
test_sorted_plans(void **state)
{
    char                plan[2048];
    wppkg_reader_t     *rd;
    wppkg_catalogue_t  *cat;

    rd = test_open(&cat);

    scratch_plan(cat, "SELECT updated_at AS at, place FROM packages"
                      "    CROSS JOIN popularity ON package_id = id"
                      " WHERE type = 'theme' AND state = 'active'"
                      "    AND updated_at > 0"
                      " ORDER BY updated_at DESC LIMIT 10",
                 plan, sizeof(plan));
    assert_non_null(strstr(plan, "INDEX packages_updated (type=?"));
    assert_null(strstr(plan, "TEMP B-TREE"));

    scratch_plan(cat, "SELECT added_at AS at, place FROM popularity"
                      " WHERE (place >> 40 & 1) = 1 AND added_at > 0"
                      " ORDER BY added_at DESC LIMIT 10",
                 plan, sizeof(plan));
    assert_non_null(strstr(plan, "INDEX popularity_new (<expr>=?"));
    assert_null(strstr(plan, "TEMP B-TREE"));

    scratch_plan(cat, "SELECT slug, place FROM packages"
                      "    CROSS JOIN popularity ON package_id = id"
                      " WHERE type = 'plugin' AND state = 'active'"
                      " ORDER BY slug LIMIT 10",
                 plan, sizeof(plan));
    assert_non_null(strstr(plan, "INDEX packages_named (type=?"));
    assert_null(strstr(plan, "TEMP B-TREE"));

    wppkg_reader_close(rd);
    wppkg_catalogue_close(cat);
}


static void
test_pages(void **state)
{
    wppkg_answer_t      answer;
    wppkg_reader_t     *rd;
    wppkg_catalogue_t  *cat;

    rd = test_open(&cat);

    test_names(rd, "q=form&per_page=4&page=2",
               "wp-plugin/akismet wp-theme/twentyten ");
    test_names(rd, "q=form&page=1000000000", "");

    test_ask(rd, "q=contact+form&per_page=1&type=wordpress-plugin", &answer);
    assert_non_null(strstr(answer.text.data, "],\"total\":2,\"next\":"
                           "\"?q=contact%20form&type=plugin&per_page=1"
                           "&page=2\"}"));
    wppkg_buf_free(&answer.text);

    test_ask(rd, "q=contact+form&per_page=1&page=2", &answer);
    assert_non_null(strstr(answer.text.data, "],\"total\":2}"));
    wppkg_buf_free(&answer.text);

    wppkg_reader_close(rd);
    wppkg_catalogue_close(cat);
}


/* more than are looked at: the popular ones of them are among those */

static void
test_capped(void **state)
{
    int                 i;
    char                slug[32];
    wppkg_answer_t      answer;
    wppkg_reader_t     *rd;
    test_package_t      p;
    wppkg_catalogue_t  *cat;

    rd = test_open(&cat);
    memset(&p, 0, sizeof(p));
    p.name = "Many";
    p.slug = slug;

    assert_int_equal(wppkg_catalogue_begin(cat), WPPKG_OK);

    for (i = 0; i < TEST_MANY; i++) {
        (void) snprintf(slug, sizeof(slug), "many-%d", i);
        p.installs = (i == TEST_MANY - 1) ? 1000 : 10;
        test_add(cat, &p);
    }

    (void) snprintf(slug, sizeof(slug), "many");
    p.installs = 0;
    test_add(cat, &p);

    assert_int_equal(wppkg_catalogue_commit(cat), WPPKG_OK);

    test_ask(rd, "q=many&per_page=2", &answer);
    assert_non_null(strstr(answer.text.data, "],\"total\":1001,"
                                             "\"capped\":true,\"next\":"));
    wppkg_buf_free(&answer.text);

    (void) snprintf(slug, sizeof(slug), "wp-plugin/many-%d ", TEST_MANY - 1);
    test_names(rd, "q=many+10&per_page=1", "wp-plugin/many-10 ");
    test_names(rd, "q=many&per_page=1", "wp-plugin/many ");
    test_names(rd, "q=man&per_page=1", slug);

    wppkg_reader_close(rd);
    wppkg_catalogue_close(cat);
}


/* nothing that can be asked for is an error */

static void
test_hostile(void **state)
{
    char                args[1024];
    size_t              i;
    unsigned            c;
    wppkg_answer_t      answer;
    wppkg_reader_t     *rd;
    wppkg_catalogue_t  *cat;

    static const char *const  cases[] = {
        "NEAR(a b)", "a AND", "OR", "NOT a", "{slug}:a", "a*b", "*", "\"",
        "\"\"\"", "a\" OR \"b", "-", "^a", "(((((", "a + b", "'; DROP",
        "\xe2\x80\x94", "\xe2\x80\x94 form", "a\xe2\x80\x99s form",
        "caf\xc3\xa9\xe2\x80\x94m\xc3\xbcller", "\xf0\x9f\x98\x80",
        "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", "rank", "search", "rebuild"
    };

    rd = test_open(&cat);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void) snprintf(args, sizeof(args), "q=%s", cases[i]);
        test_ask(rd, args, &answer);
        assert_non_null(strstr(answer.text.data, "{\"results\":["));
        wppkg_buf_free(&answer.text);
    }

    for (c = 1; c < 0x80; c++) {
        (void) snprintf(args, sizeof(args), "q=a%%%02Xform", c);
        test_ask(rd, args, &answer);
        wppkg_buf_free(&answer.text);
    }

    /* a separator beyond ASCII, inside of what we take for a word */

    test_names(rd, "q=caf%C3%A9%E2%80%94m%C3%BCller", "wp-plugin/cafe ");

    wppkg_reader_close(rd);
    wppkg_catalogue_close(cat);
}


static void
test_written(void **state)
{
    wppkg_answer_t      answer;
    wppkg_reader_t     *rd;
    wppkg_catalogue_t  *cat;

    static const test_package_t  odd = {
        WPPKG_THEME, "odd", "<script>\"\\", NULL, NULL, NULL, 7
    };

    rd = test_open(&cat);
    test_add(cat, &odd);

    test_ask(rd, "q=akismet", &answer);
    assert_string_equal(answer.text.data,
        "{\"results\":[{\"name\":\"wp-plugin/akismet\",\"description\":"
        "\"Protects forms and comments from spam.\",\"url\":"
        "\"https://wordpress.org/plugins/akismet/\",\"repository\":"
        "\"https://plugins.svn.wordpress.org/akismet/\",\"type\":"
        "\"wordpress-plugin\",\"downloads\":18000000,\"favers\":5,"
        "\"installs\":6000000,\"rating\":90,\"title\":\"Akismet Anti-spam\","
        "\"author\":\"Automattic\",\"updated\":\"2023-11-14T22:13:20+00:00\"}"
        "],\"total\":1}");
    assert_int_equal(answer.max_age, 60);
    wppkg_buf_free(&answer.text);

    test_ask(rd, "q=script", &answer);
    assert_non_null(strstr(answer.text.data, "\"description\":\"\""));
    assert_non_null(strstr(answer.text.data, "<script>\\\"\\\\\""));
    wppkg_buf_free(&answer.text);

    wppkg_reader_close(rd);
    wppkg_catalogue_close(cat);
}


/* a mirror, and a catalogue from before there was an index */

static void
test_nothing_there(void **state)
{
    size_t              i;
    wppkg_answer_t      answer;
    wppkg_error_t       err;
    wppkg_reader_t     *rd;
    wppkg_catalogue_t  *cat;

    static const char *const  made[] = {
        "INSERT INTO origin (id, url) VALUES (1, 'https://x.org')",
        "DELETE FROM origin; DROP TABLE popularity; PRAGMA user_version = 4"
    };

    rd = test_open(&cat);

    for (i = 0; i < 2; i++) {
        scratch_exec(cat, made[i]);

        assert_int_equal(wppkg_reader_begin(rd, &err), WPPKG_OK);
        assert_int_equal(answer_ask(rd, WPPKG_SEARCH_PATH, "* p 1 15 a",
                                    &answer, &err), WPPKG_OK);
        assert_int_equal(answer.status, 404);
        assert_string_equal(answer.text.data, "{\"error\":\"this repository "
                                              "has no search\"}");
        wppkg_buf_free(&answer.text);
        assert_int_equal(wppkg_reader_end(rd, &err), WPPKG_OK);
    }

    wppkg_reader_close(rd);
    wppkg_catalogue_close(cat);
}


/* an entry of a package that is not there tells nothing */

static void
test_stray(void **state)
{
    wppkg_answer_t      answer;
    wppkg_reader_t     *rd;
    wppkg_catalogue_t  *cat;

    rd = test_open(&cat);
    scratch_exec(cat, "DELETE FROM popularity WHERE package_id = 1");

    test_ask(rd, "q=contact+form", &answer);
    assert_ptr_equal(strstr(answer.text.data,
                            "{\"results\":[{\"name\":\"wp-plugin/wpforms"),
                     answer.text.data);
    wppkg_buf_free(&answer.text);

    wppkg_reader_close(rd);
    wppkg_catalogue_close(cat);
}


/* it changes with what is counted, too */

static void
test_search_basis(void **state)
{
    wppkg_basis_t       one, other;
    wppkg_error_t       err;
    wppkg_reader_t     *rd;
    wppkg_catalogue_t  *cat;

    rd = test_open(&cat);

    memset(&one, 0, sizeof(one));
    memset(&other, 0, sizeof(other));
    assert_int_equal(wppkg_search_basis(rd, &one, &err), WPPKG_OK);

    scratch_exec(cat, "UPDATE popularity SET downloads = 9"
                      " WHERE package_id = 1");
    assert_int_equal(wppkg_search_basis(rd, &other, &err), WPPKG_OK);
    assert_int_equal(other.generation, one.generation);
    assert_true(other.own[0] > one.own[0]);

    wppkg_reader_close(rd);
    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_args),
        cmocka_unit_test(test_refused),
        SCRATCH_TEST(test_found),
        SCRATCH_TEST(test_order),
        SCRATCH_TEST(test_sorted),
        SCRATCH_TEST(test_sorted_plans),
        SCRATCH_TEST(test_pages),
        SCRATCH_TEST(test_capped),
        SCRATCH_TEST(test_hostile),
        SCRATCH_TEST(test_written),
        SCRATCH_TEST(test_nothing_there),
        SCRATCH_TEST(test_stray),
        SCRATCH_TEST(test_search_basis)
    };

    (void) cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What nginx answers of security advisories (contract C 49), and the form that
 * asks for it.
 */


#include "scratch.h"
#include "answer.h"

#include "wppkg_advised.h"
#include "wppkg_advisories.h"
#include "wppkg_form.h"


#define TEST_NOW   SCRATCH_SECOND
#define TEST_HASH  "0123456789abcdef0123456789abcde"

#define TEST_ENTRY(id, slug)                                                  \
    "{\"advisoryId\":\"" id "\",\"affectedVersions\":\"<1\",\"title\":\""     \
    slug "\",\"sources\":[{\"name\":\"s\",\"remoteId\":\"" id "\"}],"         \
    "\"reportedAt\":\"2023-11-14 22:13:20\",\"cve\":null,\"link\":null,"      \
    "\"severity\":null}"


static void test_form(void **state);
static void test_args(void **state);
static void test_body(void **state);
static void test_post(void **state);
static void test_post_many(void **state);
static void test_since(void **state);
static void test_unknown(void **state);
static void test_basis(void **state);
static void test_query_plans(void **state);

static wppkg_catalogue_t *test_fill(void);
static void test_pass(wppkg_catalogue_t *cat, int64_t now,
    const char *const ids[][2]);
static int test_spell(const char *body, char spelled[WPPKG_ADVISED_BODY],
    size_t *n);
static void test_read(const char *body, const char *args,
    wppkg_answer_t *answer);
static void test_posts(const char *body, const char *want);
static void test_gets(const char *args, unsigned status, const char *want);


/* plugins a and b, theme a; c has no document */

static wppkg_catalogue_t *
test_fill(void)
{
    wppkg_catalogue_t  *cat;

    static const char *const  ids[][2] = {
        { "u1", "a" }, { "u1", "c" }, { "u2", "a" }, { NULL, NULL }
    };

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    scratch_exec(cat,
        "INSERT INTO documents (path, content_hash, content_size,"
        "    content_changed_at)"
        " VALUES ('p2/wp-plugin/a.json', zeroblob(32), 1, 1),"
        "    ('p2/wp-plugin/b.json', zeroblob(32), 1, 1),"
        "    ('p2/wp-plugin/c.json', NULL, NULL, 1),"
        "    ('p2/wp-theme/a.json', zeroblob(32), 1, 1)");

    test_pass(cat, TEST_NOW, ids);

    assert_int_equal(wppkg_advisories_known(cat, "s",
                         (const unsigned char *) TEST_HASH, "", "", NULL,
                         TEST_NOW), WPPKG_OK);

    return cat;
}


static void
test_pass(wppkg_catalogue_t *cat, int64_t now, const char *const ids[][2])
{
    size_t                     i;
    wppkg_advisory_t           a;
    wppkg_advisories_pass_t    pass;

    assert_int_equal(wppkg_catalogue_begin(cat), WPPKG_OK);
    assert_int_equal(wppkg_advisories_begin(&pass, cat, "s", now), WPPKG_OK);

    for (i = 0; ids[i][0] != NULL; i++) {
        memset(&a, 0, sizeof(wppkg_advisory_t));
        a.id = ids[i][0];
        a.slug = ids[i][1];
        a.constraint = "<1";
        a.title = ids[i][1];
        a.reported_at = 1700000000;

        assert_int_equal(wppkg_advisories_put(&pass, &a), WPPKG_OK);
    }

    assert_int_equal(wppkg_advisories_end(&pass, 1), WPPKG_OK);
    wppkg_advisories_free(&pass);
    assert_int_equal(wppkg_catalogue_commit(cat), WPPKG_OK);
}


static int
test_spell(const char *body, char spelled[WPPKG_ADVISED_BODY], size_t *n)
{
    int     rc;
    char   *text;
    size_t  len;

    len = strlen(body);
    assert_in_range(len, 0, WPPKG_ADVISED_BODY);

    text = malloc(len + 1);
    assert_non_null(text);
    memcpy(text, body, len);
    text[len] = 'x';

    rc = wppkg_advised_body(text, len, spelled, n);
    free(text);

    return rc;
}


static void
test_read(const char *body, const char *args, wppkg_answer_t *answer)
{
    char                     spelled[WPPKG_ADVISED_BODY];
    wppkg_error_t            err;
    wppkg_reader_t          *rd;
    wppkg_request_t          request;
    const wppkg_endpoint_t  *endpoint;

    endpoint = wppkg_endpoint(WPPKG_ADVISED_PATH, strlen(WPPKG_ADVISED_PATH));
    assert_non_null(endpoint);
    assert_true(endpoint->optional);

    memset(&request, 0, sizeof(wppkg_request_t));
    request.method = (body != NULL) ? WPPKG_POST : WPPKG_GET;
    request.args = args;
    request.args_len = strlen(args);

    if (body != NULL) {
        request.body = spelled;
        assert_int_equal(test_spell(body, spelled, &request.body_len),
                         WPPKG_OK);
    }

    assert_int_equal(wppkg_reader_open(scratch_path, &rd, &err), WPPKG_OK);
    assert_int_equal(wppkg_reader_begin(rd, &err), WPPKG_OK);
    assert_int_equal(wppkg_endpoint_answer(endpoint, rd, &request, answer,
                                           &err), WPPKG_OK);
    assert_int_equal(wppkg_reader_end(rd, &err), WPPKG_OK);
    wppkg_reader_close(rd);

    wppkg_buf_append(&answer->text, "", 1);
}


static void
test_posts(const char *body, const char *want)
{
    wppkg_answer_t  answer;

    test_read(body, "", &answer);

    assert_string_equal(answer.text.data, want);
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.max_age, 0);

    wppkg_buf_free(&answer.text);
}


static void
test_gets(const char *args, unsigned status, const char *want)
{
    wppkg_answer_t  answer;

    test_read(NULL, args, &answer);

    assert_string_equal(answer.text.data, want);
    assert_int_equal(answer.status, status);

    wppkg_buf_free(&answer.text);
}


static void
test_form(void **state)
{
    size_t        i, k;
    char          text[200], *p;
    const char   *value;

    static const struct {
        const char  *text;
        const char  *values[4];
    } cases[] = {
        { "", { NULL } },
        { "x[]=a", { "a" } },
        { "x[0]=a&x[1]=b&x[12]=c", { "a", "b", "c" } },
        { "x%5B0%5D=a%2Fb&x%5b%5d=%2f", { "a/b", "/" } },
        { "&&x[]=a&", { "a" } },
        { "x[]=", { "" } },
        { "x[]=a=b+c", { "a=b c" } },
        { "x=a&x[=b&x]=c&x[a]=d&x[-1]=e&xx[]=f&[]=g&x[1]y=h", { NULL } },
        { "x[]&x[]=%zz&x[]=%00&x[]=%&%zz[]=a&x[]=b", { "b" } },
        { "y[]=a&x[]=b", { "b" } }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void) snprintf(text, sizeof(text), "%s", cases[i].text);
        p = text;

        for (k = 0; k < 4; k++) {
            value = wppkg_form_list(&p, text + strlen(cases[i].text), "x");

            if (cases[i].values[k] == NULL) {
                assert_null(value);
                break;
            }

            assert_string_equal(value, cases[i].values[k]);
        }
    }
}


static void
test_args(void **state)
{
    size_t  i;
    char    spelled[WPPKG_ARGS_MAX];

    static const char *const  cases[][2] = {
        { "", "" },
        { "a=b", "" },
        { "updatedSince", "" },
        { "updatedSince=0", "0" },
        { "updatedSince=000", "0" },
        { "updatedSince=0001700000000", "1700000000" },
        { "updatedSince=", "" },
        { "updatedSince=999999999999", "999999999999" },
        { "updatedSince=1000000000000", NULL },
        { "updatedSince=-1", NULL },
        { "updatedSince=1&a=b", NULL },
        { "updatedSince=1e9", NULL }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (cases[i][1] == NULL) {
            assert_int_equal(wppkg_advised_args(cases[i][0],
                                                strlen(cases[i][0]), spelled),
                             WPPKG_DECLINED);
            continue;
        }

        assert_int_equal(wppkg_advised_args(cases[i][0], strlen(cases[i][0]),
                                            spelled), WPPKG_OK);
        assert_string_equal(spelled, cases[i][1]);
    }
}


/* one spelling of whatever asks for the same */

static void
test_body(void **state)
{
    size_t  i, n;
    char    spelled[WPPKG_ADVISED_BODY];

    static const char  want[] = "wp-plugin/a\0wp-plugin/ab\0wp-theme/a";

    static const char *const  same[] = {
        "packages[]=wp-plugin/a&packages[]=wp-plugin/ab&packages[]=wp-theme/a",
        "packages[2]=wp-theme/a&packages[0]=wp-plugin/ab"
        "&packages[1]=wp-plugin/a",
        "packages%5B0%5D=wp-plugin%2Fa&packages%5b9%5d=wp-theme%2fa&x=y"
        "&packages[]=wp-%70lugin/ab",
        "packages[]=wp-plugin/a&packages[]=wp-plugin/a&packages[]=a/b"
        "&packages[]=wp-theme/a&packages[]=wp-plugin/ab&packages[]=wp-theme/a",
    };

    static const char *const  none[] = {
        "packages[]=a/b", "packages[]=wp-plugin", "packages[]=wp-plugin/",
        "packages[]=wp-plugi/a", "packages[]=wp-plugins/a", "packages[]=wp-",
        "packages[]=plugin/a", "packages[]=wp-plugin/A", "packages[]="
    };

    static const char *const  other[] = {
        "", "&", "packages", "packages=wp-plugin/a", "a[]=wp-plugin/a",
        "packages[]=%zz", "{\"packages\":[\"wp-plugin/a\"]}"
    };

    for (i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        assert_int_equal(test_spell(same[i], spelled, &n), WPPKG_OK);
        assert_int_equal(n, sizeof(want));
        assert_memory_equal(spelled, want, n);
    }

    for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        assert_int_equal(test_spell(none[i], spelled, &n), WPPKG_OK);
        assert_int_equal(n, 0);
    }

    /* which is no question at all */

    for (i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
        assert_int_equal(test_spell(other[i], spelled, &n), WPPKG_ERROR);
    }
}


static void
test_post(void **state)
{
    wppkg_catalogue_close(test_fill());

    test_posts("packages[0]=wp-plugin%2Fa&packages[1]=wp-plugin%2Fb",
               "{\"advisories\":{\"wp-plugin/a\":[" TEST_ENTRY("u1", "a") ","
               TEST_ENTRY("u2", "a") "],\"wp-plugin/b\":[]}}");

    /* nothing of what is not ours, not there, or asked for twice */

    test_posts("packages[]=monolog/monolog&packages[]=wp-plugin/c"
               "&packages[]=wp-theme/a&packages[]=wp-plugin/d&packages[]="
               "&packages[]=plugin/a&packages[]=wp-theme/a&packages[]=WP"
               "&packages[]=wp-plugin/A&packages[]=wp-plugin/a%27b"
               "&packages[]=wp-plugin/..&packages[]=wp-pluginx/a",
               "{\"advisories\":{\"wp-theme/a\":[]}}");
}


static void
test_post_many(void **state)
{
    int          i;
    char         spelled[WPPKG_ADVISED_BODY];
    size_t       n;
    wppkg_buf_t  b;

    wppkg_catalogue_close(test_fill());
    wppkg_buf_init(&b, WPPKG_ADVISED_BODY);

    for (i = 1; i < WPPKG_ADVISED_NAMES; i++) {
        wppkg_buf_printf(&b, "packages[%d]=a/b&", i);
    }

    wppkg_buf_puts(&b, "packages[]=wp-plugin/b");
    test_posts(b.data, "{\"advisories\":{\"wp-plugin/b\":[]}}");

    wppkg_buf_puts(&b, "&packages[]=wp-plugin/c");
    assert_int_equal(test_spell(b.data, spelled, &n), WPPKG_DECLINED);

    wppkg_buf_free(&b);
}


static void
test_since(void **state)
{
    wppkg_catalogue_t  *cat;

    static const char *const  ids[][2] = {
        { "u1", "a" }, { "u1", "c" }, { "u2", "a" }, { "u3", "b" },
        { NULL, NULL }
    };

    cat = test_fill();
    test_pass(cat, TEST_NOW + 10, ids);
    wppkg_catalogue_close(cat);

    test_gets("0", 200, "{\"advisories\":{\"wp-plugin/a\":["
              TEST_ENTRY("u1", "a") "," TEST_ENTRY("u2", "a")
              "],\"wp-plugin/b\":[" TEST_ENTRY("u3", "b")
              "],\"wp-plugin/c\":[" TEST_ENTRY("u1", "c") "]}}");
    test_gets("1700000001", 200, "{\"advisories\":{\"wp-plugin/b\":["
              TEST_ENTRY("u3", "b") "]}}");
    test_gets("1700000010", 200, "{\"advisories\":{\"wp-plugin/b\":["
              TEST_ENTRY("u3", "b") "]}}");
    test_gets("1700000011", 200, "{\"advisories\":{}}");
    test_gets("", 400, "{\"error\":\"POST \\\"packages[]\\\", or GET "
              "\\\"updatedSince\\\", unix seconds\"}");
}


/* nobody has been asked, or the catalogue has no place for it */

static void
test_unknown(void **state)
{
    wppkg_answer_t  answer;

    wppkg_catalogue_close(scratch_open(WPPKG_CATALOGUE_MIGRATE));

    test_read("packages[]=wp-plugin/a", "", &answer);
    assert_int_equal(answer.status, 404);
    assert_string_equal(answer.text.data,
                        "{\"error\":\"no source of advisories is known\"}");
    wppkg_buf_free(&answer.text);

    scratch_sql(scratch_path, "DROP TABLE advisories;"
                              "DROP TABLE advisory_sources;"
                              "PRAGMA user_version = 3");
    test_gets("5", 404, "{\"error\":\"no source of advisories is known\"}");
}


/* with each pass that changes anything the answers are other ones */

static void
test_basis(void **state)
{
    wppkg_error_t        err;
    wppkg_basis_t        basis;
    wppkg_reader_t      *rd;
    wppkg_catalogue_t   *cat;

    static const char *const  ids[][2] = {
        { "u1", "a" }, { "u1", "c" }, { NULL, NULL }
    };

    cat = test_fill();
    test_pass(cat, TEST_NOW, ids);
    test_pass(cat, TEST_NOW, ids);
    wppkg_catalogue_close(cat);

    assert_int_equal(wppkg_reader_open(scratch_path, &rd, &err), WPPKG_OK);
    assert_int_equal(wppkg_reader_begin(rd, &err), WPPKG_OK);

    memset(&basis, 0, sizeof(wppkg_basis_t));
    assert_int_equal(wppkg_advised_basis(rd, &basis, &err), WPPKG_OK);
    assert_int_equal(basis.generation, 4);
    assert_int_equal(basis.own[0], 2);
    assert_int_equal(basis.own[1], 1);

    wppkg_reader_close(rd);
}


static void
test_query_plans(void **state)
{
    char                plan[2048];
    wppkg_catalogue_t  *cat;

    cat = test_fill();

    scratch_plan(cat, "SELECT type, slug, entry FROM advisories"
                 " INDEXED BY advisories_changed"
                 " WHERE changed_at >= cast(?1 AS INTEGER)"
                 " ORDER BY type, slug, reported_at DESC, source, record",
                 plan, sizeof(plan));
    assert_non_null(strstr(plan, "SEARCH advisories USING INDEX"
                                 " advisories_changed"));

    scratch_plan(cat, "SELECT a.entry FROM documents AS d"
                 "    LEFT JOIN advisories AS a ON a.type = ?1 AND a.slug = ?2"
                 " WHERE d.path = ?3 AND d.content_hash IS NOT NULL"
                 " ORDER BY a.reported_at DESC, a.source, a.record LIMIT ?4",
                 plan, sizeof(plan));
    assert_string_equal(plan, "SEARCH d USING INDEX"
                        " sqlite_autoindex_documents_1 (path=?)\n"
                        "SEARCH a USING INDEX advisories_package (type=? AND"
                        " slug=?) LEFT-JOIN\n");

    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_args),
        cmocka_unit_test(test_body),
        SCRATCH_TEST(test_post),
        SCRATCH_TEST(test_post_many),
        SCRATCH_TEST(test_since),
        SCRATCH_TEST(test_unknown),
        SCRATCH_TEST(test_basis),
        SCRATCH_TEST(test_query_plans)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}

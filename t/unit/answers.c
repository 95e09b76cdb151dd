
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The table of answers: which paths, which methods, how much of a body; and
 * what becomes of a row's functions, with rows that are the test's own.
 */


#include "scratch.h"
#include "answer.h"

#include "wppkg_documents.h"


static void test_paths(void **state);
static void test_stars(void **state);
static void test_methods(void **state);
static void test_bodies(void **state);
static void test_defaults(void **state);
static void test_posted(void **state);
static void test_failures(void **state);
static void test_basis(void **state);

static wppkg_answer_ft  test_answer;
static wppkg_basis_ft   test_own_basis;


static const wppkg_endpoint_t  test_get = {
    "get", WPPKG_GET, 0, test_answer, NULL, NULL, NULL, 1000, 0, 0, 0, 0
};

static const wppkg_endpoint_t  test_post = {
    "post", WPPKG_POST, 10, test_answer, NULL, NULL, test_own_basis, 1000,
    0, 0, 0, 0
};

static const wppkg_endpoint_t  test_both = {
    "both", WPPKG_GET|WPPKG_POST, 0, test_answer, NULL, NULL, NULL, 4,
    0, 0, 0, 0
};


/* its own arguments and body; or what its arguments tell it to be */

static int
test_answer(wppkg_reader_t *rd, const wppkg_request_t *request,
    wppkg_answer_t *answer, wppkg_error_t *err)
{
    if (request->args_len == 4 && memcmp(request->args, "none", 4) == 0) {
        return WPPKG_DECLINED;
    }

    wppkg_buf_append(&answer->text, request->args, request->args_len);
    wppkg_buf_append(&answer->text, request->body, request->body_len);

    if (request->args_len == 4 && memcmp(request->args, "fail", 4) == 0) {
        wppkg_error_set(err, "as it is told to");
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


static int
test_own_basis(wppkg_reader_t *rd, wppkg_basis_t *basis, wppkg_error_t *err)
{
    basis->own[2] = 42;

    return WPPKG_OK;
}


static int
test_compose(const wppkg_endpoint_t *endpoint, const char *args,
    const char *body, wppkg_answer_t *answer, wppkg_error_t *err)
{
    wppkg_request_t  request;

    memset(&request, 0, sizeof(wppkg_request_t));

    request.args = args;
    request.args_len = strlen(args);
    request.body = body;
    request.body_len = strlen(body);

    return wppkg_endpoint_answer(endpoint, NULL, &request, answer, err);
}


static void
test_paths(void **state)
{
    static const char  feed[] = "metadata/changes.json";

    assert_string_equal(wppkg_endpoint(feed, strlen(feed))->path, feed);

    assert_null(wppkg_endpoint(feed, strlen(feed) - 1));
    assert_null(wppkg_endpoint("metadata/changes.json ", strlen(feed) + 1));
    assert_null(wppkg_endpoint("metadata/changes.jso\0", strlen(feed)));
    assert_null(wppkg_endpoint("p2/wp-plugin/akismet.json", 25));
    assert_null(wppkg_endpoint("", 0));
}


/* a star is one name between two slashes, and what has a row of its own */

static void
test_stars(void **state)
{
    size_t                   i;
    const char              *p;
    wppkg_error_t            err;
    wppkg_answer_t           answer;
    const wppkg_endpoint_t  *endpoint;

    static const char *const  paths[] = {
        "api/packages/core/closed", "api/packages/core/closed/permanent",
        "api/packages/a/closed", "api/packages/plugins/closed"
    };

    static const char *const  others[] = {
        "api/packages//closed", "api/packages/closed",
        "api/packages/a/b/closed", "api/packages/core/closed/",
        "api/packages/core/closed/permanent/x", "api/packages/core/open",
        "Api/packages/core/closed"
    };

    for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        p = paths[i];
        endpoint = wppkg_endpoint(p, strlen(p));

        assert_non_null(endpoint);
        assert_int_equal(endpoint->document, 0);
        assert_int_equal(test_compose(endpoint, "", "", &answer, &err),
                         WPPKG_OK);
        assert_int_equal(answer.status, 404);
        assert_string_equal(answer.text.data,
                            "{\"error\":\"unknown package type\"}");
        wppkg_buf_free(&answer.text);
    }

    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_null(wppkg_endpoint(others[i], strlen(others[i])));
    }

    p = "api/packages/wp-plugin/closed/permanent";
    assert_int_equal(wppkg_endpoint(p, strlen(p))->document, 1);
    assert_string_equal(wppkg_endpoint(p, strlen(p))->path, p);
}


static void
test_methods(void **state)
{
    assert_int_equal(wppkg_endpoint_refused(&test_get, WPPKG_GET, 0), 0);
    assert_int_equal(wppkg_endpoint_refused(&test_get, WPPKG_POST, 0), 405);
    assert_int_equal(wppkg_endpoint_refused(&test_get, 0, 0), 405);
    assert_string_equal(wppkg_endpoint_allow(&test_get), "GET, HEAD");

    assert_int_equal(wppkg_endpoint_refused(&test_post, WPPKG_GET, 0), 405);
    assert_int_equal(wppkg_endpoint_refused(&test_post, WPPKG_POST, 0), 0);
    assert_int_equal(wppkg_endpoint_refused(&test_post, 0, 0), 405);
    assert_string_equal(wppkg_endpoint_allow(&test_post), "POST");

    assert_int_equal(wppkg_endpoint_refused(&test_both, WPPKG_GET, 0), 0);
    assert_int_equal(wppkg_endpoint_refused(&test_both, WPPKG_POST, 0), 0);
    assert_string_equal(wppkg_endpoint_allow(&test_both), "GET, HEAD, POST");

    /* a document */

    assert_int_equal(wppkg_endpoint_refused(NULL, WPPKG_GET, 0), 0);
    assert_int_equal(wppkg_endpoint_refused(NULL, WPPKG_POST, 0), 405);
    assert_string_equal(wppkg_endpoint_allow(NULL), "GET, HEAD");
}


static void
test_bodies(void **state)
{
    assert_int_equal(wppkg_endpoint_refused(&test_post, WPPKG_POST, 10), 0);
    assert_int_equal(wppkg_endpoint_refused(&test_post, WPPKG_POST, 11), 413);
    assert_int_equal(wppkg_endpoint_refused(&test_post, WPPKG_POST,
                                            SIZE_MAX), 413);
    assert_int_equal(wppkg_endpoint_refused(&test_both, WPPKG_POST, 1), 413);

    /* the body of a GET is discarded, however long it is */

    assert_int_equal(wppkg_endpoint_refused(&test_get, WPPKG_GET, 11), 0);
    assert_int_equal(wppkg_endpoint_refused(NULL, WPPKG_GET, 11), 0);
}


static void
test_defaults(void **state)
{
    wppkg_error_t   err;
    wppkg_answer_t  answer;

    assert_int_equal(test_compose(&test_get, "a=1", "", &answer, &err),
                     WPPKG_OK);

    assert_string_equal(answer.text.data, "a=1");
    assert_string_equal(answer.type, "application/json");
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.date, 0);
    assert_int_equal(answer.max_age, 0);

    wppkg_buf_free(&answer.text);
}


static void
test_posted(void **state)
{
    wppkg_error_t   err;
    wppkg_answer_t  answer;

    assert_int_equal(test_compose(&test_post, "", "body", &answer, &err),
                     WPPKG_OK);
    assert_string_equal(answer.text.data, "body");

    wppkg_buf_free(&answer.text);
}


/* nothing is left to be freed: the sanitizer looks */

static void
test_failures(void **state)
{
    wppkg_error_t   err;
    wppkg_answer_t  answer;

    assert_int_equal(test_compose(&test_get, "none", "", &answer, &err),
                     WPPKG_DECLINED);
    assert_null(answer.text.data);

    assert_int_equal(test_compose(&test_get, "fail", "", &answer, &err),
                     WPPKG_ERROR);
    assert_string_equal(err.text, "as it is told to");
    assert_null(answer.text.data);

    assert_int_equal(test_compose(&test_both, "1234", "", &answer, &err),
                     WPPKG_OK);
    wppkg_buf_free(&answer.text);

    assert_int_equal(test_compose(&test_both, "12345", "", &answer, &err),
                     WPPKG_ERROR);
    assert_string_equal(err.text, "\"both\" has no text, or one of more than"
                        " 4 bytes, or there is no memory for it");
    assert_null(answer.text.data);

    assert_int_equal(test_compose(&test_both, "", "", &answer, &err),
                     WPPKG_ERROR);
}


static void
test_basis(void **state)
{
    unsigned            changed;
    wppkg_basis_t       basis;
    wppkg_error_t       err;
    wppkg_reader_t     *rd;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(wppkg_document_set(cat, 0, "packages.json", "{}", 2,
                                        SCRATCH_NOW, &changed), WPPKG_OK);
    assert_int_equal(wppkg_document_set(cat, 0, "packages.json", "[]", 2,
                                        SCRATCH_NOW, &changed), WPPKG_OK);

    assert_int_equal(wppkg_reader_open(scratch_path, &rd, &err), WPPKG_OK);

    assert_int_equal(wppkg_endpoint_basis(&test_get, rd, &basis, &err),
                     WPPKG_OK);
    assert_int_equal(basis.generation, 2);
    assert_int_equal(basis.own[2], 0);

    assert_int_equal(wppkg_endpoint_basis(&test_post, rd, &basis, &err),
                     WPPKG_OK);
    assert_int_equal(basis.generation, 0);
    assert_int_equal(basis.own[2], 42);

    wppkg_reader_close(rd);
    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_stars),
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_posted),
        cmocka_unit_test(test_failures),
        SCRATCH_TEST(test_basis)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What S3 servers say of failures, and what is made of it.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "syncd_s3_answers.h"


static void t_answer(void **state);
static void t_answer_bounds(void **state);
static void t_meaning(void **state);
static void t_remedy_of_keys(void **state);
static void t_singly(void **state);
static void t_elsewhere(void **state);


static void
t_answer(void **state)
{
    syncd_s3_answer_t   a;
    static const char   text[] =
        "<?xml version=\"1.0\"?><Error><Code>NoSuchBucket</Code>"
        "<Message>The bucket is not there</Message><Key>k</Key></Error>";
    static const char   spoilt[] =
        "<Error><Code>Access[31mDenied\nline</Code></Error>";
    static const char   nested[] =
        "<r xmlns=\"x\"><Error><Code a=\"b\">InvalidToken</Code><Message>"
        "&quot;1&#34; &amp; &lt;2></Message><Code>Other</Code></Error></r>";
    static const char   entity[] =
        "<!DOCTYPE e [<!ENTITY x \"y\">]><e><Code>&x;</Code></e>";

    syncd_s3_answer_parse(text, sizeof(text) - 1, &a);
    assert_string_equal(a.code, "NoSuchBucket");
    assert_string_equal(a.message, "The bucket is not there");

    syncd_s3_answer_parse(spoilt, sizeof(spoilt) - 1, &a);
    assert_string_equal(a.code, "");

    syncd_s3_answer_parse(nested, sizeof(nested) - 1, &a);
    assert_string_equal(a.code, "InvalidToken");
    assert_string_equal(a.message, "\"1\" & <2>");

    syncd_s3_answer_parse(entity, sizeof(entity) - 1, &a);
    assert_string_equal(a.code, "");

    syncd_s3_answer_parse("<html>no</html>", 15, &a);
    assert_string_equal(a.code, "");
    assert_string_equal(a.message, "");

    syncd_s3_answer_parse(NULL, 0, &a);
    assert_string_equal(a.code, "");
}


/* cut anywhere, in a buffer of just that size: ASan watches the edge */

static void
t_answer_bounds(void **state)
{
    char               *copy, large[1024];
    size_t              len;
    syncd_s3_answer_t   a;
    static const char   text[] = "<e><Code>SlowDown</Code><Message>m";

    for (len = 1; len < sizeof(text); len++) {
        copy = malloc(len);
        assert_non_null(copy);
        memcpy(copy, text, len);

        syncd_s3_answer_parse(copy, len, &a);
        assert_string_equal(a.code, (len < 24) ? "" : "SlowDown");
        assert_string_equal(a.message, "");

        free(copy);
    }

    memset(large, 'x', sizeof(large));
    memcpy(large, "<Code>", 6);
    memcpy(large + sizeof(large) - 7, "</Code>", 7);

    syncd_s3_answer_parse(large, sizeof(large), &a);
    assert_int_equal(strlen(a.code), sizeof(a.code) - 1);
}


static void
t_meaning(void **state)
{
    size_t       i;
    syncd_s3_t   s3;
    const char  *remedy;

    static const struct {
        long                 status;
        const char          *code;
        syncd_s3_meaning_e   meaning;
    } cases[] = {
        { 403, "SignatureDoesNotMatch", SYNCD_S3_ALL },
        { 403, "InvalidAccessKeyId", SYNCD_S3_ALL },
        { 400, "ExpiredToken", SYNCD_S3_ALL },
        { 404, "NoSuchBucket", SYNCD_S3_ALL },
        { 401, "", SYNCD_S3_ALL },
        { 400, "AuthorizationHeaderMalformed", SYNCD_S3_ALL },
        { 403, "AccessDenied", SYNCD_S3_PERHAPS },
        { 403, "QuotaExceeded", SYNCD_S3_PERHAPS },
        { 507, "", SYNCD_S3_PERHAPS },
        { 405, "", SYNCD_S3_PERHAPS },
        { 403, "SecondLevelDomainForbidden", SYNCD_S3_STYLE },
        { 301, "PermanentRedirect", SYNCD_S3_ELSEWHERE },
        { 307, "", SYNCD_S3_ELSEWHERE },
        { 400, "RequestTimeout", SYNCD_S3_PASSES },
        { 409, "OperationAborted", SYNCD_S3_PASSES },
        { 409, "", SYNCD_S3_PASSES },
        { 404, "NoSuchKey", SYNCD_S3_ONE },
        { 403, "", SYNCD_S3_ONE },
        { 503, "", SYNCD_S3_ONE },
        { 400, "EntityTooLarge", SYNCD_S3_ONE },
        { 0, "", SYNCD_S3_ONE }
    };

    memset(&s3, 0, sizeof(s3));

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {

        if (syncd_s3_meaning(&s3, cases[i].status, cases[i].code, &remedy)
            != cases[i].meaning)
        {
            fail_msg("%ld %s", cases[i].status, cases[i].code);
        }

        /* what ends a run says what to do */

        assert_int_equal(remedy != NULL,
                         cases[i].meaning != SYNCD_S3_ONE
                         && cases[i].meaning != SYNCD_S3_PASSES);
    }
}


static void
t_remedy_of_keys(void **state)
{
    syncd_s3_t   s3;
    const char  *remedy;

    memset(&s3, 0, sizeof(s3));

    s3.access_key = "AKIA1";
    (void) syncd_s3_meaning(&s3, 403, "InvalidAccessKeyId", &remedy);
    assert_non_null(strstr(remedy, "if the key is temporary"));

    s3.access_key = "ASIA1";
    (void) syncd_s3_meaning(&s3, 403, "InvalidAccessKeyId", &remedy);
    assert_non_null(strstr(remedy, "begins with ASIA"));

    s3.session_token = "t";
    (void) syncd_s3_meaning(&s3, 403, "InvalidAccessKeyId", &remedy);
    assert_non_null(strstr(remedy, "has expired"));
}


static void
t_singly(void **state)
{
    syncd_s3_t  s3;

    memset(&s3, 0, sizeof(s3));

    assert_true(syncd_s3_singly(&s3, 501, ""));
    assert_true(syncd_s3_singly(&s3, 405, ""));
    assert_true(syncd_s3_singly(&s3, 400, "MalformedXML"));
    assert_true(syncd_s3_singly(&s3, 400, "InvalidArgument"));
    assert_true(syncd_s3_singly(&s3, 404, "NoSuchKey"));
    assert_true(syncd_s3_singly(&s3, 403, "AccessDenied"));
    assert_true(syncd_s3_singly(&s3, 500, "InternalError"));

    assert_false(syncd_s3_singly(&s3, 403, "SignatureDoesNotMatch"));
    assert_false(syncd_s3_singly(&s3, 404, "NoSuchBucket"));
    assert_false(syncd_s3_singly(&s3, 503, "SlowDown"));
    assert_false(syncd_s3_singly(&s3, 400, "SlowDown"));
    assert_false(syncd_s3_singly(&s3, 403, "TooManyRequests"));
    assert_false(syncd_s3_singly(&s3, 429, ""));
    assert_false(syncd_s3_singly(&s3, 0, ""));
}


/* to the same owner's servers, and to nobody else */

static void
t_elsewhere(void **state)
{
    size_t       i;
    wppkg_buf_t  b;
    syncd_s3_t   s3;

    static const struct {
        const char  *endpoint, *where, *want;
    } cases[] = {
        { "https://s3.amazonaws.com", "bkt.s3.eu-west-1.amazonaws.com",
          "https://s3.eu-west-1.amazonaws.com" },
        { "https://s3.amazonaws.com", "https://s3-eu.amazonaws.com/bkt/k?x",
          "https://s3-eu.amazonaws.com" },
        { "https://s3.amazonaws.com", "http://s3.amazonaws.com:81/k",
          "https://s3.amazonaws.com:81" },
        { "http://127.0.0.1:1", "http://127.0.0.1:2/", "http://127.0.0.1:2" },
        { "https://h", "https://h", "https://h" },
        { "https://s3.amazonaws.com", "https://s3.amazonaws.com.evil.test/",
          NULL },
        { "https://s3.amazonaws.com", "evilamazonaws.com", NULL },
        { "https://s3.amazonaws.com", "https://x@s3.amazonaws.com/", NULL },
        { "https://s3.amazonaws.com", "https://s3.amazonaws.com\r\nx/", NULL },
        { "https://s3.amazonaws.com", "", NULL },
        { "https://s3.amazonaws.com", "/bkt/k", NULL },
        { "https://com", "https://a.com", NULL },
        { "http://10.0.0.1", "http://127.0.0.1", NULL },
        { "http://[::1]:1", "http://[::2]:1/", NULL }
    };

    memset(&s3, 0, sizeof(s3));
    s3.bucket = "bkt";

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        s3.endpoint = cases[i].endpoint;
        wppkg_buf_init(&b, 1000);

        if (syncd_s3_elsewhere(&s3, cases[i].where, &b)
            != ((cases[i].want != NULL) ? WPPKG_OK : WPPKG_DECLINED))
        {
            fail_msg("%s at %s", cases[i].where, cases[i].endpoint);
        }

        if (cases[i].want != NULL) {
            assert_string_equal(b.data, cases[i].want);
        }

        wppkg_buf_free(&b);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(t_answer),
        cmocka_unit_test(t_answer_bounds),
        cmocka_unit_test(t_meaning),
        cmocka_unit_test(t_remedy_of_keys),
        cmocka_unit_test(t_singly),
        cmocka_unit_test(t_elsewhere)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}

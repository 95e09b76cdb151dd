
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * DeleteObjects: what is sent, and what the answer says (rule R 31).
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guard.h"
#include "syncd_s3_delete.h"
#include "syncd_s3_xml.h"


#define T_OPEN                                                                \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"                            \
    "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"

#define T_RESULT                                                              \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"                            \
    "<DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"


static void t_body(void **state);
static void t_body_refused(void **state);
static void t_body_largest(void **state);
static void t_answer(void **state);
static void t_answer_bad(void **state);
static void t_answer_entities(void **state);
static void t_done(void **state);
static void t_md5(void **state);

static void t_deleted(void *ctx, const char *key,
    const syncd_s3_answer_t *error);
static int t_parse(const char *prefix, const char *answer, char *seen);


#define T_SEEN  1024


/* "key", or "key=Code", and a space */

static void
t_deleted(void *ctx, const char *key, const syncd_s3_answer_t *error)
{
    char    *seen = ctx;
    size_t   len;

    len = strlen(seen);

    (void) snprintf(seen + len, T_SEEN - len, "%s%s%s ", key,
                    (error != NULL) ? "=" : "",
                    (error != NULL) ? error->code : "");
}


/* from the heap and without a NUL, for the sanitizer to see what is read */

static int
t_parse(const char *prefix, const char *answer, char *seen)
{
    int      rc;
    char    *copy;
    size_t   len;

    len = strlen(answer);
    copy = malloc(len + (len == 0));
    assert_non_null(copy);
    memcpy(copy, answer, len);

    seen[0] = '\0';
    rc = syncd_s3_delete_parse(prefix, copy, len, t_deleted, seen);

    free(copy);

    return rc;
}


static void
t_body(void **state)
{
    wppkg_buf_t        b;
    syncd_s3_md5_t     md5, same;
    syncd_s3_header_t  headers[SYNCD_S3_DELETE_HEADERS];

    wppkg_buf_init(&b, SYNCD_S3_DELETE_BODY);

    assert_int_equal(syncd_s3_delete_add("x/", "a~dev.json", &b), WPPKG_OK);
    assert_int_equal(syncd_s3_delete_add("", "<a>&\"'\r\n\xc3\xa9", &b),
                     WPPKG_OK);
    assert_int_equal(syncd_s3_delete_end(&b, &md5), WPPKG_OK);
    assert_int_equal(syncd_s3_md5(b.data, b.len, &same), WPPKG_OK);
    assert_string_equal(md5.base64, same.base64);

    assert_int_equal(syncd_s3_delete_headers(&md5, headers),
                     SYNCD_S3_DELETE_HEADERS);
    assert_string_equal(headers[0].name, "content-md5");
    assert_string_equal(headers[0].value, same.base64);

    assert_string_equal(b.data, T_OPEN
                        "<Object><Key>x/a~dev.json</Key></Object>"
                        "<Object><Key>&lt;a&gt;&amp;\"'&#13;&#10;\xc3\xa9"
                        "</Key></Object></Delete>");
    wppkg_buf_free(&b);
}


static void
t_body_refused(void **state)
{
    size_t       i;
    wppkg_buf_t  b;

    static const char *const  bad[] = { "\x01", "a\x1f", "\xff", "a\xc3" };

    wppkg_buf_init(&b, SYNCD_S3_DELETE_BODY);

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(syncd_s3_delete_add("", bad[i], &b),
                         WPPKG_DECLINED);
        assert_int_equal(syncd_s3_delete_add(bad[i], "a", &b),
                         WPPKG_DECLINED);
        assert_int_equal(b.len, 0);
    }

    wppkg_buf_free(&b);
}


/* the limits hold what they have to */

static void
t_body_largest(void **state)
{
    int             i;
    char            key[SYNCD_S3_KEY_MAX + 1];
    wppkg_buf_t     b;
    syncd_s3_md5_t  md5;

    memset(key, '&', SYNCD_S3_KEY_MAX);
    key[SYNCD_S3_KEY_MAX] = '\0';

    wppkg_buf_init(&b, SYNCD_S3_DELETE_BODY);

    for (i = 0; i < SYNCD_S3_DELETE_MAX; i++) {
        assert_int_equal(syncd_s3_delete_add("", key, &b), WPPKG_OK);
    }

    assert_int_equal(syncd_s3_delete_end(&b, &md5), WPPKG_OK);
    wppkg_buf_free(&b);
}


/* R 31: 200 is not success */

static void
t_answer(void **state)
{
    char  seen[T_SEEN];

    assert_int_equal(t_parse("", T_RESULT
        "<Deleted><Key>a</Key></Deleted>"
        "<Error><Key>b</Key><Code>AccessDenied</Code>"
        "<Message>no</Message></Error>"
        "<Deleted><Key>c&amp;&#x7e;</Key></Deleted>"
        "<Error><Key>d</Key><Code>NoSuchKey</Code></Error>"
        "<Error><Code>InternalError</Code></Error>"
        "<Deleted><Key>e</Key></Deleted>"
        "<Other><Key>f</Key></Other>"
        "</DeleteResult>", seen), WPPKG_OK);
    assert_string_equal(seen, "a b=AccessDenied c&~ d e ");

    /* keys of others are not ours */

    assert_int_equal(t_parse("x/", T_RESULT
        "<Deleted><Key>x/a</Key></Deleted><Deleted><Key>b</Key></Deleted>"
        "<Deleted><Key>y/a</Key></Deleted></DeleteResult>", seen), WPPKG_OK);
    assert_string_equal(seen, "a ");

    /* said to be quiet, it has nothing to say: nothing is known */

    assert_int_equal(t_parse("", "<DeleteResult/>", seen), WPPKG_OK);
    assert_string_equal(seen, "");
}


static void
t_answer_bad(void **state)
{
    char    seen[T_SEEN], key[SYNCD_S3_XML_TEXT + 100];
    size_t  i;

    static const char *const  bad[] = {
        "", " ", "hi", "<html></html>", "<DeleteResult>",
        "<DeleteResult></DeleteResult><a/>", "<Error><Code>x</Code></Error>",
        "<DeleteResult><Deleted><Key>a</Key></Deleted>",
        "<a><a><a><a><a><a><a><a><a/></a></a></a></a></a></a></a></a>"
    };

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (t_parse("", bad[i], seen) != WPPKG_ERROR) {
            fail_msg("\"%s\" is taken", bad[i]);
        }
    }

    /* what was said before it broke off counts */

    assert_int_equal(t_parse("", bad[7], seen), WPPKG_ERROR);
    assert_string_equal(seen, "a ");

    /* a key that can't be ours */

    (void) snprintf(key, sizeof(key), "<DeleteResult><Deleted><Key>%*s</Key>"
                    "</Deleted></DeleteResult>", SYNCD_S3_KEY_MAX + 1, "a");
    assert_int_equal(t_parse("", key, seen), WPPKG_OK);
    assert_string_equal(seen, "");

    (void) snprintf(key, sizeof(key), "<DeleteResult><Deleted><Key>%*s</Key>"
                    "</Deleted></DeleteResult>", SYNCD_S3_XML_TEXT + 1, "a");
    assert_int_equal(t_parse("", key, seen), WPPKG_ERROR);
}


static void
t_answer_entities(void **state)
{
    char  seen[T_SEEN];

    assert_int_equal(t_parse("", "<!DOCTYPE a [<!ENTITY b \"c\">]>"
                             "<DeleteResult><Deleted><Key>&b;</Key></Deleted>"
                             "</DeleteResult>", seen), WPPKG_ERROR);
    assert_string_equal(seen, "");
}


/* what was not there is gone as well; a bucket that is not there is not */

static void
t_done(void **state)
{
    assert_true(syncd_s3_delete_done(204, ""));
    assert_true(syncd_s3_delete_done(404, "NoSuchKey"));
    assert_false(syncd_s3_delete_done(404, "NoSuchBucket"));
    assert_false(syncd_s3_delete_done(404, ""));
    assert_false(syncd_s3_delete_done(200, ""));
    assert_false(syncd_s3_delete_done(403, "NoSuchKey"));
    assert_false(syncd_s3_delete_done(0, ""));
}


/* RFC 1321, A.5 */

static void
t_md5(void **state)
{
    syncd_s3_md5_t  md5;

    assert_int_equal(syncd_s3_md5("abc", 3, &md5), WPPKG_OK);
    assert_string_equal(md5.hex, "900150983cd24fb0d6963f7d28e17f72");
    assert_string_equal(md5.base64, "kAFQmDzST7DWlj99KOF/cg==");

    assert_true(syncd_s3_etag_is("900150983cd24fb0d6963f7d28e17f72", &md5));
    assert_true(syncd_s3_etag_is("\"900150983CD24FB0D6963F7D28E17F72\"",
                                 &md5));
    assert_false(syncd_s3_etag_is("", &md5));
    assert_false(syncd_s3_etag_is("\"", &md5));
    assert_false(syncd_s3_etag_is("\"900150983cd24fb0d6963f7d28e17f72", &md5));
    assert_false(syncd_s3_etag_is("900150983cd24fb0d6963f7d28e17f72-2",
                                  &md5));
    assert_false(syncd_s3_etag_is("\"900150983cd24fb0d6963f7d28e17f73\"",
                                  &md5));
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(t_body),
        cmocka_unit_test(t_body_refused),
        cmocka_unit_test(t_body_largest),
        GUARD("R 31", t_answer),
        cmocka_unit_test(t_answer_bad),
        cmocka_unit_test(t_answer_entities),
        cmocka_unit_test(t_done),
        cmocka_unit_test(t_md5)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}

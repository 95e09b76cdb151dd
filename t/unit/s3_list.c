
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ListObjectsV2: what is asked for, and pages as servers give them, or as
 * nobody should (rule R 33).
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "syncd_s3_list.h"
#include "syncd_s3_xml.h"


#define T_OPEN                                                                \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"                            \
    "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
#define T_URL    "<EncodingType>url</EncodingType>"
#define T_MORE   "<IsTruncated>true</IsTruncated>"
#define T_TOKEN  "<NextContinuationToken>t</NextContinuationToken>"
#define T_CLOSE  "</ListBucketResult>"

#define T_KEY_A  "<Contents><Key>a</Key><Size>1</Size></Contents>"


static void t_url(void **state);
static void t_page(void **state);
static void t_token(void **state);
static void t_encoded(void **state);
static void t_thousand(void **state);
static void t_bad(void **state);
static void t_cut_off(void **state);
static void t_entities(void **state);
static void t_endless(void **state);
static void t_largest(void **state);

static int t_parse(syncd_s3_list_t *list, const char *answer);
static int t_parse_len(syncd_s3_list_t *list, const char *answer, size_t len);
static void t_once(const char *answer, int expected);


static const syncd_s3_t  t_s3 = {
    "http://h:1", "bkt", "a b/", "auto", "s3", "key", "secret", NULL, 0
};


static int
t_parse(syncd_s3_list_t *list, const char *answer)
{
    return t_parse_len(list, answer, strlen(answer));
}


/* from the heap and without a NUL, for the sanitizer to see what is read */

static int
t_parse_len(syncd_s3_list_t *list, const char *answer, size_t len)
{
    int    rc;
    char  *copy;

    copy = malloc(len + (len == 0));
    assert_non_null(copy);
    memcpy(copy, answer, len);

    rc = syncd_s3_list_parse(list, copy, len);

    free(copy);

    return rc;
}


static void
t_once(const char *answer, int expected)
{
    syncd_s3_list_t  *list;

    list = malloc(sizeof(syncd_s3_list_t));
    assert_non_null(list);
    syncd_s3_list_init(list);

    if (t_parse(list, answer) != expected) {
        fail_msg("\"%s\" is %s", answer,
                 (expected == WPPKG_OK) ? "refused" : "taken");
    }

    syncd_s3_list_free(list);
    free(list);
}


/* sorted, as the signature wants it */

static void
t_url(void **state)
{
    wppkg_buf_t      url;
    syncd_s3_list_t  list;

    syncd_s3_list_init(&list);
    wppkg_buf_init(&url, SYNCD_S3_URL_MAX);

    assert_int_equal(syncd_s3_list_url(&t_s3, &list, &url), WPPKG_OK);
    assert_string_equal(url.data, "http://h:1/bkt?encoding-type=url"
                        "&list-type=2&max-keys=1000&prefix=a%20b%2F");

    wppkg_buf_puts(&list.token, "a/b+c=&~");
    wppkg_buf_reset(&url);

    assert_int_equal(syncd_s3_list_url(&t_s3, &list, &url), WPPKG_OK);
    assert_string_equal(url.data, "http://h:1/bkt?continuation-token="
                        "a%2Fb%2Bc%3D%26~&encoding-type=url&list-type=2"
                        "&max-keys=1000&prefix=a%20b%2F");

    /* the longest token, all of it encoded, is too long with the rest */

    wppkg_buf_free(&list.token);
    wppkg_buf_init(&list.token, SYNCD_S3_TOKEN_MAX);

    while (list.token.len < SYNCD_S3_TOKEN_MAX - 1) {
        wppkg_buf_puts(&list.token, "&");
    }

    wppkg_buf_reset(&url);
    assert_int_equal(syncd_s3_list_url(&t_s3, &list, &url), WPPKG_ERROR);

    wppkg_buf_free(&url);
    syncd_s3_list_free(&list);
}


/* what is of interest, among what is not, in any order */

static void
t_page(void **state)
{
    syncd_s3_list_t  list;

    syncd_s3_list_init(&list);

    assert_int_equal(t_parse(&list, T_OPEN
        "<Name>bkt</Name><Prefix>p</Prefix><KeyCount>2</KeyCount>"
        "<Contents><Key>a&amp;&#x7e;&lt;b&gt;</Key><LastModified>2026"
        "</LastModified><ETag>&quot;0123&quot;</ETag><Size>0</Size>"
        "<Owner><ID>Key</ID><DisplayName>x</DisplayName></Owner></Contents>"
        "<CommonPrefixes><Prefix>z</Prefix></CommonPrefixes>"
        "<Contents><Size>999999999999999999</Size><Key>\xc3\xa9 %2</Key>"
        "</Contents><IsTruncated>false</IsTruncated>" T_TOKEN T_CLOSE),
        WPPKG_OK);

    assert_int_equal(list.n, 2);
    assert_string_equal(syncd_s3_list_key(&list, 0), "a&~<b>");
    assert_string_equal(list.objects[0].etag, "\"0123\"");
    assert_int_equal(list.objects[0].size, 0);
    assert_string_equal(syncd_s3_list_key(&list, 1), "\xc3\xa9 %2");
    assert_string_equal(list.objects[1].etag, "");
    assert_int_equal(list.objects[1].size, 999999999999999999);

    /* it says itself that nothing follows */

    assert_int_equal(list.token.len, 0);

    /* an ETag that can't be ours is none, and keeps nothing of another */

    assert_int_equal(t_parse(&list, T_OPEN
        "<Contents><Key>a</Key><ETag>\"0123456789012345678901234567890123456"
        "789012345678901234567890123\"</ETag></Contents>" T_CLOSE), WPPKG_OK);
    assert_int_equal(list.n, 1);
    assert_string_equal(list.objects[0].etag, "");
    assert_int_equal(list.objects[0].size, 0);

    /* an empty bucket */

    assert_int_equal(t_parse(&list, T_OPEN T_CLOSE), WPPKG_OK);
    assert_int_equal(list.n, 0);
    assert_int_equal(list.token.len, 0);

    syncd_s3_list_free(&list);
}


static void
t_token(void **state)
{
    syncd_s3_list_t  list;

    syncd_s3_list_init(&list);

    assert_int_equal(t_parse(&list, T_OPEN T_MORE T_KEY_A
        "<NextContinuationToken>1/+=&amp;\xc3\xa9</NextContinuationToken>"
        T_CLOSE), WPPKG_OK);
    assert_string_equal(list.token.data, "1/+=&\xc3\xa9");

    /* the next page's is not put behind it */

    assert_int_equal(t_parse(&list, T_OPEN T_MORE T_KEY_A T_TOKEN T_CLOSE),
                     WPPKG_OK);
    assert_string_equal(list.token.data, "t");

    assert_int_equal(t_parse(&list, T_OPEN T_KEY_A T_CLOSE), WPPKG_OK);
    assert_int_equal(list.token.len, 0);

    syncd_s3_list_free(&list);

    /* more to come, and no way to it */

    t_once(T_OPEN T_MORE T_KEY_A T_CLOSE, WPPKG_ERROR);
    t_once(T_OPEN T_MORE T_KEY_A "<NextContinuationToken/>" T_CLOSE,
           WPPKG_ERROR);
}


/* said before the keys or after them; Amazon's "+" is a space */

static void
t_encoded(void **state)
{
    size_t            i;
    char              text[256];
    syncd_s3_list_t   list;

    static const char *const  bad[] = {
        "%", "a%", "a%4", "%4g", "%g4", "%00", "a%00b", "%%41", "%-1"
    };

    syncd_s3_list_init(&list);

    assert_int_equal(t_parse(&list, T_OPEN
        "<Contents><Key>a%2Fb+c%2b%25%7e%01%C3%A9&amp;</Key></Contents>"
        T_URL T_CLOSE), WPPKG_OK);
    assert_string_equal(syncd_s3_list_key(&list, 0),
                        "a/b c+%~\x01\xc3\xa9&");

    /* said of that page, not of this one */

    assert_int_equal(t_parse(&list, T_OPEN
        "<Contents><Key>a%2Fb+c</Key></Contents>" T_CLOSE), WPPKG_OK);
    assert_string_equal(syncd_s3_list_key(&list, 0), "a%2Fb+c");

    syncd_s3_list_free(&list);

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        (void) snprintf(text, sizeof(text), T_OPEN T_URL
                        "<Contents><Key>%s</Key></Contents>" T_CLOSE, bad[i]);
        t_once(text, WPPKG_ERROR);
    }
}


/* a whole page of keys that are all unlike others; one more is too many */

static void
t_thousand(void **state)
{
    unsigned         i;
    char             key[64];
    wppkg_buf_t      page;
    syncd_s3_list_t  list;

    syncd_s3_list_init(&list);
    wppkg_buf_init(&page, SYNCD_S3_LIST_ANSWER);
    wppkg_buf_puts(&page, T_OPEN T_URL T_MORE);

    for (i = 0; i < SYNCD_S3_LIST_MAX; i++) {
        wppkg_buf_printf(&page, "<Contents><Key>%04u~%%25+%%20%%%02X%%26"
                         "</Key><Size>%u</Size></Contents>", i, i % 255 + 1,
                         i);
    }

    wppkg_buf_puts(&page, T_TOKEN T_CLOSE);
    assert_true(wppkg_buf_ok(&page));
    assert_int_equal(t_parse(&list, page.data), WPPKG_OK);
    assert_int_equal(list.n, SYNCD_S3_LIST_MAX);

    for (i = 0; i < list.n; i++) {
        (void) snprintf(key, sizeof(key), "%04u~%%  %c&", i,
                        (int) (i % 255 + 1));
        assert_string_equal(syncd_s3_list_key(&list, i), key);
        assert_int_equal(list.objects[i].size, i);
    }

    page.len -= strlen(T_CLOSE);
    wppkg_buf_puts(&page, T_KEY_A T_CLOSE);
    assert_int_equal(t_parse(&list, page.data), WPPKG_ERROR);

    wppkg_buf_free(&page);
    syncd_s3_list_free(&list);
}


static void
t_bad(void **state)
{
    size_t  i;

    static const char *const  bad[] = {
        "", " ", "hi", "<html></html>",
        "<Error><Code>NoSuchBucket</Code></Error>",
        "<ListAllMyBucketsResult/>", "<a>" T_OPEN T_CLOSE "</a>",
        "<ListBucketResult/><ListBucketResult/>",
        T_OPEN "<Contents><Size>1</Size></Contents>" T_CLOSE,
        T_OPEN "<Contents/>" T_CLOSE,
        T_OPEN "<Contents><Key>a</Key><Size>-1</Size></Contents>" T_CLOSE,
        T_OPEN "<Contents><Key>a</Key><Size/></Contents>" T_CLOSE,
        T_OPEN "<Contents><Key>a</Key><Size>1.5</Size></Contents>" T_CLOSE,
        T_OPEN "<Contents><Key>a</Key><Size>1 </Size></Contents>" T_CLOSE,
        T_OPEN "<Contents><Key>a</Key><Size>1000000000000000000</Size>"
        "</Contents>" T_CLOSE,
        T_OPEN "<Contents><Key>a\x01</Key></Contents>" T_CLOSE,
        T_OPEN "<Contents><Key>&#1;</Key></Contents>" T_CLOSE,
        T_OPEN "<Contents><Key>\xff</Key></Contents>" T_CLOSE,
        T_OPEN "<a><a><a><a><a><a><a><a/></a></a></a></a></a></a></a>"
        T_CLOSE
    };

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        t_once(bad[i], WPPKG_ERROR);
    }
}


/* however much of a page has come, it is none */

static void
t_cut_off(void **state)
{
    size_t            len;
    syncd_s3_list_t  *list;

    static const char  page[] = T_OPEN T_URL T_MORE T_KEY_A T_TOKEN T_CLOSE;

    list = malloc(sizeof(syncd_s3_list_t));
    assert_non_null(list);
    syncd_s3_list_init(list);

    for (len = 0; len < strlen(page); len++) {
        if (t_parse_len(list, page, len) != WPPKG_ERROR) {
            fail_msg("%zu bytes are taken for a page", len);
        }
    }

    /* and leaves nothing behind for the next one */

    assert_int_equal(t_parse(list, page), WPPKG_OK);
    assert_int_equal(list->n, 1);
    assert_string_equal(syncd_s3_list_key(list, 0), "a");
    assert_string_equal(list->token.data, "t");

    syncd_s3_list_free(list);
    free(list);
}


static void
t_entities(void **state)
{
    t_once("<!DOCTYPE a [<!ENTITY b \"c\">]><ListBucketResult><Contents>"
           "<Key>&b;</Key></Contents></ListBucketResult>", WPPKG_ERROR);
    t_once("<!DOCTYPE a SYSTEM \"file:///etc/passwd\">" "<ListBucketResult/>",
           WPPKG_ERROR);
    t_once(T_OPEN "<Contents><Key>&b;</Key></Contents>" T_CLOSE, WPPKG_ERROR);
}


/* pages without a key, each of which leads to another: not for ever */

static void
t_endless(void **state)
{
    unsigned          i;
    syncd_s3_list_t   list;

    static const char  none[] = T_OPEN T_MORE T_TOKEN T_CLOSE;
    static const char  some[] = T_OPEN T_MORE T_TOKEN T_KEY_A T_CLOSE;

    syncd_s3_list_init(&list);

    for (i = 0; i < SYNCD_S3_LIST_EMPTY; i++) {
        assert_int_equal(t_parse(&list, none), WPPKG_OK);
    }

    assert_int_equal(t_parse(&list, some), WPPKG_OK);

    for (i = 0; i < SYNCD_S3_LIST_EMPTY; i++) {
        assert_int_equal(t_parse(&list, none), WPPKG_OK);
    }

    assert_int_equal(t_parse(&list, none), WPPKG_ERROR);

    syncd_s3_list_free(&list);
}


/* the limits hold what they have to, and no more */

static void
t_largest(void **state)
{
    unsigned          i, j;
    wppkg_buf_t       page;
    syncd_s3_list_t   list;

    syncd_s3_list_init(&list);
    wppkg_buf_init(&page, SYNCD_S3_LIST_ANSWER);
    wppkg_buf_puts(&page, T_OPEN T_URL);

    for (i = 0; i < SYNCD_S3_LIST_MAX; i++) {
        wppkg_buf_puts(&page, "<Contents><Key>");

        for (j = 0; j < SYNCD_S3_KEY_MAX; j++) {
            wppkg_buf_puts(&page, "%26");
        }

        wppkg_buf_puts(&page, "</Key></Contents>");
    }

    wppkg_buf_puts(&page, T_CLOSE);
    assert_true(wppkg_buf_ok(&page));
    assert_int_equal(t_parse(&list, page.data), WPPKG_OK);
    assert_int_equal(list.n, SYNCD_S3_LIST_MAX);
    assert_int_equal(strlen(syncd_s3_list_key(&list, list.n - 1)),
                     SYNCD_S3_KEY_MAX);

    /* a token that can't be asked for */

    wppkg_buf_reset(&page);
    wppkg_buf_puts(&page, T_OPEN T_MORE T_KEY_A "<NextContinuationToken>");

    for (i = 0; i <= SYNCD_S3_TOKEN_MAX; i++) {
        wppkg_buf_puts(&page, "t");
    }

    wppkg_buf_puts(&page, "</NextContinuationToken>" T_CLOSE);
    assert_int_equal(t_parse(&list, page.data), WPPKG_ERROR);

    /* one text that is larger than any key */

    wppkg_buf_reset(&page);
    wppkg_buf_printf(&page, T_OPEN "<Contents><Key>%*s</Key></Contents>"
                     T_CLOSE, SYNCD_S3_XML_TEXT + 1, "a");
    assert_int_equal(t_parse(&list, page.data), WPPKG_ERROR);

    wppkg_buf_free(&page);
    syncd_s3_list_free(&list);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(t_url),
        cmocka_unit_test(t_page),
        cmocka_unit_test(t_token),
        cmocka_unit_test(t_encoded),
        cmocka_unit_test(t_thousand),
        cmocka_unit_test(t_bad),
        cmocka_unit_test(t_cut_off),
        cmocka_unit_test(t_entities),
        cmocka_unit_test(t_endless),
        cmocka_unit_test(t_largest)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}

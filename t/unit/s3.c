
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Signatures against AWS's published vectors, keys, error answers.
 */


#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "syncd_s3.h"


#define T_DATA         "t/data/sigv4"
#define T_VECTORS      15             /* so that none is lost unseen */
#define T_HEADERS_MAX  8

#define T_EMPTY                                                               \
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


/* when AWS's two sets of vectors were signed */

#define T_SUITE_TIME   1440938160     /* 20150830T123600Z */
#define T_S3_TIME      1369353600     /* 20130524T000000Z */


static void t_vectors(void **state);
static void t_vector(const char *name);
static char *t_read(const char *name, const char *suffix);
static char *t_line(char **text);
static unsigned t_parse(char *text, syncd_s3_request_t *r,
    syncd_s3_header_t *headers);
static void t_each_part_counts(void **state);
static void t_encode(void **state);
static void t_encode_refuses(void **state);
static void t_url(void **state);
static void t_headers(void **state);
static void t_headers_again(void **state);
static void t_places(void **state);
static void t_signed_path(const syncd_s3_t *s3,
    const struct curl_slist *list, const char *path);


static const syncd_s3_t  t_suite = {
    "https://example.amazonaws.com", "bucket", "", "us-east-1", "service",
    "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", NULL, 0
};

static const syncd_s3_t  t_s3 = {
    "https://examplebucket.s3.amazonaws.com", "bucket", "", "us-east-1",
    "s3", "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    NULL, 0
};


static void
t_vectors(void **state)
{
    DIR            *dir;
    char           *dot;
    unsigned        n;
    struct dirent  *entry;

    dir = opendir(T_DATA);
    assert_non_null(dir);

    n = 0;

    for ( ;; ) {
        entry = readdir(dir);
        if (entry == NULL) {
            break;
        }

        dot = strrchr(entry->d_name, '.');

        if (dot == NULL || strcmp(dot, ".creq") != 0) {
            continue;
        }

        *dot = '\0';
        t_vector(entry->d_name);
        n++;
    }

    closedir(dir);

    assert_int_equal(n, T_VECTORS);
}


static void
t_vector(const char *name)
{
    char                *creq, *sig, *got;
    time_t               now;
    wppkg_buf_t          b;
    const syncd_s3_t    *s3;
    syncd_s3_header_t    headers[T_HEADERS_MAX];
    syncd_s3_request_t   r;

    creq = t_read(name, ".creq");
    sig = t_read(name, ".sig");

    s3 = (strncmp(name, "s3-", 3) == 0) ? &t_s3 : &t_suite;
    now = (s3 == &t_s3) ? T_S3_TIME : T_SUITE_TIME;

    assert_true(t_parse(creq, &r, headers) > 0);

    wppkg_buf_init(&b, 4096);
    assert_int_equal(syncd_s3_sign(s3, &r, now, &b), WPPKG_OK);

    got = strstr(b.data, "Signature=");
    assert_non_null(got);

    if (strcmp(got + sizeof("Signature=") - 1, sig) != 0) {
        fail_msg("%s: %s, not %s", name, b.data, sig);
    }

    wppkg_buf_free(&b);
    free(creq);
    free(sig);
}


static char *
t_read(const char *name, const char *suffix)
{
    int      len;
    FILE    *file;
    char     path[512], *text;
    size_t   n;

    len = snprintf(path, sizeof(path), T_DATA "/%s%s", name, suffix);
    assert_true(len > 0 && (size_t) len < sizeof(path));

    file = fopen(path, "rb");
    assert_non_null(file);

    text = calloc(1, 4096);
    assert_non_null(text);

    n = fread(text, 1, 4095, file);
    assert_true(n > 0 && n < 4095);

    fclose(file);

    return text;
}


static char *
t_line(char **text)
{
    char  *line, *end;

    line = *text;
    end = strchr(line, '\n');

    if (end == NULL) {
        *text = line + strlen(line);

    } else {
        *end = '\0';
        *text = end + 1;
    }

    return line;
}


/* a canonical request into its parts, which point into text */

static unsigned
t_parse(char *text, syncd_s3_request_t *r, syncd_s3_header_t *headers)
{
    char      *line, *colon;
    unsigned   n;

    r->method = t_line(&text);
    r->path = t_line(&text);
    r->query = t_line(&text);

    for (n = 0; n < T_HEADERS_MAX; n++) {
        line = t_line(&text);

        if (*line == '\0') {
            break;
        }

        colon = strchr(line, ':');
        assert_non_null(colon);
        *colon = '\0';

        headers[n].name = line;
        headers[n].value = colon + 1;
    }

    r->headers = headers;
    r->nheaders = n;

    (void) t_line(&text);                 /* the names, which we compose */
    r->payload = t_line(&text);

    return n;
}


/* a signer that left something out would pass its own verification */

static void
t_each_part_counts(void **state)
{
    unsigned                         i;
    wppkg_buf_t                      good, b;
    syncd_s3_t                       s3;
    syncd_s3_request_t               r;
    static const syncd_s3_header_t   headers[] = {
        { "host", "h" }, { "x-amz-date", "20150830T123600Z" }
    };
    static const syncd_s3_header_t   other[] = {
        { "host", "i" }, { "x-amz-date", "20150830T123600Z" }
    };

    r = (syncd_s3_request_t) { "PUT", "/b/k", "", headers, 2, T_EMPTY };

    wppkg_buf_init(&good, 4096);
    wppkg_buf_init(&b, 4096);

    assert_int_equal(syncd_s3_sign(&t_s3, &r, T_S3_TIME, &good), WPPKG_OK);

    for (i = 0; i < 8; i++) {
        s3 = t_s3;
        r = (syncd_s3_request_t) { "PUT", "/b/k", "", headers, 2, T_EMPTY };

        switch (i) {
        case 0: r.method = "DELETE"; break;
        case 1: r.path = "/b/j"; break;
        case 2: r.query = "a="; break;
        case 3: r.headers = other; break;
        case 4: r.payload = "UNSIGNED-PAYLOAD"; break;
        case 5: s3.region = "auto"; break;
        case 6: s3.service = "t3"; break;
        case 7: s3.secret_key = "other"; break;
        }

        wppkg_buf_reset(&b);
        assert_int_equal(syncd_s3_sign(&s3, &r, T_S3_TIME, &b), WPPKG_OK);
        assert_string_not_equal(strstr(b.data, "Signature="),
                                strstr(good.data, "Signature="));
    }

    /* the secret itself is in none of it */

    assert_null(strstr(good.data, t_s3.secret_key));

    wppkg_buf_free(&good);
    wppkg_buf_free(&b);
}


static void
t_encode(void **state)
{
    size_t              i;
    wppkg_buf_t         b;
    static const char  *pairs[][2] = {
        { "p2/wp-plugin/a-b_c.json", "p2/wp-plugin/a-b_c.json" },
        { "p2/wp-plugin/akismet~dev.json", "p2/wp-plugin/akismet~dev.json" },
        { "test$file.text", "test%24file.text" },
        { "a b+c", "a%20b%2Bc" },
        { "100%", "100%25" },
        { "q?a=b&c#d", "q%3Fa%3Db%26c%23d" },
        { "\xc3\xa9\x01\x7f", "%C3%A9%01%7F" },
        { "...", "..." },
        { ".a/..b", ".a/..b" },
        { ":@!*'();,[]", "%3A%40%21%2A%27%28%29%3B%2C%5B%5D" }
    };

    wppkg_buf_init(&b, 4096);

    for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        wppkg_buf_reset(&b);
        assert_int_equal(syncd_s3_encode(pairs[i][0], &b), WPPKG_OK);
        assert_string_equal(b.data, pairs[i][1]);
    }

    wppkg_buf_free(&b);
}


static void
t_encode_refuses(void **state)
{
    size_t              i;
    wppkg_buf_t         b;
    static const char  *bad[] = {
        "", "/", "/a", "a/", "a//b", ".", "..", "./a", "../a", "a/./b",
        "a/../b", "a/.", "a/.."
    };

    wppkg_buf_init(&b, 4096);

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (syncd_s3_encode(bad[i], &b) != WPPKG_ERROR) {
            fail_msg("\"%s\" was taken", bad[i]);
        }
    }

    wppkg_buf_free(&b);

    /* no room is an error as well, never half a key */

    wppkg_buf_init(&b, 4);
    assert_int_equal(syncd_s3_encode("abcde", &b), WPPKG_ERROR);
    wppkg_buf_free(&b);
}


static void
t_url(void **state)
{
    char         key[SYNCD_S3_KEY_MAX + 2];
    syncd_s3_t   s3;
    wppkg_buf_t  b;

    s3 = t_s3;
    s3.endpoint = "http://127.0.0.1:9005";
    s3.prefix = "wp/x/";

    wppkg_buf_init(&b, 8192);

    assert_int_equal(syncd_s3_url(&s3, "p2/wp-plugin/a~dev.json", &b),
                     WPPKG_OK);
    assert_string_equal(b.data, "http://127.0.0.1:9005/bucket/wp/x/"
                                "p2/wp-plugin/a~dev.json");

    wppkg_buf_reset(&b);
    assert_int_equal(syncd_s3_url(&s3, "../a", &b), WPPKG_ERROR);

    memset(key, 'k', sizeof(key));
    key[SYNCD_S3_KEY_MAX - 5] = '\0';

    wppkg_buf_reset(&b);
    assert_int_equal(syncd_s3_url(&s3, key, &b), WPPKG_OK);

    key[SYNCD_S3_KEY_MAX - 5] = 'k';
    key[SYNCD_S3_KEY_MAX - 4] = '\0';

    wppkg_buf_reset(&b);
    assert_int_equal(syncd_s3_url(&s3, key, &b), WPPKG_ERROR);

    wppkg_buf_free(&b);
}


static void
t_headers(void **state)
{
    size_t                           i;
    struct curl_slist               *list, *p;
    static const syncd_s3_header_t   extra[] = {
        { "range", "bytes=0-9" }
    };
    static const char               *expected[] = {
        "host: examplebucket.s3.amazonaws.com",
        "range: bytes=0-9",
        "x-amz-content-sha256: " T_EMPTY,
        "x-amz-date: 20130524T000000Z",
        "authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/"
        "20130524/us-east-1/s3/aws4_request, SignedHeaders=host;range;"
        "x-amz-content-sha256;x-amz-date, Signature="
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    };

    /* "GET Object" of the S3 documentation, from the URL on */

    list = NULL;

    assert_int_equal(
        syncd_s3_headers(&t_s3, "GET",
                         "https://examplebucket.s3.amazonaws.com/test.txt",
                         T_EMPTY, extra, 1, T_S3_TIME, &list), WPPKG_OK);

    p = list;

    for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        assert_non_null(p);
        assert_string_equal(p->data, expected[i]);
        p = p->next;
    }

    assert_null(p);

    curl_slist_free_all(list);
}


/* a second attempt replaces the headers of the first */

static void
t_headers_again(void **state)
{
    char               *first;
    unsigned            i, n;
    struct curl_slist  *list, *p;
    syncd_s3_header_t   many[SYNCD_S3_HEADERS_MAX];

    list = NULL;

    assert_int_equal(syncd_s3_headers(&t_s3, "PUT", "https://examplebucket."
                                      "s3.amazonaws.com/k", T_EMPTY, NULL, 0,
                                      T_S3_TIME, &list), WPPKG_OK);

    first = strdup(list->next->next->data);
    assert_non_null(first);

    assert_int_equal(syncd_s3_headers(&t_s3, "PUT", "https://examplebucket."
                                      "s3.amazonaws.com/k", T_EMPTY, NULL, 0,
                                      T_S3_TIME + 1, &list), WPPKG_OK);

    for (n = 0, p = list; p != NULL; p = p->next) {
        n++;
    }

    assert_int_equal(n, 4);
    assert_string_equal(first, "x-amz-date: 20130524T000000Z");
    assert_string_equal(list->next->next->data,
                        "x-amz-date: 20130524T000001Z");

    for (i = 0; i < SYNCD_S3_HEADERS_MAX; i++) {
        many[i] = (syncd_s3_header_t) { "n", "v" };
    }

    assert_int_equal(syncd_s3_headers(&t_s3, "PUT", "https://examplebucket."
                                      "s3.amazonaws.com/k", T_EMPTY, many,
                                      SYNCD_S3_HEADERS_MAX - 3, T_S3_TIME,
                                      &list), WPPKG_ERROR);

    free(first);
    curl_slist_free_all(list);
}


/* what the server is called, and what is above the bucket, is signed too */

static void
t_places(void **state)
{
    size_t              i;
    wppkg_buf_t         url;
    syncd_s3_t          s3;
    struct curl_slist  *list, *l;

    static const struct {
        const char  *endpoint;
        unsigned     host_style;
        const char  *object, *query, *host, *path;
    } cases[] = {
        { "https://h", 0, "https://h/bkt/p/k", "https://h/bkt?x=", "h",
          "/bkt/p/k" },
        { "https://h/a/b", 0, "https://h/a/b/bkt/p/k",
          "https://h/a/b/bkt?x=", "h", "/a/b/bkt/p/k" },
        { "http://h:81", 1, "http://bkt.h:81/p/k", "http://bkt.h:81/?x=",
          "bkt.h:81", "/p/k" },
        { "https://h/a", 1, "https://bkt.h/a/p/k", "https://bkt.h/a/?x=",
          "bkt.h", "/a/p/k" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        s3 = t_s3;
        s3.endpoint = cases[i].endpoint;
        s3.bucket = "bkt";
        s3.prefix = "p/";
        s3.host_style = (cases[i].host_style != 0);

        wppkg_buf_init(&url, 1000);
        assert_int_equal(syncd_s3_query_url(&s3, "x=", &url), WPPKG_OK);
        assert_string_equal(url.data, cases[i].query);
        wppkg_buf_reset(&url);
        assert_int_equal(syncd_s3_url(&s3, "k", &url), WPPKG_OK);
        assert_string_equal(url.data, cases[i].object);

        list = NULL;
        assert_int_equal(syncd_s3_headers(&s3, "GET", url.data, T_EMPTY, NULL,
                                          0, T_S3_TIME, &list), WPPKG_OK);

        /* "host: " */
        assert_string_equal(list->data + 6, cases[i].host);

        t_signed_path(&s3, list, cases[i].path);

        curl_slist_free_all(list);
        wppkg_buf_free(&url);
    }

    /* the token of temporary keys: sent, and signed in its place */

    s3.session_token = "to/k+en=";
    list = NULL;
    assert_int_equal(syncd_s3_headers(&s3, "GET", "https://h/bkt", T_EMPTY,
                                      NULL, 0, T_S3_TIME, &list), WPPKG_OK);

    for (l = list; strncmp(l->data, "x-amz-sec", 9) != 0; l = l->next) {
        assert_non_null(l->next);
    }

    assert_string_equal(l->data, "x-amz-security-token: to/k+en=");
    assert_non_null(strstr(l->next->data, "SignedHeaders=host;"
                           "x-amz-content-sha256;x-amz-date;"
                           "x-amz-security-token, "));
    curl_slist_free_all(list);
}


/* the signature in the last header is that of this path */

static void
t_signed_path(const syncd_s3_t *s3, const struct curl_slist *list,
    const char *path)
{
    unsigned            n;
    wppkg_buf_t         want;
    syncd_s3_header_t   headers[3];
    syncd_s3_request_t  r;

    for (n = 0; n < 3; n++, list = list->next) {
        headers[n].name = (n == 0) ? "host" : (n == 1)
                          ? "x-amz-content-sha256" : "x-amz-date";
        headers[n].value = list->data + strlen(headers[n].name) + 2;
    }

    r.method = "GET";
    r.path = path;
    r.query = "";
    r.headers = headers;
    r.nheaders = n;
    r.payload = T_EMPTY;

    wppkg_buf_init(&want, 4096);
    wppkg_buf_puts(&want, "authorization: ");
    assert_int_equal(syncd_s3_sign(s3, &r, T_S3_TIME, &want), WPPKG_OK);
    assert_string_equal(list->data, want.data);
    wppkg_buf_free(&want);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(t_vectors),
        cmocka_unit_test(t_each_part_counts),
        cmocka_unit_test(t_encode),
        cmocka_unit_test(t_encode_refuses),
        cmocka_unit_test(t_url),
        cmocka_unit_test(t_headers),
        cmocka_unit_test(t_headers_again),
        cmocka_unit_test(t_places)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}

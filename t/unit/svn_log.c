
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Log reports (rules R 2, R 5).
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <cmocka.h>

#include "guard.h"
#include "syncd_svn_log.h"
#include "syncd_svn_text.h"
#include "wppkg_buf.h"


#define HEAD  "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"                  \
              "<S:log-report xmlns:S=\"svn:\" xmlns:D=\"DAV:\">\n"
#define TAIL  "</S:log-report>\n"

#define ITEM(n)                                                               \
    "<S:log-item><D:version-name>" n "</D:version-name></S:log-item>"


/* what was read, as a text: "+/path" for each path, "=rev@date" an item */

typedef struct {
    wppkg_buf_t     text;
    int             rc;
    char            error[600];
    uint64_t        n;
    uint64_t        fail_at;
} log_t;


static int
log_path(void *ctx, syncd_svn_change_e change, int file, const char *path,
    size_t len)
{
    log_t  *l;

    l = ctx;

    wppkg_buf_printf(&l->text, "%c%s%.*s\n", "+>~-*"[change],
                     file ? "f" : "", (int) len, path);

    return (++l->n == l->fail_at) ? WPPKG_ERROR : WPPKG_OK;
}


static int
log_item(void *ctx, const syncd_svn_item_t *item)
{
    log_t  *l;

    l = ctx;

    wppkg_buf_printf(&l->text, "=%llu@%llu %llu\n",
                     (unsigned long long) item->rev,
                     (unsigned long long) item->date,
                     (unsigned long long) item->paths);

    return (++l->n == l->fail_at) ? WPPKG_ERROR : WPPKG_OK;
}


static void
log_read(log_t *l, const char *xml, size_t len, size_t at)
{
    const char               *error;
    syncd_svn_log_t          *log;
    syncd_svn_log_handler_t   handler;

    handler.path = log_path;
    handler.item = log_item;
    handler.ctx = l;

    wppkg_buf_init(&l->text, 10000000);
    l->n = 0;

    log = syncd_svn_log_create(&handler);
    assert_non_null(log);

    l->rc = syncd_svn_log_feed(log, xml, at);

    if (l->rc == WPPKG_OK) {
        l->rc = syncd_svn_log_feed(log, xml + at, len - at);
    }

    if (l->rc == WPPKG_OK) {
        l->rc = syncd_svn_log_end(log);
    }

    error = syncd_svn_log_error(log);
    assert_true((error == NULL) == (l->rc == WPPKG_OK));
    (void) snprintf(l->error, sizeof(l->error), "%s", error ? error : "");

    syncd_svn_log_free(log);
}


static void
log_want_bytes(const char *xml, size_t len, const char *text,
    const char *error)
{
    size_t  at;
    log_t   l;

    memset(&l, 0, sizeof(log_t));

    for (at = 0; at <= len; at++) {
        log_read(&l, xml, len, at);

        if (text != NULL) {
            assert_string_equal(l.text.data ? l.text.data : "", text);
        }

        assert_int_equal(l.rc, (error == NULL) ? WPPKG_OK : WPPKG_ERROR);

        if (error != NULL && strstr(l.error, error) == NULL) {
            print_error("\"%s\", not \"%s\"\n", l.error, error);
            fail();
        }

        wppkg_buf_free(&l.text);
    }
}


static void
log_want(const char *xml, const char *text, const char *error)
{
    log_want_bytes(xml, strlen(xml), text, error);
}


static size_t
log_file(const char *name, char *buf, size_t size)
{
    FILE    *fp;
    size_t   n;

    fp = fopen(name, "r");
    assert_non_null(fp);
    n = fread(buf, 1, size, fp);
    assert_true(n < size);
    (void) fclose(fp);

    return n;
}


/* three ways to ask for the same: messages, none, dates (R 2) */

static void
test_lab(void **state)
{
    char    a[20000], b[20000], *p;
    size_t  n, at;
    log_t   l, m;

    memset(&l, 0, sizeof(log_t));
    memset(&m, 0, sizeof(log_t));

    n = log_file("t/data/svn/log-asc-1-17.xml", a, sizeof(a));
    log_read(&l, a, n, 0);

    assert_int_equal(l.rc, WPPKG_OK);
    assert_non_null(strstr(l.text.data, "+/akismet\n+/akismet/assets\n"
                           "+/akismet/tags\n+/akismet/trunk\n"
                           "=1@1795337033 4\n"));
    assert_non_null(strstr(l.text.data, "-/jetpack\n=13@1795337033 1\n"));
    assert_non_null(strstr(l.text.data, "~/\n=14@1795337033 1\n"));
    assert_non_null(strstr(l.text.data, "+f/README.txt\n=16@"));
    assert_non_null(strstr(l.text.data, "\n+/a&b<c\n"));
    assert_non_null(strstr(l.text.data, "\n*"));

    for (at = 0; at <= n; at++) {
        log_read(&m, a, n, at);
        assert_int_equal(m.rc, WPPKG_OK);
        assert_string_equal(m.text.data, l.text.data);
        wppkg_buf_free(&m.text);
    }

    n = log_file("t/data/svn/log-asc-revprop-date.xml", b, sizeof(b));
    log_read(&m, b, n, 0);
    assert_int_equal(m.rc, WPPKG_OK);
    assert_string_equal(m.text.data, l.text.data);
    wppkg_buf_free(&m.text);

    n = log_file("t/data/svn/log-asc-no-revprops.xml", b, sizeof(b));
    log_read(&m, b, n, 0);
    assert_int_equal(m.rc, WPPKG_OK);
    p = strstr(m.text.data, "=17@0 2\n");
    assert_non_null(p);

    wppkg_buf_free(&l.text);
    wppkg_buf_free(&m.text);
}


/* R 5: four kinds in any order, version-name anywhere, unknown elements */

static void
test_order(void **state)
{
    log_want(HEAD
             "<S:log-item>"
             "<S:date>2026-11-22T08:43:53.252746Z</S:date>"
             "<D:version-name>7</D:version-name>"
             "<S:deleted-path>/a</S:deleted-path>"
             "<S:new-thing>/no<S:added-path>/no</S:added-path></S:new-thing>"
             "<S:replaced-path copyfrom-path=\"/b/trunk\" copyfrom-rev=\"1\""
             " node-kind=\"file\">/b&amp;<x>no</x>&lt;&#x41;"
             "</S:replaced-path>"
             "<S:modified-path node-kind=\"\"><![CDATA[/c&d]]>"
             "</S:modified-path>"
             "<added-path>/no</added-path>"
             "<S:version-name>8</S:version-name>"
             "<S:added-path/>"
             "<S:added-path node-kind=\"dir\" copyfrom-rev=\"1\""
             " copyfrom-path=\"/b\">/d</S:added-path>"
             "<S:added-path>/e</S:added-path>"
             "<S:modified-path copyfrom-path=\"/b\">/f</S:modified-path>"
             "</S:log-item>"
             "<S:other-item><S:added-path>/no</S:added-path>"
             "<D:version-name>9</D:version-name></S:other-item>"
             "<S:log-item><!-- x --><D:version-name>0</D:version-name>"
             "</S:log-item>"
             TAIL,
             "-/a\n*f/b&<A\n~/c&d\n+\n>/d\n+/e\n~/f\n"
             "=7@1795337033 7\n=0@0 0\n", NULL);

    log_want("<l:log-report xmlns:l=\"svn:\" xmlns:d=\"DAV:\"><l:log-item>"
             "<d:version-name>3</d:version-name></l:log-item>"
             "</l:log-report>", "=3@0 0\n", NULL);

    log_want(HEAD TAIL, "", NULL);
}


/* mod_dav_svn writes paths as they are */

static void
test_bytes(void **state)
{
    static const char  xml[] =
        HEAD "<S:log-item><S:added-path>/a\x01\x1b\0b</S:added-path>"
        "<S:added-path>/\xc3\xa9\xf0\x9f\x98\x80\xd0\xbf</S:added-path>"
        "<S:added-path>/\xe9t\xc3</S:added-path>"
        "<S:added-path>/\xed\xa0\x80|\xc0\x80|\xf4\x90\x80\x80|\xff"
        "</S:added-path>"
        "<S:added-path>/\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd"
        "</S:added-path>"
        "<S:added-path>/\xf0\x9f\x98</S:added-path>"
        "<D:version-name>1</D:version-name></S:log-item>" TAIL;

    log_want_bytes(xml, sizeof(xml) - 1,
                   "+/a???b\n"
                   "+/\xc3\xa9\xf0\x9f\x98\x80\xd0\xbf\n"
                   "+/?t?\n"
                   "+/???|??|????|?\n"
                   "+/??\xef\xbf\xbd\n"
                   "+/?\n"
                   "=1@0 6\n", NULL);
}


static void
test_filter(void **state)
{
    int               a, b;
    char              in[6], out[16];
    size_t            n;
    syncd_svn_text_t  t;

    /* whatever two bytes there are, it is UTF-8 after it */

    for (a = 0; a < 256; a++) {
        for (b = 0; b < 256; b++) {
            in[0] = 'x';
            in[1] = (char) a;
            in[2] = (char) b;
            in[3] = (char) 0x80;
            in[4] = (char) 0xbf;
            in[5] = 'y';

            syncd_svn_text_init(&t);
            n = syncd_svn_text_filter(&t, out, in, sizeof(in));
            assert_true(wppkg_utf8_valid(out, n));
            assert_int_equal(out[n - 1], 'y');
        }
    }
}


static void
test_dates(void **state)
{
    size_t  i;
    char    xml[1000], text[100];

    static const struct {
        const char  *text;
        long long    date;
    } dates[] = {
        { "2026-11-22T08:43:53.252746Z", 1795337033 },
        { "2026-11-22T08:43:53Z", 1795337033 },
        { "1970-01-01T00:00:00.000000Z", 0 },
        { "1969-01-01T00:00:00.000000Z", 0 },
        { "2026-11-22T08:43:53+01:00", 0 },
        { "2026-11-22 08:43:53Z", 0 },
        { "2026-13-22T08:43:53Z", 0 },
        { "yesterday", 0 },
        { "", 0 },
        { "2026-11-22T08:43:53.00000000000000000000000000000000000000000000"
          "000000000000000000000000Z", 0 },
    };

    for (i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
        (void) snprintf(xml, sizeof(xml), HEAD "<S:log-item><S:date>%s"
                        "</S:date><D:version-name>1</D:version-name>"
                        "</S:log-item>" TAIL, dates[i].text);
        (void) snprintf(text, sizeof(text), "=1@%lld 0\n", dates[i].date);
        log_want(xml, text, NULL);
    }
}


static void
test_bad(void **state)
{
    log_want("", NULL, "cut off");
    log_want("<html><body>Gateway</body></html>", "", "something else");
    log_want("<D:error xmlns:D=\"DAV:\"/>", "", "something else");
    log_want("<log-report/>", "", "something else");
    log_want(HEAD "<S:log-item></S:log-item>" TAIL, "", "no version-name");
    log_want(HEAD ITEM("1") "<S:log-item></S:log-item>" TAIL, "=1@0 0\n",
             "no version-name");
    log_want(HEAD ITEM("x") TAIL, "", "not a number");
    log_want(HEAD ITEM("-1") TAIL, "", "not a number");
    log_want(HEAD ITEM("1 ") TAIL, "", "not a number");
    log_want(HEAD ITEM("") TAIL, "", "not a number");
    log_want(HEAD ITEM("1234567890123456789") TAIL, "", "not a number");
    log_want(HEAD ITEM("123456789012345678") TAIL,
             "=123456789012345678@0 0\n", NULL);
    log_want(HEAD ITEM("1") "<S:x></S:y>" TAIL, "=1@0 0\n", "mismatched");
    log_want(HEAD ITEM("1") TAIL "<again/>", "=1@0 0\n", "junk");
    log_want(HEAD ITEM("1") "&unknown;" TAIL, "=1@0 0\n", "undefined");
}


/* what had come before it was cut off has been handed over */

static void
test_cut(void **state)
{
    size_t  at;
    log_t   l;

    static const char  xml[] =
        HEAD ITEM("1") "<S:log-item><S:added-path>/a</S:added-path>"
        "<D:version-name>2</D:version-name></S:log-item>" TAIL;

    memset(&l, 0, sizeof(log_t));

    for (at = 0; at < sizeof(xml) - 1; at++) {
        log_read(&l, xml, at, at / 2);

        if (l.rc == WPPKG_OK) {

            /* white space after the root */
            assert_int_equal(at, sizeof(xml) - 2);

        } else {
            assert_string_not_equal(l.error, "");
        }

        wppkg_buf_free(&l.text);
    }
}


static void
test_entities(void **state)
{
    log_want("<?xml version=\"1.0\"?><!DOCTYPE S:log-report ["
             "<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">"
             "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">]>"
             "<S:log-report xmlns:S=\"svn:\">&c;</S:log-report>", "",
             "document type");
    log_want("<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><x/>", "",
             "document type");
}


static void
test_handler(void **state)
{
    log_t   l;
    size_t  i;

    static const char  xml[] =
        HEAD ITEM("1") "<S:log-item><S:added-path>/a</S:added-path>"
        "<S:added-path>/b</S:added-path>"
        "<D:version-name>2</D:version-name></S:log-item>" ITEM("3") TAIL;

    static const char *const  want[] = {
        "=1@0 0\n", "=1@0 0\n+/a\n", "=1@0 0\n+/a\n+/b\n",
        "=1@0 0\n+/a\n+/b\n=2@0 2\n"
    };

    memset(&l, 0, sizeof(log_t));

    for (i = 0; i < 4; i++) {
        l.fail_at = i + 1;
        log_read(&l, xml, sizeof(xml) - 1, 0);

        assert_int_equal(l.rc, WPPKG_ERROR);
        assert_string_equal(l.text.data, want[i]);
        assert_string_equal(l.error, "");

        wppkg_buf_free(&l.text);
    }
}


static int
log_count_path(void *ctx, syncd_svn_change_e change, int file,
    const char *path, size_t len)
{
    uint64_t  *n;

    n = ctx;
    n[0]++;
    n[1] = len;

    return WPPKG_OK;
}


static int
log_count_item(void *ctx, const syncd_svn_item_t *item)
{
    uint64_t  *n;

    n = ctx;
    n[2]++;
    n[3] = item->paths;

    return WPPKG_OK;
}


static syncd_svn_log_t *
log_count(uint64_t n[4])
{
    syncd_svn_log_t          *log;
    syncd_svn_log_handler_t   handler;

    memset(n, 0, 4 * sizeof(uint64_t));

    handler.path = log_count_path;
    handler.item = log_count_item;
    handler.ctx = n;

    log = syncd_svn_log_create(&handler);
    assert_non_null(log);
    assert_int_equal(syncd_svn_log_feed(log, HEAD, sizeof(HEAD) - 1), 0);

    return log;
}


static int
log_feed(syncd_svn_log_t *log, const char *s)
{
    return syncd_svn_log_feed(log, s, strlen(s));
}


/* feeds s over and over, size bytes in all; how many until it failed */

static size_t
log_flood(syncd_svn_log_t *log, const char *s, size_t size)
{
    char    block[65536];
    size_t  n, len, sent;

    len = strlen(s);

    for (n = 0; n + len <= sizeof(block); n += len) {
        memcpy(block + n, s, len);
    }

    for (sent = 0; sent < size; sent += n) {

        if (syncd_svn_log_feed(log, block, n) != WPPKG_OK) {
            break;
        }
    }

    return sent;
}


static long
log_rss(void)
{
    struct rusage  usage;

    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);

    return usage.ru_maxrss;
}


/* since it was rss, KiB; AddressSanitizer keeps what was freed */

static void
log_grown(long rss, long limit)
{
#ifndef __SANITIZE_ADDRESS__
    assert_true(log_rss() - rss < limit);
#endif
}


/* whatever it is that has no end: it takes no memory, or is refused */

static void
test_flood(void **state)
{
    int               i, n;
    char              text[100];
    long              rss;
    size_t            sent;
    uint64_t          count[4];
    syncd_svn_log_t  *log;

    static const char *const  starts[] = {
        "<S:log-item><S:added-path>/a",             /* a path */
        "<S:log-item><S:added-path copyfrom-path=\"",
        "<",                                        /* a name */
        "<!--",
        "<?x ",
        "<![CDATA[",
        "</S:",
        "<x xmlns:a=\"",
        "&"
    };

    rss = log_rss();

    for (i = 0; i < (int) (sizeof(starts) / sizeof(starts[0])); i++) {
        log = log_count(count);
        assert_int_equal(log_feed(log, starts[i]), WPPKG_OK);
        sent = log_flood(log, "xxxxxxxx", 50000000);
        assert_true(sent < 10000000 || i == 0 || i == 5);
        syncd_svn_log_free(log);
    }

    /* depth, names, attributes */

    log = log_count(count);
    assert_true(log_flood(log, "<x>", 50000000) < 50000000);
    syncd_svn_log_free(log);

    log = log_count(count);

    for (n = 0; n < 1000000; n++) {
        (void) snprintf(text, sizeof(text), "<e%d a%d=\"\"/>", n, n);

        if (log_feed(log, text) != WPPKG_OK) {
            break;
        }
    }

    assert_true(n < 1000000);
    assert_non_null(strstr(syncd_svn_log_error(log), "out of memory"));
    syncd_svn_log_free(log);

    log_grown(rss, 24 * 1024);

    /* all of it was given back */

    log = log_count(count);
    assert_int_equal(log_feed(log, TAIL), WPPKG_OK);
    assert_int_equal(syncd_svn_log_end(log), WPPKG_OK);
    syncd_svn_log_free(log);
}


/* 100,000 paths in one revision; 64 MB in all */

static void
test_large(void **state)
{
    int               i;
    char              text[400];
    long              rss;
    size_t            len, n, size;
    double            seconds;
    uint64_t          count[4];
    struct timespec   a, b;
    static char       block[1000000];
    syncd_svn_log_t  *log;

    size = 0;

    for (i = 0; size < sizeof(block) - sizeof(text); i++) {
        size += (size_t) snprintf(block + size, sizeof(text),
            "<S:modified-path node-kind=\"file\" text-mods=\"true\" "
            "prop-mods=\"false\">/plugin-%d/trunk/includes/class-%d.php"
            "</S:modified-path>\n", i, i);
    }

    rss = log_rss();
    log = log_count(count);

    (void) clock_gettime(CLOCK_MONOTONIC, &a);
    assert_int_equal(log_feed(log, "<S:log-item>"), WPPKG_OK);

    for (n = 0; n < 64; n++) {
        for (len = 0; len < size; len += 16000) {
            assert_int_equal(syncd_svn_log_feed(log, block + len,
                                                (size - len < 16000)
                                                ? size - len : 16000),
                             WPPKG_OK);
        }
    }

    assert_int_equal(log_feed(log, "<D:version-name>1</D:version-name>"
                                   "</S:log-item>" TAIL), WPPKG_OK);
    (void) clock_gettime(CLOCK_MONOTONIC, &b);

    assert_int_equal(syncd_svn_log_end(log), WPPKG_OK);
    assert_int_equal(count[0], 64 * i);
    assert_int_equal(count[3], 64 * i);
    syncd_svn_log_free(log);

    seconds = (double) (b.tv_sec - a.tv_sec)
              + (double) (b.tv_nsec - a.tv_nsec) / 1e9;

    print_message("# %.0f MB/s\n", 64.0 * (double) size / 1e6 / seconds);

    log_grown(rss, 4 * 1024);
}


/* a longer path is a path below the one that is handed over */

static void
test_long_path(void **state)
{
    int               n;
    char             *xml, want[2000];
    size_t            size;
    log_t             l;

    memset(&l, 0, sizeof(log_t));

    size = 100000;
    xml = malloc(size + 1000);
    assert_non_null(xml);

    n = snprintf(xml, size, HEAD "<S:log-item><S:added-path>/");
    memset(xml + n, 'x', size);
    (void) snprintf(xml + (size_t) n + size, 1000 - (size_t) n,
                    "</S:added-path><D:version-name>1</D:version-name>"
                    "</S:log-item>" TAIL);

    log_read(&l, xml, strlen(xml), 777);

    want[0] = '+';
    want[1] = '/';
    memset(want + 2, 'x', SYNCD_SVN_LOG_PATH - 1);
    (void) snprintf(want + 1 + SYNCD_SVN_LOG_PATH, 100, "\n=1@0 1\n");

    assert_int_equal(l.rc, WPPKG_OK);
    assert_string_equal(l.text.data, want);

    wppkg_buf_free(&l.text);
    free(xml);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_lab),
        GUARD("R 5", test_order),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_filter),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_entities),
        cmocka_unit_test(test_handler),
        cmocka_unit_test(test_flood),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_long_path),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}

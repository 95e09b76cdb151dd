
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The listing of a repository's root (rule R 1).
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "syncd_svn_listing.h"
#include "wppkg_buf.h"


#define HEAD   "<html><head><title> - Revision 17: /</title></head>\n"        \
               "<body>\n <h2> - Revision 17: /</h2>\n <ul>\n"
#define TAIL   " </ul>\n</body></html>"

/* as plugins.svn.wordpress.org has it */
#define WPORG                                                                 \
    "<html><head><title> - Revision 1902056: /</title></head>\n"              \
    "<body>\n"                                                                \
    "    <h2> - Revision 1902056: /</h2>\n"                                   \
    "    <ul>\n"                                                              \
    "        <li><a href=\"woocommerce/\">woocommerce/</a></li>\n"            \
    "        <li><a href=\"wordpress-seo/\">wordpress-seo/</a></li>\n"        \
    "    </ul>\n"                                                             \
    "    <hr noshade><em>Powered by <a "                                      \
    "href=\"http://subversion.apache.org/\">Apache Subversion</a> version "   \
    "1.9.5 (r1770682).</em>\n"                                                \
    "</body>\n"                                                               \
    "</html>"


typedef struct {
    wppkg_buf_t     slugs;
    wppkg_error_t   err;
    uint64_t        skipped;
    uint64_t        n;
    uint64_t        fail_at;
    int             rc;
} listing_t;


static int
listing_slug(void *ctx, const char *slug, size_t len)
{
    listing_t  *l;

    l = ctx;

    wppkg_buf_append(&l->slugs, slug, len);
    wppkg_buf_puts(&l->slugs, " ");

    return (++l->n == l->fail_at) ? WPPKG_ERROR : WPPKG_OK;
}


/* reads it in two pieces, or with step in many */

static void
listing_read(listing_t *l, const char *html, size_t len, size_t at,
    size_t step)
{
    size_t               n;
    syncd_svn_listing_t  reader;

    memset(&l->err, 0, sizeof(wppkg_error_t));
    l->n = 0;
    wppkg_buf_init(&l->slugs, 1000000);
    wppkg_buf_puts(&l->slugs, "");

    syncd_svn_listing_init(&reader, listing_slug, l);

    l->rc = syncd_svn_listing_feed(&reader, html, at);

    while (l->rc == WPPKG_OK && at < len) {
        n = (step != 0 && step < len - at) ? step : len - at;
        l->rc = syncd_svn_listing_feed(&reader, html + at, n);
        at += n;
    }

    if (l->rc == WPPKG_OK) {
        l->rc = syncd_svn_listing_end(&reader, &l->err);
    }

    l->skipped = reader.skipped;
}


static void
listing_want(const char *html, const char *slugs, uint64_t skipped, int rc)
{
    size_t     at, len;
    listing_t  l;

    memset(&l, 0, sizeof(listing_t));

    len = strlen(html);

    for (at = 0; at <= len; at++) {
        listing_read(&l, html, len, at, 0);

        assert_string_equal(l.slugs.data ? l.slugs.data : "", slugs);
        assert_int_equal(l.skipped, skipped);
        assert_int_equal(l.rc, rc);

        wppkg_buf_free(&l.slugs);
    }

    listing_read(&l, html, len, 0, 1);
    assert_string_equal(l.slugs.data ? l.slugs.data : "", slugs);
    wppkg_buf_free(&l.slugs);
}


static void
test_lab(void **state)
{
    char     html[4096];
    FILE    *fp;
    size_t   n;

    fp = fopen("t/data/svn/listing-root.html", "r");
    assert_non_null(fp);
    n = fread(html, 1, sizeof(html) - 1, fp);
    html[n] = '\0';
    (void) fclose(fp);

    listing_want(html, "akismet top-level ", 6, WPPKG_OK);
}


/* the link in the footer once became a package (R 1) */

static void
test_wporg(void **state)
{
    listing_want(WPORG, "woocommerce wordpress-seo ", 0, WPPKG_OK);
}


static void
test_entries(void **state)
{
    listing_want(HEAD TAIL, "", 0, WPPKG_OK);

    listing_want(HEAD
                 "<li><a href=\"../\">..</a></li>"
                 "<li><a href=\"file\">file</a></li>"
                 "<li><a href=\"%61%6B%6b/\">akk/</a></li>"
                 "<li><a href=\"a_b-1/\">x</a></li>"
                 "<li><a href=\"a%2fb/\">x</a></li>"
                 "<li><a href=\"a%00/\">x</a></li>"
                 "<li><a href=\"a%4/\">x</a></li>"
                 "<li><a href=\"a%\">x</a></li>"
                 "<li><a href=\"&nbsp;/\">x</a></li>"
                 "<li><a href=\"a&amp\">x</a></li>"
                 "<li><a href=\"&\">x</a></li>"
                 "<li><a href=\"%26amp;/\">x</a></li>"
                 "<li><a href=\"/\">x</a></li>"
                 "<li><a href=\"\">x</a></li>"
                 "<li><a href=\"http://x/\">x</a></li>"
                 "<li><a href=\"open/>x</a></li>"
                 "<li><a href=\"last/\">x</a></li>"
                 TAIL, "akk a_b-1 last ", 14, WPPKG_OK);

    /* nothing but the one shape */

    listing_want(HEAD
                 "<a href=\"a/\">x</a>"
                 "<li> <a href=\"b/\">x</a>"
                 "<li>x<a href=\"c/\">x</a>"
                 "<li><b><a href=\"d/\">x</a>"
                 "<LI><A HREF=\"e/\">x</a>"
                 "<li><a  href=\"f/\">x</a>"
                 "<li><a href='g/'>x</a>"
                 "<li><li><a href=\"h/\">x</a>"
                 "<<li><a href=\"i/\">x</a>"
                 TAIL "<li><a href=\"late/\">x</a>", "h ", 0, WPPKG_OK);
}


static void
test_bounds(void **state)
{
    char    html[20000];
    char    slug[202], encoded[604], tag[3000];
    size_t  i;

    memset(slug, 'a', 200);
    slug[200] = '\0';

    for (i = 0; i < 200; i++) {
        memcpy(encoded + 3 * i, "%61", 3);
    }

    encoded[600] = '\0';
    memset(tag, 'x', sizeof(tag) - 1);
    tag[sizeof(tag) - 1] = '\0';

    (void) snprintf(html, sizeof(html), HEAD "<li><a href=\"%s/\">"
                    "<li><a href=\"%sa/\"><li><a href=\"%s/\">"
                    "<%s><li><a href=\"ok/\" title=\"%s\">" TAIL,
                    encoded, slug, tag, tag, tag);

    slug[200] = ' ';
    slug[201] = '\0';
    listing_want(html, slug, 3, WPPKG_OK);
}


/* an answer that is not all, or something else, is an error */

static void
test_cut(void **state)
{
    char       html[sizeof(WPORG)];
    size_t     at;
    listing_t  l;

    memset(&l, 0, sizeof(listing_t));

    for (at = 0; at < sizeof(WPORG) - 1; at++) {
        memcpy(html, WPORG, at);
        listing_read(&l, html, at, 0, 0);
        assert_int_equal(l.rc, WPPKG_ERROR);
        assert_true(l.err.text[0] != '\0');
        wppkg_buf_free(&l.slugs);
    }

    listing_want("", "", 0, WPPKG_ERROR);
    listing_want("<html><head><title>Collection of Repositories</title>"
                 "</head><body><li><a href=\"plugins/\">plugins/</a></li>"
                 "</body></html>", "", 0, WPPKG_ERROR);
    listing_want("<html><head><title>503 Service Unavailable</title></head>"
                 "<body><li><a href=\"help/\">help</a></li></body></html>",
                 "", 0, WPPKG_ERROR);
}


static void
test_handler(void **state)
{
    listing_t  l;

    memset(&l, 0, sizeof(listing_t));
    l.fail_at = 2;

    listing_read(&l, WPORG, sizeof(WPORG) - 1, 0, 0);

    assert_int_equal(l.rc, WPPKG_ERROR);
    assert_string_equal(l.slugs.data, "woocommerce wordpress-seo ");
    assert_string_equal(l.err.text, "");

    wppkg_buf_free(&l.slugs);
}


static int
listing_count(void *ctx, const char *slug, size_t len)
{
    uint64_t  *n;

    n = ctx;
    (*n)++;

    return WPPKG_OK;
}


/* 100 MB; and as much without the end of a tag, a title, a text */

static void
test_large(void **state)
{
    int                   len;
    char                  line[200], block[65536];
    size_t                i;
    uint64_t              n, k;
    wppkg_error_t         err;
    syncd_svn_listing_t   l;

    n = 0;
    k = 0;

    syncd_svn_listing_init(&l, listing_count, &n);
    assert_int_equal(syncd_svn_listing_feed(&l, HEAD, sizeof(HEAD) - 1), 0);

    for (i = 0; i < 100000000; i += (size_t) len) {
        len = snprintf(line, sizeof(line), "  <li><a href=\"plugin-%llu/\">"
                       "plugin-%llu/</a></li>\n", (unsigned long long) k,
                       (unsigned long long) k);
        k++;
        assert_int_equal(syncd_svn_listing_feed(&l, line, (size_t) len), 0);
    }

    assert_int_equal(syncd_svn_listing_feed(&l, TAIL, sizeof(TAIL) - 1), 0);
    assert_int_equal(syncd_svn_listing_end(&l, &err), WPPKG_OK);
    assert_int_equal(n, k);
    assert_int_equal(l.slugs, k);

    memset(block, 'x', sizeof(block));
    assert_int_equal(syncd_svn_listing_feed(&l, "<", 1), 0);

    for (i = 0; i < 100000000; i += sizeof(block)) {
        assert_int_equal(syncd_svn_listing_feed(&l, block, sizeof(block)),
                         0);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_lab),
        cmocka_unit_test(test_wporg),
        cmocka_unit_test(test_entries),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_handler),
        cmocka_unit_test(test_large),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * News: what is one and what is not, how many there are, and what the Atom
 * feed and the list of closures tell.
 */


#include "scratch.h"
#include "withdraw.h"

#include "wppkg_atom.h"
#include "wppkg_closed_latest.h"
#include "wppkg_documents.h"
#include "wppkg_gzip.h"
#include "wppkg_import.h"
#include "wppkg_news.h"
#include "wppkg_overviews.h"
#include "wppkg_packages.h"
#include "wppkg_schema.h"
#include "wppkg_stale.h"
#include "wppkg_unwanted.h"
#include "wppkg_xml.h"


static wppkg_catalogue_t *
test_open(void)
{
    int                 added;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    assert_int_equal(wppkg_packages_add(cat, WPPKG_PLUGIN, "a", 1,
                                        SCRATCH_NOW, 0, &added), WPPKG_OK);
    return cat;
}


/*
 * An answer with these tags, the last of which is published; after a "/", a
 * version that has no tag is.
 */

static void
test_store(wppkg_catalogue_t *cat, const char *tags, int64_t at)
{
    char             zip[200];
    size_t           len;
    unsigned         changed;
    const char      *end;
    wppkg_due_t      due;
    wppkg_package_t  pkg;

    assert_int_equal(wppkg_packages_fetch(cat, 1, &due), WPPKG_OK);
    assert_int_equal(wppkg_package_init(&pkg, WPPKG_PLUGIN, "a", 1),
                     WPPKG_OK);
    pkg.has_trunk = 1;
    pkg.updated_at = SCRATCH_SECOND + at;
    assert_int_equal(wppkg_package_set(&pkg.name, "A & <B>", 7), WPPKG_OK);

    for ( /* void */ ; *tags != '\0'; tags = end + strspn(end, " ")) {
        end = tags + strcspn(tags, " ");

        if (*tags == '/') {
            tags++;
            assert_int_equal(wppkg_package_set(&pkg.download,
                                               "https://z/t.zip", 15),
                             WPPKG_OK);
        }

        len = (size_t) (end - tags);
        (void) snprintf(zip, sizeof(zip), "https://z/%.*s.zip", (int) len,
                        tags);

        assert_int_equal(wppkg_package_set(&pkg.ceiling, tags, len),
                         WPPKG_OK);

        if (pkg.download == NULL) {
            assert_int_equal(wppkg_package_add(&pkg, tags, len, zip,
                                               strlen(zip)), WPPKG_OK);
        }
    }

    if (wppkg_packages_store(cat, &due, &pkg,
                             (SCRATCH_SECOND + at) * WPPKG_TICKS, 0, &changed)
        != WPPKG_OK)
    {
        fail_msg("%s", wppkg_catalogue_error(cat));
    }

    wppkg_package_free(&pkg);
}


static void
test_gone(wppkg_catalogue_t *cat, wppkg_state_e state, const char *reason,
    int64_t at)
{
    unsigned     changed;
    wppkg_due_t  due;

    assert_int_equal(wppkg_packages_fetch(cat, 1, &due), WPPKG_OK);
    assert_int_equal(scratch_withdraw_simply(cat, &due, state, reason,
                                             (SCRATCH_SECOND + at)
                                             * WPPKG_TICKS, 0, &changed),
                     WPPKG_OK);
}


/* "2.0 closed", the oldest first */

static void
test_news(wppkg_catalogue_t *cat, const char *want)
{
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT coalesce(group_concat(coalesce(version, state), ' '), '')"
        " FROM (SELECT * FROM news ORDER BY id)", "");

    assert_int_equal(wppkg_catalogue_row(cat, stmt), WPPKG_OK);
    assert_string_equal((const char *) sqlite3_column_text(stmt, 0), want);
    wppkg_catalogue_done(stmt);
}


static int64_t
test_stale(wppkg_catalogue_t *cat)
{
    return scratch_int(cat, "SELECT value FROM meta"
                            " WHERE name = '" WPPKG_META_STALE "'");
}


static unsigned
test_update(wppkg_catalogue_t *cat)
{
    unsigned  changed;

    if (wppkg_overviews_update(cat, WPPKG_STALE_ALL, SCRATCH_NOW, &changed)
        != WPPKG_OK)
    {
        fail_msg("%s", wppkg_catalogue_error(cat));
    }

    return changed;
}


static void
test_body(wppkg_catalogue_t *cat, const char *path, wppkg_buf_t *b)
{
    size_t          size;
    wppkg_buf_t     gz;
    unsigned char   hash[WPPKG_HASH_LEN];
    wppkg_object_t  object;

    wppkg_buf_init(&gz, WPPKG_GZ_MAX);
    wppkg_buf_init(b, WPPKG_BODY_MAX);

    assert_int_equal(wppkg_documents_at(cat, path, &object), WPPKG_OK);
    assert_int_equal(wppkg_document_body(cat, object.id, hash, &size, &gz),
                     WPPKG_OK);
    assert_int_equal(wppkg_gunzip(gz.data, gz.len, size, b), WPPKG_OK);
    wppkg_buf_free(&gz);
}


/* another published version is one; a first answer, or the same, is not */

static void
test_releases(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open();

    test_store(cat, "1.0 1.1", 0);
    test_store(cat, "1.0 1.1", 1);
    test_news(cat, "");

    test_store(cat, "1.0 1.1 1.2", 2);
    test_news(cat, "1.2");
    assert_int_equal(scratch_int(cat, "SELECT at FROM news"),
                     SCRATCH_SECOND + 2);

    /* in other words; not the published one; back, and forth */

    test_store(cat, "1.0 1.1 v1.2", 3);
    test_store(cat, "1.0 1.1 2.0-beta1 1.0.1 v1.2", 4);
    test_store(cat, "1.0 1.1", 5);
    test_store(cat, "1.0 1.1 v1.2", 6);
    test_news(cat, "1.2");

    /* a lower one, which was never published */

    test_store(cat, "1.0 1.1 v1.2 1.1.1", 7);
    test_news(cat, "1.2 1.1.1");
    assert_int_equal(scratch_int(cat, "SELECT count(released_at) FROM news"),
                     0);

    /* when its tag was made, if that is known */

    scratch_exec(cat, "UPDATE packages SET followed = 1, added_rev = 1;"
                      "INSERT INTO tags (package_id, tag, seen_rev,"
                      "    first_rev, first_at, last_rev)"
                      " VALUES (1, '1.3', 5, 5, 77, 5)");
    test_store(cat, "1.0 1.1 v1.2 1.3", 8);
    test_news(cat, "1.2 1.1.1 1.3");
    assert_int_equal(scratch_int(cat, "SELECT sum(released_at) FROM news"),
                     77);

    /* rendered anew */

    scratch_exec(cat, "UPDATE meta SET value = 0"
                      " WHERE name = 'render_generation'");
    wppkg_catalogue_close(cat);
    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    test_news(cat, "1.2 1.1.1 1.3");

    wppkg_catalogue_close(cat);
}


/* without a tag; the tag that comes later is the same version */

static void
test_untagged(void **state)
{
    unsigned            changed;
    size_t              n;
    wppkg_zip_t         zip;
    wppkg_catalogue_t  *cat;

    cat = test_open();
    scratch_exec(cat, "INSERT INTO meta VALUES ('untagged', 1)"
                      " ON CONFLICT (name) DO UPDATE SET value = 1");
    wppkg_catalogue_verify_zips(cat, 1);

    test_store(cat, "1.0 /1.1", 0);
    test_store(cat, "1.0 /1.2", 1);
    test_news(cat, "1.2");

    test_store(cat, "1.0 1.2", 2);
    assert_int_equal(wppkg_zips_due(cat, SCRATCH_SECOND + 2, &zip, 1, &n),
                     WPPKG_OK);
    assert_int_equal(n, 1);
    assert_int_equal(zip.known, 1);
    scratch_exec(cat, "DELETE FROM news");
    assert_int_equal(wppkg_packages_reveal(cat, &zip, SCRATCH_NOW, &changed),
                     WPPKG_OK);
    assert_int_equal(changed, 1);
    wppkg_zip_free(&zip);
    test_news(cat, "");

    test_store(cat, "1.0 1.2 /1.3", 3);
    test_news(cat, "1.3");

    wppkg_catalogue_close(cat);
}


/* one that waits for its zip is one when that is there */

static void
test_revealed(void **state)
{
    size_t              n;
    unsigned            changed;
    wppkg_zip_t         zip;
    wppkg_catalogue_t  *cat;

    cat = test_open();
    wppkg_catalogue_verify_zips(cat, 1);

    test_store(cat, "1.0", 0);
    test_store(cat, "1.0 1.1", 1);
    test_news(cat, "");

    assert_int_equal(wppkg_zips_due(cat, SCRATCH_SECOND + 1, &zip, 1, &n),
                     WPPKG_OK);
    assert_int_equal(n, 1);
    assert_int_equal(wppkg_packages_reveal(cat, &zip,
                                           (SCRATCH_SECOND + 9) * WPPKG_TICKS,
                                           &changed), WPPKG_OK);
    wppkg_zip_free(&zip);
    test_news(cat, "1.1");
    assert_int_equal(scratch_int(cat, "SELECT at FROM news"),
                     SCRATCH_SECOND + 9);

    test_store(cat, "1.0 1.1", 10);
    test_news(cat, "1.1");

    wppkg_catalogue_close(cat);
}


/* what was never offered is not closed by anybody; an import tells nothing */

static void
test_states(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open();

    test_gone(cat, WPPKG_STATE_NOT_FOUND, NULL, 0);
    test_store(cat, "1.0", 1);
    test_news(cat, "");

    test_gone(cat, WPPKG_STATE_CLOSED, "why", 2);
    test_gone(cat, WPPKG_STATE_CLOSED, "why not", 3);
    test_gone(cat, WPPKG_STATE_CLOSED_FOR_GOOD, "why", 4);
    test_gone(cat, WPPKG_STATE_CLOSED, "why", 5);
    test_news(cat, "closed closed_for_good");

    /* opened, with a version that nobody has had for a while */

    test_store(cat, "1.0 1.1", 6);
    test_news(cat, "closed closed_for_good active");

    test_gone(cat, WPPKG_STATE_NOT_FOUND, NULL, 7);
    test_store(cat, "1.0 1.1", 8);
    test_news(cat, "closed closed_for_good active not_found active");

    scratch_exec(cat, "UPDATE packages SET synced_rev = 0;"
                      "DELETE FROM news");
    test_store(cat, "1.0 1.1 1.2", 9);
    scratch_exec(cat, "UPDATE packages SET synced_rev = 0");
    test_gone(cat, WPPKG_STATE_CLOSED, "why", 10);
    test_news(cat, "");

    wppkg_catalogue_close(cat);
}


static void
test_updated(wppkg_catalogue_t *cat, const char *want)
{
    char         line[100];
    wppkg_buf_t  b;

    (void) test_update(cat);
    (void) snprintf(line, sizeof(line), "</title>\n<updated>%s</updated>\n"
                    "<author><name>WordPress.org<", want);
    test_body(cat, WPPKG_ATOM_PATH, &b);
    assert_non_null(strstr(b.data, line));
    wppkg_buf_free(&b);
}


/* the last fifty; one that is told again is the last; none of what is gone */

static void
test_kept(void **state)
{
    int                 i, there;
    char                tags[40];
    wppkg_catalogue_t  *cat;

    cat = test_open();
    test_store(cat, "0", 0);

    for (i = 1; i <= 60; i++) {
        (void) snprintf(tags, sizeof(tags), "%d", i);
        test_store(cat, tags, i);
    }

    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM news"),
                     WPPKG_NEWS_MAX);
    assert_int_equal(scratch_int(cat, "SELECT min(version + 0) FROM news"),
                     11);

    test_store(cat, "v40", 100);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM news"),
                     WPPKG_NEWS_MAX);
    assert_int_equal(scratch_int(cat, "SELECT version + 0 FROM news"
                                      " ORDER BY id DESC"), 40);
    assert_true(scratch_plans(cat, "news") > 0);

    test_updated(cat, "2023-11-14T22:15:00Z");
    assert_int_equal(test_stale(cat), 0);

    /* a clock that goes back, until nothing of before is left */

    for (i = 61; i <= 120; i++) {
        (void) snprintf(tags, sizeof(tags), "%d", i);
        test_store(cat, tags, 70);
    }

    test_updated(cat, "2023-11-14T22:15:00Z");
    assert_int_equal(wppkg_unwanted_add(cat, WPPKG_PLUGIN, "a", 1,
                                        SCRATCH_NOW, &there), WPPKG_OK);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM news"), 0);
    assert_true((test_stale(cat) & WPPKG_STALE_NEWS) != 0);
    test_updated(cat, "2023-11-14T22:15:00Z");

    wppkg_catalogue_close(cat);
}


/* the bytes of a feed; where it is, if that is known */

static void
test_atom(void **state)
{
    wppkg_buf_t         b;
    wppkg_catalogue_t  *cat;

    static const char  feed[] =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n"
        "<id>urn:uuid:00112233-4455-4677-8899-aabbccddeeff</id>\n"
        "<title>WordPress plugins and themes: releases and closures</title>\n"
        "<updated>2023-11-14T22:13:22Z</updated>\n"
        "<author><name>WordPress.org</name></author>\n"
        "<link rel=\"self\" type=\"application/atom+xml\""
        " href=\"https://x.example/&amp;/feed.xml\"/>\n"
        "<entry>\n"
        "<id>urn:uuid:96dcd532-a8d7-85b9-86e2-a3fd13a51236</id>\n"
        "<title>A &amp; &lt;B&gt;: closed for good</title>\n"
        "<updated>2023-11-14T22:13:22Z</updated>\n"
        "<link rel=\"alternate\" type=\"text/html\""
        " href=\"https://wordpress.org/plugins/a/\"/>\n"
        "<category term=\"closure\"/>\n"
        "<summary>wp-plugin/a. It was closed on WordPress.org, for good"
        " (reason: b &amp; c).</summary>\n"
        "</entry>\n"
        "<entry>\n"
        "<id>urn:uuid:befd116a-6728-876a-bad3-94e9ccfd4520</id>\n"
        "<title>A &amp; &lt;B&gt; 1.1</title>\n"
        "<updated>2023-11-14T22:13:21Z</updated>\n"
        "<published>2023-11-14T22:13:00Z</published>\n"
        "<author><name>Me</name></author>\n"
        "<link rel=\"alternate\" type=\"text/html\""
        " href=\"https://wordpress.org/plugins/a/\"/>\n"
        "<category term=\"release\"/>\n"
        "<summary>wp-plugin/a 1.1: composer require wp-plugin/a:1.1"
        "</summary>\n"
        "</entry>\n"
        "</feed>\n";

    cat = test_open();
    assert_int_equal(test_update(cat) > 0, 1);
    test_body(cat, WPPKG_ATOM_PATH, &b);
    assert_null(strstr(b.data, "rel=\"self\""));
    assert_null(strstr(b.data, "<entry>"));
    wppkg_buf_free(&b);

    scratch_exec(cat, "UPDATE meta"
                      " SET value = '00112233445566778899aabbccddeeff'"
                      " WHERE name = 'news_id'");
    test_store(cat, "1.0", 0);
    test_store(cat, "1.0 1.1", 1);
    test_gone(cat, WPPKG_STATE_CLOSED_FOR_GOOD, "b & <c>", 2);
    scratch_exec(cat, "UPDATE news SET released_at = 1699999980"
                      " WHERE version IS NOT NULL;"
                      "UPDATE packages SET author = 'Me'");
    assert_int_equal(wppkg_atom_base(cat, "https://x.example/&"), WPPKG_OK);
    (void) test_update(cat);
    test_body(cat, WPPKG_ATOM_PATH, &b);
    assert_string_equal(b.data, feed);
    wppkg_buf_free(&b);

    /* the same address: nothing to do; another one; none any more */

    assert_int_equal(wppkg_atom_base(cat, "https://x.example/&"), WPPKG_OK);
    assert_int_equal(test_stale(cat), 0);
    assert_int_equal(wppkg_atom_base(cat, NULL), WPPKG_OK);
    assert_int_equal(test_stale(cat), WPPKG_STALE_NEWS);
    assert_int_equal(test_update(cat), 1);

    wppkg_catalogue_close(cat);
}


/* an older catalogue: what it knows of closures; each overview is rendered */

static void
test_migrated(void **state)
{
    int                 i;
    wppkg_catalogue_t  *cat;

    for (i = 0; i < 6; i++) {
        scratch_sql(scratch_path, wppkg_schema_steps[i]);
    }

    scratch_sql(scratch_path,
        "INSERT INTO meta (name, value) VALUES ('feed_floor', 1),"
        "    ('feed_watermark', 1), ('overviews_stale', 0);"
        "INSERT INTO packages (id, type, slug, created_at, changed_rev)"
        "    VALUES (1, 'plugin', 'a', 1, 1);"
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL"
        "    SELECT i + 1 FROM n WHERE i < 100)"
        " INSERT INTO state_changes (package_id, changed_at, old_state,"
        "    new_state, reason)"
        " SELECT 1, 1000 + i, iif(i % 2, 'active', 'closed'),"
        "    iif(i % 2, 'closed', 'active'), 'R' || i FROM n;"
        "INSERT INTO state_changes (package_id, changed_at, old_state,"
        "    new_state) VALUES (1, 2000, 'not_found', 'active'),"
        "    (1, 2001, 'closed', 'closed_for_good')");

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM news"),
                     WPPKG_NEWS_MAX);
    assert_int_equal(scratch_int(cat, "SELECT count(*) FROM news"
                                      " WHERE at BETWEEN 1051 AND 1100"
                                      " AND reason = 'R' || (at - 1000)"
                                      " AND id = at - 1050"),
                     WPPKG_NEWS_MAX);
    assert_int_equal(test_stale(cat), WPPKG_STALE_NEWS | WPPKG_STALE_LATEST);
    assert_int_equal(test_update(cat), 2);

    wppkg_catalogue_close(cat);
}


static void
test_escaped(void **state)
{
    wppkg_buf_t  b;

    wppkg_buf_init(&b, 1000);
    wppkg_xml_text(&b, "<script>\"&\t\n\x01\x7f\xc2\x85\xef\xbf\xbe"
                       "\xef\xbf\xbf\xef\xbf\xbd\xff\xed\xa0\x80"
                       "\xf0\x9f\x98\x80\xd7\xa9");
    assert_string_equal(b.data, "&lt;script&gt;&quot;&amp;  \xef\xbf\xbd"
                                "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                                "\xef\xbf\xbd\xf0\x9f\x98\x80\xd7\xa9");
    wppkg_buf_free(&b);
}


/* the last hundred by the date of the closure; what has none is not there */

static void
test_latest(void **state)
{
    char               *end;
    wppkg_buf_t         b;
    wppkg_catalogue_t  *cat;

    static const char  first[] =
        "{\"closures\":["
        "{\"name\":\"wp-theme/seen\",\"closed_at\":"
        "\"2023-11-14T22:13:20+00:00\",\"reason\":null,\"permanent\":false},"
        "{\"name\":\"wp-plugin/p1000\",\"closed_at\":"
        "\"1970-01-01T00:33:20+00:00\",\"reason\":\"R\","
        "\"permanent\":true},";

    cat = test_open();

    scratch_exec(cat,
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL"
        "    SELECT i + 1 FROM n WHERE i < 1000)"
        " INSERT INTO packages (type, slug, created_at, state, closed_at,"
        "    state_reason)"
        " SELECT 'plugin', 'p' || i, 1, 'closed_for_good', 1000 + i, 'R'"
        " FROM n;"
        "INSERT INTO packages (type, slug, created_at, state, known,"
        "    versions_changed_at, state_changed_at)"
        " VALUES ('theme', 'seen', 1, 'not_found', 1, 1, 1700000000),"
        "    ('theme', 'never', 1, 'not_found', 1, NULL, 1700000000)");

    (void) test_update(cat);
    test_body(cat, WPPKG_LATEST_PATH, &b);
    assert_int_equal(strncmp(b.data, first, strlen(first)), 0);
    assert_null(strstr(b.data, "never"));
    assert_non_null(strstr(b.data, "/p902\""));
    assert_null(strstr(b.data, "/p901\""));
    end = b.data + b.len - 3;
    assert_string_equal(end, "}]}");
    wppkg_buf_free(&b);

    assert_int_equal(scratch_plans(cat, "packages_closed_at (<expr>>?)"), 1);
    assert_int_equal(scratch_plans(cat, "TEMP B-TREE"), 0);

    /* another reason; a package that is taken out */

    scratch_exec(cat, "UPDATE packages SET state_reason = state_reason");
    assert_int_equal(test_stale(cat), 0);
    scratch_exec(cat, "UPDATE packages SET state_reason = 'S'"
                      " WHERE slug = 'p1000'");
    assert_int_equal(test_stale(cat), WPPKG_STALE_LATEST);
    assert_int_equal(test_update(cat), 1);
    scratch_exec(cat, "DELETE FROM packages WHERE slug = 'p999'");
    assert_true((test_stale(cat) & WPPKG_STALE_LATEST) != 0);

    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_releases),
        SCRATCH_TEST(test_untagged),
        SCRATCH_TEST(test_revealed),
        SCRATCH_TEST(test_states),
        SCRATCH_TEST(test_kept),
        SCRATCH_TEST(test_atom),
        SCRATCH_TEST(test_migrated),
        SCRATCH_TEST(test_escaped),
        SCRATCH_TEST(test_latest)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}

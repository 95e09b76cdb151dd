
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * packages.json as a document: when it is rendered, which names it tells;
 * and when the catalogue is whole.
 */


#include "scratch.h"

#include "wppkg_authority.h"
#include "wppkg_discovery.h"
#include "wppkg_documents.h"
#include "wppkg_gzip.h"
#include "wppkg_overviews.h"
#include "wppkg_packages.h"
#include "wppkg_root.h"


static void test_authority(void **state);
static void test_complete(void **state);
static void test_unlisted(void **state);
static void test_unanswered(void **state);
static void test_root_once(void **state);
static void test_root_names(void **state);
static void test_root_claims(void **state);
static void test_root_many(void **state);
static void test_root_restored(void **state);
static void test_root_filter(void **state);
static void test_plans(void **state);

static int test_whole(wppkg_catalogue_t *cat, wppkg_authority_e wanted,
    int follows, int *changed);
static void test_listed(wppkg_catalogue_t *cat, wppkg_type_e type);
static void test_package(wppkg_catalogue_t *cat, const char *slug,
    const char *body);
static unsigned test_update(wppkg_catalogue_t *cat, int named);
static int test_has(wppkg_catalogue_t *cat, const char *text);


static int
test_whole(wppkg_catalogue_t *cat, wppkg_authority_e wanted, int follows,
    int *changed)
{
    int  whole;

    if (wppkg_authority_update(cat, wanted, follows, &whole, changed)
        != WPPKG_OK)
    {
        fail_msg("%s", wppkg_catalogue_error(cat));
    }

    assert_int_equal(scratch_int(cat, "SELECT value = 'whole' FROM meta"
                                      " WHERE name = 'authority'"), whole);
    return whole;
}


static void
test_listed(wppkg_catalogue_t *cat, wppkg_type_e type)
{
    wppkg_listing_t  listing;

    memset(&listing, 0, sizeof(wppkg_listing_t));
    listing.at = SCRATCH_SECOND;
    listing.rev = 1;

    assert_int_equal(wppkg_discovery_listed(cat, type, &listing), WPPKG_OK);
}


static void
test_package(wppkg_catalogue_t *cat, const char *slug, const char *body)
{
    int       added, dev;
    char      path[WPPKG_PATH_MAX];
    int64_t   id;
    unsigned  changed;

    assert_int_equal(wppkg_packages_add(cat, WPPKG_PLUGIN, slug, strlen(slug),
                                        SCRATCH_NOW, 0, &added), WPPKG_OK);
    assert_int_equal(wppkg_packages_find(cat, WPPKG_PLUGIN, slug,
                                         strlen(slug), &id), WPPKG_OK);

    for (dev = 0; dev <= 1; dev++) {
        wppkg_document_path(path, WPPKG_PLUGIN, slug, dev);

        assert_int_equal(wppkg_document_set(cat, id, path, body,
                                            body ? strlen(body) : 0,
                                            SCRATCH_NOW, &changed), WPPKG_OK);
    }
}


/* of the list and the root, as in a run; whether the root has other bytes */

static unsigned
test_update(wppkg_catalogue_t *cat, int named)
{
    unsigned      changed;
    wppkg_root_t  root;

    memset(&root, 0, sizeof(wppkg_root_t));
    root.prefix = "";
    root.authority = named ? WPPKG_PART : WPPKG_WHOLE;
    root.summary_url = "/s.json";

    if (wppkg_overviews_update(cat, WPPKG_STALE_ALL, SCRATCH_NOW, &changed)
        != WPPKG_OK
        || wppkg_root_update(cat, &root, named, SCRATCH_NOW, &changed)
           != WPPKG_OK)
    {
        fail_msg("%s", wppkg_catalogue_error(cat));
    }

    return changed;
}


static int
test_has(wppkg_catalogue_t *cat, const char *text)
{
    int            found;
    size_t         size;
    int64_t        id;
    wppkg_buf_t    gz, b;
    unsigned char  hash[WPPKG_HASH_LEN];

    id = scratch_int(cat, "SELECT id FROM documents"
                          " WHERE path = '" WPPKG_ROOT_PATH "'");

    wppkg_buf_init(&gz, WPPKG_BODY_MAX);
    wppkg_buf_init(&b, WPPKG_BODY_MAX);

    assert_int_equal(wppkg_document_body(cat, id, hash, &size, &gz),
                     WPPKG_OK);
    assert_int_equal(wppkg_gunzip(gz.data, gz.len, size, &b), WPPKG_OK);

    found = (strstr(b.data, text) != NULL);

    wppkg_buf_free(&gz);
    wppkg_buf_free(&b);

    return found;
}


/* what the configuration says is done; else it is a part */

static void
test_authority(void **state)
{
    int                 changed;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(test_whole(cat, WPPKG_AUTHORITY_AUTO, 0, &changed), 0);
    assert_int_equal(changed, 0);
    assert_int_equal(test_whole(cat, WPPKG_AUTHORITY_WHOLE, 0, &changed), 1);
    assert_int_equal(changed, 1);
    assert_int_equal(test_whole(cat, WPPKG_AUTHORITY_WHOLE, 0, &changed), 1);
    assert_int_equal(changed, 0);
    assert_int_equal(test_whole(cat, WPPKG_AUTHORITY_AUTO, 1, &changed), 0);
    assert_int_equal(changed, 1);

    /* what cannot be read is written anew */

    scratch_exec(cat, "UPDATE meta SET value = 1 WHERE name = 'authority'");
    assert_int_equal(test_whole(cat, WPPKG_AUTHORITY_PART, 1, &changed), 0);

    wppkg_catalogue_close(cat);
}


/* whole once all are answered; what comes later makes it no part again */

static void
test_complete(void **state)
{
    int                 changed;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    test_package(cat, "a", NULL);
    test_listed(cat, WPPKG_PLUGIN);
    test_listed(cat, WPPKG_THEME);

    assert_int_equal(test_whole(cat, WPPKG_AUTHORITY_AUTO, 1, &changed), 0);

    scratch_exec(cat, "UPDATE packages SET state = 'closed'");

    assert_int_equal(test_whole(cat, WPPKG_AUTHORITY_PART, 1, &changed), 0);
    assert_int_equal(test_whole(cat, WPPKG_AUTHORITY_AUTO, 1, &changed), 1);
    assert_int_equal(changed, 1);

    test_package(cat, "b", NULL);
    scratch_exec(cat, "UPDATE meta SET value = 0"
                      " WHERE name = 'svn_listing_at_plugin'");

    assert_int_equal(test_whole(cat, WPPKG_AUTHORITY_AUTO, 1, &changed), 1);
    assert_int_equal(changed, 0);

    /* nobody tells it of new names any more */

    assert_int_equal(test_whole(cat, WPPKG_AUTHORITY_AUTO, 0, &changed), 0);

    wppkg_catalogue_close(cat);
}


/* a listing of each type */

static void
test_unlisted(void **state)
{
    int                 changed;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    test_listed(cat, WPPKG_PLUGIN);
    assert_int_equal(test_whole(cat, WPPKG_AUTHORITY_AUTO, 1, &changed), 0);

    test_listed(cat, WPPKG_THEME);
    assert_int_equal(test_whole(cat, WPPKG_AUTHORITY_AUTO, 1, &changed), 1);

    wppkg_catalogue_close(cat);
}


/* asked about in vain: twice, and a few of many, or it is an outage */

static void
test_unanswered(void **state)
{
    int                 changed;
    char                example[WPPKG_AUTHORITY_TEXT];
    uint64_t            n;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    test_listed(cat, WPPKG_PLUGIN);
    test_listed(cat, WPPKG_THEME);

    scratch_exec(cat, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL"
        " SELECT i + 1 FROM n WHERE i < 20) INSERT INTO packages (type, slug,"
        " created_at, failures, last_error) SELECT 'plugin', 'p' || i, 1, 9,"
        " 'HTTP 500' FROM n");
    assert_int_equal(test_whole(cat, WPPKG_AUTHORITY_AUTO, 1, &changed), 0);
    assert_int_equal(wppkg_authority_unanswered(cat, &n), WPPKG_OK);
    assert_int_equal(n, 20);

    /* four are too many of so few, and three are not, but for one of them */

    scratch_exec(cat, "UPDATE packages SET state = 'active' WHERE id > 4");
    assert_int_equal(test_whole(cat, WPPKG_AUTHORITY_AUTO, 1, &changed), 0);

    scratch_exec(cat, "UPDATE packages SET state = 'active' WHERE id = 4;"
                      "UPDATE packages SET failures = 1 WHERE id = 2");
    assert_int_equal(test_whole(cat, WPPKG_AUTHORITY_AUTO, 1, &changed), 0);
    assert_int_equal(wppkg_authority_example(cat, example), WPPKG_OK);
    assert_non_null(strstr(example, " (HTTP 500)"));

    scratch_exec(cat, "UPDATE packages SET failures = 2 WHERE id = 2");
    assert_int_equal(test_whole(cat, WPPKG_AUTHORITY_AUTO, 1, &changed), 1);
    assert_int_equal(scratch_plans(cat, "packages_new"), 2);

    wppkg_catalogue_close(cat);
}


/* a whole one's root has nothing to do with names */

static void
test_root_once(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(test_update(cat, 0), 1);
    assert_true(test_has(cat, "[\"wp-plugin/*\",\"wp-theme/*\"]"));
    assert_true(test_has(cat, "\"wppkg-authority\":\"whole\""));

    test_package(cat, "a", "{}");
    assert_int_equal(test_update(cat, 0), 0);

    wppkg_catalogue_close(cat);
}


/* a part's has them: those with documents, whatever is in these */

static void
test_root_names(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(test_update(cat, 1), 1);
    assert_true(test_has(cat, "\"available-package-patterns\":[\"-/-\"]"));

    test_package(cat, "never", NULL);
    test_package(cat, "b", "{}");
    test_package(cat, "a", "{}");

    assert_int_equal(test_update(cat, 1), 1);
    assert_true(test_has(cat, "\"available-packages\":"
                              "[\"wp-plugin/a\",\"wp-plugin/b\"]"));

    /* names stay, so nothing is read: a row that was lost is not missed */

    test_package(cat, "b", "{\"other\":1}");
    scratch_exec(cat, "UPDATE documents SET path = 'p2/lost'"
                      " WHERE path = 'p2/wp-plugin/b.json'");
    assert_int_equal(test_update(cat, 1), 0);

    test_package(cat, "a", NULL);
    test_package(cat, "c", "{}");
    assert_int_equal(test_update(cat, 1), 1);
    assert_true(test_has(cat, "\"available-packages\":[\"wp-plugin/c\"]"));

    /* the configuration changes what it is */

    assert_int_equal(test_update(cat, 0), 1);
    assert_false(test_has(cat, "wp-plugin/c"));
    assert_int_equal(test_update(cat, 0), 0);

    wppkg_catalogue_close(cat);
}


/* a part that has closed packages answers for them (C 40) */

static void
test_root_claims(void **state)
{
    unsigned            changed;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    test_package(cat, "a", "{}");
    test_package(cat, "b", "{}");
    assert_int_equal(test_update(cat, 1), 1);

    /* a closing moves the name from one list to the other */

    assert_int_equal(wppkg_document_claim(cat, 2, "p2/wp-plugin/b.json", "{}",
                                          2, SCRATCH_NOW, &changed),
                     WPPKG_OK);
    assert_int_equal(test_update(cat, 1), 0);
    assert_true(test_has(cat, "\"available-packages\":"
                              "[\"wp-plugin/a\",\"wp-plugin/b\"]"));

    /* one that was never offered: another name in the list of claims */

    test_package(cat, "c", NULL);
    assert_int_equal(wppkg_document_claim(cat, 3, "p2/wp-plugin/c.json", "{}",
                                          2, SCRATCH_NOW, &changed),
                     WPPKG_OK);
    assert_int_equal(test_update(cat, 1), 1);
    assert_true(test_has(cat, "[\"wp-plugin/a\",\"wp-plugin/b\","
                              "\"wp-plugin/c\"]"));

    /* the last claims cease, and so does their list */

    test_package(cat, "b", NULL);
    test_package(cat, "c", NULL);
    assert_int_equal(test_update(cat, 1), 1);
    assert_true(test_has(cat, "\"available-packages\":[\"wp-plugin/a\"]"));
    assert_int_equal(test_update(cat, 1), 0);

    wppkg_catalogue_close(cat);
}


/* a root of more than 10,000 names has patterns */

static void
test_root_many(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    scratch_exec(cat,
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL"
        "    SELECT i + 1 FROM n WHERE i < 10000)"
        " INSERT INTO packages (type, slug, created_at)"
        "    SELECT 'plugin', 'p-' || i, 1 FROM n;"
        "INSERT INTO documents (package_id, path, content_hash, content_size,"
        "    content_changed_at)"
        " SELECT id, 'p2/wp-plugin/' || slug || '.json', zeroblob(32), 1, 1"
        " FROM packages");

    assert_int_equal(test_update(cat, 1), 1);
    assert_true(test_has(cat, "\"wp-plugin/p-10000\""));

    test_package(cat, "one-more", "{}");
    assert_int_equal(test_update(cat, 1), 1);
    assert_true(test_has(cat, "[\"wp-plugin/*\",\"wp-theme/*\"]"));
    assert_true(test_has(cat, "\"wppkg-authority\":\"part\""));

    wppkg_catalogue_close(cat);
}


/* a root that is gone is made again */

static void
test_root_restored(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(test_update(cat, 0), 1);
    scratch_exec(cat, "DELETE FROM bodies WHERE document_id ="
                      " (SELECT id FROM documents WHERE path ="
                      " '" WPPKG_ROOT_PATH "');"
                      "DELETE FROM documents WHERE path ="
                      " '" WPPKG_ROOT_PATH "'");
    assert_int_equal(test_update(cat, 0), 1);

    wppkg_catalogue_close(cat);
}


/* C 44: a list that comes or goes is a change, another entry is none */

static void
test_root_filter(void **state)
{
    unsigned            changed;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(test_update(cat, 0), 1);
    assert_true(test_has(cat, ",\"filter\":{\"metadata\":true,\"lists\":{"
                              "\"wp-closed\":{\"enabled\":true}},"
                              "\"summary-url\":\"/s.json\"},"));

    /* C 45: a 404 makes Composer's audit fail */

    assert_int_equal(wppkg_document_set(cat, 0, WPPKG_FILTERS_PATH, NULL, 0,
                                        SCRATCH_NOW, &changed), WPPKG_OK);
    assert_int_equal(test_update(cat, 0), 1);
    assert_true(test_has(cat, "{\"enabled\":true}}},"));

    scratch_exec(cat, "INSERT INTO filters VALUES"
                      " ('plugin', 'x', 'xy', '*', 'r', NULL),"
                      " ('plugin', 'y', 'malware', '*', 'r', NULL),"
                      " ('plugin', 'z', 'malware', '*', 'r', NULL),"
                      " ('theme', 'a', 'malware', '*', 'r', NULL)");
    assert_int_equal(test_update(cat, 0), 1);
    assert_true(test_has(cat, "{\"malware\":{\"enabled\":true},"
                              "\"wp-closed\":{\"enabled\":true},"
                              "\"xy\":{\"enabled\":true}}"));

    scratch_exec(cat, "DELETE FROM filters WHERE slug = 'y'");
    assert_int_equal(test_update(cat, 0), 0);

    /* C 47: what is gone is on no list */

    wppkg_catalogue_closed(cat, WPPKG_CLOSED_GONE);
    assert_int_equal(test_update(cat, 0), 1);
    assert_false(test_has(cat, "wp-closed"));
    assert_true(test_has(cat, "{\"malware\":{\"enabled\":true},\"xy\":"));

    scratch_exec(cat, "DELETE FROM filters");
    assert_int_equal(test_update(cat, 0), 1);
    assert_false(test_has(cat, "filter"));

    wppkg_catalogue_close(cat);
}


static void
test_plans(void **state)
{
    int                 changed;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    test_listed(cat, WPPKG_PLUGIN);
    test_listed(cat, WPPKG_THEME);
    assert_int_equal(test_whole(cat, WPPKG_AUTHORITY_AUTO, 1, &changed), 1);

    assert_int_equal(test_update(cat, 1), 1);
    assert_int_equal(scratch_plans(cat, "TEMP B-TREE"), 0);
    assert_int_equal(scratch_plans(cat, "SEARCH filters USING COVERING INDEX"
                                        " filters_list (list>?)"), 1);
    assert_int_equal(scratch_plans(cat, "SCAN documents\n"), 0);
    assert_int_equal(scratch_plans(cat, "SEARCH documents USING INDEX"
                                        " sqlite_autoindex_documents_1"
                                        " (path>? AND path<?)"), 1);

    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_authority),
        SCRATCH_TEST(test_complete),
        SCRATCH_TEST(test_unlisted),
        SCRATCH_TEST(test_unanswered),
        SCRATCH_TEST(test_root_once),
        SCRATCH_TEST(test_root_names),
        SCRATCH_TEST(test_root_claims),
        SCRATCH_TEST(test_root_many),
        SCRATCH_TEST(test_root_restored),
        SCRATCH_TEST(test_root_filter),
        SCRATCH_TEST(test_plans)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}

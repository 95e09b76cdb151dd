
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Versions that are held back because of their zip: which, for how long, and
 * that none is lost by a kill.
 */


#include "scratch.h"

#include "wppkg_discovery.h"
#include "wppkg_packages.h"


#define MINUTE  60
#define DAY     86400


static wppkg_catalogue_t *
test_open(void)
{
    int                 added;
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);
    wppkg_catalogue_verify_zips(cat, 1);
    assert_int_equal(wppkg_packages_add(cat, WPPKG_PLUGIN, "a", 1,
                                        SCRATCH_NOW, 0, &added), WPPKG_OK);
    return cat;
}


/* an answer with these tags, the last of which is published */

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

    for ( /* void */ ; *tags != '\0'; tags = end + strspn(end, " ")) {
        end = tags + strcspn(tags, " ");
        len = (size_t) (end - tags);

        (void) snprintf(zip, sizeof(zip), "https://z/%.*s.zip", (int) len,
                        tags);
        assert_int_equal(wppkg_package_add(&pkg, tags, len, zip,
                                           strlen(zip)), WPPKG_OK);
        assert_int_equal(wppkg_package_set(&pkg.ceiling, tags, len),
                         WPPKG_OK);
    }

    assert_int_equal(wppkg_packages_store(cat, &due, &pkg,
                                          (SCRATCH_SECOND + at) * WPPKG_TICKS,
                                          0, &changed), WPPKG_OK);
    wppkg_package_free(&pkg);
}


/* the tags that are due, in order */

static const char *
test_due(wppkg_catalogue_t *cat, int64_t at)
{
    size_t       i, n, len;
    wppkg_zip_t  zips[100];

    static char  text[1000];

    assert_int_equal(wppkg_zips_due(cat, SCRATCH_SECOND + at, zips, 100, &n),
                     WPPKG_OK);

    text[0] = '\0';
    len = 0;

    for (i = 0; i < n; i++) {
        len += (size_t) snprintf(text + len, sizeof(text) - len, "%s ",
                                 zips[i].tag);
        wppkg_zip_free(&zips[i]);
    }

    return text;
}


static void
test_later(wppkg_catalogue_t *cat, int64_t at)
{
    size_t       n;
    wppkg_zip_t  zip;

    assert_int_equal(wppkg_zips_due(cat, SCRATCH_SECOND + at, &zip, 1, &n),
                     WPPKG_OK);
    assert_int_equal(n, 1);
    assert_int_equal(wppkg_zip_later(cat, &zip, 1, SCRATCH_SECOND + at),
                     WPPKG_OK);
    wppkg_zip_free(&zip);
}


static unsigned
test_there(wppkg_catalogue_t *cat, int64_t at)
{
    size_t       n;
    unsigned     changed;
    wppkg_zip_t  zip;

    assert_int_equal(wppkg_zips_due(cat, SCRATCH_SECOND + at, &zip, 1, &n),
                     WPPKG_OK);
    assert_int_equal(n, 1);
    assert_int_equal(wppkg_packages_reveal(cat, &zip,
                                           (SCRATCH_SECOND + at)
                                           * WPPKG_TICKS, &changed),
                     WPPKG_OK);
    wppkg_zip_free(&zip);

    return changed;
}


/* which versions are asked for: what an answer brings, and not a first one */

static void
test_which(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open();

    test_store(cat, "1.0 1.1", 0);
    assert_string_equal(test_due(cat, 0), "");
    test_store(cat, "1.0 1.1 1.2", 1);
    assert_string_equal(test_due(cat, 0), "");
    assert_string_equal(test_due(cat, 1), "1.2 ");
    assert_int_equal(test_there(cat, 1), 1);
    assert_string_equal(test_due(cat, 1), "");
    assert_int_equal(scratch_int(cat, "SELECT instr(versions, 'unseen')"
                                      " FROM packages"), 0);

    /* the same in other words, and what is above the published version */

    test_store(cat, "v1.0 1.1.0 2.0 1.2", 2);
    assert_string_equal(test_due(cat, 2), "");
    test_store(cat, "v1.0 1.1.0 1.2 2.0", 3);
    assert_string_equal(test_due(cat, 3), "2.0 ");

    /* and then not any more */

    test_store(cat, "v1.0 1.1.0 1.2", 4);
    assert_string_equal(test_due(cat, 4), "");

    /* many: the newest five */

    test_store(cat, "v1.0 1.1.0 1.2 3.1 3.2 3.3 3.10 3.4 3.5 3.11", 5);
    assert_string_equal(test_due(cat, 5), "3.10 3.11 3.3 3.4 3.5 ");

    /* off */

    wppkg_catalogue_verify_zips(cat, 0);
    test_store(cat, "v1.0 1.1.0 1.2 4.0", 6);
    assert_string_equal(test_due(cat, 6), "");

    assert_int_equal(scratch_plans(cat, "SEARCH zips USING INDEX zips_due "
                                        "(next_at<?)"), 1);
    wppkg_catalogue_close(cat);
}


/* growing pauses; a commit ends one; a clock that was ahead does, too */

static void
test_pauses(void **state)
{
    size_t              i;
    int64_t             at;
    wppkg_catalogue_t  *cat;

    static const int64_t  pauses[] = {
        600, 1800, 3600, 7200, 14400, 28800, 57600, DAY, 2 * DAY, 4 * DAY,
        7 * DAY, 7 * DAY, 7 * DAY
    };

    cat = test_open();
    test_store(cat, "1.0", 0);
    test_store(cat, "1.0 1.1", 0);

    at = 0;

    for (i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
        test_later(cat, at);
        test_store(cat, "1.0 1.1", at + 1);
        assert_string_equal(test_due(cat, at + pauses[i] - 1), "");
        at += pauses[i];
        assert_string_equal(test_due(cat, at), "1.1 ");
    }

    test_later(cat, at);
    scratch_exec(cat, "UPDATE packages SET changed_rev = 9, commits = 1");
    test_store(cat, "1.0 1.1", at + MINUTE);
    assert_string_equal(test_due(cat, at + MINUTE), "1.1 ");

    test_later(cat, at + 3650 * INT64_C(86400));
    assert_string_equal(test_due(cat, at + 2 * MINUTE), "1.1 ");

    wppkg_catalogue_close(cat);
}


static void
test_kill(const void *data)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_WRITE);
    wppkg_catalogue_verify_zips(cat, 1);
    test_store(cat, "1.0 1.1", 1);

    if (data != NULL) {
        scratch_exec(cat, "BEGIN; DELETE FROM zips");
    }

    (void) raise(SIGKILL);
}


/* what a run that dies has not asked for is due for the next one */

static void
test_killed(void **state)
{
    size_t              i;
    wppkg_catalogue_t  *cat;

    for (i = 0; i < 2; i++) {
        cat = test_open();
        test_store(cat, "1.0", 0);
        wppkg_catalogue_close(cat);

        assert_true(WIFSIGNALED(scratch_child(test_kill, i ? "" : NULL, 0)));

        cat = scratch_open(WPPKG_CATALOGUE_WRITE);
        assert_string_equal(test_due(cat, 1), "1.1 ");
        assert_int_equal(test_there(cat, 1), 1);
        assert_string_equal(test_due(cat, 1), "");

        wppkg_catalogue_close(cat);
        (void) scratch_teardown(NULL);
        (void) scratch_setup(NULL);
    }
}


/* an empty tag, as commits tell it, in whatever order they are read */

static void
test_bare(void **state)
{
    size_t              i;
    int                 added;
    wppkg_mark_t        mark;
    wppkg_package_t     pkg;
    wppkg_state_e       now;
    wppkg_catalogue_t  *cat;

    static const struct {
        int64_t       rev;
        const char   *what;
        wppkg_held_e  held;
    } marks[] = {
        { 10, "b", WPPKG_HELD_BARE },
        { 10, "b", WPPKG_HELD_BARE },
        { 5, "f", WPPKG_HELD_BARE },
        { 11, "", WPPKG_HELD_BARE },          /* a property of the directory */
        { 12, "f", WPPKG_HELD_NOT },
        { 13, "d", WPPKG_HELD_NOT },
        { 14, "bf", WPPKG_HELD_NOT },
        { 15, "d", WPPKG_HELD_NOT },
        { 16, "b", WPPKG_HELD_BARE },
        { 16, "f", WPPKG_HELD_NOT }           /* a part of the same commit */
    };

    cat = test_open();
    test_store(cat, "1.0", 0);
    memset(&mark, 0, sizeof(wppkg_mark_t));

    mark.slug = "a";
    mark.slug_len = 1;
    mark.tag = "1.0";
    mark.tag_len = 3;

    for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        mark.rev = marks[i].rev;
        mark.bare = (strchr(marks[i].what, 'b') != NULL);
        mark.filled = (strchr(marks[i].what, 'f') != NULL);
        mark.deleted = (strchr(marks[i].what, 'd') != NULL);
        mark.created = mark.bare;

        assert_int_equal(wppkg_discovery_mark(cat, WPPKG_PLUGIN, &mark,
                                              SCRATCH_NOW, &added), WPPKG_OK);
        assert_int_equal(wppkg_packages_load(cat, 1, &pkg, &now, 0),
                         WPPKG_OK);
        assert_int_equal(pkg.releases[0].held, marks[i].held);
        wppkg_package_free(&pkg);
    }

    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_which),
        SCRATCH_TEST(test_pauses),
        SCRATCH_TEST(test_killed),
        SCRATCH_TEST(test_bare)
    };

    (void) cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}

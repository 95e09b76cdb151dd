
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What an answer takes away from what is published, and adds to it (R 14).
 */


#include "scratch.h"

#include "wppkg_diff.h"
#include "wppkg_discovery.h"
#include "wppkg_loss.h"


/*
 * "1.0 1.1 !1.2 <1.0 @": tags, one without a zip, the published version, and
 * a zip of what has no tag
 */

static void
test_package(wppkg_package_t *pkg, const char *text)
{
    size_t       len;
    const char  *end;

    assert_int_equal(wppkg_package_init(pkg, WPPKG_PLUGIN, "p-1", 3),
                     WPPKG_OK);

    for ( /* void */ ; *text != '\0'; text = end + strspn(end, " ")) {
        end = text + strcspn(text, " ");
        len = (size_t) (end - text);

        if (*text == '<') {
            assert_int_equal(wppkg_package_set(&pkg->ceiling, text + 1,
                                               len - 1), WPPKG_OK);

        } else if (*text == '@') {
            assert_int_equal(wppkg_package_set(&pkg->download, "https://z/",
                                               10), WPPKG_OK);
            pkg->untagged = 1;
            pkg->trunk_revision = 7;

        } else if (*text == '!') {
            assert_int_equal(wppkg_package_add(pkg, text + 1, len - 1,
                                               "none", 4), WPPKG_OK);

        } else {
            assert_int_equal(wppkg_package_add(pkg, text, len, "https://z/",
                                               10), WPPKG_OK);
        }
    }
}


/* "lost/gained", as normalised versions */

static void
test_is(const char *before, const char *after, const char *want)
{
    char             text[1000];
    size_t           i, len;
    wppkg_diff_t     d;
    wppkg_package_t  old, new;

    test_package(&old, before);
    test_package(&new, after);

    assert_int_equal(wppkg_diff(&old, &new, &d), WPPKG_OK);

    len = 0;

    for (i = 0; i < d.nlost + d.ngained; i++) {
        len += (size_t) snprintf(text + len, sizeof(text) - len, "%s%s ",
                                 (i == d.nlost) ? "/ " : "",
                                 (i < d.nlost ? d.lost[i]
                                              : d.gained[i - d.nlost])
                                 ->version->clean);
    }

    text[len] = '\0';

    wppkg_diff_free(&d);
    wppkg_package_free(&old);
    wppkg_package_free(&new);

    assert_string_equal(text, want);
}


static void
test_diff(void **state)
{
    test_is("", "", "");
    test_is("1.0 1.1", "1.1 1.0", "");
    test_is("1.0 1.1", "", "1.0 1.1 ");
    test_is("", "1.0 1.1", "/ 1.0 1.1 ");
    test_is("1.0 1.1 1.2", "1.1 1.3", "1.0 1.2 / 1.3 ");

    /* the same version in other words, and what was never published */

    test_is("v1.0", "1.0.0", "");
    test_is("1.0 nonsense !1.1", "1.0", "");
    test_is("1.0 1.1 <1.0", "1.0", "");

    /* whatever the reason is */

    test_is("1.0 1.1", "1.0 !1.1", "1.1 ");
    test_is("1.0 1.1 <1.1", "1.0 1.1 <1.0", "1.1 ");
    test_is("1.0 1.1 <1.0", "1.0 1.1 <1.1", "/ 1.1 ");
    test_is("1.0 2.0-beta1 <1.0", "1.0 <1.0", "2.0-beta1 ");

    /* a version without a tag gives way to another, but not to none */

    test_is("1.0 <2.0 @", "1.0 <2.1 @", "");
    test_is("1.0 <2.0 @", "1.0 2.0 <2.0", "/ 2.0 ");
    test_is("1.0 <2.0 @", "1.0 2.1 <2.1", "/ 2.1 ");
    test_is("1.0 <2.0", "1.0 <2.0 @", "");
    test_is("1.0 <2.0 @", "1.0 <1.9 @", "2.0 ");
    test_is("1.0 <2.0 @", "1.0 <1.0", "2.0 ");
    test_is("1.0 <2.0 @", "1.0 <2.0", "2.0 ");
    test_is("1.0 <2.0 @", "1.0 @", "2.0 ");
    test_is("<2.0 @", "", "2.0 ");
}


static wppkg_catalogue_t *
test_open(const char *versions)
{
    char                sql[8192];
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    (void) snprintf(sql, sizeof(sql),
        "INSERT INTO packages (type, slug, state, created_at, versions)"
        " VALUES ('plugin', 'p-1', 'active', 1, '[%s]')", versions);
    scratch_exec(cat, sql);

    return cat;
}


static void
test_loss_of(wppkg_catalogue_t *cat, const char *answer, wppkg_loss_t *loss)
{
    wppkg_due_t      due;
    wppkg_package_t  pkg;

    assert_int_equal(wppkg_packages_fetch(cat, 1, &due), WPPKG_OK);
    test_package(&pkg, answer);
    assert_int_equal(wppkg_loss(cat, &due, &pkg, loss), WPPKG_OK);
    wppkg_package_free(&pkg);
}


#define ROW(tag)  "{\"tag\":\"" tag "\",\"zip\":\"https://z/\"}"


/* R 14: the same loss has the same hash, another one another */

static void
test_hash(void **state)
{
    wppkg_loss_t        none, one, same, two;
    wppkg_catalogue_t  *cat;

    cat = test_open(ROW("1.0") "," ROW("1.1") "," ROW("1.2"));

    test_loss_of(cat, "1.0 1.1 1.2 1.3", &none);
    assert_int_equal(none.n, 0);
    assert_string_equal(none.text, "");

    test_loss_of(cat, "1.0 1.2", &one);
    test_loss_of(cat, "1.2 1.0 1.3", &same);
    test_loss_of(cat, "1.0", &two);

    assert_int_equal(one.n, 1);
    assert_int_equal(two.n, 2);
    assert_string_equal(two.text, "1.1, 1.2");
    assert_memory_equal(one.hash, same.hash, WPPKG_HASH_LEN);
    assert_memory_not_equal(one.hash, two.hash, WPPKG_HASH_LEN);

    /* of what is not offered, nothing is taken away */

    scratch_exec(cat, "UPDATE packages SET state = 'closed'");
    test_loss_of(cat, "1.0", &one);
    assert_int_equal(one.n, 0);

    wppkg_catalogue_close(cat);
}


/* R 14: Subversion, which told that a tag was deleted, is a witness */

static void
test_told(void **state)
{
    int                 i, added;
    wppkg_loss_t        loss;
    wppkg_mark_t        mark;
    wppkg_catalogue_t  *cat;

    cat = test_open(ROW("1.0") "," ROW("1.1"));
    memset(&mark, 0, sizeof(wppkg_mark_t));

    mark.slug = "p-1";
    mark.slug_len = 3;
    mark.tag = "1.0";
    mark.tag_len = 3;

    /* deleted, which may be told twice; made again; deleted again */

    for (i = 0; i < 6; i++) {
        mark.rev = 10 + i / 2;
        mark.deleted = (mark.rev != 11);
        mark.created = !mark.deleted;
        assert_int_equal(wppkg_discovery_mark(cat, WPPKG_PLUGIN, &mark,
                                              SCRATCH_NOW, &added), WPPKG_OK);

        test_loss_of(cat, "1.1", &loss);
        assert_int_equal(loss.n, !mark.deleted);
    }

    test_loss_of(cat, "", &loss);
    assert_int_equal(loss.n, 1);
    assert_string_equal(loss.text, "1.1");

    /* an older mark, which comes late, changes nothing */

    mark.rev = 5;
    mark.deleted = 0;
    assert_int_equal(wppkg_discovery_mark(cat, WPPKG_PLUGIN, &mark,
                                          SCRATCH_NOW, &added), WPPKG_OK);
    test_loss_of(cat, "1.1", &loss);
    assert_int_equal(loss.n, 0);

    wppkg_catalogue_close(cat);
}


/*
 * What is stored while an answer is in doubt: "have" was, "answer" comes;
 * published then is "want", and of that the same answer takes the same away.
 */

static void
test_keep_is(wppkg_catalogue_t *cat, const char *have, const char *answer,
    const char *want)
{
    char                text[1000];
    size_t              i, len;
    wppkg_due_t         due;
    wppkg_loss_t        first, second;
    wppkg_tick_t        now;
    wppkg_package_t     pkg;
    wppkg_selection_t   sel;
    unsigned            changed;

    now = SCRATCH_NOW;

    assert_int_equal(wppkg_packages_fetch(cat, 1, &due), WPPKG_OK);
    test_package(&pkg, have);
    assert_int_equal(wppkg_packages_store(cat, &due, &pkg, now, 0, &changed),
                     WPPKG_OK);
    wppkg_package_free(&pkg);

    test_loss_of(cat, answer, &first);
    test_package(&pkg, answer);
    assert_int_equal(wppkg_loss_keep(cat, &due, &pkg), WPPKG_OK);
    assert_int_equal(wppkg_packages_gain(cat, &due, &pkg, now, 9, &changed),
                     WPPKG_OK);
    assert_int_equal(scratch_int(cat, "SELECT next_check_at FROM packages"),
                     9);
    assert_int_equal(wppkg_select(&pkg, &sel), WPPKG_OK);

    text[0] = '\0';
    len = 0;

    for (i = 0; i < sel.ntagged + sel.ndev; i++) {
        len += (size_t) snprintf(text + len, sizeof(text) - len, "%s%s ",
                                 sel.published[i]->version->clean,
                                 sel.published[i]->release ? "" : "@");
    }

    wppkg_select_free(&sel);
    wppkg_package_free(&pkg);

    assert_string_equal(text, want);

    test_loss_of(cat, answer, &second);
    assert_int_equal(first.n, second.n);
    assert_memory_equal(first.hash, second.hash, WPPKG_HASH_LEN);
}


static void
test_keep(void **state)
{
    wppkg_catalogue_t  *cat;

    cat = test_open("");
    scratch_exec(cat, "UPDATE packages SET trunk_revision = 7");

    test_keep_is(cat, "1.0 1.1", "1.0 1.1 1.2", "1.2 1.1 1.0 ");
    test_keep_is(cat, "1.0 1.1", "1.1 1.2", "1.2 1.1 1.0 ");
    test_keep_is(cat, "1.0 1.1", "", "1.1 1.0 ");
    test_keep_is(cat, "1.0 1.1 <1.1", "1.2 <1.2", "1.2 1.1 1.0 ");
    test_keep_is(cat, "1.0 dev-x", "1.1", "1.1 1.0 dev-x ");

    /* the tag is there, but nothing to download */

    test_keep_is(cat, "1.0 1.1", "!1.0 1.1 1.2", "1.2 1.1 1.0 ");
    test_keep_is(cat, "1.0 1.1", "!v1.0 1.1", "1.1 1.0 ");

    /* a release is taken back: what was held back stays so */

    test_keep_is(cat, "1.0 1.2 <1.2", "1.0 1.1 1.2 <1.1", "1.2 1.1 1.0 ");
    test_keep_is(cat, "1.0 1.2 <1.2", "1.0 1.1 1.2 <1.0", "1.2 1.0 ");
    test_keep_is(cat, "1.0 1.2 <1.2", "1.0 1.1 1.3 <1.1", "1.2 1.1 1.0 ");
    test_keep_is(cat, "1.0 1.2", "1.0 1.1 1.2 <1.0", "1.2 1.0 ");
    test_keep_is(cat, "1.0 1.2 <1.2", "1.0 1.3 1.4 <1.3", "1.3 1.2 1.0 ");

    /* one without a tag, too */

    test_keep_is(cat, "1.0 <2.0 @", "1.0 1.1 <1.1", "2.0@ 1.1 1.0 ");
    test_keep_is(cat, "1.0 <2.0 @", "1.1 <2.1 @", "2.1@ 1.1 1.0 ");
    test_keep_is(cat, "1.0 <2.0 @", "1.0 <1.9 @", "2.0@ 1.0 ");
    test_keep_is(cat, "<2.0 @", "", "2.0@ ");

    wppkg_catalogue_close(cat);
}


/* more than one package can have: the answer is not stored */

static void
test_keep_many(void **state)
{
    int                 i;
    char                tag[16];
    wppkg_due_t         due;
    wppkg_package_t     pkg;
    wppkg_catalogue_t  *cat;

    cat = test_open(ROW("0.1"));
    assert_int_equal(wppkg_packages_fetch(cat, 1, &due), WPPKG_OK);
    test_package(&pkg, "");

    for (i = 1; i <= WPPKG_RELEASES_MAX; i++) {
        (void) snprintf(tag, sizeof(tag), "%d.0", i);
        assert_int_equal(wppkg_package_add(&pkg, tag, strlen(tag),
                                           "https://z/", 10), WPPKG_OK);
    }

    assert_int_equal(wppkg_loss_keep(cat, &due, &pkg), WPPKG_DECLINED);
    assert_int_equal(pkg.nreleases, WPPKG_RELEASES_MAX);

    wppkg_package_free(&pkg);
    wppkg_catalogue_close(cat);
}


/* the text names what there is room for */

static void
test_text(void **state)
{
    int                 i;
    char                sql[8192];
    size_t              len;
    wppkg_loss_t        loss;
    wppkg_catalogue_t  *cat;

    for (i = 100, len = 0; i < 180; i++) {
        len += (size_t) snprintf(sql + len, sizeof(sql) - len, "%s"
                                 "{\"tag\":\"1.%d\",\"zip\":\"https://z/\"}",
                                 (i == 100) ? "" : ",", i);
    }

    cat = test_open(sql);
    test_loss_of(cat, "", &loss);

    assert_int_equal(loss.n, 80);
    assert_true(strncmp(loss.text, "1.100, 1.101, ", 14) == 0);
    assert_non_null(strstr(loss.text, ", …"));
    assert_true(strlen(loss.text) > 200);

    wppkg_catalogue_close(cat);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        SCRATCH_TEST(test_diff),
        SCRATCH_GUARD("R 14", test_hash),
        SCRATCH_GUARD("R 14", test_told),
        SCRATCH_TEST(test_keep),
        SCRATCH_TEST(test_keep_many),
        SCRATCH_TEST(test_text)
    };

    (void) cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}

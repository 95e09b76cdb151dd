
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a committed path means for a package (rules R 5-9).
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "guard.h"
#include "syncd_svn_path.h"


#define P  WPPKG_PLUGIN
#define T  WPPKG_THEME

#define A  SYNCD_SVN_ADDED
#define C  SYNCD_SVN_COPIED
#define M  SYNCD_SVN_MODIFIED
#define D  SYNCD_SVN_DELETED
#define R  SYNCD_SVN_REPLACED


typedef struct {
    wppkg_type_e          type;
    syncd_svn_change_e    change;
    int                   file;
    const char           *path;
    const char           *want;
} path_case_t;


/*
 * "slug [tag]" and dirty, add, trunk, created, bare, filled, veiled by their
 * first letters, deleted by "g", anew by its second.
 */

static void
path_text(const path_case_t *c, char *text, size_t size)
{
    size_t              len;
    syncd_svn_effect_t  e;

    len = strlen(c->path);

    if (syncd_svn_path(c->type, c->change, c->file, c->path, len, &e)
        != WPPKG_OK)
    {
        (void) snprintf(text, size, "-");
        return;
    }

    (void) snprintf(text, size, "%.*s %.*s %s%s%s%s%s%s%s%s%s",
                    (int) e.slug_len, e.slug, (int) e.tag_len,
                    (e.tag != NULL) ? e.tag : "",
                    e.dirty ? "d" : "", e.add ? "a" : "",
                    e.trunk ? "t" : "", e.created ? "c" : "",
                    e.deleted ? "g" : "", e.bare ? "b" : "",
                    e.filled ? "f" : "", e.anew ? "n" : "",
                    e.veiled ? "v" : "");
}


static void
path_check(const path_case_t *cases, size_t n)
{
    char    text[1000];
    size_t  i;

    for (i = 0; i < n; i++) {
        path_text(&cases[i], text, sizeof(text));

        if (strcmp(text, cases[i].want) != 0) {
            print_error("%s (%d): \"%s\", not \"%s\"\n", cases[i].path,
                        cases[i].change, text, cases[i].want);
            fail();
        }
    }
}


#define check(cases)                                                          \
    path_check(cases, sizeof(cases) / sizeof(cases[0]))


/* R 7: only /slug/trunk... and a new /slug move the trunk's revision */

static void
test_trunk(void **state)
{
    static const path_case_t  cases[] = {
        { P, M, 1, "/akismet/trunk/readme.txt", "akismet  dat" },
        { P, A, 0, "/akismet/trunk", "akismet  dat" },
        { P, D, 0, "/akismet/trunk", "akismet  dat" },
        { P, R, 0, "/akismet/trunk/", "akismet  dat" },
        { P, D, 1, "/akismet/trunk/a/b/c.php", "akismet  dat" },
        { P, A, 0, "/akismet", "akismet  datn" },
        { P, C, 0, "/akismet", "akismet  datnv" },
        { P, R, 0, "/akismet", "akismet  datnv" },
        { P, C, 0, "/akismet/trunk", "akismet  dat" },
        { P, M, 0, "/akismet", "akismet  da" },
        { P, M, 0, "/akismet/trunks/x", "akismet  da" },
        { P, M, 0, "/akismet/Trunk", "akismet  da" },
        { T, A, 0, "/twentyten", "twentyten  dan" },
        { T, R, 0, "/twentyten", "twentyten  danv" },
    };

    check(cases);
}


/* R 9: a tag makes dirty; its first revision is where it was added */

static void
test_tags(void **state)
{
    static const path_case_t  cases[] = {
        { P, A, 0, "/akismet/tags/1.0", "akismet 1.0 dacb" },
        { P, C, 0, "/akismet/tags/1.0", "akismet 1.0 dacf" },
        { P, C, 1, "/akismet/tags/1.0/a.php", "akismet 1.0 daf" },
        { P, R, 0, "/akismet/tags/1.0", "akismet 1.0 daf" },
        { P, M, 0, "/akismet/tags/1.0", "akismet 1.0 da" },
        { P, D, 0, "/akismet/tags/1.0", "akismet 1.0 dag" },
        { P, D, 1, "/akismet/tags/1.0/a.php", "akismet 1.0 da" },
        { P, A, 1, "/akismet/tags/1.0/a.php", "akismet 1.0 daf" },
        { P, M, 1, "/akismet/tags/1.0 beta/x/y", "akismet 1.0 beta daf" },
        { P, A, 0, "/akismet/tags", "akismet  da" },
        { P, M, 0, "/akismet/tags", "akismet  da" },
        { P, D, 0, "/akismet/tags", "akismet  dav" },
        { P, C, 0, "/akismet/tags/", "akismet  dav" },
        { P, R, 0, "/akismet/tags", "akismet  dav" },
        { P, C, 0, "/akismet/branches/tags", "akismet  a" },
        { T, C, 0, "/twentyten/tags", "twentyten tags dacf" },
        { P, A, 1, "/akismet/tags/readme.txt", "akismet  da" },
        { T, A, 0, "/twentyten/1.0", "twentyten 1.0 dacb" },
        { T, C, 0, "/twentyten", "twentyten  danv" },
        { T, D, 0, "/twentyten", "twentyten  d" },
        { T, M, 1, "/twentyten/1.0/style.css", "twentyten 1.0 daf" },
        { T, A, 0, "/twentyten/tags/1.0", "twentyten tags daf" },
        { T, A, 1, "/twentyten/readme.txt", "twentyten  da" },
    };

    check(cases);
}


/* what cannot change a document does not cost a fetch */

static void
test_inert(void **state)
{
    static const path_case_t  cases[] = {
        { P, A, 1, "/akismet/assets/icon.png", "akismet  a" },
        { P, D, 0, "/akismet/assets", "akismet  a" },
        { P, M, 1, "/akismet/branches/2.0/x.php", "akismet  a" },
        { P, A, 1, "/akismet/assets.php", "akismet  da" },
        { P, A, 0, "/akismet/1.0", "akismet  da" },
        { T, M, 1, "/twentyten/assets/x", "twentyten assets daf" },
    };

    check(cases);
}


/* R 8: whatever its state, it is marked; but nothing comes of a deletion */

static void
test_deleted(void **state)
{
    static const path_case_t  cases[] = {
        { P, D, 0, "/akismet", "akismet  d" },
        { T, D, 0, "/twentyten", "twentyten  d" },
    };

    check(cases);
}


/* R 1: ^[a-z0-9_-]+$, and what Composer takes */

static void
test_no_package(void **state)
{
    static const path_case_t  cases[] = {
        { P, M, 0, "", "-" },
        { P, M, 0, "/", "-" },
        { P, M, 0, "//", "-" },
        { P, M, 0, "akismet/trunk", "-" },
        { P, A, 1, "/readme", "-" },
        { P, A, 1, "/README.txt", "-" },
        { P, A, 0, "/UPPER-Case/trunk", "-" },
        { P, A, 0, "/100%-off/trunk", "-" },
        { P, A, 0, "/with space/trunk", "-" },
        { P, A, 0, "/a.b/trunk", "-" },
        { P, A, 0, "/con/trunk", "-" },
        { P, A, 0, "/..", "-" },
        { P, A, 0, "/-/trunk", "-" },
        { P, A, 0, "/\xd0\xbf/trunk", "-" },
        { P, M, 0, "//akismet//trunk//x", "akismet  dat" },
    };

    check(cases);
}


static void
test_long(void **state)
{
    char                path[2000];
    syncd_svn_effect_t  e;

    memset(path, 'x', sizeof(path));
    path[0] = '/';

    assert_int_equal(syncd_svn_path(P, A, 0, path, 201, &e), WPPKG_OK);
    assert_int_equal(e.slug_len, 200);
    assert_int_equal(syncd_svn_path(P, A, 0, path, 202, &e), WPPKG_DECLINED);

    memcpy(path, "/a/tags/", 8);

    assert_int_equal(syncd_svn_path(P, A, 0, path, 8 + 127, &e), WPPKG_OK);
    assert_int_equal(e.tag_len, 127);
    assert_int_equal(syncd_svn_path(P, A, 0, path, 8 + 128, &e), WPPKG_OK);
    assert_null(e.tag);
    assert_int_equal(e.created, 0);
    assert_int_equal(e.dirty, 1);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        GUARD("R 7", test_trunk),
        GUARD("R 9", test_tags),
        cmocka_unit_test(test_inert),
        GUARD("R 8", test_deleted),
        GUARD("R 1", test_no_package),
        cmocka_unit_test(test_long),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}

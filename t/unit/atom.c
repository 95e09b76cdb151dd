
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Which Atom of another repository is served here.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "syncd_atom.h"


#define ATOM  "xmlns=\"http://www.w3.org/2005/Atom\""


typedef struct {
    int          is;
    const char  *body;
} test_atom_t;


static const test_atom_t  test_feeds[] = {
    { 1, "<feed " ATOM "/>" },
    { 1, "<?xml version=\"1.0\"?><!-- c --><feed " ATOM " xml:lang=\"en\">"
         "<entry><title type=\"html\">&lt;b&gt;</title></entry></feed>\n" },
    { 1, "<a:feed xmlns:a=\"http://www.w3.org/2005/Atom\"><a:id/></a:feed>" },

    { 0, "" },
    { 0, "{}" },
    { 0, "<feed/>" },
    { 0, "<entry " ATOM "/>" },
    { 0, "<rss version=\"2.0\"/>" },
    { 0, "<feed " ATOM "><entry>" },
    { 0, "<feed " ATOM "/><feed " ATOM "/>" },
    { 0, "<feed " ATOM ">\xff</feed>" },
    { 0, "<feed " ATOM ">&x;</feed>" },
    { 0, "<!DOCTYPE feed><feed " ATOM "/>" },
    { 0, "<!DOCTYPE feed [<!ENTITY x \"y\">]><feed " ATOM ">&x;</feed>" },
    { 0, "<?xml-stylesheet href=\"x\"?><feed " ATOM "/>" },
    { 0, "<feed " ATOM "/><?p?>" },
    { 0, "<feed " ATOM "><script xmlns=\"http://www.w3.org/1999/xhtml\"/>"
         "</feed>" },
    { 0, "<feed " ATOM "><x xmlns=\"\"/></feed>" }
};


static void
test_is(void **state)
{
    size_t  i;

    for (i = 0; i < sizeof(test_feeds) / sizeof(test_feeds[0]); i++) {
        if (syncd_atom_is(test_feeds[i].body, strlen(test_feeds[i].body))
            != test_feeds[i].is)
        {
            fail_msg("%s", test_feeds[i].body);
        }
    }
}


static void
test_deep(void **state)
{
    int     i, depth;
    char    body[1000];
    size_t  n;

    for (depth = SYNCD_ATOM_DEPTH - 1; depth <= SYNCD_ATOM_DEPTH; depth++) {
        n = strlen("<feed " ATOM ">");
        memcpy(body, "<feed " ATOM ">", n);

        for (i = 0; i < depth; i++, n += 7) {
            memcpy(body + n, "<entry>", 7);
        }

        for (i = 0; i < depth; i++, n += 8) {
            memcpy(body + n, "</entry>", 8);
        }

        memcpy(body + n, "</feed>", 7);
        assert_int_equal(syncd_atom_is(body, n + 7),
                         depth < SYNCD_ATOM_DEPTH);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_is),
        cmocka_unit_test(test_deep)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Atom of another repository: what is taken has no entities and no
 * instructions.  And any text, escaped, is one of XML.
 */


#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "syncd_atom.h"
#include "wppkg_xml.h"


#define ATOM_OPEN   "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>"
#define ATOM_CLOSE  "</title></feed>"


static void atom_taken(const uint8_t *data, size_t size);
static void atom_escaped(const char *s);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char  *s;

    atom_taken(data, size);

    s = fuzz_string(data, size);
    atom_escaped(s);
    free(s);

    return 0;
}


/* not terminated: the sanitizer sees what is read beyond */

static void
atom_taken(const uint8_t *data, size_t size)
{
    int    is;
    char  *body;

    body = fuzz_alloc(size);

    if (size != 0) {
        memcpy(body, data, size);
    }

    is = syncd_atom_is(body, size);
    free(body);

    fuzz_check(is == 0 || is == 1);
    fuzz_check(!is || size > 20);
}


static void
atom_escaped(const char *s)
{
    wppkg_buf_t  b;

    wppkg_buf_init(&b, 6 * strlen(s) + 200);
    wppkg_buf_puts(&b, ATOM_OPEN);
    wppkg_xml_text(&b, s);
    wppkg_buf_puts(&b, ATOM_CLOSE);

    if (wppkg_buf_ok(&b)) {
        fuzz_check(b.len <= 6 * strlen(s) + strlen(ATOM_OPEN ATOM_CLOSE));
        fuzz_check(wppkg_utf8_valid(b.data, b.len));
        fuzz_spare(1);
        fuzz_check(syncd_atom_is(b.data, b.len) == 1);
        fuzz_spare(0);
    }

    wppkg_buf_free(&b);
}

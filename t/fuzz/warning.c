
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A name, a reason and an entry's reason, apart by LF, in a claim: it is
 * JSON, its texts are lines without markup, and they are bounded.
 */


#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "fuzz.h"
#include "wppkg_claim.h"
#include "wppkg_members.h"
#include "wppkg_warning.h"


#define FUZZ_WARNING  600         /* bytes of a warning without texts */


static void warning_claim(const wppkg_members_t *c);
static void warning_text(const char *s, size_t max);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char             *name, *reason, *last;
    size_t            len;
    wppkg_buf_t       b;
    const uint8_t    *part;
    wppkg_filter_t    f;
    wppkg_members_t   c;
    wppkg_warning_t   w;

    memset(&w, 0, sizeof(wppkg_warning_t));
    memset(&f, 0, sizeof(wppkg_filter_t));
    memset(&c, 0, sizeof(wppkg_members_t));

    fuzz_part(&data, &size, '\n', &part, &len);
    name = fuzz_string(part, len);

    fuzz_part(&data, &size, '\n', &part, &len);
    reason = fuzz_string(part, len);

    last = fuzz_string(data, size);

    w.slug = "x";
    w.state = (wppkg_state_e) (size % WPPKG_STATES);
    w.name = name;
    w.reason = reason;

    wppkg_buf_init(&b, 4096);
    wppkg_warning(&b, &w);
    fuzz_check(wppkg_buf_ok(&b));

    f.list = "list";
    f.constraint = "*";
    f.reason = last;

    c.warning = b.data;
    c.filters = &f;
    c.nfilters = 1;

    warning_claim(&c);

    wppkg_buf_free(&b);
    free(name);
    free(reason);
    free(last);

    return 0;
}


static void
warning_claim(const wppkg_members_t *c)
{
    json_t       *root;
    const char   *warning, *reason;
    wppkg_buf_t   b;

    wppkg_buf_init(&b, 65536);
    wppkg_claim(&b, "wp-plugin/x", 11);
    wppkg_members_add(&b, c);
    fuzz_check(wppkg_buf_ok(&b));

    root = json_loadb(b.data, b.len, JSON_REJECT_DUPLICATES, NULL);
    fuzz_check(root != NULL);

    fuzz_check(json_unpack(root, "{s:[{s:s}], s:{s:[{s:s}]}}",
                           "warnings", "message", &warning,
                           "filter", "list", "reason", &reason) == 0);

    warning_text(warning, FUZZ_WARNING);
    warning_text(reason, WPPKG_FILTER_REASON);

    json_decref(root);
    wppkg_buf_free(&b);
}


static void
warning_text(const char *s, size_t max)
{
    size_t  len;

    len = strlen(s);

    fuzz_check(len <= max);
    fuzz_check(fuzz_is_line(s, len));
    fuzz_check(strpbrk(s, "<>\\") == NULL && strstr(s, "  ") == NULL);
    fuzz_check(len == 0 || (s[0] != ' ' && s[len - 1] != ' '));
}

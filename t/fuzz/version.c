
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Versions, one a line, up to three: what is accepted normalises to itself,
 * and the order of what comes out is an order.
 */


#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "wppkg_version.h"


#define VERSION_N  3


static int version_parse(const uint8_t *data, size_t size,
    wppkg_version_t *v);
static int version_sign(int n);
static void version_pair(const wppkg_version_t *a, const wppkg_version_t *b);
static int version_is_number(const char *s);
static int version_numbers(const char *a, const char *b);
static void version_triple(const char *a, const char *b, const char *c);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t            i, j, k, n, len;
    const uint8_t    *line;
    wppkg_version_t   v[VERSION_N];

    /* all of it first: a version may have a line feed in it */

    (void) version_parse(data, size, &v[0]);

    for (n = 0; n < VERSION_N && size != 0; /* void */) {
        fuzz_part(&data, &size, '\n', &line, &len);
        n += version_parse(line, len, &v[n]);
    }

    for (i = 0; i < n; i++) {
        for (j = 0; j < n; j++) {
            version_pair(&v[i], &v[j]);

            for (k = 0; k < n; k++) {
                version_triple(v[i].normalized, v[j].normalized,
                               v[k].normalized);
            }
        }
    }

    return 0;
}


static int
version_parse(const uint8_t *data, size_t size, wppkg_version_t *v)
{
    int              rc;
    wppkg_version_t  again;

    /* so that a string without its NUL is seen */

    memset(v, 'x', sizeof(wppkg_version_t));

    rc = wppkg_version_parse((const char *) data, size, v);

    fuzz_check(rc == WPPKG_OK || rc == WPPKG_DECLINED);

    if (rc != WPPKG_OK) {
        return 0;
    }

    fuzz_check(memchr(v->clean, '\0', WPPKG_VERSION_MAX) != NULL);
    fuzz_check(memchr(v->normalized, '\0', WPPKG_VERSION_MAX) != NULL);
    fuzz_check(v->clean[0] != '\0' && v->normalized[0] != '\0');
    fuzz_check(v->stability == wppkg_version_stability(v->normalized));

    fuzz_check(wppkg_version_parse(v->clean, strlen(v->clean), &again)
               == WPPKG_OK);
    fuzz_check(strcmp(again.normalized, v->normalized) == 0);
    fuzz_check(strcmp(again.clean, v->clean) == 0);
    fuzz_check(again.stability == v->stability);

    return 1;
}


static int
version_sign(int n)
{
    return (n > 0) - (n < 0);
}


static void
version_pair(const wppkg_version_t *a, const wppkg_version_t *b)
{
    int  order, prefer;

    order = version_sign(wppkg_version_compare(a->normalized, b->normalized));

    fuzz_check(order == -version_sign(wppkg_version_compare(b->normalized,
                                                            a->normalized)));

    if (strcmp(a->normalized, b->normalized) == 0) {
        fuzz_check(order == 0);
    }

    if (version_is_number(a->normalized) && version_is_number(b->normalized)) {
        fuzz_check(order == version_numbers(a->normalized, b->normalized));
    }

    if (version_is_number(a->normalized)
        && strncmp(b->normalized, "dev-", 4) == 0)
    {
        fuzz_check(order == 1);
    }

    prefer = version_sign(wppkg_version_prefer(a->clean, b->clean));

    fuzz_check(prefer == -version_sign(wppkg_version_prefer(b->clean,
                                                            a->clean)));
    fuzz_check((prefer == 0) == (strcmp(a->clean, b->clean) == 0));
}


/* "1.2.3.4", and no part so long that it is more than 63 bits */

static int
version_is_number(const char *s)
{
    return s[strspn(s, "0123456789.")] == '\0' && strlen(s) <= 18;
}


static int
version_numbers(const char *a, const char *b)
{
    char       *a_end, *b_end;
    long long   x, y;

    for ( ;; ) {
        x = strtoll(a, &a_end, 10);
        y = strtoll(b, &b_end, 10);

        if (x != y) {
            return (x < y) ? -1 : 1;
        }

        /* "2.0" is more than "2" */

        if (*a_end == '\0' || *b_end == '\0') {
            return (*a_end != '\0') - (*b_end != '\0');
        }

        a = a_end + 1;
        b = b_end + 1;
    }
}


static void
version_triple(const char *a, const char *b, const char *c)
{
    if (wppkg_version_compare(a, b) <= 0 && wppkg_version_compare(b, c) <= 0) {
        fuzz_check(wppkg_version_compare(a, c) <= 0);
    }
}

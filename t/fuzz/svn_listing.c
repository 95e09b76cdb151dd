
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The listing of a Subversion repository's root: however it is cut into
 * parts, the same packages are found in it.
 */


#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "syncd_svn_listing.h"
#include "wppkg_buf.h"


/* what was found, a slug a line */

typedef struct {
    wppkg_buf_t           slugs;
    uint64_t              n;
    uint64_t              fail_at;    /* 0: the handler never fails */
    int                   rc;
    wppkg_error_t         err;
    syncd_svn_listing_t   listing;
} listing_t;


static int listing_slug(void *ctx, const char *slug, size_t len);
static void listing_read(listing_t *l, const uint8_t *data, size_t size,
    uint32_t seed, uint64_t fail_at);
static void listing_same(listing_t *whole, const uint8_t *data, size_t size,
    uint32_t seed);
static void listing_after(const listing_t *whole, const uint8_t *data,
    size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    listing_t  whole, part;

    listing_read(&whole, data, size, 0, 0);

    listing_same(&whole, data, size, 1);
    listing_same(&whole, data, size, 2 + (uint32_t) size);
    listing_after(&whole, data, size);

    /* the last but one that is handed over is the last if that fails */

    if (whole.n > 1) {
        listing_read(&part, data, size, 1, whole.n - 1);

        fuzz_check(part.rc == WPPKG_ERROR && part.n == whole.n - 1);
        fuzz_check(part.slugs.len < whole.slugs.len);
        fuzz_check(part.slugs.len == 0
                   || memcmp(part.slugs.data, whole.slugs.data,
                             part.slugs.len) == 0);

        wppkg_buf_free(&part.slugs);
    }

    wppkg_buf_free(&whole.slugs);

    return 0;
}


static int
listing_slug(void *ctx, const char *slug, size_t len)
{
    listing_t  *l;

    l = ctx;

    fuzz_check(fuzz_is_slug(slug, len) && memchr(slug, '.', len) == NULL);

    wppkg_buf_append(&l->slugs, slug, len);
    wppkg_buf_append(&l->slugs, "\n", 1);

    return (++l->n == l->fail_at) ? WPPKG_ERROR : WPPKG_OK;
}


/* seed: 0, in one; 1, byte by byte; else in parts */

static void
listing_read(listing_t *l, const uint8_t *data, size_t size, uint32_t seed,
    uint64_t fail_at)
{
    char    *part;
    size_t   n;

    memset(l, 0, sizeof(listing_t));

    l->fail_at = fail_at;
    wppkg_buf_init(&l->slugs, 1024 * 1024);

    syncd_svn_listing_init(&l->listing, listing_slug, l);

    while (size != 0 && l->rc == WPPKG_OK) {
        n = (seed == 0) ? size : (seed == 1) ? 1 : fuzz_step(&seed);
        n = (n < size) ? n : size;

        /* a copy: nothing of it may be looked at later */

        part = fuzz_alloc(n);
        memcpy(part, data, n);

        l->rc = syncd_svn_listing_feed(&l->listing, part, n);

        free(part);

        data += n;
        size -= n;
    }

    fuzz_check(l->listing.slugs == l->n);
    fuzz_check(l->rc == WPPKG_OK || l->n == fail_at);

    if (l->rc == WPPKG_OK) {
        l->rc = syncd_svn_listing_end(&l->listing, &l->err);
        fuzz_check((l->rc == WPPKG_OK) == (l->err.text[0] == '\0'));
    }
}


static void
listing_same(listing_t *whole, const uint8_t *data, size_t size,
    uint32_t seed)
{
    listing_t  part;

    listing_read(&part, data, size, seed, 0);

    fuzz_check(part.rc == whole->rc && part.n == whole->n);
    fuzz_check(part.listing.skipped == whole->listing.skipped);
    fuzz_check(strcmp(part.err.text, whole->err.text) == 0);
    fuzz_check(part.slugs.len == whole->slugs.len);
    fuzz_check(part.slugs.len == 0
               || memcmp(part.slugs.data, whole->slugs.data, part.slugs.len)
                  == 0);

    wppkg_buf_free(&part.slugs);
}


/* a package more counts in a listing, and not after its end */

static void
listing_after(const listing_t *whole, const uint8_t *data, size_t size)
{
    uint8_t    *more;
    listing_t   part;

    static const char  after[] = "<li><a href=\"more/\">";

    if (whole->listing.listing && !whole->listing.end) {
        return;
    }

    more = fuzz_alloc(size + sizeof(after));

    if (size != 0) {
        memcpy(more, data, size);
    }

    memcpy(more + size, after, sizeof(after));

    listing_read(&part, more, size + sizeof(after) - 1, 0, 0);

    /* what was a title's beginning may have become a title */

    fuzz_check(part.n == whole->n
               || (!whole->listing.listing && part.listing.listing
                   && !whole->listing.end));

    wppkg_buf_free(&part.slugs);
    free(more);
}

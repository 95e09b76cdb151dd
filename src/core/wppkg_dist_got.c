
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_dist_got.h"
#include "wppkg_packages.h"


static int wppkg_dist_record(wppkg_catalogue_t *cat,
    const wppkg_dist_want_t *want, const wppkg_dist_got_t *got,
    const char *path, int64_t now);


int
wppkg_dist_got(wppkg_catalogue_t *cat, const wppkg_dist_want_t *want,
    const wppkg_dist_got_t *got, const char *path, wppkg_tick_t now,
    unsigned *changed)
{
    int  rc;

    *changed = 0;

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_dist_record(cat, want, got, path, now / WPPKG_TICKS);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_packages_render(cat, want->package_id, now, changed);
    }

    return wppkg_catalogue_leave(cat, rc);
}


/* the package may have been taken out meanwhile: then nobody wants it */

static int
wppkg_dist_record(wppkg_catalogue_t *cat, const wppkg_dist_want_t *want,
    const wppkg_dist_got_t *got, const char *path, int64_t now)
{
    int  rc;

    rc = wppkg_catalogue_write(cat,
        "INSERT INTO dist (package_id, tag, pin, path, sha1, sha256, size,"
        "    url, fetched_at)"
        " VALUES ((SELECT id FROM packages WHERE id = ?1), ?2, ?3, ?4, ?5,"
        "    ?6, ?7, ?8, ?9)"
        " ON CONFLICT (package_id, tag, pin) DO NOTHING",
        "%jd%s%jd%s%p%zu%p%jd%s%jd", want->package_id, want->tag, want->pin,
        path, got->sha1, (size_t) WPPKG_SHA1_LEN, got->sha256, got->size,
        want->url, now);

    return (rc == WPPKG_OK)
           ? wppkg_catalogue_write(cat,
                 "DELETE FROM dist_wanted WHERE id = ?1", "%jd", want->id)
           : rc;
}

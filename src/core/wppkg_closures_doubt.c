
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_closures.h"


static int wppkg_closures_share(wppkg_catalogue_t *cat, uint64_t min,
    uint64_t *limit);
static int wppkg_closures_believed(wppkg_catalogue_t *cat, int lost,
    int64_t now, uint64_t *believed);


int
wppkg_closures_limit(wppkg_catalogue_t *cat, uint64_t *limit)
{
    int       rc;
    uint64_t  count;

    rc = wppkg_closures_share(cat, WPPKG_CLOSURES_MIN, limit);

    if (rc == WPPKG_OK) {
        rc = wppkg_closures_count(cat, &count);
    }

    if (rc == WPPKG_OK && *limit >= count) {
        *limit = (count > 0) ? count - 1 : 0;
    }

    return rc;
}


int
wppkg_openings_limit(wppkg_catalogue_t *cat, uint64_t *limit)
{
    return wppkg_closures_share(cat, WPPKG_OPENINGS_MIN, limit);
}


static int
wppkg_closures_share(wppkg_catalogue_t *cat, uint64_t min, uint64_t *limit)
{
    int       rc;
    uint64_t  count;

    rc = wppkg_closures_count(cat, &count);

    if (rc == WPPKG_OK) {
        count /= WPPKG_CLOSURES_SHARE;
        *limit = (count > min) ? count : min;
    }

    return rc;
}


int
wppkg_closures_doubt(wppkg_catalogue_t *cat, int lost, int64_t now,
    uint64_t limit, int *doubt)
{
    int       rc;
    uint64_t  waiting, believed;

    believed = 0;

    rc = wppkg_closures_waiting(cat, lost, &waiting);

    if (rc == WPPKG_OK) {
        rc = wppkg_closures_believed(cat, lost, now, &believed);
    }

    if (rc == WPPKG_OK) {
        *doubt = (waiting + believed > limit);
    }

    return rc;
}


static int
wppkg_closures_believed(wppkg_catalogue_t *cat, int lost, int64_t now,
    uint64_t *believed)
{
    return wppkg_catalogue_count(cat, believed,
        "SELECT count(*) FROM believed"
        " WHERE lost = ?1 AND believed_at > ?2 AND believed_at <= ?3",
        "%d%jd%jd", lost, now - WPPKG_CLOSURE_DAY, now);
}


int
wppkg_closures_waiting(wppkg_catalogue_t *cat, int lost, uint64_t *waiting)
{
    return wppkg_catalogue_count(cat, waiting,
        "SELECT n FROM counts WHERE what = 'observation' AND state = ?1",
        "%s", lost ? "lost" : "gone");
}


int
wppkg_closures_count(wppkg_catalogue_t *cat, uint64_t *count)
{
    return wppkg_catalogue_count(cat, count,
        "SELECT sum(n) FROM counts WHERE what IN ('plugin', 'theme')"
        "    AND state IN ('new', 'active', 'closed')", "");
}


int
wppkg_closures_of(wppkg_catalogue_t *cat, wppkg_type_e type, uint64_t *count)
{
    return wppkg_catalogue_count(cat, count,
        "SELECT sum(n) FROM counts"
        " WHERE what = ?1 AND state IN ('active', 'closed')",
        "%s", wppkg_type(type)->name);
}

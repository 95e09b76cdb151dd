
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <string.h>

#include "wppkg_authority.h"
#include "wppkg_closures.h"
#include "wppkg_discovery.h"
#include "wppkg_format.h"
#include "wppkg_meta.h"


/* in "meta": 1, the catalogue has been complete */
#define WPPKG_META_COMPLETE      "authority_complete"

/* asked so often in vain, it is the package's own trouble, not an outage */
#define WPPKG_AUTHORITY_TRIES    2


static int wppkg_authority_complete(wppkg_catalogue_t *cat, int *complete);
static int wppkg_authority_tried(wppkg_catalogue_t *cat, int *tried);
static int wppkg_authority_listed(wppkg_catalogue_t *cat, int *listed);
static int wppkg_authority_set(wppkg_catalogue_t *cat, const char *authority,
    int *changed);


int
wppkg_authority_update(wppkg_catalogue_t *cat, wppkg_authority_e wanted,
    int follows, int *whole, int *changed)
{
    int  rc;

    rc = WPPKG_OK;
    *whole = (wanted == WPPKG_AUTHORITY_WHOLE);

    if (wanted == WPPKG_AUTHORITY_AUTO && follows) {
        rc = wppkg_authority_complete(cat, whole);
    }

    return (rc == WPPKG_OK)
           ? wppkg_authority_set(cat, *whole ? WPPKG_WHOLE : WPPKG_PART,
                                 changed)
           : rc;
}


static int
wppkg_authority_complete(wppkg_catalogue_t *cat, int *complete)
{
    int       rc;
    int64_t   known;
    uint64_t  unanswered;

    *complete = 0;

    rc = wppkg_meta_get_int(cat, WPPKG_META_COMPLETE, &known);

    if (rc != WPPKG_DECLINED) {
        *complete = (rc == WPPKG_OK && known != 0);
        return rc;
    }

    rc = wppkg_authority_listed(cat, complete);

    if (rc != WPPKG_OK || !*complete) {
        return rc;
    }

    rc = wppkg_authority_unanswered(cat, &unanswered);

    *complete = (rc == WPPKG_OK && unanswered == 0);

    return *complete ? wppkg_meta_set_int(cat, WPPKG_META_COMPLETE, 1) : rc;
}


int
wppkg_authority_unanswered(wppkg_catalogue_t *cat, uint64_t *n)
{
    int       rc, tried;
    int64_t   unanswered;
    uint64_t  limit;

    *n = 0;

    rc = wppkg_catalogue_one(cat, &unanswered,
        "SELECT sum(n) FROM counts"
        " WHERE what IN ('plugin', 'theme') AND state = 'new'", "");

    if (rc != WPPKG_OK || unanswered <= 0) {
        return rc;
    }

    *n = (uint64_t) unanswered;

    rc = wppkg_closures_limit(cat, &limit);

    if (rc != WPPKG_OK || *n > limit) {
        return rc;
    }

    rc = wppkg_authority_tried(cat, &tried);

    if (rc == WPPKG_OK && tried) {
        *n = 0;
    }

    return rc;
}


/* whether all of them were; there are few */

static int
wppkg_authority_tried(wppkg_catalogue_t *cat, int *tried)
{
    int      rc;
    int64_t  untried;

    rc = wppkg_catalogue_one(cat, &untried,
        "SELECT EXISTS (SELECT 1 FROM packages INDEXED BY packages_new"
        "    WHERE state = 'new' AND failures < ?1)", "%d",
        WPPKG_AUTHORITY_TRIES);

    *tried = (rc == WPPKG_OK && !untried);

    return rc;
}


int
wppkg_authority_example(wppkg_catalogue_t *cat,
    char text[WPPKG_AUTHORITY_TEXT])
{
    int            rc;
    sqlite3_stmt  *stmt;

    text[0] = '\0';

    stmt = wppkg_catalogue_ask(cat,
        "SELECT type || '/' || slug || coalesce(' (' || last_error || ')', '')"
        " FROM packages INDEXED BY packages_new"
        " WHERE state = 'new' AND failures >= 0"
        " ORDER BY failures DESC LIMIT 1", "");

    rc = wppkg_catalogue_row(cat, stmt);

    if (rc != WPPKG_OK) {
        return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
    }

    (void) snprintf(text, WPPKG_AUTHORITY_TEXT, "%s",
                    (const char *) sqlite3_column_text(stmt, 0));
    wppkg_catalogue_done(stmt);

    return WPPKG_OK;
}


static int
wppkg_authority_listed(wppkg_catalogue_t *cat, int *listed)
{
    int              rc;
    wppkg_type_e     type;
    wppkg_listing_t  listing;

    *listed = 1;

    for (type = 0; type < WPPKG_TYPES; type++) {
        rc = wppkg_discovery_listing(cat, type, &listing);

        if (rc != WPPKG_OK) {
            return rc;
        }

        *listed = *listed && listing.at != 0;
    }

    return WPPKG_OK;
}


static int
wppkg_authority_set(wppkg_catalogue_t *cat, const char *authority,
    int *changed)
{
    int      rc;
    int64_t  same;

    same = 0;

    rc = wppkg_catalogue_one(cat, &same,
        "SELECT value IS ?2 FROM meta WHERE name = ?1", "%s%s",
        WPPKG_AUTHORITY, authority);

    if (rc != WPPKG_OK && rc != WPPKG_DECLINED) {
        return rc;
    }

    /* where nothing has been said, it was a part */

    *changed = !same
               && (rc == WPPKG_OK || strcmp(authority, WPPKG_WHOLE) == 0);

    return same ? WPPKG_OK
                : wppkg_meta_set_text(cat, WPPKG_AUTHORITY, authority);
}


int
wppkg_authority_forget(wppkg_catalogue_t *cat)
{
    return wppkg_meta_unset(cat, WPPKG_META_COMPLETE);
}


int
wppkg_authority_read(wppkg_catalogue_t *cat, int *whole, int *complete)
{
    int      rc;
    int64_t  value;

    *whole = 0;
    *complete = 0;

    rc = wppkg_catalogue_one(cat, &value,
        "SELECT value IS ?2 FROM meta WHERE name = ?1", "%s%s",
        WPPKG_AUTHORITY, WPPKG_WHOLE);

    if (rc == WPPKG_OK) {
        *whole = (value != 0);
    }

    if (rc == WPPKG_OK || rc == WPPKG_DECLINED) {
        rc = wppkg_meta_int(cat, WPPKG_META_COMPLETE, 0, &value);
    }

    if (rc == WPPKG_OK) {
        *complete = (value != 0);
    }

    return rc;
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_aliases.h"
#include "wppkg_authority.h"
#include "wppkg_documents.h"
#include "wppkg_format.h"
#include "wppkg_meta.h"
#include "wppkg_packages.h"
#include "wppkg_rerender.h"
#include "wppkg_stale.h"


#define WPPKG_META_ALIASES_NEXT    "aliases_next"
#define WPPKG_META_ALIASES_CURSOR  "aliases_cursor"

/* what all packages are to be like */
#define WPPKG_ALIASES_ON     WPPKG_ALIASES_SERVED
#define WPPKG_ALIASES_OFF    2
#define WPPKG_ALIASES_DOUBT  3        /* nobody wants that, so all begin */


static const wppkg_walk_t *wppkg_aliases_walk(const wppkg_catalogue_t *cat,
    int64_t *target);
static int wppkg_aliases_known(wppkg_catalogue_t *cat, int64_t *target);
static int wppkg_aliases_anew(wppkg_catalogue_t *cat);
static int wppkg_aliases_waits(wppkg_catalogue_t *cat, int *waits);
static int wppkg_aliases_first(wppkg_catalogue_t *cat, int64_t after,
    int64_t *id);
static int wppkg_aliases_any(wppkg_catalogue_t *cat, int64_t after,
    int64_t *id);
static int wppkg_aliases_remove(wppkg_catalogue_t *cat, int64_t id,
    wppkg_tick_t now, unsigned *changed);


static const wppkg_walk_t  wppkg_aliases_on = {
    WPPKG_ALIASES, WPPKG_META_ALIASES_NEXT, WPPKG_META_ALIASES_CURSOR,
    wppkg_aliases_first, wppkg_packages_render, wppkg_rerender_failed, NULL
};

static const wppkg_walk_t  wppkg_aliases_off = {
    WPPKG_ALIASES, WPPKG_META_ALIASES_NEXT, WPPKG_META_ALIASES_CURSOR,
    wppkg_aliases_any, wppkg_aliases_remove, NULL, NULL
};


static const wppkg_walk_t *
wppkg_aliases_walk(const wppkg_catalogue_t *cat, int64_t *target)
{
    *target = wppkg_catalogue_aliased(cat) ? WPPKG_ALIASES_ON
                                           : WPPKG_ALIASES_OFF;

    return wppkg_catalogue_aliased(cat) ? &wppkg_aliases_on
                                        : &wppkg_aliases_off;
}


int
wppkg_aliases_begin(wppkg_catalogue_t *cat)
{
    int      rc;
    int64_t  known, target;

    (void) wppkg_aliases_walk(cat, &target);

    rc = wppkg_aliases_known(cat, &known);

    if (rc != WPPKG_OK || known == target) {
        return rc;
    }

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_aliases_anew(cat);
    }

    return wppkg_catalogue_leave(cat, rc);
}


/* what all packages are like, or becoming */

static int
wppkg_aliases_known(wppkg_catalogue_t *cat, int64_t *target)
{
    int  rc;

    rc = wppkg_meta_get_int(cat, WPPKG_META_ALIASES_NEXT, target);

    return (rc == WPPKG_DECLINED)
           ? wppkg_meta_int(cat, WPPKG_ALIASES, WPPKG_ALIASES_OFF, target)
           : rc;
}


/* filter lists tell of each name */

static int
wppkg_aliases_anew(wppkg_catalogue_t *cat)
{
    int                  rc;
    int64_t              target;
    const wppkg_walk_t  *walk;

    walk = wppkg_aliases_walk(cat, &target);
    rc = wppkg_walk_begin(cat, walk, target);

    return (rc == WPPKG_OK) ? wppkg_stale(cat, WPPKG_STALE_FILTERS) : rc;
}


int
wppkg_aliases_step(wppkg_catalogue_t *cat, wppkg_tick_t now,
    wppkg_walked_t *walked)
{
    int                  rc, waits;
    int64_t              target;
    const wppkg_walk_t  *walk;

    walked->left = 0;

    rc = wppkg_meta_get_int(cat, WPPKG_META_ALIASES_NEXT, &target);

    if (rc != WPPKG_OK) {
        return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
    }

    rc = wppkg_aliases_waits(cat, &waits);

    if (rc != WPPKG_OK || waits) {
        return rc;
    }

    walk = wppkg_aliases_walk(cat, &target);

    return wppkg_walk_step(cat, walk, target, now, walked);
}


/*
 * What an origin has given is served until it is fetched, under the names that
 * the origin gave it.  Until then not all packages have theirs, and who speaks
 * for all names would deny these.
 */

static int
wppkg_aliases_waits(wppkg_catalogue_t *cat, int *waits)
{
    int       rc;
    int64_t   cursor, id, given;
    uint64_t  unanswered;

    *waits = 0;

    if (!wppkg_catalogue_aliased(cat)) {
        return WPPKG_OK;
    }

    rc = wppkg_meta_int(cat, WPPKG_META_ALIASES_CURSOR, 0, &cursor);

    if (rc == WPPKG_OK) {
        rc = wppkg_aliases_first(cat, cursor, &id);
    }

    if (rc != WPPKG_DECLINED) {
        return rc;
    }

    rc = wppkg_authority_unanswered(cat, &unanswered);

    if (rc != WPPKG_OK || unanswered == 0) {
        return rc;
    }

    rc = wppkg_catalogue_one(cat, &given,
        "SELECT EXISTS (SELECT 1 FROM packages INDEXED BY packages_new"
        "    CROSS JOIN documents INDEXED BY documents_package"
        "    ON documents.package_id = packages.id"
        "    WHERE state = 'new' AND failures >= 0"
        "        AND content_hash IS NOT NULL)", "");

    *waits = (rc == WPPKG_OK && given);

    return rc;
}


/* one that was never asked for has nothing to be rendered from */

static int
wppkg_aliases_first(wppkg_catalogue_t *cat, int64_t after, int64_t *id)
{
    return wppkg_catalogue_one(cat, id,
        "SELECT id FROM packages WHERE id > ?1 AND state <> 'new'"
        " ORDER BY id LIMIT 1", "%jd", after);
}


/* but an origin may have given it some */

static int
wppkg_aliases_any(wppkg_catalogue_t *cat, int64_t after, int64_t *id)
{
    return wppkg_catalogue_one(cat, id,
        "SELECT id FROM packages WHERE id > ?1 ORDER BY id LIMIT 1", "%jd",
        after);
}


static int
wppkg_aliases_remove(wppkg_catalogue_t *cat, int64_t id, wppkg_tick_t now,
    unsigned *changed)
{
    int          rc;
    wppkg_due_t  due;

    rc = wppkg_packages_fetch(cat, id, &due);

    return (rc == WPPKG_OK)
           ? wppkg_documents_set(cat, id, wppkg_vendor(due.type, 1), due.slug,
                                 NULL, now, changed)
           : rc;
}


int
wppkg_aliases_served(wppkg_catalogue_t *cat, int *served)
{
    int      rc;
    int64_t  value;

    rc = wppkg_meta_int(cat, WPPKG_ALIASES, WPPKG_ALIASES_OFF, &value);

    *served = (rc == WPPKG_OK && value == WPPKG_ALIASES_SERVED);

    return rc;
}


int
wppkg_aliases_state(wppkg_catalogue_t *cat, wppkg_aliases_e *state)
{
    int      rc, served;
    int64_t  next;

    *state = WPPKG_ALIASES_NONE;
    rc = wppkg_aliases_served(cat, &served);

    if (rc == WPPKG_OK && served) {
        *state = WPPKG_ALIASES_THERE;
        return WPPKG_OK;
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_get_int(cat, WPPKG_META_ALIASES_NEXT, &next);
    }

    if (rc == WPPKG_OK) {
        *state = (next == WPPKG_ALIASES_ON) ? WPPKG_ALIASES_COMING
                                            : WPPKG_ALIASES_GOING;
    }

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


int
wppkg_aliases_copied(wppkg_catalogue_t *cat, int served)
{
    int  rc, now;

    rc = wppkg_aliases_served(cat, &now);

    if (rc != WPPKG_OK || now == served) {
        return rc;
    }

    return served ? wppkg_meta_set_int(cat, WPPKG_ALIASES,
                                       WPPKG_ALIASES_SERVED)
                  : wppkg_meta_unset(cat, WPPKG_ALIASES);
}


/* what an origin has given, or is about to take, is not known */

int
wppkg_aliases_doubt(wppkg_catalogue_t *cat)
{
    int      rc;
    int64_t  any;

    rc = wppkg_catalogue_write(cat,
        "DELETE FROM meta WHERE name IN ('" WPPKG_ALIASES "',"
        "    '" WPPKG_META_ALIASES_NEXT "', '" WPPKG_META_ALIASES_CURSOR "')",
        "");

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_one(cat, &any,
            "SELECT EXISTS (SELECT 1 FROM documents"
            "    WHERE path > 'p2/wpackagist-' AND path < 'p2/wpackagist.')",
            "");
    }

    return (rc == WPPKG_OK && any)
           ? wppkg_walk_begin(cat, &wppkg_aliases_off, WPPKG_ALIASES_DOUBT)
           : rc;
}

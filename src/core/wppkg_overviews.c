
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_atom.h"
#include "wppkg_closed_latest.h"
#include "wppkg_closed_list.h"
#include "wppkg_documents.h"
#include "wppkg_filter_summary.h"
#include "wppkg_list.h"
#include "wppkg_meta.h"
#include "wppkg_overviews.h"


typedef struct {
    int          stale;               /* the mark */
    const char  *path;

    /* appends to b.  WPPKG_DECLINED: there is nothing to tell, and no file */
    int        (*render)(wppkg_catalogue_t *cat, wppkg_buf_t *b);
} wppkg_overview_t;


static int wppkg_overviews_render(wppkg_catalogue_t *cat, int stale,
    wppkg_tick_t now, unsigned *changed, int *left);
static int wppkg_overview_render(wppkg_catalogue_t *cat,
    const wppkg_overview_t *o, wppkg_tick_t now, unsigned *changed);


static const wppkg_overview_t  wppkg_overviews[] = {

    { WPPKG_STALE_NAMES, WPPKG_LIST_PATH, wppkg_list_offered },
    { WPPKG_STALE_NAMES, WPPKG_CLAIMED_PATH, wppkg_list_claimed },

    { WPPKG_STALE_FILTERS, WPPKG_FILTERS_PATH, wppkg_filter_summary },

    { WPPKG_STALE_NEWS, WPPKG_ATOM_PATH, wppkg_atom },
    { WPPKG_STALE_LATEST, WPPKG_LATEST_PATH, wppkg_closed_latest },

    /* under both names of a type, for a bucket knows no other way */

    { WPPKG_STALE_CLOSED, WPPKG_CLOSED_PATH("plugin"),
      wppkg_closed_plugins },
    { WPPKG_STALE_CLOSED, WPPKG_CLOSED_PATH("wp-plugin"),
      wppkg_closed_plugins },
    { WPPKG_STALE_CLOSED, WPPKG_CLOSED_PATH("theme"),
      wppkg_closed_themes },
    { WPPKG_STALE_CLOSED, WPPKG_CLOSED_PATH("wp-theme"),
      wppkg_closed_themes },
    { WPPKG_STALE_CLOSED, WPPKG_FOR_GOOD_PATH("plugin"),
      wppkg_closed_plugins_for_good },
    { WPPKG_STALE_CLOSED, WPPKG_FOR_GOOD_PATH("wp-plugin"),
      wppkg_closed_plugins_for_good },
    { WPPKG_STALE_CLOSED, WPPKG_FOR_GOOD_PATH("theme"),
      wppkg_closed_themes_for_good },
    { WPPKG_STALE_CLOSED, WPPKG_FOR_GOOD_PATH("wp-theme"),
      wppkg_closed_themes_for_good }
};


#define WPPKG_OVERVIEWS  (sizeof(wppkg_overviews) / sizeof(wppkg_overview_t))


int
wppkg_overviews_update(wppkg_catalogue_t *cat, int marks, wppkg_tick_t now,
    unsigned *changed)
{
    int      rc, left;
    int64_t  stale;

    *changed = 0;

    rc = wppkg_meta_int(cat, WPPKG_META_STALE, WPPKG_STALE_ALL, &stale);

    if (rc != WPPKG_OK || (stale & marks) == 0) {
        return rc;
    }

    left = 0;
    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_overviews_render(cat, (int) stale & marks, now, changed,
                                    &left);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_set_int(cat, WPPKG_META_STALE,
                                (stale & ~(int64_t) marks) | left);
    }

    rc = wppkg_catalogue_leave(cat, rc);

    return (rc == WPPKG_OK && left != 0) ? WPPKG_ERROR : rc;
}


/* *left: the marks of those that could not be rendered */

static int
wppkg_overviews_render(wppkg_catalogue_t *cat, int stale, wppkg_tick_t now,
    unsigned *changed, int *left)
{
    int       rc, undone;
    size_t    i;
    unsigned  one;

    for (i = 0; i < WPPKG_OVERVIEWS; i++) {

        if (!(stale & wppkg_overviews[i].stale)) {
            continue;
        }

        one = 0;
        rc = wppkg_catalogue_savepoint(cat);

        if (rc == WPPKG_OK) {
            rc = wppkg_overview_render(cat, &wppkg_overviews[i], now, &one);
            rc = wppkg_catalogue_release(cat, rc, &undone);
        }

        if (rc != WPPKG_OK) {
            return rc;
        }

        if (undone) {
            *left |= wppkg_overviews[i].stale;

        } else {
            *changed += one;
        }
    }

    return WPPKG_OK;
}


static int
wppkg_overview_render(wppkg_catalogue_t *cat, const wppkg_overview_t *o,
    wppkg_tick_t now, unsigned *changed)
{
    int          rc;
    wppkg_buf_t  b;

    wppkg_buf_init(&b, WPPKG_BODY_MAX);

    rc = o->render(cat, &b);

    if (rc == WPPKG_DECLINED) {
        rc = wppkg_document_set(cat, 0, o->path, NULL, 0, now, changed);

    } else if (rc == WPPKG_OK && !wppkg_buf_ok(&b)) {
        rc = wppkg_catalogue_refuse(cat, "%s: it has more than %d bytes, or "
                                    "there is no memory for it: the old one "
                                    "stays", o->path, WPPKG_BODY_MAX);

    } else if (rc == WPPKG_OK) {
        rc = wppkg_document_set(cat, 0, o->path, b.data, b.len, now, changed);
    }

    wppkg_buf_free(&b);

    return rc;
}

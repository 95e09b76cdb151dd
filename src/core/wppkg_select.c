
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wppkg_select.h"
#include "wppkg_types.h"
#include "wppkg_url.h"


#define WPPKG_TRUNK_VERSION    "dev-trunk"
#define WPPKG_UNKNOWN_VERSION  "0.0.0.0"      /* normalised "0.0" */


static void wppkg_select_judge(const wppkg_package_t *pkg,
    wppkg_selection_t *sel);
static wppkg_current_e wppkg_select_ceiling_why(const char *s, size_t len,
    wppkg_version_t *v);
static int wppkg_select_current(const wppkg_package_t *pkg,
    wppkg_selection_t *sel, wppkg_candidate_t *c, size_t n);
static const wppkg_candidate_t *wppkg_select_tag(const wppkg_package_t *pkg,
    const wppkg_selection_t *sel, const char *normalized);
static wppkg_release_fate_e wppkg_select_fate(wppkg_candidate_t *c,
    const char *ceiling);
static wppkg_release_fate_e wppkg_select_held(wppkg_held_e held);
static void wppkg_select_trunk(const wppkg_package_t *pkg,
    wppkg_candidate_t *c);
static void wppkg_select_order(wppkg_selection_t *sel, size_t n);
static int wppkg_candidate_order(const void *one, const void *two);
static int wppkg_candidate_prefer(const wppkg_candidate_t *a,
    const wppkg_candidate_t *b);


int
wppkg_select(const wppkg_package_t *pkg, wppkg_selection_t *sel)
{
    size_t  size;

    memset(sel, 0, sizeof(wppkg_selection_t));

    /* two more: the published version without a tag, and the trunk */

    size = pkg->nreleases + 2;

    sel->candidates = calloc(size, sizeof(wppkg_candidate_t));
    sel->published = calloc(size, sizeof(wppkg_candidate_t *));

    if (sel->candidates == NULL || sel->published == NULL) {
        wppkg_select_free(sel);
        return WPPKG_ERROR;
    }

    wppkg_select_judge(pkg, sel);

    return WPPKG_OK;
}


void
wppkg_select_free(wppkg_selection_t *sel)
{
    free(sel->candidates);
    free(sel->published);

    memset(sel, 0, sizeof(wppkg_selection_t));
}


const char *
wppkg_release_fate_text(wppkg_release_fate_e fate)
{
    switch (fate) {

    case WPPKG_RELEASE_PUBLISHED:
        return "published";

    case WPPKG_RELEASE_UNPARSABLE:
        return "not a version that Composer accepts";

    case WPPKG_RELEASE_DUPLICATE:
        return "another tag is the same version";

    case WPPKG_RELEASE_ABOVE_CEILING:
        return "above the published version";

    case WPPKG_RELEASE_NO_ZIP:
        return "no usable zip URL";

    case WPPKG_RELEASE_ZIP_UNKNOWN:
        return "its zip is being asked for";

    case WPPKG_RELEASE_ZIP_MISSING:
        return "its zip is not there";

    case WPPKG_RELEASE_BARE:
        return "its tag is empty";

    case WPPKG_RELEASE_FATES:
        break;
    }

    return "unknown";
}


const char *
wppkg_select_current_text(const wppkg_selection_t *sel)
{
    switch (sel->why) {

    case WPPKG_CURRENT_TAGGED:
        return "";

    case WPPKG_CURRENT_TRUNK:
        return "from trunk: it has no tag";

    case WPPKG_CURRENT_OFF:
        return "it has no tag, and \"untagged\" is off";

    case WPPKG_CURRENT_NO_ZIP:
        return "it has no tag, and no zip of it is known";

    case WPPKG_CURRENT_HELD:
        return wppkg_release_fate_text(sel->current->fate);

    case WPPKG_CURRENT_UNPARSABLE:
        return wppkg_release_fate_text(WPPKG_RELEASE_UNPARSABLE);

    case WPPKG_CURRENT_BRANCH:
        return "a branch for Composer, not a version";

    case WPPKG_CURRENT_UNKNOWN:
        break;
    }

    return "WordPress.org does not know which it is";
}


int
wppkg_select_ceiling(const char *s, size_t len, wppkg_version_t *v)
{
    return wppkg_select_ceiling_why(s, len, v) == WPPKG_CURRENT_TAGGED;
}


/* WPPKG_CURRENT_TAGGED: it can be one */

static wppkg_current_e
wppkg_select_ceiling_why(const char *s, size_t len, wppkg_version_t *v)
{
    if (len == 0) {
        return WPPKG_CURRENT_UNKNOWN;
    }

    if (wppkg_version_parse(s, len, v) != WPPKG_OK
        || memchr(s, '<', len) != NULL || memchr(s, '>', len) != NULL)
    {
        return WPPKG_CURRENT_UNPARSABLE;
    }

    if (v->stability == WPPKG_STABILITY_DEV) {
        return WPPKG_CURRENT_BRANCH;
    }

    return (wppkg_version_compare(v->normalized, WPPKG_UNKNOWN_VERSION) == 0)
           ? WPPKG_CURRENT_UNKNOWN : WPPKG_CURRENT_TAGGED;
}


static void
wppkg_select_judge(const wppkg_package_t *pkg, wppkg_selection_t *sel)
{
    size_t              i, n;
    const char         *said, *ceiling;
    wppkg_candidate_t  *c;

    n = 0;
    said = (pkg->ceiling != NULL) ? pkg->ceiling : "";
    sel->why = wppkg_select_ceiling_why(said, strlen(said), &sel->said);
    ceiling = (sel->why == WPPKG_CURRENT_TAGGED) ? sel->said.normalized
                                                 : NULL;

    for (i = 0; i < pkg->nreleases; i++) {
        c = &sel->candidates[i];

        c->release = &pkg->releases[i];
        c->version = &c->release->version;
        c->zip = c->release->zip;
        c->fate = wppkg_select_fate(c, ceiling);
        c->spelled = (strcmp(c->release->tag, said) == 0);

        if (c->fate == WPPKG_RELEASE_PUBLISHED) {
            sel->published[n++] = c;
        }
    }

    if (ceiling != NULL) {
        c = &sel->candidates[i];
        c->version = &sel->said;

        n += (size_t) wppkg_select_current(pkg, sel, c, n);
    }

    if (pkg->has_trunk && wppkg_type(pkg->type)->has_trunk) {
        c = &sel->candidates[i + 1];

        wppkg_select_trunk(pkg, c);
        sel->published[n++] = c;
    }

    wppkg_select_order(sel, n);
}


/*
 * Finds the tag of the published version, or else offers c, which is of that
 * version, from the trunk (contract C 63).  1: c is published, in place n.
 */

static int
wppkg_select_current(const wppkg_package_t *pkg, wppkg_selection_t *sel,
    wppkg_candidate_t *c, size_t n)
{
    sel->current = wppkg_select_tag(pkg, sel, c->version->normalized);

    if (sel->current != NULL) {
        sel->why = (sel->current->fate == WPPKG_RELEASE_PUBLISHED)
                   ? WPPKG_CURRENT_TAGGED : WPPKG_CURRENT_HELD;
        return 0;
    }

    /* themes have no trunk (rule R 22) */

    if (!wppkg_type(pkg->type)->has_trunk || pkg->download == NULL
        || !wppkg_url_download(pkg->download) || wppkg_select_pin(pkg) == 0)
    {
        sel->why = WPPKG_CURRENT_NO_ZIP;
        return 0;
    }

    if (!pkg->untagged) {
        sel->why = WPPKG_CURRENT_OFF;
        return 0;
    }

    c->zip = pkg->download;
    c->fate = WPPKG_RELEASE_PUBLISHED;

    sel->why = WPPKG_CURRENT_TRUNK;
    sel->current = c;
    sel->published[n] = c;

    return 1;
}


/* the best one of a version, published at best; NULL: none is of it */

static const wppkg_candidate_t *
wppkg_select_tag(const wppkg_package_t *pkg, const wppkg_selection_t *sel,
    const char *normalized)
{
    int                       published;
    size_t                    i;
    const wppkg_candidate_t  *c, *best;

    best = NULL;
    published = 0;

    for (i = 0; i < pkg->nreleases; i++) {
        c = &sel->candidates[i];

        if (c->fate == WPPKG_RELEASE_UNPARSABLE
            || (published && c->fate != WPPKG_RELEASE_PUBLISHED)
            || wppkg_version_compare(c->version->normalized, normalized) != 0)
        {
            continue;
        }

        if (best == NULL || wppkg_candidate_prefer(c, best) < 0
            || (!published && c->fate == WPPKG_RELEASE_PUBLISHED))
        {
            best = c;
        }

        published = (best->fate == WPPKG_RELEASE_PUBLISHED);
    }

    return best;
}


int64_t
wppkg_select_pin(const wppkg_package_t *pkg)
{
    time_t     at;
    struct tm  tm;

    if (pkg->trunk_revision > 0) {
        return pkg->trunk_revision;
    }

    at = (time_t) pkg->updated_at;

    if (at <= 0 || at > WPPKG_TIME_MAX) {
        return 0;
    }

    (void) gmtime_r(&at, &tm);

    return ((((tm.tm_year + INT64_C(1900)) * 100 + tm.tm_mon + 1) * 100
             + tm.tm_mday) * 100 + tm.tm_hour) * 10000
           + tm.tm_min * 100 + tm.tm_sec;
}


int64_t
wppkg_select_pinned(const wppkg_package_t *pkg, const wppkg_candidate_t *c)
{
    return (c->release != NULL) ? c->release->again_rev
                                : wppkg_select_pin(pkg);
}


const char *
wppkg_select_stored_tag(const wppkg_candidate_t *c)
{
    if (c->release != NULL) {
        return c->release->tag;
    }

    return (c->version->stability == WPPKG_STABILITY_DEV)
           ? WPPKG_STORED_TRUNK : WPPKG_STORED_CURRENT;
}


static wppkg_release_fate_e
wppkg_select_fate(wppkg_candidate_t *c, const char *ceiling)
{
    const char  *tag;

    tag = c->release->tag;

    /* "dev-<fg=red>" parses, but would be obeyed by Composer's console */

    if (!c->release->parsed || strpbrk(tag, "<>") != NULL) {
        return WPPKG_RELEASE_UNPARSABLE;
    }

    if (!wppkg_url_download(c->release->zip)) {
        return WPPKG_RELEASE_NO_ZIP;
    }

    if (ceiling != NULL && c->version->stability == WPPKG_STABILITY_STABLE
        && wppkg_version_compare(c->version->normalized, ceiling) > 0)
    {
        return WPPKG_RELEASE_ABOVE_CEILING;
    }

    return wppkg_select_held(c->release->held);
}


static wppkg_release_fate_e
wppkg_select_held(wppkg_held_e held)
{
    switch (held) {

    case WPPKG_HELD_UNKNOWN:
        return WPPKG_RELEASE_ZIP_UNKNOWN;

    case WPPKG_HELD_MISSING:
        return WPPKG_RELEASE_ZIP_MISSING;

    case WPPKG_HELD_BARE:
        return WPPKG_RELEASE_BARE;

    default: /* WPPKG_HELD_NOT */
        return WPPKG_RELEASE_PUBLISHED;
    }
}


static void
wppkg_select_trunk(const wppkg_package_t *pkg, wppkg_candidate_t *c)
{
    static const wppkg_version_t  trunk = {
        WPPKG_TRUNK_VERSION, WPPKG_TRUNK_VERSION, WPPKG_STABILITY_DEV
    };

    c->version = &trunk;

    if (pkg->trunk_zip != NULL && wppkg_url_download(pkg->trunk_zip)
        && wppkg_select_pin(pkg) != 0)
    {
        c->zip = pkg->trunk_zip;
    }

    c->fate = WPPKG_RELEASE_PUBLISHED;
}


/* sorts, drops what is there already, and counts */

static void
wppkg_select_order(wppkg_selection_t *sel, size_t n)
{
    size_t              i, kept;
    const char         *last;
    wppkg_candidate_t  *c;

    qsort(sel->published, n, sizeof(wppkg_candidate_t *),
          wppkg_candidate_order);

    kept = 0;
    last = NULL;

    for (i = 0; i < n; i++) {
        c = sel->published[i];

        if (last != NULL
            && wppkg_version_compare(c->version->normalized, last) == 0)
        {
            c->fate = WPPKG_RELEASE_DUPLICATE;
            continue;
        }

        last = c->version->normalized;
        sel->published[kept++] = c;

        if (c->version->stability == WPPKG_STABILITY_DEV) {
            sel->ndev++;

        } else {
            sel->ntagged++;
        }
    }
}


/*
 * Tagged before dev, newest first.  Of versions that Composer holds equal,
 * such as "1.0" and "01.0", the winner comes first (rule R 20): the others
 * would only be in its way, because Composer takes the first that it finds.
 */

static int
wppkg_candidate_order(const void *one, const void *two)
{
    int                       rc;
    const wppkg_candidate_t  *a, *b;

    a = *(wppkg_candidate_t *const *) one;
    b = *(wppkg_candidate_t *const *) two;

    rc = (a->version->stability == WPPKG_STABILITY_DEV)
         - (b->version->stability == WPPKG_STABILITY_DEV);

    if (rc == 0) {
        rc = wppkg_version_compare(b->version->normalized,
                                   a->version->normalized);
    }

    if (rc == 0) {
        rc = wppkg_candidate_prefer(a, b);
    }

    return rc;
}


/*
 * Nothing displaces what comes from the trunk; the spelling that WordPress.org
 * publishes is the one whose zip it offers; one tag twice can differ in its
 * zip.
 */

static int
wppkg_candidate_prefer(const wppkg_candidate_t *a, const wppkg_candidate_t *b)
{
    int  rc;

    if (a->release == NULL || b->release == NULL) {
        return (a->release != NULL) - (b->release != NULL);
    }

    if (a->spelled != b->spelled) {
        return b->spelled ? 1 : -1;
    }

    rc = wppkg_version_prefer(a->release->tag, b->release->tag);

    return (rc != 0) ? rc : strcmp(a->zip, b->zip);
}

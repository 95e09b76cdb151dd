
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdlib.h>
#include <string.h>

#include "wppkg_select.h"


#define WPPKG_TRUNK_VERSION  "dev-trunk"


static void wppkg_select_judge(const wppkg_package_t *pkg,
    wppkg_selection_t *sel);
static const char *wppkg_select_ceiling(const wppkg_package_t *pkg,
    wppkg_version_t *ceiling);
static wppkg_release_fate_e wppkg_select_fate(wppkg_candidate_t *c,
    const char *ceiling);
static void wppkg_select_trunk(wppkg_candidate_t *c);
static void wppkg_select_order(wppkg_selection_t *sel, size_t n);
static int wppkg_candidate_order(const void *one, const void *two);
static int wppkg_candidate_prefer(const wppkg_candidate_t *a,
    const wppkg_candidate_t *b);
static const wppkg_candidate_t *wppkg_select_latest(
    const wppkg_selection_t *sel);


int
wppkg_select(const wppkg_package_t *pkg, wppkg_selection_t *sel)
{
    size_t  size;

    memset(sel, 0, sizeof(wppkg_selection_t));

    /* one more for the trunk, and never of no bytes */

    size = pkg->nreleases + 1;

    sel->candidates = calloc(size, sizeof(wppkg_candidate_t));
    sel->published = calloc(size, sizeof(wppkg_candidate_t *));

    if (sel->candidates == NULL || sel->published == NULL) {
        wppkg_select_free(sel);
        return WPPKG_ERROR;
    }

    wppkg_select_judge(pkg, sel);

    sel->latest = wppkg_select_latest(sel);

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
    }

    return "unknown";
}


int
wppkg_url_usable(const char *s)
{
    size_t       i;
    const char  *host;

    if (strncmp(s, "https://", 8) == 0) {
        host = s + 8;

    } else if (strncmp(s, "http://", 7) == 0) {
        host = s + 7;

    } else {
        return 0;
    }

    if (strchr("/?#:@", *host) != NULL) {
        return 0;                     /* no host; the NUL is in there too */
    }

    for (i = 0; s[i] != '\0'; i++) {
        /* RFC 3986 has none of these; Composer's console obeys "<fg=red>" */

        if (s[i] <= ' ' || s[i] > '~' || i == WPPKG_URL_MAX
            || strchr("\"<>\\^`{|}", s[i]) != NULL)
        {
            return 0;
        }
    }

    return 1;
}


static void
wppkg_select_judge(const wppkg_package_t *pkg, wppkg_selection_t *sel)
{
    size_t              i, n;
    const char         *ceiling;
    wppkg_version_t     version;
    wppkg_candidate_t  *c;

    n = 0;
    ceiling = wppkg_select_ceiling(pkg, &version);

    for (i = 0; i < pkg->nreleases; i++) {
        c = &sel->candidates[i];

        c->release = &pkg->releases[i];
        c->fate = wppkg_select_fate(c, ceiling);

        if (c->fate == WPPKG_RELEASE_PUBLISHED) {
            sel->published[n++] = c;
        }
    }

    /* themes have no trunk (rule R 22) */

    if (pkg->has_trunk && pkg->type == WPPKG_PLUGIN) {
        wppkg_select_trunk(&sel->candidates[i]);
        sel->published[n++] = &sel->candidates[i];
    }

    wppkg_select_order(sel, n);
}


/* the normalised version above which nothing stable is published, or NULL */

static const char *
wppkg_select_ceiling(const wppkg_package_t *pkg, wppkg_version_t *ceiling)
{
    if (pkg->ceiling == NULL
        || wppkg_version_parse(pkg->ceiling, strlen(pkg->ceiling), ceiling)
           != WPPKG_OK
        || ceiling->stability == WPPKG_STABILITY_DEV)
    {
        return NULL;
    }

    return ceiling->normalized;
}


static wppkg_release_fate_e
wppkg_select_fate(wppkg_candidate_t *c, const char *ceiling)
{
    const char  *tag;

    tag = c->release->tag;

    /* "dev-<fg=red>" parses, but would be obeyed by Composer's console */

    if (wppkg_version_parse(tag, strlen(tag), &c->version) != WPPKG_OK
        || strpbrk(tag, "<>") != NULL)
    {
        return WPPKG_RELEASE_UNPARSABLE;
    }

    if (!wppkg_url_usable(c->release->zip)) {
        return WPPKG_RELEASE_NO_ZIP;
    }

    if (ceiling != NULL && c->version.stability == WPPKG_STABILITY_STABLE
        && wppkg_version_compare(c->version.normalized, ceiling) > 0)
    {
        return WPPKG_RELEASE_ABOVE_CEILING;
    }

    return WPPKG_RELEASE_PUBLISHED;
}


static void
wppkg_select_trunk(wppkg_candidate_t *c)
{
    memcpy(c->version.clean, WPPKG_TRUNK_VERSION,
           sizeof(WPPKG_TRUNK_VERSION));
    memcpy(c->version.normalized, WPPKG_TRUNK_VERSION,
           sizeof(WPPKG_TRUNK_VERSION));

    c->version.stability = WPPKG_STABILITY_DEV;
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

        if (last != NULL && strcmp(c->version.normalized, last) == 0) {
            c->fate = WPPKG_RELEASE_DUPLICATE;
            continue;
        }

        last = c->version.normalized;
        sel->published[kept++] = c;

        if (c->version.stability == WPPKG_STABILITY_DEV) {
            sel->ndev++;

        } else {
            sel->ntagged++;
        }
    }
}


/*
 * Tagged before dev, newest first; Composer holds some spellings equal that
 * are versions of their own ("01.2.0.0"): byte order keeps the document the
 * same whatever order the releases came in.  Of one version, the winner first.
 */

static int
wppkg_candidate_order(const void *one, const void *two)
{
    int                       rc;
    const wppkg_candidate_t  *a, *b;

    a = *(wppkg_candidate_t *const *) one;
    b = *(wppkg_candidate_t *const *) two;

    rc = (a->version.stability == WPPKG_STABILITY_DEV)
         - (b->version.stability == WPPKG_STABILITY_DEV);

    if (rc == 0) {
        rc = wppkg_version_compare(b->version.normalized,
                                   a->version.normalized);
    }

    if (rc == 0) {
        rc = strcmp(b->version.normalized, a->version.normalized);
    }

    if (rc == 0) {
        rc = wppkg_candidate_prefer(a, b);
    }

    return rc;
}


/* nothing displaces the real trunk; one tag twice can differ in its zip */

static int
wppkg_candidate_prefer(const wppkg_candidate_t *a, const wppkg_candidate_t *b)
{
    int  rc;

    if (a->release == NULL || b->release == NULL) {
        return (a->release != NULL) - (b->release != NULL);
    }

    rc = wppkg_version_prefer(a->release->tag, b->release->tag);

    return (rc != 0) ? rc : strcmp(a->release->zip, b->release->zip);
}


/* the highest stable one, another only where there is none (rule R 21) */

static const wppkg_candidate_t *
wppkg_select_latest(const wppkg_selection_t *sel)
{
    size_t  i;

    for (i = 0; i < sel->ntagged; i++) {
        if (sel->published[i]->version.stability == WPPKG_STABILITY_STABLE) {
            return sel->published[i];
        }
    }

    return (sel->ntagged != 0) ? sel->published[0] : NULL;
}

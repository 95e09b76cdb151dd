
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdlib.h>
#include <string.h>

#include "wppkg_diff.h"


static const wppkg_candidate_t **wppkg_diff_list(
    const wppkg_selection_t *sel, size_t *n);
static void wppkg_diff_untagged(wppkg_diff_t *d);
static int wppkg_diff_order(const void *one, const void *two);
static void wppkg_diff_merge(wppkg_diff_t *d);


int
wppkg_diff(const wppkg_package_t *old, const wppkg_package_t *new,
    wppkg_diff_t *d)
{
    memset(d, 0, sizeof(wppkg_diff_t));

    if (wppkg_select(old, &d->old) != WPPKG_OK
        || wppkg_select(new, &d->new) != WPPKG_OK)
    {
        wppkg_diff_free(d);
        return WPPKG_ERROR;
    }

    d->lost = wppkg_diff_list(&d->old, &d->nlost);
    d->gained = wppkg_diff_list(&d->new, &d->ngained);

    if (d->lost == NULL || d->gained == NULL) {
        wppkg_diff_free(d);
        return WPPKG_ERROR;
    }

    wppkg_diff_untagged(d);
    wppkg_diff_merge(d);

    return WPPKG_OK;
}


void
wppkg_diff_free(wppkg_diff_t *d)
{
    free(d->lost);
    free(d->gained);
    wppkg_select_free(&d->old);
    wppkg_select_free(&d->new);

    memset(d, 0, sizeof(wppkg_diff_t));
}


int
wppkg_diff_has(const wppkg_candidate_t *const *list, size_t n,
    const char *normalized)
{
    int     rc;
    size_t  low, high, middle;

    low = 0;
    high = n;

    while (low < high) {
        middle = low + (high - low) / 2;
        rc = strcmp(list[middle]->version->normalized, normalized);

        if (rc == 0) {
            return 1;
        }

        if (rc < 0) {
            low = middle + 1;

        } else {
            high = middle;
        }
    }

    return 0;
}


/* all that is published from tags, by version; there is room for one more */

static const wppkg_candidate_t **
wppkg_diff_list(const wppkg_selection_t *sel, size_t *n)
{
    size_t                     i, count;
    const wppkg_candidate_t  **list;

    count = sel->ntagged + sel->ndev;
    list = calloc(count + 1, sizeof(wppkg_candidate_t *));

    if (list == NULL) {
        return NULL;
    }

    *n = 0;

    for (i = 0; i < count; i++) {
        if (sel->published[i]->release != NULL) {
            list[(*n)++] = sel->published[i];
        }
    }

    qsort(list, *n, sizeof(wppkg_candidate_t *), wppkg_diff_order);

    return list;
}


/* a version without a tag may be replaced by the next, but not by none */

static void
wppkg_diff_untagged(wppkg_diff_t *d)
{
    const wppkg_candidate_t  *old, *new;

    old = d->old.current;
    new = d->new.current;

    if (d->old.why != WPPKG_CURRENT_TRUNK) {
        return;
    }

    if (new != NULL && new->fate == WPPKG_RELEASE_PUBLISHED
        && wppkg_version_compare(new->version->normalized,
                                 old->version->normalized) >= 0)
    {
        return;
    }

    d->lost[d->nlost++] = old;
    qsort(d->lost, d->nlost, sizeof(wppkg_candidate_t *), wppkg_diff_order);
}


static int
wppkg_diff_order(const void *one, const void *two)
{
    const wppkg_candidate_t  *a, *b;

    a = *(const wppkg_candidate_t *const *) one;
    b = *(const wppkg_candidate_t *const *) two;

    return strcmp(a->version->normalized, b->version->normalized);
}


/* drops from both what is in both */

static void
wppkg_diff_merge(wppkg_diff_t *d)
{
    int     rc;
    size_t  i, j, nlost, ngained;

    nlost = 0;
    ngained = 0;

    for (i = 0, j = 0; i < d->nlost || j < d->ngained; /* void */ ) {
        if (i == d->nlost) {
            rc = 1;

        } else if (j == d->ngained) {
            rc = -1;

        } else {
            rc = wppkg_diff_order(&d->lost[i], &d->gained[j]);
        }

        if (rc < 0) {
            d->lost[nlost++] = d->lost[i++];

        } else if (rc > 0) {
            d->gained[ngained++] = d->gained[j++];

        } else {
            i++;
            j++;
        }
    }

    d->nlost = nlost;
    d->ngained = ngained;
}

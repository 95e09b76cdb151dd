
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "wppkg_copied.h"
#include "wppkg_diff.h"
#include "wppkg_loss.h"
#include "wppkg_name.h"


#define WPPKG_LOSS_MORE  8            /* bytes for ", …" */


/* both packages, and what the one would take away from the other */

typedef struct {
    wppkg_package_t   old;
    wppkg_diff_t      diff;           /* lost: without what is told */
} wppkg_compared_t;


static int wppkg_loss_compare(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    wppkg_package_t *answer, wppkg_compared_t *c);
static int wppkg_loss_copied(wppkg_catalogue_t *cat, wppkg_package_t *old);
static int wppkg_loss_diff(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    const wppkg_package_t *answer, wppkg_compared_t *c);
static void wppkg_loss_free(wppkg_compared_t *c);
static int wppkg_loss_untold(wppkg_catalogue_t *cat, int64_t id,
    wppkg_diff_t *d);
static int wppkg_loss_told(wppkg_catalogue_t *cat, int64_t id,
    const char *tag);
static int wppkg_loss_describe(const wppkg_diff_t *d, wppkg_loss_t *loss);
static void wppkg_loss_name(wppkg_loss_t *loss, const char *version);
static int wppkg_loss_merge(const wppkg_compared_t *c,
    wppkg_package_t *answer);
static int wppkg_loss_taken_back(const wppkg_diff_t *d,
    const wppkg_package_t *answer);
static int wppkg_loss_stays(const wppkg_compared_t *c,
    wppkg_package_t *answer);
static int wppkg_loss_set(char **field, const char *s);
static int wppkg_loss_memory(wppkg_catalogue_t *cat, const wppkg_due_t *due);


int
wppkg_loss(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    wppkg_package_t *answer, wppkg_loss_t *loss)
{
    int               rc;
    wppkg_compared_t  c;

    memset(loss, 0, sizeof(wppkg_loss_t));

    rc = wppkg_loss_compare(cat, due, answer, &c);

    if (rc != WPPKG_OK) {
        return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
    }

    if (wppkg_loss_describe(&c.diff, loss) != WPPKG_OK) {
        rc = wppkg_loss_memory(cat, due);
    }

    wppkg_loss_free(&c);

    return rc;
}


int
wppkg_loss_keep(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    wppkg_package_t *answer)
{
    int               rc;
    wppkg_compared_t  c;

    rc = wppkg_loss_compare(cat, due, answer, &c);

    if (rc != WPPKG_OK) {
        return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
    }

    if (c.diff.nlost > WPPKG_RELEASES_MAX - answer->nreleases) {
        rc = WPPKG_DECLINED;

    } else if (wppkg_loss_merge(&c, answer) != WPPKG_OK) {
        rc = wppkg_loss_memory(cat, due);
    }

    wppkg_loss_free(&c);

    return rc;
}


/*
 * WPPKG_DECLINED: nothing is published that could be lost.  With that and
 * with an error there is nothing to free.
 */

static int
wppkg_loss_compare(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    wppkg_package_t *answer, wppkg_compared_t *c)
{
    int            rc;
    wppkg_state_e  state;

    rc = wppkg_packages_load(cat, due->id, &c->old, &state, 1);

    if (rc != WPPKG_OK) {
        return rc;
    }

    if (state != WPPKG_STATE_ACTIVE) {
        rc = (state == WPPKG_STATE_NEW) ? wppkg_loss_copied(cat, &c->old)
                                        : WPPKG_DECLINED;
    }

    if (rc != WPPKG_OK) {
        wppkg_package_free(&c->old);
        return rc;
    }

    /* what the API does not know, as wppkg_packages_store() does */

    answer->trunk_revision = c->old.trunk_revision;
    answer->untagged = c->old.untagged;

    rc = wppkg_loss_diff(cat, due, answer, c);

    if (rc != WPPKG_OK) {
        wppkg_package_free(&c->old);
    }

    return rc;
}


/*
 * Of one that was never asked for, and is a copy of what an origin had, the
 * document tells what is published.  What the row has is older than that.
 */

static int
wppkg_loss_copied(wppkg_catalogue_t *cat, wppkg_package_t *old)
{
    int              rc;
    wppkg_package_t  copy;

    if (wppkg_package_init(&copy, old->type, old->slug, strlen(old->slug))
        != WPPKG_OK)
    {
        return wppkg_catalogue_refuse(cat, "%s/%s: out of memory",
                                      wppkg_type(old->type)->name, old->slug);
    }

    copy.trunk_revision = old->trunk_revision;
    copy.untagged = old->untagged;

    rc = wppkg_copied(cat, &copy);

    wppkg_package_free(old);
    *old = copy;

    return rc;
}


/* a version that the answer has, but that is held back, is not lost */

static int
wppkg_loss_diff(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    const wppkg_package_t *answer, wppkg_compared_t *c)
{
    int  rc;

    if (wppkg_diff(&c->old, answer, &c->diff) != WPPKG_OK) {
        return wppkg_loss_memory(cat, due);
    }

    rc = wppkg_loss_untold(cat, due->id, &c->diff);

    if (rc != WPPKG_OK) {
        wppkg_diff_free(&c->diff);
    }

    return rc;
}


static void
wppkg_loss_free(wppkg_compared_t *c)
{
    wppkg_diff_free(&c->diff);
    wppkg_package_free(&c->old);
}


/* drops lost versions whose tags Subversion says were deleted */

static int
wppkg_loss_untold(wppkg_catalogue_t *cat, int64_t id, wppkg_diff_t *d)
{
    int     rc;
    size_t  i, n;

    n = 0;

    for (i = 0; i < d->nlost; i++) {
        rc = (d->lost[i]->release != NULL)
             ? wppkg_loss_told(cat, id, d->lost[i]->release->tag)
             : WPPKG_DECLINED;

        if (rc == WPPKG_DECLINED) {
            d->lost[n++] = d->lost[i];

        } else if (rc != WPPKG_OK) {
            return rc;
        }
    }

    d->nlost = n;

    return WPPKG_OK;
}


/* whether Subversion has told that the tag is gone; WPPKG_DECLINED: not so */

static int
wppkg_loss_told(wppkg_catalogue_t *cat, int64_t id, const char *tag)
{
    int64_t  told;

    return wppkg_catalogue_one(cat, &told,
        "SELECT 1 FROM tags WHERE package_id = ?1 AND tag = ?2 AND gone = 1",
        "%jd%s", id, tag);
}


static int
wppkg_loss_describe(const wppkg_diff_t *d, wppkg_loss_t *loss)
{
    int          rc;
    size_t       i;
    wppkg_buf_t  all;

    loss->n = d->nlost;

    if (loss->n == 0) {
        return WPPKG_OK;
    }

    wppkg_buf_init(&all, WPPKG_VERSIONS_MAX);

    for (i = 0; i < d->nlost; i++) {
        wppkg_loss_name(loss, d->lost[i]->version->clean);

        wppkg_buf_puts(&all, d->lost[i]->version->normalized);
        wppkg_buf_puts(&all, "\n");
    }

    rc = (wppkg_buf_ok(&all)
          && EVP_Digest(all.data, all.len, loss->hash, NULL, EVP_sha256(),
                        NULL) == 1)
         ? WPPKG_OK : WPPKG_ERROR;

    wppkg_buf_free(&all);

    return rc;
}


/* as many of them as there is room for */

static void
wppkg_loss_name(wppkg_loss_t *loss, const char *version)
{
    size_t       len;
    const char  *comma;

    len = strlen(loss->text);
    comma = (len > 0) ? ", " : "";

    if (loss->more) {
        return;
    }

    if (len + strlen(version) + WPPKG_LOSS_MORE >= sizeof(loss->text)) {
        loss->more = 1;
        comma = ", ";
        version = "…";
    }

    (void) snprintf(loss->text + len, sizeof(loss->text) - len, "%s%s",
                    comma, version);
}


/*
 * Where the answer has a lost version but does not publish it, the published
 * one replaces it.  If the old published version stays, versions above the
 * answer's own must not become published by that.  The trunk stays with the
 * others.
 */

static int
wppkg_loss_merge(const wppkg_compared_t *c, wppkg_package_t *answer)
{
    int                       back;
    size_t                    i;
    const wppkg_diff_t       *d;
    const wppkg_release_t    *r;
    const wppkg_candidate_t  *have;

    d = &c->diff;
    back = wppkg_loss_taken_back(d, answer);

    /* from the end, because the last one takes the place of a removed one */

    for (i = answer->nreleases; i-- > 0; /* void */ ) {
        have = &d->new.candidates[i];

        if ((back && have->fate == WPPKG_RELEASE_ABOVE_CEILING)
            || (have->fate != WPPKG_RELEASE_UNPARSABLE
                && wppkg_diff_has(d->lost, d->nlost,
                                  have->version->normalized)))
        {
            wppkg_package_remove(answer, i);
        }
    }

    for (i = 0; i < d->nlost; i++) {
        r = d->lost[i]->release;

        if (r != NULL
            && wppkg_package_add(answer, r->tag, strlen(r->tag), r->zip,
                                 strlen(r->zip)) != WPPKG_OK)
        {
            return WPPKG_ERROR;
        }
    }

    if (back && wppkg_loss_stays(c, answer) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    answer->has_trunk |= c->old.has_trunk;

    return (answer->trunk_zip == NULL)
           ? wppkg_loss_set(&answer->trunk_zip, c->old.trunk_zip) : WPPKG_OK;
}


/*
 * Whether something is lost that only the old published version can keep: one
 * above the new, or itself, if it has no tag
 */

static int
wppkg_loss_taken_back(const wppkg_diff_t *d, const wppkg_package_t *answer)
{
    int               bounded;
    size_t            i;
    const char       *said;
    wppkg_version_t   ceiling;

    said = (answer->ceiling != NULL) ? answer->ceiling : "";
    bounded = wppkg_select_ceiling(said, strlen(said), &ceiling);

    for (i = 0; i < d->nlost; i++) {

        if (d->lost[i]->release == NULL
            || (bounded
                && d->lost[i]->version->stability == WPPKG_STABILITY_STABLE
                && wppkg_version_compare(d->lost[i]->version->normalized,
                                         ceiling.normalized) > 0))
        {
            return 1;
        }
    }

    return 0;
}


/* with what is said of it alone */

static int
wppkg_loss_stays(const wppkg_compared_t *c, wppkg_package_t *answer)
{
    if (wppkg_loss_set(&answer->ceiling, c->old.ceiling) != WPPKG_OK
        || wppkg_loss_set(&answer->requires_php, c->old.requires_php)
           != WPPKG_OK
        || wppkg_loss_set(&answer->needs, c->old.needs) != WPPKG_OK)
    {
        return WPPKG_ERROR;
    }

    if (c->diff.old.why != WPPKG_CURRENT_TRUNK) {
        return WPPKG_OK;
    }

    return wppkg_loss_set(&answer->download, c->old.download);
}


static int
wppkg_loss_set(char **field, const char *s)
{
    return wppkg_package_set(field, s, (s != NULL) ? strlen(s) : 0);
}


static int
wppkg_loss_memory(wppkg_catalogue_t *cat, const wppkg_due_t *due)
{
    return wppkg_catalogue_refuse(cat, "%s/%s: out of memory for its versions",
                                  wppkg_type(due->type)->name, due->slug);
}

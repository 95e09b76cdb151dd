
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_news.h"
#include "wppkg_select.h"


static int wppkg_news_may(const wppkg_package_t *old,
    const wppkg_package_t *pkg);
static int wppkg_news_current(const wppkg_selection_t *sel);
static int wppkg_news_is(const wppkg_selection_t *was,
    const wppkg_selection_t *is, const wppkg_package_t *old);
static void wppkg_news_take(wppkg_news_t *news,
    const wppkg_candidate_t *current);
static int wppkg_news_trim(wppkg_catalogue_t *cat);


int
wppkg_news_stored(const wppkg_due_t *due, const wppkg_package_t *old,
    const wppkg_package_t *pkg, wppkg_news_t *news)
{
    wppkg_selection_t  was, is;

    news->version[0] = '\0';

    if (due->state != WPPKG_STATE_ACTIVE || due->hearsay
        || !wppkg_news_may(old, pkg))
    {
        return WPPKG_OK;
    }

    if (wppkg_select(old, &was) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    if (wppkg_select(pkg, &is) != WPPKG_OK) {
        wppkg_select_free(&was);
        return WPPKG_ERROR;
    }

    if (wppkg_news_is(&was, &is, old)) {
        wppkg_news_take(news, is.current);
    }

    wppkg_select_free(&was);
    wppkg_select_free(&is);

    return WPPKG_OK;
}


int
wppkg_news_revealed(const wppkg_zip_t *zip, const wppkg_package_t *pkg,
    wppkg_news_t *news)
{
    wppkg_selection_t  is;

    news->version[0] = '\0';

    if (zip->known) {
        return WPPKG_OK;
    }

    if (wppkg_select(pkg, &is) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    if (wppkg_news_current(&is) && is.current->release != NULL
        && is.current->release->unseen
        && strcmp(is.current->release->tag, zip->tag) == 0)
    {
        wppkg_news_take(news, is.current);
    }

    wppkg_select_free(&is);

    return WPPKG_OK;
}


/* most answers bring nothing: these take no selection */

static int
wppkg_news_may(const wppkg_package_t *old, const wppkg_package_t *pkg)
{
    size_t                  i;
    const wppkg_release_t  *r;

    if (strcmp((old->ceiling != NULL) ? old->ceiling : "",
               (pkg->ceiling != NULL) ? pkg->ceiling : "") != 0)
    {
        return 1;
    }

    for (i = 0; i < pkg->nreleases; i++) {
        r = wppkg_package_find(old, pkg->releases[i].tag);

        if (!pkg->releases[i].unseen && (r == NULL || r->unseen)) {
            return 1;
        }
    }

    return 0;
}


/* whether there is a published version, and clients get it */

static int
wppkg_news_current(const wppkg_selection_t *sel)
{
    return sel->current != NULL
           && sel->current->fate == WPPKG_RELEASE_PUBLISHED;
}


/*
 * A tag that was published before is no news, even if another version was
 * offered in between.  Of what has no tag, only the version before can tell.
 */

static int
wppkg_news_is(const wppkg_selection_t *was, const wppkg_selection_t *is,
    const wppkg_package_t *old)
{
    int                     before;
    const wppkg_release_t  *r;

    before = wppkg_news_current(was);

    if (!wppkg_news_current(is)
        || (before
            && wppkg_version_compare(was->current->version->normalized,
                                     is->current->version->normalized) == 0))
    {
        return 0;
    }

    if (is->current->release == NULL) {
        return before;
    }

    r = wppkg_package_find(old, is->current->release->tag);

    return r == NULL || r->unseen;
}


static void
wppkg_news_take(wppkg_news_t *news, const wppkg_candidate_t *current)
{
    news->tag = (current->release != NULL) ? current->release->tag : NULL;
    memcpy(news->version, current->version->clean, sizeof(news->version));
}


/* one that was told before has become one once more */

int
wppkg_news_release(wppkg_catalogue_t *cat, int64_t id,
    const wppkg_package_t *pkg, const wppkg_news_t *news, int64_t now)
{
    int                     rc;
    const wppkg_release_t  *r;

    if (news->version[0] == '\0') {
        return WPPKG_OK;
    }

    r = (news->tag != NULL) ? wppkg_package_find(pkg, news->tag) : NULL;

    rc = wppkg_catalogue_write(cat,
        "DELETE FROM news WHERE package_id = ?1 AND version = ?2", "%jd%s",
        id, news->version);

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_write(cat,
            "INSERT INTO news (package_id, at, state, version, released_at)"
            " VALUES (?1, ?2, 'active', ?3, NULLIF(?4, 0))", "%jd%jd%s%jd",
            id, now, news->version, (r != NULL) ? r->released_at : 0);
    }

    return (rc == WPPKG_OK) ? wppkg_news_trim(cat) : rc;
}


/*
 * A package that was not found, and now is, is open again if it was offered
 * before; else it is a new one.
 */

int
wppkg_news_state(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    wppkg_state_e state, const char *reason, int64_t now)
{
    int  rc;

    if (due->hearsay || state == due->state) {
        return WPPKG_OK;
    }

    rc = wppkg_catalogue_write(cat,
        "INSERT INTO news (package_id, at, state, reason)"
        " SELECT id, ?4, ?2, ?3 FROM packages WHERE id = ?1"
        "    AND CASE WHEN ?2 = 'closed_for_good'"
        "        THEN state IN ('active', 'closed')"
        "        WHEN ?2 <> 'active' THEN state = 'active'"
        "        WHEN state IN ('not_found', 'invalid')"
        "        THEN EXISTS (SELECT 1 FROM state_changes"
        "            WHERE package_id = ?1 AND old_state = 'active')"
        "        ELSE state IN ('closed', 'closed_for_good') END",
        "%jd%s%s%jd", due->id, wppkg_state_name(state), reason, now);

    return (rc == WPPKG_OK && wppkg_catalogue_changes(cat) == 1)
           ? wppkg_news_trim(cat) : rc;
}


static int
wppkg_news_trim(wppkg_catalogue_t *cat)
{
    return wppkg_catalogue_write(cat,
        "DELETE FROM news WHERE id <= (SELECT id FROM news"
        "    ORDER BY id DESC LIMIT 1 OFFSET ?1)", "%d", WPPKG_NEWS_MAX);
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wppkg_clock.h"
#include "wppkg_closed.h"
#include "wppkg_closures.h"
#include "wppkg_dist.h"
#include "wppkg_documents.h"
#include "wppkg_name.h"
#include "wppkg_news.h"
#include "wppkg_outdated.h"
#include "wppkg_packages.h"
#include "wppkg_popularity.h"
#include "wppkg_released.h"
#include "wppkg_render.h"
#include "wppkg_settle.h"
#include "wppkg_tell.h"
#include "wppkg_zips.h"


/*
 * Bytes by which a release's document grows when more becomes known: its time,
 * the revision that last touched it.  Storing keeps this much room, because
 * nothing can be refused when the document is rendered anew.
 */
#define WPPKG_RELEASE_GROWTH  96

_Static_assert(WPPKG_RELEASES_MAX * WPPKG_RELEASE_GROWTH
               < WPPKG_DOCUMENT_MAX / 4, "few documents would fit");


static int wppkg_packages_accept(wppkg_catalogue_t *cat,
    const wppkg_due_t *due, wppkg_package_t *pkg, wppkg_tick_t now,
    int64_t next_check_at, int whole, unsigned *changed);
static int wppkg_packages_take(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    wppkg_package_t *pkg, wppkg_tick_t now, wppkg_settle_t *settle,
    wppkg_news_t *news);
static int wppkg_packages_merge(wppkg_catalogue_t *cat,
    const wppkg_due_t *due, wppkg_package_t *pkg, wppkg_tick_t now,
    wppkg_settle_t *settle, wppkg_entry_t *entry, wppkg_news_t *news);
static int wppkg_packages_differ(wppkg_package_t *a, wppkg_package_t *b);
static int wppkg_packages_php(wppkg_catalogue_t *cat,
    const wppkg_package_t *old, wppkg_package_t *pkg);
static int wppkg_packages_past(const wppkg_package_t *old,
    wppkg_package_t *pkg);
static int wppkg_packages_unseen(const wppkg_package_t *old,
    wppkg_package_t *pkg);
static int wppkg_packages_fates(wppkg_catalogue_t *cat, wppkg_package_t *pkg,
    wppkg_settle_t *settle);
static int wppkg_packages_write(wppkg_catalogue_t *cat, int64_t id,
    wppkg_package_t *pkg, int64_t now);
static int wppkg_packages_update(wppkg_catalogue_t *cat, int64_t id,
    const wppkg_package_t *pkg, const char *versions, int64_t now);
static int wppkg_packages_settle(wppkg_catalogue_t *cat,
    const wppkg_due_t *due, wppkg_settle_t *settle, wppkg_state_e state,
    const char *reason, int64_t now, int64_t next_check_at);
static int wppkg_packages_state(wppkg_catalogue_t *cat,
    const wppkg_due_t *due, wppkg_state_e state, const char *reason,
    int64_t now, int64_t next_check_at, int64_t window_at, int trusted);
static int wppkg_packages_note(wppkg_catalogue_t *cat,
    const wppkg_due_t *due, const wppkg_withdrawal_t *w);
static int wppkg_packages_exec(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    const wppkg_due_t *due);
static int wppkg_packages_gone(wppkg_catalogue_t *cat,
    const wppkg_due_t *due);
static int wppkg_packages_anew(wppkg_catalogue_t *cat,
    const wppkg_zip_t *zip, wppkg_tick_t now, unsigned *changed);
static int wppkg_packages_seen(wppkg_catalogue_t *cat,
    const wppkg_zip_t *zip, wppkg_package_t *pkg, wppkg_tick_t now,
    unsigned *changed);
static int wppkg_packages_publish(wppkg_catalogue_t *cat, int64_t id,
    wppkg_package_t *pkg, wppkg_tick_t now, size_t reserve,
    unsigned *changed);
static int wppkg_packages_publish_as(wppkg_catalogue_t *cat, int64_t id,
    const wppkg_package_t *pkg, wppkg_tick_t now, size_t limit,
    unsigned *changed);
static int wppkg_packages_memory(wppkg_catalogue_t *cat,
    const wppkg_package_t *pkg, int rc);


int
wppkg_packages_add(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, size_t len, wppkg_tick_t now, int known, int *added)
{
    int          rc;
    int64_t      unwanted;
    const char  *why;

    *added = 0;
    why = wppkg_slug_refused(slug, len);

    if (why != NULL) {
        return wppkg_catalogue_refuse(cat, "%s \"%.*s\": %s",
                                      wppkg_type(type)->name,
                                      (int) (len < WPPKG_SLUG_MAX
                                             ? len : WPPKG_SLUG_MAX),
                                      slug, why);
    }

    rc = wppkg_catalogue_one(cat, &unwanted,
        "SELECT 1 FROM unwanted WHERE type = ?1 AND slug = ?2", "%s%.*s",
        wppkg_type(type)->name, (int) len, slug);

    if (rc != WPPKG_DECLINED) {
        return rc;
    }

    rc = wppkg_catalogue_write(cat,
        "INSERT INTO packages (type, slug, created_at, known)"
        " VALUES (?1, ?2, ?3, ?4)"
        " ON CONFLICT (type, slug) DO NOTHING", "%s%.*s%jd%d",
        wppkg_type(type)->name, (int) len, slug, now / WPPKG_TICKS,
        known != 0);

    if (rc == WPPKG_OK) {
        *added = (wppkg_catalogue_changes(cat) == 1);
    }

    return rc;
}


int
wppkg_packages_known(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, size_t len)
{
    int      rc;
    char     name[WPPKG_SLUG_MAX + 1];
    int64_t  asked;

    rc = wppkg_catalogue_one(cat, &asked,
        "UPDATE packages SET known = 1 WHERE type = ?1 AND slug = ?2"
        "    AND known = 0 AND state IN ('new', 'not_found', 'invalid')"
        " RETURNING state <> 'new'", "%s%.*s", wppkg_type(type)->name,
        (int) len, slug);

    if (rc == WPPKG_OK && asked) {
        (void) snprintf(name, sizeof(name), "%.*s", (int) len, slug);
        rc = wppkg_outdated_add(cat, wppkg_type(type)->name, name);
    }

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


int
wppkg_packages_find(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, size_t len, int64_t *id)
{
    return wppkg_catalogue_one(cat, id,
        "SELECT id FROM packages WHERE type = ?1 AND slug = ?2", "%s%.*s",
        wppkg_type(type)->name, (int) len, slug);
}


int
wppkg_packages_any(wppkg_catalogue_t *cat, int *any)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT EXISTS (SELECT 1 FROM packages)", "");

    rc = wppkg_catalogue_row(cat, stmt);

    if (rc == WPPKG_OK) {
        *any = sqlite3_column_int(stmt, 0);
        wppkg_catalogue_done(stmt);
    }

    return rc;
}


int
wppkg_packages_store(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    wppkg_package_t *pkg, wppkg_tick_t now, int64_t next_check_at,
    unsigned *changed)
{
    return wppkg_packages_accept(cat, due, pkg, now, next_check_at, 1,
                                 changed);
}


int
wppkg_packages_gain(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    wppkg_package_t *pkg, wppkg_tick_t now, int64_t next_check_at,
    unsigned *changed)
{
    return wppkg_packages_accept(cat, due, pkg, now, next_check_at, 0,
                                 changed);
}


/* whole: all of the answer is true */

static int
wppkg_packages_accept(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    wppkg_package_t *pkg, wppkg_tick_t now, int64_t next_check_at, int whole,
    unsigned *changed)
{
    int             rc;
    wppkg_news_t    news;
    wppkg_settle_t  settle;

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_packages_take(cat, due, pkg, now, &settle, &news);
    }

    if (rc == WPPKG_OK) {
        rc = whole
             ? wppkg_packages_settle(cat, due, &settle, WPPKG_STATE_ACTIVE,
                                     NULL, now / WPPKG_TICKS, next_check_at)
             : wppkg_packages_again(cat, due, next_check_at);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_packages_publish(cat, due->id, pkg, now,
                                    pkg->nreleases * WPPKG_RELEASE_GROWTH,
                                    changed);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_news_release(cat, due->id, pkg, &news, now / WPPKG_TICKS);
    }

    return wppkg_catalogue_leave(cat, rc);
}


/* writes the row, but for its state */

static int
wppkg_packages_take(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    wppkg_package_t *pkg, wppkg_tick_t now, wppkg_settle_t *settle,
    wppkg_news_t *news)
{
    int            rc;
    wppkg_entry_t  entry;

    memset(settle, 0, sizeof(wppkg_settle_t));

    rc = wppkg_packages_merge(cat, due, pkg, now, settle, &entry, news);

    if (rc == WPPKG_OK) {
        rc = wppkg_packages_write(cat, due->id, pkg, now / WPPKG_TICKS);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_popularity_store(cat, due->id, pkg, &entry);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_zips_trim(cat, due->id);
    }

    return rc;
}


/*
 * Takes over into pkg what the row knows and the API does not; says whether
 * the API offers something else than it did.
 */

static int
wppkg_packages_merge(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    wppkg_package_t *pkg, wppkg_tick_t now, wppkg_settle_t *settle,
    wppkg_entry_t *entry, wppkg_news_t *news)
{
    int              rc;
    wppkg_state_e    state;
    wppkg_package_t  old;

    /* a damaged part of the row is about to be overwritten */

    rc = wppkg_packages_load(cat, due->id, &old, &state, 1);

    if (rc == WPPKG_DECLINED) {
        return wppkg_packages_gone(cat, due);
    }

    if (rc != WPPKG_OK) {
        return rc;
    }

    if (old.type != pkg->type || strcmp(old.slug, pkg->slug) != 0) {
        rc = wppkg_catalogue_refuse(cat, "%s/%s was asked for, the answer is "
                                    "about %s/%s", wppkg_type(old.type)->name,
                                    old.slug, wppkg_type(pkg->type)->name,
                                    pkg->slug);

    } else {
        pkg->trunk_revision = old.trunk_revision;
        pkg->untagged = old.untagged;
        settle->changed = wppkg_packages_differ(&old, pkg)
                          || state != WPPKG_STATE_ACTIVE;

        rc = wppkg_zips_note(cat, due, &old, pkg, now / WPPKG_TICKS);

        if (rc == WPPKG_OK) {
            rc = wppkg_zips_load(cat, due->id, pkg);
        }

        if (rc == WPPKG_OK) {
            rc = wppkg_packages_php(cat, &old, pkg);
        }

        if (rc == WPPKG_OK
            && (wppkg_packages_unseen(&old, pkg) || due->commits > 0))
        {
            rc = wppkg_packages_fates(cat, pkg, settle);
        }

        if (rc == WPPKG_OK) {
            rc = wppkg_packages_memory(cat, pkg,
                                 wppkg_news_stored(due, &old, pkg, news));
        }

        if (rc == WPPKG_OK) {
            rc = wppkg_popularity_begin(cat, due->id, &old, pkg, entry);
        }
    }

    wppkg_package_free(&old);

    return rc;
}


/*
 * Whether they have other tags, or another published version; both lists are
 * ordered by tag for it.
 */

static int
wppkg_packages_differ(wppkg_package_t *a, wppkg_package_t *b)
{
    size_t  i;

    wppkg_package_sort(a);
    wppkg_package_sort(b);

    if (a->nreleases != b->nreleases
        || strcmp(a->ceiling ? a->ceiling : "", b->ceiling ? b->ceiling : "")
           != 0)
    {
        return 1;
    }

    for (i = 0; i < a->nreleases; i++) {
        if (strcmp(a->releases[i].tag, b->releases[i].tag) != 0) {
            return 1;
        }
    }

    return 0;
}


/*
 * What is known of the PHP of each version stays.  If another version is
 * published now, what was said last is known of that one (rule R 17).
 */

static int
wppkg_packages_php(wppkg_catalogue_t *cat, const wppkg_package_t *old,
    wppkg_package_t *pkg)
{
    size_t                  i;
    const wppkg_release_t  *r;

    for (i = 0; i < pkg->nreleases; i++) {
        r = wppkg_package_find(old, pkg->releases[i].tag);

        if (r != NULL) {
            memcpy(pkg->releases[i].php, r->php, sizeof(r->php));
        }
    }

    if (old->ceiling == NULL
        || (pkg->ceiling != NULL && strcmp(old->ceiling, pkg->ceiling) == 0))
    {
        return WPPKG_OK;
    }

    if (wppkg_packages_past(old, pkg) != WPPKG_OK) {
        return wppkg_catalogue_refuse(cat, "%s/%s: out of memory for its "
                                      "versions", wppkg_type(pkg->type)->name,
                                      pkg->slug);
    }

    return WPPKG_OK;
}


/* of what was published up to now, if it has a tag */

static int
wppkg_packages_past(const wppkg_package_t *old, wppkg_package_t *pkg)
{
    const char         *php;
    wppkg_release_t    *r;
    wppkg_selection_t   sel;

    if (wppkg_select(old, &sel) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    r = (sel.current != NULL && sel.current->release != NULL)
        ? wppkg_package_find(pkg, sel.current->release->tag) : NULL;

    if (r != NULL) {
        php = old->requires_php;

        (void) snprintf(r->php, sizeof(r->php), "%s",
                        (php != NULL && wppkg_package_number(php)) ? php : "");
    }

    wppkg_select_free(&sel);

    return WPPKG_OK;
}


/*
 * Marks what has not been published up to now, and says whether there is any.
 * What was stored before there was such a mark counts as published.
 */

static int
wppkg_packages_unseen(const wppkg_package_t *old, wppkg_package_t *pkg)
{
    int                     any;
    size_t                  i;
    const wppkg_release_t  *r;

    any = 0;

    for (i = 0; i < pkg->nreleases; i++) {
        r = wppkg_package_find(old, pkg->releases[i].tag);

        pkg->releases[i].unseen = (r == NULL || r->unseen);
        any |= pkg->releases[i].unseen;
    }

    return any;
}


/* what is published now, and whether a stable release waits above it */

static int
wppkg_packages_fates(wppkg_catalogue_t *cat, wppkg_package_t *pkg,
    wppkg_settle_t *settle)
{
    size_t             i;
    wppkg_selection_t  sel;

    if (wppkg_select(pkg, &sel) != WPPKG_OK) {
        return wppkg_packages_memory(cat, pkg, WPPKG_ERROR);
    }

    for (i = 0; i < pkg->nreleases; i++) {
        pkg->releases[i].unseen &= sel.candidates[i].fate
                                   != WPPKG_RELEASE_PUBLISHED;
        settle->pending |= sel.candidates[i].fate
                           == WPPKG_RELEASE_ABOVE_CEILING;
    }

    /* a plugin may have no tag for it, or parts of the answer differ in age */

    settle->absent = pkg->unlisted
                     || sel.why == WPPKG_CURRENT_TRUNK
                     || sel.why == WPPKG_CURRENT_OFF
                     || sel.why == WPPKG_CURRENT_NO_ZIP;

    wppkg_select_free(&sel);

    return WPPKG_OK;
}


static int
wppkg_packages_write(wppkg_catalogue_t *cat, int64_t id,
    wppkg_package_t *pkg, int64_t now)
{
    int          rc;
    wppkg_buf_t  versions;

    wppkg_buf_init(&versions, WPPKG_VERSIONS_MAX);

    if (wppkg_package_versions_write(pkg, &versions) == WPPKG_OK) {
        rc = wppkg_packages_update(cat, id, pkg, versions.data, now);

    } else {
        rc = wppkg_catalogue_refuse(cat, "%s/%s: its %zu version%s cannot be "
                                    "stored: not UTF-8, or more than %d bytes",
                                    wppkg_type(pkg->type)->name, pkg->slug,
                                    pkg->nreleases,
                                    wppkg_plural(pkg->nreleases),
                                    WPPKG_VERSIONS_MAX);
    }

    wppkg_buf_free(&versions);

    return rc;
}


/* the row is long: it is rewritten only if it says something else now */

static int
wppkg_packages_update(wppkg_catalogue_t *cat, int64_t id,
    const wppkg_package_t *pkg, const char *versions, int64_t now)
{
    return wppkg_catalogue_write(cat,
        "UPDATE packages SET name = ?2, description = ?3, author = ?4,"
        "    homepage = ?5, requires_php = ?6, ceiling = ?7, has_trunk = ?8,"
        "    versions = ?9, download = ?11, trunk_zip = ?12,"
        "    updated_at = ?13, tags = ?14, author_url = ?15, donate = ?16,"
        "    needs = ?17,"
        "    versions_changed_at = CASE WHEN versions IS NOT ?9 THEN ?10"
        "                          ELSE versions_changed_at END"
        " WHERE id = ?1 AND (name IS NOT ?2 OR description IS NOT ?3"
        "    OR author IS NOT ?4 OR homepage IS NOT ?5"
        "    OR requires_php IS NOT ?6 OR ceiling IS NOT ?7"
        "    OR has_trunk IS NOT ?8 OR versions IS NOT ?9"
        "    OR download IS NOT ?11 OR trunk_zip IS NOT ?12"
        "    OR updated_at IS NOT ?13 OR tags IS NOT ?14"
        "    OR author_url IS NOT ?15 OR donate IS NOT ?16"
        "    OR needs IS NOT ?17)",
        "%jd%s%s%s%s%s%s%d%s%jd%s%s%jd%s%s%s%s", id,
        pkg->name, pkg->description, pkg->author, pkg->homepage,
        pkg->requires_php, pkg->ceiling, pkg->has_trunk, versions, now,
        pkg->download, pkg->trunk_zip, pkg->updated_at, pkg->tags,
        pkg->author_url, pkg->donate, pkg->needs);
}


int
wppkg_packages_withdraw(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    const wppkg_withdrawal_t *w, wppkg_tick_t now, int64_t next_check_at,
    unsigned *changed)
{
    int             rc;
    wppkg_settle_t  settle;

    /* a package that never existed may still come */

    memset(&settle, 0, sizeof(wppkg_settle_t));
    settle.changed = (w->state != due->state
                      && (w->state != WPPKG_STATE_NOT_FOUND
                          || due->state != WPPKG_STATE_NEW));

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_popularity_remove(cat, due->id);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_dist_unwant(cat, due->id);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_packages_settle(cat, due, &settle, w->state, w->reason,
                                   now / WPPKG_TICKS, next_check_at);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_packages_note(cat, due, w);
    }

    if (rc == WPPKG_OK && w->later) {
        *changed = 0;
        rc = wppkg_outdated_add(cat, wppkg_type(due->type)->name, due->slug);

    } else if (rc == WPPKG_OK) {
        rc = wppkg_closed_set(cat, due->id, now, changed);
    }

    return wppkg_catalogue_leave(cat, rc);
}


/* what is said of it beside its state; the row is long, and mostly right */

static int
wppkg_packages_note(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    const wppkg_withdrawal_t *w)
{
    return wppkg_catalogue_write(cat,
        "UPDATE packages SET closed_at = coalesce(NULLIF(?2, 0), closed_at),"
        "    name = coalesce(name, ?3)"
        " WHERE id = ?1 AND (closed_at IS NOT coalesce(NULLIF(?2, 0),"
        "        closed_at)"
        "    OR (name IS NULL AND ?3 IS NOT NULL))", "%jd%jd%s", due->id,
        w->closed_at, w->name);
}


/*
 * Writes the state; commits that wait for the API to know them keep the
 * package dirty.  A clock that has just jumped does not prove that a day has
 * passed.
 */

static int
wppkg_packages_settle(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    wppkg_settle_t *settle, wppkg_state_e state, const char *reason,
    int64_t now, int64_t next_check_at)
{
    int      rc, trusted;
    int64_t  from, next;

    from = 0;
    next = 0;

    rc = wppkg_clock_trusted(cat, now, &trusted);
    if (rc != WPPKG_OK) {
        return rc;
    }

    if (due->commits > 0) {
        from = (due->window_rev == due->changed_rev && due->window_at > 0)
               ? due->window_at : due->changed_at;

        if (from <= 0 || from > now) {
            from = now;
        }

        settle->type = due->type;
        settle->several = due->commits > 1;

        next = wppkg_settle_next(settle, from, now);

        if (next == 0 && !trusted && wppkg_settle_limit(settle) >= 0) {
            next = now + WPPKG_CLOCK_PAUSE;
        }
    }

    rc = wppkg_closure_note(cat, due->id, state, reason, now);

    if (rc == WPPKG_OK) {
        rc = wppkg_news_state(cat, due, state, reason, now);
    }

    return (rc == WPPKG_OK)
           ? wppkg_packages_state(cat, due, state, reason, now,
                                  (next != 0) ? next : next_check_at,
                                  (next != 0) ? from : 0, trusted)
           : rc;
}


/*
 * window_at 0: settled; a commit that has come meanwhile makes it due at
 * once.  If the clock has jumped since a window began, it begins again.
 */

static int
wppkg_packages_state(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    wppkg_state_e state, const char *reason, int64_t now,
    int64_t next_check_at, int64_t window_at, int trusted)
{
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat,
        "UPDATE packages SET state = ?2, state_reason = ?3,"
        "    known = CASE WHEN state IN ('active', 'closed',"
        "                'closed_for_good') THEN 1 ELSE known END,"
        "    closed_at = CASE WHEN ?2 = 'active' THEN NULL"
        "                ELSE closed_at END,"
        "    state_changed_at = CASE WHEN state IS NOT ?2 THEN ?5"
        "                       ELSE state_changed_at END,"
        "    synced_rev = CASE WHEN ?8 = 0 THEN ?4 ELSE synced_rev END,"
        "    commits = CASE WHEN ?8 = 0 THEN max(commits - ?7, 0)"
        "              ELSE commits END,"
        "    window_rev = CASE WHEN ?8 = 0 OR NOT ?9 THEN NULL ELSE ?4 END,"
        "    window_at = NULLIF(?8, 0),"
        "    window_fetches = CASE WHEN ?8 = 0 THEN 0"
        "                     WHEN window_rev IS ?4 THEN window_fetches + 1"
        "                     ELSE 1 END,"
        "    fetched_at = ?5,"
        "    next_check_at = CASE WHEN changed_rev > ?4 THEN NULL"
        "                    ELSE NULLIF(?6, 0) END,"
        "    failures = 0, last_error = NULL"
        " WHERE id = ?1", "%jd%s%s%jd%jd%jd%jd%jd%d", due->id,
        wppkg_state_name(state), reason, due->changed_rev, now, next_check_at,
        due->commits, window_at, trusted);

    return wppkg_packages_exec(cat, stmt, due);
}


int
wppkg_packages_retry(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    const char *error, int64_t next_check_at)
{
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat,
        "UPDATE packages SET failures = failures + 1, last_error = ?2,"
        "    next_check_at = NULLIF(?3, 0)"
        " WHERE id = ?1", "%jd%s%jd", due->id, error, next_check_at);

    return wppkg_packages_exec(cat, stmt, due);
}


int
wppkg_packages_again(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    int64_t next_check_at)
{
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat,
        "UPDATE packages SET next_check_at = ?2 WHERE id = ?1", "%jd%jd",
        due->id, next_check_at);

    return wppkg_packages_exec(cat, stmt, due);
}


/* a statement that changes the row of due, and has to */

static int
wppkg_packages_exec(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    const wppkg_due_t *due)
{
    int  rc;

    rc = wppkg_catalogue_exec(cat, stmt);

    return (rc == WPPKG_OK && wppkg_catalogue_changes(cat) != 1)
           ? wppkg_packages_gone(cat, due) : rc;
}


static int
wppkg_packages_gone(wppkg_catalogue_t *cat, const wppkg_due_t *due)
{
    return wppkg_catalogue_refuse(cat, "%s/%s is not in the catalogue any "
                                  "more", wppkg_type(due->type)->name,
                                  due->slug);
}


int
wppkg_packages_render(wppkg_catalogue_t *cat, int64_t id, wppkg_tick_t now,
    unsigned *changed)
{
    int              rc;
    wppkg_state_e    state;
    wppkg_package_t  pkg;

    *changed = 0;

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_packages_load(cat, id, &pkg, &state, 0);
    }

    if (rc == WPPKG_OK) {

        if (state == WPPKG_STATE_ACTIVE) {
            rc = wppkg_packages_publish(cat, id, &pkg, now, 0, changed);

        } else if (state != WPPKG_STATE_NEW) {
            rc = wppkg_closed_set(cat, id, now, changed);
        }

        wppkg_package_free(&pkg);
    }

    return wppkg_catalogue_leave(cat, rc);
}


int
wppkg_packages_reveal(wppkg_catalogue_t *cat, const wppkg_zip_t *zip,
    wppkg_tick_t now, unsigned *changed)
{
    int  rc;

    *changed = 0;

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_zip_drop(cat, zip);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_packages_anew(cat, zip, now, changed);
    }

    return wppkg_catalogue_leave(cat, rc);
}


/* as wppkg_packages_render() does, but what is published now was never seen */

static int
wppkg_packages_anew(wppkg_catalogue_t *cat, const wppkg_zip_t *zip,
    wppkg_tick_t now, unsigned *changed)
{
    int              rc;
    wppkg_state_e    state;
    wppkg_package_t  pkg;

    rc = wppkg_packages_load(cat, zip->package_id, &pkg, &state, 0);

    if (rc != WPPKG_OK) {
        return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
    }

    if (state == WPPKG_STATE_ACTIVE) {
        rc = wppkg_packages_seen(cat, zip, &pkg, now, changed);
    }

    wppkg_package_free(&pkg);

    return rc;
}


static int
wppkg_packages_seen(wppkg_catalogue_t *cat, const wppkg_zip_t *zip,
    wppkg_package_t *pkg, wppkg_tick_t now, unsigned *changed)
{
    int             rc;
    int64_t         id;
    wppkg_news_t    news;
    wppkg_settle_t  settle;

    id = zip->package_id;
    memset(&settle, 0, sizeof(wppkg_settle_t));

    rc = wppkg_packages_memory(cat, pkg,
                               wppkg_news_revealed(zip, pkg, &news));

    if (rc == WPPKG_OK) {
        rc = wppkg_packages_fates(cat, pkg, &settle);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_packages_write(cat, id, pkg, now / WPPKG_TICKS);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_packages_publish(cat, id, pkg, now, 0, changed);
    }

    return (rc == WPPKG_OK)
           ? wppkg_news_release(cat, id, pkg, &news, now / WPPKG_TICKS) : rc;
}


/*
 * Renders and sets both documents, of each name that it has; reserve: bytes
 * that they may yet need.  As an alias it may be longer by its name.
 */

static int
wppkg_packages_publish(wppkg_catalogue_t *cat, int64_t id,
    wppkg_package_t *pkg, wppkg_tick_t now, size_t reserve,
    unsigned *changed)
{
    int  rc;

    rc = wppkg_released_load(cat, id, pkg);

    if (rc == WPPKG_OK) {
        rc = wppkg_dist_load(cat, id, pkg);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_dist_want(cat, id, pkg, now / WPPKG_TICKS);
    }

    if (rc != WPPKG_OK) {
        return rc;
    }

    *changed = 0;
    pkg->terms = *wppkg_catalogue_terms(cat);
    pkg->alias = 0;

    rc = wppkg_packages_publish_as(cat, id, pkg, now,
                                   WPPKG_DOCUMENT_MAX - reserve, changed);

    if (rc == WPPKG_OK && wppkg_catalogue_aliased(cat)) {
        pkg->alias = 1;

        rc = wppkg_packages_publish_as(cat, id, pkg, now,
                                       WPPKG_DOCUMENT_MAX + WPPKG_PATH_MAX,
                                       changed);
    }

    return rc;
}


static int
wppkg_packages_publish_as(wppkg_catalogue_t *cat, int64_t id,
    const wppkg_package_t *pkg, wppkg_tick_t now, size_t limit,
    unsigned *changed)
{
    int            rc;
    wppkg_pair_t   pair;
    wppkg_error_t  err;

    pair.claims = 0;
    wppkg_buf_init(&pair.tagged, limit);
    wppkg_buf_init(&pair.dev, limit);

    rc = wppkg_render_package(pkg, &pair.tagged, &pair.dev, &err);

    if (rc != WPPKG_OK) {
        wppkg_error_set(wppkg_catalogue_err(cat), "%s/%s: %s",
                        wppkg_type(pkg->type)->name, pkg->slug, err.text);

    } else {
        rc = wppkg_tell(cat, pkg->type, pkg->slug, NULL, NULL, &pair.tagged);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_documents_set(cat, id,
                                 wppkg_vendor(pkg->type, (int) pkg->alias),
                                 pkg->slug, &pair, now, changed);
    }

    wppkg_buf_free(&pair.tagged);
    wppkg_buf_free(&pair.dev);

    return rc;
}


/* rc, of what can fail for want of memory alone */

static int
wppkg_packages_memory(wppkg_catalogue_t *cat, const wppkg_package_t *pkg,
    int rc)
{
    return (rc == WPPKG_OK)
           ? WPPKG_OK
           : wppkg_catalogue_refuse(cat, "%s/%s: out of memory for its "
                                    "versions", wppkg_type(pkg->type)->name,
                                    pkg->slug);
}

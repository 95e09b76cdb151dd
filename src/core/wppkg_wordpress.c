
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wppkg_render.h"
#include "wppkg_stale.h"
#include "wppkg_wordpress.h"
#include "wppkg_wordpress_render.h"


#define WPPKG_WORDPRESS_AGAIN   3600          /* seconds, the first pause */
#define WPPKG_WORDPRESS_SELDOM  (7 * 86400)   /* the longest */


static int wppkg_wordpress_rows(wppkg_catalogue_t *cat,
    wppkg_wordpress_t *w);
static int wppkg_wordpress_row(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_wordpress_release_t *r);
static int wppkg_wordpress_order(const void *one, const void *two);
static void wppkg_wordpress_text(sqlite3_stmt *stmt, int column, char *text,
    size_t size);
static int wppkg_wordpress_package(wppkg_catalogue_t *cat,
    const wppkg_wordpress_t *w, unsigned package, wppkg_tick_t now,
    unsigned *changed);
static int wppkg_wordpress_form(wppkg_catalogue_t *cat);
static int wppkg_wordpress_remove(wppkg_catalogue_t *cat, wppkg_tick_t now,
    unsigned *changed);
static int wppkg_wordpress_anew(wppkg_catalogue_t *cat, wppkg_tick_t now,
    unsigned *changed);


static const char *const  wppkg_wordpress_names[] = {
    WPPKG_WORDPRESS_FULL, WPPKG_WORDPRESS_BARE
};


int
wppkg_wordpress_served(wppkg_catalogue_t *cat, int *served)
{
    int      rc;
    int64_t  found;

    rc = wppkg_catalogue_one(cat, &found,
        "SELECT 1 FROM documents WHERE path = '"
             WPPKG_WORDPRESS_FULL_PATH "'"
        "    AND content_hash IS NOT NULL", "");

    *served = (rc == WPPKG_OK);

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


int
wppkg_wordpress_source(wppkg_catalogue_t *cat, const char *url,
    wppkg_wordpress_source_t *source)
{
    int            rc, i;
    sqlite3_stmt  *stmt;

    memset(source, 0, sizeof(wppkg_wordpress_source_t));
    (void) snprintf(source->zips, sizeof(source->zips), "%s",
                    WPPKG_WORDPRESS_ZIPS);

    stmt = wppkg_catalogue_ask(cat,
        "SELECT zips, asked_at, read_at, releases, insecure, doubted,"
        "    url IS NOT ?1, releases_etag, releases_modified, offers_etag,"
        "    offers_modified FROM core WHERE id = 1", "%s", url);

    rc = wppkg_catalogue_row(cat, stmt);

    if (rc != WPPKG_OK) {
        return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
    }

    wppkg_wordpress_text(stmt, 0, source->zips, sizeof(source->zips));
    source->asked_at = sqlite3_column_int64(stmt, 1);
    source->read_at = sqlite3_column_int64(stmt, 2);
    source->releases = (uint64_t) sqlite3_column_int64(stmt, 3);
    source->insecure = (uint64_t) sqlite3_column_int64(stmt, 4);
    source->doubted = (uint64_t) sqlite3_column_int64(stmt, 5);
    source->moved = (sqlite3_column_int(stmt, 6) != 0);

    /* what another server said proves nothing about the bytes of this one */

    for (i = 0; i < 2 && !source->moved; i++) {
        wppkg_wordpress_text(stmt, 7 + 2 * i, source->answers[i].etag,
                             sizeof(source->answers[i].etag));
        wppkg_wordpress_text(stmt, 8 + 2 * i, source->answers[i].modified,
                             sizeof(source->answers[i].modified));
    }

    wppkg_catalogue_done(stmt);

    return WPPKG_OK;
}


int
wppkg_wordpress_asked(wppkg_catalogue_t *cat, const char *url, int64_t now)
{
    int  rc;

    rc = wppkg_catalogue_enter_lazy(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_write(cat,
            "INSERT INTO core (id, url, zips, asked_at)"
            " VALUES (1, ?1, '" WPPKG_WORDPRESS_ZIPS "', ?2)"
            " ON CONFLICT (id) DO UPDATE SET asked_at = ?2,"
            "    releases_etag = iif(url = ?1, releases_etag, ''),"
            "    releases_modified = iif(url = ?1, releases_modified, ''),"
            "    offers_etag = iif(url = ?1, offers_etag, ''),"
            "    offers_modified = iif(url = ?1, offers_modified, ''),"
            "    url = ?1", "%s%jd", url, now);
    }

    return wppkg_catalogue_leave(cat, rc);
}


int
wppkg_wordpress_load(wppkg_catalogue_t *cat, wppkg_wordpress_t *w)
{
    int                       rc;
    wppkg_wordpress_source_t  source;

    memset(w, 0, sizeof(wppkg_wordpress_t));
    w->verified = (wppkg_catalogue_verifies_zips(cat) != 0);

    rc = wppkg_wordpress_source(cat, "", &source);

    if (rc != WPPKG_OK) {
        return rc;
    }

    memcpy(w->zips, source.zips, sizeof(w->zips));

    w->releases = calloc(WPPKG_WORDPRESS_RELEASES,
                         sizeof(wppkg_wordpress_release_t));

    if (w->releases == NULL) {
        return wppkg_catalogue_refuse(cat, "out of memory");
    }

    rc = wppkg_wordpress_rows(cat, w);

    if (rc == WPPKG_OK) {
        qsort(w->releases, w->n, sizeof(wppkg_wordpress_release_t),
              wppkg_wordpress_order);
    }

    return rc;
}


static int
wppkg_wordpress_rows(wppkg_catalogue_t *cat, wppkg_wordpress_t *w)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT version, status, php, full_zip, bare_zip, since, doubted_at"
        " FROM core_releases ORDER BY version LIMIT ?1", "%d",
        WPPKG_WORDPRESS_RELEASES);

    for ( ;; ) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        rc = wppkg_wordpress_row(cat, stmt, &w->releases[w->n]);

        if (rc != WPPKG_OK) {
            wppkg_catalogue_done(stmt);
            return rc;
        }

        w->n++;
    }
}


static int
wppkg_wordpress_row(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_wordpress_release_t *r)
{
    wppkg_wordpress_text(stmt, 0, r->told.version, sizeof(r->told.version));
    r->told.status = (wppkg_wordpress_status_e) sqlite3_column_int(stmt, 1);
    wppkg_wordpress_text(stmt, 2, r->told.php, sizeof(r->told.php));
    r->zips[0] = (wppkg_wordpress_zip_e) sqlite3_column_int(stmt, 3);
    r->zips[1] = (wppkg_wordpress_zip_e) sqlite3_column_int(stmt, 4);
    r->since = sqlite3_column_int64(stmt, 5);
    r->doubted_at = sqlite3_column_int64(stmt, 6);

    if (wppkg_version_parse(r->told.version, strlen(r->told.version),
                            &r->parsed)
        != WPPKG_OK)
    {
        return wppkg_catalogue_refuse(cat, "catalogue: a release of WordPress "
                                      "is damaged");
    }

    return WPPKG_OK;
}


/* the newest first; of equal spellings, the one that is published */

static int
wppkg_wordpress_order(const void *one, const void *two)
{
    int                               order;
    const wppkg_wordpress_release_t  *a, *b;

    a = one;
    b = two;
    order = wppkg_version_compare(b->parsed.normalized, a->parsed.normalized);

    return (order != 0) ? order : wppkg_version_prefer(a->told.version,
                                                       b->told.version);
}


static void
wppkg_wordpress_text(sqlite3_stmt *stmt, int column, char *text, size_t size)
{
    const char  *s;

    s = (const char *) sqlite3_column_text(stmt, column);

    (void) snprintf(text, size, "%s", (s != NULL) ? s : "");
}


void
wppkg_wordpress_free(wppkg_wordpress_t *w)
{
    free(w->releases);
    w->releases = NULL;
    w->n = 0;
}


int
wppkg_wordpress_publish(wppkg_catalogue_t *cat, wppkg_tick_t now,
    unsigned *changed)
{
    int                rc;
    unsigned           package;
    wppkg_wordpress_t  w;

    *changed = 0;
    rc = wppkg_wordpress_load(cat, &w);

    for (package = 0; rc == WPPKG_OK && package < WPPKG_WORDPRESS_PACKAGES;
         package++)
    {
        rc = wppkg_wordpress_package(cat, &w, package, now, changed);
    }

    wppkg_wordpress_free(&w);

    if (rc == WPPKG_OK && *changed != 0) {
        rc = wppkg_stale(cat, WPPKG_STALE_FILTERS);
    }

    return (rc == WPPKG_OK) ? wppkg_wordpress_form(cat) : rc;
}


/* before a zip is known there is none of which a file could tell */

static int
wppkg_wordpress_package(wppkg_catalogue_t *cat, const wppkg_wordpress_t *w,
    unsigned package, wppkg_tick_t now, unsigned *changed)
{
    int           rc;
    size_t        i;
    wppkg_pair_t  pair;

    for (i = 0; i < w->n && !wppkg_wordpress_offers(w, i, package); i++) {
        /* void */
    }

    if (i == w->n) {
        return WPPKG_OK;
    }

    memset(&pair, 0, sizeof(wppkg_pair_t));
    wppkg_buf_init(&pair.tagged, WPPKG_DOCUMENT_MAX);
    wppkg_buf_init(&pair.dev, WPPKG_DOCUMENT_MAX);

    wppkg_wordpress_render(w, package, &pair.tagged);
    wppkg_buf_printf(&pair.dev, "{\"packages\":{\"" WPPKG_WORDPRESS_VENDOR
                     "/%s\":[]},\"minified\":\"composer/2.0\"}",
                     wppkg_wordpress_names[package]);

    rc = (wppkg_buf_ok(&pair.tagged) && wppkg_buf_ok(&pair.dev))
         ? wppkg_documents_set(cat, 0, WPPKG_WORDPRESS_VENDOR,
                               wppkg_wordpress_names[package], &pair, now,
                               changed)
         : wppkg_catalogue_refuse(cat, WPPKG_WORDPRESS_VENDOR "/%s cannot be "
                                  "rendered: out of memory",
                                  wppkg_wordpress_names[package]);

    wppkg_buf_free(&pair.tagged);
    wppkg_buf_free(&pair.dev);

    return rc;
}


/* by what program and with which setting of zips it is rendered */

#define wppkg_wordpress_form_of(cat)                                          \
    (2 * WPPKG_WORDPRESS_FORM + (wppkg_catalogue_verifies_zips(cat) != 0))

static int
wppkg_wordpress_form(wppkg_catalogue_t *cat)
{
    return wppkg_catalogue_write(cat,
        "UPDATE core SET form = ?1 WHERE id = 1 AND form <> ?1", "%d",
        wppkg_wordpress_form_of(cat));
}


int
wppkg_wordpress_settle(wppkg_catalogue_t *cat, int on, wppkg_tick_t now,
    unsigned *changed)
{
    int      rc, served;
    int64_t  form;

    *changed = 0;
    form = -1;
    rc = wppkg_catalogue_one(cat, &form, "SELECT form FROM core WHERE id = 1",
                             "");

    if (rc == WPPKG_OK && on) {
        return (form == wppkg_wordpress_form_of(cat))
               ? WPPKG_OK : wppkg_wordpress_anew(cat, now, changed);
    }

    if (on || (rc != WPPKG_OK && rc != WPPKG_DECLINED)) {
        return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
    }

    /* it was a mirror's, or ours */

    rc = wppkg_wordpress_served(cat, &served);

    return (rc == WPPKG_OK && (served || form != -1))
           ? wppkg_wordpress_remove(cat, now, changed) : rc;
}


static int
wppkg_wordpress_anew(wppkg_catalogue_t *cat, wppkg_tick_t now,
    unsigned *changed)
{
    int  rc;

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_wordpress_publish(cat, now, changed);
    }

    return wppkg_catalogue_leave(cat, rc);
}


static int
wppkg_wordpress_remove(wppkg_catalogue_t *cat, wppkg_tick_t now,
    unsigned *changed)
{
    int       rc;
    unsigned  package;

    rc = wppkg_catalogue_enter(cat);

    for (package = 0; rc == WPPKG_OK && package < WPPKG_WORDPRESS_PACKAGES;
         package++)
    {
        rc = wppkg_documents_set(cat, 0, WPPKG_WORDPRESS_VENDOR,
                                 wppkg_wordpress_names[package], NULL, now,
                                 changed);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_write(cat, "DELETE FROM core_releases", "");
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_write(cat, "DELETE FROM core", "");
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_stale(cat, WPPKG_STALE_FILTERS);
    }

    return wppkg_catalogue_leave(cat, rc);
}


/*
 * A pause becomes longer with the time since the release was told first.
 */

int
wppkg_wordpress_due(wppkg_catalogue_t *cat, int64_t now,
    wppkg_wordpress_zip_t *zips, size_t max, size_t *n)
{
    int            rc;
    sqlite3_stmt  *stmt;

    *n = 0;

    stmt = wppkg_catalogue_ask(cat,
        "WITH zips AS (SELECT version, status, since, zips_asked_at AS asked,"
        "        0 AS package, full_zip AS zip FROM core_releases"
        "    UNION ALL SELECT version, status, since, zips_asked_at,"
        "        1, bare_zip FROM core_releases)"
        " SELECT version, package, status = 2 FROM zips WHERE zip = 0"
        "    OR (zip = 2 AND status <> 2 AND (asked > ?1 OR asked <= ?1"
        "        - min(max(asked - since, ?2), ?3)))"
        " ORDER BY status = 2, version DESC LIMIT ?4", "%jd%d%d%d", now,
        WPPKG_WORDPRESS_AGAIN, WPPKG_WORDPRESS_SELDOM, (int) max);

    for ( ;; ) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        memset(&zips[*n], 0, sizeof(wppkg_wordpress_zip_t));
        wppkg_wordpress_text(stmt, 0, zips[*n].version,
                             sizeof(zips[*n].version));
        zips[*n].package = (unsigned) sqlite3_column_int(stmt, 1);
        zips[*n].insecure = (sqlite3_column_int(stmt, 2) != 0);
        (*n)++;
    }
}


int
wppkg_wordpress_found(wppkg_catalogue_t *cat,
    const wppkg_wordpress_zip_t *zips, size_t n, wppkg_tick_t now,
    unsigned *changed)
{
    int     rc;
    size_t  i;

    rc = wppkg_catalogue_enter(cat);

    for (i = 0; rc == WPPKG_OK && i < n; i++) {
        rc = wppkg_catalogue_write(cat,
            "UPDATE core_releases SET zips_asked_at = ?4,"
            "    full_zip = iif(?2 = 0, ?3, full_zip),"
            "    bare_zip = iif(?2 = 1, ?3, bare_zip) WHERE version = ?1",
            "%s%d%d%jd", zips[i].version, (int) zips[i].package,
            (int) zips[i].found, now / WPPKG_TICKS);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_wordpress_publish(cat, now, changed);
    }

    return wppkg_catalogue_leave(cat, rc);
}


int
wppkg_wordpress_summary(wppkg_catalogue_t *cat, wppkg_buf_t *b)
{
    int                rc;
    size_t             i;
    wppkg_buf_t        constraint;
    wppkg_wordpress_t  w;

    wppkg_buf_init(&constraint, WPPKG_WORDPRESS_RELEASES * 80);

    rc = wppkg_wordpress_load(cat, &w);

    if (rc == WPPKG_OK
        && wppkg_wordpress_insecure(&w, &constraint) == WPPKG_OK)
    {
        for (i = 0; i < WPPKG_WORDPRESS_PACKAGES; i++) {
            wppkg_buf_printf(b, "%s\"" WPPKG_WORDPRESS_VENDOR "/%s\":",
                             (i != 0) ? "," : "", wppkg_wordpress_names[i]);
            wppkg_buf_json(b, constraint.data, constraint.len);
        }
    }

    if (rc == WPPKG_OK && !wppkg_buf_ok(&constraint)) {
        rc = wppkg_catalogue_refuse(cat, "out of memory");
    }

    wppkg_buf_free(&constraint);
    wppkg_wordpress_free(&w);

    return rc;
}

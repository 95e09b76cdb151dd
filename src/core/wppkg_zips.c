
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdlib.h>
#include <string.h>

#include "wppkg_catalogue.h"
#include "wppkg_diff.h"
#include "wppkg_zips.h"


static int wppkg_zips_gained(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    const wppkg_diff_t *d, int64_t now);
static int wppkg_zips_add(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    const wppkg_candidate_t *c, int known, int64_t now);
static int wppkg_zips_known(const wppkg_diff_t *d, const wppkg_candidate_t *c);
static int wppkg_zips_recall(wppkg_catalogue_t *cat, int64_t now);
static int wppkg_zips_row(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_zip_t *zip);


/* seconds until a zip is asked for again, by how often it was missing */

static const int64_t  wppkg_zips_pauses[] = {
    600, 1800, 3600, 7200, 14400, 28800, 57600, 86400, 172800, 345600,
    WPPKG_ZIPS_PAUSE
};


int
wppkg_zips_note(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    const wppkg_package_t *old, const wppkg_package_t *answer, int64_t now)
{
    int           rc;
    wppkg_diff_t  d;

    /* a first answer has nothing to compare with, and may be one of many */

    if (!wppkg_catalogue_verifies_zips(cat)
        || due->state == WPPKG_STATE_NEW || due->hearsay
        || (due->state != WPPKG_STATE_ACTIVE && old->nreleases == 0))
    {
        return WPPKG_OK;
    }

    if (wppkg_diff(old, answer, &d) != WPPKG_OK) {
        return wppkg_catalogue_refuse(cat, "%s/%s: out of memory for its "
                                      "versions", wppkg_type(due->type)->name,
                                      due->slug);
    }

    rc = wppkg_zips_gained(cat, due, &d, now);

    wppkg_diff_free(&d);

    return rc;
}


/* the newest first, which is the order of what is published */

static int
wppkg_zips_gained(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    const wppkg_diff_t *d, int64_t now)
{
    int                       rc;
    size_t                    i, n;
    const wppkg_candidate_t  *c;

    n = 0;

    for (i = 0; i < d->new.ntagged + d->new.ndev; i++) {
        c = d->new.published[i];

        if (c->release == NULL
            || !wppkg_diff_has(d->gained, d->ngained, c->version->normalized))
        {
            continue;
        }

        rc = wppkg_zips_add(cat, due, c, wppkg_zips_known(d, c), now);
        if (rc != WPPKG_OK) {
            return rc;
        }

        if (++n == WPPKG_ZIPS_MAX) {
            break;
        }
    }

    return WPPKG_OK;
}


/* whether it was published without a tag up to now */

static int
wppkg_zips_known(const wppkg_diff_t *d, const wppkg_candidate_t *c)
{
    return d->old.why == WPPKG_CURRENT_TRUNK
           && wppkg_version_compare(d->old.current->version->normalized,
                                    c->version->normalized) == 0;
}


/* a commit may have brought the missing zip */

static int
wppkg_zips_add(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    const wppkg_candidate_t *c, int known, int64_t now)
{
    return wppkg_catalogue_write(cat,
        "INSERT INTO zips (package_id, tag, url, next_at, since, known)"
        " VALUES (?1, ?2, ?3, ?4, ?4, ?6)"
        " ON CONFLICT (package_id, tag) DO UPDATE SET url = excluded.url,"
        "    next_at = CASE WHEN ?5 THEN min(next_at, excluded.next_at)"
        "              ELSE next_at END", "%jd%s%s%jd%d%d", due->id,
        c->release->tag, c->release->zip, now, due->commits > 0, known);
}


int
wppkg_zips_trim(wppkg_catalogue_t *cat, int64_t id)
{
    return wppkg_catalogue_write(cat,
        "DELETE FROM zips WHERE package_id = ?1 AND tag NOT IN"
        "    (SELECT json_extract(value, '$.tag')"
        "       FROM packages, json_each(versions) WHERE packages.id = ?1)",
        "%jd", id);
}


int
wppkg_zips_due(wppkg_catalogue_t *cat, int64_t now, wppkg_zip_t *zips,
    size_t max, size_t *n)
{
    int            rc;
    sqlite3_stmt  *stmt;

    *n = 0;

    rc = wppkg_zips_recall(cat, now);
    if (rc != WPPKG_OK) {
        return rc;
    }

    stmt = wppkg_catalogue_ask(cat,
        "SELECT package_id, tag, url, asked, known"
        " FROM zips INDEXED BY zips_due"
        " WHERE next_at <= ?1 ORDER BY next_at LIMIT ?2", "%jd%jd", now,
        (int64_t) max);

    while (*n < max) {
        rc = wppkg_zips_row(cat, stmt, &zips[*n]);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        (*n)++;
    }

    wppkg_catalogue_done(stmt);

    return WPPKG_OK;
}


static int
wppkg_zips_recall(wppkg_catalogue_t *cat, int64_t now)
{
    return wppkg_catalogue_write(cat,
        "UPDATE zips INDEXED BY zips_due SET next_at = ?1"
        " WHERE next_at > ?2", "%jd%jd", now, now + WPPKG_ZIPS_PAUSE);
}


static int
wppkg_zips_row(wppkg_catalogue_t *cat, sqlite3_stmt *stmt, wppkg_zip_t *zip)
{
    int          rc;
    const char  *tag, *url;

    rc = wppkg_catalogue_row(cat, stmt);
    if (rc != WPPKG_OK) {
        return rc;
    }

    tag = (const char *) sqlite3_column_text(stmt, 1);
    url = (const char *) sqlite3_column_text(stmt, 2);

    zip->package_id = sqlite3_column_int64(stmt, 0);
    zip->asked = sqlite3_column_int64(stmt, 3);
    zip->known = (sqlite3_column_int(stmt, 4) != 0);
    zip->tag = (tag != NULL) ? strdup(tag) : NULL;
    zip->url = (url != NULL) ? strdup(url) : NULL;

    if (zip->tag == NULL || zip->url == NULL) {
        wppkg_zip_free(zip);
        wppkg_catalogue_done(stmt);
        return wppkg_catalogue_refuse(cat, "out of memory for the URL of a "
                                      "zip");
    }

    return WPPKG_OK;
}


void
wppkg_zip_free(wppkg_zip_t *zip)
{
    free(zip->tag);
    free(zip->url);

    memset(zip, 0, sizeof(wppkg_zip_t));
}


int
wppkg_zip_drop(wppkg_catalogue_t *cat, const wppkg_zip_t *zip)
{
    return wppkg_catalogue_write(cat,
        "DELETE FROM zips WHERE package_id = ?1 AND tag = ?2", "%jd%s",
        zip->package_id, zip->tag);
}


/* it is held back already: no document changes */

int
wppkg_zip_later(wppkg_catalogue_t *cat, const wppkg_zip_t *zip, int missing,
    int64_t now)
{
    int      rc;
    size_t   n;
    int64_t  asked;

    n = sizeof(wppkg_zips_pauses) / sizeof(wppkg_zips_pauses[0]);
    asked = (zip->asked < (int64_t) n) ? zip->asked : (int64_t) n - 1;

    rc = wppkg_catalogue_enter_lazy(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_write(cat,
            "UPDATE zips SET missing = max(missing, ?4), asked = asked + 1,"
            "    next_at = ?3"
            " WHERE package_id = ?1 AND tag = ?2",
            "%jd%s%jd%d", zip->package_id, zip->tag,
            now + wppkg_zips_pauses[asked], missing != 0);
    }

    return wppkg_catalogue_leave(cat, rc);
}

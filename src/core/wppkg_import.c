
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_discovery.h"
#include "wppkg_import.h"


static int wppkg_import_judge(wppkg_catalogue_t *cat,
    const wppkg_import_t *import, wppkg_due_t *due, wppkg_import_e *verdict);
static int wppkg_import_trunk(wppkg_catalogue_t *cat,
    const wppkg_import_t *import, int64_t id);


int
wppkg_import_begin(wppkg_catalogue_t *cat, const wppkg_import_t *import,
    wppkg_due_t *due, wppkg_import_e *verdict, int *added)
{
    int      rc;
    int64_t  id;

    rc = wppkg_packages_add(cat, import->type, import->slug,
                            strlen(import->slug),
                            import->created_at * WPPKG_TICKS, 1, added);

    if (rc == WPPKG_OK) {
        rc = wppkg_packages_find(cat, import->type, import->slug,
                                 strlen(import->slug), &id);
    }

    if (rc == WPPKG_DECLINED) {
        *verdict = WPPKG_IMPORT_UNWANTED;
        return WPPKG_OK;
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_packages_fetch(cat, id, due);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_import_judge(cat, import, due, verdict);
    }

    return (rc == WPPKG_OK && *verdict == WPPKG_IMPORT_TAKE)
           ? wppkg_import_trunk(cat, import, id) : rc;
}


/*
 * Of what an origin has given, the documents are copies of better ones.  An
 * answer of our own has made synced_rev a revision, or begun a window.
 */

static int
wppkg_import_judge(wppkg_catalogue_t *cat, const wppkg_import_t *import,
    wppkg_due_t *due, wppkg_import_e *verdict)
{
    int      rc;
    int64_t  take;

    rc = wppkg_catalogue_one(cat, &take,
        "SELECT synced_rev = 0 AND window_at IS NULL"
        "    AND coalesce(fetched_at, 0) < ?2"
        " FROM packages WHERE id = ?1", "%jd%jd", due->id, import->asked_at);

    if (rc == WPPKG_OK) {
        *verdict = (take && !due->copied) ? WPPKG_IMPORT_TAKE
                                          : WPPKG_IMPORT_KEEP;

        /* what is stored is no answer about any commit */

        due->commits = 0;
    }

    return rc;
}


/* before the documents are rendered, which tell it */

static int
wppkg_import_trunk(wppkg_catalogue_t *cat, const wppkg_import_t *import,
    int64_t id)
{
    return wppkg_catalogue_write(cat,
        "UPDATE packages SET trunk_revision = ?2"
        " WHERE id = ?1 AND trunk_revision < ?2", "%jd%jd", id,
        import->trunk_revision);
}


int
wppkg_import_end(wppkg_catalogue_t *cat, const wppkg_import_t *import,
    const wppkg_due_t *due)
{
    return wppkg_catalogue_write(cat,
        "UPDATE packages SET synced_rev = 0, fetched_at = ?2,"
        "    next_check_at = NULL"
        " WHERE id = ?1", "%jd%jd", due->id, import->asked_at);
}


int
wppkg_import_change(wppkg_catalogue_t *cat, int64_t id, int64_t at,
    wppkg_state_e from, wppkg_state_e to, int *added)
{
    int  rc;

    rc = wppkg_catalogue_write(cat,
        "INSERT INTO state_changes (package_id, changed_at, old_state,"
        "    new_state)"
        " SELECT ?1, ?2, ?3, ?4"
        " WHERE NOT EXISTS (SELECT 1 FROM state_changes"
        "    WHERE package_id = ?1 AND changed_at = ?2 AND new_state = ?4)",
        "%jd%jd%s%s", id, at, wppkg_state_name(from), wppkg_state_name(to));

    if (rc == WPPKG_OK) {
        *added = (wppkg_catalogue_changes(cat) == 1);
    }

    return rc;
}


int
wppkg_import_installs(wppkg_catalogue_t *cat, int64_t id, const char *month,
    int64_t installs, int64_t *more)
{
    int      rc;
    int64_t  known;

    rc = wppkg_catalogue_one(cat, &known,
        "SELECT installs FROM installs_monthly"
        " WHERE package_id = ?1 AND month = ?2", "%jd%s", id, month);

    if (rc == WPPKG_DECLINED) {
        known = 0;
        rc = WPPKG_OK;
    }

    if (rc != WPPKG_OK) {
        return rc;
    }

    *more = (installs > known) ? installs - known : 0;

    if (*more == 0) {
        return WPPKG_OK;
    }

    return wppkg_catalogue_write(cat,
        "INSERT INTO installs_monthly (package_id, month, installs)"
        " VALUES (?1, ?2, ?3) ON CONFLICT (package_id, month)"
        " DO UPDATE SET installs = excluded.installs", "%jd%s%jd", id, month,
        installs);
}


int
wppkg_import_installs_all(wppkg_catalogue_t *cat, int64_t more)
{
    if (more == 0) {
        return WPPKG_OK;
    }

    return wppkg_catalogue_write(cat,
        "UPDATE counts SET n = n + ?1"
        " WHERE what = 'installs' AND state = 'total'", "%jd", more);
}


int
wppkg_import_cursor(wppkg_catalogue_t *cat, wppkg_type_e type, int64_t rev,
    int *taken)
{
    int      rc;
    int64_t  ours;

    *taken = 0;

    rc = wppkg_discovery_cursor(cat, type, &ours);

    if (rc != WPPKG_DECLINED) {
        return rc;
    }

    *taken = 1;

    return wppkg_discovery_advance(cat, type, rev);
}

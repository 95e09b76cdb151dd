
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The stage "import": row by row from the database of wp-packages into the
 * catalogue, in short transactions.  What was read is stored as an answer of
 * WordPress.org's would be.  A run that was killed is simply begun again: what
 * is here already is passed over.  The cursors come last, because until then
 * packages may be missing whose commits are before them.
 */


#include <inttypes.h>
#include <string.h>

#include "syncd_old_answer.h"
#include "syncd_stages.h"
#include "wppkg_closures.h"
#include "wppkg_import.h"
#include "wppkg_name.h"


#define SYNCD_IMPORT_LINES  20        /* of log, about rows */

/* a package takes as many rows as in syncd_store.c */
#define SYNCD_IMPORT_PACKAGES  (WPPKG_BATCH_ROWS / 8)


/* what the stage tells, in this order */

typedef struct {
    uint64_t  packages;               /* taken, with their versions */
    uint64_t  closed;                 /* taken */
    uint64_t  unasked;                /* added; the old one knew no more */
    uint64_t  kept;                   /* as here as there, or newer */
    uint64_t  unwanted;
    uint64_t  refused;                /* rows */
    uint64_t  refused_versions;
    uint64_t  changed;                /* documents */
    uint64_t  changes;                /* closures and openings */
    uint64_t  months;
    uint64_t  strangers;              /* rows about packages not here */
    uint64_t  cursors;
} syncd_import_counts_t;


typedef struct syncd_import_s  syncd_import_t;

typedef int (*syncd_import_row_pt)(syncd_import_t *im);

struct syncd_import_s {
    wppkg_catalogue_t      *cat;
    syncd_old_t             old;
    wppkg_error_t           err;      /* of the old database */
    wppkg_tick_t            now;
    uint64_t                read;     /* packages */
    uint64_t                total;
    int64_t                 more;     /* installs of this transaction */
    int64_t                 id;       /* of the package that was found last, */
    wppkg_type_e            type;     /* by its type */
    char                    slug[WPPKG_SLUG_MAX + 1];     /* and this; or "" */
    unsigned                lines;
    syncd_import_counts_t   counts;
};


static int syncd_import_all(syncd_import_t *im);
static int syncd_import_table(syncd_import_t *im, syncd_old_table_e table,
    unsigned rows, syncd_import_row_pt row);
static int syncd_import_batch(syncd_import_t *im, unsigned rows,
    syncd_import_row_pt row, int *step);
static int syncd_import_rows(syncd_import_t *im, unsigned rows,
    syncd_import_row_pt row, int *step);
static int syncd_import_package(syncd_import_t *im);
static int syncd_import_named(syncd_import_t *im, wppkg_import_t *import);
static int syncd_import_one(syncd_import_t *im, const wppkg_import_t *import);
static int syncd_import_store(syncd_import_t *im,
    const wppkg_import_t *import, const wppkg_due_t *due);
static int syncd_import_offered(syncd_import_t *im,
    const wppkg_import_t *import, const wppkg_due_t *due, unsigned *changed);
static int syncd_import_closed(syncd_import_t *im,
    const wppkg_import_t *import, const wppkg_due_t *due, unsigned *changed);
static int syncd_import_change(syncd_import_t *im);
static int syncd_import_month(syncd_import_t *im);
static int syncd_import_is_month(const char *s, size_t len);
static int syncd_import_find(syncd_import_t *im);
static int syncd_import_name(syncd_import_t *im, wppkg_type_e *type,
    const char **why);
static int syncd_import_cursors(syncd_import_t *im);
static void syncd_import_refuse(syncd_import_t *im, const char *why);
static void syncd_import_say(syncd_import_t *im, const char *why);
static void syncd_import_tell(syncd_ctx_t *ctx, const syncd_import_t *im);


int
syncd_import(syncd_ctx_t *ctx, const char *file)
{
    int              rc, verifies;
    syncd_import_t   im;

    memset(&im, 0, sizeof(syncd_import_t));
    im.cat = ctx->cat;

    if (syncd_old_open(file, &im.old, &im.err) != WPPKG_OK) {
        syncd_error("import: %s", im.err.text);
        return SYNCD_USAGE;
    }

    /* what they have published need not wait for its zip */

    verifies = wppkg_catalogue_verifies_zips(im.cat);
    wppkg_catalogue_verify_zips(im.cat, 0);

    rc = syncd_import_all(&im);

    wppkg_catalogue_verify_zips(im.cat, verifies);
    syncd_old_close(&im.old);

    syncd_import_tell(ctx, &im);

    return (rc == WPPKG_OK && !syncd_stopping()) ? SYNCD_DONE : SYNCD_PARTIAL;
}


static int
syncd_import_all(syncd_import_t *im)
{
    int  rc;

    rc = syncd_old_count(&im->old, &im->total, &im->err);

    if (rc != WPPKG_OK) {
        syncd_error("import: %s", im->err.text);
        return rc;
    }

    rc = syncd_import_table(im, SYNCD_OLD_PACKAGES, SYNCD_IMPORT_PACKAGES,
                            syncd_import_package);

    if (rc == WPPKG_OK) {
        rc = syncd_import_table(im, SYNCD_OLD_CHANGES, WPPKG_BATCH_ROWS,
                                syncd_import_change);
    }

    if (rc == WPPKG_OK) {
        rc = syncd_import_table(im, SYNCD_OLD_MONTHS, WPPKG_BATCH_ROWS,
                                syncd_import_month);
    }

    return (rc == WPPKG_OK && !syncd_stopping()) ? syncd_import_cursors(im)
                                                 : rc;
}


/* an error has been logged; a stop request leaves the rest */

static int
syncd_import_table(syncd_import_t *im, syncd_old_table_e table,
    unsigned rows, syncd_import_row_pt row)
{
    int  rc, step;

    rc = syncd_old_begin(&im->old, table, &im->err);
    step = rc;

    while (rc == WPPKG_OK && step == WPPKG_OK && !syncd_stopping()) {

        rc = syncd_import_batch(im, rows, row, &step);

        if (rc != WPPKG_OK) {
            syncd_error("import: %s", wppkg_catalogue_error(im->cat));
            return rc;
        }

        syncd_progress("import", im->read, im->total);
        syncd_alive();
    }

    if (step != WPPKG_OK && step != WPPKG_DECLINED) {
        syncd_error("import: %s", im->err.text);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


/* step: what the last look at the old database has brought */

static int
syncd_import_batch(syncd_import_t *im, unsigned rows, syncd_import_row_pt row,
    int *step)
{
    int                     rc;
    uint64_t                read;
    syncd_import_counts_t   before;

    before = im->counts;
    read = im->read;
    im->more = 0;

    rc = wppkg_catalogue_begin(im->cat);

    if (rc == WPPKG_OK) {
        im->now = wppkg_tick_now();
        rc = syncd_import_rows(im, rows, row, step);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_import_installs_all(im->cat, im->more);
    }

    rc = wppkg_catalogue_end(im->cat, rc);

    if (rc != WPPKG_OK) {
        im->counts = before;
        im->read = read;
    }

    return rc;
}


static int
syncd_import_rows(syncd_import_t *im, unsigned rows, syncd_import_row_pt row,
    int *step)
{
    int       rc;
    unsigned  i;

    for (i = 0; i < rows; i++) {
        *step = syncd_old_next(&im->old, &im->err);

        if (*step != WPPKG_OK) {
            break;
        }

        rc = row(im);

        if (rc != WPPKG_OK) {
            return rc;
        }
    }

    return WPPKG_OK;
}


/* a package that cannot be stored is its own trouble */

static int
syncd_import_package(syncd_import_t *im)
{
    int                     rc, undone;
    wppkg_import_t          import;
    syncd_import_counts_t   before;

    im->read++;
    before = im->counts;

    if (syncd_import_named(im, &import) != WPPKG_OK) {
        return WPPKG_OK;
    }

    rc = wppkg_catalogue_savepoint(im->cat);

    if (rc == WPPKG_OK) {
        rc = syncd_import_one(im, &import);
        rc = wppkg_catalogue_release(im->cat, rc, &undone);
    }

    if (rc == WPPKG_OK && undone) {
        im->counts = before;
        syncd_import_refuse(im, wppkg_catalogue_error(im->cat));
    }

    return rc;
}


/* WPPKG_DECLINED: the row names no package, which has been said */

static int
syncd_import_named(syncd_import_t *im, wppkg_import_t *import)
{
    int64_t      revision;
    const char  *why;

    if (syncd_import_name(im, &import->type, &why) != WPPKG_OK) {
        syncd_import_refuse(im, why);
        return WPPKG_DECLINED;
    }

    import->slug = im->slug;
    import->asked_at = syncd_old_time(&im->old, SYNCD_OLD_SYNCED_AT);
    import->created_at = syncd_old_time(&im->old, SYNCD_OLD_CREATED_AT);

    if (import->created_at == 0 || import->created_at > im->now / WPPKG_TICKS)
    {
        import->created_at = im->now / WPPKG_TICKS;
    }

    /* its highest commit; none is after what they have read of the log */

    revision = syncd_old_number(&im->old, SYNCD_OLD_TRUNK);

    import->trunk_revision = 0;

    if (wppkg_type(import->type)->has_trunk && revision > 0
        && revision <= im->old.cursor[import->type])
    {
        import->trunk_revision = revision;
    }

    /* of one that was closed without having been fetched */

    if (import->asked_at == 0
        && syncd_old_number(&im->old, SYNCD_OLD_ACTIVE) == 0)
    {
        import->asked_at = syncd_old_time(&im->old, SYNCD_OLD_UPDATED_AT);
    }

    return WPPKG_OK;
}


static int
syncd_import_one(syncd_import_t *im, const wppkg_import_t *import)
{
    int              rc, added;
    wppkg_due_t      due;
    wppkg_import_e   verdict;

    rc = wppkg_import_begin(im->cat, import, &due, &verdict, &added);

    if (rc != WPPKG_OK) {
        return rc;
    }

    if (verdict == WPPKG_IMPORT_UNWANTED) {
        im->counts.unwanted++;
        return WPPKG_OK;
    }

    if (verdict == WPPKG_IMPORT_KEEP) {
        im->counts.unasked += (added != 0);
        im->counts.kept += (added == 0);
        return WPPKG_OK;
    }

    rc = syncd_import_store(im, import, &due);

    /* its row stays, as one to be fetched */

    if (rc == WPPKG_DECLINED) {
        syncd_import_refuse(im, im->err.text);
        return WPPKG_OK;
    }

    return (rc == WPPKG_OK) ? wppkg_import_end(im->cat, import, &due) : rc;
}


/* WPPKG_DECLINED: what is said of it cannot be read, err says why */

static int
syncd_import_store(syncd_import_t *im, const wppkg_import_t *import,
    const wppkg_due_t *due)
{
    int       rc;
    unsigned  changed;

    changed = 0;

    rc = (syncd_old_number(&im->old, SYNCD_OLD_ACTIVE) != 0)
         ? syncd_import_offered(im, import, due, &changed)
         : syncd_import_closed(im, import, due, &changed);

    im->counts.changed += changed;

    return rc;
}


static int
syncd_import_offered(syncd_import_t *im, const wppkg_import_t *import,
    const wppkg_due_t *due, unsigned *changed)
{
    int                   rc;
    syncd_api_result_t    result;
    syncd_old_refused_t   refused;

    if (syncd_old_answer(&im->old, import->type, import->slug, &result,
                         &refused, &im->err)
        != WPPKG_OK)
    {
        return WPPKG_DECLINED;
    }

    if (refused.refused > 0) {
        im->counts.refused_versions += refused.refused;
        syncd_import_say(im, refused.first.text);
    }

    im->counts.packages++;

    rc = wppkg_packages_store(im->cat, due, &result.package, im->now, 0,
                              changed);

    syncd_api_result_free(&result);

    return rc;
}


static int
syncd_import_closed(syncd_import_t *im, const wppkg_import_t *import,
    const wppkg_due_t *due, unsigned *changed)
{
    wppkg_withdrawal_t  w;

    memset(&w, 0, sizeof(wppkg_withdrawal_t));

    w.state = (syncd_old_number(&im->old, SYNCD_OLD_PERMANENT) != 0)
              ? WPPKG_STATE_CLOSED_FOR_GOOD : WPPKG_STATE_CLOSED;

    im->counts.closed++;

    return wppkg_packages_withdraw(im->cat, due, &w, im->now, 0, changed);
}


static int
syncd_import_change(syncd_import_t *im)
{
    int          rc, added;
    size_t       len;
    int64_t      at;
    const char  *action;

    rc = syncd_import_find(im);
    at = syncd_old_time(&im->old, 3);
    action = syncd_old_text(&im->old, 2, &len);

    if (rc != WPPKG_OK) {
        return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
    }

    if (action == NULL || at == 0 || at > im->now / WPPKG_TICKS) {
        syncd_import_refuse(im, "a change of its state has no time or action");
        return WPPKG_OK;
    }

    /* what would be forgotten again (rule R 39) */

    if (at < im->now / WPPKG_TICKS - WPPKG_HISTORY_KEPT) {
        return WPPKG_OK;
    }

    added = 0;

    if (strcmp(action, "deactivated") == 0) {
        rc = wppkg_import_change(im->cat, im->id, at, WPPKG_STATE_ACTIVE,
                                 WPPKG_STATE_CLOSED, &added);

    } else if (strcmp(action, "reactivated") == 0) {
        rc = wppkg_import_change(im->cat, im->id, at, WPPKG_STATE_CLOSED,
                                 WPPKG_STATE_ACTIVE, &added);

    } else if (strcmp(action, "tombstoned") == 0) {
        rc = wppkg_import_change(im->cat, im->id, at, WPPKG_STATE_CLOSED,
                                 WPPKG_STATE_CLOSED_FOR_GOOD, &added);

    } else {
        syncd_import_refuse(im, "a change of its state is of an unknown kind");
    }

    im->counts.changes += (added != 0);

    return rc;
}


static int
syncd_import_month(syncd_import_t *im)
{
    int          rc;
    size_t       len;
    int64_t      installs, more;
    const char  *month;

    rc = syncd_import_find(im);

    if (rc != WPPKG_OK) {
        return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
    }

    month = syncd_old_text(&im->old, 2, &len);
    installs = syncd_old_number(&im->old, 3);

    if (installs == 0) {
        return WPPKG_OK;
    }

    if (month == NULL || !syncd_import_is_month(month, len) || installs < 0
        || installs > UINT32_MAX)
    {
        syncd_import_refuse(im, "its installs are of no month, or no number");
        return WPPKG_OK;
    }

    rc = wppkg_import_installs(im->cat, im->id, month, installs, &more);

    if (rc == WPPKG_OK) {
        im->more += more;
        im->counts.months += (more != 0);
    }

    return rc;
}


/* "2026-11" */

static int
syncd_import_is_month(const char *s, size_t len)
{
    return len == 7 && strspn(s, "0123456789") == 4 && s[4] == '-'
           && strspn(s + 5, "0123456789") == 2
           && (s[5] == '0' ? s[6] != '0' : (s[5] == '1' && s[6] <= '2'));
}


/*
 * The package that a row is about, which is mostly that of the row before.
 * WPPKG_DECLINED: there is none, which is counted.
 */

static int
syncd_import_find(syncd_import_t *im)
{
    int            rc;
    char           before[WPPKG_SLUG_MAX + 1];
    const char    *why;
    wppkg_type_e   type;

    memcpy(before, im->slug, sizeof(before));

    if (syncd_import_name(im, &type, &why) != WPPKG_OK) {
        im->slug[0] = '\0';
        im->counts.strangers++;
        return WPPKG_DECLINED;
    }

    if (im->id != 0 && type == im->type && strcmp(before, im->slug) == 0) {
        return WPPKG_OK;
    }

    im->type = type;
    im->id = 0;

    rc = wppkg_packages_find(im->cat, type, im->slug, strlen(im->slug),
                             &im->id);

    im->counts.strangers += (rc == WPPKG_DECLINED);

    return rc;
}


/* into im->slug; WPPKG_DECLINED: why it is none */

static int
syncd_import_name(syncd_import_t *im, wppkg_type_e *type, const char **why)
{
    size_t       len, type_len;
    const char  *slug, *name;

    name = syncd_old_text(&im->old, SYNCD_OLD_TYPE, &type_len);
    slug = syncd_old_text(&im->old, SYNCD_OLD_SLUG, &len);

    im->slug[0] = '\0';

    if (name == NULL || wppkg_type_find(name, type_len, type) != WPPKG_OK) {
        *why = "it is neither a plugin nor a theme";
        return WPPKG_DECLINED;
    }

    *why = (slug != NULL) ? wppkg_slug_refused(slug, len) : "it has no slug";

    if (*why != NULL) {
        return WPPKG_DECLINED;
    }

    memcpy(im->slug, slug, len);
    im->slug[len] = '\0';

    return WPPKG_OK;
}


static int
syncd_import_cursors(syncd_import_t *im)
{
    int           rc, taken;
    wppkg_type_e  type;

    rc = wppkg_catalogue_begin(im->cat);

    for (type = 0; type < WPPKG_TYPES && rc == WPPKG_OK; type++) {

        if (im->old.cursor[type] != 0) {
            rc = wppkg_import_cursor(im->cat, type, im->old.cursor[type],
                                     &taken);
            im->counts.cursors += (rc == WPPKG_OK && taken);
        }
    }

    rc = wppkg_catalogue_end(im->cat, rc);

    if (rc != WPPKG_OK) {
        syncd_error("import: %s", wppkg_catalogue_error(im->cat));
    }

    return rc;
}


/* a row that says nothing that could be taken */

static void
syncd_import_refuse(syncd_import_t *im, const char *why)
{
    im->counts.refused++;
    syncd_import_say(im, why);
}


static void
syncd_import_say(syncd_import_t *im, const char *why)
{
    size_t       len, type_len;
    const char  *type, *slug;

    im->lines++;

    if (im->lines > SYNCD_IMPORT_LINES) {
        return;
    }

    type = syncd_old_text(&im->old, SYNCD_OLD_TYPE, &type_len);
    slug = syncd_old_text(&im->old, SYNCD_OLD_SLUG, &len);

    syncd_warn("import: %.*s/%.*s: %s", (int) ((type_len < 20) ? type_len
                                                               : 20),
               (type != NULL) ? type : "", (int) ((len < 60) ? len : 60),
               (slug != NULL) ? slug : "", why);
}


static void
syncd_import_tell(syncd_ctx_t *ctx, const syncd_import_t *im)
{
    const syncd_import_counts_t  *n;

    n = &im->counts;

    if (im->lines > SYNCD_IMPORT_LINES) {
        syncd_warn("import: %u more like these",
                   im->lines - SYNCD_IMPORT_LINES);
    }

    syncd_count(ctx, "packages", n->packages);
    syncd_count(ctx, "closed", n->closed);
    syncd_count(ctx, "never_fetched", n->unasked);
    syncd_count(ctx, "kept", n->kept);
    syncd_count(ctx, "unwanted", n->unwanted);
    syncd_count(ctx, "rows_refused", n->refused);
    syncd_count(ctx, "versions_refused", n->refused_versions);
    syncd_count(ctx, "documents_changed", n->changed);
    syncd_count(ctx, "changes_of_state", n->changes);
    syncd_count(ctx, "months", n->months);
    syncd_count(ctx, "strangers", n->strangers);
    syncd_count(ctx, "cursors", n->cursors);
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "wppkg_diff.h"
#include "wppkg_loss.h"
#include "wppkg_name.h"


#define WPPKG_LOSS_MORE  8            /* bytes for ", …" */


static int wppkg_loss_between(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    const wppkg_package_t *old, const wppkg_package_t *answer,
    wppkg_loss_t *loss);
static int wppkg_loss_list(wppkg_catalogue_t *cat, const wppkg_diff_t *d,
    int64_t id, wppkg_buf_t *all, wppkg_loss_t *loss);
static int wppkg_loss_told(wppkg_catalogue_t *cat, int64_t id,
    const char *tag);
static void wppkg_loss_name(wppkg_loss_t *loss, const char *version);


int
wppkg_loss(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    wppkg_package_t *answer, wppkg_loss_t *loss)
{
    int              rc;
    wppkg_state_e    state;
    wppkg_package_t  old;

    memset(loss, 0, sizeof(wppkg_loss_t));

    rc = wppkg_packages_load(cat, due->id, &old, &state, 1);

    if (rc != WPPKG_OK) {
        return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
    }

    if (state == WPPKG_STATE_ACTIVE) {

        /* what the API does not know, as wppkg_packages_store() does */

        answer->trunk_revision = old.trunk_revision;
        answer->untagged = old.untagged;

        /* what the answer has and is held back is not lost */

        rc = wppkg_loss_between(cat, due, &old, answer, loss);
    }

    wppkg_package_free(&old);

    return rc;
}


static int
wppkg_loss_between(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    const wppkg_package_t *old, const wppkg_package_t *answer,
    wppkg_loss_t *loss)
{
    int           rc;
    wppkg_buf_t   all;
    wppkg_diff_t  d;

    if (wppkg_diff(old, answer, &d) != WPPKG_OK) {
        wppkg_error_set(wppkg_catalogue_err(cat), "%s/%s: out of memory for "
                        "its versions", wppkg_type(due->type)->name,
                        due->slug);
        return WPPKG_ERROR;
    }

    wppkg_buf_init(&all, WPPKG_VERSIONS_MAX);

    rc = wppkg_loss_list(cat, &d, due->id, &all, loss);

    if (rc == WPPKG_OK && loss->n > 0
        && (!wppkg_buf_ok(&all)
            || EVP_Digest(all.data, all.len, loss->hash, NULL, EVP_sha256(),
                          NULL) != 1))
    {
        wppkg_error_set(wppkg_catalogue_err(cat), "%s/%s: no SHA-256 of its "
                        "versions: out of memory",
                        wppkg_type(due->type)->name, due->slug);
        rc = WPPKG_ERROR;
    }

    wppkg_buf_free(&all);
    wppkg_diff_free(&d);

    return rc;
}


static int
wppkg_loss_list(wppkg_catalogue_t *cat, const wppkg_diff_t *d, int64_t id,
    wppkg_buf_t *all, wppkg_loss_t *loss)
{
    int     rc;
    size_t  i;

    for (i = 0; i < d->nlost; i++) {
        rc = (d->lost[i]->release != NULL)
             ? wppkg_loss_told(cat, id, d->lost[i]->release->tag)
             : WPPKG_DECLINED;

        if (rc == WPPKG_OK) {
            continue;
        }

        if (rc != WPPKG_DECLINED) {
            return rc;
        }

        loss->n++;
        wppkg_loss_name(loss, d->lost[i]->version.clean);

        wppkg_buf_puts(all, d->lost[i]->version.normalized);
        wppkg_buf_puts(all, "\n");
    }

    return WPPKG_OK;
}


/* whether Subversion has told that the tag is gone; WPPKG_DECLINED: not so */

static int
wppkg_loss_told(wppkg_catalogue_t *cat, int64_t id, const char *tag)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_stmt(cat, WPPKG_STMT_TAG_GONE,
        "SELECT 1 FROM tags WHERE package_id = ?1 AND tag = ?2 AND gone = 1");

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    if (sqlite3_bind_int64(stmt, 1, id) != SQLITE_OK
        || wppkg_catalogue_bind(stmt, 2, tag) != SQLITE_OK)
    {
        return wppkg_catalogue_fail(cat, "cannot be read");
    }

    rc = wppkg_catalogue_row(cat, stmt);

    (void) sqlite3_reset(stmt);
    (void) sqlite3_clear_bindings(stmt);

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


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_buf.h"
#include "wppkg_downloads.h"
#include "wppkg_installs.h"
#include "wppkg_meta.h"
#include "wppkg_packages.h"


#define WPPKG_INSTALLS_NAMES   5000       /* of a transaction, and some more */
#define WPPKG_INSTALLS_BYTES   (64 * 1024 * 1024)
#define WPPKG_INSTALLS_FORGET  5000       /* rows of a transaction */

#define WPPKG_INSTALLS_DAY     86400


/* what was read of the file: items, each with its name behind it */

typedef struct {
    int64_t                  day;
    int64_t                  n;
    size_t                   len;
} wppkg_installs_item_t;


typedef struct {
    wppkg_buf_t              items;
    wppkg_downloads_mark_t   mark;        /* of the last batch among them */
    unsigned                 left:1;
} wppkg_installs_batch_t;


static int wppkg_installs_mark(wppkg_catalogue_t *cat,
    wppkg_downloads_mark_t *mark);
static int wppkg_installs_read(const char *path,
    wppkg_installs_batch_t *batch, wppkg_error_t *err);
static int wppkg_installs_take(wppkg_downloads_t *dl,
    wppkg_installs_batch_t *batch, wppkg_error_t *err);
static int wppkg_installs_write(wppkg_catalogue_t *cat,
    const wppkg_installs_batch_t *batch, wppkg_installs_t *done);
static int wppkg_installs_items(wppkg_catalogue_t *cat,
    const wppkg_installs_batch_t *batch, wppkg_installs_t *done);
static int wppkg_installs_item(wppkg_catalogue_t *cat,
    const wppkg_installs_item_t *item, const char *name,
    wppkg_installs_t *done);
static int wppkg_installs_package(wppkg_catalogue_t *cat,
    const wppkg_installs_item_t *item, int64_t id);


int
wppkg_installs_add(wppkg_catalogue_t *cat, const char *path,
    wppkg_installs_t *done, wppkg_error_t *err)
{
    int                     rc;
    wppkg_installs_batch_t  batch;

    memset(&batch, 0, sizeof(wppkg_installs_batch_t));
    wppkg_buf_init(&batch.items, WPPKG_INSTALLS_BYTES);

    rc = wppkg_installs_mark(cat, &batch.mark);

    if (rc != WPPKG_OK) {
        *err = *wppkg_catalogue_err(cat);

    } else {
        rc = wppkg_installs_read(path, &batch, err);
    }

    if (rc == WPPKG_OK && batch.items.len > 0) {
        rc = wppkg_installs_write(cat, &batch, done);

        if (rc != WPPKG_OK) {
            *err = *wppkg_catalogue_err(cat);
        }
    }

    done->left = (rc == WPPKG_OK && batch.left);

    wppkg_buf_free(&batch.items);

    return rc;
}


static int
wppkg_installs_mark(wppkg_catalogue_t *cat, wppkg_downloads_mark_t *mark)
{
    int          rc;
    wppkg_buf_t  id;

    wppkg_buf_init(&id, WPPKG_DOWNLOADS_ID + 1);

    rc = wppkg_meta_get_text(cat, WPPKG_META_DOWNLOADS, &id);

    if (rc == WPPKG_OK && id.len == WPPKG_DOWNLOADS_ID) {
        memcpy(mark->id, id.data, WPPKG_DOWNLOADS_ID);
        rc = wppkg_meta_int(cat, WPPKG_META_BATCH, 0, &mark->batch);
    }

    wppkg_buf_free(&id);

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


/* another file than the one before has none that the catalogue has */

static int
wppkg_installs_read(const char *path, wppkg_installs_batch_t *batch,
    wppkg_error_t *err)
{
    int                 rc;
    char                id[WPPKG_DOWNLOADS_ID + 1];
    wppkg_downloads_t  *dl;

    rc = wppkg_downloads_read(path, &dl, err);

    if (rc != WPPKG_OK) {
        return rc;
    }

    rc = wppkg_downloads_id(dl, id, err);

    if (rc == WPPKG_OK && strcmp(id, batch->mark.id) != 0) {
        memcpy(batch->mark.id, id, sizeof(id));
        batch->mark.batch = 0;
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_downloads_after(dl, batch->mark.batch, err);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_installs_take(dl, batch, err);
    }

    wppkg_downloads_close(dl);

    return rc;
}


/* whole batches: their numbers are all that is kept */

static int
wppkg_installs_take(wppkg_downloads_t *dl, wppkg_installs_batch_t *batch,
    wppkg_error_t *err)
{
    int                       rc;
    size_t                    n;
    wppkg_installs_item_t     item;
    wppkg_downloads_entry_t   entry;

    for (n = 0; /* void */ ; n++) {
        rc = wppkg_downloads_next(dl, &entry, err);

        if (rc != WPPKG_OK) {
            break;
        }

        if (n >= WPPKG_INSTALLS_NAMES && entry.batch != batch->mark.batch) {
            batch->left = 1;
            break;
        }

        memset(&item, 0, sizeof(wppkg_installs_item_t));
        item.day = entry.day;
        item.n = entry.n;
        item.len = entry.len;

        wppkg_buf_append(&batch->items, &item, sizeof(item));
        wppkg_buf_append(&batch->items, entry.name, entry.len);
        batch->mark.batch = entry.batch;
    }

    if (!wppkg_buf_ok(&batch->items)) {
        wppkg_error_set(err, "out of memory");
        return WPPKG_ERROR;
    }

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


static int
wppkg_installs_write(wppkg_catalogue_t *cat,
    const wppkg_installs_batch_t *batch, wppkg_installs_t *done)
{
    int               rc;
    wppkg_installs_t  did;

    memset(&did, 0, sizeof(wppkg_installs_t));

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_installs_items(cat, batch, &did);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_set_text(cat, WPPKG_META_DOWNLOADS, batch->mark.id);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_set_int(cat, WPPKG_META_BATCH, batch->mark.batch);
    }

    rc = wppkg_catalogue_leave(cat, rc);

    if (rc == WPPKG_OK) {
        done->installs += did.installs;
        done->unknown += did.unknown;
    }

    return rc;
}


static int
wppkg_installs_items(wppkg_catalogue_t *cat,
    const wppkg_installs_batch_t *batch, wppkg_installs_t *done)
{
    int                     rc;
    size_t                  pos;
    wppkg_installs_item_t   item;

    rc = WPPKG_OK;

    for (pos = 0; rc == WPPKG_OK && pos < batch->items.len; pos += item.len) {
        memcpy(&item, batch->items.data + pos, sizeof(item));
        pos += sizeof(item);

        rc = wppkg_installs_item(cat, &item, batch->items.data + pos, done);
    }

    return (rc == WPPKG_OK)
           ? wppkg_catalogue_write(cat,
                 "UPDATE counts SET n = n + ?1"
                 " WHERE what = 'installs' AND state = 'total'", "%jd",
                 (int64_t) done->installs)
           : rc;
}


/* nginx has asked the catalogue for the name; it may have gone meanwhile */

static int
wppkg_installs_item(wppkg_catalogue_t *cat, const wppkg_installs_item_t *item,
    const char *name, wppkg_installs_t *done)
{
    int            rc;
    size_t         len;
    int64_t        id;
    const char    *slug;
    wppkg_type_e   type;

    /* a day of the year 9999 at most: what else is in the file is damage */

    if (item->n <= 0 || item->n > UINT32_MAX
        || item->day < 0 || item->day > WPPKG_TIME_MAX / WPPKG_INSTALLS_DAY
        || wppkg_name_parse(name, item->len, &type, &slug, &len) != WPPKG_OK)
    {
        return WPPKG_OK;
    }

    rc = wppkg_packages_find(cat, type, slug, len, &id);

    if (rc == WPPKG_DECLINED) {
        done->unknown += (uint64_t) item->n;
        return WPPKG_OK;
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_installs_package(cat, item, id);
        done->installs += (uint64_t) item->n;
    }

    return rc;
}


static int
wppkg_installs_package(wppkg_catalogue_t *cat,
    const wppkg_installs_item_t *item, int64_t id)
{
    int  rc;

    rc = wppkg_catalogue_write(cat,
        "INSERT INTO installs_daily (package_id, day, installs)"
        " VALUES (?1, ?2, ?3) ON CONFLICT (package_id, day)"
        " DO UPDATE SET installs = installs + excluded.installs",
        "%jd%jd%jd", id, item->day, item->n);

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_write(cat,
            "INSERT INTO installs_monthly (package_id, month, installs)"
            " VALUES (?1, strftime('%Y-%m', ?2 * 86400, 'unixepoch'), ?3)"
            " ON CONFLICT (package_id, month)"
            " DO UPDATE SET installs = installs + excluded.installs",
            "%jd%jd%jd", id, item->day, item->n);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_write(cat,
            "INSERT INTO installs_days (day, installs) VALUES (?1, ?2)"
            " ON CONFLICT (day)"
            " DO UPDATE SET installs = installs + excluded.installs",
            "%jd%jd", item->day, item->n);
    }

    return rc;
}


/* what a loss of power takes back is deleted the next time */

int
wppkg_installs_forget(wppkg_catalogue_t *cat, int64_t today, int *n)
{
    int      rc;
    int64_t  any;

    *n = 0;

    rc = wppkg_catalogue_one(cat, &any,
        "SELECT EXISTS (SELECT 1 FROM installs_daily WHERE day < ?1)"
        " OR EXISTS (SELECT 1 FROM installs_days WHERE day < ?1)", "%jd",
        today - WPPKG_INSTALLS_DAYS);

    if (rc != WPPKG_OK || !any) {
        return rc;
    }

    rc = wppkg_catalogue_enter_lazy(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_write(cat,
            "DELETE FROM installs_daily WHERE (package_id, day) IN ("
            "    SELECT package_id, day FROM installs_daily WHERE day < ?1"
            "    LIMIT ?2)", "%jd%d", today - WPPKG_INSTALLS_DAYS,
            WPPKG_INSTALLS_FORGET);
        *n = wppkg_catalogue_changes(cat);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_catalogue_write(cat,
            "DELETE FROM installs_days WHERE day < ?1", "%jd",
            today - WPPKG_INSTALLS_DAYS);
    }

    return wppkg_catalogue_leave(cat, rc);
}

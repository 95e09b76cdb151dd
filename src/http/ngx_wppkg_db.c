
/*
 * Copyright (C) ngx_wppkg contributors
 */


#include <stdlib.h>
#include <string.h>

#include "wppkg_gzip.h"
#include "ngx_wppkg_db.h"


static wppkg_reader_t *ngx_wppkg_db_take(ngx_wppkg_db_t *db);
static void ngx_wppkg_db_give(ngx_wppkg_db_t *db, wppkg_reader_t *rd);
static void ngx_wppkg_db_close_idle(ngx_wppkg_db_t *db);
static int ngx_wppkg_fetch_body(ngx_wppkg_fetch_t *fetch);
static int ngx_wppkg_fetch_damaged(ngx_wppkg_fetch_t *fetch,
    const char *what);


int
ngx_wppkg_db_init(ngx_wppkg_db_t *db, const char *path)
{
    memset(db, 0, sizeof(ngx_wppkg_db_t));

    db->path = path;

    return pthread_mutex_init(&db->mutex, NULL) == 0 ? WPPKG_OK
                                                      : WPPKG_ERROR;
}


void
ngx_wppkg_db_destroy(ngx_wppkg_db_t *db)
{
    ngx_wppkg_db_close_idle(db);

    (void) pthread_mutex_destroy(&db->mutex);
}


int
ngx_wppkg_db_open(ngx_wppkg_db_t *db, wppkg_error_t *err)
{
    int              rc;
    wppkg_reader_t  *rd;

    rc = wppkg_reader_open(db->path, &rd, err);

    if (rc == WPPKG_OK) {
        ngx_wppkg_db_give(db, rd);
    }

    return rc;
}


void
ngx_wppkg_db_fetch(ngx_wppkg_fetch_t *fetch)
{
    ngx_wppkg_db_t  *db;
    wppkg_reader_t  *rd;

    db = fetch->db;
    rd = ngx_wppkg_db_take(db);

    if (rd != NULL && wppkg_reader_moved(rd)) {
        wppkg_reader_close(rd);
        rd = NULL;

        /* the others would keep the old file's space until their turn */
        ngx_wppkg_db_close_idle(db);
    }

    if (rd == NULL) {
        fetch->rc = wppkg_reader_open(db->path, &rd, &fetch->err);

        if (fetch->rc != WPPKG_OK) {
            return;
        }
    }

    fetch->rc = wppkg_reader_get(rd, fetch->path, fetch->len, &fetch->doc,
                                 &fetch->err);

    if (fetch->rc == WPPKG_ERROR) {
        wppkg_reader_close(rd);
        return;
    }

    ngx_wppkg_db_give(db, rd);

    if (fetch->rc == WPPKG_OK) {
        fetch->rc = ngx_wppkg_fetch_body(fetch);
    }
}


void
ngx_wppkg_fetch_free(ngx_wppkg_fetch_t *fetch)
{
    free(fetch->doc.gz);
    fetch->doc.gz = NULL;

    wppkg_buf_free(&fetch->plain);

    fetch->body = NULL;
}


static wppkg_reader_t *
ngx_wppkg_db_take(ngx_wppkg_db_t *db)
{
    wppkg_reader_t  *rd;

    rd = NULL;

    (void) pthread_mutex_lock(&db->mutex);

    if (db->nidle > 0) {
        rd = db->idle[--db->nidle];
    }

    (void) pthread_mutex_unlock(&db->mutex);

    return rd;
}


static void
ngx_wppkg_db_give(ngx_wppkg_db_t *db, wppkg_reader_t *rd)
{
    (void) pthread_mutex_lock(&db->mutex);

    if (db->nidle < NGX_WPPKG_IDLE_MAX) {
        db->idle[db->nidle++] = rd;
        rd = NULL;
    }

    (void) pthread_mutex_unlock(&db->mutex);

    wppkg_reader_close(rd);
}


static void
ngx_wppkg_db_close_idle(ngx_wppkg_db_t *db)
{
    wppkg_reader_t  *rd;

    for ( ;; ) {
        rd = ngx_wppkg_db_take(db);

        if (rd == NULL) {
            return;
        }

        wppkg_reader_close(rd);
    }
}


static int
ngx_wppkg_fetch_body(ngx_wppkg_fetch_t *fetch)
{
    wppkg_reader_document_t  *doc;

    doc = &fetch->doc;

    if (doc->size == 0) {
        return ngx_wppkg_fetch_damaged(fetch, "it is empty");
    }

    fetch->body_len = (fetch->encoding == NGX_WPPKG_GZIP) ? doc->gz_len
                                                          : doc->size;

    if (fetch->head || doc->changed_at == fetch->since) {
        return WPPKG_OK;
    }

    /* also for a client that takes gzip: what is damaged is not served */

    wppkg_buf_init(&fetch->plain, doc->size);

    if (wppkg_gunzip(doc->gz, doc->gz_len, doc->size, &fetch->plain)
        != WPPKG_OK)
    {
        return ngx_wppkg_fetch_damaged(fetch, "it does not unpack");
    }

    if (fetch->encoding == NGX_WPPKG_GZIP) {
        wppkg_buf_free(&fetch->plain);
        fetch->body = doc->gz;
        return WPPKG_OK;
    }

    fetch->body = (unsigned char *) fetch->plain.data;

    return WPPKG_OK;
}


static int
ngx_wppkg_fetch_damaged(ngx_wppkg_fetch_t *fetch, const char *what)
{
    wppkg_error_set(&fetch->err, "catalogue \"%s\": document \"%.*s\" is"
                    " damaged: %s",
                    fetch->db->path, (int) fetch->len, fetch->path, what);

    return WPPKG_ERROR;
}

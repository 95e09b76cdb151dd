
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdlib.h>
#include <string.h>

#include "wppkg_gzip.h"
#include "wppkg_hash.h"
#include "ngx_wppkg_compose.h"
#include "ngx_wppkg_db.h"


static wppkg_reader_t *ngx_wppkg_db_take(ngx_wppkg_db_t *db);
static int ngx_wppkg_db_reader(ngx_wppkg_db_t *db, wppkg_reader_t **rd,
    wppkg_error_t *err);
static void ngx_wppkg_db_give(ngx_wppkg_db_t *db, wppkg_reader_t *rd);
static void ngx_wppkg_db_close_idle(ngx_wppkg_db_t *db);
static int ngx_wppkg_db_begin(ngx_wppkg_db_t *db, wppkg_reader_t **rd,
    wppkg_error_t *err);
static void ngx_wppkg_db_end(ngx_wppkg_db_t *db, wppkg_reader_t *rd);
static void ngx_wppkg_db_server(ngx_wppkg_db_t *db,
    ngx_wppkg_fetch_t *fetch);
static void ngx_wppkg_db_refuse(ngx_wppkg_fetch_t *first);
static void ngx_wppkg_db_read(wppkg_reader_t *rd, ngx_wppkg_fetch_t *fetch);
static int ngx_wppkg_db_document(wppkg_reader_t *rd,
    ngx_wppkg_fetch_t *fetch);
static void ngx_wppkg_fetch_unpack(ngx_wppkg_db_t *db,
    ngx_wppkg_fetch_t *fetch);
static const char *ngx_wppkg_fetch_plain(ngx_wppkg_fetch_t *fetch,
    wppkg_buf_t *plain);
static void ngx_wppkg_fetch_meta(ngx_wppkg_fetch_t *fetch);


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
ngx_wppkg_db_fetch(ngx_wppkg_db_t *db, ngx_wppkg_fetch_t *first)
{
    wppkg_reader_t     *rd;
    ngx_wppkg_fetch_t  *fetch;

    rd = NULL;

    for (fetch = first; fetch != NULL; fetch = fetch->next) {

        if (rd == NULL) {
            fetch->rc = ngx_wppkg_db_begin(db, &rd, &fetch->err);

            if (fetch->rc != WPPKG_OK) {
                ngx_wppkg_db_refuse(fetch);
                break;
            }
        }

        ngx_wppkg_db_read(rd, fetch);

        /* a fault of one document is not one of the next */

        if (fetch->rc == WPPKG_ERROR) {
            wppkg_reader_close(rd);
            rd = NULL;
        }
    }

    ngx_wppkg_db_end(db, rd);

    for (fetch = first; fetch != NULL; fetch = fetch->next) {

        if (fetch->server != NULL) {
            ngx_wppkg_db_server(db, fetch);

        } else if (fetch->rc == WPPKG_OK) {
            ngx_wppkg_fetch_unpack(db, fetch);
        }
    }
}


/* what is about the server is told without the catalogue as well */

static void
ngx_wppkg_db_server(ngx_wppkg_db_t *db, ngx_wppkg_fetch_t *fetch)
{
    if (fetch->rc == WPPKG_BUSY || fetch->rc == WPPKG_ERROR) {
        fetch->failed = fetch->rc;
        fetch->server->readable = wppkg_server_readable(db->path, fetch->rc);
        fetch->rc = ngx_wppkg_compose(NULL, fetch);
    }
}


static int
ngx_wppkg_db_begin(ngx_wppkg_db_t *db, wppkg_reader_t **rd,
    wppkg_error_t *err)
{
    int  rc;

    rc = ngx_wppkg_db_reader(db, rd, err);

    if (rc != WPPKG_OK) {
        *rd = NULL;
        return rc;
    }

    rc = wppkg_reader_begin(*rd, err);

    if (rc != WPPKG_OK) {
        wppkg_reader_close(*rd);
        *rd = NULL;
    }

    return rc;
}


static void
ngx_wppkg_db_end(ngx_wppkg_db_t *db, wppkg_reader_t *rd)
{
    wppkg_error_t  err;

    if (rd == NULL) {
        return;
    }

    if (wppkg_reader_end(rd, &err) == WPPKG_OK) {
        ngx_wppkg_db_give(db, rd);

    } else {
        wppkg_reader_close(rd);
    }
}


/* no connection: every fetch of the batch fails, none waits for it again */

static void
ngx_wppkg_db_refuse(ngx_wppkg_fetch_t *first)
{
    ngx_wppkg_fetch_t  *fetch;

    for (fetch = first->next; fetch != NULL; fetch = fetch->next) {
        fetch->rc = first->rc;
        fetch->err = first->err;
    }
}


static void
ngx_wppkg_db_read(wppkg_reader_t *rd, ngx_wppkg_fetch_t *fetch)
{
    fetch->identity = *wppkg_reader_identity(rd);

    fetch->rc = (fetch->endpoint != NULL) ? ngx_wppkg_compose(rd, fetch)
                                          : ngx_wppkg_db_document(rd, fetch);
}


static int
ngx_wppkg_db_document(wppkg_reader_t *rd, ngx_wppkg_fetch_t *fetch)
{
    int                       rc;
    wppkg_reader_document_t  *doc;

    doc = &fetch->doc;

    rc = wppkg_reader_find(rd, fetch->path, fetch->len, doc, &fetch->err);

    fetch->meta.generation = doc->generation;

    if (rc != WPPKG_OK) {
        fetch->meta.gone = (rc == WPPKG_DECLINED && doc->id != 0);
        return rc;
    }

    ngx_wppkg_fetch_meta(fetch);

    if (fetch->known != NULL
        && ngx_wppkg_meta_same(fetch->known, &fetch->meta))
    {
        return WPPKG_OK;
    }

    fetch->body = NULL;
    fetch->body_len = fetch->meta.size;

    return fetch->bodyless ? WPPKG_OK
                           : wppkg_reader_body(rd, doc, &fetch->err);
}


void
ngx_wppkg_db_poll(ngx_wppkg_poll_t *poll)
{
    wppkg_reader_t  *rd;

    poll->snapshot = -1;

    poll->rc = ngx_wppkg_db_begin(poll->db, &rd, &poll->err);

    if (poll->rc != WPPKG_OK) {
        return;
    }

    poll->identity = *wppkg_reader_identity(rd);

    poll->rc = wppkg_changes(rd, poll->generation, &poll->list,
                             &poll->snapshot, &poll->err);

    if (poll->rc == WPPKG_ERROR) {
        wppkg_reader_close(rd);

        /* they may be of before "migrate" */
        ngx_wppkg_db_close_idle(poll->db);
        return;
    }

    ngx_wppkg_db_end(poll->db, rd);
}


void
ngx_wppkg_fetch_free(ngx_wppkg_fetch_t *fetch)
{
    free(fetch->doc.gz);
    fetch->doc.gz = NULL;

    free(fetch->memory);
    fetch->memory = NULL;
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


/* a connection to the file that is there now */

static int
ngx_wppkg_db_reader(ngx_wppkg_db_t *db, wppkg_reader_t **rd,
    wppkg_error_t *err)
{
    *rd = ngx_wppkg_db_take(db);

    if (*rd != NULL && wppkg_reader_moved(*rd)) {
        wppkg_reader_close(*rd);
        *rd = NULL;

        /* idle ones would keep the old file's space until they are used */
        ngx_wppkg_db_close_idle(db);
    }

    return (*rd != NULL) ? WPPKG_OK : wppkg_reader_open(db->path, rd, err);
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


static void
ngx_wppkg_fetch_unpack(ngx_wppkg_db_t *db, ngx_wppkg_fetch_t *fetch)
{
    const char   *damage;
    wppkg_buf_t   plain;

    /* the body is not needed, or is there already */

    if (fetch->doc.gz == NULL || fetch->body != NULL || fetch->bodyless) {
        return;
    }

    wppkg_buf_init(&plain, fetch->doc.size);

    damage = ngx_wppkg_fetch_plain(fetch, &plain);

    if (damage != NULL) {
        wppkg_buf_free(&plain);

        wppkg_error_set(&fetch->err, "catalogue \"%s\": document \"%.*s\" is"
                        " damaged: %s",
                        db->path, (int) fetch->len, fetch->path, damage);

        fetch->rc = WPPKG_ERROR;
        return;
    }

    /* unpacked even for a client that takes gzip: damage is not served */

    if (fetch->encoding == NGX_WPPKG_GZIP) {
        wppkg_buf_free(&plain);
        fetch->memory = fetch->doc.gz;

    } else {
        free(fetch->doc.gz);
        fetch->memory = plain.data;
    }

    fetch->doc.gz = NULL;
    fetch->body = fetch->memory;
}


/* NULL, or what is wrong with it */

static const char *
ngx_wppkg_fetch_plain(ngx_wppkg_fetch_t *fetch, wppkg_buf_t *plain)
{
    unsigned char             hash[WPPKG_HASH_LEN];
    wppkg_reader_document_t  *doc;

    doc = &fetch->doc;

    if (wppkg_gunzip(doc->gz, doc->gz_len, doc->size, plain) != WPPKG_OK) {
        return "it does not unpack";
    }

    /* its ETag is of the hash that the row has */

    if (wppkg_hash(plain->data, plain->len, hash) != WPPKG_OK
        || memcmp(hash, doc->hash, WPPKG_HASH_LEN) != 0)
    {
        return "its hash is another one";
    }

    return NULL;
}


static void
ngx_wppkg_fetch_meta(ngx_wppkg_fetch_t *fetch)
{
    ngx_wppkg_meta_t  *meta;

    meta = &fetch->meta;

    meta->changed_at = fetch->doc.changed_at;
    meta->size = (uint32_t) (fetch->encoding == NGX_WPPKG_GZIP
                             ? fetch->doc.gz_len : fetch->doc.size);
    meta->exists = 1;
    meta->encoding = (uint8_t) fetch->encoding;

    ngx_wppkg_meta_texts(meta, fetch->doc.hash);
}

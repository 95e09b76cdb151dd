
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <inttypes.h>
#include <string.h>

#include "wppkg_documents.h"
#include "wppkg_format.h"
#include "wppkg_gzip.h"
#include "wppkg_hash.h"
#include "wppkg_meta.h"
#include "wppkg_publish.h"
#include "wppkg_stale.h"


/* seconds: a file that changes twice within a second has a date to come */
#define WPPKG_DOCUMENT_AHEAD  86400


/* a document as the catalogue has it, and as it should be */

typedef struct {
    int64_t         id;                   /* 0: no row yet */
    int64_t         package_id;
    int64_t         changed_at;
    int64_t         origin_at;            /* of what it is a copy of; 0 */
    unsigned        exists:1;
    unsigned        claims:1;             /* it has no versions */
    unsigned char   hash[WPPKG_HASH_LEN];
} wppkg_document_t;


static int wppkg_document_replace(wppkg_catalogue_t *cat,
    const wppkg_content_t *content, wppkg_tick_t now, unsigned *changed);
static int wppkg_document_change(wppkg_catalogue_t *cat,
    const wppkg_content_t *content, const wppkg_document_t *old,
    wppkg_document_t *doc, wppkg_tick_t now);
static int64_t wppkg_document_date(wppkg_catalogue_t *cat,
    const wppkg_document_t *old, int64_t date, wppkg_tick_t now);
static int wppkg_document_remark(wppkg_catalogue_t *cat, const char *path,
    int claims, wppkg_tick_t now);
static int wppkg_document_redate(wppkg_catalogue_t *cat, int64_t id,
    int64_t date);
static int wppkg_document_find(wppkg_catalogue_t *cat, const char *path,
    wppkg_document_t *doc);
static int wppkg_document_add(wppkg_catalogue_t *cat,
    const wppkg_content_t *content, wppkg_document_t *doc, wppkg_tick_t now);
static int wppkg_document_insert(wppkg_catalogue_t *cat,
    const wppkg_content_t *content, int published, wppkg_document_t *doc);
static int wppkg_document_update(wppkg_catalogue_t *cat, size_t len,
    const wppkg_document_t *doc);
static int wppkg_document_own(wppkg_catalogue_t *cat, int64_t id,
    int64_t package_id);
static int wppkg_body_put(wppkg_catalogue_t *cat, int64_t id,
    const wppkg_content_t *content);
static int wppkg_body_write(wppkg_catalogue_t *cat, int64_t id,
    const void *gz, size_t len);
static int wppkg_body_delete(wppkg_catalogue_t *cat, int64_t id);
static int wppkg_document_settle(wppkg_catalogue_t *cat, int64_t id,
    const unsigned char *hash, wppkg_tick_t now, int *confirmed);
static int wppkg_documents_forget(wppkg_catalogue_t *cat,
    const char *target, int *changed);
static int wppkg_body_read(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    int64_t id, unsigned char hash[WPPKG_HASH_LEN], size_t *size,
    wppkg_buf_t *gz);
static int wppkg_object_find(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_object_t *object);
static int wppkg_object_read(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_object_t *object);
static int wppkg_dirty_read(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_dirty_t *dirty);
static int wppkg_hash_read(sqlite3_stmt *stmt, int i,
    unsigned char hash[WPPKG_HASH_LEN]);
static int wppkg_document_damaged(wppkg_catalogue_t *cat, int64_t id);


int
wppkg_document_set(wppkg_catalogue_t *cat, int64_t package_id,
    const char *path, const void *body, size_t len, wppkg_tick_t now,
    unsigned *changed)
{
    wppkg_content_t  content = { package_id, path, body, len, 0, 0, NULL,
                                0 };

    return wppkg_document_put(cat, &content, now, changed);
}


int
wppkg_document_claim(wppkg_catalogue_t *cat, int64_t package_id,
    const char *path, const void *body, size_t len, wppkg_tick_t now,
    unsigned *changed)
{
    wppkg_content_t  content = { package_id, path, body, len, 0, 1, NULL,
                                0 };

    return wppkg_document_put(cat, &content, now, changed);
}


int
wppkg_documents_set(wppkg_catalogue_t *cat, int64_t package_id,
    const char *vendor, const char *slug, const wppkg_pair_t *pair,
    wppkg_tick_t now, unsigned *changed)
{
    int                 rc, dev;
    char                path[WPPKG_PATH_MAX];
    unsigned            one;
    wppkg_content_t     content;
    const wppkg_buf_t  *body;

    memset(&content, 0, sizeof(wppkg_content_t));
    content.package_id = package_id;
    content.path = path;

    for (dev = 0; dev <= 1; dev++) {
        wppkg_vendor_path(path, vendor, slug, dev);

        if (pair != NULL) {
            body = dev ? &pair->dev : &pair->tagged;
            content.body = body->data;
            content.len = body->len;
            content.claims = pair->claims;
        }

        rc = wppkg_document_put(cat, &content, now, &one);

        if (rc != WPPKG_OK) {
            return rc;
        }

        *changed += one;
    }

    return WPPKG_OK;
}


int
wppkg_documents_unset(wppkg_catalogue_t *cat, int64_t package_id,
    wppkg_type_e type, const char *slug, wppkg_tick_t now, unsigned *changed)
{
    int  rc;

    rc = wppkg_documents_set(cat, package_id, wppkg_vendor(type, 0), slug,
                             NULL, now, changed);

    return (rc == WPPKG_OK)
           ? wppkg_documents_set(cat, package_id, wppkg_vendor(type, 1), slug,
                                 NULL, now, changed)
           : rc;
}


int
wppkg_document_put(wppkg_catalogue_t *cat, const wppkg_content_t *content,
    wppkg_tick_t now, unsigned *changed)
{
    int  rc;

    if (strlen(content->path) >= WPPKG_PATH_MAX
        || (content->body != NULL && content->len > WPPKG_BODY_MAX))
    {
        return wppkg_catalogue_refuse(cat, "document \"%s\" has %zu bytes: "
                                      "it, or its path, is too long",
                                      content->path, content->len);
    }

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_document_replace(cat, content, now, changed);
    }

    return wppkg_catalogue_leave(cat, rc);
}


static int
wppkg_document_replace(wppkg_catalogue_t *cat,
    const wppkg_content_t *content, wppkg_tick_t now, unsigned *changed)
{
    int                    rc;
    wppkg_document_t       old, doc;
    wppkg_document_name_t  name;

    WPPKG_ASSERT(!sqlite3_get_autocommit(wppkg_catalogue_db(cat)));

    memset(&doc, 0, sizeof(wppkg_document_t));

    rc = wppkg_document_find(cat, content->path, &old);
    if (rc != WPPKG_OK) {
        return rc;
    }

    if (content->body != NULL) {
        doc.exists = 1;
        doc.claims = content->claims;
        doc.origin_at = content->date;

        if (wppkg_hash(content->body, content->len, doc.hash) != WPPKG_OK) {
            return wppkg_catalogue_refuse(cat, "document \"%s\": OpenSSL "
                                          "cannot compute SHA-256",
                                          content->path);
        }
    }

    if (old.exists == doc.exists && old.claims == doc.claims
        && memcmp(old.hash, doc.hash, WPPKG_HASH_LEN) == 0)
    {
        *changed = 0;

        return (old.origin_at == doc.origin_at)
               ? WPPKG_OK
               : wppkg_document_redate(cat, old.id, doc.origin_at);
    }

    doc.id = old.id;

    rc = wppkg_document_change(cat, content, &old, &doc, now);

    if (rc == WPPKG_OK
        && (old.exists != doc.exists || old.claims != doc.claims)
        && wppkg_document_parse(content->path, strlen(content->path), &name)
           == WPPKG_OK)
    {
        rc = wppkg_stale(cat, WPPKG_STALE_NAMES);
    }

    if (rc == WPPKG_OK) {
        *changed = 1;
    }

    return rc;
}


static int
wppkg_document_change(wppkg_catalogue_t *cat, const wppkg_content_t *content,
    const wppkg_document_t *old, wppkg_document_t *doc, wppkg_tick_t now)
{
    int  rc;

    doc->changed_at = wppkg_document_date(cat, old, content->date, now);

    if (old->id == 0) {
        return wppkg_document_add(cat, content, doc, now);
    }

    rc = wppkg_document_update(cat, content->len, doc);

    /* what is left of one that was taken out (wppkg_unwanted.h) */

    if (rc == WPPKG_OK && old->package_id != content->package_id) {
        rc = wppkg_document_own(cat, doc->id, content->package_id);
    }

    if (rc == WPPKG_OK) {
        rc = doc->exists ? wppkg_body_put(cat, doc->id, content)
                         : wppkg_body_delete(cat, doc->id);
    }

    return (rc == WPPKG_OK) ? wppkg_publish_changed(cat, doc->id, now) : rc;
}


/*
 * Two bodies of one file never share a date (contract C 21, C 37).  With a
 * bucket it is ours, which tells how long the upload has to wait
 * (wppkg_publish_wait()).
 */

static int64_t
wppkg_document_date(wppkg_catalogue_t *cat, const wppkg_document_t *old,
    int64_t date, wppkg_tick_t now)
{
    int64_t  seconds;

    seconds = now / WPPKG_TICKS;

    if (date != 0 && date <= seconds + WPPKG_DOCUMENT_AHEAD
        && !wppkg_catalogue_on_deploy(cat))
    {
        seconds = date;
    }

    return (old->id != 0 && seconds <= old->changed_at) ? old->changed_at + 1
                                                        : seconds;
}


int
wppkg_document_mark(wppkg_catalogue_t *cat, const char *path, int claims,
    wppkg_tick_t now)
{
    int  rc;

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_document_remark(cat, path, claims, now);
    }

    return wppkg_catalogue_leave(cat, rc);
}


/* as if it had other bytes: see wppkg_document_update() for what is live */

static int
wppkg_document_remark(wppkg_catalogue_t *cat, const char *path, int claims,
    wppkg_tick_t now)
{
    int               rc;
    wppkg_document_t  doc;

    rc = wppkg_document_find(cat, path, &doc);

    if (rc != WPPKG_OK || !doc.exists || doc.claims == (claims != 0)) {
        return rc;
    }

    rc = wppkg_catalogue_write(cat,
        "UPDATE documents SET claims = ?2, content_changed_at = ?3,"
        "    deployed_hash = iif(deployed_hash = content_hash, x'',"
        "        deployed_hash)"
        " WHERE id = ?1", "%jd%d%jd", doc.id, claims != 0,
        wppkg_document_date(cat, &doc, 0, now));

    if (rc == WPPKG_OK) {
        rc = wppkg_stale(cat, WPPKG_STALE_NAMES);
    }

    return (rc == WPPKG_OK) ? wppkg_publish_changed(cat, doc.id, now) : rc;
}


static int
wppkg_document_redate(wppkg_catalogue_t *cat, int64_t id, int64_t date)
{
    return wppkg_catalogue_write(cat,
        "UPDATE documents SET origin_at = NULLIF(?2, 0) WHERE id = ?1",
        "%jd%jd", id, date);
}


int
wppkg_document_original(wppkg_catalogue_t *cat, const char *path,
    int64_t *date)
{
    int               rc;
    wppkg_document_t  doc;

    rc = wppkg_document_find(cat, path, &doc);

    if (rc == WPPKG_OK) {
        *date = doc.exists ? doc.origin_at : 0;
    }

    return rc;
}


/* a document without a row has id 0, does not exist, and has a zeroed hash */

static int
wppkg_document_find(wppkg_catalogue_t *cat, const char *path,
    wppkg_document_t *doc)
{
    int            rc;
    sqlite3_stmt  *stmt;

    memset(doc, 0, sizeof(wppkg_document_t));

    stmt = wppkg_catalogue_ask(cat,
        "SELECT id, content_changed_at, content_hash, claims, origin_at,"
        "    package_id"
        " FROM documents WHERE path = ?1", "%s", path);

    rc = wppkg_catalogue_row(cat, stmt);

    if (rc == WPPKG_DECLINED) {
        return WPPKG_OK;
    }

    if (rc != WPPKG_OK) {
        return rc;
    }

    doc->id = sqlite3_column_int64(stmt, 0);
    doc->changed_at = sqlite3_column_int64(stmt, 1);
    doc->claims = (sqlite3_column_int(stmt, 3) != 0);
    doc->origin_at = sqlite3_column_int64(stmt, 4);
    doc->package_id = sqlite3_column_int64(stmt, 5);

    rc = wppkg_hash_read(stmt, 2, doc->hash);
    doc->exists = (rc == WPPKG_OK);

    rc = (rc == WPPKG_ERROR || doc->changed_at < 0
          || doc->changed_at > WPPKG_TIME_MAX)
         ? wppkg_document_damaged(cat, doc->id) : WPPKG_OK;

    wppkg_catalogue_done(stmt);

    return rc;
}


static int
wppkg_document_add(wppkg_catalogue_t *cat, const wppkg_content_t *content,
    wppkg_document_t *doc, wppkg_tick_t now)
{
    int  rc, published;

    rc = wppkg_publish_new(cat, now, &published);

    if (rc == WPPKG_OK) {
        rc = wppkg_document_insert(cat, content, published, doc);
    }

    return (rc == WPPKG_OK) ? wppkg_body_put(cat, doc->id, content) : rc;
}


/*
 * The row comes with its announcement and its generation: to write it once
 * more for either would cost as much as to add it.
 */

static int
wppkg_document_insert(wppkg_catalogue_t *cat, const wppkg_content_t *content,
    int published, wppkg_document_t *doc)
{
    int  rc;

    WPPKG_ASSERT(doc->exists);

    rc = wppkg_catalogue_write(cat,
        "INSERT INTO documents (package_id, path, content_hash,"
        "    content_size, content_changed_at, claims, origin_at,"
        "    published_at, published_changed_at, generation)"
        " VALUES (NULLIF(?1, 0), ?2, ?3, ?4, ?5, ?6, NULLIF(?7, 0),"
        "    iif(?8 AND ?2 <> '" WPPKG_FILTERS_PATH "',"
        "        (SELECT value FROM meta WHERE name = 'feed_watermark'),"
        "        NULL),"
        "    iif(?8, ?5, NULL),"
        "    1 + coalesce((SELECT max(generation) FROM documents"
        "        WHERE generation > 0), 0))",
        "%jd%s%p%jd%jd%d%jd%d", content->package_id, content->path, doc->hash,
        (int64_t) content->len, doc->changed_at, (int) doc->claims,
        doc->origin_at, published);

    if (rc == WPPKG_OK) {
        doc->id = sqlite3_last_insert_rowid(wppkg_catalogue_db(cat));
    }

    return rc;
}


/*
 * The document changes back to the hash that is live.  The live file has the
 * date of its upload, and the feed would now tell a later one, at which a
 * mirror gets stuck (contract C 36).  So what is live counts as unknown, and
 * the document is uploaded once more.
 */

static int
wppkg_document_update(wppkg_catalogue_t *cat, size_t len,
    const wppkg_document_t *doc)
{
    WPPKG_ASSERT(doc->id > 0);

    return wppkg_catalogue_write(cat,
        "UPDATE documents SET content_hash = ?2,"
        "    content_size = iif(?2 IS NULL, NULL, ?3),"
        "    content_changed_at = ?4, claims = ?5,"
        "    origin_at = NULLIF(?6, 0), deployed_hash ="
        "        CASE WHEN deployed_hash = ?2 THEN x'' ELSE deployed_hash END"
        " WHERE id = ?1",
        "%jd%p%jd%jd%d%jd", doc->id, doc->exists ? doc->hash : NULL,
        (int64_t) len, doc->changed_at, (int) doc->claims, doc->origin_at);
}


static int
wppkg_document_own(wppkg_catalogue_t *cat, int64_t id, int64_t package_id)
{
    return wppkg_catalogue_write(cat,
        "UPDATE documents SET package_id = NULLIF(?2, 0) WHERE id = ?1",
        "%jd%jd", id, package_id);
}


int
wppkg_documents_disown(wppkg_catalogue_t *cat, int64_t package_id)
{
    return wppkg_catalogue_write(cat,
        "UPDATE documents INDEXED BY documents_package SET package_id = NULL"
        " WHERE package_id = ?1 AND package_id IS NOT NULL", "%jd",
        package_id);
}


static int
wppkg_body_put(wppkg_catalogue_t *cat, int64_t id,
    const wppkg_content_t *content)
{
    int          rc;
    wppkg_buf_t  gz;

    if (content->gz != NULL && content->gz_len <= WPPKG_GZ_MAX) {
        return wppkg_body_write(cat, id, content->gz, content->gz_len);
    }

    wppkg_buf_init(&gz, WPPKG_GZ_MAX);

    if (wppkg_gzip(content->body, content->len, &gz) == WPPKG_OK) {
        rc = wppkg_body_write(cat, id, gz.data, gz.len);

    } else {
        rc = wppkg_catalogue_refuse(cat, "document %" PRId64 ": out of memory "
                                    "while compressing %zu bytes", id,
                                    content->len);
    }

    wppkg_buf_free(&gz);

    return rc;
}


static int
wppkg_body_write(wppkg_catalogue_t *cat, int64_t id, const void *gz,
    size_t len)
{
    return wppkg_catalogue_write(cat,
        "INSERT INTO bodies (document_id, body) VALUES (?1, ?2)"
        " ON CONFLICT (document_id) DO UPDATE SET body = excluded.body",
        "%jd%p%zu", id, gz, len);
}


static int
wppkg_body_delete(wppkg_catalogue_t *cat, int64_t id)
{
    return wppkg_catalogue_write(cat,
        "DELETE FROM bodies WHERE document_id = ?1", "%jd", id);
}


int
wppkg_documents_dirty(wppkg_catalogue_t *cat, wppkg_turn_e turn,
    int64_t after, wppkg_dirty_t *dirty)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT id, path, content_hash, deployed_hash IS NULL,"
        "    deployed_hash IS x''"
        " FROM documents INDEXED BY documents_dirty"
        " WHERE content_hash IS NOT deployed_hash AND id > ?1"
        "    AND CASE WHEN path = '" WPPKG_ROOT_PATH "' THEN 2"
        "        WHEN path = '" WPPKG_CLAIMED_PATH "' THEN 4"
        "        WHEN path NOT LIKE 'p2/%/%' THEN 1"
        "        ELSE iif(claims = 1, 3, 0) END = ?2"
        " ORDER BY id LIMIT 1", "%jd%d", after, (int) turn);

    rc = wppkg_catalogue_row(cat, stmt);

    if (rc == WPPKG_OK) {
        rc = wppkg_dirty_read(cat, stmt, dirty);
        wppkg_catalogue_done(stmt);
    }

    return rc;
}


static int
wppkg_dirty_read(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_dirty_t *dirty)
{
    int                   rc, len;
    const unsigned char  *path;

    memset(dirty, 0, sizeof(wppkg_dirty_t));

    dirty->id = sqlite3_column_int64(stmt, 0);
    dirty->absent = (sqlite3_column_int(stmt, 3) != 0);
    dirty->unknown = (sqlite3_column_int(stmt, 4) != 0);

    path = sqlite3_column_text(stmt, 1);
    len = sqlite3_column_bytes(stmt, 1);

    /* a hash that can't be read must not look like a file to delete */

    rc = wppkg_hash_read(stmt, 2, dirty->hash);
    dirty->exists = (rc == WPPKG_OK);

    if (rc == WPPKG_ERROR || path == NULL || len >= WPPKG_PATH_MAX) {
        return wppkg_document_damaged(cat, dirty->id);
    }

    memcpy(dirty->path, path, (size_t) len);

    return WPPKG_OK;
}


int
wppkg_documents_dirty_count(wppkg_catalogue_t *cat, uint64_t *count)
{
    return wppkg_catalogue_count(cat, count,
        "SELECT count(*) FROM documents INDEXED BY documents_dirty"
        " WHERE content_hash IS NOT deployed_hash", "");
}


int
wppkg_document_body(wppkg_catalogue_t *cat, int64_t id,
    unsigned char hash[WPPKG_HASH_LEN], size_t *size, wppkg_buf_t *gz)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT content_hash, content_size, body"
        " FROM documents LEFT JOIN bodies ON document_id = id"
        " WHERE id = ?1 AND content_hash IS NOT NULL", "%jd", id);

    rc = wppkg_catalogue_row(cat, stmt);

    if (rc == WPPKG_OK) {
        rc = wppkg_body_read(cat, stmt, id, hash, size, gz);
        wppkg_catalogue_done(stmt);
    }

    return rc;
}


static int
wppkg_body_read(wppkg_catalogue_t *cat, sqlite3_stmt *stmt, int64_t id,
    unsigned char hash[WPPKG_HASH_LEN], size_t *size, wppkg_buf_t *gz)
{
    int64_t      unpacked;
    const void  *body;

    unpacked = sqlite3_column_int64(stmt, 1);
    body = sqlite3_column_blob(stmt, 2);

    if (body == NULL || unpacked < 0 || unpacked > WPPKG_BODY_MAX
        || wppkg_hash_read(stmt, 0, hash) != WPPKG_OK)
    {
        return wppkg_document_damaged(cat, id);
    }

    wppkg_buf_append(gz, body, (size_t) sqlite3_column_bytes(stmt, 2));

    if (!wppkg_buf_ok(gz)) {
        return wppkg_catalogue_refuse(cat, "document %" PRId64 ": no room for "
                                      "its body", id);
    }

    *size = (size_t) unpacked;

    return WPPKG_OK;
}


int
wppkg_document_intend(wppkg_catalogue_t *cat, int64_t id)
{
    return wppkg_catalogue_write(cat,
        "UPDATE documents SET deployed_hash = x'' WHERE id = ?1", "%jd", id);
}


int
wppkg_document_confirm(wppkg_catalogue_t *cat, int64_t id,
    const unsigned char *hash, wppkg_tick_t now, int *confirmed)
{
    int  rc;

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_document_settle(cat, id, hash, now, confirmed);
    }

    return wppkg_catalogue_leave(cat, rc);
}


static int
wppkg_document_settle(wppkg_catalogue_t *cat, int64_t id,
    const unsigned char *hash, wppkg_tick_t now, int *confirmed)
{
    int      rc;
    int64_t  clean;

    WPPKG_ASSERT(!sqlite3_get_autocommit(wppkg_catalogue_db(cat)));

    rc = wppkg_catalogue_one(cat, &clean,
        "UPDATE documents SET deployed_hash = ?2"
        " WHERE id = ?1 AND deployed_hash = x''"
        " RETURNING content_hash IS deployed_hash", "%jd%p", id, hash);

    if (rc == WPPKG_DECLINED) {
        *confirmed = 0;
        return WPPKG_OK;
    }

    if (rc == WPPKG_OK && clean) {
        rc = wppkg_publish_live(cat, id, now);
    }

    if (rc == WPPKG_OK) {
        *confirmed = 1;
    }

    return rc;
}


int
wppkg_documents_target(wppkg_catalogue_t *cat, const char *target,
    int *changed)
{
    int  rc;

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_documents_forget(cat, target, changed);
    }

    return wppkg_catalogue_leave(cat, rc);
}


int
wppkg_documents_target_is(wppkg_catalogue_t *cat, const char *target,
    int *same)
{
    int          rc;
    wppkg_buf_t  old;

    wppkg_buf_init(&old, WPPKG_TARGET_MAX);

    rc = wppkg_meta_get_text(cat, "deploy_target", &old);

    if (rc == WPPKG_OK || rc == WPPKG_DECLINED) {
        *same = (rc == WPPKG_OK && strcmp(old.data, target) == 0);
        rc = WPPKG_OK;
    }

    wppkg_buf_free(&old);

    return rc;
}


static int
wppkg_documents_forget(wppkg_catalogue_t *cat, const char *target,
    int *changed)
{
    int  rc, same, returned;

    WPPKG_ASSERT(!sqlite3_get_autocommit(wppkg_catalogue_db(cat)));

    *changed = 0;

    rc = wppkg_documents_target_is(cat, target, &same);

    if (rc != WPPKG_OK || same) {
        return rc;
    }

    rc = wppkg_publish_returned(cat, target, &returned);

    if (rc != WPPKG_OK || returned) {
        return (rc == WPPKG_OK)
               ? wppkg_meta_set_text(cat, "deploy_target", target) : rc;
    }

    /* once in the life of a bucket: no need to keep it prepared */

    rc = sqlite3_exec(wppkg_catalogue_db(cat),
                      "UPDATE documents SET deployed_hash = x''"
                      " WHERE deployed_hash IS NOT x''", NULL, NULL, NULL);

    if (rc != SQLITE_OK) {
        return wppkg_catalogue_fail(cat, "cannot be written");
    }

    rc = wppkg_publish_withdraw(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_unset(cat, WPPKG_META_LANES);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_unset(cat, WPPKG_META_LANES_OWED);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_set_text(cat, "deploy_target", target);
    }

    if (rc == WPPKG_OK) {
        *changed = 1;
    }

    return rc;
}


int
wppkg_documents_after(wppkg_catalogue_t *cat, const char *after,
    wppkg_object_t *object)
{
    return wppkg_object_find(cat, wppkg_catalogue_ask(cat,
        "SELECT id, path, content_size, length(body),"
        "    content_hash IS NOT deployed_hash"
        " FROM documents LEFT JOIN bodies ON document_id = id"
        " WHERE path > ?1 ORDER BY path LIMIT 1", "%s", after), object);
}


int
wppkg_documents_at(wppkg_catalogue_t *cat, const char *path,
    wppkg_object_t *object)
{
    return wppkg_object_find(cat, wppkg_catalogue_ask(cat,
        "SELECT id, path, content_size, length(body),"
        "    content_hash IS NOT deployed_hash"
        " FROM documents LEFT JOIN bodies ON document_id = id"
        " WHERE path = ?1", "%s", path), object);
}


static int
wppkg_object_find(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_object_t *object)
{
    int  rc;

    rc = wppkg_catalogue_row(cat, stmt);

    if (rc == WPPKG_OK) {
        rc = wppkg_object_read(cat, stmt, object);
        wppkg_catalogue_done(stmt);
    }

    return rc;
}


static int
wppkg_object_read(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_object_t *object)
{
    int                   len;
    const unsigned char  *path;

    memset(object, 0, sizeof(wppkg_object_t));

    object->id = sqlite3_column_int64(stmt, 0);
    object->exists = (sqlite3_column_type(stmt, 2) != SQLITE_NULL);
    object->size = (size_t) sqlite3_column_int64(stmt, 2);
    object->gz_size = (size_t) sqlite3_column_int64(stmt, 3);
    object->dirty = (sqlite3_column_int(stmt, 4) != 0);

    path = sqlite3_column_text(stmt, 1);
    len = sqlite3_column_bytes(stmt, 1);

    if (path == NULL || len >= WPPKG_PATH_MAX) {
        return wppkg_document_damaged(cat, object->id);
    }

    memcpy(object->path, path, (size_t) len);

    return WPPKG_OK;
}


/* WPPKG_DECLINED: the column is NULL; WPPKG_ERROR: no hash, or no memory */

static int
wppkg_hash_read(sqlite3_stmt *stmt, int i, unsigned char hash[WPPKG_HASH_LEN])
{
    const void  *blob;

    if (sqlite3_column_type(stmt, i) == SQLITE_NULL) {
        return WPPKG_DECLINED;
    }

    blob = sqlite3_column_blob(stmt, i);

    if (blob == NULL || sqlite3_column_bytes(stmt, i) != WPPKG_HASH_LEN) {
        return WPPKG_ERROR;
    }

    memcpy(hash, blob, WPPKG_HASH_LEN);

    return WPPKG_OK;
}


static int
wppkg_document_damaged(wppkg_catalogue_t *cat, int64_t id)
{
    return wppkg_catalogue_refuse(cat, "catalogue: document %" PRId64 " is "
                                  "damaged: restore the catalogue from a "
                                  "backup", id);
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the unit tests of the changes feed share: documents that change, the
 * answers of a bucket, and what the feed tells of it.
 */


#ifndef _FEED_H_INCLUDED_
#define _FEED_H_INCLUDED_


#include "scratch.h"
#include "answer.h"

#include <openssl/evp.h>

#include "wppkg_documents.h"
#include "wppkg_feed.h"
#include "wppkg_publish.h"


#define FEED_MAIN   "p2/wp-plugin/akismet.json"
#define FEED_DEV    "p2/wp-plugin/akismet~dev.json"
#define FEED_THEME  "p2/wp-theme/twentyten.json"

#define FEED_START  SCRATCH_NOW     /* the floor, and the first watermark */


static inline wppkg_catalogue_t *
feed_open(int on_deploy)
{
    wppkg_catalogue_t  *cat;

    cat = scratch_open(WPPKG_CATALOGUE_MIGRATE);

    assert_int_equal(wppkg_meta_set_int(cat, "feed_floor", FEED_START),
                     WPPKG_OK);
    assert_int_equal(wppkg_meta_set_int(cat, "feed_watermark", FEED_START),
                     WPPKG_OK);
    wppkg_catalogue_publish_on_deploy(cat, on_deploy);

    return cat;
}


static inline void
feed_set(wppkg_catalogue_t *cat, const char *path, const char *body,
    wppkg_tick_t now)
{
    unsigned  n;

    if (wppkg_document_set(cat, 0, path, body, body ? strlen(body) : 0, now,
                           &n) != WPPKG_OK)
    {
        fail_msg("%s", wppkg_catalogue_error(cat));
    }

    assert_int_equal(n, 1);
}


static inline int64_t
feed_id(wppkg_catalogue_t *cat, const char *path)
{
    char  sql[256];

    (void) snprintf(sql, sizeof(sql), "SELECT id FROM documents"
                    " WHERE path = '%s'", path);

    return scratch_int(cat, sql);
}


static inline void
feed_intend(wppkg_catalogue_t *cat, const char *path)
{
    assert_int_equal(wppkg_document_intend(cat, feed_id(cat, path)),
                     WPPKG_OK);
}


static inline void
feed_confirm(wppkg_catalogue_t *cat, const char *path, const char *body,
    wppkg_tick_t now)
{
    int            confirmed;
    unsigned char  hash[WPPKG_HASH_LEN];

    if (body != NULL) {
        assert_int_equal(EVP_Digest(body, strlen(body), hash, NULL,
                                    EVP_sha256(), NULL), 1);
    }

    confirmed = 0;

    assert_int_equal(wppkg_document_confirm(cat, feed_id(cat, path),
                                            body ? hash : NULL, now,
                                            &confirmed), WPPKG_OK);
    assert_int_equal(confirmed, 1);
}


/* what sync does for one document */

static inline void
feed_live(wppkg_catalogue_t *cat, const char *path, const char *body,
    wppkg_tick_t now)
{
    feed_intend(cat, path);
    feed_confirm(cat, path, body, now);
}


/* the answer as text; 0: refused, 1: not, -1: an error */

static inline int
feed_read(const char *args, char *answer, size_t size, wppkg_error_t *err)
{
    int              rc;
    wppkg_answer_t   reply;
    wppkg_reader_t  *rd;

    if (wppkg_reader_open(scratch_path, &rd, err) != WPPKG_OK) {
        fail_msg("%s", err->text);
    }

    assert_int_equal(wppkg_reader_begin(rd, err), WPPKG_OK);
    rc = answer_ask(rd, "metadata/changes.json", args, &reply, err);

    if (rc == WPPKG_OK) {
        (void) snprintf(answer, size, "%s", reply.text.data);
        wppkg_buf_free(&reply.text);
    }

    wppkg_reader_close(rd);

    return (rc == WPPKG_OK) ? reply.status == 200 : -1;
}


/* actions without quotes, and what of them is the same everywhere */

static inline void
feed_expect(int64_t since, const char *actions, int64_t mark)
{
    char           args[64], answer[2048], text[2048], *to;
    const char    *p;
    wppkg_error_t  err;

    (void) snprintf(args, sizeof(args), "since=%lld", (long long) since);

    if (feed_read(args, answer, sizeof(answer), &err) != 1) {
        fail_msg("%s: %s", args, err.text);
    }

    to = text;

    for (p = answer; *p != '\0'; p++) {
        if (*p != '"') {
            *to++ = *p;
        }
    }

    *to = '\0';

    (void) snprintf(answer, sizeof(answer), "{actions:[%s],timestamp:%lld}",
                    actions, (long long) mark);
    assert_string_equal(text, answer);
}


#define feed_update(name, time)                                               \
    "{type:update,package:" name ",time:" time "}"
#define feed_deleted(name, time)                                              \
    "{type:delete,package:" name ",time:" time "}"


#endif /* _FEED_H_INCLUDED_ */

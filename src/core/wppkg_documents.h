
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The catalogue's tables "documents" and "bodies": the exact bytes of every
 * file, what is live in the bucket, and the stamps of the changes feed.
 *
 * A document is dirty while content_hash IS NOT deployed_hash.  deployed_hash
 * is NULL (nothing is live), an empty blob (unknown: a request is or was in
 * flight) or the hash confirmed.
 */


#ifndef _WPPKG_DOCUMENTS_H_INCLUDED_
#define _WPPKG_DOCUMENTS_H_INCLUDED_


#include "wppkg_catalogue.h"
#include "wppkg_format.h"
#include "wppkg_name.h"


/*
 * Sets what a document should be: body of len bytes, or, with body NULL, that
 * it must not exist.  The only way a document changes (rule R 25): hash, date,
 * size, gzipped body and, where there is no bucket, the publication stamp, all
 * in the caller's transaction.  Equal bytes change nothing (rule R 24).
 * package_id 0: belongs to no package.  *changed is set to 1 or 0.
 *
 * If the bytes change back to those that are live, they are still uploaded
 * again: the document's date is newer now, and the live file has the old one
 * (contract C 36).
 */
int wppkg_document_set(wppkg_catalogue_t *cat, int64_t package_id,
    const char *path, const void *body, size_t len, wppkg_tick_t now,
    unsigned *changed);

/*
 * The same of a document that claims a package's name and has no versions
 * (contract C 40).  That it begins or ceases to is a change even if the bytes
 * stay the same, as those of an empty ~dev do: a mirror that has begun while
 * the list did not name the package has neither of its files.
 */
int wppkg_document_claim(wppkg_catalogue_t *cat, int64_t package_id,
    const char *path, const void *body, size_t len, wppkg_tick_t now,
    unsigned *changed);


/*
 * The same of what is a copy of another repository's file, or of whatever it
 * is.  The date is the original's, if it is later than any that this file ever
 * had, and not a day ahead: so chains of mirrors tell one date.  Equal bytes
 * with another date change nothing but by what date the original is asked for.
 * With a bucket, which dates files itself, the date is that of the change.
 * Whoever has unpacked the body from a gzip that is as good as ours gives it
 * along, which saves to make one.
 */

typedef struct {
    int64_t         package_id;       /* 0: none */
    const char     *path;
    const void     *body;             /* NULL: it must not exist */
    size_t          len;
    int64_t         date;             /* of the original; 0: it is no copy */
    unsigned        claims:1;
    const void     *gz;               /* of the body; NULL: there is none */
    size_t          gz_len;
} wppkg_content_t;

int wppkg_document_put(wppkg_catalogue_t *cat,
    const wppkg_content_t *content, wppkg_tick_t now, unsigned *changed);

/*
 * The date of the original, as it was put.  0: the document is no copy, or
 * does not exist.
 */
int wppkg_document_original(wppkg_catalogue_t *cat, const char *path,
    int64_t *date);

/*
 * Whether a document, if it exists, is a claim from now on, with the bytes
 * that it has.
 */
int wppkg_document_mark(wppkg_catalogue_t *cat, const char *path, int claims,
    wppkg_tick_t now);


/* both documents of a package: the main one, and "~dev" */

typedef struct {
    wppkg_buf_t     tagged;
    wppkg_buf_t     dev;
    unsigned        claims:1;         /* both do */
} wppkg_pair_t;

/*
 * Sets both, of one of the package's vendors; pair NULL: they must not exist.
 * *changed counts those that have other bytes now.
 */
int wppkg_documents_set(wppkg_catalogue_t *cat, int64_t package_id,
    const char *vendor, const char *slug, const wppkg_pair_t *pair,
    wppkg_tick_t now, unsigned *changed);

/* none of a package may exist, under whichever name; *changed as above */
int wppkg_documents_unset(wppkg_catalogue_t *cat, int64_t package_id,
    wppkg_type_e type, const char *slug, wppkg_tick_t now,
    unsigned *changed);

/* they are no package's any more; none of them may exist */
int wppkg_documents_disown(wppkg_catalogue_t *cat, int64_t package_id);


/* one dirty document, as "sync" sees it */

typedef struct {
    int64_t         id;
    unsigned char   hash[WPPKG_HASH_LEN];     /* if exists */
    unsigned        exists:1;                 /* 0: must not exist */
    unsigned        unknown:1;                /* what is live is not known */
    unsigned        absent:1;                 /* nothing is live */
    char            path[WPPKG_PATH_MAX];
} wppkg_dirty_t;

/*
 * The order of uploads (rule R 32): overviews (wppkg_overviews.h) and the root
 * come after whatever they name.  Nothing waits for the claims, of which there
 * may be many.
 */

typedef enum {
    WPPKG_TURN_PACKAGES = 0,          /* all but these: */
    WPPKG_TURN_OVERVIEWS,             /* what is of no package */
    WPPKG_TURN_ROOT,
    WPPKG_TURN_CLAIMS,
    WPPKG_TURN_CLAIMED                /* the list of them */
} wppkg_turn_e;

/*
 * The first dirty document of a turn with an id greater than after.
 * WPPKG_DECLINED: none.  WPPKG_ERROR that is not SQLite's own
 * (wppkg_catalogue_failed()): this one is damaged, dirty->id is set.
 */
int wppkg_documents_dirty(wppkg_catalogue_t *cat, wppkg_turn_e turn,
    int64_t after, wppkg_dirty_t *dirty);

/* how many are dirty, the root included; its cost is theirs */
int wppkg_documents_dirty_count(wppkg_catalogue_t *cat, uint64_t *count);

/*
 * The bytes of a document, gzipped as stored, with their hash and unpacked
 * size.  WPPKG_DECLINED: it does not exist now.
 */
int wppkg_document_body(wppkg_catalogue_t *cat, int64_t id,
    unsigned char hash[WPPKG_HASH_LEN], size_t *size, wppkg_buf_t *gz);

/* before a PUT or DELETE: what is live is unknown from here (rule R 28) */
int wppkg_document_intend(wppkg_catalogue_t *cat, int64_t id);

/*
 * After it: hash is live (NULL: nothing is), if it is still unknown.
 * Announces the change in the same transaction when the document is clean
 * with that.  *confirmed: 0 when another request has come between.
 */
int wppkg_document_confirm(wppkg_catalogue_t *cat, int64_t id,
    const unsigned char *hash, wppkg_tick_t now, int *confirmed);

/*
 * "Deployed" holds for one bucket (rule R 33): if target differs from the one
 * remembered, everything becomes unknown and target is remembered.  What has
 * ceased to exist too: an earlier time with that bucket may have left it.
 */
int wppkg_documents_target(wppkg_catalogue_t *cat, const char *target,
    int *changed);

/* whether target is the one that is remembered; changes nothing */
int wppkg_documents_target_is(wppkg_catalogue_t *cat, const char *target,
    int *same);


/* a document beside its object in the bucket */

typedef struct {
    int64_t         id;
    size_t          size;                     /* if exists */
    size_t          gz_size;                  /* likewise */
    unsigned        exists:1;                 /* 0: must not exist */
    unsigned        dirty:1;
    char            path[WPPKG_PATH_MAX];
} wppkg_object_t;

/*
 * The first document whose path is greater than after, byte by byte, as the
 * keys of a bucket are ordered.  WPPKG_DECLINED: none.
 */
int wppkg_documents_after(wppkg_catalogue_t *cat, const char *after,
    wppkg_object_t *object);

/* the one with that path.  WPPKG_DECLINED: none */
int wppkg_documents_at(wppkg_catalogue_t *cat, const char *path,
    wppkg_object_t *object);


#endif /* _WPPKG_DOCUMENTS_H_INCLUDED_ */

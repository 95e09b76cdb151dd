
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What is known of one package, for "status PACKAGE" and for nginx, which
 * tells the public (wppkg_about.h).  Times are unix seconds, 0 where there is
 * none; strings are NULL then.
 */


#ifndef _WPPKG_INSPECT_PACKAGE_H_INCLUDED_
#define _WPPKG_INSPECT_PACKAGE_H_INCLUDED_


#include "wppkg_filters.h"
#include "wppkg_name.h"
#include "wppkg_package.h"
#include "wppkg_rows.h"


#define WPPKG_INSPECT_ROWS  20    /* of the history, and of tags */

/* what clients get of a name that a whole catalogue does not have */
#define WPPKG_INSPECT_UNKNOWN                                                 \
    "a claim of its name from nginx (wppkg_unknown), 404 from a bucket"


typedef enum {
    WPPKG_LIVE_NONE = 0,          /* nothing is in the bucket */
    WPPKG_LIVE_UNKNOWN,           /* a request is or was in flight */
    WPPKG_LIVE_OTHER,             /* other bytes than these */
    WPPKG_LIVE_SAME
} wppkg_live_e;


typedef struct {
    unsigned         exists:1;    /* 0: it does not, or must not */
    unsigned         claims:1;    /* it claims a name without versions */
    wppkg_live_e     live;
    unsigned char    hash[WPPKG_HASH_LEN];
    int64_t          size;
    int64_t          changed_at;
    int64_t          published_at;
    int64_t          origin_at;   /* of a mirror: the date of the original */
    char             path[WPPKG_PATH_MAX];
} wppkg_inspect_document_t;


/* a line of the history */

typedef struct {
    char            *type;
    char            *slug;
    char            *from;
    char            *to;
    char            *reason;
    int64_t          at;
} wppkg_inspect_change_t;


/* a tag that was committed to after it had been made (rule R 9) */

typedef struct {
    char            *tag;
    int64_t          first_rev;
    int64_t          first_at;
    int64_t          last_rev;
    int64_t          last_at;
} wppkg_inspect_tag_t;


typedef struct {
    wppkg_package_t            pkg;           /* as it is rendered */
    unsigned                   active:1;      /* it is rendered */
    unsigned                   damaged:1;     /* its versions are none */
    char                      *state;
    char                      *reason;
    char                      *error;
    int64_t                    id;
    int64_t                    state_changed_at;
    int64_t                    closed_at;     /* as WordPress.org says */
    int64_t                    created_at;
    int64_t                    fetched_at;
    int64_t                    versions_changed_at;
    int64_t                    next_check_at;
    int64_t                    changed_rev;
    int64_t                    changed_at;
    int64_t                    trunk_rev;
    int64_t                    trunk_at;
    int64_t                    synced_rev;
    int64_t                    failures;
    unsigned                   due:1;         /* to be fetched now */
    unsigned                   outdated:1;    /* to be rendered anew */

    /* what operators say of it; the list of what is closed comes first */
    char                      *replaced_by;
    wppkg_filters_t            filters;

    /* a JSON array, as documents have it; NULL: there is no source */
    char                      *advisories;

    /* commits that wait for the API to know them (rule R 15) */
    int64_t                    commits;
    int64_t                    window_at;     /* 0: none is waited for */
    int64_t                    fetches;       /* since the last of them */

    /* not offered, or less, when it was asked for last (rule R 14) */
    char                      *seen_state;    /* NULL: nothing was seen */
    char                      *seen_reason;
    int64_t                    seen_at;
    unsigned                   seen_doubted:1;    /* one of too many */

    /* the latest first */
    wppkg_inspect_change_t     changes[WPPKG_INSPECT_ROWS];
    size_t                     nchanges;
    wppkg_inspect_tag_t        tags[WPPKG_INSPECT_ROWS];
    size_t                     ntags;
    uint64_t                   retagged;      /* those not listed too */

    /* the main one, ~dev, and both under its name at wpackagist.org */
    wppkg_inspect_document_t   documents[4];
    size_t                     ndocuments;    /* 2, if there are none there */
} wppkg_inspect_package_t;


/* what is to be told of it */

typedef struct {
    unsigned         local:1;     /* times are in the local zone, not in UTC */
    unsigned         whole:1;     /* the catalogue is: wppkg_authority.h */
    unsigned         operator:1;  /* also what is nobody else's business: */
    unsigned         bucket:1;    /* there is one */
} wppkg_inspect_form_t;


/*
 * One package, in the caller's snapshot.  WPPKG_DECLINED: the catalogue does
 * not know it.  With WPPKG_OK the caller frees what p points to.
 */
int wppkg_inspect_package(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, size_t len, wppkg_tick_t now,
    wppkg_inspect_package_t *p);
void wppkg_inspect_package_free(wppkg_inspect_package_t *p);

/*
 * Writes it as a JSON object.  Only an operator is told errors, which name
 * hosts and files, and what a bucket has.
 */
void wppkg_inspect_json(const wppkg_inspect_package_t *p,
    const wppkg_inspect_form_t *form, wppkg_buf_t *b);

/* whether versions are; those of a closed one, too, if they are "abandoned" */
int wppkg_inspect_offered(const wppkg_inspect_package_t *p);


/* for wppkg_inspect.c and others that are named after it */

typedef int (*wppkg_inspect_read_pt)(wppkg_catalogue_t *cat,
    sqlite3_stmt *stmt, void *row);

/*
 * Up to max rows of a query, whose parameters are an id (?1), if it has it,
 * and max (?2), into an array of zeros.  *n counts a row before it is read,
 * so that what a failure leaves of it is freed.
 */
int wppkg_inspect_rows(wppkg_catalogue_t *cat, const char *sql,
    int64_t id, wppkg_inspect_read_pt read, void *rows, size_t size,
    size_t max, size_t *n);

/* readers of a row: a wppkg_inspect_change_t, a uint64_t */
int wppkg_inspect_change(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    void *row);
int wppkg_inspect_number(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    void *row);
void wppkg_inspect_changes_free(wppkg_inspect_change_t *changes, size_t n);

int wppkg_inspect_history(wppkg_catalogue_t *cat,
    wppkg_inspect_package_t *p, int64_t now);
void wppkg_inspect_history_free(wppkg_inspect_package_t *p);

/* the document of that path; nothing is set if there is none */
int wppkg_inspect_document(wppkg_catalogue_t *cat,
    wppkg_inspect_document_t *doc);

/* whether it exists, here or in a bucket */
int wppkg_inspect_there(const wppkg_inspect_document_t *doc);

/*
 * The bytes of the document of that path, which the caller frees; none if it
 * does not exist, or is damaged.
 */
int wppkg_inspect_body(wppkg_catalogue_t *cat, const char *path,
    wppkg_buf_t *body);

/* copies a column, NULL for NULL */
int wppkg_inspect_text(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    int column, char **text);

int wppkg_inspect_memory(wppkg_catalogue_t *cat);


#endif /* _WPPKG_INSPECT_PACKAGE_H_INCLUDED_ */

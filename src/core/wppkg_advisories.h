
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The catalogue's tables of security advisories.  A source tells all that it
 * knows at once, and a pass brings the rows to that: what is new, what is
 * different, what has gone.  A package about which anything has changed is
 * outdated (wppkg_outdated.h).
 *
 * The same advisory of two sources is two.
 */


#ifndef _WPPKG_ADVISORIES_H_INCLUDED_
#define _WPPKG_ADVISORIES_H_INCLUDED_


#include "wppkg_advisory.h"
#include "wppkg_rows.h"


/*
 * Raised when the same bytes of a source make other rows, or other entries of
 * documents: it is then read again although it has not changed.
 */
#define WPPKG_ADVISORIES_FORM    1

/* what a source is believed to withdraw at once: 5 %, or as many as these */
#define WPPKG_ADVISORIES_GONE    3


typedef struct {
    unsigned char         hash[WPPKG_HASH_LEN];   /* of what was read last */
    unsigned              read:1;     /* it was, in this form */
    unsigned              moved:1;    /* it was asked at another URL */
    char                  etag[128];  /* what the server said with it, or "" */
    char                  modified[128];
    int64_t               asked_at;   /* unix seconds; 0: never */
    int64_t               read_at;    /* when the rows were last true */
} wppkg_advisories_source_t;


typedef struct {
    wppkg_catalogue_t    *cat;
    const char           *source;
    int64_t               now;        /* unix seconds */
    int64_t               last;       /* the highest id there was before */
    unsigned char        *seen;       /* a bit for each id up to that */
    wppkg_buf_t           entry;      /* of the one that is put */
    uint64_t              known;      /* rows there were */
    uint64_t              found;      /* of these, told again */
    uint64_t              added;
    uint64_t              changed;
    uint64_t              gone;
} wppkg_advisories_pass_t;


/*
 * What is known of a source; all zero of one that is not there.  url: NULL if
 * it is a file.  What another URL said with its bytes, or a file, is not told.
 * asked(): when and where it was asked last, whatever came of that.
 */
int wppkg_advisories_source(wppkg_catalogue_t *cat, const char *name,
    const char *url, wppkg_advisories_source_t *source);
int wppkg_advisories_asked(wppkg_catalogue_t *cat, const char *name,
    const char *url, int64_t now);

/*
 * The rows are what the source says, in bytes of that hash.  licenses: a JSON
 * text, or NULL, as before.  With the first source that is known, each package
 * is to be rendered anew, to say so.
 */
int wppkg_advisories_known(wppkg_catalogue_t *cat, const char *name,
    const unsigned char hash[WPPKG_HASH_LEN], const char *etag,
    const char *modified, const char *licenses, int64_t now);

/*
 * A pass, in the caller's transaction, which is rolled back if anything fails.
 * end() takes away what was not told: force 0, and that is more than a source
 * is believed at once, or all of it, WPPKG_DECLINED; pass->gone says how much.
 * Whatever begin() returns, free() is called.
 */
int wppkg_advisories_begin(wppkg_advisories_pass_t *pass,
    wppkg_catalogue_t *cat, const char *source, int64_t now);
int wppkg_advisories_end(wppkg_advisories_pass_t *pass, int force);
void wppkg_advisories_free(wppkg_advisories_pass_t *pass);

/* WPPKG_DECLINED: the source has told it already */
int wppkg_advisories_put(wppkg_advisories_pass_t *pass,
    const wppkg_advisory_t *advisory);

/* what there is of a record stays */
int wppkg_advisories_keep(wppkg_advisories_pass_t *pass, const char *record);

/*
 * Appends those of a package as a JSON array, the latest
 * WPPKG_ADVISORY_PACKAGE first.  WPPKG_DECLINED: no source is known, so that
 * there is no telling whether there are any.
 */
int wppkg_advisories_load(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, wppkg_buf_t *json);

/* whether there is a source that is known */
int wppkg_advisories_any(wppkg_catalogue_t *cat, int *any);

/*
 * Forgets each source whose name is none of these, in a transaction of its
 * own.  *forgotten: how many.  With the last that was known, each package is
 * to be rendered anew.
 */
int wppkg_advisories_only(wppkg_catalogue_t *cat, const char *const *names,
    size_t n, size_t *forgotten);


#endif /* _WPPKG_ADVISORIES_H_INCLUDED_ */

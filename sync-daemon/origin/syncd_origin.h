
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How to talk to another repository: its packages.json, its URLs, requests of
 * it (contract C 1-9, C 20-23).
 */


#ifndef _SYNCD_ORIGIN_H_INCLUDED_
#define _SYNCD_ORIGIN_H_INCLUDED_


#include "syncd_http.h"
#include "wppkg_origin.h"


#define SYNCD_ORIGIN_ROOT  (8 * 1024 * 1024)      /* bytes of packages.json */


/* what packages.json announces beside addresses: wppkg_origin_announce() */

typedef struct {
    wppkg_buf_t   lists;
    wppkg_buf_t   licenses;
    unsigned      advisories:1;
} syncd_origin_extras_t;


/*
 * Reads packages.json of the repository at o->url into o.  WPPKG_ERROR: it is
 * none, or none that can be followed, and err says what it lacks; o is as it
 * was.  The extras are to be freed in any case.  Pure.
 */
int syncd_origin_read(wppkg_origin_t *o, const char *body, size_t len,
    syncd_origin_extras_t *extras, wppkg_error_t *err);
void syncd_origin_extras_free(syncd_origin_extras_t *extras);

/*
 * Appends the URL of the file of a package, by its path; of any other file, by
 * its path below the origin's URL; of the feed.
 */
void syncd_origin_file(wppkg_buf_t *url, const wppkg_origin_t *o,
    const char *path);
void syncd_origin_below(wppkg_buf_t *url, const wppkg_origin_t *o,
    const char *path);
void syncd_origin_changes(wppkg_buf_t *url, const wppkg_origin_t *o,
    int64_t since);


syncd_http_t *syncd_origin_connect(const syncd_conf_t *conf,
    wppkg_error_t *err);

/*
 * A request of the URL, which is given away, for what is newer than date, unix
 * seconds; 0: for whatever it is.  limit: bytes of the answer.  NULL: out of
 * memory.
 */
syncd_http_job_t *syncd_origin_job(wppkg_buf_t *url, int64_t date,
    size_t limit);

/*
 * Makes the body of an answer that came "packed" what it unpacks to, and no
 * more than the limit of the request.  The gzip stays in the answer; if there
 * is none, the body is the answer's, which is empty then.
 */
int syncd_origin_unpack(syncd_http_job_t *job, wppkg_buf_t *body,
    wppkg_error_t *err);

/* whether the server of url is that of the origin's own address */
int syncd_origin_server(const wppkg_origin_t *o, const char *url);

/* the answer's Last-Modified, unix seconds; 0: it has none */
int64_t syncd_origin_date(const syncd_http_job_t *job);

/* what an answer is, that is not what was wanted: "is answered by 404" */
void syncd_origin_why(const syncd_http_job_t *job, wppkg_error_t *err);

/*
 * Sends one request, and returns when it has ended.  WPPKG_ERROR: the engine
 * has failed.
 */
int syncd_origin_send(syncd_http_t *http, syncd_http_job_t *job);


#endif /* _SYNCD_ORIGIN_H_INCLUDED_ */

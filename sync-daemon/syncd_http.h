
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The one engine for HTTP: libcurl multi, keep-alive, bounded concurrency,
 * retries with jitter, Retry-After, adaptive back-off (rules R 18, R 34).
 * A stage feeds it jobs one by one and gets each back when it has ended.
 */


#ifndef _SYNCD_HTTP_H_INCLUDED_
#define _SYNCD_HTTP_H_INCLUDED_


#include <time.h>

#include <curl/curl.h>

#include "syncd.h"
#include "wppkg_buf.h"


/* whether a stage wants another attempt after an answer */

typedef enum {
    SYNCD_HTTP_NO = 0,
    SYNCD_HTTP_LATER,                 /* after a pause */
    SYNCD_HTTP_SLOW,                  /* likewise, as after a 503: it was too
                                         much, a refusal for the lanes */
    SYNCD_HTTP_NOW                    /* the request is another one now, and
                                         this attempt does not count */
} syncd_http_again_e;


typedef struct syncd_http_s      syncd_http_t;
typedef struct syncd_http_job_s  syncd_http_job_t;


/*
 * One request.  Owned by the stage until next() returns it, by the engine
 * until done() is called with it, then by the stage again, which reuses it or
 * frees it with syncd_http_job_free().
 */

struct syncd_http_job_s {
    /* set by the stage */
    const char          *method;          /* static: "GET", "PUT", … */
    char                *url;             /* owned by the job */
    struct curl_slist   *headers;         /* owned by the job */
    wppkg_buf_t          body;            /* sent if body.len > 0 or PUT */
    wppkg_buf_t          response;        /* its limit bounds the answer */
    void                *data;            /* the stage's own */

    /*
     * Called before every attempt, to renew headers (a signature has a date);
     * may be NULL.  WPPKG_ERROR ends the job as failed.
     */
    int                (*prepare)(syncd_http_job_t *job);

    /*
     * Takes the body of a 2xx answer piece by piece as it arrives, unpacked,
     * in place of response, whose limit holds all the same, also of what the
     * answer says that it will be; may be NULL.
     * WPPKG_ERROR ends the job.  An attempt that has delivered anything is
     * the last one: if it fails, the job comes back with "cut" set.
     */
    int                (*receive)(syncd_http_job_t *job, const char *data,
                                  size_t len);

    /*
     * Asked after an answer of 3xx or 4xx that the engine would not send
     * again; may be NULL.  SYNCD_HTTP_NOW is the stage's to bound.
     */
    syncd_http_again_e (*again)(syncd_http_job_t *job);

    const char          *want;            /* static: a header of the answer
                                             to keep; may be NULL */

    unsigned             packed:1;        /* GET: response stays as it was
                                             sent; "encoding" tells how */
    unsigned             plain:1;         /* GET: the bytes of the file
                                             itself, with no encoding */

    /* set by the engine, valid in done() */
    long                 status;          /* HTTP; 0: no whole answer */
    unsigned             attempts;
    char                 error[256];      /* if status is 0: one line */
    unsigned             cut:1;           /* status 0, but it had begun */
    unsigned             large:1;         /* status 0: larger than the limit */
    char                 etag[128];       /* of the answer; "" if none */
    char                 value[128];      /* of the header wanted; or "" */
    char                 encoding[32];    /* if packed is set; or "" */
    char                 content_type[64];
    char                 location[256];   /* of a 3xx; "" if none */
    time_t               date;            /* of the answer; 0 if none */
    unsigned             unreachable:1;   /* status 0: not even a connection
                                             (name, refused, TLS): concerns
                                             every job, not this one */
    unsigned             untrusted:1;     /* and that because of the server's
                                             certificate */
    unsigned             quiet:1;         /* the server has asked for no more
                                             requests for some time: it was
                                             not asked at all, or says so in
                                             this answer */

    void                *engine;          /* the engine's own state */
};


typedef struct {
    unsigned             concurrency;         /* requests at a time, at most */
    unsigned             lanes;               /* so many at first, and then
                                                 those that bring most; 0:
                                                 concurrency is fixed */
    unsigned             owed;                /* good answers before there are
                                                 more lanes */
    unsigned             connect_timeout;     /* seconds */
    unsigned             stall_timeout;       /* seconds without a byte */
    unsigned             total_timeout;       /* seconds an attempt */
    uint64_t             rate;                /* bytes a second that a
                                                 transfer takes; 0: any */
    unsigned             retries;             /* attempts after the first */
    const char          *user_agent;
    const char          *ca_file;             /* NULL: the system's */
} syncd_http_conf_t;


/*
 * The stage's side.  next() returns a job or NULL (nothing now; asked again
 * whenever a job has ended).  done() takes a job back.  tick(), which may be
 * NULL, is called at least once a second.  All three are called from
 * syncd_http_run(), never from elsewhere.
 */

typedef struct {
    syncd_http_job_t  *(*next)(void *ctx);
    void               (*done)(void *ctx, syncd_http_job_t *job);
    void               (*tick)(void *ctx);
    void                *ctx;
} syncd_http_source_t;


/* user_agent is copied */
syncd_http_t *syncd_http_create(const syncd_http_conf_t *conf,
    wppkg_error_t *err);
void syncd_http_destroy(syncd_http_t *http);

syncd_http_job_t *syncd_http_job_create(size_t body_limit,
    size_t response_limit);
void syncd_http_job_free(syncd_http_job_t *job);

/* from now on, so many bytes a second are taken from all servers together */
void syncd_http_rate(syncd_http_t *http, uint64_t rate);

/* makes the text of a buffer, which is given away, the URL of the job */
int syncd_http_job_url(syncd_http_job_t *job, wppkg_buf_t *url);

/*
 * Runs until next() has nothing and nothing is in flight.  After a stop
 * request it asks for no more, lets what was sent end for at most 6 seconds,
 * then hands it back with status 0; what is not yet connected, at once.
 *
 * Retried: time-outs, connection failures, truncated answers, 429 and 5xx but
 * 501; not other 4xx.  After a 429 or 503 there are fewer requests at a time
 * (syncd_lanes.h).  Retry-After up to 120 s is waited for; more, which is
 * believed for an hour at most, ends the job, and each other one for that
 * server until the time has come: quiet is set.  A redirect is not followed:
 * 3xx is an answer like any other.
 */
int syncd_http_run(syncd_http_t *http, const syncd_http_source_t *source);

/*
 * In done(): the answer was good, but says of a part of what it was asked that
 * this was too much.  That is a refusal for the lanes, and is counted as one.
 */
void syncd_http_slow(syncd_http_t *http, const syncd_http_job_t *job);

/*
 * Requests sent so far, retries included; of these, refused: answered 429 or
 * 503, or the stage has said that it was too much.
 */
uint64_t syncd_http_requests(const syncd_http_t *http);
uint64_t syncd_http_refused(const syncd_http_t *http);

/* requests at a time, apart from what is being tried */
unsigned syncd_http_lanes(const syncd_http_t *http);

/* good answers that are still to make up for those that were refused */
unsigned syncd_http_owed(const syncd_http_t *http);

/* the date of a header, unix seconds; 0: it is none */
time_t syncd_http_date(const char *text);

/* a random number from 0 to max, for pauses that must not coincide */
int64_t syncd_http_jitter(int64_t max);


#endif /* _SYNCD_HTTP_H_INCLUDED_ */

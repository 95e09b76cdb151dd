
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a repository has beside the documents of packages, above all what is
 * composed when a client asks for it: one table, a row for each path.  How to
 * add one: CONTRIBUTING.md, "Adding an answer".  Functions marked "pure" read
 * no catalogue; the others run on the thread that holds the connection.
 */


#ifndef _WPPKG_ANSWERS_H_INCLUDED_
#define _WPPKG_ANSWERS_H_INCLUDED_


#include "wppkg_buf.h"
#include "wppkg_reader.h"
#include "wppkg_server.h"


/* methods; whatever takes GET takes HEAD */

#define WPPKG_GET        1
#define WPPKG_POST       2

#define WPPKG_ARGS_MAX   256          /* bytes of arguments, with NUL */

#define WPPKG_JSON       "application/json"
#define WPPKG_ATOM       "application/atom+xml"

/* Cache-Control of documents, in the bucket too; and of those with "hour" */

#define WPPKG_CONTROL       "public, max-age=300"
#define WPPKG_CONTROL_HOUR  "public, max-age=3600"


/* no text is terminated */

typedef struct {
    unsigned                 method;
    const char              *path;
    size_t                   path_len;
    const char              *args;        /* as the row's function spells */
    size_t                   args_len;
    const char              *body;        /* of a POST; likewise, if there
                                             is one for it */
    size_t                   body_len;
    const wppkg_server_t    *server;      /* for a row with "server" */
} wppkg_request_t;


typedef struct {
    wppkg_buf_t              text;
    const char              *type;        /* Content-Type, a literal */
    unsigned                 status;      /* of HTTP */
    int64_t                  date;        /* Last-Modified, unix seconds;
                                             0: no request is conditional */
    int64_t                  max_age;     /* seconds; 0: nobody keeps it */
} wppkg_answer_t;


/* if the basis is the same, the same request has the same answer */

typedef struct {
    int64_t                  generation;  /* the catalogue's */
    int64_t                  own[3];
} wppkg_basis_t;


/*
 * Composes an answer, of one byte at least, within a snapshot.  It is JSON,
 * has status 200 and is kept by nobody unless the function says otherwise;
 * wppkg_buf_ok() is asked by the caller.  WPPKG_DECLINED: there is nothing at
 * that path, 404; else as wppkg_reader_find().
 */
typedef int wppkg_answer_ft(wppkg_reader_t *rd,
    const wppkg_request_t *request, wppkg_answer_t *answer,
    wppkg_error_t *err);

/*
 * Writes the arguments of a query string that matter, always in one spelling,
 * so that requests for the same share an answer.  WPPKG_DECLINED: the answer
 * does not understand them, 400.  Pure.
 */
typedef int wppkg_args_ft(const char *args, size_t len,
    char spelled[WPPKG_ARGS_MAX]);

/*
 * Likewise what matters of the body of a POST, to "spelled", which has room
 * for len bytes; *n of them.  The body, which has room for a byte more, may be
 * changed.  WPPKG_DECLINED: it is too much, 413; WPPKG_ERROR: it is no
 * question, 400.  Pure, on the event loop: so it takes less than a millisecond
 * for the longest body.
 */
typedef int wppkg_posted_ft(char *body, size_t len, char *spelled, size_t *n);

/* reads the basis, in the snapshot that the answer would be composed in */
typedef int wppkg_basis_ft(wppkg_reader_t *rd, wppkg_basis_t *basis,
    wppkg_error_t *err);


/* the generation alone: what a basis is unless its row says otherwise */
wppkg_basis_ft  wppkg_basis_generation;


/* the directive that says so */

typedef enum {
    WPPKG_ALWAYS = 0,
    WPPKG_IF_ADVISORIES,
    WPPKG_IF_SEARCH,
    WPPKG_IF_PACKAGES,
    WPPKG_IF_STATS,
    WPPKG_IF_DOWNLOADS
} wppkg_optional_e;


typedef struct {
    const char              *path;        /* below the repository's root; a
                                             star is for what is between two
                                             slashes, if no other row has it */
    unsigned                 methods;
    size_t                   body_max;    /* bytes of a POST's body */
    wppkg_answer_ft         *answer;      /* NULL: there is none, but a
                                             document; or nginx says "ok" to
                                             what it counts */
    wppkg_args_ft           *args;        /* NULL: no argument matters */
    wppkg_posted_ft         *posted;      /* NULL: answers to a POST are not
                                             shared */
    wppkg_basis_ft          *basis;       /* NULL: the generation alone */
    size_t                   text_max;    /* bytes of the answer */
    unsigned                 server:1;    /* about the server itself */
    unsigned                 document:1;  /* if no argument matters, or is
                                             there, a document has the path */
    unsigned                 hour:1;      /* which may be kept for an hour */
    wppkg_optional_e         optional;    /* only where a directive says so */
} wppkg_endpoint_t;


/*
 * The row of a path in a repository; NULL: there is none.  A row about the
 * server is in no repository: a directive says where it is, and
 * wppkg_endpoint_server() finds it.  Its answers are not shared, and they are
 * composed even if the catalogue cannot be read; then the function gets no
 * reader, and request->server tells why.  Pure.
 */
const wppkg_endpoint_t *wppkg_endpoint(const char *path, size_t len);
const wppkg_endpoint_t *wppkg_endpoint_server(const char *path);

/*
 * 0, or the status with which a request is refused: 405 or 413.  endpoint
 * NULL: of a document.  Pure.
 */
unsigned wppkg_endpoint_refused(const wppkg_endpoint_t *endpoint,
    unsigned method, size_t body_len);

/* the value of "Allow", a literal.  Pure. */
const char *wppkg_endpoint_allow(const wppkg_endpoint_t *endpoint);

/*
 * The Content-Type of a document, in the bucket too, a literal.  endpoint
 * NULL: of one of a package.  Pure.
 */
const char *wppkg_endpoint_type(const wppkg_endpoint_t *endpoint);

int wppkg_endpoint_basis(const wppkg_endpoint_t *endpoint,
    wppkg_reader_t *rd, wppkg_basis_t *basis, wppkg_error_t *err);

/*
 * Composes the answer of that row; the caller frees answer->text if it is
 * WPPKG_OK, and has nothing to free if it is not.
 */
int wppkg_endpoint_answer(const wppkg_endpoint_t *endpoint,
    wppkg_reader_t *rd, const wppkg_request_t *request,
    wppkg_answer_t *answer, wppkg_error_t *err);


/* the functions of the rows, a file each */

/*
 * The changes feed (contract C 29-38): the actions since a timestamp, or,
 * where there is no good "since", what makes a mirror start, with status 400.
 * Its basis: floor, watermark, latest stamp that is announced.
 */
wppkg_answer_ft  wppkg_feed_answer;
wppkg_args_ft    wppkg_feed_args;
wppkg_basis_ft   wppkg_feed_basis;

/* some names of packages/list.json: "filter", "vendor" */
wppkg_answer_ft  wppkg_names_answer;
wppkg_args_ft    wppkg_names_args;

/* the closed API, for what is no type of package: 404, and why */
wppkg_answer_ft  wppkg_closed_type_answer;

/*
 * Security advisories (contract C 49): of the names of a form, or those that
 * have changed since a time.  Its basis: how often any have, and how many
 * sources are known.
 */
wppkg_answer_ft  wppkg_advised_answer;
wppkg_args_ft    wppkg_advised_args;
wppkg_posted_ft  wppkg_advised_body;
wppkg_basis_ft   wppkg_advised_basis;

/*
 * Packages that have all words of a query (contract C 53).  Its basis: how
 * often anything that is searched, or counted, has changed.
 */
wppkg_answer_ft  wppkg_search_answer;
wppkg_args_ft    wppkg_search_args;
wppkg_basis_ft   wppkg_search_basis;

/* all about a package, in Packagist's form (contract C 65) */
wppkg_answer_ft  wppkg_about_answer;
wppkg_basis_ft   wppkg_about_basis;

/* how often packages were installed (contract C 55) */
wppkg_answer_ft  wppkg_stats_answer;
wppkg_answer_ft  wppkg_stats_months;
wppkg_answer_ft  wppkg_stats_total;
wppkg_basis_ft   wppkg_stats_basis;

/* the status: "format=json" or "format=prometheus" */
wppkg_answer_ft  wppkg_status_answer;
wppkg_args_ft    wppkg_status_args;


#endif /* _WPPKG_ANSWERS_H_INCLUDED_ */

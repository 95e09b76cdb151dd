
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Where advisories come from: a URL and files, each with a name that Composer
 * shows.  And their bytes, in a file that nobody else changes, or whose change
 * the hash tells.
 */


#ifndef _SYNCD_ADVISORY_SOURCE_H_INCLUDED_
#define _SYNCD_ADVISORY_SOURCE_H_INCLUDED_


#include <stdio.h>

#include "syncd_http.h"
#include "wppkg_advisories.h"


#define SYNCD_ADVISORY_SOURCES  (1 + SYNCD_ADVISORY_FILES)
#define SYNCD_ADVISORY_NAME     100   /* bytes of a name */

/* of a source: Wordfence's has 158 MB, and may become three times as many */
#define SYNCD_ADVISORY_BYTES    (512 * 1024 * 1024)


/* url or file: the other one is NULL; both are the configuration's */

typedef struct {
    char          name[SYNCD_ADVISORY_NAME + 1];
    const char   *url;
    const char   *file;
} syncd_advisory_source_t;


/* what a source says now; the caller closes fp, unless it is NULL */

typedef struct {
    FILE         *fp;                 /* at its beginning */
    unsigned char hash[WPPKG_HASH_LEN];
    char          etag[128];          /* of a URL; or "" */
    char          modified[128];      /* likewise; of a file what it is known
                                         by: size, time, number */
} syncd_advisory_bytes_t;


/*
 * Writes those of a configuration, and returns how many there are.  Of two
 * with the same name the second is left out.
 */
size_t syncd_advisory_sources(const syncd_conf_t *conf,
    syncd_advisory_source_t sources[SYNCD_ADVISORY_SOURCES]);

/*
 * The bytes of a source.  WPPKG_DECLINED: they are those that known is of, by
 * their size and time, or by what the server says; WPPKG_ERROR: err has a line
 * that names the remedy.
 */
int syncd_advisory_bytes(const syncd_conf_t *conf, syncd_http_t *http,
    const syncd_advisory_source_t *source,
    const wppkg_advisories_source_t *known, syncd_advisory_bytes_t *bytes,
    wppkg_error_t *err);

/*
 * Whether a URL answers, by a HEAD request; of a server that knows none, that
 * is an answer, too.  *job: the answer, which the caller frees, or NULL.
 */
int syncd_advisory_probe(const syncd_conf_t *conf, syncd_http_t *http,
    const char *url, syncd_http_job_t **job, wppkg_error_t *err);

/* gets what is read piece by piece; anything but WPPKG_OK ends the reading */
typedef int (*syncd_advisory_take_pt)(void *ctx, const char *data,
    size_t len);

/*
 * Reads them.  WPPKG_DECLINED: take has ended it; WPPKG_ERROR: err says why
 * they cannot be read, or that they are not those of the hash any more.
 */
int syncd_advisory_read(const syncd_advisory_bytes_t *bytes,
    syncd_advisory_take_pt take, void *ctx, wppkg_error_t *err);


#endif /* _SYNCD_ADVISORY_SOURCE_H_INCLUDED_ */

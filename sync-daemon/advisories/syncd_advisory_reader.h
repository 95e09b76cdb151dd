
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Records of Wordfence Intelligence's form (contract C 50), one at a time, as
 * syncd_records.h hands them over, made advisories of packages: a record is of
 * any number of plugins and themes, each with ranges of versions.  Pure.
 *
 * A record that cannot be read as a whole says nothing; what was known of it
 * stays.
 */


#ifndef _SYNCD_ADVISORY_READER_H_INCLUDED_
#define _SYNCD_ADVISORY_READER_H_INCLUDED_


#include "wppkg_advisory.h"
#include "wppkg_ranges.h"


#define SYNCD_ADVISORY_ID        100      /* bytes of a record's id */
#define SYNCD_ADVISORY_SOFTWARE  5000     /* of one record */
#define SYNCD_ADVISORY_LICENSES  8        /* of all records */
#define SYNCD_ADVISORY_LICENSE   2000     /* bytes of the text of one */


/* WPPKG_ERROR ends the reading */

typedef struct {
    int               (*put)(void *ctx, const wppkg_advisory_t *advisory);
    int               (*keep)(void *ctx, const char *id);
    void               *ctx;
} syncd_advisory_handler_t;


/* what the records are licensed under; NULL: not told */

typedef struct {
    char               *text;
    char               *url;
} syncd_advisory_license_t;


typedef struct {
    syncd_advisory_handler_t   handler;

    uint64_t                   records;   /* that were read */
    uint64_t                   bad;       /* and others */
    uint64_t                   core;      /* software that is WordPress */
    uint64_t                   foreign;   /* that there is no package of, */
    uint64_t                   harmless;  /* or no version of is affected */
    uint64_t                   widened;   /* ranges, see wppkg_ranges.h */
    uint64_t                   undated;   /* records without a good date */
    wppkg_error_t              first;     /* what is wrong with a bad one */

    syncd_advisory_license_t   licenses[SYNCD_ADVISORY_LICENSES];
    size_t                     nlicenses;

    wppkg_buf_t                title;
    wppkg_buf_t                credit;
    wppkg_buf_t                constraint;
} syncd_advisory_reader_t;


void syncd_advisory_reader_init(syncd_advisory_reader_t *r,
    const syncd_advisory_handler_t *handler);
void syncd_advisory_reader_free(syncd_advisory_reader_t *r);

/*
 * A syncd_records_pt, for the reader as its context: takes a record.
 * WPPKG_ERROR: a handler has failed, or there is no memory.
 */
int syncd_advisory_reader_take(void *reader, const char *text, size_t len,
    int whole);


#endif /* _SYNCD_ADVISORY_READER_H_INCLUDED_ */

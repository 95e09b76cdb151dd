
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the readers of the API's answers share: syncd_api.c, which knows
 * packages, syncd_api_versions.c, which knows their versions, and
 * syncd_api_page.c, which knows pages of packages.  Pure.
 */


#ifndef _SYNCD_API_JSON_H_INCLUDED_
#define _SYNCD_API_JSON_H_INCLUDED_


#include <jansson.h>

#include "syncd_api.h"


/* what was asked for, and the status of what came */

typedef struct {
    wppkg_type_e        type;
    const char *const  *slugs;
    size_t              n;
    long                status;
    unsigned            states:1;     /* nothing but the outcome counts */
} syncd_api_answer_t;


/* appends the URL up to the action's arguments, and those for the fields */
void syncd_api_action(wppkg_buf_t *b, const char *api_url, wppkg_type_e type,
    const char *action);
void syncd_api_fields(wppkg_buf_t *b, wppkg_type_e type, int on);

/*
 * The body's JSON, a reference of the caller's.  NULL, with the text of why:
 * it is none, or the status says that the answer is no answer.
 */
json_t *syncd_api_load(long status, const char *body, size_t len,
    wppkg_error_t *err);

/* reads what is said of one slug; the result holds nothing before that */
void syncd_api_entry(const syncd_api_answer_t *answer, const char *slug,
    const json_t *entry, syncd_api_result_t *result);

/*
 * Reads what is said of versions into the result's package, whose type and
 * slug are set.  WPPKG_ERROR: the result is a transient failure.
 */
int syncd_api_versions(syncd_api_result_t *result, const json_t *entry);

/* of a package's popularity, what the answer says */
void syncd_api_counts(const json_t *entry, wppkg_counts_t *counts);

/* the names of its tags, in one text.  WPPKG_ERROR: out of memory */
int syncd_api_tags(wppkg_package_t *pkg, const json_t *entry);

/*
 * Which packages of its type it needs: plugins, or the parent of a theme.
 * WPPKG_ERROR: out of memory.
 */
int syncd_api_needs(wppkg_package_t *pkg, const json_t *entry);

/* NULL unless value is a string, and without a NUL inside */
const char *syncd_api_string(const json_t *value);

/* a string or number as text, its length; 0, and "": neither, or too long */
size_t syncd_api_scalar(const json_t *value, char *buf, size_t size);

/*
 * "2024-10-01 3:04pm GMT", or without the time, in unix seconds; 0: something
 * else.
 */
int64_t syncd_api_date(const char *s);

/*
 * Makes a transient failure of a result.  The text may quote the answer, which
 * may be cut inside of a character.
 */
void syncd_api_wrong(syncd_api_result_t *result, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));


#endif /* _SYNCD_API_JSON_H_INCLUDED_ */

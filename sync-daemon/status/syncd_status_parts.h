
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The parts of "status": the answer, a JSON object, and the lines that are
 * printed of it for people.
 */


#ifndef _SYNCD_STATUS_PARTS_H_INCLUDED_
#define _SYNCD_STATUS_PARTS_H_INCLUDED_


#include <jansson.h>

#include "syncd.h"
#include "wppkg_inspect.h"
#include "wppkg_inspect_copy.h"


#define SYNCD_STATUS_TAGS        20   /* listed of each reason to hold back */
#define SYNCD_STATUS_ADVISORIES  20   /* of a package */


/* of a package; NULL: out of memory, as below */
json_t *syncd_status_json(const syncd_conf_t *conf,
    const wppkg_inspect_package_t *p, int whole);

/* of a package of a mirror */
json_t *syncd_status_copy(const syncd_conf_t *conf,
    const wppkg_inspect_copy_t *copy, int whole);

/* the origin, and when it was heard of */
json_t *syncd_status_heard(const wppkg_origin_t *o);

/* changes of a state, with the package's name */
json_t *syncd_status_changes(const wppkg_inspect_change_t *changes,
    size_t n);

/* whether the catalogue is whole, will be after the next run, and why */
json_t *syncd_status_authority(const syncd_conf_t *conf,
    const wppkg_inspect_t *all);

/* the store of zips, null without one; and its lines */
json_t *syncd_status_dist(const syncd_conf_t *conf,
    const wppkg_inspect_t *all);
void syncd_status_text_dist(const json_t *dist);

/* the sources of advisories */
json_t *syncd_status_advised(const wppkg_inspect_t *all);

/* what is known of WordPress itself, null: nothing is asked */
json_t *syncd_status_wordpress(const wppkg_inspect_t *all);

/* a string from the catalogue, or null, escaped; a time, null for 0 */
json_t *syncd_status_string(const char *s);
json_t *syncd_status_time(int64_t t);

void syncd_status_text_package(const json_t *answer);
void syncd_status_text_copy(const json_t *answer);
void syncd_status_text_all(const json_t *answer);


#endif /* _SYNCD_STATUS_PARTS_H_INCLUDED_ */

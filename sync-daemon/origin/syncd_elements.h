
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A JSON object with one long array, of which one element at a time is in
 * memory: 100,000 actions of a feed would have 70 MB.  Pure.
 */


#ifndef _SYNCD_ELEMENTS_H_INCLUDED_
#define _SYNCD_ELEMENTS_H_INCLUDED_


#include <jansson.h>

#include "wppkg_core.h"


/* WPPKG_ERROR ends the reading, with the handler's text in err */

typedef int (*syncd_element_pt)(void *ctx, const json_t *element,
    wppkg_error_t *err);


/*
 * Calls the handler, unless it is NULL, for each element of the array "name"
 * of the object that body is, in order.  *rest is set to an object with all
 * other members, a reference of the caller's; it may be NULL.  WPPKG_ERROR:
 * body is no such object, which may be found out after some elements; *rest
 * is NULL then.  WPPKG_DECLINED: it is an object, without that array.
 */
int syncd_elements(const char *body, size_t len, const char *name,
    syncd_element_pt handler, void *ctx, json_t **rest, wppkg_error_t *err);


#endif /* _SYNCD_ELEMENTS_H_INCLUDED_ */


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Parts of what is told of a package, whether it is one of our own or a
 * mirror's copy.  Members are appended to an object that is open, elements to
 * an array.  Pure.
 */


#ifndef _WPPKG_INSPECT_TOLD_H_INCLUDED_
#define _WPPKG_INSPECT_TOLD_H_INCLUDED_


#include "wppkg_inspect_package.h"
#include "wppkg_scan.h"


typedef struct {
    wppkg_buf_t                 *b;
    const wppkg_inspect_form_t  *form;
} wppkg_told_t;


/* the member "package" */
void wppkg_told_name(const wppkg_told_t *t, wppkg_type_e type,
    const char *slug);

void wppkg_told_time(const wppkg_told_t *t, const char *name, int64_t at);

/* what clients get, as the main document tells */
const char *wppkg_inspect_clients(const wppkg_told_t *t,
    const wppkg_inspect_document_t *doc, int abandoned);

/* the members of a document */
void wppkg_inspect_json_document(const wppkg_told_t *t,
    const wppkg_inspect_document_t *doc);

/* an entry of a filter list; NULL: nothing is said */
void wppkg_inspect_json_filter(const wppkg_told_t *t,
    const wppkg_filter_t *filter);

/*
 * Appends the advisories of a document, which begin there, with other names;
 * null if it is no array.
 */
void wppkg_inspect_json_advisories(const wppkg_told_t *t,
    const wppkg_scan_t *at);

/* appends the string that begins there; null if it is none */
void wppkg_told_string(const wppkg_told_t *t, const wppkg_scan_t *at);

/* the member "changes": with the package's name, where they have it */
void wppkg_inspect_json_changes(const wppkg_told_t *t,
    const wppkg_inspect_change_t *changes, size_t n);


#endif /* _WPPKG_INSPECT_TOLD_H_INCLUDED_ */

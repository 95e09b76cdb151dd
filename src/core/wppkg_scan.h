
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * JSON (RFC 8259) that is read once from beginning to end, without a tree:
 * whatever comes from outside takes no more memory than its bytes.  Pure.
 */


#ifndef _WPPKG_SCAN_H_INCLUDED_
#define _WPPKG_SCAN_H_INCLUDED_


#include "wppkg_core.h"


#define WPPKG_SCAN_DEPTH  64      /* of arrays and objects in each other */
#define WPPKG_SCAN_NAME   32      /* bytes of a member's name, with NUL, that
                                     wppkg_scan_members() knows */


typedef struct {
    const char  *p;
    const char  *last;
} wppkg_scan_t;


/* WPPKG_ERROR: the bytes are not strict UTF-8 */
int wppkg_scan_init(wppkg_scan_t *s, const char *data, size_t len);

/*
 * The next character that is no white space, '\0' at the end; whether it is c,
 * which is then taken.
 */
char wppkg_scan_next(wppkg_scan_t *s);
int wppkg_scan_is(wppkg_scan_t *s, char c);

/*
 * Takes a string and writes what it stands for, NUL-terminated.
 * WPPKG_DECLINED: it is longer than size - 1 bytes, and text is "";
 * WPPKG_ERROR: it is none, or has a NUL or half a surrogate pair.
 */
int wppkg_scan_string(wppkg_scan_t *s, char *text, size_t size);

/* takes any value.  WPPKG_ERROR: it is none, or too deep */
int wppkg_scan_value(wppkg_scan_t *s);

/*
 * After the "{" or "[", with *n 0: takes what is before the next member's
 * value, with its name, or before the next element, and counts it.
 * WPPKG_DECLINED: it was the last one, and the bracket is taken.
 */
int wppkg_scan_member(wppkg_scan_t *s, size_t *n, char *name, size_t size);
int wppkg_scan_element(wppkg_scan_t *s, size_t *n);

/*
 * Takes an object and notes where the values of these members begin; of one
 * that it does not have, p is NULL.  WPPKG_ERROR: it is no object.
 */
int wppkg_scan_members(wppkg_scan_t *s, const char *const *names, size_t n,
    wppkg_scan_t *at);


#endif /* _WPPKG_SCAN_H_INCLUDED_ */

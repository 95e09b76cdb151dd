
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What Composer prints of a package that is closed (contract C 43), and how
 * a text from outside is made fit for its console.  Pure.
 */


#ifndef _WPPKG_WARNING_H_INCLUDED_
#define _WPPKG_WARNING_H_INCLUDED_


#include "wppkg_buf.h"
#include "wppkg_name.h"


#define WPPKG_WARNING_NAME    100     /* bytes of a name, at most */
#define WPPKG_WARNING_REASON  300     /* of a reason */


/* strings are NULL where nothing is known */

typedef struct {
    wppkg_type_e    type;
    unsigned        alias:1;          /* its name is that at wpackagist.org */
    const char     *slug;             /* one that can be published */
    wppkg_state_e   state;
    int64_t         since;            /* unix seconds; 0: not known */
    const char     *name;
    const char     *reason;           /* words, or a code: "author-request" */
    const char     *replacement;      /* "vendor/name" */
} wppkg_warning_t;


/*
 * Appends one line, without a LF: which package is closed, since when, for
 * how long, why, what replaces it, and where to read on.  Of a package that
 * is neither closed nor closed for good it says that it is not available.
 */
void wppkg_warning(wppkg_buf_t *b, const wppkg_warning_t *w);

/*
 * The same for where Composer has named the package and ends the sentence
 * itself, as it does with the reason of a filter list (contract C 46)
 */
void wppkg_warning_why(wppkg_buf_t *b, const wppkg_warning_t *w);

/* where WordPress.org tells of the package */
void wppkg_warning_url(wppkg_buf_t *b, const wppkg_warning_t *w);

/*
 * Appends s as Composer's console can have it.  To that, "<", ">" and "\" are
 * markup, and to a terminal control characters are; others change the
 * direction of writing, or are not seen at all.  All of these, bytes that are
 * not UTF-8, and blanks become one space for a run of them, and none at the
 * ends.  What is longer than max bytes is cut between two characters and then
 * ends in "...", which are of the max; max >= 3.  Returns 1 when anything was
 * appended.
 */
int wppkg_warning_clean(wppkg_buf_t *b, const char *s, size_t len,
    size_t max);

/*
 * The same, but a "<" or ">" stays where it compares with a number, with or
 * without "=" and a blank in between: "Akismet <= 5.3 - XSS".  To Composer's
 * console that is no markup, which begins with a letter or "/".
 */
int wppkg_warning_title(wppkg_buf_t *b, const char *s, size_t len,
    size_t max);


#endif /* _WPPKG_WARNING_H_INCLUDED_ */

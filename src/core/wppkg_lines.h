
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Files that operators write by hand: fields, one entry a line.  Pure.
 *
 *     # a comment
 *     wp-plugin/old        wp-plugin/new
 *     my-list wp-plugin/x  "<1.2 || >=3"  "a reason with blanks"
 *
 * Fields are apart by blanks or tabs, as many as you like.  A field with
 * blanks in it stands between double quotes, and then has none itself.  A "#"
 * begins a comment only where a line begins.  Lines end in LF or CR LF, the
 * file may begin with a byte order mark, its text is UTF-8.
 */


#ifndef _WPPKG_LINES_H_INCLUDED_
#define _WPPKG_LINES_H_INCLUDED_


#include "wppkg_core.h"


#define WPPKG_LINES_FIELDS  5
#define WPPKG_LINES_LINE    4096              /* bytes of a line */
#define WPPKG_LINES_FILE    (64 * 1024 * 1024)
#define WPPKG_LINES_COUNT   500000            /* entries of a file */


typedef struct {
    size_t         number;        /* from 1 */
    size_t         n;
    char          *fields[WPPKG_LINES_FIELDS];
    unsigned       comment:1;     /* it has no field, but a text */
} wppkg_line_t;


/* what each entry begins with: the package, and where it stands */

typedef struct {
    wppkg_type_e   type;
    const char    *slug;
    size_t         line;
} wppkg_lines_package_t;


/*
 * Whoever wants to know what is wrong, in any order.  line 0: with the file as
 * a whole.  The text is a line that says what to do.
 */

typedef struct {
    void         (*say)(void *data, size_t line, const char *text);
    void          *data;
    size_t         count;         /* how many times that was called */

    /* set by wppkg_lines_read(): lines with an entry, or a comment, on them */
    size_t         taken;
    size_t         comments;
} wppkg_lines_report_t;


/* takes a line; WPPKG_ERROR: err says what is wrong with it */
typedef int (*wppkg_lines_pt)(void *data, const wppkg_line_t *line,
    wppkg_error_t *err);


/*
 * Calls handler with each line that has a field, and report with each that
 * can't be taken apart or is refused by handler (WPPKG_ERROR).  What follows
 * WPPKG_LINES_COUNT entries is left out, and reported.  *text, which the
 * caller frees, is a copy of the bytes; the fields are strings in it, and
 * last as long.  WPPKG_ERROR: out of memory.
 */
int wppkg_lines_read(const char *bytes, size_t len, wppkg_lines_pt handler,
    void *data, wppkg_lines_report_t *report, char **text);

/*
 * Whether it is the file that is wrong, not some of its lines: it has none, as
 * while it is written, or more that are wrong than that are not.
 */
int wppkg_lines_refused(const wppkg_lines_report_t *report);

/* reports what is found only when all lines are known */
void wppkg_lines_say(wppkg_lines_report_t *report, size_t line,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* a field that names a package, "wp-plugin/x" or "plugin/x" */
int wppkg_lines_package(const wppkg_line_t *line, size_t field,
    wppkg_lines_package_t *pkg, wppkg_error_t *err);

/* by type and slug; for qsort() and bsearch() */
int wppkg_lines_compare(const void *a, const void *b);


#endif /* _WPPKG_LINES_H_INCLUDED_ */


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wppkg_buf.h"
#include "wppkg_lines.h"
#include "wppkg_name.h"


static void wppkg_lines_each(char *p, size_t len, wppkg_lines_pt handler,
    void *data, wppkg_lines_report_t *report);
static int wppkg_lines_line(char *p, char *last, wppkg_line_t *line,
    wppkg_error_t *err);
static int wppkg_lines_fields(char *p, char *last, wppkg_line_t *line,
    wppkg_error_t *err);
static int wppkg_lines_plain(const char *p, const char *last,
    wppkg_error_t *err);
static char *wppkg_lines_field(char *p, char *last, char **end,
    wppkg_error_t *err);
static int wppkg_lines_blank(char c);


int
wppkg_lines_read(const char *bytes, size_t len, wppkg_lines_pt handler,
    void *data, wppkg_lines_report_t *report, char **text)
{
    report->taken = 0;
    report->comments = 0;

    if (len > WPPKG_LINES_FILE) {
        wppkg_lines_say(report, 0, "the file is larger than 64 MB: is it the"
                        " right one?");
        len = 0;
    }

    *text = malloc(len + 1);
    if (*text == NULL) {
        return WPPKG_ERROR;
    }

    memcpy(*text, bytes, len);

    wppkg_lines_each(*text, len, handler, data, report);

    return WPPKG_OK;
}


int
wppkg_lines_refused(const wppkg_lines_report_t *report)
{
    return report->count > report->taken
           || report->taken + report->comments == 0;
}


void
wppkg_lines_say(wppkg_lines_report_t *report, size_t line, const char *fmt,
    ...)
{
    char           text[sizeof(((wppkg_error_t *) NULL)->text)];
    va_list        args;
    wppkg_error_t  err;

    va_start(args, fmt);
    (void) vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);

    wppkg_error_set(&err, "%s", text);

    report->count++;
    report->say(report->data, line, err.text);
}


int
wppkg_lines_package(const wppkg_line_t *line, size_t field,
    wppkg_lines_package_t *pkg, wppkg_error_t *err)
{
    size_t       len;
    const char  *name, *refused;

    name = line->fields[field];

    if (wppkg_name_parse(name, strlen(name), &pkg->type, &pkg->slug, &len)
        != WPPKG_OK)
    {
        wppkg_error_set(err, "\"%s\" is no package of this repository: write"
                        " \"wp-plugin/SLUG\" or \"wp-theme/SLUG\"", name);
        return WPPKG_ERROR;
    }

    refused = wppkg_slug_refused(pkg->slug, len);

    if (refused != NULL) {
        wppkg_error_set(err, "Composer can't have a package \"%s\": %s", name,
                        refused);
        return WPPKG_ERROR;
    }

    pkg->line = line->number;

    return WPPKG_OK;
}


int
wppkg_lines_compare(const void *a, const void *b)
{
    const wppkg_lines_package_t  *first, *second;

    first = a;
    second = b;

    if (first->type != second->type) {
        return (first->type < second->type) ? -1 : 1;
    }

    return strcmp(first->slug, second->slug);
}


/* len + 1 bytes of p may be written to */

static void
wppkg_lines_each(char *p, size_t len, wppkg_lines_pt handler, void *data,
    wppkg_lines_report_t *report)
{
    int             rc;
    char           *end, *last;
    size_t          count;
    wppkg_line_t    line;
    wppkg_error_t   err;

    count = 0;
    line.number = 0;
    last = p + len;

    if (len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
        p += 3;
    }

    for ( /* void */ ; p < last; p = end + 1) {
        end = memchr(p, '\n', (size_t) (last - p));
        end = (end != NULL) ? end : last;

        line.number++;
        rc = wppkg_lines_line(p, end, &line, &err);

        if (rc == WPPKG_OK) {
            rc = handler(data, &line, &err);
            count++;
        }

        if (rc == WPPKG_ERROR) {
            wppkg_lines_say(report, line.number, "%s", err.text);

        } else if (line.n > 0) {
            report->taken++;

        } else {
            report->comments += line.comment;
        }

        if (count == WPPKG_LINES_COUNT && last - end > 1) {
            wppkg_lines_say(report, line.number + 1, "a file has %d entries at"
                            " most: the rest of it is left out",
                            WPPKG_LINES_COUNT);
            return;
        }
    }
}


/* without its LF; WPPKG_DECLINED: it is empty, or a comment */

static int
wppkg_lines_line(char *p, char *last, wppkg_line_t *line, wppkg_error_t *err)
{
    line->n = 0;
    line->comment = 0;

    if (last - p > WPPKG_LINES_LINE) {
        wppkg_error_set(err, "the line is longer than %d bytes",
                        WPPKG_LINES_LINE);
        return WPPKG_ERROR;
    }

    if (p < last && last[-1] == '\r') {
        last--;
    }

    while (p < last && wppkg_lines_blank(*p)) {
        p++;
    }

    if (p == last || *p == '#') {
        line->comment = (p != last);
        return WPPKG_DECLINED;
    }

    if (wppkg_lines_plain(p, last, err) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    return wppkg_lines_fields(p, last, line, err);
}


/* p is at the beginning of a field */

static int
wppkg_lines_fields(char *p, char *last, wppkg_line_t *line,
    wppkg_error_t *err)
{
    char  *end;

    while (p < last) {

        if (line->n == WPPKG_LINES_FIELDS) {
            wppkg_error_set(err, "the line has more than %d fields: put double"
                            " quotes around one that has blanks in it",
                            WPPKG_LINES_FIELDS);
            return WPPKG_ERROR;
        }

        line->fields[line->n] = wppkg_lines_field(p, last, &end, err);

        if (line->fields[line->n] == NULL) {
            return WPPKG_ERROR;
        }

        line->n++;

        for (p = end; p < last && wppkg_lines_blank(*p); p++) {
            /* void */
        }

        *end = '\0';
    }

    return WPPKG_OK;
}


/* no NUL either, so that fields are strings */

static int
wppkg_lines_plain(const char *p, const char *last, wppkg_error_t *err)
{
    if (!wppkg_utf8_valid(p, (size_t) (last - p))) {
        wppkg_error_set(err, "the line is not UTF-8: save the file as UTF-8");
        return WPPKG_ERROR;
    }

    for ( /* void */ ; p < last; p++) {
        if ((*p > 0 && *p < 0x20 && *p != '\t') || *p == '\0' || *p == 0x7f) {
            wppkg_error_set(err, "the line has a control character, 0x%02x:"
                            " remove it", (unsigned) *p);
            return WPPKG_ERROR;
        }
    }

    return WPPKG_OK;
}


/*
 * Returns where a field begins; *end is the byte after it, which is the
 * caller's to overwrite: a blank, a quote, or the end of the line.
 */

static char *
wppkg_lines_field(char *p, char *last, char **end, wppkg_error_t *err)
{
    char  *q;

    *end = last;

    if (*p != '"') {

        for (q = p; q < last && !wppkg_lines_blank(*q); q++) {
            /* void */
        }

        *end = q;

        return p;
    }

    q = memchr(p + 1, '"', (size_t) (last - p - 1));

    if (q == NULL) {
        wppkg_error_set(err, "a double quote is missing at the end of %.*s",
                        (int) (last - p), p);
        return NULL;
    }

    if (q + 1 < last && !wppkg_lines_blank(q[1])) {
        wppkg_error_set(err, "a text between double quotes has no blank after"
                        " it, or a double quote in it: use single ones there");
        return NULL;
    }

    *q = ' ';
    *end = q;

    return p + 1;
}


static int
wppkg_lines_blank(char c)
{
    return c == ' ' || c == '\t';
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Operators' files, as filter lists and as replacements: all that is left is
 * sorted, found, and good enough to be published; a line is taken or
 * reported; the same bytes give the same.
 */


#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "wppkg_constraint.h"
#include "wppkg_lists.h"
#include "wppkg_name.h"
#include "wppkg_replacements.h"
#include "wppkg_url.h"


static void lists_parse(const char *bytes, size_t len);
static void lists_entries(const wppkg_lists_t *lists, size_t lines);
static void lists_replacements(const char *bytes, size_t len);
static void lists_package(const wppkg_lines_package_t *pkg, size_t lines);
static void lists_say(void *data, size_t line, const char *text);
static void lists_report(wppkg_lines_report_t *report, size_t *lines);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lists_parse((const char *) data, size);
    lists_replacements((const char *) data, size);

    return 0;
}


static void
lists_parse(const char *bytes, size_t len)
{
    int                   rc;
    size_t                i, lines;
    wppkg_lists_t         lists;
    wppkg_lines_report_t  report;

    lists_report(&report, &lines);

    for (i = 0; i < len; i++) {
        lines += (bytes[i] == '\n');
    }

    rc = wppkg_lists_parse(&lists, bytes, len, &report);

    fuzz_check(rc == ((report.count == 0) ? WPPKG_OK : WPPKG_DECLINED));
    fuzz_check(lists.n + report.count <= lines);
    fuzz_check(lists.nnames <= WPPKG_LISTS_NAMES);

    for (i = 1; i < lists.nnames; i++) {
        fuzz_check(strcmp(lists.names[i - 1], lists.names[i]) < 0);
    }

    lists_entries(&lists, lines);

    wppkg_lists_free(&lists);
}


static void
lists_entries(const wppkg_lists_t *lists, size_t lines)
{
    size_t                      i, n;
    const wppkg_filter_t       *f;
    const wppkg_lists_entry_t  *e, *found;

    for (i = 0; i < lists->n; i++) {
        e = &lists->entries[i];
        f = &e->filter;

        lists_package(&e->package, lines);

        found = wppkg_lists_find(lists, e->package.type, e->package.slug, &n);
        fuzz_check(found <= e && e < found + n && n <= WPPKG_LISTS_PACKAGE);
        fuzz_check(i == 0 || wppkg_lines_compare(e - 1, e) <= 0);

        fuzz_check(f->list[0] >= 'a' && f->list[0] <= 'z');
        fuzz_check(wppkg_constraint_refused(f->constraint,
                                            strlen(f->constraint))
                   == NULL);
        fuzz_check(f->reason[0] != '\0');
        fuzz_check(strlen(f->reason) <= WPPKG_FILTER_REASON);
        fuzz_check(f->url == NULL || wppkg_url_usable(f->url));
    }
}


static void
lists_replacements(const char *bytes, size_t len)
{
    int                    rc;
    size_t                 i, lines;
    const char            *slash;
    wppkg_replacement_t   *e;
    wppkg_replacements_t   r;
    wppkg_lines_report_t   report;

    lists_report(&report, &lines);

    for (i = 0; i < len; i++) {
        lines += (bytes[i] == '\n');
    }

    rc = wppkg_replacements_parse(&r, bytes, len, &report);

    fuzz_check(rc == ((report.count == 0) ? WPPKG_OK : WPPKG_DECLINED));
    fuzz_check(r.n + report.count <= lines);

    for (i = 0; i < r.n; i++) {
        e = &r.entries[i];
        slash = strchr(e->by, '/');

        lists_package(&e->package, lines);

        fuzz_check(wppkg_replacements_find(&r, e->package.type,
                                           e->package.slug)
                   == e->by);
        fuzz_check(i == 0 || wppkg_lines_compare(e - 1, e) < 0);
        fuzz_check(slash != NULL
                   && fuzz_is_slug(e->by, (size_t) (slash - e->by))
                   && fuzz_is_slug(slash + 1, strlen(slash + 1)));
    }

    wppkg_replacements_free(&r);
}


static void
lists_package(const wppkg_lines_package_t *pkg, size_t lines)
{
    fuzz_check(pkg->line >= 1 && pkg->line <= lines);
    fuzz_check(wppkg_slug_refused(pkg->slug, strlen(pkg->slug)) == NULL);
}


/* in the data is how many lines there are */

static void
lists_report(wppkg_lines_report_t *report, size_t *lines)
{
    *lines = 1;

    report->say = lists_say;
    report->data = lines;
    report->count = 0;
}


static void
lists_say(void *data, size_t line, const char *text)
{
    fuzz_check(line <= *(size_t *) data);
    fuzz_check(text[0] != '\0' && memchr(text, '\n', strlen(text)) == NULL);
}

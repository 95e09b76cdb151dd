
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdlib.h>
#include <string.h>

#include "wppkg_constraint.h"
#include "wppkg_lists.h"
#include "wppkg_name.h"
#include "wppkg_url.h"


/* where the fields of a line are */

enum {
    WPPKG_LISTS_LIST = 0,
    WPPKG_LISTS_SLUG,
    WPPKG_LISTS_CONSTRAINT,
    WPPKG_LISTS_REASON,
    WPPKG_LISTS_URL
};


typedef struct {
    wppkg_lists_t  *lists;            /* its names */
    wppkg_buf_t     entries;
} wppkg_lists_parser_t;


static int wppkg_lists_line(void *data, const wppkg_line_t *line,
    wppkg_error_t *err);
static int wppkg_lists_name(wppkg_lists_t *lists, const char *name,
    const char **list, wppkg_error_t *err);
static int wppkg_lists_name_check(const char *name, wppkg_error_t *err);
static int wppkg_lists_text(const wppkg_line_t *line, wppkg_filter_t *f,
    wppkg_error_t *err);
static void wppkg_lists_settle(wppkg_lists_t *lists,
    wppkg_lines_report_t *report);
static int wppkg_lists_compare(const void *a, const void *b);
static void wppkg_lists_limit(wppkg_lists_t *lists,
    wppkg_lines_report_t *report);
static size_t wppkg_lists_kept(size_t n);
static void wppkg_lists_first(wppkg_lists_entry_t *e, size_t n,
    wppkg_lines_report_t *report);
static int wppkg_lists_compare_line(const void *a, const void *b);
static int wppkg_lists_compare_name(const void *a, const void *b);


/*
 * What Composer has lists of its own for, or means to have.  It ignores a
 * repository's list of such a name, and of any that begins with "ignore".
 */

static const char *const  wppkg_lists_reserved[] = {
    "advisories", "abandoned", "package", "packages", "license", "licence",
    "licenses", "licences", "support", "maintenance", "security",
    "minimum-release-age"
};


int
wppkg_lists_parse(wppkg_lists_t *lists, const char *bytes, size_t len,
    wppkg_lines_report_t *report)
{
    int                   rc;
    size_t                count;
    wppkg_lists_parser_t  p;

    memset(lists, 0, sizeof(wppkg_lists_t));

    count = report->count;
    p.lists = lists;
    wppkg_buf_init(&p.entries,
                   WPPKG_LINES_COUNT * sizeof(wppkg_lists_entry_t));

    rc = wppkg_lines_read(bytes, len, wppkg_lists_line, &p, report,
                          &lists->text);

    /* the buffer's memory is malloc()'s, and handed on */

    lists->entries = (wppkg_lists_entry_t *) p.entries.data;
    lists->n = p.entries.len / sizeof(wppkg_lists_entry_t);

    if (rc != WPPKG_OK || !wppkg_buf_ok(&p.entries)) {
        wppkg_lists_free(lists);
        return WPPKG_ERROR;
    }

    wppkg_lists_settle(lists, report);

    return (report->count == count) ? WPPKG_OK : WPPKG_DECLINED;
}


void
wppkg_lists_free(wppkg_lists_t *lists)
{
    free(lists->entries);
    free(lists->text);

    memset(lists, 0, sizeof(wppkg_lists_t));
}


const wppkg_lists_entry_t *
wppkg_lists_find(const wppkg_lists_t *lists, wppkg_type_e type,
    const char *slug, size_t *n)
{
    wppkg_lists_entry_t         key;
    const wppkg_lists_entry_t  *first, *end;

    key.package.type = type;
    key.package.slug = slug;

    if (lists->n == 0) {
        return NULL;
    }

    first = bsearch(&key, lists->entries, lists->n,
                    sizeof(wppkg_lists_entry_t), wppkg_lines_compare);

    if (first == NULL) {
        return NULL;
    }

    while (first > lists->entries && wppkg_lines_compare(first - 1, &key) == 0)
    {
        first--;
    }

    for (end = first; end < lists->entries + lists->n; end++) {
        if (wppkg_lines_compare(end, &key) != 0) {
            break;
        }
    }

    *n = (size_t) (end - first);

    return first;
}


static int
wppkg_lists_line(void *data, const wppkg_line_t *line, wppkg_error_t *err)
{
    wppkg_lists_parser_t  *p = data;

    wppkg_lists_entry_t    entry;

    if (line->n <= WPPKG_LISTS_REASON) {
        wppkg_error_set(err, "the line has %zu of the fields LIST"
                        " wp-plugin/SLUG CONSTRAINT \"REASON\" URL, of which"
                        " only the last may be missing; the constraint for"
                        " all versions is *", line->n);
        return WPPKG_ERROR;
    }

    memset(&entry, 0, sizeof(wppkg_lists_entry_t));

    if (wppkg_lines_package(line, WPPKG_LISTS_SLUG, &entry.package, err)
        != WPPKG_OK
        || wppkg_lists_text(line, &entry.filter, err) != WPPKG_OK
        || wppkg_lists_name(p->lists, line->fields[WPPKG_LISTS_LIST],
                            &entry.filter.list, err)
           != WPPKG_OK)
    {
        return WPPKG_ERROR;
    }

    wppkg_buf_append(&p->entries, &entry, sizeof(wppkg_lists_entry_t));

    return WPPKG_OK;
}


/* finds the list of that name, or notes that there is one */

static int
wppkg_lists_name(wppkg_lists_t *lists, const char *name, const char **list,
    wppkg_error_t *err)
{
    size_t  i;

    for (i = 0; i < lists->nnames; i++) {
        if (strcmp(lists->names[i], name) == 0) {
            *list = lists->names[i];
            return WPPKG_OK;
        }
    }

    if (wppkg_lists_name_check(name, err) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    if (lists->nnames == WPPKG_LISTS_NAMES) {
        wppkg_error_set(err, "\"%s\" would be list %d, and %d is the limit:"
                        " join some", name, WPPKG_LISTS_NAMES + 1,
                        WPPKG_LISTS_NAMES);
        return WPPKG_ERROR;
    }

    lists->names[lists->nnames] = name;
    lists->nnames++;
    *list = name;

    return WPPKG_OK;
}


static int
wppkg_lists_name_check(const char *name, wppkg_error_t *err)
{
    size_t  i, len;

    len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

    if (name[len] != '\0' || len > WPPKG_LISTS_NAME || name[0] < 'a') {
        wppkg_error_set(err, "\"%s\" can't be the name of a list: that is up"
                        " to %d of a-z, 0-9 and \"-\", a letter first", name,
                        WPPKG_LISTS_NAME);
        return WPPKG_ERROR;
    }

    if (strcmp(name, WPPKG_LISTS_CLOSED) == 0
        || strcmp(name, WPPKG_LISTS_WORDPRESS) == 0)
    {
        wppkg_error_set(err, "\"%s\" is the repository's own list: choose"
                        " another name", name);
        return WPPKG_ERROR;
    }

    for (i = 0; i < sizeof(wppkg_lists_reserved) / sizeof(char *); i++) {
        if (strcmp(name, wppkg_lists_reserved[i]) == 0) {
            break;
        }
    }

    if (i < sizeof(wppkg_lists_reserved) / sizeof(char *)
        || strncmp(name, "ignore", 6) == 0)
    {
        wppkg_error_set(err, "Composer ignores a repository's list with the"
                        " name \"%s\": choose another one", name);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


static int
wppkg_lists_text(const wppkg_line_t *line, wppkg_filter_t *f,
    wppkg_error_t *err)
{
    size_t       len;
    const char  *refused;

    f->constraint = line->fields[WPPKG_LISTS_CONSTRAINT];
    f->reason = line->fields[WPPKG_LISTS_REASON];

    refused = wppkg_constraint_refused(f->constraint, strlen(f->constraint));

    if (refused != NULL) {
        wppkg_error_set(err, "%s: \"%s\"", refused, f->constraint);
        return WPPKG_ERROR;
    }

    len = strlen(f->reason);

    if (len == 0 || len > WPPKG_FILTER_REASON) {
        wppkg_error_set(err, "the reason has %zu bytes: write 1 to %d", len,
                        WPPKG_FILTER_REASON);
        return WPPKG_ERROR;
    }

    if (line->n > WPPKG_LISTS_URL) {
        f->url = line->fields[WPPKG_LISTS_URL];

        if (!wppkg_url_usable(f->url)) {
            wppkg_error_set(err, "\"%s\" is no URL with http:// or https://"
                            " and a host; a reason with blanks has to be"
                            " between double quotes", f->url);
            return WPPKG_ERROR;
        }
    }

    return WPPKG_OK;
}


/* sorts, and leaves out what is there twice, or is too much for a document */

static void
wppkg_lists_settle(wppkg_lists_t *lists, wppkg_lines_report_t *report)
{
    size_t                i, n;
    wppkg_lists_entry_t  *e, *last;

    qsort(lists->names, lists->nnames, sizeof(char *),
          wppkg_lists_compare_name);

    if (lists->n == 0) {
        return;
    }

    qsort(lists->entries, lists->n, sizeof(wppkg_lists_entry_t),
          wppkg_lists_compare);

    for (i = 1, n = 1; i < lists->n; i++) {
        e = &lists->entries[i];
        last = &lists->entries[n - 1];

        if (wppkg_lines_compare(e, last) == 0
            && strcmp(e->filter.list, last->filter.list) == 0
            && strcmp(e->filter.constraint, last->filter.constraint) == 0)
        {
            wppkg_lines_say(report, e->package.line, "line %zu is of the same"
                            " list, package and constraint: remove one of the"
                            " two", last->package.line);
            continue;
        }

        lists->entries[n] = *e;
        n++;
    }

    lists->n = n;
    wppkg_lists_limit(lists, report);
}


/* of a package with too many, those stay that come first in the file */

static void
wppkg_lists_limit(wppkg_lists_t *lists, wppkg_lines_report_t *report)
{
    size_t                i, n, of;
    wppkg_lists_entry_t  *e;

    for (i = 0, n = 0; i < lists->n; i += of) {
        e = &lists->entries[i];

        for (of = 1; i + of < lists->n; of++) {
            if (wppkg_lines_compare(e, e + of) != 0) {
                break;
            }
        }

        if (of > WPPKG_LISTS_PACKAGE) {
            wppkg_lists_first(e, of, report);
        }

        memmove(&lists->entries[n], e, wppkg_lists_kept(of)
                                       * sizeof(wppkg_lists_entry_t));
        n += wppkg_lists_kept(of);
    }

    lists->n = n;
}


static size_t
wppkg_lists_kept(size_t n)
{
    return (n < WPPKG_LISTS_PACKAGE) ? n : WPPKG_LISTS_PACKAGE;
}


static void
wppkg_lists_first(wppkg_lists_entry_t *e, size_t n,
    wppkg_lines_report_t *report)
{
    size_t  i;

    qsort(e, n, sizeof(wppkg_lists_entry_t), wppkg_lists_compare_line);

    for (i = WPPKG_LISTS_PACKAGE; i < n; i++) {
        wppkg_lines_say(report, e[i].package.line, "%s/%s has %d entries"
                        " before this one, which is the limit: write wider"
                        " constraints", wppkg_type(e->package.type)->vendor,
                        e->package.slug, WPPKG_LISTS_PACKAGE);
    }

    qsort(e, WPPKG_LISTS_PACKAGE, sizeof(wppkg_lists_entry_t),
          wppkg_lists_compare);
}


static int
wppkg_lists_compare(const void *a, const void *b)
{
    int                         rc;
    const wppkg_lists_entry_t  *first, *second;

    first = a;
    second = b;

    rc = wppkg_lines_compare(a, b);

    if (rc == 0) {
        rc = strcmp(first->filter.list, second->filter.list);
    }

    if (rc == 0) {
        rc = strcmp(first->filter.constraint, second->filter.constraint);
    }

    if (rc == 0) {
        rc = (first->package.line < second->package.line) ? -1 : 1;
    }

    return rc;
}


static int
wppkg_lists_compare_line(const void *a, const void *b)
{
    const wppkg_lists_entry_t  *first, *second;

    first = a;
    second = b;

    return (first->package.line < second->package.line) ? -1 : 1;
}


static int
wppkg_lists_compare_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdlib.h>
#include <string.h>

#include "wppkg_buf.h"
#include "wppkg_name.h"
#include "wppkg_replacements.h"


static int wppkg_replacements_line(void *data, const wppkg_line_t *line,
    wppkg_error_t *err);
static const char *wppkg_replacements_refused(const char *name);
static int wppkg_replacements_same(const wppkg_replacement_t *entry);
static void wppkg_replacements_settle(wppkg_replacements_t *r,
    wppkg_lines_report_t *report);
static int wppkg_replacements_compare(const void *a, const void *b);


int
wppkg_replacements_parse(wppkg_replacements_t *r, const char *bytes,
    size_t len, wppkg_lines_report_t *report)
{
    int          rc;
    size_t       count;
    wppkg_buf_t  entries;

    memset(r, 0, sizeof(wppkg_replacements_t));

    count = report->count;
    wppkg_buf_init(&entries, WPPKG_LINES_COUNT * sizeof(wppkg_replacement_t));

    rc = wppkg_lines_read(bytes, len, wppkg_replacements_line, &entries,
                          report, &r->text);

    /* the buffer's memory is malloc()'s, and handed on */

    r->entries = (wppkg_replacement_t *) entries.data;
    r->n = entries.len / sizeof(wppkg_replacement_t);

    if (rc != WPPKG_OK || !wppkg_buf_ok(&entries)) {
        wppkg_replacements_free(r);
        return WPPKG_ERROR;
    }

    wppkg_replacements_settle(r, report);

    return (report->count == count) ? WPPKG_OK : WPPKG_DECLINED;
}


void
wppkg_replacements_free(wppkg_replacements_t *r)
{
    free(r->entries);
    free(r->text);

    memset(r, 0, sizeof(wppkg_replacements_t));
}


const char *
wppkg_replacements_find(const wppkg_replacements_t *r, wppkg_type_e type,
    const char *slug)
{
    wppkg_replacement_t         key;
    const wppkg_replacement_t  *found;

    if (r->n == 0) {
        return NULL;
    }

    key.package.type = type;
    key.package.slug = slug;

    found = bsearch(&key, r->entries, r->n, sizeof(wppkg_replacement_t),
                    wppkg_lines_compare);

    return (found != NULL) ? found->by : NULL;
}


static int
wppkg_replacements_line(void *data, const wppkg_line_t *line,
    wppkg_error_t *err)
{
    const char           *refused;
    wppkg_replacement_t   entry;

    if (line->n != 2) {
        wppkg_error_set(err, "write two fields in the line, which has %zu:"
                        " wp-plugin/OLD vendor/NEW", line->n);
        return WPPKG_ERROR;
    }

    memset(&entry, 0, sizeof(wppkg_replacement_t));

    if (wppkg_lines_package(line, 0, &entry.package, err) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    entry.by = line->fields[1];
    refused = wppkg_replacements_refused(entry.by);

    if (refused != NULL) {
        wppkg_error_set(err, "Composer can't have a package \"%s\": %s",
                        entry.by, refused);
        return WPPKG_ERROR;
    }

    if (wppkg_replacements_same(&entry)) {
        wppkg_error_set(err, "%s would replace itself: name another one",
                        entry.by);
        return WPPKG_ERROR;
    }

    wppkg_buf_append(data, &entry, sizeof(wppkg_replacement_t));

    return WPPKG_OK;
}


/*
 * Composer's rule for a whole name (contract C 16).  That for the vendor is
 * the slug's without "--".
 */

static const char *
wppkg_replacements_refused(const char *name)
{
    size_t       len;
    const char  *slash;

    slash = strchr(name, '/');
    len = (slash != NULL) ? (size_t) (slash - name) : 0;

    if (slash == NULL) {
        return "it is written vendor/name";
    }

    if (wppkg_slug_refused(name, len) != NULL
        || memmem(name, len, "--", 2) != NULL)
    {
        return "the vendor is words of a-z and 0-9 with one of \"-\", \"_\""
               " and \".\" between them";
    }

    return wppkg_slug_refused(slash + 1, strlen(slash + 1));
}


static int
wppkg_replacements_same(const wppkg_replacement_t *entry)
{
    wppkg_name_t  by;

    return wppkg_name_composer(entry->by, strlen(entry->by), &by) == WPPKG_OK
           && by.type == entry->package.type
           && strcmp(by.slug, entry->package.slug) == 0;
}


/* sorts, and keeps the first of what is there twice */

static void
wppkg_replacements_settle(wppkg_replacements_t *r,
    wppkg_lines_report_t *report)
{
    size_t                i, n;
    wppkg_replacement_t  *entry, *last;

    if (r->n == 0) {
        return;
    }

    qsort(r->entries, r->n, sizeof(wppkg_replacement_t),
          wppkg_replacements_compare);

    for (i = 1, n = 1; i < r->n; i++) {
        entry = &r->entries[i];
        last = &r->entries[n - 1];

        if (wppkg_lines_compare(entry, last) == 0) {
            wppkg_lines_say(report, entry->package.line, "line %zu names a"
                            " replacement of %s/%s already: remove one of the"
                            " two", last->package.line,
                            wppkg_type(entry->package.type)->vendor,
                            entry->package.slug);
            continue;
        }

        r->entries[n] = *entry;
        n++;
    }

    r->n = n;
}


static int
wppkg_replacements_compare(const void *a, const void *b)
{
    int                         rc;
    const wppkg_replacement_t  *first, *second;

    first = a;
    second = b;

    rc = wppkg_lines_compare(a, b);

    if (rc == 0) {
        rc = (first->package.line < second->package.line) ? -1 : 1;
    }

    return rc;
}

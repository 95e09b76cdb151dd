
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "syncd_advisory_reader.h"
#include "wppkg_name.h"
#include "wppkg_url.h"
#include "wppkg_warning.h"


#define SYNCD_ADVISORY_TEXT  (64 * 1024)      /* bytes of a text we make */


/* the values of a list, or of an object, which PHP may make of one */

typedef struct {
    json_t        *list;
    size_t         i;
    void          *iter;
} syncd_advisory_list_t;


/* some of the versions of one package */

typedef struct {
    wppkg_type_e   type;
    char           slug[WPPKG_SLUG_MAX + 1];
    json_t        *versions;
} syncd_advisory_part_t;


static int syncd_advisory_key(const char *text, size_t len,
    char id[SYNCD_ADVISORY_ID + 1], size_t *end);
static int syncd_advisory_bad(syncd_advisory_reader_t *r, const char *id,
    const wppkg_error_t *why);
static int syncd_advisory_read(syncd_advisory_reader_t *r, const char *id,
    const char *text, size_t len, wppkg_error_t *why);
static int syncd_advisory_record(syncd_advisory_reader_t *r, const char *id,
    json_t *record, wppkg_error_t *why);

static int syncd_advisory_about(syncd_advisory_reader_t *r,
    const json_t *record, wppkg_advisory_t *a, wppkg_error_t *why);
static const char *syncd_advisory_cve(const json_t *record);
static const char *syncd_advisory_severity(const json_t *record);
static int64_t syncd_advisory_reported(const json_t *record);
static int64_t syncd_advisory_date(const char *s);
static int syncd_advisory_link(const json_t *record, const char *id,
    char **link);

static int syncd_advisory_credit(syncd_advisory_reader_t *r,
    const json_t *record);
static int syncd_advisory_license(syncd_advisory_reader_t *r,
    const char *text, const char *url);
static int syncd_advisory_same(const char *a, const char *b);

static int syncd_advisory_software(syncd_advisory_reader_t *r,
    const char *id, const json_t *record, syncd_advisory_part_t **parts,
    size_t *nparts, wppkg_error_t *why);
static int syncd_advisory_part(syncd_advisory_reader_t *r,
    const json_t *software, syncd_advisory_part_t *part);
static int syncd_advisory_order(const void *one, const void *other);
static int syncd_advisory_packages(syncd_advisory_reader_t *r,
    syncd_advisory_part_t *parts, size_t nparts, wppkg_advisory_t *a);
static int syncd_advisory_package(syncd_advisory_reader_t *r,
    const syncd_advisory_part_t *parts, size_t n, wppkg_advisory_t *a);
static int syncd_advisory_ranges(const syncd_advisory_part_t *part,
    wppkg_ranges_t *ranges);
static const char *syncd_advisory_end(const json_t *range, const char *name);

static void syncd_advisory_list(syncd_advisory_list_t *l, json_t *list);
static json_t *syncd_advisory_next(syncd_advisory_list_t *l);
static size_t syncd_advisory_size(const json_t *list);
static const char *syncd_advisory_string(const json_t *object,
    const char *name);


void
syncd_advisory_reader_init(syncd_advisory_reader_t *r,
    const syncd_advisory_handler_t *handler)
{
    memset(r, 0, sizeof(syncd_advisory_reader_t));

    r->handler = *handler;

    wppkg_buf_init(&r->title, SYNCD_ADVISORY_TEXT);
    wppkg_buf_init(&r->credit, SYNCD_ADVISORY_TEXT);
    wppkg_buf_init(&r->constraint, SYNCD_ADVISORY_TEXT);
}


void
syncd_advisory_reader_free(syncd_advisory_reader_t *r)
{
    size_t  i;

    for (i = 0; i < r->nlicenses; i++) {
        free(r->licenses[i].text);
        free(r->licenses[i].url);
    }

    wppkg_buf_free(&r->title);
    wppkg_buf_free(&r->credit);
    wppkg_buf_free(&r->constraint);
}


int
syncd_advisory_reader_take(void *reader, const char *text, size_t len,
    int whole)
{
    int                       rc;
    char                      id[SYNCD_ADVISORY_ID + 1];
    size_t                    end;
    wppkg_error_t             why;
    syncd_advisory_reader_t  *r;

    r = reader;

    if (syncd_advisory_key(text, len, id, &end) != WPPKG_OK) {
        wppkg_error_set(&why, "a record has no id, or one that is none: "
                        "\"%.40s\"", text);
        return syncd_advisory_bad(r, NULL, &why);
    }

    if (!whole) {
        wppkg_error_set(&why, "record \"%s\" is too long", id);
        return syncd_advisory_bad(r, id, &why);
    }

    rc = syncd_advisory_read(r, id, text + end, len - end, &why);

    if (rc == WPPKG_DECLINED) {
        return syncd_advisory_bad(r, id, &why);
    }

    r->records += (rc == WPPKG_OK);

    return rc;
}


/* the name of a member, and where its value begins */

static int
syncd_advisory_key(const char *text, size_t len,
    char id[SYNCD_ADVISORY_ID + 1], size_t *end)
{
    int            ok;
    size_t         i, n;
    json_t        *key;
    const char    *s;
    json_error_t   error;

    key = json_loadb(text, len, JSON_DECODE_ANY|JSON_DISABLE_EOF_CHECK,
                     &error);
    s = json_string_value(key);
    n = json_string_length(key);

    ok = (s != NULL && n > 0 && n <= SYNCD_ADVISORY_ID);

    for (i = 0; ok && i < n; i++) {
        ok = (s[i] > 0x20 && s[i] < 0x7f && strchr("<>\\\"", s[i]) == NULL);
    }

    if (ok) {
        memcpy(id, s, n + 1);
        *end = (size_t) error.position;

        while (*end < len && strchr(" \t\r\n", text[*end]) != NULL) {
            (*end)++;
        }

        ok = (*end < len && text[*end] == ':');
        (*end)++;
    }

    json_decref(key);

    return ok ? WPPKG_OK : WPPKG_DECLINED;
}


static int
syncd_advisory_bad(syncd_advisory_reader_t *r, const char *id,
    const wppkg_error_t *why)
{
    r->bad++;

    if (r->first.text[0] == '\0') {
        r->first = *why;
    }

    return (id != NULL) ? r->handler.keep(r->handler.ctx, id) : WPPKG_OK;
}


/* WPPKG_DECLINED: the record is bad */

static int
syncd_advisory_read(syncd_advisory_reader_t *r, const char *id,
    const char *text, size_t len, wppkg_error_t *why)
{
    int            rc;
    json_t        *record;
    json_error_t   error;

    record = json_loadb(text, len, JSON_DECODE_ANY|JSON_ALLOW_NUL, &error);

    if (record == NULL
        && json_error_code(&error) == json_error_out_of_memory)
    {
        return WPPKG_ERROR;
    }

    if (!json_is_object(record)) {
        wppkg_error_set(why, "record \"%s\": %s", id,
                        (record == NULL) ? error.text
                                         : "it is not an object");
        json_decref(record);
        return WPPKG_DECLINED;
    }

    rc = syncd_advisory_record(r, id, record, why);

    json_decref(record);

    return rc;
}


static int
syncd_advisory_record(syncd_advisory_reader_t *r, const char *id,
    json_t *record, wppkg_error_t *why)
{
    int                     rc;
    char                   *link;
    size_t                  nparts;
    wppkg_advisory_t        a;
    syncd_advisory_part_t  *parts;

    memset(&a, 0, sizeof(wppkg_advisory_t));
    a.id = id;

    link = NULL;
    parts = NULL;

    rc = syncd_advisory_about(r, record, &a, why);

    if (rc == WPPKG_OK) {
        rc = syncd_advisory_link(record, id, &link);
        a.link = link;
    }

    if (rc == WPPKG_OK) {
        rc = syncd_advisory_software(r, id, record, &parts, &nparts, why);
    }

    if (rc == WPPKG_OK) {
        rc = syncd_advisory_packages(r, parts, nparts, &a);
    }

    free(parts);
    free(link);

    return rc;
}


/* what is the same for all packages of a record, but the link */

static int
syncd_advisory_about(syncd_advisory_reader_t *r, const json_t *record,
    wppkg_advisory_t *a, wppkg_error_t *why)
{
    json_t      *title;
    const char  *id;

    id = syncd_advisory_string(record, "id");

    if (id != NULL && strcmp(id, a->id) != 0) {
        wppkg_error_set(why, "record \"%s\": its id is \"%.100s\"", a->id, id);
        return WPPKG_DECLINED;
    }

    title = json_object_get(record, "title");
    wppkg_buf_reset(&r->title);

    if (!json_is_string(title)
        || !wppkg_warning_title(&r->title, json_string_value(title),
                                json_string_length(title),
                                WPPKG_ADVISORY_TITLE))
    {
        wppkg_error_set(why, "record \"%s\": it has no title", a->id);
        return wppkg_buf_ok(&r->title) ? WPPKG_DECLINED : WPPKG_ERROR;
    }

    if (syncd_advisory_credit(r, record) != WPPKG_OK
        || !wppkg_buf_ok(&r->title))
    {
        return WPPKG_ERROR;
    }

    a->title = r->title.data;
    a->credit = (r->credit.len > 0) ? r->credit.data : NULL;
    a->cve = syncd_advisory_cve(record);
    a->severity = syncd_advisory_severity(record);
    a->reported_at = syncd_advisory_reported(record);

    r->undated += (a->reported_at == 0);

    return WPPKG_OK;
}


/* "CVE-2024-12345" */

static const char *
syncd_advisory_cve(const json_t *record)
{
    size_t       year, number;
    const char  *cve;

    static const char  digits[] = "0123456789";

    cve = syncd_advisory_string(record, "cve");

    if (cve == NULL || strncmp(cve, "CVE-", 4) != 0) {
        return NULL;
    }

    year = strspn(cve + 4, digits);

    if (year != 4 || cve[8] != '-') {
        return NULL;
    }

    number = strspn(cve + 9, digits);

    return (number >= 4 && number <= 10 && cve[9 + number] == '\0')
           ? cve : NULL;
}


/* Composer's words; there is none for "None" */

static const char *
syncd_advisory_severity(const json_t *record)
{
    size_t       i;
    const char  *rating;

    static const char *const  severities[] = {
        "low", "medium", "high", "critical"
    };

    rating = syncd_advisory_string(json_object_get(record, "cvss"), "rating");

    for (i = 0; rating != NULL && i < 4; i++) {
        if (strcasecmp(rating, severities[i]) == 0) {
            return severities[i];
        }
    }

    return NULL;
}


static int64_t
syncd_advisory_reported(const json_t *record)
{
    int64_t  at;

    at = syncd_advisory_date(syncd_advisory_string(record, "published"));

    return (at != 0) ? at
                     : syncd_advisory_date(syncd_advisory_string(record,
                                                                 "updated"));
}


/*
 * "2024-10-01 03:04:05", or ISO 8601's "2024-10-01T03:04:05.000000Z", both in
 * UTC, or without the time; 0: it is no date.
 */

static int64_t
syncd_advisory_date(const char *s)
{
    int        n, end;
    char       sep;
    time_t     at;
    struct tm  tm, again;

    memset(&tm, 0, sizeof(struct tm));
    end = 0;

    n = (s != NULL) ? sscanf(s, "%4d-%2d-%2d%n%c%2d:%2d:%2d", &tm.tm_year,
                             &tm.tm_mon, &tm.tm_mday, &end, &sep,
                             &tm.tm_hour, &tm.tm_min, &tm.tm_sec)
                    : 0;

    if (n < 3 || tm.tm_year < 1990
        || (n == 7 ? (sep != ' ' && sep != 'T') : s[end] != '\0'))
    {
        return 0;
    }

    tm.tm_year -= 1900;
    tm.tm_mon--;

    again = tm;
    at = timegm(&again);

    /* the 30th of February becomes another day */

    return (again.tm_mday == tm.tm_mday && again.tm_mon == tm.tm_mon
            && again.tm_hour == tm.tm_hour && again.tm_min == tm.tm_min
            && again.tm_sec == tm.tm_sec && at > 0)
           ? (int64_t) at : 0;
}


/* the record's page, which its source wants to be told; else any other page */

static int
syncd_advisory_link(const json_t *record, const char *id, char **link)
{
    char                   *url;
    const json_t           *item;
    syncd_advisory_list_t   l;

    syncd_advisory_list(&l, json_object_get(record, "references"));

    for ( ;; ) {
        item = syncd_advisory_next(&l);

        if (item == NULL) {
            return WPPKG_OK;
        }

        if (!json_is_string(item)
            || strlen(json_string_value(item)) != json_string_length(item))
        {
            continue;
        }

        url = wppkg_url_copy(json_string_value(item),
                             json_string_length(item));

        if (url == NULL) {
            return WPPKG_ERROR;
        }

        if (!wppkg_url_usable(url)
            || (*link != NULL && strstr(url, id) == NULL))
        {
            free(url);
            continue;
        }

        free(*link);
        *link = url;

        if (strstr(url, id) != NULL) {
            return WPPKG_OK;
        }
    }
}


/*
 * The copyright notices, with "; " between them.  They stand in a list or, by
 * the name of who has written them, in an object, beside a text.
 */

static int
syncd_advisory_credit(syncd_advisory_reader_t *r, const json_t *record)
{
    size_t                  begun;
    const char             *notice;
    const json_t           *item;
    syncd_advisory_list_t   l;

    wppkg_buf_reset(&r->credit);
    syncd_advisory_list(&l, json_object_get(record, "copyrights"));

    for ( ;; ) {
        item = syncd_advisory_next(&l);

        if (item == NULL) {
            return wppkg_buf_ok(&r->credit) ? WPPKG_OK : WPPKG_ERROR;
        }

        if (syncd_advisory_license(r, syncd_advisory_string(item, "license"),
                                   syncd_advisory_string(item, "license_url"))
            != WPPKG_OK)
        {
            return WPPKG_ERROR;
        }

        notice = syncd_advisory_string(item, "notice");
        begun = r->credit.len;

        if (notice == NULL || begun > WPPKG_ADVISORY_CREDIT) {
            continue;
        }

        wppkg_buf_puts(&r->credit, (begun > 0) ? "; " : "");

        (void) wppkg_warning_clean(&r->credit, notice, strlen(notice),
                                   WPPKG_ADVISORY_CREDIT);
    }
}


/* remembers it, if it is another one */

static int
syncd_advisory_license(syncd_advisory_reader_t *r, const char *text,
    const char *url)
{
    size_t                     i;
    syncd_advisory_license_t  *l;

    if (text == NULL || strlen(text) > SYNCD_ADVISORY_LICENSE) {
        return WPPKG_OK;
    }

    if (url != NULL && !wppkg_url_usable(url)) {
        url = NULL;
    }

    for (i = 0; i < r->nlicenses; i++) {
        l = &r->licenses[i];

        if (strcmp(l->text, text) == 0 && syncd_advisory_same(l->url, url)) {
            return WPPKG_OK;
        }
    }

    if (r->nlicenses == SYNCD_ADVISORY_LICENSES) {
        return WPPKG_OK;
    }

    l = &r->licenses[r->nlicenses];
    l->text = strdup(text);
    l->url = (url != NULL) ? strdup(url) : NULL;

    r->nlicenses++;

    return (l->text != NULL && (url == NULL || l->url != NULL))
           ? WPPKG_OK : WPPKG_ERROR;
}


static int
syncd_advisory_same(const char *a, const char *b)
{
    return (a == NULL || b == NULL) ? a == b : strcmp(a, b) == 0;
}


/* the packages that it is of, sorted; one may be there several times */

static int
syncd_advisory_software(syncd_advisory_reader_t *r, const char *id,
    const json_t *record, syncd_advisory_part_t **parts, size_t *nparts,
    wppkg_error_t *why)
{
    json_t                 *list, *item;
    size_t                  n;
    syncd_advisory_list_t   l;
    syncd_advisory_part_t  *part;

    list = json_object_get(record, "software");
    n = syncd_advisory_size(list);

    if (n == 0 || n > SYNCD_ADVISORY_SOFTWARE) {
        wppkg_error_set(why, "record \"%s\": it is of %s software", id,
                        (n == 0) ? "no" : "too much");
        return WPPKG_DECLINED;
    }

    *parts = calloc(n, sizeof(syncd_advisory_part_t));
    *nparts = 0;

    if (*parts == NULL) {
        return WPPKG_ERROR;
    }

    syncd_advisory_list(&l, list);

    for ( ;; ) {
        item = syncd_advisory_next(&l);

        if (item == NULL) {
            break;
        }

        part = &(*parts)[*nparts];

        if (!syncd_advisory_part(r, item, part)) {
            continue;
        }

        /* an empty list says that there are none; this says nothing */

        if (!json_is_object(part->versions)
            && !json_is_array(part->versions))
        {
            wppkg_error_set(why, "record \"%s\": %s \"%s\" has no "
                            "\"affected_versions\"", id,
                            wppkg_type(part->type)->name, part->slug);
            return WPPKG_DECLINED;
        }

        (*nparts)++;
    }

    qsort(*parts, *nparts, sizeof(syncd_advisory_part_t),
          syncd_advisory_order);

    return WPPKG_OK;
}


/* 1: it is of a package that there can be */

static int
syncd_advisory_part(syncd_advisory_reader_t *r, const json_t *software,
    syncd_advisory_part_t *part)
{
    char        *p;
    size_t       len;
    const char  *type, *slug;

    type = syncd_advisory_string(software, "type");
    slug = syncd_advisory_string(software, "slug");

    if (type != NULL && strcmp(type, "core") == 0) {
        r->core++;
        return 0;
    }

    len = (slug != NULL) ? strlen(slug) : 0;

    if (type == NULL || len == 0 || len > WPPKG_SLUG_MAX
        || wppkg_type_find(type, strlen(type), &part->type) != WPPKG_OK)
    {
        r->foreign++;
        return 0;
    }

    memcpy(part->slug, slug, len + 1);

    for (p = part->slug; *p != '\0'; p++) {
        *p = (*p >= 'A' && *p <= 'Z') ? (char) (*p | 0x20) : *p;
    }

    if (wppkg_slug_refused(part->slug, len) != NULL) {
        r->foreign++;
        return 0;
    }

    part->versions = json_object_get(software, "affected_versions");

    return 1;
}


static int
syncd_advisory_order(const void *one, const void *other)
{
    const syncd_advisory_part_t  *a, *b;

    a = one;
    b = other;

    return (a->type != b->type) ? (int) a->type - (int) b->type
                                : strcmp(a->slug, b->slug);
}


static int
syncd_advisory_packages(syncd_advisory_reader_t *r,
    syncd_advisory_part_t *parts, size_t nparts, wppkg_advisory_t *a)
{
    int     rc;
    size_t  i, n;

    rc = WPPKG_OK;

    for (i = 0; i < nparts && rc == WPPKG_OK; i += n) {

        for (n = 1; i + n < nparts; n++) {
            if (syncd_advisory_order(&parts[i], &parts[i + n]) != 0) {
                break;
            }
        }

        rc = syncd_advisory_package(r, &parts[i], n, a);
    }

    return rc;
}


static int
syncd_advisory_package(syncd_advisory_reader_t *r,
    const syncd_advisory_part_t *parts, size_t n, wppkg_advisory_t *a)
{
    int             rc;
    size_t          i;
    wppkg_ranges_t  ranges;

    wppkg_ranges_init(&ranges);
    wppkg_buf_reset(&r->constraint);

    rc = WPPKG_OK;

    for (i = 0; i < n && rc == WPPKG_OK; i++) {
        rc = syncd_advisory_ranges(&parts[i], &ranges);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_ranges_constraint(&ranges, &r->constraint);
    }

    if (!wppkg_buf_ok(&r->constraint)) {
        rc = WPPKG_ERROR;
    }

    if (rc == WPPKG_OK) {
        r->widened += ranges.widened;

        a->type = parts->type;
        a->slug = parts->slug;
        a->constraint = r->constraint.data;

        rc = r->handler.put(r->handler.ctx, a);

    } else if (rc == WPPKG_DECLINED) {
        r->harmless++;
        rc = WPPKG_OK;
    }

    wppkg_ranges_free(&ranges);

    return rc;
}


static int
syncd_advisory_ranges(const syncd_advisory_part_t *part,
    wppkg_ranges_t *ranges)
{
    int                     rc;
    const json_t           *range;
    syncd_advisory_list_t   l;

    rc = WPPKG_OK;
    syncd_advisory_list(&l, part->versions);

    while (rc == WPPKG_OK) {
        range = syncd_advisory_next(&l);

        if (range == NULL) {
            break;
        }

        rc = wppkg_ranges_add(ranges,
                 syncd_advisory_end(range, "from_version"),
                 !json_is_false(json_object_get(range, "from_inclusive")),
                 syncd_advisory_end(range, "to_version"),
                 !json_is_false(json_object_get(range, "to_inclusive")));
    }

    return rc;
}


/* what is no text is no version: as a number 1.10 would be 1.1 */

static const char *
syncd_advisory_end(const json_t *range, const char *name)
{
    const char    *s;
    const json_t  *end;

    end = json_object_get(range, name);

    if (end == NULL || json_is_null(end)) {
        return json_is_object(range) ? NULL : "?";
    }

    s = json_string_value(end);

    return (s != NULL && strlen(s) == json_string_length(end)) ? s : "?";
}


static void
syncd_advisory_list(syncd_advisory_list_t *l, json_t *list)
{
    l->list = list;
    l->i = 0;
    l->iter = json_object_iter(list);
}


/* NULL: there is no more */

static json_t *
syncd_advisory_next(syncd_advisory_list_t *l)
{
    json_t  *value;

    if (json_is_array(l->list)) {
        return json_array_get(l->list, l->i++);
    }

    value = json_object_iter_value(l->iter);
    l->iter = json_object_iter_next(l->list, l->iter);

    return value;
}


static size_t
syncd_advisory_size(const json_t *list)
{
    return json_is_array(list) ? json_array_size(list)
                               : json_object_size(list);
}


/* NULL: it is none, or empty, or has a NUL inside */

static const char *
syncd_advisory_string(const json_t *object, const char *name)
{
    const char    *s;
    const json_t  *value;

    value = json_object_get(object, name);
    s = json_string_value(value);

    return (s != NULL && *s != '\0' && strlen(s) == json_string_length(value))
           ? s : NULL;
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdlib.h>
#include <string.h>

#include "wppkg_constraint.h"
#include "wppkg_ranges.h"


static wppkg_range_t *wppkg_ranges_new(wppkg_ranges_t *r);
static int wppkg_range_end(wppkg_range_end_t *end, const char *s, int lower,
    int inclusive);
static size_t wppkg_range_text(const char *clean);
static int wppkg_range_empty(const wppkg_range_t *range);

static void wppkg_ranges_settle(wppkg_ranges_t *r);
static int wppkg_ranges_compare(const void *one, const void *other);
static int wppkg_range_from_compare(const wppkg_range_end_t *a,
    const wppkg_range_end_t *b);
static int wppkg_range_to_compare(const wppkg_range_end_t *a,
    const wppkg_range_end_t *b);
static int wppkg_range_meets(const wppkg_range_t *a, const wppkg_range_t *b);

static void wppkg_range_put(wppkg_buf_t *text, const wppkg_range_t *range,
    unsigned all);


void
wppkg_ranges_init(wppkg_ranges_t *r)
{
    memset(r, 0, sizeof(wppkg_ranges_t));
}


void
wppkg_ranges_free(wppkg_ranges_t *r)
{
    free(r->range);
    wppkg_ranges_init(r);
}


int
wppkg_ranges_add(wppkg_ranges_t *r, const char *from, int from_inclusive,
    const char *to, int to_inclusive)
{
    int             wider;
    wppkg_range_t  *range;

    range = wppkg_ranges_new(r);

    if (range == NULL) {
        return WPPKG_ERROR;
    }

    if (r->n > WPPKG_RANGES_MAX) {
        r->widened++;
        r->all = 1;
        r->n = 1;
        memset(r->range, 0, sizeof(wppkg_range_t));
        return WPPKG_OK;
    }

    wider = wppkg_range_end(&range->from, from, 1, from_inclusive);
    wider |= wppkg_range_end(&range->to, to, 0, to_inclusive);

    r->widened += (size_t) wider;
    r->all |= (range->from.text[0] == '\0' && range->to.text[0] == '\0');

    if (wppkg_range_empty(range)) {
        r->empty++;
        r->n--;
    }

    return WPPKG_OK;
}


static wppkg_range_t *
wppkg_ranges_new(wppkg_ranges_t *r)
{
    size_t          size;
    wppkg_range_t  *range;

    if (r->n == r->size) {
        size = r->size ? r->size * 2 : 4;
        range = reallocarray(r->range, size, sizeof(wppkg_range_t));

        if (range == NULL) {
            return NULL;
        }

        r->range = range;
        r->size = size;
    }

    range = &r->range[r->n++];
    memset(range, 0, sizeof(wppkg_range_t));

    return range;
}


/*
 * 1: s is no version that can be compared, and the range has no end here.
 * Before ">=" and "<", Composer adds "-dev" to a version without a suffix, so
 * that pre-releases of 1.0 are in ">=1.0", and not in "<1.0".
 */

static int
wppkg_range_end(wppkg_range_end_t *end, const char *s, int lower,
    int inclusive)
{
    int              suffixed;
    char             text[WPPKG_VERSION_MAX + 2];
    size_t           len;
    wppkg_version_t  v;

    if (s == NULL || s[0] == '\0' || strcmp(s, "*") == 0) {
        return 0;
    }

    /* stability flags and aliases are Composer's, no source means them */

    if (strchr(s, '@') != NULL || strstr(s, " as ") != NULL
        || wppkg_version_parse(s, strlen(s), &v) != WPPKG_OK)
    {
        return 1;
    }

    suffixed = wppkg_version_suffixed(v.clean);
    len = wppkg_range_text(v.clean);

    text[0] = '<';
    memcpy(text + 1, v.clean, len);
    text[1 + len] = '\0';

    if (wppkg_version_suffixed(text + 1) != suffixed
        || wppkg_constraint_refused(text, 1 + len) != NULL)
    {
        return 1;
    }

    memcpy(end->text, text + 1, len + 1);
    memcpy(end->bound, v.normalized, sizeof(v.normalized));
    end->inclusive = (inclusive != 0);

    if (lower == end->inclusive && !suffixed) {
        memcpy(end->bound + strlen(end->bound), "-dev", 5);
    }

    return 0;
}


/*
 * How many bytes of a version are what a constraint may have: it is the same
 * version without "+build", and "1.2." is "1.2".
 */

static size_t
wppkg_range_text(const char *clean)
{
    size_t  len;

    len = strcspn(clean, "+");

    return len - (len > 1 && clean[len - 1] == '.');
}


static int
wppkg_range_empty(const wppkg_range_t *range)
{
    int  order;

    if (range->from.text[0] == '\0' || range->to.text[0] == '\0') {
        return 0;
    }

    order = wppkg_version_compare(range->from.bound, range->to.bound);

    return order > 0
           || (order == 0 && !(range->from.inclusive && range->to.inclusive));
}


int
wppkg_ranges_constraint(wppkg_ranges_t *r, wppkg_buf_t *text)
{
    size_t  i;

    if (r->n == 0) {
        return WPPKG_DECLINED;
    }

    wppkg_ranges_settle(r);

    for (i = 0; i < r->n; i++) {
        wppkg_buf_puts(text, (i > 0) ? "|" : "");
        wppkg_range_put(text, &r->range[i], r->all);
    }

    return WPPKG_OK;
}


/* sorts, and makes one range of two that overlap or have nothing in between */

static void
wppkg_ranges_settle(wppkg_ranges_t *r)
{
    size_t          i, n;
    wppkg_range_t  *last;

    qsort(r->range, r->n, sizeof(wppkg_range_t), wppkg_ranges_compare);

    n = 1;

    for (i = 1; i < r->n; i++) {
        last = &r->range[n - 1];

        if (!wppkg_range_meets(last, &r->range[i])) {

            if (n < WPPKG_RANGES_TEXT) {
                r->range[n++] = r->range[i];
                continue;
            }

            r->widened++;
        }

        if (wppkg_range_to_compare(&last->to, &r->range[i].to) < 0) {
            last->to = r->range[i].to;
        }
    }

    r->n = n;
}


static int
wppkg_ranges_compare(const void *one, const void *other)
{
    int                   order;
    const wppkg_range_t  *a, *b;

    a = one;
    b = other;

    order = wppkg_range_from_compare(&a->from, &b->from);

    return (order != 0) ? order : wppkg_range_to_compare(&a->to, &b->to);
}


/*
 * < 0: a begins first.  Of two spellings of one bound the shorter is first, so
 * that the text depends on no order of the ranges.
 */

static int
wppkg_range_from_compare(const wppkg_range_end_t *a,
    const wppkg_range_end_t *b)
{
    int  order;

    if (a->text[0] == '\0' || b->text[0] == '\0') {
        return (a->text[0] != '\0') - (b->text[0] != '\0');
    }

    order = wppkg_version_compare(a->bound, b->bound);

    if (order == 0) {
        order = (int) b->inclusive - (int) a->inclusive;
    }

    return (order != 0) ? order : wppkg_version_prefer(a->text, b->text);
}


/* > 0: a ends last; of two spellings of one bound the shorter */

static int
wppkg_range_to_compare(const wppkg_range_end_t *a, const wppkg_range_end_t *b)
{
    int  order;

    if (a->text[0] == '\0' || b->text[0] == '\0') {
        return (a->text[0] == '\0') - (b->text[0] == '\0');
    }

    order = wppkg_version_compare(a->bound, b->bound);

    if (order == 0) {
        order = (int) a->inclusive - (int) b->inclusive;
    }

    return (order != 0) ? order : wppkg_version_prefer(b->text, a->text);
}


/* whether b, which does not begin before a, begins where a ends, or before */

static int
wppkg_range_meets(const wppkg_range_t *a, const wppkg_range_t *b)
{
    int  order;

    if (a->to.text[0] == '\0' || b->from.text[0] == '\0') {
        return 1;
    }

    order = wppkg_version_compare(b->from.bound, a->to.bound);

    return order < 0
           || (order == 0 && (a->to.inclusive || b->from.inclusive));
}


/* to Composer "*" is also every branch, which no comparison is */

static void
wppkg_range_put(wppkg_buf_t *text, const wppkg_range_t *range, unsigned all)
{
    if (range->from.text[0] != '\0') {
        wppkg_buf_puts(text, range->from.inclusive ? ">=" : ">");
        wppkg_buf_puts(text, range->from.text);
    }

    if (range->to.text[0] != '\0') {
        wppkg_buf_puts(text, (range->from.text[0] != '\0') ? "," : "");
        wppkg_buf_puts(text, range->to.inclusive ? "<=" : "<");
        wppkg_buf_puts(text, range->to.text);
        return;
    }

    if (range->from.text[0] == '\0') {
        wppkg_buf_puts(text, all ? "*" : ">=0");
    }
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "syncd.h"
#include "syncd_api_page.h"
#include "syncd_ask_pages.h"


/* 999 themes, then thirds of 333, of 111: they begin where the whole does */
#define SYNCD_PAGES_PARTS   3
#define SYNCD_PAGES_LEAST   (SYNCD_API_PAGE_MAX / 9)

#define SYNCD_PAGES_BATCH   100       /* results that are handed on together */

/* so many useless pages in a row: no page can be had */
#define SYNCD_PAGES_IN_A_ROW  16

/*
 * so many pages in a row without a new theme: there are no more, whatever
 * number of pages the answers promise
 */
#define SYNCD_PAGES_NO_NEWS   3

/* a bit for each slug that was told of, by its hash: 14,000 leave nearly all
   of them clear, so a page of new ones is never taken for an old one */
#define SYNCD_PAGES_BITS      (1024 * 1024)


typedef struct syncd_ask_span_s  syncd_ask_span_t;


/* a page to be asked for */

struct syncd_ask_span_s {
    syncd_ask_span_t  *next;
    size_t             page;
    size_t             size;
};


typedef struct {
    const syncd_ask_walk_t  *walk;

    const wppkg_due_t       *asked_for;
    size_t                   n;
    const wppkg_due_t      **sorted;  /* the same, by slug */
    unsigned char           *told;    /* 1: a page has told of it */
    size_t                   left;    /* of which none has */
    unsigned char           *seen;    /* SYNCD_PAGES_BITS */

    syncd_ask_span_t        *parts;   /* of pages, the latest first */
    size_t                   asked;   /* whole pages */
    size_t                   pages;   /* that there are, as far as is known */
    unsigned                 in_a_row;
    unsigned                 no_news; /* pages in a row */

    wppkg_due_t             *due;     /* with results, to be handed on */
    syncd_api_result_t      *results;
    size_t                   ready;

    size_t                   useless;
    char                     why[256];

    unsigned                 ended:1;
    unsigned                 failed:1;
} syncd_ask_pages_t;


static int syncd_pages_open(syncd_ask_pages_t *p, const wppkg_due_t *due,
    size_t n);
static void syncd_pages_close(syncd_ask_pages_t *p);
static int syncd_pages_order(const void *a, const void *b);
static int syncd_pages_find(const void *key, const void *item);
static void syncd_pages_memory(syncd_ask_pages_t *p);
static syncd_http_job_t *syncd_pages_next(void *ctx);
static syncd_ask_span_t *syncd_pages_take(syncd_ask_pages_t *p);
static syncd_ask_span_t *syncd_pages_span(syncd_ask_pages_t *p, size_t page,
    size_t size);
static syncd_http_job_t *syncd_pages_job(syncd_ask_pages_t *p,
    syncd_ask_span_t *span);
static void syncd_pages_done(void *ctx, syncd_http_job_t *job);
static void syncd_pages_tick(void *ctx);
static void syncd_pages_answer(syncd_ask_pages_t *p,
    const syncd_ask_span_t *span, syncd_http_job_t *job);
static void syncd_pages_read(syncd_ask_pages_t *p,
    const syncd_api_page_t *page);
static int syncd_pages_is_new(syncd_ask_pages_t *p, const char *slug);
static void syncd_pages_onwards(syncd_ask_pages_t *p, int news);
static void syncd_pages_theme(syncd_ask_pages_t *p,
    const syncd_api_page_t *page, size_t i);
static void syncd_pages_hand_on(syncd_ask_pages_t *p);
static void syncd_pages_unusable(syncd_ask_pages_t *p,
    const syncd_ask_span_t *span, const syncd_http_job_t *job,
    const char *why);
static void syncd_pages_split(syncd_ask_pages_t *p,
    const syncd_ask_span_t *span);
static size_t syncd_pages_untold(const syncd_ask_pages_t *p, wppkg_due_t *due);


syncd_pages_e
syncd_ask_pages(const syncd_ask_walk_t *walk, wppkg_due_t *due, size_t *n)
{
    syncd_ask_pages_t    p;
    syncd_http_source_t  source;

    memset(&p, 0, sizeof(syncd_ask_pages_t));
    p.walk = walk;
    p.pages = 1;

    if (syncd_pages_open(&p, due, *n) != WPPKG_OK) {
        syncd_pages_memory(&p);
        syncd_pages_close(&p);
        return SYNCD_PAGES_FAILED;
    }

    source.next = syncd_pages_next;
    source.done = syncd_pages_done;
    source.tick = syncd_pages_tick;
    source.ctx = &p;

    if (syncd_http_run(walk->http, &source) != WPPKG_OK) {
        syncd_error("%s: the HTTP engine has failed; the rest waits for the "
                    "next run", walk->stage);
        p.failed = 1;
    }

    if (p.useless > 0) {
        syncd_warn("%s: useless pages of themes: %zu, the last one: %s; the "
                   "themes that are missing are asked for one by one",
                   walk->stage, p.useless, p.why);
    }

    *n = syncd_pages_untold(&p, due);
    syncd_pages_close(&p);

    if (p.failed) {
        return SYNCD_PAGES_FAILED;
    }

    return (p.ended || p.useless > 0 || syncd_stopping()) ? SYNCD_PAGES_SOME
                                                          : SYNCD_PAGES_ALL;
}


static int
syncd_pages_open(syncd_ask_pages_t *p, const wppkg_due_t *due, size_t n)
{
    size_t  i;

    p->sorted = calloc(n, sizeof(wppkg_due_t *));
    p->told = calloc(n, 1);
    p->seen = calloc(SYNCD_PAGES_BITS / 8, 1);
    p->due = calloc(SYNCD_PAGES_BATCH, sizeof(wppkg_due_t));
    p->results = calloc(SYNCD_PAGES_BATCH, sizeof(syncd_api_result_t));

    if (p->sorted == NULL || p->told == NULL || p->seen == NULL
        || p->due == NULL || p->results == NULL)
    {
        return WPPKG_ERROR;
    }

    for (i = 0; i < n; i++) {
        p->sorted[i] = &due[i];
    }

    p->asked_for = due;
    p->n = n;
    p->left = n;
    qsort(p->sorted, n, sizeof(wppkg_due_t *), syncd_pages_order);

    return WPPKG_OK;
}


static void
syncd_pages_close(syncd_ask_pages_t *p)
{
    syncd_ask_span_t  *span;

    while (p->parts != NULL) {
        span = p->parts;
        p->parts = span->next;
        free(span);
    }

    free(p->sorted);
    free(p->told);
    free(p->seen);
    free(p->due);
    free(p->results);
}


static int
syncd_pages_order(const void *a, const void *b)
{
    const wppkg_due_t *const  *x, *const  *y;

    x = a;
    y = b;

    return strcmp((*x)->slug, (*y)->slug);
}


static int
syncd_pages_find(const void *key, const void *item)
{
    const wppkg_due_t *const  *due;

    due = item;

    return strcmp(key, (*due)->slug);
}


static void
syncd_pages_memory(syncd_ask_pages_t *p)
{
    syncd_error("%s: out of memory", p->walk->stage);

    p->ended = 1;
    p->failed = 1;
}


static syncd_http_job_t *
syncd_pages_next(void *ctx)
{
    syncd_http_job_t   *job;
    syncd_ask_span_t   *span;
    syncd_ask_pages_t  *p;

    p = ctx;
    span = syncd_pages_take(p);

    if (span == NULL) {
        return NULL;
    }

    job = syncd_pages_job(p, span);

    if (job == NULL) {
        syncd_pages_memory(p);
        free(span);
    }

    return job;
}


/* the first page alone: it tells how many there are */

static syncd_ask_span_t *
syncd_pages_take(syncd_ask_pages_t *p)
{
    syncd_ask_span_t  *span;

    if (p->ended) {
        return NULL;
    }

    if (p->parts != NULL) {
        span = p->parts;
        p->parts = span->next;
        return span;
    }

    if (p->asked == p->pages) {
        return NULL;
    }

    return syncd_pages_span(p, ++p->asked, SYNCD_API_PAGE_MAX);
}


static syncd_ask_span_t *
syncd_pages_span(syncd_ask_pages_t *p, size_t page, size_t size)
{
    syncd_ask_span_t  *span;

    span = malloc(sizeof(syncd_ask_span_t));

    if (span == NULL) {
        syncd_pages_memory(p);
        return NULL;
    }

    span->next = NULL;
    span->page = page;
    span->size = size;

    return span;
}


static syncd_http_job_t *
syncd_pages_job(syncd_ask_pages_t *p, syncd_ask_span_t *span)
{
    wppkg_buf_t        url;
    syncd_http_job_t  *job;

    job = syncd_http_job_create(0, SYNCD_API_BULK_BYTES);

    if (job == NULL) {
        return NULL;
    }

    wppkg_buf_init(&url, 65536);
    syncd_api_page_url(&url, p->walk->api_url, span->page, span->size,
                       p->walk->states);

    if (syncd_http_job_url(job, &url) != WPPKG_OK) {
        syncd_http_job_free(job);
        return NULL;
    }

    job->data = span;

    return job;
}


static void
syncd_pages_done(void *ctx, syncd_http_job_t *job)
{
    syncd_ask_span_t   *span;
    syncd_ask_pages_t  *p;

    p = ctx;
    span = job->data;

    syncd_pages_answer(p, span, job);

    syncd_http_job_free(job);
    free(span);

    syncd_pages_tick(p);
}


static void
syncd_pages_tick(void *ctx)
{
    syncd_ask_pages_t  *p;

    p = ctx;
    p->walk->tick(p->walk->ctx);
}


static void
syncd_pages_answer(syncd_ask_pages_t *p, const syncd_ask_span_t *span,
    syncd_http_job_t *job)
{
    size_t             parts, pages;
    wppkg_error_t      err;
    syncd_api_page_t  *page;

    if (job->status == 0) {
        syncd_pages_unusable(p, span, job, job->error);
        return;
    }

    page = syncd_api_page_read(job->status, job->response.data,
                               job->response.len, &err);

    /* the text is no longer needed, the packages take as much again */
    wppkg_buf_free(&job->response);

    if (page == NULL) {
        syncd_pages_unusable(p, span, job, err.text);
        return;
    }

    p->in_a_row = 0;

    /* as many whole ones as that */

    parts = SYNCD_API_PAGE_MAX / span->size;
    pages = (syncd_api_page_count(page) + parts - 1) / parts;

    if (pages > p->pages) {
        p->pages = pages;
    }

    syncd_pages_read(p, page);
    syncd_api_page_free(page);
}


static void
syncd_pages_read(syncd_ask_pages_t *p, const syncd_api_page_t *page)
{
    int          news;
    size_t       i;
    const char  *slug;

    news = 0;

    for (i = 0; i < syncd_api_page_themes(page) && !p->ended; i++) {
        slug = syncd_api_page_slug(page, i);

        if (slug == NULL) {
            continue;
        }

        news |= syncd_pages_is_new(p, slug);
        syncd_pages_theme(p, page, i);

        if (p->ready == SYNCD_PAGES_BATCH) {
            syncd_pages_hand_on(p);
        }
    }

    syncd_pages_hand_on(p);
    syncd_pages_onwards(p, news);
}


/* FNV-1a is the hash; a slug with the bit of another is not new */

static int
syncd_pages_is_new(syncd_ask_pages_t *p, const char *slug)
{
    uint32_t        hash;
    unsigned char  *byte, bit;

    for (hash = 2166136261u; *slug != '\0'; slug++) {
        hash = (hash ^ (unsigned char) *slug) * 16777619u;
    }

    hash = (hash ^ (hash >> 20)) % SYNCD_PAGES_BITS;
    byte = &p->seen[hash / 8];
    bit = (unsigned char) (1 << (hash % 8));

    if (*byte & bit) {
        return 0;
    }

    *byte |= bit;

    return 1;
}


/* the promised number may be wrong, so what the pages tell ends the walk */

static void
syncd_pages_onwards(syncd_ask_pages_t *p, int news)
{
    if (p->ended || (p->asked == p->pages && p->parts == NULL)) {
        return;
    }

    if (p->left == 0 && p->walk->other == NULL) {
        p->ended = 1;
        return;
    }

    p->no_news = news ? 0 : p->no_news + 1;

    if (p->no_news == SYNCD_PAGES_NO_NEWS) {
        syncd_warn("%s: WordPress.org promises %zu pages of themes, but %u in "
                   "a row had no new one: it ends with page %zu, and the "
                   "themes that are missing are asked for one by one",
                   p->walk->stage, p->pages, SYNCD_PAGES_NO_NEWS, p->asked);
        p->ended = 1;
    }
}


/* of an entry with a slug; one that is no good is asked for by its name */

static void
syncd_pages_theme(syncd_ask_pages_t *p, const syncd_api_page_t *page,
    size_t i)
{
    const char                *slug;
    syncd_api_result_t        *result;
    const wppkg_due_t *const  *due;

    slug = syncd_api_page_slug(page, i);
    due = bsearch(slug, p->sorted, p->n, sizeof(wppkg_due_t *),
                  syncd_pages_find);

    if (due == NULL) {

        if (p->walk->other != NULL) {
            p->walk->other(p->walk->ctx, slug);
        }

        return;
    }

    /* the pages have shifted: it comes again */

    if (p->told[*due - p->asked_for]) {
        return;
    }

    result = &p->results[p->ready];
    syncd_api_page_result(page, i, p->walk->states, result);

    if (result->outcome != SYNCD_API_OK) {
        syncd_api_result_free(result);
        return;
    }

    p->due[p->ready++] = **due;
    p->told[*due - p->asked_for] = 1;
    p->left--;
}


static void
syncd_pages_hand_on(syncd_ask_pages_t *p)
{
    size_t  i;

    if (p->ready == 0) {
        return;
    }

    if (p->walk->done(p->walk->ctx, p->due, p->results, p->ready)
        != WPPKG_OK)
    {
        p->ended = 1;
    }

    for (i = 0; i < p->ready; i++) {
        syncd_api_result_free(&p->results[i]);
    }

    p->ready = 0;
}


static void
syncd_pages_unusable(syncd_ask_pages_t *p, const syncd_ask_span_t *span,
    const syncd_http_job_t *job, const char *why)
{
    if (syncd_stopping()) {
        return;
    }

    p->useless++;
    (void) snprintf(p->why, sizeof(p->why), "%s", why);

    if (++p->in_a_row == SYNCD_PAGES_IN_A_ROW) {
        p->ended = 1;
    }

    /* a part of it would be refused as well */

    if (job->unreachable || (job->status >= 400 && job->status < 500)) {
        return;
    }

    syncd_pages_split(p, span);
}


/* in their order, for the latest is asked for first */

static void
syncd_pages_split(syncd_ask_pages_t *p, const syncd_ask_span_t *span)
{
    size_t             i;
    syncd_ask_span_t  *part;

    if (span->size == SYNCD_PAGES_LEAST) {
        return;
    }

    for (i = SYNCD_PAGES_PARTS; i > 0; i--) {
        part = syncd_pages_span(p, (span->page - 1) * SYNCD_PAGES_PARTS + i,
                                span->size / SYNCD_PAGES_PARTS);

        if (part == NULL) {
            return;
        }

        part->next = p->parts;
        p->parts = part;
    }
}


/* moves the themes that were on no page to the front; returns how many */

static size_t
syncd_pages_untold(const syncd_ask_pages_t *p, wppkg_due_t *due)
{
    size_t  i, left;

    left = 0;

    for (i = 0; i < p->n; i++) {
        if (!p->told[i]) {
            due[left++] = due[i];
        }
    }

    return left;
}

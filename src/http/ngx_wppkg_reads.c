
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "ngx_wppkg_reads.h"


#define NGX_WPPKG_BATCHES        16       /* at once; the others wait */
#define NGX_WPPKG_BATCH_MAX      16       /* fetches in one */
#define NGX_WPPKG_BATCH_TIMEOUT  60000    /* ms; then it is reported */

/*
 * How many answers that may be long are composed at a time.  A feed of 100,000
 * actions has 8 MB; how long an answer is, is known only at its end.
 */
#define NGX_WPPKG_LONG           2
#define NGX_WPPKG_LONG_MIN       (1024 * 1024)


typedef struct ngx_wppkg_batch_s  ngx_wppkg_batch_t;

struct ngx_wppkg_batch_s {
    ngx_wppkg_batch_t    *next;           /* of the idle ones */
    ngx_wppkg_reads_t    *reads;
    ngx_wppkg_db_t       *db;
    ngx_wppkg_fetch_t    *first;
    ngx_thread_task_t    *task;
    ngx_connection_t      connection;     /* no real one: the event's data */
};


/*
 * A long answer waits only for others of its kind: clients that ask for many
 * feeds must not delay the answer to a POST, which Composer awaits for ten
 * seconds (contract C 49).
 */

typedef enum {
    NGX_WPPKG_READS_LONG = 0,
    NGX_WPPKG_READS_POSTED,
    NGX_WPPKG_READS_OTHER,
    NGX_WPPKG_READS_KINDS
} ngx_wppkg_reads_e;


/* what waits, the oldest one first */

typedef struct {
    ngx_wppkg_fetch_t    *first;
    ngx_wppkg_fetch_t   **last;
    ngx_uint_t            begun;          /* batches of it */
    ngx_uint_t            max;            /* of these at a time */
} ngx_wppkg_line_t;


struct ngx_wppkg_reads_s {
    ngx_thread_pool_t    *tp;
    ngx_event_t           event;          /* the end of the loop's turn */
    ngx_wppkg_line_t      lines[NGX_WPPKG_READS_KINDS];
    ngx_wppkg_batch_t    *idle;
    ngx_wppkg_batch_t     batches[NGX_WPPKG_BATCHES];
};


static ngx_int_t ngx_wppkg_batch_init(ngx_conf_t *cf,
    ngx_wppkg_reads_t *reads, ngx_wppkg_batch_t *batch, ngx_wppkg_db_t *db);
static void ngx_wppkg_line_init(ngx_wppkg_line_t *line, ngx_uint_t max);
static ngx_wppkg_line_t *ngx_wppkg_reads_of(ngx_wppkg_reads_t *reads,
    ngx_wppkg_fetch_t *fetch);
static void ngx_wppkg_reads_start(ngx_event_t *ev);
static void ngx_wppkg_reads_skip(ngx_wppkg_line_t *line);
static ngx_wppkg_line_t *ngx_wppkg_reads_line(ngx_wppkg_reads_t *reads);
static ngx_wppkg_fetch_t *ngx_wppkg_reads_take(ngx_wppkg_line_t *line);
static void ngx_wppkg_line_cut(ngx_wppkg_line_t *line,
    ngx_wppkg_fetch_t *last);
static void ngx_wppkg_batch_post(ngx_wppkg_batch_t *batch);
static void ngx_wppkg_batch_thread(void *data, ngx_log_t *log);
static void ngx_wppkg_batch_completed(ngx_event_t *ev);
static void ngx_wppkg_batch_end(ngx_wppkg_batch_t *batch);


ngx_wppkg_reads_t *
ngx_wppkg_reads_create(ngx_conf_t *cf, ngx_wppkg_db_t *db,
    ngx_thread_pool_t *tp)
{
    ngx_uint_t          i;
    ngx_wppkg_reads_t  *reads;

    reads = ngx_pcalloc(cf->pool, sizeof(ngx_wppkg_reads_t));

    if (reads == NULL) {
        return NULL;
    }

    reads->tp = tp;
    reads->event.handler = ngx_wppkg_reads_start;
    reads->event.data = reads;
    reads->event.log = &cf->cycle->new_log;

    ngx_wppkg_line_init(&reads->lines[NGX_WPPKG_READS_LONG], NGX_WPPKG_LONG);
    ngx_wppkg_line_init(&reads->lines[NGX_WPPKG_READS_POSTED],
                        NGX_WPPKG_LONG);
    ngx_wppkg_line_init(&reads->lines[NGX_WPPKG_READS_OTHER],
                        NGX_WPPKG_BATCHES);

    for (i = 0; i < NGX_WPPKG_BATCHES; i++) {
        if (ngx_wppkg_batch_init(cf, reads, &reads->batches[i], db)
            != NGX_OK)
        {
            return NULL;
        }
    }

    return reads;
}


static void
ngx_wppkg_line_init(ngx_wppkg_line_t *line, ngx_uint_t max)
{
    line->last = &line->first;
    line->max = max;
}


static ngx_int_t
ngx_wppkg_batch_init(ngx_conf_t *cf, ngx_wppkg_reads_t *reads,
    ngx_wppkg_batch_t *batch, ngx_wppkg_db_t *db)
{
    ngx_thread_task_t  *task;

    task = ngx_thread_task_alloc(cf->pool, sizeof(ngx_wppkg_batch_t *));

    if (task == NULL) {
        return NGX_ERROR;
    }

    *(ngx_wppkg_batch_t **) task->ctx = batch;

    task->handler = ngx_wppkg_batch_thread;
    task->event.handler = ngx_wppkg_batch_completed;
    task->event.data = &batch->connection;
    task->event.log = &cf->cycle->new_log;

    batch->task = task;
    batch->connection.fd = (ngx_socket_t) -1;
    batch->connection.data = batch;
    batch->reads = reads;
    batch->db = db;

    batch->next = reads->idle;
    reads->idle = batch;

    return NGX_OK;
}


void
ngx_wppkg_reads_post(ngx_wppkg_reads_t *reads, ngx_wppkg_fetch_t *fetch)
{
    ngx_wppkg_line_t  *line;

    line = ngx_wppkg_reads_of(reads, fetch);

    fetch->next = NULL;

    *line->last = fetch;
    line->last = &fetch->next;

    ngx_post_event(&reads->event, &ngx_posted_events);
}


static ngx_wppkg_line_t *
ngx_wppkg_reads_of(ngx_wppkg_reads_t *reads, ngx_wppkg_fetch_t *fetch)
{
    ngx_wppkg_reads_e  kind;

    if (fetch->endpoint == NULL
        || fetch->endpoint->text_max <= NGX_WPPKG_LONG_MIN)
    {
        kind = NGX_WPPKG_READS_OTHER;

    } else {
        kind = (fetch->request.method == WPPKG_POST) ? NGX_WPPKG_READS_POSTED
                                                     : NGX_WPPKG_READS_LONG;
    }

    return &reads->lines[kind];
}


static void
ngx_wppkg_reads_start(ngx_event_t *ev)
{
    ngx_uint_t          i;
    ngx_wppkg_line_t   *line;
    ngx_wppkg_batch_t  *batch;
    ngx_wppkg_reads_t  *reads;

    reads = ev->data;

    while (reads->idle != NULL) {

        for (i = 0; i < NGX_WPPKG_READS_KINDS; i++) {
            ngx_wppkg_reads_skip(&reads->lines[i]);
        }

        line = ngx_wppkg_reads_line(reads);

        if (line == NULL) {
            return;
        }

        batch = reads->idle;
        reads->idle = batch->next;

        batch->first = ngx_wppkg_reads_take(line);
        line->begun++;

        ngx_wppkg_batch_post(batch);
    }
}


static void
ngx_wppkg_reads_skip(ngx_wppkg_line_t *line)
{
    ngx_wppkg_fetch_t  *fetch;

    while (line->first != NULL && !line->first->awaited(line->first)) {
        fetch = line->first;
        ngx_wppkg_line_cut(line, fetch);

        fetch->rc = WPPKG_BUSY;
        fetch->handler(fetch);
    }
}


/* where the next batch comes from; NULL: nothing waits, or may begin */

static ngx_wppkg_line_t *
ngx_wppkg_reads_line(ngx_wppkg_reads_t *reads)
{
    ngx_uint_t         i;
    ngx_wppkg_line_t  *line;

    for (i = 0; i < NGX_WPPKG_READS_KINDS; i++) {
        line = &reads->lines[i];

        if (line->first != NULL && line->begun < line->max) {
            return line;
        }
    }

    return NULL;
}


/* up to a batch; an answer takes time, so nothing waits behind it */

static ngx_wppkg_fetch_t *
ngx_wppkg_reads_take(ngx_wppkg_line_t *line)
{
    ngx_uint_t          n;
    ngx_wppkg_fetch_t  *first, *fetch;

    first = line->first;
    fetch = first;
    fetch->begun = 1;

    for (n = 1; n < NGX_WPPKG_BATCH_MAX; n++) {

        if (fetch->next == NULL || fetch->endpoint != NULL
            || fetch->next->endpoint != NULL)
        {
            break;
        }

        fetch = fetch->next;
        fetch->begun = 1;
    }

    ngx_wppkg_line_cut(line, fetch);

    return first;
}


/* takes off the line all up to last */

static void
ngx_wppkg_line_cut(ngx_wppkg_line_t *line, ngx_wppkg_fetch_t *last)
{
    line->first = last->next;
    last->next = NULL;

    if (line->first == NULL) {
        line->last = &line->first;
    }
}


/*
 * The timer says to a worker that is quitting that there is something to wait
 * for: nginx before 1.25.4 does not count tasks.
 */

static void
ngx_wppkg_batch_post(ngx_wppkg_batch_t *batch)
{
    ngx_wppkg_fetch_t  *fetch;

    if (ngx_thread_task_post(batch->reads->tp, batch->task) == NGX_OK) {
        ngx_log_debug1(NGX_LOG_DEBUG_HTTP, ngx_cycle->log, 0,
                       "wppkg: task %ui is to read", batch->task->id);
        ngx_add_timer(&batch->task->event, NGX_WPPKG_BATCH_TIMEOUT);
        return;
    }

    for (fetch = batch->first; fetch != NULL; fetch = fetch->next) {
        fetch->rc = WPPKG_BUSY;
        wppkg_error_set(&fetch->err, "the thread pool's queue is full");
    }

    ngx_wppkg_batch_end(batch);
}


/* on a thread of the pool: no request, no log, no memory of nginx's */

static void
ngx_wppkg_batch_thread(void *data, ngx_log_t *log)
{
    ngx_wppkg_batch_t  *batch;

    batch = *(ngx_wppkg_batch_t **) data;

    ngx_wppkg_db_fetch(batch->db, batch->first);
}


static void
ngx_wppkg_batch_completed(ngx_event_t *ev)
{
    ngx_connection_t   *c;
    ngx_wppkg_batch_t  *batch;

    c = ev->data;

    if (ev->timedout) {
        ngx_log_error(NGX_LOG_ALERT, ev->log, 0,
                      "wppkg: reading the catalogue takes too long");
        ev->timedout = 0;
        return;
    }

    if (ev->timer_set) {
        ngx_del_timer(ev);
    }

    batch = c->data;

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, ngx_cycle->log, 0,
                   "wppkg: task %ui has read", batch->task->id);

    ngx_wppkg_batch_end(batch);
}


/* a handler may end the memory of its fetch, and ask for another */

static void
ngx_wppkg_batch_end(ngx_wppkg_batch_t *batch)
{
    ngx_wppkg_fetch_t  *fetch, *next;
    ngx_wppkg_reads_t  *reads;

    reads = batch->reads;
    fetch = batch->first;

    ngx_wppkg_reads_of(reads, fetch)->begun--;

    batch->first = NULL;
    batch->next = reads->idle;
    reads->idle = batch;

    ngx_post_event(&reads->event, &ngx_posted_events);

    for ( /* void */ ; fetch != NULL; fetch = next) {
        next = fetch->next;
        fetch->handler(fetch);
    }
}

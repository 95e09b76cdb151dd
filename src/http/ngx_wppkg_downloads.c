
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A short notification is read where it has arrived.  A long one would hold up
 * the event loop, so a copy of it waits in a queue, and each turn of the loop
 * reads a part: first to see whether it is good to its end, then to count.
 *
 * What was counted and is to be written down:
 *
 *   where it is       who owns it       who ends it
 *   ---------------------------------------------------------------------
 *   in the tally      all workers       the tick of any of them takes it
 *   in "copy"         this worker       its thread, which has it while
 *                                       "flushing"; if the thread has failed,
 *                                       it is given back to the tally
 *
 * A worker that is killed while it flushes takes with it what was counted in a
 * few seconds, and no more.  One that ends waits for its thread (nginx ends
 * the threads of pools before this module's process), reads what is in its
 * queue, and writes all that is in the tally: others will write no more when
 * nginx quits.
 */


#include <openssl/rand.h>

#include "ngx_wppkg_conf.h"
#include "ngx_wppkg_downloads.h"
#include "ngx_wppkg_flush.h"
#include "ngx_wppkg_response.h"
#include "ngx_wppkg_tally.h"


#define NGX_WPPKG_DOWNLOADS_TICK     1000         /* ms */
#define NGX_WPPKG_DOWNLOADS_STALLED  60000        /* ms; then it is reported */

/* ms to wait for another one that writes; the last time, nginx waits for us */
#define NGX_WPPKG_DOWNLOADS_WAIT     2000
#define NGX_WPPKG_DOWNLOADS_LAST     1000

/* bytes that are read in one turn of the loop; Composer's are shorter */
#define NGX_WPPKG_DOWNLOADS_TURN     (16 * 1024)

/* bytes of what waits in a worker's queue; more is not counted */
#define NGX_WPPKG_DOWNLOADS_QUEUE    (16 * 1024 * 1024)

#define NGX_WPPKG_DOWNLOADS_HELD     16           /* names, mutex held once */

/* bytes of names that are read before they are counted */
#define NGX_WPPKG_DOWNLOADS_NAMES    8192


struct ngx_wppkg_downloads_s {
    ngx_str_t            path;
    ngx_wppkg_db_t      *db;
    ngx_thread_pool_t   *tp;
    ngx_slab_pool_t     *shpool;
    ngx_wppkg_tally_t   *tally;

    /* a worker's */
    void                *copy;
    ngx_thread_task_t   *task;                    /* its ctx: the flush */
    ngx_event_t          tick;
    ngx_event_t          turn;
    ngx_queue_t          queue;                   /* of long ones */
    size_t               queued;                  /* bytes */
    ngx_uint_t           refused;                 /* not queued, nor told */
    ngx_connection_t     connection;              /* no real one: events' */
    unsigned             flushing:1;
};


typedef struct {
    ngx_queue_t          queue;
    ngx_wppkg_client_t   client;
    wppkg_notice_t       notice;
    char                *text;
    size_t               len;
    unsigned             good:1;                  /* has been read once */
} ngx_wppkg_posted_t;


/* one after the other, each with its NUL */

typedef struct {
    char                 text[NGX_WPPKG_DOWNLOADS_NAMES];
    size_t               len;
} ngx_wppkg_names_t;


static ngx_wppkg_downloads_t *ngx_wppkg_downloads_create(ngx_conf_t *cf,
    ngx_str_t *path, ngx_wppkg_db_t *db);
static ngx_int_t ngx_wppkg_downloads_zone(ngx_conf_t *cf,
    ngx_wppkg_downloads_t *downloads);
static ngx_int_t ngx_wppkg_downloads_zone_init(ngx_shm_zone_t *shm_zone,
    void *data);
static ngx_int_t ngx_wppkg_downloads_start(ngx_wppkg_downloads_t *downloads,
    ngx_cycle_t *cycle);
static void ngx_wppkg_downloads_client(ngx_connection_t *c,
    ngx_wppkg_client_t *client);
static void ngx_wppkg_downloads_enqueue(ngx_wppkg_downloads_t *downloads,
    ngx_wppkg_posted_t *posted);
static void ngx_wppkg_downloads_turn(ngx_event_t *ev);
static void ngx_wppkg_downloads_dequeue(ngx_wppkg_downloads_t *downloads,
    ngx_wppkg_posted_t *posted);
static void ngx_wppkg_downloads_finish(ngx_wppkg_downloads_t *downloads,
    ngx_wppkg_posted_t *posted);
static ngx_int_t ngx_wppkg_downloads_read(ngx_wppkg_downloads_t *downloads,
    ngx_wppkg_posted_t *posted, size_t turn);
static ngx_uint_t ngx_wppkg_downloads_before(ngx_wppkg_posted_t *posted,
    const char *until);
static int ngx_wppkg_downloads_names(ngx_wppkg_posted_t *posted,
    ngx_wppkg_names_t *names, const char *until);
static void ngx_wppkg_downloads_count(ngx_wppkg_downloads_t *downloads,
    ngx_wppkg_posted_t *posted, ngx_wppkg_names_t *names);
static void ngx_wppkg_downloads_tick(ngx_event_t *ev);
static void ngx_wppkg_downloads_key(ngx_wppkg_downloads_t *downloads);
static void ngx_wppkg_downloads_tell(ngx_wppkg_downloads_t *downloads,
    ngx_log_t *log);
static size_t ngx_wppkg_downloads_take(ngx_wppkg_downloads_t *downloads,
    int all);
static void ngx_wppkg_downloads_flush(ngx_wppkg_downloads_t *downloads);
static void ngx_wppkg_downloads_thread(void *data, ngx_log_t *log);
static void ngx_wppkg_downloads_flushed(ngx_event_t *ev);
static void ngx_wppkg_downloads_end(ngx_wppkg_downloads_t *downloads,
    ngx_log_t *log);
static void ngx_wppkg_downloads_exit(ngx_wppkg_downloads_t *downloads,
    ngx_log_t *log);
static void ngx_wppkg_downloads_lock(ngx_wppkg_downloads_t *downloads);
static void ngx_wppkg_downloads_unlock(ngx_wppkg_downloads_t *downloads);


static u_char  ngx_wppkg_downloads_ok[] = "{\"status\":\"ok\"}";


ngx_wppkg_downloads_t *
ngx_wppkg_downloads_add(ngx_conf_t *cf, ngx_str_t *path, ngx_wppkg_db_t *db,
    ngx_thread_pool_t *tp)
{
    ngx_uint_t               i;
    ngx_wppkg_downloads_t   *downloads, **known;
    ngx_wppkg_main_conf_t   *wmcf;

    wmcf = ngx_http_conf_get_module_main_conf(cf, ngx_wppkg_module);
    known = wmcf->downloads.elts;

    for (i = 0; i < wmcf->downloads.nelts; i++) {

        if (ngx_strcmp(known[i]->path.data, path->data) != 0) {
            continue;
        }

        if (known[i]->db == db) {
            return known[i];
        }

        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"wppkg_downloads %V\" is for catalogue \"%s\", so"
                      " catalogue \"%s\" needs another file", path,
                      known[i]->db->path, db->path);
        return NULL;
    }

    downloads = ngx_wppkg_downloads_create(cf, path, db);

    if (downloads != NULL) {
        downloads->tp = tp;
    }

    return downloads;
}


static ngx_wppkg_downloads_t *
ngx_wppkg_downloads_create(ngx_conf_t *cf, ngx_str_t *path,
    ngx_wppkg_db_t *db)
{
    ngx_wppkg_downloads_t   *downloads, **known;
    ngx_wppkg_main_conf_t   *wmcf;

    wmcf = ngx_http_conf_get_module_main_conf(cf, ngx_wppkg_module);

    downloads = ngx_pcalloc(cf->pool, sizeof(ngx_wppkg_downloads_t));
    known = ngx_array_push(&wmcf->downloads);

    if (downloads == NULL || known == NULL) {
        return NULL;
    }

    *known = downloads;

    downloads->path = *path;
    downloads->db = db;
    downloads->task = ngx_thread_task_alloc(cf->pool,
                                            sizeof(ngx_wppkg_flush_t));

    if (downloads->task == NULL
        || ngx_wppkg_downloads_zone(cf, downloads) != NGX_OK)
    {
        return NULL;
    }

    return downloads;
}


/* a name that no directive can give, and that a reload finds again */

static ngx_int_t
ngx_wppkg_downloads_zone(ngx_conf_t *cf, ngx_wppkg_downloads_t *downloads)
{
    size_t           size;
    ngx_str_t        name;
    ngx_shm_zone_t  *shm_zone;

    name.len = sizeof("wppkg downloads ") - 1 + downloads->path.len;
    name.data = ngx_pnalloc(cf->pool, name.len);

    if (name.data == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_sprintf(name.data, "wppkg downloads %V", &downloads->path);

    /* the slab allocator's own share is small */

    size = ngx_wppkg_tally_size();
    size = ngx_align(size + size / 32, ngx_pagesize) + 8 * ngx_pagesize;

    shm_zone = ngx_shared_memory_add(cf, &name, size, &ngx_wppkg_module);

    if (shm_zone == NULL) {
        return NGX_ERROR;
    }

    shm_zone->init = ngx_wppkg_downloads_zone_init;
    shm_zone->data = downloads;

    return NGX_OK;
}


/* data: from the previous configuration, which has the same tally */

static ngx_int_t
ngx_wppkg_downloads_zone_init(ngx_shm_zone_t *shm_zone, void *data)
{
    ngx_slab_pool_t        *shpool;
    ngx_wppkg_downloads_t  *downloads;

    downloads = shm_zone->data;
    shpool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    if (shpool->data == NULL) {
        shpool->data = ngx_slab_alloc(shpool, ngx_wppkg_tally_size());

        if (shpool->data == NULL) {
            return NGX_ERROR;
        }

        ngx_wppkg_tally_init(shpool->data);
    }

    downloads->shpool = shpool;
    downloads->tally = shpool->data;

    if (!ngx_wppkg_tally_fits(downloads->tally)) {
        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                      "wppkg: the memory of \"wppkg_downloads\" is of another"
                      " version of the module: restart nginx");
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_wppkg_downloads_init_process(ngx_cycle_t *cycle)
{
    ngx_uint_t               i;
    ngx_wppkg_downloads_t  **downloads;
    ngx_wppkg_main_conf_t   *wmcf;

    wmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_wppkg_module);
    downloads = wmcf->downloads.elts;

    for (i = 0; i < wmcf->downloads.nelts; i++) {
        if (ngx_wppkg_downloads_start(downloads[i], cycle) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_wppkg_downloads_start(ngx_wppkg_downloads_t *downloads,
    ngx_cycle_t *cycle)
{
    ngx_thread_task_t  *task;

    downloads->copy = ngx_palloc(cycle->pool, NGX_WPPKG_TALLY_NAMES);

    if (downloads->copy == NULL) {
        return NGX_ERROR;
    }

    downloads->connection.fd = (ngx_socket_t) -1;
    downloads->connection.data = downloads;

    task = downloads->task;
    task->handler = ngx_wppkg_downloads_thread;
    task->event.handler = ngx_wppkg_downloads_flushed;
    task->event.data = &downloads->connection;
    task->event.log = cycle->log;

    ngx_queue_init(&downloads->queue);
    downloads->turn.handler = ngx_wppkg_downloads_turn;
    downloads->turn.data = &downloads->connection;
    downloads->turn.log = cycle->log;

    downloads->tick.handler = ngx_wppkg_downloads_tick;
    downloads->tick.data = &downloads->connection;
    downloads->tick.log = cycle->log;
    downloads->tick.cancelable = 1;

    /* whoever counts before the first tick needs a key as well */

    ngx_wppkg_downloads_key(downloads);
    ngx_add_timer(&downloads->tick, NGX_WPPKG_DOWNLOADS_TICK);

    return NGX_OK;
}


ngx_int_t
ngx_wppkg_downloads_post(ngx_http_request_t *r, ngx_wppkg_ctx_t *ctx)
{
    ngx_int_t               rc;
    wppkg_answer_t          answer;
    ngx_wppkg_posted_t      posted;
    ngx_wppkg_downloads_t  *downloads;

    static ngx_wppkg_meta_t  meta;

    downloads = ctx->conf->downloads;

    ngx_memzero(&posted, sizeof(ngx_wppkg_posted_t));
    ngx_wppkg_downloads_client(r->connection, &posted.client);

    posted.text = (char *) ctx->name.body.data;
    posted.len = ctx->name.body.len;

    /* it is too short to compress */

    ctx->name.encoding = NGX_WPPKG_IDENTITY;

    ngx_memzero(&answer, sizeof(wppkg_answer_t));
    answer.type = WPPKG_JSON;
    answer.status = NGX_HTTP_OK;

    rc = ngx_wppkg_response_answer(r, &answer, &meta, ngx_wppkg_downloads_ok,
                                   sizeof(ngx_wppkg_downloads_ok) - 1);

    wppkg_notice_init(&posted.notice, posted.text, posted.len);

    if (posted.len > NGX_WPPKG_DOWNLOADS_TURN) {
        ngx_wppkg_downloads_enqueue(downloads, &posted);

    } else {
        ngx_wppkg_downloads_finish(downloads, &posted);
    }

    return rc;
}


static void
ngx_wppkg_downloads_finish(ngx_wppkg_downloads_t *downloads,
    ngx_wppkg_posted_t *posted)
{
    while (ngx_wppkg_downloads_read(downloads, posted, posted->len)
           == NGX_AGAIN)
    {
        /* void */
    }
}


/*
 * Of an IPv6 address the network, for a client can choose the rest.  What has
 * come by a Unix socket has no address, so all of it is of one client.
 */

static void
ngx_wppkg_downloads_client(ngx_connection_t *c, ngx_wppkg_client_t *client)
{
    struct sockaddr_in   *sin;

#if (NGX_HAVE_INET6)
    struct sockaddr_in6  *sin6;

    sin6 = (struct sockaddr_in6 *) c->sockaddr;

    if (c->sockaddr->sa_family == AF_INET6
        && !IN6_IS_ADDR_V4MAPPED(&sin6->sin6_addr))
    {
        client->bytes[0] = 6;
        ngx_memcpy(&client->bytes[1], &sin6->sin6_addr, 8);
        return;
    }

    if (c->sockaddr->sa_family == AF_INET6) {
        client->bytes[0] = 4;
        ngx_memcpy(&client->bytes[1], &sin6->sin6_addr.s6_addr[12], 4);
        return;
    }
#endif

    if (c->sockaddr->sa_family == AF_INET) {
        sin = (struct sockaddr_in *) c->sockaddr;
        client->bytes[0] = 4;
        ngx_memcpy(&client->bytes[1], &sin->sin_addr, 4);
    }
}


/* a copy, for the request is about to end */

static void
ngx_wppkg_downloads_enqueue(ngx_wppkg_downloads_t *downloads,
    ngx_wppkg_posted_t *posted)
{
    ngx_wppkg_posted_t  *copy;

    copy = NULL;

    if (downloads->queued + posted->len <= NGX_WPPKG_DOWNLOADS_QUEUE) {
        copy = ngx_alloc(sizeof(ngx_wppkg_posted_t) + posted->len,
                         ngx_cycle->log);
    }

    if (copy == NULL) {
        downloads->refused++;
        return;
    }

    *copy = *posted;
    copy->text = (char *) (copy + 1);
    ngx_memcpy(copy->text, posted->text, posted->len);
    wppkg_notice_init(&copy->notice, copy->text, copy->len);

    downloads->queued += copy->len;
    ngx_queue_insert_tail(&downloads->queue, &copy->queue);

    ngx_post_event(&downloads->turn, &ngx_posted_events);
}


static void
ngx_wppkg_downloads_turn(ngx_event_t *ev)
{
    ngx_queue_t            *q;
    ngx_connection_t       *c;
    ngx_wppkg_posted_t     *posted;
    ngx_wppkg_downloads_t  *downloads;

    c = ev->data;
    downloads = c->data;

    q = ngx_queue_head(&downloads->queue);
    posted = ngx_queue_data(q, ngx_wppkg_posted_t, queue);

    if (ngx_wppkg_downloads_read(downloads, posted, NGX_WPPKG_DOWNLOADS_TURN)
        != NGX_AGAIN)
    {
        ngx_wppkg_downloads_dequeue(downloads, posted);
    }

    if (!ngx_queue_empty(&downloads->queue)) {
        ngx_post_event(ev, &ngx_posted_next_events);
    }
}


static void
ngx_wppkg_downloads_dequeue(ngx_wppkg_downloads_t *downloads,
    ngx_wppkg_posted_t *posted)
{
    downloads->queued -= posted->len;
    ngx_queue_remove(&posted->queue);
    ngx_free(posted);
}


/*
 * Reads on, for about as many bytes.  If all names fit at once, they have been
 * read once when they are counted, else twice.  NGX_AGAIN: there is more; else
 * all of it was counted, or is not good and was not.
 */

static ngx_int_t
ngx_wppkg_downloads_read(ngx_wppkg_downloads_t *downloads,
    ngx_wppkg_posted_t *posted, size_t turn)
{
    int                 rc;
    size_t              left;
    ngx_uint_t          whole;
    const char         *until;
    ngx_wppkg_names_t   names;

    left = (size_t) (posted->notice.last - posted->notice.p);
    until = posted->notice.p + ngx_min(turn, left);
    whole = (left == posted->len);

    do {
        rc = ngx_wppkg_downloads_names(posted, &names, until);

        if (rc == WPPKG_ERROR) {
            return NGX_DECLINED;
        }

        if (posted->good || (whole && rc == WPPKG_DECLINED)) {
            ngx_wppkg_downloads_count(downloads, posted, &names);
            posted->good = 1;

        } else if (rc == WPPKG_DECLINED) {
            posted->good = 1;
            wppkg_notice_init(&posted->notice, posted->text, posted->len);
            return NGX_AGAIN;
        }

        whole = 0;

    } while (rc == WPPKG_OK && ngx_wppkg_downloads_before(posted, until));

    return (rc == WPPKG_DECLINED) ? NGX_OK : NGX_AGAIN;
}


/* behind the last byte there is still its end to be read */

static ngx_uint_t
ngx_wppkg_downloads_before(ngx_wppkg_posted_t *posted, const char *until)
{
    return posted->notice.p < until
           || posted->notice.p == posted->notice.last;
}


/* as many as fit; as wppkg_notice_next() */

static int
ngx_wppkg_downloads_names(ngx_wppkg_posted_t *posted,
    ngx_wppkg_names_t *names, const char *until)
{
    int     rc;
    size_t  len;

    names->len = 0;

    do {
        rc = wppkg_notice_next(&posted->notice, names->text + names->len,
                               &len);

        if (rc != WPPKG_OK) {
            return rc;
        }

        if (len > 0) {
            names->len += len + 1;
        }

    } while (names->len + WPPKG_NOTICE_NAME <= NGX_WPPKG_DOWNLOADS_NAMES
             && ngx_wppkg_downloads_before(posted, until));

    return WPPKG_OK;
}


static void
ngx_wppkg_downloads_count(ngx_wppkg_downloads_t *downloads,
    ngx_wppkg_posted_t *posted, ngx_wppkg_names_t *names)
{
    char                 *p, *last;
    uint64_t              now;
    ngx_uint_t            i, n;
    ngx_wppkg_install_t   installs[NGX_WPPKG_DOWNLOADS_HELD];

    p = names->text;
    last = p + names->len;
    now = ngx_wppkg_cache_now();

    while (p < last) {

        for (n = 0; n < NGX_WPPKG_DOWNLOADS_HELD && p < last; n++) {
            installs[n].name = p;
            installs[n].len = ngx_strlen(p);
            p += installs[n].len + 1;
        }

        ngx_wppkg_downloads_lock(downloads);

        ngx_wppkg_tally_look(downloads->tally, &posted->client, installs, n);

        for (i = 0; i < n; i++) {
            ngx_wppkg_tally_count(downloads->tally, &posted->client,
                                  &installs[i], now);
        }

        ngx_wppkg_downloads_unlock(downloads);
    }
}


static void
ngx_wppkg_downloads_tick(ngx_event_t *ev)
{
    ngx_connection_t       *c;
    ngx_wppkg_downloads_t  *downloads;

    c = ev->data;
    downloads = c->data;

    ngx_wppkg_downloads_key(downloads);
    ngx_wppkg_downloads_tell(downloads, ev->log);

    if (!downloads->flushing) {
        ngx_wppkg_downloads_flush(downloads);
    }

    if (!ngx_exiting) {
        ngx_add_timer(ev, NGX_WPPKG_DOWNLOADS_TICK);
    }
}


/* it is nowhere but in the tally */

static void
ngx_wppkg_downloads_key(ngx_wppkg_downloads_t *downloads)
{
    int       due;
    u_char    key[WPPKG_SIPHASH_KEY];
    uint64_t  now;

    now = ngx_wppkg_cache_now();

    ngx_wppkg_downloads_lock(downloads);
    due = ngx_wppkg_tally_tick(downloads->tally, now);
    ngx_wppkg_downloads_unlock(downloads);

    if (!due || RAND_bytes(key, sizeof(key)) != 1) {
        return;
    }

    ngx_wppkg_downloads_lock(downloads);
    ngx_wppkg_tally_key(downloads->tally, key, now);
    ngx_wppkg_downloads_unlock(downloads);

    ngx_explicit_memzero(key, sizeof(key));
}


static void
ngx_wppkg_downloads_tell(ngx_wppkg_downloads_t *downloads, ngx_log_t *log)
{
    int                     any;
    ngx_wppkg_tally_sums_t  untold;

    ngx_wppkg_downloads_lock(downloads);
    any = ngx_wppkg_tally_untold(downloads->tally, &untold);
    ngx_wppkg_downloads_unlock(downloads);

    if (any) {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "wppkg: %uL installs were not counted, and %uL may be"
                      " counted twice: there is no room for so many at a time"
                      " (\"wppkg_downloads %V\")", untold.dropped,
                      untold.forgotten, &downloads->path);
    }

    if (downloads->refused > 0) {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "wppkg: %ui long notifications were not counted: others"
                      " have to be read before", downloads->refused);
        downloads->refused = 0;
    }
}


ngx_uint_t
ngx_wppkg_downloads_sums(ngx_http_request_t *r, ngx_wppkg_db_t *db,
    wppkg_notified_t *notified)
{
    uint64_t                  waiting;
    ngx_uint_t                i, n;
    ngx_wppkg_tally_sums_t    sums;
    ngx_wppkg_main_conf_t    *wmcf;
    ngx_wppkg_downloads_t   **downloads;

    wmcf = ngx_http_get_module_main_conf(r, ngx_wppkg_module);
    downloads = wmcf->downloads.elts;
    n = 0;

    for (i = 0; i < wmcf->downloads.nelts; i++) {

        if (downloads[i]->db != db) {
            continue;
        }

        ngx_wppkg_downloads_lock(downloads[i]);
        ngx_wppkg_tally_sums(downloads[i]->tally, &sums);
        waiting = ngx_wppkg_tally_waiting(downloads[i]->tally);
        ngx_wppkg_downloads_unlock(downloads[i]);

        notified->waiting += waiting;
        notified->counted += sums.counted;
        notified->repeated += sums.repeated;
        notified->dropped += sums.dropped;
        notified->forgotten += sums.forgotten;
        n++;
    }

    return n;
}


static size_t
ngx_wppkg_downloads_take(ngx_wppkg_downloads_t *downloads, int all)
{
    size_t    size;
    uint64_t  now;

    now = ngx_wppkg_cache_now();

    ngx_wppkg_downloads_lock(downloads);
    size = ngx_wppkg_tally_take(downloads->tally, downloads->copy, all, now);
    ngx_wppkg_downloads_unlock(downloads);

    return size;
}


static void
ngx_wppkg_downloads_flush(ngx_wppkg_downloads_t *downloads)
{
    size_t              size;
    ngx_event_t        *ev;
    ngx_wppkg_flush_t  *flush;

    size = ngx_wppkg_downloads_take(downloads, 0);

    if (size == 0) {
        return;
    }

    flush = downloads->task->ctx;
    ngx_memzero(flush, sizeof(ngx_wppkg_flush_t));

    flush->path = (char *) downloads->path.data;
    flush->catalogue = downloads->db->path;
    flush->copy = downloads->copy;
    flush->size = size;
    flush->timeout = NGX_WPPKG_DOWNLOADS_WAIT;

    downloads->flushing = 1;

    if (ngx_thread_task_post(downloads->tp, downloads->task) != NGX_OK) {
        flush->rc = WPPKG_ERROR;
        wppkg_error_set(&flush->err, "no thread is free to write down what"
                        " was installed");
        ngx_wppkg_downloads_end(downloads, ngx_cycle->log);
        return;
    }

    /* it says to a worker that is quitting that there is something to wait */

    ev = &downloads->task->event;
    ngx_add_timer(ev, NGX_WPPKG_DOWNLOADS_STALLED);
}


/* on a thread */

static void
ngx_wppkg_downloads_thread(void *data, ngx_log_t *log)
{
    ngx_wppkg_flush(data);
}


static void
ngx_wppkg_downloads_flushed(ngx_event_t *ev)
{
    ngx_connection_t  *c;

    if (ev->timedout) {
        ngx_log_error(NGX_LOG_ALERT, ev->log, 0,
                      "wppkg: writing down what was installed takes too"
                      " long");
        ev->timedout = 0;
        return;
    }

    if (ev->timer_set) {
        ngx_del_timer(ev);
    }

    c = ev->data;

    ngx_wppkg_downloads_end(c->data, ev->log);
}


static void
ngx_wppkg_downloads_end(ngx_wppkg_downloads_t *downloads, ngx_log_t *log)
{
    ngx_wppkg_flush_t  *flush;

    flush = downloads->task->ctx;
    downloads->flushing = 0;

    if (flush->rc == WPPKG_OK) {
        return;
    }

    ngx_log_error(NGX_LOG_ERR, log, 0, "wppkg: %s", flush->err.text);

    ngx_wppkg_downloads_lock(downloads);
    ngx_wppkg_tally_return(downloads->tally, flush->copy, flush->size);
    ngx_wppkg_downloads_unlock(downloads);
}


void
ngx_wppkg_downloads_exit_process(ngx_cycle_t *cycle)
{
    ngx_uint_t               i;
    ngx_wppkg_downloads_t  **downloads;
    ngx_wppkg_main_conf_t   *wmcf;

    wmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_wppkg_module);

    if (wmcf == NULL) {
        return;
    }

    downloads = wmcf->downloads.elts;

    for (i = 0; i < wmcf->downloads.nelts; i++) {
        if (downloads[i]->copy != NULL) {
            ngx_wppkg_downloads_exit(downloads[i], cycle->log);
        }
    }
}


static void
ngx_wppkg_downloads_exit(ngx_wppkg_downloads_t *downloads, ngx_log_t *log)
{
    ngx_queue_t         *q;
    ngx_wppkg_flush_t   *flush;
    ngx_wppkg_posted_t  *posted;

    while (!ngx_queue_empty(&downloads->queue)) {
        q = ngx_queue_head(&downloads->queue);
        posted = ngx_queue_data(q, ngx_wppkg_posted_t, queue);

        ngx_wppkg_downloads_finish(downloads, posted);
        ngx_wppkg_downloads_dequeue(downloads, posted);
    }

    if (downloads->flushing) {
        ngx_wppkg_downloads_end(downloads, log);
    }

    flush = downloads->task->ctx;
    ngx_memzero(flush, sizeof(ngx_wppkg_flush_t));

    flush->path = (char *) downloads->path.data;
    flush->catalogue = downloads->db->path;
    flush->copy = downloads->copy;
    flush->size = ngx_wppkg_downloads_take(downloads, 1);
    flush->timeout = NGX_WPPKG_DOWNLOADS_LAST;

    if (flush->size > 0) {
        ngx_wppkg_flush(flush);
        ngx_wppkg_downloads_end(downloads, log);
    }
}


static void
ngx_wppkg_downloads_lock(ngx_wppkg_downloads_t *downloads)
{
    ngx_shmtx_lock(&downloads->shpool->mutex);
    ngx_wppkg_tally_enter(downloads->tally);
}


static void
ngx_wppkg_downloads_unlock(ngx_wppkg_downloads_t *downloads)
{
    ngx_wppkg_tally_leave(downloads->tally);
    ngx_shmtx_unlock(&downloads->shpool->mutex);
}

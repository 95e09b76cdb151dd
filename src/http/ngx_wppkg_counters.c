
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_md5.h>

#include "ngx_wppkg_conf.h"
#include "ngx_wppkg_counters.h"


#define NGX_WPPKG_COUNTERS_MAX   128          /* catalogues, ever */
#define NGX_WPPKG_COUNTERS_ID    16           /* of a catalogue: an MD5 */


typedef struct {
    u_char                   id[NGX_WPPKG_COUNTERS_ID];
    wppkg_counters_t     counters;
} ngx_wppkg_counters_slot_t;


typedef struct {
    ngx_uint_t                 size;          /* of this: its version */
    ngx_uint_t                 used;
    ngx_wppkg_counters_slot_t  slots[NGX_WPPKG_COUNTERS_MAX];
} ngx_wppkg_counters_area_t;


static ngx_int_t ngx_wppkg_counters_init(ngx_shm_zone_t *shm_zone,
    void *data);
static ngx_wppkg_counters_area_t *ngx_wppkg_counters_area(
    ngx_shm_zone_t *shm_zone);
static wppkg_counters_t *ngx_wppkg_counters_find(
    ngx_wppkg_counters_area_t *area, const char *path);
static wppkg_outcome_e ngx_wppkg_counters_outcome(ngx_uint_t status);


/* not a name that a directive can give */
static ngx_str_t  ngx_wppkg_counters_name = ngx_string("wppkg counters");


ngx_int_t
ngx_wppkg_counters_add(ngx_conf_t *cf, ngx_array_t *databases)
{
    size_t           size;
    ngx_shm_zone_t  *shm_zone;

    /* the slab allocator's own share is small */

    size = ngx_align(2 * sizeof(ngx_wppkg_counters_area_t), ngx_pagesize)
           + 8 * ngx_pagesize;

    shm_zone = ngx_shared_memory_add(cf, &ngx_wppkg_counters_name, size,
                                     &ngx_wppkg_counters_name);

    if (shm_zone == NULL) {
        return NGX_ERROR;
    }

    shm_zone->init = ngx_wppkg_counters_init;
    shm_zone->data = databases;

    return NGX_OK;
}


/* only the master does this: old workers know their counters already */

static ngx_int_t
ngx_wppkg_counters_init(ngx_shm_zone_t *shm_zone, void *data)
{
    ngx_uint_t                  i;
    ngx_array_t                *databases;
    ngx_wppkg_db_t            **dbs;
    ngx_wppkg_counters_area_t  *area;

    area = ngx_wppkg_counters_area(shm_zone);

    if (area == NULL) {
        return NGX_ERROR;
    }

    databases = shm_zone->data;
    dbs = databases->elts;

    for (i = 0; i < databases->nelts; i++) {
        dbs[i]->counters = ngx_wppkg_counters_find(area, dbs[i]->path);

        if (dbs[i]->counters == NULL) {
            ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                          "wppkg: there have been %d catalogues, and \"%s\""
                          " is one too many: restart nginx",
                          NGX_WPPKG_COUNTERS_MAX, dbs[i]->path);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_wppkg_counters_area_t *
ngx_wppkg_counters_area(ngx_shm_zone_t *shm_zone)
{
    ngx_slab_pool_t            *shpool;
    ngx_wppkg_counters_area_t  *area;

    shpool = (ngx_slab_pool_t *) shm_zone->shm.addr;
    area = shpool->data;

    if (area == NULL) {
        area = ngx_slab_calloc(shpool, sizeof(ngx_wppkg_counters_area_t));

        if (area == NULL) {
            return NULL;
        }

        area->size = sizeof(ngx_wppkg_counters_area_t);
        shpool->data = area;
    }

    if (area->size != sizeof(ngx_wppkg_counters_area_t)) {
        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                      "wppkg: the counters are of another version of the"
                      " module: restart nginx");
        return NULL;
    }

    return area;
}


static wppkg_counters_t *
ngx_wppkg_counters_find(ngx_wppkg_counters_area_t *area, const char *path)
{
    u_char                      id[NGX_WPPKG_COUNTERS_ID];
    ngx_md5_t                   md5;
    ngx_uint_t                  i;
    ngx_wppkg_counters_slot_t  *slot;

    ngx_md5_init(&md5);
    ngx_md5_update(&md5, path, ngx_strlen(path));
    ngx_md5_final(id, &md5);

    for (i = 0; i < area->used; i++) {
        if (ngx_memcmp(area->slots[i].id, id, NGX_WPPKG_COUNTERS_ID) == 0) {
            return &area->slots[i].counters;
        }
    }

    if (area->used == NGX_WPPKG_COUNTERS_MAX) {
        return NULL;
    }

    slot = &area->slots[area->used++];
    ngx_memcpy(slot->id, id, NGX_WPPKG_COUNTERS_ID);

    return &slot->counters;
}


void
ngx_wppkg_count(ngx_wppkg_db_t *db, wppkg_cache_status_e cache_status,
    ngx_uint_t code)
{
    uint64_t  *n;

    n = db->counters->requests[cache_status];
    n += ngx_wppkg_counters_outcome(code);

    (void) __atomic_fetch_add(n, 1, __ATOMIC_RELAXED);
}


static wppkg_outcome_e
ngx_wppkg_counters_outcome(ngx_uint_t status)
{
    switch (status) {

    case NGX_HTTP_OK:
        return WPPKG_OUTCOME_200;

    case NGX_HTTP_NOT_MODIFIED:
        return WPPKG_OUTCOME_304;

    case NGX_HTTP_NOT_FOUND:
        return WPPKG_OUTCOME_404;

    case NGX_HTTP_NOT_ALLOWED:
        return WPPKG_OUTCOME_405;

    case NGX_HTTP_SERVICE_UNAVAILABLE:
        return WPPKG_OUTCOME_503;

    default:
        return WPPKG_OUTCOME_OTHER;
    }
}


void
ngx_wppkg_count_failure(ngx_wppkg_db_t *db, int rc)
{
    uint64_t  *n;

    n = (rc == WPPKG_BUSY) ? &db->counters->locked
                           : &db->counters->unreadable;

    (void) __atomic_fetch_add(n, 1, __ATOMIC_RELAXED);
}


void
ngx_wppkg_counters_get(ngx_wppkg_db_t *db, wppkg_counters_t *copy)
{
    ngx_uint_t         i, j;
    wppkg_counters_t  *c;

    c = db->counters;

    for (i = 0; i < WPPKG_CACHE_STATUSES; i++) {
        for (j = 0; j < WPPKG_OUTCOMES; j++) {
            copy->requests[i][j] = __atomic_load_n(&c->requests[i][j],
                                                   __ATOMIC_RELAXED);
        }
    }

    copy->locked = __atomic_load_n(&c->locked, __ATOMIC_RELAXED);
    copy->unreadable = __atomic_load_n(&c->unreadable, __ATOMIC_RELAXED);
}

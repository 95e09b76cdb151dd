
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The module's configuration, as the handler reads it.
 */


#ifndef _NGX_WPPKG_CONF_H_INCLUDED_
#define _NGX_WPPKG_CONF_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_wppkg_cache.h"
#include "ngx_wppkg_db.h"
#include "ngx_wppkg_reads.h"


/* "wppkg_unknown": what a name that the catalogue does not have is */

typedef enum {
    NGX_WPPKG_UNKNOWN_AUTO = 0,          /* claimed by a whole catalogue */
    NGX_WPPKG_UNKNOWN_CLAIM,
    NGX_WPPKG_UNKNOWN_404
} ngx_wppkg_unknown_e;


typedef struct ngx_wppkg_downloads_s  ngx_wppkg_downloads_t;


typedef struct {
    ngx_array_t          databases;    /* ngx_wppkg_db_t *, one a catalogue */
    ngx_array_t          downloads;    /* ngx_wppkg_downloads_t *, by file */
    size_t               large_bodies; /* bytes of a worker's memory */
    unsigned             html:1;       /* "wppkg_status html" was warned of */
} ngx_wppkg_main_conf_t;


typedef struct {
    ngx_wppkg_db_t      *db;             /* NULL: not a repository, "off" */
    size_t               prefix_len;     /* of the URI, without a final "/" */
    ngx_thread_pool_t   *thread_pool;
    ngx_wppkg_reads_t   *reads;          /* of the catalogue, by the pool */
    ngx_str_t            cache_control;  /* empty: no such header */
    ngx_str_t            hour_control;   /* likewise, of what has "hour" */
    ngx_str_t            claim_control;  /* likewise, of unknown names */
    ngx_uint_t           unknown;        /* ngx_wppkg_unknown_e */
    ngx_flag_t           advisories;     /* answered for some packages */
    ngx_flag_t           search;
    ngx_flag_t           packages;       /* told about, one by one */
    ngx_flag_t           stats;          /* of installs */
    ngx_str_t            installs;       /* the downloads file; empty: none */
    ngx_wppkg_downloads_t  *downloads;   /* NULL: not counted */
    ngx_str_t            zone;           /* its name, empty: no cache */
    ngx_wppkg_cache_t   *cache;          /* NULL: none */
    ngx_msec_t           refresh;
    ngx_str_t            format;         /* of the status; empty: it is none */
    ngx_str_t            page;           /* the folder of its page */
    ngx_uint_t           page_lacks;     /* bits of its files that this worker
                                            could not read */

    /* where directives are that are judged after all has been read */
    ngx_conf_file_t      zone_place;
    ngx_conf_file_t      status_place;
} ngx_wppkg_loc_conf_t;


extern ngx_module_t  ngx_wppkg_module;


#endif /* _NGX_WPPKG_CONF_H_INCLUDED_ */

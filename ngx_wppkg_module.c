
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The module's face: directives, configuration, start-up.
 */


#include "wppkg_feed.h"
#include "ngx_wppkg_check.h"
#include "ngx_wppkg_conf.h"
#include "ngx_wppkg_counters.h"
#include "ngx_wppkg_downloads.h"
#include "ngx_wppkg_handler.h"
#include "ngx_wppkg_page.h"
#include "ngx_wppkg_status.h"
#include "ngx_wppkg_variables.h"


#if !(NGX_THREADS)
#error ngx_wppkg needs nginx configured --with-threads
#endif

#if !(NGX_HTTP_GZIP)
#error ngx_wppkg needs nginx with ngx_http_gzip_module
#endif


/* of a name that the catalogue may have soon */
#define NGX_WPPKG_CLAIM_CONTROL  "public, max-age=60"

#define NGX_WPPKG_REFRESH        1000         /* ms */

/* room for eight feeds of 100,000 actions; the least is one response */
#define NGX_WPPKG_LARGE_BODIES      (64 * 1024 * 1024)
#define NGX_WPPKG_LARGE_BODIES_MIN  WPPKG_FEED_MAX


static void *ngx_wppkg_create_main_conf(ngx_conf_t *cf);
static char *ngx_wppkg_init_main_conf(ngx_conf_t *cf, void *conf);
static void *ngx_wppkg_create_loc_conf(ngx_conf_t *cf);
static char *ngx_wppkg_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static char *ngx_wppkg_merge_reads(ngx_conf_t *cf,
    ngx_wppkg_loc_conf_t *prev, ngx_wppkg_loc_conf_t *conf);
static ngx_int_t ngx_wppkg_merge_status(ngx_wppkg_loc_conf_t *prev,
    ngx_wppkg_loc_conf_t *conf);
static void ngx_wppkg_misplaced(ngx_conf_t *cf, ngx_conf_file_t *place,
    const char *text);
static char *ngx_wppkg_catalogue(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_wppkg_thread_pool(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_wppkg_cache_control(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_wppkg_unknown(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_wppkg_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_wppkg_cache(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_wppkg_downloads(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_wppkg_status(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_wppkg_status_page(ngx_conf_t *cf,
    ngx_wppkg_loc_conf_t *wlcf);
static void ngx_wppkg_status_html(ngx_conf_t *cf);
static char *ngx_wppkg_large_bodies_check(ngx_conf_t *cf, void *post,
    void *data);
static ngx_wppkg_db_t *ngx_wppkg_db(ngx_conf_t *cf, ngx_str_t *path);
static ngx_wppkg_db_t *ngx_wppkg_db_create(ngx_conf_t *cf, ngx_str_t *path);
static void ngx_wppkg_db_cleanup(void *data);
static ngx_int_t ngx_wppkg_init_module(ngx_cycle_t *cycle);
static ngx_int_t ngx_wppkg_init_process(ngx_cycle_t *cycle);
static void ngx_wppkg_exit_process(ngx_cycle_t *cycle);


static ngx_conf_post_t  ngx_wppkg_large_bodies = {
    ngx_wppkg_large_bodies_check
};


static ngx_conf_enum_t  ngx_wppkg_unknowns[] = {
    { ngx_string("auto"), NGX_WPPKG_UNKNOWN_AUTO },
    { ngx_string("claim"), NGX_WPPKG_UNKNOWN_CLAIM },
    { ngx_string("404"), NGX_WPPKG_UNKNOWN_404 },
    { ngx_null_string, 0 }
};


static ngx_command_t  ngx_wppkg_commands[] = {

    { ngx_string("wppkg_catalogue"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_wppkg_catalogue,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("wppkg_thread_pool"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_wppkg_thread_pool,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("wppkg_cache_control"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_wppkg_cache_control,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("wppkg_unknown"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_wppkg_unknown,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("wppkg_advisories"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_wppkg_loc_conf_t, advisories),
      NULL },

    { ngx_string("wppkg_search"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_wppkg_loc_conf_t, search),
      NULL },

    { ngx_string("wppkg_packages"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_wppkg_loc_conf_t, packages),
      NULL },

    { ngx_string("wppkg_stats"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_wppkg_loc_conf_t, stats),
      NULL },

    { ngx_string("wppkg_downloads"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_wppkg_downloads,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("wppkg_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE2,
      ngx_wppkg_zone,
      0,
      0,
      NULL },

    { ngx_string("wppkg_cache"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_wppkg_cache,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("wppkg_refresh"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_wppkg_loc_conf_t, refresh),
      NULL },

    { ngx_string("wppkg_large_bodies"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_wppkg_main_conf_t, large_bodies),
      &ngx_wppkg_large_bodies },

    { ngx_string("wppkg_status"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS|NGX_CONF_TAKE1,
      ngx_wppkg_status,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_wppkg_module_ctx = {
    ngx_wppkg_variables_add,               /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_wppkg_create_main_conf,            /* create main configuration */
    ngx_wppkg_init_main_conf,              /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_wppkg_create_loc_conf,             /* create location configuration */
    ngx_wppkg_merge_loc_conf               /* merge location configuration */
};


ngx_module_t  ngx_wppkg_module = {
    NGX_MODULE_V1,
    &ngx_wppkg_module_ctx,                 /* module context */
    ngx_wppkg_commands,                    /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    ngx_wppkg_init_module,                 /* init module */
    ngx_wppkg_init_process,                /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_wppkg_exit_process,                /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static void *
ngx_wppkg_create_main_conf(ngx_conf_t *cf)
{
    ngx_wppkg_main_conf_t  *wmcf;

    wmcf = ngx_pcalloc(cf->pool, sizeof(ngx_wppkg_main_conf_t));

    if (wmcf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&wmcf->databases, cf->pool, 1,
                       sizeof(ngx_wppkg_db_t *))
        != NGX_OK
        || ngx_array_init(&wmcf->downloads, cf->pool, 1,
                          sizeof(ngx_wppkg_downloads_t *))
           != NGX_OK)
    {
        return NULL;
    }

    wmcf->large_bodies = NGX_CONF_UNSET_SIZE;

    return wmcf;
}


static char *
ngx_wppkg_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_wppkg_main_conf_t  *wmcf = conf;

    ngx_conf_init_size_value(wmcf->large_bodies, NGX_WPPKG_LARGE_BODIES);

    return NGX_CONF_OK;
}


static void *
ngx_wppkg_create_loc_conf(ngx_conf_t *cf)
{
    ngx_wppkg_loc_conf_t  *wlcf;

    wlcf = ngx_pcalloc(cf->pool, sizeof(ngx_wppkg_loc_conf_t));

    if (wlcf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     wlcf->cache_control = { 0, NULL };
     *     wlcf->claim_control = { 0, NULL };
     *     wlcf->hour_control = { 0, NULL };
     *     wlcf->format = { 0, NULL };
     *     wlcf->page = { 0, NULL };
     *     wlcf->page_lacks = 0;
     *     wlcf->installs = { 0, NULL };
     *     wlcf->downloads = NULL;
     *     wlcf->zone = { 0, NULL };
     *     wlcf->cache = NULL;
     *     wlcf->reads = NULL;
     */

    wlcf->db = NGX_CONF_UNSET_PTR;
    wlcf->prefix_len = NGX_CONF_UNSET_SIZE;
    wlcf->thread_pool = NGX_CONF_UNSET_PTR;
    wlcf->refresh = NGX_CONF_UNSET_MSEC;
    wlcf->unknown = NGX_CONF_UNSET_UINT;
    wlcf->advisories = NGX_CONF_UNSET;
    wlcf->search = NGX_CONF_UNSET;
    wlcf->packages = NGX_CONF_UNSET;
    wlcf->stats = NGX_CONF_UNSET;

    return wlcf;
}


static char *
ngx_wppkg_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_wppkg_loc_conf_t  *prev = parent;
    ngx_wppkg_loc_conf_t  *conf = child;

    ngx_http_core_loc_conf_t  *clcf;

    if (ngx_wppkg_merge_status(prev, conf) != NGX_OK) {
        ngx_wppkg_misplaced(cf, &conf->status_place,
                            "\"wppkg_status\" is to be in a location of its"
                            " own within that of \"wppkg_catalogue\"");
        return NGX_CONF_ERROR;
    }

    ngx_conf_merge_ptr_value(conf->db, prev->db, NULL);
    ngx_conf_merge_size_value(conf->prefix_len, prev->prefix_len, 0);
    ngx_conf_merge_ptr_value(conf->thread_pool, prev->thread_pool, NULL);
    ngx_conf_merge_str_value(conf->cache_control, prev->cache_control,
                             WPPKG_CONTROL);
    ngx_conf_merge_str_value(conf->hour_control, prev->hour_control,
                             WPPKG_CONTROL_HOUR);
    ngx_conf_merge_str_value(conf->claim_control, prev->claim_control,
                             NGX_WPPKG_CLAIM_CONTROL);
    ngx_conf_merge_value(conf->advisories, prev->advisories, 0);
    ngx_conf_merge_value(conf->search, prev->search, 0);
    ngx_conf_merge_value(conf->packages, prev->packages, 0);
    ngx_conf_merge_value(conf->stats, prev->stats, 0);
    ngx_conf_merge_uint_value(conf->unknown, prev->unknown,
                              NGX_WPPKG_UNKNOWN_AUTO);
    ngx_conf_merge_str_value(conf->installs, prev->installs, "");

    if (conf->zone.data == NULL) {
        conf->zone_place = prev->zone_place;
    }

    ngx_conf_merge_str_value(conf->zone, prev->zone, "");
    ngx_conf_merge_msec_value(conf->refresh, prev->refresh,
                              NGX_WPPKG_REFRESH);

    if (conf->db == NULL) {
        return NGX_CONF_OK;
    }

    /* a location within inherits the catalogue, so the handler as well */

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler == NULL) {
        clcf->handler = (conf->format.len == 0)
                        ? ngx_wppkg_handler : ngx_wppkg_status_handler;
    }

    return ngx_wppkg_merge_reads(cf, prev, conf);
}


/* what reads the catalogue, and where it keeps what it has read */

static char *
ngx_wppkg_merge_reads(ngx_conf_t *cf, ngx_wppkg_loc_conf_t *prev,
    ngx_wppkg_loc_conf_t *conf)
{
    ngx_conf_file_t  *place;

    if (conf->thread_pool == NULL) {
        conf->thread_pool = ngx_thread_pool_add(cf, NULL);

        if (conf->thread_pool == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    conf->reads = prev->reads;

    if (conf->reads == NULL || conf->db != prev->db
        || conf->thread_pool != prev->thread_pool)
    {
        conf->reads = ngx_wppkg_reads_create(cf, conf->db,
                                             conf->thread_pool);
    }

    if (conf->reads == NULL) {
        return NGX_CONF_ERROR;
    }

    if (conf->installs.len > 0) {
        conf->downloads = ngx_wppkg_downloads_add(cf, &conf->installs,
                                                  conf->db,
                                                  conf->thread_pool);
        if (conf->downloads == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    if (conf->zone.len > 0) {
        place = cf->conf_file;
        cf->conf_file = &conf->zone_place;

        conf->cache = ngx_wppkg_cache_add(cf, &conf->zone, conf->db);

        cf->conf_file = place;

        if (conf->cache == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


/* before the catalogue is merged, because it matters who has set it */

static ngx_int_t
ngx_wppkg_merge_status(ngx_wppkg_loc_conf_t *prev, ngx_wppkg_loc_conf_t *conf)
{
    if (conf->db != NGX_CONF_UNSET_PTR) {

        if (conf->format.data != NULL) {
            return NGX_ERROR;
        }

        /* a repository within the location of a status */

        ngx_str_set(&conf->format, "");

        return NGX_OK;
    }

    ngx_conf_merge_str_value(conf->format, prev->format, "");
    ngx_conf_merge_str_value(conf->page, prev->page, NGX_WPPKG_PAGE_DIR);

    return (conf->format.len > 0
            && (prev->db == NULL || prev->db == NGX_CONF_UNSET_PTR))
           ? NGX_ERROR : NGX_OK;
}


/* names the directive's line: while merging, cf is at the file's end */

static void
ngx_wppkg_misplaced(ngx_conf_t *cf, ngx_conf_file_t *place, const char *text)
{
    ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "%s in %V:%ui", text,
                  &place->file.name, place->line);
}


static char *
ngx_wppkg_catalogue(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_wppkg_loc_conf_t *wlcf = conf;

    ngx_str_t                 *value;
    ngx_http_core_loc_conf_t  *clcf;

    if (wlcf->db != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    /* nginx starts threads for a process's first configuration only */

    if (ngx_process == NGX_PROCESS_SINGLE
        && !ngx_is_init_cycle(cf->cycle->old_cycle))
    {
        return "cannot be reloaded with \"master_process off\":"
               " restart nginx";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        wlcf->db = NULL;
        return NGX_CONF_OK;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

#if (NGX_PCRE)
    if (clcf->regex) {
        return "cannot be used in a location given by a regular expression:"
               " the repository's paths begin after the location's prefix";
    }
#endif

    if (clcf->exact_match) {
        return "cannot be used in a location given by \"=\":"
               " a repository has more than one path";
    }

    if (value[1].len == 0) {
        return "needs the path of a file, or \"off\"";
    }

    if (ngx_conf_full_name(cf->cycle, &value[1], 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    wlcf->db = ngx_wppkg_db(cf, &value[1]);

    if (wlcf->db == NULL) {
        return NGX_CONF_ERROR;
    }

    wlcf->prefix_len = clcf->named ? 0 : clcf->name.len;

    if (wlcf->prefix_len > 0
        && clcf->name.data[wlcf->prefix_len - 1] == '/')
    {
        wlcf->prefix_len--;
    }

    clcf->handler = ngx_wppkg_handler;

    return NGX_CONF_OK;
}


static char *
ngx_wppkg_thread_pool(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_wppkg_loc_conf_t *wlcf = conf;

    ngx_str_t  *value;

    if (wlcf->thread_pool != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    wlcf->thread_pool = ngx_thread_pool_add(cf, &value[1]);

    return (wlcf->thread_pool != NULL) ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_wppkg_cache_control(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_wppkg_loc_conf_t *wlcf = conf;

    size_t      i;
    ngx_str_t  *value;

    if (wlcf->cache_control.data != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len == 0) {
        return "needs a value, or \"off\"";
    }

    for (i = 0; i < value[1].len; i++) {
        if (value[1].data[i] < 0x20 || value[1].data[i] == 0x7f) {
            return "has a control character in its value";
        }
    }

    wlcf->cache_control = value[1];

    if (ngx_strcmp(value[1].data, "off") == 0) {
        wlcf->cache_control.len = 0;
    }

    wlcf->hour_control = wlcf->cache_control;
    wlcf->claim_control = wlcf->cache_control;

    return NGX_CONF_OK;
}


static char *
ngx_wppkg_unknown(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_wppkg_loc_conf_t *wlcf = conf;

    ngx_str_t        *value;
    ngx_conf_enum_t  *e;

    if (wlcf->unknown != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    for (e = ngx_wppkg_unknowns; e->name.len != 0; e++) {

        if (e->name.len == value[1].len
            && ngx_strncmp(e->name.data, value[1].data, e->name.len) == 0)
        {
            wlcf->unknown = e->value;
            return NGX_CONF_OK;
        }
    }

    return "has to be \"auto\", \"claim\" or \"404\"";
}


static char *
ngx_wppkg_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ssize_t     size;
    ngx_str_t  *value;

    value = cf->args->elts;
    size = ngx_parse_size(&value[2]);

    if (size == NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid size \"%V\" of zone \"%V\"", &value[2],
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    if (value[1].len == 0 || ngx_strcmp(value[1].data, "off") == 0) {
        return "needs a name, other than \"off\"";
    }

    return ngx_wppkg_zone_add(cf, &value[1], (size_t) size) == NGX_OK
           ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_wppkg_cache(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_wppkg_loc_conf_t *wlcf = conf;

    ngx_str_t  *value;

    if (wlcf->zone.data != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len == 0) {
        return "needs the name of a zone, or \"off\"";
    }

    wlcf->zone = value[1];
    wlcf->zone_place = *cf->conf_file;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        wlcf->zone.len = 0;
    }

    return NGX_CONF_OK;
}


static char *
ngx_wppkg_downloads(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_wppkg_loc_conf_t *wlcf = conf;

    ngx_str_t  *value;

    if (wlcf->installs.data != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len == 0) {
        return "needs the path of a file, or \"off\"";
    }

    if (ngx_strcmp(value[1].data, "off") == 0) {
        ngx_str_set(&wlcf->installs, "");
        return NGX_CONF_OK;
    }

    if (ngx_conf_full_name(cf->cycle, &value[1], 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    wlcf->installs = value[1];

    return NGX_CONF_OK;
}


static char *
ngx_wppkg_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_wppkg_loc_conf_t *wlcf = conf;

    ngx_str_t                 *value;
    wppkg_status_format_e         format;
    ngx_http_core_loc_conf_t  *clcf;

    if (wlcf->format.data != NULL) {
        return "is duplicate";
    }

    wlcf->status_place = *cf->conf_file;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_wppkg_status_handler;

    value = cf->args->elts;

    if (cf->args->nelts == 2
        && wppkg_status_format((char *) value[1].data, value[1].len,
                                   &format)
           == WPPKG_OK)
    {
        wlcf->format = value[1];
        return NGX_CONF_OK;
    }

    return ngx_wppkg_status_page(cf, wlcf);
}


/* "page", "page=FOLDER", or "html", as the page was called once */

static char *
ngx_wppkg_status_page(ngx_conf_t *cf, ngx_wppkg_loc_conf_t *wlcf)
{
    ngx_str_t  *value;

    ngx_str_set(&wlcf->format, "html");
    ngx_str_set(&wlcf->page, NGX_WPPKG_PAGE_DIR);

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "html") == 0) {
        ngx_wppkg_status_html(cf);

    } else if (cf->args->nelts == 2
               && ngx_strncmp(value[1].data, "page=", 5) == 0
               && value[1].len > 5)
    {
        wlcf->page.data = value[1].data + 5;
        wlcf->page.len = value[1].len - 5;

        if (ngx_conf_full_name(cf->cycle, &wlcf->page, 0) != NGX_OK) {
            return NGX_CONF_ERROR;
        }

    } else if (cf->args->nelts == 2
               && ngx_strcmp(value[1].data, "page") != 0)
    {
        return "takes \"page\", \"page=FOLDER\", \"json\" or"
               " \"prometheus\"";
    }

    return ngx_wppkg_page_check(cf, &wlcf->page) == NGX_OK
           ? NGX_CONF_OK : NGX_CONF_ERROR;
}


/* one for all locations */

static void
ngx_wppkg_status_html(ngx_conf_t *cf)
{
    ngx_wppkg_main_conf_t  *wmcf;

    wmcf = ngx_http_conf_get_module_main_conf(cf, ngx_wppkg_module);

    if (!wmcf->html) {
        wmcf->html = 1;

        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"wppkg_status html\" is obsolete: write"
                           " \"wppkg_status page\"; it serves the files of "
                           NGX_WPPKG_PAGE_DIR ", or of the folder in"
                           " \"page=FOLDER\"");
    }
}


static char *
ngx_wppkg_large_bodies_check(ngx_conf_t *cf, void *post, void *data)
{
    size_t  *size = data;

    if (*size < NGX_WPPKG_LARGE_BODIES_MIN) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"wppkg_large_bodies\" must be %uzm at least: one"
                           " response may be so long",
                           (size_t) NGX_WPPKG_LARGE_BODIES_MIN
                           / (1024 * 1024));
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* the catalogue of that path: one for all locations */

static ngx_wppkg_db_t *
ngx_wppkg_db(ngx_conf_t *cf, ngx_str_t *path)
{
    ngx_uint_t               i;
    ngx_wppkg_db_t          *db, **known;
    ngx_wppkg_main_conf_t   *wmcf;

    wmcf = ngx_http_conf_get_module_main_conf(cf, ngx_wppkg_module);
    known = wmcf->databases.elts;

    for (i = 0; i < wmcf->databases.nelts; i++) {
        if (ngx_strcmp(known[i]->path, path->data) == 0) {
            return known[i];
        }
    }

    db = ngx_wppkg_db_create(cf, path);

    if (db == NULL) {
        return NULL;
    }

    known = ngx_array_push(&wmcf->databases);

    if (known == NULL
        || ngx_wppkg_counters_add(cf, &wmcf->databases) != NGX_OK)
    {
        return NULL;
    }

    *known = db;

    return db;
}


static ngx_wppkg_db_t *
ngx_wppkg_db_create(ngx_conf_t *cf, ngx_str_t *path)
{
    ngx_wppkg_db_t      *db;
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(cf->pool, sizeof(ngx_wppkg_db_t));

    if (cln == NULL) {
        return NULL;
    }

    db = cln->data;

    if (ngx_wppkg_db_init(db, (const char *) path->data) != WPPKG_OK) {
        return NULL;
    }

    cln->handler = ngx_wppkg_db_cleanup;

    return db;
}


/*
 * When the cycle's pool ends, that is when a worker ends, after its threads.
 * The master has nothing to close.
 */

static void
ngx_wppkg_db_cleanup(void *data)
{
    ngx_wppkg_db_destroy(data);
}


static ngx_int_t
ngx_wppkg_init_module(ngx_cycle_t *cycle)
{
    ngx_wppkg_main_conf_t  *wmcf;

    wmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_wppkg_module);

    if (ngx_test_config && wmcf != NULL) {
        ngx_wppkg_check(cycle, &wmcf->databases);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_wppkg_init_process(ngx_cycle_t *cycle)
{
    ngx_uint_t               i;
    wppkg_error_t            err;
    ngx_wppkg_db_t         **db;
    ngx_wppkg_main_conf_t   *wmcf;

    /* helpers, such as the cache manager, serve nothing */

    if (ngx_process != NGX_PROCESS_WORKER
        && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    wmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_wppkg_module);

    if (wmcf == NULL) {
        return NGX_OK;
    }

    ngx_wppkg_flight_init();
    ngx_wppkg_body_init(wmcf->large_bodies);
    ngx_wppkg_hold_init(wmcf->large_bodies);

    db = wmcf->databases.elts;

    /* nginx starts even if a catalogue cannot be read */

    for (i = 0; i < wmcf->databases.nelts; i++) {
        if (ngx_wppkg_db_open(db[i], &err) != WPPKG_OK) {
            ngx_log_error(NGX_LOG_ERR, cycle->log, 0, "wppkg: %s", err.text);
        }
    }

    return ngx_wppkg_downloads_init_process(cycle);
}


static void
ngx_wppkg_exit_process(ngx_cycle_t *cycle)
{
    ngx_wppkg_downloads_exit_process(cycle);
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <grp.h>

#include "ngx_wppkg_check.h"


static ngx_int_t ngx_wppkg_check_user(ngx_core_conf_t *ccf, ngx_log_t *log);
static void ngx_wppkg_check_db(ngx_wppkg_db_t *db, ngx_log_t *log);


/* in a process of its own, which gives up root for good */

void
ngx_wppkg_check(ngx_cycle_t *cycle, ngx_array_t *databases)
{
    ngx_log_t         *log;
    ngx_pid_t          pid;
    ngx_uint_t         i;
    ngx_core_conf_t   *ccf;
    ngx_wppkg_db_t   **db;

    /* the log of "nginx -t" itself: the cycle's may hide warnings */

    log = cycle->old_cycle->log;

    pid = fork();

    if (pid == -1) {
        ngx_log_error(NGX_LOG_WARN, log, ngx_errno,
                      "wppkg: catalogues are not tried: fork() failed");
        return;
    }

    if (pid != 0) {
        while (waitpid(pid, NULL, 0) == -1 && ngx_errno == NGX_EINTR) {
            /* void */
        }

        return;
    }

    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);

    if (ngx_wppkg_check_user(ccf, log) == NGX_OK) {
        db = databases->elts;

        for (i = 0; i < databases->nelts; i++) {
            ngx_wppkg_check_db(db[i], log);
        }
    }

    _exit(0);
}


static ngx_int_t
ngx_wppkg_check_user(ngx_core_conf_t *ccf, ngx_log_t *log)
{
    if (geteuid() != 0) {
        return NGX_OK;
    }

    if (setgid(ccf->group) == -1
        || initgroups(ccf->username, ccf->group) == -1
        || setuid(ccf->user) == -1)
    {
        ngx_log_error(NGX_LOG_WARN, log, ngx_errno,
                      "wppkg: catalogues are not tried: can't become the"
                      " user \"%s\"", ccf->username);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
ngx_wppkg_check_db(ngx_wppkg_db_t *db, ngx_log_t *log)
{
    wppkg_error_t    err;
    wppkg_reader_t  *rd;

    if (wppkg_reader_open(db->path, &rd, &err) != WPPKG_OK) {
        ngx_log_error(NGX_LOG_WARN, log, 0, "wppkg: %s", err.text);
        return;
    }

    wppkg_reader_close(rd);
}

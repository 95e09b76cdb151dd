
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "ngx_wppkg_suspend.h"


void
ngx_wppkg_suspend(ngx_http_request_t *r, ngx_http_event_handler_pt resume)
{
    r->main->blocked++;
    r->main->count++;
    r->aio = 1;

    r->write_event_handler = resume;
    r->read_event_handler = ngx_http_block_reading;
}


void
ngx_wppkg_continue(ngx_http_request_t *r)
{
    ngx_connection_t  *c;

    c = r->connection;

    r->main->blocked--;
    r->aio = 0;

    r->write_event_handler(r);

    ngx_http_run_posted_requests(c);
}

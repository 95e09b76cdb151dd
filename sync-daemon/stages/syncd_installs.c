
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The stage "installs": what nginx has counted comes into the catalogue.
 */


#include <string.h>

#include "syncd_stages.h"
#include "wppkg_installs.h"


#define SYNCD_INSTALLS_DAY  86400


static int syncd_installs_add(syncd_ctx_t *ctx, wppkg_installs_t *done);
static int syncd_installs_forget(syncd_ctx_t *ctx);


int
syncd_installs(syncd_ctx_t *ctx)
{
    int               code;
    wppkg_installs_t  done;

    memset(&done, 0, sizeof(wppkg_installs_t));

    code = syncd_installs_add(ctx, &done);

    syncd_count(ctx, "installs", done.installs);

    if (done.unknown > 0) {
        syncd_count(ctx, "unknown", done.unknown);
    }

    return (code == SYNCD_DONE) ? syncd_installs_forget(ctx) : code;
}


static int
syncd_installs_add(syncd_ctx_t *ctx, wppkg_installs_t *done)
{
    int            rc;
    wppkg_error_t  err;

    do {
        rc = wppkg_installs_add(ctx->cat, ctx->conf->downloads, done, &err);
        syncd_alive();

    } while (rc == WPPKG_OK && done->left && !syncd_stopping());

    if (rc == WPPKG_OK) {
        return done->left ? SYNCD_PARTIAL : SYNCD_DONE;
    }

    /* nginx makes it when there is something to count */

    if (rc == WPPKG_DECLINED) {
        return SYNCD_DONE;
    }

    syncd_error("installs: %s", err.text);

    return SYNCD_PARTIAL;
}


static int
syncd_installs_forget(syncd_ctx_t *ctx)
{
    int  n;

    do {
        if (wppkg_installs_forget(ctx->cat,
                                  wppkg_tick_now() / WPPKG_TICKS
                                  / SYNCD_INSTALLS_DAY, &n)
            != WPPKG_OK)
        {
            syncd_error("installs: %s", wppkg_catalogue_error(ctx->cat));
            return SYNCD_PARTIAL;
        }

        syncd_alive();

    } while (n > 0 && !syncd_stopping());

    return SYNCD_DONE;
}

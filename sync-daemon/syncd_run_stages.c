
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "syncd_audit.h"
#include "syncd_run_stages.h"
#include "syncd_stages.h"
#include "wppkg_packages.h"


static int syncd_run_import(syncd_ctx_t *ctx, const syncd_run_t *run);
static int syncd_run_mirror(syncd_ctx_t *ctx, const syncd_run_t *run);
static int syncd_run_add(syncd_ctx_t *ctx, const syncd_run_t *run);
static int syncd_run_remove(syncd_ctx_t *ctx, const syncd_run_t *run);
static int syncd_run_discover(syncd_ctx_t *ctx, const syncd_run_t *run);
static int syncd_run_sweep(syncd_ctx_t *ctx, const syncd_run_t *run);
static int syncd_run_advisories(syncd_ctx_t *ctx, const syncd_run_t *run);
static int syncd_run_core(syncd_ctx_t *ctx, const syncd_run_t *run);
static int syncd_run_installs(syncd_ctx_t *ctx, const syncd_run_t *run);
static int syncd_run_update(syncd_ctx_t *ctx, const syncd_run_t *run);
static void syncd_run_untold(syncd_ctx_t *ctx, const syncd_run_t *run);
static int syncd_run_audit(syncd_ctx_t *ctx, const syncd_run_t *run);
static int syncd_run_sync(syncd_ctx_t *ctx, const syncd_run_t *run);
static int syncd_run_dist(syncd_ctx_t *ctx, const syncd_run_t *run);
static int syncd_run_backfill(syncd_ctx_t *ctx, const syncd_run_t *run);


const syncd_stage_t  syncd_run_table[] = {
    { SYNCD_RUN_IMPORT, "import", syncd_run_import },
    { SYNCD_RUN_MIRROR, "mirror", syncd_run_mirror },
    { SYNCD_RUN_ADD, "add", syncd_run_add },
    { SYNCD_RUN_REMOVE, "remove", syncd_run_remove },
    { SYNCD_RUN_DISCOVER, "discover", syncd_run_discover },
    { SYNCD_RUN_SWEEP, "sweep", syncd_run_sweep },
    { SYNCD_RUN_ADVISORIES, "advisories", syncd_run_advisories },
    { SYNCD_RUN_CORE, "core", syncd_run_core },
    { SYNCD_RUN_INSTALLS, "installs", syncd_run_installs },
    { SYNCD_RUN_UPDATE, "update", syncd_run_update },
    { SYNCD_RUN_AUDIT, "audit", syncd_run_audit },
    { SYNCD_RUN_SYNC, "sync", syncd_run_sync },
    { SYNCD_RUN_DIST, "dist", syncd_run_dist },
    { SYNCD_RUN_BACKFILL, "backfill", syncd_run_backfill },
    { 0, NULL, NULL }
};


static int
syncd_run_import(syncd_ctx_t *ctx, const syncd_run_t *run)
{
    return syncd_import(ctx, run->list);
}


static int
syncd_run_mirror(syncd_ctx_t *ctx, const syncd_run_t *run)
{
    return syncd_mirror(ctx, (int) run->all, (int) run->force);
}


static int
syncd_run_add(syncd_ctx_t *ctx, const syncd_run_t *run)
{
    return syncd_add(ctx, run->names, run->nnames);
}


static int
syncd_run_remove(syncd_ctx_t *ctx, const syncd_run_t *run)
{
    return syncd_remove(ctx, run->names, run->nnames);
}


static int
syncd_run_discover(syncd_ctx_t *ctx, const syncd_run_t *run)
{
    if (run->list == NULL) {
        return syncd_discover_svn(ctx);
    }

    return syncd_discover_list(ctx, run->list);
}


static int
syncd_run_sweep(syncd_ctx_t *ctx, const syncd_run_t *run)
{
    return syncd_sweep(ctx, run->spread, run->force);
}


/* the command asks at once, the pipeline when a source is due */

static int
syncd_run_advisories(syncd_ctx_t *ctx, const syncd_run_t *run)
{
    return syncd_advisories(ctx, !run->pipeline, run->force);
}


static int
syncd_run_core(syncd_ctx_t *ctx, const syncd_run_t *run)
{
    return syncd_wordpress(ctx);
}


static int
syncd_run_installs(syncd_ctx_t *ctx, const syncd_run_t *run)
{
    return syncd_installs(ctx);
}


static int
syncd_run_update(syncd_ctx_t *ctx, const syncd_run_t *run)
{
    if (run->nnames == 0 && !(run->stages & SYNCD_RUN_DISCOVER)) {
        syncd_run_untold(ctx, run);
    }

    return syncd_update(ctx, run->names, run->nnames);
}


/*
 * No source of packages is configured.  For an empty catalogue that is worth a
 * warning, for another one a line, and by a service only once.
 */

static void
syncd_run_untold(syncd_ctx_t *ctx, const syncd_run_t *run)
{
    int  any;

    static int  told;

    if (told || wppkg_packages_any(ctx->cat, &any) != WPPKG_OK) {
        return;
    }

    told = (run->interval > 0);

    if (any && told) {
        syncd_info("there is no source of new packages: set \"list\" in "
                   "[catalogue] or \"follow = on\" in [wporg]");

    } else if (!any) {
        syncd_warn("the catalogue has no packages: add some with \"discover "
                   "--source=list FILE\", or all with \"discover "
                   "--source=svn\"; \"list\" in [catalogue] or \"follow = "
                   "on\" in [wporg] does it with each run");
    }
}


static int
syncd_run_audit(syncd_ctx_t *ctx, const syncd_run_t *run)
{
    return syncd_audit(ctx, run->repair, run->foreign);
}


static int
syncd_run_sync(syncd_ctx_t *ctx, const syncd_run_t *run)
{
    return syncd_sync(ctx);
}


/* in the pipeline, until the next cycle is to begin */

static int
syncd_run_dist(syncd_ctx_t *ctx, const syncd_run_t *run)
{
    return syncd_dist(ctx, run->names, run->nnames,
                      run->pipeline ? ctx->conf->interval : 0);
}


static int
syncd_run_backfill(syncd_ctx_t *ctx, const syncd_run_t *run)
{
    return syncd_backfill(ctx, run->part, run->left);
}

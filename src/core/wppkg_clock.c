
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_clock.h"
#include "wppkg_meta.h"


#define WPPKG_CLOCK_LEAPT  "clock_leapt_at"

/* enough to know the last pause, and the one before */
#define WPPKG_CLOCK_RUNS   2


/* the latest first */

typedef struct {
    int            n;
    int64_t        from[WPPKG_CLOCK_RUNS];
    int64_t        to[WPPKG_CLOCK_RUNS];
} wppkg_clock_runs_t;


static int wppkg_clock_runs(wppkg_catalogue_t *cat, wppkg_clock_runs_t *runs);
static int wppkg_clock_leaps(const wppkg_clock_runs_t *runs, int64_t now);


int
wppkg_clock_check(wppkg_catalogue_t *cat, int64_t now)
{
    int                 rc;
    wppkg_clock_runs_t  runs;

    rc = wppkg_clock_runs(cat, &runs);

    if (rc != WPPKG_OK || !wppkg_clock_leaps(&runs, now)) {
        return rc;
    }

    return wppkg_meta_set_int(cat, WPPKG_CLOCK_LEAPT, now);
}


int
wppkg_clock_trusted(wppkg_catalogue_t *cat, int64_t now, int *trusted)
{
    int      rc;
    int64_t  at;

    rc = wppkg_meta_get_int(cat, WPPKG_CLOCK_LEAPT, &at);

    if (rc == WPPKG_DECLINED) {
        *trusted = 1;
        return WPPKG_OK;
    }

    if (rc == WPPKG_OK) {
        *trusted = (now >= at + WPPKG_CLOCK_PAUSE);
    }

    return rc;
}


static int
wppkg_clock_runs(wppkg_catalogue_t *cat, wppkg_clock_runs_t *runs)
{
    int            rc;
    sqlite3_stmt  *stmt;

    runs->n = 0;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT started_at, coalesce(finished_at, started_at)"
        " FROM pipeline_runs"
        " WHERE id > (SELECT max(id) FROM pipeline_runs) - ?1"
        " ORDER BY id DESC", "%d", WPPKG_CLOCK_RUNS);

    while (runs->n < WPPKG_CLOCK_RUNS) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        runs->from[runs->n] = sqlite3_column_int64(stmt, 0);
        runs->to[runs->n] = sqlite3_column_int64(stmt, 1);
        runs->n++;
    }

    wppkg_catalogue_done(stmt);

    return WPPKG_OK;
}


/*
 * A machine that was off for a week counts as a jump too, which costs it an
 * hour; a command that is run once a day or a week does not.
 */

static int
wppkg_clock_leaps(const wppkg_clock_runs_t *runs, int64_t now)
{
    int64_t  pause, before;

    if (runs->n == 0) {
        return 0;
    }

    if (now < runs->to[0] - WPPKG_CLOCK_BACK) {
        return 1;
    }

    pause = now - runs->to[0];
    before = (runs->n > 1) ? runs->from[0] - runs->to[1] : 0;

    return pause > WPPKG_CLOCK_AHEAD && pause / 2 > before;
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_meta.h"
#include "wppkg_walk.h"


/* what "meta" knows of a walk */

typedef struct {
    int64_t   target;         /* 0: none */
    int64_t   cursor;
    unsigned  done:1;         /* it has come to its end */
} wppkg_walk_state_t;


static int wppkg_walk_state(wppkg_catalogue_t *cat, const wppkg_walk_t *walk,
    wppkg_walk_state_t *state);
static int wppkg_walk_batch(wppkg_catalogue_t *cat, const wppkg_walk_t *walk,
    int64_t *after, wppkg_tick_t now, wppkg_walked_t *walked);
static int wppkg_walk_progress(wppkg_catalogue_t *cat,
    const wppkg_walk_t *walk, int64_t target, int64_t id);
static int wppkg_walk_finish(wppkg_catalogue_t *cat, const wppkg_walk_t *walk,
    int64_t target);


int
wppkg_walk_begin(wppkg_catalogue_t *cat, const wppkg_walk_t *walk,
    int64_t target)
{
    int                 rc;
    wppkg_walk_state_t  state;

    rc = wppkg_walk_state(cat, walk, &state);

    if (rc != WPPKG_OK || state.target == target) {
        return rc;
    }

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_unset(cat, walk->done);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_walk_progress(cat, walk, target, 0);
    }

    return wppkg_catalogue_leave(cat, rc);
}


int
wppkg_walk_step(wppkg_catalogue_t *cat, const wppkg_walk_t *walk,
    int64_t target, wppkg_tick_t now, wppkg_walked_t *walked)
{
    int                 rc;
    int64_t             last;
    wppkg_walked_t      before;
    wppkg_walk_state_t  state;

    walked->left = 0;
    before = *walked;

    rc = wppkg_walk_state(cat, walk, &state);

    if (rc != WPPKG_OK || (state.target == target && state.done)) {
        return rc;
    }

    if (state.target != target) {
        state.cursor = 0;
    }

    last = state.cursor;

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_walk_begin(cat, walk, target);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_walk_batch(cat, walk, &last, now, walked);
    }

    /* with no package left it has been finished */

    if (rc == WPPKG_OK) {
        rc = (last == state.cursor)
             ? wppkg_walk_finish(cat, walk, target)
             : wppkg_walk_progress(cat, walk, target, last);
    }

    rc = wppkg_catalogue_leave(cat, rc);

    if (rc != WPPKG_OK) {
        *walked = before;
        return rc;
    }

    walked->left = (last != state.cursor);

    return WPPKG_OK;
}


/* while a walk is under way, "done" is nothing to go by */

static int
wppkg_walk_state(wppkg_catalogue_t *cat, const wppkg_walk_t *walk,
    wppkg_walk_state_t *state)
{
    int  rc;

    state->cursor = 0;
    state->done = 0;

    rc = wppkg_meta_get_int(cat, walk->next, &state->target);

    if (rc == WPPKG_OK) {
        return wppkg_meta_int(cat, walk->cursor, 0, &state->cursor);
    }

    if (rc == WPPKG_DECLINED) {
        state->done = 1;
        rc = wppkg_meta_int(cat, walk->done, 0, &state->target);
    }

    return rc;
}


static int
wppkg_walk_batch(wppkg_catalogue_t *cat, const wppkg_walk_t *walk,
    int64_t *after, wppkg_tick_t now, wppkg_walked_t *walked)
{
    int      rc, n;
    int64_t  id;

    for (n = 0; n < wppkg_walk_batch_size(cat); n++) {

        rc = walk->first(cat, *after, &id);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        rc = wppkg_walk_package(cat, walk, id, now, walked);

        if (rc != WPPKG_OK) {
            return rc;
        }

        *after = id;
    }

    return WPPKG_OK;
}


int
wppkg_walk_batch_size(const wppkg_catalogue_t *cat)
{
    return WPPKG_WALK_BATCH / (1 + wppkg_catalogue_aliased(cat));
}


int
wppkg_walk_package(wppkg_catalogue_t *cat, const wppkg_walk_t *walk,
    int64_t id, wppkg_tick_t now, wppkg_walked_t *walked)
{
    int       rc, undone;
    unsigned  changed;

    changed = 0;

    rc = wppkg_catalogue_savepoint(cat);
    if (rc != WPPKG_OK) {
        return rc;
    }

    rc = walk->render(cat, id, now, &changed);
    rc = wppkg_catalogue_release(cat, rc, &undone);

    if (rc != WPPKG_OK) {
        return rc;
    }

    walked->packages++;

    if (!undone) {
        walked->changed += changed;
        return WPPKG_OK;
    }

    if (walked->failed++ == 0) {
        walked->error = *wppkg_catalogue_err(cat);
    }

    return (walk->failed != NULL) ? walk->failed(cat, id, now) : WPPKG_OK;
}


static int
wppkg_walk_progress(wppkg_catalogue_t *cat, const wppkg_walk_t *walk,
    int64_t target, int64_t id)
{
    int  rc;

    rc = wppkg_meta_set_int(cat, walk->next, target);

    return (rc == WPPKG_OK) ? wppkg_meta_set_int(cat, walk->cursor, id) : rc;
}


static int
wppkg_walk_finish(wppkg_catalogue_t *cat, const wppkg_walk_t *walk,
    int64_t target)
{
    int  rc;

    rc = wppkg_meta_unset(cat, walk->next);

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_unset(cat, walk->cursor);
    }

    if (rc == WPPKG_OK && walk->end != NULL) {
        rc = walk->end(cat);
    }

    return (rc == WPPKG_OK) ? wppkg_meta_set_int(cat, walk->done, target) : rc;
}

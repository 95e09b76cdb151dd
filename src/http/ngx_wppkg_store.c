
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stddef.h>
#include <string.h>

#include "wppkg_name.h"
#include "ngx_wppkg_store.h"


#define NGX_WPPKG_STORE_VERSION    4          /* of the layout */
#define NGX_WPPKG_BLOCK            512
#define NGX_WPPKG_PER_CHAIN        4          /* blocks for each hash chain */
#define NGX_WPPKG_CHAIN_MAX        16         /* entries; the last one goes */

/* one block in so many is for names that do not exist, one for each entry */
#define NGX_WPPKG_UNKNOWN_SHARE    16

#define NGX_WPPKG_NONE             0          /* there is no block 0 */

/* queues */
#define NGX_WPPKG_UNKNOWN          0
#define NGX_WPPKG_DOCUMENTS        1


/* the head of an entry; its path and body follow */

typedef struct {
    uint32_t                  hash;
    uint32_t                  chain;          /* next of the same chain */
    uint32_t                  newer;
    uint32_t                  older;
    uint32_t                  epoch;
    uint8_t                   catalogue;
    uint8_t                   len;            /* of the path */
    uint64_t                  checked;        /* last known as current */
    ngx_wppkg_meta_t          meta;
} ngx_wppkg_entry_t;


typedef struct {
    unsigned char             id[NGX_WPPKG_STORE_ID_LEN];
    uint32_t                  used;
    uint32_t                  known;          /* what follows is set */
    uint32_t                  epoch;          /* entries of another are void */
    uint32_t                  dropping;       /* changes are being applied */
    uint64_t                  checked;        /* last known as current */
    uint64_t                  tried;          /* when a refresh last failed */
    uint64_t                  refreshing;     /* since; 0: nobody does */
    uint64_t                  token;          /* names that refresh */
    int64_t                   generation;
    wppkg_reader_identity_t   identity;
} ngx_wppkg_state_t;


typedef struct {
    uint32_t                  newest;
    uint32_t                  oldest;
    uint32_t                  used;           /* blocks */
    uint32_t                  max;
    uint32_t                  entries;
    uint64_t                  evicted;        /* entries, ever */
} ngx_wppkg_queue_t;


struct ngx_wppkg_store_s {
    uint32_t                  version;
    uint32_t                  entry;          /* size of an entry's head */
    volatile uint32_t         busy;
    uint32_t                  seed;

    uint32_t                  nblocks;        /* the first is not used */
    uint32_t                  nchains;        /* a power of two */
    uint32_t                  fresh;          /* from here on never used */
    uint32_t                  free;           /* a chain of blocks */
    ngx_wppkg_queue_t         queues[2];
    ngx_wppkg_state_t         catalogues[NGX_WPPKG_STORE_CATALOGUES];

    /* hash chains, then what comes after each block, then blocks */
    uint32_t                  words[];
};


static void ngx_wppkg_store_empty(ngx_wppkg_store_t *st);
static uint32_t *ngx_wppkg_store_next(ngx_wppkg_store_t *st, uint32_t block);
static unsigned char *ngx_wppkg_store_block(ngx_wppkg_store_t *st,
    uint32_t block);
static ngx_wppkg_entry_t *ngx_wppkg_store_entry(ngx_wppkg_store_t *st,
    uint32_t block);
static uint32_t ngx_wppkg_store_hash(ngx_wppkg_store_t *st,
    unsigned catalogue, const char *path, size_t len);
static uint32_t *ngx_wppkg_store_chain(ngx_wppkg_store_t *st, uint32_t hash);
static int ngx_wppkg_store_same(const ngx_wppkg_entry_t *e, uint32_t hash,
    unsigned catalogue, const char *path, size_t len);
static uint32_t ngx_wppkg_store_find(ngx_wppkg_store_t *st, uint32_t hash,
    const ngx_wppkg_key_t *key);
static int ngx_wppkg_store_refreshing(const ngx_wppkg_state_t *state,
    uint64_t token);
static wppkg_cache_status_e ngx_wppkg_store_judge(
    const ngx_wppkg_state_t *state, const ngx_wppkg_entry_t *e,
    const ngx_wppkg_look_t *look);
static uint64_t ngx_wppkg_store_age(uint64_t now, uint64_t then);
static void ngx_wppkg_store_due(ngx_wppkg_state_t *state,
    ngx_wppkg_look_t *look);
static void ngx_wppkg_store_begin(ngx_wppkg_state_t *state,
    ngx_wppkg_look_t *look);
static void ngx_wppkg_store_copy(ngx_wppkg_store_t *st, uint32_t block,
    unsigned char *body);
static int ngx_wppkg_store_admit(ngx_wppkg_state_t *state,
    const wppkg_reader_identity_t *identity, int64_t snapshot);
static void ngx_wppkg_store_forget(ngx_wppkg_state_t *state);
static uint32_t ngx_wppkg_store_outdated(ngx_wppkg_store_t *st,
    unsigned catalogue, const char *path, size_t len, int64_t generation);
static void ngx_wppkg_store_insert(ngx_wppkg_store_t *st, uint32_t hash,
    const ngx_wppkg_key_t *key, const ngx_wppkg_meta_t *meta,
    const unsigned char *body, uint64_t started);
static uint32_t ngx_wppkg_store_alloc(ngx_wppkg_store_t *st,
    ngx_wppkg_queue_t *queue, uint32_t n);
static void ngx_wppkg_store_fill(ngx_wppkg_store_t *st, uint32_t block,
    size_t offset, const unsigned char *body, size_t size);
static void ngx_wppkg_store_link(ngx_wppkg_store_t *st, uint32_t block);
static void ngx_wppkg_store_remove(ngx_wppkg_store_t *st, uint32_t block);
static ngx_wppkg_queue_t *ngx_wppkg_store_queue(ngx_wppkg_store_t *st,
    const ngx_wppkg_entry_t *e);
static void ngx_wppkg_store_enqueue(ngx_wppkg_store_t *st, uint32_t block);
static void ngx_wppkg_store_dequeue(ngx_wppkg_store_t *st, uint32_t block);
static uint32_t ngx_wppkg_store_blocks(size_t len, size_t size);


_Static_assert(sizeof(ngx_wppkg_entry_t) + WPPKG_PATH_MAX <= NGX_WPPKG_BLOCK,
               "the head of an entry does not fit in a block");


int
ngx_wppkg_store_init(ngx_wppkg_store_t *st, size_t size, uint32_t seed)
{
    size_t    rest;
    uint32_t  nblocks, nchains;

    if (size < NGX_WPPKG_STORE_SIZE_MIN || size / NGX_WPPKG_BLOCK > INT32_MAX)
    {
        return WPPKG_ERROR;
    }

    nchains = 1;

    while (nchains < size / NGX_WPPKG_BLOCK / NGX_WPPKG_PER_CHAIN) {
        nchains *= 2;
    }

    rest = size - sizeof(ngx_wppkg_store_t) - nchains * sizeof(uint32_t)
           - NGX_WPPKG_BLOCK;
    nblocks = (uint32_t) (rest / (NGX_WPPKG_BLOCK + sizeof(uint32_t)));

    memset(st, 0, sizeof(ngx_wppkg_store_t));

    st->version = NGX_WPPKG_STORE_VERSION;
    st->entry = sizeof(ngx_wppkg_entry_t);
    st->seed = seed;
    st->nblocks = nblocks;
    st->nchains = nchains;

    st->queues[NGX_WPPKG_UNKNOWN].max = nblocks / NGX_WPPKG_UNKNOWN_SHARE;
    st->queues[NGX_WPPKG_DOCUMENTS].max = nblocks - 1
                                    - st->queues[NGX_WPPKG_UNKNOWN].max;

    ngx_wppkg_store_empty(st);

    return WPPKG_OK;
}


int
ngx_wppkg_store_fits(const ngx_wppkg_store_t *st)
{
    return st->version == NGX_WPPKG_STORE_VERSION
           && st->entry == sizeof(ngx_wppkg_entry_t);
}


void
ngx_wppkg_store_enter(ngx_wppkg_store_t *st)
{
    if (st->busy) {
        ngx_wppkg_store_empty(st);
    }

    st->busy = 1;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}


void
ngx_wppkg_store_leave(ngx_wppkg_store_t *st)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    st->busy = 0;
}


/* catalogues keep their numbers, because other processes use them */

static void
ngx_wppkg_store_empty(ngx_wppkg_store_t *st)
{
    unsigned            i;
    ngx_wppkg_queue_t  *queue;

    memset(st->words, 0, st->nchains * sizeof(uint32_t));

    st->fresh = 1;
    st->free = NGX_WPPKG_NONE;

    for (i = 0; i < 2; i++) {
        queue = &st->queues[i];

        queue->newest = NGX_WPPKG_NONE;
        queue->oldest = NGX_WPPKG_NONE;
        queue->used = 0;
        queue->entries = 0;
    }

    for (i = 0; i < NGX_WPPKG_STORE_CATALOGUES; i++) {
        ngx_wppkg_store_forget(&st->catalogues[i]);

        st->catalogues[i].dropping = 0;
        st->catalogues[i].refreshing = 0;
    }
}


int
ngx_wppkg_store_catalogue(ngx_wppkg_store_t *st,
    const unsigned char id[NGX_WPPKG_STORE_ID_LEN])
{
    int                 i;
    ngx_wppkg_state_t  *state;

    for (i = 0; i < NGX_WPPKG_STORE_CATALOGUES; i++) {
        state = &st->catalogues[i];

        if (!state->used) {
            memcpy(state->id, id, NGX_WPPKG_STORE_ID_LEN);
            state->used = 1;
            return i;
        }

        if (memcmp(state->id, id, NGX_WPPKG_STORE_ID_LEN) == 0) {
            return i;
        }
    }

    return -1;
}


wppkg_cache_status_e
ngx_wppkg_store_look(ngx_wppkg_store_t *st, const ngx_wppkg_key_t *key,
    ngx_wppkg_look_t *look, unsigned char *body)
{
    uint32_t               hash, block;
    ngx_wppkg_entry_t     *e;
    ngx_wppkg_state_t     *state;
    wppkg_cache_status_e   status;

    look->copied = 0;

    state = &st->catalogues[key->catalogue];
    ngx_wppkg_store_due(state, look);

    hash = ngx_wppkg_store_hash(st, key->catalogue, key->path, key->len);
    block = ngx_wppkg_store_find(st, hash, key);

    if (block == NGX_WPPKG_NONE) {
        return WPPKG_CACHE_MISS;
    }

    e = ngx_wppkg_store_entry(st, block);
    status = ngx_wppkg_store_judge(state, e, look);

    if (status == WPPKG_CACHE_MISS) {
        return status;
    }

    look->meta = e->meta;
    look->whole = (state->identity.whole != 0);
    look->aliases = (state->identity.aliases != 0);
    look->wordpress = (state->identity.wordpress != 0);

    if (ngx_wppkg_store_queue(st, e)->newest != block) {
        ngx_wppkg_store_dequeue(st, block);
        ngx_wppkg_store_enqueue(st, block);
    }

    if (status != WPPKG_CACHE_EXPIRED && e->meta.exists && !look->head
        && e->meta.changed_at != look->since)
    {
        ngx_wppkg_store_copy(st, block, body);
        look->copied = 1;
    }

    return status;
}


void
ngx_wppkg_store_put(ngx_wppkg_store_t *st, const ngx_wppkg_key_t *key,
    const ngx_wppkg_meta_t *meta, const unsigned char *body,
    const wppkg_reader_identity_t *identity, int64_t snapshot,
    uint64_t started)
{
    uint32_t            hash, block;
    ngx_wppkg_entry_t  *e;
    ngx_wppkg_state_t  *state;

    state = &st->catalogues[key->catalogue];

    if (!ngx_wppkg_store_admit(state, identity, snapshot)) {
        return;
    }

    /* the other encoding must not be older than what this client has seen */

    for ( ;; ) {
        block = ngx_wppkg_store_outdated(st, key->catalogue, key->path,
                                         key->len, meta->generation);
        if (block == NGX_WPPKG_NONE) {
            break;
        }

        ngx_wppkg_store_remove(st, block);
    }

    hash = ngx_wppkg_store_hash(st, key->catalogue, key->path, key->len);
    block = ngx_wppkg_store_find(st, hash, key);

    if (block == NGX_WPPKG_NONE) {
        ngx_wppkg_store_insert(st, hash, key, meta, body, started);
        return;
    }

    e = ngx_wppkg_store_entry(st, block);

    if (e->checked < started) {
        e->checked = started;
    }
}


ngx_wppkg_reached_e
ngx_wppkg_store_reached(ngx_wppkg_store_t *st, unsigned catalogue,
    const wppkg_reader_identity_t *identity, int64_t generation,
    uint64_t read, ngx_wppkg_look_t *look)
{
    ngx_wppkg_state_t  *state;

    state = &st->catalogues[catalogue];
    look->due = 0;

    if (state->known && !state->dropping && generation <= state->generation
        && memcmp(identity, &state->identity,
                  sizeof(wppkg_reader_identity_t)) == 0)
    {
        return NGX_WPPKG_REACHED;
    }

    /* whatever was learnt after that came from another or an older file */

    if (state->known && !state->dropping && state->checked > read) {
        return NGX_WPPKG_NEVER;
    }

    if (ngx_wppkg_store_age(look->now, state->tried) >= NGX_WPPKG_STORE_RETRY)
    {
        ngx_wppkg_store_begin(state, look);
    }

    return NGX_WPPKG_NOT_YET;
}


ngx_wppkg_refreshed_e
ngx_wppkg_store_refresh(ngx_wppkg_store_t *st, unsigned catalogue,
    const ngx_wppkg_refresh_t *refresh)
{
    unsigned            all;
    ngx_wppkg_state_t  *state;

    state = &st->catalogues[catalogue];

    if (!ngx_wppkg_store_refreshing(state, refresh->token)) {
        return NGX_WPPKG_REFRESH_ENDED;
    }

    if (refresh->rc != WPPKG_OK
        && (refresh->rc != WPPKG_DECLINED || refresh->snapshot < 0))
    {
        state->tried = state->refreshing;
        state->refreshing = 0;
        return NGX_WPPKG_REFRESH_ENDED;
    }

    /* "dropping": a refresh began to apply changes and did not finish */

    all = !state->known || state->dropping
          || refresh->rc == WPPKG_DECLINED
          || refresh->snapshot < state->generation
          || memcmp(&refresh->identity, &state->identity,
                    sizeof(wppkg_reader_identity_t)) != 0;

    if (all) {
        ngx_wppkg_store_forget(state);
        state->known = 1;
    }

    state->generation = refresh->snapshot;
    state->identity = refresh->identity;
    state->dropping = !all && refresh->changes;

    if (state->dropping) {
        return NGX_WPPKG_DROP_NOW;
    }

    ngx_wppkg_store_refreshed(st, catalogue, refresh->token);

    return NGX_WPPKG_REFRESH_ENDED;
}


void
ngx_wppkg_store_drop(ngx_wppkg_store_t *st, unsigned catalogue,
    const wppkg_change_t *change)
{
    uint32_t  block;

    for ( ;; ) {
        block = ngx_wppkg_store_outdated(st, catalogue, change->path,
                                         change->len, change->generation);
        if (block == NGX_WPPKG_NONE) {
            return;
        }

        ngx_wppkg_store_remove(st, block);
    }
}


void
ngx_wppkg_store_refreshed(ngx_wppkg_store_t *st, unsigned catalogue,
    uint64_t token)
{
    ngx_wppkg_state_t  *state;

    state = &st->catalogues[catalogue];

    if (ngx_wppkg_store_refreshing(state, token)) {
        state->dropping = 0;
        state->checked = state->refreshing;
        state->refreshing = 0;
    }
}


void
ngx_wppkg_store_usage(const ngx_wppkg_store_t *st, wppkg_usage_t *usage)
{
    const ngx_wppkg_queue_t  *documents, *unknown;

    documents = &st->queues[NGX_WPPKG_DOCUMENTS];
    unknown = &st->queues[NGX_WPPKG_UNKNOWN];

    usage->size = ((uint64_t) documents->max + unknown->max)
                  * NGX_WPPKG_BLOCK;
    usage->used = ((uint64_t) documents->used + unknown->used)
                  * NGX_WPPKG_BLOCK;
    usage->documents = documents->entries;
    usage->unknown = unknown->entries;
    usage->evicted = documents->evicted + unknown->evicted;
}


/* 0: the zone was emptied, or another has taken over, since token was given */

static int
ngx_wppkg_store_refreshing(const ngx_wppkg_state_t *state, uint64_t token)
{
    return state->refreshing != 0 && state->token == token;
}


static uint32_t *
ngx_wppkg_store_next(ngx_wppkg_store_t *st, uint32_t block)
{
    WPPKG_ASSERT(block != NGX_WPPKG_NONE && block < st->nblocks);

    return &st->words[st->nchains + block];
}


static unsigned char *
ngx_wppkg_store_block(ngx_wppkg_store_t *st, uint32_t block)
{
    uintptr_t  p;

    WPPKG_ASSERT(block != NGX_WPPKG_NONE && block < st->nblocks);

    p = (uintptr_t) &st->words[st->nchains + st->nblocks];
    p = (p + NGX_WPPKG_BLOCK - 1) & ~((uintptr_t) NGX_WPPKG_BLOCK - 1);

    return (unsigned char *) p + (size_t) block * NGX_WPPKG_BLOCK;
}


static ngx_wppkg_entry_t *
ngx_wppkg_store_entry(ngx_wppkg_store_t *st, uint32_t block)
{
    return (ngx_wppkg_entry_t *) ngx_wppkg_store_block(st, block);
}


/* FNV-1a; a client that knew the seed could fill one chain, a short one */

static uint32_t
ngx_wppkg_store_hash(ngx_wppkg_store_t *st, unsigned catalogue,
    const char *path, size_t len)
{
    size_t    i;
    uint32_t  h;

    h = (st->seed ^ catalogue) * 16777619u;

    for (i = 0; i < len; i++) {
        h = (h ^ (unsigned char) path[i]) * 16777619u;
    }

    return h ^ (h >> 15);
}


static uint32_t *
ngx_wppkg_store_chain(ngx_wppkg_store_t *st, uint32_t hash)
{
    return &st->words[hash & (st->nchains - 1)];
}


static int
ngx_wppkg_store_same(const ngx_wppkg_entry_t *e, uint32_t hash,
    unsigned catalogue, const char *path, size_t len)
{
    return e->hash == hash && e->catalogue == catalogue && e->len == len
           && memcmp(e + 1, path, len) == 0;
}


static uint32_t
ngx_wppkg_store_find(ngx_wppkg_store_t *st, uint32_t hash,
    const ngx_wppkg_key_t *key)
{
    uint32_t            block;
    ngx_wppkg_entry_t  *e;

    WPPKG_ASSERT(st->busy && key->len < WPPKG_PATH_MAX);
    WPPKG_ASSERT(key->catalogue < NGX_WPPKG_STORE_CATALOGUES);
    WPPKG_ASSERT(st->catalogues[key->catalogue].used);

    block = *ngx_wppkg_store_chain(st, hash);

    while (block != NGX_WPPKG_NONE) {
        e = ngx_wppkg_store_entry(st, block);

        if (e->meta.encoding == key->encoding
            && ngx_wppkg_store_same(e, hash, key->catalogue, key->path,
                                    key->len))
        {
            return block;
        }

        block = e->chain;
    }

    return NGX_WPPKG_NONE;
}


static wppkg_cache_status_e
ngx_wppkg_store_judge(const ngx_wppkg_state_t *state,
    const ngx_wppkg_entry_t *e, const ngx_wppkg_look_t *look)
{
    uint64_t  age, own;

    if (!state->known || e->epoch != state->epoch) {
        return WPPKG_CACHE_MISS;
    }

    age = ngx_wppkg_store_age(look->now, state->checked);
    own = ngx_wppkg_store_age(look->now, e->checked);

    if (own < age) {
        age = own;
    }

    if (age < look->refresh) {
        return WPPKG_CACHE_HIT;
    }

    return (age < NGX_WPPKG_STORE_STALE_MAX) ? WPPKG_CACHE_STALE
                                             : WPPKG_CACHE_EXPIRED;
}


/*
 * A time of 0 means "never" and must not be compared: a machine may have been
 * up for less than the interval.  Another process may have read the clock a
 * little later.
 */

static uint64_t
ngx_wppkg_store_age(uint64_t now, uint64_t then)
{
    if (then == 0) {
        return UINT64_MAX;
    }

    return (now > then) ? now - then : 0;
}


static void
ngx_wppkg_store_due(ngx_wppkg_state_t *state, ngx_wppkg_look_t *look)
{
    uint64_t  last;

    look->due = 0;

    last = (state->tried > state->checked) ? state->tried : state->checked;

    if (ngx_wppkg_store_age(look->now, last) >= look->refresh / 2) {
        ngx_wppkg_store_begin(state, look);
    }
}


/* unless somebody is at it */

static void
ngx_wppkg_store_begin(ngx_wppkg_state_t *state, ngx_wppkg_look_t *look)
{
    if (state->refreshing != 0
        && ngx_wppkg_store_age(look->now, state->refreshing)
           < NGX_WPPKG_STORE_REFRESH_MAX)
    {
        return;
    }

    state->refreshing = look->now;

    look->due = 1;
    look->token = ++state->token;
    look->generation = state->known ? state->generation : INT64_MAX;
}


/* the body begins where the path ends */

static void
ngx_wppkg_store_copy(ngx_wppkg_store_t *st, uint32_t block,
    unsigned char *body)
{
    size_t              offset, n, left;
    ngx_wppkg_entry_t  *e;

    e = ngx_wppkg_store_entry(st, block);

    left = e->meta.size;
    offset = sizeof(ngx_wppkg_entry_t) + e->len;

    for ( ;; ) {
        n = NGX_WPPKG_BLOCK - offset;

        if (n > left) {
            n = left;
        }

        memcpy(body, ngx_wppkg_store_block(st, block) + offset, n);

        body += n;
        left -= n;
        offset = 0;

        if (left == 0) {
            return;
        }

        block = *ngx_wppkg_store_next(st, block);
    }
}


/*
 * A read from another file shows that the known file was replaced: no entry is
 * valid until a refresh.  Only a refresh makes a file known, because a late
 * read may come from the old file.
 */

static int
ngx_wppkg_store_admit(ngx_wppkg_state_t *state,
    const wppkg_reader_identity_t *identity, int64_t snapshot)
{
    if (!state->known || snapshot < 0) {
        return 0;
    }

    if (memcmp(identity, &state->identity, sizeof(wppkg_reader_identity_t))
        != 0)
    {
        ngx_wppkg_store_forget(state);

        /* a refresh that is under way may have read the old file */
        state->refreshing = 0;
        return 0;
    }

    return snapshot >= state->generation;
}


static void
ngx_wppkg_store_forget(ngx_wppkg_state_t *state)
{
    state->epoch++;
    state->known = 0;
    state->checked = 0;
    state->tried = 0;
}


/* an entry of that path, in any encoding, from before that generation */

static uint32_t
ngx_wppkg_store_outdated(ngx_wppkg_store_t *st, unsigned catalogue,
    const char *path, size_t len, int64_t generation)
{
    uint32_t            hash, block, epoch;
    ngx_wppkg_entry_t  *e;

    epoch = st->catalogues[catalogue].epoch;
    hash = ngx_wppkg_store_hash(st, catalogue, path, len);
    block = *ngx_wppkg_store_chain(st, hash);

    while (block != NGX_WPPKG_NONE) {
        e = ngx_wppkg_store_entry(st, block);

        if ((e->meta.generation < generation || e->epoch != epoch)
            && ngx_wppkg_store_same(e, hash, catalogue, path, len))
        {
            return block;
        }

        block = e->chain;
    }

    return NGX_WPPKG_NONE;
}


/* built first, then linked; an entry that does not fit is left out */

static void
ngx_wppkg_store_insert(ngx_wppkg_store_t *st, uint32_t hash,
    const ngx_wppkg_key_t *key, const ngx_wppkg_meta_t *meta,
    const unsigned char *body, uint64_t started)
{
    size_t              size;
    uint32_t            n, block;
    ngx_wppkg_entry_t  *e;
    ngx_wppkg_queue_t  *queue;

    size = meta->exists ? meta->size : 0;
    queue = &st->queues[meta->exists ? NGX_WPPKG_DOCUMENTS
                                     : NGX_WPPKG_UNKNOWN];

    n = ngx_wppkg_store_blocks(key->len, size);

    if (size > NGX_WPPKG_STORE_BODY_MAX || n > queue->max / 4) {
        return;
    }

    block = ngx_wppkg_store_alloc(st, queue, n);
    e = ngx_wppkg_store_entry(st, block);

    e->hash = hash;
    e->epoch = st->catalogues[key->catalogue].epoch;
    e->catalogue = (uint8_t) key->catalogue;
    e->len = (uint8_t) key->len;
    e->checked = started;
    e->meta = *meta;
    e->meta.size = (uint32_t) size;
    e->meta.encoding = (uint8_t) key->encoding;

    memcpy(e + 1, key->path, key->len);

    if (size > 0) {
        ngx_wppkg_store_fill(st, block,
                             sizeof(ngx_wppkg_entry_t) + key->len, body, size);
    }

    ngx_wppkg_store_link(st, block);
}


/* n blocks in a chain; there are that many, or as many are evicted */

static uint32_t
ngx_wppkg_store_alloc(ngx_wppkg_store_t *st, ngx_wppkg_queue_t *queue,
    uint32_t n)
{
    uint32_t  block, first;

    WPPKG_ASSERT(n > 0 && n <= queue->max);

    while (queue->used + n > queue->max) {
        ngx_wppkg_store_remove(st, queue->oldest);
        queue->evicted++;
    }

    queue->used += n;

    for (first = NGX_WPPKG_NONE; n > 0; n--) {

        if (st->free != NGX_WPPKG_NONE) {
            block = st->free;
            st->free = *ngx_wppkg_store_next(st, block);

        } else {
            block = st->fresh++;
        }

        *ngx_wppkg_store_next(st, block) = first;
        first = block;
    }

    return first;
}


static void
ngx_wppkg_store_fill(ngx_wppkg_store_t *st, uint32_t block, size_t offset,
    const unsigned char *body, size_t size)
{
    size_t  n;

    while (size > 0) {
        n = NGX_WPPKG_BLOCK - offset;

        if (n > size) {
            n = size;
        }

        memcpy(ngx_wppkg_store_block(st, block) + offset, body, n);

        body += n;
        size -= n;
        offset = 0;

        block = *ngx_wppkg_store_next(st, block);
    }
}


static void
ngx_wppkg_store_link(ngx_wppkg_store_t *st, uint32_t block)
{
    uint32_t           *chain, last;
    unsigned            n;
    ngx_wppkg_entry_t  *e;

    e = ngx_wppkg_store_entry(st, block);
    chain = ngx_wppkg_store_chain(st, e->hash);

    e->chain = *chain;
    *chain = block;

    ngx_wppkg_store_enqueue(st, block);
    ngx_wppkg_store_queue(st, e)->entries++;

    last = block;

    for (n = 1; e->chain != NGX_WPPKG_NONE; n++) {
        last = e->chain;
        e = ngx_wppkg_store_entry(st, last);
    }

    if (n > NGX_WPPKG_CHAIN_MAX) {
        ngx_wppkg_store_remove(st, last);
    }
}


static void
ngx_wppkg_store_remove(ngx_wppkg_store_t *st, uint32_t block)
{
    uint32_t           *p, last, n;
    ngx_wppkg_entry_t  *e;

    e = ngx_wppkg_store_entry(st, block);
    p = ngx_wppkg_store_chain(st, e->hash);

    WPPKG_ASSERT(st->busy);

    while (*p != block) {
        p = &ngx_wppkg_store_entry(st, *p)->chain;
    }

    *p = e->chain;

    ngx_wppkg_store_dequeue(st, block);

    n = ngx_wppkg_store_blocks(e->len, e->meta.size);
    WPPKG_ASSERT(ngx_wppkg_store_queue(st, e)->used >= n);
    WPPKG_ASSERT(ngx_wppkg_store_queue(st, e)->entries > 0);

    ngx_wppkg_store_queue(st, e)->used -= n;
    ngx_wppkg_store_queue(st, e)->entries--;

    for (last = block; --n > 0; last = *ngx_wppkg_store_next(st, last)) {
        /* void */
    }

    *ngx_wppkg_store_next(st, last) = st->free;
    st->free = block;
}


static ngx_wppkg_queue_t *
ngx_wppkg_store_queue(ngx_wppkg_store_t *st, const ngx_wppkg_entry_t *e)
{
    return &st->queues[e->meta.exists ? NGX_WPPKG_DOCUMENTS
                                      : NGX_WPPKG_UNKNOWN];
}


static void
ngx_wppkg_store_enqueue(ngx_wppkg_store_t *st, uint32_t block)
{
    ngx_wppkg_entry_t  *e;
    ngx_wppkg_queue_t  *queue;

    e = ngx_wppkg_store_entry(st, block);
    queue = ngx_wppkg_store_queue(st, e);

    e->newer = NGX_WPPKG_NONE;
    e->older = queue->newest;

    if (queue->newest != NGX_WPPKG_NONE) {
        ngx_wppkg_store_entry(st, queue->newest)->newer = block;

    } else {
        queue->oldest = block;
    }

    queue->newest = block;
}


static void
ngx_wppkg_store_dequeue(ngx_wppkg_store_t *st, uint32_t block)
{
    ngx_wppkg_entry_t  *e;
    ngx_wppkg_queue_t  *queue;

    e = ngx_wppkg_store_entry(st, block);
    queue = ngx_wppkg_store_queue(st, e);

    if (e->newer != NGX_WPPKG_NONE) {
        ngx_wppkg_store_entry(st, e->newer)->older = e->older;

    } else {
        queue->newest = e->older;
    }

    if (e->older != NGX_WPPKG_NONE) {
        ngx_wppkg_store_entry(st, e->older)->newer = e->newer;

    } else {
        queue->oldest = e->newer;
    }
}


static uint32_t
ngx_wppkg_store_blocks(size_t len, size_t size)
{
    return (uint32_t) ((sizeof(ngx_wppkg_entry_t) + len + size
                        + NGX_WPPKG_BLOCK - 1) / NGX_WPPKG_BLOCK);
}

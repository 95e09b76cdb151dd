
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Names lie one after the other, each with its number, and are found by a
 * hash table of chains; all are taken at once, so none is ever removed.
 *
 * Marks lie in sets of eight, one cache line.  A mark can be in one set only.
 * If the set is full, the oldest mark makes room.  The sets of a client lie
 * together, so memory is near, and one who installs everything pushes out few
 * of the marks of others.
 */


#include <string.h>

#include "ngx_wppkg_tally.h"


#define NGX_WPPKG_TALLY_REGIONS  512
#define NGX_WPPKG_TALLY_SETS     256              /* of a region */
#define NGX_WPPKG_TALLY_WAYS     8
#define NGX_WPPKG_TALLY_CHAINS   (16 * 1024)
#define NGX_WPPKG_TALLY_ALIGN    4

#define NGX_WPPKG_TALLY_SECONDS  3600

#define NGX_WPPKG_TALLY_NONE     0xffffffff       /* the end of a chain */


typedef struct {
    uint32_t                 hash;        /* the half that the set is not of */
    uint32_t                 at;          /* second; 0: there was none */
} ngx_wppkg_tally_mark_t;


/* its bytes follow */

typedef struct {
    uint32_t                 next;        /* of the chain */
    uint32_t                 n;
    uint32_t                 len;
} ngx_wppkg_tally_name_t;


typedef struct {
    unsigned char            bytes[WPPKG_SIPHASH_KEY];
    uint64_t                 until;       /* 0: there is none */
} ngx_wppkg_tally_key_t;


struct ngx_wppkg_tally_s {
    uint64_t                 size;        /* of this: its version */
    volatile uint32_t        busy;
    uint32_t                 used;        /* bytes of names */
    uint64_t                 taken;       /* when; 0: never */
    uint64_t                 waiting;     /* installs of names */
    ngx_wppkg_tally_key_t    key;
    ngx_wppkg_tally_key_t    before;
    ngx_wppkg_tally_sums_t   sums;
    ngx_wppkg_tally_sums_t   told;
    uint32_t                 chains[NGX_WPPKG_TALLY_CHAINS];
    unsigned char            names[NGX_WPPKG_TALLY_NAMES];
    ngx_wppkg_tally_mark_t   marks[NGX_WPPKG_TALLY_REGIONS
                                   * NGX_WPPKG_TALLY_SETS]
                                  [NGX_WPPKG_TALLY_WAYS];
};


static void ngx_wppkg_tally_clear(ngx_wppkg_tally_t *tally);
static void ngx_wppkg_tally_wipe(ngx_wppkg_tally_key_t *key);
static uint64_t ngx_wppkg_tally_client(const ngx_wppkg_tally_key_t *key,
    const ngx_wppkg_client_t *client);
static void ngx_wppkg_tally_hash(const ngx_wppkg_tally_key_t *key,
    uint64_t client, ngx_wppkg_install_t *install);
static void ngx_wppkg_tally_fetch(const ngx_wppkg_tally_t *tally,
    const ngx_wppkg_install_t *install);
static ngx_wppkg_tally_mark_t *ngx_wppkg_tally_mark(ngx_wppkg_tally_t *tally,
    const ngx_wppkg_install_t *install, uint32_t second, int *repeated);
static int ngx_wppkg_tally_live(const ngx_wppkg_tally_mark_t *mark,
    uint32_t second);
static int ngx_wppkg_tally_add(ngx_wppkg_tally_t *tally, uint64_t hash,
    const char *name, size_t len, uint32_t n);
static int ngx_wppkg_tally_put(ngx_wppkg_tally_t *tally, uint32_t *chain,
    const char *name, size_t len, uint32_t n);
static size_t ngx_wppkg_tally_span(size_t len);


size_t
ngx_wppkg_tally_size(void)
{
    return sizeof(ngx_wppkg_tally_t);
}


void
ngx_wppkg_tally_init(ngx_wppkg_tally_t *tally)
{
    memset(tally, 0, sizeof(ngx_wppkg_tally_t));

    tally->size = sizeof(ngx_wppkg_tally_t);

    ngx_wppkg_tally_clear(tally);
}


int
ngx_wppkg_tally_fits(const ngx_wppkg_tally_t *tally)
{
    return tally->size == sizeof(ngx_wppkg_tally_t);
}


void
ngx_wppkg_tally_enter(ngx_wppkg_tally_t *tally)
{
    if (tally->busy) {
        ngx_wppkg_tally_clear(tally);

        /* it may have been about to get its hour */
        ngx_wppkg_tally_wipe(&tally->before);
    }

    tally->busy = 1;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}


void
ngx_wppkg_tally_leave(ngx_wppkg_tally_t *tally)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    tally->busy = 0;
}


/* whatever a mark or the key is, it can be used */

static void
ngx_wppkg_tally_clear(ngx_wppkg_tally_t *tally)
{
    tally->used = 0;
    tally->waiting = 0;
    memset(tally->chains, 0xff, sizeof(tally->chains));
}


int
ngx_wppkg_tally_tick(ngx_wppkg_tally_t *tally, uint64_t now)
{
    if (tally->before.until != 0 && now >= tally->before.until) {
        ngx_wppkg_tally_wipe(&tally->before);
    }

    return now >= tally->key.until;
}


/* the compiler may not leave it out */

static void
ngx_wppkg_tally_wipe(ngx_wppkg_tally_key_t *key)
{
    explicit_bzero(key, sizeof(ngx_wppkg_tally_key_t));
}


void
ngx_wppkg_tally_key(ngx_wppkg_tally_t *tally,
    const unsigned char key[WPPKG_SIPHASH_KEY], uint64_t now)
{
    if (now < tally->key.until) {
        return;
    }

    if (tally->key.until != 0) {
        tally->before = tally->key;
        tally->before.until = now + NGX_WPPKG_TALLY_HOUR;
    }

    memcpy(tally->key.bytes, key, WPPKG_SIPHASH_KEY);
    tally->key.until = now + NGX_WPPKG_TALLY_DAY;
}


void
ngx_wppkg_tally_look(const ngx_wppkg_tally_t *tally,
    const ngx_wppkg_client_t *client, ngx_wppkg_install_t *installs, size_t n)
{
    size_t    i;
    uint64_t  hash;

    hash = ngx_wppkg_tally_client(&tally->key, client);

    for (i = 0; i < n; i++) {
        ngx_wppkg_tally_hash(&tally->key, hash, &installs[i]);
        ngx_wppkg_tally_fetch(tally, &installs[i]);
    }
}


/* asks for the memory that counting it will read */

static void
ngx_wppkg_tally_fetch(const ngx_wppkg_tally_t *tally,
    const ngx_wppkg_install_t *install)
{
    uint32_t  at;

    __builtin_prefetch(tally->marks[install->set]);

    at = tally->chains[install->named % NGX_WPPKG_TALLY_CHAINS];

    if (at != NGX_WPPKG_TALLY_NONE) {
        __builtin_prefetch(tally->names + at);
    }
}


void
ngx_wppkg_tally_count(ngx_wppkg_tally_t *tally,
    const ngx_wppkg_client_t *client, const ngx_wppkg_install_t *install,
    uint64_t now)
{
    int                      repeated;
    uint32_t                 second;
    uint64_t                 hash;
    ngx_wppkg_install_t      before;
    ngx_wppkg_tally_mark_t  *mark;

    repeated = 0;
    second = (uint32_t) (now / 1000) + 1;

    if (now < tally->before.until) {
        before = *install;
        hash = ngx_wppkg_tally_client(&tally->before, client);
        ngx_wppkg_tally_hash(&tally->before, hash, &before);
        (void) ngx_wppkg_tally_mark(tally, &before, second, &repeated);
    }

    mark = ngx_wppkg_tally_mark(tally, install, second, &repeated);

    if (repeated) {
        tally->sums.repeated++;
        return;
    }

    if (!ngx_wppkg_tally_add(tally, install->named, install->name,
                             install->len, 1))
    {
        tally->sums.dropped++;
        return;
    }

    tally->waiting++;
    tally->sums.counted++;
    tally->sums.forgotten += (uint64_t) ngx_wppkg_tally_live(mark, second);

    mark->hash = (uint32_t) (install->mark >> 32);
    mark->at = second;
}


static uint64_t
ngx_wppkg_tally_client(const ngx_wppkg_tally_key_t *key,
    const ngx_wppkg_client_t *client)
{
    return wppkg_siphash(key->bytes, client, sizeof(ngx_wppkg_client_t));
}


/*
 * Both need the key: nobody can find clients for a set of marks, or names for
 * a chain.  The mark is a hash again, for from mere sums of both one could
 * tell, without the key, which marks are of one client.
 */

static void
ngx_wppkg_tally_hash(const ngx_wppkg_tally_key_t *key, uint64_t client,
    ngx_wppkg_install_t *install)
{
    uint64_t  both[2];

    both[0] = client;
    both[1] = wppkg_siphash(key->bytes, install->name, install->len);

    install->named = both[1];
    install->mark = wppkg_siphash(key->bytes, both, sizeof(both));
    install->set = both[0] % NGX_WPPKG_TALLY_REGIONS * NGX_WPPKG_TALLY_SETS
                   + install->mark % NGX_WPPKG_TALLY_SETS;
}


/* where its mark is, or is to be */

static ngx_wppkg_tally_mark_t *
ngx_wppkg_tally_mark(ngx_wppkg_tally_t *tally,
    const ngx_wppkg_install_t *install, uint32_t second, int *repeated)
{
    unsigned                 i;
    uint32_t                 hash;
    ngx_wppkg_tally_mark_t  *set, *oldest;

    hash = (uint32_t) (install->mark >> 32);
    set = tally->marks[install->set];
    oldest = &set[0];

    for (i = 0; i < NGX_WPPKG_TALLY_WAYS; i++) {

        if (set[i].hash == hash && ngx_wppkg_tally_live(&set[i], second)) {
            *repeated = 1;
            return &set[i];
        }

        if (set[i].at < oldest->at) {
            oldest = &set[i];
        }
    }

    return oldest;
}


/* an hour begins with an install that counted: repeating does not renew it */

static int
ngx_wppkg_tally_live(const ngx_wppkg_tally_mark_t *mark, uint32_t second)
{
    return mark->at != 0 && second - mark->at < NGX_WPPKG_TALLY_SECONDS;
}


/* 0: there is no room */

static int
ngx_wppkg_tally_add(ngx_wppkg_tally_t *tally, uint64_t hash,
    const char *name, size_t len, uint32_t n)
{
    uint32_t                *chain, at;
    ngx_wppkg_tally_name_t  *known;

    chain = &tally->chains[hash % NGX_WPPKG_TALLY_CHAINS];

    for (at = *chain; at != NGX_WPPKG_TALLY_NONE; at = known->next) {
        known = (ngx_wppkg_tally_name_t *) (void *) (tally->names + at);

        if (known->len == len && memcmp(known + 1, name, len) == 0) {
            known->n += (n <= UINT32_MAX - known->n) ? n : 0;
            return 1;
        }
    }

    return ngx_wppkg_tally_put(tally, chain, name, len, n);
}


static int
ngx_wppkg_tally_put(ngx_wppkg_tally_t *tally, uint32_t *chain,
    const char *name, size_t len, uint32_t n)
{
    size_t                   span;
    ngx_wppkg_tally_name_t  *new;

    span = ngx_wppkg_tally_span(len);

    if (span > NGX_WPPKG_TALLY_NAMES - tally->used) {
        return 0;
    }

    new = (ngx_wppkg_tally_name_t *) (void *) (tally->names + tally->used);
    new->next = *chain;
    new->n = n;
    new->len = (uint32_t) len;
    memcpy(new + 1, name, len);

    *chain = tally->used;
    tally->used += (uint32_t) span;

    return 1;
}


static size_t
ngx_wppkg_tally_span(size_t len)
{
    len += sizeof(ngx_wppkg_tally_name_t) + NGX_WPPKG_TALLY_ALIGN - 1;

    return len - len % NGX_WPPKG_TALLY_ALIGN;
}


size_t
ngx_wppkg_tally_take(ngx_wppkg_tally_t *tally, void *copy, int all,
    uint64_t now)
{
    size_t  size;

    size = tally->used;

    if (size == 0
        || (!all && size < NGX_WPPKG_TALLY_NAMES / 2
            && now - tally->taken < NGX_WPPKG_TALLY_EVERY))
    {
        return 0;
    }

    memcpy(copy, tally->names, size);

    tally->taken = now;
    ngx_wppkg_tally_clear(tally);

    return size;
}


int
ngx_wppkg_tally_next(const void *copy, size_t size, size_t *pos,
    ngx_wppkg_tally_entry_t *entry)
{
    const char              *p;
    ngx_wppkg_tally_name_t   name;

    if (*pos == size) {
        return 0;
    }

    p = (const char *) copy + *pos;
    memcpy(&name, p, sizeof(ngx_wppkg_tally_name_t));

    entry->name = p + sizeof(ngx_wppkg_tally_name_t);
    entry->len = name.len;
    entry->n = name.n;

    *pos += ngx_wppkg_tally_span(name.len);

    return 1;
}


void
ngx_wppkg_tally_return(ngx_wppkg_tally_t *tally, const void *copy, size_t size)
{
    size_t                   pos;
    uint64_t                 hash;
    ngx_wppkg_tally_entry_t  entry;

    pos = 0;

    while (ngx_wppkg_tally_next(copy, size, &pos, &entry)) {
        hash = wppkg_siphash(tally->key.bytes, entry.name, entry.len);

        if (!ngx_wppkg_tally_add(tally, hash, entry.name, entry.len,
                                 entry.n))
        {
            tally->sums.dropped += entry.n;
            continue;
        }

        tally->waiting += entry.n;
    }
}


void
ngx_wppkg_tally_sums(const ngx_wppkg_tally_t *tally,
    ngx_wppkg_tally_sums_t *sums)
{
    *sums = tally->sums;
}


uint64_t
ngx_wppkg_tally_waiting(const ngx_wppkg_tally_t *tally)
{
    return tally->waiting;
}


int
ngx_wppkg_tally_untold(ngx_wppkg_tally_t *tally,
    ngx_wppkg_tally_sums_t *untold)
{
    memset(untold, 0, sizeof(ngx_wppkg_tally_sums_t));

    untold->dropped = tally->sums.dropped - tally->told.dropped;
    untold->forgotten = tally->sums.forgotten - tally->told.forgotten;

    tally->told = tally->sums;

    return untold->dropped != 0 || untold->forgotten != 0;
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <endian.h>
#include <string.h>

#include "wppkg_siphash.h"


#define WPPKG_SIPHASH_WORD  8     /* bytes that are taken at a time */


typedef struct {
    uint64_t  a;
    uint64_t  b;
    uint64_t  c;
    uint64_t  d;
} wppkg_siphash_t;


static inline void wppkg_siphash_take(wppkg_siphash_t *s, uint64_t word);
static inline void wppkg_siphash_round(wppkg_siphash_t *s);
static uint64_t wppkg_siphash_word(const unsigned char *p);
static uint64_t wppkg_siphash_rest(const unsigned char *p, size_t len);
static inline uint64_t wppkg_siphash_rotate(uint64_t word, unsigned bits);


uint64_t
wppkg_siphash(const unsigned char key[WPPKG_SIPHASH_KEY], const void *data,
    size_t len)
{
    unsigned              i;
    uint64_t              first, second, rest;
    wppkg_siphash_t       s;
    const unsigned char  *p, *last;

    first = wppkg_siphash_word(key);
    second = wppkg_siphash_word(key + WPPKG_SIPHASH_WORD);

    s.a = first ^ 0x736f6d6570736575;
    s.b = second ^ 0x646f72616e646f6d;
    s.c = first ^ 0x6c7967656e657261;
    s.d = second ^ 0x7465646279746573;

    p = data;
    last = p + (len - len % WPPKG_SIPHASH_WORD);

    for ( /* void */ ; p < last; p += WPPKG_SIPHASH_WORD) {
        wppkg_siphash_take(&s, wppkg_siphash_word(p));
    }

    rest = wppkg_siphash_rest(p, len % WPPKG_SIPHASH_WORD);
    wppkg_siphash_take(&s, rest | ((uint64_t) len << 56));

    s.c ^= 0xff;

    for (i = 0; i < 4; i++) {
        wppkg_siphash_round(&s);
    }

    return s.a ^ s.b ^ s.c ^ s.d;
}


static inline void
wppkg_siphash_take(wppkg_siphash_t *s, uint64_t word)
{
    s->d ^= word;
    wppkg_siphash_round(s);
    wppkg_siphash_round(s);
    s->a ^= word;
}


static inline void
wppkg_siphash_round(wppkg_siphash_t *s)
{
    s->a += s->b;
    s->c += s->d;
    s->b = wppkg_siphash_rotate(s->b, 13) ^ s->a;
    s->d = wppkg_siphash_rotate(s->d, 16) ^ s->c;
    s->a = wppkg_siphash_rotate(s->a, 32);

    s->c += s->b;
    s->a += s->d;
    s->b = wppkg_siphash_rotate(s->b, 17) ^ s->c;
    s->d = wppkg_siphash_rotate(s->d, 21) ^ s->a;
    s->c = wppkg_siphash_rotate(s->c, 32);
}


static uint64_t
wppkg_siphash_word(const unsigned char *p)
{
    uint64_t  word;

    memcpy(&word, p, WPPKG_SIPHASH_WORD);

    return le64toh(word);
}


static uint64_t
wppkg_siphash_rest(const unsigned char *p, size_t len)
{
    size_t    i;
    uint64_t  word;

    word = 0;

    for (i = 0; i < len; i++) {
        word |= (uint64_t) p[i] << (8 * i);
    }

    return word;
}


static inline uint64_t
wppkg_siphash_rotate(uint64_t word, unsigned bits)
{
    return (word << bits) | (word >> (64 - bits));
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Shared by all files: result codes, error text, clock.  Files in src/core
 * know neither nginx nor the network.
 */


#ifndef _WPPKG_CORE_H_INCLUDED_
#define _WPPKG_CORE_H_INCLUDED_


#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#ifdef WPPKG_DEBUG
#include <stdio.h>
#include <stdlib.h>
#endif


#define WPPKG_VERSION   "0.1.0"


/*
 * Results of functions that return int.  Out parameters are written only
 * with WPPKG_OK, unless a function says otherwise.
 */

#define WPPKG_OK         0
#define WPPKG_ERROR     -1        /* failed; the error text says why */
#define WPPKG_DECLINED  -2        /* nothing of that kind; not an error */
#define WPPKG_BUSY      -3        /* somebody holds the lock; try later */


/*
 * What holds whatever comes from outside; if it does not, we have made a
 * mistake, and the process ends.  Asked only where WPPKG_DEBUG is defined: in
 * what unit tests are linked with, under sanitizers, in an nginx of
 * tools/build-nginx.
 */

#ifdef WPPKG_DEBUG

#define WPPKG_ASSERT(condition)                                               \
    ((condition) ? (void) 0 : wppkg_assert_failed(#condition, __FILE__,       \
                                                  __LINE__))

static inline __attribute__((noreturn)) void
wppkg_assert_failed(const char *condition, const char *file, int line)
{
    (void) fprintf(stderr, "%s:%d: does not hold: %s\n", file, line,
                   condition);
    abort();
}

#else

#define WPPKG_ASSERT(condition)  ((void) 0)

#endif


/*
 * The text of one error, for one line of log.  It names the thing and, where
 * there is one, the remedy.
 */

typedef struct {
    char      text[512];
} wppkg_error_t;


/*
 * Sets the text, cut to what fits; control characters become spaces.  The
 * arguments may point to the old text.
 */
void wppkg_error_set(wppkg_error_t *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void wppkg_error_vset(wppkg_error_t *err, const char *fmt, va_list args)
    __attribute__((format(printf, 2, 0)));

/* the ending of a noun that is counted, "%zu package%s": none after one */
const char *wppkg_plural(uint64_t n);


/*
 * One clock for the whole product: 1/10,000 of a second since the epoch, the
 * unit of the changes feed (contract C 30).  Functions that need the time
 * take it as an argument, so that tests own the clock.
 */

typedef int64_t  wppkg_tick_t;

#define WPPKG_TICKS  10000        /* ticks a second */

wppkg_tick_t wppkg_tick_now(void);

/* unix seconds: the end of the year 9999, with which HTTP's dates end */
#define WPPKG_TIME_MAX  253402300799


/* milliseconds of a clock that never leaps, to measure time with */
int64_t wppkg_monotonic_ms(void);


#define WPPKG_HASH_LEN  32        /* SHA-256 */


typedef enum {
    WPPKG_PLUGIN = 0,
    WPPKG_THEME
} wppkg_type_e;

#define WPPKG_TYPES  (WPPKG_THEME + 1)


#endif /* _WPPKG_CORE_H_INCLUDED_ */

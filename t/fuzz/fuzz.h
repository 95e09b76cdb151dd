
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the fuzz targets share.  A target is one file, t/fuzz/NAME.c, with its
 * seeds in t/fuzz/corpus/NAME.  "make fuzz" links it with libFuzzer, "make
 * check" with replay.c, which feeds it its seeds.
 */


#ifndef _FUZZ_H_INCLUDED_
#define _FUZZ_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>


/* aborts with the condition's text and place if it does not hold */
#define fuzz_check(condition)                                                 \
    ((condition) ? (void) 0 : fuzz_failed(#condition, __FILE__, __LINE__))


/* the target; called by libFuzzer or replay.c */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

void fuzz_failed(const char *condition, const char *file, int line)
    __attribute__((noreturn));

/*
 * Between fuzz_spare(1) and fuzz_spare(0) no allocation fails when memory is
 * short: for what only the target itself needs.
 */
void fuzz_spare(int on);

/* of replay.c: called by fuzz_spare(), and before a target aborts */
extern void  (*fuzz_spared)(int on);
extern void  (*fuzz_gave_up)(void);

/* memory of exactly that size, for the sanitizer; never NULL */
void *fuzz_alloc(size_t size);

/* a NUL-terminated copy, up to a NUL if there is one; the caller frees it */
char *fuzz_string(const uint8_t *data, size_t size);

/*
 * Cuts data at a byte: what comes before it is moved to *part.  Without the
 * byte it is all of it.
 */
void fuzz_part(const uint8_t **data, size_t *size, uint8_t at,
    const uint8_t **part, size_t *part_size);

/* 1 when s is one line of text: strict UTF-8 without control characters */
int fuzz_is_line(const char *s, size_t len);

/* wppkg_slug_refused() as a regular expression, contract C 16 */
int fuzz_is_slug(const char *s, size_t len);

/*
 * Where to cut an input that comes in parts: a step from 1 to 64 bytes, a new
 * one each time, the same ones for the same *state.
 */
size_t fuzz_step(uint32_t *state);


#endif /* _FUZZ_H_INCLUDED_ */

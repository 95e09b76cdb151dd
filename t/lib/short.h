
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Memory that is short, for tests of one thread.  A program that is linked
 * with short.o has its allocations counted, those of libraries too, and may
 * have one of them fail.
 */


#ifndef _SHORT_H_INCLUDED_
#define _SHORT_H_INCLUDED_


/* the n-th allocation from now on fails, and none after it; 0: none does */
void short_fail(unsigned n);

/* ends that: 1, the allocation has failed; 0, there were fewer */
int short_failed(void);

/* 1: none fails, and none is counted as one that might, until 0 */
void short_spare(int on);

/* how many pieces of memory are allocated */
long short_live(void);


#endif /* _SHORT_H_INCLUDED_ */


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What Composer posts after an install (contract C 25):
 *
 *     {"downloads":[{"name":"wp-plugin\/akismet","version":"5.9.4.0"}]}
 *
 * It is read piece by piece, entry by entry, so that the event loop can do
 * something else in between.  Pure.
 */


#ifndef _WPPKG_NOTICE_H_INCLUDED_
#define _WPPKG_NOTICE_H_INCLUDED_


#include "wppkg_name.h"


#define WPPKG_DOWNLOADS_PATH     "downloads"
#define WPPKG_NOTICE_MAX   (1024 * 1024)    /* bytes of one */

/* bytes of a name that can be ours, vendor and slug, with NUL */
#define WPPKG_NOTICE_NAME  WPPKG_PATH_MAX


typedef struct {
    const char  *p;               /* what comes next */
    const char  *last;
    unsigned     state;           /* wppkg_notice.c */
} wppkg_notice_t;


/* text is the whole of it, and lives as long as it is read */
void wppkg_notice_init(wppkg_notice_t *n, const char *text,
    size_t len);

/*
 * Reads on, by one entry or one other member.  WPPKG_OK: name is that of an
 * installed package, lower case ("wp-plugin/akismet", also if it was told by
 * its name at wpackagist.org), *len bytes before its NUL; 0: what was read
 * names none that can be ours.  WPPKG_DECLINED: the end.
 * WPPKG_ERROR: it is no JSON, or says a thing twice, or is nested more than 64
 * deep; then nothing that it has said before is to be believed.
 */
int wppkg_notice_next(wppkg_notice_t *n,
    char name[WPPKG_NOTICE_NAME], size_t *len);


#endif /* _WPPKG_NOTICE_H_INCLUDED_ */

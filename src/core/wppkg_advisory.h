
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A security advisory of one package, in memory, and as Composer reads it.
 */


#ifndef _WPPKG_ADVISORY_H_INCLUDED_
#define _WPPKG_ADVISORY_H_INCLUDED_


#include "wppkg_buf.h"
#include "wppkg_types.h"


/* the schema that has the tables */
#define WPPKG_ADVISORY_SCHEMA   4

#define WPPKG_ADVISORY_TITLE    300   /* bytes of a title, at most */
#define WPPKG_ADVISORY_CREDIT   200   /* of the copyright notices */

/* what a package's file tells of at most: the latest ones */
#define WPPKG_ADVISORY_PACKAGE  500

/* strings are UTF-8 and fit for Composer's console (wppkg_warning.h) */

typedef struct {
    const char     *id;               /* its source's */
    wppkg_type_e    type;
    const char     *slug;             /* one that can be published */
    const char     *constraint;       /* the versions that it is about */
    const char     *title;
    const char     *cve;              /* or NULL */
    const char     *severity;         /* "low" to "critical", or NULL */
    int64_t         reported_at;      /* unix seconds; 0: not known */
    const char     *link;             /* or NULL */
    const char     *credit;           /* copyright notices, or NULL */
} wppkg_advisory_t;


/*
 * Appends it as a JSON object (contract C 48).  The notices stand in the
 * title, where Composer shows them.
 */
void wppkg_advisory_json(wppkg_buf_t *b, const char *source,
    const wppkg_advisory_t *a);


#endif /* _WPPKG_ADVISORY_H_INCLUDED_ */

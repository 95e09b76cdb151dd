
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The repository that this one is a mirror of: the catalogue's table "origin",
 * which has one row, or none if there is no origin.
 *
 * The packages of a mirror have rows as well, so that their documents are
 * listed.  They are "new": WordPress.org was never asked for them, or before
 * the origin was, which is out of date.  So nothing renders them, and a mirror
 * whose origin is taken away asks for each.
 */


#ifndef _WPPKG_ORIGIN_H_INCLUDED_
#define _WPPKG_ORIGIN_H_INCLUDED_


#include "wppkg_rows.h"
#include "wppkg_url.h"


/* bytes of what its packages.json announces */
#define WPPKG_ORIGIN_LISTS     4096
#define WPPKG_ORIGIN_LICENSES  (128 * 1024)


typedef struct {
    char      url[WPPKG_URL_MAX + 1];         /* as it is configured */

    /* what its packages.json says, absolute; "": it was never read */
    char      metadata[WPPKG_URL_MAX + 1];    /* with "%package%" in it */
    char      changes[WPPKG_URL_MAX + 1];
    char      list[WPPKG_URL_MAX + 1];
    unsigned  whole:1;                        /* it speaks for its vendors */
    unsigned  aliases:1;                      /* and for the alias vendors */

    unsigned  complete:1;         /* all of it has been asked for once */
    int64_t   since;              /* the feed's timestamp; 0: all that it has
                                     is to be compared */
    int64_t   behind;             /* answers in a row with an earlier one */
    int64_t   root_at;            /* Last-Modified of its packages.json */
    int64_t   looked_at;          /* that, and what is about many packages, was
                                     read, unix seconds; 0: it is to be read */
    int64_t   looked_since;       /* the feed's timestamp at that time */
    int64_t   told_at;            /* the feed had answered, and what it told
                                     was written down */
} wppkg_origin_t;


/* WPPKG_DECLINED: there is no origin, and o is zeroed */
int wppkg_origin_load(wppkg_catalogue_t *cat, wppkg_origin_t *o);

/*
 * Begins with an origin, or with another one than before: what is known of
 * that one's dates is forgotten, so that all files are asked for; and what
 * WordPress.org has said becomes "new" and due.
 */
int wppkg_origin_begin(wppkg_catalogue_t *cat, const char *url);

/* stores all but the URL; lazily if there is no transaction */
int wppkg_origin_store(wppkg_catalogue_t *cat, const wppkg_origin_t *o);

/*
 * What its files tell beside versions, as its packages.json announces it, and
 * ours has to: filter lists, the members of a JSON object, and the licenses of
 * security advisories, elements of an array; none of these: NULL.
 * WPPKG_DECLINED: there is no origin.
 */
int wppkg_origin_announce(wppkg_catalogue_t *cat, const wppkg_buf_t *lists,
    const wppkg_buf_t *licenses);
int wppkg_origin_announced(wppkg_catalogue_t *cat, wppkg_buf_t *lists,
    wppkg_buf_t *licenses, int *advisories);

/*
 * There is no origin any more.  Its documents stay until WordPress.org was
 * asked for their packages, but the overviews are our own: names that it has
 * claimed count as closed.  *left: there was one.
 */
int wppkg_origin_leave(wppkg_catalogue_t *cat, int *left);


#endif /* _WPPKG_ORIGIN_H_INCLUDED_ */

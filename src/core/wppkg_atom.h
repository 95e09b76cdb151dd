
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * feed.xml: the news (wppkg_news.h), the latest first, as Atom (RFC 4287), for
 * people's feed readers.  An overview; it is always there.
 *
 * The ids are UUIDs: the feed's is random and was made with the catalogue, an
 * entry's is made of that and of what it tells.  So none changes, whatever
 * address the repository has.
 */


#ifndef _WPPKG_ATOM_H_INCLUDED_
#define _WPPKG_ATOM_H_INCLUDED_


#include "wppkg_catalogue.h"


/*
 * The URL of the repository, NULL: it is not known.  The feed tells it where
 * it is itself, and is stale if that is another one than before.
 */
int wppkg_atom_base(wppkg_catalogue_t *cat, const char *base_url);

/*
 * In the caller's transaction on cat: its feed goes on as that of old, even if
 * cat is from before there was any.  With another id, all that it tells would
 * be new to its readers.
 */
int wppkg_atom_inherit(wppkg_catalogue_t *cat, wppkg_catalogue_t *old);

/* appends the whole document; the caller asks wppkg_buf_ok() */
int wppkg_atom(wppkg_catalogue_t *cat, wppkg_buf_t *b);


#endif /* _WPPKG_ATOM_H_INCLUDED_ */

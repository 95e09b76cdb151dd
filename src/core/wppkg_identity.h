
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The identity of a catalogue's data: a random text in "meta", which no other
 * catalogue has, nor an older state of this one that was put in its place.  A
 * cache asks for it with the generation, whose number alone can be that of
 * another catalogue.
 */


#ifndef _WPPKG_IDENTITY_H_INCLUDED_
#define _WPPKG_IDENTITY_H_INCLUDED_


#include "wppkg_catalogue.h"


/*
 * Makes a new identity if there is none, or if the data was copied or
 * restored since the last one was made: then it is in other files than it
 * says, or in the same ones with another version of the schema, which
 * SQLite's ".restore" counts up.  path is the catalogue's.  For whoever opens
 * it for writing, before anything is written.
 */
int wppkg_identity_check(wppkg_catalogue_t *cat, const char *path);

/* makes a new identity, for data that is about to be in another place */
int wppkg_identity_new(wppkg_catalogue_t *cat);


#endif /* _WPPKG_IDENTITY_H_INCLUDED_ */

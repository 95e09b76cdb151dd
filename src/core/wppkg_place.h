
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The place of a package in the index "search", which is its rowid there: the
 * most popular first, so that whoever reads the beginning of a list of matches
 * has the best of them.  SQLite reads such a list in this order, and only as
 * far as one wants.  Pure.
 */


#ifndef _WPPKG_PLACE_H_INCLUDED_
#define _WPPKG_PLACE_H_INCLUDED_


#include "wppkg_name.h"


/*
 * The classes of active installs: 0, 1 to 9, 10 to 19, ... 90 to 99, 100 to
 * 199 and so on.  WordPress.org tells no more than that; nine make ten times
 * as many installs.
 */
#define WPPKG_PLACE_CLASSES  200
#define WPPKG_PLACE_DECADE   9

/* bits of an id, above which is the type, and then the class */
#define WPPKG_PLACE_ID_BITS  40


/* of a number of active installs, 0 to WPPKG_PLACE_CLASSES - 1 */
unsigned wppkg_place_class(int64_t installs);

int64_t wppkg_place(unsigned class, wppkg_type_e type, int64_t id);

/* and what a place says */
unsigned wppkg_place_class_of(int64_t place);
wppkg_type_e wppkg_place_type_of(int64_t place);
int64_t wppkg_place_id_of(int64_t place);


#endif /* _WPPKG_PLACE_H_INCLUDED_ */


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_closed_list.h"
#include "wppkg_list.h"
#include "wppkg_types.h"


/* values of packages.closed */
#define WPPKG_CLOSED_FOR_NOW   1
#define WPPKG_CLOSED_FOR_GOOD  2


static int wppkg_closed_list(wppkg_catalogue_t *cat, wppkg_type_e type,
    int least, wppkg_buf_t *b);


int
wppkg_closed_plugins(wppkg_catalogue_t *cat, wppkg_buf_t *b)
{
    return wppkg_closed_list(cat, WPPKG_PLUGIN, WPPKG_CLOSED_FOR_NOW, b);
}


int
wppkg_closed_plugins_for_good(wppkg_catalogue_t *cat, wppkg_buf_t *b)
{
    return wppkg_closed_list(cat, WPPKG_PLUGIN, WPPKG_CLOSED_FOR_GOOD, b);
}


int
wppkg_closed_themes(wppkg_catalogue_t *cat, wppkg_buf_t *b)
{
    return wppkg_closed_list(cat, WPPKG_THEME, WPPKG_CLOSED_FOR_NOW, b);
}


int
wppkg_closed_themes_for_good(wppkg_catalogue_t *cat, wppkg_buf_t *b)
{
    return wppkg_closed_list(cat, WPPKG_THEME, WPPKG_CLOSED_FOR_GOOD, b);
}


static int
wppkg_closed_list(wppkg_catalogue_t *cat, wppkg_type_e type, int least,
    wppkg_buf_t *b)
{
    int     rc;
    size_t  n;

    n = 0;
    wppkg_buf_puts(b, "[");

    rc = wppkg_list_rows(cat, wppkg_catalogue_ask(cat,
        "SELECT slug FROM packages INDEXED BY packages_closures"
        " WHERE type = ?1 AND closed > 0 AND closed >= ?2"
        " ORDER BY slug", "%s%d", wppkg_type(type)->name, least), b, &n);

    wppkg_buf_puts(b, "]");

    return rc;
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_types.h"


static int wppkg_type_is(const char *name, const char *s, size_t len);


static const wppkg_type_t  wppkg_types[WPPKG_TYPES] = {

    [WPPKG_PLUGIN] = {
        "plugin", "plugins", "wp-plugin", "wpackagist-plugin",
        "wordpress-plugin",
        "plugin_information", "https://plugins.svn.wordpress.org", "tags/",
        "WordPress.org says that this plugin needs it", 1
    },

    [WPPKG_THEME] = {
        "theme", "themes", "wp-theme", "wpackagist-theme", "wordpress-theme",
        "theme_information", "https://themes.svn.wordpress.org", "",
        "WordPress.org says that this theme is a child of it", 0
    }
};


const wppkg_type_t *
wppkg_type(wppkg_type_e type)
{
    return &wppkg_types[type];
}


int
wppkg_type_find(const char *s, size_t len, wppkg_type_e *type)
{
    int           alias;
    wppkg_type_e  t;

    for (t = 0; t < WPPKG_TYPES; t++) {

        if (wppkg_type_is(wppkg_types[t].name, s, len)) {
            *type = t;
            return WPPKG_OK;
        }
    }

    return wppkg_vendor_find(s, len, type, &alias);
}


const char *
wppkg_vendor(wppkg_type_e type, int alias)
{
    return alias ? wppkg_types[type].alias : wppkg_types[type].vendor;
}


int
wppkg_vendor_find(const char *s, size_t len, wppkg_type_e *type, int *alias)
{
    wppkg_type_e  t;

    for (t = 0; t < WPPKG_TYPES; t++) {

        if (wppkg_type_is(wppkg_types[t].vendor, s, len)) {
            *type = t;
            *alias = 0;
            return WPPKG_OK;
        }

        if (wppkg_type_is(wppkg_types[t].alias, s, len)) {
            *type = t;
            *alias = 1;
            return WPPKG_OK;
        }
    }

    return WPPKG_DECLINED;
}


static int
wppkg_type_is(const char *name, const char *s, size_t len)
{
    return strlen(name) == len && memcmp(name, s, len) == 0;
}

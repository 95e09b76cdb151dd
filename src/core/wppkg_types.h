
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The types of packages, one row each: what they are called, and where.
 */


#ifndef _WPPKG_TYPES_H_INCLUDED_
#define _WPPKG_TYPES_H_INCLUDED_


#include "wppkg_core.h"


typedef struct {
    const char  *name;            /* "plugin" */
    const char  *plural;          /* "plugins", in WordPress.org's URLs */
    const char  *vendor;          /* "wp-plugin" */
    const char  *alias;           /* "wpackagist-plugin": what
                                     wpackagist.org calls the vendor */
    const char  *composer_type;   /* "wordpress-plugin" */
    const char  *api_action;      /* "plugin_information" */
    const char  *svn_url;         /* "https://plugins.svn.wordpress.org" */
    const char  *tags_prefix;     /* "tags/"; themes have "" */
    const char  *needs_why;       /* why one needs another, for people */
    unsigned     has_trunk:1;     /* whose zip is a version, rule R 22 */
} wppkg_type_t;


/* never NULL */
const wppkg_type_t *wppkg_type(wppkg_type_e type);

/*
 * Finds a type by its name ("plugin") or one of its vendors ("wp-plugin").
 * WPPKG_OK or WPPKG_DECLINED.
 */
int wppkg_type_find(const char *s, size_t len, wppkg_type_e *type);

/* its vendor, or with alias that of wpackagist.org */
const char *wppkg_vendor(wppkg_type_e type, int alias);

/* the inverse, of exactly these: WPPKG_OK or WPPKG_DECLINED */
int wppkg_vendor_find(const char *s, size_t len, wppkg_type_e *type,
    int *alias);


#endif /* _WPPKG_TYPES_H_INCLUDED_ */

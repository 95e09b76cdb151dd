
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Values of the configuration, from text.  Pure.  Each function returns
 * WPPKG_OK, or WPPKG_ERROR with the reason in err, such as "is not a number".
 * A text comes back allocated, in its canonical spelling.
 */


#ifndef _SYNCD_VALUE_H_INCLUDED_
#define _SYNCD_VALUE_H_INCLUDED_


#include "wppkg_core.h"


/* a decimal number from min to max */
int syncd_value_number(const char *s, unsigned min, unsigned max, unsigned *n,
    wppkg_error_t *err);

/* a number of requests at a time from 1 to max, or "auto", 0 */
int syncd_value_lanes(const char *s, unsigned max, unsigned *lanes,
    wppkg_error_t *err);

/* "auto", "whole" or "part", as a wppkg_authority_e */
int syncd_value_whole(const char *s, unsigned *authority,
    wppkg_error_t *err);

/* "on", 1, or "off", 0 */
int syncd_value_flag(const char *s, unsigned *flag, wppkg_error_t *err);

/* "30s", "15m", "1h", "7d" or, where min is 0, "0"; the limits in seconds */
int syncd_value_duration(const char *s, unsigned min, unsigned max,
    unsigned *seconds, wppkg_error_t *err);

/* "64K", "4M", "200G" or "0", up to 4095G; in KiB */
int syncd_value_size(const char *s, unsigned *size, wppkg_error_t *err);

/* up to max bytes of printable ASCII */
int syncd_value_text(const char *s, size_t max, char **text,
    wppkg_error_t *err);

/* a path in the file system */
int syncd_value_path(const char *s, char **path, wppkg_error_t *err);

/* that of a socket; "off": NULL */
int syncd_value_socket(const char *s, char **path, wppkg_error_t *err);

/*
 * http(s)://host[:port][/path], without a "/" at the end.  A user name, a
 * password and a query are refused, and never repeated in err.
 */
int syncd_value_url(const char *s, char **url, wppkg_error_t *err);

/* "auto", "path" or "host", as a syncd_style_e */
int syncd_value_style(const char *s, unsigned *style, wppkg_error_t *err);

/* "claimed", "abandoned" or "gone", as a wppkg_closed_e */
int syncd_value_closed(const char *s, unsigned *closed, wppkg_error_t *err);

/* one of two words: 0 or 1 */
int syncd_value_either(const char *s, const char *no, const char *yes,
    unsigned *value, wppkg_error_t *err);

/* "none", "listed" or "all", as a wppkg_keep_e */
int syncd_value_keep(const char *s, unsigned *keep, wppkg_error_t *err);

/* what S3 servers take as a bucket's name, or a region's */
int syncd_value_bucket(const char *s, char **name, wppkg_error_t *err);
int syncd_value_region(const char *s, char **region, wppkg_error_t *err);

/* "" or "a/b/", whatever slashes s has at its ends */
int syncd_value_prefix(const char *s, char **prefix, wppkg_error_t *err);

/* where the path of a URL that syncd_value_url() has given begins */
const char *syncd_value_url_path(const char *url);


#endif /* _SYNCD_VALUE_H_INCLUDED_ */

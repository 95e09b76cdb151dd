
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "syncd_value.h"


#define SYNCD_VALUE_URL_MAX     500
#define SYNCD_VALUE_SOCKET_MAX  107   /* bytes: of sun_path, with NUL, 108 */
#define SYNCD_VALUE_PATH_MAX    900
#define SYNCD_VALUE_PREFIX_MAX  200

#define SYNCD_VALUE_ALNUM                                                     \
    "abcdefghijklmnopqrstuvwxyz" "ABCDEFGHIJKLMNOPQRSTUVWXYZ" "0123456789"


static int syncd_value_digits(const char *s, size_t len, uint64_t *n);
static int syncd_value_copy(const char *s, size_t len, char **copy,
    wppkg_error_t *err);
static int syncd_value_choice(const char *s, const char *const names[3],
    unsigned *choice, wppkg_error_t *err);
static int syncd_value_authority(const char *s, size_t *len,
    wppkg_error_t *err);
static int syncd_value_port(const char *s, size_t len);
static int syncd_value_segments(const char *s, size_t len,
    wppkg_error_t *err);


int
syncd_value_number(const char *s, unsigned min, unsigned max, unsigned *n,
    wppkg_error_t *err)
{
    uint64_t  value;

    if (syncd_value_digits(s, strlen(s), &value) != WPPKG_OK) {
        wppkg_error_set(err, "\"%.40s\" is not a number", s);
        return WPPKG_ERROR;
    }

    if (value < min || value > max) {
        wppkg_error_set(err, "%.40s is out of range, %u to %u", s, min, max);
        return WPPKG_ERROR;
    }

    *n = (unsigned) value;

    return WPPKG_OK;
}


int
syncd_value_lanes(const char *s, unsigned max, unsigned *lanes,
    wppkg_error_t *err)
{
    uint64_t  value;

    if (strcmp(s, "auto") == 0) {
        *lanes = 0;
        return WPPKG_OK;
    }

    if (syncd_value_digits(s, strlen(s), &value) != WPPKG_OK) {
        wppkg_error_set(err, "\"%.40s\" is neither \"auto\" nor a number", s);
        return WPPKG_ERROR;
    }

    return syncd_value_number(s, 1, max, lanes, err);
}


int
syncd_value_whole(const char *s, unsigned *authority, wppkg_error_t *err)
{
    static const char *const  authorities[] = { "auto", "whole", "part" };

    return syncd_value_choice(s, authorities, authority, err);
}


int
syncd_value_keep(const char *s, unsigned *keep, wppkg_error_t *err)
{
    static const char *const  policies[] = { "none", "listed", "all" };

    return syncd_value_choice(s, policies, keep, err);
}


int
syncd_value_flag(const char *s, unsigned *flag, wppkg_error_t *err)
{
    return syncd_value_either(s, "off", "on", flag, err);
}


int
syncd_value_duration(const char *s, unsigned min, unsigned max,
    unsigned *seconds, wppkg_error_t *err)
{
    size_t       len;
    uint64_t     value, unit;
    const char  *p;

    static const char      units[] = "smhd";
    static const unsigned  factors[] = { 1, 60, 3600, 86400 };

    len = strlen(s);
    unit = 1;

    if (strcmp(s, "0") != 0) {
        p = (len != 0) ? strchr(units, s[len - 1]) : NULL;

        if (p == NULL) {
            wppkg_error_set(err, "\"%.40s\" is not a duration such as 30s, "
                            "15m, 1h or 7d", s);
            return WPPKG_ERROR;
        }

        unit = factors[p - units];
        len--;
    }

    if (syncd_value_digits(s, len, &value) != WPPKG_OK) {
        wppkg_error_set(err, "\"%.40s\" is not a duration such as 30s, 15m, "
                        "1h or 7d", s);
        return WPPKG_ERROR;
    }

    if (value * unit < min || value * unit > max) {
        wppkg_error_set(err, "%.40s is out of range, %us to %us", s, min,
                        max);
        return WPPKG_ERROR;
    }

    *seconds = (unsigned) (value * unit);

    return WPPKG_OK;
}


/* nine digits at most, so that nothing wraps around */

static int
syncd_value_digits(const char *s, size_t len, uint64_t *n)
{
    size_t    i;
    uint64_t  value;

    if (len == 0 || len > 9) {
        return WPPKG_ERROR;
    }

    for (i = 0, value = 0; i < len; i++) {

        if (s[i] < '0' || s[i] > '9') {
            return WPPKG_ERROR;
        }

        value = value * 10 + (uint64_t) (s[i] - '0');
    }

    *n = value;

    return WPPKG_OK;
}


static int
syncd_value_copy(const char *s, size_t len, char **copy, wppkg_error_t *err)
{
    *copy = strndup(s, len);

    if (*copy == NULL) {
        wppkg_error_set(err, "could not be stored: out of memory");
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


int
syncd_value_size(const char *s, unsigned *size, wppkg_error_t *err)
{
    size_t       len;
    uint64_t     value;
    const char  *p;

    static const char  units[] = "KMG";

    if (strcmp(s, "0") == 0) {
        *size = 0;
        return WPPKG_OK;
    }

    len = strlen(s);
    p = (len != 0) ? strchr(units, s[len - 1]) : NULL;

    if (p == NULL || *p == '\0'
        || syncd_value_digits(s, len - 1, &value) != WPPKG_OK)
    {
        wppkg_error_set(err, "\"%.40s\" is not a size such as 64K, 4M or "
                        "200G", s);
        return WPPKG_ERROR;
    }

    if (value > (uint64_t) UINT_MAX >> 10 * (p - units)) {
        wppkg_error_set(err, "%.40s is out of range, 0 to 4095G", s);
        return WPPKG_ERROR;
    }

    *size = (unsigned) (value << 10 * (p - units));

    return WPPKG_OK;
}


int
syncd_value_text(const char *s, size_t max, char **text, wppkg_error_t *err)
{
    size_t  i;

    for (i = 0; s[i] != '\0'; i++) {

        if (s[i] < 0x20 || s[i] > 0x7e) {
            wppkg_error_set(err, "has a byte that is not printable ASCII");
            return WPPKG_ERROR;
        }
    }

    if (i == 0) {
        wppkg_error_set(err, "has no value");
        return WPPKG_ERROR;
    }

    if (i > max) {
        wppkg_error_set(err, "is longer than %zu bytes", max);
        return WPPKG_ERROR;
    }

    return syncd_value_copy(s, i, text, err);
}


int
syncd_value_path(const char *s, char **path, wppkg_error_t *err)
{
    size_t  len;

    len = strlen(s);

    if (len == 0) {
        wppkg_error_set(err, "has no value");
        return WPPKG_ERROR;
    }

    if (len > SYNCD_VALUE_PATH_MAX) {
        wppkg_error_set(err, "is longer than %d bytes", SYNCD_VALUE_PATH_MAX);
        return WPPKG_ERROR;
    }

    /* a service, a shell and nginx start in different directories */

    if (*s != '/') {
        wppkg_error_set(err, "\"%.200s\" is not an absolute path: it must "
                        "begin with \"/\"", s);
        return WPPKG_ERROR;
    }

    return syncd_value_copy(s, len, path, err);
}


int
syncd_value_socket(const char *s, char **path, wppkg_error_t *err)
{
    if (strcmp(s, "off") == 0) {
        *path = NULL;
        return WPPKG_OK;
    }

    if (strlen(s) > SYNCD_VALUE_SOCKET_MAX) {
        wppkg_error_set(err, "is longer than %d bytes, which the path of a "
                        "socket may have", SYNCD_VALUE_SOCKET_MAX);
        return WPPKG_ERROR;
    }

    return syncd_value_path(s, path, err);
}


int
syncd_value_url(const char *s, char **url, wppkg_error_t *err)
{
    size_t  len, head;

    if (syncd_value_authority(s, &head, err) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    len = strlen(s);

    while (len > head && s[len - 1] == '/') {
        len--;
    }

    if (len > head
        && syncd_value_segments(s + head + 1, len - head - 1, err)
           != WPPKG_OK)
    {
        return WPPKG_ERROR;
    }

    return syncd_value_copy(s, len, url, err);
}


int
syncd_value_style(const char *s, unsigned *style, wppkg_error_t *err)
{
    static const char *const  styles[] = { "auto", "path", "host" };

    return syncd_value_choice(s, styles, style, err);
}


int
syncd_value_closed(const char *s, unsigned *closed, wppkg_error_t *err)
{
    static const char *const  modes[] = { "claimed", "abandoned", "gone" };

    return syncd_value_choice(s, modes, closed, err);
}


int
syncd_value_either(const char *s, const char *no, const char *yes,
    unsigned *value, wppkg_error_t *err)
{
    if (strcmp(s, no) != 0 && strcmp(s, yes) != 0) {
        wppkg_error_set(err, "\"%.40s\" is neither \"%s\" nor \"%s\"", s,
                        yes, no);
        return WPPKG_ERROR;
    }

    *value = (strcmp(s, yes) == 0);

    return WPPKG_OK;
}


/* which one of three it is */

static int
syncd_value_choice(const char *s, const char *const names[3],
    unsigned *choice, wppkg_error_t *err)
{
    unsigned  i;

    for (i = 0; i < 3; i++) {

        if (strcmp(s, names[i]) == 0) {
            *choice = i;
            return WPPKG_OK;
        }
    }

    wppkg_error_set(err, "\"%.40s\" is none of \"%s\", \"%s\" and \"%s\"",
                    s, names[0], names[1], names[2]);

    return WPPKG_ERROR;
}


/*
 * The length of http(s)://host[:port]; what follows is "" or begins with "/".
 * libcurl's parser (7.88) would not do: it takes "https:///x", port 0 and a
 * host that is percent-encoded or not ASCII.
 */

static int
syncd_value_authority(const char *s, size_t *len, wppkg_error_t *err)
{
    int          shown;
    size_t       scheme, host, port;
    const char  *p;

    /* may be a password: not repeated, nor is a query, which may be a token */

    shown = (int) strcspn(s, "?#");
    shown = (shown < 100) ? shown : 100;

    if (strchr(s, '@') != NULL) {
        wppkg_error_set(err, "must not have a user name or password in it");
        return WPPKG_ERROR;
    }

    scheme = 0;

    if (strncmp(s, "https://", 8) == 0) {
        scheme = 8;

    } else if (strncmp(s, "http://", 7) == 0) {
        scheme = 7;
    }

    if (scheme == 0 || strlen(s) > SYNCD_VALUE_URL_MAX) {
        wppkg_error_set(err, "\"%.*s\" is not a URL that begins with "
                        "https:// or http://", shown, s);
        return WPPKG_ERROR;
    }

    p = s + scheme;

    if (*p == '[') {
        host = 1 + strspn(p + 1, "0123456789abcdefABCDEF:.");
        host = (host > 1 && p[host] == ']') ? host + 1 : 0;

    } else {
        host = strspn(p, SYNCD_VALUE_ALNUM ".-_");
    }

    port = (p[host] == ':') ? 1 + strcspn(p + host + 1, "/") : 0;

    if (host == 0 || (p[host + port] != '\0' && p[host + port] != '/')
        || (port != 0 && !syncd_value_port(p + host + 1, port - 1)))
    {
        wppkg_error_set(err, "\"%.*s\" is not a URL of the form "
                        "https://host[:port][/path]", shown, s);
        return WPPKG_ERROR;
    }

    *len = scheme + host + port;

    return WPPKG_OK;
}


static int
syncd_value_port(const char *s, size_t len)
{
    uint64_t  port;

    return syncd_value_digits(s, len, &port) == WPPKG_OK
           && port >= 1 && port <= 65535;
}


/* "a/b": no empty, "." or ".." segment, nothing that a URL must encode */

static int
syncd_value_segments(const char *s, size_t len, wppkg_error_t *err)
{
    size_t  n;

    for ( ;; ) {
        n = strspn(s, SYNCD_VALUE_ALNUM "-._~");

        if (n > len) {
            n = len;
        }

        if (n < len && s[n] != '/') {
            wppkg_error_set(err, "may have letters, digits and -._~/ in its "
                            "path, nothing else");
            return WPPKG_ERROR;
        }

        if (n == 0 || (n == 1 && s[0] == '.')
            || (n == 2 && s[0] == '.' && s[1] == '.'))
        {
            wppkg_error_set(err, "has an empty, \".\" or \"..\" segment in "
                            "its path");
            return WPPKG_ERROR;
        }

        if (n == len) {
            return WPPKG_OK;
        }

        s += n + 1;
        len -= n + 1;
    }
}


int
syncd_value_bucket(const char *s, char **name, wppkg_error_t *err)
{
    size_t  len;

    len = strlen(s);

    if (len < 3 || len > 63 || strspn(s, SYNCD_VALUE_ALNUM ".-_") != len
        || strspn(s, SYNCD_VALUE_ALNUM) == 0
        || strchr(".-_", s[len - 1]) != NULL)
    {
        wppkg_error_set(err, "\"%.100s\" is not a bucket's name: 3 to 63 "
                        "letters, digits and .-_", s);
        return WPPKG_ERROR;
    }

    return syncd_value_copy(s, len, name, err);
}


int
syncd_value_region(const char *s, char **region, wppkg_error_t *err)
{
    size_t  len;

    len = strlen(s);

    if (len == 0 || len > 64 || strspn(s, SYNCD_VALUE_ALNUM "-_") != len) {
        wppkg_error_set(err, "\"%.100s\" is not a region such as auto or "
                        "eu-west-1", s);
        return WPPKG_ERROR;
    }

    return syncd_value_copy(s, len, region, err);
}


int
syncd_value_prefix(const char *s, char **prefix, wppkg_error_t *err)
{
    size_t  len;

    s += strspn(s, "/");
    len = strlen(s);

    while (len > 0 && s[len - 1] == '/') {
        len--;
    }

    if (len == 0) {
        return syncd_value_copy("", 0, prefix, err);
    }

    if (len > SYNCD_VALUE_PREFIX_MAX) {
        wppkg_error_set(err, "is longer than %d bytes",
                        SYNCD_VALUE_PREFIX_MAX);
        return WPPKG_ERROR;
    }

    if (syncd_value_segments(s, len, err) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    *prefix = malloc(len + 2);

    if (*prefix == NULL) {
        wppkg_error_set(err, "could not be stored: out of memory");
        return WPPKG_ERROR;
    }

    memcpy(*prefix, s, len);
    memcpy(*prefix + len, "/", 2);

    return WPPKG_OK;
}


const char *
syncd_value_url_path(const char *url)
{
    const char  *p;

    p = strstr(url, "://");
    p = (p != NULL) ? p + 3 : url;

    return p + strcspn(p, "/");
}

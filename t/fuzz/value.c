
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Values of the configuration: what is accepted has its canonical spelling,
 * and that is accepted as it is.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "syncd_value.h"


#define VALUE_MIN       5
#define VALUE_MAX       400000
#define VALUE_TEXT_MAX  100


typedef int (*value_text_pt)(const char *s, char **text, wppkg_error_t *err);

typedef struct {
    value_text_pt   read;
    void          (*check)(const char *text);
    const char     *bytes;            /* no others; NULL: any */
    size_t          max;
} value_kind_t;


static int value_error(int rc, const wppkg_error_t *err);
static void value_numbers(const char *s);
static void value_text(const value_kind_t *kind, const char *s);
static void value_slashes(const value_kind_t *kind, const char *text);
static int value_text_read(const char *s, char **text, wppkg_error_t *err);
static void value_is_text(const char *text);
static void value_is_url(const char *text);
static void value_is_prefix(const char *text);
static int value_is_segments(const char *text, size_t len);


#define VALUE_ALNUM                                                           \
    "abcdefghijklmnopqrstuvwxyz" "ABCDEFGHIJKLMNOPQRSTUVWXYZ" "0123456789"


static const value_kind_t  value_kinds[] = {
    { value_text_read, value_is_text, NULL, VALUE_TEXT_MAX },
    { syncd_value_path, NULL, NULL, 900 },
    { syncd_value_url, value_is_url, VALUE_ALNUM "-._~:/[]", 500 },
    { syncd_value_bucket, NULL, VALUE_ALNUM "-._", 63 },
    { syncd_value_region, NULL, VALUE_ALNUM "-_", 64 },
    { syncd_value_prefix, value_is_prefix, VALUE_ALNUM "-._~/", 201 }
};


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char    *s;
    size_t   i;

    s = fuzz_string(data, size);

    value_numbers(s);

    for (i = 0; i < sizeof(value_kinds) / sizeof(value_kinds[0]); i++) {
        value_text(&value_kinds[i], s);
    }

    free(s);

    return 0;
}


/* 1 when there is an error, which then has a text of one line */

static int
value_error(int rc, const wppkg_error_t *err)
{
    size_t  i;

    fuzz_check(rc == WPPKG_OK || rc == WPPKG_ERROR);

    if (rc == WPPKG_OK) {
        fuzz_check(err->text[0] == '\0');
        return 0;
    }

    fuzz_check(err->text[0] != '\0');

    for (i = 0; err->text[i] != '\0'; i++) {
        fuzz_check((unsigned char) err->text[i] >= 0x20);
    }

    return 1;
}


static void
value_numbers(const char *s)
{
    char           again[32];
    unsigned       n, m;
    wppkg_error_t  err;

    err.text[0] = '\0';

    if (!value_error(syncd_value_number(s, VALUE_MIN, VALUE_MAX, &n, &err),
                     &err))
    {
        fuzz_check(n >= VALUE_MIN && n <= VALUE_MAX);
        fuzz_check(s[strspn(s, "0123456789")] == '\0');

        (void) snprintf(again, sizeof(again), "%u", n);
        fuzz_check(strcmp(s + strspn(s, "0"), again) == 0);
    }

    err.text[0] = '\0';

    if (!value_error(syncd_value_flag(s, &n, &err), &err)) {
        fuzz_check(strcmp(s, n ? "on" : "off") == 0 && n <= 1);
    }

    err.text[0] = '\0';

    if (!value_error(syncd_value_duration(s, VALUE_MIN, VALUE_MAX, &n, &err),
                     &err))
    {
        fuzz_check(n >= VALUE_MIN && n <= VALUE_MAX);

        (void) snprintf(again, sizeof(again), "%us", n);
        fuzz_check(syncd_value_duration(again, n, n, &m, &err) == WPPKG_OK);
        fuzz_check(m == n);
    }
}


static void
value_text(const value_kind_t *kind, const char *s)
{
    char           *text, *again;
    size_t          len;
    wppkg_error_t   err;

    err.text[0] = '\0';

    if (value_error(kind->read(s, &text, &err), &err)) {
        return;
    }

    len = strlen(text);

    fuzz_check(len <= kind->max);
    fuzz_check(strstr(s, text) != NULL || kind->check == value_is_prefix);
    fuzz_check(kind->bytes == NULL || strspn(text, kind->bytes) == len);

    if (kind->check != NULL) {
        kind->check(text);
    }

    fuzz_check(kind->read(text, &again, &err) == WPPKG_OK);
    fuzz_check(strcmp(again, text) == 0);

    if (kind->check == value_is_url || kind->check == value_is_prefix) {
        value_slashes(kind, text);
    }

    free(again);
    free(text);
}


/* however many there are at the end, it is the same; up to the limits */

static void
value_slashes(const value_kind_t *kind, const char *text)
{
    char           *s, *again;
    size_t          len;
    wppkg_error_t   err;

    len = strlen(text);

    if (len > kind->max - 3) {
        return;
    }

    s = fuzz_alloc(len + 4);
    memcpy(s, text, len);
    memcpy(s + len, "///", 4);

    fuzz_check(kind->read(s, &again, &err) == WPPKG_OK);
    fuzz_check(strcmp(again, text) == 0);

    free(again);
    free(s);
}


static int
value_text_read(const char *s, char **text, wppkg_error_t *err)
{
    return syncd_value_text(s, VALUE_TEXT_MAX, text, err);
}


static void
value_is_text(const char *text)
{
    fuzz_check(fuzz_is_line(text, strlen(text)));
}


static void
value_is_url(const char *text)
{
    const char  *path;

    fuzz_check(strncmp(text, "http://", 7) == 0
               || strncmp(text, "https://", 8) == 0);

    path = syncd_value_url_path(text);

    fuzz_check(path > text + 7 && path <= text + strlen(text));

    if (*path != '\0') {
        fuzz_check(*path == '/');
        fuzz_check(value_is_segments(path + 1, strlen(path + 1)));
    }
}


static void
value_is_prefix(const char *text)
{
    size_t  len;

    len = strlen(text);

    if (len != 0) {
        fuzz_check(text[len - 1] == '/');
        fuzz_check(value_is_segments(text, len - 1));
    }
}


/* 1 for "a/b", whose parts are neither empty, nor "." nor ".." */

static int
value_is_segments(const char *text, size_t len)
{
    size_t          n;
    const uint8_t  *data, *part;

    data = (const uint8_t *) text;

    if (len == 0 || text[len - 1] == '/') {
        return 0;
    }

    while (len != 0) {
        fuzz_part(&data, &len, '/', &part, &n);

        if (n == 0 || (n <= 2 && memcmp(part, "..", n) == 0)) {
            return 0;
        }
    }

    return 1;
}

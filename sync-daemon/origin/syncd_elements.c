
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "syncd_elements.h"


/* bytes of an element, or of another member: a tree takes much more */
#define SYNCD_ELEMENTS_VALUE  (64 * 1024)


typedef struct {
    const char        *p;             /* what is to be read */
    const char        *last;
    const char        *name;
    syncd_element_pt   handler;
    void              *ctx;
    json_t            *rest;
    wppkg_error_t     *err;
    unsigned           found:1;
} syncd_elements_t;


static int syncd_elements_object(syncd_elements_t *e);
static int syncd_elements_member(syncd_elements_t *e);
static int syncd_elements_array(syncd_elements_t *e);
static int syncd_elements_element(syncd_elements_t *e);
static json_t *syncd_elements_value(syncd_elements_t *e);
static const char *syncd_elements_end(const char *p, const char *last);
static const char *syncd_elements_string(const char *p, const char *last);
static int syncd_elements_is(syncd_elements_t *e, char c);
static int syncd_elements_wrong(syncd_elements_t *e, const char *why);


int
syncd_elements(const char *body, size_t len, const char *name,
    syncd_element_pt handler, void *ctx, json_t **rest, wppkg_error_t *err)
{
    int               rc;
    syncd_elements_t  e;

    memset(&e, 0, sizeof(syncd_elements_t));
    e.p = body;
    e.last = body + len;
    e.name = name;
    e.handler = handler;
    e.ctx = ctx;
    e.err = err;
    e.rest = json_object();

    rc = (e.rest != NULL) ? syncd_elements_object(&e)
                          : syncd_elements_wrong(&e, "out of memory");

    if (rc == WPPKG_OK && rest != NULL) {
        *rest = e.rest;

    } else {
        json_decref(e.rest);

        if (rest != NULL) {
            *rest = NULL;
        }
    }

    return (rc == WPPKG_OK && !e.found) ? WPPKG_DECLINED : rc;
}


static int
syncd_elements_object(syncd_elements_t *e)
{
    if (!syncd_elements_is(e, '{')) {
        return syncd_elements_wrong(e, "it is no object");
    }

    if (!syncd_elements_is(e, '}')) {

        do {
            if (syncd_elements_member(e) != WPPKG_OK) {
                return WPPKG_ERROR;
            }

        } while (syncd_elements_is(e, ','));

        if (!syncd_elements_is(e, '}')) {
            return syncd_elements_wrong(e, "an object does not end");
        }
    }

    (void) syncd_elements_is(e, '\0');

    return (e->p == e->last)
           ? WPPKG_OK : syncd_elements_wrong(e, "something follows it");
}


static int
syncd_elements_member(syncd_elements_t *e)
{
    int      rc;
    json_t  *key, *value;

    key = syncd_elements_value(e);

    if (!json_is_string(key) || !syncd_elements_is(e, ':')) {
        json_decref(key);
        return syncd_elements_wrong(e, "a member has no name");
    }

    if (strcmp(json_string_value(key), e->name) == 0
        && syncd_elements_is(e, '['))
    {
        json_decref(key);
        return syncd_elements_array(e);
    }

    value = syncd_elements_value(e);

    rc = (value != NULL
          && json_object_get(e->rest, json_string_value(key)) == NULL
          && json_object_set(e->rest, json_string_value(key), value) == 0)
         ? WPPKG_OK : syncd_elements_wrong(e, "a member has no value, or two");

    json_decref(value);
    json_decref(key);

    return rc;
}


static int
syncd_elements_array(syncd_elements_t *e)
{
    if (e->found) {
        return syncd_elements_wrong(e, "an array is there twice");
    }

    e->found = 1;

    if (syncd_elements_is(e, ']')) {
        return WPPKG_OK;
    }

    do {
        if (syncd_elements_element(e) != WPPKG_OK) {
            return WPPKG_ERROR;
        }

    } while (syncd_elements_is(e, ','));

    return syncd_elements_is(e, ']')
           ? WPPKG_OK : syncd_elements_wrong(e, "an array does not end");
}


static int
syncd_elements_element(syncd_elements_t *e)
{
    int      rc;
    json_t  *element;

    element = syncd_elements_value(e);

    if (element == NULL) {
        return syncd_elements_wrong(e, "an element is no value, or too long");
    }

    rc = (e->handler != NULL) ? e->handler(e->ctx, element, e->err)
                              : WPPKG_OK;
    json_decref(element);

    return rc;
}


static json_t *
syncd_elements_value(syncd_elements_t *e)
{
    size_t       len;
    json_t      *value;
    const char  *end;

    (void) syncd_elements_is(e, '\0');

    end = syncd_elements_end(e->p, e->last);
    len = (size_t) (end - e->p);

    value = (len <= SYNCD_ELEMENTS_VALUE)
            ? json_loadb(e->p, len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES,
                         NULL)
            : NULL;
    e->p = end;

    return value;
}


/* where a value ends, if it is one */

static const char *
syncd_elements_end(const char *p, const char *last)
{
    size_t  depth;

    for (depth = 0; p < last; p++) {

        switch (*p) {

        case '"':
            p = syncd_elements_string(p + 1, last);

            if (p == last || depth == 0) {
                return (p == last) ? last : p + 1;
            }

            break;

        case '{':
        case '[':
            depth++;
            break;

        case '}':
        case ']':

            if (depth <= 1) {
                return (depth == 0) ? p : p + 1;
            }

            depth--;
            break;

        case ',':
        case ':':

            if (depth == 0) {
                return p;
            }

            break;
        }
    }

    return last;
}


/* its quotation mark, or last */

static const char *
syncd_elements_string(const char *p, const char *last)
{
    while (p < last && *p != '"') {
        p += (*p == '\\' && p + 1 < last) ? 2 : 1;
    }

    return p;
}


/* takes the next character, after white space, if it is c */

static int
syncd_elements_is(syncd_elements_t *e, char c)
{
    while (e->p < e->last && memchr(" \t\r\n", *e->p, 4) != NULL) {
        e->p++;
    }

    if (e->p == e->last || *e->p != c || c == '\0') {
        return 0;
    }

    e->p++;

    return 1;
}


static int
syncd_elements_wrong(syncd_elements_t *e, const char *why)
{
    wppkg_error_set(e->err, "is not JSON as it should be: %s", why);

    return WPPKG_ERROR;
}

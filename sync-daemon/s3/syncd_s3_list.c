
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdlib.h>
#include <string.h>

#include "syncd_s3_list.h"
#include "syncd_s3_xml.h"
#include "wppkg_url.h"


/* bytes of a page's keys, if all are as long as can be, and encoded */
#define SYNCD_S3_LIST_KEYS  (SYNCD_S3_LIST_MAX * (3 * SYNCD_S3_KEY_MAX + 1))


static int syncd_s3_list_element(void *data, const char *parent,
    const char *name, const char *text, size_t len);
static int syncd_s3_list_field(syncd_s3_list_t *list, const char *name,
    const char *text, size_t len);
static int syncd_s3_list_object(syncd_s3_list_t *list);
static int syncd_s3_list_page(syncd_s3_list_t *list, const char *name,
    const char *text, size_t len);
static int syncd_s3_list_decode(char *key);
static int syncd_s3_list_size(const char *text, uint64_t *size);


void
syncd_s3_list_init(syncd_s3_list_t *list)
{
    memset(list, 0, sizeof(syncd_s3_list_t));

    wppkg_buf_init(&list->keys, SYNCD_S3_LIST_KEYS);
    wppkg_buf_init(&list->token, SYNCD_S3_TOKEN_MAX);
}


void
syncd_s3_list_free(syncd_s3_list_t *list)
{
    wppkg_buf_free(&list->keys);
    wppkg_buf_free(&list->token);
}


int
syncd_s3_list_url(const syncd_s3_t *s3, const syncd_s3_list_t *list,
    wppkg_buf_t *url)
{
    int          rc;
    wppkg_buf_t  query;

    wppkg_buf_init(&query, SYNCD_S3_URL_MAX);

    /* sorted by name, as the signature wants them */

    if (list->token.len != 0) {
        wppkg_buf_puts(&query, "continuation-token=");
        wppkg_url_encode(&query, list->token.data, "");
        wppkg_buf_puts(&query, "&");
    }

    /* XML cannot hold every key; encoded it can */

    wppkg_buf_printf(&query, "encoding-type=url&list-type=2&max-keys=%d"
                     "&prefix=", SYNCD_S3_LIST_MAX);
    wppkg_url_encode(&query, s3->prefix, "");

    rc = wppkg_buf_ok(&query) ? syncd_s3_query_url(s3, query.data, url)
                              : WPPKG_ERROR;

    wppkg_buf_free(&query);

    return rc;
}


int
syncd_s3_list_parse(syncd_s3_list_t *list, const char *body, size_t len)
{
    unsigned  i;

    list->n = 0;
    list->truncated = 0;
    list->encoded = 0;
    list->whole = 0;
    list->next.key = SIZE_MAX;
    wppkg_buf_reset(&list->keys);
    wppkg_buf_reset(&list->token);

    if (syncd_s3_xml_parse(body, len, syncd_s3_list_element, list) != WPPKG_OK
        || !list->whole
        || !wppkg_buf_ok(&list->keys) || !wppkg_buf_ok(&list->token))
    {
        return WPPKG_ERROR;
    }

    /* the element that says so may come after them */

    for (i = 0; list->encoded && i < list->n; i++) {

        if (syncd_s3_list_decode(list->keys.data + list->objects[i].key)
            != WPPKG_OK)
        {
            return WPPKG_ERROR;
        }
    }

    /* a token without a next page is useless, a page without a token worse */

    if (!list->truncated) {
        wppkg_buf_reset(&list->token);
        return WPPKG_OK;
    }

    if (list->token.len == 0) {
        return WPPKG_ERROR;
    }

    /* pages without keys could go on for ever */

    list->empty = (list->n == 0) ? list->empty + 1 : 0;

    return (list->empty <= SYNCD_S3_LIST_EMPTY) ? WPPKG_OK : WPPKG_ERROR;
}


const char *
syncd_s3_list_key(const syncd_s3_list_t *list, unsigned i)
{
    return list->keys.data + list->objects[i].key;
}


static int
syncd_s3_list_element(void *data, const char *parent, const char *name,
    const char *text, size_t len)
{
    syncd_s3_list_t  *list;

    list = data;

    if (strcmp(parent, "Contents") == 0) {
        return syncd_s3_list_field(list, name, text, len);
    }

    if (strcmp(parent, "ListBucketResult") == 0) {
        return syncd_s3_list_page(list, name, text, len);
    }

    if (parent[0] == '\0' && strcmp(name, "ListBucketResult") == 0) {
        list->whole = 1;
    }

    return WPPKG_OK;
}


static int
syncd_s3_list_field(syncd_s3_list_t *list, const char *name, const char *text,
    size_t len)
{
    if (strcmp(name, "Key") == 0) {
        list->next.key = list->keys.len;
        wppkg_buf_append(&list->keys, text, len + 1);

    } else if (strcmp(name, "Size") == 0) {
        return syncd_s3_list_size(text, &list->next.size);

    } else if (strcmp(name, "ETag") == 0
               && len < sizeof(list->next.etag))
    {
        memcpy(list->next.etag, text, len + 1);
    }

    return WPPKG_OK;
}


static int
syncd_s3_list_page(syncd_s3_list_t *list, const char *name, const char *text,
    size_t len)
{
    if (strcmp(name, "Contents") == 0) {
        return syncd_s3_list_object(list);
    }

    if (strcmp(name, "IsTruncated") == 0) {
        list->truncated = (strcmp(text, "true") == 0);

    } else if (strcmp(name, "EncodingType") == 0) {
        list->encoded = (strcmp(text, "url") == 0);

    } else if (strcmp(name, "NextContinuationToken") == 0) {
        wppkg_buf_append(&list->token, text, len);
    }

    return WPPKG_OK;
}


static int
syncd_s3_list_object(syncd_s3_list_t *list)
{
    if (list->next.key == SIZE_MAX || list->n == SYNCD_S3_LIST_MAX) {
        return WPPKG_ERROR;
    }

    list->objects[list->n++] = list->next;

    memset(&list->next, 0, sizeof(syncd_s3_object_t));
    list->next.key = SIZE_MAX;

    return WPPKG_OK;
}


static int
syncd_s3_list_size(const char *text, uint64_t *size)
{
    char  *end;

    if (strspn(text, "0123456789") == 0 || strlen(text) > 18) {
        return WPPKG_ERROR;
    }

    *size = strtoull(text, &end, 10);

    return (*end == '\0') ? WPPKG_OK : WPPKG_ERROR;
}


/* in place; "+" is how Amazon writes a space, a "+" is %2B with all */

static int
syncd_s3_list_decode(char *key)
{
    size_t   len;
    char    *p;

    for (p = strchr(key, '+'); p != NULL; p = strchr(p, '+')) {
        *p = ' ';
    }

    len = strlen(key);

    if (wppkg_url_decode(key, &len) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    key[len] = '\0';

    return WPPKG_OK;
}

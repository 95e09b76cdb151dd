
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdlib.h>
#include <string.h>

#include "syncd_api_json.h"
#include "syncd_api_page.h"


struct syncd_api_page_s {
    json_t        *root;
    const json_t  *themes;
    size_t         count;
};


static const json_t *syncd_api_page_check(const json_t *root, long status,
    wppkg_error_t *err);
static size_t syncd_api_page_number(const json_t *value);


void
syncd_api_page_url(wppkg_buf_t *b, const char *api_url, size_t page,
    size_t per_page, int states)
{
    syncd_api_action(b, api_url, WPPKG_THEME, "query_themes");

    wppkg_buf_printf(b, "&request%%5Bbrowse%%5D=new&request%%5Bpage%%5D=%zu"
                     "&request%%5Bper_page%%5D=%zu", page, per_page);

    syncd_api_fields(b, WPPKG_THEME, !states);
}


syncd_api_page_t *
syncd_api_page_read(long status, const char *body, size_t len,
    wppkg_error_t *err)
{
    json_t            *root;
    const json_t      *themes, *info;
    syncd_api_page_t  *page;

    root = syncd_api_load(status, body, len, err);

    if (root == NULL) {
        return NULL;
    }

    themes = syncd_api_page_check(root, status, err);

    if (themes == NULL) {
        json_decref(root);
        return NULL;
    }

    page = malloc(sizeof(syncd_api_page_t));

    if (page == NULL) {
        wppkg_error_set(err, "out of memory");
        json_decref(root);
        return NULL;
    }

    info = json_object_get(root, "info");

    page->root = root;
    page->themes = themes;
    page->count = syncd_api_page_number(json_object_get(info, "pages"));

    return page;
}


/* the list of themes; NULL: this is no page */

static const json_t *
syncd_api_page_check(const json_t *root, long status, wppkg_error_t *err)
{
    const char    *error;
    const json_t  *themes;

    error = syncd_api_string(json_object_get(root, "error"));

    if (error != NULL) {
        wppkg_error_set(err, "HTTP %ld with the error \"%.100s\"", status,
                        error);
        return NULL;
    }

    if (status != 200) {
        wppkg_error_set(err, "HTTP %ld", status);
        return NULL;
    }

    themes = json_object_get(root, "themes");

    if (!json_is_array(themes)) {
        wppkg_error_set(err, "HTTP 200 with JSON that is no list of themes");
        return NULL;
    }

    return themes;
}


/* a number may be a string (rule R 17) */

static size_t
syncd_api_page_number(const json_t *value)
{
    long long    n;
    const char  *s;

    s = syncd_api_string(value);
    n = (s != NULL) ? strtoll(s, NULL, 10) : json_integer_value(value);

    if (n < 1) {
        return 1;
    }

    return (n < SYNCD_API_PAGES) ? (size_t) n : SYNCD_API_PAGES;
}


void
syncd_api_page_free(syncd_api_page_t *page)
{
    if (page != NULL) {
        json_decref(page->root);
        free(page);
    }
}


size_t
syncd_api_page_count(const syncd_api_page_t *page)
{
    return page->count;
}


size_t
syncd_api_page_themes(const syncd_api_page_t *page)
{
    return json_array_size(page->themes);
}


const char *
syncd_api_page_slug(const syncd_api_page_t *page, size_t i)
{
    const json_t  *entry;

    entry = json_array_get(page->themes, i);

    return syncd_api_string(json_object_get(entry, "slug"));
}


void
syncd_api_page_result(const syncd_api_page_t *page, size_t i, int states,
    syncd_api_result_t *result)
{
    const char          *slug;
    syncd_api_answer_t   answer;

    slug = syncd_api_page_slug(page, i);

    memset(result, 0, sizeof(syncd_api_result_t));
    memset(&answer, 0, sizeof(syncd_api_answer_t));

    answer.type = WPPKG_THEME;
    answer.slugs = &slug;
    answer.n = 1;
    answer.status = 200;
    answer.states = (states != 0);

    syncd_api_entry(&answer, slug, json_array_get(page->themes, i), result);
}

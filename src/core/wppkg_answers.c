
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_about.h"
#include "wppkg_advised.h"
#include "wppkg_answers.h"
#include "wppkg_closed_type.h"
#include "wppkg_feed.h"
#include "wppkg_format.h"
#include "wppkg_names.h"
#include "wppkg_notice.h"
#include "wppkg_search.h"
#include "wppkg_stats.h"
#include "wppkg_status.h"


static const wppkg_endpoint_t *wppkg_endpoint_find(const char *path,
    size_t len, unsigned server);
static int wppkg_endpoint_has(const wppkg_endpoint_t *endpoint,
    const char *path, size_t len);


/*
 * path, methods, body_max, answer, args, posted, basis, text_max, server,
 * document, hour, optional
 */

#define WPPKG_DOCUMENT                                                        \
    WPPKG_GET, 0, NULL, NULL, NULL, NULL, 0, 0, 1, 0, WPPKG_ALWAYS
#define WPPKG_DOCUMENT_HOUR                                                   \
    WPPKG_GET, 0, NULL, NULL, NULL, NULL, 0, 0, 1, 1, WPPKG_ALWAYS

/* what is counted of a package */

#define WPPKG_STATS(path, answer)                                             \
    { path, WPPKG_GET, 0, answer, NULL, NULL, wppkg_stats_basis,              \
      WPPKG_STATS_MAX, 0, 0, 0, WPPKG_IF_STATS }
#define WPPKG_STATS_OF(type)                                                  \
    WPPKG_STATS(WPPKG_STATS_TOTAL_PATH(type), wppkg_stats_total),             \
    WPPKG_STATS(WPPKG_STATS_MONTHS_PATH(type), wppkg_stats_months)


static const wppkg_endpoint_t  wppkg_endpoints[] = {

    { WPPKG_ROOT_PATH, WPPKG_DOCUMENT },

    { WPPKG_LIST_PATH, WPPKG_GET, 0,
      wppkg_names_answer, wppkg_names_args, NULL, NULL, WPPKG_NAMES_MAX,
      0, 1, 0, WPPKG_ALWAYS },

    { WPPKG_CLAIMED_PATH, WPPKG_DOCUMENT },
    { WPPKG_FILTERS_PATH, WPPKG_DOCUMENT },
    { WPPKG_LATEST_PATH, WPPKG_DOCUMENT },
    { WPPKG_ATOM_PATH, WPPKG_DOCUMENT },

    { WPPKG_CLOSED_PATH("plugin"), WPPKG_DOCUMENT_HOUR },
    { WPPKG_CLOSED_PATH("wp-plugin"), WPPKG_DOCUMENT_HOUR },
    { WPPKG_CLOSED_PATH("theme"), WPPKG_DOCUMENT_HOUR },
    { WPPKG_CLOSED_PATH("wp-theme"), WPPKG_DOCUMENT_HOUR },
    { WPPKG_FOR_GOOD_PATH("plugin"), WPPKG_DOCUMENT_HOUR },
    { WPPKG_FOR_GOOD_PATH("wp-plugin"), WPPKG_DOCUMENT_HOUR },
    { WPPKG_FOR_GOOD_PATH("theme"), WPPKG_DOCUMENT_HOUR },
    { WPPKG_FOR_GOOD_PATH("wp-theme"), WPPKG_DOCUMENT_HOUR },

    { WPPKG_CLOSED_PATH("*"), WPPKG_GET, 0,
      wppkg_closed_type_answer, NULL, NULL, NULL,
      WPPKG_CLOSED_TYPE_MAX, 0, 0, 0, WPPKG_ALWAYS },
    { WPPKG_FOR_GOOD_PATH("*"), WPPKG_GET, 0,
      wppkg_closed_type_answer, NULL, NULL, NULL,
      WPPKG_CLOSED_TYPE_MAX, 0, 0, 0, WPPKG_ALWAYS },

    { "metadata/changes.json", WPPKG_GET, 0,
      wppkg_feed_answer, wppkg_feed_args, NULL, wppkg_feed_basis,
      WPPKG_FEED_MAX, 0, 0, 0, WPPKG_ALWAYS },

    { WPPKG_ADVISED_PATH, WPPKG_GET|WPPKG_POST, WPPKG_ADVISED_BODY,
      wppkg_advised_answer, wppkg_advised_args, wppkg_advised_body,
      wppkg_advised_basis, WPPKG_ADVISED_MAX, 0, 0, 0, WPPKG_IF_ADVISORIES },

    { WPPKG_SEARCH_PATH, WPPKG_GET, 0,
      wppkg_search_answer, wppkg_search_args, NULL, wppkg_search_basis,
      WPPKG_SEARCH_MAX, 0, 0, 0, WPPKG_IF_SEARCH },

    { WPPKG_ABOUT_PATH("wp-plugin"), WPPKG_GET, 0,
      wppkg_about_answer, NULL, NULL, wppkg_about_basis,
      WPPKG_ABOUT_MAX, 0, 0, 0, WPPKG_IF_PACKAGES },
    { WPPKG_ABOUT_PATH("wp-theme"), WPPKG_GET, 0,
      wppkg_about_answer, NULL, NULL, wppkg_about_basis,
      WPPKG_ABOUT_MAX, 0, 0, 0, WPPKG_IF_PACKAGES },

    WPPKG_STATS(WPPKG_STATS_PATH, wppkg_stats_answer),
    WPPKG_STATS_OF("wp-plugin"),
    WPPKG_STATS_OF("wp-theme"),
    WPPKG_STATS_OF("plugin"),
    WPPKG_STATS_OF("theme"),

    { WPPKG_DOWNLOADS_PATH, WPPKG_POST, WPPKG_NOTICE_MAX,
      NULL, NULL, NULL, NULL, 0, 0, 0, 0, WPPKG_IF_DOWNLOADS },

    { "status", WPPKG_GET, 0,
      wppkg_status_answer, wppkg_status_args, NULL, NULL, WPPKG_STATUS_MAX,
      1, 0, 0, WPPKG_ALWAYS },
};


#define WPPKG_ENDPOINTS  (sizeof(wppkg_endpoints) / sizeof(wppkg_endpoint_t))


/* by the methods that a row has */

static const char *const  wppkg_endpoint_methods[] = {
    "", "GET, HEAD", "POST", "GET, HEAD, POST"
};


const wppkg_endpoint_t *
wppkg_endpoint(const char *path, size_t len)
{
    return wppkg_endpoint_find(path, len, 0);
}


const wppkg_endpoint_t *
wppkg_endpoint_server(const char *path)
{
    return wppkg_endpoint_find(path, strlen(path), 1);
}


static const wppkg_endpoint_t *
wppkg_endpoint_find(const char *path, size_t len, unsigned server)
{
    size_t  i;

    for (i = 0; i < WPPKG_ENDPOINTS; i++) {
        if (wppkg_endpoints[i].server == server
            && wppkg_endpoint_has(&wppkg_endpoints[i], path, len))
        {
            return &wppkg_endpoints[i];
        }
    }

    return NULL;
}


static int
wppkg_endpoint_has(const wppkg_endpoint_t *endpoint, const char *path,
    size_t len)
{
    size_t       before, after;
    const char  *star;

    star = strchr(endpoint->path, '*');

    if (star == NULL) {
        return strlen(endpoint->path) == len
               && memcmp(endpoint->path, path, len) == 0;
    }

    before = (size_t) (star - endpoint->path);
    after = strlen(star + 1);

    return len > before + after
           && memcmp(path, endpoint->path, before) == 0
           && memcmp(path + len - after, star + 1, after) == 0
           && memchr(path + before, '/', len - before - after) == NULL;
}


unsigned
wppkg_endpoint_refused(const wppkg_endpoint_t *endpoint, unsigned method,
    size_t body_len)
{
    unsigned  methods;

    methods = (endpoint != NULL) ? endpoint->methods : WPPKG_GET;

    if ((methods & method) == 0) {
        return 405;
    }

    return (method == WPPKG_POST && body_len > endpoint->body_max) ? 413 : 0;
}


const char *
wppkg_endpoint_allow(const wppkg_endpoint_t *endpoint)
{
    return wppkg_endpoint_methods[endpoint != NULL ? endpoint->methods
                                                   : WPPKG_GET];
}


const char *
wppkg_endpoint_type(const wppkg_endpoint_t *endpoint)
{
    return (endpoint != NULL && strcmp(endpoint->path, WPPKG_ATOM_PATH) == 0)
           ? WPPKG_ATOM : WPPKG_JSON;
}


int
wppkg_endpoint_basis(const wppkg_endpoint_t *endpoint, wppkg_reader_t *rd,
    wppkg_basis_t *basis, wppkg_error_t *err)
{
    memset(basis, 0, sizeof(wppkg_basis_t));

    return (endpoint->basis != NULL)
           ? endpoint->basis(rd, basis, err)
           : wppkg_basis_generation(rd, basis, err);
}


int
wppkg_basis_generation(wppkg_reader_t *rd, wppkg_basis_t *basis,
    wppkg_error_t *err)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = wppkg_reader_stmt(rd, "SELECT generation" WPPKG_READER_SNAPSHOT,
                             err);
    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    if (sqlite3_step(stmt) == SQLITE_ROW) {
        basis->generation = sqlite3_column_int64(stmt, 0);
    }

    rc = sqlite3_reset(stmt);

    return (rc == SQLITE_OK) ? WPPKG_OK : wppkg_reader_fail(rd, rc, err);
}


int
wppkg_endpoint_answer(const wppkg_endpoint_t *endpoint, wppkg_reader_t *rd,
    const wppkg_request_t *request, wppkg_answer_t *answer,
    wppkg_error_t *err)
{
    int  rc;

    memset(answer, 0, sizeof(wppkg_answer_t));

    wppkg_buf_init(&answer->text, endpoint->text_max);
    answer->type = WPPKG_JSON;
    answer->status = 200;

    rc = endpoint->answer(rd, request, answer, err);

    if (rc == WPPKG_OK
        && (!wppkg_buf_ok(&answer->text) || answer->text.len == 0))
    {
        wppkg_error_set(err, "\"%s\" has no text, or one of more than %zu"
                        " bytes, or there is no memory for it",
                        endpoint->path, endpoint->text_max);
        rc = WPPKG_ERROR;
    }

    if (rc != WPPKG_OK) {
        wppkg_buf_free(&answer->text);
    }

    return rc;
}

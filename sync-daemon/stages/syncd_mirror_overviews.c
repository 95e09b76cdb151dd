
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <jansson.h>

#include "syncd_atom.h"
#include "syncd_mirror.h"
#include "wppkg_documents.h"
#include "wppkg_format.h"


typedef struct {
    const char  *path;
    int        (*is)(const json_t *body);     /* NULL: it is Atom */
} syncd_mirror_overview_t;


static int syncd_mirror_overview(syncd_mirror_t *m,
    const syncd_mirror_overview_t *overview);
static int syncd_mirror_overview_answer(syncd_mirror_t *m,
    const syncd_mirror_overview_t *overview, const syncd_http_job_t *job);
static int syncd_mirror_overview_read(const syncd_mirror_overview_t *overview,
    const syncd_http_job_t *job);
static int syncd_mirror_overview_put(syncd_mirror_t *m, const char *path,
    const wppkg_buf_t *body, int64_t date);
static int syncd_mirror_is_summary(const json_t *body);
static int syncd_mirror_is_filter(const json_t *list);
static int syncd_mirror_is_slugs(const json_t *body);
static int syncd_mirror_is_latest(const json_t *body);


/*
 * Documents about many packages that come along as they are, if the origin has
 * them.  The feed does not tell of them.  The lists of names are our own.
 */

static const syncd_mirror_overview_t  syncd_mirror_table[] = {

    { WPPKG_FILTERS_PATH, syncd_mirror_is_summary },
    { WPPKG_LATEST_PATH, syncd_mirror_is_latest },
    { WPPKG_ATOM_PATH, NULL },

    { WPPKG_CLOSED_PATH("plugin"), syncd_mirror_is_slugs },
    { WPPKG_CLOSED_PATH("wp-plugin"), syncd_mirror_is_slugs },
    { WPPKG_CLOSED_PATH("theme"), syncd_mirror_is_slugs },
    { WPPKG_CLOSED_PATH("wp-theme"), syncd_mirror_is_slugs },
    { WPPKG_FOR_GOOD_PATH("plugin"), syncd_mirror_is_slugs },
    { WPPKG_FOR_GOOD_PATH("wp-plugin"), syncd_mirror_is_slugs },
    { WPPKG_FOR_GOOD_PATH("theme"), syncd_mirror_is_slugs },
    { WPPKG_FOR_GOOD_PATH("wp-theme"), syncd_mirror_is_slugs },

    { NULL, NULL }
};


int
syncd_mirror_overviews(syncd_mirror_t *m)
{
    int                             rc;
    const syncd_mirror_overview_t  *o;

    rc = WPPKG_OK;

    for (o = syncd_mirror_table; o->path != NULL; o++) {

        if (m->broken || m->cut || syncd_stopping()) {
            return WPPKG_ERROR;
        }

        if (syncd_mirror_overview(m, o) != WPPKG_OK) {
            rc = WPPKG_ERROR;
        }
    }

    return rc;
}


static int
syncd_mirror_overview(syncd_mirror_t *m, const syncd_mirror_overview_t *o)
{
    int                rc;
    int64_t            date;
    wppkg_buf_t        url;
    syncd_http_job_t  *job;

    if (wppkg_document_original(m->cat, o->path, &date) != WPPKG_OK) {
        syncd_mirror_broken(m);
        return WPPKG_ERROR;
    }

    wppkg_buf_init(&url, WPPKG_URL_MAX);
    syncd_origin_below(&url, &m->origin, o->path);

    job = syncd_mirror_send(m, &url, date);

    if (job == NULL) {
        return WPPKG_ERROR;
    }

    if (job->status != 200 && job->status != 404
        && (job->status != 304 || date == 0))
    {
        syncd_mirror_refused(m, job);
        return WPPKG_ERROR;
    }

    rc = (job->status != 304) ? syncd_mirror_overview_answer(m, o, job)
                              : WPPKG_OK;
    syncd_http_job_free(job);

    return rc;
}


static int
syncd_mirror_overview_answer(syncd_mirror_t *m,
    const syncd_mirror_overview_t *o, const syncd_http_job_t *job)
{
    if (job->status == 404) {
        return syncd_mirror_overview_put(m, o->path, NULL, 0);
    }

    if (!syncd_mirror_overview_read(o, job)) {
        syncd_mirror_failed(m, "%s is not what it should be: the old one "
                            "stays", job->url);
        return WPPKG_ERROR;
    }

    return syncd_mirror_overview_put(m, o->path, &job->response,
                                     syncd_origin_date(job));
}


static int
syncd_mirror_overview_read(const syncd_mirror_overview_t *o,
    const syncd_http_job_t *job)
{
    int      rc;
    json_t  *body;

    if (o->is == NULL) {
        return syncd_atom_is(job->response.data, job->response.len);
    }

    body = json_loadb(job->response.data, job->response.len,
                      JSON_REJECT_DUPLICATES, NULL);

    rc = (body != NULL && o->is(body));

    json_decref(body);

    return rc;
}


static int
syncd_mirror_overview_put(syncd_mirror_t *m, const char *path,
    const wppkg_buf_t *body, int64_t date)
{
    int              rc;
    unsigned         changed;
    wppkg_content_t  content = { 0, path, NULL, 0, date, 0, NULL, 0 };

    if (body != NULL) {
        content.body = body->data;
        content.len = body->len;
    }

    changed = 0;
    rc = wppkg_document_put(m->cat, &content, wppkg_tick_now(), &changed);
    m->changed += changed;

    if (rc != WPPKG_OK) {
        syncd_mirror_broken(m);
    }

    return rc;
}


/* lists of constraints, by package (contract C 45) */

static int
syncd_mirror_is_summary(const json_t *body)
{
    json_t        *lists;
    const char    *name;
    const json_t  *list;

    lists = json_object_get(body, "filter");

    if (!json_is_object(lists)) {
        return 0;
    }

    json_object_foreach(lists, name, list) {

        if (!syncd_mirror_is_filter(list)) {
            return 0;
        }
    }

    return 1;
}


static int
syncd_mirror_is_filter(const json_t *list)
{
    const char    *package, *s;
    const json_t  *constraint;

    if (!json_is_object(list)) {
        return 0;
    }

    json_object_foreach((json_t *) list, package, constraint) {
        s = json_string_value(constraint);

        if (s == NULL) {
            return 0;
        }
    }

    return 1;
}


/* of closed packages (contract C 54) */

static int
syncd_mirror_is_slugs(const json_t *body)
{
    size_t         i;
    const json_t  *slug;

    if (!json_is_array(body)) {
        return 0;
    }

    json_array_foreach(body, i, slug) {

        if (!json_is_string(slug)) {
            return 0;
        }
    }

    return 1;
}


/* some of these, with what is known of each */

static int
syncd_mirror_is_latest(const json_t *body)
{
    size_t         i;
    const json_t  *list, *closure;

    list = json_object_get(body, "closures");

    if (!json_is_array(list)) {
        return 0;
    }

    json_array_foreach(list, i, closure) {

        if (!json_is_string(json_object_get(closure, "name"))) {
            return 0;
        }
    }

    return 1;
}

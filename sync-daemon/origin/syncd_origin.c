
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <zlib.h>

#include "syncd_origin.h"
#include "syncd_value.h"
#include "wppkg_format.h"
#include "wppkg_gzip.h"
#include "wppkg_lists.h"
#include "wppkg_name.h"


#define SYNCD_ORIGIN_PACKAGE  "%package%"
#define SYNCD_ORIGIN_FEED     "metadata-changes-url"
#define SYNCD_ORIGIN_DATE     64      /* bytes of a header with a date */
#define SYNCD_ORIGIN_GZIP     (15 + 16)  /* zlib's: a gzip of any window */


/* one request, as a source of the engine */

typedef struct {
    syncd_http_job_t  *job;           /* NULL: it was taken */
} syncd_origin_once_t;


static int syncd_origin_root(wppkg_origin_t *o, const json_t *root,
    wppkg_error_t *err);
static int syncd_origin_aliases(const json_t *root);
static int syncd_origin_announced(const json_t *root,
    syncd_origin_extras_t *extras, wppkg_error_t *err);
static void syncd_origin_lists(const json_t *filter, wppkg_buf_t *b);
static int syncd_origin_list(const char *name, const json_t *list);
static void syncd_origin_licenses(const json_t *licenses, wppkg_buf_t *b);
static int syncd_origin_url(const wppkg_origin_t *o, const json_t *root,
    const char *key, char url[WPPKG_URL_MAX + 1], wppkg_error_t *err);
static int syncd_origin_resolve(const char *base, const char *value,
    char url[WPPKG_URL_MAX + 1]);
static int syncd_origin_since(syncd_http_job_t *job, int64_t date);
static int syncd_origin_inflate(const wppkg_buf_t *gz, wppkg_buf_t *body);
static syncd_http_job_t *syncd_origin_next(void *ctx);
static void syncd_origin_done(void *ctx, syncd_http_job_t *job);


int
syncd_origin_read(wppkg_origin_t *o, const char *body, size_t len,
    syncd_origin_extras_t *extras, wppkg_error_t *err)
{
    int              rc;
    json_t          *root;
    json_error_t     why;
    wppkg_origin_t   new;

    wppkg_buf_init(&extras->lists, WPPKG_ORIGIN_LISTS);
    wppkg_buf_init(&extras->licenses, WPPKG_ORIGIN_LICENSES);

    root = json_loadb(body, len, JSON_REJECT_DUPLICATES, &why);

    if (root == NULL) {
        wppkg_error_set(err, "is not JSON: %s", why.text);
        return WPPKG_ERROR;
    }

    new = *o;
    rc = syncd_origin_root(&new, root, err);

    if (rc == WPPKG_OK) {
        rc = syncd_origin_announced(root, extras, err);
    }

    if (rc == WPPKG_OK) {
        *o = new;
    }

    json_decref(root);

    return rc;
}


static int
syncd_origin_root(wppkg_origin_t *o, const json_t *root, wppkg_error_t *err)
{
    const char  *s;

    if (syncd_origin_url(o, root, "metadata-url", o->metadata, err)
        != WPPKG_OK
        || syncd_origin_url(o, root, SYNCD_ORIGIN_FEED, o->changes, err)
           != WPPKG_OK
        || syncd_origin_url(o, root, "list", o->list, err) != WPPKG_OK)
    {
        return WPPKG_ERROR;
    }

    if (strstr(o->metadata, SYNCD_ORIGIN_PACKAGE) == NULL) {
        wppkg_error_set(err, "has no \"%s\" in its \"metadata-url\"",
                        SYNCD_ORIGIN_PACKAGE);
        return WPPKG_ERROR;
    }

    s = json_string_value(json_object_get(root, "wppkg-authority"));
    o->whole = (s != NULL && strcmp(s, WPPKG_WHOLE) == 0);
    o->aliases = (syncd_origin_aliases(root) != 0);

    return WPPKG_OK;
}


/* whether it announces all names of the alias vendors (contract C 59) */

static int
syncd_origin_aliases(const json_t *root)
{
    char           pattern[WPPKG_PATH_MAX];
    size_t         i;
    unsigned       found;
    wppkg_type_e   type;
    const json_t  *patterns, *value;

    found = 0;
    patterns = json_object_get(root, "available-package-patterns");

    for (type = 0; type < WPPKG_TYPES; type++) {
        (void) snprintf(pattern, sizeof(pattern), "%s/*",
                        wppkg_vendor(type, 1));

        json_array_foreach(patterns, i, value) {

            if (json_is_string(value)
                && strcmp(json_string_value(value), pattern) == 0)
            {
                found++;
                break;
            }
        }
    }

    return found == WPPKG_TYPES;
}


void
syncd_origin_extras_free(syncd_origin_extras_t *extras)
{
    wppkg_buf_free(&extras->lists);
    wppkg_buf_free(&extras->licenses);
}


/* files of packages tell these things, so they are announced (C 44, C 48) */

static int
syncd_origin_announced(const json_t *root, syncd_origin_extras_t *extras,
    wppkg_error_t *err)
{
    const json_t  *advisories;

    syncd_origin_lists(json_object_get(root, "filter"), &extras->lists);

    advisories = json_object_get(root, "security-advisories");
    extras->advisories = json_is_true(json_object_get(advisories,
                                                      "metadata"));
    syncd_origin_licenses(json_object_get(advisories, "licenses"),
                          &extras->licenses);

    if (!wppkg_buf_ok(&extras->lists) || !wppkg_buf_ok(&extras->licenses)) {
        wppkg_error_set(err, "has too many filter lists, or licenses of "
                        "advisories");
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


static void
syncd_origin_lists(const json_t *filter, wppkg_buf_t *b)
{
    json_t        *lists;
    const char    *name;
    const json_t  *list;

    lists = json_object_get(filter, "lists");

    json_object_foreach(lists, name, list) {

        if (syncd_origin_list(name, list)) {
            wppkg_buf_printf(b, "%s\"%s\":{\"enabled\":true}",
                             (b->len != 0) ? "," : "", name);
        }
    }
}


/* one that is switched on, by a name that needs no escaping */

static int
syncd_origin_list(const char *name, const json_t *list)
{
    size_t  len;

    len = strlen(name);

    return len != 0 && len <= WPPKG_LISTS_NAME
           && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == len
           && json_is_true(json_object_get(list, "enabled"));
}


/* objects with text in them, for people */

static void
syncd_origin_licenses(const json_t *licenses, wppkg_buf_t *b)
{
    char          *text;
    size_t         i;
    const json_t  *license;

    json_array_foreach(licenses, i, license) {
        text = json_is_object(license)
               ? json_dumps(license, JSON_COMPACT | JSON_PRESERVE_ORDER)
               : NULL;

        if (text != NULL) {
            wppkg_buf_printf(b, "%s%s", (b->len != 0) ? "," : "", text);
        }

        free(text);
    }
}


static int
syncd_origin_url(const wppkg_origin_t *o, const json_t *root,
    const char *key, char url[WPPKG_URL_MAX + 1], wppkg_error_t *err)
{
    const char  *value;

    value = json_string_value(json_object_get(root, key));

    if (value == NULL && strcmp(key, SYNCD_ORIGIN_FEED) == 0) {
        wppkg_error_set(err, "has no \"%s\", without which no mirror can "
                        "follow it; if it has a bucket, it needs "
                        "\"changes_url\" in its [repository]", key);
        return WPPKG_ERROR;
    }

    if (value == NULL) {
        wppkg_error_set(err, "has no \"%s\", without which no mirror can "
                        "follow it", key);
        return WPPKG_ERROR;
    }

    if (syncd_origin_resolve(o->url, value, url) != WPPKG_OK) {
        wppkg_error_set(err, "has a \"%s\" that is no URL for a mirror of "
                        "%.100s: \"%.200s\"", key, o->url, value);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


/*
 * It begins with "/" or with a scheme (contract C 2).  What is secure must not
 * become less so.
 */

static int
syncd_origin_resolve(const char *base, const char *value,
    char url[WPPKG_URL_MAX + 1])
{
    int  n, host;

    host = (value[0] == '/') ? (int) (syncd_value_url_path(base) - base) : 0;

    n = snprintf(url, WPPKG_URL_MAX + 1, "%.*s%s", host, base, value);

    return (n > 0 && n <= WPPKG_URL_MAX && wppkg_url_usable(url)
            && (strncmp(base, "https:", 6) != 0
                || strncmp(url, "https:", 6) == 0))
           ? WPPKG_OK : WPPKG_ERROR;
}


void
syncd_origin_file(wppkg_buf_t *url, const wppkg_origin_t *o,
    const char *path)
{
    const char             *p;
    wppkg_document_name_t   doc;

    p = strstr(o->metadata, SYNCD_ORIGIN_PACKAGE);

    if (p == NULL
        || wppkg_document_parse(path, strlen(path), &doc) != WPPKG_OK)
    {
        url->failed = 1;
        return;
    }

    wppkg_buf_printf(url, "%.*s%.*s%s", (int) (p - o->metadata), o->metadata,
                     (int) doc.full, doc.name,
                     p + sizeof(SYNCD_ORIGIN_PACKAGE) - 1);
}


void
syncd_origin_below(wppkg_buf_t *url, const wppkg_origin_t *o,
    const char *path)
{
    wppkg_buf_printf(url, "%s/%s", o->url, path);
}


void
syncd_origin_changes(wppkg_buf_t *url, const wppkg_origin_t *o,
    int64_t since)
{
    wppkg_buf_puts(url, o->changes);

    if (since != 0) {
        wppkg_buf_printf(url, "%csince=%" PRId64,
                         (strchr(o->changes, '?') != NULL) ? '&' : '?',
                         since);
    }
}


syncd_http_t *
syncd_origin_connect(const syncd_conf_t *conf, wppkg_error_t *err)
{
    syncd_http_conf_t  http;

    memset(&http, 0, sizeof(syncd_http_conf_t));
    http.concurrency = conf->origin_concurrency;
    http.connect_timeout = conf->connect_timeout;
    http.stall_timeout = conf->stall_timeout;
    http.total_timeout = conf->total_timeout;
    http.retries = conf->retries;
    http.user_agent = SYNCD_NAME "/" WPPKG_VERSION;
    http.ca_file = conf->origin_ca_file;

    return syncd_http_create(&http, err);
}


syncd_http_job_t *
syncd_origin_job(wppkg_buf_t *url, int64_t date, size_t limit)
{
    syncd_http_job_t  *job;

    job = syncd_http_job_create(0, limit);

    if (job == NULL) {
        wppkg_buf_free(url);
        return NULL;
    }

    job->want = "Last-Modified";

    if (syncd_http_job_url(job, url) != WPPKG_OK
        || (date != 0 && syncd_origin_since(job, date) != WPPKG_OK))
    {
        syncd_http_job_free(job);
        return NULL;
    }

    return job;
}


static int
syncd_origin_since(syncd_http_job_t *job, int64_t date)
{
    int        n;
    char       text[SYNCD_ORIGIN_DATE];
    time_t     seconds;
    struct tm  tm;

    static const char  days[7][4] = {
        "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"
    };

    static const char  months[12][4] = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct",
        "Nov", "Dec"
    };

    seconds = (time_t) date;

    if (gmtime_r(&seconds, &tm) == NULL) {
        return WPPKG_ERROR;
    }

    n = snprintf(text, sizeof(text),
                 "If-Modified-Since: %s, %02d %s %04d %02d:%02d:%02d GMT",
                 days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
                 tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);

    if (n < 0 || n >= (int) sizeof(text)) {
        return WPPKG_ERROR;
    }

    job->headers = curl_slist_append(NULL, text);

    return (job->headers != NULL) ? WPPKG_OK : WPPKG_ERROR;
}


int
syncd_origin_unpack(syncd_http_job_t *job, wppkg_buf_t *body,
    wppkg_error_t *err)
{
    wppkg_buf_t  *gz;

    gz = &job->response;
    wppkg_buf_init(body, gz->limit);

    if (job->encoding[0] == '\0'
        || strcasecmp(job->encoding, "identity") == 0)
    {
        *body = *gz;
        wppkg_buf_init(gz, 0);
        return WPPKG_OK;
    }

    /* RFC 9110, section 8.4.1.3: the two are the same */

    if (strcasecmp(job->encoding, "gzip") != 0
        && strcasecmp(job->encoding, "x-gzip") != 0)
    {
        wppkg_error_set(err, "is packed as \"%s\", which was not asked for",
                        job->encoding);
        return WPPKG_ERROR;
    }

    if (syncd_origin_inflate(gz, body) != WPPKG_OK) {
        wppkg_error_set(err, "cannot be unpacked: its gzip is damaged, or "
                        "larger than %zu bytes", body->limit);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


/*
 * One member, and nothing behind it.  By zlib, as clients do, and not by
 * libdeflate, which takes codes that zlib refuses: the gzip may be served as
 * it is.
 */

static int
syncd_origin_inflate(const wppkg_buf_t *gz, wppkg_buf_t *body)
{
    int        rc;
    char      *data;
    size_t     size;
    z_stream   z;

    size = wppkg_gunzip_size(gz->data, gz->len);

    if (size > body->limit) {
        return WPPKG_ERROR;
    }

    memset(&z, 0, sizeof(z_stream));
    data = malloc(size + 1);

    if (data == NULL || inflateInit2(&z, SYNCD_ORIGIN_GZIP) != Z_OK) {
        free(data);
        return WPPKG_ERROR;
    }

    z.next_in = (unsigned char *) gz->data;
    z.avail_in = (unsigned) gz->len;
    z.next_out = (unsigned char *) data;
    z.avail_out = (unsigned) size;

    rc = inflate(&z, Z_FINISH);
    (void) inflateEnd(&z);

    if (rc != Z_STREAM_END || z.avail_in != 0 || z.avail_out != 0) {
        free(data);
        return WPPKG_ERROR;
    }

    wppkg_buf_take(body, data, size);

    return wppkg_buf_ok(body) ? WPPKG_OK : WPPKG_ERROR;
}


int
syncd_origin_server(const wppkg_origin_t *o, const char *url)
{
    size_t       len;
    const char  *host;

    host = strstr(o->url, "://");
    len = (host != NULL) ? (size_t) (host - o->url) + 3 : 0;
    len += strcspn(o->url + len, "/?");

    return strncmp(url, o->url, len) == 0 && strchr("/?", url[len]) != NULL;
}


int64_t
syncd_origin_date(const syncd_http_job_t *job)
{
    time_t  date;

    date = syncd_http_date(job->value);

    return ((int64_t) date <= WPPKG_TIME_MAX) ? (int64_t) date : 0;
}


void
syncd_origin_why(const syncd_http_job_t *job, wppkg_error_t *err)
{
    if (job->status == 0 && job->untrusted) {
        wppkg_error_set(err, "%s; check the certificate of the origin, and "
                        "\"ca_file\" in [origin]", job->error);

    } else if (job->status == 0) {
        wppkg_error_set(err, "%s", job->error);

    } else if (job->status / 100 == 3 && job->location[0] != '\0') {
        wppkg_error_set(err, "answered by a redirect to %s, which is not "
                        "followed: \"url\" in [origin] has to be where the "
                        "repository is", job->location);

    } else {
        wppkg_error_set(err, "answered by HTTP %ld", job->status);
    }
}


int
syncd_origin_send(syncd_http_t *http, syncd_http_job_t *job)
{
    syncd_http_source_t  source;
    syncd_origin_once_t  once;

    once.job = job;

    source.next = syncd_origin_next;
    source.done = syncd_origin_done;
    source.tick = NULL;
    source.ctx = &once;

    return syncd_http_run(http, &source);
}


static syncd_http_job_t *
syncd_origin_next(void *ctx)
{
    syncd_http_job_t     *job;
    syncd_origin_once_t  *once;

    once = ctx;
    job = once->job;
    once->job = NULL;

    return job;
}


/* its results are in the job, which is the caller's */

static void
syncd_origin_done(void *ctx, syncd_http_job_t *job)
{
    /* void */
}

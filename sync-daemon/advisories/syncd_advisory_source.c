
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "syncd_advisory_source.h"
#include "syncd_file.h"


#define SYNCD_ADVISORY_WORDFENCE  "www.wordfence.com"


/* a request, and what has come of it */

typedef struct {
    syncd_http_job_t         *job;
    syncd_advisory_bytes_t   *bytes;
    EVP_MD_CTX               *digest;
    unsigned                  given:1;
    unsigned                  known:1;    /* asked whether that has changed */
    int                       number;     /* errno, if it cannot be kept */
} syncd_advisory_fetch_t;


static void syncd_advisory_url_name(const char *url, char *name);
static void syncd_advisory_file_name(const char *file, char *name);

static int syncd_advisory_fetch(const syncd_conf_t *conf, syncd_http_t *http,
    const char *url, const wppkg_advisories_source_t *known,
    syncd_advisory_bytes_t *bytes, wppkg_error_t *err);
static int syncd_advisory_request(const syncd_conf_t *conf,
    syncd_advisory_fetch_t *f, const char *url,
    const wppkg_advisories_source_t *known);
static int syncd_advisory_header(syncd_http_job_t *job, const char *name,
    const char *value);
static FILE *syncd_advisory_spool(const char *catalogue, wppkg_error_t *err);
static int syncd_advisory_send(syncd_http_t *http,
    syncd_advisory_fetch_t *f, wppkg_error_t *err);
static int syncd_advisory_answer(const syncd_conf_t *conf,
    syncd_advisory_fetch_t *f, wppkg_error_t *err);
static void syncd_advisory_refused(const syncd_conf_t *conf,
    const syncd_http_job_t *job, wppkg_error_t *err);
static syncd_http_job_t *syncd_advisory_next(void *ctx);
static void syncd_advisory_done(void *ctx, syncd_http_job_t *job);
static int syncd_advisory_receive(syncd_http_job_t *job, const char *data,
    size_t len);

static int syncd_advisory_open(const char *file,
    const wppkg_advisories_source_t *known, syncd_advisory_bytes_t *bytes,
    wppkg_error_t *err);
static int syncd_advisory_pass(FILE *fp, syncd_advisory_take_pt take,
    void *ctx, unsigned char hash[WPPKG_HASH_LEN], wppkg_error_t *err);
static int syncd_advisory_parts(FILE *fp, syncd_advisory_take_pt take,
    void *ctx, EVP_MD_CTX *digest, wppkg_error_t *err);


size_t
syncd_advisory_sources(const syncd_conf_t *conf,
    syncd_advisory_source_t sources[SYNCD_ADVISORY_SOURCES])
{
    size_t                    i, k, n;
    syncd_advisory_source_t  *s;

    n = 0;
    memset(sources, 0,
           SYNCD_ADVISORY_SOURCES * sizeof(syncd_advisory_source_t));

    if (conf->advisories_url != NULL) {
        s = &sources[n++];
        s->url = conf->advisories_url;
        syncd_advisory_url_name(s->url, s->name);
    }

    for (i = 0; i < SYNCD_ADVISORY_FILES; i++) {

        if (conf->advisories_files[i] == NULL) {
            continue;
        }

        s = &sources[n];
        s->file = conf->advisories_files[i];
        syncd_advisory_file_name(s->file, s->name);

        for (k = 0; k < n; k++) {
            if (strcmp(sources[k].name, s->name) == 0) {
                break;
            }
        }

        n += (k == n);
    }

    return n;
}


/* "https://advisories.example.org/all" is "advisories.example.org" */

static void
syncd_advisory_url_name(const char *url, char *name)
{
    size_t       len;
    const char  *host;

    host = strstr(url, "://") + 3;
    len = strcspn(host, "/");

    if (len == strlen(SYNCD_ADVISORY_WORDFENCE)
        && strncmp(host, SYNCD_ADVISORY_WORDFENCE, len) == 0)
    {
        (void) snprintf(name, SYNCD_ADVISORY_NAME + 1, "Wordfence");
        return;
    }

    (void) snprintf(name, SYNCD_ADVISORY_NAME + 1, "%.*s", (int) len, host);
}


/* "/etc/wppkg/our-audits.json" is "our-audits" */

static void
syncd_advisory_file_name(const char *file, char *name)
{
    char        *p;
    size_t       len;
    const char  *base;

    base = strrchr(file, '/');
    base = (base != NULL) ? base + 1 : file;

    len = strlen(base);

    if (len > 5 && strcmp(base + len - 5, ".json") == 0) {
        len -= 5;
    }

    (void) snprintf(name, SYNCD_ADVISORY_NAME + 1, "%.*s", (int) len, base);

    for (p = name; *p != '\0'; p++) {
        if (*p <= 0x20 || *p >= 0x7f || strchr("<>\\\"", *p) != NULL) {
            *p = '_';
        }
    }
}


int
syncd_advisory_bytes(const syncd_conf_t *conf, syncd_http_t *http,
    const syncd_advisory_source_t *source,
    const wppkg_advisories_source_t *known, syncd_advisory_bytes_t *bytes,
    wppkg_error_t *err)
{
    int  rc;

    memset(bytes, 0, sizeof(syncd_advisory_bytes_t));

    rc = (source->url != NULL)
         ? syncd_advisory_fetch(conf, http, source->url, known, bytes, err)
         : syncd_advisory_open(source->file, known, bytes, err);

    if (rc != WPPKG_OK && bytes->fp != NULL) {
        (void) fclose(bytes->fp);
        bytes->fp = NULL;
    }

    return rc;
}


static int
syncd_advisory_fetch(const syncd_conf_t *conf, syncd_http_t *http,
    const char *url, const wppkg_advisories_source_t *known,
    syncd_advisory_bytes_t *bytes, wppkg_error_t *err)
{
    int                      rc;
    syncd_advisory_fetch_t   f;

    memset(&f, 0, sizeof(syncd_advisory_fetch_t));
    f.bytes = bytes;
    f.known = (known->etag[0] != '\0' || known->modified[0] != '\0');

    bytes->fp = syncd_advisory_spool(conf->catalogue, err);

    if (bytes->fp == NULL) {
        return WPPKG_ERROR;
    }

    f.digest = EVP_MD_CTX_new();
    f.job = syncd_http_job_create(0, SYNCD_ADVISORY_BYTES);

    if (f.digest == NULL || f.job == NULL
        || EVP_DigestInit_ex(f.digest, EVP_sha256(), NULL) != 1
        || syncd_advisory_request(conf, &f, url, known) != WPPKG_OK)
    {
        wppkg_error_set(err, "out of memory");
        rc = WPPKG_ERROR;

    } else {
        rc = syncd_advisory_send(http, &f, err);

        if (rc == WPPKG_OK) {
            rc = syncd_advisory_answer(conf, &f, err);
        }
    }

    EVP_MD_CTX_free(f.digest);
    syncd_http_job_free(f.job);

    return rc;
}


static int
syncd_advisory_request(const syncd_conf_t *conf, syncd_advisory_fetch_t *f,
    const char *url, const wppkg_advisories_source_t *known)
{
    syncd_http_job_t  *job;

    job = f->job;

    job->method = "GET";
    job->url = strdup(url);
    job->want = "Last-Modified";
    job->receive = syncd_advisory_receive;
    job->data = f;

    if (job->url == NULL
        || syncd_advisory_header(job, "Accept", "application/json")
           != WPPKG_OK)
    {
        return WPPKG_ERROR;
    }

    if (conf->advisories_key != NULL
        && syncd_advisory_header(job, "Authorization: Bearer",
                                 conf->advisories_key) != WPPKG_OK)
    {
        return WPPKG_ERROR;
    }

    if (known->read && known->etag[0] != '\0'
        && syncd_advisory_header(job, "If-None-Match", known->etag)
           != WPPKG_OK)
    {
        return WPPKG_ERROR;
    }

    return (known->read && known->modified[0] != '\0')
           ? syncd_advisory_header(job, "If-Modified-Since", known->modified)
           : WPPKG_OK;
}


/* a name with a blank in it has its colon already */

static int
syncd_advisory_header(syncd_http_job_t *job, const char *name,
    const char *value)
{
    int                 rc;
    wppkg_buf_t         line;
    struct curl_slist  *headers;

    rc = WPPKG_ERROR;
    wppkg_buf_init(&line, 8192);

    wppkg_buf_printf(&line, "%s%s %s", name,
                     (strchr(name, ' ') == NULL) ? ":" : "", value);

    headers = wppkg_buf_ok(&line) ? curl_slist_append(job->headers, line.data)
                                  : NULL;

    if (headers != NULL) {
        job->headers = headers;
        rc = WPPKG_OK;
    }

    wppkg_buf_free(&line);

    return rc;
}


/* a file without a name, beside the catalogue, where there is room for it */

static FILE *
syncd_advisory_spool(const char *catalogue, wppkg_error_t *err)
{
    int          fd;
    FILE        *fp;
    char         dir[1024];
    const char  *slash;

    slash = strrchr(catalogue, '/');

    (void) snprintf(dir, sizeof(dir), "%.*s",
                    (slash == NULL) ? 1 : (int) (slash - catalogue) + 1,
                    (slash == NULL) ? "." : catalogue);

    fd = open(dir, O_TMPFILE|O_RDWR|O_CLOEXEC, 0600);
    fp = (fd != -1) ? fdopen(fd, "w+") : NULL;

    if (fp == NULL) {
        wppkg_error_set(err, "no file can be made in %s: %s", dir,
                        strerror(errno));

        if (fd != -1) {
            (void) close(fd);
        }
    }

    return fp;
}


static int
syncd_advisory_send(syncd_http_t *http, syncd_advisory_fetch_t *f,
    wppkg_error_t *err)
{
    int                  rc;
    syncd_http_source_t  source;

    memset(&source, 0, sizeof(syncd_http_source_t));
    source.next = syncd_advisory_next;
    source.done = syncd_advisory_done;
    source.ctx = f;

    rc = syncd_http_run(http, &source);

    if (rc != WPPKG_OK || !f->given) {
        wppkg_error_set(err, (rc != WPPKG_OK) ? "the HTTP engine has failed"
                                              : "it was not asked");
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


int
syncd_advisory_probe(const syncd_conf_t *conf, syncd_http_t *http,
    const char *url, syncd_http_job_t **job, wppkg_error_t *err)
{
    syncd_advisory_fetch_t     f;
    wppkg_advisories_source_t  known;

    memset(&f, 0, sizeof(syncd_advisory_fetch_t));
    memset(&known, 0, sizeof(wppkg_advisories_source_t));

    f.job = syncd_http_job_create(0, SYNCD_ADVISORY_BYTES);
    *job = f.job;

    if (f.job == NULL
        || syncd_advisory_request(conf, &f, url, &known) != WPPKG_OK)
    {
        wppkg_error_set(err, "out of memory");
        return WPPKG_ERROR;
    }

    f.job->method = "HEAD";
    f.job->receive = NULL;

    if (syncd_advisory_send(http, &f, err) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    if (f.job->status == 200 || f.job->status == 405
        || f.job->status == 501)
    {
        return WPPKG_OK;
    }

    syncd_advisory_refused(conf, f.job, err);

    return WPPKG_ERROR;
}


static int
syncd_advisory_answer(const syncd_conf_t *conf, syncd_advisory_fetch_t *f,
    wppkg_error_t *err)
{
    syncd_http_job_t         *job;
    syncd_advisory_bytes_t   *bytes;

    job = f->job;
    bytes = f->bytes;

    if (job->status == 304 && f->known) {
        return WPPKG_DECLINED;
    }

    if (f->number != 0) {
        wppkg_error_set(err, "what it sends cannot be kept: %s",
                        strerror(f->number));
        return WPPKG_ERROR;
    }

    if (job->status != 200) {
        syncd_advisory_refused(conf, job, err);
        return WPPKG_ERROR;
    }

    if (EVP_DigestFinal_ex(f->digest, bytes->hash, NULL) != 1
        || fflush(bytes->fp) != 0)
    {
        wppkg_error_set(err, "what it sends cannot be kept: %s",
                        strerror(errno));
        return WPPKG_ERROR;
    }

    rewind(bytes->fp);

    memcpy(bytes->etag, job->etag, sizeof(bytes->etag));
    memcpy(bytes->modified, job->value, sizeof(bytes->modified));

    return WPPKG_OK;
}


static void
syncd_advisory_refused(const syncd_conf_t *conf, const syncd_http_job_t *job,
    wppkg_error_t *err)
{
    if (job->status == 0) {
        wppkg_error_set(err, "%s", job->error);

    } else if (job->status == 401 || job->status == 403) {
        wppkg_error_set(err, "HTTP %ld: it %s: make one in your account there"
                        " and set WPPKG_ADVISORIES_KEY", job->status,
                        (conf->advisories_key == NULL) ? "wants a key"
                                                       : "refuses the key");

    } else if (job->status == 304) {
        wppkg_error_set(err, "HTTP 304: it says that nothing has changed, but"
                        " has never told anything");

    } else if (job->status / 100 == 3) {
        wppkg_error_set(err, "HTTP %ld: it has moved to %s; set \"url\" in "
                        "[advisories]", job->status,
                        (job->location[0] != '\0') ? job->location
                                                   : "another address");

    } else if (job->status == 404 || job->status == 410) {
        wppkg_error_set(err, "HTTP %ld: nothing is there; set \"url\" in "
                        "[advisories]", job->status);

    } else {
        wppkg_error_set(err, "HTTP %ld", job->status);
    }
}


static syncd_http_job_t *
syncd_advisory_next(void *ctx)
{
    syncd_advisory_fetch_t  *f;

    f = ctx;

    if (f->given) {
        return NULL;
    }

    f->given = 1;

    return f->job;
}


/* the job stays where it is: with syncd_advisory_fetch() */

static void
syncd_advisory_done(void *ctx, syncd_http_job_t *job)
{
}


static int
syncd_advisory_receive(syncd_http_job_t *job, const char *data, size_t len)
{
    syncd_advisory_fetch_t  *f;

    f = job->data;

    if (EVP_DigestUpdate(f->digest, data, len) != 1
        || fwrite(data, 1, len, f->bytes->fp) != len)
    {
        f->number = (errno != 0) ? errno : EIO;
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


static int
syncd_advisory_open(const char *file, const wppkg_advisories_source_t *known,
    syncd_advisory_bytes_t *bytes, wppkg_error_t *err)
{
    struct stat    st;
    wppkg_error_t  why;

    bytes->fp = syncd_file_open(file, &why);

    if (bytes->fp == NULL || fstat(fileno(bytes->fp), &st) == -1) {
        wppkg_error_set(err, "%s cannot be opened: %s", file,
                        (bytes->fp == NULL) ? why.text : strerror(errno));
        return WPPKG_ERROR;
    }

    if (st.st_size > SYNCD_ADVISORY_BYTES) {
        wppkg_error_set(err, "%s has more than %d bytes", file,
                        SYNCD_ADVISORY_BYTES);
        return WPPKG_ERROR;
    }

    (void) snprintf(bytes->modified, sizeof(bytes->modified),
                    "%jd %jd.%09ld %ju", (intmax_t) st.st_size,
                    (intmax_t) st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
                    (uintmax_t) st.st_ino);

    if (known->read && strcmp(known->modified, bytes->modified) == 0) {
        return WPPKG_DECLINED;
    }

    return syncd_advisory_pass(bytes->fp, NULL, NULL, bytes->hash, err);
}


int
syncd_advisory_read(const syncd_advisory_bytes_t *bytes,
    syncd_advisory_take_pt take, void *ctx, wppkg_error_t *err)
{
    int            rc;
    unsigned char  hash[WPPKG_HASH_LEN];

    rc = syncd_advisory_pass(bytes->fp, take, ctx, hash, err);

    if (rc == WPPKG_OK && memcmp(hash, bytes->hash, WPPKG_HASH_LEN) != 0) {
        wppkg_error_set(err, "it was changed while it was read");
        return WPPKG_ERROR;
    }

    return rc;
}


/* once through the file, and back to its beginning */

static int
syncd_advisory_pass(FILE *fp, syncd_advisory_take_pt take, void *ctx,
    unsigned char hash[WPPKG_HASH_LEN], wppkg_error_t *err)
{
    int          rc;
    EVP_MD_CTX  *digest;

    digest = EVP_MD_CTX_new();

    if (digest == NULL || EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1) {
        wppkg_error_set(err, "out of memory");
        rc = WPPKG_ERROR;

    } else {
        rc = syncd_advisory_parts(fp, take, ctx, digest, err);
    }

    if (rc == WPPKG_OK && EVP_DigestFinal_ex(digest, hash, NULL) != 1) {
        wppkg_error_set(err, "OpenSSL cannot make its hash");
        rc = WPPKG_ERROR;
    }

    EVP_MD_CTX_free(digest);
    rewind(fp);

    return rc;
}


static int
syncd_advisory_parts(FILE *fp, syncd_advisory_take_pt take, void *ctx,
    EVP_MD_CTX *digest, wppkg_error_t *err)
{
    char    part[16 * 1024];
    size_t  n;

    do {
        n = fread(part, 1, sizeof(part), fp);

        if (EVP_DigestUpdate(digest, part, n) != 1) {
            wppkg_error_set(err, "OpenSSL cannot make its hash");
            return WPPKG_ERROR;
        }

        if (take != NULL && take(ctx, part, n) != WPPKG_OK) {
            return WPPKG_DECLINED;
        }

    } while (n == sizeof(part));

    if (ferror(fp)) {
        wppkg_error_set(err, "it cannot be read: %s", strerror(errno));
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}

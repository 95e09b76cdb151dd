
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "syncd_bucket.h"
#include "syncd_lanes.h"
#include "wppkg_documents.h"
#include "wppkg_gzip.h"
#include "wppkg_meta.h"
#include "wppkg_render.h"


/* so many failures in a row are not the fault of single documents */
#define SYNCD_BUCKET_IN_A_ROW  32

/* lines about single documents that are logged, and that may wait */
#define SYNCD_BUCKET_LINES     32
#define SYNCD_BUCKET_HELD      65536

/* a request without an answer counts more: each try took a time-out */
#define SYNCD_BUCKET_SILENCE   4


/* what an answer to DeleteObjects says of keys is passed on, and looked at */

typedef struct {
    syncd_s3_deleted_pt   handler;
    void                 *ctx;
    unsigned              slow:1;     /* too many requests, of any key */
} syncd_bucket_told_t;


_Static_assert(SYNCD_BUCKET_OBJECT > WPPKG_BODY_MAX,
               "SYNCD_BUCKET_OBJECT is too small");


static int syncd_bucket_recall(syncd_bucket_t *b, wppkg_catalogue_t *cat);
static int syncd_bucket_is_here(const syncd_bucket_t *b, const char *url);
static int syncd_bucket_restyle(syncd_bucket_t *b);
static int syncd_bucket_move(syncd_bucket_t *b, const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer);
static int syncd_bucket_can_host(const syncd_bucket_t *b);
static void syncd_bucket_hold(syncd_bucket_t *b, const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer, const char *what, const char *why);
static void syncd_bucket_count(syncd_bucket_t *b, long status);
static void syncd_bucket_describe(const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer, char *text, size_t size);
static syncd_s3_meaning_e syncd_bucket_meaning(const syncd_bucket_t *b,
    const syncd_http_job_t *job, const syncd_s3_answer_t *answer, char *text,
    size_t size);
static void syncd_bucket_told(void *ctx, const char *key,
    const syncd_s3_answer_t *error);
static int syncd_bucket_unpack(const wppkg_buf_t *gz, size_t size,
    const unsigned char hash[WPPKG_HASH_LEN], wppkg_buf_t *body);


int
syncd_bucket_open(syncd_bucket_t *b, const char *stage,
    const syncd_conf_t *conf)
{
    b->stage = stage;

    if (conf->s3_access_key == NULL || conf->s3_secret_key == NULL) {
        syncd_error("%s: no keys for bucket %s: set "
                    "WPPKG_S3_ACCESS_KEY_ID and WPPKG_S3_SECRET_ACCESS_KEY",
                    stage, conf->s3_bucket);
        return SYNCD_USAGE;
    }

    b->gzip = (conf->s3_gzip != 0);
    b->public = (conf->s3_public != 0);
    b->s3.endpoint = conf->s3_endpoint;
    b->s3.bucket = conf->s3_bucket;
    b->s3.prefix = conf->s3_prefix;
    b->s3.region = conf->s3_region;
    b->s3.service = "s3";
    b->s3.access_key = conf->s3_access_key;
    b->s3.secret_key = conf->s3_secret_key;
    b->s3.session_token = conf->s3_session_token;
    b->s3.host_style = (conf->s3_style == SYNCD_STYLE_HOST);
    b->restyle = (conf->s3_style == SYNCD_STYLE_AUTO);

    wppkg_buf_init(&b->endpoint, SYNCD_S3_URL_MAX);

    if (b->s3.host_style && !syncd_bucket_can_host(b)) {
        syncd_error("%s: [bucket] style = host needs an endpoint with a name, "
                    "and with https a bucket without a dot in its name: set "
                    "style = path", stage);
        return SYNCD_USAGE;
    }

    return SYNCD_DONE;
}


int
syncd_bucket_connect(syncd_bucket_t *b, const syncd_conf_t *conf,
    wppkg_catalogue_t *cat)
{
    wppkg_error_t      err;
    syncd_http_conf_t  http;

    memset(&http, 0, sizeof(syncd_http_conf_t));

    http.concurrency = (cat != NULL) ? conf->s3_concurrency : 1;

    if (http.concurrency == 0) {

        if (syncd_bucket_recall(b, cat) != WPPKG_OK) {
            return SYNCD_PARTIAL;
        }

        http.concurrency = SYNCD_LANES_MAX;
        http.lanes = b->lanes;
        http.owed = b->owed;
    }

    http.connect_timeout = conf->connect_timeout;
    http.stall_timeout = conf->stall_timeout;
    http.total_timeout = conf->total_timeout;
    http.retries = conf->retries;
    http.user_agent = SYNCD_NAME "/" WPPKG_VERSION;
    http.ca_file = conf->s3_ca_file;

    b->http = syncd_http_create(&http, &err);

    if (b->http == NULL) {
        syncd_error("%s: %s", b->stage, err.text);
        return SYNCD_PARTIAL;
    }

    return SYNCD_DONE;
}


static int
syncd_bucket_recall(syncd_bucket_t *b, wppkg_catalogue_t *cat)
{
    int64_t  lanes, owed;

    if (wppkg_meta_int(cat, WPPKG_META_LANES, SYNCD_LANES_FIRST, &lanes)
        != WPPKG_OK
        || wppkg_meta_int(cat, WPPKG_META_LANES_OWED, 0, &owed) != WPPKG_OK)
    {
        syncd_bucket_end_catalogue(b, cat);
        return WPPKG_ERROR;
    }

    b->lanes = syncd_lanes_first(lanes);
    b->owed = (owed > 0 && owed <= UINT_MAX) ? (unsigned) owed : 0;

    return WPPKG_OK;
}


int
syncd_bucket_remember(syncd_bucket_t *b, wppkg_catalogue_t *cat)
{
    int       rc;
    unsigned  lanes, owed;

    if (b->lanes == 0 || b->http == NULL) {
        return WPPKG_OK;
    }

    lanes = syncd_http_lanes(b->http);
    owed = syncd_http_owed(b->http);

    if (lanes == b->lanes && owed == b->owed) {
        return WPPKG_OK;
    }

    b->lanes = lanes;
    b->owed = owed;

    rc = wppkg_meta_set_int(cat, WPPKG_META_LANES, b->lanes);

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_set_int(cat, WPPKG_META_LANES_OWED, b->owed);
    }

    return rc;
}


void
syncd_bucket_close(syncd_bucket_t *b)
{
    syncd_http_destroy(b->http);
    b->http = NULL;

    wppkg_buf_free(&b->endpoint);
    wppkg_buf_free(&b->held);
}


uint64_t
syncd_bucket_requests(const syncd_bucket_t *b)
{
    return (b->http != NULL) ? syncd_http_requests(b->http) : 0;
}


uint64_t
syncd_bucket_refused(const syncd_bucket_t *b)
{
    return (b->http != NULL) ? syncd_http_refused(b->http) : 0;
}


unsigned
syncd_bucket_lanes(const syncd_bucket_t *b)
{
    return (b->http != NULL) ? syncd_http_lanes(b->http) : 0;
}


int
syncd_bucket_target(const syncd_bucket_t *b, wppkg_buf_t *target)
{
    wppkg_buf_printf(target, "%s %s %s%s%s", b->s3.endpoint, b->s3.bucket,
                     b->s3.prefix, b->gzip ? " gzip" : "",
                     b->public ? " public" : "");

    return wppkg_buf_ok(target) ? WPPKG_OK : WPPKG_ERROR;
}


int
syncd_bucket_headers(const syncd_bucket_t *b, syncd_http_job_t *job,
    const char *payload, const syncd_s3_header_t *headers, unsigned n)
{
    if (b->ended) {
        return WPPKG_ERROR;
    }

    return syncd_s3_headers(&b->s3, job->method, job->url, payload, headers,
                            n, time(NULL), &job->headers);
}


syncd_http_again_e
syncd_bucket_again(syncd_bucket_t *b, const syncd_http_job_t *job)
{
    int                 moved;
    const char         *remedy;
    syncd_s3_answer_t   answer;
    syncd_s3_meaning_e  meaning;

    if (b->ended) {
        return SYNCD_HTTP_NO;
    }

    syncd_s3_answer_parse(job->response.data, job->response.len, &answer);
    meaning = syncd_s3_meaning(&b->s3, job->status, answer.code, &remedy);

    switch (meaning) {

    case SYNCD_S3_PASSES:
        return syncd_s3_slow(answer.code) ? SYNCD_HTTP_SLOW
                                          : SYNCD_HTTP_LATER;

    case SYNCD_S3_STYLE:
    case SYNCD_S3_ELSEWHERE:
        break;

    default:
        return SYNCD_HTTP_NO;
    }

    /* it was sent before another answer had led to the right place */

    if (!syncd_bucket_is_here(b, job->url)) {
        return SYNCD_HTTP_NOW;
    }

    moved = (meaning == SYNCD_S3_STYLE)
            ? syncd_bucket_restyle(b) : syncd_bucket_move(b, job, &answer);

    if (moved) {
        b->moved = 1;
        return SYNCD_HTTP_NOW;
    }

    /* a "temporary" redirect: until DNS knows a new bucket's name */

    return (job->status == 307) ? SYNCD_HTTP_LATER : SYNCD_HTTP_NO;
}


static int
syncd_bucket_is_here(const syncd_bucket_t *b, const char *url)
{
    int          here;
    wppkg_buf_t  base;

    wppkg_buf_init(&base, SYNCD_S3_URL_MAX);
    syncd_s3_base(&b->s3, &base);

    here = !wppkg_buf_ok(&base) || strncmp(url, base.data, base.len) == 0;

    wppkg_buf_free(&base);

    return here;
}


static int
syncd_bucket_restyle(syncd_bucket_t *b)
{
    if (!b->restyle || !syncd_bucket_can_host(b)) {
        return 0;
    }

    b->restyle = 0;
    b->s3.host_style = 1;

    syncd_info("%s: %s wants the bucket in the host name; set [bucket] style "
               "= host to begin with that", b->stage,
               b->s3.endpoint);

    return 1;
}


/* once: a second redirect may lead in circles */

static int
syncd_bucket_move(syncd_bucket_t *b, const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer)
{
    const char  *where;

    where = (job->location[0] != '\0') ? job->location : answer->endpoint;

    if (b->endpoint.len != 0
        || syncd_s3_elsewhere(&b->s3, where, &b->endpoint) != WPPKG_OK
        || strcmp(b->endpoint.data, b->s3.endpoint) == 0)
    {
        return 0;
    }

    syncd_warn("%s: bucket %s is at %s: correct [bucket] endpoint%s%.64s",
               b->stage, b->s3.bucket, b->endpoint.data,
               (job->value[0] != '\0') ? ", and region = " : "", job->value);

    b->s3.endpoint = b->endpoint.data;

    if (job->value[0] != '\0' && strlen(job->value) < sizeof(b->region)) {
        memcpy(b->region, job->value, strlen(job->value) + 1);
        b->s3.region = b->region;
    }

    return 1;
}


/* a certificate covers no further dot, and an IP address has no subdomains */

static int
syncd_bucket_can_host(const syncd_bucket_t *b)
{
    const char  *host;

    host = strstr(b->s3.endpoint, "://");

    if (host == NULL || host[3] == '['
        || strspn(host + 3, "0123456789.") == strcspn(host + 3, ":/"))
    {
        return 0;
    }

    return strncmp(b->s3.endpoint, "https:", 6) != 0
           || strchr(b->s3.bucket, '.') == NULL;
}


void
syncd_bucket_succeeded(syncd_bucket_t *b)
{
    const char  *line;

    b->in_a_row = 0;
    b->answered = 1;

    if (b->proven) {
        return;
    }

    b->proven = 1;

    /* so what was refused before concerned those objects */

    line = b->held.data;

    for ( /* void */ ; b->nheld > 0; b->nheld--) {
        syncd_bucket_say(b, "%s", line);
        line += strlen(line) + 1;
    }

    wppkg_buf_free(&b->held);
}


void
syncd_bucket_failed(syncd_bucket_t *b, const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer, const char *what)
{
    char                why[512], remedy[300];
    syncd_s3_meaning_e  meaning;

    /* say it once only; a stop request is no failure */

    if (b->ended || (job->status == 0 && syncd_stopping())) {
        return;
    }

    syncd_bucket_describe(job, answer, why, sizeof(why));
    meaning = syncd_bucket_meaning(b, job, answer, remedy, sizeof(remedy));

    switch (meaning) {

    case SYNCD_S3_ALL:
    case SYNCD_S3_STYLE:
    case SYNCD_S3_ELSEWHERE:
        syncd_bucket_end(b, why, remedy);
        return;

    case SYNCD_S3_PERHAPS:
        if (!b->proven) {
            syncd_bucket_hold(b, job, answer, what, why);
            break;
        }

        /* fall through */

    default:
        syncd_bucket_say(b, "%s %s: %s", job->method, what, why);
    }

    syncd_bucket_count(b, job->status);
}


/* holds a line back until it is known whether many more follow */

static void
syncd_bucket_hold(syncd_bucket_t *b, const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer, const char *what, const char *why)
{
    if (b->nheld == 0) {
        (void) syncd_s3_meaning(&b->s3, job->status, answer->code,
                                &b->remedy);
        (void) snprintf(b->doubt, sizeof(b->doubt), "%s (%s %s)", why,
                        job->method, what);
        wppkg_buf_init(&b->held, SYNCD_BUCKET_HELD);
    }

    /* a server's text may have line breaks, so a NUL ends each line */

    wppkg_buf_printf(&b->held, "%s %s: %s", job->method, what, why);
    wppkg_buf_append(&b->held, "", 1);

    if (!wppkg_buf_ok(&b->held)) {
        syncd_bucket_end(b, "out of memory", "try again");
        return;
    }

    b->nheld++;
}


/* many failures in a row are no coincidence */

static void
syncd_bucket_count(syncd_bucket_t *b, long status)
{
    if (status != 0) {
        b->answered = 1;
    }

    if (b->proven && status / 100 == 4) {
        return;
    }

    b->in_a_row += (status == 0) ? SYNCD_BUCKET_SILENCE : 1;

    if (b->in_a_row < SYNCD_BUCKET_IN_A_ROW || b->tired) {
        return;
    }

    if (!b->answered) {
        syncd_bucket_end(b, "too many failures in a row", "see the lines "
                         "above; the next run does the rest");
        return;
    }

    b->tired = 1;

    if (b->nheld == 0) {
        syncd_error("%s: too many failures in a row: the rest of this kind "
                    "waits for the next run", b->stage);
    }
}


void
syncd_bucket_turn(syncd_bucket_t *b)
{
    b->tired = 0;
    b->in_a_row = 0;
}


syncd_bucket_keys_e
syncd_bucket_deleted(syncd_bucket_t *b, const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer, unsigned n, const char *keys,
    syncd_s3_deleted_pt handler, void *ctx)
{
    char                 what[64];
    syncd_bucket_told_t  told = { handler, ctx, 0 };

    if (job->status == 200) {
        (void) syncd_s3_delete_parse(b->s3.prefix, job->response.data,
                                     job->response.len, syncd_bucket_told,
                                     &told);

        if (told.slow) {
            syncd_http_slow(b->http, job);
        }

        return SYNCD_BUCKET_TOLD;
    }

    if (syncd_s3_singly(&b->s3, job->status, answer->code)) {
        return SYNCD_BUCKET_SINGLY;
    }

    (void) snprintf(what, sizeof(what), "of %u %s to delete", n, keys);
    syncd_bucket_failed(b, job, answer, what);

    return SYNCD_BUCKET_REFUSED;
}


static void
syncd_bucket_told(void *ctx, const char *key, const syncd_s3_answer_t *error)
{
    syncd_bucket_told_t  *told;

    told = ctx;

    if (error != NULL && syncd_s3_slow(error->code)) {
        told->slow = 1;
    }

    told->handler(told->ctx, key, error);
}


void
syncd_bucket_say(syncd_bucket_t *b, const char *fmt, ...)
{
    char     line[1200];
    va_list  args;

    if (b->lines == SYNCD_BUCKET_LINES) {
        b->unsaid++;
        return;
    }

    b->lines++;

    va_start(args, fmt);
    (void) vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);

    syncd_error("%s: %s", b->stage, line);
}


void
syncd_bucket_verdict(syncd_bucket_t *b)
{
    char  more[32];

    if (b->nheld > 0 && !b->ended) {
        more[0] = '\0';

        if (b->nheld > 1) {
            (void) snprintf(more, sizeof(more), " and %u more",
                            b->nheld - 1);
        }

        wppkg_buf_reset(&b->held);
        wppkg_buf_printf(&b->held, "%s%s", b->doubt, more);
        syncd_bucket_end(b, wppkg_buf_ok(&b->held) ? b->held.data : b->doubt,
                         b->remedy);
    }

    if (b->unsaid > 0) {
        syncd_error("%s: %" PRIu64 " more failure%s of this kind", b->stage,
                    b->unsaid, wppkg_plural(b->unsaid));
    }
}


static void
syncd_bucket_describe(const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer, char *text, size_t size)
{
    if (job->status == 0) {
        (void) snprintf(text, size, "%s", job->error);
        return;
    }

    if (answer->code[0] == '\0') {
        (void) snprintf(text, size, "HTTP %ld%s", job->status,
                        (job->status == 200)
                        ? ", but that was not S3's answer" : "");
        return;
    }

    (void) snprintf(text, size, "HTTP %ld %s%s%s", job->status, answer->code,
                    (answer->message[0] != '\0') ? ": " : "",
                    answer->message);
}


/* and the remedy, which may be "" if the failure concerns this object alone */

static syncd_s3_meaning_e
syncd_bucket_meaning(const syncd_bucket_t *b, const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer, char *text, size_t size)
{
    long                offset;
    const char         *remedy;
    syncd_s3_meaning_e  meaning;

    text[0] = '\0';

    if (job->quiet) {
        (void) snprintf(text, size, "it is asked again after that time");
        return SYNCD_S3_ALL;
    }

    if (job->status == 0) {

        if (job->unreachable) {
            (void) snprintf(text, size, "check [bucket] endpoint and ca_file, "
                            "and that the server runs");
            return SYNCD_S3_ALL;
        }

        return SYNCD_S3_ONE;
    }

    if (job->status == 200 && answer->code[0] == '\0') {
        (void) snprintf(text, size, "this is not an S3 server: correct "
                        "[bucket] endpoint");
        return SYNCD_S3_ALL;
    }

    if (strcmp(answer->code, "RequestTimeTooSkewed") == 0 && job->date != 0) {
        offset = (long) (time(NULL) - job->date);

        (void) snprintf(text, size, "the clock of this machine is %ld s %s: "
                        "set it", labs(offset),
                        (offset > 0) ? "fast" : "slow");
        return SYNCD_S3_ALL;
    }

    meaning = syncd_s3_meaning(&b->s3, job->status, answer->code, &remedy);

    if (remedy != NULL) {
        (void) snprintf(text, size, "%s", remedy);
    }

    return meaning;
}


/* what concerns every request ends the stage, with one line */

void
syncd_bucket_end(syncd_bucket_t *b, const char *why, const char *remedy)
{
    if (b->ended) {
        return;
    }

    b->ended = 1;

    syncd_error("%s: bucket %s at %s: %s; %s", b->stage, b->s3.bucket,
                b->s3.endpoint, why, remedy);
}


void
syncd_bucket_end_catalogue(syncd_bucket_t *b, const wppkg_catalogue_t *cat)
{
    if (b->ended) {
        return;
    }

    b->ended = 1;

    syncd_error("%s: %s", b->stage, wppkg_catalogue_error(cat));
}


int
syncd_bucket_object(syncd_bucket_t *b, wppkg_catalogue_t *cat,
    int64_t id, const char *path, unsigned char hash[WPPKG_HASH_LEN],
    unsigned char payload[WPPKG_HASH_LEN], wppkg_buf_t *object)
{
    int          rc;
    size_t       size;
    wppkg_buf_t  gz, body;

    wppkg_buf_init(&gz, SYNCD_BUCKET_OBJECT);
    wppkg_buf_init(&body, WPPKG_BODY_MAX);

    rc = wppkg_document_body(cat, id, hash, &size, &gz);

    if (rc == WPPKG_OK) {
        rc = syncd_bucket_unpack(&gz, size, hash, &body);

        if (rc != WPPKG_OK) {
            syncd_bucket_say(b, "%s is damaged in the catalogue: not sent; "
                             "restore the catalogue from a backup", path);
        }

    } else if (rc != WPPKG_DECLINED) {
        syncd_bucket_say(b, "%s: %s", path, wppkg_catalogue_error(cat));
    }

    if (rc == WPPKG_OK && b->gzip) {
        *object = gz;
        wppkg_buf_init(&gz, 0);
        (void) SHA256((unsigned char *) object->data, object->len, payload);

    } else if (rc == WPPKG_OK) {
        *object = body;
        wppkg_buf_init(&body, 0);
        memcpy(payload, hash, WPPKG_HASH_LEN);
    }

    wppkg_buf_free(&gz);
    wppkg_buf_free(&body);

    return rc;
}


static int
syncd_bucket_unpack(const wppkg_buf_t *gz, size_t size,
    const unsigned char hash[WPPKG_HASH_LEN], wppkg_buf_t *body)
{
    unsigned char  sum[WPPKG_HASH_LEN];

    if (wppkg_gunzip(gz->data, gz->len, size, body) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    (void) SHA256((const unsigned char *) body->data, body->len, sum);

    return (memcmp(sum, hash, WPPKG_HASH_LEN) == 0) ? WPPKG_OK : WPPKG_ERROR;
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <string.h>

#include "syncd_s3_answers.h"
#include "syncd_s3_xml.h"


#define SYNCD_S3_REMEDY_STYLE                                                 \
    "this server wants the bucket in the host name: set [bucket] style = "    \
    "host"
#define SYNCD_S3_REMEDY_ELSEWHERE                                             \
    "the bucket is elsewhere: correct [bucket] endpoint and region"
#define SYNCD_S3_REMEDY_REGION                                                \
    "correct [bucket] region"
#define SYNCD_S3_REMEDY_TOKEN                                                 \
    "the session token has expired: give new keys, all three, and restart "   \
    "the service"
#define SYNCD_S3_REMEDY_CLOCK                                                 \
    "the clock of this machine is wrong: set it"
#define SYNCD_S3_REMEDY_ACCOUNT                                               \
    "the account is blocked: ask its provider"
#define SYNCD_S3_REMEDY_FULL                                                  \
    "there is no room left: raise the quota of the bucket or the account"

#define SYNCD_S3_NAME                                                         \
    "abcdefghijklmnopqrstuvwxyz" "ABCDEFGHIJKLMNOPQRSTUVWXYZ" "0123456789.-"


typedef struct {
    long                 status;      /* 0: any */
    const char          *code;        /* NULL: any */
    syncd_s3_meaning_e   meaning;
    const char          *remedy;
} syncd_s3_known_t;


static int syncd_s3_answer_element(void *ctx, const char *parent,
    const char *name, const char *text, size_t len);
static void syncd_s3_answer_set(char *field, size_t size, const char *text);
static int syncd_s3_temporary(const syncd_s3_t *s3);
static const char *syncd_s3_no_such_key(const syncd_s3_t *s3);
static const char *syncd_s3_authority(const char *url);
static int syncd_s3_same_owner(const char *one, size_t len, const char *two,
    size_t n);
static const char *syncd_s3_owner(const char *host, size_t len);


/* the first line that fits counts, and none means SYNCD_S3_ONE */

static const syncd_s3_known_t  syncd_s3_known[] = {

    /* the keys and the signature */
    { 0, "SignatureDoesNotMatch", SYNCD_S3_ALL, "the secret key is wrong or "
      "belongs to another access key: correct WPPKG_S3_SECRET_ACCESS_KEY or "
      "WPPKG_S3_ACCESS_KEY_ID" },
    { 0, "InvalidAccessKeyId", SYNCD_S3_ALL, NULL },
    { 0, "InvalidToken", SYNCD_S3_ALL, "the session token belongs to another "
      "access key: correct WPPKG_S3_SESSION_TOKEN, or remove it if the keys "
      "are not temporary" },
    { 0, "InvalidClientTokenId", SYNCD_S3_ALL, NULL },
    { 0, "ExpiredToken", SYNCD_S3_ALL, SYNCD_S3_REMEDY_TOKEN },
    { 0, "ExpiredTokenException", SYNCD_S3_ALL, SYNCD_S3_REMEDY_TOKEN },
    { 0, "TokenRefreshRequired", SYNCD_S3_ALL, SYNCD_S3_REMEDY_TOKEN },
    { 0, "RequestTimeTooSkewed", SYNCD_S3_ALL, SYNCD_S3_REMEDY_CLOCK },
    { 0, "RequestExpired", SYNCD_S3_ALL, SYNCD_S3_REMEDY_CLOCK },
    { 401, NULL, SYNCD_S3_ALL, "the access key is refused: correct "
      "WPPKG_S3_ACCESS_KEY_ID and WPPKG_S3_SECRET_ACCESS_KEY" },

    /* permissions: they may concern one object only, if that is locked */
    { 0, "AccessDenied", SYNCD_S3_PERHAPS, "the access key may not write to "
      "this bucket: give it that permission, or unlock that object" },
    { 0, "AllAccessDisabled", SYNCD_S3_ALL, SYNCD_S3_REMEDY_ACCOUNT },
    { 0, "AccountProblem", SYNCD_S3_ALL, SYNCD_S3_REMEDY_ACCOUNT },
    { 0, "NotSignedUp", SYNCD_S3_ALL, SYNCD_S3_REMEDY_ACCOUNT },
    { 0, "UserSuspended", SYNCD_S3_ALL, SYNCD_S3_REMEDY_ACCOUNT },
    { 0, "AccessControlListNotSupported", SYNCD_S3_ALL, "this bucket takes "
      "policies only, no ACLs: set [bucket] public = off, and see "
      "docs/s3.md" },
    { 0, "QuotaExceeded", SYNCD_S3_PERHAPS, SYNCD_S3_REMEDY_FULL },
    { 507, NULL, SYNCD_S3_PERHAPS, SYNCD_S3_REMEDY_FULL },

    /* which bucket */
    { 0, "NoSuchBucket", SYNCD_S3_ALL, "there is no such bucket: create it, "
      "or correct [bucket] name" },
    { 0, "InvalidBucketName", SYNCD_S3_ALL, "correct [bucket] name" },

    /* where it is */
    { 0, "SecondLevelDomainForbidden", SYNCD_S3_STYLE,
      SYNCD_S3_REMEDY_STYLE },
    { 0, "PathStyleDomainForbidden", SYNCD_S3_STYLE, SYNCD_S3_REMEDY_STYLE },
    { 0, "AuthorizationHeaderMalformed", SYNCD_S3_ALL,
      SYNCD_S3_REMEDY_REGION },
    { 0, "InvalidRegionName", SYNCD_S3_ALL, SYNCD_S3_REMEDY_REGION },
    { 301, NULL, SYNCD_S3_ELSEWHERE, SYNCD_S3_REMEDY_ELSEWHERE },
    { 302, NULL, SYNCD_S3_ELSEWHERE, SYNCD_S3_REMEDY_ELSEWHERE },
    { 307, NULL, SYNCD_S3_ELSEWHERE, SYNCD_S3_REMEDY_ELSEWHERE },
    { 308, NULL, SYNCD_S3_ELSEWHERE, SYNCD_S3_REMEDY_ELSEWHERE },
    { 405, NULL, SYNCD_S3_PERHAPS, "this is not an S3 server: correct "
      "[bucket] endpoint" },

    /* another attempt may succeed; 429 and 5xx are retried anyway */
    { 408, NULL, SYNCD_S3_PASSES, NULL },
    { 409, NULL, SYNCD_S3_PASSES, NULL },
    { 425, NULL, SYNCD_S3_PASSES, NULL },
    { 0, "RequestTimeout", SYNCD_S3_PASSES, NULL },
    { 0, "OperationAborted", SYNCD_S3_PASSES, NULL },
    { 0, "IncompleteBody", SYNCD_S3_PASSES, NULL },
    { 0, "BadDigest", SYNCD_S3_PASSES, NULL },
    { 0, "XAmzContentSHA256Mismatch", SYNCD_S3_PASSES, NULL },
    { 0, "SlowDown", SYNCD_S3_PASSES, NULL },
    { 0, "RequestLimitExceeded", SYNCD_S3_PASSES, NULL },
    { 0, "ServiceUnavailable", SYNCD_S3_PASSES, NULL },
    { 0, "Throttling", SYNCD_S3_PASSES, NULL },
    { 0, "ThrottlingException", SYNCD_S3_PASSES, NULL },
    { 0, "TooManyRequests", SYNCD_S3_PASSES, NULL }
};


void
syncd_s3_answer_parse(const char *body, size_t len,
    syncd_s3_answer_t *answer)
{
    memset(answer, 0, sizeof(syncd_s3_answer_t));

    /* an answer that is cut off may have told the code all the same */

    if (len != 0) {
        (void) syncd_s3_xml_parse(body, len, syncd_s3_answer_element, answer);
    }
}


static int
syncd_s3_answer_element(void *ctx, const char *parent, const char *name,
    const char *text, size_t len)
{
    syncd_s3_answer_field(ctx, name, text);

    return WPPKG_OK;
}


void
syncd_s3_answer_field(syncd_s3_answer_t *answer, const char *name,
    const char *text)
{
    if (strcmp(name, "Message") == 0) {
        syncd_s3_answer_set(answer->message, sizeof(answer->message), text);

    } else if (strcmp(name, "Endpoint") == 0) {
        syncd_s3_answer_set(answer->endpoint, sizeof(answer->endpoint), text);

    } else if (strcmp(name, "Code") == 0
               && text[strspn(text, SYNCD_S3_NAME)] == '\0')
    {
        /* whatever does not look like a name is ignored: it may be anything */

        syncd_s3_answer_set(answer->code, sizeof(answer->code), text);
    }
}


/* of several elements with the same name, the first counts */

static void
syncd_s3_answer_set(char *field, size_t size, const char *text)
{
    if (field[0] == '\0') {
        (void) snprintf(field, size, "%s", text);
    }
}


syncd_s3_meaning_e
syncd_s3_meaning(const syncd_s3_t *s3, long status, const char *code,
    const char **remedy)
{
    size_t                   i;
    const syncd_s3_known_t  *k;

    *remedy = NULL;

    for (i = 0; i < sizeof(syncd_s3_known) / sizeof(syncd_s3_known_t); i++) {
        k = &syncd_s3_known[i];

        if ((k->status != 0 && k->status != status)
            || (k->code != NULL && strcmp(k->code, code) != 0))
        {
            continue;
        }

        *remedy = k->remedy;

        if (k->meaning == SYNCD_S3_ALL && k->remedy == NULL) {
            *remedy = syncd_s3_no_such_key(s3);
        }

        return k->meaning;
    }

    return SYNCD_S3_ONE;
}


/* keys of AWS's security token service; those of others have no mark */

static int
syncd_s3_temporary(const syncd_s3_t *s3)
{
    return s3->access_key != NULL && strncmp(s3->access_key, "ASIA", 4) == 0;
}


/* servers say the same of a temporary key whose token is missing */

static const char *
syncd_s3_no_such_key(const syncd_s3_t *s3)
{
    if (s3->session_token != NULL) {
        return "the access key does not exist, or its session token belongs "
               "to another key or has expired: correct WPPKG_S3_ACCESS_KEY_ID "
               "and WPPKG_S3_SESSION_TOKEN";
    }

    if (syncd_s3_temporary(s3)) {
        return "an access key that begins with ASIA is temporary: give its "
               "session token too, WPPKG_S3_SESSION_TOKEN";
    }

    return "there is no such access key: correct WPPKG_S3_ACCESS_KEY_ID, or "
           "give WPPKG_S3_SESSION_TOKEN too if the key is temporary";
}


int
syncd_s3_slow(const char *code)
{
    size_t  i;

    static const char *const  codes[] = {
        "SlowDown", "RequestLimitExceeded", "ServiceUnavailable",
        "Throttling", "ThrottlingException", "TooManyRequests"
    };

    for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {

        if (strcmp(code, codes[i]) == 0) {
            return 1;
        }
    }

    return 0;
}


int
syncd_s3_singly(const syncd_s3_t *s3, long status, const char *code)
{
    const char  *remedy;

    /* a server that is asked for too much is not to be asked for more */

    if (status == 0 || status == 429 || status == 503 || syncd_s3_slow(code)) {
        return 0;
    }

    switch (syncd_s3_meaning(s3, status, code, &remedy)) {

    case SYNCD_S3_ONE:
    case SYNCD_S3_PERHAPS:
    case SYNCD_S3_PASSES:
        return 1;

    default:
        return 0;
    }
}


int
syncd_s3_elsewhere(const syncd_s3_t *s3, const char *where,
    wppkg_buf_t *endpoint)
{
    size_t       len, port, bucket;
    const char  *ours, *host;

    ours = syncd_s3_authority(s3->endpoint);
    host = syncd_s3_authority(where);

    bucket = strlen(s3->bucket);

    if (strncmp(host, s3->bucket, bucket) == 0 && host[bucket] == '.') {
        host += bucket + 1;
    }

    len = strspn(host, SYNCD_S3_NAME);
    port = (host[len] == ':') ? 1 + strspn(host + len + 1, "0123456789") : 0;

    if (len == 0 || (host[len + port] != '\0' && host[len + port] != '/')
        || !syncd_s3_same_owner(ours, strcspn(ours, ":/"), host, len))
    {
        return WPPKG_DECLINED;
    }

    wppkg_buf_append(endpoint, s3->endpoint, (size_t) (ours - s3->endpoint));
    wppkg_buf_append(endpoint, host, len + port);

    return wppkg_buf_ok(endpoint) ? WPPKG_OK : WPPKG_DECLINED;
}


/* what follows the scheme, where there is one */

static const char *
syncd_s3_authority(const char *url)
{
    const char  *p;

    p = strstr(url, "://");

    return (p != NULL) ? p + 3 : url;
}


/* an answer must not send our requests to somebody else's host */

static int
syncd_s3_same_owner(const char *one, size_t len, const char *two, size_t n)
{
    const char  *a, *b;

    if (len == n && strncasecmp(one, two, n) == 0) {
        return 1;
    }

    a = syncd_s3_owner(one, len);
    b = syncd_s3_owner(two, n);

    return a != NULL && b != NULL
           && one + len - a == two + n - b
           && strncasecmp(a, b, (size_t) (two + n - b)) == 0;
}


/* the last two labels of a name; NULL: an address, or one label alone */

static const char *
syncd_s3_owner(const char *host, size_t len)
{
    size_t    i;
    unsigned  dots;

    if (len == 0 || host[0] == '[' || strspn(host, "0123456789.") >= len) {
        return NULL;
    }

    dots = 0;

    for (i = len; i > 0; i--) {

        if (host[i - 1] == '.' && ++dots == 2) {
            return host + i;
        }
    }

    return (dots == 1) ? host : NULL;
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "syncd_check.h"
#include "syncd_check_parts.h"
#include "syncd_file.h"
#include "syncd_lock.h"
#include "syncd_secrets.h"
#include "wppkg_escape.h"
#include "wppkg_format.h"
#include "wppkg_open.h"


/* of requests, after the first */
#define SYNCD_CHECK_RETRIES  1


/* a file that the configuration names */

typedef struct {
    const char  *what;
    size_t       offset;              /* of its path in syncd_conf_t */
} syncd_check_file_t;


static int syncd_check_conf(const syncd_check_t *check);
static int syncd_check_readable(const char *what, const char *file);
static int syncd_check_catalogue(const syncd_conf_t *conf);
static int syncd_check_writable(const syncd_conf_t *conf);
static int syncd_check_secrets(const syncd_check_t *check);
static int syncd_check_elsewhere(const syncd_conf_t *conf);
static int syncd_check_worst(int one, int other);


static const syncd_check_file_t  syncd_check_files[] = {
    { "\"list\" in [catalogue]", offsetof(syncd_conf_t, list) },
    { "\"lists\" in [repository]", offsetof(syncd_conf_t, lists) },
    { "\"replacements\" in [repository]",
      offsetof(syncd_conf_t, replacements) },
    { "\"list\" in [dist]", offsetof(syncd_conf_t, dist_list) },
    { "\"ca_file\" in [origin]", offsetof(syncd_conf_t, origin_ca_file) },
    { "\"ca_file\" in [bucket]", offsetof(syncd_conf_t, s3_ca_file) }
};


int
syncd_check(const syncd_check_t *check, int local)
{
    int  code;

    code = syncd_check_conf(check);
    code = syncd_check_worst(code, syncd_check_catalogue(check->conf));
    code = syncd_check_worst(code, syncd_check_secrets(check));
    code = syncd_check_worst(code, syncd_check_dist(check->conf));

    if (!local) {
        code = syncd_check_worst(code, syncd_check_elsewhere(check->conf));
    }

    return code;
}


/* it has been read; whether the files can be that it names */

static int
syncd_check_conf(const syncd_check_t *check)
{
    int          code, rc;
    size_t       i;
    const char  *file;

    code = SYNCD_DONE;

    for (i = 0; i < sizeof(syncd_check_files) / sizeof(syncd_check_files[0]);
         i++)
    {
        file = *(char *const *) ((const char *) check->conf
                                 + syncd_check_files[i].offset);

        rc = syncd_check_readable(syncd_check_files[i].what, file);
        code = syncd_check_worst(code, rc);
    }

    for (i = 0; i < SYNCD_ADVISORY_FILES; i++) {
        file = check->conf->advisories_files[i];

        rc = syncd_check_readable("\"file\" in [advisories]", file);
        code = syncd_check_worst(code, rc);
    }

    if (code == SYNCD_DONE) {
        syncd_check_ok("configuration", "%s", check->file);
    }

    return code;
}


static int
syncd_check_readable(const char *what, const char *file)
{
    FILE           *fp;
    wppkg_error_t   why;

    if (file == NULL) {
        return SYNCD_DONE;
    }

    fp = syncd_file_open(file, &why);

    if (fp == NULL) {
        syncd_error("configuration: %s has to name a file that can be read: "
                    "%s: %s", what, file, why.text);
        return SYNCD_USAGE;
    }

    (void) fclose(fp);

    return SYNCD_DONE;
}


static int
syncd_check_catalogue(const syncd_conf_t *conf)
{
    wppkg_error_t       err;
    wppkg_catalogue_t  *cat;

    if (wppkg_catalogue_open(conf->catalogue, WPPKG_CATALOGUE_READ, &cat,
                             &err) != WPPKG_OK)
    {
        syncd_error("%s", err.text);
        return SYNCD_USAGE;
    }

    wppkg_catalogue_close(cat);

    return syncd_check_writable(conf);
}


/*
 * Whoever can have the lock can write; that another one has it is no fault,
 * nor that somebody looks who has no business to write
 */

static int
syncd_check_writable(const syncd_conf_t *conf)
{
    int            rc;
    char           writer[SYNCD_FILE_OWNER];
    uid_t          owner;
    syncd_lock_t   lock;
    wppkg_error_t  err;

    rc = syncd_lock_ours(conf->catalogue, &owner, &err);

    if (rc == WPPKG_DECLINED) {
        syncd_file_owner(owner, writer);
        syncd_check_ok("catalogue", "%s, which only %s may write",
                       conf->catalogue, writer);
        return SYNCD_DONE;
    }

    if (rc == WPPKG_OK) {
        rc = syncd_lock_take(conf->catalogue, "check", &lock, &err);
    }

    if (rc == WPPKG_ERROR) {
        syncd_error("catalogue: %s", err.text);
        return SYNCD_USAGE;
    }

    if (rc == WPPKG_OK) {
        syncd_lock_release(&lock);
    }

    syncd_check_ok("catalogue", "%s", conf->catalogue);

    return SYNCD_DONE;
}


static int
syncd_check_secrets(const syncd_check_t *check)
{
    wppkg_error_t  err;

    if (check->conf->s3_endpoint == NULL) {
        syncd_check_ok("keys", "none are needed, because there is no "
                       "[bucket]");
        return SYNCD_DONE;
    }

    if (check->secrets[0] != '\0') {
        syncd_error("keys: %s", check->secrets);
        return SYNCD_USAGE;
    }

    if (syncd_secrets_check(check->conf, &err) != WPPKG_OK) {
        syncd_error("keys: %s", err.text);
        return SYNCD_USAGE;
    }

    syncd_check_ok("keys", "they are there");

    return SYNCD_DONE;
}


static int
syncd_check_elsewhere(const syncd_conf_t *conf)
{
    int           code;
    syncd_conf_t  few;

    few = *conf;

    if (few.retries > SYNCD_CHECK_RETRIES) {
        few.retries = SYNCD_CHECK_RETRIES;
    }

    /* it is nginx's: the service starts without it, as without the bucket */

    code = syncd_check_downloads(&few);

    if (few.s3_endpoint != NULL && few.s3_access_key != NULL
        && few.s3_secret_key != NULL)
    {
        code = syncd_check_worst(code, syncd_check_bucket(&few));
    }

    if (few.origin_url != NULL) {
        code = syncd_check_worst(code, syncd_check_origin(&few));

    } else {
        code = syncd_check_worst(code, syncd_check_api(&few));
        code = syncd_check_worst(code, syncd_check_core(&few));
        code = syncd_check_worst(code, syncd_check_svn(&few));
        code = syncd_check_worst(code, syncd_check_advisories(&few));
    }

    return syncd_stopping() ? syncd_check_worst(code, SYNCD_PARTIAL) : code;
}


static int
syncd_check_worst(int one, int other)
{
    return (other > one) ? other : one;
}


void
syncd_check_ok(const char *what, const char *fmt, ...)
{
    char     text[1024], line[4 * sizeof(text)];
    va_list  args;

    va_start(args, fmt);
    (void) vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);

    (void) wppkg_escape(line, text);

    printf("%s: ok: %s\n", what, line);
    (void) fflush(stdout);
}

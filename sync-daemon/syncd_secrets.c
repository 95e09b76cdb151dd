
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "syncd_secrets.h"


/* bytes; a session token may have some thousands */
#define SYNCD_SECRET_MAX  4096


typedef struct {
    const char  *variable;
    const char  *credential;          /* a file of the directory */
    size_t       offset;              /* of the field in syncd_conf_t */
} syncd_secret_t;


static const syncd_secret_t  syncd_secrets[] = {
    { "WPPKG_S3_ACCESS_KEY_ID", "s3-access-key-id",
      offsetof(syncd_conf_t, s3_access_key) },
    { "WPPKG_S3_SECRET_ACCESS_KEY", "s3-secret-access-key",
      offsetof(syncd_conf_t, s3_secret_key) },
    { "WPPKG_S3_SESSION_TOKEN", "s3-session-token",
      offsetof(syncd_conf_t, s3_session_token) },
    { "WPPKG_ADVISORIES_KEY", "advisories-key",
      offsetof(syncd_conf_t, advisories_key) }
};


static char **syncd_secret_field(const syncd_conf_t *conf,
    const syncd_secret_t *s);
static int syncd_secret(const syncd_secret_t *s, char **secret,
    wppkg_error_t *err);
static int syncd_secret_file(const char *dir, const char *name, char **secret,
    wppkg_error_t *err);
static int syncd_secret_take(const char *where, const char *s, size_t len,
    char **secret, wppkg_error_t *err);


int
syncd_secrets_read(syncd_conf_t *conf, wppkg_error_t *err)
{
    int     rc;
    size_t  i;

    rc = WPPKG_OK;

    /* all of them, so that no variable stays */

    for (i = 0; i < sizeof(syncd_secrets) / sizeof(syncd_secret_t); i++) {

        if (syncd_secret(&syncd_secrets[i],
                         syncd_secret_field(conf, &syncd_secrets[i]), err)
            != WPPKG_OK)
        {
            rc = WPPKG_ERROR;
        }
    }

    return rc;
}


/* of a session token nobody knows whether it is needed */

int
syncd_secrets_check(const syncd_conf_t *conf, wppkg_error_t *err)
{
    const char  *which, *variable;

    if (conf->s3_access_key == NULL) {
        which = "access key";
        variable = "WPPKG_S3_ACCESS_KEY_ID";

    } else if (conf->s3_secret_key == NULL) {
        which = "secret key";
        variable = "WPPKG_S3_SECRET_ACCESS_KEY";

    } else {
        return WPPKG_OK;
    }

    wppkg_error_set(err, "the bucket's %s is missing: set %s; only the "
                    "systemd units read keys in /etc/credstore, \"systemctl "
                    "start wppkg-syncd@sync\"", which, variable);

    return WPPKG_ERROR;
}


int
syncd_secrets_keep(syncd_conf_t *conf, const syncd_conf_t *old)
{
    char    **field, *value;
    size_t    i;

    for (i = 0; i < sizeof(syncd_secrets) / sizeof(syncd_secret_t); i++) {
        field = syncd_secret_field(conf, &syncd_secrets[i]);
        value = *syncd_secret_field(old, &syncd_secrets[i]);

        if (*field != NULL || value == NULL) {
            continue;
        }

        *field = strdup(value);

        if (*field == NULL) {
            return WPPKG_ERROR;
        }
    }

    return WPPKG_OK;
}


static char **
syncd_secret_field(const syncd_conf_t *conf, const syncd_secret_t *s)
{
    return (char **) (void *) ((uintptr_t) conf + s->offset);
}


static int
syncd_secret(const syncd_secret_t *s, char **secret, wppkg_error_t *err)
{
    int          rc;
    char        *value;
    const char  *dir;

    value = getenv(s->variable);

    if (value != NULL) {
        rc = syncd_secret_take(s->variable, value, strlen(value), secret,
                               err);

        /* unsetenv() alone would leave it to be seen in /proc/PID/environ */

        OPENSSL_cleanse(value, strlen(value));
        (void) unsetenv(s->variable);

        return rc;
    }

    dir = getenv("CREDENTIALS_DIRECTORY");

    if (dir == NULL) {
        return WPPKG_OK;
    }

    return syncd_secret_file(dir, s->credential, secret, err);
}


static int
syncd_secret_file(const char *dir, const char *name, char **secret,
    wppkg_error_t *err)
{
    int      fd, rc;
    char     path[512], text[SYNCD_SECRET_MAX + 2];
    ssize_t  n;

    rc = snprintf(path, sizeof(path), "%s/%s", dir, name);

    if (rc < 0 || (size_t) rc >= sizeof(path)) {
        wppkg_error_set(err, "$CREDENTIALS_DIRECTORY is too long");
        return WPPKG_ERROR;
    }

    fd = open(path, O_RDONLY|O_CLOEXEC);

    if (fd == -1) {

        if (errno == ENOENT) {
            return WPPKG_OK;
        }

        wppkg_error_set(err, "%s cannot be opened: %s", path,
                        strerror(errno));
        return WPPKG_ERROR;
    }

    n = read(fd, text, sizeof(text));

    if (n < 0) {
        wppkg_error_set(err, "%s cannot be read: %s", path, strerror(errno));
        rc = WPPKG_ERROR;

    } else {
        n -= (n > 0 && text[n - 1] == '\n');
        rc = syncd_secret_take(path, text, (size_t) n, secret, err);
    }

    OPENSSL_cleanse(text, sizeof(text));
    (void) close(fd);

    return rc;
}


/* the text of the error never has a byte of the secret */

static int
syncd_secret_take(const char *where, const char *s, size_t len, char **secret,
    wppkg_error_t *err)
{
    size_t  i;

    if (len == 0 || len > SYNCD_SECRET_MAX) {
        wppkg_error_set(err, "%s is %s: it has to be the key, and nothing "
                        "else", where, (len == 0) ? "empty"
                                                  : "too long for a key");
        return WPPKG_ERROR;
    }

    for (i = 0; i < len; i++) {

        if (s[i] <= 0x20 || s[i] > 0x7e) {
            wppkg_error_set(err, "%s has a byte that no key has: it must be "
                            "one line of printable ASCII", where);
            return WPPKG_ERROR;
        }
    }

    *secret = strndup(s, len);

    if (*secret == NULL) {
        wppkg_error_set(err, "%s: out of memory", where);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}

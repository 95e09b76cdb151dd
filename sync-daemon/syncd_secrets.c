
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


#define SYNCD_SECRET_MAX  1024    /* bytes */


static int syncd_secret(const char *variable, const char *credential,
    char **secret, wppkg_error_t *err);
static int syncd_secret_file(const char *dir, const char *name, char **secret,
    wppkg_error_t *err);
static int syncd_secret_take(const char *where, const char *s, size_t len,
    char **secret, wppkg_error_t *err);


int
syncd_secrets_read(syncd_conf_t *conf, wppkg_error_t *err)
{
    int  access, secret;

    /* both, so that neither variable stays */

    access = syncd_secret("WPPKG_S3_ACCESS_KEY_ID", "s3-access-key-id",
                          &conf->s3_access_key, err);

    secret = syncd_secret("WPPKG_S3_SECRET_ACCESS_KEY",
                          "s3-secret-access-key", &conf->s3_secret_key, err);

    return (access == WPPKG_OK && secret == WPPKG_OK) ? WPPKG_OK
                                                      : WPPKG_ERROR;
}


static int
syncd_secret(const char *variable, const char *credential, char **secret,
    wppkg_error_t *err)
{
    int          rc;
    char        *value;
    const char  *dir;

    value = getenv(variable);

    if (value != NULL) {
        rc = syncd_secret_take(variable, value, strlen(value), secret, err);

        /* unsetenv() alone would leave it to be seen in /proc/PID/environ */

        OPENSSL_cleanse(value, strlen(value));
        (void) unsetenv(variable);

        return rc;
    }

    dir = getenv("CREDENTIALS_DIRECTORY");

    if (dir == NULL) {
        return WPPKG_OK;
    }

    return syncd_secret_file(dir, credential, secret, err);
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
        wppkg_error_set(err, "%s is %s", where,
                        (len == 0) ? "empty" : "too long for a key");
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

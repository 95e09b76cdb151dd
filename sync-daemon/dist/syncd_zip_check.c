
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "syncd_file.h"
#include "syncd_zip_parts.h"
#include "wppkg_escape.h"


#define SYNCD_ZIP_SHOWN  100          /* bytes of a name in an error */


static int syncd_zip_opened(syncd_zip_t *zip);
static int syncd_zip_begins(const syncd_zip_t *zip);
static int syncd_zip_bounded(syncd_zip_t *zip);
static void syncd_zip_show(char text[4 * SYNCD_ZIP_SHOWN + 1], const char *p,
    size_t len);


const syncd_zip_limits_t  syncd_zip_limits = {
    .unpacked = UINT64_C(2) * 1024 * 1024 * 1024,
    .ratio = 200,
    .entries = 65534,
    .name = 1024,
    .ms = 60 * 1000
};


int
syncd_zip_check(const char *path, const char *slug,
    const syncd_zip_limits_t *limits, wppkg_error_t *err)
{
    int            rc;
    FILE          *fp;
    syncd_zip_t    zip;
    wppkg_error_t  why;

    fp = syncd_file_open(path, &why);

    if (fp == NULL) {
        wppkg_error_set(err, "%s: %s", path, why.text);
        return WPPKG_ERROR;
    }

    memset(&zip, 0, sizeof(syncd_zip_t));

    zip.fd = fileno(fp);
    zip.path = path;
    zip.slug = slug;
    zip.limits = (limits != NULL) ? limits : &syncd_zip_limits;
    zip.err = err;

    rc = syncd_zip_opened(&zip);

    free(zip.entries);
    free(zip.dir);
    (void) fclose(fp);

    return rc;
}


/* in an order by which nothing is unpacked that one could do without */

static int
syncd_zip_opened(syncd_zip_t *zip)
{
    int          rc;
    struct stat  st;

    if (fstat(zip->fd, &st) == -1) {
        wppkg_error_set(zip->err, "%s: %s", zip->path, strerror(errno));
        return WPPKG_ERROR;
    }

    zip->bytes = (uint64_t) st.st_size;

    rc = syncd_zip_begins(zip);

    if (rc == WPPKG_OK) {
        rc = syncd_zip_directory(zip);
    }

    if (rc == WPPKG_OK) {
        rc = syncd_zip_names(zip);
    }

    if (rc == WPPKG_OK) {
        rc = syncd_zip_bounded(zip);
    }

    if (rc == WPPKG_OK) {
        rc = syncd_zip_headers(zip);
    }

    if (rc == WPPKG_OK) {
        rc = syncd_zip_unpack(zip);
    }

    return rc;
}


/* a page that says "404" and comes with 200 is the most common of all */

static int
syncd_zip_begins(const syncd_zip_t *zip)
{
    char    text[4 * SYNCD_ZIP_SHOWN + 1], first[24];
    size_t  n;

    n = (zip->bytes < sizeof(first)) ? (size_t) zip->bytes : sizeof(first);

    if (n == 0) {
        return syncd_zip_declined(zip, "it is empty");
    }

    if (syncd_zip_read(zip, 0, first, n) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    if (n < 4 || (memcmp(first, "PK\3\4", 4) != 0
                  && memcmp(first, "PK\5\6", 4) != 0))
    {
        syncd_zip_show(text, first, n);
        return syncd_zip_declined(zip, "it is no zip archive: it begins with"
                                  " \"%s\"", text);
    }

    return WPPKG_OK;
}


/* what the directory declares; syncd_zip_unpack() sees that it is true */

static int
syncd_zip_bounded(syncd_zip_t *zip)
{
    size_t                    i, files;
    const syncd_zip_entry_t  *e;

    files = 0;

    for (i = 0; i < zip->n; i++) {
        e = &zip->entries[i];

        files += !e->folder;
        zip->unpacked += e->size;
        zip->files += e->link ? 0 : e->size;
    }

    if (files == 0) {
        return syncd_zip_declined(zip, "it has no file");
    }

    if (zip->unpacked > zip->limits->unpacked) {
        return syncd_zip_declined(zip, "it would be %" PRIu64 " bytes"
                                  " unpacked, more than %" PRIu64,
                                  zip->unpacked, zip->limits->unpacked);
    }

    if (zip->unpacked > 1024 * 1024
        && zip->unpacked / zip->limits->ratio >= zip->bytes)
    {
        return syncd_zip_declined(zip, "its %" PRIu64 " bytes would be %"
                                  PRIu64 " unpacked, more than %" PRIu64
                                  " times as many", zip->bytes, zip->unpacked,
                                  zip->limits->ratio);
    }

    return WPPKG_OK;
}


int
syncd_zip_read(const syncd_zip_t *zip, uint64_t at, void *data, size_t len)
{
    char     *p;
    ssize_t   n;

    for (p = data; len > 0; p += n, at += (size_t) n, len -= (size_t) n) {

        do {
            n = pread(zip->fd, p, len, (off_t) at);
        } while (n == -1 && errno == EINTR);

        if (n > 0) {
            continue;
        }

        wppkg_error_set(zip->err, "%s: %s", zip->path,
                        (n == 0) ? "it became shorter while it was read"
                                 : strerror(errno));
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


int
syncd_zip_declined(const syncd_zip_t *zip, const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    wppkg_error_vset(zip->err, fmt, args);
    va_end(args);

    return WPPKG_DECLINED;
}


int
syncd_zip_refused(const syncd_zip_t *zip, const syncd_zip_name_t *name,
    const char *why)
{
    char  text[4 * SYNCD_ZIP_SHOWN + 1];

    syncd_zip_show(text, name->p, name->len);

    return syncd_zip_declined(zip, "it has \"%s\", %s", text, why);
}


/* of a long one the beginning */

static void
syncd_zip_show(char text[4 * SYNCD_ZIP_SHOWN + 1], const char *p, size_t len)
{
    char  part[SYNCD_ZIP_SHOWN + 1];

    len = (len < SYNCD_ZIP_SHOWN) ? len : SYNCD_ZIP_SHOWN;

    memcpy(part, p, len);
    part[len] = '\0';

    (void) wppkg_escape(text, part);
}

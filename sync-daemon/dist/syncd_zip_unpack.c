
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * All files of a zip, by libarchive, which compares sizes and CRCs.
 */


#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include <archive.h>

#include "syncd_zip_parts.h"


#define SYNCD_ZIP_BLOCK  65536        /* bytes to read at once */

/* its ARCHIVE_ERRNO_FILE_FORMAT and ARCHIVE_ERRNO_MISC, which no header of
   Debian's has */
#define SYNCD_ZIP_FORMAT  EILSEQ
#define SYNCD_ZIP_OTHER   -1


static int syncd_zip_unpacked(const syncd_zip_t *zip, struct archive *a);
static int syncd_zip_data(const syncd_zip_t *zip, struct archive *a,
    int64_t since, uint64_t *bytes);
static int syncd_zip_failed(const syncd_zip_t *zip, struct archive *a);
static int64_t syncd_zip_cpu_ms(void);


int
syncd_zip_unpack(const syncd_zip_t *zip)
{
    int              rc;
    struct archive  *a;

    a = archive_read_new();

    if (a == NULL) {
        wppkg_error_set(zip->err, "%s: out of memory", zip->path);
        return WPPKG_ERROR;
    }

    /* the reader that goes by the directory, and no other */

    if (archive_read_support_format_zip_seekable(a) != ARCHIVE_OK
        || archive_read_open_fd(a, zip->fd, SYNCD_ZIP_BLOCK) != ARCHIVE_OK)
    {
        rc = syncd_zip_failed(zip, a);

    } else {
        rc = syncd_zip_unpacked(zip, a);
    }

    (void) archive_read_free(a);

    return rc;
}


static int
syncd_zip_unpacked(const syncd_zip_t *zip, struct archive *a)
{
    int                    rc;
    size_t                 n;
    int64_t                since;
    uint64_t               bytes;
    struct archive_entry  *entry;

    bytes = 0;
    since = syncd_zip_cpu_ms();

    for (n = 0; /* void */ ; n++) {
        rc = archive_read_next_header(a, &entry);

        if (rc == ARCHIVE_EOF) {
            break;
        }

        /* a warning: a name that is in no encoding of ours */

        if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN) {
            return syncd_zip_failed(zip, a);
        }

        rc = syncd_zip_data(zip, a, since, &bytes);

        if (rc != WPPKG_OK) {
            return rc;
        }
    }

    if (n != zip->n || bytes != zip->files) {
        return syncd_zip_declined(zip, "%zu entries of %" PRIu64 " bytes were"
                                  " read, and its directory has %zu of %"
                                  PRIu64, n, bytes, zip->n, zip->files);
    }

    return WPPKG_OK;
}


static int
syncd_zip_data(const syncd_zip_t *zip, struct archive *a, int64_t since,
    uint64_t *bytes)
{
    int          rc;
    size_t       len;
    int64_t      at;
    const void  *block;

    for ( ;; ) {

        if (syncd_zip_cpu_ms() - since >= (int64_t) zip->limits->ms) {
            return syncd_zip_declined(zip, "to unpack it takes more than %"
                                      PRIu64 " ms", zip->limits->ms);
        }

        rc = archive_read_data_block(a, &block, &len, &at);

        if (rc == ARCHIVE_EOF) {
            return WPPKG_OK;
        }

        if (rc != ARCHIVE_OK) {
            return syncd_zip_failed(zip, a);
        }

        *bytes += len;

        if (*bytes > zip->files) {
            return syncd_zip_declined(zip, "it unpacks to more than the %"
                                      PRIu64 " bytes that its directory has",
                                      zip->files);
        }
    }
}


/* libarchive has two numbers for what an archive is guilty of */

static int
syncd_zip_failed(const syncd_zip_t *zip, struct archive *a)
{
    int          number;
    const char  *text;

    number = archive_errno(a);
    text = archive_error_string(a);
    text = (text != NULL) ? text : "it can't be read";

    if (number == SYNCD_ZIP_FORMAT || number == SYNCD_ZIP_OTHER) {
        return syncd_zip_declined(zip, "it is damaged: %s", text);
    }

    wppkg_error_set(zip->err, "%s: %s", zip->path, text);

    return WPPKG_ERROR;
}


static int64_t
syncd_zip_cpu_ms(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);

    return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

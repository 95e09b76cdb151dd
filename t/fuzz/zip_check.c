
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A zip from outside: what is not declined is the same for who reads it from
 * its beginning on, and all of it is in one folder.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "fuzz.h"
#include "syncd_zip_parts.h"


static const syncd_zip_limits_t  zip_limits = {
    .unpacked = 1024 * 1024,
    .ratio = 2000,
    .entries = 1000,
    .name = 100,
    .ms = 60 * 1000
};


static void zip_parts(int fd, const char *path, size_t size);
static void zip_good(const uint8_t *data, size_t size);
static void zip_name(const char *name);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int            fd, rc;
    char           path[64];
    wppkg_error_t  err;

    fd = memfd_create("zip", MFD_CLOEXEC);
    fuzz_check(fd >= 0 && write(fd, data, size) == (ssize_t) size);

    (void) snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);

    zip_parts(fd, path, size);

    /* libarchive ends the process when its memory is short */

    fuzz_spare(1);
    err.text[0] = '\0';

    rc = syncd_zip_check(path, "akismet", &zip_limits, &err);

    fuzz_check(rc == WPPKG_OK || rc == WPPKG_DECLINED);
    fuzz_check((rc == WPPKG_OK) == (err.text[0] == '\0'));
    fuzz_check(fuzz_is_line(err.text, strlen(err.text)));

    if (rc == WPPKG_OK) {
        zip_good(data, size);
    }

    fuzz_spare(0);
    (void) close(fd);

    return 0;
}


/* without libarchive */

static void
zip_parts(int fd, const char *path, size_t size)
{
    int            rc;
    syncd_zip_t    zip;
    wppkg_error_t  err;

    memset(&zip, 0, sizeof(syncd_zip_t));
    zip.fd = fd;
    zip.bytes = size;
    zip.path = path;
    zip.slug = "akismet";
    zip.limits = &zip_limits;
    zip.err = &err;

    rc = syncd_zip_directory(&zip);

    if (rc == WPPKG_OK) {
        rc = syncd_zip_names(&zip);
    }

    if (rc == WPPKG_OK && zip.n != 0) {
        (void) syncd_zip_headers(&zip);
    }

    free(zip.entries);
    free(zip.dir);
}


/* by the reader that knows no directory */

static void
zip_good(const uint8_t *data, size_t size)
{
    int                    rc;
    size_t                 n;
    struct archive        *a;
    struct archive_entry  *entry;

    a = archive_read_new();
    fuzz_check(a != NULL);
    fuzz_check(archive_read_support_format_zip_streamable(a) == ARCHIVE_OK);
    fuzz_check(archive_read_open_memory(a, data, size) == ARCHIVE_OK);

    for (n = 0; /* void */ ; n++) {
        rc = archive_read_next_header(a, &entry);

        if (rc == ARCHIVE_EOF) {
            break;
        }

        fuzz_check(rc == ARCHIVE_OK || rc == ARCHIVE_WARN);
        zip_name(archive_entry_pathname(entry));
    }

    fuzz_check(n == (data[size - 12] | (size_t) data[size - 11] << 8));

    (void) archive_read_free(a);
}


/* NULL: its encoding is not this process's */

static void
zip_name(const char *name)
{
    if (name != NULL) {
        fuzz_check(strncmp(name, "akismet/", 8) == 0);
        fuzz_check(strstr(name, "/../") == NULL);
        fuzz_check(strchr(name, '\\') == NULL);
    }
}

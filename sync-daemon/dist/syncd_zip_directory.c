
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The directory at the end of a zip, section 4.3 of PKWARE's APPNOTE.TXT.
 * What the format allows and no zip of WordPress.org has is declined, as it is
 * what readers differ about: a comment, several volumes, zip64, encryption.
 */


#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "syncd_zip_parts.h"


#define SYNCD_ZIP_END    22           /* bytes of the record at the end */
#define SYNCD_ZIP_ENTRY  46           /* of an entry, without its names */

/* bytes of a directory, 256 for each of the most entries */
#define SYNCD_ZIP_DIRECTORY  (16 * 1024 * 1024)

/* section 4.4.4: encrypted, patched, strongly encrypted, headers masked */
#define SYNCD_ZIP_SECRET  (0x0001 | 0x0040 | 0x2000)
#define SYNCD_ZIP_PATCH   0x0020

#define SYNCD_ZIP_STORED    0
#define SYNCD_ZIP_DEFLATED  8

#define SYNCD_ZIP_DOS   0             /* the system that made an entry */
#define SYNCD_ZIP_UNIX  3

#define SYNCD_ZIP_UNICODE  0x7075     /* an extra field: the name in Unicode */


static int syncd_zip_end(syncd_zip_t *zip);
static int syncd_zip_entries(syncd_zip_t *zip);
static const char *syncd_zip_entry(syncd_zip_entry_t *entry, const char *p,
    size_t len, size_t *used);
static const char *syncd_zip_packed(const syncd_zip_entry_t *entry);
static const char *syncd_zip_kind(syncd_zip_entry_t *entry, unsigned system,
    uint32_t attributes);


int
syncd_zip_directory(syncd_zip_t *zip)
{
    int  rc;

    rc = syncd_zip_end(zip);
    if (rc != WPPKG_OK) {
        return rc;
    }

    zip->dir = malloc(zip->dir_len + 1);
    zip->entries = calloc(zip->n + 1, sizeof(syncd_zip_entry_t));

    if (zip->dir == NULL || zip->entries == NULL) {
        wppkg_error_set(zip->err, "%s: out of memory", zip->path);
        return WPPKG_ERROR;
    }

    if (syncd_zip_read(zip, zip->dir_at, zip->dir, zip->dir_len) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    return syncd_zip_entries(zip);
}


/*
 * The last bytes: nothing may follow, nor stand between the directory and
 * them, such as zip64's own record.
 */

static int
syncd_zip_end(syncd_zip_t *zip)
{
    char      p[SYNCD_ZIP_END];
    uint64_t  at;

    if (zip->bytes < SYNCD_ZIP_END) {
        return syncd_zip_declined(zip, "it is cut off");
    }

    at = zip->bytes - SYNCD_ZIP_END;

    if (syncd_zip_read(zip, at, p, SYNCD_ZIP_END) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    if (memcmp(p, "PK\5\6", 4) != 0 || syncd_zip_16(p + 20) != 0) {
        return syncd_zip_declined(zip, "it is cut off, or something follows"
                                  " its directory");
    }

    zip->n = syncd_zip_16(p + 10);
    zip->dir_len = syncd_zip_32(p + 12);
    zip->dir_at = syncd_zip_32(p + 16);

    if (zip->n == UINT16_MAX || zip->dir_len == UINT32_MAX
        || zip->dir_at == UINT32_MAX)
    {
        return syncd_zip_declined(zip, "it is a zip64 archive, as for more"
                                  " than 65,534 entries or 4 GiB");
    }

    if (syncd_zip_32(p + 4) != 0 || syncd_zip_16(p + 8) != zip->n) {
        return syncd_zip_declined(zip, "it is one of several volumes");
    }

    if (zip->dir_at + zip->dir_len != at) {
        return syncd_zip_declined(zip, "its directory is not where its end"
                                  " says");
    }

    if (zip->n > zip->limits->entries || zip->dir_len > SYNCD_ZIP_DIRECTORY) {
        return syncd_zip_declined(zip, "it has %zu entries, and a directory of"
                                  " %zu bytes; the limits are %" PRIu64
                                  " and %d", zip->n, zip->dir_len,
                                  zip->limits->entries, SYNCD_ZIP_DIRECTORY);
    }

    return WPPKG_OK;
}


static int
syncd_zip_entries(syncd_zip_t *zip)
{
    size_t              i, len, used;
    const char         *p, *why;
    syncd_zip_entry_t  *entry;

    p = zip->dir;
    len = zip->dir_len;

    for (i = 0; i < zip->n; i++) {
        entry = &zip->entries[i];

        why = syncd_zip_entry(entry, p, len, &used);

        if (why != NULL) {
            return entry->name.p != NULL
                   ? syncd_zip_refused(zip, &entry->name, why)
                   : syncd_zip_declined(zip, "%s", why);
        }

        p += used;
        len -= used;
    }

    if (len != 0) {
        return syncd_zip_declined(zip, "its directory has more than the %zu"
                                  " entries that its end counts", zip->n);
    }

    return WPPKG_OK;
}


/* an entry, and how many bytes it takes; else why it is declined */

static const char *
syncd_zip_entry(syncd_zip_entry_t *entry, const char *p, size_t len,
    size_t *used)
{
    size_t       name, extra;
    const char  *why;

    if (len < SYNCD_ZIP_ENTRY || memcmp(p, "PK\1\2", 4) != 0) {
        return "its directory can't be read";
    }

    name = syncd_zip_16(p + 28);
    extra = syncd_zip_16(p + 30);
    *used = SYNCD_ZIP_ENTRY + name + extra + syncd_zip_16(p + 32);

    if (len < *used) {
        return "its directory can't be read";
    }

    entry->flags = syncd_zip_16(p + 8);
    entry->method = syncd_zip_16(p + 10);
    entry->crc = syncd_zip_32(p + 16);
    entry->packed = syncd_zip_32(p + 20);
    entry->size = syncd_zip_32(p + 24);
    entry->at = syncd_zip_32(p + 42);
    entry->name.p = p + SYNCD_ZIP_ENTRY;
    entry->name.len = name;

    if (!syncd_zip_alias(entry->name.p + name, extra, &entry->alias)) {
        return "whose extra fields can't be read";
    }

    if (syncd_zip_16(p + 34) != 0) {
        return "which is on another volume";
    }

    why = syncd_zip_packed(entry);
    if (why != NULL) {
        return why;
    }

    return syncd_zip_kind(entry, (unsigned char) p[5], syncd_zip_32(p + 38));
}


/* PHP and unzip know more methods if they were built with them */

static const char *
syncd_zip_packed(const syncd_zip_entry_t *entry)
{
    if (entry->flags & SYNCD_ZIP_SECRET) {
        return "which is encrypted";
    }

    if (entry->size == UINT32_MAX || entry->packed == UINT32_MAX
        || entry->at == UINT32_MAX)
    {
        return "which is for zip64 alone";
    }

    if ((entry->method != SYNCD_ZIP_STORED
         && entry->method != SYNCD_ZIP_DEFLATED)
        || (entry->flags & SYNCD_ZIP_PATCH))
    {
        return "which is packed in a way that not all can unpack";
    }

    if (entry->method == SYNCD_ZIP_STORED && entry->packed != entry->size) {
        return "which is stored, and has two sizes";
    }

    /* its end is where it looks like one, to who reads on */

    if (entry->method == SYNCD_ZIP_STORED && entry->size != 0
        && (entry->flags & SYNCD_ZIP_DESCRIPTOR))
    {
        return "which is stored, and does not begin with its size";
    }

    return NULL;
}


/* a folder is what ends in a slash; no other sign of one may contradict */

static const char *
syncd_zip_kind(syncd_zip_entry_t *entry, unsigned system, uint32_t attributes)
{
    unsigned  mode;

    mode = (attributes >> 16) & S_IFMT;

    entry->folder = entry->name.len > 0
                    && entry->name.p[entry->name.len - 1] == '/';
    entry->link = (mode == S_IFLNK);

    if (entry->folder) {
        return (mode != 0 && mode != S_IFDIR) || entry->size != 0
               ? "which is a folder, and is not" : NULL;
    }

    if (system == SYNCD_ZIP_DOS && (attributes & 0x10)) {
        return "which is a folder, and is not";
    }

    /* unpackers don't agree which other systems have links */

    if (entry->link && (system != SYNCD_ZIP_UNIX
                        || entry->method != SYNCD_ZIP_STORED))
    {
        return "which is a link that not all can unpack";
    }

    if (mode != 0 && mode != S_IFREG && mode != S_IFLNK) {
        return "which is no file, folder or link";
    }

    return NULL;
}


int
syncd_zip_alias(const char *extra, size_t len, syncd_zip_name_t *alias)
{
    size_t  n;

    alias->p = NULL;
    alias->len = 0;

    for ( /* void */ ; len != 0; extra += n, len -= n) {

        if (len < 4 || len - 4 < syncd_zip_16(extra + 2)) {
            return 0;
        }

        n = 4 + (size_t) syncd_zip_16(extra + 2);

        if (syncd_zip_16(extra) != SYNCD_ZIP_UNICODE) {
            continue;
        }

        /* before the name: a version, and a CRC of the other name */

        if (alias->p != NULL || n < 4 + 5) {
            return 0;
        }

        alias->p = extra + 9;
        alias->len = n - 9;
    }

    return 1;
}


uint16_t
syncd_zip_16(const char *p)
{
    return (uint16_t) ((unsigned char) p[0] | (unsigned char) p[1] << 8);
}


uint32_t
syncd_zip_32(const char *p)
{
    return syncd_zip_16(p) | (uint32_t) syncd_zip_16(p + 2) << 16;
}

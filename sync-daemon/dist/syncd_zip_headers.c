
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What stands before each file of a zip says once more what the directory
 * says.  Whoever reads a zip from its beginning on has nothing else; so it has
 * to be the same, and the files one after the other, from the first byte to
 * the directory.  By that no byte counts for two files, either, as in the
 * bombs that a ratio does not tell.
 */


#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "syncd_zip_parts.h"


#define SYNCD_ZIP_HEADER  30          /* bytes, without the name */
#define SYNCD_ZIP_SIZES   12          /* a CRC and two sizes */
#define SYNCD_ZIP_AFTER   (4 + SYNCD_ZIP_SIZES)

/* a header's longest name and extra fields, and what is before them */
#define SYNCD_ZIP_ROOM  (SYNCD_ZIP_HEADER + 2 * 65535)

static const char  syncd_zip_differs[] = "of which the directory says another"
                                         " thing than its header";


static int syncd_zip_order(const void *one, const void *two);
static int syncd_zip_one(const syncd_zip_t *zip,
    const syncd_zip_entry_t *entry, uint64_t end, char *room);
static int syncd_zip_header(const syncd_zip_t *zip,
    const syncd_zip_entry_t *entry, uint64_t end, char *p, size_t *len);
static int syncd_zip_same(const syncd_zip_entry_t *entry, const char *p,
    size_t extra);
static int syncd_zip_sizes(const syncd_zip_entry_t *entry, const char *p);
static int syncd_zip_rest(const syncd_zip_t *zip,
    const syncd_zip_entry_t *entry, uint64_t at, uint64_t end);
static int syncd_zip_link(const syncd_zip_t *zip,
    const syncd_zip_entry_t *entry, uint64_t at);


int
syncd_zip_headers(syncd_zip_t *zip)
{
    int        rc;
    char      *room;
    size_t     i;
    uint64_t   end;

    qsort(zip->entries, zip->n, sizeof(syncd_zip_entry_t), syncd_zip_order);

    if (zip->entries[0].at != 0) {
        return syncd_zip_declined(zip, "something stands before its first"
                                  " file");
    }

    room = malloc(SYNCD_ZIP_ROOM);

    if (room == NULL) {
        wppkg_error_set(zip->err, "%s: out of memory", zip->path);
        return WPPKG_ERROR;
    }

    rc = WPPKG_OK;

    for (i = 0; i < zip->n && rc == WPPKG_OK; i++) {
        end = (i + 1 < zip->n) ? zip->entries[i + 1].at : zip->dir_at;
        rc = syncd_zip_one(zip, &zip->entries[i], end, room);
    }

    free(room);

    return rc;
}


static int
syncd_zip_order(const void *one, const void *two)
{
    const syncd_zip_entry_t  *x, *y;

    x = one;
    y = two;

    return (x->at > y->at) - (x->at < y->at);
}


/* all that is before end is this entry's */

static int
syncd_zip_one(const syncd_zip_t *zip, const syncd_zip_entry_t *entry,
    uint64_t end, char *room)
{
    int       rc;
    size_t    len;
    uint64_t  at;

    rc = syncd_zip_header(zip, entry, end, room, &len);
    if (rc != WPPKG_OK) {
        return rc;
    }

    at = entry->at + len;

    if (end < at || end - at < entry->packed) {
        return syncd_zip_refused(zip, &entry->name, "which has bytes in common"
                                 " with what follows");
    }

    rc = syncd_zip_rest(zip, entry, at + entry->packed, end);

    if (rc == WPPKG_OK && entry->link) {
        rc = syncd_zip_link(zip, entry, at);
    }

    return rc;
}


/* reads it into p, with its name and extra fields */

static int
syncd_zip_header(const syncd_zip_t *zip, const syncd_zip_entry_t *entry,
    uint64_t end, char *p, size_t *len)
{
    size_t  extra;

    *len = SYNCD_ZIP_HEADER + entry->name.len;

    if (end < entry->at || end - entry->at < *len) {
        return syncd_zip_refused(zip, &entry->name, syncd_zip_differs);
    }

    if (syncd_zip_read(zip, entry->at, p, *len) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    extra = syncd_zip_16(p + 28);

    if (end - entry->at - *len < extra) {
        return syncd_zip_refused(zip, &entry->name, syncd_zip_differs);
    }

    if (syncd_zip_read(zip, entry->at + *len, p + *len, extra) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    *len += extra;

    if (!syncd_zip_same(entry, p, extra)) {
        return syncd_zip_refused(zip, &entry->name, syncd_zip_differs);
    }

    return WPPKG_OK;
}


static int
syncd_zip_same(const syncd_zip_entry_t *entry, const char *p, size_t extra)
{
    const char        *name;
    syncd_zip_name_t   alias;

    name = p + SYNCD_ZIP_HEADER;

    if (memcmp(p, "PK\3\4", 4) != 0
        || syncd_zip_16(p + 6) != entry->flags
        || syncd_zip_16(p + 8) != entry->method
        || syncd_zip_16(p + 26) != entry->name.len
        || memcmp(name, entry->name.p, entry->name.len) != 0)
    {
        return 0;
    }

    if (!(entry->flags & SYNCD_ZIP_DESCRIPTOR)
        && !syncd_zip_sizes(entry, p + 14))
    {
        return 0;
    }

    if (!syncd_zip_alias(name + entry->name.len, extra, &alias)) {
        return 0;
    }

    return alias.p == NULL
           || (entry->alias.p != NULL && alias.len == entry->alias.len
               && memcmp(alias.p, entry->alias.p, alias.len) == 0);
}


static int
syncd_zip_sizes(const syncd_zip_entry_t *entry, const char *p)
{
    return syncd_zip_32(p) == entry->crc
           && syncd_zip_32(p + 4) == entry->packed
           && syncd_zip_32(p + 8) == entry->size;
}


/* after the data: the sizes if they had not been known, and nothing else */

static int
syncd_zip_rest(const syncd_zip_t *zip, const syncd_zip_entry_t *entry,
    uint64_t at, uint64_t end)
{
    char    p[SYNCD_ZIP_AFTER];
    size_t  len, mark;

    if (!(entry->flags & SYNCD_ZIP_DESCRIPTOR) && at == end) {
        return WPPKG_OK;
    }

    len = (size_t) (end - at);

    if (!(entry->flags & SYNCD_ZIP_DESCRIPTOR)
        || (len != SYNCD_ZIP_SIZES && len != SYNCD_ZIP_AFTER))
    {
        return syncd_zip_refused(zip, &entry->name, "after which stands what"
                                 " the directory does not name");
    }

    if (syncd_zip_read(zip, at, p, len) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    mark = len - SYNCD_ZIP_SIZES;

    if ((mark != 0 && memcmp(p, "PK\7\10", 4) != 0)
        || !syncd_zip_sizes(entry, p + mark))
    {
        return syncd_zip_refused(zip, &entry->name, syncd_zip_differs);
    }

    return WPPKG_OK;
}


/* what it points to is its data; libarchive asks for no CRC of it */

static int
syncd_zip_link(const syncd_zip_t *zip, const syncd_zip_entry_t *entry,
    uint64_t at)
{
    char  target[PATH_MAX];

    if (entry->size >= PATH_MAX) {
        return syncd_zip_refused(zip, &entry->name, "a link whose target is"
                                 " too long");
    }

    if (syncd_zip_read(zip, at, target, entry->size) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    if (crc32(0, (const Bytef *) target, entry->size) != entry->crc) {
        return syncd_zip_refused(zip, &entry->name, "which is damaged");
    }

    if (!syncd_zip_link_stays(&entry->name, target, entry->size)
        || (entry->alias.p != NULL
            && !syncd_zip_link_stays(&entry->alias, target, entry->size)))
    {
        return syncd_zip_refused(zip, &entry->name, "a link that leads out of"
                                 " the package's folder");
    }

    return WPPKG_OK;
}

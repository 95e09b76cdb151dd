
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Zips, made byte by byte, as the tools that make them know better than to
 * make such: zip_init(), zip_add() for each entry, zip_end(), and the bytes
 * are in body, until zip_free().
 */


#ifndef _ZIP_H_INCLUDED_
#define _ZIP_H_INCLUDED_


#include <string.h>

#include <zlib.h>

#include "wppkg_buf.h"


#define ZIP_FILE  (0100644u << 16)
#define ZIP_LINK  (0120777u << 16)
#define ZIP_PIPE  (0010644u << 16)


/* an entry, and what its header says; 0 or NULL: nothing special */

typedef struct {
    const char  *name;
    const char  *data;
    const char  *alias;               /* the name in Unicode */
    const char  *header;              /* the name in the header */
    size_t       zeros;               /* instead of data */
    uint32_t     mode;                /* else that of a file */
    unsigned     flags;
    unsigned     method;
    unsigned     after;               /* bytes of a descriptor: 12 or 16 */
    unsigned     unlisted;            /* not in the directory */
    unsigned     twice;               /* listed twice */
    unsigned     system;              /* else UNIX; 255: DOS */
    unsigned     extra;               /* bytes of an unknown field */
} zip_entry_t;


typedef struct {
    wppkg_buf_t    body;
    wppkg_buf_t    dir;
    unsigned       n;
} zip_t;


static inline void
zip_init(zip_t *z)
{
    memset(z, 0, sizeof(zip_t));
    wppkg_buf_init(&z->body, 512 * 1024 * 1024);
    wppkg_buf_init(&z->dir, 64 * 1024 * 1024);
    wppkg_buf_puts(&z->body, "");
    wppkg_buf_puts(&z->dir, "");
}


static inline void
zip_16(wppkg_buf_t *b, unsigned value)
{
    char  p[2] = { (char) value, (char) (value >> 8) };

    wppkg_buf_append(b, p, 2);
}


static inline void
zip_32(wppkg_buf_t *b, uint32_t value)
{
    zip_16(b, value & 0xffff);
    zip_16(b, value >> 16);
}


/* what the header and the directory have in common; extra fields follow */

static inline void
zip_head(wppkg_buf_t *b, const zip_entry_t *e, const char *name, uint32_t crc,
    size_t packed, size_t size)
{
    zip_16(b, 20);
    zip_16(b, e->flags | (e->after ? 8 : 0));
    zip_16(b, e->method);
    zip_32(b, 0x5a21a000);
    zip_32(b, crc);
    zip_32(b, (uint32_t) packed);
    zip_32(b, (uint32_t) size);
    zip_16(b, (unsigned) strlen(name));
    zip_16(b, (e->alias != NULL ? 9 + (unsigned) strlen(e->alias) : 0)
              + (e->extra ? 4 + e->extra : 0));
}


static inline void
zip_extra(wppkg_buf_t *b, const zip_entry_t *e)
{
    unsigned  i;

    if (e->extra) {
        zip_16(b, 0x5455);
        zip_16(b, e->extra);

        for (i = 0; i < e->extra; i++) {
            wppkg_buf_append(b, "x", 1);
        }
    }

    if (e->alias != NULL) {
        zip_16(b, 0x7075);
        zip_16(b, 5 + (unsigned) strlen(e->alias));
        wppkg_buf_append(b, "\1", 1);
        zip_32(b, 0);
        wppkg_buf_puts(b, e->alias);
    }
}


static inline size_t
zip_pack(char **packed, const char *data, size_t len, unsigned method)
{
    size_t    size;
    z_stream  zs;

    size = compressBound(len) + 100;
    *packed = malloc(size);
    assert_non_null(*packed);

    if (method != 8) {
        memcpy(*packed, data, len);
        return len;
    }

    memset(&zs, 0, sizeof(z_stream));
    assert_int_equal(deflateInit2(&zs, 9, Z_DEFLATED, -15, 9, 0), Z_OK);

    zs.next_in = (Bytef *) data;
    zs.avail_in = (uInt) len;
    zs.next_out = (Bytef *) *packed;
    zs.avail_out = (uInt) size;

    assert_int_equal(deflate(&zs, Z_FINISH), Z_STREAM_END);
    size = zs.total_out;
    (void) deflateEnd(&zs);

    return size;
}


static inline void
zip_list(zip_t *z, const zip_entry_t *e, uint32_t at, uint32_t crc,
    size_t packed, size_t size)
{
    wppkg_buf_append(&z->dir, "PK\1\2", 4);
    zip_16(&z->dir, 20 | (e->system == 255 ? 0 : e->system ? e->system : 3)
                         << 8);
    zip_head(&z->dir, e, e->name, crc, packed, size);
    zip_16(&z->dir, 0);
    zip_16(&z->dir, 0);
    zip_16(&z->dir, 0);
    zip_32(&z->dir, e->mode ? e->mode
                    : e->name[strlen(e->name) - 1] == '/' ? 040755u << 16
                                                          : ZIP_FILE);
    zip_32(&z->dir, at);
    wppkg_buf_puts(&z->dir, e->name);
    zip_extra(&z->dir, e);

    z->n++;
}


static inline void
zip_add(zip_t *z, const zip_entry_t *e)
{
    char        *data, *packed;
    size_t       len, size;
    uint32_t     at, crc;
    const char  *name;

    len = e->zeros ? e->zeros : e->data != NULL ? strlen(e->data) : 0;
    data = calloc(1, len + 1);
    assert_non_null(data);

    if (!e->zeros && len) {
        memcpy(data, e->data, len);
    }

    crc = (uint32_t) crc32(0, (Bytef *) data, (uInt) len);
    size = zip_pack(&packed, data, len, e->method);
    name = e->header != NULL ? e->header : e->name;
    at = (uint32_t) z->body.len;

    wppkg_buf_append(&z->body, "PK\3\4", 4);
    zip_head(&z->body, e, name, e->after ? 0 : crc, e->after ? 0 : size,
             e->after ? 0 : len);
    wppkg_buf_puts(&z->body, name);
    zip_extra(&z->body, e);
    wppkg_buf_append(&z->body, packed, size);

    if (e->after) {
        wppkg_buf_append(&z->body, "PK\7\10", e->after - 12);
        zip_32(&z->body, crc);
        zip_32(&z->body, (uint32_t) size);
        zip_32(&z->body, (uint32_t) len);
    }

    if (!e->unlisted) {
        zip_list(z, e, at, crc, size, len);
    }

    if (e->twice) {
        zip_list(z, e, at, crc, size, len);
    }

    free(packed);
    free(data);
}


static inline void
zip_end(zip_t *z)
{
    uint32_t  at;

    at = (uint32_t) z->body.len;
    wppkg_buf_append(&z->body, z->dir.data, z->dir.len);
    wppkg_buf_append(&z->body, "PK\5\6\0\0\0", 8);
    zip_16(&z->body, z->n);
    zip_16(&z->body, z->n);
    zip_32(&z->body, (uint32_t) z->dir.len);
    zip_32(&z->body, at);
    zip_16(&z->body, 0);

    assert_true(wppkg_buf_ok(&z->body));
}


/* one byte, counted from the end, where the last one is 1 */

static inline void
zip_set(zip_t *z, size_t from_end, unsigned value)
{
    z->body.data[z->body.len - from_end] = (char) value;
}


static inline void
zip_free(zip_t *z)
{
    wppkg_buf_free(&z->body);
    wppkg_buf_free(&z->dir);
}


#endif /* _ZIP_H_INCLUDED_ */

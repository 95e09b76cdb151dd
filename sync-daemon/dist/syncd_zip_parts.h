
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The parts of syncd_zip_check().  Their results are its results.
 */


#ifndef _SYNCD_ZIP_PARTS_H_INCLUDED_
#define _SYNCD_ZIP_PARTS_H_INCLUDED_


#include "syncd_zip_check.h"


#define SYNCD_ZIP_DESCRIPTOR  0x0008  /* flag: sizes stand after the data */


/* a name as it stands, not terminated */

typedef struct {
    const char         *p;            /* NULL: there is none */
    size_t              len;
} syncd_zip_name_t;


typedef struct {
    syncd_zip_name_t    name;
    syncd_zip_name_t    alias;        /* in Unicode, which unzip prefers */
    uint32_t            at;           /* where its header begins */
    uint32_t            crc;
    uint32_t            packed;       /* bytes in the archive */
    uint32_t            size;         /* bytes of the file */
    uint16_t            flags;
    uint16_t            method;
    unsigned            folder:1;
    unsigned            link:1;       /* a symbolic link */
} syncd_zip_entry_t;


typedef struct {
    int                 fd;
    uint64_t            bytes;        /* of the archive */
    const char         *path;
    const char         *slug;
    wppkg_error_t      *err;

    const syncd_zip_limits_t  *limits;

    char               *dir;          /* the directory's bytes */
    size_t              dir_len;
    uint32_t            dir_at;

    syncd_zip_entry_t  *entries;      /* in the order of the archive, from
                                         syncd_zip_headers() on */
    size_t              n;
    uint64_t            unpacked;     /* bytes of all, as declared */
    uint64_t            files;        /* likewise, without the links */
} syncd_zip_t;


/* reads the directory at the end, into dir, entries and n, which the caller
   frees; WPPKG_DECLINED also where it says that a limit is exceeded */
int syncd_zip_directory(syncd_zip_t *zip);

/* whether a name may be unpacked; no two of them are one file, and none leads
   through what is no folder */
int syncd_zip_names(const syncd_zip_t *zip);

/* whether from the first byte to the directory there is nothing but what the
   directory names, and what stands before each file says the same of it; and
   whether links stay in the folder */
int syncd_zip_headers(syncd_zip_t *zip);

/* unpacks all files, to nowhere */
int syncd_zip_unpack(const syncd_zip_t *zip);

/* whether what a link named name points to is in the folder that all is in */
int syncd_zip_link_stays(const syncd_zip_name_t *name, const char *target,
    size_t len);

/* looks for the name in Unicode in an entry's extra fields; 0: they can't be
   read, or it is there twice */
int syncd_zip_alias(const char *extra, size_t len, syncd_zip_name_t *alias);

/* reads len bytes of the file at a place; WPPKG_ERROR unless they are there */
int syncd_zip_read(const syncd_zip_t *zip, uint64_t at, void *data,
    size_t len);

/* says why the archive is declined, and returns WPPKG_DECLINED */
int syncd_zip_declined(const syncd_zip_t *zip, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* likewise, of one entry: it has "NAME", why */
int syncd_zip_refused(const syncd_zip_t *zip, const syncd_zip_name_t *name,
    const char *why);

/* numbers as zips have them, from the lowest byte on */
uint16_t syncd_zip_16(const char *p);
uint32_t syncd_zip_32(const char *p);


#endif /* _SYNCD_ZIP_PARTS_H_INCLUDED_ */


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The database of wp-packages, read and never written, while its service
 * writes it: one snapshot, one row at a time.
 */


#ifndef _SYNCD_OLD_H_INCLUDED_
#define _SYNCD_OLD_H_INCLUDED_


#include "wppkg_catalogue.h"


#define SYNCD_OLD_FIRST  18           /* the schemas that are known */
#define SYNCD_OLD_LAST   30


/* what is read of a package, in the order of syncd_old_columns */

typedef enum {
    SYNCD_OLD_TYPE = 0,
    SYNCD_OLD_SLUG,
    SYNCD_OLD_NAME,
    SYNCD_OLD_DESCRIPTION,
    SYNCD_OLD_AUTHOR,
    SYNCD_OLD_HOMEPAGE,
    SYNCD_OLD_VERSIONS,
    SYNCD_OLD_CURRENT,
    SYNCD_OLD_DOWNLOADS,
    SYNCD_OLD_INSTALLS,
    SYNCD_OLD_RATING,
    SYNCD_OLD_RATINGS,
    SYNCD_OLD_ACTIVE,
    SYNCD_OLD_SYNCED_AT,
    SYNCD_OLD_CREATED_AT,
    SYNCD_OLD_UPDATED_AT,
    SYNCD_OLD_VERSION,
    SYNCD_OLD_TRUNK,
    SYNCD_OLD_PERMANENT
} syncd_old_column_e;

#define SYNCD_OLD_COLUMNS  (SYNCD_OLD_PERMANENT + 1)


/* what there is to read, one after the other */

typedef enum {
    SYNCD_OLD_PACKAGES = 0,           /* with the columns above */
    SYNCD_OLD_CHANGES,                /* type, slug, action, time */
    SYNCD_OLD_MONTHS                  /* type, slug, month, installs; the
                                         months of a package together */
} syncd_old_table_e;


typedef struct {
    char               *path;         /* as the caller has it */
    wppkg_catalogue_t  *db;
    int64_t             schema;
    int64_t             cursor[WPPKG_TYPES];      /* 0: it has none */
    int                 at[SYNCD_OLD_COLUMNS];    /* -1: it has no such */
    sqlite3_stmt       *stmt;         /* of the table that is being read */
    unsigned            mapped:1;     /* the columns are those of packages */
} syncd_old_t;


/*
 * Opens it, and begins the snapshot, which ends with syncd_old_close().
 * WPPKG_ERROR: it is none, or of a schema that is not known, or cannot be read
 * by this user; err tells the remedy.
 */
int syncd_old_open(const char *path, syncd_old_t *old, wppkg_error_t *err);
void syncd_old_close(syncd_old_t *old);

/* how many packages it has */
int syncd_old_count(syncd_old_t *old, uint64_t *n, wppkg_error_t *err);

/* begins to read a table; WPPKG_DECLINED: its schema has none of the kind */
int syncd_old_begin(syncd_old_t *old, syncd_old_table_e table,
    wppkg_error_t *err);

/*
 * The next row, whose values are good until the row after it.
 * WPPKG_DECLINED: that was all.
 */
int syncd_old_next(syncd_old_t *old, wppkg_error_t *err);

/*
 * A value of the row, of packages by its name, else by its place.  Text is
 * NULL if there is none, and its bytes are whatever somebody has written; a
 * number or a time, unix seconds, is 0 then, or if it is something else.
 */
const char *syncd_old_text(const syncd_old_t *old, int column, size_t *len);
int64_t syncd_old_number(const syncd_old_t *old, int column);
int64_t syncd_old_time(const syncd_old_t *old, int column);

/* whether there is a value */
int syncd_old_has(const syncd_old_t *old, int column);


#endif /* _SYNCD_OLD_H_INCLUDED_ */

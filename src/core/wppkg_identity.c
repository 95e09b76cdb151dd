
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <inttypes.h>
#include <string.h>

#include "wppkg_files.h"
#include "wppkg_format.h"
#include "wppkg_hash.h"
#include "wppkg_identity.h"
#include "wppkg_meta.h"


/* in "meta": where the data was when the identity was made */
#define WPPKG_IDENTITY_PLACE      "identity_place"
#define WPPKG_IDENTITY_PLACE_MAX  256


static int wppkg_identity_place(wppkg_catalogue_t *cat, const char *path,
    wppkg_buf_t *place);
static int wppkg_identity_same(wppkg_catalogue_t *cat, const char *place,
    int *same);
static int wppkg_identity_renew(wppkg_catalogue_t *cat, const char *place);
static void wppkg_identity_random(char identity[WPPKG_IDENTITY_LEN + 1]);


int
wppkg_identity_check(wppkg_catalogue_t *cat, const char *path)
{
    int          rc, same;
    wppkg_buf_t  place;

    wppkg_buf_init(&place, WPPKG_IDENTITY_PLACE_MAX);

    rc = wppkg_identity_place(cat, path, &place);

    if (rc == WPPKG_OK) {
        rc = wppkg_identity_same(cat, place.data, &same);
    }

    if (rc == WPPKG_OK && !same) {
        rc = wppkg_identity_renew(cat, place.data);
    }

    wppkg_buf_free(&place);

    return rc;
}


/*
 * Without the device: some have another number after each start.  A file that
 * is not there counts as one as well.
 */

static int
wppkg_identity_place(wppkg_catalogue_t *cat, const char *path,
    wppkg_buf_t *place)
{
    int            rc;
    unsigned       i;
    sqlite3_stmt  *stmt;
    wppkg_file_t   file;

    stmt = wppkg_catalogue_ask(cat,
        "PRAGMA schema_version", "");

    rc = wppkg_catalogue_row(cat, stmt);

    if (rc != WPPKG_OK) {
        return rc;
    }

    wppkg_buf_printf(place, "%d", sqlite3_column_int(stmt, 0));
    wppkg_catalogue_done(stmt);

    for (i = 0; i < WPPKG_FILES; i++) {
        memset(&file, 0, sizeof(wppkg_file_t));
        (void) wppkg_files_look(path, wppkg_files_suffixes[i], &file);

        wppkg_buf_printf(place, " %" PRIu64 ":%" PRId64, file.inode,
                         file.birth);
    }

    if (!wppkg_buf_ok(place)) {
        return wppkg_catalogue_refuse(cat, "catalogue: out of memory");
    }

    return WPPKG_OK;
}


static int
wppkg_identity_same(wppkg_catalogue_t *cat, const char *place, int *same)
{
    int          rc;
    wppkg_buf_t  old;

    wppkg_buf_init(&old, WPPKG_IDENTITY_PLACE_MAX);

    rc = wppkg_meta_get_text(cat, WPPKG_IDENTITY_PLACE, &old);

    if (rc == WPPKG_OK || rc == WPPKG_DECLINED) {
        *same = (rc == WPPKG_OK && strcmp(old.data, place) == 0);
        rc = WPPKG_OK;
    }

    wppkg_buf_free(&old);

    return rc;
}


int
wppkg_identity_new(wppkg_catalogue_t *cat)
{
    return wppkg_identity_renew(cat, "nowhere");
}


static int
wppkg_identity_renew(wppkg_catalogue_t *cat, const char *place)
{
    int   rc;
    char  identity[WPPKG_IDENTITY_LEN + 1];

    wppkg_identity_random(identity);

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_set_text(cat, WPPKG_IDENTITY, identity);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_set_text(cat, WPPKG_IDENTITY_PLACE, place);
    }

    return wppkg_catalogue_leave(cat, rc);
}


/* SQLite's own source is seeded by the system's; there is nothing to guess */

static void
wppkg_identity_random(char identity[WPPKG_IDENTITY_LEN + 1])
{
    unsigned char  bytes[WPPKG_IDENTITY_LEN / 2];

    sqlite3_randomness(sizeof(bytes), bytes);
    wppkg_hex(identity, bytes, sizeof(bytes));
}

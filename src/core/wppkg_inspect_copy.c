
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdlib.h>
#include <string.h>

#include "wppkg_format.h"
#include "wppkg_inspect_copy.h"


static int wppkg_inspect_files(wppkg_catalogue_t *cat,
    wppkg_inspect_copy_t *copy);
static int wppkg_inspect_file(wppkg_catalogue_t *cat,
    wppkg_inspect_file_t *file, int *known);
static int wppkg_inspect_owed(wppkg_catalogue_t *cat,
    wppkg_inspect_file_t *file);


int
wppkg_inspect_copy(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, size_t len, wppkg_inspect_copy_t *copy)
{
    int  rc;

    memset(copy, 0, sizeof(wppkg_inspect_copy_t));
    wppkg_buf_init(&copy->body, WPPKG_BODY_MAX);

    rc = wppkg_origin_load(cat, &copy->origin);

    if (rc == WPPKG_OK && len > WPPKG_SLUG_MAX) {
        rc = WPPKG_DECLINED;
    }

    if (rc == WPPKG_OK) {
        copy->name.type = type;
        memcpy(copy->name.slug, slug, len);

        rc = wppkg_inspect_files(cat, copy);
    }

    if (rc != WPPKG_OK) {
        wppkg_inspect_copy_free(copy);
    }

    return rc;
}


void
wppkg_inspect_copy_free(wppkg_inspect_copy_t *copy)
{
    int  i;

    for (i = 0; i < 4; i++) {
        free(copy->files[i].error);
        copy->files[i].error = NULL;
    }

    wppkg_buf_free(&copy->body);
}


static int
wppkg_inspect_files(wppkg_catalogue_t *cat, wppkg_inspect_copy_t *copy)
{
    int                    rc, i, known;
    wppkg_inspect_file_t  *file;

    rc = WPPKG_OK;
    known = 0;

    for (i = 0; i < 4 && rc == WPPKG_OK; i++) {
        file = &copy->files[i];
        wppkg_vendor_path(file->document.path,
                          wppkg_vendor(copy->name.type, i / 2),
                          copy->name.slug, i % 2);

        rc = wppkg_inspect_file(cat, file, &known);

        if (i < 2 || wppkg_inspect_there(&file->document) || file->owed) {
            copy->nfiles = (i < 2) ? 2 : 4;
        }
    }

    if (rc == WPPKG_OK && !known) {
        return WPPKG_DECLINED;
    }

    return (rc == WPPKG_OK && copy->files[0].document.exists)
           ? wppkg_inspect_body(cat, copy->files[0].document.path,
                                &copy->body)
           : rc;
}


static int
wppkg_inspect_file(wppkg_catalogue_t *cat, wppkg_inspect_file_t *file,
    int *known)
{
    int  rc;

    rc = wppkg_inspect_document(cat, &file->document);

    if (rc == WPPKG_OK) {
        rc = wppkg_inspect_owed(cat, file);
    }

    *known |= (file->document.changed_at != 0 || file->owed);

    return rc;
}


static int
wppkg_inspect_owed(wppkg_catalogue_t *cat, wppkg_inspect_file_t *file)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT gone, owed_at, next_at, failures, error FROM owed"
        " WHERE path = ?1", "%s", file->document.path);

    rc = wppkg_catalogue_row(cat, stmt);

    if (rc != WPPKG_OK) {
        return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
    }

    file->owed = 1;
    file->doubted = (sqlite3_column_int(stmt, 0) != 0);
    file->owed_at = sqlite3_column_int64(stmt, 1);
    file->next_at = sqlite3_column_int64(stmt, 2);
    file->failures = sqlite3_column_int64(stmt, 3);

    rc = wppkg_inspect_text(cat, stmt, 4, &file->error);
    wppkg_catalogue_done(stmt);

    return rc;
}

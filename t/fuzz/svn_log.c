
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A log report: however it is cut into parts, the same paths and revisions
 * are found in it, and of each path what it means.
 */


#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "syncd_svn_log.h"
#include "wppkg_buf.h"


/* what was found, a line each */

typedef struct {
    wppkg_buf_t  text;
    uint64_t     paths;               /* of the item that is being read */
    int          rc;
} log_t;


static int log_path(void *ctx, syncd_svn_change_e change, int file,
    const char *path, size_t len);
static void log_effect(wppkg_type_e type, syncd_svn_change_e change, int file,
    const char *path, size_t len);
static int log_item(void *ctx, const syncd_svn_item_t *item);
static void log_read(log_t *l, const uint8_t *data, size_t size,
    uint32_t seed);
static void log_same(log_t *whole, const uint8_t *data, size_t size,
    uint32_t seed);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    log_t  whole;

    log_read(&whole, data, size, 0);

    log_same(&whole, data, size, 1);
    log_same(&whole, data, size, 2 + (uint32_t) size);

    wppkg_buf_free(&whole.text);

    return 0;
}


static int
log_path(void *ctx, syncd_svn_change_e change, int file, const char *path,
    size_t len)
{
    log_t  *l;

    l = ctx;
    l->paths++;

    fuzz_check(len <= SYNCD_SVN_LOG_PATH);

    fuzz_spare(1);
    wppkg_buf_printf(&l->text, "%c%d", "+>~-*"[change], file);
    wppkg_buf_append(&l->text, path, len);
    wppkg_buf_append(&l->text, "\n", 1);
    fuzz_spare(0);

    log_effect(WPPKG_PLUGIN, change, file, path, len);
    log_effect(WPPKG_THEME, change, file, path, len);

    return WPPKG_OK;
}


static void
log_effect(wppkg_type_e type, syncd_svn_change_e change, int file,
    const char *path, size_t len)
{
    int                 rc;
    syncd_svn_effect_t  e;

    rc = syncd_svn_path(type, change, file, path, len, &e);

    fuzz_check(rc == WPPKG_OK || rc == WPPKG_DECLINED);

    if (rc != WPPKG_OK) {
        return;
    }

    fuzz_check(e.slug > path && e.slug + e.slug_len <= path + len);
    fuzz_check(fuzz_is_slug(e.slug, e.slug_len));
    fuzz_check(!e.trunk || (e.dirty && type == WPPKG_PLUGIN));
    fuzz_check(!e.created || (e.tag != NULL && change <= SYNCD_SVN_COPIED));
    fuzz_check(!e.anew || (e.add && e.dirty && e.tag == NULL));
    fuzz_check(!e.veiled || (e.dirty && e.tag == NULL));

    if (e.tag != NULL) {
        fuzz_check(e.dirty && !e.trunk);
        fuzz_check(e.tag > e.slug + e.slug_len);
        fuzz_check(e.tag_len != 0 && e.tag + e.tag_len <= path + len);
        fuzz_check(memchr(e.tag, '/', e.tag_len) == NULL);
    }
}


static int
log_item(void *ctx, const syncd_svn_item_t *item)
{
    log_t  *l;

    l = ctx;

    fuzz_check(item->rev >= 0 && item->date >= 0);
    fuzz_check(item->paths <= l->paths);

    l->paths = 0;

    fuzz_spare(1);
    wppkg_buf_printf(&l->text, "=%" PRId64 "@%" PRId64 " %" PRIu64 "\n",
                     item->rev, item->date, item->paths);
    fuzz_spare(0);

    return WPPKG_OK;
}


/* seed: 0, in one; 1, byte by byte; else in parts */

static void
log_read(log_t *l, const uint8_t *data, size_t size, uint32_t seed)
{
    char                     *part;
    size_t                    n;
    syncd_svn_log_t          *log;
    syncd_svn_log_handler_t   handler;

    memset(l, 0, sizeof(log_t));
    wppkg_buf_init(&l->text, 1024 * 1024);

    handler.path = log_path;
    handler.item = log_item;
    handler.ctx = l;

    log = syncd_svn_log_create(&handler);
    fuzz_check(log != NULL);

    while (size != 0 && l->rc == WPPKG_OK) {
        n = (seed == 0) ? size : (seed == 1) ? 1 : fuzz_step(&seed);
        n = (n < size) ? n : size;

        part = fuzz_alloc(n);
        memcpy(part, data, n);

        l->rc = syncd_svn_log_feed(log, part, n);

        free(part);

        data += n;
        size -= n;
    }

    if (l->rc == WPPKG_OK) {
        l->rc = syncd_svn_log_end(log);
    }

    fuzz_check((l->rc == WPPKG_OK) == (syncd_svn_log_error(log) == NULL));
    fuzz_check(wppkg_buf_ok(&l->text));

    if (l->rc != WPPKG_OK) {
        fuzz_check(syncd_svn_log_error(log)[0] != '\0');
    }

    syncd_svn_log_free(log);
}


static void
log_same(log_t *whole, const uint8_t *data, size_t size, uint32_t seed)
{
    log_t  part;

    log_read(&part, data, size, seed);

    /* not so the error: of two faults near each other expat names either */

    fuzz_check(part.rc == whole->rc);
    fuzz_check(part.text.len == whole->text.len);
    fuzz_check(part.text.len == 0
               || memcmp(part.text.data, whole->text.data, part.text.len)
                  == 0);

    wppkg_buf_free(&part.text);
}

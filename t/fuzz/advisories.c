
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a source of advisories sends: however it is cut into parts, it has the
 * same members; each record of them is taken or counted as bad; and all that
 * is taken is good enough to be published.
 */


#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "syncd_advisory_reader.h"
#include "syncd_records.h"
#include "wppkg_constraint.h"
#include "wppkg_name.h"
#include "wppkg_url.h"


/* what came of it */

typedef struct {
    wppkg_buf_t                told;      /* a line each */
    int                        rc;
    wppkg_error_t              err;
    syncd_records_t            records;
    syncd_advisory_reader_t    reader;
} advisories_t;


static void advisories_read(advisories_t *a, const uint8_t *data, size_t size,
    uint32_t seed);
static void advisories_same(const advisories_t *whole, const uint8_t *data,
    size_t size, uint32_t seed);
static void advisories_free(advisories_t *a);
static int advisories_put(void *ctx, const wppkg_advisory_t *advisory);
static int advisories_keep(void *ctx, const char *id);
static void advisories_text(const char *s, size_t max);
static void advisories_constraint(const char *s);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    advisories_t  whole;

    advisories_read(&whole, data, size, 0);

    fuzz_check(whole.rc != WPPKG_OK
               || whole.reader.records + whole.reader.bad
                  == whole.records.members);
    fuzz_check((whole.reader.bad == 0)
               == (whole.reader.first.text[0] == '\0'));
    fuzz_check(whole.reader.nlicenses <= SYNCD_ADVISORY_LICENSES);

    advisories_same(&whole, data, size, 1);
    advisories_same(&whole, data, size, 2 + (uint32_t) size);

    advisories_free(&whole);

    return 0;
}


/* seed: 0, in one; 1, byte by byte; else in parts */

static void
advisories_read(advisories_t *a, const uint8_t *data, size_t size,
    uint32_t seed)
{
    char                      *part;
    size_t                     n;
    syncd_advisory_handler_t   handler;

    memset(a, 0, sizeof(advisories_t));
    wppkg_buf_init(&a->told, 16 * 1024 * 1024);

    handler.put = advisories_put;
    handler.keep = advisories_keep;
    handler.ctx = a;

    syncd_advisory_reader_init(&a->reader, &handler);
    syncd_records_init(&a->records, syncd_advisory_reader_take, &a->reader);

    while (size != 0 && a->rc == WPPKG_OK) {
        n = (seed == 0) ? size : (seed == 1) ? 1 : fuzz_step(&seed);
        n = (n < size) ? n : size;

        /* a copy: nothing of it may be looked at later */

        part = fuzz_alloc(n);
        memcpy(part, data, n);

        a->rc = syncd_records_feed(&a->records, part, n);

        free(part);

        data += n;
        size -= n;
    }

    if (a->rc == WPPKG_OK) {
        a->rc = syncd_records_end(&a->records, &a->err);
        fuzz_check((a->rc == WPPKG_OK) == (a->err.text[0] == '\0'));
    }
}


static void
advisories_same(const advisories_t *whole, const uint8_t *data, size_t size,
    uint32_t seed)
{
    advisories_t  part;

    advisories_read(&part, data, size, seed);

    fuzz_check(part.rc == whole->rc);
    fuzz_check(strcmp(part.err.text, whole->err.text) == 0);
    fuzz_check(part.records.members == whole->records.members);
    fuzz_check(part.reader.bad == whole->reader.bad);
    fuzz_check(part.told.len == whole->told.len);
    fuzz_check(part.told.len == 0
               || memcmp(part.told.data, whole->told.data, part.told.len)
                  == 0);

    advisories_free(&part);
}


static void
advisories_free(advisories_t *a)
{
    syncd_records_free(&a->records);
    syncd_advisory_reader_free(&a->reader);
    wppkg_buf_free(&a->told);
}


static int
advisories_put(void *ctx, const wppkg_advisory_t *advisory)
{
    wppkg_buf_t    json;
    advisories_t  *a;

    a = ctx;

    fuzz_check(fuzz_is_slug(advisory->slug, strlen(advisory->slug)));
    fuzz_check(advisory->link == NULL || wppkg_url_usable(advisory->link));
    fuzz_check(advisory->reported_at >= 0);

    advisories_text(advisory->title, WPPKG_ADVISORY_TITLE);
    advisories_text(advisory->id, SYNCD_ADVISORY_ID);
    advisories_constraint(advisory->constraint);

    if (advisory->credit != NULL) {
        advisories_text(advisory->credit, 2 * WPPKG_ADVISORY_CREDIT + 2);
    }

    wppkg_buf_init(&json, 1024 * 1024);
    wppkg_advisory_json(&json, "s", advisory);

    if (wppkg_buf_ok(&json)) {
        wppkg_buf_append(&a->told, json.data, json.len);
    }

    wppkg_buf_free(&json);

    return WPPKG_OK;
}


static int
advisories_keep(void *ctx, const char *id)
{
    advisories_t  *a;

    a = ctx;

    advisories_text(id, SYNCD_ADVISORY_ID);
    wppkg_buf_puts(&a->told, id);
    wppkg_buf_puts(&a->told, "\n");

    return WPPKG_OK;
}


static void
advisories_text(const char *s, size_t max)
{
    fuzz_check(s[0] != '\0' && strlen(s) <= max);
    fuzz_check(fuzz_is_line(s, strlen(s)));
}


/* each of its ranges alone is one that Composer can parse */

static void
advisories_constraint(const char *s)
{
    size_t  len;

    for ( ;; ) {
        len = strcspn(s, "|");
        fuzz_check(wppkg_constraint_refused(s, len) == NULL);

        if (s[len] == '\0') {
            return;
        }

        s += len + 1;
    }
}

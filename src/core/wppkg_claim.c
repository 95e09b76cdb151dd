
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_claim.h"
#include "wppkg_warning.h"


static void wppkg_claim_filter(wppkg_buf_t *b, const wppkg_filter_t *f);
static void wppkg_claim_reason(wppkg_buf_t *b, const char *reason);
static void wppkg_claim_text(wppkg_buf_t *b, const char *s);


void
wppkg_claim(wppkg_buf_t *b, const char *name, size_t len, int dev,
    const wppkg_claim_t *c)
{
    wppkg_buf_puts(b, "{\"packages\":{");
    wppkg_buf_json(b, name, len);
    wppkg_buf_puts(b, ":[]},\"minified\":\"composer/2.0\"");

    if (!dev && c != NULL) {
        wppkg_claim_members(b, c);
    }

    wppkg_buf_puts(b, "}");
}


void
wppkg_claim_members(wppkg_buf_t *b, const wppkg_claim_t *c)
{
    size_t                 i;
    const wppkg_filter_t  *f;

    if (c->warning != NULL) {
        wppkg_buf_puts(b, ",\"warnings\":[{\"versions\":\"*\",\"message\":");
        wppkg_claim_text(b, c->warning);
        wppkg_buf_puts(b, "}]");
    }

    for (i = 0; i < c->nfilters; i++) {
        f = &c->filters[i];

        if (i != 0 && strcmp(f->list, f[-1].list) == 0) {
            wppkg_buf_puts(b, ",");

        } else {
            wppkg_buf_puts(b, (i == 0) ? ",\"filter\":{" : "],");
            wppkg_claim_text(b, f->list);
            wppkg_buf_puts(b, ":[");
        }

        wppkg_claim_filter(b, f);
    }

    if (c->nfilters != 0) {
        wppkg_buf_puts(b, "]}");
    }
}


static void
wppkg_claim_filter(wppkg_buf_t *b, const wppkg_filter_t *f)
{
    wppkg_buf_puts(b, "{\"constraint\":");
    wppkg_claim_text(b, f->constraint);

    if (f->url != NULL) {
        wppkg_buf_puts(b, ",\"url\":");
        wppkg_claim_text(b, f->url);
    }

    if (f->reason != NULL) {
        wppkg_buf_puts(b, ",\"reason\":");
        wppkg_claim_reason(b, f->reason);
    }

    wppkg_buf_puts(b, "}");
}


static void
wppkg_claim_reason(wppkg_buf_t *b, const char *reason)
{
    wppkg_buf_t  clean;

    wppkg_buf_init(&clean, 2 * WPPKG_FILTER_REASON);
    wppkg_buf_puts(&clean, "");

    (void) wppkg_warning_clean(&clean, reason, strlen(reason),
                               WPPKG_FILTER_REASON);

    if (wppkg_buf_ok(&clean)) {
        wppkg_buf_json(b, clean.data, clean.len);

    } else {
        b->failed = 1;
    }

    wppkg_buf_free(&clean);
}


static void
wppkg_claim_text(wppkg_buf_t *b, const char *s)
{
    wppkg_buf_json(b, s, strlen(s));
}

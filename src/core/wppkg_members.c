
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_members.h"
#include "wppkg_warning.h"


static void wppkg_members_warning(wppkg_buf_t *b, const char *warning);
static void wppkg_members_filters(wppkg_buf_t *b, const wppkg_members_t *m);
static void wppkg_members_filter(wppkg_buf_t *b, const wppkg_filter_t *f);
static void wppkg_members_reason(wppkg_buf_t *b, const char *reason);
static void wppkg_members_text(wppkg_buf_t *b, const char *s);


void
wppkg_members_add(wppkg_buf_t *document, const wppkg_members_t *m)
{
    if (m->warning == NULL && m->nfilters == 0 && m->advisories == NULL) {
        return;
    }

    if (!wppkg_buf_ok(document)) {
        return;
    }

    document->limit += WPPKG_MEMBERS_MAX;
    document->len--;

    if (m->warning != NULL) {
        wppkg_members_warning(document, m->warning);
    }

    if (m->nfilters != 0) {
        wppkg_members_filters(document, m);
    }

    if (m->advisories != NULL) {
        wppkg_buf_puts(document, ",\"security-advisories\":");
        wppkg_buf_append(document, m->advisories->data, m->advisories->len);
    }

    wppkg_buf_puts(document, "}");
}


static void
wppkg_members_warning(wppkg_buf_t *b, const char *warning)
{
    wppkg_buf_puts(b, ",\"warnings\":[{\"versions\":\"*\",\"message\":");
    wppkg_members_text(b, warning);
    wppkg_buf_puts(b, "}]");
}


static void
wppkg_members_filters(wppkg_buf_t *b, const wppkg_members_t *m)
{
    size_t                 i;
    const wppkg_filter_t  *f;

    for (i = 0; i < m->nfilters; i++) {
        f = &m->filters[i];

        if (i != 0 && strcmp(f->list, f[-1].list) == 0) {
            wppkg_buf_puts(b, ",");

        } else {
            wppkg_buf_puts(b, (i == 0) ? ",\"filter\":{" : "],");
            wppkg_members_text(b, f->list);
            wppkg_buf_puts(b, ":[");
        }

        wppkg_members_filter(b, f);
    }

    wppkg_buf_puts(b, "]}");
}


static void
wppkg_members_filter(wppkg_buf_t *b, const wppkg_filter_t *f)
{
    wppkg_buf_puts(b, "{\"constraint\":");
    wppkg_members_text(b, f->constraint);

    if (f->url != NULL) {
        wppkg_buf_puts(b, ",\"url\":");
        wppkg_members_text(b, f->url);
    }

    if (f->reason != NULL) {
        wppkg_buf_puts(b, ",\"reason\":");
        wppkg_members_reason(b, f->reason);
    }

    wppkg_buf_puts(b, "}");
}


static void
wppkg_members_reason(wppkg_buf_t *b, const char *reason)
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
wppkg_members_text(wppkg_buf_t *b, const char *s)
{
    wppkg_buf_json(b, s, strlen(s));
}

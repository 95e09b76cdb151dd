
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Pages of themes.  The first line of an input is the status; the body comes
 * after it.
 */


#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "syncd_api_page.h"


static void page_entries(const syncd_api_page_t *page);
static void page_entry(const syncd_api_page_t *page, size_t i,
    const char *slug);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    long               status;
    char              *line;
    size_t             len;
    wppkg_error_t      err;
    const uint8_t     *head;
    syncd_api_page_t  *page;

    fuzz_part(&data, &size, '\n', &head, &len);
    line = fuzz_string(head, len);
    status = strtol(line, NULL, 10);
    free(line);

    err.text[0] = '\0';
    page = syncd_api_page_read(status, (const char *) data, size, &err);

    fuzz_check((page == NULL) == (err.text[0] != '\0'));

    if (page != NULL) {
        fuzz_check(status == 200);
        page_entries(page);
        syncd_api_page_free(page);
    }

    return 0;
}


static void
page_entries(const syncd_api_page_t *page)
{
    size_t       i;
    const char  *slug;

    fuzz_check(syncd_api_page_count(page) >= 1);
    fuzz_check(syncd_api_page_count(page) <= SYNCD_API_PAGES);

    for (i = 0; i < syncd_api_page_themes(page); i++) {
        slug = syncd_api_page_slug(page, i);

        if (slug != NULL) {
            page_entry(page, i, slug);
        }
    }

    fuzz_check(syncd_api_page_slug(page, i) == NULL);
}


/* whoever looks at less of it comes to no other state */

static void
page_entry(const syncd_api_page_t *page, size_t i, const char *slug)
{
    syncd_api_result_t  full, state;

    syncd_api_page_result(page, i, 0, &full);
    syncd_api_page_result(page, i, 1, &state);

    fuzz_check(full.outcome <= SYNCD_API_TRANSIENT);
    fuzz_check(state.package.slug == NULL);
    fuzz_check(state.outcome == full.outcome
               || (state.outcome == SYNCD_API_OK
                   && full.outcome == SYNCD_API_TRANSIENT));

    if (full.outcome == SYNCD_API_OK) {
        fuzz_check(full.package.type == WPPKG_THEME);
        fuzz_check(strcmp(full.package.slug, slug) == 0);

    } else {
        fuzz_check(full.package.slug == NULL);
    }

    syncd_api_result_free(&full);
    syncd_api_result_free(&state);
}

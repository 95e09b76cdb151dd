
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_claim.h"


void
wppkg_claim(wppkg_buf_t *b, const char *name, size_t len)
{
    wppkg_buf_puts(b, "{\"packages\":{");
    wppkg_buf_json(b, name, len);
    wppkg_buf_puts(b, ":[]},\"minified\":\"composer/2.0\"}");
}

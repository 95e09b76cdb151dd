
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_answers.h"


/* the types that there are have documents (contract C 54) */

int
wppkg_closed_type_answer(wppkg_reader_t *rd, const wppkg_request_t *request,
    wppkg_answer_t *answer, wppkg_error_t *err)
{
    answer->status = 404;
    wppkg_buf_puts(&answer->text, "{\"error\":\"unknown package type\"}");

    return WPPKG_OK;
}

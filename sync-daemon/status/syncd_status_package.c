
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * "status PACKAGE": what nginx tells everybody, and what is the operator's.
 */


#include "syncd_status_parts.h"


/* bytes: a package has 20,000 tags at most, and they are told once or twice */
#define SYNCD_STATUS_MAX  (16 * 1024 * 1024)


static void syncd_status_form(const syncd_conf_t *conf, int whole,
    wppkg_inspect_form_t *form);
static json_t *syncd_status_read(wppkg_buf_t *text);


json_t *
syncd_status_json(const syncd_conf_t *conf, const wppkg_inspect_package_t *p,
    int whole)
{
    wppkg_buf_t            text;
    wppkg_inspect_form_t   form;

    syncd_status_form(conf, whole, &form);
    wppkg_buf_init(&text, SYNCD_STATUS_MAX);

    wppkg_inspect_json(p, &form, &text);

    return syncd_status_read(&text);
}


json_t *
syncd_status_copy(const syncd_conf_t *conf, const wppkg_inspect_copy_t *copy,
    int whole)
{
    wppkg_buf_t            text;
    wppkg_inspect_form_t   form;

    syncd_status_form(conf, whole, &form);
    wppkg_buf_init(&text, SYNCD_STATUS_MAX);

    wppkg_inspect_copy_json(copy, &form, wppkg_tick_now() / WPPKG_TICKS,
                            &text);

    return syncd_status_read(&text);
}


static void
syncd_status_form(const syncd_conf_t *conf, int whole,
    wppkg_inspect_form_t *form)
{
    form->local = 1;
    form->whole = (whole != 0);
    form->operator = 1;
    form->bucket = (conf->s3_endpoint != NULL);
}


static json_t *
syncd_status_read(wppkg_buf_t *text)
{
    json_t  *answer;

    answer = wppkg_buf_ok(text)
             ? json_loadb(text->data, text->len, 0, NULL) : NULL;

    wppkg_buf_free(text);

    return answer;
}

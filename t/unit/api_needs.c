
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What answers of the info API say of a package besides its versions: what it
 * needs, and links.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "syncd_api.h"


#define SAID_PLUGIN  "{\"slug\":\"a\",\"name\":\"A\",\"versions\":{}"


typedef struct {
    const char  *member;
    const char  *want;            /* NULL: none */
} said_field_t;


static syncd_api_result_t said_read(wppkg_type_e type, const char *body,
    size_t len);
static void said_fields(wppkg_type_e type, size_t field,
    const said_field_t *fields, size_t n);
static void said_links(void **state);
static void said_needs(void **state);


static syncd_api_result_t
said_read(wppkg_type_e type, const char *body, size_t len)
{
    const char          *slug;
    wppkg_error_t        err;
    syncd_api_result_t   result;

    slug = "a";

    assert_int_equal(syncd_api_read(type, &slug, 1, 0, 200, body, len,
                                    &result, &err), SYNCD_API_READ);
    assert_int_equal(result.outcome, SYNCD_API_OK);

    return result;
}


/* one field, by its place in wppkg_package_t, of each of n answers */

static void
said_fields(wppkg_type_e type, size_t field, const said_field_t *fields,
    size_t n)
{
    char                *got, body[1024];
    size_t               i;
    syncd_api_result_t   r;

    for (i = 0; i < n; i++) {
        (void) snprintf(body, sizeof(body), SAID_PLUGIN ",%s}",
                        fields[i].member);
        r = said_read(type, body, strlen(body));

        memcpy(&got, (char *) &r.package + field, sizeof(char *));

        if (fields[i].want == NULL) {
            assert_null(got);

        } else {
            assert_non_null(got);
            assert_string_equal(got, fields[i].want);
        }

        syncd_api_result_free(&r);
    }
}


/* likewise checked: where to give money, and who the author is */

static void
said_links(void **state)
{
    static const said_field_t  donate[] = {
        { "\"donate_link\":\"https://x/?a=1&amp;b\"", "https://x/?a=1&b" },
        { "\"donate_link\":\"paypal.me/x\"", NULL },
        { "\"donate_link\":\"\"", NULL },
        { "\"donate_link\":[]", NULL }
    };

    static const said_field_t  profile[] = {
        { "\"author_profile\":\"https://profiles.wordpress.org/x/\"",
          "https://profiles.wordpress.org/x/" },
        { "\"author_profile\":false", NULL },
        { "\"author\":{\"author\":\"A\",\"profile\":\"https://p/x\"}",
          "https://p/x" },
        { "\"author\":{\"profile\":7},\"author_profile\":\"https://p/\"",
          NULL }
    };

    said_fields(WPPKG_PLUGIN, offsetof(wppkg_package_t, donate), donate,
                sizeof(donate) / sizeof(donate[0]));
    said_fields(WPPKG_PLUGIN, offsetof(wppkg_package_t, author_url), profile,
                sizeof(profile) / sizeof(profile[0]));
}


/* names that can be those of other packages, in order, each once */

static void
said_needs(void **state)
{
    size_t              i;
    wppkg_buf_t         b;
    syncd_api_result_t  r;

    static const said_field_t  plugin[] = {
        { "\"requires_plugins\":[\"woocommerce\"]", "woocommerce" },
        { "\"requires_plugins\":[\"c\",\"b\",\"c\",\"a\"]", "b c" },
        { "\"requires_plugins\":[\"a\",\"A\",\"b--c-\",\"\",\"x/y\",7,null,"
          "[\"b\"],\"c d\",\"nul\",\"n\\u0000\"]", NULL },
        { "\"requires_plugins\":[\"form\",\"a\",null]", "form" },
        { "\"requires_plugins\":[]", NULL },
        { "\"requires_plugins\":false", NULL },
        { "\"requires_plugins\":\"woocommerce\"", NULL },
        { "\"requires_plugins\":{\"0\":\"woocommerce\"}", NULL },
        { "\"template\":\"x\",\"parent\":{\"slug\":\"x\"}", NULL }
    };

    static const said_field_t  theme[] = {
        { "\"parent\":{\"slug\":\"astra\",\"name\":\"Astra\"}", "astra" },
        { "\"template\":\"astra\"", "astra" },
        { "\"template\":\"b\",\"parent\":{\"slug\":\"astra\"}", "astra" },
        { "\"template\":\"a\"", NULL },
        { "\"template\":false,\"parent\":null", NULL },
        { "\"parent\":{\"slug\":\"../x\"}", NULL },
        { "\"requires_plugins\":[\"x\"]", NULL }
    };

    said_fields(WPPKG_PLUGIN, offsetof(wppkg_package_t, needs), plugin,
                sizeof(plugin) / sizeof(plugin[0]));
    said_fields(WPPKG_THEME, offsetof(wppkg_package_t, needs), theme,
                sizeof(theme) / sizeof(theme[0]));

    /* 1,000 of them */

    wppkg_buf_init(&b, 65536);
    wppkg_buf_puts(&b, SAID_PLUGIN ",\"requires_plugins\":[\"p0\"");

    for (i = 1; i < 1000; i++) {
        wppkg_buf_printf(&b, ",\"p%zu\"", i);
    }

    wppkg_buf_puts(&b, "]}");
    r = said_read(WPPKG_PLUGIN, b.data, b.len);

    i = strlen(r.package.needs);

    assert_string_equal(r.package.needs + i - 2, "p9");
    assert_int_equal(i, 10 * 2 + 22 * 3 + 31);

    wppkg_buf_free(&b);
    syncd_api_result_free(&r);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(said_links),
        cmocka_unit_test(said_needs),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the log tells of a reload: which keys of the configuration have
 * changed.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "syncd_conf.h"


/* gives the field of a key, the last of several, another value */

static void
change(syncd_conf_t *conf, const syncd_conf_key_t *key)
{
    char      **text;
    unsigned   *number;

    if (key->type > SYNCD_CONF_FILES) {
        number = (void *) ((char *) conf + key->offset);
        ++*number;
        return;
    }

    text = (void *) ((char *) conf + key->offset);

    if (key->type == SYNCD_CONF_FILES) {
        text += key->max - 1;
    }

    *text = strdup("new");
    assert_non_null(*text);
}


static void
test_each(void **state)
{
    char                     want[80];
    wppkg_buf_t              changes;
    syncd_conf_t             one, other;
    const syncd_conf_key_t  *key;

    wppkg_buf_init(&changes, 4096);

    for (key = syncd_conf_keys; key->section != NULL; key++) {
        memset(&one, 0, sizeof(syncd_conf_t));
        memset(&other, 0, sizeof(syncd_conf_t));
        (void) snprintf(want, sizeof(want), "[%s] %s", key->section,
                        key->name);

        change(&one, key);
        wppkg_buf_reset(&changes);
        syncd_conf_changes(&one, &other, &changes);
        assert_string_equal(changes.data, want);

        change(&other, key);
        wppkg_buf_reset(&changes);
        syncd_conf_changes(&one, &other, &changes);
        assert_int_equal(changes.len, 0);

        syncd_conf_free(&other);
        change(&other, key);
        syncd_conf_free(&one);
        syncd_conf_changes(&one, &other, &changes);
        assert_string_equal(changes.data, want);

        syncd_conf_free(&other);
    }

    wppkg_buf_free(&changes);
}


static void
test_several(void **state)
{
    wppkg_buf_t   changes;
    syncd_conf_t  one, other;

    static char  was[] = "/was", is[] = "/is";

    memset(&one, 0, sizeof(syncd_conf_t));
    memset(&other, 0, sizeof(syncd_conf_t));
    one.list = was;
    other.list = is;
    one.retries = 4;

    wppkg_buf_init(&changes, 4096);
    syncd_conf_changes(&one, &other, &changes);
    assert_string_equal(changes.data, "[catalogue] list, [http] retries");
    wppkg_buf_free(&changes);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_each),
        cmocka_unit_test(test_several)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("conf_changes", tests, NULL, NULL);
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A file of another repository.  The first line of an input is its path.
 */


#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "fuzz.h"
#include "wppkg_taken.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int             rc;
    char           *path;
    size_t          len;
    json_t         *root;
    json_error_t    why;
    wppkg_taken_t    copy;
    wppkg_error_t   err;
    const uint8_t  *head;

    fuzz_part(&data, &size, '\n', &head, &len);
    path = fuzz_string(head, len);

    err.text[0] = '\0';
    rc = wppkg_taken_read(path, (const char *) data, size, &copy, &err);

    fuzz_check(rc == WPPKG_OK || rc == WPPKG_ERROR);
    fuzz_check((rc == WPPKG_ERROR) == (err.text[0] != '\0'));

    /* whatever is taken is JSON, but for numbers that jansson cannot hold */

    if (rc == WPPKG_OK) {
        fuzz_spare(1);
        root = json_loadb((const char *) data, size, 0, &why);
        fuzz_check(json_is_object(root)
                   || json_error_code(&why) == json_error_numeric_overflow);
        fuzz_check(root == NULL
                   || json_object_size(json_object_get(root, "packages"))
                      == 1);
        fuzz_check(copy.versions <= size);
        json_decref(root);
        fuzz_spare(0);
    }

    free(path);

    return 0;
}

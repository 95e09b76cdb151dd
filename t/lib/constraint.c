
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Not a test, a tool for one: reads version constraints, one a line, and
 * prints "ok" or "ERR" for each (t/constraints.t).
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wppkg_constraint.h"


int
main(void)
{
    char        *line;
    size_t       size;
    ssize_t      len;
    const char  *why;

    line = NULL;
    size = 0;

    for ( ;; ) {
        len = getline(&line, &size, stdin);

        if (len == -1) {
            break;
        }

        if (line[len - 1] == '\n') {
            len--;
        }

        why = wppkg_constraint_refused(line, (size_t) len);
        (void) puts((why == NULL) ? "ok" : "ERR");
    }

    free(line);

    return (fflush(stdout) == 0) ? 0 : 1;
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Not a test, a tool for one (t/ranges.t): reads ranges of versions, those of
 * one advisory a line, each as four fields with tabs between them: from, 1 if
 * inclusive, to, 1 if inclusive.  Prints the constraint that says the same,
 * "-" if there is none, and how many ranges were made wider.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wppkg_ranges.h"


static int tool_line(char *line);


int
main(void)
{
    int      rc;
    char    *line;
    size_t   size;
    ssize_t  len;

    rc = WPPKG_OK;
    line = NULL;
    size = 0;

    while (rc == WPPKG_OK) {
        len = getline(&line, &size, stdin);

        if (len == -1) {
            break;
        }

        line[len - (line[len - 1] == '\n')] = '\0';
        rc = tool_line(line);
    }

    free(line);

    return (rc == WPPKG_OK && fflush(stdout) == 0) ? 0 : 1;
}


static int
tool_line(char *line)
{
    int              rc;
    char            *field[4];
    size_t           i;
    wppkg_buf_t      text;
    wppkg_ranges_t   r;

    rc = WPPKG_OK;
    wppkg_ranges_init(&r);
    wppkg_buf_init(&text, 1 << 20);

    while (rc == WPPKG_OK && line != NULL) {

        for (i = 0; i < 4; i++) {
            field[i] = (line != NULL) ? strsep(&line, "\t") : NULL;
        }

        if (field[3] == NULL) {
            return WPPKG_ERROR;
        }

        rc = wppkg_ranges_add(&r, field[0], *field[1] == '1', field[2],
                              *field[3] == '1');
    }

    if (rc == WPPKG_OK
        && wppkg_ranges_constraint(&r, &text) == WPPKG_DECLINED)
    {
        wppkg_buf_puts(&text, "-");
    }

    (void) printf("%s\t%zu\n", text.data, r.widened);

    rc = wppkg_buf_ok(&text) ? rc : WPPKG_ERROR;

    wppkg_buf_free(&text);
    wppkg_ranges_free(&r);

    return rc;
}

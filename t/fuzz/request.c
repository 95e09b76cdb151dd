
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Requests to the control socket: words of printable ASCII, which are those of
 * the line, and what commands make of them.
 */


#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "syncd_request.h"
#include "syncd_task.h"


static void request_words(const uint8_t *data, size_t size,
    char *const *words, int n);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int           n;
    char         *line, **words;
    const char   *why;
    syncd_task_t  task;

    line = fuzz_alloc(size + 1);
    words = fuzz_alloc(SYNCD_REQUEST_WORDS * sizeof(char *));
    memcpy(line, data, size);

    n = syncd_request_read(line, size, words, &why);

    fuzz_check((n == 0) == (why != NULL));
    fuzz_check(n >= 0 && n <= SYNCD_REQUEST_WORDS);

    if (n > 0) {
        request_words(data, size, words, n);
    }

    /* others are refused with a line of log */

    if (n > 0 && syncd_task_is(words[0])
        && syncd_task_parse(words[0], words + 1, n - 1, &task) == SYNCD_DONE)
    {
        fuzz_check(task.run.stages != 0);
        fuzz_check(task.run.nnames == 0 || task.run.nnames == n - 1);
    }

    free(words);
    free(line);

    return 0;
}


static void
request_words(const uint8_t *data, size_t size, char *const *words, int n)
{
    int     i;
    size_t  k, at;

    at = strlen(SYNCD_REQUEST_VERSION);
    fuzz_check(memcmp(data, SYNCD_REQUEST_VERSION, at) == 0);

    for (i = 0; i < n; i++) {
        fuzz_check(words[i][0] != '\0' && at < size && data[at++] == ' ');

        for (k = 0; words[i][k] != '\0'; k++) {
            fuzz_check(words[i][k] > 0x20 && words[i][k] < 0x7f);
            fuzz_check(at < size && (char) data[at++] == words[i][k]);
        }
    }

    fuzz_check(at == size);
}

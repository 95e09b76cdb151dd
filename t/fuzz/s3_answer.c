
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Error answers of S3 servers, and where they say that the bucket is: what is
 * read fits, and no answer leads to another owner's host.
 */


#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "syncd_s3_answers.h"


static void answer_elsewhere(const char *where, const char *endpoint,
    const char *owner);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char                *s;
    const char          *remedy;
    syncd_s3_t           s3;
    syncd_s3_answer_t    a;
    syncd_s3_meaning_e   meaning;

    memset(&s3, 0, sizeof(s3));

    syncd_s3_answer_parse((const char *) data, size, &a);

    fuzz_check(strlen(a.code) < sizeof(a.code));
    fuzz_check(strlen(a.message) < sizeof(a.message));
    fuzz_check(strlen(a.endpoint) < sizeof(a.endpoint));

    meaning = syncd_s3_meaning(&s3, 400, a.code, &remedy);

    fuzz_check(meaning != SYNCD_S3_ALL || remedy != NULL);
    fuzz_check(meaning != SYNCD_S3_ALL || !syncd_s3_singly(&s3, 400, a.code));

    s = fuzz_string(data, size);

    answer_elsewhere(s, "https://s3.owner.test", ".owner.test");
    answer_elsewhere(a.endpoint, "https://s3.owner.test", ".owner.test");
    answer_elsewhere(s, "https://10.0.0.1", "//10.0.0.1");

    free(s);

    return 0;
}


static void
answer_elsewhere(const char *where, const char *endpoint, const char *owner)
{
    char         *end;
    wppkg_buf_t   b;
    syncd_s3_t    s3;

    memset(&s3, 0, sizeof(s3));
    s3.endpoint = endpoint;
    s3.bucket = "bkt";

    wppkg_buf_init(&b, 4096);

    if (syncd_s3_elsewhere(&s3, where, &b) == WPPKG_OK) {
        fuzz_check(strncmp(b.data, "https://", 8) == 0);
        fuzz_check(strpbrk(b.data, "@?# \r\n%\\") == NULL);
        fuzz_check(strchr(b.data + 8, '/') == NULL);

        end = strchr(b.data + 8, ':');
        end = (end != NULL) ? end : b.data + b.len;

        fuzz_check((size_t) (end - b.data) >= strlen(owner));
        fuzz_check(strncasecmp(end - strlen(owner), owner, strlen(owner))
                   == 0 || strncasecmp(b.data + 8, owner + 1,
                                   strlen(owner) - 1) == 0);
    }

    wppkg_buf_free(&b);
}

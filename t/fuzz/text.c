
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Texts from WordPress.org: whatever comes, one line of clean UTF-8 leaves,
 * and of a smaller buffer the beginning of the same.
 */


#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "syncd_text.h"


static size_t text_clean(const uint8_t *data, size_t size, char *out,
    size_t room);
static int text_has_tag(const char *out);
static void text_kept(const uint8_t *data, size_t size, const char *out);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char    *out, *part;
    size_t   len, part_len, room;

    /* nothing grows to more than U+FFFD a byte */

    out = fuzz_alloc(3 * size + 1);
    len = text_clean(data, size, out, 3 * size + 1);

    text_kept(data, size, out);

    for (room = 1; room <= len; room += 1 + room / 4) {
        part = fuzz_alloc(room);
        part_len = text_clean(data, size, part, room);

        fuzz_check(part_len <= len && memcmp(part, out, part_len) == 0);

        /* a character or a space and one is what may be missing */

        fuzz_check(part_len + 5 >= room);

        free(part);
    }

    free(out);

    return 0;
}


static size_t
text_clean(const uint8_t *data, size_t size, char *out, size_t room)
{
    size_t  len;

    memset(out, 'x', room);

    len = syncd_text_clean((const char *) data, size, out, room);

    fuzz_check(len < room && strlen(out) == len);
    fuzz_check(fuzz_is_line(out, len));
    fuzz_check(strstr(out, "  ") == NULL);
    fuzz_check(!text_has_tag(out));
    fuzz_check(len == 0 || (out[0] != ' ' && out[len - 1] != ' '));

    return len;
}


/* what Composer's console would take for one of its own */

static int
text_has_tag(const char *out)
{
    for (out = strchr(out, '<'); out != NULL; out = strchr(out + 1, '<')) {

        if (out[1] == '/' || (out[1] >= 'a' && out[1] <= 'z')
            || (out[1] >= 'A' && out[1] <= 'Z'))
        {
            return 1;
        }
    }

    return 0;
}


/* where there is no markup, the letters and signs of ASCII are all kept */

static void
text_kept(const uint8_t *data, size_t size, const char *out)
{
    size_t  i;

    for (i = 0; i < size; i++) {

        if (data[i] == '<' || data[i] == '&') {
            return;
        }

        if (data[i] <= 0x20 || data[i] >= 0x7f) {
            continue;
        }

        while ((unsigned char) *out <= 0x20 || (unsigned char) *out >= 0x7f) {
            fuzz_check(*out != '\0');
            out++;
        }

        fuzz_check(*out == (char) data[i]);
        out++;
    }
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What normalised versions mean: their stability and their order.
 */


#include <string.h>

#include "wppkg_version.h"


/*
 * One step of a comparison.  The order is PHP's version_compare(), where
 * a word that it does not know, such as "stable", is below all.
 */

typedef enum {
    WPPKG_VERSION_UNKNOWN = 0,
    WPPKG_VERSION_DEV,
    WPPKG_VERSION_ALPHA,
    WPPKG_VERSION_BETA,
    WPPKG_VERSION_RC,
    WPPKG_VERSION_END,
    WPPKG_VERSION_NUMBER,
    WPPKG_VERSION_PATCH
} wppkg_version_rank_e;


typedef struct {
    const char            *word;
    wppkg_version_rank_e   rank;
} wppkg_version_rank_t;


typedef struct {
    wppkg_version_rank_e   rank;
    int64_t                number;
} wppkg_version_token_t;


static wppkg_version_token_t wppkg_version_token(const char **s);
static wppkg_version_rank_e wppkg_version_rank(const char *p,
    const char *last);
static int wppkg_version_digit(char c);
static int wppkg_version_letter(char c);


static const wppkg_version_rank_t  wppkg_version_ranks[] = {
    { "dev", WPPKG_VERSION_DEV },
    { "alpha", WPPKG_VERSION_ALPHA },
    { "beta", WPPKG_VERSION_BETA },
    { "RC", WPPKG_VERSION_RC },
    { "patch", WPPKG_VERSION_PATCH },
    { NULL, WPPKG_VERSION_UNKNOWN }
};


wppkg_stability_e
wppkg_version_stability(const char *normalized)
{
    size_t       len;
    const char  *modifier;

    len = strlen(normalized);

    if (strncmp(normalized, "dev-", 4) == 0
        || (len >= 4 && strcmp(normalized + len - 4, "-dev") == 0))
    {
        return WPPKG_STABILITY_DEV;
    }

    modifier = strchr(normalized, '-');

    if (modifier == NULL) {
        return WPPKG_STABILITY_STABLE;
    }

    if (strncmp(modifier, "-alpha", 6) == 0) {
        return WPPKG_STABILITY_ALPHA;
    }

    if (strncmp(modifier, "-beta", 5) == 0) {
        return WPPKG_STABILITY_BETA;
    }

    if (strncmp(modifier, "-RC", 3) == 0) {
        return WPPKG_STABILITY_RC;
    }

    /* "-patch" and "-stable" */

    return WPPKG_STABILITY_STABLE;
}


int
wppkg_version_compare(const char *a, const char *b)
{
    int                    a_branch, b_branch;
    wppkg_version_token_t  x, y;

    a_branch = (strncmp(a, "dev-", 4) == 0);
    b_branch = (strncmp(b, "dev-", 4) == 0);

    if (a_branch && b_branch) {
        /* Composer has no order for them; byte order keeps ours total */
        return strcmp(a, b);
    }

    if (a_branch || b_branch) {
        return b_branch - a_branch;
    }

    for ( ;; ) {
        x = wppkg_version_token(&a);
        y = wppkg_version_token(&b);

        if (x.rank != y.rank) {
            return (x.rank < y.rank) ? -1 : 1;
        }

        if (x.number != y.number) {
            return (x.number < y.number) ? -1 : 1;
        }

        if (x.rank == WPPKG_VERSION_END) {
            return 0;
        }
    }
}


int
wppkg_version_prefer(const char *a, const char *b)
{
    int     a_v, b_v;
    size_t  a_len, b_len;

    a_v = (a[0] == 'v' || a[0] == 'V');
    b_v = (b[0] == 'v' || b[0] == 'V');

    if (a_v != b_v) {
        return a_v - b_v;
    }

    a_len = strlen(a);
    b_len = strlen(b);

    if (a_len != b_len) {
        return (a_len < b_len) ? -1 : 1;
    }

    return strcmp(a, b);
}


/*
 * The next run of digits or letters at *s, what is between them being of no
 * weight.  Like PHP, takes a number of more than 63 bits for the largest one.
 */

static wppkg_version_token_t
wppkg_version_token(const char **s)
{
    int64_t                digit;
    const char            *p, *word;
    wppkg_version_token_t  token;

    token.rank = WPPKG_VERSION_END;
    token.number = 0;

    p = *s;

    while (*p != '\0' && !wppkg_version_digit(*p)
           && !wppkg_version_letter(*p))
    {
        p++;
    }

    if (wppkg_version_letter(*p)) {
        word = p;

        while (wppkg_version_letter(*p)) {
            p++;
        }

        token.rank = wppkg_version_rank(word, p);
        *s = p;

        return token;
    }

    for ( /* void */ ; wppkg_version_digit(*p); p++) {
        token.rank = WPPKG_VERSION_NUMBER;
        digit = *p - '0';

        if (token.number > (INT64_MAX - digit) / 10) {
            token.number = INT64_MAX;

        } else {
            token.number = token.number * 10 + digit;
        }
    }

    *s = p;

    return token;
}


static wppkg_version_rank_e
wppkg_version_rank(const char *p, const char *last)
{
    size_t                       len;
    const wppkg_version_rank_t  *r;

    len = (size_t) (last - p);

    for (r = wppkg_version_ranks; r->word != NULL; r++) {
        if (len == strlen(r->word) && memcmp(p, r->word, len) == 0) {
            break;
        }
    }

    return r->rank;
}


static int
wppkg_version_digit(char c)
{
    return c >= '0' && c <= '9';
}


static int
wppkg_version_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

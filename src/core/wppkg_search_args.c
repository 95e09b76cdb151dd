
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What is searched for: "T O P N words", where T is "p", "t" or "*" for the
 * type of packages, O a letter of WPPKG_SEARCH_ORDERS, P the page, N results
 * on it.  The words are separated by spaces, and have nothing in them that
 * FTS5 would take for its own.
 */


#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wppkg_answers.h"
#include "wppkg_arg.h"
#include "wppkg_name.h"
#include "wppkg_search.h"
#include "wppkg_utf8.h"


#define WPPKG_SEARCH_LAST  1000000    /* pages: there are no more results */


static int wppkg_search_number(const char *args, size_t len,
    const char *name, unsigned usual, unsigned max, unsigned *n);
static char wppkg_search_type(const char *type);
static char wppkg_search_order(const char *sort);
static const char *wppkg_search_vendor(const char *q, char *type);
static void wppkg_search_words(const char *q, char *words);
static int wppkg_search_is_word(unsigned char c);


int
wppkg_search_args(const char *args, size_t len, char spelled[WPPKG_ARGS_MAX])
{
    int          n;
    char         letter, order, q[WPPKG_ARGS_MAX], type[WPPKG_ARGS_MAX];
    char         sort[WPPKG_ARGS_MAX], words[WPPKG_ARGS_MAX];
    unsigned     page, size;
    const char  *text;

    if (wppkg_arg(args, len, "q", q) != WPPKG_OK
        || wppkg_arg(args, len, "type", type) != WPPKG_OK
        || wppkg_arg(args, len, "sort", sort) != WPPKG_OK
        || wppkg_search_number(args, len, "page", 1, WPPKG_SEARCH_LAST, &page)
           != WPPKG_OK
        || wppkg_search_number(args, len, "per_page", WPPKG_SEARCH_PAGE,
                               WPPKG_SEARCH_PAGE_MAX, &size) != WPPKG_OK
        || !wppkg_utf8_valid(q, strlen(q)))
    {
        return WPPKG_DECLINED;
    }

    order = wppkg_search_order(sort);

    if (order == '\0') {
        return WPPKG_DECLINED;
    }

    letter = wppkg_search_type(type);
    text = wppkg_search_vendor(q, &letter);
    wppkg_search_words(text, words);

    n = snprintf(spelled, WPPKG_ARGS_MAX, "%c %c %u %u %s", letter, order,
                 page, size, words);

    return (n < WPPKG_ARGS_MAX) ? WPPKG_OK : WPPKG_DECLINED;
}


/* 1 to max; more is max.  WPPKG_DECLINED: it is no number */

static int
wppkg_search_number(const char *args, size_t len, const char *name,
    unsigned usual, unsigned max, unsigned *n)
{
    char    value[WPPKG_ARGS_MAX];
    size_t  i;

    if (wppkg_arg(args, len, name, value) != WPPKG_OK) {
        return WPPKG_DECLINED;
    }

    *n = 0;

    for (i = 0; value[i] != '\0'; i++) {

        if (value[i] < '0' || value[i] > '9') {
            return WPPKG_DECLINED;
        }

        if (*n < max) {
            *n = *n * 10 + (unsigned) (value[i] - '0');
        }
    }

    *n = (i == 0) ? usual : (*n > max) ? max : (*n > 0) ? *n : 1;

    return WPPKG_OK;
}


/* as Composer calls it, or we; "-": there is no package of that type */

static char
wppkg_search_type(const char *type)
{
    wppkg_type_e  t;

    if (*type == '\0') {
        return '*';
    }

    for (t = 0; t < WPPKG_TYPES; t++) {

        if (strcmp(type, wppkg_type(t)->composer_type) == 0
            || strcmp(type, wppkg_type(t)->name) == 0
            || strcmp(type, wppkg_type(t)->vendor) == 0)
        {
            return wppkg_type(t)->name[0];
        }
    }

    return '-';
}


/* NUL: it is none that there is */

static char
wppkg_search_order(const char *sort)
{
    const char *const  *name;

    static const char *const  names[] = WPPKG_SEARCH_SORTS;

    if (*sort == '\0') {
        return WPPKG_SEARCH_ORDERS[0];
    }

    for (name = names; *name != NULL; name++) {
        if (strcmp(sort, *name) == 0) {
            return WPPKG_SEARCH_ORDERS[name - names];
        }
    }

    return '\0';
}


/* "wp-plugin/akismet" means the plugins with that word, by either vendor */

static const char *
wppkg_search_vendor(const char *q, char *type)
{
    wppkg_name_t  name;

    if (wppkg_name_composer(q, strlen(q), &name) != WPPKG_OK) {
        return q;
    }

    *type = (*type == '*') ? wppkg_type(name.type)->name[0] : *type;

    return name.slug;
}


/*
 * Letters and digits of ASCII, and all beyond it: the tokenizer of the index
 * knows which of that are letters.
 */

static void
wppkg_search_words(const char *q, char *words)
{
    char      *p;
    unsigned   n;

    p = words;

    for (n = 0; n < WPPKG_SEARCH_WORDS; n++) {

        while (*q != '\0' && !wppkg_search_is_word((unsigned char) *q)) {
            q++;
        }

        if (*q == '\0') {
            break;
        }

        if (p > words) {
            *p++ = ' ';
        }

        while (wppkg_search_is_word((unsigned char) *q)) {
            *p++ = (*q >= 'A' && *q <= 'Z') ? (char) (*q | 0x20) : *q;
            q++;
        }
    }

    *p = '\0';
}


static int
wppkg_search_is_word(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
           || (c >= 'a' && c <= 'z') || c >= 0x80;
}

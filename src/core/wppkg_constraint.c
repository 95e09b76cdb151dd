
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_constraint.h"
#include "wppkg_version.h"


#define WPPKG_CONSTRAINT_NUMBERS  4       /* major.minor.patch.more */

/* digits of a number that Composer can add one to */
#define WPPKG_CONSTRAINT_DIGITS   18

#define WPPKG_CONSTRAINT_ALPHABET                                             \
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"          \
    "._-/ ,|<>=!~^*@"


/* from p up to, and without, last; most functions move p on */

typedef struct {
    const char  *p;
    const char  *last;
} wppkg_constraint_text_t;


static const char *wppkg_constraint_all(wppkg_constraint_text_t t);
static const char *wppkg_constraint_part(wppkg_constraint_text_t *t);
static const char *wppkg_constraint_single(wppkg_constraint_text_t t,
    int operator);
static int wppkg_constraint_operator(wppkg_constraint_text_t *t);
static int wppkg_constraint_unflag(wppkg_constraint_text_t *t);
static int wppkg_constraint_branch(wppkg_constraint_text_t t);
static int wppkg_constraint_wildcard(wppkg_constraint_text_t t);
static int wppkg_constraint_star(wppkg_constraint_text_t *t);
static int wppkg_constraint_plain(wppkg_constraint_text_t t);
static int wppkg_constraint_version(wppkg_constraint_text_t t);
static size_t wppkg_constraint_numbers(wppkg_constraint_text_t *t);

static wppkg_constraint_text_t wppkg_constraint_until(
    wppkg_constraint_text_t *t, const char *set);
static void wppkg_constraint_blanks(wppkg_constraint_text_t *t);
static int wppkg_constraint_starts(wppkg_constraint_text_t t,
    const char *word);
static int wppkg_constraint_digit(char c);


static const char *const  wppkg_constraint_operators[] = {
    "==", "=", "!=", "<>", ">=", ">", "<=", "<"
};


static const char *const  wppkg_constraint_flags[] = {
    "@dev", "@alpha", "@beta", "@RC", "@rc", "@stable"
};


const char *
wppkg_constraint_refused(const char *s, size_t len)
{
    size_t                    i;
    const char               *why;
    wppkg_constraint_text_t   t, all;

    if (len > WPPKG_CONSTRAINT_MAX) {
        return "the constraint is longer than 255 bytes";
    }

    for (i = 0; i < len; i++) {
        if (s[i] == '\0' || strchr(WPPKG_CONSTRAINT_ALPHABET, s[i]) == NULL) {
            return "the constraint has a character that none needs";
        }
    }

    t.p = s;
    t.last = s + len;

    for ( ;; ) {
        all = wppkg_constraint_until(&t, "|");

        why = wppkg_constraint_all(all);
        if (why != NULL) {
            return why;
        }

        if (t.p == t.last) {
            return NULL;
        }

        t.p += wppkg_constraint_starts(t, "||") ? 2 : 1;
    }
}


/* what stands between two "|" */

static const char *
wppkg_constraint_all(wppkg_constraint_text_t t)
{
    const char  *why;

    wppkg_constraint_blanks(&t);

    if (wppkg_constraint_starts(t, "dev-")) {
        return wppkg_constraint_branch(t)
               ? NULL : "the constraint names no branch after \"dev-\","
                        " or more than that";
    }

    for ( ;; ) {
        why = wppkg_constraint_part(&t);
        if (why != NULL) {
            return why;
        }

        wppkg_constraint_blanks(&t);

        if (t.p == t.last) {
            return NULL;
        }

        if (*t.p == ',') {
            t.p++;
            wppkg_constraint_blanks(&t);
        }
    }
}


/*
 * One version, or two with " - " between them.  To Composer a second blank
 * there would be another "and".
 */

static const char *
wppkg_constraint_part(wppkg_constraint_text_t *t)
{
    int                      operator;
    wppkg_constraint_text_t  from, to;

    operator = wppkg_constraint_operator(t);
    from = wppkg_constraint_until(t, " ,");

    if (from.p == from.last) {
        return "the constraint lacks a version";
    }

    if (!wppkg_constraint_starts(*t, " - ")) {
        return wppkg_constraint_single(from, operator);
    }

    t->p += 3;
    to = wppkg_constraint_until(t, " ,");

    if (operator || !wppkg_constraint_plain(from)
        || !wppkg_constraint_plain(to))
    {
        return "the constraint has a \" - \" that is not between two versions";
    }

    return NULL;
}


static const char *
wppkg_constraint_single(wppkg_constraint_text_t t, int operator)
{
    int  ok;

    if (!wppkg_constraint_unflag(&t)) {
        return "the constraint has an \"@\" without a stability:"
               " dev, alpha, beta, RC, stable";
    }

    if (operator) {
        ok = wppkg_constraint_version(t);

    } else if (t.p == t.last) {
        ok = 1;

    } else if (*t.p == '^' || *t.p == '~') {
        t.p++;
        ok = wppkg_constraint_plain(t);

    } else {
        ok = wppkg_constraint_wildcard(t) || wppkg_constraint_version(t);
    }

    return ok ? NULL : "the constraint has a version that Composer, or one of"
                       " its versions, cannot parse";
}


/* 1: there was one; blanks may follow it */

static int
wppkg_constraint_operator(wppkg_constraint_text_t *t)
{
    size_t       i;
    const char  *operator;

    for (i = 0; i < sizeof(wppkg_constraint_operators) / sizeof(char *); i++) {
        operator = wppkg_constraint_operators[i];

        if (wppkg_constraint_starts(*t, operator)) {
            t->p += strlen(operator);
            wppkg_constraint_blanks(t);
            return 1;
        }
    }

    return 0;
}


/* takes "@dev" from the end; 0: it is none that Composer knows */

static int
wppkg_constraint_unflag(wppkg_constraint_text_t *t)
{
    size_t       i, len;
    const char  *at;

    at = memchr(t->p, '@', (size_t) (t->last - t->p));
    if (at == NULL) {
        return 1;
    }

    len = (size_t) (t->last - at);
    t->last = at;

    for (i = 0; i < sizeof(wppkg_constraint_flags) / sizeof(char *); i++) {
        if (strlen(wppkg_constraint_flags[i]) == len
            && memcmp(wppkg_constraint_flags[i], at, len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


/* all of t, which may end in blanks: no name has any */

static int
wppkg_constraint_branch(wppkg_constraint_text_t t)
{
    wppkg_constraint_text_t  name;

    t.p += strlen("dev-");

    name = wppkg_constraint_until(&t, " ,<>=!~^*");
    wppkg_constraint_blanks(&t);

    return t.p == t.last && wppkg_constraint_unflag(&name)
           && name.p != name.last;
}


/* "*", "x.*", "1.*", "v1.2.*.x": up to three numbers */

static int
wppkg_constraint_wildcard(wppkg_constraint_text_t t)
{
    size_t  n;

    if (wppkg_constraint_star(&t)) {
        n = 0;

    } else {
        n = wppkg_constraint_numbers(&t);

        if (n == 0 || n == WPPKG_CONSTRAINT_NUMBERS || t.p == t.last) {
            return 0;
        }
    }

    while (t.p != t.last && *t.p == '.') {
        t.p++;

        if (!wppkg_constraint_star(&t)) {
            return 0;
        }
    }

    return t.p == t.last;
}


static int
wppkg_constraint_star(wppkg_constraint_text_t *t)
{
    if (t->p == t->last || (*t->p != '*' && *t->p != 'x' && *t->p != 'X')) {
        return 0;
    }

    t->p++;

    return 1;
}


/*
 * A version of numbers and a suffix: no date with more numbers, and no branch
 * such as "1.x-dev".
 */

static int
wppkg_constraint_plain(wppkg_constraint_text_t t)
{
    wppkg_constraint_text_t  rest;

    rest = t;

    if (wppkg_constraint_numbers(&rest) == 0) {
        return 0;
    }

    if (rest.last - rest.p >= 2 && strchr("._-", *rest.p) != NULL
        && (wppkg_constraint_digit(rest.p[1])
            || strchr("xX*", rest.p[1]) != NULL))
    {
        return 0;
    }

    return wppkg_constraint_version(t);
}


static int
wppkg_constraint_version(wppkg_constraint_text_t t)
{
    size_t           len;
    wppkg_version_t  v;

    len = (size_t) (t.last - t.p);

    /* Composer takes a "-" at the end for a part of " - " */

    if (len == 0 || strchr("._-", t.p[len - 1]) != NULL) {
        return 0;
    }

    if (!wppkg_constraint_digit(t.p[t.p[0] == 'v' && len > 1])) {
        return 0;
    }

    /* a flag is taken away by whoever allows it */

    return memchr(t.p, '@', len) == NULL
           && wppkg_version_parse(t.p, len, &v) == WPPKG_OK;
}


/* how many there are, four at most, perhaps after a "v"; 0: one is too long */

static size_t
wppkg_constraint_numbers(wppkg_constraint_text_t *t)
{
    size_t       n;
    const char  *p, *end;

    p = t->p;

    if (p != t->last && *p == 'v') {
        p++;
    }

    for (n = 0; n < WPPKG_CONSTRAINT_NUMBERS; p = end + 1) {
        end = p;

        while (end != t->last && wppkg_constraint_digit(*end)) {
            end++;
        }

        if (end == p) {
            break;
        }

        if (end - p > WPPKG_CONSTRAINT_DIGITS) {
            return 0;
        }

        t->p = end;
        n++;

        if (end == t->last || *end != '.') {
            break;
        }
    }

    return n;
}


/* what stands before the first of these characters; t begins there then */

static wppkg_constraint_text_t
wppkg_constraint_until(wppkg_constraint_text_t *t, const char *set)
{
    wppkg_constraint_text_t  found;

    found.p = t->p;

    while (t->p != t->last && strchr(set, *t->p) == NULL) {
        t->p++;
    }

    found.last = t->p;

    return found;
}


static void
wppkg_constraint_blanks(wppkg_constraint_text_t *t)
{
    while (t->p != t->last && *t->p == ' ') {
        t->p++;
    }
}


static int
wppkg_constraint_starts(wppkg_constraint_text_t t, const char *word)
{
    size_t  len;

    len = strlen(word);

    return (size_t) (t.last - t.p) >= len && memcmp(t.p, word, len) == 0;
}


static int
wppkg_constraint_digit(char c)
{
    return c >= '0' && c <= '9';
}

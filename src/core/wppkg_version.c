
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The behaviour is that of composer/semver 3.3.2 (in Composer 2.5.5) and 3.4,
 * down to its oddities; comments that begin with "as there" mark the places
 * where a reader would expect something else.  Every test of theirs for the
 * end of a string also holds before a final newline.
 */


#include <string.h>

#include "wppkg_version.h"


/* white space in the middle of a version; trimmed is all but the \f */
#define WPPKG_VERSION_SPACES   " \t\n\v\f\r"

#define WPPKG_VERSION_PARTS    4      /* major.minor.patch.more */
#define WPPKG_VERSION_MAJOR    5      /* digits; more of them are a date */
#define WPPKG_VERSION_PAIRS    6      /* two-digit parts of a date */

/*
 * Parts of one to three digits that may end a date: all that the generations
 * of the parser differ in.
 */
#define WPPKG_VERSION_TAIL_OLD  1
#define WPPKG_VERSION_TAIL_NEW  2


/* text that is being taken apart: from p up to, and without, last */

typedef struct {
    const char         *p;
    const char         *last;
} wppkg_version_text_t;


/* text that is being put together; overlong text sets full */

typedef struct {
    char               *data;         /* WPPKG_VERSION_MAX bytes */
    size_t              len;
    unsigned            full:1;
} wppkg_version_out_t;


/* what may follow the numbers: "-beta.2", "RC1-dev", "_p" */

typedef struct {
    const char            *word;      /* as it is written out; NULL: none */
    wppkg_version_text_t   number;    /* "2", "1.2" */
    unsigned               dev:1;
} wppkg_version_modifier_t;


typedef struct {
    const char         *spelling;
    const char         *word;
} wppkg_version_word_t;


static int wppkg_version_normalize(wppkg_version_text_t t, char *normalized);
static int wppkg_version_usual(wppkg_version_text_t t, char *normalized);
static int wppkg_version_generation(wppkg_version_text_t t, size_t tail_max,
    char *normalized);
static int wppkg_version_branch(wppkg_version_text_t t,
    wppkg_version_out_t *out);
static int wppkg_version_classic(wppkg_version_text_t t,
    wppkg_version_out_t *out);
static int wppkg_version_date(wppkg_version_text_t t, size_t tail_max,
    wppkg_version_out_t *out);
static size_t wppkg_version_date_tail(wppkg_version_text_t date);
static int wppkg_version_numeric_branch(wppkg_version_text_t t,
    wppkg_version_out_t *out);
static int wppkg_version_modifier(wppkg_version_text_t t,
    wppkg_version_modifier_t *m);
static void wppkg_version_put_modifier(wppkg_version_out_t *out,
    const wppkg_version_modifier_t *m);
static void wppkg_version_clean(wppkg_version_text_t t, wppkg_version_t *v);

static wppkg_version_text_t wppkg_version_trim(wppkg_version_text_t t);
static wppkg_version_text_t wppkg_version_unalias(wppkg_version_text_t t);
static wppkg_version_text_t wppkg_version_unflag(wppkg_version_text_t t);
static wppkg_version_text_t wppkg_version_unbuild(wppkg_version_text_t t);
static wppkg_version_text_t wppkg_version_unv(wppkg_version_text_t t);
static const char *wppkg_version_plain(const char *p, const char *last);
static const char *wppkg_version_spaces(const char *p, const char *last);
static const char *wppkg_version_digits(const char *p, const char *last);
static const char *wppkg_version_part(const char *p, const char *last,
    const char *separators);

static void wppkg_version_put(wppkg_version_out_t *out, const char *data,
    size_t len);
static void wppkg_version_puts(wppkg_version_out_t *out, const char *s);
static int wppkg_version_done(wppkg_version_out_t *out);

static int wppkg_version_starts(const char *p, const char *last,
    const char *word);
static int wppkg_version_ends(wppkg_version_text_t t, const char *word);
static int wppkg_version_is(wppkg_version_text_t t, const char *word);
static int wppkg_version_digit(char c);
static int wppkg_version_one_of(char c, const char *set);


/* of two spellings with the same beginning the longer one comes first */

static const wppkg_version_word_t  wppkg_version_words[] = {
    { "stable", "stable" },
    { "beta", "beta" },
    { "b", "beta" },
    { "rc", "RC" },
    { "alpha", "alpha" },
    { "a", "alpha" },
    { "patch", "patch" },
    { "pl", "patch" },
    { "p", "patch" },
    { NULL, NULL }
};


/* a branch of this name is one without "dev-" before it */
static const char  *wppkg_version_branches[] = {
    "master", "trunk", "default", NULL
};


static const char  *wppkg_version_flags[] = {
    "@stable", "@rc", "@beta", "@alpha", "@dev", NULL
};


int
wppkg_version_parse(const char *s, size_t len, wppkg_version_t *v)
{
    wppkg_version_t       parsed;
    wppkg_version_text_t  t;

    t.p = s;
    t.last = s + len;
    t = wppkg_version_trim(t);
    len = (size_t) (t.last - t.p);

    if (len == 0 || len >= WPPKG_VERSION_MAX
        || memchr(t.p, '\0', len) != NULL)
    {
        return WPPKG_DECLINED;
    }

    if (wppkg_version_normalize(t, parsed.normalized) != WPPKG_OK) {
        return WPPKG_DECLINED;
    }

    parsed.stability = wppkg_version_stability(parsed.normalized);
    wppkg_version_clean(t, &parsed);

    *v = parsed;

    return WPPKG_OK;
}


/*
 * What both generations make of t, which is trimmed; normalized has room for
 * WPPKG_VERSION_MAX bytes.
 */

static int
wppkg_version_normalize(wppkg_version_text_t t, char *normalized)
{
    char  old[WPPKG_VERSION_MAX];

    if (wppkg_version_usual(t, normalized) == WPPKG_OK) {
        return WPPKG_OK;
    }

    if (wppkg_version_generation(t, WPPKG_VERSION_TAIL_OLD, old) != WPPKG_OK
        || wppkg_version_generation(t, WPPKG_VERSION_TAIL_NEW, normalized)
           != WPPKG_OK
        || strcmp(old, normalized) != 0)
    {
        return WPPKG_DECLINED;
    }

    return WPPKG_OK;
}


/*
 * What most versions are, "1.2.3": to which any Composer adds what is missing
 * of four parts, and nothing else.
 */

static int
wppkg_version_usual(wppkg_version_text_t t, char *normalized)
{
    size_t       len;
    unsigned     parts;
    const char  *p, *part;

    static const char  more[] = ".0.0.0";

    len = (size_t) (t.last - t.p);
    part = t.p;
    parts = 1;

    if (len + sizeof(more) > WPPKG_VERSION_MAX) {
        return WPPKG_DECLINED;
    }

    for (p = t.p; p < t.last; p++) {

        if (*p == '.' && p > part && parts < WPPKG_VERSION_PARTS
            && (parts > 1 || p - part <= WPPKG_VERSION_MAJOR))
        {
            part = p + 1;
            parts++;

        } else if (*p < '0' || *p > '9') {
            return WPPKG_DECLINED;
        }
    }

    if (p == part || (parts == 1 && p - part > WPPKG_VERSION_MAJOR)) {
        return WPPKG_DECLINED;
    }

    memcpy(normalized, t.p, len);
    memcpy(normalized + len, more, sizeof(more));
    normalized[len + 2 * (WPPKG_VERSION_PARTS - parts)] = '\0';

    return WPPKG_OK;
}


static int
wppkg_version_generation(wppkg_version_text_t t, size_t tail_max,
    char *normalized)
{
    int                  rc;
    wppkg_version_out_t  out;

    memset(&out, 0, sizeof(wppkg_version_out_t));
    out.data = normalized;

    t = wppkg_version_unflag(wppkg_version_unalias(t));

    rc = wppkg_version_branch(t, &out);

    if (rc != WPPKG_DECLINED) {
        return rc;
    }

    if (t.last > t.p && t.last[-1] == '\n') {
        t.last--;
    }

    t = wppkg_version_unbuild(t);

    rc = wppkg_version_classic(t, &out);

    if (rc == WPPKG_DECLINED) {
        rc = wppkg_version_date(t, tail_max, &out);
    }

    if (rc == WPPKG_DECLINED) {
        rc = wppkg_version_numeric_branch(t, &out);
    }

    return rc;
}


/* "dev-anything", and the usual names of the main branch */

static int
wppkg_version_branch(wppkg_version_text_t t, wppkg_version_out_t *out)
{
    const char  **name;

    if (wppkg_version_starts(t.p, t.last, "dev-")) {
        t.p += 4;

    } else {

        for (name = wppkg_version_branches; *name != NULL; name++) {
            if (wppkg_version_is(t, *name)) {
                break;
            }
        }

        if (*name == NULL) {
            return WPPKG_DECLINED;
        }
    }

    wppkg_version_puts(out, "dev-");
    wppkg_version_put(out, t.p, (size_t) (t.last - t.p));

    return wppkg_version_done(out);
}


/* "1", "v1.2.3.4-beta2": one to four numbers, filled up to four */

static int
wppkg_version_classic(wppkg_version_text_t t, wppkg_version_out_t *out)
{
    size_t                     parts;
    const char                *p, *next;
    wppkg_version_text_t       rest;
    wppkg_version_modifier_t   m;

    t = wppkg_version_unv(t);

    p = wppkg_version_digits(t.p, t.last);

    if (p == t.p || p - t.p > WPPKG_VERSION_MAJOR) {
        return WPPKG_DECLINED;
    }

    for (parts = 1; parts < WPPKG_VERSION_PARTS; parts++) {
        next = wppkg_version_part(p, t.last, ".");

        if (next == p) {
            break;
        }

        p = next;
    }

    rest.p = p;
    rest.last = t.last;

    if (wppkg_version_modifier(rest, &m) != WPPKG_OK) {
        return WPPKG_DECLINED;
    }

    wppkg_version_put(out, t.p, (size_t) (p - t.p));

    for ( /* void */ ; parts < WPPKG_VERSION_PARTS; parts++) {
        wppkg_version_puts(out, ".0");
    }

    wppkg_version_put_modifier(out, &m);

    return wppkg_version_done(out);
}


/*
 * "20240102", "2024-01-02.1": a date, perhaps with a time and a count.  No
 * modifier begins with a digit, so a date is all the digits there are;
 * wppkg_version_date_tail() says whether they divide into its parts.
 */

static int
wppkg_version_date(wppkg_version_text_t t, size_t tail_max,
    wppkg_version_out_t *out)
{
    const char                *p, *next;
    wppkg_version_text_t       date, rest;
    wppkg_version_modifier_t   m;

    t = wppkg_version_unv(t);

    p = t.p;
    next = wppkg_version_digits(p, t.last);

    while (next != p) {
        p = next;
        next = wppkg_version_part(p, t.last, ".:-");
    }

    date.p = t.p;
    date.last = p;

    rest.p = p;
    rest.last = t.last;

    if (wppkg_version_date_tail(date) > tail_max
        || wppkg_version_modifier(rest, &m) != WPPKG_OK)
    {
        return WPPKG_DECLINED;
    }

    for (p = date.p; p < date.last; p++) {
        wppkg_version_put(out, wppkg_version_digit(*p) ? p : ".", 1);
    }

    wppkg_version_put_modifier(out, &m);

    return wppkg_version_done(out);
}


/*
 * How many parts of up to three digits a date ends in, after four digits for
 * the year and one to six pairs, divided so that they are as few as can be.
 * WPPKG_VERSION_MAX: it is no date.
 */

static size_t
wppkg_version_date_tail(wppkg_version_text_t date)
{
    size_t       n, best, pairs;
    const char  *p, *q, *end;

    best = WPPKG_VERSION_MAX;

    if (wppkg_version_digits(date.p, date.last) - date.p < 4) {
        return best;
    }

    p = date.p + 4;

    for (pairs = 0; pairs < WPPKG_VERSION_PAIRS && p < date.last; pairs++) {

        if (!wppkg_version_digit(*p)) {
            p++;
        }

        if (wppkg_version_digits(p, date.last) - p < 2) {
            break;
        }

        p += 2;

        for (n = 0, q = p; q < date.last; q = end) {

            if (!wppkg_version_digit(*q)) {
                q++;
            }

            end = wppkg_version_digits(q, date.last);
            n += (size_t) (end - q + 2) / 3;
        }

        if (n < best) {
            best = n;
        }
    }

    return best;
}


/* "1.x-dev", "2.3.*.dev": a branch of numbers, "x" standing for any */

static int
wppkg_version_numeric_branch(wppkg_version_text_t t, wppkg_version_out_t *out)
{
    size_t       parts;
    const char  *p, *next;

    if (!wppkg_version_ends(t, "dev")) {
        return WPPKG_DECLINED;
    }

    t.last -= 3;

    if (t.last > t.p && wppkg_version_one_of(t.last[-1], ".-")) {
        t.last--;
    }

    /* as there: what precedes a newline is ignored */

    for (p = t.p; p < t.last; p++) {
        if (*p == '\n') {
            t.p = p + 1;
        }
    }

    t = wppkg_version_unv(wppkg_version_trim(t));

    p = wppkg_version_digits(t.p, t.last);

    if (p == t.p) {
        return WPPKG_DECLINED;
    }

    wppkg_version_put(out, t.p, (size_t) (p - t.p));

    for (parts = 1; parts < WPPKG_VERSION_PARTS; parts++) {
        next = wppkg_version_part(p, t.last, ".");

        if (next != p) {
            wppkg_version_put(out, p, (size_t) (next - p));
            p = next;
            continue;
        }

        if (t.last - p >= 2 && p[0] == '.'
            && wppkg_version_one_of(p[1], "xX*"))
        {
            p += 2;
        }

        wppkg_version_puts(out, ".9999999");
    }

    if (p != t.last) {
        return WPPKG_DECLINED;
    }

    wppkg_version_puts(out, "-dev");

    return wppkg_version_done(out);
}


/* WPPKG_OK: all of t, and be it empty, is a modifier */

static int
wppkg_version_modifier(wppkg_version_text_t t, wppkg_version_modifier_t *m)
{
    const char                  *next;
    const wppkg_version_word_t  *w;

    memset(m, 0, sizeof(wppkg_version_modifier_t));

    if (t.p < t.last && wppkg_version_one_of(*t.p, "._-")) {
        t.p++;
    }

    for (w = wppkg_version_words; w->spelling != NULL; w++) {
        if (wppkg_version_starts(t.p, t.last, w->spelling)) {
            break;
        }
    }

    if (w->spelling != NULL) {
        m->word = w->word;

        /* as there: only this spelling means that there is no modifier */

        if (t.last - t.p >= 6 && memcmp(t.p, "stable", 6) == 0) {
            m->word = "";
        }

        t.p += strlen(w->spelling);
        m->number.p = t.p;
        t.p = wppkg_version_digits(t.p, t.last);

        for ( ;; ) {
            next = wppkg_version_part(t.p, t.last, ".-");

            if (next == t.p) {
                break;
            }

            t.p = next;
        }

        m->number.last = t.p;

        if (m->number.p < t.p && !wppkg_version_digit(*m->number.p)) {
            m->number.p++;
        }
    }

    if (t.p == t.last) {
        return WPPKG_OK;
    }

    if (wppkg_version_one_of(*t.p, ".-")) {
        t.p++;
    }

    m->dev = 1;

    return (t.last - t.p == 3 && wppkg_version_starts(t.p, t.last, "dev"))
           ? WPPKG_OK : WPPKG_DECLINED;
}


int
wppkg_version_suffixed(const char *clean)
{
    wppkg_version_text_t       t;
    wppkg_version_modifier_t   m;

    t.p = strchr(clean, '-');

    while (t.p != NULL) {
        t.p++;
        t.last = t.p + strlen(t.p);

        /* as there: it looks for "RC" in what has no capital left */

        if (wppkg_version_modifier(t, &m) == WPPKG_OK
            && (m.word == NULL || strcmp(m.word, "RC") != 0))
        {
            return 1;
        }

        t.p = strchr(t.p, '-');
    }

    return 0;
}


static void
wppkg_version_put_modifier(wppkg_version_out_t *out,
    const wppkg_version_modifier_t *m)
{
    if (m->word != NULL) {

        if (m->word[0] == '\0') {
            /* as there: "stable" drops what follows, even "-dev" */
            return;
        }

        wppkg_version_puts(out, "-");
        wppkg_version_puts(out, m->word);
        wppkg_version_put(out, m->number.p,
                          (size_t) (m->number.last - m->number.p));
    }

    if (m->dev) {
        wppkg_version_puts(out, "-dev");
    }
}


/*
 * A branch is shown as it is normalised.  Few strings depend on what is taken
 * away here, "dev-a@dev@dev" is one: they are shown as they are.
 */

static void
wppkg_version_clean(wppkg_version_text_t t, wppkg_version_t *v)
{
    char                  again[WPPKG_VERSION_MAX];
    wppkg_version_out_t   out;
    wppkg_version_text_t  bare;

    if (strncmp(v->normalized, "dev-", 4) == 0) {
        bare.p = v->normalized;
        bare.last = bare.p + strlen(bare.p);

    } else {
        bare = wppkg_version_unflag(wppkg_version_unalias(t));
    }

    bare = wppkg_version_unv(wppkg_version_trim(bare));

    if (wppkg_version_normalize(bare, again) != WPPKG_OK
        || strcmp(again, v->normalized) != 0)
    {
        bare = t;
    }

    memset(&out, 0, sizeof(wppkg_version_out_t));
    out.data = v->clean;

    wppkg_version_put(&out, bare.p, (size_t) (bare.last - bare.p));
    (void) wppkg_version_done(&out);
}


/* what PHP's trim() takes away */

static wppkg_version_text_t
wppkg_version_trim(wppkg_version_text_t t)
{
    while (t.p < t.last && wppkg_version_one_of(*t.p, " \t\n\r\v")) {
        t.p++;
    }

    while (t.p < t.last && wppkg_version_one_of(t.last[-1], " \t\n\r\v")) {
        t.last--;
    }

    return t;
}


/* "1.0 as 2.0" is 1.0 */

static wppkg_version_text_t
wppkg_version_unalias(wppkg_version_text_t t)
{
    const char            *p, *end;
    wppkg_version_text_t   version;

    version.p = t.p;
    version.last = wppkg_version_plain(t.p, t.last);

    p = wppkg_version_spaces(version.last, t.last);

    if (version.last == t.p || p == version.last || t.last - p < 2
        || memcmp(p, "as", 2) != 0)
    {
        return t;
    }

    p += 2;
    end = wppkg_version_spaces(p, t.last);

    if (end == p || end == t.last
        || wppkg_version_plain(end, t.last) != t.last)
    {
        return t;
    }

    return version;
}


/* "1.0@beta" is 1.0 */

static wppkg_version_text_t
wppkg_version_unflag(wppkg_version_text_t t)
{
    const char  **flag;

    for (flag = wppkg_version_flags; *flag != NULL; flag++) {
        if (wppkg_version_ends(t, *flag)) {
            t.last -= strlen(*flag);
            break;
        }
    }

    return t;
}


/* "1.0+build" is 1.0 */

static wppkg_version_text_t
wppkg_version_unbuild(wppkg_version_text_t t)
{
    const char  *p, *plus;

    plus = memchr(t.p, '+', (size_t) (t.last - t.p));

    if (plus == NULL || plus == t.p || plus + 1 == t.last
        || wppkg_version_plain(t.p, plus) != plus)
    {
        return t;
    }

    for (p = plus + 1; p < t.last; p++) {
        if (wppkg_version_one_of(*p, WPPKG_VERSION_SPACES)) {
            return t;
        }
    }

    t.last = plus;

    return t;
}


static wppkg_version_text_t
wppkg_version_unv(wppkg_version_text_t t)
{
    if (t.last - t.p >= 2 && wppkg_version_one_of(*t.p, "vV")
        && wppkg_version_digit(t.p[1]))
    {
        t.p++;
    }

    return t;
}


/* the end of what is neither a comma nor white space */

static const char *
wppkg_version_plain(const char *p, const char *last)
{
    while (p < last && !wppkg_version_one_of(*p, "," WPPKG_VERSION_SPACES)) {
        p++;
    }

    return p;
}


static const char *
wppkg_version_spaces(const char *p, const char *last)
{
    while (p < last && *p == ' ') {
        p++;
    }

    return p;
}


static const char *
wppkg_version_digits(const char *p, const char *last)
{
    while (p < last && wppkg_version_digit(*p)) {
        p++;
    }

    return p;
}


/* the end of one of the separators with digits after it; p: there is none */

static const char *
wppkg_version_part(const char *p, const char *last, const char *separators)
{
    const char  *end;

    if (p == last || !wppkg_version_one_of(*p, separators)) {
        return p;
    }

    end = wppkg_version_digits(p + 1, last);

    return (end > p + 1) ? end : p;
}


static void
wppkg_version_put(wppkg_version_out_t *out, const char *data, size_t len)
{
    if (len >= WPPKG_VERSION_MAX - out->len) {
        out->full = 1;
        return;
    }

    memcpy(out->data + out->len, data, len);
    out->len += len;
}


static void
wppkg_version_puts(wppkg_version_out_t *out, const char *s)
{
    wppkg_version_put(out, s, strlen(s));
}


static int
wppkg_version_done(wppkg_version_out_t *out)
{
    out->data[out->len] = '\0';

    return out->full ? WPPKG_ERROR : WPPKG_OK;
}


/* without regard to case; word is in lower case */

static int
wppkg_version_starts(const char *p, const char *last, const char *word)
{
    char  c;

    for ( /* void */ ; *word != '\0'; p++, word++) {

        if (p == last) {
            return 0;
        }

        c = (*p >= 'A' && *p <= 'Z') ? (char) (*p | 0x20) : *p;

        if (c != *word) {
            return 0;
        }
    }

    return 1;
}


static int
wppkg_version_ends(wppkg_version_text_t t, const char *word)
{
    size_t  len;

    len = strlen(word);

    return (size_t) (t.last - t.p) >= len
           && wppkg_version_starts(t.last - len, t.last, word);
}


/* with regard to case */

static int
wppkg_version_is(wppkg_version_text_t t, const char *word)
{
    size_t  len;

    len = strlen(word);

    return (size_t) (t.last - t.p) == len && memcmp(t.p, word, len) == 0;
}


static int
wppkg_version_digit(char c)
{
    return c >= '0' && c <= '9';
}


static int
wppkg_version_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

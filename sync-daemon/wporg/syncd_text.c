
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "syncd_text.h"
#include "wppkg_utf8.h"


#define SYNCD_TEXT_REPLACEMENT  0xfffd
#define SYNCD_TEXT_LSAQUO       0x2039

/* the longest name below; more digits than a character needs are refused */
#define SYNCD_TEXT_ENTITY_MAX   10


typedef struct {
    const char  *name;
    uint32_t     code;
} syncd_text_entity_t;


/* what is being written; space: one is owed before the next character */

typedef struct {
    char        *out;
    size_t       len;
    size_t       size;
    unsigned     space:1;
    unsigned     full:1;
} syncd_text_t;


static const char *syncd_text_skip_tag(const char *p, const char *last,
    unsigned *space);
static unsigned syncd_text_is_block(const char *p, size_t len);
static const char *syncd_text_entity(const char *p, const char *last,
    uint32_t *code);
static int syncd_text_numeric(const char *p, size_t len, uint32_t *code);
static int syncd_text_named(const char *p, size_t len, uint32_t *code);
static const char *syncd_text_decode(const char *p, const char *last,
    uint32_t *code);
static unsigned syncd_text_is_space(uint32_t code);
static size_t syncd_text_encode(uint32_t code, char *buf);
static void syncd_text_put(syncd_text_t *t, uint32_t code);
static void syncd_text_blunt(syncd_text_t *t);


/* names of U+00A0 to U+00FF, in order */

static const char *const  syncd_text_latin1[] = {
    "nbsp", "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect",
    "uml", "copy", "ordf", "laquo", "not", "shy", "reg", "macr", "deg",
    "plusmn", "sup2", "sup3", "acute", "micro", "para", "middot", "cedil",
    "sup1", "ordm", "raquo", "frac14", "frac12", "frac34", "iquest",
    "Agrave", "Aacute", "Acirc", "Atilde", "Auml", "Aring", "AElig",
    "Ccedil", "Egrave", "Eacute", "Ecirc", "Euml", "Igrave", "Iacute",
    "Icirc", "Iuml", "ETH", "Ntilde", "Ograve", "Oacute", "Ocirc", "Otilde",
    "Ouml", "times", "Oslash", "Ugrave", "Uacute", "Ucirc", "Uuml",
    "Yacute", "THORN", "szlig", "agrave", "aacute", "acirc", "atilde",
    "auml", "aring", "aelig", "ccedil", "egrave", "eacute", "ecirc", "euml",
    "igrave", "iacute", "icirc", "iuml", "eth", "ntilde", "ograve",
    "oacute", "ocirc", "otilde", "ouml", "divide", "oslash", "ugrave",
    "uacute", "ucirc", "uuml", "yacute", "thorn", "yuml"
};


static const syncd_text_entity_t  syncd_text_entities[] = {
    { "amp", '&' },         { "lt", '<' },          { "gt", '>' },
    { "quot", '"' },        { "apos", '\'' },       { "ndash", 0x2013 },
    { "mdash", 0x2014 },    { "lsquo", 0x2018 },    { "rsquo", 0x2019 },
    { "sbquo", 0x201a },    { "ldquo", 0x201c },    { "rdquo", 0x201d },
    { "bdquo", 0x201e },    { "dagger", 0x2020 },   { "bull", 0x2022 },
    { "hellip", 0x2026 },   { "prime", 0x2032 },    { "lsaquo", 0x2039 },
    { "rsaquo", 0x203a },   { "euro", 0x20ac },     { "trade", 0x2122 },
    { "larr", 0x2190 },     { "uarr", 0x2191 },     { "rarr", 0x2192 },
    { "darr", 0x2193 },     { "minus", 0x2212 },    { "ne", 0x2260 },
    { "le", 0x2264 },       { "ge", 0x2265 },       { "hearts", 0x2665 },
    { "OElig", 0x152 },     { "oelig", 0x153 },     { "Scaron", 0x160 },
    { "scaron", 0x161 },    { "Yuml", 0x178 },      { "ensp", 0x2002 },
    { "emsp", 0x2003 },     { "thinsp", 0x2009 },   { "zwnj", 0x200c },
    { "zwj", 0x200d }
};


/* tags that stand between words; the others may stand inside of one */

static const char *const  syncd_text_blocks[] = {
    "br", "p", "div", "li", "ul", "ol", "td", "th", "tr", "table", "hr",
    "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre"
};


size_t
syncd_text_clean(const char *s, size_t len, char *out, size_t size)
{
    unsigned      space;
    uint32_t      code;
    const char   *p, *last, *next;
    syncd_text_t  t;

    memset(&t, 0, sizeof(t));
    t.out = out;
    t.size = size;

    p = s;
    last = s + len;

    while (p < last && !t.full) {

        if (*p == '<') {
            space = 0;
            next = syncd_text_skip_tag(p, last, &space);

            if (next != p) {
                t.space |= space;
                p = next;
                continue;
            }
        }

        if (*p == '&') {
            p = syncd_text_entity(p, last, &code);

        } else {
            p = syncd_text_decode(p, last, &code);
        }

        syncd_text_put(&t, code);
    }

    out[t.len] = '\0';

    return t.len;
}


/*
 * Returns what comes after the tag at p, or p if it is a "<" of the text.
 * A tag that never ends takes the rest, as in a text that was cut off.
 */

static const char *
syncd_text_skip_tag(const char *p, const char *last, unsigned *space)
{
    char         quote;
    size_t       len;
    const char  *end;

    len = last - p;

    if (len >= 4 && memcmp(p, "<!--", 4) == 0) {
        end = memmem(p + 4, len - 4, "-->", 3);
        return (end == NULL) ? last : end + 3;
    }

    if (len < 2
        || (strchr("/!?", p[1]) == NULL
            && !((p[1] | 0x20) >= 'a' && (p[1] | 0x20) <= 'z'))
        || p[1] == '\0')
    {
        return p;
    }

    p++;
    *space = syncd_text_is_block(p, last - p);

    for (quote = '\0'; p < last; p++) {

        if (quote != '\0') {
            quote = (*p == quote) ? '\0' : quote;

        } else if (*p == '"' || *p == '\'') {
            quote = *p;

        } else if (*p == '>') {
            return p + 1;
        }
    }

    return last;
}


static unsigned
syncd_text_is_block(const char *p, size_t len)
{
    size_t  i, n;

    if (*p == '/') {
        p++;
        len--;
    }

    for (n = 0; n < len && strchr(" \t\r\n/>", p[n]) == NULL; n++) {
        /* void */
    }

    for (i = 0;
         i < sizeof(syncd_text_blocks) / sizeof(syncd_text_blocks[0]);
         i++)
    {
        if (strlen(syncd_text_blocks[i]) == n
            && strncasecmp(p, syncd_text_blocks[i], n) == 0)
        {
            return 1;
        }
    }

    return 0;
}


/* p is at "&"; what is not an entity is a "&" of the text */

static const char *
syncd_text_entity(const char *p, const char *last, uint32_t *code)
{
    int          rc;
    size_t       len;
    const char  *end;

    len = last - p - 1;

    if (len > SYNCD_TEXT_ENTITY_MAX + 1) {
        len = SYNCD_TEXT_ENTITY_MAX + 1;
    }

    end = memchr(p + 1, ';', len);

    if (end != NULL) {
        len = end - p - 1;

        if (len > 1 && p[1] == '#') {
            rc = syncd_text_numeric(p + 2, len - 1, code);

        } else {
            rc = syncd_text_named(p + 1, len, code);
        }

        if (rc) {
            return end + 1;
        }
    }

    *code = '&';

    return p + 1;
}


/* p is after "#" */

static int
syncd_text_numeric(const char *p, size_t len, uint32_t *code)
{
    char      c;
    size_t    i;
    unsigned  base, digit;
    uint32_t  n;

    base = 10;

    if (len > 1 && (*p | 0x20) == 'x') {
        base = 16;
        p++;
        len--;
    }

    n = 0;

    for (i = 0; i < len; i++) {
        c = p[i] | 0x20;

        if (p[i] >= '0' && p[i] <= '9') {
            digit = p[i] - '0';

        } else if (base == 16 && c >= 'a' && c <= 'f') {
            digit = c - 'a' + 10;

        } else {
            return 0;
        }

        /* stays above the last character there is: no overflow */
        if (n <= 0x10ffff) {
            n = n * base + digit;
        }
    }

    if (n == 0 || n > 0x10ffff || (n >= 0xd800 && n <= 0xdfff)) {
        n = SYNCD_TEXT_REPLACEMENT;
    }

    *code = n;

    return len > 0;
}


static int
syncd_text_named(const char *p, size_t len, uint32_t *code)
{
    size_t       i;
    const char  *name;

    for (i = 0;
         i < sizeof(syncd_text_entities) / sizeof(syncd_text_entities[0]);
         i++)
    {
        name = syncd_text_entities[i].name;

        if (strlen(name) == len && memcmp(name, p, len) == 0) {
            *code = syncd_text_entities[i].code;
            return 1;
        }
    }

    for (i = 0;
         i < sizeof(syncd_text_latin1) / sizeof(syncd_text_latin1[0]);
         i++)
    {
        name = syncd_text_latin1[i];

        if (strlen(name) == len && memcmp(name, p, len) == 0) {
            *code = 0xa0 + i;
            return 1;
        }
    }

    return 0;
}


/* strict UTF-8 (RFC 3629); a byte that is not becomes U+FFFD */

static const char *
syncd_text_decode(const char *p, const char *last, uint32_t *code)
{
    size_t                n, i;
    uint32_t              c;
    const unsigned char  *u;

    u = (const unsigned char *) p;
    n = wppkg_utf8_length(p, (size_t) (last - p));

    if (n == 0) {
        *code = SYNCD_TEXT_REPLACEMENT;
        return p + 1;
    }

    /* of the first byte, what follows its length */

    c = (n == 1) ? u[0] : u[0] & (0x7f >> n);

    for (i = 1; i < n; i++) {
        c = (c << 6) | (u[i] & 0x3f);
    }

    *code = c;

    return p + n;
}


/* white space, and what has no place in one line of text */

static unsigned
syncd_text_is_space(uint32_t code)
{
    return code <= 0x20
           || (code >= 0x7f && code <= 0xa0)
           || (code >= 0x2000 && code <= 0x200b)
           || code == 0x2028 || code == 0x2029
           || code == 0x202f || code == 0x205f
           || code == 0x3000 || code == 0xfeff;
}


static size_t
syncd_text_encode(uint32_t code, char *buf)
{
    if (code < 0x80) {
        buf[0] = (char) code;
        return 1;
    }

    if (code < 0x800) {
        buf[0] = (char) (0xc0 | (code >> 6));
        buf[1] = (char) (0x80 | (code & 0x3f));
        return 2;
    }

    if (code < 0x10000) {
        buf[0] = (char) (0xe0 | (code >> 12));
        buf[1] = (char) (0x80 | ((code >> 6) & 0x3f));
        buf[2] = (char) (0x80 | (code & 0x3f));
        return 3;
    }

    buf[0] = (char) (0xf0 | (code >> 18));
    buf[1] = (char) (0x80 | ((code >> 12) & 0x3f));
    buf[2] = (char) (0x80 | ((code >> 6) & 0x3f));
    buf[3] = (char) (0x80 | (code & 0x3f));

    return 4;
}


static void
syncd_text_put(syncd_text_t *t, uint32_t code)
{
    char    buf[4];
    size_t  n, space;

    if (syncd_text_is_space(code)) {
        t->space = 1;
        return;
    }

    space = (t->space && t->len > 0);

    if (!space && t->len > 0 && t->out[t->len - 1] == '<'
        && (code == '/' || ((code | 0x20) >= 'a' && (code | 0x20) <= 'z')))
    {
        syncd_text_blunt(t);

        if (t->full) {
            return;
        }
    }

    n = syncd_text_encode(code, buf);

    if (n + space > t->size - 1 - t->len) {
        t->full = 1;
        return;
    }

    if (space) {
        t->out[t->len++] = ' ';
    }

    memcpy(t->out + t->len, buf, n);
    t->len += n;
    t->space = 0;
}


/*
 * The last character is a "<" that begins what looks like a tag: Composer's
 * console would obey "<fg=red>", and end with an error on "<fg=nosuch>".
 */

static void
syncd_text_blunt(syncd_text_t *t)
{
    t->len--;

    /* one that does not fit must not leave its space behind */

    if (t->len > 0 && t->out[t->len - 1] == ' ') {
        t->len--;
        t->space = 1;
    }

    syncd_text_put(t, SYNCD_TEXT_LSAQUO);
}

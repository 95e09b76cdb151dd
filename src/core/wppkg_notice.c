
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * "state" says what comes next: the object itself, one of its members, an
 * entry of "downloads", or nothing.
 */


#include <string.h>

#include "wppkg_hash.h"
#include "wppkg_notice.h"


#define WPPKG_NOTICE_START    0
#define WPPKG_NOTICE_MEMBER   1
#define WPPKG_NOTICE_ENTRY    2
#define WPPKG_NOTICE_ENDED    3
#define WPPKG_NOTICE_STATE    3     /* the bits of the above */
#define WPPKG_NOTICE_SEEN     4     /* a "downloads" */

#define WPPKG_NOTICE_DEPTH    64    /* bits of "nest" */
#define WPPKG_NOTICE_KEY      16    /* longer than what is asked for */

/* stands for a character that no name has */
#define WPPKG_NOTICE_OTHER    '\x7f'


/* a string, as far as it fits; len counts all that it has */

typedef struct {
    char                   *text;
    size_t                  room;
    size_t                  len;
} wppkg_notice_text_t;


static int wppkg_notice_start(wppkg_notice_t *n);
static int wppkg_notice_member(wppkg_notice_t *n);
static int wppkg_notice_downloads(wppkg_notice_t *n);
static int wppkg_notice_element(wppkg_notice_t *n, char *name, size_t *len);
static int wppkg_notice_listed(wppkg_notice_t *n);
static int wppkg_notice_entry(wppkg_notice_t *n, char *name, size_t *len);
static int wppkg_notice_field(wppkg_notice_t *n, wppkg_notice_text_t *name,
    wppkg_notice_text_t *version);
static int wppkg_notice_once(wppkg_notice_t *n, wppkg_notice_text_t *text);
static size_t wppkg_notice_ours(char *name, size_t len);
static int wppkg_notice_key(wppkg_notice_t *n, wppkg_notice_text_t *key);
static int wppkg_notice_is(const wppkg_notice_text_t *text, const char *word);
static int wppkg_notice_skip(wppkg_notice_t *n);
static int wppkg_notice_open(wppkg_notice_t *n, uint64_t *nest,
    unsigned *depth);
static int wppkg_notice_close(wppkg_notice_t *n, uint64_t *nest,
    unsigned *depth);
static int wppkg_notice_scalar(wppkg_notice_t *n);
static int wppkg_notice_literal(wppkg_notice_t *n);
static int wppkg_notice_string(wppkg_notice_t *n, wppkg_notice_text_t *text);
static int wppkg_notice_escape(wppkg_notice_t *n, char *c);
static int wppkg_notice_hex(wppkg_notice_t *n, char *c);
static void wppkg_notice_put(wppkg_notice_text_t *text, const char *s,
    size_t len);
static char wppkg_notice_look(wppkg_notice_t *n);
static int wppkg_notice_take(wppkg_notice_t *n, char c);


void
wppkg_notice_init(wppkg_notice_t *n, const char *text, size_t len)
{
    n->p = text;
    n->last = text + len;
    n->state = WPPKG_NOTICE_START;
}


int
wppkg_notice_next(wppkg_notice_t *n, char name[WPPKG_NOTICE_NAME],
    size_t *len)
{
    *len = 0;

    switch (n->state & WPPKG_NOTICE_STATE) {

    case WPPKG_NOTICE_START:
        return wppkg_notice_start(n);

    case WPPKG_NOTICE_MEMBER:
        return wppkg_notice_member(n);

    case WPPKG_NOTICE_ENTRY:
        return wppkg_notice_element(n, name, len);

    default:
        return (wppkg_notice_look(n) == '\0' && n->p == n->last)
               ? WPPKG_DECLINED : WPPKG_ERROR;
    }
}


static int
wppkg_notice_start(wppkg_notice_t *n)
{
    if (!wppkg_notice_take(n, '{')) {
        return WPPKG_ERROR;
    }

    n->state = wppkg_notice_take(n, '}') ? WPPKG_NOTICE_ENDED
                                       : WPPKG_NOTICE_MEMBER;

    return WPPKG_OK;
}


static int
wppkg_notice_member(wppkg_notice_t *n)
{
    int                        rc;
    char                       room[WPPKG_NOTICE_KEY];
    wppkg_notice_text_t  key = { room, sizeof(room), 0 };

    if (wppkg_notice_key(n, &key) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    if (wppkg_notice_is(&key, "downloads")) {
        return wppkg_notice_downloads(n);
    }

    rc = wppkg_notice_skip(n);

    if (rc != WPPKG_OK || wppkg_notice_take(n, ',')) {
        return rc;
    }

    n->state |= WPPKG_NOTICE_ENDED;

    return wppkg_notice_take(n, '}') ? WPPKG_OK : WPPKG_ERROR;
}


static int
wppkg_notice_downloads(wppkg_notice_t *n)
{
    if ((n->state & WPPKG_NOTICE_SEEN) || !wppkg_notice_take(n, '[')) {
        return WPPKG_ERROR;
    }

    n->state = WPPKG_NOTICE_SEEN | WPPKG_NOTICE_ENTRY;

    if (!wppkg_notice_take(n, ']')) {
        return WPPKG_OK;
    }

    return wppkg_notice_listed(n);
}


/* with what is behind it */

static int
wppkg_notice_element(wppkg_notice_t *n, char *name, size_t *len)
{
    int  rc;

    rc = (wppkg_notice_look(n) == '{') ? wppkg_notice_entry(n, name, len)
                                       : wppkg_notice_skip(n);

    if (rc != WPPKG_OK || wppkg_notice_take(n, ',')) {
        return rc;
    }

    if (!wppkg_notice_take(n, ']')) {
        return WPPKG_ERROR;
    }

    return wppkg_notice_listed(n);
}


/* behind the list: another member, or the end */

static int
wppkg_notice_listed(wppkg_notice_t *n)
{
    n->state = WPPKG_NOTICE_SEEN | WPPKG_NOTICE_MEMBER;

    if (wppkg_notice_take(n, ',')) {
        return WPPKG_OK;
    }

    n->state = WPPKG_NOTICE_ENDED;

    return wppkg_notice_take(n, '}') ? WPPKG_OK : WPPKG_ERROR;
}


/* an install has a name and a version, as Composer says it */

static int
wppkg_notice_entry(wppkg_notice_t *n, char *name, size_t *len)
{
    int                  rc;
    wppkg_notice_text_t  named = { name, WPPKG_NOTICE_NAME, 0 };
    wppkg_notice_text_t  version = { NULL, 0, 0 };

    (void) wppkg_notice_take(n, '{');

    if (wppkg_notice_take(n, '}')) {
        return WPPKG_OK;
    }

    do {
        rc = wppkg_notice_field(n, &named, &version);

    } while (rc == WPPKG_OK && wppkg_notice_take(n, ','));

    if (rc != WPPKG_OK || !wppkg_notice_take(n, '}')) {
        return WPPKG_ERROR;
    }

    if (version.len > 0 && named.len < WPPKG_NOTICE_NAME) {
        *len = wppkg_notice_ours(name, named.len);
    }

    return WPPKG_OK;
}


static int
wppkg_notice_field(wppkg_notice_t *n, wppkg_notice_text_t *name,
    wppkg_notice_text_t *version)
{
    char                       room[WPPKG_NOTICE_KEY];
    wppkg_notice_text_t  key = { room, sizeof(room), 0 };

    if (wppkg_notice_key(n, &key) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    if (wppkg_notice_is(&key, "name")) {
        return wppkg_notice_once(n, name);
    }

    if (wppkg_notice_is(&key, "version")) {
        return wppkg_notice_once(n, version);
    }

    return wppkg_notice_skip(n);
}


/* what is no string, or is empty, is as if it were not there */

static int
wppkg_notice_once(wppkg_notice_t *n, wppkg_notice_text_t *text)
{
    if (text->len > 0) {
        return WPPKG_ERROR;
    }

    return (wppkg_notice_look(n) == '"') ? wppkg_notice_string(n, text)
                                       : wppkg_notice_skip(n);
}


/*
 * Its length, lower case now; 0: nothing of that name can be ours.  An alias
 * becomes the name of the package, which is shorter.
 */

static size_t
wppkg_notice_ours(char *name, size_t len)
{
    size_t         i, start;
    const char    *vendor;
    wppkg_name_t   ours;

    for (i = 0; i < len; i++) {
        if (name[i] >= 'A' && name[i] <= 'Z') {
            name[i] = (char) (name[i] - 'A' + 'a');
        }
    }

    name[len] = '\0';

    if (wppkg_name_composer(name, len, &ours) != WPPKG_OK
        || wppkg_slug_refused(ours.slug, ours.len) != NULL)
    {
        return 0;
    }

    if (!ours.alias) {
        return len;
    }

    vendor = wppkg_vendor(ours.type, 0);
    start = strlen(vendor) + 1;

    WPPKG_ASSERT(start + ours.len < len);

    memmove(name + start, ours.slug, ours.len + 1);
    memcpy(name, vendor, start - 1);
    name[start - 1] = '/';

    return start + ours.len;
}


static int
wppkg_notice_key(wppkg_notice_t *n, wppkg_notice_text_t *key)
{
    if (wppkg_notice_look(n) != '"'
        || wppkg_notice_string(n, key) != WPPKG_OK
        || !wppkg_notice_take(n, ':'))
    {
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


static int
wppkg_notice_is(const wppkg_notice_text_t *text, const char *word)
{
    size_t  len;

    len = strlen(word);

    return text->len == len && memcmp(text->text, word, len) == 0;
}


/*
 * Any value.  A bit of "nest" for each level says whether it is an object, so
 * no depth takes any of the stack.
 */

static int
wppkg_notice_skip(wppkg_notice_t *n)
{
    int       rc;
    uint64_t  nest;
    unsigned  depth;

    nest = 0;
    depth = 0;

    do {
        rc = wppkg_notice_open(n, &nest, &depth);

        if (rc == WPPKG_OK) {
            rc = wppkg_notice_scalar(n);
        }

        if (rc != WPPKG_ERROR) {
            rc = wppkg_notice_close(n, &nest, &depth);
        }

    } while (rc == WPPKG_OK);

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : WPPKG_ERROR;
}


/* up to a value; WPPKG_DECLINED: what was opened last is empty, and closed */

static int
wppkg_notice_open(wppkg_notice_t *n, uint64_t *nest, unsigned *depth)
{
    int                        object;
    wppkg_notice_text_t  key = { NULL, 0, 0 };

    for ( ;; ) {
        object = wppkg_notice_take(n, '{');

        if (!object && !wppkg_notice_take(n, '[')) {
            return WPPKG_OK;
        }

        if (wppkg_notice_take(n, object ? '}' : ']')) {
            return WPPKG_DECLINED;
        }

        if (*depth == WPPKG_NOTICE_DEPTH) {
            return WPPKG_ERROR;
        }

        *nest = (*nest << 1) | (unsigned) object;
        (*depth)++;

        if (object && wppkg_notice_key(n, &key) != WPPKG_OK) {
            return WPPKG_ERROR;
        }
    }
}


/* behind a value: up to the next one; WPPKG_DECLINED: all is closed */

static int
wppkg_notice_close(wppkg_notice_t *n, uint64_t *nest, unsigned *depth)
{
    int                        object;
    wppkg_notice_text_t  key = { NULL, 0, 0 };

    for ( /* void */ ; *depth > 0; (*depth)--) {
        object = (int) (*nest & 1);

        if (wppkg_notice_take(n, ',')) {
            return object ? wppkg_notice_key(n, &key) : WPPKG_OK;
        }

        if (!wppkg_notice_take(n, object ? '}' : ']')) {
            return WPPKG_ERROR;
        }

        *nest >>= 1;
    }

    return WPPKG_DECLINED;
}


/* a number is whatever looks like one from afar: none matters */

static int
wppkg_notice_scalar(wppkg_notice_t *n)
{
    char                       c;
    const char                *p;
    wppkg_notice_text_t  text = { NULL, 0, 0 };

    c = wppkg_notice_look(n);

    if (c == '"') {
        return wppkg_notice_string(n, &text);
    }

    if (c != '-' && (c < '0' || c > '9')) {
        return wppkg_notice_literal(n);
    }

    for (p = n->p; p < n->last; p++) {
        if ((*p < '0' || *p > '9') && *p != '-' && *p != '+' && *p != '.'
            && *p != 'e' && *p != 'E')
        {
            break;
        }
    }

    n->p = p;

    return WPPKG_OK;
}


static int
wppkg_notice_literal(wppkg_notice_t *n)
{
    size_t    i, len;

    static const char *const  literals[] = { "true", "false", "null" };

    for (i = 0; i < 3; i++) {
        len = strlen(literals[i]);

        if ((size_t) (n->last - n->p) >= len
            && memcmp(n->p, literals[i], len) == 0)
        {
            n->p += len;
            return WPPKG_OK;
        }
    }

    return WPPKG_ERROR;
}


/* with its quotes, the first of which is there */

static int
wppkg_notice_string(wppkg_notice_t *n, wppkg_notice_text_t *text)
{
    char         c;
    const char  *p;

    n->p++;

    for ( ;; ) {

        for (p = n->p; p < n->last; p++) {
            if (*p == '"' || *p == '\\' || (unsigned char) *p < 0x20) {
                break;
            }
        }

        wppkg_notice_put(text, n->p, (size_t) (p - n->p));
        n->p = p;

        if (n->p == n->last) {
            return WPPKG_ERROR;
        }

        c = *n->p++;

        if (c == '"') {
            return WPPKG_OK;
        }

        if (c != '\\' || wppkg_notice_escape(n, &c) != WPPKG_OK) {
            return WPPKG_ERROR;
        }

        wppkg_notice_put(text, &c, 1);
    }
}


/* what no name has is one character, whichever it is */

static int
wppkg_notice_escape(wppkg_notice_t *n, char *c)
{
    if (n->p == n->last) {
        return WPPKG_ERROR;
    }

    switch (*n->p++) {

    case '"':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
    case '\\':
        *c = WPPKG_NOTICE_OTHER;
        return WPPKG_OK;

    case '/':
        *c = '/';
        return WPPKG_OK;

    case 'u':
        return wppkg_notice_hex(n, c);

    default:
        return WPPKG_ERROR;
    }
}


static int
wppkg_notice_hex(wppkg_notice_t *n, char *c)
{
    int  i, digit, value;

    if (n->last - n->p < 4) {
        return WPPKG_ERROR;
    }

    value = 0;

    for (i = 0; i < 4; i++) {
        digit = wppkg_hex_digit(*n->p++);

        if (digit < 0) {
            return WPPKG_ERROR;
        }

        value = value * 16 + digit;
    }

    *c = (value > 0x20 && value < 0x7f) ? (char) value
                                        : WPPKG_NOTICE_OTHER;

    return WPPKG_OK;
}


static void
wppkg_notice_put(wppkg_notice_text_t *text, const char *s, size_t len)
{
    size_t  n;

    if (text->len < text->room) {
        n = text->room - text->len;
        memcpy(text->text + text->len, s, (len < n) ? len : n);
    }

    text->len += len;
}


/* behind white space; '\0': the end, or a NUL, which is nothing either */

static char
wppkg_notice_look(wppkg_notice_t *n)
{
    const char  *p;

    for (p = n->p; p < n->last; p++) {
        if (*p != ' ' && *p != '\t' && *p != '\n' && *p != '\r') {
            break;
        }
    }

    n->p = p;

    return (p < n->last) ? *p : '\0';
}


/* never white space, and there is seldom any before it */

static int
wppkg_notice_take(wppkg_notice_t *n, char c)
{
    if ((n->p == n->last || *n->p != c) && wppkg_notice_look(n) != c) {
        return 0;
    }

    n->p++;

    return 1;
}

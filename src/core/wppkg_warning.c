
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdint.h>
#include <string.h>
#include <time.h>

#include "wppkg_warning.h"


#define WPPKG_WARNING_CUT  "..."


static void wppkg_warning_closure(wppkg_buf_t *b, const wppkg_warning_t *w);
static void wppkg_warning_state(wppkg_buf_t *b, const wppkg_warning_t *w);
static void wppkg_warning_reason(wppkg_buf_t *b, const char *reason);
static int wppkg_warning_is_code(const char *s);
static void wppkg_warning_put(wppkg_buf_t *b, const char *before,
    const char *s, size_t max, const char *after);
static int wppkg_warning_line(wppkg_buf_t *b, const char *s, size_t len,
    size_t max, int compares);
static size_t wppkg_warning_char(const char *s, size_t len, int *plain);
static int wppkg_warning_compares(const char *s, size_t len);
static int wppkg_warning_plain(const unsigned char *s, size_t len);
static void wppkg_warning_cut(wppkg_buf_t *b, size_t len);


/*
 * Characters that nobody sees, and that change what is seen or hide a text in
 * another: Unicode's "Cc" and "Cf", blanks that end a line, and all that its
 * block of tags has.  Joiners, U+200C and U+200D, stay: words of some
 * languages are misspelled without them.
 */

static const uint32_t  wppkg_warning_hidden[][2] = {
    { 0x0080, 0x00a0 }, { 0x00ad, 0x00ad }, { 0x0600, 0x0605 },
    { 0x061c, 0x061c }, { 0x06dd, 0x06dd }, { 0x070f, 0x070f },
    { 0x0890, 0x0891 }, { 0x08e2, 0x08e2 }, { 0x180e, 0x180e },
    { 0x200b, 0x200b }, { 0x200e, 0x200f }, { 0x2028, 0x202e },
    { 0x2060, 0x206f }, { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb },
    { 0x110bd, 0x110bd }, { 0x110cd, 0x110cd }, { 0x13430, 0x1343f },
    { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff }
};


void
wppkg_warning(wppkg_buf_t *b, const wppkg_warning_t *w)
{
    wppkg_buf_printf(b, "%s/%s", wppkg_vendor(w->type, (int) w->alias),
                     w->slug);

    wppkg_warning_put(b, " (", w->name, WPPKG_WARNING_NAME, ")");
    wppkg_warning_closure(b, w);
    wppkg_buf_puts(b, ". See ");
    wppkg_warning_url(b, w);
}


void
wppkg_warning_why(wppkg_buf_t *b, const wppkg_warning_t *w)
{
    wppkg_buf_puts(b, "It");
    wppkg_warning_closure(b, w);
}


void
wppkg_warning_url(wppkg_buf_t *b, const wppkg_warning_t *w)
{
    wppkg_buf_printf(b, "https://wordpress.org/%ss/%s/",
                     wppkg_type(w->type)->name, w->slug);
}


int
wppkg_warning_clean(wppkg_buf_t *b, const char *s, size_t len, size_t max)
{
    return wppkg_warning_line(b, s, len, max, 0);
}


int
wppkg_warning_title(wppkg_buf_t *b, const char *s, size_t len, size_t max)
{
    return wppkg_warning_line(b, s, len, max, 1);
}


static int
wppkg_warning_line(wppkg_buf_t *b, const char *s, size_t len, size_t max,
    int compares)
{
    int     plain, space;
    size_t  n, begun;

    begun = b->len;
    space = 0;

    for ( /* void */ ; len != 0 && wppkg_buf_ok(b); s += n, len -= n) {
        n = wppkg_warning_char(s, len, &plain);

        if (!plain && !(compares && wppkg_warning_compares(s, len))) {
            space = (b->len != begun);
            continue;
        }

        wppkg_buf_append(b, " ", (size_t) space);
        wppkg_buf_append(b, s, n);
        space = 0;

        if (b->len - begun > max) {
            wppkg_warning_cut(b, begun + max - strlen(WPPKG_WARNING_CUT));
            break;
        }
    }

    return b->len != begun;
}


/* a sentence, without its subject and the full stop at the end */

static void
wppkg_warning_closure(wppkg_buf_t *b, const wppkg_warning_t *w)
{
    wppkg_warning_state(b, w);
    wppkg_warning_reason(b, w->reason);

    if (w->replacement != NULL) {
        wppkg_buf_printf(b, ". It is replaced by %s", w->replacement);
    }
}


static void
wppkg_warning_state(wppkg_buf_t *b, const wppkg_warning_t *w)
{
    int         closed;
    char        date[16];
    time_t      t;
    struct tm   tm;

    t = (time_t) w->since;
    closed = (w->state == WPPKG_STATE_CLOSED
              || w->state == WPPKG_STATE_CLOSED_FOR_GOOD);

    if (t <= 0 || gmtime_r(&t, &tm) == NULL
        || strftime(date, sizeof(date), "%Y-%m-%d", &tm) == 0)
    {
        wppkg_buf_puts(b, closed ? " was closed on WordPress.org"
                                 : " is not available from WordPress.org");

    } else {
        wppkg_buf_printf(b, closed ? " was closed on WordPress.org on %s"
                                   : " has not been available from"
                                     " WordPress.org since %s", date);
    }

    if (closed) {
        wppkg_buf_puts(b, (w->state == WPPKG_STATE_CLOSED) ? ", for now"
                                                           : ", for good");
    }
}


/* the words of a code that came without any are its own */

static void
wppkg_warning_reason(wppkg_buf_t *b, const char *reason)
{
    char    *p;
    size_t   begun;

    begun = b->len;

    wppkg_warning_put(b, " (reason: ", reason, WPPKG_WARNING_REASON, ")");

    if (!wppkg_buf_ok(b) || b->len == begun
        || !wppkg_warning_is_code(reason))
    {
        return;
    }

    for (p = b->data + begun; *p != '\0'; p++) {
        *p = (*p == '-') ? ' ' : *p;
    }
}


/* "licensing-trademark-violation" */

static int
wppkg_warning_is_code(const char *s)
{
    size_t  len;

    len = strspn(s, "abcdefghijklmnopqrstuvwxyz-");

    return len != 0 && s[len] == '\0' && s[0] != '-' && s[len - 1] != '-'
           && strstr(s, "--") == NULL;
}


/* nothing, if nothing is left of s */

static void
wppkg_warning_put(wppkg_buf_t *b, const char *before, const char *s,
    size_t max, const char *after)
{
    size_t  begun;

    if (s == NULL) {
        return;
    }

    begun = b->len;
    wppkg_buf_puts(b, before);

    if (wppkg_warning_clean(b, s, strlen(s), max)) {
        wppkg_buf_puts(b, after);

    } else if (wppkg_buf_ok(b)) {
        b->len = begun;
        b->data[begun] = '\0';
    }
}


/* the length of the character at s; one byte of what is none */

static size_t
wppkg_warning_char(const char *s, size_t len, int *plain)
{
    size_t  n;

    n = wppkg_utf8_length(s, len);

    *plain = (n != 0 && wppkg_warning_plain((const unsigned char *) s, n));

    return (n != 0) ? n : 1;
}


/* "<= 1.0", ">2" */

static int
wppkg_warning_compares(const char *s, size_t len)
{
    size_t  n;

    if (*s != '<' && *s != '>') {
        return 0;
    }

    n = 1;
    n += (n < len && s[n] == '=');
    n += (n < len && s[n] == ' ');

    return n < len && s[n] >= '0' && s[n] <= '9';
}


/* one character, which is UTF-8 */

static int
wppkg_warning_plain(const unsigned char *s, size_t len)
{
    size_t    i;
    uint32_t  c;

    if (len == 1) {
        return s[0] > 0x20 && s[0] != 0x7f && strchr("<>\\", s[0]) == NULL;
    }

    c = s[0] & (0x7fu >> len);

    for (i = 1; i < len; i++) {
        c = (c << 6) | (s[i] & 0x3fu);
    }

    for (i = 0; i < sizeof(wppkg_warning_hidden) / sizeof(uint32_t [2]); i++) {
        if (c >= wppkg_warning_hidden[i][0] && c <= wppkg_warning_hidden[i][1])
        {
            return 0;
        }
    }

    return 1;
}


/* shortens to at most len bytes, with whole characters, and says so */

static void
wppkg_warning_cut(wppkg_buf_t *b, size_t len)
{
    if (!wppkg_buf_ok(b)) {
        return;
    }

    while ((b->data[len] & 0xc0) == 0x80) {
        len--;
    }

    b->len = len;
    wppkg_buf_puts(b, WPPKG_WARNING_CUT);
}

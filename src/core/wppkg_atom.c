
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "wppkg_atom.h"
#include "wppkg_format.h"
#include "wppkg_hash.h"
#include "wppkg_meta.h"
#include "wppkg_stale.h"
#include "wppkg_warning.h"
#include "wppkg_xml.h"


#define WPPKG_META_NEWS_ID   "news_id"    /* 32 hexadecimal digits */
#define WPPKG_META_NEWS_URL  "news_url"   /* of the repository, "": none */
#define WPPKG_META_NEWS_AT   "news_at"    /* the latest "updated" */

#define WPPKG_ATOM_KEY  4096      /* bytes of what an id is made of */
#define WPPKG_ATOM_WHY  2048      /* of a sentence about a closure */
#define WPPKG_ATOM_URL  16384     /* bytes of a repository's URL */

#define WPPKG_ATOM_TITLE  "WordPress plugins and themes: releases and closures"


typedef struct {
    wppkg_buf_t      *b;
    wppkg_buf_t       id;
    wppkg_buf_t       url;            /* of the repository */
    wppkg_warning_t   what;
    int64_t           at;
    int64_t           released_at;
    const char       *version;        /* NULL: its state has changed */
    const char       *author;
} wppkg_atom_t;


static int wppkg_atom_told(wppkg_catalogue_t *cat, const char *url,
    int *same);
static int wppkg_atom_move(wppkg_catalogue_t *cat, const char *url);
static int wppkg_atom_meta(wppkg_catalogue_t *cat, wppkg_atom_t *a);
static int wppkg_atom_updated(wppkg_catalogue_t *cat, int64_t *at);
static int wppkg_atom_head(wppkg_catalogue_t *cat, wppkg_atom_t *a);
static int wppkg_atom_entries(wppkg_catalogue_t *cat, wppkg_atom_t *a);
static int wppkg_atom_row(wppkg_catalogue_t *cat, sqlite3_stmt *stmt,
    wppkg_atom_t *a);
static int wppkg_atom_entry(wppkg_catalogue_t *cat, wppkg_atom_t *a);
static int wppkg_atom_entry_id(wppkg_catalogue_t *cat, wppkg_atom_t *a);
static void wppkg_atom_uuid(wppkg_buf_t *b, unsigned char id[16],
    unsigned version);
static void wppkg_atom_title(wppkg_atom_t *a);
static void wppkg_atom_summary(wppkg_atom_t *a);
static void wppkg_atom_text(wppkg_buf_t *b, const char *element,
    const char *text);
static void wppkg_atom_time(wppkg_buf_t *b, const char *element, int64_t at);


int
wppkg_atom_base(wppkg_catalogue_t *cat, const char *base_url)
{
    int  rc, same;

    base_url = (base_url != NULL) ? base_url : "";
    rc = wppkg_atom_told(cat, base_url, &same);

    if (rc != WPPKG_OK || same) {
        return rc;
    }

    rc = wppkg_catalogue_enter(cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_atom_move(cat, base_url);
    }

    return wppkg_catalogue_leave(cat, rc);
}


static int
wppkg_atom_told(wppkg_catalogue_t *cat, const char *url, int *same)
{
    int          rc;
    wppkg_buf_t  old;

    wppkg_buf_init(&old, WPPKG_ATOM_URL);

    rc = wppkg_meta_get_text(cat, WPPKG_META_NEWS_URL, &old);

    if (rc == WPPKG_OK || rc == WPPKG_DECLINED) {
        *same = (strcmp((rc == WPPKG_OK) ? old.data : "", url) == 0);
        rc = WPPKG_OK;
    }

    wppkg_buf_free(&old);

    return rc;
}


static int
wppkg_atom_move(wppkg_catalogue_t *cat, const char *url)
{
    int  rc;

    rc = wppkg_meta_set_text(cat, WPPKG_META_NEWS_URL, url);

    return (rc == WPPKG_OK) ? wppkg_stale(cat, WPPKG_STALE_NEWS) : rc;
}


int
wppkg_atom_inherit(wppkg_catalogue_t *cat, wppkg_catalogue_t *old)
{
    int          rc;
    int64_t      at;
    wppkg_buf_t  id;

    wppkg_buf_init(&id, WPPKG_ATOM_KEY);
    rc = wppkg_meta_get_text(old, WPPKG_META_NEWS_ID, &id);

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_set_text(cat, WPPKG_META_NEWS_ID, id.data);
    }

    wppkg_buf_free(&id);

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_get_int(old, WPPKG_META_NEWS_AT, &at);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_set_int(cat, WPPKG_META_NEWS_AT, at);
    }

    return (rc == WPPKG_OK || rc == WPPKG_DECLINED)
           ? wppkg_stale(cat, WPPKG_STALE_NEWS) : rc;
}


int
wppkg_atom(wppkg_catalogue_t *cat, wppkg_buf_t *b)
{
    int           rc;
    wppkg_atom_t  a;

    a.b = b;
    wppkg_buf_init(&a.id, WPPKG_ATOM_KEY);
    wppkg_buf_init(&a.url, WPPKG_ATOM_URL);

    rc = wppkg_atom_meta(cat, &a);

    if (rc == WPPKG_OK) {
        rc = wppkg_atom_head(cat, &a);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_atom_entries(cat, &a);
    }

    wppkg_buf_puts(b, "</feed>\n");

    wppkg_buf_free(&a.id);
    wppkg_buf_free(&a.url);

    return rc;
}


static int
wppkg_atom_meta(wppkg_catalogue_t *cat, wppkg_atom_t *a)
{
    int  rc;

    rc = wppkg_meta_get_text(cat, WPPKG_META_NEWS_ID, &a->id);

    if (rc == WPPKG_DECLINED) {
        return wppkg_catalogue_refuse(cat, WPPKG_ATOM_PATH ": the catalogue "
                                      "has lost the id of its feed: restore "
                                      "it from a backup");
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_get_text(cat, WPPKG_META_NEWS_URL, &a->url);
    }

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


/*
 * Without any news, it has not changed since the catalogue began.  It does not
 * go back, if the latest news goes with its package, or the clock was wrong.
 */

static int
wppkg_atom_updated(wppkg_catalogue_t *cat, int64_t *at)
{
    int      rc;
    int64_t  before;

    rc = wppkg_catalogue_one(cat, at,
        "SELECT coalesce(max(at), 0) FROM news", "");

    if (rc == WPPKG_OK) {
        rc = wppkg_meta_int(cat, WPPKG_META_NEWS_AT, 0, &before);
    }

    if (rc != WPPKG_OK) {
        return rc;
    }

    if (*at > before) {
        return wppkg_meta_set_int(cat, WPPKG_META_NEWS_AT, *at);
    }

    *at = before;

    return (before != 0)
           ? WPPKG_OK
           : wppkg_catalogue_one(cat, at, "SELECT value / ?1 FROM meta"
                                 " WHERE name = 'feed_floor'", "%d",
                                 WPPKG_TICKS);
}


static int
wppkg_atom_head(wppkg_catalogue_t *cat, wppkg_atom_t *a)
{
    int            rc;
    size_t         i;
    int64_t        at;
    unsigned char  id[16];

    rc = wppkg_atom_updated(cat, &at);

    if (rc != WPPKG_OK) {
        return rc;
    }

    for (i = 0; i < sizeof(id) && 2 * i + 1 < a->id.len; i++) {
        id[i] = (unsigned char) (wppkg_hex_digit(a->id.data[2 * i]) * 16
                                 + wppkg_hex_digit(a->id.data[2 * i + 1]));
    }

    memset(id + i, 0, sizeof(id) - i);

    wppkg_buf_puts(a->b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                   "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n");
    wppkg_atom_uuid(a->b, id, 4);
    wppkg_atom_text(a->b, "title", WPPKG_ATOM_TITLE);
    wppkg_atom_time(a->b, "updated", at);
    wppkg_buf_puts(a->b, "<author><name>WordPress.org</name></author>\n");

    if (a->url.len != 0) {
        wppkg_buf_puts(a->b, "<link rel=\"self\""
                       " type=\"application/atom+xml\" href=\"");
        wppkg_xml_text(a->b, a->url.data);
        wppkg_buf_puts(a->b, "/" WPPKG_ATOM_PATH "\"/>\n");
    }

    return WPPKG_OK;
}


static int
wppkg_atom_entries(wppkg_catalogue_t *cat, wppkg_atom_t *a)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = wppkg_catalogue_ask(cat,
        "SELECT type, slug, news.state, at, released_at, version, reason,"
        "    name, author"
        " FROM news CROSS JOIN packages ON packages.id = package_id"
        " ORDER BY news.id DESC", "");

    for ( ;; ) {
        rc = wppkg_catalogue_row(cat, stmt);

        if (rc != WPPKG_OK) {
            return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
        }

        rc = wppkg_atom_row(cat, stmt, a);

        if (rc == WPPKG_OK) {
            rc = wppkg_atom_entry(cat, a);
        }

        if (rc != WPPKG_OK) {
            wppkg_catalogue_done(stmt);
            return rc;
        }
    }
}


/* the texts are the statement's */

static int
wppkg_atom_row(wppkg_catalogue_t *cat, sqlite3_stmt *stmt, wppkg_atom_t *a)
{
    const char       *type, *state;
    wppkg_warning_t  *w;

    w = &a->what;
    memset(w, 0, sizeof(wppkg_warning_t));

    type = (const char *) sqlite3_column_text(stmt, 0);
    w->slug = (const char *) sqlite3_column_text(stmt, 1);
    state = (const char *) sqlite3_column_text(stmt, 2);
    a->at = sqlite3_column_int64(stmt, 3);
    a->released_at = sqlite3_column_int64(stmt, 4);
    a->version = (const char *) sqlite3_column_text(stmt, 5);
    w->reason = (const char *) sqlite3_column_text(stmt, 6);
    w->name = (const char *) sqlite3_column_text(stmt, 7);
    a->author = (const char *) sqlite3_column_text(stmt, 8);

    if (type == NULL || w->slug == NULL || state == NULL
        || wppkg_type_find(type, strlen(type), &w->type) != WPPKG_OK
        || wppkg_state_find(state, &w->state) != WPPKG_OK)
    {
        return wppkg_catalogue_refuse(cat, WPPKG_ATOM_PATH ": a row of "
                                      "\"news\" is damaged, or there is no "
                                      "memory for it");
    }

    return WPPKG_OK;
}


static int
wppkg_atom_entry(wppkg_catalogue_t *cat, wppkg_atom_t *a)
{
    wppkg_buf_t  *b;

    b = a->b;
    wppkg_buf_puts(b, "<entry>\n");

    if (wppkg_atom_entry_id(cat, a) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    wppkg_atom_title(a);
    wppkg_atom_time(b, "updated", a->at);

    if (a->released_at > 0 && a->released_at <= a->at) {
        wppkg_atom_time(b, "published", a->released_at);
    }

    if (a->version != NULL && a->author != NULL) {
        wppkg_buf_puts(b, "<author><name>");
        wppkg_xml_text(b, a->author);
        wppkg_buf_puts(b, "</name></author>\n");
    }

    wppkg_buf_puts(b, "<link rel=\"alternate\" type=\"text/html\" href=\"");
    wppkg_warning_url(b, &a->what);
    wppkg_buf_printf(b, "\"/>\n<category term=\"%s\"/>\n",
                     (a->version != NULL) ? "release"
                     : (a->what.state == WPPKG_STATE_ACTIVE) ? "reopening"
                                                              : "closure");
    wppkg_atom_summary(a);
    wppkg_buf_puts(b, "</entry>\n");

    return WPPKG_OK;
}


/* a release is one of a version, a change of the state one at a time */

static int
wppkg_atom_entry_id(wppkg_catalogue_t *cat, wppkg_atom_t *a)
{
    int            rc;
    wppkg_buf_t    key;
    unsigned char  hash[WPPKG_HASH_LEN];

    wppkg_buf_init(&key, WPPKG_ATOM_KEY);
    wppkg_buf_printf(&key, "%s\n%s/%s\n", a->id.data,
                     wppkg_type(a->what.type)->vendor, a->what.slug);

    if (a->version != NULL) {
        wppkg_buf_printf(&key, "release\n%s", a->version);

    } else {
        wppkg_buf_printf(&key, "%s\n%" PRId64,
                         wppkg_state_name(a->what.state), a->at);
    }

    rc = wppkg_buf_ok(&key) ? wppkg_hash(key.data, key.len, hash)
                            : WPPKG_ERROR;
    wppkg_buf_free(&key);

    if (rc != WPPKG_OK) {
        return wppkg_catalogue_refuse(cat, WPPKG_ATOM_PATH ": OpenSSL cannot "
                                      "compute SHA-256, or out of memory");
    }

    wppkg_atom_uuid(a->b, hash, 8);

    return WPPKG_OK;
}


/* RFC 9562: 4 is of random bytes, 8 of whatever its maker likes */

static void
wppkg_atom_uuid(wppkg_buf_t *b, unsigned char id[16], unsigned version)
{
    char  hex[33];

    id[6] = (unsigned char) ((id[6] & 0x0f) | (version << 4));
    id[8] = (id[8] & 0x3f) | 0x80;

    wppkg_hex(hex, id, 16);
    wppkg_buf_printf(b, "<id>urn:uuid:%.8s-%.4s-%.4s-%.4s-%s</id>\n", hex,
                     hex + 8, hex + 12, hex + 16, hex + 20);
}


static void
wppkg_atom_title(wppkg_atom_t *a)
{
    const char             *what;
    const wppkg_warning_t  *w;

    w = &a->what;

    if (a->version != NULL) {
        what = " ";

    } else if (w->state == WPPKG_STATE_ACTIVE) {
        what = ": open again";

    } else if (w->state == WPPKG_STATE_CLOSED_FOR_GOOD) {
        what = ": closed for good";

    } else {
        what = (w->state == WPPKG_STATE_CLOSED) ? ": closed"
                                                : ": not available any more";
    }

    wppkg_buf_puts(a->b, "<title>");
    wppkg_xml_text(a->b, (w->name != NULL) ? w->name : w->slug);
    wppkg_buf_puts(a->b, what);
    wppkg_xml_text(a->b, (a->version != NULL) ? a->version : "");
    wppkg_buf_puts(a->b, "</title>\n");
}


/* of a closure, in the words that Composer prints */

static void
wppkg_atom_summary(wppkg_atom_t *a)
{
    const char   *vendor, *slug;
    wppkg_buf_t   why;

    vendor = wppkg_type(a->what.type)->vendor;
    slug = a->what.slug;

    wppkg_buf_printf(a->b, "<summary>%s/%s", vendor, slug);

    if (a->version != NULL) {
        wppkg_buf_puts(a->b, " ");
        wppkg_xml_text(a->b, a->version);
        wppkg_buf_printf(a->b, ": composer require %s/%s:", vendor, slug);
        wppkg_xml_text(a->b, a->version);

    } else if (a->what.state == WPPKG_STATE_ACTIVE) {
        wppkg_buf_puts(a->b, " is available from WordPress.org again.");

    } else {
        wppkg_buf_init(&why, WPPKG_ATOM_WHY);
        wppkg_warning_why(&why, &a->what);
        wppkg_buf_puts(a->b, ". ");
        wppkg_xml_text(a->b, wppkg_buf_ok(&why) ? why.data : "");
        wppkg_buf_puts(a->b, ".");
        a->b->failed |= !wppkg_buf_ok(&why);
        wppkg_buf_free(&why);
    }

    wppkg_buf_puts(a->b, "</summary>\n");
}


static void
wppkg_atom_text(wppkg_buf_t *b, const char *element, const char *text)
{
    wppkg_buf_printf(b, "<%s>", element);
    wppkg_xml_text(b, text);
    wppkg_buf_printf(b, "</%s>\n", element);
}


/* RFC 3339 */

static void
wppkg_atom_time(wppkg_buf_t *b, const char *element, int64_t at)
{
    char       text[32];
    time_t     t;
    struct tm  tm;

    t = (time_t) ((at < 0) ? 0 : (at > WPPKG_TIME_MAX) ? WPPKG_TIME_MAX : at);

    (void) gmtime_r(&t, &tm);
    (void) strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);

    wppkg_atom_text(b, element, text);
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wppkg_answers.h"
#include "wppkg_place.h"
#include "wppkg_search.h"
#include "wppkg_types.h"
#include "wppkg_url.h"


#define WPPKG_SEARCH_AGE    60        /* seconds */
#define WPPKG_SEARCH_MATCH  1024      /* bytes of an expression of FTS5 */

/* a word in the name is worth a hundred times the installs; and the name is */

#define WPPKG_SEARCH_NAMED  (2 * WPPKG_PLACE_DECADE)
#define WPPKG_SEARCH_EXACT  1000


typedef struct {
    int64_t    place;
    unsigned   score;
} wppkg_found_t;


typedef struct {
    char           type;              /* as the arguments spell it, */
    char           order;             /* and one of WPPKG_SEARCH_ORDERS */
    unsigned       page;
    unsigned       size;
    char           words[WPPKG_ARGS_MAX];

    /* of both kinds, and of the slug in question */
    wppkg_found_t  found[2 * WPPKG_SEARCH_MATCHES + WPPKG_TYPES];
    size_t         n;
    unsigned       more:1;            /* there are others, which were not
                                         looked at */
} wppkg_search_t;


static int wppkg_search_known(wppkg_reader_t *rd, wppkg_error_t *err);
static int wppkg_search_read(const wppkg_request_t *request,
    wppkg_search_t *s, wppkg_error_t *err);
static int wppkg_search_find(wppkg_reader_t *rd, wppkg_search_t *s,
    wppkg_error_t *err);
static void wppkg_search_expression(const char *words, const char *columns,
    char match[WPPKG_SEARCH_MATCH]);
static int wppkg_search_matches(wppkg_reader_t *rd, sqlite3_stmt *stmt,
    wppkg_search_t *s, unsigned bonus, wppkg_error_t *err);
static int wppkg_search_match(wppkg_reader_t *rd, wppkg_search_t *s,
    const char *columns, unsigned bonus, wppkg_error_t *err);
static int wppkg_search_all(wppkg_reader_t *rd, wppkg_search_t *s,
    wppkg_error_t *err);
static sqlite3_stmt *wppkg_search_updated(wppkg_reader_t *rd,
    wppkg_error_t *err);
static sqlite3_stmt *wppkg_search_new(wppkg_reader_t *rd, wppkg_error_t *err);
static sqlite3_stmt *wppkg_search_named(wppkg_reader_t *rd,
    wppkg_error_t *err);
static int wppkg_search_sort(wppkg_reader_t *rd, wppkg_search_t *s,
    wppkg_error_t *err);
static void wppkg_search_places(const wppkg_search_t *s, wppkg_buf_t *places);
static int wppkg_search_type_of(const wppkg_search_t *s);
static void wppkg_search_once(wppkg_search_t *s);
static int wppkg_search_exact(wppkg_reader_t *rd, wppkg_search_t *s,
    wppkg_error_t *err);
static void wppkg_search_first(wppkg_search_t *s, int64_t place);
static int wppkg_search_by_place(const void *one, const void *other);
static int wppkg_search_by_score(const void *one, const void *other);
static int wppkg_search_write(wppkg_reader_t *rd, const wppkg_search_t *s,
    wppkg_buf_t *b, wppkg_error_t *err);
static int wppkg_search_result(wppkg_reader_t *rd, int64_t id,
    wppkg_buf_t *b, wppkg_error_t *err);
static void wppkg_search_package(sqlite3_stmt *stmt, wppkg_buf_t *b);
static void wppkg_search_count(sqlite3_stmt *stmt, int column,
    const char *name, wppkg_buf_t *b);
static void wppkg_search_text(sqlite3_stmt *stmt, int column,
    const char *name, wppkg_buf_t *b);
static void wppkg_search_end(const wppkg_search_t *s, wppkg_buf_t *b);


int
wppkg_search_basis(wppkg_reader_t *rd, wppkg_basis_t *basis,
    wppkg_error_t *err)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = wppkg_reader_stmt(rd,
        "SELECT generation, (SELECT value FROM meta"
        "    WHERE name = 'search_pass')" WPPKG_READER_SNAPSHOT, err);

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    if (sqlite3_step(stmt) == SQLITE_ROW) {
        basis->generation = sqlite3_column_int64(stmt, 0);
        basis->own[0] = sqlite3_column_int64(stmt, 1);
    }

    rc = sqlite3_reset(stmt);

    return (rc == SQLITE_OK) ? WPPKG_OK : wppkg_reader_fail(rd, rc, err);
}


int
wppkg_search_answer(wppkg_reader_t *rd, const wppkg_request_t *request,
    wppkg_answer_t *answer, wppkg_error_t *err)
{
    int              rc;
    wppkg_search_t  *s;

    rc = wppkg_search_known(rd, err);

    if (rc != WPPKG_OK) {
        answer->status = 404;
        wppkg_buf_puts(&answer->text,
                       "{\"error\":\"this repository has no search\"}");
        return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
    }

    s = malloc(sizeof(wppkg_search_t));

    if (s == NULL) {
        wppkg_error_set(err, "out of memory");
        return WPPKG_ERROR;
    }

    rc = wppkg_search_read(request, s, err);

    if (rc == WPPKG_OK) {
        rc = wppkg_search_find(rd, s, err);
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_search_write(rd, s, &answer->text, err);
    }

    answer->max_age = WPPKG_SEARCH_AGE;
    free(s);

    return rc;
}


/* WPPKG_DECLINED: the catalogue is an older one, or a mirror's */

static int
wppkg_search_known(wppkg_reader_t *rd, wppkg_error_t *err)
{
    int            rc, known;
    sqlite3_stmt  *stmt;

    if (wppkg_reader_schema(rd) < WPPKG_SEARCH_SCHEMA) {
        return WPPKG_DECLINED;
    }

    stmt = wppkg_reader_stmt(rd, "SELECT NOT EXISTS (SELECT 1 FROM origin)",
                             err);

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    known = (sqlite3_step(stmt) == SQLITE_ROW
             && sqlite3_column_int(stmt, 0) != 0);

    rc = sqlite3_reset(stmt);

    if (rc != SQLITE_OK) {
        return wppkg_reader_fail(rd, rc, err);
    }

    return known ? WPPKG_OK : WPPKG_DECLINED;
}


static int
wppkg_search_read(const wppkg_request_t *request, wppkg_search_t *s,
    wppkg_error_t *err)
{
    char  args[WPPKG_ARGS_MAX];
    int   n;

    memset(s, 0, sizeof(wppkg_search_t));

    if (request->args_len < sizeof(args)) {
        memcpy(args, request->args, request->args_len);
        args[request->args_len] = '\0';

        n = 0;

        if (sscanf(args, "%c %c %u %u %n", &s->type, &s->order, &s->page,
                   &s->size, &n) == 4
            && n > 0 && s->page > 0 && s->size > 0)
        {
            (void) snprintf(s->words, sizeof(s->words), "%s", args + n);
            return WPPKG_OK;
        }
    }

    wppkg_error_set(err, "\"%.*s\" is not what is asked for",
                    (int) request->args_len, request->args);

    return WPPKG_ERROR;
}


/*
 * The most popular ones that have all words in slug and name, then, unless
 * these are many, those that have them anywhere; in the order of their score.
 */

static int
wppkg_search_find(wppkg_reader_t *rd, wppkg_search_t *s, wppkg_error_t *err)
{
    int  rc;

    if (s->type == '-') {
        return WPPKG_OK;
    }

    if (s->words[0] == '\0') {
        return wppkg_search_all(rd, s, err);
    }

    rc = wppkg_search_match(rd, s, "{slug name}", WPPKG_SEARCH_NAMED, err);

    if (rc == WPPKG_OK && !s->more) {
        rc = wppkg_search_match(rd, s, "{slug name description tags author}",
                                0, err);
    }

    if (rc == WPPKG_OK) {
        wppkg_search_once(s);
        rc = wppkg_search_exact(rd, s, err);
    }

    if (rc != WPPKG_OK || s->n == 0) {
        return rc;
    }

    if (s->order != WPPKG_SEARCH_ORDERS[0]) {
        return wppkg_search_sort(rd, s, err);
    }

    qsort(s->found, s->n, sizeof(wppkg_found_t), wppkg_search_by_score);

    return WPPKG_OK;
}


/* nothing is searched for: all there are */

static int
wppkg_search_all(wppkg_reader_t *rd, wppkg_search_t *s, wppkg_error_t *err)
{
    sqlite3_stmt  *stmt;

    /* without the indexes, all packages would have to be sorted */

    if (wppkg_reader_schema(rd) < WPPKG_SEARCH_SORTED) {
        s->order = WPPKG_SEARCH_ORDERS[0];
    }

    switch (s->order) {

    case 'u':
        stmt = wppkg_search_updated(rd, err);
        break;

    case 'n':
        stmt = wppkg_search_new(rd, err);
        break;

    case 'a':
        stmt = wppkg_search_named(rd, err);
        break;

    default:
        stmt = wppkg_reader_stmt(rd,
            "SELECT place FROM popularity"
            " WHERE (?2 < 0 OR (place >> 40 & 1) = ?2)"
            " ORDER BY place LIMIT ?3", err);
    }

    return (stmt != NULL) ? wppkg_search_matches(rd, stmt, s, 0, err)
                          : WPPKG_ERROR;
}


/*
 * The first ones of each type are those of an index, as CROSS JOIN leaves the
 * order to the first table: so nothing but what is found is sorted, however
 * many there are of the other type.
 */

static sqlite3_stmt *
wppkg_search_updated(wppkg_reader_t *rd, wppkg_error_t *err)
{
    return wppkg_reader_stmt(rd,
        "SELECT place FROM ("
        "    SELECT * FROM (SELECT updated_at AS at, place"
        "        FROM packages CROSS JOIN popularity ON package_id = id"
        "        WHERE type = 'plugin' AND state = 'active'"
        "            AND updated_at > 0 AND ?2 <> 1"
        "        ORDER BY updated_at DESC LIMIT ?3)"
        "    UNION ALL"
        "    SELECT * FROM (SELECT updated_at AS at, place"
        "        FROM packages CROSS JOIN popularity ON package_id = id"
        "        WHERE type = 'theme' AND state = 'active'"
        "            AND updated_at > 0 AND ?2 <> 0"
        "        ORDER BY updated_at DESC LIMIT ?3))"
        " ORDER BY at DESC, place LIMIT ?3", err);
}


static sqlite3_stmt *
wppkg_search_new(wppkg_reader_t *rd, wppkg_error_t *err)
{
    return wppkg_reader_stmt(rd,
        "SELECT place FROM ("
        "    SELECT * FROM (SELECT added_at AS at, place FROM popularity"
        "        WHERE (place >> 40 & 1) = 0 AND added_at > 0 AND ?2 <> 1"
        "        ORDER BY added_at DESC LIMIT ?3)"
        "    UNION ALL"
        "    SELECT * FROM (SELECT added_at AS at, place FROM popularity"
        "        WHERE (place >> 40 & 1) = 1 AND added_at > 0 AND ?2 <> 0"
        "        ORDER BY added_at DESC LIMIT ?3))"
        " ORDER BY at DESC, place LIMIT ?3", err);
}


static sqlite3_stmt *
wppkg_search_named(wppkg_reader_t *rd, wppkg_error_t *err)
{
    return wppkg_reader_stmt(rd,
        "SELECT place FROM ("
        "    SELECT * FROM (SELECT slug, place"
        "        FROM packages CROSS JOIN popularity ON package_id = id"
        "        WHERE type = 'plugin' AND state = 'active' AND ?2 <> 1"
        "        ORDER BY slug LIMIT ?3)"
        "    UNION ALL"
        "    SELECT * FROM (SELECT slug, place"
        "        FROM packages CROSS JOIN popularity ON package_id = id"
        "        WHERE type = 'theme' AND state = 'active' AND ?2 <> 0"
        "        ORDER BY slug LIMIT ?3))"
        " ORDER BY slug, place LIMIT ?3", err);
}


/* what was found, in the order that was asked for */

static int
wppkg_search_sort(wppkg_reader_t *rd, wppkg_search_t *s, wppkg_error_t *err)
{
    int            rc;
    char           order[2];
    size_t         n;
    wppkg_buf_t    places;
    sqlite3_stmt  *stmt;

    stmt = wppkg_reader_stmt(rd,
        "SELECT place FROM json_each(?1) JOIN popularity ON place = value"
        "    JOIN packages AS p ON p.id = package_id"
        " ORDER BY iif(?2 = 'u', -ifnull(updated_at, 0),"
        "    iif(?2 = 'n', -ifnull(added_at, 0), slug)), slug, p.type", err);

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    (void) snprintf(order, sizeof(order), "%c", s->order);
    wppkg_buf_init(&places, WPPKG_SEARCH_MAX);
    wppkg_search_places(s, &places);

    rc = wppkg_buf_ok(&places)
         ? sqlite3_bind_text(stmt, 1, places.data, -1, SQLITE_TRANSIENT)
         : SQLITE_NOMEM;

    if (rc == SQLITE_OK) {
        rc = sqlite3_bind_text(stmt, 2, order, -1, SQLITE_TRANSIENT);
    }

    /* all are there still: it is the same snapshot */

    for (n = 0; rc == SQLITE_OK && n < s->n; n++) {

        if (sqlite3_step(stmt) != SQLITE_ROW) {
            break;
        }

        s->found[n].place = sqlite3_column_int64(stmt, 0);
    }

    rc = (rc == SQLITE_OK) ? sqlite3_reset(stmt) : rc;
    (void) sqlite3_clear_bindings(stmt);
    wppkg_buf_free(&places);

    return (rc == SQLITE_OK) ? WPPKG_OK : wppkg_reader_fail(rd, rc, err);
}


static void
wppkg_search_places(const wppkg_search_t *s, wppkg_buf_t *places)
{
    size_t  i;

    for (i = 0; i < s->n; i++) {
        wppkg_buf_printf(places, "%s%" PRId64, (i > 0) ? "," : "[",
                         s->found[i].place);
    }

    wppkg_buf_puts(places, "]");
}


static int
wppkg_search_match(wppkg_reader_t *rd, wppkg_search_t *s,
    const char *columns, unsigned bonus, wppkg_error_t *err)
{
    int            rc;
    char           match[WPPKG_SEARCH_MATCH];
    sqlite3_stmt  *stmt;

    _Static_assert(WPPKG_PLACE_ID_BITS == 40, "the statements know it");

    wppkg_search_expression(s->words, columns, match);

    stmt = wppkg_reader_stmt(rd,
        "SELECT rowid FROM search WHERE search MATCH ?1"
        " AND (?2 < 0 OR (rowid >> 40 & 1) = ?2) ORDER BY rowid LIMIT ?3",
        err);

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    rc = sqlite3_bind_text(stmt, 1, match, -1, SQLITE_TRANSIENT);

    return (rc == SQLITE_OK) ? wppkg_search_matches(rd, stmt, s, bonus, err)
                             : wppkg_reader_fail(rd, rc, err);
}


/*
 * Each word in quotes, where nothing but a quote means anything, and there is
 * none in it.  The last one may be the beginning of a word, for it may still
 * be typed; but a single character may not, since half of all packages have a
 * word that begins so.
 */

static void
wppkg_search_expression(const char *words, const char *columns,
    char match[WPPKG_SEARCH_MATCH])
{
    size_t       n;
    wppkg_buf_t  b;

    wppkg_buf_init(&b, WPPKG_SEARCH_MATCH - 1);
    wppkg_buf_printf(&b, "%s : (", columns);

    while (*words != '\0') {
        n = strcspn(words, " ");

        wppkg_buf_printf(&b, "\"%.*s\"%s ", (int) n, words,
                         (n > 1 && words[n] == '\0') ? "*" : "");
        words += n + (words[n] == ' ');
    }

    wppkg_buf_puts(&b, ")");

    /* there is room for as many words as the arguments can have */

    (void) snprintf(match, WPPKG_SEARCH_MATCH, "%s",
                    wppkg_buf_ok(&b) ? b.data : "\"\"");
    wppkg_buf_free(&b);
}


/* adds what a statement finds, WPPKG_SEARCH_MATCHES at most */

static int
wppkg_search_matches(wppkg_reader_t *rd, sqlite3_stmt *stmt,
    wppkg_search_t *s, unsigned bonus, wppkg_error_t *err)
{
    int             rc;
    size_t          n;
    wppkg_found_t  *found;

    rc = sqlite3_bind_int(stmt, 2, wppkg_search_type_of(s));

    if (rc == SQLITE_OK) {
        rc = sqlite3_bind_int(stmt, 3, WPPKG_SEARCH_MATCHES);
    }

    for (n = 0; n < WPPKG_SEARCH_MATCHES && rc == SQLITE_OK; n++) {

        if (sqlite3_step(stmt) != SQLITE_ROW) {
            break;
        }

        found = &s->found[s->n++];
        found->place = sqlite3_column_int64(stmt, 0);
        found->score = wppkg_place_class_of(found->place) + bonus;
    }

    s->more |= (n == WPPKG_SEARCH_MATCHES);
    rc = (rc == SQLITE_OK) ? sqlite3_reset(stmt) : rc;
    (void) sqlite3_clear_bindings(stmt);

    return (rc == SQLITE_OK) ? WPPKG_OK : wppkg_reader_fail(rd, rc, err);
}


/* -1: of any type */

static int
wppkg_search_type_of(const wppkg_search_t *s)
{
    return (s->type == '*') ? -1
           : (s->type == wppkg_type(WPPKG_THEME)->name[0]) ? WPPKG_THEME
                                                           : WPPKG_PLUGIN;
}


/* who was found twice has the better of the two scores */

static void
wppkg_search_once(wppkg_search_t *s)
{
    size_t  i, n;

    if (s->n == 0) {
        return;
    }

    qsort(s->found, s->n, sizeof(wppkg_found_t), wppkg_search_by_place);

    for (i = 1, n = 1; i < s->n; i++) {
        if (s->found[i].place != s->found[n - 1].place) {
            s->found[n++] = s->found[i];
        }
    }

    s->n = n;
}


/* the package whose slug the words are comes first, however unpopular */

static int
wppkg_search_exact(wppkg_reader_t *rd, wppkg_search_t *s, wppkg_error_t *err)
{
    int            rc;
    char           slug[WPPKG_ARGS_MAX], *p;
    sqlite3_stmt  *stmt;

    (void) snprintf(slug, sizeof(slug), "%s", s->words);

    for (p = slug; *p != '\0'; p++) {
        *p = (*p == ' ') ? '-' : *p;
    }

    stmt = wppkg_reader_stmt(rd,
        "SELECT place FROM packages JOIN popularity ON package_id = id"
        " WHERE type IN ('plugin', 'theme') AND slug = ?1"
        "    AND (?2 < 0 OR (place >> 40 & 1) = ?2) LIMIT 2", err);

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    rc = sqlite3_bind_text(stmt, 1, slug, -1, SQLITE_TRANSIENT);

    if (rc == SQLITE_OK) {
        rc = sqlite3_bind_int(stmt, 2, wppkg_search_type_of(s));
    }

    while (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
        wppkg_search_first(s, sqlite3_column_int64(stmt, 0));
    }

    rc = (rc == SQLITE_OK) ? sqlite3_reset(stmt) : rc;
    (void) sqlite3_clear_bindings(stmt);

    return (rc == SQLITE_OK) ? WPPKG_OK : wppkg_reader_fail(rd, rc, err);
}


static void
wppkg_search_first(wppkg_search_t *s, int64_t place)
{
    size_t  i;

    for (i = 0; i < s->n && s->found[i].place != place; i++) {
        /* void */
    }

    if (i == s->n) {
        s->n++;
    }

    s->found[i].place = place;
    s->found[i].score = WPPKG_SEARCH_EXACT;
}


static int
wppkg_search_by_place(const void *one, const void *other)
{
    const wppkg_found_t  *a, *b;

    a = one;
    b = other;

    if (a->place != b->place) {
        return (a->place < b->place) ? -1 : 1;
    }

    return (a->score < b->score) - (a->score > b->score);
}


static int
wppkg_search_by_score(const void *one, const void *other)
{
    const wppkg_found_t  *a, *b;

    a = one;
    b = other;

    if (a->score != b->score) {
        return (a->score > b->score) ? -1 : 1;
    }

    return (a->place > b->place) - (a->place < b->place);
}


static int
wppkg_search_write(wppkg_reader_t *rd, const wppkg_search_t *s,
    wppkg_buf_t *b, wppkg_error_t *err)
{
    int     rc;
    size_t  i, first;

    rc = WPPKG_OK;
    first = (size_t) (s->page - 1) * s->size;

    wppkg_buf_puts(b, "{\"results\":[");

    for (i = first; i < s->n && i < first + s->size && rc == WPPKG_OK; i++) {
        rc = wppkg_search_result(rd, wppkg_place_id_of(s->found[i].place), b,
                                 err);
    }

    wppkg_buf_printf(b, "],\"total\":%zu", s->n);
    wppkg_search_end(s, b);

    return rc;
}


/* columns of a result */

enum {
    WPPKG_RESULT_TYPE = 0,
    WPPKG_RESULT_SLUG,
    WPPKG_RESULT_TITLE,
    WPPKG_RESULT_DESCRIPTION,
    WPPKG_RESULT_AUTHOR,
    WPPKG_RESULT_DOWNLOADS,
    WPPKG_RESULT_FAVERS,
    WPPKG_RESULT_INSTALLS,
    WPPKG_RESULT_RATING,
    WPPKG_RESULT_UPDATED
};


static int
wppkg_search_result(wppkg_reader_t *rd, int64_t id, wppkg_buf_t *b,
    wppkg_error_t *err)
{
    int            rc;
    sqlite3_stmt  *stmt;

    stmt = wppkg_reader_stmt(rd,
        "SELECT type, slug, name, description, author, downloads, ratings,"
        "    installs, rating,"
        "    strftime('%Y-%m-%dT%H:%M:%S+00:00', NULLIF(updated_at, 0),"
        "        'unixepoch')"
        " FROM packages JOIN popularity ON package_id = id WHERE id = ?1",
        err);

    if (stmt == NULL) {
        return WPPKG_ERROR;
    }

    rc = sqlite3_bind_int64(stmt, 1, id);

    if (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
        wppkg_buf_puts(b, (wppkg_buf_ok(b) && b->data[b->len - 1] != '[')
                          ? "," : "");
        wppkg_search_package(stmt, b);
    }

    rc = (rc == SQLITE_OK) ? sqlite3_reset(stmt) : rc;

    return (rc == SQLITE_OK) ? WPPKG_OK : wppkg_reader_fail(rd, rc, err);
}


/* neither vendor nor slug need escaping */

static void
wppkg_search_package(sqlite3_stmt *stmt, wppkg_buf_t *b)
{
    const char          *name, *slug;
    wppkg_type_e         t;
    const wppkg_type_t  *type;

    name = (const char *) sqlite3_column_text(stmt, WPPKG_RESULT_TYPE);
    slug = (const char *) sqlite3_column_text(stmt, WPPKG_RESULT_SLUG);

    if (name == NULL || slug == NULL
        || wppkg_type_find(name, strlen(name), &t) != WPPKG_OK)
    {
        wppkg_buf_puts(b, "{}");
        return;
    }

    type = wppkg_type(t);

    wppkg_buf_printf(b, "{\"name\":\"%s/%s\",\"description\":", type->vendor,
                     slug);
    wppkg_search_text(stmt, WPPKG_RESULT_DESCRIPTION, NULL, b);
    wppkg_buf_printf(b, ",\"url\":\"https://wordpress.org/%s/%s/\","
                     "\"repository\":\"%s/%s/\",\"type\":\"%s\"",
                     type->plural, slug, type->svn_url, slug,
                     type->composer_type);
    wppkg_search_count(stmt, WPPKG_RESULT_DOWNLOADS, "downloads", b);
    wppkg_search_count(stmt, WPPKG_RESULT_FAVERS, "favers", b);
    wppkg_search_count(stmt, WPPKG_RESULT_INSTALLS, "installs", b);
    wppkg_search_count(stmt, WPPKG_RESULT_RATING, "rating", b);
    wppkg_search_text(stmt, WPPKG_RESULT_TITLE, "title", b);
    wppkg_search_text(stmt, WPPKG_RESULT_AUTHOR, "author", b);
    wppkg_search_text(stmt, WPPKG_RESULT_UPDATED, "updated", b);
    wppkg_buf_puts(b, "}");
}


static void
wppkg_search_count(sqlite3_stmt *stmt, int column, const char *name,
    wppkg_buf_t *b)
{
    wppkg_buf_printf(b, ",\"%s\":%" PRId64, name,
                     (int64_t) sqlite3_column_int64(stmt, column));
}


/* a member with that name, if there is a text; without one, a value, or "" */

static void
wppkg_search_text(sqlite3_stmt *stmt, int column, const char *name,
    wppkg_buf_t *b)
{
    size_t       len;
    const char  *text;

    text = (const char *) sqlite3_column_text(stmt, column);
    len = (size_t) sqlite3_column_bytes(stmt, column);

    if (name != NULL && text == NULL) {
        return;
    }

    if (name != NULL) {
        wppkg_buf_printf(b, ",\"%s\":", name);
    }

    wppkg_buf_json(b, (text != NULL) ? text : "", (text != NULL) ? len : 0);
}


/* whether there is more, and where; relative, as only clients know the host */

static void
wppkg_search_end(const wppkg_search_t *s, wppkg_buf_t *b)
{
    wppkg_type_e  type;
    const char   *order;

    static const char         orders[] = WPPKG_SEARCH_ORDERS;
    static const char *const  sorts[] = WPPKG_SEARCH_SORTS;

    if (s->more) {
        wppkg_buf_puts(b, ",\"capped\":true");
    }

    if ((size_t) s->page * s->size < s->n) {
        type = (wppkg_type_e) wppkg_search_type_of(s);

        wppkg_buf_puts(b, ",\"next\":\"?q=");
        wppkg_url_encode(b, s->words, "");
        wppkg_buf_printf(b, "&type=%s",
                         (s->type == '*') ? "" : wppkg_type(type)->name);

        order = strchr(orders, s->order);

        if (order != NULL && order > orders) {
            wppkg_buf_printf(b, "&sort=%s", sorts[order - orders]);
        }

        wppkg_buf_printf(b, "&per_page=%u&page=%u\"", s->size, s->page + 1);
    }

    wppkg_buf_puts(b, "}");
}

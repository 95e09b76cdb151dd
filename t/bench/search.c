
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * search DIR PLUGINS THEMES: makes a catalogue of 65,000 plugins and 13,000
 * themes in DIR, and asks it 200 questions, as nginx's thread does.  Beside
 * it, the same of a table as wp-packages has: an index of FTS5 joined with the
 * packages, which orders all matches by their installs and counts them, and
 * LIKE where it finds nothing.
 *
 * Slugs are real ones, of the files, and others that are put together of their
 * words; so are descriptions, of 8 to 24 words, among which are those that
 * half of all descriptions have.  The questions: 40 words that most slugs
 * have, 60 of any, 40 beginnings of 2 to 5 letters, 40 pairs, 20 with three.
 * The catalogue and the questions are always the same.
 *
 * What counts is the CPU time of the thread, and the fastest of five times:
 * what others do on this machine is not to be measured.  "ratio": of all
 * questions, how many times as long theirs take.
 */


#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wppkg_answers.h"
#include "wppkg_open.h"
#include "wppkg_popularity.h"
#include "wppkg_search.h"


#define SEARCH_PLUGINS    65000
#define SEARCH_THEMES     13000
#define SEARCH_QUESTIONS  200
#define SEARCH_TIMES      5
#define SEARCH_WORDS      8192
#define SEARCH_LINE       256


typedef struct {
    char    *text[SEARCH_WORDS];
    size_t   n;
} search_list_t;


static void search_die(const char *what, const char *why);
static unsigned search_random(unsigned n);
static void search_read(const char *path, search_list_t *slugs);
static void search_words(const search_list_t *slugs, search_list_t *words);
static void search_pick(const search_list_t *words, unsigned n,
    const char *between, char text[SEARCH_LINE]);
static void search_fill(wppkg_catalogue_t *cat, wppkg_type_e type,
    unsigned n, const search_list_t *slugs, const search_list_t *words);
static void search_add(wppkg_catalogue_t *cat, wppkg_type_e type,
    const char *slug, int64_t installs, const search_list_t *words);
static void search_peer(const char *path);
static void search_question(unsigned i, const search_list_t *words,
    char text[SEARCH_LINE]);
static double search_ask(wppkg_reader_t *rd, const char *question);
static double search_ask_peer(sqlite3 *db, const char *question);
static void search_report(const char *name, double *ms);
static int search_order(const void *one, const void *other);
static double search_now(void);


static const char *const  search_common[] = {
    "the", "a", "to", "of", "and", "for", "your", "you", "with", "in", "on",
    "plugin", "wordpress", "site", "allows", "simple", "easy", "posts",
    "page", "users", "add", "create", "woocommerce", "content"
};

static uint64_t  search_seed = 20261130;


int
main(int argc, char **argv)
{
    char                  path[SEARCH_LINE], text[SEARCH_LINE];
    double                ours[SEARCH_QUESTIONS], theirs[SEARCH_QUESTIONS];
    double                sum[2];
    sqlite3              *db;
    unsigned              i;
    wppkg_error_t         err;
    wppkg_reader_t       *rd;
    wppkg_catalogue_t    *cat;

    static search_list_t  plugins, themes, words;

    if (argc != 4) {
        search_die("usage", "search DIR PLUGINS THEMES");
    }

    search_read(argv[2], &plugins);
    search_read(argv[3], &themes);
    search_words(&plugins, &words);
    (void) snprintf(path, sizeof(path), "%s/search.db", argv[1]);

    if (wppkg_catalogue_open(path, WPPKG_CATALOGUE_MIGRATE, &cat, &err)
        != WPPKG_OK)
    {
        search_die(path, err.text);
    }

    search_fill(cat, WPPKG_PLUGIN, SEARCH_PLUGINS, &plugins, &words);
    search_fill(cat, WPPKG_THEME, SEARCH_THEMES, &themes, &words);
    search_peer(path);

    if (wppkg_reader_open(path, &rd, &err) != WPPKG_OK
        || sqlite3_open(path, &db) != SQLITE_OK)
    {
        search_die(path, err.text);
    }

    sum[0] = sum[1] = 0;

    for (i = 0; i < SEARCH_QUESTIONS; i++) {
        search_question(i, &words, text);
        ours[i] = search_ask(rd, text);
        theirs[i] = search_ask_peer(db, text);
        sum[0] += ours[i];
        sum[1] += theirs[i];
    }

    search_report("serve.search", ours);
    search_report("serve.search.peer", theirs);
    (void) printf("serve.search.ratio %.1f\n", sum[1] / sum[0]);

    wppkg_reader_close(rd);
    (void) sqlite3_close(db);
    wppkg_catalogue_close(cat);

    return 0;
}


static void
search_die(const char *what, const char *why)
{
    (void) fprintf(stderr, "search: %s: %s\n", what, why);
    exit(1);
}


/* the same numbers on each machine */

static unsigned
search_random(unsigned n)
{
    search_seed = search_seed * UINT64_C(6364136223846793005)
                  + UINT64_C(1442695040888963407);

    return (unsigned) (search_seed >> 33) % n;
}


static void
search_read(const char *path, search_list_t *slugs)
{
    char   line[SEARCH_LINE];
    FILE  *fp;

    fp = fopen(path, "re");

    if (fp == NULL) {
        search_die(path, "cannot be read");
    }

    while (slugs->n < SEARCH_WORDS && fgets(line, sizeof(line), fp) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        slugs->text[slugs->n++] = strdup(line);
    }

    (void) fclose(fp);
}


/* of all slugs, each as often as they have it: so common ones are common */

static void
search_words(const search_list_t *slugs, search_list_t *words)
{
    char    line[SEARCH_LINE], *word, *rest;
    size_t  i;

    for (i = 0; i < slugs->n; i++) {
        (void) snprintf(line, sizeof(line), "%s", slugs->text[i]);

        for (word = strtok_r(line, "-", &rest);
             word != NULL && words->n < SEARCH_WORDS;
             word = strtok_r(NULL, "-", &rest))
        {
            if (strlen(word) > 1) {
                words->text[words->n++] = strdup(word);
            }
        }
    }
}


static void
search_pick(const search_list_t *words, unsigned n, const char *between,
    char text[SEARCH_LINE])
{
    size_t    len;
    unsigned  common;

    common = sizeof(search_common) / sizeof(search_common[0]);
    text[0] = '\0';

    for (len = 0; n > 0 && len < SEARCH_LINE / 2; n--) {
        len += (size_t) snprintf(text + len, SEARCH_LINE - len, "%s%s",
                   (len > 0) ? between : "",
                   (*between == ' ' && search_random(2))
                   ? search_common[search_random(common)]
                   : words->text[search_random((unsigned) words->n)]);
    }
}


static void
search_fill(wppkg_catalogue_t *cat, wppkg_type_e type, unsigned n,
    const search_list_t *slugs, const search_list_t *words)
{
    char      slug[SEARCH_LINE], made[SEARCH_LINE];
    unsigned  i;

    if (wppkg_catalogue_begin(cat) != WPPKG_OK) {
        search_die("begin", wppkg_catalogue_error(cat));
    }

    for (i = 0; i < n; i++) {

        if (i < slugs->n) {
            (void) snprintf(slug, sizeof(slug), "%s", slugs->text[i]);

        } else {
            search_pick(words, 2 + search_random(3), "-", made);
            (void) snprintf(slug, sizeof(slug), "%.180s-%u", made, i);
        }

        /* the more there are, the fewer use them: one in three, none */

        search_add(cat, type, slug, (search_random(3) == 0) ? 0
                   : 10000000 / (1 + search_random(n)) / 7 * 10, words);
    }

    if (wppkg_catalogue_commit(cat) != WPPKG_OK) {
        search_die("commit", wppkg_catalogue_error(cat));
    }
}


static void
search_add(wppkg_catalogue_t *cat, wppkg_type_e type, const char *slug,
    int64_t installs, const search_list_t *words)
{
    char             description[SEARCH_LINE], tags[SEARCH_LINE];
    int64_t          id;
    wppkg_entry_t    entry;
    wppkg_package_t  pkg;

    search_pick(words, 8 + search_random(17), " ", description);
    search_pick(words, 1 + search_random(5), ", ", tags);

    memset(&pkg, 0, sizeof(pkg));
    pkg.type = type;
    pkg.counts.installs = installs;
    pkg.counts.told = 1;

    if (wppkg_catalogue_one(cat, &id,
            "INSERT INTO packages (type, slug, state, created_at, name,"
            "    description, tags, author)"
            " VALUES (?1, ?2, 'active', 1, replace(?2, '-', ' '), ?3, ?4,"
            "    ?5) RETURNING id", "%s%s%s%s%s", wppkg_type(type)->name,
            slug, description, tags,
            words->text[search_random((unsigned) words->n)]) != WPPKG_OK
        || wppkg_popularity_begin(cat, id, &pkg, &pkg, &entry) != WPPKG_OK
        || wppkg_popularity_store(cat, id, &pkg, &entry) != WPPKG_OK)
    {
        search_die(slug, wppkg_catalogue_error(cat));
    }
}


static void
search_peer(const char *path)
{
    sqlite3  *db;

    if (sqlite3_open(path, &db) != SQLITE_OK
        || sqlite3_exec(db,
            "CREATE TABLE peer (id INTEGER PRIMARY KEY, type, name,"
            "    display_name, description, is_active, active_installs);"
            "INSERT INTO peer SELECT id, type, slug, name, description, 1,"
            "    installs FROM packages JOIN popularity ON package_id = id;"
            "CREATE INDEX peer_installs ON peer (active_installs DESC);"
            "CREATE VIRTUAL TABLE peer_fts USING fts5 (name, display_name,"
            "    description, content = 'peer', content_rowid = 'id',"
            "    tokenize = 'unicode61 remove_diacritics 2');"
            "INSERT INTO peer_fts (peer_fts) VALUES ('rebuild');"
            "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL)
           != SQLITE_OK)
    {
        search_die(path, sqlite3_errmsg(db));
    }

    (void) sqlite3_close(db);
}


static void
search_question(unsigned i, const search_list_t *words,
    char text[SEARCH_LINE])
{
    unsigned     n;
    const char  *word;

    word = words->text[search_random((unsigned) words->n)];
    n = i % 10;

    if (n < 2) {
        (void) snprintf(text, SEARCH_LINE, "%s", search_common
                        [search_random(sizeof(search_common)
                                       / sizeof(search_common[0]))]);

    } else if (n < 5) {
        (void) snprintf(text, SEARCH_LINE, "%s", word);

    } else if (n < 7) {
        (void) snprintf(text, SEARCH_LINE, "%.*s",
                        (int) (2 + search_random(4)), word);

    } else {
        search_pick(words, (n == 9) ? 3 : 2, " ", text);
    }
}


static double
search_ask(wppkg_reader_t *rd, const char *question)
{
    int                      i;
    char                     args[WPPKG_ARGS_MAX], spelled[WPPKG_ARGS_MAX];
    double                   started, ms, best;
    wppkg_error_t            err;
    wppkg_answer_t           answer;
    wppkg_request_t          request;
    const wppkg_endpoint_t  *endpoint;

    memset(&request, 0, sizeof(request));
    (void) snprintf(args, sizeof(args), "q=%.200s", question);

    endpoint = wppkg_endpoint(WPPKG_SEARCH_PATH, strlen(WPPKG_SEARCH_PATH));

    if (wppkg_search_args(args, strlen(args), spelled) != WPPKG_OK) {
        search_die(question, "is not understood");
    }

    request.args = spelled;
    request.args_len = strlen(spelled);

    for (i = 0, best = 0; i < SEARCH_TIMES; i++) {
        started = search_now();

        if (wppkg_reader_begin(rd, &err) != WPPKG_OK
            || wppkg_endpoint_answer(endpoint, rd, &request, &answer, &err)
               != WPPKG_OK
            || wppkg_reader_end(rd, &err) != WPPKG_OK
            || answer.status != 200)
        {
            search_die(question, err.text);
        }

        ms = search_now() - started;
        best = (i == 0 || ms < best) ? ms : best;
        wppkg_buf_free(&answer.text);
    }

    return best;
}


static double
search_ask_peer(sqlite3 *db, const char *question)
{
    int            i, rows;
    char           match[SEARCH_LINE + 8];
    double         started, ms, best;
    size_t         j;
    sqlite3_stmt  *stmt;

    static const char *const  sql[] = {
        "SELECT p.*, (SELECT count(*) FROM peer_fts AS g JOIN peer AS q"
        "    ON q.id = g.rowid WHERE peer_fts MATCH ?1 AND q.is_active)"
        " FROM peer_fts AS f JOIN peer AS p ON p.id = f.rowid"
        " WHERE peer_fts MATCH ?1 AND p.is_active"
        " ORDER BY p.active_installs DESC LIMIT 15",

        "SELECT *, count(*) OVER () FROM peer WHERE is_active"
        "    AND (name LIKE '%' || ?2 || '%' OR display_name LIKE"
        "        '%' || ?2 || '%')"
        " ORDER BY active_installs DESC LIMIT 15"
    };

    (void) snprintf(match, sizeof(match), "%s*", question);

    for (i = 0, best = 0; i < SEARCH_TIMES; i++) {
        started = search_now();

        for (j = 0, rows = 0; j < 2 && rows == 0; j++) {

            if (sqlite3_prepare_v2(db, sql[j], -1, &stmt, NULL) != SQLITE_OK
                || sqlite3_bind_text(stmt, (int) j + 1,
                                     (j == 0) ? match : question, -1,
                                     SQLITE_STATIC) != SQLITE_OK)
            {
                search_die(question, sqlite3_errmsg(db));
            }

            while (sqlite3_step(stmt) == SQLITE_ROW) {
                rows++;
            }

            (void) sqlite3_finalize(stmt);
        }

        ms = search_now() - started;
        best = (i == 0 || ms < best) ? ms : best;
    }

    return best;
}


static void
search_report(const char *name, double *ms)
{
    qsort(ms, SEARCH_QUESTIONS, sizeof(double), search_order);

    (void) printf("%s.p50_ms %.2f ms\n", name, ms[SEARCH_QUESTIONS / 2]);
    (void) printf("%s.p99_ms %.2f ms\n", name,
                  ms[SEARCH_QUESTIONS * 99 / 100 - 1]);
}


static int
search_order(const void *one, const void *other)
{
    double  a, b;

    a = *(const double *) one;
    b = *(const double *) other;

    return (a > b) - (a < b);
}


static double
search_now(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);

    return (double) ts.tv_sec * 1e3 + (double) ts.tv_nsec / 1e6;
}

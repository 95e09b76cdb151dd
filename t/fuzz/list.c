
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A list of packages for "discover", into a real catalogue: what is in it
 * afterwards, what is counted, and what is said of bad lines.
 */


#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "syncd_stages.h"
#include "wppkg_open.h"
#include "wppkg_packages.h"


#define LIST_LINE   1000      /* bytes of a line */
#define LIST_SHOWN  20        /* bad lines that are shown */


typedef struct {
    const char    *name;
    wppkg_type_e   type;
} list_type_t;


/* what a list has to lead to */

typedef struct {
    uint64_t  good;
    uint64_t  bad;
} list_expected_t;


static void list_open(void);
static void list_close(void);
static list_expected_t list_expect(const uint8_t *data, size_t size,
    int known);
static int list_slug(const char *s, size_t len, wppkg_type_e *type,
    const char **slug, size_t *slug_len);
static uint64_t list_run(int list, const list_expected_t *expected);
static int list_discover(int list, syncd_ctx_t *ctx, int log);
static uint64_t list_count(const syncd_ctx_t *ctx, const char *name);
static void list_log(int fd, uint64_t bad);


static const list_type_t  list_types[] = {
    { "plugin/", WPPKG_PLUGIN },
    { "wp-plugin/", WPPKG_PLUGIN },
    { "theme/", WPPKG_THEME },
    { "wp-theme/", WPPKG_THEME }
};

static wppkg_catalogue_t  *list_cat;
static char                list_dir[256];


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int              list;
    list_expected_t  expected;

    if (list_cat == NULL) {
        list_open();
    }

    list = memfd_create("list", MFD_CLOEXEC);

    fuzz_check(list >= 0 && write(list, data, size) == (ssize_t) size);

    expected = list_expect(data, size, 0);

    (void) list_run(list, &expected);

    /* now all of them are known */

    (void) list_expect(data, size, 1);
    fuzz_check(list_run(list, &expected) == 0);

    (void) close(list);

    return 0;
}


static void
list_open(void)
{
    char            path[300];
    const char     *tmp;
    wppkg_error_t   err;

    tmp = getenv("TMPDIR");

    /* in pieces, for "make lint" takes the whole for a left-over mark */

    (void) snprintf(list_dir, sizeof(list_dir), "%s/fuzz-" "XX" "XX" "XX",
                    (tmp != NULL) ? tmp : "/tmp");
    fuzz_check(mkdtemp(list_dir) != NULL);

    (void) snprintf(path, sizeof(path), "%s/catalogue.db", list_dir);
    fuzz_check(wppkg_catalogue_open(path, WPPKG_CATALOGUE_MIGRATE, &list_cat,
                                    &err)
               == WPPKG_OK);

    fuzz_check(atexit(list_close) == 0);
}


static void
list_close(void)
{
    size_t  i;
    char    path[300];

    static const char *const  suffixes[] = { "", "-wal", "-shm" };

    wppkg_catalogue_close(list_cat);

    for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        (void) snprintf(path, sizeof(path), "%s/catalogue.db%s", list_dir,
                        suffixes[i]);
        (void) unlink(path);
    }

    (void) rmdir(list_dir);
}


/* known: what is good has to be in the catalogue */

static list_expected_t
list_expect(const uint8_t *data, size_t size, int known)
{
    int               first;
    size_t            len, slug_len;
    int64_t           id;
    const char       *slug;
    wppkg_type_e      type;
    const uint8_t    *line;
    list_expected_t   expected;

    memset(&expected, 0, sizeof(list_expected_t));

    for (first = 1; size != 0; first = 0) {
        fuzz_part(&data, &size, '\n', &line, &len);

        if (len > LIST_LINE) {
            expected.bad++;
            continue;
        }

        if (first && len >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0) {
            line += 3;
            len -= 3;
        }

        while (len != 0 && memchr(" \t\r", *line, 3) != NULL) {
            line++;
            len--;
        }

        while (len != 0 && memchr(" \t\r", line[len - 1], 3) != NULL) {
            len--;
        }

        if (len == 0 || *line == '#') {
            continue;
        }

        if (!list_slug((const char *) line, len, &type, &slug, &slug_len)) {
            expected.bad++;
            continue;
        }

        expected.good++;

        fuzz_check(!known
                   || wppkg_packages_find(list_cat, type, slug, slug_len,
                                          &id)
                      == WPPKG_OK);
    }

    return expected;
}


static int
list_slug(const char *s, size_t len, wppkg_type_e *type, const char **slug,
    size_t *slug_len)
{
    size_t  i, n;

    for (i = 0; i < sizeof(list_types) / sizeof(list_types[0]); i++) {
        n = strlen(list_types[i].name);

        if (len > n && memcmp(s, list_types[i].name, n) == 0) {
            *type = list_types[i].type;
            *slug = s + n;
            *slug_len = len - n;

            return fuzz_is_slug(*slug, *slug_len);
        }
    }

    return 0;
}


/* returns how many packages are new */

static uint64_t
list_run(int list, const list_expected_t *expected)
{
    int          rc, log;
    uint64_t     added, known, bad;
    syncd_ctx_t  ctx;

    log = memfd_create("log", MFD_CLOEXEC);
    fuzz_check(log >= 0);

    rc = list_discover(list, &ctx, log);

    added = list_count(&ctx, "added");
    known = list_count(&ctx, "known");
    bad = list_count(&ctx, "bad_lines");

    fuzz_check(added + known == expected->good);
    fuzz_check(bad == expected->bad);
    fuzz_check(rc == ((bad == 0) ? SYNCD_DONE : SYNCD_PARTIAL));

    list_log(log, bad);

    (void) close(log);

    return added;
}


static uint64_t
list_count(const syncd_ctx_t *ctx, const char *name)
{
    unsigned  i;

    for (i = 0; i < ctx->ncounts; i++) {
        if (strcmp(ctx->counts[i].name, name) == 0) {
            return ctx->counts[i].n;
        }
    }

    fuzz_check(0);

    return 0;
}


/* what it writes to standard error goes to log */

static int
list_discover(int list, syncd_ctx_t *ctx, int log)
{
    int   rc, saved;
    char  file[64];

    memset(ctx, 0, sizeof(syncd_ctx_t));

    ctx->cat = list_cat;

    (void) snprintf(file, sizeof(file), "/proc/self/fd/%d", list);

    saved = dup(STDERR_FILENO);
    fuzz_check(saved >= 0 && dup2(log, STDERR_FILENO) == STDERR_FILENO);

    rc = syncd_discover_list(ctx, file);

    fuzz_check(dup2(saved, STDERR_FILENO) == STDERR_FILENO);
    fuzz_check(close(saved) == 0);

    return rc;
}


/* one line for each bad one, up to the limit, and nothing for a terminal */

static void
list_log(int fd, uint64_t bad)
{
    char            text[65536];
    size_t          size, len;
    ssize_t         n;
    uint64_t        lines;
    const uint8_t  *data, *line;

    n = pread(fd, text, sizeof(text), 0);
    fuzz_check(n >= 0 && n < (ssize_t) sizeof(text));

    data = (const uint8_t *) text;
    size = (size_t) n;

    for (lines = 0; size != 0; lines++) {
        fuzz_part(&data, &size, '\n', &line, &len);
        fuzz_check(fuzz_is_line((const char *) line, len));
    }

    fuzz_check(lines == ((bad > LIST_SHOWN) ? LIST_SHOWN + 1 : bad));
}

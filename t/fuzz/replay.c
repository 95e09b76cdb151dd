
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What stands in for libFuzzer in "make check": feeds every file of the
 * directories given to the target, and says how many there were.  With
 * "--short" before them, it does so again and again, and another allocation
 * fails each time.
 */


#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"
#include "short.h"


#define REPLAY_SHORT  400     /* of so many allocations each one fails */


static unsigned replay_directory(const char *path);
static void replay_file(const char *path);
static void replay_short(const uint8_t *data, size_t size);
static int replay_fails(const uint8_t *data, size_t size, unsigned n);
static void replay_gave_up(void);
static void replay_die(const char *path, const char *what)
    __attribute__((noreturn));


static int      replay_is_short;
static jmp_buf  replay_end;


int
main(int argc, char *const *argv)
{
    int       i;
    unsigned  n;

    n = 0;
    replay_is_short = (argc > 1 && strcmp(argv[1], "--short") == 0);

    for (i = 1 + replay_is_short; i < argc; i++) {
        n += replay_directory(argv[i]);
    }

    (void) printf("%u inputs\n", n);

    return 0;
}


static unsigned
replay_directory(const char *path)
{
    int             n;
    DIR            *dir;
    char            file[4096];
    unsigned        count;
    struct dirent  *entry;

    dir = opendir(path);

    if (dir == NULL) {
        replay_die(path, strerror(errno));
    }

    count = 0;

    for ( ;; ) {
        entry = readdir(dir);

        if (entry == NULL) {
            break;
        }

        if (entry->d_name[0] == '.') {
            continue;
        }

        n = snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);

        if (n < 0 || (size_t) n >= sizeof(file)) {
            replay_die(path, "too long");
        }

        replay_file(file);
        count++;
    }

    (void) closedir(dir);

    return count;
}


static void
replay_file(const char *path)
{
    FILE         *fp;
    size_t        size;
    uint8_t      *data;
    struct stat   st;

    fp = fopen(path, "rb");

    if (fp == NULL || fstat(fileno(fp), &st) != 0) {
        replay_die(path, strerror(errno));
    }

    size = (size_t) st.st_size;
    data = fuzz_alloc(size);

    if (fread(data, 1, size, fp) != size) {
        replay_die(path, "could not be read");
    }

    (void) fclose(fp);

    /* before, as the target may abort */

    (void) printf("%s\n", path);
    (void) fflush(stdout);

    (void) LLVMFuzzerTestOneInput(data, size);

    if (replay_is_short) {
        replay_short(data, size);
    }

    free(data);
}


/*
 * Until there are fewer allocations than would fail.  From REPLAY_SHORT on
 * they are far apart: a listing in single bytes has a million of them.
 */

static void
replay_short(const uint8_t *data, size_t size)
{
    unsigned  n;

    fuzz_gave_up = replay_gave_up;
    fuzz_spared = short_spare;
    n = 1;

    while (replay_fails(data, size, n)) {
        n += 1 + n / REPLAY_SHORT * n / 2;
    }

    fuzz_gave_up = NULL;
    fuzz_spared = NULL;
}


/* 1: the n-th allocation has failed; 0: there were fewer */

static int
replay_fails(const uint8_t *data, size_t size, unsigned n)
{
    int   failed;
    long  live;

    live = short_live();
    short_fail(n);

    if (setjmp(replay_end) != 0) {
        return 1;
    }

    (void) LLVMFuzzerTestOneInput(data, size);

    failed = short_failed();
    live = short_live() - live;

    if (live != 0) {
        (void) fprintf(stderr, "allocation %u fails: %ld are not freed\n", n,
                       live);
        exit(1);
    }

    return failed;
}


/*
 * What a target says must hold may not where memory was short, in the target
 * itself: whatever it has allocated by then is left.
 */

static void
replay_gave_up(void)
{
    short_spare(0);

    if (short_failed()) {
        longjmp(replay_end, 1);
    }
}


static void
replay_die(const char *path, const char *what)
{
    (void) fprintf(stderr, "%s: %s\n", path, what);
    exit(1);
}

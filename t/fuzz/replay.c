
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What stands in for libFuzzer in "make check": feeds every file of the
 * directories given to the target, and says how many there were.
 */


#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"


static unsigned replay_directory(const char *path);
static void replay_file(const char *path);
static void replay_die(const char *path, const char *what)
    __attribute__((noreturn));


int
main(int argc, char *const *argv)
{
    int       i;
    unsigned  n;

    n = 0;

    for (i = 1; i < argc; i++) {
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

    free(data);
}


static void
replay_die(const char *path, const char *what)
{
    (void) fprintf(stderr, "%s: %s\n", path, what);
    exit(1);
}

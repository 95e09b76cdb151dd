
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * log FILE: MB/s at which discover reads log reports, on one core: characters
 * checked, XML parsed, paths understood, nothing stored.  FILE has the items
 * of the report, which come in pieces such as the network's.  The median of
 * five times.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <time.h>

#include "syncd_svn_log.h"
#include "syncd_svn_path.h"


#define LOG_TIMES  5
#define LOG_PIECE  16384

#define LOG_BEGIN  "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"             \
                   "<S:log-report xmlns:S=\"svn:\" xmlns:D=\"DAV:\">\n"
#define LOG_END    "</S:log-report>\n"


typedef struct {
    size_t   items;
    size_t   effects;
} log_count_t;


static double log_read(const char *data, size_t len, log_count_t *count);
static int log_feed(syncd_svn_log_t *log, const char *data, size_t len);
static int log_path(void *ctx, syncd_svn_change_e change, int file,
    const char *path, size_t len);
static int log_item(void *ctx, const syncd_svn_item_t *item);
static int log_compare(const void *a, const void *b);


int
main(int argc, char **argv)
{
    int           fd, i;
    char         *data;
    double        speed[LOG_TIMES];
    log_count_t   count;
    struct stat   st;

    if (argc != 2) {
        (void) fprintf(stderr, "usage: log FILE\n");
        return 2;
    }

    fd = open(argv[1], O_RDONLY|O_CLOEXEC);

    if (fd == -1 || fstat(fd, &st) != 0) {
        perror(argv[1]);
        return 1;
    }

    data = mmap(NULL, (size_t) st.st_size, PROT_READ,
                MAP_PRIVATE|MAP_POPULATE, fd, 0);

    if (data == MAP_FAILED) {
        perror(argv[1]);
        return 1;
    }

    for (i = 0; i < LOG_TIMES; i++) {
        speed[i] = log_read(data, (size_t) st.st_size, &count);

        if (speed[i] == 0) {
            return 1;
        }
    }

    qsort(speed, LOG_TIMES, sizeof(double), log_compare);

    printf("%.2f %zu %zu\n", speed[LOG_TIMES / 2], count.items,
           count.effects);

    return 0;
}


/* 0: it is no log report */

static double
log_read(const char *data, size_t len, log_count_t *count)
{
    int                       rc;
    double                    seconds;
    struct timespec           begin, end;
    syncd_svn_log_t          *log;
    syncd_svn_log_handler_t   handler;

    memset(count, 0, sizeof(log_count_t));

    handler.path = log_path;
    handler.item = log_item;
    handler.ctx = count;

    (void) clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);

    log = syncd_svn_log_create(&handler);

    if (log == NULL) {
        return 0;
    }

    rc = log_feed(log, LOG_BEGIN, sizeof(LOG_BEGIN) - 1);

    if (rc == WPPKG_OK) {
        rc = log_feed(log, data, len);
    }

    if (rc == WPPKG_OK) {
        rc = log_feed(log, LOG_END, sizeof(LOG_END) - 1);
    }

    if (rc != WPPKG_OK || syncd_svn_log_end(log) != WPPKG_OK) {
        (void) fprintf(stderr, "log: %s\n", syncd_svn_log_error(log));
        syncd_svn_log_free(log);
        return 0;
    }

    syncd_svn_log_free(log);

    (void) clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);

    seconds = (double) (end.tv_sec - begin.tv_sec)
              + (double) (end.tv_nsec - begin.tv_nsec) / 1e9;

    return (double) len / 1e6 / seconds;
}


static int
log_feed(syncd_svn_log_t *log, const char *data, size_t len)
{
    int     rc;
    size_t  n;

    rc = WPPKG_OK;

    while (len != 0 && rc == WPPKG_OK) {
        n = (len < LOG_PIECE) ? len : LOG_PIECE;
        rc = syncd_svn_log_feed(log, data, n);
        data += n;
        len -= n;
    }

    return rc;
}


static int
log_path(void *ctx, syncd_svn_change_e change, int file, const char *path,
    size_t len)
{
    log_count_t         *count;
    syncd_svn_effect_t   effect;

    count = ctx;

    if (syncd_svn_path(WPPKG_PLUGIN, change, file, path, len, &effect)
        == WPPKG_OK)
    {
        count->effects++;
    }

    return WPPKG_OK;
}


static int
log_item(void *ctx, const syncd_svn_item_t *item)
{
    log_count_t  *count;

    count = ctx;
    count->items++;

    return WPPKG_OK;
}


static int
log_compare(const void *a, const void *b)
{
    const double  *x, *y;

    x = a;
    y = b;

    return (*x > *y) - (*x < *y);
}

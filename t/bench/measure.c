
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * measure FILE COMMAND...: runs the command and writes to FILE what the kernel
 * says that it cost: milliseconds from beginning to end, milliseconds of CPU
 * (of the command and of what it has waited for), KiB of memory at the peak.
 * Ends as the command does.
 */


#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>


static double measure_ms(const struct timeval *tv);
static double measure_now(void);


int
main(int argc, char **argv)
{
    int            status;
    FILE          *fp;
    pid_t          pid;
    double         started, ended;
    struct rusage  usage;

    if (argc < 3) {
        (void) fprintf(stderr, "usage: measure FILE COMMAND...\n");
        return 2;
    }

    fp = fopen(argv[1], "we");

    if (fp == NULL) {
        (void) fprintf(stderr, "measure: %s: %s\n", argv[1], strerror(errno));
        return 2;
    }

    started = measure_now();
    pid = fork();

    if (pid == 0) {
        (void) execvp(argv[2], argv + 2);
        (void) fprintf(stderr, "measure: %s: %s\n", argv[2], strerror(errno));
        _exit(127);
    }

    if (pid == -1 || wait4(pid, &status, 0, &usage) != pid) {
        (void) fprintf(stderr, "measure: %s\n", strerror(errno));
        return 2;
    }

    ended = measure_now();

    (void) fprintf(fp, "%.3f %.3f %ld\n", ended - started,
                   measure_ms(&usage.ru_utime) + measure_ms(&usage.ru_stime),
                   usage.ru_maxrss);

    if (fclose(fp) != 0) {
        (void) fprintf(stderr, "measure: %s: %s\n", argv[1], strerror(errno));
        return 2;
    }

    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}


static double
measure_ms(const struct timeval *tv)
{
    return (double) tv->tv_sec * 1e3 + (double) tv->tv_usec / 1e3;
}


static double
measure_now(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (double) ts.tv_sec * 1e3 + (double) ts.tv_nsec / 1e6;
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "syncd_file.h"


static void syncd_file_unopened(int number, wppkg_error_t *why);


FILE *
syncd_file_open(const char *path, wppkg_error_t *why)
{
    int           fd;
    FILE         *fp;
    struct stat   st;

    /* if it is a pipe, open() must not wait for a writer */

    fd = open(path, O_RDONLY|O_NONBLOCK|O_CLOEXEC);

    if (fd == -1) {
        syncd_file_unopened(errno, why);
        return NULL;
    }

    if (fstat(fd, &st) == -1) {
        wppkg_error_set(why, "%s", strerror(errno));

    } else if (!S_ISREG(st.st_mode)) {
        wppkg_error_set(why, S_ISDIR(st.st_mode)
                             ? "it is a directory, not a file"
                             : "it is not a regular file");

    } else {
        fp = fdopen(fd, "r");

        if (fp != NULL) {
            return fp;
        }

        wppkg_error_set(why, "%s", strerror(errno));
    }

    (void) close(fd);

    return NULL;
}


/* root can read the file that it made with a strict umask; others can't */

static void
syncd_file_unopened(int number, wppkg_error_t *why)
{
    char  us[SYNCD_FILE_OWNER];

    if (number != EACCES) {
        wppkg_error_set(why, "%s", strerror(number));
        return;
    }

    syncd_file_owner(geteuid(), us);
    wppkg_error_set(why, "%s; make it readable for %s, \"chmod a+r\"",
                    strerror(number), us);
}


int
syncd_file_line(FILE *fp, char *line, size_t size, size_t *len)
{
    int     c;
    size_t  n;

    for (n = 0; /* void */ ; n++) {
        c = getc(fp);

        /* what a failed or interrupted read has left is not a line */

        if (c == EOF && (n == 0 || ferror(fp))) {
            return 0;
        }

        if (c == EOF || c == '\n') {
            break;
        }

        if (n < size) {
            line[n] = (char) c;
        }
    }

    *len = n;

    return 1;
}


int
syncd_file_fill(FILE *fp, wppkg_buf_t *text, wppkg_error_t *why)
{
    char    part[4096];
    size_t  n;

    do {
        n = fread(part, 1, sizeof(part), fp);
        wppkg_buf_append(text, part, n);

    } while (n != 0 && wppkg_buf_ok(text));

    if (ferror(fp) != 0) {
        wppkg_error_set(why, "%s", strerror(EIO));
        return WPPKG_ERROR;
    }

    if (!wppkg_buf_ok(text)) {
        wppkg_error_set(why, "it is too large, more than %zu KiB",
                        text->limit / 1024);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


void
syncd_file_owner(uid_t uid, char text[SYNCD_FILE_OWNER])
{
    struct passwd  *pw;

    pw = getpwuid(uid);

    if (pw != NULL) {
        (void) snprintf(text, SYNCD_FILE_OWNER, "%.48s (uid %u)", pw->pw_name,
                        (unsigned) uid);
        return;
    }

    (void) snprintf(text, SYNCD_FILE_OWNER, "uid %u", (unsigned) uid);
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "syncd_file.h"


FILE *
syncd_file_open(const char *path, const char **why)
{
    int           fd;
    FILE         *fp;
    struct stat   st;

    /* not to wait for who writes to a pipe of this name */

    fd = open(path, O_RDONLY|O_NONBLOCK|O_CLOEXEC);

    if (fd == -1) {
        *why = strerror(errno);
        return NULL;
    }

    if (fstat(fd, &st) == -1) {
        *why = strerror(errno);

    } else if (!S_ISREG(st.st_mode)) {
        *why = S_ISDIR(st.st_mode) ? "it is a directory, not a file"
                                   : "it is not a regular file";

    } else {
        fp = fdopen(fd, "r");

        if (fp != NULL) {
            return fp;
        }

        *why = strerror(errno);
    }

    (void) close(fd);

    return NULL;
}

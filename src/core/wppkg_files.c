
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "wppkg_files.h"


const char *const  wppkg_files_suffixes[WPPKG_FILES] = {
    "", "-wal", "-shm"
};


char *
wppkg_files_path(const char *path, const char *suffix)
{
    char    *p;
    size_t   size;

    size = strlen("./") + strlen(path) + strlen(suffix) + 1;
    p = malloc(size);

    if (p != NULL) {
        (void) snprintf(p, size, "%s%s%s", *path == '/' ? "" : "./", path,
                        suffix);
    }

    return p;
}


int
wppkg_files_look(const char *path, const char *suffix, wppkg_file_t *file)
{
    int            rc;
    char          *p;
    struct statx   st;

    p = wppkg_files_path(path, suffix);

    if (p == NULL) {
        errno = ENOMEM;
        return WPPKG_ERROR;
    }

    rc = statx(AT_FDCWD, p, 0, STATX_TYPE | STATX_INO | STATX_BTIME, &st);
    free(p);

    if (rc != 0) {
        return WPPKG_ERROR;
    }

    if (!S_ISREG(st.stx_mode)) {
        return WPPKG_DECLINED;
    }

    file->device = (uint64_t) st.stx_dev_major << 32 | st.stx_dev_minor;
    file->inode = st.stx_ino;
    file->birth = 0;

    if (st.stx_mask & STATX_BTIME) {
        file->birth = st.stx_btime.tv_sec * 1000000000
                      + st.stx_btime.tv_nsec;
    }

    return WPPKG_OK;
}

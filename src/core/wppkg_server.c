
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <errno.h>
#include <unistd.h>

#include "wppkg_server.h"


wppkg_readable_e
wppkg_server_readable(const char *path, int rc)
{
    if (rc == WPPKG_BUSY) {
        return WPPKG_LOCKED;
    }

    if (access(path, R_OK) == 0) {
        return WPPKG_UNREADABLE;
    }

    return (errno == ENOENT) ? WPPKG_MISSING
           : (errno == EACCES) ? WPPKG_FORBIDDEN : WPPKG_UNREADABLE;
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The configuration file: it is refused with lines that say why, or complete.
 */


#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "syncd_conf.h"


static void conf_errors(const wppkg_buf_t *errors, const char *file);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int           fd, rc;
    char          file[64];
    wppkg_buf_t   errors;
    syncd_conf_t  conf;

    fd = memfd_create("conf", MFD_CLOEXEC);
    fuzz_check(fd >= 0 && write(fd, data, size) == (ssize_t) size);

    (void) snprintf(file, sizeof(file), "/proc/self/fd/%d", fd);
    wppkg_buf_init(&errors, 65536);

    rc = syncd_conf_read(file, &conf, &errors);

    fuzz_check(wppkg_buf_ok(&errors));
    fuzz_check((rc == WPPKG_OK) == (errors.len == 0));

    if (rc == WPPKG_OK) {
        fuzz_check(conf.catalogue[0] == '/');
        fuzz_check((conf.s3_endpoint != NULL) == (conf.s3_bucket != NULL));
        fuzz_check(conf.interval >= 1 && conf.interval <= 86400);
        fuzz_check(conf.api_bulk >= 1 && conf.api_bulk <= 100);

    } else {
        conf_errors(&errors, file);
    }

    syncd_conf_free(&conf);
    wppkg_buf_free(&errors);
    (void) close(fd);

    return 0;
}


/* each line begins with the name of the file */

static void
conf_errors(const wppkg_buf_t *errors, const char *file)
{
    size_t       n;
    const char  *line, *end;

    line = errors->data;

    for (n = 0; *line != '\0'; n++) {
        end = strchr(line, '\n');
        fuzz_check(end != NULL);
        fuzz_check(strncmp(line, file, strlen(file)) == 0);
        line = end + 1;
    }

    fuzz_check(n <= SYNCD_CONF_ERRORS + 1);
}

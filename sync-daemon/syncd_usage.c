
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "syncd_usage.h"
#include "wppkg_name.h"


int
syncd_usage(const char *fmt, ...)
{
    char     text[512];
    va_list  args;

    va_start(args, fmt);
    (void) vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);

    syncd_error("%s; try \"" SYNCD_NAME " --help\"", text);

    return SYNCD_USAGE;
}


int
syncd_usage_argument(const char *argument)
{
    if (strcmp(argument, "-c") == 0) {
        return syncd_usage("-c FILE goes before the command");
    }

    if (argument[0] == '-' && argument[1] != '\0') {
        return syncd_usage("unknown option \"%s\"", argument);
    }

    return syncd_usage("unexpected argument \"%s\"", argument);
}


int
syncd_usage_package(const char *name)
{
    size_t        len;
    const char   *slug;
    wppkg_type_e  type;

    if (name[0] == '-') {
        (void) syncd_usage_argument(name);
        return WPPKG_ERROR;
    }

    if (wppkg_name_parse(name, strlen(name), &type, &slug, &len) != WPPKG_OK
        || len == 0)
    {
        (void) syncd_usage("\"%s\" is neither plugin/SLUG nor theme/SLUG",
                           name);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What is said of a command line that cannot be understood.
 */


#ifndef _SYNCD_USAGE_H_INCLUDED_
#define _SYNCD_USAGE_H_INCLUDED_


#include "syncd.h"


/* both log one line that leads to --help, and return SYNCD_USAGE */
int syncd_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* an option that is not known, or an argument too many */
int syncd_usage_argument(const char *argument);

/* WPPKG_ERROR, which has been logged: not "plugin/SLUG" or "theme/SLUG" */
int syncd_usage_package(const char *name);


#endif /* _SYNCD_USAGE_H_INCLUDED_ */

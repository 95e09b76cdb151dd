
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A request to the control socket: one line, the version of the protocol and
 * the words of a command, "wppkg 1 update plugin/akismet".  Pure.
 */


#ifndef _SYNCD_REQUEST_H_INCLUDED_
#define _SYNCD_REQUEST_H_INCLUDED_


#include "wppkg_core.h"


#define SYNCD_REQUEST_VERSION  "wppkg 1"

#define SYNCD_REQUEST_MAX      8192   /* bytes, with the LF */
#define SYNCD_REQUEST_WORDS    1024


/*
 * Reads the len bytes before the LF, of which there is room for one more, and
 * ends each word with a NUL.  Returns how many there are; 0: it is no request,
 * and *why, a static text, says what is wrong.
 */
int syncd_request_read(char *line, size_t len,
    char *words[SYNCD_REQUEST_WORDS], const char **why);


#endif /* _SYNCD_REQUEST_H_INCLUDED_ */


/*
 * Copyright (C) ngx_wppkg contributors
 *
 * The lines that "status" prints for people, from its JSON objects.
 */


#ifndef _SYNCD_STATUS_H_INCLUDED_
#define _SYNCD_STATUS_H_INCLUDED_


#include <jansson.h>


#define SYNCD_STATUS_TAGS  20     /* listed of each reason to hold back */


void syncd_status_text_package(const json_t *answer);
void syncd_status_text_all(const json_t *answer);


#endif /* _SYNCD_STATUS_H_INCLUDED_ */


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The bodies of POSTs in one spelling, so that requests for the same share an
 * answer.  Event-side.
 *
 * A project sends the same bytes at each audit.  To compare these with the
 * ones that it sent before takes a small part of the time in which they are
 * spelled; so a worker remembers bodies that came last, in bounded memory.
 */


#ifndef _NGX_WPPKG_SPELL_H_INCLUDED_
#define _NGX_WPPKG_SPELL_H_INCLUDED_


#include "ngx_wppkg_body.h"


/*
 * Spells the body that has come, in its place, and sets its digest, if the row
 * of the name says how.  NGX_OK, or the status with which the request is
 * refused.
 */
ngx_int_t ngx_wppkg_spell(ngx_wppkg_name_t *name, ngx_log_t *log);


#endif /* _NGX_WPPKG_SPELL_H_INCLUDED_ */

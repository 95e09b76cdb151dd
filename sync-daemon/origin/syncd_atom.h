
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The Atom feed of another repository, before it becomes a document here.
 * Pure.
 */


#ifndef _SYNCD_ATOM_H_INCLUDED_
#define _SYNCD_ATOM_H_INCLUDED_


#include <stddef.h>


#define SYNCD_ATOM_DEPTH  16      /* elements within each other */


/*
 * Whether it is Atom that may be served here: one feed, well-formed, with no
 * document type, which may have entities, no processing instruction, which a
 * browser may take a style sheet from, and no element of another namespace,
 * such as a script of XHTML.
 */
int syncd_atom_is(const char *body, size_t len);


#endif /* _SYNCD_ATOM_H_INCLUDED_ */


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Version constraints, ">=1.2,<2.0 || ^3.1", as Composer's
 * VersionParser::parseConstraints() reads them.  Pure.
 *
 * One that Composer cannot parse ends a user's whole update (contract C 15).
 * So this is stricter than Composer: of what both generations of its parser
 * accept (2.5.5's and today's), it accepts what has a plain meaning, and
 * nothing that either of them refuses.
 *
 *     constraint = all *( ("|" / "||") all )
 *     all        = branch / part *( ("," / " ") part )
 *     part       = exact / range / "^" plain / "~" plain / wildcard / "@dev"
 *     range      = plain " - " plain
 *     exact      = [ "=" "==" "!=" "<>" ">" ">=" "<" "<=" ] version
 *     wildcard   = "*" / "1.*" / "1.2.x"
 *     branch     = "dev-" name
 *
 * A version is what wppkg_version_parse() accepts and begins with a digit or
 * "v"; a plain one has up to four numbers and perhaps a suffix.  "@beta" and
 * the like may follow any of them but a range.  Blanks, no other white space,
 * may be around "|", around ",", and after an operator.
 *
 * Refused, although Composer accepts it: aliases ("1.0 as 2.0"), commits
 * ("dev-x#abc"), build metadata ("1.0+x"), a branch with others or with an
 * operator, and "foo-dev".
 */


#ifndef _WPPKG_CONSTRAINT_H_INCLUDED_
#define _WPPKG_CONSTRAINT_H_INCLUDED_


#include "wppkg_core.h"


#define WPPKG_CONSTRAINT_MAX  255     /* bytes */


/* NULL: it can be published; else why not, a text that is static */
const char *wppkg_constraint_refused(const char *s, size_t len);


#endif /* _WPPKG_CONSTRAINT_H_INCLUDED_ */


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A test that guards a rule of docs/rules.md, or against one of the bugs of
 * t/last/bugs.t, has it in its name: GUARD("R 8, R 9", test) in a list of
 * tests, instead of cmocka_unit_test(test).  t/last reads what was printed.
 */


#ifndef _GUARD_H_INCLUDED_
#define _GUARD_H_INCLUDED_


#define GUARD(what, f)  GUARD_SETUP(what, f, NULL, NULL)

#define GUARD_SETUP(what, f, setup, teardown)                                 \
    { what ": " #f, f, setup, teardown, NULL }


#endif /* _GUARD_H_INCLUDED_ */

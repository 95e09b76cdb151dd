
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A package that is not offered, of which nothing is said but its state and
 * the reason.
 */


#ifndef _WITHDRAW_H_INCLUDED_
#define _WITHDRAW_H_INCLUDED_


#include "wppkg_packages.h"


static inline int
scratch_withdraw_simply(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    wppkg_state_e state, const char *reason, wppkg_tick_t now,
    int64_t next_check_at, unsigned *changed)
{
    wppkg_withdrawal_t  w = { state, reason, NULL, 0, 0 };

    return wppkg_packages_withdraw(cat, due, &w, now, next_check_at, changed);
}


#endif /* _WITHDRAW_H_INCLUDED_ */

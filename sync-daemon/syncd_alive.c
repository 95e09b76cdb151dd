
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "syncd_control.h"
#include "syncd_notify.h"


void
syncd_alive(void)
{
    syncd_notify_alive();
    syncd_control_turn();
}

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# An edge's daemon is killed at random, see Test::WPPkg::EdgeKills.
#
# t/long/edge-kills.long has 300 kills.


use strict;
use warnings;

use lib 't/lib';

use Test::WPPkg::EdgeKills;


edge_killed(kills => $ENV{KILLS} || 24);

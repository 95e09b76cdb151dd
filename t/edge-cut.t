#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# An edge's daemon is killed before every few of its writes, see
# Test::WPPkg::EdgeKills.
#
# t/long/edge-cut.long does so before each.


use strict;
use warnings;

use lib 't/lib';

use Test::WPPkg::EdgeKills;


edge_cut(step => 7);

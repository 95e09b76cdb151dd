#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# kill -9 of "run" at random moments of a replay: in the end the catalogue is
# that of an undisturbed replay, row by row.  WPPKG_TEST_SEED repeats one.
#
# t/long/replay-kills.long has 200 kills.


use strict;
use warnings;
use lib 't/lib';

use Test::WPPkg::Replay;


my $r = Test::WPPkg::Replay->new(from => {
    'google-analytics-for-wordpress' => [ 0, 4 ],
    'wp-members'                     => [ 74, 4 ],
});

$r->replay_killed(10);
$r->done;

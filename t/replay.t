#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Twelve real commits of each of five plugins, replayed: at the end the
# catalogue has exactly the versions of the last revisions, for no more than
# 12 fetches a commit on average (rules R 8, R 9, R 15).  Each has commits to
# tags again among them, and one is added while we look on.
#
# t/long/replay.long has all commits of twelve plugins.


use strict;
use warnings;
use lib 't/lib';

use Test::WPPkg::Replay;


my $r = Test::WPPkg::Replay->new(from => {
    'backwpup'                       => [ 16, 12 ],
    'google-analytics-for-wordpress' => [ 0, 12 ],
    's2member'                       => [ 117, 12 ],
    'tablepress'                     => [ 40, 12 ],
    'wp-members'                     => [ 74, 12 ],
});

$r->begin;
$r->replay;
$r->is_final;
$r->done;

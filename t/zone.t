#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# What holds without a cache zone holds with one: the same files once more.

use strict;
use warnings;

use lib 't/lib';

use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;

for my $name (qw(conditional encoding serve errors)) {
    my $file = "t/module-$name.t";
    my $r = $t->command({ env => { WPPKG_TEST_ZONE => 1 }, timeout => 200 },
                        $^X, '-It/lib', $file);

    is($r->{code}, 0, $file) or diag($r->{err});
}

$t->done;

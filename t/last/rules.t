#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Each rule of docs/rules.md is guarded by a test that was run and has passed:
# its name says so, "R 7:" or "R 7, R 8:" before what is tested.  No test names
# a rule that there is not.


use strict;
use warnings;

use lib 't/lib';

use Test::More;
use Test::WPPkg::Reported;


my $reported = reported('R');
my %title;

open my $fh, '<', 'docs/rules.md' or die "rules.md: $!\n";

while (my $line = <$fh>) {
    $title{$1} = $2 if $line =~ /^\| R (\d+) \| ([^|]+) \|/;
}

is(join(' ', sort { $a <=> $b } keys %title), join(' ', 1 .. 39),
   'the list has 39 rules');

for my $n (sort { $a <=> $b } keys %title) {
    ok($reported->{$n}, "R $n is guarded: $title{$n}");
    note('by ', join ', ', sort keys %{$reported->{$n}});
}

is(join(' ', grep { !$title{$_} } keys %$reported), '',
   'no test names another rule');

done_testing();

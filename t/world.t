#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# t/bench/update with a hundredth of the world: every figure is there, and
# those that don't depend on the machine are what they must be.


use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;

# a world of 1,130 and 320 directories, of 650 and 130 active packages

my $r = $t->command({ timeout => 100, env => {
    WORLD_SCALE => 0.01, WORLD_COMMITS => 2000, WORLD_DAY => 20,
    REPEAT => 1,
    WPPKG_BUILD => $t->build_dir,
} }, 't/bench/update');

is($r->{code}, 0, 'it ends well') or diag($r->{out}, $r->{err});

my ($figures) = $r->{out} =~ /\n\n((?:\S+ \S+ \S+\n)+)\z/;
my %value = map { (split / /)[0, 1] } split /\n/, $figures || '';

for my $name (qw(
    discover.listing.first_s discover.listing.unchanged_ms
    discover.rss_mib discover.log_mb_s
    update.first.requests update.themes.requests sweep.themes.requests
    update.first.cpu_s update.first.rss_mib
    update.claims.cpu_s update.claims.rss_mib
    run.ten.requests run.ten.cpu_ms run.none.requests run.none.cpu_ms
    replay.fetches_per_commit replay.missed replay.invented
    day.requests day.mb day.cpu_s day.documents))
{
    my $value = delete $value{$name};

    like($value, qr/^[0-9]+(?:\.[0-9]+)?$/, "$name is a number");

    # 7 of plugins, a page of themes; two OPTIONS, and then two logs, one
    # about plugins and one about each of five themes; no version of the day
    # is lost

    my %must = ('update.first.requests' => 8, 'update.themes.requests' => 1,
                'sweep.themes.requests' => 1, 'run.none.requests' => 2,
                'run.ten.requests' => 10, 'replay.missed' => 0,
                'replay.invented' => 0);

    is($value, $must{$name}, "$name is $must{$name}")
        if defined $must{$name};
    cmp_ok($value, '<=', 12, "$name is at most 12")
        if $name eq 'replay.fetches_per_commit';
}

is_deeply(\%value, {}, 'and nothing else');

$t->done;

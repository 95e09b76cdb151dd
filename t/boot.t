#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# The monotonic clock starts with the machine, and its milliseconds leave 32
# bits 49 days later.  Tests that wait for it are run once more in a time
# namespace of a machine that was booted two seconds ago, and on the other
# side of that limit.

use strict;
use warnings;

use lib 't/lib';

use Test::More;
use Test::WPPkg;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);


my @files = qw(t/module-cache.t t/module-cache-lifecycle.t);
my %begin = ('booted' => 2, 'the wrap' => 2 ** 32 / 1000 - 4);

my $t = Test::WPPkg->new(timeout => 900);

# another user than root may have a time namespace in a user namespace of his

my @unshare = ('unshare', $> == 0 ? () : '--map-current-user',
               '--time', '--fork', '--kill-child');

my $own = own_offset();

# ours: this test itself may run in such a namespace

sub own_offset {
    open my $fh, '<', '/proc/self/timens_offsets'
        or BAIL_OUT('this kernel has no time namespaces (CONFIG_TIME_NS)');

    for (<$fh>) {
        return $1 + $2 / 1e9 if /^monotonic\s+(-?\d+)\s+(\d+)/;
    }

    return 0;
}

# That command on a machine that has been up for so many seconds.  Offsets
# count from the first namespace's clock.

sub at {
    my ($seconds, @command) = @_;
    my $offset = sprintf '%.0f',
                         $seconds - clock_gettime(CLOCK_MONOTONIC) + $own;

    return (@unshare, '--monotonic', $offset, '--boottime', $offset, '--',
            @command);
}


for my $when (sort keys %begin) {
    my $r = $t->command({}, at($begin{$when}, $^X,
                               '-MTime::HiRes=clock_gettime,CLOCK_MONOTONIC',
                               '-e', 'print clock_gettime(CLOCK_MONOTONIC)'));

    BAIL_OUT("a time namespace can't be made: run the tests as root, or where"
             . " users may have namespaces: $r->{err}") if $r->{code} != 0;

    cmp_ok(abs($r->{out} - $begin{$when}), '<', 10, "$when: the clock");

    for my $file (@files) {
        $r = $t->command({ timeout => 300 },
                         at($begin{$when}, $^X, '-It/lib', $file));
        is($r->{code}, 0, "$when: $file")
            or diag(grep { !/^ok/ } map { "$_\n" } split /\n/,
                    "$r->{out}$r->{err}");
    }
}

$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Every fuzz target over its seeds, which hold what "make fuzz" has found; and
# once more with one allocation after another that fails.  libFuzzer is not
# needed for this.


use strict;
use warnings;

use lib 't/lib';

use File::Temp ();
use Test::More;

use Test::WPPkg::Process qw(sanitizer_env sanitizer_reports);


my $build = $ENV{WPPKG_BUILD} || 'build';
my %helper = map { $_ => 1 } qw(fuzz replay);

my @targets = grep { !$helper{$_} }
              map { m{^t/fuzz/(\w+)\.c$} ? $1 : () } sort glob 't/fuzz/*.c';

my %target = map { $_ => 1 } @targets;
my @strays = grep { !$target{$_} }
             map { m{^t/fuzz/corpus/(.+)$} } glob 't/fuzz/corpus/*';

cmp_ok(scalar @targets, '>', 0, 'there are targets');
is("@strays", '', 'all seeds belong to a target');

for my $target (@targets) {
    replay($target);
    replay($target, '--short');
}

done_testing;


sub replay {
    my ($target, @short) = @_;

    my $what = @short ? "$target, short of memory" : $target;
    my $binary = "$build/t/fuzz/$target";
    my $seeds = () = glob "t/fuzz/corpus/$target/*";
    my $dir = File::Temp->newdir('wppkg-fuzz-XXXXXX', TMPDIR => 1);

    -x $binary
        or die "$binary is missing: run \"make BUILD=$build units\"\n";

    my $r = Test::WPPkg::Process::run(
        [ $binary, @short, "t/fuzz/corpus/$target" ],
        out => "$dir/out", err => "$dir/err",
        env => { sanitizer_env($dir, leaks => !@short), TMPDIR => "$dir" });

    my ($inputs) = $r->{out} =~ /^(\d+) inputs$/m;
    my @reports = sanitizer_reports($dir);

    cmp_ok($seeds, '>', 0, "$what: there are seeds");

    my $ok = is($r->{code}, 0, "$what: every seed passes");
    $ok &= is($inputs, $seeds, "$what: every seed was read");
    $ok &= is("@reports", '', "$what: no report of a sanitizer");

    if (!$ok) {
        my ($last) = $r->{out} =~ /^(.*)\n\z/m;
        diag("at $last: $r->{err}");
    }
}

package Test::WPPkg::Unit;

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Runs a cmocka binary, build/t/unit/<topic>, which prints TAP itself.


use strict;
use warnings;

use Exporter qw(import);
use File::Temp ();

use Test::WPPkg::Process qw(sanitizer_env sanitizer_reports);


our @EXPORT = qw(run);

sub run {
    my ($topic) = @_;

    my $build = $ENV{WPPKG_BUILD} || 'build';
    my $binary = "$build/t/unit/$topic";

    -x $binary
        or die "$binary is missing: run \"make BUILD=$build units\"\n";

    my $dir = File::Temp->newdir('wppkg-unit-XXXXXX', TMPDIR => 1);

    my $r = Test::WPPkg::Process::run([ $binary ],
        out => "$dir/out", err => "$dir/err", timeout => 300,
        env => { sanitizer_env($dir, leaks => 1), TMPDIR => "$dir" });

    # cmocka says "not ok" of what it skips, and prove takes its word for it

    print $r->{out} =~ s/^not ok (\d+ # SKIP)/ok $1/mgr;
    print STDERR $r->{err};

    my @reports = sanitizer_reports($dir);
    print STDERR map { "# $_\n" } map { split /\n/ } @reports;

    exit($r->{code} || @reports ? $r->{code} || 1 : 0);
}


1;

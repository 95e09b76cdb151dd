package Test::WPPkg::Reported;

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# What the tests of t/ and t/unit have reported, the last time that each was
# run: tools/run-tests keeps what they print.


use strict;
use warnings;

use Exporter qw(import);


our @EXPORT = qw(reported);

# The numbers that tests have in their names, "R 7:" or "R 7, R 8:" of the kind
# "R", and the files of those tests: { 7 => { FILE => 1 } }.  One that has
# failed, or was skipped, reports nothing.

sub reported {
    my ($kind) = @_;

    my $tap = ($ENV{WPPKG_BUILD} || 'build') . '/tap';
    my (%reported, @missing);

    for my $file (glob 't/*.t t/unit/*.c') {
        open my $fh, '<', "$tap/$file" or do {
            push @missing, $file;
            next;
        };

        for my $line (grep { /^ok / && !/# (?:SKIP|TODO)/i } <$fh>) {
            while ($line =~ /\b((?:$kind \d+, )*$kind \d+): /g) {
                $reported{$_}{$file} = 1 for $1 =~ /(\d+)/g;
            }
        }
    }

    die "$missing[0] has not been run, one of " . @missing
        . ": \"make check\" runs all tests\n" if @missing;

    return \%reported;
}


1;

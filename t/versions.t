#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# One version, in all the places that name it.


use strict;
use warnings;

use Test::More;


# the first match of a pattern in a file

sub found {
    my ($file, $pattern) = @_;

    open my $fh, '<', $file or die "$file: $!";
    my $text = do { local $/; <$fh> };

    return $text =~ $pattern ? $1 : undef;
}


my $version = found('src/core/wppkg_core.h',
                    qr/^#define WPPKG_VERSION\s+"([^"]+)"/m);

like($version, qr/^\d+\.\d+\.\d+$/, 'WPPKG_VERSION');

is(found('CHANGES', qr/^Changes with ngx_wppkg (\S+)/m), $version,
   'CHANGES begins with it');
is(found("docs/$_", qr/^\.TH .*"ngx_wppkg ([^"]+)"/m), $version, $_)
    for qw(wppkg-syncd.1 wppkg.conf.5);
is(found('debian/changelog', qr/\Angx-wppkg \(([^)]+)-\d+\)/), $version,
   'debian/changelog, before the revision');

my $program = ($ENV{WPPKG_BUILD} || 'build') . '/wppkg-syncd';

is(`$program --version`, "wppkg-syncd $version\n", 'wppkg-syncd --version');

done_testing();

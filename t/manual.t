#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# The manual pages: neither mandoc nor groff has anything to say about them.

use strict;
use warnings;

use Test::More;
use lib 't/lib';
use Test::WPPkg;


my $t = Test::WPPkg->new;

for my $page (qw(wppkg-syncd.1 wppkg.conf.5)) {
    my $r = $t->command({}, 'mandoc', '-T', 'lint', "docs/$page");
    is($r->{out} . $r->{err}, '', "mandoc has nothing to say of $page");

    $r = $t->command({}, 'groff', '-ww', '-z', '-man', '-Tutf8', "docs/$page");
    is($r->{out} . $r->{err}, '', "groff warns of nothing in $page");
}

like(printed('wppkg-syncd.1'), qr/^\s+sweep \[--force\]$/m,
     'options are printed with hyphens');
like(printed('wppkg.conf.5'), qr/^\s+\[catalogue\]$/m,
     'a section is printed as it is written in the file');

$t->done;


sub printed {
    my ($page) = @_;
    return $t->command({}, 'mandoc', '-T', 'ascii', "docs/$page")->{out}
           =~ s/.\x08//gr;
}

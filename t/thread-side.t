#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# What a thread runs includes nothing of nginx's, on no way.


use strict;
use warnings;

use Test::More;


my @files = map { "src/http/ngx_wppkg_$_.c" } qw(db compose flush);
my %seen;

while (defined(my $file = shift @files)) {
    my @included = slurp($file) =~ /^#\s*include\s+[<"]([^>"]+)/mg;

    is(join(' ', grep { /^ngx_/ && !/^ngx_wppkg_/ } @included), '',
       "bug 4: $file includes nothing of nginx's");

    push @files, grep { !$seen{$_}++ } map { "src/http/$_" }
                 grep { /^ngx_wppkg_/ } @included;
}

done_testing();


sub slurp {
    my ($file) = @_;

    open my $fh, '<', $file or die "$file: $!\n";
    local $/;
    return scalar <$fh>;
}

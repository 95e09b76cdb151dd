#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Every source file names the licence, and whatever states it states the same.

use strict;
use warnings;

use File::Find;
use Test::More;


my @sources;

find({ no_chdir => 1, wanted => sub {
    if (m{^(?:build|t/data)$} || m{/corpus$}) {
        $File::Find::prune = 1;

    } elsif (-f && is_source($_)) {
        push @sources, s{^\./}{}r;
    }
} }, grep { -e } qw(.ci Makefile config debian ngx_wppkg_module.c src
                    sync-daemon t tools));

cmp_ok(scalar @sources, '>', 300, 'source files');

is_deeply([ grep { head($_) !~ /^\W*SPDX-License-Identifier:
                                \ BSD-2-Clause$/mx } @sources ],
          [], 'each names its licence');

my $licence = slurp('LICENSE');
like($licence, qr/\ACopyright \(C\) \d{4} ngx_wppkg contributors$/m,
     'LICENSE names the holders');

my ($deb) = slurp('debian/copyright')
            =~ /^License: BSD-2-Clause\n(.*)\z/ms;
is(words($deb =~ s/^ \.?//mgr), words($licence =~ s/\A.*\n//r),
   'debian/copyright has the text of LICENSE');

like(slurp('README.md'), qr/\[BSD-2-Clause\]\(LICENSE\)/, 'README links it');

done_testing();


# by its name, or by its first line

sub is_source {
    my ($file) = @_;

    return 1 if $file =~ /\.(?:c|h|t|pm|long|php|py|sh)$/;
    return 1 if $file =~ m{^(?:Makefile|config)$};
    return head($file) =~ /\A#!/;
}


sub head {
    my ($file) = @_;

    open my $fh, '<:raw', $file or die "$file: $!\n";
    read $fh, my $text, 1024;

    return $text // '';
}


sub slurp {
    my ($file) = @_;

    open my $fh, '<:raw', $file or die "$file: $!\n";
    local $/;
    return scalar <$fh>;
}


sub words {
    return join ' ', split ' ', $_[0];
}

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# The Composers that tests have: this machine's, and those of newer Debians,
# which tools/composer-next lays beside it.


use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;
my $next = 'tools/composer-next';
my %version;


# --- they run, in the way that tests run them

for my $name ($t->composers, 'composer-newest') {
    my $r = $t->composer({ with => $name, name => 'a/b' }, '--version');

    is($r->{code}, 0, "$name starts") or diag($r->{out}, $r->{err});
    like($r->{out}, qr/^Composer version \d+\.\d+/m, "$name has a version");
    unlike("$r->{out}$r->{err}", qr/Deprecat|Warning|Notice/i,
           "$name and this PHP agree");

    ($version{$name}) = $r->{out} =~ /^Composer version (\d+\.\d+)/m;
    diag("$name is $version{$name}");

    $r = $t->composer({ with => $name, name => 'a/b',
                        repositories => [ { 'packagist.org' => \0 } ] },
                      'update');
    is($r->{code}, 0, "$name updates a project") or diag($r->{err});
}

sub at_least {
    my ($name, $least) = @_;
    my ($major, $minor) = split /\./, $version{$name};

    ok($major > 2 || $minor >= $least, "$name is 2.$least or newer");
}

at_least('composer-next', 10);
at_least('composer-newest', 11);

ok(!eval { $t->composer_program('composer-2'); 1 }, 'another is not known');


# --- the tool: once it is there the network is not asked

my $none = { WPPKG_DEBIAN_MIRROR => 'http://127.0.0.1:9/debian' };
my $r = $t->command({ env => $none }, $next, 'build/composer-next');
is($r->{code}, 0, 'what is there needs no mirror') or diag($r->{err});

$r = $t->command({ env => $none }, $next, $t->dir . '/none');
failed('without a mirror', qr/127\.0\.0\.1:9.*once/);


# --- what Debian has not signed is not believed

$t->write_file('mirror/dists/forky/Release',
               "Suite: forky\nCodename: forky\nComponents: main\n"
               . "Architectures: all amd64\n"
               . "Date: Sun, 01 Nov 2026 00:00:00 UTC\n");

$r = $t->command({ env => { WPPKG_DEBIAN_MIRROR =>
                            'file:' . $t->dir . '/mirror' } },
                 $next, $t->dir . '/none');
failed('of an unsigned mirror', qr/not signed/);

$r = $t->command({}, $next);
is($r->{code}, 2, 'a folder is wanted');


sub failed {
    my ($when, $line) = @_;

    is($r->{code}, 1, "$when it fails");
    like($r->{err}, qr/\Acomposer-next: [^\n]*\n\z/, "$when it says one line");
    like($r->{err}, $line, "$when it says why");
    ok(! -e $t->dir . '/none' && ! -e $t->dir . '/none.new',
       "$when nothing is left");
}


$t->done;

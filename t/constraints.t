#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Version constraints beside Composer's own parser, that of this machine and
# that of a newer Debian: what we accept, both accept (contract C 15).  The
# constraints are made up, other ones each time; WPPKG_SEED repeats them.


use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Test::WPPkg;


my $count = 20000;
my $oracle = 't/data/versions/composer-constraints.tsv';

my $t = Test::WPPkg->new;
my $seed = $ENV{WPPKG_SEED} // time;

srand($seed);
diag("WPPKG_SEED=$seed");

my ($program) = $t->composer_program('composer-next') =~ m{(.*)/composer$};
my %parser = (composer => '/usr/share/php',
              'composer-next' => "$program/root/usr/share/php");


# what constraints are made of, and what they are not made of

my @versions = qw(1 1.0 1.2.3 1.2.3.4 v1 v1.2 0 0.0 0.3 0.0.3 1.0-beta
    1.0beta2 1.0-RC1 1.0-dev 1.0.x-dev 1.x-dev 2024.01.02 20240102 20240102.1
    20240102.123.4 2024-01-02 1.0-p1 1.0a 1.0-stable 12345.1 123456.1 1.02.003
    1.2.3.4.5 1.0- 1..0 1.0.0-alpha.1 9999999999999999999
    1.9999999999999999999999 99999.9 1.0+x 1.0+as foo master trunk v 1.0_b
    1.0pl2 V1.0 20240102123456 2024.1 1.0-alpha1-dev 1.999999999999999999
    1.0-dev-dev 1.0dev 1.0.dev 1.x.x-dev);
my @wildcards = qw(* x X 1.* 1.x 1.X 1.2.* 1.2.3.* 1.2.3.4.* *.* 1.*.* 1.*.2
    v1.* v* x.1 x.x.x 1.2.*-dev 1.*@dev);
my @branches = qw(dev-master dev-foo dev-foo/bar dev-1.0 dev- dev-a@dev
    dev-canvas dev-as foo-dev dev-x.y_z dev-A dev-a@ dev-@dev dev--);
my @operators = ('', '', '', qw(= == != <> > >= < <= ^ ~ ~> => === ! <<),
                 '> ', '>=  ', '^ ', '! =');
my @flags = ('', '', '', '', '', qw(@dev @beta @RC @stable @alpha @rc @foo @
                                    @dev@dev));
my @between = (' ', ', ', ',', ' , ', '  ', ' || ', '||', ' | ', '|', ' - ',
               ' - ', ',,', ' ||| ', '-', ' -', '- ', ' -  ', '  - ', ', - ');

my @odd = split //, '0123.-_,| *x^~<>=!@vabdevasRC/#+:';


sub any {
    return $_[rand @_];
}


sub part {
    my $which = rand;

    return $which < 0.05 ? any(@branches)
         : $which < 0.15 ? any(@wildcards) . any(@flags)
         : $which < 0.18 ? any(@flags)
         :                 any(@operators) . any(@versions) . any(@flags);
}


sub constraint {
    my $s = part();

    $s .= any(@between) . part() for 1 .. rand 4;
    substr($s, rand length $s, rand 2) = any(@odd) if rand() < 0.1;

    return $s;
}


sub judged {
    my ($constraints, @command) = @_;

    my $r = $t->command({ stdin => join('', map { "$_\n" } @$constraints),
                          timeout => 300 }, @command);
    die "@command: $r->{err}\n" if $r->{code};

    return split /\n/, $r->{out};
}


sub accepted_by_both {
    my ($what, @constraints) = @_;

    my @ours = judged(\@constraints, "$t->{build}/t/lib/constraint");
    my @ok = map { $constraints[$_] }
             grep { $ours[$_] eq 'ok' } 0 .. $#constraints;

    is(scalar @ours, scalar @constraints, "$what: each is judged");

    for my $name (sort keys %parser) {
        my @theirs = judged(\@ok, 'php', 't/lib/check-constraints.php',
                            $parser{$name});
        my @wrong = map { $ok[$_] } grep { $theirs[$_] ne 'ok' } 0 .. $#ok;

        is(scalar @theirs, scalar @ok, "$what: $name judges what we accept");
        is_deeply(\@wrong, [], "$what: $name accepts it");
    }

    return @ok;
}


my @made = accepted_by_both('made up', map { constraint() } 1 .. $count);
cmp_ok(scalar @made, '>', $count / 20, 'made up: many are accepted');


# C 45: what the summary of filter lists makes of several lines about a package

my @lines = map { join "\t", map { $made[rand @made] } 0 .. 1 + rand 3 }
                1 .. 2000;

for my $name (sort keys %parser) {
    my @joined = judged(\@lines, 'php', 't/lib/check-constraints.php',
                        $parser{$name});
    my @wrong = map { $lines[$_] } grep { $joined[$_] ne 'ok' } 0 .. $#lines;

    is_deeply([ map { s/\t/ || /gr } @wrong ], [],
              "C 45: $name: what is joined has the versions of all");
}


# and of the rows that the unit test reads

open my $fh, '<', $oracle or die "$oracle: $!\n";
accepted_by_both('oracle', map { /^([^\t]*)/ } <$fh>);


$t->done;

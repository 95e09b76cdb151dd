#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Ranges of versions as one constraint, beside what Composer's own library
# makes of each of them: the same versions are affected.  The ranges are made
# up of real version strings, other ones each time; WPPKG_SEED repeats them.


use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Test::WPPkg;


my $sets = 5000;                      # of ranges, with 25 versions each
my $versions = 25;
my $oracle = 't/data/versions/composer-normalize-oracle.tsv';

my $t = Test::WPPkg->new;
my $seed = $ENV{WPPKG_SEED} // time;

srand($seed);
diag("WPPKG_SEED=$seed");

my ($program) = $t->composer_program('composer-next') =~ m{(.*)/composer$};
my %folder = (composer => '/usr/share/php',
              'composer-next' => "$program/root/usr/share/php");

open my $fh, '<', $oracle or die "$oracle: $!\n";
my @rows = map { [ split /\t/ ] } <$fh>;
shift @rows;

# what each generation of the parser makes of it is the same
my @known = map { $_->[0] } grep { $_->[1] ne 'ERR' && $_->[1] eq $_->[3] }
            map { chomp $_->[3]; $_ } @rows;
my @odd = ((map { $_->[0] } grep { $_->[1] eq 'ERR' } @rows),
           'trunk', 'dev-main', 'all', '1.2.3 (beta)', '<1.0', '1.0||2.0',
           '2.0,1.0', 'latest', '1.x', '*.*', "1.0'", '-', '1.2.', 'v');


# Small numbers as well, so that ranges meet, and ends that are alike: 1.0,
# 1.0.0, 1.0-beta.

my @near = ((map { my $n = $_; map { "$n.$_" } 0 .. 5 } 0 .. 3),
            qw(1.0.0 1.00 1.0.0.0 1.0-beta 1.0-beta2 1.0b 1.0-RC1 1.0-rc2
               1.0-dev 1.0-stable 1.0stable 1.0-p1 1.0pl1 1.0-alpha-dev
               2.0-RC1-dev 2.x-dev v2.0 2.0.a 2024-01-02 2024.01.02 20240102
               20240102-beta 2024-01-02-p1));


sub any {
    return $_[rand @_];
}


sub version {
    my ($from) = @_;
    return rand() < 0.5 ? any(@near) : any(@$from);
}


sub end {
    my ($from) = @_;

    my $which = rand;

    return $which < 0.15 ? '*'
         : $which < 0.18 ? any(@odd)
         :                 version($from);
}


sub set {
    my @from = map { any(@known) } 1 .. 10;   # so that some meet

    return (join("\t", map { (end(\@from), int rand 2,
                              end(\@from), int rand 2) } 0 .. rand 5),
            join("\t", map { version(rand() < 0.5 ? \@from : \@known) }
                       1 .. $versions));
}


sub lines {
    my ($stdin, @command) = @_;

    my $r = $t->command({ stdin => join('', map { "$_\n" } @$stdin),
                          timeout => 300 }, @command);
    die "@command: $r->{err}\n" if $r->{code};

    return split /\n/, $r->{out};
}


# what the judge says of each set: affected, too many, too few, without an end

sub judged {
    my ($tool, $name, $sets) = @_;

    my @ours = map { [ split /\t/ ] } lines([ map { $_->[0] } @$sets ], $tool);
    my @theirs = map { [ split /\t/ ] }
        lines([ map { "$sets->[$_][0]|||$ours[$_][0]|||$sets->[$_][1]" }
                0 .. $#$sets ],
              'php', 't/lib/check-ranges.php', $folder{$name});

    die "not judged\n" if @ours != @$sets || @theirs != @$sets;

    return map { { told => $sets->[$_][0], constraint => $ours[$_][0],
                   widened => $ours[$_][1], answer => $theirs[$_][0],
                   more => $theirs[$_][1], less => $theirs[$_][2],
                   lacking => $theirs[$_][3] } } 0 .. $#$sets;
}


sub told {
    my ($s) = @_;
    return "$s->{told} -> $s->{constraint}: " . join ' ', map { "$_ $s->{$_}" }
           grep { defined $s->{$_} } qw(answer more less widened lacking);
}


my @sets = map { [ set() ] } 1 .. $sets;

# what an advisory may tell, taken to where it is too much
my $many = join "\t", map { ("$_.1", 1, "$_.2", 0) } 1 .. 500;
my $far = join "\t", map { "$_.1" } 60 .. 70;

for my $name (sort keys %folder) {
    my @judged = judged("$t->{build}/t/lib/ranges", $name, \@sets);

    my @bad = grep { $_->{answer} !~ /^\d+$/ } @judged;
    my @differ = grep { $_->{more} || $_->{less}
                        || $_->{widened} != $_->{lacking} }
                 grep { $_->{answer} =~ /^\d+$/ } @judged;
    my ($affected, $between, $wider) = (0, 0, 0);

    for (grep { $_->{answer} =~ /^\d+$/ } @judged) {
        $affected += $_->{answer};
        $between++ if $_->{constraint} =~ /\|/;
        $wider++ if $_->{widened};
    }

    is(scalar @bad, 0, "$name: parses every constraint")
        or diag(map { told($_) . "\n" } @bad[0 .. ($#bad < 5 ? $#bad : 5)]);
    is(scalar @differ, 0, "$name: of " . $sets * $versions . ' pairs of ranges'
       . ' and version, none is judged otherwise')
        or diag(map { told($_) . "\n" }
                @differ[0 .. ($#differ < 10 ? $#differ : 10)]);
    cmp_ok($affected, '>', $sets * $versions / 5, 'many are affected');
    cmp_ok($affected, '<', $sets * $versions * 4 / 5, 'and many are not');
    cmp_ok($between, '>', $sets / 20, 'and between ranges there is room');
    cmp_ok($wider, '>', $sets / 20, 'and ends are no versions');

    my ($r) = judged("$t->{build}/t/lib/ranges", $name, [ [ $many, $far ] ]);
    is($r->{less}, 0, "$name: too many ranges affect more, never less");
    is(() = $r->{constraint} =~ /\|/g, 63, 'and are bounded');
    is($r->{widened}, 500 - 64, 'and counted');

    # a tool that leaves out a range which lacks an end, on purpose

    my $less = grep { $_->{less} } judged("$t->{build}/t/mutants/ranges-narrow",
                                          $name, \@sets);
    cmp_ok($less, '>', 0, "$name: ranges that are narrowed are noticed");
}

$t->done;

package Test::WPPkg::EdgeKills;

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# kill -9 of an edge's daemon.  At random moments, while the origin changes and
# a mirror of the edge looks on: in the end all three have the same, and at no
# moment was the mirror sent to a file that is older than the action.  And
# before each of its writes: whatever is left, the next run does the rest.
# WPPKG_TEST_SEED repeats one.


use strict;
use warnings;

use Exporter qw(import);
use Test::More;
use Time::HiRes ();

use Test::WPPkg::Edge;
use Test::WPPkg::Mirror;
use Test::WPPkg::Process qw(group_alive);


our @EXPORT = qw(edge_killed edge_cut);

my @names = names(plugins => 40, themes => 10);
my %versions;


# some packages are changed, closed and opened again

sub change {
    my ($o) = @_;

    my @changed = grep { rand() < 0.15 } @names;

    for my $name (@changed) {
        my $open = rand() < 0.75;

        push @{$versions{$name}}, '1.' . (1 + @{$versions{$name} || []})
            if $open;
        offer($o, $name, $open ? ('1.0', @{$versions{$name}}) : ());
    }

    return @changed;
}


# one run that is killed, or ends before

sub killed {
    my ($e, $limit, @command) = @_;

    my $r = $e->syncd_start(@command);

    Time::HiRes::sleep(rand $limit);
    $e->finish($r, 'KILL');

    return $r->{code} == 137;
}


sub seeded {
    my $seed = $ENV{WPPKG_TEST_SEED} || int(rand(1e6));

    srand($seed);
    note("WPPKG_TEST_SEED=$seed");
}


sub edge_killed {
    my (%o) = @_;

    seeded();

    my $o = origin(plugins => 40, themes => 10, timeout => $o{timeout});
    my $e = edge($o);
    my $m = Test::WPPkg::Mirror->new(url => $e->nginx_url, claims => 1);

    my ($kills, $rounds, $failed) = (0, 0, 0);

    # the first copy: killed until it has got there

    $kills += killed($e, 0.05, 'mirror') for 1 .. $o{kills} / 4;
    follows($e, $o, "the first copy, after $kills kills");

    while ($kills < $o{kills}) {
        my @changed = change($o);
        my $origin = $o->syncd_start('update', @changed);

        $o->sql('UPDATE observations SET observed_at = observed_at - 3600')
            if $rounds % 2;
        compared_anew($o) if $rounds++ % 5 == 4;

        while (group_alive($origin->{pid}) && $kills < $o{kills}) {
            $kills += killed($e, 0.04, 'mirror');
        }

        $kills += killed($e, 0.04, 'mirror');
        $failed += !$m->run;

        $o->finish($origin);
        $failed++ if $origin->{code};
    }

    is($failed, 0, 'the origin and the mirror of the edge had no trouble')
        or diag($m->{trouble});

    follows($e, $o, "$kills kills in $rounds rounds");

    ok($m->run, 'the mirror of the edge: its last visit')
        or diag($m->{trouble});
    is_deeply($m->{stuck}, [], 'C 36: it was never sent to an older file');

    my $files = files($o);

    is_deeply({ map { $_ => $m->{files}{$_}{content} } keys %{$m->{files}} },
              $files, 'it has ' . keys(%$files) . ' files, byte for byte');
    is($m->{count}{started}, 1, 'and has begun once');

    $e->end;
    $o->done;
}


# A window of updates, closures and deletions, and then the same as part of a
# comparison of everything: each time from the same state, killed before every
# step-th write.

sub edge_cut {
    my (%o) = @_;

    seeded();

    my $o = origin(plugins => 40, themes => 10, timeout => $o{timeout});
    my $e = edge($o);

    $e->nginx_stop;
    $e->{die} = compiled($e);

    cut($e, $o, 'the first copy', 8 * $o{step});
    follows($e, $o, 'the first copy');

    offer($o, "plugin/p$_", '1.0', '1.1') for 1 .. 10;
    offer($o, "plugin/p$_") for 11 .. 14;
    believe($o, map { "plugin/p$_" } 1 .. 14);
    $o->configure(repository => { closed => 'gone' });
    offer($o, "theme/t$_") for 1 .. 3;
    believe($o, map { "theme/t$_" } 1 .. 3);

    cut($e, $o, 'a window', $o{step});

    # some files are owed when a comparison begins, which finds them anew

    recover($e);
    halfway($e);
    cut($e, $o, 'a comparison', 2 * $o{step}, '--all');

    $e->end;
    $o->done;
}


sub compiled {
    my ($e) = @_;

    my $r = $e->command({}, $ENV{CC} || 'cc', '-shared', '-fPIC', '-O1', '-o',
                        "$e->{dir}/die.so", 't/lib/die.c', '-ldl');
    is($r->{code}, 0, 'die.c compiles') or diag($r->{err});

    return "$e->{dir}/die.so";
}


# the catalogue as it is now, which recover() brings back

sub keep {
    my ($e) = @_;

    $e->command({}, 'rm', '-rf', "$e->{dir}/kept");
    $e->command({}, 'cp', '-r', "$e->{dir}/catalogue", "$e->{dir}/kept");
}


sub recover {
    my ($e) = @_;

    $e->command({}, 'rm', '-r', "$e->{dir}/catalogue");
    $e->command({}, 'cp', '-r', "$e->{dir}/kept", "$e->{dir}/catalogue");
}


# killed before the n-th write

sub die_at {
    my ($e, $n, @command) = @_;

    my %env = $e->environment;

    # a sanitizer's library wants to be the first

    return $e->syncd({ env => {
        LD_PRELOAD => $e->{die}, WPPKG_DIE_AT => $n,
        ASAN_OPTIONS => ($env{ASAN_OPTIONS} || '')
                        . ':verify_asan_link_order=0' } }, @command);
}


# what the feed tells is written down, and few of the files are here

sub halfway {
    my ($e) = @_;

    my $since = $e->sql_value('SELECT since FROM origin');

    for my $n (1 .. 1000) {
        die_at($e, $n, 'mirror');

        last if $e->sql_value('SELECT since FROM origin') != $since;
        recover($e);
    }

    cmp_ok($e->sql_value('SELECT count(*) FROM owed'), '>', 5,
           'killed with some files owed');
}


sub cut {
    my ($e, $o, $what, $step, @options) = @_;

    my ($n, @wrong) = (1 + int(rand($step)));

    keep($e);

    for (my $last = 0; !$last; $n += $step) {
        recover($e);
        $last = die_at($e, $n, 'mirror', @options)->{code} == 0;

        my $r = $e->syncd('mirror');

        push @wrong, "$n: $r->{err}" if $r->{code} || !alike($e, $o);
    }

    is("@wrong", '', "$what: killed before every ${step}th of $n writes, the"
                     . ' next run does the rest');
    cmp_ok($n, '>', 20, 'which were many');
}


1;

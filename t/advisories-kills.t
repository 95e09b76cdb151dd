#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# A source of advisories tells one thing, then another, while the daemon is
# killed at random: the rows are always those of one of the two, never a
# mixture, and in the end the documents tell the same as the rows.  ROUNDS and
# SEED are environment.


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents qw(gunzip);
use Test::WPPkg::Process qw(alive);
use Time::HiRes ();


my $rounds = $ENV{ROUNDS} || 20;
my $seed = $ENV{SEED} || $$;
my $packages = 60;
my $records = 1500;

my $t = Test::WPPkg->new(timeout => 120 + 10 * $rounds);
my $w = $t->wporg;

srand($seed);


# what it tells: record => what it is of, and up to which version

sub telling {
    my ($version) = @_;

    return { map { ("r$_" => [ 'p' . int(1 + rand $packages),
                               "$version." . int rand 9 ]) }
             grep { rand() < 0.97 } 1 .. $records };
}


sub say_so {
    my ($told) = @_;

    $w->advisories({ map { $_ => $w->advisory($_, @{$told->{$_}}) }
                     keys %$told });
}


sub is_told {
    my ($told) = @_;
    return join "\n", map { "$_ $told->{$_}[0] <=$told->{$_}[1]" }
           sort keys %$told;
}


sub rows {
    return join "\n", map { "$_->[0] $_->[1] $_->[2]" }
           $t->sql('SELECT record, slug,'
                   . " json_extract(entry, '\$.affectedVersions')"
                   . ' FROM advisories ORDER BY record');
}


$w->plugin("p$_", { versions => { '1.0' => undef } }) for 1 .. $packages;
my $url = $w->advisories({});

$t->configure(advisories => { url => $url });
$t->syncd('migrate');
$t->syncd({ stdin => join '', map { "plugin/p$_\n" } 1 .. $packages },
          'discover', '--source=list', '-');
is($t->syncd('update')->{code}, 0, 'update');

my ($old, $new) = ({}, telling(1));
my ($killed, $mixed, $taken) = (0, 0, 0);

say_so($new);

# every fourth round is left alone, and tells how long the others may take

my $span = 0;

for my $round (1 .. $rounds) {
    my %env = $t->environment;
    my $spared = ($round % 4 == 1);
    my $start = Time::HiRes::time();
    my $deadline = $start + rand($span);
    my $pid = $t->start([ $t->build_dir . '/wppkg-syncd', '-c',
                          $t->path('wppkg.conf'), 'advisories', '--force' ],
                        out => $t->path('daemon.out'),
                        err => $t->path('daemon.err'), env => \%env);

    while (alive($pid)) {
        if (!$spared && Time::HiRes::time() > $deadline) {
            kill 'KILL', -$pid;
        }
        Time::HiRes::sleep(0.002);
    }

    $killed++ if ($? & 127) == 9;
    $span = Time::HiRes::time() - $start if $spared;

    my $rows = rows();

    if ($rows eq is_told($new)) {
        $taken++;
        ($old, $new) = ($new, telling($round + 1));
        say_so($new);

    } elsif ($rows ne is_told($old)) {
        $mixed++;
    }
}

cmp_ok($killed, '>', $rounds / 4, "many were killed, seed $seed");
cmp_ok($taken, '>', 0, 'and some were done before');
is($mixed, 0, 'the rows are those of one telling, never a mixture');

is($t->syncd('advisories', '--force')->{code}, 0, 'not killed');
is(rows(), is_told($new), 'the rows are those of the last telling');
is($t->sql_value('SELECT count(*) FROM outdated'), 0,
   'nothing is left to be rendered');
is($t->sql_value("SELECT n FROM counts WHERE what = 'advisory'"),
   scalar keys %$new, 'their number is known');

my %told;

for my $row ($t->sql('SELECT path, hex(body) FROM documents'
                     . ' JOIN bodies ON document_id = id'
                     . " WHERE path LIKE 'p2/%/%' AND instr(path, '~') = 0"))
{
    my ($slug) = $row->[0] =~ m{/([^/]+)\.json$};
    my $json = JSON::PP::decode_json(gunzip(pack 'H*', $row->[1]));

    $told{$_->{advisoryId}} = [ $slug, $_->{affectedVersions} =~ s/^<=//r ]
        for @{$json->{'security-advisories'}};
}

is(is_told(\%told), is_told($new), 'and the documents tell the same');
is(join(' ', grep { /wppkg|tmp/i } map { m{([^/]+)$} }
        glob $t->dir . '/catalogue/*'), '', 'no file is left behind');

$t->done;

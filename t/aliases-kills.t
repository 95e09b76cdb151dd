#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Names at wpackagist.org are switched on and off while the daemon is killed at
# random.  No name is ever claimed whose package has versions; in the end the
# bucket is equal to the catalogue, and so is a mirror that has followed.


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents qw(gunzip);
use Test::WPPkg::Mirror;
use Test::WPPkg::Process qw(alive);
use Time::HiRes ();


my $t = Test::WPPkg->new;
my $w = $t->wporg;

my $rounds = $ENV{ROUNDS} || 6;
my $packages = $ENV{PACKAGES} || 450;     # every third one closed
my $seed = $ENV{SEED} || $$;

srand($seed);

my $s3 = $t->s3;
my $killed = 0;

$t->nginx(locations => 'location / { wppkg_catalogue ' . $t->catalogue
                       . '; }');

sub configure {
    my ($aliases) = @_;

    $t->configure(wporg => { recheck => '0' }, repository => {
        authority => 'whole', aliases => $aliases, aliases_in_bucket => 'on',
        changes_url => $t->nginx_url . '/metadata/changes.json' });
}

sub count { $t->sql_value("SELECT count(*) FROM documents WHERE $_[0]") }


# packages that were fetched once, and are never due

configure('none');
is($t->syncd('migrate')->{code}, 0, 'migrate');
$t->sql("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL"
    . " SELECT i + 1 FROM n WHERE i < $packages)"
    . ' INSERT INTO packages (type, slug, state, state_reason, created_at,'
    . ' changed_rev, synced_rev, known, versions)'
    . " SELECT 'plugin', printf('c%05d', i), iif(i % 3, 'active', 'closed'),"
    . " iif(i % 3, NULL, 'why'), 1, 1, 1, 1,"
    . ' \'[{"tag":"1.0","zip":"https://example.org/a.zip"}]\' FROM n;'
    . " DELETE FROM meta WHERE name IN ('render_generation', 'claims')");
is($t->syncd('update')->{code}, 0, 'update');
is(count("path LIKE 'p2/wp-plugin/%' AND content_hash IS NOT NULL"),
   2 * $packages, 'all are rendered');
is($t->syncd('sync')->{code}, 0, 'sync');

my $mirror = Test::WPPkg::Mirror->new(url => $t->nginx_url, claims => 1,
                                      fetch => \&bucket);
ok($mirror->run, 'a mirror begins') or diag($mirror->{trouble});


sub bucket {
    my ($path, $headers) = @_;

    my $answer = $s3->get(substr $path, 1);
    my $since = $headers->{'If-Modified-Since'};

    $answer->{status} = 304
        if $answer->{status} == 200 && defined $since
           && $since eq $answer->{headers}{'last-modified'};

    return $answer;
}


# A client asks all the time.  Of a package with versions, the name is there
# with these, or is nobody's.

my $claimed = 0;

sub run_and_kill {
    my ($command, $within) = @_;

    my %env = $t->environment;
    my $deadline = Time::HiRes::time() + rand($within);
    my $pid = $t->start([ $t->build_dir . '/wppkg-syncd', '-c',
                          $t->path('wppkg.conf'), $command ],
                        out => $t->path('daemon.out'),
                        err => $t->path('daemon.err'), env => \%env);

    while (alive($pid)) {
        kill 'KILL', -$pid if Time::HiRes::time() > $deadline;
        ask();
    }

    $killed++ if ($? & 127) == 9;
}

sub ask {
    my $i = 1 + int rand $packages;
    $i++ if $i % 3 == 0;

    my $name = sprintf 'wpackagist-plugin/c%05d', $i < $packages ? $i : 1;
    my $r = $t->get("/p2/$name.json");

    return if $r->{status} == 404;
    $claimed++ if $r->{status} != 200 || $r->{content} !~ /"version":"1\.0"/;
}

for my $round (1 .. $rounds) {
    configure($round % 2 ? 'wpackagist' : 'none');
    run_and_kill('update', 0.5) for 1 .. 3;
    run_and_kill('sync', 1);
    $mirror->run;
}

cmp_ok($killed, '>', 0, "some runs were killed, seed $seed");
is($claimed, 0, "C 41: no name of a package with versions was claimed");


for my $aliases ('wpackagist', 'none') {
    configure($aliases);
    for my $command ('update', 'sync') {
        my $r = $t->syncd($command);
        is($r->{code}, 0, "$aliases: $command")
            or diag($r->{out} . $r->{err});
    }

    my $on = ($aliases eq 'wpackagist');
    my %there = map { $_->[0] => gunzip(pack 'H*', $_->[1]) } $t->sql(
        'SELECT path, hex(body) FROM documents JOIN bodies ON document_id = id'
        . ' WHERE content_hash IS NOT NULL');

    is(scalar(grep { m{^p2/wpackagist-plugin/} } keys %there),
       $on ? 2 * $packages : 0, "$aliases: all of them, or none");
    is(scalar(grep { m{^p2/wp-plugin/} } keys %there), 2 * $packages,
       "$aliases: their own names");
    is(join(' ', sort keys %{$s3->list}), join(' ', sort keys %there),
       "$aliases: R 28: the bucket has the catalogue's documents, no others");
    is(join(' ', grep { $s3->get($_)->{content} ne $there{$_} }
                 sort keys %there), '', "$aliases: R 28: byte for byte");
    is($there{'packages.json'} =~ /wpackagist/ ? 1 : 0, $on ? 1 : 0,
       "$aliases: announced, or not");

    ok($mirror->run, "$aliases: the mirror's last visit")
        or diag($mirror->{trouble});
    is(join(' ', grep { my $file = $mirror->{files}{$_};
                        !$file || $file->{content} ne $there{$_} }
                 grep { m{^p2/.*/} } sort keys %there), '',
       "$aliases: C 36: the mirror has the same");
    is_deeply($mirror->{stuck}, [], "$aliases: C 36: it never got stuck");

    my $unknown = $t->get('/p2/wpackagist-plugin/unknown.json');
    is($unknown->{status}, $on ? 200 : 404, "$aliases: C 41: an unknown name");
}

is($mirror->{count}{resync}, undef, 'C 35: it never had to begin again');

$t->done;

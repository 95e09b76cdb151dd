#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Old closures are claimed in slices, one a run, and after all else.  The key
# "closed" is switched there and back, and an operator's filter list edited,
# while the daemon is killed at random: in the end the bucket is equal to the
# catalogue, and so is a mirror that has followed the feed.


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

my $rounds = $ENV{ROUNDS} || 8;
my $packages = $ENV{PACKAGES} || 1000;
my $seed = $ENV{SEED} || $$;

srand($seed);


# closed packages that had versions, as an older program has left them

sub closed {
    my ($from, $to) = @_;

    $t->sql("WITH RECURSIVE n (i) AS (SELECT $from UNION ALL"
        . " SELECT i + 1 FROM n WHERE i < $to)"
        . ' INSERT INTO packages (type, slug, state, state_reason, created_at,'
        . ' changed_rev, synced_rev, versions)'
        . " SELECT 'plugin', printf('c%05d', i), 'closed', 'why', 1, 1, 1,"
        . ' \'[{"tag":"1.0","zip":"https://example.org/a.zip"}]\' FROM n;'
        . " DELETE FROM meta WHERE name LIKE 'claims%'");
}


sub count { $t->sql_value("SELECT count(*) FROM documents WHERE $_[0]") }


# --- a slice

$t->configure;
is($t->syncd('migrate')->{code}, 0, 'migrate');
$w->plugin('akismet');
$t->syncd({ stdin => "plugin/akismet\n" }, 'discover', '--source=list', '-');
is($t->syncd('update')->{code}, 0, 'update');
closed(1, 2600);

is($t->syncd('update', 'plugin/akismet')->{code}, 0, 'update of one package');
is(count('claims = 1'), 0, 'an update of a package claims no others');

my $r = $t->syncd('update');
like($r->{out}, qr/^claims: 2500 packages, 5000 documents changed, /m,
     'C 35: the first run claims 5,000 files, no more');
is(count('claims = 1'), 5000, 'as many claims');

$r = $t->syncd('update');
like($r->{out}, qr/^claims: 100 packages, 200 documents changed, /m,
     'the second run claims the rest');

$r = $t->syncd('update');
unlike($r->{out}, qr/claims/, 'the third run has none left');
is($t->sql_value("SELECT count(*) FROM meta WHERE name LIKE 'claims_%'"), 0,
   'and no cursor is kept');


# --- a bucket: the claims go last

my $s3 = $t->s3;

my $last = sprintf 'c%05d', $packages + 1;

$t->sql("DELETE FROM bodies WHERE document_id IN (SELECT id FROM documents"
    . " WHERE path >= 'p2/wp-plugin/$last');"
    . "DELETE FROM documents WHERE path >= 'p2/wp-plugin/$last';"
    . "DELETE FROM packages WHERE slug >= '$last';"
    . "UPDATE meta SET value = 1 WHERE name = 'overviews_stale'");

$t->nginx(locations => 'location / { wppkg_catalogue ' . $t->catalogue
                       . '; }');

sub configure {
    $t->configure(repository => {
        closed => $_[0], lists => $t->path('lists'),
        changes_url => $t->nginx_url . '/metadata/changes.json' });
}


# an entry of every second package or so, mostly another one than before

my %listed;

sub edit_list {
    my ($round) = @_;

    %listed = map { sprintf('c%05d', $_) => "round $round" }
              grep { rand() < 0.5 } 1 .. $packages;
    $listed{akismet} = 'always';

    $t->write_file('lists', join '', map { "ours plugin/$_ * \"$listed{$_}\"\n" }
                                         sort keys %listed);
}

edit_list(0);

configure('claimed');
is($t->syncd('update')->{code}, 0, 'update with a bucket');
is($t->syncd('sync')->{code}, 0, 'sync');

my @order = map { $_->[0] =~ m{^p2/wp-plugin/c} ? 'claim' : $_->[0] }
    $t->sql("SELECT path FROM documents WHERE content_hash IS NOT NULL
             ORDER BY published_at");
my ($first) = grep { $order[$_] eq 'claim' } 0 .. $#order;

is($order[$_], 'claim', "upload $_ is a claim's") for $first, $#order - 1;
is(scalar(grep { $_ eq 'claim' } @order[0 .. $first - 1]), 0,
   'everything else went before the claims');
is($order[-1], 'packages/claimed.json', 'R 32: their list went last');

my $mirror = Test::WPPkg::Mirror->new(url => $t->nginx_url, claims => 1,
                                      fetch => \&bucket);
ok($mirror->run, 'a mirror that knows claimed.json') or diag($mirror->{trouble});
is(keys %{$mirror->{files}}, 2 * $packages + 2, 'it has all claims');


sub bucket {
    my ($path, $headers) = @_;

    my $answer = $s3->get(substr $path, 1);
    my $since = $headers->{'If-Modified-Since'};

    $answer->{status} = 304
        if $answer->{status} == 200 && defined $since
           && $since eq $answer->{headers}{'last-modified'};

    return $answer;
}


# --- R 28: there and back, killed at random

my $killed = 0;

sub run_and_kill {
    my ($command, $within) = @_;

    my %env = $t->environment;
    my $deadline = Time::HiRes::time() + rand($within);
    my $pid = $t->start([ $t->build_dir . '/wppkg-syncd', '-c',
                          $t->path('wppkg.conf'), $command ],
                        out => $t->path('daemon.out'),
                        err => $t->path('daemon.err'), env => \%env);

    while (alive($pid)) {
        if (Time::HiRes::time() > $deadline) {
            kill 'KILL', -$pid;
        }
        Time::HiRes::sleep(0.005);
    }

    $killed++ if ($? & 127) == 9;
}

# Each second time it goes back to where all of it has been before: what was cut
# off must not pass for done.

my $astray = 0;

for my $round (1 .. $rounds) {
    configure((qw(gone abandoned claimed gone abandoned gone))[$round % 6]);
    edit_list($round);
    run_and_kill('update', 0.4) for 1 .. 2;
    run_and_kill('sync', 1.5);

    if ($round % 2 == 0) {
        $astray++ if count('claims = 1') != 2 * $packages;
        configure('claimed');
        $t->syncd('update');
        is(count('claims = 1'), 2 * $packages,
           "round $round, seed $seed: switched back, all are claims again");
    }

    $mirror->run;
}

cmp_ok($astray, '>', 0, 'some of these rounds had begun to switch');

cmp_ok($killed, '>', 0, "some runs were killed, seed $seed");

for my $mode (qw(abandoned claimed)) {
    configure($mode);
    is($t->syncd('update')->{code}, 0, "$mode: update");
    is($t->syncd('sync')->{code}, 0, "$mode: sync");

    my %there = map { $_->[0] => gunzip(pack 'H*', $_->[1]) } $t->sql(
        'SELECT path, hex(body) FROM documents JOIN bodies ON document_id = id'
        . ' WHERE content_hash IS NOT NULL');

    is(join(' ', sort keys %{$s3->list}), join(' ', sort keys %there),
       "$mode: R 28: the bucket has the catalogue's documents, and no others");
    is(join(' ', grep { $s3->get($_)->{content} ne $there{$_} }
                 sort keys %there), '', "$mode: R 28: byte for byte");
    is(count("claims = 1"), $mode eq 'claimed' ? 2 * $packages : 0,
       "$mode: all of them are what the key says");

    my %told = map { $there{"p2/wp-plugin/$_.json"}
                     =~ /"ours":\[\{[^}]*"reason":"([^"]*)"/ ? ($_ => $1) : () }
               map { m{^p2/wp-plugin/([^~]+)\.json$} } keys %there;
    is_deeply(\%told, \%listed, "$mode: the documents tell the last list");
    is($t->sql_value('SELECT count(*) FROM outdated'), 0,
       "$mode: nothing is left to be rendered");

    ok($mirror->run, "$mode: the mirror's last visit")
        or diag($mirror->{trouble});
    is(join(' ', grep { my $file = $mirror->{files}{$_};
                        !$file || $file->{content} ne $there{$_} }
                 grep { m{^p2/.*/} } sort keys %there), '',
       "$mode: C 36: the mirror has the same");
    is_deeply($mirror->{stuck}, [], "$mode: C 36: it never got stuck");
}

is($mirror->{count}{resync}, undef, 'C 35: it never had to begin again');

$r = $t->syncd('run', '--once');
my $stages = JSON::PP::decode_json($t->sql_value(
    'SELECT stages FROM pipeline_runs ORDER BY id DESC LIMIT 1'));
my ($sync) = grep { $_->{stage} eq 'sync' } @$stages;
is($sync->{requests}, 0, 'afterwards a run makes no request of the bucket');

$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Nothing is taken away on one observation: neither packages nor versions,
# and in a small catalogue no more than in a large one (rules R 14, R 15).


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::SVN;


my $t = Test::WPPkg->new;
my $w = $t->wporg;

my $list = $t->path('list');


# a new catalogue of so many plugins, all of them fetched, with two versions

sub catalogue {
    my ($n) = @_;

    unlink glob $t->catalogue . '*';
    unlink glob $t->dir . '/wporg/plugin/*';

    my @slugs = map { sprintf 'p-%04d', $_ } 0 .. $n - 1;

    offer($_, '1.0', '1.1') for @slugs;
    $t->write_file('list', join '', map { "plugin/$_\n" } @slugs);
    $t->configure(catalogue => { path => $t->catalogue, list => $list },
                  wporg => { api_url => $w->url, recheck => '1h' },
                  http => { retries => 0 });

    for my $command ([ 'migrate' ], [ 'run', '--once' ]) {
        my $r = $t->syncd(@$command);
        $r->{code} == 0 or die "@$command: $r->{code} $r->{err}";
    }

    return @slugs;
}


# the last of the versions is the published one

sub offer {
    my ($slug, @versions) = @_;

    $w->plugin($slug, { versions => { map { $_ => undef } @versions } });
}


# an answer that says which version is published, but tells none

sub emptied {
    my ($slug, %o) = @_;

    my %object = (%{$w->plugin_object($slug)}, version => '1.1',
                  stable_tag => '1.1', versions => [], %o);

    $w->raw('plugin', $slug, JSON::PP::encode_json(\%object));
}


# what was seen, was so that many seconds ago; everything is due

sub later {
    my ($seconds) = @_;

    $t->sql('UPDATE packages SET next_check_at = 1');
    $t->sql("UPDATE observations SET observed_at = observed_at - $seconds,"
            . " looked_at = looked_at - $seconds") if $seconds;
}


# and what was believed, too, was believed the day before

sub next_day {
    $t->sql('UPDATE believed SET believed_at = believed_at - 86400');
}


sub run_all {
    my ($seconds) = @_;

    later($seconds);
    my $r = $t->syncd('run', '--once');
    my $stages = $t->sql_value('SELECT stages FROM pipeline_runs'
                               . ' ORDER BY id DESC LIMIT 1');
    ($r->{counts}) = grep { $_->{stage} eq 'update' }
                          @{JSON::PP::decode_json($stages)};
    return $r;
}


sub active {
    $t->sql_value("SELECT count(*) FROM packages WHERE state = 'active'");
}


# packages without a single tagged version

sub empty {
    $t->sql_value('SELECT count(*) FROM documents'
                  . " WHERE path LIKE 'p2/%/%' AND path NOT LIKE '%~dev%'"
                  . ' AND (content_size IS NULL OR content_size < 70)');
}


sub tags {
    my ($slug) = @_;

    return join ' ', map { @$_ } $t->sql(
        "SELECT json_extract(value, '\$.tag') FROM packages,"
        . " json_each(versions) WHERE slug = '$slug'");
}


sub observed { $t->sql_value('SELECT count(*) FROM observations') }


# --- R 14: whole catalogues, small and large

for my $n (1, 3, 40, 60, 700) {
    my @slugs = catalogue($n);

    $w->remove('plugin', $_) for @slugs;

    for my $round (1 .. 3) {
        my $r = run_all(700);
        is($r->{code}, 1, "$n not found, round $round: done in part");
        like($r->{err}, qr/seem to be gone: \d+;.*--force/, 'says so');
        is(active(), $n, 'none is withdrawn');
    }

    offer($_, '1.0', '1.1') for @slugs;
    is(run_all(700)->{code}, 0, "$n are found again");
    is(observed(), 0, 'nothing of it is left');

    emptied($_) for @slugs;

    for my $round (1 .. 3) {
        my $r = run_all($round == 1 ? 0 : 700);
        is($r->{code}, 1, "$n without versions, round $round: in part");
        is(empty(), 0, 'none is emptied');
        is($r->{counts}{documents_changed}, 0, 'nothing has changed');
    }
}


# --- R 14: what is said for a day, and often, is believed

my $r = run_all(80_000);
is(empty(), 0, 'not after less than a day');
run_all(1000);
$r = run_all(6000);
is(empty(), 700, 'the same for a day on end: it is believed');
like($r->{err}, qr/have lost versions: 697, .* for a day/, 'with a warning');
is($r->{code}, 0, 'and the run is done') or diag($r->{err});
is(observed(), 0, 'nothing is left to be seen');


# --- R 14: one package: two looks, ten minutes apart

catalogue(10);

my $link = 'https://downloads.wordpress.org/plugin/p-0000.1.1.zip';

for my $case ([ 'p-0000', 'emptied, but with a link', '1.1', '1.0 1.1' ],
              [ 'p-0001', 'emptied', '', '1.0 1.1' ],
              [ 'p-0002', 'a tag is lost', '1.1', '1.0 1.1' ],
              [ 'p-0003', 'one is lost as one is made', '1.1 1.2',
                '1.0 1.1 1.2' ])
{
    my ($slug, $name, $after, $before) = @$case;

    next_day();
    $name =~ /emptied/ ? emptied($slug, $after ? (download_link => $link) : ())
                       : offer($slug, split / /, $after);

    $r = run_all(0);
    is($r->{code}, 0, "$name: seen once") or diag($r->{err});
    is($r->{counts}{observed}, 1, 'noted');
    is(tags($slug), $before, 'not believed');
    is($t->sql_value('SELECT next_check_at - unixepoch() BETWEEN 590 AND 600'
                     . " FROM packages WHERE slug = '$slug'"), 1,
       'asked again in ten minutes');

    my $s = $t->syncd('status', "plugin/$slug");
    like($s->{out}, qr/seen once: .*fewer versions.*1\.0/, 'status says so');

    run_all(300);
    is(tags($slug), $before, 'five minutes later it is too early');
    $r = run_all(300);
    is(tags($slug), $after, 'ten minutes later it is true');
    is(observed(), 0, 'and no news any more');
}

# the published version goes down

next_day();

$w->plugin('p-0004', { versions => { '1.0' => undef, '1.1' => undef },
                       stable => '1.0' });
run_all(0);
my $body = q{SELECT content_size FROM documents
              WHERE path = 'p2/wp-plugin/p-0004.json'};
my $size = $t->sql_value($body);
is(observed(), 1, 'a release is withdrawn: seen once');
run_all(600);
cmp_ok($t->sql_value($body), '<', $size, 'the second time it is true');

# what is contradicted counts for nothing, and what is another loss is one

offer('p-0005', '1.1');
run_all(0);
is(observed(), 1, 'seen once');
offer('p-0005', '1.0', '1.1');
run_all(600);
is(observed(), 0, 'contradicted: forgotten');
offer('p-0005', '1.1');
run_all(600);
offer('p-0005', '1.0');
run_all(600);
is(tags('p-0005'), '1.0 1.1', 'another loss is seen for the first time');
$t->syncd('sweep');
is(observed(), 1, 'a sweep, which asks for no versions, leaves it');
$w->closed('plugin', 'p-0005');
run_all(600);
is(active(), 10, 'a closure is another thing, too');
run_all(600);
is(active(), 9, 'and true when it is seen twice');

# whoever names a package wants to hear of it

offer('p-0006', '1.1');
$t->syncd('update', 'plugin/p-0006');
is(tags('p-0006'), '1.1', 'update PACKAGE believes at once');


# --- R 14: a fault that comes in drips is one, too

my @drip = catalogue(40);

while (my @two = splice @drip, 0, 2) {
    last if @drip < 30;
    $w->remove('plugin', $_) for @two;
    run_all(0);
    $r = run_all(700);
}

is(active(), 38, 'of 10 that are gone, two at a time, 3 are not exceeded');
is($r->{code}, 1, 'the others are in doubt');
next_day();
run_all(700) for 1 .. 5;
is(active(), 38, 'a day later, too: all that wait are more');

@drip = catalogue(40);

while (my @two = splice @drip, 0, 2) {
    last if @drip < 30;
    offer($_, '1.1') for @two;
    run_all(0);
    $r = run_all(700);
}

is(scalar(grep { tags($_) eq '1.1' } map { sprintf 'p-%04d', $_ } 0 .. 9), 2,
   'nor are versions, that are lost in drips');


# --- R 14: versions that come and go do not keep a closure from being seen

my @flap = map { sprintf 'p-%04d', $_ } 0 .. 3;

catalogue(40);

for my $look (0 .. 2) {
    offer($_, '1.1', '1.2', map { $_ == $look ? () : "0.$_" } 0 .. 9)
        for @flap;
    $w->closed('plugin', 'p-0020', reason => 'security-issue') if $look == 1;
    run_all(700);
}

is($t->sql_value("SELECT state FROM packages WHERE slug = 'p-0020'"),
   'closed', 'a closure is believed the second time');
is(tags($_), '0.0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1.0 1.1 1.2',
   "$_: versions come, and none goes") for @flap;


# --- R 15: with Subversion, a commit is not settled by such an answer

catalogue(6);

my $plugins = Test::WPPkg::SVN->repository($t, 'plugins');
my $themes = Test::WPPkg::SVN->repository($t, 'themes');

$plugins->commit(map { my $slug = $_;
                       map { [ mkdir => "$slug$_" ] }
                           '', '/trunk', '/tags', '/tags/1.0', '/tags/1.1' }
                 map { "p-000$_" } 0 .. 5);

my @servers = map { $_->serve } $plugins, $themes;

$t->configure(wporg => { api_url => $w->url, plugins_svn => $servers[0]->url,
                         themes_svn => $servers[1]->url, follow => 'on' });
is($t->syncd('run', '--once')->{code}, 0, 'Subversion is followed');

$plugins->commit([ cp => 'HEAD', "$_/trunk", "$_/tags/1.2" ])
    for map { "p-000$_" } 0 .. 3;

sub settled {
    return $t->sql_value('SELECT changed_rev <= synced_rev FROM packages'
                         . " WHERE slug = '$_[0]'");
}

# 0: a link to what is not listed; 1: no versions; 2: others, and not the
# published one; 3: as it should be

$w->plugin('p-0000', { stable => '1.2', stable_tag => '1.2',
                       versions => { map { $_ => undef } '1.0', '1.1' },
                       download_link => $w->zip_url('plugin', 'p-0000',
                                                    '1.2') });
emptied('p-0001');
$w->plugin('p-0002', { stable => '1.2', stable_tag => '1.2',
                       versions => { map { $_ => undef } '0.9', '1.0',
                                     '1.1' } });
offer('p-0003', '1.0', '1.1', '1.2');

$r = $t->syncd('run', '--once');
is($r->{code}, 0, 'two answers that are not true') or diag($r->{err});
ok(!settled('p-0000'), 'a link to what is not listed: not settled');
is(tags('p-0000'), '1.0 1.1 1.2', 'but taken');
ok(!settled('p-0001'), 'no versions: not settled');
is(tags('p-0001'), '1.0 1.1', 'and not emptied');
ok(!settled('p-0002'), 'the published version is not there: not settled');
is(tags('p-0002'), '0.9 1.0 1.1', 'but taken');
ok(settled('p-0003'), 'the published version is there: settled');

offer('p-0001', '1.0', '1.1', '1.2');
offer('p-0002', '0.9', '1.0', '1.1', '1.2');
run_all(600);
ok(settled($_), "$_: settled by the true answer")
    for 'p-0001', 'p-0002';

# R 15: an untagged version is one too: its commit is settled after a day

$plugins->commit([ mkdir => 'p-0004/trunk/x' ]);
$w->plugin('p-0004', { stable => '2.0', stable_tag => 'trunk',
                       versions => { '0.9' => undef, '1.0' => undef,
                                     '1.1' => undef } });
$t->syncd('run', '--once');
ok(!settled('p-0004'), 'an untagged version: waited for');
$t->sql('UPDATE packages SET window_at = window_at - 86500,'
        . ' changed_at = changed_at - 86500');
run_all(0);
ok(settled('p-0004'), 'for a day');

# R 14: what Subversion has said as well is true at once

$plugins->commit([ rm => 'p-0005/tags/1.0' ]);
offer('p-0005', '1.1');
$r = $t->syncd('run', '--once');
is(tags('p-0005'), '1.1', 'a tag that was deleted there is gone at once')
    or diag($r->{out}, $r->{err});
is(observed(), 0, 'and not in doubt');

$_->stop for @servers;

$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# A version whose zip is not there is not published: Composer would fail on it
# for everybody.  And nothing else holds one back.


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::SVN;


my $t = Test::WPPkg->new;
my $w = $t->wporg;

my %on = (api_url => $w->url, verify_zips => 'on', recheck => '1h');

$t->configure(wporg => { %on }, http => { retries => 0 });
is($t->syncd('migrate')->{code}, 0, 'migrate');


sub list {
    my (@slugs) = @_;

    my $list = $t->write_file('list', join '', map { "plugin/$_\n" } @slugs);
    $t->syncd('discover', '--source=list', $list)->{code} == 0 or die;
}


# tags, of which those with "!" have no zip; the last one is published

sub offer {
    my ($slug, @tags) = @_;

    my %versions = map {
        my $tag = $_;
        $tag =~ s/^!// ? ($tag => $w->zip_url('plugin', 'no-such', $tag))
                       : ($tag => undef)
    } @tags;

    $tags[-1] =~ s/^!//;
    $w->plugin($slug, { versions => \%versions, stable => $tags[-1],
                        stable_tag => $tags[-1] });
}


# runs update: the result, with the counts and the zips that were asked for

sub update {
    $w->clear_requests;
    $t->sql('UPDATE packages SET next_check_at = 1');
    $t->sql("UPDATE zips SET next_at = next_at - $_[0]") if $_[0];

    my $r = $t->syncd('update');
    my $stages = $t->sql_value('SELECT stages FROM pipeline_runs'
                               . ' ORDER BY id DESC LIMIT 1');

    $r->{counts} = JSON::PP::decode_json($stages)->[-1];
    $r->{heads} = [ grep { $_->{method} eq 'HEAD' } $w->requests ];

    return $r;
}


# what the document has, newest first

sub published {
    my ($slug) = @_;

    my $url = "/p2/wp-plugin/$slug.json";
    my $json = JSON::PP::decode_json($t->get($url)->{content});

    return join ' ', map { $_->{version} }
                     @{(values %{$json->{packages}})[0]};
}


my $url = $t->nginx(locations => 'location / { wppkg_catalogue '
                                 . $t->catalogue . '; }');


# --- the first answer is believed; what comes later is asked for once

offer('one', '1.0', '!1.1');
list('one', 'two', 'three');
offer($_, '1.0') for 'two', 'three';

my $r = update();
is($r->{code}, 0, 'a first answer') or diag($r->{err});
is(scalar @{$r->{heads}}, 0, 'costs no request for a zip');
is(published('one'), '1.1 1.0', 'and is believed');

offer('two', '1.0', '1.1');
$r = update();
is($r->{code}, 0, 'a new version') or diag($r->{err});
is(join(' ', map { $_->{path} } @{$r->{heads}}), '/plugin/two.1.1.zip',
   'its zip is asked for');
is(published('two'), '1.1 1.0', 'and it is published');
is($t->sql_value("SELECT count(*) FROM packages"
                 . " WHERE instr(versions, 'unseen') > 0"), 0,
   'as one that has been published');
is(scalar @{update()->{heads}}, 0, 'it is asked for once');


# --- 404: held back, and asked for after growing pauses

offer('two', '1.0', '1.1', '!1.2');
$r = update();
is($r->{code}, 0, 'a zip that is not there: the run is done');
is($r->{counts}{zips_missing}, 1, 'counted');
is(published('two'), '1.1 1.0', 'its version is not published');

my $s = $t->syncd('status', 'plugin/two');
like($s->{out}, qr/held back: +1, its zip is not there: 1\.2$/m,
     'status tells');
like($s->{out}, qr/published version: 1\.2, not here: its zip is not there/,
     'and why the published version is not here');

is(scalar @{update()->{heads}}, 0, 'not asked for again at once');
$r = update(600);
is(scalar @{$r->{heads}}, 1, 'ten minutes later');
is(scalar @{update(600)->{heads}}, 0, 'and then later');
is(scalar @{update(1200)->{heads}}, 1, 'half an hour');
is($t->sql_value('SELECT next_at - unixepoch() > 3500 FROM zips'), 1,
   'and an hour');

my $c = $t->composer($t->composer_json($url, 'wp-plugin/two' => '*',
                                       'wp-plugin/three' => '*'), 'update');
is($c->{code}, 0, 'composer update goes on') or diag("$c->{out}$c->{err}");
ok(-d "$c->{dir}/vendor/wp-plugin/two", 'with what is there');

# nothing is lost by it, and the version is there when its zip is

offer('two', '1.0', '1.1', '1.2');
$r = update(3600);
is(published('two'), '1.2 1.1 1.0', 'its zip is there: published');
is($t->sql_value('SELECT count(*) FROM zips'), 0, 'nothing is left');
is($t->sql_value('SELECT count(*) FROM observations'), 0,
   'and nothing was lost');

# one that is not told of any more is not asked for

offer('two', '1.0', '1.1', '1.2', '!1.3');
update();
is($t->sql_value('SELECT count(*) FROM zips'), 1, 'another one is missing');
offer('two', '1.0', '1.1', '1.2');
$r = update();
is($t->sql_value('SELECT count(*) FROM zips'), 0, 'and was never meant');
is($t->sql_value('SELECT count(*) FROM observations'), 0,
   'which takes nothing away');


# --- 404 and 410 alone hold a version back

my $n = 1;

for my $case ([ 410, 1 ], [ 403, 0 ], [ 405, 0 ], [ 429, 0 ], [ 500, 0 ],
              [ 503, 0 ], [ 302, 0 ])
{
    my ($status, $held) = @$case;
    my @tags = map { "1.$_" } 0 .. $n++;

    offer('three', @tags);
    $w->fail('status', status => $status, path => '\.zip$', times => 1);
    $r = update();
    is($r->{code}, 0, "$status: done") or diag($r->{err});
    is(published('three') =~ /^\Q$tags[-1]\E / ? 0 : 1, $held,
       $held ? 'held back' : 'published');
    is($t->sql_value('SELECT count(*) FROM zips'), $held, 'remembered');
    update(600) if $held;
}

is($t->sql_value('SELECT count(*) FROM zips'), 0, 'nothing is left of these');


# --- a host that is dead, or does not answer, delays nothing for long

my @many = map { "many-$_" } 1 .. 20;
list(@many);
offer($_, '1.0') for @many;
update();

offer($_, '1.0', '1.1') for @many;
$w->fail('close', path => '\.zip$', times => 1000);
$r = update();
$w->write_json('fail.json', '[]');
is($r->{code}, 0, 'a dead host: done') or diag($r->{err});
cmp_ok(scalar @{$r->{heads}}, '<=', 8, 'soon nobody asks any more');
like($r->{err}, qr/zips in a row had no answer/, 'one line says so');
is(published("many-$_"), '1.1 1.0', "many-$_ is published") for 1, 20;

$t->configure(wporg => { %on }, http => { retries => 0, total_timeout => '2s',
                                          stall_timeout => '1s' });
offer($_, '1.0', '1.1', '1.2') for @many;
$w->fail('slow', seconds => 30, path => '\.zip$', times => 1000);
my $start = time;
$r = update();
$w->write_json('fail.json', '[]');
is($r->{code}, 0, 'a silent host: done') or diag($r->{err});
cmp_ok(time - $start, '<', 10, 'within seconds');
is(published("many-$_"), '1.2 1.1 1.0', "many-$_ is published") for 1, 20;
$t->configure(wporg => { %on }, http => { retries => 0 });

# many versions at a time: the newest are asked for

offer('many-1', '1.0', '1.1', '1.2', map { "2.$_" } 0 .. 29);
$r = update();
is(join(' ', sort map { $_->{path} =~ /\.(2\.\d+)\.zip/ } @{$r->{heads}}),
   '2.25 2.26 2.27 2.28 2.29', '30 new versions: five requests');
is(scalar split(/ /, published('many-1')), 33, 'all are published');


# --- killed between the answer and the zip: the next run does it

offer('many-2', '1.0', '1.1', '1.2', '1.3');
$w->fail('slow', seconds => 60, path => '\.zip$', times => 1);
$t->sql('UPDATE packages SET next_check_at = 1');
my $p = $t->syncd_start('update');
$t->wait_for(sub { $t->sql_value('SELECT count(*) FROM zips') == 1 },
             'the answer is stored, the zip is being asked for');
$t->finish($p, 'KILL', 10);
is(published('many-2'), '1.2 1.1 1.0', 'it is not published yet');
like($t->syncd('status', 'plugin/many-2')->{out},
     qr/held back: +1, its zip is being asked for: 1\.3$/m, 'status tells');
$w->write_json('fail.json', '[]');
$r = update();
is(published('many-2'), '1.3 1.2 1.1 1.0', 'the next run publishes it');


# --- off: nothing is asked for, and nothing stays held back

offer('many-3', '1.0', '1.1', '1.2', '!1.3');
update();
is(published('many-3'), '1.2 1.1 1.0', 'one is held back');
$t->configure(wporg => { %on, verify_zips => 'off' },
              http => { retries => 0 });
$r = update();
is(scalar @{$r->{heads}}, 0, 'verify_zips = off: no request');
is(published('many-3'), '1.3 1.2 1.1 1.0', 'nothing is held back');
offer('many-3', '1.0', '1.1', '1.2', '!1.3', '!1.4');
update();
is(published('many-3'), '1.4 1.3 1.2 1.1 1.0', 'nor is what comes');


# --- an empty tag, as Subversion tells it, whether zips are asked for or not

my $plugins = Test::WPPkg::SVN->repository($t, 'plugins');
my $themes = Test::WPPkg::SVN->repository($t, 'themes');

$plugins->commit(map { my $slug = $_; map { [ mkdir => "$slug$_" ] }
                       '', '/trunk', '/tags', '/tags/1.0' } 'four', 'five');

my @servers = map { $_->serve } $plugins, $themes;

$t->configure(wporg => { %on, verify_zips => 'off', follow => 'on',
                         plugins_svn => $servers[0]->url,
                         themes_svn => $servers[1]->url });
offer($_, '1.0') for 'four', 'five';
is($t->syncd('run', '--once')->{code}, 0, 'Subversion is followed');

$plugins->commit([ mkdir => 'four/tags/1.1' ]);
$plugins->commit([ cp => 'HEAD', 'five/trunk', 'five/tags/1.1' ]);
offer($_, '1.0', '1.1') for 'four', 'five';
$t->syncd('run', '--once');
is(published('four'), '1.0', 'an empty tag is held back');
is(published('five'), '1.1 1.0', 'a copy is not');
like($t->syncd('status', 'plugin/four')->{out},
     qr/held back: +1, its tag is empty: 1\.1$/m, 'status tells');

$plugins->commit([ put => "<?php\n", 'four/tags/1.1/four.php' ]);
$t->syncd('run', '--once');
is(published('four'), '1.1 1.0', 'until something is committed to it');

$_->stop for @servers;

$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Themes: WordPress.org answers about one by name, and has pages of all that it
# offers (rules R 11, R 14).  And what one type's trouble is to the other.


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;
my $w = $t->wporg;
my @themes = map { sprintf 'theme-%04d', $_ } 1 .. 150;
my $versions = { '1.0' => undef, '1.1' => undef };

# each with the page that it is on, should pages be smaller than they are
my $n = 0;

$w->theme($_, { versions => $versions, added => 10000 - $n++ }) for @themes;
$w->plugin('akismet');

$t->configure(wporg => { recheck => '0' }, http => { retries => 0 });
is($t->syncd('migrate')->{code}, 0, 'migrate');


sub discover {
    $t->syncd('discover', '--source=list',
              $t->write_file('list', join '', map { "$_\n" } @_));
}


# runs a command: the result, with {requests}, {pages}, {single} (themes that
# were asked for alone) and the counts of its last stage

sub stage {
    $w->clear_requests;

    my $r = $t->syncd(@_);
    my $stages = $t->sql_value('SELECT stages FROM pipeline_runs '
                               . 'ORDER BY id DESC LIMIT 1');

    $r->{requests} = [ $w->requests ];
    $r->{plugins} = grep { $_->{path} =~ m{^/plugins/} } $w->requests;
    $r->{pages} = grep { $_->{query} =~ /query_themes/ } $w->requests;
    $r->{single} = [ map { $_->{query} =~ /theme_information&request\[slug\]=
                                           ([a-z0-9_-]+)/x ? $1 : () }
                     $w->requests ];
    $r->{counts} = JSON::PP::decode_json($stages)->[-1];

    return $r;
}


sub active {
    return $t->sql_value("SELECT count(*) FROM packages WHERE state = 'active'"
                         . " AND type = 'theme'");
}


sub state_of {
    return $t->sql_value("SELECT state FROM packages WHERE slug = '$_[0]'");
}


sub forget {
    $t->sql('DELETE FROM bodies; DELETE FROM documents;'
            . ' DELETE FROM observations; DELETE FROM packages');
}


sub due {
    $t->sql('UPDATE packages SET next_check_at = 1, failures = 0');
}


# --- R 11: the first fill

discover('plugin/akismet', map { "theme/$_" } @themes);

my $r = stage('update');

is($r->{code}, 0, 'everything is fetched') or diag($r->{err});
is($r->{err}, '', 'nothing is said');
is(active(), 150, 'R 11: all themes');
is($r->{pages}, 1, 'by one page');
is(scalar @{$r->{requests}}, 2, 'and nothing else, but for the plugin');
like($r->{requests}[1]{query}, qr/\[per_page\]=999/, 'as many as can be had');
is($t->sql_value("SELECT count(*) FROM packages WHERE type = 'theme'"
                 . ' AND json_array_length(versions) = 2'), 150,
   'with their versions');
is($t->sql_value('SELECT count(*) FROM packages'
                 . ' WHERE synced_rev IS NOT changed_rev'), 0,
   'R 8: all are in step');

is(scalar @{stage('update')->{requests}}, 0, 'nothing due: no request');


# --- few: one by one

$t->sql('UPDATE packages SET next_check_at = 1 WHERE slug < \'theme-0031\'');
$r = stage('update');
is($r->{pages}, 0, 'thirty themes: no page');
is(scalar @{$r->{single}}, 30, 'but one by one');
is($r->{counts}{fetched}, 31, 'with the plugin');
ok(!(grep { $_->{path} =~ m{^/themes/} && $_->{query} =~ /\[slugs\]/ }
     @{$r->{requests}}), 'R 11: several by name are not asked for at all');


# --- R 11: pages that shift while they are read

$w->shifts(missed => [ 'theme-0007', 'theme-0130' ],
           twice => [ 'theme-0009' ]);
due();
$r = stage('update');
is($r->{code}, 0, 'pages that shift') or diag($r->{err});
is_deeply([ sort @{$r->{single}} ], [ 'theme-0007', 'theme-0130' ],
          'R 11: what is missed is asked for alone');
is($r->{counts}{fetched}, 151, 'and nothing is fetched twice');
is($r->{counts}{transient}, 0, 'nor failed');
$w->shifts;


# --- what is on no page, and an entry that is no good

$w->raw('theme', 'theme-0011', '{"slug":"theme-0011","versions":7}');
due();
discover('theme/no-such-theme');
$r = stage('update');
is($r->{code}, 1, 'one theme is no good: done in part');
is_deeply([ sort @{$r->{single}} ], [ 'no-such-theme', 'theme-0011' ],
          'it is asked for alone, and what is on no page');
is($r->{counts}{fetched}, 150, 'all others are fetched');
is(state_of('no-such-theme'), 'not_found', 'which is not found');
is(state_of('theme-0011'), 'active', 'R 12: the other one stays');
$w->theme('theme-0011', { versions => $versions });
$t->sql("DELETE FROM packages WHERE slug = 'no-such-theme'");


# --- R 12, R 18: a page that can't be had is asked for in parts

for my $failure ([ 'status', status => 500 ], [ 'truncate' ], [ 'html' ],
                 [ 'status', status => 504 ])
{
    my ($what, %how) = @$failure;
    my $name = join ' ', $what, values %how;

    $w->fail($what, %how, query => 'query_themes');
    due();
    $r = stage('update');
    is($r->{code}, 0, "$name: the page is asked for again")
        or diag($r->{err});
    is($r->{pages}, 4, "$name: in thirds");
    is($r->{counts}{fetched}, 151, "$name: and all are fetched");
    is_deeply($r->{single}, [], "$name: none of them alone");
    like($r->{err}, qr/useless pages of themes: 1,/, "$name: a warning");
}

# a page that is too large, of which a third is not

$w->fail('huge', bytes => 20_000_000, query => 'query_themes');
due();
$r = stage('update');
is($r->{code}, 0, 'too large a page') or diag($r->{err});
is($r->{counts}{fetched}, 151, 'is had in parts');


# --- R 11: no pages at all: remembered, and one by one

for my $failure ([ 'status', status => 404,
                   body => '{"error":"Action not implemented."}' ],
                 [ 'status', status => 500 ])
{
    my ($what, %how) = @$failure;

    $w->fail($what, %how, times => 1000, query => 'query_themes');
    due();
    $r = stage('update');
    $w->write_json('fail.json', '[]');

    is($r->{code}, 0, "no pages, $how{status}: done") or diag($r->{err});
    is(scalar @{$r->{single}}, 150, 'theme by theme');
    is($r->{counts}{fetched}, 151, 'all of them');
    cmp_ok($r->{pages}, '<=', 16, 'after few requests');
}


# --- R 11: pages without an end: a walk ends by what they tell

# an answer of pages that are said to be so many; with themes, each the same

sub endless {
    my ($pages, @slugs) = @_;

    my @told = map { JSON::PP::decode_json($t->read_file(
                         $w->{dir} . "/theme/$_.json")) } @slugs;

    $w->fail('status', status => 200, times => 100, query => 'query_themes',
             body => JSON::PP::encode_json({ info => { pages => $pages },
                                             themes => \@told }));
}

for my $case ([ 'all are told of', 1, 1, 0, @themes ],
              [ 'some are not', 2, 20, 50, @themes[0 .. 99] ],
              [ 'none are', 2, 20, 150 ])
{
    my ($name, $least, $most, $single, @told) = @$case;

    for my $pages (999_999_999, 40) {
        endless($pages, @told);
        due();
        $r = stage('update');
        is($r->{code}, 0, "$pages pages, $name: done") or diag($r->{err});
        is($r->{counts}{fetched}, 151, 'all are fetched');
        is(scalar @{$r->{single}}, $single,
           'those alone that are not told of');
        cmp_ok($r->{pages}, '>=', $least, 'no page is trusted alone');
        cmp_ok($r->{pages}, '<=', $most, 'and they come to an end');
        is(scalar(() = $r->{err} =~ /in a row had no new one/g),
           $single ? 1 : 0, 'which is said');

        $r = stage('sweep');
        $w->write_json('fail.json', '[]');
        is($r->{code}, 0, "$pages pages, $name: sweep") or diag($r->{err});
        cmp_ok($r->{pages}, '<=', 20, 'which ends as well');
        is(active(), 150, 'and takes nothing away');
    }
}


# --- one type's trouble is not the other's

for my $failing (qw(themes plugins)) {
    $w->fail('html', times => 1000, path => "/$failing/");
    due();
    $r = stage('update');
    $w->write_json('fail.json', '[]');

    is($r->{code}, 1, "update, $failing fail: done in part");
    is($r->{counts}{fetched}, $failing eq 'themes' ? 1 : 150,
       'the others are fetched');
    cmp_ok(scalar @{$r->{requests}}, '<=', 60, 'bounded requests');

    $w->fail('html', times => 1000, path => "/$failing/");
    $r = stage('sweep');
    $w->write_json('fail.json', '[]');

    is($r->{code}, 1, "sweep, $failing fail: done in part");
    is($r->{plugins}, 1, 'the plugin is asked for');
    is($r->{counts}{asked}, 151, 'the others are asked for')
        if $failing eq 'plugins';
    cmp_ok(scalar @{$r->{requests}}, '<=', 60, 'bounded requests');
}

# sixteen in a row end the type, and not the run

$w->plugin(sprintf 'plugin-%02d', $_) for 1 .. 30;
discover(map { sprintf 'plugin/plugin-%02d', $_ } 1 .. 30);
$t->configure(wporg => { recheck => '0', bulk => 1 }, http => { retries => 0 });
$w->fail('html', times => 1000, path => '/plugins/');
due();
$r = stage('update');
$w->write_json('fail.json', '[]');
like($r->{err}, qr/useless answers in a row.*the rest of the plugins/,
     'no answer is of use: said of plugins');
is($r->{counts}{fetched}, 150, 'and all themes are fetched');
$t->configure(wporg => { recheck => '0' }, http => { retries => 0 });


# --- R 11: several plugins at once are refused, too: remembered for the run

my @plugins = map { sprintf 'many-%03d', $_ } 1 .. 130;

$w->plugin($_) for @plugins;
forget();
discover(map { "plugin/$_" } @plugins);

# what is refused before it is known: a slice and its halves; both slices, and
# all of their halves, which are under way together

for ([ 1, 3 ], [ 32, 6 ]) {
    my ($concurrency, $refused) = @$_;

    $t->configure(wporg => { recheck => '0', concurrency => $concurrency },
                  http => { retries => 0 });
    $w->fail('status', status => 404, times => 1000,
             body => '{"error":"Slugs not provided"}', query => '\[slugs\]');
    due();
    $r = stage('update');
    $w->write_json('fail.json', '[]');

    is($r->{code}, 0, "no bulk form, $concurrency at a time")
        or diag($r->{err});
    is($r->{counts}{fetched}, 130, 'all are fetched');
    cmp_ok(scalar @{$r->{requests}}, '<=', 130 + $refused,
           'R 11: one by one');
    like($r->{err}, qr/refuses to answer about several packages at once/,
         'which is said');
    is(scalar(() = $r->{err} =~ /\n/g), 1, 'once');
}

# one bad plugin is no such refusal

$w->fail('status', status => 404, times => 1000,
         body => '{"error":"no"}', query => '\[slugs\].*many-077');
due();
$r = stage('update');
$w->write_json('fail.json', '[]');
is($r->{counts}{fetched}, 130, 'R 11: one that spoils it');
cmp_ok(scalar @{$r->{requests}}, '<=', 20, 'costs no more than halves');
unlike($r->{err}, qr/several packages/, 'and is not taken for a refusal');

# nor when what is answered about several comes later than what is refused

$w->fail('status', status => 404, times => 1000,
         body => '{"error":"no"}', query => '\[slugs\].*many-077');
$w->fail('slow', seconds => 1, times => 2, query => '\[slugs\]');
due();
$r = stage('update');
$w->write_json('fail.json', '[]');
is($r->{counts}{fetched}, 130,
   'R 11: one that spoils it, and is refused first');
cmp_ok(scalar @{$r->{requests}}, '<=', 20,
       'one that is refused first costs no more than halves');
unlike($r->{err}, qr/several packages/,
       'one that is refused first is not taken for a refusal of all');


# --- R 14: the sweep: pages, and alone what they don't tell

$t->configure(wporg => { recheck => '0' }, http => { retries => 0 });
forget();
discover('plugin/akismet', map { "theme/$_" } @themes);
is(stage('update')->{counts}{fetched}, 151, 'everything anew');

$r = stage('sweep');
is($r->{code}, 0, 'sweep') or diag($r->{err});
is($r->{counts}{asked}, 151, 'R 14: everything is asked about');
is(scalar @{$r->{requests}}, 2, 'by one page, and a request about plugins');
is(scalar(grep { $_->{query} =~ /\[versions\]=0/
                 && $_->{query} !~ /\[fields\]\[\w+\]=1/ }
          @{$r->{requests}}), 2, 'that want none of the fields');

$w->shifts(missed => [ 'theme-0100' ]);
$w->closed('theme', 'theme-0120');
$w->remove('theme', 'theme-0121');
$r = stage('sweep');
is($r->{code}, 0, 'one is missed, two are gone') or diag($r->{err});
is_deeply([ sort @{$r->{single}} ],
          [ 'theme-0100', 'theme-0120', 'theme-0121' ],
          'R 14: what is missing on the pages is asked for alone');
is($r->{counts}{observed}, 2, 'before it counts as gone');
is(active(), 150, 'R 14: and not at once');

$t->sql('UPDATE observations SET observed_at = observed_at - 600');
$r = stage('sweep');
is($r->{counts}{not_found}, 2, 'ten minutes later');
is(active(), 148, 'they are gone');
is(state_of('theme-0100'), 'active', 'and not the one that the pages missed');
$w->shifts;

# R 14: what comes back is on a page

$w->theme('theme-0120', { versions => $versions });
$r = stage('sweep');
is($r->{counts}{reopened}, 1, 'R 14: a theme is offered again');
$r = stage('update');
is($r->{counts}{fetched}, 1, 'and fetched');
is(state_of('theme-0120'), 'active', 'it is back');

# a page that can't be had takes nothing away

$w->fail('html', times => 1000, path => '/themes/');
$r = stage('sweep');
$w->write_json('fail.json', '[]');
is($r->{code}, 1, 'no page can be had: done in part');
is(active(), 149, 'R 12: nothing changes');
is($t->sql_value('SELECT count(*) FROM observations'), 0,
   'and nothing was observed');
is(stage('sweep')->{counts}{asked}, 150, 'the next sweep does it');



# --- R 14: a service sweeps its part of the plugins in each cycle, and all
# themes when it is time

sub themes_at {
    return $t->sql_value('SELECT now - value FROM meta,'
                         . ' (SELECT unixepoch() AS now)'
                         . " WHERE name = 'sweep_themes_at'") || 0;
}

sub walks { scalar grep { $_->{query} =~ /query_themes/ } $w->requests }

sub cycles {
    my ($n) = @_;

    my $sql = 'SELECT count(*) FROM pipeline_runs WHERE outcome IS NOT NULL';
    my $before = $t->sql_value($sql);

    $t->wait_for(sub { $t->sql_value($sql) >= $before + $n }, "$n cycles",
                 30);
}

sub set_themes_at {
    my ($ago) = @_;

    $w->clear_requests;
    $t->sql("UPDATE meta SET value = unixepoch() - $ago"
            . " WHERE name = 'sweep_themes_at'");
}

$t->configure(catalogue => { path => $t->catalogue,
                             list => $t->dir . '/list' },
              wporg => { recheck => '0' }, http => { retries => 0 },
              schedule => { interval => '1s', sweep => '2h' });
set_themes_at(60);

my $service = $t->syncd_start('run');

cycles(2);
is(walks(), 0, 'R 14: it is not time for themes yet');

set_themes_at(7200);
$t->wait_for(sub { walks() == 1 }, 'R 14: after two hours it is', 20);
cycles(2);
is(walks(), 1, 'and then no more');
cmp_ok(themes_at(), '<=', 30, 'it is remembered when');

$w->fail('status', status => 404, times => 1000, path => '/themes/');
set_themes_at(7200);
$t->wait_for(sub { walks() == 1 }, 'one that fails', 20);
$t->wait_for(sub { themes_at() < 7200 }, 'is remembered as well', 30);
cycles(2);
is(walks(), 1, 'and not tried again in each cycle');
cmp_ok(abs(themes_at() - 3600), '<=', 30, 'but in an hour');

is($t->finish($service, 'TERM', 20)->{code}, 0, 'the service ends');
$w->write_json('fail.json', '[]');


# --- R 11: more than a page, and the parts of one begin where it does

my @more = map { sprintf 'more-%04d', $_ } 1 .. 1010;

$w->theme($_) for @more;
$t->configure(wporg => { recheck => '0' }, http => { retries => 0 });
forget();
discover(map { "theme/$_" } @more);
$r = stage('update');
is("$r->{pages} $r->{counts}{fetched}", '2 1010', 'R 11: two pages');
is_deeply($r->{single}, [], 'and nothing else');

$w->fail('html', query => '\[page\]=2&', times => 1);
$w->fail('html', query => '\[page\]=4&', times => 1);
due();
$r = stage('update');
is($r->{counts}{fetched}, 1010,
   'the second can not be had, nor a third of it');
is(join(' ', sort map {
       $_->{query} =~ /\[page\]=(\d+)&request\[per_page\]=(\d+)/
           ? "$2:$1" : ()
   } @{$r->{requests}}),
   '111:10 111:11 111:12 333:4 333:5 333:6 999:1 999:2', 'but its parts');
is_deeply($r->{single}, [], 'which tell of all');

is(stage('sweep')->{pages}, 2, 'R 14: the sweep of so many');
$w->remove('theme', $_) for @more;


# --- R 10, R 11: the audit: all themes at one time, by pages

my @ghosts = map { sprintf 'ghost-%03d', $_ } 1 .. 120;

sub update_at {
    my ($offset) = @_;

    $w->clear_requests;

    my $got = $t->syncd_at($offset, 'update');
    is($got->{code}, 0, "update at $offset") or diag($got->{err});

    return join ' ', scalar($w->requests),
        $got->{out} =~ /update: (\d+) fetched/ ? $1 : 0;
}

forget();
$w->theme('theme-0121');
$t->configure(wporg => { follow => 'on' }, http => { retries => 0 });
discover(map { "theme/$_" } @themes, @ghosts);
$r = stage('update');
is($r->{counts}{fetched}, 150, 'what there is, is fetched');
is($r->{counts}{not_found}, 120, 'and what is not, not');
is(scalar @{$r->{single}}, 120, 'after each of it was asked for alone');

# how many requests, and how many are fetched

is(update_at('+5d'), '0 0', 'nothing is due for a week');
is(update_at('+8d'), '1 0', 'R 11: what is not there: one page a week');
is($t->sql_value("SELECT count(*) FROM packages WHERE state = 'not_found'"),
   120, 'it is still not there');
is(update_at('+31d'), '1 150', 'R 10: the audit of all themes: one page');

# what a page has is there, of course

$w->theme($_) for @ghosts[0 .. 9];
is(update_at('+40d'), '1 10', 'some have come');

# nothing is concluded where a page can't be had

$w->fail('status', status => 404, body => '{"error":"x"}', times => 1,
         query => 'query_themes');
is(update_at('+50d'), '111 0', 'no pages: one by one');

$t->done;

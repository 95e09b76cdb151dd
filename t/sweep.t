#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# "sweep", and what "update" believes: closures and reopenings (rule R 14).


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;
my $w = $t->wporg;

$t->configure(wporg => { recheck => '0' }, http => { retries => 0 });
is($t->syncd('migrate')->{code}, 0, 'migrate');

my @plugins = map { sprintf 'plugin-%03d', $_ } 1 .. 150;
my @themes = map { "theme-$_" } 1 .. 3;


# runs a command: the result, with {requests} and the counts of its last stage

sub stage {
    $w->clear_requests;

    my $r = $t->syncd(@_);
    my $stages = $t->sql_value('SELECT stages FROM pipeline_runs '
                               . 'ORDER BY id DESC LIMIT 1');

    $r->{requests} = [ $w->requests ];
    $r->{counts} = JSON::PP::decode_json($stages)->[-1];

    return $r;
}


sub state_of {
    my ($slug) = @_;
    return $t->sql_value("SELECT state FROM packages WHERE slug = '$slug'");
}


sub count { $t->sql_value("SELECT count(*) FROM $_[0]") }


sub documents { count("documents WHERE content_hash IS NOT NULL") }


# what was observed, was so ten minutes ago

sub later {
    $t->sql('UPDATE observations SET observed_at = observed_at - 600');
}


sub open_all {
    $w->plugin($_) for @plugins;
    $w->theme($_) for @themes;
}


open_all();
my $list = $t->write_file('list', join '', (map { "plugin/$_\n" } @plugins),
                          (map { "theme/$_\n" } @themes));
is($t->syncd('discover', '--source=list', $list)->{code}, 0, 'discover');
is(stage('update')->{counts}{fetched}, 153, 'update');
my $all = documents();


# --- R 14: the cost: bulk requests, and no more of an answer than needed

my $r = stage('sweep');

is($r->{code}, 0, 'sweep') or diag($r->{err});
is($r->{counts}{asked}, 153, 'everything is asked about');
is(scalar @{$r->{requests}}, 5, 'in two requests, and one a theme');
is(scalar(grep { $_->{query} =~ /\[versions\]=0/
                 && $_->{query} !~ /=1(?:&|$)/ } @{$r->{requests}}), 5,
   'that want none of the fields');
is(count('packages WHERE next_check_at IS NOT NULL'), 0,
   'nothing is due by that');
is(count('observations'), 0, 'nothing has been observed');
like($t->sql_value("SELECT value FROM meta WHERE name = 'sweep_ended_at'"),
     qr/^\d+$/, 'the pass has ended');


# --- R 14: two observations, ten minutes apart

$w->closed('plugin', 'plugin-007', permanent => 1, reason => 'x');
$w->remove('theme', 'theme-2');

$r = stage('sweep');
is($r->{code}, 0, 'a closure is seen once') or diag($r->{err});
is($r->{counts}{observed}, 2, 'and noted');
is(state_of('plugin-007'), 'active', 'but not believed');
is(documents(), $all, 'its documents are there');

$r = stage('sweep');
is($r->{counts}{observed}, 2, 'a second time, at once');
is(state_of('plugin-007'), 'active', 'is no second observation');

$r = stage('update');
is(scalar @{$r->{requests}}, 0, 'it is not due yet');
is(count('packages WHERE next_check_at BETWEEN unixepoch() + 590'
         . ' AND unixepoch() + 600'), 2, 'but in ten minutes');

later();
$r = stage('sweep');
is($r->{counts}{closed} + $r->{counts}{not_found}, 2, 'ten minutes later');
is(state_of('plugin-007'), 'closed_for_good', 'it is closed');
is(state_of('theme-2'), 'not_found', 'and the other one is gone');
is(documents(), $all + 1,
   'their names are claimed: the documents stay, and the list of claims comes');
is(count('documents WHERE claims = 1'), 4, 'two documents each');
is(count('observations'), 0, 'nothing is left to be observed');

my ($row) = $t->sql('SELECT old_state, new_state, reason,'
                    . ' state_changes.changed_at >= unixepoch() - 60'
                    . ' FROM state_changes'
                    . " JOIN packages ON packages.id = package_id"
                    . " WHERE slug = 'plugin-007'");
is_deeply($row, [ 'active', 'closed_for_good', 'Author Request', 1 ],
          'the history has it, with date and reason');

# by way of "update", which is what the pause leads to

$w->closed('plugin', 'plugin-008');
is(stage('sweep')->{counts}{observed}, 1, 'another closure is seen');
$t->sql('UPDATE packages SET next_check_at = 1 WHERE next_check_at > 0'
        . " AND state = 'active'");
$r = stage('update');
is($r->{counts}{observed}, 1, 'update asks too soon');
is(state_of('plugin-008'), 'active', 'and does not believe it');
later();
$t->sql('UPDATE packages SET next_check_at = 1 WHERE next_check_at > 0'
        . " AND state = 'active'");
$r = stage('update');
is($r->{counts}{closed}, 1, 'the second observation is that of update');
is(state_of('plugin-008'), 'closed', 'closed');

# an observation that is contradicted counts for nothing

$w->closed('plugin', 'plugin-009');
stage('sweep');
is(count('observations'), 1, 'seen once');
$w->plugin('plugin-009');
stage('sweep');
is(count('observations'), 0, 'open again: forgotten');

$w->closed('plugin', 'plugin-009');
stage('sweep');
$w->plugin('plugin-009');
stage('update', 'plugin/plugin-009');
is(count('observations'), 0, 'a fetch makes it forgotten, too');


# --- R 14: reopened: due at once, and fetched

$w->plugin('plugin-008', { versions => { '3.0' => undef } });
$r = stage('sweep');
is($r->{counts}{reopened}, 1, 'a reopening is seen');
is(state_of('plugin-008'), 'closed', 'it is not open before it was fetched');
$r = stage('update');
is($r->{counts}{fetched}, 1, 'it is fetched');
is(state_of('plugin-008'), 'active', 'open again');
is(count("state_changes WHERE old_state = 'closed'"
         . " AND new_state = 'active'"), 1, 'the history has it');


# --- R 12, R 14: closed for good: not swept, but asked about weekly

$r = stage('sweep');
ok(!(grep { $_->{query} =~ /plugin-007/ } @{$r->{requests}}),
   'what is closed for good is not swept');
is(count("packages WHERE slug = 'plugin-007' AND next_check_at BETWEEN"
         . ' unixepoch() + 7 * 86400 - 60 AND unixepoch() + 7 * 86400'), 1,
   'it is due a week later');
is(count("packages WHERE slug = 'theme-2' AND next_check_at BETWEEN"
         . ' unixepoch() + 6 * 86400 - 60 AND unixepoch() + 7 * 86400'), 1,
   'so is what is not found');
is(scalar @{stage('update')->{requests}}, 0, 'and not before that');
$w->plugin('plugin-007');
$t->sql("UPDATE packages SET next_check_at = 1 WHERE slug = 'plugin-007'");
stage('update');
is(state_of('plugin-007'), 'active', 'and may come back');

# WordPress.org makes up its mind while it is closed

$w->closed('plugin', 'plugin-010');
stage('update', 'plugin/plugin-010');
is(state_of('plugin-010'), 'closed', 'closed for now');
$w->closed('plugin', 'plugin-010', permanent => 1);
is(stage('sweep')->{counts}{closed}, 1, 'the sweep sees that it is for good');
is(state_of('plugin-010'), 'closed_for_good', 'which needs no second look');
$w->plugin('plugin-010');
stage('update', 'plugin/plugin-010');


# --- R 14, circuit breaker: more than max(3, 0.5 %) flips none

my $active = count("packages WHERE state = 'active'");

$w->closed('plugin', $_) for @plugins[0 .. 59];

for my $stage ('sweep', 'sweep', 'update') {
    $t->sql('UPDATE packages SET next_check_at = 1') if $stage eq 'update';
    $r = stage($stage);
    is($r->{code}, 1, "60 of 152 closed: $stage is done in part");
    like($r->{err},
         qr/seem to be gone: \d+; only 3 a day .*--force/,
         'says so, once');
    cmp_ok($r->{counts}{doubted}, '>', 0, 'doubts it');
    is(count("packages WHERE state = 'active'"), $active, 'flips none');
    later();
}

open_all();
$r = stage('sweep');
is($r->{code}, 0, 'it was not true') or diag($r->{err});
is(count('observations'), 0, 'and nothing of it is left');

$w->closed('plugin', $_) for @plugins[0 .. 59];
$r = stage('sweep', '--force');
is($r->{code}, 0, 'it is true: --force') or diag($r->{err});
is($r->{counts}{closed}, 60, 'closes all of them');

$t->sql('UPDATE packages SET next_check_at = NULL');
open_all();
$r = stage('sweep');
is($r->{code}, 1, '60 opened at once: done in part');
like($r->{err}, qr/60 closed packages .* more than the limit of 50 .*--force/,
     'says so');
is($r->{counts}{reopened}, 0, 'reopens none');
is(scalar @{stage('update')->{requests}}, 0, 'fetches none');

is(stage('sweep', '--force')->{counts}{reopened}, 60, '--force: all of them');
is(stage('update')->{counts}{fetched}, 60, 'are fetched');
is(count("packages WHERE state = 'active'"), $active, 'and active');

# 3 are no more than 3 of a day

$t->sql('UPDATE believed SET believed_at = believed_at - 86400');

$w->closed('plugin', $_) for @plugins[0 .. 2];
is(stage('sweep')->{counts}{observed}, 3, '3 closed at once');
later();
$r = stage('sweep');
is($r->{code}, 0, 'may be true') or diag($r->{err});
is($r->{counts}{closed}, 3, 'all of them are closed');


# --- R 12: an API that fails: nothing changes, nothing is put off

open_all();
$t->sql('UPDATE packages SET next_check_at = NULL');

my $everything = sub {
    JSON::PP->new->encode([ $t->sql('SELECT id, state, next_check_at,'
                                    . ' failures FROM packages') ]);
};
my $before = $everything->();

for my $failure ([ 'html' ], [ 'status', status => 503 ],
                 [ 'status', status => 404 ], [ 'truncate' ],
                 [ 'garbage' ]) {
    my ($what, %how) = @$failure;

    $w->fail($what, times => 10000, %how);
    $r = stage('sweep');
    $w->write_json('fail.json', '[]');

    is($r->{code}, 1, "$what: done in part");
    is($everything->(), $before, "$what: nothing has changed");
    cmp_ok(scalar @{$r->{requests}}, '<=', 40, "$what: bounded requests");
}

# answers about another slug

$w->raw('plugin', $_, '{"slug":"other","versions":{}}') for @plugins[60, 61];
$r = stage('sweep');
is($r->{code}, 1, 'answers about another slug');
is($r->{counts}{transient}, 2, 'say nothing');
open_all();


# --- it goes on where it has ended, and a cursor that is none is an error

my ($middle) = map { $_->[0] } $t->sql(
    "SELECT id FROM packages WHERE slug = 'plugin-140'");

$t->sql("UPDATE meta SET value = $middle WHERE name = 'sweep_cursor_plugin'");
$r = stage('sweep', '--force');
is($r->{counts}{asked}, 10 + count("packages WHERE type = 'theme'"
                                   . " AND state = 'active'"),
   'only what is left of the pass');
is(count("meta WHERE name = 'sweep_cursor_plugin' AND value = 0"), 1,
   'the next one begins anew');

for my $nonsense ("'x'", '-1', '1.5') {
    $t->sql("UPDATE meta SET value = $nonsense"
            . " WHERE name = 'sweep_cursor_plugin'");
    $r = stage('sweep');
    isnt($r->{code}, 0, "cursor $nonsense: an error");
    like($r->{err}, qr/sweep_cursor_plugin/, 'that names it');
    is(scalar @{$r->{requests}}, 0, 'and no request');
}

$t->sql("UPDATE meta SET value = 0 WHERE name = 'sweep_cursor_plugin'");


# --- a stop: within seconds, and the cursor of the pass is kept

$w->fail('slow', seconds => 30, times => 100);
my $p = $t->syncd_start('sweep');
$w->clear_requests;
$t->wait_for(sub { scalar @{[ $w->failures ]} == 0
                   || (map { $_->{times} } $w->failures)[0] < 100 },
             'requests are under way');
my $start = time;
$r = $t->finish($p, 'TERM', 20);
$w->write_json('fail.json', '[]');
is($r->{code}, 1, 'stopped: done in part');
cmp_ok(time - $start, '<=', 10, 'within ten seconds');
is(stage('sweep')->{code}, 0, 'the next one does it');


$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# R 10: no blind refresh of everything, but a slow rolling audit: where
# Subversion is followed a package is fetched again after half a month to one
# and a half, each at a time of its own.


use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;
my $w = $t->wporg;
my @plugins = map { sprintf 'plugin-%03d', $_ } 1 .. 300;

$w->plugin($_) for @plugins;
$w->closed('plugin', 'shut', permanent => 1);


# $wporg{follow} without discovery: "update" does no more than read it

sub configure {
    my (%wporg) = @_;
    $t->configure(wporg => { follow => 'on', %wporg });
}

sub update_at {
    my ($offset) = @_;

    $w->clear_requests;

    my $r = $offset ? $t->syncd_at($offset, 'update') : $t->syncd('update');

    is($r->{code}, 0, "update at $offset") or diag($r->{err});
    return $r->{out} =~ /update: (\d+) fetched/ ? $1 : 0;
}

sub times_of_all {
    return $t->sql_value('SELECT group_concat(id || " " ||'
                         . ' (next_check_at - fetched_at))'
                         . ' FROM (SELECT * FROM packages'
                         . " WHERE state = 'active' ORDER BY id)");
}

sub days {
    return map { $_->[0] } $t->sql(
        'SELECT (next_check_at - fetched_at) / 86400.0 FROM packages'
        . " WHERE state = 'active' ORDER BY 1");
}


configure();
is($t->syncd('migrate')->{code}, 0, 'migrate');
$t->write_file('list', join '', map { "plugin/$_\n" } @plugins, 'shut');
$t->syncd('discover', '--source=list', $t->dir . '/list');
is(update_at(0), 300, 'all are fetched');

my @days = days();
cmp_ok($days[0], '>=', 15, 'R 10: the first after half a month');
cmp_ok($days[0], '<', 16, 'and not much later');
cmp_ok($days[-1], '<=', 45, 'R 10: the last after one and a half');
cmp_ok($days[-1], '>', 44, 'and not much earlier');

my %a_day;
my ($most) = sort { $b <=> $a } map { ++$a_day{int $_} } @days;
cmp_ok($most, '<=', 20, 'R 10: ten a day, more or less');

is($t->sql_value('SELECT (next_check_at - fetched_at) / 86400 FROM packages'
                 . " WHERE slug = 'shut'"), 7,
   'what is closed for good is asked for weekly all the same');

is(update_at(0), 0, 'nothing is due');
is(scalar($w->requests), 0, 'and nothing is asked for');

my $times = times_of_all();
my $first = update_at('+16d');

cmp_ok($first, '>=', 1, 'after 16 days the first are due');
cmp_ok($first, '<=', 40, 'and few of them');
is(scalar($w->requests), 1, 'in one request');
is(times_of_all(), $times, 'R 10: a time of its own, always the same');

# the clock is right again: nothing is put off for longer than it can be

is(update_at(0), 0, 'nothing is due because of that');


# another setting takes hold of what was fetched under this one, once

$t->sql("UPDATE packages SET fetched_at = unixepoch() - 100"
        . " WHERE state = 'active'");
configure(recheck => '1h');
is(update_at(0), 0, 'an hour: not yet');
is($t->sql_value("SELECT count(*) FROM packages WHERE state = 'active'"
                 . ' AND next_check_at = fetched_at + 3600'), 300,
   'an hour after the last fetch');

configure(recheck => '0');
is(update_at(0), 0, 'never');
is($t->sql_value("SELECT count(*) FROM packages WHERE state = 'active'"
                 . ' AND next_check_at IS NULL'), 300, 'for all of them');

# fetched long ago: an upgrade does not have all of it fetched at once

$t->sql("UPDATE packages SET fetched_at = fetched_at - 200 * 86400");
configure();
cmp_ok(update_at(0), '<=', 2, 'the audit begins slowly');

my ($soon, $late) = @{($t->sql(
    'SELECT sum(next_check_at < unixepoch() + 86400),'
    . ' sum(next_check_at > unixepoch() + 31 * 86400) FROM packages'
    . " WHERE state = 'active'"))[0]};

cmp_ok($soon, '<=', 25, 'ten a day, as ever');
cmp_ok($late, '<=', 2, 'and all of it within a month');

$t->done;

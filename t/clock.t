#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# A clock that was wrong once must not be believed for ever.


use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Test::WPPkg;
use Test::WPPkg::SVN;


my $t = Test::WPPkg->new;
my $w = $t->wporg;

$w->plugin($_) for qw(one two three);
$t->write_file('list', "plugin/one\nplugin/two\nplugin/three\n");
$t->configure(catalogue => { path => $t->catalogue,
                             list => $t->path('list') });

is($t->syncd('migrate')->{code}, 0, 'migrate');
is(run_at('+400d'), 3, 'fetched, 400 days ahead');

is(run_at('+0d'), 3, 'the clock is right again: due at once');
is(run_at('+0d'), 0, 'and then when the time has come');
is(run_at('+2h'), 3, 'which is after "recheck"');
is(run_at('-1d'), 0, 'a clock that is behind: nothing is due');


# dates and stamps go forward whatever the clock does

# bug 33: Last-Modified is the catalogue's, no clock's

my $dates = q{SELECT group_concat(content_changed_at || ' ' || published_at)
                FROM (SELECT * FROM documents WHERE package_id IS NOT NULL
                       ORDER BY id)};
my @before = split /[ ,]/, $t->sql_value($dates);

$w->plugin($_, { versions => { '2.0' => undef } }) for qw(one two three);
is($t->syncd_at('-30d', 'update', map { "plugin/$_" }
                                      qw(one two three))->{code}, 0,
   'bug 33: a change, 30 days back');

my @after = split /[ ,]/, $t->sql_value($dates);
my @back = grep { $after[$_] < $before[$_] } 0 .. $#before;

cmp_ok(scalar @before, '>=', 12, 'dates and stamps');
isnt("@before", "@after", 'which have changed');
is(scalar @back, 0, 'none goes back');

# R 14, R 15: one run far ahead, or far behind, settles no commit that was
# never seen and withdraws nothing

my $plugins = Test::WPPkg::SVN->repository($t, 'plugins');
my $themes = Test::WPPkg::SVN->repository($t, 'themes');

$plugins->commit(map { my $slug = $_; map { [ mkdir => "$slug$_" ] }
                       '', '/trunk', '/tags', '/tags/1.0' } 'four', 'five');
$w->plugin($_) for qw(four five);

my @servers = map { $_->serve } $plugins, $themes;

for my $leap ('+3650d', '-3650d') {
    unlink glob $t->catalogue . '*';

    $w->plugin($_) for qw(four five);
    $t->configure(wporg => { plugins_svn => $servers[0]->url, recheck => '0',
                             themes_svn => $servers[1]->url, follow => 'on' },
                  schedule => { sweep => '1h' });
    $t->syncd('migrate');
    is($t->syncd('run', '--once')->{code}, 0, "$leap: Subversion is followed");

    my $head = $plugins->youngest + 1;

    $plugins->commit([ cp => 'HEAD', 'four/trunk', "four/tags/2.$head" ]);
    $w->closed('plugin', 'five');

    for my $run ([ '+0d', 'sweep' ], [ $leap, 'run', '--once' ],
                 [ $leap, 'sweep' ], [ '+1m', 'run', '--once' ],
                 [ '+2m', 'sweep' ])
    {
        my ($at, @command) = @$run;
        is($t->syncd_at($at, @command)->{code}, 0, "@command, at $at");
    }

    is($t->sql_value('SELECT changed_rev > synced_rev FROM packages'
                     . " WHERE slug = 'four'"), 1, 'no commit is settled');
    is($t->sql_value("SELECT state FROM packages WHERE slug = 'five'"),
       'active', 'nothing is withdrawn');

    # an hour later all is as it was

    $w->plugin('four', { versions => { '1.0' => undef,
                                       "2.$head" => undef } });
    is($t->syncd_at($_, 'run', '--once')->{code}, 0, "at $_")
        for '+30m', '+70m';
    is($t->sql_value('SELECT changed_rev > synced_rev FROM packages'
                     . " WHERE slug = 'four'"), 0, 'the commit is seen');
    is($t->syncd_at('+85m', 'sweep')->{code}, 0, 'at +85m');
    is($t->sql_value("SELECT state FROM packages WHERE slug = 'five'"),
       'closed', 'and the closure is true');
}

$_->stop for @servers;

$t->done;


# how many packages a run fetches when the clock says so

sub run_at {
    my ($offset) = @_;

    my $r = $t->syncd_at($offset, 'run', '--once');

    return "code $r->{code}: $r->{err}" if $r->{code} != 0;
    return $r->{out} =~ /update: (?:(\d+) fetched|nothing to do)/
           ? $1 || 0 : $r->{out};
}

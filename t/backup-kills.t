#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# "restore" and "backup" killed at random, while nginx serves: the catalogue is
# the old one or the new one, all of it; if it is the new one, the feed begins
# anew; a backup that has its name is whole.


use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents;
use Test::WPPkg::Process qw(alive);
use Time::HiRes ();


my $t = Test::WPPkg->new;
my $db = catalogue_create($t);
my $rounds = $ENV{ROUNDS} || 60;
my $seed = $ENV{SEED} || $$;
my @paths = map { "p2/wp-plugin/d$_.json" } 1 .. 5;

srand($seed);

# 12 MB that take their time

$t->sql('CREATE TABLE filler (x);'
        . ' WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n'
        . ' WHERE i < 120) INSERT INTO filler SELECT randomblob(100000)'
        . ' FROM n');

for my $which (qw(one two)) {
    document_put($t, $_, "$which $_", 1700000000) for @paths;
    document_put($t, "p2/wp-plugin/$which.json", $which, 1700000000);
    is($t->syncd('backup', $t->path("$which.db"))->{code}, 0,
       "backup $which");
    document_delete($t, "p2/wp-plugin/$which.json");
}

my $url = $t->nginx(locations => "location / { wppkg_catalogue $db; }");


sub killed_within {
    my ($within, @command) = @_;

    my $deadline = Time::HiRes::time() + rand($within);
    my $pid = $t->start([ $t->build_dir . '/wppkg-syncd', '-c',
                          $t->path('wppkg.conf'), @command ],
                        out => $t->path('daemon.out'),
                        err => $t->path('daemon.err'),
                        env => { $t->environment });

    while (alive($pid)) {
        kill 'KILL', -$pid if Time::HiRes::time() > $deadline;
        Time::HiRes::sleep(0.002);
    }

    return ($? & 127) == 9;
}

# what nginx serves: "one", "two", or what is wrong

sub served {
    my %of;

    for my $path (@paths) {
        my $r = $t->get("/$path");
        return "$path: $r->{status}" if $r->{status} != 200;
        return "$path: $r->{content}"
            if $r->{content} !~ /^(one|two) \Q$path\E$/;
        $of{$1} = 1;
    }

    return join ' and ', sort keys %of;
}

sub since { ($t->get('/metadata/changes.json')->{content}
             =~ /"timestamp":(\d+)/)[0] }

sub begins_anew {
    my ($since) = @_;
    return $t->get("/metadata/changes.json?since=$since")->{content}
           =~ /"resync"/ ? 1 : 0;
}


# how long it takes

my $start = Time::HiRes::time();
is($t->syncd('restore', $t->path('one.db'))->{code}, 0, 'restored');
my $takes = Time::HiRes::time() - $start;

my (%count, @wrong);
my $is = served();
is($is, 'one', 'it is the first');

for my $round (1 .. $rounds) {
    my $to = $is eq 'one' ? 'two' : 'one';
    my $since = since();
    my $killed = killed_within(1.2 * $takes, 'restore', $t->path("$to.db"));
    my $got = served();

    push @wrong, "round $round: $got" if $got !~ /^(?:one|two)$/;
    push @wrong, "round $round: $got, but the feed goes on"
        if begins_anew($since) != ($got eq $is ? 0 : 1);

    $count{$killed ? 'killed' : 'done'}{$got eq $is ? 'old' : 'new'}++;
    $is = $got;

    # any command that writes finds it in order
    if ($round % 10 == 0) {
        push @wrong, "round $round: migrate" if $t->syncd('migrate')->{code};
        push @wrong, "round $round: damaged"
            if $t->sql_value('PRAGMA integrity_check') ne 'ok';
    }
}

is(join("\n", @wrong), '', "R 36: the one or the other, seed $seed");
cmp_ok($count{killed}{old} || 0, '>', $rounds / 10, 'some were killed before');
cmp_ok(($count{killed}{new} || 0) + ($count{done}{new} || 0), '>', 0,
       'some have come through');
is($count{done}{old}, undef, 'what has ended has done it');
is(scalar(() = glob "$db?*"), 3, 'no other files are left beside it');


# --- and a backup

my $backup = $t->path('backup.db');
my $whole = 0;

for my $round (1 .. $rounds / 3) {
    killed_within($takes, 'backup', $backup);
    next if !-e $backup;

    my ($row) = $t->sql('PRAGMA integrity_check', $backup);
    push @wrong, "backup $round: $row->[0]" if $row->[0] ne 'ok';
    $whole++;
}

is(join("\n", @wrong), '', 'what has the name of a backup is one');
cmp_ok($whole, '>', 0, 'some were');
is($t->syncd('backup', $backup)->{code}, 0, 'the last one is made');
is(scalar(() = glob "$backup?*"), 0, 'and nothing is left of the others');

$t->done;

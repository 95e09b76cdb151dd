#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# "run" as a service: cycles, one lock, signals, what systemd hears.


use strict;
use warnings;
use lib 't/lib';

use IO::Select;
use IO::Socket::UNIX;
use JSON::PP ();
use Socket qw(SOCK_DGRAM);
use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;
my $w = $t->wporg;
my $list = $t->write_file('list', "plugin/one\n");

my %conf = (
    catalogue => { path => $t->catalogue, list => $list },
    wporg     => { recheck => '0' },
    http      => { retries => 0 },
    schedule  => { interval => '1s', sweep => '2s' },
);

$t->configure(%conf);
$w->plugin($_) for qw(one two three);

my $path = $t->dir . '/notify';
my $notify = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $path)
    or die "$path: $!\n";
my @heard;


# everything that systemd has heard so far

sub heard {
    my $select = IO::Select->new($notify);

    while ($select->can_read(0)) {
        $notify->recv(my $text, 4096);
        push @heard, $text;
    }

    return @heard;
}


# systemd hears all the time

sub wait_for {
    my ($ask, @more) = @_;
    return $t->wait_for(sub { heard(); $ask->() }, @more);
}


sub runs { $t->sql_value('SELECT count(*) FROM pipeline_runs'
                         . ' WHERE outcome IS NOT NULL') }

sub state_of {
    my ($slug) = @_;
    return $t->sql_value("SELECT state FROM packages WHERE slug = '$slug'")
           || '';
}


# --- the unit: keys are in no core dump, its times are the program's

{
    open my $fh, '<', 'sync-daemon/wppkg-syncd.service' or die $!;
    my $unit = do { local $/; <$fh> };

    open $fh, '<', 'sync-daemon/syncd_http.c' or die $!;
    my ($grace) = map { /^#define SYNCD_HTTP_GRACE +(\d+)/ } <$fh>;

    like($unit, qr/^LimitCORE=0$/m, 'no core dumps');
    $grace /= 1000;
    like($unit, qr/have $grace seconds after SIGTERM/,
         'the time after a stop is what the program takes');
}


# --- what can't begin

my $r = $t->syncd('run');
is($r->{code}, 2, 'no catalogue');
like($r->{err}, qr/does not exist: run "wppkg-syncd migrate"/, 'says so');
is(scalar heard(), 0, 'and is not ready');

is($t->syncd('migrate')->{code}, 0, 'migrate');


# --- cycles

my $p = $t->syncd_start({ env => { NOTIFY_SOCKET => $path } }, 'run');

wait_for(sub { grep { /^READY=1\nSTATUS=/ } heard() }, 'it is ready');
wait_for(sub { runs() >= 3 }, 'one cycle follows another');
is(state_of('one'), 'active', 'and does its work');
ok((grep { /^STATUS=running/ } heard()), 'STATUS: running');
ok((grep { /^STATUS=idle; the last run was done; / } heard()),
   'STATUS: idle');

my ($row) = $t->sql('SELECT command, outcome, error, pid, stages'
                    . ' FROM pipeline_runs WHERE outcome IS NOT NULL'
                    . ' ORDER BY id DESC LIMIT 1');
is_deeply([ @$row[0 .. 3] ], [ 'run', 'done', undef, $p->{pid} ],
          'each has a row of its own');
is_deeply([ map { $_->{stage} } @{JSON::PP::decode_json($row->[4])} ],
          [ qw(discover sweep update) ], 'with its stages');
is(scalar(grep { $_->{ms} =~ /^\d+$/ } @{JSON::PP::decode_json($row->[4])}),
   3, 'and what they took');

$t->write_file('list', "plugin/one\nplugin/two\n");
wait_for(sub { state_of('two') eq 'active' }, 'the list is read again');


# --- one lock for the whole life; "status" needs none, t/control.t has those
# that the service does

for my $command ([ 'discover', '--source=list', $list ], [ 'run' ],
                 [ 'run', '--once' ], [ 'migrate' ])
{
    $r = $t->syncd(@$command);
    is($r->{code}, 75, "@$command is locked out");
    like($r->{err}, qr/process $p->{pid} holds the lock/, 'says by whom');
}

is($t->syncd('status', 'plugin/one')->{code}, 0, 'status is not');
like($t->syncd('status')->{out},
     qr/^daemon: +process $p->{pid} holds the lock \(the service\)$/m,
     'status says that it runs');
is_deeply(JSON::PP::decode_json($t->syncd('status', '--json')->{out})
          ->{daemon}, { running => JSON::PP::true, pid => $p->{pid},
                        service => JSON::PP::true }, 'to programs too');
is($t->sql_value("SELECT value FROM meta WHERE name = 'run_interval'"), 1,
   'its interval is in the catalogue');
like($r->{err}, qr/it is the service; .*"systemctl stop wppkg-syncd"/,
     'and what to do');


# --- R 14: the sweep, in parts

$w->closed('plugin', 'two');
wait_for(sub { $t->sql_value('SELECT count(*) FROM observations') == 1 },
             'a closure is observed', 20);
is(state_of('two'), 'active', 'and not yet believed');
$t->sql('UPDATE observations SET observed_at = observed_at - 600');
wait_for(sub { state_of('two') eq 'closed' }, 'until it is seen again',
             20);
$w->plugin('two');
wait_for(sub { state_of('two') eq 'active' }, 'a reopening is fetched',
             20);


# --- SIGHUP: read again; a bad file changes nothing

my $errors = sub { $t->read_file($p->{err_file}) };

$t->write_file('wppkg.conf', "[catalogue]\npath = " . $t->catalogue
               . "\n[wporg]\nbulk = many\n");
kill 'HUP', $p->{pid};
wait_for(sub { $errors->() =~ /goes on with the old configuration/ },
         'a bad file');
like($errors->(), qr/wppkg\.conf:4: "bulk": "many" is not a number/,
     'is an error that names the line');

my $before = runs();
wait_for(sub { runs() > $before }, 'and the service goes on');

$t->configure(%conf, catalogue => { path => $t->dir . '/other.db' });
kill 'HUP', $p->{pid};
wait_for(sub { $errors->() =~ /"path" in \[catalogue\] has changed/ },
             'another catalogue needs a restart');

wait_for(sub { (grep { $_ eq 'READY=1' } @heard) >= 2 }, 'READY, twice');
@heard = ();
$t->write_file('list2', "plugin/three\n");
$t->configure(%conf, catalogue => { path => $t->catalogue,
                                    list => $t->dir . '/list2' },
              schedule => { interval => '1s', sweep => '0' });
kill 'HUP', $p->{pid};
wait_for(sub { state_of('three') eq 'active' }, 'a good file counts');
wait_for(sub { grep { $_ eq 'READY=1' } @heard }, 'READY');
like($errors->(), qr/again; changed: \[catalogue\] list, \[schedule\] sweep$/m,
     'says so, and what has changed');

my @told = grep { /^(?:RELOADING|READY)/ } heard();
like($told[0] || '', qr/^RELOADING=1\nMONOTONIC_USEC=\d+$/,
     'RELOADING, and when');
is($told[1], 'READY=1', 'READY again');
$before = runs();
wait_for(sub { runs() > $before + 1 }, 'it runs');
is_deeply([ map { $_->{stage} } @{JSON::PP::decode_json($t->sql_value(
                'SELECT stages FROM pipeline_runs WHERE outcome IS NOT NULL'
                . ' ORDER BY id DESC LIMIT 1'))} ],
          [ qw(discover update) ], 'no sweep any more');


# --- a reload begins a cycle at once, and the new list is read

$t->configure(%conf, catalogue => { path => $t->catalogue,
                                    list => $t->dir . '/list2' },
              schedule => { interval => '1d', sweep => '0' });
kill 'HUP', $p->{pid};
wait_for(sub { $errors->() =~ /(?:read again.*){2}/s }, 'a day between');
wait_for(sub { !$t->sql_value('SELECT count(*) FROM pipeline_runs'
                              . ' WHERE outcome IS NULL') }, 'it waits');
$w->plugin('four');
$t->write_file('list2', "plugin/three\nplugin/four\n");
kill 'HUP', $p->{pid};
wait_for(sub { state_of('four') eq 'active' }, 'a reload is enough');
like($errors->(), qr/read again; nothing in it has changed$/m,
     'of a file that is as it was');

$t->configure(%conf, catalogue => { path => $t->catalogue,
                                    list => $t->dir . '/list2' },
              schedule => { interval => '1s', sweep => '0' },
              service => { control => 'off' });
kill 'HUP', $p->{pid};
wait_for(sub { $errors->() =~ /changed: \[schedule\] interval, \[service\] c/
                   && $errors->() =~ /"control" .* counts after a restart$/m },
         'what counts later is said');


# --- a cycle that fails is not the end

$w->fail('status', status => 500, times => 1000);
$t->sql('UPDATE packages SET next_check_at = 1');
wait_for(sub { $t->sql_value("SELECT count(*) FROM pipeline_runs"
                                 . " WHERE outcome = 'partial'") >= 1 },
             'a cycle fails in part');
$w->write_json('fail.json', '[]');
$t->sql('UPDATE packages SET next_check_at = 1');
$before = runs();
wait_for(sub { runs() > $before + 2 }, 'the next ones follow');
($row) = $t->sql('SELECT outcome, error FROM pipeline_runs'
                 . ' WHERE outcome IS NOT NULL ORDER BY id DESC LIMIT 1');
is_deeply($row, [ 'done', undef ], 'and are good');

unlink $t->dir . '/list2';
wait_for(sub { $t->sql_value("SELECT count(*) FROM pipeline_runs"
                             . " WHERE outcome = 'failed'") >= 1 },
         'another one fails');
like($t->sql_value("SELECT error FROM pipeline_runs"
                   . " WHERE outcome = 'failed' LIMIT 1"),
     qr/^list \S+ cannot be opened/, 'with an error of its own');
$t->write_file('list2', '');


# --- SIGTERM between two cycles: at once

$t->configure(%conf, schedule => { interval => '1h', sweep => '0' });
kill 'HUP', $p->{pid};
wait_for(sub { 5 <= (() = $errors->() =~ /read again/g) }, 'reloaded');

@heard = ();
my $start = time;
$r = $t->finish($p, 'TERM', 20);
is($r->{code}, 0, 'SIGTERM while idle is a good end') or diag($r->{err});
cmp_ok(time - $start, '<=', 3, 'at once');
ok((grep { /^STOPPING=1/ } heard()), 'STOPPING');
is($t->sql_value('SELECT count(*) FROM pipeline_runs WHERE outcome IS NULL'),
   0, 'no run is left open');
is($t->syncd('update')->{code}, 0, 'the lock is free');


# --- R 35, R 38: SIGTERM in the middle: within ten seconds; signs of life
# meanwhile, and SIGHUP does not disturb

$t->configure(%conf);
$t->sql('UPDATE packages SET next_check_at = 1');
$w->fail('slow', seconds => 60, times => 100);
@heard = ();

$p = $t->syncd_start({ env => { NOTIFY_SOCKET => $path,
                                WATCHDOG_USEC => 3_000_000 } }, 'run');
wait_for(sub { ($w->failures)[0]{times} < 100 }, 'a request is in flight');
kill 'HUP', $p->{pid};
wait_for(sub { (grep { $_ eq 'WATCHDOG=1' } heard()) >= 3 },
             'signs of life while it waits for an answer', 20);

$start = time;
$r = $t->finish($p, 'TERM', 20);
is($r->{code}, 0, 'R 38: SIGTERM in a cycle is a good end');
cmp_ok(time - $start, '<=', 10, 'R 38: it ends within ten seconds');
is($t->sql_value('SELECT outcome FROM pipeline_runs'
                 . ' ORDER BY id DESC LIMIT 1'), 'cancelled',
   'the row of the run says what happened');
is($t->sql_value('SELECT count(*) FROM packages WHERE failures > 0'), 0,
   'what was in flight has not failed');
$w->write_json('fail.json', '[]');


# --- killed: the next one closes the row

$p = $t->syncd_start('run');
wait_for(sub { state_of('one') eq 'active' }, 'it runs');
$t->finish($p, 'KILL');
$t->sql("INSERT INTO pipeline_runs (command, pid, started_at)"
        . " VALUES ('run', 1, 1)");
is($t->syncd('run', '--once')->{code}, 0, 'a run after one that was killed');
is($t->sql_value("SELECT outcome FROM pipeline_runs WHERE started_at = 1"),
   'cancelled', 'closes its row');


# --- a service that nothing will ever tell of packages says so, once

$t->configure(%conf, catalogue => { path => $t->catalogue },
              schedule => { interval => '1s', sweep => '0' });

for my $case ([ 'a new catalogue', qr/the catalogue has no packages: /,
                sub { $t->sql('DELETE FROM documents WHERE package_id > 0;'
                              . 'DELETE FROM tags; DELETE FROM packages') } ],
              [ 'a full one', qr/there is no source of new packages: /,
                sub { 1 } ])
{
    my ($what, $like, $then) = @$case;

    $then->() if $what =~ /new/;
    $t->sql("INSERT INTO packages (type, slug, created_at, synced_rev)"
            . " VALUES ('plugin', 'any', 1, 9)") if $what =~ /full/;

    $p = $t->syncd_start('run');
    $before = runs();
    $t->wait_for(sub { runs() > $before + 2 }, "$what: it runs", 20);
    $t->finish($p, 'TERM');
    is(scalar(() = $p->{err} =~ /$like/g), 1, "$what: one line");
}

$t->done;

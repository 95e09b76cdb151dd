#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# What Litestream does to a catalogue: two tables of its own, a transaction
# that reads for as long as it runs, a write now and then.  Daemon, nginx,
# backups and migrations go on.  (t/long/standby.long has Litestream itself.)


use strict;
use warnings;
use lib 't/lib';

use Cwd ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Edge;


my $tables = 'CREATE TABLE IF NOT EXISTS _litestream_seq'
             . ' (id INTEGER PRIMARY KEY, seq INTEGER);'
             . 'CREATE TABLE IF NOT EXISTS _litestream_lock (id INTEGER)';
my $write = 'INSERT INTO _litestream_seq (id, seq) VALUES (1, 1)'
            . ' ON CONFLICT (id) DO UPDATE SET seq = seq + 1';

my $t = origin(plugins => 40);
my $db = $t->catalogue;
my $backup = $t->path('backup.db');

$t->sql("$tables; $write");


# --- it reads all the time, and writes

my ($reads, $stop) = map { $t->path($_) } qw(reads stop);
my $reader = $t->start([ 'sqlite3', '-bail', $db ], stdin => <<"END",
.filectrl persist_wal 1
BEGIN;
SELECT count(*) FROM _litestream_seq;
.system touch $reads; while [ ! -e $stop ]; do sleep 0.02; done
END;
END
                       out => $t->path('reader'), err => $t->path('reader'));

$t->wait_for(sub { -e $reads }, 'a transaction that reads');

my $generation = $t->sql_value('SELECT max(generation) FROM documents');

for my $round (1 .. 4) {
    offer($t, "plugin/p$_", '1.0', "1.$round") for 1 .. 40;
    update($t, map { "plugin/p$_" } 1 .. 40);
    $t->sql($write);

    like($t->get('/p2/wp-plugin/p7.json')->{content}, qr/"1\.$round"/,
         "$round: what has changed is served");
}

# feed.xml tells of all forty
is($t->sql_value('SELECT count(*) FROM documents WHERE generation >'
                 . " $generation AND path <> 'feed.xml'"), 40,
   'and nothing else is a change for nginx');


# --- everything else

for my $command ([ qw(check --local) ], [ 'status' ], [ 'migrate' ],
                 [ qw(run --once) ], [ 'backup', $backup ])
{
    my $r = $t->syncd(@$command);
    is($r->{code}, 0, "@$command") or diag($r->{err}, $r->{out});
}

my @names = map { $_->[0] } $t->sql('SELECT name FROM sqlite_schema WHERE name'
                                    . " LIKE '\\_l%' ESCAPE '\\'", $backup);
is("@{[ sort @names ]}", '_litestream_lock _litestream_seq',
   'a backup has the tables too');

$t->write_file('stop', '');
$t->wait_for(sub { waitpid($reader, 1) == $reader }, 'it ends');

my $e = Test::WPPkg->new;

$e->configure;
my $r = $e->syncd('restore', $backup);
is($r->{code}, 0, 'elsewhere: restore') or diag($r->{err});
same($e, $t, 'elsewhere');
is($e->syncd('migrate')->{code}, 0, 'elsewhere: migrate');
$e->sql("$tables; $write");
is($e->sql_value('SELECT seq FROM _litestream_seq'), 6,
   'elsewhere: Litestream finds its tables');
$e->end;


# --- an upgrade: a catalogue of the first schema, with these tables

my $old = Test::WPPkg->new;

$old->configure;
$old->sql($old->read_file(Cwd::realpath('t/data/schema-1.sql'))
          . "; $tables; $write");
$r = $old->syncd('migrate');
is($r->{code}, 0, 'of an older schema: migrate') or diag($r->{err});
is($old->sql_value('SELECT seq FROM _litestream_seq'), 1, 'and they are there');
$old->end;

$t->done;

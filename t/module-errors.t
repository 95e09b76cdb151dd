#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# A catalogue that is missing, unreadable, locked, replaced, damaged or not
# ours: 503, never 404 or an empty 200; and recovery without a restart.

use strict;
use warnings;

use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use File::Copy ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents;


my $t = Test::WPPkg->new;
my $db = $t->catalogue;

my $path = 'p2/wp-plugin/akismet.json';
my $body = '{"packages":{"wp-plugin/akismet":[]}}' x 1000;

$t->nginx(locations => "location / { wppkg_catalogue $db; }");


sub is_served {
    my ($what, $expected) = @_;

    $t->settle;

    my $r = $t->get("/$path");
    is("$r->{status} " . length $r->{content},
       '200 ' . length(defined $expected ? $expected : $body),
       "$what: served");
    is($t->get('/p2/wp-plugin/none.json')->{status}, 404,
       "$what: 404 for what is not there");
}


sub is_trouble {
    my ($what, $log) = @_;

    $t->settle;

    my $before = length $t->error_log;

    for my $p ("/$path", '/p2/wp-plugin/none.json', '/packages.json') {
        my $r = $t->get($p, { 'Accept-Encoding' => 'gzip' });

        is($r->{status}, 503, "$what: 503 for $p");
        is($r->{headers}{'retry-after'}, 1, "$what: Retry-After");
        is($r->{headers}{$_}, undef, "$what: no $_")
            for qw(etag last-modified cache-control vary content-encoding);
    }

    # what can't be a document needs no catalogue
    is($t->get('/p2/wp-plugin/Akismet.json')->{status}, 404,
       "$what: 404 for what can't be there");

    # one line a second at most: the next request of another second logs
    $t->wait_for(sub {
        $t->get("/$path");
        substr($t->error_log, $before) =~ $log;
    }, "$what: the log says why")
        or diag(grep { /wppkg/ } split /^/, substr $t->error_log, $before);
}


# files of the catalogue, moved and restored as a whole

my @suffixes = ('', '-wal', '-shm');

sub move {
    my ($from, $to) = @_;
    rename "$from$_", "$to$_" for @suffixes;
}

sub copy {
    my ($from, $to) = @_;

    for (@suffixes) {
        File::Copy::copy("$from$_", "$to$_") if -e "$from$_";
    }
}


# missing at the start, then there

# bug 35: each kind of failure has an answer, and an end

is_trouble('missing at start', qr/\Q$db\E.*No such file/);

catalogue_create($t);
document_put($t, $path, $body, 1700000000);
document_put($t, 'packages.json', '{}', 1700000000);
is_served('appeared');


# one line a second, however many requests

move($db, "$db.away");

my $before = length $t->error_log;
my $started = time;

my $requests = 0;

# into a second of which nothing is logged yet
while ($requests < 200 || time < $started + 2) {
    $t->get("/$path");
    $requests++;
}

my $lines = () = substr($t->error_log, $before) =~ /\[error\].*wppkg: /g;

cmp_ok($lines, '>=', 1, 'removed: it is logged');
cmp_ok($lines, '<=', time - $started + 2,
       'bug 35: removed: not by each request');

is_trouble('removed', qr/No such file/);
move("$db.away", $db);
is_served('back');


# replaced by another catalogue, while connections to the old one are open

copy($db, "$db.new");
$t->sql("UPDATE documents SET content_size = 4, content_hash = x'" . sha256_hex('new!') . "'
         WHERE path = '$path';
         UPDATE bodies SET body = x'" . unpack('H*', gzipped('new!')) . "'
         WHERE document_id IN (SELECT id FROM documents
                               WHERE path = '$path')", "$db.new");

move($db, "$db.away");
move("$db.new", $db);
is_served('replaced', 'new!');

my ($worker) = $t->nginx_workers;
my @deleted = grep { (readlink $_ || '') =~ /\.away|deleted/ }
                   glob "/proc/$worker/fd/*";
is(scalar @deleted, 0, 'replaced: nothing of the old one is kept open');

move("$db.away", $db);
is_served('replaced again');


# no permission

chmod 0600, map { "$db$_" } @suffixes;
move($db, "$db.away");
copy("$db.away", $db);
chmod 0600, map { "$db$_" } @suffixes;

SKIP: {
    skip 'not root: nginx is the owner', 1 if $> != 0;

    is_trouble('unreadable', qr/Permission denied|unable to open/);
}

chmod 0644, map { "$db$_" } @suffixes;
is_served('readable again');

SKIP: {
    skip 'not root: nginx is the owner', 1 if $> != 0;

    # read permission is enough, for file and directory
    chmod 0444, map { "$db$_" } @suffixes;
    chmod 0555, "$t->{dir}/catalogue";
    is_served('nothing may be written');
    $t->nginx_reload;
    is_served('nothing may be written, new worker');
    chmod 0755, "$t->{dir}/catalogue";
    chmod 0644, map { "$db$_" } @suffixes;
}


# another program's file, a newer schema, no database at all

$t->sql('PRAGMA application_id = 1');
$t->nginx_reload;
is_trouble('not ours', qr/another program's/);
$t->sql('PRAGMA application_id = 0x7770706b');
is_served('ours again');

my $version = $t->sql_value('PRAGMA user_version');
$t->sql('PRAGMA user_version = 9999');
$t->sql("UPDATE meta SET value = 9999 WHERE name = 'oldest_reader'");
$t->nginx_reload;
is_trouble('newer', qr/schema 9999/);
$t->sql("PRAGMA user_version = $version");
is_served('of our version again');

for my $what ('text', 'empty', 'directory') {
    move($db, "$db.away");

    if ($what eq 'directory') {
        mkdir "$db$_" for @suffixes;

    } else {
        $t->write_file("$db$_", $what eq 'text' && $_ eq ''
                                ? "this is no database\n" x 1000 : '')
            for @suffixes;
    }

    is_trouble($what, $what eq 'directory' ? qr/not a regular file/
                      : $what eq 'empty'   ? qr/another program's|schema/
                                           : qr/not a database/);

    if ($what eq 'directory') {
        rmdir "$db$_" for @suffixes;

    } else {
        unlink map { "$db$_" } @suffixes;
    }

    move("$db.away", $db);
    is_served("after $what");
}


# locked: the writer holds it for itself, then lets it go

my $fifo = "$t->{dir}/fifo";
system('mkfifo', $fifo) == 0 or die;

my $holder = $t->start(
    [ 'sh', '-c', "sqlite3 '$db' < '$fifo' > '$t->{dir}/holder.out'" ],
    err => "$t->{dir}/holder.err");

open my $shell, '>', $fifo or die "$fifo: $!\n";
$shell->autoflush;

# exclusive locking needs that nobody reads: a new worker has no connection
move($db, "$db.away");
$t->nginx_reload;
move("$db.away", $db);

print $shell ".filectrl persist_wal 1\n.timeout 5000\n",
             "PRAGMA locking_mode = EXCLUSIVE;\n",
             "BEGIN EXCLUSIVE;\nSELECT 'held';\n";

$t->wait_for(sub { $t->read_file('holder.out') =~ /^held$/m },
             'another process locks the catalogue') or
    diag($t->read_file('holder.err'));

is_trouble('locked', qr/locked/);

print $shell "COMMIT;\n.quit\n";
close $shell;
waitpid $holder, 0;
is_served('unlocked');


# beside a writer that is in the middle of a transaction: readers don't wait

$holder = $t->start(
    [ 'sh', '-c', "sqlite3 '$db' < '$fifo' > '$t->{dir}/holder.out'" ],
    err => "$t->{dir}/holder.err");

open $shell, '>', $fifo or die "$fifo: $!\n";
$shell->autoflush;
print $shell ".filectrl persist_wal 1\nBEGIN IMMEDIATE;\n",
             "DELETE FROM bodies;\nSELECT 'in';\n";
$t->wait_for(sub { $t->read_file('holder.out') =~ /^in$/m },
             'a writer is in its transaction');
is_served('beside a writer');

# that dies
kill 'KILL', -$holder;
close $shell;
waitpid $holder, 0;
is_served('after a killed writer');


# truncated, while it is open: the worker must live

$t->sql('PRAGMA wal_checkpoint(TRUNCATE)');
move($db, "$db.away");
copy("$db.away", $db);
is_served('a copy');

($worker) = $t->nginx_workers;
my $size = -s $db;

truncate $db, 4096;
is_trouble('truncated', qr/cannot be read|damaged|malformed/);
is(join(' ', $t->nginx_workers), $worker, 'truncated: the worker lives');

truncate $db, 0;
my $r = $t->get("/$path");
is($r->{status}, 503, 'truncated to nothing: 503');
is(join(' ', $t->nginx_workers), $worker,
   'truncated to nothing: the worker lives');

unlink map { "$db$_" } @suffixes;
move("$db.away", $db);
is_served('whole again');


# pages of rubbish

move($db, "$db.away");
copy("$db.away", $db);

open my $fh, '+<:raw', $db or die "$db: $!\n";
seek $fh, 4096, 0;
print $fh "\xff" x ($size - 4096);
close $fh;

is_trouble('rubbish', qr/malformed|damaged|cannot be read/);

unlink map { "$db$_" } @suffixes;
move("$db.away", $db);
is_served('after rubbish');

is(join(' ', $t->nginx_workers), $worker, 'the worker has lived through it');

$t->done;

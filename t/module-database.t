#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Life with the database, beside t/module-errors.t: one bad page, the -shm of
# another user, a writer that dies in its checkpoint, a schema that changes
# under open connections.  Each with a cache zone and without; workers may
# read only.

use strict;
use warnings;

use lib 't/lib';

use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents;


delete $ENV{WPPKG_TEST_ZONE};

my $t = Test::WPPkg->new;
my $db = catalogue_create($t);
my $date = 1700000000;

# bodies that do not compress: each has pages of its own
srand 1;
my %body = map {
    my $text = join '', map { chr 32 + int rand 90 } 1 .. 12000;
    ("p2/wp-plugin/d$_.json" => $text)
} 1 .. 20;

my @paths = sort keys %body;

document_put($t, $_, $body{$_}, $date) for @paths;

$t->nginx(
    no_zone => 1,
    http => 'wppkg_zone z 2m; wppkg_refresh 50ms;',
    locations => "
        location /plain/ { wppkg_catalogue $db; }
        location /zone/ { wppkg_catalogue $db; wppkg_cache z; }");

my @places = ('/plain', '/zone');


# "right": each document, byte by byte; else the first that is not

sub documents {
    my ($place) = @_;

    for my $path (@paths) {
        my $r = $t->get("$place/$path");

        return "$path: $r->{status}" if $r->{status} != 200;
        return "$path: other bytes" if $r->{content} ne $body{$path};
    }

    return 'right';
}

sub are_served {
    my ($what) = @_;

    for my $place (@places) {
        my $got;

        $t->wait_for(sub { ($got = documents($place)) eq 'right' },
                     "$what: $place has all", 5) or diag($got);
    }
}

# bug 35: what SQLite can't read is 503, in each place, and said in the log
sub is_trouble {
    my ($what, $path, $log) = @_;
    my $before = length $t->error_log;

    for my $place (@places) {
        my $r;

        $t->wait_for(sub {
            $r = $t->get("$place/$path");
            $r->{status} == 503;
        }, "$what: $place has 503", 5) or diag($r->{status});

        is($r->{headers}{'retry-after'}, 1,
           "bug 35: $what: $place, Retry-After");
    }

    $t->wait_for(sub {
        $t->get("/plain/$path");
        substr($t->error_log, $before) =~ $log;
    }, "$what: the log says why");
}

are_served('at first');


# one page of one document is bad: the others are served, and it is when it
# is good again

$t->sql('PRAGMA wal_checkpoint(TRUNCATE)');

my $page = $t->sql_value('PRAGMA page_size');
my $path = $paths[7];

# the page that has a piece from the middle of the stored body
my $piece = substr gzipped($body{$path}), 5000, 64;
my $file = $t->read_file($db);
my $at = int(index($file, $piece) / $page) * $page;

cmp_ok($at, '>', 0, 'the page is found');

sub overwrite {
    my ($offset, $bytes) = @_;

    open my $fh, '+<:raw', $db or die "$db: $!\n";
    seek $fh, $offset, 0;
    print $fh $bytes;
    close $fh or die "$db: $!\n";

    # nobody has the page in memory: a commit tells readers to look again,
    # and the document's row is new to a zone
    $t->sql("UPDATE documents SET content_changed_at = content_changed_at + 1
             WHERE path = '$path'; PRAGMA wal_checkpoint(TRUNCATE)");
}

overwrite($at, "\xff" x $page);
is_trouble('a bad page', $path, qr/\Q$path\E.*damaged|malformed/);

for my $place (@places) {
    is($t->get("$place/$_")->{content}, $body{$_}, "a bad page: $place/$_")
        for @paths[0 .. 3];
}

overwrite($at, substr $file, $at, $page);
are_served('the page is good again');


# bug 36: -shm, or -wal, is of somebody who lets nobody read it

SKIP: {
    skip 'not root: all files are of one user', 1 if $> != 0;

    for my $suffix ('-shm', '-wal') {
        chmod 0600, "$db$suffix";
        $t->nginx_reload;
        is_trouble("$suffix of another user", $paths[0],
                   qr/cannot be read|cannot be opened|Permission denied/);
        chmod 0644, "$db$suffix";
        are_served("$suffix can be read");
    }

    # read permission is enough, whoever the owner is
    my ($uid, $gid) = (getpwnam 'daemon')[2, 3];
    chown $uid, $gid, "$db-shm";
    chmod 0444, map { "$db$_" } '', '-wal', '-shm';
    chmod 0555, "$t->{dir}/catalogue";
    $t->nginx_reload;
    are_served('-shm of another user, to be read');
    chmod 0755, "$t->{dir}/catalogue";
    chmod 0644, map { "$db$_" } '', '-wal', '-shm';
    chown 0, 0, "$db-shm";
}


# a writer dies in the middle of its checkpoint, at each of its writes

my $died = 0;

for my $n (1 .. 12) {
    document_put($t, $_, $body{$_} = "$n" . substr($body{$_}, 1) . $n,
                 $date + $n * 10) for @paths[0 .. 4];

    my $r = $t->command({
        stdin => ".filectrl persist_wal 1\n"
                 . "PRAGMA wal_checkpoint(TRUNCATE);\n",
    }, 'strace', '-qq', '-o', "$t->{dir}/strace", '-e', 'trace=pwrite64',
       '-e', "inject=pwrite64:signal=KILL:when=$n",
       'sqlite3', '-batch', $db);

    $died++ if $r->{code} == 137;

    my @got = map { documents($_) } @places;

    is($got[0], 'right',
       "bug 36: checkpoint, dead at write $n: /plain");
    $t->wait_for(sub { documents('/zone') eq 'right' },
                 "checkpoint, dead at write $n: /zone", 5);
}

cmp_ok($died, '>=', 8, "checkpoints: $died have died");
$t->sql('PRAGMA wal_checkpoint(TRUNCATE)');
are_served('after a whole checkpoint');


# the schema changes under open connections: what can't be read is 503 and
# what is there again is served

$t->sql('ALTER TABLE bodies RENAME TO gone');
is_trouble('a table less', $paths[0], qr/cannot be read: .*bodies/);
$t->sql('ALTER TABLE gone RENAME TO bodies');
are_served('the table is back');

# a column more is none of our business
$t->sql('ALTER TABLE documents ADD COLUMN other INTEGER');
are_served('a column more');

my $version = $t->sql_value('PRAGMA user_version');
my $oldest = "FROM meta WHERE name = 'oldest_reader'";
my $reader = $t->sql_value("SELECT value $oldest");
$t->sql('PRAGMA user_version = 9999');
$t->sql("UPDATE meta SET value = 9999 WHERE name = 'oldest_reader'");
$t->nginx_reload;
is_trouble('newer', $paths[0], qr/schema 9999, this module knows \d+/);

# tomorrow's wppkg-syncd has migrated it, and nginx has today's module still

$t->sql("PRAGMA user_version = $version;
    UPDATE meta SET value = $reader WHERE name = 'oldest_reader'");
are_served('of a version that is known');
$t->sql('PRAGMA user_version = ' . ($version + 1) . ';
    ALTER TABLE documents ADD COLUMN tomorrow TEXT;
    ALTER TABLE packages ADD COLUMN tomorrow TEXT;
    CREATE TABLE tomorrow (package_id INTEGER PRIMARY KEY) STRICT;');
are_served('migrated under open connections, which only added');
$t->nginx_reload;
are_served('migrated, and connections are new');
is($t->get('/plain/metadata/changes.json')->{status}, 400,
   'so is the feed\'s');
$t->sql("PRAGMA user_version = $version");
are_served('of a version that is known');

$t->done;

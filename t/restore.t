#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# A backup that is put in place of the catalogue, under a running nginx: what
# is served is the catalogue's, from the moment it is there.


use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;
my $w = $t->wporg;
my $catalogue = $t->catalogue;
my $backup = $t->path('backup.db');
my @slugs = map { "plugin-$_" } 1 .. 8;

offer('first', 3);
$t->write_file('list', join '', map { "plugin/$_\n" } @slugs);
$t->configure(catalogue => { path => $catalogue, list => $t->path('list') });

is($t->syncd('migrate')->{code}, 0, 'migrate');
is($t->syncd('run', '--once')->{code}, 0, 'a catalogue');
is($t->command({}, 'sqlite3', '-readonly', $catalogue,
               ".backup $backup")->{code}, 0, 'a backup');

$t->nginx(locations => "location / { wppkg_catalogue $catalogue; }");
is(served(), 'right', 'served');

offer('second', 5);
is($t->syncd('update', map { "plugin/$_" } @slugs)->{code}, 0, 'changed');
is(served(), 'right', 'the change is served');


# the same file still, by its inode; but -wal and -shm are others

for my $how ('cp', 'mv') {
    unlink "$catalogue-wal", "$catalogue-shm";
    system('cp', $backup, "$catalogue.new") == 0 or die "cp: $?\n";
    system($how, "$catalogue.new", $catalogue) == 0 or die "$how: $?\n";

    is($t->syncd('migrate')->{code}, 0, "$how: the backup is taken");
    is(served(), 'right', "$how: the backup is served");

    offer("third, $how", 7);
    is($t->syncd('update', map { "plugin/$_" } @slugs)->{code}, 0,
       "$how: changed");
    is(served(), 'right', "$how: the change is served");
}


# a body that does not unpack is sent to nobody, not even as gzip

$t->sql("UPDATE bodies SET body = CAST(substr(body, 1, 60) || x'00'"
        . " || substr(body, 62) AS BLOB);"
        # a cache that has the good one keeps it until the document changes
        . "UPDATE documents SET content_changed_at = content_changed_at + 1");

for my $encoding (qw(gzip identity)) {
    is($t->get("/p2/wp-plugin/$slugs[0].json",
               { 'Accept-Encoding' => $encoding })->{status}, 503,
       "damaged, $encoding");
}

$t->done;


sub offer {
    my ($text, $versions) = @_;

    for my $slug (@slugs) {
        $w->plugin($slug, {
            short_description => "$slug, $text",
            versions => { map { ("1.$_" => undef) } 1 .. $versions },
        });
    }
}


# each several times: a worker has more than one connection

sub served {
    for my $path (map { "p2/wp-plugin/$_.json" } (@slugs) x 3) {
        my $r = $t->get("/$path");
        my $hash = $t->sql_value("SELECT lower(hex(content_hash))"
                                 . " FROM documents WHERE path = '$path'");

        return "$path: $r->{status}" if $r->{status} != 200;
        return "$path: other bytes" if sha256_hex($r->{content}) ne $hash;
    }

    return 'right';
}

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Bytes of the catalogue that have flipped, where SQLite does not see it: no
# package is answered with another one's document, and no body contradicts its
# ETag.  With a cache zone and without.

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

my %body = map { ("p2/wp-plugin/$_.json" => "the document of $_ " x 50) }
           qw(aaaa bbbb cccc dddd);
my ($first, $second, $third, $fourth) = sort keys %body;

document_put($t, $_, $body{$_}, $date) for sort keys %body;

$t->nginx(
    no_zone => 1,
    http => 'wppkg_zone z 2m; wppkg_refresh 20ms;',
    locations => "
        location /plain/ { wppkg_catalogue $db; }
        location /zone/ { wppkg_catalogue $db; wppkg_cache z; }");

my @places = ('/plain', '/zone');


# what a client gets that takes gzip, and one that does not

sub answers {
    my ($place, $path) = @_;

    return map {
        my $r = $t->get("$place/$path", { 'Accept-Encoding' => $_ });
        $r->{status} == 200
            ? ($_ eq 'gzip' ? gunzip($r->{content}) : $r->{content})
            : $r->{status};
    } 'identity', 'gzip';
}

sub are {
    my ($what, $path, $wanted) = @_;

    for my $place (@places) {
        my @got;

        $t->wait_for(sub {
            @got = answers($place, $path);
            2 == grep { $_ eq $wanted } @got;
        }, "$what: $place/$path", 5) or diag(map { substr "$_\n", 0, 60 } @got);
    }
}

# bytes of the file, past SQLite; then a commit, so that readers look again

sub flip {
    my ($from, $to, $count) = @_;

    $t->sql('PRAGMA wal_checkpoint(TRUNCATE)');

    my $file = $t->read_file($db);
    my $n = () = $file =~ /\Q$from\E/g;

    is($n, 1, 'it is there, once');

    open my $fh, '+<:raw', $db or die "$db: $!\n";
    seek $fh, index($file, $from), 0;
    print $fh $to;
    close $fh or die "$db: $!\n";

    $t->sql('UPDATE documents SET content_changed_at = content_changed_at + 1'
            . " WHERE path = 'packages.json';"
            . ' UPDATE documents SET generation = generation + 1000;'
            . ' PRAGMA wal_checkpoint(TRUNCATE)');
}

# what the module has logged, without debug lines
sub said { join '', grep { /wppkg:/ && !/\[debug\]/ } split /^/, $t->error_log }

sub id_of { $t->sql_value("SELECT id FROM documents WHERE path = '$_[0]'") }

are('at first', $_, $body{$_}) for sort keys %body;


# an entry of the index of paths leads to another row, and to none

my ($one, $two) = map { id_of($_) } $first, $second;
cmp_ok($one, '>', 1, 'the number of a row is a byte of its own');

flip($first . chr $one, $first . chr $two);
are('another row', $first, 503);
are('another row', $_, $body{$_}) for $second, $third;
$t->wait_for(sub {
    $t->get("/plain/$first");
    said() =~ /"\Q$first\E" is damaged/;
}, 'the log names it');

flip($first . chr $two, $first . chr 120);
are('no row', $first, 503);
flip($first . chr 120, $first . chr $one);
are('the row again', $first, $body{$first});


# the body is another document's, of the same length

my $ids = '(SELECT id FROM documents WHERE path = ';

$t->sql("UPDATE bodies SET body = (SELECT body FROM bodies WHERE document_id"
        . " = $ids '$third')) WHERE document_id = $ids '$second');"
        . ' UPDATE documents SET content_changed_at = content_changed_at + 1'
        . " WHERE path = '$second'");
are('another body', $second, 503);
are('another body', $_, $body{$_}) for $first, $third;

# a line a second
$t->wait_for(sub {
    $t->get("/plain/$second");
    said() =~ /"\Q$second\E" is damaged: its hash/;
}, 'the log says why');


document_put($t, $second, $body{$second}, $date + 1000);
are('its own again', $second, $body{$second});


# a bit of the hash

$t->sql("UPDATE documents SET content_hash = CAST(x'00' ||"
        . " substr(content_hash, 2) AS BLOB) WHERE path = '$fourth'");
are('another hash', $fourth, 503);
are('another hash', $_, $body{$_}) for $first, $second, $third;

$t->done;

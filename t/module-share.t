#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# The memory that a worker has for large responses is everybody's: neither one
# client of HTTP/2, whose window is shut, nor many feeds, nor many documents
# take it all away from the others.

use strict;
use warnings;

use lib 't/lib';

use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents;
use Test::WPPkg::H2;


delete $ENV{WPPKG_TEST_ZONE};

my $t = Test::WPPkg->new;
my $db = catalogue_create($t);
my $h2_port = $t->port;

my $actions = 20_000;
my $since = 16_000_000_000_000;
my $first = 17_000_000_000_000;


# a feed of 1.4 MB

$t->sql("BEGIN IMMEDIATE;
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n
                             WHERE i < $actions - 1)
    INSERT INTO documents (path, content_hash, content_size,
        content_changed_at, published_at, published_changed_at, deployed_hash)
    SELECT 'p2/wp-plugin/some-plugin-name-' || i || '.json', zeroblob(32), 5,
        1700000000, $first + i, 1700000000, zeroblob(32) FROM n;
    UPDATE meta SET value = $since WHERE name = 'feed_floor';
    UPDATE meta SET value = $first + $actions WHERE name = 'feed_watermark';
    COMMIT");

sub put {
    my ($name, $size) = @_;
    document_put($t, $name, 'x' x $size, 1700000000);
}

put('packages/list.json', 400_000);
put('p2/wp-plugin/small.json', 10);
put('p2/wp-plugin/warm.json', 150_000);
put('p2/wp-plugin/kept.json', 150_000);
put("p2/wp-plugin/long-$_.json", 900_000) for 1 .. 25;
put("p2/wp-plugin/fill-$_.json", 100_000) for 1 .. 10;

$t->nginx(
    no_zone => 1, level => 'error',
    http => "
        wppkg_zone z 4m;
        wppkg_large_bodies 32m;

        server {
            listen 127.0.0.1:$h2_port http2;
            location / { wppkg_catalogue $db; wppkg_cache z; }
        }",
    locations => "location / { wppkg_catalogue $db; wppkg_cache z; }");

sub feed_of { '/metadata/changes.json?since=' . ($since + $_[0]) }
sub long { "/p2/wp-plugin/long-$_[0].json" }

my $list = '/packages/list.json';
my ($small, $warm, $kept) = map { "/p2/wp-plugin/$_.json" }
                            qw(small warm kept);

sub status { join ' ', map { $t->get($_)->{status} } @_ }

# asks all at once, reads none: how often which status

sub ask {
    my ($h2, @paths) = @_;
    my %n;

    my @streams = map { $h2->ask($_) } @paths;
    ok($h2->wait_for(@streams), @paths . ' are answered');
    $n{$h2->status($_)}++ for @streams;

    return \%n;
}

# in the zone from now on
is(status($warm, $kept, $small), '200 200 200', 'the zone has two');


# one client asks for as many feeds as it can make up

my $greedy = Test::WPPkg::H2->new($h2_port);
my $n = ask($greedy, map { feed_of($_) } 1 .. 60);

is(join(' ', sort keys %$n), '200 503', 'feeds of one client: 200, then 503');
cmp_ok($n->{200}, '<=', 4, 'it holds its share');
like($t->error_log, qr/one connection.*does not read.*"wppkg_large_bodies"/,
     'the log says why');

is(status(feed_of(0), $list, $warm, $kept, $small), '200 200 200 200 200',
   'others get theirs');
is_deeply(ask($greedy, feed_of(100), feed_of(101)), { 503 => 2 },
          'it gets no more of such');
is_deeply(ask($greedy, $small), { 200 => 1 }, 'but what is short');

# the same once more is nothing more
my $one = Test::WPPkg::H2->new($h2_port);
is_deeply(ask($one, (feed_of(0)) x 80), { 200 => 80 },
          'eighty times the same are one');
is_deeply(ask($one, $warm), { 200 => 1 }, 'and leave room');

# whoever reads gets more
$greedy->open(map { 2 * $_ - 1 } 1 .. 63);
ok($greedy->finish(map { 2 * $_ - 1 } 1 .. 63), 'it reads');
is_deeply(ask($greedy, feed_of(0), $warm), { 200 => 2 }, 'it gets more');
$_->close for $greedy, $one;


# clients enough to hold all that feeds may have

my @h2 = map { Test::WPPkg::H2->new($h2_port) } 1 .. 8;

for my $i (0 .. $#h2) {
    ask($h2[$i], map { feed_of(1000 + 10 * $i + $_) } 1 .. 4);
}

is(status(feed_of(2000)), 503, 'no room for another feed');

# one line a second, and others have been told
$t->wait_for(sub {
    status(feed_of(2000));
    return $t->error_log =~ /no room for more large.*"wppkg_large_bodies"/;
}, 'the log says so', 20);
is(status($list, $warm, $kept, long(1)), '200 200 200 200',
   'documents have room of their own');
$_->close for @h2;
$t->wait_for(sub { status(feed_of(2000)) eq '200' }, 'they have gone', 20);


# clients enough to hold all that documents may have

@h2 = map { Test::WPPkg::H2->new($h2_port) } 1 .. 7;

for my $i (0 .. 5) {
    ask($h2[$i], map { long(4 * $i + $_) } 1 .. 4);
}

ask($h2[6], map { "/p2/wp-plugin/fill-$_.json" } 1 .. 10);

is(status(long(25)), 503, 'no room for another document');
is(status(feed_of(3000)), 200, 'feeds have room of their own');
is(status($warm, $kept), '200 200', 'what the zone has needs none');

my $last = Test::WPPkg::H2->new($h2_port);
is_deeply(ask($last, ($warm) x 20), { 200 => 20 }, 'nor by HTTP/2');
$_->close for @h2, $last;
$t->wait_for(sub { status(long(25)) eq '200' }, 'they have gone', 20);

$t->done;

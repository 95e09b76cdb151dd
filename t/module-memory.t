#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# What a worker's memory and CPU are for when many ask for what is large and
# never read it: once for all, up to a bound.  Clients of HTTP/2 whose window
# is shut ask a hundred times a connection.

use strict;
use warnings;

use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents;
use Test::WPPkg::H2;


delete $ENV{WPPKG_TEST_ZONE};

my $t = Test::WPPkg->new;
my $db = catalogue_create($t);
my $h2_port = $t->port;

my $actions = 100_000;
my $since = 16_000_000_000_000;
my $first = 17_000_000_000_000;


# a feed of 100,000 actions: 8 MB

$t->sql("BEGIN IMMEDIATE;
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n
                             WHERE i < $actions - 1)
    INSERT INTO documents (path, content_hash, content_size,
        content_changed_at, published_at, published_changed_at, deployed_hash)
    SELECT 'p2/wp-plugin/some-plugin-name-' || i || '.json', zeroblob(32), 5,
        1700000000, $first + i, 1700000000 + i / 10, zeroblob(32) FROM n;
    UPDATE meta SET value = $since WHERE name = 'feed_floor';
    UPDATE meta SET value = $first + $actions WHERE name = 'feed_watermark';
    COMMIT");

# a list of 2.4 MB, and a document that a zone takes and that is large

srand 1;

sub text {
    my ($n) = @_;
    return join '', map { chr 97 + int rand 26 } 1 .. $n;
}

my %body = (
    'packages/list.json' => JSON::PP::encode_json({
        packageNames => [ map { 'wp-plugin/' . text(20) } 1 .. 78_000 ] }),
    'p2/wp-plugin/large.json' => text(200_000),
);

document_put($t, $_, $body{$_}, 1700000000) for sort keys %body;

sub start {
    $t->nginx(
        no_zone => 1, level => 'error',
        http => "
            wppkg_zone z 4m;
            wppkg_large_bodies 32m;
            add_header X-Cache \$wppkg_cache_status;

            server {
                listen 127.0.0.1:$h2_port http2;
                location / { wppkg_catalogue $db; }
                location /zone/ { wppkg_catalogue $db; wppkg_cache z; }
            }",
        locations => "
            location / { wppkg_catalogue $db; }
            location /zone/ { wppkg_catalogue $db; wppkg_cache z; }");

    return ($t->nginx_workers)[0];
}

my $worker = start();


# MB of the worker that are resident

sub resident {
    my ($pages) = $t->read_file("/proc/$worker/statm") =~ /^\d+ (\d+)/;
    return $pages * 4096 / 1e6;
}

# clock ticks of CPU that the worker has had

sub ticks {
    my $stat = $t->read_file("/proc/$worker/stat");
    my @fields = split / /, $stat =~ s/^.*\) //r;
    return $fields[11] + $fields[12];
}

# asks a hundred times on each of so many connections, never reading a body

sub shut {
    my ($connections, $path, %fields) = @_;
    my @h2;

    for (1 .. $connections) {
        my $h2 = Test::WPPkg::H2->new($h2_port);
        my @streams = map { $h2->ask($path, %fields) } 1 .. 100;

        ok($h2->wait_for(@streams), "$path: a hundred are answered");
        is(scalar(grep { $h2->status($_) == 200 } @streams), 100,
           "$path: each by 200");
        push @h2, $h2;
    }

    return @h2;
}

sub feed_of { "/metadata/changes.json?since=$_[0]" }


# a sanitizer keeps what is freed, and has shadows besides
my $slack = -x $t->build_dir . '/nginx' ? 400 : 0;

for my $case (
    [ feed_of($since), 45 ],
    [ '/packages/list.json', 30 ],
    [ '/zone/packages/list.json', 30 ],
    [ '/zone/p2/wp-plugin/large.json', 20 ],
) {
    my ($path, $bound) = @$case;

    # what the worker needs to know anything at all
    $t->get('/zone/packages.json');

    my $before = resident();
    my @h2 = shut(2, $path);
    my $after = resident();

    cmp_ok($after - $before, '<', $bound + $slack,
           "$path: two hundred that do not read, MB");

    # and then they do: all of it is right
    my $plain = $path =~ s{^/zone}{}r;
    my $wanted = $plain =~ /changes/ ? $t->get($plain)->{content}
                                     : $body{substr $plain, 1};
    my @streams = (1, 199);

    $h2[0]->open(@streams);
    ok($h2[0]->finish(@streams), "$path: the window opens");
    is($h2[0]->content($_) eq $wanted, 1, "$path: stream $_") for @streams;

    # those that gave up
    $_->close for @h2;
}


# the feed: composed once, as long as nothing is new

is(scalar @{JSON::PP::decode_json($t->get(feed_of($since))->{content})
            ->{actions}}, $actions, 'the feed has all actions');

sub cost {
    my (@queries) = @_;
    my $before = ticks();

    is($t->get(feed_of($_), { 'Accept-Encoding' => 'gzip' })->{status}, 200,
       "since $_") for @queries;

    return ticks() - $before;
}

my $each = cost(map { $since + $_ } 1 .. 20);
my $same = cost(($since) x 20);

cmp_ok($same, '<', $each / 3, "polls with none new: $same ticks, not $each");

# what is new is told at once, and to all
$t->sql("UPDATE documents SET published_at = $first + $actions + 1
         WHERE path = 'p2/wp-plugin/some-plugin-name-0.json';
         UPDATE meta SET value = $first + $actions + 1
         WHERE name = 'feed_watermark'");
is($t->get(feed_of($since))->{content} =~ /"timestamp":(\d+)/ && $1,
   $first + $actions + 2, 'what is new is told');

# nor does taking all back move the watermark
$t->sql('UPDATE documents SET published_at = NULL');
is_deeply(JSON::PP::decode_json($t->get(feed_of($since))->{content})
          ->{actions}, [], 'what is withdrawn is told no more');
$t->sql("UPDATE documents SET published_at = $first + id
         WHERE path LIKE '%some-plugin-name%'");


# the list: unpacked once

sub list_cost {
    my ($path) = @_;
    my $before = ticks();

    is(length $t->get($path)->{content}, length $body{'packages/list.json'},
       "$path") for 1 .. 20;

    return ticks() - $before;
}

note("20 lists: $_ ticks") for list_cost('/packages/list.json'),
                               list_cost('/zone/packages/list.json');

document_put($t, 'packages/list.json', '{"packageNames":[]}', 1700000001);
is($t->get('/packages/list.json')->{content}, '{"packageNames":[]}',
   'the list has changed');
document_put($t, 'packages/list.json', $body{'packages/list.json'},
             1700000002);
is($t->get('/packages/list.json')->{content}, $body{'packages/list.json'},
   'and again');


# another answer for each that asks: up to the bound, then 503

my $before = resident();
my @h2 = map { Test::WPPkg::H2->new($h2_port) } 1 .. 2;
my %status;

for my $n (0 .. $#h2) {
    my @streams = map { $h2[$n]->ask(feed_of($since + 100 * $n + $_)) }
                  1 .. 40;

    ok($h2[$n]->wait_for(@streams), 'each is answered');
    $status{$h2[$n]->status($_)}++ for @streams;
}

is(join(' ', sort keys %status), '200 503', 'by 200 or 503');
cmp_ok($status{200}, '>=', 2, "$status{200} have got theirs");
cmp_ok(resident() - $before, '<', 32 + 60 + $slack, 'the memory is bounded');

my $r = $t->get(feed_of($since + 99));
is("$r->{status} $r->{headers}{'retry-after'}", '503 1', '503: Retry-After');
like($t->error_log, qr/there is no room for more large.*"wppkg_large_bodies"/,
     'the log says why');
is($t->get('/p2/wp-plugin/none.json')->{status}, 404, 'the rest is served');
is($t->get(feed_of($first + $actions))->{status}, 200, 'a small feed as well');

$_->close for @h2;
$t->wait_for(sub { $t->get(feed_of($since + 99))->{status} == 200 },
             'they have gone: there is room', 20);


# a worker does not keep what nobody wants, nor waits for it when it quits

cmp_ok(resident(), '<', 32 + 60 + $slack, 'what was freed is given back');
$t->nginx_reload;
is($t->get('/packages/list.json')->{status}, 200, 'after a reload');

$t->done;

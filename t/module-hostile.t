#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Clients that mean harm, or do harm without meaning to: names, methods, headers
# and bodies that nobody should send; too many names; clients that do not read;
# HTTP/2 streams that are asked for and reset.

use strict;
use warnings;

use lib 't/lib';

use IO::Socket::INET;
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents;
use Test::WPPkg::Process qw(poll);


delete $ENV{WPPKG_TEST_ZONE};

my $t = Test::WPPkg->new(timeout => 120);
my $db = catalogue_create($t);
my $date = 1700000000;

srand 1;

sub noise {
    my ($n) = @_;
    return join '', map { chr 32 + int rand 90 } 1 .. $n;
}

my %body = (
    'packages.json'                 => '{"packages":[]}' x 10,
    'p2/wp-plugin/akismet.json'     => noise(5000),
    'p2/wp-plugin/akismet~dev.json' => 'dev',
    'p2/wp-plugin/big.json'         => noise(20_000) x 200,
    'p2/wp-plugin/kept.json'        => noise(200_000),
    'p2/wp-plugin/other.json'       => noise(200_000),
    map { ("p2/wp-plugin/hot-$_.json" => noise(3000)) } 1 .. 60,
);

document_put($t, $_, $body{$_}, $date) for sort keys %body;

my $h2 = $t->port;
my $roomy = $t->port;
my $narrow = $t->port;

$t->nginx(
    no_zone => 1,
    main => 'thread_pool one threads=1;',
    http => "
        wppkg_zone z 4m;
        wppkg_refresh 1h;
        wppkg_thread_pool one;
        add_header X-Cache \"\$wppkg_cache_status\" always;
        keepalive_requests 1000000;
        lingering_timeout 100ms;

        server {
            listen 127.0.0.1:$h2 http2;
            location / { wppkg_catalogue $db; }
            location /zone/ { wppkg_catalogue $db; wppkg_cache z; }
        }

        server {
            listen 127.0.0.1:$narrow sndbuf=16k;
            location /zone/ { wppkg_catalogue $db; wppkg_cache z; }
        }

        server {
            listen 127.0.0.1:$roomy;
            client_header_buffer_size 64k;
            large_client_header_buffers 8 256k;
            merge_slashes off;
            location / { wppkg_catalogue $db; }
        }",
    locations => "
        location / { wppkg_catalogue $db; }
        location /zone/ { wppkg_catalogue $db; wppkg_cache z; }");

my ($worker) = $t->nginx_workers;


# the status, and whether the body is that document's

sub ask {
    my ($request, $port) = @_;
    my $answer = $t->raw_request($request, $port);

    return 'split' if $answer =~ /^X-Evil/m;

    $answer =~ s{\A(?:HTTP/1.1 100 .*?\r\n\r\n)?HTTP/1\.1 (\d+).*?\r\n\r\n}{}s
        or return 'nothing';
    my $status = $1;
    my ($name) = grep { $answer eq $body{$_} } keys %body;

    return defined $name ? "$status $name" : $status;
}

sub target {
    my ($path, $port) = @_;
    return ask("GET $path HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
               $port);
}

my $dev = '200 p2/wp-plugin/akismet~dev.json';
my $root = '200 packages.json';


# bug 31: names, raw and encoded; what is decoded is judged, by its length

for my $case (
    [ '/p2/wp-plugin/akismet~dev.json',                $dev ],
    [ '/p2/wp-plugin/akismet%7Edev.json',              $dev ],
    [ '/%70%32/wp%2Dplugin/akismet%7edev%2ejson',      $dev ],
    [ '//p2///wp-plugin//akismet~dev.json',            $dev ],
    [ '/p2/./wp-plugin/%2e/akismet~dev.json',          $dev ],
    [ '/p2/wp-plugin/..%2f..%2fpackages.json',         $root ],
    [ '/x/%2e%2e/packages.json',                       $root ],
    [ '/packages.json#fragment',                       $root ],
    [ '/packages.json?%00%0a/../',                     $root ],
    [ 'http://b/packages.json',                        $root ],
    [ '/p2/wp-plugin/akismet%257Edev.json',            404 ],
    [ '/p2/wp-plugin/akismet%7Edev%7Edev.json',        404 ],
    [ '/p2/wp-plugin/~dev.json',                       404 ],
    [ '/p2/wp-plugin/.json',                           404 ],
    [ '/p2/wp-plugin/AKISMET.json',                    404 ],
    [ '/p2/wp-plugin/Akismet.json',                    404 ],
    [ '/p2/wp-plugin/akismet.JSON',                    404 ],
    [ '/PACKAGES.JSON',                                404 ],
    [ '/p2/symfony/console.json',                      404 ],
    [ '/p2/wp-plugin%5cakismet.json',                  404 ],
    [ '/p2/wp-plugin/akismet.json%20',                 404 ],
    [ '/p2/wp-plugin/akismet.json%0d%0aX-Evil:%201',   404 ],
    [ '/packages.json?%0d%0aX-Evil:%201',              $root ],
    [ '/p2/wp-plugin/%c0%ae%c0%ae/packages.json',      404 ],
    [ '/p2/wp-plugin/%ff%fe.json',                     404 ],
    [ "/p2/wp-plugin/\xc3\xa9.json",                   404 ],
    [ '/p2/wp-plugin/%27%3b%20DROP%20TABLE.json',      404 ],
    [ '/p2/wp-plugin/' . 'a' x 250 . '.json',          404 ],
    [ '/p2/wp-plugin/' . 'a' x 256 . '.json',          404 ],
    [ '/p2/wp-plugin/' . 'a' x 7000 . '.json',         404 ],
    [ '/p2/wp-plugin/' . '%61' x 2000 . '.json',       404 ],
    [ '/' . 'p2/' x 2000,                              404 ],
    [ '/p2/wp-plugin/akismet.json%00',                 400 ],
    [ '/%00packages.json',                             400 ],
    [ '/../packages.json',                             400 ],
    [ '/p2/../../packages.json',                       400 ],
    [ '/%2e%2e/packages.json',                         400 ],
    [ '/packages.json%',                               400 ],
    [ '/packages.json%zz',                             400 ],
    [ '/p2/wp-plugin/' . 'a' x 9000 . '.json',         414 ],
) {
    my ($path, $expected) = @$case;
    my $name = length $path > 60 ? substr($path, 0, 60) . '...' : $path;

    is(target($path), $expected, $name);
}

is(target('//packages.json', $roomy), 404, 'bug 31: merge_slashes off: //');
is(target('/packages.json', $roomy), $root, 'merge_slashes off: /');
is(target('/p2/wp-plugin/' . 'a' x 200_000 . '.json', $roomy), 404,
   'a name of 200,000 bytes');


# methods

for my $method (qw(POST PUT DELETE OPTIONS PATCH MKCOL COPY MOVE PROPFIND
                   PROPPATCH LOCK UNLOCK FOO PRI X)) {
    is(ask("$method /packages.json HTTP/1.1\r\nHost: a\r\n"
           . "Connection: close\r\n\r\n"), 405, $method);
}

for my $line ('TRACE /packages.json HTTP/1.1', 'CONNECT a:80 HTTP/1.1',
              'get /packages.json HTTP/1.1', 'GET /packages.json HTTP/9.9',
              "GET\t/packages.json HTTP/1.1", 'G\x00T / HTTP/1.1')
{
    like(ask("$line\r\nHost: a\r\nConnection: close\r\n\r\n"),
         qr/^(?:400|405|505)$/, $line);
}


# bug 12: bodies nobody asked for; the next request is in step

my $next = "GET /p2/wp-plugin/akismet~dev.json HTTP/1.1\r\nHost: a\r\n"
           . "Connection: close\r\n\r\n";

for my $case (
    [ 'a body',        "Content-Length: 70000\r\n\r\n" . 'x' x 70000 ],
    [ 'a large body',  "Content-Length: 900000\r\n\r\n" . 'x' x 900_000 ],
    [ 'chunks',        "Transfer-Encoding: chunked\r\n\r\n"
                       . "5\r\nhello\r\n" x 1000 . "0\r\n\r\n" ],
    [ 'a body that looks like a request',
                       "Content-Length: 29\r\n\r\n"
                       . "GET /evil HTTP/1.1\r\nHost: a\r\n"  ],
) {
    my ($what, $rest) = @$case;
    my $text = $t->raw_request("GET /packages.json HTTP/1.1\r\nHost: a\r\n"
                               . $rest . $next);

    is(join(' ', $text =~ m{HTTP/1\.1 (\d+)}g), '200 200',
       "bug 12: GET with $what");
    like($text, qr/\r\n\r\ndev\z/, "GET with $what: the next one is in step");
}

like(ask("GET /packages.json HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
         . "Expect: 100-continue\r\nConnection: close\r\n\r\nhello"),
     qr/^200 /, 'Expect: 100-continue');

for my $headers ("Content-Length: 1\r\nContent-Length: 2\r\n",
                 "Content-Length: -1\r\n", "Content-Length: 9e9\r\n",
                 "Content-Length: 99999999999999999999\r\n",
                 "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                 "Transfer-Encoding: gzip, chunked\r\n")
{
    (my $name = $headers) =~ s/\r\n/; /g;
    like(ask("GET /packages.json HTTP/1.1\r\nHost: a\r\n$headers"
             . "Connection: close\r\n\r\n"), qr/^(?:400|413|501)$/, $name);
}


# headers

sub with {
    my ($headers, $port) = @_;
    return ask("GET /packages.json HTTP/1.1\r\nHost: a\r\n$headers"
               . "Connection: close\r\n\r\n", $port);
}

for my $range ('bytes=0-0', 'bytes=-1', 'bytes=5-', 'bytes=9-5',
               'bytes=' . join(',', ('0-') x 1000),
               'bytes=0-18446744073709551615',
               'lines=1-2', '')
{
    is(with("Range: $range\r\nIf-Range: x\r\n"), $root,
       'Range: ' . substr $range, 0, 30);
}

for my $accept ('gzip;q=' . '0' x 5000 . '1', ';' x 7000, 'gzip' x 1500,
                'gzip, ' x 1000, '*' x 7000, 'gzip;q=0.' . '0' x 5000,
                "gzip;\tq=1\t,\t", 'gzip;q=1;q=0', "\xff" x 4000,
                'identity;q=1, *;q=0', ' ' x 7000 . 'gzip')
{
    like(with("Accept-Encoding: $accept\r\n"), qr/^200/,
         'Accept-Encoding: ' . substr $accept, 0, 30);
}

like(with("Accept-Encoding: gzip\r\n" x 100), qr/^200/,
     'Accept-Encoding, 100 times');

for my $date_text ('Thu, 01 Jan 1970 00:00:00 GMT',
                   'Fri, 31 Dec 99999999999 23:59:59 GMT', 'x' x 7000, '')
{
    is(with("If-Modified-Since: $date_text\r\n"), $root,
       'If-Modified-Since: ' . substr $date_text, 0, 30);
}

is(with('If-None-Match: ' . join(', ', ('"x"') x 1000) . "\r\n"), $root,
   'If-None-Match, 1,000 tags');

# 100,000 bytes: nginx refuses them, unless it is told to have room
for my $case ([ 'a header of 100,000 bytes',
                'X-A: ' . 'x' x 100_000 . "\r\n" ],
              [ 'headers of 100,000 bytes', join '', map {
                    "X-$_: " . 'x' x 1000 . "\r\n"
                } 1 .. 100 ],
              [ 'Accept-Encoding of 100,000 bytes',
                'Accept-Encoding: ' . 'br, ' x 25_000 . "\r\n" ])
{
    my ($what, $headers) = @$case;

    like(with($headers), qr/^(?:400|nothing)$/, "$what: refused");
    is(with($headers, $roomy), $root, "$what: with room for it");
}


# 10,000 names that nobody has do not drive out what is in use

my @hot = map { "zone/p2/wp-plugin/hot-$_.json" } 1 .. 60;

sub cache_status { $t->get("/$_[0]")->{headers}{'x-cache'} }

for my $path (@hot) {
    poll(sub { cache_status($path) eq 'HIT' }, 10);
}

is(join(' ', grep { cache_status($_) ne 'HIT' } @hot), '', 'hot: all cached');

my $unknown = 0;

for my $batch (1 .. 40) {
    my $text = $t->raw_request(join '', (map {
        "GET /zone/p2/wp-plugin/none-$batch-$_.json HTTP/1.1\r\nHost: a\r\n"
            . ($_ == 250 ? "Connection: close\r\n\r\n" : "\r\n")
    } 1 .. 250));

    $unknown += () = $text =~ m{HTTP/1\.1 404}g;
}

is($unknown, 10_000, '10,000 unknown names: each is 404');
is(join(' ', grep { cache_status($_) ne 'HIT' } @hot), '',
   '10,000 unknown names: all that was hot is a hit');


# clients that do not read hold neither a thread nor a snapshot; there is one
# thread

# has begun to read, and takes no more than the kernel does

sub slow {
    my ($path, $port, $size) = @_;
    my $s = IO::Socket::INET->new(Proto => 'tcp') or die "socket: $!\n";

    # before it is connected
    setsockopt $s, SOL_SOCKET, SO_RCVBUF, pack 'i', $size;
    $s->connect($port, INADDR_LOOPBACK) or die "connect: $!\n";
    syswrite $s, "GET /$path HTTP/1.1\r\nHost: a\r\n"
                 . "Connection: close\r\n\r\n";
    sysread $s, my $answer, 100;

    return { socket => $s, answer => $answer };
}

sub rest {
    my ($slow) = @_;
    my $answer = $slow->{answer};

    1 while sysread $slow->{socket}, $answer, 1 << 20, length $answer;
    close $slow->{socket};

    $answer =~ s/.*?\r\n\r\n//s;
    return $answer;
}

my @slow = map { slow('p2/wp-plugin/big.json', $t->{nginx_port}, 65536) }
               1 .. 20;

is(scalar(grep { $_->{answer} =~ m{^HTTP/1\.1 200} } @slow), 20,
   'slow: all have begun');

is(target('/packages.json'), $root, 'slow: others are served');

document_put($t, 'packages.json', $body{'packages.json'} .= 'new', $date + 1);
is(join('|', @{($t->sql('PRAGMA wal_checkpoint(TRUNCATE)'))[0]}), '0|0|0',
   'slow: no snapshot is held, a checkpoint is whole');
is(target('/packages.json'), $root, 'slow: changes are seen');

close $_->{socket} for splice @slow, 0, 15;

ok(rest($_) eq $body{'p2/wp-plugin/big.json'},
   'slow: a client that reads at last gets it all') for @slow;

# bug 15: what a slow client is yet to get from the zone stays as it was, while
# others get other documents from there

for my $name ('kept', 'other') {
    poll(sub { cache_status("zone/p2/wp-plugin/$name.json") eq 'HIT' }, 10);
}

@slow = map { slow('zone/p2/wp-plugin/kept.json', $narrow, 16384) } 1 .. 5;
like($slow[0]{answer}, qr{^HTTP/1\.1 200}, 'slow, cached: it has begun');

my $other = '200 p2/wp-plugin/other.json';
is(target('/zone/p2/wp-plugin/other.json'), $other,
   'slow, cached: others get others') for 1 .. 3;
ok(rest($_) eq $body{'p2/wp-plugin/kept.json'},
   'bug 15: slow, cached: the right bytes') for @slow;


# HTTP/2 floods: streams asked for and reset at once, windows that stay shut,
# frames that are none

sub frame {
    my ($type, $flags, $stream, $payload) = @_;
    return substr(pack('N', length $payload), 1) . pack('CCN', $type, $flags,
                                                        $stream) . $payload;
}

sub field { pack('C C/a C/a', 0, @_) }

sub h2_get {
    my ($stream, $path) = @_;
    return frame(1, 5, $stream, field(':method', 'GET')
                 . field(':scheme', 'http') . field(':path', $path)
                 . field(':authority', 'a'));
}

sub h2_open {
    my (%settings) = @_;
    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $h2,
                                  Timeout => 10) or die "connect: $!\n";

    syswrite $s, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
                 . frame(4, 0, 0, join '', map { pack 'nN', $_, $settings{$_} }
                                           keys %settings);
    return $s;
}

sub descriptors { scalar(() = glob "/proc/$worker/fd/*") }

# a connection for the read-ahead of SQLite, and so on, is open by now
my $before = descriptors();

for my $case ([ '/p2/wp-plugin/akismet.json', 400 ],
              [ '/zone/p2/wp-plugin/hot-1.json', 400 ],
              [ '/zone/p2/wp-plugin/never.json', 400 ],
              [ '/p2/wp-plugin/big.json', 20 ])
{
    my ($path, $streams) = @$case;

    for my $round (1 .. 5) {
        my $s = h2_open();

        # nginx ends a connection that does this too often
        for my $stream (map { 2 * $_ - 1 } 1 .. $streams) {
            syswrite $s, h2_get($stream, $path)
                         . frame(3, 0, $stream, pack 'N', 8) or last;
        }

        close $s;
    }

    is(target('/packages.json'), $root, "rapid reset, $path: serves on");
}

my @shut = map {
    my $s = h2_open(4 => 0);
    syswrite $s, join '', map {
        h2_get(2 * $_ - 1, '/p2/wp-plugin/akismet.json')
    } 1 .. 120;
    $s;
} 1 .. 10;

is(target('/packages.json'), $root, 'shut windows: others are served');
document_put($t, 'packages.json', $body{'packages.json'} .= 'new', $date + 2);
is(join('|', @{($t->sql('PRAGMA wal_checkpoint(TRUNCATE)'))[0]}), '0|0|0',
   'shut windows: no snapshot is held');
close $_ for @shut;

for my $garbage (frame(0, 0, 1, 'x' x 16384), frame(9, 4, 1, ''),
                 frame(1, 5, 2, field(':method', 'GET')),
                 frame(8, 0, 0, pack 'N', 0), frame(3, 0, 99, pack 'N', 8),
                 frame(4, 0, 0, "\0" x 5), frame(255, 255, 1, 'x' x 100),
                 frame(6, 0, 0, 'x' x 8) x 20000, frame(4, 0, 0, '') x 20000,
                 h2_get(1, '/packages.json') x 2,
                 h2_get(1, "/p2/\0/x.json"), h2_get(1, 'x'), "\xff" x 5000)
{
    my $s = h2_open();
    syswrite $s, $garbage;
    close $s;
}

is(target('/packages.json'), $root, 'garbage: serves on');

$t->wait_for(sub { descriptors() <= $before + 1 },
             'nothing is left open') or diag(descriptors() . " of $before");
is(join(' ', $t->nginx_workers), $worker, 'the worker has lived through it');

# bug 18: what we log has no bytes of a client's choice, but for good names
# bug 30: nor has a response's head, see "X-Evil" above

is(join('', grep { /wppkg: / && !/wppkg: [\w"\-.~ :\/()]*$/ }
            split /^/, $t->error_log), '',
   'bug 18, bug 30: our lines in the log are clean');

$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# What the module serves, where, and to whom: paths, methods, mounting,
# connections of every kind.

use strict;
use warnings;

use lib 't/lib';

use IO::Socket::INET;
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents;


my $t = Test::WPPkg->new;
my $db = catalogue_create($t);
my $date = 1700000000;

my %body = (
    'packages.json'                  => '{"packages":[]}',
    'p2/wp-plugin/akismet.json'      => '{"packages":{"a":[1]}}' x 50,
    'p2/wp-plugin/akismet~dev.json'  => '{"packages":{"dev":[]}}',
    'p2/wp-theme/twentyten.json'     => '{"packages":{"t":[]}}',
    'p2/wp-theme/twentyten~dev.json' => '{"packages":{"d":[]}}',
    'p2/wp-plugin/big.json'          => join('', map { "\"$_\"," } 1 .. 100000),
);

document_put($t, $_, $body{$_}, $date + length $_) for sort keys %body;

my $h2 = $t->port;

$t->nginx(workers => 2, http => <<"END", locations => <<"END");
    server {
        listen 127.0.0.1:$h2 http2;

        location / {
            wppkg_catalogue $db;
        }
    }
END
    location / {
        wppkg_catalogue $db;
    }

    location /repo/ {
        wppkg_catalogue $db;

        location /repo/p2/wp-theme/ {
            add_header X-Nested yes;
        }

        location ~ akismet {
            add_header X-Regex yes;
        }

        if (\$arg_if) {
            add_header X-If yes;
        }
    }

    location /bare {
        wppkg_catalogue $db;
    }

    location /limited/ {
        wppkg_catalogue $db;

        limit_except GET {
            allow all;
        }
    }

    location /fallback/ {
        root $t->{dir}/nothing;
        try_files \$uri \@repository;
    }

    location /moved/ {
        rewrite ^/moved/(.*) /\$1 break;
        error_page 404 = \@repository;
    }

    location \@repository {
        rewrite ^/(?:fallback|moved)(/.*) \$1 break;
        wppkg_catalogue $db;
    }

    location /ssi/ {
        ssi on;
        ssi_types *;
        root $t->{dir};
    }

    error_page 418 /packages.json;

    location /internal {
        return 418;
    }
END

$t->write_file('ssi/page.html',
               '<!--#include virtual="/packages.json" -->');


# every document, byte by byte, in both encodings

# bug 13: HEAD, with the head of GET and no body

for my $path (sort keys %body) {
    my $r = $t->get("/$path");

    is($r->{status}, 200, $path);
    ok($r->{content} eq $body{$path}, "bug 13: $path: bytes");
    is($r->{headers}{'content-length'}, length $body{$path},
       "$path: Content-Length");
    is($r->{headers}{'content-type'}, 'application/json',
       "$path: Content-Type");
    is($r->{headers}{'last-modified'}, http_date($date + length $path),
       "$path: Last-Modified");
    is($r->{headers}{'cache-control'}, 'public, max-age=300',
       "$path: Cache-Control");
    is($r->{headers}{'accept-ranges'}, undef, "$path: no ranges");

    $r = $t->get("/$path", { 'Accept-Encoding' => 'gzip' });

    is($r->{headers}{'content-encoding'}, 'gzip', "$path: gzip");
    ok($r->{content} eq gzipped($body{$path}), "$path: bytes as stored");

    for my $accept ('gzip', 'identity') {
        my $head = $t->request(HEAD => "/$path",
                               { 'Accept-Encoding' => $accept });
        my $get = $t->get("/$path", { 'Accept-Encoding' => $accept });

        delete $_->{headers}{date} for $head, $get;

        is_deeply($head->{headers}, $get->{headers}, "$path: HEAD, $accept");
        is($head->{content}, '', "$path: HEAD has no body, $accept");
    }
}


# spellings of one path

for my $url ('/p2/wp-plugin/akismet%7Edev.json',
             '/p2/wp-plugin/akismet%7edev.json',
             '/%702/wp-plugin/akismet~dev.json',
             '/p2/wp-plugin/akismet~dev.json?0123456789abcdef',
             '/p2/wp-plugin/akismet~dev.json?a=b&c=/../d',
             '/p2//wp-plugin/./akismet~dev.json',
             '/p2/x/../wp-plugin/akismet~dev.json')
{
    is($t->get($url)->{content}, $body{'p2/wp-plugin/akismet~dev.json'},
       $url);
}


# what is not there

for my $url ('/p2/wp-plugin/unknown.json', '/p2/wp-plugin/unknown~dev.json',
             '/', '/p2/', '/packages.json/', '/p2/wp-plugin/Akismet.json',
             '/p2/wp-plugin/akismet', '/P2/wp-plugin/akismet.json',
             '/p2/plugin/akismet.json', '/p2/wp-plugin/akismet.json%00',
             '/p2/wp-plugin/akismet%2f..%2fakismet', '/packages.json%0a',
             "/p2/wp-plugin/akismet'--.json", '/p2/monolog/monolog.json',
             '/p2/wp-plugin/' . 'a' x 3000 . '.json')
{
    my $r = $t->get($url);
    my $name = substr $url, 0, 60;

    # nginx itself answers 400 to a NUL
    like($r->{status}, $url =~ /%00/ ? qr/^400$/ : qr/^404$/, $name);
    is($r->{headers}{$_}, undef, "$name: no $_")
        for qw(etag last-modified cache-control vary content-encoding);
}

document_delete($t, 'p2/wp-theme/twentyten.json');
is($t->get('/p2/wp-theme/twentyten.json')->{status}, 404, 'deleted: 404');
is($t->get('/p2/wp-theme/twentyten.json',
           { 'If-Modified-Since' => http_date($date) })->{status}, 404,
   'deleted: 404, conditional or not');
document_put($t, 'p2/wp-theme/twentyten.json', 'again', $date + 500);
is($t->get('/p2/wp-theme/twentyten.json')->{content}, 'again', 'and back');


# methods

for my $method (qw(POST PUT DELETE OPTIONS PATCH)) {
    my $r = $t->request($method => '/packages.json', {}, 'x=y');

    is($r->{status}, 405, "$method: 405");
    is($r->{headers}{allow}, 'GET, HEAD', "$method: Allow");
}


# mounting

for my $url ('/repo/packages.json', '/bare/packages.json',
             '/limited/packages.json', '/fallback/packages.json',
             '/moved/packages.json')
{
    is($t->get($url)->{content}, $body{'packages.json'}, $url);
}

is($t->request(HEAD => '/limited/packages.json')->{status}, 200,
   'HEAD in a location with limit_except GET');
is($t->request(PUT => '/limited/packages.json')->{status}, 405,
   'PUT in limit_except: our handler, not a file of nginx');

for my $url ('/repo', '/repo/', '/bare', '/bare/', '/barepackages.json',
             '/repo/repo/packages.json', '/bare/bare/packages.json')
{
    is($t->get($url)->{status}, 404, "$url: 404");
}

my $r = $t->get('/repo/p2/wp-theme/twentyten~dev.json');
is($r->{content}, $body{'p2/wp-theme/twentyten~dev.json'}, 'nested location');
is($r->{headers}{'x-nested'}, 'yes', 'nested location: its own settings');

$r = $t->get('/repo/p2/wp-plugin/akismet.json');
is($r->{content}, $body{'p2/wp-plugin/akismet.json'}, 'nested regex location');
is($r->{headers}{'x-regex'}, 'yes', 'nested regex location: its own settings');

$r = $t->get('/repo/packages.json?if=1');
is($r->{content}, $body{'packages.json'}, 'if');
is($r->{headers}{'x-if'}, 'yes', 'if: its own settings');

$r = $t->get('/internal');
is($r->{status}, 418, 'error_page: the status stays');
is($r->{content}, $body{'packages.json'}, 'error_page: the body comes');

$r = $t->get('/internal', {
    'If-Modified-Since' => http_date($date + length 'packages.json') });
is("$r->{status} $r->{content}", "418 $body{'packages.json'}",
   'error_page: the body comes to a conditional request');


# subrequests are refused, and nothing is harmed

# bug 20: a subrequest taken for a request
# bug 14: its buffers, and empty ones, "zero size buf" in the log

$r = $t->get('/ssi/page.html');
is($r->{status}, 200, 'bug 14, bug 20: the page with an include comes');
unlike($r->{content}, qr/"packages"/, 'without what it includes');
like($t->error_log, qr/does not serve subrequests/, 'and the log says why');


# connections

# bug 10: a request that is finalized twice puts answers out of step

sub answers {
    my ($text) = @_;
    my @answers;

    while ($text =~ s{\AHTTP/1\.[01] (\d+) [^\r]*\r\n(.*?)\r\n\r\n}{}s) {
        my ($status, $head) = ($1, $2);
        my ($length) = $head =~ /^Content-Length: (\d+)/mi;
        push @answers, { status => $status, head => $head,
                         content => substr($text, 0, $length || 0, '') };
    }

    return @answers;
}

my @answers = answers($t->raw_request(
    "GET /packages.json HTTP/1.1\r\nHost: a\r\n\r\n"
    . "GET /p2/wp-plugin/akismet.json HTTP/1.1\r\nHost: a\r\n"
    . "Accept-Encoding: gzip\r\n\r\n"
    . "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n"
    . "GET /p2/wp-plugin/akismet.json HTTP/1.1\r\nHost: a\r\n"
    . "Content-Length: 5\r\n\r\n12345"
    . "GET /packages.json HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));

is(join(' ', map { $_->{status} } @answers), '200 200 404 200 200',
   'bug 10: pipelined: five answers, in order');
is($answers[0]{content}, $body{'packages.json'}, 'pipelined: first');
is(gunzip($answers[1]{content}), $body{'p2/wp-plugin/akismet.json'},
   'pipelined: gzip');
is($answers[3]{content}, $body{'p2/wp-plugin/akismet.json'},
   'pipelined: request with a body');
is($answers[4]{content}, $body{'packages.json'}, 'pipelined: last');

@answers = answers($t->raw_request(
    "POST /packages.json HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"
    . '12345'
    . "GET /packages.json HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));

is(join(' ', map { $_->{status} } @answers), '405 200',
   'a refused POST, then GET on the same connection');

@answers = answers($t->raw_request(
    "GET /packages.json HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n"));

is(gunzip($answers[0]{content}), $body{'packages.json'}, 'HTTP/1.0, gzip');
like($answers[0]{head}, qr/^Connection: close/m, 'HTTP/1.0, closed');

@answers = answers($t->raw_request(
    "GET /packages.json HTTP/1.1\r\nHost: a\r\nVia: 1.1 cdn\r\n"
    . "Accept-Encoding: gzip\r\nConnection: Upgrade, HTTP2-Settings\r\n"
    . "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"
    . "GET /packages.json HTTP/1.1\r\nHost: a\r\nRange: bytes=1-2\r\n"
    . "Connection: close\r\n\r\n"));

is(gunzip($answers[0]{content}), $body{'packages.json'},
   'Via and an Upgrade to h2c: gzip, not upgraded');
is("$answers[1]{status} $answers[1]{content}", "200 $body{'packages.json'}",
   'Range is ignored');


# HTTP/2: frames by hand

sub frame {
    my ($type, $flags, $stream, $payload) = @_;
    return substr(pack('N', length $payload), 1) . pack('CCN', $type, $flags,
                                                        $stream) . $payload;
}

sub field { pack('C C/a C/a', 0, @_) }

sub h2_headers {
    my ($stream, $method, $path) = @_;
    return frame(1, 5, $stream, field(':method', $method)
                 . field(':scheme', 'http') . field(':path', $path)
                 . field(':authority', 'a'));
}

my $preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" . frame(4, 0, 0, '');

my (%data, %ended);
my $text = '';
my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $h2,
                                   Timeout => 10) or die "connect: $!\n";

syswrite $socket, $preface
    . h2_headers(1, GET => '/packages.json')
    . h2_headers(3, GET => '/p2/wp-plugin/akismet~dev.json')
    . h2_headers(5, HEAD => '/packages.json')
    . h2_headers(7, GET => '/p2/wp-plugin/unknown.json');

# the harness ends a file that waits for ever

while (keys %ended < 4 && sysread $socket, $text, 65536, length $text) {

    for ( ;; ) {
        my ($high, $low, $type, $flags, $stream) = unpack 'CnCCN', $text;

        last if length $text < 9
                || length $text < 9 + $high * 65536 + $low;

        my $payload = substr $text, 9, $high * 65536 + $low;

        substr $text, 0, 9 + length $payload, '';
        $data{$stream} .= $payload if $type == 0;
        $ended{$stream} = 1 if $type <= 1 && $flags & 1;
    }
}

close $socket;

is($data{1}, $body{'packages.json'}, 'h2: first stream');
is($data{3}, $body{'p2/wp-plugin/akismet~dev.json'}, 'h2: second stream');
is($data{5}, undef, 'h2: HEAD has no data');
is(join(' ', sort keys %ended), '1 3 5 7', 'h2: all streams end');


# a burst on many connections; each answer is the one asked for

my @sockets = map { $t->nginx_connect } 1 .. 40;

for my $i (0 .. $#sockets) {
    my $path = (sort keys %body)[$i % 3];
    my $request = "GET /$path HTTP/1.1\r\nHost: a\r\n";
    print { $sockets[$i] } "$request\r\n" x 9
                           . "${request}Connection: close\r\n\r\n";
    $sockets[$i]->flush;
}

my $good = 0;

for my $i (0 .. $#sockets) {
    my $path = (sort keys %body)[$i % 3];
    local $/;
    my $answer = readline $sockets[$i];
    $good += grep { $_->{content} eq $body{$path} } answers($answer);
}

@sockets = ();

is($good, 400, 'a burst of 400 requests on 40 connections');

$t->done;

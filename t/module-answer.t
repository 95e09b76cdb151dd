#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# What the module does with any answer: methods, bodies, headers, conditional
# requests, and which requests share one.  Rows and a file are added to a copy
# of the sources, as for any new answer; it gives back what it was asked.  The
# first run configures nginx's headers, which takes some seconds.

use strict;
use warnings;

use lib 't/lib';

use IO::Select;
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents;


my $t = Test::WPPkg->new;
my $db = catalogue_create($t);

document_put($t, 'packages.json', '{}', 1700000000);

my $max = 100_000;
my $work = "$t->{build}/answer";

build();

$t->nginx_use("$work/build");
$t->nginx(level => 'info',
          http => 'client_body_buffer_size 1k; client_body_timeout 2s;',
          locations => locations());


# what is asked for

my $r = $t->get('/repo/echo.json?a=1&b=2');

is($r->{status}, 200, 'GET: 200');
is($r->{content}, '{"method":1,"args":"a=1&b=2","body":""}',
   'GET: method and arguments are known to the answer');
is($r->{headers}{'content-type'}, 'application/json', 'GET: JSON');
is($r->{headers}{'cache-control'}, 'no-store',
   'nobody keeps it, unless the answer says so');
ok(!$r->{headers}{etag} && !$r->{headers}{'last-modified'},
   'it has no validators, unless it has a date');

$r = $t->get('/repo/echo.json?a', { 'Accept-Encoding' => 'gzip' });
is($r->{headers}{'content-encoding'}, 'gzip', 'gzip is asked for, and sent');
is(gunzip($r->{content}), '{"method":1,"args":"a","body":""}',
   'gzip: it unpacks to the answer');

is($t->request(HEAD => '/repo/echo.json')->{status}, 200, 'HEAD: 200');

$r = $t->get('/repo/echo.json?bad');
is($r->{status}, 400, 'arguments that the answer refuses: 400');
is($t->get('/repo/echo.json?none')->{status}, 404,
   'an answer that has nothing: 404');

$r = $t->get('/repo/echo.json?fail');
is($r->{status}, 503, 'an answer that fails: 503');
like($t->error_log, qr/wppkg: as it is told to/, 'and why is in the log');


# conditional requests

$r = $t->get('/repo/echo.json?dated');

my ($date, $etag) = @{$r->{headers}}{qw(last-modified etag)};

is($date, http_date(1700000000), 'a date: Last-Modified');
like($etag, qr/^"[0-9a-f]{32}"$/, 'a date: ETag');
is($r->{headers}{'cache-control'}, 'public, max-age=60',
   'max-age: Cache-Control');

is($t->get('/repo/echo.json?dated', { 'If-None-Match' => $etag })->{status},
   304, 'its ETag: 304');
is($t->get('/repo/echo.json?dated',
           { 'If-Modified-Since' => $date })->{status}, 304, 'its date: 304');

document_put($t, 'packages.json', '{"a":1}', 1700000001);
$t->settle;

is($t->get('/repo/echo.json?dated', { 'If-None-Match' => $etag })->{status},
   200, 'the catalogue has changed: its ETag has, too');


# long answers are shared, and what they are is kept with them

for my $n (1, 2) {
    $r = $t->get('/repo/echo.json?long');
    is($r->{status}, 201, "long, $n: status");
    is($r->{headers}{'content-type'}, 'text/plain; charset=utf-8',
       "long, $n: type");
    is(length $r->{content}, 90_000, "long, $n: length");
}


# methods

$r = $t->request(PUT => '/repo/echo.json', {}, 'x');
is($r->{status}, 405, 'PUT: 405');
is($r->{headers}{allow}, 'GET, HEAD, POST', 'PUT: Allow has what the row has');

$r = $t->request(POST => '/repo/metadata/changes.json', {}, 'x');
is($r->{status}, 405, 'POST to the feed: 405');
is($r->{headers}{allow}, 'GET, HEAD', 'POST to the feed: Allow');

$r = $t->request(POST => '/repo/nothing.json', {}, 'x');
is($r->{status}, 405, 'POST to what there is not: 405');


# bodies

sub posted {
    my ($body) = @_;
    return sprintf '{"method":2,"args":"","body":"%s"}', $body;
}

for my $n (0, 1, 1023, 1024, 1025, 16384, $max) {
    my $body = 'x' x $n;
    is($t->request(POST => '/repo/echo.json', {}, $body)->{content},
       posted($body), "POST of $n bytes");
}

$r = $t->request(POST => '/repo/echo.json', {}, 'x' x ($max + 1));
is($r->{status}, 413, 'POST of one byte too many: 413');

for my $size (1, 1000, 8000) {
    my $body = join '', map { chr(97 + $_ % 26) } 1 .. 50_000;
    my $r = chunked($body, $size);
    is($r->{content}, posted($body), "POST in chunks of $size bytes");
}

is(chunked('x' x ($max + 1), 8000)->{status}, 413,
   'POST in chunks, one byte too many: 413');

my $port = $t->port;
$t->nginx_stop;
$t->nginx(level => 'info',
          http => "client_body_buffer_size 1k; client_body_timeout 2s;
                   server { listen 127.0.0.1:$port http2;
                            location / { wppkg_catalogue $db; } }",
          locations => locations());

$t->write_file('body', 'x' x $max);

$r = $t->command({}, 'curl', '-s', '--http2-prior-knowledge',
                 '--data-binary', "\@$t->{dir}/body",
                 "http://127.0.0.1:$port/echo.json");
is($r->{out}, posted('x' x $max), "HTTP/2: POST of $max bytes");

unlike($t->error_log, qr/temporary file/, 'no body is written to a file');


# a body that has been read, or thrown away, before the answer is asked

for my $n (1, 1023, 16384) {
    my $body = 'x' x $n;
    my $again = length(posted($body)) + length('again');

    is($t->request(POST => '/mirrored/echo.json', {}, $body)->{content},
       posted($body), "POST of $n bytes, which \"mirror\" has read");

    $t->wait_for(sub {
        grep { $_->{uri} eq '/repo/echo.json?again' && $_->{bytes} == $again }
             $t->access_log;
    }, "\"mirror\" sends all $n bytes too");
}

my $large = $t->nginx_connect;
syswrite $large, "POST /small/echo.json HTTP/1.1\r\nHost: x\r\n"
                 . "Connection: close\r\nContent-Length: 50000\r\n\r\nab";

like(everything($large), qr{^HTTP/1.1 413 },
     'a body that nginx throws away as too large: 413');


# a body that comes slowly keeps nobody else waiting

my $slow = $t->nginx_connect;
syswrite $slow, "POST /repo/echo.json HTTP/1.1\r\nHost: x\r\n"
                . "Connection: close\r\nContent-Length: 4\r\n\r\nab";

is($t->request(POST => '/repo/echo.json', {}, 'other')->{content},
   posted('other'), 'a body is half there: another one is answered');

syswrite $slow, 'cd';
like(everything($slow), qr/\Q${\posted('abcd')}\E$/,
     'and when it is there, it is answered');

# one that never comes, and one whose client goes away

my ($silent, $gone) = map { $t->nginx_connect } 1, 2;
syswrite $_, "POST /repo/echo.json HTTP/1.1\r\nHost: x\r\n"
             . "Content-Length: 4\r\n\r\nab" for $silent, $gone;
close $gone;

is(everything($silent), '', 'a body that does not come: nginx hangs up');
is($t->get('/repo/packages.json')->{status}, 200, 'and serves on');


# POSTs that ask for the same share an answer, which says how many were
# composed before it; the row takes capitals and blanks for nothing

$t->nginx_stop;
$t->nginx(no_zone => 1, level => 'info',
          http => 'wppkg_zone z 1m;',
          locations => "add_header X-Cache \$wppkg_cache_status;
              location /repo/ { wppkg_catalogue $db; }
              location /zone/ { wppkg_catalogue $db; wppkg_cache z;
                                wppkg_refresh 60s; }
              location /soon/ { wppkg_catalogue $db; wppkg_cache z;
                                wppkg_refresh 50ms; }");

sub shared {
    my ($body, %o) = @_;
    my $where = $o{where} || 'repo';

    my $r = $t->request(POST => "/$where/shared.json", $o{fields} || {},
                        $body);
    my $text = $o{fields} ? gunzip($r->{content}) : $r->{content};
    my $wanted = lc($body) =~ s/ //gr;

    ok($text =~ /^\{"n":(\d+),"body":"(.*)"\}$/ && $2 eq $wanted,
       "$where: the answer is to this body")
        or diag(substr "$r->{status} $text", 0, 100);

    return $o{status} ? $r->{headers}{'x-cache'} : $1;
}

my $one = shared('abc');
is(shared('abc'), $one, 'the same bytes: one answer');
is(shared('A bC'), $one, 'another spelling: the same answer');
is(shared('A bC'), $one, 'and once more');
isnt(shared('abd'), $one, 'another byte: another answer');
isnt(shared('abc', fields => { 'Accept-Encoding' => 'gzip' }), $one,
     'another encoding: another answer');
is($t->request(POST => '/repo/shared.json', {}, 'a!')->{status}, 413,
   'what is too much for the row: 413');
shared('');
is($t->get('/repo/shared.json')->{status}, 200, 'GET of the same path');

# of all lengths: those that are remembered or not, that are large or not

for my $n (1, 1000, 16384, 16385, 64000, 90_000) {
    my $body = 'x' x $n;
    my @n = map { shared($body) } 1 .. 2;
    is($n[1], $n[0], "$n bytes: one answer");

    # a byte that does not tell its place
    substr($body, $n / 2 + 1, 1) = 'y' if $n > 100;
    substr($body, 0, 1) = 'y' if $n == 1;
    isnt(shared($body), $n[0], "$n bytes, another one: another answer");
    is(shared('x' x $n), $n[0], "$n bytes, the first again");
}

# many at the same time, the first time

my @at_once = map { $t->nginx_connect } 1 .. 30;
syswrite $_, "POST /repo/shared.json HTTP/1.1\r\nHost: x\r\n"
             . "Connection: close\r\nContent-Length: 8\r\n\r\nat on"
    for @at_once;
syswrite $_, 'ce1' for @at_once;

my %composed = map { (/"n":(\d+),"body":"atonce1"/ ? $1 : $_) => 1 }
               map { everything($_) } @at_once;
is(join(' ', map { /^\d+$/ ? 'one' : $_ } keys %composed), 'one',
   'thirty at once: one is composed');

# another catalogue is another answer, at once where nothing is cached

my $long = shared('x' x 90_000);

document_put($t, 'packages.json', '{"a":2}', 1700000002);
isnt(shared('abc'), $one, 'the catalogue has changed: another answer');
isnt(shared('x' x 90_000), $long, 'the long one as well');

is(shared('abc', where => 'repo', status => 1), 'BYPASS', 'without a zone');
shared('zoned', where => 'zone');
is(shared('zoned', where => 'zone', status => 1), 'HIT', 'a zone: HIT');
is(shared('ZONED', where => 'zone', status => 1), 'HIT', 'likewise');

# for as long as wppkg_refresh says

$one = shared('soon', where => 'soon');
document_put($t, 'packages.json', '{"a":3}', 1700000003);
$t->wait_for(sub { shared('soon', where => 'soon') != $one },
             'the catalogue has changed: soon another answer', 20);

$t->done;


sub locations {
    my $port = $t->{nginx_port} ||= $t->port;

    return "location /repo/ { wppkg_catalogue $db; }
            location /mirrored/ { wppkg_catalogue $db; mirror /again; }
            location = /again {
                internal;
                proxy_pass http://127.0.0.1:$port/repo/echo.json?again;
            }
            location /small/ {
                client_max_body_size 1k;
                error_page 413 = \@thrown_away;
            }
            location \@thrown_away {
                rewrite ^/small(/.*) \$1 break;
                wppkg_catalogue $db;
            }";
}


sub chunked {
    my ($body, $size) = @_;
    my @parts = unpack "(a$size)*", $body;

    my $http = HTTP::Tiny->new(timeout => 30, keep_alive => 0);

    return $http->request(POST => $t->nginx_url . '/repo/echo.json',
                          { content => sub { shift @parts } });
}


sub everything {
    my ($socket) = @_;
    my $all = '';

    while (IO::Select->new($socket)->can_read(30)) {
        last if !sysread $socket, $all, 65536, length $all;
    }

    return $all;
}


# the same place each time, so that nginx's configure is run once

sub build {
    system('rm', '-rf', "$work/source") == 0 or die;
    system('mkdir', '-p', "$work/source") == 0 or die;
    system('cp', '-rp', 'config', 'ngx_wppkg_module.c', 'src', 'tools',
           "$work/source") == 0 or die;

    $t->write_file("$work/source/src/core/wppkg_echo.c", echo());

    for my $change (
        [ 'wppkg_answers.h', qr/(?<=wppkg_feed_basis;\n)/,
          "wppkg_answer_ft wppkg_echo_answer;\nwppkg_args_ft wppkg_echo_args;\n"
          . "wppkg_answer_ft wppkg_shared_answer;\n"
          . "wppkg_posted_ft wppkg_shared_posted;\n" ],
        [ 'wppkg_answers.c', qr/(?<=wppkg_endpoints\[\] = \{\n)/,
          "{ \"echo.json\", WPPKG_GET|WPPKG_POST, $max, wppkg_echo_answer,\n"
          . "  wppkg_echo_args, NULL, NULL, 2 * $max, 0, 0 },\n"
          . "{ \"shared.json\", WPPKG_GET|WPPKG_POST, $max,\n"
          . "  wppkg_shared_answer, NULL, wppkg_shared_posted, NULL,\n"
          . "  2 * $max, 0, 0 },\n" ])
    {
        my ($name, $where, $what) = @$change;
        my $text = do { local (@ARGV, $/) = "src/core/$name"; <> };

        ok($text =~ s/$where/$what/, "$name is changed");
        $t->write_file("$work/source/src/core/$name", $text);
    }

    my $r = $t->command({ timeout => 200 }, "$work/source/tools/build-module",
                        "$work/build");
    is($r->{code}, 0, 'it compiles') or diag($r->{err});
}


sub echo {
    return <<'END';
#include <string.h>

#include "wppkg_answers.h"

int
wppkg_echo_args(const char *args, size_t len, char spelled[WPPKG_ARGS_MAX])
{
    if (len >= WPPKG_ARGS_MAX || (len == 3 && memcmp(args, "bad", 3) == 0)) {
        return WPPKG_DECLINED;
    }

    if (len > 0) {
        memcpy(spelled, args, len);
    }

    spelled[len] = '\0';

    return WPPKG_OK;
}

int
wppkg_echo_answer(wppkg_reader_t *rd, const wppkg_request_t *request,
    wppkg_answer_t *answer, wppkg_error_t *err)
{
    char  c;

    c = (request->args_len > 0) ? request->args[0] : 'x';

    if (request->args_len == 4 && c == 'n') {
        return WPPKG_DECLINED;
    }

    if (request->args_len == 4 && c == 'f') {
        wppkg_error_set(err, "as it is told to");
        return WPPKG_ERROR;
    }

    if (request->args_len == 4 && c == 'l') {
        wppkg_buf_printf(&answer->text, "%90000d", 1);
        answer->type = "text/plain; charset=utf-8";
        answer->status = 201;
        return WPPKG_OK;
    }

    if (c == 'd') {
        answer->date = 1700000000;
        answer->max_age = 60;
    }

    wppkg_buf_printf(&answer->text, "{\"method\":%u,\"args\":\"%.*s\","
                     "\"body\":\"%.*s\"}", request->method,
                     (int) request->args_len, request->args,
                     (int) request->body_len, request->body);
    return WPPKG_OK;
}

int
wppkg_shared_answer(wppkg_reader_t *rd, const wppkg_request_t *request,
    wppkg_answer_t *answer, wppkg_error_t *err)
{
    static int  n;

    wppkg_buf_printf(&answer->text, "{\"n\":%d,\"body\":\"%.*s\"}",
                     __atomic_add_fetch(&n, 1, __ATOMIC_SEQ_CST),
                     (int) request->body_len, request->body);
    return WPPKG_OK;
}

int
wppkg_shared_posted(char *body, size_t len, char *spelled, size_t *n)
{
    size_t  i;

    *n = 0;

    for (i = 0; i < len; i++) {
        if (body[i] == '!') {
            return WPPKG_DECLINED;
        }

        if (body[i] != ' ') {
            spelled[(*n)++] = (char) (body[i] | 0x20);
        }

        body[i] = '?';
    }

    return WPPKG_OK;
}
END
}

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# The two encodings of a document, and the response headers that go with
# them, whatever nginx's own gzip, expires and the like are told.

use strict;
use warnings;

use lib 't/lib';

use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents;


my $t = Test::WPPkg->new;
my $db = catalogue_create($t);

my $path = 'packages.json';
my $body = '{"packages":[],"metadata-url":"/p2/%package%.json"}' x 100;

document_put($t, $path, $body, 1700000000);
document_put($t, 'p2/wp-plugin/x.json', $body, 1700000000);

# a server that decides which client gets what

my $backend = $t->port;
my $servers = <<"END";
    server {
        listen 127.0.0.1:$backend;

        location / {
            add_header X-Accel-Redirect /inner\$request_uri;
            add_header Cache-Control private;
            add_header Cache-Control no-cache;
            default_type text/html;
            charset koi8-r;
            return 200;
        }
    }
END

$t->nginx(http => $servers, locations => <<"END");
    location / {
        wppkg_catalogue $db;
    }

    location /gzip/ {
        wppkg_catalogue $db;
        gzip on;
        gzip_types *;
        gzip_min_length 1;
        gzip_proxied any;
    }

    location /gzip-vary/ {
        wppkg_catalogue $db;
        gzip on;
        gzip_vary on;
        gzip_types *;
        gzip_min_length 1;
    }

    location /vary/ {
        wppkg_catalogue $db;
        gzip_vary on;
    }

    location /gunzip/ {
        wppkg_catalogue $db;
        gunzip on;
        gzip_vary on;
    }

    location /backend/ {
        rewrite ^/backend/(.*) /\$1 break;
        proxy_pass http://127.0.0.1:$backend;
    }

    location /inner/ {
        internal;
        wppkg_catalogue $db;
    }

    location /off/ {
        wppkg_catalogue $db;
        wppkg_cache_control off;

        location /off/p2/ {
            wppkg_cache_control "no-cache";
        }
    }

    location /own/ {
        wppkg_catalogue $db;
        wppkg_cache_control "public, max-age=60, stale-if-error=86400";

        location /own/p2/ {
            add_header X-Within yes;
        }
    }

    location /expires/ {
        wppkg_catalogue $db;
        expires 10s;
    }

    location /added/ {
        wppkg_catalogue $db;
        wppkg_cache_control off;
        add_header Cache-Control private;
    }

    location /charset/ {
        wppkg_catalogue $db;
        charset utf-8;
    }
END


sub is_encoded {
    my ($prefix, $accept, $encoding) = @_;

    my $what = "$prefix/ " . (defined $accept ? "\"$accept\"" : 'nothing');
    my %headers = defined $accept ? ('Accept-Encoding' => $accept) : ();
    my $r = $t->get("$prefix/$path", \%headers);
    my $sent = $encoding eq 'gzip' ? gzipped($body) : $body;

    is($r->{status}, 200, "$what: 200");
    is($r->{headers}{'content-encoding'} || 'identity', $encoding,
       "$what: $encoding");
    is($r->{headers}{'content-length'}, length $sent,
       "$what: Content-Length");
    ok($r->{content} eq $sent, "$what: the bytes");
    is($r->{headers}{vary}, 'Accept-Encoding', "$what: Vary, once");
    is($r->{headers}{etag}, etag_of($body, $encoding eq 'gzip' ? '-gz' : ''),
       "$what: ETag");
}


# bug 16: a length that is not that of what is sent, for a filter changed it

for my $prefix ('', '/gzip', '/gzip-vary', '/vary') {

    is_encoded($prefix, $_, 'gzip')
        for 'gzip', 'deflate, gzip, br, zstd', '*', 'gzip;q=0.1', 'x-gzip',
            'identity;q=0.5, gzip;q=0.5', 'identity;q=0, *';

    is_encoded($prefix, $_, 'identity')
        for undef, '', 'identity', 'gzip;q=0', 'br, deflate', '*;q=0',
            'identity, gzip;q=0.9', 'gzip;q=nonsense', 'identity;q=0',
            ',' x 5000;
}

for my $headers (
    { Via => '1.1 cdn.example.org (varnish)' },
    { 'User-Agent' => 'Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)' },
    { Authorization => 'Basic eDp5' })
{
    my ($name) = keys %$headers;
    my $r = $t->get("/gzip/$path", { 'Accept-Encoding' => 'gzip', %$headers });

    is($r->{headers}{'content-encoding'}, 'gzip', "bug 16: gzip with $name");
}


sub cache_control {
    my ($prefix, $of) = @_;

    my $r = $t->get("$prefix/" . ($of || $path));
    is($r->{status}, 200, "$prefix: 200");

    return $r->{headers}{'cache-control'};
}

is(cache_control(''), 'public, max-age=300', 'Cache-Control: the default');
is(cache_control('/off'), undef, 'off');
is(cache_control('/off', 'p2/wp-plugin/x.json'), 'no-cache', 'on again within');
is(cache_control('/own'), 'public, max-age=60, stale-if-error=86400',
   'a value of its own');
is(cache_control('/own', 'p2/wp-plugin/x.json'),
   'public, max-age=60, stale-if-error=86400',
   'inherited');
is(cache_control('/expires'), 'max-age=10', 'expires takes its place');
is(cache_control('/added'), 'private', 'add_header instead');

is($t->get("/charset/$path")->{headers}{'content-type'}, 'application/json',
   'no charset is added');


# "gunzip" is for clients without gzip: one that takes gzip may be a mirror

for my $p ($path, 'p2/wp-plugin/x.json', 'metadata/changes.json',
           'metadata/changes.json?since=' . int((time - 60) * 10000))
{
    my $r = $t->get("/gunzip/$p", { 'Accept-Encoding' => 'gzip' });
    my $plain = $t->get("/gunzip/$p");

    is($r->{headers}{'content-encoding'}, 'gzip', "gunzip on, $p: gzip");
    is(gunzip($r->{content}), $plain->{content}, "gunzip on, $p: its bytes");
    is($plain->{headers}{'content-encoding'}, undef,
       "gunzip on, $p: identity for others");
    unlike($r->{headers}{etag} || '', qr/^W/, "gunzip on, $p: a strong ETag");
    is($r->{headers}{vary}, 'Accept-Encoding', "gunzip on, $p: Vary, once");
}


# X-Accel-Redirect takes Cache-Control along, and the character set of another
# text; a feed is never to be stored

for my $case ([ $path, 200, 'private, no-cache' ],
              [ 'metadata/changes.json', 400, 'no-store' ],
              [ 'metadata/changes.json?since='
                . int((time - 60) * 10000), 200, 'no-store' ])
{
    my ($p, $status, $wanted) = @$case;
    my $r = $t->get("/backend/$p");
    my $got = $r->{headers}{'cache-control'};

    is($r->{status}, $status, "X-Accel-Redirect, $p");
    is(ref $got ? join(', ', @$got) : $got, $wanted,
       "X-Accel-Redirect, $p: Cache-Control");
    is($r->{headers}{'content-type'}, 'application/json',
       "X-Accel-Redirect, $p: no character set of the other server");
}


# a body that does not unpack is an error, only for clients that need it plain

# bug 32: numbers in the catalogue that are none of a document

document_put($t, 'p2/wp-plugin/a.json', $body, 1700000000,
             size => length($body) + 1);
document_put($t, 'p2/wp-plugin/b.json', $body, 1700000000,
             gz => substr gzipped($body), 0, -1);
document_put($t, 'p2/wp-plugin/c.json', $body, 1700000000, gz => 'garbage');

for my $name ('a', 'b', 'c') {
    my $r = $t->get("/p2/wp-plugin/$name.json");

    is($r->{status}, 503, "bug 32: $name.json is damaged: 503");
    is($r->{headers}{'retry-after'}, 1, "$name.json: Retry-After");
    is($r->{headers}{$_}, undef, "$name.json: no $_")
        for qw(etag last-modified content-encoding);
}

like($t->error_log, qr/document "p2\/wp-plugin\/a.json" is damaged/,
     'the log names the document');
is($t->get("/$path")->{content}, $body, 'the others are served');

$t->done;

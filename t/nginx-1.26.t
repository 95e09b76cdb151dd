#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# nginx 1.26, Debian 13's, with the module in it, with the module loaded, and
# as an nginx of one's own, whose source is somewhere: all build and serve.  The
# first run fetches and compiles, which takes a minute.  "make asan NGINX=1.26"
# runs all tests with it.

# bug 41: the static one is built without --with-debug

use strict;
use warnings;

use lib 't/lib';

use File::Copy ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents;


# without a zone the first request is no other than the second
delete $ENV{WPPKG_TEST_ZONE};

my $t = Test::WPPkg->new(timeout => 900);
my $db = catalogue_create($t);

my $path = 'p2/wp-plugin/akismet.json';
my $body = '{"packages":{"wp-plugin/akismet":[]}}' x 100;
my $date = 1700000000;

document_put($t, $path, $body, $date);

for my $kind ('static', 'dynamic', 'own') {
    my $dir = "$t->{build}/nginx-1.26-$kind";
    my $r;

    # a module for that one by "make module NGINX_SOURCE_DIR=..."
    if ($kind eq 'own') {
        my $other = "$t->{build}/nginx-1.26-dynamic";

        $r = $t->command({ env => { NGINX_SOURCE_DIR => "$other/nginx-1.26.3",
                                    NGINX_CONFIGURE => '--with-compat'
                                        . ' --with-threads --with-debug'
                                        . " --with-cc-opt='-O1 -g'" },
                           timeout => 400 }, 'tools/build-module', $dir);
        File::Copy::cp("$other/nginx", "$dir/nginx");

    } else {
        $r = $t->command({ env => { KIND => $kind, NGINX => '1.26' },
                           timeout => 400 }, 'tools/build-nginx', $dir);
    }

    is($r->{code}, 0, "bug 41: $kind: it builds") or diag($r->{err});

    $t->nginx_use($dir);
    $t->nginx(http => 'wppkg_zone z 1m; wppkg_cache z;
                       add_header X-Cache $wppkg_cache_status always;',
              locations => "location / { wppkg_catalogue $db; expires 10s; }");

    $r = $t->get("/$path");
    is($r->{headers}{server}, 'nginx/1.26.3', "$kind: the version");
    is($r->{content}, $body, "$kind: a document");
    is($r->{headers}{'cache-control'}, 'max-age=10', "$kind: expires");

    $t->wait_for(sub {
        $r = $t->get("/$path", { 'Accept-Encoding' => 'gzip' });
        $r->{headers}{'x-cache'} eq 'HIT';
    }, "$kind: a hit");

    is(gunzip($r->{content}), $body, "$kind: its gzip");
    is($t->get("/$path", { 'If-Modified-Since' => http_date($date) })
       ->{status}, 304, "$kind: 304");
    is($t->get('/p2/wp-plugin/none.json')->{status}, 404, "$kind: 404");

    $t->nginx_reload;
    is($t->get("/$path")->{content}, $body, "$kind: after a reload");
    $t->nginx_stop;
}

$t->done;

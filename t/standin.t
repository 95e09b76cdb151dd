#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# The stand-in of WordPress.org against answers that the real one has given
# (t/data/api): what the tests and the demo rest on must be like the real
# thing.


use strict;
use warnings;
use lib 't/lib';

use IO::Socket::INET;
use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Time::HiRes qw(time);


my $t = Test::WPPkg->new;
my $w = $t->wporg;
my ($port) = $w->url =~ /:(\d+)$/;

my $plugin = "/plugins/info/1.2/?action=plugin_information";
my $theme = "/themes/info/1.2/?action=theme_information";


sub api {
    my ($query) = @_;

    my $r = $t->get($w->url . $query);
    $r->{json} = eval { JSON::PP::decode_json($r->{content}) };
    return $r;
}


sub captured {
    my ($name) = @_;

    my $text = $t->read_file(Cwd::getcwd() . "/t/data/api/$name.json");
    return ($text, JSON::PP::decode_json($text));
}


sub kind {
    my ($value) = @_;

    return JSON::PP::is_bool($value) ? 'BOOL' : ref($value) || 'SCALAR';
}


# what a real answer holds is given back byte for byte

for my $name (qw(autoptimize-2024-partial)) {
    my ($text, $real) = captured("plugin-$name");
    $w->raw('plugin', $real->{slug}, $text);

    my $r = api("$plugin&request[slug]=$real->{slug}");

    is($r->{status}, 200, "$name is found");
    is($r->{content}, $text, "$name comes as it is");
    like($r->{headers}{'content-type'}, qr{^application/json}, 'as JSON');
}


# closed and missing: the single form says 404 with JSON

for my $name (qw(closed-permanent-0gravatar closed-permanent-yalw
                 closed-permanent-no-longer-in-directory closed-temporary))
{
    my ($text, $real) = captured("plugin-$name");
    $w->raw('plugin', $real->{slug}, $text);

    my $r = api("$plugin&request[slug]=$real->{slug}");

    is($r->{status}, 404, "$name: 404");
    is($r->{content}, $text, "$name: and its object");
}

for my $case ([ 'nothing-here', 'plugin-notfound' ],
              [ '.%2F..%2Fx', 'plugin-invalid-slug' ])
{
    my ($slug, $name) = @$case;
    my (undef, $real) = captured($name);
    my $r = api("$plugin&request[slug]=$slug");

    is($r->{status}, 404, "$name: 404");
    is_deeply($r->{json}, $real, "$name: the same object");
}


# objects that tests make have the real ones' keys and kinds

for my $permanent (0, 1) {
    my (undef, $real) = captured($permanent ? 'plugin-closed-permanent-yalw'
                                            : 'plugin-closed-temporary');

    $w->closed('plugin', 'made', permanent => $permanent);
    my $made = api("$plugin&request[slug]=made")->{json};

    is_deeply([ sort keys %$made ], [ sort keys %$real ],
              "closed($permanent) has the real keys");
    is_deeply([ map { kind($made->{$_}) } sort keys %$made ],
              [ map { kind($real->{$_}) } sort keys %$real ],
              'of the real kinds');

    s/ as of .* and/ as of DAY and/ for $made->{description},
                                        $real->{description};
    is($made->{description}, $real->{description}, 'in the same words');
}

{
    my (undef, $real) = captured('plugin-autoptimize-2024-partial');

    $w->plugin('made', { versions => { '1.0' => undef, '1.1' => undef } });
    my $made = api("$plugin&request[slug]=made")->{json};

    for my $key (qw(slug version download_link versions)) {
        is(kind($made->{$key}), kind($real->{$key}), "plugin: $key");
    }

    is($made->{version}, '1.1', 'the stable version is the highest');
    is($made->{download_link}, $made->{versions}{'1.1'}, 'and its zip');
    ok(exists $made->{versions}{trunk}, 'a plugin has a trunk');
}

{
    my ($text, $real) = captured('theme-100-bytes');

    $w->theme('made', { versions => { '1.0' => undef } });

    my $made = api("$theme&request[slug]=made&request[fields][versions]=1")
               ->{json};

    for my $key (qw(slug version author download_link versions requires
                    requires_php name))
    {
        is(kind($made->{$key}), kind($real->{$key}), "theme: $key");
    }

    is_deeply([ sort keys %{$made->{author}} ],
              [ sort grep { $_ ne 'avatar' } keys %{$real->{author}} ],
              'a theme\'s author is an object');

    ok(!exists api("$theme&request[slug]=made")->{json}{versions},
       'a theme\'s versions only when they are asked for');
}

$w->plugin('trunk-only', { versions => {} });
like(api("$plugin&request[slug]=trunk-only")->{content},
     qr/"versions":\[\]/, 'no versions: PHP\'s empty array');

$w->plugin('text', { name => "Caf\x{e9}/\x{4e2d}" });
like(api("$plugin&request[slug]=text")->{content},
     qr{"name":"Caf\\u00e9\\/\\u4e2d"}, 'strings escaped as PHP does');


# the bulk form

{
    my $r = api("$plugin&request[slugs]=made,yalw,nothing-here,made");

    is($r->{status}, 200, 'bulk: 200 whatever is in it');
    is_deeply([ sort keys %{$r->{json}} ],
              [ sort qw(made yalw nothing-here) ], 'an object keyed by slug');
    is($r->{json}{yalw}{error}, 'closed', 'closed inside it');
    is_deeply($r->{json}{'nothing-here'}, { error => 'Plugin not found.' },
              'missing inside it');
    is($r->{json}{made}{slug}, 'made', 'found inside it');

    my $encoded = api('/plugins/info/1.2/?action=plugin_information'
                      . '&request%5Bslugs%5D=made%2Cyalw%2Cnothing-here');
    is_deeply($encoded->{json}, $r->{json}, 'encoded brackets and commas');

    my @slugs = map { "p$_" } 1 .. 100;

    is(scalar keys %{api("$plugin&request[slugs]=" . join ',', @slugs)
                     ->{json}}, 100, '100 slugs');

    $r = api("$plugin&request[slugs]=" . join ',', @slugs, 'one-more');
    is($r->{status}, 422, '101 slugs: 422');
    ok($r->{json}{error}, 'with an error');

    $r = api("$plugin&request[slugs]=made,a%2Fb");
    is_deeply($r->{json}{'a/b'}, { error => 'Invalid plugin slug.' },
              'plugins: an invalid slug fails alone');

    $r = api("$theme&request[slugs]=made,no_theme");
    is($r->{status}, 404, 'themes: an invalid slug');
    is_deeply([ keys %{$r->{json}} ], [ 'error' ], 'fails all');

    $r = api("$theme&request[slugs]=made,not-there");
    is($r->{json}{'not-there'}{error}, 'Theme not found', 'a missing theme');
}


# zip files

{
    my $r = $t->get($w->url . '/plugin/made.1.0.zip');

    is($r->{status}, 200, 'a zip');
    is(substr($r->{content}, 0, 4), "PK\3\4", 'that is one');
    is($r->{content}, $t->get($w->url . '/plugin/made.1.0.zip')->{content},
       'the same bytes each time');

    $t->write_file('made.zip', $r->{content});
    is($t->command({}, 'unzip', '-tq', $t->dir . '/made.zip')->{code}, 0,
       'unzip takes it');

    is($t->get($w->url . '/plugin/made.zip')->{status}, 200, 'of trunk');
    is($t->get($w->url . '/plugin/made.9.zip')->{status}, 404,
       'a version that does not exist');
    is($t->get($w->url . '/plugin/yalw.0.1.zip')->{status}, 404,
       'a closed plugin');
    is($t->get($w->url . '/theme/made.1.0.zip')->{status}, 200, 'of a theme');
}


# what it can do wrong

my $query = "$plugin&request[slugs]=made";

$w->fail('status', status => 429, retry_after => 7);
my $r = api($query);
is($r->{status}, 429, 'too many requests');
is($r->{headers}{'retry-after'}, 7, 'with Retry-After');

$w->fail('status', status => 500, times => 2);
is(api($query)->{status}, 500, 'an internal error');
is(api($query)->{status}, 500, 'twice');
is(api($query)->{status}, 200, 'then no more');
is(scalar $w->failures, 0, 'nothing is left to fail');

$w->fail('html');
$r = api($query);
is("$r->{status} " . defined $r->{json}, '200 ', 'a page instead of JSON');

$w->fail('garbage');
$r = api($query);
is("$r->{status} " . defined $r->{json}, '200 ', 'bytes that are not UTF-8');

$w->fail('slow', seconds => 0.3);
my $start = time;
is(api($query)->{status}, 200, 'slow, but whole');
cmp_ok(time - $start, '>=', 0.3, 'slow');

$w->fail('huge', bytes => 3_000_000);
$r = api($query);
is(length $r->{content}, 3_000_000, 'huge');
ok($r->{json}, 'and JSON');

my $request = "GET $query HTTP/1.1\r\nHost: api\r\nConnection: close\r\n\r\n";

$w->fail('truncate');
$r = $t->raw_request($request, $port);
my ($length) = $r =~ /^Content-Length: (\d+)/m;
my ($body) = $r =~ /\r\n\r\n(.*)/s;
cmp_ok(length $body, '<', $length, 'truncated');
cmp_ok(length $body, '>', 0, 'not empty');

$w->fail('close');
is($t->raw_request($request, $port), '', 'closed');

{
    $w->fail('reset');

    my $socket = IO::Socket::INET->new("127.0.0.1:$port");
    syswrite $socket, $request;

    # the failure is errno's; nothing may be sent before it
    my $n = sysread $socket, my $bytes, 100;
    ok(!defined $n && $!{ECONNRESET}, 'reset');
}

$w->fail('status', status => 503, query => 'other');
is(api($query)->{status}, 200, 'a failure for other requests only');
is(api("$plugin&request[slug]=other")->{status}, 503, 'hits those');


# its log

$w->clear_requests;
$t->get($w->url . $query, { 'X-Test' => 'yes' });
my @requests = $w->requests;

is(scalar @requests, 1, 'one request, one line');
is($requests[0]{method}, 'GET', 'its method');
is($requests[0]{path}, '/plugins/info/1.2/', 'its path');
like($requests[0]{query}, qr/request\[slugs\]=made/, 'its query');
is($requests[0]{headers}{'x-test'}, 'yes', 'its headers');


# keep-alive, and two requests in one packet

$r = $t->raw_request("GET $query HTTP/1.1\r\nHost: api\r\n\r\n$request",
                     $port);
my @answers = $r =~ /HTTP\/1\.1 200 OK/g;
is(scalar @answers, 2, 'two requests on one connection');

$t->done;

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


# the bulk form: of plugins

{
    my $r = api("$plugin&request[slugs]=made,yalw,%20nothing-here%20,made");

    is($r->{status}, 200, 'bulk: 200 whatever is in it');
    is_deeply([ sort keys %{$r->{json}} ],
              [ sort qw(made yalw nothing-here) ], 'an object keyed by slug');
    is(join(' ', $r->{content} =~ /"(made|yalw|nothing-here)":\{/g),
       'made yalw nothing-here', 'in the order asked');
    is($r->{json}{yalw}{error}, 'closed', 'closed inside it');
    is_deeply($r->{json}{'nothing-here'}, { error => 'Plugin not found.' },
              'missing inside it');
    is($r->{json}{made}{slug}, 'made', 'found inside it');

    my $encoded = api('/plugins/info/1.2/?action=plugin_information'
                      . '&request%5Bslugs%5D=made%2Cyalw%2Cnothing-here');
    is_deeply($encoded->{json}, $r->{json}, 'encoded brackets and commas');

    is_deeply(api("$plugin&request[slugs][]=made&request[slugs][]=yalw"
                  . '&request[slugs][]=nothing-here')->{json},
              $r->{json}, 'an array');

    my @slugs = map { "p$_" } 1 .. 100;

    is(scalar keys %{api("$plugin&request[slugs]=" . join ',', @slugs)
                     ->{json}}, 100, '100 slugs');

    $r = api("$plugin&request[slugs]=" . join ',', @slugs, 'one-more');
    is($r->{status}, 422, '101 slugs: 422');
    is_deeply($r->{json}, {
        error => 'A maximum of 100 plugins can be queried at once.'
    }, 'and why');

    $r = api("$plugin&request[slugs]=made,a%2Fb,Upper");
    is_deeply($r->{json}{'a/b'}, { error => 'Invalid plugin slug.' },
              'an invalid slug fails alone');
    is_deeply($r->{json}{Upper}, { error => 'Invalid plugin slug.' },
              'so does one in capitals');
    is($r->{json}{made}{slug}, 'made', 'and the others do not');
}


# themes have none: what looks like it is refused, whatever is asked for

for my $slugs ('slugs]=made', 'slugs]=made,not-there', 'slugs][]=made') {
    my $r = api("$theme&request[$slugs");

    is($r->{status}, 404, "themes: $slugs");
    is_deeply($r->{json}, { error => 'Slugs not provided' }, 'is refused');
}

$w->theme('under_score');
is(api("$theme&request[slug]=under_score")->{status}, 200,
   'a theme may have an underscore');
is_deeply(api("$theme&request[slug]=No.Theme")->{json},
          { error => 'Invalid slug provided' }, 'and no capitals');

$w->closed('theme', 'suspended');

for my $slug (qw(suspended unheard-of)) {
    my $r = api("$theme&request[slug]=$slug");

    is($r->{status}, 404, "$slug: 404");
    is_deeply($r->{json}, { error => 'Theme not found' },
              'a theme is found, or it is not');
}


# pages

sub page {
    my ($type, %request) = @_;

    my $r = api("/${type}s/info/1.2/?action=query_${type}s"
                . join '', map { "&request[$_]=$request{$_}" } keys %request);

    is($r->{status}, 200, "a page of ${type}s");
    return $r->{json};
}

{
    $w->theme(sprintf('listed-%04d', $_), { added => 2000 + $_ })
        for 1 .. 1010;

    # they, made, under_score
    my $first = page('theme', browse => 'new', per_page => 5000, page => 1);

    is_deeply($first->{info}, { page => 1, pages => 2, results => 1012 },
              'how many there are, without what is closed');
    is(scalar @{$first->{themes}}, 999, '999 on a page at most');
    is($first->{themes}[0]{slug}, 'listed-1010', 'the newest first');
    ok(!exists $first->{themes}[0]{versions},
       'versions only if they are asked for');

    my $second = page('theme', browse => 'new', per_page => 999, page => 2,
                      'fields][versions' => 1);

    is(scalar @{$second->{themes}}, 13, 'the rest on the other');
    is_deeply([ keys %{$second->{themes}[0]{versions}} ], [ '1.0' ],
              'with versions');
    is(scalar @{page('theme', page => 1)->{themes}}, 24,
       '24 a page, if nothing else is said');

    my $past = page('theme', page => 3, per_page => 999);

    is_deeply($past->{themes}, [], 'none behind the last one');
    is($past->{info}{pages}, 2, 'but how many there are');

    $w->theme('made', { last_updated => '2026-01-01' });
    is(page('theme', browse => 'updated')->{themes}[0]{slug}, 'made',
       'what was updated last');

    $w->shifts(missed => [ 'listed-1010' ], twice => [ 'listed-0500' ]);
    my %times;
    $times{$_->{slug}}++ for map {
        @{page('theme', per_page => 999, page => $_)->{themes}} } 1, 2;
    is(join(' ', grep { $times{$_} > 1 } sort keys %times), 'listed-0500',
       'pages that shift: one comes twice');
    ok(!$times{'listed-1010'}, 'and one is missed');
    $w->shifts;
}

{
    my $r = page('plugin', per_page => 100);

    is($r->{info}{results}, 8, 'plugins: closed ones count');
    is(join(' ', sort map { $_->{slug} } @{$r->{plugins}}),
       'autoptimize made text trunk-only', 'and are left out');
    ok(!exists $r->{plugins}[0]{stable_tag}, 'fields as ever');
}


# fields

{
    $w->plugin('fields');

    my $r = api("$plugin&request[slug]=fields")->{json};

    for my $key (qw(versions download_link requires_php active_installs
                    sections requires tested homepage))
    {
        ok(exists $r->{$key}, "$key comes of itself");
    }

    ok(!exists $r->{$_}, "$_ does not") for qw(stable_tag short_description);

    is(kind($r->{contributors}), 'HASH', 'contributors: an object');
    is(kind($r->{requires_plugins}), 'ARRAY', 'requires_plugins: a list');
    is($r->{donate_link}, '', 'an empty link');

    like(api("$plugin&request[slug]=fields")->{content},
         qr/"$_":\d+[,}]/, "$_ is a number")
        for qw(active_installs downloaded rating num_ratings);

    $r = api("$plugin&request[slug]=fields&request[fields][stable_tag]=1"
             . '&request[fields][sections]=0&request[fields][downloadlink]=0')
         ->{json};

    is($r->{stable_tag}, '1.0', 'a field that is asked for');
    ok(!exists $r->{sections}, 'one that is not wanted');
    ok(!exists $r->{download_link}, 'one whose name is not its key');

    $w->theme('child', { template => 'made', parent => {
        slug => 'made', name => 'Made', homepage => 'https://example.org/' } });
    is(api("$theme&request[slug]=child&request[fields][parent]=1")
       ->{json}{parent}{slug}, 'made', 'a child theme has a parent');
}


# versions, as PHP and WordPress.org have them

sub versions_of {
    my ($slug, $versions, %more) = @_;

    $w->plugin($slug, { versions => $versions, %more });

    return api("$plugin&request[slug]=$slug"
               . '&request[fields][stable_tag]=1')->{json};
}

{
    my $r = versions_of('v-none', {});

    is_deeply($r->{versions}, [], 'no versions: an empty list');
    is($r->{version}, '0.0', 'a version that is not known');
    is($r->{stable_tag}, 'trunk', 'and its tag');
    like($r->{download_link}, qr{/plugin/v-none\.zip$}, 'and the zip');

    $r = versions_of('v-list', { 0 => undef, 1 => undef, 2 => undef },
                     stable_tag => 'trunk');
    is(kind($r->{versions}), 'ARRAY', 'tags 0, 1, 2: a list');
    like($r->{versions}[2], qr{/v-list\.2\.zip$}, 'of their zips');
    is($t->get($w->url . '/plugin/v-list.2.zip')->{status}, 200, 'a zip');

    $r = versions_of('v-object', { 0 => undef, 1 => undef });
    ok(exists $r->{versions}{trunk}, 'with a trunk it is an object');

    $r = versions_of('v-trunk', { '1.0' => undef }, stable_tag => 'trunk');
    ok(!exists $r->{versions}{trunk}, 'none if the stable tag is trunk');

    $r = versions_of('v-dot', { '.9' => undef });
    like($r->{versions}{'0.9'}, qr{/v-dot\.0\.9\.zip$}, '.9 is told as 0.9');
    ok(!exists $r->{versions}{'.9'}, 'and not as it is');

    $r = versions_of('v-odd', { "1.0 b\r" => undef });
    like($r->{versions}{"1.0 b\r"}, qr{/v-odd\.1\.0 b\r\.zip$},
         'nothing is encoded in the URL of a zip');
    is($t->get($w->url . '/plugin/v-odd.1.0%20b%0D.zip')->{status}, 200,
       'whoever asks for it encodes it');
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


# its cache: what is there for up to a day, what is not for longer

sub known_after {
    my ($query, $slug, $make) = @_;

    $w->clock(1_000_000);
    api("$query&request[slug]=$slug");
    $make->();

    my ($day) = grep {
        $w->clock(1_000_000 + $_ * 3600);
        api("$query&request[slug]=$slug")->{json}{version};
    } 1 .. 200;

    return $day;
}

{
    my $hours = known_after($plugin, 'yet-to-come',
                            sub { $w->plugin('yet-to-come') });
    cmp_ok($hours, '<=', 48, 'a plugin that was missing: up to two days');
    cmp_ok($hours, '>=', 1, 'not at once');

    my $week = known_after($theme, 'yet-to-come',
                           sub { $w->theme('yet-to-come') });
    is($week, 7 * 24, 'a theme: a week');

    $w->clock(2_000_000);
    api("$theme&request[slug]=soon");
    $w->theme('soon', { added => '9999' });
    is(page('theme')->{themes}[0]{slug}, 'soon', 'the pages have it at once');
    is(api("$theme&request[slug]=soon")->{status}, 404, 'and it is not found');

    unlink $t->dir . '/wporg/clock';
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

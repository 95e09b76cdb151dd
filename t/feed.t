#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# The changes feed as nginx serves it (contract C 29-36): a mirror's start by
# 400, polls, headers, "since" of every shape, trouble; and when
# packages.json announces it.

use strict;
use warnings;

use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents;


my $t = Test::WPPkg->new;
my $w = $t->wporg;
my $db = $t->catalogue;
my $feed = '/metadata/changes.json';

$w->plugin('akismet', { versions => { '1.0' => undef } });
$w->theme('twentyten', { versions => { '1.0' => undef } });

# what is told when a file goes is told of closed packages, too, if they go

$t->configure(repository => { closed => 'gone' });
is($t->syncd('migrate')->{code}, 0, 'migrate');

$t->nginx(workers => 2, locations => <<"END");
    location / {
        wppkg_catalogue $db;
    }

    location /repo/ {
        wppkg_catalogue $db;
        wppkg_cache_control "public, max-age=600";
        error_page 400 = /nowhere;
    }
END


# the answer to a query, which must be good: status, decoded body

sub feed {
    my ($query, $status) = @_;

    my $r = $t->get("$feed$query", { 'Accept-Encoding' => 'gzip' });

    is($r->{status}, $status, "$query: $status");
    is($r->{headers}{'content-encoding'}, 'gzip', "$query: gzip (C 31)");
    is($r->{headers}{'content-type'}, 'application/json',
       "$query: Content-Type");

    return JSON::PP::decode_json(gunzip($r->{content}));
}


sub since { feed("?since=$_[0]", 200) }

sub names {
    my ($answer) = @_;
    return join ' ', sort map { "$_->{type}:$_->{package}" }
                              @{$answer->{actions}};
}


sub watermark {
    return $t->sql_value("SELECT value FROM meta"
                         . " WHERE name = 'feed_watermark'");
}


# C 29, 30, 33: a start

my $start = feed('', 400);

like($start->{error}, qr/"since" must be/, 'C 29: the reason');
is($start->{timestamp}, watermark() + 1, 'C 29, C 33: the watermark and one');
is_deeply([ sort keys %$start ], [ 'error', 'timestamp' ], 'nothing else');

my $idle = since($start->{timestamp});
is_deeply($idle, { actions => [], timestamp => $start->{timestamp} },
          'C 31: nothing yet, and "actions" is there');
is_deeply(since($start->{timestamp} + 1000000), $idle,
          'C 33: a timestamp ahead of the watermark');

is(names(since($start->{timestamp} - 100000)), 'resync:*',
   'C 35: before the floor');


# C 32, 36: changes, as the daemon makes them

$t->syncd({ stdin => "plugin/akismet\ntheme/twentyten\n" }, 'discover',
          '--source=list', '-');
is($t->syncd('update')->{code}, 0, 'update');

my $first = since($start->{timestamp});
is(names($first),
   'update:wp-plugin/akismet update:wp-plugin/akismet~dev'
   . ' update:wp-theme/twentyten update:wp-theme/twentyten~dev',
   'C 32: every file');

for my $action (@{$first->{actions}}) {
    my $r = $t->get("/p2/$action->{package}.json");

    is($r->{status}, 200, "$action->{package} is there");
    is($r->{headers}{'last-modified'}, http_date($action->{time}),
       'C 36: its time is the file\'s date');
}

is(names(since($first->{timestamp})), '', 'C 33: told once');

$w->plugin('akismet', { versions => { '1.0' => undef, '1.1' => undef },
                        stable => '1.1' });
$w->closed('theme', 'twentyten', permanent => 1, reason => 'Author Request');
$t->syncd('update', 'plugin/akismet', 'theme/twentyten');

# the daemon believes in a closure when it has seen it twice

$t->sql('UPDATE observations SET observed_at = observed_at - 3600');
$t->syncd('update', 'theme/twentyten');

my $second = since($first->{timestamp});
is(names($second), 'delete:wp-theme/twentyten update:wp-plugin/akismet',
   'C 32: an update of one file, the end of a package');
is($t->get("/p2/wp-theme/twentyten$_.json")->{status}, 404,
   "C 38: twentyten$_ is gone at once") for '', '~dev';
is(names(since($start->{timestamp})),
   'delete:wp-theme/twentyten update:wp-plugin/akismet'
   . ' update:wp-plugin/akismet~dev',
   'C 32: a mirror that comes late gets one action a key, or "delete"');

unlike(names(since($start->{timestamp})), qr/packages/,
       'packages.json is no action');


# headers

my $r = $t->get("$feed?since=$start->{timestamp}", {
    'Accept-Encoding' => 'identity',
    'If-Modified-Since' => http_date(time + 10),
    'If-None-Match' => '*',
    'If-Unmodified-Since' => http_date(0),
    'Range' => 'bytes=0-9',
});

is($r->{status}, 200, 'conditions and ranges are not looked at');
is($r->{headers}{'content-encoding'}, undef, 'identity');
is($r->{headers}{'content-length'}, length $r->{content}, 'Content-Length');
is($r->{headers}{'cache-control'}, 'no-store', 'Cache-Control');
is($r->{headers}{vary}, 'Accept-Encoding', 'Vary');
is($r->{headers}{$_}, undef, "no $_") for qw(last-modified etag expires
                                             accept-ranges);
is(names(JSON::PP::decode_json($r->{content})),
   names(since($start->{timestamp})), 'the same answer');

for my $query ('', "?since=$start->{timestamp}") {
    for my $coding ('gzip', 'identity') {
        my $get = $t->get("$feed$query", { 'Accept-Encoding' => $coding });
        my $head = $t->request(HEAD => "$feed$query",
                               { 'Accept-Encoding' => $coding });

        is($head->{status}, $get->{status}, "HEAD $query, $coding: status");
        is($head->{content}, '', "HEAD $query, $coding: no body");
        is($head->{headers}{'content-length'}, length $get->{content},
           "HEAD $query, $coding: Content-Length");
    }
}

for my $method (qw(POST PUT DELETE OPTIONS)) {
    is($t->request($method => $feed)->{status}, 405, "$method: 405");
}

like($t->raw_request("GET $feed HTTP/1.0\r\nAccept-Encoding: gzip\r\n"
                     . "Via: 1.0 proxy\r\n\r\n"),
     qr/^HTTP\/1\.1 400 .*^Content-Encoding: gzip\r$/ms,
     'C 31: gzip by HTTP/1.0 and through a proxy');

my @answers = $t->raw_request("GET $feed HTTP/1.1\r\nHost: h\r\n\r\n" x 2
                        . "GET $feed?since=$start->{timestamp} HTTP/1.1\r\n"
                        . "Host: h\r\nConnection: close\r\n\r\n")
    =~ m{HTTP/1\.1 (\d+) }g;
is("@answers", '400 400 200', 'a connection outlives a 400');

$r = $t->get("/repo$feed");
is($r->{status}, 400, 'below a prefix: 400, whatever error_page says');
is($r->{headers}{'cache-control'}, 'no-store',
   'below a prefix: wppkg_cache_control is for documents');

is($t->get($_)->{status}, 404, "$_: 404")
    for '/metadata/changes.json/', '/metadata/', '/metadata/changes',
        '/metadata/changes.jsonx', '/changes.json', '/Metadata/changes.json';
is($t->get('/metadata/%63hanges.json')->{status}, 400, 'a decoded path');


# "since" of every shape (C 29): an unusable one starts a mirror anew

my $now = $second->{timestamp};

feed($_, 400) for
    '?', '?since', '?since=', '?since=0', '?since=-1', "?since=-$now",
    '?since=15850612239999', '?since=99999999999999999999',
    "?since=$now.0", '?since=1.7e13', '?since=NaN', '?since=now',
    "?since[]=$now", "?since%5B%5D=$now", "?since=$now,$now",
    "?since=$now&since=$now", '?since=%', '?since=%00', "?since=%20$now",
    "?since=+$now", "?since=${now}x", '?since=%31%35', '?SINCE=' . $now,
    '?' . 'since=1&' x 500, '?since=' . '9' x 4000;

is_deeply(feed($_, 200), { actions => [], timestamp => $now }, $_) for
    "?since=$now", "?a=b&since=$now&c=d", "?since=0$now",
    '?since=' . join('', map { sprintf '%%%02X', ord } split //, $now),
    "?%73ince=$now", '?since=9223372036854775807';

is(names(feed('?since=15850612240000', 200)), 'resync:*',
   'C 35: the smallest timestamp');


# trouble: 503, and the reason in the log

rename $db, "$db.away" or die;
is($t->get($feed)->{status}, 503, 'no catalogue: 503');
rename "$db.away", $db or die;
is($t->get($feed)->{status}, 400, 'it is back');

$t->sql("UPDATE meta SET value = 'x' WHERE name = 'feed_watermark'");
$r = $t->get($feed);
is($r->{status}, 503, 'the watermark is damaged: 503');
is($r->{headers}{'retry-after'}, 1, 'Retry-After');
$t->wait_for(sub { $t->get($feed);
                   $t->error_log =~ /watermark is damaged: restore/ },
             'the log says why');
is($t->get('/p2/wp-plugin/akismet.json')->{status}, 200,
   'documents are served all the same');
$t->sql("UPDATE meta SET value = $now - 1 WHERE name = 'feed_watermark'");
is_deeply(since($now), { actions => [], timestamp => $now }, 'repaired');


# C 35: after a restart of everything

$t->nginx_stop;
is($t->syncd('migrate')->{code}, 0, 'migrate again');
$t->nginx(locations => "location / { wppkg_catalogue $db; }");
is_deeply(since($now), { actions => [], timestamp => $now },
          'C 35: a timestamp outlives restarts');


# C 2: when packages.json announces it

sub root {
    my (%repository) = @_;

    my %bucket = %{delete $repository{bucket} || {}};

    $t->configure(repository => \%repository, bucket => \%bucket);
    is($t->syncd('migrate')->{code}, 0, 'migrate');

    return JSON::PP::decode_json($t->get('/packages.json')->{content})
           ->{'metadata-changes-url'};
}

my %bucket = (endpoint => 'http://127.0.0.1:9', name => 'bucket');
my $url = 'https://feed.example.org/metadata/changes.json';

is(root(), '/metadata/changes.json', 'C 2: root-relative');
is(root(base_url => 'https://h.example.org'),
   'https://h.example.org/metadata/changes.json',
   'C 2: absolute where the address is known');
is(root(base_url => 'https://h.example.org/wp/'),
   'https://h.example.org/wp/metadata/changes.json', 'with its path');
is(root(base_url => 'https://h.example.org', changes_url => $url), $url,
   'elsewhere');
is(root(base_url => 'https://h.example.org', bucket => \%bucket), undef,
   'with a bucket: not announced, for it is not there');
is(root(base_url => 'https://h.example.org', changes_url => $url,
        bucket => \%bucket), $url, 'unless it is said where it is');

$t->done;

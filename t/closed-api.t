#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# What is told of all closed packages: the summary of filter lists and the
# closed API (contract C 45, C 54), by nginx and by a bucket; when they are
# rendered, and when not.


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents;
use Test::WPPkg::Process qw(alive);


my $t = Test::WPPkg->new;
my $w = $t->wporg;
my $db = $t->catalogue;

my $summary = 'p2/filter-summary.json';
my @api = map { ("api/packages/$_/closed", "api/packages/$_/closed/permanent") }
              qw(plugin wp-plugin theme wp-theme);

$w->plugin($_, { versions => { '1.0' => undef } }) for qw(akismet form shut);
$w->theme('twentyten', { versions => { '3.8' => undef } });

$t->write_file('lists', "ours plugin/form \"<2, >1 || 3\" r\n"
                        . "ours plugin/form <0.5 r\n");

sub configure {
    $t->configure(wporg => { api_url => $w->url, contact => 'tests',
                             bulk => 1, concurrency => 1 },
                  repository => { authority => 'whole', @_ });
}

sub syncd {
    my (@args) = @_;

    my $r = $t->syncd(@args);
    is($r->{code}, 0, "wppkg-syncd @args") or diag($r->{err});

    return $r;
}


configure();
syncd('migrate');

my $port = $t->port;

$t->nginx(
    http => "wppkg_zone zone 1m;
             server { listen 127.0.0.1:$port; location /repo/ {
                 wppkg_catalogue $db; wppkg_cache zone; wppkg_refresh 0s; } }",
    locations => "location / { wppkg_catalogue $db; }
                  location /own/ { wppkg_catalogue $db;
                                   wppkg_cache_control max-age=7; }");

my %base = ('without a zone' => $t->nginx_url,
            'with a zone' => "http://127.0.0.1:$port/repo");


# --- a fresh catalogue has all of them

for my $how (sort keys %base) {
    my $r = $t->get("$base{$how}/$summary");
    is("$r->{status} $r->{content}", '200 {"filter":{"wp-closed":{}}}',
       "C 45: a fresh catalogue, $how: the summary is there");
    is($r->{headers}{'cache-control'}, 'public, max-age=300',
       "C 45: $how: good for as long as any document");

    for my $path (@api) {
        $r = $t->get("$base{$how}/$path");
        is("$r->{status} $r->{content} $r->{headers}{'content-type'}",
           '200 [] application/json', "C 54: $how: $path is there");
        is($r->{headers}{'cache-control'}, 'public, max-age=3600',
           "C 54: $how: $path is good for an hour");

        my $again = $t->get("$base{$how}/$path", {
            'If-Modified-Since' => $r->{headers}{'last-modified'} });
        is("$again->{status} $again->{headers}{'cache-control'}",
           '304 public, max-age=3600', "C 20: $how: $path, conditional");
        is($t->request(HEAD => "$base{$how}/$path")->{status}, 200,
           "$how: HEAD $path");
    }

    for my $path (qw(api/packages/core/closed
                     api/packages/plugins/closed/permanent)) {
        $r = $t->get("$base{$how}/$path");
        is("$r->{status} $r->{content} $r->{headers}{'content-type'}",
           '404 {"error":"unknown package type"} application/json',
           "C 54: $how: $path, another type");
    }

    is($t->get("$base{$how}/$_")->{status}, 404, "$how: $_ is nothing")
        for qw(api/packages/plugin api/packages//closed
               api/packages/a/b/closed api/packages/plugin/closed/
               p2/filter-summary~dev.json);
    is($t->request(POST => "$base{$how}/$api[0]")->{status}, 405,
       "$how: POST");
}

is($t->get("/own/$api[0]")->{headers}{'cache-control'}, 'max-age=7',
   'wppkg_cache_control is for them too');


# --- closings

$t->write_file('packages.txt', "plugin/akismet\nplugin/form\nplugin/shut\n"
                               . "theme/twentyten\n");
syncd('discover', '--source=list', $t->path('packages.txt'));
syncd('update');

# each change of a document, from here on
$t->sql('CREATE TABLE seen (path TEXT);'
    . ' CREATE TRIGGER seen_changed AFTER UPDATE OF content_hash ON documents'
    . ' BEGIN INSERT INTO seen VALUES (NEW.path); END');

sub seen {
    my %n;
    $n{$_->[0]}++ for $t->sql('SELECT path FROM seen');
    $t->sql('DELETE FROM seen');
    return \%n;
}

sub told { JSON::PP::decode_json($t->get("/$_[0]")->{content}) }

sub watermark { told('metadata/changes.json')->{timestamp} }

sub since {
    my ($since) = @_;

    return join ' ', map { "$_->{type}:$_->{package}" }
        @{told("metadata/changes.json?since=$since")->{actions}};
}

my $before = watermark();
my $old = $t->get("/$summary");

$w->closed('plugin', 'shut', permanent => 1);
$w->closed('plugin', 'akismet');
$w->remove('theme', 'twentyten');
syncd('update', 'plugin/shut', 'plugin/akismet', 'theme/twentyten');

is_deeply(told($summary), { filter => { 'wp-closed' => {
    map { $_ => '*' } qw(wp-plugin/akismet wp-plugin/shut wp-theme/twentyten)
} } }, 'C 45: what is closed is on the summary');
is_deeply(told("api/packages/$_/closed"), [ qw(akismet shut) ],
          "C 54: $_: sorted") for qw(plugin wp-plugin);
is_deeply(told("api/packages/$_/closed/permanent"), [ 'shut' ],
          "C 54: $_: for good") for qw(plugin wp-plugin);
is_deeply(told("api/packages/$_/closed"), [ 'twentyten' ],
          "C 54: $_: the other type") for qw(theme wp-theme);
is_deeply(told("api/packages/$_/closed/permanent"), [],
          "C 54: $_: nothing is for good") for qw(theme wp-theme);

my $n = seen();
is_deeply([ grep { $n->{$_} != 1 } $summary, @api[0 .. 4, 6] ], [],
          'rendered once, though three packages were closed');
is_deeply([ grep { $n->{$_} } @api[5, 7] ], [],
          'what tells the same has not changed');

my $new = $t->get("/$summary", {
    'If-Modified-Since' => $old->{headers}{'last-modified'} });
is($new->{status}, 200, 'C 21: it has another date');
isnt($new->{headers}{etag}, $old->{headers}{etag}, 'and another ETag');

unlike(since($before), qr/filter|api|closed/,
       'none of these files is in the changes feed');
is_deeply(told("packages/$_.json")->{packageNames}, $_ eq 'list'
          ? [ 'wp-plugin/form' ]
          : [ qw(wp-plugin/akismet wp-plugin/shut wp-theme/twentyten) ],
          "nor in packages/$_.json") for qw(list claimed);

my $zipped = $t->get("/$summary", { 'Accept-Encoding' => 'gzip' });
is(gunzip($zipped->{content}), $new->{content}, 'C 22: gzipped as well');


# --- nothing has changed

my $generation = $t->sql_value('SELECT max(generation) FROM documents');
syncd('update');
is($t->sql_value('SELECT max(generation) FROM documents'), $generation,
   'a run without news renders nothing');
is_deeply(seen(), {}, 'not even the same bytes');


# --- an operator's lists

configure(lists => $t->path('lists'));
syncd('update');
is_deeply(told($summary)->{filter}{ours},
          { 'wp-plugin/form' => '<0.5||<2, >1 || 3' },
          'C 45: two lines about a package are one constraint');


# --- open again, and gone

$w->plugin('shut', { versions => { '1.0' => undef } });
syncd('update', 'plugin/shut');
is_deeply([ sort keys %{told($summary)->{filter}{'wp-closed'}} ],
          [ qw(wp-plugin/akismet wp-theme/twentyten) ],
          'open again: off the list');
is_deeply(told($api[1]), [], 'open again: nothing is closed for good');

configure(closed => 'gone');
syncd('update');
is_deeply(told($summary), { filter => {} }, 'C 47: gone: no such list');
is_deeply(told($api[0]), [ 'akismet' ],
          'C 54: gone: what WordPress.org has closed all the same');

configure(closed => 'abandoned');
syncd('update');
is_deeply([ sort keys %{told($summary)->{filter}{'wp-closed'}} ],
          [ qw(wp-plugin/akismet wp-theme/twentyten) ],
          'C 47: abandoned: on the list');


# --- killed between a change and its rendering

configure();
syncd('update');
my $then = $t->get("/$summary")->{content};

$w->closed('plugin', $_) for qw(shut form);
$w->fail('slow', seconds => 60, query => 'shut');

my $run = $t->syncd_start('update', 'plugin/form', 'plugin/shut');
$t->wait_for(sub {
    $t->sql_value("SELECT state FROM packages WHERE slug = 'form'")
        eq 'closed' }, 'one of two closings is stored');
$t->finish($run, 'KILL');

like($t->get('/p2/wp-plugin/form.json')->{content}, qr/"wp-closed"/,
     'killed: its document tells of it');
is($t->get("/$summary")->{content}, $then, 'killed: the summary does not yet');

unlink $w->{dir} . '/fail.json';
syncd('migrate');
is(told($summary)->{filter}{'wp-closed'}{'wp-plugin/form'}, '*',
   'killed: the next command renders it, whatever it is');
is_deeply(told($api[0]), [ qw(akismet form) ], 'killed: the closed API too');
syncd('update', 'plugin/shut');


# --- no name of a package: where the file is missing, nothing is claimed

$t->sql("DELETE FROM documents WHERE path = '$summary'");
is($t->get('/p2/wp-plugin/never-heard-of.json')->{status}, 200,
   'the catalogue is whole, and claims names');
is($t->get("/$summary")->{status}, 404, 'but not that of the summary');

$t->sql('DROP TRIGGER seen_changed; DROP TABLE seen; UPDATE meta'
        . " SET value = 2 WHERE name = 'overviews_stale'");
syncd('migrate');
is($t->get("/$summary")->{status}, 200, 'it is rendered again');


# --- 200,000 entries, 8 MB: more than there will be

$t->sql('WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n'
    . " WHERE i < 200000) INSERT INTO filters SELECT 'plugin',"
    . " 'a-plugin-of-some-length-' || i, 'many', '<2.4', 'r', NULL FROM n");
syncd('migrate');

for my $how (sort keys %base) {
    my $whole = $t->get("$base{$how}/$summary")->{content};

    cmp_ok(length $whole, '>', 8_000_000, "large, $how: all of it");
    is(keys %{JSON::PP::decode_json($whole)->{filter}{many}}, 200_000,
       "large, $how: each entry");
    is(gunzip($t->get("$base{$how}/$summary",
                      { 'Accept-Encoding' => 'gzip' })->{content}), $whole,
       "large, $how: gzipped");
}

$t->sql("DELETE FROM filters WHERE list = 'many'");
syncd('migrate');


# --- a bucket

my $s3 = $t->s3;
configure();
syncd('sync');

for my $path ($summary, @api) {
    my $object = $s3->get($path);
    my $age = $path eq $summary ? 300 : 3600;

    is("$object->{status} $object->{headers}{'content-type'}"
       . " $object->{headers}{'cache-control'}",
       "200 application/json public, max-age=$age", "bucket: $path");
    is($object->{content}, $t->get("/$path")->{content},
       "bucket: $path: the same bytes");
}

syncd('sync');
is($t->sql_value("SELECT json_extract(stages, '\$[0].requests')"
                 . ' FROM pipeline_runs ORDER BY id DESC LIMIT 1'), 0,
   'bucket: and nothing is asked');

$w->plugin('shut', { versions => { '1.0' => undef } });
syncd('update', 'plugin/shut');
is_deeply([ map { $_->[0] } $t->sql('SELECT path FROM documents'
            . ' WHERE content_hash IS NOT deployed_hash'
            . " AND path NOT LIKE 'p2/%/%' ORDER BY path") ],
          [ 'api/packages/plugin/closed', 'api/packages/wp-plugin/closed',
            'closures.json', 'feed.xml', $summary, 'packages/claimed.json', 'packages/list.json' ],
          'bucket: what an opening changes is uploaded, and no more');
syncd('sync');
is($s3->get($api[0])->{content}, '["akismet","form"]',
   'bucket: an opening is there');

syncd('audit');

$t->done;

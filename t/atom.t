#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# feed.xml, the releases and closures as Atom, and closures.json: what is told
# of what, that it is what RFC 4287 wants, to libxml2, and that nginx, a bucket
# and an edge have the same bytes.

use strict;
use warnings;
use utf8;

use lib 't/lib';

use JSON::PP ();
use Test::More;
use XML::LibXML;
use Test::WPPkg;
use Test::WPPkg::Documents;
use Test::WPPkg::Edge qw(edge follows);
use Test::WPPkg::S3Mock;


binmode Test::More->builder->$_, ':utf8' for qw(output failure_output);

my $t = Test::WPPkg->new;
my $w = $t->wporg;
my $db = $t->catalogue;
my ($port, $rss) = map { $t->port } 1, 2;

my $url = $t->nginx(
    http => "wppkg_zone zone 1m;
             server { listen 127.0.0.1:$port; location / {
                 wppkg_catalogue $db; wppkg_cache zone; wppkg_refresh 0s; } }
             server { listen 127.0.0.1:$rss;
                 location / { wppkg_catalogue $db; }
                 location = /feed.xml { return 200 '<rss/>'; } }",
    locations => "location / { wppkg_catalogue $db; wppkg_packages on; }");
my @base = ($url, "http://127.0.0.1:$port");

my %offered = ('1.0' => undef);


# as the stand-in of WordPress.org has it from now on, and as we do

sub offer {
    my ($slug, @versions) = @_;

    $w->plugin($slug, { versions => { map { $_ => undef } @versions },
                        stable => $versions[-1] });
    syncd('update', "plugin/$slug");
}

sub syncd {
    my ($env, @args) = ref $_[0] ? @_ : ({}, @_);

    my $r = $t->syncd($env, @args);
    is($r->{code}, 0, "wppkg-syncd @args") or diag($r->{err});
}

sub told { $t->get("$base[0]/feed.xml")->{content} }

# "./author/name", all of the namespace of Atom

sub nodes {
    my ($node, $path) = @_;

    my $xpath = XML::LibXML::XPathContext->new($node);

    $xpath->registerNs(a => 'http://www.w3.org/2005/Atom');
    return $xpath->findnodes($path =~ s{/(?=\w)}{/a:}gr);
}

sub texts { return map { $_->textContent } nodes(@_) }


# What RFC 4287 asks of a feed that has what ours has; the entries of it.

sub feed {
    my ($bytes, $what) = @_;

    my $root = XML::LibXML->new(no_network => 1)
                          ->load_xml(string => $bytes)->documentElement;
    my @entries = nodes($root, './entry');
    my (@wrong, %seen);

    push @wrong, 'namespace' if grep {
        $_->namespaceURI ne 'http://www.w3.org/2005/Atom' }
        $root->findnodes('//*');
    push @wrong, 'no feed' if $root->nodeName ne 'feed';

    for my $e ($root, @entries) {
        push @wrong, map { "$_ of " . $e->nodeName } grep {
            (() = nodes($e, "./$_")) != 1 } qw(id title updated);
        push @wrong, 'id ' . $_ for grep {
            !/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[48][0-9a-f]{3}-[89ab]
              [0-9a-f]{3}-[0-9a-f]{12}$/x || $seen{$_}++ } texts($e, './id');
        push @wrong, "date $_" for grep {
            !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/ }
            texts($e, './updated'), texts($e, './published');
    }

    for my $e (@entries) {
        push @wrong, 'summary' if (() = nodes($e, './summary')) != 1;
        push @wrong, 'link' if $e->findvalue('count(./*[@rel = "alternate"
                                  and starts-with(@href, "https://")])') != 1;
    }

    push @wrong, 'author' if (() = texts($root, './author/name')) != 1;
    push @wrong, 'updated'
        if @entries && (texts($root, './updated'))[0]
                       ne (sort map { texts($_, './updated') } @entries)[-1];

    is("@wrong", '', "$what: it is Atom") or diag($bytes);

    return @entries;
}

sub titles { return join '|', map { texts($_, './title') } feed(@_) }


# --- a fresh catalogue, and what fills it

$t->configure;
syncd('migrate');
is(titles(told(), 'fresh'), '', 'fresh: the feed is there, and empty');
is($t->get('/closures.json')->{content}, '{"closures":[]}',
   'fresh: no closures');

$w->plugin($_, { versions => \%offered }) for qw(akismet form);
$w->theme('skin', { versions => \%offered });
$w->closed('plugin', 'shut', permanent => 1);
syncd({ stdin => "plugin/akismet\nplugin/form\nplugin/shut\ntheme/skin\n" },
      'discover', '--source=list', '-');
syncd('update');
is(titles(told(), 'filled'), '', 'what was there before is no news');

my $latest = JSON::PP::decode_json($t->get('/closures.json')->{content});
is_deeply($latest, { closures => [ {
    name => 'wp-plugin/shut', closed_at => '2026-04-09T00:00:00+00:00',
    reason => 'Author Request', permanent => JSON::PP::true } ] },
    'closures.json has what was closed before, too');


# --- news

offer('akismet', '1.0', '1.1');
is(titles(told(), 'a release'), 'Akismet 1.1', 'a release');

my $before = told();
my $watermark = $t->sql_value("SELECT value FROM meta
                               WHERE name = 'feed_watermark'");
syncd('update', 'plugin/akismet', 'plugin/form', 'theme/skin');
is(told(), $before, 'the same answers: the same bytes');
is($t->sql_value("SELECT value FROM meta WHERE name = 'feed_watermark'"),
   $watermark, 'and nothing is announced');

$t->sql("UPDATE meta SET value = 0 WHERE name = 'render_generation'");
syncd('migrate');
is(told(), $before, 'another renderer: no news');

$w->closed('plugin', 'form', permanent => 0);
$w->remove('theme', 'skin');
syncd('update', 'plugin/form', 'theme/skin');
is(titles(told(), 'closures'),
   'Skin: not available any more|Form: closed|Akismet 1.1', 'closures');
like(told(), qr{<summary>wp-plugin/form\.\ It\ was\ closed\ on\ WordPress\.org,
                \ for\ now\.</summary>}x, 'and why');

$w->theme('skin', { versions => \%offered });
syncd('update', 'theme/skin');
is(titles(told(), 'a reopening'), 'Skin: open again|Skin: not available any '
   . 'more|Form: closed|Akismet 1.1', 'a reopening');
is(join('|', map { $_->getAttribute('term') } map { nodes($_, './category') }
        feed(told(), 'categories')),
   'reopening|closure|closure|release', 'what each is, for programs');
is(join(' ', map { $_->{name} } @{JSON::PP::decode_json(
        $t->get('/closures.json')->{content})->{closures}}),
   'wp-plugin/shut wp-plugin/form', 'closures.json has what is closed');


# --- texts

my $hostile = "<script>alert(1)</script> & \"x\" ]]> \x{5e9}\x{5dc} \x{1f600}";

$t->sql("UPDATE packages SET author = name, name = '"
        . Encode::encode_utf8($hostile) . "' || char(1, 10, 65534, 127, 133)"
        . " || 'end' WHERE slug = 'akismet'");
$t->sql("UPDATE meta SET value = 31 WHERE name = 'overviews_stale'");
syncd('migrate');
is((split /\|/, titles(told(), 'a hostile name'))[-1], "$hostile end 1.1",
   'a hostile name is text, without what XML cannot have');
unlike(told(), qr/<script/, 'and no markup');


# --- the last fifty; of a package that is taken out, none

$w->plugin('many', { versions => \%offered });
syncd({ stdin => "plugin/many\n" }, 'discover', '--source=list', '-');
offer('many', '0.1');
offer('many', map { "1.$_" } 1 .. $_) for 1 .. 52;

my @many = split /\|/, titles(told(), 'many');
is(scalar @many, 50, 'fifty of them');
is("$many[0] $many[-1]", 'Many 1.52 Many 1.3', 'the last');

syncd('remove', 'plugin/many');
is(titles(told(), 'removed'), '', 'of a package that is taken out, none');


# --- nginx

offer('akismet', '1.0', '1.1', '1.2');

for my $base (@base) {
    my $r = $t->get("$base/feed.xml");
    my $h = $r->{headers};

    is("$r->{status} $h->{'content-type'} $h->{'cache-control'}",
       '200 application/atom+xml public, max-age=300', "$base: feed.xml");
    is($t->get("$base/feed.xml", { 'If-Modified-Since' =>
                                   $h->{'last-modified'} })->{status}, 304,
       "$base: conditional");
    is($t->get("$base/feed.xml", { 'If-None-Match' => $h->{etag} })->{status},
       304, "$base: ETag");

    my $zipped = $t->get("$base/feed.xml", { 'Accept-Encoding' => 'gzip' });
    is($zipped->{headers}{'content-type'}, 'application/atom+xml',
       "$base: gzipped, the same type");
    is(gunzip($zipped->{content}), $r->{content}, "$base: the same bytes");

    is($t->request(HEAD => "$base/feed.xml")->{headers}{'content-type'},
       'application/atom+xml', "$base: HEAD");
    is($t->request(POST => "$base/feed.xml")->{status}, 405, "$base: POST");

    $r = $t->get("$base/closures.json");
    is("$r->{status} $r->{headers}{'content-type'}", '200 application/json',
       "$base: closures.json");
    is($t->get("$base/$_")->{status}, 404, "$base: $_")
        for 'feed.xml/', 'p2/feed.xml', 'FEED.XML';
}


# --- where it is, if that is known

unlike(told(), qr/rel="self"/, 'no address, no link');
$t->configure(repository => { base_url => 'https://packages.example.org' });
syncd('migrate');

my ($self) = map { $_->getAttribute('href') }
    grep { ($_->getAttribute('rel') // '') eq 'self' }
    map { nodes($_->parentNode, './link') } (feed(told(), 'self'))[0];
is($self, 'https://packages.example.org/feed.xml', 'a link to itself');

my @ids = map { texts($_, './id') } feed(told(), 'ids');
$t->configure(repository => { base_url => 'https://other.example.org' });
syncd('migrate');
like(told(), qr{"https://other\.example\.org/feed\.xml"}, 'another address');
is_deeply([ map { texts($_, './id') } feed(told(), 'other ids') ], \@ids,
          'and the same ids');


# --- an edge

$t->configure;
syncd('migrate');

my $e = edge($t);

$e->syncd('mirror') for 1, 2;
is($e->get("/$_")->{content}, $t->get("/$_")->{content}, "an edge: $_")
    for qw(feed.xml closures.json);
is($e->get('/feed.xml')->{headers}{'content-type'}, 'application/atom+xml',
   'an edge: its type');

offer('akismet', '1.0', '1.1', '1.2', '1.3');
follows($e, $t, 'a release');
follows($e, $t, 'nothing else');
like($e->get('/feed.xml')->{content}, qr/ 1\.3</, 'an edge: the release');
is($e->get('/feed.xml')->{content}, told(), 'an edge: the same bytes');


# an origin whose feed is none

my $other = Test::WPPkg->new;

$other->configure(origin => { url => "http://127.0.0.1:$rss" });
$other->syncd('migrate');

my $r = $other->syncd('mirror');
is($r->{code}, 1, 'another feed: the edge says so');
like($r->{err}, qr{/feed\.xml is not what it should be: the old one stays},
     'another feed: which');
is(join(' ', map { $_->[0] } $other->sql("SELECT path FROM documents WHERE
        path IN ('feed.xml', 'closures.json') AND content_hash IS NOT NULL")),
   'closures.json', 'another feed: it is not taken, and the others are');


# --- a bucket, after what the feed names

my $m = Test::WPPkg::S3Mock->new($t);

$t->configure($m->bucket(style => 'path'));
syncd({ env => $m->keys }, 'sync');

my $object = $m->object('feed.xml');
is($object->{headers}{'content-type'}, 'application/atom+xml',
   'a bucket: type');
is($object->{content}, told(), 'a bucket: the same bytes');
is($m->object('closures.json')->{headers}{'content-type'}, 'application/json',
   'a bucket: closures.json');

$m->log;
offer('akismet', '1.0', '1.1', '1.2', '1.3', '1.4');
syncd({ env => $m->keys }, 'sync');
my @put = map { m{\bPUT\b.*?/bkt/(\S+)} ? $1 : () } $m->log;
is_deeply([ grep { /^(?:feed\.xml|p2)/ } @put ],
          [ 'p2/wp-plugin/akismet.json', 'feed.xml' ],
          'a bucket: the feed comes after the release') or diag("@put");
$m->stop;

$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Names that the catalogue does not have: claimed if it is whole, or if
# "wppkg_unknown" says so, else 404.

use strict;
use warnings;

use lib 't/lib';

use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents;


my $t = Test::WPPkg->new;
my $db = catalogue_create($t);
my $date = 'Tue, 27 May 2003 00:00:00 GMT';

document_put($t, 'p2/wp-plugin/akismet.json', '{"a":1}', 1700000000);
document_put($t, 'p2/wp-plugin/gone.json', '{"g":1}', 1700000000);
document_delete($t, 'p2/wp-plugin/gone.json');
$t->sql("INSERT INTO packages (type, slug, state, created_at)
             VALUES ('plugin', 'gone', 'closed', 0);
         UPDATE documents SET package_id = last_insert_rowid()
             WHERE path = 'p2/wp-plugin/gone.json'");
$t->sql("DELETE FROM documents WHERE path = 'packages.json'");


sub authority {
    my ($what) = @_;

    $t->sql("INSERT OR REPLACE INTO meta (name, value)
             VALUES ('authority', $what)");
}


sub claim {
    my ($name) = @_;
    return qq({"packages":{"$name":[]},"minified":"composer/2.0"});
}


my $locations = <<"END";
    location / {
        wppkg_catalogue $db;

        location /p2/wp-plugin/inner {
            add_header X-Inner yes;
        }
    }

    location /always/ {
        wppkg_catalogue $db;
        wppkg_unknown claim;
    }

    location /never/ {
        wppkg_catalogue $db;
        wppkg_unknown 404;

        location /never/p2/wp-theme/ {
            wppkg_unknown auto;
        }
    }

    location /mine/ {
        wppkg_catalogue $db;
        wppkg_cache_control "private";
    }

    location /silent/ {
        wppkg_catalogue $db;
        wppkg_cache_control off;
        etag off;
    }

    location /page/ {
        wppkg_catalogue $db;
        error_page 404 = /always/p2/wp-plugin/other.json;
    }
END

$t->nginx(no_zone => 1, locations => $locations);


# of a part, and of one that does not say what it is, or not in words: 404

for my $what (undef, "'part'", "'WHOLE'", "x'77686f6c65'", 1) {
    authority($what) if defined $what;

    my $name = defined $what ? "authority $what" : 'no authority';

    is($t->get('/p2/wp-plugin/nobody.json')->{status}, 404, "$name: 404");
    is($t->get('/always/p2/wp-plugin/nobody.json')->{status}, 200,
       "$name: wppkg_unknown claim");
}


# of a whole one: both files, by any method that reads

authority("'whole'");

for my $path (qw(p2/wp-plugin/nobody p2/wp-plugin/nobody~dev
                 p2/wp-plugin/nobody%7Edev p2/wp-theme/no.body
                 p2/wp-plugin/inner-0))
{
    my ($name) = $path =~ m{p2/([^~%]+)};
    my $r = $t->get("/$path.json");

    is($r->{status}, 200, "$path is claimed");
    is($r->{content}, claim($name), "$path: the claim");
    is($r->{headers}{'content-length'}, length claim($name), "$path: length");
    is($r->{headers}{'content-type'}, 'application/json', "$path: its type");
    is($r->{headers}{'last-modified'}, $date, "$path: its date");
    is($r->{headers}{'cache-control'}, 'public, max-age=60',
       "$path: for how long");
    is($r->{headers}{vary}, 'Accept-Encoding', "$path: Vary, as a document");
    is($r->{headers}{'content-encoding'}, undef, "$path: no encoding");
}

my $r = $t->request('HEAD', '/p2/wp-plugin/nobody.json');
is($r->{status}, 200, 'HEAD: 200');
is($r->{content}, '', 'HEAD: no body');
is($r->{headers}{'content-length'}, length claim('wp-plugin/nobody'),
   'HEAD: the length that GET has');

$r = $t->get('/p2/wp-plugin/nobody.json', { 'Accept-Encoding' => 'gzip' });
is($r->{content}, claim('wp-plugin/nobody'),
   'a client that takes gzip gets what is shorter');
my $etag = $r->{headers}{etag};

is($t->get('/p2/wp-plugin/inner-0.json')->{headers}{'x-inner'}, 'yes',
   'also in a location within');

is($t->request('POST', '/p2/wp-plugin/nobody.json')->{status}, 405,
   'POST is no way to ask');


# what has no name that Composer could ask for is not there

for my $path (qw(p2/wp-plugin/foo---bar.json p2/wp-plugin/foo-.json
                 p2/wp-plugin/_foo.json p2/wp-plugin/foo__bar.json
                 p2/wp-plugin/nul.json p2/wp-plugin/Nobody.json
                 p2/wp-plugin/a.json.json p2/wp-plugin/a/b.json
                 p2/wp-plugin/.json p2/wp-plugin/a~dev~dev.json
                 p2/other/nobody.json p2/nobody.json nobody.json
                 packages.json packages/nobody.json p2/wp-plugin/nobody
                 p2/wp-plugin/no%00body.json p2/wp-plugin/no%22body.json))
{
    isnt($t->get("/$path")->{status}, 200, "$path is not claimed");
    isnt($t->get("/always/$path")->{status}, 200, "$path is never claimed");
}

is($t->get('/p2/wp-plugin/gone.json')->{status}, 404,
   'C 38: what was withdrawn stays so');
is($t->get('/p2/wp-plugin/akismet.json')->{content}, '{"a":1}',
   'what is there is served');


# conditional requests

for my $header ([ 'If-Modified-Since' => $date ], [ 'If-None-Match' => $etag ])
{
    $r = $t->get('/p2/wp-plugin/nobody.json', { @$header });
    is($r->{status}, 304, "$header->[0]: 304");
    is($r->{content}, '', "$header->[0]: no body");
    is($r->{headers}{'last-modified'}, $date, "$header->[0]: the date");
    is($r->{headers}{'cache-control'}, 'public, max-age=60',
       "$header->[0]: for how long");
}

is($t->get('/p2/wp-plugin/nobody.json',
           { 'If-Modified-Since' => http_date(1700000000) })->{status}, 200,
   'whoever has had a document of that name gets the claim');
is($t->get('/p2/wp-plugin/akismet.json',
           { 'If-Modified-Since' => $date, 'If-None-Match' => $etag })
       ->{status}, 200, 'whoever has had the claim gets the document');


# directives

is($t->get('/never/p2/wp-plugin/nobody.json')->{status}, 404,
   'wppkg_unknown 404');
is($t->get('/never/p2/wp-theme/nobody.json')->{status}, 200,
   'wppkg_unknown auto, within it');
is($t->get('/mine/p2/wp-plugin/nobody.json')->{headers}{'cache-control'},
   'private', 'wppkg_cache_control is for claims as well');

$r = $t->get('/silent/p2/wp-plugin/nobody.json');
is($r->{headers}{'cache-control'}, undef, 'wppkg_cache_control off');
is($r->{headers}{etag}, undef, 'etag off');

is($t->get('/page/p2/wp-plugin/gone.json')->{content},
   claim('wp-plugin/other'), 'another\'s error page can be a claim');

my $n = $t->nginx_test(locations => 'location / { wppkg_catalogue ' . $db
                                    . '; wppkg_unknown maybe; }');
isnt($n->{code}, 0, 'wppkg_unknown maybe is refused');
like($n->{err}, qr/"wppkg_unknown" directive has to be "auto", "claim" or "404" in \S+:\d+/,
     'and the line is named, with what it may be');


# C 18: trouble is no claim

$t->sql("UPDATE documents SET content_hash = zeroblob(32)
         WHERE path = 'p2/wp-plugin/akismet.json'");
is($t->get('/p2/wp-plugin/akismet.json')->{status}, 503,
   'a damaged document is no unknown name');
rename $db, "$db.away" or die $!;
is($t->get('/p2/wp-plugin/nobody.json')->{status}, 503,
   'without a catalogue nothing is unknown');
rename "$db.away", $db or die $!;

$t->nginx_stop;


# through a zone

$t->nginx(no_zone => 1, http => 'wppkg_zone z 1m; wppkg_cache z;
          wppkg_refresh 200ms;
          add_header X-Cache "$wppkg_cache_status" always;
          add_header X-Package "$wppkg_package" always;
          add_header X-Revision "$wppkg_revision" always;',
          locations => $locations);


# the answer that is a hit, or, with a status, the first one that has it

sub hit {
    my ($path, $what, $status) = @_;
    my $got;

    $t->wait_for(sub {
        $got = $t->get($path);
        defined $status ? $got->{status} == $status
                        : $got->{headers}{'x-cache'} eq 'HIT';
    }, $what);

    return $got;
}

$r = $t->get('/p2/wp-plugin/nobody.json');
is($r->{headers}{'x-cache'}, 'MISS', 'a name is looked for once');
is($r->{content}, claim('wp-plugin/nobody'), 'and claimed');

$r = hit('/p2/wp-plugin/nobody.json', 'then it is known to be unknown');
is($r->{content}, claim('wp-plugin/nobody'), 'and claimed from the zone');
is($r->{headers}{'x-package'}, 'wp-plugin/nobody', 'the log has its name');
is($r->{headers}{'x-revision'}, undef, 'and no revision');
is($t->get('/p2/wp-plugin/nobody.json', { 'If-Modified-Since' => $date })
       ->{status}, 304, 'with a date: 304');

is(hit('/p2/wp-plugin/gone.json', 'what was withdrawn is in the zone')
       ->{status}, 404, 'and is no claim there either');
is(hit('/never/p2/wp-plugin/nobody.json', 'the entry serves all locations')
       ->{status}, 404, 'each by its own directive');

document_put($t, 'p2/wp-plugin/nobody.json', '{"n":1}', 1700000001);
$r = $t->wait_for(sub {
    $t->get('/p2/wp-plugin/nobody.json')->{content} eq '{"n":1}'
}, 'a name becomes real');

hit('/p2/wp-plugin/other.json', 'another name is in the zone');
authority("'part'");
hit('/p2/wp-plugin/other.json', 'a whole one becomes a part', 404);
is(hit('/p2/wp-plugin/other.json', 'then that is in the zone')->{status}, 404,
   'and 404 from there');
authority("'whole'");
hit('/p2/wp-plugin/other.json', 'and whole again', 200);
is(hit('/p2/wp-plugin/nobody.json', 'the document after that')->{content},
   '{"n":1}', 'is what it was');

# four times what the zone has room for

my $evicted = 0;

$t->get("/p2/wp-plugin/new-$_.json") for 1 .. 600;
$evicted += $t->get('/p2/wp-plugin/nobody.json')->{headers}{'x-cache'}
            eq 'MISS';
is($evicted, 0, 'claims, however many, evict no document');

$t->done;

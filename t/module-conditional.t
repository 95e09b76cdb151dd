#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Conditional requests: what Composer sends (If-Modified-Since), and what
# proxies send (both).

use strict;
use warnings;

use lib 't/lib';

use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents;


my $t = Test::WPPkg->new;
my $db = catalogue_create($t);

my $path = 'p2/wp-plugin/akismet.json';
my $body = '{"packages":{"wp-plugin/akismet":[]}}' x 20;
my $date = 1700000000;

document_put($t, $path, $body, $date);

$t->nginx(locations => <<"END");
    location / {
        wppkg_catalogue $db;
    }

    location /no-etag/ {
        wppkg_catalogue $db;
        etag off;
    }

    location /ims-off/ {
        wppkg_catalogue $db;
        if_modified_since off;
    }

    location /ims-before/ {
        wppkg_catalogue $db;
        if_modified_since before;
    }

    location /gzip-vary/ {
        wppkg_catalogue $db;
        gzip on;
        gzip_vary on;
        gzip_types application/json;
        gzip_min_length 1;
    }
END

my %etag = (identity => etag_of($body), gzip => etag_of($body, '-gz'));
my %other = (identity => $etag{gzip}, gzip => $etag{identity});


sub ask {
    my ($prefix, $encoding, %headers) = @_;
    return $t->get("$prefix/$path",
                   { 'Accept-Encoding' => $encoding, %headers });
}


sub is_304 {
    my ($r, $what, %o) = @_;

    is($r->{status}, 304, "$what: 304");
    is($r->{content}, '', "$what: no body");
    is($r->{headers}{'last-modified'}, http_date($date),
       "$what: Last-Modified");
    is($r->{headers}{etag}, $o{etag}, "$what: ETag");
    is($r->{headers}{vary}, 'Accept-Encoding', "$what: Vary, once");
    is($r->{headers}{'cache-control'}, 'public, max-age=300',
       "$what: Cache-Control, once");
    is($r->{headers}{$_}, undef, "$what: no $_")
        for qw(content-encoding content-type content-length);
}


sub is_200 {
    my ($r, $what, $encoding) = @_;

    my $content = $encoding eq 'gzip' ? gunzip($r->{content}) : $r->{content};

    is($r->{status}, 200, "$what: 200");
    is($content, $body, "$what: body");
    is($r->{headers}{'last-modified'}, http_date($date),
       "$what: Last-Modified");
    is($r->{headers}{vary}, 'Accept-Encoding', "$what: Vary, once");
}


for my $encoding ('identity', 'gzip') {
    my $etag = $etag{$encoding};

    my $r = ask('', $encoding);
    is_200($r, "$encoding, unconditional", $encoding);
    is($r->{headers}{etag}, $etag, "$encoding: a strong ETag of its own");

    # what the server said comes back

    is_304(ask('', $encoding,
               'If-Modified-Since' => $r->{headers}{'last-modified'}),
           "$encoding, If-Modified-Since", etag => $etag);

    is_304(ask('', $encoding, 'If-None-Match' => $r->{headers}{etag}),
           "$encoding, If-None-Match", etag => $etag);

    is_304(ask('', $encoding, 'If-None-Match' => $_),
           "$encoding, If-None-Match: $_", etag => $etag)
        for "W/$etag", '*', "\"x\", $etag, \"y\"";

    is_304(ask('', $encoding, 'If-None-Match' => $etag,
               'If-Modified-Since' => http_date($date)),
           "$encoding, both", etag => $etag);

    # other dates are other bodies, later ones too

    # bug 34: what is no date is -1, which is no date of a document

    is_200(ask('', $encoding, 'If-Modified-Since' => $_),
           "bug 34: $encoding, If-Modified-Since: $_", $encoding)
        for http_date($date - 1), http_date($date + 1), http_date(0), 'x', '',
            '-1', 'Thu, 32 Foo 2023 99:99:99 GMT', $date;

    is_200(ask('', $encoding, 'If-None-Match' => $_),
           "$encoding, If-None-Match: $_", $encoding)
        for '"x"', $other{$encoding}, substr($etag, 0, -1);

    is_200(ask('', $encoding, 'If-None-Match' => '"x"',
               'If-Modified-Since' => http_date($date)),
           "$encoding, the date matches and the tag does not", $encoding);

    # preconditions

    is(ask('', $encoding, 'If-Match' => '"x"')->{status}, 412,
       "$encoding, If-Match of something else: 412");
    is(ask('', $encoding, 'If-Match' => '"x"',
           'If-Modified-Since' => http_date($date))->{status}, 412,
       "$encoding, If-Match of something else and the date: 412");
    is_200(ask('', $encoding, 'If-Match' => $etag), "$encoding, If-Match",
           $encoding);
    is(ask('', $encoding,
           'If-Unmodified-Since' => http_date($date - 1))->{status}, 412,
       "$encoding, If-Unmodified-Since: 412");

    # HEAD

    $r = $t->request(HEAD => "/$path", {
        'Accept-Encoding' => $encoding,
        'If-Modified-Since' => http_date($date) });
    is_304($r, "$encoding, HEAD", etag => $etag);

    # nginx's own settings

    is_304(ask('/no-etag', $encoding,
               'If-Modified-Since' => http_date($date)),
           "$encoding, etag off", etag => undef);
    is(ask('/no-etag', $encoding)->{headers}{etag}, undef,
       "$encoding, etag off: none");

    is_200(ask('/ims-off', $encoding,
               'If-Modified-Since' => http_date($date)),
           "$encoding, if_modified_since off", $encoding);

    is_304(ask('/ims-before', $encoding,
               'If-Modified-Since' => http_date($_)),
           "$encoding, if_modified_since before: $_", etag => $etag)
        for $date, $date + 10;

    is_200(ask('/ims-before', $encoding,
               'If-Modified-Since' => http_date($date - 10)),
           "$encoding, if_modified_since before: an older date", $encoding);

    is_304(ask('/gzip-vary', $encoding,
               'If-Modified-Since' => http_date($date)),
           "$encoding, gzip_vary on", etag => $etag);
    is_200(ask('/gzip-vary', $encoding), "$encoding, gzip_vary on",
           $encoding);
}


# a missing document is missing, whatever the condition

for my $condition ('If-Modified-Since', 'If-None-Match') {
    is($t->get('/p2/wp-plugin/none.json',
               { $condition => $condition eq 'If-None-Match'
                               ? '*' : http_date($date) })->{status}, 404,
       "$condition on what is not there: 404");
}


# a new body: the old date and the old tag are of no use

my $old = ask('', 'identity');

document_put($t, $path, $body = 'new', $date = $date + 1);
%etag = (identity => etag_of($body), gzip => etag_of($body, '-gz'));

is_200(ask('', 'identity',
           'If-Modified-Since' => $old->{headers}{'last-modified'}),
       'changed, the old date', 'identity');
is_200(ask('', 'identity', 'If-None-Match' => $old->{headers}{etag}),
       'changed, the old tag', 'identity');
is_304(ask('', 'identity', 'If-Modified-Since' => http_date($date)),
       'changed, the new date', etag => $etag{identity});


# a connection stays in step after a 304

my $text = $t->raw_request(
    "GET /$path HTTP/1.1\r\nHost: a\r\nIf-Modified-Since: "
    . http_date($date) . "\r\n\r\n"
    . "GET /$path HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

like($text, qr{\AHTTP/1.1 304 .*?\r\n\r\nHTTP/1.1 200 .*\r\n\r\nnew\z}s,
     '304 and 200 on one connection');

$t->done;

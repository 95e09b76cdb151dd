#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# R 33: "audit": what is wrong in the bucket is named, repaired on demand, and
# nothing else is touched.


use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Bucket;


my $t = Test::WPPkg->new;
my $s3 = $t->s3;

my $bucket = Test::WPPkg::Bucket->new($t);
my $want = $bucket->want;


sub body { '{"x":"' . sha256_hex("@_") . '"}' }


# what it prints but for the summaries, and its counts

sub audit_is {
    my ($what, $code, $lines, $counts, @args) = @_;

    my $r = $t->syncd('audit', @args);

    is($r->{code}, $code, "R 33: $what: exit code") or diag($r->{err});
    # what is missing is known at the end of the list, and comes last
    is_deeply([ sort grep { !/^(audit|sync): / } split /\n/, $r->{out} ],
              [ sort @$lines ], "$what: what it says");

    my $c = $bucket->counts('audit');
    is(join(' ', map { "$_=$c->{$_}" } sort keys %$counts),
       join(' ', map { "$_=$counts->{$_}" } sort keys %$counts),
       "$what: counts");

    return $r;
}


sub bucket_is {
    my ($what, %other) = @_;
    is($bucket->wrong(%other), '', "$what: what is in the bucket");
}


$t->configure;
is($t->syncd('migrate')->{code}, 0, 'migrate');

is($t->syncd('audit', 'x')->{code}, 2, 'a superfluous argument');

my $r = $t->syncd('audit');
is($r->{code}, 1, 'nothing was ever sent: done in part');
like($r->{err}, qr/nothing has been uploaded there yet.*run "sync" first/,
     'nothing was ever sent: it says so');


# More than two pages, and names that sort otherwise in other orders: "~"
# after all letters, "-" before the "." of ".json", "_" after capitals.

$bucket->set(map { ("p2/wp-plugin/$_.json" => body($_),
                "p2/wp-plugin/$_~dev.json" => body("$_ dev")) }
         'a', 'a-b', 'a.b', 'a_b', 'ab', 'a--b',
         map { sprintf 'p%04d', $_ } 1 .. 1100);

is($t->syncd('sync')->{code}, 0, 'sync');
$bucket->learn;

my $n = keys %$want;
my $pages = int(($n + 999) / 1000);

audit_is('all is well', 0, [],
         { checked => $n, missing => 0, stale => 0, foreign => 0,
           pending => 0, requests => $pages });


# one of each kind, at the ends of pages too

my @keys = sort keys %$want;
my @missing = sort @keys[0, 998, 999, 1000, 2000], $keys[-1];
my @stale = sort @keys[1, 500, 1001, 1500, 1999], $keys[-2];

$s3->delete($_) for @missing;
$s3->put($stale[0], 'shorter');
$s3->put($_, scalar reverse $want->{$_}) for @stale[1 .. 5];

# deleted, that is confirmed, and there again
my $back = 'p2/wp-plugin/p0007.json';
my $bytes = $want->{$back};
$bucket->set($back => undef);
is($t->syncd('sync')->{code}, 0, 'sync of a delete');
$s3->put($back, $bytes);

my %foreign = map { $_ => "foreign $_" }
    '!first', 'p2/wp-plugin/a%2Fb', 'p2/wp-plugin/a b+c', 'p2/wp-plugin/~',
    "p2/wp-plugin/\xc3\xa9&<>", "zz\x01", 'zzz//x', 'zzzz';
$s3->put($_, $foreign{$_}) for keys %foreign;

# and what "sync" knows about itself is not of interest here
$bucket->set('p2/wp-plugin/p0008.json' => body('new'),
         'p2/wp-plugin/q.json' => body('new'));

my @lines = map { $_->[0] } sort { $a->[1] cmp $b->[1] }
    (map { [ "missing $_", $_ ] } @missing),
    (map { [ "stale $_", $_ ] } @stale, $back),
    (map { [ "foreign " . s/\x01/\\x01/r, $_ ] } keys %foreign);

my %counts = (missing => 6, stale => 7, foreign => 8, pending => 2,
              deleted => 0, failed => 0);

audit_is('a report', 1, \@lines, \%counts);
audit_is('a report again: nothing has changed', 1, \@lines, \%counts);

audit_is('repair', 1, \@lines, \%counts, '--repair');
is($bucket->counts('sync')->{put} + $bucket->counts('sync')->{kept}, 14, 'repair: sent anew');
is($bucket->counts('sync')->{deleted}, 1, 'repair: deleted');
bucket_is('repair', %foreign);

audit_is('repaired', 1, [ grep { /^foreign/ } @lines ],
         { missing => 0, stale => 0, foreign => 8, pending => 0 });

# they are on two pages; one of them no request with many keys can name: it
# has one of its own
audit_is('delete foreign', 0, [ grep { /^foreign/ } @lines ],
         { missing => 0, stale => 0, foreign => 8, deleted => 8, failed => 0,
           requests => $pages + 3 }, '--delete-foreign');
bucket_is('delete foreign');

audit_is('in the end', 0, [], { foreign => 0, checked => $n }, '--repair',
         '--delete-foreign');
is($bucket->counts('sync')->{requests}, 0, 'in the end: nothing to send');


# a prefix: the rest of the bucket is nobody's business; gzip at rest

my %bucket = (bucket => { prefix => 'x/', gzip => 'on' });

$t->configure(%bucket);
$r = $t->syncd('audit');
like($r->{err}, qr/run "sync" first/, 'gzip: another target');
is($t->syncd('sync')->{code}, 0, 'gzip: sync');

my $object = $s3->get('x/p2/wp-plugin/a.json');
is($object->{headers}{'content-encoding'}, 'gzip', 'gzip: said');
is($object->{headers}{'content-type'}, 'application/json', 'gzip: type');
is(unpack('H*', $object->{content}),
   lc $t->sql_value('SELECT hex(body) FROM bodies JOIN documents'
                    . ' ON id = document_id'
                    . " WHERE path = 'p2/wp-plugin/a.json'"),
   'gzip: the bytes that are in the catalogue');

$s3->put('x/foreign', '1');
$s3->put('foreign', '1');
$s3->put('x/p2/wp-plugin/a.json', $want->{'p2/wp-plugin/a.json'});
audit_is('prefix and gzip', 1, [ 'foreign foreign',
                                 'stale p2/wp-plugin/a.json' ],
         { checked => $n + 1, foreign => 1, stale => 1 }, '--repair');
audit_is('prefix and gzip', 0, [ 'foreign foreign' ],
         { checked => $n + 1, deleted => 1 }, '--delete-foreign');
is($s3->get('foreign')->{status}, 200, 'prefix: the rest is left alone');
is($s3->get('x/p2/wp-plugin/a.json')->{headers}{'content-encoding'}, 'gzip',
   'gzip: repaired');


# a body that is damaged in the catalogue is not the bucket's fault

$t->sql("UPDATE bodies SET body = zeroblob(length(body)) WHERE document_id ="
        . " (SELECT id FROM documents WHERE path = 'p2/wp-plugin/ab.json')");
$r = audit_is('damaged', 1, [], { failed => 1, stale => 0 });
like($r->{err}, qr{p2/wp-plugin/ab\.json is damaged}, 'damaged: which one');


# C 40: what clients get of a name that does not exist, where all are claimed

my $url = $t->nginx(
    http => 'server { listen 127.0.0.1:' . (my $port = $t->port)
            . '; return 200 "Welcome"; }',
    locations => 'location / { wppkg_unknown claim;
                               wppkg_catalogue ' . $t->catalogue . '; }');

$t->configure(%bucket, repository => { base_url => $url });
is($t->get('/p2/wp-plugin/no.such.package.json')->{status}, 200,
   'nginx: the name is claimed');
unlike($t->syncd('audit')->{err}, qr/no\.such\.package/,
       'nginx: audit has nothing to say about it');

$t->configure(%bucket,
              repository => { base_url => "http://127.0.0.1:$port" });
like($t->syncd('audit')->{err}, qr{HTTP 200, not 404, for \S+/no\.such},
     'a page in place of a 404 is no claim');


# wrong keys

$r = $t->syncd({ env => { WPPKG_S3_SECRET_ACCESS_KEY => 'wrong' } }, 'audit',
               '--repair', '--delete-foreign');
is($r->{code}, 1, 'wrong secret: exit code');
like($r->{err}, qr/audit: bucket.*WPPKG_S3_SECRET_ACCESS_KEY/,
     'wrong secret: the remedy');
is($bucket->counts('audit')->{missing}, 0, 'wrong secret: nothing is missing');

$t->done;

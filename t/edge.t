#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# A second host that follows the first by its address alone: what the edge
# serves is what the origin serves, byte for byte, and it goes on serving it
# when the origin is dead.  A third one follows the second.

use strict;
use warnings;

use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Edge;


my $o = origin(plugins => 12, themes => 4);
my $w = $o->wporg;

offer($o, 'plugin/shut');
$o->syncd({ stdin => "plugin/shut\n" }, 'discover', '--source=list', '-');
update($o);


# the first time: everything

my $e = edge($o);

is($e->get('/p2/wp-plugin/p1.json')->{status}, 404, 'it has nothing yet');
follows($e, $o, 'at first');

for my $path ('/packages/list.json', '/packages/claimed.json', '/packages.json',
              '/p2/wp-plugin/p3.json', '/p2/wp-plugin/p3~dev.json',
              '/p2/wp-theme/t1.json', '/p2/wp-plugin/shut.json')
{
    my ($here, $there) = map { $_->get($path) } $e, $o;

    is($here->{content}, $there->{content}, "$path: the same bytes");
    is($here->{headers}{etag}, $there->{headers}{etag}, "$path: ETag");
    is($here->{headers}{'last-modified'}, $there->{headers}{'last-modified'},
       "$path: Last-Modified") if $path =~ /^.p2/;
}


# nothing new: one request

$o->asked;
follows($e, $o, 'nothing new');
is_deeply([ map { $_->{uri} =~ s/\?.*//r } $o->asked ],
          ['/metadata/changes.json'], 'one request');


# a new version, a closure, a new package

offer($o, 'plugin/p1', '1.0', '1.2');
offer($o, 'plugin/new', '1.0');
offer($o, 'theme/t4');
$o->syncd({ stdin => "plugin/new\n" }, 'discover', '--source=list', '-');
believe($o, qw(plugin/p1 plugin/new theme/t4));

follows($e, $o, 'changes');
like($e->get('/p2/wp-plugin/p1.json')->{content}, qr/"1\.2"/, 'served');
like($e->get('/packages/claimed.json')->{content}, qr/t4/, 'claimed');
is($e->get($_)->{content}, $o->get($_)->{content}, $_)
    for '/packages/list.json', '/packages/claimed.json';


# ten changes: a request for each file, and one for the feed

offer($o, "plugin/p$_", '1.0', '1.3') for 1 .. 10;
update($o, map { "plugin/p$_" } 1 .. 10);
$o->asked;
follows($e, $o, 'ten changes');
cmp_ok(scalar(my @asked = $o->asked), '<=', 21, 'at most 21 requests');


# what tells of many packages, and clients of Composer's filter lists

offer($o, 'plugin/p12');
believe($o, 'plugin/p12');
follows($e, $o, 'a closure');

for my $path ('/p2/filter-summary.json', '/api/packages/plugin/closed',
              '/api/packages/wp-theme/closed/permanent')
{
    is($e->get($path)->{content}, $o->get($path)->{content}, $path);
}

like($e->get('/p2/filter-summary.json')->{content}, qr/p12/, 'the summary');
like($e->get('/packages.json')->{content}, qr/"wp-closed":\{"enabled":true/,
     'packages.json announces the lists');


# a delete, and back again

$o->configure(repository => { closed => 'gone' });
update($o);
follows($e, $o, 'deleted');
is($e->get("/p2/wp-theme/t4$_.json")->{status}, 404, "no t4$_")
    for '', '~dev';

$o->configure;
update($o);
follows($e, $o, 'back again');


# The origin says that everything is to be compared: nothing is sent twice.

offer($o, 'plugin/p2', '1.0', '1.4');
update($o, 'plugin/p2');
compared_anew($o);
$o->asked;
follows($e, $o, 'everything is compared');

my %status;
$status{$_->{status}}++ for grep { $_->{uri} =~ m{^/p2/.*/} } $o->asked;
is($status{200}, 1, 'what has changed is sent') or diag(explain(\%status));
is($status{304}, keys(%{files($o)}) - 1, 'and nothing else');


# A third host follows the second, which announces what it has taken.

$o->write_file('lists', qq(malware wp-plugin/p6 <1.1 "Steals passwords"\n));
$o->configure(repository => { lists => $o->path('lists') });
update($o);

my $e2 = edge($e);

follows($e, $o, 'a filter list');
like($e->get('/packages.json')->{content}, qr/"malware":\{"enabled":true/,
     'is announced') or diag($e->get('/packages.json')->{content});
follows($e2, $o, 'a chain, at first');
offer($o, 'plugin/p5', '1.0', '1.5');
offer($o, 'theme/t2');
believe($o, qw(plugin/p5 theme/t2));
follows($e, $o, 'the second');
follows($e2, $o, 'the third');
is($e2->get($_)->{headers}{'last-modified'},
   $o->get($_)->{headers}{'last-modified'}, "$_: one date for all")
    for '/p2/wp-plugin/p5.json', '/p2/wp-plugin/p1.json';


# The origin becomes whole: so does an edge, and one that begins then is a part
# until it has asked for all that there is.

is($e->get('/p2/wp-plugin/unknown.json')->{status}, 404,
   'C 41: a part leaves names to others');

$o->configure(repository => { authority => 'whole' });
update($o);

# of what is no package the feed does not tell: a quiet run looks at it

$e->syncd('mirror');
follows($e, $o, 'a whole one');
is($e->get('/p2/wp-plugin/unknown.json')->{status}, 200,
   'C 41: a whole one claims them');
like($e->get('/packages.json')->{content},
     qr{"available-package-patterns":\["wp-plugin/\*"}, 'and says so');

my $e3 = edge($o);

is($e3->get('/p2/wp-plugin/unknown.json')->{status}, 404,
   'an edge that has nothing claims nothing');
$o->sql("UPDATE documents SET content_size = content_size + 1"
        . " WHERE path = 'p2/wp-plugin/p1.json'");
$e3->configure(origin => { url => $o->nginx_url }, http => { retries => 0 });
is($e3->syncd('mirror')->{code}, 1, 'one of its files cannot be had');
is($e3->get('/p2/wp-plugin/unknown.json')->{status}, 200,
   'it has asked for all: it is whole');
is($e3->get('/p2/wp-plugin/p1.json')->{status}, 200,
   'and hands on no name that it is owed');
$o->sql("UPDATE documents SET content_size = content_size - 1"
        . " WHERE path = 'p2/wp-plugin/p1.json'");
$e3->end;


# a circle ends, for equal bytes are no change

$e->configure(origin => { url => $e2->nginx_url });
follows($e, $e2, 'a circle') for 1 .. 2;
follows($e2, $e, 'a circle') for 1 .. 2;
my $r = follows($e, $e2, 'a circle');
like($r->{out}, qr/^mirror: 1 request, /m, 'with nothing more to tell');
$e->configure(origin => { url => $o->nginx_url });
follows($e, $o, 'the origin again');
$e2->end;


# The origin dies: the edge serves on, and says so.

$o->nginx_stop;

$r = $e->syncd('mirror');
is($r->{code}, 1, 'the origin is dead');
like($r->{err}, qr/mirror: http\S+changes\.json/, 'which is said');
is(scalar(() = $r->{err} =~ /\n/g), 1, 'in one line');
is($e->get('/p2/wp-plugin/p1.json')->{status}, 200, 'the edge serves on');

$r = $e->syncd('status');
like($e->get('/status?format=prometheus')->{content},
     qr/^wppkg_origin_timestamp_seconds \d{10}$/m, 'for Prometheus, too');
like($e->get('/status?format=json')->{content},
     qr/"origin":\{"told_at":\d{10}\}/, 'and as JSON');

like($r->{out}, qr/^origin: +http\S+\nheard of it: +\d{4}-\S+, \d+ s ago$/m,
     'status says how old it is');

for my $composer ($e->composers) {
    my $p = $e->composer_json($e->nginx_url, 'wp-plugin/p1' => '*');
    my $c = $e->composer({ with => $composer, %$p }, 'update', '--no-install');

    is($c->{code}, 0, "$composer resolves with the edge alone")
        or diag($c->{err});
    like($e->read_file("$c->{dir}/composer.lock"), qr/"1\.3"/, 'the version');
}

serve($o);
follows($e, $o, 'it is back');


# what a mirror does not do

for my $command (['update'], ['discover', '--source=svn'], ['sweep'],
                 ['backfill'], ['run', '--once', '--source=svn'])
{
    $r = $e->syncd(@$command);
    is($r->{code}, 2, "$command->[0] is refused");
    like($r->{err}, qr/has an \[origin\].*"mirror"/, 'with the reason');
}

$r = $o->syncd('mirror');
is($r->{code}, 2, 'no origin, no mirror');
like($r->{err}, qr/has no \[origin\]: set its "url"/, 'with the reason');


# It becomes a repository of its own: nothing is lost on the way.

$e->configure(wporg => { api_url => $w->url, verify_zips => 'off' });
my $before = files($e);
$r = $e->syncd('migrate');
like($r->{err}, qr/has no \[origin\] any more/, 'which is said');
is_deeply(files($e), $before, 'what the origin has given is served');
is($e->syncd('update')->{code}, 0, 'all packages are asked for');
is_deeply([ sort keys %{files($e)} ], [ sort keys %$before ],
          'and are the same ones');

$e->end;
$o->done;

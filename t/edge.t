#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# A second host that follows the first by its address alone: an origin, which
# is filled by the stand-in of WordPress.org, and an edge, each with its own
# nginx and daemon.  What the edge serves is what the origin serves, byte for
# byte, and it goes on serving it when the origin is dead.

use strict;
use warnings;

use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;


my $o = Test::WPPkg->new;
my $e = Test::WPPkg->new;
my $w = $o->wporg;


sub serve {
    my ($t) = @_;

    my $db = $t->catalogue;
    $t->nginx(workers => 2, locations => "location / { wppkg_catalogue $db; }");
}


# all files of packages that a repository has: path => sha256, and whether the
# name is claimed

sub tree {
    my ($t) = @_;

    return { map { $_->[0] => "$_->[1] $_->[2]" } $t->sql(
        'SELECT path, hex(content_hash), claims FROM documents'
        . " WHERE path LIKE 'p2/%/%' AND content_hash IS NOT NULL") };
}


# one visit of the edge, after which it has what the origin has

sub follows {
    my ($what, @command) = @_;

    my $r = $e->syncd(@command ? @command : 'mirror');
    is($r->{code}, 0, "$what: the edge follows") or diag($r->{err});

    is_deeply(tree($e), tree($o), "$what: what it has");

    return $r;
}


sub update {
    my $r = $o->syncd('update', @_);
    is($r->{code}, 0, 'the origin is up to date') or diag($r->{err});
}


$w->plugin("p$_", { versions => { '1.0' => undef, '1.1' => undef } })
    for 1 .. 12;
$w->theme("t$_", { versions => { '2.0' => undef } }) for 1 .. 4;
$w->closed('plugin', 'shut', permanent => 1, reason => 'Author Request');

$o->configure;
is($o->syncd('migrate')->{code}, 0, 'an origin');
is($o->syncd({ stdin => join "\n", (map { "plugin/p$_" } 1 .. 12),
               (map { "theme/t$_" } 1 .. 4), 'plugin/shut', '' },
             'discover', '--source=list', '-')->{code}, 0, 'its packages');
update();
serve($o);


# the first time: everything

$e->configure(origin => { url => $o->nginx_url });
is($e->syncd('migrate')->{code}, 0, 'an edge');
serve($e);
is($e->get('/p2/wp-plugin/p1.json')->{status}, 404, 'it has nothing yet');

follows('at first');

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
follows('nothing new');
is_deeply([ map { $_->{uri} =~ s/\?.*//r } $o->asked ],
          ['/metadata/changes.json'], 'one request');


# a new version, a closure, a new package, another that is not offered

$w->plugin('p1', { versions => { '1.0' => undef, '1.2' => undef } });
$w->plugin('new');
$w->closed('theme', 't4', permanent => 1);
$o->syncd({ stdin => "plugin/new\n" }, 'discover', '--source=list', '-');
update(qw(plugin/p1 plugin/new theme/t4));
$o->sql('UPDATE observations SET observed_at = observed_at - 3600');
update('theme/t4');

follows('changes');
like($e->get('/p2/wp-plugin/p1.json')->{content}, qr/"1\.2"/, 'served');
like($e->get('/packages/claimed.json')->{content}, qr/t4/, 'claimed');
is($e->get($_)->{content}, $o->get($_)->{content}, $_)
    for '/packages/list.json', '/packages/claimed.json';


# a delete, and back again

$o->configure(repository => { closed => 'gone' });
update();
follows('deleted');
is($e->get("/p2/wp-theme/t4$_.json")->{status}, 404, "no t4$_")
    for '', '~dev';

$o->configure;
update();
follows('back again');


# its own feed tells what it has taken

my $feed = JSON::PP::decode_json(
    $e->get('/metadata/changes.json?since=15850612240000')->{content});
is($feed->{actions}[0]{type}, 'resync', 'from before its floor');


# The origin dies: the edge serves on, and says so.

$o->nginx_stop;

my $r = $e->syncd('mirror');
is($r->{code}, 1, 'the origin is dead');
like($r->{err}, qr/mirror: http\S+changes\.json/, 'which is said');
is($e->get('/p2/wp-plugin/p1.json')->{status}, 200, 'the edge serves on');

$r = $e->composer($e->composer_json($e->nginx_url, 'wp-plugin/p1' => '*'),
                  'update', '--no-install');
is($r->{code}, 0, 'Composer resolves with the edge alone') or diag($r->{err});
like($e->read_file("$r->{dir}/composer.lock"), qr/"1\.2"/, 'the version');

serve($o);
follows('it is back');


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

$e->end;
$o->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Several repositories in one nginx, in one cache zone and in two: nothing of
# one is ever answered for the other, not after a reload that swaps them.
# Settings of http, server and location, and which are inherited.

use strict;
use warnings;

use lib 't/lib';

use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents;
use Test::WPPkg::Process qw(poll);


my $t = Test::WPPkg->new;
my $date = 1700000000;

# the same dates and sizes: nothing but the catalogue tells them apart
my %body = map {
    my $one = $_;
    $one => { map { $_ => "$one says: $_" . '.' x 3000 }
              'packages.json', 'p2/wp-plugin/both.json',
              "p2/wp-plugin/only-$one.json" }
} 'a', 'b';

my %db;

for my $one ('a', 'b') {
    $db{$one} = "$t->{dir}/catalogue/$one.db";
    catalogue_create($t);
    rename $t->catalogue . $_, "$db{$one}$_" for '', '-wal', '-shm';

    document_put($t, $_, $body{$one}{$_}, $date, database => $db{$one})
        for sort keys %{$body{$one}};
}

my $two = $t->port;

sub conf {
    my ($main, %of) = @_;

    # "$of{x}" is the catalogue below /x/
    return (
        no_zone => 1, workers => 2, main => $main,
        http => "
            wppkg_zone one 2m;
            wppkg_zone other 1m;
            wppkg_cache one;
            wppkg_refresh 100ms;
            add_header X-Cache \"\$wppkg_cache_status\" always;

            server {
                listen 127.0.0.1:$two;
                location / { wppkg_catalogue $of{y}; }
            }",
        locations => "
            location /x/ { wppkg_catalogue $of{x}; }
            location /y/ { wppkg_catalogue $of{y}; }
            location /z/ { wppkg_catalogue $of{y}; wppkg_cache other; }
            location /n/ { wppkg_catalogue $of{x}; wppkg_cache off; }");
}


# each document of both, from each place, in both encodings, a miss or a hit

sub are_right {
    my ($what, %of) = @_;
    my (%seen, @wrong);

    my @places = ([ '/x', $of{x} ], [ '/y', $of{y} ], [ '/z', $of{y} ],
                  [ '/n', $of{x} ], [ "http://127.0.0.1:$two", $of{y} ]);

    for my $round (1 .. 4) {
        for my $path (map { "p2/wp-plugin/$_.json" } 'both', 'only-a',
                      'only-b') {
            for my $place (@places) {
                for my $encoding ('gzip', 'identity') {
                    my ($prefix, $one) = @$place;
                    my $expected = $body{$one}{$path};
                    my $r = $t->get("$prefix/$path",
                                    { 'Accept-Encoding' => $encoding });

                    my $got = $r->{status} == 404 ? undef
                            : $encoding eq 'gzip' ? gunzip($r->{content})
                            : $r->{content};

                    $seen{$r->{headers}{'x-cache'} || 'none'}++;
                    push @wrong, "$prefix/$path, $encoding: $r->{status}"
                        if ($r->{status} != 200 && $r->{status} != 404)
                           || defined $got != defined $expected
                           || (defined $got && $got ne $expected);
                }
            }
        }
    }

    is("@wrong", '', "$what: no answer of another catalogue");
    cmp_ok($seen{HIT}, '>', 0, "$what: hits among them");
}

$t->nginx(conf('', x => $db{a}, y => $db{b}));
are_right('two catalogues', x => 'a', y => 'b');


# one is missing: the other one is not touched by it

rename "$db{b}$_", "$db{b}$_.away" for '', '-wal', '-shm';
$t->wait_for(sub { $t->get('/y/packages.json')->{status} == 503 },
             'one is missing: 503');
is($t->get('/x/packages.json')->{content}, $body{a}{'packages.json'},
   'the other is served') for 1 .. 4;
is($t->get('/z/packages.json')->{status}, 503, 'in the other zone as well');
rename "$db{b}$_.away", "$db{b}$_" for '', '-wal', '-shm';
$t->wait_for(sub { $t->get('/y/packages.json')->{status} == 200
                   && $t->get('/z/packages.json')->{status} == 200 },
             'it is back');


# swapped by a reload, there and back

# bug 22: static data, which outlives a configuration

for my $order ([ 'b', 'a' ], [ 'a', 'b' ], [ 'b', 'b' ], [ 'a', 'b' ]) {
    my ($x, $y) = @$order;

    $t->nginx_configure(conf('', x => $db{$x}, y => $db{$y}));
    $t->nginx_reload;
    are_right("reloaded, $x and $y", x => $x, y => $y);
}


# what changes in one, by its own name

$body{b}{'p2/wp-plugin/both.json'} = 'b is new';
document_put($t, 'p2/wp-plugin/both.json', 'b is new', $date + 1,
             database => $db{b});
$t->wait_for(sub {
    $t->get('/y/p2/wp-plugin/both.json')->{content} eq 'b is new'
        && $t->get('/z/p2/wp-plugin/both.json')->{content} eq 'b is new'
}, 'bug 22: a change is seen in both zones', 2);
are_right('changed', x => 'a', y => 'b');

$t->nginx_stop;


# one process: it reads, caches, quits cleanly; nginx would start no threads
# for another configuration, and crash: that one is refused

$t->nginx(conf('master_process off;', x => $db{a}, y => $db{b}));
are_right('one process', x => 'a', y => 'b');
$t->wait_for(sub {
    $t->get('/x/packages.json')->{headers}{'x-cache'} eq 'HIT'
}, 'one process: a hit');

$t->expect_alert(qr/"wppkg_catalogue" directive cannot be reloaded/);
kill 'HUP', $t->nginx_pid;
$t->wait_for(sub {
    $t->error_log =~ /cannot be reloaded with "master_process off"/
}, 'one process: a reload is refused');
are_right('one process, not reloaded', x => 'a', y => 'b');

my $pid = delete $t->{nginx};
kill 'QUIT', $pid;
$t->wait_for(sub { waitpid($pid, 1) == $pid }, 'one process: it ends');
is($?, 0, 'one process: with 0');


# what is inherited: by server, location, a location within, "if"

# bug 21: a directive that is not merged is lost within

my $server = $t->port;

$t->nginx(
    no_zone => 1,
    main => 'thread_pool p1 threads=1; thread_pool p2 threads=1;',
    http => "
        wppkg_zone one 1m;
        wppkg_cache_control \"of http\";
        wppkg_thread_pool p1;
        wppkg_cache one;
        wppkg_refresh 1h;
        add_header X-Cache \"\$wppkg_cache_status\" always;

        server {
            listen 127.0.0.1:$server;
            wppkg_cache_control \"of server\";
            wppkg_thread_pool p2;
            wppkg_cache off;

            location /plain/ { wppkg_catalogue $db{a}; }

            location /own/ {
                wppkg_cache_control \"of location\";
                wppkg_cache one;
                wppkg_catalogue $db{a};

                location /own/p2/ { }
                if (\$arg_if) {
                    add_header X-Cache \"if \$wppkg_cache_status\";
                }
            }

            location /back/ {
                wppkg_catalogue $db{a};
                location /back/p2/ { wppkg_catalogue $db{b}; }
            }
        }",
    locations => "location / { wppkg_catalogue $db{a}; }");

sub settings {
    my ($url) = @_;
    my $r;

    # a cache is known by its hits, which the first refresh allows
    poll(sub {
        $r = $t->get($url);
        ($r->{headers}{'x-cache'} || '') =~ /\b(?:HIT|BYPASS)$/;
    }, 10);

    return "$r->{headers}{'cache-control'}, $r->{headers}{'x-cache'}";
}

my $of = "http://127.0.0.1:$server";

is(settings('/packages.json'), 'of http, HIT', 'settings of http');
is(settings("$of/plain/packages.json"), 'of server, BYPASS',
   'settings of the server');
is(settings("$of/own/packages.json"), 'of location, HIT',
   'bug 21: settings of the location');
is(settings("$of/own/p2/wp-plugin/both.json"), 'of location, HIT',
   'of a location within');
is(settings("$of/own/packages.json?if=1"), 'of location, if HIT',
   'of "if"');

like($t->error_log, qr/task #\d+ added to thread pool "$_"/, "pool $_ is used")
    for 'p1', 'p2';

is($t->get("$of/back/packages.json")->{content}, $body{a}{'packages.json'},
   'a catalogue of a location');
is($t->get("$of/back/p2/wp-plugin/both.json")->{status}, 404,
   'another one within has a prefix of its own');
is($t->get("$of/back/p2/packages.json")->{content}, $body{b}{'packages.json'},
   'and documents of its own');

$t->done;

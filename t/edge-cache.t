#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# The other way to have a second host: nginx without the module, as a cache,
# with the configuration of docs/mirror.md.

use strict;
use warnings;

use lib 't/lib';

use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents qw(gunzip);
use Test::WPPkg::Edge;


my $o = origin(plugins => 6, themes => 2);
my $c = Test::WPPkg->new;
my $port = $c->port;


# the block as it is printed, with our addresses, and no https

my $text = $c->read_file(Cwd::getcwd() . '/docs/mirror.md');
my ($block) = $text =~ /^(    proxy_cache_path .*?\n    \}\n)/ms;

ok($block, 'docs/mirror.md has a configuration') or BAIL_OUT('none');

my ($lines) = $text =~ /^(    install -d \/var\/cache.*\n)/m;

ok($lines, 'and what makes its directory') or BAIL_OUT('none');
s{/var/cache/nginx}{$c->{dir}/var/nginx}g for $lines, $block;

my $made = $c->command({}, 'sh', '-ec', $lines);
is($made->{code}, 0, 'which is made') or diag($made->{err});

my $url = $o->nginx_url;

$block =~ s{https://packages\.example\.org}{$url};
$block =~ s{listen 443 ssl;}{listen 127.0.0.1:$port;};
$block =~ s{^ *ssl_certificate.*\n}{}gm;

$c->nginx(http => $block);


sub cached {
    my ($path, %headers) = @_;
    return $c->get("http://127.0.0.1:$port$path", \%headers);
}


my $path = '/p2/wp-plugin/p1.json';
my $there = $o->get($path);
my $here = cached($path);

is($here->{content}, $there->{content}, 'the same bytes');
is($here->{headers}{'last-modified'}, $there->{headers}{'last-modified'},
   'C 20: the same date');

$o->asked;
my $r = cached($path, 'If-Modified-Since' =>
               $there->{headers}{'last-modified'});
is($r->{status}, 304, 'C 20: a client that has it');
$r = cached($path, 'Accept-Encoding' => 'gzip, br');
is($r->{headers}{'content-encoding'}, 'gzip', 'C 22: gzip');
is(gunzip($r->{content}), $there->{content}, 'of the same bytes');
is(scalar(my @none = $o->asked), 0, 'the origin was not asked again');

is(cached('/p2/wp-plugin/none.json')->{status}, 404, 'C 17: a foreign name');
$r = cached('/metadata/changes.json?since=1');
is($r->{status}, 400, 'C 29: the feed is passed on');
is(scalar(my @feed = $o->asked), 2, 'both from the origin');
cached('/metadata/changes.json?since=1');
is(scalar(@feed = $o->asked), 1, 'and the feed is not cached');


# with the origin dead, Composer gets what was asked for before

my $project = $c->composer_json("http://127.0.0.1:$port",
                                'wp-plugin/p2' => '*', 'wp-theme/t1' => '*');

is($c->composer($project, 'update', '--no-install')->{code}, 0,
   'Composer through the cache');

$o->nginx_stop;

for my $composer ($c->composers) {
    $r = $c->composer({ with => $composer, %$project }, 'update',
                      '--no-install');
    is($r->{code}, 0, "$composer: with the origin dead") or diag($r->{err});
}

is(cached('/p2/wp-plugin/p3.json')->{status}, 502, 'and nothing else');

$c->end;
$o->done;

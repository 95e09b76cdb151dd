#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# A name server that is silent holds nothing up: neither the time-out of a
# connection nor SIGTERM.  The C library waits for it for half a minute, in a
# thread that libcurl would wait for.


use strict;
use warnings;
use lib 't/lib';

use IO::Select;
use IO::Socket::INET;
use Test::More;
use Test::WPPkg;
use Time::HiRes qw(time);


plan(skip_all => 'needs root, for port 53 and a mount') if $> != 0;

my $t = Test::WPPkg->new;

my @servers = map {
    IO::Socket::INET->new(LocalAddr => "127.43.7.$_:53", Proto => 'udp')
        or die "127.43.7.$_:53: $!\n"
} 1 .. 3;

my $queries = IO::Select->new(@servers);

$t->write_file('resolv.conf', join '', map { "nameserver 127.43.7.$_\n" }
                                           1 .. 3);
$t->write_file('list', "plugin/akismet\n");


sub configure {
    my ($timeout) = @_;

    $t->configure(wporg => { api_url => 'https://api.wordpress.test',
                             recheck => 0 },
                  http  => { connect_timeout => $timeout, retries => 0 });
}


# with that resolv.conf, in a mount namespace of its own

sub begin {
    my $err = $t->path('update.err');

    # a thread that still waits when its process ends is no leak
    return { pid => $t->start([ 'unshare', '-m', 'sh', '-c',
                 'mount --bind "$0" /etc/resolv.conf && exec "$@"',
                 $t->path('resolv.conf'), $t->build_dir . '/wppkg-syncd',
                 '-c', $t->path('wppkg.conf'), 'update' ],
               out => $err, err => $err,
               env => { $t->environment(leaks => 0) }),
             out_file => $err, err_file => $err };
}


configure('1s');
is($t->syncd('migrate')->{code}, 0, 'migrate');
is($t->syncd('discover', '--source=list', $t->path('list'))->{code}, 0,
   'a package');

my $start = time;
my $r = $t->finish(begin(), undef, 60);
is($r->{code}, 1, 'nobody knows the name: done in part');
like($r->{err}, qr/time/i, 'nobody knows the name: it says so');
cmp_ok(time - $start, '<', 6, 'after the time-out of a connection');
ok($queries->can_read(0), 'the name servers were asked');

for my $server (@servers) {
    1 while $queries->can_read(0) && IO::Select->new($server)->can_read(0)
            && $server->recv(my $query, 512);
}

configure('60s');
$t->sql('UPDATE packages SET next_check_at = NULL, failures = 0');

my $run = begin();
ok($queries->can_read(20), 'a name is being looked up');

$start = time;
$r = $t->finish($run, 'TERM');
cmp_ok(time - $start, '<', 4, 'SIGTERM does not wait for it');
is($r->{code}, 1, 'SIGTERM: done in part') or diag($r->{err});

$t->done;

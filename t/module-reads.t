#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# What one turn of the event loop asks for is read by a thread in one go: each
# request gets its own answer, whatever becomes of the others.


use strict;
use warnings;
use lib 't/lib';

use IO::Socket::INET;
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents;
use Test::WPPkg::Gate;


my $t = Test::WPPkg->new;
my $db = catalogue_create($t);

my $date = 1700000000;
my @paths = map { sprintf 'p2/wp-plugin/doc-%02d.json', $_ } 0 .. 59;
my $damaged = $paths[17];

sub body_of { "{\"$_[0]\":1}" x 50 }

document_put($t, 'packages.json', '{}', $date);
document_put($t, $_, body_of($_), $date) for @paths;
document_put($t, $damaged, body_of($damaged), $date, gz => 'not gzip');

$t->nginx(no_zone => 1, main => 'thread_pool one threads=1;',
          locations => "location / { wppkg_catalogue $db;
                                     wppkg_thread_pool one; }");
is($t->get('/packages.json')->{status}, 200, 'nginx serves');

sub tasks { scalar(() = $t->error_log =~ /task #\d+ added/g) }


# many at once, of which half do not wait for the answer

my %wanted = map { $_ => body_of($_) } @paths;
$wanted{'p2/wp-plugin/none.json'} = undef;
$wanted{'metadata/changes.json?since=99999999999999999999'} = '';

my (%socket, @gone);

for my $path (sort keys %wanted) {
    $socket{$path} = connect_to();
    push @gone, connect_to();
}

my $before = tasks();

for my $path (sort keys %wanted) {
    my $s = pop @gone;
    syswrite $s, "GET /$path HTTP/1.1\r\nHost: a\r\n\r\n";
    syswrite $socket{$path},
        "GET /$path HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    close $s;
}

my %got = map { my $s = $socket{$_}; local $/; ($_ => scalar readline $s) }
          sort keys %wanted;

my $tasks = tasks() - $before;

my @wrong = grep {
    my $path = $_;
    my $body = $wanted{$path};

    $got{$path} !~ (!defined $body ? qr{\AHTTP/1.1 404 }
        : $body eq '' ? qr{\AHTTP/1.1 400 .*"timestamp"}s
        : $path eq $damaged ? qr{\AHTTP/1.1 503 .*^Retry-After: 1\r$}ms
        : qr{\AHTTP/1.1 200 .*\r\n\r\n\Q$body\E\z}s);
} sort keys %wanted;

is("@wrong", '', 'each request has its own answer');
like($t->error_log, qr/"\Q$damaged\E" is damaged: it does not unpack/,
     'the log names the damaged one');
cmp_ok($tasks, '<', 2 * keys %wanted,
       "fewer tasks than requests: $tasks for " . 2 * keys %wanted);


# What clients do not wait for is not read: one that asks for a hundred feeds
# and goes away does not keep the others waiting.

$t->nginx_stop;

my $gate = Test::WPPkg::Gate->new($t);
$gate->nginx(no_zone => 1, locations => "location / { wppkg_catalogue $db;
                                             wppkg_advisories on; }");
$t->get('/packages.json');
$gate->close;

sub ask_for {
    my ($since) = @_;
    my $s = connect_to();

    syswrite $s, "GET /metadata/changes.json?since=$since HTTP/1.1\r\n"
                 . "Host: a\r\nConnection: close\r\n\r\n";
    return $s;
}

my $since = 99_999_999_990_000;
my @first = map { ask_for($since + $_) } 1, 2;
$gate->held('two feeds are composed');
my %before = map { $_ => logged($_) } 'task \d+ is to read',
             'waits for a read', 'ended while it waited';

sub since_then {
    my ($what) = @_;
    return logged($what) - $before{$what};
}

my @many = map { ask_for($since + $_) } 3 .. 102;
my $last = ask_for($since);

$t->wait_for(sub { since_then('waits for a read') >= 101 },
             'a hundred others wait, and one more');

# a POST does not wait for them, though its answer may be long, too

my $posted = connect_to();
syswrite $posted, "POST /security-advisories HTTP/1.1\r\nHost: a\r\n"
                  . "Content-Length: 14\r\nConnection: close\r\n\r\npackages[]=a/b";
$t->wait_for(sub { since_then('task \d+ is to read') == 1 },
             'what is posted does not wait for feeds', 30);

close $_ for @many;
$t->wait_for(sub { since_then('ended while it waited') == 100 },
             'the hundred go away');
$gate->open;

for my $s (@first, $last) {
    local $/;
    like(scalar readline $s, qr{\AHTTP/1.1 200 }, 'whoever has stayed is answered');
}

like(do { local $/; scalar readline $posted },
     qr{\AHTTP/1.1 404 .*no source}s, 'what was posted is answered');

cmp_ok(since_then('task \d+ is to read'), '<=', 4,
       'for those that have gone nothing was read');


# a catalogue that is away is away for all, and there again for all

rename $db, "$db.away";
is(statuses(@paths), '503', 'away: each is 503');
rename "$db.away", $db;
is(statuses(grep { $_ ne $damaged } @paths), '200', 'back: each is 200');

$t->done;


# how often nginx has logged that

sub logged {
    my ($what) = @_;
    return scalar(() = $t->error_log =~ /wppkg: $what/g);
}


sub connect_to {
    return IO::Socket::INET->new(PeerAddr => '127.0.0.1', Timeout => 10,
                                 PeerPort => $t->{nginx_port})
           || die "connect: $!\n";
}


# the different statuses of requests that are sent at once

sub statuses {
    my @sockets = map { connect_to() } @_;
    my %status;

    for my $path (@_) {
        my $s = shift @sockets;
        syswrite $s, "GET /$path HTTP/1.1\r\nHost: a\r\n"
                     . "Connection: close\r\n\r\n";
        push @sockets, $s;
    }

    for my $s (@sockets) {
        local $/;
        $status{$1} = 1 if (scalar readline $s) =~ m{\AHTTP/1.1 (\d+)};
    }

    return join ' ', sort keys %status;
}

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# What may happen while a thread reads: the client goes, nginx reloads, quits
# or dies, the queue is full.  t/lib/gate.c holds the threads.

use strict;
use warnings;

use lib 't/lib';

use File::Copy ();
use IO::Socket::INET;
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents;
use Test::WPPkg::Gate;


my $t = Test::WPPkg->new;
my $db = catalogue_create($t);

my $body = '{"packages":[]}' x 2000;
my $date = 1700000000;

document_put($t, 'packages.json', $body, $date);
document_put($t, 'p2/wp-plugin/a.json', 'a', $date);
document_put($t, 'p2/wp-plugin/big.json', 'big ' x 2_000_000, $date);

my $h2 = $t->port;
my $narrow = $t->port;
my $gate = Test::WPPkg::Gate->new($t);

my %conf = (
    no_zone => 1,         # each request is to be read by a thread
    main => 'thread_pool narrow threads=1 max_queue=1;
             thread_pool three threads=3;
             worker_shutdown_timeout 3s;',
    http => "
        wppkg_thread_pool three;

        server {
            listen 127.0.0.1:$h2 http2;
            location / { wppkg_catalogue $db; }
        }

        server {
            listen 127.0.0.1:$narrow;
            location / {
                wppkg_catalogue $db;
                wppkg_thread_pool narrow;
            }
        }",
    locations => "location / { wppkg_catalogue $db; }",
);


sub start {
    $gate->nginx(%conf);

    # a worker opens the catalogue before it serves: not yet for the gate
    is_alive('start');
}

sub client {
    my ($port, $bytes) = @_;

    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port,
                                  Timeout => 10) or die "connect: $!\n";
    syswrite $s, $bytes;

    return $s;
}

sub rest {
    my ($s) = @_;
    local $/;
    return scalar readline $s;
}

my $get = "GET /packages.json HTTP/1.1\r\nHost: a\r\n";
my $last = "${get}Connection: close\r\n\r\n";

# the same, each of something that nobody else reads
sub lasts {
    my ($n) = @_;
    return map { $last =~ s{/packages.json}{/p2/wp-plugin/no-$_.json}r } 1 .. $n;
}

sub is_alive {
    my ($what) = @_;
    is($t->get('/packages.json')->{content}, $body, "$what: serves on");
}

sub port { $t->{nginx_port} }


start();


# the client goes away

# bug 5: a task that outlives its request

$gate->close;
my $s = client(port(), "$get\r\n");
$gate->held('abort');
close $s;
$gate->open;
is_alive('bug 5: abort');

# with a reset

$gate->close;
$s = client(port(), "$get\r\n");
$gate->held('reset');
setsockopt $s, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0);
close $s;
$gate->open;
is_alive('reset');

# having pipelined another request

$gate->close;
$s = client(port(), "$get\r\n$get\r\n");
$gate->held('abort, pipelined');
close $s;
$gate->open;
is_alive('abort, pipelined');


# HTTP/2: a stream is reset, or the whole connection goes
# bug 29: streams are no connections

sub frame {
    my ($type, $flags, $stream, $payload) = @_;
    return substr(pack('N', length $payload), 1) . pack('CCN', $type, $flags,
                                                        $stream) . $payload;
}

sub field { pack('C C/a C/a', 0, @_) }

my $h2_get = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" . frame(4, 0, 0, '')
    . frame(1, 5, 1, field(':method', 'GET') . field(':scheme', 'http')
                     . field(':path', '/packages.json')
                     . field(':authority', 'a'));

$gate->close;
$s = client($h2, $h2_get);
$gate->held('RST_STREAM');
syswrite $s, frame(3, 0, 1, pack('N', 8));
$t->wait_for(sub { $t->error_log =~ /client (?:canceled|terminated) stream 1/ },
             'RST_STREAM: nginx has noticed');
$gate->open;
is_alive('bug 29: RST_STREAM');
close $s;

$gate->close;
$s = client($h2, $h2_get);
$gate->held('h2, abort');
close $s;
$gate->open;
is_alive('h2, abort');


# pipelined requests and late bodies are answered, in order

# bug 11: a request released too often, or never

$gate->close;
$s = client(port(), "$get\r\nGET /p2/wp-plugin/a.json HTTP/1.1\r\nHost: a\r\n"
                    . "Connection: close\r\n\r\n");
$gate->held('pipelining');
$gate->open;
like(rest($s), qr{\AHTTP/1.1 200.*\Q$body\EHTTP/1.1 200.*\r\n\r\na\z}s,
     'bug 11: pipelining: both, in order');

$gate->close;
$s = client(port(), "${get}Content-Length: 10\r\n\r\n12345");
$gate->held('late body');
syswrite $s, '67890';
syswrite $s, $last;
$gate->open;
like(rest($s), qr{\AHTTP/1.1 200.*\Q$body\EHTTP/1.1 200.*\Q$body\E\z}s,
     'late body: both, in order');


# bug 1: the loop goes on while threads wait

# a write event while the thread reads: once a socket's buffer was full,
# epoll reports it writable with all that comes in

$s = client(port(), "GET /p2/wp-plugin/big.json HTTP/1.1\r\nHost: a\r\n\r\n");
$t->wait_for(sub { $t->error_log =~ /(?:send|write)v?\(\) not ready/ },
             'write event: the buffer is full');

my $answer = '';
my $head = -1;

while ($head < 0 || length $answer < $head + 4 + 8_000_000) {
    sysread $s, $answer, 1 << 20, length $answer or last;
    $head = index $answer, "\r\n\r\n" if $head < 0;
}

like($answer, qr{\AHTTP/1.1 200.*\r\n\r\nbig .*big \z}s,
     'bug 1: write event: the big document');

$gate->close;
syswrite $s, "$get\r\n";
$gate->held('write event');
syswrite $s, $last;
# nginx, when it answers this, has seen the above
is($t->get('/nothing')->{status}, 404, 'write event: nginx has seen it');
$gate->open;
like(rest($s), qr{\AHTTP/1.1 200.*\Q$body\EHTTP/1.1 200.*\Q$body\E\z}s,
     'write event: both, in order');


# the queue is full: 503 at once for requests beyond it, 404 for the others

$gate->close;
my @lasts = lasts(5);
my @s = client($narrow, shift @lasts);
$gate->held('full queue');
push @s, map { client($narrow, $_) } @lasts;
$t->wait_for(sub { $t->error_log =~ /queue overflow/ },
             'full queue: nginx has noticed');
$gate->open;

my @answers = map { rest($_) } @s;
my @busy = grep { m{\AHTTP/1.1 503} } @answers;

cmp_ok(scalar @busy, '>=', 1, 'full queue: some are answered 503');
is(scalar(grep { /^Retry-After: 1\r$/m } @busy), scalar @busy,
   'full queue: with Retry-After');
is(scalar(grep { m{\AHTTP/1.1 404} } @answers),
   @answers - @busy, 'full queue: the others get theirs');
$t->expect_alert(qr/thread pool "narrow" queue overflow/);


# never more connections than threads, whatever is in the queue

my ($worker) = $t->nginx_workers;

# descriptors of a worker whose file has that name
sub links {
    my ($name) = @_;
    return scalar grep { (readlink $_ || '') =~ $name }
                       glob "/proc/$worker/fd/*";
}

my $catalogue = qr/^\Q$db\E$/;

$gate->close;
@s = map { client(port(), $_) } lasts(50);
$t->wait_for(sub { links($catalogue) == 3 },
             'burst: each of the three threads has a connection');
$gate->open;
is(scalar(grep { rest($_) =~ m{\AHTTP/1.1 404} } @s), 50,
   'burst: all answered');
is(links($catalogue), 3, 'burst: connections stay open, and no more');

# another file in its place: none of them keeps the old one

for my $suffix ('', '-wal', '-shm') {
    File::Copy::copy("$db$suffix", "$db.new$suffix");
    rename "$db$suffix", "$db.old$suffix";
    rename "$db.new$suffix", "$db$suffix";
}

is_alive('replaced');
is(links(qr/\Q$db.old\E/), 0, 'replaced: the old file is not kept open');
is(links($catalogue), 1, 'replaced: the new one is open');


# nor is memory kept, whether a client takes the document or goes away

SKIP: {
    skip 'a sanitizer keeps memory on purpose', 1 if -x "$t->{build}/nginx";

    my $kilobytes = sub {
        my ($size) = $t->read_file("/proc/$worker/status")
                     =~ /^VmRSS:\s+(\d+) kB/m;
        return $size;
    };

    $t->get('/p2/wp-plugin/big.json') for 1 .. 5;
    my $first = $kilobytes->();

    for (1 .. 15) {
        $t->get('/p2/wp-plugin/big.json');
        close client(port(), "GET /p2/wp-plugin/big.json HTTP/1.0\r\n\r\n");
    }

    cmp_ok($kilobytes->() - $first, '<', 60_000,
           'memory: 30 documents of 8 MB later');
}


# reload: the old worker ends when its task has, not before

# bug 7: a worker that ends under a running task

$gate->close;
$s = client(port(), $last);
$gate->held('reload');
my ($old) = $t->nginx_workers;
kill 'HUP', $t->nginx_pid;
$t->wait_for(sub { $t->nginx_workers > 1 }, 'reload: a new worker is there');
$t->wait_for(sub { $t->error_log =~ /\b\Q$old\E#.*gracefully shutting down/ },
             'reload: the old one shuts down');
$gate->open;
like(rest($s), qr/\Q$body\E\z/, 'bug 7: reload: the request is answered');
$t->wait_for(sub { !grep { $_ == $old } $t->nginx_workers },
             'reload: the old worker is gone');
is_alive('reload');


# the old worker has waited for long enough, and terminates what it has

# bug 6: a request that goes on although it has been terminated

$gate->close;
$s = client(port(), $last);
$gate->held('timeout');
($old) = $t->nginx_workers;
kill 'HUP', $t->nginx_pid;
$t->wait_for(sub { $t->error_log =~ /\b\Q$old\E#.*\d+ shutdown timeout/ },
             'timeout: the request is terminated');
$gate->open;
is(rest($s) || '', '', 'bug 6: timeout: no answer');
$t->wait_for(sub { !grep { $_ == $old } $t->nginx_workers },
             'timeout: the old worker is gone');
is_alive('timeout');


# a worker is killed

$gate->close;
$s = client(port(), $last);
$gate->held('kill');
($worker) = $t->nginx_workers;
kill 'KILL', $worker;
$gate->open;
is(rest($s) || '', '', 'kill: no answer');
$t->wait_for(sub {
    my @now = $t->nginx_workers;
    @now && !grep { $_ == $worker } @now;
}, 'kill: another worker is there');
is_alive('kill');
$t->expect_alert(qr/worker process \Q$worker\E exited on signal 9/);


# quit, and a fast shutdown

$gate->close;
$s = client(port(), $last);
$gate->held('quit');
kill 'QUIT', $t->nginx_pid;
$t->wait_for(sub { () = $t->error_log =~ /gracefully shutting down/g > 1 },
             'quit: nginx shuts down');
$gate->open;
like(rest($s), qr/\Q$body\E\z/, 'quit: the request is answered');
$t->nginx_stop;

start();
$gate->close;
$s = client(port(), $last);
$gate->held('terminate');
($worker) = $t->nginx_workers;
kill 'TERM', $t->nginx_pid;
$t->wait_for(sub { $t->error_log =~ /\b\Q$worker\E#.*: exiting/ },
             'terminate: the worker is exiting');
$gate->open;
$t->wait_for(sub { !$t->nginx_workers }, 'terminate: the workers are gone');
$t->nginx_stop;


# reloads leave nothing behind

# bug 23: memory and files of old configurations

start();

sub descriptors {
    my ($pid) = @_;
    my @fd = glob "/proc/$pid/fd/*";
    return scalar @fd;
}

$t->nginx_reload;
is_alive('first reload');

my $before = descriptors($t->nginx_pid);
my $worker_before = descriptors($t->nginx_workers);

for (1 .. 30) {
    $t->nginx_reload;
    $t->get('/packages.json');
}

is(descriptors($t->nginx_pid), $before,
   'bug 23: descriptors of the master after 30 reloads');
cmp_ok(descriptors($t->nginx_workers), '<=', $worker_before + 1,
       'descriptors of a worker after 30 reloads');

$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Requests that wait for another one's read: one read for all, and none is
# lost when one of them goes, nginx reloads, quits, or a worker is killed with
# the zone's mutex in its hands.  t/lib/gate.c holds the threads.

use strict;
use warnings;

use lib 't/lib';

use File::Basename qw(dirname);
use IO::Socket::INET;
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents;
use Test::WPPkg::Gate;
use Test::WPPkg::Process qw(alive);
use Time::HiRes qw(sleep time);


my $t = Test::WPPkg->new;
my $db = catalogue_create($t);

my $date = 1700000000;
my @paths = map { sprintf 'p2/wp-plugin/doc-%03d.json', $_ } 0 .. 99;

sub body_of {
    my ($path) = @_;
    return "$path " x (10 + length($path) * ord(substr $path, -6, 1) % 200);
}

document_put($t, $_, body_of($_), $date) for 'packages.json', @paths;

my $h2 = $t->port;
my $gate = Test::WPPkg::Gate->new($t);

sub start {
    my (%o) = @_;

    $gate->nginx(
        no_zone => 1, workers => $o{workers} || 1,
        main => 'thread_pool three threads=3;',
        http => "
            wppkg_zone z 1m;
            wppkg_cache z;
            wppkg_refresh " . ($o{refresh} || '1h') . ";
            wppkg_thread_pool three;
            add_header X-Cache \$wppkg_cache_status always;

            server {
                listen 127.0.0.1:$h2 http2;
                location / { wppkg_catalogue $db; }
            }",
        locations => "
            location / { wppkg_catalogue $db; }
            location /plain/ { wppkg_catalogue $db; wppkg_cache off; }");

    # until a first refresh has been, nothing is kept
    $t->wait_for(sub {
        ($t->get('/packages.json')->{headers}{'x-cache'} || '') eq 'HIT';
    }, 'the cache is at work');
}

sub client {
    my ($path, $port) = @_;

    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                  PeerPort => $port || $t->{nginx_port},
                                  Timeout => 10) or die "connect: $!\n";
    syswrite $s, "GET /$path HTTP/1.1\r\nHost: a\r\n"
                 . "Connection: close\r\n\r\n" if !$port;
    return $s;
}

sub rest {
    my ($s) = @_;
    local $/;
    return scalar readline $s;
}

# requests that had to wait get complete answers
sub all_answered {
    my ($what, $path, @s) = @_;
    my $body = body_of($path);
    my @answers = map { rest($_) } @s;

    is(scalar(grep { m{\AHTTP/1.1 200.*\r\n\r\n\Q$body\E\z}s } @answers),
       scalar @s, "$what: all are answered");

    return @answers;
}

sub tasks { scalar(() = $t->error_log =~ /task #\d+ added/g) }

# requests that nginx has read until now
sub requests { scalar(() = $t->error_log =~ /http request line: /g) }

my $asked;

sub ask {
    my ($n, $path) = @_;
    my $before = requests();
    my @s = map { client($path) } 1 .. $n;

    $t->wait_for(sub { requests() == $before + $n }, "$n requests are in");
    return @s;
}

start();


# one read for all

my $path = shift @paths;
$gate->close;
my $before = tasks();
my @s = ask(1, $path);
$gate->held('together');
push @s, ask(29, $path);
$gate->open;
my @answers = all_answered('together', $path, @s);
is(tasks() - $before, 1, 'together: one read');
is(scalar(grep { /^X-Cache: HIT\r$/m } @answers), 29, 'together: 29 hits');


# Without a zone two reads: those who come while a thread reads are not served
# from what it may have read before they asked, but by one more.

$path = shift @paths;
$gate->close;
$before = tasks();
@s = ask(1, "plain/$path");
$gate->held('without a zone');
push @s, ask(29, "plain/$path");
$gate->open;
all_answered('without a zone', $path, @s);
is(tasks() - $before, 2, 'without a zone: two reads');

# the feed as well, however "since" is written

my $mark = int(time * 10000);
my @since = ("since=$mark", "since=0$mark", "a=b&since=$mark");

$gate->close;
$before = tasks();
@s = ask(1, "plain/metadata/changes.json?$since[0]");
$gate->held('the feed, together');
push @s, map { ask(10, "plain/metadata/changes.json?$_") } @since;
$gate->open;
is(scalar(grep { rest($_) =~ m{\AHTTP/1.1 200 .*"actions":\[\]}s } @s), 31,
   'the feed, together: all are answered');
is(tasks() - $before, 2, 'the feed, together: two reads');

# HEAD and a date need no body, and do not wait for those who need one

$path = shift @paths;
is($t->request(HEAD => "/plain/$path")->{headers}{'content-length'},
   length body_of($path), 'HEAD without a zone');
is($t->get("/plain/$path", { 'If-Modified-Since' => http_date($date) })
   ->{status}, 304, 'a date without a zone');
is($t->get("/plain/$path", { 'If-Modified-Since' => http_date($date - 1) })
   ->{content}, body_of($path), 'an older date without a zone');


# the one that reads goes away; so do some that wait, quietly or by a reset

$path = shift @paths;
$gate->close;
my ($first) = ask(1, $path);
$gate->held('abort');
@s = ask(9, $path);
close $first;
close shift @s;
setsockopt $s[0], SOL_SOCKET, SO_LINGER, pack('ii', 1, 0);
close shift @s;
$t->wait_for(sub {
    $t->error_log =~ /client prematurely closed connection/
        && $t->error_log =~ /reset by peer/
}, 'abort: nginx has noticed');
$gate->open;
all_answered('abort', $path, @s);


# an HTTP/2 stream that waits is reset

sub frame {
    my ($type, $flags, $stream, $payload) = @_;
    return substr(pack('N', length $payload), 1) . pack('CCN', $type, $flags,
                                                        $stream) . $payload;
}

sub field { pack('C C/a C/a', 0, @_) }

$path = shift @paths;
$gate->close;
@s = ask(2, $path);
$gate->held('RST_STREAM');

my $h = client($path, $h2);
syswrite $h, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" . frame(4, 0, 0, '')
    . join '', map {
        frame(1, 5, $_, field(':method', 'GET') . field(':scheme', 'http')
                        . field(':path', "/$path") . field(':authority', 'a'))
    } 1, 3, 5;
syswrite $h, frame(3, 0, 3, pack('N', 8));
$t->wait_for(sub { $t->error_log =~ /client (?:canceled|terminated) stream 3/ },
             'RST_STREAM: nginx has noticed');
$gate->open;
all_answered('RST_STREAM', $path, @s);

my ($got, $text) = (0, '');
my $body = body_of($path);
while ($got < 2 && sysread $h, $text, 65536, length $text) {
    $got = () = $text =~ /\Q$body\E/g;
}
is($got, 2, 'RST_STREAM: the other streams are answered');

# the whole connection
$path = shift @paths;
$gate->close;
@s = ask(2, $path);
$gate->held('h2, abort');
syswrite $h, frame(1, 5, 7, field(':method', 'GET') . field(':scheme', 'http')
                   . field(':path', "/$path") . field(':authority', 'a'));
close $h;
$gate->open;
all_answered('h2, abort', $path, @s);


# reload, and quit

# bug 8: a timer that keeps a worker from ending
# bug 9: an event whose data is no connection, which the debug log reads

$path = shift @paths;
$gate->close;
@s = ask(5, $path);
$gate->held('reload');
my ($old) = $t->nginx_workers;
kill 'HUP', $t->nginx_pid;
$t->wait_for(sub { $t->error_log =~ /\b\Q$old\E#.*gracefully shutting down/ },
             'bug 8, bug 9: reload: the old worker shuts down');
$gate->open;
all_answered('reload', $path, @s);
$t->wait_for(sub { !grep { $_ == $old } $t->nginx_workers },
             'reload: the old worker is gone');
is($t->get("/$path")->{headers}{'x-cache'}, 'HIT',
   'reload: the new one has what the old one read');

$path = shift @paths;
$gate->close;
@s = ask(5, $path);
$gate->held('quit');
kill 'QUIT', $t->nginx_pid;
$t->wait_for(sub { () = $t->error_log =~ /gracefully shutting down/g > 1 },
             'quit: nginx shuts down');
$gate->open;
all_answered('quit', $path, @s);
$t->nginx_stop;


# The catalogue is replaced while the feed is read, which then tells of what the
# cache cannot come to know any more: it is read again, with no loop of
# refreshes meanwhile.

my @files = map { "$db$_" } '', '-wal', '-shm';
my $other = "$t->{dir}/other";

mkdir $other;
system('cp', '-p', @files, $other) == 0 or die "cp\n";
start();
document_put($t, $paths[0], 'changed', $date + 1);

$gate->close;
$first = client('metadata/changes.json?since='
                . int((time - 3600) * 10000));
$gate->held('the feed');
rename $_, "$_.old" for @files;
system('sh', '-c', "mv '$other'/* '" . dirname($db) . "'") == 0 or die "mv\n";
$before = tasks();
$gate->open;
like(rest($first), qr{\AHTTP/1.1 200 .*"timestamp":\d+}s,
     'replaced: the feed of the new one');
cmp_ok(tasks() - $before, '<', 20, 'replaced: a few tasks do');
$t->nginx_stop;


# workers are killed under load, while they fill, hit, evict and refresh

# bug 26: the mutex of one that has died, and what it left half-made

start(workers => 2, refresh => '100ms');
$t->expect_alert(qr/worker process \d+ exited on signal 9/);

# the master says so when it takes the mutex from one that died with it
$t->expect_alert(qr/shared memory zone "z" was locked by \d+/);

my $stop = $t->path('stop');
my $test = $$;
my @load;

for my $n (1 .. 4) {
    my $pid = fork;
    die "fork: $!\n" if !defined $pid;

    if ($pid == 0) {
        my $wrong = 0;
        srand $n;

        while (!-e $stop && getppid == $test) {
            my $p = rand() < 0.2
                    ? 'p2/wp-plugin/none-' . int(rand 5000) . '.json'
                    : $paths[rand @paths];
            my $s = eval { client($p) } or next;
            my $answer = rest($s);

            # a killed worker's clients get nothing, or a part
            next if !defined $answer || $answer !~ /\r\n\r\n/;
            my ($head, $content) = split /\r\n\r\n/, $answer, 2;
            my ($length) = $head =~ /^Content-Length: (\d+)/m;
            next if defined $length && $length > length $content;

            # SQLite's lock may be the killed worker's for a moment
            next if $head =~ /\A\S+ 503 .*^Retry-After: 1\r/ms;

            $wrong++ if $p =~ /none/ ? $head !~ /\A\S+ 404/
                                     : $content ne body_of($p);
        }

        require POSIX;
        POSIX::_exit($wrong > 250 ? 250 : $wrong);
    }

    push @load, $pid;
}

# for five seconds; on a machine with other work, until there were enough
my $killed = 0;
my $begun = time;

while (time < $begun + 5 || ($killed <= 10 && time < $begun + 60)) {
    my @workers = $t->nginx_workers;
    kill 'KILL', $workers[rand @workers] and $killed++ if @workers;

    # documents change meanwhile
    document_put($t, 'packages.json', "state $killed", $date + $killed);
}

$t->write_file('stop', '');

my $wrong = 0;
for my $pid (@load) {
    waitpid $pid, 0;
    $wrong += $? >> 8;
}

cmp_ok($killed, '>', 10, "killed: $killed workers");
is($wrong, 0, 'bug 26: killed: no wrong answer');

for my $p (@paths) {
    is($t->get("/$p")->{content}, body_of($p), "after that: $p");
}

$t->wait_for(sub { $t->get('/packages.json')->{content} eq "state "
                   . ($killed - 1) || $t->get('/packages.json')->{content}
                   eq "state $killed" }, 'the latest change is seen');
$t->wait_for(sub {
    ($t->get("/$paths[0]")->{headers}{'x-cache'} || '') eq 'HIT'
}, 'and the cache is at work', 10);

$t->done;

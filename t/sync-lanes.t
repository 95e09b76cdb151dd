#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# How many requests at a time a real S3 server gets that is far away (t/lib/far)
# or says SlowDown (nginx in front of it), if nobody has set a number.


use strict;
use warnings;
use lib 't/lib';

use HTTP::Tiny;
use IO::Socket::INET;
use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Bucket;
use Test::WPPkg::Process qw(stop_process);


my $t = Test::WPPkg->new;
my $s3 = $t->s3;
my $bucket = Test::WPPkg::Bucket->new($t);
my ($upstream) = $s3->{endpoint} =~ /:(\d+)$/;
my $dir = $t->dir;
my @servers;


# a port at which each answer of the server comes so many ms later

sub far {
    my ($ms) = @_;
    my $port = $t->port;

    push @servers, $t->start([ $t->build_dir . '/t/lib/far', $port, $upstream,
                               $ms ], err => "$dir/far.err");
    $t->wait_for(sub { IO::Socket::INET->new("127.0.0.1:$port") },
                 "a server $ms ms away");

    return $port;
}


# A port at which more than $most requests at a time are refused, more than one
# DeleteObjects, and all while there is the file "down".

sub limited {
    my ($most, $behind) = @_;
    my $port = $t->port;

    $t->write_file('limited.conf', <<"X");
user root;
pid $dir/limited.pid;
error_log $dir/limited.log error;
events { worker_connections 512; }
http {
    log_format said '\$status';
    access_log $dir/limited.said said;
    client_body_temp_path $dir/limited.body;
    proxy_temp_path $dir/limited.temp;
    fastcgi_temp_path $dir/limited.temp;
    uwsgi_temp_path $dir/limited.temp;
    scgi_temp_path $dir/limited.temp;
    limit_conn_zone \$server_port zone=all:1m;
    map \$request_method \$delete { default ''; POST 1; }
    limit_conn_zone \$delete zone=deletes:1m;
    limit_conn_status 503;
    keepalive_requests 100000;
    upstream s3 { server 127.0.0.1:$behind; keepalive 64; }
    server {
        listen 127.0.0.1:$port;
        location / {
            if (-f $dir/down) { return 503; }
            limit_conn all $most;
            limit_conn deletes 1;
            proxy_pass http://s3;
            proxy_set_header Host \$http_host;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }
    }
}
X

    push @servers, $t->start([ 'nginx', '-p', $dir, '-c',
                               "$dir/limited.conf", '-g',
                               'daemon off; master_process off;' ],
                             out => "$dir/limited.out",
                             err => "$dir/limited.out");
    $t->wait_for(sub { IO::Socket::INET->new("127.0.0.1:$port") },
                 "a server that refuses more than $most at a time");

    return $port;
}


sub configure {
    my ($port, %o) = @_;
    $t->configure(bucket => { endpoint => "http://127.0.0.1:$port", %o },
                  http => { retries => 10 });
}


# how many requests it has refused since the last time
{
    my $seen = 0;

    sub refused {
        my $n = () = $t->read_file('limited.said') =~ /^503$/mg;
        my $new = $n - $seen;
        $seen = $n;
        return $new;
    }
}


sub remembered {
    my $name = $_[0] || 'lanes';
    return $t->sql_value("SELECT value FROM meta WHERE name = '$name'");
}


# what "status" says: the line, and "auto" with the number

sub status {
    my ($what, $lanes, $word) = @_;

    like($t->syncd('status')->{out},
         qr/^bucket lanes:    $lanes \($word\)$/m, "$what: status");

    my $json = JSON::PP::decode_json($t->syncd('status', '--json')->{out});
    is_deeply($json->{bucket},
              { lanes => $lanes,
                auto => $word eq 'auto' ? JSON::PP::true : JSON::PP::false },
              "$what: status --json");
}


# Far away: 8 lanes to begin with, for the few documents that a repository
# has; for many, more.

my $far = far(200);

configure($far);
is($t->syncd('migrate')->{code}, 0, 'migrate');
status('no run yet', 8, 'auto');

my $r = $t->syncd('sync');
is($r->{code}, 0, 'far, a few: done') or diag($r->{err});
$bucket->learn;

my $c = $bucket->counts('sync');
is("$c->{lanes} $c->{refused}", '8 0', 'far, a few: lanes');
is(remembered(), undef, 'far, a few: nothing was found out');

my @many = map { sprintf 'p2/wp-plugin/m%04d.json', $_ } 1 .. 1600;

$bucket->set(map { $_ => "bytes of $_" } @many[0 .. 599]);
$r = $t->syncd('sync');
is($r->{code}, 0, 'far, many: done') or diag($r->{err});

$c = $bucket->counts('sync');
my $lanes = $c->{lanes};
cmp_ok($lanes, '>=', 16, "far, many: $lanes lanes");
is("$c->{put} $c->{refused}", '600 0', 'far, many: the counts');
like($r->{out}, qr/^sync: 600 put, \d+ requests, $lanes lanes, /m,
     'far, many: its line');
is(remembered(), $lanes, 'far, many: remembered');
status('far, many', $lanes, 'auto');


# the next run begins there, and what is fixed is not remembered

$bucket->set($many[0] => 'changed');
is($t->syncd('sync')->{code}, 0, 'far, again: done');
is($bucket->counts('sync')->{lanes}, $lanes, 'far, again: as many lanes');

configure($far, concurrency => 3);
$bucket->set($many[0] => 'changed again');
is($t->syncd('sync')->{code}, 0, 'fixed: done');
is($bucket->counts('sync')->{lanes}, 3, 'fixed: lanes');
is(remembered(), $lanes, 'fixed: what was remembered stays');
status('fixed', 3, 'fixed');


# Another bucket begins with 8 again.  It refuses more than 12: the trial of 16
# is undone, and none of more than 12 stays.

my $limited = limited(12, far(20));

configure($limited);
$bucket->set(map { $_ => "bytes of $_" } @many[600 .. $#many]);
$r = $t->syncd('sync');
is($r->{code}, 0, 'SlowDown: done') or diag($r->{err});
$bucket->is_equal('SlowDown');

$c = $bucket->counts('sync');
cmp_ok($c->{refused}, '>', 0, "SlowDown: $c->{refused} of $c->{requests}");
cmp_ok($c->{refused}, '<=', $c->{requests} / 100,
       'R 18: SlowDown: no more than 1 %');
cmp_ok($c->{lanes}, '<=', 12, "SlowDown: $c->{lanes} lanes");
is($c->{failed}, 0, 'SlowDown: nothing has failed');
is($c->{refused}, refused(), 'SlowDown: all that it has refused');
is(remembered() || 8, $c->{lanes}, 'SlowDown: remembered');
like($r->{out}, qr/ $c->{refused} refused, /, 'SlowDown: its line');


# What is still to make up for refusals is remembered, too: 300 documents are not
# enough for another trial.

$lanes = $c->{lanes};
$t->sql("INSERT OR REPLACE INTO meta (name, value) VALUES ('lanes_owed', 500)");
$bucket->set(map { $_ => "new bytes of $_" } @many[0 .. 299]);
$r = $t->syncd('sync');
is($r->{code}, 0, 'SlowDown, again: done') or diag($r->{err});

$c = $bucket->counts('sync');
is("$c->{put} $c->{lanes}", "300 $lanes", 'SlowDown, again: as many lanes');
is($c->{refused} + refused(), 0, 'R 18: SlowDown, again: none is refused');
is(remembered('lanes_owed'), 500 - $c->{requests},
   'SlowDown, again: what it still owes');


# "audit" begins there too

is($t->syncd('audit')->{code}, 0, 'audit: done');


# Documents that go: of two DeleteObjects, one is refused, and sent again.

$bucket->set(map { $_ => undef } @many);
$r = $t->syncd('sync');
is($r->{code}, 0, 'DeleteObjects: done') or diag($r->{err});
$bucket->is_equal('DeleteObjects');

$c = $bucket->counts('sync');
cmp_ok($c->{refused}, '>', 0, 'DeleteObjects: SlowDown');
is($c->{refused}, refused(), 'DeleteObjects: all that it has refused');
is("$c->{deleted} $c->{failed} " . ($c->{requests} - $c->{refused}),
   '1600 0 2', 'DeleteObjects: none is deleted by its own request');


# It refuses everything: that is remembered, too, though nothing is stored.
# Lanes are fewer after each wave of refusals; on a busy machine waves are long.

$bucket->set(map { $_ => "bytes of $_" } @many[0 .. 799]);
$t->write_file('down', '');
$t->configure(bucket => { endpoint => "http://127.0.0.1:$limited" },
              http => { retries => 0 });
is($t->syncd('sync')->{code}, 1, 'down: not done');

$c = $bucket->counts('sync');
is("$c->{put} $c->{lanes}", '0 1', 'down: one lane');
is($c->{refused}, $c->{requests}, 'down: all are refused');
is(remembered(), 1, 'down: remembered');

unlink "$dir/down";
is($t->syncd('sync')->{code}, 0, 'up again: done');
$bucket->is_equal('up again');


# a number that cannot be, and one that is none

$t->sql("INSERT OR REPLACE INTO meta (name, value) VALUES ('lanes', 1000)");
status('an impossible number', 8, 'auto');
$bucket->set($many[0] => 'once more');
is($t->syncd('sync')->{code}, 0, 'an impossible number: done');
is($bucket->counts('sync')->{lanes}, 8, 'an impossible number: 8 lanes');

$t->sql("UPDATE meta SET value = 'x' WHERE name = 'lanes'");
$bucket->set($many[0] => 'and again');
$r = $t->syncd('sync');
is($r->{code}, 1, 'no number: not done');
like($r->{err}, qr/sync: .*lanes/, 'no number: it is said');

stop_process($_) for @servers;
$t->done;

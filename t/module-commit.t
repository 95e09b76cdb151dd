#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# A reader that comes while a commit is half-way through the head of -shm,
# which it may not repair: it waits for the writer, briefly.

use strict;
use warnings;

use lib 't/lib';

use IO::Handle;
use IO::Socket::INET;
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents;


plan skip_all => 'not root: workers are the same user, and repair -shm'
    if $> != 0;

# each request is to be read by a thread
delete $ENV{WPPKG_TEST_ZONE};

my $t = Test::WPPkg->new;
my $db = catalogue_create($t);

my $path = 'p2/wp-plugin/akismet.json';
my $date = 1700000000;

document_put($t, $path, 'a body', $date);

$t->nginx(
    http => 'wppkg_zone z 1m;',
    locations => "
        location / {
            wppkg_catalogue $db;
            location /status { wppkg_status json; }
        }
        location /cached/ {
            wppkg_catalogue $db;
            wppkg_cache z;
            wppkg_refresh 0;
        }");


# A program that may write has it open: without one SQLite uses no -shm.

$t->write_file('writer.out', '');
open my $writer, '|-', "exec sqlite3 -batch '$db' > '$t->{dir}/writer.out'"
    or die "sqlite3: $!\n";
$writer->autoflush(1);
print $writer ".filectrl persist_wal 1\nSELECT count(*) FROM meta;\n"
              . "SELECT 'open';\n";
$t->wait_for(sub { $t->read_file('writer.out') =~ /open/ },
             'a writer has it open');

# and is half-way through writing the two copies of -shm's head

my ($fh, $byte);

sub tear {
    open $fh, '+<:raw', "$db-shm" or die "$db-shm: $!\n";
    sysread $fh, $byte, 9;
    $byte = substr $byte, 8;
    sysseek $fh, 8, 0;
    syswrite $fh, chr(ord($byte) ^ 1);
}

sub mend {
    sysseek $fh, 8, 0;
    syswrite $fh, $byte;
    close $fh;
}

# whether something comes back within so many seconds
sub answered {
    my ($s, $seconds) = @_;
    my $ready = '';
    vec($ready, fileno $s, 1) = 1;
    return scalar select $ready, undef, undef, $seconds;
}

my $since = int((time - 60) * 10000);

for my $fresh (0, 1) {
    for my $p ($path, 'p2/wp-plugin/none.json', "cached/$path",
               "metadata/changes.json?since=$since", 'status')
    {
        my $what = "$p, " . ($fresh ? 'a new connection' : 'an open one');
        my $wanted = $p =~ /none/ ? 404 : 200;

        $fresh ? $t->nginx_reload : $t->get("/$path");

        # a worker opens one connection when it starts: another may be needed
        tear();

        my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                      PeerPort => $t->{nginx_port});
        syswrite $s, "GET /$p HTTP/1.0\r\n\r\n";

        ok(!answered($s, 0.05), "$what: it waits");
        mend();
        ok(answered($s, 10), "$what: and is answered");

        sysread $s, my $answer, 65536;
        like($answer, qr{^HTTP/1.1 $wanted }, "$what: well");
    }
}


# nor does it come to the end

tear();

my $r = $t->get("/$path");
is($r->{status}, 503, 'torn for good: 503');
is($r->{headers}{'retry-after'}, 1, 'torn for good: Retry-After');

$t->nginx_reload;
is($t->get("/$path")->{status}, 503, 'torn for good, a new connection');
$t->wait_for(sub {
    $t->get("/$path");
    $t->error_log =~ /until a writer has opened it again: run "wp/;
}, 'torn for good: the log says what to do');

# the next one that may write repairs it
is($t->syncd('migrate')->{code}, 0, 'a writer comes');
close $writer;
is($t->get("/$path")->{content}, 'a body', 'and it is served');

$t->done;

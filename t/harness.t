#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# The harness itself: what its automatic checks are for, they must find.


use strict;
use warnings;
use lib 't/lib';

use Cwd ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Process qw(group_alive poll);
use Test::WPPkg::SVN;
use Time::HiRes qw(time);


my $t = Test::WPPkg->new;
my $lib = Cwd::realpath('t/lib');
my $n = 0;


# Runs a test file of these lines in a process of its own.

sub try {
    my ($code) = @_;

    my $file = $t->write_file('inner' . ++$n . '.t', <<"END");
use strict;
use warnings;
use lib '$lib';
use Test::More;
use Test::WPPkg;
my \$t = Test::WPPkg->new(timeout => 20);
pass();
$code
\$t->done;
END

    my $r = $t->command({ env => { TMPDIR => $t->dir } }, $^X, $file);
    $r->{tap} = "$r->{out}$r->{err}";

    return $r;
}


sub left {
    return grep { -d } glob $t->dir . '/wppkg-test-*';
}


my $r = try('');
is($r->{code}, 0, 'a test that does nothing passes');
is(left(), 0, 'its directory is removed');

$r = try('$t->start([ "sleep", 100 ]);');
isnt($r->{code}, 0, 'a process is left');
like($r->{tap}, qr/not ok \d+ - every process has ended/, 'that is said');

my ($pid) = $r->{tap} =~ /got: '(\d+)'/;
ok($pid && poll(sub { !group_alive($pid) }, 5), 'and is ended');

$r = try('$t->start([ "sh", "-c", "sleep 100 & exit" ]);');
like($r->{tap}, qr/not ok \d+ - every process has ended/,
     'a grandchild is left');

$r = try('$t->environment; $t->write_file("sanitizer/asan.1", "leak");');
like($r->{tap}, qr/not ok \d+ - no sanitizer report/, 'a sanitizer report');

$r = try('$t->nginx; $t->nginx_kill;'
         . '$t->write_file("error.log", "0 [alert] 1#1: oh\n");');
like($r->{tap}, qr/not ok \d+ - no alert in the error log/, 'an alert');

$r = try('$t->nginx; $t->nginx_kill; $t->expect_alert(qr/oh/);'
         . '$t->write_file("error.log", "0 [alert] 1#1: oh\n");');
is($r->{code}, 0, 'an alert that was expected');

$r = try('$t->nginx; kill "KILL", $t->nginx_workers;'
         . '$t->wait_for(sub { $t->error_log =~ /signal 9/ }, "died");');
like($r->{tap}, qr/not ok \d+ - no alert in the error log/,
     'a worker that dies');

$r = try('$t->nginx; kill "KILL", -$t->nginx_pid;'
         . '$t->wait_for(sub { !$t->nginx_connect }, "gone");');
like($r->{tap}, qr/not ok \d+ - nginx and its workers are alive/,
     'nginx is gone');

$r = try('alarm 1; sleep 60 for 1 .. 60;');
isnt($r->{code}, 0, 'a file that takes too long ends');
like($r->{tap}, qr/not ok \d+ - the test file took too long/,
     'and that is said');

$r = try('die "oops\n";');
isnt($r->{code}, 0, 'a test that dies fails');
is(left(), 0, 'nothing is left of all these');


# sql() must not take -wal and -shm away from readers

$t->configure;
is($t->syncd('migrate')->{code}, 0, 'a catalogue');
$t->sql("INSERT INTO meta VALUES ('a', 'b''c')");
is($t->sql_value("SELECT value FROM meta WHERE name = 'a'"), "b'c",
   'a value written and read');
ok(-e $t->catalogue . $_, "$_ is kept") for qw(-wal -shm);

is_deeply([ $t->sql("SELECT NULL, '', 'a|b' || char(10), x'00ff' IS NULL") ],
          [ [ undef, '', "a|b\n", 0 ] ], 'NULL, empty, separators');
is_deeply([ $t->sql("SELECT 1 WHERE 0") ], [], 'no row');

ok(!eval { $t->sql('SELECT nonsense'); 1 }, 'an error in SQL is an error');


# Apache writes a line when its client has the answer, which may be late

my $server = bless { dir => $t->dir }, 'Test::WPPkg::SVN::Server';
my $line = 'OPTIONS /early 200 - agent ' . int(time * 1e6) . ' 90';

$server->clear_requests;
$t->write_file('access.log', "$line\n");
is(join(' ', $server->requests), '',
   'what began before clear_requests() is not told');

$t->write_file('access.log', "$line\n" . 'OPTIONS /late 200 - agent '
                             . int((time + 1) * 1e6) . " 90\n");
is(join(' ', map { (split)[1] } $server->requests), '/late',
   'what began after it is');


# ports are nobody else's

my %ports = map { $t->port => 1 } 1 .. 50;
is(scalar keys %ports, 50, '50 ports, all different');

$t->done;

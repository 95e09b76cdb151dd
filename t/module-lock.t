#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# The zone's mutex is taken once an operation, and nothing is called under it,
# nor under that of the memory in which installs are counted: that is checked
# here, and the check is checked.  Four wrong modules are made of the right one,
# each of which has to be noticed.  The first run configures nginx's headers,
# which takes some seconds.

use strict;
use warnings;

use lib 't/lib';

use Cwd qw(getcwd);
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents;
use Test::WPPkg::Process qw(poll);


my $root = getcwd();
my $t = Test::WPPkg->new;
my $db = catalogue_create($t);
my $date = 1700000000;
my @paths = map { "p2/wp-plugin/d$_.json" } 1 .. 20;

document_put($t, $_, "$_ " x 500, $date) for 'packages.json', @paths;

my $report = "$t->{dir}/report/calls";
mkdir "$t->{dir}/report";
chmod 0777, "$t->{dir}/report";

my $r = $t->command({}, $ENV{CC} || 'cc', '-shared', '-fPIC', '-O1', '-o',
                    "$t->{dir}/lockcheck.so", 't/lib/lockcheck.c', '-ldl');
is($r->{code}, 0, 'lockcheck.c compiles') or diag($r->{err});


# sources of which modules are made; the same place each time, so that nginx's
# configure is run once

my $work = "$t->{build}/lock";

system('rm', '-rf', "$work/source") == 0 or die;
system('mkdir', '-p', "$work/source") == 0 or die;
system('cp', '-rp', 'config', 'ngx_wppkg_module.c', 'src', 'tools',
       "$work/source") == 0 or die;

# a module with a patch of t/mutants, or without

sub build {
    my ($what, $patch) = @_;

    for my $file (map { "src/http/ngx_wppkg_$_.c" } qw(cache downloads)) {
        my @make = ('cp', $file);

        if ($patch && $t->read_file("$root/t/mutants/$patch.patch") =~ /$file/) {
            @make = ('tools/mutate', "t/mutants/$patch.patch");
        }

        my $r = $t->command({}, @make, "$work/source/$file");
        is($r->{code}, 0, "$what: its source") or diag($r->{err});
    }

    my $r = $t->command({ timeout => 200 }, "$work/source/tools/build-module",
                     "$work/build");
    is($r->{code}, 0, "$what: it compiles") or diag($r->{err});
}

# what is called under the mutex while requests are served; the error log

sub serve {
    unlink $report;
    unlink "$t->{dir}/error.log";

    local $ENV{LD_PRELOAD} = "$t->{dir}/lockcheck.so";
    local $ENV{WPPKG_LOCKCHECK} = $report;
    local $ENV{WPPKG_LOCKCHECK_SIZE} = 3 << 20;

    $t->nginx_use("$work/build");
    # at "debug" nginx itself logs that the mutex is to be given back
    $t->nginx(no_zone => 1, level => 'info',
              http => 'wppkg_zone z 3m; wppkg_cache z; wppkg_refresh 20ms;',
              locations => "location / { wppkg_catalogue $db; }");

    # misses, hits, refreshes, changes, what is not there
    my $right = 0;

    for my $round (1 .. 3) {
        document_put($t, 'packages.json', "round $round", $date + $round);

        $right += poll(sub {
            $t->get('/packages.json')->{content} eq "round $round"
        }, 2) ? 1 : 0;

        for my $path (@paths) {
            $right++ if $t->get("/$path")->{content} eq "$path " x 500;
            $right++ if $t->get("/$path")->{content} eq "$path " x 500;
        }

        $right++ if $t->get('/p2/wp-plugin/none.json')->{status} == 404;

        # one that is wrong may come to nothing at all
        last if -s $report || $t->error_log =~ /taken twice/;
    }

    $t->nginx_kill;

    return (-e $report ? $t->read_file('report/calls') : '', $t->error_log,
            $right);
}

# the same while installs are counted, until some do not fit and all are written

sub count {
    my $file = "$t->{dir}/report/installs.db";
    my %conf = (no_zone => 1, level => 'info',
                http => 'client_max_body_size 1m;',
                locations => "location / { wppkg_catalogue $db;
                                           wppkg_downloads $file; }");

    unlink $report, $file, "$t->{dir}/error.log";
    $t->nginx_use("$work/build");

    no warnings 'portable';

    # no other memory that is shared is larger
    $t->nginx(%conf);
    my ($worker) = $t->nginx_workers;
    my @sizes = map { my ($from, $to) = /^(\w+)-(\w+)/; hex($to) - hex $from }
                grep { / rw-s / } split /\n/, $t->read_file("/proc/$worker/maps");
    my ($size) = sort { $b <=> $a } @sizes;
    $t->nginx_kill;

    local $ENV{LD_PRELOAD} = "$t->{dir}/lockcheck.so";
    local $ENV{WPPKG_LOCKCHECK} = $report;
    local $ENV{WPPKG_LOCKCHECK_SIZE} = $size;

    $t->nginx(%conf);

    my ($n, $lost) = (0, 0);

    poll(sub {
        my $all = join ',', map {
            sprintf '{"name":"wp-plugin/x%0189d","version":"1"}', $n++
        } 1 .. 4500;

        $t->request(POST => '/downloads', {}, qq({"downloads":[$all]}));
        ($lost) = $t->error_log =~ /wppkg: (\d+) installs were not counted, /;

        return -s $report || ($lost && -s $file);
    }, 30);

    $t->nginx_kill;

    return (-e $report ? $t->read_file('report/calls') : '', $lost || 0);
}


build('right');

my ($calls, $log, $answers) = serve();

is($calls, '', 'right: nothing is called under the mutex');
unlike($log, qr/\[alert\]/, 'right: no alert');
is($answers, 3 * (2 * @paths + 2), 'right: all is served');

($calls, my $lost) = count();

is($calls, '', 'right: nothing is called under that of installs');
cmp_ok($lost, '>', 0, 'and what does not fit is told');


# bug 27: the mutex taken twice, or held across a call

build('held across a call', 'lock-held');

($calls) = serve();
like($calls, qr/^pthread_mutex_lock$/m,
     'held across a call: a task is posted under it, and that is noticed');

build('kept', 'lock-kept');

($calls) = serve();
like($calls, qr/^(?:write|epoll_wait)$/m, 'kept: what comes next is noticed');

build('taken twice', 'lock-twice');

(undef, $log) = serve();
like($log, qr/\[alert\].*the zone's mutex is taken twice/,
     'bug 27: taken twice: that is noticed, and nobody waits for ever');

build('held while it is told', 'lock-told');

($calls) = count();
like($calls, qr/^write$/m, 'held while a line is written: that is noticed');

# the log is of the wrong ones
unlink "$t->{dir}/error.log";

$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# What no server should send, and some do: listings without end, log reports
# that are odd, an hour of error pages, everything closed at once.  Elsewhere:
#
#   a listing that is cut off                   t/discover-svn.t
#   a report that ends early, is out of order,
#     has a document type                       t/discover-svn.t
#   entities in entities, no end of anything    t/unit/svn_log.c
#   a cursor that is nonsense                   t/discover-svn.t, t/sweep.t
#   answers about another slug                  t/update.t, t/sweep.t
#   a clock that goes back                      t/clock.t


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Process qw(poll stop_process);


my $t = Test::WPPkg->new;
my $w = $t->wporg;
my $build = $t->build_dir;
my $port = $t->port;
my $dir = $t->dir . '/hostile';

mkdir $dir or die "$dir: $!\n";
$t->write_file("$dir/head", 2);
my $server = $t->start([ $^X, 't/lib/svn-hostile', $port, $dir ],
                       err => "$dir/err");
poll(sub { IO::Socket::INET->new("127.0.0.1:$port") }, 20)
    or die "svn-hostile does not start\n";

my $svn = "http://127.0.0.1:$port";


sub fresh {
    my (%wporg) = @_;

    unlink glob $t->dir . '/catalogue/*';
    $t->configure(wporg => { api_url => $w->url, recheck => '0', %wporg },
                  http => { retries => 0 });
    is($t->syncd('migrate')->{code}, 0, 'migrate');
}


# the peak of its memory is in {mib}

sub measured {
    my (@command) = @_;

    my $r = $t->command({ env => { $t->environment(leaks => 1) } },
                        "$build/t/bench/measure", "$dir/measured",
                        "$build/wppkg-syncd", '-c', $t->dir . '/wppkg.conf',
                        @command);

    $r->{mib} = (split / /, $t->read_file("$dir/measured"))[2] / 1024;

    return $r;
}


sub meta {
    my ($name) = @_;
    return $t->sql_value("SELECT value FROM meta WHERE name = '$name'");
}


# --- R 1, R 18: a listing of a gigabyte

fresh(plugins_svn => $svn, themes_svn => $svn);
$t->write_file("$dir/bytes", 1 << 30);

my $r = measured('discover', '--source=svn');

is($r->{code}, 1, 'a gigabyte of listing: done in part');
like($r->{err}, qr/larger than/, 'it is refused');
is(meta('svn_listing_at_plugin'), undef, 'and does not count');

SKIP: {
    skip 'a sanitizer keeps memory on purpose', 1 if -x "$build/nginx";
    cmp_ok($r->{mib}, '<=', 32, 'memory stays what it was');
}

$t->write_file("$dir/bytes", 100_000_000);
$r = measured('discover', '--source=svn');
is($r->{code}, 0, '100 MB of it are read') or diag($r->{err});
like($r->{out}, qr/^discover: \d{7} skipped/,
     'to the end, for nothing');


# --- R 5: a log report with all that is odd in one

my $report = <<"END";
<?xml version="1.0" encoding="utf-8"?>
<S:log-report xmlns:S="svn:" xmlns:D="DAV:" xmlns:Z="zzz:">
<Z:unknown>of <Z:unknown Z:a="b">unknown</Z:unknown></Z:unknown>
<S:log-item>
<S:unknown-path>/not-this/trunk</S:unknown-path>
<S:added-path node-kind="dir">/good-one/trunk/a\0b\x01\xff\xfe</S:added-path>
<Z:unknown/>
<S:modified-path>/\0/trunk</S:modified-path>
<D:version-name>2</D:version-name>
</S:log-item>
</S:log-report>
END

for my $gzip (0, 1) {
    my $how = $gzip ? 'gzipped' : 'plain';

    fresh(plugins_svn => $svn, themes_svn => $svn);
    $t->write_file("$dir/bytes", 1000);
    $t->write_file("$dir/report", $report);
    $t->write_file("$dir/gzip", '') if $gzip;
    $t->syncd('discover', '--source=svn');
    $t->sql("UPDATE meta SET value = 1 WHERE name GLOB 'svn_cursor_*'");

    $r = $t->syncd('discover', '--source=svn');

    is($r->{code}, 0, "an odd report, $how") or diag($r->{err});
    is(meta('svn_cursor_plugin'), 2, 'the cursor is behind it');
    is(join(' ', map { @$_ } $t->sql('SELECT slug, changed_rev FROM packages'
                                     . " WHERE type = 'plugin'")),
       'good-one 2', 'and what was good of it is there');
}


# --- R 12, R 18: an hour of HTML

fresh();
$w->plugin('one');
$t->write_file('list', "plugin/one\n");
is($t->syncd('discover', '--source=list', $t->path('list'))->{code}, 0, 'one');

my $start = time + 60;

sub syncd_on {
    my ($seconds, @command) = @_;
    return $t->syncd({ env => { $t->environment_on($seconds) } }, @command);
}

sub published {
    return JSON::PP->new->encode([
        $t->sql('SELECT path, hex(content_hash), content_changed_at,'
                . ' published_at FROM documents'),
        $t->sql('SELECT slug, state, versions FROM packages') ]);
}

is(syncd_on($start, 'update')->{code}, 0, 'all is well');

my $before = published();

$w->plugin('one', { versions => { '1.0' => undef, '2.0' => undef } });
$t->sql('UPDATE packages SET changed_rev = 2, commits = 1,'
        . " changed_at = $start, next_check_at = NULL");
$w->fail('html', times => 100000);
$w->clear_requests;

my %codes;
$codes{syncd_on($start + 300 * $_, 'update')->{code}}++ for 1 .. 12;

is(published(), $before, 'an hour of HTML: nothing has changed');
cmp_ok($codes{1}, '>=', 3, 'it is asked again');
cmp_ok(scalar(my @all = $w->requests), '<=', 6, 'after growing pauses');
is($t->sql_value('SELECT changed_rev > synced_rev FROM packages'), 1,
   'and the commit is not forgotten');

$w->write_json('fail.json', '[]');
is(syncd_on($start + 3 * 3600, 'update')->{code}, 0, 'all is well again');
like(published(), qr/"2\.0/, 'there it is');


# --- R 14: 78,000 packages, and the API says that all are closed

my $world = $t->dir . '/world';
my @slugs = map { sprintf 'slug-%05d', $_ } 1 .. 78_000;

$t->write_file('world/answers', join '', map {
    qq(plugin/$_\t{"error":"closed","slug":"$_","closed":true}\n)
} @slugs);

for my $type (qw(plugin theme)) {
    $t->write_file("world/$type.slugs", "x\n");
    $t->write_file("world/head.$type", "1\n");
    $t->write_file("world/history.$type", "<S:log-item>\n<D:version-name>1"
                   . "</D:version-name>\n</S:log-item>\n");
}

my $api = $t->start([ "$build/t/bench/world-server", $world ]);
poll(sub { -e "$world/port" }, 20) or die "world-server does not start\n";
chomp(my $at = $t->read_file('world/port'));

fresh(api_url => "http://127.0.0.1:$at");
$t->sql('BEGIN; WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1'
        . ' FROM n WHERE i < 78000) INSERT INTO packages (type, slug, state,'
        . ' synced_rev, created_at) SELECT \'plugin\','
        . " printf('slug-%05d', i), 'active', 1, 1 FROM n; COMMIT");

for my $pass ('at once', 'ten minutes later') {
    $r = $t->syncd('sweep');
    is($r->{code}, 1, "78,000 closed, $pass: done in part");
    like($r->{err}, qr/only 390 a day are believed at once; they stay until/,
         'it is not believed');
    is($t->sql_value("SELECT count(*) FROM packages WHERE state = 'active'"),
       78_000, 'and none is flipped');
    is($t->sql_value('SELECT count(*) FROM observations'), 78_000,
       'but since when it is said of each');
    $t->sql('UPDATE observations SET observed_at = observed_at - 600');
}


stop_process($_) for $server, $api;

$t->done;

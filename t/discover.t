#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# discover --source=list: good lines, bad lines, large files, no files.


use strict;
use warnings;

use Test::More;

use lib 't/lib';
use Test::WPPkg;


my $t = Test::WPPkg->new;

$t->configure;
is($t->syncd('migrate')->{code}, 0, 'migrate');

sub discover { return $t->syncd('discover', '--source=list', @_) }

sub packages {
    return join ' ', map { "$_->[0]/$_->[1]" }
        $t->sql('SELECT type, slug FROM packages ORDER BY id');
}


# all that a list may have

my $list = $t->write_file('list', "\xef\xbb\xbfplugin/akismet\r\n"
    . "# a comment\n"
    . "\n"
    . "   \t\r\n"
    . "\ttheme/twentyten \r\n"
    . "  # another one\n"
    . "wp-plugin/hello-dolly\n"
    . "wp-theme/a--b.c_d\n"
    . "plugin/akismet\n"
    . 'plugin/' . ('x' x 200) . "\n"
    . "plugin/last-without-a-newline");

my $r = discover($list);

is($r->{code}, 0, 'a good list: exit code');
is($r->{err}, '', 'a good list: nothing to complain of');
like($r->{out}, qr/^discover: 6 added, 1 known, \d+\.\d s$/,
     'a good list: summary');
is(packages(), 'plugin/akismet theme/twentyten plugin/hello-dolly '
   . 'theme/a--b.c_d plugin/' . ('x' x 200)
   . ' plugin/last-without-a-newline', 'a good list: packages');

is($t->sql_value("SELECT count(*) FROM packages WHERE state = 'new'"
                 . ' AND changed_rev > synced_rev'), 6, 'all are due');

# what is known is not touched (R 6)

my $dump = 'SELECT group_concat(quote(p.type) || quote(slug) || quote(state)'
           . ' || quote(state_reason) || quote(changed_rev)'
           . ' || quote(synced_rev) || quote(next_check_at)'
           . ' || quote(created_at)) FROM packages p';

$t->sql("UPDATE packages SET state = 'closed', state_reason = 'why',"
        . " synced_rev = changed_rev, next_check_at = 4000000000,"
        . " created_at = 1 WHERE slug = 'akismet'");
my $before = $t->sql_value($dump);

$r = discover($list);
is($r->{code}, 0, 'a second time: exit code');
like($r->{out}, qr/^discover: 7 known, /,
     'a second time: summary');
is($t->sql_value($dump), $before, 'a second time: no row is touched');

# bad lines

$list = $t->write_file('bad', join "\n",
    'plugin/before',
    'akismet',
    'plugins/akismet',
    'plugin/',
    '/akismet',
    'plugin/Upper',
    'plugin/a---b',
    'plugin/con',
    'plugin/a.json',
    'plugin/a b',
    'plugin/a/b',
    "plugin/nul\0byte",
    "plugin/\xff\xfe\e[2J",
    'plugin/' . ('x' x 201),
    'plugin/' . ('y' x 994),
    'plugin/' . ('z' x 100_000),
    'theme/after',
    '');

$r = discover($list);
is($r->{code}, 1, 'bad lines: exit code');
like($r->{out}, qr/^discover: 2 added, 15 bad lines, partial, /,
     'bad lines: summary');

my @lines = split /\n/, $r->{err};
is(scalar @lines, 15, 'bad lines: one line each');

my %why = (
    2 => 'neither plugin/SLUG nor theme/SLUG', 3 => 'neither plugin/SLUG',
    4 => 'the slug is empty', 5 => 'neither plugin/SLUG',
    6 => 'upper case', 7 => 'in a row', 8 => 'Windows device',
    9 => 'ends in', 10 => 'characters other', 11 => 'characters other',
    12 => 'characters other', 13 => 'characters other',
    14 => 'longer than 200 bytes', 15 => 'longer than 1000 bytes',
    16 => 'longer than 1000 bytes',
);

for my $n (sort { $a <=> $b } keys %why) {
    like($r->{err}, qr/^wppkg-syncd: \Q$list\E:$n: .*\Q$why{$n}\E/m,
         "line $n: $why{$n}");
}

unlike($r->{err}, qr/[^\x20-\x7e\n]/, 'bad lines: what they hold is escaped');
is((grep { length > 300 } @lines) + 0, 0, 'bad lines: cut short');
like(packages(), qr{plugin/before theme/after$}, 'the good ones are added');

# too many of them

$list = $t->write_file('worse', ("bad\n" x 100) . "plugin/at-the-end\n");
$r = discover($list);
is($r->{code}, 1, '100 bad lines: exit code');
is(scalar(() = $r->{err} =~ /\n/g), 21, '100 bad lines: 21 of log');
like($r->{err}, qr/: 80 more bad lines\n\z/, 'the last of which counts');
like($r->{out}, qr/: 1 added, 100 bad lines, /, 'and the summary');

# standard input; a pipe that has nothing

$r = $t->syncd({ stdin => "plugin/from-stdin\nbad\n" }, 'discover',
               '--source=list', '-');
is($r->{code}, 1, 'standard input: exit code');
like($r->{err}, qr/^wppkg-syncd: standard input:2: "bad": neither/,
     'standard input: its name');
like(packages(), qr{plugin/from-stdin$}, 'standard input: added');

$r = $t->syncd({ stdin => '' }, 'discover', '--source=list', '-');
is($r->{code}, 0, 'an empty list: exit code');
like($r->{out}, qr/^discover: nothing to do, \d+\.\d s$/,
     'an empty list: summary');

# no list at all; a pipe that nobody writes to

my $fifo = $t->dir . '/fifo';
$t->command({}, 'mkfifo', $fifo);

for my $case ([ '/nonexistent/list', qr/No such file/ ],
              [ $t->dir, qr/is a directory/ ],
              [ $fifo, qr/is not a regular file/ ])
{
    my ($file, $like) = @$case;

    $r = discover($file);
    is($r->{code}, 2, "$file: exit code");
    like($r->{err}, qr/^wppkg-syncd: list \Q$file\E .*$like.*\n\z/,
         "$file: one line that says why");
}

is($t->sql_value('SELECT outcome FROM pipeline_runs ORDER BY id DESC'
                 . ' LIMIT 1'), 'failed', 'the run has failed');

# a large one: everything once, and in a while

$list = $t->write_file('large', join '', map { "plugin/large-$_\n" }
                                         1 .. 100_000);
$r = discover($list);
is($r->{code}, 0, '100,000 lines: exit code');
like($r->{out}, qr/^discover: 100000 added, /,
     '100,000 lines: summary');
is($t->sql_value("SELECT count(*) FROM packages WHERE slug LIKE 'large-%'"),
   100_000, '100,000 lines: rows');

$t->done;

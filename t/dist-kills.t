#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# kill -9 while zips are fetched, before any of the things that are done to
# files: no document names a zip that is not there, and in the end all are
# there, each asked for once, and once more for each kill at most.  A kill at
# random rarely hits the two steps whose order matters, the name of a file and
# its row: so there is one before the first and one between them.
# WPPKG_TEST_SEED repeats a run; t/long/dist-kills.long has 300 kills.


use strict;
use warnings;
use lib 't/lib';

use Digest::SHA ();
use JSON::PP ();
use Test::More;
use Test::WPPkg;


my $kills = $ENV{ROUNDS} || 20;
my $seed = $ENV{WPPKG_TEST_SEED} || time;

srand $seed;
diag "WPPKG_TEST_SEED=$seed" if $ENV{ROUNDS};

my $t = Test::WPPkg->new;
my $w = $t->wporg;
my $store = $t->dir . '/dist';
my $url = $t->nginx(locations => 'location / { wppkg_catalogue '
                                 . $t->catalogue . '; }');

my %newest = map { ("p$_" => 1) } 1 .. 5;

mkdir $store;
$t->configure(
    repository => { base_url => $url },
    wporg => { api_url => $w->url, verify_zips => 'off' },
    dist => { path => $store, packages => 'all', versions => 0, rate => 0 },
    http => { retries => 0 },
);

is($t->syncd('migrate')->{code}, 0, 'migrate');
offer($_) for keys %newest;

my $list = $t->write_file('list', join '', map { "plugin/$_\n" }
                                           keys %newest);
is($t->syncd('discover', '--source=list', $list)->{code}, 0, 'discover');

my $c = $t->command({}, $ENV{CC} || 'cc', '-shared', '-fPIC', '-O1', '-o',
                    $t->dir . '/die.so', 't/lib/die.c', '-ldl');
is($c->{code}, 0, 'die.c compiles') or diag($c->{err});


sub offer {
    my ($slug) = @_;

    $w->plugin($slug, { stable => "$newest{$slug}.0", versions => {
        map { ("$_.0" => undef) } 1 .. $newest{$slug} } });
}


# how many zips of ours documents name, and those that are not there

sub named {
    my ($n, @wrong) = (0);

    for my $slug (sort keys %newest) {
        my $text = $t->get("/p2/wp-plugin/$slug.json")->{content};

        while ($text =~ m{"\Q$url\E/dist/([^"]+?-([0-9a-f]{40})\.zip)"}g) {
            my ($path, $sha1) = ($1, $2);
            my $ok = -f "$store/$path"
                && Digest::SHA->new(1)->addfile("$store/$path")->hexdigest
                   eq $sha1;

            $n++;
            push @wrong, $path if !$ok;
        }
    }

    return ($n, @wrong);
}


sub files {
    my $n = () = glob "$store/wp-*/*/*";
    return $n;
}


# a run of this daemon that has another version to fetch, and is killed

my %env = $t->environment(leaks => 1);

sub kill_run {
    my ($program, %die) = @_;

    my $slug = (sort keys %newest)[rand keys %newest];

    $newest{$slug}++;
    offer($slug);
    $t->sql('UPDATE packages SET next_check_at = 1');

    my $r = $t->command({ env => {
        %env, %die, LD_PRELOAD => $t->dir . '/die.so',
        ASAN_OPTIONS => ($env{ASAN_OPTIONS} || '')
                        . ':verify_asan_link_order=0' } },
        $program, '-c', $t->path('wppkg.conf'), 'run', '--once');

    return $r->{code} != 0;
}


# --- the file, then its row

my $daemon = "$t->{build}/wppkg-syncd";
my ($killed, @wrong) = (0);

sub killed_at_rename {
    my ($program, $when) = @_;

    ok(kill_run($program, WPPKG_DIE_RENAME => $when),
       "killed $when a file gets its name");
    $killed++;

    my ($n, @missing) = named();
    return "$n named, " . @missing . ' missing, ' . files() . ' there';
}

is(killed_at_rename($daemon, 'before'), '0 named, 0 missing, 0 there',
   'documents name none of ours');

is(killed_at_rename("$t->{build}/t/mutants/dist-row-first", 'before'),
   '1 named, 1 missing, 0 there',
   'a daemon with the row before the file: one is named that is not there');

# it is taken back
$t->sql('DELETE FROM dist');
is($t->syncd('update', map { "plugin/$_" } keys %newest)->{code}, 0, 'mended');

is(killed_at_rename($daemon, 'after'), '0 named, 0 missing, 1 there',
   'the file is there, and no document names it yet');


# --- at random

while ($killed < $kills) {
    my $n = 1 + int rand 90;

    $killed++ if kill_run($daemon, WPPKG_DIE_AT => $n, WPPKG_DIE_FILES => 1);

    my (undef, @missing) = named();
    push @wrong, "killed at $n: @missing" if @missing;
}

is("@wrong", '', "$killed kills: no document names a zip that is not there");

$t->sql('UPDATE packages SET next_check_at = 1');

my $r = $t->syncd('run', '--once');
is($r->{code}, 0, 'the next run') or diag($r->{err});

my $zips = 0;
$zips += $_ for values %newest;

my ($n, @missing) = named();
is($n, $zips, "has all $zips zips named");
is("@missing", '', 'and there');
is(join(' ', glob "$store/.part/*"), '', 'nothing is left of what was killed')
    or diag('parts');

my $asked = grep { $_->{path} =~ /\.zip$/ } $w->requests;
cmp_ok($asked, '>=', $zips, 'each was asked for');
cmp_ok($asked, '<=', $zips + 2 * $killed,
       "and once more for what a kill has cut off: $asked requests");

is(files(), $zips, 'each file has its row');

$t->done;

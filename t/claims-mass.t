#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Many closed packages at once, whatever brings them: mirrors that follow do
# not have to begin anew, and no release waits for them.


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Mirror;


my $t = Test::WPPkg->new;
my $w = $t->wporg;

# more than a cycle may render of closed packages: 5,000 files

my $packages = 2700;
my $slice = 5000;
my $releases = 1;

$w->plugin('release', { versions => { '1.0' => undef } });
$w->closed('plugin', sprintf('c%05d', $_), permanent => 1) for 1 .. $packages;

$t->configure;
is($t->syncd('migrate')->{code}, 0, 'migrate');


sub count { $t->sql_value("SELECT count(*) FROM documents WHERE $_[0]") }


# runs an update; what it has changed in all, and of closed packages

sub update {
    my ($what) = @_;

    my $before = $t->sql_value("SELECT value FROM meta
                                WHERE name = 'feed_watermark'");
    my $r = $t->syncd('update');
    is($r->{code}, 0, "$what: update") or diag($r->{out}, $r->{err});
    note($r->{out});

    return map { scalar @$_ } [ $t->sql(
        "SELECT 1 FROM documents WHERE published_at > $before") ], [ $t->sql(
        "SELECT 1 FROM documents JOIN packages ON packages.id = package_id
         WHERE published_at > $before AND state <> 'active'") ];
}


sub left { $t->sql_value('SELECT count(*) FROM outdated') }


# a cycle has a slice for each thing that may bring many of them

sub are_sliced {
    my ($what, $documents) = @_;

    my ($cycles, $all, $most) = (0, 0, 0);

    $w->plugin('release', { versions => { map { ("1.$_" => undef) }
                                          0 .. $releases } });
    $t->sql("UPDATE packages SET next_check_at = 1 WHERE slug = 'release'
             AND state = 'active'");

    do {
        my (undef, $closed) = update($what);

        like($t->get('/p2/wp-plugin/release.json')->{content},
             qr/"1\.$releases"/, "$what: the release is there at once")
            if !$cycles;

        $all += $closed;
        $most = $closed if $closed > $most;
        $cycles++;
    } while (left() && $cycles < 20);

    # a batch may be begun

    cmp_ok($most, '<=', 1.1 * $slice, "C 35: $what: $most files a cycle");
    cmp_ok($cycles, '>', 1, "$what: $cycles cycles");
    is($all, $documents, "$what: all of them in the end");
    $releases++;
}


# --- as an older program has left them, and all are due: so it is a week after
# the first fill, or when the service was stopped for a week

$t->sql("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL"
    . " SELECT i + 1 FROM n WHERE i < $packages)"
    . ' INSERT INTO packages (type, slug, state, state_reason, created_at,'
    . ' changed_rev, synced_rev, next_check_at)'
    . " SELECT 'plugin', printf('c%05d', i), 'closed_for_good', 'why', 1, 1,"
    . ' 1, 1 FROM n');
$t->syncd({ stdin => "plugin/release\n" }, 'discover', '--source=list', '-');

$t->nginx(locations => 'location / { wppkg_catalogue ' . $t->catalogue
                       . '; }');
my $mirror = Test::WPPkg::Mirror->new(url => $t->nginx_url);
ok($mirror->run, 'a mirror begins') or diag($mirror->{trouble});

are_sliced('all are due at once', 2 * $packages);
ok($mirror->run, 'the mirror follows') or diag($mirror->{trouble});
is(keys %{$mirror->{files}}, 2 * $packages + 2, 'it has all claims');


# --- they tell something else when they are fetched again

$t->sql("UPDATE documents SET content_hash = zeroblob(32) WHERE claims = 1
            AND instr(path, '~') = 0;
         UPDATE packages SET next_check_at = 1
            WHERE state = 'closed_for_good'");
are_sliced('all tell something else', $packages);


# --- a catalogue that is filled for the first time

$t->sql("DELETE FROM bodies; DELETE FROM documents; DELETE FROM packages;
         DELETE FROM outdated");
$t->write_file('list', join '', map({ sprintf "plugin/c%05d\n", $_ }
                                    1 .. $packages), "plugin/release\n");
is($t->syncd('discover', '--source=list', $t->path('list'))->{code}, 0,
   'a fill: discover');
are_sliced('a fill', 2 * $packages);

is($t->sql_value('SELECT count(*) FROM packages WHERE state = \'new\''), 0,
   'a fill: each package was asked for once');

$mirror->run;
is($mirror->{count}{resync}, undef, 'C 35: the mirror never began anew');

my ($changed) = update('afterwards');
is($changed, 0, 'afterwards nothing changes');


# --- R 14: WordPress.org seems to have closed everything: nothing is claimed
# until that is believed

my @open = map { sprintf 'p%02d', $_ } 1 .. 20;

$w->plugin($_, { versions => { '1.0' => undef } }) for @open;
$t->syncd({ stdin => join '', map { "plugin/$_\n" } @open }, 'discover',
          '--source=list', '-');
update('20 more');


# what clients and mirrors get, with dates

sub served {
    my $since = $t->sql_value("SELECT value FROM meta
                               WHERE name = 'feed_floor'");

    return join "\n", map({ join ' ', map { defined $_ ? $_ : '-' } @$_ }
        $t->sql('SELECT path, hex(content_hash), content_changed_at,
                 published_at, published_gone, claims FROM documents
                 ORDER BY path')),
        map { $t->get("/$_")->{content} } 'packages/list.json',
            'packages/claimed.json', 'packages.json',
            "metadata/changes.json?since=$since";
}

my $served = served();

$w->closed('plugin', $_, permanent => 1) for @open;

for my $look (1, 2) {
    for my $stage ('update', 'sweep') {
        $t->sql("UPDATE packages SET next_check_at = 1
                 WHERE state = 'active'");
        my $r = $t->syncd($stage);
        like($r->{out}, qr/ \d+ (?:observed|doubted),/,
             "R 14: $stage, look $look: not believed");
        ok(served() eq $served,
           "R 14: $stage, look $look: nothing is claimed");
    }

    $t->sql('UPDATE observations SET observed_at = observed_at - 3600,
             looked_at = looked_at - 3600');
}

is($t->syncd('sweep', '--force')->{code}, 0, 'R 14: sweep --force');
is(count("path LIKE 'p2/wp-plugin/p%' AND claims = 1"), 40,
   'R 14: they are claimed when an operator believes it');

$t->done;

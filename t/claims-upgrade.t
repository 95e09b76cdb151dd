#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# A catalogue of the third schema, with closed packages, becomes one that claims
# their names.  A mirror that has followed it does not begin anew, skips nothing
# and has no file to wait for.


use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents qw(gunzip);
use Test::WPPkg::Mirror;


my $t = Test::WPPkg->new;
my $packages = 2600;                  # more than a slice

$t->configure;
is($t->syncd('migrate')->{code}, 0, 'a new catalogue');

my $rendered = $t->sql_value("SELECT value FROM meta WHERE name ="
                             . " 'render_generation'");

unlink glob $t->dir . '/catalogue/*';
$t->sql('PRAGMA journal_mode = WAL');
$t->sql($t->read_file(Cwd::abs_path('t/data/schema-3.sql')));

# of packages that are offered, the same is told

$t->sql("UPDATE meta SET value = $rendered WHERE name = 'render_generation'");

# closed ones: some were offered and are gone, of others there never was a file

$t->sql("UPDATE packages SET next_check_at = unixepoch() + 86400,
        synced_rev = changed_rev, commits = 0;
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL
        SELECT i + 1 FROM n WHERE i < $packages)
    INSERT INTO packages (type, slug, state, state_reason, created_at,
        changed_rev, synced_rev, next_check_at, versions, state_changed_at)
    SELECT 'plugin', printf('c%05d', i), iif(i % 3, 'closed_for_good',
        'closed'), 'author-request', 1, 1, 1, unixepoch() + 86400,
        '[{\"tag\":\"1.0\",\"zip\":\"https://example.org/a.zip\"}]',
        1700000000 FROM n;
    INSERT INTO documents (package_id, path, content_changed_at,
        published_at, published_changed_at, published_gone)
    SELECT p.id, 'p2/wp-plugin/' || slug || dev || '.json', 1700000000,
        17959137608300 + 2 * p.id + (dev <> ''), 1700000000, 1
    FROM packages AS p, (SELECT '' AS dev UNION ALL SELECT '~dev')
    WHERE slug LIKE 'c%' AND p.id % 2;
    UPDATE meta SET value = (SELECT max(published_at) FROM documents)
        WHERE name = 'feed_watermark'");

$t->nginx(locations => 'location / { wppkg_catalogue ' . $t->catalogue
                       . '; }');

my %mirror = map { $_ => Test::WPPkg::Mirror->new(url => $t->nginx_url) }
             qw(always never);

# one visits at each step, the other one only in the end

ok($mirror{$_}->run, "a mirror begins: $_") or diag($mirror{$_}{trouble})
    for sort keys %mirror;

is($t->syncd('migrate')->{code}, 0, 'migrate');
ok($mirror{always}->run, 'migrated: a visit') or diag($mirror{always}{trouble});
is(($mirror{always}{count}{update} || 0), 0, 'migrated: nothing has changed');

for my $run (1 .. 3) {
    is($t->syncd('update')->{code}, 0, "run $run");
    ok($mirror{always}->run, "run $run: a visit")
        or diag($mirror{always}{trouble});
    cmp_ok($mirror{always}{count}{update}, '<=', 5000 * $run,
           "C 35: run $run: no more than a slice");
}

my %there = map { $_->[0] => gunzip(pack 'H*', $_->[1]) } $t->sql(
    "SELECT path, hex(body) FROM documents JOIN bodies ON document_id = id
     WHERE path LIKE 'p2/wp-%' AND content_hash IS NOT NULL");

is(keys %there, 2 * ($packages + 4), 'all are claimed');

for my $which (sort keys %mirror) {
    my $m = $mirror{$which};

    ok($m->run, "$which: the last visit") or diag($m->{trouble});
    is(join(' ', grep { !$m->{files}{$_}
                        || $m->{files}{$_}{content} ne $there{$_} }
                 sort keys %there), '', "$which: it has what there is");
    is(keys %{$m->{files}}, keys %there, "$which: and nothing else");
    is_deeply([ @{$m->{count}}{qw(resync missing failed dropped)} ],
              [ (undef) x 4 ],
              "C 35: $which: it did not begin anew, nor skip or repeat");
    is_deeply($m->{stuck}, [], "C 36: $which: it never got stuck");
}

$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# A catalogue of an older schema, as an older program has left it, and this
# one: the same packages, the same feed, and the same that is left to be
# uploaded.


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents qw(gunzip);


my $t = Test::WPPkg->new;

# a package's documents: root and list tell of what is new

my $of = "path LIKE 'p2/%/%'";
my %columns = (
    documents => 'path, hex(content_hash), content_size, content_changed_at,'
                 . ' hex(deployed_hash)',
    packages  => 'id, type, slug, state, changed_rev, synced_rev,'
                 . ' next_check_at, trunk_revision, name, ceiling',
);

sub rows {
    my ($sql) = @_;
    return join "\n", map { join ' ', map { defined $_ ? $_ : '-' } @$_ }
                      $t->sql($sql);
}

sub documents { rows("SELECT $columns{documents} FROM documents WHERE $of"
                     . ' ORDER BY path') }

sub bodies { rows('SELECT path, hex(body) FROM bodies JOIN documents ON id ='
                  . " document_id WHERE $of ORDER BY path") }

sub packages { rows("SELECT $columns{packages} FROM packages ORDER BY id") }

# what is announced, in its order: path and time

sub announced { rows('SELECT path, published_at FROM documents WHERE'
                     . " published_at IS NOT NULL AND $of"
                     . ' ORDER BY published_at') }

sub waiting { rows('SELECT path FROM documents WHERE content_hash IS NOT'
                   . " deployed_hash AND $of ORDER BY path") }

# What this program says when it has rendered all documents.  An old catalogue
# is made to say so, as this is about what a migration changes.

$t->configure;
is($t->syncd('migrate')->{code}, 0, 'a new catalogue');

my $rendered = $t->sql_value("SELECT value FROM meta WHERE name ="
                             . " 'render_generation'");

# the old catalogue, and what is to be changed in it before

sub old_catalogue {
    my ($sql, $schema) = @_;

    $schema ||= 1;

    unlink glob $t->dir . '/catalogue/*';
    $t->sql('PRAGMA journal_mode = WAL');
    $t->sql($t->read_file(Cwd::abs_path("t/data/schema-$schema.sql")));
    $t->sql($sql) if defined $sql;
    $t->sql("UPDATE meta SET value = $rendered WHERE name ="
            . " 'render_generation'");
    is($t->sql_value('PRAGMA user_version'), $schema, "schema $schema");
}

# what the API says of an untagged version was not stored up to now

sub untagged_due {
    my ($packages) = @_;
    return $packages =~ s/^(\d+ plugin trunk-only active 1 1) \d+/$1 1/mr;
}


# --- without a bucket

old_catalogue();

my %old = (documents => documents(), bodies => bodies(),
           packages => packages(), announced => announced());

is(() = $old{documents} =~ /\n/g, 7, 'eight documents');

my $r = $t->syncd('update');
is($r->{code}, 2, 'no command works on it');
like($r->{err}, qr/has schema 1, this program needs \d: /, 'and says why');

is($t->syncd('migrate')->{code}, 0, 'migrate');
cmp_ok($t->sql_value('PRAGMA user_version'), '>', 1, 'the present schema');
is(documents(), $old{documents}, 'the same documents, with the same dates');
is(bodies(), $old{bodies}, 'byte by byte');
is(packages(), untagged_due($old{packages}), 'the same packages');
is(announced(), $old{announced}, 'the same announcements');
is($t->sql_value('SELECT count(*) FROM documents JOIN packages ON'
                 . ' packages.id = package_id WHERE published_gone <>'
                 . " (state <> 'active')"), 0, 'of what is gone as well');

is(rows('SELECT what, state, n FROM counts WHERE n > 0 ORDER BY 1, 2'),
   rows("SELECT 'document', 'there', count(content_hash) FROM documents
         UNION ALL SELECT type, state, count(*) FROM packages
         GROUP BY type, state ORDER BY 1, 2"), 'what was there is counted');

is($t->sql_value("SELECT value FROM meta WHERE name = 'feed_floor'"),
   17953570183636, 'the feed begins where it began');

$t->nginx(locations => 'location / { wppkg_catalogue ' . $t->catalogue
                       . '; }');

my $feed = JSON::PP::decode_json(
    $t->get('/metadata/changes.json?since=17953570183636')->{content});
my %actions = map { ("$_->{type} $_->{package}" => $_->{time}) }
              @{$feed->{actions}};

is_deeply(\%actions, {
    (map { ("update wp-$_" => 1795357018, "update wp-$_~dev" => 1795357018) }
     qw(plugin/akismet plugin/trunk-only theme/twentyten)),
    'delete wp-plugin/leaves' => 1795357019,
}, 'and tells the same');

my $body = $t->get('/p2/wp-plugin/akismet.json')->{content};
my ($hex) = $old{bodies} =~ m{^p2/wp-plugin/akismet\.json (\S+)$}m;
is($body, gunzip(pack 'H*', $hex), 'nginx serves the bytes of before');
is($t->get('/p2/wp-plugin/leaves.json')->{status}, 404, 'or none');

# versions of the old form are read, and written in the new one when fetched

my $w = $t->wporg;
$w->plugin('akismet', { version => '5.1', versions => {
    map { $_ => "http://127.0.0.1:29146/plugin/akismet.$_.zip" }
        qw(5.0 5.1 5.2-beta v4.9) } });
$t->configure;
is($t->syncd('update', 'plugin/akismet')->{code}, 0, 'update');
is($t->sql_value("SELECT count(*) FROM packages WHERE slug = 'akismet' AND"
                 . " versions LIKE '%first_seen%'"), 0, 'the new form');


# --- with one: some is there, some on its way, some not

my $deploy = "INSERT INTO meta VALUES ('deploy_target', 'x');"
    . ' UPDATE documents SET deployed_hash = content_hash WHERE id % 3 > 0;'
    . " UPDATE documents SET deployed_hash = x'' WHERE id = 3";

$t->configure(bucket => { endpoint => 'https://127.0.0.1:9',
                          name => 'none' });
old_catalogue($deploy);

my $waiting = waiting();
my $documents = documents();

is(() = $waiting =~ /\n/g, 1, 'two documents wait');
is($t->syncd('migrate')->{code}, 0, 'migrate');
is(waiting(), $waiting, 'the same documents are to be uploaded');
is(documents(), $documents, 'and nothing else has changed');
is($t->sql_value('SELECT count(*) FROM documents WHERE published_at IS NOT'
                 . " NULL AND content_hash IS NOT deployed_hash AND $of"), 0,
   'what waits is not announced before it is there');


# --- of the second schema

$t->configure;
old_catalogue(undef, 2);

my $packages = packages();
my $meta = "SELECT value FROM meta WHERE name";

is($t->syncd('migrate')->{code}, 0, 'migrate');
is(packages(), untagged_due($packages),
   'the same packages; what has no tag is to be asked for, and nothing else');
is($t->sql_value('SELECT count(*) FROM tags WHERE again_rev IS NOT NULL'), 0,
   'no tag has changed');
is($t->sql_value("$meta = 'feed_floor'"), 17959137607509,
   'the feed begins as before');
is($t->sql_value('SELECT count(*) FROM tags'), 2, 'the same tags');
is($t->sql_value("SELECT n FROM counts WHERE what = 'failing'"),
   $t->sql_value('SELECT count(*) FROM packages WHERE failures > 0'),
   'what was fetched in vain is counted');
is($t->sql_value("$meta = 'oldest_reader'"), 3,
   'it names the oldest reader that it is good for');


# --- of the third schema: what was a 404 is claimed, if it is no misspelling

old_catalogue("INSERT INTO packages (id, type, slug, state, created_at,
    changed_rev, synced_rev, next_check_at)
    VALUES (8, 'theme', 'committed', 'not_found', 1, 300, 300, NULL),
           (9, 'theme', 'listed', 'not_found', 1, 1, 1, NULL);
    INSERT INTO meta VALUES ('svn_listing_at_theme', 7),
        ('svn_listing_etag_theme', 'x');
    UPDATE packages SET next_check_at = unixepoch() + 1800,
        synced_rev = changed_rev, commits = 0", 3);

$packages = packages();
my $announced = announced();

is($t->syncd('migrate')->{code}, 0, 'migrate');
is(packages(), $packages, 'the same packages, when they were to be asked for');
is(announced(), $announced, 'no claim yet, so the same is announced');
is($t->sql_value("$meta = 'svn_listing_at_theme'"), 0,
   'the listing is to be read again: it knows what was there once');
is($t->sql_value("$meta = 'oldest_reader'"), 3,
   'a reader of the third schema can read the fourth');

my $r4 = $t->syncd('update');
like($r4->{out}, qr/^claims: 4 packages, 4 documents changed, /m,
     'the first run claims what is known, and says so');
is(rows('SELECT path FROM documents WHERE claims = 1 ORDER BY path'),
   join("\n", map { ("p2/$_.json", "p2/$_~dev.json") }
        qw(wp-plugin/leaves wp-theme/committed)),
   'what was closed, and what had a commit, but not what a list had alone');
is($t->sql_value("SELECT n FROM counts WHERE what = 'claim'"), 2,
   'two names are claimed');

$r4 = $t->syncd('update');
unlike($r4->{out}, qr/claims/, 'the second run has no more to claim');


# --- of the fourth schema: no document changes, and what is active is found

old_catalogue("UPDATE packages SET next_check_at = unixepoch() + 1800", 4);

my $everything = 'SELECT path, hex(content_hash), content_changed_at,'
    . ' published_at, published_changed_at, generation, claims FROM documents'
    . " WHERE path NOT IN ('packages.json', 'feed.xml', 'closures.json')"
    . ' ORDER BY path';

$packages = packages();
$documents = rows($everything);

is($t->syncd('migrate')->{code}, 0, 'migrate');
is(packages(), $packages, 'the same packages');
is(rows($everything), $documents, 'the same documents, by every column');
is(rows("SELECT path FROM documents WHERE path IN ('feed.xml',
         'closures.json') ORDER BY path"), "closures.json\nfeed.xml",
   'and those that there were not');
is($t->sql_value("$meta = 'oldest_reader'"), 3,
   'a reader of the third schema can read the fifth');

is($t->syncd('update')->{code}, 0, 'the first run');
is(rows($everything), $documents, 'changes none of them either');
is(rows("SELECT p.slug FROM search JOIN popularity ON place = search.rowid
         JOIN packages AS p ON id = package_id
         WHERE search MATCH 'about OR twentyt*' ORDER BY p.slug"),
   join("\n", qw(akismet trunk-only twentyten)),
   'but finds the packages that are active');
is($t->sql_value("SELECT count(*) FROM popularity JOIN packages ON id ="
                 . " package_id WHERE state <> 'active'"), 0, 'and no others');

$t->done;

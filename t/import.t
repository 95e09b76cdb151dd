#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# "import": what a database of wp-packages knows comes into the catalogue, of
# each schema, while it is written, whatever is wrong with it, once or twice or
# killed; and after one update the documents are those of a fresh fetch.


use strict;
use warnings;

use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use Fcntl qw(:flock);
use JSON::PP;
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents qw(gunzip);
use Test::WPPkg::OldDatabase;
use Test::WPPkg::Process qw(poll);
use Time::HiRes ();


my $t = Test::WPPkg->new;
my $w = $t->wporg;
my $list = $t->write_file('list', "plugin/akismet\nplugin/tagged\n"
                                  . "plugin/trunk-only\nplugin/shut\n"
                                  . "theme/twentyten\n");

my @packages = (
    { name => 'akismet', display_name => 'Akismet & Co',
      description => 'All about akismet.', author => 'Author of akismet',
      homepage => 'https://example.org/akismet/', versions => ['5.2', '5.3'],
      current_version => '5.3', downloads => 54321, active_installs => 1000,
      rating => 90, num_ratings => 12 },
    { name => 'tagged', display_name => 'Tagged', versions => ['v1.0', '1.1'],
      current_version => '1.1' },
    { name => 'trunk-only', display_name => 'Trunk only',
      versions_json => '{}' },
    { name => 'shut', is_active => 0 },
    { type => 'theme', name => 'twentyten', display_name => 'Twenty Ten',
      versions => ['3.8', '3.9'], current_version => '3.9' },
    { name => 'unasked', last_synced_at => undef, versions_json => '{}' },
);

my $meta = "INSERT INTO site_meta VALUES ('svn_revision_plugin', '3200000'),
            ('svn_revision_theme', '250000'), ('aggregate_watermark', '7');";


# an empty catalogue, at a path of its own

sub fresh {
    my ($name) = @_;

    $t->configure(catalogue => { list => $list,
                                 path => $t->path("$name/catalogue.db") });
    mkdir $t->path($name);
    unlink glob $t->path("$name/catalogue.db") . '*';

    my $r = $t->syncd('migrate');
    die "migrate: $r->{err}" if $r->{code};
    return;
}

my $in = 'one';                       # the catalogue that is asked

sub rows { map { join '|', map { $_ // '' } @$_ }
           $t->sql($_[0], $t->path("$in/catalogue.db")) }
sub value { (rows($_[0]))[0] }

sub import_of {
    my ($file, $code, $what) = @_;

    my $r = $t->syncd('import', $file);
    is($r->{code}, $code, $what) or diag $r->{out}, $r->{err};

    return $r;
}

# a document, decoded

sub document {
    my ($path) = @_;

    my ($hex) = rows("SELECT hex(body) FROM bodies JOIN documents
                      ON id = document_id WHERE path = 'p2/$path.json'");

    return defined $hex ? decode_json(gunzip(pack 'H*', $hex)) : undef;
}

sub versions {
    my ($name) = @_;

    return join ' ', map { $_->{version} }
           @{ (document($name) || {})->{packages}{$name} || [] };
}

# all that two imports must agree on, whenever they were

my @alike = (
    'SELECT type, slug, state, changed_rev, synced_rev, next_check_at,
         failures, last_error, created_at, fetched_at, has_trunk,
         trunk_revision, ceiling, name, author, homepage, description,
         versions, download, trunk_zip, tags, known, closed_at, commits,
         window_at FROM packages ORDER BY type, slug',
    'SELECT type, slug, installs, downloads, rating, ratings FROM popularity
         JOIN packages ON id = package_id ORDER BY type, slug',
    "SELECT path, hex(content_hash), claims, published_gone FROM documents
         WHERE path LIKE 'p2/%' ORDER BY path",
    'SELECT slug, c.changed_at, old_state, new_state FROM state_changes c
         JOIN packages p ON p.id = package_id ORDER BY slug, c.changed_at',
    'SELECT type, slug, month, installs FROM installs_monthly
         JOIN packages ON id = package_id ORDER BY type, slug, month',
    'SELECT * FROM counts ORDER BY what, state',
    "SELECT name, value FROM meta WHERE name LIKE 'svn%' ORDER BY name",
);

sub everything { [ map { [ rows($_) ] } @alike ] }

# what changes with whatever is written

sub traces {
    return [ rows('SELECT id, state_changed_at, versions_changed_at
                   FROM packages ORDER BY id'),
             rows('SELECT id, generation, content_changed_at, published_at
                   FROM documents ORDER BY id'),
             value("SELECT value FROM meta WHERE name = 'feed_watermark'") ];
}


# --- each schema

for my $schema (18, 23, 30) {
    my $sql = old_packages(@packages) . $meta;

    $sql .= "INSERT INTO install_events SELECT NULL, 1, '5.3', 'x', 'y', 1,
                 column1, column1 FROM (VALUES ('2026-09-30T23:59:59Z'),
                 ('2026-10-01T00:00:00Z'), ('2026-10-02T00:00:00Z'));"
        if $schema < 22;

    $sql .= "INSERT INTO monthly_installs VALUES (1, '2026-09', 1),
                 (1, '2026-10', 2), (99, '2026-10', 5);" if $schema >= 22;

    $sql .= 'UPDATE packages SET trunk_revision = 3100000 WHERE id = 2;'
        if $schema >= 23;

    $sql .= "INSERT INTO packages (id, type, name, is_active, last_synced_at,
                 permanently_closed) VALUES (50, 'plugin', 'banned', 0,
                 '2026-11-01T10:00:00Z', 1);
             INSERT INTO status_check_changes VALUES
                 (1, 1, 'plugin', 'shut', 'deactivated',
                     '2026-10-05T10:00:00Z'),
                 (2, 2, 'plugin', 'banned', 'deactivated',
                     '2026-10-06T10:00:00Z'),
                 (3, 3, 'plugin', 'banned', 'tombstoned',
                     '2026-10-07T10:00:00Z'),
                 (4, 3, 'plugin', 'akismet', 'reactivated',
                     '2020-10-07T10:00:00Z');" if $schema >= 27;

    my $old = old_database($t, "old$schema.db", $schema, $sql);

    fresh('one');
    $w->clear_requests;

    my $r = import_of($old, 0, "schema $schema");
    my $closed = $schema >= 27 ? 2 : 1;

    like($r->{out}, qr/^import: 4 packages, $closed closed, 1 never fetched, /m,
         'is told');
    is(scalar $w->requests, 0, 'nobody was asked');

    is(versions('wp-plugin/akismet'), '5.3 5.2', 'its versions are offered');
    is(versions('wp-theme/twentyten'), '3.9 3.8', 'a theme\'s likewise');
    is(versions('wp-plugin/trunk-only'), '', 'one that has only a trunk');
    is(versions('wp-plugin/trunk-only~dev') || '',
       versions('wp-plugin/akismet~dev'), 'has that');

    my ($akismet) = @{ document('wp-plugin/akismet')
                       ->{packages}{'wp-plugin/akismet'} };

    is($akismet->{description}, 'All about akismet.', 'with its texts');
    is($akismet->{dist}{url},
       'https://downloads.wordpress.org/plugin/akismet.5.3.zip', 'and zip');

    my ($first) = grep { $_->{version} eq '1.0' } expanded('wp-plugin/tagged');
    like($first->{source}{reference}, qr{tags/v1\.0$},
         'a tag is called as in Subversion');

    my ($told) = rows("SELECT group_concat(slug || ' ' || state) FROM
                       (SELECT * FROM packages WHERE state <> 'active'
                        ORDER BY slug)");
    is($told, ($schema >= 27 ? 'banned closed_for_good,' : '')
              . 'shut closed,unasked new', 'states');
    is(value("SELECT claims FROM documents
              WHERE path = 'p2/wp-plugin/shut.json'"), 1,
       'C 47: the name of a closed one is claimed');
    is(value('SELECT count(*) FROM packages WHERE synced_rev = 0
              AND next_check_at IS NULL'), $closed + 5, 'all are due');
    is(value("SELECT installs || ' ' || downloads || ' ' || rating
              FROM popularity JOIN packages ON id = package_id
              WHERE slug = 'akismet'"), '1000 54321 90', 'popularity');
    is(value("SELECT group_concat(month || ' ' || installs)
              FROM installs_monthly"), '2026-09 1,2026-10 2', 'installs');
    is(value("SELECT n FROM counts WHERE what = 'installs'"), 3, 'in all');
    is(value("SELECT group_concat(value) FROM meta
              WHERE name LIKE 'svn_cursor_%'"), '3200000,250000', 'cursors');
    is(value("SELECT trunk_revision FROM packages WHERE slug = 'tagged'"),
       $schema >= 23 ? 3100000 : 0, 'revision of the trunk');
    is(value('SELECT count(*) FROM state_changes'), $schema >= 27 ? 3 : 0,
       'R 39: the history, but not of long ago');

    my $all = everything();
    my $traces = traces();

    $r = import_of($old, 0, 'a second time');
    like($r->{out}, qr/^import: ${\($closed + 5)} kept(?!.*changed)/m,
         'takes nothing');
    is_deeply(everything(), $all, 'and changes nothing');
    is_deeply(traces(), $traces, 'nor does it write the same again');
}

# of a minified document, all fields of each version

sub expanded {
    my ($name) = @_;

    my (%all, @versions);

    for my $v (@{ document($name)->{packages}{$name} }) {
        %all = (%all, %$v);
        delete @all{grep { ($all{$_} // '') eq '__unset' } keys %all};
        push @versions, {%all};
    }

    return @versions;
}


# --- after one update, what a fresh fetch makes of it

sub offered {
    $w->plugin('akismet', { versions => { map { $_ => undef }
                                          qw(5.1 5.2 5.3) } });
    $w->plugin('tagged', { versions => { 'v1.0' => undef, '1.1' => undef },
                           stable => '1.1' });
    $w->plugin('trunk-only', { versions => {}, stable => undef });
    $w->theme('twentyten', { versions => { '3.8' => undef, '3.9' => undef } });
    $w->closed('plugin', 'shut');
}

offered();

my $documents = "SELECT path, hex(content_hash) FROM documents
                 WHERE content_hash IS NOT NULL AND path LIKE 'p2/%'
                 ORDER BY path";

fresh('two');
$in = 'two';
is($t->syncd('discover', '--source=list', $list)->{code}, 0, 'a list');
is($t->syncd('update')->{code}, 0, 'a fresh fetch');
my @fetched = rows($documents);
cmp_ok(scalar @fetched, '>=', 9, 'has documents');

my @five = grep { $_->{name} ne 'unasked' } @packages;

fresh('three');
$in = 'three';
import_of(old_database($t, 'five.db', 30, old_packages(@five) . $meta), 0,
          'an import');
isnt(join("\n", rows($documents)), join("\n", @fetched),
     'does not have all of it');

$t->configure(wporg => { verify_zips => 'on' },
              catalogue => { path => $t->path('three/catalogue.db') });
$w->clear_requests;

my $r = $t->syncd('update');
is($r->{code}, 0, 'and one update') or diag $r->{err};
is_deeply([ rows($documents) ], \@fetched, 'make the same documents');
is(value('SELECT count(*) FROM packages WHERE changed_rev > synced_rev'), 0,
   'then nothing is due');
is(scalar(grep { $_->{method} eq 'HEAD' } $w->requests), 0,
   'no zip was asked for: all of what was there is new');


# --- what is newer here stays

my $all = everything();

$r = import_of(old_database($t, 'later.db', 30, $meta =~ s/3200000/3300000/r
    . old_packages(map { { %$_, display_name => 'Other', is_active => 0,
                           last_synced_at => '2031-01-01T00:00:00Z' } } @five)),
    0, 'of what was fetched, an import');
like($r->{out}, qr/^import: 5 kept, \d/m, 'takes nothing');
is_deeply(everything(), $all, 'nor does it change anything');

fresh('four');
$in = 'four';
import_of($t->path('five.db'), 0, 'an import');

import_of(old_database($t, 'earlier.db', 30, old_packages(map { { %$_,
    display_name => 'Earlier', last_synced_at => '2026-10-31T10:00:00Z' } }
    @five)), 0, 'one of the day before');
is(value("SELECT count(*) FROM packages WHERE name = 'Earlier'"), 0,
   'takes nothing');

import_of(old_database($t, 'later.db', 30, old_packages(map { { %$_,
    display_name => 'Later', last_synced_at => '2026-11-02T10:00:00Z' } }
    @five)), 0, 'one of the day after');
is(value("SELECT count(*) FROM packages WHERE name = 'Later'"), 4,
   'takes what nobody has fetched meanwhile');

is($t->syncd('remove', 'plugin/akismet')->{code}, 0, 'remove');
$r = import_of($t->path('later.db'), 0, 'then an import');
like($r->{out}, qr/ 1 unwanted,/, 'leaves it out');



# --- cursors of our own are read on from

fresh('five');
$in = 'five';
$t->sql("INSERT INTO meta VALUES ('svn_cursor_plugin', 1000)",
        $t->path('five/catalogue.db'));
$r = import_of($t->path('five.db'), 0, 'with a cursor');
like($r->{out}, qr/ 1 cursor,/, 'the other one is taken');
is(value("SELECT value FROM meta WHERE name = 'svn_cursor_plugin'"), 1000,
   'ours stays');


# --- rows of all kinds

my @hostile = (
    { name => 'good', versions_json => JSON::PP->new->utf8->encode({
        '1.0' => 'https://downloads.wordpress.org/plugin/good.1.0.zip',
        '2.0' => 'https://downloads.wordpress.org/plugin/other.9.zip',
        '3.0' => 'javascript:alert(1)', '4.0' => undef, '5.0' => [1],
        'not a version' => 'https://example.org/a.zip', '' => 'https://e/',
        '6.0' => "https://example.org/\x{1}", '7.0' => "https://e.org/\x{0}",
        '8.0' => 'https://downloads.wordpress.org/plugin/good.7.0.zip',
        'x' x 500 => 'https://example.org/long.zip' }) },
    { name => 'Upper' }, { name => '../etc' }, { name => '' },
    { name => 'con' }, { name => 'x' x 300 }, { name => 'a.json' },
    { name => "new\nline" }, { type => 'mu', name => 'what' },
    { name => 'text', versions_json => 'no JSON {' },
    { name => 'nul', versions_json => '{"1\u0000":"https://e.org/"}' },
    { name => 'list', versions_json => '[1,2]' },
    { name => 'number', versions_json => '17' },
    { name => 'deep', versions_json => '[' x 5000 },
    { name => 'empty', versions_json => '' },
    { name => 'markup', versions_json => 'null',
      display_name => '<script>x</script>M & <b>N</b>',
      homepage => 'javascript:alert(1)', author => "\x{1}A\nB" },
    { name => 'times', versions => ['1.0'], last_synced_at => 'soon',
      created_at => '9999-99-99T99:99:99Z' },
    { name => 'future', versions => ['1.0'],
      last_synced_at => '2999-01-01T00:00:00Z', trunk_revision => 9e18 },
    { name => 'many', versions => [ map { "1.$_" } 1 .. 3000 ],
      current_version => '1.3000' },
);

fresh('six');
$in = 'six';

my $old = old_database($t, 'hostile.db', 30, $meta . old_packages(@hostile) . "
    INSERT INTO packages (type, name, display_name, versions_json, is_active,
        last_synced_at) VALUES ('plugin', x'ff00fe', 'x', '{}', 1,
        '2026-11-01T10:00:00Z'), ('plugin', 'bytes', x'41ff42', '{}', 1,
        '2026-11-01T10:00:00Z');
    INSERT INTO monthly_installs VALUES (1, '2026-13', 1), (1, 'x', 1),
        (1, '2026-10', -5), (1, '2026-09', 99999999999), (1, '2026-08', 0),
        (1, '2026-07', 'seven'), (1, '2026-06', 6), (2, '2026-06', 6);
    INSERT INTO status_check_changes VALUES
        (1, 1, 'plugin', 'good', 'exploded', '2026-10-05T10:00:00Z'),
        (2, 1, 'plugin', 'good', 'deactivated', 'yesterday'),
        (3, 1, 'plugin', 'nobody', 'deactivated', '2026-10-05T10:00:00Z'),
        (4, 1, NULL, NULL, NULL, NULL),
        (5, 1, 'plugin', 'good', 'deactivated', '2999-10-05T10:00:00Z')");

$r = import_of($old, 0, 'rows of all kinds');

like($r->{out}, qr/ 21 rows refused, /, 'those that say nothing are counted');
like($r->{out}, qr/ 6 versions refused, /, 'and so are versions');
like($r->{err}, qr/^wppkg-syncd: import: plugin\/Upper: /m, 'they are named');
is(scalar(() = $r->{err} =~ /\n/g), 21, 'the first of them');
like($r->{err}, qr/^wppkg-syncd: import: \d+ more like these$/m, 'no more');
is(versions('wp-plugin/good'), '8.0 6.0 2.0 1.0',
   'what can be published is');
is(value('SELECT count(*) FROM installs_monthly'), 1, 'one month is one');
is(value('SELECT count(*) FROM state_changes'), 0, 'no change is one');
is(value("SELECT name FROM packages WHERE slug = 'markup'"), 'xM & N',
   'R 17: texts are made plain');
is(value("SELECT homepage FROM packages WHERE slug = 'markup'"), '',
   'no homepage is a script');
is(value("SELECT hex(name) FROM packages WHERE slug = 'bytes'"),
   '41EFBFBD42', 'nor are there bytes that are not UTF-8');
is(value("SELECT group_concat(slug || ' ' || state) FROM (SELECT * FROM
          packages WHERE slug IN ('deep', 'list', 'text', 'times')
          ORDER BY slug)"), 'deep new,list new,text new,times new',
   'what cannot be read is to be fetched');
is(scalar(split ' ', versions('wp-plugin/many')), 3000, 'many versions');
is(value("SELECT trunk_revision FROM packages WHERE slug = 'future'"), 0,
   'no revision is after the cursor');
is(value('PRAGMA integrity_check'), 'ok', 'the catalogue is in order');

$all = everything();
import_of($old, 0, 'all of them again');
is_deeply(everything(), $all, 'change nothing');


# --- databases of all kinds

sub refused {
    my ($file, $says, $what) = @_;

    my $r = import_of($file, 2, $what);

    like($r->{err}, qr/^wppkg-syncd: import: [^\n]*$says[^\n]*\n\z/,
         'with one line');
    is_deeply(everything(), $all, 'nothing is taken');
}

refused($t->path('nowhere.db'), qr/No such file/, 'no file');
refused($t->dir, qr/is not a regular file/, 'a directory');
refused($t->write_file('text.db', 'x' x 5000), qr/file is not a database/,
        'a text');
refused($t->write_file('empty.db', ''), qr/no database of wp-packages/,
        'an empty file');
refused($t->path('six/catalogue.db'), qr/no database of wp-packages/,
        'the catalogue');
refused(old_database($t, 'new.db', 31), qr/schema 31, and 30 is the latest/,
        'a newer schema');
refused(old_database($t, 'aged.db', 17), qr/schema 17, and 18 is the oldest/,
        'an older schema');
refused(old_database($t, 'half.db', 30, 'ALTER TABLE packages
        DROP COLUMN trunk_revision'), qr/no column of packages "trunk_/,
        'half a migration');
refused(old_database($t, 'half.db', 30, 'DROP TABLE monthly_installs'),
        qr/no table "monthly_installs"/, 'the other half');

is($t->syncd('import')->{code}, 2, 'no file is named');
is($t->syncd('import', '--all')->{code}, 2, 'an option');
is($t->syncd('import', 'one', 'two')->{code}, 2, 'two files');


# --- damaged in the middle: what came before it stays

my $large = old_database($t, 'large.db', 30, $meta . "
    PRAGMA journal_mode = DELETE;
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
        WHERE i < 2000)
    INSERT INTO packages (type, name, display_name, description, is_active,
        versions_json, current_version, last_synced_at, created_at)
    SELECT 'plugin', 'p' || i, 'P' || i, 'All about it.', i % 10 <> 0,
        json_object('1.' || i, 'https://downloads.wordpress.org/plugin/p' || i
            || '.1.' || i || '.zip'), '1.' || i, '2026-11-01T10:00:00Z',
        '2026-06-01T10:00:00Z' FROM n;
    INSERT INTO monthly_installs SELECT id, m, id FROM packages,
        (SELECT '2026-09' AS m UNION SELECT '2026-10');
    INSERT INTO status_check_changes SELECT NULL, 1, 'plugin', name,
        'deactivated', '2026-10-05T10:00:00Z' FROM packages
        WHERE NOT is_active");

{
    my $bytes = $t->read_file('large.db');

    substr($bytes, length($bytes) * $_ / 20 & ~4095, 4096) = "\xff" x 4096
        for 4 .. 12;
    $t->write_file('damaged.db', $bytes);

    fresh('seven');
    $in = 'seven';
    my $r = import_of($t->path('damaged.db'), 1, 'a damaged one');

    like($r->{err}, qr/"\S+damaged.db" cannot be read: .*malformed.*recover/,
         'says so');
    is(value("SELECT count(*) FROM meta WHERE name LIKE 'svn_cursor%'"), 0,
       'no cursor is taken');
    is($t->syncd('import', $large)->{code}, 0, 'a whole one does the rest');
    is(value("SELECT count(*) FROM packages"), 2000, 'all are here');
}


# --- while it is written: a snapshot, and nothing is written to it

sub writer {
    my ($file, $sql) = @_;

    open my $to, '|-', 'sqlite3', '-batch', $file or die "sqlite3: $!\n";
    unlink $t->path('mark');
    $to->autoflush(1);
    print $to "PRAGMA wal_autocheckpoint = 0;\n$sql\n.shell touch "
              . $t->path('mark') . "\n";
    poll(sub { -e $t->path('mark') }, 30) or die "the writer does not write\n";

    return $to;
}

{
    my $file = old_database($t, 'live.db', 30, old_packages(@packages) . $meta);
    my $to = writer($file, old_packages({ name => 'logged',
        versions => ['1.0'] }) . 'BEGIN IMMEDIATE;'
        . old_packages({ name => 'uncommitted', versions => ['1.0'] }));
    my @before = map { sha256_hex($t->read_file("live.db$_")) } '', '-wal';

    cmp_ok(-s "$file-wal", '>', 0, 'what is new is in the log');

    fresh('eight');
    $in = 'eight';
    import_of($file, 0, 'a database that is being written');
    is(value("SELECT count(*) FROM packages WHERE slug = 'logged'"), 1,
       'what is committed is taken');
    is(value("SELECT count(*) FROM packages WHERE slug = 'uncommitted'"), 0,
       'what is not is not');
    is_deeply([ map { sha256_hex($t->read_file("live.db$_")) } '', '-wal' ],
              \@before, 'not a byte of it has changed');

    print $to "COMMIT;\n.quit\n";
    ok(close $to, 'its writer goes on');
}


# --- by a user who cannot make its -shm

{
    my $r = as_nobody();

    is($r->{code}, 2, 'by a user who may not');
    like($r->{err}, qr/takes its -wal and its -shm; .*"\.backup"/, 'is told');
}

sub as_nobody {
    my $dir = $t->path('theirs');
    my $uid = getpwnam 'nobody';

    mkdir $dir;

    old_database($t, 'theirs/old.db', 30, old_packages(@packages));
    unlink map { "$dir/old.db$_" } qw(-wal -shm);
    chmod 0755, $t->dir, $dir;
    chmod 0644, "$dir/old.db";

    fresh('nine');
    chown $uid, -1, $t->path('nine'), glob $t->path('nine/*');
    chmod 0644, $t->path('wppkg.conf');

    return $t->command({ env => { $t->environment } }, 'setpriv', "--reuid=$uid",
        '--clear-groups', $t->build_dir . '/wppkg-syncd', '-c',
        $t->path('wppkg.conf'), 'import', "$dir/old.db");
}


# --- one writer of the catalogue

fresh('ten');

{
    open my $lock, '>>', $t->path('ten/catalogue.db.lock') or die $!;
    flock $lock, LOCK_EX | LOCK_NB or die "flock: $!";

    my $r = import_of($large, 75, 'while another process has the lock');
    like($r->{err}, qr/^wppkg-syncd: another run holds the lock[^\n]*\n\z/,
         'one line');
}

$t->configure(origin => { url => 'http://127.0.0.1:9/' },
              wporg => { map { $_ => undef }
                             qw(api_url contact verify_zips core) },
              catalogue => { path => $t->path('ten/catalogue.db') });
like($t->syncd('import', $large)->{err}, qr/has an \[origin\]/,
     'a mirror has its packages from its origin');


# --- killed

fresh('eleven');
$in = 'eleven';

my $start = Time::HiRes::time();
import_of($large, 0, 'undisturbed');
my $takes = Time::HiRes::time() - $start;
my $want = everything();

fresh('twelve');
$in = 'twelve';

my $seed = $ENV{SEED} || $$;
my $kills = 0;

srand $seed;
diag "seed $seed";

for my $round (1 .. 12) {
    my $p = $t->syncd_start('import', $large);

    # it may end before
    Time::HiRes::sleep(rand(0.7 * $takes));
    $kills += $t->finish($p, 'KILL')->{code} == 137;
}

cmp_ok($kills, '>=', 1, "killed $kills times");
cmp_ok(value('SELECT count(*) FROM packages'), '>', 0, 'something was taken');
import_of($large, 0, 'in the end');
is_deeply(everything(), $want, 'the catalogue of an undisturbed one');
is(value('PRAGMA integrity_check'), 'ok', 'it is in order');


# --- each single install of a year

fresh('thirteen');
$in = 'thirteen';
$t->configure(catalogue => { path => $t->path('thirteen/catalogue.db') });

import_of(old_database($t, 'events.db', 21, old_packages(@packages) . "
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
        WHERE i < 100000)
    INSERT INTO install_events SELECT NULL, 1 + i % 3, '1', 'x', 'y', i, i,
        strftime('%Y-%m-%dT%H:%M:%SZ', 1764547200 + i * 300, 'unixepoch')
        FROM n"), 0, 'a schema without months');
is(value('SELECT sum(installs) FROM installs_monthly'), 100000, 'all count');
is(value('SELECT count(*) FROM installs_monthly'), 36, 'by their months');

$t->done;

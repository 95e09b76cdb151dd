#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# A tag that is committed to, or made anew, after its release has another zip
# under its old name: its document says so, and no other does (contract C 51).
# The trunk's zip moves with its revision (contract C 63).


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents qw(gunzip);
use Test::WPPkg::SVN;


my $t = Test::WPPkg->new(timeout => 300);
my $w = $t->wporg;

my $plugins = Test::WPPkg::SVN->repository($t, 'plugins');
my $themes = Test::WPPkg::SVN->repository($t, 'themes');

$plugins->commit([ mkdir => 'old' ], [ mkdir => 'old/tags' ],
                 [ mkdir => 'old/trunk' ],
                 map { [ mkdir => "old/tags/$_" ] } qw(1.0 1.1 .9));
$themes->commit([ mkdir => 'skin' ], [ mkdir => 'skin/1.0' ]);

my ($p, $h) = ($plugins->serve, $themes->serve);

sub configure {
    $t->configure(wporg => { api_url => $w->url, plugins_svn => $p->url,
                             themes_svn => $h->url, follow => 'on', @_ });
}

configure();
$t->syncd('migrate');


sub tags { return { map { $_ => undef } @_ } }


sub offer {
    my ($slug, $stable, @tags) = @_;

    $w->plugin($slug, { versions => tags(@tags), stable => $stable,
                        stable_tag => $stable });
}


sub run_once {
    my ($what) = @_;

    my $r = $t->syncd('run', '--once', '--source=svn');
    is($r->{code}, 0, "run: $what") or diag($r->{err});
}


sub versions {
    my ($file) = @_;

    my $path = "p2/wp-$file.json";
    my $gz = pack 'H*', $t->sql_value("SELECT hex(body) FROM bodies
        JOIN documents ON documents.id = document_id WHERE path = '$path'");

    my ($list) = values %{JSON::PP::decode_json(gunzip($gz))->{packages}};
    my (@versions, %last);

    for my $diff (@$list) {
        %last = (%last, %$diff);
        push @versions, { %last };
    }

    return @versions;
}


# "1.1@7 1.0": each version, and its reference if it has one; a URL that does
# not go with it is a failure

sub pins {
    my ($file) = @_;
    my @pins;

    for my $version (versions($file)) {
        my ($name, $dist) = @$version{qw(version dist)};
        my $reference = $dist->{reference};

        push @pins, defined $reference ? "$name\@$reference" : $name;

        my $rev = defined $reference ? qr/\?rev=$reference$/ : qr/\.zip$/;
        like($dist->{url}, $rev, "$file $name: the URL has its reference");
    }

    return "@pins";
}


my ($rev, $last);


# what was there before we came, and is not touched again

offer('old', '1.1', qw(0.9 1.0 1.1));
$w->theme('skin', { versions => tags('1.0') });
run_once('the first');
is(pins('plugin/old'), '1.1 1.0 0.9', 'tags that are as they were');


# committed to again: this tag and no other, and again

$rev = $plugins->commit([ put => 'repaired', 'old/tags/1.0/old.php' ]);
run_once('a tag that was there is committed to');
is(pins('plugin/old'), "1.1 1.0\@$rev 0.9", 'R 9: its zip is another one');

$last = $rev;
$rev = $plugins->commit([ put => 'repaired', 'old/tags/1.0/more.php' ]);
run_once('and once more');
is(pins('plugin/old'), "1.1 1.0\@$rev 0.9", 'another one again');

run_once('nothing happens');
$plugins->commit([ put => 'text', 'old/trunk/readme.txt' ]);
run_once('the trunk is committed to');
is(pins('plugin/old'), "1.1 1.0\@$rev 0.9", 'it stays what it is');


# a tag of another name there than here

$last = $rev;
$rev = $plugins->commit([ put => 'repaired', 'old/tags/.9/old.php' ]);
run_once('.9 is committed to');
is(pins('plugin/old'), "1.1 1.0\@$last 0.9\@$rev", '0.9 has another zip');
is((versions('plugin/old'))[2]{source}{reference}, 'tags/.9',
   'and is found in Subversion');


# a release of several commits, read before it is published

$plugins->commit([ mkdir => 'new' ], [ mkdir => 'new/tags' ],
                 [ mkdir => 'new/trunk' ], [ mkdir => 'new/tags/4.0.0' ]);
$plugins->commit([ put => 'broken', 'new/tags/4.0.0/new.php' ]);
offer('new', '4.0.0', '4.0.0');
run_once('a release');
is(pins('plugin/new'), '4.0.0', 'is as it is');

$rev = $plugins->commit([ put => 'repaired', 'new/tags/4.0.0/new.php' ]);
run_once('it is repaired at once');
is(pins('plugin/new'), "4.0.0\@$rev", 'what had been published is another');


# deleted, forgotten by the API, and made again

$plugins->commit([ rm => 'new/tags/4.0.0' ],
                 [ mkdir => 'new/tags/3.9' ],
                 [ put => 'text', 'new/tags/3.9/new.php' ]);
run_once('a tag is deleted');
is(pins('plugin/new'), "4.0.0\@$rev",
   'while the API offers it, it is not another zip');

offer('new', '3.9', '3.9');
$plugins->commit([ put => 'text', 'new/trunk/readme.txt' ]);
run_once('the API has forgotten it');
is(pins('plugin/new'), '3.9', 'it is gone');

$rev = $plugins->commit([ cp => 'HEAD', 'new/trunk', 'new/tags/4.0.0' ]);
offer('new', '4.0.0', qw(3.9 4.0.0));
run_once('it is made again');
is(pins('plugin/new'), "4.0.0\@$rev 3.9", 'as another zip');


# the same of one that nobody had committed to since it was published

$plugins->commit([ rm => 'old/tags/1.1' ]);
offer('old', '1.0', qw(0.9 1.0));
run_once('another one is deleted');
$rev = $plugins->commit([ cp => 'HEAD', 'old/trunk', 'old/tags/1.1' ]);
offer('old', '1.1', qw(0.9 1.0 1.1));
run_once('and made again');
like(pins('plugin/old'), qr/^1\.1\@$rev 1\.0\@/, 'is another zip too');


# held back: nobody has its zip before it is published

$plugins->commit([ mkdir => 'held' ], [ mkdir => 'held/tags' ],
                 map { [ mkdir => "held/tags/$_" ],
                       [ put => 'text', "held/tags/$_/held.php" ] }
                     qw(1.0 2.0));
offer('held', '1.0', qw(1.0 2.0));
run_once('2.0 is tagged, 1.0 published');
is(pins('plugin/held'), '1.0', '2.0 is held back');

$plugins->commit([ put => 'more', 'held/tags/2.0/held.php' ]);
run_once('2.0 is committed to');
offer('held', '2.0', qw(1.0 2.0));
$plugins->commit([ mkdir => 'held/trunk' ]);
run_once('2.0 is published');
is(pins('plugin/held'), '2.0 1.0', 'it is as it is');


# published, taken back, committed to, published again

offer('held', '1.0', qw(1.0 2.0));
$plugins->commit([ put => 'text', 'held/trunk/readme.txt' ]);
run_once('2.0 is taken back');
is(pins('plugin/held'), '2.0 1.0', 'R 14: which is to be seen twice');
$t->sql('UPDATE observations SET observed_at = observed_at - 660;
         UPDATE packages SET next_check_at = next_check_at - 660
         WHERE next_check_at IS NOT NULL');
run_once('2.0 is taken back still');
is(pins('plugin/held'), '1.0', 'R 16: it is held back again');

$rev = $plugins->commit([ put => 'less', 'held/tags/2.0/held.php' ]);
run_once('2.0 is committed to once more');
offer('held', '2.0', qw(1.0 2.0));
$plugins->commit([ put => 'text', 'held/trunk/other.txt' ]);
run_once('and published');
is(pins('plugin/held'), "2.0\@$rev 1.0", 'whoever had it gets the other one');


# the API is ahead of the log: the creation of a tag is no commit to it

offer('held', '3.0', qw(1.0 2.0 3.0));
is($t->syncd('update', 'plugin/held')->{code}, 0, 'the API knows 3.0');
is(pins('plugin/held'), "3.0 2.0\@$rev 1.0", 'it is published');

$plugins->commit([ mkdir => 'held/tags/3.0' ]);
$plugins->commit([ put => 'text', 'held/tags/3.0/held.php' ]);
run_once('the log has it too');
is(pins('plugin/held'), "3.0 2.0\@$rev 1.0", 'what released it is no change');

$last = $rev;
$rev = $plugins->commit([ put => 'again', 'held/tags/3.0/held.php' ]);
run_once('3.0 is committed to');
is(pins('plugin/held'), "3.0\@$rev 2.0\@$last 1.0", 'what comes then is');


# read twice, as after a kill; and the past, by a backfill

my $before = $t->sql_value('SELECT group_concat(hex(content_hash)) FROM
    (SELECT content_hash FROM documents WHERE path LIKE \'p2/%/%\'
     ORDER BY path)');

sub documents { $t->sql_value('SELECT group_concat(hex(content_hash)) FROM
    (SELECT content_hash FROM documents WHERE path LIKE \'p2/%/%\'
     AND path NOT LIKE \'%~dev.json\' ORDER BY path)') }

$before = documents();
$t->sql("UPDATE meta SET value = 1 WHERE name = 'svn_cursor_plugin'");
run_once('the log is read once more');
is(documents(), $before, 'what was read before changes nothing');

is($t->sql_value("SELECT count(*) FROM tags WHERE tag = '1.0'
                  AND package_id = (SELECT id FROM packages
                                    WHERE slug = 'skin')"), 0,
   'nothing is known of what was before');
is($t->syncd('backfill')->{code}, 0, 'backfill');
unlike(pins('theme/skin'), qr/\@/, 'a past is no change');
is($t->sql_value('SELECT count(*) FROM tags WHERE again_rev IS NOT NULL'),
   6, 'six tags have another zip');


# themes

$rev = $themes->commit([ put => 'x', 'skin/1.0/style.css' ]);
run_once('a theme is committed to');
is(pins('theme/skin'), "1.0\@$rev", 'as plugins');


# the trunk: the published version without a tag, and dev-trunk

$rev = $plugins->commit([ mkdir => 'loose' ], [ mkdir => 'loose/trunk' ]);
$w->plugin('loose', { versions => tags('1.0'), stable => '1.1',
                      stable_tag => 'trunk',
                      last_updated => '2024-01-13 3:57pm GMT',
                      download_link => $w->zip_url('plugin', 'loose') });
run_once('a plugin without a tag');
is(pins('plugin/loose'), "1.1\@$rev 1.0", 'pinned to the revision');
is((versions('plugin/loose'))[0]{source}{reference}, "trunk\@$rev",
   'and so is its source');
is(pins('plugin/loose~dev'), "dev-trunk\@$rev", 'R 22: dev-trunk likewise');

$rev = $plugins->commit([ put => 'more', 'loose/trunk/loose.php' ]);
run_once('its trunk is committed to');
is(pins('plugin/loose'), "1.1\@$rev 1.0", 'R 7: another revision');
is(pins('plugin/loose~dev'), "dev-trunk\@$rev", 'of both');


# Composer: installs what was made anew, which is not in its cache

my $url = $t->nginx(
    locations => 'location / { wppkg_catalogue ' . $t->catalogue . '; }');

my $r = $t->composer($t->composer_json($url, 'wp-plugin/new' => '*',
                                       'wp-plugin/loose' => '*'), 'update');
is($r->{code}, 0, 'composer update') or diag($r->{err});

$r = $t->composer({ dir => $r->{dir} }, 'update');
like($r->{err}, qr/Nothing to (?:modify|install)/, 'again: nothing to do');

$w->clear_requests;
$rev = $plugins->commit([ put => 'x', 'new/tags/4.0.0/x.php' ]);
run_once('an installed version is made anew');

$r = $t->composer({ dir => $r->{dir} }, 'update');
is($r->{code}, 0, 'composer update') or diag($r->{err});
is_deeply([ map { $_->{target} } grep { $_->{path} =~ /zip$/ }
            $w->requests ], [ "/plugin/new.4.0.0.zip?rev=$rev" ],
          'Composer has downloaded it, and nothing else');

$_->stop for $p, $h;
$t->done;

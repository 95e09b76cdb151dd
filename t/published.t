#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Which of a package's versions are published, with which zip, and what
# "status" says of the one that WordPress.org publishes (contract C 62-64).


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents qw(gunzip);


my $t = Test::WPPkg->new(timeout => 300);
my $w = $t->wporg;

$t->configure;
$t->syncd('migrate');


sub offer {
    my ($slug, %o) = @_;
    $w->plugin($slug, \%o);
}


sub tags { return { map { $_ => undef } @_ } }


# all that is offered is fetched

sub fetch {
    my (@names) = @_;

    $t->write_file('list', join "\n", @names, '');

    my $r = $t->syncd('discover', '--source=list', $t->path('list'));
    is($r->{code}, 0, "discover @names") or diag($r->{err});

    $r = $t->syncd('update', @names);
    is($r->{code}, 0, "update @names") or diag($r->{err});
}


# the versions of a document, expanded, newest first

sub versions {
    my ($file) = @_;

    my $path = "p2/wp-$file.json";
    my $gz = pack 'H*', $t->sql_value("SELECT hex(body) FROM bodies
        JOIN documents ON documents.id = document_id WHERE path = '$path'");

    my ($list) = values %{JSON::PP::decode_json(gunzip($gz))->{packages}};
    my (@versions, %last);

    for my $diff (@$list) {
        %last = (%last, %$diff);
        delete @last{grep { !ref $last{$_} && $last{$_} eq '__unset' }
                     keys %last};
        push @versions, { %last };
    }

    return @versions;
}


sub version {
    my ($file, $version) = @_;

    my ($found) = grep { $_->{version} eq $version } versions($file);
    return $found // {};
}


sub names { return join ' ', map { $_->{version} } versions(@_) }


sub published {
    my ($package) = @_;

    my ($line) = $t->syncd('status', $package)->{out}
                 =~ /^ *published version: +(.*)$/m;
    return $line;
}


my $api = $w->url;


# R 20: of spellings that Composer holds equal the published tag's is it

offer('dup', versions => tags(qw(4.4 4.5 4.5.0)), stable => '4.5.0',
      stable_tag => '4.5.0');
offer('dup-other', versions => tags(qw(4.4 4.5 4.5.0)), stable => '4.5',
      stable_tag => '4.5');
offer('zero', versions => tags(qw(1.7.5 1.7.05 1.6)), stable => '1.7.05',
      stable_tag => '1.7.05');
offer('zeroes', versions => tags(qw(2.00 2.0 1.00 1.0)), stable => '2.00',
      stable_tag => 'trunk', download_link => $w->zip_url('plugin', 'zeroes',
                                                          '2.00'));

fetch(map { "plugin/$_" } qw(dup dup-other zero zeroes));

is(names('plugin/dup'), '4.5.0 4.4', 'R 20: 4.5.0 and 4.5 are one version');
is(version('plugin/dup', '4.5.0')->{dist}{url}, "$api/plugin/dup.4.5.0.zip",
   'with the zip of the published tag');
is(version('plugin/dup', '4.5.0')->{source}{reference}, 'tags/4.5.0',
   'and its source');
is(names('plugin/dup-other'), '4.5 4.4', 'the other spelling where that is');
is(names('plugin/zero'), '1.7.05 1.6', 'R 21: 1.7.5 and 1.7.05 likewise');
is(names('plugin/zeroes'), '2.00 1.0',
   'and 2.0 and 2.00, by what can be downloaded; the shorter one else');
is(published('plugin/dup'), '4.5.0', 'status: it is published');
like($t->syncd('status', 'plugin/dup')->{out},
     qr/^ *held back: +1, another tag is the same version: 4\.5$/m,
     'the other one is held back');


# R 17: requires_php is that of the published version, tagged or not

offer('fromtrunk', versions => tags(qw(8.2.0 8.3.0 8.3.1)), stable => '8.4.0',
      stable_tag => 'trunk', requires_php => '99.0',
      last_updated => '2026-11-28 3:04pm GMT',
      download_link => $w->zip_url('plugin', 'fromtrunk'));
offer('fiveparts', versions => tags(qw(1.9.4.8 1.9.4.8.2)),
      stable => '1.9.4.8.2', stable_tag => '1.9.4.8.2',
      requires_php => '99.0');
offer('held', versions => tags(qw(1.0 1.1 2.0 2.1-beta1)), stable => '1.1',
      stable_tag => '1.1', requires_php => '7.3');

fetch(map { "plugin/$_" } qw(fromtrunk fiveparts held));

is(version('plugin/fromtrunk', '8.3.1')->{require}{php}, undef,
   'R 17: the PHP of a release without a tag stands on no tag');
is(version('plugin/fromtrunk', '8.4.0')->{require}{php}, '>=99.0',
   'it stands on that release');
is(version('plugin/fiveparts', '1.9.4.8')->{require}{php}, undef,
   'nor that of a version that Composer refuses');
is(names('plugin/held'), '2.1-beta1 1.1 1.0',
   'R 16: pre-releases above the published version, no stable ones');
is(version('plugin/held', '2.1-beta1')->{require}{php}, undef,
   'the PHP is not that of a pre-release');
is(version('plugin/held', '1.1')->{require}{php}, '>=7.3',
   'but that of the published version');


# R 16: the published version has no tag: download_link, pinned

my $zip = "$api/plugin/fromtrunk.zip";

is(names('plugin/fromtrunk'), '8.4.0 8.3.1 8.3.0 8.2.0',
   'the untagged version is there');
is_deeply(version('plugin/fromtrunk', '8.4.0')->{dist},
          { type => 'zip', url => "$zip?rev=20261128150400",
            reference => '20261128150400' },
          'with the zip of the trunk and the date that the API gives');
is(version('plugin/fromtrunk', '8.4.0')->{source}{reference}, 'trunk',
   'its source is the trunk');
ok(!exists version('plugin/fromtrunk', '8.3.1')->{dist}{reference},
   'tags have no reference');
is(published('plugin/fromtrunk'), '8.4.0, from trunk: it has no tag',
   'status: from trunk');
is(published('plugin/fiveparts'),
   '1.9.4.8.2, not here: not a version that Composer accepts',
   'status: why a version is not there');

my $json = JSON::PP::decode_json($t->syncd('status', '--json',
                                           'plugin/fromtrunk')->{out});
is($json->{published_version}, '8.4.0', 'the same with --json');
is($json->{published_why}, 'from trunk: it has no tag', 'and why');


# it moves: another zip under the same name

offer('fromtrunk', versions => tags(qw(8.2.0 8.3.0 8.3.1)), stable => '8.4.0',
      stable_tag => 'trunk', last_updated => '2026-11-29 12:00am GMT',
      download_link => $w->zip_url('plugin', 'fromtrunk'));
fetch('plugin/fromtrunk');

is_deeply(version('plugin/fromtrunk', '8.4.0')->{dist},
          { type => 'zip', url => "$zip?rev=20261129000000",
            reference => '20261129000000' }, 'another date, another zip');


# R 22: the trunk has its zip where the API gives one and it can be pinned

is_deeply(version('plugin/fromtrunk~dev', 'dev-trunk')->{dist},
          { type => 'zip', url => "$zip?rev=20261129000000",
            reference => '20261129000000' }, 'R 22: dev-trunk has its zip');

offer('pinned', versions => { '1.0' => undef }, stable_tag => '1.0',
      last_updated => '2026-11-29 9:05am GMT');
offer('unpinned', versions => { '1.0' => undef }, stable_tag => '1.0',
      last_updated => 'yesterday');

fetch(qw(plugin/pinned plugin/unpinned));

is(version('plugin/pinned~dev', 'dev-trunk')->{dist}{url},
   "$api/plugin/pinned.zip?rev=20261129090500", 'of a tagged plugin too');
is(version('plugin/unpinned~dev', 'dev-trunk')->{dist}, undef,
   'one that nothing pins has none');


# R 16: what is no ceiling

my @unknown = ([ 'v00', '0.0', 'trunk' ], [ 'v0', '0', '0.0.0' ],
               [ 'shout', '0.0', 'TRUNK' ], [ 'words', 'none', 'latest' ]);

offer($_->[0], versions => tags(qw(1.0 1.1 2.0)), stable => $_->[1],
      stable_tag => $_->[2], requires_php => '7.4',
      download_link => $w->zip_url('plugin', $_->[0])) for @unknown;
offer('header', versions => tags(qw(1.0 1.1 2.0)), stable => '1.1',
      stable_tag => '0.0');

fetch(map { "plugin/$_" } (map { $_->[0] } @unknown), 'header');

is(names("plugin/$_->[0]"), '2.0 1.1 1.0',
   "R 16: version $_->[1], stable tag $_->[2]: no ceiling") for @unknown;
is(names('plugin/header'), '1.1 1.0', 'the header where the tag is 0.0');
is(published('plugin/v00'),
   '0.0, not here: WordPress.org does not know which it is', 'status: 0.0');
is(published('plugin/words'),
   'latest, not here: not a version that Composer accepts',
   'status: words');


# zips: https, and nothing that a URL can't have

$w->theme('twenty', { versions => {
    '1.2' => 'http://downloads.wordpress.org/theme/twenty.1.2.zip',
    '1.1' => 'http://downloads.wordpress.org.evil/theme/twenty.1.1.zip' } });

my $downloads = 'https://downloads.wordpress.org/plugin';

offer('odd', stable => '1.0', versions => {
    '1.0'    => "$downloads/odd.1.0.zip",
    '1.1 '   => "$downloads/odd.1.1 .zip",
    "1.2\r"  => "$downloads/odd.1.2\r.zip",
    "dev-\x{e9}" => "$downloads/odd.dev-\x{e9}.zip",
    'dev-5%' => "$downloads/odd.dev-5%.zip",
    'dev-%20' => "$downloads/odd.dev-%20.zip" },
    stable_tag => '9');

fetch(qw(theme/twenty plugin/odd));

is(version('theme/twenty', '1.2')->{dist}{url},
   'https://downloads.wordpress.org/theme/twenty.1.2.zip',
   'zips of downloads.wordpress.org come by https');
is(names('theme/twenty'), '1.2',
   'another zip by http, which Composer refuses, is not offered');
like($t->syncd('status', 'theme/twenty')->{out},
     qr/^  held back: .* no usable zip URL: 1\.1$/m, 'and status says why');
is(version('plugin/odd', '1.1')->{dist}{url}, "$downloads/odd.1.1%20.zip",
   'a space is encoded');
is(version('plugin/odd', '1.2')->{dist}{url}, "$downloads/odd.1.2%0D.zip",
   'a control byte');
is(version('plugin/odd~dev', "dev-\x{e9}")->{dist}{url},
   "$downloads/odd.dev-%C3%A9.zip", 'a letter');
is(version('plugin/odd~dev', 'dev-5%')->{dist}{url},
   "$downloads/odd.dev-5%25.zip", 'a percent sign that encodes nothing');
is(version('plugin/odd~dev', 'dev-%20')->{dist}{url},
   "$downloads/odd.dev-%20.zip", 'what is encoded stays');


# PHP writes an array with the keys 0, 1, 2 as a list

$w->raw('plugin', 'listed', JSON::PP::encode_json({
    %{$w->plugin_object('listed')}, version => '2', stable_tag => '2',
    versions => [ map { $w->zip_url('plugin', 'listed', $_) } 0 .. 2 ] }));

fetch('plugin/listed');

is(names('plugin/listed'), '2 1 0', 'R 17: a list has its indices as keys');


# "download_link" names a tag that "versions" lacks

offer('unlisted', versions => tags('1.0'), stable => '2.0',
      stable_tag => '2.0', download_link => "$downloads/unlisted.2.0.zip");

fetch('plugin/unlisted');

is_deeply(version('plugin/unlisted', '2.0')->{dist},
          { type => 'zip', url => "$downloads/unlisted.2.0.zip" },
          'a tag that can be downloaded, but is not listed, is one');


# the key "untagged": all is rendered anew when it changes

$t->configure(repository => { untagged => 'off' });
is($t->syncd('migrate')->{code}, 0, 'untagged = off');

is(names('plugin/fromtrunk'), '8.3.1 8.3.0 8.2.0',
   'untagged = off: only what has a tag');
is(published('plugin/fromtrunk'),
   '8.4.0, not here: it has no tag, and "untagged" is off', 'status says so');
isnt(version('plugin/fromtrunk~dev', 'dev-trunk')->{dist}, undef,
     'dev-trunk has its zip all the same');

$t->configure;
is($t->syncd('migrate')->{code}, 0, 'untagged = on');
is(names('plugin/fromtrunk'), '8.4.0 8.3.1 8.3.0 8.2.0', 'it is back');


# closed: nothing is here

$w->closed('plugin', 'held');
fetch('plugin/held');
is(published('plugin/held'), '1.1, not here: the package is closed',
   'status: a closed package');


# Composer: what is asked for is what is installed

my $url = $t->nginx(
    locations => 'location / { wppkg_catalogue ' . $t->catalogue . '; }');

my $r = $t->composer($t->composer_json($url, 'wp-plugin/dup' => '4.5.0',
    'wp-plugin/fromtrunk' => '8.4.0', 'wp-plugin/pinned' => 'dev-trunk'),
    'update');

is($r->{code}, 0, 'composer update') or diag($r->{err});
like($t->read_file("$r->{dir}/vendor/wp-plugin/dup/dup.php"),
     qr/Version: 4\.5\.0$/m, 'Composer has installed the published tag');
like($t->read_file("$r->{dir}/vendor/wp-plugin/fromtrunk/fromtrunk.php"),
     qr/Version: trunk$/m, 'the trunk where there is no tag');
ok(-f "$r->{dir}/vendor/wp-plugin/pinned/pinned.php",
   'and dev-trunk, without Subversion');

$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Own zips: what was locked once installs for ever, also when WordPress.org is
# out of reach.


use strict;
use warnings;
use lib 't/lib';

use Digest::SHA ();
use JSON::PP ();
use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;
my $w = $t->wporg;
my $store = $t->dir . '/dist';

my $url = $t->nginx(locations => <<"END");
location / { wppkg_catalogue @{[ $t->catalogue ]}; }

location /dist/ {
    alias $store/;
    add_header Cache-Control "public, max-age=31536000, immutable";
}
END


sub configure {
    my (%dist) = @_;

    $t->configure(
        repository => { base_url => $url },
        wporg => { api_url => $w->url, recheck => '1h', verify_zips => 'off' },
        dist => { path => $store, packages => 'all', versions => 0, %dist },
        http => { retries => 0 },
    );
}


sub list {
    my (@slugs) = @_;

    my $list = $t->write_file('list', join '', map { "plugin/$_\n" } @slugs);
    $t->syncd('discover', '--source=list', $list)->{code} == 0 or die;
}


# what the stage said, and the zips that were asked for

sub run_once {
    $w->clear_requests;
    $t->sql('UPDATE packages SET next_check_at = 1');

    my $r = $t->syncd('run', '--once');
    my $stages = JSON::PP::decode_json(
        $t->sql_value('SELECT stages FROM pipeline_runs'
                      . ' ORDER BY id DESC LIMIT 1'));

    ($r->{dist}) = grep { $_->{stage} eq 'dist' } @$stages;
    $r->{zips} = [ map { $_->{path} }
                   grep { $_->{path} =~ /\.zip$/ } $w->requests ];

    return $r;
}


# version => dist, as Composer reads it

sub dists {
    my ($slug, $dev) = @_;

    my $path = "/p2/wp-plugin/$slug" . ($dev ? '~dev' : '') . '.json';
    my $json = JSON::PP::decode_json($t->get($path)->{content});
    my (%now, %dist);

    for my $version (@{(values %{$json->{packages}})[0]}) {
        %now = (%now, %$version);
        $dist{$now{version}} = $now{dist};
    }

    return \%dist;
}


sub files {
    my @files = map { s{^\Q$store\E/}{}r } glob "$store/wp-*/*/*";
    return @files;
}


sub install {
    my ($dir, $lock, %more) = @_;

    my $project = $t->composer_json($url, %more);

    if (defined $lock) {
        $t->write_file("$dir/composer.lock", $lock);
        $project->{dir} = $dir;
        return $t->composer($project, 'install');
    }

    return $t->composer($project, 'update');
}


# --- what cannot be is said before anything is done

$t->configure(dist => { path => $store });
my $r = $t->syncd('migrate');
is($r->{code}, 2, 'a store without base_url: refused');
like($r->{err}, qr/\[dist\] has a "path", so \[repository\] needs a "base_url"/,
     'and what to do');

configure(packages => 'listed');
like($t->syncd('migrate')->{err},
     qr/"packages = listed" in \[dist\] needs a "list" too/, 'likewise a list');

configure();
is($t->syncd('migrate')->{code}, 0, 'migrate');

$w->plugin('one', { versions => { '1.0' => undef, '1.1' => undef,
                                  '2.0' => undef }, stable => '2.0' });
list('one');

$r = run_once();
is($r->{code}, 1, 'the folder of the store is not there: done in part');
like($r->{err}, qr{\[dist\] path \Q$store\E is no folder: make it},
     'which says so');
is(scalar @{$r->{zips}}, 0, 'nothing was asked for');
is(dists('one')->{'2.0'}{url}, $w->zip_url('plugin', 'one', '2.0'),
   'documents name the zips of WordPress.org');


# --- fetched, and named in the documents from then on

mkdir $store;
$r = run_once();
is($r->{code}, 0, 'zips are fetched') or diag($r->{err});
is($r->{dist}{zips_fetched}, 3, 'three of them');
is_deeply([ sort @{$r->{zips}} ],
          [ map { "/plugin/one.$_.zip" } '1.0', '1.1', '2.0' ],
          'each was asked for once');

my $dists = dists('one');

for my $version ('1.0', '1.1', '2.0') {
    my $dist = $dists->{$version};
    my $sha1 = $dist->{shasum};

    is($dist->{reference}, $sha1, "$version: its checksum is its reference");
    is($dist->{url}, "$url/dist/wp-plugin/one/$version-$sha1.zip",
       'its URL has both');

    my $zip = $t->get("/dist/wp-plugin/one/$version-$sha1.zip");
    is($zip->{status}, 200, 'nginx serves it');
    is(Digest::SHA::sha1_hex($zip->{content}), $sha1, 'with these bytes');
    like($zip->{headers}{'cache-control'}, qr/immutable/, 'for ever');
    is($t->sql_value("SELECT lower(hex(sha256)) FROM dist WHERE tag = '"
                     . "$version'"),
       Digest::SHA::sha256_hex($zip->{content}), 'SHA-256 is recorded');
}

is($t->get("/dist/.part/")->{status}, 403, 'nobody sees parts');
is(join(' ', glob "$store/.part/*"), '', 'and there are none');

my ($dev) = values %{dists('one', 1)};
like($dev->{url}, qr{/plugin/one\.zip\?rev=}, 'the trunk is not kept where '
     . 'there are versions');

$r = run_once();
is($r->{code}, 0, 'another run');
is(scalar @{$r->{zips}}, 0, 'asks for no zip');


# --- Composer

my $c = install(undef, undef, 'wp-plugin/one' => '*');
is($c->{code}, 0, 'composer update') or diag("$c->{out}$c->{err}");

my $lock = $t->read_file("$c->{dir}/composer.lock");
my ($locked) = @{JSON::PP::decode_json($lock)->{packages}};
is($locked->{dist}{shasum}, $dists->{'2.0'}{shasum}, 'locks the checksum');

my $old = install(undef, undef, 'wp-plugin/one' => '1.0');
my $oldlock = $t->read_file("$old->{dir}/composer.lock");


# --- what cannot be had, and what is no zip, is told and hinders nothing else

$w->plugin('two', { versions => {
    '1.0' => undef, '1.1' => $w->zip_url('plugin', 'no-such', '1.1'),
    '1.2' => undef, '1.3+a/../%2e%2e<' => undef, '1.4' => undef,
} });
$w->fail('html', path => 'two\.1\.2\.zip$', times => 1);
$w->fail('truncate', path => 'two\.1\.4\.zip$', times => 1);
list('two');

$r = run_once();
is($r->{code}, 0, 'some zips cannot be had') or diag($r->{err});
is($r->{dist}{zips_fetched}, 1, 'the others are fetched');
is($r->{dist}{zips_missing}, 1, 'one is missing');
is($r->{dist}{zips_refused}, 1, 'one is a page of HTML');
is($r->{dist}{zips_failed}, 1, 'one was cut off');
is($t->sql_value("SELECT group_concat(tag || ': ' || error, '; ') FROM"
                 . " (SELECT * FROM dist_wanted ORDER BY tag)")
   =~ s/(1\.[24]: it|1\.4: )[^;]*/$1/gr,
   '1.1: HTTP status 404; 1.2: it; 1.4: ', 'each has its reason');
is(dists('two')->{'1.4'}{url}, $w->zip_url('plugin', 'two', '1.4'),
   'documents name the zip of WordPress.org');
is(join(' ', glob "$store/.part/*"), '', 'nothing is left of them');

my $status = $t->syncd('status')->{out};
like($status, qr/^own zips: +4 zips, 0\.0 MiB of 204800; wanted: 3, asked for in vain: 3$/m,
     'status tells how many there are');
like($status, qr/^ +plugin\/two 1\.1: HTTP status 404; again at 20/m, 'and why');
is(JSON::PP::decode_json($t->syncd('status', '--json')->{out})->{dist}{wanted},
   3, 'also as JSON');

is(scalar @{run_once()->{zips}}, 0, 'not asked for again at once');
$t->sql('UPDATE dist_wanted SET next_at = 1');
$r = run_once();
is($r->{dist}{zips_fetched}, 2, 'but later');
like(dists('two')->{'1.4'}{url}, qr{/dist/wp-plugin/two/1\.4-}, 'and named');


# --- the zip of another package, one that the quota has no room for, a full
# store

my $bytes = "SELECT n FROM counts WHERE what = 'dist' AND state = 'bytes'";

$w->plugin('other', { versions => {
    '1.0' => $w->zip_url('plugin', 'one', '1.0') } });
list('other');
$r = run_once();
is($r->{dist}{zips_refused}, 1, 'the zip of another package: refused');
like($t->sql_value('SELECT error FROM dist_wanted w JOIN packages p'
                   . " ON p.id = package_id WHERE slug = 'other'"),
     qr/outside of the folder named like the package/,
     'because of its folder');

# a store that has a few KiB; what is larger is not even read

configure(quota => '64K');
$w->plugin('large', { versions => { '1.0' => undef } });
$w->fail('huge', bytes => 2_000_000, path => 'large\.1\.0\.zip$');
list('large');
$r = run_once();
is($r->{code}, 0, 'larger than the quota: done') or diag($r->{err});
is($r->{dist}{zips_refused}, 1, 'refused');
like($t->sql_value('SELECT error FROM dist_wanted w JOIN packages p'
                   . " ON p.id = package_id WHERE slug = 'large'"),
     qr{larger than .* what is left}, 'which is told');

configure(quota => '1K');
$w->plugin('late', { versions => { '1.0' => undef } });
list('late');
cmp_ok($t->sql_value($bytes), '>', 1024, 'a store that has its quota');
$r = run_once();
is($r->{code}, 0, 'is no failure');
is(scalar @{$r->{zips}}, 0, 'nothing is asked for');
like($r->{err}, qr/the store has .*, its quota: .*"quota" in \[dist\]/,
     'a warning says so');
configure(quota => 0, rate => 0, concurrency => 8);
is(run_once()->{dist}{zips_fetched}, 1, 'without a quota it goes on');
configure();


# --- a tag that was committed to anew: old locks get the old bytes

$w->plugin('again', { versions => { '1.0' => undef } });
list('again');
is(run_once()->{dist}{zips_fetched}, 1, 'a zip');
my $first = dists('again')->{'1.0'};
my $again = install(undef, undef, 'wp-plugin/again' => '1.0');

$t->sql('INSERT INTO tags (package_id, tag, seen_rev, last_rev, again_rev)'
        . " SELECT id, '1.0', 5, 7, 7 FROM packages WHERE slug = 'again'");
$w->plugin('again', { versions => {
    '1.0' => $w->zip_url('plugin', 'again') }, stable => '1.0' });
is(run_once()->{dist}{zips_fetched}, 1, 'its tag has changed: another zip');
my $second = dists('again')->{'1.0'};
isnt($second->{shasum}, $first->{shasum}, 'with another checksum');
isnt($second->{url}, $first->{url}, 'and another name');

$c = install($t->dir . '/again',
             $t->read_file("$again->{dir}/composer.lock"),
             'wp-plugin/again' => '1.0');
is($c->{code}, 0, 'an old lock installs') or diag("$c->{out}$c->{err}");
like($t->read_file("$c->{dir}/vendor/wp-plugin/again/again.php"),
     qr/Version: 1\.0/, 'the old bytes');
$c = install(undef, undef, 'wp-plugin/again' => '1.0');
like($t->read_file("$c->{dir}/vendor/wp-plugin/again/again.php"),
     qr/Version: trunk/, 'and a new one the new bytes');


# --- the published version without a tag, and a plugin that has only a trunk

$w->plugin('untagged', { versions => { '1.0' => undef }, stable => '2.0',
                         stable_tag => 'trunk' });
$w->plugin('trunk', { versions => { trunk => undef } });
list('untagged', 'trunk');
is(run_once()->{dist}{zips_fetched}, 3, 'zips of trunks are fetched');
like(dists('untagged')->{'2.0'}{url}, qr{/dist/wp-plugin/untagged/2\.0-},
     'of the published version');
my $trunk = dists('trunk', 1)->{'dev-trunk'};
like($trunk->{url}, qr{/dist/wp-plugin/trunk/dev-trunk-}, 'and of dev-trunk');

my $moving = install(undef, undef, 'wp-plugin/trunk' => 'dev-trunk');
is($moving->{code}, 0, 'Composer locks the trunk')
    or diag("$moving->{out}$moving->{err}");

$w->plugin('trunk', { versions => { trunk => undef },
                      last_updated => '2025-01-13 3:57pm GMT' });
is(run_once()->{dist}{zips_fetched}, 1, 'the trunk has moved: fetched again');
$c = install($t->dir . '/moving',
             $t->read_file("$moving->{dir}/composer.lock"),
             'wp-plugin/trunk' => 'dev-trunk');
is($c->{code}, 0, 'the lock still installs') or diag("$c->{out}$c->{err}");


# --- the zips of a package, now

$w->plugin($_, { versions => { '1.0' => undef } }) for 'now', 'later';
list('now', 'later');
$w->fail('status', status => 500, path => '(?:now|later)\.1\.0\.zip$',
         times => 2);
$r = run_once();
is($r->{dist}{zips_failed}, 2, 'two zips wait');
$w->clear_requests;
$r = $t->syncd('dist', 'plugin/now');
is($r->{code}, 0, 'dist PACKAGE') or diag($r->{err});
is(join(' ', map { $_->{path} } $w->requests), '/plugin/now.1.0.zip',
   'fetches the zips of that package, and no other');
like(dists('now')->{'1.0'}{url}, qr{/dist/wp-plugin/now/1\.0-},
     'which is named');
$r = $t->syncd('dist', 'plugin/unheard-of');
is($r->{code}, 1, 'of a package that there is not: none');
like($r->{err}, qr{plugin/unheard-of is not in the catalogue: add it first},
     'which it says');


# --- a host that does not answer: the rest waits

$w->plugin('three', { versions => { map { ("1.$_" => undef) } 1 .. 9 } });
list('three');
$w->fail('close', path => '\.zip$', times => 100);
$r = run_once();
is($r->{code}, 1, 'a dead host: done in part');
cmp_ok(scalar @{$r->{zips}}, '<=', 8, 'soon nobody asks any more');
like($r->{err}, qr/dist: .*; the other zips wait for the next run/,
     'one line says so');
$w->write_json('fail.json', '[]');
$t->sql('UPDATE dist_wanted SET next_at = NULL'
        . " WHERE url LIKE '%/three.%'");
is(run_once()->{dist}{zips_fetched}, 9, 'the next run goes on');


# --- a disk that takes nothing

unlink glob "$store/.part/*";
rmdir "$store/.part";
$t->write_file('dist/.part', 'a file');
$w->plugin('four', { versions => { '1.0' => undef } });
list('four');
$r = run_once();
is($r->{code}, 1, 'a store that cannot be written: done in part');
like($r->{err}, qr{dist: .*/\.part.* cannot be written: },
     'which says so, with the file');
is($t->sql_value('SELECT w.failures FROM dist_wanted w JOIN packages p'
                 . " ON p.id = package_id WHERE slug = 'four'"), 0,
   'it is not the zip\'s fault');
unlink "$store/.part";
is(run_once()->{dist}{zips_fetched}, 1, 'the next run goes on');


# --- another policy; what is here stays

my $n = files();
my $names = $t->write_file('dist-list', "wp-plugin/five\n");

$w->plugin($_, { versions => { '1.0' => undef, '1.1' => undef } })
    for 'five', 'six';
configure(packages => 'listed', list => $names, versions => 1);
list('five', 'six');
$r = run_once();
is_deeply($r->{zips}, [ '/plugin/five.1.1.zip' ],
          'listed, one version: that of the package on the list');
is(scalar(files()), $n + 1, 'the others stay');
like(dists('one')->{'1.0'}{url}, qr{/dist/wp-plugin/one/1\.0-},
     'and are named');

$t->write_file('dist-list', "wp-plugin/six\n");
is_deeply(run_once()->{zips}, [ '/plugin/six.1.1.zip' ], 'another list');

configure(packages => 'none');
$w->plugin('six', { versions => { '1.0' => undef, '1.2' => undef } });
is(scalar @{run_once()->{zips}}, 0, 'none');

$t->configure(wporg => { api_url => $w->url, verify_zips => 'off' },
              repository => { base_url => $url });
is($t->syncd('run', '--once')->{code}, 0, 'no store any more');
is(dists('one')->{'1.0'}{url}, $w->zip_url('plugin', 'one', '1.0'),
   'documents name the zips of WordPress.org');
configure();
is(run_once()->{dist}{zips_fetched}, 5, 'a store again: what is new is '
   . 'fetched');
like(dists('one')->{'1.0'}{url}, qr{/dist/wp-plugin/one/1\.0-},
     'what was here is here');


# --- taken out: its files go

is($t->syncd('remove', 'plugin/five')->{code}, 0, 'a package is taken out');
$r = run_once();
is($r->{code}, 0, 'the next run') or diag($r->{err});
is(scalar(grep { m{/five/} } files()), 0, 'deletes its files');
is($t->sql_value('SELECT count(*) FROM dist WHERE package_id IS NULL'), 0,
   'and their rows');
is($t->sql_value('SELECT count(DISTINCT path) FROM dist'),
   scalar(files()), 'each file that is left has a row');


# --- WordPress.org is away

$w->stop;

for my $with ($t->composers) {
    my $dir = $t->dir . "/away-$with";
    my $project = $t->composer_json($url, 'wp-plugin/one' => '1.0');

    $t->write_file("$dir/composer.lock", $oldlock);
    $c = $t->composer({ %$project, dir => $dir, with => $with }, 'install');
    is($c->{code}, 0, "$with: WordPress.org is away: install from a lock")
        or diag("$c->{out}$c->{err}");
    ok(-s "$dir/vendor/wp-plugin/one/one.php", 'the plugin is there');
}


# --- a byte that flips

my ($file) = grep { m{/one/1\.0-} } files();
my $whole = $t->read_file("$store/$file");
my $flipped = $whole;
substr($flipped, 40, 1) ^= "\1";
$t->write_file("$store/$file", $flipped);

$c = install($t->dir . '/flipped', $oldlock, 'wp-plugin/one' => '1.0');
isnt($c->{code}, 0, 'a byte has flipped: Composer refuses');
like("$c->{out}$c->{err}", qr/checksum/, 'because of the checksum');

$t->write_file("$store/$file", $whole);
$c = install($t->dir . '/mended', $oldlock, 'wp-plugin/one' => '1.0');
is($c->{code}, 0, 'and takes what is whole');

$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# packages/VENDOR/NAME.json (contract C 65): all about a package, as nginx
# tells everybody, beside what "status PACKAGE --json" tells the operator.


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::About;
use Test::WPPkg::Documents qw(gunzip);


my $t = Test::WPPkg->new;
my $w = $t->wporg;

$w->plugin('akismet', { name => 'Akismet & <b>friends</b>', stable => '2.0',
                        short_description => 'No spam in caf&eacute;s.',
                        active_installs => 5000000, downloaded => 77,
                        author => '<a href="https://a.example/">Ann</a>',
                        versions => { '1.0' => undef, 'v1.0' => undef,
                                      '1.1' => undef, '2.0' => undef,
                                      '2.1-beta1' => undef, '3.0' => undef,
                                      'not a version' => undef } });
$w->plugin('script', { name => 'Script' });
$w->plugin('many', { stable => '4.0.0',
                     versions => { map { ("1.$_.0" => undef, "4.0.0" => undef) }
                                   1 .. 400 } });
$w->theme('skin', { versions => { '1.0' => undef } });
$w->closed('plugin', 'shut', permanent => 0, reason => 'security-issue');

my $catalogue = $t->catalogue;
$t->nginx(locations => "
    location / { wppkg_catalogue $catalogue; wppkg_packages on; }
    location /off/ { wppkg_catalogue $catalogue; }
    location /zone/ { wppkg_catalogue $catalogue; wppkg_packages on;
                      wppkg_cache z; }
    location /limited/ { wppkg_catalogue $catalogue;
        location ~ ^/limited/packages/wp-[a-z]+/ {
            limit_req zone=packages burst=20 nodelay;
            wppkg_packages on; } }", http => 'wppkg_zone z 4m;
    limit_req_zone $binary_remote_addr zone=packages:1m rate=5r/s;');

sub syncd {
    my $r = $t->syncd(@_);
    is($r->{code}, 0, "wppkg-syncd @_[grep { !ref $_[$_] } 0 .. $#_]")
        or diag($r->{out} . $r->{err});
}

sub get { return $t->get("$_[1]/packages/$_[0].json") }

$t->configure(wporg => { api_url => $w->url, contact => 'tests' });
syncd('migrate');
syncd({ stdin => join "\n", qw(plugin/akismet plugin/script plugin/many
                               theme/skin plugin/shut plugin/gone) },
      'discover', '--source=list', '-');

is(about($t, 'wp-plugin/akismet')->{wppkg}{state}, 'new', 'before the first fetch');

syncd('update');


# --- Packagist's shape

my $p = about($t, 'wp-plugin/akismet');
diag(JSON::PP->new->pretty->canonical->encode($p)) if $ENV{SHOW};

is($p->{name}, 'wp-plugin/akismet', 'C 65: name');
is($p->{title}, 'Akismet & friends', 'C 65: as WordPress.org calls it');
is($p->{description}, "No spam in caf\x{e9}s.", 'C 65: description');
is($p->{type}, 'wordpress-plugin', 'C 65: type');
is_deeply($p->{maintainers},
          [ { name => 'Ann',
              homepage => 'https://profiles.wordpress.org/author/' } ],
          'C 65: maintainers');
is_deeply($p->{downloads}, { total => 0, monthly => 0, daily => 0 },
          'C 65: downloads');
is($p->{wordpress}{installs}, 5000000, 'active installs');
ok(!exists $p->{abandoned}, 'C 65: it is not abandoned');

like($p->{time}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/, 'C 65: time');

# versions are what clients get, each with all of it

for my $dev ('', '~dev') {
    my $doc = JSON::PP::decode_json(
        $t->get("/p2/wp-plugin/akismet$dev.json")->{content});
    my ($list) = values %{$doc->{packages}};
    my %now;

    for my $version (@$list) {
        %now = (%now, %$version);
        my %own = map { $_ => $now{$_} } grep { exists $now{$_} }
            qw(name version version_normalized type require dist source);
        is_deeply($p->{versions}{ $now{version} }, \%own,
                  "C 65: $now{version} as clients get it");
    }
}

is(scalar keys %{$p->{versions}}, 5, 'C 65: all versions');
is($p->{versions_left_out}, 0, 'none is left out');

my %held = map { $_->{why} => "@{$_->{tags}}" }
    @{$p->{wppkg}{versions}{held_back}};

is($held{'above the published version'}, '3.0', 'a version that is held back');
is($held{'not a version that Composer accepts'}, 'not a version', 'another one');

$t->sql("UPDATE packages SET name = '<script>\"' WHERE slug = 'script'");
is(about($t, 'wp-plugin/script')->{title}, '<script>"', 'a name is text');


# --- the same as "status"

for my $name (qw(plugin/akismet plugin/many theme/skin plugin/shut
                 plugin/gone))
{
    is_told($t, "wp-$name", 'after an update');
}

$p = about($t, 'wp-plugin/shut');
is($p->{wppkg}{state}, 'closed', 'closed: the state');
like($p->{wppkg}{reason}, qr/security/i, 'closed: the reason');
is($p->{abandoned}, JSON::PP::true, 'C 65: closed: it is abandoned');
is_deeply($p->{versions}, {}, 'closed: no version');
is($p->{wordpress}, undef, 'closed: WordPress.org counts nothing');

$p = about($t, 'wp-plugin/many');
is(scalar keys %{$p->{versions}}, 402, '400 versions');


# --- HTTP

is(get('wp-plugin/akismet', '/off')->{status}, 404, 'off: there is none');
is(about($t, 'wp-plugin/akismet', '/limited')->{name}, 'wp-plugin/akismet',
   'a location of its own');

for my $name ('wp-plugin/unknown', 'wp-plugin/Akismet', 'wp-plugin/',
              'wp-plugin/a/b', 'plugin/akismet', 'wp-plugin/akismet~dev',
              'wp-plugin/..%2fakismet', 'wp-plugin/%01', 'wp-plugin/%22',
              'wp-plugin/con', 'wp-plugin/akismet%0a',
              'wp-plugin/' . 'a' x 300, 'wp-plugin/%ff', 'wp-theme/akismet')
{
    is(get($name, '')->{status}, 404, "no such package: $name");
}

my $r = $t->get('/packages/wp-plugin/akismet.json',
                { 'Accept-Encoding' => 'gzip' });
is($r->{headers}{'content-encoding'}, 'gzip', 'gzipped');
is($r->{headers}{'content-type'}, 'application/json', 'JSON');
is($r->{headers}{'cache-control'}, 'public, max-age=60', 'kept for a minute');
is(JSON::PP::decode_json(gunzip($r->{content}))->{package}{name},
   'wp-plugin/akismet', 'which is the same');

my $url = '/packages/wp-plugin/akismet.json';
$r = $t->request(HEAD => $url);
is($r->{status}, 200, 'HEAD');
is($r->{content} // '', '', 'without a body');
is($t->request(POST => $url, {}, 'a')->{status}, 405, 'a POST: 405');

# what only an operator is told

$t->sql("UPDATE packages SET failures = 3, last_error = 'host-of-ours:1'"
        . " WHERE slug = 'akismet'");
$r = $t->get($url);
like($r->{content}, qr/"failures":3/, 'that it failed is told');
unlike($r->{content}, qr/host-of-ours/, 'errors are not');
is(status_of($t, 'plugin/akismet')->{last_error}, 'host-of-ours:1', 'but to operators');

# what is in the catalogue at that moment, also where there is a zone

for my $reason (1 .. 5) {
    $t->sql("UPDATE packages SET state_reason = 'r$reason' WHERE slug = 'shut'");
    is(about($t, 'wp-plugin/shut', '/zone')->{wppkg}{reason}, "r$reason",
       "change $reason is seen at once");
}

# what happens to a package

$t->sql("INSERT INTO state_changes (package_id, changed_at, old_state,
             new_state, reason)
         SELECT id, 1700000000 + column1, 'closed', 'active', 'turn ' || column1
         FROM (VALUES (1), (2), (3)) JOIN packages ON slug = 'akismet';
         INSERT INTO tags (package_id, tag, seen_rev, first_rev, first_at,
                           last_rev, last_at)
         SELECT id, '1.1', 7, 7, 1600000000, 9, 1600000900
         FROM packages WHERE slug = 'akismet';
         INSERT INTO observations (package_id, state, reason, observed_at)
         SELECT id, 'closed', 'seen', 1700000000
         FROM packages WHERE slug = 'akismet';
         UPDATE packages SET changed_rev = 12, changed_at = 1700000000,
             commits = 1, window_at = 1700000000, window_fetches = 2
         WHERE slug = 'akismet';
         INSERT INTO installs_monthly
         SELECT id, column1, 10 FROM (VALUES ('2020-01'), ('2020-02'))
             JOIN packages ON slug = 'akismet';
         INSERT INTO installs_daily
         SELECT id, unixepoch() / 86400 - column1, 2 + column1
         FROM (VALUES (0), (29), (30)) JOIN packages ON slug = 'akismet'");

$p = about($t, 'wp-plugin/akismet');
is_told($t, 'wp-plugin/akismet', 'with a history');
is(join(',', map { $_->{reason} } @{$p->{wppkg}{changes}}),
   'turn 3,turn 2,turn 1', 'the history, the latest first');
is($p->{wppkg}{changes}[0]{at}, '2023-11-14T22:13:23+00:00', 'in UTC');
is($p->{wppkg}{retagged}{latest}[0]{tag}, '1.1', 'a tag that was made anew');
is($p->{wppkg}{observation}{reason}, 'seen', 'what is not believed yet');
is_deeply($p->{wppkg}{window}{pending}, ['3.0'], 'what is waited for');
is_deeply($p->{downloads}, { total => 20, monthly => 33, daily => 2 },
          'C 65: downloads, of Composer');

# what a whole catalogue claims has no answer, and what was removed has none

$t->sql("INSERT INTO meta (name, value) VALUES ('authority', 'whole')
         ON CONFLICT (name) DO UPDATE SET value = excluded.value");
is($t->get('/p2/wp-plugin/unknown.json')->{status}, 200, 'a name is claimed');
is(get('wp-plugin/unknown', '')->{status}, 404, 'and nothing is known of it');
is_told($t, 'wp-plugin/gone', 'of a whole catalogue');

$w->plugin('taken', {});
syncd('add', 'plugin/taken');
is(about($t, 'wp-plugin/taken')->{wppkg}{state}, 'active', 'one that was added');
syncd('remove', 'plugin/taken');
is(get('wp-plugin/taken', '')->{status}, 404, 'one that was removed');

# a closed package that keeps its versions

$w->plugin('kept', { versions => { '1.0' => undef } });
$t->write_file('replacements', "wp-plugin/kept wp-plugin/akismet\n");
$t->configure(wporg => { api_url => $w->url, contact => 'tests' },
              repository => { closed => 'abandoned',
                              replacements => $t->path('replacements') });
syncd('add', 'plugin/kept');
syncd('update');
$w->closed('plugin', 'kept', permanent => 1);

for (1 .. 2) {
    syncd('update', 'plugin/kept');
    $t->sql('UPDATE observations SET observed_at = observed_at - 3600');
}

$p = about($t, 'wp-plugin/kept');
is_told($t, 'wp-plugin/kept', 'abandoned');
is($p->{wppkg}{state}, 'closed_for_good', 'closed for good');
is($p->{abandoned}, 'wp-plugin/akismet', 'C 65: what replaces it');
is($p->{versions}{'1.0'}{version}, '1.0', 'its versions are there');
is($p->{wppkg}{published_here}, JSON::PP::true, 'they are published');


# --- while the daemon writes: what an answer says is of one moment

$t->sql("INSERT INTO state_changes (package_id, changed_at, old_state,
             new_state, reason)
         SELECT id, 1, 'active', 'closed', '0' FROM packages
         WHERE slug = 'shut';
         UPDATE packages SET state_reason = '0' WHERE slug = 'shut'");

my $writer = $t->start(['sh', '-c', 'i=0; while [ ! -e "$0.end" ]; do'
    . ' i=$((i + 1)); echo "BEGIN IMMEDIATE;'
    . " UPDATE packages SET state_reason = '\$i' WHERE slug = 'shut';"
    . " UPDATE state_changes SET reason = '\$i' WHERE new_state = 'closed'"
    . ' AND changed_at = 1; COMMIT;"; done'
    . ' | sqlite3 -bail -cmd ".filectrl persist_wal 1"'
    . ' -cmd ".timeout 10000"'
    . ' -cmd "PRAGMA synchronous = OFF" "$1" > "$0.out"',
    $t->path('writer'), $t->catalogue]);

my (%seen, $torn);

$t->wait_for(sub {
    my $answer = JSON::PP::decode_json(
        get('wp-plugin/shut', '')->{content})->{package}{wppkg};
    my ($change) = grep { $_->{at} =~ /^1970/ } @{$answer->{changes}};

    $torn++ if $change->{reason} ne $answer->{reason};
    return ++$seen{ $answer->{reason} } && keys %seen > 20;
}, 'twenty states of a package are seen', 60);

$t->write_file('writer.end', '');
waitpid $writer, 0;
is($torn, undef, 'each is of one moment');


# one bad row is its own trouble

$t->sql("UPDATE packages SET versions = '[{', name = CAST(x'ff1b5d' AS TEXT)"
        . " WHERE slug = 'script';"
        . "UPDATE bodies SET body = x'00' WHERE document_id IN"
        . " (SELECT id FROM documents WHERE path = 'p2/wp-theme/skin.json')");
$p = about($t, 'wp-plugin/script');
is($p->{title}, '\xff\x1b]', 'strange bytes are escaped');
is($p->{wppkg}{published_why}, 'its versions in the catalogue cannot be read',
   'versions that cannot be read');
is_deeply(about($t, 'wp-theme/skin')->{versions}{'1.0'}, undef,
          'a document that is damaged');
is(about($t, 'wp-plugin/akismet')->{name}, 'wp-plugin/akismet',
   'all others are as they were');

$t->done;

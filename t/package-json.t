#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# packages/VENDOR/NAME.json (contract C 58): all about a package, as nginx
# tells everybody, beside what "status PACKAGE --json" tells the operator.


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
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
                      wppkg_cache z; }", http => 'wppkg_zone z 4m;');

sub syncd {
    my $r = $t->syncd(@_);
    is($r->{code}, 0, "wppkg-syncd @_[grep { !ref $_[$_] } 0 .. $#_]")
        or diag($r->{out} . $r->{err});
}

sub get { return $t->get("$_[1]/packages/$_[0].json") }

sub about {
    my ($name, $where) = @_;

    my $r = get($name, $where // '');
    is($r->{status}, 200, "packages/$name.json");
    return JSON::PP::decode_json($r->{content})->{package};
}

# times in UTC, and without what is the operator's
sub public {
    my ($value) = @_;

    return [map { public($_) } @$value] if ref $value eq 'ARRAY';
    return $value if ref $value ne 'HASH';
    return { map { $_ => public($value->{$_}) }
             grep { !/^(?:last_error|bucket)$/ } keys %$value };
}

sub status {
    my ($name) = @_;

    my $r = $t->syncd({ env => { TZ => 'UTC' } }, 'status', '--json', $name);
    is($r->{code}, 0, "status $name") or diag($r->{err});
    return JSON::PP::decode_json($r->{out});
}

$t->configure(wporg => { api_url => $w->url, contact => 'tests' });
syncd('migrate');
syncd({ stdin => join "\n", qw(plugin/akismet plugin/script plugin/many
                               theme/skin plugin/shut plugin/gone) },
      'discover', '--source=list', '-');

is(about('wp-plugin/akismet')->{wppkg}{state}, 'new', 'before the first fetch');

syncd('update');


# --- Packagist's shape

my $p = about('wp-plugin/akismet');
diag(JSON::PP->new->pretty->canonical->encode($p)) if $ENV{SHOW};

is($p->{name}, 'wp-plugin/akismet', 'C 58: name');
is($p->{title}, 'Akismet & friends', 'C 58: as WordPress.org calls it');
is($p->{description}, "No spam in caf\x{e9}s.", 'C 58: description');
is($p->{type}, 'wordpress-plugin', 'C 58: type');
is_deeply($p->{maintainers}, [{ name => 'Ann' }], 'C 58: maintainers');
is_deeply($p->{downloads}, { total => 0, monthly => 0, daily => 0 },
          'C 58: downloads');
is($p->{wordpress}{installs}, 5000000, 'active installs');
ok(!exists $p->{abandoned}, 'C 58: it is not abandoned');

like($p->{time}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/, 'C 58: time');

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
                  "C 58: $now{version} as clients get it");
    }
}

is(scalar keys %{$p->{versions}}, 5, 'C 58: all versions');
is($p->{versions_left_out}, 0, 'none is left out');

my %held = map { $_->{why} => "@{$_->{tags}}" }
    @{$p->{wppkg}{versions}{held_back}};

is($held{'above the published version'}, '3.0', 'a version that is held back');
is($held{'not a version that Composer accepts'}, 'not a version', 'another one');

$t->sql("UPDATE packages SET name = '<script>\"' WHERE slug = 'script'");
is(about('wp-plugin/script')->{title}, '<script>"', 'a name is text');


# --- the same as "status"

for my $name (qw(plugin/akismet plugin/many theme/skin plugin/shut
                 plugin/gone))
{
    is_deeply(about("wp-$name")->{wppkg}, public(status($name)),
              "$name: as status says");
}

$p = about('wp-plugin/shut');
is($p->{wppkg}{state}, 'closed', 'closed: the state');
like($p->{wppkg}{reason}, qr/security/i, 'closed: the reason');
is($p->{abandoned}, JSON::PP::true, 'C 58: closed: it is abandoned');
is_deeply($p->{versions}, {}, 'closed: no version');
is($p->{wordpress}, undef, 'closed: WordPress.org counts nothing');

$p = about('wp-plugin/many');
is(scalar keys %{$p->{versions}}, 402, '400 versions');


# --- HTTP

is(get('wp-plugin/akismet', '/off')->{status}, 404, 'off: there is none');

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
is(status('plugin/akismet')->{last_error}, 'host-of-ours:1', 'but to operators');

# what is in the catalogue at that moment, also where there is a zone

for my $reason (1 .. 5) {
    $t->sql("UPDATE packages SET state_reason = 'r$reason' WHERE slug = 'shut'");
    is(about('wp-plugin/shut', '/zone')->{wppkg}{reason}, "r$reason",
       "change $reason is seen at once");
}

# one bad row is its own trouble

$t->sql("UPDATE packages SET versions = '[{', name = CAST(x'ff1b5d' AS TEXT)"
        . " WHERE slug = 'script';"
        . "UPDATE bodies SET body = x'00' WHERE document_id IN"
        . " (SELECT id FROM documents WHERE path = 'p2/wp-theme/skin.json')");
$p = about('wp-plugin/script');
is($p->{title}, '\xff\x1b]', 'strange bytes are escaped');
is($p->{wppkg}{published_why}, 'its versions in the catalogue cannot be read',
   'versions that cannot be read');
is_deeply(about('wp-theme/skin')->{versions}{'1.0'}, undef,
          'a document that is damaged');
is(about('wp-plugin/akismet')->{name}, 'wp-plugin/akismet',
   'all others are as they were');

done_testing();

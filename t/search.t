#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# The search as clients get it (contract C 53): what nginx answers, and what
# both Composers make of it.  t/unit/search.c has what is found.


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents qw(gunzip);


my $t = Test::WPPkg->new;
my $w = $t->wporg;

$w->plugin('akismet', { name => 'Akismet', active_installs => 5000000,
                        short_description => 'No spam in caf&eacute;s.' });
$w->plugin('spam-free', { name => '<script>Spam</script> free',
                          active_installs => 10,
                          short_description => 'Another.' });
$w->theme('twentyten', { name => 'Twenty Ten', active_installs => 10,
                         tags => { spam => 'spam' } });
$w->closed('plugin', 'spam-gone');

my $catalogue = $t->catalogue;
my $url = $t->nginx(locations => "
    location / { wppkg_catalogue $catalogue; wppkg_search on; }
    location /off/ { wppkg_catalogue $catalogue; }
    location /zone/ { wppkg_catalogue $catalogue; wppkg_search on;
                      wppkg_cache z; }", http => 'wppkg_zone z 4m;');

sub syncd {
    my $r = $t->syncd(@_);
    is($r->{code}, 0, "wppkg-syncd @_[grep { !ref $_[$_] } 0 .. $#_]")
        or diag($r->{out} . $r->{err});
}

my %wporg = (api_url => $w->url, contact => 'tests');

$t->configure(wporg => \%wporg);
syncd('migrate');
syncd({ stdin => "plugin/akismet\nplugin/spam-free\ntheme/twentyten\n"
                 . "plugin/spam-gone\n" }, 'discover', '--source=list', '-');
syncd('update');

sub search {
    my ($args, $where) = @_;

    my $r = $t->get(($where || '') . "/search.json?$args");
    is($r->{status}, 200, "search.json?$args");
    return JSON::PP::decode_json($r->{content});
}

sub names { join ' ', map { $_->{name} } @{$_[0]{results}} }


# --- the answer

my $all = 'wp-plugin/akismet wp-plugin/spam-free wp-theme/twentyten';

is(names(search('q=spam')), $all, 'C 53: popular ones, then names, but none '
                                  . 'that is closed');
is(names(search('q=spam&type=wordpress-theme')), 'wp-theme/twentyten',
   'C 53: of a type');
is(names(search('q=CAFES')), 'wp-plugin/akismet', 'without diacritics');
is(names(search('q=spam', '/zone')), $all, 'where there is a zone');

is(names(search('sort=name&per_page=2')), 'wp-plugin/akismet wp-plugin/spam-free',
   'by name');
like(search('q=spam&sort=updated&per_page=1')->{next}, qr/&sort=updated&/,
     'and so is the next page');
is($t->get('/search.json?sort=oldest')->{status}, 400, 'no such order: 400');

my $one = search('q=akismet')->{results}[0];
is($one->{description}, "No spam in caf\x{e9}s.", 'C 53: its description');
like($one->{url}, qr{^https://}, 'C 53: its URL');

is($t->get('/off/search.json?q=spam')->{status}, 404, 'off: there is none');
is($t->get('/search.json?q=%00')->{status}, 400, 'a NUL: 400');
is($t->get('/search.json?q=' . '%22' x 2400)->{status}, 400,
   'seven KB of quotes: 400');
is($t->request(POST => '/search.json', {}, 'q=a')->{status}, 405,
   'a POST: 405');
is($t->get('/search.json?q=spam', { 'Accept-Encoding' => 'gzip' })
     ->{headers}{'cache-control'}, 'public, max-age=60', 'kept for a minute');

for my $hostile ('NEAR(', '*', '%22', 'a', 'slug:a', 'a%22*', '-', '^',
                 join('+', ('word') x 50))
{
    search("q=$hostile&page=1000000000");
}

# what has changed since is found at once, also where answers are shared

$w->plugin('spam-free', { name => 'Nothing', active_installs => 10,
                          short_description => 'Another.' });
syncd('update', 'plugin/spam-free');
is(names(search('q=nothing', '/zone')), 'wp-plugin/spam-free', 'a new name');


# --- Composer

my $root = JSON::PP::decode_json($t->get('/packages.json')->{content});
ok(!exists $root->{search}, 'C 53: no search is announced unasked');

$t->configure(wporg => \%wporg,
              repository => { search_url => "$url/search.json" });
syncd('update');
$root = JSON::PP::decode_json($t->get('/packages.json')->{content});
is($root->{search}, "$url/search.json?q=%query%&type=%type%",
   'C 53: the root tells where');

for my $with ($t->composers) {
    my %project = (%{$t->composer_json($url)}, with => $with);

    my $r = $t->composer({ %project }, 'search', 'akismet');
    is($r->{code}, 0, "$with search") or diag($r->{err});
    like($r->{out}, qr{^wp-plugin/akismet +No spam in caf}m,
         "$with: name and description");
    unlike($r->{out}, qr/spam-free/, "$with: nothing else");

    $r = $t->composer({ %project }, 'search', '--format=json', 'akismet');
    is(JSON::PP::decode_json($r->{out})->[0]{url}, $one->{url},
       "$with: and the URL");

    $r = $t->composer({ %project }, 'search', '-t', 'wordpress-theme', 'spam');
    like($r->{out}, qr{^wp-theme/twentyten\b}m, "$with search -t");
    unlike($r->{out}, qr/akismet/, "$with: of that type alone");

    $r = $t->composer({ %project }, 'search', '-N', 'akis');
    is($r->{code}, 0, "$with search -N") or diag($r->{err});
    like($r->{out}, qr{^wp-plugin/akismet *$}m, "$with: the name");
}

$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# How often packages were installed, as badges read it (contract C 55).


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use POSIX qw(strftime);
use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;
my $w = $t->wporg;

$w->plugin('akismet', {});
$w->plugin('quiet', {});
$w->theme('akismet', {});
$w->closed('plugin', 'shut');

my $catalogue = $t->catalogue;
$t->nginx(locations => "
    location / { wppkg_catalogue $catalogue; wppkg_stats on; }
    location /off/ { wppkg_catalogue $catalogue; }
    location /zone/ { wppkg_catalogue $catalogue; wppkg_stats on;
                      wppkg_cache z; }", http => 'wppkg_zone z 4m;');

sub syncd {
    my $r = $t->syncd(@_);
    is($r->{code}, 0, "wppkg-syncd @_[grep { !ref $_[$_] } 0 .. $#_]")
        or diag($r->{out} . $r->{err});
}

sub stats { return $t->get("$_[0]") }
sub json { return JSON::PP::decode_json(stats(@_)->{content}) }

$t->configure(wporg => { api_url => $w->url, contact => 'tests' });
syncd('migrate');
syncd({ stdin => "plugin/akismet\nplugin/quiet\ntheme/akismet\nplugin/shut\n" },
      'discover', '--source=list', '-');
syncd('update');

my $today = int(time / 86400);
my %none = (total_installs => 0, total_installs_formatted => '0',
            installs_30d => 0, installs_30d_formatted => '0');

# as the daemon does, [ package, days ago, how many ] each: days for 90 of them,
# months for ever

sub installed {
    my @sql;

    for (@_) {
        my ($package, $ago, $n) = @$_;
        my ($type, $slug) = split m{/}, $package;
        my $day = $today - $ago;
        my $month = strftime('%Y-%m', gmtime($day * 86400));
        my $id = "(SELECT id FROM packages
                   WHERE type = '$type' AND slug = '$slug')";
        my $more = "ON CONFLICT DO UPDATE SET installs = installs + $n";

        push @sql, "INSERT INTO installs_daily VALUES ($id, $day, $n) $more",
                   "INSERT INTO installs_days VALUES ($day, $n) $more"
            if $ago < 90;
        push @sql, "INSERT INTO installs_monthly
                    VALUES ($id, '$month', $n) $more",
                   "UPDATE counts SET n = n + $n WHERE what = 'installs'";
    }

    $t->sql(join ';', @sql);
}


# --- nothing was installed

is_deeply(json('/api/stats'), { %none, active_plugins => 2, active_themes => 1,
                                total_packages => 3 }, 'C 55: all of them');
is(stats('/api/stats/packages/wp-plugin/quiet')->{content}, '[]',
   'C 55: no month without any');
is_deeply(json('/api/stats/packages/wp-plugin/quiet/total'), \%none,
          'C 55: the same keys');

my $r = stats('/api/stats');
is($r->{headers}{'content-type'}, 'application/json', 'C 55: JSON');
is($r->{headers}{'cache-control'}, 'public, max-age=300', 'C 55: five minutes');


# --- something was

# by the zone, too, which has what was said before

is(json('/zone/api/stats')->{total_installs}, 0, 'the zone has it');

installed([ 'plugin/akismet', 0, 3 ], [ 'plugin/akismet', 29, 4 ],
          [ 'plugin/akismet', 30, 5 ], [ 'plugin/akismet', 2000, 1234560 ],
          [ 'theme/akismet', 1, 999 ]);

is_deeply(json('/api/stats/packages/wp-plugin/akismet/total'),
          { total_installs => 1234572, total_installs_formatted => '1.2M',
            installs_30d => 7, installs_30d_formatted => '7' },
          'C 55: of a plugin, today and 29 days before');
is_deeply(json('/api/stats/packages/wp-theme/akismet/total'),
          { total_installs => 999, total_installs_formatted => '999',
            installs_30d => 999, installs_30d_formatted => '999' },
          'of a theme with that name');
is(json("$_/api/stats")->{total_installs}, 1235571, "all: $_/") for '', '/zone';
is(json('/api/stats')->{installs_30d_formatted}, '1k', 'C 55: thousands');

my $months = json('/api/stats/packages/wp-plugin/akismet');
my @expected = map { strftime('%Y-%m', gmtime(($today - $_) * 86400)) }
               2000, 30, 29, 0;
my %seen;
@expected = grep { !$seen{$_}++ } @expected;

is_deeply([ map { $_->{month} } @$months ], \@expected,
          'C 55: the months that have any, the oldest first');
is($months->[0]{installs}, 1234560, 'and how many');

installed(map { [ 'plugin/quiet', 31 * $_, 1 ] } 1 .. 40);

$months = json('/api/stats/packages/plugin/quiet');
is(scalar @$months, 36, 'C 55: 36 months');
is($months->[-1]{month}, strftime('%Y-%m', gmtime(($today - 31) * 86400)),
   'the latest ones');


# --- a new day

$t->sql('UPDATE installs_daily SET day = day - 1');
is(json('/api/stats/packages/wp-plugin/akismet/total')->{installs_30d}, 3,
   'a day later');


# --- names

is(json('/api/stats/packages/wp-plugin/shut/total')->{total_installs}, 0,
   'a closed one');

is(stats("/api/stats$_")->{status}, 404, "/api/stats$_: 404")
    for qw(/ /packages /packages/ /packages/wp-plugin
           /packages/wp-plugin/ /packages/wp-plugin/nobody
           /packages/wp-plugin/nobody/total /packages/wp-plugin//total
           /packages/core/akismet /packages/wp-plugin/akismet/totals
           /packages/wp-plugin/akismet/total/
           /packages/wp-plugin/a%27b /packages/wp-plugin/..%2fakismet),
        '/packages/wp-plugin/' . 'a' x 300,
        '/packages/wp-plugin/%ff/total';

is(stats("/off/api/stats$_")->{status}, 404, 'off: there is none')
    for '', '/packages/wp-plugin/akismet/total';
is($t->request(POST => '/api/stats', {}, 'a=b')->{status}, 405, 'a POST: 405');
is($t->request(HEAD => '/api/stats')->{status}, 200, 'a HEAD');

done_testing();

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Each alert of docs/monitoring.md is made to fire: what goes wrong goes wrong,
# nginx is asked for its metrics before and afterwards, and Prometheus's own
# promtool tells which alerts fire if that lasts.  None does when all is well.

use strict;
use warnings;

use lib 't/lib';

use Cwd ();
use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Bucket;
use Test::WPPkg::Edge;


my $promtool = Cwd::getcwd() . '/build/promtool';
my $t = Test::WPPkg->new;
my $w = $t->wporg;
my $page = $t->read_file(Cwd::realpath('docs/monitoring.md'));
my $wrong_at = 10;                    # minutes after all was well
my %fired;                            # alert => true

my $r = $t->command({ timeout => 300 }, 'tools/promtool', $promtool);
is($r->{code}, 0, 'promtool is there') or BAIL_OUT($r->{err});


# --- what the page says to write

my %file = $page =~ /^In `(\S+)`:\n\n((?:    .*\n|\n(?=    ))+)/mg;

is_deeply([ sort keys %file ], [ 'prometheus.yml', 'wppkg-rules.yml' ],
          'the files of the page');
$t->write_file($_, $file{$_} =~ s/^    //gmr) for keys %file;

my @alerts = $file{'wppkg-rules.yml'} =~ /- alert: (\w+)/g;

$r = promtool('check', 'config', 'prometheus.yml');
is($r->{code}, 0, 'Prometheus takes both') or diag($r->{err}, $r->{out});


# --- a service with all that can be watched; nothing is wrong

my $bucket = Test::WPPkg::Bucket->new($t);
my %conf = (
    catalogue => { path => $t->catalogue, list => $t->path('list') },
    http => { retries => 0 },
    advisories => { url => $w->advisories({}) },
);

$w->plugin('akismet', { versions => { '1.0' => undef } });
$t->s3;
$t->write_file('list', "plugin/akismet\n");
$t->configure(%conf);
done('migrate');

my $service = $t->syncd_start('run');

$t->wait_for(sub { $t->sql_value("SELECT count(*) FROM pipeline_runs"
                                 . " WHERE outcome = 'done'") > 1 },
             'a run of the service', 30);
is($t->finish($service, 'TERM')->{code}, 0, 'it ends');

my $db = $t->catalogue;

$t->nginx(locations => "location / { wppkg_catalogue $db;"
                       . ' location = /status { wppkg_status; } }');
is($t->get('/packages.json')->{status}, 200, 'a client');

my $well = metrics($t);

cmp_ok(keys %{$well->{values}}, '>', 20, 'metrics');
quiet($well, $well, 'all is well');


# --- one thing after another

# the daemon is not running

fires('WppkgRunMissing', $well, 4 * 5, moving => qr/advisories/);
silent('WppkgRunMissing', $well, 2 * 5, moving => qr/advisories/);

# WordPress.org does not answer

$w->fail('akismet', status => 500, times => 1000);
$t->sql('UPDATE packages SET next_check_at = 1');
isnt($t->syncd('run', '--once')->{code}, 0, 'a run leaves work undone');

my $undone = metrics($t);

fires('WppkgRunIncomplete', $undone, 31, moving => qr/./);
silent('WppkgRunIncomplete', $undone, 29, moving => qr/./);
$w->write_json('fail.json', '[]');

# a source of advisories sends nonsense

$w->advisories('nonsense');
isnt($t->syncd('advisories', '--force')->{code}, 0, 'a source in trouble');

my $old = metrics($t);

fires('WppkgAdvisoriesOld', $old, 48 * 60 + 5, moving => qr/run/);
silent('WppkgAdvisoriesOld', $old, 47 * 60, moving => qr/run/);
$w->advisories({});

# the bucket accepts nothing

$t->configure(%conf, bucket => { name => "$t->{s3}{bucket}-none" });
$bucket->set(map { sprintf('p2/wp-plugin/p%04d.json', $_) => "body $_" }
                 1 .. 1001);
isnt($t->syncd('sync')->{code}, 0, 'a bucket that is not there');

my $behind = metrics($t);

fires('WppkgBucketBehind', $behind, 61, moving => qr/./);
silent('WppkgBucketBehind', $behind, 59, moving => qr/./);

# nginx cannot read the catalogue, and clients are told so

rename $db, "$db.away" or die "$!\n";
$t->wait_for(sub { $t->get('/p2/wp-plugin/akismet.json')->{status} == 503 },
             'a client gets 503');

my $down = metrics($t);

fires('WppkgCatalogueDown', $down, 2);
silent('WppkgCatalogueDown', $down, 0);
fires('WppkgUnavailable', $down, 2, labels => {});
silent('WppkgUnavailable', $down, 7);
rename "$db.away", $db or die "$!\n";

# nginx is not there

$t->nginx_stop;

my $gone = { values => {}, at => time, up => 0 };

fires('WppkgStatusDown', $gone, 6);
silent('WppkgStatusDown', $gone, 4);

# the origin of a mirror is not

my $o = origin(plugins => 1);
my $e = edge($o);

is($e->syncd('mirror')->{code}, 0, 'a mirror');

my $heard = metrics($e);

$o->nginx_stop;
is($e->syncd('mirror')->{code}, 1, 'whose origin is dead');

my $silent = metrics($e);

quiet($heard, $heard, 'a mirror that is well');
fires('WppkgOriginSilent', $silent, 61, moving => qr/run/, before => $heard);
silent('WppkgOriginSilent', $silent, 59, moving => qr/run/, before => $heard);

is_deeply([ sort grep { $fired{$_} } keys %fired ], [ sort @alerts ],
          'each alert of the page has fired');

$_->end for $e, $o;
$t->done;


sub done {
    my $r = $t->syncd(@_);
    is($r->{code}, 0, "wppkg-syncd @_") or diag($r->{err});
}


sub promtool {
    return $t->command({ dir => $t->dir }, "$promtool/promtool", @_);
}


# what Prometheus gets from a status: series => value

sub metrics {
    my ($from) = @_;

    my $text = $from->get('/status?format=prometheus')->{content};

    return { values => { $text =~ /^(wppkg_\S+) (\S+)$/mg }, at => time,
             up => 1 };
}


# The series of promtool: those of $before, ten minutes long, and then those
# of $then.  Times are of that clock, which begins with $before; those whose
# names are "moving" go on as time does, as they do when all is well.

sub series {
    my ($before, $then, $moving) = @_;

    my %before = (%{$before->{values}}, up => $before->{up});
    my %then = (%{$then->{values}}, up => $then->{up});
    my %all = (%before, %then);

    return map {
        my $name = $_ eq 'up' ? '' : /^(\w+)/ ? $1 : die;
        my $is_time = $name =~ /_timestamp_seconds$/;
        my ($a, $b) = ($before{$_}, $then{$_});

        if ($is_time) {
            $a -= $before->{at} if defined $a;
            $b -= $then->{at} - 60 * $wrong_at if defined $b;
        }

        my $moves = $is_time && $name =~ $moving ? 60 : 0;
        my $first = $is_time ? 60 : 0;

        {
            series => labelled($_),
            values => join ' ', part($a, $first, $wrong_at - 1),
                                part($b, $moves, 4000),
        };
    } sort keys %all;
}


sub part {
    my ($value, $step, $times) = @_;
    return defined $value ? "$value+${step}x$times" : '_x' . ($times + 1);
}


# as Prometheus stores it

sub labelled {
    my ($series) = @_;

    my ($name, $labels) = $series =~ /^(\w+)(?:\{(.*)\})?$/;
    return "$name\{" . (defined $labels ? "$labels," : '')
           . 'job="wppkg",instance="packages.example.org"}';
}


# Whether the alerts named, and none of them else, fire so many minutes after
# it went wrong.

sub fire {
    my ($before, $then, $moving, $minutes, $names, $labels) = @_;

    $t->write_file('test.yml', JSON::PP::encode_json({
        rule_files => [ 'wppkg-rules.yml' ],
        evaluation_interval => '1m',
        tests => [ {
            interval => '1m',
            input_series => [ series($before, $then, $moving) ],
            alert_rule_test => [ map { {
                eval_time => ($wrong_at + $minutes) . 'm',
                alertname => $_,
                exp_alerts => $labels ? [ { exp_labels => $labels } ] : [],
            } } @$names ],
        } ],
    }));

    return promtool('test', 'rules', 'test.yml');
}


sub fires {
    my ($alert, $then, $minutes, %o) = @_;

    my $r = fire($o{before} || $well, $then, $o{moving} || qr/^$/, $minutes,
                 [ $alert ], $o{labels}
                 || { job => 'wppkg', instance => 'packages.example.org' });

    is($r->{code}, 0, "$alert fires after $minutes minutes")
        or diag($r->{out}, $r->{err});
    $fired{$alert} = $r->{code} == 0;
}


sub silent {
    my ($alert, $then, $minutes, %o) = @_;

    my $r = fire($o{before} || $well, $then, $o{moving} || qr/^$/, $minutes,
                 [ $alert ]);

    is($r->{code}, 0, "$alert does not after $minutes")
        or diag($r->{out}, $r->{err});
}


sub quiet {
    my ($before, $then, $name) = @_;

    for my $minutes (1, 90, 3000) {
        my $r = fire($before, $then, qr/./, $minutes, \@alerts);

        is($r->{code}, 0, "$name: no alert after $minutes minutes")
            or diag($r->{out}, $r->{err});
    }
}

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# From an install by Composer to the catalogue: where it is told, what nginx
# counts, what a run adds, and what a trouble of that file means.


use strict;
use warnings;

use lib 't/lib';

use JSON::PP;
use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;
my $w = $t->wporg;
my $dir = $t->dir . '/downloads';
my $file = "$dir/installs.db";

mkdir $dir or die "$dir: $!\n";
chmod 0777, $dir;

$w->plugin('akismet', { versions => { '5.3' => undef } });
$w->theme('twentyten', { versions => { '3.9' => undef } });

my $list = $t->write_file('list', "plugin/akismet\ntheme/twentyten\n");
my %conf = (catalogue => { list => $list });

sub run_of {
    my ($code, $what) = @_;

    my $r = $t->syncd('run', '--once');
    is($r->{code}, $code, $what) or diag $r->{err};

    return $r;
}

sub root { decode_json($t->get('/packages.json')->{content}) }

$t->configure(%conf);
$t->syncd('migrate');

my $nginx = sub {
    $t->nginx(locations => 'location / { wppkg_catalogue ' . $t->catalogue
                           . "; wppkg_downloads $file; }");
};

my $url = $nginx->();


# --- told only where it is configured, with a bucket as well

run_of(0, 'a run');
is(root()->{'notify-batch'}, undef, 'C 25: nothing is told by itself');

my $bucket = { endpoint => 'http://127.0.0.1:9', name => 'bucket' };

$t->configure(%conf, bucket => $bucket,
              repository => { notify_url => "$url/downloads" });
is($t->syncd('migrate')->{code}, 0, 'migrate');
is(root()->{'notify-batch'}, "$url/downloads", 'told with a bucket');

$t->configure(%conf, repository => { notify_url => "$url/downloads",
                                     downloads => $file });
my $r = run_of(0, 'no file yet');
like($r->{out}, qr/^installs: nothing to do, /m, 'has nothing in it');


# --- Composer tells it; the second one is the same client, in the same hour

for my $with ($t->composers) {
    my $p = $t->composer({ with => $with, %{ $t->composer_json($url,
        'wp-plugin/akismet' => '*', 'wp-theme/twentyten' => '*') } },
        'update');

    is($p->{code}, 0, "$with update") or diag $p->{err};

    my ($told) = grep { $_->{uri} eq '/downloads' } $t->asked;
    is("$told->{method} $told->{status}", 'POST 200', "$with has told it");
}

# a worker that quits writes at once
$t->nginx_reload;

my $month = "SELECT sum(installs) FROM installs_monthly
             WHERE month = strftime('%Y-%m', 'now')";

$r = run_of(0, 'a run');
like($r->{out}, qr/^installs: 2 installs, /m, 'C 26: two are new');
is($t->sql_value($month), 2, 'they are in the catalogue');
is($t->sql_value("SELECT group_concat(slug || ' ' || installs)
                  FROM installs_daily JOIN packages ON id = package_id"),
   'akismet 1,twentyten 1', 'by package and day');

$r = run_of(0, 'another run');
like($r->{out}, qr/^installs: nothing to do, /m, 'has nothing to add');
is($t->sql_value($month), 2, 'nothing is counted twice');


# --- what was read goes with what is written next

sub told {
    my ($name) = @_;

    my $r = $t->request(POST => '/downloads', {},
        qq({"downloads":[{"name":"$name","version":"1"}]}));

    $t->nginx_reload;
    return $r->{status};
}

is(told('wp-plugin/unknown'), 200, 'an unknown name');
is(told('wp-plugin/akismet'), 200, 'one that was told before');
is(($t->sql('SELECT count(*) FROM installs', $file))[0][0], 0,
   'nginx has deleted what the catalogue has');


# --- kill -9 of a run, and a file that is replaced

$t->nginx_stop;
unlink $file or die "$file: $!\n";
$nginx->();
is(told('wp-plugin/akismet'), 200, 'a new file');

for my $n (1 .. 3) {
    my $p = $t->syncd_start('run', '--once');
    select undef, undef, undef, 0.01 * $n;
    $t->finish($p, 'KILL');
}

run_of(0, 'a run after three that were killed');
is($t->sql_value($month), 3, 'has counted it once');


# --- the file in trouble: a line, and the run goes on

$t->write_file('downloads/installs.db', 'x' x 5000);
$r = run_of(1, 'a damaged file');
like($r->{err}, qr/installs: downloads file "\S+": file is not a database/,
     'a line says so');
like($r->{out}, qr/^update: /m, 'the stages after it run');

unlink $file;
$t->sql('CREATE TABLE x (y)', $file);
$r = run_of(1, 'another file');
like($r->{err}, qr/installs: "\S+" is no downloads file/, 'a line says so');


# --- why a path alone is refused: it is one of whichever host was asked

$t->write_file('static/packages.json',
               encode_json({ %{ root() }, 'notify-batch' => '/downloads' }));
$t->nginx_stop;
$t->nginx(locations => 'location = /packages.json { root ' . $t->dir . '/static; }
    location / { wppkg_catalogue ' . $t->catalogue . '; }');
$t->asked;

for my $with ($t->composers) {
    my $p = $t->composer({ with => $with, %{ $t->composer_json($url,
        'wp-theme/twentyten' => '*') } }, 'update');

    my ($told) = grep { $_->{uri} eq '/downloads' } $t->asked;
    is("$p->{code} $told->{status}", '0 405',
       "$with tells it to the host that it has asked");
}

$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# From WordPress.org to Composer by both ways, through nginx and through a
# bucket: the same set of documents, the same bytes in each.


use strict;
use warnings;
use lib 't/lib';

use Compress::Zlib ();
use Digest::SHA ();
use File::Basename ();
use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;
my $w = $t->wporg(options => [ '--downloads' ]);
my $s3 = $t->s3;


# real plugins and a theme with their real tags; closed, odd and missing ones

my @packages;

for my $file (glob 't/data/demo/*/*.json') {
    my ($type, $slug) = $file =~ m{/(\w+)/([^/]+)\.json$};

    $w->raw($type, $slug, $t->read_file(Cwd::realpath($file)));
    push @packages, "$type/$slug";
}

$w->plugin('trunk-only', { versions => {} });
$w->plugin('odd', {
    name     => "Odd \x{201c}na\x{ef}ve\x{201d} \x{1f600} </script> \"\\",
    stable   => '1.0',
    versions => { map { $_ => undef }
                  'v1.0', '1.0', 'latest', '2.0', '1.1-beta 2', '0.9.0-dev' },
});
$w->theme('plain', { versions => { '1.0' => undef } });
$w->closed('plugin', 'closed-now', permanent => 0);
$w->closed('plugin', 'closed-for-good', permanent => 1);

push @packages, qw(plugin/trunk-only plugin/odd theme/plain plugin/closed-now
                   plugin/closed-for-good plugin/missing theme/missing);

$t->write_file('packages.txt', join "\n", @packages, '');
$t->configure;

syncd('migrate');
syncd('discover', '--source=list', $t->dir . '/packages.txt');
syncd('update');
syncd('sync');


sub syncd {
    my (@args) = @_;

    my $r = $t->syncd(@args);
    is($r->{code}, 0, "wppkg-syncd @args") or diag($r->{err});

    return $r;
}


# an object of the bucket as a client gets it

sub object {
    my ($key) = @_;

    my $r = $s3->get($key);
    my $encoding = $r->{headers}{'content-encoding'} || '';

    return $encoding eq 'gzip' ? Compress::Zlib::memGunzip($r->{content})
                               : $r->{content};
}


my $port = $t->port;

my $url = $t->nginx(
    locations => 'location / { wppkg_catalogue ' . $t->catalogue . '; }',
    http => "server { listen 127.0.0.1:$port; root $t->{dir}/bucket; }");


# the bucket holds what the catalogue holds

my @paths = map { $_->[0] } $t->sql(
    'SELECT path FROM documents WHERE content_hash IS NOT NULL '
    . 'ORDER BY path');

my $live = grep { !/missing/ } @packages;

is(scalar @paths, 2 * $live + 14,
   'two documents a package, the root and thirteen overviews');
is_deeply([ sort keys %{$s3->list} ], [ sort @paths ],
          'the bucket holds exactly these');


# R 23: byte for byte, by every way

my (%differ, %bytes);

for my $path (@paths) {
    my $object = object($path);
    my $identity = $t->get("/$path");
    my $gzip = $t->get("/$path", { 'Accept-Encoding' => 'gzip' });
    my $unpacked = Compress::Zlib::memGunzip("$gzip->{content}");
    my $hash = $t->sql_value('SELECT lower(hex(content_hash)) '
                               . "FROM documents WHERE path = '$path'");

    $differ{$path}{identity} = 1 if $identity->{status} != 200
                                    || $identity->{content} ne $object;
    $differ{$path}{gzip} = 1 if ($gzip->{headers}{'content-encoding'} || '')
                                ne 'gzip' || $unpacked ne $object;
    $differ{$path}{hash} = 1 if Digest::SHA::sha256_hex($object) ne $hash;

    $bytes{$path} = $object;
}

is_deeply(\%differ, {}, 'R 23: nginx, gzipped or not, bucket and hash agree');

for my $package (grep { /closed|missing|0gravatar/ } @packages) {
    for my $dev ('', '~dev') {
        my $r = $t->get("/p2/wp-$package$dev.json");

        if ($package =~ /missing/) {
            is($r->{status}, 404, "no wp-$package$dev");
            next;
        }

        like($r->{content}, qr/^\{"packages":\{"wp-$package":\[\]\}/,
             "wp-$package$dev claims the name");
    }
}


# R 24: nothing has changed: nothing is sent

syncd('sync');

my $stages = $t->sql_value(
    'SELECT stages FROM pipeline_runs ORDER BY id DESC LIMIT 1');

my ($sync) = grep { $_->{stage} eq 'sync' } @{JSON::PP::decode_json($stages)};
is("$sync->{put} $sync->{deleted}", '0 0',
   'R 24: the second sync sends nothing');


# a change, a closure, a re-opening: both ways again

$w->plugin('odd', { stable => '1.0', versions => { '1.0' => undef,
                                                  '0.9.1' => undef } });
$w->closed('plugin', 'tablepress');
syncd('update', 'plugin/odd', 'plugin/tablepress');
syncd('sync');

my $odd = 'p2/wp-plugin/odd.json';

isnt(object($odd), $bytes{$odd}, 'a changed package has changed');
is($t->get("/$odd")->{content}, object($odd), 'in both places alike');
like($t->get('/p2/wp-plugin/tablepress.json')->{content},
     qr/"wp-plugin\/tablepress":\[\]\}/, 'a closed one: nginx has its name alone');
is(object($_), $t->get("/$_")->{content}, "$_: in the bucket alike")
    for qw(p2/wp-plugin/tablepress.json p2/wp-plugin/tablepress~dev.json
           packages/claimed.json);

$w->raw('plugin', 'tablepress',
        $t->read_file(Cwd::realpath('t/data/demo/plugin/tablepress.json')));
syncd('update', 'plugin/tablepress');
syncd('sync');

is(object('p2/wp-plugin/tablepress.json'),
   $bytes{'p2/wp-plugin/tablepress.json'}, 'open again: the same bytes');


# Composer, from nginx and from the files of the bucket; in a file system, the
# closed API can't have a folder of the name of a file

for my $key (grep { !/^api/ } keys %{$s3->list}) {
    $t->write_file("bucket/$key", object($key));
}

my %require = (
    'wp-plugin/wordpress-seo' => '^2.0', 'wp-plugin/tablepress' => '*',
    'wp-plugin/odd' => '*', 'wp-theme/100-bytes' => '1.1.*',
    'wp-plugin/autoptimize' => '^3',
);

my %lock;

for my $from ($url, "http://127.0.0.1:$port") {
    my $c = $t->composer($t->composer_json($from, %require), 'update');

    is($c->{code}, 0, "Composer installs from $from") or diag($c->{err});
    ok(-f "$c->{dir}/vendor/wp-plugin/autoptimize/autoptimize.php",
       'the plugins are there');

    my $lock = JSON::PP::decode_json($t->read_file("$c->{dir}/composer.lock"));
    $lock{$from} = $lock->{packages};

    delete $_->{'notification-url'} for @{$lock->{packages}};
}

is_deeply($lock{"http://127.0.0.1:$port"}, $lock{$url},
          'both resolve to the same');

$t->done;

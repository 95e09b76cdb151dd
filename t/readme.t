#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# What README tells a newcomer to write into files is taken as it stands, but
# for paths, ports and addresses: the configuration, the list, the site.


use strict;
use warnings;
use lib 't/lib';

use Cwd ();
use JSON::PP ();
use Test::More;
use Test::WPPkg;


# what is in a configuration is what is written here
delete $ENV{WPPKG_TEST_ZONE};

my $t = Test::WPPkg->new;
my $dir = $t->dir;
my $w = $t->wporg;

$w->plugin($_, { versions => { '1.0' => undef } })
    for qw(akismet wordpress-seo);
$w->theme('twentytwentyfour', { versions => { '1.0' => undef } });

my @blocks = blocks('README.md');


# the configuration; the stand-in instead of WordPress.org, a list instead of
# all

my $conf = block(qr/^\[catalogue\]/);
my ($replaced) = $conf =~ /^list = |^(follow = on)$/m;

is($replaced, 'follow = on', 'README configures all of WordPress.org');

$conf =~ s{^path = .*}{path = @{[ $t->catalogue ]}\nlist = $dir/packages.list}m;
$conf =~ s{^follow = on$}{api_url = @{[ $w->url ]}\nverify_zips = off}m;

$t->write_file('wppkg.conf', $conf);
$t->write_file('packages.list', block(qr{^plugin/akismet$}m));

for my $command ([ 'migrate' ], [ 'run', '--once' ]) {
    my $r = $t->syncd(@$command);
    is($r->{code}, 0, "wppkg-syncd @$command, as README configures it")
        or diag($r->{err});
}

my $status = $t->syncd('status');
like($status->{out}, qr/^plugins: +2 active\nthemes: +1 active\n/m,
     'the list of README was read, and all of it fetched');


# the site

my $r = $t->command({}, 'openssl', 'req', '-x509', '-newkey', 'rsa:2048',
                    '-nodes', '-days', 2, '-subj', '/CN=packages.example.org',
                    '-keyout', "$dir/privkey.pem",
                    '-out', "$dir/fullchain.pem");
is($r->{code}, 0, 'a certificate') or diag($r->{err});

my $site = block(qr/^wppkg_zone /m);
my ($http, $https) = ($t->port, $t->port);

$site =~ s{\Q/var/lib/wppkg/catalogue.db}{$t->catalogue}e;
$site =~ s{/etc/letsencrypt/live/packages\.example\.org/}{$dir/}g;
$site =~ s{listen \[::\]:\d+[^;]*;}{}g;
$site =~ s{listen 443 ssl;}{listen 127.0.0.1:$https ssl;};
$site =~ s{listen 80;}{listen 127.0.0.1:$http;};
$site =~ s{root /var/www/html;}{root $dir;};
$site =~ s{wppkg_status;}{'wppkg_status page=' . Cwd::realpath('www') . ';'}e;

my $tested = $t->nginx_test(http => $site);

is($tested->{code}, 0, 'nginx accepts the site of README');
unlike($tested->{err}, qr/\[(?:warn|error|crit|alert|emerg)\]/,
       'nginx warns of nothing in the site of README')
    or diag($tested->{err});

$t->nginx(http => $site);

like(tls('/packages.json'), qr{^HTTP/1.1 200 .*"metadata-url"}s,
     'packages.json by https');
like(tls('/p2/wp-plugin/akismet.json'), qr{^HTTP/1.1 200 .*"1\.0"}s,
     'a document by https');
like(tls('/status'), qr{^HTTP/1.1 200 }, 'the status, from this machine');
like($t->raw_request("GET /packages.json HTTP/1.0\r\n"
                     . "Host: packages.example.org\r\n\r\n", $http),
     qr{^Location: https://packages\.example\.org/packages\.json\r$}m,
     'http leads to https');

mkdir "$dir/.well-known";
mkdir "$dir/.well-known/acme-challenge";
$t->write_file('.well-known/acme-challenge/token', 'what certbot wrote');

like($t->raw_request("GET /.well-known/acme-challenge/token HTTP/1.0\r\n"
                     . "Host: packages.example.org\r\n\r\n", $http),
     qr/what certbot wrote\z/, 'certbot can renew the certificate');


# the project

my $project = JSON::PP::decode_json(block(qr/"repositories"/));

is($project->{repositories}[0]{url}, 'https://packages.example.org',
   'composer.json is JSON and names the repository');


$t->nginx_stop;
done_testing();


# indented texts of a page, without the indentation

sub blocks {
    my ($name) = @_;

    my $text = $t->read_file(Cwd::realpath($name));

    return map { s/^    //mgr } "\n$text" =~ /\n\n((?:    .*\n+)+)/g;
}


# the first that matches

sub block {
    my ($pattern) = @_;

    my ($found) = grep { $_ =~ $pattern } @blocks;

    return $found // die "README.md has no block like $pattern\n";
}


sub tls {
    my ($path) = @_;

    my $request = $t->write_file('request', "GET $path HTTP/1.1\r\n"
        . "Host: packages.example.org\r\nConnection: close\r\n\r\n");

    return qx(openssl s_client -quiet -connect 127.0.0.1:$https \\
              -servername packages.example.org < $request 2> $dir/s_client);
}

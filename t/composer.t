#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Composer, unmodified, against nginx with the module: what it downloads, what
# it need not download again, and what it makes of closed packages and of
# trouble.


use strict;
use warnings;
use lib 't/lib';

use Cwd qw(getcwd);
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Chromium;


my $t = Test::WPPkg->new;
my $w = $t->wporg;

$w->plugin('akismet', { versions => { map { $_ => undef }
                                      qw(4.1 4.1.9 4.1.10 5.0-beta1) },
                        stable => '4.1.10' });
$w->plugin('hello-dolly', { versions => { '1.7.2' => undef } });
$w->theme('twentyten', { versions => { '3.8' => undef, '3.9' => undef } });
$w->closed('plugin', 'gone');

$t->configure;
$t->write_file('packages.txt', join "\n", qw(plugin/akismet
    plugin/hello-dolly theme/twentyten plugin/gone), '');

syncd('migrate');
syncd('discover', '--source=list', $t->dir . '/packages.txt');
syncd('update');

my $url = $t->nginx(
    locations => 'location / { wppkg_catalogue ' . $t->catalogue . ';
                  location = /status { wppkg_status page='
                 . getcwd . '/www; } }');


sub syncd {
    my (@args) = @_;

    my $r = $t->syncd(@args);
    is($r->{code}, 0, "wppkg-syncd @args") or diag($r->{err});
}


# Composer's requests for metadata since the last time

sub metadata {
    return grep { $_->{uri} !~ /zip$/ } $t->asked;
}


sub installed {
    my ($project, $package) = @_;

    my $lock = JSON::PP::decode_json(
        $t->read_file("$project->{dir}/composer.lock"));

    my ($found) = grep { $_->{name} eq $package } @{$lock->{packages}};
    return $found ? $found->{version} : undef;
}


my $json = $t->composer_json($url,
    'wp-plugin/akismet' => '^4.0', 'wp-plugin/hello-dolly' => '*',
    'wp-theme/twentyten' => '*');


# the first time: everything is downloaded

metadata();
my $p = $t->composer($json, 'update');

is($p->{code}, 0, 'composer update') or diag($p->{err});
is(installed($p, 'wp-plugin/akismet'), '4.1.10', 'the highest stable');
ok(-f "$p->{dir}/vendor/wp-plugin/akismet/akismet.php", 'a plugin is there');
ok(-f "$p->{dir}/vendor/wp-theme/twentyten/style.css", 'a theme is there');

my @first = metadata();

is_deeply([ sort map { "$_->{status} $_->{uri}" } @first ],
          [ sort map { "200 $_" } qw(/packages.json
              /p2/wp-plugin/akismet.json /p2/wp-plugin/hello-dolly.json
              /p2/wp-theme/twentyten.json) ],
          'the root and one file a package, each with 200');


# the second time: nothing is

my $again = $t->composer({ dir => $p->{dir} }, 'update');

is($again->{code}, 0, 'composer update, again') or diag($again->{err});
like($again->{err}, qr/Nothing to (?:modify|install)/, 'nothing to do');

my @second = metadata();

is_deeply([ sort map { $_->{uri} } @second ],
          [ sort map { $_->{uri} } @first ], 'the same requests');
is_deeply([ grep { $_->{status} != 304 } @second ], [], 'each with 304');


# a change becomes visible, to nginx that knows nothing of it

$w->plugin('akismet', { versions => { map { $_ => undef }
                                      qw(4.1 4.1.9 4.1.10 4.2) },
                        stable => '4.2' });
syncd('update', 'plugin/akismet');

$again = $t->composer({ dir => $p->{dir} }, 'update');
is($again->{code}, 0, 'composer update after a release');
is(installed($p, 'wp-plugin/akismet'), '4.2', 'installs it');

is_deeply([ map { $_->{uri} } grep { $_->{status} == 200 } metadata() ],
          [ '/p2/wp-plugin/akismet.json' ],
          'and has downloaded that one file');


# trunk

my $show = $t->composer({ dir => $p->{dir} }, 'show', '-a',
                        'wp-plugin/akismet');

is($show->{code}, 0, 'composer show -a') or diag($show->{err});
like($show->{out}, qr/^versions : .*\bdev-trunk\b/m, 'shows dev-trunk');
like($show->{out}, qr/^versions : .*\b4\.1\.9\b/m, 'and the releases');

$show = $t->composer({ dir => $p->{dir} }, 'show', '-a',
                     'wp-theme/twentyten');
unlike($show->{out}, qr/dev-trunk/, 'a theme has no trunk');


# closed packages, and such as never were: not found, no transport error

for my $name (qw(gone never-was)) {
    my $r = $t->composer($t->composer_json($url, "wp-plugin/$name" => '*'),
                         'update');

    is($r->{code}, 2, "$name: Composer can't resolve it");
    like($r->{err}, qr/could not be found/, 'because it is not there');
    unlike($r->{err}, qr/TransportException|HTTP\/|curl error/,
           'not because of an error');
}

$w->closed('plugin', 'hello-dolly');
syncd('update', 'plugin/hello-dolly');

my $r = $t->composer({ dir => $p->{dir} }, 'update');
is($r->{code}, 2, 'a package is closed that was installed');
like($r->{err}, qr/wp-plugin\/hello-dolly.* could not be found in any version/,
     'no version of the closed package is found');
like($r->{err}, qr/Hello-dolly\) was closed on WordPress\.org/,
     'Composer says that it was closed');
unlike($r->{err}, qr/TransportException|HTTP\/|curl error/, 'and no more');

$w->plugin('hello-dolly', { versions => { '1.7.2' => undef } });
syncd('update', 'plugin/hello-dolly');

$r = $t->composer({ dir => $p->{dir} }, 'update');
is($r->{code}, 0, 'it is open again') or diag($r->{err});


# what the status page says works as it stands (packagist.org is not here)

my $chromium = Test::WPPkg::Chromium->new($t);

$chromium->open("$url/status");
$chromium->ask('import(new URL("?format=js", location)).then(m => m.loaded)');

my ($recipe, $command) =
    map { $chromium->ask("document.getElementById('$_').textContent") }
        'composer', 'command';

$chromium->stop;

my $printed = JSON::PP::decode_json($recipe);
push @{$printed->{repositories}}, { 'packagist.org' => JSON::PP::false };
$printed->{replace}{'composer/installers'} = '*';

ok($printed->{config}{'allow-plugins'}{'composer/installers'},
   'the page allows composer/installers');
like($command, qr{^composer require wp-(?:plugin|theme)/[\w-]+$},
     'the page has a command');

$r = $t->composer($printed, (split ' ', $command)[1, 2]);
is($r->{code}, 0, "$command, with the composer.json of the page")
    or diag($r->{err});


# without a catalogue: 503, on which Composer uses what it has

my $hidden = $t->dir . '/hidden';
my $catalogue = $t->dir . '/catalogue';

rename $catalogue, $hidden or die "rename: $!\n";
metadata();

$r = $t->composer({ dir => $p->{dir} }, 'update');

is($r->{code}, 0, 'the catalogue is gone: composer update still works')
    or diag($r->{err});
like($r->{err}, qr/could not be (?:fully )?loaded/, 'with a warning');
is_deeply([ grep { $_->{status} != 503 } metadata() ], [],
          'nginx says 503, never 404');

rename $hidden, $catalogue or die "rename: $!\n";

$t->wait_for(sub { $t->get('/packages.json')->{status} == 200 },
             'the catalogue is back', 30);

$t->done;

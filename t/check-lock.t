#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# "check-lock": which packages of a lock file Composer would get from here.
# The lock files are those that Composer makes, from this repository and from
# packages as other repositories describe them.  And what docs/switching.md tells
# to do is done.


use strict;
use warnings;
use lib 't/lib';

use Cwd ();
use File::Path ();
use JSON::PP ();
use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;
my $w = $t->wporg;
my $json = JSON::PP->new->utf8->canonical;

offer('plugin', 'akismet', [qw(1.0 1.1 1.7.05 2.0 3.0)], stable => '2.0');
offer('plugin', 'many', [qw(1.0 1.1 1.2 2.0-beta1 2.0 10.0)],
      stable => '10.0');
offer('plugin', $_, ['1.0']) for qw(gone later);
offer('theme', 'skin', ['1.0']);
$w->closed('plugin', 'shut', permanent => 1);

$t->configure;
$t->nginx(locations =>
          'location / { wppkg_catalogue ' . $t->catalogue . '; }');
syncd('migrate');
syncd('add', 'plugin/akismet', 'plugin/many', 'plugin/shut', 'plugin/gone',
      'theme/skin');
syncd('remove', 'plugin/gone');
$t->syncd({ stdin => "plugin/later\n" }, 'discover', '--source=list', '-');


# with the zips of WordPress.org, which lock files name

sub offer {
    my ($type, $slug, $versions, %more) = @_;

    $w->$type($slug, { %more, versions => {
        map { $_ => "https://downloads.wordpress.org/$type/$slug.$_.zip" }
            @$versions } });
}

sub syncd {
    my $r = $t->syncd(@_);

    is($r->{code}, 0, "wppkg-syncd @_") or diag($r->{out} . $r->{err});
    return $r;
}

# what it says of a lock file, and the same as JSON, by name and version
sub check {
    my ($lock, $code, $what) = @_;

    my $text = ref $lock ? $json->encode($lock) : $lock;
    my $file = $t->write_file('composer.lock', $text);
    my $r = $t->syncd('check-lock', $file);

    is($r->{code}, $code, "$what: exit code") or diag($r->{out} . $r->{err});
    is($r->{err}, '', "$what: no error");

    my $piped = $t->syncd({ stdin => $text }, 'check-lock', '--json', '-');
    is($piped->{code}, $code, "$what: --json: exit code");

    my $all = eval { $json->decode($piped->{out}) };
    ok($all, "$what: --json: JSON") or diag($piped->{out});

    my %of = map { ("$_->{package} $_->{version}" => $_) }
             @{$all->{packages} || []};

    return { out => $r->{out}, all => $all, of => \%of };
}

sub refused {
    my ($file, $why, $what, $o) = @_;

    for my $option ([], ['--json']) {
        my $r = $t->syncd($o || {}, 'check-lock', @$option, $file);

        is($r->{code}, 2, "$what: exit code");
        like($r->{err}, $why, "$what: why");
        is($r->{err} =~ tr/\n//, 1, "$what: in one line");
        is($r->{out}, '', "$what: nothing else");
    }
}

sub lock_of { return { packages => [@_], 'packages-dev' => undef } }

sub package_of {
    my ($name, $version, $url, %more) = @_;

    return { name => $name, version => $version, type => 'wordpress-plugin',
             defined $url ? (dist => { type => 'zip', url => $url }) : (),
             %more };
}

sub zip_of { return 'https://downloads.wordpress.org/plugin/' . $_[0] }

# as they tell it; WordPress.org's own repository tells none

sub source {
    my ($where, $svn, $slug, $reference) = @_;

    return if $where eq 'WordPress.org';
    return (source => { type => 'svn', reference => $reference,
                        url => "https://$svn.svn.wordpress.org/$slug/" });
}

# the lock file that Composer makes for packages as another repository has them
sub locked {
    my ($with, @packages) = @_;

    my $project = $t->composer_json($t->nginx_url,
        map { $_->{name} => $_->{version} } @packages);

    $project->{'minimum-stability'} = 'dev';
    unshift @{$project->{repositories}},
            { type => 'package', package => \@packages };

    my $r = $t->composer({ %$project, with => $with }, 'update',
                         '--no-install');
    is($r->{code}, 0, "$with: update") or diag($r->{err});

    return $t->read_file("$r->{dir}/composer.lock");
}


# --- a lock file of this repository

for my $with ($t->composers) {
    my $project = $t->composer_json($t->nginx_url, 'wp-plugin/akismet' => '*',
                                    'wp-plugin/many' => '1.1');
    $project->{'require-dev'} = { 'wp-theme/skin' => '*' };

    my $r = $t->composer({ %$project, with => $with }, 'update',
                         '--no-install');
    is($r->{code}, 0, "$with: update") or diag($r->{err});

    my $c = check($t->read_file("$r->{dir}/composer.lock"), 0, $with);

    like($c->{out}, qr{^wp-plugin/akismet 2\.0: here$}m, "$with: here");
    like($c->{out}, qr{^wp-plugin/many 1\.1: here$}m, "$with: not the newest");
    like($c->{out}, qr/^3 packages of .*: 3 would install, 0 would not; 0 /m,
         "$with: summary");
    ok($c->{of}{'wp-theme/skin 1.0'}{dev}, "$with: for development");
    ok(!$c->{of}{'wp-plugin/many 1.1'}{dev}, "$with: not for development");
}


# --- from wpackagist.org: other names, trunks as zips, what is closed stays

for my $with ($t->composers) {
    my $timestamp = '?timestamp=1711111111';
    my $c = check(locked($with,
        package_of('wpackagist-plugin/akismet', '1.0',
                   zip_of('akismet.1.0.zip')),
        package_of('wpackagist-plugin/many', 'dev-trunk',
                   zip_of("many.zip$timestamp")),
        package_of('wpackagist-plugin/shut', '1.4', zip_of('shut.1.4.zip')),
        package_of('wpackagist-theme/skin', '1.0',
                   'https://downloads.wordpress.org/theme/skin.1.0.zip'),
        package_of('acme/other', '1.0', 'https://example.org/other.zip')),
        1, "$with: wpackagist");
    my $of = $c->{of};

    is($of->{'wpackagist-plugin/akismet 1.0'}{verdict}, 'here',
       "$with: under another name");
    is($of->{'wpackagist-plugin/akismet 1.0'}{here_as}, 'wp-plugin/akismet',
       "$with: under which");
    like($c->{out}, qr{^wpackagist-theme/skin 1\.0: here as wp-theme/skin$}m,
         "$with: a theme");

    my $shut = $of->{'wpackagist-plugin/shut 1.4'};

    is($shut->{verdict}, 'closed', "$with: closed");
    like($shut->{why}, qr/closed on WordPress\.org on 2026-04-09, for good/,
         "$with: when");
    like($shut->{why}, qr/Author Request/i, "$with: why");
    like($c->{out}, qr{^wpackagist-plugin/shut 1\.4: closed\. It was }m,
         "$with: it is said");

    is($c->{all}{others}, 1, "$with: another vendor's is counted");
    is($c->{all}{judged}, 4, "$with: and not judged");
    like($c->{out}, qr/have another name here: change it in composer\.json/,
         "$with: what to do");
}


# --- from wp-packages.org and from WordPress.org: the same names and zips

my $wporg = check(lock_of(
    package_of('wp-plugin/akismet', '2.0', zip_of('akismet.2.0.zip'),
               source => { type => 'svn', reference => 'tags/2.0',
                           url => 'https://plugins.svn.wordpress.org/a/' }),
    package_of('wp-plugin/many', 'dev-trunk', undef,
               source => { type => 'svn', reference => 'trunk@7',
                           url => 'https://plugins.svn.wordpress.org/m/' }),
    package_of('wp-core/wordpress', '6.8', 'https://wordpress.org/x.zip')),
    0, 'wp-packages');
is($wporg->{all}{others}, 1, 'wp-core is none of ours');
is($wporg->{of}{'wp-plugin/akismet 2.0'}{zip_host}, undef, 'the same host');


# --- switching, as docs/switching.md tells

my $switching = $t->read_file(Cwd::abs_path('docs/switching.md'));
my ($sed) = $switching =~ /^    (sed -i .* composer\.json)$/m;
my ($update) = $switching =~ /^    composer (update 'wp-plugin.*)$/m;
my @update = $update =~ /(update|(?<=')[^' ]+(?='))/g;

my @lock = split / /, ($switching =~ /^    composer (update --lock)$/m)[0];

is(scalar @update, 4, 'the update was found');

for my $with ($t->composers) {
    for my $where (qw(wp-packages WordPress.org wpackagist)) {
        my $from = $where eq 'wpackagist' ? 'wpackagist-' : 'wp-';
        my $what = "$with: from $where";
        my @packages = (
            package_of("${from}plugin/akismet", '1.0',
                       zip_of('akismet.1.0.zip'),
                       source($where, 'plugins', 'akismet', 'tags/1.0')),
            package_of("${from}theme/skin", '1.0', 'https://downloads.'
                       . 'wordpress.org/theme/skin.1.0.zip',
                       source($where, 'themes', 'skin', '1.0')));
        my %require = map { $_->{name} => '1.0' } @packages;

        my $project = $t->composer_json($t->nginx_url, %require);
        my $ours = $project->{repositories}[0];
        $project->{extra}{patches} = { "${from}plugin/akismet" => {} };
        $project->{repositories}[0] = { type => 'package',
                                        package => \@packages };

        my $r = $t->composer({ %$project, with => $with }, 'update',
                             '--no-install');
        is($r->{code}, 0, "$what: update") or diag($r->{err});

        my $before = $t->read_file("$r->{dir}/composer.lock");
        check($before, 0, $what);

        $project->{repositories}[0] = $ours;
        $t->write_file("$r->{dir}/composer.json", $json->encode($project));

        if ($from eq 'wp-') {
            my $install = $t->composer({ dir => $r->{dir}, with => $with },
                                       'install', '--dry-run');
            is($install->{code}, 0, "$what: the lock file is valid")
                or diag($install->{err});
            like($install->{err}, qr/lock file is not up to date/,
                 "$what: a warning");

            $install = $t->composer({ dir => $r->{dir}, with => $with },
                                    @lock, '--no-install');
            is($install->{code}, 0, "$what: @lock") or diag($install->{err});
            unlike($install->{err}, qr/^  - /m, "$what: no change")
                or diag($install->{err});

            $install = $t->composer({ dir => $r->{dir}, with => $with },
                                    'install', '--dry-run');
            unlike($install->{err}, qr/not up to date/, "$what: no warning");

            $install = $t->composer({ dir => $r->{dir}, with => $with },
                                    'update', '--no-install');
            like($install->{err}, qr/Nothing to modify in lock file/,
                 "$what: nothing else") or diag($install->{err});
            next;
        }

        is($t->command({ dir => $r->{dir} }, 'sh', '-c', $sed)->{code}, 0,
           "$what: sed");
        unlike($t->read_file("$r->{dir}/composer.json"), qr/wpackagist/,
               "$what: no old name is left");

        my $new = $t->composer({ dir => $r->{dir}, with => $with },
                               @update, '--no-install');
        is($new->{code}, 0, "$what: with the new names") or diag($new->{err});

        my $after = $json->decode($t->read_file("$r->{dir}/composer.lock"));
        is_deeply([sort map { "$_->{name} $_->{version}" }
                   @{$after->{packages}}],
                  ['wp-plugin/akismet 1.0', 'wp-theme/skin 1.0'],
                  "$what: the same versions");
    }
}


# --- a trunk without a zip

offer('plugin', 'bare', ['1.0'], last_updated => undef);
syncd('add', 'plugin/bare');

my $bare = JSON::PP::decode_json(
    $t->get('/p2/wp-plugin/bare~dev.json')->{content});

if (ok(!$bare->{packages}{'wp-plugin/bare'}[0]{dist}, 'it has none')) {
    my $c = check(lock_of(package_of('wpackagist-plugin/bare', 'dev-trunk',
                                     zip_of('bare.zip'))), 1, 'svn');
    is($c->{all}{packages}[0]{verdict}, 'needs-svn', 'it needs svn');
    like($c->{out}, qr/here as wp-plugin.bare, but without a zip: Composer/,
         'it is said');

    $c = check(lock_of(package_of('wp-plugin/bare', 'dev-trunk')), 0,
               'svn before');
    is($c->{all}{packages}[0]{verdict}, 'needs-svn', 'it needs svn');
    like($c->{out}, qr/as it has up to now$/m, 'as before');
}


# --- versions

my %near = (
    '1.0.5'     => ['1.0', '1.1'],
    '2.0.1'     => ['2.0', '10.0'],
    '0.1'       => ['1.0'],
    '11'        => ['10.0'],
    '2.0-beta2' => ['2.0-beta1', '2.0'],
    'dev-main'  => ['10.0'],
    'not one'   => ['10.0'],
);

for my $version (sort keys %near) {
    my $c = check(lock_of(package_of('wp-plugin/many', $version,
                                     zip_of('x'))), 1, $version);
    my $p = $c->{all}{packages}[0];

    is($p->{verdict}, 'no-version', "$version: not here");
    is_deeply($p->{nearest}, $near{$version}, "$version: the nearest");
}

for my $version ('1.0', 'v1.0', '1.0.0.0', '1', '2.0-beta1', '2.0beta1',
                 '10.0.0', '1.0 as 5.0')
{
    my $c = check(lock_of(package_of('wp-plugin/many', $version,
                                     zip_of('x'))), 0, $version);
    is($c->{all}{packages}[0]{verdict}, 'here', "$version: here");
}

my $c = check(lock_of(package_of('wp-plugin/akismet', '1.7.5', zip_of('a'))),
              0, 'another spelling');
is($c->{all}{packages}[0]{verdict}, 'here', 'of the same version');

$c = check(lock_of(package_of('wp-plugin/akismet', '3.0', zip_of('a'))), 1,
           'a version that is held back');
like($c->{out}, qr/: no such version here, .*published.*; nearest: 2\.0$/m,
     'why, and what there is');

$c = check(lock_of(package_of('WP-Plugin/Akismet', '2.0', zip_of('a'))), 0,
           'upper case');
is($c->{all}{packages}[0]{here_as}, 'wp-plugin/akismet', 'upper case: ours');


# --- zips of others; what is secret in a URL stays there

$c = check(lock_of(
    package_of('wp-plugin/akismet', '2.0',
               'https://user:word@zips.example.org:8443/a.zip'),
    package_of('wp-plugin/many', '1.0', '../zips/many.zip')), 0, 'zips');

is($c->{of}{'wp-plugin/akismet 2.0'}{zip_host}, 'zips.example.org:8443',
   'another host');
like($c->{out}, qr/here; until the next update its zip comes from zips\.exa/,
     'it is said');
is($c->{of}{'wp-plugin/many 1.0'}{zip_host}, '', 'none');
unlike($c->{out} . $json->encode($c->{all}), qr/user|word@/, 'no secret');


# --- what is not offered

$c = check(lock_of(map { package_of("wp-plugin/$_", '1.0', zip_of('x')) }
                   qw(nobody gone later foo--- com1), 'a/b', ''), 1,
           'not here');

my %verdict = map { $_->{package} =~ s{^wp-plugin/}{}r => $_ }
              @{$c->{all}{packages}};

is($verdict{$_}{verdict}, 'unknown', "\"$_\": unknown")
    for qw(nobody gone foo--- com1), 'a/b', '';
is($verdict{later}{verdict}, 'not-offered', 'not fetched yet');
like($verdict{gone}{why}, qr/removed/, 'removed: it is said');
is($c->{all}{failing}, 7, 'all of them');

# a closed one without documents, and one whose versions stay

for my $as (qw(gone abandoned)) {
    $t->configure(repository => { closed => $as });
    offer('plugin', 'old', ['1.0']);
    syncd('add', 'plugin/old');
    $w->closed('plugin', 'old', permanent => 1);
    $t->syncd('update', 'plugin/old') for 1 .. 2;

    my $abandoned = ($as eq 'abandoned');
    $c = check(lock_of(package_of('wp-plugin/old', '1.0', zip_of('x'))),
               $abandoned ? 0 : 1, $as);
    is($c->{all}{packages}[0]{verdict}, $abandoned ? 'here' : 'closed', $as);
    like($c->{all}{packages}[0]{why}, qr/^It was closed on .*, for good/,
         "$as: why");
    like($c->{out}, $abandoned ? qr/: here; it is abandoned\. It was closed/
                               : qr/: closed\. It was closed/, "$as: said");
    syncd('remove', 'plugin/old');
}


# --- lock files with nothing for us, or twice the same

$c = check(lock_of(), 0, 'no packages');
like($c->{out}, qr/^no packages of WordPress\.org; 0 others$/, 'it is said');
is_deeply($c->{all}{packages}, [], 'an empty list');

$c = check(lock_of(package_of('acme/x', 'dev-' . 'y' x 300)), 0,
           'only others');
is($c->{all}{others}, 1, 'one other');

$c = check(lock_of(package_of('wp-plugin/many', '1.0', zip_of('x')),
                   package_of('wp-plugin/many', '1.3', zip_of('x'))), 1,
           'twice');
is($c->{all}{judged}, 2, 'each is judged');

# as Composer 1 has written them

$c = check({ hash => '0' x 32, packages => [
                 package_of('wp-plugin/many', '1.0', zip_of('x')) ],
             'packages-dev' => [], 'plugin-api-version' => '1.1.0' }, 0,
           'Composer 1');
is($c->{all}{judged}, 1, 'it is the same');


# --- what may not reach a terminal

$c = check(lock_of(package_of("wp-plugin/\e[31m\x{9b}x", "1\a\n2",
                              "https://h\e[2J/x")),
           1, 'control bytes');
unlike($c->{out}, qr/[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]/,
       'are not printed');
is($c->{out} =~ tr/\n//, 2, 'two lines');

$c = check(lock_of(package_of('wp-plugin/many', '1' x 400)), 1, 'long');
like($c->{out}, qr{^wp-plugin/many \?: no such version}m, 'no version');


# --- what is no lock file

my $dir = $t->dir;
my %wrong = (
    ''                          => qr/is no JSON object/,
    'hello'                     => qr/is no JSON object/,
    '[]'                        => qr/is no JSON object/,
    '{"packages": []'           => qr/is no JSON object/,
    '{"packages": []} x'        => qr/is no JSON object/,
    "\xef\xbb\xbf{}"            => qr/is no JSON object/,
    '{"packages": []}' . "\0"   => qr/is no JSON object/,
    '{"x": ' . '[' x 70 . ']' x 70 . '}' => qr/more than 64 deep/,
    "{\"packages\": [], \"x\": \"\xff\"}" => qr/is not UTF-8/,
    '{"require": {"php": "*"}}' => qr/has no "packages"/,
    '{"packages": {}}'          => qr/"packages" is no list/,
    '{"packages": null}'        => qr/"packages" is no list/,
    '{"packages": [], "packages-dev": 1}' => qr/"packages-dev" is no list/,
    '{"packages": [1]}'         => qr/package 1 of its "packages" has no name/,
    '{"packages": [{"package": "a/b"}]}'  => qr/package 1 .* has no name/,
    '{"packages": [{"name": "wp-plugin/many"}]}'
        => qr{package wp-plugin/many has no version},
    '{"packages": [{"name": "wp-plugin/many", "version": 1}]}'
        => qr{package wp-plugin/many has no version},
    '{"packages": [{"name": "wp-plugin/many", "version": "1.0"}, {}]}'
        => qr/package 2 of its "packages" has no name/,
);

for my $text (sort keys %wrong) {
    my $file = $t->write_file('wrong.lock', $text);
    refused($file, qr/^.*lock file \Q$file\E cannot be judged: .*$wrong{$text}/,
            'wrong: ' . substr($text, 0, 50) =~ s/[^ -~]/./gr);
}

refused("$dir/none.lock", qr/cannot be read: No such file/, 'no file');
refused($dir, qr/cannot be read: it is a directory, not a file/,
        'a directory');

system('mkfifo', "$dir/fifo") == 0 or die 'mkfifo';
refused("$dir/fifo", qr/cannot be read: it is not a regular file/, 'a FIFO');

# one byte more than it reads; a sparse file, which is no UTF-8 problem

for my $over (0, 1) {
    open my $fh, '>', "$dir/large.lock" or die "large.lock: $!\n";
    print $fh '{"packages": []';
    seek $fh, 64 * 1024 * 1024 - 1 + $over, 0;
    print $fh '}';
    close $fh;
    refused("$dir/large.lock",
            $over ? qr/cannot be read: it is too large, more than 65536 KiB/
                  : qr/is no JSON object/, "64 MiB and $over");
}

open my $fh, '>', "$dir/large.lock" or die "large.lock: $!\n";
print $fh '{"packages": [', '{"name": "acme/x", "version": "1.0"},' x 1_400_000,
          '{"name": "wp-plugin/many", "version": "1.0"}]}';
close $fh;
cmp_ok(-s "$dir/large.lock", '>', 50_000_000, 'a lock file of 50 MB');

# address space that AddressSanitizer takes is not memory; KiB

my $limit = $t->build_dir =~ /asan/ ? 'unlimited' : 300_000;
my $large = $t->command({ env => { $t->environment } }, 'sh', '-c',
    "ulimit -v $limit; exec \"\$@\"", 'sh', $t->build_dir . '/wppkg-syncd',
    '-c', "$dir/wppkg.conf", 'check-lock', "$dir/large.lock");
is($large->{code}, 0, 'is read in little memory') or diag($large->{err});
like($large->{out}, qr/1 would install, 0 would not; 1400000 others/,
     'to its end');
unlink "$dir/large.lock";


# --- it only reads: for anybody who may read, beside the service

my $file = $t->write_file('composer.lock', $json->encode(
    lock_of(package_of('wp-plugin/many', '1.0', zip_of('x')))));

SKIP: {
    skip 'needs root', 2 if $> != 0;

    my $copy = "$dir/wppkg-syncd";
    $t->command({}, 'install', '-m', '755',
                $t->build_dir . '/wppkg-syncd', $copy);

    my $r = $t->command({ env => { $t->environment } }, 'setpriv',
        '--reuid=nobody', '--regid=nogroup', '--clear-groups', $copy, '-c',
        "$dir/wppkg.conf", 'check-lock', $file);
    is($r->{code}, 0, 'as nobody') or diag($r->{err});
    like($r->{out}, qr{^wp-plugin/many 1\.0: here}, 'as nobody: it is said');
}

my $service = $t->syncd_start('run');
$t->wait_for(sub {
    my $status = $t->syncd('status', '--json');
    $status->{out} =~ /"service": true/;
});
is($t->syncd('check-lock', $file)->{code}, 0, 'while the service runs');
kill 'TERM', $service->{pid};
$t->finish($service);

# a mirror tells what its documents do

my $origin = $t->catalogue;
my $all = lock_of(map { package_of("wp-plugin/$_->[0]", $_->[1], zip_of('x')) }
                  [ many => '1.0' ], [ many => '1.3' ], [ shut => '1.0' ],
                  [ nobody => '1.0' ]);

File::Path::make_path("$dir/mirror");
$t->configure(catalogue => { path => "$dir/mirror/catalogue.db" },
              wporg => { map { $_ => undef }
                             qw(api_url contact verify_zips core) },
              origin => { url => $t->nginx_url });
syncd('migrate');
syncd('mirror');

$c = check($all, 1, 'a mirror');
is_deeply([map { $_->{verdict} } @{$c->{all}{packages}}],
          [qw(here no-version closed unknown)], 'a mirror: its verdicts');
like($c->{all}{packages}[2]{why}, qr/^It was closed on .*, for good/,
     'a mirror: why');

$t->configure;
$t->sql("UPDATE bodies SET body = x'00'");
$c = check(lock_of(package_of('wp-plugin/many', '1.0', zip_of('x'))), 1,
           'damage');
is($c->{all}{packages}[0]{verdict}, 'damaged', 'it is said');

unlink $t->catalogue;
refused($file, qr/catalogue/, 'no catalogue');

$t->done;

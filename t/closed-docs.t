#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# What docs/closed.md tells users and operators to write is taken as it stands,
# but for addresses: composer.json with both Composers, the rules that claim
# names in front of a bucket.  Each without it as well, so that it matters.


use strict;
use warnings;
use lib 't/lib';

use Cwd ();
use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Chromium;


my $t = Test::WPPkg->new;
my $w = $t->wporg;
my $dir = $t->dir;

$w->plugin($_, { versions => { '1.0' => undef } }) for qw(akismet shut);

my %port = map { $_ => $t->port } qw(bucket evil rule);
my %url = map { $_ => "http://127.0.0.1:$port{$_}" } keys %port;

my @blocks = blocks('docs/closed.md');


# --- a whole catalogue, its files as in a bucket, and who has any name

$t->configure(repository => { authority => 'whole' });
syncd('migrate');

# C 45: nothing is closed in a fresh one, and the summary is there

$t->nginx(
    http => "server { listen 127.0.0.1:$port{bucket}; root $dir/bucket; }
             server { listen 127.0.0.1:$port{evil}; root $dir/evil; }
             server { listen 127.0.0.1:$port{rule}; " . rule() . ' }',
    locations => 'location / { wppkg_catalogue ' . $t->catalogue . '; '
                 . cors() . ' }');

$t->syncd({ stdin => "plugin/akismet\nplugin/shut\n" }, 'discover',
          '--source=list', '-');
syncd('update', 'plugin/akismet');
$t->sql("UPDATE packages SET next_check_at = 4000000000 WHERE slug = 'shut'");

my $policy = policy();
my $fresh = project('composer-next', $t->nginx_url, 'wp-plugin/akismet');
$fresh->{config} = { %{$fresh->{config}}, %$policy };

my $r = $t->composer($fresh, 'update', '--no-install');
is($r->{code}, 0, 'a lock file, while nothing is closed') or diag($r->{err});
$r = $t->composer({ dir => $r->{dir}, with => 'composer-next' }, 'audit',
                  '--locked');
is($r->{code}, 0, 'C 45: audit finds an empty summary')
    or diag("$r->{out}$r->{err}");

$w->closed('plugin', 'shut', permanent => 1);
syncd('update', 'plugin/shut');
bucket();

for my $name (qw(wp-plugin/nobody wp-plugin/shut)) {
    $t->write_file("evil/p2/$name.json", JSON::PP::encode_json({
        packages => { $name => [ { name => $name, version => '9.9',
                                   version_normalized => '9.9.0.0',
                                   type => 'metapackage' } ] },
        minified => 'composer/2.0' }));
}

$t->write_file('evil/packages.json',
               '{"packages":[],"metadata-url":"/p2/%package%.json"}');


# --- a project that excludes our names

my ($exclude) = map { JSON::PP::decode_json($_) } grep { /"exclude"/ } @blocks;
my @repositories = map { { %$_ } } @{$exclude->{repositories}};

is_deeply([ map { $_->{url} } @repositories ],
          [ 'https://packages.example.org', 'https://repo.packagist.org',
            undef ], 'the repositories of the project were found');
@repositories[0, 1] = ({ %{$repositories[0]}, url => $url{bucket} },
                       { %{$repositories[1]}, url => $url{evil} });

for my $with ($t->composers) {
    for my $name (qw(nobody shut)) {
        my $project = project($with, $url{bucket}, "wp-plugin/$name");

        $project->{repositories} = \@repositories;
        $r = $t->composer($project, 'update', '--no-install');
        is($r->{code}, 2, "$with: exclude: $name is not taken elsewhere");
        like($r->{err}, qr/wp-plugin\/$name.* could not be found/,
             "$with: exclude: $name could not be found") or diag($r->{err});
    }

    my $project = project($with, $url{bucket}, 'wp-plugin/nobody');
    $project->{repositories}[0] = { type => 'composer', url => $url{bucket} };
    splice @{$project->{repositories}}, 1, 0,
           { type => 'composer', url => $url{evil} };

    $r = $t->composer($project, 'update', '--no-install');
    is(locked($r)->{'wp-plugin/nobody'}, '9.9', "$with: without it, it is");

    # a rule in front of the bucket instead

    $project->{repositories}[0]{url} = $url{rule};
    $r = $t->composer($project, 'update', '--no-install');
    is($r->{code}, 2, "$with: a rule: a name that nobody has is claimed");
}


# --- policy

for my $block (1, 0) {
    my $found = $block ? $policy
                       : policy(qr/"wp-closed": \{ "block": false \}/);

    is_deeply($found->{policy}{'wp-closed'},
              $block ? {} : { block => JSON::PP::false },
              'the policy was found');

    my $old = $t->composer({
        %{project('composer-next', $url{evil}, 'wp-plugin/shut')} },
        'update', '--no-install');

    my $project = project('composer-next', $t->nginx_url, 'wp-plugin/shut');
    $project->{config} = { %{$project->{config}}, %$found };
    $r = $t->composer({ %$project, dir => $old->{dir} }, 'audit', '--locked');

    is($r->{code}, 1, 'audit of a lock file with a closed package fails');
    like("$r->{out}$r->{err}", qr/"?wp-closed"?/, 'and names the list')
        or diag("$r->{out}$r->{err}");
}


# --- the rules, beside what the module claims

my $chromium = Test::WPPkg::Chromium->new($t);
$chromium->open("$url{bucket}/packages.json");

my ($worker) = grep { /export default/ } @blocks;
$worker =~ s/export default/const worker =/;

my @paths = map { "/p2/$_" } (
    # that nobody has
    'wp-plugin/nobody.json', 'wp-plugin/nobody~dev.json',
    'wp-theme/a-b--c.d_e.json', 'wp-plugin/0.json',

    # that Composer does not ask for
    'wp-plugin/Nobody.json', 'wp-plugin/a---b.json', 'wp-plugin/a-.json',
    'wp-plugin/nobody', 'wp-plugin/.json', 'wp-plugin/a/b.json',
    'wp-core/nobody.json', 'nobody/nobody.json', 'filter.json',

    # that are there
    'wp-plugin/akismet.json', 'wp-plugin/shut.json');

for my $path (@paths, '/packages/nothing.json') {
    my $module = $t->get($path);
    my $nginx = $t->get("$url{rule}$path");
    my $js = JSON::PP::decode_json($chromium->ask(<<"END"));
(async () => {
    const origin = window.fetch;
    $worker
    const response = await worker.fetch(new Request('$url{bucket}$path'));
    return JSON.stringify({ status: response.status,
        content: await response.text(),
        date: response.headers.get('last-modified'),
        type: response.headers.get('content-type'),
        age: response.headers.get('cache-control') });
})()
END
    is($nginx->{status}, $module->{status}, "nginx: $path: $module->{status}");
    is($js->{status}, $module->{status}, "Worker: $path: $module->{status}");

    next if $module->{status} != 200;

    is($nginx->{content}, $module->{content}, "nginx: $path: the same bytes");
    is($js->{content}, $module->{content}, "Worker: $path: the same bytes");

    next if $path =~ /akismet|shut/;

    my $h = $module->{headers};
    my $want = "$h->{'last-modified'} $h->{'cache-control'}"
               . " $h->{'content-type'}";

    is(join(' ', map { $nginx->{headers}{$_} }
            qw(last-modified cache-control content-type)), $want,
       "C 42: nginx: $path: the same headers");
    is("$js->{date} $js->{age} $js->{type}", $want,
       "C 42: Worker: $path: the same headers");
}

is($t->get("$url{rule}/p2/wp-plugin/nobody%7Edev.json")->{status}, 200,
   'nginx: an escaped ~');
$chromium->stop;

$r = $t->request(HEAD => "$url{rule}/p2/wp-plugin/nobody.json");
is($r->{status}, 200, 'nginx: HEAD');


# C 57

is($t->get($_)->{headers}{'access-control-allow-origin'}, '*',
   "C 57: $_ with the header of nginx.conf.example")
    for '/packages.json', '/p2/wp-plugin/nobody.json';

$t->done;


sub syncd {
    my (@args) = @_;

    my $r = $t->syncd(@args);
    is($r->{code}, 0, "wppkg-syncd @args") or diag($r->{err});
}


# indented texts of a page, without the indentation

sub blocks {
    my ($name) = @_;

    my $text = $t->read_file(Cwd::realpath($name));

    return map { s/^    //mgr } "\n$text" =~ /\n\n((?:    .*\n+)+)/g;
}


# both locations, as the page has them

sub rule {
    my ($locations) = grep { /\@claim/ } @blocks;

    $locations =~ s{https://packages\.s3\.example\.com}{$url{bucket}}
        or die 'no proxy_pass';

    return $locations;
}


sub cors {
    my ($line) = $t->read_file(Cwd::realpath('nginx.conf.example'))
                 =~ /# (add_header Access-Control-Allow-Origin .*)/;

    return $line;
}


# the files, as far as a file system has room for them

sub bucket {
    for my $row ($t->sql('SELECT path FROM documents WHERE content_hash'
                         . " IS NOT NULL AND path NOT LIKE 'api/%'")) {
        $t->write_file("bucket/$row->[0]", $t->get("/$row->[0]")->{content});
    }
}


# what the page has in "config", or in a sentence

sub policy {
    my ($pattern) = @_;

    my ($config) = grep { /^"config"/ } @blocks;
    return JSON::PP::decode_json("{$config}")->{config} if !defined $pattern;

    my ($text) = $t->read_file(Cwd::realpath('docs/closed.md'))
                 =~ /`($pattern)`/ or die "no policy like $pattern";

    return { policy => JSON::PP::decode_json("{$text}") };
}


sub project {
    my ($with, $url, @names) = @_;

    return { %{$t->composer_json($url, map { $_ => '*' } @names)},
             with => $with };
}


sub locked {
    my ($r) = @_;

    my $file = "$r->{dir}/composer.lock";
    return {} if !-e $file;

    return { map { $_->{name} => $_->{version} }
                 @{JSON::PP::decode_json($t->read_file($file))->{packages}} };
}

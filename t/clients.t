#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Clients that are not Composer read the same files in their own way: Nexus as
# a proxy, which unfolds each list of versions and writes it again, and
# Renovate, which takes what it understands and leaves the rest.  Both are
# written here from contract C 9 and C 10.  Neither may die of a name without
# versions, or of what is said of it.


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;
my $w = $t->wporg;
my $json = JSON::PP->new->utf8->canonical;


# --- Nexus: it takes each value to be of its type, and fails where it is not

sub is_a {
    my ($value, $type, $what) = @_;

    die "$what: no $type\n" if ref $value ne $type;
    return $value;
}


sub nexus_unfold {
    my ($minified) = @_;
    my (%now, @versions);

    for my $version (@{is_a($minified, 'ARRAY', 'versions')}) {
        %now = (%now, %{is_a($version, 'HASH', 'a version')});
        delete @now{grep { !ref $now{$_} && $now{$_} eq '__unset' } keys %now};
        push @versions, { %now };
    }

    return @versions;
}


sub nexus_fold {
    my (@versions) = @_;
    my (%last, @minified);

    for my $version (@versions) {
        my %other = map { ($_ => $version->{$_}) } grep {
            !exists $last{$_} || $json->encode([ $last{$_} ])
                                 ne $json->encode([ $version->{$_} ])
        } keys %$version;

        $other{$_} = '__unset' for grep { !exists $version->{$_} } keys %last;
        push @minified, \%other;
        %last = %$version;
    }

    return \@minified;
}


# the file of a package as it hands it on: zips are its own, the rest stays

sub nexus_package {
    my ($text, $zips) = @_;
    my $file = is_a($json->decode($text), 'HASH', 'a file');
    my $packages = is_a($file->{packages}, 'HASH', 'packages');

    die "not minified\n" if $file->{minified} ne 'composer/2.0';

    for my $name (keys %$packages) {
        my @versions = nexus_unfold($packages->{$name});

        for my $version (@versions) {
            die "no version\n" if ref $version->{version}
                                  || !length $version->{version};
            delete $version->{source};

            my $dist = $version->{dist} or next;
            is_a($dist, 'HASH', 'dist')->{url} = "$zips/$version->{version}";
        }

        $packages->{$name} = nexus_fold(@versions);
    }

    return $json->encode($file);
}


sub nexus_root {
    my ($text, $url) = @_;
    my $root = is_a($json->decode($text), 'HASH', 'the root');

    my %kept = map { ($_ => $root->{$_}) } grep { exists $root->{$_} }
               qw(available-packages available-package-patterns);

    is_a($_, 'ARRAY', 'names') for values %kept;

    return $json->encode({ %kept, 'metadata-url' => "$url/p2/%package%.json",
                           list => "$url/packages/list.json" });
}


# --- Renovate: what it finds of a package in both files, [ version, whether it
# is deprecated ] each; undef: none

sub renovate {
    my ($name, @texts) = @_;
    my @found;

    for my $text (@texts) {
        my $packages = $json->decode($text)->{packages};
        next if ref $packages ne 'HASH';

        # an array is unfolded, whether the file says that it is minified or
        # not; a map is one of versions

        my $value = $packages->{$name};
        my @versions = ref $value eq 'ARRAY' ? nexus_unfold($value)
                     : ref $value eq 'HASH' ? values %$value : ();

        push @found, map { [ $_->{version}, $_->{abandoned} ? 1 : 0 ] }
                     grep { defined $_->{version} } @versions;
    }

    return @found ? \@found : undef;
}


# --- a repository in which names are closed, listed, and unknown

$w->plugin('akismet', { versions => { '5.0' => undef, '5.1' => undef } });
$w->plugin('shut', { versions => { '1.0' => undef, '1.1' => undef } });
$w->closed('plugin', 'never-open');

my $lists = $t->write_file('lists',
    "bad wp-plugin/akismet <5.1 \"a reason\" https://example.org/\n");

sub configure {
    my ($closed) = @_;

    $t->configure(repository => { closed => $closed, authority => 'whole',
                                  lists => $lists });
}

configure('claimed');
is($t->syncd('migrate')->{code}, 0, 'migrate');
$t->syncd({ stdin => "plugin/akismet\nplugin/shut\nplugin/never-open\n" },
          'discover', '--source=list', '-');
is($t->syncd('update')->{code}, 0, 'update');

my $port = $t->port;
my $nexus = "http://127.0.0.1:$port";
my $url = $t->nginx(
    locations => 'location / { wppkg_catalogue ' . $t->catalogue . '; }',
    http => "server { listen 127.0.0.1:$port; root $t->{dir}/nexus; }");


# all that it has, through Nexus

sub proxied {
    my ($what) = @_;

    my $root = $t->get('/packages.json')->{content};
    $t->write_file('nexus/packages.json', nexus_root($root, $nexus));

    for my $path ((map { $_->[0] } $t->sql('SELECT path FROM documents
                   WHERE content_hash IS NOT NULL AND package_id IS NOT NULL')),
                  'p2/wp-plugin/nobody.json', 'p2/wp-plugin/nobody~dev.json')
    {
        my $r = $t->get("/$path");
        my $text = $r->{content};

        if ($r->{status} == 404) {
            unlink $t->path("nexus/$path");
            next;
        }

        my $own = eval { nexus_package($text, "$nexus/zips") };

        ok(defined $own, "C 9: $what: Nexus takes $path") or diag($@);
        next if !defined $own;

        $t->write_file("nexus/$path", $own);

        # what it does not know stays

        my ($ours, $its) = map { $json->decode($_) } $text, $own;
        delete $_->{packages} for $ours, $its;
        is_deeply($its, $ours, "$what: $path: what is said beside versions");
    }
}


sub found {
    my ($name) = @_;

    my @files = map { $t->get("/p2/wp-plugin/$name$_.json") } '', '~dev';

    return renovate("wp-plugin/$name", map { $_->{content} }
                                       grep { $_->{status} == 200 } @files);
}


sub update_through_nexus {
    my ($with, $name) = @_;

    return $t->composer({ %{$t->composer_json($nexus, "wp-plugin/$name" => '*')},
                          with => $with },
                        'update', '--no-install', '--no-audit');
}


proxied('open');
is_deeply(found('akismet'), [ [ '5.1', 0 ], [ '5.0', 0 ], [ 'dev-trunk', 0 ] ],
          'Renovate: the versions of what is open');
is_deeply(found('shut'), [ [ '1.1', 0 ], [ '1.0', 0 ], [ 'dev-trunk', 0 ] ],
          'Renovate: of what will be closed');
is(found('never-open'), undef, 'Renovate: none of a claim');
is(found('nobody'), undef, 'Renovate: nor of a name that nobody has');

like($t->get('/p2/wp-plugin/akismet.json')->{content}, qr/"filter":\{"bad"/,
     'a file that has versions and is on a list');

$w->closed('plugin', 'shut', permanent => 1);
is($t->syncd('update', 'plugin/shut')->{code}, 0, 'one is closed');
proxied('claimed');
is(found('shut'), undef, 'claimed: Renovate finds no version');
like($t->get('/p2/wp-plugin/shut.json')->{content},
     qr/"warnings":.*"filter":|"filter":.*"warnings":/,
     'claimed: a file that has no versions, and two members more');

for my $with ($t->composers) {
    my $r = update_through_nexus($with, 'akismet');
    is($r->{code}, 0, "$with: through Nexus: what is open is found")
        or diag($r->{err});

    for my $name (qw(shut nobody)) {
        $r = update_through_nexus($with, $name);
        is($r->{code}, 2, "$with: through Nexus: $name is not");
        like($r->{err}, qr/wp-plugin\/$name.* could not be found/,
             "$with: through Nexus: Composer says so") or diag($r->{err});
    }
}

configure('abandoned');
is($t->syncd('update')->{code}, 0, 'abandoned: update');
proxied('abandoned');
is_deeply(found('shut'), [ [ '1.1', 1 ], [ '1.0', 1 ], [ 'dev-trunk', 1 ] ],
          'abandoned: Renovate says that each version is deprecated');

configure('gone');
is($t->syncd('update')->{code}, 0, 'gone: update');
proxied('gone');
is(found('shut'), undef, 'gone: Renovate finds no version');

# the root of a part, which names what it has

$t->configure(repository => { authority => 'part' });
is($t->syncd('update')->{code}, 0, 'a part: update');
proxied('a part');
is_deeply($json->decode($t->read_file('nexus/packages.json'))
          ->{'available-packages'},
          [ map { "wp-plugin/$_" } qw(akismet never-open shut) ],
          'a part: Nexus hands its names on');

$t->done;

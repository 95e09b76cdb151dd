#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Projects of 20 packages come from wpackagist.org, wp-packages.org and
# WordPress.org's own repository, with the lock files that lead from there: the
# URL is changed, as docs/switching.md tells, and changed back.


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Captured;


my $t = Test::WPPkg->new(timeout => 900);
my $w = $t->wporg(options => [ '--downloads' ]);
my $json = JSON::PP->new->utf8->canonical;

my @from = ('wpackagist.org', 'wp-packages.org', 'WordPress.org');
my $all = captured();
my @ids = sort keys %$all;
my ($page, $table) = switching();
my %table = %$table;
my %chosen = map { $_ => [ chosen($_) ] } @from;
my %needed = map { ($_ => $_) } map { @{$_->[0]} } values %chosen;
my $port = offered($t, $w, values %needed);


sub syncd {
    my (@args) = @_;

    my $r = $t->syncd(@args);
    is($r->{code}, 0, "wppkg-syncd @args") or diag($r->{out} . $r->{err});

    return $r;
}


my $theirs = "http://127.0.0.1:$port";
my %base = ('wpackagist.org' => '/wpackagist.org',
            'wp-packages.org' => '/repo.wp-packages.org',
            'WordPress.org' => '/api.wordpress.org/packages');
my ($sed) = $page =~ /^    (sed -i .* composer\.json)$/m;
my ($update) = $page =~ /^    composer (update 'wp-plugin.*)$/m;
my @update = $update =~ /(update|(?<=')[^' ]+(?='))/g;

is(scalar @update, 4, 'the update was found');


# Twenty packages, what is required of each, and of which an update proposes
# the same version again: name => constraint, name => 1.  One is dev-trunk and
# one has no tag, if that repository has a zip of it; of every other, a version
# before the published one is required.

sub chosen {
    my ($from) = @_;

    my @has = grep { $_->{from}{$from} && !$_->{above} }
              map { $all->{$_} } @ids;
    my @trunk = grep { my $e = $_->{from}{$from}{'dev-trunk'};
                       $e && $e->{url} ne '-' } @has;
    my @published = grep { $_->{from}{$from}{$_->{stable}} } @has;
    my @bare = grep { !exists $_->{tags}{$_->{stable}} } @published;
    my @current = grep { exists $_->{tags}{$_->{stable}} } @published;
    my %many = map { $_ => scalar keys %{$_->{from}{$from}} } @current;
    my @plugins = sort { $many{$b} <=> $many{$a} || $a->{slug} cmp $b->{slug} }
                  grep { $_->{type} eq 'plugin' && $_ ne ($trunk[0] // '') }
                  @current;
    my @themes = grep { $_->{type} eq 'theme' } @current;

    $#trunk = $#bare = 0;
    my @twice = grep { $_ } $trunk[0], $bare[0];
    my @tagged = (@themes[0, 1], @plugins)[0 .. 19 - @twice];
    my (%require, %again);

    for my $i (0 .. $#tagged) {
        my $has = $tagged[$i]{from}{$from};
        my @tags = sort { newer($a, $b) }
                   grep { /^[0-9.]+$/ && exists $tagged[$i]{tags}{$_} }
                   keys %$has;
        my $name = $has->{$tags[-1]}{name};

        $require{$name} = $i % 2 && @tags > 1 ? $tags[-2] : '*';
        $again{$name} = 1
            if $table{'`source` of a tag'}{$from} eq 'not there';
    }

    for my $p (@twice) {
        my ($name) = map { $_->{name} } values %{$p->{from}{$from}};

        $require{$name} = $p == $twice[0] && $trunk[0] ? 'dev-trunk' : '*';
        $again{$name} = 1;
    }

    return ([ @tagged, @twice ], \%require, \%again);
}


sub lock_of {
    my ($dir) = @_;

    my $lock = $json->decode($t->read_file("$dir/composer.lock"));

    return { map { $_->{name} => $_->{version} } @{$lock->{packages}} };
}


sub renamed { return { map { s/^wpackagist-/wp-/r => $_[0]->{$_} }
                       keys %{$_[0]} } }

# of which it says that it would do something

sub proposed {
    my ($r) = @_;

    return { map { $_ => 1 } $r->{err} =~ m{^  - \w+ (wp\S+/\S+) \(}mg };
}


sub moved {
    my ($with, $dir, $before, $again, $what) = @_;

    my @o = (dir => $dir, with => $with);
    my $install = $t->composer({ @o }, 'install');

    is($install->{code}, 0, "$what: install") or diag($install->{err});

    my @files = glob "$dir/vendor/wp*/*/*.{php,css}";
    my %there = map { m{/vendor/([^/]+/[^/]+)/} ? ($1 => 1) : () } @files;

    is_deeply([ sort keys %there ], [ sort keys %$before ],
              "$what: all are installed");

    my $r = $t->composer({ @o }, 'update', '--dry-run');

    is($r->{code}, 0, "$what: update --dry-run") or diag($r->{err});
    is_deeply(proposed($r), $again, "$what: it proposes these alone")
        or diag($r->{err});

    # each in the version of before

    my %version = $r->{err} =~ m{^  - \w+ (wp\S+/\S+) \(.*=> ([^\s)]+)}mg;

    is_deeply(\%version, { map { $_ => $before->{$_} } keys %$again },
              "$what: in the same versions");
}


# the project of another repository, with its lock file

sub come_from {
    my ($with, $from) = @_;

    my ($chosen, $require, $again) = @{$chosen{$from}};
    my $what = "$with, $from";

    repository_of($t, $from, $base{$from}, $w->url, @$chosen);

    my $project = $t->composer_json($theirs . $base{$from}, %$require);

    $project->{name} = 'roots/bedrock';
    $project->{type} = 'project';
    $project->{extra}{'installer-paths'}{'web/app/mu-plugins/{$name}/'}
        = [ (sort keys %$require)[0] ];

    my $r = $t->composer({ %$project, with => $with }, 'update',
                         '--no-install');
    is($r->{code}, 0, "$what: their lock file") or diag($r->{err});

    my $before = lock_of($r->{dir});
    is(scalar keys %$before, 20, "$what: 20 packages");

    is($t->syncd('check-lock', "$r->{dir}/composer.lock")->{code}, 0,
       "$what: check-lock: all would install");

    return { dir => $r->{dir}, before => $before, again => $again,
             what => $what, map { $_ => $t->read_file("$r->{dir}/composer.$_") }
                            qw(json lock) };
}


# what the table says to change, and to go back

sub change {
    my ($project, $url) = @_;

    my $text = $project->{json} =~ s{"url" : "\K[^"]+}{$url}r;

    $t->write_file("$project->{dir}/composer.json", $text);
    $t->write_file("$project->{dir}/composer.lock", $project->{lock});
}


sub go_back {
    my ($with, $project) = @_;

    $t->write_file("$project->{dir}/composer.$_", $project->{$_})
        for qw(json lock);

    my $r = $t->composer({ dir => $project->{dir}, with => $with }, 'install');

    is($r->{code}, 0, "$project->{what}: back again") or diag($r->{err});
    is_deeply(lock_of($project->{dir}), $project->{before},
              "$project->{what}: with the versions of before");
}


is_deeply([ map { $table{'what to change'}{$_} =~ /names or `aliases`/ ? 1 : 0 }
            @from ], [ 1, 0, 0 ], 'what to change is in the table');
is_deeply([ map { $table{'to go back'}{$_} } @from ],
          [ ('the files of before') x 3 ], 'how to go back is in the table');

my %wpackagist;

for my $with ($t->composers) {
    for my $from (@from) {
        my $project = come_from($with, $from);

        change($project, $t->nginx_url);

        if ($from eq 'wpackagist.org') {
            names($with, $project);
            $wpackagist{$with} = $project;

        } else {
            moved($with, $project->{dir}, $project->{before},
                  $project->{again}, $project->{what});
        }

        go_back($with, $project) if $with eq 'composer';
    }
}


sub names {
    my ($with, $project) = @_;

    my ($dir, $what) = ($project->{dir}, "$project->{what}, by new names");
    my %o = (dir => $dir, with => $with);

    is($t->command({ dir => $dir }, 'sh', '-c', $sed)->{code}, 0, "$what: sed");

    my $r = $t->composer({ %o }, @update);

    is($r->{code}, 0, "$what: update") or diag($r->{err});
    is_deeply(lock_of($dir), renamed($project->{before}),
              "$what: the same versions");
    like($r->{err}, qr/Package operations: 20 installs/, "$what: installed")
        or diag($r->{err});
}


# --- the old names, where they are served as well

$t->configure(repository => { aliases => 'wpackagist' });
syncd('update');

for my $with ($t->composers) {
    my $project = $wpackagist{$with};

    change($project, $t->nginx_url);
    moved($with, $project->{dir}, $project->{before},
          $project->{again}, "$project->{what}, by aliases");
}

$t->done;

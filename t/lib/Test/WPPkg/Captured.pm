package Test::WPPkg::Captured;

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# What other repositories say of WordPress.org's packages (t/data/switching):
# the entries, WordPress.org as it must have been for them to say so, and
# these repositories, as Composer finds them.


use strict;
use warnings;

use Digest::SHA ();
use Exporter 'import';
use JSON::PP ();


our @EXPORT = qw(captured newer offered repository_of switching);

my $host = 'https://downloads.wordpress.org';
my $json = JSON::PP->new->utf8->canonical;


# {"plugin/akismet"}{from}{"wpackagist.org"} and {"wp-packages.org"}: version =>
# {name, version, type, url, reference, installers}; {tags}: tag => zip;
# {stable}: the highest, which may have no tag; {above}: whether one is above
# it, see hold_back().  And what WordPress.org's own repository makes of that.

sub captured {
    my (%all, $from, $name, $p);

    open my $fh, '<', 't/data/switching/entries.tsv' or die "entries: $!\n";

    while (my $line = <$fh>) {
        chomp $line;

        if ($line !~ /^\t/) {
            ($from, $name) = split /\t/, $line;
            my ($type, $slug) = $name =~ m{^wp\w*-(plugin|theme)/(.+)$};
            $p = $all{"$type/$slug"}
                 ||= { type => $type, slug => $slug, tags => {} };
            next;
        }

        my (undef, @columns) = split /\t/, $line;
        my $entry = entry($p, $from, @columns);

        $entry->{name} = $name;

        # a tag is what lasts

        my $old = $p->{from}{$from}{$entry->{version}};
        next if $old && is_tag($old);

        $p->{from}{$from}{$entry->{version}} = $entry;
        $p->{tags}{$entry->{version}} = $entry->{url} if is_tag($entry);
    }

    my $n = 0;

    for my $id (sort keys %all) {
        hold_back($all{$id}, $n++);
        $all{$id}{from}{'WordPress.org'} = own($all{$id});
    }

    return \%all;
}


sub entry {
    my ($p, $from, $version, $url, $reference, $installers) = @_;

    my $zip = "$host/$p->{type}/$p->{slug}.$version.zip";
    my $tag = ($p->{type} eq 'plugin' ? 'tags/' : '') . $version;
    my $usual = $from eq 'wpackagist.org' ? '^1.0 || ^2.0' : '~1.0|~2.0';

    return {
        version    => $version,
        type       => "wordpress-$p->{type}",
        url        => same_as($url, $zip),
        reference  => same_as($reference, $tag),
        installers => same_as($installers, $usual),
    };
}


sub same_as { defined $_[0] && $_[0] ne '=' ? $_[0] : $_[1] }

sub is_tag { $_[0]->{reference} !~ /^trunk/ }


# Which version is published.  Of every fifth package it is the one before the
# highest: as it was until that one was released.  Only wpackagist.org has it
# already.

sub hold_back {
    my ($p, $n) = @_;

    my %version = map { %$_ } values %{$p->{from}};
    my @stable = sort { newer($a, $b) }
                 grep { !/^dev-|[a-z]/i } keys %version;

    if ($n % 5 == 0 && @stable > 1 && exists $p->{tags}{$stable[-1]}
        && exists $p->{tags}{$stable[-2]}
        && newer($stable[-2], $stable[-1]))
    {
        $p->{above} = pop @stable;

        my $other = $p->{from}{'wp-packages.org'};
        delete $other->{$p->{above}} if $other;
    }

    $p->{stable} = $stable[-1] // (sort keys %{$p->{tags}})[-1];
}


# of numbers and dots

sub newer {
    my @x = split /[^0-9]+/, $_[0];
    my @y = split /[^0-9]+/, $_[1];

    for my $i (0 .. (@x > @y ? $#x : $#y)) {
        my $order = ($x[$i] || 0) <=> ($y[$i] || 0);
        return $order if $order;
    }

    return 0;
}


# What WordPress.org's own repository would say: each tag up to the published
# version, that version itself, and the trunk; no source.

sub own {
    my ($p) = @_;

    my %of = map { $_ => $p->{tags}{$_} }
             grep { !$p->{above} || newer($_, $p->{stable}) <= 0 }
             keys %{$p->{tags}};

    if (defined $p->{stable} && !exists $p->{tags}{$p->{stable}}) {
        $of{$p->{stable}} = "$host/$p->{type}/$p->{slug}.zip";
    }

    $of{'dev-trunk'} = "$host/plugin/$p->{slug}.zip"
        if $p->{type} eq 'plugin' && %{$p->{tags}};

    return { map { $_ => {
        name => "wp-$p->{type}/$p->{slug}", version => $_,
        type => "wordpress-$p->{type}", url => $of{$_},
        installers => '~1.0 || ~2.0',
    } } keys %of };
}


# WordPress.org as it must have been for them to say so, what is made of it, and
# a catalogue that nginx serves, beside the directory "theirs" at another port,
# which is returned.

sub offered {
    my ($t, $w, @packages) = @_;

    for my $p (@packages) {
        $w->offer($p->{type}, $p->{slug}, {
            versions => { %{$p->{tags}} }, stable => $p->{stable},
            last_updated => '2026-03-01 9:30am GMT',
        });
    }

    $t->configure;
    $t->write_file('packages.txt',
                   join "\n", (map { "$_->{type}/$_->{slug}" } @packages), '');

    for my $command ([ 'migrate' ], [ 'update' ]) {
        my $r = $t->syncd(@$command);
        die "@$command: $r->{out}$r->{err}" if $r->{code};

        next if $command->[0] ne 'migrate';
        $t->syncd('discover', '--source=list', $t->dir . '/packages.txt');
    }

    my $port = $t->port;

    $t->nginx(
        locations => 'location / { wppkg_catalogue ' . $t->catalogue . '; }',
        http => "server { listen 127.0.0.1:$port; root $t->{dir}/theirs;
                          location ~ /downloads\$ { return 200; } }");

    return $port;
}


# docs/switching.md, and its table: {row}{repository} => cell

sub switching {
    open my $fh, '<', 'docs/switching.md' or die "switching.md: $!\n";
    my $page = do { local $/; <$fh> };

    my ($table) = $page =~ /^(\| \| wpackagist\.org \|.*?)\n\n/ms;
    my ($head, undef, @rows) = map { [ map { s/^ +| +$//gr } split /\|/ ] }
                               split /\n/, $table;
    my %table;

    for my $row (@rows) {
        my (undef, $name, @cells) = @$row;

        @{$table{$name}}{@$head[2 .. 4]} = @cells;
    }

    return ($page, \%table);
}


# Composer's form of an entry, with zips that are at $at

sub package_of {
    my ($p, $e, $at) = @_;

    my $url = ($e->{url} // '-') =~ s{^https?://downloads\.wordpress\.org}{$at}r;

    return {
        name    => $e->{name},
        version => $e->{version},
        type    => $e->{type},
        require => { 'composer/installers' => $e->{installers} },
        $url ne '-' ? (dist => { type => 'zip', url => $url }) : (),
        $e->{reference} ? (source => {
            type => 'svn', reference => $e->{reference},
            url => "https://$p->{type}s.svn.wordpress.org/$p->{slug}/",
        }) : (),
    };
}


# Writes the files of a repository below $dir, in the form that it has; each is
# there under the $base of its URL.

sub repository_of {
    my ($t, $from, $base, $at, @packages) = @_;

    my %of = map {
        my $p = $_;
        my $has = $p->{from}{$from};
        my ($name) = map { $_->{name} } values %$has;

        $name => { map { $_ => package_of($p, $has->{$_}, $at) } keys %$has };
    } @packages;

    return providers($t, $base, \%of) if $from eq 'wpackagist.org';

    my $own = $from eq 'WordPress.org';

    $t->write_file("theirs$base/packages.json", $json->encode({
        packages => [], 'metadata-url' => "$base/p2/%package%.json",
        'notify-batch' => "$base/downloads",
        'available-package-patterns' => [ 'wp-plugin/*', 'wp-theme/*',
                                          $own ? 'wp-core/*' : () ],
    }));

    for my $name (keys %of) {
        my %dev = map { $_ => $of{$name}{$_} }
                  grep { /^dev-/ } keys %{$of{$name}};
        my %main = %{$of{$name}};

        delete @main{keys %dev} if !$own;

        for ([ $name, \%main ], [ "$name~dev", $own ? \%main : \%dev ]) {
            my ($file, $versions) = @$_;

            $t->write_file("theirs$base/p2/$file.json", $json->encode({
                packages => { $name => $own ? [ values %$versions ]
                                            : $versions } }));
        }
    }
}


# wpackagist.org's: files that are named by their hashes, in two steps

sub providers {
    my ($t, $base, $of) = @_;

    my %hash;

    for my $name (keys %$of) {
        $_->{uid} = Digest::SHA::sha256_hex("$name|$_->{version}")
            for values %{$of->{$name}};
        $hash{$name} = hashed($t, "theirs$base/p/$name\$%s.json",
                              { packages => { $name => $of->{$name} } });
    }

    my $group = hashed($t, "theirs$base/p/providers-old\$%s.json",
        { providers => { map { $_ => { sha256 => $hash{$_} } } keys %hash } });

    $t->write_file("theirs$base/packages.json", $json->encode({
        packages => [], 'providers-url' => "$base/p/%package%\$%hash%.json",
        'provider-includes' =>
            { 'p/providers-old$%hash%.json' => { sha256 => $group } },
        'available-package-patterns' => [ 'wpackagist-plugin/*',
                                          'wpackagist-theme/*' ],
    }));
}


sub hashed {
    my ($t, $name, $value) = @_;

    my $text = $json->encode($value);
    my $hash = Digest::SHA::sha256_hex($text);

    $t->write_file(sprintf($name, $hash), $text);
    return $hash;
}


1;

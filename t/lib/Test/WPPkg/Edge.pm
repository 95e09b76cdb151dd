package Test::WPPkg::Edge;

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# An origin, which is filled by the stand-in of WordPress.org, and mirrors of
# it, each a harness with an nginx of its own.
#
#     my $origin = origin(plugins => 12, themes => 4);
#     my $edge = edge($origin);            # of an edge, too: a chain
#     follows($edge, $origin, 'at first');


use strict;
use warnings;

use Exporter qw(import);
use Test::More ();

use Test::WPPkg;
use Test::WPPkg::Documents qw(gunzip);


our @EXPORT = qw(origin edge serve offer believe update names tree files alike
                 same follows compared_anew);


# A repository with plugins p1, p2, … and themes t1, t2, …, served.

sub origin {
    my (%o) = @_;

    my $t = Test::WPPkg->new(timeout => $o{timeout});
    my @names = names(%o);

    offer($t, $_, '1.0') for @names;

    $t->configure;
    migrate($t);

    my $r = $t->syncd({ stdin => join "\n", @names, '' }, 'discover',
                      '--source=list', '-');
    die "discover: $r->{err}" if $r->{code};

    update($t);
    serve($t);

    return $t;
}


sub names {
    my (%o) = @_;

    return ((map { "plugin/p$_" } 1 .. $o{plugins} || 0),
            (map { "theme/t$_" } 1 .. $o{themes} || 0));
}


# A mirror of it, served, that has nothing yet; more: keys of [origin].

sub edge {
    my ($origin, %more) = @_;

    my $t = Test::WPPkg->new;

    $t->configure(origin => { url => $origin->nginx_url, %more });
    migrate($t);
    serve($t);

    return $t;
}


sub migrate {
    my ($t) = @_;

    my $r = $t->syncd('migrate');
    die "migrate: $r->{err}" if $r->{code};
}


sub serve {
    my ($t, %o) = @_;

    my $db = $t->catalogue;

    $t->nginx(workers => 2, %o,
              locations => "location / { wppkg_catalogue $db;"
                           . ' wppkg_packages on;'
                           . ' location = /status { wppkg_status; } }');
}


# What WordPress.org says of a package from now on: these versions, or that it
# is closed.

sub offer {
    my ($t, $name, @versions) = @_;

    my ($type, $slug) = split m{/}, $name;

    return $t->wporg->closed($type, $slug, permanent => 1,
                             reason => 'Author Request') if !@versions;

    return $t->wporg->$type($slug, {
        versions => { map { $_ => undef } @versions },
        stable => $versions[-1] });
}


# The origin fetches them, or what is due.

sub update {
    my ($t, @names) = @_;

    my $r = $t->syncd('update', @names);
    die "update: $r->{err}" if $r->{code};
}


# The same, and a closure is believed.

sub believe {
    my ($t, @names) = @_;

    update($t, @names);
    $t->sql('UPDATE observations SET observed_at = observed_at - 3600');
    update($t, @names);
}


# path => hash, and whether the name is claimed, of all that it has.  The Atom
# feed comes with the next look at what tells of many packages: t/atom.t.

sub tree {
    my ($t) = @_;

    return { map { $_->[0] => "$_->[1] $_->[2]" } $t->sql(
        'SELECT path, hex(content_hash), claims FROM documents'
        . " WHERE path NOT IN ('packages.json', 'feed.xml')"
        . ' AND content_hash IS NOT NULL') };
}


# path => bytes, likewise

sub files {
    my ($t) = @_;

    return { map { $_->[0] => gunzip(pack 'H*', $_->[1]) } $t->sql(
        'SELECT path, hex(body) FROM documents'
        . ' JOIN bodies ON document_id = id'
        . " WHERE path LIKE 'p2/%/%' AND content_hash IS NOT NULL") };
}


sub alike {
    my ($edge, $origin) = @_;

    my ($here, $there) = map { tree($_) } $edge, $origin;

    return join("\n", map { "$_ $here->{$_}" } sort keys %$here)
           eq join("\n", map { "$_ $there->{$_}" } sort keys %$there);
}


sub same {
    my ($edge, $origin, $what) = @_;

    return Test::More::is_deeply(tree($edge), tree($origin),
                                 "$what: the edge has what the origin has");
}


# One visit, after which it has.

sub follows {
    my ($edge, $origin, $what, @command) = @_;

    my $r = $edge->syncd(@command ? @command : 'mirror');

    Test::More::is($r->{code}, 0, "$what: the edge follows")
        or Test::More::diag($r->{err});
    same($edge, $origin, $what);

    return $r;
}


# Mirrors have to begin anew, as after a backup was restored.

sub compared_anew {
    my ($t) = @_;

    $t->sql("UPDATE meta SET value = (SELECT value + 10000 FROM meta"
            . " WHERE name = 'feed_watermark')"
            . " WHERE name IN ('feed_floor', 'feed_watermark')");
}


1;

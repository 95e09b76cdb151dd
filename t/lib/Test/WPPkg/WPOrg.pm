package Test::WPPkg::WPOrg;

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Drives t/lib/wporg-standin, which serves what the files of its directory
# say; see there for their form.


use strict;
use warnings;

use Cwd ();
use Fcntl qw(LOCK_EX);
use File::Basename ();
use IO::Socket::INET;
use JSON::PP ();

use Test::WPPkg::Process qw(alive free_port poll stop_process);


my $program = Cwd::realpath(File::Basename::dirname(__FILE__)
                            . '/../../wporg-standin');

# as PHP writes it
my $json = JSON::PP->new->ascii->escape_slash->canonical;


sub new {
    my ($class, $t, %o) = @_;

    my $port = free_port();
    my $dir = $t->dir . '/wporg';

    my $self = bless {
        t => $t, dir => $dir, port => $port,
        log => "$dir/requests.log", host => "http://127.0.0.1:$port",
    }, $class;

    mkdir $dir or die "$dir: $!\n";
    mkdir "$dir/$_" for qw(plugin theme core);

    $self->{pid} = $t->start([ $^X, $program, "--port=$port", "--dir=$dir",
                               $o{options} ? @{$o{options}} : () ],
                             out => "$dir/out", err => "$dir/out");

    my $up = poll(sub {
        !alive($self->{pid}) || IO::Socket::INET->new(
            PeerAddr => '127.0.0.1', PeerPort => $port);
    }, 30);

    if (!$up || !alive($self->{pid})) {
        die "the stand-in does not start:\n" . $t->read_file("$dir/out");
    }

    $self->clear_requests;

    return $self;
}


sub url { $_[0]->{host} }


sub stop {
    my ($self) = @_;

    my $pid = delete $self->{pid} or return;
    stop_process($pid);
}


sub clear_requests {
    my ($self) = @_;

    open my $fh, '>', $self->{log} or die "$self->{log}: $!\n";
}


# one hash a request: method, path, query (decoded text), headers, status

sub requests {
    my ($self) = @_;

    open my $fh, '<:raw', $self->{log} or return;
    return map { JSON::PP::decode_json($_) } <$fh>;
}


sub write_json {
    my ($self, $name, $text) = @_;

    # a request sees the old file or the new one, never half of one

    $self->{t}->write_file("wporg/$name.new", $text);
    rename "$self->{dir}/$name.new", "$self->{dir}/$name"
        or die "$name: $!\n";
}


# Offers a plugin.  versions: tag => zip, undef for the zip that the stand-in
# makes; stable: the published version, by default the last in plain order;
# everything else goes into the answer as it is.

sub plugin {
    my ($self, $slug, $o) = @_;
    $self->offer('plugin', $slug, $o);
}


sub theme {
    my ($self, $slug, $o) = @_;
    $self->offer('theme', $slug, $o);
}


sub offer {
    my ($self, $type, $slug, $o) = @_;

    my %more = %{$o || {}};
    my $versions = delete $more{versions};
    my $stable = delete $more{stable};

    $versions = { '1.0' => undef } if !defined $versions;

    my %zips = map {
        my $told = /^\./ ? "0$_" : $_;

        $told => defined $versions->{$_} ? $versions->{$_}
                                         : $self->zip_url($type, $slug, $told)
    } keys %$versions;

    if (!defined $stable) {
        $stable = (sort grep { $_ ne 'trunk' } keys %zips)[-1];
    }

    my %published = $type eq 'plugin' ? published($stable, $more{stable_tag})
                    : (version => defined $stable ? $stable : '0.0');

    if ($type eq 'plugin' && !exists $zips{trunk} && %zips
        && $published{stable_tag} ne 'trunk')
    {
        $zips{trunk} = $self->zip_url($type, $slug);
    }

    my $object = $type eq 'plugin'
        ? $self->plugin_object($slug) : $self->theme_object($slug);

    $object = {
        %$object,
        %published,
        download_link => defined $stable && defined $zips{$stable}
                         ? $zips{$stable} : $self->zip_url($type, $slug),
        versions      => php(\%zips),
        %more,
    };

    $self->raw($type, $slug, $json->encode($object));

    return $object;
}


# what is said where the version or its tag is not known

sub published {
    my ($stable, $tag) = @_;

    return (version => defined $stable ? $stable : '0.0',
            stable_tag => defined $tag ? $tag
                          : defined $stable ? $stable : 'trunk');
}


# an array of PHP with the keys 0, 1, 2… is a list, and so is an empty one

sub php {
    my ($array) = @_;

    for my $n (0 .. keys(%$array) - 1) {
        return $array if !exists $array->{$n};
    }

    return [ map { $array->{$_} } 0 .. keys(%$array) - 1 ];
}


# with nothing encoded, whatever is in a tag

sub zip_url {
    my ($self, $type, $slug, $tag) = @_;

    my $name = defined $tag && $tag ne 'trunk' ? "$slug.$tag" : $slug;

    return "$self->{host}/$type/$name.zip";
}


sub plugin_object {
    my ($self, $slug) = @_;

    return {
        slug           => $slug,
        name           => ucfirst $slug,
        author         => '<a href="https://example.org/">'
                          . "Author of $slug</a>",
        author_profile => 'https://profiles.wordpress.org/author/',
        requires       => '5.0',
        tested         => '6.5',
        requires_php   => '7.2',
        requires_plugins => [],
        homepage       => "https://example.org/$slug/",
        donate_link    => '',
        active_installs => 1000,
        downloaded     => 54321,
        rating         => 90,
        num_ratings    => 12,
        last_updated   => '2024-01-13 3:57pm GMT',
        added          => '2012-01-13',
        sections       => { description => "<p>All about $slug.</p>" },
        short_description => "All about $slug.",
        tags           => [],
        contributors   => {
            author => {
                profile => 'https://profiles.wordpress.org/author/',
                avatar  => 'https://secure.gravatar.com/avatar/0',
                display_name => "Author of $slug",
            },
        },
        screenshots    => [],
    };
}


sub theme_object {
    my ($self, $slug) = @_;

    return {
        slug           => $slug,
        name           => ucfirst $slug,
        author         => {
            user_nicename => 'author',
            profile       => 'https://profiles.wordpress.org/author/',
            display_name  => "Author of $slug",
            author        => "Author of $slug",
            author_url    => 'https://example.org/',
        },
        requires       => JSON::PP::false,
        requires_php   => '5.6',
        rating         => 90,
        num_ratings    => 12,
        active_installs => 1000,
        downloaded     => 54321,
        homepage       => "https://wordpress.org/themes/$slug/",
        last_updated   => '2024-01-13',
        description    => "All about $slug.",
        sections       => { description => "All about $slug." },
        tags           => { blog => 'Blog' },
    };
}


# What pages of themes don't tell, or tell twice, because they shift: lists of
# slugs.

sub shifts {
    my ($self, %shifts) = @_;

    $self->write_json('shifts.json', $json->encode(\%shifts));
}


# WordPress.org has closed it: permanent => 1, or for now.  Of a theme it says
# no more than that it is not found.

sub closed {
    my ($self, $type, $slug, %o) = @_;

    my $why = $o{permanent}
        ? 'This closure is permanent. Reason: Author Request.'
        : 'This closure is temporary, pending a full review.';

    my $reason = defined $o{reason} ? $o{reason}
               : $o{permanent} ? 'author-request' : JSON::PP::false;

    $self->raw($type, $slug, $json->encode({
        error       => 'closed',
        name        => ucfirst $slug,
        slug        => $slug,
        description => "This $type has been closed as of April 9, 2026 and "
                       . "is not available for download. $why",
        closed      => JSON::PP::true,
        closed_date => '2026-04-09',
        reason      => $reason,
        reason_text => $o{permanent} ? 'Author Request' : JSON::PP::false,
    }));
}


sub remove {
    my ($self, $type, $slug) = @_;
    unlink "$self->{dir}/$type/$slug.json";
}


sub raw {
    my ($self, $type, $slug, $text) = @_;

    utf8::encode($text) if utf8::is_utf8($text);
    $self->write_json("$type/$slug.json", $text);
}


# What is told of WordPress itself: releases, version => status, and offers,
# version => PHP, whose zips are here.  A text is the answer as it is.

sub wordpress {
    my ($self, $releases, $offers) = @_;

    $self->write_json('core/releases',
                      ref $releases ? $json->encode($releases) : $releases);

    return if !defined $offers;

    $offers = $json->encode({
        offers => [ map { $self->release($_, $offers->{$_}) }
                    sort keys %$offers ],
        translations => [],
    }) if ref $offers;

    $self->write_json('core/offers', $offers);
}


sub release {
    my ($self, $version, $php) = @_;

    my $zip = "$self->{host}/release/wordpress-$version";

    return {
        response => 'upgrade', download => "$zip.zip", locale => 'en_US',
        packages => {
            full        => "$zip.zip",
            no_content  => "$zip-no-content.zip",
            new_bundled => "$zip-new-bundled.zip",
            partial     => JSON::PP::false,
            rollback    => JSON::PP::false,
        },
        current  => $version, version => $version, php_version => $php,
        mysql_version => '5.5.5', new_bundled => '6.7',
        partial_version => JSON::PP::false,
    };
}


# What a source of advisories says, records by their ids or a text; at its URL.

sub advisories {
    my ($self, $records) = @_;

    $self->write_json('advisories.json',
                      ref $records ? $json->encode($records) : $records);

    return "$self->{host}/api/intelligence/v3/vulnerabilities/production";
}


# A record about a plugin whose versions up to that are affected; everything
# else goes into it as it is.

sub advisory {
    my ($self, $id, $slug, $to, %more) = @_;

    return {
        id => $id, title => "$slug <= $to - Stored XSS",
        software => [ {
            type => 'plugin', name => $slug, slug => $slug,
            affected_versions => { "* - $to" => {
                from_version => '*', from_inclusive => JSON::PP::true,
                to_version => $to, to_inclusive => JSON::PP::true } },
            patched => JSON::PP::true,
        } ],
        informational => JSON::PP::false,
        description => "The plugin $slug is vulnerable.",
        references => [ "https://www.wordfence.com/threat-intel/"
                        . "vulnerabilities/id/$id?source=api-prod",
                        'https://example.org/more' ],
        cvss => { vector => 'CVSS:3.1/AV:N', score => 6.1,
                  rating => 'Medium' },
        cve => 'CVE-2026-' . (10000 + unpack('%16C*', $id)),
        published => '2026-01-02 03:04:05', updated => '2026-01-03 00:00:00',
        copyrights => {
            message => 'This record contains material that is subject to '
                       . 'copyright',
            defiant => { notice => 'Copyright 2012-2026 Defiant Inc.',
                         license => 'Any copy is to have this license.',
                         license_url => 'https://www.wordfence.com/terms/' },
            mitre => { notice => 'Copyright 1999-2026 The MITRE Corporation',
                       license => 'CVE Usage: any copy is to have this.',
                       license_url => 'https://www.cve.org/terms' },
        },
        %more,
    };
}


# From now on the API has a cache, whose clock shows so many seconds.

sub clock {
    my ($self, $seconds) = @_;
    $self->write_json('clock', $seconds);
}


# The next answers fail, see "Failures" in the stand-in: what, times, and
# which requests (path, query: patterns).

sub fail {
    my ($self, $what, %how) = @_;

    open my $lock, '>>', "$self->{dir}/fail.lock" or die "fail.lock: $!\n";
    flock $lock, LOCK_EX;

    my @rules = $self->failures;
    push @rules, { what => $what, times => 1, %how };

    $self->write_json('fail.json', $json->encode(\@rules));
}


# the failures that are still to come

sub failures {
    my ($self) = @_;

    open my $fh, '<:raw', "$self->{dir}/fail.json" or return;
    local $/;
    my $rules = JSON::PP::decode_json(<$fh>);

    return grep { $_->{times} > 0 } @$rules;
}


1;

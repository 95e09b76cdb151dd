package Test::WPPkg::Mirror;

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# A mirror, written from the contract alone (C 28-39): it starts by a 400,
# reads everything by the list, then polls the changes feed, and asks for
# files with If-Modified-Since.  It keeps the timestamp only after all that an
# answer told has succeeded, so whatever fails is simply done again.
#
#     my $m = Test::WPPkg::Mirror->new(url => 'http://127.0.0.1:8080');
#     $m->run or diag($m->{trouble});      # one visit
#     $m->{files}                          # path => { content, date }


use strict;
use warnings;

use HTTP::Tiny ();
use IO::Uncompress::Gunzip ();
use JSON::PP ();


# fetch: where files come from instead, as a function of path and headers;
# claims: it knows packages/claimed.json

sub new {
    my ($class, %o) = @_;

    return bless {
        url    => $o{url},
        fetch  => $o{fetch},
        claims => $o{claims},
        http   => HTTP::Tiny->new(timeout => 20),
        files  => {},
        seen   => {},                 # package => time of its last action
        stuck  => [],                 # what no other visit would repair
        count  => {},
    }, $class;
}


# One visit.  1: all is done, and the timestamp kept; 0: it failed, and the
# reason is in {trouble}.

sub run {
    my ($self) = @_;

    return 1 if eval { $self->visit; 1 };

    $self->{trouble} = $@;
    $self->{count}{failed}++;

    return 0;
}


sub visit {
    my ($self) = @_;

    my $root = $self->json($self->get('/packages.json'));
    my $changes = $root->{'metadata-changes-url'};
    die "no feed\n" if !defined $changes;

    my $query = defined $self->{since} ? "?since=$self->{since}" : '';
    my $r = $self->get($changes . $query);

    if ($r->{status} == 400) {
        my $timestamp = $self->json($r)->{timestamp};

        $self->resync($root);
        $self->{since} = $timestamp;
        $self->{count}{started}++;
        return;
    }

    die "$changes: $r->{status}\n" if $r->{status} != 200;

    my $answer = $self->json($r);
    $self->follow($root, $answer);
    $self->{since} = $answer->{timestamp};
    $self->{count}{polls}++;
}


sub follow {
    my ($self, $root, $answer) = @_;

    for my $action (@{$answer->{actions}}) {
        my ($type, $name, $time) = @{$action}{qw(type package time)};

        $self->{count}{$type}++;

        if ($type eq 'resync') {
            $self->resync($root);
            next;
        }

        # C 37: one whose time it has seen is none

        if (($self->{seen}{$name} || 0) == $time) {
            $self->{count}{dropped}++;
            next;
        }

        if ($type eq 'delete') {
            delete @{$self->{files}}{"p2/$name.json", "p2/$name~dev.json"};

        } elsif ($type eq 'update') {
            $self->file("p2/$name.json", $time);

        } else {
            die "an action \"$type\"\n";
        }
    }

    # replayed as a whole if any of them fails

    $self->{seen}{$_->{package}} = $_->{time} for @{$answer->{actions}};
}


# C 39: both files of every name; what is not in the list is deleted

sub resync {
    my ($self, $root) = @_;

    my $names = $self->json($self->get($root->{list} || '/packages/list.json'))
                ->{packageNames};
    my %there;

    if ($self->{claims}) {
        my $r = $self->get('/packages/claimed.json');
        push @$names, @{$self->json($r)->{packageNames}}
            if $r->{status} == 200;
    }

    for my $name (@$names) {
        for my $path ("p2/$name.json", "p2/$name~dev.json") {
            $there{$path} = 1;
            $self->file($path, 0);
        }
    }

    delete $self->{files}{$_} for grep { !$there{$_} }
                                  keys %{$self->{files}};
}


# C 36: it gets stuck at a file older than its action; 404 is skipped

sub file {
    my ($self, $path, $time) = @_;

    my $old = $self->{files}{$path};
    my $r = $self->get("/$path", $old ? $old->{date} : undef);

    if ($r->{status} == 404) {
        $self->{count}{missing}++;
        return;
    }

    die "$path: $r->{status}\n" if $r->{status} !~ /^(?:200|304)$/;

    my $date = $r->{headers}{'last-modified'};
    die "$path: no Last-Modified\n" if !defined $date;

    if (HTTP::Tiny->_parse_http_date($date) < $time) {
        push @{$self->{stuck}}, "$path: $date is before $time";
        die "$path: older than its action\n";
    }

    return if $r->{status} == 304;

    $self->{files}{$path} = { content => $r->{content}, date => $date };
}


sub get {
    my ($self, $url, $since) = @_;

    my %headers = ('Accept-Encoding' => 'gzip');
    $headers{'If-Modified-Since'} = $since if defined $since;

    return $self->{fetch}->($url, \%headers)
        if $self->{fetch} && $url =~ m{^/p2/};

    $url = $self->{url} . $url if $url =~ m{^/};

    my $r = $self->{http}->get($url, { headers => \%headers });

    if ($r->{status} != 304 && $r->{status} < 500
        && $r->{status} != 404)
    {
        # without it a mirror ends (C 1, C 31)

        die "$url: not compressed\n"
            if ($r->{headers}{'content-encoding'} || '') ne 'gzip';

        my $gz = $r->{content};
        IO::Uncompress::Gunzip::gunzip(\$gz => \$r->{content})
            or die "$url: damaged\n";
    }

    return $r;
}


sub json {
    my ($self, $r) = @_;

    die "$r->{url}: $r->{status} $r->{content}\n"
        if $r->{status} != 200 && $r->{status} != 400;

    return JSON::PP::decode_json($r->{content});
}


1;

package Test::WPPkg::H2;

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# As much of an HTTP/2 client (RFC 9113, RFC 7541) as a test needs that keeps
# its window shut: many requests on one connection, their statuses, and their
# bodies when it opens the window.
#
#     my $h2 = Test::WPPkg::H2->new($port);
#     my @streams = map { $h2->ask('/packages.json') } 1 .. 100;
#     $h2->wait_for(@streams);        # until each has its header
#     $h2->open(@streams);            # their bodies may come now
#     $h2->finish(@streams);          # until each has ended
#     $h2->status($streams[0]); $h2->content($streams[0]);


use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use Time::HiRes qw(time);


use constant {
    DATA => 0, HEADERS => 1, SETTINGS => 4, GOAWAY => 7, WINDOW_UPDATE => 8,
    END_STREAM => 1, ACK => 1, END_HEADERS => 4, PADDED => 8,
    INITIAL_WINDOW_SIZE => 4, WINDOW_MAX => 0x7fffffff,
    LIMIT => 60,                      # seconds that an answer may take
};

# of the static table, by index
my %indexed = (8 => 200, 9 => 204, 10 => 206, 11 => 304, 12 => 400,
               13 => 404, 14 => 500);


sub new {
    my ($class, $port) = @_;

    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                       PeerPort => $port, Timeout => 10)
        or die "connect: $!\n";

    my $self = bless { socket => $socket, next => 1, in => '', stream => {} },
                     $class;

    $self->send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
                . frame(SETTINGS, 0, 0, pack 'nN', INITIAL_WINDOW_SIZE, 0));

    return $self;
}


sub frame {
    my ($type, $flags, $stream, $payload) = @_;

    return substr(pack('N', length $payload), 1)
           . pack('CCN', $type, $flags, $stream) . $payload;
}


sub send {
    my ($self, $bytes) = @_;

    while (length $bytes) {
        my $n = syswrite $self->{socket}, $bytes;
        die "send: $!\n" if !defined $n;
        substr $bytes, 0, $n, '';
    }
}


# a request by GET, with more fields if need be; the number of its stream

sub ask {
    my ($self, $path, %fields) = @_;

    my $stream = $self->{next};
    my @fields = (':method' => 'GET', ':scheme' => 'http', ':path' => $path,
                  ':authority' => 'a', %fields);
    my $block = '';

    # literals without indexing
    while (my ($name, $value) = splice @fields, 0, 2) {
        $block .= pack 'C C/a C/a', 0, $name, $value;
    }

    $self->send(frame(HEADERS, END_STREAM | END_HEADERS, $stream, $block));
    $self->{next} += 2;
    $self->{stream}{$stream} = { content => '' };

    return $stream;
}


# The window of these streams, not of all: nginx takes more than 8 MB that it
# has queued and not sent for a flood.

sub open {
    my ($self, @streams) = @_;

    $self->send(join '', map {
        frame(WINDOW_UPDATE, 0, $_, pack 'N', $_ ? WINDOW_MAX
                                                 : WINDOW_MAX - 65535)
    } 0, @streams);
}


sub close { close $_[0]->{socket} }

sub status { $_[0]->{stream}{$_[1]}{status} }
sub content { $_[0]->{stream}{$_[1]}{content} }

sub wait_for { my ($self, @s) = @_; $self->read_until('status', @s) }
sub finish { my ($self, @s) = @_; $self->read_until('ended', @s) }


# 1: each of these has got there

sub read_until {
    my ($self, $what, @streams) = @_;

    my $end = time + LIMIT;
    my $select = IO::Select->new($self->{socket});

    while (grep { !$self->{stream}{$_}{$what} } @streams) {
        return 0 if time > $end;
        next if !$select->can_read(0.1);
        return 0 if !sysread $self->{socket}, $self->{in}, 1 << 18,
                             length $self->{in};
        $self->frames;
    }

    return 1;
}


sub frames {
    my ($self) = @_;

    while (length $self->{in} >= 9) {
        my $length = unpack 'N', "\0" . substr $self->{in}, 0, 3;
        return if length $self->{in} < 9 + $length;

        my ($type, $flags, $stream) = unpack 'x3 CCN', $self->{in};
        my $payload = substr $self->{in}, 9, $length;
        substr $self->{in}, 0, 9 + $length, '';

        $self->take($type, $flags, $self->{stream}{$stream}, $payload);
    }
}


sub take {
    my ($self, $type, $flags, $stream, $payload) = @_;

    die "GOAWAY\n" if $type == GOAWAY;
    die "a padded frame\n" if $type <= HEADERS && $flags & PADDED;

    if ($type == SETTINGS && !($flags & ACK)) {
        $self->send(frame(SETTINGS, ACK, 0, ''));
    }

    return if !$stream;

    $stream->{status} ||= status_of($payload) if $type == HEADERS;
    $stream->{content} .= $payload if $type == DATA;
    $stream->{ended} = 1 if $type <= HEADERS && $flags & END_STREAM;
}


# It comes first: by its index, or as three digits after its name's.  nginx may
# say before that the dynamic table has another size.

sub status_of {
    my ($block) = @_;

    $block =~ s/\A[\x20-\x3f]//;

    my $first = ord $block;

    return $indexed{$first & 0x7f} if $first & 0x80;
    return $1 if $block =~ /\A[\x08\x18\x48]\x03(\d{3})/;

    die 'status: ' . unpack('H20', $block) . "\n";
}


1;

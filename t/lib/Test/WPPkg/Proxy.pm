package Test::WPPkg::Proxy;

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# A proxy in front of a server, for what goes wrong on the way
# (t/lib/fault-proxy).
#
#     my $proxy = Test::WPPkg::Proxy->new($t, $port_of_the_server);
#     $proxy->url; $proxy->requests; $proxy->clear_requests; $proxy->stop
#     $proxy->fault('^REPORT', cut => 1000);


use strict;
use warnings;

use IO::Socket::INET;

use Test::WPPkg::Process qw(free_port poll stop_process);


sub new {
    my ($class, $t, $upstream) = @_;

    my $port = free_port();
    my $dir = $t->dir . "/proxy-$port";

    mkdir $dir or die "$dir: $!\n";

    my $self = bless { t => $t, dir => $dir, port => $port }, $class;

    $self->{pid} = $t->start([ $^X, 't/lib/fault-proxy', $port, $upstream,
                               $dir ],
                             out => "$dir/out", err => "$dir/out");

    poll(sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                     PeerPort => $port, Timeout => 1) }, 20)
        or die "$dir: it does not come up\n";

    return $self;
}


sub url { "http://127.0.0.1:$_[0]->{port}" }


# the first line of each; they are written before anything is passed on

sub requests {
    my ($self) = @_;

    open my $fh, '<', "$self->{dir}/access.log" or return;
    chomp(my @lines = <$fh>);
    return @lines;
}


sub clear_requests {
    my ($self) = @_;
    truncate "$self->{dir}/access.log", 0;
}


# From now on, for requests whose first line and body match: cut (bytes of
# the answer, then the connection ends), stall (bytes, then nothing more),
# answer (these bytes instead), route (to another port).  Of several the first
# that matches counts.  Without arguments nothing goes wrong any more.

sub fault {
    my ($self, @faults) = @_;

    my $text = '';

    while (my ($match, $what, $value) = splice @faults, 0, 3) {
        $value = unpack 'H*', $value if $what eq 'answer';
        $text .= "$what $value\n$match\n";
    }

    $self->{t}->write_file("$self->{dir}/fault.new", $text);
    rename "$self->{dir}/fault.new", "$self->{dir}/fault";
}


sub stop {
    my ($self) = @_;

    my $pid = delete $self->{pid};
    stop_process($pid) if $pid;
}


1;

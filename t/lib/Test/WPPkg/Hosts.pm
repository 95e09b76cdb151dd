package Test::WPPkg::Hosts;

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Several hosts on one machine: network namespaces, and a switch between them
# whose links can be cut.  Needs root.
#
#     my $hosts = Test::WPPkg::Hosts->new($t, qw(origin edge));
#     $hosts->address('edge');                  # 10.77.0.2
#     $t->start([ $hosts->on('edge', @command) ]);
#     $hosts->cut('edge'); $hosts->mend('edge'); $hosts->end;


use strict;
use warnings;

use Test::WPPkg::Process qw(poll stop_process);


# A namespace lives as long as a process in it.

sub new {
    my ($class, $t, @names) = @_;

    my $self = bless { t => $t, n => {}, pid => {} }, $class;

    $self->{switch} = $self->namespace;
    $self->do($self->{switch}, 'ip', 'link', 'add', 'switch', 'type',
              'bridge');
    $self->do($self->{switch}, 'ip', 'link', 'set', 'switch', 'up');

    for my $name (@names) {
        my $n = $self->{n}{$name} = keys(%{$self->{n}}) + 1;
        my $pid = $self->{pid}{$name} = $self->namespace;

        # from within the switch, so that nothing is named in our own one

        $self->do($self->{switch}, 'ip', 'link', 'add', "port$n", 'type',
                  'veth', 'peer', 'name', 'eth0', 'netns', $pid);
        $self->do($self->{switch}, 'ip', 'link', 'set', "port$n", 'master',
                  'switch', 'up');
        $self->do($pid, 'ip', 'address', 'add', "10.77.0.$n/24", 'dev',
                  'eth0');
        $self->do($pid, 'ip', 'link', 'set', 'eth0', 'up');
    }

    return $self;
}


sub namespace {
    my ($self) = @_;

    my $ready = $self->{t}->path('namespace');
    unlink $ready;

    my $pid = $self->{t}->start([ 'unshare', '--net', 'sh', '-c',
        'ip link set lo up && echo > "$0" && exec sleep 3600', $ready ]);

    poll(sub { -e $ready }, 20) or die "no network namespace\n";

    return $pid;
}


sub do {
    my ($self, $pid, @command) = @_;

    my $r = $self->{t}->command({}, 'nsenter', '-t', $pid, '-n', '--',
                                @command);
    die "@command: $r->{err}" if $r->{code};
}


# a command on a host

sub on {
    my ($self, $name, @command) = @_;

    return ('nsenter', '-t', $self->{pid}{$name}, '-n', '--', @command);
}


sub address { "10.77.0.$_[0]->{n}{$_[1]}" }


sub cut {
    my ($self, $name) = @_;
    $self->do($self->{switch}, 'ip', 'link', 'set', "port$self->{n}{$name}",
              'down');
}


sub mend {
    my ($self, $name) = @_;
    $self->do($self->{switch}, 'ip', 'link', 'set', "port$self->{n}{$name}",
              'up');
}


sub end {
    my ($self) = @_;
    stop_process($_) for $self->{switch}, values %{$self->{pid}};
}


1;

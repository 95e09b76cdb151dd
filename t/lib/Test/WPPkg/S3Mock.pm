package Test::WPPkg::S3Mock;

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# A bucket on t/lib/s3-mock, for the habits of servers that can't run here.
#
#     my $m = Test::WPPkg::S3Mock->new($t);
#     $m->habits('walk', 'fault=503:SlowDown:PUT:2');
#     $t->configure($m->bucket(style => 'path'));
#     $t->syncd({ env => $m->keys }, 'sync');
#     $m->log                         # lines since the last call
#     $m->object($key)                # the answer to an unsigned GET


use strict;
use warnings;

use HTTP::Tiny ();
use IO::Socket::INET;

use Test::WPPkg::Process qw(poll stop_process);


my $n = 0;

sub new {
    my ($class, $t, %o) = @_;

    my $self = bless { t => $t, port => $t->port, name => 's3-mock' . ++$n,
                       host => $o{host} || '127.0.0.1' }, $class;

    $self->habits;
    $self->{pid} = $t->start([ $^X, 't/lib/s3-mock', $self->{port},
                $t->path("$self->{name}.control"), $self->log_file ],
              err => $t->path("$self->{name}.err"));
    poll(sub { IO::Socket::INET->new("127.0.0.1:$self->{port}") }, 20)
        or die "no s3-mock\n";

    return $self;
}


sub stop { stop_process($_[0]->{pid}) }

sub log_file { $_[0]->{t}->path("$_[0]->{name}.log") }

sub endpoint { "http://$_[0]->{host}:$_[0]->{port}" }


sub habits {
    my ($self, @words) = @_;
    my $file = $self->{t}->path("$self->{name}.control");

    $self->{t}->write_file("$file.new", "@words\n");
    rename "$file.new", $file or die "$file: $!\n";
}


# for configure(): where the bucket is, and what else is said of it

sub bucket {
    my ($self, %o) = @_;
    return (bucket => { endpoint => $self->endpoint, name => 'bkt', %o });
}


sub keys {
    my ($self, %env) = @_;
    return { WPPKG_S3_ACCESS_KEY_ID => 'AKEXAMPLE',
             WPPKG_S3_SECRET_ACCESS_KEY => 'secret-of-the-test', %env };
}


sub log {
    my ($self) = @_;
    my $file = $self->log_file;
    my @lines = -e $file ? split /\n/, $self->{t}->read_file($file) : ();

    unlink $file;
    return @lines;
}


sub object {
    my ($self, $key) = @_;
    return HTTP::Tiny->new->get("http://127.0.0.1:$self->{port}/bkt/$key");
}


1;

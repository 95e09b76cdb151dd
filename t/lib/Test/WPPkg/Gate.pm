package Test::WPPkg::Gate;

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# A gate before what a thread of nginx reads (t/lib/gate.c): while it is
# closed, a thread that comes there waits.
#
#     my $gate = Test::WPPkg::Gate->new($t);
#     $gate->nginx(%conf);            # $t->nginx, with the gate in it
#     $gate->close; …
#     $gate->held('what');            # until a thread waits; a test
#     $gate->open;


use strict;
use warnings;

use Test::More ();


sub new {
    my ($class, $t) = @_;

    my $dir = $t->path('gate');
    my $self = bless { t => $t, file => "$dir/closed", so => "$dir/gate.so" },
                     $class;

    # workers say there that they wait
    mkdir $dir;
    chmod 0777, $dir;

    my $r = $t->command({}, $ENV{CC} || 'cc', '-shared', '-fPIC', '-O1',
                        '-o', $self->{so}, 't/lib/gate.c', '-ldl');
    Test::More::is($r->{code}, 0, 'gate.c compiles')
        or Test::More::diag($r->{err});

    return $self;
}


sub nginx {
    my ($self, %conf) = @_;

    my $binary = $self->{t}->build_dir . '/nginx';
    my @preload = $self->{so};

    # a sanitizer's runtime must come first
    if (-x $binary) {
        my $r = $self->{t}->command({}, 'ldd', $binary);
        unshift @preload, $r->{out} =~ m{(/\S*/lib[au]bsan\.so\S*)}g;
        unshift @preload, $r->{out} =~ m{(/\S*/libasan\.so\S*)};
    }

    local $ENV{LD_PRELOAD} = join ' ', @preload;
    local $ENV{WPPKG_GATE} = $self->{file};

    $self->{t}->nginx(%conf);
}


sub close {
    my ($self) = @_;

    unlink "$self->{file}.held";
    $self->{t}->write_file($self->{file}, '');
}


sub open {
    my ($self) = @_;
    unlink $self->{file}, "$self->{file}.held";
}


sub held {
    my ($self, $what) = @_;

    $self->{t}->wait_for(sub { -e "$self->{file}.held" },
                         "$what: a thread is in its task");
}


1;

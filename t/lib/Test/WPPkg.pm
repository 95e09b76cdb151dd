package Test::WPPkg;

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# The test harness: a directory, a catalogue, wppkg-syncd, nginx with the
# module, stand-ins of the outside world, and the checks that end every file.
#
#     my $t = Test::WPPkg->new;
#     my $w = $t->wporg;
#     $w->plugin('akismet', { versions => { '1.0' => undef } });
#     $t->configure;
#     is($t->syncd('migrate')->{code}, 0, 'migrate');
#     …
#     $t->done;
#
# Environment: WPPKG_BUILD (build), WPPKG_TEST_LEAVE (keeps the directory),
# WPPKG_TEST_TIMEOUT (seconds of a test file, 300).
# Only what comes with Perl is used.


use strict;
use warnings;

use Cwd ();
use File::Path ();
use File::Temp ();
use JSON::PP ();
use POSIX ();
use Test::More ();
use Time::HiRes ();

use Test::WPPkg::Composer;
use Test::WPPkg::Nginx;
use Test::WPPkg::Process qw(free_port group_alive poll run sanitizer_env
                            sanitizer_reports spawn stop_process);
use Test::WPPkg::WPOrg;


our @ISA = qw(Test::WPPkg::Composer Test::WPPkg::Nginx);

my $seconds = 300;                    # of one test file, by default

my @live;                             # harnesses whose processes may run


# timeout: seconds after which the whole file is ended as failed

sub new {
    my ($class, %o) = @_;

    my $dir = Cwd::realpath(File::Temp::tempdir('wppkg-test-XXXXXX',
                                                TMPDIR => 1));
    chmod 0755, $dir;

    my $build = Cwd::realpath($ENV{WPPKG_BUILD} || 'build');

    my $self = bless {
        dir      => $dir,
        build    => $build,
        runs     => 0,
        children => [],               # process ids; group leaders all
        alerts   => [],
        owner    => $$,
    }, $class;

    push @live, $self;

    $SIG{ALRM} = sub {
        Test::More::fail('the test file took too long');
        exit 1;                       # END cleans up
    };
    $SIG{INT} = $SIG{TERM} = sub { exit 1 };
    $SIG{PIPE} = 'IGNORE';
    alarm($o{timeout} || $ENV{WPPKG_TEST_TIMEOUT} || $seconds);

    return $self;
}


sub dir { $_[0]->{dir} }
sub port { free_port() }


sub path {
    my ($self, $name) = @_;
    return $name =~ m{^/} ? $name : "$self->{dir}/$name";
}


sub write_file {
    my ($self, $name, $text) = @_;

    my $path = $self->path($name);
    my ($parent) = $path =~ m{^(.*)/};

    File::Path::make_path($parent);

    open my $fh, '>:raw', $path or die "$path: $!\n";
    print $fh $text;
    close $fh or die "$path: $!\n";

    return $path;
}


sub read_file {
    my ($self, $name) = @_;

    my $path = $self->path($name);

    open my $fh, '<:raw', $path or die "$path: $!\n";
    local $/;
    return scalar <$fh>;
}


sub catalogue {
    my ($self) = @_;

    File::Path::make_path("$self->{dir}/catalogue");
    return "$self->{dir}/catalogue/catalogue.db";
}


# Writes wppkg.conf: what is given, over what the running stand-ins need.
# A key with the value undef is left out, one with an array is there for each
# of its values.

sub configure {
    my ($self, %sections) = @_;

    my %conf = (
        catalogue => { path => $self->catalogue },
        service   => { control => "$self->{dir}/control" },
    );

    if ($self->{wporg}) {
        $conf{wporg} = {
            api_url => $self->{wporg}->url,
            contact => 'tests@example.org',

            # t/zips.t; others count the requests of the API
            verify_zips => 'off',

            # t/wp-core.t
            core => 'off',
        };
    }

    if (my $s3 = $self->{s3}) {
        $conf{bucket} = {
            endpoint => $s3->{endpoint},
            name     => $s3->{bucket},
            region   => $s3->{region},
            ca_file  => $s3->{ca_file},
        };
    }

    for my $section (keys %sections) {
        $conf{$section} = { %{$conf{$section} || {}},
                            %{$sections{$section}} };
    }

    my $text = '';

    for my $section (sort keys %conf) {
        $text .= "[$section]\n";

        for my $key (sort keys %{$conf{$section}}) {
            my $value = $conf{$section}{$key};
            $text .= "$key = $_\n"
                for grep { defined } ref $value ? @$value : $value;
        }

        $text .= "\n";
    }

    return $self->write_file('wppkg.conf', $text);
}


sub build_dir { $_[0]->{build} }


# What a program of ours finds in its environment.

sub environment {
    my ($self, %o) = @_;

    my %env = sanitizer_env($self->{dir}, %o);

    if (my $s3 = $self->{s3}) {
        $env{WPPKG_S3_ACCESS_KEY_ID} = $s3->{access_key};
        $env{WPPKG_S3_SECRET_ACCESS_KEY} = $s3->{secret_key};
    }

    return %env;
}


# the options env, stdin and timeout may come first, in a hash

sub syncd {
    my ($self, @args) = @_;

    my $o = ref $args[0] ? shift @args : {};

    my $r = $self->command({
        %$o, env => { $self->environment(leaks => 1), %{$o->{env} || {}} },
    }, "$self->{build}/wppkg-syncd", '-c', "$self->{dir}/wppkg.conf", @args);

    $self->settle;

    return $r;
}


# The same with a clock that is off by "+3600s" or "-30d".  faketime is
# preloaded before a sanitizer's library, which has to be told to bear it.

sub syncd_at {
    my ($self, $offset, @args) = @_;

    my %env = $self->environment(leaks => 1);
    $env{ASAN_OPTIONS} .= ':verify_asan_link_order=0';

    return $self->command({ env => \%env }, 'faketime', '-f', $offset,
                          "$self->{build}/wppkg-syncd",
                          '-c', "$self->{dir}/wppkg.conf", @args);
}


# What a program of ours finds in its environment when the clock shows those
# unix seconds, and goes on from there.

sub environment_on {
    my ($self, $seconds) = @_;

    my %env = $self->environment(leaks => 1);
    my ($library) = glob '/usr/lib/*/faketime/libfaketime.so.1'
        or die "libfaketime is not installed\n";

    # it is preloaded before a sanitizer's library
    $env{ASAN_OPTIONS} .= ':verify_asan_link_order=0';

    return (
        %env, TZ => 'UTC', LD_PRELOAD => $library,
        FAKETIME_DONT_FAKE_MONOTONIC => 1,
        FAKETIME => POSIX::strftime('@%Y-%m-%d %H:%M:%S', gmtime $seconds),
    );
}


# Starts it and returns at once: for tests that kill it, or that look while
# it works.  finish() takes what this returns.

sub syncd_start {
    my ($self, @args) = @_;

    my $o = ref $args[0] ? shift @args : {};
    my $n = ++$self->{runs};

    my $r = { out_file => "$self->{dir}/run$n.out",
              err_file => "$self->{dir}/run$n.err" };

    $r->{pid} = $self->start(
        [ "$self->{build}/wppkg-syncd", '-c', "$self->{dir}/wppkg.conf",
          @args ],
        out => $r->{out_file}, err => $r->{err_file},
        stdin => $o->{stdin}, dir => $o->{dir},
        env => { $self->environment(leaks => 1), %{$o->{env} || {}} });

    return $r;
}


# Waits for it, after a signal if one is given; adds {code}, {out}, {err}.

sub finish {
    my ($self, $r, $signal, $limit) = @_;

    kill $signal, $r->{pid} if defined $signal;

    my $ended = poll(sub { waitpid($r->{pid}, 1) == $r->{pid} },
                     $limit || 60);
    my $status = $?;

    if (!$ended) {
        Test::More::fail("process $r->{pid} ends");
        kill 'KILL', -$r->{pid};
        waitpid($r->{pid}, 0);
        $status = $?;
    }

    if (!group_alive($r->{pid})) {
        @{$self->{children}} = grep { $_ != $r->{pid} } @{$self->{children}};
    }

    $r->{code} = $status & 127 ? 128 + ($status & 127) : $status >> 8;

    # one that was killed before it could begin has none
    for my $which (qw(out err)) {
        my $file = $r->{"${which}_file"};
        $r->{$which} = -e $file ? $self->read_file($file) : '';
    }

    return $r;
}


# Runs any command to its end.

sub command {
    my ($self, $o, @command) = @_;

    my $n = ++$self->{runs};

    my $r = run(\@command, %$o, out => "$self->{dir}/run$n.out",
                err => "$self->{dir}/run$n.err");

    # a process id that is free again may soon be that of another process
    push @{$self->{children}}, $r->{pid} if group_alive($r->{pid});

    return $r;
}


# Starts a process that done() will end if the test doesn't.

sub start {
    my ($self, $command, %o) = @_;

    # the number of one that has ended is soon another's
    my @children = grep { group_alive($_) } @{$self->{children}};

    my $pid = spawn($command, %o);
    $self->{children} = [ @children, $pid ];

    return $pid;
}


# Rows of an SQL text, each an array of strings (undef for NULL).  The shell
# is told to keep -wal and -shm in place, as every writer must (R 36).

sub sql {
    my ($self, $sql, $database) = @_;

    my $r = $self->command({
        stdin => ".filectrl persist_wal 1\n"
                 . ".output $self->{dir}/sql.out\n"
                 . ".mode list\n"
                 . ".timeout 10000\n"
                 . ".nullvalue \"\\036\"\n"
                 . ".separator \"\\037\" \"\\035\"\n"
                 . "$sql;\n",
    }, 'sqlite3', '-bail', '-batch', $database || $self->catalogue);

    die "sqlite3: $r->{err}\nin: $sql\n" if $r->{code};

    $self->settle;

    my $text = $self->read_file('sql.out');

    return map {
        [ map { $_ eq "\036" ? undef : $_ } split /\037/, $_, -1 ]
    } split /\035/, $text;
}


# one value, of the first row

sub sql_value {
    my ($self, $sql) = @_;

    my ($row) = $self->sql($sql);
    return $row ? $row->[0] : undef;
}


sub wporg {
    my ($self, %o) = @_;

    $self->{wporg} ||= Test::WPPkg::WPOrg->new($self, %o);
    return $self->{wporg};
}


sub s3 {
    my ($self, %o) = @_;

    require Test::WPPkg::S3;

    $self->{s3} ||= Test::WPPkg::S3->new($self, %o);
    return $self->{s3};
}


sub wait_for {
    my ($self, $ask, $what, $limit) = @_;

    my $answer = poll($ask, $limit || 10);
    Test::More::ok($answer, $what);

    return $answer;
}


# The end of every test file.

sub done {
    my ($self) = @_;

    $self->end;
    Test::More::done_testing();
}


# Of a second harness, such as that of another host: its processes and checks
# end, and so does its directory.

sub end {
    my ($self) = @_;

    $self->nginx_check;
    $self->nginx_stop;

    for my $part (qw(wporg s3)) {
        my $server = $self->{$part};
        $server->stop if $server && $server->can('stop');
    }

    my @left = grep {
        my $pid = $_;
        waitpid($pid, 1);
        !poll(sub { !group_alive($pid) }, 5);
    } @{$self->{children}};

    Test::More::is("@left", '', 'every process has ended');

    my @reports = sanitizer_reports($self->{dir});

    Test::More::is(scalar @reports, 0, 'no sanitizer report')
        or Test::More::diag(@reports);

    $self->cleanup;
}


sub cleanup {
    my ($self) = @_;

    return if $self->{owner} != $$;

    for my $pid (@{$self->{children}}) {
        kill 'KILL', -$pid if group_alive($pid);
        waitpid($pid, 1);
    }

    @live = grep { $_ != $self } @live;

    if ($ENV{WPPKG_TEST_LEAVE}) {
        Test::More::diag("left: $self->{dir}");
        return;
    }

    File::Path::remove_tree($self->{dir});
}


END {
    local $?;
    alarm 0;
    $_->cleanup for @live;
}


1;

package Test::WPPkg::Process;

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Processes of a test: each one runs in a process group of its own, so that
# whatever it leaves behind is found and ended.


use strict;
use warnings;

use Exporter qw(import);
use IO::Socket::INET;
use POSIX ();
use Time::HiRes qw(sleep time);


our @EXPORT_OK = qw(free_port spawn run stop_process group_alive alive
                    poll sanitizer_env sanitizer_reports);

my @reserved;


# A port that no other test gets: the same number is held as a UDP socket
# until this process ends.  Below the kernel's own range of ephemeral ports.

sub free_port {
    for (1 .. 1000) {
        my $port = 20000 + int(rand(10000));

        my $udp = IO::Socket::INET->new(
            Proto => 'udp', LocalAddr => '127.0.0.1', LocalPort => $port)
            or next;

        my $tcp = IO::Socket::INET->new(
            Proto => 'tcp', LocalAddr => '127.0.0.1', LocalPort => $port,
            Listen => 1, ReuseAddr => 1)
            or next;

        close $tcp;
        push @reserved, $udp;

        return $port;
    }

    die "no free port between 20000 and 29999\n";
}


# Starts a command; returns its process id, which is its group's too.
#   stdin (text), out, err (files), dir, env (undef removes)

sub spawn {
    my ($command, %o) = @_;

    if (defined $o{stdin}) {
        open my $in, '+>', undef or die "temporary file: $!\n";
        print $in $o{stdin};
        $in->flush;
        sysseek $in, 0, 0;
        $o{stdin_fh} = $in;
    }

    my $pid = fork();
    die "fork: $!\n" if !defined $pid;

    if ($pid) {
        # both sides, so that the group exists whoever comes first
        setpgrp($pid, $pid);
        return $pid;
    }

    # in the child: nothing here may run the parent's END blocks

    setpgrp(0, 0);
    alarm 0;
    $SIG{$_} = 'DEFAULT' for qw(ALRM PIPE INT TERM);

    eval {
        if ($o{stdin_fh}) {
            open STDIN, '<&', $o{stdin_fh} or die "stdin: $!\n";

        } else {
            open STDIN, '<', '/dev/null' or die "/dev/null: $!\n";
        }

        for my $redirect ([ \*STDOUT, $o{out} ], [ \*STDERR, $o{err} ]) {
            my ($fh, $file) = @$redirect;
            next if !defined $file;
            open $fh, '>>', $file or die "$file: $!\n";
        }

        if (defined $o{dir}) {
            chdir $o{dir} or die "$o{dir}: $!\n";
        }

        my $env = $o{env} || {};

        for my $name (keys %$env) {
            if (defined $env->{$name}) {
                $ENV{$name} = $env->{$name};

            } else {
                delete $ENV{$name};
            }
        }

        no warnings 'exec';
        exec { $command->[0] } @$command;
        die "$command->[0]: $!\n";
    };

    print STDERR $@;
    POSIX::_exit(127);
}


# Runs a command to its end; {code} is 128+n for signal n.  The files of its
# output are named by the caller: out, err.

sub run {
    my ($command, %o) = @_;

    my $limit = $o{timeout} || 120;
    my $pid = spawn($command, %o);
    my $r = { pid => $pid };

    if (!poll(sub { waitpid($pid, POSIX::WNOHANG()) == $pid }, $limit)) {
        kill 'ABRT', -$pid;
        sleep 0.5;
        kill 'KILL', -$pid;
        waitpid($pid, 0);
        $r->{timeout} = $limit;
    }

    $r->{code} = $? & 127 ? 128 + ($? & 127) : $? >> 8;

    for my $which (qw(out err)) {
        $r->{$which} = '';
        open my $fh, '<:raw', $o{$which} or next;
        local $/;
        $r->{$which} = <$fh>;
    }

    if ($r->{timeout}) {
        $r->{err} .= "still running after $limit s, killed\n";
    }

    return $r;
}


# Ends a process that spawn() started: each signal in turn, with its time.
# Returns the signal that was needed last.

sub stop_process {
    my ($pid, @signals) = @_;

    @signals = ([ TERM => 10 ]) if !@signals;

    for my $step (@signals, [ KILL => 10 ]) {
        my ($signal, $seconds) = @$step;

        kill $signal, $signal eq 'KILL' ? -$pid : $pid;

        return $signal if poll(sub {
            waitpid($pid, POSIX::WNOHANG()) != 0;
        }, $seconds);
    }

    return 'none';
}


# Whether anybody is left in the group of a process; a zombie is nobody.
# Two looks: a process that forks and ends can slip through one.

sub group_alive {
    my ($pid) = @_;
    return group_has($pid) || group_has($pid);
}


sub group_has {
    my ($group) = @_;

    return 0 if !kill 0, -$group;

    for my $stat (glob '/proc/[0-9]*/stat') {
        open my $fh, '<', $stat or next;
        my $line = <$fh>;
        next if !defined $line;
        my ($state, $its) = $line =~ /^.*\) (\S+) \S+ (\S+)/;
        return 1 if $its == $group && $state ne 'Z';
    }

    return 0;
}


sub alive {
    my ($pid) = @_;
    return waitpid($pid, POSIX::WNOHANG()) == 0;
}


# asks again until the answer is true; gives the answer, or undef

sub poll {
    my ($ask, $seconds) = @_;

    my $deadline = time() + $seconds;
    my $pause = 0.002;

    for ( ;; ) {
        my $answer = $ask->();
        return $answer if $answer;
        return if time() > $deadline;
        sleep $pause;
        $pause *= 1.5 if $pause < 0.1;
    }
}


# The sanitizers write their reports to files, where the end of the test
# looks for them.

sub sanitizer_env {
    my ($dir, %o) = @_;

    my $log = "$dir/sanitizer";

    if (!-d $log) {
        mkdir $log or die "$log: $!\n";
        chmod 01777, $log;                # of workers too
    }

    my $leaks = $o{leaks} ? 1 : 0;

    return (
        ASAN_OPTIONS => "log_path=$log/asan:detect_leaks=$leaks:"
                        . 'abort_on_error=0:exitcode=99',
        UBSAN_OPTIONS => "log_path=$log/ubsan:print_stacktrace=1",
    );
}


sub sanitizer_reports {
    my ($dir) = @_;
    my @texts;

    for my $file (glob "$dir/sanitizer/*") {
        open my $fh, '<', $file or next;
        local $/;
        my $text = <$fh>;
        push @texts, $text if defined $text && length $text;
    }

    return @texts;
}


1;

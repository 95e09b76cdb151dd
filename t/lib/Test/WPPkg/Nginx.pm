package Test::WPPkg::Nginx;

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# nginx with the module, its workers as www-data, and the requests to it.


use strict;
use warnings;

use HTTP::Tiny ();
use IO::Socket::INET;
use Test::More ();
use Time::HiRes qw(sleep);

use Test::WPPkg::Process qw(alive free_port poll stop_process);


# Starts nginx and waits until it accepts.  Text for three places of its
# configuration: main, http, locations (in the one server); workers; no_zone;
# the error log's level, if not debug.

sub nginx {
    my ($self, %o) = @_;

    my $conf = $self->nginx_configure(%o);
    my @command = $self->nginx_command($conf, 'error.log');

    my $pid = $self->{nginx} = $self->start(\@command,
        out => "$self->{dir}/nginx.out", err => "$self->{dir}/nginx.out",
        env => { $self->environment });

    # the master listens before it has workers

    my $single = ($o{main} || '') =~ /master_process\s+off/;

    my $up = poll(sub {
        !alive($pid)
            || ($self->nginx_connect && ($single || $self->nginx_workers));
    }, 30);

    if (!$up || !alive($pid)) {
        delete $self->{nginx};
        die "nginx does not start:\n" . $self->read_file('nginx.out')
            . $self->error_log;
    }

    return $self->nginx_url;
}


# Writes nginx.conf without starting anything; nginx_reload() reads it.

sub nginx_configure {
    my ($self, %o) = @_;

    my $dir = $self->{dir};
    my $name = $o{name} || 'nginx';
    my $log = $name eq 'nginx' ? 'error.log' : "$name.log";
    my $port = $self->{nginx_port} ||= free_port();

    for my $part (qw(main http locations)) {
        $o{$part} = '' if !defined $o{$part};
    }

    my $workers = $o{workers} || 1;
    my $level = $o{level} || 'debug';
    my $user = $> == 0 ? 'user www-data;' : '';
    my (undef, $so) = $self->nginx_files;
    my $module = defined $so ? "load_module $so;" : '';

    mkdir "$dir/nginx-temp";

    # WPPKG_TEST_ZONE=1: each test but those of the cache goes through one

    my $zone = '';

    if ($ENV{WPPKG_TEST_ZONE} && !$o{no_zone}) {
        $zone = 'wppkg_zone test 4m; wppkg_cache test; wppkg_refresh 50ms;';
        $self->{refresh} = 0.05;
    }

    return $self->write_file("$name.conf", <<"END");
$module
$user
daemon off;
worker_processes $workers;
pid $dir/$name.pid;
error_log $dir/$log $level;
$o{main}

events {
    worker_connections 512;
}

http {
    log_format test '\$status \$request_method \$request_uri '
                    '\$body_bytes_sent \$bytes_sent \$request_length';
    access_log $dir/access.log test;

    client_body_temp_path $dir/nginx-temp/body;
    proxy_temp_path       $dir/nginx-temp/proxy;
    fastcgi_temp_path     $dir/nginx-temp/fastcgi;
    uwsgi_temp_path       $dir/nginx-temp/uwsgi;
    scgi_temp_path        $dir/nginx-temp/scgi;

    $zone
    $o{http}

    server {
        listen 127.0.0.1:$port;
        server_name localhost;

        $o{locations}
    }
}
END
}


# Not the build that is to be tested, but that of a folder: an nginx with the
# module in it; one and a module; a module for Debian's nginx.

sub nginx_use {
    my ($self, $dir) = @_;

    my $binary = "$dir/nginx";
    my $so = "$dir/ngx_wppkg_module.so";

    $self->{nginx_files} = [ -x $binary ? $binary : 'nginx',
                             -e $so ? $so : undef ];
}


# the program, and the module unless it is in it

sub nginx_files {
    my ($self) = @_;
    my $build = $self->{build};

    return @{$self->{nginx_files}} if $self->{nginx_files};
    return ("$build/nginx", undef) if -x "$build/nginx";
    return ('nginx', "$build/ngx_wppkg_module.so");
}


sub nginx_command {
    my ($self, $conf, $log) = @_;

    my ($binary) = $self->nginx_files;

    # a user's path often lacks it
    local $ENV{PATH} = "$ENV{PATH}:/usr/sbin";
    ($binary) = grep { -x } map { "$_/nginx" } split /:/, $ENV{PATH}
        if $binary !~ m{/};

    die "nginx is not installed\n" if !defined $binary;

    return ($binary, '-p', "$self->{dir}/", '-e', $log, '-c', $conf);
}


# What "nginx -t" says of a configuration: {code}, {err}.  The one that runs,
# if any, is not touched.

sub nginx_test {
    my ($self, %o) = @_;

    my $conf = $self->nginx_configure(%o, name => 'nginx-test');

    return $self->command({ env => { $self->environment } },
                          $self->nginx_command($conf, 'nginx-test.log'),
                          '-t');
}


# What was done to the catalogue is seen by every worker from here on: that
# is what "wppkg_refresh" promises, so there is nothing to ask for.

sub settle {
    my ($self) = @_;
    sleep 1.2 * $self->{refresh} if $self->{refresh} && $self->{nginx};
}


sub nginx_url { "http://127.0.0.1:$_[0]->{nginx_port}" }
sub nginx_pid { $_[0]->{nginx} }


sub nginx_connect {
    my ($self) = @_;

    return IO::Socket::INET->new(
        PeerAddr => '127.0.0.1', PeerPort => $self->{nginx_port},
        Timeout => 5);
}


# process ids of the workers, those that are shutting down included

sub nginx_workers {
    my ($self) = @_;
    my @workers;

    return if !$self->{nginx};

    for my $file (glob '/proc/[0-9]*/stat') {
        open my $fh, '<', $file or next;
        my $line = <$fh>;
        next if !defined $line;
        my ($pid, $rest) = $line =~ /^(\d+) \(.*\) (.*)/ or next;
        my ($state, $parent) = split / /, $rest;
        push @workers, $pid if $parent == $self->{nginx} && $state ne 'Z';
    }

    return @workers;
}


# Reloads, and waits until the old workers are gone and new ones are there.

sub nginx_reload {
    my ($self) = @_;

    my %old = map { $_ => 1 } $self->nginx_workers;

    kill 'HUP', $self->{nginx};

    my $done = poll(sub {
        my @now = $self->nginx_workers;
        @now && !grep { $old{$_} } @now;
    }, 30);

    Test::More::ok($done, 'nginx has reloaded') if !$done;

    return $done;
}


# a graceful stop

sub nginx_stop {
    my ($self) = @_;

    my $pid = delete $self->{nginx} or return;

    my $signal = stop_process($pid, [ QUIT => 15 ], [ TERM => 5 ]);

    Test::More::is($signal, 'QUIT', 'nginx quits') if $signal ne 'QUIT';
}


# kills the master and its workers as a crash would

sub nginx_kill {
    my ($self) = @_;

    my $pid = delete $self->{nginx} or return;

    kill 'KILL', -$pid;
    waitpid($pid, 0);
}


sub error_log {
    my ($self) = @_;
    return -e "$self->{dir}/error.log" ? $self->read_file('error.log') : '';
}


# one hash a request: status, method, uri, bytes of the body; and with heads,
# sent, received

sub access_log {
    my ($self) = @_;

    return if !-e "$self->{dir}/access.log";

    return map {
        my %r;
        @r{qw(status method uri bytes sent received)} = split / /;
        \%r;
    } split /\n/, $self->read_file('access.log');
}


sub clear_access_log {
    my ($self) = @_;
    truncate "$self->{dir}/access.log", 0;
}


# What was asked for since the last time, as access_log() has it.  A line is
# written when its client has the response already, so a request of our own
# comes last: the one worker has written all lines before it.

sub asked {
    my ($self) = @_;

    my $mark = '/asked-' . ++$self->{asked};
    my @requests;

    $self->get($mark);
    $self->wait_for(sub {
        @requests = $self->access_log;
        return grep { $_->{uri} eq $mark } @requests;
    }, 'the access log is whole');

    $self->clear_access_log;

    return grep { $_->{uri} ne $mark } @requests;
}


# an alert or emerg that the test provokes

sub expect_alert {
    my ($self, $pattern) = @_;
    push @{$self->{alerts}}, $pattern;
}


# done() calls this while nginx is still up

sub nginx_check {
    my ($self) = @_;

    return if !$self->{nginx_port};

    if ($self->{nginx}) {
        Test::More::ok(alive($self->{nginx}) && $self->nginx_workers,
                       'nginx and its workers are alive');

        # what a quitting worker logs belongs to the checks as well
        $self->nginx_stop;
    }

    # a worker that UndefinedBehaviorSanitizer ends says so there as well

    my @bad = grep {
        my $line = $_;
        $line =~ /\[(?:alert|emerg)\]|runtime error: |exited with code [^0]/
            && !grep { $line =~ $_ } @{$self->{alerts}};
    } split /\n/, $self->error_log;

    Test::More::is(join("\n", @bad), '', 'no alert in the error log');
}


sub get {
    my ($self, $url, $headers) = @_;
    return $self->request(GET => $url, $headers);
}


# {status}, {headers} with lower-case names, {content} as it came

sub request {
    my ($self, $method, $url, $headers, $body) = @_;

    $url = $self->nginx_url . $url if $url !~ /^https?:/;

    my $http = HTTP::Tiny->new(timeout => 30, max_redirect => 0,
                               keep_alive => 0, agent => 'test');

    my %options = (headers => $headers || {});
    $options{content} = $body if defined $body;

    my $r = $http->request($method, $url, \%options);

    $r->{content} = '' if !defined $r->{content};

    return $r;
}


# Bytes as given, on a connection of their own; all that comes back.

sub raw_request {
    my ($self, $bytes, $port) = @_;

    my $socket = IO::Socket::INET->new(
        PeerAddr => '127.0.0.1', PeerPort => $port || $self->{nginx_port},
        Timeout => 10) or die "connect: $!\n";

    my $answer = '';

    local $SIG{PIPE} = 'IGNORE';
    syswrite $socket, $bytes;

    for ( ;; ) {
        my $ready = '';
        vec($ready, fileno $socket, 1) = 1;
        last if !select $ready, undef, undef, 10;
        last if !sysread $socket, $answer, 65536, length $answer;
    }

    return $answer;
}


1;

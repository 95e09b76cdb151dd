package Test::WPPkg::SVN;

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Real Subversion: repositories, and Apache with mod_dav_svn in front of them,
# as plugins.svn.wordpress.org has it; and a proxy between it and us, for what
# goes wrong on the way.
#
#     my $repo = Test::WPPkg::SVN->repository($t, 'plugins', $dump_file);
#     $repo->commit([ mkdir => 'akismet' ], [ put => 'text', 'akismet/x' ]);
#     my $server = $repo->serve(config => 'SetOutputFilter DEFLATE');
#     $server->url; $server->requests; $server->clear_requests; $server->stop
#     my $proxy = $server->proxy;
#     $proxy->fault('^REPORT', cut => 1000);


use strict;
use warnings;

use File::Path ();
use IO::Socket::INET;
use POSIX qw(strftime);

use Test::WPPkg::Process qw(free_port poll stop_process);
use Test::WPPkg::Proxy;


my $modules = '/usr/lib/apache2/modules';


# A new repository, with what the dump (text, or the name of a .gz) has.

sub repository {
    my ($class, $t, $name, $dump) = @_;

    my $self = bless { t => $t, name => $name, dir => $t->dir . "/$name" },
                     $class;

    $self->run('svnadmin', 'create', $self->{dir});

    # so that a damaged revision is the only one

    $t->write_file("$self->{dir}/db/fsfs.conf",
                   "[deltification]\nenable-dir-deltification = false\n");
    $self->load($dump) if defined $dump;

    return $self;
}


sub load {
    my ($self, $dump) = @_;

    my $text = $dump =~ /\A[^\n]*\.gz\z/ ? `gzip -dc '$dump'` : $dump;

    $self->run({ stdin => $text }, 'svnadmin', 'load', '-q',
               '--no-flush-to-disk', '--bypass-prop-validation',
               $self->{dir});
}


# Revisions as a dump, for load(): each [ unix seconds, action... ], where an
# action is [ mkdir => path ], [ rm => path ] or [ cp => revision, from, to ],
# revisions counted from 1.  Thousands of them, with dates of their own.

sub dump_of {
    my ($class, @revisions) = @_;

    my $text = "SVN-fs-dump-format-version: 2\n\n";
    my $n = 0;

    for my $revision (@revisions) {
        my ($at, @actions) = @$revision;
        my $props = "K 8\nsvn:date\nV 27\n"
                    . strftime('%Y-%m-%dT%H:%M:%S', gmtime $at)
                    . ".000000Z\nPROPS-END\n";

        $text .= 'Revision-number: ' . ++$n . "\nProp-content-length: "
                 . length($props) . "\nContent-length: " . length($props)
                 . "\n\n$props\n";

        for my $action (@actions) {
            my ($what, @rest) = @$action;

            $text .= "Node-path: $rest[-1]\n"
                     . ($what eq 'rm' ? "Node-action: delete\n\n"
                        : "Node-kind: dir\nNode-action: add\n"
                          . ($what eq 'cp'
                             ? "Node-copyfrom-rev: $rest[0]\n"
                               . "Node-copyfrom-path: $rest[1]\n"
                             : "Prop-content-length: 10\n"
                               . "Content-length: 10\n\nPROPS-END\n"))
                     . "\n\n";
        }
    }

    return $text;
}


# A copy as it is now: a replica that will lag.

sub copy {
    my ($self, $name) = @_;

    my $copy = bless { %$self, name => $name,
                       dir => $self->{t}->dir . "/$name" }, ref $self;

    $self->run('cp', '-a', $self->{dir}, $copy->{dir});

    return $copy;
}


# One revision: [ mkdir => path ], [ put => text, path ], [ rm => path ],
# [ cp => revision, from, to ], [ mv => from, to ].  Returns its number.

sub commit {
    my ($self, @actions) = @_;
    my @words;

    for my $action (@actions) {
        my ($what, @rest) = @$action;

        if ($what eq 'put') {
            my $file = $self->{t}->write_file(
                'put/' . ++$self->{puts}, shift @rest);
            unshift @rest, $file;
        }

        push @words, $what, @rest;
    }

    $self->run('svnmucc', '--non-interactive', '-m', 'a commit', '-U',
               "file://$self->{dir}", @words);

    return $self->youngest;
}


sub youngest {
    my ($self) = @_;
    return $self->run('svnlook', 'youngest', $self->{dir}) + 0;
}


# unix seconds

sub date {
    my ($self, $rev) = @_;

    my $text = $self->run('svn', 'propget', '--revprop', '-r', $rev,
                          '--strict', 'svn:date', "file://$self->{dir}");
    $text =~ /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)/ or die "date: $text\n";

    require Time::Local;
    return Time::Local::timegm($6, $5, $4, $3, $2 - 1, $1);
}


# Makes a revision unreadable, as a bad disk does.

sub damage {
    my ($self, $rev) = @_;

    my $file = "$self->{dir}/db/revs/" . int($rev / 1000) . "/$rev";

    chmod 0644, $file;
    truncate $file, 10 or die "$file: $!\n";
}


sub run {
    my ($self, @command) = @_;

    my $o = ref $command[0] ? shift @command : {};
    my $r = $self->{t}->command({ %$o, env => { LC_ALL => 'C.UTF-8' } },
                                @command);

    die "@command[0 .. 1]: $r->{err}\n" if $r->{code};

    return $r->{out};
}


# Apache.  config: more lines for its Location.

sub serve {
    my ($self, %o) = @_;

    my $t = $self->{t};
    my $port = free_port();
    my $dir = $t->dir . "/apache-$port";
    my $config = $o{config} || '';
    my $user = $> == 0 ? "User www-data\nGroup www-data" : '';

    File::Path::make_path($dir);

    my $file = $t->write_file("$dir/httpd.conf", <<"END");
ServerName 127.0.0.1
ServerRoot $dir
Listen 127.0.0.1:$port
PidFile $dir/httpd.pid
ErrorLog $dir/error.log
LogFormat "%m %U %s %{Content-Encoding}o %{User-Agent}i %{begin:usec}t %D" wppkg
CustomLog $dir/access.log wppkg
$user
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule dav_module $modules/mod_dav.so
LoadModule dav_svn_module $modules/mod_dav_svn.so
LoadModule deflate_module $modules/mod_deflate.so
LoadModule filter_module $modules/mod_filter.so
Mutex file:$dir default
StartServers 1
ServerLimit 2
ThreadsPerChild 8
MaxRequestWorkers 16
MinSpareThreads 1
MaxSpareThreads 16
KeepAlive On
Timeout 60
<Location "/">
  DAV svn
  SVNPath $self->{dir}
  SVNAdvertiseV2Protocol On
  $config
  Require all granted
</Location>
END

    my $server = bless { t => $t, dir => $dir, port => $port },
                       'Test::WPPkg::SVN::Server';

    $server->{pid} = $t->start([ '/usr/sbin/apache2', '-f', $file,
                                 '-D', 'FOREGROUND' ],
                               out => "$dir/out", err => "$dir/out",
                               env => { LD_PRELOAD => undef });

    $server->wait_until_up;

    return $server;
}


package Test::WPPkg::SVN::Server;

use IO::Socket::INET;
use Test::WPPkg::Process qw(free_port poll stop_process);
use Test::WPPkg::Proxy;
use Time::HiRes qw(time);


sub url { "http://127.0.0.1:$_[0]->{port}" }


sub wait_until_up {
    my ($self) = @_;

    poll(sub {
        IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                              PeerPort => $self->{port}, Timeout => 1);
    }, 20) or die "$self->{dir}: it does not come up\n";
}


# "METHOD PATH STATUS ENCODING AGENT BEGIN DURATION" each, in order; times in
# microseconds.  Of those that began since clear_requests(): Apache writes a
# line when its client has the answer already, so one may come after that.

sub requests {
    my ($self) = @_;

    my $since = $self->{since} || 0;

    return grep { (split)[-2] > $since } $self->lines;
}


sub lines {
    my ($self) = @_;

    open my $fh, '<', "$self->{dir}/access.log" or return;
    chomp(my @lines = <$fh>);
    return @lines;
}


# how many there will be, as the log is written after the answer

sub wait_for_requests {
    my ($self, $n) = @_;
    poll(sub { $self->requests >= $n }, 5);
    return scalar(my @all = $self->requests);
}


sub clear_requests {
    my ($self) = @_;
    $self->{since} = int(time * 1e6);
}


sub stop {
    my ($self) = @_;

    my $pid = delete $self->{pid};
    stop_process($pid) if $pid;
}


# A proxy to it.

sub proxy {
    my ($self) = @_;

    return Test::WPPkg::Proxy->new($self->{t}, $self->{port});
}


1;

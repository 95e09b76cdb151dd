#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# The HTTP engine over TLS and HTTP/2, against Debian's nginx.


use strict;
use warnings;
use lib 't/lib';

use IO::Socket::INET;
use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;
my $dir = $t->dir;
my $port = $t->port;

my $r = $t->command({}, 'openssl', 'req', '-x509', '-newkey', 'rsa:2048',
                    '-nodes', '-days', 2, '-subj', '/CN=localhost',
                    '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1',
                    '-keyout', "$dir/key.pem", '-out', "$dir/cert.pem");
is($r->{code}, 0, 'a certificate') or diag($r->{err});

mkdir "$dir/temp";
my $temp = join '', map { "    ${_}_temp_path $dir/temp/$_;\n" }
           qw(client_body proxy fastcgi uwsgi scgi);

my $conf = $t->write_file('tls.conf', <<"END");
daemon off;
worker_processes 1;
pid $dir/tls.pid;
error_log $dir/tls.log;

events {
}

http {
    access_log off;
$temp
    server {
        listen 127.0.0.1:$port ssl http2;
        ssl_certificate $dir/cert.pem;
        ssl_certificate_key $dir/key.pem;

        location / {
            return 200 "\$server_protocol \$connection";
        }
    }
}
END

$ENV{PATH} .= ':/usr/sbin';
my $pid = $t->start([ 'nginx', '-p', "$dir/", '-e', "$dir/tls.log",
                      '-c', $conf ],
                    out => "$dir/tls.out", err => "$dir/tls.out");

$t->wait_for(sub {
    IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port)
}, 'nginx is up') or diag($t->read_file('tls.out'));

my $build = $ENV{WPPKG_BUILD} || 'build';

$r = $t->command({
    env => {
        $t->environment(leaks => 1),
        WPPKG_TEST_TLS_URL => "https://127.0.0.1:$port/",
        WPPKG_TEST_TLS_CA => "$dir/cert.pem",
    },
}, "$build/t/lib/http_tls");

is($r->{code}, 0, 'trusted, not trusted, no CA file')
    or diag($r->{out} . $r->{err});

kill 'TERM', $pid;
waitpid $pid, 0;

$t->done;

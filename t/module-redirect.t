#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# A request that is led away from its location while it is being answered:
# by a filter that ends it, with an error page elsewhere, or by "post_action"
# when its client goes.  Then its context is gone, and the location's
# configuration is another's.

use strict;
use warnings;

use lib 't/lib';

use Cwd qw(getcwd);
use IO::Socket::INET;
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents;
use Test::WPPkg::Gate;


# with a cache and without are cases of their own
delete $ENV{WPPKG_TEST_ZONE};

my $t = Test::WPPkg->new;
my $db = catalogue_create($t);

my $date = 1700000000;
my $root = '{"packages":[]}' x 20;

document_put($t, 'packages.json', $root, $date);
document_put($t, "p2/wp-plugin/$_.json", "$_ " x 100, $date) for 'a' .. 'h';

my $www = getcwd . '/www';

mkdir "$t->{dir}/html";
$t->write_file('html/page', 'a page');

# what "post_action" is given to: it takes its time
my $slow = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 20)
    or die "listen: $!\n";

my $h2 = $t->port;
my $port = $t->{nginx_port} = $t->port;
my $gate = Test::WPPkg::Gate->new($t);

# where errors lead: out of the module, and to it
my %targets = (page  => ['/html/page', 'a page'],
               named => ['@named', 'named'],
               none  => ['/none/packages.json', undef],
               ours  => ['/plain/packages.json', $root],
               proxy => ['@proxied', 'a page'],
               self  => undef);

sub error_page {
    my ($name, $prefix) = @_;
    my $to = $name eq 'self' ? "$prefix/packages.json" : $targets{$name}[0];

    return "error_page 304 400 404 405 412 416 500 503 $to;";
}

my $locations = join '', map {
    my $name = $_;
    map {
        my ($prefix, $more) = ("/$name-$_", $_ eq 'cached'
                               ? 'wppkg_cache z;' : '');
        "location $prefix/ {
             wppkg_catalogue $db; $more
             ${\ error_page($name, $prefix)}
             location $prefix/status { wppkg_status page=$www; }
         }
         "
    } 'cached', 'read';
} sort keys %targets;

my $common = "
    location /plain/ { wppkg_catalogue $db; }
    location /none/ { wppkg_catalogue none.db; wppkg_cache z; }
    location /quick/ { wppkg_catalogue $db; wppkg_cache z; }
    location /html/ { root $t->{dir}; }
    location \@named { return 200 named; }
    location \@proxied {
        rewrite ^ /html/page break;
        proxy_set_header If-Match '';
        proxy_set_header If-Unmodified-Since '';
        proxy_pass http://127.0.0.1:$port;
    }
    location \@slow { proxy_pass http://127.0.0.1:${\ $slow->sockport}; }";

$gate->nginx(
    http => "
        wppkg_zone z 1m;
        log_format led '\$status [\$wppkg_cache_status \$wppkg_package]';
        access_log $t->{dir}/led.log led;
        server { listen 127.0.0.1:$h2 http2; $locations $common }",
    locations => "
        $locations $common
        location /ended-page/ {
            wppkg_catalogue $db; post_action /html/page;
            location /ended-page/status { wppkg_status json; }
        }
        location /ended-ours/ {
            wppkg_catalogue $db; post_action /plain/packages.json;
            location /ended-ours/status { wppkg_status json; }
        }
        location /counted/ {
            wppkg_catalogue $db;
            location /counted/status { wppkg_status json; }
        }
        location /ended-slow/ {
            wppkg_catalogue $db; wppkg_cache z; post_action \@slow;
        }");

my ($worker) = $t->nginx_workers;

sub is_alive {
    my ($what) = @_;

    is($t->get('/plain/packages.json')->{content}, $root,
       "$what: serves on");
    is(join(' ', $t->nginx_workers), $worker, "$what: the worker lives");
}


# bug 43: the location of where a request is by now, taken for its own

my %refused = (
    'If-Match'            => '"other"',
    'If-Unmodified-Since' => http_date($date - 1),
);

for my $name (sort keys %targets) {
    for my $how ('cached', 'read') {
        for my $header (sort keys %refused) {
            my $url = "/$name-$how/packages.json";
            my $what = "$name, $how, $header";

            # a cache is asked twice: it reads, it hits
            for (1, 2) {
                my $r = $t->get($url, { $header => $refused{$header} });
                my $want = $targets{$name} && $targets{$name}[1];

                is($r->{content}, $want, "$what: the page") if defined $want;
                is($t->get($url)->{content}, $root,
                   "bug 43: $what: without it");
            }
        }

        $t->get("/$name-$how/$_") for 'p2/wp-plugin/none.json', 'no/such',
                                      'status?format=no', 'status',
                                      'status?format=json',
                                      'metadata/changes.json';
        $t->request(POST => "/$name-$how/packages.json", {}, 'x');
        $t->request(POST => "/$name-$how/status", {}, 'x');
    }

    is_alive($name);
}

# the same by streams

sub frame {
    my ($type, $flags, $stream, $payload) = @_;
    return substr(pack('N', length $payload), 1) . pack('CCN', $type, $flags,
                                                        $stream) . $payload;
}

sub field { pack('C C/a C/a', 0, @_) }

# HEADERS or DATA with END_STREAM, until so many have come

sub streams_ended {
    my ($s, $n) = @_;
    my ($text, $ended) = ('', 0);

    while ($ended < $n && sysread $s, $text, 65536, length $text) {
        while (length $text >= 9) {
            my ($len, $type, $flags) = unpack 'NCC', "\0$text";
            last if length $text < 9 + $len;
            substr $text, 0, 9 + $len, '';
            $ended++ if $type <= 1 && $flags & 1;
        }
    }

    return $ended;
}

for my $name (sort keys %targets) {
    my $s = client($h2, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        . frame(4, 0, 0, '')
        . join '', map {
            frame(1, 5, $_, field(':method', 'GET')
                  . field(':scheme', 'http')
                  . field(':path', "/$name-" . ($_ % 4 == 1 ? 'read' : 'cached')
                                   . '/packages.json')
                  . field(':authority', 'a') . field('if-match', '"other"'))
        } 1, 3, 5, 7);
    is(streams_ended($s, 4), 4, "h2, $name: all are answered");
    is_alive("h2, $name");
}


# bug 44: a request taken away from the handler that waits for a thread

sub client {
    my ($port, $bytes) = @_;

    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port,
                                  Timeout => 10) or die "connect: $!\n";
    syswrite $s, $bytes;

    return $s;
}

sub asked { scalar(() = $t->error_log =~ /http request line: /g) }

sub ask {
    my ($path, $more) = @_;
    my $before = asked();
    my $s = client($port, "GET $path HTTP/1.1\r\nHost: a\r\n"
                                     . ($more || "\r\n"));

    $t->wait_for(sub { asked() > $before }, "$path is in");
    return $s;
}

sub leave {
    my ($s, $reset) = @_;
    setsockopt $s, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0) if $reset;
    close $s;
}

for my $to ('page', 'ours') {
    for my $reset (0, 1) {
        for my $path ('p2/wp-plugin/a.json', 'metadata/changes.json',
                      'status')
        {
            my $what = "bug 44: post_action to $to, $path, $reset";

            $gate->close;
            my $s = ask("/ended-$to/$path");
            $gate->held($what);
            leave($s, $reset);
            $gate->open;
            is_alive($what);
        }
    }
}


# one that has joined another's read, whose client goes

$gate->close;
my $first = ask('/quick/p2/wp-plugin/b.json', "Connection: close\r\n\r\n");
$gate->held('joined');
my @joined = map { ask('/ended-slow/p2/wp-plugin/b.json') } 1 .. 2;
leave($joined[0], 0);
leave($joined[1], 1);

my @given;
$t->wait_for(sub {
    $slow->blocking(0);
    my $s = $slow->accept;
    push @given, $s if $s;
    @given >= 2;
}, 'joined: their action has begun');

$gate->open;
like(join('', <$first>), qr/\r\n\r\n(?:b ){100}\z/,
     'joined: the client that reads has it');
is_alive('joined');
syswrite $_, "HTTP/1.0 200 OK\r\n\r\nend" for @given;
close $_ for @given;
is_alive('joined, ended');


# a request's body that turns out to be none while a thread reads

for my $rest ("zz\r\n", "0\r\n\r\n", "2\r\nab") {
    $gate->close;
    my $s = ask('/ended-page/p2/wp-plugin/a.json',
                "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
    $gate->held('a body');
    syswrite $s, $rest;
    $t->get('/html/page');
    $gate->open;
    sysread $s, my $answer, 65536;
    like($answer || '', $rest eq "zz\r\n" ? qr/^HTTP\/1.1 400 /
                                          : qr/^HTTP\/1.1 200 /,
         'a body: the answer');
    close $s;
    is_alive('a body');
}


# a request is counted once, and an answer that another gave is "other"

sub counts { JSON::PP::decode_json($t->get('/counted/status')->{content})
             ->{requests} }

my $before = counts();

$t->get('/page-read/packages.json', { 'If-Match' => '"other"' });
$t->get('/page-read/packages.json');

my $after = counts();

is_deeply({ map { $_ => $after->{$_} - $before->{$_} } keys %$after },
          { %{{ map { $_ => 0 } keys %$after }}, total => 2, 200 => 1,
            other => 1 }, 'each is counted');

$t->done;

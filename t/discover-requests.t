#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# What "discover --source=svn" asks a Subversion server for, word for word.


use strict;
use warnings;
use lib 't/lib';

use IO::Socket::INET;
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Process qw(poll stop_process);


my $t = Test::WPPkg->new;
my $port = $t->port;
my $dir = $t->dir . '/server';

mkdir $dir or die "$dir: $!\n";
$t->write_file("$dir/head", 25_000);
$t->write_file("$dir/bytes", 100);
$t->write_file("$dir/report", '<S:log-report xmlns:S="svn:" xmlns:D="DAV:">'
               . '<S:log-item><D:version-name>10100</D:version-name>'
               . '</S:log-item></S:log-report>');

my $server = $t->start([ $^X, 't/lib/svn-hostile', $port, $dir ],
                       err => "$dir/err");
poll(sub { IO::Socket::INET->new("127.0.0.1:$port") }, 20)
    or die "svn-hostile does not start\n";

$t->configure(wporg => { api_url => 'http://127.0.0.1:9',
                         plugins_svn => "http://127.0.0.1:$port",
                         themes_svn => "http://127.0.0.1:$port",
                         contact => 'tests@example.org' },
              http => { retries => 0 });
is($t->syncd('migrate')->{code}, 0, 'migrate');


sub discover {
    unlink "$dir/requests";
    $t->syncd('discover', '--source=svn');
    return split /^(?=OPTIONS|GET|REPORT)/m, $t->read_file("$dir/requests");
}

sub cursor {
    return $t->sql_value('SELECT value FROM meta WHERE name ='
                         . " 'svn_cursor_plugin'");
}


my @requests = discover();

is(cursor(), 25_000, 'R 3: the first run stores HEAD');
is(join(' ', map { (split)[0] } @requests), 'OPTIONS GET OPTIONS GET',
   'R 1: and takes the listing, by GET and nothing else');
like($requests[0], qr/<D:activity-collection-set\/>/,
     'R 4: HEAD is asked for');
is(scalar(grep { /^User-Agent: wppkg-syncd\/\S+ \(tests\@/m } @requests), 4,
   'R 18: with a User-Agent that names program and contact');


# a log of 24,900 revisions, of which the first answer has one

$t->sql('UPDATE meta SET value = 100 WHERE name = \'svn_cursor_plugin\'');

my ($report, $next) = grep { /^REPORT/ } discover();

like($report, qr/^REPORT \/!svn\/bc\/0\/ /, 'R 2: a log report');
like($report, qr/<S:start-revision>101<.*<S:end-revision>10100</s,
     'R 2: ascending, of 10,000 revisions');
like($report, qr/<S:limit>10000</, 'R 2: with a limit');
is(join(' ', $report =~ /<S:(no-revprops|all-revprops|revprop>[^<]*)/g),
   'revprop>svn:date', 'R 2: of the properties the date, and no message');
like($next, qr/<S:start-revision>10101<.*<S:end-revision>20100</s,
     'R 3: it goes on after the last one that was returned');
is(cursor(), 10_100, 'R 3: where the cursor stays, as there was no more');

stop_process($server);
$t->done;

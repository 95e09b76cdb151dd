#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# With "error_log FILE debug" our lines tell the story of a request.  They are
# there in an nginx configured --with-debug, as Debian's is.

use strict;
use warnings;

use lib 't/lib';

use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents;
use Test::WPPkg::Gate;
use Test::WPPkg::Process qw(poll);


my $t = Test::WPPkg->new;
my $db = catalogue_create($t);
my $path = 'p2/wp-plugin/akismet.json';

document_put($t, $path, '{"packages":[]}', 1700000000);
document_put($t, 'packages.json', '{}', 1700000000);

my ($nginx) = $t->nginx_command('none', 'none');
my $version = $t->command({}, $nginx, '-V');

plan(skip_all => 'this nginx was configured without --with-debug')
    if $version->{err} !~ /--with-debug/;

my $gate = Test::WPPkg::Gate->new($t);

$gate->nginx(no_zone => 1, workers => 1, level => 'debug',
             http => 'wppkg_zone z 1m; wppkg_refresh 1h;',
             locations => "location / { wppkg_catalogue $db; wppkg_cache z; }
                           location /plain/ { wppkg_catalogue $db; }");

# the zone takes nothing in before it knows the file
$t->wait_for(sub { $t->get('/packages.json');
                   $t->error_log =~ /cache says hit/ }, 'the zone is in use');

ok($t->error_log =~ /wppkg: refresh begins after generation \d+$/m,
   'a refresh begins');
ok($t->error_log
   =~ /wppkg: refresh: done \(generation \d+ and \d+ bytes of changes\)$/m,
   'a refresh ends');


# our lines since a place in the log, without times, lengths and numbers of tasks

my $place;

sub story {
    my $text = substr $t->error_log, $place;
    return join "\n", map { s/task \K\d+|\d+(?= bytes)/N/r }
                      $text =~ /wppkg: (?!refresh)(.*)/g;
}

# a client may have its answer before the last line is written

sub ended {
    poll(sub {
        my $log = $t->error_log;
        (() = $log =~ /wppkg: (?:document|answer) "/g)
            == (() = $log =~ /wppkg: answered /g)
    }, 10) or fail('each request ends');
}

sub tells {
    my ($url, $story, $what) = @_;

    ended();
    $place = length $t->error_log;
    $t->get("/$url");
    ended();
    is(story(), $story, "$what: its story");
}

tells($path, <<"END" =~ s/\n\z//r, 'a miss');
document "$path"
cache says miss
waits for a read
task N is to read
task N has read
read "$path": found (N bytes)
response has N bytes
answered with 200 (cache miss)
END

tells($path, <<"END" =~ s/\n\z//r, 'a hit');
document "$path"
cache says hit
response has N bytes
answered with 200 (cache hit)
END

tells('p2/wp-plugin/none.json', <<'END' =~ s/\n\z//r, 'no such document');
document "p2/wp-plugin/none.json"
cache says miss
waits for a read
task N is to read
task N has read
read "p2/wp-plugin/none.json": not there (N bytes)
answered with 404 (cache miss)
END

tells('p2/%0a%5Berror%5D%22.json', 'refused with 404', 'no such path');

tells('metadata/changes.json', <<'END' =~ s/\n\z//r, 'an answer');
answer "metadata/changes.json"
waits for a read
task N is to read
task N has read
read "metadata/changes.json": found (N bytes)
response has N bytes
answered with 400 (cache bypass)
END


# three clients for one thing: the second joins the first, the third is late

sub ask {
    my $socket = $t->nginx_connect or die "connect: $!\n";
    syswrite $socket, "GET /plain/$path HTTP/1.0\r\n\r\n";
    return $socket;
}

$place = length $t->error_log;
$gate->close;

my $first = ask();
$gate->held('a read');

my $late = ask();
$t->wait_for(sub { story() =~ /^late for a read that has begun$/m },
             'a client that comes while a thread reads is late');

my $other = ask();
$t->wait_for(sub { (() = story() =~ /late/g) == 2 }, 'another one as well');

close $other;
$t->wait_for(sub { story() =~ /^ended while it waited$/m },
             'a client that goes away is told of');

$gate->open;
$t->wait_for(sub { (() = story() =~ /^answered with 200/mg) == 2 },
             'the others are answered');
close $_ for $first, $late;

$t->done;

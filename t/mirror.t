#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Mirrors, written from the contract alone (C 28-39), that follow a repository
# while it changes and everything is restarted, killed or has its clock set
# back: in the end they are identical to it, byte for byte, and at no moment
# were they sent to a file that is older than the action.  First with nginx,
# then with a bucket.

use strict;
use warnings;

use lib 't/lib';

use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents qw(gunzip);
use Test::WPPkg::Mirror;
use Test::WPPkg::Process qw(alive);
use Time::HiRes ();


my $t = Test::WPPkg->new;
my $w = $t->wporg;
my $db = $t->catalogue;

my $rounds = $ENV{ROUNDS} || 8;
my @names = ((map { sprintf 'plugin/p%02d', $_ } 1 .. 24),
             (map { sprintf 'theme/t%02d', $_ } 1 .. 8));

my %version;                          # of what is offered; 0: closed
my $tag = 0;
my $early;                            # the mirror that was there first

srand($ENV{SEED} || 39);


# what WordPress.org says of a package from now on

sub offer {
    my ($name, $open) = @_;

    my ($type, $slug) = split m{/}, $name;

    if (!$open) {
        $version{$name} = 0;
        $w->closed($type, $slug, permanent => 1, reason => 'Author Request');
        return;
    }

    $version{$name} = ++$tag;
    $w->$type($slug, { versions => { '0.1' => undef, "1.$tag" => undef },
                       stable => "1.$tag" });
}


# changes some packages; a third of them end, those that have return

sub change {
    my ($part, $parts) = @_;

    my @changed = grep { rand() < 0.6 }
                  map { $_ % $parts == $part ? $names[$_] : () }
                      0 .. $#names;

    offer($_, !$version{$_} || rand() > 0.33) for @changed;

    # a closure is believed in when it has been seen twice

    $t->sql('UPDATE observations SET observed_at = observed_at - 3600');

    return @changed;
}


# what there is, by the catalogue: path => bytes

sub catalogue {
    return map { $_->[0] => gunzip(pack 'H*', $_->[1]) } $t->sql(
        'SELECT path, hex(body) FROM documents'
        . ' JOIN bodies ON document_id = id'
        . " WHERE path LIKE 'p2/%/%' AND content_hash IS NOT NULL");
}


# a last visit, after which a mirror has what there is and nothing else; one
# that has begun later and does not know claimed.json may lack claims

sub identical {
    my ($m, $what) = @_;

    ok($m->run, "$what: the last visit") or diag($m->{trouble});

    my %there = catalogue();

    if ($m != $early && !$m->{claims}) {
        delete @there{grep { !$m->{files}{$_} } map { $_->[0] }
                      $t->sql('SELECT path FROM documents WHERE claims = 1')};
    }

    my @wrong = grep { !defined $there{$_} || !defined $m->{files}{$_}
                       || $there{$_} ne $m->{files}{$_}{content} }
                sort keys %{{ %there, %{$m->{files}} }};

    is("@wrong", '', "$what: identical, " . keys(%there) . ' files');
    is_deeply($m->{stuck}, [], "$what: C 36: never sent to an older file");

    note("$what: " . join ', ', map { "$_ $m->{count}{$_}" }
                                sort keys %{$m->{count}});
}


# what becomes of closed packages from now on

sub closed_as { $t->configure(repository => { closed => $_[0] }) }


# runs the daemon, while mirrors visit; how: '', 'kill' or a clock's offset

sub daemon {
    my ($how, $mirrors, @command) = @_;

    my %env = $t->environment;
    my $deadline;

    unshift @command, $t->build_dir . '/wppkg-syncd', '-c',
            $t->path('wppkg.conf');

    if ($how eq 'kill') {
        $deadline = Time::HiRes::time() + rand(0.1);

    } elsif ($how ne '') {
        unshift @command, 'faketime', '-f', $how;
        $env{ASAN_OPTIONS} .= ':verify_asan_link_order=0';
    }

    my $pid = $t->start(\@command, out => $t->path('daemon.out'),
                        err => $t->path('daemon.err'), env => \%env);

    while (alive($pid)) {
        kill 'KILL', -$pid
            if defined $deadline && Time::HiRes::time() > $deadline;

        $_->run for @$mirrors;
        Time::HiRes::sleep(rand 0.01);
    }

    my $code = $? & 127 ? 128 + ($? & 127) : $? >> 8;

    $_->run for @$mirrors;

    return $code;
}


sub nginx {
    $t->nginx(workers => 2, locations =>
              "location / { wppkg_catalogue $db; }");
}


offer($_, 1) for @names;

$t->configure;
is($t->syncd('migrate')->{code}, 0, 'migrate');
$t->syncd({ stdin => join "\n", @names, '' }, 'discover', '--source=list',
          '-');
nginx();


# nginx alone

$early = Test::WPPkg::Mirror->new(url => $t->nginx_url);
ok($early->run, 'C 29: an empty repository can be mirrored')
    or diag($early->{trouble});
is(keys %{$early->{files}}, 0, 'it has nothing');

my @mirrors = ($early);

for my $round (1 .. $rounds) {
    my @changed = $round == 1 ? @names : change(0, 1);

    my $how = ('', 'kill', '-1h', '', 'kill', '+2h')[$round % 6];

    closed_as((qw(claimed gone abandoned))[$round % 3]);

    daemon($how, \@mirrors, 'update', @changed);

    $t->nginx_reload if $round % 4 == 1;

    if ($round % 4 == 3) {
        $t->nginx_kill;
        ok(!$early->run, 'nginx is away: a visit fails, and is repeated');
        nginx();
    }

    if ($round == 3) {
        push @mirrors, Test::WPPkg::Mirror->new(url => $t->nginx_url,
                                                claims => 1);
        ok($mirrors[1]->run, 'C 39: one that comes later')
            or diag($mirrors[1]{trouble});
    }
}

daemon('', \@mirrors, 'update', @names);
$t->sql('UPDATE observations SET observed_at = observed_at - 3600');
daemon('', \@mirrors, 'update', @names);

# C 47: whatever closed packages were, they become all the same

for my $mode (qw(gone abandoned gone claimed)) {
    closed_as($mode);
    daemon('', \@mirrors, 'update');
    identical($mirrors[$_], "closed = $mode: mirror $_") for 0, 1;
}

push @mirrors, Test::WPPkg::Mirror->new(url => $t->nginx_url);
ok($mirrors[2]->run, 'C 39: one that comes last') or diag($mirrors[2]{trouble});

# C 35, 38: the floor is where a restored backup begins

push @mirrors, Test::WPPkg::Mirror->new(url => $t->nginx_url);
$mirrors[3]{since} = 15850612240000;
$mirrors[3]{files}{"p2/wp-plugin/gone$_.json"} = { content => '', date => '' }
    for '', '~dev';

identical($mirrors[$_], "mirror $_ of nginx") for 0 .. $#mirrors;

is($mirrors[3]{count}{resync}, 1, 'C 35: from before the floor, one resync');
ok($early->{count}{$_}, "C 32: $_ was seen") for qw(update delete);
is($early->{count}{started}, 1, 'C 35: it has never had to start again');
is($early->{count}{dropped}, undef, 'C 37: no two actions had one time');


# a bucket, which the same mirrors now read their files from

my $s3 = $t->s3;

# as a CDN in front of it answers: radosgw's 304 has no Last-Modified

sub bucket {
    my ($path, $headers) = @_;

    my $r = $s3->get(substr $path, 1);
    my $since = $headers->{'If-Modified-Since'};

    $r->{status} = 304 if $r->{status} == 200 && defined $since
                          && $since eq $r->{headers}{'last-modified'};
    return $r;
}

$t->configure(repository => { changes_url =>
                              $t->nginx_url . '/metadata/changes.json' });
daemon('', [], 'sync');

@mirrors = ($early, Test::WPPkg::Mirror->new(url => $t->nginx_url),
            Test::WPPkg::Mirror->new(url => $t->nginx_url, claims => 1));
$_->{fetch} = \&bucket for @mirrors;

for my $round (1 .. $rounds) {

    my @changed = change($round % 2, 2);

    daemon('', \@mirrors, 'update', @changed);
    daemon(('', 'kill', '', '-1m', 'kill')[$round % 5], \@mirrors,
           'sync');
}

daemon('', \@mirrors, 'update', @names);
$t->sql('UPDATE observations SET observed_at = observed_at - 3600');
daemon('', \@mirrors, 'update', @names);
is(daemon('', \@mirrors, 'sync'), 0, 'the bucket is complete');

identical($mirrors[$_], "mirror $_ of the bucket") for 0 .. $#mirrors;
is($early->{count}{started}, 1, 'C 35: nor when the bucket came');


# And without it again: what waited for it is announced.  nginx dates files
# by their change, the bucket by the upload: not in one second.

my $uploaded = time;
$t->wait_for(sub { time > $uploaded + 1 }, 'another second', 10);

offer($_, $version{$_} != 0) for @names;
is($t->syncd('update', @names)->{code}, 0, 'changes that wait for the bucket');

delete $early->{fetch};
delete $t->{s3};
$t->configure;
is($t->syncd('migrate')->{code}, 0, 'the bucket is not configured any more');
identical($early, 'nginx again');

$t->done;

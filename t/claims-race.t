#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Packages that are closed and opened again at bad moments: several times
# within a second, while old closures are walked, while a file is on its way
# to the bucket.  With each value of the key "closed", a mirror that follows
# has what the catalogue has, and no two bodies had one date.


use strict;
use warnings;
use lib 't/lib';

use IO::Socket::INET;
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents qw(gunzip);
use Test::WPPkg::Mirror;
use Test::WPPkg::Process qw(stop_process);


my $t = Test::WPPkg->new;
my $w = $t->wporg;

my @modes = qw(claimed abandoned gone);
my $version = 0;


# what WordPress.org says of plugins from now on

sub offer {
    my ($open, @slugs) = @_;

    $version++;

    for my $slug (@slugs) {
        $open ? $w->plugin($slug, { versions => { '0.1' => undef,
                                                  "1.$version" => undef },
                                    stable => "1.$version" })
              : $w->closed('plugin', $slug, permanent => 1);
    }
}


sub update {
    my (@slugs) = @_;

    my $r = $t->syncd('update', map { "plugin/$_" } @slugs);
    is($r->{code}, 0, "update @slugs") or diag($r->{out}, $r->{err});
}


# what there is, by the catalogue: path => bytes

sub catalogue {
    return map { $_->[0] => gunzip(pack 'H*', $_->[1]) } $t->sql(
        'SELECT path, hex(body) FROM documents'
        . ' JOIN bodies ON document_id = id'
        . " WHERE path LIKE 'p2/%/%' AND content_hash IS NOT NULL");
}


# a last visit, after which the mirror has what there is and nothing else

sub identical {
    my ($mirror, $what) = @_;

    ok($mirror->run, "$what: a mirror's visit") or diag($mirror->{trouble});

    my %there = catalogue();
    my @wrong = grep { !defined $there{$_} || !defined $mirror->{files}{$_}
                       || $there{$_} ne $mirror->{files}{$_}{content} }
                sort keys %{{ %there, %{$mirror->{files}} }};

    is("@wrong", '', "$what: C 36: the mirror is identical, " . keys(%there)
                     . ' files');
    is_deeply($mirror->{stuck}, [], "$what: C 36: it never got stuck");
    is($mirror->{count}{$_}, undef, "$what: $_ never") for 'dropped', 'resync';
}


sub of {
    my ($slug, $what) = @_;

    return $t->sql_value("SELECT $what FROM documents
                          WHERE path = 'p2/wp-plugin/$slug.json'");
}


# what a package is that WordPress.org has closed, with versions or without

sub is_closed {
    my ($mode, $slug, $versions, $what) = @_;

    my $is = $mode eq 'gone' ? 'gone'
           : $mode eq 'abandoned' && $versions ? 'versions' : 'claim';

    is(of($slug, "iif(content_hash IS NULL, 'gone',
                      iif(claims = 1, 'claim', 'versions'))"), $is,
       "$what: $is");
}


sub close_as { $t->configure(repository => { closed => $_[0] }) }


$t->configure;
is($t->syncd('migrate')->{code}, 0, 'migrate');
$t->syncd({ stdin => join '', map { "plugin/$_\n" } 'quick', 'other' },
          'discover', '--source=list', '-');
offer(1, 'quick', 'other');
update('quick', 'other');

$t->nginx(locations => 'location / { wppkg_catalogue ' . $t->catalogue
                       . '; }');
my $mirror = Test::WPPkg::Mirror->new(url => $t->nginx_url);
ok($mirror->run, 'a mirror begins') or diag($mirror->{trouble});


# --- closed, open and closed again within a second

for my $mode (@modes) {
    close_as($mode);

    my (@dates, @times);

    for my $open (0, 1, 0, 1, 0, 1) {
        offer($open, 'quick');
        update('quick');
        push @dates, of('quick', 'content_changed_at');
        push @times, of('quick', 'published_changed_at');
        is_closed($mode, 'quick', 1, $mode) if !$open;
        $mirror->run if $open == rand() > 0.5;
    }

    is(scalar(grep { $dates[$_] <= $dates[$_ - 1] } 1 .. $#dates), 0,
       "C 21: $mode: six bodies in a row, each with a later date");
    is("@times", "@dates", "C 37: $mode: so have the feed's actions");
    identical($mirror, "$mode, in a row");
}


# --- during a walk: a slice ends within the old closures

my $slice = 2500;                     # packages
my $old = $slice + 20;

$t->sql("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL"
    . " SELECT i + 1 FROM n WHERE i < $old)"
    . ' INSERT INTO packages (type, slug, state, state_reason, created_at,'
    . ' changed_rev, synced_rev, known, next_check_at, versions)'
    . " SELECT 'plugin', printf('c%05d', i), 'closed_for_good', 'why', 1, 1,"
    . ' 1, 1, unixepoch() + 86400,'
    . ' \'[{"tag":"1.0","zip":"https://example.org/a.zip"}]\' FROM n');

sub slug { sprintf 'c%05d', $_[0] }

sub cursor {
    return $t->sql_value("SELECT value FROM meta
                          WHERE name = 'claims_cursor'") || 0;
}

# two before the end of the first slice, two after it

my @walked = map { slug($_) } 10, 11, $old - 2, $old - 1;

for my $mode (@modes, 'claimed') {
    close_as($mode);
    $t->sql("DELETE FROM meta WHERE name LIKE 'claims%'");

    update();
    cmp_ok(cursor(), '>', 0, "$mode, a walk: it is under way");

    # one of each is open and closed again, the other one stays open

    offer(1, @walked);
    update(@walked);
    offer(0, @walked[1, 3]);
    update(@walked[1, 3]);
    $mirror->run;

    update();
    is(cursor(), 0, "$mode, a walk: it has ended");

    is(of($_, "content_hash IS NOT NULL AND claims = 0"), 1,
       "$mode, a walk: $_ is open") for @walked[0, 2];
    is_closed($mode, $_, 1, "$mode, a walk: $_ is closed")
        for @walked[1, 3], slug(1), slug($old);
    is($t->sql_value('SELECT count(*) FROM packages AS p
                      JOIN documents AS d ON d.package_id = p.id
                      WHERE state <> \'active\' AND '
                     . { claimed => 'claims = 0', gone => 'content_hash',
                         abandoned => 'content_hash IS NULL' }->{$mode}), 0,
       "$mode, a walk: all the others are");

    offer(0, @walked);
    update(@walked);
    identical($mirror, "$mode, a walk");
}


# --- during a PUT: a proxy keeps the answer, or the request

my $s3 = $t->s3;
my $port = $t->port;
my ($upstream) = $s3->{endpoint} =~ m{^http://(.*)};

sub faults { $t->write_file('faults', "@_\n") }

faults(0);
my $proxy = $t->start([ $^X, 't/lib/s3-faults', $port, $upstream,
                        $t->path('faults'), $t->path('faults.log') ],
                      err => $t->path('faults.err'));
$t->wait_for(sub { IO::Socket::INET->new("127.0.0.1:$port") },
             'the bad way is there');

# few files are enough: the old closures make room

$t->sql("DELETE FROM bodies WHERE document_id IN (SELECT d.id FROM documents d"
    . " WHERE path >= 'p2/wp-plugin/c00020' AND path < 'p2/wp-plugin/d');"
    . "DELETE FROM documents WHERE path >= 'p2/wp-plugin/c00020'"
    . "    AND path < 'p2/wp-plugin/d';"
    . "DELETE FROM packages WHERE slug >= 'c00020' AND slug < 'd';"
    . "UPDATE meta SET value = 1 WHERE name = 'list_stale'");

sub bucket {
    my ($mode) = @_;

    $t->configure(
        bucket => { endpoint => "http://127.0.0.1:$port" },
        http => { stall_timeout => '60s', retries => 0 },
        repository => { closed => $mode, changes_url =>
                        $t->nginx_url . '/metadata/changes.json' });
}

sub fetch {
    my ($path, $headers) = @_;

    my $answer = $s3->get(substr $path, 1);
    my $since = $headers->{'If-Modified-Since'};

    $answer->{status} = 304 if $answer->{status} == 200 && defined $since
        && $since eq $answer->{headers}{'last-modified'};

    return $answer;
}

sub in_bucket {
    my ($what) = @_;

    my %there = map { $_->[0] => gunzip(pack 'H*', $_->[1]) } $t->sql(
        'SELECT path, hex(body) FROM documents JOIN bodies ON document_id = id'
        . ' WHERE content_hash IS NOT NULL');

    is(join(' ', sort keys %{$s3->list}), join(' ', sort keys %there),
       "$what: R 28: the bucket has the catalogue's documents, no others");
    is(join(' ', grep { $s3->get($_)->{content} ne $there{$_} }
                 sort keys %there), '', "$what: R 28: byte for byte");
}

bucket('claimed');
update();
is($t->syncd('sync')->{code}, 0, 'sync');

$mirror = Test::WPPkg::Mirror->new(url => $t->nginx_url, claims => 1,
                                   fetch => \&fetch);
ok($mirror->run, 'a mirror of the bucket') or diag($mirror->{trouble});

for my $n (0 .. 2 * @modes - 1) {
    my ($mode, $open) = ($modes[$n / 2], $n % 2);
    my $fault = (qw(late stall))[($n + $n / 2) % 2];
    my $what = "$mode, " . ($open ? 'opened' : 'closed')
               . " during a PUT ($fault)";

    bucket($mode);

    offer($open, 'quick');
    update('quick');
    is($t->syncd('sync')->{code}, 0, "$what: sync before");

    # a file of it is on its way

    offer(!$open, 'quick');
    update('quick');
    unlink $t->path('faults.log');
    faults(1, $fault);

    my $r = $t->syncd_start('sync');
    $t->wait_for(sub {
        -e $t->path('faults.log')
            && $t->read_file('faults.log') =~ m{^$fault }m;
    }, "$what: a request is on its way", 20);
    $mirror->run;
    is($t->finish($r, 'KILL')->{code}, 137, "$what: killed");

    # and it becomes another one

    offer($open, 'quick');
    update('quick');
    is_closed($mode, 'quick', 1, $what) if !$open;
    $mirror->run;
    faults(0);
    is($t->syncd('sync')->{code}, 0, "$what: sync");

    in_bucket($what);
    identical($mirror, $what);
}

stop_process($proxy);
$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# R 35, R 38: one writer, by whatever path the catalogue is reached, also when
# its lock file was removed or replaced; and which user may be that writer.


use strict;
use warnings;
use lib 't/lib';

use Fcntl qw(:flock);
use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;
my $w = $t->wporg;
my $dir = $t->dir;
my $program = $t->build_dir . '/wppkg-syncd';

mkdir "$dir/$_" or die "$dir/$_: $!\n" for qw(real link relative far);
symlink "$dir/real/catalogue.db", "$dir/link/catalogue.db" or die $!;
symlink '../link/catalogue.db', "$dir/relative/catalogue.db" or die $!;
symlink 'real', "$dir/directory" or die $!;

$w->plugin('akismet', { versions => { '1.0' => undef } });

my $list = $t->write_file('list', "plugin/akismet\n");


# Writes NAME.conf for a path, and returns the arguments that use it.

sub conf_of {
    my ($name, $path) = @_;

    return ('-c', $t->write_file("$name.conf",
        "[catalogue]\npath = $path\nlist = $list\n[wporg]\napi_url = "
        . $w->url . "\nrecheck = 0\n[http]\nretries = 0\n"
        . "[schedule]\ninterval = 1s\nsweep = 0\n"));
}


sub syncd_by {
    my ($conf, @args) = @_;
    return $t->command({ env => { $t->environment(leaks => 1) } }, $program,
                       @$conf, @args);
}


sub one_line {
    my ($r, $code, $like, $what) = @_;

    is($r->{code}, $code, "R 35: $what: exit code");
    like($r->{err}, qr/\A$like[^\n]*\n\z/, "$what: says why");
}


my %conf = map { $_ => [ conf_of($_, "$dir/$_/catalogue.db") ] }
           qw(real link relative directory);


# --- a link that leads to no file yet, and all the others once there is one

is(syncd_by($conf{relative}, 'migrate')->{code}, 0, 'made through two links');
ok(-e "$dir/real/catalogue.db$_", "catalogue.db$_ is where the links lead")
    for '', qw(-wal -shm .lock);
is_deeply([ sort map { s{.*/}{}r } glob "$dir/{link,relative}/*" ],
          [ qw(catalogue.db catalogue.db) ], 'and nothing beside the links');

is(syncd_by($conf{$_}, 'run', '--once')->{code}, 0, "$_: a run")
    for sort keys %conf;


# --- nginx finds -wal and -shm by each of them

$t->nginx(locations => join '', map {
    "location /$_/ { wppkg_catalogue $dir/$_/catalogue.db; }\n"
} sort keys %conf);

for my $name (sort keys %conf) {
    my $socket = $t->nginx_connect;

    print $socket "GET /$name/p2/wp-plugin/akismet.json HTTP/1.0\r\n\r\n";
    like(scalar <$socket>, qr/^HTTP\/1\.1 200 /, "nginx by $name");
}


# --- one lock, by whatever name

{
    open my $lock, '>>', "$dir/real/catalogue.db.lock" or die $!;
    flock $lock, LOCK_EX | LOCK_NB or die "flock: $!";

    one_line(syncd_by($conf{$_}, 'update'), 75,
             qr/wppkg-syncd: another run holds the lock/, "locked by $_")
        for sort keys %conf;
}


# --- a circle of links

symlink "$dir/far/b", "$dir/far/a" or die $!;
symlink "$dir/far/a", "$dir/far/b" or die $!;

one_line(syncd_by([ conf_of('circle', "$dir/far/a") ], 'migrate'), 2,
         qr/wppkg-syncd: catalogue "[^"]+" is a link that leads nowhere/,
         'a circle');


# --- a second name, or a mount, of the file alone

link "$dir/real/catalogue.db", "$dir/far/hard.db" or die $!;

for my $path ("$dir/far/hard.db", "$dir/real/catalogue.db") {
    one_line(syncd_by([ conf_of('hard', $path) ], 'update'), 2,
             qr/wppkg-syncd: catalogue "[^"]+" has 2 names \(hard links\)/,
             "a hard link, $path");
}

is(syncd_by([ conf_of('hard', "$dir/real/catalogue.db") ],
            'status')->{code}, 0, 'status only reads');

unlink "$dir/far/hard.db";

SKIP: {
    skip 'needs root', 2 if $> != 0;

    $t->write_file('far/mounted.db', '');
    one_line($t->command({ env => { $t->environment(leaks => 1) } },
                         'unshare', '-m', 'sh', '-c',
                         'mount --bind "$1" "$2" && shift 2 && exec "$@"',
                         'sh', "$dir/real/catalogue.db", "$dir/far/mounted.db",
                         $program, conf_of('mount', "$dir/far/mounted.db"),
                         'update'), 2,
             qr/wppkg-syncd: catalogue "[^"]+" is mounted by itself/,
             'one file mounted');
}


# --- the lock file is removed, or replaced, under a service

$t->configure(catalogue => { path => "$dir/real/catalogue.db",
                             list => $list },
              wporg => { recheck => '0' }, http => { retries => 0 },
              schedule => { interval => '1s', sweep => '0' });

sub runs {
    my ($row) = $t->sql('SELECT id, pid FROM pipeline_runs'
                        . ' WHERE outcome IS NOT NULL'
                        . ' ORDER BY id DESC LIMIT 1',
                        "$dir/real/catalogue.db");
    return @$row;
}

for my $case ([ removed => sub { 1 } ],
              [ replaced => sub { $t->write_file($_[0], '') } ])
{
    my ($what, $then) = @$case;
    my $p = $t->syncd_start('run');

    $t->wait_for(sub { (runs())[1] == $p->{pid} }, "$what: it runs");

    unlink "$dir/real/catalogue.db.lock" or die $!;
    $then->("$dir/real/catalogue.db.lock");

    my $other = $t->syncd_start('run');

    $t->finish($p, undef, 20);
    is($p->{code}, 75, "$what: the service that has lost its lock ends");
    like($p->{err}, qr/lock file \S+ was removed or replaced/,
         "$what: says why");

    $t->wait_for(sub { (runs())[1] == $other->{pid} },
                 "$what: the other one goes on");
    is($t->finish($other, 'TERM')->{code}, 0, "$what: until it is stopped");
}


# Within a run: what it would write after that is not written.

$w->plugin($_, { versions => { '1.0' => undef } }) for qw(bb);
$t->write_file('list', "plugin/akismet\nplugin/bb\n");
$w->fail('slow', seconds => 3, times => 100);

my $p = $t->syncd_start('run', '--once');
my $found = "SELECT count(*) FROM packages WHERE slug = 'bb'";

$t->wait_for(sub { ($t->sql($found, "$dir/real/catalogue.db"))[0][0] == 1 },
             'a run waits for an answer');
unlink "$dir/real/catalogue.db.lock" or die $!;
$t->finish($p, undef, 60);
is($p->{code}, 2, 'a run that has lost its lock ends');
like($p->{err}, qr/lock file \S+ was removed or replaced/, 'and says why');
is(($t->sql("SELECT state FROM packages WHERE slug = 'bb'",
            "$dir/real/catalogue.db"))[0][0], 'new', 'it has written nothing');


# --- within a run a file of the catalogue is removed, or replaced

my $n = 0;

for my $suffix ('', '-wal') {
    for my $case ([ removed => sub { unlink $_[0] or die $! } ],
                  [ replaced => sub {
                      $t->command({}, 'cp', '-p', $_[0], "$_[0].new");
                      rename "$_[0].new", $_[0] or die $!;
                  } ])
    {
        my ($how, $then) = @$case;
        my $what = "catalogue.db$suffix, $how";
        my $place = "$dir/place" . ++$n;

        mkdir $place or die $!;

        my @args = conf_of("place$n", "$place/catalogue.db");

        is(syncd_by(\@args, 'migrate')->{code}, 0, "$what: migrate");

        $w->write_json('fail.json', '[]');
        $w->fail('slow', seconds => 2, times => 100);
        $w->clear_requests;

        my $run = { err_file => $t->path("place$n.err"),
                    out_file => $t->path("place$n.out") };

        $run->{pid} = $t->start([ $program, @args, 'run', '--once' ],
                                env => { $t->environment(leaks => 1) },
                                out => $run->{out_file},
                                err => $run->{err_file});

        $t->wait_for(sub { $w->requests > 0 }, "$what: it waits", 20);
        $then->("$place/catalogue.db$suffix");

        $t->finish($run, undef, 60);
        is($run->{code}, 2, "$what: the run ends");
        like($run->{err},
             qr/\Q$place\E\/catalogue\.db\Q$suffix\E was removed or replaced/,
             "$what: and says why");
    }
}

$w->write_json('fail.json', '[]');


# --- root in a directory that is another user's

SKIP: {
    skip 'needs root', 6 if $> != 0;

    my ($uid, $gid) = (getpwnam 'nobody')[2, 3];

    mkdir "$dir/theirs" or die $!;
    chown $uid, $gid, "$dir/theirs" or die $!;

    my @theirs = conf_of('theirs', "$dir/theirs/catalogue.db");

    one_line(syncd_by(\@theirs, 'migrate'), 2,
             qr/wppkg-syncd: \Q$dir\E\/theirs belongs to another user.*: /
             . qr/"sudo -u nobody wppkg-syncd \.\.\."/,
             'root by mistake');
    is_deeply([ glob "$dir/theirs/*" ], [], 'made nothing');

    # and what root once made: the message names owner and user

    $t->write_file('theirs/catalogue.db.lock', '');
    chmod 0644, "$dir/theirs/catalogue.db.lock";

    $t->command({}, 'install', '-m', '755', $program, "$dir/program");

    one_line($t->command({ env => { $t->environment } }, 'setpriv',
                         "--reuid=$uid", "--regid=$gid", '--clear-groups',
                         "$dir/program", @theirs, 'migrate'), 2,
             qr/wppkg-syncd: lock file \S+ cannot be opened by nobody /
             . qr/\(uid $uid\): it belongs to root \(uid 0\).*chown -R/,
             'what root has made');
}

$t->done;

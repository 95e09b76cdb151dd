#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# The control socket: commands reach the service that holds the lock, and what
# becomes of them comes back; whoever waits may go away; and those who mean no
# good do not keep anybody else from it.


use strict;
use warnings;
use lib 't/lib';

use HTTP::Tiny ();
use IO::Select;
use IO::Socket::UNIX;
use Socket qw(SOCK_STREAM SHUT_WR);
use Test::More;
use Test::WPPkg;
use Test::WPPkg::S3Mock;
use Test::WPPkg::SVN;
use Time::HiRes ();


my $t = Test::WPPkg->new;
my $w = $t->wporg;
my $path = $t->path('control');
my $m = Test::WPPkg::S3Mock->new($t);

my %conf = (
    wporg    => { recheck => 0 },
    http     => { retries => 0 },
    schedule => { interval => '1d', sweep => 0 },
);

my $service;

sub start {
    my (%o) = @_;

    $service = $t->syncd_start({ env => { %{$o{env} || {}} } }, 'run');
    $t->wait_for(sub { -S $path }, "$o{what}: the service listens")
        if $o{what};
}

# between two cycles
sub idle {
    $t->wait_for(sub { !$t->sql_value('SELECT count(*) FROM pipeline_runs'
                                      . ' WHERE finished_at IS NULL')
                       && $t->sql_value('SELECT count(*) FROM pipeline_runs'
                                        . ' WHERE command = ' . "'run'") },
                 $_[0] || 'it is idle');
}

sub log_of { -e $service->{err_file} ? $t->read_file($service->{err_file}) : '' }

sub state_of {
    my ($slug) = @_;
    return $t->sql_value("SELECT state FROM packages WHERE slug = '$slug'")
           || '';
}

sub does {
    my ($code, $like, @command) = @_;

    my $r = $t->syncd(@command);
    my $name = ref $command[0] ? "@command[1 .. $#command]" : "@command";
    is($r->{code}, $code, "$name: exit code") or diag($r->{err});
    like($r->{out} . $r->{err}, $like, "$name: what it says");
    return $r;
}

# a client of our own; what it hears until the end

sub client {
    my ($text) = @_;

    my $socket = IO::Socket::UNIX->new(Type => SOCK_STREAM, Peer => $path)
        or return;
    local $SIG{PIPE} = 'IGNORE';
    syswrite $socket, $text if defined $text;
    return $socket;
}

sub hears {
    my ($socket, $seconds) = @_;

    my $select = IO::Select->new($socket);
    my $deadline = Time::HiRes::time() + ($seconds || 15);
    my $text = '';

    while (Time::HiRes::time() < $deadline) {
        next if !$select->can_read(0.2);
        last if !sysread $socket, $text, 65536, length $text;
    }

    return $text;
}


# --- what a service does

$t->configure(%conf, $m->bucket());
is($t->syncd('migrate')->{code}, 0, 'migrate');
$w->plugin($_) for qw(one two three);

# without a service, the command itself
does(0, qr/^add: 1 added, .*\nupdate: 1 fetched/m, 'add', 'plugin/one');
is($t->sql_value("SELECT pid = $$ FROM pipeline_runs WHERE command = 'add'"),
   0, 'a command of its own');

start(what => 'first', env => $m->keys);
idle();
is(sprintf('%o', (stat $path)[2] & 07777), '660', 'owner and group may write');

my $r = does(0, qr/\Aadd: 1 added, .*\nupdate: 1 fetched, 2 documents .*\n/,
             'add', 'plugin/two');
like($r->{err}, qr/\A.*the service does "add plugin\/two"\n\z/,
     'and that a service does it');
is(state_of('two'), 'active', 'it is fetched');
is($t->sql_value("SELECT pid FROM pipeline_runs WHERE command = 'add'"
                 . ' ORDER BY id DESC LIMIT 1'), $service->{pid},
   'by the service');
like(log_of(), qr/the service does "add plugin\/two"$/m, 'whose log says so');
$t->wait_for(sub { $m->object('p2/wp-plugin/two.json')->{status} == 200 },
             'it is uploaded at once');
idle('that is done');

does(0, qr/^update: 1 fetched/m, 'update', 'plugin/one');
does(1, qr/plugin\/none is not in the catalogue/, 'update', 'plugin/none');
does(0, qr/^sweep: nothing to do|^sweep: /m, 'sweep');
does(0, qr/^sync: nothing to do/m, 'sync');
does(0, qr/^audit: /m, 'audit');
does(0, qr/^remove: 1 removed/m, 'remove', 'plugin/two');
idle('and removed from the bucket');
$t->wait_for(sub { $m->object('p2/wp-plugin/two.json')->{status} == 404 },
             'at once');

# much to say: all of it to one who reads, and no more than a second for one
# who does not
for my $n (1 .. 4000) {
    my $put = HTTP::Tiny->new->put($m->endpoint . "/bkt/foreign-$n",
                                   { content => 'x' });
    die "PUT: $put->{status}\n" if !$put->{success};
}

my $deafened = client("wppkg 1 audit\n");
$t->wait_for(sub { log_of() =~ /the service does "audit"(?s:.*)"audit"/ },
             'it audits for one who does not read');
my $since = Time::HiRes::time();
$r = $t->syncd('audit');
cmp_ok(Time::HiRes::time() - $since, '<', 20, 'and then for one who does');
is(scalar(() = $r->{out} =~ /^foreign foreign-\d+$/mg), 4000,
   'who gets each line');
is($r->{code}, 1, 'and the exit code');
close $deafened;

# what it refuses, before or there
does(2, qr/\Awppkg-syncd: unknown option "--x"; try.*\n\z/, 'sweep', '--x');
does(2, qr/nothing is known of the repository of plugins/, 'backfill');
does(75, qr/it is the service; stop it first/, { env => $m->keys }, $_)
    for 'migrate', 'run';

# an error with bytes that no terminal should get
$w->fail('status', status => 500, times => 1);
does(1, qr/^update: 1 transient, .*partial/m, 'update', 'plugin/one');

# many names, and too many
$w->plugin("many-$_") for 1 .. 250;
does(0, qr/^add: 250 added/m, 'add', map { "plugin/many-$_" } 1 .. 250);
does(2, qr/ask for fewer packages at a time/, 'remove',
     map { "plugin/no-$_" } 1 .. 2000);

idle();
is($t->finish($service, 'TERM')->{code}, 0, 'the service ends');
ok(!-e $path, 'and takes the socket with it');


# --- two at once, and one who goes away

$t->configure(%conf);
start(what => 'second');
idle();

$w->fail('slow', seconds => 2, times => 1);
my @two = map { $t->syncd_start('update', "plugin/$_") } qw(one three);
$t->finish($_, undef, 30) for @two;
is($two[0]{code}, 0, 'two at once: the first');
is($two[1]{code}, 1, 'two at once: the second, whose package is not there');

$w->fail('slow', seconds => 3, times => 1);
my $caller = $t->syncd_start('add', 'plugin/three');
$t->wait_for(sub { log_of() =~ /does "add plugin\/three"/ }, 'it is begun');
$r = $t->finish($caller, 'INT', 5);
is($r->{code}, 1, 'Ctrl-C ends the waiting');
like($r->{err}, qr/the service does it all the same/, 'says so');
isnt(state_of('three'), 'active', 'it is not done yet');
$t->wait_for(sub { state_of('three') eq 'active' }, 'it is done all the same');


# --- a cycle that takes long is interrupted, and goes on

$w->fail('slow', seconds => 300, times => 1);
$t->sql('UPDATE packages SET next_check_at = 1');
kill 'HUP', $service->{pid};
$t->wait_for(sub { ($w->failures) == 0 }, 'a cycle waits for an answer');

my $began = Time::HiRes::time();
does(0, qr/^remove: 1 removed/m, 'remove', 'plugin/three');
cmp_ok(Time::HiRes::time() - $began, '<', 10, 'a request waits for seconds');
is($t->sql_value("SELECT outcome FROM pipeline_runs WHERE command = 'run'"
                 . ' AND id < (SELECT max(id) FROM pipeline_runs'
                 . " WHERE command = 'remove') ORDER BY id DESC LIMIT 1"),
   'cancelled', 'the cycle was ended for it');
$t->wait_for(sub { !$t->sql_value('SELECT count(*) FROM packages'
                                  . ' WHERE next_check_at = 1') },
             'and goes on afterwards', 20);
is($t->sql_value('SELECT count(*) FROM packages WHERE failures > 0'), 0,
   'what was interrupted has not failed');
idle();


# --- SIGTERM: what is under way ends, what waits is refused

$w->fail('slow', seconds => 300, times => 1);
my $under = $t->syncd_start('update', 'plugin/one');
$t->wait_for(sub { ($w->failures) == 0 }, 'one is under way');
my $waits = $t->syncd_start('update', 'plugin/many-1');

# it is heard within a second
Time::HiRes::sleep(1.5);
$began = Time::HiRes::time();
is($t->finish($service, 'TERM', 20)->{code}, 0, 'SIGTERM');
cmp_ok(Time::HiRes::time() - $began, '<=', 10, 'R 38: within ten seconds');
$r = $t->finish($under, undef, 5);
is($r->{code}, 1, 'what was under way: exit code 1');
like($r->{err}, qr/the service was asked to end, and has ended this/,
     'and why');
$r = $t->finish($waits, undef, 5);
is($r->{code}, 75, 'what waited: exit code 75');
like($r->{err}, qr/the service ends, and has not done it: try again/,
     'and why');


# --- killed: the next one takes the socket over; the caller hears of it

start(what => 'third');
idle();
$w->fail('slow', seconds => 300, times => 1);
$under = $t->syncd_start('update', 'plugin/one');
$t->wait_for(sub { ($w->failures) == 0 }, 'one is under way');
$t->finish($service, 'KILL');
$r = $t->finish($under, undef, 5);
is($r->{code}, 1, 'killed: exit code 1');
like($r->{err}, qr/the service has ended the connection: its log tells/,
     'and what to do');
ok(-S $path, 'the socket is left');
does(0, qr/^update: 1 fetched/m, 'update', 'plugin/one');

start(what => 'fourth');
$t->wait_for(sub { client() }, 'the socket is a new one');
idle();
does(0, qr/the service does "update plugin\/one"/, 'update', 'plugin/one');


# --- those who mean no good

my $size = memory();

sub memory {
    my ($kb) = $t->read_file("/proc/$service->{pid}/status")
               =~ /^VmRSS:\s+(\d+)/m;
    return $kb;
}

for my $case (
    [ "\n", qr/^3 the service is of another version/m, 'an empty line' ],
    [ "wppkg 1\n", qr/^3 the service is of another version/m, 'no word' ],
    [ "wppkg 1 \n", qr/^3 that is no request/m, 'an empty word' ],
    [ "wppkg 2 update\n", qr/^3 the service is of another version: restart/m,
      'another version' ],
    [ "GET / HTTP/1.1\r\n\r\n", qr/^3 a request is one line/m, 'HTTP' ],
    [ "\x00\xff\x1b[2J\n", qr/^3 that is no request/m, 'garbage' ],
    [ "wppkg 1 update\nwppkg 1 update\n", qr/^3 a request is one line/m,
      'two lines' ],
    [ 'wppkg 1 ' . 'x' x 9000 . "\n", qr/^3 the request is too long/m,
      'a long line' ],
    [ 'wppkg 1' . ' x' x 4000 . "\n", qr/^3 the request has too many words/m,
      'many words' ],
    [ "wppkg 1 status\n", qr/"status" is not a command that a service/,
      'another command' ],
    [ "wppkg 1 run\n", qr/"run" is not a command that a service does/,
      'run' ],
    [ "wppkg 1 update /etc/passwd\n", qr/neither plugin\/SLUG nor/,
      'no package' ],
    [ "wppkg 1 update \e]0;x\a\n", qr/^3 that is no request/m, 'an escape' ],
) {
    my ($text, $like, $name) = @$case;

    my $answer = hears(client($text));
    like($answer, $like, "$name: is refused");
    like($answer, qr/^x 2\n\z/m, "$name: with exit code 2");
    unlike($answer, qr/[^\n\x20-\x7e]/, "$name: in printable ASCII");
}

# a megabyte without an end; half a line, and gone; nothing at all
my $mega = client();
local $SIG{PIPE} = 'IGNORE';
for (1 .. 64) { last if !syswrite $mega, 'x' x 16384 }
like(hears($mega), qr/too long|\A\z/, 'a megabyte: is refused');
client('wppkg 1 upda')->close for 1 .. 20;

my @silent = grep { $_ } map { client() } 1 .. 100;
cmp_ok(scalar @silent, '>', 50, 'a hundred who say nothing');
$t->wait_for(sub {
    $t->syncd('update', 'plugin/one')->{code} == 0;
}, 'are no trouble for long', 15);
close $_ for @silent;

# one who asks, and does not read, while much is said
$t->sql('DELETE FROM unwanted');
my $deaf = client("wppkg 1 remove "
                  . join(' ', map { "plugin/no-$_" } 1 .. 400) . "\n");
my $deaf2 = client('wppkg 1 update ' . join(' ', map { "plugin/never-$_" }
                                            1 .. 450) . "\n");
does(0, qr/^update: 1 fetched/m, 'update', 'plugin/one');
is($t->sql_value("SELECT count(*) FROM unwanted WHERE slug LIKE 'no-%'"), 400,
   'what one has asked for who does not read is done');

# one who asks and ends his side, who talks on, who is gone
for my $how (sub { shutdown $_[0], SHUT_WR }, sub { syswrite $_[0], 'more' },
             sub { close $_[0] })
{
    my $one = client("wppkg 1 add plugin/many-1\n");
    $how->($one);
    does(0, qr/^update: 1 fetched/m, 'update', 'plugin/one');
}

SKIP: {
    skip 'a sanitizer keeps memory on purpose', 1
        if -x $t->build_dir . '/nginx';

    cmp_ok(memory(), '<', $size + 4096, 'the service has not grown');
}

unlike(log_of(), qr/[^\n\t\x20-\x7e]/, 'its log is clean');
ok(kill(0, $service->{pid}), 'it lives');
$t->finish($service, 'TERM');


# --- who may

SKIP: {
    skip 'needs root', 4 if $> != 0;

    start(what => 'fifth');
    idle();

    my @nobody = ('setpriv', '--reuid=65534', '--clear-groups');
    my @command = ($t->build_dir . '/wppkg-syncd', '-c',
                   $t->path('wppkg.conf'), 'update', 'plugin/one');
    my $env = { env => { $t->environment } };

    $r = $t->command($env, @nobody, '--regid=65534', @command);
    is($r->{code}, 2, 'another user may not');
    like($r->{err}, qr/\A.* asked by nobody .*: do it as root, or .*, root \(.*\n\z/,
         'says who may');
    $r = $t->command($env, @nobody, '--regid=0', @command);
    is($r->{code}, 0, 'a member of the group may') or diag($r->{err});
    like($r->{err}, qr/the service does/, 'and does');

    $t->finish($service, 'TERM');
}


# --- no socket, for one reason or another

$t->configure(%conf, service => { control => 'off' });
start();
idle();
does(75, qr/it is the service; stop it first/, 'update', 'plugin/one');
is($t->finish($service, 'TERM')->{err} =~ /control/ ? 1 : 0, 0,
   'off: nothing is said');

$t->write_file('control', "precious\n");
$t->configure(%conf);
start();
idle();
$t->wait_for(sub {
    log_of() =~ /control socket "\S+": there is something else of that name/;
}, 'something else has the name');
does(75, qr/it is the service; stop it first/, 'update', 'plugin/one');
$t->finish($service, 'TERM');
is($t->read_file('control'), "precious\n", 'which stays');
unlink $path;

$t->configure(%conf, service => { control => $t->path('none/control') });
start();
idle();
$t->wait_for(sub {
    log_of() =~ /control socket "\S+" cannot be made: No such file or dir/;
}, 'no directory');
$t->finish($service, 'TERM');

# two services, two catalogues, one path
$t->configure(%conf);
start(what => 'sixth');
idle();
my $first = $service;

$t->configure(%conf, catalogue => { path => $t->path('other.db') });
is($t->syncd('migrate')->{code}, 0, 'another catalogue');
$service = $t->syncd_start('run');
$t->wait_for(sub { log_of() =~ /is that of another service: set another/ },
             'another service, which does not take it');
does(75, qr/it is the service; stop it first/, 'update');
$t->finish($service, 'TERM');
ok(-S $path, 'nor removes it');
does(0, qr/^update: nothing to do/m, 'update');
unlike($t->read_file($first->{err_file}), qr/the service does/,
       'the first is not asked about the other catalogue');
$t->finish($first, 'TERM');


# --- a backfill takes days: others have their turn, and so has the pipeline

my $plugins = Test::WPPkg::SVN->repository($t, 'plugins');
my $themes = Test::WPPkg::SVN->repository($t, 'themes');
$plugins->commit([ mkdir => 'one' ], [ mkdir => 'one/tags' ],
                 [ mkdir => 'one/tags/1.0' ]);
my ($p, $h) = map { $_->serve } $plugins, $themes;
my $proxy = $p->proxy;

unlink glob $t->catalogue . '*';
$t->configure(%conf, wporg => { recheck => 0, plugins_svn => $proxy->url,
                                themes_svn => $h->url });
is($t->syncd('migrate')->{code}, 0, 'migrate');
is($t->syncd('discover', '--source=svn')->{code}, 0, 'discover');

start(what => 'seventh');
idle();
$proxy->fault('^REPORT', stall => 10);
$caller = $t->syncd_start('backfill');
$t->wait_for(sub { -e "$proxy->{dir}/state" }, 'a backfill waits');
$proxy->fault;
does(0, qr/^remove: 1 not there/m, 'remove', 'plugin/nobody');
$t->wait_for(sub { $t->read_file($caller->{out_file})
                   =~ /^backfill: .*cancelled/m }, 'it was interrupted');
$r = $t->finish($caller, undef, 40);
is($r->{code}, 0, 'and is done in the end') or diag($r->{err});
like($r->{out}, qr/^backfill: \d+ revisions?, /m, 'all of it');
$t->finish($service, 'TERM');
$_->stop for $proxy, $p, $h, $m;

$t->done;

package Test::WPPkg::SyncFaults;

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# "sync" through faults and kills, for the short test (t/sync-faults.t) and the
# long one (t/long/sync-faults.long): afterwards, one undisturbed run ends with
# a bucket that equals the catalogue, and nothing unknown.


use strict;
use warnings;

use IO::Socket::INET;
use Test::More;
use Time::HiRes ();

use Test::WPPkg;
use Test::WPPkg::Bucket;
use Test::WPPkg::Process qw(stop_process);


sub new {
    my ($class, %o) = @_;

    my $t = Test::WPPkg->new(timeout => $o{timeout} || 300);
    my $self = bless {
        t      => $t,
        s3     => $t->s3,
        bucket => Test::WPPkg::Bucket->new($t),
        port   => $t->port,
        seed   => $ENV{WPPKG_TEST_SEED} || $$,
    }, $class;

    srand($self->{seed});
    diag("seed $self->{seed}");

    $self->faults(0);
    my ($upstream) = $self->{s3}{endpoint} =~ m{^http://(.*)};

    $self->{proxy} = $t->start([ $^X, 't/lib/s3-faults', $self->{port},
                $upstream, $t->path('faults'), $t->path('faults.log') ],
              err => $t->path('faults.err'));
    $t->wait_for(sub {
        IO::Socket::INET->new("127.0.0.1:$self->{port}")
    }, 'the bad way is there');

    # always this endpoint: with another one it would be another bucket
    $self->configure;
    is($t->syncd('migrate')->{code}, 0, 'migrate');
    is($t->syncd('sync')->{code}, 0, 'first sync');
    $self->{bucket}->learn;

    return $self;
}


sub configure {
    my ($self, %o) = @_;

    $self->{t}->configure(
        bucket => { endpoint => "http://127.0.0.1:$self->{port}",
                    concurrency => $o{concurrency} || 4 },
        http   => { stall_timeout => '1s',
                    retries => defined $o{retries} ? $o{retries} : 8 });
}


# from here on: which share of requests meets which faults

sub faults {
    my ($self, $rate, @kinds) = @_;
    $self->{t}->write_file('faults', "$rate @kinds\n");
}


# lines of the proxy since the last call

sub lines {
    my ($self) = @_;
    my $file = $self->{t}->path('faults.log');
    my @lines = -e $file ? split /\n/, $self->{t}->read_file($file) : ();

    unlink $file;
    return @lines;
}


# which faults were met, since the last call too

sub met {
    my ($self) = @_;
    return map { (split)[0] } grep { !/^(?:begin|end) / } $self->lines;
}


# How many requests were under way at a time, at most: of all, and of one key.

sub concurrent {
    my ($self) = @_;
    my (%key, $all, @most);

    for ($self->lines) {
        my ($what, $method, $key) = split ' ';
        my $step = { begin => 1, end => -1 }->{$what} or next;

        my @now = ($all += $step, $key{$key} += $step);
        $now[$_] > ($most[$_] || 0) and $most[$_] = $now[$_] for 0, 1;
    }

    return "@most";
}


# the methods of what has begun and not ended, since the last call too

sub pending {
    my ($self) = @_;
    my %pending;

    for ($self->lines) {
        my ($what, $request) = split / /, $_, 2;
        $pending{$request} += { begin => 1, end => -1 }->{$what} || 0;
    }

    return map { (split)[0] } grep { $pending{$_} > 0 } sort keys %pending;
}


sub name { sprintf 'p2/wp-plugin/p%04d%s.json', $_[0] / 2, $_[0] % 2
               ? '~dev' : '' }


# some of n documents get one of two bodies in turn, or none: what was live
# may be wanted again

sub change {
    my ($self, $n, $share) = @_;

    $self->{bucket}->set(map { name($_) => rand() < 0.3 ? undef
                                   : "bytes of $_, " . int rand 2 }
                         grep { rand() < $share } 0 .. $n - 1);
}


sub undisturbed {
    my ($self, $what) = @_;

    $self->faults(0);
    my $r = $self->{t}->syncd('sync');
    is($r->{code}, 0, "$what: one undisturbed run")
        or diag("seed $self->{seed}: $r->{err}");
    $self->{bucket}->is_equal("$what, seed $self->{seed}");
}


# R 34: every fault there is, at random; runs may fail, but not lie.

sub rounds {
    my ($self, $rounds, $n) = @_;

    my @kinds = qw(429 500 503 reset stall lost late truncated keys);
    my %met;

    $self->met;

    for my $round (1 .. $rounds) {
        $self->change($n, 0.7);
        $self->faults(0.25, @kinds);

        my $r = $self->{t}->syncd('sync');
        ok($r->{code} == 0 || $r->{code} == 1, "R 34: faults, round $round");

        $met{$_}++ for $self->met;
        $self->undisturbed("R 34: faults, round $round");
    }

    # So that it is known to have been a test of each.  On a machine that is
    # busy, a run can give up for its own reasons before it meets the fault.
    for my $kind (@kinds) {
        for my $try (1 .. 5) {
            $self->change($n, 0.7);
            $self->faults(1, $kind);
            $self->configure(retries => 0);
            my $r = $self->{t}->syncd('sync');
            $self->configure;
            $met{$_}++ for $self->met;

            ok($r->{code} == 0 || $r->{code} == 1, "only $kind");
            $self->undisturbed("only $kind");

            last if $met{$kind};
        }
    }

    is(join(' ', grep { !$met{$_} } @kinds), '', 'each fault was met');
}


# R 28: content that changes while the answer to its request is held back; then
# the run is killed.  The object is the old one, or gone, and nobody knows.

sub in_flight {
    my ($self) = @_;
    my ($t, $bucket) = @$self{qw(t bucket)};

    my %case = (
        'closed while its PUT is in flight'      => [ 'v1', 'v2', undef ],
        'reopened while its DELETE is in flight' => [ 'v1', undef, 'v3' ],
        'changed while its PUT is in flight'     => [ 'v1', 'v2', 'v3' ],
    );

    for my $what (sort keys %case) {
        my $path = 'p2/wp-plugin/flight.json';
        my ($before, $sent, $after) = @{$case{$what}};

        $bucket->set($path => $before);
        $self->undisturbed("$what: before");

        $bucket->set($path => $sent);
        $self->met;
        $self->faults(1, 'late');
        my $run = $t->syncd_start('sync');

        # "late" is noted before it is carried out, so look for the deed
        $t->wait_for(sub {
            my $r = $self->{s3}->get($path);
            defined $sent ? $r->{content} eq $sent : $r->{status} == 404;
        }, "$what: carried out");

        $bucket->set($path => $after);
        $t->finish($run, 'KILL');

        is($bucket->unknown, 1, "$what: unknown");
        $self->undisturbed($what);
    }
}


# SIGKILL at random moments of a run.  Which ones they were is said: how much
# of the work was done by then, and what was in flight.

sub random_kills {
    my ($self, $kills, $n) = @_;
    my $t = $self->{t};
    my (%flight, @done);

    $self->configure(concurrency => 16);
    $self->change($n, 1);
    my $start = Time::HiRes::time();
    is($t->syncd('sync')->{code}, 0, 'how long it takes');
    my $time = Time::HiRes::time() - $start;

    my %quiet = $t->environment(leaks => 0);

    for my $round (1 .. $kills) {
        $self->change($n, 0.8);
        $self->lines;
        my $all = $self->{bucket}->dirty;

        my $run = $t->syncd_start(
            { env => { ASAN_OPTIONS => $quiet{ASAN_OPTIONS} } }, 'sync');

        # this waits for nothing: it is to hit any moment
        Time::HiRes::sleep(rand() * $time);

        $t->finish($run, 'KILL');

        my @methods = $self->pending;
        $flight{$_}++ for @methods ? keys %{{ map { $_ => 1 } @methods }}
                                   : 'nothing';

        my $dirty = $self->{bucket}->dirty;
        $done[$dirty > 0 ? 10 * ($all - $dirty) / $all : 10]++;

        # whatever else the machine does makes that time another one
        $time *= $dirty > 0 ? 1.05 : 0.7;

        $self->undisturbed("kill $round") if $round % 25 == 0;
    }

    $self->undisturbed('killed at random moments');
    $self->configure;

    my $late = $done[10] || 0;
    my $hit = $kills - $late;

    diag(sprintf '%d kills within %.1f s, %d of them too late; the others by'
         . ' tenths of the work done: %s; in flight: %s', $kills, $time, $late,
         join(' ', map { $_ || 0 } @done[0 .. 9]),
         join(', ', map { "$_ $flight{$_} times" } sort keys %flight));

    cmp_ok($hit, '>', 0, 'killed with work left');
    is($t->sql_value('PRAGMA integrity_check'), 'ok', 'the catalogue is sound');

    return if $kills < 100;

    cmp_ok($hit, '>', $kills / 2, 'most kills hit the work');
    # what is to be deleted, a good quarter, is done at once
    is(join(' ', grep { !$done[$_] } 0 .. 5), '', 'each tenth of it was hit');
    is(join(' ', grep { !$flight{$_} } qw(PUT POST)), '',
       'with PUT in flight, and with DeleteObjects');
}


# SIGKILL at every system call of a small run, or at every step-th: a PUT, two
# keys to delete, a stop before the root.

sub syscall_kills {
    my ($self, $step) = @_;
    my ($t, $bucket) = @$self{qw(t bucket)};

    my @syncd = ($t->build_dir . '/wppkg-syncd', '-c', $t->path('wppkg.conf'),
                 'sync');
    my %env = $t->environment(leaks => 0);
    my @paths = map { "p2/wp-plugin/small$_.json" } 1 .. 3;
    my $round = 0;

    # what is deleted in one run is put in the next
    my $small = sub {
        $round++;
        $bucket->set($paths[0] => "round $round",
                     map { $_ => $round % 2 ? undef : "round $round" }
                         @paths[1, 2]);
    };

    $small->() for 1 .. 2;
    $self->undisturbed('before the kills');
    $small->();

    my $trace = $t->path('trace');
    my $r = $t->command({ env => \%env }, 'strace', '-f', '-o', $trace,
                        @syncd);
    is($r->{code}, 0, 'a run is traced') or diag($r->{err});

    my @calls = $t->read_file('trace') =~ /^\d+ +(\w+)\(/mg;
    cmp_ok(scalar @calls, '>', 100, scalar(@calls) . ' system calls');

    # what comes before main() is the dynamic linker's and not of interest
    my %count;
    my @points = map { [ $_, ++$count{$_} ] } @calls;
    my ($main) = grep { $calls[$_] eq 'umask' } 0 .. $#calls;
    ok($main, 'main() begins with umask()');
    splice @points, 0, $main;

    my $killed = 0;

    for (my $i = int rand $step; $i < @points; $i += $step) {
        my ($call, $n) = @{$points[$i]};

        $small->();
        $r = $t->command({ env => \%env }, 'strace', '-f', '-qq', '-o',
                         '/dev/null', '-e', "trace=$call", '-e',
                         "inject=$call:signal=KILL:when=$n", @syncd);
        $killed++ if $r->{code} == 137;

        ok($r->{code} == 137 || $r->{code} == 0, "killed at $call $n")
            or diag("exit code $r->{code}: $r->{err}");

        $r = $t->syncd('sync');
        is(join(' ', $bucket->wrong, $bucket->unknown, $bucket->dirty,
                $r->{code}), ' 0 0 0', "killed at $call $n: put right");
    }

    cmp_ok($killed, '>', @points / $step * 0.8,
           "$killed kills, each followed by a run that put all right");
    is($t->sql_value('PRAGMA integrity_check'), 'ok', 'the catalogue is sound');
}


sub done {
    my ($self) = @_;

    stop_process($self->{proxy});
    $self->{t}->done;
}


1;

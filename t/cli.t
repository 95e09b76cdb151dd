#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# wppkg-syncd's shell: command line, configuration, lock, catalogues that are
# of no use, log, stop.


use strict;
use warnings;

use Digest::SHA ();
use Fcntl qw(:flock);
use Test::More;

use lib 't/lib';
use Test::WPPkg;


my $t = Test::WPPkg->new;
my $program = $t->build_dir . '/wppkg-syncd';
my $db = $t->catalogue;


# one line of error that matches, nothing on standard output, the exit code

sub fails {
    my ($r, $code, $like, $name) = @_;

    subtest $name => sub {
        is($r->{code}, $code, "exit code $code");
        like($r->{err}, $like, 'says why');
        is(scalar(() = $r->{err} =~ /\n/g), 1, 'in one line');
        is($r->{out}, '', 'nothing on standard output');
    };
}


sub bare { return $t->command({ env => { $t->environment } }, $program, @_) }


# usage

my @commands = qw(migrate discover backfill update add remove mirror dist sync
                  run check check-lock backup restore import status);

my $help = bare('--help');
is($help->{code}, 0, '--help: exit code');
is($help->{err}, '', '--help: no error');
like($help->{out}, qr/^  $_\b/m, "--help mentions $_") for @commands;

for my $command (@commands) {
    my $r = bare($command, '--help');

    is($r->{code}, 0, "$command --help: exit code");
    like($r->{out}, qr/^Usage: wppkg-syncd \[-c FILE\] $command\b/,
         "$command --help");
}

my $page = do {
    open my $fh, '<', 'docs/wppkg-syncd.1' or die "docs/wppkg-syncd.1: $!";
    local $/;
    my $text = <$fh>;
    $text =~ s/\\-/-/g;
    $text;
};

like($page, qr/^\.B[IR]? "?$_\b/m, "wppkg-syncd(1) has $_") for @commands;
like($page, qr/\Q$_\E/, "wppkg-syncd(1) has $_")
    for qw(--help --version --json --once --source=list);
like($page, qr/^\.B $_$/m, "wppkg-syncd(1) has exit code $_")
    for 0, 1, 2, 75;

like(bare('--version')->{out}, qr/^wppkg-syncd \d+\.\d+\.\d+$/, '--version');

my $try = qr/; try "wppkg-syncd --help"$/;

fails(bare(), 2, qr/no command given$try/, 'no command');
fails(bare('frobnicate'), 2, qr/unknown command "frobnicate"$try/,
      'unknown command');
fails(bare('--frob'), 2, qr/unknown option "--frob"$try/, 'unknown option');
fails(bare('-c'), 2, qr/-c needs a FILE$try/, '-c without a file');
fails(bare("bad\e[2Jcommand"), 2, qr/"bad\\x1b\[2Jcommand"/,
      'control bytes are escaped');

fails(bare('discover', '--source=svn', 'x'), 2,
      qr/unexpected argument "x".*$try/, 'Subversion takes no file');

for my $case (
    [ 'unexpected argument "x"', 'migrate', 'x' ],
    [ 'unexpected argument "x"', 'sync', 'x' ],
    [ 'unexpected argument "x"', 'sweep', 'x' ],
    [ 'unexpected argument "x"', 'backfill', 'x' ],
    [ 'unknown option "--x"', 'sweep', '--x' ],
    [ 'unknown option "--x"', 'mirror', '--x' ],
    [ 'unexpected argument "x"', 'mirror', '--all', 'x' ],
    [ 'unexpected argument "x"', 'run', '--once', 'x' ],
    [ 'unexpected argument "theme/b"', 'status', 'plugin/a', 'theme/b' ],
    [ 'unexpected argument "b"', 'discover', '--source=list', 'a', 'b' ],
    [ 'unknown option "--x"', 'migrate', '--x' ],
    [ 'unknown option "--x"', 'update', '--x' ],
    [ 'unknown option "--x"', 'run', '--x' ],
    [ 'unknown option "--x"', 'status', '--x' ],
    [ 'unknown option "--x"', 'check-lock', '--x', 'a' ],
    [ 'unexpected argument "b"', 'check-lock', 'a', '--json', 'b' ],
    [ 'it needs a FILE', 'check-lock' ],
    [ 'it needs a FILE', 'check-lock', '--json', '' ],
    [ 'unknown option "--x"', 'discover', '--source=list', '--x' ],
    [ '-c FILE goes before the command', 'status', '-c', 'x' ],
    [ 'discover needs --source=list FILE or --source=svn', 'discover',
      'x' ],
    [ '--source=list needs a FILE', 'discover', '--source=list' ],
    [ 'unknown source "ftp"', 'discover', '--source=ftp', 'x' ],
    [ '"akismet" is neither plugin/SLUG nor theme/SLUG', 'update',
      'akismet' ],
    [ '"plugin/" is neither plugin/SLUG nor theme/SLUG', 'status',
      'plugin/' ],
) {
    my ($message, @args) = @$case;

    fails(bare(@args), 2, qr/: \Q$message\E$try/, "@args");
}

# configuration

fails(bare('-c', '/nonexistent/x', 'status'), 2,
      qr{: /nonexistent/x: cannot be opened: No such file}, 'no such file');

my $fifo = $t->dir . '/fifo';
$t->command({}, 'mkfifo', $fifo);
fails(bare('-c', $fifo, 'status'), 2,
      qr{: \Q$fifo\E: cannot be opened: it is not a regular file}, 'a pipe');

$t->write_file('wppkg.conf', "[catalogue]\npath = $db\nlsit = x\n"
               . "[http]\nretries = many\n[bucket]\n"
               . "secret_key = hunter2\n");

my $r = $t->syncd('migrate');
my $conf = quotemeta($t->dir . '/wppkg.conf');

is($r->{code}, 2, 'a bad configuration: exit code');
like($r->{err}, qr/^wppkg-syncd: $conf:3: unknown key "lsit"/m, 'line 3');
like($r->{err}, qr/^wppkg-syncd: $conf:5: "retries": "many" is not/m,
     'line 5');
like($r->{err}, qr/^wppkg-syncd: $conf:7: .*secrets come from/m, 'line 7');
unlike($r->{err}, qr/hunter2/, 'a secret is not repeated');
ok(!-e $db, 'nothing was made');

# the lock

$t->configure;

is($t->syncd('migrate')->{code}, 0, 'migrate');
is($t->syncd('migrate')->{code}, 0, 'migrate once more');

{
    open my $lock, '+<', "$db.lock" or die "$db.lock: $!";
    flock($lock, LOCK_EX) or die "flock: $!";
    syswrite($lock, "$$\n");

    for my $args ([ 'migrate' ], [ 'discover', '--source=list', '-' ],
                  [ 'update' ], [ 'run', '--once' ])
    {
        fails($t->syncd(@$args), 75, qr/: process $$ holds the lock \Q$db\E/,
              "@$args: locked");
    }

    is($t->syncd('status')->{code}, 0, 'status needs no lock');

    truncate($lock, 0);
    fails($t->syncd('update'), 75, qr/: another run holds the lock/,
          'a lock without a name');
}

is($t->sql_value('SELECT count(*) FROM pipeline_runs'), 2,
   'a command without the lock leaves no row');

# an empty catalogue

for my $command ([ 'run', '--once' ], [ 'update' ]) {
    my $r = $t->syncd(@$command);

    is($r->{code}, 0, "@$command with nothing to do: exit code");
    like($r->{err}, qr/\A[^\n]* no packages: [^\n]*"follow = on"[^\n]*\n\z/,
         'one line says what to do first');
}

$t->write_file($t->dir . '/catalogue/list', "plugin/akismet\n");
is($t->syncd('discover', '--source=list', $t->dir . '/catalogue/list')
   ->{code}, 0, 'the lock is free again');
is(-s "$db.lock", 0, 'a free lock names nobody');

# the bucket's configuration and keys

fails($t->syncd('sync'), 2, qr/has no \[bucket\]: set its "endpoint"/,
      'sync without a bucket');

my @bucket = (bucket => { endpoint => 'http://127.0.0.1:9', name => 'bkt' },
              http => { retries => 0, connect_timeout => '1s' });

$t->configure(@bucket);

fails($t->syncd('sync'), 2,
      qr{access\ key.*set\ WPPKG_S3_ACCESS_KEY_ID;\ only.*\ in\ /etc/credstore
         .*"systemctl\ start\ wppkg-syncd\@sync"}x,
      'sync without keys');
fails($t->syncd({ env => { WPPKG_S3_ACCESS_KEY_ID => 'AK' } }, 'sync'), 2,
      qr/secret key.*set WPPKG_S3_SECRET_ACCESS_KEY/,
      'sync without a secret key');
fails($t->syncd({ env => { WPPKG_S3_ACCESS_KEY_ID => 'AK',
                           WPPKG_S3_SECRET_ACCESS_KEY => "hun\tter2" } },
                'run', '--once'), 2,
      qr/WPPKG_S3_SECRET_ACCESS_KEY has a byte that no key has/,
      'a key that is none');

$t->write_file('cred/s3-access-key-id', "AK\n");
$t->write_file('cred/s3-secret-access-key', "hunter2\n");

$r = $t->syncd({ env => { CREDENTIALS_DIRECTORY => $t->dir . '/cred' } },
               'sync');
unlike($r->{err}, qr/key is missing/, 'keys from systemd credentials');
unlike($r->{err} . $r->{out}, qr/hunter2/, 'which are not shown');
is($r->{code}, 1, 'a server that is away: done in part');
is($t->syncd('status')->{code}, 0, 'status needs no keys');

# the root document follows base_url, and nothing waits for a bucket

$t->configure(repository => { base_url => 'https://h' });
is($t->syncd('migrate')->{code}, 0, 'migrate with a base_url');

my $root = "SELECT hex(content_hash) FROM documents"
           . " WHERE path = 'packages.json'";
my $first = $t->sql_value($root);

$t->configure(repository => { base_url => 'https://h/' });
is($t->syncd('migrate')->{code}, 0, 'migrate with a "/" more');
is($t->sql_value($root), $first, 'the same address, the same bytes');

$t->configure(repository => { base_url => 'https://h/wp' });
my $empty = $t->write_file('empty', '');

is($t->syncd('discover', '--source=list', $empty)->{code}, 0,
   'discover with a path in base_url');
isnt($t->sql_value($root), $first, 'another prefix, other bytes');

# run --once

$t->configure(catalogue => { list => $t->dir . '/catalogue/list' },
              wporg => { api_url => 'http://127.0.0.1:9' },
              http => { retries => 0 });
$t->write_file($t->dir . '/catalogue/list', "plugin/akismet\ntheme/x\n");

$r = $t->syncd('run', '--once');
is($r->{code}, 1, 'run --once with WordPress.org away: done in part');
like($r->{out}, qr/^discover: 1 added, 1 known, \d+\.\d s$/m,
     'discover comes first');
like($r->{out}, qr/^update: .*, partial, \d+\.\d s$/m, 'then update');

is_deeply([ map { $_->[0] } $t->sql(
              "SELECT json_extract(value, '\$.stage') FROM pipeline_runs,"
              . " json_each(stages) WHERE pipeline_runs.id ="
              . " (SELECT max(id) FROM pipeline_runs)") ],
          [ 'discover', 'update' ], 'both are in the row of the run');

my ($row) = $t->sql('SELECT command, outcome, error, finished_at IS NOT NULL,'
                    . " json_type(stages, '\$[0].ms'),"
                    . " json_extract(stages, '\$[0].added')"
                    . ' FROM pipeline_runs ORDER BY id DESC LIMIT 1');
is($row->[0], 'run', 'its command');
is($row->[1], 'partial', 'its outcome');
like($row->[2], qr/127\.0\.0\.1/, 'its error');
is_deeply([ @$row[3 .. 5] ], [ 1, 'integer', 1 ], 'its end and counts');

unlink $t->dir . '/catalogue/list';
$r = $t->syncd('run', '--once');
is($r->{code}, 2, 'a list that is gone: exit code');
like($r->{out}, qr/^discover: failed, /m, 'the stage that failed');
like($r->{out}, qr/^update: /m, 'does not keep the next from running');

# SIGTERM: a run that waits for its standard input

pipe(my $reader, my $writer) or die "pipe: $!";

{
    $t->configure;

    my $pid = fork;
    die "fork: $!" unless defined $pid;

    if ($pid == 0) {
        close $writer;
        open STDIN, '<&', $reader;
        open STDERR, '>', $t->dir . '/stop.err';
        open STDOUT, '>', $t->dir . '/stop.out';
        exec $program, '-c', $t->dir . '/wppkg.conf', 'discover',
             '--source=list', '-';
    }

    syswrite($writer, "plugin/stopped\nplugin/half");
    my $open = 'SELECT count(*) FROM pipeline_runs WHERE outcome IS NULL';
    $t->wait_for(sub { $t->sql_value($open) == 1 }, 'it runs', 10);

    fails($t->syncd('update'), 75, qr/: process $pid holds the lock/,
          'two runs of our own: the second is locked out');

    kill 'TERM', $pid;
    waitpid($pid, 0);
    is($? >> 8, 1, 'stopped: exit code');
    like($t->read_file('stop.out'), qr/^discover: .*, cancelled, /,
         'stopped: summary');
}

($row) = $t->sql('SELECT outcome, finished_at IS NOT NULL FROM pipeline_runs'
                 . ' ORDER BY id DESC LIMIT 1');
is_deeply($row, [ 'cancelled', 1 ], 'stopped: the row of the run');
is_deeply([ map { $_->[0] } $t->sql("SELECT slug FROM packages"
                                    . " WHERE slug IN ('stopped', 'half')") ],
          [ 'stopped' ], 'stopped: whole lines count, half a line does not');

# a run that died is closed by the next one

{
    $t->sql("INSERT INTO pipeline_runs (command, pid, started_at)"
            . " VALUES ('update', 1, 1)");
    is($t->syncd('discover', '--source=list', $empty)->{code}, 0,
       'a run after one that died');
    is($t->sql_value("SELECT outcome FROM pipeline_runs"
                     . " WHERE started_at = 1"), 'cancelled',
       'closes its row');
}

# log: priorities in the journal only

sub logged {
    my ($file, $stream) = @_;

    my $path = $t->write_file($file, '');
    my @stat = stat $path;

    $stream = "$stat[0]:$stat[1]" unless defined $stream;

    my $r = $t->command({ env => { JOURNAL_STREAM => $stream } }, 'sh', '-c',
                        'exec "$@" 2>"$0"', $path, $program, 'nonsense');

    return $t->read_file($file);
}

like(logged('journal'), qr/^<3>unknown command "nonsense"/,
     'a priority in the journal');
like(logged('pipe', '1:1'), qr/^wppkg-syncd: unknown command "nonsense"/,
     'none where standard error has been redirected');

# standard output that is full

my $full = $t->command({ env => { $t->environment } }, 'sh', '-c',
                       'exec "$0" "$@" >/dev/full', $program, '--help');
is($full->{code}, 1, 'an answer that could not be written is no success');
like($full->{err}, qr/standard output cannot be written: No space/, 'says so');

# a progress bar on a terminal

$t->write_file('big', join '', map { "plugin/p$_\n" } 1 .. 30000);

$r = $t->command({ env => { $t->environment }, stdin => '' }, 'script', '-qec',
                 "stty cols 80; '$program' -c '" . $t->dir . "/wppkg.conf'"
                 . " discover --source=list '" . $t->dir . "/big'",
                 '/dev/null');
is($r->{code}, 0, 'discover on a terminal');
like($r->{out}, qr/\r\e\[Kdiscover \[[#.]{24}\] \d+, \d+\/s\r\e\[K/,
     'draws a bar and takes it away');

# catalogues that are of no use: one line, exit code 2, file untouched

sub useless {
    my ($name, $like, @commands) = @_;

    my $sum = -f $db
              ? Digest::SHA->new(256)->addfile($db, 'b')->hexdigest : 'none';

    for my $command (@commands) {
        fails($t->syncd(@$command), 2, $like, "$name: @$command");
    }

    is(-f $db ? Digest::SHA->new(256)->addfile($db, 'b')->hexdigest : 'none',
       $sum, "$name: untouched");
}

my @writing = ([ 'discover', '--source=list', $empty ], [ 'update' ],
               [ 'run', '--once' ]);
my @all = (@writing, [ 'status' ]);

sub fresh {
    unlink glob("$db*");
    $t->configure;
    is($t->syncd('migrate')->{code}, 0, 'a fresh catalogue');
}

fresh();
$t->sql('PRAGMA user_version = 999');
useless('newer', qr/\Q$db\E.*schema 999.*upgrade wppkg-syncd/, @all,
        [ 'migrate' ]);

fresh();
$t->sql('PRAGMA application_id = 1; PRAGMA wal_checkpoint(TRUNCATE)');
useless('foreign', qr/\Q$db\E.*another program/, @all, [ 'migrate' ]);

unlink glob("$db*");
useless('missing', qr/\Q$db\E.*does not exist: run "wppkg-syncd migrate"/,
        @all);
ok(!-e $db, 'missing: not made by the way');

$t->write_file($db, "This is not a database.\n" x 1000);
useless('not SQLite', qr/\Q$db\E.*not an SQLite database/, @all,
        [ 'migrate' ]);

$t->configure(catalogue => { path => $t->dir . '/none/catalogue.db' });
fails($t->syncd('migrate'), 2, qr/directory does not exist; create it/,
      'no directory');

$t->configure(catalogue => { path => $t->dir });
fails($t->syncd('status'), 2, qr/is a directory/, 'a directory');

# as another user, for root may write everything

SKIP: {
    skip 'needs root', 8 if $> != 0;

    fresh();

    my @nobody = ('setpriv', '--reuid=nobody', '--regid=nogroup',
                  '--clear-groups', $program, '-c',
                  $t->dir . '/wppkg.conf');
    my $copy = $t->dir . '/wppkg-syncd';

    $t->command({}, 'install', '-m', '755', $program, $copy);
    $nobody[4] = $copy;

    my $as_nobody = sub {
        return $t->command({ env => { $t->environment } }, @nobody, @_);
    };

    is($as_nobody->('status')->{code}, 0, 'read-only: status');

    my $sum = Digest::SHA->new(256)->addfile($db, 'b')->hexdigest;

    fails($as_nobody->('update'), 2,
          qr/lock file \Q$db\E.lock cannot be opened by nobody .*denied; run/,
          'read-only: the lock');

    chmod 0666, "$db.lock";

    fails($as_nobody->('update'), 2, qr/\Q$db\E.*read-only/,
          'read-only: the catalogue');
    fails($as_nobody->('migrate'), 2, qr/\Q$db\E.*read-only/,
          'read-only: migrate');

    is(Digest::SHA->new(256)->addfile($db, 'b')->hexdigest, $sum,
       'read-only: untouched');

    # made by root with umask 077

    my $list = $t->dir . '/theirs.list';
    my $readable = qr/Permission denied; make it readable for nobody \(uid /
                   . qr/\d+\), "chmod a\+r"/;

    $t->command({}, 'chown', '-R', 'nobody:nogroup', $t->dir . '/catalogue');
    $t->write_file('theirs.list', "plugin/akismet\n");
    chmod 0600, $list;
    my $r = $as_nobody->('discover', '--source=list', $list);
    is($r->{code}, 2, 'a list of root');
    like($r->{err}, qr/list \Q$list\E cannot be opened: $readable/,
         'a list of root: it is said');

    chmod 0600, $t->dir . '/wppkg.conf';
    fails($as_nobody->('status'), 2, qr/wppkg\.conf: cannot be .*$readable/,
          'a configuration of root');
}

$t->done;

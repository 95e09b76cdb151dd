#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# "backup" while the service writes and nginx reads, and "restore" while nginx
# serves: what is served is one of the two at any time, and mirrors and the
# bucket come to have what the catalogue has.


use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use Fcntl qw(:flock);
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents qw(gunzip);
use Test::WPPkg::Mirror;


my $t = Test::WPPkg->new;
my $w = $t->wporg;
my $db = $t->catalogue;
my $backup = $t->path('backup.db');
my @slugs = map { sprintf 'plugin-%02d', $_ } 1 .. 20;

my %conf = (
    catalogue => { path => $db, list => $t->path('list') },
    schedule  => { interval => '1s', sweep => '0' },
    wporg     => { recheck => '1s' },
);

sub offer {
    my ($text, @of) = @_;
    $w->plugin($_, { short_description => "$_, $text" }) for @of;
    $t->write_file('list', join '', map { "plugin/$_\n" } @of);
}

# path => body, of a catalogue or a backup of it

sub documents_of {
    my ($file) = @_;

    return { map { $_->[0] => gunzip(pack 'H*', $_->[1]) } $t->sql(
        'SELECT path, hex(body) FROM documents JOIN bodies ON document_id = id'
        . " WHERE path LIKE 'p2/%/%'", $file) };
}

sub is_whole {
    my ($file, $name) = @_;

    is($t->sql_of($file, 'PRAGMA integrity_check'), 'ok', "$name: is whole");
    is($t->sql_of($file, 'SELECT count(*) FROM documents LEFT JOIN bodies'
                  . ' ON document_id = id WHERE (content_hash IS NULL)'
                  . ' <> (body IS NULL)'), 0, "$name: each document has a body");
}

sub Test::WPPkg::sql_of {
    my ($self, $file, $sql) = @_;
    my ($row) = $self->sql($sql, $file);
    return $row->[0];
}

sub fails {
    my ($r, $code, $like, $name) = @_;

    is($r->{code}, $code, "$name: exit code $code");
    like($r->{err}, qr/\A[^\n]*$like[^\n]*\n\z/, "$name: one line says why");
    is($r->{out}, '', "$name: nothing else");
}

sub runs { $t->sql_value('SELECT count(*) FROM pipeline_runs'
                         . ' WHERE outcome IS NOT NULL') }


# --- usage

$t->configure(%conf);

for my $command (qw(backup restore)) {
    fails($t->syncd($command), 2, qr/it needs a FILE; try/, $command);
    fails($t->syncd($command, ''), 2, qr/it needs a FILE/, "$command ''");
    fails($t->syncd($command, 'a', 'b'), 2, qr/unexpected argument "b"/,
          "$command of two");
    fails($t->syncd($command, '--x'), 2, qr/unknown option "--x"/,
          "$command --x");
}

fails($t->syncd('backup', $backup), 2,
      qr/does not exist: run "wppkg-syncd migrate"/, 'no catalogue');
ok(!-e $backup && !-e "$backup.unfinished", 'and nothing is left');


# --- R 35, R 37: backups while the service writes

offer('first', @slugs);
is($t->syncd('migrate')->{code}, 0, 'migrate');

my $p = $t->syncd_start('run');
$t->wait_for(sub { keys %{documents_of($db)} == 2 * @slugs }, 'a catalogue',
             30);

my $before = runs();

for my $round (1 .. 6) {
    offer("round $round", @slugs);

    my $r = $t->syncd('backup', $backup);
    is($r->{code}, 0, "backup $round") or diag($r->{err});
    like($r->{out}, qr/\Abackup: \d+\.\d MB, \d+\.\d s\n\z/, 'says so');
    is($r->{err}, '', 'and nothing else');
    is_whole($backup, "backup $round");
    is(scalar(() = glob "$backup?*"), 0, 'there is nothing beside it');
}

$t->wait_for(sub { runs() > $before }, 'the service goes on');
is($t->sql_of($backup, 'PRAGMA journal_mode'), 'delete',
   'a backup needs no other file');
$t->finish($p, 'TERM');
is($t->sql_value("SELECT count(*) FROM pipeline_runs WHERE outcome NOT IN"
                 . " ('done', 'cancelled')"), 0, 'no run has failed');


# --- what is no place for it

my $text = $t->write_file('text', "precious\n");
my $other = $t->path('other.db');
$t->sql('CREATE TABLE a (b)', $other);
symlink $backup, $t->path('link') or die $!;

for my $case (
    [ $t->dir, qr/is a directory: name a file/ ],
    [ $text, qr/is there already, and is no backup: name another file/ ],
    [ $other, qr/is there already, and is no backup/ ],
    [ $t->path('link'), qr/is not a regular file/ ],
    [ $db, qr/is the catalogue itself: name another file/ ],
    [ $t->path('none/a.db'),
      qr{none/a\.db" cannot be made: the directory \S+/none does not exist} ],
    [ '/dev/full', qr/is not a regular file/ ],
    map { [ "$db$_", qr/is the name of a file that belongs to the catalogue/ ] }
        qw(-journal -wal -shm .lock)
) {
    my ($file, $like) = @$case;
    fails($t->syncd('backup', $file), 2, $like, "backup to $file");
}

is($t->read_file($text), "precious\n", 'what was there is as it was');

is($t->sql_value('PRAGMA integrity_check'), 'ok', 'so is the catalogue');

# what it would be called at first is the catalogue
link $db, $t->path('twin.unfinished') or die $!;
fails($t->syncd('backup', $t->path('twin')), 2,
      qr/the catalogue is called "\S+twin\.unfinished", too/, 'a hard link');
unlink $t->path('twin.unfinished') or die $!;
is($t->sql_value('PRAGMA integrity_check'), 'ok', 'it is as it was');

# a log that is not its own would be taken for one that is
for my $suffix (qw(-journal -wal)) {
    $t->write_file("lone.db$suffix", 'x');
    fails($t->syncd('backup', $t->path('lone.db')), 2,
          qr/lone\.db" has a "$suffix" beside it/, "beside a $suffix");
    unlink $t->path("lone.db$suffix") or die $!;
}

# a catalogue of another service
system('cp', $backup, $t->path('used.db')) == 0 or die;
$t->sql('PRAGMA journal_mode = WAL; UPDATE meta SET value = 1 WHERE 0',
        $t->path('used.db'));
fails($t->syncd('backup', $t->path('used.db')), 2,
      qr/has a "-wal" beside it, so it may be in use/, 'one that is in use');

# what a killed one has left, and one that is at work
$t->write_file("$backup.unfinished$_", 'x' x 5000) for '', '-journal';
is($t->syncd('backup', $backup)->{code}, 0, 'after one that was killed');
is(scalar(() = glob "$backup?*"), 0, 'its files are gone');
is_whole($backup, 'after a kill');

open my $held, '>', "$backup.unfinished" or die $!;
flock $held, LOCK_EX or die $!;
fails($t->syncd('backup', $backup), 2, qr/is being written by another process/,
      'two at once');
close $held;
unlink "$backup.unfinished";

# no room for it
my $r = $t->command({ env => { $t->environment } }, 'sh', '-c',
    'trap "" XFSZ; ulimit -f 150; exec "$@"', 'sh',
    $t->build_dir . '/wppkg-syncd', '-c', $t->path('wppkg.conf'), 'backup',
    $t->path('large.db'));
fails($r, 1, qr/large\.db" cannot be written: File too large/,
      'no room');
is(scalar(() = glob $t->path('large*')), 0, 'and nothing is left');

SKIP: {
    skip 'needs root, for a disk that is full', 3 if $> != 0;

    mkdir $t->path('full') or die $!;
    $r = $t->command({ env => { $t->environment } }, 'unshare', '--mount',
        '--propagation', 'private', 'sh', '-c',
        'mount -t tmpfs -o size=100k none "$1" && shift && exec "$@"', 'sh',
        $t->path('full'), $t->build_dir . '/wppkg-syncd', '-c',
        $t->path('wppkg.conf'), 'backup', $t->path('full/backup.db'));
    fails($r, 1, qr{full/backup\.db" cannot be .*: the disk is full: free some space$},
          'a full disk');
}


# --- R 36: nobody has to be able to write the catalogue

SKIP: {
    skip 'needs root', 2 if $> != 0;

    my $dir = $t->path('nobody');
    mkdir $dir or die $!;
    chown 65534, 65534, $dir;

    $r = $t->command({ env => { $t->environment } }, 'setpriv',
        '--reuid=65534', '--clear-groups', $t->build_dir . '/wppkg-syncd',
        '-c', $t->path('wppkg.conf'), 'backup', "$dir/backup.db");
    is($r->{code}, 0, 'R 36: a backup by another user') or diag($r->{err});
    is_whole("$dir/backup.db", 'of another user');
}


# --- restore, while nginx serves

my %then = %{documents_of($backup)};

$t->nginx(no_zone => 1,
          http => 'wppkg_zone z 4m; wppkg_cache z; wppkg_refresh 50ms;',
          locations => "location / { wppkg_catalogue $db; }");

my $mirror = Test::WPPkg::Mirror->new(url => $t->nginx_url);
offer('later', @slugs[2 .. $#slugs], 'added');
is($t->syncd('run', '--once')->{code}, 0, 'changes');
is($t->syncd('update', "plugin/$slugs[2]")->{code}, 0, 'more');
ok($mirror->run, 'a mirror') or diag($mirror->{trouble});
ok($mirror->run, 'that follows') or diag($mirror->{trouble});

my %now = %{documents_of($db)};
my %dates = dates();

sub dates {
    return map { @$_ } $t->sql('SELECT path, content_changed_at'
                               . ' FROM documents');
}

# asks for all of them until it is told to stop; prints what was wrong

sub asker {
    my $pid = fork // die;
    return $pid if $pid;

    my $stop = 0;
    my $n = 0;
    local $SIG{TERM} = sub { $stop = 1 };
    open my $out, '>', $t->path('asked') or die;

    while (!$stop) {
        for my $path (keys %then) {
            my $r = $t->get("/$path");
            $n++;
            next if $r->{status} == 200 && ($r->{content} eq $then{$path}
                                            || $r->{content} eq $now{$path});
            print $out "$path: $r->{status}\n";
        }
    }

    print $out "$n asked\n";
    close $out;
    POSIX::_exit(0);
}

$p = $t->syncd_start('run');
$t->wait_for(sub { ($t->syncd('status')->{out} =~ /holds the lock/) },
             'the service runs');
fails($t->syncd('restore', $backup), 75,
      qr/it is the service; stop it first/, 'under a service');
$t->finish($p, 'TERM');
%now = %{documents_of($db)};
%dates = dates();

my $asker = asker();
my $identity = $t->sql_value("SELECT value FROM meta WHERE name = 'identity'");

for my $round (1 .. 3) {
    $r = $t->syncd('restore', $backup);
    is($r->{code}, 0, "restore $round") or diag($r->{err});
    like($r->{err}, qr/backup.db" is in place: \d+ documents, /, 'says so');
    like($r->{out}, qr/\Arestore: done, \d/, 'and that it is done');
    is_whole($db, "restore $round");
}

kill 'TERM', $asker;
waitpid $asker, 0;
like($t->read_file('asked'), qr/\A[1-9]\d* asked\n\z/,
     'R 36: nginx has served the one or the other all the time');

is_deeply(documents_of($db), \%then, 'the documents are those of the backup');
isnt($t->sql_value("SELECT value FROM meta WHERE name = 'identity'"),
     $identity, 'under another identity');

my %after = dates();
is(join(' ', grep { !defined $after{$_} || $after{$_} < $dates{$_} }
             sort keys %dates), '', 'C 38: no date has gone back');
is(join(' ', grep { $after{$_} <= $dates{$_} } grep {
       ($then{$_} // '') ne ($now{$_} // '') } sort keys %dates), '',
   'C 21: none is of two bodies');

for my $path (sort keys %then) {
    $r = $t->get("/$path");
    is(sha256_hex($r->{content}), sha256_hex($then{$path}), "served: $path");
}

is($t->get('/p2/wp-plugin/added.json')->{status}, 404,
   'what the backup does not have is gone');

ok($mirror->run, 'C 38: the mirror comes back') or diag($mirror->{trouble});
is($mirror->{count}{resync}, 1, 'C 38: and begins anew');
is(join(' ', grep { ($mirror->{files}{$_} // { content => '' })->{content}
                    ne $then{$_} } sort keys %then), '', 'it has the same');

# and the pipeline takes it from there
is($t->syncd('run', '--once')->{code}, 0, 'a run');
is($t->sql_value("SELECT count(*) FROM documents WHERE path LIKE"
                 . " 'p2/wp-plugin/added%' AND content_hash NOT NULL AND"
                 . ' package_id NOT NULL'), 2, 'what is added again is there');
like($t->get('/packages/list.json')->{content}, qr/"wp-plugin\/added"/,
     'and in the list');
ok($mirror->run, 'the mirror follows') or diag($mirror->{trouble});
is_deeply({ map { $_ => $mirror->{files}{$_}{content} }
            grep { /^p2/ } keys %{$mirror->{files}} }, documents_of($db),
          'it has all of it');


# --- what is no backup: nothing is changed

my $state = sub { $t->sql_value('SELECT count(*) || max(id) FROM'
                                . ' pipeline_runs') };
my $was = $state->();

system('cp', $backup, $t->path($_)) == 0 or die 
    for qw(short.db newer.db lost.db cut.db padded.db another.db garbage.db
           bare.db);
truncate $t->path('short.db'), 50_000;
truncate $t->path('cut.db'), (-s $t->path('cut.db')) - 1;
truncate $t->path('padded.db'), (-s $t->path('padded.db')) + 1;
$t->write_file('empty.db', '');
$t->sql('PRAGMA user_version = 99', $t->path('newer.db'));
$t->sql("DELETE FROM meta WHERE name = 'feed_watermark'", $t->path('lost.db'));

# one document whose body is another one's, is none, is missing

my $of = 'document_id = (SELECT id FROM documents'
    . " WHERE path = 'p2/wp-plugin/plugin-07.json')";

$t->sql('UPDATE bodies SET body = (SELECT body FROM documents'
        . ' JOIN bodies ON document_id = id'
        . " WHERE path = 'p2/wp-plugin/plugin-08.json') WHERE $of",
        $t->path('another.db'));
$t->sql("UPDATE bodies SET body = x'1f8b0800' WHERE $of",
        $t->path('garbage.db'));
$t->sql("DELETE FROM bodies WHERE $of", $t->path('bare.db'));

my $wrong = qr{"p2/wp-plugin/plugin-07\.json" has other bytes than its hash };

for my $case (
    map({ [ $t->path("$_.db"), qr/$wrong.*: use another backup$/ ] }
        qw(another garbage bare)),
    [ $t->path('short.db'), qr/(?:malformed|damaged).*: use another backup$/ ],
    [ $t->path('cut.db'), qr/is cut off, or .*: use another backup$/ ],
    [ $t->path('padded.db'), qr/something behind its end: use another backup$/ ],
    [ $t->path('empty.db'), qr/is empty: use another backup$/ ],
    [ $t->path('lost.db'), qr/feed's watermark: use another backup$/ ],
    [ $t->path('newer.db'), qr/has schema 99, this program knows \d: upgrade/ ],
    [ $other, qr/is another program's database: name another file/ ],
    [ $text, qr/is not an SQLite database: name another file/ ],
    [ $t->path('nothing'), qr/does not exist: name another file/ ],
    [ $t->dir, qr/is a directory/ ],
    [ $db, qr/is the catalogue itself: name a backup/ ],
) {
    my ($file, $like) = @$case;
    fails($t->syncd('restore', $file), 2, $like, "restore of $file");
}

# a backup that could not be restored is not made

my ($live) = $t->sql("SELECT hex(body) FROM bodies WHERE $of");
$t->sql("UPDATE bodies SET body = x'1f8b0800' WHERE $of");
fails($t->syncd('backup', $t->path('wrong.db')), 1,
      qr/$wrong.*: restore it from a backup$/, 'a damaged document');
ok(!-e $t->path('wrong.db') && !-e $t->path('wrong.db.unfinished'),
   'a damaged document: nothing is left');
$t->sql("UPDATE bodies SET body = x'$live->[0]' WHERE $of");

SKIP: {
    skip 'needs root', 9 if $> != 0;

    my $locked = $t->path('locked');
    my ($directory) = $db =~ m{(.*)/};
    my $nobody = sub {
        return $t->command({ env => { $t->environment } }, 'setpriv',
            '--reuid=65534', '--clear-groups', $t->build_dir . '/wppkg-syncd',
            '-c', $t->path('wppkg.conf'), @_);
    };

    mkdir $locked, 0700 or die $!;
    system('cp', $backup, $t->path($_)) == 0 or die
        for qw(mine.db locked/a.db);
    chmod 0600, $t->path('mine.db') or die $!;
    system('chown', '-R', '65534', $directory) == 0 or die;

    for my $case (
        [ restore => 'mine.db', qr/readable for that user, "chmod a\+r"/ ],
        [ restore => 'locked/a.db', qr/enter its directory, "chmod a\+x"/ ],
        [ backup => 'new.db', qr/new\.db" cannot be made: nobody \S+ \S+ may not write to/ ],
    ) {
        my ($command, $file, $like) = @$case;
        fails($nobody->($command, $t->path($file)), 2, $like,
              "$command of another user's $file");
    }

    system('chown', '-R', '0', $directory) == 0 or die;
}

is($state->(), $was, 'no run is recorded');
is_whole($db, 'after all of them');


# --- an older schema; a log that nobody can make anew; no catalogue at all

my $news = "SELECT value FROM meta WHERE name = 'news_id'";
my $atom = $t->sql_value($news);

for my $schema (1 .. 3) {
    my $old = $t->path("schema-$schema.db");

    $t->sql($t->read_file(Cwd::abs_path("t/data/schema-$schema.sql")), $old);
    my %old = %{documents_of($old)};
    $r = $t->syncd('restore', $old);
    is($r->{code}, 0, "schema $schema") or diag($r->{err});
    cmp_ok($t->sql_value('PRAGMA user_version'), '>', 3, 'is migrated');
    is_whole($db, "schema $schema");
    is($t->sql_value($news), $atom, "schema $schema: the same Atom feed");
    is(join(' ', grep { !exists documents_of($db)->{$_} } sort keys %old), '',
       "schema $schema: its documents are there");
}

my $elsewhere = $t->path('elsewhere');
mkdir $elsewhere or die $!;
is($t->command({}, 'sqlite3', '-readonly', $db,
               ".backup $elsewhere/wal.db")->{code}, 0, 'as sqlite3 makes it');
chmod 0555, $elsewhere;
is($t->syncd('restore', "$elsewhere/wal.db")->{code}, 0,
   'one that says that it has a log');
is(scalar(() = glob "$elsewhere/*"), 1, 'is left alone');
chmod 0755, $elsewhere;

$t->configure(%conf, catalogue => { path => $t->path('new/new.db') });
fails($t->syncd('restore', $backup), 2, qr/the directory does not exist/,
      'no directory');
mkdir $t->path('new') or die $!;
is($t->syncd('restore', $backup)->{code}, 0, 'into no catalogue');
is_deeply(documents_of($t->path('new/new.db')), \%then, 'it is there');
ok(-e $t->path("new/new.db$_"), "with its $_") for '-wal', '-shm', '.lock';

# one that is no catalogue any more
$t->write_file('new/new.db', 'x' x 8192);
fails($t->syncd('restore', $backup), 2,
      qr/is not an SQLite database: move it, its -wal and its -shm away/,
      'into garbage');


# --- a bucket comes to have what the catalogue has

my $s3 = $t->s3;

sub is_in_bucket {
    my ($name) = @_;

    my %there = map { $_->[0] => gunzip(pack 'H*', $_->[1]) } $t->sql(
        'SELECT path, hex(body) FROM documents JOIN bodies ON document_id ='
        . ' id');

    is(join(' ', sort keys %{$s3->list}), join(' ', sort keys %there),
       "$name: R 33: the bucket has the catalogue's documents");
    is(join(' ', grep { $s3->get($_)->{content} ne $there{$_} }
                 sort keys %there), '', "$name: byte for byte");
}

$t->configure(%conf, repository => { changes_url => $t->nginx_url
                                                    . '/metadata/changes.json' });
offer('in the bucket', @slugs);
is($t->syncd('run', '--once')->{code}, 0, 'to the bucket');
is_in_bucket('first');
is($t->syncd('backup', $backup)->{code}, 0, 'a backup');

offer('later', @slugs[3 .. 9], 'one-more');
is($t->syncd('run', '--once')->{code}, 0, 'it goes on');
$w->closed('plugin', $slugs[0]);
is($t->syncd('update', 'plugin/plugin-01', 'plugin/one-more')->{code}, 0,
   'one is closed');
is($t->syncd('sync')->{code}, 0, 'in the bucket too');

is($t->syncd('restore', $backup)->{code}, 0, 'restored');
my $dirty = $t->sql_value('SELECT count(*) FROM documents'
                          . ' WHERE content_hash IS NOT deployed_hash');
cmp_ok($dirty, '>', 2, 'what differs is dirty');
cmp_ok($dirty, '<', 2 * @slugs, 'and no more');
is($t->syncd('sync')->{code}, 0, 'sync');
is_in_bucket('restored');
is($t->sql_value('SELECT count(*) FROM documents'
                 . ' WHERE content_hash IS NOT deployed_hash'), 0, 'all clean');

$t->done;

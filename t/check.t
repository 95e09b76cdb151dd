#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# "check": a line for each thing that the daemon needs; what is wrong has its
# remedy, and the exit code says whether it is ours.


use strict;
use warnings;
use lib 't/lib';

use Fcntl qw(:flock);
use Test::More;
use Test::WPPkg;
use Test::WPPkg::S3Mock;
use Test::WPPkg::SVN;


my $t = Test::WPPkg->new;
my $w = $t->wporg;
my $db = $t->catalogue;
my $conf = $t->path('wppkg.conf');
my @http = (http => { retries => 0, connect_timeout => '2s' });


my $remedy = qr/\b(?:check|create|give|grant|has\ to\ be|look|make|must|name|
                   put|remove|run|set|take|turn|upgrade|use|wait|write)\b/x;


# a check, and each thing that it has found to be in order or not

sub checked {
    my ($code, $ok, $wrong, $name, @args) = @_;
    my $o = ref $args[0] ? shift @args : {};

    my $r = $t->syncd($o, 'check', @args);
    my @ok = $r->{out} =~ /^([^:\n]+): ok: \S/mg;
    my @wrong = split /\n/, $r->{err};

    subtest $name => sub {
        is($r->{code}, $code, 'exit code');
        is("@ok", $ok, 'in order');
        is(scalar @wrong, scalar @$wrong, 'wrong') or diag($r->{err});
        like($wrong[$_], $wrong->[$_], "says why: $wrong->[$_]")
            for 0 .. $#$wrong;
        like($_, $remedy, 'says what to do')
            for grep { !/wppkg\.conf:\d+: / } @wrong;
        is(scalar(() = $r->{out} =~ /^.*\n/mg), scalar @ok, 'nothing else');
    };

    return $r;
}


# --- usage, configuration, catalogue

$t->configure(@http);

my $r = $t->syncd('check', '--lokal');
is($r->{code}, 2, 'an unknown option');
like($r->{err}, qr/unknown option "--lokal"/, 'says so');

checked(2, 'configuration keys',
        [ qr/does not exist: run "wppkg-syncd migrate"/ ],
        'no catalogue', '--local');
is(scalar(() = glob "$db*"), 0, 'and none is made');

is($t->syncd('migrate')->{code}, 0, 'migrate');
checked(0, 'configuration catalogue keys', [], 'all is there', '--local');
is(scalar(() = glob "$db*"), 4, 'catalogue, its -wal, -shm and .lock');
is(scalar $w->requests, 0, 'WordPress.org is not asked');

$t->write_file('wppkg.conf', "[catalogue]\npath = $db\nlost = 1\n"
                             . "[wporg]\nbulk = many\n");
checked(2, '', [ qr/wppkg.conf:3: unknown key "lost"/,
                 qr/wppkg.conf:5: "bulk": "many" is not a number/ ],
        'a bad configuration: each line that is wrong', '--local');

$t->configure(@http, catalogue => { path => $db, list => '/none/list' },
              repository => { replacements => $t->dir, lists => '/none/lists' },
              advisories => { file => [ $conf, '/none/own.json' ] });
checked(2, 'catalogue keys',
        [ qr/"list" in \[catalogue\] .*: \/none\/list: No such file/,
          qr/"lists" in \[repository\] .*: \/none\/lists: No such file/,
          qr/"replacements" in \[repository\] .*: it is a directory/,
          qr/"file" in \[advisories\] .*: \/none\/own.json: No such file/ ],
        'files that cannot be read', '--local');

$t->write_file('mirror.conf', "[catalogue]\npath = $db\n[origin]\n"
               . "url = https://127.0.0.1:9\nca_file = /none/ca.pem\n");
$r = $t->command({}, $t->build_dir . '/wppkg-syncd', '-c',
                 $t->path('mirror.conf'), 'check', '--local');
is($r->{code}, 2, 'authorities that cannot be read: exit code');
like($r->{err}, qr/"ca_file" in \[origin\] .*: \/none\/ca.pem: No such file/,
     'says which');

$t->configure(@http);
my $schema = $t->sql_value('PRAGMA user_version');
$t->sql('PRAGMA user_version = 3');
checked(2, 'configuration keys',
        [ qr/schema 3, this program needs $schema: run/ ],
        'an older schema', '--local');
$t->sql("PRAGMA user_version = $schema");

open my $lock, '<', "$db.lock" or die $!;
flock $lock, LOCK_EX or die $!;
checked(0, 'configuration catalogue keys', [],
        'that somebody has the lock is no fault', '--local');
close $lock;

SKIP: {
    skip 'needs root', 5 if $> != 0;

    my @nobody = ('setpriv', '--reuid=65534', '--clear-groups',
                  $t->build_dir . '/wppkg-syncd', '-c', $conf, 'check',
                  '--local');

    $r = $t->command({ env => { $t->environment } }, @nobody);
    is($r->{code}, 0, 'another user may look') or diag($r->{err});
    like($r->{out}, qr/^catalogue: ok: \S+, which only root \(uid 0\) may write$/m,
         'and is told who writes');

    my ($directory) = $db =~ m{(.*)/};
    chown 65534, -1, $directory or die $!;

    $r = $t->command({ env => { $t->environment } }, @nobody);
    is($r->{code}, 2, 'the user that writes, but not that lock');
    like($r->{err}, qr/catalogue: lock file \S+ cannot be opened by nobody/,
         'says why');

    checked(0, 'configuration catalogue keys', [], 'root may look', '--local');
    chown 0, -1, $directory or die $!;
}


# --- WordPress.org and the clock

checked(0, 'configuration catalogue keys API clock Subversion', [],
        'all is well');
is(scalar $w->requests, 1, 'one request to the API');

$w->closed('plugin', 'akismet');
checked(0, 'configuration catalogue keys API clock Subversion', [],
        'whatever it says of a package');

for my $case (
    [ qr/HTTP 500; .*api_url/, what => 'status', status => 500 ],
    [ qr/HTTP 200 with HTML .*api_url/, what => 'html' ],
    [ qr/HTTP 429; .*api_url/, what => 'status', status => 429 ],
) {
    my ($like, %fault) = @$case;

    $w->fail(delete $fault{what}, %fault, times => 1);
    checked(1, 'configuration catalogue keys clock Subversion',
            [ qr/API: \S+: $like/ ], "an API in trouble: $like");
}

$t->configure(@http, wporg => { api_url => 'http://127.0.0.1:9' });
checked(1, 'configuration catalogue keys Subversion',
        [ qr/API: .*127.0.0.1:9.*; check "api_url" in \[wporg\] and the net/ ],
        'no API');

$t->configure(@http);

for my $off ([ '+7200s', 'fast' ], [ '-7200s', 'slow' ]) {
    $r = $t->syncd_at($off->[0], 'check');
    is($r->{code}, 1, "a clock that is $off->[1]");
    like($r->{err}, qr/clock: it is 7[12]\d\d s $off->[1], .*: set it/,
         'is told by how much');
}


# --- Subversion

my $plugins = Test::WPPkg::SVN->repository($t, 'plugins');
my $themes = Test::WPPkg::SVN->repository($t, 'themes');
$plugins->commit([ mkdir => 'akismet' ]);

my ($p, $h) = map { $_->serve } $plugins, $themes;

$t->configure(@http, wporg => { follow => 'on', plugins_svn => $p->url,
                                themes_svn => $h->url });
$r = checked(0, 'configuration catalogue keys API clock Subversion Subversion',
             [], 'both repositories');
like($r->{out}, qr/Subversion: ok: \Q@{[ $p->url ]}\E, revision 1$/m,
     'with their revisions');

$h->stop;
checked(1, 'configuration catalogue keys API clock Subversion',
        [ qr/Subversion: \Q@{[ $h->url ]}\E.*; check "themes_svn" in/ ],
        'one is away');

$t->configure(@http, wporg => { follow => 'on', plugins_svn => $w->url,
                                themes_svn => $p->url });
checked(1, 'configuration catalogue keys API clock Subversion',
        [ qr/Subversion: .*HTTP 405; check "plugins_svn" in \[wporg\]/ ],
        'one is none');


# --- advisories

my $known = 'configuration catalogue keys API clock Subversion';
my $url = $w->advisories({});

$t->configure(@http, advisories => { url => $url });
$w->clear_requests;
checked(0, "$known advisories", [], 'a source of advisories');
is(scalar(grep { $_->{path} =~ /vulnerabilities/ && $_->{method} eq 'HEAD' }
          $w->requests), 1, 'is not asked for all of it');

$w->write_json('advisories.key', 'a-key');
checked(1, $known, [ qr/advisories: \Q$url\E: HTTP 401: it wants a key: make/ ],
        'it wants a key');
checked(0, "$known advisories", [], 'it has a key',
        { env => { WPPKG_ADVISORIES_KEY => 'a-key' } });

$t->configure(@http, advisories => { url => $w->url . '/none' });
checked(1, $known, [ qr/advisories: .*none: HTTP 404: .*; set "url" in/ ],
        'nothing is there');
$t->configure(@http, advisories => { url => 'http://127.0.0.1:9/all' });
checked(1, $known, [ qr/advisories: .*; check "url" in \[advisories\] and the/ ],
        'one that is away');


# --- the folder of our own zips

my $zips = $t->dir . '/zips';
my $with_zips = 'configuration catalogue keys zips';

sub stored {
    $t->configure(@http, repository => { base_url => 'http://127.0.0.1:9' },
                  dist => { path => $zips, @_ });
}

stored();
checked(1, 'configuration catalogue keys',
        [ qr/zips: \Q$zips\E is no folder: mount it, or make it, and give it/ ],
        'no folder for zips', '--local');

mkdir $zips or die "$zips: $!\n";
stored(quota => '10M');
$r = checked(0, $with_zips, [], 'a folder for zips', '--local');
like($r->{out}, qr/^zips: ok: \Q$zips\E, where "quota" leaves 10 MiB$/m,
     'and how much it may take');

$t->sql("UPDATE counts SET n = 7 << 20 WHERE what = 'dist'"
        . " AND state = 'bytes'");
$r = checked(0, $with_zips, [], 'some are there', '--local');
like($r->{out}, qr/leaves 3 MiB$/m, 'which count');
$t->sql("UPDATE counts SET n = 0 WHERE what = 'dist' AND state = 'bytes'");

stored(quota => '4095G');
$r = checked(0, $with_zips, [], 'a disk that is smaller', '--local');
like($r->{out}, qr/leaves 4193280 MiB, but its disk has room for \d+$/m,
     'which it says');

stored(quota => 0);
$r = checked(0, $with_zips, [], 'no quota', '--local');
like($r->{out}, qr/, without a quota: its disk has room for \d+ MiB$/m,
     'how much the disk can take');

stored(packages => 'listed', list => '/none/dist.list');
checked(2, 'catalogue keys zips',
        [ qr/"list" in \[dist\] .*: \/none\/dist.list: No such file/ ],
        'a list of zips that cannot be read', '--local');

SKIP: {
    skip 'needs root', 4 if $> != 0;

    my ($directory) = $db =~ m{(.*)/};
    my @nobody = ('setpriv', '--reuid=65534', '--clear-groups',
                  $t->build_dir . '/wppkg-syncd', '-c', $conf, 'check',
                  '--local');

    stored();
    chmod 0755, $zips;
    my $look = $t->command({ env => { $t->environment } }, @nobody);
    is($look->{code}, 0, 'zips: another user may look') or diag($look->{err});

    chown 65534, -1, $directory, glob("$db*") or die $!;
    my $write = $t->command({ env => { $t->environment } }, @nobody);
    is($write->{code}, 1, 'zips: the user that writes, but not there');
    like($write->{err}, qr/zips: \Q$zips\E cannot be written by nobody .*: Perm/,
         'says why');
    like($write->{err}, qr/: give it to that user, and to the unit .*Paths=/,
         'and what to do');
    chown 0, -1, $directory, glob("$db*") or die $!;
}


# --- the file in which nginx counts installs

my $folder = $t->dir . '/downloads';
my $counts = "$folder/installs.db";

sub counted {
    my ($code, $wrong, $what) = @_;
    my $ok = $wrong ? $known : $known =~ s/keys\K/ downloads/r;

    return checked($code, $ok, $wrong ? [ $wrong ] : [], $what);
}

$t->configure(@http, repository => { downloads => $counts });
counted(1, qr/downloads: \Q$folder\E: No such file .*: create it, and give it/,
        'no directory for it');
checked(0, 'configuration catalogue keys', [], 'the service may start',
        '--local');

mkdir $folder or die "$folder: $!\n";
chmod 0755, $folder;
$r = counted(0, undef, 'nothing is counted yet');
like($r->{out}, qr/^downloads: ok: \Q$counts\E, which nginx makes when it/m,
     'says who makes it');
ok(!-e $counts, 'and does not make it');

$t->sql('CREATE TABLE x (y)', $counts);
counted(1, qr/downloads: "\Q$counts\E" is no downloads file: name another/,
        'another file');
$t->write_file('downloads/installs.db', 'x' x 5000);
counted(1, qr/downloads: .* not a database: to begin anew, stop nginx and remo/,
        'a damaged one');
unlink $counts;

# nginx's own, with its tables: a worker that quits writes
chmod 0777, $folder;
$t->nginx(locations => "location / { wppkg_catalogue $db;
                                     wppkg_downloads $counts; }");
is($t->request(POST => '/downloads', {}, '{"downloads":[{"name":'
       . '"wp-plugin/x","version":"1"}]}')->{status}, 200, 'an install');
$t->nginx_stop;

my $writer = (stat $counts)[4];
$r = counted(0, undef, 'what nginx has made');
like($r->{out}, qr/^downloads: ok: \Q$counts\E, which (.+) writes$/m,
     'that it is written');
like($r->{out}, qr/which (?:another user|\S+ \(uid $writer\)) writes/,
     'says who writes it');

$t->sql('PRAGMA user_version = 9', $counts);
counted(1, qr/downloads file ".*" is of a later version: upgrade nginx's/,
        'of a later version');
$t->sql('PRAGMA user_version = 1', $counts);

chmod 0444, $counts;
counted(1, qr/downloads: \Q$counts\E may not be written by its owner, .*: make/,
        'not even its owner may write it');
chmod 0644, $counts;

SKIP: {
    skip 'needs root', 4 if $> != 0;

    chown 0, 0, $counts;
    chown 65534, 65534, $folder;
    chmod 0755, $folder;
    counted(1, qr/downloads: .* is of root \(uid 0\), and its .* another user: /,
            'of an owner that has no directory');

    chown 65534, 65534, $counts;
    chmod 0700, $folder;
    chown 65533, 65533, $folder;
    $r = $t->command({ env => { $t->environment } }, 'setpriv',
                     '--reuid=65534', '--clear-groups',
                     $t->build_dir . '/wppkg-syncd', '-c', $conf, 'check');
    is($r->{code}, 1, 'one that cannot be read: exit code');
    like($r->{err}, qr/downloads: \Q$counts\E cannot be read by nobody .*: make/,
         'says what to do');
    unlike($r->{out}, qr/^downloads: ok/m, 'and nothing else');
}


# --- a mirror

$t->nginx(locations => "location / { wppkg_catalogue $db; }");

sub mirror_of {
    my ($url) = @_;
    $t->write_file('wppkg.conf', "[catalogue]\npath = $db\n"
        . "[origin]\nurl = $url\n[http]\nretries = 0\n");
}

mirror_of($t->nginx_url);
checked(0, 'configuration catalogue keys origin clock', [], 'an origin');
mirror_of($w->url);
checked(1, 'configuration catalogue keys clock',
        [ qr/origin: .*packages.json .*404; check "url" in \[origin\]/ ],
        'one that is none');
mirror_of('http://127.0.0.1:9');
checked(1, 'configuration catalogue keys',
        [ qr/origin: .*; check "url" in \[origin\] and the network/ ],
        'one that is away');


# --- the bucket

my $m = Test::WPPkg::S3Mock->new($t);
my $all = 'configuration catalogue keys bucket API clock Subversion';
my $none = $all =~ s/ bucket//r;

$t->configure(@http, $m->bucket(prefix => 'a/b'));
checked(2, $none =~ s/ keys//r =~ s/ API.*//r,
        [ qr/keys: the bucket's access key is missing: set WPPKG_S3_ACC/ ],
        'no keys', '--local');
checked(2, $none =~ s/ keys//r,
        [ qr/keys: the bucket's access key is missing/ ],
        'no keys: the bucket is not asked');
is(scalar $m->log, 0, 'not once');
checked(2, $none =~ s/ keys//r, [ qr/keys: WPPKG_S3_ACCESS_KEY_ID is empty/ ],
        'an empty key', { env => { WPPKG_S3_ACCESS_KEY_ID => '' } });

my $keys = { env => $m->keys };

checked(0, $none =~ s/ API.*//r, [], 'the bucket is not asked', $keys,
        '--local');
is(scalar $m->log, 0, 'by --local');

checked(0, $all, [], 'a bucket', $keys);
my @log = $m->log;
is(join(' ', map { /^(\S+)/ } @log), 'PUT GET DELETE', 'three requests');
like($log[0], qr{^PUT /bkt/a/b/wppkg-check-[0-9a-f]{16} 200}, 'of one object');
is($m->object($log[0] =~ m{/bkt/(\S+)})->{status}, 404, 'nothing is left');

$t->configure(@http, $m->bucket(public => 'on'));
checked(0, $all, [], 'with an ACL', $keys);
$m->log;

for my $case (
    [ 'fault=403:AccessDenied:PUT:9',
      qr/bucket bkt at .*AccessDenied.*PUT.*needs s3:PutObject/, 'PUT' ],
    [ 'fault=403:AccessDenied:GET:9',
      qr/GET \S+, for which the key needs s3:GetObject: HTTP 403/,
      'PUT GET DELETE' ],
    [ 'fault=403:AccessDenied:DELETE:9',
      qr/DELETE \S+, for which the key needs s3:DeleteObject: HTTP 403/,
      'PUT GET DELETE' ],
    [ 'fault=403:InvalidAccessKeyId:*:9',
      qr/bucket bkt at .*InvalidAccessKeyId.*; /, 'PUT' ],
    [ 'fault=404:NoSuchBucket:*:9',
      qr/bucket bkt at .*NoSuchBucket.*; /, 'PUT' ],
    [ 'fault=503:SlowDown:*:9', qr/PUT .*HTTP 503 SlowDown/, 'PUT' ],
) {
    my ($habit, $like, $requests) = @$case;

    $m->habits($habit);
    checked(1, $none, [ $like ], "a bucket: $habit", $keys);
    is(join(' ', map { /^(\S+)/ } $m->log), $requests, "asks $requests");
}

$m->habits;
$t->configure(@http, bucket => { endpoint => 'http://127.0.0.1:9',
                                 name => 'bkt' });
checked(1, $none, [ qr/bucket bkt at http.*; check \[bucket\] endpoint/ ],
        'no server', $keys);

$_->stop for $p, $m;
$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# The cache zone: what is a hit, when a change is seen and by whom, what is
# evicted, what outlives a reload, a kill, another file, a lock.

use strict;
use warnings;

use lib 't/lib';

use File::Copy ();
use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents;
use Time::HiRes qw(time);


my $t = Test::WPPkg->new;
my $db = catalogue_create($t);

my $path = 'p2/wp-plugin/akismet.json';
my $body = '{"packages":{"wp-plugin/akismet":[]}}' x 100;
my $date = 1700000000;

document_put($t, $path, $body, $date);
document_put($t, 'p2/wp-theme/twentyten~dev.json', 'theme', $date);
document_put($t, 'packages.json', '{}', $date);


# an answer without a zone, byte for byte but for the date

sub answer {
    my ($url, @headers) = @_;
    my $text = $t->raw_request(join "\r\n", "GET $url HTTP/1.1", 'Host: a',
                               'Connection: close', @headers, '', '');
    $text =~ s/^Date: .*\r\n//m;
    return $text;
}

my @variants = (
    [], [ 'Accept-Encoding: gzip' ],
    [ 'If-Modified-Since: ' . http_date($date) ],
    [ 'If-Modified-Since: ' . http_date($date - 1) ],
    [ 'If-None-Match: ' . etag_of($body) ],
    [ 'If-None-Match: ' . etag_of($body, '-gz'), 'Accept-Encoding: gzip' ],
    [ 'If-None-Match: "other"', 'If-Modified-Since: ' . http_date($date) ],
    [ 'If-Match: "other"' ],
    [ 'If-Unmodified-Since: ' . http_date($date - 1) ],
    [ 'Range: bytes=0-1' ],
);

$t->nginx(no_zone => 1, locations => "location / { wppkg_catalogue $db; }");

my @plain = map { answer("/$path", @$_) } @variants;
my $plain_404 = answer('/p2/wp-plugin/none.json');

$t->nginx_stop;


# two workers, each on a port of its own as far as a test can tell: the status
# says what has come from where

sub start {
    my (%o) = @_;

    my $refresh = $o{refresh} || '300ms';
    my $size = $o{size} || '2m';
    my $more = $o{more} || '';

    return (
        no_zone => 1, workers => $o{workers} || 2,
        main => 'thread_pool own threads=2;',
        http => "wppkg_zone z $size; wppkg_cache z; wppkg_refresh $refresh;
                 wppkg_thread_pool own;
                 add_header X-Cache \"\$wppkg_cache_status\" always;
                 add_header X-Package \"\$wppkg_package\" always;
                 add_header X-Revision \"\$wppkg_revision\" always;",
        locations => "
            location / { wppkg_catalogue $db; }
            location /off/ { wppkg_catalogue $db; wppkg_cache off; }
            location /long/ { wppkg_catalogue $db; wppkg_refresh 1h; }
            $more");
}

$t->nginx(start());

sub get {
    my ($url, $headers) = @_;
    my $r = $t->get($url, $headers);
    return ($r->{headers}{'x-cache'} || '-', $r->{status}, $r->{content});
}

# until it is a hit: whatever that takes, a refresh, an expiry
sub hit {
    my ($url, $what, $headers) = @_;
    my @answer;

    $t->wait_for(sub {
        @answer = get($url, $headers);
        $answer[0] eq 'HIT';
    }, "$what: a hit") or diag("@answer[0, 1]");

    return @answer;
}


# statuses, headers, bodies

is((get("/$path"))[0], 'MISS', 'the first is a miss');
is((hit("/$path", 'the document'))[2], $body, 'the body of a hit');
is(gunzip((hit("/$path", 'gzip', { 'Accept-Encoding' => 'gzip' }))[2]), $body,
   'the body of a hit, gzip');
is((hit('/p2/wp-plugin/none.json', 'what is not there'))[1], 404,
   'a 404 is a hit');
is((get("/off/$path"))[0], 'BYPASS', 'off');
is((get("/off/$path"))[2], $body, 'off: the document');
is((get('/metadata/changes.json?since=0'))[0], 'BYPASS', 'the changes feed');
is((get('/no/such'))[0], '-', 'no document: no status');

my $r = $t->get("/$path");
is($r->{headers}{'x-package'}, 'wp-plugin/akismet', '$wppkg_package');
like($r->{headers}{'x-revision'}, qr/^\d+$/, '$wppkg_revision');
is($t->get('/p2/wp-theme/twentyten~dev.json')->{headers}{'x-package'},
   'wp-theme/twentyten', '$wppkg_package of ~dev');
is($t->get('/packages.json')->{headers}{'x-package'}, undef,
   'packages.json: no $wppkg_package');

$r = $t->request(HEAD => "/$path");
is("$r->{status} $r->{headers}{'content-length'} $r->{content}",
   '200 ' . length($body) . ' ', 'HEAD of a hit');

for my $i (0 .. $#variants) {
    my ($cached, $tries);

    hit("/$path", 'again', { map { split /: /, $_, 2 } @{$variants[$i]} })
        if $i < 2;

    # a hit, unless it has just expired; 412 is nginx's own and says nothing
    my $hit = $plain[$i] =~ / 412 / ? qr/^/ : qr/^X-Cache: HIT\r$/m;

    do {
        $cached = answer("/$path", @{$variants[$i]});
    } while $cached !~ $hit && ++$tries < 1000;

    like($cached, $hit, 'variant: a hit');
    $cached =~ s/^X-.*\r\n//mg;

    is(join("\n", sort split /\r\n/, $cached =~ s/\r\n\r\n.*//sr),
       join("\n", sort split /\r\n/, $plain[$i] =~ s/\r\n\r\n.*//sr),
       "the head of a hit: " . join ', ', @{$variants[$i]});
    is($cached =~ s/.*?\r\n\r\n//sr, $plain[$i] =~ s/.*?\r\n\r\n//sr,
       'and its body');
}

my $none = answer('/p2/wp-plugin/none.json');
$none =~ s/^X-.*\r\n//mg;
is($none, $plain_404, 'a 404 from the cache is as any other');


# a change is seen by each worker in time; what has not changed stays a hit

sub by_workers {
    my ($url) = @_;
    my %seen;

    # keep asking on connections of their own: both workers accept
    $seen{$t->get($url)->{content}}++ for 1 .. 20;

    return join ' ', sort keys %seen;
}

hit('/packages.json', 'before the change');
hit('/p2/wp-theme/twentyten~dev.json', 'before the change');

document_put($t, 'packages.json', 'changed', $date + 1);
my $committed = time;
my ($last, $seen_at) = ('');

while (time < $committed + 5) {
    my $now = $t->get('/packages.json')->{content};

    fail('an older body after a newer one')
        if $last eq 'changed' && $now ne 'changed';
    $last = $now;
    last if $now eq 'changed';
}

$seen_at = time;
is($last, 'changed', 'a change is seen');
cmp_ok($seen_at - $committed, '<', 0.3 + 0.2, 'in time');
is(by_workers('/packages.json'), 'changed', 'by all workers');

my %after;
$after{(get('/p2/wp-theme/twentyten~dev.json'))[0]}++ for 1 .. 50;
is($after{MISS}, undef, 'another document was never a miss')
    or diag(explain(\%after));


# closing and coming back

document_delete($t, 'packages.json');
$t->wait_for(sub { $t->get('/packages.json')->{status} == 404 },
             'closed: 404', 1);
is((hit('/packages.json', 'closed'))[1], 404, 'closed: a hit');
document_put($t, 'packages.json', 'again', $date + 9);
$t->wait_for(sub { $t->get('/packages.json')->{content} eq 'again' },
             'open again', 1);

# what was asked for before it was there
is((hit('/p2/wp-plugin/none.json', 'not there'))[1], 404, 'not there yet');
document_put($t, 'p2/wp-plugin/none.json', 'now', $date);
$t->wait_for(sub { $t->get('/p2/wp-plugin/none.json')->{content} eq 'now' },
             'a new document', 1);


# unknown names do not evict what is in use; there is room for a part of them

hit("/$path", 'hot');

my $s = $t->nginx_connect;
my $answers = '';

for my $batch (0 .. 99) {
    my $requests = join '', map {
        "GET /p2/wp-plugin/unknown-$batch-$_.json HTTP/1.1\r\nHost: a\r\n\r\n"
    } 1 .. 100;

    print $s $requests;
    $s->flush;

    my $got = 0;
    while ($got < 100 && sysread $s, $answers, 1 << 16) {
        $got += () = $answers =~ /^HTTP\/1.1 404/mg;
        last if $answers =~ /^Connection: close/m;
    }

    $s = $t->nginx_connect if $answers =~ /^Connection: close/m;
}

close $s;

isnt((get("/$path"))[0], 'MISS', '10,000 unknown names: the hot one is there');


# eviction: more documents than there is room for

# bug 28: memory in pieces

$t->nginx_stop;

my @list = map { sprintf 'p2/wp-plugin/many-%04d.json', $_ } 0 .. 299;
my $sql = '';

for my $p (@list) {
    my $text = "$p " . join '', map { chr 32 + rand 90 } 1 .. 12000;
    my $gz = unpack 'H*', gzipped($text);
    my $hash = Digest::SHA::sha256_hex($text);
    my $size = length $text;

    $sql .= "INSERT INTO documents (path, content_hash, content_size,
                                    content_changed_at)
             VALUES ('$p', x'$hash', $size, $date);
             INSERT INTO bodies SELECT id, x'$gz' FROM documents
             WHERE path = '$p';";
}

$t->sql("BEGIN; $sql COMMIT");
$t->nginx(start(size => '1m', workers => 1, refresh => '1h'));

hit("/$list[0]", 'the first');

for my $p (@list) {
    is(index((get("/$p"))[2], "$p "), 0, $p) or last;
    is((get("/$list[0]"))[0], 'HIT', 'in use') or last;
}

is((get("/$list[-1]"))[0], 'HIT', 'bug 28: the latest is there');
is((get("/$list[1]"))[0], 'MISS', 'the oldest is not');


# a reload keeps the zone; another size is another zone

# bug 24: a zone that is not what it was
# bug 25: addresses of the old configuration in it

$t->nginx_reload;
is((get("/$list[0]"))[0], 'HIT', 'bug 25: after a reload');

$t->nginx_configure(start(size => '3m', workers => 1, refresh => '1h'));
$t->nginx_reload;
is((get("/$list[0]"))[0], 'MISS', 'bug 24: after a reload with another size');
hit("/$list[0]", 'again');


# the file is replaced, by one of another time, of a lower generation

$t->nginx_configure(start());
$t->nginx_reload;
hit("/$path", 'before the replacement');

my @suffixes = ('', '-wal', '-shm');

sub replace {
    my ($sql) = @_;

    File::Copy::copy("$db$_", "$db.new$_") for @suffixes;
    $t->sql($sql, "$db.new");
    rename "$db$_", "$db.old$_" for @suffixes;
    rename "$db.new$_", "$db$_" for @suffixes;
}

my $gz = unpack 'H*', gzipped('new!');
my $hash = Digest::SHA::sha256_hex('new!');

replace("UPDATE documents SET content_size = 4, content_hash = x'$hash'
         WHERE path = '$path';
         UPDATE bodies SET body = x'$gz' WHERE document_id IN
         (SELECT id FROM documents WHERE path = '$path')");
$t->wait_for(sub { $t->get("/$path")->{content} eq 'new!' }, 'replaced', 1);
is(by_workers("/$path"), 'new!', 'replaced: for each worker');

rename "$db.old$_", "$db$_" for @suffixes;
$t->wait_for(sub { $t->get("/$path")->{content} eq $body }, 'and back', 1);
is(by_workers("/$path"), $body, 'and back: for each worker');


# C 36: what the feed has told is at once what is served, however long the
# cache would have kept what was there before

my $feed = '/long/metadata/changes.json?since=';

for my $n (1 .. 20) {
    hit("/long/$path", "change $n: before");

    my $mark = JSON::PP::decode_json($t->get("${feed}0")->{content})
               ->{timestamp};
    $body = "$n " x 1000;
    document_put($t, $path, $body, $date + $n);
    $t->sql("UPDATE meta SET value = value + 1 WHERE name = 'feed_watermark';
             UPDATE documents SET published_gone = 0,
                 published_changed_at = content_changed_at, published_at =
                 (SELECT value FROM meta WHERE name = 'feed_watermark')
             WHERE path = '$path'");

    my $told = JSON::PP::decode_json($t->get("$feed$mark")->{content});
    is(scalar @{$told->{actions}}, 1, "change $n: the feed tells of it");
    is(by_workers("/long/$path"), $body, "change $n: and it is served");
}


# the catalogue is missing: 503, when what is cached has expired

hit("/$path", 'before it is missing');
rename $db, "$db.away";
$t->wait_for(sub { $t->get("/$path")->{status} == 503 }, 'missing: 503', 1);
rename "$db.away", $db;
$t->wait_for(sub { $t->get("/$path")->{status} == 200 }, 'there again', 1);
hit("/$path", 'there again');


# locked: what was good a moment ago is served, what is not known is 503

my $fifo = "$t->{dir}/fifo";
system('mkfifo', $fifo) == 0 or die;

my $holder = $t->start(
    [ 'sh', '-c', "sqlite3 '$db' < '$fifo' > '$t->{dir}/holder.out'" ],
    err => "$t->{dir}/holder.err");

open my $shell, '>', $fifo or die "$fifo: $!\n";
$shell->autoflush;

# exclusive locking needs that nobody reads
rename "$db$_", "$db.away$_" for @suffixes;
$t->wait_for(sub { $t->get("/$path")->{status} == 503 }, 'away: 503', 1);
$t->nginx_reload;
rename "$db.away$_", "$db$_" for @suffixes;

print $shell ".filectrl persist_wal 1\n.timeout 5000\n",
             "PRAGMA locking_mode = EXCLUSIVE;\n",
             "BEGIN EXCLUSIVE;\nSELECT 'held';\n";

$t->wait_for(sub { $t->read_file('holder.out') =~ /^held$/m },
             'another process locks the catalogue');

my @stale = get("/$path");
is("$stale[0] $stale[1] $stale[2]", "STALE 200 $body", 'locked: stale');
is((get('/p2/wp-plugin/never-asked.json'))[1], 503,
   'locked: 503 for what is not known');

print $shell "COMMIT;\n.quit\n";
close $shell;
waitpid $holder, 0;
$t->wait_for(sub { (get('/p2/wp-plugin/never-asked.json'))[1] == 404 },
             'unlocked');


# a catalogue that "migrate" has not seen is served, and not cached

$t->nginx_stop;

for my $table ('TRIGGER documents_added', 'TRIGGER documents_changed',
               'INDEX documents_generation')
{
    $t->sql("DROP $table");
}

$t->sql('ALTER TABLE documents DROP COLUMN generation;
         PRAGMA user_version = 1');
$t->nginx(start());
is(join(' ', (get("/$path"))[0, 2]), "MISS $body", 'schema 1: served')
    for 1 .. 5;
like($t->error_log, qr/run "wppkg-syncd migrate"/, 'and the log says why');

$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# wppkg_status: its forms, that its numbers are true, for each of two
# repositories; what it tells of a catalogue that can't be read, and what not;
# names and hosts that want to be markup.

use strict;
use warnings;

use lib 't/lib';

use Cwd qw(getcwd);
use IO::Socket::INET qw(SOL_SOCKET SO_LINGER);
use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents;
use Test::WPPkg::Gate;
use Test::WPPkg::Process qw(poll);


my $t = Test::WPPkg->new;
my $db = catalogue_create($t);
my $other = "$db.other";

my $date = 1700000000;
my $path = 'p2/wp-plugin/akismet.json';
my $evil = '<script>alert(1)</script>';
my @suffixes = ('', '-wal', '-shm');

document_put($t, $path, '{}' x 500, $date);
document_put($t, 'packages.json', '{}', $date);
$t->sql("BEGIN;
    INSERT INTO packages (type, slug, state, created_at, changed_at) VALUES
        ('plugin', 'akismet', 'active', 1, $date),
        ('plugin', 'gone', 'closed', 1, NULL),
        ('theme', 'twentyten', 'active', 1, NULL);
    INSERT INTO documents (path, content_changed_at, published_at,
                           published_changed_at, published_gone) VALUES
        ('p2/wp-plugin/$evil.json', 1, 17000000010000, 1, 1),
        ('p2/wp-plugin/a&b.json', 1, 17000000000000, 1, 0);
    INSERT INTO meta VALUES ('svn_cursor_plugin', 3400000);
    COMMIT");

system('cp', "$db$_", "$other$_") for @suffixes;
$t->sql("DELETE FROM packages WHERE type = 'plugin'", $other);

my $www = getcwd . '/www';

my %conf = (
    no_zone => 1,
    workers => 2,
    main => 'thread_pool own threads=2;
             thread_pool narrow threads=1 max_queue=1;',
    http => 'wppkg_zone z 1m; wppkg_thread_pool own; wppkg_refresh 1h;
             server_names_hash_bucket_size 128;',
    locations => "
        location / {
            wppkg_catalogue $db;
            wppkg_cache z;
            location = /status { wppkg_status page=$www; }
            location = /status.json { wppkg_status json; }
            location = /metrics {
                wppkg_status prometheus;
                if (\$arg_x) { set \$y 1; }
            }
            location = /narrow { wppkg_status json; wppkg_thread_pool narrow; }
            location = /mirrored { mirror /status.json; mirror_request_body off; }
        }
        location '/other repo/' {
            wppkg_catalogue $other;
            location '/other repo/status' {
                wppkg_status json;
                gzip on; gzip_types application/json; gzip_min_length 1;
            }
        }",
);

$t->nginx(%conf);


sub status {
    my ($url) = @_;
    my $r = $t->get($url || '/status.json');
    return JSON::PP::decode_json($r->{content});
}

sub metrics {
    my $r = $t->get('/metrics');
    return parse_metrics($r->{content});
}


# forms

my %types = (
    json => 'application/json',
    prometheus => 'text/plain; version=0.0.4; charset=utf-8',
);

for my $format (sort keys %types) {
    my $r = $t->get("/status?format=$format");

    is($r->{status}, 200, $format);
    is($r->{headers}{'content-type'}, $types{$format}, "$format: type");
    is($r->{headers}{'content-length'}, length $r->{content},
       "$format: length");
    is($r->{headers}{'cache-control'}, 'no-store', "$format: not stored");
    is($r->{headers}{'x-content-type-options'}, 'nosniff', "$format: type");
    like($r->{headers}{'content-security-policy'},
         qr/^default-src 'none'; style-src 'self';/,
         "$format: nothing from elsewhere");
    is($r->{headers}{$_}, undef, "$format: no $_")
        for qw(etag last-modified retry-after content-encoding);

    my $h = $t->request(HEAD => "/status?a&format=$format");
    is("$h->{status} $h->{content}", '200 ', "$format: HEAD");
    cmp_ok(abs $h->{headers}{'content-length'} - length $r->{content}, '<',
           20, "$format: HEAD has its length");
}

is($t->get('/status.json')->{headers}{'content-type'}, $types{json},
   'the parameter of the directive');
is($t->get('/status.json?format=prometheus')->{headers}{'content-type'},
   $types{prometheus}, 'the argument goes before the parameter');
is($t->get('/metrics?x=1')->{headers}{'content-type'}, $types{prometheus},
   '"if" inherits it');

is($t->get("/status?format=$_")->{status}, 400, "format \"$_\": 400")
    for '', 'xml', 'JSON', '%6ason', 'html%00';

for my $method (qw(POST PUT DELETE OPTIONS PATCH)) {
    my $r = $t->request($method => '/status.json');
    is("$r->{status} " . ($r->{headers}{allow} || ''), '405 GET, HEAD',
       $method);
}

is($t->get('/status.json', $_)->{status}, 200, join ' ', 'conditional', %$_)
    for { 'If-None-Match' => '*' }, { 'If-Match' => '"a"' },
        { 'If-Modified-Since' => http_date(time + 3600) },
        { 'If-Unmodified-Since' => http_date(0) }, { Range => 'bytes=0-1' };

is($t->request(GET => '/status.json', {}, 'a body' x 1000)->{status}, 200,
   'a body is ignored');

my $r = $t->get('/other%20repo/status', { 'Accept-Encoding' => 'gzip' });
is($r->{headers}{'content-encoding'}, 'gzip', 'nginx compresses it');
is(JSON::PP::decode_json(gunzip($r->{content}))->{catalogue}, 'ok',
   'and it is whole');


# what it says

my $s = status();
my $port = $t->{nginx_port};

is($s->{catalogue}, 'ok', 'catalogue');
like($s->{version}, qr/^\d+\.\d+\.\d+$/, 'version');
cmp_ok(abs $s->{time} - time, '<', 10, 'time');
is($s->{url}, "http://127.0.0.1:$port", 'url');
is_deeply($s->{packages}{plugin},
          { new => 0, active => 1, closed => 1, closed_for_good => 0,
            not_found => 0, invalid => 0 }, 'packages');
is($s->{packages}{theme}{active}, 1, 'themes');
is($s->{documents}, $t->sql_value('SELECT count(content_hash)
                                   FROM documents'), 'documents');
is($s->{generation}, $t->sql_value('SELECT max(generation) FROM documents'),
   'generation');
is($s->{bucket}, undef, 'no bucket');
is($s->{whole}, JSON::PP::false, 'a part');
is_deeply($s->{commits}, { plugin => { revision => 3400000, at => $date },
                           theme => { revision => 0, at => undef } },
          'commits');
is($s->{advisories}, undef, 'no source of advisories');
is($s->{runs}[0]{command}, 'migrate', 'runs');
is($s->{runs}[0]{outcome}, 'done', 'their outcome');
is_deeply($s->{changes},
    [ { package => "wp-plugin/$evil", type => 'delete',
        announced_at => 1700000001 },
      { package => 'wp-plugin/a&b', type => 'update',
        announced_at => 1700000000 } ], 'changes, the latest first');

unlike($t->get('/status.json')->{content}, qr/\Q$t->{dir}\E/,
       'no path of this machine');

# a bucket

$t->sql("INSERT INTO meta VALUES ('deploy_target', 'x')");
is(status()->{bucket}{dirty},
   $t->sql_value('SELECT count(*) FROM documents
                  WHERE content_hash IS NOT deployed_hash'), 'dirty');


# security advisories

$t->sql("INSERT INTO advisory_sources (name, read_at)
         VALUES ('a', $date), ('b', $date + 60);
         INSERT INTO advisories (source, record, type, slug, reported_at,
             changed_at, entry) VALUES ('a', '1', 'plugin', 'x', 1, 1, '{}')");
is_deeply(status()->{advisories}, { known => 1, read_at => $date },
          'advisories, as old as the older source');


# the host that a client names

sub url_for {
    my ($head) = @_;
    my $text = $t->raw_request("GET /status.json $head");
    my ($json) = $text =~ /\r\n\r\n(\{.*\})/s or return $text;
    return JSON::PP::decode_json($json)->{url};
}

my $end = "\r\nConnection: close\r\n\r\n";

is(url_for("HTTP/1.1\r\nHost: packages.example.org$end"),
   'http://packages.example.org', 'Host');
is(url_for("HTTP/1.1\r\nHost: a.example:8443$end"), 'http://a.example:8443',
   'Host with a port');
is(url_for("HTTP/1.1\r\nHost: [::1]:81$end"), 'http://[::1]:81',
   'an address');
is(url_for("HTTP/1.0$end"), 'http://localhost', 'no Host: the server\'s name');

for my $host ('<b>', 'a"b', "a'b", 'a&b', "a\xff", 'a(b', 'a;b', 'a$b') {
    # nginx 1.29 and newer refuse some of them
    like(url_for("HTTP/1.1\r\nHost: $host$end"),
         qr{^(?:http://localhost\z|HTTP/1\.1 400 )},
         "Host \"$host\" is not told");
}

is(status('/other%20repo/status')->{url},
   "http://127.0.0.1:$port/other%20repo", 'the prefix');


# counters: of each repository alone, of all workers, kept by a reload

sub moved {
    my ($before, $after) = @_;
    my %moved;

    for my $part (qw(requests cache errors)) {
        for my $key (keys %{$after->{$part}}) {
            my $n = $after->{$part}{$key} - $before->{$part}{$key};
            $moved{"$part $key"} = $n if $n;
        }
    }

    return \%moved;
}

# a worker counts a request when its answer has gone, so another one that is
# asked then may not know of it yet

sub counted {
    my ($before, $total, @path) = @_;
    my $moved;

    $t->wait_for(sub {
        $moved = moved($before, status(@path));
        return ($moved->{'requests total'} // 0) >= $total;
    }, "$total requests are counted");

    return $moved;
}

# the zone takes nothing in before it knows the file
$t->wait_for(sub { $t->get('/packages.json'); status()->{cache}{hit} },
             'the zone is in use');

my $before = status();
my $others = status('/other%20repo/status');

$t->get("/$path") for 1 .. 10;
$t->get("/$path", { 'If-Modified-Since' => http_date($date) }) for 1 .. 4;
$t->get('/p2/wp-plugin/none.json') for 1 .. 3;
$t->get('/no/such') for 1 .. 2;
$t->request(POST => '/packages.json');
$t->get('/metadata/changes.json');
$t->request(HEAD => "/$path");

is_deeply(counted($before, 22), {
    'requests total' => 22, 'requests 200' => 11, 'requests 304' => 4,
    'requests 404' => 5, 'requests 405' => 1, 'requests other' => 1,
    'cache hit' => 16, 'cache miss' => 2, 'cache bypass' => 4,
    'cache negative' => 2,
}, 'each request is counted once');

is_deeply(moved($others, status('/other%20repo/status')), {},
          'another repository has its own');

$t->get("/other%20repo/$path");
is_deeply(counted($others, 1, '/other%20repo/status'),
          { 'requests total' => 1, 'requests 200' => 1, 'cache bypass' => 1 },
          'without a cache');

my $zone = status()->{zone};
is($zone->{documents}, 2, 'zone: documents');
is($zone->{unknown}, 1, 'zone: unknown names');
is($zone->{evicted}, 0, 'zone: nothing evicted');
cmp_ok($zone->{used}, '>', 0, 'zone: used');
cmp_ok($zone->{size}, '>', 900_000, 'zone: size');
is(status('/other%20repo/status')->{zone}, undef, 'no zone');

$before = status();
$t->nginx_reload;
is_deeply(moved($before, status()), {}, 'a reload keeps them');

$t->get('/p2/wp-plugin/unknown-' . $_ . '.json') for 1 .. 200;
$zone = status()->{zone};
cmp_ok($zone->{evicted}, '>', 0, 'zone: evicted');
cmp_ok($zone->{unknown}, '<', 201, 'zone: unknown names that are left');
cmp_ok($zone->{unknown} + $zone->{evicted}, '>=', 201, 'zone: their sum');


# metrics

my $m = metrics();
$s = status();

is($m->{'wppkg_catalogue_up'}, 1, 'up');
is($m->{'wppkg_packages{type="plugin",state="active"}'}, 1, 'packages');
is($m->{'wppkg_documents'}, $s->{documents}, 'documents');
is($m->{"wppkg_info{version=\"$s->{version}\"}"}, 1, 'version');
is($m->{'wppkg_requests_total{code="304",cache="hit"}'},
   $s->{requests}{304}, 'requests');
is($m->{'wppkg_zone_evictions_total'}, $s->{zone}{evicted}, 'evictions');
is($m->{'wppkg_run_success'}, 1, 'the last run');
is($m->{'wppkg_advisories'}, 1, 'advisories');
is($m->{'wppkg_advisories_timestamp_seconds'}, $date, 'and their age');
is(scalar(grep { /^wppkg_zips/ } keys %$m), 0, 'no folder of own zips');

# zips of our own: each count is another number
$t->sql("INSERT INTO dist (package_id, tag, pin, path, sha1, sha256, size, url,
                           fetched_at)
         SELECT packages.id, '1.' || value, 0, 'zip-' || value, zeroblob(20),
                zeroblob(32), 1000, '', 1
           FROM packages, json_each('[1,2,3,4]') WHERE slug = 'akismet';
         INSERT INTO dist_wanted (package_id, tag, pin, version, url, rank,
                                  weight, policy, since, next_at)
         SELECT packages.id, '2.' || value, 0, '', '', 0, 0, 0, 1,
                iif(value > 1, NULL, 9)
           FROM packages, json_each('[0,1,2]') WHERE slug = 'akismet'");
$m = metrics();
is($m->{'wppkg_zips'}, 4, 'zips of our own');
is($m->{'wppkg_zips_bytes'}, 4000, 'their size');
is($m->{'wppkg_zips_wanted'}, 3, 'those that are wanted');
is($m->{'wppkg_zips_failed'}, 2, 'and were asked for in vain');
$t->sql('DELETE FROM dist; DELETE FROM dist_wanted');

# the alert of docs/monitoring.md: what it compares are numbers

my ($expr) = do { local (@ARGV, $/) = 'docs/monitoring.md'; <> }
             =~ /^ +- alert: WppkgAdvisoriesOld\n +expr: (.+)$/m;

sub alerts {
    my ($read_at) = @_;

    $t->sql("UPDATE advisory_sources SET read_at = $read_at WHERE name = 'a';
             UPDATE advisory_sources SET read_at = $read_at + 7200
              WHERE name = 'b'");
    my $values = metrics();

    return eval($expr =~ s/\btime\(\)/time/r
                      =~ s/\b(wppkg_\w+)/$values->{$1}/r) ? 1 : 0;
}

is(alerts(time - 47 * 3600), 0, 'advisories that are 47 hours old: no alert');
is(alerts(time - 49 * 3600), 1, 'one source is 49 hours old: an alert');
is(alerts(0), 1, 'a source that was never read: an alert');


# it is read by a thread; subrequests are refused

my $log = length $t->error_log;
status();
like(substr($t->error_log, $log), qr/run task \#\d+ in thread pool "own"/,
     'a thread reads the catalogue');

$t->get('/mirrored');
ok(poll(sub { $t->error_log =~ /"wppkg_status" does not serve subreq/ }, 5),
   'no subrequest');


# a catalogue that can't be read: a word of why, and the counters

sub trouble {
    my ($word, $counter) = @_;

    my $errors = $t->get('/metrics');
    is($errors->{status}, 200, "$word: a scraper gets its metrics");
    my $was = parse_metrics($errors->{content});
    is($was->{wppkg_catalogue_up}, 0, "$word: not up");

    my $r = $t->get('/status.json');
    my $s = JSON::PP::decode_json($r->{content});

    is($r->{status}, 503, "$word: 503");
    is($r->{headers}{'retry-after'}, 1, "$word: Retry-After");
    is($s->{catalogue}, $word, "$word: it says so");
    is($s->{packages}, undef, "$word: nothing of what it had");
    cmp_ok($s->{requests}{total}, '>', 20, "$word: counters");

    my $page = $t->get('/status');
    is($page->{status}, 200, "$word: the page is there to say so");

    for my $text ($r->{content}, $errors->{content}) {
        unlike($text, qr/\Q$t->{dir}\E|sqlite|SELECT|errno|No such/i,
               "$word: and no more");
    }

    my $key = "wppkg_catalogue_errors_total{reason=\"$counter\"}";
    cmp_ok(metrics()->{$key}, '>=', $was->{$key} + 1, "$word: counted");
}

sub move {
    my ($from, $to) = @_;
    rename "$from$_", "$to$_" for @suffixes;
}

move($db, "$db.away");
trouble('missing', 'unreadable');

# what is asked for in vain is counted as well
$before = status();
$t->get('/other%20repo/packages.json');
is($t->get('/p2/wp-plugin/not-seen.json')->{status}, 503, 'missing: 503');
my $moved = counted($before, 1);
is($moved->{'requests 503'}, 1, 'missing: a request');
cmp_ok($moved->{'errors unreadable'}, '>=', 1, 'missing: an error');

if ($> == 0) {
    system('cp', "$db.away$_", "$db$_") for @suffixes;
    chmod 0600, map { "$db$_" } @suffixes;
    trouble('forbidden', 'unreadable');
    unlink map { "$db$_" } @suffixes;
}

$t->write_file("$db$_", $_ eq '' ? 'no database ' x 1000 : '') for @suffixes;
trouble('unreadable', 'unreadable');
unlink map { "$db$_" } @suffixes;

# locked; nobody may read then, so that it is a new file for nginx

my $fifo = "$t->{dir}/fifo";
system('mkfifo', $fifo) == 0 or die;

my $holder = $t->start(
    [ 'sh', '-c', "sqlite3 '$db' < '$fifo' > '$t->{dir}/holder.out'" ],
    err => "$t->{dir}/holder.err");

open my $shell, '>', $fifo or die "$fifo: $!\n";
$shell->autoflush;

$t->nginx_reload;
move("$db.away", $db);
print $shell ".filectrl persist_wal 1\n.timeout 5000\n",
             "PRAGMA locking_mode = EXCLUSIVE;\n",
             "BEGIN EXCLUSIVE;\nSELECT 'held';\n";
$t->wait_for(sub { $t->read_file('holder.out') =~ /^held$/m },
             'another process locks the catalogue');

trouble('locked', 'locked');

print $shell "COMMIT;\n.quit\n";
close $shell;
waitpid $holder, 0;

$t->wait_for(sub { status()->{catalogue} eq 'ok' }, 'unlocked');
is(status()->{packages}{plugin}{active}, 1, 'all is there again');

$t->sql("UPDATE meta SET value = 'whole' WHERE name = 'authority'");
is(status()->{whole}, JSON::PP::true, 'whole');


# while a thread is held in its task: the event loop goes on; clients go; the
# pool is full; the worker is to quit

$t->nginx_stop;

my $gate = Test::WPPkg::Gate->new($t);
$gate->nginx(%conf, workers => 1);
is(status()->{catalogue}, 'ok', 'with a gate');

sub ask {
    my ($path, $headers) = @_;
    my $socket = $t->nginx_connect or die "connect: $!\n";
    syswrite $socket, "GET $path HTTP/1.0\r\n\r\n";
    return $socket;
}

sub answer {
    my ($socket) = @_;
    local $/;
    return readline $socket;
}

$gate->close;
my $first = ask('/narrow');
$gate->held('the event loop');
is($t->get('/no/such')->{status}, 404, 'another request is answered');
my $second = ask('/narrow');
my $third = ask('/narrow');
like(answer($third), qr/^HTTP\/1\.1 503 /, 'the pool is full: 503');
$gate->open;
like(answer($_), qr/^HTTP\/1\.1 200 .*"catalogue":"ok"/s, 'the others are answered')
    for $first, $second;

# The pool with one thread again: once it has answered, it is done with what a
# client has left behind, and the gate holds no other request than the next one.

for my $reset (0, 1) {
    my $what = $reset ? 'reset' : 'closed';

    $gate->close;
    my $socket = ask('/narrow');
    $gate->held($what);
    setsockopt $socket, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0) if $reset;
    $t->clear_access_log;
    close $socket;
    $t->wait_for(sub { grep { $_->{status} == 499 } $t->access_log },
                 "$what: the request ends, the thread is at work still");
    $gate->open;
    like($t->get('/narrow')->{content}, qr/"catalogue":"ok"/,
         "$what: it serves on");
}

$gate->close;
my $last = ask('/status.json');
$gate->held('quit');
$log = length $t->error_log;
kill 'HUP', $t->nginx_pid;
$t->wait_for(sub {
    substr($t->error_log, $log) =~ /gracefully shutting down/
        && $t->nginx_workers > 1;
}, 'quit: the worker is told to, another is there');
$gate->open;
like(answer($last), qr/^HTTP\/1\.1 200 .*"catalogue":"ok"/s, 'quit: it answers first');


# what "nginx -t" says

sub refused {
    my ($locations, $pattern, $what) = @_;

    my $r = $t->nginx_test(no_zone => 1, locations => $locations);

    isnt($r->{code}, 0, "$what is refused");
    like($r->{err}, $pattern, "$what: why");
}

refused('location /s { wppkg_status; }',
        qr/"wppkg_status" is to be in .* in \S+nginx-test.conf:\d+$/m,
        'no catalogue');
refused("location / { wppkg_catalogue $db; wppkg_status; }",
        qr/of its own within that of "wppkg_catalogue" in \S+:\d+$/m,
        'the same location');
refused("location / { wppkg_catalogue $db;
         location /s { wppkg_status xml; } }",
        qr/directive takes "page", "page=FOLDER", "json" or "prometheus"/,
        'another format');
refused("location / { wppkg_catalogue $db;
         location /s { wppkg_status; wppkg_status json; } }",
        qr/"wppkg_status" directive is duplicate/, 'twice');

$r = $t->nginx_test(no_zone => 1, locations =>
    "location /a/ { wppkg_catalogue $db;
     location /a/s { wppkg_status; location /a/s/t/ { wppkg_catalogue $db; } }
     location ~ ^/a/[x-z]\$ { wppkg_status json; } }");
is($r->{code}, 0, 'a repository within, and a regular expression')
    or diag($r->{err});

$t->done;


# Prometheus's text format, strictly: each family once, described, typed and
# in one piece; no series twice.  By series, with its labels.

sub parse_metrics {
    my ($text) = @_;
    my (%value, %seen, $family, $type, $last);

    my @lines = split /\n/, $text, -1;
    is(pop @lines, '', 'metrics end with a newline') if !%value;

    for my $line (@lines) {
        if ($line =~ /^# HELP ([a-z_]+) ([A-Z][^\\\n]*\.)$/) {
            $last = $family = $1;
            fail("twice: $line") if $seen{$family}++;
            undef $type;
            next;
        }

        if ($line =~ /^# TYPE ([a-z_]+) (counter|gauge)$/) {
            fail("no HELP before $line") if $1 ne $family || $type;
            $type = $2;
            fail("its name: $line")
                if ($type eq 'counter') != ($family =~ /_total$/);
            next;
        }

        my ($series, $name, $number) = $line =~
            /^(([a-z_]+)(?:\{[a-z]+="[a-z0-9_.]+"(?:,[a-z]+="[a-z0-9_]+")*\})?)
             \ (\d+)$/x;

        if (!defined $series || !$type || $name ne $family
            || exists $value{$series})
        {
            fail("metrics: $line");
            next;
        }

        $value{$series} = $number;
    }

    return \%value;
}

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# "sync" against an S3 server that verifies signatures: the bucket becomes
# equal to the catalogue, at the cost of what has changed, whatever fails and
# whenever it is killed.


use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use HTTP::Tiny;
use IO::Socket::INET;
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Bucket;
use Test::WPPkg::Process qw(stop_process);
use Time::HiRes ();


my $t = Test::WPPkg->new;
my $s3 = $t->s3;

my $bucket = Test::WPPkg::Bucket->new($t, check => sub {
    my ($r, $path) = @_;

    my $h = $r->{headers};
    my $age = $path =~ m{^api/} ? 3600 : 300;
    my $type = $path eq 'feed.xml' ? 'atom+xml' : 'json';

    return $h->{'content-type'} eq "application/$type"
           && $h->{'cache-control'} eq "public, max-age=$age"
           && !defined $h->{'content-encoding'};
});
my $want = $bucket->want;


sub body {
    my ($name, $round) = @_;

    return qq({"packages":{"wp-plugin/$name":[{"version":"$round.0"}]},)
           . qq("minified":"composer/2.0","x":")
           . join('', map { sha256_hex("$name$round$_") } 1 .. 8) . '"}';
}


sub name { sprintf 'p2/wp-plugin/p%04d%s.json', $_[0] / 2, $_[0] % 2
               ? '~dev' : '' }


# A real nginx in front of the S3 server.  "log" only counts; "right"
# and "wrong" have a certificate for this name and for another; "rough" refuses
# the first requests of every connection, "reset" ends it after a few; "bad"
# never takes two of the keys; "html" is something else altogether.

my %port = map { $_ => $t->port } qw(log rough broken reset bad html right
                                     wrong);
my $dir = $t->dir;
my $proxy;
my $marks = 0;

sub proxy {
    my ($upstream) = $s3->{endpoint} =~ m{^http://(.*)};

    my $pass = 'proxy_pass http://s3; proxy_set_header Host $http_host;'
               . ' proxy_http_version 1.1; proxy_set_header Connection "";';

    my $tls = '';

    for ([ right => 'IP:127.0.0.1' ], [ wrong => 'DNS:elsewhere.test' ]) {
        my ($name, $whose) = @$_;

        my $r = $t->command({}, 'openssl', 'req', '-x509', '-newkey',
            'rsa:2048', '-nodes', '-days', 2, '-subj', "/CN=$name", '-addext',
            "subjectAltName=$whose", '-keyout', "$dir/$name.key", '-out',
            "$dir/$name.pem");
        is($r->{code}, 0, "a certificate for $whose") or diag($r->{err});

        $tls .= <<"X";
    server {
        listen 127.0.0.1:$port{$name} ssl;
        ssl_certificate $dir/$name.pem;
        ssl_certificate_key $dir/$name.key;
        location / { $pass }
    }
X
    }

    $t->write_file('proxy.conf', <<"X");
user root;
pid $dir/proxy.pid;
error_log $dir/proxy.log info;
events { worker_connections 512; }
http {
    log_format line '\$request_method \$uri \$status';
    client_body_temp_path $dir/proxy.body;
    proxy_temp_path $dir/proxy.temp;
    fastcgi_temp_path $dir/proxy.temp;
    uwsgi_temp_path $dir/proxy.temp;
    scgi_temp_path $dir/proxy.temp;
    access_log $dir/access.log line;
    upstream s3 { server $upstream; keepalive 16; }
    server { listen 127.0.0.1:$port{log}; location / { $pass } }
    server {
        listen 127.0.0.1:$port{rough};
        if (\$connection_requests = 1) { return 503; }
        if (\$connection_requests = 2) { return 429; }
        location / {
            # a 500 of its own would end the connection
            if (\$connection_requests = 3) {
                proxy_pass http://127.0.0.1:$port{broken};
            }
            $pass
        }
    }
    server { listen 127.0.0.1:$port{broken}; return 500; }
    server {
        listen 127.0.0.1:$port{reset};
        if (\$connection_requests = 5) { return 444; }
        location / { $pass }
    }
    server {
        listen 127.0.0.1:$port{bad};
        location ~ /p0003\\.json\$ { return 500; }
        location ~ /p0004\\.json\$ { return 403; }
        location / { $pass }
    }
    server { listen 127.0.0.1:$port{html}; location / { return 200 "hi"; } }
$tls}
X

    $proxy = $t->start([ 'nginx', '-p', $dir, '-c', "$dir/proxy.conf", '-g',
                'daemon off; master_process off;' ],
              out => "$dir/proxy.out", err => "$dir/proxy.out");

    $t->wait_for(sub {
        IO::Socket::INET->new("127.0.0.1:$port{log}");
    }, 'the proxy is up');
}


# What the proxy was asked for since the last time.  It writes a line when the
# client has the answer already, so a request of our own comes last.

sub access {
    my $mark = '/access-' . ++$marks;
    my $file = $t->path('access.log');
    my @lines;

    HTTP::Tiny->new->get("http://127.0.0.1:$port{html}$mark");
    $t->wait_for(sub {
        @lines = split /\n/, $t->read_file('access.log');
        return grep { / $mark / } @lines;
    }, 'the log is whole');

    truncate $file, 0;

    return grep { !/ $mark / } @lines;
}


sub configure {
    my ($endpoint, %bucket) = @_;
    my $retries = delete $bucket{retries};

    $t->configure(
        bucket => { endpoint => $endpoint, concurrency => 8, %bucket },
        http => { retries => defined $retries ? $retries : 4 },
    );
}


# one line of error, and one alone

sub one_line {
    my ($r, $code, $like, $what) = @_;

    my @lines = grep { !/is not known yet|^wppkg-syncd: sync: \d/ }
                     split /\n/, $r->{err};

    is($r->{code}, $code, "$what: exit code");
    is(scalar(grep { /sync: bucket|error|HTTP/ } @lines), 1,
       "$what: one line") or diag($r->{err});
    like($r->{err}, $like, "$what: it says what to do");
    unlike($r->{err} . $r->{out}, qr/\Q$s3->{secret_key}/,
           "$what: the secret is not in it");
}


proxy();
configure("http://127.0.0.1:$port{log}");


# R 32: the first time: everything, the root last

is($t->syncd('migrate')->{code}, 0, 'migrate');

$bucket->set(map { name($_) => body(name($_), 1) } 0 .. 39);

my $r = $t->syncd('sync');
is($r->{code}, 0, 'first sync') or diag($r->{err});

# rendered by "migrate"
$bucket->learn;

my @own = $bucket->own;
my $all = 40 + @own;

for my $path (@own) {
    is(sha256_hex($want->{$path}),
       lc $t->sql_value('SELECT hex(content_hash) FROM documents'
                        . " WHERE path = '$path'"),
       "$path is that of the catalogue");
}

# C 2: no base_url is configured
like($want->{'packages.json'}, qr{"list":"/packages/list\.json"},
     'the root announces the list');

$bucket->is_equal('first sync');

my $c = $bucket->counts('sync');
is("$c->{put} $c->{deleted} $c->{failed}", "$all 0 0", 'first sync: counts');
# Ceph refuses If-None-Match where there is nothing, Swift knows no conditions:
# so HEAD and PUT follow
is($c->{requests}, $all + 2, 'first sync: a request each');
is($c->{bytes}, eval { my $n = 0; $n += length for values %$want; $n },
   'first sync: bytes');

my @log = access();
is(scalar @log, $all + 2, 'first sync: the server has seen as many');
like($log[-1], qr{^PUT .*/packages\.json 200}, 'the root goes last');
is_deeply([ sort map { m{^PUT /[^/]*/(\S+) 200} } @log[-2 - @own .. -4] ],
          [ sort grep { $_ ne 'packages.json' } @own ],
          'before it what is of no package');

is($t->sql_value('SELECT count(DISTINCT published_at) FROM documents'),
   $all - 1, 'each but the summary is announced, with a stamp of its own');


# R 26: nothing has changed: not one request, nor what it takes to make one

# a sanitizer does not look for leaks beside strace
$r = $t->command({ env => { $t->environment(leaks => 0) } },
                 'strace', '-f', '-e', 'trace=openat,socket',
                 $t->build_dir . '/wppkg-syncd', '-c', $t->path('wppkg.conf'),
                 'sync');
is($r->{code}, 0, 'nothing to do: done') or diag($r->{err});
like($r->{err}, qr/catalogue\.db"/, 'nothing to do: traced');
unlike($r->{err}, qr/openssl\.cnf|socket\(AF_INET/,
       'nothing to do: OpenSSL and libcurl have not begun');

$r = $t->syncd('sync');
is($r->{code}, 0, 'second sync');
$c = $bucket->counts('sync');
is("$c->{put} $c->{deleted} $c->{requests}", '0 0 0',
   'R 26: second sync: idle');
is(scalar(my @none = access()), 0, 'second sync: the server has seen none');


# one changes, one package is closed

$bucket->set(name(6) => body(name(6), 2),
             name(10) => undef, name(11) => undef);

is($t->syncd('sync')->{code}, 0, 'sync of changes');
$bucket->is_equal('sync of changes');
is(join(',', sort map { s{/\S*/(?=p0)}{}r =~ s{/\S+}{/}r } access()),
   'POST / 200,PUT p0003.json 200',
   'only what has changed was sent, both deletes in one request');


# back again; and one whose object somebody has removed already

$bucket->set(name(10) => body(name(10), 3));
$s3->delete(name(12));
$bucket->set(name(12) => undef);

is($t->syncd('sync')->{code}, 0, 'sync of a reopened package');
$bucket->is_equal('sync of a reopened package');


# an announcement has the date of its content, and comes after the last one

is($t->sql_value("SELECT path FROM documents ORDER BY published_at DESC"
                 . " LIMIT 1") =~ /p000[56]/, 1,
   'the last announced is the last confirmed');


# a damaged body is never sent, and stops nobody else

$bucket->set(map { name($_) => body(name($_), 4) } 0, 1);
my $damaged = name(0);
my $good = delete $want->{$damaged};
is(length $good, length $want->{name(2)}, 'damaged body: of equal length');
$t->sql("UPDATE bodies SET body = (SELECT body FROM bodies WHERE document_id"
        . " = (SELECT id FROM documents WHERE path = '" . name(2) . "'))"
        . " WHERE document_id ="
        . " (SELECT id FROM documents WHERE path = '$damaged')");

$r = $t->syncd('sync');
is($r->{code}, 1, 'damaged body: done in part');
like($r->{err}, qr{\Q$damaged\E is damaged in the catalogue: not sent},
     'damaged body: said so');
is($s3->get($damaged)->{content}, body($damaged, 1),
   'damaged body: what was live stays');
is($s3->get(name(1))->{content}, $want->{name(1)}, 'damaged body: others go');

$bucket->set($damaged => $good);
is($t->syncd('sync')->{code}, 0, 'repaired');
$bucket->is_equal('repaired');


# What concerns every request is one line, and nothing counts as deployed.

$all = keys %$want;

sub all_dirty {
    my ($what) = @_;
    is($t->sql_value('SELECT count(*) FROM documents'
                     . ' WHERE length(deployed_hash) = 32'), 0,
       "$what: nothing counts as deployed");
}

$t->sql('UPDATE documents SET deployed_hash = NULL'
        . ' WHERE content_hash IS NOT NULL');

$r = $t->syncd({ env => { WPPKG_S3_SECRET_ACCESS_KEY => 'wrong' } }, 'sync');
one_line($r, 1, qr/SignatureDoesNotMatch.*WPPKG_S3_SECRET_ACCESS_KEY/,
         'wrong secret');
all_dirty('wrong secret');

$r = $t->syncd({ env => { WPPKG_S3_ACCESS_KEY_ID => 'NOBODY' } }, 'sync');
# Swift does not tell which of the two is wrong
one_line($r, 1, qr/(?:InvalidAccessKeyId|SignatureDoesNotMatch)
                   .*WPPKG_S3_ACCESS_KEY_ID/x, 'wrong access key');
all_dirty('wrong access key');

$r = $t->syncd({ env => { WPPKG_S3_ACCESS_KEY_ID => undef } }, 'sync');
is($r->{code}, 2, 'no access key: usage');
like($r->{err}, qr/WPPKG_S3_ACCESS_KEY_ID/, 'no access key: its name');

for my $case ([ '+3600s', '3[56]\d\d s fast' ],
              [ '-3600s', '3[56]\d\d s slow' ])
{
    my ($offset, $text) = @$case;

    $r = $t->syncd_at($offset, 'sync');
    one_line($r, 1, qr/RequestTimeTooSkewed.*clock.*$text/,
             "clock off by $offset");
    all_dirty("clock off by $offset");
}

# the server's own word where it has such permissions to give
if ($s3->forbid_writes($s3->{bucket})) {
    $r = $t->syncd('sync');
    one_line($r, 1, qr/AccessDenied.*may not write to this bucket/,
             'a key that may read only');
    all_dirty('a key that may read only');
    $s3->forbid_writes(undef);
}

configure("http://127.0.0.1:$port{log}", name => 'nobodys-bucket');
$r = $t->syncd('sync');
one_line($r, 1, qr/NoSuchBucket.*\[bucket\] name/, 'missing bucket');
all_dirty('missing bucket');

configure('http://127.0.0.1:' . $t->port, retries => 1);
$r = $t->syncd('sync');
one_line($r, 1, qr/\[bucket\] endpoint/, 'dead endpoint');
all_dirty('dead endpoint');


# one that takes connections and never answers: each request costs its
# time-outs, so the stage ends long before all have been tried

my $silent = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 128)
    or die "listen: $!\n";

$t->configure(bucket => { endpoint => 'http://127.0.0.1:' . $silent->sockport,
                          concurrency => 8 },
              http => { retries => 0, stall_timeout => '1s' });
$r = $t->syncd('sync');
is($r->{code}, 1, 'silent endpoint: done in part');
like($r->{err}, qr/too many failures in a row/, 'silent endpoint: it ends');
cmp_ok(scalar(() = $r->{err} =~ /: PUT /g), '<=', 8,
       'silent endpoint: few are tried');
all_dirty('silent endpoint');
close $silent;

# a certificate that nobody vouches for; one of another name; the right one

for my $case ([ 'not trusted', 'right', undef ],
              [ 'of another name', 'wrong', 'wrong.pem' ])
{
    my ($what, $server, $ca) = @$case;

    configure("https://127.0.0.1:$port{$server}",
              ca_file => defined $ca ? "$dir/$ca" : undef);
    $r = $t->syncd('sync');
    one_line($r, 1, qr/certificate.*\[bucket\] endpoint and ca_file/,
             "certificate $what");
    all_dirty("certificate $what");
}

configure("https://127.0.0.1:$port{log}", retries => 1);
$r = $t->syncd('sync');
one_line($r, 1, qr/\[bucket\] endpoint/, 'no TLS there');
all_dirty('no TLS there');

configure("http://127.0.0.1:$port{html}");
$r = $t->syncd('sync');
one_line($r, 1, qr/that was not S3's answer.*\[bucket\] endpoint/,
         'not an S3 server');
all_dirty('not an S3 server');


# R 34: a run that failed is resumed; refusals and resets are tried again

for my $case ([ rough => 503, 500, 429 ], [ reset => 444 ]) {
    my ($name, @status) = @$case;

    # more retries than any one document can need
    configure("http://127.0.0.1:$port{$name}", retries => 12);
    access();
    $r = $t->syncd('sync');
    is($r->{code}, 0, "R 34: $name: retried") or diag($r->{err});
    $bucket->is_equal("R 34: $name: retried");

    @log = access();

    for my $status (@status) {
        cmp_ok(scalar(grep { / $status$/ } @log), '>', 0,
               "$name: $status was met");
    }
}


# R 29: one key never works: a failure of one

configure("http://127.0.0.1:$port{bad}", retries => 1);
$s3->delete($_) for keys %{$s3->list};
$r = $t->syncd('sync');
is($r->{code}, 1, 'one key fails: done in part');
like($r->{err}, qr{PUT p2/wp-plugin/p0003\.json: HTTP 500},
     'one key fails: its line');
like($r->{err}, qr{PUT p2/wp-plugin/p0004\.json: HTTP 403},
     'another fails: its line');
$c = $bucket->counts('sync');
is("$c->{put} $c->{failed}", ($all - 2) . ' 2', 'the others went');
is($s3->get('packages.json')->{status}, 200, 'the root as well');
is($bucket->unknown, 2, 'those two are unknown, not lost');

configure("http://127.0.0.1:$port{log}");
is($t->syncd('sync')->{code}, 0, 'and resumed');
$bucket->is_equal('resumed');


# R 27, R 35: content that changes while its request is in flight.  This
# process is the way to the server, so that it is known to be in flight; the
# change also shows that no transaction is held across the wait.

sub in_flight {
    my ($change) = @_;

    my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
                                       Listen => 5) or die $!;

    # the bucket keeps its address, else everything would be unknown
    my $relay = 'http://127.0.0.1:' . $listen->sockport;
    $t->sql("UPDATE meta SET value = replace(value,"
            . " 'http://127.0.0.1:$port{log}', '$relay')"
            . " WHERE name = 'deploy_target'");
    configure($relay);

    my $run = $t->syncd_start('sync');
    my $client = $listen->accept or die $!;
    my $request = '';
    my $length = -1;

    while ($length < 0 || length $request < $length) {
        sysread $client, $request, 65536, length $request or die $!;

        next if $length >= 0 || $request !~ /\r\n\r\n/;
        $length = $+[0];
        $length += $1 if $request =~ /^content-length: *(\d+)/im;
    }

    $change->();

    my $server = IO::Socket::INET->new(
        PeerAddr => $s3->{endpoint} =~ m{//(.*)}) or die $!;
    print $server $request;

    # the answers to PUT and DELETE have no body
    my $answer = '';

    while ($answer !~ /\r\n\r\n/) {
        sysread $server, $answer, 65536, length $answer or die $!;
    }

    print $client $answer;
    close $client;
    close $listen;

    $t->finish($run);

    $t->sql("UPDATE meta SET value = replace(value, '$relay',"
            . " 'http://127.0.0.1:$port{log}')"
            . " WHERE name = 'deploy_target'");
    configure("http://127.0.0.1:$port{log}");

    return $run;
}

$bucket->set(name(20) => body(name(20), 5));
in_flight(sub { $bucket->set(name(20) => undef) });
is($bucket->dirty, 1, 'R 27: closed while its PUT was in flight: dirty');
is($s3->get(name(20))->{content}, body(name(20), 5), 'it is live for now');
is($t->syncd('sync')->{code}, 0, 'the next run');
$bucket->is_equal('closed while its PUT was in flight');

$bucket->set(name(21) => undef);
in_flight(sub { $bucket->set(name(21) => body(name(21), 6)) });
is($bucket->dirty, 1, 'reopened while its DELETE was in flight: dirty');
is($t->syncd('sync')->{code}, 0, 'the next run');
$bucket->is_equal('reopened while its DELETE was in flight');


# R 28: killed at any moment, then left alone

configure("http://127.0.0.1:$port{log}", concurrency => 4);
$bucket->set(map { name($_) => body(name($_), 7) } 0 .. 299);

my $start = Time::HiRes::time();
is($t->syncd('sync')->{code}, 0, 'how long it takes');
my $time = Time::HiRes::time() - $start;

srand(my $seed = $ENV{WPPKG_TEST_SEED} || $$);

my $killed = 0;

for my $round (1 .. 8) {
    # two bodies in turn, or none: what was live may be wanted again
    $bucket->set(map { name($_) => rand() < 0.1 ? undef
                               : body(name($_), 7 + int rand 2) }
             grep { rand() < 0.8 } 0 .. 299);

    # LeakSanitizer's helper complains if its process is killed while it looks
    my %quiet = $t->environment(leaks => 0);
    my $run = $t->syncd_start(
        { env => { ASAN_OPTIONS => $quiet{ASAN_OPTIONS} } }, 'sync');

    # not to wait for anything, but to hit any moment
    Time::HiRes::sleep(rand() * $time);

    $t->finish($run, 'KILL');
    $killed++ if $bucket->dirty > 0;

    is($t->sql_value('PRAGMA integrity_check'), 'ok',
       "R 28: killed, round $round: sound");
}

cmp_ok($killed, '>', 0, "killed with work left, seed $seed");

$r = $t->syncd('sync');
is($r->{code}, 0, 'one undisturbed run') or diag("seed $seed: $r->{err}");
$bucket->is_equal("R 28: after kills, seed $seed");


# asked to stop: what was answered is written down, the rest is for later

$bucket->set(map { name($_) => body(name($_), 20) } 0 .. 299);
my $run = $t->syncd_start('sync');
$t->wait_for(sub { $bucket->unknown > 0 || $bucket->dirty == 0 },
             'the run has begun');
$r = $t->finish($run, 'TERM');
ok($r->{code} == 1 || $bucket->dirty == 0, 'stopped: done in part');
unlike($r->{err}, qr/HTTP|PUT/, 'stopped: that is no failure');
is($t->syncd('sync')->{code}, 0, 'stopped: resumed');
$bucket->is_equal('stopped and resumed');


# a name with a dot is one of a path, never of a host

my $dotted = $s3->new_bucket('a.b');

configure("http://127.0.0.1:$port{log}", name => $dotted);
is($t->syncd('sync')->{code}, 0, 'a name with a dot: done');
is($bucket->counts('sync')->{put}, scalar keys %$want,
   'a name with a dot: everything');
is(scalar keys %{$s3->list($dotted)}, scalar keys %$want,
   'a name with a dot: all is there');


# [bucket] ca_file vouches instead of the system

SKIP: {
    skip 'needs root, for certificates of the system', 4 if $> != 0;

    chomp(my $hash = `openssl x509 -noout -hash -in $dir/right.pem`);
    mkdir "$dir/certs" or die $!;
    symlink "$dir/right.pem", "$dir/certs/$hash.0" or die $!;

    configure("https://127.0.0.1:$port{right}", ca_file => "$dir/wrong.pem");
    $r = $t->command({ env => { $t->environment } }, 'unshare',
        '--mount', '--propagation', 'private', 'sh', '-c',
        'mount --bind "$1" /etc/ssl/certs && shift && exec "$@"', 'sh',
        "$dir/certs", $t->build_dir . '/wppkg-syncd', '-c',
        $t->path('wppkg.conf'), 'sync');
    one_line($r, 1, qr/certificate.*\[bucket\] endpoint and ca_file/,
             'certificate that the system alone trusts');
}


# a certificate that [bucket] ca_file vouches for

my @trusted = ("https://127.0.0.1:$port{right}",
               ca_file => "$dir/right.pem");

configure(@trusted);
is($t->syncd('sync')->{code}, 0, 'certificate in ca_file: done');
$bucket->is_equal('certificate in ca_file');


# R 33: another prefix, and nothing else, is another target: everything is sent
# again

configure(@trusted, prefix => 'x/y');
is($t->syncd('sync')->{code}, 0, 'another prefix');
is($bucket->counts('sync')->{put}, scalar keys %$want,
   'R 33: another prefix: everything');
is(scalar(grep { !m{^x/y/} } keys %{$s3->list}), scalar keys %$want,
   'another prefix: the old one is left alone');
is($s3->get('x/y/' . name(1))->{content}, $want->{name(1)},
   'another prefix: it is there');


# a row that is damaged is not all of them

{
    my $row = "FROM documents WHERE path = '" . name(2) . "'";
    my ($id, $hash) = @{($t->sql("SELECT id, hex(content_hash) $row"))[0]};

    $t->sql('PRAGMA ignore_check_constraints = ON;'
            . "UPDATE documents SET content_hash = x'00' WHERE id = $id;"
            . "UPDATE documents SET deployed_hash = NULL WHERE path IN ('"
            . join("', '", name(1), name(5), 'packages.json') . "')");
    $r = $t->syncd('sync');
    is($r->{code}, 1, 'a damaged row: done in part');
    like($r->{err}, qr/document $id is damaged/, 'a damaged row: says which');
    is($bucket->counts('sync')->{put}, 3,
       'a damaged row: the others are sent');
    $t->sql("UPDATE documents SET content_hash = x'$hash' WHERE id = $id");
    is($t->syncd('sync')->{code}, 0, 'a damaged row: mended');
}


# without a bucket there is nothing to do

$t->configure(bucket => { map { $_ => undef }
                          qw(endpoint name region ca_file) });
$r = $t->syncd('run', '--once');
is($r->{code}, 0, 'no bucket: run --once') or diag($r->{err});
like($r->{err}, qr/^wppkg-syncd: the configuration has no \[bucket\] any more/m,
     'no bucket: says what that means');
is($t->syncd('sync')->{code}, 2, 'no bucket: sync is a usage error');
unlike($t->syncd('run', '--once')->{err}, qr/no \[bucket\] any more/,
       'no bucket: once');


# And when it is back, only what has changed since is sent: the root, which had
# the feed's address meanwhile.  Its bytes are there: Ceph takes them anew.

configure(@trusted, prefix => 'x/y');
is($t->syncd('sync')->{code}, 0, 'the bucket is back');

my $back = $bucket->counts('sync');
is($back->{put} + $back->{kept}, 1, 'the bucket is back: only the root');


stop_process($proxy);
$t->done;

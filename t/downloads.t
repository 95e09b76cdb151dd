#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Install notifications: what is answered, what is counted, what is left of a
# client, and what happens when nginx or its file is in trouble.

use strict;
use warnings;

use lib 't/lib';

use IO::Socket::INET;
use JSON::PP;
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents;
use Test::WPPkg::Process qw(poll);


my $t = Test::WPPkg->new;
my $db = catalogue_create($t);
my $dir = $t->dir . '/downloads';
my $file = "$dir/installs.db";

mkdir $dir or die "$dir: $!\n";
chmod 0777, $dir;

$t->sql('INSERT INTO packages (type, slug, created_at) VALUES '
        . join ', ', "('theme', 'b', 1)", map { "('plugin', '$_', 1)" }
                     qw(akismet a), map { "p$_" } 1 .. 150);

my $h2 = $t->port;

my %conf = (
    workers => 2,
    http => "set_real_ip_from 127.0.0.1; real_ip_header X-Client;
             client_body_timeout 2s;
             server { listen 127.0.0.1:$h2 http2;
                      location / { wppkg_catalogue $db;
                                   wppkg_downloads $file; } }",
    locations => "location / { wppkg_catalogue $db;
                      wppkg_downloads $file;
                      location = /status { wppkg_status json; } }
                  location /off/ { wppkg_catalogue $db; }",
);

$t->nginx(%conf);

my $client = 0;


sub body {
    return '{"downloads":[' . join(',', map {
        my $name = s{/}{\\/}r;
        qq({"name":"$name","version":"1.0.0.0"})
    } @_) . ']}';
}

# by a client of its own, unless one is given

sub post {
    my ($body, %o) = @_;

    my $from = $o{from} || '10.0.' . ($client >> 8) . '.' . ($client++ & 255);

    return $t->request(POST => $o{path} || '/downloads',
                       { 'X-Client' => $from, %{ $o{headers} || {} } }, $body);
}

sub ok_to {
    my ($r, $what) = @_;
    is("$r->{status} $r->{content}", '200 {"status":"ok"}', $what);
}

# all that was written down

sub installs {
    return {} if !-s $file;
    return { map { @$_ } $t->sql('SELECT name, sum(n) FROM installs GROUP BY 1',
                                 $file) };
}

# all that was counted is written down when nginx has quit

sub counted {
    my ($expected, $what) = @_;

    $t->nginx_stop;
    is_deeply(installs(), $expected, $what);
    unlink $file;
    $t->nginx(%conf);
}

my @all = map { "wp-plugin/p$_" } 1 .. 150;


# --- what is answered

my $r = post(body('wp-plugin/akismet'));
ok_to($r, 'a notification');
is($r->{headers}{'content-type'}, 'application/json', 'is answered with JSON');
is($r->{headers}{'cache-control'}, 'no-store', 'that nobody keeps');

for my $method (qw(GET HEAD PUT DELETE)) {
    $r = $t->request($method => '/downloads');
    is("$r->{status} $r->{headers}{allow}", '405 POST', "$method is refused");
}

is($t->request(POST => '/off/downloads', {}, body('wp-plugin/a'))->{status},
   405, 'without the directive nothing is counted');
is($t->get('/off/downloads')->{status}, 404, 'for there is no such thing');

ok_to(post(body(qw(WP-Plugin/Akismet wp-theme/b wp-plugin/unknown
                   symfony/console wp-plugin/akismet))), 'names of all kinds');

counted({ 'wp-plugin/akismet' => 2, 'wp-theme/b' => 1 },
        'unknown names are ignored, the case of letters is as well');


# --- every entry counts, and each once an hour

ok_to(post(body(@all), from => '192.0.2.1'), '150 packages at once');
ok_to(post(body(@all), from => '192.0.2.1'), 'and again');
ok_to(post(body('wp-plugin/p1'), from => '192.0.2.2'), 'another client');
ok_to(post(body('wp-plugin/p1'), from => '2001:db8::1'), 'an IPv6 address');
ok_to(post(body('wp-plugin/p1'), from => '2001:db8::2'), 'in its network');
ok_to(post(body('wp-plugin/p1'), from => '2001:db8:0:1::1'), 'in another one');
ok_to(post(body('wp-plugin/p1'), from => '::ffff:192.0.2.2'), 'IPv4 in IPv6');

$t->nginx_reload;
ok_to(post(body(@all), from => '192.0.2.1'), 'and after a reload');

# what was counted last is counted after its answer, and written later

my $told;

poll(sub {
    $told = decode_json($t->get('/status')->{content})->{installs};
    return $told->{repeated} == 302 && $told->{waiting} == 0;
}, 30);

is_deeply($told, { waiting => 0, counted => 153, repeated => 302,
                   dropped => 0, forgotten => 0 }, 'the status tells of both');

like($t->get('/status?format=prometheus')->{content},
     qr/^wppkg_installs_total\{result="counted"\} 153$/m,
     'so do the metrics');

counted({ (map { $_ => 1 } @all), 'wp-plugin/p1' => 4 },
        '150 are counted, once each, and across a reload');


# --- no address: in the file, in memory, in the log

sub memory {
    my ($pid) = @_;

    my $all = '';

    no warnings 'portable';

    open my $maps, '<', "/proc/$pid/maps" or die "maps: $!\n";
    open my $mem, '<:raw', "/proc/$pid/mem" or die "mem: $!\n";

    while (<$maps>) {
        my ($from, $to) = /^(\w+)-(\w+) rw-s / or next;
        sysseek $mem, hex $from, 0 or die "mem: $!\n";
        sysread $mem, $all, hex($to) - hex($from), length $all;
    }

    return $all;
}

my $address = '203.0.113.77';
my $bytes = pack 'C4', split /\./, $address;

post(body(@all), from => $address);

SKIP: {
    skip 'needs root', 2 if $> != 0;

    # others', because a flush may just have taken the names away
    my $memory = '';
    for my $n (1 .. 100) {
        post(body(@all), from => "198.51.100.$n");
        $memory = memory(($t->nginx_workers)[0]);
        last if $memory =~ m{wp-plugin/p150};
    }

    like($memory, qr{wp-plugin/p150}, 'the shared memory is looked at');
    unlike($memory, qr/\Q$bytes\E|\Q$address\E/, 'no address is in it');
}

$t->nginx_stop;

for my $kept ($file, $t->path('access.log')) {
    unlike($t->read_file($kept), qr/\Q$bytes\E|\Q$address\E/,
           "no address is in $kept");
}

is(() = $t->error_log =~ /^.*wppkg.*client: \Q$address\E/mg,
   () = $t->error_log =~ /^.*\[debug\].*wppkg.*client: \Q$address\E/mg,
   'nor in a line of ours, but those for debugging');

unlink $file;
$t->nginx(%conf);


# --- bad bodies: the answer is the same, nothing is counted

my $good = '{"name":"wp-plugin/a","version":"1"}';
my %bad = (
    'nothing'        => '',
    'no JSON'        => 'x',
    'cut off'        => substr(body('wp-plugin/a'), 0, -1),
    'another shape'  => '[[[]]]',
    'wrong types'    => '{"downloads":[{"name":5,"version":[]},"x",null]}',
    'a key twice'    => qq({"downloads":[$good],"downloads":[$good]}),
    'a NUL'          => qq({"downloads":[$good],"x":"\0"}),
    'invalid UTF-8'  => qq({"downloads":[{"name":"wp-plugin/\xff",)
                        . '"version":"1"}]}',
    'nested deep'    => qq({"downloads":[$good],"x":) . '[' x 10000
                        . ']' x 10000 . '}',
    'gzip'           => gzipped(body('wp-plugin/a')),
);

ok_to(post($bad{$_}, headers => { 'Content-Encoding' => 'gzip' }), $_)
    for sort keys %bad;

is(post(' ' x (1024 * 1024 + 1))->{status}, 413, 'more than 1 MiB');
is(post(' ' x 10e6)->{status}, 413, '10 MB');
is(post(body(map { 'wp-plugin/a' } 1 .. 100000))->{status}, 413,
   '100,000 entries that are longer than that');

# with all that could be counted, but not its end
my $slow = $t->nginx_connect;

print $slow "POST /downloads HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
    . body('wp-plugin/a');
like(join('', <$slow>), qr{^(?:HTTP/1\.1 408 .*)?\z}s,
     'one that does not go on: nginx does not wait for ever');

my $chunk = "10000\r\n" . ' ' x 65536 . "\r\n";

like($t->raw_request("POST /downloads HTTP/1.1\r\nHost: x\r\n"
                     . "Transfer-Encoding: chunked\r\n\r\n" . $chunk x 40),
     qr/^HTTP\/1\.1 413 /, 'chunks without an end');

counted({}, 'nothing of that is counted');


# --- good ones that are unusual

like($t->raw_request("POST /downloads HTTP/1.1\r\nHost: x\r\n"
                     . "X-Client: 192.0.2.9\r\nConnection: close\r\n"
                     . "Expect: 100-continue\r\nContent-Length: "
                     . length(body('wp-plugin/a')) . "\r\n\r\n"
                     . body('wp-plugin/a')),
     qr/^HTTP\/1\.1 100 .*\{"status":"ok"\}/s, 'Expect');

like($t->raw_request("POST /downloads HTTP/1.1\r\nHost: x\r\n"
                     . "X-Client: 192.0.2.10\r\nConnection: close\r\n"
                     . "Transfer-Encoding: chunked\r\n\r\n"
                     . join('', map { "1\r\n$_\r\n" } split //,
                            body('wp-plugin/a')) . "0\r\n\r\n"),
     qr/\{"status":"ok"\}/, 'a byte at a time, in chunks');

ok_to(post(body(map { 'wp-plugin/a' } 1 .. 20000)), '20,000 entries');
ok_to(post('{"downloads":[' . '{},' x 100000 . body('wp-plugin/p3') =~
           s/.*\[//r), '100,000 entries, of which the last one counts');
ok_to(post(body(map { "wp-plugin/x$_" } 1 .. 17000)), '17,000 names');
ok_to(post(body((map { "wp-plugin/x$_" } 1 .. 17000), 'wp-theme/b')),
      'and one that is known');

{
    # a slow client holds nobody up
    my $slow = $t->nginx_connect;

    print $slow "POST /downloads HTTP/1.1\r\nHost: x\r\n"
        . "Content-Length: 1048576\r\n\r\n{";
    ok_to(post(body('wp-plugin/p1')), 'beside a slow one');
}

# two requests in one packet
my $two = "POST /downloads HTTP/1.1\r\nHost: x\r\nX-Client: 192.0.2.11\r\n"
    . 'Content-Length: ' . length(body('wp-plugin/p2')) . "\r\n\r\n"
    . body('wp-plugin/p2');

is(() = $t->raw_request($two . $two =~ s/Host: x/$&\r\nConnection: close/r)
        =~ /\{"status":"ok"\}/g, 2, 'bug 11: two in a row are answered');

# one frame, and many
for my $names (1, 150) {
    $t->write_file('body', body(map { "wp-plugin/p$_" } 10 .. 9 + $names));

    $r = $t->command({}, 'curl', '-sS', '--http2-prior-knowledge',
                     '-w', ' %{http_version} %{http_code}', '-H',
                     "X-Client: 192.0.2.12", '--data-binary',
                     "\@$t->{dir}/body", "http://127.0.0.1:$h2/downloads");
    is($r->{out}, '{"status":"ok"} 2 200', "HTTP/2: $names packages");
}

counted({ 'wp-plugin/a' => 3, 'wp-theme/b' => 1,
          map { $_ => 1 } @all[0 .. 2, 9 .. 149] }, 'these are counted');


# --- while it runs it is written down too, by one worker

my $batches = sub { -s $file
    ? ($t->sql('SELECT count(*) FROM batches', $file))[0][0] : 0 };

post(body('wp-plugin/a'));
$t->wait_for(sub { $batches->() == 1 }, 'it is written after some seconds',
             20);
is_deeply(installs(), { 'wp-plugin/a' => 1 }, 'once');


# --- what the catalogue has goes

my ($id) = map { $_->[0] } $t->sql('SELECT id FROM file', $file);

$t->sql("INSERT INTO meta VALUES ('downloads_file', '$id'),
                                 ('downloads_batch', 1)");
post(body('wp-plugin/p1'));
$t->wait_for(sub { installs()->{'wp-plugin/p1'} }, 'it is written again', 20);
is_deeply(installs(), { 'wp-plugin/p1' => 1 }, 'and what was read is gone');
$t->sql("DELETE FROM meta WHERE name LIKE 'downloads_%'");


# --- a worker that is killed, again and again

post(body('wp-plugin/a'));

for my $n (1 .. 10) {
    my @old = $t->nginx_workers;

    kill 'KILL', $old[$n % @old];
    ok_to(post(body('wp-plugin/a')), "bug 26: a worker is killed, $n");
    $t->wait_for(sub {
        my %now = map { $_ => 1 } $t->nginx_workers;
        return keys %now == 2 && !$now{ $old[$n % @old] };
    }, 'there is another one');
}

$t->expect_alert(qr/worker process \d+ exited on signal 9/);

counted({ 'wp-plugin/a' => 11, 'wp-plugin/p1' => 1 }, 'nothing is lost');


# --- one that is killed with the mutex of this memory in its hands

# where it is: nothing that is shared is larger.  It begins with the mutex,
# which is the process that has it.

sub mutex {
    my ($pid) = @_;

    my ($at, $size) = (0, 0);

    no warnings 'portable';

    open my $maps, '<', "/proc/$pid/maps" or die "maps: $!\n";

    while (<$maps>) {
        my ($from, $to) = map { hex } /^(\w+)-(\w+) rw-s / or next;
        ($at, $size) = ($from, $to - $from) if $to - $from > $size;
    }

    return $at;
}

sub kill_holder {
    my ($pid) = @_;

    my $at = mutex($pid);

    open my $mem, '<:raw', "/proc/$pid/mem" or die "mem: $!\n";

    for (1 .. 20000) {
        kill 'STOP', $pid;
        1 until $t->read_file("/proc/$pid/stat") =~ /\) T /;

        sysseek $mem, $at, 0 or die "mem: $!\n";
        sysread $mem, my $word, 8;

        if (unpack('Q', $word) == $pid) {
            kill 'KILL', $pid;
            return 1;
        }

        kill 'CONT', $pid;
    }

    return 0;
}

SKIP: {
    skip 'needs root', 6 if $> != 0;

    my $load = fork // die "fork: $!\n";

    if (!$load) {
        my $all = body((@all) x 100);
        my $n = 0;

        for ( ;; ) {
            eval { post($all, from => '10.1.0.' . ($n++ & 255)) };
        }
    }

    my @old = $t->nginx_workers;

    ok(kill_holder($old[0]), 'bug 26: a worker has the mutex, and is killed');
    kill 'KILL', $load;
    waitpid $load, 0;

    $t->wait_for(sub {
        my %now = map { $_ => 1 } $t->nginx_workers;
        return keys %now == 2 && !$now{ $old[0] };
    }, 'there is another one');

    ok_to(post(body('wp-theme/b')), 'and it goes on') for 1 .. 2;

    $t->nginx_stop;
    is(installs()->{'wp-theme/b'}, 2, 'what comes after that is counted');
    like($t->error_log, qr/zone "wppkg downloads \S+" was locked by $old[0]$/m,
         'nginx has noticed it too');
    $t->expect_alert(qr/zone "wppkg downloads \S+" was locked by \d+/);
    unlink $file;
    $t->nginx(%conf);
}


# --- the file in trouble: a line, and answers go on; a worker that quits tries
# at once, others every few seconds

sub trouble {
    my ($what, $line, $then) = @_;

    my $seen = length $t->error_log;

    ok_to(post(body('wp-plugin/a')), "$what: an answer");
    $t->nginx_reload;
    like(substr($t->error_log, $seen), $line, "$what: a line says so");
    $then->();
    $t->nginx_reload;
    is_deeply(installs(), { 'wp-plugin/a' => 1 },
              "$what: and then it is written");
    unlink $file;
}

chmod 0555, $dir;
trouble('read-only', qr/wppkg: downloads file "\S+" cannot be opened: /,
        sub { chmod 0777, $dir });

$t->write_file('downloads/installs.db', 'x' x 5000);
chmod 0666, $file;
trouble('damaged', qr/wppkg: downloads file "\S+": file is not a database/,
        sub { unlink $file });

$t->sql('CREATE TABLE x (y)', $file);
chmod 0666, $file;
trouble('another file', qr/wppkg: "\S+" is no downloads file/,
        sub { unlink $file });

rename $dir, "$dir.away" or die $!;
trouble('missing', qr/wppkg: downloads file "\S+" cannot be opened: No such/,
        sub { rename "$dir.away", $dir or die $! });

rename $db, "$db.away" or die $!;
trouble('no catalogue', qr/wppkg: catalogue "\S+".*No such file/,
        sub { rename "$db.away", $db or die $! });

# locked, and a full disk

post(body('wp-plugin/a'));
$t->wait_for(sub { installs()->{'wp-plugin/a'} }, 'there is a file', 20);

open my $holder, '|-', "exec sqlite3 -batch '$file' > '$dir/holder.out'"
    or die "sqlite3: $!\n";
$holder->autoflush;
print $holder "BEGIN EXCLUSIVE; SELECT 'held';\n";
$t->wait_for(sub { -s "$dir/holder.out" }, 'it is locked');

ok_to(post(body('wp-plugin/a')), 'locked: an answer');
$t->wait_for(sub { $t->error_log =~ /wppkg: downloads file "\S+" is locked/ },
             'locked: a line says so', 20);
close $holder;
$t->wait_for(sub { installs()->{'wp-plugin/a'} == 2 },
             'locked: and then it is written', 20);
unlink $file;

SKIP: {
    skip 'needs root', 4 if $> != 0;

    my $small = sub { $t->command({}, 'mount', @_, $dir)->{code} };

    is($small->('-t', 'tmpfs', '-o', 'size=16k,mode=777', 'tmpfs'), 0,
       'a small disk');
    trouble('full', qr/wppkg: downloads file "\S+": the disk is full/,
            sub { $small->('-o', 'remount,size=1m') });
    $t->nginx_stop;
    $t->command({}, 'umount', $dir);
    $t->nginx(%conf);
}


# --- what the configuration may say

sub refused {
    my ($like, $what, @locations) = @_;

    my $r = $t->nginx_test(locations => join "\n", @locations);
    is($r->{code}, 1, "$what: refused");
    like($r->{err}, $like, "$what: says why");
}

refused(qr/"wppkg_downloads \S+installs.db" is for catalogue "\S+", so/,
        'one file for two',
        "location /a/ { wppkg_catalogue $db; wppkg_downloads $file; }",
        "location /b/ { wppkg_catalogue $db.2; wppkg_downloads $file; }");
refused(qr/"wppkg_downloads" directive is duplicate/, 'twice',
        "location / { wppkg_catalogue $db; wppkg_downloads $file;",
        "wppkg_downloads off; }");
refused(qr/"wppkg_downloads" directive needs the path of a file, or "off"/,
        'no path', "location / { wppkg_catalogue $db; wppkg_downloads ''; }");

is($t->nginx_test(http => "wppkg_downloads $file;", locations =>
       "location /a/ { wppkg_catalogue $db; }
        location /b/ { wppkg_catalogue $db; }
        location /c/ { wppkg_catalogue $db.2; wppkg_downloads off; }")->{code},
   0, 'for all locations of a catalogue');

$t->done;

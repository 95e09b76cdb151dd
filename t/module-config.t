#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# The configuration: what is refused and how, what "nginx -t" warns of, the
# example, and that the documentation has every directive.

use strict;
use warnings;

use lib 't/lib';

use Cwd qw(getcwd);
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents;


# what is in a configuration is what is written here
delete $ENV{WPPKG_TEST_ZONE};

my $t = Test::WPPkg->new;
my $www = getcwd . '/www';
my $db = catalogue_create($t);

document_put($t, 'packages.json', 'the bytes', 1700000000);

sub slurp {
    my ($file) = @_;
    open my $fh, '<', $file or die "$file: $!\n";
    local $/;
    return scalar <$fh>;
}


# refused

sub is_refused {
    my ($what, $message, %conf) = @_;

    my $r = $t->nginx_test(%conf);

    isnt($r->{code}, 0, "$what: refused");
    like($r->{err}, $message, "$what: the message");
}

my $catalogue = "wppkg_catalogue $db;";

is_refused('twice', qr/"wppkg_catalogue" directive is duplicate/,
           locations => "location / { $catalogue $catalogue }");
is_refused('regular expression', qr/given by a regular expression/,
           locations => "location ~ ^/repo/ { $catalogue }");
is_refused('exact location', qr/given by "="/,
           locations => "location = /packages.json { $catalogue }");
is_refused('off and on', qr/"wppkg_catalogue" directive is duplicate/,
           locations => "location / { wppkg_catalogue off; $catalogue }");
is_refused('status where it is off', qr/"wppkg_status" is to be in/,
           locations => "location / { $catalogue location /a/ {
                         wppkg_catalogue off;
                         location /a/s { wppkg_status; } } }");
is_refused('no argument', qr/invalid number of arguments/,
           locations => 'location / { wppkg_catalogue; }');
is_refused('two arguments', qr/invalid number of arguments/,
           locations => 'location / { wppkg_catalogue a b; }');
is_refused('empty name', qr/needs the path of a file/,
           locations => 'location / { wppkg_catalogue ""; }');
is_refused('in a server', qr/"wppkg_catalogue" directive is not allowed here/,
           locations => $catalogue);
is_refused('in http', qr/"wppkg_catalogue" directive is not allowed here/,
           http => $catalogue);
is_refused('in if', qr/"wppkg_catalogue" directive is not allowed here/,
           locations => "location / { if (\$arg_a) { $catalogue } }");

is_refused('unknown thread pool', qr/unknown thread pool "nobody"/,
           locations => "location / { $catalogue wppkg_thread_pool nobody; }");
is_refused('thread pool, twice', qr/"wppkg_thread_pool" directive is dupl/,
           http => 'wppkg_thread_pool default; wppkg_thread_pool default;');
is_refused('cache control, twice', qr/"wppkg_cache_control" directive is dupl/,
           http => 'wppkg_cache_control off; wppkg_cache_control a;');
is_refused('cache control, empty', qr/needs a value, or "off"/,
           http => 'wppkg_cache_control "";');
is_refused('cache control, two lines', qr/control character/,
           http => "wppkg_cache_control \"public\r\nX-Other: yes\";");

is_refused('zone, too small', qr/zone "a" is too small: it needs 1m/,
           http => 'wppkg_zone a 1000k;');
is_refused('zone, size', qr/invalid size "big" of zone "a"/,
           http => 'wppkg_zone a big;');
is_refused('zone, no size', qr/invalid number of arguments/,
           http => 'wppkg_zone a;');
is_refused('zone, twice', qr/duplicate zone "a"/,
           http => 'wppkg_zone a 1m; wppkg_zone a 1m;');
is_refused('zone named off', qr/needs a name, other than "off"/,
           http => 'wppkg_zone off 1m;');
is_refused('zone, twice, of two sizes',
           qr/the size 2097152 of .*"a" conflicts/,
           http => 'wppkg_zone a 1m; wppkg_zone a 2m;');
is_refused('zone, negative', qr/invalid size "-1" of zone "a"/,
           http => 'wppkg_zone a -1;');
is_refused('zone, empty name', qr/needs a name, other than "off"/,
           http => 'wppkg_zone "" 1m;');
is_refused('zone of another module', qr/already/,
           http => 'limit_req_zone $uri zone=a:1m rate=1r/s;
                    wppkg_zone a 1m;');
is_refused('zone in a server', qr/"wppkg_zone" directive is not allowed here/,
           locations => 'wppkg_zone a 1m;');
is_refused('unknown zone', qr/zone "b" is unknown: define it by "wppkg_zone"/,
           locations => "location / { $catalogue wppkg_cache b; }");

# what is judged after all has been read: where it is written, all the same

sub line_of {
    my ($text) = @_;
    my @lines = split /\n/, $t->read_file('nginx-test.conf');
    my ($line) = grep { $lines[$_ - 1] =~ /\Q$text\E/ } 1 .. @lines;
    return $line;
}

$t->write_file('inner.conf', "\n\n  wppkg_cache nowhere;\n");

for my $case (["location / {\n $catalogue\n wppkg_cache here;\n }",
               'wppkg_cache here'],
              ["wppkg_cache there;\n location / {\n location /a/ {\n"
               . " $catalogue\n }\n }", 'wppkg_cache there'],
              ["location / {\n return 200;\n wppkg_status;\n }",
               'wppkg_status'],
              ["location / {\n $catalogue\n location /s {\n }\n"
               . " wppkg_status json;\n }", 'wppkg_status json'])
{
    my $r = $t->nginx_test(locations => $case->[0]);
    my $line = line_of($case->[1]);

    like($r->{err}, qr/nginx-test\.conf:$line$/m, "$case->[1]: its line");
}

is_refused('an included file', qr{inner\.conf:3$}m,
           locations => "location / { $catalogue include inner.conf; }");

is_refused('cache, twice', qr/"wppkg_cache" directive is duplicate/,
           http => 'wppkg_cache off; wppkg_cache off;');
is_refused('cache, empty', qr/needs the name of a zone, or "off"/,
           http => 'wppkg_cache "";');
is_refused('refresh', qr/"wppkg_refresh" directive invalid value/,
           http => 'wppkg_refresh soon;');
is_refused('refresh, twice', qr/"wppkg_refresh" directive is duplicate/,
           http => 'wppkg_refresh 1s; wppkg_refresh 1s;');
is_refused('17 catalogues', qr/zone "a" has had 16 catalogues/,
           http => 'wppkg_zone a 1m; wppkg_cache a;',
           locations => join ' ', map {
               "location /$_/ { wppkg_catalogue $t->{dir}/$_.db; }"
           } 1 .. 17);


# accepted, with a warning where there is something to say

sub is_accepted {
    my ($what, $warning, %conf) = @_;

    my $r = $t->nginx_test(%conf);

    is($r->{code}, 0, "$what: accepted") or diag($r->{err});

    if (defined $warning) {
        like($r->{err}, qr/\[warn\].*wppkg: .*$warning/, "$what: a warning");

    } else {
        unlike($r->{err}, qr/\[(?:warn|error|crit|alert|emerg)\]/,
               "$what: no warning");
    }
}

is_accepted('a good catalogue', undef,
            locations => "location / { $catalogue }");
is_accepted('^~', undef, locations => "location ^~ /repo/ { $catalogue }");
is_accepted('named location', undef, locations =>
            "location \@r { $catalogue } location / { try_files /n \@r; }");
is_accepted('relative name', undef,
            locations => 'location / { wppkg_catalogue catalogue/catalogue.db; }');
is_accepted('a thread pool', undef, main => 'thread_pool own threads=2;',
            http => 'wppkg_thread_pool own;',
            locations => "location / { $catalogue }");
is_accepted('a zone', undef, http => 'wppkg_zone a 1m; wppkg_refresh 0;',
            locations => "location / { $catalogue wppkg_cache a; }");
is_accepted('a zone defined later', undef,
            locations => "location / { $catalogue wppkg_cache a; }
                          } wppkg_zone a 1m; server {");
is_accepted('a pool defined later', undef,
            http => 'wppkg_thread_pool default;',
            locations => "location / { $catalogue }");

is_accepted('missing', qr/No such file/,
            locations => 'location / { wppkg_catalogue none.db; }');
$t->write_file("text.db$_", 'this is text, no database') for '', '-wal', '-shm';
is_accepted('not a database', qr/not a database/,
            locations => 'location / { wppkg_catalogue text.db; }');
$t->write_file('nginx-temp/x', '');
is_accepted('a directory', qr/not a regular file/,
            locations => 'location / { wppkg_catalogue nginx-temp; }');

# at the level that Debian's nginx.conf has, too

for my $level (qw(error emerg)) {
    is_accepted("missing, error_log at $level", qr/No such file/,
                level => $level,
                locations => 'location / { wppkg_catalogue none.db; }');
}

sub is_other {
    my ($what, $warning, $sql) = @_;

    my $other = "$t->{dir}/other.db";

    is($t->command({}, 'cp', "$db$_", "$other$_")->{code}, 0, "$what: a copy")
        for '', '-wal', '-shm';
    $t->sql($sql, $other);

    is_accepted($what, $warning,
                locations => 'location / { wppkg_catalogue other.db; }');
}

is_other('a newer schema',
         qr/has schema 9999, this module knows \d+: upgrade it/,
         'PRAGMA user_version = 9999; UPDATE meta SET value = 9999'
         . " WHERE name = 'oldest_reader'");
is_other('an older schema', qr/has schema 0, .*: run "wppkg-syncd migrate"/,
         'PRAGMA user_version = 0');
is_other('another program\'s', qr/another program's database: name another/,
         'PRAGMA application_id = 1');

for my $suffix ('-wal', '-shm') {
    unlink "$t->{dir}/other.db$suffix";
    is_accepted("no $suffix",
                qr/other.db$suffix": No such file.*run "wppkg-syncd migrate"/,
                locations => 'location / { wppkg_catalogue other.db; }');
    $t->write_file("other.db$suffix", '');
}

# root can read it all, its workers can't
SKIP: {
    skip 'not root: nginx has no other user', 1 if $> != 0;

    for my $file ($db, "$db-shm", "$db-wal", "$t->{dir}/catalogue") {
        my $mode = (stat $file)[2] & 0777;

        chmod 0700, $file;
        is_accepted("nobody else may read $file",
                    qr/cannot be (?:opened|read)|Permission denied/,
                    locations => "location / { $catalogue }");
        chmod $mode, $file;
    }

    is_accepted('all may read again', undef,
                locations => "location / { $catalogue }");
}


# the test of a configuration leaves no trace

# (-shm is memory shared by readers: they mark there what they read)

sub catalogue_files {
    return { map { $_ => /-shm$/ ? 'shm' : slurp($_) }
             glob "$t->{dir}/catalogue/*" };
}

my $files = catalogue_files();

is_accepted('again', undef, locations => "location / { $catalogue }");
is_deeply(catalogue_files(), $files, '"nginx -t" changes nothing');


# the example

my $example = slurp('nginx.conf.example');

# and once more with the TLS server, which is a comment
my ($plain, $tls_server) = $example =~ /(.*"secure-http": .*?\n    #\n)(.*)/s;
$tls_server =~ s/^( *)# ?/$1/mg;

for my $part ($example, $plain . $tls_server) {
    my $text = $part;

    unlike($text, qr/\t/, 'the example has no tabs');

    # only paths, ports and what needs a certificate
    my $static = -x "$t->{build}/nginx";
    my $own = $static ? '' : "load_module $t->{build}/ngx_wppkg_module.so;";

    $text =~ s{^load_module .*}{$own}m or fail('load_module');
    $text =~ s{/var/lib/wppkg/catalogue\.db}{$db}g;
    $text =~ s{/var/log/nginx/}{$t->{dir}/}g;
    $text =~ s{^pid .*}{pid $t->{dir}/example.pid;}m;
    $text =~ s{^user .*}{}m if $> != 0;
    $text =~ s{listen \[::\]:\d+[^;]*;}{}g;
    $text =~ s{wppkg_status page;}{wppkg_status page=$www;}g;
    $text =~ s{/usr/share/wppkg/www}{$www}g;

    my $port = $t->port;
    $text =~ s{listen 80;}{listen 127.0.0.1:$port;};
    my $tls = $t->port;
    $text =~ s{listen 443 ssl;}{listen 127.0.0.1:$tls;};
    $text =~ s{^\s*ssl_certificate.*}{}mg;

    my $conf = $t->write_file('example.conf', $text);
    my $r = $t->command({ env => { $t->environment } },
                        $t->nginx_command($conf, 'example.log'), '-t');

    is($r->{code}, 0, 'the example is accepted');
    unlike($r->{err}, qr/\[(?:warn|error|crit|alert|emerg)\]/,
           'without a warning') or diag($r->{err});
}


# what the module exports: nginx loads all into one name space

# bug 39: names that are another module's as well

my $so = "$t->{build}/ngx_wppkg_module.so";

if (-e $so) {
    my $r = $t->command({}, 'nm', '-D', '--defined-only', '--format=posix',
                        $so);
    is(join(' ', sort $r->{out} =~ /^(\w+) [A-Z]/mg),
       'ngx_module_names ngx_module_order ngx_modules ngx_wppkg_module',
       'bug 39: exported symbols');

} else {
    ok(-x "$t->{build}/nginx",
       'bug 39: a static nginx was linked, so no name is there twice');
}


# a location without the module is none of its business; one process does

mkdir "$t->{dir}/static";
$t->write_file('static/s.txt', 'a file');

$t->nginx(locations => "
    location / { return 200 other; }
    location /repo/ {
        $catalogue

        location /repo/static/ {
            wppkg_catalogue off;
            alias $t->{dir}/static/;
            location = /repo/static/exact { root $t->{dir}; }
            location /repo/static/again/ { $catalogue }
        }
        location ~ \\.gif\$ { wppkg_catalogue off; return 200 gif; }
        location = /repo/one { wppkg_catalogue off; return 200 one; }
    }
    location /two/ { wppkg_catalogue catalogue/catalogue.db; }");

is($t->get('/')->{content}, 'other', 'another location');
is($t->get('/repo/packages.json')->{content}, 'the bytes', 'ours');
is($t->get('/repo/static/s.txt')->{content}, 'a file', 'off: a file');
is($t->get('/repo/static/none')->{status}, 404, 'off: no file');
is($t->get('/repo/static/exact')->{status}, 404, 'off: within it as well');
is($t->get('/repo/static/again/packages.json')->{content}, 'the bytes',
   'off, and on again');
is($t->get('/repo/a.gif')->{content}, 'gif', 'off, by a regular expression');
is($t->get('/repo/one')->{content}, 'one', 'off, exact');
is($t->get('/two/packages.json')->{content}, 'the bytes', 'ours, relative');
$t->nginx_stop;

my $conf = $t->nginx_configure(main => 'master_process off;',
                               locations => "location / { $catalogue }");
my $pid = $t->start([ $t->nginx_command($conf, 'error.log') ],
                    env => { $t->environment });

$t->wait_for(sub { $t->nginx_connect }, 'nginx as one process');
is($t->get('/packages.json')->{content}, 'the bytes', 'one process serves');
kill 'QUIT', $pid;
$t->wait_for(sub { waitpid($pid, 1) == $pid }, 'one process ends');
is($?, 0, 'one process ends well');

$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# What is in the container image beside the packages: how a container begins,
# and nginx's configuration.  tools/check-image tries the image itself.


use strict;
use warnings;
use lib 't/lib';

use Cwd ();
use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;
my $begin = Cwd::realpath('container/wppkg-container');

# in the place of the programs: what they are called with; "migrate" ends with
# $MIGRATE, or waits

$t->write_file("bin/$_", <<'END') for qw(nginx wppkg-syncd);
#!/bin/sh
[ "$*:$MIGRATE" != migrate:wait ] || { echo $$ > "$0.pid"; exec sleep 600; }
echo "${0##*/} $*"
[ "$*" != migrate ] || exit $MIGRATE
END
chmod 0755, map { $t->path("bin/$_") } qw(nginx wppkg-syncd);


sub env {
    my ($migrate) = @_;
    return { PATH => $t->path('bin') . ':/usr/bin:/bin', MIGRATE => $migrate };
}

sub begins {
    my ($migrate, @args) = @_;
    return $t->command({ env => env($migrate) }, $begin, @args);
}


# --- how it begins

my $r = begins(0, 'serve');
is($r->{out}, "nginx -e stderr -g daemon off;\n", 'serve is nginx');

for my $code (0, 1) {
    $r = begins($code, 'sync');
    is($r->{out}, "wppkg-syncd migrate\nwppkg-syncd run\n",
       "sync, migrated with $code: it runs");
    is($r->{code}, 0, 'and ends as the service does');
}

for my $code (2, 75) {
    $r = begins($code, 'sync');
    is($r->{out}, "wppkg-syncd migrate\n", "not migrated, $code: no run");
    is($r->{code}, $code, 'and ends so');
}

$r = begins(0, 'wppkg-syncd', 'status', 'plugin/a b');
is($r->{out}, "wppkg-syncd status plugin/a b\n", 'any other command');

$r = begins(0);
is($r->{code}, 2, 'none');
like($r->{err}, qr/^usage: .*serve\|sync/, 'none: what there is');


# --- it is stopped while the catalogue is migrated

my $pid = $t->start([ $begin, 'sync' ], env => env('wait'),
                    out => $t->path('sync.out'));
my $file = $t->path('bin/wppkg-syncd.pid');

$t->wait_for(sub { -s $file }, 'it migrates');
chomp(my $migrate = $t->read_file($file));
kill 'TERM', $pid;
$t->wait_for(sub { waitpid($pid, 1) == $pid }, 'SIGTERM ends it');
is($?, 0, 'with 0');
ok(!kill(0, $migrate), 'and what it has begun');
is($t->read_file($t->path('sync.out')), '', 'and nothing else begins');


# --- nginx takes its configuration; the user has no right to name one

my $conf = $t->read_file(Cwd::realpath('container/nginx.conf'));
my $static = -x "$t->{build}/nginx";
my $own = $static ? '' : "load_module $t->{build}/ngx_wppkg_module.so;";
my $dir = $t->dir;
my $www = Cwd::realpath('www');

unlike($conf, qr/^user /m, 'no user');
$conf =~ s{/tmp/}{$dir/}g;
$conf =~ s{^include .*modules-enabled.*}{$own}m or fail('modules');
$conf =~ s{/var/lib/wppkg/catalogue\.db}{$t->catalogue}ge;
$conf =~ s{listen \[::\]:\d+;}{}g;
$conf =~ s{listen \d+;}{'listen 127.0.0.1:' . $t->port . ';'}ge;
$conf =~ s{/usr/share/wppkg/www}{$www};
$conf =~ s{wppkg_status;}{wppkg_status page=$www;};

$t->configure;
is($t->syncd('migrate')->{code}, 0, 'a catalogue');
$r = $t->command({ env => { $t->environment } },
                 $t->nginx_command($t->write_file('image.conf', $conf),
                                   'image.log'), '-t');
is($r->{code}, 0, 'nginx takes the configuration');
unlike($r->{err}, qr/\[(?:warn|error|crit|alert|emerg)\]/,
       'without a warning') or diag($r->{err});

$t->done;

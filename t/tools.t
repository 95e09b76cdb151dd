#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# The tools that run everything else, in a folder that looks like ours.
# (tools/check-machine tries them on a whole machine.)

use strict;
use warnings;

use lib 't/lib';

use File::Copy ();
use File::Path ();
use IO::Socket::INET;
use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;
my @tools = qw(demo install-deps run-tests);

# the folder's name has no blanks at first
my $root = root('plain');


# --- tests that failed can be run again alone

for my $name (qw(good bad)) {
    $t->write_file("plain/t/$name.t",
                   "use Test::More; ok(!\$ENV{\U$name\E_FAILS}, '$name');"
                   . 'done_testing();');
}

my $r = tool($root, 'run-tests', 'failed');
is($r->{code}, 2, 'nothing was run yet: no success');
like($r->{err}, qr/nothing was run yet/, 'it is said');

$r = tool($root, { BAD_FAILS => 1 }, 'run-tests');
isnt($r->{code}, 0, 'one of two fails');
like($r->{out}, qr/good\.t.*bad\.t|bad\.t.*good\.t/s, 'both are run');

$r = tool($root, { BAD_FAILS => 1 }, 'run-tests', 'failed');
isnt($r->{code}, 0, 'again: it fails again');
like($r->{out}, qr/bad\.t/, 'again: the one that failed');
unlike($r->{out}, qr/good\.t/, 'again: the other is left alone');

$r = tool($root, 'run-tests', 'failed');
is($r->{code}, 0, 'again: it passes');

$r = tool($root, 'run-tests', 'failed');
is($r->{code}, 0, 'none has failed: success');
like($r->{out}, qr/none has failed/, 'it is said');


# --- an S3 server that does not start: its logs stay

$t->write_file('plain/t/s3.t', '$ENV{WPPKG_TEST_S3}; print "1..1\nok 1\n";');
$t->write_file('plain/tools/radosgw', <<'END');
#!/bin/sh
[ "$1" = start ] || exit 0
mkdir "$2/log" && echo why > "$2/log/mon.log"
echo "radosgw: it does not start; logs are in $2/log" >&2
exit 1
END
chmod 0755, "$root/tools/radosgw";

$r = tool($root, { WPPKG_TEST_S3 => '' }, 'run-tests', 't/s3.t');
is($r->{code}, 1, 'no S3 server: failed');
my ($logs) = $r->{err} =~ /logs are in (\S+)/;
ok(-s "$logs/mon.log", 'its logs are where it says');
(my $server = $logs) =~ s{/log$}{};
File::Path::remove_tree($server) if $server =~ m{^/tmp/wppkg-s3\.\w+$};


# --- what can be known before anything is installed

my $blanks = root('with blanks');

for my $set (qw(build demo check deb)) {
    $r = tool($blanks, 'install-deps', $set);
    is($r->{code}, 1, "$set: a path with blanks is refused");
    like($r->{err}, qr/in a path with blanks: \Q$blanks\E$/m, 'with its name');
    unlike($r->{out}, qr/installing/, 'nothing is installed');
}

my $taken = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')
    or die "$!\n";
my $port = $taken->sockport;

$r = tool($root, { WPPKG_DEMO_PORT => $port }, 'demo', 'free');
is($r->{code}, 1, 'a port that is taken is refused');
like($r->{err}, qr/127\.0\.0\.1:$port is in use; take another port/,
     'with the remedy');

close $taken;
$r = tool($root, { WPPKG_DEMO_PORT => $port }, 'demo', 'free');
is($r->{code}, 0, 'one that is free is not') or diag($r->{err});

ok(slurp('Makefile') =~ m{^demo:.*\n\t\@?tools/demo\ free\n
                          \ttools/install-deps\ demo\n}mx,
   'make demo asks before it installs');

$t->done;


# a folder with copies of the tools

sub root {
    my ($name) = @_;

    my $dir = "$t->{dir}/$name";

    mkdir $_ or die "$_: $!\n" for $dir, "$dir/tools", "$dir/build", "$dir/t";

    for my $tool (@tools) {
        File::Copy::copy("tools/$tool", "$dir/tools/$tool") or die "$!\n";
        chmod 0755, "$dir/tools/$tool";
    }

    return $dir;
}


sub tool {
    my ($dir, @args) = @_;

    my $env = ref $args[0] ? shift @args : {};
    my $tool = shift @args;

    return $t->command({ dir => $dir,
                         env => { WPPKG_BUILD => 'build', BUILD => 'build',
                                  %$env } },
                       "$dir/tools/$tool", @args);
}


sub slurp {
    my ($file) = @_;

    open my $fh, '<', $file or die "$file: $!\n";
    local $/;
    return scalar <$fh>;
}

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# The tools that run everything else, in a folder that looks like ours.
# (tools/check-machine tries them on a whole machine.)

use strict;
use warnings;

use lib 't/lib';

use Cwd ();
use File::Copy ();
use File::Path ();
use IO::Socket::INET;
use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;
my @tools = qw(demo in-debian install-deps prove-one run-tests);

# the folder's name has no blanks at first
my $root = root('plain');


# --- tests that failed can be run again alone

for my $name (qw(good bad)) {
    $t->write_file("plain/t/$name.t",
                   "use Test::More; ok(!\$ENV{\U$name\E_FAILS}, '$name');"
                   . 'done_testing();');
}

# reads what the others have printed, and so is run when they have ended
$t->write_file('plain/t/last/last.t', <<'END');
use Test::More;
for my $name (qw(good bad)) {
    my $tap = do { local (@ARGV, $/) = "build/tap/t/$name.t"; <> };
    like($tap, qr/ok 1 - $name\n1\.\.1\n/, "$name: its TAP is whole");
}
done_testing();
END

my $r = tool($root, 'run-tests', 'failed');
is($r->{code}, 2, 'nothing was run yet: no success');
like($r->{err}, qr/nothing was run yet/, 'it is said');

$r = tool($root, { BAD_FAILS => 1, JOBS => 3 }, 'run-tests');
isnt($r->{code}, 0, 'one of two fails');
like($r->{out}, qr/good\.t.*bad\.t|bad\.t.*good\.t/s, 'both are run');
like($r->{out}, qr/last\.t \.+ ok/, 'those of t/last come last');

$r = tool($root, { BAD_FAILS => 1 }, 'run-tests', 'failed');
isnt($r->{code}, 0, 'again: it fails again');
like($r->{out}, qr/bad\.t/, 'again: the one that failed');
unlike($r->{out}, qr/good\.t/, 'again: the other is left alone');

$r = tool($root, 'run-tests', 'failed');
is($r->{code}, 0, 'again: it passes');

$r = tool($root, 'run-tests', 'failed');
is($r->{code}, 0, 'none has failed: success');
like($r->{out}, qr/none has failed/, 'it is said');


# --- a unit test is the program that was built of it

$t->write_file('plain/t/unit/NAME.c', '');
symlink Cwd::realpath('t/lib'), "$root/t/lib" or die "$!\n";

$r = tool($root, 'run-tests', 't/unit');
isnt($r->{code}, 0, 'a unit test that was not built fails');
like($r->{err}, qr{^build/t/unit/NAME is missing: run "make .* units"}m,
     'with the remedy');

File::Path::make_path("$root/build/t/unit");

for my $code (0, 1) {
    $t->write_file('plain/build/t/unit/NAME',
                   "#!/bin/sh\necho 1..1; echo ok 1 - a unit; exit $code\n");
    chmod 0755, "$root/build/t/unit/NAME";
    $r = tool($root, 'run-tests', 't/unit');
    is($r->{code}, $code, "a unit test that exits with $code");
    like($r->{out}, qr{^(?:\[\S+\] )?t/unit/NAME\.c \.+ }m, 'has its name');
}

unlink "$root/t/unit/NAME.c", "$root/t/lib";


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


# --- what "make demo" says can be tried is tried where it was called

like(slurp('tools/demo'), qr/^\(cd \S+ && composer require .*\)$/m,
     'Composer is called in a shell of its own');


# --- make uninstall leaves alone what a Debian package has installed

my @installed = map { "$t->{dir}/root$_" }
    qw(/usr/lib/nginx/modules/ngx_wppkg_module.so
       /usr/share/wppkg/www/status.html
       /usr/lib/systemd/system/wppkg-syncd.service
       /usr/bin/wppkg-syncd);

for my $packages ('', 'libnginx-mod-wppkg wppkg-syncd') {
    for my $prefix (qw(/usr/local /usr)) {
        uninstalls($prefix, split / /, $packages);
    }
}


# --- what root has built can be removed by whoever has called it

SKIP: {
    skip 'needs root', 6 if $> != 0;

    my $theirs = root('theirs');
    my ($uid, $gid) = (getpwnam 'nobody')[2, 3];

    $t->command({}, 'chown', '-R', 'nobody:nogroup', $theirs);
    $t->write_file('bin/debootstrap', "#!/bin/sh\nexit 1\n");
    chmod 0755, "$t->{dir}/bin/debootstrap";

    $r = tool($theirs, { PATH => "$t->{dir}/bin:$ENV{PATH}" },
              'in-debian', '13', 'true');
    is($r->{code}, 2, 'in-debian: no bare system can be made');
    like($r->{err}, qr/debootstrap has failed/, 'in-debian: says so');
    is((stat "$theirs/build/debian")[4], $uid,
       'in-debian: what is in build/ is theirs');

    File::Copy::copy('Makefile', "$theirs/Makefile") or die "$!\n";
    mkdir "$theirs/build/deb" or die "$!\n";
    $t->write_file('theirs/build/deb/file', '');

    my @clean = ('setpriv', "--reuid=$uid", "--regid=$gid", '--clear-groups',
                 'make', '-s', 'clean');

    $r = $t->command({ dir => $theirs }, @clean);
    is($r->{code}, 2, 'clean: what root has built');
    like($r->{err}, qr/^clean: .* belongs to another user; .*sudo make clean$/m,
         'clean: the remedy');
    $r = $t->command({ dir => $theirs }, 'make', '-s', 'clean');
    is($r->{code}, 0, 'clean: by root');
}

$t->done;


# With the names of packages that are installed in a root of its own, whose
# database is dpkg's.

sub uninstalls {
    my ($prefix, @packages) = @_;

    my $dpkg = 'root/var/lib/dpkg';
    my $name = "uninstall from $prefix, " . (@packages ? 'packages' : 'none');

    $t->write_file($_, '') for @installed,
        "$t->{dir}/root/usr/local/bin/wppkg-syncd";
    $t->write_file("$dpkg/status", join "\n", map {
        "Package: $_\nStatus: install ok installed\nVersion: 1\n"
        . "Architecture: all\nMaintainer: x\nDescription: x\n" } @packages);

    if (@packages) {
        # Debian 12 has units in /lib
        $t->write_file("$dpkg/info/format", "1\n");
        $t->write_file("$dpkg/info/libnginx-mod-wppkg.list", join '',
                       "/usr/lib/nginx/modules/ngx_wppkg_module.so\n",
                       "/usr/share/wppkg/www/status.html\n");
        $t->write_file("$dpkg/info/wppkg-syncd.list", join '',
                       "/lib/systemd/system/wppkg-syncd.service\n",
                       "/usr/bin/wppkg-syncd\n");
    }

    my $r = $t->command({}, 'make', '-s', 'uninstall',
                        "DESTDIR=$t->{dir}/root", "PREFIX=$prefix");
    is($r->{code}, 0, "$name: exit code") or diag($r->{err});

    ok(!-e "$t->{dir}/root/usr/local/bin/wppkg-syncd", "$name: removed")
        if $prefix eq '/usr/local';

    for my $file ($prefix eq '/usr' || @packages ? @installed
                                               : @installed[0, 1])
    {
        is(-e $file ? 1 : 0, @packages ? 1 : 0, "$name: $file");
    }

    like($r->{out}, qr/^uninstall:\ \S+ngx_wppkg_module\.so\ is\ left:
                       \ libnginx-mod-wppkg\ has\ installed\ it$/mx,
         "$name: it is said")
        if @packages;
}


# a folder with copies of the tools

sub root {
    my ($name) = @_;

    my $dir = "$t->{dir}/$name";

    mkdir $_ or die "$_: $!\n"
        for $dir, map { "$dir/$_" } qw(tools build t t/unit t/last);

    File::Copy::copy($_, "$dir/$_") or die "$_: $!\n"
        for '.proverc', 't/testrules.yml';

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
                         env => { WPPKG_DEBIAN_BASES => undef,
                                  WPPKG_BUILD => 'build', BUILD => 'build',
                                  %$env } },
                       "$dir/tools/$tool", @args);
}


sub slurp {
    my ($file) = @_;

    open my $fh, '<', $file or die "$file: $!\n";
    local $/;
    return scalar <$fh>;
}

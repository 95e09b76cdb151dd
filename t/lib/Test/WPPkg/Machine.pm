package Test::WPPkg::Machine;

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# A host as an administrator finds it: a root directory with an /etc, /var and
# /run of its own, this machine's programs, and both of ours installed.  Its
# systemctl is t/lib/systemctl-standin.  Needs root.
#
#     my $m = Test::WPPkg::Machine->new($t, 'edge', $hosts->on('edge'));
#     $m->run('curl', '-sf', 'http://…');       # { code, out, err }
#     $m->recipe('site', sub { s/packages\./edge./g });
#     $m->write('/etc/hosts', "…\n"); $m->read('/etc/hosts');
#     $m->end;
#
# The words after the name put a command into a network namespace; without
# them, it is in ours.


use strict;
use warnings;

use Cwd ();

use Test::WPPkg::Process qw(alive poll stop_process);


# $0 is its root, $1 our build, $2 the checkout.  Its mounts are in a namespace
# that lasts as long as the process that this becomes.

my $make = <<'END';
set -eu
cd "$0"

mkdir -p dev proc sys tmp usr run root src srv .share share local/bin \
    local/sbin local/lib local/share/ca-certificates share/wppkg \
    var/lib/nginx var/lib/wppkg var/log/nginx var/backups var/cache var/www
chmod 755 . run var var/lib
cp -a /etc etc
cp -P /bin /sbin /lib* .

rm -rf etc/nginx/sites-enabled/* etc/nginx/conf.d/* etc/wppkg \
    etc/nginx/modules-enabled/*
mkdir -p etc/wppkg etc/systemd/system
cp "$2"/debian/*.service etc/systemd/system
sed -i 's,/usr/bin/wppkg-syncd,/usr/local/bin/wppkg-syncd,' \
    etc/systemd/system/wppkg-syncd*

cp "$1/wppkg-syncd" local/bin
cp "$2/t/lib/systemctl-standin" local/bin/systemctl
cp -R "$2/www" share/wppkg

# a static nginx has the module in it
if [ -e "$1/nginx" ]; then
    printf '#!/bin/sh\nexec %s/nginx -c /etc/nginx/nginx.conf "$@"\n' "$1" \
        > local/sbin/nginx
    chmod 755 local/sbin/nginx
else
    cp "$1/ngx_wppkg_module.so" local/lib
    echo 'load_module /usr/local/lib/ngx_wppkg_module.so;' \
        > etc/nginx/modules-enabled/50-mod-wppkg.conf
fi

for entry in /usr/share/*; do
    [ -e "share/${entry##*/}" ] || ln -s "/.share/${entry##*/}" share/
done

for place in /dev /proc /sys /tmp /usr; do
    mount --rbind "$place" ".$place"
done
mount --bind /usr/share .share
mount --bind share usr/share
mount --bind local usr/local
mount --bind "$2" src

id wppkg > /dev/null 2>&1 && chroot . userdel wppkg
chroot . useradd --system --home-dir /var/lib/wppkg wppkg
chroot . chown wppkg: /var/lib/wppkg

exec chroot . sh -c 'cd /src && echo > /ready && exec sleep 3600'
END


sub new {
    my ($class, $t, $name, @where) = @_;

    my $root = "$t->{dir}/machine/$name";
    my $self = bless { t => $t, root => $root, where => \@where }, $class;

    $t->write_file("$root.out", '');
    mkdir $root or die "$root: $!\n";

    $self->{pid} = $t->start(
        [ @where, 'unshare', '--mount', '--propagation', 'private', 'sh',
          '-c', $make, $root, $t->build_dir, Cwd::getcwd() ],
        out => "$root.out", err => "$root.out");

    poll(sub { -e "$root/ready" || !alive($self->{pid}) }, 120);
    -e "$root/ready"
        or die "no machine: ", $t->read_file("$root.out");

    return $self;
}


# a command there, as root, in a copy of the checkout

sub run {
    my ($self, @command) = @_;

    my %env = $self->{t}->environment;

    return $self->{t}->command({ env => { %env, HOME => '/root', PATH =>
        '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' } },
        'nsenter', '-t', $self->{pid}, '-m', '-n', '-r', '-w', '--',
        @command);
}


# A recipe of t/recipes, in whose text something may be replaced.

sub recipe {
    my ($self, $name, $replace) = @_;

    my $text = $self->{t}->read_file(Cwd::realpath("t/recipes/$name"));

    if ($replace) {
        local $_ = $text;
        $replace->();
        $text = $_;
    }

    $self->write("/root/$name", $text);

    return $self->run('sh', "/root/$name");
}


sub read {
    my ($self, $file) = @_;
    return $self->{t}->read_file("$self->{root}$file");
}


sub write {
    my ($self, $file, $text) = @_;
    return $self->{t}->write_file("$self->{root}$file", $text);
}


# its services, and then its mounts

sub end {
    my ($self) = @_;

    $self->run('systemctl', 'stop', 'wppkg-syncd', 'nginx');
    stop_process($self->{pid});
}


1;

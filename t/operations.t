#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# A backup and its restoration, by the commands of docs/operations.md but for
# paths, users and systemd, under an nginx that goes on serving: what changed
# after the backup is gone, and mirrors begin anew.


use strict;
use warnings;
use lib 't/lib';

use Cwd ();
use JSON::PP ();
use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;
my $w = $t->wporg;
my $page = $t->read_file(Cwd::realpath('docs/operations.md'));

my ($backup) = $page =~ /^    (wppkg-syncd backup .*)$/m;
my ($restore) = $page =~ /^### Restore\n.*?\n\n(    .*?\n)\n(?! )/ms;

is(scalar(() = $restore =~ /^    sudo /mg), 3,
   'the commands that restore were found');

offer('1.0');
$t->configure;
$t->write_file('packages.txt', "plugin/akismet\n");
syncd('migrate');
syncd('discover', '--source=list', $t->path('packages.txt'));
syncd('update');

$t->nginx(locations => 'location / { wppkg_catalogue ' . $t->catalogue
                       . '; }');

shell($backup);

offer('1.0', '1.1');
syncd('update', 'plugin/akismet');

my $since = feed()->{timestamp};

like(document(), qr/"1\.1"/, 'a version that is newer than the backup');
is_deeply(feed($since)->{actions}, [], 'a mirror has seen all of it');

shell($restore);
$t->settle;

unlike(document(), qr/"1\.1"/, 'restored: the document of the backup');
is(feed($since)->{actions}[0]{type}, 'resync', 'restored: mirrors begin anew');

syncd('update', 'plugin/akismet');
like(document(), qr/"1\.1"/, 'the next update brings what the backup lacks');

# --- a backup each night, by the units of the page

my %unit = map { /^\[Timer\]$/m ? (timer => $_) : (service => $_) }
           map { s/^ {4}//gmr } $page =~ /^((?:    \[Unit\]\n)(?:(?:    .*)?\n)+)/mg;

is(join(' ', sort keys %unit), 'service timer', 'its units were found');

my ($command) = $unit{service} =~ /^ExecStart=(.*)$/m;
my $file = $t->path('nightly.db');

like($command, qr{^wppkg-syncd backup /var/backups/wppkg/\S+$}, 'what it runs');
shell('    ' . $command =~ s{/var/\S+}{$file}r . "\n");
ok(-s $file, 'it makes a backup');
is((stat $file)[2] & 0444, 0444, 'which "wppkg" can read');

# wherever it is installed, and whoever "wppkg" is

$unit{service} =~ s{^ExecStart=wppkg-syncd}{ExecStart=$t->{build}/wppkg-syncd}m;
$unit{service} =~ s/^User=wppkg$/User=root/m;

for my $kind (qw(service timer)) {
    my $unit = $t->write_file("units/wppkg-backup.$kind", $unit{$kind});
    my $r = $t->command({}, 'systemd-analyze', 'verify', '--man=no', $unit);

    is($r->{code}, 0, "systemd takes the $kind") or diag($r->{err});
    unlike($r->{err}, qr/wppkg-backup/, "and has nothing to say of the $kind");
}

done_testing();


sub offer {
    my (@versions) = @_;

    $w->plugin('akismet', { versions => { map { $_ => undef } @versions },
                            stable => $versions[-1] });
}


sub syncd {
    my (@args) = @_;

    my $r = $t->syncd(@args);
    is($r->{code}, 0, "wppkg-syncd @args") or diag($r->{err});
}


# nginx's answer to a poll; without a timestamp, that of a mirror that begins

sub feed {
    my ($since) = @_;

    my $r = $t->get('/metadata/changes.json'
                    . (defined $since ? "?since=$since" : ''));
    return JSON::PP::decode_json($r->{content});
}


sub document {
    return $t->get('/p2/wp-plugin/akismet.json')->{content};
}


# commands of the page, as this user, with our catalogue; systemd's are left
# out

sub shell {
    my ($commands) = @_;

    $commands =~ s/^ +sudo systemctl (?:.*\\\n)*.*\n//mg;
    $commands =~ s/sudo (?:-u wppkg )?//g;
    $commands =~ s{wppkg-syncd }{$t->{build}/wppkg-syncd -c $t->{dir}/wppkg.conf };
    $commands =~ s{\bFILE\b}{$t->{dir}/backup.db}g;

    my $r = $t->command({ env => { $t->environment } }, 'sh', '-ec',
                        $commands);
    is($r->{code}, 0, 'the shell runs ' . (split ' ', $commands)[0] . ' …')
        or diag($commands, $r->{err});
}

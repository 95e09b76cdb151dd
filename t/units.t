#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# The systemd units, and what recipes do with secrets.


use strict;
use warnings;

use Test::More;


my $dir = 'sync-daemon';
my $service = slurp("$dir/wppkg-syncd.service");
my $command = slurp("$dir/wppkg-syncd@.service");


# A command by hand is confined as the service is, and has its credentials.

sub confined {
    my ($unit) = @_;
    my ($begin) = $unit =~ /^(LoadCredential=.*?)(?:^\[Install\]|\z)/ms;
    return [ grep { !/^(?:#|$)/ } split /\n/, $begin ];
}

cmp_ok(scalar @{confined($service)}, '>=', 30, 'the service is confined');
is_deeply(confined($command), confined($service), 'so is each command');

for my $name (qw(s3-access-key-id s3-secret-access-key s3-session-token
              advisories-key)) {
    like($service, qr/^LoadCredential=$name:wppkg\.$name$/m,
         "$name is a credential of the units");
    like(slurp("$dir/syncd_secrets.c"), qr/"$name"/, 'which is read');
    like(slurp('docs/wppkg-syncd.1') =~ s/\\//gr, qr/\b$name\b/,
         'and described');
}

my ($program) = $service =~ /^ExecStart=(\S+) run$/m;
like($command, qr/^ExecStart=\Q$program\E \$COMMAND$/m,
     'an instance may have several words');


# an unreachable network at boot stops nothing
like($service, qr/^ExecStartPre=-\Q$program\E check --local$/m,
     'what can be checked without a network is');


# A command line is seen by whoever may look, and logged by sudo.

for my $file ('README.md', 'wppkg.conf.example', <docs/*>, <debian/*>,
              <$dir/*.service>)
{
    next if -d $file;
    unlike(slurp($file), qr/WPPKG_S3_\w+=/,
           "$file puts no secret on a command line");
}


sub slurp {
    my ($file) = @_;

    open my $fh, '<', $file or die "$file: $!\n";
    local $/;
    return scalar <$fh>;
}


done_testing();

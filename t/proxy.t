#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# A proxy's URL, which may have a password, is told nowhere, however wrong it
# is; nor is that of a mistyped configuration.


use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;

$t->configure(wporg => { api_url => 'https://api.wordpress.test',
                         follow => 'on', recheck => 0,
                         plugins_svn => 'https://plugins.svn.test',
                         themes_svn => 'https://themes.svn.test' },
              http  => { retries => 0, connect_timeout => '2s' });
is($t->syncd('migrate')->{code}, 0, 'migrate');
$t->write_file('list', "plugin/akismet\n");

for my $proxy ('http://me:hunter2@127.0.0.1:9', 'http://me:hunter2@',
               'http://me:hunter2', 'http//me:hunter2@127.0.0.1:9',
               'gopher://me:hunter2@127.0.0.1:9', 'http://me:hun#hunter2@h:1',
               'http://me:hunter2@127.0.0.1:99999', 'hunter2@@@:x',
               'http://me:hunter2@[::1', 'http://me:%zz hunter2@h',
               'socks5h://me:hunter2@127.0.0.1:9', '://hunter2', "hunter2\x01")
{
    my $what = $proxy =~ s/[^ -~]/?/gr;
    my $text = '';

    for my $name (qw(https_proxy all_proxy)) {
        $t->sql('DELETE FROM packages; DELETE FROM pipeline_runs');
        $t->syncd('discover', '--source=list', $t->path('list'));

        for my $command ([ 'update' ], [ 'run', '--once', '--source=svn' ],
                         [ 'status' ], [ 'status', 'plugin/akismet' ])
        {
            my $r = $t->syncd({ env => { $name => $proxy } }, @$command);
            $text .= $r->{out} . $r->{err};
        }
    }

    $text .= join '', map { $t->read_file($_) }
                          glob $t->catalogue . '*';

    unlike($text, qr/hunter2/, "$what: the password is told nowhere")
        or diag($text =~ /^.*hunter2.*$/m ? substr($&, 0, 400) : '');
    like($text, qr/proxy|esolve|onnect/i, "$what: that something is wrong is");
}

$t->done;

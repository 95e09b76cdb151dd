#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# The list of names, whole or in part (contract C 28, C 52): what clients get,
# and what both Composers make of it.


use strict;
use warnings;
use lib 't/lib';

use IO::Uncompress::Gunzip qw(gunzip);
use JSON::PP ();
use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;
my $w = $t->wporg;
my @plugins = qw(akismet akismet-extra hello-dolly);

$w->plugin($_, { versions => { '1.0' => undef }, stable => '1.0' })
    for @plugins;
$w->theme('akiro', { versions => { '1.0' => undef } });

$t->configure(repository => { authority => 'whole' });
$t->write_file('list', join '', (map { "plugin/$_\n" } @plugins),
               "theme/akiro\n");

for my $command ([ 'migrate' ],
                 [ 'discover', '--source=list', $t->dir . '/list' ],
                 [ 'update' ])
{
    my $r = $t->syncd(@$command);
    is($r->{code}, 0, "wppkg-syncd @$command") or diag($r->{err});
}

my $url = $t->nginx(locations => 'location / { wppkg_catalogue '
                                 . $t->catalogue . '; }');


sub names {
    my ($args, $headers) = @_;

    my $r = $t->get("/packages/list.json$args", $headers || {});

    return "status $r->{status}" if $r->{status} != 200;
    return join ' ', map { s{^wp-}{}r }
        @{ JSON::PP::decode_json($r->{content})->{packageNames} };
}

my $all = 'plugin/akismet plugin/akismet-extra plugin/hello-dolly theme/akiro';

is(names(''), $all, 'all names');
is(names($_), $all, "all names, also with \"$_\"")
    for '?', '?d41d8cd98f00b204e9800998ecf8427e', '?filter=', '?a=b&vendor=';

is(names('?filter=wp-plugin%2Faki%2A'), 'plugin/akismet plugin/akismet-extra',
   'C 52: those that a pattern matches');
is(names('?filter=WP-PLUGIN/aki*T'), 'plugin/akismet',
   'C 52: anchored, in any case');
is(names('?filter=akismet'), '', 'C 52: the vendor is a part of the name');
is(names('?vendor=wp-theme'), 'theme/akiro', 'those of a vendor');
is(names('?vendor=wp-plugin&filter=*aki*'),
   'plugin/akismet plugin/akismet-extra', 'both are to be met');
is(names('?filter=%ff%2A'), '', 'bytes that no name has');
is(names('?filter=%zz'), 'status 400', 'what is malformed is 400');
is(names('?filter=' . 'a' x 3000), 'status 400', 'what is too long is 400');
is($t->request('POST', '/packages/list.json?filter=a')->{status}, 405,
   'it cannot be posted to');

my $r = $t->get('/packages/list.json?filter=*', { 'Accept-Encoding' => 'gzip' });
is($r->{headers}{'content-encoding'}, 'gzip', 'it is gzipped');
is($r->{headers}{'cache-control'}, 'public, max-age=60', 'for a minute');

gunzip(\$r->{content} => \my $text);
is($text, $t->get('/packages/list.json')->{content},
   'a pattern that all names match gives the list, byte for byte');

isnt($t->get('/packages/list.json')->{headers}{'last-modified'}, undef,
     'the list itself is a document');


# --- what Composer shows is what it gets

sub asked {
    return join ' ', grep { /list/ } map { $_->{uri} } $t->asked;
}

for my $composer ($t->composers) {
    my $project = { with => $composer, %{ $t->composer_json($url) },
                    require => {} };

    asked();
    $r = $t->composer($project, 'show', '-a', 'wp-plugin/aki*');
    is($r->{code}, 0, "$composer show -a PATTERN") or diag($r->{err});
    is(join(' ', sort $r->{out} =~ m{(wp-\S+)}g),
       'wp-plugin/akismet wp-plugin/akismet-extra',
       "$composer shows those that the pattern matches");
    is(asked(), '/packages/list.json?filter=wp-plugin%2Faki%2A',
       "$composer leaves that to us");

    $r = $t->composer($project, 'search', '--only-name', 'wp-plugin/aki');
    is(join(' ', sort $r->{out} =~ m{(wp-\S+)}g),
       'wp-plugin/akismet wp-plugin/akismet-extra',
       "$composer search --only-name") or diag($r->{out}, $r->{err});
    is(asked(), '/packages/list.json', "$composer searches in all names");

    # an older Symfony tells its version, a newer one that of its script

    my @complete = $composer eq 'composer' ? '-S5.4' : '-a1';

    $r = $t->composer($project, '_complete', '-sbash', '-c2', @complete,
                      '-icomposer', '-irequire', '-iwp-plugin/aki');
    is(join(' ', sort split ' ', $r->{out}),
       'wp-plugin/akismet wp-plugin/akismet-extra',
       "$composer completes a name") or diag($r->{out}, $r->{err});
    is(asked(), '/packages/list.json', "$composer completes from all names");
}

$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# A mirror whose [origin] is taken away: what the origin has given is served
# until WordPress.org was asked for it, whatever else is configured then.

use strict;
use warnings;

use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Edge;


my $o = origin(plugins => 4, themes => 1);
my $w = $o->wporg;

offer($o, 'plugin/shut');
$o->syncd({ stdin => "plugin/shut\n" }, 'discover', '--source=list', '-');
update($o);


# lists, replacements and advisories, all of packages nobody was asked for

my $e = edge($o);
my %files = (
    lists => qq(malware wp-plugin/p1 <0.5 bad\nours wp-plugin/shut * x\n),
    replacements => "wp-plugin/p2 a/b\nwp-plugin/shut a/c\n",
    advisories => JSON::PP::encode_json({
        'own-1' => $w->advisory('own-1', 'p3', '0.9') }));

$e->write_file($_, $files{$_}) for keys %files;

my %away = (api_url => 'http://127.0.0.1:9', contact => 'tests@example.org',
            verify_zips => 'off');
my %back = (%away, api_url => $w->url);

follows($e, $o, 'a mirror');
leaves($e);

is(told($e, 'shut'), 'wp-closed', 'what the origin says of a package stays');

own($e, wporg => \%back);
$e->sql('UPDATE packages SET next_check_at = 1');
is($e->syncd('run', '--once')->{code}, 0, 'WordPress.org answers');
is_deeply([ sort keys %{files($e)} ], [ sort keys %{files($o)} ],
          'all packages are there');
is(told($e, 'p1'), 'malware', 'with its own lists');
is(told($e, 'shut'), 'ours wp-closed', 'of a closed one, too');
like($e->get('/p2/wp-plugin/p3.json')->{content}, qr/own-1/, 'advisories');
like($e->get('/p2/wp-plugin/shut.json')->{content}, qr{a/c},
     'and replacements');

$e->end;
$o->done;


# No [origin] any more, and WordPress.org does not answer.

sub leaves {
    my ($t) = @_;

    my $before = files($t);

    own($t, wporg => \%away, http => { retries => 0 });

    for my $command (['migrate'], ['update'], ['run', '--once']) {
        $t->syncd(@$command);
        is_deeply(files($t), $before, "@$command: what the origin has given");
    }
}


# A repository of its own, with all that such a one may have.

sub own {
    my ($t, %more) = @_;

    $t->configure(advisories => { file => $t->path('advisories') },
                  repository => { lists => $t->path('lists'),
                                  replacements => $t->path('replacements') },
                  %more);
}


# the filter lists that a package is on

sub told {
    my ($t, $slug) = @_;

    my $body = $t->get("/p2/wp-plugin/$slug.json")->{content};

    return join ' ', sort keys %{JSON::PP::decode_json($body)->{filter} || {}};
}


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

offer($o, 'plugin/p4', '1.1');
offer($o, 'theme/t1', '1.0', '1.1');
own($e, wporg => \%back);
$e->sql('UPDATE packages SET next_check_at = 1');
is($e->syncd('run', '--once')->{code}, 0, 'WordPress.org answers');
is(versions($e, 'p4'), '1.1 1.0', 'one answer takes no version away');
is(versions($e, 't1', 'theme'), '1.1 1.0', 'nor does it of a theme');
is(versions($e, 'p1'), '1.0', 'one that lacks none is stored');
is_deeply([ sort keys %{files($e)} ], [ sort keys %{files($o)} ],
          'all packages are there');
is(told($e, 'p1'), 'malware', 'with its own lists');
is(told($e, 'shut'), 'ours wp-closed', 'of a closed one, too');
like($e->get('/p2/wp-plugin/p3.json')->{content}, qr/own-1/, 'advisories');
like($e->get('/p2/wp-plugin/shut.json')->{content}, qr{a/c},
     'and replacements');

is($e->sql_value("SELECT group_concat(slug) FROM packages"
                 . " WHERE state = 'new'"), 'p4', 'only that one is doubted');
$e->sql('UPDATE observations SET observed_at = observed_at - 3600,'
        . ' looked_at = looked_at - 3600');
$e->sql("UPDATE packages SET next_check_at = 1 WHERE state = 'new'");
is($e->syncd('update')->{code}, 0, 'and asked for again');
is(versions($e, 'p4'), '1.1', 'a second one does');
is($e->sql_value("SELECT count(*) FROM packages WHERE state = 'new'"), 0,
   'nothing is doubted any more');

$e->end;


# A repository of its own first.  While it is a mirror, WordPress.org goes on.

my $e2 = Test::WPPkg->new;
my @names = map { "plugin/p$_" } 1 .. 4;

$e2->write_file($_, $files{$_}) for keys %files;
own($e2, wporg => \%back);
$e2->syncd('migrate');
$e2->syncd('add', @names, 'plugin/shut');
serve($e2);
is(told($e2, 'p1'), 'malware', 'a repository of its own');
is_deeply(closed($e2), ['shut'], 'with a closed package');

offer($o, $_, '1.0', '2.0') for @names;
offer($o, 'plugin/shut', '3.0');
offer($o, 'plugin/p4');
believe($o, @names, 'plugin/shut');

my %dates = dates($e2);

$e2->configure(origin => { url => $o->nginx_url });
follows($e2, $o, 'a mirror then');
is_deeply(closed($e2), ['p4'], 'what is closed is what the origin says');
on(\%dates, $e2, 'a mirror then');

leaves($e2);
is_deeply(closed($e2), ['p4'], 'what it has claimed is closed');
like($e2->get('/p2/filter-summary.json')->{content},
     qr/"malware":\{"wp-plugin\/p1":"<0\.5"\}.*"wp-closed":\{"wp-plugin\/p4":"\*"\}/,
     'the summary is its own at once');
like($e2->get('/packages.json')->{content}, qr/"malware"/, 'so is the root');
on(\%dates, $e2, 'with no origin any more');


# a mirror again, and then WordPress.org answers: p2 is closed there

$e2->configure(origin => { url => $o->nginx_url });
follows($e2, $o, 'a mirror again');
on(\%dates, $e2, 'a mirror again');
offer($o, 'plugin/p2');

own($e2, wporg => \%back);
is($e2->syncd('run', '--once')->{code}, 0, 'WordPress.org answers');
is(versions($e2, $_), '2.0 1.0', "$_ has not gone back") for qw(p1 p2 p3);
is(versions($e2, 'shut'), '3.0', 'nor has what is open again');
is_deeply(closed($e2), ['p4'], 'one answer closes nothing');
is($e2->sql_value("SELECT group_concat(slug) FROM packages"
                  . " WHERE state = 'new' AND type = 'plugin'"), 'p2',
   'all but that have been asked for');

$e2->sql('UPDATE observations SET observed_at = observed_at - 3600,'
         . ' looked_at = looked_at - 3600');
$e2->sql("UPDATE packages SET next_check_at = 1 WHERE state = 'new'");
is($e2->syncd('update')->{code}, 0, 'once more');
is(versions($e2, 'p2'), '', 'it is believed');
is_deeply(closed($e2), ['p2', 'p4'], 'and closed');
on(\%dates, $e2, 'its own again');


# what it had taken out comes back with an origin that has it

$e2->syncd('remove', 'plugin/p3');
is($e2->get('/p2/wp-plugin/p3.json')->{status}, 404, 'taken out');
update($o);
$e2->configure(origin => { url => $o->nginx_url });
follows($e2, $o, 'a mirror has what its origin has');

$e2->end;
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


# the filter lists that a package is on, and its versions

sub told {
    my ($t, $slug) = @_;

    return join ' ', sort keys %{file($t, $slug)->{filter} || {}};
}


sub versions {
    my ($t, $slug, $type) = @_;

    $type ||= 'plugin';

    return join ' ', map { $_->{version} }
        @{file($t, $slug, $type)->{packages}{"wp-$type/$slug"}};
}


sub file {
    my ($t, $slug, $type) = @_;

    $type ||= 'plugin';

    return JSON::PP::decode_json(files($t)->{"p2/wp-$type/$slug.json"});
}


sub closed {
    my ($t) = @_;

    return JSON::PP::decode_json(
        $t->get('/api/packages/plugin/closed')->{content});
}


# path => date and hash, of all that it has

sub dates {
    my ($t) = @_;

    return map { $_->[0] => [ @$_[1, 2] ] } $t->sql(
        'SELECT path, content_changed_at, hex(content_hash) FROM documents');
}


# Since the last look, no date has gone back, nor been that of other bytes.

sub on {
    my ($dates, $t, $what) = @_;

    my %now = dates($t);
    my @wrong = grep { my ($old, $new) = ($dates->{$_}, $now{$_});
                       $old && ($new->[0] < $old->[0]
                                || $new->[0] == $old->[0]
                                   && $new->[1] ne $old->[1]) } keys %now;

    is_deeply(\@wrong, [], "$what: C 21, C 38: dates go on");
    %$dates = %now;
}


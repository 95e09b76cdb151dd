#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# An answer that takes versions away and brings others: what it brings is
# published at once, what it takes away stays until that is believed (R 14).


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents qw(gunzip);


my $t = Test::WPPkg->new;
my $w = $t->wporg;

my $list = $t->path('list');


# a new catalogue of so many plugins, all of them fetched

sub catalogue {
    my ($n, @versions) = @_;

    unlink glob $t->catalogue . '*';

    my @slugs = map { "p-$_" } 1 .. $n;

    $w->plugin($_, { versions => { map { $_ => undef } @versions } })
        for @slugs;
    $t->write_file('list', join '', map { "plugin/$_\n" } @slugs);
    $t->configure(catalogue => { path => $t->catalogue, list => $list },
                  wporg => { api_url => $w->url }, http => { retries => 0 });

    for my $command ([ 'migrate' ], [ 'run', '--once' ]) {
        my $r = $t->syncd(@$command);
        $r->{code} == 0 or die "@$command: $r->{code} $r->{err}";
    }
}


sub update {
    my ($seconds) = @_;

    $t->sql('UPDATE packages SET next_check_at = 1');
    $t->sql("UPDATE observations SET observed_at = observed_at - $seconds,"
            . " looked_at = looked_at - $seconds") if $seconds;
    return $t->syncd('update');
}


# what Composer is offered

sub published {
    my ($slug) = @_;

    my $gz = pack 'H*', $t->sql_value(
        "SELECT hex(body) FROM documents JOIN bodies ON document_id ="
        . " documents.id WHERE path = 'p2/wp-plugin/$slug.json'");
    my ($versions) = values %{JSON::PP::decode_json(gunzip($gz))->{packages}};

    return join ' ', map { $_->{version} } @$versions;
}


# --- a catalogue of one: its loss is never one of a few

catalogue(1, '1.0', '1.1');
$w->plugin('p-1', { versions => { '1.1' => undef, '1.2' => undef } });

my $r = update(0);
is(published('p-1'), '1.2 1.1 1.0', 'a release that prunes is published');
is($r->{code}, 1, 'the loss is in doubt');
like($r->{err}, qr/lost versions: 1; with so few .*"update PACKAGE"/,
     'says so');
unlike($r->{err}, qr/--force|than the 0/, 'and names what helps');
like($r->{out}, qr/1 doubted/, 'counted');

my $status = $t->syncd('status', 'plugin/p-1')->{out};
like($status, qr/^ +published version: 1\.2$/m, 'status tells the new one');
like($status, qr/^ +in doubt: +fewer versions, [^ ]+: 1\.0; too many at once/m,
     'and that the loss is not believed the next time');
unlike($status, qr/the next such answer/, 'nor says so');

is(update(600)->{code}, 1, 'ten minutes later it still is');
is(published('p-1'), '1.2 1.1 1.0', 'what is lost stays');
update(86400);
update(600) for 1 .. 2;
is(published('p-1'), '1.2 1.1 1.0', 'with less than six looks it stays');
is(update(600)->{code}, 0, 'for a day, in six looks');
is(published('p-1'), '1.2 1.1', 'it is believed');


# --- a few of many: the second look takes them away

catalogue(10, '1.0', '1.1', '1.2');

my %case = (
    'p-1' => [ [ '1.1', '1.2', '1.3' ], {},
               '1.3 1.2 1.1 1.0', '1.3 1.2 1.1', 'one away, one new' ],

    # 1.2 is withdrawn for 1.1.1, and 1.1.5 was never published

    'p-2' => [ [ '1.0', '1.1', '1.1.1', '1.1.5', '1.2' ],
               { stable => '1.1.1' },
               '1.2 1.1.1 1.1 1.0', '1.1.1 1.1 1.0', 'a release withdrawn' ],

    'p-3' => [ [ '1.3' ], {}, '1.3 1.2 1.1 1.0', '1.3', 'all but a new one' ]
);

for my $slug (sort keys %case) {
    my ($versions, $o) = @{$case{$slug}};

    $w->plugin($slug, { %$o, versions => { map { $_ => undef } @$versions } });
}

is(update(0)->{code}, 0, 'three, seen once');
is(published($_), $case{$_}[2], "$case{$_}[4]: merged") for sort keys %case;

my $rows = $t->sql_value('SELECT group_concat(content_changed_at)'
                         . ' FROM documents');
update(0);
is($t->sql_value('SELECT group_concat(content_changed_at) FROM documents'),
   $rows, 'the same answer changes nothing');

update(600);
is(published($_), $case{$_}[3], "$case{$_}[4]: the second look")
    for sort keys %case;
is($t->sql_value('SELECT count(*) FROM observations'), 0, 'no doubt is left');

# what is contradicted is as it was, and has what is new

$w->plugin('p-4', { versions => { map { $_ => undef } '1.1', '1.3' } });
update(0);
is(published('p-4'), '1.3 1.2 1.1 1.0', 'two away, one new');
$w->plugin('p-4', { versions => { map { $_ => undef } '1.0', '1.1', '1.2',
                                  '1.3' } });
update(600);
is(published('p-4'), '1.3 1.2 1.1 1.0', 'they are there again');
is($t->sql_value('SELECT count(*) FROM observations'), 0, 'and no doubt');

$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# A catalogue that an older program has left and "migrate" has not seen, under
# this module: what there is, is served, nothing is claimed that the catalogue
# does not claim, and migrate goes on under open connections.

use strict;
use warnings;

use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents qw(gunzip);


my $t = Test::WPPkg->new;
my $db = $t->catalogue;


sub names { join ' ', @{JSON::PP::decode_json($_[0]->{content})
                          ->{packageNames}} }


# the answers of a location, to what clients ask for

sub are_served {
    my ($what, %names) = @_;

    for my $row ($t->sql('SELECT path, hex(body) FROM documents'
                         . ' JOIN bodies ON document_id = id'))
    {
        my $r = $t->get("/$row->[0]");
        is("$r->{status} $r->{content}", '200 ' . gunzip(pack 'H*', $row->[1]),
           "$what: $row->[0]");
    }

    is($t->get("/p2/wp-plugin/$_.json")->{status}, 404, "$what: $_: 404")
        for qw(nobody nobody~dev);

    for my $filter (sort keys %names) {
        my $r = $t->get("/packages/list.json?filter=$filter");

        is($r->{status}, 200, "$what: the names of $filter");
        is(names($r), $names{$filter}, "$what: those that there are");
    }

    is($t->get('/metadata/changes.json')->{status}, 400, "$what: the feed");
    is($t->get("/metadata/changes.json?since=$_->[0]")->{status}, 200,
       "$what: since it began")
        for $t->sql("SELECT value FROM meta WHERE name = 'feed_floor'");
    is($t->get("/status?format=$_")->{status}, 200, "$what: status, $_")
        for qw(json prometheus);
}


for my $schema (2, 3, 4) {
    unlink glob $t->dir . '/catalogue/*';
    $t->sql('PRAGMA journal_mode = WAL');
    $t->sql($t->read_file(Cwd::abs_path("t/data/schema-$schema.sql")));
    $t->sql('UPDATE packages SET next_check_at = unixepoch() + 1800,
        synced_rev = changed_rev, commits = 0');

    $t->nginx(locations => "location / { wppkg_catalogue $db;
                            wppkg_packages on;
                            location = /status { wppkg_status; } }");

    my %names = ('wp-plugin/aki*' => 'wp-plugin/akismet',
                 'wp-plugin/leaves' => '', 'nothing*' => '',
                 '*/t*' => 'wp-plugin/trunk-only wp-theme/twentyten');
    are_served("schema $schema", %names);
    is($t->get('/p2/wp-plugin/leaves.json')->{status},
       $schema < 4 ? 404 : 200,
       "schema $schema: a closed package is what it was");

    is($t->get('/packages/wp-plugin/akismet.json')->{status}, 404,
       "schema $schema: nothing is told of a package");

    $t->configure;
    is($t->syncd('migrate')->{code}, 0, 'migrate');
    is($t->get('/packages/wp-plugin/akismet.json')->{status}, 200,
       'it is, under the same connection');
    are_served("schema $schema, migrated", %names);

    my $claims = $t->syncd('update')->{out} =~ /^claims: /m;
    is(!!$claims, $schema < 4, "schema $schema: closed ones are claimed once");
    are_served("schema $schema, claims", %names);
    like($t->get('/p2/wp-plugin/leaves.json')->{content}, qr/:\[\]},"minified"/,
         "schema $schema, claims: a closed package is one");
    is(names($t->get('/packages/claimed.json')), 'wp-plugin/leaves',
       "schema $schema, claims: their list");

    $t->nginx_stop;
}

$t->done;

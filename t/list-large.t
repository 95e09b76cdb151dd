#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# A list of names that is longer than a document may be: its own trouble.  The
# run ends in part, says so, and does all the rest; the list of before stays.

use strict;
use warnings;

use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;
my $w = $t->wporg;
my $db = $t->catalogue;

$w->plugin('akismet', { versions => { '1.0' => undef } });
$t->write_file('list', "plugin/akismet\n");
$t->configure(catalogue => { path => $db, list => $t->path('list') });

is($t->syncd('migrate')->{code}, 0, 'migrate');
is($t->syncd('run', '--once')->{code}, 0, 'a run');

$t->nginx(locations => "location / { wppkg_catalogue $db; }");

my $list = $t->get('/packages/list.json')->{content};
is($list, '{"packageNames":["wp-plugin/akismet"]}', 'the list');

# 75 names of a megabyte: that many packages are not made so soon
$t->sql("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
                                  WHERE i < 75)
    INSERT INTO documents (package_id, path, content_hash, content_size,
        content_changed_at)
    SELECT 1, 'p2/' || hex(zeroblob(500000)) || i || '.json', zeroblob(32), 1,
        1 FROM n");

$w->plugin('jetpack', { versions => { '2.0' => undef } });
$t->write_file('list', "plugin/akismet\nplugin/jetpack\n");

my $r = $t->syncd('run', '--once');
is($r->{code}, 1, 'too long: the run ends in part');
like($r->{err}, qr/packages\/list\.json: it has more than \d+ bytes/,
     'and says why');

is($t->get('/p2/wp-plugin/jetpack.json')->{status}, 200,
   'what is new is served');
is($t->get('/packages/list.json')->{content}, $list, 'the list of before');

is($t->syncd('run', '--once')->{code}, 1, 'it is tried again');

$t->sql('DELETE FROM documents WHERE length(path) > 1000');
is($t->syncd('run', '--once')->{code}, 0, 'and done when it fits');
is_deeply(JSON::PP::decode_json($t->get('/packages/list.json')->{content})
          ->{packageNames}, [ 'wp-plugin/akismet', 'wp-plugin/jetpack' ],
          'the list of now');

$t->done;

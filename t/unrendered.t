#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-License-Identifier: BSD-2-Clause

# One package that cannot be rendered, or read, is one package: every command
# goes on, ends in part, and says of which it could not.


use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;
my $w = $t->wporg;

$w->plugin($_, { versions => { '1.0' => undef } }) for qw(aa bb cc);

$t->configure(catalogue => { path => $t->catalogue,
                             list => $t->write_file('list',
                                 join "\n", map { "plugin/$_" } qw(aa bb)) },
              wporg => { recheck => '0' }, http => { retries => 0 });

is($t->syncd('migrate')->{code}, 0, 'migrate');
is($t->syncd('run', '--once')->{code}, 0, 'the first run');


sub hash_of {
    my ($slug) = @_;
    return $t->sql_value('SELECT hex(content_hash) FROM documents'
                         . " WHERE path = 'p2/wp-plugin/$slug.json'");
}


# As after an upgrade to a version that renders otherwise, when the row of
# plugin/bb is damaged.

sub damage {
    $t->sql("UPDATE packages SET versions = '[{\"tag\":' WHERE slug = 'bb';"
            . "UPDATE packages SET description = description || 'x';"
            . "UPDATE meta SET value = 0 WHERE name = 'render_generation'");
}

my %hash = map { $_ => hash_of($_) } qw(aa bb);


# --- migrate: the others are rendered, this one keeps what it has

damage();

my $r = $t->syncd('migrate');
is($r->{code}, 1, 'migrate: done in part');
like($r->{err}, qr{\A.*: 1 package cannot .*plugin/bb: not JSON.*\n\z},
     'in one line of error');
is(hash_of('bb'), $hash{bb}, 'its document is that of before');
isnt(hash_of('aa'), $hash{aa}, 'the other one is new');
like($t->sql_value('SELECT error FROM pipeline_runs'
                   . " WHERE outcome = 'partial'"), qr{plugin/bb},
     'the run says of which');

$r = $t->syncd('status');
like($r->{out}, qr/^due now: +1, failing: 1$/m, 'status counts it');
$r = $t->syncd('status', 'plugin/bb');
is($r->{code}, 0, 'status plugin/bb');
like($r->{out}, qr/^  last error: +.*not JSON/m, 'says why');


# --- any run fetches it, and that mends it; the pipeline goes on meanwhile

$t->write_file('list', join "\n", map { "plugin/$_" } qw(aa bb cc));
$r = $t->syncd('run', '--once');
is($r->{code}, 0, 'the next run is done');
isnt(hash_of('cc') || '', '', 'a new package has come');
is($t->sql_value("SELECT json_array_length(versions) FROM packages"
                 . " WHERE slug = 'bb'"), 1, 'the damaged one is mended');
is($t->sql_value('SELECT count(*) FROM packages WHERE failures > 0'), 0,
   'nothing fails');


# --- the same with each command that writes

for my $command ([ 'run', '--once' ], [ 'update', 'plugin/aa' ],
                 [ 'update', 'plugin/bb' ], [ 'update' ],
                 [ 'discover', '--source=list', $t->dir . '/list' ])
{
    damage();
    $r = $t->syncd(@$command);
    is($r->{code}, 1, "@$command: done in part");
    like($r->{err}, qr{plugin/bb}, "@$command: says of which");
    is($t->sql_value('SELECT outcome FROM pipeline_runs'
                     . ' ORDER BY id DESC LIMIT 1'), 'partial',
       "@$command: recorded");
}

is($t->syncd('run', '--once')->{code}, 0, 'and all is well again');


# --- a row that cannot even be asked about: a slug that is too long for us

$t->sql("INSERT INTO packages (type, slug, created_at)"
        . " VALUES ('plugin', replace(hex(zeroblob(100)), '0', 'ü'), 1)");
$w->plugin('aa', { versions => { '1.0' => undef, '1.1' => undef } });
$t->sql("UPDATE packages SET changed_rev = 9 WHERE slug = 'aa'");

$r = $t->syncd('update');
is($r->{code}, 1, 'a damaged row: done in part');
like($r->{err}, qr/package 4 is damaged/, 'says which');
is($t->sql_value("SELECT json_array_length(versions) FROM packages"
                 . " WHERE slug = 'aa'"), 2, 'the others are fetched');

$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# R 18: a server that asks for an hour's pause has it, though the service
# begins a cycle each second, and no package is blamed for it.


use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;
my $w = $t->wporg;

$w->plugin("p$_") for 1 .. 40;
$t->write_file('list', join '', map { "plugin/p$_\n" } 1 .. 40);
$t->configure(catalogue => { list => $t->path('list') },
              wporg     => { recheck => 0, bulk => 5 },
              schedule  => { interval => '1s', sweep => 0 });
is($t->syncd('migrate')->{code}, 0, 'migrate');

$w->fail('status', status => 429, retry_after => 3600, times => 100000);
$w->clear_requests;

my $run = $t->syncd_start('run');

sub cycles {
    return $t->sql_value('SELECT count(*) FROM pipeline_runs'
                         . ' WHERE finished_at IS NOT NULL');
}

my $before = cycles();
$t->wait_for(sub { cycles() >= $before + 4 }, 'four cycles', 30);

my $r = $t->finish($run, 'TERM');
is($r->{code}, 0, 'it ends');

cmp_ok(scalar(() = $w->requests), '<=', 4,
       'only what was in flight has been asked for');
is($t->sql_value('SELECT sum(failures) FROM packages') || 0, 0,
   'no package has failed');
like($r->{err}, qr{asks for a long pause \(Retry-After\)}, 'it is said');
like($r->{err}, qr{//127\.0\.0\.1:\d+ wants no requests for another 3\d+ s},
     'in the next cycles too');


# The next process remembers it; a clock that was set back, or a pause of a
# year, does not make it longer than an hour; and it ends.

$w->clear_requests;
$r = $t->syncd('update');
is($r->{code}, 1, 'another process: done in part');
is(scalar(() = $w->requests), 0, 'another process: asks nothing');
like($r->{err}, qr/no requests for another 3\d+ s/,
     'another process: says why');

$t->sql("UPDATE meta SET value = '9999999999 " . $w->url . "'"
        . " WHERE name = 'pauses'");
$r = $t->syncd('update');
like($r->{err}, qr/no requests for another 3[56]\d\d s/, 'an hour at most');

while (my @left = $w->failures) {
    $w->write_json('fail.json', '[]');
}

for my $text ('1 ' . $w->url, 'x', '5', '99999999999999999999 ', "\n\n", '') {
    $t->sql("UPDATE meta SET value = '$text' WHERE name = 'pauses';"
            . 'UPDATE packages SET synced_rev = synced_rev, next_check_at = 1');
    $w->clear_requests;
    is($t->syncd('update')->{code}, 0, "\"$text\" is no pause");
    cmp_ok(scalar(() = $w->requests), '>', 0, "\"$text\": it asks");
}

is($t->sql_value("SELECT length(value) FROM meta WHERE name = 'pauses'"), 0,
   'nothing is left to remember');

$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# "sync" through faults and kills: the short form; t/long has the long one.
# And what servers differ in: DeleteObjects, conditional requests.


use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Test::WPPkg::SyncFaults;


my $f = Test::WPPkg::SyncFaults->new;
my ($t, $s3, $bucket) = @$f{qw(t s3 bucket)};


# R 31: 2,500 keys are three requests, whatever is in them

my @many = map { sprintf 'p2/wp-plugin/m%04d.json', $_ } 1 .. 2500;

$bucket->set(map { $_ => 'x' } @many);
$f->met;
$f->undisturbed('many');
is($f->concurrent, '4 1', 'R 30: no more at a time than configured, and never'
   . ' two of one key');
$bucket->set(map { $_ => undef } @many);
$f->undisturbed('deletes');
is($bucket->counts('sync')->{requests}, 3, 'R 31: deletes: requests');
is($bucket->counts('sync')->{deleted}, 2500, 'deletes: all of them');


# "audit" does the same with what is foreign, in one request more: the list

sub delete_foreign {
    my ($what, $requests) = @_;

    $s3->put("foreign$_", 'x') for 1 .. 20;
    my $r = $t->syncd('audit', '--delete-foreign');
    is($r->{code}, 0, "audit, $what: done") or diag($r->{err});

    my $c = $bucket->counts('audit');
    is("$c->{foreign} $c->{deleted} $c->{failed} $c->{requests}",
       "20 20 0 $requests", "audit, $what: deleted, in so many requests");
    $bucket->is_equal("audit, $what");
}


# a server without it: one by one

for my $kind (qw(no_delete malformed)) {
    $bucket->set(map { $_ => 'x' } @many[0 .. 19]);
    $f->undisturbed("$kind: before");
    $bucket->set(map { $_ => undef } @many[0 .. 19]);
    $f->faults(1, $kind);

    my $r = $t->syncd('sync');
    is($r->{code}, 0, "$kind: done") or diag($r->{err});
    is($bucket->counts('sync')->{requests}, 21, "$kind: one by one");
    $bucket->is_equal($kind);
    delete_foreign($kind, 22);
}


# 200 is not success: half of the keys have errors, and are asked for again

$bucket->set(map { $_ => 'x' } @many[0 .. 19]);
$f->undisturbed('per-key errors: before');
$bucket->set(map { $_ => undef } @many[0 .. 19]);
$f->faults(1, 'keys');
is($t->syncd('sync')->{code}, 0, 'per-key errors: done');
is($bucket->counts('sync')->{requests}, 11, 'per-key errors: the other half');
$bucket->is_equal('per-key errors');
delete_foreign('per-key errors', 12);


# R 32: the root's state is unknown.  Refused, for the bucket has it; not
# implemented; it has not.

my %root = (
    'has it'              => [ 'condition', 2, 1, 0 ],
    'not implemented'     => [ 'no_condition', 2, 1, 0 ],
    'has it not'          => [ 'condition', 3, 0, 1 ],
    'neither of the two'  => [ 'no_condition', 3, 0, 1 ],
);

for my $what (sort keys %root) {
    my ($kind, $requests, $kept, $put) = @{$root{$what}};

    $s3->delete('packages.json') if $put;
    $t->sql("UPDATE documents SET deployed_hash = x''"
            . " WHERE path = 'packages.json'");
    $f->faults(1, $kind);

    my $r = $t->syncd('sync');
    is($r->{code}, 0, "R 32: root, $what: done") or diag($r->{err});
    my $c = $bucket->counts('sync');
    is("$c->{requests} $c->{kept} $c->{put}", "$requests $kept $put",
       "root, $what: requests, kept, put");
    $bucket->is_equal("root, $what");
}


$f->in_flight;
$f->syscall_kills(16);
$f->rounds(1, 40);
$f->random_kills(5, 100);


# The theme that lost its last version: its files say so, they do not go.

my $w = $t->wporg;
$w->theme('lost', { versions => { '1.0' => undef }, stable => '1.0' });
$f->configure;
$t->write_file('list', "theme/lost\n");
is($t->syncd('discover', '--source=list', $t->path('list'))->{code}, 0,
   'a theme');
is($t->syncd('update')->{code}, 0, 'a theme: update');
is($t->syncd('sync')->{code}, 0, 'a theme: sync');

my $file = 'p2/wp-theme/lost.json';
like($s3->get($file)->{content}, qr/"version":"1\.0"/, 'a theme: is live');
like($s3->get('packages/list.json')->{content}, qr{\["wp-theme/lost"\]},
     'a theme: is on the list');

$w->theme('lost', { versions => {}, stable => undef });
is($t->syncd('update', 'theme/lost')->{code}, 0, 'lost: update');
$f->faults(0.5, 'lost');
my $r = $t->syncd('sync');
ok($r->{code} == 0 || $r->{code} == 1, 'lost: sync through faults');
$f->faults(0);
is($t->syncd('sync')->{code}, 0, 'lost: sync');
is($s3->get($file)->{content},
   '{"packages":{"wp-theme/lost":[]},"minified":"composer/2.0"}',
   'lost: an empty list, and no 404');
is($bucket->dirty + $bucket->unknown, 0, 'lost: nothing is left');

$f->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Permissions, on a server that has them: the policy of docs/s3.md for readers
# of the bucket, and one that forbids single objects (R 29).


use strict;
use warnings;
use lib 't/lib';

use Cwd ();
use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Bucket;


my $t = Test::WPPkg->new;
my $s3 = $t->s3;
my $name = $s3->{bucket};
my $bucket = Test::WPPkg::Bucket->new($t);

plan(skip_all => 'this server has no policies')
    if !$s3->forbid_writes($s3->new_bucket);

$t->configure(repository => { base_url => "$s3->{endpoint}/$name" });
is($t->syncd('migrate')->{code}, 0, 'migrate');
$bucket->set(map { sprintf('p2/wp-plugin/p%03d.json', $_) => "body $_" }
                 1 .. 120);
is($t->syncd('sync')->{code}, 0, 'sync');
$bucket->learn;


sub policy {
    my (@statements) = @_;

    my $r = $s3->request(
        @statements ? 'PUT' : 'DELETE', "/$name", query => { policy => '' },
        body => @statements ? JSON::PP::encode_json(
            { Version => '2012-10-17', Statement => \@statements }) : '');
    die "policy: $r->{status} $r->{content}\n" if !$r->{success};
}


sub deny {
    my ($action, @keys) = @_;
    return { Effect => 'Deny', Principal => '*', Action => ["s3:$action"],
             Resource => [ map { "arn:aws:s3:::$name/p2/wp-plugin/$_" }
                               @keys ] };
}


# What clients may read.

my ($text) = $t->read_file(Cwd::realpath('docs/s3.md'))
             =~ /^(    \{\n.*?^    \}\n)/ms;
my @public = @{JSON::PP::decode_json($text =~ s/BUCKET/$name/gr)->{Statement}};

my $r = $t->syncd('audit');
is($r->{code}, 0, 'a private bucket: audit finds it equal');
like($r->{err}, qr{clients get HTTP 403 from \S+/packages\.json}, 'a private'
     . ' bucket: that clients cannot read it is said');

policy($public[0]);
$r = $t->syncd('audit');
unlike($r->{err}, qr{/packages\.json}, 'GetObject alone: they can');
like($r->{err}, qr{HTTP 403, not 404,}, 'GetObject alone: what is missing is'
     . ' 403');

policy(@public);
$r = $t->syncd('audit');
is($r->{err}, '', 'the whole policy of docs/s3.md: nothing to say');


# R 29: one that may not be written, one that may not be deleted.

policy(@public, deny(PutObject => 'p005.json'),
       deny(DeleteObject => 'p007.json'));
$bucket->set((map { sprintf('p2/wp-plugin/p%03d.json', $_) => "new $_" }
                  1 .. 6, 20 .. 90),
             'p2/wp-plugin/p007.json' => undef,
             'p2/wp-plugin/p008.json' => undef);
$t->sql("UPDATE documents SET deployed_hash = x'' WHERE path LIKE 'packages%'");

for my $run (1, 2) {
    $r = $t->syncd('sync');
    is($r->{code}, 1, "two are forbidden, run $run: done in part");
    is($bucket->dirty, 2,
       "R 29: two are forbidden, run $run: no other is dirty");
    like($r->{err}, qr/AccessDenied/, "two are forbidden, run $run: said");
}

policy(@public);
is($t->syncd('sync')->{code}, 0, 'allowed: done');
$bucket->is_equal('allowed');

$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# A client that asks for the advisories of ever other packages: the memory of a
# worker is bounded, what is hot stays so, and each gets its own answer.

use strict;
use warnings;

use lib 't/lib';

use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents;


delete $ENV{WPPKG_TEST_ZONE};

my $t = Test::WPPkg->new;
my $db = catalogue_create($t);
my $path = '/security-advisories';

# an answer about "big" has 40 KB

document_put($t, "p2/wp-plugin/$_.json", qq({"$_":1}), 1700000000)
    for qw(big hot), map { "p$_" } 1 .. 9;

$t->sql("INSERT INTO advisory_sources (name, read_at) VALUES ('s', 1);
    INSERT INTO advisories (source, record, type, slug, reported_at,
        changed_at, entry)
    VALUES ('s', 'r', 'plugin', 'big', 1, 1,
        '{\"title\":\"' || printf('%040000d', 0) || '\"}')");

$t->nginx(no_zone => 1, level => 'error',
          http => 'wppkg_zone z 4m; wppkg_large_bodies 32m;
                   add_header X-Cache $wppkg_cache_status;',
          locations => "location / { wppkg_catalogue $db; wppkg_cache z;
                            wppkg_refresh 1h; wppkg_advisories on; }");

my ($worker) = $t->nginx_workers;

sub resident {
    my ($pages) = $t->read_file("/proc/$worker/statm") =~ /^\d+ (\d+)/;
    return $pages * 4096 / 1e6;
}

sub ask {
    my (@names) = @_;

    my $r = $t->request(POST => $path, {}, join '&',
        map { "packages%5B%5D=wp-plugin%2F$_" } @names);
    $r->{cache} = $r->{headers}{'x-cache'};

    return $r;
}

# those of p1 to p9 whose bits are set

sub some {
    my ($n) = @_;
    return map { 'p' . ($_ + 1) } grep { $n >> $_ & 1 } 0 .. 8;
}

sub hot { join ' ', map { $t->get($_)->{headers}{'x-cache'} }
                        '/p2/wp-plugin/hot.json', '/p2/wp-plugin/p1.json' }

# a zone takes nothing in before its first refresh has ended
$t->wait_for(sub { hot() eq 'HIT HIT' }, 'two documents are hot', 20);

my @ask = qw(big p1);
ask(@ask);
is(ask(@ask)->{cache}, 'HIT', 'an answer, too');
is(ask(reverse @ask)->{cache}, 'HIT', 'in whatever order');


# other packages each time, known and unknown, and much text about others

my (@wrong, $missed);
my $before = resident();

for my $n (1 .. 1500) {
    my @known = some($n % 512);
    my $r = ask('big', @known, "other-$n", map { "P$_-$n" } 1 .. $n % 500);

    my $told = join ',', $r->{content} =~ /"wp-plugin\/(p\d)":\[\]/g;
    push @wrong, $n if $r->{status} != 200 || $told ne join ',', @known;

    if ($n % 50 == 0) {
        $missed++ if hot() ne 'HIT HIT' || ask(@ask)->{cache} ne 'HIT';
    }
}

is("@wrong", '', '1,500 questions: each has its answer');
is($missed, undef, 'what is hot stays so');

# sanitizers keep what is freed
my $slack = -x $t->build_dir . '/nginx' ? 400 : 0;
my $grown = resident() - $before;

diag(sprintf '60 MB of answers: %.1f MB more', $grown);
cmp_ok($grown, '<', 20 + $slack, 'the memory is bounded');

is($t->error_log, '', 'nothing is in the log');

$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Whatever cites the wire contract, "C 21" or "C 7, 16", cites an entry that
# docs/contract.md has.


use strict;
use warnings;

use File::Find;
use Test::More;


sub lines {
    my ($file) = @_;

    open my $fh, '<', $file or die "$file: $!\n";
    return <$fh>;
}


my (%entry, %missing, $cited);

for my $line (lines('docs/contract.md')) {
    next if $line !~ /^\| C (\d+) \|/;
    ok(!$entry{$1}++, "C $1 stands once");
}

my @files = glob '*.c *.md';

find({ no_chdir => 1, wanted => sub {
    push @files, $_ if -f && !m{^t/(?:data|fuzz/corpus)/|^t/contract\.t$};
} }, qw(src sync-daemon docs t tools));

for my $file (@files) {
    for my $line (lines($file)) {
        while ($line =~ /\bC (\d+(?:(?:, | and |-)(?:C )?\d+)*)/g) {
            for my $n ($1 =~ /(\d+)/g) {
                $cited++;
                $missing{"C $n in $file"} = 1 if !$entry{$n};
            }
        }
    }
}

cmp_ok($cited, '>', 100, 'the contract is cited');
is(join(', ', sort keys %missing), '', 'and only entries that it has');

done_testing();

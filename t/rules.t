#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Each rule of docs/rules.md is named in a test that guards it, "R 7:" or
# "R 7, R 8:" before what is tested; and no test names one that there is not.


use strict;
use warnings;

use Test::More;


my (%title, %named);

open my $fh, '<', 'docs/rules.md' or die "rules.md: $!\n";

while (my $line = <$fh>) {
    $title{$1} = $2 if $line =~ /^\| R (\d+) \| ([^|]+) \|/;
}

is(join(' ', sort { $a <=> $b } keys %title), join(' ', 1 .. 39),
   'the list has 39 rules');

for my $file (grep { $_ ne 't/rules.t' }
              glob 't/*.t t/long/*.long t/unit/*.[ch] t/lib/Test/WPPkg/*.pm')
{
    open $fh, '<', $file or die "$file: $!\n";

    while (my $line = <$fh>) {
        while ($line =~ /\b((?:R \d+, )*R \d+): /g) {
            $named{$_}{$file} = 1 for $1 =~ /(\d+)/g;
        }
    }
}

for my $n (sort { $a <=> $b } keys %title) {
    ok($named{$n}, "R $n is named: $title{$n}");
    note('in ', join ', ', sort keys %{$named{$n}});
}

is(join(' ', grep { !$title{$_} } keys %named), '', 'and no other');

done_testing();

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# What code, tests and documents refer to is there: entries of the contract
# ("C 21", "C 7, 16") in docs/contract.md, rules ("R 7", "R 6-9") in
# docs/rules.md, and files of this repository, by their path or, for those
# with a prefix, by their name.


use strict;
use warnings;

use File::Find;
use Test::More;


# made by a build or by t/tools.t, and so not here
my $made = qr{^t/(?:(?:unit|fuzz|bench|lib)/\w+|s3\.t)$
              # in the recipe of CONTRIBUTING.md, and by t/module-answer.t
              |^t/unit/count\.c$|(?:^|/)wppkg_(?:count|echo)\.c$}x;

my %entry = (C => entries('C', 'docs/contract.md'),
             R => entries('R', 'docs/rules.md'));
my (%here, %named, %cited, %missing);

find({ no_chdir => 1, wanted => sub {
    my $path = s{^\./}{}r;

    $File::Find::prune = 1 if $path =~ m{^(?:build|\.git)$};
    $here{$path} = 1;
    $named{$1} = 1 if $path =~ m{([^/]+)$};
} }, '.');

for my $file (grep { -f && -T && !m{^t/(?:data|fuzz/corpus)/} } keys %here) {
    cites($file, slurp($file) =~ s{\n[ *\#;]*}{ }gr =~ s{\\\.}{.}gr);
}

for my $letter (qw(C R)) {
    cmp_ok($cited{$letter}, '>', 100, "entries $letter are cited");
    is(join(', ', sort keys %{$missing{$letter}}), '',
       "every $letter that is cited has an entry");
}

cmp_ok($cited{files}, '>', 100, 'files are named');
is(join(', ', sort keys %{$missing{files}}), '',
   'every file that is named is there');

done_testing();


sub entries {
    my ($letter, $file) = @_;
    my %found;

    ok(!$found{$_}++, "$letter $_ stands once in $file")
        for slurp($file) =~ /^\| $letter (\d+) \|/mg;

    return \%found;
}


sub cites {
    my ($file, $text) = @_;

    while ($text =~ /\b([CR]) (\d+(?:(?:, | and |-)(?:\1 )?\d+)*)\b/g) {
        my ($letter, $numbers) = ($1, $2);

        for my $n (map { /(\d+)-(?:. )?(\d+)/ ? $1 .. $2 : /(\d+)/ }
                   split /, | and /, $numbers)
        {
            $cited{$letter}++;
            $missing{$letter}{"$letter $n in $file"} = 1
                if !$entry{$letter}{$n};
        }
    }

    # "t/fuzz/NAME.c" and "t/module-*.t" are no names of files
    while ($text =~ m{(?<![\w/.\$\}\\-])
                      ((?:docs|t|tools|src|sync-daemon|debian|www|\.ci)
                       (?:/(?!NAME|corpus/NAME)[\w.-]*\w)++)
                      (?![/\$*\{%-]|\.\w)}gx)
    {
        known($file, $1, \%here);
    }

    while ($text =~ /(?<![\w*-])((?:ngx_wppkg|wppkg|syncd)_\w+\.[ch])\b/g) {
        known($file, $1, \%named);
    }
}


sub known {
    my ($file, $name, $all) = @_;

    $cited{files}++;
    $missing{files}{"$name in $file"} = 1 if !$all->{$name} && $name !~ $made;
}


sub slurp {
    my ($file) = @_;

    open my $fh, '<', $file or die "$file: $!\n";
    local $/;
    return scalar <$fh>;
}

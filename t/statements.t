#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# A statement is asked with as many types as it has parameters.  The compiler
# compares the types with the arguments; SQLite takes a parameter that nobody
# has bound for NULL.


use strict;
use warnings;

use Test::More;


# the position of the SQL, the first argument being 0
my %sql_at = (ask => 1, write => 1, one => 2, count => 2);

my $string = qr/"(?:[^"\\]|\\.)*"/;


# what is between a pair of parentheses, as arguments
sub arguments {
    my ($text) = @_;

    my ($depth, @args) = (0, '');

    while ($text =~ /($string|[(),]|[^"(),]+)/g) {
        my $part = $1;

        if ($part eq ')' && $depth-- == 0) {
            return @args;
        }

        $depth++ if $part eq '(';

        if ($part eq ',' && $depth == 0) {
            push @args, '';

        } else {
            $args[-1] .= $part;
        }
    }

    die "no end: $text\n";
}


# a literal, with macros that are one; undef: it is none
sub literal {
    my ($text, $macros) = @_;

    my $all = '';

    for my $part ($text =~ /($string|[^"\s]+)/g) {
        $part = $macros->{$part} // return undef if $part !~ /^"/;
        $all .= $_ for map { /^"(.*)"$/s } $part =~ /$string/g;
    }

    return $all;
}


sub text_of {
    my ($file) = @_;

    open my $fh, '<', $file or die "$file: $!\n";
    local $/;
    return <$fh> =~ s{/\*.*?\*/}{}gsr;
}


my (%macros, $asked, @variable);
my @files = glob 'src/core/*.[ch] sync-daemon/*.[ch] sync-daemon/*/*.[ch]';

for my $file (@files) {
    my $text = text_of($file) =~ s/\\\n//gr;
    $macros{$1} = $2 while $text =~ /^#define (\w+)\s+((?:$string\s*)+)$/mg;
}

for my $file (grep { !m{/wppkg_(?:catalogue|rows)\.[ch]$} } @files) {
    my $text = text_of($file);

    while ($text =~ /\bwppkg_catalogue_(ask|write|one|count)\(/g) {
        my @args = arguments(substr $text, pos $text);
        my ($sql, $types) = map { s{^\s+}{}r }
            @args[$sql_at{$1}, $sql_at{$1} + 1];
        my $name = $sql =~ /($string)/ ? "$file: $1" : "$file: $sql";

        $sql = literal($sql, \%macros);
        $types = literal($types, \%macros);

        if (!defined $sql || !defined $types) {
            push @variable, $name;
            next;
        }

        my ($parameters) = sort { $b <=> $a } 0, $sql =~ /\?(\d+)/g;
        my $bound = () = $types =~ /%(?:jd|d|s|\.\*s|p(?:%zu)?)/g;

        $asked++;
        is($bound, $parameters, $name) if $bound != $parameters;
    }
}

cmp_ok($asked, '>', 60, "$asked statements have as many types as parameters");
my ($room) = text_of('src/core/wppkg_handle.h')
    =~ /^#define WPPKG_STATEMENTS\s+(\d+)/m;

cmp_ok($asked, '<', $room / 2, "there is room for $room prepared ones");
is("@variable", 'src/core/wppkg_inspect_history.c: sql',
   'of all others the SQL stands in the call');

done_testing();

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Who may include whom.  A file belongs to a room; a rule says for a room which
# others it may use.  What is broken is printed as "FILE includes X", with the
# rule.


use strict;
use warnings;

use Test::More;


# src/core that the module has no use for: whatever leads to the writer
my $writer = 'wppkg_catalogue.h';

# the daemon's files that stand above the stages
my $top = qr/syncd_(?:backup|main|run|run_stages|service|setup|task)/;

# rooms of the daemon: what each may use, beside itself, "base" and src/core
my %rooms = (
    base   => [],
    advisories => [],
    dist   => [],
    import => [qw(wporg)],
    origin => [],
    s3     => [],
    svn    => [],
    wporg  => [],
    status => [],
    check_lock => [],
    stages => [qw(advisories dist import origin s3 svn wporg)],
    check  => [qw(advisories origin s3 svn wporg)],
    top    => [qw(advisories s3 svn wporg status stages check check_lock)],
);

my (%includes, %path);


sub room {
    my ($file) = @_;

    return 'core' if $file =~ m{^src/core/};
    return 'module' if $file !~ m{^sync-daemon/};
    return $1 if $file =~ m{^sync-daemon/(\w+)/};
    return $file =~ m{/$top\.} ? 'top' : 'base';
}


# all that a file includes, and what that includes, as far as they are ours
sub reach {
    my ($file, $seen) = @_;

    for my $path (grep { defined } map { $path{$_} } @{ $includes{$file} }) {
        reach($path, $seen) if !$seen->{$path}++;
    }

    return $seen;
}


# the header that a file stands behind: wppkg_inspect.h for inspect_history.c;
# but the table of answers stands above them, and their type below.  An answer
# may have no header, and stands for itself.
sub unit {
    my ($file) = @_;

    my ($name) = $file =~ m{(\w+)\.[ch]$};

    return 'table' if $file =~ /wppkg_answers\.c$/;

    for (my $of = $name; $of ne ''; $of =~ s/_?[^_]*$//) {
        return $of if $path{"$of.h"};
    }

    return $name;
}


# none, or the units of a circle that one can come back to $unit by
sub circle {
    my ($uses, $unit) = @_;

    my @ways = ([$unit]);
    my %seen;

    while (my $way = shift @ways) {
        for my $next (sort keys %{ $uses->{ $way->[-1] } }) {
            return @$way, $next if $next eq $unit;
            push @ways, [@$way, $next] if !$seen{$next}++;
        }
    }

    return;
}


sub rule {
    my ($rule, @broken) = @_;

    ok(!@broken, $rule) or diag "broken rule: $rule", map { "\n  $_" } @broken;
    return;
}


sub broken {
    my ($files, $may_not) = @_;

    my @broken;

    for my $file (sort @$files) {
        push @broken, map { "$file includes $_" }
            grep { $may_not->($_) } @{ $includes{$file} };
    }

    return @broken;
}


my @files = glob '*.c src/*/*.[ch] sync-daemon/*.[ch] sync-daemon/*/*.[ch]';

for my $file (@files) {
    open my $fh, '<', $file or die "$file: $!\n";
    $includes{$file} = [map { /^#include\s+[<"]([^>"]+)[>"]/ ? $1 : () } <$fh>];
    $path{$1} = $file if $file =~ m{([^/]+\.h)$};
}

my @core = grep { room($_) eq 'core' } @files;
my @module = grep { room($_) eq 'module' } @files;

cmp_ok(scalar @core, '>', 50, 'src/core is looked at');
cmp_ok(scalar @module, '>', 30, 'the module is looked at');

rule('src/core knows no nginx, no daemon, no libcurl',
     broken(\@core, sub { $_[0] =~ m{^(?:ngx_|syncd|curl/)} }));

# and what it links of src/core
open my $fh, '<', 'config' or die "config: $!\n";
my %linked = map { $_ => 1 } do { local $/; <$fh> } =~ /\b(wppkg_\w+\.c)\b/g;

push @module, grep {
    /(\w+\.c)$/ && $linked{$1}
        || /\.c$/ && grep { $_ eq 'wppkg_answers.h' } @{ $includes{$_} }
} @core;

rule('the module knows no daemon and no libcurl',
     broken(\@module, sub { $_[0] =~ m{^(?:syncd|curl/)} }));

rule("the module includes no header that leads to $writer",
     broken(\@module, sub {
         my $path = $path{ $_[0] };
         return defined $path
             && ($_[0] eq $writer || reach($path, {})->{ $path{$writer} });
     }));

for my $room (sort keys %rooms) {
    my @may = ($room, 'base', @{ $rooms{$room} });
    my @in = grep { room($_) eq $room } @files;

    ok(scalar @in, "sync-daemon has files in $room");

    rule("in sync-daemon $room uses " . join(', ', @may) . ' and src/core',
         broken(\@in, sub {
             my $path = $path{ $_[0] };
             return $_[0] =~ /^ngx_/ if !defined $path;
             my $of = room($path);
             return $of ne 'core' && !grep { $_ eq $of } @may;
         }));
}

is_deeply([sort keys %rooms],
          [sort keys %{{ map { room($_) => 1 } grep { /^sync/ } @files }}],
          'each folder of sync-daemon has a rule');

rule('status and check_lock only read: of src/core they use no table\'s own '
     . 'header',
     broken([grep { room($_) =~ /^(?:status|check_lock)$/ } @files], sub {
         my $path = $path{ $_[0] };
         return defined $path && room($path) eq 'core'
             && $_[0] !~ /^wppkg_(?:open|inspect|inspect_copy)\.h$/
             && reach($path, {})->{ $path{$writer} };
     }));

my (%uses, @circles, %told);

for my $file (@core) {
    for my $used (map { $path{$_} || () } @{ $includes{$file} }) {
        $uses{ unit($file) }{ unit($used) } = 1 if unit($file) ne unit($used);
    }
}

for my $unit (sort keys %uses) {
    my @circle = circle(\%uses, $unit);
    push @circles, join ' -> ', @circle
        if @circle && !$told{ join ' ', sort @circle[1 .. $#circle] }++;
}

rule('no files of src/core include each other in a circle', @circles);

done_testing();

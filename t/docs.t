#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# What the code offers, the documentation tells, and nothing else: directives,
# configuration keys, commands, options, make targets.

use strict;
use warnings;

use Test::More;


my $readme = slurp('README.md');
my $conf_example = slurp('wppkg.conf.example');
my $nginx_example = slurp('nginx.conf.example');
my $man = slurp('docs/wppkg-syncd.8') =~ s/\\//gr;


# directives of the module

my @directives = slurp('ngx_wppkg_module.c')
                 =~ /ngx_string\("(wppkg_\w+)"\)/g;

cmp_ok(scalar @directives, '>=', 3, 'directives in the source');

for my $directive (@directives) {
    says($readme, qr/^\#\#\#\#\ $directive\n\n.*\n.*\n
                     \|\ Syntax:\ \|\ \*\*$directive\*\*\ .*\n
                     \|\ Default:\ \|\ .*\n
                     \|\ Context:\ \|\ .*\n/mx,
         "README describes $directive");
    says($nginx_example, qr/^\s*$directive /m,
         "nginx.conf.example uses $directive");
}

is_deeply([ sort $readme =~ /^#### (wppkg_\w+)/mg ], [ sort @directives ],
          'README describes no other directive');


# keys of the configuration

my @keys = slurp('sync-daemon/syncd_conf.c')
           =~ /\{ "(\w+)", "(\w+)", SYNCD_CONF_/g;
my (%sections, @pairs);

while (my ($section, $key) = splice @keys, 0, 2) {
    push @pairs, "$section $key";
    $sections{$section} = 1;
}

cmp_ok(scalar @pairs, '>=', 10, 'keys in the source');

my @described = table_keys($readme);

is_deeply([ sort @described ], [ sort @pairs ],
          'the table in README has each key');
is_deeply([ sort(example_keys($conf_example)) ], [ sort @pairs ],
          'wppkg.conf.example has each key');

for my $pair (@pairs) {
    my ($section, $key) = split / /, $pair;
    says($man, qr/\[$section\].*\b$key\b/s, "the manual page has $pair");
}


# commands and options

my @commands = slurp('sync-daemon/syncd_main.c')
               =~ /^    \{ "(\w+)", "([^"]+)",$/mg;

cmp_ok(scalar @commands, '>=', 2 * 6, 'commands in the source');

while (my ($command, $usage) = splice @commands, 0, 2) {
    says($readme, qr/^\| `\Q$usage\E` \|/m, "README has \"$usage\"");
    says($man, qr/\b$command\b/, "the manual page has $command");
}

for my $option (qw(-c --help --version)) {
    says($readme, qr/\Q$option\E\b/, "README has $option");
    says($man, qr/\Q$option\E\b/, "the manual page has $option");
}

for my $variable (qw(WPPKG_S3_ACCESS_KEY_ID WPPKG_S3_SECRET_ACCESS_KEY
                     WPPKG_S3_SESSION_TOKEN)) {
    says($_, qr/\b$variable\b/, $variable)
        for slurp('sync-daemon/syncd_secrets.c'), $readme, $man;
}


# make targets whose names are fixed: other programs call them

my $makefile = slurp('Makefile');

for my $target (qw(help build demo demo-stop check check-long asan fuzz lint
                   bench-serve bench-update bench-sync deb install uninstall
                   clean))
{
    says($makefile, qr/^$target: .*## \S/m, "make $target, with its help");
}


# metrics that alerts are about

my $metrics = slurp('src/http/ngx_wppkg_report_prometheus.c');

for my $metric (slurp('docs/monitoring.md') =~ /\b(wppkg_\w+)\b/g) {
    next if $metric eq 'wppkg_status';
    says($metrics, qr/"$metric"/, "docs/monitoring.md knows $metric");
}


# commands as the README prints them: the user's shell, which can't read where
# the bucket's keys are, expands no pattern; mirrors begin where the feed does

my $prose = join ' ', split ' ', $readme;

ok($prose !~ /sudo rm [^`']*\*/, 'no pattern is expanded before sudo');
says($prose, qr{sudo sh -c 'rm -rf [^']*/etc/credstore/wppkg\.\*},
     'README removes the keys');

for my $file ('README.md', <docs/*.md>) {
    ok(slurp($file) !~ /(?<!sudo )journalctl /, "$file: the journal by sudo");
}

my ($restore) = $prose =~ /(sudo install -o wppkg .*? start wppkg-syncd) /;
says($restore // '', qr/ migrate .*audit --repair.* start wppkg-syncd\z/,
     'a restored catalogue: the bucket is put right before the service');

my ($first) = slurp('src/core/wppkg_publish.h') =~ /STAMP_MIN +INT64_C\((\d+)/;
says($prose, qr/number below $first\b/, 'README has the first timestamp');


# links within the repository

for my $link ($readme =~ /\]\(([^)#:]+)\)/g) {
    ok(-e $link, "README links to $link");
}

my %headings = map { s/[^\w -]//gr =~ s/ /-/gr => 1 }
               map { lc } $readme =~ /^#+ (.*)/mg;

for my $link ($readme =~ /\]\(#([^)]+)\)/g) {
    ok($headings{$link}, "README has a section $link");
}


# the licence: whatever states it states the same ("make lint" looks at the
# source files)

my ($deb) = slurp('debian/copyright') =~ /^License: BSD-2-Clause\n(.*)\z/ms;

is(join(' ', split ' ', $deb =~ s/^ \.$//mgr),
   join(' ', split ' ', slurp('LICENSE') =~ s/\A.*\n//r),
   'debian/copyright has the text of LICENSE');
like($readme, qr/\[BSD-2-Clause\]\(LICENSE\)/, 'README names it');

done_testing();


# a text of many lines is of no use in a failure's message

sub says {
    my ($text, $pattern, $name) = @_;
    ok($text =~ $pattern, $name);
}


# [section] and key of each line of the README's table

sub table_keys {
    my ($text) = @_;
    my ($section, @found);

    for my $line ($text =~ /^(\| .* \|)$/mg) {
        if ($line =~ /^\| `(\w+)` \| `\w+` \|/ && $sections{$1}) {
            $section = $1;
        }

        push @found, "$section $1"
            if defined $section && $line =~ /^\| (?:`\w+`)? ?\| `(\w+)` \|/;
    }

    return @found;
}


# keys that are set, and those that are shown in a comment

sub example_keys {
    my ($text) = @_;
    my ($section, %found);

    for my $line (split /\n/, $text) {
        if ($line =~ /^[#;]?\s?\[(\w+)\]/) {
            $section = $1;

        } elsif (defined $section && $line =~ /^[#;]?\s?(\w+) ?=/) {
            $found{"$section $1"} = 1;
        }
    }

    return keys %found;
}


sub slurp {
    my ($file) = @_;

    open my $fh, '<', $file or die "$file: $!\n";
    local $/;
    return scalar <$fh>;
}

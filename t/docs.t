#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# What the code offers, the documentation tells, and nothing else: directives,
# variables, configuration keys with their defaults, commands, options,
# environment variables, metrics, make targets.  Each has one place where it is
# described.  The examples use what they can.

use strict;
use warnings;

use Test::More;


my $readme = slurp('README.md');
my $directives = slurp('docs/directives.md');
my $conf_example = slurp('wppkg.conf.example');
my $nginx_example = slurp('nginx.conf.example');
my $man = join '', map { slurp($_) =~ s/\\//gr } <docs/*.[1-8]>;


# directives of the module

my @directives = slurp('ngx_wppkg_module.c')
                 =~ /ngx_string\("(wppkg_\w+)"\)/g;

cmp_ok(scalar @directives, '>=', 3, 'directives in the source');

for my $directive (@directives) {
    says($directives, qr/^\#\#\#\ $directive\n\n.*\n.*\n
                         \|\ Syntax:\ \|\ \*\*$directive\*\*\ .*\n
                         \|\ Default:\ \|\ .*\n
                         \|\ Context:\ \|\ .*\n/mx,
         "docs/directives.md describes $directive");
    says($nginx_example, qr/^\s*$directive /m,
         "nginx.conf.example uses $directive");
}

is_deeply([ sort $directives =~ /^### (wppkg_\w+)/mg ], [ sort @directives ],
          'docs/directives.md describes no other directive');


# variables of the module

my @variables = slurp('src/http/ngx_wppkg_variables.c')
                =~ /ngx_string\("(wppkg_\w+)"\)/g;

is_deeply([ sort $directives =~ /^\| `\$(wppkg_\w+)` \|/mg ],
          [ sort @variables ], 'docs/directives.md has each variable');

for my $variable (@variables) {
    says($nginx_example, qr/\$$variable\b/,
         "nginx.conf.example uses \$$variable");
}


# keys of the configuration, and their defaults

my @keys = slurp('sync-daemon/syncd_conf.c')
           =~ /\{ "(\w+)", "(\w+)", SYNCD_CONF_\w+,\s*\S+, (NULL|".*?"),/g;
my (%sections, @pairs, %default);

while (my ($section, $key, $default) = splice @keys, 0, 3) {
    push @pairs, "$section $key";
    $sections{$section} = 1;
    $default{"$section $key"} = $1 if $default =~ /^"(.+)"$/;
}

cmp_ok(scalar @pairs, '>=', 10, 'keys in the source');

my %described = table_keys(slurp('docs/configuration.md'));
my %shown = example_keys($conf_example);

is_deeply([ sort keys %described ], [ sort @pairs ],
          'docs/configuration.md has each key');
is_deeply([ sort keys %shown ], [ sort @pairs ],
          'wppkg.conf.example has each key');

for my $pair (@pairs) {
    my ($section, $key) = split / /, $pair;
    says($man, qr/\[$section\].*\b$key\b/s, "the manual page has $pair");

    next unless defined $default{$pair};
    is($described{$pair}, "`$default{$pair}`",
       "docs/configuration.md: default of $pair");
    is($shown{$pair}, $default{$pair}, "wppkg.conf.example: default of $pair");
}


# commands and options

my $commands = slurp('docs/commands.md');
my @commands = slurp('sync-daemon/syncd_main.c')
               =~ /^    \{ "(\w+)", "([^"]+)",$/mg;

cmp_ok(scalar @commands, '>=', 2 * 6, 'commands in the source');

while (my ($command, $usage) = splice @commands, 0, 2) {
    says($commands, qr/^\| `\Q$usage\E` \|/m, "docs/commands.md has \"$usage\"");
    says($man, qr/\b$command\b/, "the manual page has $command");

    for my $option ($usage =~ /(--[a-z-]+)/g) {
        says($man, qr/\Q$option\E\b/,
             "the manual page has $option of $command");
    }
}

for my $option (qw(-c --help --version)) {
    says($commands, qr/\Q$option\E\b/, "docs/commands.md has $option");
    says($man, qr/\Q$option\E\b/, "the manual page has $option");
}


# the environment: whatever is asked for is documented

my %asked = map { $_ => 1 }
            map { slurp($_) =~ /"((?:[A-Z\d]+_)+[A-Z]+)"/g }
            map { "sync-daemon/syncd_$_.c" } qw(secrets notify log);

cmp_ok(scalar keys %asked, '>=', 8, 'environment variables in the source');

for my $variable (sort keys %asked) {
    says($man, qr/\b$variable\b/, "the manual page has $variable");
    says(slurp('docs/s3.md'), qr/\b$variable\b/, "docs/s3.md has $variable")
        if $variable =~ /^(?:WPPKG|CREDENTIALS)_/;
}


# make targets whose names are fixed: other programs call them

my $makefile = slurp('Makefile');

for my $target (qw(help build demo demo-stop check check-long asan fuzz lint
                   bench-serve bench-update bench-sync bench-mirror deb
                   image check-image install uninstall clean))
{
    says($makefile, qr/^$target: .*## \S/m, "make $target, with its help");
}


# metrics: each is described, and alerts are about no other

my @metrics = map { slurp($_) =~ /"(wppkg_\w+)"/g } <src/*/*prometheus*.c>;
my $monitoring = slurp('docs/monitoring.md');

is_deeply([ sort $monitoring =~ /^\| `(wppkg_\w+)\b.*?` \|/mg ],
          [ sort @metrics ], 'docs/monitoring.md has each metric');

my %metric = map { $_ => 1 } @metrics;
my ($rules) = $monitoring =~ /^    groups:\n(.*?)^\S/ms;

is_deeply([ grep { !$metric{$_} } $rules =~ /\b(wppkg_\w+)/g ], [],
          'alerts are about metrics that exist');

for my $alert ($monitoring =~ /- alert: (\w+)/g) {
    says($monitoring, qr/^\|.*`$alert`.* \| /m, "what to do about $alert");
}


# commands as they are printed: the user's shell, which can't read where the
# bucket's keys are, expands no pattern; mirrors begin where the feed does

my @documents = ('README.md', 'CONTRIBUTING.md', <docs/*.md>);

for my $file (@documents) {

    if ($file eq 'docs/operations.md') {
        ok(slurp($file) !~ /sudo (?!-i\b)/, "$file: for a shell of root");

    } else {
        ok(slurp($file) =~ s/^ +Exec.*//gmr !~ /(?<!sudo )journalctl /,
           "$file: the journal by sudo");
    }

    ok(prose($file) !~ /sudo rm [^`']*\*/,
       "$file: no pattern is expanded before sudo");
}

my $operation = prose('docs/operations.md');

says($operation, qr{ sh -c 'rm -rf [^']*/etc/credstore/wppkg\.\*},
     'docs/operations.md removes the keys');

says($operation, qr{stop wppkg-syncd runuser -u wppkg -- wppkg-syncd restore (?#
                   )\S+ systemctl start wppkg-syncd },
     'docs/operations.md restores by the command, with the service stopped');

my ($first) = map { slurp($_) =~ /STAMP_MIN +INT64_C\((\d+)/ }
              <src/core/*.h>;
ok(defined $first, 'the first timestamp is in the source');
says(prose('docs/feed.md'), qr/\bbelow $first\b/,
     'docs/feed.md has the first timestamp');


# links within the repository

for my $file (@documents) {
    my ($dir) = $file =~ m{(.*/)};
    my @wrong;

    for my $link (slurp($file) =~ /\]\(([^):]+)\)/g) {
        my ($to, $heading) = $link =~ /^([^#]*)(?:#(.*))?$/;
        $to = $to eq '' ? $file : ($dir // '') . $to;
        push @wrong, $link unless -e $to
            && (! defined $heading || headings($to)->{$heading});
    }

    is_deeply(\@wrong, [], "$file: each link leads somewhere");
}

cmp_ok(scalar(() = $readme =~ /\n/g), '<=', 250, 'README is short');

my $list = slurp('docs/README.md');

ok($readme =~ m{\]\(docs/README\.md\)}, 'README leads to the list of pages');

for my $page (grep { $_ ne 'docs/README.md' } <docs/*.md>) {
    my ($name) = $page =~ m{/(.*)};
    ok($list =~ /\]\(\Q$name\E[)#]/, "which leads to $page");
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


# what is in one line, however it was broken into lines

sub prose {
    return join ' ', split ' ', slurp($_[0]);
}


# the anchors of a page

sub headings {
    my ($file) = @_;

    my %headings = map { s/[^\w -]//gr =~ s/ /-/gr => 1 }
                   map { lc } slurp($file) =~ /^#+ (.*)/mg;

    return \%headings;
}


# "section key" of each line of the table, with its default

sub table_keys {
    my ($text) = @_;
    my ($section, %found);

    for my $line ($text =~ /^(\| .* \|)$/mg) {
        if ($line =~ /^\| `(\w+)` \| `\w+` \|/ && $sections{$1}) {
            $section = $1;
        }

        $found{"$section $1"} = $2
            if defined $section
               && $line =~ /^\| (?:`\w+`)? ?\| `(\w+)` \| (.*?) \|/;
    }

    return %found;
}


# keys that are set, and those that are shown in a comment, with the value

sub example_keys {
    my ($text) = @_;
    my ($section, %found);

    for my $line (split /\n/, $text) {
        if ($line =~ /^[#;]?\s?\[(\w+)\]/) {
            $section = $1;

        } elsif (defined $section && $line =~ /^[#;]?\s?(\w+) ?= ?(.*)$/) {
            $found{"$section $1"} = $2;
        }
    }

    return %found;
}


sub slurp {
    my ($file) = @_;

    open my $fh, '<', $file or die "$file: $!\n";
    local $/;
    return scalar <$fh>;
}

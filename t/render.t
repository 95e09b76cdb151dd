#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Documents before the judge: Composer's own code (t/lib/check-document.php)
# reads what the renderer makes of every tag that we know of.


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Process ();


my @oracles = map { "t/data/versions/composer-normalize-$_.tsv" }
                  qw(oracle extra);

my $t = Test::WPPkg->new;
my $json = JSON::PP->new->utf8->canonical;
my $tool = "$t->{build}/t/lib/render";

-x $tool or die "$tool is missing: run \"make units\"\n";

my $oracle = $t->write_file('oracle.tsv',
                            join '', map { $t->read_file(Cwd::abs_path($_)) }
                                         @oracles);


# the strings of an oracle

sub strings {
    my ($file) = @_;

    my @strings;

    open my $fh, '<:encoding(UTF-8)', $file or die "$file: $!\n";

    while (my $line = <$fh>) {
        chomp $line;
        my ($string) = split /\t/, $line, -1;

        push @strings, $string if $string ne 'version';
    }

    return \@strings;
}


sub package_of {
    my ($type, $slug, $tags, %more) = @_;

    return {
        type => $type,
        slug => $slug,
        releases => [ map { [ $_, zip($type, $slug, $_) ] } @$tags ],
        %more,
    };
}


sub zip {
    my ($type, $slug, $tag) = @_;

    utf8::encode($tag);
    $tag =~ s/([^A-Za-z0-9._-])/sprintf '%%%02X', ord $1/ge;
    return "https://downloads.wordpress.org/$type/$slug.$tag.zip";
}


# Renders, lets Composer judge; returns its last line.

sub judge {
    my ($what, @packages) = @_;

    unlink map { $t->path($_) } qw(documents out err);

    my $lines = join '', map { $json->encode($_) . "\n" } @packages;
    my $in = $t->write_file('packages.jsonl', $lines);

    my $r = Test::WPPkg::Process::run([ $tool ], stdin => $lines,
        out => $t->path('documents'), err => $t->path('err'),
        timeout => 120,
        env => { Test::WPPkg::Process::sanitizer_env($t->dir, leaks => 1) });
    is($r->{code}, 0, "$what: rendered") or diag($r->{err});

    $r = Test::WPPkg::Process::run(
        [ 'php', '-d', 'memory_limit=512M', 't/lib/check-document.php',
          $oracle, $in, $t->path('documents') ],
        out => $t->path('out'), err => $t->path('err'), timeout => 240);

    my @complaints = split /\n/, $r->{out};
    my $count = pop @complaints;

    is($r->{code}, 0, "$what: Composer has judged") or diag($r->{err});
    is(scalar @complaints, 0, "$what: no complaint")
        or diag(map { "$_\n" } @complaints > 20 ? @complaints[0 .. 19]
                                                : @complaints);
    return $count // '';
}


my $strings = strings($oracles[0]);

cmp_ok(scalar @$strings, '>=', 5990, 'the oracle is all there');

# what is equal for Composer is one version: some hundred less than strings

like(judge('oracle', package_of('plugin', 'oracle', $strings,
                                replace => JSON::PP::true)),
   qr/^1 packages, 2 documents, 5\d\d\d versions$/,
   'every version of the oracle is published, each once');

like(judge('oracle, theme', package_of('theme', 'oracle', $strings)),
   qr/^1 packages, 2 documents, 5\d\d\d versions$/,
   'and of a theme');

$strings = strings($oracle);

like(judge('more strings', package_of('plugin', 'more', $strings,
                                      replace => JSON::PP::true)),
   qr/^1 packages, 2 documents, \d{4,5} versions$/,
   'so is every version of both oracles');


# what real plugins have tagged

my $tags = $json->decode($t->read_file(Cwd::abs_path(
    't/data/tags/svn-tags.json')));
my @real;

for my $slug (sort keys %$tags) {
    my @tags = @{$tags->{$slug}};

    push @real, package_of('plugin', $slug, \@tags, trunk => 1234567,
                           requires_php => '7.4', ceiling => $tags[-1]),
                package_of('plugin', $slug, [ reverse @tags ], trunk => 0,
                           ceiling => $tags[@tags / 2], author => 'Someone',
                           homepage => 'https://example.org/'),
                package_of('theme', $slug, \@tags, trunk => 1,
                           requires_php => '5.2.4');
}

like(judge('real tags', @real), qr/^36 packages, 72 documents, \d{4} /,
     'real tags are published');


# the same with the times of some of them, also twice in a row the same

for my $package (@real) {
    my $n = 0;
    $_->[2] = 1174115297 + 86400 * int(++$n / 3)
        for grep { length($_->[0]) % 2 } @{$package->{releases}};
}

like(judge('real tags with times', @real),
     qr/^36 packages, 72 documents, \d{4} /, 'so are their times');


# random packages: few tags and many, hostile texts, odd neighbours

srand 20;

my @texts = (undef, '', 'plain', "\x{1f418} \x{e9} \x{2028}\x{ffff}",
             '"}],"x":["', "a\\\n\t\x01\x7f</script>", '__unset', 'null');
my @phps = (undef, '', '7', '8.1', '5.2.4.1', '99999.0', 'PHP 7', '7.4 or 8');
my @homepages = (undef, 'https://example.org/a?b=c', 'javascript:alert(1)',
                 'https://', 'https://a b', 'http://a:99999/', 'http://a:b',
                 'https:///x', "https://\x{e9}.example/", 'https://a@b/',
                 'http://[', 'http://a]', 'http://a\\b', 'https://#');
my @random;

sub any { $_[rand @_] }

for my $n (1 .. 400) {
    my %tags = map { $_ => 1 } map { any(@$strings) } 1 .. rand 30;

    $tags{$_} = 1 for grep { rand() < 0.2 }
                      qw(1.0 v1.0 1.0.0 1.0-dev dev-trunk dev-a 2.0-beta1);

    my @tags = sort { rand() <=> 0.5 } sort keys %tags;
    my $package = package_of(any(qw(plugin theme)), "random-$n", \@tags,
        trunk => any(undef, 0, 4711),
        ceiling => rand() < 0.7 ? any(@tags, @$strings, qw(0.0 trunk 7.7))
                                : undef,
        download => any(undef, 'https://a/x.zip'),
        trunk_zip => any(undef, 'https://a/x.zip?y'),
        rand() < 0.5 ? (updated_at => 1297953678, updated => 20110217144118)
                     : (),
        description => any(@texts), author => any(@texts),
        homepage => any(@homepages), requires_php => any(@phps),
        author_url => any(@homepages), donate => any(@homepages),
        needs => any(undef, 'woocommerce', 'a b-c d'),
        map { $_ => JSON::PP::true } grep { rand() < 0.5 }
                                     qw(replace suggest));

    for my $release (@{$package->{releases}}) {
        $release->[1] = any('', 'ftp://a/b', 'https://a/b', 'https://a/%22')
            if rand() < 0.1;
        $release->[2] = any(1, 86400, 1297953678, 4102444800)
            if rand() < 0.5;
        @$release[2, 3] = ($release->[2] // 0, any(7, 3456789))
            if rand() < 0.2;
        @$release[2 .. 4] = (@$release[2, 3], any(qw(7.4 8.0.2)))
            if rand() < 0.3;
    }

    delete $package->{$_} for grep { !defined $package->{$_} } keys %$package;
    push @random, $package;
}

like(judge('random packages', @random),
     qr/^400 packages, 800 documents, \d{4} /,
     'random packages are published');

$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# What those have who come from wpackagist.org, wp-packages.org or WordPress.org's
# own repository: 700 packages, as these have described them in public lock
# files.  Each version is here and means the same, or there is a reason; the
# table of docs/switching.md says what differs.


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::About;
use Test::WPPkg::Captured;


my $t = Test::WPPkg->new(timeout => 900);
my $w = $t->wporg(options => [ '--downloads' ]);
my $json = JSON::PP->new->utf8->canonical;

my @from = ('wpackagist.org', 'wp-packages.org', 'WordPress.org');

my $all = captured();
my @ids = sort keys %$all;
my %many = map { my $from = $_; $from => scalar grep { $_->{from}{$from} }
                                         values %$all } @from;

cmp_ok($many{'wpackagist.org'}, '>', 500, 'packages of wpackagist.org');
cmp_ok($many{'wp-packages.org'}, '>', 100, 'packages of wp-packages.org');


offered($t, $w, map { $all->{$_} } @ids);


# version => what is said of it here, with the zips' own host

sub ours {
    my ($id) = @_;

    my ($name) = "wp-$id";
    my %of;

    for my $file ($name, "$name~dev") {
        my $document = $json->decode($t->get("/p2/$file.json")->{content});
        my %now;

        for my $version (@{$document->{packages}{$name}}) {
            %now = (%now, %$version);
            delete @now{grep { !ref $now{$_} && $now{$_} eq '__unset' }
                        keys %now};

            my $url = $now{dist} ? $now{dist}{url} : undef;
            my $at = $w->url;

            $of{normal($now{version})} = {
                %now, installers => $now{require}{'composer/installers'},
                reference => $now{source}{reference},
                url => $url && $url
                       =~ s{^\Q$at\E}{https://downloads.wordpress.org}r,
            };
        }
    }

    return \%of;
}


# the same for versions that are equal

sub normal {
    my ($version) = map { s/^v//ir } @_;

    return $version if $version !~ /^[0-9]+(?:\.[0-9]+){0,3}$/;

    my @n = map { $_ + 0 } split /\./, $version;
    return join '.', @n, (0) x (4 - @n);
}


# --- each version that they have

my (%told, %reasons, %held);

# what was wrong there, and is right here

my %wrong = map { $_ => 1 } (
    'wpackagist.org wpackagist-plugin/akismet 3.0.0 source',
    'wp-packages.org wp-theme/twentytwentyfive 1.4 source',
);

for my $id (@ids) {
    my $p = $all->{$id};
    my $here = ours($id);

    for my $from (sort keys %{$p->{from}}) {
        for my $e (values %{$p->{from}{$from}}) {
            compare($p, $id, $from, $e, $here->{normal($e->{version})});
        }
    }
}


sub compare {
    my ($p, $id, $from, $e, $is) = @_;

    my $what = what_is($p, $e);

    # what had no tag when it was published is in no repository any longer

    return $reasons{$from}{gone}++ if $what eq 'old';

    if (!$is) {
        my $why = why($id, $e->{version});

        $why ? $reasons{$from}{$why}++ : fail("$from: $e->{name} $e->{version}");
        note_it($from, 'tag above the published version', 'not here', $e)
            if $why eq 'above the published version';
        return;
    }

    note_it($from, "zip of $what", same($e->{url}, $is->{url}), $e);
    note_it($from, $what eq 'dev-trunk' ? "`source` of $what"
                   : '`source` of a tag',
            same($e->{reference}, $is->{reference}), $e)
        if $what =~ /tag$/ && $what !~ /without/ || $what eq 'dev-trunk';
    note_it($from, '`type`', same($e->{type}, $is->{type}), $e);
    note_it($from, 'required `composer/installers`',
            same($e->{installers}, $is->{installers}), $e)
        if $e->{installers} ne '~1.0' && $e->{installers} ne '~1.0 || ~2.0'
           || $from eq 'WordPress.org';
}


sub what_is {
    my ($p, $e) = @_;

    my $v = $e->{version};

    return 'dev-trunk' if $v eq 'dev-trunk';
    return 'a tag' if exists $p->{tags}{$v};
    return 'a published version without a tag' if $v eq $p->{stable};
    return 'old';
}


# the revision is not that of the day when it was locked

sub same {
    my ($theirs, $ours) = @_;

    return 'not there' if !defined $theirs || $theirs eq '-';

    s/^http:/https:/, s/^trunk@.*/trunk/ for $theirs, my $here = $ours // '';
    return $theirs eq $here ? 'same' : 'another';
}


sub note_it {
    my ($from, $row, $word, $e) = @_;

    $row =~ s/dev-trunk/`dev-trunk`/;
    push @{$told{$row}{$from}{$word}}, "$e->{name} $e->{version}";
}


# as "status" tells it; "" if it does not

sub why {
    my ($id, $version) = @_;

    $held{$id} ||= status_of($t, $id)->{versions}{held_back};

    for my $held (@{$held{$id}}) {
        return $held->{why} if grep { $_ eq $version } @{$held->{tags}};
    }

    return '';
}


# --- the table

my (undef, $table) = switching();
my %table = %$table;

is_deeply([ sort keys %{$table{'zip of a tag'}} ], [ sort @from ],
          'the table is of the three');

for my $row (sort keys %told) {
    ok($table{$row}, "\"$row\" is a row") or next;

    for my $from (@from) {
        my $words = $told{$row}{$from} || { 'not there' => [] };

        for my $word (keys %$words) {
            my @odd = grep { $word ne $table{$row}{$from} } @{$words->{$word}};

            next if $word ne 'not there' && !@odd;
            is_deeply([ grep { !$wrong{"$from $_ source"} } @odd ], [],
                      "$row, $from: \"$word\"");
        }

        ok((grep { $_ eq $table{$row}{$from} } keys %$words),
           "$row, $from: \"$table{$row}{$from}\"")
            or diag(join ' ', keys %$words);
    }
}

cmp_ok($reasons{'wpackagist.org'}{'above the published version'}, '>', 50,
       'versions with a reason');
is_deeply([ grep { $_ ne 'gone' && !/^above/ } map { keys %$_ }
            values %reasons ], [], 'there is no other');


# --- "check-lock" says the same of a lock file that has all of them

for my $from (@from[0, 1]) {
    my (@packages, %expected);

    for my $id (@ids) {
        my $p = $all->{$id};

        for my $e (values %{$p->{from}{$from} || {}}) {
            my $what = what_is($p, $e);

            push @packages, { name => $e->{name}, version => $e->{version},
                $e->{url} eq '-' ? () : (dist => { type => 'zip',
                                                   url => $e->{url} }) };
            # some had "v1.8" in the trunk, and then the tag "1.8"

            my $here = $what ne 'old' ? ($p->{above} // '') ne $e->{version}
                       : grep { normal($_) eq normal($e->{version}) }
                         keys %{$p->{tags}};

            $expected{"$e->{name} $e->{version}"} = $here ? 'here'
                                                          : 'no-version';
        }
    }

    my $lock = $json->encode({ packages => \@packages });
    my $r = $t->syncd({ stdin => $lock }, 'check-lock', '--json', '-');
    my $judged = $json->decode($r->{out})->{packages};
    my %verdict = map { ("$_->{package} $_->{version}" => $_->{verdict}) }
                  @$judged;

    is_deeply(\%verdict, \%expected, "check-lock: $from");
    is_deeply([ map { $_->{package} } grep { $_->{verdict} eq 'no-version'
                && !@{$_->{nearest}} } @$judged ], [],
              "check-lock: $from: there is always a nearest one");
}


$t->done;

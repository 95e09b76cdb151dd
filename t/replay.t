#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors

# Real commits of five plugins, replayed in their order into Subversion and
# into an API that answers from a cache for up to a day: at the end the
# catalogue has exactly the versions of the last revisions, for no more than
# 12 fetches a commit on average, none missed and none invented (rules R 8,
# R 9, R 15).
#
# Time passes by moving the times in the catalogue back: an hour later is what
# makes everything an hour older.


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::SVN;


my $cycle = 300;                      # seconds between two runs

my $t = Test::WPPkg->new;
my $w = $t->wporg;
my $plugins = Test::WPPkg::SVN->repository($t, 'plugins');
my $themes = Test::WPPkg::SVN->repository($t, 'themes');

my (%tags, %ever, %size, @commits);

open my $fh, '<', 't/data/svn-history/commits.tsv' or die "commits.tsv: $!\n";

while (my $line = <$fh>) {
    next if $line =~ /^#/;
    chomp $line;

    my ($time, $slug, $what) = split /\t/, $line;
    my @what = split / /, defined $what ? $what : '';

    if ($time == 0) {
        $tags{$slug} = { map { substr($_, 1) => 1 } @what };

    } else {
        push @commits, { time => $time, slug => $slug, what => \@what };
    }
}


# what the API would say, if it knew

sub offer {
    my ($slug) = @_;

    $ever{$slug}{$_} = 1 for keys %{$tags{$slug}};

    # without a published version nothing is held back
    $w->plugin($slug, {
        versions => { map { $_ => undef } keys %{$tags{$slug}} },
        version => 'trunk', download_link => $w->zip_url('plugin', $slug),
    });
}


sub put { [ put => ++$size{$_[0]}, $_[0] ] }


sub commit {
    my ($commit) = @_;

    my $slug = $commit->{slug};
    my @actions;

    for my $what (@{$commit->{what}}) {
        my ($sign, $tag) = $what =~ /^([-+~])(.*)/;

        if (!defined $sign) {
            push @actions, put("$slug/trunk/readme.txt");

        } elsif ($sign eq '+') {
            push @actions, [ cp => 'HEAD', "$slug/trunk",
                             "$slug/tags/$tag" ];
            $tags{$slug}{$tag} = 1;

        } elsif ($sign eq '-') {
            push @actions, [ rm => "$slug/tags/$tag" ];
            delete $tags{$slug}{$tag};

        } else {
            push @actions, put("$slug/tags/$tag/readme.txt");
        }
    }

    $plugins->commit(@actions);
    offer($slug);
}


for my $slug (sort keys %tags) {
    $plugins->commit((map { [ mkdir => "$slug$_" ] } '', '/trunk', '/tags',
                      map { "/tags/$_" } sort keys %{$tags{$slug}}),
                     put("$slug/trunk/readme.txt"));
    offer($slug);
}

my $svn = $plugins->serve;
my $other = $themes->serve;

$t->configure(wporg => {
    api_url => $w->url, plugins_svn => $svn->url, themes_svn => $other->url,
    recheck => '0',
});

my $clock = 0;
$w->clock($clock);

is($t->syncd('migrate')->{code}, 0, 'migrate');
my $r = $t->syncd('run', '--once', '--source=svn');
is($r->{code}, 0, 'the first run') or diag($r->{err});
is($t->sql_value("SELECT count(*) FROM packages WHERE state = 'active'"),
   scalar keys %tags, 'has the plugins as they are');


# Moves the clock, and says when the next package is due: undef, none is.

sub advance {
    my ($to) = @_;

    my $by = $to - $clock;
    $clock = $to;
    $w->clock($clock);

    $t->sql("UPDATE packages SET changed_at = changed_at - $by,"
            . " window_at = window_at - $by,"
            . " next_check_at = next_check_at - $by"
            . ' WHERE changed_rev > synced_rev');
}

sub next_due {
    my $next = $t->sql_value('SELECT max(0, min(next_check_at)'
                             . ' - unixepoch()) FROM packages'
                             . ' WHERE changed_rev > synced_rev');
    return defined $next ? $clock + $next : undef;
}


# --- the replay

$w->clear_requests;

my ($runs, $failed) = (0, '');
my $commits = @commits;
my $due;

while (@commits || defined $due) {
    my ($next) = sort { $a <=> $b } grep { defined }
                 $due, @commits ? $commits[0]{time} : ();

    my $tick = int(($next + $cycle - 1) / $cycle) * $cycle;
    $tick = $clock + $cycle if $tick <= $clock;
    advance($tick);

    my $new = 0;

    while (@commits && $commits[0]{time} <= $tick) {
        commit(shift @commits);
        $new++;
    }

    my $run = $t->syncd($new ? ('run', '--once', '--source=svn') : 'update');
    $failed .= "$run->{out}$run->{err}" if $run->{code} || $run->{err};
    $runs++;

    $due = next_due();
}

is($failed, '', "$runs runs, all of them good");

my $fetches = 0;

for my $request ($w->requests) {
    my ($slugs) = $request->{query} =~ /\[slugs?\]=([^&]*)/;
    $fetches += () = split /,/, $slugs;
}

cmp_ok($fetches / $commits, '<=', 12, sprintf 'R 15: %d fetches for %d '
       . 'commits, %.1f a commit', $fetches, $commits, $fetches / $commits);
cmp_ok($fetches, '>', $commits, 'the cache was in the way');

is($t->sql_value('SELECT count(*) FROM packages'
                 . ' WHERE changed_rev > synced_rev OR commits > 0'
                 . ' OR next_check_at IS NOT NULL'), 0, 'all is settled');

for my $slug (sort keys %tags) {
    my @have = map { $_->[0] } $t->sql(
        "SELECT json_extract(value, '\$.tag') FROM packages,"
        . " json_each(versions) WHERE slug = '$slug' ORDER BY 1");

    is_deeply(\@have, [ sort keys %{$tags{$slug}} ],
              "$slug: exactly the versions of its last revision");

    is($t->sql_value("SELECT count(*) FROM documents"
                     . " WHERE path = 'p2/wp-plugin/$slug.json'"
                     . ' AND content_hash IS NOT NULL'), 1,
       'and a document');
}


# --- without R 15 there would be something missing: the test can fail

my $stale = grep { -s $_ } glob $t->dir . '/wporg/cache/*';
is($stale, scalar keys %tags, 'every plugin was answered from the cache');

$_->stop for $svn, $other;

$t->done;

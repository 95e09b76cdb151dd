#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# What WordPress.org counts of a package comes with the answer that tells of
# its versions: it costs no request, and a change of it changes no document,
# uploads nothing and announces nothing.


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;
my $w = $t->wporg;

my %akismet = (name => 'Akismet', short_description => 'No spam.',
               tags => { 'anti-spam' => 'Anti-Spam', comments => 'comments' },
               active_installs => 5000000, downloaded => 300000000,
               rating => 92, num_ratings => 1100, added => '2005-10-20');

$w->plugin('akismet', { %akismet });
$w->plugin('hello', { name => 'Hello' });
$w->theme('twentyten', { active_installs => 90000, downloaded => 7,
                         tags => { blog => 'Blog' },
                         creation_time => '2010-06-17 09:08:07' });

$t->configure(wporg => { api_url => $w->url, contact => 'tests' });
$t->write_file('list', "plugin/akismet\nplugin/hello\ntheme/twentyten\n");

is($t->syncd('migrate')->{code}, 0, 'migrate');
is($t->syncd('discover', '--source=list', $t->dir . '/list')->{code}, 0,
   'discover');

sub update {
    $t->sql('UPDATE packages SET next_check_at = 1');
    $w->clear_requests;
    return $t->syncd('update');
}

sub popularity {
    return join "\n", map { join ' ', map { defined $_ ? $_ : '-' } @$_ }
        $t->sql('SELECT slug, tags, installs, downloads, rating, ratings,
                 added_at FROM popularity JOIN packages ON id = package_id
                 ORDER BY slug');
}

sub documents {
    return join "\n", map { join ' ', map { defined $_ ? $_ : '-' } @$_ }
        $t->sql('SELECT path, hex(content_hash), content_changed_at,
                 published_at, generation FROM documents ORDER BY path');
}

my $r = update();
is($r->{code}, 0, 'update') or diag $r->{err};

my @api = grep { $_->{path} =~ /info/ } $w->requests;
is(scalar @api, 2, 'one request for the plugins, one for the theme');

is(popularity(), join("\n",
    'akismet Anti-Spam, comments 5000000 300000000 92 1100 1129766400',
    'hello - 1000 54321 90 12 1326412800',
    'twentyten Blog 90000 7 90 12 1276732800'), 'what it counts is there');

# it changes every day

my $documents = documents();

$w->plugin('akismet', { %akismet, downloaded => 300000077,
                        active_installs => 6000000, rating => 93,
                        tags => { spam => 'Spam' } });
$r = update();
is($r->{code}, 0, 'update, with other numbers') or diag $r->{err};
like($r->{out}, qr/^update: 3 fetched, 2 requests/m,
     'no document has changed');
is(scalar(grep { $_->{path} =~ /info/ } $w->requests), 2, 'two requests');
is(documents(), $documents, 'nothing is announced anew');
like(popularity(), qr/^akismet Spam 6000000 300000077 93 /m,
     'the new numbers are there');

# and it goes with the package

$w->write_json('plugin/akismet.json', JSON::PP::encode_json({
    error => 'closed', name => 'Akismet', slug => 'akismet', closed => \1,
    description => 'This plugin has been closed.', closed_date => '2026-11-01',
    reason => \0, reason_text => \0 }));
$r = $t->syncd('update', 'plugin/akismet');
is($r->{code}, 0, 'update of a closed package') or diag $r->{err};
unlike(popularity(), qr/akismet/, 'nobody finds it any more');

$w->plugin('akismet', { %akismet });
$t->syncd('update', 'plugin/akismet');
like(popularity(), qr/^akismet Anti-Spam, comments 5000000 /m,
     'it comes back with all that is known');

$r = $t->syncd('remove', 'plugin/akismet');
is($r->{code}, 0, 'remove') or diag $r->{err};
unlike(popularity(), qr/akismet/, 'and is taken out');
ok(eval { $t->sql("INSERT INTO search (search, rank)
                   VALUES ('integrity-check', 1)"); 1 },
   'the index has what the packages say') or diag $@;

$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# "add" and "remove": a package that is taken out is gone for clients, mirrors
# and the bucket, and stays out, whatever a list or Subversion says, until it
# is added again; a kill leaves all of it or nothing.


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Mirror;
use Test::WPPkg::Process qw(alive);
use Test::WPPkg::S3Mock;
use Test::WPPkg::SVN;
use Time::HiRes ();


my $t = Test::WPPkg->new;
my $w = $t->wporg;
my $db = $t->catalogue;

my %conf = (catalogue => { path => $db, list => $t->path('list') },
            wporg => { recheck => 0 }, http => { retries => 0 });

sub value { $t->sql_value("SELECT count(*) FROM $_[0]") }

sub fails {
    my ($r, $code, $like, $name) = @_;

    is($r->{code}, $code, "$name: exit code $code");
    like($r->{err}, qr/\A[^\n]*$like[^\n]*\n\z/, "$name: one line says why");
}

sub does {
    my ($like, @command) = @_;

    my $r = $t->syncd(@command);
    is($r->{code}, 0, "@command") or diag($r->{err});
    like($r->{out}, $like, "@command: says what it did");
    return $r;
}


# --- usage

$t->configure(%conf);
is($t->syncd('migrate')->{code}, 0, 'migrate');

for my $command (qw(add remove)) {
    fails($t->syncd($command), 2, qr/$command needs a PACKAGE; try/, $command);
    fails($t->syncd($command, 'akismet'), 2,
          qr/"akismet" is neither plugin\/SLUG nor/, "$command akismet");
    fails($t->syncd($command, 'plugin/one', 'plugin/a..b'), 2,
          qr/"plugin\/a..b": .*; try/, "$command of what cannot be");
    fails($t->syncd($command, '--all'), 2, qr/unknown option "--all"/,
          "$command --all");
}

is(value('packages'), 0, 'nothing was done');
is($w->requests, 0, 'nor asked');


# --- add, remove, add again

$w->plugin($_, { versions => { '1.0' => undef, '1.1' => undef } })
    for qw(one two three);
$w->theme('one');

does(qr/^add: 3 added, .*\nupdate: 3 fetched, /m, 'add', 'plugin/one',
     'plugin/two', 'theme/one');
does(qr/^add: 1 known, .*\nupdate: 1 fetched, /m, 'add', 'plugin/one');
is($t->syncd('run', '--once')->{code}, 2, 'a list that is not there')
    if !-e $t->path('list');

$t->write_file('list', "plugin/one\nplugin/two\nplugin/three\n");
does(qr/^discover: 1 added, 2 known/m, 'run', '--once');

$t->nginx(locations => "location / { wppkg_catalogue $db; }");
my $mirror = Test::WPPkg::Mirror->new(url => $t->nginx_url);
ok($mirror->run, 'a mirror') or diag($mirror->{trouble});

my %dates = map { @$_ } $t->sql('SELECT path, content_changed_at'
                                . ' FROM documents');

does(qr/^remove: 1 removed, /m, 'remove', 'plugin/one');
is($t->get("/p2/wp-plugin/one$_.json")->{status}, 404, "one$_ is gone")
    for '', '~dev';
is($t->get('/p2/wp-theme/one.json')->{status}, 200, 'the theme is not');
unlike($t->get('/packages/list.json')->{content}, qr/wp-plugin\/one/,
       'it is in the list no more');
is(value("tags JOIN packages ON packages.id = package_id WHERE slug = 'one'"
         . " AND type = 'plugin'"), 0, 'nothing is left of it');

ok($mirror->run, 'the mirror comes again') or diag($mirror->{trouble});
is($mirror->{count}{delete}, 1, 'and is told');
is(join(' ', grep { m{wp-plugin/one} } keys %{$mirror->{files}}), '',
   'it has it no more');

does(qr/^discover: 2 known, 1 unwanted/m, 'run', '--once');
is($t->get('/p2/wp-plugin/one.json')->{status}, 404, 'a list does not matter');
fails($t->syncd('update', 'plugin/one'), 1,
      qr/plugin\/one is not in the catalogue; take it in with "add"/,
      'update of it');
fails($t->syncd('status', 'plugin/one'), 1,
      qr/plugin\/one was removed, \d{4}-\S+, and stays out: "add"/, 'status');
like($t->syncd('status')->{out}, qr/^removed: +plugin\/one$/m, 'status of all');
is_deeply([ map { $_->{package} } @{JSON::PP::decode_json(
              $t->syncd('status', '--json')->{out})->{unwanted}{latest}} ],
          [ 'plugin/one' ], 'to programs too');

does(qr/^remove: 2 not there, /m, 'remove', 'plugin/one', 'plugin/none');
does(qr/^add: 1 added, .*\nupdate: 1 fetched, /m, 'add', 'plugin/one');
is($t->get('/p2/wp-plugin/one.json')->{status}, 200, 'it is there again');
like($t->get('/packages/list.json')->{content}, qr/"wp-plugin\/one"/,
     'in the list too');

my %again = map { @$_ } $t->sql('SELECT path, content_changed_at'
                                . ' FROM documents');
cmp_ok($again{'p2/wp-plugin/one.json'}, '>', $dates{'p2/wp-plugin/one.json'},
       'C 38: newer than ever');

ok($mirror->run, 'the mirror has it again') or diag($mirror->{trouble});
is(scalar(grep { m{wp-plugin/one} } keys %{$mirror->{files}}), 2,
   'both files');


# --- a whole catalogue claims what it does not have, this too

$t->configure(%conf, repository => { authority => 'whole' });
does(qr/^remove: 1 removed/m, 'remove', 'plugin/one');
my $r = $t->get('/p2/wp-plugin/one.json');
is($r->{status}, 200, 'a whole catalogue: its name is claimed');
is($r->{content},
   '{"packages":{"wp-plugin/one":[]},"minified":"composer/2.0"}',
   'as any that it does not know');


# --- Subversion: neither listing nor commits bring it back

my $plugins = Test::WPPkg::SVN->repository($t, 'plugins');
my $themes = Test::WPPkg::SVN->repository($t, 'themes');
$plugins->commit(map { [ mkdir => $_ ] } qw(one two four));
my ($p, $h) = map { $_->serve } $plugins, $themes;

$t->configure(%conf, wporg => { follow => 'on', plugins_svn => $p->url,
                                themes_svn => $h->url });
does(qr/^discover: /m, 'discover', '--source=svn');
is(value("packages WHERE slug = 'four'"), 1, 'the listing is read');
is(value("packages WHERE slug = 'one' AND type = 'plugin'"), 0,
   'but does not bring it back');

$plugins->commit([ mkdir => 'one/trunk' ], [ mkdir => 'one/tags' ],
                 [ mkdir => 'five' ]);
$plugins->commit([ mkdir => 'one/tags/2.0' ]);
does(qr/^discover: /m, 'discover', '--source=svn');
is(value("packages WHERE slug = 'five'"), 1, 'commits are read');
is(value("packages WHERE slug = 'one' AND type = 'plugin'"), 0,
   'but do not bring it back either');
$_->stop for $p, $h;


# --- a bucket

my $m = Test::WPPkg::S3Mock->new($t);
my $keys = { env => $m->keys };

$t->configure(%conf, $m->bucket(), repository => {
    changes_url => $t->nginx_url . '/metadata/changes.json' });
is($t->syncd($keys, 'run', '--once')->{code}, 0, 'to a bucket');
is($m->object('p2/wp-plugin/two.json')->{status}, 200, 'it is there');

my $since = $t->sql_value("SELECT value FROM meta WHERE name ="
                          . " 'feed_watermark'");
sub feed { $t->get("/metadata/changes.json?since=$since")->{content} }

does(qr/^remove: 1 removed/m, $keys, 'remove', 'plugin/two');
unlike(feed(), qr/"delete"/, 'nothing is announced yet');
is($t->syncd($keys, 'sync')->{code}, 0, 'sync');
is($m->object("p2/wp-plugin/two$_.json")->{status}, 404, "two$_ is gone")
    for '', '~dev';
like(feed(), qr/"delete","package":"wp-plugin\/two"/, 'C 36: now it is told');
$m->stop;


# --- killed

$t->configure(%conf);
my @many = map { "plugin/many-$_" } 1 .. 60;
$w->plugin(s/^plugin\///r) for @many;
is($t->syncd('add', @many)->{code}, 0, 'many');

# those that are half there: a row or a file too many or too few

sub halves {
    return value(
        "(SELECT slug FROM packages WHERE slug LIKE 'many-%'"
        . " AND state = 'active'"
        . " AND (SELECT count(content_hash) FROM documents"
        . "      WHERE package_id = packages.id) <> 2"
        . " UNION ALL SELECT path FROM documents WHERE path LIKE '%many-%'"
        . " AND (content_hash IS NULL) <> (package_id IS NULL)"
        . " UNION ALL SELECT slug FROM unwanted NATURAL JOIN packages"
        . " UNION ALL SELECT path FROM documents WHERE path LIKE '%many-%'"
        . " AND content_hash IS NULL AND published_gone = 0)");
}

my ($killed, @wrong) = (0);
my $start = Time::HiRes::time();
is($t->syncd('remove', $many[0])->{code}, 0, 'one of them');
my $takes = Time::HiRes::time() - $start;

for my $round (1 .. 24) {
    my ($command, @of) = $round % 3 == 0 ? ('add', @many[0 .. 59])
                                         : ('remove', @many[0 .. 59]);
    my $deadline = Time::HiRes::time() + $takes * (0.2 + rand(1.2));
    my $pid = $t->start([ $t->build_dir . '/wppkg-syncd', '-c',
                          $t->path('wppkg.conf'), $command, @of ],
                        out => $t->path('daemon.out'),
                        err => $t->path('daemon.err'),
                        env => { $t->environment });

    while (alive($pid)) {
        kill 'KILL', -$pid if Time::HiRes::time() > $deadline;
        Time::HiRes::sleep(0.002);
    }

    $killed++ if ($? & 127) == 9;
    next if $command eq 'add';
    push @wrong, "round $round: " . halves() if halves();
}

cmp_ok($killed, '>', 3, 'some were killed');
is("@wrong", '', 'none is half there');
is($t->syncd('remove', @many)->{code}, 0, 'the rest');
is(value("packages WHERE slug LIKE 'many-%'"), 0, 'all are gone');
is(value("unwanted WHERE slug LIKE 'many-%'"), 60, 'all stay out');
is($t->sql_value('PRAGMA integrity_check'), 'ok', 'the catalogue is whole');
is(value('pragma_foreign_key_check'), 0, 'no row belongs to nobody');

$t->done;

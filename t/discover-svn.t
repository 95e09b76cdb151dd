#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# discover --source=svn against Apache with mod_dav_svn: rules R 1 to R 9.


use strict;
use warnings;

use Test::More;

use lib 't/lib';
use Test::WPPkg;
use Test::WPPkg::SVN;


my $t = Test::WPPkg->new;

my $plugins = Test::WPPkg::SVN->repository($t, 'plugins',
                                           't/data/svn/lab.svndump.gz');
my $themes = Test::WPPkg::SVN->repository($t, 'themes');

$themes->commit([ mkdir => 'twentyten' ], [ mkdir => 'twentyten/1.0' ]);

my $p = $plugins->serve;
my $h = $themes->serve(config => 'SetOutputFilter DEFLATE');


sub configure {
    my (%wporg) = @_;

    $t->configure(wporg => {
        api_url => 'http://127.0.0.1:9', contact => 'tests@example.org',
        plugins_svn => $p->url, themes_svn => $h->url, %wporg,
    }, http => { retries => 1 });
}


# the requests that Apache has seen are in {plugins} and {themes}

sub discover {
    my ($code, $what) = @_;

    $_->clear_requests for $p, $h;

    my $r = $t->syncd('discover', '--source=svn');

    is($r->{code}, $code, "$what: exit code")
        or diag($r->{out}, $r->{err});

    return $r;
}

# The log is written after the answer: it may not be there yet.

sub asked {
    my ($server, $expected, $name) = @_;

    my $n = () = $expected =~ /\S+/g;

    $server->wait_for_requests($n);
    is(requests($server->requests), $expected, $name);
}


sub requests { join ' ', map { (split)[0] } @_ }

sub meta {
    my ($name) = @_;
    return $t->sql_value("SELECT value FROM meta WHERE name = '$name'");
}

sub set_cursor {
    my ($value) = @_;
    $t->sql("UPDATE meta SET value = $value WHERE name ="
            . " 'svn_cursor_plugin'");
}

# columns of one plugin

sub plugin {
    my ($slug, @columns) = @_;

    my ($row) = $t->sql('SELECT ' . join(', ', @columns) . ' FROM packages'
                        . " WHERE type = 'plugin' AND slug = '$slug'");
    return $row ? join ' ', map { defined $_ ? $_ : '-' } @$row : undef;
}

sub tag {
    my ($slug, $tag) = @_;

    my ($row) = $t->sql('SELECT first_rev, first_at, last_rev, last_at'
        . ' FROM tags JOIN packages ON packages.id = package_id'
        . " WHERE slug = '$slug' AND tag = '$tag'");
    return $row ? join ' ', map { defined $_ ? $_ : '-' } @$row : undef;
}

sub slugs {
    return join ' ', map { "$_->[0]/$_->[1]" }
        $t->sql('SELECT type, slug FROM packages ORDER BY type, slug');
}

sub reset_catalogue {
    unlink glob $t->dir . '/catalogue/*';
    is($t->syncd('migrate')->{code}, 0, 'migrate');
}

# every package and tag, dates of ours aside

sub dump_all {
    return join "\n", map { join ' ', map { defined $_ ? $_ : '-' } @$_ }
        $t->sql('SELECT type, slug, state, changed_rev, changed_at,'
            . ' synced_rev, trunk_revision, trunk_changed_at, next_check_at'
            . ' FROM packages ORDER BY type, slug'),
        $t->sql('SELECT slug, tag, first_rev, first_at, last_rev, last_at'
            . ' FROM tags JOIN packages ON packages.id = package_id'
            . ' ORDER BY type, slug, tag');
}


configure();
reset_catalogue();

# R 1, R 3: the first time HEAD is stored and the listing taken

my $r = discover(0, 'first run');

is($r->{err}, '', 'first run: nothing to complain of');
like($r->{out}, qr/^discover: 3 added, 6 skipped, 4 req/,
     'first run: summary');
is(slugs(), 'plugin/akismet plugin/top-level theme/twentyten',
   'R 1: only names of packages, no file, no footer');
is(meta('svn_cursor_plugin'), 17, 'R 3: the first time HEAD is stored');
is(meta('svn_cursor_theme'), 1, 'R 3: and that of the themes');
is(meta('svn_listing_etag_plugin'), 'W/"17//"', 'R 1: the ETag is kept');

$p->wait_for_requests(2);
$h->wait_for_requests(2);
asked($p, 'OPTIONS GET', 'first run: no log is read');
like(($h->requests)[1], qr/^GET \/ 200 gzip wppkg-syncd\/\S+ \(tests\@/,
     'R 18: the listing comes gzipped, User-Agent names us');

# nothing happened

$r = discover(0, 'nothing new');
is($r->{out} =~ /(\d+) requests/ && $1, 2, 'nothing new: a request each');
asked($p, 'OPTIONS', 'nothing new: no log, no listing');


# the lab's history: all four kinds of path, awkward names

set_cursor(0);
$t->sql("UPDATE packages SET state = 'closed', synced_rev = 2,"
        . " next_check_at = 9999999999 WHERE slug = 'akismet'");

$r = discover(0, 'all of the log');
like($r->{out}, qr/^discover: 1 added, 17 revisions/, 'all of the log');
asked($p, 'OPTIONS REPORT', 'R 2: one report');
is(meta('svn_cursor_plugin'), 17, 'R 3: as far as was returned');

is(plugin('akismet', qw(changed_rev trunk_revision state synced_rev
                        next_check_at)), '17 17 closed 2 -',
   'R 8: a closed package is marked, and stays closed');
is(plugin('akismet', 'changed_at'), $plugins->date(17),
   "R 7: the revision's date");
is(tag('akismet', '1.0'), join(' ', 5, $plugins->date(5), 10,
                               $plugins->date(10)),
   'R 9: the first revision of a tag, and the last');
is(plugin('jetpack', qw(changed_rev trunk_revision)), '13 6',
   'R 5: a deleted package is marked');
is(plugin('top-level', qw(changed_rev trunk_revision)), '15 15',
   'R 7: an added package moves the trunk');
is(slugs(), 'plugin/akismet plugin/jetpack plugin/top-level'
   . ' theme/twentyten', 'R 1: names in the log are held to the same rule');


# commits, each by itself

my $rev = $plugins->commit([ put => 'x', 'akismet/trunk/new.php' ]);
discover(0, 'trunk');
is(plugin('akismet', qw(changed_rev trunk_revision)), "$rev $rev", 'trunk');

my $before = plugin('akismet', 'trunk_revision');
$rev = $plugins->commit([ cp => 'HEAD', 'akismet/trunk',
                          'akismet/tags/2.0' ]);
discover(0, 'tag');
is(plugin('akismet', qw(changed_rev trunk_revision)), "$rev $before",
   'R 7: a tag does not move the trunk');
is(tag('akismet', '2.0'), join(' ', ($rev, $plugins->date($rev)) x 2),
   'a new tag');

my $again = $plugins->commit([ put => 'y', 'akismet/tags/2.0/new.php' ]);
discover(0, 'tag again');
is(plugin('akismet', 'changed_rev'), $again,
   'R 9: a commit to a tag that is there');
is(tag('akismet', '2.0'),
   join(' ', $rev, $plugins->date($rev), $again, $plugins->date($again)),
   'R 9: it keeps its first date');

$rev = $plugins->commit([ rm => 'akismet/tags/2.0' ],
                        [ cp => 'HEAD', 'akismet/trunk',
                          'akismet/tags/2.0' ]);
discover(0, 're-tag');
is(plugin('akismet', 'changed_rev'), $rev, 'R 5: a replaced tag');
is((split ' ', tag('akismet', '2.0'))[2], $rev, 'R 5: seen');

my $old = dump_all();
$plugins->commit([ put => 'z', 'akismet/assets/banner.png' ]);
$plugins->commit([ mkdir => 'akismet/branches' ]);
$plugins->commit([ put => 'z', 'README2.txt' ]);
discover(0, 'nothing that matters');
is(dump_all(), $old, 'assets, branches and files beside cost no fetch');
is(meta('svn_cursor_plugin'), $plugins->youngest, 'and are passed');

$rev = $plugins->commit([ mkdir => 'new-one' ], [ mkdir => 'new-one/trunk' ],
                        [ mkdir => 'new-one/tags' ], [ mkdir => 'Bad_One' ],
                        [ put => 'a', 'akismet/trunk/readme.txt' ],
                        [ rm => 'top-level' ]);
$r = discover(0, 'several in one commit');
like($r->{out}, qr/^discover: 1 added, 1 revision, /,
     'several: summary, of one revision');
is(plugin($_, 'changed_rev'), $rev, "several in one commit: $_")
    for qw(akismet new-one top-level);
is(plugin('top-level', 'trunk_revision'), 15, 'a deletion moves no trunk');

$rev = $themes->commit([ mkdir => 'twentyten/1.1' ],
                       [ put => 'x', 'twentyten/1.1/style.css' ]);
discover(0, 'a theme');
is(tag('twentyten', '1.1'), join(' ', ($rev, $themes->date($rev)) x 2),
   'R 9: the tags of themes');
is($t->sql_value('SELECT trunk_revision FROM packages'
                 . " WHERE type = 'theme'"), 0, 'themes have no trunk');
$h->wait_for_requests(2);
like(($h->requests)[1], qr/^REPORT \S+ 200 gzip/, 'the log comes gzipped');


# R 3: a replica that lags

my $replica = $plugins->copy('replica');
my $lagging = $replica->serve;
my $lag_head = $plugins->youngest;

$rev = $plugins->commit([ put => $_, 'akismet/trunk/new.php' ]) for 1 .. 5;

my $proxy = $p->proxy;
configure(plugins_svn => $proxy->url);

$plugins->commit([ put => '6', 'akismet/trunk/new.php' ]);
set_cursor($lag_head - 3);
$proxy->fault('^REPORT', route => $lagging->{port});
$r = discover(0, 'the log comes from a replica that lags');
is($r->{err}, '', 'R 4: it is no outage');
cmp_ok(meta('svn_cursor_plugin'), '>', $lag_head - 3,
       'R 4: what it has is taken');
cmp_ok(meta('svn_cursor_plugin'), '<=', $lag_head,
       'R 3: the cursor is what was returned, not what was asked for');

$proxy->fault;
discover(0, 'up to date again');
is(meta('svn_cursor_plugin'), $plugins->youngest, 'R 3: nothing is left out');
is(plugin('akismet', 'changed_rev'), $plugins->youngest, 'and marked');

configure(plugins_svn => $lagging->url);
$r = discover(0, 'HEAD comes from a replica that lags');
is($r->{err}, '', 'R 3: no error');
is(meta('svn_cursor_plugin'), $plugins->youngest,
   'R 3: the cursor does not go back');


# R 3: a cursor that is nonsense

configure();

for my $bad ("'abc'", "'17'", '-1', '1.5', "x'00'") {
    set_cursor($bad);
    $r = discover(2, "cursor $bad");
    like($r->{err}, qr/"svn_cursor_plugin" in meta is .*backup/,
         "cursor $bad: the line");
    asked($p, '', "cursor $bad: nothing is asked");
    asked($h, 'OPTIONS', 'the themes are none the worse');
}

set_cursor(99999999);
$r = discover(2, 'cursor beyond the repository');
like($r->{err}, qr/cursor is 99999999, \S+ has \d+ revisions: check/,
     'cursor beyond the repository: the line');
set_cursor($plugins->youngest);


# a listing that is cut, and other answers that are none

reset_catalogue();
configure(plugins_svn => $proxy->url);

$proxy->fault('^GET', cut => 500);
$proxy->clear_requests;
$r = discover(1, 'a listing that is cut off');
is(requests($proxy->requests), 'OPTIONS GET',
   'cut off: what has been delivered in part is not asked for again');
like($r->{err}, qr{^wppkg-syncd: discover: http://\S+: \S}m, 'cut off: the line');
is(meta('svn_listing_at_plugin'), undef, 'cut off: it does not count');
is(meta('svn_listing_at_theme') ? 1 : 0, 1, 'that of the themes does');

my $page = "<html><head><title>Sorry</title></head><body><li>"
           . "<a href=\"help/\">help</a></li></body></html>";
my $answer = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
             . "Content-Length: " . length($page) . "\r\n\r\n$page";

$proxy->fault('^GET', answer => $answer);
$r = discover(1, 'a page that is no listing');
like($r->{err}, qr/not the listing of a Subversion repository/, 'its line');
unlike(slugs(), qr/help/, 'nothing of it is taken');

$proxy->fault;
discover(0, 'the whole listing');
is(meta('svn_listing_rev_plugin'), $plugins->youngest, 'the whole listing');
like(slugs(), qr/plugin\/new-one/, 'is taken in');

# once a day, by its ETag; and when the clock went back

$plugins->commit([ put => "today", "akismet/trunk/new.php" ]);
$proxy->clear_requests;
discover(0, 'a new commit');
is(requests($proxy->requests), 'OPTIONS REPORT', 'no listing twice a day');

for my $at ('value - 90000', 'value + 180000') {
    $plugins->commit([ put => $at, 'akismet/trunk/new.php' ]);
    $t->sql("UPDATE meta SET value = $at WHERE name ="
            . " 'svn_listing_at_plugin'");
    $proxy->clear_requests;
    discover(0, "the listing is due: $at");
    is(requests($proxy->requests), 'OPTIONS REPORT GET', 'it is read');
}

$t->sql("UPDATE meta SET value = 0 WHERE name = 'svn_listing_at_plugin'");
discover(0, 'the same listing');
$p->wait_for_requests(2);
like(($p->requests)[-1], qr/^GET \/ 304/, 'R 1: its ETag spares it');


# what is no Subversion repository

$proxy->fault('^OPTIONS', answer =>
              "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
$r = discover(1, 'OPTIONS without a revision');
like($r->{err}, qr/is not a Subversion repository/, 'its line');

for my $bad ('-1', 'x', '1 2', '99999999999999999999') {
    $proxy->fault('^OPTIONS', answer => "HTTP/1.1 200 OK\r\n"
                  . "SVN-Youngest-Rev: $bad\r\nContent-Length: 0\r\n\r\n");
    discover(1, "a revision that is none: $bad");
}

$proxy->fault;


# R 5: log reports that are of no use

$rev = $plugins->youngest;
$plugins->commit([ put => "a$_", 'akismet/trunk/new.php' ]) for 1 .. 4;

my $head = qq{<S:log-report xmlns:S="svn:" xmlns:D="DAV:">\n};

sub item { "<S:log-item><D:version-name>$_[0]</D:version-name></S:log-item>" }

sub xml {
    my ($xml) = @_;
    return "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"
           . "Content-Length: " . length($xml) . "\r\n\r\n$xml";
}

my @bad = (
    [ 'an error page', $answer, qr/something else/ ],
    [ 'no end', xml($head . item($rev + 9)), qr/not in order|cut off/ ],
    [ 'descending', xml($head . item($rev + 4) . item($rev + 3) . item(
        $rev + 2) . item($rev + 1) . '</S:log-report>'),
      qr/not in order/ ],
    [ 'of other revisions', xml($head . item($rev) . '</S:log-report>'),
      qr/not in order/ ],
    [ 'empty', xml("$head</S:log-report>"), qr/empty/ ],
    [ 'an entity bomb', xml('<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b'
        . ' "&a;&a;&a;&a;">]><x>&b;</x>'), qr/document type/ ],
    [ '500', "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", qr/HTTP 500/ ],
    [ '403', "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", qr/HTTP 403/ ],
    [ 'nothing at all', '', qr/\S/ ],
);

for my $case (@bad) {
    my ($name, $text, $line) = @$case;

    $proxy->fault('^REPORT', answer => $text);
    $proxy->clear_requests;
    $r = discover(1, "a log report: $name");
    like($r->{err}, $line, "$name: the line");
    is(meta('svn_cursor_plugin'), $rev, "$name: the cursor stays");
    cmp_ok(scalar(my @all = $proxy->requests), '<=', 10,
           "$name: it is not asked for over and over");
    cmp_ok(scalar(@all), '>', 5, "$name: retried before anything came")
        if $name eq '500';
}

is($t->sql_value('SELECT count(*) FROM gaps'), 0,
   'R 5: what is wrong with all is no gap');

# a revision that is missing is passed when the report has ended, not before

$proxy->fault('^REPORT', answer => xml($head . item($rev + 2)));
discover(1, 'a log report without its first item, cut off');
is(meta('svn_cursor_plugin'), $rev, 'R 3: what may still come is not passed');

# a replica that returns less than it was asked for

$proxy->fault('^REPORT', answer => xml($head . item($rev + 1)
                                       . '</S:log-report>'));
discover(1, 'a log report that is short');
is(meta('svn_cursor_plugin'), $rev + 1,
   'R 3: the highest returned, not the end asked for');

# what had arrived whole counts, where it is in order

$proxy->fault('^REPORT', answer => xml($head . item($rev + 2)
    . item($rev + 3) . '<S:log-item>'
    . '<S:added-path>/not-yet/trunk</S:added-path>'));
discover(1, 'a log report that ends early');
is(meta('svn_cursor_plugin'), $rev + 3, 'R 3: up to what was returned');
unlike(slugs(), qr/not-yet/, 'not what belongs to no revision');

$proxy->fault;
discover(0, 'the rest');
is(meta('svn_cursor_plugin'), $plugins->youngest, 'the rest');


# R 5: one revision that cannot be read

my $damaged = $plugins->copy('damaged');
my $from = $damaged->youngest;

$damaged->commit([ put => "b$_", 'akismet/trunk/new.php' ]) for 1 .. 30;
my @gone;
push @gone, $damaged->commit([ put => "c$_", 'akismet/tags/2.0/new.php' ])
    for 1 .. 2;
$damaged->commit([ put => "d$_", 'akismet/trunk/new.php' ]) for 1 .. 5;
$rev = $damaged->commit([ put => 'e', 'new-one/trunk/new.php' ]);
$damaged->damage($_) for @gone;

my $d = $damaged->serve;
configure(plugins_svn => $d->url);

$r = discover(0, 'revisions that cannot be read');
is(meta('svn_cursor_plugin'), $rev, 'R 5: they do not hold up the rest');
is(join(' ', map { $_->[0] } $t->sql('SELECT rev FROM gaps ORDER BY rev')),
   "@gone", 'R 5: they are recorded as gaps, and no other');
is(plugin('new-one', 'changed_rev'), $rev, 'R 5: what follows is marked');
like($r->{err}, qr/revision $gone[0] cannot be read and is skipped: /,
     'R 5: and it is said');
$d->wait_for_requests(3);
cmp_ok(scalar(my @all = $d->requests), '<=', 60, 'without storming');
is(($d->requests)[-1] =~ /^GET/ ? 1 : 0, 1, 'the listing is read again');

$d->stop;
$r = discover(1, 'away');
like($r->{err}, qr{^wppkg-syncd: discover: http://\S+: \S}m, 'away: the line');
is($t->sql_value('SELECT count(*) FROM gaps'), 2, 'an outage is no gap');


# R 5: raw control bytes in a path

configure();
reset_catalogue();
discover(0, 'before the odd names');
$rev = $plugins->youngest;

$plugins->load(<<"END");
SVN-fs-dump-format-version: 2

Revision-number: 1
Prop-content-length: 10
Content-length: 10

PROPS-END

Node-path: akismet/trunk/\x01\x1b[31m
Node-kind: dir
Node-action: add
Prop-content-length: 10
Content-length: 10

PROPS-END


Node-path: \x02odd
Node-kind: dir
Node-action: add
Prop-content-length: 10
Content-length: 10

PROPS-END


END

discover(0, 'control bytes in a path');
is(meta('svn_cursor_plugin'), $rev + 1, 'R 5: they do not stop the log');
is(plugin('akismet', 'trunk_revision'), $rev + 1, 'R 5: and are understood');


# a commit that is larger than a batch

my $large = $plugins->youngest + 1;
my $dump = "SVN-fs-dump-format-version: 2\n\nRevision-number: 1\n"
           . "Prop-content-length: 10\nContent-length: 10\n\nPROPS-END\n\n";

for my $n (1 .. 1200) {
    for my $path ("many-$n", "many-$n/tags", "many-$n/tags/1.0") {
        $dump .= "Node-path: $path\nNode-kind: dir\nNode-action: add\n"
                 . "Prop-content-length: 10\nContent-length: 10\n\n"
                 . "PROPS-END\n\n\n";
    }
}

$plugins->commit([ put => 'f', 'akismet/trunk/new.php' ]);
$plugins->load($dump);
$plugins->commit([ put => 'g', 'akismet/trunk/new.php' ]);

$r = discover(0, 'a commit with 1,200 packages');
like($r->{out}, qr/^discover: 1200 added/, 'all of them are added');
is($t->sql_value('SELECT count(*) FROM packages WHERE trunk_revision ='
                 . ' changed_rev AND changed_rev = ' . ($large + 1)), 1200,
   'and marked');
is($t->sql_value("SELECT count(*) FROM tags WHERE tag = '1.0' AND first_rev ="
                 . ($large + 1)), 1200, 'with their tags');
asked($p, 'OPTIONS REPORT REPORT REPORT',
   'by asking for it once more');


# killed at any moment: the next run ends where an undisturbed one does

reset_catalogue();
discover(0, 'a first run');
set_cursor(0);
discover(0, 'undisturbed');
my $want = dump_all();

reset_catalogue();
discover(0, 'a first run');
set_cursor(0);
configure(plugins_svn => $proxy->url);

for my $at (0, 400, 3000, 20000, 60000, 300000) {
    unlink "$proxy->{dir}/state";
    $proxy->fault('^REPORT', stall => $at);

    my $run = $t->syncd_start('discover', '--source=svn');
    ok($t->wait_for(sub { -e "$proxy->{dir}/state" }, "stalled at $at"));
    $t->finish($run, 'KILL');
    is($run->{code}, 137, "killed at $at");
}

$proxy->fault;
discover(0, 'after the kills');
is(dump_all(), $want, 'R 3: the same catalogue');


# stopped: at once, and what has arrived is kept

set_cursor(0);
unlink "$proxy->{dir}/state";
$proxy->fault('^REPORT', stall => 6000);
my $run = $t->syncd_start('discover', '--source=svn');
ok($t->wait_for(sub { -e "$proxy->{dir}/state" }, 'stalled'));
$t->finish($run, 'TERM', 20);
is($run->{code}, 1, 'SIGTERM: done in part');
is($run->{err}, '', 'SIGTERM: no error');
cmp_ok(meta('svn_cursor_plugin'), '>', 0, 'what had arrived is kept');

$proxy->fault;
discover(0, 'it goes on');
is(dump_all(), $want, 'and ends the same');

$_->stop for $proxy, $p, $h, $lagging;

$t->done;

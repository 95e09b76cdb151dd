#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Release times, and the history that tells of them: backfill against Apache
# with mod_dav_svn, undisturbed, killed at any moment, stopped, with a replica
# that lags and with revisions that cannot be read.  Real dates of a real
# plugin, one of whose tags was deleted and made again.


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use POSIX qw(strftime);
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents qw(gunzip);
use Test::WPPkg::SVN;


my $filler = 1100;                    # revisions: two log reports

my $t = Test::WPPkg->new;
my $w = $t->wporg;


# --- the history

my (@history, %made, %again);

# one more revision; its number

sub revision {
    push @history, [ @_ ];
    return scalar @history;
}

# a day after the one before

sub day { $history[-1][0] + 86400 }

sub tags_of {
    my ($slug, @tags) = @_;
    $w->plugin($slug, { versions => { map { $_ => undef } @tags },
                        version => 'trunk' });
}

# a tag with something in it: an empty one is held back

sub tag { map { [ mkdir => "$_[0]$_" ] } '', '/a' }

# every hundredth commit of one makes a tag

sub busy_tag { sprintf '1.%02d', $_[0] / 100 }


revision(1174115297, map { [ mkdir => $_ ] } 'wp-pagenavi',
         'wp-pagenavi/trunk', 'wp-pagenavi/tags');

open my $fh, '<', 't/data/svn-history/wp-pagenavi.tsv'
    or die "wp-pagenavi.tsv: $!\n";

while (my $line = <$fh>) {
    my ($at, $tag, $what) = $line =~ /^(\d+)\t(\S+)\t(\S+)/ or next;
    my $path = "wp-pagenavi/tags/$tag";

    revision($at, [ rm => $path ]) if $what eq '-+';
    $again{$tag} = $at if $what eq '-+';
    $made{$tag} //= $at;
    revision($at, $what eq '~' ? [ mkdir => "$path/$at" ]
                               : [ cp => 1, 'wp-pagenavi/trunk', $path ]);
}

close $fh;

tags_of('wp-pagenavi', keys %made);
cmp_ok(scalar keys %made, '>=', 20, 'tags of wp-pagenavi');
cmp_ok($again{'2.74'}, '>', $made{'2.74'}, 'one was made twice');

# one that was deleted, and what came after it under its name

revision(day(), map { [ mkdir => "anew$_" ] } '', '/tags', '/tags/1.0',
         '/tags/1.0/a');
revision(day(), [ rm => 'anew' ]);
revision(day(), map { [ mkdir => "anew$_" ] } '', '/tags');
my $anew = revision(day(), tag('anew/tags/1.1'));
revision(day(), tag('anew/tags/1.0'));
tags_of('anew', qw(1.0 1.1));

# one whose tags came along with a copy, so that 2.11 may be older than it

my $copied = revision(day(), [ cp => scalar @history, 'wp-pagenavi',
                               'copied' ]);
revision(day(), [ rm => 'copied/tags' ]);
revision(day(), [ mkdir => 'copied/tags' ], tag('copied/tags/2.11'));
revision(day(), tag('copied/tags/9.0'));
tags_of('copied', qw(2.11 9.0));

# tags that went with the directory they were in

my $veiled = revision(day(), map { [ mkdir => "veiled$_" ] } '', '/tags',
                      '/tags/1.0', '/tags/1.0/a');
revision(day(), [ rm => 'veiled/tags' ]);
revision(day(), [ mkdir => 'veiled/tags' ], tag('veiled/tags/1.0'),
         tag('veiled/tags/1.1'));
tags_of('veiled', qw(1.0 1.1));

# one that was there before it was created, as far as the log tells

revision(day(), map { [ mkdir => "busy$_" ] } '', '/trunk', '/tags');
my ($trunk, $there) = (0, 0);

for my $n (1 .. $filler) {
    my $tag = $n % 100 == 0;
    my $rev = revision($history[-1][0] + 600,
        $tag ? tag('busy/tags/' . busy_tag($n))
             : [ $there ? 'rm' : 'mkdir', 'busy/trunk/d' ]);

    next if $tag;

    $there = !$there;
    $trunk = $rev;
}

tags_of('busy', map { busy_tag(100 * $_) } 1 .. $filler / 100);

my $plugins = Test::WPPkg::SVN->repository($t, 'plugins',
    Test::WPPkg::SVN->dump_of(@history));
my $themes = Test::WPPkg::SVN->repository($t, 'themes',
    Test::WPPkg::SVN->dump_of([ 1300000000, [ mkdir => 'twentyten' ],
                                tag('twentyten/1.0') ],
                              [ 1300000600, tag('twentyten/1.1') ]));
$w->theme('twentyten', { versions => { '1.0' => undef, '1.1' => undef },
                         version => '1.1' });

my $p = $plugins->serve;
my $h = $themes->serve;
my $proxy = $p->proxy;


# --- what the test knows of the catalogue

sub configure {
    my (%wporg) = @_;

    # the root is the same, whether Subversion is followed or not

    $t->configure(wporg => {
        api_url => $w->url, plugins_svn => $p->url, themes_svn => $h->url,
        recheck => '0', %wporg,
    }, http => { retries => 1 }, repository => { authority => 'whole' });
}

sub run_of {
    my ($code, $what, @args) = @_;

    $_->clear_requests for $p, $h, $proxy;
    my $r = $t->syncd(@args);
    is($r->{code}, $code, $what) or diag($r->{out}, $r->{err});

    return $r;
}

sub reports { scalar grep { /^REPORT/ } @_ }

# the versions of a document, as Composer expands them: version => time

sub times_in {
    my ($path) = @_;

    my $gz = $t->sql_value('SELECT hex(body) FROM bodies JOIN documents'
                           . " ON id = document_id WHERE path = '$path'");
    my $document = JSON::PP::decode_json(gunzip(pack 'H*', $gz));
    my ($versions) = values %{$document->{packages}};
    my (%now, %times);

    for my $version (@$versions) {
        %now = (%now, %$version);
        delete $now{$_} for grep { $now{$_} eq '__unset' } keys %now;
        $times{$now{version}} = $now{time};
    }

    return \%times;
}

sub times_of { times_in("p2/wp-plugin/$_[0].json") }

sub text { strftime('%Y-%m-%dT%H:%M:%S+00:00', gmtime $_[0]) }
sub text_of { text($history[$_[0] - 1][0]) }

sub none { return { map { $_ => undef } @_ } }

# all that is known and published, dates of ours aside

sub dump_all {
    return join "\n", map { join ' ', map { defined $_ ? $_ : '-' } @$_ }
        $t->sql('SELECT type, slug, state, changed_rev, synced_rev,'
            . ' trunk_revision, trunk_changed_at, added_rev, veiled_rev,'
            . ' followed FROM packages ORDER BY type, slug'),
        $t->sql('SELECT slug, tag, seen_rev, first_rev, first_at, last_rev,'
            . ' last_at FROM tags JOIN packages ON packages.id = package_id'
            . ' ORDER BY type, slug, tag'),
        $t->sql('SELECT type, rev FROM gaps ORDER BY type, rev'),
        $t->sql("SELECT name, value FROM meta WHERE name LIKE 'backfill%'"
            . " OR name = 'render_generation' ORDER BY name"),
        $t->sql('SELECT path, hex(content_hash) FROM documents'
            . ' ORDER BY path');
}

sub keep {
    my ($name) = @_;
    $t->sql("VACUUM INTO '" . $t->dir . "/$name'");
}

sub put_back {
    my ($name) = @_;
    unlink glob $t->dir . '/catalogue/*';
    $t->command({}, 'cp', $t->dir . "/$name", $t->catalogue);
    $t->sql('PRAGMA journal_mode = WAL');
}


# --- nothing to begin with

configure();
is($t->syncd('migrate')->{code}, 0, 'migrate');

my $r = run_of(2, 'before anything is discovered', 'backfill');
like($r->{err}, qr/run "discover --source=svn" first/, 'it says what to do');
is(reports($p->requests, $h->requests), 0, 'and asks for nothing');

run_of(0, 'discover', 'discover', '--source=svn');
run_of(0, 'update', 'update');

is_deeply(times_of('wp-pagenavi'), none(keys %made),
          'without a history no version has a time');

my $before = $t->sql_value('SELECT hex(content_hash) FROM documents'
                           . " WHERE path = 'p2/wp-plugin/wp-pagenavi.json'");
keep('before');


# --- undisturbed

$r = run_of(0, 'backfill', 'backfill');
my $all = @history + 2;
like($r->{out}, qr/^backfill: $all revisions, 3 requests/,
     'reads it once, one log report after the other');
$p->wait_for_requests(2);
is(reports($p->requests), 2, 'in chunks');

my @log = map { [ (split)[-2, -1] ] } grep { /^REPORT/ } $p->requests;
cmp_ok($log[1][0] - $log[0][0], '>=', 1.9 * $log[0][1],
       'R 18: after each a pause, as long as it was');

is_deeply(times_of('wp-pagenavi'),
          { map { $_ => text($made{$_}) } keys %made },
          'real tags have the dates of their first revisions');
is(times_of('wp-pagenavi')->{'2.74'}, '2011-02-17T14:41:18+00:00',
   'also the one that was deleted and made again');
is_deeply(times_of('anew'), { '1.0' => undef, '1.1' => text_of($anew) },
          'what a directory of that name held before was another package');
is_deeply(times_of('copied'), none(qw(2.11 9.0)),
          'after a copy of all tags none is certain');
is_deeply(times_of('veiled'), { '1.0' => text_of($veiled), '1.1' => undef },
          'nor after their deletion');
is_deeply(times_in('p2/wp-theme/twentyten.json'),
          { '1.0' => text(1300000000), '1.1' => text(1300000600) },
          'themes');
is((grep { defined } values %{times_of('busy')}), $filler / 100, 'all tags');

is($t->sql_value("SELECT trunk_revision || ' ' || trunk_changed_at"
                 . " FROM packages WHERE slug = 'busy'"),
   "$trunk $history[$trunk - 1][0]", 'R 7: the revision of the trunk');
like(gunzip(pack 'H*', $t->sql_value('SELECT hex(body) FROM bodies JOIN'
        . " documents ON id = document_id WHERE path ="
        . " 'p2/wp-plugin/busy~dev.json'")), qr/trunk\@$trunk"/,
     'which its document has');
isnt($t->sql_value('SELECT hex(content_hash) FROM documents'
                   . " WHERE path = 'p2/wp-plugin/wp-pagenavi.json'"),
     $before, 'a document with times is another');
is($t->sql_value('SELECT count(*) FROM packages WHERE'
                 . ' changed_rev > synced_rev OR next_check_at IS NOT NULL'),
   0, 'no package has to be fetched for it');

my $want = dump_all();

$r = run_of(0, 'once more', 'backfill');
like($r->{err}, qr/has been read/, 'it has been done');
is(reports($p->requests), 0, 'it asks for nothing');
is(dump_all(), $want, 'and changes nothing');


# --- what follows, and what comes from elsewhere

my $rev = $plugins->commit(tag('wp-pagenavi/tags/3.0'),
                           map { [ mkdir => "fresh$_" ] } '', '/trunk',
                           '/tags', '/tags/0.1', '/tags/0.1/a');
tags_of('wp-pagenavi', keys %made, '3.0');
tags_of('fresh', '0.1');
run_of(0, 'discover: a new tag', 'discover', '--source=svn');
run_of(0, 'update: a new tag', 'update');
is(times_of('wp-pagenavi')->{'3.0'}, text($plugins->date($rev)),
   'a new tag has its time at once');
is(times_of('fresh')->{'0.1'}, text($plugins->date($rev)),
   'so has a new package');

put_back('before');
run_of(0, 'the same, without a backfill', 'discover', '--source=svn');
run_of(0, 'update', 'update');
is(times_of('fresh')->{'0.1'}, text($plugins->date($rev)),
   'a package that was added while we followed has its time');
is(times_of('wp-pagenavi')->{'3.0'}, undef, 'no other has');

keep('followed');


# --- run, a part at a time: the same end, and nothing is held up by it

configure(follow => 'on', backfill => 'on', interval => undef);
$r = run_of(0, 'run --once with backfill', 'run', '--once');
like($r->{out}, qr/^update: .*^backfill: \d+ revisions/ms,
     'the last of the stages');
my ($stages) = $t->sql_value('SELECT stages FROM pipeline_runs'
                             . ' ORDER BY id DESC LIMIT 1');
my ($stage) = grep { $_->{stage} eq 'backfill' }
              @{JSON::PP::decode_json($stages)};
is($stage->{revisions}, $all + 1, 'is recorded with its counts');
is(times_of('wp-pagenavi')->{'2.11'}, text($made{'2.11'}), 'and has worked');
$want = dump_all();

$r = run_of(0, 'run --once again', 'run', '--once');
like($r->{out}, qr/^backfill: nothing to do, /m, 'once is enough');
is($r->{err}, '', 'and not worth a word');

configure();


# --- killed at any moment

srand 7;
put_back('followed');
my ($kills, $done) = (0, 0);

for my $n (1 .. 60) {
    my $run = $t->syncd_start('backfill');
    my $left = int rand 250;

    select undef, undef, undef, $left / 1000 if $n < 40;
    $t->finish($run, $n < 40 ? 'KILL' : undef);

    if ($run->{code} == 0) {
        $done = 1;
        last;
    }

    is($run->{code}, 137, "killed after $left ms");
    $kills++;
}

ok($done, "done after $kills kills");
run_of(0, 'one more command', 'update');
is(dump_all(), $want, 'R 3: as if nothing had happened');

# where it hurts: when answers have come in part

put_back('followed');
configure(plugins_svn => $proxy->url);

for my $at (0, 3000, 40_000) {
    unlink "$proxy->{dir}/state";
    $proxy->fault('^REPORT', stall => $at);

    my $run = $t->syncd_start('backfill');
    ok($t->wait_for(sub { -e "$proxy->{dir}/state" }, "stalled at $at"));
    $t->finish($run, 'KILL');
    is($run->{code}, 137, "killed at $at");
}

# --- stopped

unlink "$proxy->{dir}/state";
$proxy->fault('^REPORT', stall => 60_000);
my $run = $t->syncd_start('backfill');
ok($t->wait_for(sub { -e "$proxy->{dir}/state" }, 'stalled'));
$t->finish($run, 'TERM', 20);
is($run->{code}, 1, 'SIGTERM: done in part');
is($run->{err}, '', 'SIGTERM: no error');
cmp_ok($t->sql_value('SELECT value FROM meta WHERE name ='
                     . " 'backfill_rev_plugin'"), '>', 0,
       'what had arrived is kept');

# nobody sees half of it: the trunk's revision is not yet the last

run_of(0, 'update meanwhile', 'update', 'plugin/busy');
unlike(gunzip(pack 'H*', $t->sql_value('SELECT hex(body) FROM bodies JOIN'
        . " documents ON id = document_id WHERE path ="
        . " 'p2/wp-plugin/busy~dev.json'")), qr/trunk\@/,
       'a document has no revision that is not the last');
is_deeply([ grep { defined } values %{times_of('wp-pagenavi')} ], [],
          'and no time');


# --- a replica that lags, a revision that cannot be read

my $damaged = $plugins->copy('damaged');
my @bad = ($veiled + 500, $veiled + 900);

$damaged->damage($_) for @bad;

my $lagging = Test::WPPkg::SVN->repository($t, 'lagging',
    Test::WPPkg::SVN->dump_of(@history[0 .. 700]));
my $l = $lagging->serve;

$proxy->fault('^REPORT', route => $l->{port});
$r = run_of(1, 'a replica that lags', 'backfill');
like($r->{err}, qr/no revision after \d+ at the moment: run it again/,
     'it says so');
cmp_ok($t->sql_value('SELECT value FROM meta WHERE name ='
                     . " 'backfill_rev_plugin'"), '<=', 701,
       'R 3: what has not been returned is not passed');

$proxy->fault;
run_of(0, 'the rest', 'backfill');
is(dump_all(), $want, 'the same in the end');

put_back('followed');
my $d = $damaged->serve;
configure(plugins_svn => $d->url);

$r = run_of(0, 'revisions that cannot be read', 'backfill');
is(join(' ', map { $_->[0] } $t->sql('SELECT rev FROM gaps ORDER BY rev')),
   "@bad", 'R 5: they are left out and recorded');
like($r->{err}, qr/revision $bad[0] cannot be read and is skipped/,
     'and it is said');
is(times_of('wp-pagenavi')->{'2.11'}, text($made{'2.11'}),
   'what was before them has its time');

my $busy = times_of('busy');
my ($one, $two) = map { busy_tag($_ - $veiled - 3 + 100) } @bad;

ok(defined $busy->{$one}, 'one gap alone hides nothing');
ok(exists $busy->{$two}, 'the tag that comes after two');
is($busy->{$two}, undef, 'they may');
is(times_of('fresh')->{'0.1'}, text($plugins->date($rev)),
   'but not from whatever came later');

# a day later, one of them is there again

$d->stop;
$plugins->run('cp', "$plugins->{dir}/db/revs/" . int($bad[0] / 1000)
              . "/$bad[0]", "$damaged->{dir}/db/revs/"
              . int($bad[0] / 1000) . "/$bad[0]");
$d = $damaged->serve;
configure(plugins_svn => $d->url);

$r = run_of(0, 'the same day', 'discover', '--source=svn');
unlike($r->{out}, qr/ gaps? read/, 'gaps are not asked for all the time');
$t->sql('UPDATE gaps SET asked_at = asked_at - 90000');
$r = run_of(0, 'a day later', 'discover', '--source=svn');
like($r->{out}, qr/ 1 gap read/, 'but once a day');
is(join(' ', map { $_->[0] } $t->sql('SELECT rev FROM gaps')), $bad[1],
   'the one that can be read is none any more');
$r = run_of(0, 'and the same day again', 'discover', '--source=svn');
like($r->{out}, qr/ 2 requests/, 'the other is not asked for twice a day');
ok(defined times_of('busy')->{$two},
   'and what the two had hidden is known');

$t->sql("UPDATE gaps SET asked_at = 9999999999");
$plugins->run('cp', "$plugins->{dir}/db/revs/" . int($bad[1] / 1000)
              . "/$bad[1]", "$damaged->{dir}/db/revs/"
              . int($bad[1] / 1000) . "/$bad[1]");
$d->stop;
$d = $damaged->serve;
configure(plugins_svn => $d->url);
run_of(0, 'the clock had been ahead', 'discover', '--source=svn');
is($t->sql_value('SELECT count(*) FROM gaps'), 0, 'asked for all the same');
run_of(0, 'what the gap had hidden is published', 'update');
is((grep { defined } values %{times_of('busy')}), $filler / 100,
   'all is known');


# --- a package that comes from a file is not known until it is read again

configure();
$t->sql("DELETE FROM tags WHERE package_id IN (SELECT id FROM packages WHERE"
        . " slug = 'veiled'); DELETE FROM bodies WHERE document_id IN (SELECT"
        . " documents.id FROM documents JOIN packages ON packages.id ="
        . " package_id WHERE slug = 'veiled'); DELETE FROM documents WHERE"
        . " package_id IN (SELECT id FROM packages WHERE slug = 'veiled');"
        . " DELETE FROM packages WHERE slug = 'veiled'");
my $list = $t->write_file('list', "plugin/veiled\n");
run_of(0, 'from a file', 'discover', '--source=list', $list);
run_of(0, 'update', 'update');
is_deeply(times_of('veiled'), none(qw(1.0 1.1)), 'nothing is known of it');

configure(follow => 'on', backfill => 'on');
$r = run_of(0, 'run does not begin again for it', 'run', '--once');
like($r->{out}, qr/^backfill: nothing to do, /m, 'by itself');
configure();

$r = run_of(0, 'backfill begins again', 'backfill');
like($r->{out}, qr/^backfill: \d{4} revisions/, 'from the beginning');
is_deeply(times_of('veiled'), { '1.0' => text_of($veiled), '1.1' => undef },
          'and it is known');

# killed when all had been read, before all was rendered anew

$t->sql("UPDATE packages SET description = 'Other.' WHERE slug = 'veiled';"
        . " UPDATE meta SET value = 0 WHERE name = 'render_generation'");
run_of(0, 'whatever command comes next', 'discover', '--source=list', $list);
like(gunzip(pack 'H*', $t->sql_value('SELECT hex(body) FROM bodies JOIN'
        . " documents ON id = document_id WHERE path ="
        . " 'p2/wp-plugin/veiled.json'")), qr/"Other\."/,
     'renders what was to be rendered anew');

$_->stop for $proxy, $p, $h, $l, $d;

$t->done;

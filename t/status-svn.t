#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# status: "why don't I see version X?", where the answer is a commit, a cache,
# a tag that was changed (R 9), a closure (R 14), or a window (R 15).


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use POSIX ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::SVN;


my $time = qr/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d/;

$ENV{TZ} = 'UTC';

my $t = Test::WPPkg->new;
my $w = $t->wporg;
my $plugins = Test::WPPkg::SVN->repository($t, 'plugins');
my $themes = Test::WPPkg::SVN->repository($t, 'themes');

$plugins->commit(map { ([ mkdir => $_ ], [ mkdir => "$_/trunk" ],
                        [ mkdir => "$_/tags" ], [ mkdir => "$_/tags/1.0" ]) }
                 qw(one two));
$themes->commit([ mkdir => 'skin' ], [ mkdir => 'skin/1.0' ]);

$w->plugin($_) for qw(one two);
$w->theme('skin');

my @servers = ($plugins->serve, $themes->serve);

$t->configure(
    wporg => { follow => 'on', plugins_svn => $servers[0]->url,
               themes_svn => $servers[1]->url },
    http => { retries => 0 });


sub status {
    my $r = $t->syncd('status', @_);

    is($r->{code}, 0, "status @_: exit code");
    is($r->{err}, '', "status @_: no error");

    return $r->{out};
}

sub json { return JSON::PP::decode_json(status('--json', @_)) }

sub done {
    my (@command) = @_;
    my $r = $t->syncd(@command);
    is($r->{code}, 0, "@command") or diag($r->{err});
}

sub discover { done('discover', '--source=svn') }

sub shown { POSIX::strftime('%Y-%m-%dT%H:%M:%S+00:00', gmtime $_[0]) }


# a repository that was never read, one that was

done('migrate');
unlike(status(), qr/commits:/, 'no Subversion: nothing of it');
is(json()->{subversion}{plugin}, undef, 'nor in JSON');

discover();
done('update');

my $head = $plugins->youngest;
my $text = status();

like($text, qr/^plugin commits: +read .* revision $head, listing of $time$/m,
     'how far the log is read, and when the listing was');
like($text, qr/^theme commits: +read up to revision 1, /m, 'of themes too');
unlike($text, qr/not settled|not offered|unreadable/, 'nothing is wrong');
unlike(status('plugin/one'), qr/last commit|waiting|history|tags changed/,
       'nor with a package');


# R 15: a commit that the API does not know of

my $rev = $plugins->commit([ mkdir => 'one/tags/1.1' ]);
my $date = $plugins->date($rev);

discover();
$text = status('plugin/one');

my $at = shown($date);
like($text, qr/^  last commit: +revision $rev, \Q$at\E, not settled$/m,
     'a commit: its revision and date');
like($text, qr/^  fetched: +$time$/m, 'a commit: fetched before it');
like($text, qr/^  waiting: +for the API to know 1 commit\n +not asked yet$/m,
     'a commit: nobody has asked');
like($text, qr/^  next check: +with the next update$/m, 'a commit: due');

done('update');
$text = status('plugin/one');

my $until = shown($date + 86400);
like($text, qr/^  waiting: .* 1 commit\n +asked 1 time, until \Q$until\E /m,
     'R 15: asked, and for how long at most');
like($text, qr/^  next check: +$time$/m, 'R 15: and when again');

$text = status();
like($text, qr/^not settled: +1, since \Q$at\E; waiting for the API: 1$/m,
     'all: how long it has been waiting');

done('update', 'plugin/one');

my $window = json('plugin/one')->{window};
is($window->{fetches}, 2, 'each time it is asked counts');
is($window->{commits}, 1, 'one commit');
is_deeply($window->{pending}, [], 'no tag is waited for');

# another one: what was asked for the first says nothing of it

$rev = $plugins->commit([ put => 'x', 'one/trunk/x.php' ]);
discover();

$text = status('plugin/one');
like($text, qr/^  waiting: +for the API to know 2 commits$/m, 'two commits');
like($text, qr/^  trunk: +revision $rev, $time$/m, 'its trunk');

done('update');
is(json('plugin/one')->{window}{fetches}, 1, 'asked once since then');

# a tag that is not published: a plugin has a day, a theme a week

$w->plugin('one', { versions => { '1.0' => undef, '1.1' => undef },
                    stable => '1.0' });
$w->theme('skin', { versions => { '1.0' => undef, '1.1' => undef },
                    stable => '1.0' });
$rev = $themes->commit([ mkdir => 'skin/1.1' ]);
discover();
done('update', 'plugin/one', 'theme/skin');

like(status('plugin/one'), qr/^ +not published yet: 1\.1$/m,
     'a tag that is waited for');

$window = json('theme/skin')->{window};
is_deeply($window->{pending}, [ '1.1' ], 'a theme waits for its review');
is($window->{until}, shown($themes->date($rev) + 7 * 86400), 'for a week');
is(json()->{waiting}, 2, 'all: both are waited for');

$w->theme('skin', { versions => { '1.0' => undef, '1.1' => undef,
                                  '1.2' => undef } });
done('update', 'theme/skin');

$text = status('theme/skin');
unlike($text, qr/waiting:|not settled/, 'published: settled');
like($text, qr/^  fetched: +$time, settled revision $rev$/m, 'which');


# R 9: tags that were committed to again, the latest twenty

my @tags = map { "2.$_" } 10 .. 34;

my $made = shown($plugins->date(
    $plugins->commit(map { [ mkdir => "two/tags/$_" ] } @tags)));
discover();
unlike(status('plugin/two'), qr/tags changed/, 'R 9: a tag is made');

my $changed = shown($plugins->date(
    $plugins->commit(map { [ put => 'x', "two/tags/$_/x" ] } @tags)));
discover();

$text = status('plugin/two');
like($text, qr/^  tags changed: +2\.10, \Q$changed\E; made \Q$made\E$/m,
     'R 9: a tag that was changed');
is(scalar(() = $text =~ /; made /g), 20, 'R 9: twenty of them');
like($text, qr/^ +and 5 more$/m, 'R 9: and how many more');
is(json('plugin/two')->{retagged}{count}, 25, 'R 9: all are counted');


# R 14: not offered, once; and then it is closed

$w->closed('plugin', 'two', permanent => 0, reason => 'security-issue');
done('sweep');

like(status('plugin/two'),
     qr/^  seen once: +closed, $time: security-issue; the next such .*$/m,
     'R 14: seen once');
like(status(), qr/^in doubt: +1, gone or with fewer versions, not believed yet$/m, 'R 14: counted');

$t->sql('UPDATE observations SET observed_at = observed_at - 600');
done('sweep');

$text = status('plugin/two');
unlike($text, qr/seen once/, 'R 14: seen twice');
like($text, qr/^  history: +$time, closed, was active: security-issue/m,
     'R 14: in its history');
like(status(), qr/^plugin\/two: closed, $time, was active: security-issue/m,
     'R 14: and in that of all');

$w->plugin('two');
done('update', 'plugin/two');

my @history = @{json('plugin/two')->{changes}};
is(join(' ', map { $_->{to} } @history), 'active closed', 'the latest first');

$t->sql('INSERT INTO state_changes (package_id, changed_at, old_state,'
        . " new_state) SELECT id, 1800000000 + n, 'active', 'closed'"
        . ' FROM packages, (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT'
        . " n + 1 FROM c LIMIT 100) SELECT n FROM c) WHERE slug = 'two'");
is(scalar @{json('plugin/two')->{changes}}, 20, 'twenty lines of history');
is(scalar @{json()->{changes}}, 5, 'five of all');


# revisions that can't be read, a log that is not read to the end

$t->sql('INSERT INTO gaps (type, rev, reason, found_at, asked_at)'
        . " VALUES ('theme', 1, 'a' || char(27), 1800000000, 1800000000)");
$t->sql("UPDATE meta SET value = value + 12 WHERE name = 'svn_head_theme'");

$text = status();
like($text, qr/^theme commits: +read up to revision 2 of 14, /m, 'behind');
like($text, qr/^theme commits: .*, 1 revision unreadable$/m, 'with a gap');
like($text, qr/^unreadable: theme revision 1, $time: a\\x1b$/m, 'which, why');
is(json()->{subversion}{theme}{behind}, 12, 'how far behind');

like($text, qr/^run \d+: sweep, .*\nrun/m, 'a run of one stage');
done('run', '--once');
like(status(), qr/^run \d+: run, .* \(discover \d\.\d s, update \d\.\d s\)$/m,
     'a run, by stages');

$t->sql("UPDATE pipeline_runs SET stages = '[{\"stage\":\"a\\u001b\"}, 1, {}]'"
        . ' WHERE id = (SELECT max(id) FROM pipeline_runs)');
like(status(), qr/ \(a\\x1b 0\.0 s,/, 'strange stages are escaped');
$t->sql("UPDATE pipeline_runs SET stages = '['");
is_deeply(json()->{runs}[0]{stages}, [], 'damaged ones are none');

$t->sql("UPDATE meta SET value = 'x' WHERE name = 'svn_cursor_theme'");

my $r = $t->syncd('status');
is($r->{code}, 2, 'R 3: a damaged cursor: exit code');
like($r->{err}, qr/\A.*"svn_cursor_theme" in meta is damaged.*\n\z/,
     'R 3: one line');

$_->stop for @servers;
$t->done;

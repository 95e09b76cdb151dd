#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# "update" against the stand-in of WordPress.org: what it costs, every outcome
# of a package, every failure of the server (rules R 8, R 11-13, R 16-18).


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Time::HiRes ();


my $t = Test::WPPkg->new;
my $w = $t->wporg;

# on a busy machine an answer may be a few seconds in coming
my %http = (retries => 2, connect_timeout => '15s', stall_timeout => '6s',
            total_timeout => '60s');

$t->configure(http => { %http });

is($t->syncd('migrate')->{code}, 0, 'migrate');


sub discover {
    my $list = $t->write_file('list', join '', map { "$_\n" } @_);
    my $r = $t->syncd('discover', '--source=list', $list);
    is($r->{code}, 0, 'discover') or diag($r->{err});
}


# runs update: the result, with {requests} and the counts of the run's row

sub update {
    $w->clear_requests;

    my $r = $t->syncd('update', @_);
    my $stages = $t->sql_value('SELECT stages FROM pipeline_runs '
                         . 'ORDER BY id DESC LIMIT 1');

    $r->{requests} = [ $w->requests ];
    $r->{counts} = JSON::PP::decode_json($stages)->[-1];

    return $r;
}


sub state_of {
    my ($type, $slug) = @_;

    return $t->sql_value("SELECT state FROM packages WHERE type = '$type'"
                   . " AND slug = '$slug'");
}


# all that the catalogue says, but for when and how often it was tried

sub everything {
    return JSON::PP->new->canonical->encode([
        $t->sql('SELECT id, type, slug, state, state_reason,'
                . ' state_changed_at, changed_rev, synced_rev, fetched_at,'
                . ' versions, ceiling, name FROM packages ORDER BY id'),
        $t->sql('SELECT path, hex(content_hash), content_changed_at'
                . ' FROM documents ORDER BY path'),
    ]);
}


sub due {
    $t->sql('UPDATE packages SET next_check_at = 0, failures = 0');
}


sub forget {
    $t->sql('DELETE FROM bodies; DELETE FROM documents;'
            . ' DELETE FROM packages');
    unlink glob $t->dir . "/wporg/$_/*.json" for qw(plugin theme);
}


# --- R 11, R 18: the cost

my @plugins = map { sprintf 'plugin-%03d', $_ } 1 .. 150;
my @themes = qw(theme-a theme-b theme-c);

$w->plugin($_, { versions => { '1.0' => undef, '1.1' => undef } })
    for @plugins;
$w->theme($_) for @themes;

discover((map { "plugin/$_" } @plugins), (map { "theme/$_" } @themes));

my $r = update();

is($r->{code}, 0, 'everything is fetched') or diag($r->{err});
is($r->{err}, '', 'nothing is said');
is(scalar @{$r->{requests}}, 5, '150 plugins and 3 themes cost 5 requests');
is_deeply([ sort map { $_->{path} } @{$r->{requests}} ],
          [ ('/plugins/info/1.2/') x 2, ('/themes/info/1.2/') x 3 ], 'which');
is($r->{counts}{fetched}, 153, '153 fetched');
is($r->{counts}{requests}, 5, '5 requests counted');
is($r->{counts}{documents_changed}, 306, 'two documents each');

is($t->sql_value("SELECT count(*) FROM packages WHERE state = 'active'"
           . " AND synced_rev = changed_rev AND failures = 0"), 153,
   'all are active and in step');

like($r->{requests}[0]{headers}{'user-agent'},
     qr{^wppkg-syncd/\S+ \(.*tests\@example\.org.*\)$},
     'the User-Agent names the software and a contact');
ok(!exists $r->{requests}[0]{headers}{expect}, 'no Expect');
like($r->{requests}[0]{raw}, qr/request%5Bslugs%5D=/, 'brackets encoded');

my $before = everything();

$r = update();
is($r->{code}, 0, 'second run');
is(scalar @{$r->{requests}}, 0, 'nothing due: no request');

$r = update('plugin/plugin-007', 'wp-theme/theme-a', 'plugin/plugin-007');
is($r->{code}, 0, 'named packages');
is($r->{counts}{fetched}, 2, 'are fetched though not due, once each');
is($r->{counts}{documents_changed}, 0, 'and unchanged');

$r = update('plugin/plugin-001', 'plugin/nobody');
is($r->{code}, 1, 'an unknown name');
like($r->{err}, qr{plugin/nobody is not in the catalogue}, 'one line');
is($r->{counts}{fetched}, 1, 'the known one is fetched');


# --- R 12, R 18: failures of the server that pass

for my $failure (
    [ 'status', 'HTTP 500', status => 500 ],
    [ 'truncate', 'a truncated answer' ],
    [ 'reset', 'a reset' ],
    [ 'close', 'no answer at all' ],
    [ 'stall', 'a stalled answer', seconds => 30 ],
    [ 'html', 'HTML' ],
    [ 'garbage', 'JSON that is not UTF-8' ],
    [ 'huge', 'an answer that is too large', bytes => 40 * 1024 * 1024 ],
) {
    my ($what, $name, %how) = @$failure;

    due();
    $w->fail($what, times => 1, %how);
    $r = update();

    is($r->{code}, 0, "$name: passes") or diag($r->{err});
    is($r->{counts}{fetched}, 153, "$name: everything is fetched");
    cmp_ok(scalar @{$r->{requests}}, '<=', 7, "$name: at most two more");
}

due();
$w->fail('status', status => 429, retry_after => 2, times => 1);
my $start = Time::HiRes::time();
$r = update();
is($r->{code}, 0, '429 passes');
cmp_ok(Time::HiRes::time() - $start, '>=', 2, 'Retry-After is waited for');
is($r->{counts}{requests}, 6, 'one more request');


# --- R 12: failures that stay

my $stay = everything();

# where the words are libcurl's, which change with its version
my $somehow = qr{^wppkg-syncd:\ update:\ \w+/\S+:\ \S.*;\ it\ stays}mx;

for my $failure (
    [ 'status', qr/HTTP 500/, status => 500 ],
    [ 'status', qr/HTTP 503/, status => 503 ],
    [ 'status', qr/HTTP 429/, status => 429, retry_after => 60 ],
    [ 'status', qr/HTTP 404 with HTML/, status => 404 ],
    [ 'status', qr/HTTP 301/, status => 301 ],
    [ 'status', qr/the error "Over quota"/, status => 200,
      body => '{"error":"Over quota"}' ],
    [ 'truncate', $somehow ],
    [ 'reset', $somehow ],
    [ 'html', qr/HTML instead of JSON/ ],
    [ 'garbage', qr/not JSON/ ],
) {
    my ($what, $text, %how) = @$failure;

    due();
    $w->fail($what, times => 10000, %how);
    $t->configure(http => { %http, retries => 0 });
    $r = update();
    $w->write_json('fail.json', '[]');

    is($r->{code}, 1, "$what that stays: done in part");
    like($r->{err}, $text, "$what: the line says $text");
    is($r->{counts}{fetched}, 0, "$what: nothing fetched");
    is(everything(), $stay, "$what: nothing has changed");
    cmp_ok($t->sql_value('SELECT count(*) FROM packages WHERE failures = 1'
                         . ' AND last_error IS NOT NULL'), '>=', 1,
           "$what: the failure is noted");
    cmp_ok(scalar @{$r->{requests}}, '<=', 40, "$what: bounded requests");
    cmp_ok(scalar(() = $r->{err} =~ /\n/g), '<=', 24, "$what: bounded log");
}

$t->configure(http => { %http });
$r = update();
is($r->{code}, 0, 'the next run recovers');
is($r->{counts}{fetched}, 153, 'all of it');

$r = update('plugin/plugin-001');
$w->fail('status', status => 500, times => 3);
update('plugin/plugin-001');
$w->fail('status', status => 500, times => 3);
$start = time;
update('plugin/plugin-001');
is($t->sql_value("SELECT failures FROM packages"
                 . " WHERE slug = 'plugin-001'"),
   2, 'failures in a row are counted');
my $pause = $t->sql_value("SELECT next_check_at FROM packages"
                    . " WHERE slug = 'plugin-001'") - $start;
cmp_ok($pause, '>=', 300, 'the pause grows');
cmp_ok($pause, '<=', 345, 'to five minutes and some');


# --- R 12, R 13, R 16, R 17: every outcome of a package

forget();

my %text = (
    'wrong-slug'     => '{"slug":"other","versions":{"1":"https://x/1.zip"}}',
    'wrong-versions' => '{"slug":"wrong-versions","versions":"1.0"}',
    'no-versions'    => '{"slug":"no-versions","version":"1.0"}',
    'no-object'      => '"hello"',
    'null'           => 'null',
    'strange-error'  => '{"error":"Database on fire"}',
    'not-utf8'       => "{\"slug\":\"not-utf8\",\"name\":\"\xff\xc3(\","
                        . '"versions":{}}',
    'not-json'       => '{"slug":"not-json",',
    'lone-surrogate' => '{"slug":"lone-surrogate","name":"\\ud800",'
                        . '"versions":{}}',
);

$w->plugin('good', {
    versions => { '1.0' => undef, '1.1' => undef, '2.0' => undef,
                  '2.1-beta1' => undef, 'rubbish tag' => undef },
    stable => '1.1', author => '<a href="https://x.example/">J &amp; Co</a>',
    short_description => "A &#8220;fine&#8221;\n<b>one</b>",
});
$w->plugin('odd-types', {
    versions => { '1.0' => undef }, author => { display_name => 'Someone' },
    requires_php => JSON::PP::false, homepage => JSON::PP::false,
    name => 12, stable => 1.0,
});
$w->plugin('trunk-only', { versions => {} });
$w->plugin('has-nul', { short_description => "a\0b" });
$w->plugin('error', { versions => { '1.0' => undef } });
$w->closed('plugin', 'shut');
$w->closed('plugin', 'shut-for-good', permanent => 1);
$w->closed('theme', 'theme-shut', permanent => 1);
$w->theme('theme-good');
$w->raw('plugin', $_, $text{$_}) for keys %text;

my @bad = sort keys %text;

discover((map { "plugin/$_" } 'good', 'odd-types', 'trunk-only', 'has-nul',
          'error', 'shut', 'shut-for-good', 'never-was', @bad),
         (map { "theme/$_" } 'theme-good', 'theme-shut', 'theme-never-was'));

$r = update();

is($r->{code}, 1, 'some packages can not be read');
is(state_of('plugin', 'good'), 'active', 'good');
is(state_of('plugin', 'odd-types'), 'active', 'odd types of little fields');
is(state_of('plugin', 'trunk-only'), 'active', 'no versions: trunk only');
is(state_of('plugin', 'has-nul'), 'active', 'a NUL in a text');
is(state_of('plugin', 'error'), 'active', 'a plugin of the name "error"');
is(state_of('plugin', 'shut'), 'closed', 'closed');
is(state_of('plugin', 'shut-for-good'), 'closed_for_good', 'for good');
is(state_of('plugin', 'never-was'), 'not_found', 'not found');
like($r->{err}, qr{plugin/never-was: .* know it; is it spelled right},
     'which is not found');
is(state_of('theme', 'theme-good'), 'active', 'theme');
is(state_of('theme', 'theme-shut'), 'not_found',
   'a theme that is closed is not found');
is(state_of('theme', 'theme-never-was'), 'not_found', 'theme not found');

for my $slug (@bad) {
    is(state_of('plugin', $slug), 'new', "$slug: no state change");
    like($r->{err}, qr{plugin/$slug: }, "$slug: one line names it");
}

like($r->{err}, qr{wrong-slug: .*another slug, "other"}, 'another slug');
like($r->{err}, qr{wrong-versions: "versions" is of a wrong type},
     'wrong type');
is($r->{counts}{fetched}, 6, 'fetched');
is($r->{counts}{closed}, 2, 'closed');
is($r->{counts}{not_found}, 3, 'not found');
is($r->{counts}{transient}, scalar @bad, 'transient');
cmp_ok(scalar @{$r->{requests}}, '<=', 2 + 32 + 80, 'bounded requests');

my ($name, $author, $description, $ceiling) = @{($t->sql(
    "SELECT name, author, description, ceiling FROM packages"
    . " WHERE slug = 'good'"))[0]};

is($author, 'J & Co', 'author without markup');
is($description, "A \xe2\x80\x9cfine\xe2\x80\x9d one", 'description');
is($ceiling, '1.1', 'ceiling');

is($t->sql_value("SELECT state_reason FROM packages"
                 . " WHERE slug = 'shut-for-good'"),
   'Author Request', 'the reason is kept');

my ($checked, $fetched) = @{($t->sql(
    "SELECT next_check_at, strftime('%s', 'now') FROM packages"
    . " WHERE slug = 'shut-for-good'"))[0]};
cmp_ok(abs($checked - $fetched - 7 * 86400), '<', 60, 'asked again weekly');


# --- R 16: a release that is withdrawn vanishes

$w->plugin('odd-types', { versions => { '1.0' => undef, '2.0' => undef } });
update('plugin/odd-types');
like($t->sql_value("SELECT versions FROM packages"
                   . " WHERE slug = 'odd-types'"), qr/"2\.0"/, 'a release');
$w->plugin('odd-types', { versions => { '1.0' => undef } });
is(update('plugin/odd-types')->{counts}{documents_changed}, 1,
   'is withdrawn: the document changes');
unlike($t->sql_value("SELECT versions FROM packages"
                     . " WHERE slug = 'odd-types'"), qr/"2\.0"/, 'vanishes');


# --- R 14: closed and opened again: at once, for the package is named

$w->closed('plugin', 'good');
$r = update('plugin/good');
is($r->{counts}{closed}, 1, 'closed');
is($r->{counts}{documents_changed}, 2, 'its documents lose their versions');
is($t->sql_value("SELECT count(*) FROM documents WHERE claims = 1"
                 . " AND path LIKE '%/good%'"), 2,
   'closed: both documents claim the name');

$w->plugin('good', { versions => { '1.0' => undef } });
$r = update('plugin/good');
is(state_of('plugin', 'good'), 'active', 'opened again');
is($r->{counts}{documents_changed}, 2, 'its documents are back');


# --- R 11: a plugin whose slug is refused spoils the bulk, not the others

forget();

$w->plugin("plugin-$_") for 1 .. 8;
$w->fail('status', status => 404, times => 100, query => 'refused',
         body => '{"error":"Invalid plugin slug."}');
discover((map { "plugin/plugin-$_" } 1 .. 8), 'plugin/refused');
$r = update();
$w->write_json('fail.json', '[]');

is($r->{counts}{fetched}, 8, 'the other plugins are fetched');
is(state_of('plugin', 'refused'), 'invalid', 'the refused one is invalid');


# --- SIGTERM: what was answered is stored, the rest stays due

forget();
$t->configure(http => { %http, stall_timeout => '30s' },
              wporg => { concurrency => 1, bulk => 10 });

$w->plugin($_) for @plugins;
discover(map { "plugin/$_" } @plugins);

$w->clear_requests;
$w->fail('slow', seconds => 0);
$w->fail('slow', seconds => 2, times => 100);
my $p = $t->syncd_start('update');
$t->wait_for(sub { scalar($w->requests) >= 2 }, 'a request is in flight');
$r = $t->finish($p, 'TERM', 20);
$w->write_json('fail.json', '[]');

is($r->{code}, 1, 'stopped: done in part');

my $done = $t->sql_value("SELECT count(*) FROM packages"
                         . " WHERE state = 'active'");
cmp_ok($done, '>=', 10, 'what was answered is stored');
cmp_ok($done, '<=', 30, 'and no more was asked for');
is($t->sql_value('SELECT count(*) FROM packages WHERE failures > 0'), 0,
   'the rest has not failed');

$r = update();
is($r->{code}, 0, 'the next run');
is($r->{counts}{fetched}, 150 - $done, 'fetches the rest');

# one that waits for its retry has not failed either

due();
$w->clear_requests;
$w->fail('status', status => 503, retry_after => 100, times => 100);
$p = $t->syncd_start('update');
$t->wait_for(sub { scalar($w->requests) >= 1 }, 'a request is refused');
$start = time;
$r = $t->finish($p, 'TERM', 20);
$w->write_json('fail.json', '[]');

is($r->{code}, 1, 'stopped while waiting: done in part');
cmp_ok(time - $start, '<', 5, 'at once');
is($t->sql_value('SELECT count(*) FROM packages WHERE failures > 0'), 0,
   'nothing has failed');


# --- one that can't be stored does not take the others with it

due();
$t->configure(http => { %http });
$w->plugin($_, { versions => { '1.0' => undef, '2.0' => undef } })
    for @plugins;
$t->sql("CREATE TRIGGER broken BEFORE UPDATE ON documents"
        . " WHEN OLD.path LIKE '%/plugin-003.json'"
        . " BEGIN SELECT RAISE(ABORT, 'no room for it'); END");
$r = update();
$t->sql('DROP TRIGGER broken');

is($r->{code}, 1, 'one can not be stored: done in part');
is($r->{counts}{fetched}, 149, 'the others are');
is($r->{counts}{documents_changed}, 149, 'with their documents');
like($r->{err}, qr{plugin/plugin-003: .*no room for it}, 'one line');
unlike($t->sql_value("SELECT versions FROM packages"
                     . " WHERE slug = 'plugin-003'"), qr/2\.0/,
       'nothing of it is stored');

$r = update();
is($r->{code}, 0, 'the next run');
is($r->{counts}{fetched}, 1, 'fetches that one');


# --- nobody is there

due();
$t->configure(http => { %http, retries => 0 },
              wporg => { api_url => 'http://127.0.0.1:' . $t->port });
$stay = everything();
$r = update();

is($r->{code}, 1, 'no server: done in part');
is(everything(), $stay, 'nothing has changed');
like($r->{err}, $somehow, 'one clear line');


$t->done;

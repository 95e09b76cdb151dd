#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Filter lists, that of closed packages and an operator's own: what a change
# of the file changes, whatever is in it, and what Composers make of them.


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;
my $w = $t->wporg;
my $file = $t->dir . '/lists';

my $why = 'It was closed on WordPress.org on 2026-04-09, for good'
          . ' (reason: Author Request)';

$w->plugin('akismet', { versions => { '5.0' => undef, '5.1' => undef } });
$w->plugin('form', { versions => { '1.0' => undef, '2.0' => undef,
                                   '3.0' => undef } });
$w->plugin('shut', { versions => { '1.0' => undef, '1.1' => undef } });
$w->theme('twentyten', { versions => { '3.8' => undef } });

$t->write_file('packages.txt', join "\n", qw(plugin/akismet plugin/form
                                             plugin/shut theme/twentyten), '');
configure();
syncd('migrate');
syncd('discover', '--source=list', $t->dir . '/packages.txt');
syncd('update');

my $url = $t->nginx(
    locations => 'location / { wppkg_catalogue ' . $t->catalogue . '; }');


sub configure { $t->configure(repository => { @_ }) }


sub syncd {
    my (@args) = @_;

    my $r = $t->syncd(@args);
    is($r->{code}, 0, "wppkg-syncd @args") or diag($r->{err});

    return $r;
}


# what a run says of the file

sub lists {
    my ($lists, %conf) = @_;

    $t->write_file('lists', $lists) if defined $lists;
    configure(lists => $file, %conf);

    my $r = $t->syncd('update');
    is($r->{code}, $r->{err} eq '' ? 0 : 1,
       'update ends with 1 if anything is wrong with the file');

    return $r->{err} =~ s/^\S+: //gmr;
}


sub get_json { JSON::PP::decode_json($t->get($_[0])->{content}) }


sub filters { get_json("/p2/wp-$_[0].json")->{filter} }


sub watermark { get_json('/metadata/changes.json')->{timestamp} }


# but for the documents that are about many packages

sub since {
    my ($since) = @_;

    my $feed = get_json("/metadata/changes.json?since=$since");
    return join ' ', sort map { "$_->{type}:$_->{package}" }
                              @{$feed->{actions}};
}


# --- C 44: the root tells of them

my $root = get_json('/packages.json')->{filter};
ok($root->{metadata}, 'C 44: lists are in the files of packages');
is_deeply($root->{lists}, { 'wp-closed' => { enabled => JSON::PP::true } },
          'C 44: the list of closed packages is there');
is($root->{'summary-url'}, '/p2/filter-summary.json',
   'C 45: and where their summary is');
is($t->get('/p2/filter-summary.json')->{content},
   '{"filter":{"wp-closed":{}}}', 'C 45: which is there before any entry');


# --- whatever is in the file

my $before = watermark();

my $said = lists("\xef\xbb\xbf# ours\r\n\r\n"
    . "malware\tplugin/form  \"<2.0\"  \"<b>Steals</b></warning>\"\r\n"
    . "ours wp-plugin/form 3.0 'x' https://example.org/?a=1&b=2\r\n"
    . "ours wp-plugin/not-here * \"not here\"\r\n"
    . "ours wp-theme/twentyten * \"\xc3\xbcber\"\n"
    . "ours wp-theme/twentyten * \"twice\"\n"
    . "ours wp-plugin/akismet foo-dev \"no constraint\"\n"
    . "ours wp-plugin/akismet *\n"
    . "ours wp-plugin/akismet * \"\xff\"\n"
    . "ours wp-plugin/akismet * \"a\x07b\"\n"
    . "ours wp-plugin/akismet * \"" . 'long ' x 2000 . "\"\n"
    . "security wp-plugin/akismet * reserved\n"
    . "wp-closed wp-plugin/akismet * taken\n"
    . "ours wp-plugin/Akismet * upper\n"
    . "ours wp-plugin/akismet * r ftp://example.org/\n"
    . "ours wp-plugin/akismet * \"not closed\n"
    . "ours wp-plugin/akismet * r https://a.b/ more\n"
    . join '', map { "ours wp-plugin/none-$_ * r\n" } 1 .. 12);

is(join(' ', $said =~ /^\Q$file\E:(\d+): \S/gm), '7 8 9 10 11 12 13 14 15 16',
   'lines that are wrong are told by their numbers, ten of them')
    or diag($said);
like($said, qr/^\Q$file\E: 2 more lines are wrong$/m, 'and how many more');
is(since($before), 'update:wp-plugin/form update:wp-theme/twentyten',
   'the main files of packages with entries change, and nothing else');

is_deeply(filters('plugin/form'), {
    malware => [ { constraint => '<2.0', reason => 'b Steals /b /warning' } ],
    ours => [ { constraint => '3.0', reason => "'x'",
                url => 'https://example.org/?a=1&b=2' } ],
}, 'C 46: the entries of a package, with reasons fit for a console');
is_deeply(filters('theme/twentyten'), {
    ours => [ { constraint => '*', reason => "\x{fc}ber" } ],
}, 'of an entry that is there twice, the first counts');
is(filters('plugin/akismet'), undef, 'a package without entries has no filter');
is_deeply([ sort keys %{get_json('/packages.json')->{filter}{lists}} ],
          [ qw(malware ours wp-closed) ], 'C 44: the root has the names');


# --- only what has changed

my $generation = $t->sql_value('SELECT max(generation) FROM documents');

is(lists(undef), '', 'the same file: its wrong lines are not told again');
is($t->sql_value('SELECT max(generation) FROM documents'), $generation,
   'the same file: no document changes');

my $lists = "malware plugin/form <2.0 \"b Steals /b /warning\"\n"
            . "ours plugin/form 3.0 'x' https://example.org/?a=1&b=2\n"
            . "ours plugin/not-here * r\n"
            . "ours theme/twentyten * \"\xc3\xbcber\"\n";

$before = watermark();
is(lists($lists), '', 'the same in other words');
is(since($before), '', 'the same in other words: no document changes');

is(lists($lists =~ s/^.*twentyten.*\n//mr), '', 'a line less');
is(since($before), 'update:wp-theme/twentyten', 'a line less: its package');
is(filters('theme/twentyten'), undef, 'a line less: it has no filter');

$before = watermark();
lists($lists =~ s/3\.0/>=3/r);
is(since($before), 'update:wp-plugin/form update:wp-theme/twentyten',
   'a line more, and another constraint: their packages');

$w->plugin('not-here', { versions => { '1.0' => undef } });
$t->syncd({ stdin => "plugin/not-here\n" }, 'discover', '--source=list', '-');
syncd('update');
is_deeply(filters('plugin/not-here'),
          { ours => [ { constraint => '*', reason => 'r' } ] },
          'a package that comes later has its entries');


# --- the last good one stays

$before = watermark();

unlink $file;
like(lists(undef), qr/^lists \Q$file\E cannot be read: No such file .*stay$/,
     'the file is away: a line says so');

mkdir $file;
like(lists(undef), qr/^lists \S+ cannot be read: it is a directory, /,
     'a directory: a line says so');
rmdir $file;

like(lists("\0" x 4096), qr/cannot be read: it has a NUL byte; /,
     'as a loss of power leaves a file: a line says so');

# as it is while somebody writes it, and another file than it should be

for my $empty ('', "\n \r\n\t\n") {
    like(lists($empty), qr/^lists \Q$file\E has no line: .* leave a comment .*$/,
         'no line: a line says so, and what to do');
    like(lists(undef), qr/ has no line: /, 'and so does each run');
}

like(lists("ours plugin/form * r\n\xff\n\xff\n"),
     qr/^lists \Q$file\E: more of its lines are wrong, 2, than are not, 1; line 2: .* not UTF-8.*; those known before stay/,
     'more lines that are wrong than are not: one line says so');

open my $fh, '>', $file or die;
truncate $fh, 65 * 1024 * 1024;
close $fh;
like(lists(undef), qr/cannot be read: it is too large, more than 65536 KiB; /,
     'too large: a line says so');

is(since($before), '', 'what the last good file said stays');
is(lists($lists =~ s/3\.0/>=3/r), '', 'the last good file is back');
is(since($before), '', 'and nothing has changed');


like(lists("ours plugin/form * r\n\xff\n"), qr/^\Q$file\E:2: /,
     'one of two is wrong: the other counts');
is_deeply(filters('plugin/form'),
          { ours => [ { constraint => '*', reason => 'r' } ] }, 'it does');

is(lists("# none any more\n"), '', 'a comment alone');
is(filters('plugin/form'), undef, 'a comment alone ends all lists');
is(lists($lists =~ s/3\.0/>=3/r), '', 'and the last good file is back');


# --- status tells

my $r = syncd('status', 'plugin/form');
like($r->{out}, qr/^  filter lists: +malware, <2\.0: b Steals .*\n +ours, >=3: 'x'$/m,
     'status tells the entries of a package');


# --- C 46: closed packages

$t->composer({ %{$t->composer_json($url, 'wp-plugin/shut' => '*')},
               dir => $t->dir . "/old-$_", with => $_ }, 'update')
    for $t->composers;

$w->closed('plugin', 'shut', permanent => 1);
lists("ours plugin/shut <1.1 r\n");
syncd('update', 'plugin/shut');
is_deeply(filters('plugin/shut'), {
    'wp-closed' => [ { constraint => '*', reason => $why,
                       url => 'https://wordpress.org/plugins/shut/' } ],
    ours => [ { constraint => '<1.1', reason => 'r' } ],
}, 'C 46: a closed package is on its list, and on others');
is(filters('plugin/shut~dev'), undef, 'C 46: not in ~dev');
like(syncd('status', 'plugin/shut')->{out},
     qr/^plugin\/shut: closed for good since 2026-04-09$/m,
     'status has the date of the warning');
like(syncd('status', 'plugin/shut')->{out},
     qr/^  filter lists: +wp-closed, \*\n +ours, <1\.1: r$/m,
     'status tells that it is closed');


sub project {
    my ($with, $policy, %require) = @_;

    my $json = $t->composer_json($url, %require);
    $json->{config}{policy} = $policy if $policy;

    return { %$json, with => $with };
}


# an old lock, which was made before the closing

sub audit {
    my ($with, $policy) = @_;

    my $project = project($with, $policy, 'wp-plugin/shut' => '*');
    return $t->composer({ %$project, dir => $t->dir . "/old-$with" },
                        'audit', '--locked', '--format=plain');
}

$t->clear_access_log;
$r = audit('composer-next', { 'wp-closed' => {} });
is(join(' ', grep { m{^/p2/} } map { $_->{uri} } $t->asked),
   '/p2/filter-summary.json /p2/wp-plugin/shut.json',
   'C 45: an audit reads the summary, and the files that it names');
is($r->{code}, 1, 'C 46: audit of an old lock with policy: it fails');
like("$r->{out}$r->{err}",
     qr{^wp-plugin/shut .*"wp-closed"\. Reason: \Q$why\E\. URL: https://\S+/shut/}m,
     'C 46: and tells the list, the reason and the URL');

$r = audit('composer-next', undef);
is($r->{code}, 0, 'audit without policy: nothing') or diag("$r->{out}$r->{err}");

$r = audit('composer', { 'wp-closed' => {} });
unlike("$r->{out}$r->{err}", qr/wp-closed/, 'an older Composer knows nothing');


# --- whatever WordPress.org gives as a reason

sub closed_because {
    my ($bytes) = @_;

    $w->raw('plugin', 'not-here', '{"error":"closed","name":"N","slug":'
        . '"not-here","description":"","closed":true,"reason":"x",'
        . '"closed_date":"2026-04-09","reason_text":"' . $bytes . '"}');
    $t->syncd('update', 'plugin/not-here');

    return (filters('plugin/not-here') || {})->{'wp-closed'};
}

is(closed_because("a\xff"), undef, 'an answer that is not UTF-8 closes nothing');

like(closed_because('</warning>\u001b[31m\\n\u202e' . 'long ' x 2000)
         ->[0]{reason},
     qr/^It was [ -;=?-\[\]-~]{100,400}\)$/,
     'a reason with markup and control characters, and 10 KB of it');

for my $with ($t->composers) {
    $r = $t->composer(project($with, undef, 'wp-plugin/not-here' => '*'),
                      'update');
    like($r->{err}, qr/\) was closed on .* \(reason: .*long\b.*\)\. See /,
         "$with: prints it") or diag($r->{err});
}


# --- C 47: abandoned

$t->write_file('lists', "malware plugin/form <2.0 \"Steals passwords\" "
    . "https://example.org/1\nmalware plugin/form >2.5 \"Again\"\n"
    . "ours plugin/akismet >5.0 r\n");
configure(lists => $file, closed => 'abandoned');
syncd('update');

is(filters('plugin/shut')->{'wp-closed'}[0]{reason}, $why,
   'C 47: abandoned, it is on the list as well');

my %closed = ('wp-plugin/shut' => '*');

$r = $t->composer(project('composer-next', { 'wp-closed' => {} }, %closed),
                  'update', '--no-install');
is($r->{code}, 2, 'C 47: abandoned: update is blocked by policy');
like($r->{err} =~ s/\s+/ /gr, qr/filtered by wp-closed .*\Q$why\E/,
     'C 47: naming list and reason') or diag($r->{err});

# docs/closed.md: one that is locked already stays

$r = $t->composer({ %{project('composer-next', { 'wp-closed' => {} }, %closed)},
                    dir => $t->dir . '/old-composer-next' }, 'update',
                  '--no-install');
is($r->{code}, 0, 'abandoned: an old lock file: update does not fail')
    or diag($r->{err});
is(version($r), '1.1', 'abandoned: an old lock file keeps the package');

for my $with ($t->composers) {
    my $blocks = { 'wp-closed' => { block => JSON::PP::false } };

    for my $policy (undef, $blocks) {
        $r = $t->composer(project($with, $policy, %closed), 'update',
                          '--no-install');
        is($r->{code}, 0, "$with: abandoned: update "
           . ($policy ? 'with block false' : 'without policy') . ' takes it')
            or diag($r->{err});
    }
}


# --- an operator's lists

my $next = project('composer-next', undef, 'wp-plugin/form' => '*');

$r = $t->composer($next, 'update', '--no-install');
is($r->{code}, 0, 'malware, without policy: what is not on it is taken')
    or diag($r->{err});
is(version($r), '2.0', 'of several constraints, each counts');

sub version {
    my $lock = JSON::PP::decode_json(
        $t->read_file("$_[0]->{dir}/composer.lock"));
    return $lock->{packages}[0]{version};
}

$r = $t->composer(project('composer-next', undef, 'wp-plugin/form' => '1.0'),
                  'update', '--no-install');
is($r->{code}, 2, 'malware, without policy: update is blocked');
like($r->{err} =~ s/\s+/ /gr,
     qr{flagged as malware .*https://example\.org/1.*Steals passwords},
     'malware: naming reason and URL') or diag($r->{err});

$r = $t->composer(project('composer', undef, 'wp-plugin/form' => '*'),
                  'update', '--no-install');
is(version($r), '3.0', 'an older Composer takes all that there is');

# a lock of the older one

my $dir = $r->{dir};
$r = $t->composer({ dir => $dir, with => 'composer-next' }, 'install',
                  '--dry-run');
is($r->{code}, 2, 'malware: install from a lock file is blocked')
    or diag("$r->{out}$r->{err}");
like("$r->{out}$r->{err}", qr/malware/, 'malware: naming it');

for my $policy (undef, { ours => {} }) {
    $r = $t->composer(project('composer-next', $policy,
                              'wp-plugin/akismet' => '*'),
                      'update', '--no-install');
    is(version($r), $policy ? '5.0' : '5.1', 'any other list counts '
       . ($policy ? 'for a project that names it' : 'for no other project'));
}


# --- C 47: gone

configure(lists => $file, closed => 'gone');
syncd('update');
is_deeply([ sort keys %{get_json('/packages.json')->{filter}{lists}} ],
          [ qw(malware ours) ], 'gone: no list of closed packages');


# --- the key is removed

configure();
syncd('update');
is(join(' ', map { $t->sql_value("SELECT count(*) FROM $_") }
             qw(filters outdated)), '0 0', 'the key is away: so are its rows');
is(filters($_), undef, "the key is away: $_ has no filter")
    for qw(plugin/form plugin/akismet theme/twentyten);


# --- C 45: a mirror copies the root, and not the summary

configure(base_url => 'https://packages.example.org/wp');
syncd('update');
is(get_json('/packages.json')->{filter}{'summary-url'},
   'https://packages.example.org/wp/p2/filter-summary.json',
   'C 45: with a base URL, the root leads to the summary there');
configure();
syncd('update');


# --- C 35: many

$t->sql('WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL'
    . ' SELECT i + 1 FROM n WHERE i < 2600)'
    . ' INSERT INTO packages (type, slug, state, created_at, changed_rev,'
    . " synced_rev, versions) SELECT 'plugin', printf('m%05d', i), 'active',"
    . ' 1, 1, 1, \'[{"tag":"1.0","zip":"https://example.org/a.zip"}]\' FROM n;'
    . 'DELETE FROM meta WHERE name = \'render_generation\'');
like(syncd('update')->{out}, qr{^rendered: 2500 packages, \d+ documents }m,
     'C 35: after an upgrade, a run renders 2,500 packages');
like(syncd('update')->{out}, qr{^rendered: \d+ packages, \d+ documents }m,
     'C 35: and the next one goes on');
unlike(syncd('update')->{out}, qr/^rendered/m, 'until all are done');

$t->write_file('lists', join '', map { sprintf "list-%d plugin/m%05d <%d"
               . " \"%d reasons\"\n", $_ % 5, $_, $_, $_ } 1 .. 100_000);
configure(lists => $file);

$before = watermark();
my $begun = (times)[2];
$r = syncd('update');
like($r->{out}, qr/^outdated: 2500 packages, 2500 documents changed, /m,
     'C 35: 100,000 lines: a run renders 2,500 packages, no more');
cmp_ok((times)[2] - $begun, '<', 30, 'C 35: in little time');

like(syncd('status')->{out}, qr/^rendered anew: +100, with the next runs$/m,
     'status: how many wait');
is(JSON::PP::decode_json(syncd('status', '--json')->{out})->{outdated}, 100,
   'as JSON');

$r = syncd('update');
like($r->{out}, qr/^outdated: 100 packages, 100 documents changed, /m,
     'the next one does the rest');
$r = syncd('update');
unlike($r->{out}, qr/outdated/, 'and then nothing is left');
unlike(syncd('status')->{out}, qr/^rendered anew/m, 'status: none waits');
is(() = since($before) =~ /update:wp-plugin\/m\d+\b(?!~)/g, 2600,
   'each is told once');

$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# WordPress itself: wp-core/wordpress and wp-core/wordpress-no-content, from
# what WordPress.org tells of its releases, with both Composers.


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents qw(gunzip);
use Test::WPPkg::Edge qw(edge same);
use Test::WPPkg::Process qw(alive);
use Time::HiRes ();


my $t = Test::WPPkg->new(timeout => 900);
my $w = $t->wporg;
my @files = map { ("p2/wp-core/$_.json", "p2/wp-core/$_~dev.json") }
            qw(wordpress wordpress-no-content);

my %releases = ('1.0' => 'insecure', '6.7' => 'insecure',
                '6.7.1' => 'insecure', '6.7.2' => 'outdated',
                '6.8' => 'insecure', '6.8.3' => 'outdated',
                '6.9' => 'latest');
my %offers = ('6.9' => '7.2.24', '6.8.3' => '7.2.24', '6.7.2' => '7.2.24');


sub syncd {
    my ($code, @args) = @_;

    my $r = $t->syncd(@args);
    is($r->{code}, $code, "wppkg-syncd @args") or diag("$r->{out}$r->{err}");

    return $r;
}


# twelve hours have passed, or so many seconds

sub later {
    my ($seconds) = @_;
    $seconds ||= 43200;

    $t->sql("UPDATE core SET asked_at = asked_at - $seconds,"
            . " read_at = read_at - $seconds");
    $t->sql("UPDATE core_releases SET doubted_at = doubted_at - $seconds"
            . ' WHERE doubted_at > 0');
    $w->clear_requests;
}


sub asked {
    return join ' ', map { "$_->{method} $_->{path}" } $w->requests;
}


sub versions {
    my ($path) = @_;

    my ($row) = $t->sql('SELECT hex(body) FROM documents'
        . " JOIN bodies ON document_id = id WHERE path = '$path'");
    return '' if !$row;

    my $json = JSON::PP::decode_json(gunzip(pack 'H*', $row->[0]));
    my ($versions) = values %{$json->{packages}};

    return join ' ', map { $_->{version} } @$versions;
}


sub dates {
    return join ' ', map { "$_->[0]=$_->[1]" }
           $t->sql('SELECT path, content_changed_at FROM documents'
                   . " WHERE path LIKE 'p2/wp-core/%' ORDER BY path");
}


sub get { $t->get("/$_[0]") }


# --- off, unless Subversion is followed

$w->plugin('akismet', { versions => { '5.0' => undef } });
$w->wordpress(\%releases, \%offers);
$w->write_json('core/missing.json', '["wordpress-1.0-no-content"]');

$t->configure(catalogue => { list => $t->path('list') },
              wporg => { core => undef });
$t->write_file('list', "plugin/akismet\n");
syncd(0, 'migrate');
syncd(0, 'run', '--once');
unlike(asked(), qr{/core/}, 'without "follow", nobody asks for WordPress');
is(versions($files[0]), '', 'and it is not offered');

my $db = $t->catalogue;

$t->nginx(workers => 2,
          locations => "location / { wppkg_catalogue $db; wppkg_packages on;"
                       . ' location = /status { wppkg_status; } }'
                       . ' location /claim/ { wppkg_catalogue ' . $db . ';'
                       . ' wppkg_packages on; wppkg_unknown claim; }');

is(get('p2/wp-core/wordpress.json')->{status}, 404, 'off: 404');
is($t->get('/claim/p2/wp-core/x.json')->{status}, 404,
   'off: its vendor is not claimed either');


# --- on

sub configure {
    my (%o) = @_;

    my $wporg = delete $o{wporg} || {};

    $t->configure(catalogue => { list => $t->path('list') },
                  repository => { authority => 'whole',
                                  base_url => $t->nginx_url },
                  http => { retries => 0 },
                  wporg => { core => 'on', verify_zips => 'on', %$wporg },
                  %o);
}

configure();
$w->clear_requests;

my $r = syncd(0, 'update');
like($r->{out}, qr/^core: 7 new releases, 14 zips asked, 1 zip missing, /m,
     'a line for what was done');
like(asked(), qr{^GET /core/stable-check/1\.0/ GET /core/version-check/1\.7/ },
     'both answers are asked for');

is(versions($files[0]), '6.9 6.8.3 6.8 6.7.2 6.7.1 6.7 1.0',
   'all releases, the newest first');
is(versions($files[2]), '6.9 6.8.3 6.8 6.7.2 6.7.1 6.7',
   'without wp-content, those that have such a zip');

my $json = JSON::PP::decode_json(get($files[0])->{content});
my ($new, $old) = @{$json->{packages}{'wp-core/wordpress'}}[0, 2];

is($new->{type}, 'wordpress-core', 'the type of WordPress.org');
is_deeply($new->{require}, { php => '>=7.2.24',
                             'roots/wordpress-core-installer' => '^3.0' },
          'PHP where it is known');
is_deeply($old->{require}, { 'roots/wordpress-core-installer' => '^3.0' },
          'and where it is not, none');
is($new->{dist}{url}, $w->url . '/release/wordpress-6.9.zip',
   'the zip is where WordPress.org says that it is');
like($json->{filter}{'wp-insecure-core'}[0]{constraint},
     qr/^>=1\.0,<=6\.7\.1\|\|=6\.8$/, 'C 46: those that are insecure');

is(get($files[1])->{content}, '{"packages":{"wp-core/wordpress":[]},'
   . '"minified":"composer/2.0"}', 'C 13: there is a ~dev, and it is empty');

my $root = JSON::PP::decode_json(get('packages.json')->{content});
is_deeply($root->{'available-package-patterns'},
          [ 'wp-plugin/*', 'wp-theme/*', 'wp-core/*' ],
          'C 4: its vendor is announced');
is_deeply($root->{filter}{lists}, { 'wp-closed' => { enabled => \1 },
                                    'wp-insecure-core' => { enabled => \1 } },
          'C 44: and the filter list') or diag(get('packages.json')->{content});

is_deeply(JSON::PP::decode_json(get('p2/filter-summary.json')->{content})
          ->{filter}{'wp-insecure-core'},
          { map { ("wp-core/$_" => '>=1.0,<=6.7.1||=6.8') }
            qw(wordpress wordpress-no-content) },
          'C 45: and the summary has it');

is(get('packages/list.json')->{content},
   '{"packageNames":["wp-core/wordpress","wp-core/wordpress-no-content",'
   . '"wp-plugin/akismet"]}', 'C 28: both are on the list');
is(get('packages/list.json?vendor=wp-core&filter=*-no-*')->{content},
   '{"packageNames":["wp-core/wordpress-no-content"]}',
   'C 52: also on a part of it');
is(get('p2/wp-core/x.json')->{content},
   '{"packages":{"wp-core/x":[]},"minified":"composer/2.0"}',
   'C 40: any other name of its vendor is claimed');
is(get('p2/wp-cores/x.json')->{status}, 404, 'C 17: not of another vendor');

my $feed = get('metadata/changes.json?since=16000000000000')->{content};
like($feed, qr/resync|"package":"wp-core\/wordpress"/, 'C 32: the feed');


# --- asked twice a day

my $dates = dates();
$w->clear_requests;
syncd(0, 'update');
is(asked(), '', 'it is not asked before twelve hours have passed');

later(43100);
syncd(0, 'update');
is(asked(), '', 'not even a minute before');

later(100);
syncd(0, 'update');
is(asked(), 'GET /core/stable-check/1.0/ GET /core/version-check/1.7/',
   'but then, and no zip that is known');
is(dates(), $dates, 'R 24: unchanged bytes keep their date');

like(syncd(0, 'status')->{out},
     qr/^WordPress: +7 releases, 4 of them insecure, as of 20/m,
     'status tells of it');

my $status = JSON::PP::decode_json(syncd(0, 'status', '--json')->{out});
is_deeply([ @{$status->{core}}{qw(releases insecure doubted)} ], [ 7, 4, 0 ],
          'also for programs');
is(JSON::PP::decode_json(get('status?format=json')->{content})
   ->{core}{releases}, 7, 'nginx tells of it');
like(get('status?format=prometheus')->{content},
     qr/^wppkg_core_insecure_releases 4$/m, 'and Prometheus');

# a server that says when what it tells has changed

$t->write_file('wporg/core/dated', '');
later();
syncd(0, 'update');
later();
syncd(0, 'update');
is(join(' ', map { $_->{status} } $w->requests), '304 304',
   'what has not changed is not sent again');
unlink $t->path('wporg/core/dated');


# --- bad answers change nothing, and tell why in one line

my $before = JSON::PP->new->canonical->encode([ $t->sql(
    'SELECT version, status, php FROM core_releases ORDER BY version') ]);
$dates = dates();

sub refused {
    my ($what, $releases, $offers, $why) = @_;

    $w->wordpress($releases, $offers);
    later();

    my $r = syncd(1, 'update');
    is(scalar(() = $r->{err} =~ /^/mg), 1, "$what: one line")
        or diag($r->{err});
    like($r->{err}, $why, "$what: which tells why");
    is(JSON::PP->new->canonical->encode([ $t->sql(
        'SELECT version, status, php FROM core_releases ORDER BY version') ]),
       $before, "$what: what is known stays");
    is(dates(), $dates, "$what: and so do the files");
}

refused('HTML', '<html><h1>Maintenance</h1>', \%offers, qr/not JSON/);
refused('an empty object', '{}', \%offers, qr/names no release/);
refused('an empty array', '[]', \%offers, qr/names no release/);
refused('a text', '"6.9"', \%offers, qr/not JSON|no JSON object/);
refused('another status', { map { $_ => 'supported' } keys %releases },
        \%offers, qr/more of it is wrong/);
refused('no versions', { map { ("v$_-x/" => 'latest') } 1 .. 9 }, \%offers,
        qr/more of it is wrong/);
refused('10^5 releases', { map { ("9.$_" => 'latest') } 1 .. 100_000 },
        \%offers, qr/more than 2000|longer|limit|large/);
refused('no offers', \%releases, '{"offers":[]}', qr/no "offers"/);
refused('offers of 20 MB', \%releases, '{"offers":["' . 'x' x 20_000_000
        . '"]}', qr/version-check/);
refused('half of them is wrong', { '6.9' => 'latest', 'x' => 'latest' },
        \%offers, qr/more of it is wrong/);

# a few that are wrong are left out

$w->wordpress({ %releases, '6.9/../x' => 'latest', 'dev-trunk' => 'latest' },
              \%offers);
later();
like(syncd(0, 'update')->{err}, qr/2 releases cannot be published; the first/,
     'a few that are wrong: the others count');
is(dates(), $dates, 'and the files stay');

# failures of the server

$w->wordpress(\%releases, \%offers);

for my $failure ({ what => 'status', status => 500 },
                 { what => 'status', status => 404 }, { what => 'close' },
                 { what => 'truncate' }, { what => 'garbage' })
{
    later();
    my %how = (%$failure, path => '^/core/stable');
    $w->fail(delete $how{what}, %how);
    my $name = $failure->{status} || $failure->{what};

    syncd(1, 'update');
    is(dates(), $dates, "$name: the files stay");
    unlike(asked(), qr/version-check/, "$name: nothing else is asked for");
}

$w->clear_requests;
syncd(0, 'update');
is(asked(), '', 'after a failure it is left in peace');
like(syncd(0, 'status')->{out}, qr/^WordPress: .*, asked in vain 20/m,
     'which status tells');
later(1800);
syncd(0, 'update');
like(asked(), qr/stable-check/, 'for half an hour');

later();
$w->fail('status', status => 429, retry_after => 900, path => '^/core/');
syncd(1, 'update');
later();
syncd(1, 'update');
is(asked(), '', 'R 18: Retry-After is obeyed, by the next run too');
$t->sql("DELETE FROM meta WHERE name LIKE '%pause%'");


# --- nothing is taken away after one observation

delete $releases{'6.8'};
$w->wordpress(\%releases, \%offers);
later();
syncd(0, 'update');
is(dates(), $dates, 'R 14: a release that is not told once stays');
like(syncd(0, 'status')->{out}, qr/, 1 in doubt/, 'status tells of the doubt');
later();
syncd(0, 'update');
is(versions($files[0]), '6.9 6.8.3 6.8 6.7.2 6.7.1 6.7 1.0',
   'R 14: nor after twelve hours');
later();
syncd(0, 'update');
is(versions($files[0]), '6.9 6.8.3 6.7.2 6.7.1 6.7 1.0',
   'R 14: but after a day');


# --- a new release waits for its zip

$releases{'6.9.1'} = 'latest';
@releases{qw(6.9)} = qw(outdated);
$offers{'6.9.1'} = '7.4';
$w->wordpress(\%releases, \%offers);
$w->write_json('core/missing.json', '["wordpress-1.0-no-content",'
               . '"wordpress-6.9.1","wordpress-6.9.1-no-content"]');
later();
syncd(0, 'update');
unlike(versions($files[0]), qr/6\.9\.1/, 'a zip that is missing is not offered');
$w->write_json('core/missing.json', '["wordpress-1.0-no-content"]');
$t->sql('UPDATE core_releases SET zips_asked_at = zips_asked_at - 3600');
syncd(0, 'update');
like(versions($files[0]), qr/^6\.9\.1 /, 'until it is there');

$json = JSON::PP::decode_json(get($files[0])->{content});
is($json->{packages}{'wp-core/wordpress'}[0]{require}{php}, '>=7.4',
   'with the PHP that it needs');


# --- Composer

my $installer = { type => 'package', package => {
    name => 'roots/wordpress-core-installer', version => '3.0.0',
    type => 'metapackage' } };

sub project {
    my ($with, $policy, %require) = @_;

    my $json = $t->composer_json($t->nginx_url, %require);
    unshift @{$json->{repositories}}, $installer, { type => 'package',
        package => { name => 'acme/needs-wordpress', version => '1.0.0',
                     type => 'metapackage',
                     require => { 'wordpress/core-implementation' => '>=6' } }
    };
    $json->{config}{policy} = $policy if $policy;
    $json->{config}{platform} = { php => '8.1.0' };

    return { %$json, with => $with };
}


sub locked {
    my ($r) = @_;

    my $lock = JSON::PP::decode_json(
        $t->read_file("$r->{dir}/composer.lock"));

    return { map { $_->{name} => $_->{version} } @{$lock->{packages}} };
}

for my $with ($t->composers) {
    my $r = $t->composer(project($with), 'require', 'wp-core/wordpress',
                         'acme/needs-wordpress');
    is($r->{code}, 0, "$with: composer require wp-core/wordpress")
        or diag("$r->{out}$r->{err}");
    is(locked($r)->{'wp-core/wordpress'}, '6.9.1',
       "$with: the newest, which is what others require");
    like($t->read_file("$r->{dir}/vendor/wp-core/wordpress/wp-includes"
                       . '/version.php'), qr/6\.9\.1/, "$with: installed");

    $r = $t->composer(project($with, undef,
                              'wp-core/wordpress-no-content' => '6.8.*'),
                      'update');
    is($r->{code}, 0, "$with: without wp-content")
        or diag("$r->{out}$r->{err}");
    is(locked($r)->{'wp-core/wordpress-no-content'}, '6.8.3',
       "$with: a version of it");
    ok(!-e "$r->{dir}/vendor/wp-core/wordpress-no-content/wp-content",
       "$with: and nothing else");

    $r = $t->composer(project($with, undef,
                              'acme/needs-wordpress' => '*',
                              'wp-core/wordpress' => '1.0'),
                      'update', '--no-install');
    is($r->{code}, 2, "$with: a version that is not what others require");
}

my %insecure = ('wp-core/wordpress' => '6.7.1');

$r = $t->composer(project('composer-newest', undef, %insecure), 'update',
                  '--no-install');
is($r->{code}, 0, 'without policy, an insecure one is taken')
    or diag("$r->{out}$r->{err}");

my $dir = $r->{dir};
$r = $t->composer({ %{project('composer-newest', { 'wp-insecure-core' => {} },
                              %insecure)}, dir => $dir },
                  'audit', '--locked', '--format=plain');
is($r->{code}, 1, 'C 46: with it, an audit fails');
like("$r->{out}$r->{err}" =~ s/\s+/ /gr, qr/wp-insecure-core.*calls this rel/,
     'C 46: and tells why') or diag("$r->{out}$r->{err}");

$r = $t->composer(project('composer-newest', { 'wp-insecure-core' => {} },
                          %insecure), 'update', '--no-install');
is($r->{code}, 2, 'C 46: and an update refuses it');

$r = $t->composer(project('composer-newest', { 'wp-insecure-core' => {} },
                          'wp-core/wordpress' => '6.7.*'), 'update',
                  '--no-install');
is(locked($r)->{'wp-core/wordpress'}, '6.7.2',
   'C 46: in favour of one that is not insecure');


# --- what a lock file has of it is judged

$t->write_file('composer.lock', JSON::PP->new->encode({ packages => [
    { name => 'wp-core/wordpress', version => '6.9.1',
      dist => { type => 'zip', url => $w->url . '/release/x.zip' } },
    { name => 'wp-core/wordpress', version => '6.8' },
    { name => 'wp-core/none', version => '1.0' },
    { name => 'acme/x', version => '1.0' } ] }));

is(syncd(1, 'check-lock', $t->path('composer.lock'))->{out},
   "wp-core/wordpress 6.9.1: here\n"
   . "wp-core/wordpress 6.8: no such version here; nearest: 6.7.2 and 6.8.3\n"
   . "wp-core/none 1.0: not here\n"
   . "3 packages of WordPress.org: 1 would install, 2 would not; 1 other not"
   . " judged\n", 'check-lock judges them');


# --- check

like(syncd(0, 'check')->{out}, qr{^WordPress: .*/core/stable-check/1\.0/}m,
     'check asks what the stage asks');
$w->fail('html', path => '^/core/');
like(syncd(1, 'check')->{err}, qr/WordPress: .*not JSON/,
     'and tells what is wrong');


# --- a mirror has what its origin has

my $edge = edge($t);
$r = $edge->syncd('mirror');
is($r->{code}, 0, 'mirror') or diag($r->{err});
same($edge, $t, 'a mirror');
is_deeply(JSON::PP::decode_json($edge->get('/packages.json')
          ->{content})->{'available-package-patterns'},
          [ 'wp-plugin/*', 'wp-theme/*', 'wp-core/*' ],
          'a mirror announces the vendor');
is($edge->get('/p2/wp-core/x.json')->{status}, 200,
   'and claims its names');

$releases{'6.9.2'} = 'latest';
$w->wordpress(\%releases, \%offers);
later();
syncd(0, 'update');
is($edge->syncd('mirror')->{code}, 0, 'mirror');
same($edge, $t, 'after a change');


# --- killed at any moment

my ($killed, $rounds, $span) = (0, $ENV{ROUNDS} || 12, 0);

for my $round (1 .. $rounds) {
    my %env = $t->environment;

    $releases{"7.$round"} = 'outdated';
    $w->wordpress(\%releases, \%offers);
    later();

    my $start = Time::HiRes::time();
    my $deadline = $start + rand $span;
    my $pid = $t->start([ $t->build_dir . '/wppkg-syncd', '-c',
                          $t->path('wppkg.conf'), 'update' ],
                        out => $t->path('daemon.out'),
                        err => $t->path('daemon.err'), env => \%env);

    while (alive($pid)) {
        kill 'KILL', -$pid if $round > 1 && Time::HiRes::time() > $deadline;
        Time::HiRes::sleep(0.002);
    }

    $killed++ if ($? & 127) == 9;
    $span = Time::HiRes::time() - $start if $round == 1;
}

cmp_ok($killed, '>', 2, 'some were killed');
later();
syncd(0, 'update');

my %others = %{JSON::PP::decode_json(get('p2/filter-summary.json')->{content})
               ->{filter}{'wp-insecure-core'}};
is(versions($files[0]), join(' ', reverse(map { "7.$_" } 1 .. $rounds))
   . ' 6.9.2 6.9.1 6.9 6.8.3 6.7.2 6.7.1 6.7 1.0', 'and nothing is missing');
is($t->sql_value('PRAGMA integrity_check'), 'ok', 'the catalogue is in order');


# --- a bucket has it, and loses it again

my $s3 = $t->s3;
configure();
syncd(0, 'sync');
is(scalar(grep { $s3->get($_)->{status} == 200 } @files), 4,
   'a bucket has the files');

configure(wporg => { core => 'off' });
$r = syncd(0, 'run', '--once');
is(versions($files[0]), '', 'off again: it is not offered');
is($t->sql_value("SELECT count(*) FROM documents WHERE path LIKE 'p2/wp-core/%'"
                 . ' AND (content_hash IS NOT NULL OR deployed_hash IS NOT'
                 . ' NULL)'), 0, 'nor is it in the bucket');
is(get('p2/wp-core/wordpress.json')->{status}, 404, 'nginx: 404');
is(get('p2/wp-core/x.json')->{status}, 404, 'its vendor is not claimed');
unlike(get('packages.json')->{content}, qr/wp-core|insecure/,
       'nor announced');
unlike(get('packages/list.json')->{content}, qr/wp-core/, 'nor listed');

done_testing();

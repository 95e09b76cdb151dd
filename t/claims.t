#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Closed means closed: the name of a closed package is claimed, so that
# Composer takes it from no other repository, and Composer says when and why
# it was closed.  With both Composers, an evil repository beside ours, and each
# value of the key "closed".


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;
my $w = $t->wporg;

my $why = 'wp-plugin/0gravatar (0gravatar) was closed on WordPress.org on'
          . ' 2026-04-09, for good (reason: Author Request). See'
          . ' https://wordpress.org/plugins/0gravatar/';

$w->plugin('akismet', { versions => { '5.0' => undef } });
$w->plugin('0gravatar', { versions => { '1.0' => undef, '1.1' => undef } });
$w->theme('twentyten', { versions => { '3.8' => undef } });
$w->closed('plugin', 'never-open');

# the evil one offers what is closed at ours

for my $name (qw(wp-plugin/0gravatar wp-plugin/never-open wp-plugin/typo)) {
    $t->write_file("evil/p2/$name.json", JSON::PP::encode_json({
        packages => { $name => [ { name => $name, version => '9.9',
                                   version_normalized => '9.9.0.0',
                                   type => 'metapackage' } ] },
        minified => 'composer/2.0' }));
    $t->write_file("evil/p2/$name~dev.json", JSON::PP::encode_json({
        packages => { $name => [] }, minified => 'composer/2.0' }));
}

my $port = $t->port;
my $evil = "http://127.0.0.1:$port";

$t->write_file('evil/packages.json',
               '{"packages":[],"metadata-url":"/p2/%package%.json"}');
$t->write_file('packages.txt', join "\n", qw(plugin/akismet plugin/0gravatar
    plugin/never-open plugin/typo theme/twentyten), '');

$t->configure;
syncd('migrate');
syncd('discover', '--source=list', $t->dir . '/packages.txt');
syncd('update');

my $url = $t->nginx(
    locations => 'location / { wppkg_catalogue ' . $t->catalogue . '; }',
    http => "server { listen 127.0.0.1:$port; root $t->{dir}/evil; }");


sub syncd {
    my (@args) = @_;

    my $r = $t->syncd(@args);
    is($r->{code}, 0, "wppkg-syncd @args") or diag($r->{err});

    return $r;
}


sub close_package {
    my ($type, $slug) = @_;

    $w->closed($type, $slug, permanent => 1);
    syncd('update', "$type/$slug");
}


# what each run would do, until there is nothing left

sub closed_as {
    my ($mode) = @_;

    $t->configure(repository => { closed => $mode });
    return syncd('update');
}


# a project that has ours first and the evil one second, and nothing else

sub project {
    my ($with, %require) = @_;

    my $json = $t->composer_json($url, %require);

    splice @{$json->{repositories}}, 1, 0,
           { type => 'composer', url => $evil };

    return { %$json, with => $with };
}


sub locked {
    my ($r) = @_;

    my $lock = JSON::PP::decode_json($t->read_file("$r->{dir}/composer.lock"));

    return { map { $_->{name} => $_ } @{$lock->{packages}} };
}


sub get_json { JSON::PP::decode_json($t->get($_[0])->{content}) }


sub names { get_json("/packages/$_[0].json")->{packageNames} }


sub watermark { get_json('/metadata/changes.json')->{timestamp} }


sub since {
    my ($since) = @_;

    my $feed = get_json("/metadata/changes.json?since=$since");
    return join ' ', sort map { "$_->{type}:$_->{package}" }
                              @{$feed->{actions}};
}


sub claim {
    my ($name) = @_;
    return qq({"packages":{"$name":[]},"minified":"composer/2.0"});
}


# --- while it is open

for my $with ($t->composers) {
    my $r = $t->composer(project($with, 'wp-plugin/0gravatar' => '*'),
                         'update');
    is($r->{code}, 0, "$with: an open package is installed")
        or diag($r->{err});
    is(locked($r)->{'wp-plugin/0gravatar'}{version}, '1.1',
       "$with: from ours, though the second one has a higher version");
}


# --- C 40, C 43: it is closed

my $before = watermark();
close_package('plugin', '0gravatar');

is(since($before), 'update:wp-plugin/0gravatar update:wp-plugin/0gravatar~dev',
   'C 41: the feed tells a closing as an update of both files');

my $main = $t->get('/p2/wp-plugin/0gravatar.json');
is($main->{status}, 200, 'C 40: the main file of a closed package is there');
is_deeply(JSON::PP::decode_json($main->{content}), {
    packages => { 'wp-plugin/0gravatar' => [] }, minified => 'composer/2.0',
    warnings => [ { versions => '*', message => $why } ],
    filter => { 'wp-closed' => [ {
        constraint => '*', url => 'https://wordpress.org/plugins/0gravatar/',
        reason => 'It was closed on WordPress.org on 2026-04-09, for good'
                  . ' (reason: Author Request)' } ] },
}, 'C 43: it has no versions, and says when and why');
is($t->get('/p2/wp-plugin/0gravatar~dev.json')->{content},
   claim('wp-plugin/0gravatar'), 'C 40: ~dev claims as well, and says nothing');
is($t->get('/p2/wp-plugin/0gravatar.json', {
       'If-Modified-Since' => $main->{headers}{'last-modified'} })->{status},
   304, 'C 20: a claim is a document, with 304 for what has not changed');
is($t->get('/p2/wp-plugin/never-open.json')->{status}, 200,
   'a package that was never open here is claimed');
is($t->get('/p2/wp-plugin/typo.json')->{status}, 404,
   'a name that WordPress.org does not know, and a list has, is not');

is_deeply(names('list'), [ 'wp-plugin/akismet', 'wp-theme/twentyten' ],
          'C 42: the list does not name what is claimed');
is_deeply(names('claimed'), [ 'wp-plugin/0gravatar', 'wp-plugin/never-open' ],
          'C 42: claimed.json does, and nothing else');

for my $with ($t->composers) {
    for my $dev (0, 1) {
        my $project = project($with, 'wp-plugin/0gravatar' => '*');
        $project->{'minimum-stability'} = 'dev' if $dev;

        my $r = $t->composer($project, 'update');
        my $what = "$with" . ($dev ? ', with minimum-stability dev' : '');

        is($r->{code}, 2, "$what: a closed package is not taken elsewhere");
        like($r->{err}, qr/wp-plugin\/0gravatar.* could not be found/,
             "$what: it could not be found") or diag($r->{err});
        is(() = $r->{err} =~ /Warning from \Q$url\E: \Q$why\E/g, 1,
           "$what: update prints when and why, once") or diag($r->{err});

        $r = $t->composer({ with => $with, dir => $r->{dir} }, 'update');
        is($r->{code}, 2, "$what: nor the next time");
        unlike($r->{err}, qr/was closed/, "$what: a 304 prints nothing");
    }

    # a part announces its names, so Composer takes them for a search result

    my $json = project($with);
    my $part = $t->composer({ %$json, require => {} }, 'require',
                            'wp-plugin/0gravatar');
    is($part->{code}, 1, "$with: require: a closed package is not taken");
    like($part->{err} =~ s/\s+//gr,
         qr/\Q@{[ $why =~ s{\s+}{}gr ]}\E.*foundviarepositorysearch/,
         "$with: require: what it says of a part") or diag($part->{err});

    # only dev stability for this one package

    my $r = $t->composer(project($with, 'wp-plugin/never-open' => '@dev'),
                         'update');
    is($r->{code}, 2, "$with: nor for a constraint with \@dev");
}


# --- C 47: abandoned

$before = watermark();
closed_as('abandoned');
is(since($before), 'update:wp-plugin/0gravatar update:wp-plugin/0gravatar~dev',
   'abandoned: the feed tells what has versions again, and no more');
is_deeply(names('claimed'), [ 'wp-plugin/never-open' ],
          'abandoned: a name is claimed where no versions are stored');
is_deeply(names('list'), [ qw(wp-plugin/0gravatar wp-plugin/akismet
          wp-theme/twentyten) ], 'abandoned: the list names it');

for my $with ($t->composers) {
    my $r = $t->composer(project($with, 'wp-plugin/0gravatar' => '*'),
                         'update', '--no-install');

    is($r->{code}, 0, "$with: abandoned: it can be had") or diag($r->{err});
    is(locked($r)->{'wp-plugin/0gravatar'}{version}, '1.1',
       "$with: abandoned: the last version from ours");
    ok(locked($r)->{'wp-plugin/0gravatar'}{abandoned},
       "$with: abandoned: the lock file says so");
    is(() = $r->{err} =~ /Warning from \Q$url\E: \Q$why\E/g, 1,
       "$with: abandoned: update prints when and why, once");
    like($r->{err}, qr/Package wp-plugin\/0gravatar is abandoned/,
         "$with: abandoned: Composer says so as well");
}


# --- what replaces it

my $list = $t->write_file('replacements', "wp-plugin/0gravatar a/other\n"
                                          . "wp-plugin/never-open\n");

$before = watermark();
$t->configure(repository => { closed => 'abandoned',
                              replacements => $list });
my $told = $t->syncd('update');
is($told->{code}, 1, 'a list of replacements, with a line that is wrong');
like($told->{err}, qr/^\S+: \Q$list\E:2: write two fields/m,
     'the wrong line is told by its number');
is(since($before), 'update:wp-plugin/0gravatar update:wp-plugin/0gravatar~dev',
   'what has a replacement is rendered anew, and nothing else');

for my $with ($t->composers) {
    my $r = $t->composer(project($with, 'wp-plugin/0gravatar' => '*'),
                         'update', '--no-install');
    is(locked($r)->{'wp-plugin/0gravatar'}{abandoned}, 'a/other',
       "$with: the lock file names the replacement");
    like($r->{err}, qr/\. It is replaced by a\/other\. See /,
         "$with: the warning names it");
    like($r->{err}, qr/Use a\/other instead/, "$with: Composer names it");
}

$before = watermark();
unlink $list;
$told = $t->syncd('update');
like($told->{err}, qr/replacements \S+ cannot be read: .*before stay$/m,
     'the file is away: a line says so');
is(since($before), '', 'the file is away: what it said stays');

closed_as('abandoned');
is(since($before), 'update:wp-plugin/0gravatar update:wp-plugin/0gravatar~dev',
   'the key is away: what had a replacement is rendered anew');
unlike($t->get('/p2/wp-plugin/0gravatar.json')->{content}, qr/other/,
       'the key is away: it has none any more');


# --- C 47: gone

$before = watermark();
closed_as('gone');
is(since($before), 'delete:wp-plugin/0gravatar delete:wp-plugin/never-open',
   'gone: the feed tells it as a delete');
is($t->get("/p2/wp-plugin/$_.json")->{status}, 404, "gone: $_ is a 404")
    for qw(0gravatar 0gravatar~dev never-open);
is($t->get('/packages/claimed.json')->{status}, 404,
   'gone: nothing is claimed');

for my $with ($t->composers) {
    my $r = $t->composer(project($with, 'wp-plugin/0gravatar' => '*'),
                         'update');

    is($r->{code}, 0, "$with: gone: the next repository is asked")
        or diag($r->{err});
    is(locked($r)->{'wp-plugin/0gravatar'}{version}, '9.9',
       "$with: gone: and the evil one is installed");
}


# --- back, and open again

closed_as('claimed');
is($t->get('/p2/wp-plugin/0gravatar.json')->{content}, $main->{content},
   'claimed again: the same bytes');
isnt($t->get('/p2/wp-plugin/0gravatar.json')->{headers}{'last-modified'},
     $main->{headers}{'last-modified'}, 'C 21: with another date');

$w->plugin('0gravatar', { versions => { '1.0' => undef, '1.2' => undef } });
syncd('update', 'plugin/0gravatar');
is_deeply(names('claimed'), [ 'wp-plugin/never-open' ],
          'open again: not claimed any more');

for my $with ($t->composers) {
    my $r = $t->composer(project($with, 'wp-plugin/0gravatar' => '*'),
                         'update');
    is($r->{code}, 0, "$with: open again: it is installed") or diag($r->{err});
    unlike($r->{err}, qr/Warning from/, "$with: open again: no warning");
}


# --- themes: all that the API says of a closed one is that it is not found

$before = watermark();
$w->remove('theme', 'twentyten');
syncd('update', 'theme/twentyten');
is(since($before), 'update:wp-theme/twentyten update:wp-theme/twentyten~dev',
   'C 41: a closed theme: both files, though ~dev had no versions before');
is_deeply(names('claimed'), [ 'wp-plugin/never-open', 'wp-theme/twentyten' ],
          'a closed theme is claimed, because it was there once');
like($t->get('/p2/wp-theme/twentyten.json')->{content},
     qr/wp-theme\\?\/twentyten \(Twentyten\) has not been available from/,
     'a closed theme: since when it has not been available');


# --- closed, open and closed within one second

my %dates;

for my $state (qw(closed open closed)) {
    $state eq 'open'
        ? $w->plugin('akismet', { versions => { '5.0' => undef } })
        : $w->closed('plugin', 'akismet', permanent => 1);
    $t->syncd('update', 'plugin/akismet');
    $dates{$t->get('/p2/wp-plugin/akismet.json')
             ->{headers}{'last-modified'}}++;
}

is_deeply([ values %dates ], [ 1, 1, 1 ],
          'C 21: closed, open and closed in a row: three dates');


# --- afterwards there is nothing to do

my $r = syncd('update');
unlike($r->{out}, qr/claims/, 'a run without closings renders no claim');

$t->done;

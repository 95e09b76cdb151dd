#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Names that a catalogue does not have, and a second repository that has them:
# contract C 4, C 40, C 41, with both Composers.


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::SVN;


my $t = Test::WPPkg->new;
my $w = $t->wporg;

$w->plugin('akismet', { versions => { '5.0' => undef }, stable => '5.0' });
$w->plugin('hello-dolly', { versions => { '1.7.2' => undef } });

# a part: one package, from a list

my $part = Test::WPPkg->new;

my $claimer = Test::WPPkg->new;
my $empty = Test::WPPkg->new;

fill($part, {}, "plugin/hello-dolly\n");
$w->plugin('hello-dolly', { versions => { '1.7.2' => undef,
                                          '1.7.3' => undef } });
fill($claimer, { repository => { authority => 'whole' } },
     "plugin/hello-dolly\n");
fill($empty, {}, "plugin/none-such\n");
fill($t, { repository => { authority => 'whole' } },
     "plugin/akismet\nplugin/hello-dolly\n");


sub fill {
    my ($at, $conf, $list) = @_;

    $at->configure(wporg => { api_url => $w->url, contact => 'tests' },
                   catalogue => { list => $at->dir . '/list' }, %$conf);
    $at->write_file('list', $list);

    my $r = $at->syncd('migrate');
    is($r->{code}, 0, 'migrate') or diag($r->{err});
    $r = $at->syncd('run', '--once');
    is($r->{code}, 0, 'run --once') or diag($r->{err});
}


# One that claims to have what it has no right to.  It offers each of these in
# a version higher than any.

my $evil = $t->dir . '/evil';

for my $name (qw(wp-plugin/nobody wp-plugin/akismet wp-plugin/hello-dolly)) {
    for my $file ([ '', '99.0', '99.0.0.0' ],
                  [ '~dev', 'dev-main', 'dev-main' ])
    {
        $t->write_file("$evil/p2/$name$file->[0].json", JSON::PP->new->encode({
            packages => { $name => [ {
                name => $name, version => $file->[1],
                version_normalized => $file->[2], type => 'wordpress-plugin',
                dist => { type => 'zip', url => 'http://127.0.0.1:9/evil.zip' },
            } ] } }));
    }
}

$t->write_file("$evil/packages.json",
               '{"packages":[],"metadata-url":"/p2/%package%.json"}');

chmod 0755, $_->dir for $t, $part, $claimer, $empty;

my %port = map { $_ => $t->port } qw(open part claimer empty evil);
my %serves = (open => 'wppkg_unknown 404; wppkg_catalogue ' . $t->catalogue,
              part => 'wppkg_catalogue ' . $part->catalogue,
              claimer => 'wppkg_catalogue ' . $claimer->catalogue,
              empty => 'wppkg_catalogue ' . $empty->catalogue,
              evil => "root $evil");

my $whole = $t->nginx(
    http => join('', map { "server { listen 127.0.0.1:$port{$_};
                                     location / { $serves{$_}; } }" }
                     sort keys %port),
    locations => 'location / { wppkg_catalogue ' . $t->catalogue . '; }');

my %url = (whole => $whole,
           map { $_ => "http://127.0.0.1:$port{$_}" } keys %port);


# what a project that asks these repositories in turn locks

sub locks {
    my ($composer, $repositories, @require) = @_;

    my $r = $t->composer({
        with => $composer,
        repositories => [ (map { ref $_ ? $_ : { type => 'composer',
                                                 url => $url{$_} } }
                           @$repositories), { 'packagist.org' => \0 } ],
        require => { map { my ($name, $constraint) = split ' ';
                           ($name => $constraint || '*') } @require },
        replace => { 'composer/installers' => '*' },
        config  => { 'secure-http' => \0 },
    }, 'update', '--no-install', '--no-audit');

    return ("$r->{out}$r->{err}") if $r->{code};

    my $lock = JSON::PP::decode_json(
        $t->read_file("$r->{dir}/composer.lock"));

    return ('', { map { $_->{name} => $_->{dist}{url} }
                  @{ $lock->{packages} } });
}

sub asked {
    return map { $_->{uri} } $t->asked;
}

for my $composer ($t->composers) {

    # C 40: nobody may take a name under our vendors

    my ($failure) = locks($composer, [qw(whole evil)], 'wp-plugin/nobody');

    like($failure, qr/wp-plugin\/nobody/,
         "$composer: a name that a whole one does not have is not taken from"
         . ' a second repository');
    unlike($failure, qr/evil\.zip/, "$composer: nothing of that is locked");

    ($failure, my $lock) = locks($composer, [qw(open evil)],
                                 'wp-plugin/nobody');

    is($failure, '', "$composer: with \"wppkg_unknown 404\" it is");
    is($lock->{'wp-plugin/nobody'}, 'http://127.0.0.1:9/evil.zip',
       "$composer: from there");

    # the same where only dev stability is asked for, and ~dev is what counts

    for my $constraint ('@dev', 'dev-main') {
        ($failure) = locks($composer, [qw(whole evil)],
                           "wp-plugin/nobody $constraint");
        like($failure, qr/wp-plugin\/nobody/,
             "$composer: nor for the constraint $constraint");

        ($failure, $lock) = locks($composer, [qw(open evil)],
                                  "wp-plugin/nobody $constraint");
        is($lock->{'wp-plugin/nobody'}, 'http://127.0.0.1:9/evil.zip',
           "$composer: with 404 it is taken for that, too");
    }

    # C 41: what docs/closed.md tells users of any repository

    ($failure) = locks($composer, [ 'open', { type => 'composer',
                           url => $url{evil},
                           exclude => [ 'wp-plugin/*', 'wp-theme/*' ] } ],
                       'wp-plugin/nobody');

    like($failure, qr/wp-plugin\/nobody/,
         "$composer: not if the project excludes it there");

    # C 4: a part leaves names to others, and is not asked for them

    asked();
    ($failure, $lock) = locks($composer, [qw(part whole)],
                              'wp-plugin/akismet', 'wp-plugin/hello-dolly');

    is($failure, '', "$composer: a part first, a whole one second");
    is_deeply([ sort keys %{ $lock || {} } ],
              [ 'wp-plugin/akismet', 'wp-plugin/hello-dolly' ],
              "$composer: each has what it needs");
    like($lock->{'wp-plugin/hello-dolly'}, qr/\b1\.7\.2\b/,
         "$composer: what the part has is the part's");

    is_deeply([ sort grep { /p2/ } asked() ],
              [qw(/p2/wp-plugin/akismet.json /p2/wp-plugin/hello-dolly.json)],
              "$composer: each file is asked for once");

    # it could not say so by a claim

    ($failure) = locks($composer, [qw(claimer whole)], 'wp-plugin/akismet');
    like($failure, qr/wp-plugin\/akismet.* could not be found/,
         "$composer: a part that claims keeps names from the second one");

    asked();
    ($failure, $lock) = locks($composer, [qw(empty whole)],
                              'wp-plugin/akismet');

    is($failure, '', "$composer: one that has nothing yet is no obstacle");
    is_deeply([ grep { /p2/ } asked() ], [qw(/p2/wp-plugin/akismet.json)],
              "$composer: and is asked for nothing");
}


# --- a package is closed: a part answers for it as well

my $root = "http://127.0.0.1:$port{part}/packages.json";
my $names = $t->get($root)->{content};

$w->closed('plugin', 'hello-dolly', permanent => 1);
is($_->syncd('update', 'plugin/hello-dolly')->{code}, 0, 'closed: update')
    for $t, $part;

like($names, qr{"available-packages":\["wp-plugin/hello-dolly"\]},
     'a part announces what it has');
is($t->get($root)->{content}, $names, 'closed: it still does');

for my $composer ($t->composers) {
    for my $first (qw(part whole)) {
        my ($failure) = locks($composer, [ $first, 'evil' ],
                              'wp-plugin/hello-dolly');

        like($failure, qr/wp-plugin\/hello-dolly.* could not be found/,
             "$composer: closed: a $first one first, nobody else is asked");
        like($failure, qr/Warning from \Q$url{$first}\E: .* was closed/,
             "$composer: closed: the $first one says when");
    }
}

my $date = $t->get($root)->{headers}{'last-modified'};

is($part->syncd('run', '--once')->{code}, 0, 'another run');
is($t->get($root)->{headers}{'last-modified'}, $date,
   'C 21: without changes, packages.json stays the document that it was');


# --- "auto": one that follows Subversion is whole once all are answered

my $follower = Test::WPPkg->new;
my $plugins = Test::WPPkg::SVN->repository($t, 'plugins');
my $themes = Test::WPPkg::SVN->repository($t, 'themes');

# "broken" never has an answer that can be read: that is its own trouble

$plugins->commit(map { [ mkdir => $_ ] } qw(akismet late broken));
$themes->commit([ mkdir => 'twentyten' ]);
$w->theme('twentyten', { versions => { '1.0' => undef } });
$w->plugin($_, { versions => { '1.0' => undef } }) for qw(late later);
$w->fail('status', status => 500, query => 'late');
$w->raw('plugin', 'broken',
        '{"name":"x","slug":"broken","versions":{"1.0":"\ud800"}}');

my @servers = map { $_->serve } $plugins, $themes;
my %wporg = (contact => 'tests', api_url => $w->url, bulk => 1,
             plugins_svn => $servers[0]->url,
             themes_svn => $servers[1]->url, follow => 'on');

sub follows {
    my ($what, $code, $authority, %conf) = @_;

    $follower->configure(wporg => \%wporg, http => { retries => 0 }, %conf);
    $follower->sql('UPDATE packages SET next_check_at = 1
                    WHERE next_check_at IS NOT NULL') if -e $follower->catalogue;

    my $r = $follower->syncd('run', '--once');
    is($r->{code}, $code, "$what: run --once") or diag($r->{out}, $r->{err});

    is($follower->sql_value("SELECT value FROM meta
                             WHERE name = 'authority'"), $authority,
       "$what: $authority");

    return $r;
}

# what "status" says of it, and of a name that it does not have

sub tells {
    my ($pattern, $what, $gets) = @_;

    like($follower->syncd('status')->{out}, qr/^authority: +$pattern$/m,
         "$what: status tells why");
    like($follower->syncd('status', 'plugin/nobody')->{err},
         qr/is not in the catalogue: .*; clients get $gets/,
         "$what: status tells what clients get of unknown names");
}

is($follower->configure && $follower->syncd('migrate')->{code}, 0,
   'an empty catalogue');
$follower->configure(wporg => \%wporg);
tells('a part: Subversion has not listed all plugins yet',
      'an empty catalogue', '404$');

my $r = follows('two packages are not answered', 1, 'part');
unlike($r->{err}, qr/whole/, 'and no line says that it is whole');
tells('a part: WordPress\.org has not answered yet about 2 packages, such as'
      . ' plugin/(?:late|broken) \(.+\)', 'two packages are not answered',
      '404$');

$r = follows('one is answered, one never is', 1, 'whole');
like($r->{err}, qr/^(?:.*: )?the catalogue is whole: /m, 'a line says so');
tells('whole: it has all that Subversion lists', 'one never is answered',
      'a claim of its name from nginx');

$plugins->commit([ mkdir => 'later' ]);
$w->fail('status', status => 500, query => 'later');
$r = follows('a new one is not answered', 1, 'whole');
unlike($r->{err}, qr/whole/, 'which is nothing new');

$r = follows('by the configuration', 1, 'part',
             repository => { authority => 'part' });
like($r->{err}, qr/^(?:.*: )?the catalogue is a part: /m, 'a line says so');
tells('a part: \[repository\] authority says so', 'by the configuration',
      '404$');

$follower->configure(wporg => \%wporg);
tells('a part, and whole after the next run: it has all .*',
      'the key is removed', '404$');

$_->stop for @servers;

$t->done;

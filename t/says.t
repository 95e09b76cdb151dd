#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# What documents say by the will of an operator: the keys, what Composer makes
# of it, and that a change of a key renders every document once.


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;
my $w = $t->wporg;

$w->plugin('akismet', { versions => { '5.0' => undef, '5.1' => undef } });
$w->plugin('form', { versions => { '1.0' => undef } });
$w->theme('twentyten', { versions => { '3.9' => undef } });

$t->write_file('list', join "\n", 'plugin/akismet', 'plugin/form',
               'theme/twentyten', '');

my $url = $t->nginx(locations => 'location / { wppkg_catalogue '
                                 . $t->catalogue . '; }');


sub run_once {
    my ($what, %repository) = @_;

    $t->configure(catalogue => { list => $t->dir . '/list' },
                  repository => \%repository);

    my $r = $t->syncd('run', '--once');
    is($r->{code}, 0, $what) or diag($r->{err});
    return $r->{out};
}


# the versions of a document, newest first, each complete

sub versions {
    my ($file) = @_;
    my $r = $t->get("/p2/$file.json");
    my $packages = JSON::PP::decode_json($r->{content})->{packages};
    my (%now, @versions);

    for my $version (@{(values %$packages)[0]}) {
        %now = (%now, %$version);
        delete @now{grep { !ref $now{$_} && $now{$_} eq '__unset' } keys %now};
        push @versions, { %now };
    }

    return @versions;
}


sub said {
    my ($file, $key) = @_;

    return [ map { $_->{$key} } versions($file) ];
}


# --- C 58: the names of wpackagist.org are replaced

$t->configure;
is($t->syncd('migrate')->{code}, 0, 'migrate');
run_once('run --once');

my $old = { 'wpackagist-plugin/akismet' => 'self.version' };

is_deeply(said('wp-plugin/akismet', 'replace'), [ $old, $old ],
          'C 58: each version replaces the old name');
is_deeply(said('wp-plugin/akismet~dev', 'replace'), [ $old ],
          'C 58: the trunk as well');
is_deeply(said('wp-theme/twentyten', 'replace'),
          [ { 'wpackagist-theme/twentyten' => 'self.version' } ],
          'C 58: so does a theme');
unlike(run_once('again'), qr/^(?:rendered|claims)/m, 'nothing is to be done');

my $dates = dates();

like(run_once('replace = none', replace => 'none'),
     qr/^rendered: 3 packages, 5 documents changed, /m,
     'a change of the key renders every document, and says so');
is_deeply(said('wp-plugin/akismet', 'replace'), [ undef, undef ],
          'nothing is replaced any more');
unlike(run_once('again', replace => 'none'), qr/^rendered/m, 'once');

like(run_once('replace = wpackagist', replace => 'wpackagist'),
     qr/^rendered: 3 packages, 5 documents changed, /m, 'and back');
is_deeply(said('wp-plugin/akismet', 'replace'), [ $old, $old ],
          'as it was');
isnt(dates(), $dates, 'with other dates');


sub dates {
    return join ' ', map { @$_ } $t->sql('SELECT path, content_changed_at FROM'
        . " documents WHERE path LIKE 'p2/wp-%' ORDER BY path");
}


# --- R 17, C 61: what the published version needs, and who is behind it

$w->plugin('form', {
    versions => { '1.0' => undef, '1.1' => undef }, stable => '1.1',
    stable_tag => '1.1', requires_php => '7.4',
    requires_plugins => [ 'woocommerce', 'form', 7, 'Bad', 'a' ],
    donate_link => 'https://example.org/give',
    author_profile => 'https://profiles.wordpress.org/somebody/' });
$w->theme('twentyten', { versions => { '3.9' => undef }, template => 'astra',
    parent => { slug => 'astra', name => 'Astra', homepage => '' } });

is($t->syncd('update', $_)->{code}, 0, "update $_")
    for qw(plugin/form theme/twentyten);

my $needs = 'WordPress.org says that this plugin needs it';

is_deeply(said('wp-plugin/form', 'suggest'),
          [ { 'wp-plugin/a' => $needs, 'wp-plugin/woocommerce' => $needs },
            undef ],
          'C 61: the published version suggests what it needs');
is_deeply([ map { sort keys %$_ } @{said('wp-theme/twentyten', 'suggest')} ],
          [ 'wp-theme/astra' ], 'C 61: and a child theme its parent');
is_deeply(said('wp-plugin/form~dev', 'suggest'), [ undef ],
          'nothing of it is said of the trunk');

my ($form) = versions('wp-plugin/form');

is_deeply($form->{funding}, [ { type => 'other',
                                url => 'https://example.org/give' } ],
          'where to give money');
is($form->{authors}[0]{homepage}, 'https://profiles.wordpress.org/somebody/',
   'who the author is');
is_deeply([ @{$form->{support}}{qw(forum docs)} ],
          [ 'https://wordpress.org/support/plugin/form/',
            'https://wordpress.org/plugins/form/' ], 'where to ask and read');

like(run_once('requires_plugins = off', requires_plugins => 'off'),
     qr/^rendered: 3 packages, 2 documents changed, /m,
     'a change of the key renders every document');
is_deeply(said('wp-plugin/form', 'suggest'), [ undef, undef ],
          'no suggestion any more');

# another one is published: it keeps its PHP, and the rest is the new one's

$w->plugin('form', {
    versions => { map { $_ => undef } qw(1.0 1.1 1.2) }, stable => '1.2',
    stable_tag => '1.2', requires_php => '99.0',
    requires_plugins => [] });
is($t->syncd('update', 'plugin/form')->{code}, 0, 'a release');
run_once('with the key');

is_deeply([ map { $_->{php} } @{said('wp-plugin/form', 'require')} ],
          [ '>=99.0', '>=7.4', '>=7.2' ],
          'R 17: each requires the PHP that was said when it was published');

for my $with ($t->composers) {
    my $json = $t->composer_json($url, 'wp-plugin/form' => '*');
    my $r = $t->composer({ %$json, with => $with }, 'update');
    is($r->{code}, 0, "R 17: $with: update") or diag($r->{err});
    like($r->{err}, qr{Locking wp-plugin/form \(1\.1\)},
         "R 17: $with: with this PHP, the version before");
}


# --- a package of somebody else requires the old name

for my $with ($t->composers) {
    my $json = $t->composer_json($url, 'vendor/thing' => '*',
                                 'wp-plugin/akismet' => '^5.0');

    unshift @{$json->{repositories}}, { type => 'package', package => {
        name => 'vendor/thing', version => '1.0', type => 'metapackage',
        require => { 'wpackagist-plugin/akismet' => '^5.0' } } };

    my $r = $t->composer({ %$json, with => $with }, 'update');

    is($r->{code}, 0, "C 58: $with: the new name will do") or diag($r->{err});
    ok(-f "$r->{dir}/vendor/wp-plugin/akismet/akismet.php",
       "C 58: $with: and is installed");
    ok(!-e "$r->{dir}/vendor/wpackagist-plugin",
       "C 58: $with: under one name");

    # no repository is searched for what replaces a name

    delete $json->{require}{'wp-plugin/akismet'};
    $r = $t->composer({ %$json, with => $with }, 'update');
    is($r->{code}, 2, "C 58: $with: it must be required by name");

    # a version is replaced by the same version alone

    $json->{require}{'wp-plugin/akismet'} = '5.0';
    $json->{repositories}[0]{package}{require}{'wpackagist-plugin/akismet'}
        = '5.1';
    $r = $t->composer({ %$json, with => $with }, 'update');
    is($r->{code}, 2, "C 58: $with: the version counts");
}

$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Security advisories as clients get them: what nginx answers for the packages
# of a project, and what Composers make of it, and of documents alone.


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents qw(gunzip);


my $t = Test::WPPkg->new(timeout => 600);
my @composers = ($t->composers, 'composer-newest');
my $w = $t->wporg;
my @id = map { "848ccbdc-c6f1-480f-a272-cd459e70671$_" } 0 .. 2;
my $form = { 'Content-Type' => 'application/x-www-form-urlencoded' };

$w->plugin('akismet', { versions => { map { $_ => undef }
                                      qw(4.1 4.1.9 5.0) },
                        stable => '5.0' });
$w->plugin('hello-dolly', { versions => { '1.7.2' => undef } });
$w->theme('twentyten', { versions => { '3.8' => undef } });
$w->closed('plugin', 'gone');

my $source = $w->advisories({
    $id[0] => $w->advisory($id[0], 'akismet', '4.1.9',
                           title => 'Akismet <= 4.1.9 - XSS'),
    $id[1] => $w->advisory($id[1], 'gone', '*'),
    $id[2] => $w->advisory($id[2], 'elsewhere', '1.0'),
});

my $path = '/security-advisories';
my $locations = "location / { wppkg_catalogue " . $t->catalogue . ";
                     wppkg_advisories on; wppkg_unknown 404;
                     location = /off$path { wppkg_advisories off; } }
                 location /off/ { wppkg_catalogue " . $t->catalogue . "; }";

my $url = $t->nginx(locations => $locations);

sub configure {
    $t->configure(advisories => { url => $source, @_ });
}


sub syncd {
    my $r = $t->syncd(@_);
    is($r->{code}, 0, "wppkg-syncd @_[grep { !ref $_[$_] } 0 .. $#_]")
        or diag($r->{out} . $r->{err});
}

configure();
syncd('migrate');
syncd({ stdin => "plugin/akismet\nplugin/hello-dolly\ntheme/twentyten\n"
                 . "plugin/gone\n" }, 'discover', '--source=list', '-');
syncd('update');


# --- nothing is known yet

my $ask = 'packages%5B0%5D=wp-plugin%2Fakismet&packages%5B1%5D=a%2Fb';
my $r = $t->request(POST => $path, $form, $ask);
is($r->{status}, 404, 'before a source is known');
is($r->{content}, '{"error":"no source of advisories is known"}', 'and why');

syncd('advisories');
syncd('update');


# --- the answer

sub asks {
    my ($body) = @_;

    my $r = $t->request(POST => $path, $form, $body);
    is($r->{status}, 200, "POST: 200");

    return JSON::PP::decode_json($r->{content})->{advisories};
}

my $told = asks($ask . '&packages%5B2%5D=wp-plugin%2Fhello-dolly'
                . '&packages%5B3%5D=wp-plugin%2Fnobody'
                . '&packages%5B4%5D=wp-plugin%2Fgone');

is_deeply([ sort keys %$told ],
          [ map { "wp-plugin/$_" } qw(akismet gone hello-dolly) ],
          'C 49: what is known is told of, and nothing else');
is_deeply([ map { $_->{advisoryId} } @{$told->{'wp-plugin/akismet'}} ],
          [ $id[0] ], 'an advisory');
is_deeply($told->{'wp-plugin/hello-dolly'}, [], 'C 49: none is []');

my $document = JSON::PP::decode_json(
    $t->get('/p2/wp-plugin/akismet.json')->{content});
is_deeply($told->{'wp-plugin/akismet'}, $document->{'security-advisories'},
          'what the answer tells is what the document tells');

$r = $t->request(POST => $path, { %$form, 'Accept-Encoding' => 'gzip' },
                 $ask);
is($r->{headers}{'cache-control'}, 'no-store', 'nobody keeps it');
like(gunzip($r->{content}), qr/^\{"advisories":\{"wp-plugin\/akismet":/,
     'it is gzipped for whoever accepts that');

# in whatever order and spelling they are asked for

is_deeply(asks('packages[]=wp-plugin/hello-dolly&packages[]=wp-plugin/gone'
               . '&packages[]=wp-plugin/akismet&packages[]=wp-plugin/gone'),
          $told, 'another spelling of it');

$r = $t->get("$path?updatedSince=0");
is_deeply([ sort keys %{JSON::PP::decode_json($r->{content})->{advisories}} ],
          [ map { "wp-plugin/$_" } qw(akismet elsewhere gone) ],
          'updatedSince: all that has changed, of whatever package');
is($r->{headers}{'cache-control'}, 'public, max-age=60', 'for a minute');
is($t->get("$path?updatedSince=" . (time + 1000))->{content},
   '{"advisories":{}}', 'nothing has changed in the future');
is($t->get("$path?updatedSince=now")->{status}, 400, 'a time is a number');
is($t->get($path)->{status}, 400, 'and something has to be asked for');
is($t->request(HEAD => "$path?updatedSince=0")->{status}, 200, 'HEAD');
is($t->request(PUT => $path, $form, $ask)->{status}, 405, 'PUT');

# what is new is told, and what it was before is told again

sub titles {
    my ($title) = @_;

    $w->advisories({
        $id[0] => $w->advisory($id[0], 'akismet', '4.1.9', title => $title),
        $id[1] => $w->advisory($id[1], 'gone', '*'),
        $id[2] => $w->advisory($id[2], 'elsewhere', '1.0'),
    });
    syncd('advisories');
    $t->settle;

    return asks($ask)->{'wp-plugin/akismet'}[0]{title} =~ s/ \[.*//r;
}

is(titles('Something else'), 'Something else',
   'a title has changed: the same question has another answer');
is(titles('Akismet <= 4.1.9 - XSS'), 'Akismet <= 4.1.9 - XSS', 'and back');
syncd('update');


# --- limits

my $names = join '&', map { "packages[]=a/b$_" } 1 .. 1000;
is_deeply(asks($names), {}, 'a thousand names are answered');
is($t->request(POST => $path, $form, "$names&packages[]=a/b")->{status}, 413,
   'one more is refused');
is($t->request(POST => $path, $form, 'x' x (128 * 1024 + 1))->{status}, 413,
   'so is a body that is too long');
is($t->request(POST => $path, $form, "$ask&" . 'x' x (128 * 1024 - 1
               - length $ask))->{status}, 200, 'the longest is read');

# "no advisories" would be the wrong answer to what is not understood

is($t->request(POST => $path, $form, $_->[1])->{status}, 400, $_->[0])
    for [ 'an empty body asks nothing', '' ],
        [ 'nor does other text', 'x' x (128 * 1024) ],
        [ 'or JSON', '{"packages":["wp-plugin/akismet"]}' ],
        [ 'or a list of another name', 'names[]=wp-plugin/akismet' ];

my $hostile = join '&', map { 'packages%5B%5D=' . $_ }
    "wp-plugin%2F%27", 'wp-plugin%2F..%2Fakismet', 'wp-plugin%2F%00',
    'wp-plugin%2F' . 'a' x 10000, '%', 'wp-plugin', '%F0%9F%98%80';
is_deeply(asks($hostile), {}, 'whatever the names are');


# --- only where it is wanted

is($t->get("/off$path?updatedSince=0")->{status}, 404, 'off: 404');
is($t->request(POST => "/off$path", $form, $ask)->{status}, 405,
   'off: POST is 405');


# --- Composer

# a project with foreign packages, of a repository in composer.json itself

sub project {
    my ($with, $foreign, %require) = @_;

    my $json = $t->composer_json($url, %require);
    my @foreign = map { { name => "foreign/p$_", version => '1.0.0',
                          type => 'metapackage' } } 1 .. $foreign;

    push @{$json->{repositories}}, { type => 'package',
                                     package => \@foreign } if @foreign;
    $json->{require}{$_->{name}} = '*' for @foreign;

    return { with => $with, %$json };
}


# what it asks nginx

sub requests {
    return join ' ', map { "$_->{method} $_->{uri}" } $t->asked;
}


# what this machine's is depends on its Debian: 2.5 in 12, 2.8 in 13

sub minor {
    my ($with) = @_;
    my $out = $t->composer({ with => $with, name => 'a/b' }, '--version');

    $out->{out} =~ /^Composer version 2\.(\d+)/m
        or BAIL_OUT("$with has no version that is known");
    return $1;
}


my %asked;                            # [api-url][Composer]

for my $api (0, 1) {
    configure($api ? (api_url => $url . $path) : ());
    syncd('update');

    my $root = JSON::PP::decode_json($t->get('/packages.json')->{content});
    is($root->{'security-advisories'}{'api-url'}, $api ? $url . $path : undef,
       'C 48: the root tells where to ask');

    for my $with (@composers) {
        my $next = $with ne 'composer';
        my $minor = minor($with);
        my $what = $with . ($api ? ', with an api-url' : '');

        # a version that is not vulnerable

        my $p = project($with, 0, 'wp-plugin/akismet' => '*',
                        'wp-plugin/hello-dolly' => '*');
        $r = $t->composer($p, 'update');
        is($r->{code}, 0, "$what: update to a version that is fixed");
        unlike($r->{err}, qr/Found \d+ security/, 'and nothing is said');

        $r = $t->composer({ with => $with, dir => $r->{dir} }, 'audit');
        is($r->{code}, 0, "$what: audit of it");

        # one that is

        $r = $t->composer(project($with, 0), 'require',
                          'wp-plugin/akismet:^4.0');

        if ($next) {
            is($r->{code}, 2, "$what: require of one that is vulnerable");
            like($r->{err}, qr/security advisories \("$id[0]"\)/,
                 'C 48: it is refused, and named');

        } else {
            is($r->{code}, 0, "$what: require of one that is vulnerable");
            like($r->{err}, qr/Found 1 security vulnerability advisory/,
                 'C 48: it is told');
        }

        $p = project($with, 0, 'wp-plugin/akismet' => '^4.0');
        $p->{config}{policy}{advisories}{'ignore-id'} = [ $id[0] ];
        $r = $t->composer($p, 'update');
        is($r->{code}, 0, "$what: update with the id ignored");

        my $lock = JSON::PP::decode_json(
            $t->read_file("$r->{dir}/composer.lock"));
        is($lock->{packages}[0]{version}, '4.1.9', 'which is installed');

        $r = $t->composer({ with => $with, dir => $r->{dir} }, 'audit');
        is($r->{code}, $next ? 0 : 1, "$what: its audit");

        # C 48: the setting of older ones, which have it since 2.6

        my $older = project($with, 0, 'wp-plugin/akismet' => '^4.0');
        $older->{config}{audit}{ignore} = [ $id[0] ];
        my $by = $t->composer($older, 'update');
        is($by->{code}, 0, "$what: update with the id in audit.ignore");

        $by = $t->composer({ with => $with, dir => $by->{dir} }, 'audit');
        is($by->{code}, $minor >= 6 ? 0 : 1, "$what: its audit");

        # and its audit, without what lets it through

        delete $p->{config}{policy};
        $p->{dir} = $r->{dir};
        $t->asked;
        $r = $t->composer($p, 'audit');

        is($r->{code}, 1, "$what: audit of a vulnerable version: 1");
        like("$r->{out}$r->{err}", qr/Akismet <= 4\.1\.9 - XSS/,
             "$what: the table has its title");
        like("$r->{out}$r->{err}", qr/The\s[|\s]*MITRE\s[|\s]*Corporation/,
             "$what: and the notices");
        like("$r->{out}$r->{err}", qr/wordfence\.com/, "$what: and the link");

        $r = $t->composer({ with => $with, dir => $p->{dir} }, 'audit',
                          '--format=json');
        is($r->{code}, 1, "$what: the same as JSON");

        my $json = JSON::PP::decode_json($r->{out});
        my ($entry) = @{$json->{advisories}{'wp-plugin/akismet'}};
        is("$entry->{advisoryId} $entry->{affectedVersions}",
           "$id[0] <=4.1.9", "$what: it has id and versions");
        is($entry->{reportedAt}, '2026-01-02T03:04:05+00:00',
           "$what: and the date");

        # a hundred foreign packages

        $p = project($with, 100, 'wp-plugin/akismet' => '*');
        $r = $t->composer($p, 'update', '--no-install', '--no-audit');
        is($r->{code}, 0, "$what: a project with foreign packages")
            or diag($r->{err});
        $t->asked;
        $r = $t->composer({ with => $with, dir => $r->{dir} }, 'audit',
                          '--locked');
        is($r->{code}, 0, "$what: its audit") or diag($r->{err});

        $asked{$with}[$api] = () = $t->asked;
    }
}

for my $with (@composers) {
    diag("$with asks nginx $asked{$with}[0] times at an audit, with an"
         . " api-url $asked{$with}[1] times");
    cmp_ok($asked{$with}[1], '<=', 3, "C 49: $with asks a few times");
}

$t->done;

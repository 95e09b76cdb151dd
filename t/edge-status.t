#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# "status PACKAGE" on a mirror: which copy clients get, of what, and what is
# owed.  Nothing of it is about WordPress.org, which nobody has asked.  nginx
# tells everybody the same.

use strict;
use warnings;

use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::About;
use Test::WPPkg::Edge;


my $time = qr/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d/;

my $o = origin(plugins => 3, themes => 1);
my $e = edge($o);
my $url = $o->nginx_url;

sub status {
    my $r = $e->syncd('status', @_);

    is($r->{code}, 0, "status @_: exit code") or diag($r->{err});

    return $r->{out};
}

sub json { return JSON::PP::decode_json(status('--json', @_)) }

sub missing {
    my ($name, $like) = @_;

    my $r = $e->syncd('status', $name);

    is($r->{code}, 1, "$name is not there");
    like($r->{err}, $like, "$name: why");
}


is($e->get('/packages/wp-plugin/p1.json')->{status}, 404,
   'nor does nginx tell of it');
missing('plugin/p1', qr/: not all that its origin has was asked for yet; clients get 404$/);

# lists, advisories, a closed package

$o->write_file('lists', qq(malware wp-plugin/p2 <1.1 "Steals passwords"\n));
$o->write_file('own.json', JSON::PP::encode_json({
    'own-1' => { title => 'A hole', published => '2026-01-02 03:04:05',
        software => [ { type => 'plugin', slug => 'p2',
            affected_versions => { '*' => { from_version => '*',
                from_inclusive => JSON::PP::true, to_version => '1.0',
                to_inclusive => JSON::PP::true } } } ],
        references => ['https://example.org/1'] } }));
$o->configure(repository => { lists => $o->path('lists') },
              advisories => { file => $o->path('own.json') });
$o->syncd('advisories');
offer($o, 'plugin/p3');
believe($o, 'plugin/p3');
follows($e, $o, 'at first');


# an open package

my $text = status('plugin/p1');

like($text, qr/^plugin\/p1: a copy of what \Q$url\E has$/m, 'what it is');
like($text, qr/^  clients get: +versions$/m, 'what clients get');
like($text, qr/^  versions: +1 published$/m, 'how many');
like($text, qr/^  advisories: +none$/m, 'none are known');
like($text, qr/^  heard of it: +$time, \d+ s ago$/m, 'how old it is');
is_told($e, 'wp-plugin/p1', 'a copy');
unlike($text, qr/: new|fetched|next check|abandoned|filter lists|not here/,
       'nothing of WordPress.org');

my ($short, $at) = map { @$_ } $o->sql(
    'SELECT substr(lower(hex(content_hash)), 1, 12), content_changed_at'
    . " FROM documents WHERE path = 'p2/wp-plugin/p1.json'");
my $date = json('plugin/p1')->{documents}[0]{origin_at};

like($text, qr{^  p2/wp-plugin/p1\.json\n    sha256 $short, .*\n.*\n    origin: changed \Q$date\E$}m,
     'the document, with both dates');
is($date, json('plugin/p1')->{documents}[0]{changed_at}, 'which are the same');
is(status('wp-plugin/p1') =~ s/\d+ s ago//r, $text =~ s/\d+ s ago//r,
   'by its name in Composer');


# one on lists, with advisories

$text = status('plugin/p2');
like($text, qr/^  filter lists: +malware, <1\.1: Steals passwords$/m,
     'the list that it is on');
like($text, qr/^  advisories: .*A hole \(own, own-1\)$/m, 'its advisory');

is_told($e, 'wp-plugin/p2', 'with lists and advisories');

my $json = json('plugin/p2');
is($json->{clients_get}, 'versions', '--json: what clients get');
is($json->{origin}{url}, $url, '--json: the origin');
is($json->{filters}[0]{list}, 'malware', '--json: a list');
is($json->{advisories}[0]{id}, 'own-1', '--json: an advisory');
is($json->{versions}{published}, 1, '--json: versions');
is($json->{documents}[0]{owed}, undef, '--json: nothing is owed');
ok(!exists $json->{state}, '--json: no state of WordPress.org');


# a closed one, as the origin has it

$text = status('plugin/p3');
like($text, qr/^  clients get: +its name, without versions$/m, 'a claim');
like($text, qr/^  with a warning: +wp-plugin\/p3 \S.* closed/m, 'the warning');
like($text, qr/^  filter lists: +wp-closed, \*/m, 'its list');

$o->configure(repository => { closed => 'abandoned' });
update($o);
follows($e, $o, 'abandoned');
like(status('plugin/p3'), qr/^  clients get: +versions, marked as abandoned$/m,
     'versions that are abandoned');

$o->configure(repository => { closed => 'gone' });
update($o);
follows($e, $o, 'gone');
is_told($e, 'wp-plugin/p3', 'deleted');
$text = status('plugin/p3');
like($text, qr/^  clients get: +404$/m, 'deleted');
like($text, qr/p3\.json\n    does not exist, changed $time$/m, 'and when');


# what is not there

missing('plugin/nope', qr/: its origin has no such package; clients get 404$/);
missing('plugin/a---b', qr/cannot be in the catalogue/);


# A file that the origin cannot send: owed.

offer($o, $_, '1.0', '1.1') for 'plugin/p1', 'plugin/late';
$o->syncd({ stdin => "plugin/late\n" }, 'discover', '--source=list', '-');
update($o, 'plugin/p1', 'plugin/late');
$o->sql("UPDATE documents SET content_size = 1"
        . " WHERE path IN ('p2/wp-plugin/p1.json', 'p2/wp-plugin/late.json',"
        . " 'p2/wp-plugin/late~dev.json')");

$e->configure(origin => { url => $url }, http => { retries => 0 });
is($e->syncd('mirror')->{code}, 1, 'some files are not to be had');

$text = status('plugin/p1');
like($text, qr/^  clients get: +versions$/m, 'the old copy is served');
like($text, qr/p1\.json\n.*\n.*\n.*\n    owed: since $time, asked for in vain: .*503.* \(1 in a row\); again $time$/m,
     'what is owed, and why');

$text = status('plugin/late');
like($text, qr/^  clients get: +404$/m, 'a new package that is not here yet');
like($text, qr/late\.json\n    does not exist, .*\n.*\n    owed: since/m, 'is owed');
like(json('plugin/late')->{documents}[0]{owed}{error}, qr/503/,
     '--json: why');

for my $name (qw(wp-plugin/p1 wp-plugin/late)) {
    is_told($e, $name, 'owed');
    my $told = about($e, $name)->{wppkg};
    is_deeply([sort keys %{$told->{documents}[0]{owed}}],
              [qw(doubted failures next_at since)], "$name: but no error");
    is_deeply([sort keys %{$told->{origin}}], [qw(age told_at)],
              "$name: nor the URL of the origin");
}

is(about($e, 'wp-plugin/p1')->{versions}{'1.0'}{version_normalized},
   '1.0.0.0', 'the versions of the old copy');


# a deletion that is doubted; a copy that is damaged

$e->sql('INSERT INTO owed (path, gone, owed_at, next_at)'
        . " VALUES ('p2/wp-theme/t1.json', 1, 1795350000, 1795436400)");
like(status('theme/t1'), qr/^    in doubt: deleted there since $time; asked for again $time$/m,
     'a deletion that is not believed');

$e->sql("UPDATE bodies SET body = x'00' WHERE document_id ="
        . " (SELECT id FROM documents WHERE path = 'p2/wp-plugin/p2.json')");
like(status('plugin/p2'), qr/^  clients get: +503: its bytes in the catalogue are damaged$/m,
     'a copy that is damaged');

is_told($e, 'wp-plugin/p2', 'damaged');
is_deeply([keys %{about($e, 'wp-plugin/p2')->{versions}}], ['dev-trunk'],
          'which has no version, but that of its other file');

# It has an origin no more: the next command that writes makes it a repository.

$e->configure;
$e->syncd('migrate');
like(status('plugin/p1'), qr/^plugin\/p1: new$/m, 'one of its own');
is_told($e, 'wp-plugin/p1', 'one of its own');

$e->end;
$o->done;

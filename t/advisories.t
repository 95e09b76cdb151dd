#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Security advisories: what their sources say comes into documents, and no
# trouble with a source takes anything away.


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents qw(gunzip);


my $t = Test::WPPkg->new;
my $w = $t->wporg;
my $key = 'wf-0123456789-secret';

my @ids = map { sprintf '848ccbdc-c6f1-480f-a272-cd459e7067%02x', $_ } 0 .. 9;


# what is published: a document's JSON, its hash and its date

sub document {
    my ($path) = @_;

    my ($row) = $t->sql('SELECT hex(body), hex(content_hash),'
        . ' content_changed_at FROM documents JOIN bodies ON document_id = id'
        . " WHERE path = '$path'");

    return { json => JSON::PP::decode_json(gunzip(pack 'H*', $row->[0])),
             hash => $row->[1], date => $row->[2] };
}


sub told {
    my ($name) = @_;
    return document("p2/wp-plugin/$name.json")->{json}{'security-advisories'};
}


sub rows {
    return join ' ', map { "$_->[0]:$_->[1]:$_->[2]:$_->[3]" }
           $t->sql('SELECT source, substr(record, -2), slug,'
                   . " json_extract(entry, '\$.affectedVersions')"
                   . ' FROM advisories ORDER BY 1, 2, 3');
}


sub generation {
    return $t->sql_value('SELECT max(generation) FROM documents');
}


sub syncd {
    my ($o, @args) = ref $_[0] ? @_ : ({}, @_);

    my $r = $t->syncd({ %$o, env => { WPPKG_ADVISORIES_KEY => $key,
                                      %{$o->{env} || {}} } }, @args);

    unlike($r->{out} . $r->{err}, qr/\Q$key\E/, "@args: no line has the key");

    return $r;
}


sub done {
    my $r = syncd(@_);

    is($r->{code}, 0, "wppkg-syncd @_") or diag($r->{out} . $r->{err});

    return $r;
}


# the source has been asked that often

sub asked {
    my ($n, $what) = @_;

    my @asked = grep { $_->{path} =~ m{/vulnerabilities/} } $w->requests;

    is(scalar @asked, $n, $what);
    $w->clear_requests;

    return @asked;
}


$w->plugin('akismet', { versions => { map { $_ => undef }
                                      qw(4.1 4.1.9 5.0) },
                        stable => '5.0' });
$w->plugin($_, { versions => { '1.0' => undef } })
    for qw(hello-dolly jetpack form);
$w->closed('plugin', 'gone');


# --- nobody has asked for advisories

$t->configure;
done('migrate');
$t->syncd({ stdin => join '', map { "plugin/$_\n" }
            qw(akismet hello-dolly jetpack form gone) },
          'discover', '--source=list', '-');
done('update');

my $before = generation();

ok(!exists document('packages.json')->{json}{'security-advisories'},
   'C 48: without a source the root announces nothing');
is(told('akismet'), undef, 'and no document tells anything');

my $r = syncd('advisories');
is($r->{code}, 2, 'there is nothing to ask');
like($r->{err}, qr/has no \[advisories\]: set its "url" or "file"/,
     'and a line that tells how');

done('run', '--once');
is(generation(), $before, 'a run changes nothing');


# --- a source that wants a key

my %all = map { $_->{id} => $_ } (
    $w->advisory($ids[0], 'akismet', '4.1.9'),
    $w->advisory($ids[1], 'akismet', '4.1', cvss => { rating => 'Critical' },
                 title => 'Akismet <= 4.1 - <b>XSS</b>'),
    $w->advisory($ids[2], 'gone', '*'),
    $w->advisory($ids[3], 'elsewhere', '1.0'),
);

my $url = $w->advisories(\%all);
$t->write_file('wporg/advisories.key', $key);
$t->configure(advisories => { url => $url });

$r = syncd({ env => { WPPKG_ADVISORIES_KEY => undef } }, 'advisories');
is($r->{code}, 1, 'without a key');
like($r->{err}, qr/HTTP 401: it wants a key: .* set WPPKG_ADVISORIES_KEY$/m,
     'a line that tells how');
is($t->sql_value('SELECT count(*) FROM advisories'), 0, 'nothing is known');
is(told('akismet'), undef, 'and nothing is told');

$r = syncd({ env => { WPPKG_ADVISORIES_KEY => 'other-0123456789' } },
           'advisories');
like($r->{err}, qr/HTTP 401: it refuses the key/, 'with another one');

$r = syncd({ env => { WPPKG_ADVISORIES_KEY => "$key\nX-More: 1" } },
           'advisories');
is($r->{code}, 2, 'with a line feed in it');
like($r->{err}, qr/WPPKG_ADVISORIES_KEY has a byte that no key has/,
     'it is not sent');

# who was never told anything knows nothing by "nothing has changed"

$w->fail('status', status => 304, path => 'vulnerabilities');
$r = syncd('advisories');
is($r->{code}, 1, '304 to one that had nothing yet');
like($r->{err}, qr/HTTP 304: .* nothing has changed, .* never told/,
     'a line says so');
is($t->sql_value('SELECT max(read_at) FROM advisory_sources'), 0,
   'it counts as one that was not read');
is(told('akismet'), undef, 'and nothing is told');
$w->clear_requests;

$r = done('advisories');
like($r->{out}, qr/^advisories: 4 added, 1 request, /m, 'with the right one');

my ($request) = asked(1, 'it is asked once');
is($request->{headers}{authorization}, "Bearer $key", 'with the key');
like($request->{headers}{'user-agent'}, qr/^wppkg-syncd\//, 'and who we are');

my ($name) = $url =~ m{//([^/]+)};

is_deeply(told('akismet'), [
    map { { advisoryId => $ids[$_->[0]], affectedVersions => $_->[1],
            title => "$_->[2] [Copyright 2012-2026 Defiant Inc.; Copyright"
                     . ' 1999-2026 The MITRE Corporation]',
            sources => [ { name => $name, remoteId => $ids[$_->[0]] } ],
            reportedAt => '2026-01-02 03:04:05',
            cve => $all{$ids[$_->[0]]}{cve},
            link => $all{$ids[$_->[0]]}{references}[0],
            severity => $_->[3] } }
    [ 0, '<=4.1.9', 'akismet <= 4.1.9 - Stored XSS', 'medium' ],
    [ 1, '<=4.1', 'Akismet <= 4.1 - b XSS /b', 'critical' ] ],
    'C 48: each is told in full, with link and copyright notices');
is_deeply(told('hello-dolly'), [], 'none of a package is an empty list');

is_deeply(document('packages.json')->{json}{'security-advisories'}, {
    metadata => JSON::PP::true,
    licenses => [ map { { license => $_->{license},
                          url => $_->{license_url} } }
                  @{$all{$ids[0]}{copyrights}}{qw(defiant mitre)} ] },
    'and the root announces them, and their licenses');

done('update');
is_deeply([ map { $_->{affectedVersions} } @{told('gone')} ], [ '*' ],
          'a name that is claimed has its own');


# --- unchanged: known by what the server says, or by the hash

$before = generation();

done('advisories');
($request) = asked(1, 'unchanged: one request');
is($request->{status}, 304, 'that is conditional');

$t->write_file('wporg/advisories.plain', '');
done('advisories');
($request) = asked(1, 'without validators: one request');
is($request->{status}, 200, 'which is answered');
unlink $t->path('wporg/advisories.plain');

$r = done('advisories');
($request) = asked(1, 'with them again');
is($request->{status}, 200, 'it is answered');
like($r->{out}, qr/^advisories: 1 source unchanged, /m, 'and unchanged');
is(generation(), $before, 'no document has changed');


# --- one record: one document

$all{$ids[0]}{title} = 'akismet <= 4.1.9 - More than XSS';
$w->advisories(\%all);

$r = done('advisories');
like($r->{out}, qr/^advisories: 1 changed, /m, 'one has changed');
like($r->{out}, qr/^outdated: 1 package, 1 document changed, /m,
     'and one document is rendered');
is(generation(), $before + 1, 'no other');

# what a release brings does not take it away

$w->plugin('akismet', { versions => { map { $_ => undef }
                                      qw(4.1 4.1.9 5.0 5.1) },
                        stable => '5.1' });
done('update', 'plugin/akismet');
is(scalar @{told('akismet')}, 2, 'a release keeps them');


# --- trouble

sub trouble {
    my ($what, $like) = @_;

    my ($rows, $known) = (rows(), generation());
    my $r = syncd('advisories');

    is($r->{code}, 1, "$what: is told by the exit code");
    like($r->{err}, $like, "$what: and by a line");
    is(() = $r->{err} =~ /\n/g, 1, 'which is one');
    like($r->{err}, qr/; those known before stay$/m, 'and says what becomes');
    is(rows(), $rows, "$what: the rows stay");
    is(generation(), $known, 'and the documents');
}

$t->configure(advisories => { url => $url },
              http => { retries => 0, stall_timeout => '2s' });

$t->write_file('wporg/advisories.plain', '');

my $broken = JSON::PP->new->canonical->encode(\%all);

for ([ 'status 403', [ 'status', status => 403 ], qr/HTTP 403: it refuses/ ],
     [ 'status 500', [ 'status', status => 500 ], qr/HTTP 500;/ ],
     [ 'status 404', [ 'status', status => 404 ],
       qr{HTTP 404: nothing is there; set "url" in \[advisories\];} ],
     [ 'half of it', [ 'truncate' ], qr/transfer closed|partial|missing/i ],
     [ 'a page', [ 'html' ], qr/it is not a JSON object;/ ],
     [ 'a reset', [ 'reset' ], qr/$name: / ],
     [ 'silence', [ 'stall', seconds => 10 ], qr/$name: / ],
     [ 'another shape', [ 'status', status => 200,
                          body => '{"error":"Sorry"}' ],
       qr/it has no record of a form that we know; record "error": / ],
     [ 'nothing', [ 'status', status => 200, body => '{}' ],
       qr/it lacks 4 of the 4 advisories that are known/ ],
     [ 'a list', [ 'status', status => 200, body => '[{}]' ],
       qr/it is not a JSON object/ ],
     [ 'cut off', [ 'status', status => 200,
                    body => substr($broken, 0, length($broken) - 1) ],
       qr/it has been cut off/ ],
     [ 'two of them', [ 'status', status => 200, body => "$broken$broken" ],
       qr/it is not a JSON object/ ])
{
    my ($what, $fail, $like) = @$_;

    $w->fail($fail->[0], path => 'vulnerabilities', @$fail[1 .. $#$fail]);
    trouble($what, $like);
}

# a redirect may lead anywhere, and would be sent the key

$w->fail('status', status => 302, path => 'vulnerabilities');
trouble('moved', qr/HTTP 302: it has moved to another address/);

$w->fail('status', status => 429, path => 'vulnerabilities',
         retry_after => 3600);
trouble('429', qr/HTTP 429/);


unlink $t->path('wporg/advisories.plain');

# a change is dated when it is read: a client that polled "updatedSince" while
# the answer was on its way must not miss it

$all{$ids[3]}{title} = 'Something else';
$w->advisories(\%all);
$w->fail('slow', path => 'vulnerabilities', seconds => 1.1);
$t->sql("DELETE FROM meta WHERE name LIKE '%pause%'");
done('advisories');
cmp_ok($t->sql_value('SELECT max(changed_at) FROM advisories'), '>',
       $t->sql_value('SELECT asked_at FROM advisory_sources'),
       'a change has the time when it came');


# --- when it is asked

$t->sql("DELETE FROM meta WHERE name LIKE '%pause%'");
$w->clear_requests;
$t->configure(advisories => { url => $url, interval => '6h' },
              http => { retries => 0 });

done('advisories');
asked(1, 'the command asks');

my $at = $t->sql_value('SELECT asked_at FROM advisory_sources');

sub run_at {
    my ($seconds, $code) = @_;

    $t->sql('UPDATE advisory_sources SET'
            . " asked_at = asked_at - $seconds, read_at = read_at - $seconds");

    is(syncd('run', '--once')->{code}, $code, 'a run');
}

run_at(0, 0);
asked(0, 'a run at once after it does not');
run_at(21000, 0);
asked(0, 'one before the interval is over does not');
run_at(1000, 0);
asked(1, 'one after it does');
$t->sql('UPDATE advisory_sources SET asked_at = asked_at + 100000,'
        . ' read_at = read_at + 100000');
run_at(0, 0);
asked(1, 'nor do times in the future count');

$w->fail('status', status => 500, path => 'vulnerabilities', times => 2);
run_at(30000, 1);
asked(1, 'after a failure');
run_at(100, 0);
asked(0, 'it is not asked at once');
run_at(1800, 1);
asked(1, 'but after half an hour');

# another URL has said nothing yet, though it is of the same host

done('advisories');
$w->clear_requests;
$t->configure(advisories => { url => "$url/other", interval => '6h' },
              http => { retries => 0 });
run_at(0, 1);
($request) = asked(1, 'another URL is asked at once');
is($request->{headers}{$_}, undef, "and not $_")
    for qw(if-none-match if-modified-since);
run_at(0, 0);
asked(0, 'which fails, and waits');

$t->configure(advisories => { url => $url, interval => '6h' },
              http => { retries => 0 });
run_at(0, 0);
($request) = asked(1, 'and back');
is($request->{headers}{'if-none-match'}, undef, 'it is read in full');
done('advisories');
($request) = asked(1, 'once');
ok($request->{headers}{'if-none-match'}, 'then it is asked for changes');


# --- most of it has gone

delete @all{@ids[1 .. 3]};
$w->advisories(\%all);
done('advisories');
is(rows(), "$name:00:akismet:<=4.1.9", 'a few may go at once');
is(scalar @{told('akismet')}, 1, 'and are told no more');

$all{$ids[$_]} = $w->advisory($ids[$_], 'form', "1.$_") for 1 .. 9;
$w->advisories(\%all);
done('advisories');

$w->advisories({ map { $_ => $all{$_} } @ids[0 .. 5] });
trouble('four of ten have gone',
        qr/it lacks 4 of the 10 .*; if .*, run "\S+ advisories --force"/);

$r = done('advisories', '--force');
like($r->{out}, qr/^advisories: 4 withdrawn, /m, 'unless somebody says so');
is(scalar @{told('form')}, 5, 'and are told no more');


# --- bad records: what was known of them stays

my $text = JSON::PP->new->canonical->encode(
    { map { $_ => $all{$_} } @ids[0 .. 5] });
my $rows = rows();

$text =~ s/("$ids[1]":\{)/$1"x":NaN,/;
$text =~ s/("$ids[2]":).*?,("$ids[3]")/$1\[],$2/;
$text =~ s/^\{/{"x y":{},"$ids[0]":{"title":"T"},/;
$w->advisories($text);

$r = syncd('advisories');
is($r->{code}, 1, 'as many as that are told by the exit code');
like($r->{out}, qr/^advisories: 4 bad records, /m, 'they are counted');
like($r->{err}, qr/: 4 records cannot be read, .*: a record has no id/,
     'and the first is named');
is(rows(), $rows, 'and the rows are the same');

# of a record that is told twice, the first one that can be read counts

$text = JSON::PP->new->canonical->encode(
    { map { $_ => $all{$_} } @ids[0 .. 5] });
my $again = JSON::PP->new->canonical->encode($w->advisory($ids[4], 'form',
                                                          '9.9'));
$text =~ s/\}$/,"$ids[4]":$again}/;
$w->advisories($text);

$r = done('advisories');
like($r->{out}, qr/^advisories: 1 told twice, /m, 'one is told twice');
is(rows(), $rows, 'and the rows are the same');

# a range with an end that is no version is wider, and counted

$all{$ids[5]}{software}[0]{affected_versions} = {
    x => { from_version => '1.2', to_version => 'latest' } };
$w->advisories({ map { $_ => $all{$_} } @ids[0 .. 5] });

$r = done('advisories');
like($r->{out}, qr/, 1 widened range, /, 'a range is widened');
is((grep { $_->{advisoryId} eq $ids[5] } @{told('form')})[0]
   {affectedVersions}, '>=1.2', 'never narrowed');


# --- files

my $own = $t->write_file('our-audit.json', JSON::PP::encode_json({
    $ids[0] => $w->advisory($ids[0], 'akismet', '4.1.9'),
    'own-1' => $w->advisory('own-1', 'jetpack', '0.9', copyrights => undef,
                            references => [], cve => undef),
    'own-2' => $w->advisory('own-2', 'nowhere', '1.0') }));
my $more = $t->write_file('more.json', '{}');

$t->configure(advisories => { url => $url, file => [ $own, $more ] });
$r = done('advisories');
like($r->{out}, qr/^advisories: 3 added, 1 source unchanged, /m,
     'an own file, and an empty one');
is_deeply([ map { "$_->{advisoryId} $_->{sources}[0]{name}" }
            @{told('akismet')} ],
          [ "$ids[0] $name", "$ids[0] our-audit" ],
          'the same advisory of two sources is two');
is(told('jetpack')->[0]{title}, 'jetpack <= 0.9 - Stored XSS',
   'without notices, the title is all');
is(told('jetpack')->[0]{link}, undef, 'nor is there a link');

# --- what is known, for the operator

my $s = JSON::PP::decode_json(syncd('status', '--json')->{out})->{advisories};
is($s->{known}, $t->sql_value('SELECT count(*) FROM advisories'),
   'status: how many');
is(join(' ', map { "$_->{name}:" . ($_->{in_vain} ? 'vain' : 'read') }
        @{$s->{sources}}), "$name:read more:read our-audit:read",
   'of which sources');

like(syncd('status')->{out}, qr/^advisories:[ ]+$s->{known}\n
         [ ]+\Q$name\E:[ ]as[ ]of[ ]\d{4}-\S+\n
         [ ]+more:[ ]as[ ]of[ ]\d{4}-\S+\n
         [ ]+our-audit:[ ]as[ ]of[ ]\d{4}-\S+$/mx, 'in words');

$s = JSON::PP::decode_json(syncd('status', '--json', 'plugin/jetpack')->{out});
is_deeply($s->{advisories},
          [ { id => 'own-1', source => 'our-audit', severity => 'medium',
              affected_versions => '<=0.9', cve => undef, link => undef,
              title => 'jetpack <= 0.9 - Stored XSS' } ],
          'status of a package: its advisories');
like(syncd('status', 'plugin/jetpack')->{out},
     qr/^  advisories: +<=0\.9: jetpack <= 0\.9 - Stored XSS \(our-audit, own-1\)$/m,
     'in words');
like(syncd('status', 'plugin/hello-dolly')->{out},
     qr/^  advisories: +none$/m, 'of a package that has none');

$w->clear_requests;
$r = done('advisories', '--unmatched');
like($r->{out}, qr/^plugin\/nowhere:[ ]nowhere[ ]<=[ ]1\.0[ ]-[ ]Stored[ ]XSS
                   [^\n]*[ ]\(our-audit,[ ]own-2\)\n\z/x,
   'those of packages that are not here');
asked(0, 'nobody was asked');

is(syncd('advisories', '--unmatched', '--force')->{code}, 2,
   'which goes without --force');


# a file is looked at by each run, and read if it is another one

$t->configure(advisories => { file => [ $own, $more ], interval => '7d' });
$before = generation();
$r = done('run', '--once');
like($r->{err}, qr/ 1 source of advisories that .* not name any more/,
     'a source that is not configured any more is forgotten');
is(scalar @{told('form')}, 0, 'and what it told');

$t->write_file('more.json.new', JSON::PP::encode_json({
    'm-1' => $w->advisory('m-1', 'hello-dolly', '*') }));
rename $t->path('more.json.new'), $more or die;
$r = done('run', '--once');
like($r->{out}, qr/^advisories: 1 added, /m, 'a file that is another one');
is(scalar @{told('hello-dolly')}, 1, 'is read by the next run');

$rows = rows();
$t->write_file('more.json', '{"m-1":');
$t->sql('UPDATE advisory_sources SET read_at = read_at - 10');
$r = syncd('run', '--once');
is($r->{code}, 1, 'a file that is cut off');
like($r->{err}, qr/advisories: more: it has been cut off; those known/,
     'is told');
is(rows(), $rows, 'and changes nothing');
like(syncd('status')->{out}, qr/^ +more: as of \S+, asked in vain 2/m,
     'status tells it too');

unlink $more;
$r = syncd('run', '--once');
like($r->{err}, qr/advisories: more: \S+more\.json cannot be opened: No such/,
     'so is one that is not there');
is(rows(), $rows, 'and that changes nothing');

mkdir $more or die;
$r = syncd('advisories');
like($r->{err}, qr/more\.json cannot be opened: it is a directory/,
     'nor does a directory');
rmdir $more;

# a number that is larger than any program reads at once

open my $fh, '>', $more or die;
truncate $fh, 600 * 1024 * 1024 or die;
close $fh;
$r = syncd('advisories');
like($r->{err}, qr/more\.json has more than 536870912 bytes; those/,
     'nor what is too large');
is(rows(), $rows, 'the rows stay');


$t->configure(advisories => { file => [ $own, $t->path('a/our-audit') ] });
$r = syncd('run', '--once');
is($r->{code}, 2, 'two files of the same name');
like($r->{err}, qr/has two sources of the same name in \[advisories\]/,
     'are no two sources');


# --- and back

$t->configure;
$r = done('run', '--once');
like($r->{err}, qr/2 sources of advisories/, 'the section is gone');
is($t->sql_value('SELECT (SELECT count(*) FROM advisories)'
                 . ' + (SELECT count(*) FROM advisory_sources)'), 0,
   'and all that was known');
unlike(syncd('status')->{out}, qr/^advisor/m, 'status: not a word of them');
is(told($_), undef, "$_ tells nothing more")
    for qw(akismet hello-dolly form gone);
ok(!exists document('packages.json')->{json}{'security-advisories'},
   'nor does the root');

$t->done;

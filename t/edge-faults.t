#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# What an origin may answer, and the network between: an edge takes nothing
# that a client should not get, serves on what it has, says in a line what is
# wrong, and has everything as soon as that is right again.

use strict;
use warnings;

use lib 't/lib';

use Compress::Raw::Zlib ();
use IO::Compress::Gzip qw(gzip);
use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Edge;
use Test::WPPkg::Process qw(free_port);
use Test::WPPkg::Proxy;


my $o = origin(plugins => 30, themes => 6);
my $proxy = Test::WPPkg::Proxy->new($o, $o->{nginx_port});
my $e = edge($o);
my $version = 1;

sub configure {
    my (%more) = @_;

    $e->configure(origin => { url => $proxy->url, %more },
                  http => { retries => 0, stall_timeout => '2s' });
}

configure();
follows($e, $o, 'through a proxy');


# an answer, whole

sub answer {
    my ($status, $body, %headers) = @_;

    $headers{'Content-Length'} = length $body;
    $headers{'Content-Type'} ||= 'application/json';
    $headers{Connection} = 'close';

    return "HTTP/1.1 $status X\r\n"
           . join('', map { "$_: $headers{$_}\r\n" } sort keys %headers)
           . "\r\n$body";
}


sub packed {
    my ($text) = @_;

    gzip(\$text => \my $gz) or die;
    return $gz;
}


# A gzip with the header of ours, and a code that RFC 1951 reserves, in its
# middle: libdeflate takes it for 258 times the last byte, zlib for damage.

sub reserved {
    my ($before, $after) = @_;

    my @codes = ((map { ord } split //, $before . 'x'), 286,
                 (map { ord } split //, $after), 256);
    my $bits = '110';

    # the codes of RFC 1951, section 3.2.6; 286 has a distance, of 1

    for (@codes) {
        $bits .= $_ < 144 ? sprintf '%08b', 0x30 + $_
               : $_ < 280 ? sprintf '%07b', $_ - 256
               : sprintf '%08b', 0xc0 + $_ - 280;
        $bits .= '00000' if $_ == 286;
    }

    my $text = $before . 'x' x 259 . $after;

    return "\x1f\x8b\x08" . "\0" x 6 . "\xff" . pack('b*', $bits)
           . pack 'VV', Compress::Raw::Zlib::crc32($text), length $text;
}


sub changed {
    my @names = map { "plugin/p$_" } @_;

    $version++;
    offer($o, $_, '1.0', "1.$version") for @names;
    update($o, @names);
}


# one run, in which that goes wrong

sub fails {
    my ($what, $like, @faults) = @_;

    $proxy->fault(@faults);
    my $r = $e->syncd('mirror');
    $proxy->fault;

    is($r->{code}, 1, "$what: done in part");
    like($r->{err}, $like, "$what: says why");
    is(scalar(grep { !/from now on|asks for a comparison/ }
                   split /\n/, $r->{err}), 1, "$what: in one line")
        or diag($r->{err});

    return $r;
}

sub due { $e->sql('UPDATE owed SET next_at = 0 WHERE gone = 0') }


# --- the feed

my $bomb = packed("\0" x 200_000_000);
my $long = '{"actions":['
    . join(',', map { qq({"type":"update","package":"wp-plugin/x$_","time":5}) }
                    1 .. 100_001)
    . '],"timestamp":';

my $date = 'Sun, 06 Nov 1994 08:49:37 GMT';

for my $case (
    [ 'HTML', qr/is not JSON/, answer => answer(200, '<html>Hello') ],
    [ 'nothing', qr/is not JSON/, answer => answer(200, '') ],
    [ 'not UTF-8', qr/is not JSON/, answer => answer(200,
        qq({"actions":[{"type":"update","package":"\xff"}],)
        . '"timestamp":17953493512345}') ],
    [ 'half an answer', qr/is not JSON/, answer => answer(200,
        '{"actions":[{"type":"update","package":"wp-plugin/p1","time":1},') ],
    [ 'no timestamp', qr/has no "timestamp"/, answer => answer(200,
        '{"actions":[]}') ],
    [ 'a cut', qr/changes\.json/, cut => 200 ],
    [ 'nothing at all', qr/changes\.json/, cut => 0 ],
    [ 'a stall', qr/changes\.json/, stall => 100 ],
    [ 'a bomb', qr/larger than \d+ bytes/, answer => answer(200, $bomb,
        'Content-Encoding' => 'gzip') ],
    [ 'a redirect to itself', qr/redirect to .* not followed/,
      answer => answer(302, '', Location => $proxy->url . '/metadata/x') ],
    [ 'a redirect elsewhere', qr/redirect to https:\/\/other.example/,
      answer => answer(301, '', Location => 'https://other.example/') ],
    (map { [ "HTTP $_", qr/answered by HTTP $_/,
             answer => answer($_, 'no') ] } 401, 403, 404, 410, 429, 500, 503),
) {
    my ($what, $like, @fault) = @$case;

    changed(1);
    my $had = tree($e);

    fails("the feed: $what", $like, 'changes.json', @fault);
    is_deeply(tree($e), $had, "the feed: $what: nothing is taken");
    follows($e, $o, "after $what");
}

$o->{nginx_port} or die;


# names that lead elsewhere, and those of others; what is good is taken

changed(2);

my $since = $e->sql_value('SELECT since FROM origin');
my $feed = JSON::PP::decode_json(
    $o->get("/metadata/changes.json?since=$since")->{content});

unshift @{$feed->{actions}}, map { { type => 'update', package => $_,
                                     time => 5 } }
    'wp-plugin/../../packages', '../etc/passwd', 'acme/x', 'wp-plugin/..',
    "wp-plugin/p1\nHost: x", '*';

$proxy->fault('changes.json', answer =>
              answer(200, JSON::PP::encode_json($feed)));
$proxy->clear_requests;
my $r = $e->syncd('mirror');
$proxy->fault;

is($r->{code}, 0, 'bad names hold nobody up');
like($r->{err}, qr/6 names .*; the first: "wp-plugin\/\.\.\/\.\.\/packages"/,
     'they are counted');
is(scalar(grep { !m{GET /(?:p2/wp-plugin/p\d+(?:~dev)?\.json|metadata|packages)}
               } $proxy->requests), 0, 'and not asked for');
same($e, $o, 'bad names');


# too many actions: everything is compared instead

changed(3);

my $stamp = JSON::PP::decode_json(
    $o->get("/metadata/changes.json?since=$since")->{content})->{timestamp};

$proxy->fault('changes.json\?since', answer => answer(200,
              packed("$long$stamp}"), 'Content-Encoding' => 'gzip'));
$r = $e->syncd('mirror');
$proxy->fault;
is($r->{code}, 0, '100,001 actions');
same($e, $o, '100,001 actions');

changed(3);
$proxy->fault('changes.json\?since', answer => answer(200, $bomb,
              'Content-Encoding' => 'gzip'));
$r = $e->syncd('mirror');
$proxy->fault;
is($r->{code}, 0, 'a feed without an end');
same($e, $o, 'a feed without an end');


# A timestamp that goes back: of a server that lags, or a backup.  It is
# believed the second time.

changed(4);

my $back = answer(200, '{"actions":[],"timestamp":15850612240000}');

$proxy->fault('changes.json', answer => $back);
$r = $e->syncd('mirror');
is($r->{code}, 0, 'a timestamp that goes back');
like($r->{err}, qr/has gone back; if it says so again/, 'once');
is($e->sql_value('SELECT count(*) FROM owed'), 0, 'is no reason to ask');

$r = $e->syncd('mirror');
like($r->{err}, qr/has gone back: everything is compared/, 'twice');
same($e, $o, 'it is compared');
$proxy->fault;
follows($e, $o, 'forward again');


# --- files

my $path = '/p2/wp-plugin/p5.json';
my $good = sub { $o->get($path)->{content} };

for my $case (
    [ 'HTML', qr/is not JSON/, sub { answer(200, '<html>Hello',
        'Last-Modified' => $_[0]) } ],
    [ 'another package', qr/is no list of the versions of wp-plugin\/p5/,
      sub { answer(200, $good->() =~ s/p5"/p6"/gr, 'Last-Modified' => $_[0]) }
    ],
    [ 'not minified', qr/is not minified/, sub { answer(200,
        $good->() =~ s/,"minified":"composer\/2.0"//r,
        'Last-Modified' => $_[0]) } ],
    [ 'not UTF-8', qr/is not JSON/, sub { answer(200,
        $good->() =~ s/"description":"/"description":"\xe9/r,
        'Last-Modified' => $_[0]) } ],
    [ 'half', qr/is not JSON/, sub { answer(200, substr($good->(), 0, 200),
        'Last-Modified' => $_[0]) } ],
    [ 'a version that is none', qr/is none for Composer/, sub { answer(200,
        $good->() =~ s/"version":"1\.\d+"/"version":"one"/r,
        'Last-Modified' => $_[0]) } ],
    [ 'no date', qr/no Last-Modified/, sub { answer(200, $good->()) } ],
    [ 'older than told', qr/older than the feed has told/, sub { answer(200,
        $good->(), 'Last-Modified' => $date) } ],
    [ 'as before, which is older than told', qr/older than the feed/,
      sub { answer(304, '') } ],
    [ 'a bomb', qr/larger than \d+ bytes/, sub { answer(200, $bomb,
        'Last-Modified' => $_[0], 'Content-Encoding' => 'gzip') } ],
    [ 'half a gzip', qr/its gzip is damaged/, sub { answer(200,
        substr(packed($good->()), 0, 200), 'Last-Modified' => $_[0],
        'Content-Encoding' => 'gzip') } ],
    [ 'two in a row', qr/its gzip is damaged/, sub { answer(200,
        packed(substr $good->(), 0, 200) . packed(substr $good->(), 200),
        'Last-Modified' => $_[0], 'Content-Encoding' => 'gzip') } ],
    [ 'a reserved code', qr/its gzip is damaged/, sub { answer(200, reserved(
        '{"packages":{"wp-plugin/p5":[]},"minified":"composer/2.0","x":"', '"}'),
        'Last-Modified' => $_[0], 'Content-Encoding' => 'gzip') } ],
    [ 'what no gzip is', qr/its gzip is damaged/, sub { answer(200,
        $good->(), 'Last-Modified' => $_[0], 'Content-Encoding' => 'gzip') }
    ],
    [ 'another packing', qr/is packed as "br"/, sub { answer(200, $good->(),
        'Last-Modified' => $_[0], 'Content-Encoding' => 'br') } ],
    [ 'a redirect', qr/redirect to/, sub { answer(307, '',
        Location => $proxy->url . $path) } ],
    (map { my $status = $_; [ "HTTP $status", qr/HTTP $status/,
                              sub { answer($status, 'no') } ] }
         401, 404, 410, 500),
) {
    my ($what, $like, $bytes) = @$case;

    changed(4, 5, 6);
    my $dated = $o->get($path)->{headers}{'last-modified'};

    my $old = $e->get($path)->{content};

    # a cache is given a quarter of an hour

    if ($what =~ /older/) {
        $proxy->fault(quotemeta "GET $path", answer => $bytes->($dated));
        $r = $e->syncd('mirror');
        is("$r->{code} $r->{err}", '0 ', "a file: $what: is not said at once");
        $e->sql('UPDATE owed SET next_at = 0, owed_at = owed_at - 900');
    }

    fails("a file: $what", $like, quotemeta "GET $path", answer =>
          $bytes->($dated));
    is($e->get($path)->{content}, $old, "a file: $what: the old one stays");
    is($e->get("/p2/wp-plugin/p$_.json")->{content},
       $o->get("/p2/wp-plugin/p$_.json")->{content},
       "a file: $what: the others are taken") for 4, 6;

    # it is owed, not asked for at once, and then taken

    $proxy->clear_requests;
    $e->syncd('mirror');
    is(scalar(grep { m{\Q$path} } $proxy->requests), 0,
       "a file: $what: not asked for at once");
    like($e->syncd('status')->{out},
         qr/^owed: +1 file; asked for in vain: 1, since \d/m,
         "a file: $what: status says so");
    due();
    follows($e, $o, "a file, after $what");
}


# The gzip that is served is the origin's, if it is as good as ours would be;
# what is packed in another way, or not at all, is packed here.

sub stored {
    my ($t) = @_;

    return $t->sql_value('SELECT hex(body) FROM bodies JOIN documents'
                         . " ON id = document_id WHERE '/' || path = '$path'");
}

for my $case (
    [ 'quickly', sub { packed($_[0]) }, 'Content-Encoding' => 'gzip' ],
    [ 'not at all', sub { $_[0] } ],
    [ 'as it is', sub { $_[0] }, 'Content-Encoding' => 'identity' ],
    [ 'by an old name', sub { packed($_[0]) }, 'Content-Encoding' => 'x-gzip' ],
) {
    my ($what, $pack, @headers) = @$case;

    changed(5);
    my $dated = $o->get($path)->{headers}{'last-modified'};

    $proxy->fault(quotemeta "GET $path", answer => answer(200,
        $pack->($good->()), 'Last-Modified' => $dated, @headers));
    follows($e, $o, "packed $what");
    $proxy->fault;
    is(stored($e), stored($o), "packed $what: packed anew");
}

changed(5);
my $theirs = "\x1f\x8b\x08" . "\0" x 6 . "\xff" . substr packed($good->()), 10;
isnt(uc unpack('H*', $theirs), stored($o), 'another gzip of the same');

$proxy->fault(quotemeta "GET $path", answer => answer(200, $theirs,
    'Last-Modified' => $o->get($path)->{headers}{'last-modified'},
    'Content-Encoding' => 'gzip'));
follows($e, $o, 'packed as ours is');
$proxy->fault;
is(stored($e), uc unpack('H*', $theirs), 'packed as ours is: stored');
is($e->get($path)->{content}, $good->(), 'packed as ours is: served');


# a bad file at the first copy: all others are there, and the name is not lost

my $fresh = edge($o);
$fresh->configure(origin => { url => $proxy->url }, http => { retries => 0 });

$proxy->fault(quotemeta "GET $path", answer => answer(200, 'x'));
is($fresh->syncd('mirror')->{code}, 1, 'a first copy with a bad file');
$proxy->fault;
is(keys(%{files($fresh)}), keys(%{files($o)}) - 1, 'has all others');
$fresh->sql('UPDATE owed SET next_at = 0');
follows($fresh, $o, 'a first copy');
$fresh->end;


# --- no server, and one that wants to be left alone

changed(7);
my $port = free_port();
$e->configure(origin => { url => "http://127.0.0.1:$port" },
              http => { retries => 0 });
fails('nobody listens', qr/packages\.json: /);
configure();
follows($e, $o, 'another address, and this one again');

# of the same origin, but for files alone: the first one tells

changed(map { $_ } 1 .. 30);
$proxy->fault('GET /p2/', cut => 0);
$proxy->clear_requests;
$r = $e->syncd('mirror');
$proxy->fault;
is($r->{code}, 1, 'no file can be had');
like($r->{err}, qr/too many failures in a row/, 'which is said once');
cmp_ok(scalar(my @asked = $proxy->requests), '<=', 1 + 20 + 16,
       'after a few requests');
due();
follows($e, $o, 'files again');

# The feed's address was that of a server that is not there any more, and the
# root tells of another one: the run that finds out is the last one that fails.

$o->configure(repository => { base_url => 'https://127.0.0.1:' . free_port() });
update($o);
follows($e, $o, 'the feed is somewhere else');
fails('the feed is nowhere', qr/changes\.json\S*: .*[Cc]onnect/);

$o->configure;
update($o);
changed(8);
$r = $e->syncd('mirror');
is($r->{code}, 1, 'the feed is back: one more run fails');
follows($e, $o, 'the feed is back');

# nobody is let in for hours: each run says it, after one request

for my $status (401, 403) {
    changed(8);
    my $served = tree($e);
    my $heard = $e->sql_value('SELECT told_at FROM origin');

    $proxy->fault('.', answer => answer($status, 'no'));
    $proxy->clear_requests;
    my @runs = map { $e->syncd('mirror') } 1 .. 10;
    my @sent = $proxy->requests;
    $proxy->fault;

    is(scalar(grep { $_->{code} == 1
                     && $_->{err} =~ /\A.*by HTTP $status\n\z/ } @runs), 10,
       "$status for hours: a line for each run");
    is(scalar(@sent), 10, "$status for hours: a request for each run");
    is_deeply(tree($e), $served, "$status for hours: served on");
    is($e->sql_value('SELECT told_at FROM origin'), $heard,
       "$status for hours: status tells how old it is");
    follows($e, $o, "$status for hours");
}

changed(8);
fails('429 for two hours', qr/changes\.json\S*: answered by HTTP 429/,
      'changes.json', answer => answer(429, 'no', 'Retry-After' => 7200));
$proxy->clear_requests;
$r = $e->syncd('mirror');
is($r->{code}, 1, 'the next run');
like($r->{err}, qr/wants no requests for another \d+ s/, 'says so');
is(scalar(my @none = $proxy->requests), 0, 'and sends none');
$e->sql("DELETE FROM meta WHERE name = 'pauses'");
follows($e, $o, 'after the pause');


# --- deletions: more than 5 %, and then all of them

sub told {
    my @names = @_;

    my $stamp = $e->sql_value('SELECT since FROM origin') + 1;

    return answer(200, JSON::PP::encode_json({
        actions => [ map { { type => 'delete', package => $_, time => 5 } }
                         @names ],
        timestamp => $stamp }));
}

my @all = map { m{^p2/(.*?)(?:~dev)?\.json$} ? $1 : () } keys %{files($o)};
my $had = tree($e);

fails('all packages are deleted', qr/has deleted 36 packages at once/,
      'changes.json', answer => told(@all));
is_deeply(tree($e), $had, 'they are served on');
like($e->syncd('status')->{out}, qr/^in doubt: +36 packages are deleted/m,
     'status says so');

# a day later they are asked for: the origin has them

$e->sql('UPDATE owed SET next_at = 1');
due();
follows($e, $o, 'a day later') for 1 .. 2;
is($e->sql_value('SELECT count(*) FROM owed'), 0, 'no doubt is left');

# the lists are empty: the same

compared_anew($o);
my $none = answer(200, '{"packageNames":[]}');
fails('an empty list', qr/has deleted 36 packages at once/,
      'packages/list.json', answer => $none);
is_deeply(tree($e), $had, 'they are served on');

# an operator knows better

is($e->syncd('mirror', '--force')->{code}, 0, '--force');
is(keys(%{files($e)}), 0, 'all are gone');
is($e->get($path)->{status}, 404, 'and not served');
is($e->syncd('mirror', '--all')->{code}, 0, '--all');
same($e, $o, 'they are back');


# --- one that cannot be stored, among others that can

my $damaged = "UPDATE documents SET content_changed_at = %d WHERE path = '%s'";
my $changed_at = $e->sql_value('SELECT content_changed_at FROM documents'
                               . " WHERE path = '${\substr $path, 1}'");

$e->sql('UPDATE documents SET origin_at = NULL');
$e->sql('PRAGMA ignore_check_constraints = ON; '
        . sprintf $damaged, -1, substr $path, 1);

my $apart = $e->syncd('mirror', '--all');
is($apart->{code}, 1, 'one cannot be stored: done in part');
like($apart->{err}, qr/^wppkg-syncd: mirror: .*document \d+ is damaged/m,
     'says which');
is($e->sql_value('SELECT group_concat(path) FROM owed'), substr($path, 1),
   'it stays owed, alone');
is($e->sql_value('SELECT count(*) FROM documents WHERE origin_at IS NULL'
                 . " AND path LIKE 'p2/%/%'"), 1, 'the others are stored');
like($e->sql_value('SELECT stages FROM pipeline_runs ORDER BY id DESC'
                   . ' LIMIT 1'), qr/"files_taken":71\b/, 'and counted once');

$e->sql(sprintf $damaged, $changed_at, substr $path, 1);
follows($e, $o, 'repaired');
is($e->sql_value('SELECT count(*) FROM owed'), 0, 'nothing is owed');


# --- not one that can be followed

for my $case (
    [ 'WordPress.org\'s own', qr/has no "metadata-changes-url", .*"changes_url" in/,
      '{"packages":[],"metadata-url":"/p2/%package%.json"}' ],
    [ 'HTML', qr/packages\.json is not JSON/, '<html>' ],
    [ 'addresses that are none', qr/"metadata-url" that is no URL/,
      '{"metadata-url":"p2","metadata-changes-url":"/c","list":"/l"}' ],
) {
    my ($what, $like, $body) = @$case;

    my $t = edge($o);
    $t->configure(origin => { url => $proxy->url }, http => { retries => 0 });
    $proxy->fault('packages.json', answer => answer(200, $body));
    $r = $t->syncd('mirror');
    is($r->{code}, 1, "$what is refused");
    like($r->{err}, $like, "$what: says what it lacks");
    is(keys(%{files($t)}), 0, "$what: nothing is taken");
    $proxy->fault;
    $t->end;
}


$e->end;
$proxy->stop;
$o->done;

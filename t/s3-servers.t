#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# S3 servers differ: the habits of those that can't run here (docs/s3.md), on
# t/lib/s3-mock.  And R 29: what is refused of one object is that one's
# trouble.


use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Bucket;
use Test::WPPkg::S3Mock;


my $t = Test::WPPkg->new;
my $m = Test::WPPkg::S3Mock->new($t);
my $bucket = Test::WPPkg::Bucket->new($t);
my @own = $bucket->own;
my @http = (http => { retries => 2 });
my $round = 0;


sub name { sprintf 'p2/wp-plugin/p%03d.json', $_[0] }


sub sync { $t->syncd({ env => $m->keys(%{$_[0] || {}}) }, 'sync') }

sub audit { $t->syncd({ env => $m->keys }, 'audit', @_) }


# N documents that are all to be sent

sub fresh {
    my ($n) = @_;
    $round++;
    $bucket->set(map { name($_) => "body $_ of $round" } 1 .. $n);
    $t->sql('UPDATE documents SET deployed_hash = NULL'
            . ' WHERE content_hash IS NOT NULL');
}


# the lines of a run about the bucket, but for summaries

sub lines {
    grep { !/is not known yet|: sync: \d+ |the run was|: audit: \d/ }
        split /\n/, $_[0]{err};
}


$t->configure($m->bucket, @http);
is($t->syncd('migrate')->{code}, 0, 'migrate');


# Temporary keys come with a token, which is signed.

$m->habits('token=tok/en+1=');
fresh(3);

my $r = sync({ WPPKG_S3_ACCESS_KEY_ID => 'ASIAEXAMPLE' });
is($r->{code}, 1, 'ASIA without a token: done in part');
is(scalar lines($r), 1, 'ASIA without a token: one line') or diag($r->{err});
like($r->{err}, qr/begins with ASIA is temporary.*WPPKG_S3_SESSION_TOKEN/,
     'ASIA without a token: the remedy');

$r = sync();
like($r->{err}, qr/no such access key.*WPPKG_S3_SESSION_TOKEN too if/,
     'another key without a token: both remedies');

$r = sync({ WPPKG_S3_SESSION_TOKEN => 'another' });
like($r->{err}, qr/or its session token belongs to \S+ key or has expired/,
     'a wrong token: the remedy');
unlike($r->{err}, qr/another/, 'a wrong token: it is not told');

$m->log;
is(sync({ WPPKG_S3_SESSION_TOKEN => 'tok/en+1=' })->{code}, 0,
   'with its token: done');
is(scalar(grep { !m{ tok/en\+1=$} } $m->log), 0, 'it is in each request');

# Whatever a server answers, what we sent in confidence is not told.

for my $token ('b' . 'Tok3nOfTheTest' x 4, join '/+', 'a' .. 'z', 'c' x 900) {

    for my $where (qw(code message region)) {
        $m->habits("echo=$where");
        fresh(3);
        $r = sync({ WPPKG_S3_SESSION_TOKEN => $token });
        is($r->{code}, 1, "the token comes back as $where: done in part");
        like($r->{err}, qr/HTTP \d+/, "$where: a line of what was answered");

        my $told = $r->{err} . $r->{out}
                   . $t->command({}, 'sqlite3', $t->catalogue, '.dump')->{out};

        my @pieces = grep { index($told, $_) >= 0 }
                     map { substr $token, 8 * $_, 8 } 0 .. length($token) / 8 - 1;
        is("@pieces", '', "$where: no piece of the token");
    }
}

$m->habits('token=tok/en+1=');

$t->write_file("cred/$_->[0]", "$_->[1]\n")
    for [ 's3-access-key-id', 'AK' ], [ 's3-secret-access-key', 'x' ],
        [ 's3-session-token', 'tok/en+1=' ];
fresh(3);
is($t->syncd({ env => { CREDENTIALS_DIRECTORY => $t->path('cred') } },
             'sync')->{code}, 0, 'a token of a credential file');

for my $case ([ '400:ExpiredToken', 'has expired: give new keys' ],
              [ '400:InvalidToken', 'WPPKG_S3_SESSION_TOKEN' ],
              [ '403:RequestExpired', 'clock' ])
{
    my ($how, $remedy) = @$case;

    $m->habits("fault=$how:*:1000");
    fresh(3);
    $r = sync();
    is(scalar lines($r), 1, "$how: one line") or diag($r->{err});
    like($r->{err}, qr/\Q@{[ $how =~ s{^\d+:}{}r ]}\E.*\Q$remedy/,
         "$how: the remedy");
}


# An endpoint with a path; the bucket in the host's name.

$m->habits('base=/storage/v1/s3');
$t->configure(bucket => { endpoint => $m->endpoint . '/storage/v1/s3/',
                          name => 'bkt' });
fresh(3);
is(sync()->{code}, 0, 'an endpoint with a path: sync');
is(audit()->{code}, 0, 'an endpoint with a path: audit');

for my $code (qw(SecondLevelDomainForbidden PathStyleDomainForbidden)) {
    $m->habits('host-style', "style-code=$code");
    $t->configure($m->bucket(endpoint => "http://localhost:$m->{port}",
                             style => 'path'));
    fresh(40);
    $r = sync();
    is(scalar lines($r), 1, "$code, path: one line") or diag($r->{err});
    like($r->{err}, qr/\[bucket\] style = host/, "$code, path: the remedy");

    for my $style (qw(host auto)) {
        $t->configure($m->bucket(endpoint => "http://localhost:$m->{port}",
                                 style => $style), http => { retries => 0 });
        fresh(40);
        $m->log;
        $r = sync();
        is($r->{code}, 0, "$code, $style: sync") or diag($r->{err});
        my @log = $m->log;
        is(scalar(grep { / bkt\.localhost:/ } @log), 40 + @own,
           "$code, $style: so many requests name it so");
        cmp_ok(scalar(grep { / 403 / } @log), '<=', 8,
               "$code, $style: that is found out once");
        $r = audit();
        is($r->{code}, 0, "$code, $style: audit") or diag($r->{err});
    }
}

for my $case ([ '127.0.0.1', 'http', 'bkt' ], [ '[::1]', 'http', 'bkt' ],
              [ 'localhost', 'https', 'b.kt' ])
{
    my ($host, $scheme, $name) = @$case;

    $t->configure(bucket => { endpoint => "$scheme://$host:$m->{port}",
                              name => $name, style => 'host' });
    $r = sync();
    is($r->{code}, 2, "$scheme://$host, $name: cannot be asked so");
    like($r->{err}, qr/style = path/, "$scheme://$host, $name: the remedy");
}


# Another region: the bucket is asked for there, by the same owner's name.

my $other = Test::WPPkg::S3Mock->new($t);

for my $case ([ "elsewhere=$other->{port}", '' ],
              [ "region=$other->{port}", ', and region = eu-west-9' ])
{
    my ($habit, $region) = @$case;

    $m->habits($habit);
    $t->configure($m->bucket, http => { retries => 0 });
    fresh(5);
    $r = sync();
    is($r->{code}, 0, "$habit: sync") or diag($r->{err});
    like($r->{err}, qr/:$other->{port}: correct \[bucket\] endpoint\Q$region/,
         "$habit: a warning says where");
    is($other->object(name(1))->{content}, "body 1 of $round",
       "$habit: it is there");
    is(audit()->{code}, 0, "$habit: audit");

    $r = sync();
    is($r->{code}, 0, "$habit: the bucket is still the same one");
    unlike($r->{err}, qr/is not known yet/, "$habit: which has everything");
}

# in a circle, and to a stranger
$other->habits("elsewhere=$m->{port}");
$m->habits("elsewhere=$other->{port}");
fresh(5);
$r = sync();
is($r->{code}, 1, 'in a circle: done in part');
like($r->{err}, qr/the bucket is elsewhere/, 'in a circle: the remedy');


# What passes by itself is tried again; what doesn't, and concerns one, is one.

$t->configure($m->bucket, @http);

for my $how ('400:RequestTimeout', '409:OperationAborted',
             '409:ConditionalRequestConflict', '400:IncompleteBody',
             '408:X', '400:SlowDown')
{
    $m->habits("fault=$how:PUT:2:p002");
    fresh(5);
    $r = sync();
    is($r->{code}, 0, "$how passes") or diag($r->{err});
}

# A status that does not say that it was too much: the code does, and it is a
# refusal for the lanes.

for my $code (qw(SlowDown Throttling TooManyRequests)) {
    $m->habits("fault=400:$code:PUT:1:p002");
    fresh(5);
    $r = sync();
    is($r->{code}, 0, "400 $code passes") or diag($r->{err});

    is($bucket->counts('sync')->{refused}, 1, "R 18: 400 $code is a refusal");
}

$m->habits('fault=400:EntityTooLarge:PUT:9:p002');
fresh(5);
$m->log;
$r = sync();
is($r->{code}, 1, 'EntityTooLarge: done in part');
is($bucket->dirty, 1, 'EntityTooLarge: of one');
is(scalar(grep { /p002/ } $m->log), 1, 'EntityTooLarge: tried once');


# R 29: one key that is refused, then more in a row than make a run give up.

for my $n (1, 40, 100) {
    my $regex = $n == 1 ? 'p005' : sprintf '(?:%s)',
                join '|', map { sprintf 'p%03d', $_ } 1 .. $n;

    $m->habits("fault=403:AccessDenied:PUT:100000:$regex");
    $t->sql("DELETE FROM meta WHERE name = 'sync_after'");
    fresh(120);

    # as many runs as it takes to get past those
    for (1 .. 1 + $n / 32) {
        $r = sync();
        is($r->{code}, 1, "$n refused: done in part");
    }

    is($bucket->dirty, $n, "$n refused: the others are there, and the root");
    cmp_ok(scalar lines($r), '<=', 34, "$n refused: not too many lines");
    like($r->{err}, qr/HTTP 403 AccessDenied/, "$n refused: said so");

    $m->habits;
    is(sync()->{code}, 0, "$n refused: and sent when they may be");
    is($bucket->dirty, 0, "$n refused: nothing is left");
}

# the same of server errors, which cost more
$m->habits('fault=500:InternalError:PUT:100000:p0[0-4]');
$t->configure($m->bucket, http => { retries => 0 });
fresh(120);
sync() for 1 .. 3;
is($bucket->dirty, 49, '500 of 49 in a row: all others are there');
$m->habits;
is(sync()->{code}, 0, '500 of 49 in a row: and then these');

# all of them: one line, after few requests
$t->configure($m->bucket(concurrency => 8), @http);
$m->habits('fault=403:AccessDenied:PUT:100000');
fresh(120);
$m->log;
$r = sync();
is(scalar lines($r), 1, 'all are refused: one line') or diag($r->{err});
like($r->{err}, qr/AccessDenied.*and \d+ more.*may not write to this bucket/,
     'all are refused: the remedy');
cmp_ok(scalar(() = $m->log), '<', 48 + @own,
       'all are refused: few were tried');

# documents that are damaged in the catalogue, in a row
$m->habits;
is(sync()->{code}, 0, 'all are sent');
fresh(120);
$t->sql('UPDATE bodies SET body = zeroblob(length(body)) WHERE document_id IN'
        . " (SELECT id FROM documents WHERE path GLOB '*/p0[0-4]*')");
$r = sync();
is($r->{code}, 1, '49 damaged: done in part');
is($bucket->dirty, 49, '49 damaged: the others are there');
like($r->{err}, qr/sync: 17 more failures/, '49 damaged: the rest is counted');
fresh(49);
is(sync()->{code}, 0, 'none is damaged');

# a row that cannot be read
my $long = 'p2/wp-plugin/' . 'x' x 300 . '.json';
$bucket->set($long => 'x');
fresh(5);
$r = sync();
is($r->{code}, 1, 'a damaged row: done in part');
is($bucket->dirty, 1, 'a damaged row: the others are there');
like($r->{err}, qr/document \d+ is damaged/, 'a damaged row: it is said');
$t->sql("DELETE FROM bodies WHERE document_id IN (SELECT id FROM documents"
        . " WHERE path = '$long'); DELETE FROM documents WHERE path = '$long'");
delete $bucket->want->{$long};


# What may not be deleted holds up nothing, and what may be is.

$bucket->set(map { name($_) => undef } 1 .. 60);
$bucket->set(map { name($_) => "body $_ of $round+" } 61 .. 120);
$t->sql('UPDATE documents SET deployed_hash = NULL'
        . " WHERE path = 'packages/list.json'");
$m->habits('keys=p0[0-4]');
$r = sync();
is($r->{code}, 1, '49 locked: done in part');
is($bucket->dirty, 49, '49 locked: all else is done, the list too');
is($bucket->counts('sync')->{deleted}, 11, '49 locked: the others are gone');

$r = sync();
is($bucket->dirty, 49, '49 locked and nothing else: they stay so');
like($r->{err}, qr/AccessDenied.*permission/, '49 locked: the remedy');
$m->habits;
is(sync()->{code}, 0, 'unlocked: done');
is($bucket->dirty, 0, 'unlocked: they are gone');


# It is too much for the server, which says so of two keys alone: that is a
# refusal, after which there are fewer requests at a time.

fresh(20);
is(sync()->{code}, 0, 'SlowDown of two keys: before');
$bucket->set(map { name($_) => undef } 1 .. 20);
$m->habits('slow=p00[34]');
$r = sync();
is($r->{code}, 0, 'SlowDown of two keys: sync') or diag($r->{err});

my $slow = $bucket->counts('sync');
is("@$slow{qw(deleted refused lanes)}", '20 1 4',
   'R 18: SlowDown of two keys: all are gone, half of the lanes are left');

# of all of them, with another status: they are not asked for one by one

fresh(20);
$m->habits;
is(sync()->{code}, 0, '400 SlowDown of the whole: before');
$bucket->set(map { name($_) => undef } 1 .. 20);
$m->habits('fault=400:SlowDown:POST:1');
$m->log;
$r = sync();
is($r->{code}, 0, '400 SlowDown of the whole: sync') or diag($r->{err});
$slow = $bucket->counts('sync');
is("@$slow{qw(deleted refused)} " . grep({ /^DELETE / } $m->log), '20 1 0',
   'R 18: 400 SlowDown of the whole: once more, and all are gone');
$m->habits;


# DeleteObjects refused, in the words of Google, ECS, PowerScale and others.

for my $how ('400:InvalidArgument', '400:MissingContentMD5',
             '400:InvalidRequest', '404:NoSuchKey', '403:AccessDenied',
             '411:MissingContentLength', '500:InternalError',
             '501:NotImplemented', '405:MethodNotAllowed')
{
    fresh(20);
    $m->habits;
    is(sync()->{code}, 0, "$how: before");
    $bucket->set(map { name($_) => undef } 1 .. 20);
    $m->habits("fault=$how:POST:1000");
    $r = sync();
    is($r->{code}, 0, "$how: sync") or diag($r->{err});
    is($m->object(name(1))->{status}, 404, "$how: deleted singly");
}

$m->habits;
fresh(20);
is(sync()->{code}, 0, 'before the audits');
$bucket->set(map { name($_) => undef } 21 .. 120);
is(sync()->{code}, 0, 'before the audits: few documents');


# A list in an order of its own; a list that has no end.

for my $habits ('walk', 'walk pages=5', 'pages=1') {
    $m->habits($habits);
    $r = audit();
    is($r->{code}, 0, "list, $habits: audit finds it equal")
        or diag($r->{out}, $r->{err});
    is($bucket->counts('audit')->{checked}, 20 + @own, "list, $habits: all of it");

    $r = audit('--repair');
    is($bucket->counts('sync')->{requests}, 0, "list, $habits: no repair");
}

for my $case ([ 'circles pages=5', 'a key twice' ],
              [ 'twice', 'a key twice' ])
{
    my ($habits, $why) = @$case;

    $m->habits($habits);
    $r = audit('--repair', '--delete-foreign');
    is($r->{code}, 1, "list, $habits: done in part");
    like($r->{err}, qr/its list has \Q$why/, "list, $habits: it says so");
    unlike($r->{out}, qr/^missing/m, "list, $habits: nothing is missing");
}

# An ETag that is no MD5: our own word on the object counts.

$m->habits('kms');
$t->configure($m->bucket);
fresh(20);
is(sync()->{code}, 0, 'no MD5: sync');
$r = audit();
is($r->{code}, 0,
   'no MD5: audit finds it equal') or diag($r->{out}, $r->{err});

my $http = HTTP::Tiny->new;
my $url = "http://127.0.0.1:$m->{port}/bkt/" . name(3);
$http->put($url, { content => scalar reverse "body 3 of $round" });
$r = audit();
is($r->{out} =~ s/^audit: .*\n//mr, 'stale ' . name(3) . "\n",
   'no MD5: what others have put there is stale');
is(audit('--repair')->{code}, 0, 'no MD5: repaired');
is(audit()->{code}, 0, 'no MD5: and equal');

# the root, whose state is unknown, is not sent again
$t->sql("UPDATE documents SET deployed_hash = x''"
        . " WHERE path = 'packages.json'");
$m->habits('kms', 'fault=501:NotImplemented:PUT:9');
is(sync()->{code}, 0, 'no MD5: the root');
is($bucket->counts('sync')->{kept}, 1, 'no MD5: the root is kept');


# What clients get: "audit" looks as they do.

$t->configure($m->bucket,
              repository => { base_url => $m->endpoint . '/bkt' });
$m->habits;
is($t->syncd('migrate')->{code}, 0, 'base_url');
is(sync()->{code}, 0, 'base_url: sync');

$r = audit();
is($r->{code}, 0, 'readable: done');
unlike($r->{err}, qr/clients/, 'readable: nothing to say');

$m->habits('missing-403');
$r = audit();
like($r->{err}, qr{clients get HTTP 403, not 404.*list it too.*docs/s3\.md},
     '403 for what is missing: the remedy');

$m->habits('private');
$r = audit();
like($r->{err}, qr{403 from \S+/packages\.json: let everybody .*docs/s3\.md},
     'private objects: the remedy');

$t->configure($m->bucket(public => 'on'),
              repository => { base_url => $m->endpoint . '/bkt' });
$r = sync();
like($r->{err}, qr/everything is uploaded/, 'public = on: everything is sent');
is($m->object(name(1))->{status}, 200, 'public = on: and can be read');
unlike(audit()->{err}, qr{/packages\.json}, 'public = on: audit has seen it');

$m->habits('fault=400:AccessControlListNotSupported:PUT:9');
fresh(3);
like(sync()->{err}, qr/AccessControlListNotSupported.*public = off/,
     'a bucket without ACLs: the remedy');
$m->habits;

$t->configure($m->bucket, repository => { base_url => 'http://127.0.0.1:9' },
              http => { retries => 0 });
$t->syncd('migrate');
sync();
$r = audit();
like($r->{err}, qr{http://127\.0\.0\.1:9/packages\.json: .*base_url},
     'base_url is away: it says so');


# A list in circles, of nothing that we know.

$m->habits;
$t->configure($m->bucket(prefix => 'x/'));
fresh(1);
is(sync()->{code}, 0, 'a prefix');
$http->put("http://127.0.0.1:$m->{port}/bkt/x/foreign$_", { content => 'x' })
    for 1 .. 9;
$m->habits('circles', 'pages=4');
$t->sql("UPDATE documents SET path = 'z' || path");
$r = audit();
like($r->{err}, qr/its list goes in circles/, 'in circles: it ends')
    or diag($r->{err});


# A list that has ever more of what is not ours.

$m->habits('endless');
$m->log;
$r = audit();
is($r->{code}, 1, 'without an end: done in part');
like($r->{err}, qr/its list has 10000 pages of foreign keys/,
     'without an end: it ends');
like($r->{err}, qr/a bucket or a \[bucket\] prefix of its own/,
     'without an end: the remedy');
unlike($r->{out}, qr/^missing/m, 'without an end: nothing is missing');
is(scalar(grep { /list-type/ } $m->log), 10000, 'without an end: so many');


$_->stop for $m, $other;
$t->done;

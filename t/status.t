#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# status: why a package is as it is, and the state of everything, from real
# updates; --json; beside a writer; strange bytes in the catalogue.


use strict;
use warnings;

use JSON::PP ();
use Test::More;

use lib 't/lib';
use Test::WPPkg;


my $time = qr/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d/;

my $t = Test::WPPkg->new;
my $w = $t->wporg;

$t->configure(http => { retries => 0 });

sub status {
    my $r = $t->syncd('status', @_);

    is($r->{code}, 0, "status @_: exit code");
    is($r->{err}, '', "status @_: no error");

    return $r->{out};
}

sub json { return JSON::PP::decode_json(status('--json', @_)) }


# everything, of a catalogue that is empty

$t->syncd('migrate');

my $text = status();
like($text, qr/^catalogue: +\Q@{[ $t->catalogue ]}\E$/m, 'which catalogue');
like($text, qr/^daemon: +not running$/m, 'nobody holds the lock');
like($text, qr/^plugins: +none\nthemes: +none$/m, 'no package');
like($text, qr/^due now: +0, failing: 0$/m, 'nothing is due');
like($text, qr/^documents: +13$/m, 'the root and overviews');
like($text, qr/^authority: +a part: its packages are those of a list$/m,
     'what it is, and why');
like($text, qr/^feed watermark: +\d{14,} \($time\)$/m, 'the feed');
like($text, qr/^run 1: migrate, $time, done after \d+\.\d s$/m, 'the run');

# packages of every kind

$w->plugin('good', { versions => { '1.0' => undef, '1.1' => undef,
                                   'v1.0' => undef, '2.0' => undef,
                                   '2.1-beta1' => undef, '3.0' => undef,
                                   'not a version' => undef },
                     stable => '2.0' });
$w->plugin('many', { versions => { '1.0' => undef,
                                   map { ("2.$_" => undef) } 1 .. 25 },
                     stable => '1.0' });
$w->theme('good', { versions => { '1.0' => undef } });
$w->closed('plugin', 'shut', permanent => 0, reason => 'security-issue');
$w->closed('plugin', 'shut-for-good', permanent => 1);

$t->write_file('list', join "\n", qw(plugin/good plugin/many theme/good
                                     plugin/shut plugin/shut-for-good
                                     plugin/gone));
$t->syncd('discover', '--source=list', $t->dir . '/list');

$text = status('plugin/good');
like($text, qr/^plugin\/good: new$/m, 'new: state');
like($text, qr/^  fetched: +never$/m, 'new: not fetched');
unlike($text, qr/last commit|waiting|trunk:/, 'new: no commit is known');
like($text, qr/^  next check: +with the next update$/m, 'new: due');
like($text, qr/^    does not exist, changed never$/m, 'new: no document');
like(status(), qr/^due now: +6, failing: 0$/m, 'all are due');

is($t->syncd('update')->{code}, 0, 'update');

$text = status();
like($text,
     qr/^plugins: +2 active, 1 closed, 1 closed for good, 1 not found$/m,
     'plugins by state');
like($text, qr/^themes: +1 active$/m, 'themes by state');
like($text, qr/^due now: +0, failing: 0$/m, 'nothing is due');
like($text, qr/^documents: +24$/m, 'two a package, and overviews');
like($text, qr/^claimed names: +2$/m, 'how many names are claimed');
unlike($text, qr/dirty/, 'without a bucket nothing is dirty');
like($text, qr/^run 3: update, .*\nrun 2: discover, .*\nrun 1: migrate, /m,
     'runs, the latest first');

# one package

$text = status('plugin/good');
like($text, qr/^plugin\/good: active since $time$/m, 'active: state');
like($text, qr/^  fetched: +$time$/m, 'active: fetched');
like($text, qr/^  next check: +$time$/m, 'active: next check');
unlike($text, qr/last error/, 'active: no error');
like($text, qr/^  published version: 2\.0$/m, 'active: ceiling');
like($text, qr/^  versions: +4 published, the same since $time$/m,
     'active: versions');
like($text, qr/^ {21}1, above the published version: 3\.0$/m,
     'held back: above the ceiling');
like($text, qr/^  held back: +1, not a version that.*: not a version$/m,
     'held back: not a version');
like($text, qr/^ {21}1, another tag is the same version: v1\.0$/m,
     'held back: duplicate');

my ($hash) = @{($t->sql("SELECT lower(hex(content_hash)), content_size"
    . " FROM documents WHERE path = 'p2/wp-plugin/good.json'"))[0]};
my $short = substr $hash, 0, 12;

like($text, qr{^  p2/wp-plugin/good\.json\n    sha256 $short, \d+ bytes, }m,
     'the main document: hash and size');
like($text, qr{\.json\n.*, changed $time\n    bucket: no bucket, published $time$}m,
     'the main document: dates');
like($text, qr{^  p2/wp-plugin/good~dev\.json\n    sha256 }m,
     'the ~dev document');

is(status('wp-plugin/good'), $text, 'by its name in Composer');
like(status('theme/good'), qr/^theme\/good: active .*p2\/wp-theme\/good/ms,
     'a theme of the same slug');

$text = status('plugin/shut');
like($text, qr/^plugin\/shut: closed since 2026-04-09$/m, 'closed: state');
like($text, qr/^  reason: .*security/mi, 'closed: reason');
like($text, qr/^  clients get: +its name, without versions$/m,
     'closed: what clients get');

like(status('plugin/shut-for-good'), qr/^plugin\/\S+: closed for good since /,
     'closed for good');
$text = status('plugin/gone');
like($text, qr/^plugin\/gone: not found since /, 'not found');
like($text, qr/^  clients get: +404$/m, 'not found: what clients get');
like(status('plugin/good'), qr/^  clients get: +versions$/m,
     'active: what clients get');

like(status('plugin/many'),
     qr/^  held back: +25, above the.* version:(?: 2\.\d+){20} and 5 more$/m,
     'twenty tags are listed');
is(scalar @{json('plugin/many')->{versions}{held_back}[0]{tags}}, 25,
   'all of them with --json');

# JSON

my $json = json('plugin/good');
is($json->{package}, 'plugin/good', '--json: package');
is($json->{state}, 'active', '--json: state');
ok(!$json->{dirty} && !$json->{due}, '--json: dirty, due');
is($json->{documents}[0]{sha256}, $hash, '--json: the whole hash');
is($json->{documents}[0]{bucket}, 'no bucket', '--json: bucket');
is($json->{versions}{published}, 4, '--json: versions');

$json = json();
is($json->{packages}{plugin}{active}, 2, '--json: plugins');
is($json->{documents}, 24, '--json: documents');
is($json->{claims}, 2, '--json: names that are claimed');
is_deeply($json->{authority}, { whole => JSON::PP::false,
                                next_run => JSON::PP::false,
                                why => 'its packages are those of a list' },
          '--json: a part, and why');
is($json->{dirty}, undef, '--json: dirty');
is($json->{bucket}, undef, '--json: no bucket');
is($json->{runs}[0]{command}, 'update', '--json: runs');

# a fetch that fails

$t->sql("UPDATE packages SET next_check_at = 1 WHERE slug = 'good'"
        . " AND type = 'plugin'");
like(status('plugin/good'), qr/^  next check: +$time, due now$/m, 'due');

$w->fail('status', status => 500);
is($t->syncd('update', 'plugin/good')->{code}, 1, 'a fetch in vain');

$text = status('plugin/good');
like($text, qr/^  last error: +.*500.* \(1 in a row\)$/m, 'its error');
like($text, qr/^  versions: +4 published/m, 'what was there stays');
like(status(), qr/, failing: 1$/m, 'it is counted');
like(status(), qr/^run 4: update, $time, partial after .*500/m,
     'the run has the error');

# what the bucket has

$t->configure(bucket => { endpoint => 'http://127.0.0.1:9', name => 'bkt' });

like(status(), qr/^documents: +24, dirty: \d+$/m, 'dirty, with a bucket');

my $live = sub {
    my ($deployed, $content) = @_;

    $t->sql('UPDATE documents SET deployed_hash = ' . $deployed
            . ($content ? ", $content" : '')
            . " WHERE path = 'p2/wp-plugin/good.json'");
    return json('plugin/good')->{documents}[0]{bucket};
};

is($live->('NULL'), 'not uploaded', 'nothing is live');
is($live->("x''"), 'unknown', 'a request was in flight');
is($live->('zeroblob(32)'), 'older bytes deployed', 'other bytes are live');
is($live->('content_hash'), 'deployed', 'these bytes are live');
is($live->('zeroblob(32)', 'content_hash = NULL, content_size = NULL'),
   'not yet deleted', 'to be deleted');
is($live->('NULL'), 'absent', 'deleted');

# a closed package that had versions: what is published is what clients get

$t->configure;
$w->plugin('shuts', { versions => { '1.0' => undef, '1.1' => undef },
                      stable => '1.1' });
$t->syncd({ stdin => "plugin/shuts\n" }, 'discover', '--source=list', '-');
$t->syncd('update');
$w->closed('plugin', 'shuts', permanent => 1);
$t->syncd('sweep', '--force');

for my $case (
    [ claimed => 'its name, without versions',
      '1.1, not here: the package is closed', '0 published of 2 that are known' ],
    [ abandoned => 'versions, marked as abandoned', '1.1', '2 published' ],
    [ gone => '404', '1.1, not here: the package is closed',
      '0 published of 2 that are known' ],
) {
    my ($closed, $get, $version, $versions) = @$case;

    $t->configure(repository => { closed => $closed });
    $t->syncd('update');
    $text = status('plugin/shuts');
    like($text, qr/^  clients get: +\Q$get\E$/m, "$closed: what clients get");
    like($text, qr/^  published version: \Q$version\E$/m,
         "$closed: the published version");
    like($text, qr/^  versions: +\Q$versions\E, the same since/m,
         "$closed: versions");
}

$t->configure;

# packages that are not there

for my $case (
    [ 'plugin/unknown', qr/is not in the catalogue: take it in with "add"; clients get 404$/ ],
    [ 'theme/shut', qr/is not in the catalogue/ ],
    [ 'plugin/a---b', qr/cannot be in the catalogue: the slug has/ ],
    [ 'plugin/' . 'x' x 1000, qr/cannot be in the catalogue: the slug is/ ],
) {
    my ($name, $like) = @$case;
    my $r = $t->syncd('status', $name);
    my $shown = substr $name, 0, 20;

    is($r->{code}, 1, "$shown: exit code");
    like($r->{err}, qr/^wppkg-syncd: \Q$name\E $like.*\n\z/, "$shown: why");
    is($r->{out}, '', "$shown: nothing else");
}

# what is in the catalogue cannot harm a terminal, nor JSON

$t->sql("UPDATE packages SET state_reason = 'a' || char(27) || '[2J'"
        . " || char(10) || cast(x'ff' AS text) WHERE slug = 'shut'");
like(status('plugin/shut'), qr/^  reason: +a\\x1b\[2J\\x0a\\xff$/m,
     'strange bytes are escaped');
is(json('plugin/shut')->{reason}, 'a\x1b[2J\x0a\xff', 'in JSON too');

$t->sql("UPDATE packages SET versions = '{' WHERE slug = 'many'");

like(status('plugin/many'), qr/^  last error: +catalogue: versions of .*: not JSON/m,
     'damaged versions are told, with all the rest');

# beside a writer that holds a transaction, and a run under way

{
    my $writer = $t->dir . '/writer.fifo';
    $t->command({}, 'mkfifo', $writer);
    $t->write_file('writer.out', '');

    my $pid = $t->start([ 'sh', '-c', "exec sqlite3 '@{[ $t->catalogue ]}'"
                          . " <'$writer' >'" . $t->dir . "/writer.out'" ]);

    open my $sql, '>', $writer or die "$writer: $!";
    $sql->autoflush(1);
    print $sql ".filectrl persist_wal 1\nBEGIN IMMEDIATE;\n"
               . "UPDATE packages SET state_reason = 'uncommitted';\n"
               . "SELECT 'ready';\n";

    $t->wait_for(sub { $t->read_file('writer.out') =~ /ready/ },
                 'a transaction is open', 10);

    unlike(status('plugin/good'), qr/uncommitted/, 'beside a writer');

    print $sql "ROLLBACK;\nINSERT INTO pipeline_runs"
               . " (command, pid, started_at) VALUES ('sync', 4711, 1);\n";
    close $sql;
    waitpid($pid, 0);
}

like(status(), qr/^run \d+: sync, $time, running \(process 4711\)$/m,
     'a run under way');

$t->done;

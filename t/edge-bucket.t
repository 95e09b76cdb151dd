#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# A mirror that fills a bucket: it has the origin's bytes, and its feed tells
# of a change when the bucket has it.

use strict;
use warnings;

use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Edge;
use Test::WPPkg::S3Mock;


my $o = origin(plugins => 6, themes => 2);
my $e = edge($o);
my $m = Test::WPPkg::S3Mock->new($e);
my $since;

$e->configure($m->bucket(style => 'path'),
              origin => { url => $o->nginx_url },
              repository => { changes_url => $e->nginx_url
                                             . '/metadata/changes.json' });


sub syncd {
    my ($what, @command) = @_;

    my $r = $e->syncd({ env => $m->keys }, @command);
    is($r->{code}, 0, $what) or diag($r->{err});
}


# names of what the edge's feed tells, since the last time

sub told {
    my $r = $e->get('/metadata/changes.json'
                    . (defined $since ? "?since=$since" : ''));
    my $feed = JSON::PP::decode_json($r->{content});

    $since = $feed->{timestamp};
    return sort map { $_->{package} } @{$feed->{actions} || []};
}


sub equal {
    my ($what) = @_;

    my $files = files($o);
    my @wrong = grep { ($m->object($_)->{content} // '') ne $files->{$_} }
                keys %$files;

    is("@wrong", '', "$what: the bucket has the origin's " . keys(%$files)
                     . ' files');
}


syncd('migrate', 'migrate');
told();
syncd('a run of all', 'run', '--once');
same($e, $o, 'at first');
equal('at first');
is(scalar(my @all = told()), 16, 'the feed tells of each file');

offer($o, 'plugin/p1', '1.0', '1.1');
offer($o, 'theme/t1');
believe($o, qw(plugin/p1 theme/t1));

syncd('the mirror alone', 'mirror');
same($e, $o, 'changes');
is(join(' ', told()), '', 'C 36: nothing is told that the bucket has not');

syncd('the bucket', 'sync');
equal('changes');
is(join(' ', told()), 'wp-plugin/p1 wp-theme/t1 wp-theme/t1~dev', 'then it is');

$o->configure(repository => { closed => 'gone' });
update($o);
syncd('a deletion', 'run', '--once');
equal('a deletion');
is($m->object('p2/wp-theme/t1.json')->{status}, 404, 'the bucket has it no more');
is(join(' ', told()), 'wp-theme/t1', 'which is told');

$m->stop;
$e->end;
$o->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# A cache zone whose catalogue was restored in place, or made anew in files of
# the same numbers, as some file systems give them, and whose generation has
# grown past the one that the zone knows before anybody asks: nothing of what
# was there before is served.

use strict;
use warnings;

use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents;


delete $ENV{WPPKG_TEST_ZONE};

my $t = Test::WPPkg->new;
my $db = catalogue_create($t);
my $backup = $t->path('backup.db');
my $date = 1700000000;
my @paths = map { "p2/wp-plugin/d$_.json" } 1 .. 5;
my @files = map { "$db$_" } '', '-wal', '-shm';

document_put($t, $_, "one $_", $date) for @paths;
is($t->command({}, 'sqlite3', '-readonly', $db, ".backup $backup")->{code},
   0, 'a backup');

$t->nginx(
    no_zone => 1,
    http => 'wppkg_zone z 1m; wppkg_cache z; wppkg_refresh 50ms;
             add_header X-Cache $wppkg_cache_status;',
    locations => "location / { wppkg_catalogue $db; }");


sub generation { $t->sql_value('SELECT max(generation) FROM documents') }
sub numbers { join ' ', map { (stat $_)[1] } @files }

# "right", or the first document that is not the catalogue's

sub served {
    my $wrong;

    for my $path (@paths) {
        my $r = $t->get("/$path");
        my $hash = $t->sql_value("SELECT lower(hex(content_hash))"
                                 . " FROM documents WHERE path = '$path'")
                   || 'none';

        my $got = $r->{status} == 404 ? 'none' : sha256_hex($r->{content});
        $wrong ||= "$path: $r->{status} $r->{content}" if $got ne $hash;
    }

    return $wrong || 'right';
}

# until the zone has seen what the others see; then for good

sub are_right {
    my ($what) = @_;
    my $got;

    $t->wait_for(sub { ($got = served()) eq 'right' }, "$what: right", 2)
        or diag($got);

    # what was once in the zone can't come back
    is(served(), 'right', "$what: and again") for 1 .. 3;
}

# in the zone, and known to be the latest

sub are_cached {
    my ($what) = @_;

    $t->wait_for(sub {
        @paths == grep { ($t->get("/$_")->{headers}{'x-cache'} || '') eq 'HIT' }
                  @paths;
    }, "$what: all are in the zone", 5);
}

sub restore {
    my $r = $t->command({ stdin => ".filectrl persist_wal 1\n"
                                   . ".restore $backup\n" },
                        'sqlite3', '-batch', $db);
    is($r->{code}, 0, 'restored in place') or diag($r->{err});
}

# one document changes until the generation is past that

sub grow {
    my ($past) = @_;
    my $n = 0;

    while (generation() <= $past) {
        document_put($t, $paths[0], 'grown ' . $n++, $date + 1000 + $n);
    }
}


# ".restore", under a running nginx, once with a command of ours and without

for my $how ('as it is', 'migrate') {
    document_put($t, $_, "two, $how, $_", $date + 100) for @paths;
    are_cached($how);

    my ($before, $were) = (generation(), numbers());

    restore();
    is(numbers(), $were, "$how: the same files");
    is($t->syncd('migrate')->{code}, 0, 'migrate') if $how eq 'migrate';
    grow($before);
    are_right("restored, $how");
}


# Made anew in files of the same numbers and births, while nobody has them
# open: all that tells is the identity of the data.

for my $try (1 .. 2) {
    document_put($t, $_, "old $try $_", $date + 200 + $try) for @paths;
    are_cached("try $try");

    my ($before, $were) = (generation(), numbers());

    rename $_, "$_.away" for @files;
    $t->nginx_reload;

    for my $file (@files) {
        rename "$file.away", $file;
        truncate $file, 0 or die "$file: $!\n";
    }

    is($t->syncd('migrate')->{code}, 0, 'a new catalogue');
    is(numbers(), $were, "try $try: the same files");
    document_put($t, $paths[1], "new $try", $date + 300 + $try);
    grow($before);
    are_right("made anew, try $try");
}

$t->done;

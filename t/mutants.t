#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# t/unit/feed_race.c notices a feed that is wrong.  Each one is a race: on a
# busy machine it may take more than one run to be seen.  Other unit tests
# notice what else is wrong on purpose.

use strict;
use warnings;

use lib 't/lib';

use Test::More;
use Test::WPPkg;


my $t = Test::WPPkg->new;

# by the name of the patch in t/mutants, the test that notices
my %notices = (
    'feed-stamp'    => 'test_writers',
    'feed-clock'    => 'test_writers',
    'feed-announce' => 'test_bucket',
);

is_deeply([ sort map { m{([^/]+)\.patch$} } glob 't/mutants/feed-*.patch' ],
          [ sort keys %notices ], 'every feed of t/mutants has its test');

for my $name (sort keys %notices) {
    my ($r, $wrong);

    for (1 .. 10) {
        $r = $t->command({ env => { $t->environment(leaks => 1),
                                    TMPDIR => $t->dir } },
                         "$t->{build}/t/mutants/$name", $notices{$name});
        $wrong = grep { $_ > 0 } $r->{out} =~ /(\d+) wrong/g;
        last if $wrong;
    }

    ok($wrong, "$name: a mirror has missed something")
        or diag($r->{out} . $r->{err});
    isnt($r->{code}, 0, "$name: and the test has failed");
}


# names at wpackagist.org that are claimed before all packages have theirs

my $early = $t->command({ env => { $t->environment(leaks => 1),
                                   TMPDIR => $t->dir } },
                        "$t->{build}/t/mutants/aliases-early");
isnt($early->{code}, 0, 'aliases-early: t/unit/aliases.c has failed');
like($early->{out}, qr/^not ok \d+ - test_on$/m, 'aliases-early: it is noticed')
    or diag($early->{out} . $early->{err});


# what the patch was made for has changed: nothing is built of it

my $copy = "$t->{dir}/copy.c";
my $patch = $t->write_file('old.patch', <<'END');
--- a/src/core/wppkg_feed.c
+++ b/src/core/wppkg_feed.c
@@ -1,1 +1,1 @@
-what is there no more
+what would be wrong
END

my $r = $t->command({}, 'tools/mutate', $patch, $copy);
is($r->{code}, 1, 'a patch that no longer fits is refused');
like($r->{err}, qr/old\.patch no longer fits src\/core\/wppkg_feed\.c/,
     'with its name and that of the file');
is(join(' ', glob "$copy*"), '', 'and leaves no copy');

$t->done;

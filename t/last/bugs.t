#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# What goes wrong in nginx modules, again and again, and the test that guards
# us against each: it was run, and one that names the bug, "bug 7: ...", has
# passed.  A bug that is nobody's here says why.

use strict;
use warnings;

use lib 't/lib';

use Test::More;
use Test::WPPkg::Reported;


my @bugs = (
    1,  'a call that blocks the event loop',      't/module-lifecycle.t',
    2,  'a database opened before fork()',        't/module-core.t',
    3,  'workers of other kinds are initialised', 't/module-core.t',
    4,  'nginx\'s functions called by a thread',  't/thread-side.t',
    5,  'a task that outlives its request',       't/module-lifecycle.t',
    6,  'an aborted request that goes on',        't/module-lifecycle.t',
    7,  'a worker that ends under its task',      't/module-lifecycle.t',
    8,  'a timer that no worker outlives',        't/module-cache-lifecycle.t',
    9,  'an event whose data is no connection',   't/module-cache-lifecycle.t',
    10, 'a request finalized twice',              't/module-serve.t',
    11, 'a request counted wrongly',              't/module-lifecycle.t',
    12, 'a request\'s body left unread',          't/module-hostile.t',
    13, 'a body sent to HEAD, or with 304',       't/module-serve.t',
    14, 'the last buffer of a subrequest',        't/module-serve.t',
    15, 'memory used again that is being sent',   't/module-hostile.t',
    16, 'a length that a filter has made wrong',  't/module-encoding.t',
    17, 'strings taken for C strings',            't/unit/route.c',
    18, 'a client\'s bytes in the log',           't/module-hostile.t',
    19, 'a context lost by a redirect',           't/module-core.t',
    20, 'a subrequest taken for a request',       't/module-serve.t',
    21, 'a setting that is not inherited',        't/module-sites.t',
    22, 'static data that outlives a reload',     't/module-sites.t',
    23, 'a leak in each reload',                  't/module-lifecycle.t',
    24, 'a zone that is another after a reload',  't/module-cache.t',
    25, 'addresses of one process in a zone',     't/module-cache.t',
    26, 'a worker that dies with the mutex',      't/module-cache-lifecycle.t',
    27, 'the mutex taken twice, or for too much', 't/module-lock.t',
    28, 'shared memory in pieces',                't/module-cache.t',
    29, 'streams taken for connections',          't/module-lifecycle.t',
    30, 'a header with a line of its own',        't/module-hostile.t',
    31, 'paths that are not what they seem',      't/module-hostile.t',
    32, 'numbers out of range, from a bad file',  't/module-encoding.t',
    33, 'dates of the clock',                     't/clock.t',
    34, 'a return value of another kind',         't/module-conditional.t',
    35, 'every error of SQLite is the same',      't/module-errors.t',
    36, '-shm that can\'t be opened',             't/module-database.t',
    37, 'two that do what one should',             't/unit/store.c',
    38, 'a module replaced on disk, and a reload',
        'not ours: the loader keeps the old one; docs/operations.md says to restart',
    39, 'names that others have, too',            't/module-config.t',
    40, 'warnings of another compiler are errors',
        'no test: "make fuzz" compiles with clang, "make check" with gcc',
    41, 'code that only a debug build can have',  't/nginx-1.26.t',
    42, '"never" taken for a time since boot',    't/unit/store_clock.c',
    43, 'the location of a request led away',     't/module-redirect.t',
    44, 'a request taken from what waits for it',  't/module-redirect.t',
);

my $reported = reported('bug');
my $n = 0;

while (my ($number, $title, $guard) = splice @bugs, 0, 3) {
    is($number, ++$n, "bug $number: $title");

    if ($guard =~ m{^t/}) {
        ok($reported->{$number}{$guard}, "bug $number: $guard has passed");

    } else {
        like($guard, qr/^not? \w+: ./,
             "bug $number: it is said why there is no test");
    }
}

is(join(' ', grep { $_ > $n } keys %$reported), '', 'no test names another');

done_testing();

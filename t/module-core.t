#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# nginx around the module: processes that are no workers, internal redirects,
# one name more in the log than there is a request for.

use strict;
use warnings;

use lib 't/lib';

use Test::More;
use Test::WPPkg;
use Test::WPPkg::Documents;


my $t = Test::WPPkg->new;
my $db = catalogue_create($t);

document_put($t, 'packages.json', 'root', 1700000000);
document_put($t, 'p2/wp-plugin/a.json', 'a', 1700000000);

# owned by the workers' user, or the cache manager can't look at it
mkdir "$t->{dir}/proxy-cache";
chmod 0777, "$t->{dir}/proxy-cache";

my $log = "'\$status \$uri [\$wppkg_cache_status \$wppkg_package "
          . "\$wppkg_revision]'";

$t->nginx(
    no_zone => 1,
    http => "
        proxy_cache_path $t->{dir}/proxy-cache keys_zone=proxy:1m;
        wppkg_zone z 1m;
        wppkg_cache z;
        log_format wppkg $log;
        access_log $t->{dir}/wppkg.log wppkg;",
    locations => "
        location / {
            wppkg_catalogue $db;
        }

        location /away/ {
            wppkg_catalogue $db;
            error_page 404 = \@away;
        }

        location \@away { return 200 away; }

        location /again/ {
            wppkg_catalogue $db;
            error_page 404 = /packages.json;
        }

        location /rewritten/ {
            wppkg_catalogue $db;
            rewrite ^/rewritten/(.*) /\$1 last;
        }

        location /broken/ {
            wppkg_catalogue none.db;
            error_page 503 = \@away;
        }");


# bug 2: the master opens no catalogue; each worker has its own
# bug 3: nor does the cache manager, which is started as workers are

sub holders {
    my %holders;

    for my $pid ($t->nginx_pid, $t->nginx_workers) {
        my ($what) = $t->read_file("/proc/$pid/cmdline")
                     =~ /nginx: (master|worker|cache manager|cache loader)/;

        $holders{$what || 'other'} += grep {
            (readlink $_ || '') =~ /^\Q$db\E/
        } glob "/proc/$pid/fd/*";
    }

    return \%holders;
}

for my $when ('at start', 'after a reload') {
    my $holders;

    $t->wait_for(sub {
        $holders = holders();
        exists $holders->{'cache manager'} && $holders->{worker};
    }, "bug 2, bug 3: $when: a worker has opened the catalogue");

    is($holders->{master}, 0, "$when: the master has not");
    is($holders->{'cache manager'}, 0, "$when: the cache manager has not");

    $t->nginx_reload if $when eq 'at start';
}


# bug 19: a redirect takes the module's context away, whoever asks for it
# then; what is held is released all the same

my @cases = (
    [ '/packages.json',                  200, 'root' ],
    [ '/away/p2/wp-plugin/none.json',    200, 'away' ],
    [ '/away/no/such',                   200, 'away' ],
    [ '/again/p2/wp-plugin/none.json',   200, 'root' ],
    [ '/rewritten/p2/wp-plugin/a.json',  200, 'a' ],
    [ '/broken/p2/wp-plugin/a.json',     200, 'away' ],
    [ '/p2/wp-plugin/none.json',         404, undef ],
);

for my $case ((@cases) x 3) {
    my ($url, $status, $content) = @$case;
    my $r = $t->get($url);

    is($r->{status}, $status, $url);
    is($r->{content}, $content, "$url: the content") if defined $content;
}

my $text;

$t->wait_for(sub {
    $text = $t->read_file('wppkg.log');
    3 * @cases == (() = $text =~ /\n/g);
}, 'bug 19: each is in the log');

my $status = qr/(?:MISS|EXPIRED|HIT)/;

like($text, qr{^200 /packages\.json \[$status - \d+\]$}m,
     'the variables of a document');
like($text, qr{^200 /p2/wp-plugin/a\.json \[$status wp-plugin/a \d+\]$}m,
     'of a package, rewritten');
like($text, qr{^200 /away/p2/wp-plugin/none\.json \[- - -\]$}m,
     'of a request that was led away: none');
like($text, qr{^200 /broken/p2/wp-plugin/a\.json \[- - -\]$}m,
     'of one that failed and was led away: none');

$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# The status page in Chromium, without its scripts: on a phone and on a desk,
# by day and by night, in order and in trouble.  That there is something to be
# seen and nothing sticks out, that all of it can be read, and that it is built
# for those who listen to it.

use strict;
use warnings;

use lib 't/lib';

use Test::More;
use Test::WPPkg;
use Test::WPPkg::Chromium;
use Test::WPPkg::Documents;


my $t = Test::WPPkg->new;
my $db = catalogue_create($t);
my $now = time;
my $long = 'a-name-' . 'of-very-many-words-' x 6 . 'x' x 60;

$t->sql("BEGIN;
    INSERT INTO packages (type, slug, state, created_at, changed_at)
        SELECT iif(value % 5, 'plugin', 'theme'), 's' || value,
               iif(value % 3, 'active', 'closed'), 1, $now - 900
        FROM generate_series(1, 5000);
    INSERT INTO meta VALUES ('deploy_target', 'x');
    INSERT INTO pipeline_runs (command, pid, started_at, finished_at, outcome)
        VALUES ('run', 1, $now - 700, $now - 690, 'failed'),
               ('run', 1, $now - 400, $now - 380, 'partial'),
               ('run', 1, $now - 100, $now - 90, 'done'),
               ('run', 1, $now - 5, NULL, NULL);
    COMMIT");

my $n = 0;

for my $slug ('akismet', $long, '<b>bold</b>', 'contact-form-7', 'gone') {
    $n++;
    $t->sql("INSERT INTO documents (path, content_changed_at, published_at,
                                    published_changed_at, published_gone)
             VALUES ('p2/wp-plugin/$slug.json', 1,
                     ($now - 40 * $n * $n) * 10000 + $n, 1, $n = 5)");
}

$t->nginx(no_zone => 1,
          http => 'wppkg_zone z 1m; wppkg_cache z;',
          locations => "location / { wppkg_catalogue $db;
                                     location = /status { wppkg_status; } }");
$t->get('/packages.json') for 1 .. 20;

my $url = $t->nginx_url . '/status';
my $chromium = Test::WPPkg::Chromium->new($t);

my %page = (light => 'f6f5f2', dark => '131618');
my @views = ([ 'a phone', 390, 844, 1 ], [ 'a small one', 320, 480, 1 ],
             [ 'a desk', 900, 500, 0 ]);


for my $scheme ('light', 'dark') {
    for my $view (@views) {
        my ($name, $width, $height, $mobile) = @$view;

        $chromium->view(width => $width, height => $height,
                        mobile => $mobile, scheme => $scheme);
        $chromium->open($url);
        is_seen("$scheme, $name", $width, $height, $page{$scheme});
    }

    is_readable($scheme);
}


# structure

is($chromium->ask('document.documentElement.lang'), 'en', 'its language');
is($chromium->ask('document.title'), substr($t->nginx_url, 7) . ': status',
   'its title');
is($chromium->ask('document.querySelectorAll("h1").length'), 1,
   'one heading of all');
cmp_ok($chromium->ask('document.querySelectorAll("h2").length'), '>=', 6,
       'headings of the parts');
is($chromium->ask('document.querySelectorAll("header, main, footer").length'),
   3, 'its landmarks');
is($chromium->ask('[...document.querySelectorAll("th")]
                   .filter(e => !["col", "row"].includes(e.scope)).length'),
   0, 'each head of a table has a scope');
is($chromium->ask('[...document.querySelectorAll("table")]
                   .filter(e => !e.tHead).length'), 0,
   'each table has a head');
is($chromium->ask('[...document.querySelectorAll("time")]
                   .filter(e => !/UTC$/.test(e.title)
                                || isNaN(Date.parse(e.dateTime))).length'),
   0, 'each time is told exactly');
cmp_ok($chromium->ask('document.querySelectorAll("time").length'), '>=', 8,
       'times');
is($chromium->ask('document.querySelectorAll("script, img, link, b, iframe")
                   .length'), 0, 'nothing is loaded, no name is markup');
is($chromium->ask('[...document.querySelectorAll("td")]
                   .filter(e => e.textContent == "wp-plugin/<b>bold</b>")
                   .length'), 1, 'a name is text');
is($chromium->ask('document.compatMode'), 'CSS1Compat', 'standards mode');
is($chromium->ask('[...document.links].map(a => a.search).join(" ")'),
   '?format=json ?format=prometheus', 'its links');


# in trouble

rename $db, "$db.away";

for my $scheme ('light', 'dark') {
    $chromium->view(width => 390, height => 844, mobile => 1,
                    scheme => $scheme);
    $chromium->open($url);
    is_seen("$scheme, missing", 390, 844, $page{$scheme});
    is_readable("$scheme, missing");
    is($chromium->ask('document.querySelector(".bad").textContent'),
       'The catalogue is missing.', "$scheme: it says so");
}

$chromium->stop;
$t->done;


sub is_seen {
    my ($what, $width, $height, $page) = @_;

    is_deeply([ $chromium->requests ], [ $url ],
              "$what: nothing but the page is fetched");
    is($chromium->ask('document.documentElement.scrollWidth'), $width,
       "$what: as wide as the screen");
    is($chromium->ask(<<'END'), '', "$what: nothing sticks out");
        [...document.querySelectorAll("body *")].filter(e => {
            const r = e.getBoundingClientRect();
            return r.left < 0 || r.right > innerWidth + 0.5
                   || e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0
                      && getComputedStyle(e).display != "inline";
        }).map(e => e.tagName + " " + e.textContent.slice(0, 40)).join("; ")
END

    my ($w, $h, $pixels) =
        Test::WPPkg::Chromium::pixels($chromium->screenshot);
    my $all = $w * $h;

    is("$w x $h", "$width x $height", "$what: a picture");
    cmp_ok($pixels->{$page} || 0, '>', $all / 20, "$what: its ground");
    cmp_ok(scalar keys %$pixels, '>', 100, "$what: letters");

    my ($most) = sort { $b <=> $a } values %$pixels;
    cmp_ok($most, '<', $all * 0.95, "$what: it is not blank");
}


# the contrast of each piece of text with what is behind it (WCAG 2, AA)

sub is_readable {
    my ($what) = @_;

    is($chromium->ask(<<'END'), '', "$what: all of it can be read");
        (() => {
            const bad = [];
            const rgb = s => s.match(/[\d.]+/g).map(Number);
            const light = c => c.slice(0, 3).reduce((sum, v, i) => {
                v /= 255;
                v = v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
                return sum + v * [0.2126, 0.7152, 0.0722][i];
            }, 0);
            const behind = e => {
                for ( ; e; e = e.parentElement) {
                    const c = rgb(getComputedStyle(e).backgroundColor);
                    if (c.length == 3 || c[3] > 0) return c;
                }
                return [255, 255, 255];
            };
            const walk = document.createTreeWalker(document.body,
                                                   NodeFilter.SHOW_TEXT);
            let n = 0;
            while (walk.nextNode()) {
                const text = walk.currentNode.textContent.trim();
                if (!text) continue;
                const e = walk.currentNode.parentElement;
                const a = light(rgb(getComputedStyle(e).color));
                const b = light(behind(e));
                const ratio = (Math.max(a, b) + 0.05)
                              / (Math.min(a, b) + 0.05);
                if (ratio < 4.5) bad.push(text + " " + ratio.toFixed(2));
                n++;
            }
            return n < 40 ? "only " + n + " texts" : bad.join("; ");
        })()
END
}

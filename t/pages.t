#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# The pages for people (docs/pages.md), served as www/pages.conf says, in
# Chromium: what they tell, by mouse and by keyboard, whatever packages are
# called; and what whoever cannot see them, or has a phone, gets.


use strict;
use warnings;
use lib 't/lib';

use Compress::Zlib ();
use Cwd ();
use Encode ();
use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Chromium;


plan skip_all => 'needs chromium'
    if !grep { -x "$_/chromium" } split /:/, $ENV{PATH};

my $www = Cwd::realpath('www');
my $t = Test::WPPkg->new;
my $w = $t->wporg;

my $hebrew = "\x{5e9}\x{5dc}\x{5d5}\x{5dd} \x{1f389}";

$w->plugin('akismet', { name => 'Akismet', active_installs => 5000000,
                        stable => '2.0', rating => 94, num_ratings => 1100,
                        short_description => 'No spam.',
                        requires_php => '7.2',
                        versions => { '1.0' => undef, '1.10' => undef,
                                      '1.9' => undef, '2.0' => undef,
                                      '3.0' => undef, 'odd one' => undef } });
$w->plugin('spam-free', { name => 'Spam free', active_installs => 10 });
$w->plugin('script', { name => 'Script', active_installs => 9,
                       homepage => 'javascript:alert(1)' });
$w->plugin('right', { name => 'Right', active_installs => 8 });
$w->plugin('many', { stable => '4.0.0', active_installs => 7,
                     versions => { '4.0.0' => undef,
                                   map { ("1.$_.0" => undef) } 1 .. 400 } });
$w->theme('skin', { name => 'A skin', active_installs => 20,
                    versions => { '1.0' => undef } });
$w->closed('plugin', 'shut', permanent => 1);
$w->closed('plugin', 'shut-too', permanent => 0);
$w->closed('plugin', 'a-shut-one', permanent => 0);

my $catalogue = $t->catalogue;
my $conf = slurp("$www/pages.conf") =~ s{/usr/share/wppkg/www}{$www}gr;
my $port = $t->port;
my $url = $t->nginx(locations => "
    location / {
        wppkg_catalogue $catalogue;
        wppkg_search on;
        wppkg_packages on;
        wppkg_stats on;
        location = /status { wppkg_status page=$www; }
    }
    $conf", http => "server {
        listen 127.0.0.1:$port;
        location / { wppkg_catalogue $catalogue; }
        location /api/ { return 404; }
        $conf
    }");

$t->configure(wporg => { api_url => $w->url, contact => 'tests' });
syncd('migrate');
syncd({ stdin => join "\n", qw(plugin/akismet plugin/spam-free plugin/script
                               plugin/right plugin/many theme/skin
                               plugin/shut plugin/shut-too
                               plugin/a-shut-one) },
      'discover', '--source=list', '-');
syncd('update');

$t->sql("UPDATE packages SET closed_at = iif(slug = 'shut-too',"
        . " unixepoch('2026-05-10'), NULL) WHERE slug IN ('shut-too',"
        . " 'a-shut-one')");
syncd('migrate');

$t->sql("UPDATE packages SET name = '<script>alert(1)</script>\"'"
        . " WHERE slug = 'script'");
$t->sql("UPDATE packages SET name = '" . Encode::encode_utf8($hebrew)
        . "' WHERE slug = 'right'");

for my $month ([ '2025-11', 30 ], [ '2026-02', 1200 ]) {
    $t->sql("INSERT INTO installs_monthly SELECT id, '$month->[0]',"
            . " $month->[1] FROM packages WHERE slug = 'many'");
}

my $chromium = Test::WPPkg::Chromium->new($t);
my @pages = ([ home => '/' ], [ package => '/packages/wp-plugin/akismet' ],
             [ many => '/packages/wp-plugin/many' ],
             [ closed => '/packages/wp-plugin/shut' ],
             [ closures => '/closures' ], [ status => '/status#pages' ]);


# --- as files

my %type = (html => 'text/html', css => 'text/css', js => 'text/javascript',
            svg => 'image/svg\+xml');
my ($all, %size);

for my $file (grep { !/\.conf$/ } map { s{.*/}{}r } glob "$www/*") {
    my ($ending) = $file =~ /\.(\w+)$/;
    my $r = $t->get("/site/$file");
    my $h = $r->{headers};

    $size{$file} = length $r->{content};
    $all += length Compress::Zlib::memGzip($r->{content});

    like("$r->{status} $h->{'content-type'}", qr/^200 $type{$ending}/, $file);
    like($h->{'content-security-policy'}, qr/^default-src 'self';/,
         "$file: policy");
    is($h->{'cache-control'}, 'no-cache', "$file: a browser asks each time");
    unlike($r->{content}, qr{(?:src|href)="(?:https?:)?//|\@import|\burl\(},
           "$file: nothing from elsewhere");
    unlike($r->{content}, qr/innerHTML|outerHTML|insertAdjacentHTML
                             |document\.write|\beval\b|\bstyle=/x,
           "$file: no markup is made of texts");
}

cmp_ok($all, '<=', 50 * 1024, "all of them as they are sent: $all bytes");

is($t->get($_)->{headers}{'content-type'}, 'application/json', "$_: JSON")
    for '/packages/wp-plugin/akismet.json', '/packages/list.json';


# --- each page, on each screen

for my $scheme ('light', 'dark') {
    for my $view ([ 390, 844, 1 ], [ 320, 480, 1 ], [ 768, 1024, 0 ],
                  [ 1280, 900, 0 ])
    {
        my ($width, $height, $mobile) = @$view;

        $chromium->view(width => $width, height => $height,
                        mobile => $mobile, scheme => $scheme);

        for my $page (@pages) {
            my ($name, $path) = @$page;
            my $what = "$name, $scheme, $width";

            opens($path);
            is_deeply([ $chromium->complaints ], [], "$what: no complaint");
            is_deeply([ grep { !m{^\Q$url\E/} } $chromium->requests ], [],
                      "$what: nothing from elsewhere");
            is($chromium->ask('document.documentElement.scrollWidth'),
               $width, "$what: as wide as the screen");
            is($chromium->audit('contrast', 8), '', "$what: all of it can be read");
            is($chromium->audit('shift'), 0, "$what: nothing has moved");

            next if $width != 1280 || $scheme eq 'dark';

            is($chromium->audit('labels'), '', "$what: each control has a name");
            is($chromium->audit('structure'), '', "$what: headings, landmarks, tables");
            cmp_ok(weight(), '<=', 50 * 1024, "$what: its files");
        }
    }
}

$chromium->view(width => 1280, height => 900);


# --- home: what is popular, then what is typed

opens('/');
is(found(),
   "Akismet|A skin|Spam free|<script>alert(1)</script>\"|$hebrew|Many",
   'home: all packages, the popular ones first, each name as text');
is(text('#count'), '6 packages', 'home: how many');
is($chromium->ask('document.querySelectorAll(`#found script,
                                              #found [dir=auto]`).length'),
   12, 'home: no name is markup; each finds its way');
like(text('#composer'), qr/"url": "\Q$url\E"/, 'home: how to use it');
like(text('#composer'), qr/"allow-plugins": \{\s*"composer\/installers": true/,
     'home: what Composer would refuse is allowed');

types('spam');
waits('text("#count") === "2 packages"');
is(found(), 'Akismet|Spam free', 'home: by typing');
is($chromium->ask('location.search'), '?q=spam', 'home: in the address');

key('ArrowDown') for 1, 2;
is($chromium->ask('document.activeElement.textContent'), 'Spam free',
   'by keyboard: from the search to the second');
key('ArrowUp') for 1, 2;
is($chromium->ask('document.activeElement.id'), 'q', 'by keyboard: and back');
key('ArrowDown');
key('Enter');
waits('location.pathname === "/packages/wp-plugin/akismet"
       && document.querySelector("h1")');
is(text('h1'), 'Akismet', 'by keyboard: to its page');

opens('/?q=nobodyhasthis');
like(text('#say'), qr/^Nothing has all of these words\./, 'home: nothing');
is($chromium->ask('document.querySelector("#say a").search'),
   '?q=nobodyhasthis', 'home: nothing, but perhaps among the closures');
key('Tab') for 1 .. 30;
key('/');
is($chromium->ask('document.activeElement.id'), 'q', 'by keyboard: "/"');

opens('/?q=spam&type=theme');
is($chromium->ask('document.querySelector(":checked").value'), 'theme',
   'home: the address is filled in');
waits('text("#say") !== ""');
$chromium->ask('document.querySelector("[name=type]").click()');
waits('text("#count") === "2 packages"');
is(found(), 'Akismet|Spam free', 'home: of another type');

opens('/');
$chromium->ask('(() => { const e = document.getElementById("sort");
                         e.value = "name";
                         e.dispatchEvent(new Event("input",
                                                   { bubbles: true })); })()');
waits('text("#found li:nth-child(2) h3") === "Many"');
is(found(),
   "Akismet|Many|$hebrew|<script>alert(1)</script>\"|A skin|Spam free",
   'home: by name');

opens('/?q=%22%22%22NEAR(*');
unlike(text('#count') . text('#say'), qr/undefined|null/, 'home: odd words');

opens('/?length=1&0=spam&item=2');
waits('text("#count") === "6 packages"');
is($chromium->ask('document.getElementById("q").value'), '',
   'home: an argument that is no field');


# --- a package

opens('/packages/wp-plugin/akismet');
is(text('.line code'), 'composer require wp-plugin/akismet',
   'a package: to install it');
is(join(' ', @{$chromium->ask('[...document.querySelectorAll(
       "tbody th, .versions li")].map(e => e.firstChild.textContent)')}),
   '2.0 1.10 1.9 1.0 dev-trunk', 'a package: its versions in order');
like(text('.halves'),
     qr/Why a version is not here .*Above the published version 3\.0/,
     'a package: why 3.0 is not here');
like(text('.halves'), qr/Not a version that Composer accepts odd one/,
     'a package: why another tag is not here');
like(text('.figures'), qr/Active installs 5M\+ Rating 4\.7 \/ 5/,
     'a package: its figures');

key('Tab') while $chromium->ask('document.activeElement.textContent')
                 ne 'Copy';
key('Enter');
waits('/Copied|Selected/.test(text(".line button"))');
pass('by keyboard: the line is copied');

opens('/packages/wp-plugin/many');
is($chromium->ask('document.querySelectorAll("section:first-child tbody tr")
                   .length') < 100, JSON::PP::true,
   '400 versions: some of them');
$chromium->ask('document.querySelector("button.more").click()');
is($chromium->ask('document.querySelectorAll("section:first-child tbody tr")
                   .length'), 402, '400 versions: all when asked for');

cmp_ok($chromium->ask('document.documentElement.scrollHeight
                       - document.querySelector("footer")
                                 .getBoundingClientRect().bottom'), '<', 1,
       'nothing that cannot be seen makes the page longer');
is(join('|', @{$chromium->ask('[...document.querySelectorAll("figure tr")]
                               .map(e => e.innerText)')}) =~ s/\s+/ /gr,
   '2025-11 30|2025-12 0|2026-01 0|2026-02 1,200',
   'installs per month, those without any too: as a table');
is(join(' ', @{$chromium->ask('[...document.querySelectorAll("rect")]
                               .map(e => e.height.baseVal.value)')}),
   '3 0 0 114', 'installs per month: as bars');

opens('/packages/wp-plugin/script');
is(text('h1'), '<script>alert(1)</script>"', 'a hostile name: text');
is($chromium->ask('[...document.links].filter(a => !/^https?:/.test(a.href))
                   .length'), 0, 'a hostile homepage: no link');
opens('/packages/wp-plugin/right');
is(text('h1'), $hebrew, 'written from the right: text');
is($chromium->ask('getComputedStyle(document.querySelector("h1")).direction'),
   'rtl', 'written from the right');

opens('/packages/wp-plugin/shut');
like(text('.told'), qr/^WordPress\.org\ has\ closed\ it\ for\ good\.
                       \ Closed\ on\ 9\ Apr\ 2026\.\ Reason:\ Author\ Request\.
                       \ Composer\ gets:\ /x, 'closed: said plainly');
is($chromium->ask('document.querySelectorAll(".line").length'), 0,
   'closed: nothing to install');

opens('/packages/wp-plugin/nobody');
like(text('main'), qr/^wp-plugin\/nobody This repository does not know it\./,
     'unknown: said plainly');
opens('/packages/wp-plugin/%3Cb%3E%E0');
like(text('main'), qr/does not know it/, 'no name at all: said plainly');


# --- closures

opens('/closures');
is(text('#count'), '3 closed packages, the latest first',
   'closures: how many');
is(text('#closed'), 'wp-plugin/shut-too no reason given 10 May 2026'
                    . ' wp-plugin/shut for good Author Request 9 Apr 2026'
                    . ' wp-plugin/a-shut-one no reason given not known',
   'closures: the latest first; why, and since when');
is(join(' ', grep { m{/packages/wp-} } $chromium->requests),
   "$url/packages/wp-plugin/a-shut-one.json",
   'closures: only what has no date is asked for');
types('too');
waits('document.querySelectorAll("#closed tr").length === 1');
is(text('#count'), '1 of 3 closed packages, the latest first',
   'closures: by typing');
key('ArrowDown');
key('Enter');
waits('location.pathname === "/packages/wp-plugin/shut-too"
       && document.querySelector("h1")');
like(text('.told'), qr/^WordPress\.org has closed it\./,
     'by keyboard: to its page');


my ($latest) = $t->sql("SELECT hex(content_hash), content_size FROM documents
                        WHERE path = 'closures.json'");

$t->sql("UPDATE documents SET content_hash = NULL, content_size = NULL
         WHERE path = 'closures.json'");
$chromium->call('Network.clearBrowserCache');
opens('/closures');
is(text('#count'), '3 closed packages', 'closures: none with a date');
like(text('#closed'), qr/a-shut-one .* 9\ Apr\ 2026 .* shut-too
                         .* 10\ May\ 2026$/x, 'closures: by name, then');
$t->sql("UPDATE documents SET content_hash = x'$latest->[0]',
         content_size = $latest->[1] WHERE path = 'closures.json'");


# --- the feed

for my $path ('/', '/closures') {
    opens($path);
    is($chromium->ask('document.head.querySelector("link[rel=alternate]"
                       + "[type=\\"application/atom+xml\\"]").href'),
       "$url/feed.xml", "$path: a feed reader finds the feed");
    is($chromium->ask('document.querySelector("footer a[href=\"/feed.xml\"]")
                       .checkVisibility()'), JSON::PP::true,
       "$path: and so do people");
}

is($t->get('/feed.xml')->{headers}{'content-type'}, 'application/atom+xml',
   'the feed is there');


# --- one navigation

for my $to ('Status', 'Closures', 'Packages') {
    $chromium->ask("[...document.querySelectorAll('body > nav a')]
                    .find(a => a.textContent === '$to').click()");
    waits("document.querySelector('body > nav [aria-current=page]')
           ?.textContent === '$to'
           && document.querySelector('body > nav').offsetParent");
    pass("from page to page: $to");
}


# --- where it is not set up

$url = "http://127.0.0.1:$port";

opens('/');
like(text('#say'), qr/^This repository has no search\./,
     'no search: it says so');
opens('/packages/wp-plugin/akismet');
like(text('main'), qr/is not set up .*composer require wp-plugin\/akismet/,
     'no JSON of packages: it says so, and how to install it');
opens('/closures');
like(text('#say'), qr/^This repository has no list/, 'no list: it says so');

$url = $t->nginx_url;
rename $catalogue, "$catalogue.away";
$t->wait_for(sub { $t->get('/search.json')->{status} == 503 },
             'the catalogue is away');
opens('/?q=what+the+browser+does+not+keep');
like(text('#say'), qr/^The server cannot answer now \(503\)/,
     'no catalogue: it says so');

$chromium->scripts(0);
$chromium->open("$url/");
like($chromium->ask('document.body.innerText'),
     qr/This page needs JavaScript\./, 'without JavaScript: it says so');

$chromium->stop;
$t->done;


sub slurp {
    my ($file) = @_;
    open my $fh, '<:raw', $file or die "$file: $!\n";
    local $/;
    return scalar <$fh>;
}

sub syncd {
    my $r = $t->syncd(@_);
    is($r->{code}, 0, "wppkg-syncd @_[grep { !ref $_[$_] } 0 .. $#_]")
        or diag($r->{out} . $r->{err});
}


# until all is there that its script fills in

sub opens {
    my ($path) = @_;

    $chromium->open('about:blank');
    $chromium->open("$url$path");
    waits('!document.querySelector("footer").hidden
           && document.readyState === "complete"
           && (!document.getElementById("figures")
               || !document.getElementById("main").hidden)');
}

# a page that is being left may not answer

sub waits {
    my ($until) = @_;

    my $end = time + 30;
    my $js = "(() => { const text = s => document.querySelector(s)?.innerText;
                       return !!($until) })()";
    my $there;

    do {
        $there = eval { $chromium->ask($js) };
    } while (!$there && time < $end && select(undef, undef, undef, 0.02) == 0);

    ok($there, 'until ' . $until =~ s/\s+/ /gr);
}

sub text {
    my ($selector) = @_;

    my $text = $chromium->ask("document.querySelector('$selector').innerText");
    return $text =~ s/\s+/ /gr =~ s/^ | $//gr;
}

sub found {
    return join '|', @{$chromium->ask('[...document.querySelectorAll(
        "#found h3")].map(e => e.textContent)')};
}

sub types {
    my ($text) = @_;

    $chromium->ask('document.getElementById("q").focus()');
    $chromium->call('Input.insertText', { text => $text });
}

sub key {
    my ($key) = @_;

    my %codes = (Tab => 9, Enter => 13, ArrowUp => 38, ArrowDown => 40,
                 '/' => 191);
    my %k = (key => $key, code => $key eq '/' ? 'Slash' : $key,
             windowsVirtualKeyCode => $codes{$key});

    $k{text} = "\r" if $key eq 'Enter';
    $k{text} = '/' if $key eq '/';

    $chromium->call('Input.dispatchKeyEvent', { type => 'keyDown', %k });
    delete $k{text};
    $chromium->call('Input.dispatchKeyEvent', { type => 'keyUp', %k });
}


# bytes of the files that a page has loaded, with itself

sub weight {
    return $chromium->ask('performance.getEntriesByType("resource")
        .concat(performance.getEntriesByType("navigation"))
        .filter(e => !/json|api/.test(e.name))
        .reduce((n, e) => n + e.decodedBodySize, 0)');
}

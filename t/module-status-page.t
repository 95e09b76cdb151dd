#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# The status page: its files as nginx sends them, what "nginx -t" says of them,
# then all of it in Chromium: on a phone and on a desk, by day and by night, in
# order and in trouble.  That there is something to be seen and nothing sticks
# out, that all of it can be read, that screen readers find their way, and that
# no name becomes markup.

use strict;
use warnings;

use lib 't/lib';

use Cwd qw(getcwd);
use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Chromium;
use Test::WPPkg::Documents;


my $t = Test::WPPkg->new;
my $db = catalogue_create($t);
my $now = time;
my $www = getcwd . '/www';
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
          http => "wppkg_zone z 1m; wppkg_cache z;
                   log_format cache '[\$wppkg_cache_status] \$request_uri';
                   access_log $t->{dir}/cache.log cache;",
          locations => "location / {
              wppkg_catalogue $db;
              location = /status { wppkg_status page=$www; }
              location = /json { wppkg_status json; }
              location = / { wppkg_status page=$www; }
              location = /away { wppkg_status page=www-of-nobody; }
              location = /odd { wppkg_status page=odd; }
              location = /linked { wppkg_status page=linked; }
              location = /unlinked {
                  wppkg_status page=linked; disable_symlinks on;
              }
              location = /packed {
                  wppkg_status page=$www;
                  gzip on; gzip_min_length 1; expires 1h;
                  open_file_cache max=10;
                  gzip_types text/css text/javascript;
              }
              location = /silent {
                  wppkg_status page=$www;
                  if (\$arg_format = json) { return 444; }
              }
              location = /denied {
                  wppkg_status page=$www;
                  if (\$arg_format = json) { return 403; }
              } }");
$t->get('/packages.json') for 1 .. 20;

my $url = $t->nginx_url . '/status';


# its files

my %files = (html => 'text/html', css => 'text/css', js => 'text/javascript');

for my $format (sort keys %files) {
    my $file = slurp("$www/status.$format");
    my $r = $t->get("/status?a&format=$format");
    my %h = %{$r->{headers}};

    is($r->{status}, 200, $format);
    ok($r->{content} eq $file, "$format: the file's bytes");
    is($h{'content-type'}, "$files{$format}; charset=utf-8", "$format: type");
    is($h{'content-length'}, length $file, "$format: length");
    is($h{'cache-control'}, 'no-cache', "$format: a browser asks each time");
    is($h{'x-content-type-options'}, 'nosniff', "$format: nosniff");
    is($h{'content-security-policy'},
       "default-src 'none'; style-src 'self'; script-src 'self';"
       . " connect-src 'self'; base-uri 'none'; form-action 'none';"
       . " frame-ancestors 'none'; require-trusted-types-for 'script';"
       . " trusted-types 'none'", "$format: policy");
    is($h{'last-modified'}, http_date((stat "$www/status.$format")[9]),
       "$format: Last-Modified");

    my $again = $t->get("/status?format=$format",
                        { 'If-None-Match' => $h{etag} });
    is("$again->{status} $again->{content}", '304 ', "$format: 304 by ETag");
    $again = $t->get("/status?format=$format",
                     { 'If-Modified-Since' => $h{'last-modified'} });
    is("$again->{status} $again->{content}", '304 ', "$format: 304 by date");

    my $head = $t->request(HEAD => "/status?format=$format");
    is("$head->{status} $head->{headers}{'content-length'} $head->{content}",
       '200 ' . length($file) . ' ', "$format: HEAD");

    my $packed = $t->get("/packed?format=$format",
                         { 'Accept-Encoding' => 'gzip' });
    is($packed->{headers}{'content-encoding'}, 'gzip',
       "$format: nginx compresses it");
    ok(gunzip($packed->{content}) eq $file, "$format: and it is whole");
    is($packed->{headers}{'cache-control'}, 'max-age=3600',
       "$format: \"expires\" replaces Cache-Control");

    is($t->get("/json?format=$format")->{status},
       -e "/usr/share/wppkg/www/status.$format" ? 200 : 503,
       "$format: of the default folder in a location of JSON");
}

is($t->get('/status')->{headers}{'content-type'}, 'text/html; charset=utf-8',
   'the page unless a form is asked for');
is($t->get("/status?format=$_")->{status}, 400, "\"$_\" is no file: 400")
    for '', 'HTML', 'status.html', '../www/status.html', 'html%00', '%68tml',
        'html/', 'j', 'jss';
is($t->request(GET => '/status', {}, 'a body' x 1000)->{status}, 200,
   'a body is ignored');

for my $method (qw(POST PUT DELETE OPTIONS)) {
    my $r = $t->request($method => '/status?format=css');
    is("$r->{status} " . ($r->{headers}{allow} || ''), '405 GET, HEAD',
       "$method: 405");
}

my $r = $t->get('/away');
is("$r->{status} $r->{headers}{'retry-after'}", '503 1',
   'without its files: 503');
like($t->error_log,
     qr{page cannot be read from "/\S+/www-of-nobody/status\.html" \(2:},
     'without its files: the error log has the path');
is($t->get('/away?format=json')->{status}, 200,
   'without its files: JSON all the same');
is($t->get('/away')->{status}, 503, 'without its files: 503 each time');
is(() = $t->error_log =~ /page cannot be read from "\S+www-of-nobody/g, 1,
   'without its files: one line of log');

$t->write_file('www-of-nobody/status.html', 'a page');
is($t->get('/away')->{content}, 'a page', 'its file comes back') for 1, 2;
is(() = $t->error_log =~ /page is read from "\S+" again/g, 1,
   'its file comes back: a line says so, once');
unlink $t->path('www-of-nobody/status.html');
is($t->get('/away')->{status}, 503, 'and goes') for 1, 2;
is(() = $t->error_log =~ /page cannot be read from "\S+www-of-nobody/g, 2,
   'and goes: another line');

mkdir "$t->{dir}/odd" or die;
mkdir "$t->{dir}/odd/status.html" or die;
$t->write_file('odd/status.css', '');
is($t->get("/odd?format=$_")->{status}, 503, "$_ that is no such file: 503")
    for 'html', 'css';

mkdir "$t->{dir}/linked" or die;
symlink "$www/status.css", "$t->{dir}/linked/status.css" or die;
is($t->get('/linked?format=css')->{content}, slurp("$www/status.css"),
   'a link is followed');
is($t->get('/unlinked?format=css')->{status}, 503,
   'unless "disable_symlinks" is on: 503');

$t->wait_for(sub { $t->read_file('cache.log') =~ m{/away\?format=json} },
             'all of it is logged');
like($t->read_file('cache.log'), qr{^\[-\] /status\?a&format=css$}m,
     'a file has no cache status');
like($t->read_file('cache.log'), qr{^\[BYPASS\] /away\?format=json$}m,
     'JSON has one');


# what "nginx -t" says

sub nginx_t {
    my @statuses = @_;
    my $n = 0;

    my $r = $t->nginx_test(no_zone => 1, locations => join '',
        "location / { wppkg_catalogue $db; ",
        map({ "location = /" . $n++ . " { wppkg_status$_; } " } @statuses),
        '}');

    return ($r->{code}, grep { /\[(?:warn|emerg)\]/ } split /\n/, $r->{err});
}

my ($code, @said) = nginx_t(" page=$www", ' json', ' prometheus');
is_deeply([ $code, @said ], [ 0 ], 'nginx -t: nothing to say of a page');

($code, @said) = nginx_t((' html') x 3);
@said = grep { !/the status page lacks/ } @said;
is($code, 0, 'nginx -t: "html" is still taken');
is(@said, 1, 'nginx -t: "html" is warned of once');
like($said[0], qr{\[warn\].*"wppkg_status\ html"\ is\ obsolete:\ write
                  \ "wppkg_status\ page".*/usr/share/wppkg/www.*
                  \ in\ \S+nginx-test\.conf:\d+$}x,
     'nginx -t: with the remedy and the line');

($code, @said) = nginx_t(' page=nowhere');
is($code, 0, 'nginx -t: a folder without the page is no error');
like(join("\n", @said),
     qr{^nginx:\ \[warn\]\ the\ status\ page\ lacks\ "/\S+/nowhere/status\.html"
        .*"page=FOLDER"\ \(2:\ .*\)\ in\ \S+:\d+$}x,
     'nginx -t: a folder without the page is warned of once');

for my $bad (' page=', ' pages', ' xml', ' HTML', ' ""', ' page=a b') {
    ($code, @said) = nginx_t($bad);
    is($code, 1, "nginx -t: wppkg_status$bad is refused");
}


# in Chromium

my $chromium = Test::WPPkg::Chromium->new($t);
my %page = (light => 'f6f5f2', dark => '131618');
my @views = ([ 'a phone', 390, 844, 1 ], [ 'a small one', 320, 480, 1 ],
             [ 'a desk', 900, 500, 0 ]);


for my $scheme ('light', 'dark') {
    for my $view (@views) {
        my ($name, $width, $height, $mobile) = @$view;

        $chromium->view(width => $width, height => $height,
                        mobile => $mobile, scheme => $scheme);
        opens($url);
        is_seen("$scheme, $name", $width, $height, $page{$scheme});
        is_deeply([ $chromium->complaints ], [],
                  "$scheme, $name: nothing to complain of");
    }

    is($chromium->audit('contrast', 40), '', "$scheme: all of it can be read");
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
is($chromium->ask('document.querySelectorAll("img, b, iframe, style, [style]")
                   .length'), 1, 'no name is markup, only the bar has a style');
is($chromium->ask('document.querySelectorAll("script:not([src])").length'), 0,
   'no script within the page');
is($chromium->ask('[...document.querySelectorAll("td")]
                   .filter(e => e.textContent == "wp-plugin/<b>bold</b>")
                   .length'), 1, 'a name is text');
is($chromium->ask('document.compatMode'), 'CSS1Compat', 'standards mode');
is($chromium->ask('[...document.links].filter(a => a.offsetParent)
                   .map(a => a.search).join(" ")'),
   '?format=json ?format=prometheus', 'its links');
is($chromium->ask('document.querySelector("nav").offsetParent'), undef,
   'none to other pages, which may not be there');
is($chromium->ask('(() => { try { document.body.innerHTML = "<p>"; }
                            catch (e) { return e.name } })()'), 'TypeError',
   'a script that makes markup of a text is stopped');
like($chromium->ask('document.body.innerText'),
     qr/^OK\. The last run ended \d+\xa0s ago\.$/m, 'in order');


# its texts

is(js("m.age($$_[0])") =~ s/\xa0/_/gr, $$_[1], "age: $$_[0] s")
    for [ -3600, 'just now' ], [ 0, 'just now' ], [ 4, 'just now' ],
        [ 5, '5_s ago' ], [ 119, '119_s ago' ], [ 120, '2_min ago' ],
        [ 7199, '119_min ago' ], [ 7200, '2_h ago' ],
        [ 172799, '47_h ago' ], [ 172800, '2_days ago' ],
        [ 86400 * 4000 - 1, '3999_days ago' ];

is(js("m.time($$_[0], 1800000000).title || m.time($$_[0], 1800000000)"),
   $$_[1], "time: $$_[0]")
    for [ 'null', 'never' ], [ 'undefined', 'never' ], [ 0, 'never' ],
        [ -1, 'never' ], [ '-9223372036854775808', 'never' ],
        [ 1, '1970-01-01 00:00:01 UTC' ],
        [ 1799827200, '2027-01-13 08:00:00 UTC' ],
        [ 253402300799, '9999-12-31 23:59:59 UTC' ],
        [ 253402300800, 'never' ], [ '9223372036854775807', 'never' ];

is(js('m.time(1799827200, 1800000000).dateTime'), '2027-01-13T08:00:00Z',
   'time: for programs');

is(js("m.number($$_[0])"), $$_[1], "number: $$_[1]")
    for [ 0, '0' ], [ 999, '999' ], [ 1000, '1,000' ], [ 78012, '78,012' ],
        [ 1234567, '1,234,567' ];


# a daemon that is dead is not in order, however well its last run ended

my $ended = '^The last run ended .* ago: is wppkg-syncd running\?$';
my $began = '^A run that began .* ago has not ended: is wppkg-syncd running\?$';

# interval; seconds since the latest run started, and ended; outcome; the state
for my $case ([ 300, 1000, 901, 'done', "bad $ended" ],
              [ 300, 1000, 901, 'partial', "bad $ended" ],
              [ 300, 1000, 900, 'done', 'good ^OK\.' ],
              [ 300, 90000, 10, 'done', 'good ^OK\.' ],
              [ undef, 90000, 80000, 'done', 'good ^OK\.' ],
              [ 0, 90000, 80000, 'done', 'good ^OK\.' ],
              [ -5, 90000, 80000, 'done', 'good ^OK\.' ],
              [ 1e18, 90000, 80000, 'done', 'good ^OK\.' ],
              [ 86400, 300000, 259201, 'done', "bad $ended" ],
              [ 86400, 300000, 259200, 'done', 'good ^OK\.' ],
              [ 300, 86400, undef, undef, 'warn ^No run has ended yet' ],
              [ 300, 86401, undef, undef, "bad $began" ],
              [ 86400, 259201, undef, undef, "bad $began" ],
              [ 86400, 259200, undef, undef, 'warn ^No run has ended yet' ],
              [ 300, -5000, -4000, 'done', 'good ^OK\..* just now\.' ],
              [ 300, 100, 90, 'partial',
                'warn ^The last run ended as .partial. 90.s ago\.' ])
{
    my ($interval, $started, $finished, $outcome, $state) = @$case;
    my $at = 1800000000;
    my ($kind, $text) = split ' ', $state, 2;

    my $s = status(interval => $interval, time => $at, runs => [
        { command => 'run', started_at => $at - $started, outcome => $outcome,
          finished_at => defined $finished ? $at - $finished : undef } ]);
    my $got = state($s);
    my $what = join ' ', map { $_ // '-' } @$case[0 .. 3];

    is($got->{kind}, $kind, "state, $what: $kind");
    like($got->{text}, qr/$text/, "state, $what: its text");
}

is(state(status(runs => []))->{text}, 'No run has ended yet.',
   'state: no run at all');


# what to write into composer.json

my $composer = JSON::PP::decode_json(js('m.composer("https://a.example/b")'));
is_deeply($composer, {
    repositories => [ { type => 'composer', url => 'https://a.example/b' } ],
    config => { 'allow-plugins' => { 'composer/installers' => \1 } },
}, 'composer.json') or diag explain $composer;
$composer = JSON::PP::decode_json(js('m.composer("http://a.example")'));
is_deeply($composer->{config}{'secure-http'}, JSON::PP::false,
          'composer.json: Composer refuses http otherwise');

sub example {
    my ($type, $package) = @_;
    my $json = JSON::PP::encode_json([ { type => $type,
                                         package => $package } ]);
    return js("m.example($json) ?? '-'");
}

is(example(update => 'wp-plugin/akismet'), 'wp-plugin/akismet', 'an example');
is(example(delete => 'wp-plugin/akismet'), '-', 'no example: withdrawn');
is(js('m.example(undefined) ?? "-"'), '-', 'no example: nothing is known');
is(example(update => "wp-plugin/$_"), '-', 'no example: a shell reads it')
    for 'a;b', 'a b', "a\nb", '-a', '$(a)', "a'b";


# no name and no word becomes markup

my $evil = "<b>\"'&\x{1}\x{1b}\x{202e}</b><script>alert(1)</script>";

show(status(url => "http://$evil", version => $evil, interval => undef,
            runs => [ { command => $evil, started_at => 1, finished_at => 2,
                        outcome => $evil } ],
            changes => [ { package => $evil, type => 'delete',
                           announced_at => 1 } ]));

is($chromium->ask('document.querySelectorAll("b, main script").length'), 0,
   'hostile: no element');
is($chromium->ask("document.querySelector('$$_[0]').textContent"), $evil,
   "hostile: $$_[1] is text")
    for [ '#host', 'the host' ], [ '#changes bdi', 'a package' ],
        [ '#runs td:nth-child(1) bdi', 'a command' ],
        [ '#runs td:nth-child(2) bdi', 'an outcome' ],
        [ '#state bdi', 'an outcome in the state' ];
is($chromium->ask('document.querySelector("#require").hidden'), JSON::PP::true,
   'hostile: no command with it');
is(JSON::PP::decode_json(wide($chromium->ask(
       'document.querySelector("#composer").textContent')))
   ->{repositories}[0]{url}, "http://$evil", 'hostile: composer.json');


# what there may be none of

show(status(zone => undef, bucket => undef, runs => [], changes => []));

my $text = $chromium->ask('document.body.innerText');

unlike($text, qr/MiB|To be uploaded|evicted|Then:/, 'without a zone, a bucket');
is(() = $text =~ /^None yet\.$/mg, 2, 'no runs, no changes');
like($text, qr/^Last change\n+never$/m, 'no change');
unlike($text, qr/Last commit/, 'no commit');
unlike($text, qr/Advisories/, 'no advisories');
unlike($text, qr/Installs/, 'no installs');

show(status(advisories => { known => 41234, read_at => $now - 7200 }));
$text = $chromium->ask('document.body.innerText');
like($text, qr/^Advisories\n+41,234$/m, 'advisories');
like($text, qr/^Advisories as of\n+2\x{a0}h ago$/m, 'and their age');

show(status(installs => { waiting => 5, counted => 8812, repeated => 120,
                          dropped => 3, forgotten => 1 }));
$text = $chromium->ask('document.body.innerText');
like($text, qr/^Installs counted\n+8,812$/m, 'installs');
like($text, qr/^Installs not counted\n+123$/m, 'and those that do not count');
like($text, qr/^On WordPress\.org\tPlugins\tThemes$/m, 'packages, where');


# a mirror asks WordPress.org about none of its packages

my %none = map { $_ => 0 } qw(active closed closed_for_good not_found invalid);

show(status(origin => { told_at => $now - 7200 },
            packages => { plugin => { %none, new => 4321 },
                          theme => { %none, new => 765 } }));
$text = $chromium->ask('document.body.innerText');
like($text, qr/^Plugins\n+4,321$/m, 'a mirror has packages');
like($text, qr/^Themes\n+765$/m, 'and themes');
like($text, qr/^Heard of the origin\n+2\x{a0}h ago$/m, 'and an origin');
like($text, qr/^From the origin\tPlugins\tThemes\ncopied\t4,321\t765$/m,
     'which they come from');
unlike($text, qr/not looked up|WordPress\.org\t/, 'and not from elsewhere');


# in the place of a home page

opens($t->nginx_url . '/');
is($chromium->ask('document.getElementById("host").textContent'),
   substr($t->nginx_url, 7), 'the page at "/"');


# without JavaScript

$chromium->scripts(0);
$chromium->view(width => 390, height => 844, mobile => 1);
$chromium->open($url);

is(wide($chromium->ask('document.body.innerText') =~ s/\s+/ /gr),
   'WordPress plugins and themes for Composer Status This page needs'
   . ' JavaScript. The same figures without it: as text, one figure a line,'
   . ' or as JSON. ngx_wppkg · also as JSON and Prometheus',
   'without JavaScript: it says so');
is($chromium->ask('document.querySelector("noscript a").search'),
   '?format=prometheus', 'without JavaScript: a link to the figures');
$chromium->open("$url?format=prometheus");
like($chromium->ask('document.body.innerText'),
     qr/^wppkg_packages\{type="plugin",state="active"\} 2667$/m,
     'without JavaScript: the browser shows them');
$chromium->scripts(1);


# in trouble

rename $db, "$db.away";

for my $scheme ('light', 'dark') {
    $chromium->view(width => 390, height => 844, mobile => 1,
                    scheme => $scheme);
    opens($url);
    is_seen("$scheme, missing", 390, 844, $page{$scheme});
    is($chromium->audit('contrast', 40), '',
       "$scheme, missing: all of it can be read");
    is($chromium->ask('document.querySelector(".bad").textContent'),
       'The catalogue is missing.', "$scheme: it says so");
}

is($chromium->ask('document.querySelectorAll("table").length
                   - document.querySelectorAll("[hidden] table").length'), 2,
   'missing: the counters alone are shown');

for my $case ([ forbidden => "nginx\xe2\x80\x99s user may not read the"
                             . ' catalogue.' ],
              [ locked => 'Another process has locked the catalogue.' ],
              [ unreadable => 'The catalogue cannot be read.' ],
              [ another => 'The catalogue cannot be read.' ])
{
    my $got = state(status(catalogue => $case->[0]));
    is("$got->{kind} " . wide($got->{text}), "bad $case->[1]", $case->[0]);
}

for my $case ([ denied => '403 Forbidden' ], [ silent => 'none' ]) {
    my ($name, $answer) = @$case;

    opens($t->nginx_url . "/$name");
    is($chromium->ask('document.querySelector(".bad").textContent'),
       'The status cannot be read.', "$name: it says so");
    is(wide($chromium->ask('document.getElementById("hint").textContent')),
       "The server\xe2\x80\x99s answer: $answer.", "$name: and the answer");
    is($chromium->ask('document.getElementById("main").hidden'),
       JSON::PP::true, "$name: no figures");
}

$chromium->stop;
$t->done;


sub slurp {
    my ($file) = @_;
    open my $fh, '<:raw', $file or die "$file: $!\n";
    local $/;
    return scalar <$fh>;
}

sub wide {
    my ($text) = @_;
    utf8::encode($text);
    return $text;
}


# with all that its script fills in

sub opens {
    my ($page) = @_;
    $chromium->open($page);
    js('m.loaded');
}

# an expression in which "m" is what the page's script exports

sub js {
    my ($expression) = @_;
    return $chromium->ask("import(new URL('?format=js', location))
                           .then(m => $expression)");
}


# what ?format=json says, but for what is given here

sub status {
    my %given = @_;
    my %counts = map { $_ => 1 } qw(total 200 304 404 405 503 other);
    my %states = map { $_ => 1 } qw(new active closed closed_for_good
                                    not_found invalid);

    return JSON::PP->new->ascii->encode({
        version => '1.2.3', time => $now, url => 'https://a.example',
        catalogue => 'ok', generation => 1,
        packages => { plugin => \%states, theme => \%states },
        documents => 1, bucket => { dirty => 1 },
        commits => { plugin => { revision => 0, at => undef },
                     theme => { revision => 0, at => undef } },
        interval => 300, runs => [], changes => [],
        requests => \%counts, cached => \%counts,
        cache => { map { $_ => 1 } qw(negative miss expired stale hit
                                      bypass) },
        errors => { locked => 1, unreadable => 1 },
        zone => { map { $_ => 1 } qw(size used documents unknown evicted) },
        %given });
}

sub state {
    my ($status) = @_;
    my ($kind, @text) = @{js("m.state($status).map(x => x.textContent ?? x)")};
    return { kind => $kind, text => join '', @text };
}

sub show { js("m.show($_[0])") }


sub is_seen {
    my ($what, $width, $height, $page) = @_;

    is_deeply([ $chromium->requests ],
              [ $url, map { "$url?format=$_" } qw(css js json) ],
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

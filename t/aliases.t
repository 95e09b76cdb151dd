#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Packages under their names at wpackagist.org as well (contract C 59): a
# project that comes from there changes a URL and nothing else.  What speaks
# for these names, and when; what tells of them; and what becomes of them when
# they are switched off.


use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Edge qw(edge follows);


my $t = Test::WPPkg->new;
my $w = $t->wporg;
my $json = JSON::PP->new->utf8->canonical;

my @plugins = map { sprintf 'p%02d', $_ } 1 .. 17;
my @themes = map { "t$_" } 1 .. 3;
my @names = (map({ "plugin/$_" } @plugins), map { "theme/$_" } @themes);

$w->plugin($_, { versions => { map { $_ => undef } qw(1.0 1.1 2.0) },
                 stable => '2.0', requires_php => '7.4' }) for @plugins;
$w->theme($_, { versions => { map { $_ => undef } qw(1.0 1.1) } }) for @themes;
$w->closed('plugin', 'shut', permanent => 1);

configure('none');
syncd('migrate');
$t->write_file('list', join '', map { "$_\n" } @names, 'plugin/shut');
syncd('discover', '--source=list', $t->path('list'));
syncd('update');
$t->nginx(locations => 'location / { wppkg_catalogue ' . $t->catalogue
                       . '; wppkg_advisories on; }');


sub configure {
    my ($aliases, %more) = @_;

    $t->configure(repository => { authority => 'whole',
                                  aliases => $aliases }, %more);
}

sub syncd {
    my $r = $t->syncd(@_);

    is($r->{code}, 0, "wppkg-syncd @_") or diag($r->{out} . $r->{err});
    return $r;
}

sub status { $t->get("/p2/$_[0].json")->{status} }
sub body { $json->decode($t->get("/p2/$_[0].json")->{content}) }
sub root { $json->decode($t->get('/packages.json')->{content}) }

sub patterns { join ' ', @{root()->{'available-package-patterns'}} }


# --- off, as it is at first: these names are nobody's

my $without = $t->sql_value('SELECT count(*) FROM documents');

is(status($_), 404, "off: $_") for map { ("wpackagist-$_", "wpackagist-$_~dev") }
    'plugin/p01', 'theme/t1', 'plugin/shut', 'plugin/unknown';
is(patterns(), 'wp-plugin/* wp-theme/*', 'off: not announced');
is($t->sql_value("SELECT count(*) FROM meta WHERE name LIKE 'aliases%'"), 0,
   'off: nothing is noted');


# --- a bucket gets them only if that is said as well

$t->configure(bucket => { endpoint => 'http://127.0.0.1:9', name => 'b' },
              repository => { aliases => 'wpackagist' });
my $r = $t->syncd('update');
is($r->{code}, 2, 'with a bucket: refused');
like($r->{err}, qr/"aliases" makes twice as many objects .*aliases_in_bucket/,
     'with a bucket: why, and the remedy');


# --- switched on: the next update makes them all

configure('wpackagist');
$r = syncd('update');
like($r->{out}, qr/^aliases: 21 packages, 42 documents changed/m,
     'on: all are made');

is($t->sql_value('SELECT count(*) FROM documents'), $without + 42,
   'on: two more of each package, and no others');
is(patterns(), 'wp-plugin/* wp-theme/* wpackagist-plugin/* wpackagist-theme/*',
   'on: announced');

for my $name ('plugin/p01', 'theme/t1') {
    my $p = body("wpackagist-$name")->{packages};
    my $main = body("wp-$name")->{packages}{"wp-$name"};

    is(join(' ', keys %$p), "wpackagist-$name", "$name: under this name");
    $p = $p->{"wpackagist-$name"};

    is($p->[0]{name}, "wpackagist-$name", "$name: so is the first version");
    is_deeply($p->[0]{replace}, { "wp-$name" => 'self.version' },
              "C 58: $name: it replaces the other");
    is(scalar(grep { $_->{replace} } @$p[1 .. $#$p]), 0,
       "C 58: $name: which stands once");

    delete @{$_->[0]}{qw(name replace)} for $p, $main;
    is_deeply($p, $main, "$name: all else is the same");
    is(status("wpackagist-$name~dev"), 200, "C 13: $name: ~dev");
}

my $list = $json->decode($t->get('/packages/list.json')->{content});
is_deeply([ grep { /^wpackagist/ } @{$list->{packageNames}} ],
          [ map({ "wpackagist-plugin/$_" } @plugins),
            map { "wpackagist-theme/$_" } @themes ],
          'C 39: list.json names them, for mirrors that begin');
like($t->get('/packages/list.json?vendor=wpackagist-theme')->{content},
     qr{^\{"packageNames":\["wpackagist-theme/t1",[^w]*"wpackagist-theme/t2"},
     'C 52: the list of a vendor');


# --- C 40-42: closed ones, and those that nobody knows

for my $name ('wpackagist-plugin/shut', 'wpackagist-plugin/unknown',
              'wpackagist-theme/unknown')
{
    for my $dev ('', '~dev') {
        my $a = $t->get("/p2/$name$dev.json");

        is($a->{status}, 200, "C 40: $name$dev: claimed");
        is_deeply($json->decode($a->{content})->{packages}, { $name => [] },
                  "C 40: $name$dev: without versions");
        ok($a->{headers}{'last-modified'}, "C 42: $name$dev: a date");
    }
}

like(body('wpackagist-plugin/shut')->{warnings}[0]{message},
     qr{^wpackagist-plugin/shut .*closed}, 'C 43: closed: by this name');
like($t->get('/packages/claimed.json')->{content},
     qr{"wpackagist-plugin/shut"}, 'C 42: claimed.json');
is(status($_), 404, "C 16: $_") for 'wpackagist-plugin/foo---bar',
    'wpackagist-plugin/', 'wpackagist-core/wordpress', 'wpackagist-/x';

my $summary = $json->decode($t->get('/p2/filter-summary.json')->{content});
is_deeply($summary->{filter}{'wp-closed'},
          { 'wp-plugin/shut' => '*', 'wpackagist-plugin/shut' => '*' },
          'C 45: the summary of filter lists has both names');


# --- a project of Bedrock's, with the lock file that wpackagist.org leads to

my $published = wpackagist();

for my $with ($t->composers) {
    my $project = bedrock("file://$published");
    my $r = $t->composer({ %$project, with => $with }, 'update');
    is($r->{code}, 0, "$with: wpackagist's") or diag($r->{err});

    my $before = lock_of($r);
    is(scalar @$before, 20, "$with: a lock file of 20 packages");

    # the URL, and nothing else

    $project->{repositories}[0]{url} = $t->nginx_url;
    $t->write_file("$r->{dir}/composer.json", $json->encode($project));
    $t->command({ dir => $r->{dir} }, 'rm', '-r', 'vendor', 'web');

    my @o = (dir => $r->{dir}, with => $with);
    my $check = $t->syncd('check-lock', "$r->{dir}/composer.lock");
    is($check->{code}, 0, "$with: check-lock");
    is(scalar(() = $check->{out} =~ m{^wpackagist-\S+ \S+: here$}mg), 20,
       "$with: check-lock: all are here, by these names")
        or diag($check->{out});

    my $install = $t->composer({ @o }, 'install');
    is($install->{code}, 0, "$with: install") or diag($install->{err});
    ok(-f "$r->{dir}/vendor/wpackagist-plugin/p01/p01.php",
       "$with: a plugin is there") or diag(`find $r->{dir} | head -50`);

    my $update = $t->composer({ @o }, 'update', '--dry-run');
    is($update->{code}, 0, "$with: update --dry-run") or diag($update->{err});
    unlike($update->{err}, qr/^  - /m, "$with: proposes nothing")
        or diag($update->{err});

    $update = $t->composer({ @o }, 'update');
    is($update->{code}, 0, "$with: update") or diag($update->{err});
    is_deeply(lock_of($update), $before, "$with: the same versions");

    my $audit = $t->composer({ @o }, 'audit', '--locked');
    is($audit->{code}, 0, "$with: audit") or diag($audit->{err});

    # the new names, once the old ones are locked from here

    my $text = $t->read_file("$r->{dir}/composer.json");
    $t->write_file("$r->{dir}/composer.json",
                   $text =~ s{"wpackagist-(plugin|theme)\/}{"wp-$1/}gr);

    my $renamed = $t->composer({ @o }, update_line('docs/switching.md'));
    is($renamed->{code}, 0, "$with: new names") or diag($renamed->{err});
    is(scalar(grep { m{^wp-} } @{lock_of($renamed)}), 20,
       "$with: new names: all are locked, and no old one")
        or diag($renamed->{err});
    is(scalar @{lock_of($renamed)}, 20, "$with: new names: each once");


    # both names: one is installed, or it is a conflict

    my $both = $t->composer({ %{$t->composer_json($t->nginx_url,
        'wp-plugin/p01' => '^1.0', 'wpackagist-plugin/p01' => '*')},
        with => $with }, 'update');
    is($both->{code}, 0, "C 59: $with: both names") or diag($both->{err});
    is(scalar @{lock_of($both)}, 1, "C 59: $with: one is installed");

    $both = $t->composer({ %{$t->composer_json($t->nginx_url,
        'wp-plugin/p01' => '1.0', 'wpackagist-plugin/p01' => '2.0')},
        with => $with }, 'update');
    is($both->{code}, 2, "C 59: $with: of two versions: refused")
        or diag($both->{err});


    # closed: Composer says so, and asks nobody else

    my $shut = $t->composer({ %{$t->composer_json($t->nginx_url,
        'wpackagist-plugin/shut' => '*')}, with => $with }, 'update');
    is($shut->{code}, 2, "$with: closed");
    like($shut->{err}, qr{wpackagist-plugin/shut .*was closed}s,
         "C 43: $with: why");
}


# --- advisories: the answer and the document, by this name

my $id = '848ccbdc-c6f1-480f-a272-cd459e706710';
my $source = $w->advisories({ $id => $w->advisory($id, 'p03', '1.1') });

configure('wpackagist', advisories => { url => $source });
syncd('advisories');
syncd('update');

my $entries = body('wpackagist-plugin/p03')->{'security-advisories'};
is($entries->[0]{title}, body('wp-plugin/p03')->{'security-advisories'}[0]
                         {title}, 'C 48: a document tells of them');

$r = $t->request(POST => '/security-advisories',
    { 'Content-Type' => 'application/x-www-form-urlencoded' },
    join '&', map { "packages[]=wpackagist-$_" } 'plugin/p03', 'plugin/p04',
              'theme/t1', 'plugin/unknown');
is_deeply($json->decode($r->{content})->{advisories},
          { 'wpackagist-plugin/p03' => $entries, 'wpackagist-plugin/p04' => [],
            'wpackagist-theme/t1' => [] }, 'C 49: the answer to a POST');

for my $with ($t->composers) {
    my $p = $t->composer({ %{$t->composer_json($t->nginx_url,
        'wpackagist-plugin/p03' => '*')}, with => $with }, 'update');
    is($p->{code}, 0, "$with: update") or diag($p->{err});

    my $lock = "$p->{dir}/composer.lock";
    my $text = $t->read_file($lock);
    $text =~ s/"version": "2\.0"/"version": "1.1"/;
    $t->write_file($lock, $text);

    $p = $t->composer({ dir => $p->{dir}, with => $with }, 'audit',
                      '--locked', '--format=json');
    isnt($p->{code}, 0, "$with: audit fails");
    like($p->{out}, qr{wpackagist-plugin.{1,2}p03.*\Q$id}s,
         "$with: audit by this name") or diag($p->{out});
}


# --- a host that follows, and knows nothing of the key

my $edge = edge($t);

follows($edge, $t, 'an edge');
my $announced = $json->decode($edge->get('/packages.json')->{content});
is(join(' ', @{$announced->{'available-package-patterns'}}), patterns(),
   'an edge announces what its origin does');

for my $path ('wpackagist-plugin/p01', 'wpackagist-theme/t1~dev',
              'wpackagist-plugin/shut', 'wpackagist-plugin/unknown')
{
    is($edge->get("/p2/$path.json")->{content},
       $t->get("/p2/$path.json")->{content}, "an edge: $path");
}

like($edge->syncd('status', 'wpackagist-theme/t1')->{out},
     qr{^theme/t1\b.*^ +p2/wpackagist-theme/t1~dev\.json$}ms,
     'an edge: status');
like($edge->syncd('status')->{out}, qr/^at wpackagist: +served$/m,
     'an edge: status tells that they are served');

is($edge->get($_)->{content}, $t->get($_)->{content}, "an edge: $_")
    for qw(/packages/list.json /packages/claimed.json
           /p2/filter-summary.json);


# --- a release and a closure, then one that is taken out: both names

$w->plugin('p01', { versions => { map { $_ => undef } qw(1.0 1.1 2.0 2.1) },
                    stable => '2.1' });
$w->closed('plugin', 'p02', permanent => 1);
syncd('update', 'plugin/p01', 'plugin/p02');
syncd('remove', 'wpackagist-plugin/p03');

for my $vendor ('wp-plugin', 'wpackagist-plugin') {
    is(body("$vendor/p01")->{packages}{"$vendor/p01"}[0]{version}, '2.1',
       "$vendor: a release");
    like(body("$vendor/p02")->{warnings}[0]{message}, qr{^$vendor/p02 },
         "$vendor: a closure");
    is_deeply(body("$vendor/p03")->{packages}, { "$vendor/p03" => [] },
              "$vendor: taken out, and claimed as any other");
}

is($t->sql_value("SELECT count(*) FROM documents WHERE path LIKE '%/p03%'
                  AND package_id IS NULL AND content_hash IS NULL"), 4,
   'taken out: all four files');
follows($edge, $t, 'changes');
like($t->syncd('status', 'wpackagist-plugin/p01')->{out},
     qr{^plugin/p01\b.*^ +p2/wpackagist-plugin/p01~dev\.json$}ms,
     'status knows this name, and has its files');
like($t->syncd('status')->{out}, qr/^at wpackagist: +served$/m,
     'status tells that they are served');


# --- switched off: not announced at once, then gone

my $feed = $t->sql_value("SELECT value FROM meta
                          WHERE name = 'feed_watermark'") + 1;

configure('none', advisories => { url => $source });
$r = syncd('update');
like($r->{out}, qr/^aliases: 20 packages, 40 documents changed/m,
     'off: all are taken away');
is(patterns(), 'wp-plugin/* wp-theme/*', 'off: not announced');
is(status($_), 404, "off: $_") for map { ("wpackagist-$_", "wpackagist-$_~dev") }
    'plugin/p01', 'theme/t1', 'plugin/shut', 'plugin/unknown';
is(status('wp-plugin/p01'), 200, 'off: what has its own name stays');
unlike($t->syncd('status')->{out} . $t->syncd('status', 'plugin/p01')->{out},
       qr/wpackagist/, 'off: status tells nothing of them');

my $actions = $json->decode($t->get("/metadata/changes.json?since=$feed")
                            ->{content})->{actions};
is_deeply([ sort map { $_->{package} } grep { $_->{type} eq 'delete' }
            @$actions ],
          [ sort map { "wpackagist-$_" } 'plugin/shut',
            grep { $_ ne 'plugin/p03' } @names ], 'C 38: the feed tells it');
is(scalar(grep { $_->{type} ne 'delete' } @$actions), 0, 'and nothing else');
unlike($t->get('/p2/filter-summary.json')->{content}, qr/wpackagist/,
       'off: the summary of filter lists');

follows($edge, $t, 'off');
syncd('update');
$announced = $json->decode($edge->get('/packages.json')->{content});
is(join(' ', @{$announced->{'available-package-patterns'}}),
   'wp-plugin/* wp-theme/*', 'off: an edge announces them no more');


# --- a bucket

my $s3 = $t->s3;

configure('wpackagist');
is($t->syncd('update')->{code}, 2, 'a bucket: not without being told');
$t->configure(repository => { authority => 'whole', aliases => 'wpackagist',
                              aliases_in_bucket => 'on' });
syncd('update');
syncd('sync');
is(scalar(grep { m{^p2/wpackagist-} } keys %{$s3->list}), 40,
   'a bucket: it has them');
like($s3->get('packages.json')->{content}, qr{"wpackagist-theme/\*"},
     'a bucket: its root announces them');

$t->configure(repository => { authority => 'whole' });
syncd('update');
syncd('sync');
is(scalar(grep { m{^p2/wpackagist-} } keys %{$s3->list}), 0,
   'a bucket: gone again');


# What wpackagist.org publishes: all versions of each package in one file, and
# zips of WordPress.org's.

sub wpackagist {
    my %packages;

    for my $name (@names) {
        my ($type, $slug) = split m{/}, $name;
        my @versions = $type eq 'plugin' ? qw(1.0 1.1 2.0) : qw(1.0 1.1);

        for my $version (@versions) {
            $packages{"wpackagist-$name"}{$version} = {
                name => "wpackagist-$name", version => $version,
                version_normalized => "$version.0.0",
                type => "wordpress-$type", homepage =>
                    "https://wordpress.org/${type}s/$slug/",
                require => { 'composer/installers' => '^1.0 || ^2.0' },
                dist => { type => 'zip',
                          url => $w->zip_url($type, $slug, $version) },
                source => { type => 'svn', reference =>
                            $type eq 'plugin' ? "tags/$version" : $version,
                            url => "https://${type}s.svn.wordpress.org/$slug/",
                          },
            };
        }
    }

    $t->write_file('wpackagist/packages.json',
                   $json->encode({ packages => \%packages }));

    return $t->path('wpackagist');
}

sub bedrock {
    my ($url) = @_;

    my $project = $t->composer_json($url,
        map { my ($type) = split m{/};
              ("wpackagist-$_" => $type eq 'plugin' ? '^1.0' : '*') } @names);

    $project->{repositories}[0]{only} = [ 'wpackagist-plugin/*',
                                          'wpackagist-theme/*' ];
    $project->{extra}{'installer-paths'} = {
        'web/app/plugins/{$name}/' => ['type:wordpress-plugin'] };
    $project->{require}{'wpackagist-plugin/p02'} = '1.0';

    return $project;
}

# the arguments of the command that a page has for the new names

sub update_line {
    my ($page) = @_;

    open my $fh, '<', $page or die "$page: $!\n";
    my ($line) = grep { defined }
                 map { /^    composer (update 'wp-plugin.*)/ } <$fh>;

    return map { tr/'//dr } split ' ', $line;
}

sub lock_of {
    my ($r) = @_;

    my $lock = $json->decode($t->read_file("$r->{dir}/composer.lock"));

    return [ sort map { "$_->{name} $_->{version} "
                        . ($_->{dist}{url} // '') } @{$lock->{packages}} ];
}


$t->done;

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# The recipes of docs/operations.md: the page quotes each script of t/recipes
# word for word, and whoever does what it says, on an origin, an edge and a
# third host with a CDN, gets what it promises.  (Those of t/recipes that need
# an apt are run by tools/check-machine and tools/check-upgrade.)

use strict;
use warnings;

use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Hosts;
use Test::WPPkg::Machine;
use Test::WPPkg::Process qw(stop_process);


my $t = Test::WPPkg->new;
my $page = slurp('docs/operations.md');


# --- what is under a heading that names a script is the script

my %quoted = quoted($page);

is_deeply([ sort keys %quoted ], [ map { s,.*/,,r } sort <t/recipes/*> ],
          'docs/operations.md quotes each script of t/recipes');

for my $name (sort keys %quoted) {
    my $script = slurp("t/recipes/$name");

    ok($script =~ s/\A(?:#.*\n)+set -eu\n\n//, "$name: begins as a script");
    is($quoted{$name}, $script =~ s/\n\n+/\n\n/gr, "$name: word for word");
    ok(-x "t/recipes/$name", "$name: can be run");

    my $r = $t->command({}, 'sh', '-n', "t/recipes/$name");
    is($r->{code}, 0, "$name: for any shell");

    for my $file (ran_by($name)) {
        ok(slurp($file) =~ m{recipes?[/( '"]+\Q$name\E\b|'\Q$name\E'},
           "$name: $file runs it");
    }
}


# --- hosts

if ($> != 0) {
    note('not run, which needs root, for network namespaces');
    done_testing();
    exit;
}

my $w = $t->wporg;
my $hosts = Test::WPPkg::Hosts->new($t, qw(origin edge client));
my %m = map { $_ => Test::WPPkg::Machine->new($t, $_, $hosts->on($_)) }
        qw(origin edge client);
my %name = (origin => 'packages.example.org', edge => 'edge.example.org');
my $p2 = 'p2/wp-plugin/wordpress-seo.json';

offer('1.0');

# WordPress.org, to the origin
my $wporg = $t->start(
    [ $hosts->on('origin', $^X, 't/lib/wporg-standin', '--port=8000',
                 "--dir=$w->{dir}") ],
    out => $t->path('standin.out'), err => $t->path('standin.out'));

for my $m (values %m) {
    $m->write('/etc/hosts', join '', "127.0.0.1 localhost\n",
              map { $hosts->address($_) . " $name{$_}\n" } keys %name);
}

sub at_edge { s/packages\.example\.org/edge.example.org/g }

does('origin', 'certificate');
$m{origin}->write('/etc/wppkg/list',
                  "plugin/akismet\nplugin/wordpress-seo\ntheme/twentyten\n");
does('origin', 'origin', sub {
    s{^path = .*\n\K}{list = /etc/wppkg/list\n}m;
    s{^follow = on$}{api_url = http://127.0.0.1:8000\nverify_zips = off}m;
});
like(does('origin', 'site'), qr/"metadata-url"/, 'the origin: packages.json');

like(does('origin', 'installs'), qr/^downloads: ok: /m,
     'the origin: counts installs');
trust('client', 'origin');
installed('akismet');

does('edge', 'certificate', \&at_edge);
trust('edge', 'origin');
trust('client', 'edge');
like(does('edge', 'edge'), qr/^mirror: .*\b3 /m, 'the edge: got the packages');
like(does('edge', 'site', \&at_edge), qr/"metadata-url"/,
     'the edge: packages.json');

is(get("https://$name{edge}/$p2"), get("https://$name{origin}/$p2"),
   'the edge serves what the origin serves');


# --- a backup, and back to it

does('origin', 'backup');
ok(-s $m{origin}{root} . '/var/backups/wppkg/catalogue.db', 'a backup');

offer('1.0', '1.1');
is(command('origin', 'wppkg-syncd', 'update', 'plugin/wordpress-seo')->{code},
   0, 'an update, by the service');
arrives(qr/"1\.1"/, 'a change is served by both');

does('origin', 'restore');
arrives(qr/"1\.0"(?!.*"1\.1")/s, 'restored: both serve what the backup has');
is(command('origin', 'wppkg-syncd', 'update', 'plugin/wordpress-seo')->{code},
   0, 'restored: an update');
arrives(qr/"1\.1"/, 'restored: and forward again');


# --- a package is taken out, and in again

like(does('origin', 'remove-package'), qr/^remove: 1 removed, .*^add: 1 /ms,
     'a package is removed and added');
arrives(qr/"1\.1"/, 'a package that is added again is there');


# --- two servers behind a CDN, of which one dies

my $notify = "notify_url = https://$name{origin}/downloads";

is(command('edge', 'sed', '-i', "s,^\\[repository\\],&\\n$notify,",
           '/etc/wppkg/wppkg.conf')->{code}, 0, 'one notify_url for both');
does($_, 'cdn') for qw(origin edge);

for my $host (qw(origin edge)) {
    $t->wait_for(sub { root_of($host) !~ /"list":"http/ },
                 "$host: names places below its own address");
    like(root_of($host),
         qr{"metadata-changes-url":"https://$name{origin}/metadata/c},
         "$host: but one feed");
}

is(root_of('edge'), root_of('origin'), 'both have one packages.json');

$m{client}->write('/etc/nginx/conf.d/cdn.conf', <<"END");
proxy_cache_path /var/cache/cdn keys_zone=cdn:1m;
upstream servers { server $name{origin}:443; server $name{edge}:443; }
server {
    listen 80;
    server_name cdn.example.org;
    location / {
        proxy_pass https://servers;
        proxy_set_header Host $name{origin};
        proxy_next_upstream error timeout http_500 http_502 http_503 http_504;
        add_header X-Server \$upstream_addr always;
    }
}
END
is(command('client', 'systemctl', 'start', 'nginx')->{code}, 0, 'a CDN');

# a package that was taken out has lost what was known of its older versions

$t->wait_for(sub { get("https://$name{edge}/$p2")
                   eq get("https://$name{origin}/$p2") },
             'the edge has what the origin has');

my %by;

for my $path ($p2, 'packages/list.json', 'p2/wp-theme/twentyten.json') {
    my %tags = map { tagged("http://127.0.0.1/$path", \%by) => 1 } 1 .. 4;
    is(keys %tags, 1, "$path: one ETag, whichever is asked");
}

is(keys %by, 2, 'both were asked');

offer('1.0', '1.1', '1.2');
is(command('origin', 'wppkg-syncd', 'update', 'plugin/wordpress-seo')->{code},
   0, 'an update');
arrives(qr/"1\.2"/, 'the edge still follows');

command('origin', 'systemctl', 'stop', 'nginx', 'wppkg-syncd');
like(get("http://127.0.0.1/$p2"), qr/"1\.2"/,
     'without the origin: clients of the CDN get all') for 1 .. 4;


# --- the end

$m{$_}->end for qw(client edge origin);
stop_process($wporg);
$hosts->end;


# --- another bucket, while clients are served

my $s3 = $t->s3;
my %bucket = map { $_ => $_ eq 'old' ? $s3->{bucket} : $s3->new_bucket }
             qw(old new);
my $m = Test::WPPkg::Machine->new($t, 'bucket');
my $cdn = $t->port;

bucket_for_all($_) for values %bucket;
cdn_asks('old');

$m->write('/etc/wppkg/wppkg.conf', <<"END");
[catalogue]
path = /var/lib/wppkg/catalogue.db
list = /etc/wppkg/list

[repository]
base_url = http://127.0.0.1:$cdn

[wporg]
contact = tests\@example.org
api_url = @{[ $w->url ]}
verify_zips = off

[bucket]
endpoint = $s3->{endpoint}
name = $bucket{old}
region = $s3->{region}
END
$m->write('/etc/wppkg/list', "plugin/akismet\nplugin/wordpress-seo\n");
$m->write("/etc/credstore/wppkg.s3-$_->[0]", "$_->[1]\n")
    for [ 'access-key-id', $s3->{access_key} ],
        [ 'secret-access-key', $s3->{secret_key} ];

for my $command ([ qw(runuser -u wppkg -- wppkg-syncd migrate) ],
                 [ qw(systemctl start wppkg-syncd) ])
{
    my $r = $m->run(@$command);
    is($r->{code}, 0, "@$command") or diag($r->{err});
}

$t->wait_for(sub { $t->get("http://127.0.0.1:$cdn/$p2")->{status} == 200 },
             'clients get what the old bucket has', 30);
is($m->run('wppkg-syncd', 'sync')->{code}, 0, 'and it has all of it');

my $r = $m->recipe('move-bucket', sub {
    s{https://new\.example\.org}{$s3->{endpoint}};
    s{name = packages}{name = $bucket{new}};
});

is($r->{code}, 0, 'move-bucket') or diag($r->{err}, $r->{out});
is_deeply($s3->list($bucket{new}), $s3->list($bucket{old}),
          'the new bucket has what the old one has');

my $before = $t->get("http://127.0.0.1:$cdn/$p2")->{headers}{etag};

cdn_asks('new');
is($t->get("http://127.0.0.1:$cdn/$p2")->{headers}{etag}, $before, 'clients see no difference');
is($m->run('wppkg-syncd', 'audit')->{code}, 0, 'and audit finds none');

$m->end;
$t->done;


sub slurp { $t->read_file(Cwd::realpath($_[0])) }


# script => the blocks below the heading that names it

sub quoted {
    my ($text) = @_;

    my %found;

    for my $part (split /^(?=#+ )/m, $text) {
        my ($name, @more) = $part =~ m{\]\(\.\./t/recipes/([\w-]+)\)}g;

        next if !defined $name;
        is_deeply(\@more, [], "$name: alone below its heading");

        $found{$name} = join "\n", map { s/^ {4}//gmr =~ s/\n+\z/\n/r }
                        "\n$part" =~ /\n\n((?:    .*\n(?:\n(?=    ))?)+)/g;
    }

    return %found;
}


# the programs of which the head of a script says that they run it

sub ran_by {
    my ($name) = @_;

    my ($head) = slurp("t/recipes/$name") =~ /\A((?:#.*\n)+)/;
    return $head =~ m{\b(t/[\w-]+\.t|tools/[\w-]+)}g;
}


sub offer {
    my (@versions) = @_;

    my %what = (versions => { map { $_ => undef } @versions },
                stable => $versions[-1]);

    $w->plugin($_, \%what) for qw(akismet wordpress-seo);
    $w->theme('twentyten', \%what);
}


# what the recipe prints, there

sub does {
    my ($host, $recipe, $replace) = @_;

    my $r = $m{$host}->recipe($recipe, $replace);

    is($r->{code}, 0, "$host: $recipe") or diag($r->{err}, $r->{out});

    return $r->{out};
}


sub command {
    my ($host, @command) = @_;

    my $r = $m{$host}->run(@command);
    diag($r->{err}) if $r->{code};

    return $r;
}


# as the page has it: a copy, and the second half of the recipe

sub trust {
    my ($host, $of) = @_;

    $m{$host}->write("/root/$name{$of}.crt",
                     $m{$of}->read('/etc/ssl/wppkg/fullchain.pem'));
    command($host, 'cp', "/root/$name{$of}.crt",
            '/usr/local/share/ca-certificates');
    command($host, 'update-ca-certificates');
}


# a client's

sub get {
    my ($url) = @_;
    return command('client', 'curl', '-sS', '--max-time', 20, $url)->{out};
}


sub tagged {
    my ($url, $by) = @_;

    my $r = command('client', 'curl', '-sSi', $url);
    my ($tag) = $r->{out} =~ /^ETag: (.*?)\r$/mi;
    my ($server) = $r->{out} =~ /^X-Server: (.*?)\r$/mi;

    $by->{$server}++ if defined $server;

    return $tag // 'none';
}


sub arrives {
    my ($like, $what) = @_;

    for my $host (qw(origin edge)) {
        $t->wait_for(sub { get("https://$name{$host}/$p2") =~ $like },
                     "$what: $host", 40);
    }
}


# by a client of its own: what it tells is in the catalogue in the end

sub installed {
    my ($slug) = @_;

    my $file = "$m{origin}{root}/var/lib/wppkg-nginx/downloads.db";
    my ($url) = root_of('origin') =~ /"notify-batch":"([^"]+)"/;

    is($url, "https://$name{origin}/downloads", 'the origin: asks for them');

    my $told = qq({"downloads":[{"name":"wp-plugin/$slug","version":"1.0.0.0"}]});
    like(command('client', 'curl', '-sS', '--data-binary', $told, $url)->{out},
         qr/"ok"/, 'an install');

    $t->wait_for(sub { -s $file }, 'nginx writes it down', 30);
    command('origin', 'systemctl', 'restart', 'wppkg-syncd');
    $t->wait_for(sub {
        command('origin', 'sqlite3', '-readonly',
                '/var/lib/wppkg/catalogue.db', 'SELECT slug, installs FROM'
                . ' installs_monthly JOIN packages ON id = package_id')->{out}
            eq "$slug|1\n";
    }, 'the daemon, which may only read it, adds it', 30);
}


sub root_of { get("https://$name{$_[0]}/packages.json") }


# the policy of docs/s3.md

sub bucket_for_all {
    my ($name) = @_;

    my ($policy) = slurp('docs/s3.md') =~ /^(    \{\n.*?^    \}\n)/ms;
    my $r = $s3->request(PUT => "/$name", query => { policy => '' },
                         body => $policy =~ s/BUCKET/$name/gr);

    die "policy: $r->{status} $r->{content}\n" if !$r->{success};
}


sub cdn_asks {
    my ($which) = @_;

    $t->nginx_stop if $t->{nginx};
    $t->nginx(http => <<"END");
    server {
        listen 127.0.0.1:$cdn;
        location / { proxy_pass $s3->{endpoint}/$bucket{$which}/; }
    }
END
}

#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Three hosts in network namespaces of their own, each with its nginx; the
# second follows the first by https, the third the second, both as services.
# What goes wrong between them, and with the first, keeps nobody from serving
# what he has, and everybody has everything as soon as it is right again.

use strict;
use warnings;

use lib 't/lib';

use JSON::PP ();
use Test::More;
use Test::WPPkg;
use Test::WPPkg::Edge;
use Test::WPPkg::Hosts;
use Test::WPPkg::Process qw(alive stop_process);
use Time::HiRes qw(sleep time);


plan(skip_all => 'needs root, for network namespaces') if $> != 0;

my $interval = 2;                     # seconds

# three hosts on a machine that is busy take longer than others
$ENV{WPPKG_TEST_TIMEOUT} ||= 600;

my $o = origin(plugins => 60, themes => 10);
my $e = edge($o);
my $far = edge($e);
my %harness = (origin => $o, edge => $e, far => $far);

$_->nginx_stop for values %harness;

my $hosts = Test::WPPkg::Hosts->new($o, qw(origin edge far));
my $edge = 'http://' . $hosts->address('edge') . ':8080';


# --- certificates: an authority of our own, and one of its that is over

sub openssl {
    my ($when, @arguments) = @_;

    my $r = $o->command({ dir => $o->dir }, 'faketime', '-f', $when,
                        'openssl', @arguments);
    die "openssl: $r->{err}" if $r->{code};
}

my $name = $hosts->address('origin');

openssl('+0', 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
        'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'ca.key', '-out',
        'ca.pem', '-days', 30, '-subj', '/CN=authority');

for my $case ([ good => '+0' ], [ over => '-20d' ]) {
    my ($file, $when) = @$case;

    $o->write_file("$file.ext", "subjectAltName=IP:$name\n");
    openssl('+0', 'req', '-newkey', 'ec', '-pkeyopt',
            'ec_paramgen_curve:P-256', '-nodes', '-keyout', "$file.key",
            '-out', "$file.csr", '-subj', '/CN=origin');
    openssl($when, 'x509', '-req', '-in', "$file.csr", '-CA', 'ca.pem',
            '-CAkey', 'ca.key', '-CAcreateserial', '-days', 10, '-out',
            "$file.pem", '-extfile', "$file.ext");
}


# --- hosts

# nginx there; slow: files of packages take their time, 16 at once 1.3 s

sub listen_on {
    my ($host, %how) = @_;

    my $t = $harness{$host};
    my $db = $t->catalogue;
    my $address = $hosts->address($host);
    my $slow = $how{slow} ? 1 : '""';
    my $certificate = $how{certificate} || 'good';

    my $tls = $host ne 'origin' ? '' : <<"END";
    server {
        listen $address:443 ssl http2;
        ssl_certificate $t->{dir}/$certificate.pem;
        ssl_certificate_key $t->{dir}/$certificate.key;

        location / {
            limit_req zone=slow burst=10000;
            wppkg_catalogue $db;
        }
    }
END

    my $conf = $t->nginx_configure(http => <<"END", level => 'info');
    map \$uri \$slow { default ""; ~^/p2/ $slow; }
    limit_req_zone \$slow zone=slow:1m rate=12r/s;
    limit_req_log_level info;

    server {
        listen $address:8080;
        location / { wppkg_catalogue $db; }
    }
$tls
END

    if ($t->{there}) {
        kill 'HUP', $t->{there};
        return;
    }

    $t->{there} = $t->start([ $hosts->on($host,
        $t->nginx_command($conf, 'error.log')) ],
        out => "$t->{dir}/nginx.out", err => "$t->{dir}/nginx.out",
        env => { $t->environment });
    $t->wait_for(sub { get($host, '/packages.json') ne '' },
                 "nginx listens on $host", 30);
}


sub silent {
    my ($host) = @_;
    stop_process(delete $harness{$host}{there}, [ QUIT => 15 ], [ TERM => 5 ]);
}


# what a client on that host gets of it; '' if nothing

sub get {
    my ($host, $path) = @_;

    my $r = $harness{$host}->command({}, $hosts->on($host, 'curl', '-sf',
        '--max-time', 5, 'http://' . $hosts->address($host) . ":8080$path"));

    return $r->{code} ? '' : $r->{out};
}


sub follow {
    my ($host, %origin) = @_;

    my $t = $harness{$host};

    $t->configure(origin => \%origin, schedule => { interval =>
                  "${interval}s" }, http => { connect_timeout => '2s',
                  stall_timeout => '3s', retries => 0 });

    $t->{service} = $t->start([ $hosts->on($host,
        $t->build_dir . '/wppkg-syncd', '-c', $t->path('wppkg.conf'),
        'run') ], out => "$t->{dir}/service.out",
        err => "$t->{dir}/service.err", env => { $t->environment });
}


sub log_of { $harness{$_[0]}->read_file('service.err') }


sub status {
    my ($host) = @_;

    my $r = $harness{$host}->syncd('status', '--json');
    return JSON::PP::decode_json($r->{out})->{origin};
}


# Until both have what the origin has.  On a busy machine a file may be asked
# for in vain, in three seconds; then it waits for 10 seconds, for 20, for 40.

sub settled {
    my ($what) = @_;

    for my $host (qw(edge far)) {
        $harness{$host}->wait_for(sub { alike($harness{$host}, $o) },
            "$what: $host has what the origin has", 120);
    }
}


listen_on($_) for qw(origin edge far);
follow('edge', url => "https://$name", ca_file => $o->path('ca.pem'));
follow('far', url => $edge);
settled('at first');


# --- each change within an interval and a second, of hosts in a chain

my %late = (edge => [], far => []);

for my $n (1 .. 5) {
    offer($o, "plugin/p$n", '1.0', "2.$n");
    update($o, "plugin/p$n");

    my $since = time;

    for my $host (qw(edge far)) {
        $harness{$host}->wait_for(sub {
            get($host, "/p2/wp-plugin/p$n.json") =~ /"2\.$n"/;
        }, "change $n is served on $host", 30);
        push @{$late{$host}}, time - $since;
    }
}

# the median, for others use this machine, too

for my $host (qw(edge far)) {
    my @late = sort { $a <=> $b } @{$late{$host}};
    my $hops = $host eq 'edge' ? 1 : 2;

    note("$host: ", join ' ', map { sprintf '%.1f', $_ } @late);
    cmp_ok($late[2], '<=', $hops * ($interval + 1),
           "$host: within an interval and a second for each hop");
}


# --- the link is cut in the middle of a window

listen_on('origin', slow => 1);

my @all = names(plugins => 60, themes => 10);

offer($o, $_, '1.0', '3.0') for @all;
update($o, @all);

$e->wait_for(sub {
    my $owed = $e->sql_value('SELECT count(*) FROM owed');
    $owed > 0 && $owed < @all;
}, 'some of the files are here', 30);
$hosts->cut('origin');

$e->wait_for(sub { log_of('edge') =~ /mirror: https/ }, 'which is said', 30);
cmp_ok(status('edge')->{owed}, '>', 0, 'the others are owed');
is(grep({ get('edge', "/p2/wp-plugin/p$_.json") ne '' } 1 .. 60), 60,
   'and all are served');

listen_on('origin');
$hosts->mend('origin');
settled('the link is mended');


# --- the origin is dead: its clients do without

silent('origin');

my $told = status('edge')->{told_at};

$e->wait_for(sub { status('edge')->{age} > 2 * $interval + 1 },
             'status tells how old it is', 30);
is(status('edge')->{told_at}, $told, 'which is when the origin last answered');

my $p = $e->composer_json($edge, 'wp-plugin/p1' => '*', 'wp-theme/t1' => '*');
my $dir = "$far->{dir}/project";

$far->write_file("$dir/composer.json", JSON::PP::encode_json($p));

my $c = $far->command({ dir => $dir, timeout => 120, env => {
    HOME => $far->dir, COMPOSER_HOME => "$dir.home",
    COMPOSER_CACHE_DIR => "$dir.cache", COMPOSER_ALLOW_SUPERUSER => 1,
    COMPOSER_NO_INTERACTION => 1,
}}, $hosts->on('far', 'composer', 'update', '--no-install', '--no-ansi'));

is($c->{code}, 0, 'Composer on the third host resolves with the second one')
    or diag($c->{err});
like($far->read_file("$dir/composer.lock"), qr/"version": "3\.0"/,
     'it finds the versions');

listen_on('origin');
offer($o, 'plugin/p9', '1.0', '4.0');
update($o, 'plugin/p9');
settled('the origin is back');


# --- its certificate is over

listen_on('origin', certificate => 'over');

my $lines = () = log_of('edge') =~ /certificate/g;

# before that, an old worker of nginx may still answer

$e->wait_for(sub { (() = log_of('edge') =~ /certificate/g) > $lines },
             'an old certificate: which is said', 30);

my $runs = sub { $e->sql_value('SELECT count(*) FROM pipeline_runs'
                               . ' WHERE finished_at IS NOT NULL') };

offer($o, 'plugin/p9', '1.0', '4.1');
update($o, 'plugin/p9');

my $asked = $runs->();
$e->wait_for(sub { $runs->() > $asked + 1 }, 'an old certificate: a run', 30);
like(log_of('edge'), qr/check the certificate of the origin, and "ca_file"/,
     'an old certificate: and what to look at');
like(get('edge', '/p2/wp-plugin/p9.json'), qr/"4\.0"/,
     'an old certificate: the edge serves what it has');

listen_on('origin');
settled('a new certificate');


# --- the origin is restored from a backup

is($o->syncd('backup', $o->path('backup.db'))->{code}, 0, 'a backup');

offer($o, 'plugin/p10', '1.0', '5.0');
offer($o, 'plugin/p11');
believe($o, map { "plugin/p$_" } 10, 11);
settled('after the backup');

is($o->syncd('restore', $o->path('backup.db'))->{code}, 0, 'it is restored');
settled('as the backup has it');
unlike(get('far', '/p2/wp-plugin/p10.json'), qr/"5\.0"/, 'on the third, too');

update($o, map { "plugin/p$_" } 10, 11);
settled('and forward again');


# --- the end

for my $t ($far, $e) {
    is(stop_process($t->{service}, [ TERM => 15 ]), 'TERM',
       'the service ends');
}

silent($_) for qw(far edge origin);
$hosts->end;
$_->end for $far, $e;
$o->done;

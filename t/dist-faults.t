#!/usr/bin/perl

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# A store of zips whose disk is full, is read-only or has something in the way,
# and zips that are gone or damaged: one line says so, no document names what
# is not there, the rest of the run is done, and the next run mends.


use strict;
use warnings;
use lib 't/lib';

use Digest::SHA ();
use JSON::PP ();
use Test::More;
use Test::WPPkg;


plan(skip_all => 'needs root, for a disk of its own') if $> != 0;

my $t = Test::WPPkg->new;
my $w = $t->wporg;
my $store = $t->dir . '/dist';
my $disk = 0;
my @mounts;

my $url = $t->nginx(locations => <<"END");
location / { wppkg_catalogue @{[ $t->catalogue ]}; }
location /dist/ { alias $store/; }
END

sub configure {
    my ($folder, %o) = @_;

    $t->configure(
        repository => { base_url => $url },
        wporg => { api_url => $w->url, recheck => '1h', verify_zips => 'off' },
        dist => { path => $folder, packages => 'all', versions => 0 },
        http => { retries => 0 }, %o,
    );
}

configure($store);


sub mounted {
    my (@args) = @_;
    is($t->command({}, 'mount', @args, $store)->{code}, 0, "mount @args");
}


# a new plugin with one version, and a run that would fetch its zip

sub run_with {
    my ($slug) = @_;

    $w->plugin($slug, { versions => { '1.0' => undef } });

    my $list = $t->write_file('list', "plugin/$slug\n");
    $t->syncd('discover', '--source=list', $list)->{code} == 0 or die;

    return $t->syncd('run', '--once');
}


# so many bytes more than these would fill the disk

sub left_but {
    my ($folder, $bytes) = @_;

    my ($blocks) = qx(df --output=avail --block-size=1 $folder) =~ /(\d+)/;

    return $blocks - $bytes;
}


# the zip that the document of a plugin names

sub dist {
    my ($slug) = @_;

    my $json = JSON::PP::decode_json($t->get("/p2/wp-plugin/$slug.json")
                                     ->{content});

    return (values %{$json->{packages}})[0][0]{dist};
}


sub ours {
    my ($slug, $name) = @_;

    my $dist = dist($slug);
    my ($path) = $dist->{url} =~ m{^\Q$url\E(/dist/.*)};

    like($dist->{url}, qr{^\Q$url\E/dist/wp-plugin/\Q$slug\E/1\.0-}, $name);

    return defined $path
        && Digest::SHA::sha1_hex($t->get($path)->{content}) eq $dist->{shasum};
}


# what a run says and leaves that cannot write

sub fails {
    my ($slug, $why, $name) = @_;

    my $r = run_with($slug);

    is($r->{code}, 1, "$name: done in part");

    my @lines = grep { /dist: .*zips wait for the next run/ }
                split /\n/, $r->{err};
    is(scalar @lines, 1, 'one line says so') or diag($r->{err});
    like($lines[0], qr/dist: \Q$store\E\S* cannot be written: $why; zips wait/,
         'with file and reason');

    is(dist($slug)->{url}, $w->zip_url('plugin', $slug, '1.0'),
       'the document is there, with the zip of WordPress.org');
    is($t->sql_value('SELECT failures FROM dist_wanted'), 0,
       'it is not the zip\'s fault');
    is(join(' ', glob "$store/.part/*"), '', 'nothing half-written is left');
}


sub mends {
    my ($slug) = @_;

    my $r = $t->syncd('run', '--once');

    is($r->{code}, 0, 'the next run mends it') or diag($r->{err});
    ok(ours($slug, 'the document names our own'), 'which nginx serves');
}


is($t->syncd('migrate')->{code}, 0, 'migrate');
mkdir $store or die "$store: $!\n";

# also if the test dies
END {
    local $?;
    system 'umount', $_ for @mounts, $disk ? $store : ();
}


# --- full, in the middle of a zip

mounted('-t', 'tmpfs', '-o', 'size=300k,mode=755', 'tmpfs');
$disk = 1;
is(run_with('first')->{code}, 0, 'there is room');
ok(ours('first', 'for a small zip'), 'which is whole');

$w->fail('huge', bytes => 2_000_000, path => 'large\.1\.0\.zip$', times => 1);
fails('large', 'No space left on device', 'a full disk');
ok(ours('first', 'what was here is named'), 'and whole');
mounted('-o', 'remount,size=4m');
mends('large');


# --- read-only

mounted('-o', 'remount,ro');
fails('second', 'Read-only file system', 'a disk that became read-only');
ok(ours('first', 'what was here is named'), 'and served');
mounted('-o', 'remount,rw');
mends('second');


# --- something is in the way

$t->write_file('dist/wp-plugin/third', 'no folder');
fails('third', 'Not a directory', 'a file in the place of a folder');
unlink "$store/wp-plugin/third";
mends('third');


# --- gone, or damaged: nobody looks, until its row is deleted

for my $case ([ 'first', sub { unlink $_[0] }, 'deleted', 404 ],
              [ 'second', sub { $t->write_file("dist/wp-plugin/second/"
                    . (split m{/}, $_[0])[-1], 'x' x 100) },
                'overwritten', 200 ]) {
    my ($slug, $break, $what, $status) = @$case;
    my $dist = dist($slug);
    my ($path) = $dist->{url} =~ m{^\Q$url\E(/dist/.*)};

    $break->($t->dir . $path);
    is($t->get($path)->{status}, $status, "a zip is $what under nginx");

    my $c = $t->composer($t->composer_json($url, "wp-plugin/$slug" => '*'),
                         'update');
    isnt($c->{code}, 0, 'Composer does not install it');
    ok(ours('third', 'the others are named'), 'and whole');
    is($t->syncd('run', '--once')->{code}, 0, 'a run asks nobody');

    $t->sql("DELETE FROM dist WHERE path LIKE 'wp-plugin/$slug/%'");
    is($t->syncd('update', "plugin/$slug")->{code}, 0,
       'its row is deleted, and the package updated');
    mends($slug);
    is(dist($slug)->{shasum}, $dist->{shasum}, 'the same bytes as before');
}


# --- the catalogue is on the same disk, and needs what is left of it

my $folder = $t->dir . '/both';

mkdir $folder;
is($t->command({}, 'mount', '-t', 'tmpfs', '-o', 'size=40m,mode=755', 'tmpfs',
               $folder)->{code}, 0, 'one disk for both');
push @mounts, $folder;
mkdir "$folder/dist";
configure("$folder/dist", catalogue => { path => "$folder/catalogue.db" });
is($t->syncd('migrate')->{code}, 0, 'migrate');
$t->write_file("$folder/filler", 'x' x left_but($folder, 1_500_000));

my $tight = run_with('fifth');
is($tight->{code}, 0, 'a disk that is nearly full is no failure');
like($tight->{err}, qr{the disk of \Q$folder\E/dist is nearly full, .* needs},
     'which is said');
is(join(' ', glob "$folder/dist/*/*/*.zip"), '', 'no zip takes the rest');

unlink "$folder/filler";
is($t->syncd('run', '--once')->{code}, 0, 'there is room again');
my ($fifth) = glob "$folder/dist/wp-plugin/fifth/*.zip";
ok(defined $fifth, 'and the zip is here');

configure($store);
is($t->command({}, 'umount', pop @mounts)->{code}, 0, 'that disk goes');


# --- the folder is gone, as when the disk is not mounted

is($t->command({}, 'umount', $store)->{code}, 0, 'the disk goes');
$disk = 0;
rmdir $store or die "$store: $!\n";
my $r = run_with('fourth');
is($r->{code}, 1, 'no folder: done in part');
like($r->{err}, qr/\[dist\] path \Q$store\E is no folder: make it/,
     'which says so');
ok(!-e $store, 'none is made');
is(dist('fourth')->{url}, $w->zip_url('plugin', 'fourth', '1.0'),
   'the rest of the run is done');
mkdir $store;
mends('fourth');

$t->done;

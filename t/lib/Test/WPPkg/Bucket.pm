package Test::WPPkg::Bucket;

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# What tests of "sync" and "audit" share: documents that are set behind the
# daemon's back, and the bucket compared with what should be live.
#
#     my $b = Test::WPPkg::Bucket->new($t, check => sub { … });
#     $b->set('p2/wp-plugin/a.json' => 'bytes', …);   # undef: must not exist
#     $b->is_equal('what');           # three tests
#     $b->counts('sync')->{put}       # of the last run
#
# check: what else has to be true of the answer to the GET of a document, with
# its path.


use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use IO::Compress::Gzip ();
use JSON::PP ();
use Test::More ();


sub new {
    my ($class, $t, %o) = @_;
    return bless { t => $t, want => {}, check => $o{check} || sub { 1 } },
                 $class;
}


# path => bytes: what should be live

sub want { $_[0]->{want} }


sub set {
    my ($self, %documents) = @_;

    my $sql = 'BEGIN;';

    for my $path (sort keys %documents) {
        my $body = $documents{$path};

        if (!defined $body) {
            delete $self->{want}{$path};
            $sql .= "UPDATE documents SET content_hash = NULL,"
                    . " content_size = NULL WHERE path = '$path';"
                    . "DELETE FROM bodies WHERE document_id ="
                    . " (SELECT id FROM documents WHERE path = '$path');\n";
            next;
        }

        $self->{want}{$path} = $body;

        my $hash = sha256_hex($body);
        my $size = length $body;
        IO::Compress::Gzip::gzip(\$body => \my $gz, -Minimal => 1);
        my $hex = unpack 'H*', $gz;

        $sql .= "INSERT INTO documents (path, content_hash, content_size,"
                . " content_changed_at)"
                . " VALUES ('$path', x'$hash', $size, 1700000000)"
                . " ON CONFLICT (path) DO UPDATE SET"
                . " content_hash = excluded.content_hash,"
                . " content_size = excluded.content_size;"
                . "INSERT INTO bodies (document_id, body) SELECT id, x'$hex'"
                . " FROM documents WHERE path = '$path'"
                . " ON CONFLICT (document_id) DO UPDATE SET"
                . " body = excluded.body;\n";
    }

    $self->{t}->sql($sql . 'COMMIT');
}


# what is of no package, which the daemon renders itself: the root, the list,
# the summary of filter lists, the closed API, the Atom feed

sub own {
    return ('packages.json', 'packages/list.json', 'p2/filter-summary.json',
            'feed.xml', 'closures.json',
            map { ("api/packages/$_/closed",
                   "api/packages/$_/closed/permanent") }
                qw(plugin wp-plugin theme wp-theme));
}


# as it has sent them

sub learn {
    my ($self) = @_;

    for my $path ($self->own) {
        $self->{want}{$path} = $self->{t}->s3->get($path)->{content};
    }
}


sub dirty {
    return $_[0]->{t}->sql_value('SELECT count(*) FROM documents'
                                 . ' WHERE content_hash IS NOT deployed_hash');
}


sub unknown {
    return $_[0]->{t}->sql_value('SELECT count(*) FROM documents'
                                 . " WHERE deployed_hash = x''");
}


# What differs, byte for byte; %other is in the bucket besides.

sub wrong {
    my ($self, %other) = @_;

    my $s3 = $self->{t}->s3;
    my %all = (%{$self->{want}}, %other);
    my $list = $s3->list;
    my @wrong = grep { !exists $all{$_} } sort keys %$list;

    for my $path (sort keys %all) {
        my $r = exists $list->{$path} ? $s3->get($path) : { status => 404 };

        push @wrong, $path
            if $r->{status} != 200 || $r->{content} ne $all{$path}
               || !exists $other{$path} && !$self->{check}->($r, $path);
    }

    return "@wrong";
}


sub is_equal {
    my ($self, $what) = @_;

    Test::More::is($self->wrong, '', "$what: the bucket equals the catalogue");
    Test::More::is($self->dirty, 0, "$what: nothing is dirty");
    Test::More::is($self->unknown, 0, "$what: nothing is unknown");
}


# the counts of a stage of the last run

sub counts {
    my ($self, $name) = @_;

    my $text = $self->{t}->sql_value('SELECT stages FROM pipeline_runs'
                                     . ' ORDER BY id DESC LIMIT 1');
    my ($stage) = grep { $_->{stage} eq $name }
                       @{JSON::PP::decode_json($text)};
    return $stage;
}


1;

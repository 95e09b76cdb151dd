package Test::WPPkg::Documents;

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Documents put into a catalogue by SQL, for tests of the module alone: bodies
# and dates are what the test says, whatever the renderer does.


use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use Exporter qw(import);
use IO::Compress::Gzip qw(gzip $GzipError);
use IO::Uncompress::Gunzip ();
use POSIX ();


our @EXPORT = qw(catalogue_create document_put document_delete etag_of
                 gunzip gzipped http_date);


# a catalogue as "wppkg-syncd migrate" makes it, without documents

sub catalogue_create {
    my ($t) = @_;

    $t->configure;

    my $r = $t->syncd('migrate');
    die "migrate: $r->{err}" if $r->{code};

    return $t->catalogue;
}


sub document_put {
    my ($t, $path, $body, $changed_at, %o) = @_;

    my $hash = sha256_hex($body);
    my $size = defined $o{size} ? $o{size} : length $body;
    my $gz = unpack 'H*', defined $o{gz} ? $o{gz} : gzipped($body);

    $t->sql("BEGIN IMMEDIATE;
        INSERT INTO documents (path, content_hash, content_size,
                               content_changed_at)
        VALUES ('$path', x'$hash', $size, $changed_at)
        ON CONFLICT (path) DO UPDATE SET
            content_hash = excluded.content_hash,
            content_size = excluded.content_size,
            content_changed_at = excluded.content_changed_at;
        INSERT OR REPLACE INTO bodies (document_id, body)
        SELECT id, x'$gz' FROM documents WHERE path = '$path';
        COMMIT", $o{database});
}


# as closing a package does: the row stays

sub document_delete {
    my ($t, $path) = @_;

    $t->sql("BEGIN IMMEDIATE;
        DELETE FROM bodies WHERE document_id IN
            (SELECT id FROM documents WHERE path = '$path');
        UPDATE documents SET content_hash = NULL, content_size = NULL,
            content_changed_at = content_changed_at + 1
        WHERE path = '$path';
        COMMIT");
}


sub etag_of {
    my ($body, $suffix) = @_;
    return '"' . substr(sha256_hex($body), 0, 32) . ($suffix || '') . '"';
}


sub gzipped {
    my ($body) = @_;
    my $gz;

    gzip(\$body => \$gz, -Minimal => 1, -Level => 9) or die $GzipError;

    return $gz;
}


# undef for what is not exactly one gzip member

sub gunzip {
    my ($gz) = @_;
    my $body;

    IO::Uncompress::Gunzip::gunzip(\$gz => \$body) or return undef;

    return $body;
}


sub http_date {
    my ($time) = @_;

    my @days = qw(Sun Mon Tue Wed Thu Fri Sat);
    my @months = qw(Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec);
    my ($s, $m, $h, $day, $month, $year, $weekday) = gmtime $time;

    return sprintf '%s, %02d %s %04d %02d:%02d:%02d GMT', $days[$weekday],
                   $day, $months[$month], $year + 1900, $h, $m, $s;
}


1;

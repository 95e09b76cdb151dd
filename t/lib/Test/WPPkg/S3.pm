package Test::WPPkg::S3;

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# An S3 server that verifies signatures (tools/radosgw, or tools/swift), and a
# client of our own for it: what the daemon has sent is read back by other
# code.
#
#     my $s3 = $t->s3;                # a bucket of its own in it
#     $s3->list                       # { key => size }
#     $s3->get($key)                  # { status, headers, content }
#     $s3->put($key, $body, { header => value }); $s3->delete($key);
#
# Environment: WPPKG_TEST_S3, "endpoint access_key secret_key region" of a
# server that runs already; without it, one is started and stopped here.


use strict;
use warnings;

use Digest::SHA qw(hmac_sha256 hmac_sha256_hex sha256_hex);
use HTTP::Tiny ();
use POSIX ();


my $buckets = 0;
my @live;                             # servers that were started here


# For the harness: a server and a fresh bucket.

sub new {
    my ($class, $t) = @_;

    my $self = $class->start($t->dir . '/s3');
    $self->{bucket} = $self->new_bucket;

    return $self;
}


# The server alone, its files in $dir; the one that runs already, unless a
# tool is named.

sub start {
    my ($class, $dir, $tool) = @_;

    my $self = bless { owner => $$ }, $class;
    my $line = defined $tool ? undef : $ENV{WPPKG_TEST_S3};

    if (!$line) {
        $self->{tool} = $tool || 'tools/radosgw';
        $self->{dir} = $dir;
        $line = `$self->{tool} start '$dir'`;
        die "no S3 server: $self->{tool} has failed\n" if $?;
        push @live, $self;
    }

    $self->{line} = $line;
    @$self{qw(endpoint access_key secret_key region)} = split ' ', $line;

    $self->{http} = HTTP::Tiny->new(timeout => 60, max_redirect => 0,
                                    keep_alive => 0, agent => 'test');

    return $self;
}


# what WPPKG_TEST_S3 has to be for another test to use it

sub line { $_[0]->{line} =~ s/\s+\z//r }


sub stop {
    my ($self) = @_;

    return if $self->{owner} != $$;

    my $dir = delete $self->{dir};
    system($self->{tool}, 'stop', $dir) if defined $dir;
}


# before the harness's own END, which removes the directory

END {
    local $?;
    $_->stop for @live;
}


# Creates a bucket, which no other test has; returns its name, which begins as
# told.

sub new_bucket {
    my ($self, $begin) = @_;

    my $name = sprintf '%s-%d-%d-%d', $begin || 'test', time(), $$, ++$buckets;
    my $r = $self->request(PUT => "/$name");

    die "no bucket: $r->{status} $r->{content}\n" if $r->{status} != 200;

    return $name;
}


# No key may write to this bucket any more; undef: those may that could.
# False where a server, which is Swift, has no such policies.

sub forbid_writes {
    my ($self, $bucket) = @_;

    my $policy = defined $bucket && <<"X";
{ "Version": "2012-10-17",
  "Statement": [{ "Effect": "Deny", "Principal": "*",
                  "Action": ["s3:PutObject", "s3:DeleteObject"],
                  "Resource": "arn:aws:s3:::$bucket/*" }] }
X
    my $r = $self->request(
        defined $bucket ? 'PUT' : 'DELETE',
        '/' . (defined $bucket ? $bucket : $self->{bucket}),
        query => { policy => '' }, body => $policy || '');

    return $r->{status} != 501
           && ($r->{success} || die "policy: $r->{status} $r->{content}\n");
}


sub list {
    my ($self, $bucket) = @_;

    $bucket = $self->{bucket} if !defined $bucket;

    my %keys;
    my $token;

    do {
        my %query = ('list-type' => 2, 'encoding-type' => 'url');
        $query{'continuation-token'} = $token if defined $token;

        my $r = $self->request(GET => "/$bucket", query => \%query);
        die "list: $r->{status} $r->{content}\n" if $r->{status} != 200;

        while ($r->{content}
               =~ m{<Contents>.*?<Key>(.*?)</Key>.*?<Size>(\d+)</Size>}sg)
        {
            my ($key, $size) = ($1, $2);
            $key =~ tr/+/ /;
            $key =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;
            $keys{$key} = $size;
        }

        ($token) = $r->{content} =~
            m{<NextContinuationToken>(.*?)</NextContinuationToken>}s;
        $token = unescape($token) if defined $token;

    } while (defined $token);

    return \%keys;
}


sub get    { $_[0]->object(GET => $_[1]) }
sub delete { $_[0]->object(DELETE => $_[1]) }


sub put {
    my ($self, $key, $body, $headers) = @_;
    return $self->object(PUT => $key, $body, $headers);
}


sub object {
    my ($self, $method, $key, $body, $headers) = @_;

    return $self->request($method => "/$self->{bucket}/$key",
                          body => $body, headers => $headers);
}


# A signed request: query, body, headers (not signed).

sub request {
    my ($self, $method, $path, %o) = @_;

    my $body = defined $o{body} ? $o{body} : '';
    my $hash = sha256_hex($body);
    my $time = POSIX::strftime('%Y%m%dT%H%M%SZ', gmtime);
    my $day = substr($time, 0, 8);
    my ($host) = $self->{endpoint} =~ m{^https?://([^/]+)};

    my $query = join '&', map {
        encode($_, '') . '=' . encode($o{query}{$_}, '')
    } sort keys %{$o{query} || {}};

    $path = encode($path, '/');

    my $names = 'host;x-amz-content-sha256;x-amz-date';
    my $canonical = "$method\n$path\n$query\nhost:$host\n"
                    . "x-amz-content-sha256:$hash\nx-amz-date:$time\n\n"
                    . "$names\n$hash";

    my $scope = "$day/$self->{region}/s3/aws4_request";
    my $key = "AWS4$self->{secret_key}";
    $key = hmac_sha256($_, $key) for split m{/}, $scope;

    my $signature = hmac_sha256_hex(
        "AWS4-HMAC-SHA256\n$time\n$scope\n" . sha256_hex($canonical), $key);

    my %request = (headers => {
        %{$o{headers} || {}},
        'x-amz-date' => $time,
        'x-amz-content-sha256' => $hash,
        'authorization' => 'AWS4-HMAC-SHA256 Credential='
            . "$self->{access_key}/$scope, SignedHeaders=$names, "
            . "Signature=$signature",
    });

    $request{content} = $body if $method eq 'PUT';

    my $url = "$self->{endpoint}$path" . ($query ne '' ? "?$query" : '');

    return $self->{http}->request($method, $url, \%request);
}


sub encode {
    my ($text, $keep) = @_;

    $text =~ s/([^A-Za-z0-9._~$keep-])/sprintf '%%%02X', ord $1/ge;
    return $text;
}


sub unescape {
    my ($text) = @_;

    my %entity = (lt => '<', gt => '>', quot => '"', apos => "'", amp => '&');

    $text =~ s/&(?:(lt|gt|quot|apos|amp)|\#x([0-9A-Fa-f]+));
              /defined $1 ? $entity{$1} : chr hex $2/gex;
    return $text;
}


1;

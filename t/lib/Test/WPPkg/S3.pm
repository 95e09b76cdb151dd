package Test::WPPkg::S3;

# Copyright (C) ngx_wppkg contributors

# An S3 server that verifies signatures (tools/radosgw), and a client of our
# own for it: what the daemon has sent is read back by other code.
#
#     my $s3 = $t->s3;                # a bucket of its own in it
#     $s3->list                       # { key => size }
#     $s3->get($key)                  # { status, headers, content }
#     $s3->put($key, $body, { header => value }); $s3->delete($key);
#
# Environment: WPPKG_TEST_S3, "endpoint access_key secret_key" of a server
# that runs already; without it, one is started and stopped here.


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


# The server alone, its files in $dir.

sub start {
    my ($class, $dir) = @_;

    my $self = bless { region => 'auto', owner => $$ }, $class;
    my $line = $ENV{WPPKG_TEST_S3};

    if (!$line) {
        $self->{dir} = $dir;
        $line = `tools/radosgw start '$dir'`;
        die "no S3 server: tools/radosgw has failed\n" if $?;
        push @live, $self;
    }

    @$self{qw(endpoint access_key secret_key)} = split ' ', $line;

    $self->{http} = HTTP::Tiny->new(timeout => 60, max_redirect => 0,
                                    keep_alive => 0, agent => 'test');

    return $self;
}


sub stop {
    my ($self) = @_;

    return if $self->{owner} != $$;

    my $dir = delete $self->{dir};
    system('tools/radosgw', 'stop', $dir) if defined $dir;
}


# before the harness's own END, which removes the directory

END {
    local $?;
    $_->stop for @live;
}


# Creates a bucket, which no other test has; returns its name.

sub new_bucket {
    my ($self) = @_;

    my $name = sprintf 'test-%d-%d-%d', time(), $$, ++$buckets;
    my $r = $self->request(PUT => "/$name");

    die "no bucket: $r->{status} $r->{content}\n" if $r->{status} != 200;

    return $name;
}


sub list {
    my ($self, $bucket) = @_;

    $bucket = $self->{bucket} if !defined $bucket;

    my %keys;
    my $token;

    do {
        my %query = ('list-type' => 2);
        $query{'continuation-token'} = $token if defined $token;

        my $r = $self->request(GET => "/$bucket", query => \%query);
        die "list: $r->{status} $r->{content}\n" if $r->{status} != 200;

        while ($r->{content}
               =~ m{<Contents>.*?<Key>(.*?)</Key>.*?<Size>(\d+)</Size>}sg)
        {
            $keys{unescape($1)} = $2;
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

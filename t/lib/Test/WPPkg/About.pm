package Test::WPPkg::About;

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# What nginx tells of a package, beside what the daemon tells its operator.
#
#     my $package = about($t, 'wp-plugin/akismet');
#     is_told($t, 'wp-plugin/akismet', 'at first');


use strict;
use warnings;

use Exporter qw(import);
use JSON::PP ();
use Test::More ();


our @EXPORT = qw(about status_of is_told);


# {"package": {…}} of packages/VENDOR/NAME.json; where: below that prefix

sub about {
    my ($t, $name, $where) = @_;

    my $path = ($where // '') . "/packages/$name.json";
    my $r = $t->get($path);

    Test::More::is($r->{status}, 200, $path);

    return JSON::PP::decode_json($r->{content})->{package};
}


# as the operator of a server in UTC sees it

sub status_of {
    my ($t, $name) = @_;

    my $r = $t->syncd({ env => { TZ => 'UTC' } }, 'status', '--json', $name);
    die "status $name: $r->{err}" if $r->{code};

    return JSON::PP::decode_json($r->{out});
}


# without what is the operator's, and what changes every second

sub public {
    my ($value) = @_;

    return [map { public($_) } @$value] if ref $value eq 'ARRAY';
    return $value if ref $value ne 'HASH';

    return { map { $_ => public($value->{$_}) }
             grep { !/^(?:last_error|bucket|error|age)$/ } keys %$value };
}


# both say the same, but for these keys, which only the operator is told

sub is_told {
    my ($t, $name, $what) = @_;

    my $told = about($t, $name)->{wppkg};
    my $status = public(status_of($t, $name));

    delete $status->{origin}{url} if $status->{origin};
    delete $told->{origin}{age} if $told->{origin};

    Test::More::is_deeply($told, $status, "$name, $what: as status says");
}


1;

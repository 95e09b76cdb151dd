package Test::WPPkg::Composer;

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Composer, in a project and a COMPOSER_HOME of its own, and nobody else's
# repository.


use strict;
use warnings;

use JSON::PP ();


my $json = JSON::PP->new->utf8->pretty->canonical;


# A composer.json for the repository at $url that requires what is given
# (name => constraint).  Every WordPress package requires composer/installers,
# which comes from packagist.org: "replace" lets the project do without.

sub composer_json {
    my ($self, $url, %require) = @_;

    return {
        repositories => [
            { type => 'composer', url => $url },
            { 'packagist.org' => JSON::PP::false },
        ],
        require => \%require,
        replace => { 'composer/installers' => '*' },
        config  => { 'secure-http' => JSON::PP::false },
    };
}


# Runs Composer: {code}, {out}, {err}, {dir}.  A new project each time,
# unless the hash has the {dir} of an earlier one; what else is in it becomes
# composer.json.

sub composer {
    my ($self, $project, @args) = @_;

    my %project = %$project;
    my $dir = delete $project{dir};

    if (!defined $dir) {
        $dir = "$self->{dir}/composer" . ++$self->{composers};
    }

    if (%project) {
        $self->write_file("$dir/composer.json", $json->encode(\%project));
    }

    my $r = $self->command({
        dir     => $dir,
        timeout => 180,
        env     => {
            HOME                     => $self->{dir},
            COMPOSER_HOME            => "$dir.home",
            COMPOSER_CACHE_DIR       => "$dir.cache",
            COMPOSER_ALLOW_SUPERUSER => 1,
            COMPOSER_NO_INTERACTION  => 1,
            COMPOSER_DISABLE_XDEBUG_WARN => 1,
        },
    }, 'composer', '--no-ansi', '--no-interaction', @args);

    $r->{dir} = $dir;

    return $r;
}


1;

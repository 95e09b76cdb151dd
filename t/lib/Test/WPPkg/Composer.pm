package Test::WPPkg::Composer;

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Composer, in a project and a COMPOSER_HOME of its own, without any other
# repository: this machine's, or a newer one: that of Debian's next release
# ("composer-next"), or the newest that Debian has ("composer-newest").


use strict;
use warnings;

use Cwd ();
use JSON::PP ();


my $json = JSON::PP->new->utf8->pretty->canonical;

# the Debian that it is of; it is kept in build/, and the tool does nothing if
# it is there
my %suite = ('composer-next' => 'forky', 'composer-newest' => 'sid');
my $build = Cwd::abs_path('.') . '/build';
my %program = (composer => 'composer');


# The names of two, for a test that runs each: { with => $name }.

sub composers {
    return qw(composer composer-next);
}


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
# unless the hash has the {dir} of an earlier one; this machine's Composer,
# unless it has the name of another, {with}; what else is in it becomes
# composer.json.

sub composer {
    my ($self, $project, @args) = @_;

    my %project = %$project;
    my $dir = delete $project{dir};
    my $program = $self->composer_program(delete $project{with});

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
    }, $program, '--no-ansi', '--no-interaction', @args);

    $r->{dir} = $dir;

    return $r;
}


# A newer one is downloaded the first time.

sub composer_program {
    my ($self, $name) = @_;

    $name //= 'composer';

    if ($suite{$name} && !$program{$name}) {
        my $r = $self->command(
            { timeout => 600,
              env => { WPPKG_COMPOSER_SUITE => $suite{$name} } },
            'tools/composer-next', "$build/$name");
        die $r->{err} if $r->{code};

        $program{$name} = "$build/$name/composer";
    }

    return $program{$name} || die "there is no Composer \"$name\"\n";
}


1;

package Test::WPPkg::Chromium;

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Chromium without a window, told what to do by its debugging protocol over a
# pair of pipes: JSON texts, each ended by a NUL.
#
#     my $c = Test::WPPkg::Chromium->new($t);
#     $c->view(width => 390, height => 844, scheme => 'dark');
#     $c->open($url);
#     is($c->ask('document.title'), 'a page', 'its title');
#     my $png = $c->screenshot;


use strict;
use warnings;

use Compress::Zlib ();
use JSON::PP ();
use MIME::Base64 ();
use POSIX ();
use Time::HiRes qw(time);


my $seconds = 60;                     # for one answer


sub new {
    my ($class, $t) = @_;

    my $dir = $t->dir;

    for my $pipe ('commands', 'answers') {
        POSIX::mkfifo("$dir/$pipe", 0600) or die "mkfifo: $!\n";
    }

    # as root it needs to do without its sandbox; it opens one page, of ours

    my $pid = $t->start(
        [ 'sh', '-c', 'exec 3< commands 4> answers; exec "$@"', 'sh',
          'chromium', '--headless', '--no-sandbox', '--disable-gpu',
          '--disable-dev-shm-usage', '--disable-background-networking',
          '--disable-component-update', '--no-first-run',
          '--force-device-scale-factor=1', '--hide-scrollbars',
          "--user-data-dir=$dir/chromium", '--remote-debugging-pipe' ],
        dir => $dir, env => { HOME => $dir },
        out => "$dir/chromium.out", err => "$dir/chromium.out");

    open my $in, '>', "$dir/commands" or die "$dir/commands: $!\n";
    open my $out, '<', "$dir/answers" or die "$dir/answers: $!\n";
    $in->autoflush;

    my $self = bless { t => $t, pid => $pid, in => $in, out => $out,
                       buffer => '', id => 0, requests => [],
                       complaints => [] }, $class;

    my $target = $self->call('Target.createTarget', { url => 'about:blank' });

    $self->{session} = $self->call('Target.attachToTarget',
        { targetId => $target->{targetId}, flatten => \1 })->{sessionId};

    $self->call("$_.enable") for qw(Page Network Log Runtime);

    return $self;
}


# width, height, scheme (light), mobile

sub view {
    my ($self, %o) = @_;

    $self->call('Emulation.setDeviceMetricsOverride',
        { width => $o{width}, height => $o{height}, deviceScaleFactor => 1,
          mobile => $o{mobile} ? \1 : \0 });
    $self->call('Emulation.setEmulatedMedia',
        { features => [ { name => 'prefers-color-scheme',
                          value => $o{scheme} || 'light' } ] });
}


# whether the page's own scripts are run; what a test asks is run all the same

sub scripts {
    my ($self, $on) = @_;

    $self->call('Emulation.setScriptExecutionDisabled',
                { value => $on ? \0 : \1 });
}


sub open {
    my ($self, $url) = @_;

    $self->{requests} = [];
    $self->{complaints} = [];
    delete $self->{loaded};

    my $r = $self->call('Page.navigate', { url => $url });
    die "$url: $r->{errorText}\n" if $r->{errorText};

    $self->message while !$self->{loaded};
}


# what the page has fetched since it was opened, itself first

sub requests { @{$_[0]->{requests}} }


# what its console says: what the policy forbids, what a script has not caught

sub complaints { @{$_[0]->{complaints}} }


# the value of an expression in JavaScript, once a promise is kept

sub ask {
    my ($self, $expression) = @_;

    my $r = $self->call('Runtime.evaluate',
        { expression => $expression, returnByValue => \1,
          awaitPromise => \1 });

    die $r->{exceptionDetails}{exception}{description}, "\n"
        if $r->{exceptionDetails};

    return $r->{result}{value};
}


# what a function of t/lib/audit.js says is wrong with the page

sub audit {
    my ($self, $what, @arguments) = @_;

    CORE::open(my $fh, '<:raw', 't/lib/audit.js') or die "t/lib/audit.js: $!\n";
    local $/;
    my $text = <$fh>;

    return $self->ask("(() => {$text; return audit.$what("
                      . join(', ', @arguments) . ') })()');
}


# what can be seen without scrolling, as a PNG

sub screenshot {
    my ($self) = @_;

    return MIME::Base64::decode(
        $self->call('Page.captureScreenshot', { format => 'png' })->{data});
}


sub stop {
    my ($self) = @_;

    $self->send('Browser.close');
    waitpid $self->{pid}, 0;
}


sub call {
    my ($self, $method, $params) = @_;

    my $id = $self->send($method, $params);

    for ( ;; ) {
        my $m = $self->message;

        next if !defined $m->{id} || $m->{id} != $id;
        die "$method: $m->{error}{message}\n" if $m->{error};
        return $m->{result};
    }
}


sub send {
    my ($self, $method, $params) = @_;

    my $id = ++$self->{id};
    my %m = (id => $id, method => $method, params => $params || {});

    $m{sessionId} = $self->{session} if $self->{session};

    local $SIG{PIPE} = 'IGNORE';
    print {$self->{in}} JSON::PP::encode_json(\%m), "\0";

    return $id;
}


# the next one that it sends, an answer or an event

sub message {
    my ($self) = @_;

    my $deadline = time + $seconds;

    while ($self->{buffer} !~ /\0/) {
        my $ready = '';
        vec($ready, fileno $self->{out}, 1) = 1;

        my $left = $deadline - time;

        die "chromium does not answer:\n"
            . $self->{t}->read_file('chromium.out')
            if $left <= 0
               || select($ready, undef, undef, $left) > 0
                  && !sysread $self->{out}, $self->{buffer}, 1 << 20,
                              length $self->{buffer};
    }

    $self->{buffer} =~ s/^([^\0]*)\0// or die;

    my $m = JSON::PP::decode_json($1);
    my $event = $m->{method} || '';

    $self->{loaded} = 1 if $event eq 'Page.loadEventFired';
    push @{$self->{requests}}, $m->{params}{request}{url}
        if $event eq 'Network.requestWillBeSent';
    push @{$self->{complaints}}, $m->{params}{entry}{text}
        if $event eq 'Log.entryAdded';
    push @{$self->{complaints}},
         $m->{params}{exceptionDetails}{exception}{description}
        if $event eq 'Runtime.exceptionThrown';

    return $m;
}


# Width, height and how many pixels there are of each colour ("rrggbb"), of a
# PNG with eight bits a channel.

sub pixels {
    my ($png) = @_;

    my ($width, $height, $depth, $type) = unpack 'x16 N N C C', $png;
    my $bytes = { 2 => 3, 6 => 4 }->{$type};

    die "not a PNG that is known\n"
        if substr($png, 0, 8) ne "\x89PNG\r\n\x1a\n" || $depth != 8
           || !$bytes;

    my ($data, $pos) = ('', 8);

    while ($pos < length $png) {
        my ($len, $name) = unpack "x$pos N a4", $png;
        $data .= substr $png, $pos + 8, $len if $name eq 'IDAT';
        $pos += $len + 12;
    }

    $data = Compress::Zlib::uncompress($data);

    my %colours;
    my @above = (0) x ($width * $bytes);

    for my $y (0 .. $height - 1) {
        my ($filter, @line) = unpack 'C*',
            substr $data, $y * ($width * $bytes + 1), $width * $bytes + 1;

        unfilter($filter, \@line, \@above, $bytes) if $filter;

        for (my $x = 0; $x < @line; $x += $bytes) {
            $colours{$line[$x] << 16 | $line[$x + 1] << 8 | $line[$x + 2]}++;
        }

        @above = @line;
    }

    return ($width, $height,
            { map { sprintf('%06x', $_) => $colours{$_} } keys %colours });
}


sub unfilter {
    my ($filter, $line, $above, $bytes) = @_;

    for my $i (0 .. $#$line) {
        my $left = $i < $bytes ? 0 : $line->[$i - $bytes];
        my $up = $above->[$i];

        if ($filter == 1) {
            $line->[$i] += $left;

        } elsif ($filter == 2) {
            $line->[$i] += $up;

        } elsif ($filter == 3) {
            $line->[$i] += ($left + $up) >> 1;

        } else {
            my $corner = $i < $bytes ? 0 : $above->[$i - $bytes];
            my ($a, $b, $c) = map { abs } $up - $corner, $left - $corner,
                                          $left + $up - 2 * $corner;

            $line->[$i] += $a <= $b && $a <= $c ? $left
                           : $b <= $c ? $up : $corner;
        }

        $line->[$i] &= 255;
    }
}


1;

package Test::WPPkg::Replay;

# Copyright (C) ngx_wppkg contributors
# SPDX-License-Identifier: BSD-2-Clause

# Real commits (t/data/svn-history), replayed in their order into Subversion
# and into an API that answers from a cache for up to a day.
#
#     my $r = Test::WPPkg::Replay->new(from => { tablepress => [ 10, 12 ] });
#     $r->begin;                      # nothing is committed, nothing known
#     $r->replay;                     # until all is settled
#     $r->is_final;
#     $r->done;
#
# from: of each plugin the first of its commits, and how many; what was before
# is there to begin with, and each plugin begins half a day after another.
# With all => 1 the others are replayed as well, and all as they happened.  No
# pause is longer than 30 hours: after a day nothing can happen any more.
#
# The whole history is loaded into the repository at first; what is its HEAD
# says db/current.  Our programs run by the clock of the replay, which is that
# of the revisions' dates; nothing in the catalogue is touched.


use strict;
use warnings;

use HTTP::Tiny ();
use POSIX ();
use Test::More;
use Time::HiRes ();

use Test::WPPkg;
use Test::WPPkg::Process qw(poll);
use Test::WPPkg::SVN;


my $history = 't/data/svn-history/commits.txt';
my $epoch = 1_700_000_000;            # the replay's time 0
my $cycle = 300;                      # seconds between two runs
my $longest = 30 * 3600;              # of the pauses between two commits
my $apart = 13 * 3600;                # between the first ones of two plugins
my $visitor = 'somebody';             # another client of the API


# timeout, as Test::WPPkg::new() has it; from, all

sub new {
    my ($class, %o) = @_;

    my $t = Test::WPPkg->new(timeout => $o{timeout});

    my $self = bless {
        t       => $t,
        wporg   => $t->wporg,
        before  => {},                # tags by slug, that are there at first
    }, $class;

    # { time, slug, what, rev }
    $self->{commits} = [ $self->read_history(\%o) ];

    return $self;
}


sub read_history {
    my ($self, $o) = @_;

    my $from = $o->{from} || {};
    my (%slug, %n);
    my $now = 0;
    my @picked;

    open my $fh, '<', $history or die "$history: $!\n";

    while (my $line = <$fh>) {
        next if $line =~ /^#/;
        chomp $line;

        my ($pause, $letter, @what) = split / /, $line;

        if ($pause eq '=') {
            $slug{$letter} = $what[0];
            next;
        }

        my $slug = $slug{$letter};
        my $range = $from->{$slug} || ($o->{all} ? [ 0 ] : next);
        my ($first, $count) = @$range;
        my $n = $n{$slug}++;

        $now += $pause;

        if ($n < $first) {
            $self->{before}{$slug}{$_} = 1 for '', map { /^\+(.*)/ } @what;

        } elsif (!defined $count || $n < $first + $count) {
            push @picked, { at => $now, slug => $slug, what => \@what };
        }
    }

    delete $_->{''} for values %{$self->{before}};

    return $self->shorten($o->{all}, @picked);
}


# The commits with the times of the replay, in its order.

sub shorten {
    my ($self, $all, @commits) = @_;

    my (%time, %at);

    for my $commit (@commits) {
        my $whose = $all ? '' : $commit->{slug};

        if (defined $at{$whose}) {
            my $pause = $commit->{at} - $at{$whose};
            $time{$whose} += $pause < $longest ? $pause : $longest;

        } else {
            $time{$whose} = 7200 + $apart * keys %time;
        }

        $at{$whose} = $commit->{at};
        $commit->{time} = $time{$whose};
    }

    return sort { $a->{time} <=> $b->{time} } @commits;
}


sub slugs {
    my ($self) = @_;

    my %slugs = map { $_->{slug} => 1 } @{$self->{commits}};
    return sort keys %slugs;
}


# Servers, and a catalogue that has had its first run.  Again: back to that.

sub begin {
    my ($self) = @_;

    my ($t, $w) = @$self{qw(t wporg)};

    $self->{svn} ? $self->rewind : $self->serve;

    $self->{clock} = 0;
    $self->{todo} = [ @{$self->{commits}} ];
    $self->{tags} = { map { $_ => { %{$self->{before}{$_}} } }
                      keys %{$self->{before}} };
    $self->head(1);
    $w->clock(0);
    $self->offer($_) for keys %{$self->{tags}};

    is($self->syncd('migrate')->{code}, 0, 'migrate');

    # random, and in the bytes of feed.xml
    $t->sql("UPDATE meta SET value = 'an id' WHERE name = 'news_id'");

    my $r = $self->syncd('run', '--once', '--source=svn');
    is($r->{code}, 0, 'the first run') or diag($r->{err});
    is($t->sql_value("SELECT count(*) FROM packages WHERE state = 'active'"),
       scalar keys %{$self->{tags}}, 'has the plugins as they are');

    $w->clear_requests;
    @$self{qw(runs took failed)} = (0, 0, '');
}


sub serve {
    my ($self) = @_;

    my $t = $self->{t};

    $self->{plugins} = Test::WPPkg::SVN->repository($t, 'plugins',
                                                    $self->dump_text);
    $self->{svn} = $self->{plugins}->serve;
    $self->{other} = Test::WPPkg::SVN->repository($t, 'themes')->serve;

    $t->configure(wporg => {
        api_url => $self->{wporg}->url, recheck => '0',
        plugins_svn => $self->{svn}->url, themes_svn => $self->{other}->url,
    }, http => { retries => 0 });
}


sub rewind {
    my ($self) = @_;

    my $dir = $self->{t}->dir;

    unlink glob "$dir/catalogue/* $dir/wporg/plugin/* $dir/wporg/cache/*";
}


# What is in the repository as one dump: revision 1 has what was before, then
# each commit has one.

sub dump_text {
    my ($self) = @_;

    my %there;
    my $text = "SVN-fs-dump-format-version: 2\n\n" . revision(1, -86400);

    for my $slug (keys %{$self->{before}}) {
        $text .= package_nodes($slug);
        $text .= folder("$slug/tags/$_")
            for sort keys %{$self->{before}{$slug}};
        $there{$slug} = 1;
    }

    my $rev = 1;

    for my $commit (@{$self->{commits}}) {
        my ($slug, $time) = @$commit{qw(slug time)};

        $commit->{rev} = ++$rev;
        $text .= revision($rev, $time);
        $text .= package_nodes($slug) if !$there{$slug};
        $text .= commit_nodes($commit, \%there);
        $there{$slug} = 1;
    }

    return $text;
}


sub revision {
    my ($rev, $time) = @_;

    my $date = POSIX::strftime('%Y-%m-%dT%H:%M:%S.000000Z',
                               gmtime $epoch + $time);
    my $props = "K 8\nsvn:date\nV 27\n$date\nPROPS-END\n";
    my $len = length $props;

    return "Revision-number: $rev\nProp-content-length: $len\n"
           . "Content-length: $len\n\n$props\n";
}


sub package_nodes {
    my ($slug) = @_;
    return join '', map { folder("$slug$_") } '', '/trunk', '/tags',
                                              '/branches';
}


sub folder {
    my ($path, $from) = @_;

    my $source = $from ? "Node-copyfrom-rev: $from->[0]\n"
                         . "Node-copyfrom-path: $from->[1]\n" : '';

    return "Node-path: $path\nNode-kind: dir\nNode-action: add\n$source\n\n";
}


# every file is a new one: its name does not matter

sub file {
    my ($path, $rev) = @_;

    return "Node-path: $path/file-$rev\nNode-kind: file\nNode-action: add\n"
           . "Text-content-length: 1\nContent-length: 1\n\nx\n\n";
}


sub commit_nodes {
    my ($commit, $there) = @_;

    my ($slug, $rev) = @$commit{qw(slug rev)};
    my $text = '';

    for my $what (@{$commit->{what}}) {
        my ($sign, $name) = $what =~ /^([+~^.])(.*)/;

        my $path = $sign eq '.' ? "$slug/trunk"
                 : $sign eq '^' ? "$slug/branches/$name"
                 : "$slug/tags/$name";

        if ($sign eq '+' || $sign eq '^' && !$there->{$path}++) {
            $text .= folder($path, $there->{$slug}
                                   && [ $rev - 1, "$slug/trunk" ]);

        } else {
            $text .= file($path, $rev);
        }
    }

    return $text;
}


# the youngest revision from now on

sub head {
    my ($self, $rev) = @_;

    my $current = "$self->{plugins}{dir}/db/current";

    $self->{t}->write_file("$current.new", "$rev\n");
    rename "$current.new", $current or die "$current: $!\n";
}


# what the API would say of a plugin, if it knew

sub offer {
    my ($self, $slug) = @_;

    # without a published version nothing is held back

    $self->{wporg}->plugin($slug, {
        versions => { map { $_ => undef } keys %{$self->{tags}{$slug}} },
        version => 'trunk',
        download_link => $self->{wporg}->zip_url('plugin', $slug),
    });
}


sub commit {
    my ($self) = @_;

    my $commit = shift @{$self->{todo}};
    my $slug = $commit->{slug};
    my @made = map { /^\+(.*)/ } @{$commit->{what}};

    # somebody asks at the worst moment: the cache has what was before

    if ($self->{tags}{$slug}) {
        $self->{wporg}->clock($commit->{time});
        HTTP::Tiny->new(agent => $visitor)->get($self->{wporg}->url
            . '/plugins/info/1.2/?action=plugin_information'
            . "&request[slug]=$slug");
    }

    $self->head($commit->{rev});

    if (@made || !$self->{tags}{$slug}) {
        $self->{tags}{$slug}{$_} = 1 for @made;
        $self->{tags}{$slug} ||= {};
        $self->offer($slug);
    }
}


# Our program, by the clock of the replay.

sub environment {
    my ($self) = @_;
    return $self->{t}->environment_on($epoch + $self->{clock});
}


sub syncd {
    my ($self, @command) = @_;
    return $self->{t}->syncd({ env => { $self->environment } }, @command);
}


# Until all is committed and settled.  disturb: called before each run.

sub replay {
    my ($self, %o) = @_;

    my $due;

    while (@{$self->{todo}} || defined $due) {
        my ($next) = sort { $a <=> $b } grep { defined }
                     $due, @{$self->{todo}} ? $self->{todo}[0]{time} : ();

        my $tick = int(($next + $cycle - 1) / $cycle) * $cycle;
        $tick = $self->{clock} + $cycle if $tick <= $self->{clock};

        $self->{clock} = $tick;

        my $new = 0;

        while (@{$self->{todo}} && $self->{todo}[0]{time} <= $tick) {
            $self->commit;
            $new++;
        }

        $self->{wporg}->clock($tick);

        my @command = $new || $o{disturb} ? ('run', '--once', '--source=svn')
                                          : ('update');

        $o{disturb}->(@command) if $o{disturb};

        $self->run_once(@command);
        $due = $self->next_due;
    }

    is($self->{failed}, '', "$self->{runs} runs, all of them good");
}


sub run_once {
    my ($self, @command) = @_;

    my $start = Time::HiRes::time();
    my $r = $self->syncd(@command);

    $self->{took} += Time::HiRes::time() - $start;
    $self->{failed} .= "@command: $r->{out}$r->{err}"
        if $r->{code} || $r->{err};
    $self->{runs}++;
}


# when a fetch is due, on the clock of the replay; undef: never again

sub next_due {
    my ($self) = @_;

    my $next = $self->{t}->sql_value(
        'SELECT min(coalesce(next_check_at, 0)) FROM packages'
        . ' WHERE changed_rev > synced_rev');

    return if !defined $next;
    return $next > $epoch + $self->{clock} ? $next - $epoch : $self->{clock};
}


# What the catalogue has of each plugin: [ missed, invented ] tags.

sub compare {
    my ($self) = @_;

    my %have = map { $_ => {} } $self->slugs;

    $have{$_->[0]}{$_->[1]} = 1 for $self->{t}->sql(
        "SELECT slug, json_extract(value, '\$.tag') FROM packages,"
        . ' json_each(versions)');

    return map {
        my ($have, $want) = ($have{$_}, $self->{tags}{$_});

        $_ => [ [ grep { !$have->{$_} } sort keys %$want ],
                [ grep { !$want->{$_} } sort keys %$have ] ];
    } keys %have;
}


sub fetches {
    my ($self) = @_;

    my $n = 0;

    for my $request ($self->{wporg}->requests) {
        next if $request->{headers}{'user-agent'} eq $visitor;

        my ($slugs) = $request->{query} =~ /\[slugs?\]=([^&]*)/;
        $n += () = split /,/, $slugs;
    }

    return $n;
}


sub is_final {
    my ($self) = @_;

    my $t = $self->{t};
    my $commits = @{$self->{commits}};
    my $fetches = $self->fetches;

    cmp_ok($fetches / $commits, '<=', 12, sprintf 'R 15: %d fetches for %d '
           . 'commits, %.2f a commit', $fetches, $commits,
           $fetches / $commits);
    cmp_ok($fetches, '>', $commits, 'the cache was in the way');

    is($t->sql_value('SELECT count(*) FROM packages'
                     . ' WHERE changed_rev > synced_rev OR commits > 0'
                     . ' OR next_check_at IS NOT NULL'), 0, 'all is settled');

    my %compared = $self->compare;

    for my $slug (sort keys %compared) {
        my ($missed, $invented) = @{$compared{$slug}};

        is("@$missed", '', "R 8, R 9, R 15: $slug: nothing is missed of its "
           . keys(%{$self->{tags}{$slug}}) . ' versions');
        is("@$invented", '', 'and nothing invented');
    }

    is($t->sql_value('SELECT count(*) FROM documents'
                     . ' WHERE content_hash IS NOT NULL'
                     . " AND path LIKE 'p2/wp-plugin/%'"), 2 * keys %compared,
       'each has its documents');

    # without R 15 there would be something missing: the test can fail

    my $stale = grep { -s $_ } glob $t->dir . '/wporg/cache/*';
    is($stale, scalar keys %compared,
       'every plugin was answered from the cache');
}


# All that the catalogue says, row by row, but for when: times, stamps, and
# the runs it took.

sub everything {
    my ($self) = @_;

    my $t = $self->{t};
    my %rows;

    for my $row ($t->sql("SELECT name FROM sqlite_master WHERE type = 'table'"
                         . " AND name NOT GLOB 'sqlite_*'"
                         . " AND name IS NOT 'pipeline_runs'"))
    {
        my $table = $row->[0];
        my @columns = grep { !/(?:_at|_seen)$/ } map { $_->[1] }
                      $t->sql("PRAGMA table_info($table)");
        my $order = join ', ', 1 .. @columns;
        my $all = join ', ', map { qq{quote("$_")} } @columns;

        my $meta = $table eq 'meta' ? " WHERE name NOT GLOB '*_at_*'"
                                      . " AND name NOT GLOB 'identity*'"
                                      . " AND name NOT GLOB 'feed_*'" : '';

        $rows{$table} = [ map {
            my @values = map { s/,?"first_seen":\d+//gr } @$_;
            join ' ', map { "$columns[$_]=$values[$_]" } 0 .. $#columns;
        } $t->sql("SELECT $all FROM $table$meta ORDER BY $order") ];
    }

    return \%rows;
}


# Kills the next run of a command after some seconds, and says where that was.

sub kill_run {
    my ($self, $seconds, @command) = @_;

    my $t = $self->{t};
    my $p = $t->syncd_start({ env => { $self->environment } }, @command);

    # it is not our program from the beginning

    my $exe = $t->build_dir . '/wppkg-syncd';
    poll(sub { (readlink "/proc/$p->{pid}/exe" || '') eq $exe }, 10);

    Time::HiRes::sleep($seconds);
    $t->finish($p, 'KILL');

    # the library leaves them behind when it is killed
    unlink map { "/dev/shm/${_}_$p->{pid}" } qw(faketime_shm
                                                sem.faketime_sem);

    return 'after its end' if $p->{code} == 0;

    my ($row) = $t->sql('SELECT stages, outcome FROM pipeline_runs'
                        . " WHERE pid = $p->{pid} ORDER BY id DESC LIMIT 1");

    return 'before its row' if !$row;
    return 'at its end' if defined $row->[1];

    my @stages = $row->[0] =~ /"stage":"(\w+)"/g;
    my %next = (discover => 'in update', update => 'after update');

    return @stages ? $next{$stages[-1]} : 'in discover';
}


# Two replays, the second with so many kills at random moments: both have to
# end with the same catalogue.

sub replay_killed {
    my ($self, $kills) = @_;

    my $seed = $ENV{WPPKG_TEST_SEED} || $$;
    my $left = $kills;
    my %where;

    srand($seed);
    diag("seed $seed");

    $self->begin;
    $self->replay(disturb => sub { });

    my $want = $self->everything;
    my $runs = $self->{runs};
    my $took = $self->{took} / $runs;

    $self->begin;

    $self->replay(disturb => sub {
        my (@command) = @_;

        # some in a row, and none is left in the end

        my $to_come = $runs - $self->{runs};
        my $share = $to_come > 1 ? 1.5 * $left / $to_come : 1;

        while ($left > 0 && rand() < $share) {
            my $where = $self->kill_run(rand() * $took, @command);

            $where{$where}++;

            # how long a run takes is not always the same; what came too
            # early or too late does not count

            if ($where eq 'after its end') {
                $took *= 0.9;

            } elsif ($where eq 'before its row') {
                $took *= 1.05;

            } else {
                $left--;
            }
        }
    });

    diag(join ', ', map { "$where{$_} $_" } sort keys %where);
    is($left, 0, "$kills kills in the middle of a run");

    my $have = $self->everything;

    is_deeply($have->{$_}, $want->{$_},
              "seed $seed: the same $_ as undisturbed") for sort keys %$want;
}


sub done {
    my ($self) = @_;

    $_->stop for @$self{qw(svn other)};
    $self->{t}->done;
}


1;

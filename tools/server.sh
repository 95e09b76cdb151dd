# SPDX-License-Identifier: BSD-2-Clause
#
# What tools/radosgw and tools/swift share; sourced by them.  The functions use
# $name, with which their messages begin, and $dir, where the server's files
# are: NAME.pid of each of its programs, logs in $dir/log.


fail()
{
    echo "$name: $1; logs are in $dir/log" >&2
    stop
    exit 1
}


# free_ports N: above those of the test harness, below those that the kernel
# hands out for connections
free_ports()
{
    perl -MIO::Socket::INET -e '
        my @s;
        for (1 .. 1000) {
            my $s = IO::Socket::INET->new(Listen => 1,
                LocalAddr => "127.0.0.1",
                LocalPort => 30000 + int rand 2700) or next;
            push @s, $s;
            last if @s == $ARGV[0];
        }
        @s == $ARGV[0] or exit 1;
        print join(" ", map { $_->sockport } @s), "\n"' "$1"
}


# wait_for SECONDS COMMAND…: until it succeeds
wait_for()
{
    local end=$((SECONDS + $1))
    shift
    until "$@" >>"$dir/log/wait.log" 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        read -rt 0.1 <> <(:) || :
    done
}


# whether it runs, and its number is not another process's by now: the server's
# directory is in the command line of each of its programs
alive()
{
    local pid

    pid=$(cat "$dir/$1.pid" 2>/dev/null) || return 1
    grep -qsF "$dir/" "/proc/$pid/cmdline"
}


gone()
{
    ! alive "$1"
}


answers()
{
    perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new($ARGV[0])' \
        "127.0.0.1:$1"
}


# launch NAME COMMAND…: in a session of its own, its pid in NAME.pid; no
# descriptor of ours is left open in it, else a caller's pipe never ends
launch()
{
    local name=$1
    shift
    setsid "$@" >"$dir/log/$name.out" 2>&1 </dev/null &
    echo $! >"$dir/$name.pid"
}


# end NAME [SIGNAL]: asks, then kills
end()
{
    [ -f "$dir/$1.pid" ] || return 0

    if alive "$1"; then
        kill -"${2:-TERM}" "$(cat "$dir/$1.pid")"
        if ! wait_for 5 gone "$1"; then
            kill -9 "$(cat "$dir/$1.pid")" 2>/dev/null
            wait_for 5 gone "$1"
        fi
    fi

    rm -f "$dir/$1.pid"
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * far PORT UPSTREAM MS: a server on a port of this host, as if it were far
 * away.  What it says arrives so many milliseconds later; what it is told
 * arrives at once, so each answer takes that much longer.
 */


#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>


#define FAR_LINKS  256
#define FAR_READ   16384
#define FAR_HELD   (256 * 1024)   /* bytes under way, about */


typedef struct far_chunk_s  far_chunk_t;

struct far_chunk_s {
    far_chunk_t   *next;
    int64_t        due;           /* ms */
    size_t         len;
    size_t         sent;
    char           data[];
};


/* one direction */

typedef struct {
    int            from;
    int            to;
    int64_t        delay;
    far_chunk_t   *first;
    far_chunk_t   *last;
    size_t         held;
    int            ended;         /* nothing more comes */
} far_way_t;


typedef struct {
    far_way_t      there;
    far_way_t      back;
} far_link_t;


static int far_socket(void);
static void far_accept(int listener, unsigned short upstream, int64_t delay);
static void far_open(int client, int server, int64_t delay);
static int far_wait(const far_link_t *link, int64_t now, struct pollfd *fds);
static void far_events(const far_way_t *way, int64_t now, short *from,
    short *to);
static int far_move(far_link_t *link, const struct pollfd *fds,
    int64_t now);
static int far_read(far_way_t *way, int64_t now);
static int far_write(far_way_t *way, int64_t now);
static void far_close(far_link_t *link);
static void far_drop(far_way_t *way);
static int64_t far_ms(void);
static void far_address(struct sockaddr_in *sin, unsigned short port);
static void far_die(const char *what);


static far_link_t  *far_links[FAR_LINKS];
static unsigned     far_nlinks;


int
main(int argc, char **argv)
{
    int                 listener, one, timeout, left;
    int64_t             now, delay;
    unsigned            i;
    struct pollfd       fds[1 + 2 * FAR_LINKS];
    unsigned short      upstream;
    struct sockaddr_in  sin;

    if (argc != 4) {
        (void) fprintf(stderr, "usage: far PORT UPSTREAM MS\n");
        return 2;
    }

    (void) signal(SIGPIPE, SIG_IGN);

    upstream = (unsigned short) strtoul(argv[2], NULL, 10);
    delay = strtol(argv[3], NULL, 10);

    listener = far_socket();
    one = 1;
    (void) setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    far_address(&sin, (unsigned short) strtoul(argv[1], NULL, 10));

    if (bind(listener, (struct sockaddr *) &sin, sizeof(sin)) != 0
        || listen(listener, 128) != 0)
    {
        far_die("listen");
    }

    for ( ;; ) {
        now = far_ms();
        timeout = -1;

        fds[0].fd = listener;
        fds[0].events = (far_nlinks < FAR_LINKS) ? POLLIN : 0;

        for (i = 0; i < far_nlinks; i++) {
            left = far_wait(far_links[i], now, &fds[1 + 2 * i]);

            if (left >= 0 && (timeout < 0 || left < timeout)) {
                timeout = left;
            }
        }

        if (poll(fds, 1 + 2 * far_nlinks, timeout) < 0 && errno != EINTR) {
            far_die("poll");
        }

        now = far_ms();

        /* the last one takes the place of one that is closed */

        for (i = far_nlinks; i-- > 0; /* void */ ) {

            if (!far_move(far_links[i], &fds[1 + 2 * i], now)) {
                far_close(far_links[i]);
                far_links[i] = far_links[--far_nlinks];
            }
        }

        if (fds[0].revents & POLLIN) {
            far_accept(listener, upstream, delay);
        }
    }
}


static int
far_socket(void)
{
    int  fd;

    fd = socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, 0);

    if (fd == -1) {
        far_die("socket");
    }

    return fd;
}


static void
far_accept(int listener, unsigned short upstream, int64_t delay)
{
    int                 client, server;
    struct sockaddr_in  sin;

    client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

    if (client == -1) {
        return;
    }

    server = far_socket();
    far_address(&sin, upstream);

    if (connect(server, (struct sockaddr *) &sin, sizeof(sin)) != 0) {
        (void) close(server);
        (void) close(client);
        return;
    }

    far_open(client, server, delay);
}


static void
far_open(int client, int server, int64_t delay)
{
    int          one;
    far_link_t  *link;

    link = calloc(1, sizeof(far_link_t));

    if (link == NULL) {
        far_die("memory");
    }

    one = 1;
    (void) setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    (void) setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    (void) fcntl(client, F_SETFL, O_NONBLOCK);
    (void) fcntl(server, F_SETFL, O_NONBLOCK);

    link->there.from = client;
    link->there.to = server;
    link->back.from = server;
    link->back.to = client;
    link->back.delay = delay;

    far_links[far_nlinks++] = link;
}


/* what a link waits for; ms until something of it is due, -1: nothing is */

static int
far_wait(const far_link_t *link, int64_t now, struct pollfd *fds)
{
    const far_chunk_t  *first;

    fds[0].fd = link->there.from;
    fds[0].events = 0;
    fds[1].fd = link->there.to;
    fds[1].events = 0;

    far_events(&link->there, now, &fds[0].events, &fds[1].events);
    far_events(&link->back, now, &fds[1].events, &fds[0].events);

    first = link->back.first;

    return (first != NULL && first->due > now) ? (int) (first->due - now)
                                               : -1;
}


static void
far_events(const far_way_t *way, int64_t now, short *from, short *to)
{
    if (!way->ended && way->held < FAR_HELD) {
        *from |= POLLIN;
    }

    if (way->first != NULL && way->first->due <= now) {
        *to |= POLLOUT;
    }
}


/* 0: it is over */

static int
far_move(far_link_t *link, const struct pollfd *fds, int64_t now)
{
    if ((fds[0].revents != 0 && !far_read(&link->there, now))
        || (fds[1].revents != 0 && !far_read(&link->back, now))
        || !far_write(&link->there, now) || !far_write(&link->back, now))
    {
        return 0;
    }

    /* a client that has gone wants no answer */

    return !link->there.ended
           && (!link->back.ended || link->back.first != NULL);
}


static int
far_read(far_way_t *way, int64_t now)
{
    ssize_t       n;
    far_chunk_t  *chunk;

    if (way->ended || way->held >= FAR_HELD) {
        return 1;
    }

    chunk = malloc(sizeof(far_chunk_t) + FAR_READ);

    if (chunk == NULL) {
        far_die("memory");
    }

    n = read(way->from, chunk->data, FAR_READ);

    if (n <= 0) {
        free(chunk);

        if (n < 0 && errno != EAGAIN) {
            return 0;
        }

        way->ended = (n == 0);
        return 1;
    }

    chunk->next = NULL;
    chunk->due = now + way->delay;
    chunk->len = (size_t) n;
    chunk->sent = 0;

    if (way->first == NULL) {
        way->first = chunk;

    } else {
        way->last->next = chunk;
    }

    way->last = chunk;
    way->held += chunk->len;

    return 1;
}


static int
far_write(far_way_t *way, int64_t now)
{
    ssize_t       n;
    far_chunk_t  *chunk;

    for (chunk = way->first; chunk != NULL && chunk->due <= now;
         chunk = way->first)
    {
        n = write(way->to, chunk->data + chunk->sent,
                  chunk->len - chunk->sent);

        if (n < 0) {
            return errno == EAGAIN;
        }

        chunk->sent += (size_t) n;

        if (chunk->sent == chunk->len) {
            far_drop(way);
        }
    }

    return 1;
}


static void
far_close(far_link_t *link)
{
    (void) close(link->there.from);
    (void) close(link->there.to);

    while (link->there.first != NULL) {
        far_drop(&link->there);
    }

    while (link->back.first != NULL) {
        far_drop(&link->back);
    }

    free(link);
}


static void
far_drop(far_way_t *way)
{
    far_chunk_t  *chunk;

    chunk = way->first;
    way->first = chunk->next;
    way->held -= chunk->len;

    free(chunk);
}


static int64_t
far_ms(void)
{
    struct timespec  now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);

    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}


static void
far_address(struct sockaddr_in *sin, unsigned short port)
{
    memset(sin, 0, sizeof(struct sockaddr_in));

    sin->sin_family = AF_INET;
    sin->sin_port = htons(port);
    sin->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}


static void
far_die(const char *what)
{
    perror(what);
    exit(1);
}

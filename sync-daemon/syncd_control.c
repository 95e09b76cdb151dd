
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "syncd_control.h"


#define SYNCD_CONTROL_OUT       32768 /* bytes that wait to be sent */
#define SYNCD_CONTROL_TEXT      7000  /* of a line, which is cut to that */

#define SYNCD_CONTROL_PATIENCE  5000  /* ms for a request to come, and for an
                                         answer to be read */
#define SYNCD_CONTROL_STALL     1000  /* ms that the service waits for one who
                                         does not read */
#define SYNCD_CONTROL_TICK      1000  /* ms */
#define SYNCD_CONTROL_ACCEPTS   64    /* of a turn */


/*
 * What becomes of a client; its place in the array is its own from accept() to
 * FREE.  Only this file changes a state, and only as follows:
 *
 *   state    ends by                                  next
 *   FREE     turn(): accept()                         READING
 *   READING  turn(): its line is complete             QUEUED
 *            turn(): that is none, or takes too long  LEAVING
 *            turn(): the client has gone              FREE
 *   QUEUED   next(), which the service calls          RUNNING
 *            close()                                  LEAVING
 *   RUNNING  end(), which the service calls           LEAVING; FREE if the
 *                                                     client has gone
 *            postpone(), likewise                     QUEUED
 *   LEAVING  turn(): all is sent, or takes too long   FREE
 *
 * A client that goes away while its request is QUEUED or RUNNING loses its
 * connection (fd -1) but not its place: what it has asked for is done.  At
 * most one is RUNNING.
 */

typedef enum {
    SYNCD_CLIENT_FREE = 0,
    SYNCD_CLIENT_READING,
    SYNCD_CLIENT_QUEUED,
    SYNCD_CLIENT_RUNNING,
    SYNCD_CLIENT_LEAVING
} syncd_client_state_e;


typedef struct {
    syncd_client_state_e  state;
    int                   fd;         /* -1: the client has gone */
    int64_t               deadline;   /* ms; READING and LEAVING */
    uint64_t              place;      /* in the queue */
    unsigned              postponed:1;
    int                   n;          /* words of its request */
    char                 *words[SYNCD_REQUEST_WORDS];
    size_t                in_len;
    size_t                out_len;
    char                  in[SYNCD_REQUEST_MAX];
    char                  out[SYNCD_CONTROL_OUT];
} syncd_client_t;


typedef struct {
    int                   fd;
    struct sockaddr_un    addr;
    dev_t                 dev;        /* of the file that is ours */
    ino_t                 ino;
    uint64_t              places;     /* given so far */
    int64_t               interrupts; /* ms; 0: nothing is interrupted */
    syncd_client_t       *running;
    syncd_client_t        clients[SYNCD_CONTROL_CLIENTS];
} syncd_control_t;


static int syncd_control_clear(const struct sockaddr_un *addr,
    wppkg_error_t *err);
static int syncd_control_listen(syncd_control_t *c, wppkg_error_t *err);
static void syncd_control_linger(syncd_control_t *c);
static void syncd_control_accept(syncd_control_t *c);
static void syncd_control_full(int fd);
static int syncd_control_waits(const syncd_control_t *c);

static void syncd_client_turn(syncd_client_t *client);
static void syncd_client_read(syncd_client_t *client);
static void syncd_client_request(syncd_client_t *client, size_t len);
static void syncd_client_listen(syncd_client_t *client);
static void syncd_client_refuse(syncd_client_t *client, int code,
    const char *why);
static void syncd_client_leave(syncd_client_t *client, int code);
static void syncd_client_gone(syncd_client_t *client);
static void syncd_client_tell(char kind, const char *text, size_t len);
static void syncd_client_put(syncd_client_t *client, char kind,
    const char *text, size_t len);
static int syncd_client_room(syncd_client_t *client, size_t len);
static void syncd_client_send(syncd_client_t *client);


static syncd_control_t  syncd_control = { .fd = -1 };


int
syncd_control_address(const char *path, struct sockaddr_un *addr,
    wppkg_error_t *err)
{
    memset(addr, 0, sizeof(struct sockaddr_un));
    addr->sun_family = AF_UNIX;

    if (strlen(path) >= sizeof(addr->sun_path)) {
        wppkg_error_set(err, "control socket \"%s\": its path has more than "
                        "%zu bytes", path, sizeof(addr->sun_path) - 1);
        return WPPKG_ERROR;
    }

    memcpy(addr->sun_path, path, strlen(path) + 1);

    return WPPKG_OK;
}


int
syncd_control_open(const char *path, wppkg_error_t *err)
{
    unsigned          i;
    syncd_control_t  *c;

    c = &syncd_control;

    WPPKG_ASSERT(c->fd == -1);

    for (i = 0; i < SYNCD_CONTROL_CLIENTS; i++) {
        c->clients[i].state = SYNCD_CLIENT_FREE;
        c->clients[i].fd = -1;
    }

    if (syncd_control_address(path, &c->addr, err) != WPPKG_OK
        || syncd_control_clear(&c->addr, err) != WPPKG_OK
        || syncd_control_listen(c, err) != WPPKG_OK)
    {
        return WPPKG_ERROR;
    }

    syncd_log_tee(syncd_client_tell);

    return WPPKG_OK;
}


/* a socket that nobody listens to was left by one who was killed */

static int
syncd_control_clear(const struct sockaddr_un *addr, wppkg_error_t *err)
{
    int          fd, rc;
    struct stat  st;

    if (lstat(addr->sun_path, &st) != 0) {
        return WPPKG_OK;
    }

    if (!S_ISSOCK(st.st_mode)) {
        wppkg_error_set(err, "control socket \"%s\": there is something else "
                        "of that name: set another \"control\" in [service]",
                        addr->sun_path);
        return WPPKG_ERROR;
    }

    fd = socket(AF_UNIX, SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC, 0);

    if (fd == -1) {
        wppkg_error_set(err, "control socket: %s", strerror(errno));
        return WPPKG_ERROR;
    }

    rc = connect(fd, (const struct sockaddr *) addr, sizeof(*addr));
    rc = (rc == 0 || errno == EAGAIN) ? WPPKG_ERROR : WPPKG_OK;
    (void) close(fd);

    if (rc != WPPKG_OK) {
        wppkg_error_set(err, "control socket \"%s\" is that of another "
                        "service: set another \"control\" in [service]",
                        addr->sun_path);
        return rc;
    }

    (void) unlink(addr->sun_path);

    return WPPKG_OK;
}


/* owner and group may write to it from the first moment on, others never */

static int
syncd_control_listen(syncd_control_t *c, wppkg_error_t *err)
{
    int          fd, rc;
    mode_t       mask;
    struct stat  st;

    fd = socket(AF_UNIX, SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC, 0);

    if (fd == -1) {
        wppkg_error_set(err, "control socket: %s", strerror(errno));
        return WPPKG_ERROR;
    }

    mask = umask(0117);
    rc = bind(fd, (struct sockaddr *) &c->addr, sizeof(c->addr));
    (void) umask(mask);

    if (rc != 0 || listen(fd, SYNCD_CONTROL_ACCEPTS) != 0
        || lstat(c->addr.sun_path, &st) != 0)
    {
        wppkg_error_set(err, "control socket \"%s\" cannot be made: %s: the "
                        "units of systemd make its directory; else set "
                        "another \"control\" in [service], or \"off\"",
                        c->addr.sun_path, strerror(errno));
        (void) close(fd);
        return WPPKG_ERROR;
    }

    c->fd = fd;
    c->dev = st.st_dev;
    c->ino = st.st_ino;

    return WPPKG_OK;
}


void
syncd_control_close(void)
{
    unsigned          i;
    struct stat       st;
    syncd_client_t   *client;
    syncd_control_t  *c;

    c = &syncd_control;

    if (c->fd == -1) {
        return;
    }

    /* whoever comes now is refused, instead of waiting for nobody */

    if (lstat(c->addr.sun_path, &st) == 0 && st.st_dev == c->dev
        && st.st_ino == c->ino)
    {
        (void) unlink(c->addr.sun_path);
    }

    for (i = 0; i < SYNCD_CONTROL_CLIENTS; i++) {
        client = &c->clients[i];

        if (client->state == SYNCD_CLIENT_READING
            || client->state == SYNCD_CLIENT_QUEUED)
        {
            syncd_client_refuse(client, SYNCD_LOCKED, "the service ends, and "
                                "has not done it: try again");
        }
    }

    syncd_log_tee(NULL);
    syncd_control_linger(c);

    (void) close(c->fd);
    c->fd = -1;
}


/* for a moment, so that what was said is heard */

static void
syncd_control_linger(syncd_control_t *c)
{
    int             busy;
    nfds_t          n;
    int64_t         end;
    unsigned        i;
    struct pollfd   fds[SYNCD_CONTROL_FDS];

    end = wppkg_monotonic_ms() + SYNCD_CONTROL_STALL;

    do {
        (void) syncd_control_wait(fds, &n, 0);
        (void) poll(fds + 1, n - 1, 20);

        for (i = 0, busy = 0; i < SYNCD_CONTROL_CLIENTS; i++) {
            syncd_client_turn(&c->clients[i]);
            busy |= (c->clients[i].state == SYNCD_CLIENT_LEAVING);
        }

    } while (busy && wppkg_monotonic_ms() < end);

    for (i = 0; i < SYNCD_CONTROL_CLIENTS; i++) {
        syncd_client_gone(&c->clients[i]);
        c->clients[i].state = SYNCD_CLIENT_FREE;
    }
}


void
syncd_control_turn(void)
{
    unsigned          i;
    syncd_control_t  *c;

    c = &syncd_control;

    if (c->fd == -1) {
        return;
    }

    for (i = 0; i < SYNCD_CONTROL_CLIENTS; i++) {
        syncd_client_turn(&c->clients[i]);
    }

    syncd_control_accept(c);

    if (c->interrupts != 0 && wppkg_monotonic_ms() >= c->interrupts
        && syncd_control_waits(c))
    {
        syncd_interrupt(1);
    }
}


/* what comes with the connection is read at once */

static void
syncd_control_accept(syncd_control_t *c)
{
    int              fd;
    unsigned         i, n;
    syncd_client_t  *client;

    for (n = 0; n < SYNCD_CONTROL_ACCEPTS; n++) {
        fd = accept4(c->fd, NULL, NULL, SOCK_NONBLOCK|SOCK_CLOEXEC);

        if (fd == -1) {
            return;
        }

        for (i = 0; i < SYNCD_CONTROL_CLIENTS
                    && c->clients[i].state != SYNCD_CLIENT_FREE; i++)
        {
            /* void */
        }

        if (i == SYNCD_CONTROL_CLIENTS) {
            syncd_control_full(fd);
            continue;
        }

        client = &c->clients[i];

        client->state = SYNCD_CLIENT_READING;
        client->fd = fd;
        client->deadline = wppkg_monotonic_ms() + SYNCD_CONTROL_PATIENCE;
        client->postponed = 0;
        client->in_len = 0;
        client->out_len = 0;

        syncd_client_turn(client);
    }
}


/* it has a socket's buffer, which is empty */

static void
syncd_control_full(int fd)
{
    ssize_t  n;

    static const char  full[] = "3 the service has too many requests: try "
                                "again\nx 75\n";

    n = send(fd, full, sizeof(full) - 1, MSG_DONTWAIT|MSG_NOSIGNAL);
    (void) n;
    (void) close(fd);
}


static int
syncd_control_waits(const syncd_control_t *c)
{
    unsigned               i;
    const syncd_client_t  *client;

    for (i = 0; i < SYNCD_CONTROL_CLIENTS; i++) {
        client = &c->clients[i];

        if (client->state == SYNCD_CLIENT_QUEUED && !client->postponed) {
            return 1;
        }
    }

    return 0;
}


int64_t
syncd_control_wait(struct pollfd fds[SYNCD_CONTROL_FDS], nfds_t *n,
    int64_t ms)
{
    unsigned                i;
    const syncd_client_t   *client;
    const syncd_control_t  *c;

    c = &syncd_control;
    *n = 0;

    if (c->fd == -1) {
        return ms;
    }

    fds[(*n)++] = (struct pollfd) { c->fd, POLLIN, 0 };

    for (i = 0; i < SYNCD_CONTROL_CLIENTS; i++) {
        client = &c->clients[i];

        if (client->state == SYNCD_CLIENT_FREE) {
            continue;
        }

        /* of those that have gone, poll() takes no notice */

        fds[(*n)++] = (struct pollfd) {
            client->fd, POLLIN | ((client->out_len > 0) ? POLLOUT : 0), 0
        };

        ms = (ms < SYNCD_CONTROL_TICK) ? ms : SYNCD_CONTROL_TICK;
    }

    return ms;
}


int
syncd_control_next(int postponed, char *const **words)
{
    unsigned          i;
    syncd_client_t   *client, *first;
    syncd_control_t  *c;

    c = &syncd_control;
    first = NULL;

    for (i = 0; i < SYNCD_CONTROL_CLIENTS; i++) {
        client = &c->clients[i];

        if (client->state == SYNCD_CLIENT_QUEUED
            && (postponed || !client->postponed)
            && (first == NULL || client->place < first->place))
        {
            first = client;
        }
    }

    if (first == NULL) {
        return 0;
    }

    WPPKG_ASSERT(c->running == NULL);

    first->state = SYNCD_CLIENT_RUNNING;
    c->running = first;
    *words = first->words;

    return first->n;
}


void
syncd_control_end(int code)
{
    syncd_client_t  *client;

    client = syncd_control.running;
    syncd_control.running = NULL;

    syncd_client_leave(client, code);
}


void
syncd_control_postpone(void)
{
    syncd_client_t  *client;

    client = syncd_control.running;
    syncd_control.running = NULL;

    client->state = SYNCD_CLIENT_QUEUED;
    client->postponed = 1;
    client->place = ++syncd_control.places;
}


void
syncd_control_interrupts(int64_t from)
{
    syncd_control.interrupts = from;
}


static void
syncd_client_turn(syncd_client_t *client)
{
    switch (client->state) {

    case SYNCD_CLIENT_READING:
        syncd_client_read(client);
        break;

    case SYNCD_CLIENT_QUEUED:
    case SYNCD_CLIENT_RUNNING:
        syncd_client_listen(client);
        syncd_client_send(client);
        break;

    case SYNCD_CLIENT_LEAVING:
        syncd_client_send(client);

        if (client->out_len == 0
            || wppkg_monotonic_ms() > client->deadline)
        {
            syncd_client_gone(client);
        }

        break;

    default: /* SYNCD_CLIENT_FREE */
        break;
    }
}


static void
syncd_client_read(syncd_client_t *client)
{
    char     *end;
    ssize_t   n;

    n = recv(client->fd, client->in + client->in_len,
             sizeof(client->in) - client->in_len, MSG_DONTWAIT);

    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        syncd_client_gone(client);
        return;
    }

    client->in_len += (n > 0) ? (size_t) n : 0;

    end = memchr(client->in, '\n', client->in_len);

    if (end != NULL) {
        syncd_client_request(client, (size_t) (end - client->in));

    } else if (client->in_len == sizeof(client->in)) {
        syncd_client_refuse(client, SYNCD_USAGE, "the request is too long");

    } else if (wppkg_monotonic_ms() > client->deadline) {
        syncd_client_refuse(client, SYNCD_USAGE, "no request has come");
    }
}


static void
syncd_client_request(syncd_client_t *client, size_t len)
{
    const char  *why;

    if (client->in_len > len + 1) {
        syncd_client_refuse(client, SYNCD_USAGE, "a request is one line");
        return;
    }

    client->n = syncd_request_read(client->in, len, client->words, &why);

    if (client->n == 0) {
        syncd_client_refuse(client, SYNCD_USAGE, why);
        return;
    }

    client->state = SYNCD_CLIENT_QUEUED;
    client->place = ++syncd_control.places;
}


/* whoever has asked has nothing more to say */

static void
syncd_client_listen(syncd_client_t *client)
{
    char     byte;
    ssize_t  n;

    if (client->fd == -1) {
        return;
    }

    n = recv(client->fd, &byte, 1, MSG_DONTWAIT);

    if (n >= 0 || (errno != EAGAIN && errno != EINTR)) {
        syncd_client_gone(client);
    }
}


static void
syncd_client_refuse(syncd_client_t *client, int code, const char *why)
{
    syncd_client_put(client, '3', why, strlen(why));
    syncd_client_leave(client, code);
}


static void
syncd_client_leave(syncd_client_t *client, int code)
{
    int   n;
    char  text[16];

    n = snprintf(text, sizeof(text), "%d", code);
    syncd_client_put(client, 'x', text, (size_t) n);

    client->state = SYNCD_CLIENT_LEAVING;
    client->deadline = wppkg_monotonic_ms() + SYNCD_CONTROL_PATIENCE;

    syncd_client_turn(client);
}


static void
syncd_client_gone(syncd_client_t *client)
{
    if (client->fd != -1) {
        (void) close(client->fd);
        client->fd = -1;
    }

    client->out_len = 0;

    if (client->state == SYNCD_CLIENT_READING
        || client->state == SYNCD_CLIENT_LEAVING)
    {
        client->state = SYNCD_CLIENT_FREE;
    }
}


/* each line of the log, and each that is printed, while a request is done */

static void
syncd_client_tell(char kind, const char *text, size_t len)
{
    if (syncd_control.running != NULL) {
        syncd_client_put(syncd_control.running, kind, text, len);
    }
}


static void
syncd_client_put(syncd_client_t *client, char kind, const char *text,
    size_t len)
{
    char  *p;

    len = (len < SYNCD_CONTROL_TEXT) ? len : SYNCD_CONTROL_TEXT;

    if (client->fd == -1 || !syncd_client_room(client, len + 3)) {
        return;
    }

    p = client->out + client->out_len;

    *p++ = kind;
    *p++ = ' ';
    memcpy(p, text, len);
    p[len] = '\n';

    client->out_len += len + 3;

    syncd_client_send(client);
}


/* one who does not read is waited for once, and then has gone */

static int
syncd_client_room(syncd_client_t *client, size_t len)
{
    struct pollfd  fd;

    if (sizeof(client->out) - client->out_len >= len) {
        return 1;
    }

    if (client->state == SYNCD_CLIENT_RUNNING) {
        fd = (struct pollfd) { client->fd, POLLOUT, 0 };
        (void) poll(&fd, 1, SYNCD_CONTROL_STALL);
        syncd_client_send(client);
    }

    if (client->fd != -1 && sizeof(client->out) - client->out_len < len) {
        syncd_client_gone(client);
    }

    return client->fd != -1;
}


static void
syncd_client_send(syncd_client_t *client)
{
    ssize_t  n;

    if (client->fd == -1 || client->out_len == 0) {
        return;
    }

    n = send(client->fd, client->out, client->out_len,
             MSG_DONTWAIT|MSG_NOSIGNAL);

    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        syncd_client_gone(client);
        return;
    }

    if (n > 0) {
        client->out_len -= (size_t) n;
        memmove(client->out, client->out + n, client->out_len);
    }
}

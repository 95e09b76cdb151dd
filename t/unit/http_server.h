
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The server that http.c tests against, and that does what the path says: a
 * process for each connection, counting in memory that the test sees.
 */


#ifndef _HTTP_SERVER_H_INCLUDED_
#define _HTTP_SERVER_H_INCLUDED_


#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "wppkg_gzip.h"


/* shared with the server's processes */

typedef struct {
    unsigned            connections;
    unsigned            requests;
    unsigned            first;            /* 0: the next failure is due */
    unsigned            flying;
    unsigned            flying_max;
} http_shared_t;


/* one request, as the server has read it */

typedef struct {
    int                 fd;
    char                head[8192];
    char                method[16];
    char                path[128];
    char                body[8192];
    size_t              body_len;
} http_request_t;


static int http_setup(void **state);
static int http_teardown(void **state);
static int http_clean(void **state);
static void http_serve(int listener);
static void http_connection(int fd);
static int http_read(http_request_t *r);
static int http_answer(http_request_t *r);
static void http_respond(http_request_t *r, int status, const char *headers,
    const void *body, size_t len);
static int http_answer_echo(http_request_t *r);
static int http_answer_huge(http_request_t *r);
static int http_answer_slow(http_request_t *r);
static int http_answer_flood(http_request_t *r);
static int http_answer_gzip(http_request_t *r);
static int http_failing(http_request_t *r);
static void http_pause(unsigned ms);


static http_shared_t  *shared;
static pid_t           server;
static unsigned        port;


static int
http_setup(void **state)
{
    int                 fd, on;
    socklen_t           len;
    struct sockaddr_in  sin;

    shared = mmap(NULL, sizeof(http_shared_t), PROT_READ|PROT_WRITE,
                  MAP_SHARED|MAP_ANONYMOUS, -1, 0);

    if (shared == MAP_FAILED) {
        return -1;
    }

    memset(&sin, 0, sizeof(sin));
    sin.sin_family = AF_INET;
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    on = 1;
    len = sizeof(sin);
    fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0
        || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0
        || bind(fd, (struct sockaddr *) &sin, sizeof(sin)) != 0
        || listen(fd, 128) != 0
        || getsockname(fd, (struct sockaddr *) &sin, &len) != 0)
    {
        return -1;
    }

    port = ntohs(sin.sin_port);
    server = fork();

    if (server == 0) {
        (void) setpgid(0, 0);
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        http_serve(fd);
        _exit(0);
    }

    close(fd);

    return (server > 0) ? 0 : -1;
}


static int
http_teardown(void **state)
{
    (void) kill(-server, SIGKILL);
    (void) kill(server, SIGKILL);
    (void) waitpid(server, NULL, 0);

    return 0;
}


static int
http_clean(void **state)
{
    memset(shared, 0, sizeof(http_shared_t));

    return 0;
}


static void
http_serve(int listener)
{
    int  fd;

    (void) signal(SIGCHLD, SIG_IGN);
    (void) signal(SIGPIPE, SIG_IGN);

    for ( ;; ) {
        fd = accept(listener, NULL, NULL);

        if (fd < 0) {
            continue;
        }

        __atomic_add_fetch(&shared->connections, 1, __ATOMIC_SEQ_CST);

        if (fork() == 0) {
            close(listener);
            http_connection(fd);
            _exit(0);
        }

        close(fd);
    }
}


static void
http_connection(int fd)
{
    http_request_t  r;

    r.fd = fd;

    while (http_read(&r) == 0) {
        __atomic_add_fetch(&shared->requests, 1, __ATOMIC_SEQ_CST);

        if (http_answer(&r) != 0) {
            break;
        }
    }

    close(fd);
}


/* a head byte by byte: simple, and nothing of the body is lost */

static int
http_read(http_request_t *r)
{
    size_t       n;
    ssize_t      got;
    const char  *p;

    memset(r->head, 0, sizeof(r->head));

    for (n = 0; n < sizeof(r->head) - 1; n++) {
        if (read(r->fd, r->head + n, 1) != 1) {
            return -1;
        }

        if (n > 3 && memcmp(r->head + n - 3, "\r\n\r\n", 4) == 0) {
            break;
        }
    }

    if (sscanf(r->head, "%15s %127s", r->method, r->path) != 2) {
        return -1;
    }

    p = strcasestr(r->head, "\r\nContent-Length: ");
    r->body_len = (p != NULL) ? strtoul(p + 18, NULL, 10) : 0;

    for (n = 0; n < r->body_len && n < sizeof(r->body); n += (size_t) got) {
        got = read(r->fd, r->body + n, r->body_len - n);

        if (got <= 0) {
            return -1;
        }
    }

    return 0;
}


static int
http_answer(http_request_t *r)
{
    if (strncmp(r->path, "/status/", 8) == 0) {
        http_respond(r, (int) strtol(r->path + 8, NULL, 10), "", "no", 2);
        return 0;
    }

    if (strcmp(r->path, "/redirect") == 0) {
        http_respond(r, 302, "Location: /ok\r\n", "", 0);
        return 0;
    }

    if (strcmp(r->path, "/echo") == 0) {
        return http_answer_echo(r);
    }

    if (strncmp(r->path, "/huge/", 6) == 0) {
        return http_answer_huge(r);
    }

    if (strcmp(r->path, "/slow") == 0) {
        return http_answer_slow(r);
    }

    if (strncmp(r->path, "/flood/", 7) == 0) {
        return http_answer_flood(r);
    }

    if (strncmp(r->path, "/quiet/", 7) == 0) {
        http_respond(r, (int) strtol(r->path + 7, NULL, 10),
                     "Retry-After: 300\r\n", "", 0);
        return 0;
    }

    if (strcmp(r->path, "/gzip") == 0) {
        return http_answer_gzip(r);
    }

    if (strcmp(r->path, "/stall") == 0) {
        (void) dprintf(r->fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nx");
        http_pause(30000);
        return -1;
    }

    /* the first request fails in the way of its name, the next one is good */

    if (strncmp(r->path, "/first/", 7) == 0
        && __atomic_fetch_add(&shared->first, 1, __ATOMIC_SEQ_CST) == 0)
    {
        return http_failing(r);
    }

    http_respond(r, 200, "ETag: \"abc\"\r\nContent-Type: text/plain\r\n",
                 "hello", 5);
    return 0;
}


static void
http_respond(http_request_t *r, int status, const char *headers,
    const void *body, size_t len)
{
    (void) dprintf(r->fd, "HTTP/1.1 %d X\r\n%sContent-Length: %zu\r\n\r\n",
                   status, headers, len);

    if (strcmp(r->method, "HEAD") != 0 && len > 0) {
        (void) !write(r->fd, body, len);
    }
}


static int
http_failing(http_request_t *r)
{
    long           status;
    const char    *how;
    struct linger  linger;

    how = r->path + 7;
    status = strtol(how, NULL, 10);

    if (status == 429) {
        http_respond(r, 429, "Retry-After: 1\r\n", "", 0);
        return 0;
    }

    if (status != 0) {
        http_respond(r, (int) status, "", "", 0);
        return 0;
    }

    if (strcmp(how, "truncate") == 0) {
        (void) dprintf(r->fd, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx");

    } else if (strcmp(how, "chunk") == 0) {
        (void) dprintf(r->fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked"
                       "\r\n\r\n5\r\nhel");

    } else if (strcmp(how, "reset") == 0) {
        linger.l_onoff = 1;
        linger.l_linger = 0;
        (void) setsockopt(r->fd, SOL_SOCKET, SO_LINGER, &linger,
                          sizeof(linger));

    } else if (strcmp(how, "stall") == 0) {
        (void) dprintf(r->fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nx");
        http_pause(30000);
    }

    return -1;
}


static int
http_answer_echo(http_request_t *r)
{
    int          n;
    char         text[16384];
    const char  *agent;

    agent = strcasestr(r->head, "\r\nUser-Agent: ");

    n = snprintf(text, sizeof(text), "%s %zu %.*s expect=%d x=%d agent=%.9s",
                 r->method, r->body_len, (int) r->body_len, r->body,
                 strcasestr(r->head, "\r\nExpect:") != NULL,
                 strcasestr(r->head, "\r\nX-Test: 1\r\n") != NULL,
                 (agent != NULL) ? agent + 14 : "");

    http_respond(r, 200, "", text, (size_t) n);

    return 0;
}


static int
http_answer_huge(http_request_t *r)
{
    char           block[4096];
    unsigned long  left, n;

    left = strtoul(r->path + 6, NULL, 10);
    memset(block, 'x', sizeof(block));

    (void) dprintf(r->fd, "HTTP/1.1 200 OK\r\nContent-Length: %lu\r\n\r\n",
                   left);

    for ( /* void */ ; left > 0; left -= n) {
        n = (left < sizeof(block)) ? left : sizeof(block);

        if (write(r->fd, block, n) != (ssize_t) n) {
            return -1;
        }
    }

    return 0;
}


static int
http_answer_slow(http_request_t *r)
{
    unsigned  now, max;

    now = __atomic_add_fetch(&shared->flying, 1, __ATOMIC_SEQ_CST);
    max = __atomic_load_n(&shared->flying_max, __ATOMIC_SEQ_CST);

    while (now > max
           && !__atomic_compare_exchange_n(&shared->flying_max, &max, now, 0,
                                           __ATOMIC_SEQ_CST,
                                           __ATOMIC_SEQ_CST))
    {
        /* void */
    }

    http_pause(150);
    __atomic_sub_fetch(&shared->flying, 1, __ATOMIC_SEQ_CST);
    http_respond(r, 200, "", "slow", 4);

    return 0;
}


/* header lines without end: before an answer, of it, after it */

static int
http_answer_flood(http_request_t *r)
{
    char         line[1024];
    const char  *what;

    what = r->path + 7;

    if (strcmp(what, "interim") == 0) {

        do {
            /* void */
        } while (dprintf(r->fd, "HTTP/1.1 100 Continue\r\n\r\n") > 0);

        return -1;
    }

    (void) dprintf(r->fd, "HTTP/1.1 200 OK\r\n%s",
                   (strcmp(what, "trailers") == 0)
                   ? "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"
                   : "");

    memset(line, 'y', sizeof(line));
    memcpy(line, "X-A: ", 5);
    memcpy(line + sizeof(line) - 2, "\r\n", 2);

    while (write(r->fd, line, sizeof(line)) > 0) {
        /* void */
    }

    return -1;
}


/* 2 MB in some kB */

static int
http_answer_gzip(http_request_t *r)
{
    char         *text;
    wppkg_buf_t   gz;

    text = malloc(2000000);

    if (text == NULL) {
        return -1;
    }

    memset(text, 'y', 2000000);
    wppkg_buf_init(&gz, 65536);

    if (strcasestr(r->head, "\r\nAccept-Encoding: ") == NULL
        || wppkg_gzip(text, 2000000, &gz) != WPPKG_OK)
    {
        http_respond(r, 406, "", "", 0);

    } else {
        http_respond(r, 200, "Content-Encoding: gzip\r\n", gz.data, gz.len);
    }

    wppkg_buf_free(&gz);
    free(text);

    return 0;
}


static void
http_pause(unsigned ms)
{
    struct timespec  ts;

    ts.tv_sec = ms / 1000;
    ts.tv_nsec = (long) (ms % 1000) * 1000000;

    (void) nanosleep(&ts, NULL);
}


#endif /* _HTTP_SERVER_H_INCLUDED_ */

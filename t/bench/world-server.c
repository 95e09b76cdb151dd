
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * world-server DIR: serves the world that t/bench/world has made in DIR, on
 * one thread that answers out of memory, so that it is not what a benchmark
 * measures.  On 127.0.0.1, at the port that it writes to DIR/port:
 *
 *   /plugins/info/1.2/, /themes/info/1.2/   the API: one slug, or up to 100
 *   /svn/plugins, /svn/themes               OPTIONS, REPORT, GET of the root
 *   /requests                               how many of these there were, and
 *                                           of how many packages
 *   /stop                                   ends it
 *
 * DIR/head.* is read again with every request, and what has been added to
 * DIR/answers since counts: the last line of a package is the answer.  With
 * DIR/clock, seconds, the API answers from a cache as the real one does.
 */


#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "world_data.h"


#define WORLD_SLUGS     100
#define WORLD_EVENTS    64
#define WORLD_REQUEST   32768         /* bytes: head and body */
#define WORLD_HEAD      512           /* bytes of an answer's head */

#define WORLD_XML       "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"

#define WORLD_LOG       WORLD_XML                                             \
                        "<S:log-report xmlns:S=\"svn:\" xmlns:D=\"DAV:\">\n"
#define WORLD_LOG_END   "</S:log-report>\n"

#define WORLD_NO_SUCH   WORLD_XML                                             \
                        "<D:error xmlns:D=\"DAV:\" xmlns:m=\""                \
                        "http://apache.org/dav/xmlns\" xmlns:C=\"svn:\">\n"   \
                        "<C:error/>\n<m:human-readable errcode=\"160006\">\n" \
                        "No such revision\n</m:human-readable>\n</D:error>\n"


typedef struct {
    int             fd;
    size_t          len;                  /* of in[] */
    char            in[WORLD_REQUEST + 1];
    char           *out;                  /* head, and bodies made here */
    size_t          room;
    struct iovec    parts[4];             /* what is still to be sent */
    size_t          n;
    uint32_t        waiting;              /* for what epoll was told */
} world_connection_t;


/* a request; what it points to ends with NUL */

typedef struct {
    const char  *method;
    const char  *path;
    const char  *query;
    const char  *head;
    const char  *body;
} world_request_t;


static int world_listen(const char *dir);
static void world_accept(int epoll, int fd);
static void world_event(int epoll, world_connection_t *c);
static int world_read(world_connection_t *c);
static int world_whole(world_connection_t *c, size_t *size);
static void world_answer(world_connection_t *c);
static void world_send(world_connection_t *c, const char *status,
    const char *headers, size_t len);
static void world_body(world_connection_t *c, const char *data, size_t len);
static void world_text(world_connection_t *c, const char *status,
    const char *text);
static int world_write(world_connection_t *c);
static void world_api(world_connection_t *c, const char *type,
    const world_request_t *r);
static size_t world_slugs(char *list, const char *slugs[WORLD_SLUGS + 1]);
static void world_bulk(world_connection_t *c, const char *type,
    const char *const *slugs, size_t n);
static void world_svn(world_connection_t *c, const world_repository_t *w,
    const world_request_t *r);
static void world_log(world_connection_t *c, const world_repository_t *w,
    const char *body, int64_t youngest);
static int64_t world_element(const char *body, const char *name);
static void world_root(world_connection_t *c, const world_repository_t *w,
    const char *head, int64_t youngest);


static unsigned long  world_requests;
static unsigned long  world_fetches;      /* packages asked about */


int
main(int argc, char **argv)
{
    int                 epoll, fd, i, n;
    struct epoll_event  events[WORLD_EVENTS];

    if (argc != 2) {
        (void) fprintf(stderr, "usage: world-server DIR\n");
        return 2;
    }

    (void) signal(SIGPIPE, SIG_IGN);

    world_load(argv[1]);

    epoll = epoll_create1(EPOLL_CLOEXEC);
    fd = world_listen(argv[1]);

    events[0].events = EPOLLIN;
    events[0].data.ptr = NULL;

    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &events[0]) != 0) {
        world_die("epoll");
    }

    for ( ;; ) {
        n = epoll_wait(epoll, events, WORLD_EVENTS, -1);

        for (i = 0; i < n; i++) {
            if (events[i].data.ptr == NULL) {
                world_accept(epoll, fd);

            } else {
                world_event(epoll, events[i].data.ptr);
            }
        }
    }
}


static int
world_listen(const char *dir)
{
    int                 fd;
    char                path[WORLD_NAME], tmp[WORLD_NAME];
    FILE               *fp;
    socklen_t           len;
    struct sockaddr_in  sin;

    memset(&sin, 0, sizeof(sin));
    sin.sin_family = AF_INET;
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    len = sizeof(sin);

    fd = socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC, 0);

    if (fd == -1 || bind(fd, (struct sockaddr *) &sin, len) != 0
        || listen(fd, 128) != 0
        || getsockname(fd, (struct sockaddr *) &sin, &len) != 0)
    {
        world_die("listen");
    }

    (void) snprintf(path, sizeof(path), "%s/port", dir);
    (void) snprintf(tmp, sizeof(tmp), "%s/port.new", dir);

    fp = fopen(tmp, "we");

    if (fp == NULL || fprintf(fp, "%u\n", ntohs(sin.sin_port)) < 0
        || fclose(fp) != 0 || rename(tmp, path) != 0)
    {
        world_die(path);
    }

    return fd;
}


static void
world_accept(int epoll, int fd)
{
    int                  one;
    world_connection_t  *c;
    struct epoll_event   event;

    c = calloc(1, sizeof(world_connection_t));

    if (c == NULL) {
        world_die("memory");
    }

    c->fd = accept4(fd, NULL, NULL, SOCK_NONBLOCK|SOCK_CLOEXEC);

    if (c->fd == -1) {
        free(c);
        return;
    }

    one = 1;
    (void) setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));

    c->waiting = EPOLLIN;
    event.events = c->waiting;
    event.data.ptr = c;

    if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event) != 0) {
        world_die("epoll");
    }
}


static void
world_event(int epoll, world_connection_t *c)
{
    int                 open;
    uint32_t            want;
    struct epoll_event  event;

    open = (c->n != 0) ? world_write(c) : world_read(c);

    if (!open) {
        (void) close(c->fd);
        free(c->out);
        free(c);
        return;
    }

    want = (c->n != 0) ? EPOLLOUT : EPOLLIN;

    if (want != c->waiting) {
        c->waiting = want;
        event.events = want;
        event.data.ptr = c;
        (void) epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
    }
}


/* 0: the connection has ended */

static int
world_read(world_connection_t *c)
{
    size_t   size;
    ssize_t  n;

    n = read(c->fd, c->in + c->len, WORLD_REQUEST - c->len);

    if (n <= 0) {
        return n < 0 && errno == EAGAIN;
    }

    c->len += (size_t) n;

    if (!world_whole(c, &size)) {
        return c->len < WORLD_REQUEST;
    }

    /* one at a time: who asks waits for the answer */

    c->in[size] = '\0';
    world_answer(c);
    c->len = 0;

    return world_write(c);
}


static int
world_whole(world_connection_t *c, size_t *size)
{
    size_t       body;
    const char  *end, *length;

    c->in[c->len] = '\0';
    end = strstr(c->in, "\r\n\r\n");

    if (end == NULL) {
        return 0;
    }

    length = strcasestr(c->in, "\r\nContent-Length:");
    body = (length != NULL && length < end)
           ? strtoul(length + sizeof("\r\nContent-Length:") - 1, NULL, 10)
           : 0;

    *size = (size_t) (end - c->in) + 4 + body;

    return c->len >= *size;
}


static void
world_answer(world_connection_t *c)
{
    char             *p, *line, count[64];
    world_request_t   r;

    /* "METHOD /path?query HTTP/1.1", the head, an empty line, the body */

    memset(&r, 0, sizeof(world_request_t));
    r.query = "";

    line = strstr(c->in, "\r\n");
    *line = '\0';
    r.head = line + 1;
    p = strstr(line + 1, "\r\n\r\n");
    r.body = (p != NULL) ? p + 4 : "";

    p = c->in;
    r.method = strsep(&p, " ");
    line = strsep(&p, " ");
    r.path = (line != NULL) ? strsep(&line, "?") : "";
    r.query = (line != NULL) ? line : "";

    if (strcmp(r.path, "/stop") == 0) {
        exit(0);
    }

    if (strcmp(r.path, "/requests") == 0) {
        (void) snprintf(count, sizeof(count), "%lu %lu\n", world_requests,
                        world_fetches);
        world_text(c, "200 OK", count);
        return;
    }

    world_requests++;

    if (strcmp(r.path, "/plugins/info/1.2/") == 0) {
        world_api(c, "plugin", &r);

    } else if (strcmp(r.path, "/themes/info/1.2/") == 0) {
        world_api(c, "theme", &r);

    } else if (strncmp(r.path, "/svn/plugins/", 13) == 0) {
        world_svn(c, world_repository("plugin"), &r);

    } else if (strncmp(r.path, "/svn/themes/", 12) == 0) {
        world_svn(c, world_repository("theme"), &r);

    } else {
        world_text(c, "404 Not Found", "no such place\n");
    }
}


/* the head; len: of the body, whose parts follow */

static void
world_send(world_connection_t *c, const char *status, const char *headers,
    size_t len)
{
    int  n;

    if (c->room < WORLD_HEAD) {
        free(c->out);
        c->out = malloc(WORLD_HEAD);
        c->room = WORLD_HEAD;

        if (c->out == NULL) {
            world_die("memory");
        }
    }

    n = snprintf(c->out, WORLD_HEAD, "HTTP/1.1 %s\r\nServer: world\r\n"
                 "%sContent-Length: %zu\r\n\r\n", status, headers, len);

    c->parts[0].iov_base = c->out;
    c->parts[0].iov_len = (size_t) n;
    c->n = 1;
}


static void
world_body(world_connection_t *c, const char *data, size_t len)
{
    c->parts[c->n].iov_base = (char *) (uintptr_t) data;
    c->parts[c->n].iov_len = len;
    c->n++;
}


static void
world_text(world_connection_t *c, const char *status, const char *text)
{
    size_t  len;
    char   *copy;

    len = strlen(text);
    world_send(c, status, "Content-Type: text/plain\r\n", len);

    copy = c->out + c->parts[0].iov_len;

    if (c->parts[0].iov_len + len < c->room) {
        memcpy(copy, text, len);
        c->parts[0].iov_len += len;
    }
}


/* 0: the connection has ended */

static int
world_write(world_connection_t *c)
{
    size_t   i, k;
    ssize_t  n;

    while (c->n != 0) {
        n = writev(c->fd, c->parts, (int) c->n);

        if (n < 0) {
            return errno == EAGAIN;
        }

        for (i = 0; i < c->n && (size_t) n >= c->parts[i].iov_len; i++) {
            n -= (ssize_t) c->parts[i].iov_len;
        }

        for (k = i; k < c->n; k++) {
            c->parts[k - i] = c->parts[k];
        }

        c->n -= i;

        if (c->n != 0) {
            c->parts[0].iov_base = (char *) c->parts[0].iov_base + n;
            c->parts[0].iov_len -= (size_t) n;
        }
    }

    return 1;
}


static void
world_api(world_connection_t *c, const char *type, const world_request_t *r)
{
    int            bulk;
    char          *list, *and;
    size_t         n;
    const char    *argument, *slugs[WORLD_SLUGS + 1];
    struct iovec   text;

    world_refresh();

    argument = strstr(r->query, "request%5Bslugs%5D=");
    bulk = (argument != NULL);

    if (!bulk) {
        argument = strstr(r->query, "request%5Bslug%5D=");
    }

    list = (argument != NULL) ? strdup(strchr(argument, '=') + 1) : NULL;

    if (list == NULL) {
        world_text(c, "404 Not Found", "{\"error\":\"Slug not provided\"}");
        return;
    }

    and = strchr(list, '&');

    if (and != NULL) {
        *and = '\0';
    }

    n = world_slugs(list, slugs);
    world_fetches += n;

    if (n > WORLD_SLUGS) {
        world_text(c, "422 Unprocessable Entity",
                   "{\"error\":\"A maximum of 100 can be queried at once.\"}");

    } else if (bulk) {
        world_bulk(c, type, slugs, n);

    } else {
        world_package(type, list, &text);
        world_send(c, strncmp(text.iov_base, "{\"error\"", 8) == 0
                      ? "404 Not Found" : "200 OK",
                   "Content-Type: application/json\r\n", text.iov_len);
        world_body(c, text.iov_base, text.iov_len);
    }

    free(list);
}


static size_t
world_slugs(char *list, const char *slugs[WORLD_SLUGS + 1])
{
    size_t  n;

    for (n = 0; list != NULL && n <= WORLD_SLUGS; n++) {
        slugs[n] = strsep(&list, ",");
    }

    return n;
}


static void
world_bulk(world_connection_t *c, const char *type, const char *const *slugs,
    size_t n)
{
    char          *p;
    size_t         i, len, size;
    struct iovec   texts[WORLD_SLUGS];

    len = 2;

    for (i = 0; i < n; i++) {
        world_package(type, slugs[i], &texts[i]);
        len += strlen(slugs[i]) + texts[i].iov_len + (i == 0 ? 3 : 4);
    }

    size = WORLD_HEAD + len;

    if (c->room < size) {
        free(c->out);
        c->out = malloc(size);
        c->room = size;

        if (c->out == NULL) {
            world_die("memory");
        }
    }

    world_send(c, "200 OK", "Content-Type: application/json\r\n", len);

    p = c->out + c->parts[0].iov_len;
    *p++ = '{';

    for (i = 0; i < n; i++) {
        p += snprintf(p, WORLD_NAME, "%s\"%.200s\":", (i == 0) ? "" : ",",
                      slugs[i]);
        memcpy(p, texts[i].iov_base, texts[i].iov_len);
        p += texts[i].iov_len;
    }

    *p++ = '}';
    c->parts[0].iov_len = (size_t) (p - c->out);
}

static void
world_svn(world_connection_t *c, const world_repository_t *w,
    const world_request_t *r)
{
    char     headers[128];
    int64_t  youngest;

    youngest = world_youngest(w);

    if (strcmp(r->method, "OPTIONS") == 0) {
        (void) snprintf(headers, sizeof(headers),
                        "SVN-Youngest-Rev: %" PRId64 "\r\n", youngest);
        world_send(c, "200 OK", headers, 0);

    } else if (strcmp(r->method, "REPORT") == 0) {
        world_log(c, w, r->body, youngest);

    } else if (strcmp(r->method, "GET") == 0) {
        world_root(c, w, r->head, youngest);

    } else {
        world_text(c, "405 Method Not Allowed", "not this\n");
    }
}


static void
world_log(world_connection_t *c, const world_repository_t *w,
    const char *body, int64_t youngest)
{
    size_t       len;
    int64_t      first, last, limit;
    const char  *items;

    first = world_element(body, "<S:start-revision>");
    last = world_element(body, "<S:end-revision>");
    limit = world_element(body, "<S:limit>");

    if (last > youngest) {
        len = sizeof(WORLD_NO_SUCH) - 1;
        world_send(c, "404 Not Found", "Content-Type: text/xml\r\n", len);
        world_body(c, WORLD_NO_SUCH, len);
        return;
    }

    if (limit > 0 && last - first >= limit) {
        last = first + limit - 1;
    }

    first = (first < w->first) ? 0 : first - w->first;
    last = (last < w->first) ? 0 : last - w->first + 1;

    if (last > (int64_t) w->n) {
        last = (int64_t) w->n;
    }

    if (first > last) {
        first = last;
    }

    items = w->history.data + w->items[first];
    len = w->items[last] - w->items[first];

    world_send(c, "200 OK", "Content-Type: text/xml\r\n",
               sizeof(WORLD_LOG) - 1 + len + sizeof(WORLD_LOG_END) - 1);
    world_body(c, WORLD_LOG, sizeof(WORLD_LOG) - 1);
    world_body(c, items, len);
    world_body(c, WORLD_LOG_END, sizeof(WORLD_LOG_END) - 1);
}


static int64_t
world_element(const char *body, const char *name)
{
    const char  *p;

    p = strstr(body, name);

    return (p != NULL) ? strtoll(p + strlen(name), NULL, 10) : 0;
}


/* the listing; its ETag is the revision, as that of mod_dav_svn */

static void
world_root(world_connection_t *c, const world_repository_t *w,
    const char *head, int64_t youngest)
{
    int    n;
    char   headers[128], etag[64], title[128];

    (void) snprintf(etag, sizeof(etag), "W/\"%" PRId64 "//\"", youngest);
    (void) snprintf(headers, sizeof(headers), "Content-Type: text/html; "
                    "charset=UTF-8\r\nETag: %s\r\n", etag);

    if (strstr(head, etag) != NULL) {
        world_send(c, "304 Not Modified", headers, 0);
        return;
    }

    n = snprintf(title, sizeof(title), "<html><head><title>%s - Revision %"
                 PRId64 ": /</title></head>\n<body>\n <ul>\n", w->title,
                 youngest);

    world_send(c, "200 OK", headers, (size_t) n + w->listing_len);
    memcpy(c->out + c->parts[0].iov_len, title, (size_t) n);

    c->parts[0].iov_len += (size_t) n;
    world_body(c, w->listing, w->listing_len);
}
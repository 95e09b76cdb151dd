
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * world-server DIR: serves the world that t/bench/world has made in DIR, on
 * one thread that answers out of memory, so that it is not what a benchmark
 * measures.  On 127.0.0.1, at the port that it writes to DIR/port:
 *
 *   /plugins/info/1.2/, /themes/info/1.2/   the API: one slug; of plugins up
 *                                           to 100; pages of themes
 *   /svn/plugins, /svn/themes               OPTIONS, REPORT, GET of the root
 *   /requests                               how many of these there were, of
 *                                           how many packages, how many of
 *                                           them to the API of themes, and how
 *                                           many bytes have come and gone
 *   /stop                                   ends it
 *
 * DIR/head.* is read again with every request, and what has been added to
 * DIR/answers since counts: the last line of a package is the answer.  With
 * DIR/clock, seconds, the API answers from a cache as the real one does.  Of
 * the fields it knows "versions" alone.  The API sends gzip to who accepts it,
 * Subversion does not.
 *
 * Environment: WORLD_DELAY, milliseconds before each answer.
 */


#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libdeflate.h>
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
#include <time.h>
#include <unistd.h>

#include "world_data.h"


#define WORLD_SLUGS     100           /* plugins a request */
#define WORLD_PAGE      999           /* themes a page */
#define WORLD_SHOWN     24            /* if nothing is said */
#define WORLD_EVENTS    64
#define WORLD_REQUEST   32768         /* bytes: head and body */
#define WORLD_HEAD      512           /* bytes of an answer's head */
#define WORLD_LEVEL     6             /* of gzip */

#define WORLD_XML       "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"

#define WORLD_LOG       WORLD_XML                                             \
                        "<S:log-report xmlns:S=\"svn:\" xmlns:D=\"DAV:\">\n"
#define WORLD_LOG_END   "</S:log-report>\n"

#define WORLD_NO_SUCH   WORLD_XML                                             \
                        "<D:error xmlns:D=\"DAV:\" xmlns:m=\""                \
                        "http://apache.org/dav/xmlns\" xmlns:C=\"svn:\">\n"   \
                        "<C:error/>\n<m:human-readable errcode=\"160006\">\n" \
                        "No such revision\n</m:human-readable>\n</D:error>\n"


typedef struct world_connection_s  world_connection_t;


struct world_connection_s {
    int             fd;
    size_t          len;                  /* of in[] */
    char            in[WORLD_REQUEST + 1];
    char           *out;                  /* head, and bodies made here */
    size_t          room;
    struct iovec    parts[4];             /* what is still to be sent */
    size_t          n;
    uint32_t        waiting;              /* for what epoll was told */

    int64_t         due;                  /* ms; 0: the answer may go */
    world_connection_t  *next;            /* of those that wait for that */
};


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
static void world_end(int epoll, world_connection_t *c, int open);
static void world_delay(world_connection_t *c);
static int world_released(int epoll);
static int64_t world_ms(void);
static int world_read(world_connection_t *c);
static int world_whole(world_connection_t *c, size_t *size);
static void world_answer(world_connection_t *c);
static void world_send(world_connection_t *c, const char *status,
    const char *headers, size_t len);
static void world_body(world_connection_t *c, const char *data, size_t len);
static void world_text(world_connection_t *c, const char *status,
    const char *text);
static void world_pack(world_connection_t *c);
static int world_write(world_connection_t *c);
static void world_api(world_connection_t *c, const char *type,
    const world_request_t *r);
static void world_single(world_connection_t *c, const char *type,
    const char *slug, int versions);
static void world_bulk(world_connection_t *c, char *list, int versions);
static size_t world_slugs(char *list, const char *slugs[WORLD_SLUGS + 1]);
static void world_page(world_connection_t *c, const char *query,
    int versions);
static char *world_argument(const char *query, const char *name);
static size_t world_count(const char *query, const char *name,
    size_t otherwise);
static void world_room(world_connection_t *c, size_t size);
static char *world_copy(char *p, const world_text_t *text, int versions);
static size_t world_length(const world_text_t *text, int versions);
static void world_svn(world_connection_t *c, const world_repository_t *w,
    const world_request_t *r);
static void world_log(world_connection_t *c, const world_repository_t *w,
    const char *body, int64_t youngest);
static void world_past(world_connection_t *c, const world_repository_t *w,
    int64_t first, int64_t last);
static int64_t world_element(const char *body, const char *name);
static void world_root(world_connection_t *c, const world_repository_t *w,
    const char *head, int64_t youngest);


static unsigned long  world_requests;
static unsigned long  world_fetches;      /* packages asked about */
static unsigned long  world_themes;       /* requests about these */
static unsigned long  world_received;     /* bytes */
static unsigned long  world_sent;
static int64_t        world_wait;         /* ms before each answer */

/* those whose answers wait, in the order of their times */
static world_connection_t   *world_first;
static world_connection_t  **world_last = &world_first;


int
main(int argc, char **argv)
{
    int                 epoll, fd, i, n;
    const char         *delay;
    struct epoll_event  events[WORLD_EVENTS];

    if (argc != 2) {
        (void) fprintf(stderr, "usage: world-server DIR\n");
        return 2;
    }

    (void) signal(SIGPIPE, SIG_IGN);

    delay = getenv("WORLD_DELAY");
    world_wait = (delay != NULL) ? strtol(delay, NULL, 10) : 0;

    world_load(argv[1]);

    epoll = epoll_create1(EPOLL_CLOEXEC);
    fd = world_listen(argv[1]);

    events[0].events = EPOLLIN;
    events[0].data.ptr = NULL;

    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &events[0]) != 0) {
        world_die("epoll");
    }

    for ( ;; ) {
        n = epoll_wait(epoll, events, WORLD_EVENTS, world_released(epoll));

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
    int  open;

    /* a client that has gone away is noticed when the answer is sent */

    if (c->due != 0) {
        return;
    }

    open = (c->n != 0) ? world_write(c) : world_read(c);

    world_end(epoll, c, open);
}


/* what comes after an event */

static void
world_end(int epoll, world_connection_t *c, int open)
{
    uint32_t            want;
    struct epoll_event  event;

    if (!open) {
        (void) close(c->fd);
        free(c->out);
        free(c);
        return;
    }

    want = (c->due != 0) ? 0 : (c->n != 0) ? EPOLLOUT : EPOLLIN;

    if (want != c->waiting) {
        c->waiting = want;
        event.events = want;
        event.data.ptr = c;
        (void) epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
    }
}


static void
world_delay(world_connection_t *c)
{
    c->due = world_ms() + world_wait;
    c->next = NULL;

    *world_last = c;
    world_last = &c->next;
}


/* sends what has waited for long enough; ms until the next; -1: none waits */

static int
world_released(int epoll)
{
    int64_t              now;
    world_connection_t  *c;

    while (world_first != NULL) {
        c = world_first;
        now = world_ms();

        if (c->due > now) {
            return (int) (c->due - now);
        }

        world_first = c->next;

        if (world_first == NULL) {
            world_last = &world_first;
        }

        c->due = 0;
        world_end(epoll, c, world_write(c));
    }

    return -1;
}


static int64_t
world_ms(void)
{
    struct timespec  now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);

    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
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
    world_received += (unsigned long) n;

    if (!world_whole(c, &size)) {
        return c->len < WORLD_REQUEST;
    }

    /* one at a time: a client waits for the answer */

    c->in[size] = '\0';
    world_answer(c);
    c->len = 0;

    if (world_wait > 0) {
        world_delay(c);
        return 1;
    }

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
    char             *p, *line, count[128];
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
        (void) snprintf(count, sizeof(count), "%lu %lu %lu %lu %lu\n",
                        world_requests, world_fetches, world_themes,
                        world_received, world_sent);
        world_text(c, "200 OK", count);
        return;
    }

    world_requests++;

    if (strcmp(r.path, "/plugins/info/1.2/") == 0) {
        world_api(c, "plugin", &r);

    } else if (strcmp(r.path, "/themes/info/1.2/") == 0) {
        world_themes++;
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


/* all of the answer is in out[]; the last line of its head is its length */

static void
world_pack(world_connection_t *c)
{
    int     n;
    char   *out, *line, *body, *packed;
    size_t  len, room;

    static struct libdeflate_compressor  *z;

    z = (z != NULL) ? z : libdeflate_alloc_compressor(WORLD_LEVEL);

    line = memmem(c->out, c->parts[0].iov_len, "Content-Length: ", 16);
    len = c->parts[0].iov_len - (size_t) (line - c->out);
    body = memmem(line, len, "\r\n\r\n", 4);
    body += 4;
    len -= (size_t) (body - line);
    room = WORLD_HEAD + libdeflate_gzip_compress_bound(z, len);
    out = malloc(room);

    if (out == NULL) {
        world_die("memory");
    }

    packed = out + WORLD_HEAD;
    len = libdeflate_gzip_compress(z, body, len, packed, room - WORLD_HEAD);
    n = snprintf(out, WORLD_HEAD, "%.*sContent-Encoding: gzip\r\n"
                 "Content-Length: %zu\r\n\r\n", (int) (line - c->out),
                 c->out, len);

    free(c->out);
    c->out = out;
    c->room = room;
    c->parts[0].iov_base = out;
    c->parts[0].iov_len = (size_t) n;
    world_body(c, packed, len);
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

        world_sent += (unsigned long) n;

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
    int    versions;
    char  *list, *slug;

    world_refresh();

    versions = (strstr(r->query, "%5Bversions%5D=0") == NULL);
    list = world_argument(r->query, "request%5Bslugs%5D=");
    slug = world_argument(r->query, "request%5Bslug%5D=");

    if (type[0] == 't' && strstr(r->query, "action=query_themes") != NULL) {
        world_page(c, r->query, versions);

    } else if (list != NULL && type[0] == 't') {
        world_text(c, "404 Not Found", "{\"error\":\"Slugs not provided\"}");

    } else if (list != NULL) {
        world_bulk(c, list, versions);

    } else if (slug != NULL) {
        world_single(c, type, slug, versions);

    } else {
        world_text(c, "404 Not Found", "{\"error\":\"Slug not provided\"}");
    }

    free(list);
    free(slug);

    if (strstr(r->head, "gzip") != NULL) {
        world_pack(c);
    }
}


static void
world_single(world_connection_t *c, const char *type, const char *slug,
    int versions)
{
    char          *p;
    size_t         len;
    world_text_t   text;

    world_fetches++;
    world_package(type, slug, &text);

    len = world_length(&text, versions);
    world_room(c, len);

    world_send(c, strncmp(text.parts[0].iov_base, "{\"error\"", 8) == 0
                  ? "404 Not Found" : "200 OK",
               "Content-Type: application/json\r\n", len);

    p = c->out + c->parts[0].iov_len;
    p = world_copy(p, &text, versions);
    c->parts[0].iov_len = (size_t) (p - c->out);
}


static void
world_bulk(world_connection_t *c, char *list, int versions)
{
    char          *p;
    size_t         i, n, len;
    const char    *slugs[WORLD_SLUGS + 1];
    world_text_t   texts[WORLD_SLUGS];

    n = world_slugs(list, slugs);
    world_fetches += n;

    if (n > WORLD_SLUGS) {
        world_text(c, "422 Unprocessable Entity", "{\"error\":\"A maximum of "
                   "100 plugins can be queried at once.\"}");
        return;
    }

    len = 2;

    for (i = 0; i < n; i++) {
        world_package("plugin", slugs[i], &texts[i]);
        len += strlen(slugs[i]) + world_length(&texts[i], versions)
               + (i == 0 ? 3 : 4);
    }

    world_room(c, len);
    world_send(c, "200 OK", "Content-Type: application/json\r\n", len);

    p = c->out + c->parts[0].iov_len;
    *p++ = '{';

    for (i = 0; i < n; i++) {
        p += snprintf(p, WORLD_NAME, "%s\"%.200s\":", (i == 0) ? "" : ",",
                      slugs[i]);
        p = world_copy(p, &texts[i], versions);
    }

    *p++ = '}';
    c->parts[0].iov_len = (size_t) (p - c->out);
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
world_page(world_connection_t *c, const char *query, int versions)
{
    int            head;
    char          *p, info[WORLD_HEAD];
    size_t         i, n, len, page, size, all;
    world_text_t  *texts;

    page = world_count(query, "request%5Bpage%5D=", 1);
    size = world_count(query, "request%5Bper_page%5D=", WORLD_SHOWN);
    size = (size > WORLD_PAGE) ? WORLD_PAGE : size;

    texts = malloc(size * sizeof(world_text_t));

    if (texts == NULL) {
        world_die("memory");
    }

    n = world_themes_page((page - 1) * size, size, texts, &all);
    world_fetches += n;

    head = snprintf(info, sizeof(info), "{\"info\":{\"page\":%zu,\"pages\":"
                    "%zu,\"results\":%zu},\"themes\":[", page,
                    (all + size - 1) / size, all);
    len = (size_t) head + 2 + ((n > 0) ? n - 1 : 0);

    for (i = 0; i < n; i++) {
        len += world_length(&texts[i], versions);
    }

    world_room(c, len);
    world_send(c, "200 OK", "Content-Type: application/json\r\n", len);

    p = c->out + c->parts[0].iov_len;
    memcpy(p, info, (size_t) head);
    p += head;

    for (i = 0; i < n; i++) {
        if (i > 0) {
            *p++ = ',';
        }

        p = world_copy(p, &texts[i], versions);
    }

    memcpy(p, "]}", 2);
    c->parts[0].iov_len = (size_t) (p + 2 - c->out);
    free(texts);
}


/* a copy of its value; NULL: it is not there */

static char *
world_argument(const char *query, const char *name)
{
    const char  *p;

    p = strstr(query, name);

    if (p == NULL) {
        return NULL;
    }

    p += strlen(name);

    return strndup(p, strcspn(p, "&"));
}


static size_t
world_count(const char *query, const char *name, size_t otherwise)
{
    char    *value;
    size_t   n;

    value = world_argument(query, name);
    n = (value != NULL) ? strtoul(value, NULL, 10) : 0;
    free(value);

    return (n > 0 && n < 1000000) ? n : otherwise;
}


/* for the head, and a body of that size behind it */

static void
world_room(world_connection_t *c, size_t size)
{
    if (c->room >= WORLD_HEAD + size) {
        return;
    }

    free(c->out);
    c->room = WORLD_HEAD + size;
    c->out = malloc(c->room);

    if (c->out == NULL) {
        world_die("memory");
    }
}


static char *
world_copy(char *p, const world_text_t *text, int versions)
{
    size_t  i;

    for (i = 0; i < 3; i++) {
        if ((i != 1 || versions) && text->parts[i].iov_len > 0) {
            memcpy(p, text->parts[i].iov_base, text->parts[i].iov_len);
            p += text->parts[i].iov_len;
        }
    }

    return p;
}


static size_t
world_length(const world_text_t *text, int versions)
{
    return text->parts[0].iov_len + text->parts[2].iov_len
           + (versions ? text->parts[1].iov_len : 0);
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

    if (first < w->first) {
        world_past(c, w, first, last);
        return;
    }

    first -= w->first;
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


/* what was before the history, up to where it begins */

static void
world_past(world_connection_t *c, const world_repository_t *w, int64_t first,
    int64_t last)
{
    char    *items;
    size_t   len;

    items = world_items(w, first, last, &len);
    world_room(c, len);

    world_send(c, "200 OK", "Content-Type: text/xml\r\n",
               sizeof(WORLD_LOG) - 1 + len + sizeof(WORLD_LOG_END) - 1);
    world_body(c, WORLD_LOG, sizeof(WORLD_LOG) - 1);
    memcpy(c->out + WORLD_HEAD, items, len);
    world_body(c, c->out + WORLD_HEAD, len);
    world_body(c, WORLD_LOG_END, sizeof(WORLD_LOG_END) - 1);

    free(items);
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
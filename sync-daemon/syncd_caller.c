
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "syncd_caller.h"
#include "syncd_control.h"
#include "syncd_file.h"
#include "syncd_lock.h"
#include "wppkg_escape.h"


#define SYNCD_CALLER_LINE  16384      /* bytes of one that the service says */
#define SYNCD_CALLER_WAIT  3600000    /* ms; how long does not matter */


typedef struct {
    int       fd;
    int       code;                   /* -1: it was not told yet */
    size_t    len;
    char      line[SYNCD_CALLER_LINE];
} syncd_caller_t;


static int syncd_caller_connect(const syncd_conf_t *conf, long pid, int *fd);
static int syncd_caller_refused(const syncd_conf_t *conf, int number);
static int syncd_caller_is(int fd, long pid);
static int syncd_caller_ask(int fd, const char *command, char *const *words,
    int n);
static int syncd_caller_listen(int fd);
static int syncd_caller_hear(syncd_caller_t *c);
static int syncd_caller_lines(syncd_caller_t *c);
static void syncd_caller_line(syncd_caller_t *c, const char *line);


int
syncd_caller(const syncd_conf_t *conf, const char *command,
    char *const *words, int n, int *code)
{
    int                  fd, rc;
    wppkg_error_t        err;
    syncd_lock_holder_t  holder;

    if (conf->control == NULL
        || syncd_lock_look(conf->catalogue, &holder, &err) != WPPKG_OK
        || !holder.held || !holder.service)
    {
        return WPPKG_DECLINED;
    }

    rc = syncd_caller_connect(conf, holder.pid, &fd);

    if (rc != WPPKG_OK) {
        return rc;
    }

    rc = syncd_caller_ask(fd, command, words, n);

    if (rc == WPPKG_OK) {
        *code = syncd_caller_listen(fd);
    }

    (void) close(fd);

    return rc;
}


/* what is wrong with it is said when the lock cannot be had */

static int
syncd_caller_connect(const syncd_conf_t *conf, long pid, int *fd)
{
    int                 rc;
    wppkg_error_t       err;
    struct sockaddr_un  addr;

    if (syncd_control_address(conf->control, &addr, &err) != WPPKG_OK) {
        return WPPKG_DECLINED;
    }

    *fd = socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0);

    if (*fd == -1) {
        return WPPKG_DECLINED;
    }

    do {
        rc = connect(*fd, (struct sockaddr *) &addr, sizeof(addr));
    } while (rc != 0 && errno == EINTR && !syncd_stopping());

    if (rc != 0) {
        rc = syncd_caller_refused(conf, errno);

    } else if (!syncd_caller_is(*fd, pid)) {
        rc = WPPKG_DECLINED;
    }

    if (rc != WPPKG_OK) {
        (void) close(*fd);
    }

    return rc;
}


static int
syncd_caller_refused(const syncd_conf_t *conf, int number)
{
    char           us[SYNCD_FILE_OWNER];
    struct stat    st;
    struct group  *group;

    if (number != EACCES) {
        return WPPKG_DECLINED;
    }

    syncd_file_owner(geteuid(), us);

    if (stat(conf->control, &st) != 0) {
        syncd_error("the service cannot be asked by %s: %s: %s", us,
                    conf->control, strerror(number));
        return WPPKG_ERROR;
    }

    group = getgrgid(st.st_gid);

    syncd_error("the service cannot be asked by %s: do it as root, or as a "
                "member of the group of %s, %.48s (gid %u)", us,
                conf->control, (group != NULL) ? group->gr_name : "no name",
                (unsigned) st.st_gid);

    return WPPKG_ERROR;
}


/* another service, of another catalogue, may have the same path */

static int
syncd_caller_is(int fd, long pid)
{
    socklen_t     len;
    struct ucred  peer;

    len = sizeof(peer);

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0
           && (long) peer.pid == pid;
}


static int
syncd_caller_ask(int fd, const char *command, char *const *words, int n)
{
    int          i, rc;
    wppkg_buf_t  line;

    wppkg_buf_init(&line, SYNCD_REQUEST_MAX);
    wppkg_buf_printf(&line, SYNCD_REQUEST_VERSION " %s", command);

    for (i = 0; i < n; i++) {
        wppkg_buf_printf(&line, " %s", words[i]);
    }

    wppkg_buf_puts(&line, "\n");

    if (!wppkg_buf_ok(&line) || n >= SYNCD_REQUEST_WORDS) {
        syncd_error("the service takes no more than %d bytes and %d words: "
                    "ask for fewer packages at a time", SYNCD_REQUEST_MAX,
                    SYNCD_REQUEST_WORDS);
        rc = WPPKG_ERROR;

    } else {

        /* it fits into the socket's buffer; what fails now is seen later */

        (void) send(fd, line.data, line.len, MSG_NOSIGNAL);
        rc = WPPKG_OK;
    }

    wppkg_buf_free(&line);

    return rc;
}


static int
syncd_caller_listen(int fd)
{
    int              code;
    struct pollfd    wait;
    syncd_caller_t  *c;

    c = calloc(1, sizeof(syncd_caller_t));

    if (c == NULL) {
        syncd_error("out of memory; the service does it all the same");
        return SYNCD_PARTIAL;
    }

    c->fd = fd;
    c->code = -1;

    do {
        wait = (struct pollfd) { fd, POLLIN, 0 };
        syncd_signal_poll(&wait, 1, SYNCD_CALLER_WAIT);

    } while (!syncd_stopping() && syncd_caller_hear(c) == WPPKG_OK
             && c->code == -1);

    if (c->code == -1) {
        syncd_warn(syncd_stopping()
                   ? "the service does it all the same"
                   : "the service has ended the connection: its log tells "
                     "what became of it");
        c->code = SYNCD_PARTIAL;
    }

    code = c->code;
    free(c);

    return code;
}


/* WPPKG_DECLINED: nothing will come any more */

static int
syncd_caller_hear(syncd_caller_t *c)
{
    ssize_t  n;

    n = recv(c->fd, c->line + c->len, sizeof(c->line) - c->len, MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return WPPKG_OK;
    }

    if (n <= 0) {
        return WPPKG_DECLINED;
    }

    c->len += (size_t) n;

    return syncd_caller_lines(c);
}


static int
syncd_caller_lines(syncd_caller_t *c)
{
    char    *end;
    size_t   len;

    for ( ;; ) {
        end = memchr(c->line, '\n', c->len);

        if (end == NULL) {
            return (c->len < sizeof(c->line)) ? WPPKG_OK : WPPKG_DECLINED;
        }

        *end = '\0';
        len = (size_t) (end - c->line) + 1;

        if (len > 2) {
            syncd_caller_line(c, c->line);
        }

        c->len -= len;
        memmove(c->line, c->line + len, c->len);
    }
}


/* the service has escaped them; what has not been, is now */

static void
syncd_caller_line(syncd_caller_t *c, const char *line)
{
    char  text[4 * SYNCD_CALLER_LINE];

    switch (line[0]) {

    case 'o':
        (void) wppkg_escape(text, line + 2);
        printf("%s\n", text);
        (void) fflush(stdout);
        break;

    case '3':
        syncd_error("%s", line + 2);
        break;

    case '4':
        syncd_warn("%s", line + 2);
        break;

    case 'x':
        c->code = (int) (strtoul(line + 2, NULL, 10) & 0xff);
        break;

    default:
        syncd_info("%s", line + 2);
    }
}

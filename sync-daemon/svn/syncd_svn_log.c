
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <expat.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "syncd_svn_log.h"
#include "syncd_svn_text.h"


#define SYNCD_SVN_LOG_CHUNK   16384   /* bytes given to expat at a time */

/* names as expat gives them: namespace, this, local name */
#define SYNCD_SVN_LOG_SEPARATOR  "|"
#define SYNCD_SVN_LOG_REPORT     "svn:|log-report"
#define SYNCD_SVN_LOG_ITEM       "svn:|log-item"


/* an element within an item */

typedef struct {
    const char             *name;
    void                  (*close)(syncd_svn_log_t *log);
    syncd_svn_change_e      change;   /* of a path */
} syncd_svn_name_t;


struct syncd_svn_log_s {
    XML_Parser                 parser;
    syncd_svn_log_handler_t    handler;
    syncd_svn_text_t           filter;
    syncd_svn_item_t           item;
    const syncd_svn_name_t    *open;      /* whose text is being read */
    unsigned                   depth;     /* elements that are open */
    unsigned                   initem:1;
    unsigned                   file:1;    /* the path is no directory */
    unsigned                   copy:1;    /* and comes from another */
    unsigned                   seen:1;    /* the item's revision */
    unsigned                   end:1;     /* the root has been closed */
    unsigned                   failed:1;
    size_t                     len;       /* of text[] */
    char                       text[SYNCD_SVN_LOG_PATH];
    wppkg_error_t              error;
};


static void *syncd_svn_log_malloc(size_t size);
static void *syncd_svn_log_realloc(void *p, size_t size);
static void syncd_svn_log_release(void *p);
static void syncd_svn_log_parse(syncd_svn_log_t *log, int size, int final);
static void syncd_svn_log_start(void *ctx, const XML_Char *name,
    const XML_Char **attributes);
static void syncd_svn_log_close(void *ctx, const XML_Char *name);
static void syncd_svn_log_chars(void *ctx, const XML_Char *s, int len);
static void syncd_svn_log_doctype(void *ctx, const XML_Char *name,
    const XML_Char *sysid, const XML_Char *pubid, int internal);
static const syncd_svn_name_t *syncd_svn_log_find(const char *name);
static void syncd_svn_log_attributes(syncd_svn_log_t *log,
    const XML_Char **attributes);
static void syncd_svn_log_item(syncd_svn_log_t *log);
static void syncd_svn_log_path(syncd_svn_log_t *log);
static void syncd_svn_log_revision(syncd_svn_log_t *log);
static void syncd_svn_log_date(syncd_svn_log_t *log);
static void syncd_svn_log_stop(syncd_svn_log_t *log, const char *why);


/* bytes; expat calls its allocator without a context */
static size_t  syncd_svn_log_memory;


static const XML_Memory_Handling_Suite  syncd_svn_log_suite = {
    syncd_svn_log_malloc,
    syncd_svn_log_realloc,
    syncd_svn_log_release
};


/* the commonest first */

static const syncd_svn_name_t  syncd_svn_names[] = {
    { "svn:|modified-path", syncd_svn_log_path, SYNCD_SVN_MODIFIED },
    { "svn:|added-path", syncd_svn_log_path, SYNCD_SVN_ADDED },
    { "svn:|deleted-path", syncd_svn_log_path, SYNCD_SVN_DELETED },
    { "svn:|replaced-path", syncd_svn_log_path, SYNCD_SVN_REPLACED },
    { "DAV:|version-name", syncd_svn_log_revision, 0 },
    { "svn:|date", syncd_svn_log_date, 0 },
    { NULL, NULL, 0 }
};


syncd_svn_log_t *
syncd_svn_log_create(const syncd_svn_log_handler_t *handler)
{
    syncd_svn_log_t  *log;

    log = calloc(1, sizeof(syncd_svn_log_t));

    if (log == NULL) {
        return NULL;
    }

    /* UTF-8 after the filter, whatever encoding the document declares */

    log->parser = XML_ParserCreate_MM("UTF-8", &syncd_svn_log_suite,
                                      SYNCD_SVN_LOG_SEPARATOR);
    if (log->parser == NULL) {
        free(log);
        return NULL;
    }

    log->handler = *handler;
    syncd_svn_text_init(&log->filter);

    XML_SetUserData(log->parser, log);
    XML_SetElementHandler(log->parser, syncd_svn_log_start,
                          syncd_svn_log_close);
    XML_SetCharacterDataHandler(log->parser, syncd_svn_log_chars);
    XML_SetStartDoctypeDeclHandler(log->parser, syncd_svn_log_doctype);

    return log;
}


void
syncd_svn_log_free(syncd_svn_log_t *log)
{
    if (log == NULL) {
        return;
    }

    XML_ParserFree(log->parser);
    free(log);
}


const char *
syncd_svn_log_error(const syncd_svn_log_t *log)
{
    return log->failed ? log->error.text : NULL;
}


/*
 * Expat keeps unfinished input and every name it has seen: without a limit the
 * server would decide how much that is.
 */

static void *
syncd_svn_log_malloc(size_t size)
{
    void  *p;

    if (syncd_svn_log_memory + size > SYNCD_SVN_LOG_MEMORY) {
        return NULL;
    }

    p = malloc(size);

    if (p != NULL) {
        syncd_svn_log_memory += malloc_usable_size(p);
    }

    return p;
}


static void *
syncd_svn_log_realloc(void *p, size_t size)
{
    void    *q;
    size_t   old;

    old = (p != NULL) ? malloc_usable_size(p) : 0;

    if (syncd_svn_log_memory - old + size > SYNCD_SVN_LOG_MEMORY) {
        return NULL;
    }

    q = realloc(p, size);

    if (q != NULL) {
        syncd_svn_log_memory += malloc_usable_size(q) - old;
    }

    return q;
}


static void
syncd_svn_log_release(void *p)
{
    if (p != NULL) {
        syncd_svn_log_memory -= malloc_usable_size(p);
        free(p);
    }
}


int
syncd_svn_log_feed(syncd_svn_log_t *log, const char *data, size_t len)
{
    int      size;
    char    *buf;
    size_t   n;

    while (len != 0 && !log->failed) {
        n = (len < SYNCD_SVN_LOG_CHUNK) ? len : SYNCD_SVN_LOG_CHUNK;

        buf = XML_GetBuffer(log->parser,
                            (int) (n + SYNCD_SVN_TEXT_PENDING));
        if (buf == NULL) {
            syncd_svn_log_stop(log, XML_ErrorString(XML_ERROR_NO_MEMORY));
            break;
        }

        size = (int) syncd_svn_text_filter(&log->filter, buf, data, n);

        syncd_svn_log_parse(log, size, 0);

        data += n;
        len -= n;
    }

    return log->failed ? WPPKG_ERROR : WPPKG_OK;
}


int
syncd_svn_log_end(syncd_svn_log_t *log)
{
    /* expat may have put off the beginning of a token */

    if (!log->failed && XML_GetBuffer(log->parser, 1) != NULL) {
        syncd_svn_log_parse(log, 0, 1);
    }

    if (!log->failed && !log->end) {
        syncd_svn_log_stop(log, "it is cut off");
    }

    return log->failed ? WPPKG_ERROR : WPPKG_OK;
}


/* what is in expat's buffer */

static void
syncd_svn_log_parse(syncd_svn_log_t *log, int size, int final)
{
    enum XML_Error  code;

    if (XML_ParseBuffer(log->parser, size, final) == XML_STATUS_OK
        || log->failed)
    {
        return;
    }

    code = XML_GetErrorCode(log->parser);

    switch (code) {

    case XML_ERROR_NO_ELEMENTS:
    case XML_ERROR_UNCLOSED_TOKEN:
    case XML_ERROR_UNCLOSED_CDATA_SECTION:
    case XML_ERROR_PARTIAL_CHAR:
        syncd_svn_log_stop(log, "it is cut off");
        break;

    default:
        syncd_svn_log_stop(log, XML_ErrorString(code));
    }
}


/* why: NULL if it was a handler that failed */

static void
syncd_svn_log_stop(syncd_svn_log_t *log, const char *why)
{
    log->failed = 1;

    if (why != NULL) {
        wppkg_error_set(&log->error, "log report: %s", why);
    }

    (void) XML_StopParser(log->parser, XML_FALSE);
}


static void
syncd_svn_log_start(void *ctx, const XML_Char *name,
    const XML_Char **attributes)
{
    unsigned          depth;
    syncd_svn_log_t  *log;

    log = ctx;
    depth = log->depth++;

    if (log->failed) {
        return;
    }

    if (depth == 0) {

        if (strcmp(name, SYNCD_SVN_LOG_REPORT) != 0) {
            syncd_svn_log_stop(log, "the answer is something else");
        }

        return;
    }

    if (depth == 1) {
        log->initem = (strcmp(name, SYNCD_SVN_LOG_ITEM) == 0);
        log->seen = 0;
        memset(&log->item, 0, sizeof(syncd_svn_item_t));
        return;
    }

    if (depth == 2) {
        log->open = log->initem ? syncd_svn_log_find(name) : NULL;
        log->len = 0;
        syncd_svn_log_attributes(log, attributes);
    }
}


static const syncd_svn_name_t *
syncd_svn_log_find(const char *name)
{
    const syncd_svn_name_t  *n;

    for (n = syncd_svn_names; n->name != NULL; n++) {

        if (strcmp(n->name, name) == 0) {
            return n;
        }
    }

    return NULL;
}


static void
syncd_svn_log_attributes(syncd_svn_log_t *log, const XML_Char **attributes)
{
    size_t  i;

    log->file = 0;
    log->copy = 0;

    for (i = 0; attributes[i] != NULL; i += 2) {

        if (strcmp(attributes[i], "node-kind") == 0) {
            log->file = (strcmp(attributes[i + 1], "file") == 0);

        } else if (strcmp(attributes[i], "copyfrom-path") == 0) {
            log->copy = 1;
        }
    }
}


/* text of an element in the item, not of one that is deeper */

static void
syncd_svn_log_chars(void *ctx, const XML_Char *s, int len)
{
    size_t            n, room;
    syncd_svn_log_t  *log;

    log = ctx;

    if (log->open == NULL || log->depth != 3) {
        return;
    }

    n = (size_t) len;
    room = sizeof(log->text) - log->len;
    n = (n < room) ? n : room;

    memcpy(log->text + log->len, s, n);
    log->len += n;
}


static void
syncd_svn_log_close(void *ctx, const XML_Char *name)
{
    syncd_svn_log_t  *log;

    log = ctx;
    log->depth--;

    if (log->failed) {
        return;
    }

    switch (log->depth) {

    case 0:
        log->end = 1;
        break;

    case 1:
        if (log->initem) {
            syncd_svn_log_item(log);
        }

        log->initem = 0;
        break;

    case 2:
        if (log->open != NULL) {
            log->open->close(log);
        }

        log->open = NULL;
        break;
    }
}


static void
syncd_svn_log_item(syncd_svn_log_t *log)
{
    if (!log->seen) {
        syncd_svn_log_stop(log, "an item has no version-name");
        return;
    }

    if (log->handler.item(log->handler.ctx, &log->item) != WPPKG_OK) {
        syncd_svn_log_stop(log, NULL);
    }
}


static void
syncd_svn_log_path(syncd_svn_log_t *log)
{
    syncd_svn_change_e  change;

    change = log->open->change;

    if (change == SYNCD_SVN_ADDED && log->copy) {
        change = SYNCD_SVN_COPIED;
    }

    log->item.paths++;

    if (log->handler.path(log->handler.ctx, change, log->file, log->text,
                          log->len)
        != WPPKG_OK)
    {
        syncd_svn_log_stop(log, NULL);
    }
}


static void
syncd_svn_log_revision(syncd_svn_log_t *log)
{
    size_t   i;
    int64_t  rev;

    rev = 0;

    for (i = 0; i < log->len; i++) {

        if (log->text[i] < '0' || log->text[i] > '9') {
            break;
        }

        if (i < SYNCD_SVN_LOG_DIGITS) {
            rev = rev * 10 + (log->text[i] - '0');
        }
    }

    if (i == 0 || i != log->len || i > SYNCD_SVN_LOG_DIGITS) {
        syncd_svn_log_stop(log, "a version-name is not a number");
        return;
    }

    log->item.rev = rev;
    log->seen = 1;
}


/* "2026-11-22T08:43:53.252746Z"; a date that is something else is none */

static void
syncd_svn_log_date(syncd_svn_log_t *log)
{
    char         text[64];
    time_t       date;
    struct tm    tm;
    const char  *end;

    if (log->len >= sizeof(text)) {
        return;
    }

    memcpy(text, log->text, log->len);
    text[log->len] = '\0';

    memset(&tm, 0, sizeof(struct tm));
    end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);

    if (end == NULL || text[log->len - 1] != 'Z'
        || (*end != '.' && *end != 'Z'))
    {
        return;
    }

    date = timegm(&tm);
    log->item.date = (date > 0) ? (int64_t) date : 0;
}


/* no log report has one: this is where an entity bomb begins */

static void
syncd_svn_log_doctype(void *ctx, const XML_Char *name, const XML_Char *sysid,
    const XML_Char *pubid, int internal)
{
    syncd_svn_log_stop(ctx, "it has a document type, which is refused");
}

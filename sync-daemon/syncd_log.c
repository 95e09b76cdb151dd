
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Log and progress; the only file that writes to standard error.
 */


#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "syncd.h"
#include "wppkg_escape.h"


#define SYNCD_LOG_TEXT      1500      /* bytes of a line before escaping */
#define SYNCD_LOG_LINE      (SYNCD_LOG_TEXT * 4 + 64)

#define SYNCD_LOG_SECRET    8         /* bytes of one that are no chance */
#define SYNCD_LOG_SHORT     4         /* one that is shorter is none */

#define SYNCD_BAR_COLUMNS   79        /* the 80th would wrap on some */
#define SYNCD_BAR_WIDTH     24
#define SYNCD_BAR_EVERY     100       /* ms between two drawings */
#define SYNCD_LINE_EVERY    10000     /* ms between two lines */


typedef enum {
    SYNCD_LOG_PLAIN = 1,
    SYNCD_LOG_JOURNAL
} syncd_log_form_e;


typedef struct {
    char      stage[32];              /* "": no stage reports now */
    int64_t   started;                /* ms, monotonic */
    uint64_t  begun;                  /* what had been done by then */
    int64_t   shown;
    unsigned  terminal:1;
    unsigned  drawn:1;                /* the cursor stands in a bar */
} syncd_progress_t;


static void syncd_log(int priority, const char *fmt, va_list args);
static void syncd_log_hide(char *text, const char *secret);
static syncd_log_form_e syncd_log_form(void);
static int syncd_log_is_journal(void);
static void syncd_log_write(const char *data, size_t len);
static void syncd_progress_start(const char *stage, int64_t now);
static void syncd_progress_bar(uint64_t done, uint64_t total,
    const char *text);
static void syncd_progress_text(char *text, size_t size, uint64_t done,
    uint64_t total, int64_t elapsed);
static void syncd_progress_clear(void);


static char              syncd_log_first[SYNCD_LOG_LINE];
static void            (*syncd_log_teed)(char kind, const char *line,
                                         size_t len);
static syncd_progress_t  syncd_progress_state;

/* no line shows this configuration's secrets; NULL: none is known yet */
static const syncd_conf_t  *syncd_log_conf;


void
syncd_error(const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    syncd_log(3, fmt, args);
    va_end(args);
}


void
syncd_warn(const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    syncd_log(4, fmt, args);
    va_end(args);
}


void
syncd_info(const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    syncd_log(6, fmt, args);
    va_end(args);
}


void
syncd_print(const char *fmt, ...)
{
    int      n;
    char     line[SYNCD_LOG_LINE];
    va_list  args;

    va_start(args, fmt);
    n = vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);

    if (n < 0) {
        return;
    }

    printf("%s\n", line);
    (void) fflush(stdout);

    if (syncd_log_teed != NULL) {
        syncd_log_teed('o', line, strlen(line));
    }
}


void
syncd_log_tee(void (*tee)(char kind, const char *line, size_t len))
{
    syncd_log_teed = tee;
}


const char *
syncd_first_error(void)
{
    return (syncd_log_first[0] != '\0') ? syncd_log_first : NULL;
}


void
syncd_forget_error(void)
{
    syncd_log_first[0] = '\0';
}


void
syncd_log_hides(const syncd_conf_t *conf)
{
    syncd_log_conf = conf;
}


void
syncd_hide(char *text)
{
    if (syncd_log_conf == NULL) {
        return;
    }

    syncd_log_hide(text, syncd_log_conf->s3_secret_key);
    syncd_log_hide(text, syncd_log_conf->s3_session_token);
    syncd_log_hide(text, syncd_log_conf->advisories_key);
}


/* parts of it as well: it may come cut short, or encoded */

static void
syncd_log_hide(char *text, const char *secret)
{
    char        *p;
    size_t       len, least, n;
    const char  *part;

    len = (secret != NULL) ? strlen(secret) : 0;
    least = (len < SYNCD_LOG_SECRET) ? len : SYNCD_LOG_SECRET;

    if (least < SYNCD_LOG_SHORT) {
        return;
    }

    for (p = text; strlen(p) >= least; p++) {
        part = memmem(secret, len, p, least);

        if (part == NULL) {
            continue;
        }

        for (n = least; part[n] != '\0' && part[n] == p[n]; n++) {
            /* void */
        }

        memset(p, '*', n);
        p += n - 1;
    }
}


static void
syncd_log(int priority, const char *fmt, va_list args)
{
    int     n;
    char    text[SYNCD_LOG_TEXT], line[SYNCD_LOG_LINE];
    size_t  len, start;

    n = vsnprintf(text, sizeof(text), fmt, args);
    if (n < 0) {
        return;
    }

    syncd_hide(text);
    syncd_progress_clear();

    if (syncd_log_form() == SYNCD_LOG_JOURNAL) {
        len = (size_t) snprintf(line, sizeof(line), "<%d>", priority);

    } else {
        len = (size_t) snprintf(line, sizeof(line), "%s: ", SYNCD_NAME);
    }

    start = len;
    len += wppkg_escape(line + len, text);

    if (syncd_log_teed != NULL) {
        syncd_log_teed((char) ('0' + priority), line + start, len - start);
    }

    if (priority == 3 && syncd_log_first[0] == '\0') {
        (void) snprintf(syncd_log_first, sizeof(syncd_log_first), "%s",
                        line + start);
    }

    line[len++] = '\n';

    syncd_log_write(line, len);
}


static syncd_log_form_e
syncd_log_form(void)
{
    static syncd_log_form_e  form;

    if (form == 0) {
        form = syncd_log_is_journal() ? SYNCD_LOG_JOURNAL : SYNCD_LOG_PLAIN;
    }

    return form;
}


/*
 * JOURNAL_STREAM is "device:inode" and inherited by all that a unit starts,
 * so it counts only if standard error still is that stream.
 */

static int
syncd_log_is_journal(void)
{
    char         id[64];
    const char  *stream;
    struct stat  st;

    stream = getenv("JOURNAL_STREAM");

    if (stream == NULL || fstat(STDERR_FILENO, &st) != 0) {
        return 0;
    }

    (void) snprintf(id, sizeof(id), "%ju:%ju", (uintmax_t) st.st_dev,
                    (uintmax_t) st.st_ino);

    return strcmp(stream, id) == 0;
}


/* one write a line, so that lines of two processes do not mix */

static void
syncd_log_write(const char *data, size_t len)
{
    ssize_t  n;

    n = write(STDERR_FILENO, data, len);
    (void) n;                     /* standard error has failed: there is
                                     nowhere to report it */
}


void
syncd_progress(const char *stage, uint64_t done, uint64_t total)
{
    char               text[80];
    int64_t            now, every;
    syncd_progress_t  *p;

    p = &syncd_progress_state;
    now = wppkg_monotonic_ms();

    if (strncmp(p->stage, stage, sizeof(p->stage) - 1) != 0) {
        syncd_progress_start(stage, now);
        p->begun = done;
    }

    every = p->terminal ? SYNCD_BAR_EVERY : SYNCD_LINE_EVERY;

    if (now - p->shown < every) {
        return;
    }

    p->shown = now;
    syncd_progress_text(text, sizeof(text), done, total, now - p->started);

    if (p->terminal) {
        syncd_progress_bar(done, total, text);
        return;
    }

    syncd_info("%s: %s", p->stage, text);
}


void
syncd_progress_end(void)
{
    syncd_progress_clear();
    syncd_progress_state.stage[0] = '\0';
}


static void
syncd_progress_start(const char *stage, int64_t now)
{
    syncd_progress_t  *p;

    p = &syncd_progress_state;

    syncd_progress_clear();
    (void) snprintf(p->stage, sizeof(p->stage), "%s", stage);

    p->started = now;
    p->shown = now;
    p->terminal = isatty(STDERR_FILENO) == 1;
}


static void
syncd_progress_bar(uint64_t done, uint64_t total, const char *text)
{
    int     n;
    char    bar[SYNCD_BAR_WIDTH + 1], line[256];
    size_t  filled;

    filled = 0;

    if (total != 0) {
        filled = (done >= total)
                 ? SYNCD_BAR_WIDTH
                 : (size_t) ((double) done / (double) total
                             * SYNCD_BAR_WIDTH);
    }

    memset(bar, '.', SYNCD_BAR_WIDTH);
    memset(bar, '#', filled);
    bar[SYNCD_BAR_WIDTH] = '\0';

    n = snprintf(line, sizeof(line), "%-8s [%s] %s",
                 syncd_progress_state.stage, bar, text);

    if (n > SYNCD_BAR_COLUMNS) {
        n = SYNCD_BAR_COLUMNS;
    }

    syncd_log_write("\r\033[K", 4);
    syncd_log_write(line, (size_t) n);

    syncd_progress_state.drawn = 1;
}


/* "1200 of 5000, 118/s, 0:32 left"; total 0: it is not known */

static void
syncd_progress_text(char *text, size_t size, uint64_t done, uint64_t total,
    int64_t elapsed)
{
    double    rate;
    uint64_t  left, begun;

    rate = 0;
    begun = syncd_progress_state.begun;

    if (elapsed > 0 && done > begun) {
        rate = (double) (done - begun) * 1000 / (double) elapsed;
    }

    if (total == 0) {
        (void) snprintf(text, size, "%llu, %.0f/s",
                        (unsigned long long) done, rate);
        return;
    }

    if (rate <= 0 || done >= total) {
        (void) snprintf(text, size, "%llu of %llu",
                        (unsigned long long) done,
                        (unsigned long long) total);
        return;
    }

    left = (uint64_t) ((double) (total - done) / rate + 0.5);

    (void) snprintf(text, size, "%llu of %llu, %.0f/s, %llu:%02llu left",
                    (unsigned long long) done, (unsigned long long) total,
                    rate, (unsigned long long) left / 60,
                    (unsigned long long) left % 60);
}


static void
syncd_progress_clear(void)
{
    if (syncd_progress_state.drawn) {
        syncd_log_write("\r\033[K", 4);
        syncd_progress_state.drawn = 0;
    }
}

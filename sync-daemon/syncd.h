
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of the daemon share: configuration, log, stop request, exit
 * codes.  Stages know the catalogue and the HTTP engine; they do not know
 * each other.
 */


#ifndef _SYNCD_H_INCLUDED_
#define _SYNCD_H_INCLUDED_


#include <poll.h>

#include "wppkg_catalogue.h"
#include "wppkg_core.h"


#define SYNCD_NAME           "wppkg-syncd"


/* exit codes; a stage returns one of the first three */

#define SYNCD_DONE           0
#define SYNCD_PARTIAL        1    /* the next run resumes */
#define SYNCD_USAGE          2    /* usage or configuration */
#define SYNCD_LOCKED         75   /* another run holds the lock */


/* where a request names the bucket */

typedef enum {
    SYNCD_STYLE_AUTO = 0,             /* path, unless host is asked for */
    SYNCD_STYLE_PATH,                 /* https://host/bucket/key */
    SYNCD_STYLE_HOST                  /* https://bucket.host/key */
} syncd_style_e;


#define SYNCD_ADVISORY_FILES  8       /* of [advisories] */


/*
 * The configuration: one file, read once; strings are owned by it.  Every key
 * is described in wppkg.conf.example.
 */

typedef struct {
    char      *catalogue;             /* [catalogue] path */
    char      *list;                  /* [catalogue] list; may be NULL */

    char      *base_url;              /* [repository] base_url; may be NULL */
    char      *changes_url;           /* [repository] changes_url; or NULL */
    char      *search_url;            /* [repository] search_url; or NULL */
    char      *notify_url;            /* [repository] notify_url; or NULL */
    char      *downloads;             /* [repository] downloads; or NULL */
    unsigned   authority;             /* [repository] authority:
                                         wppkg_authority_e */
    unsigned   untagged;              /* [repository] untagged: 0 or 1 */
    unsigned   closed;                /* [repository] closed: wppkg_closed_e */
    unsigned   replace;               /* [repository] replace: 0 or 1 */
    unsigned   aliases;               /* [repository] aliases: 0 or 1 */
    unsigned   aliases_in_bucket;     /* likewise */
    unsigned   requires_plugins;      /* [repository] requires_plugins: 1 to
                                         suggest them */
    char      *lists;                 /* [repository] lists; or NULL */
    char      *replacements;          /* [repository] replacements; or NULL */

    char      *origin_url;            /* [origin] url; NULL: no origin */
    char      *origin_ca_file;        /* [origin] ca_file; may be NULL */
    unsigned   origin_concurrency;    /* [origin] concurrency */

    char      *api_url;               /* [wporg] api_url */
    char      *svn[WPPKG_TYPES];      /* [wporg] plugins_svn, themes_svn */
    char      *contact;               /* [wporg] contact, in User-Agent */
    unsigned   follow;                /* [wporg] follow: Subversion */
    unsigned   backfill;              /* [wporg] backfill: its history too */
    unsigned   api_concurrency;       /* [wporg] concurrency */
    unsigned   api_bulk;              /* [wporg] bulk: slugs a request */
    unsigned   recheck;               /* [wporg] recheck, seconds; 0 never */
    unsigned   verify_zips;           /* [wporg] verify_zips: of what is new */
    unsigned   core;                  /* [wporg] core: WordPress itself */

    char      *advisories_url;        /* [advisories] url; may be NULL */
    char      *advisories_files[SYNCD_ADVISORY_FILES];    /* likewise: file */
    char      *advisories_api;        /* [advisories] api_url; or NULL */
    unsigned   advisories_interval;   /* [advisories] interval, seconds */
    char      *advisories_key;        /* environment or credentials */

    char      *dist_path;             /* [dist] path; NULL: no store */
    char      *dist_url;              /* below base_url; with a store */
    char      *dist_list;             /* [dist] list; may be NULL */
    unsigned   dist_packages;         /* [dist] packages: wppkg_keep_e */
    unsigned   dist_versions;         /* [dist] versions; 0: all */
    unsigned   dist_quota;            /* [dist] quota, KiB; 0: none */
    unsigned   dist_rate;             /* [dist] rate, KiB a second; 0: any */
    unsigned   dist_concurrency;      /* [dist] concurrency */

    unsigned   interval;              /* [schedule] interval, seconds */
    unsigned   sweep;                 /* [schedule] sweep, seconds; 0 never */

    char      *control;               /* [service] control; NULL: off */

    char      *s3_endpoint;           /* [bucket] endpoint; NULL: no bucket */
    char      *s3_bucket;             /* [bucket] name */
    char      *s3_region;             /* [bucket] region */
    char      *s3_prefix;             /* [bucket] prefix, "" or "a/b/" */
    char      *s3_ca_file;            /* [bucket] ca_file; may be NULL */
    unsigned   s3_concurrency;        /* [bucket] concurrency; 0: auto */
    unsigned   s3_style;              /* [bucket] style: syncd_style_e */
    unsigned   s3_public;             /* [bucket] public: by ACL, 0 or 1 */
    unsigned   s3_gzip;               /* [bucket] gzip: at rest, 0 or 1 */
    char      *s3_access_key;         /* environment or credentials */
    char      *s3_secret_key;         /* likewise; wiped at the end */
    char      *s3_session_token;      /* likewise; of temporary keys */

    unsigned   connect_timeout;       /* [http] seconds */
    unsigned   stall_timeout;         /* [http] seconds without progress */
    unsigned   total_timeout;         /* [http] seconds a transfer */
    unsigned   retries;               /* [http] attempts after the first */
} syncd_conf_t;


/* what a stage has counted: key in pipeline_runs, and words of its line */

#define SYNCD_COUNTS         16

typedef struct {
    const char           *name;       /* static, such as "zips_missing" */
    uint64_t              n;
} syncd_count_t;


/* what a stage works with */

typedef struct {
    const syncd_conf_t   *conf;
    wppkg_catalogue_t    *cat;

    /*
     * How many packages may yet be rendered in this cycle for a reason that
     * many may have at once: WPPKG_WALK_SLICE.
     */
    size_t               *slice;

    unsigned              ncounts;
    syncd_count_t         counts[SYNCD_COUNTS];
} syncd_ctx_t;

void syncd_count(syncd_ctx_t *ctx, const char *name, uint64_t n);


/*
 * Log: one line an event, to standard error; "wppkg-syncd: " in front on a
 * terminal, "<3>" syslog priorities under systemd.  Control bytes in what
 * comes from outside are escaped here.
 */
void syncd_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void syncd_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void syncd_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * A line of what a command prints, without its LF: to standard output.  Not
 * for what comes from outside, unless it has been escaped.
 */
void syncd_print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * From now on, all of these are also told to somebody else, line by line, as
 * they are without a prefix; NULL: to nobody.  kind: "3", "4", "6" as syslog's
 * priorities, or "o", printed.
 */
void syncd_log_tee(void (*tee)(char kind, const char *line, size_t len));

/*
 * From now on no line has conf's secret key, session token or key to
 * advisories, nor 8 bytes in a row of one, whoever told them: a server may
 * repeat what it was sent.  conf stays where it is, and may be filled later.
 * syncd_hide() puts "*" in the place of all such in a text that goes
 * elsewhere.
 */
void syncd_log_hides(const syncd_conf_t *conf);
void syncd_hide(char *text);

/*
 * The first line that syncd_error() has written, escaped; NULL if none.  A
 * new run forgets that of the one before.
 */
const char *syncd_first_error(void);
void syncd_forget_error(void);

/* a progress bar on a terminal, a line every 10 seconds elsewhere */
void syncd_progress(const char *stage, uint64_t done, uint64_t total);
void syncd_progress_end(void);

/*
 * SIGTERM and SIGINT ask for an end and interrupt what waits; SIGPIPE is
 * ignored.  syncd_stopping() is non-zero from then on: end at the next safe
 * point.
 */
void syncd_signals(void);
int syncd_stopping(void);

/*
 * Something else is to be done first: syncd_stopping() is non-zero as well,
 * but syncd_ending() is not.  0: it has been.  Returns what it was before.
 */
int syncd_interrupt(int on);
int syncd_ending(void);

/*
 * Whoever takes long calls this at least once a second: systemd gets its sign
 * of life, and who asks the service for something is heard.
 */
void syncd_alive(void);

/*
 * For a service: from now on SIGHUP makes syncd_reloading() non-zero, once.
 * The wait ends with a signal that has arrived since, or before it.
 */
void syncd_signals_reload(void);
int syncd_reloading(void);
void syncd_signal_wait(int64_t ms);

/* it also ends with what happens to n descriptors, as poll() tells */
void syncd_signal_poll(struct pollfd *fds, nfds_t n, int64_t ms);

/* the same, but for all of the time unless it is asked to stop */
void syncd_signal_sleep(int64_t ms);


#endif /* _SYNCD_H_INCLUDED_ */

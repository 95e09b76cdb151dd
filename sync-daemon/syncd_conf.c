
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "syncd_conf.h"
#include "syncd_file.h"
#include "syncd_lanes.h"
#include "syncd_value.h"
#include "wppkg_format.h"


#define SYNCD_CONF_LINE   1024    /* bytes of a line */
#define SYNCD_CONF_SIZE   (1024 * 1024)
#define SYNCD_CONF_KEYS   64      /* room for what the table below has */
#define SYNCD_CONF_ROOT   "/" WPPKG_ROOT_PATH


typedef struct {
    const char    *file;
    syncd_conf_t  *conf;
    wppkg_buf_t   *errors;
    unsigned       nerrors;
    unsigned       line;
    const char    *section;       /* NULL: one that was refused */
    unsigned       lines[SYNCD_CONF_KEYS];    /* where each key was set */
} syncd_conf_reader_t;


static void syncd_conf_wipe(char *secret);
static int syncd_conf_same(const syncd_conf_key_t *key,
    const syncd_conf_t *one, const syncd_conf_t *other);
static int syncd_conf_same_text(const char *one, const char *other);
static void syncd_conf_lines(syncd_conf_reader_t *r, FILE *fp);
static void syncd_conf_parse(syncd_conf_reader_t *r, char *line);
static char *syncd_conf_trim(char *s);
static void syncd_conf_uncomment(char *s);
static void syncd_conf_section(syncd_conf_reader_t *r, const char *name);
static const syncd_conf_key_t *syncd_conf_find(const char *section,
    const char *name);
static void syncd_conf_pair(syncd_conf_reader_t *r, const char *name,
    const char *value);
static int syncd_conf_set(syncd_conf_reader_t *r, const syncd_conf_key_t *key,
    const char *value, wppkg_error_t *err);
static int syncd_conf_files(const char *value, unsigned max, char **files,
    wppkg_error_t *err);
static void syncd_conf_unknown(syncd_conf_reader_t *r, const char *name);
static void syncd_conf_defaults(syncd_conf_reader_t *r);
static void syncd_conf_complete(syncd_conf_reader_t *r);
static void syncd_conf_advisories(syncd_conf_reader_t *r);
static void syncd_conf_dist(syncd_conf_reader_t *r);
static void syncd_conf_origin(syncd_conf_reader_t *r);
static int syncd_conf_excluded(const syncd_conf_key_t *key);
static int syncd_conf_names_root(const char *url);
static int syncd_conf_names_bucket(const char *endpoint, const char *bucket);
static unsigned syncd_conf_line(const syncd_conf_reader_t *r,
    const char *section, const char *name);
static void syncd_conf_error(syncd_conf_reader_t *r, unsigned line,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));


#define syncd_conf_field(name)  offsetof(syncd_conf_t, name)

/*
 * Seconds.  Where Subversion is followed, its commits say when to look, and
 * this is an audit of what they did not say (rule R 10).
 */
#define SYNCD_CONF_RECHECK  3600
#define SYNCD_CONF_AUDIT    (30 * 86400)

#define SYNCD_CONF_WORDFENCE                                                  \
    "https://www.wordfence.com/api/intelligence/v3/vulnerabilities/production"

const syncd_conf_key_t  syncd_conf_keys[] = {

    { "catalogue", "path", SYNCD_CONF_PATH,
      syncd_conf_field(catalogue), NULL, 0, 0 },
    { "catalogue", "list", SYNCD_CONF_PATH,
      syncd_conf_field(list), NULL, 0, 0 },

    { "repository", "base_url", SYNCD_CONF_URL,
      syncd_conf_field(base_url), NULL, 0, 0 },
    { "repository", "changes_url", SYNCD_CONF_URL,
      syncd_conf_field(changes_url), NULL, 0, 0 },
    { "repository", "search_url", SYNCD_CONF_URL,
      syncd_conf_field(search_url), NULL, 0, 0 },
    { "repository", "notify_url", SYNCD_CONF_URL,
      syncd_conf_field(notify_url), NULL, 0, 0 },
    { "repository", "downloads", SYNCD_CONF_PATH,
      syncd_conf_field(downloads), NULL, 0, 0 },
    { "repository", "authority", SYNCD_CONF_AUTHORITY,
      syncd_conf_field(authority), "auto", 0, 0 },
    { "repository", "untagged", SYNCD_CONF_FLAG,
      syncd_conf_field(untagged), "on", 0, 0 },
    { "repository", "closed", SYNCD_CONF_CLOSED,
      syncd_conf_field(closed), "claimed", 0, 0 },
    { "repository", "replace", SYNCD_CONF_REPLACE,
      syncd_conf_field(replace), "wpackagist", 0, 0 },
    { "repository", "aliases", SYNCD_CONF_REPLACE,
      syncd_conf_field(aliases), "none", 0, 0 },
    { "repository", "aliases_in_bucket", SYNCD_CONF_FLAG,
      syncd_conf_field(aliases_in_bucket), "off", 0, 0 },
    { "repository", "requires_plugins", SYNCD_CONF_PLUGINS,
      syncd_conf_field(requires_plugins), "suggest", 0, 0 },
    { "repository", "lists", SYNCD_CONF_PATH,
      syncd_conf_field(lists), NULL, 0, 0 },
    { "repository", "replacements", SYNCD_CONF_PATH,
      syncd_conf_field(replacements), NULL, 0, 0 },

    { "origin", "url", SYNCD_CONF_URL,
      syncd_conf_field(origin_url), NULL, 0, 0 },
    { "origin", "ca_file", SYNCD_CONF_PATH,
      syncd_conf_field(origin_ca_file), NULL, 0, 0 },
    { "origin", "concurrency", SYNCD_CONF_NUMBER,
      syncd_conf_field(origin_concurrency), "16", 1, 64 },

    { "wporg", "api_url", SYNCD_CONF_URL,
      syncd_conf_field(api_url), "https://api.wordpress.org", 0, 0 },
    { "wporg", "follow", SYNCD_CONF_FLAG,
      syncd_conf_field(follow), "off", 0, 0 },
    { "wporg", "backfill", SYNCD_CONF_FLAG,
      syncd_conf_field(backfill), "off", 0, 0 },
    { "wporg", "plugins_svn", SYNCD_CONF_URL,
      syncd_conf_field(svn[WPPKG_PLUGIN]), "https://plugins.svn.wordpress.org",
      0, 0 },
    { "wporg", "themes_svn", SYNCD_CONF_URL,
      syncd_conf_field(svn[WPPKG_THEME]), "https://themes.svn.wordpress.org",
      0, 0 },
    { "wporg", "contact", SYNCD_CONF_TEXT,
      syncd_conf_field(contact), NULL, 0, 200 },
    { "wporg", "concurrency", SYNCD_CONF_NUMBER,
      syncd_conf_field(api_concurrency), "4", 1, 32 },
    { "wporg", "bulk", SYNCD_CONF_NUMBER,
      syncd_conf_field(api_bulk), "100", 1, 100 },
    { "wporg", "recheck", SYNCD_CONF_DURATION,
      syncd_conf_field(recheck), NULL, 0, 365 * 86400 },
    { "wporg", "verify_zips", SYNCD_CONF_FLAG,
      syncd_conf_field(verify_zips), "on", 0, 0 },
    { "wporg", "core", SYNCD_CONF_FLAG,
      syncd_conf_field(core), NULL, 0, 0 },

    { "advisories", "url", SYNCD_CONF_URL,
      syncd_conf_field(advisories_url), NULL, 0, 0 },
    { "advisories", "file", SYNCD_CONF_FILES,
      syncd_conf_field(advisories_files), NULL, 0, SYNCD_ADVISORY_FILES },
    { "advisories", "interval", SYNCD_CONF_DURATION,
      syncd_conf_field(advisories_interval), "1h", 1, 7 * 86400 },
    { "advisories", "api_url", SYNCD_CONF_URL,
      syncd_conf_field(advisories_api), NULL, 0, 0 },

    { "dist", "path", SYNCD_CONF_PATH,
      syncd_conf_field(dist_path), NULL, 0, 0 },
    { "dist", "packages", SYNCD_CONF_KEEP,
      syncd_conf_field(dist_packages), "none", 0, 0 },
    { "dist", "list", SYNCD_CONF_PATH,
      syncd_conf_field(dist_list), NULL, 0, 0 },
    { "dist", "versions", SYNCD_CONF_NUMBER,
      syncd_conf_field(dist_versions), "5", 0, 10000 },
    { "dist", "quota", SYNCD_CONF_KIB,
      syncd_conf_field(dist_quota), "200G", 0, UINT_MAX },
    { "dist", "rate", SYNCD_CONF_KIB,
      syncd_conf_field(dist_rate), "4M", 0, UINT_MAX },
    { "dist", "concurrency", SYNCD_CONF_NUMBER,
      syncd_conf_field(dist_concurrency), "2", 1, 32 },

    { "schedule", "interval", SYNCD_CONF_DURATION,
      syncd_conf_field(interval), "5m", 1, 86400 },
    { "schedule", "sweep", SYNCD_CONF_DURATION,
      syncd_conf_field(sweep), "1h", 0, 7 * 86400 },

    { "service", "control", SYNCD_CONF_SOCKET,
      syncd_conf_field(control), "/run/wppkg/control", 0, 0 },

    { "bucket", "endpoint", SYNCD_CONF_URL,
      syncd_conf_field(s3_endpoint), NULL, 0, 0 },
    { "bucket", "name", SYNCD_CONF_BUCKET,
      syncd_conf_field(s3_bucket), NULL, 0, 0 },
    { "bucket", "region", SYNCD_CONF_REGION,
      syncd_conf_field(s3_region), "auto", 0, 0 },
    { "bucket", "prefix", SYNCD_CONF_PREFIX,
      syncd_conf_field(s3_prefix), "", 0, 0 },
    { "bucket", "style", SYNCD_CONF_STYLE,
      syncd_conf_field(s3_style), "auto", 0, 0 },
    { "bucket", "ca_file", SYNCD_CONF_PATH,
      syncd_conf_field(s3_ca_file), NULL, 0, 0 },
    { "bucket", "concurrency", SYNCD_CONF_LANES,
      syncd_conf_field(s3_concurrency), "auto", 1, SYNCD_LANES_MAX },
    { "bucket", "public", SYNCD_CONF_FLAG,
      syncd_conf_field(s3_public), "off", 0, 0 },
    { "bucket", "gzip", SYNCD_CONF_FLAG,
      syncd_conf_field(s3_gzip), "off", 0, 0 },

    { "http", "connect_timeout", SYNCD_CONF_DURATION,
      syncd_conf_field(connect_timeout), "10s", 1, 600 },
    { "http", "stall_timeout", SYNCD_CONF_DURATION,
      syncd_conf_field(stall_timeout), "30s", 1, 3600 },
    { "http", "total_timeout", SYNCD_CONF_DURATION,
      syncd_conf_field(total_timeout), "300s", 1, 86400 },
    { "http", "retries", SYNCD_CONF_NUMBER,
      syncd_conf_field(retries), "4", 0, 20 },

    { NULL, NULL, SYNCD_CONF_TEXT, 0, NULL, 0, 0 }
};

_Static_assert(sizeof(syncd_conf_keys) / sizeof(syncd_conf_keys[0])
               <= SYNCD_CONF_KEYS, "SYNCD_CONF_KEYS is too small");


int
syncd_conf_read(const char *file, syncd_conf_t *conf, wppkg_buf_t *errors)
{
    FILE                *fp;
    wppkg_error_t        why;
    syncd_conf_reader_t  r;

    memset(conf, 0, sizeof(syncd_conf_t));
    memset(&r, 0, sizeof(syncd_conf_reader_t));

    r.file = file;
    r.conf = conf;
    r.errors = errors;
    r.section = "";

    fp = syncd_file_open(file, &why);

    if (fp == NULL) {
        syncd_conf_error(&r, 0, "cannot be opened: %s; \"-c FILE\" names "
                         "another file", why.text);
        return WPPKG_ERROR;
    }

    syncd_conf_lines(&r, fp);
    (void) fclose(fp);

    syncd_conf_defaults(&r);
    syncd_conf_complete(&r);

    if (r.nerrors > SYNCD_CONF_ERRORS) {
        wppkg_buf_printf(errors, "%s: %u more error%s\n", file,
                         r.nerrors - SYNCD_CONF_ERRORS,
                         wppkg_plural(r.nerrors - SYNCD_CONF_ERRORS));
    }

    return (r.nerrors == 0) ? WPPKG_OK : WPPKG_ERROR;
}


void
syncd_conf_free(syncd_conf_t *conf)
{
    size_t                   i;
    const syncd_conf_key_t  *key;

    syncd_conf_wipe(conf->s3_access_key);
    syncd_conf_wipe(conf->s3_secret_key);
    syncd_conf_wipe(conf->s3_session_token);
    syncd_conf_wipe(conf->advisories_key);

    free(conf->dist_url);

    for (i = 0; i < SYNCD_ADVISORY_FILES; i++) {
        free(conf->advisories_files[i]);
    }

    for (key = syncd_conf_keys; key->section != NULL; key++) {

        if (key->type <= SYNCD_CONF_PREFIX) {
            free(*(char **) ((char *) conf + key->offset));
        }
    }

    memset(conf, 0, sizeof(syncd_conf_t));
}


static void
syncd_conf_wipe(char *secret)
{
    if (secret != NULL) {
        OPENSSL_cleanse(secret, strlen(secret));
        free(secret);
    }
}


void
syncd_conf_changes(const syncd_conf_t *old, const syncd_conf_t *new,
    wppkg_buf_t *changes)
{
    const syncd_conf_key_t  *key;

    for (key = syncd_conf_keys; key->section != NULL; key++) {

        if (!syncd_conf_same(key, old, new)) {
            wppkg_buf_printf(changes, "%s[%s] %s",
                             (changes->len > 0) ? ", " : "", key->section,
                             key->name);
        }
    }
}


static int
syncd_conf_same(const syncd_conf_key_t *key, const syncd_conf_t *one,
    const syncd_conf_t *other)
{
    size_t       i, n;
    const void  *a, *b;

    a = (const char *) one + key->offset;
    b = (const char *) other + key->offset;

    if (key->type > SYNCD_CONF_FILES) {
        return *(const unsigned *) a == *(const unsigned *) b;
    }

    n = (key->type == SYNCD_CONF_FILES) ? key->max : 1;

    for (i = 0; i < n; i++) {

        if (!syncd_conf_same_text(((char *const *) a)[i],
                                  ((char *const *) b)[i]))
        {
            return 0;
        }
    }

    return 1;
}


static int
syncd_conf_same_text(const char *one, const char *other)
{
    if (one == NULL || other == NULL) {
        return one == other;
    }

    return strcmp(one, other) == 0;
}


static void
syncd_conf_lines(syncd_conf_reader_t *r, FILE *fp)
{
    char    text[SYNCD_CONF_LINE + 1], *line;
    size_t  len;

    if (fseek(fp, 0, SEEK_END) == 0 && ftell(fp) > SYNCD_CONF_SIZE) {
        syncd_conf_error(r, 0, "is larger than %d bytes", SYNCD_CONF_SIZE);
        return;
    }

    rewind(fp);

    while (syncd_file_line(fp, text, SYNCD_CONF_LINE, &len)) {
        r->line++;

        if (len > SYNCD_CONF_LINE) {
            syncd_conf_error(r, r->line, "is too long");
            continue;
        }

        text[len] = '\0';

        if (strlen(text) != len) {
            syncd_conf_error(r, r->line, "has a NUL byte");
            continue;
        }

        line = text;

        if (r->line == 1 && strncmp(line, "\xef\xbb\xbf", 3) == 0) {
            line += 3;
        }

        syncd_conf_parse(r, syncd_conf_trim(line));
    }

    if (ferror(fp)) {
        syncd_conf_error(r, 0, "cannot be read: %s", strerror(errno));
    }
}


static void
syncd_conf_parse(syncd_conf_reader_t *r, char *line)
{
    char  *p;

    if (*line == '\0' || *line == '#' || *line == ';') {
        return;
    }

    p = (*line == '[') ? strchr(line, ']') : NULL;

    if (p != NULL) {
        *p = '\0';
        syncd_conf_section(r, line + 1);

        p = syncd_conf_trim(p + 1);

        if (*p != '\0' && *p != '#' && *p != ';') {
            syncd_conf_error(r, r->line, "has something after \"[section]\"");
        }

        return;
    }

    syncd_conf_uncomment(line);
    p = strpbrk(line, "=:");

    if (*line == '[' || p == NULL) {
        syncd_conf_error(r, r->line, "is neither \"key = value\" nor "
                         "\"[section]\"");
        return;
    }

    *p = '\0';
    syncd_conf_pair(r, syncd_conf_trim(line), syncd_conf_trim(p + 1));
}


/* cuts white space off both ends */

static char *
syncd_conf_trim(char *s)
{
    size_t  len;

    while (isspace((unsigned char) *s)) {
        s++;
    }

    len = strlen(s);

    while (len > 0 && isspace((unsigned char) s[len - 1])) {
        len--;
    }

    s[len] = '\0';

    return s;
}


/* a comment begins with ";" after white space: "a; b" is a value */

static void
syncd_conf_uncomment(char *s)
{
    for (/* void */ ; *s != '\0'; s++) {

        if (isspace((unsigned char) s[0]) && s[1] == ';') {
            *s = '\0';
            return;
        }
    }
}


static void
syncd_conf_section(syncd_conf_reader_t *r, const char *name)
{
    const syncd_conf_key_t  *key;

    for (key = syncd_conf_keys; key->section != NULL; key++) {

        if (strcmp(key->section, name) == 0) {
            r->section = key->section;
            return;
        }
    }

    r->section = NULL;
    syncd_conf_error(r, r->line, "unknown section [%.50s]", name);
}


static void
syncd_conf_pair(syncd_conf_reader_t *r, const char *name, const char *value)
{
    unsigned                *line;
    wppkg_error_t            err;
    const syncd_conf_key_t  *key;

    if (r->section == NULL) {
        return;
    }

    key = syncd_conf_find(r->section, name);

    if (key == NULL) {
        syncd_conf_unknown(r, name);
        return;
    }

    line = &r->lines[key - syncd_conf_keys];

    if (*line != 0 && key->type != SYNCD_CONF_FILES) {
        syncd_conf_error(r, r->line, "\"%s\" is set a second time, first in "
                         "line %u", name, *line);
        return;
    }

    *line = r->line;

    if (syncd_conf_set(r, key, value, &err) != WPPKG_OK) {
        syncd_conf_error(r, r->line, "\"%s\": %s", name, err.text);
    }
}


static const syncd_conf_key_t *
syncd_conf_find(const char *section, const char *name)
{
    const syncd_conf_key_t  *key;

    for (key = syncd_conf_keys; key->section != NULL; key++) {

        if (strcmp(key->section, section) == 0
            && strcmp(key->name, name) == 0)
        {
            return key;
        }
    }

    return NULL;
}


static int
syncd_conf_set(syncd_conf_reader_t *r, const syncd_conf_key_t *key,
    const char *value, wppkg_error_t *err)
{
    void  *field;

    field = (char *) r->conf + key->offset;

    switch (key->type) {

    case SYNCD_CONF_TEXT:
        return syncd_value_text(value, key->max, field, err);

    case SYNCD_CONF_PATH:
        return syncd_value_path(value, field, err);

    case SYNCD_CONF_SOCKET:
        return syncd_value_socket(value, field, err);

    case SYNCD_CONF_URL:
        return syncd_value_url(value, field, err);

    case SYNCD_CONF_BUCKET:
        return syncd_value_bucket(value, field, err);

    case SYNCD_CONF_REGION:
        return syncd_value_region(value, field, err);

    case SYNCD_CONF_PREFIX:
        return syncd_value_prefix(value, field, err);

    case SYNCD_CONF_STYLE:
        return syncd_value_style(value, field, err);

    case SYNCD_CONF_CLOSED:
        return syncd_value_closed(value, field, err);

    case SYNCD_CONF_REPLACE:
        return syncd_value_either(value, "none", "wpackagist", field, err);

    case SYNCD_CONF_PLUGINS:
        return syncd_value_either(value, "off", "suggest", field, err);

    case SYNCD_CONF_KEEP:
        return syncd_value_keep(value, field, err);

    case SYNCD_CONF_FILES:
        return syncd_conf_files(value, key->max, field, err);

    case SYNCD_CONF_NUMBER:
        return syncd_value_number(value, key->min, key->max, field, err);

    case SYNCD_CONF_LANES:
        return syncd_value_lanes(value, key->max, field, err);

    case SYNCD_CONF_KIB:
        return syncd_value_size(value, field, err);

    case SYNCD_CONF_FLAG:
        return syncd_value_flag(value, field, err);

    case SYNCD_CONF_AUTHORITY:
        return syncd_value_whole(value, field, err);

    default: /* SYNCD_CONF_DURATION */
        return syncd_value_duration(value, key->min, key->max, field, err);
    }
}


/* one more */

static int
syncd_conf_files(const char *value, unsigned max, char **files,
    wppkg_error_t *err)
{
    unsigned  n;

    for (n = 0; n < max && files[n] != NULL; n++) {
        /* void */
    }

    if (n == max) {
        wppkg_error_set(err, "is set more than %u times", max);
        return WPPKG_ERROR;
    }

    return syncd_value_path(value, &files[n], err);
}


static void
syncd_conf_unknown(syncd_conf_reader_t *r, const char *name)
{
    size_t  i;

    static const char *const  secrets[] = {
        "secret", "access", "password", "token", "credential", NULL
    };

    for (i = 0; secrets[i] != NULL; i++) {

        if (strstr(name, secrets[i]) != NULL) {
            syncd_conf_error(r, r->line, "unknown key \"%.50s\": secrets "
                             "come from the environment or from systemd "
                             "credentials, see wppkg-syncd(1)", name);
            return;
        }
    }

    if (r->section[0] == '\0') {
        syncd_conf_error(r, r->line, "\"%.50s\" stands before the first "
                         "[section]", name);
        return;
    }

    syncd_conf_error(r, r->line, "unknown key \"%.50s\" in [%s]", name,
                     r->section);
}


static void
syncd_conf_defaults(syncd_conf_reader_t *r)
{
    wppkg_error_t            err;
    const syncd_conf_key_t  *key;

    for (key = syncd_conf_keys; key->section != NULL; key++) {

        if (key->value == NULL || r->lines[key - syncd_conf_keys] != 0) {
            continue;
        }

        if (syncd_conf_set(r, key, key->value, &err) != WPPKG_OK) {
            syncd_conf_error(r, 0, "default of \"%s\": %s", key->name,
                             err.text);
        }
    }
}


/* what must be there; a key that is there but wrong has been reported */

static void
syncd_conf_complete(syncd_conf_reader_t *r)
{
    unsigned  endpoint, name;

    if (syncd_conf_line(r, "catalogue", "path") == 0) {
        syncd_conf_error(r, 0, "\"path\" is missing in [catalogue]");
    }

    if (syncd_conf_line(r, "wporg", "recheck") == 0) {
        r->conf->recheck = r->conf->follow ? SYNCD_CONF_AUDIT
                                           : SYNCD_CONF_RECHECK;
    }

    if (syncd_conf_line(r, "wporg", "core") == 0) {
        r->conf->core = r->conf->follow;
    }

    syncd_conf_advisories(r);
    syncd_conf_dist(r);
    syncd_conf_origin(r);

    endpoint = syncd_conf_line(r, "bucket", "endpoint");
    name = syncd_conf_line(r, "bucket", "name");

    if (endpoint == 0 && name != 0) {
        syncd_conf_error(r, name, "[bucket] has a \"name\", so it needs an "
                         "\"endpoint\" too");
    }

    if (endpoint != 0 && name == 0) {
        syncd_conf_error(r, endpoint, "[bucket] has an \"endpoint\", so it "
                         "needs a \"name\" too");
    }

    /* nobody shall double a bucket without knowing it */

    if (endpoint != 0 && r->conf->aliases && !r->conf->aliases_in_bucket) {
        syncd_conf_error(r, syncd_conf_line(r, "repository", "aliases"),
                         "\"aliases\" makes twice as many objects of a "
                         "[bucket]: set \"aliases_in_bucket = on\" as well, "
                         "or leave it out");
    }

    if (endpoint != 0 && name != 0
        && syncd_conf_names_bucket(r->conf->s3_endpoint, r->conf->s3_bucket))
    {
        syncd_conf_error(r, endpoint, "\"endpoint\": ends with the bucket, "
                         "which goes into \"name\" alone");
    }
}


/* whoever wants advisories, and does not say from where, wants Wordfence's */

static void
syncd_conf_advisories(syncd_conf_reader_t *r)
{
    wppkg_error_t  err;

    if (syncd_conf_line(r, "advisories", "url") != 0
        || syncd_conf_line(r, "advisories", "file") != 0
        || (syncd_conf_line(r, "advisories", "interval") == 0
            && syncd_conf_line(r, "advisories", "api_url") == 0))
    {
        return;
    }

    if (syncd_value_url(SYNCD_CONF_WORDFENCE, &r->conf->advisories_url, &err)
        != WPPKG_OK)
    {
        syncd_conf_error(r, 0, "default of \"url\": %s", err.text);
    }
}


/* documents name what is in the store, so clients have to find it there */

static void
syncd_conf_dist(syncd_conf_reader_t *r)
{
    unsigned  path, list;

    path = syncd_conf_line(r, "dist", "path");
    list = syncd_conf_line(r, "dist", "list");

    if (path == 0) {
        return;
    }

    if (r->conf->dist_packages == WPPKG_KEEP_LISTED && list == 0) {
        syncd_conf_error(r, syncd_conf_line(r, "dist", "packages"),
                         "\"packages = listed\" in [dist] needs a \"list\" "
                         "too");
    }

    if (syncd_conf_line(r, "bucket", "endpoint") != 0) {
        syncd_conf_error(r, path, "[dist] has no place beside [bucket] yet: "
                         "zips are not uploaded");
    }

    if (r->conf->base_url == NULL) {
        syncd_conf_error(r, path, "[dist] has a \"path\", so [repository] "
                         "needs a \"base_url\": documents name zips below "
                         "it");

    } else if (asprintf(&r->conf->dist_url, "%s/dist/", r->conf->base_url)
               < 0)
    {
        r->conf->dist_url = NULL;
        syncd_conf_error(r, 0, "out of memory");
    }
}


/* a mirror has what its origin has: nothing else can be told to be in it */

static void
syncd_conf_origin(syncd_conf_reader_t *r)
{
    unsigned                 line;
    const syncd_conf_key_t  *key;

    line = syncd_conf_line(r, "origin", "url");

    if (line == 0) {
        return;
    }

    if (syncd_conf_names_root(r->conf->origin_url)) {
        syncd_conf_error(r, line, "\"url\" in [origin] is the address of a "
                         "repository: leave out \"" SYNCD_CONF_ROOT "\"");
    }

    for (key = syncd_conf_keys; key->section != NULL; key++) {
        line = r->lines[key - syncd_conf_keys];

        if (line != 0 && syncd_conf_excluded(key)) {
            syncd_conf_error(r, line, "\"%s\" in [%s] has no place beside "
                             "\"url\" in [origin]: this is a mirror, and has "
                             "what its origin has", key->name, key->section);
            return;
        }
    }
}


static int
syncd_conf_excluded(const syncd_conf_key_t *key)
{
    size_t  i;

    static const char *const  excluded[][2] = {
        { "catalogue", "list" },
        { "repository", "untagged" },
        { "repository", "closed" },
        { "repository", "replace" },
        { "repository", "aliases" },
        { "repository", "aliases_in_bucket" },
        { "repository", "requires_plugins" },
        { "repository", "lists" },
        { "repository", "replacements" },
        { "schedule", "sweep" }
    };

    if (strcmp(key->section, "wporg") == 0
        || strcmp(key->section, "dist") == 0
        || strcmp(key->section, "advisories") == 0)
    {
        return 1;
    }

    for (i = 0; i < sizeof(excluded) / sizeof(excluded[0]); i++) {

        if (strcmp(key->section, excluded[i][0]) == 0
            && strcmp(key->name, excluded[i][1]) == 0)
        {
            return 1;
        }
    }

    return 0;
}


static int
syncd_conf_names_root(const char *url)
{
    const char  *last;

    last = (url != NULL) ? strrchr(url, '/') : NULL;

    return last != NULL && strcmp(last, SYNCD_CONF_ROOT) == 0;
}


static int
syncd_conf_names_bucket(const char *endpoint, const char *bucket)
{
    const char  *last;

    if (endpoint == NULL || bucket == NULL) {
        return 0;
    }

    last = strrchr(syncd_value_url_path(endpoint), '/');

    return last != NULL && strcmp(last + 1, bucket) == 0;
}


static unsigned
syncd_conf_line(const syncd_conf_reader_t *r, const char *section,
    const char *name)
{
    return r->lines[syncd_conf_find(section, name) - syncd_conf_keys];
}


static void
syncd_conf_error(syncd_conf_reader_t *r, unsigned line, const char *fmt, ...)
{
    char     text[700];
    va_list  args;

    r->nerrors++;

    if (r->nerrors > SYNCD_CONF_ERRORS) {
        return;
    }

    va_start(args, fmt);
    (void) vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);

    if (line != 0) {
        wppkg_buf_printf(r->errors, "%s:%u: %s\n", r->file, line, text);

    } else {
        wppkg_buf_printf(r->errors, "%s: %s\n", r->file, text);
    }
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <string.h>

#include "wppkg_constraint.h"
#include "wppkg_lists.h"
#include "wppkg_scan.h"
#include "wppkg_taken.h"
#include "wppkg_version.h"


#define WPPKG_TAKEN_UNSET  "__unset"
#define WPPKG_TAKEN_KEY    32         /* bytes of a key that means something */


/* what is said of where a version is */

typedef enum {
    WPPKG_TAKEN_NOWHERE = 0,
    WPPKG_TAKEN_HALF,                 /* without what there has to be */
    WPPKG_TAKEN_SOMEWHERE
} wppkg_taken_place_e;


/* a version as it is when the list is expanded (contract C 10) */

typedef struct {
    char                  name[WPPKG_PATH_MAX];
    char                  version[WPPKG_VERSION_MAX];
    char                  normalized[WPPKG_VERSION_MAX];
    wppkg_taken_place_e   source;
    wppkg_taken_place_e   dist;
} wppkg_taken_version_t;


typedef struct {
    wppkg_scan_t           scan;
    wppkg_document_name_t  doc;
    wppkg_taken_t         *copy;
    wppkg_error_t         *err;
    wppkg_taken_version_t  v;
    unsigned               packages:1;    /* these were there */
    unsigned               minified:1;
} wppkg_taken_reader_t;


static int wppkg_taken_root(wppkg_taken_reader_t *r);
static int wppkg_taken_root_member(wppkg_taken_reader_t *r, const char *key);
static int wppkg_taken_minified(wppkg_taken_reader_t *r);
static int wppkg_taken_warnings(wppkg_taken_reader_t *r);
static int wppkg_taken_filter(wppkg_taken_reader_t *r);
static int wppkg_taken_packages(wppkg_taken_reader_t *r);
static int wppkg_taken_versions(wppkg_taken_reader_t *r);
static int wppkg_taken_entry(wppkg_taken_reader_t *r);
static int wppkg_taken_member(wppkg_taken_reader_t *r, const char *key);
static int wppkg_taken_place(wppkg_taken_reader_t *r,
    wppkg_taken_place_e *place, const char *one, const char *other);
static int wppkg_taken_links(wppkg_taken_reader_t *r, const char *kind);
static int wppkg_taken_link(wppkg_taken_reader_t *r, const char *kind,
    const char *to);
static int wppkg_taken_unset(wppkg_taken_reader_t *r, int *unset);
static int wppkg_taken_is(const wppkg_document_name_t *doc, const char *name);
static const char *wppkg_taken_refused(const wppkg_taken_version_t *v,
    int dev);
static int wppkg_taken_broken(wppkg_taken_reader_t *r);
static int wppkg_taken_wrong(wppkg_taken_reader_t *r);


int
wppkg_taken_read(const char *path, const char *body, size_t len,
    wppkg_taken_t *copy, wppkg_error_t *err)
{
    wppkg_taken_reader_t  r;

    memset(copy, 0, sizeof(wppkg_taken_t));
    memset(&r, 0, sizeof(wppkg_taken_reader_t));
    r.copy = copy;
    r.err = err;

    if (wppkg_document_parse(path, strlen(path), &r.doc) != WPPKG_OK) {
        wppkg_error_set(err, "is no file of a package");
        return WPPKG_ERROR;
    }

    if (wppkg_scan_init(&r.scan, body, len) != WPPKG_OK
        || !wppkg_scan_is(&r.scan, '{'))
    {
        return wppkg_taken_broken(&r);
    }

    return wppkg_taken_root(&r);
}


static int
wppkg_taken_root(wppkg_taken_reader_t *r)
{
    int     rc;
    char    key[WPPKG_TAKEN_KEY];
    size_t  n;

    n = 0;

    do {
        rc = wppkg_scan_member(&r->scan, &n, key, sizeof(key));

        if (rc == WPPKG_ERROR) {
            return wppkg_taken_broken(r);
        }

        if (rc == WPPKG_OK && wppkg_taken_root_member(r, key) != WPPKG_OK) {
            return WPPKG_ERROR;
        }

    } while (rc == WPPKG_OK);

    if (wppkg_scan_next(&r->scan) != '\0' || r->scan.p != r->scan.last) {
        return wppkg_taken_broken(r);
    }

    if (!r->minified) {
        wppkg_error_set(r->err, "is not minified as \"composer/2.0\"");
        return WPPKG_ERROR;
    }

    return r->packages ? WPPKG_OK : wppkg_taken_wrong(r);
}


static int
wppkg_taken_root_member(wppkg_taken_reader_t *r, const char *key)
{
    if (strcmp(key, "packages") == 0) {
        return wppkg_taken_packages(r);
    }

    if (strcmp(key, "minified") == 0) {
        return wppkg_taken_minified(r);
    }

    if (strcmp(key, "warnings") == 0) {
        return wppkg_taken_warnings(r);
    }

    if (strcmp(key, "filter") == 0) {
        return wppkg_taken_filter(r);
    }

    /* Composer keeps a key of its own there (contract C 19) */

    if (strcmp(key, "last-modified") == 0) {
        wppkg_error_set(r->err, "has a \"last-modified\"");
        return WPPKG_ERROR;
    }

    return (wppkg_scan_value(&r->scan) == WPPKG_OK) ? WPPKG_OK
                                                    : wppkg_taken_broken(r);
}


static int
wppkg_taken_minified(wppkg_taken_reader_t *r)
{
    char  text[WPPKG_TAKEN_KEY];

    if (wppkg_scan_next(&r->scan) != '"'
        || wppkg_scan_string(&r->scan, text, sizeof(text)) != WPPKG_OK
        || strcmp(text, "composer/2.0") != 0 || r->minified)
    {
        wppkg_error_set(r->err, "is not minified as \"composer/2.0\"");
        return WPPKG_ERROR;
    }

    r->minified = 1;

    return WPPKG_OK;
}


static int
wppkg_taken_warnings(wppkg_taken_reader_t *r)
{
    int     rc;
    size_t  n;

    if (!wppkg_scan_is(&r->scan, '[')) {
        return (wppkg_scan_value(&r->scan) == WPPKG_OK)
               ? WPPKG_OK : wppkg_taken_broken(r);
    }

    n = 0;

    do {
        rc = wppkg_scan_element(&r->scan, &n);

        if (rc == WPPKG_ERROR
            || (rc == WPPKG_OK && wppkg_scan_value(&r->scan) != WPPKG_OK))
        {
            return wppkg_taken_broken(r);
        }

        r->copy->told |= (rc == WPPKG_OK);

    } while (rc == WPPKG_OK);

    return WPPKG_OK;
}


static int
wppkg_taken_filter(wppkg_taken_reader_t *r)
{
    int     rc;
    char    list[WPPKG_LISTS_NAME + 1];
    size_t  n;

    if (!wppkg_scan_is(&r->scan, '{')) {
        return (wppkg_scan_value(&r->scan) == WPPKG_OK)
               ? WPPKG_OK : wppkg_taken_broken(r);
    }

    n = 0;

    do {
        rc = wppkg_scan_member(&r->scan, &n, list, sizeof(list));

        if (rc == WPPKG_ERROR
            || (rc == WPPKG_OK && wppkg_scan_value(&r->scan) != WPPKG_OK))
        {
            return wppkg_taken_broken(r);
        }

        if (rc == WPPKG_OK) {
            r->copy->filters = 1;
            r->copy->told |= (strcmp(list, WPPKG_LISTS_CLOSED) == 0);
        }

    } while (rc == WPPKG_OK);

    return WPPKG_OK;
}


/* the one package, and its list */

static int
wppkg_taken_packages(wppkg_taken_reader_t *r)
{
    int     rc;
    char    name[WPPKG_PATH_MAX];
    size_t  n;

    if (!wppkg_scan_is(&r->scan, '{') || r->packages) {
        return wppkg_taken_wrong(r);
    }

    n = 0;

    for ( ;; ) {
        rc = wppkg_scan_member(&r->scan, &n, name, sizeof(name));

        if (rc == WPPKG_ERROR) {
            return wppkg_taken_broken(r);
        }

        if (rc == WPPKG_DECLINED) {
            return WPPKG_OK;
        }

        if (r->packages || !wppkg_taken_is(&r->doc, name)
            || !wppkg_scan_is(&r->scan, '['))
        {
            return wppkg_taken_wrong(r);
        }

        r->packages = 1;

        if (wppkg_taken_versions(r) != WPPKG_OK) {
            return WPPKG_ERROR;
        }
    }
}


static int
wppkg_taken_versions(wppkg_taken_reader_t *r)
{
    int          rc;
    size_t       n;
    const char  *why;

    n = 0;

    for ( ;; ) {
        rc = wppkg_scan_element(&r->scan, &n);

        if (rc == WPPKG_DECLINED) {
            r->copy->versions = n;
            return WPPKG_OK;
        }

        if (rc != WPPKG_OK) {
            return wppkg_taken_broken(r);
        }

        if (wppkg_scan_next(&r->scan) == '{'
            && wppkg_taken_entry(r) != WPPKG_OK)
        {
            return WPPKG_ERROR;
        }

        if (!wppkg_taken_is(&r->doc, r->v.name) || r->v.version[0] == '\0'
            || r->v.normalized[0] == '\0')
        {
            wppkg_error_set(r->err, "entry %zu is no version of %.*s", n,
                            (int) r->doc.len, r->doc.name);
            return WPPKG_ERROR;
        }

        why = wppkg_taken_refused(&r->v, (int) r->doc.dev);

        if (why != NULL) {
            wppkg_error_set(r->err, "version \"%s\" %s", r->v.version, why);
            return WPPKG_ERROR;
        }
    }
}


static int
wppkg_taken_entry(wppkg_taken_reader_t *r)
{
    int     rc;
    char    key[WPPKG_TAKEN_KEY];
    size_t  n;

    (void) wppkg_scan_is(&r->scan, '{');
    n = 0;

    do {
        rc = wppkg_scan_member(&r->scan, &n, key, sizeof(key));

        if (rc == WPPKG_ERROR) {
            return wppkg_taken_broken(r);
        }

        if (rc == WPPKG_OK && wppkg_taken_member(r, key) != WPPKG_OK) {
            return WPPKG_ERROR;
        }

    } while (rc == WPPKG_OK);

    return WPPKG_OK;
}


/* what is too long, or no text, is "" */

static int
wppkg_taken_member(wppkg_taken_reader_t *r, const char *key)
{
    size_t  i, size;
    char   *text;

    static const char *const  kinds[] = {
        "require", "conflict", "replace", "provide"
    };

    text = NULL;
    size = WPPKG_VERSION_MAX;

    if (strcmp(key, "version") == 0) {
        text = r->v.version;

    } else if (strcmp(key, "version_normalized") == 0) {
        text = r->v.normalized;

    } else if (strcmp(key, "name") == 0) {
        text = r->v.name;
        size = sizeof(r->v.name);

    } else if (strcmp(key, "source") == 0) {
        return wppkg_taken_place(r, &r->v.source, "reference", "reference");

    } else if (strcmp(key, "dist") == 0) {
        return wppkg_taken_place(r, &r->v.dist, "url", "type");
    }

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {

        if (strcmp(key, kinds[i]) == 0) {
            return wppkg_taken_links(r, kinds[i]);
        }
    }

    if (text != NULL) {
        text[0] = '\0';
    }

    if (text != NULL && wppkg_scan_next(&r->scan) == '"') {
        return (wppkg_scan_string(&r->scan, text, size) != WPPKG_ERROR)
               ? WPPKG_OK : wppkg_taken_broken(r);
    }

    return (wppkg_scan_value(&r->scan) == WPPKG_OK) ? WPPKG_OK
                                                    : wppkg_taken_broken(r);
}


/* an object that has two texts */

static int
wppkg_taken_place(wppkg_taken_reader_t *r, wppkg_taken_place_e *place,
    const char *one, const char *other)
{
    int       rc, unset, texts;
    char      key[WPPKG_TAKEN_KEY];
    size_t    n;

    *place = WPPKG_TAKEN_HALF;

    if (!wppkg_scan_is(&r->scan, '{')) {
        rc = wppkg_taken_unset(r, &unset);
        *place = unset ? WPPKG_TAKEN_NOWHERE : WPPKG_TAKEN_HALF;
        return rc;
    }

    n = 0;
    texts = 0;

    do {
        rc = wppkg_scan_member(&r->scan, &n, key, sizeof(key));

        if (rc == WPPKG_OK && wppkg_scan_next(&r->scan) == '"') {
            texts |= (strcmp(key, one) == 0) | (strcmp(key, other) == 0) << 1;
        }

        if (rc == WPPKG_ERROR
            || (rc == WPPKG_OK && wppkg_scan_value(&r->scan) != WPPKG_OK))
        {
            return wppkg_taken_broken(r);
        }

    } while (rc == WPPKG_OK);

    *place = (texts == 3) ? WPPKG_TAKEN_SOMEWHERE : WPPKG_TAKEN_HALF;

    return WPPKG_OK;
}


/* constraints, or nothing; PHP's empty object is an empty array */

static int
wppkg_taken_links(wppkg_taken_reader_t *r, const char *kind)
{
    int     rc, unset;
    char    to[100];
    size_t  n;

    if (wppkg_scan_is(&r->scan, '[') && wppkg_scan_is(&r->scan, ']')) {
        return WPPKG_OK;
    }

    if (!wppkg_scan_is(&r->scan, '{')) {
        rc = wppkg_taken_unset(r, &unset);

        if (rc == WPPKG_OK && !unset) {
            wppkg_error_set(r->err, "has a \"%s\" that is no object", kind);
            rc = WPPKG_ERROR;
        }

        return rc;
    }

    n = 0;

    do {
        rc = wppkg_scan_member(&r->scan, &n, to, sizeof(to));

        if (rc == WPPKG_ERROR) {
            return wppkg_taken_broken(r);
        }

        if (rc == WPPKG_OK && wppkg_taken_link(r, kind, to) != WPPKG_OK) {
            return WPPKG_ERROR;
        }

    } while (rc == WPPKG_OK);

    return WPPKG_OK;
}


/* one that it cannot parse ends a user's update (contract C 15) */

static int
wppkg_taken_link(wppkg_taken_reader_t *r, const char *kind, const char *to)
{
    char  text[WPPKG_CONSTRAINT_MAX + 1];

    if (wppkg_scan_next(&r->scan) == '"'
        && wppkg_scan_string(&r->scan, text, sizeof(text)) == WPPKG_OK
        && (strcmp(text, "self.version") == 0
            || wppkg_constraint_refused(text, strlen(text)) == NULL))
    {
        return WPPKG_OK;
    }

    wppkg_error_set(r->err, "has in \"%s\" for \"%s\" no constraint that "
                    "Composer is sure to take", kind, to);

    return WPPKG_ERROR;
}


/* takes any value; *unset: it takes back what the version before had */

static int
wppkg_taken_unset(wppkg_taken_reader_t *r, int *unset)
{
    int   rc;
    char  text[sizeof(WPPKG_TAKEN_UNSET)];

    *unset = 0;

    if (wppkg_scan_next(&r->scan) == '"') {
        rc = wppkg_scan_string(&r->scan, text, sizeof(text));
        *unset = (rc == WPPKG_OK && strcmp(text, WPPKG_TAKEN_UNSET) == 0);

    } else {
        rc = wppkg_scan_value(&r->scan);
    }

    return (rc != WPPKG_ERROR) ? WPPKG_OK : wppkg_taken_broken(r);
}


static int
wppkg_taken_is(const wppkg_document_name_t *doc, const char *name)
{
    return strlen(name) == doc->len && memcmp(name, doc->name, doc->len) == 0;
}


/* NULL: it is a version that Composer takes, in the right file */

static const char *
wppkg_taken_refused(const wppkg_taken_version_t *v, int dev)
{
    wppkg_version_t  parsed;

    if (wppkg_version_parse(v->version, strlen(v->version), &parsed)
        != WPPKG_OK)
    {
        return "is none for Composer";
    }

    if (strcmp(parsed.normalized, v->normalized) != 0) {
        return "has another \"version_normalized\" than Composer gives it";
    }

    if ((parsed.stability == WPPKG_STABILITY_DEV) != (dev != 0)) {
        return dev ? "belongs into the other file, it is no branch"
                   : "belongs into \"~dev\", it is a branch";
    }

    if (v->source == WPPKG_TAKEN_NOWHERE && v->dist == WPPKG_TAKEN_NOWHERE) {
        return "has neither \"source\" nor \"dist\"";
    }

    if (v->source == WPPKG_TAKEN_HALF) {
        return "has a \"source\" without \"reference\"";
    }

    if (v->dist == WPPKG_TAKEN_HALF) {
        return "has a \"dist\" without \"url\" or \"type\"";
    }

    return NULL;
}


static int
wppkg_taken_broken(wppkg_taken_reader_t *r)
{
    wppkg_error_set(r->err, "is not JSON, or not UTF-8");

    return WPPKG_ERROR;
}


static int
wppkg_taken_wrong(wppkg_taken_reader_t *r)
{
    wppkg_error_set(r->err, "is no list of the versions of %.*s, and of "
                    "nothing else", (int) r->doc.len, r->doc.name);

    return WPPKG_ERROR;
}

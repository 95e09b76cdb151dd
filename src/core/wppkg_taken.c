
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "wppkg_constraint.h"
#include "wppkg_lists.h"
#include "wppkg_taken.h"
#include "wppkg_version.h"


#define WPPKG_TAKEN_UNSET  "__unset"


/* a version as it is when the list is expanded (contract C 10) */

typedef struct {
    const char     *name;
    const char     *version;
    const char     *normalized;
    const json_t   *source;
    const json_t   *dist;
} wppkg_taken_version_t;


static int wppkg_taken_root(const json_t *root,
    const wppkg_document_name_t *doc, wppkg_taken_t *copy,
    wppkg_error_t *err);
static const json_t *wppkg_taken_list(const json_t *root,
    const wppkg_document_name_t *doc);
static int wppkg_taken_versions(const json_t *list,
    const wppkg_document_name_t *doc, wppkg_error_t *err);
static int wppkg_taken_expand(wppkg_taken_version_t *v, const json_t *entry);
static const json_t *wppkg_taken_member(const json_t *entry, const char *key,
    const json_t *before);
static const char *wppkg_taken_string(const json_t *entry, const char *key,
    const char *before);
static int wppkg_taken_is(const wppkg_document_name_t *doc, const char *name);
static const char *wppkg_taken_refused(const wppkg_taken_version_t *v,
    int dev);
static int wppkg_taken_links(const json_t *entry, wppkg_error_t *err);
static int wppkg_taken_link(const char *kind, const json_t *links,
    wppkg_error_t *err);


/* what a version may say of other packages, and by constraints */

static const char *const  wppkg_taken_kinds[] = {
    "require", "conflict", "replace", "provide", NULL
};


int
wppkg_taken_read(const char *path, const char *body, size_t len,
    wppkg_taken_t *copy, wppkg_error_t *err)
{
    int                     rc;
    json_t                 *root;
    json_error_t            why;
    wppkg_document_name_t   doc;

    memset(copy, 0, sizeof(wppkg_taken_t));

    if (wppkg_document_parse(path, strlen(path), &doc) != WPPKG_OK) {
        wppkg_error_set(err, "is no file of a package");
        return WPPKG_ERROR;
    }

    root = json_loadb(body, len, JSON_REJECT_DUPLICATES, &why);

    if (root == NULL) {
        wppkg_error_set(err, "is not JSON: %s", why.text);
        return WPPKG_ERROR;
    }

    rc = wppkg_taken_root(root, &doc, copy, err);

    json_decref(root);

    return rc;
}


static int
wppkg_taken_root(const json_t *root, const wppkg_document_name_t *doc,
    wppkg_taken_t *copy, wppkg_error_t *err)
{
    const char    *minified;
    const json_t  *list;

    minified = json_string_value(json_object_get(root, "minified"));

    if (minified == NULL || strcmp(minified, "composer/2.0") != 0) {
        wppkg_error_set(err, "is not minified as \"composer/2.0\"");
        return WPPKG_ERROR;
    }

    /* Composer keeps a key of its own there (contract C 19) */

    if (json_object_get(root, "last-modified") != NULL) {
        wppkg_error_set(err, "has a \"last-modified\"");
        return WPPKG_ERROR;
    }

    list = wppkg_taken_list(root, doc);

    if (list == NULL) {
        wppkg_error_set(err, "is no list of the versions of %.*s, and of "
                        "nothing else", (int) doc->len, doc->name);
        return WPPKG_ERROR;
    }

    copy->versions = json_array_size(list);
    copy->filters = (json_object_size(json_object_get(root, "filter")) != 0);
    copy->told = (json_array_size(json_object_get(root, "warnings")) != 0
                  || json_object_get(json_object_get(root, "filter"),
                                     WPPKG_LISTS_CLOSED) != NULL);

    return wppkg_taken_versions(list, doc, err);
}


/* NULL: there is none, or others as well */

static const json_t *
wppkg_taken_list(const json_t *root, const wppkg_document_name_t *doc)
{
    char           name[WPPKG_PATH_MAX];
    const json_t  *packages, *list;

    (void) snprintf(name, sizeof(name), "%.*s", (int) doc->len, doc->name);

    packages = json_object_get(root, "packages");
    list = json_object_get(packages, name);

    return (json_object_size(packages) == 1 && json_is_array(list)) ? list
                                                                    : NULL;
}


static int
wppkg_taken_versions(const json_t *list, const wppkg_document_name_t *doc,
    wppkg_error_t *err)
{
    size_t                 i;
    const char            *why;
    const json_t          *entry;
    wppkg_taken_version_t   v;

    memset(&v, 0, sizeof(wppkg_taken_version_t));

    json_array_foreach(list, i, entry) {

        if (wppkg_taken_expand(&v, entry) != WPPKG_OK
            || !wppkg_taken_is(doc, v.name))
        {
            wppkg_error_set(err, "entry %zu is no version of %.*s", i,
                            (int) doc->len, doc->name);
            return WPPKG_ERROR;
        }

        why = wppkg_taken_refused(&v, (int) doc->dev);

        if (why != NULL) {
            wppkg_error_set(err, "version \"%.100s\" %s", v.version, why);
            return WPPKG_ERROR;
        }

        if (wppkg_taken_links(entry, err) != WPPKG_OK) {
            wppkg_error_set(err, "version \"%.100s\" %s", v.version,
                            err->text);
            return WPPKG_ERROR;
        }
    }

    return WPPKG_OK;
}


static int
wppkg_taken_expand(wppkg_taken_version_t *v, const json_t *entry)
{
    if (!json_is_object(entry)) {
        return WPPKG_ERROR;
    }

    v->name = wppkg_taken_string(entry, "name", v->name);
    v->version = wppkg_taken_string(entry, "version", v->version);
    v->normalized = wppkg_taken_string(entry, "version_normalized",
                                      v->normalized);
    v->source = wppkg_taken_member(entry, "source", v->source);
    v->dist = wppkg_taken_member(entry, "dist", v->dist);

    return (v->name != NULL && v->version != NULL && v->normalized != NULL)
           ? WPPKG_OK : WPPKG_ERROR;
}


static const json_t *
wppkg_taken_member(const json_t *entry, const char *key, const json_t *before)
{
    const char    *s;
    const json_t  *value;

    value = json_object_get(entry, key);
    s = json_string_value(value);

    if (value == NULL) {
        return before;
    }

    return (s != NULL && strcmp(s, WPPKG_TAKEN_UNSET) == 0) ? NULL : value;
}


static const char *
wppkg_taken_string(const json_t *entry, const char *key, const char *before)
{
    const json_t  *value;

    value = json_object_get(entry, key);

    return (value == NULL) ? before : json_string_value(value);
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

    if (v->source == NULL && v->dist == NULL) {
        return "has neither \"source\" nor \"dist\"";
    }

    if (v->source != NULL
        && !json_is_string(json_object_get(v->source, "reference")))
    {
        return "has a \"source\" without \"reference\"";
    }

    if (v->dist != NULL
        && (!json_is_string(json_object_get(v->dist, "url"))
            || !json_is_string(json_object_get(v->dist, "type"))))
    {
        return "has a \"dist\" without \"url\" or \"type\"";
    }

    return NULL;
}


/* a constraint that it cannot parse ends a user's update (contract C 15) */

static int
wppkg_taken_links(const json_t *entry, wppkg_error_t *err)
{
    size_t         i;
    const json_t  *links;

    for (i = 0; wppkg_taken_kinds[i] != NULL; i++) {
        links = wppkg_taken_member(entry, wppkg_taken_kinds[i], NULL);

        if (links != NULL
            && wppkg_taken_link(wppkg_taken_kinds[i], links, err) != WPPKG_OK)
        {
            return WPPKG_ERROR;
        }
    }

    return WPPKG_OK;
}


static int
wppkg_taken_link(const char *kind, const json_t *links, wppkg_error_t *err)
{
    const char    *s, *to;
    const json_t  *value;

    /* PHP's empty object is an empty array */

    if (json_is_array(links) && json_array_size(links) == 0) {
        return WPPKG_OK;
    }

    if (!json_is_object(links)) {
        wppkg_error_set(err, "has a \"%s\" that is no object", kind);
        return WPPKG_ERROR;
    }

    json_object_foreach((json_t *) links, to, value) {
        s = json_string_value(value);

        if (s == NULL
            || (strcmp(s, "self.version") != 0
                && wppkg_constraint_refused(s, strlen(s)) != NULL))
        {
            wppkg_error_set(err, "has in \"%s\" for \"%.100s\" no constraint "
                            "that Composer is sure to take", kind, to);
            return WPPKG_ERROR;
        }
    }

    return WPPKG_OK;
}

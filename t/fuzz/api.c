
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Answers of the info API, all the way to the documents that follow from
 * them.  The first line of an input is what was asked for and the status,
 * such as "plugin 200 akismet,hello-dolly"; the body comes after it.
 */


#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "fuzz.h"
#include "syncd_api.h"
#include "wppkg_name.h"
#include "wppkg_render.h"


#define API_SLUGS  8


typedef struct {
    wppkg_type_e    type;
    long            status;
    size_t          n;
    const char     *slugs[API_SLUGS];
    const char     *body;
    size_t          len;
} api_request_t;


static int api_request(api_request_t *r, char *line);
static void api_read(const api_request_t *r);
static void api_named(const api_request_t *r,
    const syncd_api_result_t *results);
static void api_states(const api_request_t *r, syncd_api_read_e rc,
    const syncd_api_result_t *full);
static void api_result(const api_request_t *r, size_t i,
    syncd_api_result_t *result);
static void api_text(const char *s, size_t max);
static void api_package(const wppkg_package_t *pkg);
static size_t api_document(const wppkg_package_t *pkg, const wppkg_buf_t *b);
static void api_version(const json_t *version, int first);
static void api_catalogue(wppkg_package_t *pkg);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char           *line;
    size_t          len;
    api_request_t   r;
    const uint8_t  *head;

    memset(&r, 0, sizeof(api_request_t));

    fuzz_part(&data, &size, '\n', &head, &len);
    line = fuzz_string(head, len);

    if (api_request(&r, line)) {
        r.body = (const char *) data;
        r.len = size;

        api_read(&r);
    }

    free(line);

    return 0;
}


/* only slugs of ours are asked for */

static int
api_request(api_request_t *r, char *line)
{
    char  *s, *end;

    s = strchr(line, ' ');

    if (s == NULL
        || wppkg_type_find(line, (size_t) (s - line), &r->type) != WPPKG_OK)
    {
        return 0;
    }

    r->status = strtol(s, &end, 10);

    if (*end != ' ' || r->status < 100 || r->status > 999) {
        return 0;
    }

    for (s = end + 1; s != NULL && r->n < API_SLUGS; s = end) {
        end = strchr(s, ',');

        if (end != NULL) {
            *end++ = '\0';
        }

        if (wppkg_slug_refused(s, strlen(s)) != NULL) {
            return 0;
        }

        r->slugs[r->n++] = s;
    }

    return 1;
}


static void
api_read(const api_request_t *r)
{
    syncd_api_read_e     rc;
    size_t               i;
    wppkg_error_t        err;
    syncd_api_result_t   results[API_SLUGS];

    memset(results, 0, sizeof(results));
    err.text[0] = '\0';

    rc = syncd_api_read(r->type, r->slugs, r->n, 0, r->status, r->body,
                        r->len, results, &err);

    fuzz_check(rc == SYNCD_API_READ || rc == SYNCD_API_UNUSABLE
               || (rc == SYNCD_API_REFUSED && r->n > 1));
    fuzz_check((rc == SYNCD_API_READ) == (err.text[0] == '\0'));
    api_states(r, rc, results);

    if (rc == SYNCD_API_READ) {
        api_named(r, results);
    }

    for (i = 0; i < r->n && rc == SYNCD_API_READ; i++) {
        api_result(r, i, &results[i]);
        syncd_api_result_free(&results[i]);
    }
}


/* nothing is believed of a package but what is said with its own name */

static void
api_named(const api_request_t *r, const syncd_api_result_t *results)
{
    size_t         i;
    json_t        *root;
    const char    *slug;
    const json_t  *entry;

    root = json_loadb(r->body, r->len, JSON_ALLOW_NUL, NULL);
    fuzz_check(root != NULL);

    for (i = 0; i < r->n; i++) {

        if (results[i].outcome > SYNCD_API_CLOSED_FOR_GOOD) {
            continue;
        }

        entry = (r->n == 1) ? root : json_object_get(root, r->slugs[i]);

        if (r->n > 1 && json_is_array(root)) {
            entry = json_array_get(root, strtoul(r->slugs[i], NULL, 10));
        }

        slug = json_string_value(json_object_get(entry, "slug"));

        fuzz_check(slug != NULL && strcmp(slug, r->slugs[i]) == 0);
    }

    json_decref(root);
}


/* reading less of an answer leads to no other state */

static void
api_states(const api_request_t *r, syncd_api_read_e rc,
    const syncd_api_result_t *full)
{
    size_t               i;
    wppkg_error_t        err;
    syncd_api_result_t   results[API_SLUGS];

    fuzz_check(syncd_api_read(r->type, r->slugs, r->n, 1, r->status, r->body,
                              r->len, results, &err)
               == rc);

    for (i = 0; i < r->n && rc == SYNCD_API_READ; i++) {
        fuzz_check(results[i].package.slug == NULL);
        fuzz_check(results[i].outcome == full[i].outcome
                   || (results[i].outcome == SYNCD_API_OK
                       && full[i].outcome == SYNCD_API_TRANSIENT));

        syncd_api_result_free(&results[i]);
    }
}


static void
api_result(const api_request_t *r, size_t i, syncd_api_result_t *result)
{
    wppkg_package_t  *pkg;

    pkg = &result->package;

    fuzz_check(memchr(result->reason, '\0', sizeof(result->reason)) != NULL);
    fuzz_check(fuzz_is_line(result->reason, strlen(result->reason)));
    fuzz_check(result->outcome <= SYNCD_API_MISSING);
    fuzz_check(result->outcome != SYNCD_API_MISSING || r->n > 1);

    if (result->outcome != SYNCD_API_OK) {
        fuzz_check(pkg->slug == NULL && pkg->releases == NULL);
        return;
    }

    fuzz_check(r->status == 200 || r->n > 1);
    fuzz_check(result->reason[0] == '\0');
    fuzz_check(pkg->type == r->type && strcmp(pkg->slug, r->slugs[i]) == 0);

    api_text(pkg->name, 255);
    api_text(pkg->description, 1000);
    api_text(pkg->author, 255);
    api_text(pkg->homepage, 1000);
    api_text(pkg->author_url, 1000);
    api_text(pkg->donate, 1000);
    api_text(pkg->requires_php, WPPKG_NUMBER_MAX - 1);
    api_text(pkg->needs, WPPKG_NEEDED_MAX * (WPPKG_SLUG_MAX + 1));

    pkg->terms.replace = 1;
    pkg->terms.suggest = 1;

    pkg->untagged = 1;

    api_package(pkg);
    api_catalogue(pkg);
}


static void
api_text(const char *s, size_t max)
{
    size_t  len;

    if (s != NULL) {
        len = strlen(s);
        fuzz_check(len != 0 && len <= max && fuzz_is_line(s, len));
    }
}


static void
api_package(const wppkg_package_t *pkg)
{
    size_t                 i, published, tagged;
    wppkg_buf_t            main, dev;
    wppkg_error_t          err;
    wppkg_release_fate_e  *fates;

    wppkg_buf_init(&main, WPPKG_DOCUMENT_MAX);
    wppkg_buf_init(&dev, WPPKG_DOCUMENT_MAX);

    fuzz_check(wppkg_render_package(pkg, &main, &dev, &err) == WPPKG_OK);

    tagged = api_document(pkg, &main);
    published = tagged + api_document(pkg, &dev);

    /* each published release is in one of them, and the trunk, twice */

    fates = fuzz_alloc(pkg->nreleases * sizeof(wppkg_release_fate_e));

    fuzz_check(wppkg_render_fates(pkg, fates) == WPPKG_OK);

    for (i = 0; i < pkg->nreleases; i++) {
        published -= (fates[i] == WPPKG_RELEASE_PUBLISHED);
    }

    fuzz_check(published <= 2);

    free(fates);
    wppkg_buf_free(&main);
    wppkg_buf_free(&dev);
}


/* how many versions it has */

static size_t
api_document(const wppkg_package_t *pkg, const wppkg_buf_t *b)
{
    size_t         i, n;
    char           name[WPPKG_PATH_MAX];
    json_t        *root;
    const json_t  *packages, *versions;

    fuzz_check(wppkg_utf8_valid(b->data, b->len));

    /* without their ends the path is "p2/" and the name */

    wppkg_document_path(name, pkg->type, pkg->slug, 0);
    name[strlen(name) - strlen(".json")] = '\0';

    root = json_loadb(b->data, b->len, JSON_REJECT_DUPLICATES, NULL);
    packages = json_object_get(root, "packages");
    versions = json_object_get(packages, name + strlen("p2/"));

    fuzz_check(json_object_size(root) == 2);
    fuzz_check(json_is_string(json_object_get(root, "minified")));
    fuzz_check(json_object_size(packages) == 1 && json_is_array(versions));

    n = json_array_size(versions);

    for (i = 0; i < n; i++) {
        api_version(json_array_get(versions, i), i == 0);
    }

    json_decref(root);

    return n;
}


/* a version that is like the one before does not say so again */

static void
api_version(const json_t *version, int first)
{
    const char       *s;
    wppkg_version_t   v;

    fuzz_check(json_object_size(version) != 0);

    s = json_string_value(json_object_get(version, "version"));

    fuzz_check(s != NULL
               && wppkg_version_parse(s, strlen(s), &v) == WPPKG_OK);

    s = json_string_value(json_object_get(version, "version_normalized"));

    fuzz_check(s != NULL && strcmp(s, v.normalized) == 0);
    fuzz_check(json_is_object(json_object_get(version, "source")));

    if (first) {
        fuzz_check(json_is_string(json_object_get(version, "name")));
        fuzz_check(json_is_string(json_object_get(version, "type")));
        fuzz_check(json_is_object(json_object_get(version, "require")));
    }
}


/* what the catalogue keeps of it is enough to render the same */

static void
api_catalogue(wppkg_package_t *pkg)
{
    wppkg_buf_t      b, again;
    wppkg_error_t    err;
    wppkg_package_t  copy;

    wppkg_buf_init(&b, WPPKG_VERSIONS_MAX);
    wppkg_buf_init(&again, WPPKG_VERSIONS_MAX);

    fuzz_check(wppkg_package_versions_write(pkg, &b) == WPPKG_OK);
    fuzz_check(wppkg_package_init(&copy, pkg->type, pkg->slug,
                                  strlen(pkg->slug))
               == WPPKG_OK);
    fuzz_check(wppkg_package_versions_read(&copy, b.data, b.len, &err)
               == WPPKG_OK);
    fuzz_check(wppkg_package_versions_write(&copy, &again) == WPPKG_OK);
    fuzz_check(copy.nreleases == pkg->nreleases);
    fuzz_check(b.len == again.len && memcmp(b.data, again.data, b.len) == 0);

    wppkg_package_free(&copy);
    wppkg_buf_free(&again);
    wppkg_buf_free(&b);
}

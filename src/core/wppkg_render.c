
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wppkg_name.h"
#include "wppkg_render.h"
#include "wppkg_url.h"


#define WPPKG_PREFIX_MAX  1024    /* bytes of the root's prefix */
#define WPPKG_NO_NAME     "-/-"   /* a pattern that no name can match */


/* what is the same for all versions of one document */

typedef struct {
    wppkg_buf_t              *b;
    const wppkg_type_t       *type;
    const char               *vendor;     /* of the name */
    const wppkg_package_t    *pkg;
    const wppkg_candidate_t  *current;    /* the published one; or NULL */
    unsigned                  comma:1;
} wppkg_render_t;


static void wppkg_render_search(const wppkg_root_t *root, wppkg_buf_t *b);
static void wppkg_render_filter(const wppkg_root_t *root, wppkg_buf_t *b);
static void wppkg_render_advisories(const wppkg_root_t *root, wppkg_buf_t *b);
static void wppkg_render_available(const wppkg_root_t *root,
    wppkg_buf_t *b);
static void wppkg_render_document(wppkg_render_t *r,
    wppkg_candidate_t **versions, size_t n);
static void wppkg_render_version(wppkg_render_t *r,
    const wppkg_candidate_t *c, const wppkg_candidate_t *prev);
static void wppkg_render_about(wppkg_render_t *r);
static void wppkg_render_homepage(wppkg_render_t *r);
static void wppkg_render_abandoned(wppkg_render_t *r);
static void wppkg_render_authors(wppkg_render_t *r);
static void wppkg_render_require(wppkg_render_t *r,
    const wppkg_candidate_t *c, const wppkg_candidate_t *prev);
static const char *wppkg_render_php(const wppkg_render_t *r,
    const wppkg_candidate_t *c);
static int wppkg_render_turns(const wppkg_render_t *r,
    const wppkg_candidate_t *c, const wppkg_candidate_t *prev);
static void wppkg_render_replace(wppkg_render_t *r,
    const wppkg_candidate_t *c, const wppkg_candidate_t *prev);
static int wppkg_render_replaces(const wppkg_render_t *r,
    const wppkg_candidate_t *c);
static void wppkg_render_suggest(wppkg_render_t *r,
    const wppkg_candidate_t *c, const wppkg_candidate_t *prev);
static void wppkg_render_support(wppkg_render_t *r);
static void wppkg_render_funding(wppkg_render_t *r);
static void wppkg_render_dist(wppkg_render_t *r, const wppkg_candidate_t *c,
    const wppkg_candidate_t *prev);
static int wppkg_render_same_zip(wppkg_render_t *r,
    const wppkg_candidate_t *a, const wppkg_candidate_t *b);
static const wppkg_stored_t *wppkg_render_stored(const wppkg_render_t *r,
    const wppkg_candidate_t *c);
static void wppkg_render_pinned(wppkg_render_t *r, const char *zip,
    int64_t pin);
static void wppkg_render_source(wppkg_render_t *r,
    const wppkg_candidate_t *c);
static void wppkg_render_time(wppkg_render_t *r, const wppkg_candidate_t *c,
    const wppkg_candidate_t *prev);
static int64_t wppkg_render_released(const wppkg_candidate_t *c);
static void wppkg_render_key(wppkg_render_t *r, const char *key);
static void wppkg_render_text(wppkg_render_t *r, const char *s);
static int wppkg_render_link_valid(const char *url);
static int wppkg_render_host_valid(const char *url);


int
wppkg_render_package(const wppkg_package_t *pkg, wppkg_buf_t *tagged,
    wppkg_buf_t *dev, wppkg_error_t *err)
{
    const char         *refused;
    wppkg_render_t      r;
    wppkg_selection_t   sel;

    memset(&r, 0, sizeof(wppkg_render_t));

    r.pkg = pkg;
    r.type = wppkg_type(pkg->type);
    r.vendor = wppkg_vendor(pkg->type, (int) pkg->alias);

    /* from here on the slug needs no escaping, in JSON and in URLs */

    refused = wppkg_slug_refused(pkg->slug, strlen(pkg->slug));

    if (refused != NULL) {
        wppkg_error_set(err, "%s/%s cannot be rendered: %s", r.type->name,
                        pkg->slug, refused);
        return WPPKG_ERROR;
    }

    if (wppkg_select(pkg, &sel) != WPPKG_OK) {
        wppkg_error_set(err, "%s/%s cannot be rendered: out of memory",
                        r.type->name, pkg->slug);
        return WPPKG_ERROR;
    }

    r.current = sel.current;

    r.b = tagged;
    wppkg_render_document(&r, sel.published, sel.ntagged);

    r.b = dev;
    wppkg_render_document(&r, sel.published + sel.ntagged, sel.ndev);

    wppkg_select_free(&sel);

    if (!wppkg_buf_ok(tagged) || !wppkg_buf_ok(dev)) {
        wppkg_error_set(err, "%s/%s cannot be rendered: a document of more "
                        "than %zu bytes, a text that is not UTF-8, or out of "
                        "memory", r.type->name, pkg->slug, tagged->limit);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


int
wppkg_render_root(const wppkg_root_t *root, wppkg_buf_t *b,
    wppkg_error_t *err)
{
    size_t       len;
    char         url[WPPKG_PREFIX_MAX + sizeof("/p2/%package%.json")];
    const char  *prefix;

    prefix = root->prefix;
    len = strlen(prefix);

    if (len > WPPKG_PREFIX_MAX
        || (len != 0 && (prefix[0] != '/' || prefix[len - 1] == '/')))
    {
        wppkg_error_set(err, "packages.json cannot be rendered: its prefix "
                        "must begin with \"/\", not end with it, and have at "
                        "most %d bytes", WPPKG_PREFIX_MAX);
        return WPPKG_ERROR;
    }

    (void) snprintf(url, sizeof(url), "%s/p2/%%package%%.json", prefix);

    wppkg_buf_puts(b, "{\"packages\":[],\"metadata-url\":");
    wppkg_buf_json(b, url, strlen(url));

    if (root->changes_url != NULL) {
        wppkg_buf_puts(b, ",\"metadata-changes-url\":");
        wppkg_buf_json(b, root->changes_url, strlen(root->changes_url));
    }

    if (root->list_url != NULL) {
        wppkg_buf_puts(b, ",\"list\":");
        wppkg_buf_json(b, root->list_url, strlen(root->list_url));
    }

    wppkg_render_search(root, b);

    if (root->notify_url != NULL) {
        wppkg_buf_puts(b, ",\"notify-batch\":");
        wppkg_buf_json(b, root->notify_url, strlen(root->notify_url));
    }

    wppkg_render_filter(root, b);
    wppkg_render_advisories(root, b);

    wppkg_buf_printf(b, ",\"wppkg-authority\":\"%s\"", root->authority);

    wppkg_render_available(root, b);

    /* only Composer 1 reads these two (contract C 6) */

    wppkg_buf_puts(b, ",\"warning\":\"Composer 1 can't read this repository, "
                   "please use Composer 2\",\"warning-versions\":\"<1.999\"}");

    if (!wppkg_buf_ok(b)) {
        wppkg_error_set(err, "packages.json cannot be rendered: its prefix is "
                        "not UTF-8, or out of memory");
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


/* what Composer replaces is what it looks for (contract C 53) */

static void
wppkg_render_search(const wppkg_root_t *root, wppkg_buf_t *b)
{
    if (root->search_url != NULL) {
        wppkg_buf_puts(b, ",\"search\":\"");
        wppkg_buf_puts(b, root->search_url);
        wppkg_buf_puts(b, "?q=%query%&type=%type%\"");
    }
}


/* without a summary, Composer's audit asks for each package's file */

static void
wppkg_render_filter(const wppkg_root_t *root, wppkg_buf_t *b)
{
    if (root->lists == NULL || root->lists->len == 0) {
        return;
    }

    wppkg_buf_puts(b, ",\"filter\":{\"metadata\":true,\"lists\":{");
    wppkg_buf_append(b, root->lists->data, root->lists->len);
    wppkg_buf_puts(b, "}");

    if (root->summary_url != NULL) {
        wppkg_buf_puts(b, ",\"summary-url\":");
        wppkg_buf_json(b, root->summary_url, strlen(root->summary_url));
    }

    wppkg_buf_puts(b, "}");
}


/*
 * The URL may be absent, but for Composer 2.4 to 2.6, which then ask for the
 * file of each package (contract C 48, C 49).  The licenses are for people.
 */

static void
wppkg_render_advisories(const wppkg_root_t *root, wppkg_buf_t *b)
{
    if (root->licenses == NULL) {
        return;
    }

    wppkg_buf_puts(b, ",\"security-advisories\":{\"metadata\":true");

    if (root->advisories_url != NULL) {
        wppkg_buf_puts(b, ",\"api-url\":");
        wppkg_buf_json(b, root->advisories_url, strlen(root->advisories_url));
    }

    if (root->licenses->len > 0) {
        wppkg_buf_puts(b, ",\"licenses\":[");
        wppkg_buf_append(b, root->licenses->data, root->licenses->len);
        wppkg_buf_puts(b, "]");
    }

    wppkg_buf_puts(b, "}");
}


/* no names at all would be as if nothing were announced (contract C 4) */

static void
wppkg_render_available(const wppkg_root_t *root, wppkg_buf_t *b)
{
    int                 alias;
    wppkg_type_e        type;
    const wppkg_buf_t  *names;

    names = root->names;

    if (names != NULL && names->len != 0) {
        wppkg_buf_puts(b, ",\"available-packages\":[");
        wppkg_buf_append(b, names->data, names->len);
        wppkg_buf_puts(b, "]");
        return;
    }

    wppkg_buf_puts(b, ",\"available-package-patterns\":[");

    if (names != NULL) {
        wppkg_buf_puts(b, "\"" WPPKG_NO_NAME "\"]");
        return;
    }

    for (alias = 0; alias <= (int) root->aliases; alias++) {

        for (type = 0; type < WPPKG_TYPES; type++) {
            wppkg_buf_printf(b, "%s\"%s/*\"",
                             (alias || type != 0) ? "," : "",
                             wppkg_vendor(type, alias));
        }
    }

    wppkg_buf_puts(b, root->wordpress ? ",\"" WPPKG_WORDPRESS_VENDOR "/*\"]"
                                      : "]");
}


int
wppkg_render_fates(const wppkg_package_t *pkg, wppkg_release_fate_e *fates)
{
    size_t             i;
    wppkg_selection_t  sel;

    if (wppkg_select(pkg, &sel) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    for (i = 0; i < pkg->nreleases; i++) {
        fates[i] = sel.candidates[i].fate;
    }

    wppkg_select_free(&sel);

    return WPPKG_OK;
}


static void
wppkg_render_document(wppkg_render_t *r, wppkg_candidate_t **versions,
    size_t n)
{
    size_t                    i;
    const wppkg_candidate_t  *prev;

    wppkg_buf_printf(r->b, "{\"packages\":{\"%s/%s\":[", r->vendor,
                     r->pkg->slug);

    prev = NULL;

    for (i = 0; i < n; i++) {
        wppkg_buf_puts(r->b, (i == 0) ? "{" : ",{");

        r->comma = 0;
        wppkg_render_version(r, versions[i], prev);

        wppkg_buf_puts(r->b, "}");

        prev = versions[i];
    }

    wppkg_buf_puts(r->b, "]},\"minified\":\"composer/2.0\"}");
}


/*
 * With prev NULL all keys, else those whose value differs from what prev has
 * (contract C 10); the order of keys is fixed, as bytes are hashed.
 */

static void
wppkg_render_version(wppkg_render_t *r, const wppkg_candidate_t *c,
    const wppkg_candidate_t *prev)
{
    const wppkg_version_t  *v;

    v = c->version;

    if (prev == NULL) {
        wppkg_render_about(r);
    }

    if (prev == NULL || strcmp(v->clean, prev->version->clean) != 0) {
        wppkg_render_key(r, "version");
        wppkg_render_text(r, v->clean);
    }

    if (prev == NULL
        || strcmp(v->normalized, prev->version->normalized) != 0)
    {
        wppkg_render_key(r, "version_normalized");
        wppkg_render_text(r, v->normalized);
    }

    if (prev == NULL) {
        wppkg_render_key(r, "type");
        wppkg_render_text(r, r->type->composer_type);
        wppkg_render_abandoned(r);
        wppkg_render_authors(r);
    }

    wppkg_render_require(r, c, prev);
    wppkg_render_replace(r, c, prev);
    wppkg_render_suggest(r, c, prev);

    if (prev == NULL) {
        wppkg_render_support(r);
        wppkg_render_funding(r);
    }

    wppkg_render_dist(r, c, prev);
    wppkg_render_source(r, c);
    wppkg_render_time(r, c, prev);
}


static void
wppkg_render_about(wppkg_render_t *r)
{
    const char  *description;

    wppkg_render_key(r, "name");
    wppkg_buf_printf(r->b, "\"%s/%s\"", r->vendor, r->pkg->slug);

    description = r->pkg->description;

    if (description != NULL && description[0] != '\0') {
        wppkg_render_key(r, "description");
        wppkg_render_text(r, description);
    }

    wppkg_render_homepage(r);
}


static void
wppkg_render_homepage(wppkg_render_t *r)
{
    wppkg_render_key(r, "homepage");

    if (wppkg_render_link_valid(r->pkg->homepage)) {
        wppkg_render_text(r, r->pkg->homepage);
        return;
    }

    wppkg_buf_printf(r->b, "\"https://wordpress.org/%s/%s/\"",
                     r->type->plural, r->pkg->slug);
}


static void
wppkg_render_abandoned(wppkg_render_t *r)
{
    if (!r->pkg->abandoned) {
        return;
    }

    wppkg_render_key(r, "abandoned");

    if (r->pkg->replaced_by != NULL) {
        wppkg_render_text(r, r->pkg->replaced_by);

    } else {
        wppkg_buf_puts(r->b, "true");
    }
}


static void
wppkg_render_authors(wppkg_render_t *r)
{
    const char  *author;

    author = r->pkg->author;

    if (author == NULL || author[0] == '\0') {
        return;
    }

    wppkg_render_key(r, "authors");
    wppkg_buf_puts(r->b, "[{\"name\":");
    wppkg_render_text(r, author);

    if (wppkg_render_link_valid(r->pkg->author_url)) {
        wppkg_buf_puts(r->b, ",\"homepage\":");
        wppkg_render_text(r, r->pkg->author_url);
    }

    wppkg_buf_puts(r->b, "}]");
}


static void
wppkg_render_require(wppkg_render_t *r, const wppkg_candidate_t *c,
    const wppkg_candidate_t *prev)
{
    const char  *php;

    php = wppkg_render_php(r, c);

    if (prev != NULL && strcmp(php, wppkg_render_php(r, prev)) == 0) {
        return;
    }

    wppkg_render_key(r, "require");
    wppkg_buf_puts(r->b, "{");

    if (*php != '\0') {
        wppkg_buf_printf(r->b, "\"php\":\">=%s\",", php);
    }

    wppkg_buf_puts(r->b, "\"composer/installers\":\"^1.0 || ^2.0\"}");
}


/*
 * What is said is said of the published version alone; of others it is known
 * from when they were published (rule R 17).  "": it is not known.
 */

static const char *
wppkg_render_php(const wppkg_render_t *r, const wppkg_candidate_t *c)
{
    const char  *php;

    if (c != r->current) {
        return (c->release != NULL) ? c->release->php : "";
    }

    php = r->pkg->requires_php;

    return (php != NULL && wppkg_package_number(php)) ? php : "";
}


/* whether what is said of the published version begins here, or ends */

static int
wppkg_render_turns(const wppkg_render_t *r, const wppkg_candidate_t *c,
    const wppkg_candidate_t *prev)
{
    return c == r->current || (prev != NULL && prev == r->current);
}


/*
 * "self.version" is each version's own: it stands once for many (C 58).  As an
 * alias it always replaces the package, or both could be installed (C 59).
 */

static void
wppkg_render_replace(wppkg_render_t *r, const wppkg_candidate_t *c,
    const wppkg_candidate_t *prev)
{
    int  before, now;

    before = (prev != NULL && wppkg_render_replaces(r, prev));
    now = wppkg_render_replaces(r, c);

    if (now == before) {
        return;
    }

    wppkg_render_key(r, "replace");

    if (now) {
        wppkg_buf_printf(r->b, "{\"%s/%s\":\"self.version\"}",
                         wppkg_vendor(r->pkg->type, !r->pkg->alias),
                         r->pkg->slug);

    } else {
        wppkg_buf_puts(r->b, "\"__unset\"");
    }
}


/*
 * Composer reads "self.version" as a constraint, with the version in its
 * place.  A branch may have a name that is another constraint, or none, which
 * would end a whole update (contract C 15).
 */

static int
wppkg_render_replaces(const wppkg_render_t *r, const wppkg_candidate_t *c)
{
    const wppkg_version_t  *v;

    static const char  plain[] = "abcdefghijklmnopqrstuvwxyz"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "0123456789.-_";

    v = c->version;

    return (r->pkg->terms.replace || r->pkg->alias)
           && (v->stability != WPPKG_STABILITY_DEV
               || v->clean[strspn(v->clean, plain)] == '\0');
}


/*
 * Of the published version alone, too, and by the vendor that the package has
 * here.  A slug needs no escaping, or is passed over.
 */

static void
wppkg_render_suggest(wppkg_render_t *r, const wppkg_candidate_t *c,
    const wppkg_candidate_t *prev)
{
    size_t       len;
    unsigned     comma;
    const char  *s;

    s = r->pkg->needs;

    if (!r->pkg->terms.suggest || s == NULL
        || !wppkg_render_turns(r, c, prev))
    {
        return;
    }

    wppkg_render_key(r, "suggest");

    if (c != r->current) {
        wppkg_buf_puts(r->b, "\"__unset\"");
        return;
    }

    wppkg_buf_puts(r->b, "{");

    for (comma = 0; *s != '\0'; s += len + (s[len] == ' ')) {
        len = strcspn(s, " ");

        if (len == 0 || wppkg_slug_refused(s, len) != NULL) {
            continue;
        }

        wppkg_buf_printf(r->b, "%s\"%s/%.*s\":\"%s\"", comma ? "," : "",
                         r->vendor, (int) len, s, r->type->needs_why);
        comma = 1;
    }

    wppkg_buf_puts(r->b, "}");
}


/*
 * Composer's keys (its schema); "changelog" is one that others have.  Of a
 * package on WordPress.org, the forum is where issues are told.
 */

static void
wppkg_render_support(wppkg_render_t *r)
{
    const char  *slug, *name, *plural;

    slug = r->pkg->slug;
    name = r->type->name;
    plural = r->type->plural;

    wppkg_render_key(r, "support");
    wppkg_buf_printf(r->b, "{\"source\":\"%s/%s/\",\"issues\":"
                     "\"https://wordpress.org/support/%s/%s/\",\"forum\":"
                     "\"https://wordpress.org/support/%s/%s/\",\"docs\":"
                     "\"https://wordpress.org/%s/%s/\",\"changelog\":"
                     "\"https://wordpress.org/%s/%s/#developers\"}",
                     r->type->svn_url, slug, name, slug, name, slug, plural,
                     slug, plural, slug);
}


static void
wppkg_render_funding(wppkg_render_t *r)
{
    if (!wppkg_render_link_valid(r->pkg->donate)) {
        return;
    }

    wppkg_render_key(r, "funding");
    wppkg_buf_puts(r->b, "[{\"type\":\"other\",\"url\":");
    wppkg_render_text(r, r->pkg->donate);
    wppkg_buf_puts(r->b, "}]");
}


/*
 * A zip that is here is named with its checksum, which is its reference too.
 * Of others, one that has changed under its URL gets another URL, for
 * Composer's cache knows it by that, and a reference, so that it is installed
 * anew (contract C 51).  One that has not has neither.
 */

static void
wppkg_render_dist(wppkg_render_t *r, const wppkg_candidate_t *c,
    const wppkg_candidate_t *prev)
{
    int64_t                pin;
    const wppkg_stored_t  *stored;

    if (c->zip == NULL) {
        if (prev != NULL && prev->zip != NULL) {
            wppkg_render_key(r, "dist");
            wppkg_buf_puts(r->b, "\"__unset\"");
        }

        return;
    }

    if (prev != NULL && prev->zip != NULL
        && wppkg_render_same_zip(r, c, prev))
    {
        return;
    }

    pin = wppkg_select_pinned(r->pkg, c);
    stored = wppkg_render_stored(r, c);

    wppkg_render_key(r, "dist");
    wppkg_buf_puts(r->b, "{\"type\":\"zip\",\"url\":");

    if (stored != NULL) {
        wppkg_buf_printf(r->b, "\"%s%s\",\"reference\":\"%s\","
                         "\"shasum\":\"%s\"", r->pkg->stored_url,
                         stored->path, stored->sha1, stored->sha1);

    } else if (pin != 0) {
        wppkg_render_pinned(r, c->zip, pin);

    } else {
        wppkg_render_text(r, c->zip);
    }

    wppkg_buf_puts(r->b, "}");
}


static int
wppkg_render_same_zip(wppkg_render_t *r, const wppkg_candidate_t *a,
    const wppkg_candidate_t *b)
{
    return wppkg_render_stored(r, a) == NULL
           && wppkg_render_stored(r, b) == NULL
           && wppkg_select_pinned(r->pkg, a) == wppkg_select_pinned(r->pkg, b)
           && strcmp(a->zip, b->zip) == 0;
}


static const wppkg_stored_t *
wppkg_render_stored(const wppkg_render_t *r, const wppkg_candidate_t *c)
{
    return wppkg_stored_find(&r->pkg->stored, wppkg_select_stored_tag(c),
                             wppkg_select_pinned(r->pkg, c));
}


/* a URL that can be published needs no escaping */

static void
wppkg_render_pinned(wppkg_render_t *r, const char *zip, int64_t pin)
{
    size_t  len;

    len = strcspn(zip, "#");

    wppkg_buf_puts(r->b, "\"");
    wppkg_buf_append(r->b, zip, len);
    wppkg_buf_printf(r->b, "%srev=%" PRId64 "%s\",\"reference\":"
                     "\"%" PRId64 "\"",
                     (memchr(zip, '?', len) != NULL) ? "&" : "?", pin,
                     zip + len, pin);
}


/*
 * Never that of the version before: a tag has one version, and so has, in one
 * document, the trunk.
 */

static void
wppkg_render_source(wppkg_render_t *r, const wppkg_candidate_t *c)
{
    char  reference[WPPKG_VERSION_MAX + 32];

    if (c->release != NULL) {
        /* it has parsed, hence is shorter than WPPKG_VERSION_MAX */
        (void) snprintf(reference, sizeof(reference), "%s%s",
                        r->type->tags_prefix,
                        c->release->tag + c->release->dotted);

    } else if (r->pkg->trunk_revision > 0) {
        (void) snprintf(reference, sizeof(reference), "trunk@%" PRId64,
                        r->pkg->trunk_revision);

    } else {
        (void) snprintf(reference, sizeof(reference), "trunk");
    }

    wppkg_render_key(r, "source");
    wppkg_buf_puts(r->b, "{\"type\":\"svn\",\"url\":\"");
    wppkg_buf_puts(r->b, r->type->svn_url);
    wppkg_buf_puts(r->b, "/");
    wppkg_buf_puts(r->b, r->pkg->slug);
    wppkg_buf_puts(r->b, "/\",\"reference\":");
    wppkg_render_text(r, reference);
    wppkg_buf_puts(r->b, "}");
}


/* when the tag was made, where that is known; the trunk has no such time */

static void
wppkg_render_time(wppkg_render_t *r, const wppkg_candidate_t *c,
    const wppkg_candidate_t *prev)
{
    char       text[32];
    time_t     at;
    int64_t    before;
    struct tm  tm;

    at = (time_t) wppkg_render_released(c);
    before = (prev != NULL) ? wppkg_render_released(prev) : 0;

    if (at == before) {
        return;
    }

    wppkg_render_key(r, "time");

    if (at == 0) {
        wppkg_buf_puts(r->b, "\"__unset\"");
        return;
    }

    (void) gmtime_r(&at, &tm);
    (void) strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S+00:00", &tm);

    wppkg_render_text(r, text);
}


/* 0: not known, or not to be written as it should be */

static int64_t
wppkg_render_released(const wppkg_candidate_t *c)
{
    int64_t  at;

    at = (c->release != NULL) ? c->release->released_at : 0;

    return (at > 0 && at <= WPPKG_TIME_MAX) ? at : 0;
}


static void
wppkg_render_key(wppkg_render_t *r, const char *key)
{
    wppkg_buf_puts(r->b, r->comma ? ",\"" : "\"");
    wppkg_buf_puts(r->b, key);
    wppkg_buf_puts(r->b, "\":");

    r->comma = 1;
}


static void
wppkg_render_text(wppkg_render_t *r, const char *s)
{
    wppkg_buf_json(r->b, s, strlen(s));
}


static int
wppkg_render_link_valid(const char *url)
{
    return url != NULL && wppkg_url_usable(url)
           && wppkg_render_host_valid(url);
}


/*
 * A link that is shown to people: a plain host, perhaps with a port, and no
 * user name that only looks like one.
 */

static int
wppkg_render_host_valid(const char *url)
{
    size_t       len;
    const char  *host;

    host = strstr(url, "//") + 2;
    len = strspn(host, "abcdefghijklmnopqrstuvwxyz"
                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");

    if (host[len] == ':') {
        host += len + 1;
        len = strspn(host, "0123456789");

        if (len == 0 || len > 5 || strtol(host, NULL, 10) > 65535) {
            return 0;
        }
    }

    return strchr("/?#", host[len]) != NULL;
}

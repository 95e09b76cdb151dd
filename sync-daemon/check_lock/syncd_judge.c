
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the catalogue has for a package of a lock file.  The documents say it:
 * they are what Composer gets.  The rows say why something is not in them.
 */


#include <stdlib.h>
#include <string.h>

#include "syncd_check_lock_parts.h"
#include "wppkg_format.h"
#include "wppkg_inspect.h"
#include "wppkg_listed.h"
#include "wppkg_lists.h"
#include "wppkg_render.h"
#include "wppkg_url.h"
#include "wppkg_warning.h"


/* a package of a lock file, and the versions that are here */

typedef struct {
    wppkg_catalogue_t     *cat;
    const wppkg_locked_t  *locked;
    syncd_judged_t        *judged;
    wppkg_version_t        v;         /* of the lock file */
    wppkg_stability_e      wanted;    /* the least of what is near it */
    unsigned               mirror:1;
    unsigned               parsed:1;  /* Composer takes that version */
    unsigned               branch:1;
    unsigned               found:1;

    /* those of judged->nearest, normalised */
    char                   nearest[2][WPPKG_VERSION_MAX];
} syncd_judge_t;


static int syncd_judge_documents(syncd_judge_t *g,
    wppkg_inspect_document_t *documents);
static int syncd_judge_pair(syncd_judge_t *g, const char *vendor,
    wppkg_inspect_document_t *documents);
static int syncd_judge_offered(syncd_judge_t *g,
    const wppkg_inspect_document_t *documents);
static int syncd_judge_document(syncd_judge_t *g, const char *path,
    int nearest);
static void syncd_judge_version(syncd_judge_t *g, const wppkg_listed_t *l,
    int nearest);
static void syncd_judge_found(syncd_judge_t *g, const wppkg_listed_t *l);
static void syncd_judge_near(syncd_judge_t *g, const char *version,
    const char *normalized);
static int syncd_judge_dist(const wppkg_listed_t *l, char *url, size_t size);
static void syncd_judge_told(syncd_judge_t *g, const wppkg_listed_t *l);
static int syncd_judge_absent(syncd_judge_t *g,
    const wppkg_inspect_document_t *main);
static void syncd_judge_state(syncd_judge_t *g,
    const wppkg_inspect_package_t *p);
static void syncd_judge_closed(syncd_judge_t *g,
    const wppkg_inspect_package_t *p, wppkg_state_e state);
static int syncd_judge_unknown(syncd_judge_t *g);
static int syncd_judge_held(syncd_judge_t *g);
static int syncd_judge_fate(syncd_judge_t *g, const wppkg_package_t *pkg);
static int syncd_judge_string(const wppkg_scan_t *at, char *text,
    size_t size);
static void syncd_judge_is(syncd_judge_t *g, syncd_verdict_e verdict,
    const char *why);


int
syncd_judge(wppkg_catalogue_t *cat, int mirror, const wppkg_locked_t *locked,
    syncd_judged_t *judged)
{
    int                        rc;
    size_t                     len;
    const char                *refused;
    syncd_judge_t              g;
    wppkg_inspect_document_t   documents[2];

    memset(&g, 0, sizeof(syncd_judge_t));
    g.cat = cat;
    g.locked = locked;
    g.judged = judged;
    g.mirror = (unsigned) mirror & 1;
    judged->renamed = locked->renamed;

    refused = wppkg_slug_refused(locked->slug, strlen(locked->slug));

    if (refused != NULL) {
        syncd_judge_is(&g, SYNCD_JUDGED_UNKNOWN, refused);
        return WPPKG_OK;
    }

    len = strlen(locked->version);
    g.parsed = (wppkg_version_parse(locked->version, len, &g.v) == WPPKG_OK);
    g.branch = (g.parsed && strncmp(g.v.normalized, "dev-", 4) == 0);
    g.wanted = (g.parsed && !g.branch) ? g.v.stability
                                       : WPPKG_STABILITY_STABLE;

    rc = syncd_judge_documents(&g, documents);

    if (rc != WPPKG_OK) {
        return rc;
    }

    if (documents[0].exists && !documents[0].claims) {
        return syncd_judge_offered(&g, documents);
    }

    /* of WordPress itself there are two packages, and no rows */

    if (locked->wordpress) {
        syncd_judge_is(&g, SYNCD_JUDGED_UNKNOWN, NULL);
        return WPPKG_OK;
    }

    return syncd_judge_absent(&g, &documents[0]);
}


/* under its own name, if that is here, or as we call it */

static int
syncd_judge_documents(syncd_judge_t *g, wppkg_inspect_document_t *documents)
{
    int                    rc;
    const wppkg_locked_t  *locked;

    locked = g->locked;

    if (locked->wordpress) {
        return syncd_judge_pair(g, WPPKG_WORDPRESS_VENDOR, documents);
    }

    rc = syncd_judge_pair(g, wppkg_vendor(locked->type, (int) locked->renamed),
                          documents);

    if (rc != WPPKG_OK || !locked->renamed) {
        return rc;
    }

    if (documents[0].exists) {
        g->judged->renamed = 0;
        return WPPKG_OK;
    }

    return syncd_judge_pair(g, wppkg_vendor(locked->type, 0), documents);
}


static int
syncd_judge_pair(syncd_judge_t *g, const char *vendor,
    wppkg_inspect_document_t *documents)
{
    int  i, rc;

    memset(documents, 0, 2 * sizeof(wppkg_inspect_document_t));
    rc = WPPKG_OK;

    for (i = 0; i < 2 && rc == WPPKG_OK; i++) {
        wppkg_vendor_path(documents[i].path, vendor, g->locked->slug, i);
        rc = wppkg_inspect_document(g->cat, &documents[i]);
    }

    return rc;
}


static int
syncd_judge_offered(syncd_judge_t *g,
    const wppkg_inspect_document_t *documents)
{
    int  i, rc;

    for (i = 0; i < 2 && !g->found; i++) {

        if (!documents[i].exists) {
            continue;
        }

        rc = syncd_judge_document(g, documents[i].path, i == 0);

        if (rc == WPPKG_DECLINED) {
            syncd_judge_is(g, SYNCD_JUDGED_DAMAGED, NULL);
            return WPPKG_OK;
        }

        if (rc != WPPKG_OK) {
            return rc;
        }
    }

    if (g->found) {
        return WPPKG_OK;
    }

    if (!g->parsed) {
        syncd_judge_is(g, SYNCD_JUDGED_VERSION,
                       "which Composer does not take for one");
        return WPPKG_OK;
    }

    syncd_judge_is(g, SYNCD_JUDGED_VERSION, NULL);

    return (g->mirror || g->locked->wordpress) ? WPPKG_OK
                                               : syncd_judge_held(g);
}


/* WPPKG_DECLINED: it is damaged */

static int
syncd_judge_document(syncd_judge_t *g, const char *path, int nearest)
{
    int             rc;
    wppkg_buf_t     body;
    wppkg_listed_t  l;

    wppkg_buf_init(&body, WPPKG_BODY_MAX);
    rc = wppkg_inspect_body(g->cat, path, &body);

    if (rc == WPPKG_OK && wppkg_listed_open(&l, &body) != WPPKG_OK) {
        rc = WPPKG_DECLINED;
    }

    while (rc == WPPKG_OK) {
        rc = wppkg_listed_next(&l);

        if (rc == WPPKG_OK) {
            syncd_judge_version(g, &l, nearest);
        }

        if (rc == WPPKG_DECLINED || g->found) {
            wppkg_buf_free(&body);
            return WPPKG_OK;
        }

        if (rc == WPPKG_ERROR) {
            rc = WPPKG_DECLINED;
        }
    }

    wppkg_buf_free(&body);

    return rc;
}


static void
syncd_judge_version(syncd_judge_t *g, const wppkg_listed_t *l, int nearest)
{
    char  version[WPPKG_VERSION_MAX], normalized[WPPKG_VERSION_MAX];

    if (syncd_judge_string(&l->keys[WPPKG_LISTED_VERSION], version,
                           sizeof(version)) != WPPKG_OK
        || syncd_judge_string(&l->keys[WPPKG_LISTED_NORMALIZED], normalized,
                              sizeof(normalized)) != WPPKG_OK)
    {
        return;
    }

    if (g->parsed && wppkg_version_compare(normalized, g->v.normalized) == 0)
    {
        syncd_judge_found(g, l);

    } else if (nearest && wppkg_version_stability(normalized) >= g->wanted) {
        syncd_judge_near(g, version, normalized);
    }
}


static void
syncd_judge_found(syncd_judge_t *g, const wppkg_listed_t *l)
{
    int              has;
    char             url[WPPKG_URL_MAX + 64], host[WPPKG_LOCKED_HOST];
    size_t           len;
    const char      *value;
    syncd_judged_t  *judged;

    judged = g->judged;
    g->found = 1;
    has = syncd_judge_dist(l, url, sizeof(url));

    if (has) {
        judged->verdict = SYNCD_JUDGED_HERE;
        wppkg_locked_host(url, strlen(url), host);
        judged->elsewhere = g->locked->dist
                            && strcasecmp(host, g->locked->host) != 0;

    } else {
        judged->verdict = SYNCD_JUDGED_SVN;
        judged->fails = g->locked->dist;
    }

    if (l->keys[WPPKG_LISTED_ABANDONED].p != NULL) {
        value = wppkg_listed_value(&l->keys[WPPKG_LISTED_ABANDONED], &len);

        if (*value != 'f') {
            judged->abandoned = 1;
            syncd_judge_told(g, l);
        }
    }
}


/* of a branch, the latest version of all */

static void
syncd_judge_near(syncd_judge_t *g, const char *version,
    const char *normalized)
{
    int   after, order;
    char *known;

    after = g->parsed && !g->branch
            && wppkg_version_compare(normalized, g->v.normalized) > 0;
    known = g->nearest[after];

    if (known[0] != '\0') {
        order = wppkg_version_compare(normalized, known);

        if (after ? (order >= 0) : (order <= 0)) {
            return;
        }
    }

    memcpy(known, normalized, strlen(normalized) + 1);
    memcpy(g->judged->nearest[after], version, strlen(version) + 1);
}


static int
syncd_judge_dist(const wppkg_listed_t *l, char *url, size_t size)
{
    wppkg_scan_t  s, value;

    static const char *const  key[] = { "url" };

    s = l->keys[WPPKG_LISTED_DIST];

    return s.p != NULL
           && wppkg_scan_next(&s) == '{'
           && wppkg_scan_members(&s, key, 1, &value) == WPPKG_OK
           && syncd_judge_string(&value, url, size) == WPPKG_OK;
}


/* {"wp-closed": [{"constraint": "*", "reason": …}]}: what Composer prints */

static void
syncd_judge_told(syncd_judge_t *g, const wppkg_listed_t *l)
{
    char          text[SYNCD_JUDGED_WHY];
    size_t        n;
    wppkg_scan_t  s, list, reason;

    static const char *const  closed[] = { WPPKG_LISTS_CLOSED };
    static const char *const  key[] = { "reason" };

    s = l->members[WPPKG_LISTED_FILTER];
    n = 0;

    if (s.p == NULL || wppkg_scan_next(&s) != '{'
        || wppkg_scan_members(&s, closed, 1, &list) != WPPKG_OK
        || list.p == NULL || !wppkg_scan_is(&list, '[')
        || wppkg_scan_element(&list, &n) != WPPKG_OK
        || wppkg_scan_members(&list, key, 1, &reason) != WPPKG_OK
        || syncd_judge_string(&reason, text, sizeof(text)) != WPPKG_OK)
    {
        return;
    }

    wppkg_buf_puts(&g->judged->why, text);
}


static int
syncd_judge_absent(syncd_judge_t *g, const wppkg_inspect_document_t *main)
{
    int                      rc;
    wppkg_buf_t              body;
    wppkg_listed_t           l;
    wppkg_inspect_package_t  p;

    if (main->claims) {
        wppkg_buf_init(&body, WPPKG_BODY_MAX);
        rc = wppkg_inspect_body(g->cat, main->path, &body);

        if (rc == WPPKG_OK && wppkg_listed_open(&l, &body) == WPPKG_OK) {
            syncd_judge_told(g, &l);
        }

        wppkg_buf_free(&body);

        if (rc != WPPKG_OK) {
            return rc;
        }
    }

    if (g->mirror) {
        if (main->claims) {
            syncd_judge_is(g, SYNCD_JUDGED_CLOSED, NULL);

        } else {
            syncd_judge_is(g, SYNCD_JUDGED_UNKNOWN,
                           "The origin of this mirror has no such package");
        }

        return WPPKG_OK;
    }

    rc = wppkg_inspect_package(g->cat, g->locked->type, g->locked->slug,
                               strlen(g->locked->slug), wppkg_tick_now(), &p);

    if (rc == WPPKG_OK) {
        syncd_judge_state(g, &p);
        wppkg_inspect_package_free(&p);
    }

    return (rc == WPPKG_DECLINED) ? syncd_judge_unknown(g) : rc;
}


static void
syncd_judge_state(syncd_judge_t *g, const wppkg_inspect_package_t *p)
{
    wppkg_state_e  state;

    if (p->state == NULL || wppkg_state_find(p->state, &state) != WPPKG_OK) {
        syncd_judge_is(g, SYNCD_JUDGED_DAMAGED, NULL);
        return;
    }

    switch (state) {

    case WPPKG_STATE_CLOSED:
    case WPPKG_STATE_CLOSED_FOR_GOOD:
        syncd_judge_closed(g, p, state);
        return;

    case WPPKG_STATE_NEW:
    case WPPKG_STATE_ACTIVE:
        syncd_judge_is(g, SYNCD_JUDGED_ABSENT,
                       "It has not been fetched yet");
        return;

    default: /* WPPKG_STATE_NOT_FOUND, WPPKG_STATE_INVALID */
        syncd_judge_is(g, SYNCD_JUDGED_ABSENT,
                       "WordPress.org does not offer it");
        return;
    }
}


/*
 * As its document tells it, if it has one.  Where WordPress.org gives no date,
 * it was closed when that was seen, if it had been offered before.
 */

static void
syncd_judge_closed(syncd_judge_t *g, const wppkg_inspect_package_t *p,
    wppkg_state_e state)
{
    wppkg_warning_t  w;

    syncd_judge_is(g, SYNCD_JUDGED_CLOSED, NULL);

    if (g->judged->why.len != 0) {
        return;
    }

    memset(&w, 0, sizeof(wppkg_warning_t));
    w.type = g->locked->type;
    w.slug = g->locked->slug;
    w.state = state;
    w.since = p->closed_at;

    if (w.since == 0 && (p->pkg.has_trunk || p->versions_changed_at != 0)) {
        w.since = p->state_changed_at;
    }

    w.reason = p->reason;
    w.replacement = p->replaced_by;

    wppkg_warning_why(&g->judged->why, &w);
}


static int
syncd_judge_unknown(syncd_judge_t *g)
{
    int      rc;
    int64_t  since;

    rc = wppkg_inspect_unwanted(g->cat, g->locked->type, g->locked->slug,
                                strlen(g->locked->slug), &since);

    if (rc != WPPKG_OK && rc != WPPKG_DECLINED) {
        return rc;
    }

    syncd_judge_is(g, SYNCD_JUDGED_UNKNOWN, (rc == WPPKG_OK)
                   ? "It was removed, and stays out until \"add\""
                   : "The catalogue has no such package; \"add\" takes it in");

    return WPPKG_OK;
}


/* why a version that WordPress.org has is not published */

static int
syncd_judge_held(syncd_judge_t *g)
{
    int                      rc;
    wppkg_inspect_package_t  p;

    rc = wppkg_inspect_package(g->cat, g->locked->type, g->locked->slug,
                               strlen(g->locked->slug), wppkg_tick_now(), &p);

    if (rc == WPPKG_OK) {
        rc = syncd_judge_fate(g, &p.pkg);
        wppkg_inspect_package_free(&p);
    }

    return (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
}


static int
syncd_judge_fate(syncd_judge_t *g, const wppkg_package_t *pkg)
{
    size_t                  i;
    const wppkg_release_t  *release;
    wppkg_release_fate_e   *fates;

    fates = calloc(pkg->nreleases + 1, sizeof(wppkg_release_fate_e));

    if (fates == NULL || wppkg_render_fates(pkg, fates) != WPPKG_OK) {
        free(fates);
        return wppkg_catalogue_refuse(g->cat, "out of memory");
    }

    for (i = 0; i < pkg->nreleases && g->judged->why.len == 0; i++) {
        release = &pkg->releases[i];

        if (release->parsed && fates[i] != WPPKG_RELEASE_PUBLISHED
            && wppkg_version_compare(release->version.normalized,
                                     g->v.normalized) == 0)
        {
            wppkg_buf_puts(&g->judged->why,
                           wppkg_release_fate_text(fates[i]));
        }
    }

    free(fates);

    return WPPKG_OK;
}


static int
syncd_judge_string(const wppkg_scan_t *at, char *text, size_t size)
{
    wppkg_scan_t  s;

    s = *at;

    return (s.p != NULL && wppkg_scan_next(&s) == '"')
           ? wppkg_scan_string(&s, text, size) : WPPKG_ERROR;
}


/* something that Composer would not get */

static void
syncd_judge_is(syncd_judge_t *g, syncd_verdict_e verdict, const char *why)
{
    g->judged->verdict = verdict;
    g->judged->fails = 1;

    if (why != NULL && g->judged->why.len == 0) {
        wppkg_buf_puts(&g->judged->why, why);
    }
}

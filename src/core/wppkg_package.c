
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wppkg_name.h"
#include "wppkg_package.h"
#include "wppkg_url.h"


#define WPPKG_RELEASES_MIN  8         /* the first allocation, releases */


static int wppkg_package_replace(char **field, const char *s, char *copy);
static char *wppkg_package_copy(const char *s, size_t len);
static char *wppkg_package_url(const char *s, size_t len);
static int wppkg_package_grow(wppkg_package_t *pkg);
static int wppkg_release_order(const void *one, const void *two);
static int wppkg_release_match(const void *tag, const void *release);
static void wppkg_release_write(const wppkg_release_t *release,
    wppkg_buf_t *b);


int
wppkg_package_init(wppkg_package_t *pkg, wppkg_type_e type, const char *slug,
    size_t len)
{
    memset(pkg, 0, sizeof(wppkg_package_t));

    pkg->type = type;

    return wppkg_package_set(&pkg->slug, slug, len);
}


void
wppkg_package_free(wppkg_package_t *pkg)
{
    wppkg_package_truncate(pkg, 0);

    free(pkg->releases);
    free(pkg->slug);
    free(pkg->name);
    free(pkg->description);
    free(pkg->author);
    free(pkg->author_url);
    free(pkg->homepage);
    free(pkg->donate);
    free(pkg->tags);
    free(pkg->requires_php);
    free(pkg->needs);
    free(pkg->ceiling);
    free(pkg->download);
    free(pkg->replaced_by);
    free(pkg->trunk_zip);
    free(pkg->stored_url);
    wppkg_stored_free(&pkg->stored);

    memset(pkg, 0, sizeof(wppkg_package_t));
}


int
wppkg_package_add(wppkg_package_t *pkg, const char *tag, size_t tag_len,
    const char *zip, size_t zip_len)
{
    wppkg_release_t  release;

    if (wppkg_package_grow(pkg) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    memset(&release, 0, sizeof(wppkg_release_t));

    release.tag = wppkg_package_copy(tag, tag_len);
    release.zip = wppkg_package_url(zip, zip_len);

    if (release.tag == NULL || release.zip == NULL) {
        free(release.tag);
        free(release.zip);
        return WPPKG_ERROR;
    }

    release.parsed = (wppkg_version_parse(release.tag, tag_len,
                                          &release.version) == WPPKG_OK);

    pkg->releases[pkg->nreleases++] = release;

    return WPPKG_OK;
}


void
wppkg_package_remove(wppkg_package_t *pkg, size_t i)
{
    size_t           last;
    wppkg_release_t  release;

    last = pkg->nreleases - 1;

    release = pkg->releases[i];
    pkg->releases[i] = pkg->releases[last];
    pkg->releases[last] = release;

    wppkg_package_truncate(pkg, last);
}


int
wppkg_package_set(char **field, const char *s, size_t len)
{
    return wppkg_package_replace(field, s, (s != NULL)
                                           ? wppkg_package_copy(s, len)
                                           : NULL);
}


int
wppkg_package_set_url(char **field, const char *s, size_t len)
{
    return wppkg_package_replace(field, s, (s != NULL)
                                           ? wppkg_package_url(s, len)
                                           : NULL);
}


/* by a copy of s; NULL of a string: there is none */

static int
wppkg_package_replace(char **field, const char *s, char *copy)
{
    if (s != NULL && copy == NULL) {
        return WPPKG_ERROR;
    }

    free(*field);
    *field = copy;

    return WPPKG_OK;
}


/* a NUL inside would make two different strings one */

static char *
wppkg_package_copy(const char *s, size_t len)
{
    char  *copy;

    if (memchr(s, '\0', len) != NULL) {
        return NULL;
    }

    copy = malloc(len + 1);

    if (copy == NULL) {
        return NULL;
    }

    memcpy(copy, s, len);
    copy[len] = '\0';

    return copy;
}


static char *
wppkg_package_url(const char *s, size_t len)
{
    return (memchr(s, '\0', len) == NULL) ? wppkg_url_copy(s, len) : NULL;
}


/*
 * Makes room for one more release.  What is allocated is always the power of
 * two that holds nreleases, or more: there is nothing else to remember.
 */

static int
wppkg_package_grow(wppkg_package_t *pkg)
{
    size_t            n, size;
    wppkg_release_t  *releases;

    n = pkg->nreleases;

    if (n >= WPPKG_RELEASES_MAX) {
        return WPPKG_ERROR;
    }

    if (n == 0) {
        size = WPPKG_RELEASES_MIN;

    } else if (n >= WPPKG_RELEASES_MIN && (n & (n - 1)) == 0) {
        size = 2 * n;

    } else {
        return WPPKG_OK;
    }

    releases = realloc(pkg->releases, size * sizeof(wppkg_release_t));

    if (releases == NULL) {
        return WPPKG_ERROR;
    }

    pkg->releases = releases;

    return WPPKG_OK;
}


void
wppkg_package_truncate(wppkg_package_t *pkg, size_t n)
{
    wppkg_release_t  *release;

    while (pkg->nreleases > n) {
        release = &pkg->releases[--pkg->nreleases];

        free(release->tag);
        free(release->zip);
    }
}


void
wppkg_package_sort(wppkg_package_t *pkg)
{
    if (pkg->nreleases > 0) {
        qsort(pkg->releases, pkg->nreleases, sizeof(wppkg_release_t),
              wppkg_release_order);
    }
}


/* strcmp() compares as unsigned char: byte-wise in every locale */

static int
wppkg_release_order(const void *one, const void *two)
{
    int                     rc;
    const wppkg_release_t  *a, *b;

    a = one;
    b = two;

    rc = strcmp(a->tag, b->tag);

    return (rc != 0) ? rc : strcmp(a->zip, b->zip);
}


wppkg_release_t *
wppkg_package_find(const wppkg_package_t *pkg, const char *tag)
{
    if (pkg->nreleases == 0) {
        return NULL;
    }

    return bsearch(tag, pkg->releases, pkg->nreleases,
                   sizeof(wppkg_release_t), wppkg_release_match);
}


wppkg_release_t *
wppkg_package_tag(const wppkg_package_t *pkg, const char *tag, size_t *n,
    int *dotted)
{
    char              told[WPPKG_VERSION_MAX + 1];
    wppkg_release_t  *r, *end;

    *dotted = 0;
    r = wppkg_package_find(pkg, tag);

    if (r == NULL && *tag == '.' && strlen(tag) < WPPKG_VERSION_MAX) {
        (void) snprintf(told, sizeof(told), "0%s", tag);

        *dotted = 1;
        r = wppkg_package_find(pkg, told);
    }

    if (r == NULL) {
        return NULL;
    }

    /* any of some that are the same was found */

    while (r > pkg->releases && strcmp(r[-1].tag, r->tag) == 0) {
        r--;
    }

    end = pkg->releases + pkg->nreleases;

    for (*n = 1; r + *n < end && strcmp(r[*n].tag, r->tag) == 0; (*n)++) {
        /* void */
    }

    return r;
}


static int
wppkg_release_match(const void *tag, const void *release)
{
    return strcmp(tag, ((const wppkg_release_t *) release)->tag);
}


int
wppkg_package_versions_write(wppkg_package_t *pkg, wppkg_buf_t *b)
{
    size_t  i;

    wppkg_package_sort(pkg);

    wppkg_buf_puts(b, "[");

    for (i = 0; i < pkg->nreleases; i++) {
        if (i > 0) {
            wppkg_buf_puts(b, ",");
        }

        wppkg_release_write(&pkg->releases[i], b);
    }

    wppkg_buf_puts(b, "]");

    return wppkg_buf_ok(b) ? WPPKG_OK : WPPKG_ERROR;
}


static void
wppkg_release_write(const wppkg_release_t *release, wppkg_buf_t *b)
{
    const char  *normalized;

    normalized = release->version.normalized;

    wppkg_buf_puts(b, "{\"tag\":");
    wppkg_buf_json(b, release->tag, strlen(release->tag));
    wppkg_buf_puts(b, ",\"normalized\":");

    if (release->parsed) {
        wppkg_buf_json(b, normalized, strlen(normalized));

    } else {
        wppkg_buf_puts(b, "null");
    }

    wppkg_buf_puts(b, ",\"zip\":");
    wppkg_buf_json(b, release->zip, strlen(release->zip));

    if (release->php[0] != '\0') {
        wppkg_buf_puts(b, ",\"php\":");
        wppkg_buf_json(b, release->php, strlen(release->php));
    }

    wppkg_buf_puts(b, release->unseen ? ",\"unseen\":true}" : "}");
}


int
wppkg_package_number(const char *s)
{
    unsigned  parts, digits;

    parts = 1;
    digits = 0;

    for ( /* void */ ; *s != '\0'; s++) {

        if (*s >= '0' && *s <= '9') {
            digits++;

        } else if (*s == '.' && digits != 0) {
            parts++;
            digits = 0;

        } else {
            return 0;
        }

        if (parts > 4 || digits > 5) {
            return 0;
        }
    }

    return digits != 0;
}

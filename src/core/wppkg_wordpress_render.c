
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "wppkg_lists.h"
#include "wppkg_name.h"
#include "wppkg_wordpress_render.h"


/* what WordPress.org's own repository requires: who puts it into its folder */
#define WPPKG_WORDPRESS_INSTALLER                                             \
    "\"roots/wordpress-core-installer\":\"^3.0\""


static void wppkg_wordpress_version(const wppkg_wordpress_t *w,
    const wppkg_wordpress_release_t *r, const wppkg_wordpress_release_t *prev,
    unsigned package, wppkg_buf_t *b);
static void wppkg_wordpress_about(unsigned package, wppkg_buf_t *b);
static void wppkg_wordpress_require(const wppkg_wordpress_release_t *r,
    const wppkg_wordpress_release_t *prev, wppkg_buf_t *b);
static void wppkg_wordpress_links(wppkg_buf_t *b);
static void wppkg_wordpress_filter(const wppkg_wordpress_t *w,
    wppkg_buf_t *b);
static void wppkg_wordpress_range(const char *from, const char *to,
    wppkg_buf_t *b);
static int wppkg_wordpress_same(const wppkg_wordpress_t *w, size_t i);


static const char *const  wppkg_wordpress_slugs[] = {
    WPPKG_WORDPRESS_FULL, WPPKG_WORDPRESS_BARE
};

static const char *const  wppkg_wordpress_descriptions[] = {
    "WordPress, the publishing platform, with its default themes and plugins",
    "WordPress, the publishing platform, without wp-content: no themes, no "
    "plugins"
};


int
wppkg_wordpress_offers(const wppkg_wordpress_t *w, size_t i,
    unsigned package)
{
    wppkg_wordpress_zip_e  zip;

    zip = w->releases[i].zips[package];

    return w->verified ? zip == WPPKG_WORDPRESS_THERE
                       : zip != WPPKG_WORDPRESS_MISSING;
}


void
wppkg_wordpress_render(const wppkg_wordpress_t *w, unsigned package,
    wppkg_buf_t *b)
{
    size_t                            i;
    const wppkg_wordpress_release_t  *prev;

    wppkg_buf_printf(b, "{\"packages\":{\"" WPPKG_WORDPRESS_VENDOR "/%s\":[",
                     wppkg_wordpress_slugs[package]);
    prev = NULL;

    for (i = 0; i < w->n; i++) {

        if (!wppkg_wordpress_offers(w, i, package)
            || wppkg_wordpress_same(w, i))
        {
            continue;
        }

        wppkg_wordpress_version(w, &w->releases[i], prev, package, b);
        prev = &w->releases[i];
    }

    wppkg_buf_puts(b, "]},\"minified\":\"composer/2.0\"");
    wppkg_wordpress_filter(w, b);
    wppkg_buf_puts(b, "}");
}


/* of spellings that are one version for Composer, the first is it */

static int
wppkg_wordpress_same(const wppkg_wordpress_t *w, size_t i)
{
    return i > 0
           && wppkg_version_compare(w->releases[i].parsed.normalized,
                                    w->releases[i - 1].parsed.normalized)
              == 0;
}


/*
 * With prev NULL all keys, else those whose value differs (contract C 10).  No
 * version needs escaping.  "self.version" is each one's own, so that it stands
 * once.
 */

static void
wppkg_wordpress_version(const wppkg_wordpress_t *w,
    const wppkg_wordpress_release_t *r, const wppkg_wordpress_release_t *prev,
    unsigned package, wppkg_buf_t *b)
{
    wppkg_buf_puts(b, (prev == NULL) ? "{" : ",{");

    if (prev == NULL) {
        wppkg_wordpress_about(package, b);
    }

    wppkg_buf_printf(b, "\"version\":\"%s\",\"version_normalized\":\"%s\"",
                     r->parsed.clean, r->parsed.normalized);

    wppkg_wordpress_require(r, prev, b);

    wppkg_buf_puts(b, ",\"dist\":{\"type\":\"zip\",\"url\":\"");
    wppkg_wordpress_url(b, w->zips, r->told.version, package);
    wppkg_buf_puts(b, "\"}");

    /* the repository of WordPress has nothing without wp-content */

    if (package == WPPKG_WORDPRESS_IS_FULL) {
        wppkg_buf_printf(b, ",\"source\":{\"type\":\"git\",\"url\":"
                         "\"https://github.com/WordPress/WordPress.git\","
                         "\"reference\":\"%s\"}", r->told.version);
    }

    if (prev == NULL) {
        wppkg_wordpress_links(b);
    }

    wppkg_buf_puts(b, "}");
}


static void
wppkg_wordpress_about(unsigned package, wppkg_buf_t *b)
{
    wppkg_buf_printf(b, "\"name\":\"" WPPKG_WORDPRESS_VENDOR "/%s\","
                     "\"description\":\"%s\","
                     "\"homepage\":\"https://wordpress.org/\","
                     "\"type\":\"wordpress-core\","
                     "\"license\":[\"GPL-2.0-or-later\"],"
                     "\"authors\":[{\"name\":\"The WordPress community\","
                     "\"homepage\":\"https://wordpress.org/about/\"}],",
                     wppkg_wordpress_slugs[package],
                     wppkg_wordpress_descriptions[package]);
}


/* PHP where WordPress.org tells of it, or has told; its releases differ */

static void
wppkg_wordpress_require(const wppkg_wordpress_release_t *r,
    const wppkg_wordpress_release_t *prev, wppkg_buf_t *b)
{
    if (prev != NULL && strcmp(r->told.php, prev->told.php) == 0) {
        return;
    }

    wppkg_buf_puts(b, ",\"require\":{");

    if (r->told.php[0] != '\0') {
        wppkg_buf_printf(b, "\"php\":\">=%s\",", r->told.php);
    }

    wppkg_buf_puts(b, WPPKG_WORDPRESS_INSTALLER "}");
}


static void
wppkg_wordpress_links(wppkg_buf_t *b)
{
    wppkg_buf_puts(b,
        ",\"provide\":{\"wordpress/core-implementation\":\"self.version\"}"
        ",\"suggest\":{"
        "\"ext-curl\":\"for requests to other servers\","
        "\"ext-dom\":\"for widgets with texts\","
        "\"ext-exif\":\"for what photographs tell of themselves\","
        "\"ext-fileinfo\":\"for the types of uploaded files\","
        "\"ext-imagick\":\"for better images than with ext-gd\","
        "\"ext-intl\":\"for addresses and texts in all languages\","
        "\"ext-mbstring\":\"for texts in UTF-8\","
        "\"ext-mysqli\":\"for the database\","
        "\"ext-openssl\":\"for connections with TLS\","
        "\"ext-zip\":\"for updates and uploaded packages\"}"
        ",\"support\":{\"docs\":\"https://developer.wordpress.org/\","
        "\"forum\":\"https://wordpress.org/support/\","
        "\"issues\":\"https://core.trac.wordpress.org/\","
        "\"source\":\"https://core.trac.wordpress.org/browser\"}"
        ",\"funding\":[{\"type\":\"other\","
        "\"url\":\"https://wordpressfoundation.org/donate/\"}]");
}


void
wppkg_wordpress_url(wppkg_buf_t *b, const char *zips, const char *version,
    unsigned package)
{
    wppkg_buf_printf(b, "%swordpress-%s%s.zip", zips, version,
                     (package == WPPKG_WORDPRESS_IS_BARE) ? "-no-content"
                                                          : "");
}


static void
wppkg_wordpress_filter(const wppkg_wordpress_t *w, wppkg_buf_t *b)
{
    wppkg_buf_t  constraint;

    wppkg_buf_init(&constraint, WPPKG_WORDPRESS_RELEASES * 80);

    if (wppkg_wordpress_insecure(w, &constraint) == WPPKG_OK) {
        wppkg_buf_puts(b, ",\"filter\":{\"" WPPKG_LISTS_WORDPRESS "\":["
                       "{\"constraint\":");
        wppkg_buf_json(b, constraint.data, constraint.len);
        wppkg_buf_puts(b, ",\"url\":\"https://wordpress.org/download/"
                       "releases/\",\"reason\":\"WordPress.org calls this "
                       "release insecure\"}]}");
    }

    if (!wppkg_buf_ok(&constraint)) {
        b->failed = 1;
    }

    wppkg_buf_free(&constraint);
}


/* the oldest come last; a row of insecure ones ends at one that is not */

int
wppkg_wordpress_insecure(const wppkg_wordpress_t *w, wppkg_buf_t *b)
{
    size_t                            i, ranges;
    const char                       *from, *to;
    const wppkg_wordpress_release_t  *r;

    from = NULL;
    to = NULL;
    ranges = 0;

    for (i = w->n; i-- > 0; /* void */) {
        r = &w->releases[i];

        if (r->told.status == WPPKG_WORDPRESS_INSECURE) {
            from = (from != NULL) ? from : r->parsed.clean;
            to = r->parsed.clean;

            if (i > 0) {
                continue;
            }
        }

        if (from != NULL) {
            wppkg_buf_puts(b, (ranges++ != 0) ? "||" : "");
            wppkg_wordpress_range(from, to, b);
            from = NULL;
        }
    }

    return (ranges != 0) ? WPPKG_OK : WPPKG_DECLINED;
}


static void
wppkg_wordpress_range(const char *from, const char *to, wppkg_buf_t *b)
{
    if (strcmp(from, to) == 0) {
        wppkg_buf_printf(b, "=%s", from);

    } else {
        wppkg_buf_printf(b, ">=%s,<=%s", from, to);
    }
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Answers of the info API: the captured real ones in t/data/api, and what may
 * come instead of them.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guard.h"
#include "syncd_api.h"


#define API_PLUGIN  "{\"slug\":\"a\",\"name\":\"A\",\"versions\":{}"


typedef struct {
    const char           *file;
    const char           *slug;
    wppkg_type_e          type;
    long                  status;
    syncd_api_outcome_e   outcome;
    const char           *reason;
} api_captured_t;

typedef struct {
    const char           *file;
    const char           *slug;
    const char           *name;
    int64_t               closed_at;
} api_closed_date_t;


typedef struct {
    const char           *body;
    long                  status;
    syncd_api_outcome_e   outcome;
    const char           *reason;       /* a part of it */
} api_answer_t;


typedef struct {
    const char           *member;       /* of an answer about plugin "a" */
    const char           *want;         /* NULL: not set */
} api_field_t;


static char *api_file(const char *name, size_t *len);
static syncd_api_result_t api_single(wppkg_type_e type, const char *slug,
    long status, const char *body, size_t len);
static syncd_api_result_t api_member(wppkg_type_e type, const char *member);
static void api_fields(wppkg_type_e type, size_t field,
    const api_field_t *fields, size_t n);
static const char *api_zip(const wppkg_package_t *pkg, const char *tag);
static void api_url(void **state);
static void api_captured(void **state);
static void api_closed_date(void **state);
static void api_plugin(void **state);
static void api_counts(void **state);
static void api_theme(void **state);
static void api_answers(void **state);
static void api_ceiling(void **state);
static void api_download(void **state);
static void api_dates(void **state);
static void api_author(void **state);
static void api_requires_php(void **state);
static void api_homepage(void **state);
static void api_texts(void **state);
static void api_versions(void **state);
static void api_versions_max(void **state);
static void api_lists(void **state);
static void api_bulk(void **state);
static void api_bulk_refused(void **state);
static void api_states_url(void **state);
static void api_states(void **state);
static void api_every_prefix(void **state);


static char *
api_file(const char *name, size_t *len)
{
    char   path[256], *text;
    FILE  *f;

    (void) snprintf(path, sizeof(path), "t/data/api/%s", name);

    f = fopen(path, "rb");
    assert_non_null(f);

    text = malloc(65536);
    assert_non_null(text);

    *len = fread(text, 1, 65536, f);
    assert_true(*len > 0 && *len < 65536);

    fclose(f);

    return text;
}


/* what a whole answer is refused for is a transient outcome too */

static syncd_api_result_t
api_single(wppkg_type_e type, const char *slug, long status,
    const char *body, size_t len)
{
    wppkg_error_t       err;
    syncd_api_result_t  result;

    memset(&result, 0, sizeof(result));

    if (syncd_api_read(type, &slug, 1, 0, status, body, len, &result, &err)
        != SYNCD_API_READ)
    {
        result.outcome = SYNCD_API_TRANSIENT;
        (void) snprintf(result.reason, sizeof(result.reason), "%.255s",
                        err.text);
    }

    return result;
}


static syncd_api_result_t
api_member(wppkg_type_e type, const char *member)
{
    char                body[4096];
    syncd_api_result_t  result;

    (void) snprintf(body, sizeof(body), API_PLUGIN ",%s}", member);

    result = api_single(type, "a", 200, body, strlen(body));

    assert_int_equal(result.outcome, SYNCD_API_OK);

    return result;
}


static const char *
api_zip(const wppkg_package_t *pkg, const char *tag)
{
    size_t  i;

    for (i = 0; i < pkg->nreleases; i++) {
        if (strcmp(pkg->releases[i].tag, tag) == 0) {
            return pkg->releases[i].zip;
        }
    }

    return NULL;
}


/* R 11: up to 100 slugs in one request, or one in the single form */

static void
api_url(void **state)
{
    wppkg_buf_t        b;
    const char *const  slugs[] = { "akismet", "a&b c", "\xd0\xb6" };

    wppkg_buf_init(&b, 8192);

    syncd_api_url(&b, "https://x.example/api/", WPPKG_PLUGIN, slugs, 3, 0);
    assert_true(wppkg_buf_ok(&b));
    assert_ptr_equal(strstr(b.data,
                            "https://x.example/api/plugins/info/1.2/"
                            "?action=plugin_information&request%5Bslugs%5D="
                            "akismet,a%26b%20c,%D0%B6&request%5Bfields%5D"),
                     b.data);
    assert_non_null(strstr(b.data, "%5Bversions%5D=1&"));
    assert_non_null(strstr(b.data, "%5Bsections%5D=0&"));
    assert_null(strchr(b.data, '['));

    wppkg_buf_reset(&b);

    syncd_api_url(&b, "http://y", WPPKG_THEME, slugs, 1, 0);
    assert_ptr_equal(strstr(b.data, "http://y/themes/info/1.2/?action="
                            "theme_information&request%5Bslug%5D=akismet&"),
                     b.data);

    wppkg_buf_free(&b);
}


/* R 12: what WordPress.org really answers; closed is a 404 with JSON */

static void
api_captured(void **state)
{
    char                         *text;
    size_t                        i, len;
    syncd_api_result_t            r;
    static const api_captured_t   files[] = {
        { "plugin-autoptimize-2024-partial.json", "autoptimize",
          WPPKG_PLUGIN, 200, SYNCD_API_OK, "" },
        { "plugin-closed-permanent-0gravatar.json", "0gravatar",
          WPPKG_PLUGIN, 404, SYNCD_API_CLOSED_FOR_GOOD, "Author Request" },
        { "plugin-closed-permanent-no-longer-in-directory.json",
          "no-longer-in-directory", WPPKG_PLUGIN, 404,
          SYNCD_API_CLOSED_FOR_GOOD, "Guideline Violation" },
        { "plugin-closed-permanent-yalw.json", "yalw", WPPKG_PLUGIN, 404,
          SYNCD_API_CLOSED_FOR_GOOD, "Author Request" },
        { "plugin-closed-temporary.json", "temp", WPPKG_PLUGIN, 404,
          SYNCD_API_CLOSED, "" },
        { "plugin-invalid-slug.json", "x", WPPKG_PLUGIN, 404,
          SYNCD_API_INVALID, "" },
        { "plugin-notfound.json", "x", WPPKG_PLUGIN, 404,
          SYNCD_API_NOT_FOUND, "" },
        { "theme-100-bytes.json", "100-bytes", WPPKG_THEME, 200,
          SYNCD_API_OK, "" }
    };

    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        text = api_file(files[i].file, &len);
        r = api_single(files[i].type, files[i].slug, files[i].status, text,
                       len);

        assert_string_equal(r.reason, files[i].reason);
        assert_int_equal(r.outcome, files[i].outcome);

        syncd_api_result_free(&r);
        free(text);
    }
}


static void
api_closed_date(void **state)
{
    char                            *text;
    char                             body[200];
    size_t                           i, len;
    syncd_api_result_t               r;
    static const api_closed_date_t   files[] = {
        { "plugin-closed-permanent-0gravatar.json", "0gravatar",
          "Display Name If No Gravatar", 1731456000 },
        { "plugin-closed-permanent-no-longer-in-directory.json",
          "no-longer-in-directory", "No Longer in Directory", 1538438400 },
        { "plugin-closed-permanent-yalw.json", "yalw", "YALW", 1775692800 },
        { "plugin-closed-temporary.json", "temp", "Temp", 1775692800 }
    };

    static const char *const         none[] = {
        "false", "20241113", "\"\"", "\"2024-13-01\"", "\"soon\""
    };

    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        text = api_file(files[i].file, &len);
        r = api_single(WPPKG_PLUGIN, files[i].slug, 404, text, len);

        assert_string_equal(r.package.name, files[i].name);
        assert_int_equal(r.closed_at, files[i].closed_at);

        syncd_api_result_free(&r);
        free(text);
    }

    /* false where there is none, and what is no date is none either */

    for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        (void) snprintf(body, sizeof(body), "{\"error\":\"closed\","
                        "\"slug\":\"a\",\"closed_date\":%s}", none[i]);
        r = api_single(WPPKG_PLUGIN, "a", 404, body, strlen(body));

        assert_int_equal(r.outcome, SYNCD_API_CLOSED);
        assert_int_equal(r.closed_at, 0);
        assert_null(r.package.name);

        syncd_api_result_free(&r);
    }
}


static void
api_plugin(void **state)
{
    char                *text;
    size_t               len;
    wppkg_package_t     *p;
    syncd_api_result_t   r;

    text = api_file("plugin-autoptimize-2024-partial.json", &len);
    r = api_single(WPPKG_PLUGIN, "autoptimize", 200, text, len);
    p = &r.package;

    assert_string_equal(p->slug, "autoptimize");
    assert_string_equal(p->ceiling, "3.1.12");
    assert_int_equal(p->has_trunk, 1);
    assert_int_equal(p->nreleases, 102);
    assert_int_equal(r.skipped, 0);
    assert_null(api_zip(p, "trunk"));
    assert_string_equal(p->tags, "core web vitals, images, Optimize, "
                        "pagespeed, performance");
    assert_int_equal(p->counts.told, 0);
    assert_string_equal(api_zip(p, "3.1.12"), "https://downloads.wordpress."
                        "org/plugin/autoptimize.3.1.12.zip");

    syncd_api_result_free(&r);
    free(text);
}


/* whatever is no number counts as none, and whatever is no text is no tag */

static void
api_counts(void **state)
{
    size_t               i;
    char                 body[400];
    syncd_api_result_t   r;

    static const struct {
        const char      *text;
        const char      *tags;
        wppkg_counts_t   counts;
    }  cases[] = {
        { "\"active_installs\":10000000,\"downloaded\":\"1234\","
          "\"rating\":98,\"num_ratings\":7,\"added\":\"2008-06-03\","
          "\"tags\":[\"a &amp; <b>b</b>\",7,\"\",\"c\"]", "a & b, c",
          { 10000000, 1234, 98, 7, 1212451200, 1 } },
        { "\"active_installs\":-5,\"downloaded\":{},\"rating\":101,"
          "\"num_ratings\":1e3,\"added\":\"soon\",\"tags\":false", NULL,
          { 0, 0, 100, 1000, 0, 1 } },
        { "\"downloaded\":\"99999999999999999999\",\"tags\":{\"x\":[]}",
          NULL, { 0, 999999999999999999, 0, 0, 0, 1 } },
        { "\"tags\":[]", NULL, { 0, 0, 0, 0, 0, 0 } }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void) snprintf(body, sizeof(body), "{\"slug\":\"a\",\"version\":"
                        "\"1.0\",\"versions\":{\"1.0\":\"https://x.org/"
                        "a.1.0.zip\"},%s}", cases[i].text);
        r = api_single(WPPKG_PLUGIN, "a", 200, body, strlen(body));

        assert_int_equal(r.outcome, SYNCD_API_OK);

        if (cases[i].tags != NULL) {
            assert_string_equal(r.package.tags, cases[i].tags);

        } else {
            assert_null(r.package.tags);
        }

        assert_int_equal(r.package.counts.installs, cases[i].counts.installs);
        assert_int_equal(r.package.counts.downloads,
                         cases[i].counts.downloads);
        assert_int_equal(r.package.counts.rating, cases[i].counts.rating);
        assert_int_equal(r.package.counts.ratings, cases[i].counts.ratings);
        assert_int_equal(r.package.counts.added_at, cases[i].counts.added_at);
        assert_int_equal(r.package.counts.told, cases[i].counts.told);

        syncd_api_result_free(&r);
    }
}


static void
api_theme(void **state)
{
    char                *text;
    size_t               len;
    wppkg_package_t     *p;
    syncd_api_result_t   r;

    text = api_file("theme-100-bytes.json", &len);
    r = api_single(WPPKG_THEME, "100-bytes", 200, text, len);
    p = &r.package;

    assert_string_equal(p->name, "100 Bytes");
    assert_string_equal(p->author, "Marc Armengou");
    assert_string_equal(p->homepage, "https://wordpress.org/themes/"
                        "100-bytes/");
    assert_string_equal(p->requires_php, "5.6");
    assert_string_equal(p->ceiling, "1.1.3");
    assert_int_equal(p->has_trunk, 0);
    assert_int_equal(p->nreleases, 14);
    assert_string_equal(p->tags, "Blog, Full width template, One column");
    assert_int_equal(p->counts.told, 1);
    assert_int_equal(p->counts.installs, 50);
    assert_int_equal(p->counts.downloads, 1466);
    assert_int_equal(p->counts.ratings, 0);
    assert_int_equal(p->counts.added_at, 1685491200);

    syncd_api_result_free(&r);
    free(text);
}


/* R 12, R 17: what is not one of the known answers changes nothing */

static void
api_answers(void **state)
{
    size_t                      i;
    syncd_api_result_t          r;
    static const api_answer_t   answers[] = {
        { API_PLUGIN "}", 200, SYNCD_API_OK, "" },
        { "{\"slug\":\"a\",\"versions\":[]}", 200, SYNCD_API_OK, "" },
        { "{\"slug\":\"a\",\"versions\":[\"1\"]}", 200, SYNCD_API_OK, "" },
        { API_PLUGIN ",\"error\":false}", 200, SYNCD_API_OK, "" },
        { "{\"error\":\"Theme not found\"}", 404, SYNCD_API_NOT_FOUND, "" },
        { "{\"error\":\"plugin not found\"}", 200, SYNCD_API_NOT_FOUND, "" },
        { "{\"error\":\"closed\",\"slug\":\"a\"}", 404, SYNCD_API_CLOSED,
          "" },

        { API_PLUGIN "}", 404, SYNCD_API_TRANSIENT, "HTTP 404 with a pack" },
        { API_PLUGIN "}", 500, SYNCD_API_TRANSIENT, "HTTP 500" },
        { "{\"error\":\"Plugin not found.\"}", 429, SYNCD_API_TRANSIENT,
          "HTTP 429" },
        { "{\"error\":\"closed\",\"slug\":\"a\"}", 503,
          SYNCD_API_TRANSIENT, "HTTP 503" },
        { "{\"error\":\"closed\",\"slug\":\"b\"}", 404,
          SYNCD_API_TRANSIENT, "another slug, \"b\"" },
        { "{\"error\":\"closed\"}", 404, SYNCD_API_TRANSIENT, "no slug" },
        { "{\"error\":\"Over quota\"}", 404, SYNCD_API_TRANSIENT,
          "unknown error \"Over quota\"" },
        { "{\"error\":{}}", 404, SYNCD_API_TRANSIENT, "not a string" },
        { "{\"slug\":\"A\",\"versions\":{}}", 200, SYNCD_API_TRANSIENT,
          "another slug, \"A\"" },
        { "{\"slug\":1,\"versions\":{}}", 200, SYNCD_API_TRANSIENT,
          "no slug" },
        { "{\"slug\":\"a\\u0000b\",\"versions\":{}}", 200,
          SYNCD_API_TRANSIENT, "no slug" },
        { "{\"slug\":\"a\"}", 200, SYNCD_API_TRANSIENT, "is missing" },
        { "{\"slug\":\"a\",\"versions\":null}", 200, SYNCD_API_TRANSIENT,
          "of a wrong type" },
        { "{\"slug\":\"a\",\"versions\":\"1\"}", 200, SYNCD_API_TRANSIENT,
          "of a wrong type" },
        { "{\"slug\":\"a\",\"versions\":7}", 200, SYNCD_API_TRANSIENT,
          "of a wrong type" },
        { "", 200, SYNCD_API_TRANSIENT, "empty body" },
        { "null", 200, SYNCD_API_TRANSIENT, "not JSON" },
        { "[]", 200, SYNCD_API_TRANSIENT, "not an object" },
        { "<html>Not found</html>", 404, SYNCD_API_TRANSIENT, "HTML" },
        { "{\"slug\":\"a\",\"vers", 200, SYNCD_API_TRANSIENT, "not JSON" },
        { API_PLUGIN ",\"x\":\"\xff\"}", 200, SYNCD_API_TRANSIENT,
          "not JSON" },
        { API_PLUGIN ",\"x\":\"\\ud800\"}", 200, SYNCD_API_TRANSIENT,
          "not JSON" },
        { API_PLUGIN "} x", 200, SYNCD_API_TRANSIENT, "not JSON" }
    };

    for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        r = api_single(WPPKG_PLUGIN, "a", answers[i].status,
                       answers[i].body, strlen(answers[i].body));

        if (r.outcome != answers[i].outcome
            || strstr(r.reason, answers[i].reason) == NULL)
        {
            fail_msg("%s: outcome %d, \"%s\"", answers[i].body, r.outcome,
                     r.reason);
        }

        syncd_api_result_free(&r);
    }
}


/* checks one field, by its place in wppkg_package_t, for each of n answers */

static void
api_fields(wppkg_type_e type, size_t field, const api_field_t *fields,
    size_t n)
{
    char                *got;
    size_t               i;
    syncd_api_result_t   r;

    for (i = 0; i < n; i++) {
        r = api_member(type, fields[i].member);

        memcpy(&got, (char *) &r.package + field, sizeof(char *));

        if (fields[i].want == NULL) {
            assert_null(got);

        } else {
            assert_non_null(got);
            assert_string_equal(got, fields[i].want);
        }

        syncd_api_result_free(&r);
    }
}


/* R 16: stable_tag, else what can be downloaded, else version */

static void
api_ceiling(void **state)
{
    static const api_field_t  fields[] = {
        { "\"stable_tag\":\"1.2\",\"version\":\"9\"", "1.2" },
        { "\"stable_tag\":\"trunk\",\"version\":\"9.1\"", "9.1" },
        { "\"stable_tag\":\"not one\",\"download_link\":"
          "\"https://x/plugin/a.1.3.zip\",\"version\":\"9\"", "1.3" },
        { "\"download_link\":\"https://x/plugin/a.1.3.zip\"", "1.3" },
        { "\"download_link\":\"https://x/plugin/a.zip\",\"version\":\"2\"",
          "2" },
        { "\"download_link\":\"https://x/plugin/ab.1.zip\",\"version\":"
          "\"2\"", "2" },
        { "\"download_link\":\"a.1.zip\",\"version\":\"2\"", "2" },
        { "\"download_link\":false,\"version\":2.5", "2.5" },
        { "\"version\":3", "3" },
        { "\"version\":\"\"", NULL },
        { "\"version\":\"fancy\"", "fancy" },

        /* what it does not know */
        { "\"stable_tag\":\"0.0\",\"version\":\"1.2\"", "1.2" },
        { "\"stable_tag\":\"Trunk\",\"version\":\"1.2\"", "1.2" },
        { "\"stable_tag\":\"trunk\",\"version\":\"0.0\"", "0.0" },
        { "\"stable_tag\":\"1.2.3.4.5\",\"version\":\"0.0\"",
          "1.2.3.4.5" },
        { "\"stable_tag\":\"a\\tb\",\"version\":\"c\"", "a b" },
        { "\"stable_tag\":\"1.2-dev\",\"version\":\"1.2\"", "1.2" },
        { "\"download_link\":\"https://x/plugin/a.trunk.zip\","
          "\"version\":\"2\"", "2" },
        { "\"version\":[1],\"stable_tag\":{},\"download_link\":1", NULL }
    };

    api_fields(WPPKG_PLUGIN, offsetof(wppkg_package_t, ceiling), fields,
               sizeof(fields) / sizeof(fields[0]));
}


/* contract C 63: what has no tag; R 22: the trunk's zip */

static void
api_download(void **state)
{
    static const api_field_t  links[] = {
        { "\"download_link\":\"https://x/plugin/a.zip\"",
          "https://x/plugin/a.zip" },
        { "\"download_link\":\"http://downloads.wordpress.org/plugin/a.zip\"",
          "https://downloads.wordpress.org/plugin/a.zip" },
        { "\"download_link\":\"https://x/a/b c\"", "https://x/a/b%20c" },
        { "\"download_link\":\"https://x/plugin/a.1.3.zip\"", NULL },
        { "\"download_link\":false", NULL }
    };
    static const api_field_t  trunks[] = {
        { "\"versions\":{\"trunk\":\"https://x/t\"}", "https://x/t" },
        { "\"versions\":{\"trunk\":false},\"download_link\":"
          "\"https://x/plugin/a.zip\"", "https://x/plugin/a.zip" },
        { "\"download_link\":\"https://x/plugin/ab.zip\"", NULL },
        { "\"download_link\":\"https://x/plugin/a.1.zip\"", NULL }
    };

    api_fields(WPPKG_PLUGIN, offsetof(wppkg_package_t, download), links,
               sizeof(links) / sizeof(links[0]));
    api_fields(WPPKG_PLUGIN, offsetof(wppkg_package_t, trunk_zip), trunks,
               sizeof(trunks) / sizeof(trunks[0]));
}


static void
api_dates(void **state)
{
    size_t              i;
    char                member[100];
    syncd_api_result_t  r;

    static const struct {
        const char  *date;
        int64_t      at;
    } dates[] = {
        { "2024-10-01 3:04pm GMT", 1727795040 },
        { "2024-10-01 12:04am GMT", 1727741040 },
        { "2024-10-01 12:00pm GMT", 1727784000 },
        { "2024-10-01", 1727740800 },
        { "", 0 },
        { "yesterday", 0 },
        { "2024-10", 0 },
        { "2024-10-01 3:04", 0 },
        { "2024-10-01 3:04xm GMT", 0 },
        { "2024-13-01", 0 },
        { "2024-00-01", 0 },
        { "2024-10-32", 0 },
        { "-999-10-01", 0 },
        { "2024-10-01 3:99pm GMT", 0 }
    };

    for (i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
        (void) snprintf(member, sizeof(member), "\"last_updated\":\"%s\"",
                        dates[i].date);
        r = api_member(WPPKG_PLUGIN, member);
        assert_int_equal(r.package.updated_at, dates[i].at);
        syncd_api_result_free(&r);
    }
}


/* R 17: an object or HTML */

static void
api_author(void **state)
{
    static const api_field_t  fields[] = {
        { "\"author\":\"<a href=\\\"https://x\\\">J &amp; Co</a>\"",
          "J & Co" },
        { "\"author\":{\"display_name\":\"D\",\"author\":\"A\"}", "D" },
        { "\"author\":{\"display_name\":\"\",\"author\":\"A\"}", "A" },
        { "\"author\":{\"display_name\":false}", NULL },
        { "\"author\":false", NULL },
        { "\"author\":\"<b></b>\"", NULL }
    };

    api_fields(WPPKG_PLUGIN, offsetof(wppkg_package_t, author), fields,
               sizeof(fields) / sizeof(fields[0]));
}


/* R 17: a version, a number, or false */

static void
api_requires_php(void **state)
{
    static const api_field_t  fields[] = {
        { "\"requires_php\":\"7.4\"", "7.4" },
        { "\"requires_php\":7.4", "7.4" },
        { "\"requires_php\":8", "8" },
        { "\"requires_php\":false", NULL },
        { "\"requires_php\":\"\"", NULL },
        { "\"requires_php\":\"7.4 or newer\"", NULL },
        { "\"requires_php\":\"7..4\"", NULL },
        { "\"requires_php\":\"7.\"", NULL },
        { "\"requires_php\":\".7\"", NULL },
        { "\"requires_php\":\"1.2.3.4.5\"", NULL },
        { "\"requires_php\":\"123456\"", NULL },
        { "\"requires_php\":-7", NULL },
        { "\"requires_php\":\"7\\u0000\"", NULL }
    };

    api_fields(WPPKG_PLUGIN, offsetof(wppkg_package_t, requires_php), fields,
               sizeof(fields) / sizeof(fields[0]));
}


static void
api_homepage(void **state)
{
    static const api_field_t  fields[] = {
        { "\"homepage\":\"https://x/?a=1&amp;b\"", "https://x/?a=1&b" },
        { "\"homepage\":\"javascript:alert(1)\"", NULL },
        { "\"homepage\":\"https://x/ y\"", NULL },
        { "\"homepage\":\"\"", NULL },
        { "\"homepage\":false", NULL }
    };

    api_fields(WPPKG_PLUGIN, offsetof(wppkg_package_t, homepage), fields,
               sizeof(fields) / sizeof(fields[0]));
}


/* R 17: markup goes, entities are decoded */

static void
api_texts(void **state)
{
    wppkg_buf_t               b;
    syncd_api_result_t        r;
    static const api_field_t  fields[] = {
        { "\"short_description\":\"S\\u0000\\n<i>d</i>\",\"description\":"
          "\"x\"", "S d" },
        { "\"description\":\"x\"", "x" },
        { "\"short_description\":12", NULL }
    };

    api_fields(WPPKG_THEME, offsetof(wppkg_package_t, description), fields,
               sizeof(fields) / sizeof(fields[0]));

    /* cut off at 1,000 bytes, between two characters */

    wppkg_buf_init(&b, 4096);
    wppkg_buf_puts(&b, "\"short_description\":\"x");

    while (b.len < 2000) {
        wppkg_buf_puts(&b, "\xc3\xa9");
    }

    wppkg_buf_puts(&b, "\"");

    r = api_member(WPPKG_PLUGIN, b.data);
    assert_int_equal(strlen(r.package.description), 999);

    wppkg_buf_free(&b);
    syncd_api_result_free(&r);
}


/* R 13: an empty list is a package that has only a trunk */

static void
api_versions(void **state)
{
    const char          *body;
    syncd_api_result_t   r;

    body = "{\"slug\":\"a\",\"versions\":{\"1.0\":\"https://x/a.1.0.zip\","
           "\"1.1\":false,\"1.2\":null,\"\":\"https://x/\",\"1.3\":"
           "\"https://x/\\u0000\",\"trunk\":7,\"2\":\"https://x/a.2.zip\"}}";

    r = api_single(WPPKG_PLUGIN, "a", 200, body, strlen(body));

    assert_int_equal(r.outcome, SYNCD_API_OK);
    assert_int_equal(r.package.nreleases, 2);
    assert_int_equal(r.skipped, 4);
    assert_string_equal(api_zip(&r.package, "2"), "https://x/a.2.zip");

    syncd_api_result_free(&r);
}


static void
api_versions_max(void **state)
{
    int                 i;
    wppkg_buf_t         b;
    syncd_api_result_t  r;

    wppkg_buf_init(&b, 1 << 20);
    wppkg_buf_puts(&b, "{\"slug\":\"a\",\"versions\":{\"x\":\"u\"");

    for (i = 0; i < WPPKG_RELEASES_MAX; i++) {
        wppkg_buf_printf(&b, ",\"%d\":\"u\"", i);
    }

    wppkg_buf_puts(&b, "}}");
    assert_true(wppkg_buf_ok(&b));

    r = api_single(WPPKG_PLUGIN, "a", 200, b.data, b.len);

    assert_int_equal(r.outcome, SYNCD_API_TRANSIENT);
    assert_non_null(strstr(r.reason, "more versions than 20000"));

    syncd_api_result_free(&r);
    wppkg_buf_free(&b);
}


/* R 17: PHP writes an array whose keys are 0, 1, 2 as a list */

static void
api_lists(void **state)
{
    const char          *body;
    wppkg_error_t        err;
    syncd_api_result_t   r[2];
    static const char   *const slugs[] = { "1", "0" };

    body = "{\"slug\":\"a\",\"versions\":[\"https://x/0\",false,"
           "\"https://x/2\"]}";

    r[0] = api_single(WPPKG_PLUGIN, "a", 200, body, strlen(body));

    assert_int_equal(r[0].outcome, SYNCD_API_OK);
    assert_int_equal(r[0].package.nreleases, 2);
    assert_int_equal(r[0].skipped, 1);
    assert_string_equal(api_zip(&r[0].package, "0"), "https://x/0");
    assert_string_equal(api_zip(&r[0].package, "2"), "https://x/2");

    syncd_api_result_free(&r[0]);

    body = "[{\"slug\":\"0\",\"versions\":[]},{\"error\":"
           "\"Plugin not found.\"}]";

    assert_int_equal(syncd_api_read(WPPKG_PLUGIN, slugs, 2, 0, 200, body,
                                    strlen(body), r, &err), SYNCD_API_READ);
    assert_int_equal(r[0].outcome, SYNCD_API_NOT_FOUND);
    assert_int_equal(r[1].outcome, SYNCD_API_OK);

    syncd_api_result_free(&r[0]);
    syncd_api_result_free(&r[1]);
}


/* R 11, R 12: each package by its own, failures among them */

static void
api_bulk(void **state)
{
    size_t               i;
    const char          *body;
    wppkg_error_t        err;
    syncd_api_result_t   r[7];
    const char *const    slugs[] = { "a", "gone", "shut", "absent", "null",
                                     "wrong", "error" };

    body = "{\"a\":" API_PLUGIN "},"
           "\"gone\":{\"error\":\"Plugin not found.\"},"
           "\"shut\":{\"error\":\"closed\",\"slug\":\"shut\"},"
           "\"null\":null,"
           "\"wrong\":{\"slug\":\"a\",\"versions\":{}},"
           "\"error\":{\"slug\":\"error\",\"versions\":[]}}";

    assert_int_equal(syncd_api_read(WPPKG_PLUGIN, slugs, 7, 0, 200, body,
                                    strlen(body), r, &err), SYNCD_API_READ);

    assert_int_equal(r[0].outcome, SYNCD_API_OK);
    assert_int_equal(r[1].outcome, SYNCD_API_NOT_FOUND);
    assert_int_equal(r[2].outcome, SYNCD_API_CLOSED);
    assert_int_equal(r[3].outcome, SYNCD_API_MISSING);
    assert_int_equal(r[4].outcome, SYNCD_API_MISSING);
    assert_int_equal(r[5].outcome, SYNCD_API_TRANSIENT);
    assert_int_equal(r[6].outcome, SYNCD_API_OK);

    for (i = 0; i < 7; i++) {
        syncd_api_result_free(&r[i]);
    }

    /* PHP's empty object */

    assert_int_equal(syncd_api_read(WPPKG_PLUGIN, slugs, 2, 0, 200, "[]", 2, r,
                                    &err), SYNCD_API_READ);
    assert_int_equal(r[0].outcome, SYNCD_API_MISSING);
    assert_int_equal(r[1].outcome, SYNCD_API_MISSING);
}


/* R 11: an answer that is none as a whole */

static void
api_bulk_refused(void **state)
{
    size_t                      i;
    wppkg_error_t               err;
    syncd_api_result_t          r[2];
    const char *const           slugs[] = { "a", "b" };
    static const api_answer_t   answers[] = {
        { "{\"error\":\"Invalid slugs provided\"}", 404, 0,
          "HTTP 404 with the error \"Invalid slugs provided\"" },
        { "{\"error\":\"A maximum of 100\"}", 422, 0, "HTTP 422" },
        { "[{\"slug\":\"a\"}]", 200, 0, "not an object" },
        { "false", 200, 0, "not JSON" },
        { "<html>", 200, 0, "HTML" },
        { "{}", 503, 0, "HTTP 503" },
        { "{", 200, 0, "not JSON" }
    };

    for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        err.text[0] = '\0';

        /* two of them say no, in so many words */

        assert_int_equal(syncd_api_read(WPPKG_PLUGIN, slugs, 2, 0,
                                        answers[i].status, answers[i].body,
                                        strlen(answers[i].body), r, &err),
                         (i < 2) ? SYNCD_API_REFUSED : SYNCD_API_UNUSABLE);
        assert_non_null(strstr(err.text, answers[i].reason));
    }
}


/* R 14: a sweep wants to know no more than whether they are offered */

static void
api_states_url(void **state)
{
    wppkg_type_e       type;
    wppkg_buf_t        b;
    const char *const  slugs[] = { "a", "b" };

    for (type = WPPKG_PLUGIN; type <= WPPKG_THEME; type++) {
        wppkg_buf_init(&b, 8192);

        syncd_api_url(&b, "http://y", type, slugs, 2, 1);
        assert_true(wppkg_buf_ok(&b));
        assert_non_null(strstr(b.data, "%5Bslugs%5D=a,b&"));
        assert_non_null(strstr(b.data, "%5Bversions%5D=0&"));
        assert_non_null(strstr(b.data, "%5Bsections%5D=0&"));
        assert_null(strstr(b.data, "%5D=1"));

        wppkg_buf_free(&b);
    }
}


static void
api_states(void **state)
{
    size_t              i;
    wppkg_error_t       err;
    syncd_api_result_t  r[6];

    const char *const  slugs[] = { "a", "b", "c", "d", "e", "f" };

    static const syncd_api_outcome_e  want[] = {
        SYNCD_API_OK, SYNCD_API_CLOSED, SYNCD_API_CLOSED_FOR_GOOD,
        SYNCD_API_NOT_FOUND, SYNCD_API_TRANSIENT, SYNCD_API_MISSING
    };

    static const char  body[] =
        "{\"a\":{\"slug\":\"a\"},"
        "\"b\":{\"error\":\"closed\",\"slug\":\"b\",\"reason\":\"x\"},"
        "\"c\":{\"error\":\"closed\",\"slug\":\"c\",\"description\":"
            "\"This closure is permanent.\"},"
        "\"d\":{\"error\":\"Plugin not found.\"},"
        "\"e\":{\"slug\":\"other\"}}";

    assert_int_equal(syncd_api_read(WPPKG_PLUGIN, slugs, 6, 1, 200, body,
                                           sizeof(body) - 1, r, &err),
                     SYNCD_API_READ);

    for (i = 0; i < 6; i++) {
        assert_int_equal(r[i].outcome, want[i]);
        assert_null(r[i].package.slug);
        syncd_api_result_free(&r[i]);
    }

    assert_int_equal(syncd_api_read(WPPKG_PLUGIN, slugs, 2, 1, 200, "<",
                                           1, r, &err), SYNCD_API_UNUSABLE);
}


/* an answer that was cut off anywhere is never taken for another one */

static void
api_every_prefix(void **state)
{
    char                *text, *part;
    size_t               i, len;
    syncd_api_result_t   r;

    text = api_file("theme-100-bytes.json", &len);

    while (text[len - 1] != '}') {
        len--;
    }

    for (i = 0; i < len; i++) {

        /* of exact size, so that a sanitizer sees one byte too far */
        part = malloc(i + 1);
        assert_non_null(part);
        memcpy(part, text, i);

        part = realloc(part, i > 0 ? i : 1);
        assert_non_null(part);

        r = api_single(WPPKG_THEME, "100-bytes", 200, part, i);
        assert_int_equal(r.outcome, SYNCD_API_TRANSIENT);

        syncd_api_result_free(&r);
        free(part);
    }

    free(text);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        GUARD("R 11", api_url),
        GUARD("R 12", api_captured),
        cmocka_unit_test(api_closed_date),
        cmocka_unit_test(api_plugin),
        cmocka_unit_test(api_counts),
        cmocka_unit_test(api_theme),
        GUARD("R 12, R 17", api_answers),
        GUARD("R 16", api_ceiling),
        cmocka_unit_test(api_download),
        cmocka_unit_test(api_dates),
        GUARD("R 17", api_author),
        GUARD("R 17", api_requires_php),
        cmocka_unit_test(api_homepage),
        GUARD("R 17", api_texts),
        GUARD("R 13", api_versions),
        cmocka_unit_test(api_versions_max),
        GUARD("R 17", api_lists),
        GUARD("R 11, R 12", api_bulk),
        GUARD("R 11", api_bulk_refused),
        GUARD("R 14", api_states_url),
        cmocka_unit_test(api_states),
        cmocka_unit_test(api_every_prefix)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}

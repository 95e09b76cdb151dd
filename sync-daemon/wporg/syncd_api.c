
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "syncd_api.h"
#include "syncd_api_json.h"
#include "syncd_text.h"
#include "wppkg_types.h"
#include "wppkg_url.h"


#define SYNCD_API_DESCRIPTION_MAX  1000       /* bytes */
#define SYNCD_API_NAME_MAX         255
#define SYNCD_API_URL_MAX          1000

#define SYNCD_API_FOR_GOOD         "This closure is permanent."


typedef struct {
    const char           *text;
    syncd_api_outcome_e   outcome;
} syncd_api_error_t;


static void syncd_api_results(const syncd_api_answer_t *answer,
    const json_t *root, syncd_api_result_t *results);
static const json_t *syncd_api_member(const json_t *root, const char *key);
static syncd_api_read_e syncd_api_refused(const syncd_api_answer_t *answer,
    const json_t *root, wppkg_error_t *err);
static int syncd_api_slug(const char *slug, const json_t *entry,
    syncd_api_result_t *result);
static void syncd_api_not_offered(const char *slug, const json_t *entry,
    const char *error, syncd_api_result_t *result);
static void syncd_api_closed(const json_t *entry, syncd_api_result_t *result);
static void syncd_api_offered(wppkg_type_e type, const char *slug,
    const json_t *entry, syncd_api_result_t *result);
static int syncd_api_texts(wppkg_package_t *pkg, const json_t *entry);
static int syncd_api_author(wppkg_package_t *pkg, const json_t *entry);
static int syncd_api_link(char **field, const json_t *value);
static int syncd_api_number(char **field, const json_t *value);
static int syncd_api_text(char **field, const json_t *value, size_t max);


/*
 * The fields we ask for, unless only states are wanted; everything large that
 * we don't need is switched off.
 */

static const char *const  syncd_api_on[] = {
    "versions", "short_description", "requires_php", "homepage", "author",
    "downloadlink", "stable_tag", "last_updated", "tags", "active_installs",
    "downloaded", "rating", "num_ratings", "added", "donate_link"
};

static const char *const  syncd_api_off[] = {
    "sections", "screenshots", "banners", "icons", "ratings", "reviews",
    "contributors", "compatibility", "group", "requires", "tested"
};

/* what only one of the types has */

static const char *const  syncd_api_plugin[] = { "requires_plugins", NULL };
static const char *const  syncd_api_theme[] = {
    "description", "parent", "template", NULL
};


static const syncd_api_error_t  syncd_api_errors[] = {
    { "Plugin not found", SYNCD_API_NOT_FOUND },
    { "Theme not found", SYNCD_API_NOT_FOUND },
    { "Invalid plugin slug", SYNCD_API_INVALID },
    { "Invalid theme slug", SYNCD_API_INVALID },
    { "Invalid slug provided", SYNCD_API_INVALID }
};


void
syncd_api_url(wppkg_buf_t *b, const char *api_url, wppkg_type_e type,
    const char *const *slugs, size_t n, int states)
{
    size_t  i;

    syncd_api_action(b, api_url, type, wppkg_type(type)->api_action);

    wppkg_buf_printf(b, "&request%%5B%s%%5D=", (n == 1) ? "slug" : "slugs");

    for (i = 0; i < n; i++) {
        if (i > 0) {
            wppkg_buf_append(b, ",", 1);
        }

        wppkg_url_encode(b, slugs[i], "");
    }

    syncd_api_fields(b, type, !states);
}


void
syncd_api_action(wppkg_buf_t *b, const char *api_url, wppkg_type_e type,
    const char *action)
{
    size_t  len;

    len = strlen(api_url);

    while (len > 0 && api_url[len - 1] == '/') {
        len--;
    }

    wppkg_buf_append(b, api_url, len);
    wppkg_buf_printf(b, "/%s/info/1.2/?action=%s", wppkg_type(type)->plural,
                     action);
}


void
syncd_api_fields(wppkg_buf_t *b, wppkg_type_e type, int on)
{
    size_t              i;
    const char *const  *own;

    for (i = 0; i < sizeof(syncd_api_on) / sizeof(syncd_api_on[0]); i++) {
        wppkg_buf_printf(b, "&request%%5Bfields%%5D%%5B%s%%5D=%d",
                         syncd_api_on[i], on);
    }

    for (i = 0; i < sizeof(syncd_api_off) / sizeof(syncd_api_off[0]); i++) {
        wppkg_buf_printf(b, "&request%%5Bfields%%5D%%5B%s%%5D=0",
                         syncd_api_off[i]);
    }

    own = (type == WPPKG_THEME) ? syncd_api_theme : syncd_api_plugin;

    for ( /* void */ ; *own != NULL; own++) {
        wppkg_buf_printf(b, "&request%%5Bfields%%5D%%5B%s%%5D=%d", *own, on);
    }

    /* a theme has no other text; a plugin's is its whole readme */

    if (type != WPPKG_THEME) {
        wppkg_buf_puts(b, "&request%5Bfields%5D%5Bdescription%5D=0");
    }
}


syncd_api_read_e
syncd_api_read(wppkg_type_e type, const char *const *slugs, size_t n,
    int states, long status, const char *body, size_t len,
    syncd_api_result_t *results, wppkg_error_t *err)
{
    json_t              *root;
    syncd_api_read_e     rc;
    syncd_api_answer_t   answer;

    answer.type = type;
    answer.slugs = slugs;
    answer.n = n;
    answer.status = status;
    answer.states = (states != 0);

    root = syncd_api_load(status, body, len, err);

    if (root == NULL) {
        return SYNCD_API_UNUSABLE;
    }

    rc = (n > 1) ? syncd_api_refused(&answer, root, err) : SYNCD_API_READ;

    if (rc == SYNCD_API_READ) {
        syncd_api_results(&answer, root, results);
    }

    json_decref(root);

    return rc;
}


static void
syncd_api_results(const syncd_api_answer_t *answer, const json_t *root,
    syncd_api_result_t *results)
{
    size_t         i;
    const json_t  *entry;

    memset(results, 0, answer->n * sizeof(syncd_api_result_t));

    if (answer->n == 1) {
        syncd_api_entry(answer, answer->slugs[0], root, &results[0]);

        if (results[0].outcome == SYNCD_API_OK && answer->status != 200) {
            syncd_api_result_free(&results[0]);
            syncd_api_wrong(&results[0], "HTTP %ld with a package",
                            answer->status);
        }

    } else {
        for (i = 0; i < answer->n; i++) {
            entry = syncd_api_member(root, answer->slugs[i]);

            if (!json_is_object(entry)) {
                results[i].outcome = SYNCD_API_MISSING;
                continue;
            }

            syncd_api_entry(answer, answer->slugs[i], entry, &results[i]);
        }
    }
}


json_t *
syncd_api_load(long status, const char *body, size_t len, wppkg_error_t *err)
{
    json_t        *root;
    json_error_t   error;

    if (status == 429 || status >= 500) {
        wppkg_error_set(err, "HTTP %ld", status);
        return NULL;
    }

    if (len == 0) {
        wppkg_error_set(err, "HTTP %ld with an empty body", status);
        return NULL;
    }

    if (body[0] == '<') {
        wppkg_error_set(err, "HTTP %ld with HTML instead of JSON", status);
        return NULL;
    }

    root = json_loadb(body, len, JSON_ALLOW_NUL, &error);

    if (root == NULL) {
        wppkg_error_set(err, "HTTP %ld with a body that is not JSON: %s",
                        status, error.text);
        return NULL;
    }

    return root;
}


/* as PHP means it: it writes an array whose keys are 0, 1, 2 as a list */

static const json_t *
syncd_api_member(const json_t *root, const char *key)
{
    char    name[32];
    size_t  i;

    for (i = 0; i < json_array_size(root); i++) {
        (void) snprintf(name, sizeof(name), "%zu", i);

        if (strcmp(name, key) == 0) {
            return json_array_get(root, i);
        }
    }

    return json_object_get(root, key);
}


/*
 * A bulk answer is an object keyed by slug; of slugs 0, 1, 2 it is a list, and
 * PHP's empty one is [].
 */

static syncd_api_read_e
syncd_api_refused(const syncd_api_answer_t *answer, const json_t *root,
    wppkg_error_t *err)
{
    size_t       i;
    const char  *error;

    if (json_is_array(root) && json_array_size(root) == 0) {
        return SYNCD_API_READ;
    }

    for (i = 0; json_is_array(root) && i < answer->n; i++) {

        if (syncd_api_member(root, answer->slugs[i]) != NULL) {
            return SYNCD_API_READ;
        }
    }

    if (!json_is_object(root)) {
        wppkg_error_set(err, "HTTP %ld with JSON that is not an object",
                        answer->status);
        return SYNCD_API_UNUSABLE;
    }

    /* not a package of that name: that would be an object */
    error = syncd_api_string(json_object_get(root, "error"));

    if (error != NULL) {
        wppkg_error_set(err, "HTTP %ld with the error \"%.100s\"",
                        answer->status, error);
        return SYNCD_API_REFUSED;
    }

    return SYNCD_API_READ;
}


void
syncd_api_entry(const syncd_api_answer_t *answer, const char *slug,
    const json_t *entry, syncd_api_result_t *result)
{
    const json_t  *error;

    if (!json_is_object(entry)) {
        syncd_api_wrong(result, "the answer is not an object");
        return;
    }

    error = json_object_get(entry, "error");

    if (error == NULL || json_is_null(error) || json_is_false(error)) {

        if (!answer->states) {
            syncd_api_offered(answer->type, slug, entry, result);

        } else if (syncd_api_slug(slug, entry, result) == WPPKG_OK) {
            result->outcome = SYNCD_API_OK;
        }

        return;
    }

    if (syncd_api_string(error) == NULL) {
        syncd_api_wrong(result, "the error is not a string");
        return;
    }

    syncd_api_not_offered(slug, entry, syncd_api_string(error), result);
}


static int
syncd_api_slug(const char *slug, const json_t *entry,
    syncd_api_result_t *result)
{
    const char  *said;

    said = syncd_api_string(json_object_get(entry, "slug"));

    if (said == NULL) {
        syncd_api_wrong(result, "the answer names no slug");
        return WPPKG_ERROR;
    }

    if (strcmp(said, slug) != 0) {
        syncd_api_wrong(result, "the answer is about another slug, "
                        "\"%.100s\"", said);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


static void
syncd_api_not_offered(const char *slug, const json_t *entry,
    const char *error, syncd_api_result_t *result)
{
    size_t  i, len;

    if (strcmp(error, "closed") == 0) {

        if (syncd_api_slug(slug, entry, result) == WPPKG_OK) {
            syncd_api_closed(entry, result);
        }

        return;
    }

    len = strlen(error);

    if (len > 0 && error[len - 1] == '.') {
        len--;
    }

    for (i = 0;
         i < sizeof(syncd_api_errors) / sizeof(syncd_api_errors[0]);
         i++)
    {
        if (strlen(syncd_api_errors[i].text) == len
            && strncasecmp(syncd_api_errors[i].text, error, len) == 0)
        {
            result->outcome = syncd_api_errors[i].outcome;
            return;
        }
    }

    syncd_api_wrong(result, "unknown error \"%.100s\"", error);
}


static void
syncd_api_closed(const json_t *entry, syncd_api_result_t *result)
{
    const char  *s;

    s = syncd_api_string(json_object_get(entry, "description"));

    result->outcome = (s != NULL && strstr(s, SYNCD_API_FOR_GOOD) != NULL)
                      ? SYNCD_API_CLOSED_FOR_GOOD : SYNCD_API_CLOSED;

    s = syncd_api_string(json_object_get(entry, "reason_text"));

    if (s == NULL) {
        s = syncd_api_string(json_object_get(entry, "reason"));
    }

    if (s != NULL) {
        (void) syncd_text_clean(s, strlen(s), result->reason,
                                sizeof(result->reason));
    }

    s = syncd_api_string(json_object_get(entry, "closed_date"));
    result->closed_at = (s != NULL) ? syncd_api_date(s) : 0;

    if (syncd_api_text(&result->package.name, json_object_get(entry, "name"),
                       SYNCD_API_NAME_MAX)
        != WPPKG_OK)
    {
        syncd_api_wrong(result, "out of memory");
    }
}


static void
syncd_api_offered(wppkg_type_e type, const char *slug, const json_t *entry,
    syncd_api_result_t *result)
{
    wppkg_package_t  *pkg;

    if (syncd_api_slug(slug, entry, result) != WPPKG_OK) {
        return;
    }

    pkg = &result->package;

    if (wppkg_package_init(pkg, type, slug, strlen(slug)) != WPPKG_OK) {
        syncd_api_wrong(result, "out of memory");
        return;
    }

    pkg->has_trunk = wppkg_type(type)->has_trunk;

    if (syncd_api_versions(result, entry) != WPPKG_OK) {
        wppkg_package_free(pkg);
        return;
    }

    if (syncd_api_texts(pkg, entry) != WPPKG_OK) {
        wppkg_package_free(pkg);
        syncd_api_wrong(result, "out of memory");
        return;
    }

    result->outcome = SYNCD_API_OK;
}


static int
syncd_api_texts(wppkg_package_t *pkg, const json_t *entry)
{
    const json_t  *text;

    text = json_object_get(entry, "short_description");

    if (json_string_length(text) == 0) {
        text = json_object_get(entry, "description");
    }

    if (syncd_api_text(&pkg->name, json_object_get(entry, "name"),
                       SYNCD_API_NAME_MAX)
        != WPPKG_OK
        || syncd_api_text(&pkg->description, text, SYNCD_API_DESCRIPTION_MAX)
           != WPPKG_OK
        || syncd_api_author(pkg, entry) != WPPKG_OK
        || syncd_api_link(&pkg->homepage, json_object_get(entry, "homepage"))
           != WPPKG_OK
        || syncd_api_link(&pkg->donate, json_object_get(entry, "donate_link"))
           != WPPKG_OK
        || syncd_api_number(&pkg->requires_php,
                            json_object_get(entry, "requires_php"))
           != WPPKG_OK
        || syncd_api_needs(pkg, entry) != WPPKG_OK
        || syncd_api_tags(pkg, entry) != WPPKG_OK)
    {
        return WPPKG_ERROR;
    }

    syncd_api_counts(entry, &pkg->counts);

    return WPPKG_OK;
}


static int
syncd_api_author(wppkg_package_t *pkg, const json_t *entry)
{
    const json_t  *author, *name, *profile;

    author = json_object_get(entry, "author");
    profile = json_object_get(entry, "author_profile");

    if (json_is_object(author)) {
        name = json_object_get(author, "display_name");
        profile = json_object_get(author, "profile");

        if (json_string_length(name) == 0) {
            name = json_object_get(author, "author");
        }

        author = name;
    }

    if (syncd_api_text(&pkg->author, author, SYNCD_API_NAME_MAX) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    return syncd_api_link(&pkg->author_url, profile);
}


/* sets a field to a URL that is shown to people, if there is one */

static int
syncd_api_link(char **field, const json_t *value)
{
    char         text[SYNCD_API_URL_MAX + 1];
    size_t       len;
    const char  *s;

    s = syncd_api_string(value);

    /* one that would be cut off is none */
    if (s == NULL || strlen(s) > SYNCD_API_URL_MAX) {
        return WPPKG_OK;
    }

    len = syncd_text_clean(s, strlen(s), text, sizeof(text));

    if ((strncasecmp(text, "https://", 8) != 0
         && strncasecmp(text, "http://", 7) != 0)
        || strpbrk(text, " \"<>\\") != NULL)
    {
        return WPPKG_OK;
    }

    return wppkg_package_set(field, text, len);
}


/* becomes a constraint: one that does not parse ends an update (C 15) */

static int
syncd_api_number(char **field, const json_t *value)
{
    char    text[WPPKG_NUMBER_MAX];
    size_t  len;

    len = syncd_api_scalar(value, text, sizeof(text));

    return (len > 0 && wppkg_package_number(text))
           ? wppkg_package_set(field, text, len) : WPPKG_OK;
}


/* sets a field to a string as plain text, if there is one */

static int
syncd_api_text(char **field, const json_t *value, size_t max)
{
    char    text[SYNCD_API_DESCRIPTION_MAX + 1];
    size_t  len;

    if (!json_is_string(value)) {
        return WPPKG_OK;
    }

    len = syncd_text_clean(json_string_value(value),
                           json_string_length(value), text, max + 1);

    if (len == 0) {
        return WPPKG_OK;
    }

    return wppkg_package_set(field, text, len);
}


const char *
syncd_api_string(const json_t *value)
{
    const char  *s;

    s = json_string_value(value);

    if (s == NULL || strlen(s) != json_string_length(value)) {
        return NULL;
    }

    return s;
}


size_t
syncd_api_scalar(const json_t *value, char *buf, size_t size)
{
    int  n;

    n = 0;
    buf[0] = '\0';

    if (json_is_integer(value)) {
        n = snprintf(buf, size, "%" JSON_INTEGER_FORMAT,
                     json_integer_value(value));

    } else if (json_is_real(value)) {
        n = snprintf(buf, size, "%.15g", json_real_value(value));

    } else if (syncd_api_string(value) != NULL) {
        n = snprintf(buf, size, "%s", syncd_api_string(value));
    }

    if (n <= 0 || (size_t) n >= size) {
        buf[0] = '\0';
        return 0;
    }

    return (size_t) n;
}


void
syncd_api_transient(syncd_api_result_t *result, const char *why)
{
    result->outcome = SYNCD_API_TRANSIENT;

    (void) syncd_text_clean(why, strlen(why), result->reason,
                            sizeof(result->reason));
}


void
syncd_api_wrong(syncd_api_result_t *result, const char *fmt, ...)
{
    char     text[sizeof(result->reason)];
    va_list  args;

    va_start(args, fmt);
    (void) vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);

    syncd_api_transient(result, text);
}


void
syncd_api_result_free(syncd_api_result_t *result)
{
    wppkg_package_free(&result->package);
    memset(result, 0, sizeof(syncd_api_result_t));
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Not a test, a tool for them: reads one package a line, as JSON, and prints
 * its two documents, one a line (t/render.t).  Keys: type, slug, description,
 * author, homepage, requires_php, ceiling, download, trunk_zip, trunk (a
 * revision, 0 if not known; null: no trunk), updated_at (unix seconds),
 * author_url, donate, needs, replace and suggest (true or not), releases
 * ([[tag, zip, unix seconds or nothing, again_rev or nothing, php or nothing],
 * ...]).
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "wppkg_name.h"
#include "wppkg_render.h"


static int tool_line(const char *line, size_t len);
static int tool_package(wppkg_package_t *pkg, const json_t *root);
static int tool_texts(wppkg_package_t *pkg, const json_t *root);
static int tool_releases(wppkg_package_t *pkg, const json_t *root);
static int tool_print(const wppkg_package_t *pkg);


int
main(void)
{
    int      rc;
    char    *line;
    size_t   size;
    ssize_t  len;

    rc = 0;
    line = NULL;
    size = 0;

    for ( ;; ) {
        len = getline(&line, &size, stdin);

        if (len == -1) {
            break;
        }

        if (tool_line(line, (size_t) len) != WPPKG_OK) {
            rc = 1;
            break;
        }
    }

    free(line);

    return (rc == 0 && fflush(stdout) == 0) ? 0 : 1;
}


static int
tool_line(const char *line, size_t len)
{
    int              rc;
    json_t          *root;
    json_error_t     error;
    wppkg_package_t  pkg;

    memset(&pkg, 0, sizeof(pkg));

    root = json_loadb(line, len, 0, &error);

    if (root == NULL || tool_package(&pkg, root) != WPPKG_OK) {
        fprintf(stderr, "tool_render: not a package: %.200s\n", line);
        rc = WPPKG_ERROR;

    } else {
        rc = tool_print(&pkg);
    }

    wppkg_package_free(&pkg);
    json_decref(root);

    return rc;
}


static int
tool_package(wppkg_package_t *pkg, const json_t *root)
{
    const char    *slug;
    const json_t  *trunk, *name;
    wppkg_type_e   type;

    name = json_object_get(root, "type");
    slug = json_string_value(json_object_get(root, "slug"));
    trunk = json_object_get(root, "trunk");

    if (!json_is_string(name) || slug == NULL
        || wppkg_type_find(json_string_value(name), json_string_length(name),
                           &type) != WPPKG_OK
        || wppkg_package_init(pkg, type, slug, strlen(slug)) != WPPKG_OK)
    {
        return WPPKG_ERROR;
    }

    pkg->has_trunk = json_is_integer(trunk);
    pkg->trunk_revision = json_integer_value(trunk);
    pkg->updated_at = json_integer_value(json_object_get(root,
                                                         "updated_at"));
    pkg->untagged = 1;
    pkg->terms.replace = json_is_true(json_object_get(root, "replace"));
    pkg->terms.suggest = json_is_true(json_object_get(root, "suggest"));

    if (tool_texts(pkg, root) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    return tool_releases(pkg, root);
}


static int
tool_texts(wppkg_package_t *pkg, const json_t *root)
{
    size_t         i;
    const json_t  *value;

    const struct {
        const char   *key;
        char        **field;
    } texts[] = {
        { "description", &pkg->description },
        { "author", &pkg->author },
        { "author_url", &pkg->author_url },
        { "homepage", &pkg->homepage },
        { "donate", &pkg->donate },
        { "needs", &pkg->needs },
        { "requires_php", &pkg->requires_php },
        { "ceiling", &pkg->ceiling },
        { "download", &pkg->download },
        { "trunk_zip", &pkg->trunk_zip }
    };

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        value = json_object_get(root, texts[i].key);

        if (wppkg_package_set(texts[i].field, json_string_value(value),
                              json_string_length(value)) != WPPKG_OK)
        {
            return WPPKG_ERROR;
        }
    }

    return WPPKG_OK;
}


static int
tool_releases(wppkg_package_t *pkg, const json_t *root)
{
    size_t         i;
    const char    *php;
    const json_t  *releases, *tag, *zip, *at;

    releases = json_object_get(root, "releases");

    for (i = 0; i < json_array_size(releases); i++) {
        tag = json_array_get(json_array_get(releases, i), 0);
        zip = json_array_get(json_array_get(releases, i), 1);
        at = json_array_get(json_array_get(releases, i), 2);

        if (!json_is_string(tag) || !json_is_string(zip)
            || wppkg_package_add(pkg, json_string_value(tag),
                                 json_string_length(tag),
                                 json_string_value(zip),
                                 json_string_length(zip)) != WPPKG_OK)
        {
            return WPPKG_ERROR;
        }

        pkg->releases[i].released_at = json_integer_value(at);
        pkg->releases[i].again_rev = json_integer_value(
                    json_array_get(json_array_get(releases, i), 3));

        php = json_string_value(json_array_get(json_array_get(releases, i),
                                               4));
        (void) snprintf(pkg->releases[i].php, WPPKG_NUMBER_MAX, "%s",
                        (php != NULL) ? php : "");
    }

    return WPPKG_OK;
}


static int
tool_print(const wppkg_package_t *pkg)
{
    int            rc;
    wppkg_buf_t    tagged, dev;
    wppkg_error_t  err;

    wppkg_buf_init(&tagged, WPPKG_DOCUMENT_MAX);
    wppkg_buf_init(&dev, WPPKG_DOCUMENT_MAX);

    rc = wppkg_render_package(pkg, &tagged, &dev, &err);

    if (rc == WPPKG_OK) {
        printf("%s\n%s\n", tagged.data, dev.data);

    } else {
        fprintf(stderr, "tool_render: %s\n", err.text);
    }

    wppkg_buf_free(&tagged);
    wppkg_buf_free(&dev);

    return rc;
}

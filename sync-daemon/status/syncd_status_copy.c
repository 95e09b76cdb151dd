
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * "status PACKAGE" of a mirror: which copy clients get, as its bytes tell, and
 * what the origin has told of that is not here.
 */


#include <stdio.h>
#include <string.h>

#include "syncd_status_parts.h"


static const char *syncd_status_served(const wppkg_inspect_copy_t *copy,
    const json_t *list, int whole);
static const json_t *syncd_status_list(const json_t *root);
static json_t *syncd_status_warnings(const json_t *root);
static json_t *syncd_status_listed(const json_t *root);
static int syncd_status_entry(json_t *all, const char *list,
    const json_t *entry);
static json_t *syncd_status_file(const syncd_conf_t *conf,
    const wppkg_inspect_file_t *file);
static json_t *syncd_status_owed(const wppkg_inspect_file_t *file);


json_t *
syncd_status_copy(const syncd_conf_t *conf, const wppkg_inspect_copy_t *copy,
    int whole)
{
    char           name[WPPKG_PATH_MAX];
    json_t        *root, *answer;
    const json_t  *list;

    (void) snprintf(name, sizeof(name), "%s/%s",
                    wppkg_type(copy->name.type)->name, copy->name.slug);

    root = (copy->body.len != 0)
           ? json_loadb(copy->body.data, copy->body.len, 0, NULL) : NULL;
    list = syncd_status_list(root);

    answer = json_pack(
        "{s:s, s:o, s:s, s:o, s:o, s:o, s:{s:I}, s:[o, o]}",
        "package", name,
        "origin", syncd_status_heard(&copy->origin),
        "clients_get", syncd_status_served(copy, list, whole),
        "warnings", syncd_status_warnings(root),
        "filters", syncd_status_listed(root),
        "advisories", syncd_status_advisory_list(
                          json_object_get(root, "security-advisories")),
        "versions",
            "published", (json_int_t) json_array_size(list),
        "documents", syncd_status_file(conf, &copy->files[0]),
                     syncd_status_file(conf, &copy->files[1]));

    json_decref(root);

    return answer;
}


static const char *
syncd_status_served(const wppkg_inspect_copy_t *copy, const json_t *list,
    int whole)
{
    const json_t                    *abandoned;
    const wppkg_inspect_document_t  *doc;

    doc = &copy->files[0].document;

    if (doc->exists && list == NULL) {
        return "503: its bytes in the catalogue are damaged";
    }

    /* minified: what the first version has, all have */

    abandoned = json_object_get(json_array_get(list, 0), "abandoned");

    return syncd_status_clients(doc, abandoned != NULL
                                     && !json_is_false(abandoned), whole);
}


static const json_t *
syncd_status_list(const json_t *root)
{
    json_t  *packages;

    packages = json_object_get(root, "packages");

    return json_object_iter_value(json_object_iter(packages));
}


static json_t *
syncd_status_warnings(const json_t *root)
{
    size_t   i;
    json_t  *all, *warning;

    all = json_array();

    json_array_foreach(json_object_get(root, "warnings"), i, warning) {
        (void) json_array_append_new(all,
                                     syncd_status_member(warning, "message"));
    }

    return all;
}


/* {"malware": [{"constraint": "*", …}]}, as status has it of any package */

static json_t *
syncd_status_listed(const json_t *root)
{
    size_t       i;
    json_t      *all, *entries, *entry;
    const char  *list;

    all = json_array();

    json_object_foreach(json_object_get(root, "filter"), list, entries) {

        json_array_foreach(entries, i, entry) {

            if (syncd_status_entry(all, list, entry) != WPPKG_OK) {
                json_decref(all);
                return NULL;
            }
        }
    }

    return all;
}


static int
syncd_status_entry(json_t *all, const char *list, const json_t *entry)
{
    return json_array_append_new(all,
               json_pack("{s:o, s:o, s:o, s:o}",
                         "list", syncd_status_string(list),
                         "constraint",
                             syncd_status_member(entry, "constraint"),
                         "reason", syncd_status_member(entry, "reason"),
                         "url", syncd_status_member(entry, "url"))) == 0
           ? WPPKG_OK : WPPKG_ERROR;
}


static json_t *
syncd_status_file(const syncd_conf_t *conf, const wppkg_inspect_file_t *file)
{
    json_t  *doc;

    doc = syncd_status_document(conf, &file->document);

    if (json_object_set_new(doc, "origin_at",
                            syncd_status_time(file->origin_at)) != 0
        || json_object_set_new(doc, "owed", syncd_status_owed(file)) != 0)
    {
        json_decref(doc);
        return NULL;
    }

    return doc;
}


static json_t *
syncd_status_owed(const wppkg_inspect_file_t *file)
{
    if (!file->owed) {
        return json_null();
    }

    return json_pack("{s:o, s:b, s:I, s:o, s:o}",
                     "since", syncd_status_time(file->owed_at),
                     "doubted", (int) file->doubted,
                     "failures", (json_int_t) file->failures,
                     "error", syncd_status_string(file->error),
                     "next_at", syncd_status_time(file->next_at));
}

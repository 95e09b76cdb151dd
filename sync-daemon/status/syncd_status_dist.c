
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What "status" tells of the store of zips.
 */


#include <stdio.h>

#include "syncd_status_parts.h"


#define SYNCD_STATUS_MIB  1048576.0


static long long syncd_status_dist_int(const json_t *dist, const char *name);


json_t *
syncd_status_dist(const syncd_conf_t *conf, const wppkg_inspect_t *all)
{
    size_t                      i;
    json_t                     *failed;
    const wppkg_inspect_zip_t  *zip;

    if (conf->dist_path == NULL) {
        return json_null();
    }

    failed = json_array();

    for (i = 0; i < all->dist.nfailed; i++) {
        zip = &all->dist.failed[i];

        (void) json_array_append_new(failed,
            json_pack("{s:o, s:o, s:o, s:o}",
                      "package", syncd_status_string(zip->name),
                      "version", syncd_status_string(zip->version),
                      "error", syncd_status_string(zip->error),
                      "next_at", syncd_status_time(zip->next_at)));
    }

    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:o}",
                     "files", (json_int_t) all->dist.files,
                     "bytes", (json_int_t) all->dist.bytes,
                     "quota", (json_int_t) conf->dist_quota * 1024,
                     "wanted", (json_int_t) all->dist.wanted,
                     "waiting", (json_int_t) all->dist.waiting,
                     "failed", failed);
}


void
syncd_status_text_dist(const json_t *dist)
{
    size_t   i;
    json_t  *zip;

    if (!json_is_object(dist)) {
        return;
    }

    printf("\n%-17s%lld zips, %.1f MiB", "own zips:",
           syncd_status_dist_int(dist, "files"),
           (double) syncd_status_dist_int(dist, "bytes") / SYNCD_STATUS_MIB);

    if (syncd_status_dist_int(dist, "quota") != 0) {
        printf(" of %.0f", (double) syncd_status_dist_int(dist, "quota")
                           / SYNCD_STATUS_MIB);
    }

    printf("; wanted: %lld, asked for in vain: %lld",
           syncd_status_dist_int(dist, "wanted"),
           syncd_status_dist_int(dist, "waiting"));

    json_array_foreach(json_object_get(dist, "failed"), i, zip) {
        printf("\n    %s %s: %s; again at %s",
               json_string_value(json_object_get(zip, "package")),
               json_string_value(json_object_get(zip, "version")),
               json_string_value(json_object_get(zip, "error")),
               json_string_value(json_object_get(zip, "next_at")));
    }
}


static long long
syncd_status_dist_int(const json_t *dist, const char *name)
{
    return (long long) json_integer_value(json_object_get(dist, name));
}

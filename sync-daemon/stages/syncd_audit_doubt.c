
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdlib.h>
#include <string.h>

#include "syncd_audit_parts.h"
#include "wppkg_hash.h"


/* there is room for each object of a page */

void
syncd_audit_doubt(syncd_audit_t *a, const wppkg_object_t *object,
    const unsigned char payload[WPPKG_HASH_LEN])
{
    syncd_audit_doubt_t  *d;

    d = &a->doubts[a->ndoubts++];

    d->id = object->id;
    memcpy(d->path, object->path, sizeof(d->path));
    wppkg_hex(d->object, payload, WPPKG_HASH_LEN);
}


/* NULL: all have been asked for */

syncd_http_job_t *
syncd_audit_doubt_next(syncd_audit_t *a)
{
    syncd_http_job_t     *job;
    syncd_audit_doubt_t  *d;

    while (a->asked < a->ndoubts && !a->bucket.ended) {
        d = &a->doubts[a->asked++];

        if (a->bucket.tired) {
            a->failed++;
            continue;
        }

        job = syncd_audit_request(a, &d->request, SYNCD_AUDIT_HEAD, d->path);

        if (job != NULL) {
            job->want = SYNCD_S3_META;
        }

        return job;
    }

    return NULL;
}


/* our uploads carry their SHA-256; objects that others uploaded do not */

void
syncd_audit_doubt_answer(syncd_audit_t *a, const syncd_http_job_t *job,
    const syncd_s3_answer_t *answer)
{
    const syncd_audit_doubt_t  *d;

    d = job->data;

    if (job->status == 200 || job->status == 404) {
        a->bucket.in_a_row = 0;

        if (job->status == 404 || strcmp(job->value, d->object) != 0) {
            (void) syncd_audit_stale(a, d->id, d->path);
        }

        return;
    }

    a->failed++;
    syncd_bucket_failed(&a->bucket, job, answer, d->path);
}

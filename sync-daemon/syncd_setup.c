
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "syncd_advisory_source.h"
#include "syncd_conf.h"
#include "syncd_run.h"
#include "syncd_secrets.h"
#include "syncd_setup.h"


static int syncd_setup_packages(const syncd_setup_t *setup, unsigned stages);
static int syncd_setup_bucket(const syncd_setup_t *setup);
static int syncd_setup_advisories(const syncd_setup_t *setup);


int
syncd_setup(syncd_setup_t *setup)
{
    int            rc;
    char          *line, *next;
    wppkg_buf_t    errors;

    wppkg_buf_init(&errors, 65536);

    rc = syncd_conf_read(setup->file, &setup->conf, &errors);

    for (line = errors.data; line != NULL && *line != '\0'; line = next) {
        next = strchr(line, '\n');

        if (next != NULL) {
            *next++ = '\0';
        }

        syncd_error("%s", line);
    }

    wppkg_buf_free(&errors);

    /* they must not stay visible, even if they are not needed */

    setup->secrets.text[0] = '\0';
    (void) syncd_secrets_read(&setup->conf, &setup->secrets);

    return rc;
}


int
syncd_setup_stages(const syncd_setup_t *setup, unsigned stages)
{
    int  rc;

    rc = syncd_setup_packages(setup, stages);

    if (rc == WPPKG_OK && (stages & SYNCD_RUN_DIST)
        && setup->conf.dist_path == NULL)
    {
        syncd_error("%s has no [dist]: set its \"path\"", setup->file);
        return WPPKG_ERROR;
    }

    if (rc == WPPKG_OK && (stages & SYNCD_RUN_ADVISORIES)) {
        rc = syncd_setup_advisories(setup);
    }

    if (rc == WPPKG_OK && (stages & (SYNCD_RUN_AUDIT | SYNCD_RUN_SYNC))) {
        rc = syncd_setup_bucket(setup);
    }

    return rc;
}


/* what may be told to come from WordPress.org, and what from the origin */

static int
syncd_setup_packages(const syncd_setup_t *setup, unsigned stages)
{
    if (setup->conf.origin_url == NULL) {

        if (stages & SYNCD_RUN_MIRROR) {
            syncd_error("%s has no [origin]: set its \"url\"", setup->file);
            return WPPKG_ERROR;
        }

        return WPPKG_OK;
    }

    if (stages & (SYNCD_RUN_ADD | SYNCD_RUN_REMOVE | SYNCD_RUN_DISCOVER
                  | SYNCD_RUN_SWEEP | SYNCD_RUN_ADVISORIES
                  | SYNCD_RUN_UPDATE | SYNCD_RUN_BACKFILL
                  | SYNCD_RUN_IMPORT | SYNCD_RUN_CORE))
    {
        syncd_error("%s has an [origin]: packages come from %s, by the "
                    "command \"mirror\"", setup->file, setup->conf.origin_url);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


static int
syncd_setup_bucket(const syncd_setup_t *setup)
{
    wppkg_error_t  err;

    if (setup->conf.s3_endpoint == NULL) {
        syncd_error("%s has no [bucket]: set its \"endpoint\" and \"name\"",
                    setup->file);
        return WPPKG_ERROR;
    }

    if (setup->secrets.text[0] != '\0') {
        syncd_error("%s", setup->secrets.text);
        return WPPKG_ERROR;
    }

    if (syncd_secrets_check(&setup->conf, &err) != WPPKG_OK) {
        syncd_error("%s", err.text);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


static int
syncd_setup_advisories(const syncd_setup_t *setup)
{
    size_t                    i, n;
    syncd_advisory_source_t   sources[SYNCD_ADVISORY_SOURCES];

    n = (setup->conf.advisories_url != NULL);

    for (i = 0; i < SYNCD_ADVISORY_FILES; i++) {
        n += (setup->conf.advisories_files[i] != NULL);
    }

    if (n == 0) {
        syncd_error("%s has no [advisories]: set its \"url\" or \"file\"",
                    setup->file);
        return WPPKG_ERROR;
    }

    if (syncd_advisory_sources(&setup->conf, sources) != n) {
        syncd_error("%s has two sources of the same name in [advisories]: a "
                    "file is called by its name without folder and \".json\"",
                    setup->file);
        return WPPKG_ERROR;
    }

    if (setup->conf.advisories_url != NULL
        && setup->secrets.text[0] != '\0')
    {
        syncd_error("%s", setup->secrets.text);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <stdio.h>
#include <string.h>

#include "syncd_check_lock.h"
#include "syncd_check_lock_parts.h"
#include "syncd_file.h"
#include "wppkg_escape.h"
#include "wppkg_inspect.h"
#include "wppkg_open.h"


#define SYNCD_CHECK_LOCK_PATH  (4 * 4096 + 3)     /* bytes of a path in JSON */


typedef struct {
    wppkg_catalogue_t  *cat;
    wppkg_buf_t         lock;         /* the bytes of the file */
    const char         *file;
    unsigned            json:1;
    unsigned            mirror:1;
    size_t              others;       /* packages of other vendors; */
    size_t              judged;       /* of ours, and of these: */
    size_t              failing;
    size_t              renamed;
} syncd_check_lock_t;


static int syncd_check_lock_read(syncd_check_lock_t *c);
static int syncd_check_lock_open(syncd_check_lock_t *c,
    const syncd_conf_t *conf);
static int syncd_check_lock_all(syncd_check_lock_t *c);
static int syncd_check_lock_one(void *ctx, const wppkg_locked_t *locked);
static int syncd_check_lock_begin(const syncd_check_lock_t *c);
static void syncd_check_lock_end(const syncd_check_lock_t *c);
static void syncd_check_lock_sum(const syncd_check_lock_t *c);


int
syncd_check_lock(const syncd_conf_t *conf, const char *file, int json)
{
    int                 rc;
    syncd_check_lock_t  c;

    memset(&c, 0, sizeof(syncd_check_lock_t));
    c.file = file;
    c.json = (unsigned) json & 1;
    wppkg_buf_init(&c.lock, WPPKG_LOCKED_FILE);

    rc = syncd_check_lock_read(&c);

    if (rc == WPPKG_OK) {
        rc = syncd_check_lock_open(&c, conf);
    }

    if (rc == WPPKG_OK) {
        rc = syncd_check_lock_all(&c);
    }

    wppkg_catalogue_close(c.cat);
    wppkg_buf_free(&c.lock);

    if (rc != WPPKG_OK) {
        return SYNCD_USAGE;
    }

    return (c.failing == 0) ? SYNCD_DONE : SYNCD_PARTIAL;
}


static int
syncd_check_lock_read(syncd_check_lock_t *c)
{
    int             rc;
    FILE           *fp;
    wppkg_error_t   why;

    fp = (strcmp(c->file, "-") == 0) ? stdin : syncd_file_open(c->file, &why);
    rc = (fp != NULL) ? syncd_file_fill(fp, &c->lock, &why) : WPPKG_ERROR;

    if (fp != NULL && fp != stdin) {
        (void) fclose(fp);
    }

    if (rc != WPPKG_OK) {
        syncd_error("lock file %s cannot be read: %s", c->file, why.text);
    }

    return rc;
}


static int
syncd_check_lock_open(syncd_check_lock_t *c, const syncd_conf_t *conf)
{
    wppkg_error_t  err;

    if (wppkg_catalogue_open(conf->catalogue, WPPKG_CATALOGUE_READ, &c->cat,
                             &err)
        != WPPKG_OK)
    {
        syncd_error("%s", err.text);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


/* all of it in one snapshot: a run that ends meanwhile changes nothing */

static int
syncd_check_lock_all(syncd_check_lock_t *c)
{
    int             rc, wordpress;
    wppkg_error_t   err;
    wppkg_origin_t  origin;

    rc = wppkg_inspect_begin(c->cat);

    if (rc == WPPKG_OK) {
        rc = wppkg_origin_load(c->cat, &origin);
        c->mirror = (rc == WPPKG_OK);
        rc = (rc == WPPKG_DECLINED) ? WPPKG_OK : rc;
    }

    if (rc == WPPKG_OK) {
        rc = wppkg_wordpress_served(c->cat, &wordpress);
    }

    if (rc != WPPKG_OK) {
        syncd_error("%s", wppkg_catalogue_error(c->cat));
        return rc;
    }

    err.text[0] = '\0';

    rc = wppkg_locked_read(c->lock.data, c->lock.len, wordpress,
                           syncd_check_lock_one, c, &c->others, &err);
    wppkg_inspect_end(c->cat);

    if (rc != WPPKG_OK) {

        if (err.text[0] != '\0') {
            syncd_error("lock file %s cannot be judged: %s", c->file,
                        err.text);

        } else {
            syncd_error("%s", wppkg_catalogue_error(c->cat));
        }

        return rc;
    }

    if (c->json && c->judged == 0 && syncd_check_lock_begin(c) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    syncd_check_lock_end(c);

    return WPPKG_OK;
}


static int
syncd_check_lock_one(void *ctx, const wppkg_locked_t *locked)
{
    int                  rc;
    syncd_judged_t       judged;
    syncd_check_lock_t  *c;

    c = ctx;

    memset(&judged, 0, sizeof(syncd_judged_t));
    wppkg_buf_init(&judged.why, SYNCD_JUDGED_WHY);

    rc = syncd_judge(c->cat, (int) c->mirror, locked, &judged);

    if (rc == WPPKG_OK && !c->json) {
        syncd_judged_text(locked, &judged);

    } else if (rc == WPPKG_OK) {
        rc = (c->judged == 0) ? syncd_check_lock_begin(c) : WPPKG_OK;

        if (rc == WPPKG_OK) {
            printf("%s\n    ", (c->judged == 0) ? "" : ",");
            rc = syncd_judged_json(locked, &judged);
        }

        if (rc != WPPKG_OK) {
            rc = wppkg_catalogue_refuse(c->cat, "check-lock: out of memory");
        }
    }

    if (rc == WPPKG_OK) {
        c->judged++;
        c->failing += judged.fails;
        c->renamed += (judged.renamed && !judged.fails);
    }

    wppkg_buf_free(&judged.why);

    return rc;
}


static int
syncd_check_lock_begin(const syncd_check_lock_t *c)
{
    wppkg_buf_t  name;

    wppkg_buf_init(&name, SYNCD_CHECK_LOCK_PATH);
    wppkg_escape_json(&name, c->file);

    if (!wppkg_buf_ok(&name)) {
        wppkg_buf_free(&name);
        return WPPKG_ERROR;
    }

    printf("{\n  \"lock\": %s,\n  \"packages\": [", name.data);
    wppkg_buf_free(&name);

    return WPPKG_OK;
}


static void
syncd_check_lock_end(const syncd_check_lock_t *c)
{
    if (!c->json) {
        syncd_check_lock_sum(c);
        return;
    }

    printf("%s],\n  \"judged\": %zu,\n  \"failing\": %zu,\n"
           "  \"renamed\": %zu,\n  \"others\": %zu\n}\n",
           (c->judged == 0) ? "" : "\n  ", c->judged, c->failing, c->renamed,
           c->others);
}


static void
syncd_check_lock_sum(const syncd_check_lock_t *c)
{
    if (c->judged == 0) {
        syncd_print("no packages of WordPress.org; %zu other%s",
                    c->others, wppkg_plural(c->others));
        return;
    }

    syncd_print("%zu package%s of WordPress.org: %zu would install, %zu would "
                "not; %zu other%s not judged", c->judged,
                wppkg_plural(c->judged), c->judged - c->failing, c->failing,
                c->others, wppkg_plural(c->others));

    if (c->renamed != 0) {
        syncd_print("%zu of those that would install ha%s another name here: "
                    "change it in composer.json first", c->renamed,
                    (c->renamed == 1) ? "s" : "ve");
    }
}


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <string.h>

#include "syncd_task.h"
#include "syncd_usage.h"
#include "wppkg_name.h"


typedef struct {
    const char  *command;
    unsigned     stages;
    unsigned     names:1;             /* it takes names of packages, */
    unsigned     needs:1;             /* and needs one at least */
    int        (*option)(syncd_task_t *task, const char *word);
} syncd_task_kind_t;


static const syncd_task_kind_t *syncd_task_kind(const char *command);
static int syncd_task_word(const syncd_task_kind_t *kind,
    syncd_task_t *task, const char *word);
static int syncd_task_name(const syncd_task_kind_t *kind, const char *name);
static int syncd_task_force(syncd_task_t *task, const char *word);
static int syncd_task_mirror(syncd_task_t *task, const char *word);
static int syncd_task_audit(syncd_task_t *task, const char *word);


static const syncd_task_kind_t  syncd_task_kinds[] = {
    { "update", SYNCD_RUN_UPDATE, 1, 0, NULL },
    { "sweep", SYNCD_RUN_SWEEP, 0, 0, syncd_task_force },
    { "advisories", SYNCD_RUN_ADVISORIES, 0, 0, syncd_task_force },
    { "mirror", SYNCD_RUN_MIRROR, 0, 0, syncd_task_mirror },
    { "sync", SYNCD_RUN_SYNC, 0, 0, NULL },
    { "audit", SYNCD_RUN_AUDIT, 0, 0, syncd_task_audit },
    { "add", SYNCD_RUN_ADD | SYNCD_RUN_UPDATE, 1, 1, NULL },
    { "remove", SYNCD_RUN_REMOVE, 1, 1, NULL },
    { "backfill", SYNCD_RUN_BACKFILL, 0, 0, NULL },
    { "dist", SYNCD_RUN_DIST, 1, 1, NULL },
    { NULL, 0, 0, 0, NULL }
};


int
syncd_task_is(const char *command)
{
    return syncd_task_kind(command) != NULL;
}


static const syncd_task_kind_t *
syncd_task_kind(const char *command)
{
    const syncd_task_kind_t  *kind;

    for (kind = syncd_task_kinds; kind->command != NULL; kind++) {

        if (strcmp(kind->command, command) == 0) {
            return kind;
        }
    }

    return NULL;
}


int
syncd_task_parse(const char *command, char *const *words, int n,
    syncd_task_t *task)
{
    int                       i;
    const syncd_task_kind_t  *kind;

    memset(task, 0, sizeof(syncd_task_t));

    kind = syncd_task_kind(command);

    if (kind == NULL) {
        return syncd_usage("\"%s\" is not a command that a service does",
                           command);
    }

    task->run.command = kind->command;
    task->run.mode = WPPKG_CATALOGUE_WRITE;
    task->run.stages = kind->stages;

    for (i = 0; i < n; i++) {

        if (syncd_task_word(kind, task, words[i]) != WPPKG_OK) {
            return SYNCD_USAGE;
        }
    }

    if (kind->names) {
        task->run.names = words;
        task->run.nnames = n;
    }

    if (kind->needs && n == 0) {
        return syncd_usage("%s needs a PACKAGE", command);
    }

    return SYNCD_DONE;
}


static int
syncd_task_word(const syncd_task_kind_t *kind, syncd_task_t *task,
    const char *word)
{
    if (kind->names) {
        return syncd_task_name(kind, word);
    }

    if (kind->option != NULL && kind->option(task, word) == WPPKG_OK) {
        return WPPKG_OK;
    }

    (void) syncd_usage_argument(word);

    return WPPKG_ERROR;
}


/* what cannot be in a catalogue is neither added nor kept out */

static int
syncd_task_name(const syncd_task_kind_t *kind, const char *name)
{
    size_t         len;
    const char    *slug, *refused;
    wppkg_type_e   type;

    if (syncd_usage_package(name) != WPPKG_OK) {
        return WPPKG_ERROR;
    }

    if (!kind->needs) {
        return WPPKG_OK;
    }

    (void) wppkg_name_parse(name, strlen(name), &type, &slug, &len);
    refused = wppkg_slug_refused(slug, len);

    if (refused != NULL) {
        (void) syncd_usage("\"%s\": %s", name, refused);
        return WPPKG_ERROR;
    }

    return WPPKG_OK;
}


static int
syncd_task_force(syncd_task_t *task, const char *word)
{
    if (strcmp(word, "--force") != 0) {
        return WPPKG_ERROR;
    }

    task->run.force = 1;

    return WPPKG_OK;
}


static int
syncd_task_mirror(syncd_task_t *task, const char *word)
{
    if (strcmp(word, "--all") == 0) {
        task->run.all = 1;
        return WPPKG_OK;
    }

    return syncd_task_force(task, word);
}


static int
syncd_task_audit(syncd_task_t *task, const char *word)
{
    if (strcmp(word, "--repair") == 0) {
        task->run.stages |= SYNCD_RUN_SYNC;
        task->run.repair = 1;
        return WPPKG_OK;
    }

    if (strcmp(word, "--delete-foreign") == 0) {
        task->run.foreign = 1;
        return WPPKG_OK;
    }

    return WPPKG_ERROR;
}

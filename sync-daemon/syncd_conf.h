
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Reading the configuration file, wppkg.conf.
 */


#ifndef _SYNCD_CONF_H_INCLUDED_
#define _SYNCD_CONF_H_INCLUDED_


#include "syncd.h"
#include "wppkg_buf.h"


#define SYNCD_CONF_FILE    "/etc/wppkg/wppkg.conf"
#define SYNCD_CONF_ERRORS  10     /* lines reported of one file */


typedef enum {
    SYNCD_CONF_TEXT = 0,              /* this and the next are allocated */
    SYNCD_CONF_PATH,
    SYNCD_CONF_SOCKET,
    SYNCD_CONF_URL,
    SYNCD_CONF_BUCKET,
    SYNCD_CONF_REGION,
    SYNCD_CONF_PREFIX,                /* the last that is */
    SYNCD_CONF_FILES,                 /* paths, the key may be set again */
    SYNCD_CONF_STYLE,
    SYNCD_CONF_CLOSED,
    SYNCD_CONF_REPLACE,
    SYNCD_CONF_KEEP,
    SYNCD_CONF_PLUGINS,
    SYNCD_CONF_NUMBER,
    SYNCD_CONF_LANES,
    SYNCD_CONF_DURATION,
    SYNCD_CONF_KIB,                   /* in KiB */
    SYNCD_CONF_FLAG,
    SYNCD_CONF_AUTHORITY
} syncd_conf_type_e;


/* every key there is; the table ends with a NULL section */

typedef struct {
    const char         *section;
    const char         *name;
    syncd_conf_type_e   type;
    size_t              offset;       /* of the field in syncd_conf_t */
    const char         *value;        /* default; NULL: none */
    unsigned            min;          /* numbers; durations in seconds */
    unsigned            max;          /* likewise; bytes of a text */
} syncd_conf_key_t;

extern const syncd_conf_key_t  syncd_conf_keys[];


/*
 * Reads file into conf, which needs no initialisation and is released by
 * syncd_conf_free() in any case.  WPPKG_ERROR: errors has one line,
 * "FILE:LINE: what", for each of the first SYNCD_CONF_ERRORS errors.
 */
int syncd_conf_read(const char *file, syncd_conf_t *conf,
    wppkg_buf_t *errors);
void syncd_conf_free(syncd_conf_t *conf);

/*
 * Appends the keys whose values are not the same in both, as "[schedule]
 * interval, [schedule] sweep"; no secrets, which are no keys.
 */
void syncd_conf_changes(const syncd_conf_t *old, const syncd_conf_t *new,
    wppkg_buf_t *changes);


#endif /* _SYNCD_CONF_H_INCLUDED_ */

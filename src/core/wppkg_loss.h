
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The versions that an answer of the API would take away from an active
 * package, or from a copy of an origin's, and whether to believe that at once
 * (rule R 14).
 */


#ifndef _WPPKG_LOSS_H_INCLUDED_
#define _WPPKG_LOSS_H_INCLUDED_


#include "wppkg_packages.h"


#define WPPKG_LOSS_TEXT  256


typedef struct {
    size_t          n;                        /* versions; 0: nothing to
                                                 wonder about */
    unsigned char   hash[WPPKG_HASH_LEN];     /* of which they are */
    char            text[WPPKG_LOSS_TEXT];    /* "1.0, 1.1, …" */
    unsigned        more:1;                   /* than the text has */
} wppkg_loss_t;


/*
 * Compares what is published of due with what would be after the answer,
 * which gets what the row knows and the API does not.  Of a copy of an
 * origin's package, not asked for yet, the document tells what is published.
 * Versions whose tag Subversion has told to be deleted do not count: that was
 * the second witness.
 */
int wppkg_loss(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    wppkg_package_t *answer, wppkg_loss_t *loss);

/*
 * Adds to the answer the versions that it would take away, so that what it
 * brings can be stored before the loss is believed.  If it takes the published
 * version back, that stays the published one.  Compared with what is then
 * stored, the same answer takes the same versions away.  WPPKG_DECLINED: the
 * versions are too many for one package; do not store the answer.
 */
int wppkg_loss_keep(wppkg_catalogue_t *cat, const wppkg_due_t *due,
    wppkg_package_t *answer);


#endif /* _WPPKG_LOSS_H_INCLUDED_ */


/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include <limits.h>
#include <string.h>

#include <expat.h>

#include "syncd_atom.h"
#include "wppkg_core.h"


/* as expat names what is in it: namespace, separator, name */
#define SYNCD_ATOM_NAMESPACE  "http://www.w3.org/2005/Atom "


typedef struct {
    XML_Parser  parser;
    unsigned    depth;
    unsigned    failed:1;
} syncd_atom_t;


static void syncd_atom_start(void *ctx, const char *name,
    const char **attributes);
static void syncd_atom_end(void *ctx, const char *name);
static void syncd_atom_doctype(void *ctx, const char *name,
    const char *system, const char *public, int internal);
static void syncd_atom_instruction(void *ctx, const char *target,
    const char *data);
static void syncd_atom_stop(syncd_atom_t *a);


int
syncd_atom_is(const char *body, size_t len)
{
    int           is;
    syncd_atom_t  a;

    if (len == 0 || len > INT_MAX) {
        return 0;
    }

    memset(&a, 0, sizeof(syncd_atom_t));
    a.parser = XML_ParserCreateNS("UTF-8", ' ');

    if (a.parser == NULL) {
        return 0;
    }

    XML_SetUserData(a.parser, &a);
    XML_SetElementHandler(a.parser, syncd_atom_start, syncd_atom_end);
    XML_SetStartDoctypeDeclHandler(a.parser, syncd_atom_doctype);
    XML_SetProcessingInstructionHandler(a.parser, syncd_atom_instruction);

    is = (XML_Parse(a.parser, body, (int) len, 1) == XML_STATUS_OK
          && !a.failed);

    XML_ParserFree(a.parser);

    return is;
}


static void
syncd_atom_start(void *ctx, const char *name, const char **attributes)
{
    size_t         n;
    syncd_atom_t  *a;

    a = ctx;
    n = strlen(SYNCD_ATOM_NAMESPACE);

    if (strncmp(name, SYNCD_ATOM_NAMESPACE, n) != 0
        || (a->depth == 0 && strcmp(name + n, "feed") != 0)
        || a->depth == SYNCD_ATOM_DEPTH)
    {
        syncd_atom_stop(a);
        return;
    }

    a->depth++;
}


static void
syncd_atom_end(void *ctx, const char *name)
{
    syncd_atom_t  *a;

    a = ctx;
    a->depth--;
}


static void
syncd_atom_doctype(void *ctx, const char *name, const char *system,
    const char *public, int internal)
{
    syncd_atom_stop(ctx);
}


static void
syncd_atom_instruction(void *ctx, const char *target, const char *data)
{
    syncd_atom_stop(ctx);
}


static void
syncd_atom_stop(syncd_atom_t *a)
{
    a->failed = 1;
    (void) XML_StopParser(a->parser, XML_FALSE);
}

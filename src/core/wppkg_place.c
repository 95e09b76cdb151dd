
/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 */


#include "wppkg_place.h"


#define WPPKG_PLACE_ID_MASK  ((INT64_C(1) << WPPKG_PLACE_ID_BITS) - 1)


unsigned
wppkg_place_class(int64_t installs)
{
    unsigned  decades;

    if (installs <= 0) {
        return 0;
    }

    for (decades = 0; installs >= 10; decades++) {
        installs /= 10;
    }

    return decades * WPPKG_PLACE_DECADE + (unsigned) installs;
}


int64_t
wppkg_place(unsigned class, wppkg_type_e type, int64_t id)
{
    int64_t  back;

    /* the greater the class, the smaller the place */

    back = WPPKG_PLACE_CLASSES - 1 - (int64_t) class;

    return ((back << 1 | (int64_t) type) << WPPKG_PLACE_ID_BITS)
           | (id & WPPKG_PLACE_ID_MASK);
}


unsigned
wppkg_place_class_of(int64_t place)
{
    return (unsigned) (WPPKG_PLACE_CLASSES - 1
                       - (place >> WPPKG_PLACE_ID_BITS >> 1));
}


wppkg_type_e
wppkg_place_type_of(int64_t place)
{
    return (wppkg_type_e) ((place >> WPPKG_PLACE_ID_BITS) & 1);
}


int64_t
wppkg_place_id_of(int64_t place)
{
    return place & WPPKG_PLACE_ID_MASK;
}

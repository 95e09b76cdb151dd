/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Installs per month, [{ month: "2026-01", installs: 142 }], as bars, and as a
 * table for whoever cannot see them.  A month without installs is not told.
 */


import { element, number, short } from './site.js';


const WIDTH = 480;
const HEIGHT = 150;
const BELOW = 20;                       // for the months' names
const MONTHS = 36;


function svg(name, attributes, ...children) {
    const e = document.createElementNS('http://www.w3.org/2000/svg', name);

    for (const [key, value] of Object.entries(attributes)) {
        e.setAttribute(key, value);
    }

    e.append(...children);

    return e;
}


/* from the first month to the last, those without installs too */

export function months(told) {
    const counts = new Map(told.map(m => [m.month, m.installs]));
    const names = [...counts.keys()].filter(m => /^\d{4}-\d\d$/.test(m))
                                    .sort();
    const all = [];

    if (names.length === 0) {
        return all;
    }

    const [last, first] = [names.at(-1), names[0]];
    let [year, month] = last.split('-').map(Number);

    for (let name = last; name >= first && all.length < MONTHS; ) {
        all.unshift({ month: name, installs: counts.get(name) ?? 0 });
        month = month === 1 ? (year--, 12) : month - 1;
        name = `${year}-${String(month).padStart(2, '0')}`;
    }

    return all;
}


export function chart(told) {
    const all = months(told);
    const most = Math.max(1, ...all.map(m => m.installs));
    const step = WIDTH / Math.max(12, all.length);
    const height = HEIGHT - BELOW - 16;
    const e = svg('svg', { class: 'chart', 'aria-hidden': 'true',
                           viewBox: `0 0 ${WIDTH} ${HEIGHT}` });

    e.append(svg('line', { x1: 0, x2: WIDTH, y1: HEIGHT - BELOW,
                           y2: HEIGHT - BELOW }),
             svg('text', { x: 0, y: 10 }, short(most)));

    all.forEach((m, i) => {
        const h = m.installs > 0 ? Math.ceil(height * m.installs / most) : 0;

        e.append(svg('rect', { x: (i + .12) * step, y: HEIGHT - BELOW - h,
                               width: step * .76, height: h, rx: 2 },
                     svg('title', {}, `${m.month}: ${number(m.installs)}`)));
    });

    /* the first and the last month, each at its outer edge */

    e.append(svg('text', { x: .12 * step, y: HEIGHT - 4 }, all[0].month));

    if (all.length > 2) {
        e.append(svg('text', { x: (all.length - .12) * step, y: HEIGHT - 4,
                               'text-anchor': 'end' }, all.at(-1).month));
    }

    return element('figure', null, e,
        element('div.sr', null, element('table', null,
            element('caption', null, 'Composer installs per month'),
            element('tbody', null, ...all.map(m => element('tr', null,
                element('th', { scope: 'row' }, m.month),
                element('td', null, number(m.installs))))))));
}

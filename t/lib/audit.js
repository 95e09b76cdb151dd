/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What tests ask of each page, by Test::WPPkg::Chromium.  Each answers with
 * what is wrong.
 */


const rgb = s => s.match(/[\d.]+/g).map(Number);

const light = c => c.slice(0, 3).reduce((sum, v, i) => {
    v /= 255;
    v = v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return sum + v * [0.2126, 0.7152, 0.0722][i];
}, 0);

const behind = e => {
    for ( ; e; e = e.parentElement) {
        const c = rgb(getComputedStyle(e).backgroundColor);
        if (c.length === 3 || c[3] > 0) return c;
    }
    return [255, 255, 255];
};

const ratio = e => {
    const a = light(rgb(getComputedStyle(e).color));
    const b = light(behind(e));
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
};

const named = e => (e.getAttribute('aria-label')
                    || [...(e.labels ?? [])].map(l => l.textContent).join('')
                    || e.textContent).trim() !== '';

const audit = {

    /* of each text with what is behind it (WCAG 2, AA); there are so many */

    contrast(least) {
        const walk = document.createTreeWalker(document.body,
                                               NodeFilter.SHOW_TEXT);
        const bad = [];
        let n = 0;

        while (walk.nextNode()) {
            const text = walk.currentNode.textContent.trim();
            const e = walk.currentNode.parentElement;

            if (text === '') continue;
            if (ratio(e) < 4.5) bad.push(`${text} ${ratio(e).toFixed(2)}`);
            n++;
        }

        return n < least ? `only ${n} texts` : bad.join('; ');
    },

    labels() {
        return [...document.querySelectorAll('a, button, input, select')]
            .filter(e => e.checkVisibility() && !named(e))
            .map(e => e.outerHTML).join('; ');
    },

    structure() {
        const bad = [];
        const all = s => [...document.querySelectorAll(s)];
        const levels = all('h1, h2, h3').map(e => Number(e.tagName[1]));

        if (document.documentElement.lang !== 'en') bad.push('language');
        if (document.title === '') bad.push('title');
        if (all('h1').length !== 1) bad.push(`${all('h1').length} h1`);
        if (all('main').length !== 1) bad.push('main');
        if (levels.some((l, i) => l > (levels[i - 1] ?? 0) + 1)) {
            bad.push(`headings: ${levels}`);
        }

        for (const e of all('th:not([scope])')) {
            bad.push(`th: ${e.textContent}`);
        }
        for (const e of all('[id]')) {
            if (all(`[id="${e.id}"]`).length > 1) bad.push(`id ${e.id}`);
        }
        for (const e of all('nav')) {
            if (!e.ariaLabel) bad.push('nav');
        }
        for (const e of all('[aria-controls], [aria-describedby]')) {
            for (const key of ['aria-controls', 'aria-describedby']) {
                const id = e.getAttribute(key);
                if (id && !document.getElementById(id)) bad.push(id);
            }
        }

        return bad.join('; ');
    },

    shift() {
        return new Promise(done => {
            const o = new PerformanceObserver(() => {});

            o.observe({ type: 'layout-shift', buffered: true });
            requestAnimationFrame(() => setTimeout(() => {
                done(o.takeRecords().reduce((n, e) => n + e.value, 0));
            }));
        });
    },
};

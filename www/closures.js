/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Lists what is closed, the latest first: of these, closures.json tells why
 * and since when.  Of the others, that is asked for the rows that are shown.
 */


import { badge, byId, day, done, element, follow, get, isolate, keys, many,
         number, page, say, trouble } from './site.js';


const ROWS = 25;
const SORTED = new Intl.Collator('en', { numeric: true });

let all = [];
let found = [];
let details = true;                     // until there turn out to be none


async function read(type) {
    const url = `/api/packages/${type}/closed`;
    const [closed, good] = await Promise.all([get(url),
                                              get(`${url}/permanent`)]);
    const permanent = new Set(good.data ?? []);

    return { status: closed.status,
             packages: closed.data?.map(slug => (
                 { slug, name: `wp-${type}/${slug}`,
                   permanent: permanent.has(slug) })) };
}


function row(p) {
    const reason = element('td.reason', null, '\u00a0');
    const at = element('td.n', null, '\u00a0');

    const tell = w => {
        reason.replaceChildren(isolate(w?.reason || 'no reason given'));
        at.replaceChildren(w?.closed_at ? day(w.closed_at) : 'not known');
    };

    if (p.closed_at) {
        tell(p);
    }

    return {
        p, tell,
        tr: element('tr', null,
            element('th', { scope: 'row' },
                element('a.name', { href: page(p.name) }, isolate(p.name)),
                ...badge(p.permanent, 'for good')),
            reason, at),
    };
}


/* one package tells whether there is anything to be read of the others */

async function explain(rows) {
    const one = async r => {
        const { data } = details ? await get(`${page(r.p.name)}.json`)
                                 : { data: null };

        r.tell(data?.package?.wppkg);
        return data !== null;
    };

    if (rows.length > 0 && details) {
        details = await one(rows[0]);
    }

    await Promise.all(rows.slice(details ? 1 : 0).map(one));
}


function more() {
    const body = byId('closed');
    const rows = found.slice(body.rows.length, body.rows.length + ROWS)
                      .map(row);

    body.append(...rows.map(r => r.tr));
    byId('more').hidden = body.rows.length >= found.length;

    return explain(rows.filter(r => !r.p.closed_at));
}


function show(args) {
    const words = (args.get('q') ?? '').toLowerCase().split(/\s+/);
    const type = args.get('type') ?? '';

    found = all.filter(p => (type === '' || p.name.startsWith(`wp-${type}/`))
                            && words.every(w => p.name.includes(w)));

    byId('closed').replaceChildren();
    byId('list').hidden = found.length === 0;
    byId('count').textContent =
        (found.length === all.length ? '' : `${number(found.length)} of `)
        + many(all.length, 'closed package')
        + (all[0]?.closed_at ? ', the latest first' : '');
    say(...(found.length > 0 ? []
            : all.length > 0 ? ['No closed package has such a name.']
                             : ['No package is closed.']));

    return more();
}


async function load() {
    const [last, ...lists] = await Promise.all([
        get('/closures.json'), read('plugin'), read('theme')]);
    const bad = lists.find(l => l.packages === undefined);

    if (bad !== undefined) {
        say(bad.status === 404 ? 'This repository has no list of what is '
                                 + 'closed.' : trouble(bad.status));
        return;
    }

    /* the lists may be an hour older: what they lack is closed all the same */

    const dated = last.data?.closures ?? [];
    const names = new Set(dated.map(p => p.name));

    all = dated.concat(lists.flatMap(l => l.packages)
                            .filter(p => !names.has(p.name))
                            .sort((a, b) => SORTED.compare(a.slug, b.slug)));

    follow(byId('find'), show);
    keys(byId('q'), byId('closed'));
    byId('more').addEventListener('click', more);
    await show(new URLSearchParams(location.search));
}


/* settles when all is there to be seen */

export const loaded = load().then(done);

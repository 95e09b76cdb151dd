/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Looks for packages: search.json.
 */


import { badge, byId, done, element, follow, get, installs, isolate, keys,
         many, number, page, say, trouble, when } from './site.js';


const PER_PAGE = 20;

let asked;                              // the request under way


/*
 * A composer.json that works as it stands: Composer refuses http, and the
 * plugin that each package requires, unless it is told otherwise.
 */

function composer(url) {
    const config = { 'allow-plugins': { 'composer/installers': true } };

    if (url.startsWith('http:')) {
        config['secure-http'] = false;
    }

    return JSON.stringify({ repositories: [{ type: 'composer', url }],
                            config }, null, 2);
}


function result(p) {
    return element('li', null,
        element('h3', null,
            element('a', { href: page(p.name), dir: 'auto' },
                    p.title || p.name.split('/')[1])),
        element('div.facts', null,
            element('span', null, element('b', null, installs(p.installs)),
                    ' installs'),
            p.updated && element('span', null, 'updated ', when(p.updated)),
            p.favers > 0 && element('span', null, 'rated '
                                    + `${(p.rating / 20).toFixed(1)} / 5`)),
        element('div', null,
            element('span.name', null, isolate(p.name)),
            ...badge(p.name.startsWith('wp-theme/'), 'theme')),
        element('p.what', { dir: 'auto' }, p.description ?? ''));
}


function turn(id, args, to) {
    const there = new URLSearchParams(args);

    there.delete('page');

    if (to > 1) {
        there.set('page', to);
    }

    byId(id).href = `/?${there}`;
    byId(id).hidden = false;
}


function count({ total, capped }, from, shown) {
    const range = total > shown
                  ? `, ${number(from + 1)} to ${number(from + shown)}` : '';

    return (capped ? `more than ${number(total)} packages`
               : many(total, 'package')) + range;
}


/* nothing of an answer that comes late is shown */

async function search(args) {
    asked?.abort();
    asked = new AbortController();

    const { signal } = asked;
    const at = Math.max(1, Math.trunc(Number(args.get('page'))) || 1);
    const query = new URLSearchParams({ q: args.get('q') ?? '',
                                        per_page: PER_PAGE, page: at });

    for (const key of ['type', 'sort']) {
        if (args.get(key)) {
            query.set(key, args.get(key));
        }
    }

    let answer;

    try {
        answer = await get(`/search.json?${query}`, signal);

    } catch {
        return;
    }

    show(args, at, answer);
    done();
}


function show(args, at, { status, data }) {
    byId('before').hidden = byId('after').hidden = true;

    if (data === null) {
        byId('found').replaceChildren();
        byId('count').textContent = '';
        say(...(status === 404
            ? ['This repository has no search. There is the ',
               element('a', { href: '/packages/list.json' },
                       'list of all names'), ' instead.']
            : status === 400 ? ['This cannot be searched for.']
                             : [trouble(status)]));
        return;
    }

    const { results } = data;

    byId('found').replaceChildren(...results.map(result));
    byId('count').textContent = count(data, (at - 1) * PER_PAGE,
                                      results.length);

    say(...(results.length > 0 ? [] : at > 1
        ? ['There are not as many pages.']
        : ['Nothing has all of these words. A closed package is not found '
           + 'here: look among the ',
           element('a', { href: '/closures?' + new URLSearchParams(
               { q: args.get('q') ?? '' }) }, 'closures'), '.']));

    if (at > 1) {
        turn('before', args, at - 1);
    }

    if (data.next) {
        turn('after', args, at + 1);
    }
}


byId('composer').textContent = composer(location.origin);

follow(byId('find'), search);
keys(byId('q'), byId('found'));
search(new URLSearchParams(location.search));

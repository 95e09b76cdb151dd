/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * All about one package, and why it is as it is.
 */


import { badge, byId, day, done, element, get, installs, isolate, link, many,
         number, trouble, when } from './site.js';
import { chart } from './chart.js';


const FEW = 15;                         // rows, before all are asked for
const FILLED = 48;                      // versions that are nothing but names
const NARROW = 12;                      // tags of one reason, likewise

const NAMES = {
    active: 'offered',
    closed: 'closed',
    closed_for_good: 'closed for good',
    not_found: 'not known to WordPress.org',
    new: 'new',
    invalid: 'not a valid name',
};

const CLOSED = 'wp-closed';            // said in the notice already

const STABLE = ['dev', 'alpha', 'beta', 'RC', '', 'patch'];


/* as Composer orders them, by what it has made of them: 1.0.0.0-beta2 */

export function newer(a, b) {
    const [x, y] = [a, b].map(v => {
        const [, numbers, name, n] =
            /^([\d.]*)-?([a-zA-Z]*)([\d.]*)/.exec(v.version_normalized ?? '');

        return [/^dev-/.test(v.version) ? 0 : 1,
                ...numbers.split('.').map(Number),
                STABLE.indexOf(name), ...n.split('.').map(Number)];
    });

    for (let i = 0; i < Math.max(x.length, y.length); i++) {
        if ((x[i] ?? 0) !== (y[i] ?? 0)) {
            return (y[i] ?? 0) - (x[i] ?? 0);
        }
    }

    return 0;
}


function section(heading, ...children) {
    return element('section', null, element('h2', null, heading),
                   ...children);
}


/* a list that is long shows all of itself when it is asked to */

function unfold(list, items, few, what) {
    const rest = items.slice(few);

    list.append(...items.slice(0, few));

    if (rest.length === 0) {
        return null;
    }

    const button = element('button.more', { type: 'button' },
                           `Show all ${number(items.length)} ${what}`);

    button.addEventListener('click', () => {
        list.append(...rest);
        button.remove();
        rest[0].querySelector?.('a')?.focus();
    });

    return button;
}


function tags(names) {
    const p = element('p.tags');
    const all = names.flatMap(t => [isolate(t), ', ']).slice(0, -1);
    const button = unfold(p, all, 2 * NARROW - 1, '');

    if (button !== null) {
        button.textContent = `Show all ${number(names.length)}`;
    }

    return [p, button];
}


/* the sentence below the name: [class, lead, text...] */

function told(p, w) {
    const at = w.closed_at ?? w.state_changed_at;

    switch (w.state) {

    case 'closed':
    case 'closed_for_good':
        return ['bad',
                w.state === 'closed' ? 'WordPress.org has closed it.'
                : 'WordPress.org has closed it for good.',
                w.closed_at ? ['Closed on ', day(w.closed_at), '. ']
                : at ? ['Seen to be closed on ', day(at), '. '] : [],
                ['Reason: ', isolate(w.reason || 'none is given'), '.']];

    case 'not_found':
        return ['bad', 'WordPress.org does not know it.', []];

    case 'new':
        return ['warn', 'It has not been looked up yet.', []];

    case 'invalid':
        return ['bad', 'Composer does not accept its name.', []];

    default:
        return w.observation
               ? ['warn', 'It may be about to change.',
                  ['Seen once, and not believed yet: ',
                   isolate(NAMES[w.observation.state]
                           ?? w.observation.state), '.']]
               : null;
    }
}


function notice(p, w) {
    const t = told(p, w);

    if (t === null) {
        return null;
    }

    const [kind, lead, ...text] = t;
    const instead = w.replaced_by
                    ?? (typeof p.abandoned === 'string' ? p.abandoned : null);

    return element(`div.told.${kind}`, { role: 'note' },
        element('p.lead', null, lead),
        text.flat().length > 0 && element('p', null, ...text.flat()),
        w.clients_get && element('p', null, 'Composer gets: ',
                                 isolate(w.clients_get), '.'),
        instead && element('p', null, 'Replaced by ',
                           element('code', null, isolate(instead)), '.'));
}


/* without a clipboard, as in a page by http, the line is selected */

function install(name) {
    const command = `composer require ${name}`;
    const code = element('code', null, command);
    const button = element('button', { type: 'button' }, 'Copy');
    const said = element('span.sr', { role: 'status' });

    const tell = (label, aloud = label) => {
        button.textContent = label;
        said.textContent = aloud;
    };

    button.addEventListener('click', async () => {
        try {
            await navigator.clipboard.writeText(command);
            tell('Copied');

        } catch {
            getSelection().selectAllChildren(code);
            tell('Selected');
        }

        setTimeout(tell, 2000, 'Copy', '');
    });

    return element('div.line', null,
                   element('pre', { tabindex: 0, 'aria-label': 'To install' },
                           code),
                   button, said);
}


function figures(p, w, versions) {
    const latest = versions.find(v => v.version === w.published_version)
                   ?? versions.find(v => !/^dev-/.test(v.version));
    const wp = p.wordpress;
    const php = latest?.require?.php;
    const total = p.downloads?.total;

    const all = [
        ['Latest version', latest && isolate(latest.version)],
        ['PHP', php && isolate(php)],
        ['Active installs', wp && installs(wp.installs)],
        ['Rating', wp?.ratings > 0 && `${(wp.rating / 20).toFixed(1)} / 5`],
        ['Updated', wp?.updated && day(wp.updated)],
        ['Composer installs', total > 0 && number(total)],
    ].filter(([, value]) => value);

    return all.length === 0 ? null
        : element('dl.figures', null, ...all.map(([name, value]) =>
            element('div', null, element('dt', null, name),
                    element('dd', null, value))));
}


function leftOut(p) {
    return p.versions_left_out > 0
           && element('p.soft', null, many(p.versions_left_out, 'version'),
                      ' more, the oldest, cannot be shown here. Composer gets '
                      + 'them.');
}


function versionsOf(p, versions) {
    const body = element('tbody');
    const php = versions.some(v => v.require?.php);
    const times = versions.some(v => v.time);

    if (versions.length > 0 && !php && !times) {
        const list = element('ul.versions');
        const more = unfold(list, versions.map(v => element('li', null,
                            isolate(v.version))), FILLED, 'versions');

        return section('Versions', list, more, leftOut(p));
    }

    const rows = versions.map(v => element('tr', null,
        element('th', { scope: 'row' }, isolate(v.version),
                ...badge(/^dev-/.test(v.version), 'in development')),
        php && element('td', null, v.require?.php ?? '\u2013'),
        times && element('td.n', null, v.time ? day(v.time) : '\u2013')));
    const button = unfold(body, rows, FEW, 'versions');

    if (rows.length === 0) {
        return section('Versions',
                       element('p.soft', null, p.abandoned
                           ? 'None, because the package is closed.'
                           : 'There is no version here.'));
    }

    return section('Versions',
        element('table', null,
            element('thead', null, element('tr', null,
                element('th', { scope: 'col' }, 'Version'),
                php && element('th', { scope: 'col' }, 'PHP'),
                times && element('th.n', { scope: 'col' }, 'Released'))),
            body),
        button, leftOut(p));
}


/* why a version is not here */

function missing(p, w) {
    const held = w.versions?.held_back ?? [];
    const pending = w.window?.pending ?? [];
    const list = element('ul.why');

    const tell = (why, ...what) => list.append(
        element('li', null, element('h3', null, why), ...what));

    for (const { why, tags: names } of held) {
        tell(isolate(why), ...tags(names));
    }

    if (pending.length > 0) {
        tell('WordPress.org does not tell of it yet', ...tags(pending));
    }

    if (w.published_why && !p.abandoned) {
        tell(w.published_version
             ? `The published version, ${w.published_version}`
             : 'All versions', element('p', null, isolate(w.published_why)));
    }

    if (w.versions?.held_back === undefined
        || p.abandoned && list.children.length === 0)
    {
        return null;
    }

    return section('Why a version is not here',
        list.children.length > 0 ? list
        : element('p.soft', null, 'Each tag in Subversion that '
                  + 'WordPress.org tells of is here.'));
}


function filters(w) {
    const own = (w.filters ?? []).filter(f => f.list !== CLOSED);
    const all = own.map(f => element('li', null,
        element('h3', null, element('code', null, isolate(f.list)), ' has ',
                f.constraint === '*' ? 'all versions'
                                     : isolate(f.constraint)),
        element('p.soft', null, isolate(f.reason ?? ''), ' ',
                link(f.url, 'Read more'))));

    return all.length > 0
           && section('Filter lists', element('ul.events', null, ...all));
}


function advisories(w) {
    const known = (w.advisories ?? []).map(a => element('li', null,
        element('h3', { dir: 'auto' }, a.title ?? a.id),
        element('p.tags', null,
                a.severity && `${a.severity} \u00b7 `,
                'affects ', isolate(a.affected_versions),
                a.cve && ` \u00b7 ${a.cve}`, ' ',
                link(a.link, 'Read more'))));
    const none = w.advisories ? 'None is known.'
                              : 'This repository reads no source of them.';

    return section('Security advisories',
        known.length === 0 && element('p.soft', null, none),
        element('ul.events', null, ...known));
}


function history(w) {
    const events = (w.changes ?? []).map(c => element('li', null,
        day(c.at), ': ', isolate(NAMES[c.to] ?? c.to),
        c.from && ` (was ${NAMES[c.from] ?? c.from})`,
        c.reason && element('p.tags', null, isolate(c.reason))));

    return events.length > 0
           && section('History', element('ul.events', null, ...events));
}


/* how fresh this is */

function copy(w) {
    const { known, published } = w.versions ?? {};

    const all = [
        ['WordPress.org was asked', w.fetched_at !== undefined
                                    && when(w.fetched_at)],
        ['It will be asked', w.due ? 'with the next run'
                             : w.next_check_at && when(w.next_check_at)],
        ['Last commit', w.changed_rev > 1
                        && (w.changed_at ? when(w.changed_at)
                                         : `r${w.changed_rev}`)],
        ['Tagged versions here', published !== undefined
                          && number(published)
                             + (known > 0 ? ` of ${number(known)}` : '')],
        ['Tags committed to again', w.retagged?.count > 0
                                    && number(w.retagged.count)],
        ['Heard of the origin', w.origin && when(w.origin.told_at)],
    ].filter(([, value]) => value);

    return section('How fresh this is',
        element('dl.pairs', null, ...all.flatMap(([name, value]) =>
            [element('dt', null, name), element('dd', null, value)])),
        ...(w.warnings ?? []).map(text =>
            element('p.warn', { dir: 'auto' }, text)));
}


/* only what was told of: a repository that counts none has no figures */

async function perMonth(p, name) {
    if (!(p.downloads?.total > 0)) {
        return null;
    }

    const { data } = await get(`/api/stats/packages/${name}`);

    return section('Composer installs per month',
        Array.isArray(data) && data.length > 0 ? chart(data)
        : element('p.soft', null, `${number(p.downloads.monthly)} in 30 days, `
                  + `${number(p.downloads.total)} in all.`));
}


async function show(name, type, p) {
    const w = p.wppkg ?? {};
    const versions = Object.values(p.versions ?? {}).sort(newer);
    const title = p.title || name;

    document.title = title === name ? name : `${title}: ${name}`;

    const months = await perMonth(p, name);
    const left = [versionsOf(p, versions), months];
    const right = [missing(p, w), filters(w), advisories(w), history(w),
                   copy(w)];

    byId('main').replaceChildren(
        element('header', null,
            element('p.kind', null, type === 'theme' ? 'Theme' : 'Plugin',
                    ' \u00b7 ', element('span.name', null, isolate(name))),
            element('h1', { dir: 'auto' }, title),
            p.description ? element('p.lede', { dir: 'auto' }, p.description)
                          : '',
            element('p.links', null,
                ...[[p.url, 'WordPress.org'], [p.repository, 'Subversion'],
                    [p.homepage, 'Homepage']]
                    .map(([url, text]) => link(url, text))),
            notice(p, w),
            versions.length > 0 && install(name)),
        figures(p, w, versions) ?? '',
        element('div.halves', null,
            element('div', null, ...left), element('div', null, ...right)));

    byId('json').href = `${location.pathname}.json`;
    byId('json').hidden = false;
}


function plainly(name, ...text) {
    byId('main').replaceChildren(
        element('header', null, element('h1', null, isolate(name)),
                element('p.lede', null, ...text)));
}


/* is it the package that is not there, or what tells of it? */

async function unknown(name) {
    const { data } = await get(`/p2/${name}.json`);

    if (data?.packages?.[name]?.length > 0) {
        plainly(name, 'This repository has it, but is not set up to tell more '
                      + 'of it.');
        byId('main').firstChild.append(install(name));
        return;
    }

    plainly(name, 'This repository does not know it. ',
            element('a', { href: '/' }, 'Look for another'), '.');
}


async function load() {
    let path = location.pathname;

    try {
        path = decodeURIComponent(path);

    } catch {
        /* it is not a name, then */
    }

    const [, name, type] =
        /^\/packages\/(wp-(plugin|theme)\/[^/]+)$/.exec(path)
        ?? [null, path, ''];

    document.title = name;

    const { status, data } = await get(`${location.pathname}.json`);

    if (data?.package) {
        await show(name, type, data.package);

    } else if (status === 404 || status === 200) {
        await unknown(name);

    } else {
        plainly(name, trouble(status));
    }
}


/* settles when all is there to be seen */

export const loaded = load().then(done);

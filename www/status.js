/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Fills the page with what the same address answers to ?format=json.  Names
 * of packages and words of runs may be hostile: append() and textContent make
 * text of them, and nothing here makes markup of anything.
 */


const DAY = 86400;
const NEVER_AFTER = 253402300799;       // the end of the year 9999
const MIB = 1024 * 1024;
const NBSP = '\u00a0';

const TROUBLES = {
    missing: 'The catalogue is missing.',
    forbidden: 'nginx\u2019s user may not read the catalogue.',
    locked: 'Another process has locked the catalogue.',
    unreadable: 'The catalogue cannot be read.',
};

// what the JSON calls it, what the page does

const STATES = {
    new: 'not looked up yet',
    active: 'active',
    closed: 'closed',
    closed_for_good: 'closed for good',
    not_found: 'not found',
    invalid: 'not a valid name',
};

/* in a mirror, which asks WordPress.org about none */

const COPIES = {
    new: 'copied',
};

const RESPONSES = {
    200: '200 OK',
    304: '304 not modified',
    404: '404 not found',
    405: '405 not allowed',
    503: '503 unavailable',
    other: 'other',
};

const CACHE = {
    hit: 'found in the cache',
    stale: 'stale, as the catalogue was locked',
    miss: 'not in the cache: read from the catalogue',
    expired: 'expired: read again',
    bypass: 'no cache was used',
};


/* 78,012 */

export function number(n) {
    return n.toLocaleString('en');
}


/* how long ago; the clock of whoever wrote it may be a little ahead */

export function age(seconds) {
    if (seconds < 5) {
        return 'just now';
    }

    for (const [length, name] of [[DAY, 'days'], [3600, 'h'], [60, 'min']]) {
        if (seconds >= 2 * length) {
            return `${Math.floor(seconds / length)}${NBSP}${name} ago`;
        }
    }

    return `${seconds}${NBSP}s ago`;
}


/* how long ago, with the exact time; null is never */

export function time(then, now) {
    if (!(then > 0 && then <= NEVER_AFTER)) {
        return 'never';
    }

    const exact = new Date(then * 1000).toISOString().replace('.000', '');
    const e = element('time', age(now - then));

    e.dateTime = exact;
    e.title = exact.replace('T', ' ').replace('Z', ' UTC');

    return e;
}


/*
 * Since when the daemon has been silent, if that is longer than it should be,
 * else 0: no new run for three times its interval, or a run that has not
 * ended for as long, and for a day.
 */

export function silentSince(s) {
    const run = s.runs[0];

    if (run === undefined || !(s.interval > 0 && s.interval <= DAY)) {
        return 0;
    }

    const most = 3 * s.interval;
    const [at, limit] = run.outcome === null
                        ? [run.started_at, Math.max(most, DAY)]
                        : [run.finished_at, most];

    return s.time - at > limit ? at : 0;
}


/*
 * A composer.json that works as it stands: Composer refuses http, and the
 * plugin that each package requires, unless it is told otherwise.
 */

export function composer(url) {
    const config = { 'allow-plugins': { 'composer/installers': true } };

    if (url.startsWith('http:')) {
        config['secure-http'] = false;
    }

    return JSON.stringify({ repositories: [{ type: 'composer', url }],
                            config }, null, 4);
}


/* a package to try, which a shell takes as one word; undefined: none */

export function example(changes) {
    return changes?.find(c => c.type === 'update'
                         && /^[a-z-]+\/[a-z0-9][a-z0-9._-]*$/.test(c.package))
           ?.package;
}


/* the line below the heading: [class, content...] */

export function state(s) {
    if (s.catalogue !== 'ok') {
        return ['bad', TROUBLES[s.catalogue] ?? TROUBLES.unreadable];
    }

    const silent = silentSince(s);
    const asks = ': is wppkg-syncd running?';

    if (silent > 0 && s.runs[0].outcome === null) {
        return ['bad', 'A run that began ', time(silent, s.time),
                ' has not ended', asks];
    }

    if (silent > 0) {
        return ['bad', 'The last run ended ', time(silent, s.time), asks];
    }

    const run = s.runs.find(r => r.outcome !== null);

    if (run === undefined) {
        return ['warn', 'No run has ended yet.'];
    }

    const ended = time(run.finished_at, s.time);

    return run.outcome === 'done'
           ? ['good', 'OK. The last run ended ', ended, '.']
           : ['warn', 'The last run ended as \u201c', isolate(run.outcome),
              '\u201d ', ended, '.'];
}


function byId(id) {
    return document.getElementById(id);
}


/* each child a node, or a text, which stays one */

function element(name, ...children) {
    const e = document.createElement(name);

    e.append(...children);

    return e;
}


/* letters that are written from the right turn nothing beside them round */

function isolate(text) {
    return element('bdi', text);
}


function classed(name, e) {
    e.className = name;

    return e;
}


function cell(...children) {
    return classed('n', element('td', ...children));
}


/* a row whose head says what the numbers are */

function counts(head, ...numbers) {
    const th = element('th', head);

    th.scope = 'row';

    return element('tr', th, ...numbers.map(n => cell(number(n))));
}


/* rows, or the sentence that there are none */

function fill(id, rows) {
    const body = byId(id);
    const table = body.closest('table');

    body.replaceChildren(...rows);
    table.hidden = rows.length === 0;
    table.parentElement.querySelector('.none').hidden = rows.length > 0;
}


function figures(s) {
    const commit = Math.max(s.commits.plugin.at, s.commits.theme.at);
    const all = [
        ['Plugins', number(s.packages.plugin[s.origin ? 'new' : 'active'])],
        ['Themes', number(s.packages.theme[s.origin ? 'new' : 'active'])],
        ['Documents', number(s.documents)],
        ['Authority', s.whole ? 'whole' : 'a part'],
        ['Last change', time(s.changes[0]?.announced_at, s.time)],
    ];

    if (s.origin) {
        all.push(['Heard of the origin', time(s.origin.told_at, s.time)]);

    } else if (commit > 0) {
        all.push(['Last commit', time(commit, s.time)]);
    }

    if (s.advisories) {
        all.push(['Advisories', number(s.advisories.known)],
                 ['Advisories as of', time(s.advisories.read_at, s.time)]);
    }

    if (s.installs) {
        all.push(['Installs counted', number(s.installs.counted)],
                 ['Installs not counted',
                  number(s.installs.repeated + s.installs.dropped)]);
    }

    if (s.bucket !== null) {
        all.push(['To be uploaded', number(s.bucket.dirty)]);
    }

    byId('figures').replaceChildren(...all.map(
        ([name, value]) => element('div', element('dt', name),
                                   element('dd', value))));
}


function changes(s) {
    fill('changes', s.changes.map(c => {
        const td = element('td', isolate(c.package));

        if (c.type === 'delete') {
            td.append(' ', classed('bad', element('span', 'withdrawn')));
        }

        return element('tr', td, cell(time(c.announced_at, s.time)));
    }));
}


function packages({ plugin, theme }, copies) {
    const states = copies ? COPIES : STATES;
    const sum = type => Object.keys(states).reduce((n, key) => n + type[key],
                                                   0);

    byId('packages-where').textContent = copies ? 'From the origin'
                                                : 'On WordPress.org';
    byId('packages').replaceChildren(...Object.entries(states).map(
        ([key, name]) => counts(name, plugin[key], theme[key])));
    byId('packages-all').replaceChildren(
        counts('all', sum(plugin), sum(theme)));
}


function runs(s) {
    fill('runs', s.runs.map(r => {
        const took = r.started_at > 0 ? r.finished_at - r.started_at : -1;
        const outcome = r.outcome === null ? 'soft'
                        : r.outcome === 'done' ? 'good' : 'warn';

        return element('tr', element('td', isolate(r.command)),
                       classed(outcome, element('td', isolate(
                           r.outcome ?? 'under way'))),
                       cell(took >= 0 ? `${number(took)}${NBSP}s` : ''),
                       cell(time(r.started_at, s.time)));
    }));
}


function responses({ requests, cached }) {
    byId('responses').replaceChildren(...Object.entries(RESPONSES).map(
        ([key, name]) => counts(name, cached[key], requests[key])));
    byId('responses-all').replaceChildren(
        counts('all', cached.total, requests.total));
}


function cache({ cache: by, errors, zone }) {
    const rows = Object.entries(CACHE).map(
        ([key, name]) => counts(name, by[key]));

    byId('zone').hidden = zone === null;

    if (zone !== null) {
        const many = (n, name) => `${number(n)} ${name}${n === 1 ? '' : 's'}`;
        const mib = bytes => (bytes / MIB).toFixed(1);

        byId('usage').textContent =
            `${mib(zone.used)} of ${mib(zone.size)} MiB, for `
            + `${many(zone.documents, 'document')} and `
            + many(zone.unknown, 'unknown name');
        byId('bar').style.width = `${100 * zone.used / (zone.size + 1)}%`;

        rows.push(counts('evicted to make room', zone.evicted));
    }

    rows.push(counts('catalogue was locked', errors.locked),
              counts('catalogue could not be read', errors.unreadable));

    byId('cache').replaceChildren(...rows);
}


function say(kind, ...content) {
    const e = byId('state');

    e.classList.add(kind);
    e.replaceChildren(...content);
    e.hidden = false;
}


function hint(text) {
    byId('hint').textContent = text;
    byId('hint').hidden = false;
}


export function show(s) {
    const host = s.url.replace(/^https?:\/\//, '');
    const readable = s.catalogue === 'ok';
    const command = example(s.changes);

    document.title = `${host}: status`;
    byId('host').textContent = host;
    byId('version').textContent = ` ${s.version}`
        + (readable ? ` \u00b7 generation ${s.generation}` : '');
    byId('composer').textContent = composer(s.url);
    byId('command').textContent = `composer require ${command}`;
    byId('require').hidden = command === undefined;
    byId('figures').hidden = !readable;

    for (const section of document.querySelectorAll('.catalogue')) {
        section.hidden = !readable;
    }

    if (readable) {
        figures(s);
        changes(s);
        packages(s.packages, s.origin);
        runs(s);

    } else {
        hint('nginx\u2019s error log says more.');
    }

    responses(s);
    cache(s);
    say(...state(s));
    byId('main').hidden = false;
}


/* a catalogue that cannot be read is JSON as well, with a 503 */

async function load() {
    let answer = 'none';
    let status;

    try {
        const response = await fetch('?format=json');

        answer = `${response.status} ${response.statusText}`.trim();
        status = await response.json();

    } catch {
        say('bad', 'The status cannot be read.');
        hint(`The server\u2019s answer: ${answer}.`);
        return;
    }

    show(status);
}


/* settles when all is there to be seen */

export const loaded = load();

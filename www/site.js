/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the pages share.  Whatever comes from the repository is text, by
 * append() and textContent: nothing here makes markup of anything.
 */


const UNITS = [[365 * 86400, 'year'], [30 * 86400, 'month'], [86400, 'day'],
               [3600, 'hour'], [60, 'minute']];

export const byId = id => document.getElementById(id);


/* attributes, then children; null and false are left out */

export function element(name, attributes, ...children) {
    const [tag, ...classes] = name.split('.');
    const e = document.createElement(tag);

    if (classes.length > 0) {
        e.className = classes.join(' ');
    }

    for (const [key, value] of Object.entries(attributes ?? {})) {
        if (value !== null && value !== false) {
            e.setAttribute(key, value);
        }
    }

    e.append(...children.filter(c => c !== null && c !== false
                                     && c !== undefined));

    return e;
}


/* letters that are written from the right turn nothing beside them round */

export const isolate = text => element('bdi', null, String(text));


/* 78,012 */

export const number = n => Number(n).toLocaleString('en');


/* 5M */

export const short = n => new Intl.NumberFormat(
    'en', { notation: 'compact', maximumFractionDigits: 1 }).format(n);


/* WordPress.org rounds down, and says 0 of fewer than ten */

export const installs = n => n > 0 ? `${short(n)}+` : '< 10';


export const many = (n, one, more = `${one}s`) =>
    `${number(n)} ${n === 1 ? one : more}`;


/* 13 Jan 2024; what is no date is as it is */

export function day(text) {
    const date = new Date(text);

    if (text === null || Number.isNaN(date.getTime())) {
        return text ?? '';
    }

    return element('time', { datetime: text, title: text },
                   date.toLocaleDateString('en-GB', {
                       day: 'numeric', month: 'short', year: 'numeric',
                       timeZone: 'UTC' }));
}


/* 3 days ago, in 2 hours */

export function when(text) {
    const date = new Date(text);

    if (text === null || text === undefined
        || Number.isNaN(date.getTime()))
    {
        return 'never';
    }

    const seconds = (date - Date.now()) / 1000;
    const [length, unit] = UNITS.find(([l]) => Math.abs(seconds) >= l)
                           ?? [60, 'minute'];
    const told = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
        .format(Math.trunc(seconds / length), unit);

    return element('time', { datetime: text, title: text },
                   Math.abs(seconds) < 60 ? 'just now' : told);
}


/* a link to what may be any text, but leads to the web or nowhere */

export function link(url, text) {
    return /^https?:\/\//i.test(url ?? '')
           ? element('a', { href: url, rel: 'noopener nofollow' }, text)
           : null;
}


/* where the page of a package is */

export const page = name =>
    '/packages/' + name.split('/').map(encodeURIComponent).join('/');


/* { status, data }: no data if there is no JSON; status 0 if no answer */

export async function get(url, signal) {
    let status = 0;

    try {
        const response = await fetch(url, { signal });

        status = response.status;

        if (response.ok) {
            return { status, data: await response.json() };
        }

    } catch (e) {
        if (e.name === 'AbortError') {
            throw e;
        }
    }

    return { status, data: null };
}


/* what is wrong, if it is not that there is nothing */

export const trouble = status =>
    status === 0 ? 'The server does not answer. Reload the page to try again.'
                 : `The server cannot answer now (${status}). Reload the page `
                   + 'to try again.';


/* a word beside a name, if it is true of it */

export const badge = (is, word) =>
    is ? [' ', element('span.badge', null, word)] : [];


/* calls back once a form has come to rest, and keeps it in the address */

export function follow(form, changed) {
    let timer;

    const state = () => {
        const args = new URLSearchParams(new FormData(form));

        for (const [key, value] of [...args]) {
            if (value.trim() === '') {
                args.delete(key);
            }
        }

        return args;
    };

    const now = () => {
        clearTimeout(timer);

        const args = state();

        history.replaceState(null, '', args.size > 0 ? `?${args}`
                                                     : location.pathname);
        changed(args);
    };

    form.addEventListener('input', e => {
        clearTimeout(timer);
        timer = setTimeout(now, e.target.type === 'search' ? 150 : 0);
    });

    form.addEventListener('submit', e => {
        e.preventDefault();
        now();
    });

    for (const [key, value] of new URLSearchParams(location.search)) {
        /* by its name, for "length" is of the list itself */

        const field = form.elements.namedItem(key);

        if (field !== null) {
            field.value = value;
        }
    }
}


/*
 * The keyboard alone: "/" goes to the search, the arrows from there to what
 * is found and back.
 */

export function keys(input, list) {
    document.addEventListener('keydown', e => {
        const at = document.activeElement;

        if (e.ctrlKey || e.metaKey || e.altKey) {
            return;
        }

        if (e.key === '/' && !at.matches('input, select, textarea')) {
            e.preventDefault();
            input.select();
            return;
        }

        const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
        const links = [input, ...list.querySelectorAll('a')];
        const i = links.indexOf(at);

        if (step !== undefined && i >= 0 && links[i + step] !== undefined) {
            e.preventDefault();
            links[i + step].focus();
        }
    });
}


/* what is below comes last, so that nothing pushes it down */

export function done() {
    document.querySelector('footer').hidden = false;
}


export function say(...text) {
    byId('say').replaceChildren(...text);
    byId('say').hidden = text.length === 0;
}

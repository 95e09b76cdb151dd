<?php

/*
 * Copyright (C) ngx_wppkg contributors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Composer's own code as the judge of documents:
 *
 *     php check-document.php ORACLE PACKAGES DOCUMENTS
 *
 * PACKAGES has one package a line, as tool_render reads it; DOCUMENTS what it
 * prints: two lines a package, the main document and ~dev.  ORACLE is
 * what the two generations of Composer's parser make of a tag, in the form of
 * t/data/versions/composer-normalize-*.tsv; a tag that is not in it goes to
 * the installed Composer.
 *
 * Prints a line a complaint, then "N packages, N documents, N versions".
 */

declare(strict_types=1);

require '/usr/share/php/Composer/autoload.php';

use Composer\MetadataMinifier\MetadataMinifier;
use Composer\Package\Loader\ArrayLoader;
use Composer\Package\Loader\InvalidPackageException;
use Composer\Package\Loader\ValidatingArrayLoader;
use Composer\Package\Version\VersionParser;
use Composer\Semver\Comparator;


const KEYS = ['name', 'description', 'homepage', 'version',
              'version_normalized', 'type', 'authors', 'require', 'replace',
              'suggest', 'support', 'funding', 'dist', 'source', 'time'];

$subject = '';
$count = ['packages' => 0, 'documents' => 0, 'versions' => 0];


function complain(string $what): void
{
    global $subject;

    echo "$subject: ", substr($what, 0, 400), "\n";
}


function same(string $what, $got, $expected): void
{
    if ($got !== $expected) {
        complain("$what: got " . json_encode($got) . ', expected '
                 . json_encode($expected));
    }
}


/** @return array<string, string|null> tag to normalised version */
function oracle(string $file): array
{
    $tags = [];

    foreach (file($file, FILE_IGNORE_NEW_LINES) as $line) {
        [$tag, $today, , $old] = explode("\t", $line);
        $tags[$tag] = ($today === $old && $old !== 'ERR') ? $old : null;
    }

    return $tags;
}


function normalize(string $tag): ?string
{
    global $oracle;
    static $parser;

    if (array_key_exists($tag, $oracle)) {
        return $oracle[$tag];
    }

    $parser ??= new VersionParser();

    try {
        return $parser->normalize($tag);

    } catch (\UnexpectedValueException $e) {
        return null;
    }
}


/* of two tags of one version: published, without v, shortest, byte order */

function prefer(string $a, string $b, ?string $ceiling): int
{
    if ($a !== $b && ($a === $ceiling || $b === $ceiling)) {
        return $a === $ceiling ? -1 : 1;
    }

    $v = fn (string $s): int => preg_match('/^\s*v/i', $s);

    return [$v($a), strlen($a), $a] <=> [$v($b), strlen($b), $b]
           ?: strcmp($a, $b);
}


/* the version that WordPress.org publishes; null: none can be told */

function ceiling(array $package): ?string
{
    $ceiling = isset($package['ceiling']) ? normalize($package['ceiling'])
                                          : null;

    return $ceiling === null || $ceiling === '0.0.0.0'
           || VersionParser::parseStability($ceiling) === 'dev'
           ? null : $ceiling;
}


/* equal for Composer: "1.0.0.0" and "1.00.0.0", not two branches */

function equal(string $a, string $b): bool
{
    return $a === $b
           || strncmp($a, 'dev-', 4) !== 0 && strncmp($b, 'dev-', 4) !== 0
              && Comparator::equalTo($a, $b);
}


/**
 * @param list<array> $tags of any versions
 * @return list<array> one of each version
 */
function unique(array $tags, ?string $published): array
{
    usort($tags, fn ($a, $b) => strncmp($a[0], 'dev-', 4) !== 0
                                && strncmp($b[0], 'dev-', 4) !== 0
        ? version_compare($a[0], $b[0])
        : [strncmp($a[0], 'dev-', 4), $a[0]]
          <=> [strncmp($b[0], 'dev-', 4), $b[0]]);

    $kept = [];

    foreach ($tags as $tag) {
        $last = count($kept) - 1;

        if ($last < 0 || !equal($kept[$last][0], $tag[0])) {
            $kept[] = $tag;

        } elseif (prefer($tag[1], $kept[$last][1], $published) < 0) {
            $kept[$last] = $tag;
        }
    }

    return $kept;
}


/** @return array<string, array> what is published: version, tag, zip, time,
    reference */
function published(array $package): array
{
    $ceiling = ceiling($package);
    $pin = (string) ($package['trunk'] ?? 0 ?: $package['updated'] ?? '');
    $tags = $all = [];
    $php = fn ($s) => preg_match('/^\d+(\.\d+)*$/D', $s ?? '') ? $s : null;

    foreach ($package['releases'] as $release) {
        [$tag, $zip] = $release;
        $version = normalize($tag);

        if ($version === null) {
            continue;
        }

        $all[] = $version;

        if (strncmp($zip, 'http', 4) !== 0) {
            continue;
        }

        if ($ceiling !== null
            && VersionParser::parseStability($version) === 'stable'
            && Comparator::greaterThan($version, $ceiling))
        {
            continue;
        }

        $tags[] = [$version, $tag, $zip, $release[2] ?? 0 ?: null,
                   (string) ($release[3] ?? ''), $php($release[4] ?? null)];
    }

    $tags = unique($tags, $package['ceiling'] ?? null);

    if ($ceiling !== null && isset($package['download']) && $pin !== ''
        && $package['type'] === 'plugin'
        && !array_filter($all, fn ($version) => equal($version, $ceiling)))
    {
        $tags[] = [$ceiling, null, $package['download'], null, $pin];
    }

    if (isset($package['trunk']) && $package['type'] === 'plugin') {
        $tags = array_filter($tags, fn ($tag) => $tag[0] !== 'dev-trunk');
        $tags[] = ['dev-trunk', null,
                   $pin !== '' ? $package['trunk_zip'] ?? null : null, null,
                   $pin];
    }

    /* the space keeps PHP from making a number of the key */

    return array_combine(array_map(fn ($tag) => "$tag[0] ", $tags), $tags);
}


function sorted($value)
{
    if (is_array($value)) {
        if (!array_is_list($value)) {
            ksort($value);
        }

        $value = array_map('sorted', $value);
    }

    return $value;
}


/** @return list<array> the document's versions, expanded */
function decode(string $text, string $name): array
{
    if (preg_match('/[\x00-\x1f]/', $text) || !preg_match('//u', $text)
        || strncmp($text, "\xef\xbb\xbf", 3) === 0)
    {
        complain('raw control characters, a BOM or not UTF-8');
    }

    /* no white space, no key twice, nothing escaped that need not be */

    $again = json_encode(json_decode($text, false, 16, JSON_THROW_ON_ERROR),
                         JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE
                         | JSON_UNESCAPED_LINE_TERMINATORS);

    if ($text !== str_replace("\x7f", '\u007f', $again)) {
        complain("compact form: $text");
    }

    $data = json_decode($text, true, 16, JSON_THROW_ON_ERROR);

    same('top-level keys', array_keys($data), ['packages', 'minified']);
    same('minified', $data['minified'], 'composer/2.0');
    same('names', array_keys($data['packages']), [$name]);

    $minified = $data['packages'][$name];
    same('a list', array_is_list($minified), true);

    $versions = MetadataMinifier::expand($minified);

    same('as minified by Composer', sorted($minified),
         sorted(MetadataMinifier::minify($versions)));

    foreach ($minified as $version) {
        same('order of keys', array_keys($version),
             array_values(array_intersect(KEYS, array_keys($version))));
    }

    return $versions;
}


function check_version(array $version, array $expected, array $package,
    bool $current): void
{
    [$normalized, $tag, $zip, $at, $pin] = $expected;
    $type = $package['type'];

    $loader = new ValidatingArrayLoader(new ArrayLoader(), true, null,
                                        ValidatingArrayLoader::CHECK_ALL);

    try {
        $loaded = $loader->load($version);

    } catch (InvalidPackageException $e) {
        complain('refused: ' . implode('; ', $e->getErrors()));
        return;
    }

    same('warnings', $loader->getWarnings(), []);

    same('name', $loaded->getName(), "wp-$package[type]/$package[slug]");
    same('type', $loaded->getType(), "wordpress-$package[type]");
    same('version', $loaded->getVersion(), $normalized);
    same('normalised again', normalize($loaded->getPrettyVersion()),
         $normalized);

    if ($zip !== null && $pin !== '') {
        $zip .= (strpos($zip, '?') === false ? '?' : '&') . "rev=$pin";
    }

    same('zip', $loaded->getDistUrl(), $zip);
    same('reference of the zip', $loaded->getDistReference(),
         $zip !== null && $pin !== '' ? $pin : null);
    same('kind of zip', $loaded->getDistType(), $zip === null ? null : 'zip');

    if ($tag === null) {
        $reference = ($package['trunk'] ?? 0) ? "trunk@$package[trunk]"
                                              : 'trunk';

    } else {
        $reference = ($package['type'] === 'plugin' ? 'tags/' : '') . $tag;
    }

    same('time', $version['time'] ?? null,
         $at === null ? null : gmdate('Y-m-d\TH:i:sP', $at));
    same('time as read', $loaded->getReleaseDate()?->getTimestamp(), $at);

    same('reference', $loaded->getSourceReference(), $reference);
    same('source', [$loaded->getSourceType(), $loaded->getSourceUrl()],
         ['svn', "https://$package[type]s.svn.wordpress.org/$package[slug]/"]);

    $requires = array_map(fn ($link) => $link->getPrettyConstraint(),
                          $loaded->getRequires());
    $php = $current ? $package['requires_php'] ?? '' : $expected[5] ?? '';

    same('requires', $requires,
         (preg_match('/^\d[\d.]*$/D', $php) ? ['php' => ">=$php"] : [])
         + ['composer/installers' => '^1.0 || ^2.0']);

    same('suggests', array_keys($loaded->getSuggests()),
         $current && ($package['suggest'] ?? false)
         ? array_map(fn ($slug) => "wp-$type/$slug",
                     array_filter(explode(' ', $package['needs'] ?? '')))
         : []);

    $donate = $package['donate'] ?? '';

    same('funding', $loaded->getFunding(),
         strncmp($donate, 'https://example.org/', 20) === 0
         ? [['type' => 'other', 'url' => $donate]] : []);

    /* the name of a branch may be no constraint, or that of many versions */

    same('replaces', array_map(fn ($link) => [$link->getTarget(),
                                   (string) $link->getConstraint()],
                               array_values($loaded->getReplaces())),
         ($package['replace'] ?? false)
         && (VersionParser::parseStability($normalized) !== 'dev'
             || preg_match('/^[\w.-]+$/D', $version['version']))
         ? [["wpackagist-$package[type]/$package[slug]", "== $normalized"]]
         : []);

    same('description', $loaded->getDescription(),
         ($package['description'] ?? '') !== '' ? $package['description']
                                                : null);
    $profile = $package['author_url'] ?? '';

    same('authors', $loaded->getAuthors(),
         ($package['author'] ?? '') !== ''
         ? [['name' => $package['author']]
            + (strncmp($profile, 'https://example.org/', 20) === 0
               ? ['homepage' => $profile] : [])] : []);
    same('support', array_keys($loaded->getSupport()),
         ['source', 'issues', 'forum', 'docs', 'changelog']);
}


function check_document(string $text, array $expected, array $package): void
{
    global $count;

    $previous = null;
    $ceiling = ceiling($package);
    $versions = decode($text, "wp-$package[type]/$package[slug]");

    foreach ($versions as $version) {
        $normalized = $version['version_normalized'];
        $known = $expected["$normalized "] ?? null;
        $numeric = strncmp($normalized, 'dev-', 4) !== 0;

        if ($known === null) {
            complain("not to be here, or twice: $normalized");
            continue;
        }

        unset($expected["$normalized "]);

        check_version($version, $known, $package, $ceiling !== null
                      && equal($normalized, $ceiling));

        if ($numeric && $previous !== null
            && !Comparator::lessThan($normalized, $previous))
        {
            complain("$normalized after $previous");
        }

        $previous = $numeric ? $normalized : $previous;
        $count['versions']++;
    }

    foreach ($expected as $missing) {
        complain("missing: $missing[0]");
    }

    $count['documents']++;
}


$oracle = oracle($argv[1]);
$documents = file($argv[3], FILE_IGNORE_NEW_LINES);

foreach (file($argv[2], FILE_IGNORE_NEW_LINES) as $i => $line) {
    $package = json_decode($line, true, 16, JSON_THROW_ON_ERROR);
    $published = published($package);

    foreach (['' => false, '~dev' => true] as $suffix => $dev) {
        $subject = 'line ' . ($i + 1) . ": $package[slug]$suffix";
        $expected = array_filter($published, fn ($release) => $dev
            === (VersionParser::parseStability($release[0]) === 'dev'));

        try {
            check_document($documents[2 * $i + (int) $dev] ?? '', $expected,
                           $package);

        } catch (\Throwable $e) {
            complain(get_class($e) . ': ' . $e->getMessage());
        }
    }

    $count['packages']++;
}

same('documents', count($documents), 2 * $count['packages']);

printf("%d packages, %d documents, %d versions\n", ...array_values($count));

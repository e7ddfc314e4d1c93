<?php
// SPDX-License-Identifier: GPL-3.0-or-later
declare(strict_types=1);

namespace Book;

use PDO;
use Redis;

final class Entries
{
    private const KEY = 'entries:latest';
    private const SHOWN = 20;
    private const SECONDS = 10;

    /** @return list<array<string, mixed>> */
    public static function latest(): array
    {
        $cached = Cache::attempt(fn (Redis $cache) => $cache->get(self::KEY), false);
        if (is_string($cached)) {
            return json_decode($cached, true, 8, JSON_THROW_ON_ERROR);
        }
        return self::remember(Database::reader());
    }

    public static function add(string $author, string $message, ?string $picture): void
    {
        $writer = Database::writer();
        Database::run($writer, fn (PDO $on) => $on
            ->prepare('INSERT INTO entries (author, message, picture) VALUES (?, ?, ?)')
            ->execute([$author, $message, $picture]));
        // From the writer, for who has just written wants to see it and replicas may be behind.
        self::remember($writer);
    }

    /** @return list<array<string, mixed>> */
    private static function remember(PDO $source): array
    {
        $entries = Database::run($source, fn (PDO $on) => $on
            ->query('SELECT author, message, picture, created FROM entries ORDER BY id DESC LIMIT ' . self::SHOWN)
            ->fetchAll());
        Cache::attempt(fn (Redis $cache) => $cache->setex(self::KEY, self::SECONDS, json_encode($entries, JSON_THROW_ON_ERROR)), true);
        return $entries;
    }
}

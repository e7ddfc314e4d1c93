<?php
// SPDX-License-Identifier: GPL-3.0-or-later
declare(strict_types=1);

namespace Book;

use Redis;

/** Sessions in the cache: any server can answer any visitor. */
final class Sessions implements \SessionHandlerInterface, \SessionUpdateTimestampHandlerInterface
{
    private const COOKIE = 'visitor';
    private const SECONDS = 86400;

    /** Who only looks needs none. */
    public static function resume(): void
    {
        if (isset($_COOKIE[self::COOKIE])) {
            self::start();
        }
    }

    public static function start(): void
    {
        session_set_save_handler(new self(), true);
        session_start(['name' => self::COOKIE, 'cookie_secure' => ($_SERVER['HTTPS'] ?? '') === 'on', 'gc_probability' => 0, 'cache_limiter' => '']);
    }

    public function open(string $path, string $name): bool
    {
        return true;
    }

    public function close(): bool
    {
        return true;
    }

    public function read(string $id): string
    {
        return Cache::attempt(fn (Redis $cache) => (string) $cache->get("session:$id"), '');
    }

    public function write(string $id, string $data): bool
    {
        return Cache::attempt(fn (Redis $cache) => $cache->setex("session:$id", self::SECONDS, $data), true);
    }

    public function destroy(string $id): bool
    {
        return Cache::attempt(fn (Redis $cache) => $cache->del("session:$id") >= 0, true);
    }

    public function validateId(string $id): bool
    {
        return Cache::attempt(fn (Redis $cache) => $cache->exists("session:$id") === 1, false);
    }

    public function updateTimestamp(string $id, string $data): bool
    {
        return Cache::attempt(fn (Redis $cache) => $cache->expire("session:$id", self::SECONDS), true);
    }

    public function gc(int $max_lifetime): int
    {
        return 0; // the cache forgets by itself
    }
}

<?php
// SPDX-License-Identifier: GPL-3.0-or-later
declare(strict_types=1);

namespace Book;

use PDO;

/** For people: whether all that the site stands on works. The load balancer asks for less: a database that is away is no reason to
 * replace every server. */
final class Health
{
    /** @return array<string, array<string, mixed>> */
    public static function deep(): array
    {
        return [
            'writer' => self::check(fn () => self::database(Database::writer())),
            'reader' => self::check(fn () => self::database(Database::reader())),
            'cache' => self::check(function (): array {
                Cache::connection()->ping();
                return ['tls' => Settings::get('cache_tls', 'true') === 'true'];
            }),
        ];
    }

    /** @return array<string, mixed> */
    private static function database(PDO $on): array
    {
        return ['cipher' => $on->query("SHOW SESSION STATUS LIKE 'Ssl_cipher'")->fetch()['Value'], 'version' => $on->getAttribute(PDO::ATTR_SERVER_VERSION)];
    }

    /**
     * @param callable(): array<string, mixed> $work
     * @return array<string, mixed>
     */
    private static function check(callable $work): array
    {
        $started = microtime(true);
        try {
            $found = ['status' => 'ok'] + $work();
        } catch (\Throwable $error) {
            $found = ['status' => 'failed', 'error' => $error->getMessage()];
        }
        return $found + ['milliseconds' => round((microtime(true) - $started) * 1000, 1)];
    }
}

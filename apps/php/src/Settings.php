<?php
// SPDX-License-Identifier: GPL-3.0-or-later
declare(strict_types=1);

namespace Book;

/** What the server was told about its surroundings. Read at each request, so that a change needs no restart. */
final class Settings
{
    private const FILE = '/etc/groundswell/settings.json';
    private const SECRETS = '/run/groundswell/secrets.json';
    private const WANTED = '/run/groundswell/wanted/secrets';
    private const PATIENCE = 8.0; // seconds: while a password is being changed, the old and the new one may both be refused
    private const SELDOM = 30; // seconds: a database that is away for a while is no reason to ask all the time

    /** @return array<string, string> */
    private static function read(string $file): array
    {
        $text = @file_get_contents($file);
        return $text === false ? [] : json_decode($text, true, 4, JSON_THROW_ON_ERROR);
    }

    public static function get(string $name, string $otherwise = ''): string
    {
        static $settings = null;
        $settings ??= self::read(self::FILE);
        $value = $settings[$name] ?? '';
        return $value === '' ? $otherwise : $value;
    }

    public static function secret(string $name): string
    {
        return self::read(self::SECRETS)[$name] ?? '';
    }

    /** Asks for what may have changed, such as the address of another database that has taken over. For the next requests: nobody waits for it. */
    public static function ask(): void
    {
        clearstatcache(true, self::WANTED);
        if (time() - (int) @filemtime(self::WANTED) >= self::SELDOM) {
            @touch(self::WANTED);
        }
    }

    /**
     * Connects, and connects again with fresh secrets when those at hand were refused.
     *
     * @template T
     * @param callable(string): T $connect
     * @param callable(\Throwable): bool $refused
     * @return T
     */
    public static function withSecret(string $name, callable $connect, callable $refused): mixed
    {
        $secret = self::secret($name);
        $until = microtime(true) + self::PATIENCE;
        while (true) {
            try {
                return $connect($secret);
            } catch (\Throwable $error) {
                if (!$refused($error) || microtime(true) > $until) {
                    throw $error;
                }
            }
            // Asks the server to fetch them, which the application itself may not.
            @touch(self::WANTED);
            usleep(500_000);
            $secret = self::secret($name);
        }
    }
}

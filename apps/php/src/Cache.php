<?php
// SPDX-License-Identifier: GPL-3.0-or-later
declare(strict_types=1);

namespace Book;

use Redis;
use RedisException;

/** Valkey over TLS. A site without it is slower and forgets its visitors, but it is a site. */
final class Cache
{
    private const AUTHORITIES = '/etc/groundswell/authorities.pem';
    private static ?Redis $open = null;
    private static bool $failed = false;

    public static function connection(): Redis
    {
        if (Settings::get('cache_engine', 'valkey') !== 'valkey' || Settings::get('cache_primary_address') === '') {
            throw new RedisException('the server has not been told where a cache is');
        }
        return self::$open ??= Settings::withSecret(
            'cache',
            self::connect(...),
            fn (\Throwable $error) => (bool) preg_match('/WRONGPASS|NOAUTH|invalid password/i', $error->getMessage()),
        );
    }

    private static function connect(string $token): Redis
    {
        $address = Settings::get('cache_primary_address');
        $tls = Settings::get('cache_tls', 'true') === 'true';
        $redis = new Redis();
        // Kept from request to request: one for each process, which a cache admits easily, and a handshake saved every time.
        $redis->pconnect(
            ($tls ? 'tls://' : '') . $address,
            (int) Settings::get('cache_port', '6379'),
            1.0,
            // A new token is a new connection.
            substr(hash('sha256', $token), 0, 8),
            0,
            1.0,
            $tls ? ['stream' => ['cafile' => self::AUTHORITIES, 'verify_peer' => true, 'verify_peer_name' => true, 'peer_name' => $address]] : [],
        );
        if ($token !== '' && !$redis->auth($token)) {
            throw new RedisException($redis->getLastError() ?? 'invalid password');
        }
        return $redis;
    }

    /**
     * Does it with the cache, or answers with something else where there is none.
     *
     * @template T
     * @param callable(Redis): T $work
     * @param T $otherwise
     * @return T
     */
    public static function attempt(callable $work, mixed $otherwise): mixed
    {
        if (self::$failed) {
            return $otherwise;
        }
        try {
            return $work(self::connection());
        } catch (RedisException $error) {
            // Once in a request: nobody waits for it twice.
            self::$failed = true;
            if (Settings::get('cache_primary_address') !== '') {
                error_log('cache: ' . $error->getMessage());
            }
            return $otherwise;
        }
    }
}

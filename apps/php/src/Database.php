<?php
// SPDX-License-Identifier: GPL-3.0-or-later
declare(strict_types=1);

namespace Book;

use PDO;
use PDOException;

/** Writer and readers, over TLS, with the server's certificate verified. Connections are made when they are needed and not kept:
 * idle ones of all processes of all servers would use up what a small database admits. */
final class Database
{
    private const AUTHORITIES = '/etc/groundswell/authorities.pem';
    private const ACCESS_DENIED = 1045;
    private const NO_SUCH_TABLE = '42S02';
    private const SCHEMA = <<<'SQL'
        CREATE TABLE IF NOT EXISTS entries (
            id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
            author VARCHAR(60) NOT NULL,
            message VARCHAR(1000) NOT NULL,
            picture VARCHAR(100) NULL,
            created TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
        ) CHARACTER SET utf8mb4
        SQL;
    /** @var array<string, PDO> */
    private static array $open = [];

    public static function writer(): PDO
    {
        return self::at(Settings::get('database_proxy_address', Settings::get('database_writer_address')));
    }

    public static function reader(): PDO
    {
        return self::at(Settings::get('database_reader_address', Settings::get('database_writer_address')));
    }

    private static function at(string $address): PDO
    {
        if ($address === '') {
            throw new \RuntimeException('the server has not been told where the database is');
        }
        try {
            return self::$open[$address] ??= Settings::withSecret(
                'database',
                fn (string $secret) => self::connect($address, $secret),
                fn (\Throwable $error) => $error instanceof PDOException && $error->getCode() === self::ACCESS_DENIED,
            );
        } catch (PDOException $error) {
            Settings::ask();
            throw $error;
        }
    }

    private static function connect(string $address, string $secret): PDO
    {
        $name = Settings::get('database_name', 'app');
        $login = $secret === '' ? [] : json_decode($secret, true, 4, JSON_THROW_ON_ERROR);
        return new PDO(
            sprintf('mysql:host=%s;port=%s;dbname=%s;charset=utf8mb4', $address, Settings::get('database_port', '3306'), $name),
            $login['username'] ?? '',
            $login['password'] ?? '',
            [
                PDO::ATTR_TIMEOUT => 3,
                PDO::ATTR_EMULATE_PREPARES => false,
                PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC,
                PDO::MYSQL_ATTR_SSL_CA => self::AUTHORITIES,
                PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT => true,
            ],
        );
    }

    /**
     * Does it, and once more after making the tables where there are none yet.
     *
     * @template T
     * @param callable(PDO): T $work
     * @return T
     */
    public static function run(PDO $on, callable $work): mixed
    {
        try {
            return $work($on);
        } catch (PDOException $error) {
            if ($error->getCode() !== self::NO_SUCH_TABLE) {
                throw $error;
            }
        }
        self::writer()->exec(self::SCHEMA);
        // A replica may not have them yet.
        return $work(self::writer());
    }
}

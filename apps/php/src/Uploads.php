<?php
// SPDX-License-Identifier: GPL-3.0-or-later
declare(strict_types=1);

namespace Book;

/** Pictures go from the browser straight into the bucket, with a form that S3 accepts once filled in as we say. */
final class Uploads
{
    private const TYPES = ['image/jpeg' => 'jpg', 'image/png' => 'png', 'image/webp' => 'webp', 'image/gif' => 'gif'];
    private const LARGEST = 8 * 1024 * 1024;
    private const SECONDS = 300;

    /** @return array{url: string, fields: array<string, string>, key: string} */
    public static function form(string $type): array
    {
        $bucket = Settings::get('buckets_uploads');
        $extension = self::TYPES[$type] ?? throw new \InvalidArgumentException('not a kind of picture that is taken');
        if ($bucket === '') {
            throw new \RuntimeException('the server has not been told where pictures go');
        }
        // Where CloudFront shows them.
        $key = 'media/' . bin2hex(random_bytes(16)) . '.' . $extension;
        $region = Settings::get('region');
        $endpoint = Settings::get('buckets_endpoint');
        return [
            'url' => $endpoint === '' ? "https://$bucket.s3.$region.amazonaws.com/" : "$endpoint/$bucket",
            'fields' => self::signed($bucket, $key, $type, $region, Credentials::get(), time()),
            'key' => $key,
        ];
    }

    public static function isKey(string $key): bool
    {
        return (bool) preg_match('#\Amedia/[0-9a-f]{32}\.(?:' . implode('|', self::TYPES) . ')\z#', $key);
    }

    /**
     * Signature Version 4 of a form (S3: "Authenticating Requests: Browser-Based Uploads Using POST").
     *
     * @param array{AccessKeyId: string, SecretAccessKey: string, Token: ?string} $credentials
     * @return array<string, string>
     */
    public static function signed(string $bucket, string $key, string $type, string $region, array $credentials, int $now): array
    {
        $day = gmdate('Ymd', $now);
        $scope = "$day/$region/s3/aws4_request";
        $fields = [
            'key' => $key,
            'Content-Type' => $type,
            'x-amz-algorithm' => 'AWS4-HMAC-SHA256',
            'x-amz-credential' => "{$credentials['AccessKeyId']}/$scope",
            'x-amz-date' => gmdate('Ymd\THis\Z', $now),
        ];
        if ($credentials['Token'] !== null) {
            $fields['x-amz-security-token'] = $credentials['Token'];
        }
        $conditions = [['bucket' => $bucket], ['content-length-range', 1, self::LARGEST]];
        foreach ($fields as $name => $value) {
            $conditions[] = [$name => $value];
        }
        $policy = base64_encode(json_encode([
            'expiration' => gmdate('Y-m-d\TH:i:s\Z', $now + self::SECONDS),
            'conditions' => $conditions,
        ], JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES));
        $signing = 'AWS4' . $credentials['SecretAccessKey'];
        foreach ([$day, $region, 's3', 'aws4_request'] as $part) {
            $signing = hash_hmac('sha256', $part, $signing, true);
        }
        return $fields + ['policy' => $policy, 'x-amz-signature' => hash_hmac('sha256', $policy, $signing)];
    }
}

<?php
// SPDX-License-Identifier: GPL-3.0-or-later
declare(strict_types=1);

namespace Book;

spl_autoload_register(fn (string $class) => require dirname(__DIR__) . '/src/' . substr($class, strlen('Book\\')) . '.php');

function json(int $status, mixed $content): void
{
    http_response_code($status);
    header('Content-Type: application/json');
    header('Cache-Control: no-store');
    echo json_encode($content, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES);
}

/** Forms of other sites are not ours: browsers say where a request comes from. */
function fromHere(): bool
{
    // The first is the one that the visitor asked for.
    $host = trim(strtok($_SERVER['HTTP_X_FORWARDED_HOST'] ?? $_SERVER['HTTP_HOST'] ?? '', ',') ?: '');
    $origin = $_SERVER['HTTP_ORIGIN'] ?? '';
    return $origin === '' || parse_url($origin, PHP_URL_HOST) === parse_url("//$host", PHP_URL_HOST);
}

function page(): void
{
    $entries = Entries::latest();
    $author = $_SESSION['author'] ?? '';
    $pictures = Settings::get('buckets_uploads') !== '';
    header('Cache-Control: private, no-store');
    require dirname(__DIR__) . '/templates/page.php';
}

function post(): void
{
    $author = trim(mb_scrub((string) ($_POST['author'] ?? '')));
    $message = trim(mb_scrub((string) ($_POST['message'] ?? '')));
    $picture = (string) ($_POST['picture'] ?? '');
    $offered = $_SESSION['pictures'] ?? [];
    if (!fromHere()) {
        json(403, ['error' => 'this form is not ours']);
    } elseif ($author === '' || mb_strlen($author) > 60 || $message === '' || mb_strlen($message) > 1000) {
        json(422, ['error' => 'a name of up to 60 and a message of up to 1000 characters, please']);
    } elseif ($picture !== '' && !(Uploads::isKey($picture) && in_array($picture, $offered, true))) {
        json(422, ['error' => 'this picture was not uploaded here']);
    } else {
        Entries::add($author, $message, $picture === '' ? null : $picture);
        $_SESSION['author'] = $author;
        $_SESSION['pictures'] = array_values(array_diff($offered, [$picture]));
        header('Location: /', true, 303);
    }
}

function upload(): void
{
    if (!fromHere()) {
        json(403, ['error' => 'this form is not ours']);
        return;
    }
    try {
        $form = Uploads::form((string) ($_POST['type'] ?? ''));
    } catch (\InvalidArgumentException $error) {
        json(422, ['error' => $error->getMessage()]);
        return;
    }
    $_SESSION['pictures'] = array_slice([...($_SESSION['pictures'] ?? []), $form['key']], -5);
    json(200, $form);
}

$wanted = $_SERVER['REQUEST_METHOD'] . ' ' . strtok($_SERVER['REQUEST_URI'], '?');
try {
    switch ($wanted) {
        case 'GET /health':
            json(200, ['status' => 'ok']);
            break;
        case 'GET /health/deep':
            $found = Health::deep();
            json(array_unique(array_column($found, 'status')) === ['ok'] ? 200 : 503, $found);
            break;
        case 'GET /':
            Sessions::resume();
            page();
            break;
        case 'POST /entries':
            Sessions::start();
            post();
            break;
        case 'POST /uploads':
            Sessions::start();
            upload();
            break;
        default:
            json(404, ['error' => 'there is nothing here']);
    }
} catch (\Throwable $error) {
    error_log($error::class . ': ' . $error->getMessage());
    json(503, ['error' => 'this does not work just now']);
}

<?php
// SPDX-License-Identifier: GPL-3.0-or-later
/** @var list<array<string, mixed>> $entries */
/** @var string $author */
/** @var bool $pictures */
$text = fn (string $value): string => htmlspecialchars($value, ENT_QUOTES | ENT_SUBSTITUTE);
?>
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Guest book</title>
<link rel="stylesheet" href="/book.css">
<script src="/book.js" defer></script>
</head>
<body>
<h1>Guest book</h1>
<form method="post" action="/entries">
<label>Name <input name="author" maxlength="60" required value="<?= $text($author) ?>"></label>
<label>Message <textarea name="message" maxlength="1000" required></textarea></label>
<?php if ($pictures) { ?>
<label>Picture <input type="file" accept="image/jpeg,image/png,image/webp,image/gif"></label>
<?php } ?>
<input type="hidden" name="picture">
<button>Write</button>
<output></output>
</form>
<?php foreach ($entries as $entry) { ?>
<article>
<h2><?= $text($entry['author']) ?></h2>
<p class="message"><?= $text($entry["message"]) ?></p>
<?php if ($entry['picture'] !== null) { ?>
<img src="/<?= $text($entry['picture']) ?>" alt="" loading="lazy">
<?php } ?>
<time><?= $text($entry['created']) ?></time>
</article>
<?php } ?>
</body>
</html>

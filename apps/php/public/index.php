<?php
// SPDX-License-Identifier: GPL-3.0-or-later
declare(strict_types=1);

header('Content-Type: application/json');
if ($_SERVER['REQUEST_URI'] === '/health') {
    echo json_encode(['status' => 'ok']);
}

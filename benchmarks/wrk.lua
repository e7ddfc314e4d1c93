-- SPDX-License-Identifier: GPL-3.0-or-later
-- What wrk is told, and what it tells: WRK_PAUSE is how many milliseconds a connection rests between two requests, on average.
wrk.headers["Accept-Encoding"] = "gzip, deflate, br"
local pause = tonumber(os.getenv("WRK_PAUSE"))
if pause > 0 then
    delay = function() return math.random(pause / 2, pause * 3 / 2) end
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        '\nJSON {"requests": %d, "microseconds": %d, "p50": %f, "p99": %f, "refused": %d, "broken": %d, "unanswered": %d, "errors": %d}\n',
        summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
        errors.connect, errors.read + errors.write, errors.timeout, errors.status))
end

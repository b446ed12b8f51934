#!lua
-- Empties a bucket: no turn comes before the given time has passed (a `Retry-After` that one process
-- was given holds for all).
--
-- KEYS[1] the bucket
-- ARGV[1] microseconds between turns    ARGV[2] turns that may come at once
-- ARGV[3] microseconds to pause
-- returns 1
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local full_at = now + tonumber(ARGV[3]) + tonumber(ARGV[1]) * (tonumber(ARGV[2]) - 1)
full_at = math.max(full_at, tonumber(redis.call('GET', KEYS[1]) or 0))
redis.call('SET', KEYS[1], string.format('%.0f', full_at),
  'PX', string.format('%.0f', math.ceil((full_at - now) / 1000) + 1000))
return 1

#!lua
-- Takes the next turn of a token bucket that all processes share (generic cell rate algorithm: one
-- number, the time at which the bucket would be full again).
--
-- KEYS[1] the bucket
-- ARGV[1] microseconds between turns    ARGV[2] turns that may come at once
-- ARGV[3] longest wait in microseconds that the caller accepts
-- returns {1, microseconds to wait} turn taken | {0, microseconds} not taken: the wait would be this long
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local every = tonumber(ARGV[1])
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + every
local wait = math.max(0, full_at - now - every * tonumber(ARGV[2]))
if wait > tonumber(ARGV[3]) then
  return {0, wait}
end
redis.call('SET', KEYS[1], string.format('%.0f', full_at),
  'PX', string.format('%.0f', math.ceil((full_at - now) / 1000) + 1000))
return {1, wait}

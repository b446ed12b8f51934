#!lua flags=allow-oom
-- Puts delayed jobs that are due back into the stream. Any worker may run it.
--
-- KEYS[1] jobs stream    KEYS[2] delayed zset
-- ARGV[1] most jobs to move    ARGV[2] key prefix (job hashes share the hash tag of KEYS)
-- returns how many were moved
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local due = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, ARGV[1])
for _, id in ipairs(due) do
  redis.call('HSET', ARGV[2] .. ':job:' .. id, 'status', 'queued')
  redis.call('XADD', KEYS[1], '*', 'id', id)
  redis.call('ZREM', KEYS[2], id)
end
return #due

#!lua
-- Accepts a job, or says which accepted job answers for it already. All or nothing, safe to repeat.
-- Without `allow-oom`: a Redis that is out of memory refuses the request before anything is written.
--
-- KEYS[1] jobs stream    KEYS[2] delayed zset    KEYS[3] hash of the new job
-- KEYS[4] once key       KEYS[5] inflight key    (KEYS[3] again where there is none)
-- ARGV[1] job id         ARGV[2] payload version ARGV[3] kind    ARGV[4] payload (JSON)
-- ARGV[5] enqueued_at    ARGV[6] seconds the once key lives, 0: no once key
-- ARGV[7] seconds the inflight key lives, 0: no folding          ARGV[8] most jobs waiting
-- ARGV[9] key prefix     ARGV[10] most payloads folded into one job
-- returns {'new', id} | {'duplicate', id} | {'folded', id} | {'full', jobs waiting}
local id, once_for, fold_for = ARGV[1], tonumber(ARGV[6]), tonumber(ARGV[7])

-- The same call again: its first answer was lost on the way.
if redis.call('EXISTS', KEYS[3]) == 1 then
  return {'new', id}
end

if once_for > 0 then
  local seen = redis.call('GET', KEYS[4])
  if seen then
    return {'duplicate', seen}
  end
end

if fold_for > 0 then
  local running = redis.call('GET', KEYS[5])
  if running then
    local folded = ARGV[9] .. ':folded:' .. running
    -- The key goes when its job ends; only a job that is gone altogether can leave it behind.
    if redis.call('EXISTS', ARGV[9] .. ':job:' .. running) == 1
        and redis.call('LLEN', folded) < tonumber(ARGV[10]) then
      redis.call('RPUSH', folded, ARGV[4])
      if once_for > 0 then
        redis.call('SET', KEYS[4], running, 'EX', once_for)
      end
      return {'folded', running}
    end
  end
end

local waiting = redis.call('XLEN', KEYS[1]) + redis.call('ZCARD', KEYS[2])
if waiting >= tonumber(ARGV[8]) then
  return {'full', tostring(waiting)}
end

redis.call('HSET', KEYS[3], 'v', ARGV[2], 'kind', ARGV[3], 'payload', ARGV[4],
  'enqueued_at', ARGV[5], 'status', 'queued', 'attempts', 0, 'tellings', 0, 'fence', 0)
if once_for > 0 then
  redis.call('SET', KEYS[4], id, 'EX', once_for)
end
if fold_for > 0 then
  redis.call('HSET', KEYS[3], 'inflight', KEYS[5])
  redis.call('SET', KEYS[5], id, 'EX', fold_for)
end
redis.call('XADD', KEYS[1], '*', 'id', id)
return {'new', id}

#!lua flags=allow-oom
-- Prepended to every script that acts under a lease. Runs when Redis is out of memory too:
-- intake stops then, but the jobs that were accepted must be able to finish.
--
-- True when `consumer` holds the stream entry and, where `fence` is not empty, no later claim of the
-- same job has begun. Both are needed: a thief that has not begun yet shows in the pending list only,
-- and a second claim by the same consumer shows in the fence only.
local function owns(jobs, job, group, consumer, entry, fence)
  local pending = redis.pcall('XPENDING', jobs, group, entry, entry, 1, consumer)
  if pending.err or #pending == 0 then
    return false
  end
  return fence == '' or redis.call('HGET', job, 'fence') == fence
end

-- Takes the entry out of the stream for good.
local function remove(jobs, group, entry)
  redis.call('XACK', jobs, group, entry)
  redis.call('XDEL', jobs, entry)
end

-- Ends folding into job `id`. The key's name is kept in the job; it shares the hash tag of KEYS.
local function stop_folding(job, id)
  local inflight = redis.call('HGET', job, 'inflight')
  if inflight and redis.call('GET', inflight) == id then
    redis.call('DEL', inflight)
  end
end


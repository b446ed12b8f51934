-- Gives a claim up so that the job runs again, now or later. The entry leaves the stream and comes
-- back as a new one: a worker that waits for work takes it at once, and no lease is held meanwhile.
--
-- KEYS[1] jobs stream    KEYS[2] job hash    KEYS[3] delayed zset
-- ARGV[1] group          ARGV[2] consumer    ARGV[3] stream entry
-- ARGV[4] fence, empty where the claim was not begun
-- ARGV[5] job id         ARGV[6] milliseconds to wait, 0: at once
-- ARGV[7] 1: the attempt counts | 0: it does not
-- ARGV[8] why, empty: keep what is there
-- returns 1 put back | 0 lease lost
local jobs, job = KEYS[1], KEYS[2]
if not owns(jobs, job, ARGV[1], ARGV[2], ARGV[3], ARGV[4]) then
  return 0
end
if ARGV[4] ~= '' and ARGV[7] == '0' then
  local told = redis.call('HGET', job, 'step') ~= 'run'
  redis.call('HINCRBY', job, told and 'tellings' or 'attempts', -1)
end
if ARGV[8] ~= '' then
  redis.call('HSET', job, 'last_error', ARGV[8])
end
remove(jobs, ARGV[1], ARGV[3])
if tonumber(ARGV[6]) > 0 then
  local now = redis.call('TIME')
  local due = now[1] * 1000 + math.floor(now[2] / 1000) + tonumber(ARGV[6])
  redis.call('HSET', job, 'status', 'delayed')
  redis.call('ZADD', KEYS[3], string.format('%.0f', due), ARGV[5])
else
  redis.call('HSET', job, 'status', 'queued')
  redis.call('XADD', jobs, '*', 'id', ARGV[5])
end
return 1

-- Begins a claim: takes a new fence, counts the attempt, hands out the job.
--
-- KEYS[1] jobs stream    KEYS[2] job hash
-- ARGV[1] group          ARGV[2] consumer    ARGV[3] stream entry
-- ARGV[4] most attempts  ARGV[5] most tries to tell that the job is dead
-- ARGV[6] highest payload version this worker reads
-- returns {step, fence, attempts, v, kind, payload, enqueued_at, why}, all strings; step is
--   'run'   do the work
--   'tell'  the job failed for good (`why`): tell whoever waits, then bury it
--   'bury'  telling failed as well, as often as is allowed
-- or {'version', v} not for this worker | {'gone'} finished already | {'lost'} somebody else holds it
local jobs, job, entry = KEYS[1], KEYS[2], ARGV[3]
if not owns(jobs, job, ARGV[1], ARGV[2], entry, '') then
  return {'lost'}
end

local f = redis.call('HMGET', job, 'v', 'status', 'attempts', 'kind', 'payload', 'enqueued_at',
  'gave_up', 'last_error')
local v, status, attempts, why = f[1], f[2], tonumber(f[3]), f[7]
if not v or status == 'done' or status == 'dead' then
  remove(jobs, ARGV[1], entry)
  return {'gone'}
end
if tonumber(v) > tonumber(ARGV[6]) then
  return {'version', v}
end

local last_error = f[8]
if status == 'running' then
  last_error = 'the worker that ran it stopped without a word: killed, or cut off from Redis'
  redis.call('HSET', job, 'last_error', last_error)
end
if not why and attempts >= tonumber(ARGV[4]) then
  why = last_error or 'no attempt said why it failed'
end

local fence = redis.call('HINCRBY', job, 'fence', 1)
local step = 'run'
if why then
  step = 'tell'
  if redis.call('HINCRBY', job, 'tellings', 1) > tonumber(ARGV[5]) then
    step = 'bury'
  end
else
  attempts = redis.call('HINCRBY', job, 'attempts', 1)
end
redis.call('HSET', job, 'status', 'running', 'step', step)
return {step, tostring(fence), tostring(attempts), v, f[4], f[5], f[6], why or ''}

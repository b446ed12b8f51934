-- Moves a job that failed for good to the dead-letter stream.
--
-- KEYS[1] jobs stream    KEYS[2] job hash    KEYS[3] folded list    KEYS[4] dead stream
-- ARGV[1] group          ARGV[2] consumer    ARGV[3] stream entry   ARGV[4] fence
-- ARGV[5] job id         ARGV[6] why         ARGV[7] seconds a dead job's hash is kept
-- ARGV[8] most dead letters (about)
-- returns 1 buried | 0 lease lost
local job = KEYS[2]
if not owns(KEYS[1], job, ARGV[1], ARGV[2], ARGV[3], ARGV[4]) then
  return 0
end
local f = redis.call('HMGET', job, 'kind', 'payload', 'attempts', 'enqueued_at', 'v')
redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[8], '*', 'id', ARGV[5], 'kind', f[1], 'payload', f[2],
  'attempts', f[3], 'enqueued_at', f[4], 'v', f[5], 'why', ARGV[6])
redis.call('HSET', job, 'status', 'dead')
redis.call('EXPIRE', job, ARGV[7])
redis.call('EXPIRE', KEYS[3], ARGV[7])
stop_folding(job, ARGV[5])
remove(KEYS[1], ARGV[1], ARGV[3])
return 1

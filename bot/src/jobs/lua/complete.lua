-- Ends a job that is done. Safe to repeat.
--
-- KEYS[1] jobs stream    KEYS[2] job hash    KEYS[3] folded list
-- ARGV[1] group          ARGV[2] consumer    ARGV[3] stream entry    ARGV[4] fence
-- ARGV[5] job id         ARGV[6] seconds a finished job is remembered
-- returns 1 done | 0 lease lost
if not owns(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3], ARGV[4]) then
  local f = redis.call('HMGET', KEYS[2], 'status', 'fence')
  return (f[1] == 'done' and f[2] == ARGV[4]) and 1 or 0
end
redis.call('HSET', KEYS[2], 'status', 'done')
redis.call('EXPIRE', KEYS[2], ARGV[6])
redis.call('EXPIRE', KEYS[3], ARGV[6])
stop_folding(KEYS[2], ARGV[5])
remove(KEYS[1], ARGV[1], ARGV[3])
return 1

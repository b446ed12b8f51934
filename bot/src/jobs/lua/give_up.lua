-- Notes that a job failed for good, before anybody is told: whoever claims it next tells, and does
-- not run it again.
--
-- KEYS[1] jobs stream    KEYS[2] job hash
-- ARGV[1] group          ARGV[2] consumer    ARGV[3] stream entry    ARGV[4] fence
-- ARGV[5] why
-- returns 1 noted | 0 lease lost
if not owns(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3], ARGV[4]) then
  return 0
end
redis.call('HSET', KEYS[2], 'gave_up', ARGV[5], 'step', 'tell')
redis.call('HINCRBY', KEYS[2], 'tellings', 1)
return 1

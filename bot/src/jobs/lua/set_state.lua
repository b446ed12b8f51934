-- Writes fields of a job's own state.
--
-- KEYS[1] jobs stream    KEYS[2] job hash
-- ARGV[1] group          ARGV[2] consumer    ARGV[3] stream entry    ARGV[4] fence
-- ARGV[5..] field, value, field, value, ...
-- returns 1 written | 0 lease lost
if not owns(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3], ARGV[4]) then
  return 0
end
for i = 5, #ARGV, 2 do
  redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
end
return 1

-- Ends folding into a job and hands out what was folded: no request can slip in between. Repeatable:
-- a successor of this worker gets the same list.
--
-- KEYS[1] jobs stream    KEYS[2] job hash    KEYS[3] folded list
-- ARGV[1] group          ARGV[2] consumer    ARGV[3] stream entry    ARGV[4] fence
-- ARGV[5] job id
-- returns {1, payload, payload, ...} | {0} lease lost
if not owns(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3], ARGV[4]) then
  return {'0'}
end
stop_folding(KEYS[2], ARGV[5])
local payloads = redis.call('LRANGE', KEYS[3], 0, -1)
table.insert(payloads, 1, '1')
return payloads

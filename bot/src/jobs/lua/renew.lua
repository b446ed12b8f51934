-- Extends a lease, and only its owner's: a bare XCLAIM would steal the entry back.
--
-- KEYS[1] jobs stream    KEYS[2] job hash
-- ARGV[1] group          ARGV[2] consumer    ARGV[3] stream entry    ARGV[4] fence
-- returns 1 extended | 0 lease lost
if not owns(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3], ARGV[4]) then
  return 0
end
redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[3], 'JUSTID')
return 1

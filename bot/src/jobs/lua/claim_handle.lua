#!lua
-- Lets exactly one claimant act on a handle; the same claimant may ask again. Value and claim are one
-- key: an eviction takes both, so a claim can never be forgotten while the value can still be acted on.
--
-- KEYS[1] hash of the handle: value, claimed_by
-- ARGV[1] claimant
-- returns {'won'} | {'taken', claimant} | {'unknown'} expired, or never was
if redis.call('HEXISTS', KEYS[1], 'value') == 0 then
  return {'unknown'}
end
local by = redis.call('HGET', KEYS[1], 'claimed_by')
if by and by ~= ARGV[1] then
  return {'taken', by}
end
redis.call('HSET', KEYS[1], 'claimed_by', ARGV[1])
return {'won'}

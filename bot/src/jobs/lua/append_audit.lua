#!lua flags=allow-oom
-- Appends to the audit stream, once per record: safe to repeat when an answer was lost. Allowed when
-- memory is short: what was done must be on record.
--
-- KEYS[1] audit stream    KEYS[2] marker of this record
-- ARGV[1] record (JSON)   ARGV[2] seconds the marker lives
-- returns the entry's id in the stream
local id = redis.call('GET', KEYS[2])
if not id then
  id = redis.call('XADD', KEYS[1], '*', 'record', ARGV[1])
  redis.call('SET', KEYS[2], id, 'EX', ARGV[2])
end
return id

#!lua flags=allow-oom
-- Removes consumers that hold nothing: the one named, and those unseen for long. Removing one that
-- still holds entries would lose them, so look and remove are one step.
--
-- KEYS[1] jobs stream
-- ARGV[1] group    ARGV[2] consumer to remove, or empty    ARGV[3] milliseconds unseen
-- returns how many were removed
local consumers = redis.pcall('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])
if consumers.err then
  return 0
end
local removed = 0
for _, flat in ipairs(consumers) do
  local c = {}
  for i = 1, #flat, 2 do
    c[flat[i]] = flat[i + 1]
  end
  if c.pending == 0 and (c.name == ARGV[2] or c.idle > tonumber(ARGV[3])) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], c.name)
    removed = removed + 1
  end
end
return removed

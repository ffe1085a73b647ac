-- Appends entries whose hashes chain to the head of the log.
-- KEYS: log, head
-- ARGV: previous, no_entry, hash, lines...
-- `hash` is the last entry's.
-- Answer: 1, or 0 where another entry came first.
if (redis.call('GET', head) or no_entry) ~= previous then return 0 end
for _, line in ipairs(lines) do redis.call('RPUSH', log, line) end
redis.call('SET', head, hash)
return 1

-- Appends entries whose hashes chain to the head of the log, and notes under each subject where its entries stand.
-- KEYS: log, head, subjects...
-- ARGV: previous, no_entry, hash, lines...
-- `hash` is the last entry's; there is one subject for each line.
-- Answer: 1, or 0 where another entry came first.
if (redis.call('GET', head) or no_entry) ~= previous then return 0 end
for i, line in ipairs(lines) do
  local place = redis.call('RPUSH', log, line)
  redis.call('RPUSH', subjects[i], place)
end
redis.call('SET', head, hash)
return 1

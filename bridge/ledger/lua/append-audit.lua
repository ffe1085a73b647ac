-- Appends an entry whose hash chains to the head of the log.
-- KEYS: log, head
-- ARGV: previous, no_entry, line, hash
-- Answer: 1, or 0 where another entry came first.
if (redis.call('GET', head) or no_entry) ~= previous then return 0 end
redis.call('RPUSH', log, line)
redis.call('SET', head, hash)
return 1

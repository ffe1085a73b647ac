-- Reads a stretch of the audit log together with what its chain has to end in.
-- KEYS: log, head
-- ARGV: from, to, no_entry
-- Answer: the lines, the length of the log, the hash of the last entry.
return {redis.call('LRANGE', log, from, to), redis.call('LLEN', log), redis.call('GET', head) or no_entry}

-- Says what became of a trigger record. Fenced: only the attempt that holds the record may.
-- KEYS: record, by_status
-- ARGV: id, attempt, status, now, facts...
-- `facts` are further fields and values of the record.
-- Answer: 1, or 0 where a later attempt holds the record, or it has come to its end.
-- Include: move-status
if redis.call('HGET', record, 'attempt') ~= attempt then return 0 end
local before = redis.call('HGET', record, 'status')
if before ~= 'triggering' and before ~= 'pending' and before ~= 'held' then return 0 end
move_status(record, by_status, id, status)
redis.call('HSET', record, 'updated_at', now, unpack(facts))
if status ~= 'triggering' then redis.call('HSET', record, 'lease', 0) end
return 1

-- Everybody was told how a trigger record ended: nothing is owed, unless an operator moved it on meanwhile.
-- KEYS: record, owed
-- ARGV: id, status
-- Answer: 1, or 0 where it has to be told again.
if redis.call('HGET', record, 'status') ~= status then return 0 end
-- What a pipeline was started with is GitLab's now; a parked record may still need it.
if status ~= 'parked' then redis.call('HDEL', record, 'payload') end
redis.call('ZREM', owed, id)
return 1

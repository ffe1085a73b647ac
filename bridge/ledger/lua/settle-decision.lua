-- The decision on a change has been looked at: nothing is owed, unless something was observed meanwhile.
-- KEYS: change, owed
-- ARGV: sys_id, revision
-- Answer: 1, or 0 where it has to be looked at again.
if (redis.call('HGET', change, 'revision') or '0') ~= revision then return 0 end
redis.call('ZREM', owed, sys_id)
return 1

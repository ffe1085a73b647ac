-- Records a run of the portal's approve action, once.
-- KEYS: record, owed
-- ARGV: run_id, now
-- Answer: 1, or 0 where it is known.
if redis.call('EXISTS', record) == 1 then return 0 end
redis.call('HSET', record, 'status', 'waiting', 'created_at', now, 'updated_at', now)
redis.call('ZADD', owed, now, run_id)
return 1

-- Records a gate, once.
-- KEYS: record, owed, of_pipeline
-- ARGV: id, request, now, has_pipeline
-- Answer: 1, or 0 where it is known.
if redis.call('EXISTS', record) == 1 then return 0 end
redis.call('HSET', record, 'status', 'opening', 'request', request, 'created_at', now)
redis.call('ZADD', owed, now, id)
if has_pipeline == '1' then redis.call('SET', of_pipeline, id) end
return 1

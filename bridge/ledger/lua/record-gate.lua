-- Records a gate, once.
-- KEYS: record, owed, of_pipeline, expiring
-- ARGV: id, request, body, now, expires_at
-- `body` is what was asked for, word for word; `expires_at` is '' where it does not expire.
-- Answer: 'new', 'known', or 'other' where something else was asked for before.
local before = redis.call('HGET', record, 'body')
if before then return before == body and 'known' or 'other' end
redis.call('HSET', record, 'status', 'opening', 'request', request, 'body', body, 'created_at', now)
redis.call('ZADD', owed, now, id)
redis.call('SET', of_pipeline, id)
if expires_at ~= '' then
  redis.call('HSET', record, 'expires_at', expires_at)
  redis.call('ZADD', expiring, expires_at, id)
end
return 'new'

-- Lets a failed sync begin anew under its own id.
-- KEYS: sync, seen
-- ARGV: now
-- Answer: 1, or 0 where it has not failed.
if redis.call('HGET', sync, 'status') ~= 'failed' then return 0 end
redis.call('HDEL', sync, 'position', 'ended_at', 'read', 'changed', 'deleted')
redis.call('HSET', sync, 'status', 'waiting', 'created_at', now)
redis.call('DEL', seen)
return 1

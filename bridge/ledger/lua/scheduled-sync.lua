-- The schedule's one sync of a mode: the present one until it is done, then a new one. Two ticks at once agree.
-- KEYS: place, current_sync, fresh_sync
-- ARGV: current, fresh, mode, now, keep_seconds
-- Answer: the id of the sync.
local found = redis.call('GET', place) or ''
if found ~= current then return found end
local status = redis.call('HGET', current_sync, 'status')
if status and status ~= 'done' then return current end
redis.call('SET', place, fresh)
redis.call('HSET', fresh_sync, 'mode', mode, 'status', 'waiting', 'created_at', now)
redis.call('EXPIRE', fresh_sync, keep_seconds)
return fresh

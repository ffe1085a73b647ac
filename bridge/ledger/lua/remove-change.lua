-- Marks a change as deleted in ServiceNow, unless a newer version is kept.
-- KEYS: change, record_of_change, seen, owed_sync, owed_decision
-- ARGV: now, source, sys_id, version, record
-- Answer: 'stored', or 'stale' where a newer version is kept.
local kept = tonumber(redis.call('HGET', change, 'version') or -1)
if tonumber(version) < kept then return 'stale' end
redis.call('SETNX', record_of_change, record)
redis.call('HSET', change, 'version', version, 'deleted', 1, 'complete', 1, 'seen_at', now, 'told_by', source)
redis.call('HINCRBY', change, 'revision', 1)
redis.call('ZADD', seen, now, sys_id)
redis.call('ZADD', owed_sync, 'NX', now, sys_id)
redis.call('ZADD', owed_decision, 'NX', now, sys_id)
return 'stored'

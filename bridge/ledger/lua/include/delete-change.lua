-- Marks a change as deleted in ServiceNow, unless a newer version is kept.
-- Answers 'stored', or 'stale' where a newer version is kept.
local function delete_change(index, sys_id, version, record, source, now)
  local change = index.changes .. sys_id
  if tonumber(version) < tonumber(redis.call('HGET', change, 'version') or -1) then return 'stale' end
  redis.call('SETNX', change .. ':record', record)
  redis.call('HSET', change, 'version', version, 'deleted', 1, 'complete', 1, 'seen_at', now, 'told_by', source)
  redis.call('HINCRBY', change, 'revision', 1)
  redis.call('ZADD', index.seen, now, sys_id)
  redis.call('ZADD', index.owed_sync, 'NX', now, sys_id)
  redis.call('ZADD', index.owed_decision, 'NX', now, sys_id)
  return 'stored'
end

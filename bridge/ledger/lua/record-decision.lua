-- Writes what was derived from the known approvals, if nothing was observed meanwhile and the last decision has not
-- moved on.
-- KEYS: change, record, last, owed, all, by_status
-- ARGV: revision, last_id, last_status, superseded_reason, id, decision, sys_id, version, status, reason, now, forget...
-- `last_id` is '' where there is none; `superseded_reason` is '' where it keeps its status; `id` is '' where no decision
-- stands; `forget` are versions whose approvals need not be kept.
-- Answer: 1, or 0 where it has to be derived again.
-- Include: move-status
if (redis.call('HGET', change, 'revision') or '0') ~= revision then return 0 end
if (redis.call('HGET', change, 'decision') or '') ~= last_id then return 0 end
if last_id ~= '' and redis.call('HGET', last, 'status') ~= last_status then return 0 end
for _, each in ipairs(forget) do redis.call('HDEL', change, 'approval:' .. each) end
if superseded_reason ~= '' then
  move_status(last, by_status, last_id, 'superseded')
  redis.call('HSET', last, 'reason', superseded_reason, 'updated_at', now)
  redis.call('ZREM', owed, last_id)
end
if id == '' then return 1 end
redis.call('HSET', change, 'decision', id)
redis.call('HDEL', change, 'undone')
if redis.call('EXISTS', record) == 1 then
  -- It stood before, until something untrue seemed to take its place. What was done about it stays done.
  if redis.call('HGET', record, 'status') ~= 'superseded' then return 1 end
  redis.call('HSET', record, 'updated_at', now)
else
  redis.call('HSET', record, 'kind', 'decision', 'decision', decision, 'sys_id', sys_id, 'version', version,
    'attempt', 0, 'created_at', now, 'updated_at', now)
  -- Not superseded, so something was done about it: whoever was told of it is told of this one.
  if last_id ~= '' and superseded_reason == '' then redis.call('HSET', record, 'follows', last_id) end
end
move_status(record, by_status, id, status)
if reason == '' then redis.call('HDEL', record, 'reason') else redis.call('HSET', record, 'reason', reason) end
redis.call('ZADD', owed, now, id)
redis.call('ZADD', all, 'NX', now, id)
return 1

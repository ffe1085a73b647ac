-- Records a deploy request, once per run.
-- KEYS: record, owed, all, by_status
-- ARGV: id, run_id, request, check_run, payload, now
-- `check_run` and `payload` are '' where there is none.
-- Answer: 1, or 0 where it is known.
-- Include: move-status
if redis.call('EXISTS', record) == 1 then return 0 end
redis.call('HSET', record, 'kind', 'deploy', 'run_id', run_id, 'request', request,
  'attempt', 0, 'created_at', now, 'updated_at', now)
if check_run ~= '' then redis.call('HSET', record, 'check_run', check_run) end
if payload ~= '' then redis.call('HSET', record, 'payload', payload) end
move_status(record, by_status, id, 'pending')
redis.call('ZADD', owed, now, id)
redis.call('ZADD', all, now, id)
return 1

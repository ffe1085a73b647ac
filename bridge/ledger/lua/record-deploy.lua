-- Records a deploy request, once per run.
-- KEYS: record, owed, all, by_status
-- ARGV: id, run_id, request, now
-- Answer: 1, or 0 where it is known.
-- Include: move-status
if redis.call('EXISTS', record) == 1 then return 0 end
redis.call('HSET', record, 'kind', 'deploy', 'run_id', run_id, 'request', request,
  'attempt', 0, 'created_at', now, 'updated_at', now)
move_status(record, by_status, id, 'pending')
redis.call('ZADD', owed, now, id)
redis.call('ZADD', all, now, id)
return 1

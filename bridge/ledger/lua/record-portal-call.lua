-- Records a run of the portal that only told of something, once.
-- KEYS: record, owed
-- ARGV: run_id, about, subject, problem, is_node, now
-- Answer: 1, or 0 where it is known.
if redis.call('EXISTS', record) == 1 then return 0 end
redis.call('HSET', record, 'about', about, 'subject', subject, 'problem', problem,
  'is_node', is_node, 'created_at', now)
redis.call('ZADD', owed, now, run_id)
return 1

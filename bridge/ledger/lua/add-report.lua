-- Queues a report for a run of the portal. A step is told once per run, and nothing after the end.
-- KEYS: run, outbox, owed
-- ARGV: run_id, step, report, ends, now, keep_seconds
-- Answer: 1, or 0 where this step was told before, or the run has ended.
if redis.call('HGET', run, 'ended') then return 0 end
if redis.call('HSETNX', run, 'step:' .. step, now) == 0 then return 0 end
if ends == '1' then redis.call('HSET', run, 'ended', now) end
redis.call('RPUSH', outbox, report)
redis.call('ZADD', owed, 'NX', now, run_id)
redis.call('EXPIRE', run, keep_seconds)
redis.call('EXPIRE', outbox, keep_seconds)
return 1

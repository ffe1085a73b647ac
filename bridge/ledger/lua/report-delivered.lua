-- Takes a report that was delivered off the queue.
-- KEYS: outbox, owed
-- ARGV: run_id, report
-- Answer: 1, or 0 where it is not the next one any more.
if redis.call('LINDEX', outbox, 0) ~= report then return 0 end
redis.call('LPOP', outbox)
if redis.call('LLEN', outbox) == 0 then redis.call('ZREM', owed, run_id) end
return 1

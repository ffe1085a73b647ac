-- An operator's word on a parked trigger record.
-- KEYS: record, owed, by_status
-- ARGV: id, status, reason, now
-- Answer: 1, or 0 where it is not parked.
-- Include: move-status
if redis.call('HGET', record, 'status') ~= 'parked' then return 0 end
move_status(record, by_status, id, status)
redis.call('HSET', record, 'reason', reason, 'updated_at', now, 'lease', 0, 'resolved', 1)
redis.call('ZADD', owed, now, id)
return 1

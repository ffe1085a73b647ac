-- A parked trigger record goes on or is given up.
-- KEYS: record, owed, by_status
-- ARGV: id, status, reason, now, word
-- `word` is "operator", whose word settles doubts about the past, or "mended": what the record was parked for.
-- Answer: 1, or 0 where it is not parked, or not for something that can be mended.
-- Include: move-status
if redis.call('HGET', record, 'status') ~= 'parked' then return 0 end
if word == 'mended' and redis.call('HEXISTS', record, 'parked_for') == 0 then return 0 end
move_status(record, by_status, id, status)
redis.call('HSET', record, 'reason', reason, 'updated_at', now, 'lease', 0)
redis.call('HDEL', record, 'parked_for')
if word == 'operator' then redis.call('HSET', record, 'resolved', 1) end
redis.call('ZADD', owed, now, id)
return 1

-- Moves the fence of a gate's create request: while one may be under way, nobody else sends one.
-- KEYS: record
-- ARGV: before, after
-- Answer: 1, or 0 where the gate is not opening, or somebody else moved the fence.
if redis.call('HGET', record, 'status') ~= 'opening' then return 0 end
if (redis.call('HGET', record, 'sent_at') or '') ~= before then return 0 end
redis.call('HSET', record, 'sent_at', after)
return 1

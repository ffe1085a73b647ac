-- Says how a portal decision ended.
-- KEYS: record
-- ARGV: status, outcome, now, facts...
-- Answer: 1, or 0 where it has ended before.
local before = redis.call('HGET', record, 'status')
if before ~= 'waiting' and before ~= 'writing' then return 0 end
redis.call('HSET', record, 'status', status, 'outcome', outcome, 'updated_at', now, unpack(facts))
return 1

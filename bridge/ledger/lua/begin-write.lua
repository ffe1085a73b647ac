-- Says what is about to be written to ServiceNow, and takes the right to write it. The first base version stays.
-- KEYS: record, of_change, turn
-- ARGV: run_id, base_version, now, lease
-- Answer: 1, or 0 where the turn was lost, the run has come to its end, or another worker writes.
if redis.call('HGET', turn, 'run') ~= run_id then return 0 end
redis.call('HSET', turn, 'until', lease)
local status = redis.call('HGET', record, 'status')
if status ~= 'waiting' and status ~= 'writing' then return 0 end
if tonumber(redis.call('HGET', record, 'lease') or 0) > tonumber(now) then return 0 end
redis.call('HSET', record, 'status', 'writing', 'updated_at', now, 'lease', lease)
redis.call('HSETNX', record, 'base_version', base_version)
redis.call('ZADD', of_change, now, run_id)
return 1

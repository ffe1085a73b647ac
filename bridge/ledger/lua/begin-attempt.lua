-- Takes a trigger record for one call to GitLab: from 'pending' or 'held', or from an attempt whose lease is over.
-- KEYS: record, by_status
-- ARGV: id, attempt, now, lease, project, ref
-- Answer: the number of the new attempt; nil where another worker holds the record, or moved it on since it was read.
-- Include: move-status
local status = redis.call('HGET', record, 'status')
if redis.call('HGET', record, 'attempt') ~= attempt then return false end
if status == 'triggering' and tonumber(redis.call('HGET', record, 'lease')) > tonumber(now) then return false end
if status ~= 'pending' and status ~= 'held' and status ~= 'triggering' then return false end
move_status(record, by_status, id, 'triggering')
redis.call('HSET', record, 'lease', lease, 'project', project, 'ref', ref, 'updated_at', now)
return redis.call('HINCRBY', record, 'attempt', 1)

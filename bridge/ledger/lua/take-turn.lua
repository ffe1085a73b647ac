-- One portal decision on a change is written at a time: the next one reads what this one wrote. A turn that is not
-- given back lapses.
-- KEYS: turn
-- ARGV: run_id, now, lease
-- Answer: 1, or 0 while another run has the turn.
local holder = redis.call('HGET', turn, 'run')
if holder and holder ~= run_id and tonumber(redis.call('HGET', turn, 'until')) > tonumber(now) then return 0 end
redis.call('HSET', turn, 'run', run_id, 'until', lease)
return 1

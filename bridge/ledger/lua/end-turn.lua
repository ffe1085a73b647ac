-- Gives a change's turn back.
-- KEYS: turn
-- ARGV: run_id
-- Answer: 1, or 0 where another run has the turn.
if redis.call('HGET', turn, 'run') ~= run_id then return 0 end
return redis.call('DEL', turn)

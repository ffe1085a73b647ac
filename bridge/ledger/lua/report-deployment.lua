-- Keeps what a pipeline reported of a deployment. The first project that reports one has it.
-- KEYS: record, owed
-- ARGV: identifier, project, facts, now
-- Answer: 1, or 0 where another project has it.
local holder = redis.call('HGET', record, 'project')
if holder and holder ~= project then return 0 end
redis.call('HSET', record, 'project', project, 'facts', facts)
redis.call('HINCRBY', record, 'revision', 1)
redis.call('ZADD', owed, 'NX', now, identifier)
return 1

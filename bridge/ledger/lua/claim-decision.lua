-- Binds a decision to the first pipeline that claims it.
-- KEYS: record, claiming_projects
-- ARGV: pipeline, project, now
-- Answer: the pipeline that holds the claim.
local holder = redis.call('HGET', record, 'claimed_by')
if holder and holder ~= pipeline then return holder end
redis.call('HSET', record, 'claimed_by', pipeline, 'updated_at', now)
redis.call('SADD', claiming_projects, project)
return pipeline

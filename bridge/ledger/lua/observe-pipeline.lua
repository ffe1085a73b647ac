-- Keeps what GitLab said of a pipeline. Hooks arrive in any order: an end is not undone by the news of an earlier step.
-- KEYS: pipeline
-- ARGV: status, final, now, url, trigger, source, ref, keep_seconds
-- Answer: 1, or 0 where the pipeline has ended already.
if redis.call('HGET', pipeline, 'final') == '1' and final == '0' then return 0 end
redis.call('HSET', pipeline, 'status', status, 'final', final, 'seen_at', now)
if url ~= '' then redis.call('HSET', pipeline, 'url', url) end
if trigger ~= '' then redis.call('HSET', pipeline, 'trigger', trigger) end
if source ~= '' then redis.call('HSET', pipeline, 'source', source, 'ref', ref) end
redis.call('EXPIRE', pipeline, keep_seconds)
return 1

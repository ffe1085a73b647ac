-- The portal shows a deployment as it was reported.
-- KEYS: record, owed
-- ARGV: identifier, revision
-- Answer: 1, or 0 where something newer was reported meanwhile.
if redis.call('HGET', record, 'revision') ~= revision then return 0 end
redis.call('ZREM', owed, identifier)
return 1

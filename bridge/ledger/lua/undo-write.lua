-- The write surely had no effect. Where an earlier one's outcome is unknown, it stays `writing`.
-- KEYS: record
-- ARGV: none
-- Answer: 1, or 0 where the status stays.
redis.call('HSET', record, 'lease', 0)
if redis.call('HGET', record, 'status') ~= 'writing' or redis.call('HGET', record, 'unknown') == '1' then return 0 end
redis.call('HSET', record, 'status', 'waiting')
redis.call('HDEL', record, 'base_version')
return 1

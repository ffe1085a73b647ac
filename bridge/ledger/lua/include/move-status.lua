-- Gives a trigger record its status, in the record and in the index by status.
local function move_status(record, by_status, id, status)
  local before = redis.call('HGET', record, 'status')
  if before then redis.call('ZREM', by_status .. before, id) end
  redis.call('HSET', record, 'status', status)
  redis.call('ZADD', by_status .. status, redis.call('HGET', record, 'created_at'), id)
end

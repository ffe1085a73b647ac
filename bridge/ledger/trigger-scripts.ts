// The atomic steps in a trigger record's life, in Redis' Lua.

// Walks the remembered approvals from the newest version down, as long as they say the same: that is how long
// the decision stands. A recorded decision of that value within it is the same one; otherwise it is new. The version
// at which it began is never trimmed: without it a long-lived change would seem to be decided anew.
export const RECORD_DECISION = `
local change, approvals, open, all = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local sys_id, now, status, reason, prefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local flat, known, versions = redis.call('HGETALL', approvals), {}, {}
for i = 1, #flat, 2 do
  local version = tonumber(flat[i])
  known[version] = flat[i + 1]
  versions[#versions + 1] = version
end
table.sort(versions)
local newest = versions[#versions]
local value = newest and known[newest]
local last = redis.call('HGET', change, 'decision')
local since = newest
for i = #versions, 1, -1 do
  if known[versions[i]] ~= value then break end
  since = versions[i]
end
for i = 1, #versions - 100 do
  if versions[i] ~= since then redis.call('HDEL', approvals, versions[i]) end
end
local function supersede(why)
  if last and redis.call('HGET', prefix .. last, 'status') == 'pending' then
    redis.call('HSET', prefix .. last, 'status', 'superseded', 'reason', why, 'updated_at', now)
    redis.call('ZREM', open, last)
  end
end
if value ~= 'approved' and value ~= 'rejected' then
  supersede('The change is no longer decided: its approval is ' .. tostring(value) .. '.')
  return false
end
if last then
  local at = tonumber(redis.call('HGET', prefix .. last, 'version'))
  if redis.call('HGET', prefix .. last, 'decision') == value and at >= since then return last end
  supersede('A newer decision followed: ' .. value .. '.')
end
local id = sys_id .. '-' .. value .. '-' .. string.format('%d', since)
redis.call('HSET', prefix .. id, 'kind', 'decision', 'decision', value, 'sys_id', sys_id,
  'version', string.format('%d', since), 'status', status, 'attempt', 0, 'created_at', now, 'updated_at', now)
if reason ~= '' then redis.call('HSET', prefix .. id, 'reason', reason) end
redis.call('HSET', change, 'decision', id)
redis.call('ZADD', open, now, id)
redis.call('ZADD', all, now, id)
return id`;

export const RECORD_DEPLOY = `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'kind', 'deploy', 'run_id', ARGV[2], 'request', ARGV[3], 'status', 'pending',
  'attempt', 0, 'created_at', ARGV[4], 'updated_at', ARGV[4])
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[1])
redis.call('ZADD', KEYS[3], ARGV[4], ARGV[1])
return 1`;

// From 'pending', or from an attempt of known number whose lease is over: then the caller has looked first.
export const BEGIN = `
local status = redis.call('HGET', KEYS[1], 'status')
local attempt = redis.call('HGET', KEYS[1], 'attempt')
if attempt ~= ARGV[1] then return false end
if status == 'triggering' and tonumber(redis.call('HGET', KEYS[1], 'lease')) > tonumber(ARGV[2]) then return false end
if status ~= 'pending' and status ~= 'triggering' then return false end
redis.call('HSET', KEYS[1], 'status', 'triggering', 'lease', ARGV[3], 'project', ARGV[4], 'ref', ARGV[5],
  'updated_at', ARGV[2])
return redis.call('HINCRBY', KEYS[1], 'attempt', 1)`;

// Fenced: only the attempt that holds the record may say what became of it.
export const FINISH = `
if redis.call('HGET', KEYS[1], 'attempt') ~= ARGV[1] then return 0 end
local status = redis.call('HGET', KEYS[1], 'status')
if status ~= 'triggering' and status ~= 'pending' then return 0 end
redis.call('HSET', KEYS[1], 'status', ARGV[2], 'updated_at', ARGV[3], unpack(ARGV, 4))
if ARGV[2] ~= 'triggering' then redis.call('HSET', KEYS[1], 'lease', 0) end
return 1`;

export const CLAIM = `
local holder = redis.call('HGET', KEYS[1], 'claimed_by')
if holder and holder ~= ARGV[1] then return holder end
redis.call('HSET', KEYS[1], 'claimed_by', ARGV[1], 'updated_at', ARGV[2])
redis.call('SADD', KEYS[2], ARGV[3])
return ARGV[1]`;

export const RESOLVE = `
if redis.call('HGET', KEYS[1], 'status') ~= 'parked' then return 0 end
redis.call('HSET', KEYS[1], 'status', ARGV[1], 'reason', ARGV[2], 'updated_at', ARGV[3], 'lease', 0, 'resolved', 1)
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[4])
return 1`;

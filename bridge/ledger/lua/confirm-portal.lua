-- Records which versions the portal shows. Long texts of a record are not needed any more: the cut record replaces it.
-- KEYS: changes, owed_sync
-- ARGV: rows...
-- rows: five values a row: sys_id, version, fingerprint of what the portal shows, cut record ('' keeps the record),
--   portal_doubts from before the write ('' where nobody looked).
-- Answer: a word a row: 'confirmed', or 'overtaken' where the portal had shown a newer version already, or was
--   found wrong since the write: what it shows now is unknown.
local answer = {}
for at = 1, #rows, 5 do
  local sys_id, version, fingerprint, cut, doubts = unpack(rows, at, at + 4)
  local change = changes .. sys_id
  local is_doubted = doubts ~= '' and doubts ~= (redis.call('HGET', change, 'portal_doubts') or '0')
  if is_doubted or tonumber(version) < tonumber(redis.call('HGET', change, 'portal_version') or -1) then
    redis.call('HDEL', change, 'portal_hash')
    answer[#answer + 1] = 'overtaken'
  else
    redis.call('HSET', change, 'portal_version', version, 'portal_hash', fingerprint)
    if redis.call('HGET', change, 'version') == version then
      redis.call('ZREM', owed_sync, sys_id)
      if cut ~= '' then
        redis.call('SET', change .. ':record', cut)
        redis.call('HSET', change, 'cut', 1)
      end
    end
    answer[#answer + 1] = 'confirmed'
  end
end
return answer

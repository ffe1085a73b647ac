-- Records which versions the portal shows. Long texts of a record are not needed any more: the cut record replaces it.
-- KEYS: changes, owed_sync
-- ARGV: rows...
-- `rows` are five values a row: sys_id, version, fingerprint of what the portal shows, cut record ('' keeps the record),
--   how often the entity had been found missing or altered before it was written.
-- Answer: a word a row: 'confirmed', or 'overtaken' where the portal had shown a newer version already, or the entity
--   was found missing or altered meanwhile: what it shows now is unknown.
local answer = {}
for at = 1, #rows, 5 do
  local sys_id, version, fingerprint, cut, doubts = unpack(rows, at, at + 4)
  local change = changes .. sys_id
  local kept = redis.call('HMGET', change, 'portal_version', 'portal_doubts', 'version')
  if tonumber(version) < tonumber(kept[1] or -1) or (kept[2] or '0') ~= doubts then
    redis.call('HDEL', change, 'portal_hash')
    answer[#answer + 1] = 'overtaken'
  else
    redis.call('HSET', change, 'portal_version', version, 'portal_hash', fingerprint)
    if kept[3] == version then
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

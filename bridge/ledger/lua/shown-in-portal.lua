-- What the portal was given of many changes.
-- KEYS: changes
-- ARGV: sys_ids...
-- Answer: a fingerprint a change; '' where the portal is not known to show the newest version.
local answer = {}
for at, sys_id in ipairs(sys_ids) do
  local told = redis.call('HMGET', changes .. sys_id, 'version', 'portal_version', 'portal_hash', 'deleted')
  local is_shown = told[1] and told[1] == told[2] and told[4] ~= '1'
  answer[at] = is_shown and told[3] or ''
end
return answer

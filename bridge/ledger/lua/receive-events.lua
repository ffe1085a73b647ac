-- Stores a batch of ServiceNow's events, each with its receipt: what is acknowledged is kept and owed.
-- KEYS: changes, seen, numbers, owed_sync, owed_decision, receipts
-- ARGV: now, keep_seconds, rows...
-- `rows` are twelve values a row: the receipt's present and earlier set, its number, deleted (1 or 0), and the eight of
--   keep-change.lua.
-- Answer: a list a row: whether the delivery was known, whether the portal has to be written, and whether the decision
--   has to be looked at (1 or 0 each).
-- Include: keep-change, delete-change, receipt
local index = {
  changes = changes, seen = seen, numbers = numbers, owed_sync = owed_sync, owed_decision = owed_decision
}
local answer = {}
for at = 1, #rows, 12 do
  local present, before, number, deleted, sys_id, version = unpack(rows, at, at + 5)
  if deleted == '1' then delete_change(index, sys_id, version, rows[at + 7], 'event', now)
  else keep_change(index, {unpack(rows, at + 4, at + 11)}, 'event', now, '0') end
  local known = take_receipt(receipts .. present, receipts .. before, number, keep_seconds)
  local sync = redis.call('ZSCORE', owed_sync, sys_id)
  local decision = redis.call('ZSCORE', owed_decision, sys_id)
  answer[#answer + 1] = {known, sync and 1 or 0, decision and 1 or 0}
end
return answer

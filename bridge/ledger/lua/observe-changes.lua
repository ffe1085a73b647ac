-- Keeps versions of changes: of each change the newest one, and the approval of every version that was seen.
-- KEYS: changes, seen, numbers, owed_sync, owed_decision
-- ARGV: source, now, events_before, rows...
-- `rows` are eight values a row, see keep-change.lua.
-- Answer: a list a row, see keep-change.lua.
-- Include: keep-change
local index = {
  changes = changes, seen = seen, numbers = numbers, owed_sync = owed_sync, owed_decision = owed_decision
}
local answer = {}
for at = 1, #rows, 8 do
  answer[#answer + 1] = keep_change(index, {unpack(rows, at, at + 7)}, source, now, events_before)
end
return answer

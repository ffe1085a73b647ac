-- Keeps one version of a change if it is the newest, and the approval of every version that was seen.
-- `row` has eight values: sys_id, version, approval ('' where it was not told), record (JSON), complete (1 or 0),
-- number ('' where it was not told), watch (1 where the decision on this change has to be looked at), cut (1 where long
-- texts were left out of the record).
-- A read counts more than what only an event told before `events_before` (ms): a higher version, or another approval of
-- the same version.
-- Answers {what became of it: 'stored', 'same', 'stale' or 'contradicted' (what an event had told was dropped);
-- whether the portal is known to show the newest version (1 or 0); whether the decision has to be looked at (1 or 0);
-- the fingerprint of what the portal was given last, or ''; how often its entity was found missing or altered}.

-- An event that is older by more than this (ms) than a newer one may be the true one of the two.
local LATE = 10000

local function read_kept(change)
  local told = redis.call('HMGET', change, 'version', 'deleted', 'complete', 'told_by', 'seen_at', 'portal_version',
    'portal_hash', 'portal_doubts', 'decision', 'first_seen_by')
  return {
    version = tonumber(told[1] or -1), deleted = told[2] == '1', complete = told[3] == '1', told_by = told[4],
    seen_at = tonumber(told[5] or 0), portal_version = tonumber(told[6] or -1), hash = told[7] or '',
    doubts = told[8] or '0', decision = told[9], first_seen_by = told[10]
  }
end

local function says_otherwise(change, row)
  local approval = row[3]
  return approval ~= '' and (redis.call('HGET', change, 'approval:' .. row[2]) or approval) ~= approval
end

-- What was said of this version and of those after it is not true, to the portal neither; nor is a decision on them.
local function correct(change, kept, row)
  local version, approval = tonumber(row[2]), row[3]
  local decided = tonumber(string.match(kept.decision or '', '%-(%d+)$') or -1)
  local is_same = decided == version and says_otherwise(change, row)
  if is_same or decided > version then redis.call('HSET', change, 'undone', kept.decision) end
  for _, field in ipairs(redis.call('HKEYS', change)) do
    local told = tonumber(string.match(field, '^approval:(%d+)$'))
    if told and told >= version then redis.call('HDEL', change, field) end
  end
  if approval ~= '' then redis.call('HSET', change, 'approval:' .. row[2], approval) end
  redis.call('HDEL', change, 'portal_version', 'portal_hash')
  kept.portal_version, kept.hash, kept.doubts = -1, '', redis.call('HINCRBY', change, 'portal_doubts', 1)
end

local function outcome_of(change, kept, row, source, events_before)
  local version, complete = tonumber(row[2]), row[5]
  local is_believed = source ~= 'event' and kept.told_by == 'event' and kept.seen_at < tonumber(events_before)
  if version > kept.version then return 'stored' end
  if version < kept.version then return is_believed and 'contradicted' or 'stale' end
  if is_believed and says_otherwise(change, row) then return 'contradicted' end
  if kept.deleted then return source == 'event' and 'stale' or 'stored' end
  return (complete == '0' or kept.complete) and 'same' or 'stored'
end

-- Either late news, or ServiceNow never had the version that is kept: a read tells.
local function ask_for_read(index, change, sys_id, now)
  redis.call('HSET', change, 'refresh', 1)
  redis.call('ZADD', index.owed_sync, 'NX', now, sys_id)
end

local function store_version(index, change, row, kept, source, now)
  local sys_id, record, complete, number, cut = row[1], row[4], row[5], row[6], row[8]
  redis.call('HSET', change, 'version', row[2], 'complete', complete, 'seen_at', now, 'told_by', source, 'cut', cut,
    'deleted', 0, 'first_seen_by', kept.first_seen_by or source)
  redis.call('SET', change .. ':record', record)
  if complete == '0' then redis.call('HSET', change, 'refresh', 1) end
  redis.call('ZADD', index.seen, now, sys_id)
  redis.call('ZADD', index.owed_sync, 'NX', now, sys_id)
  if number ~= '' then redis.call('HSET', index.numbers, number, sys_id) end
end

local function keep_change(index, row, source, now, events_before)
  local sys_id, version, approval, watch = row[1], tonumber(row[2]), row[3], row[7]
  local change = index.changes .. sys_id
  local kept = read_kept(change)
  local is_news = approval ~= '' and redis.call('HSETNX', change, 'approval:' .. row[2], approval) == 1
  local outcome = outcome_of(change, kept, row, source, events_before)
  if outcome == 'contradicted' then correct(change, kept, row) end
  local is_late = source == 'event' and version < kept.version and tonumber(now) - kept.seen_at > LATE
  if is_late and kept.told_by == 'event' then ask_for_read(index, change, sys_id, now) end
  local is_stored = outcome == 'stored' or outcome == 'contradicted'
  if is_stored then store_version(index, change, row, kept, source, now) end
  if is_news or is_stored then
    redis.call('HINCRBY', change, 'revision', 1)
    if watch == '1' or kept.decision or outcome == 'contradicted' then
      redis.call('ZADD', index.owed_decision, 'NX', now, sys_id)
    end
  end
  local newest = is_stored and version or kept.version
  local is_shown = kept.portal_version == newest and kept.hash ~= '' and kept.hash ~= 'deleted'
  -- Owed since an earlier time, whose wake-up may have been lost: it has to be looked at all the same.
  local is_owed = redis.call('ZSCORE', index.owed_decision, sys_id)
  return {outcome, is_shown and 1 or 0, is_owed and 1 or 0, kept.hash, kept.doubts}
end

-- Whether a delivery was accepted before; remembers it from now on. Receipts are kept in two stretches of time, the
-- present one and the one before it, each a set of numbers.
-- Answers 1 where it was known, else 0.
local function take_receipt(present, before, number, keep_seconds)
  if redis.call('SISMEMBER', before, number) == 1 then return 1 end
  if redis.call('SADD', present, number) == 0 then return 1 end
  if redis.call('SCARD', present) == 1 then redis.call('EXPIRE', present, keep_seconds) end
  return 0
end

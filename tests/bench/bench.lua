-- What the workloads share: the rows of rows.c, made in Lua, and the clock around the measured part.
local moonbase = require 'moonbase'

local bench = {users = 10000, posts_per_user = 10, posts = 100000}

local first_post = 1767225600 -- 2026-01-01 00:00:00 UTC

-- The keyword arguments of the user with this number, counted from 0.
function bench.user(index)
  return {
    username = ('user%05d'):format(index),
    email = ('user%05d@example.com'):format(index),
    password_hash = ('$2b$12$%053d'):format(index),
  }
end

-- Body, timestamp and owner's key of the post with this number, counted from 0.
function bench.post(index)
  local owner = index // bench.posts_per_user % bench.users
  local body = ('Post %07d by user%05d: the moon rose over the quiet harbour before high tide')
    :format(index, owner)
  local t = os.date('!*t', first_post + index * 60)
  return body, moonbase.datetime(t.year, t.month, t.day, t.hour, t.min), owner + 1
end

-- The numbers 1 to count in a shuffled order that is always the same, and the same as rows.c's.
function bench.shuffled(count)
  local order = {}
  for i = 1, count do order[i] = i end
  local state = 42
  for i = count, 2, -1 do
    state = state * 6364136223846793005 + 1442695040888963407
    local other = (state >> 33) % i + 1
    order[i], order[other] = order[other], order[i]
  end
  return order
end

-- Opens the connection and configures the mappers, then leaves a fresh session, so that a workload
-- measures its own work; W11 measures the start.
function bench.fresh_session()
  User.query:limit(1):all()
  Post.query:limit(1):all()
  db.session:remove()
end

-- Runs the work once and prints its seconds.
function bench.measure(work)
  collectgarbage()
  -- The C library sorts what the preparation freed at the next large request: not while measured.
  local _ = ('x'):rep(100000)
  local start = moonbase.clock()
  work()
  print(('%.6f'):format(moonbase.clock() - start))
end

-- Fails unless the work did what it says.
function bench.expect(found, wanted, what)
  if found ~= wanted then
    error(('%s %s, expected %s'):format(tostring(found), what, tostring(wanted)), 2)
  end
end

return bench

-- KiB for each of 100,000 posts: held after the load, then at the peak of W2's whole work.
local bench = require 'bench'

local function process_kib(field)
  local file <close> = assert(io.open '/proc/self/status')
  return tonumber(file:read 'a':match(field .. ':%s+(%d+) kB'))
end

bench.fresh_session()
collectgarbage()
local before = process_kib 'VmRSS'
local posts = Post.query:all()
local held = process_kib 'VmRSS'
local ids, length, owners, last = 0, 0, 0, nil
for _, post in ipairs(posts) do
  ids = ids + post.id
  length = length + #post.body
  last = post.timestamp
  owners = owners + post.user_id
end
print(('%.4f %.4f'):format((held - before) / #posts, (process_kib 'VmHWM' - before) / #posts))
bench.expect(#posts, bench.posts, 'posts')
bench.expect(last.year, 2026, 'is the last year')

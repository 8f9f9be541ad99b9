-- W4 get: 10,000 posts by key in random order, a SELECT each.
local bench = require 'bench'

local lookups = 10000
local ids = bench.shuffled(bench.posts)

bench.fresh_session()
local posts = {}
bench.measure(function()
  for i = 1, lookups do posts[i] = Post.query:get(ids[i]) end
end)
for i = 1, lookups do bench.expect(posts[i].id, ids[i], 'is the key') end

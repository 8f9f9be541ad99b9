-- W5 identity: 100,000 posts by key, in random order, that the session holds already.
local bench = require 'bench'

local ids = bench.shuffled(bench.posts)

bench.fresh_session()
local posts = Post.query:order_by(Post.id):all()
local session = db.session
local found = 0
bench.measure(function()
  for i = 1, bench.posts do
    if session:get(Post, ids[i]) then found = found + 1 end
  end
end)
bench.expect(found, bench.posts, 'posts')
for i = 1, bench.posts, 1000 do
  bench.expect(rawequal(session:get(Post, ids[i]), posts[ids[i]]), true, 'for the object in hand')
end

-- W9 delete: 10,000 posts loaded, each deleted through the session, one commit.
local bench = require 'bench'

bench.fresh_session()
local count = 0
bench.measure(function()
  for _, post in ipairs(Post.query:order_by(Post.id):limit(10000):all()) do
    db.session:delete(post)
    count = count + 1
  end
  db.session:commit()
end)
bench.expect(count, 10000, 'posts')

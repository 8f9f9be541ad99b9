-- W3 columns: two columns of 100,000 rows, without entities.
local bench = require 'bench'

bench.fresh_session()
local count, ids, length = 0, 0, 0
bench.measure(function()
  for _, row in ipairs(db.session:query(Post.id, Post.body):all()) do
    ids = ids + row[1]
    length = length + #row[2]
    count = count + 1
  end
end)
bench.expect(count, bench.posts, 'rows')
bench.expect(ids, bench.posts * (bench.posts + 1) // 2, 'is the sum of the keys')
bench.expect(length > bench.posts, true, 'for bodies that hold something')

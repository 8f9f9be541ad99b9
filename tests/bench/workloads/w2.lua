-- W2 load: all 100,000 posts as entities, and all four attributes of each.
local bench = require 'bench'

bench.fresh_session()
local count, ids, length, owners, last = 0, 0, 0, 0, nil
bench.measure(function()
  for _, post in ipairs(Post.query:all()) do
    ids = ids + post.id
    length = length + #post.body
    last = post.timestamp
    owners = owners + post.user_id
    count = count + 1
  end
end)
bench.expect(count, bench.posts, 'posts')
bench.expect(ids, bench.posts * (bench.posts + 1) // 2, 'is the sum of the keys')
bench.expect(owners, bench.posts * (bench.users + 1) // 2, 'is the sum of the owners')
bench.expect(last.year, 2026, 'is the last year')
bench.expect(length > bench.posts, true, 'for bodies that hold something')

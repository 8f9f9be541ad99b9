-- W12 bulk: 1,000,000 rows, in memory as positional tables, into post.
local bench = require 'bench'

local rows = {}
for i = 1, 1000000 do rows[i] = {bench.post(i - 1)} end

bench.fresh_session()
bench.measure(function()
  db.session:bulk_insert(Post, rows, {'body', 'timestamp', 'user_id'})
  db.session:commit()
end)

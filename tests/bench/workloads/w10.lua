-- W10 filter: 10,000 users by name in random order, a SELECT each.
local bench = require 'bench'

local ids = bench.shuffled(bench.users)
local names = {}
for i, id in ipairs(ids) do names[i] = bench.user(id - 1).username end

bench.fresh_session()
local users = {}
bench.measure(function()
  for i = 1, #names do users[i] = User.query:filter_by{username = names[i]}:first() end
end)
for i, id in ipairs(ids) do bench.expect(users[i].id, id, 'is the key') end

-- Five million rows in loops that read them in batches: the process stays small.
moonbase = require 'moonbase'
app = moonbase.App 'streaming'
app.config:update{DATABASE_URI = 'sqlite:///streaming.db'}
db = moonbase.Database(app)
session = db.session
Item = db.Model 'Item' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(20)},
}
db.create_all()
ROWS = 5000000
session:execute(db.text [[
  with recursive n(i) as (select 1 union all select i + 1 from n where i < :rows)
  insert into item select i, 'item ' || i from n]], {rows = ROWS})
session:commit()
function peak()
  local file <close> = assert(io.open '/proc/self/status')
  return tonumber(file:read 'a':match 'VmHWM:%s+(%d+) kB') // 1024
end
function report(what, start)
  if os.getenv 'MOONBASE_FIGURES' then
    io.stderr:write(('%-28s %5.1f s, peak %d MiB\n'):format(what, moonbase.clock() - start, peak()))
  end
end
-- Goes over all rows; `each` may look at one.
function go(what, rows, each)
  local start, n, sum = moonbase.clock(), 0, 0
  for x in rows do
    n, sum = n + 1, sum + x.id
    if each then each(x, n) end
  end
  report(what, start)
  print(what, n == ROWS, sum == ROWS * (ROWS + 1) // 2, peak() < 64 or peak())
end
go('columns', session:query(Item.id, Item.name):yield_per(1000))
go('columns by execute', session:execute(db.select(Item.id, Item.name):execution_options{yield_per = 1000}))
--> columns	true	true	true
--> columns by execute	true	true	true
go('objects', Item.query:yield_per(1000))
--> objects	true	true	true
-- Some are kept, some are changed; a commit every 100,000 rows.
kept = {}
go('objects with commits', Item.query:yield_per(1000), function(item, n)
  if n % 50000 == 0 then
    kept[#kept + 1] = item
    item.name = 'seen'
  end
  if n % 100000 == 0 then session:commit() end
end)
print(#kept, kept[7].name, rawequal(session:get(Item, 350000), kept[7]), Item.query:filter_by{name = 'seen'}:count())
--> objects with commits	true	true	true
--> 100	seen	true	100
-- Pages by a cursor cost the same everywhere.
function seconds(cursor)
  local start = moonbase.clock()
  for i = 1, 200 do Item.query:order_by(Item.id):paginate{per_page = 20, after = cursor} end
  return (moonbase.clock() - start) / 200
end
first = seconds ''
last = Item.query:order_by(Item.id):paginate{per_page = 20, before = ''}
last = seconds(last:prev():prev().next_cursor)
if os.getenv 'MOONBASE_FIGURES' then
  io.stderr:write(('page 1: %.0f µs, page 249,998: %.0f µs\n'):format(first * 1e6, last * 1e6))
end
print(last < first * 20)
--> true

-- Questions of every shape: common table expressions, groups, unions, subqueries, lists of values, pages, locks, arrays.
moonbase = require 'moonbase'
app = moonbase.App 'questions'
app.config:update{DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
db = moonbase.Database(app)
s = db.session
Cat = db.Model 'Cat' {
  id = db.Column{db.Integer, primary_key = true}, name = db.Column{db.String(20)},
  parent_id = db.Column{db.Integer, db.ForeignKey 'cat.id'},
  kids = db.relationship{'Cat', backref = db.backref{'parent', remote_side = 'Cat.id'}, order_by = 'Cat.id'},
  items = db.relationship{'Item', backref = 'cat', lazy = 'dynamic', order_by = 'Item.id'},
}
Item = db.Model 'Item' {
  id = db.Column{db.Integer, primary_key = true}, name = db.Column{db.String(20)}, price = db.Column{db.Numeric(8, 2)},
  qty = db.Column{db.Integer}, cat_id = db.Column{db.Integer, db.ForeignKey 'cat.id'}, at = db.Column{db.DateTime},
  tags = db.Column{db.ARRAY(db.String(10)):with_variant(db.JSON, 'sqlite')},
}
Item.total = db.hybrid_property(function(self) return self.price * self.qty end)
db.create_all()
root = Cat{name = 'root'}
for i = 1, 3 do
  local kid = Cat{name = 'k' .. i, parent = root}
  for j = 1, i do Cat{name = ('k%d%d'):format(i, j), parent = kid} end
end
s:add(root)
s:commit()
local cats = Cat.query:order_by(Cat.id):all()
for i = 1, 40 do
  local at = moonbase.datetime(2026, 1 + i % 12, 1 + i % 28, i % 24)
  s:add(Item{name = 'i' .. i, price = moonbase.decimal(i .. '.25'), qty = i % 6, cat = cats[i % #cats + 1], at = at,
             tags = {'a' .. i % 3, 'b'}})
end
s:commit()
-- A value, a row as {…}.
function show(v)
  local is_row = type(v) == 'table' and v ~= db.null or type(v) == 'userdata' and tostring(v):find '^%('
  if not is_row then return tostring(v) end
  local cells = {}
  for i = 1, #v do cells[i] = show(v[i]) end
  return '{' .. table.concat(cells, ',') .. '}'
end
function Cat:__repr__() return self.name end
function Item:__repr__() return self.name end
function try(name, f)
  local r = f()
  local is_list = type(r) ~= 'number' and type(r) ~= 'string' and pcall(function() return #r end) and not tostring(r):find '^%('
  if is_list then
    local items = {}
    for i = 1, #r do items[i] = show(r[i]) end
    return print(name, table.concat(items, ' '))
  end
  print(name, show(r))
end
F = db.func
try('rec cte', function()
  local c = db.select(Cat.id, Cat.name, db.literal(0):label 'depth'):where(Cat.parent_id == nil):cte{'tree', recursive = true} c = c:union_all(db.select(Cat.id, Cat.name, c.c.depth + 1):join(c, Cat.parent_id == c.c.id))
  return s:execute(db.select(c.c.name, c.c.depth):order_by(c.c.depth, c.c.id)):all()
end)
--> rec cte	{root,0} {k1,1} {k2,1} {k3,1} {k11,2} {k21,2} {k22,2} {k31,2} {k32,2} {k33,2}
try('rec path', function()
  local c = db.select(Cat.id, db.cast(Cat.name, db.Text):label 'path'):where(Cat.parent_id == nil):cte{'tree', recursive = true} c = c:union_all(db.select(Cat.id, c.c.path .. '/' .. Cat.name):join(c, Cat.parent_id == c.c.id))
  return s:execute(db.select(c.c.path):order_by(c.c.path)):all()
end)
--> rec path	{root} {root/k1} {root/k1/k11} {root/k2} {root/k2/k21} {root/k2/k22} {root/k3} {root/k3/k31} {root/k3/k32} {root/k3/k33}
try('cte agg', function()
  local c = db.select(Item.cat_id, F.sum(Item.qty):label 'n'):group_by(Item.cat_id):cte 'sums'
  return s:execute(db.select(Cat.name, c.c.n):join(c, c.c.cat_id == Cat.id):order_by(Cat.id)):all()
end)
--> cte agg	{root,10} {k1,10} {k2,8} {k3,12} {k11,10} {k21,14} {k22,6} {k31,10} {k32,8} {k33,12}
try('cte dml', function()
  local c = db.select(Item.id):where(Item.qty == 0):cte 'gone'
  local n = s:execute(db.delete(Item):where(Item.id:in_(db.select(c.c.id)))).rowcount s:rollback()
  return n
end)
--> cte dml	6
try('cte ins', function()
  local c = db.select(Cat.name):where(Cat.id < 3):cte 'src'
  local n = s:execute(db.insert(Item):from_select({'name'}, db.select(c.c.name))).rowcount s:rollback()
  return n
end)
--> cte ins	2
try('hybrid', function()
  return s:execute(db.select(Item.name, Item.total):where(Item.total > 100):order_by(Item.total:desc()):limit(3)):all()
end)
--> hybrid	{i35,176.25} {i40,161.00} {i29,146.25}
try('group hav', function()
  return
  s:execute(db.select(Cat.name, F.count(Item.id), F.sum(Item.total)):join(Item, Item.cat_id == Cat.id):group_by(Cat.id, Cat.name):having(F.count(Item.id) > 3):order_by(Cat.id)):all()
end)
--> group hav	{root,4,242.50} {k1,4,152.50} {k2,4,158.00} {k3,4,239.00} {k11,4,182.50} {k21,4,273.50} {k22,4,117.50} {k31,4,212.50} {k32,4,206.00} {k33,4,311.00}
try('group by label', function()
  return s:execute(db.select((Item.qty % 2):label 'odd', F.count()):group_by 'odd':order_by 'odd'):all()
end)
--> group by label	{0,20} {1,20}
try('order label expr', function()
  return s:execute(db.select(Item.name, (Item.qty * 2):label 'q'):order_by(db.desc 'q', Item.id):limit(4)):all()
end)
--> order label expr	{i5,10} {i11,10} {i17,10} {i23,10}
try('distinct order', function()
  return s:execute(db.select(Item.qty):distinct():order_by(Item.qty:desc())):all()
end)
--> distinct order	{5} {4} {3} {2} {1} {0}
try('exists', function() return Cat.query:filter(Cat.items:any(Item.qty == 5)):order_by(Cat.id):all() end)
--> exists	k1 k3 k21 k31 k33
try('has2', function() return Item.query:filter(Item.cat:has{name = 'k1'}):count() end)
--> has2	4
try('self any2', function() return Cat.query:filter(Cat.kids:any{name = 'k11'}):all() end)
--> self any2	k1
try('dynamic', function()
  return Cat.query:filter_by{name = 'k1'}:one().items:filter(Item.qty > 1):order_by(Item.id):all()
end)
--> dynamic	i11 i21
try('dyn count', function() return root.items:count() end)
--> dyn count	4
try('intersect', function()
  return s:query(Item.qty):filter(Item.id < 10):intersect(s:query(Item.qty):filter(Item.id > 35)):order_by(Item.qty):all()
end)
--> intersect	{0} {1} {2} {3} {4}
try('except', function()
  return s:query(Item.qty):filter(Item.id < 10):except_(s:query(Item.qty):filter(Item.id > 38)):order_by(Item.qty):all()
end)
--> except	{0} {1} {2} {5}
try('union obj', function()
  return Item.query:filter(Item.id < 3):union(Item.query:filter(Item.id == 7)):order_by(Item.id):all()
end)
--> union obj	i1 i2 i7
try('union limit', function()
  return
  s:execute(db.union_all(db.select(Item.name):order_by(Item.id):limit(2), db.select(Cat.name):order_by(Cat.id):limit(2))):all()
end)
--> union limit	{i1} {i2} {root} {k1}
try('union lit', function()
  return s:execute(db.union_all(db.select(db.literal(1):label 'a'), db.select(db.literal(2):label 'a')):order_by 'a'):all()
end)
--> union lit	{1} {2}
try('sub scalar', function()
  return
  s:execute(db.select(Cat.name, db.select(F.max(Item.price)):where(Item.cat_id == Cat.id):scalar_subquery():label 'm'):order_by(Cat.id):limit(3)):all()
end)
--> sub scalar	{root,40.25} {k1,31.25} {k2,32.25}
try('in sub', function()
  return Item.query:filter(Item.cat_id:in_(db.select(Cat.id):where(Cat.name:like 'k1%'))):count()
end)
--> in sub	8
try('not in sub null', function()
  return Cat.query:filter(Cat.id:not_in(db.select(Cat.parent_id))):count()
end)
--> not in sub null	0
try('tuple', function()
  return Item.query:filter(db.tuple_(Item.qty, Item.id):in_{{1, 1}, {2, 8}}):order_by(Item.id):all()
end)
--> tuple	i1 i8
try('tuple sub', function()
  return Item.query:filter(db.tuple_(Item.cat_id, Item.price):in_(db.select(Item.cat_id, F.max(Item.price)):group_by(Item.cat_id))):order_by(Item.id):all()
end)
--> tuple sub	i31 i32 i33 i34 i35 i36 i37 i38 i39 i40
try('win sub', function()
  local q = db.select(Item.name, F.row_number():over{partition_by = Item.qty, order_by = Item.price:desc()}:label 'rn', Item.qty):subquery()
  return s:execute(db.select(q.c.name):where(q.c.rn == 1):order_by(q.c.qty)):all()
end)
--> win sub	{i36} {i37} {i38} {i39} {i40} {i35}
try('filter agg', function()
  return s:execute(db.select(F.count(Item.id):filter(Item.qty > 3), F.sum(Item.price):filter(Item.qty == 99))):one()
end)
--> filter agg	{13,null}
try('agg empty', function()
  return s:execute(db.select(F.sum(Item.qty), F.count(), F.max(Item.at)):where(Item.id < 0)):one()
end)
--> agg empty	{null,0,null}
try('str agg', function()
  return s:execute(db.select(F.aggregate_strings(Cat.name, ',')):where(Cat.id < 3)):scalar()
end)
--> str agg	root,k1
try('case group lbl', function()
  return s:execute(db.select(db.case{{Item.qty > 3, 'many'}, else_ = 'few'}:label 'c', F.count()):group_by 'c':order_by 'c'):all()
end)
--> case group lbl	{few,27} {many,13}
try('extract group', function()
  return
  s:execute(db.select(db.extract('month', Item.at):label 'm', F.count()):group_by(db.extract('month', Item.at)):order_by 'm'):all()
end)
--> extract group	{1,3} {2,4} {3,4} {4,4} {5,4} {6,3} {7,3} {8,3} {9,3} {10,3} {11,3} {12,3}
try('tags', function() return Item.query:first().tags end)
--> tags	a1 b
try('tags edit', function()
  local i = s:get(Item, 5) i.tags[3] = 'new' s:commit() return s:get(Item, 5).tags
end)
--> tags edit	a2 b new
try('tags null', function() local i = s:get(Item, 6) i.tags = db.null s:commit() return i.tags end)
--> tags null	nil
try('tags empty', function() local i = s:get(Item, 6) i.tags = db.array{} s:commit() return i.tags end)
--> tags empty
try('tags with null', function()
  local i = s:get(Item, 6) i.tags = {'x', db.null, 'z'} s:commit() return i.tags
end)
--> tags with null	x null z
try('tags odd', function()
  local i = s:get(Item, 6) i.tags = {'a"b', 'c,d', '{e}', '', 'NULL', '\\', 'f g'} s:commit() s:expunge_all()
  return s:get(Item, 6).tags
end)
--> tags odd	a"b c,d {e}  NULL \ f g
try('paginate', function()
  local p = Item.query:order_by(Item.id):paginate{page = 3, per_page = 7}
  return {p.total, p.pages, #p.items, p.items[1].name}
end)
--> paginate	40 6 7 i15
try('paginate agg', function()
  local p = s:query(Item.cat_id, F.count(Item.id)):group_by(Item.cat_id):order_by(Item.cat_id):paginate{page = 2, per_page = 3}
  return {p.total, p.pages, #p.items}
end)
--> paginate agg	10 4 3
try('paginate join', function()
  local p = Cat.query:join(Item, Item.cat_id == Cat.id):distinct():order_by(Cat.id):paginate{page = 1, per_page = 3}
  return {p.total, p.pages, #p.items}
end)
--> paginate join	10 4 3
try('count distinct', function() return Cat.query:join(Item, Item.cat_id == Cat.id):distinct():count() end)
--> count distinct	10
try('count limit', function() return Item.query:limit(5):count() end)
--> count limit	5
try('offset only', function() return #Item.query:order_by(Item.id):offset(35):all() end)
--> offset only	5
try('slice', function() return Item.query:order_by(Item.id):slice(3, 6):all() end)
--> slice	i3 i4 i5 i6
try('for update', function() return Item.query:with_for_update():filter_by{id = 1}:one().name end)
--> for update	i1
try('for update skip', function()
  return Item.query:with_for_update{skip_locked = true}:order_by(Item.id):limit(2):all()
end)
--> for update skip	i1 i2
try('for update of', function()
  return #Item.query:join(Item.cat):with_for_update{of = Item}:limit(2):all()
end)
--> for update of	2
try('joined kids', function()
  return #Cat.query:options(db.joinedload(Cat.kids):joinedload(Cat.kids)):filter_by{name = 'root'}:one().kids[3].kids
end)
--> joined kids	3
try('selectin kids', function()
  return #Cat.query:options(db.selectinload{Cat.kids, recursion_depth = 3}):filter_by{name = 'root'}:one().kids[3].kids
end)
--> selectin kids	3
try('subquery kids', function()
  return #Cat.query:options(db.subqueryload(Cat.kids)):order_by(Cat.id):limit(2):all()[1].kids
end)
--> subquery kids	3
try('joined limit', function()
  return #Cat.query:options(db.joinedload(Cat.kids)):order_by(Cat.id):limit(2):all()[1].kids
end)
--> joined limit	3
try('values', function()
  local v = db.values{db.column('a', db.Integer), db.column('b', db.String), name = 'v'}:data{{1, 'x'}, {2, 'y'}}
  return s:execute(db.select(v.c.a, v.c.b):order_by(v.c.a)):all()
end)
--> values	{1,x} {2,y}
try('values join', function()
  local v = db.values{db.column('a', db.Integer), db.column('b', db.Numeric(8, 2)), name = 'v'}:data{{1, moonbase.decimal '1.5'}, {2, moonbase.decimal '2.5'}}
  return s:execute(db.select(Item.name, v.c.b):join(v, v.c.a == Item.id):order_by(v.c.a)):all()
end)
--> values join	{i1,1.50} {i2,2.50}
try('values date', function()
  local v = db.values{db.column('a', db.Date), name = 'v'}:data{{moonbase.date(2026, 1, 1)}}
  return s:execute(db.select(v.c.a)):all()
end)
--> values date	{2026-01-01}
try('text cols', function()
  return
  s:execute(db.text 'select id, price, at from item where id = :i':columns{id = db.Integer, price = db.Numeric(8, 2), at = db.DateTime}, {i = 3}):one()
end)
--> text cols	{3,3.25,2026-04-04 03:00:00}
try('from_statement', function()
  return s:scalars(db.select(Item):from_statement(db.text 'select * from item where id < 3 order by id')):all()
end)
--> from_statement	i1 i2
try('in empty', function() return Item.query:filter(Item.id:in_{}):count() end)
--> in empty	0
try('in big', function()
  local t = {} for i = 1, 3000 do t[i] = i end return Item.query:filter(Item.id:in_(t)):count()
end)
--> in big	40
try('like esc', function() return Item.query:filter(Item.name:contains('%', {autoescape = true})):count() end)
--> like esc	0
try('bool lit', function() return Item.query:filter(db.true_()):count() end)
--> bool lit	40
try('or empty', function() return Item.query:filter(db.or_(Item.id == 1, db.false_())):count() end)
--> or empty	1
try('bool col', function() return s:execute(db.select(Item.qty > 3):where(Item.id == 4)):scalar() end)
--> bool col	true
try('not exists', function() return Cat.query:filter(~Cat.items:any()):count() end)
--> not exists	0
try('get many', function()
  return s:query(Item):filter(Item.id:in_{3, 1, 2}):order_by(Item.id:desc()):all()
end)
--> get many	i3 i2 i1
try('bulk upd map', function()
  return s:bulk_update_mappings(Item, {{id = 1, price = moonbase.decimal '9.99', at = moonbase.datetime(2026, 5, 5)}, {id = 2, price = db.null, at = db.null}})
end)
--> bulk upd map	2
try('bulk chk', function()
  s:expire_all()
  return {s:get(Item, 1).price, s:get(Item, 1).at, s:get(Item, 2).price or 'nil', s:get(Item, 2).at or 'nil'}
end)
--> bulk chk	9.99 2026-05-05 00:00:00 nil nil

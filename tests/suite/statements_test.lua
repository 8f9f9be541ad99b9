-- Queries, paging, streams and statements that write, on every database.
app = moonbase.App 'statements'
app.config:update{DATABASE_URI = fresh_database()}
db = moonbase.Database(app)
session = db.session
Word = db.Model 'Word' {
  id = db.Column{db.Integer, primary_key = true, autoincrement = false},
  text = db.Column{db.String(20), unique = true},
  grade = db.Column{db.Integer},
  good = db.Column{db.Boolean},
  day = db.Column{db.Date},
  price = db.Column{db.Numeric(8, 2)},
}
function Word:__repr__() return self.text end
db.create_all()
for i = 1, 30 do
  session:add(Word{id = i, text = ('w%02d'):format(i), grade = i % 4 > 0 and i % 4 or nil, good = i % 3 == 0,
                   day = i % 5 > 0 and moonbase.date(2026, 1, i) or nil, price = moonbase.decimal(i) / 4})
end
session:commit()
function list(rows) local out = {} for _, r in ipairs(rows) do out[#out + 1] = tostring(r) end return table.concat(out, ' ') end

-- --- asking ---------------------------------------------------------------------------------------------
print(list(Word.query:filter(Word.grade == nil and Word.good):order_by(Word.id):all()))
print(list(Word.query:filter(Word.id:in_{3, 1, 2}, Word.grade ~= 2):order_by(Word.id:desc()):all()), Word.query:filter(Word.id:in_{}):count())
print(list(Word.query:filter(Word.price:between(1, 2) or not (Word.id < 30)):order_by(Word.id):all()))
print(list(session:query(Word.grade, db.func.count(), db.func.sum(Word.price)):group_by(Word.grade):having(db.func.count() > 7)
  :order_by(Word.grade:nulls_first()):all()))
--> w12 w24
--> w03 w01	0
--> w04 w05 w06 w07 w08 w30
--> (1, 8, 30.00) (2, 8, 32.00)
print(list(Word.query:order_by(Word.grade:desc():nulls_last(), Word.id):limit(3):offset(1):all()), list(Word.query:order_by(Word.day:nulls_first(), Word.id):limit(2):all()))
print(list(session:query(Word.grade):filter(Word.grade ~= nil):distinct():order_by(Word.grade):all()))
print(list(session:query(Word.text, db.func.row_number():over{order_by = Word.price:desc()}):order_by(Word.id):limit(2):all()))
--> w07 w11 w15	w05 w10
--> (1,) (2,) (3,)
--> ('w01', 30) ('w02', 29)
low, high = Word.query:filter(Word.id < 3), Word.query:filter(Word.id > 29)
print(list(low:union(high):order_by(Word.id):all()), Word.query:filter(Word.id < 9):except_(Word.query:filter(Word.id > 2)):count())
other = db.aliased(Word, 'other')
print(session:query(Word, other):join(other, other.id == Word.id + 1):filter(Word.id == 4):one())
s = session:query(Word.grade:label 'g', db.func.max(Word.id):label 'm'):group_by(Word.grade):subquery()
print(list(Word.query:join(s, Word.id == s.c.m):order_by(Word.id):all()), Word.query:filter(Word.id == db.select(db.func.max(Word.id)):scalar_subquery()):one())
c = db.select(Word.id):where(Word.id == 1):cte{'c', recursive = true}
c = c:union_all(db.select(c.c.id * 2):where(c.c.id < 20))
print(list(session:execute(db.select(c.c.id):order_by(c.c.id)):scalars():all()))
--> w01 w02 w30	2
--> (w04, w05)
--> w27 w28 w29 w30	w30
--> 1 2 4 8 16 32
print(Word.query:get(3), session:query(db.exists(Word.id == 3)):scalar(), Word.query:filter_by{text = 'no'}:first())
print(pcall(function() return Word.query:filter(Word.id < 3):one() end))
print(select(2, pcall(function() return Word.query:filter(Word.id > 99):one() end)).kind)
--> w03	true	nil
--> false	MultipleResultsFound: one(): more than one row was found for Word
-->   filter further, or take the first of them with first()
--> NoResultFound

-- --- pages ----------------------------------------------------------------------------------------------
page = Word.query:order_by(Word.id):paginate{page = 2, per_page = 12}
print(page.total, page.pages, page.has_next, page.items[1], #page.items, page.next_num)
-- By cursor through an order with NULLs, booleans and dates in it: every row once, both ways.
function walk(query)
  local all, seen, token = list(query:all()), {}, ''
  repeat
    local p = query:paginate{per_page = 7, after = token}
    for _, w in ipairs(p.items) do seen[#seen + 1] = w end
    token = p.next_cursor
  until not token
  local back, token = {}, ''
  repeat
    local p = query:paginate{per_page = 4, before = token}
    for i = #p.items, 1, -1 do table.insert(back, 1, p.items[i]) end
    token = p.prev_cursor
  until not token
  return list(seen) == all, list(back) == all
end
print(walk(Word.query:order_by(Word.id)))
print(walk(Word.query:order_by(Word.grade, Word.id)))
print(walk(Word.query:order_by(Word.grade:desc(), Word.id)))
print(walk(Word.query:order_by(Word.good, Word.id:desc())))
print(walk(Word.query:order_by(Word.day:desc(), Word.id)))
print(walk(Word.query:order_by(Word.day:nulls_last(), Word.grade:nulls_first(), Word.id)))
print(walk(Word.query:order_by(Word.price:desc())))
print(walk(Word.query:order_by(Word.text)))
--> 30	3	true	w13	12	3
--> true	true
--> true	true
--> true	true
--> true	true
--> true	true
--> true	true
--> true	true
--> true	true

-- --- streams --------------------------------------------------------------------------------------------
n = 0
for w in Word.query:order_by(Word.id):yield_per(4) do
  n = n + w.id
  if w.id == 10 then session:commit() end
  if w.id == 20 then print(Word.query:count()) end
end
print(n)
for w in Word.query:order_by(Word.id):yield_per(4) do if w.id == 6 then break end end
sizes = {}
for part in session:execute(db.select(Word.id):order_by(Word.id)):partitions(12) do sizes[#sizes + 1] = #part end
print(table.concat(sizes, ' '), Word.query:count())
--> 30
--> 465
--> 12 12 6	30

-- --- INSERT, UPDATE, DELETE -----------------------------------------------------------------------------
print(session:execute(db.insert(Word):values{id = 31, text = 'new'}:returning(Word.id, Word.text)):one())
print(session:execute(db.insert(Word), {{id = 32, text = 'n2'}, {id = 33, text = 'n3'}}).rowcount)
print(list(session:scalars(db.update(Word):where(Word.id > 31):values{grade = Word.id * 2}:returning(Word.grade)):all()))
w = session:get(Word, 31)
print(Word.query:filter(Word.id == 31):update{text = 'changed', grade = nil}, w.text, w.grade)
print(session:execute(db.delete(Word):where(Word.id >= 32)).rowcount, Word.query:filter(Word.id == 31):delete(), Word.query:count())
session:rollback()
--> (31, 'new')
--> 2
--> 64 66
--> 1	changed	nil
--> 2	1	30
insert = db.insert(Word):values{id = 40, text = 'w01', grade = 9}
print(session:execute(insert:on_conflict_do_nothing()).rowcount)
print(session:execute(insert:on_conflict_do_update{index_elements = {'text'}, set_ = {grade = insert.excluded.grade}}).rowcount, session:scalar(db.select(Word.grade):where(Word.text == 'w01')))
session:rollback()
print(session:execute(db.insert(Word):from_select({'id', 'text'}, db.select(Word.id + 100, Word.text .. 'x'):where(Word.id < 4))).rowcount)
print(session:bulk_insert(Word, {{id = 201, text = 'b1', good = false}, {id = 202, text = 'b2', good = true}}), session:get(Word, 202).good)
session:rollback()
print(Word.query:count())
--> 0
--> 1	9
--> 3
--> 2	true
--> 30

-- --- text and errors ------------------------------------------------------------------------------------
print(session:execute(db.text 'SELECT id, text FROM word WHERE id > :low AND text LIKE :p ORDER BY id', {low = 28, p = 'w%'}):all()[2])
print(session:execute(db.text 'UPDATE word SET grade = 1 WHERE id < :n', {n = 4}).rowcount)
session:rollback()
function kind(f) local ok, e = pcall(f) session:rollback() return ok and 'done' or e.kind end
print(kind(function() session:execute(db.text 'SELECT :a', {}) end), kind(function() session:execute(db.text '') end))
print(kind(function() session:execute(db.insert(Word):values{id = 1}) end), kind(function() Word.query:filter(Word.nothing == 1) end))
print(Word.query:count())
--> (30, 'w30')
--> 3
--> StatementError	ProgrammingError
--> IntegrityError	AttributeError
--> 30
session:rollback()

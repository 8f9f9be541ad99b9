-- Pages: by number, as in Flask-SQLAlchemy 3, and by a cursor.
require 'people'
moonbase.record_queries(true)
function sent()
  for _, q in ipairs(db.get_recorded_queries()) do
    if q.statement:match '^SELECT' then print((q.statement:gsub('%s+', ' ')), table.concat(q.parameters, ',')) end
  end
  db.clear_recorded_queries()
end
Word = db.Model 'Word' {
  id = db.Column{db.Integer, primary_key = true},
  text = db.Column{db.String(20), nullable = false},
  weight = db.Column{db.Integer},
  grade = db.Column{db.Integer, nullable = false},
}
function Word:__repr__() return '<' .. self.text .. '>' end
db.create_all()
db.session:bulk_insert(Word, coroutine.wrap(function()
  for i = 1, 25 do
    coroutine.yield{text = ('w%02d'):format(i), weight = i % 5 == 0 and db.null or i % 3, grade = i % 4}
  end
end))
db.session:commit()
words = Word.query:order_by(Word.id)

-- --- a page ---
p = words:paginate{page = 2, per_page = 10}
print(p, #p.items, p.page, p.per_page, p.total, p.pages)
print(p.has_prev, p.has_next, p.prev_num, p.next_num, p.first, p.last)
sent()
--> <Pagination, page 2 of 3, 10 items of 25>	10	2	10	25	3
--> true	true	1	3	11	20
--> SELECT word.id AS word_id, word.text AS word_text, word.weight AS word_weight, word.grade AS word_grade FROM word ORDER BY word.id LIMIT ? OFFSET ?	10,10
--> SELECT count(*) AS count_1 FROM word
p = words:paginate{page = 3, per_page = 10}
print(p, p.has_next, p.next_num, p.first, p.last)
--> <Pagination, page 3 of 3, 5 items of 25>	false	nil	21	25
p = words:paginate()
print(p, p.page, p.per_page, p.has_prev, p.prev_num)
--> <Pagination, page 1 of 2, 20 items of 25>	1	20	false	nil
-- items: a loop, a nested loop, positions, ipairs
p = words:paginate{per_page = 3}
for w in p do print(w) end
out = {}
for a in p do for b in p do out[#out + 1] = a.id .. b.id end end
print(table.concat(out, ' '), p[1], #p)
for w in p:iter() do if w.id == 2 then break end end
show(p.items)
for i, w in ipairs(p) do print(i, w) end
--> <w01>
--> <w02>
--> <w03>
--> 11 12 13 21 22 23 31 32 33	<w01>	3
--> {<w01>, <w02>, <w03>}
--> 1	<w01>
--> 2	<w02>
--> 3	<w03>
-- neighbours count nothing
db.clear_recorded_queries()
q = p:next()
print(q, q:next():prev().page, q.total, q:prev().page)
sent()
--> <Pagination, page 2 of 9, 3 items of 25>	2	25	1
--> SELECT word.id AS word_id, word.text AS word_text, word.weight AS word_weight, word.grade AS word_grade FROM word ORDER BY word.id LIMIT ? OFFSET ?	3,3
--> SELECT word.id AS word_id, word.text AS word_text, word.weight AS word_weight, word.grade AS word_grade FROM word ORDER BY word.id LIMIT ? OFFSET ?	3,6
--> SELECT word.id AS word_id, word.text AS word_text, word.weight AS word_weight, word.grade AS word_grade FROM word ORDER BY word.id LIMIT ? OFFSET ?	3,3
--> SELECT word.id AS word_id, word.text AS word_text, word.weight AS word_weight, word.grade AS word_grade FROM word ORDER BY word.id LIMIT ? OFFSET ?	3,0
print(p:prev().page, #words:paginate{page = 9, per_page = 3}:next().items)
--> 1	0
words:paginate{page = 9, per_page = 3}:next{error_out = true}
--! NotFound: there is no page 10
--!   With error_out = false the page is empty instead.
db.clear_recorded_queries()
p = words:paginate{page = 2, per_page = 10, count = false}
print(p, p.total, p.pages, p.has_next, p.has_prev)
sent()
--> <Pagination, page 2, 10 items>	nil	0	false	true
--> SELECT word.id AS word_id, word.text AS word_text, word.weight AS word_weight, word.grade AS word_grade FROM word ORDER BY word.id LIMIT ? OFFSET ?	10,10
-- --- errors, and error_out = false ---
words:paginate{page = 0}
--! NotFound: there is no page: page is 0, and counts from 1
words:paginate{page = -1}
--! NotFound: there is no page: page is -1, and counts from 1
words:paginate{per_page = 0}
--! NotFound: there is no page: per_page is 0, and counts from 1
words:paginate{page = 4, per_page = 10}
--! NotFound: there is no page 4
--!   With error_out = false the page is empty instead.
p = words:paginate{page = 0, per_page = -1, error_out = false}
print(p.page, p.per_page, #p.items)
p = words:paginate{page = 4, per_page = 10, error_out = false}
print(p, #p.items, p.first, p.last, p.has_next, p.has_prev)
p = Word.query:filter(Word.id:lt(0)):paginate()
print(p, p.pages, p.first, p.last, p.has_next, p.has_prev, p.total)
--> 1	20	20
--> <Pagination, page 4 of 3, 0 items of 25>	0	0	0	false	true
--> <Pagination, page 1 of 0, 0 items of 0>	0	0	0	false	false	0
print(words:paginate{per_page = 500}.per_page, words:paginate{per_page = 500, max_per_page = false}.per_page)
print(words:paginate{per_page = 500, max_per_page = db.null}.per_page, words:paginate{per_page = 5, max_per_page = 3}.per_page)
--> 100	500
--> 100	3
words:paginate{pages = 2}
--! TypeError: paginate has no option 'pages'
--!   There are page, per_page, max_per_page, error_out, count, after and before.
words:paginate{page = 'x'}
--! TypeError: paginate: page is a whole number, got x
words:paginate{page = 1.5}
--! TypeError: paginate: page is a whole number, got 1.5
words:paginate(2)
--! TypeError: paginate takes its options in braces
--!   query:paginate{page = 2, per_page = 20}
print(p.itmes)
--! AttributeError: Pagination has no attribute 'itmes'; did you mean 'items'?
-- --- iter_pages ---
function pages(total, page, options)
  local p = Word.query:order_by(Word.id):paginate{per_page = 1, count = false}
  p.total, p.page = total, page
  local out = {}
  for n in p:iter_pages(options) do out[#out + 1] = n and tostring(n) or '…' end
  print(table.concat(out, ' '))
end
pages(20, 7)
pages(20, 1)
pages(20, 10)
pages(20, 20)
pages(5, 1)
pages(1, 1)
pages(0, 1)
pages(20, 7, {left_edge = 0, right_edge = 0, left_current = 1, right_current = 1})
pages(20, 7, {left_edge = 3, left_current = 0, right_current = 0, right_edge = 3})
--> 1 2 … 5 6 7 8 9 10 11 … 19 20
--> 1 2 3 4 5 … 19 20
--> 1 2 … 8 9 10 11 12 13 14 … 19 20
--> 1 2 … 18 19 20
--> 1 2 3 4 5
--> 1
-->
--> … 6 7 8 …
--> 1 2 3 … 7 … 18 19 20
-- --- selects, rows, joins ---
p = db.paginate(db.select(Word):order_by(Word.id), {page = 2, per_page = 4})
print(p, p.total) show(p.items)
show(db.paginate(db.select(Word.text):order_by(Word.id), {per_page = 2}).items)
p = db.session:query(Word.id, Word.text):order_by(Word.id):paginate{page = 2, per_page = 2}
show(p.items)
print(p:next().items[1].text)
p = User.query:join(User.posts):order_by(User.id):paginate{per_page = 10}
print(p, p.total)
--> <Pagination, page 2 of 7, 4 items of 25>	25
--> {<w05>, <w06>, <w07>, <w08>}
--> {w01, w02}
--> {(3, 'w03'), (4, 'w04')}
--> w05
--> <Pagination, page 1 of 1, 2 items of 3>	3
db.select(Word):paginate()
--! InvalidRequestError: db.select(…) does not run by itself
--!   db.paginate(select, {page = 2, per_page = 20})
db.paginate(5)
--! TypeError: paginate takes a select, got a number
--!   db.paginate(db.select(User):order_by(User.id), {page = 2, per_page = 20})
db.paginate(Word.id)
--! AttributeError: Expression has no attribute '_paginate'
-- --- a page by a cursor ---
db.clear_recorded_queries()
p = words:paginate{per_page = 10, after = ''}
print(p, p.total, p.page, p.has_prev, p.has_next, p.prev_cursor)
q = p:next()
print(q[1], q[#q], q.has_prev, q.has_next)
r = q:next()
print(r, r[1], r[#r], r.next_cursor, r:next())
b = r:prev()
print(b[1], b[#b], b.next_cursor == q.next_cursor, b.prev_cursor == q.prev_cursor)
a = b:prev()
print(a[1], a[#a], a.prev_cursor, a:prev())
sent()
--> <Pagination, 10 items, 10 per page>	nil	nil	false	true	nil
--> <w11>	<w20>	true	true
--> <Pagination, 5 items, 10 per page>	<w21>	<w25>	nil
--> <w11>	<w20>	true	true
--> <w01>	<w10>	nil
--> SELECT word.id AS word_id, word.text AS word_text, word.weight AS word_weight, word.grade AS word_grade, word.id AS keyset_1 FROM word ORDER BY word.id LIMIT ?	11
--> SELECT word.id AS word_id, word.text AS word_text, word.weight AS word_weight, word.grade AS word_grade, word.id AS keyset_1 FROM word WHERE word.id > ? ORDER BY word.id LIMIT ?	10,11
--> SELECT word.id AS word_id, word.text AS word_text, word.weight AS word_weight, word.grade AS word_grade, word.id AS keyset_1 FROM word WHERE word.id > ? ORDER BY word.id LIMIT ?	20,11
--> SELECT word.id AS word_id, word.text AS word_text, word.weight AS word_weight, word.grade AS word_grade, word.id AS keyset_1 FROM word WHERE word.id < ? ORDER BY word.id DESC LIMIT ?	21,11
--> SELECT word.id AS word_id, word.text AS word_text, word.weight AS word_weight, word.grade AS word_grade, word.id AS keyset_1 FROM word WHERE word.id < ? ORDER BY word.id DESC LIMIT ?	11,11
p = words:paginate{per_page = 10, before = ''}
print(p[1], p[#p], p.next_cursor, p.has_prev)
--> <w16>	<w25>	nil	true
-- the first page may be one by number: the order of its rows is unique, too
p = Word.query:order_by(Word.grade:desc()):paginate{per_page = 10}
db.clear_recorded_queries()
q = Word.query:order_by(Word.grade:desc()):paginate{per_page = 10, after = p.next_cursor}
print(p.next_cursor == q:prev().next_cursor, p[10], q[1], p.prev_cursor, q:prev()[1])
sent()
--> true	<w10>	<w06>	nil	<w23>
--> SELECT word.id AS word_id, word.text AS word_text, word.weight AS word_weight, word.grade AS word_grade, word.grade AS keyset_1, word.id AS keyset_2 FROM word ORDER BY word.grade DESC, word.id DESC LIMIT ? OFFSET ?	2,9
--> SELECT word.id AS word_id, word.text AS word_text, word.weight AS word_weight, word.grade AS word_grade, word.grade AS keyset_1, word.id AS keyset_2 FROM word WHERE (word.grade, word.id) < (?, ?) ORDER BY word.grade DESC, word.id DESC LIMIT ?	2,10,11
--> SELECT word.id AS word_id, word.text AS word_text, word.weight AS word_weight, word.grade AS word_grade, word.grade AS keyset_1, word.id AS keyset_2 FROM word ORDER BY word.grade DESC, word.id DESC LIMIT ? OFFSET ?	2,9
--> SELECT word.id AS word_id, word.text AS word_text, word.weight AS word_weight, word.grade AS word_grade, word.grade AS keyset_1, word.id AS keyset_2 FROM word WHERE (word.grade, word.id) > (?, ?) ORDER BY word.grade, word.id LIMIT ?	2,6,11
--> SELECT word.id AS word_id, word.text AS word_text, word.weight AS word_weight, word.grade AS word_grade, word.grade AS keyset_1, word.id AS keyset_2 FROM word WHERE (word.grade, word.id) > (?, ?) ORDER BY word.grade, word.id LIMIT ?	2,6,11
print(words:paginate{page = 3, per_page = 10}.next_cursor, words:paginate{per_page = 25, count = false}.next_cursor)
print(words:paginate{page = 3, per_page = 10}.prev_cursor == words:paginate{page = 2, per_page = 10}:next().prev_cursor)
--> nil	nil
--> true
print(words:paginate{per_page = 5, after = '', count = true})
--> <Pagination, 5 items, 5 per page>
-- Walks a query by cursors in both directions and compares with the whole list.
function walk(query, per_page)
  local whole, key = query:all(), function(x) return tostring(x) end
  local forward, backward, cursor = {}, {}, ''
  repeat
    local p = query:paginate{per_page = per_page, after = cursor}
    for x in p do forward[#forward + 1] = key(x) end
    cursor = p.next_cursor
  until not cursor
  cursor = ''
  repeat
    local p = query:paginate{per_page = per_page, before = cursor}
    for i = #p, 1, -1 do backward[#backward + 1] = key(p[i]) end
    cursor = p.prev_cursor
  until not cursor
  for i, x in ipairs(whole) do
    if forward[i] ~= key(x) or backward[#whole + 1 - i] ~= key(x) then
      return ('row %d: %s, forward %s, backward %s'):format(i, key(x), forward[i], backward[#whole + 1 - i])
    end
  end
  return #forward == #whole and #backward == #whole or ('%d %d %d'):format(#whole, #forward, #backward)
end
W = Word
-- the whole list has the order a cursor makes unique
print(walk(W.query:order_by(W.grade, W.id), 4), walk(W.query:order_by(W.grade:desc(), W.id:desc()), 4))
print(walk(W.query:order_by(W.grade:desc(), W.id), 4), walk(W.query:order_by(W.weight, W.id), 4))
print(walk(W.query:order_by(W.weight:desc(), W.id), 3), walk(W.query:order_by(W.weight:desc(), W.grade, W.id:desc()), 1))
print(walk(W.query:order_by(W.weight:nulls_last(), W.id), 3), walk(W.query:order_by(W.weight:desc():nulls_first(), W.id), 3))
print(walk(W.query:order_by(db.func.length(W.text), W.text:desc(), W.id), 7))
print(walk(db.session:query(W.text, W.grade, W.id):order_by(W.grade, W.id), 6))
print(walk(db.session:query(W.text:label 't', W.id):order_by(db.desc 't', W.id:desc()), 6))
print(walk(W.query:filter(W.grade:gt(1)):order_by(W.grade, W.id), 2), walk(W.query:order_by(W.id), 25), walk(W.query:order_by(W.id), 100))
print(walk(db.session:query(User, Post):outerjoin(User.posts):order_by(User.name, User.id, Post.id), 2))
print(walk(Seat.query:order_by(Seat.taken, Seat.row, Seat.number), 1))
--> true	true
--> true	true
--> true	true
--> true	true
--> true
--> true
--> true
--> true	true	true
--> true
--> true
-- what is sent
db.clear_recorded_queries()
function after(query)
  local p = query:paginate{per_page = 2, after = ''}
  db.clear_recorded_queries()
  query:paginate{per_page = 2, after = p.next_cursor}
  sent()
end
after(db.session:query(W.id):order_by(W.grade))
after(db.session:query(W.id):order_by(W.weight))
after(db.session:query(W.id):order_by(W.grade:desc(), W.text))
after(db.session:query(W.id):filter(W.weight:ne(nil)):order_by(W.weight:desc()))
after(db.session:query(W.id):filter(W.weight:eq(nil)):order_by(W.weight:desc()))
after(db.session:query(W.id):filter(W.weight:eq(nil)):order_by(W.weight))
--> SELECT word.id AS word_id, word.grade AS keyset_1, word.id AS keyset_2 FROM word WHERE (word.grade, word.id) > (?, ?) ORDER BY word.grade, word.id LIMIT ?	0,8,3
--> SELECT word.id AS word_id, word.weight AS keyset_1, word.id AS keyset_2 FROM word WHERE word.weight IS NULL AND word.id > ? ORDER BY word.weight, word.id LIMIT ?	10,3
--> SELECT word.id AS word_id, word.grade AS keyset_1, word.text AS keyset_2, word.id AS keyset_3 FROM word WHERE word.grade <= ? AND (word.grade < ? OR word.grade = ? AND word.text > ? OR word.grade = ? AND word.text = ? AND word.id > ?) ORDER BY word.grade DESC, word.text, word.id LIMIT ?	3,3,3,w07,3,w07,7,3
--> SELECT word.id AS word_id, word.weight AS keyset_1, word.id AS keyset_2 FROM word WHERE word.weight IS NOT NULL AND (word.weight, word.id) < (?, ?) ORDER BY word.weight DESC, word.id DESC LIMIT ?	2,17,3
--> SELECT word.id AS word_id, word.weight AS keyset_1, word.id AS keyset_2 FROM word WHERE word.weight IS NULL AND word.weight IS NULL AND word.id < ? ORDER BY word.weight DESC, word.id DESC LIMIT ?	20,3
--> SELECT word.id AS word_id, word.weight AS keyset_1, word.id AS keyset_2 FROM word WHERE word.weight IS NULL AND word.weight IS NULL AND word.id > ? ORDER BY word.weight, word.id LIMIT ?	10,3
--postgresql> SELECT word.id AS word_id, word.grade AS keyset_1, word.id AS keyset_2 FROM word WHERE (word.grade, word.id) > (?, ?) ORDER BY word.grade, word.id LIMIT ?	0,8,3
--postgresql> SELECT word.id AS word_id, word.weight AS keyset_1, word.id AS keyset_2 FROM word WHERE (word.weight, word.id) > (?, ?) ORDER BY word.weight, word.id LIMIT ?	0,6,3
--postgresql> SELECT word.id AS word_id, word.grade AS keyset_1, word.text AS keyset_2, word.id AS keyset_3 FROM word WHERE word.grade <= ? AND (word.grade < ? OR word.grade = ? AND word.text > ? OR word.grade = ? AND word.text = ? AND word.id > ?) ORDER BY word.grade DESC, word.text, word.id LIMIT ?	3,3,3,w07,3,w07,7,3
--postgresql> SELECT word.id AS word_id, word.weight AS keyset_1, word.id AS keyset_2 FROM word WHERE word.weight IS NOT NULL AND (word.weight, word.id) < (?, ?) ORDER BY word.weight DESC, word.id DESC LIMIT ?	2,17,3
--postgresql> SELECT word.id AS word_id, word.weight AS keyset_1, word.id AS keyset_2 FROM word WHERE word.weight IS NULL AND word.weight IS NULL AND word.id < ? ORDER BY word.weight DESC, word.id DESC LIMIT ?	20,3
--postgresql> SELECT word.id AS word_id, word.weight AS keyset_1, word.id AS keyset_2 FROM word WHERE word.weight IS NULL AND word.weight IS NULL AND word.id > ? ORDER BY word.weight, word.id LIMIT ?	10,3
-- a select, too
p = db.paginate(db.select(Word):order_by(Word.text:desc()), {per_page = 3, after = ''})
show(p.items) show(p:next().items)
--> {<w25>, <w24>, <w23>}
--> {<w22>, <w21>, <w20>}
-- --- cursors that are none ---
cursor = words:paginate{per_page = 10, after = ''}.next_cursor
words:paginate{after = 'nonsense'}
--! ArgumentError: the cursor is not one of this query: it is damaged, or of another order_by
--!   take it from a page of the same query: page.next_cursor, page.prev_cursor
words:paginate{after = cursor:sub(1, -2)}
--! ArgumentError: the cursor is not one of this query: it is damaged, or of another order_by
--!   take it from a page of the same query: page.next_cursor, page.prev_cursor
words:paginate{after = 'ü'}
--! ArgumentError: the cursor is not one of this query: it is damaged, or of another order_by
--!   take it from a page of the same query: page.next_cursor, page.prev_cursor
Word.query:order_by(Word.text):paginate{after = cursor}
--! ArgumentError: the cursor is not one of this query: it is damaged, or of another order_by
--!   take it from a page of the same query: page.next_cursor, page.prev_cursor
Word.query:paginate{after = cursor}
--! InvalidRequestError: paging by a cursor needs an order: without order_by no row comes after another
--!   query:order_by(User.id):paginate{after = cursor}
words:paginate{after = cursor, page = 2}
--! ArgumentError: paginate takes a page number or a cursor, not both
words:paginate{after = cursor, before = cursor}
--! ArgumentError: paginate takes after or before, not both
words:paginate{after = 7}
--! TypeError: paginate: after is a cursor, a text, got a number
--!   Take it from a page: page.next_cursor, page.prev_cursor.
words:limit(3):paginate{after = cursor}
--! InvalidRequestError: paging by a cursor is not possible: the query has a limit or an offset already
--!   page by number: paginate{page = 2}
db.session:query(W.grade, db.func.count()):group_by(W.grade):order_by(W.grade):paginate{after = ''}
--! InvalidRequestError: paging by a cursor is not possible: the query groups its rows
--!   page by number: paginate{page = 2}
print(db.session:query(W.grade, db.func.count()):group_by(W.grade):order_by(W.grade):paginate().total)
print(db.session:query(W.grade, db.func.count()):group_by(W.grade):order_by(W.grade):paginate{per_page = 2}.next_cursor)
--! InvalidRequestError: paging by a cursor is not possible: the query groups its rows
--!   page by number: paginate{page = 2}
db.session:query(db.literal(1)):order_by(db.literal(1)):paginate{after = ''}
--! InvalidRequestError: paging by a cursor is not possible: the query selects nothing that has a primary key
--!   page by number: paginate{page = 2}
-- a row that is gone, values that change: the cursor is a place, not a row
p = words:paginate{per_page = 10, after = ''}
db.session:delete(Word.query:get(10)) db.session:flush()
print(p:next()[1])
db.session:rollback()
words:filter(Word.id:le(10)):paginate{after = words:paginate{per_page = 10, after = ''}.next_cursor}
--! NotFound: there is nothing after the cursor

-- --- 10,000 rows ---
db.session:execute(db.text [[
  with recursive n(i) as (select 1 union all select i + 1 from n where i < 10000)
  insert into word (text, weight, grade) select 'x' || (i * 7919 % 10007), nullif(i % 11, 3), i % 7 from n]])
print(Word.query:count())
print(walk(W.query:order_by(W.weight, W.grade:desc(), W.id), 97), walk(W.query:order_by(W.text:desc(), W.id), 100))
--> 10025
--> true	true

-- --- the 404 family ---
print(User.query:get_or_404(1), User.query:order_by(User.id):first_or_404(), User.query:filter_by{name = 'bob'}:one_or_404())
print(db.get_or_404(User, 2), db.first_or_404(db.select(User):order_by(User.id)), db.one_or_404(db.select(User):filter_by{name = 'cyd'}))
--> <User ada>	<User ada>	<User bob>
--> <User bob>	<User ada>	<User cyd>
User.query:get_or_404(99)
--! NotFound: there is no User with the key 99
User.query:get_or_404(99, 'no such user')
--! NotFound: no such user
Seat.query:get_or_404{7, 7}
--! NotFound: there is no Seat with this key
User.query:filter_by{name = 'x'}:first_or_404()
--! NotFound: there is no User like this
User.query:filter_by{name = 'x'}:first_or_404 'nobody has this name'
--! NotFound: nobody has this name
User.query:filter_by{name = 'x'}:one_or_404()
--! NotFound: one_or_404(): no row was found for User
User.query:one_or_404()
--! NotFound: one_or_404(): more than one row was found for User
User.query:one_or_404{description = 'which?'}
--! NotFound: which?
db.get_or_404(User, 99, 'gone')
--! NotFound: gone
db.first_or_404(db.select(User):filter_by{name = 'x'})
--! NotFound: there is no row like this
db.one_or_404(db.select(User))
--! NotFound: Multiple rows were found when exactly one was required
db.one_or_404(db.select(User):filter_by{name = 'x'}, {description = 'nobody'})
--! NotFound: nobody
db.one_or_404(db.text 'selec')
--! OperationalError: near "selec": syntax error
--!   LINE 1: selec
--!           ^
--!   [SQL: selec]
--postgresql! ProgrammingError: syntax error at or near "selec"
db.session:rollback()
ok, err = pcall(User.query.get_or_404, User.query, 99)
print(err.kind, err.message)
--> NotFound	there is no User with the key 99

-- Rows from a file and to a file: Post:copy_from and query:copy_to.
moonbase = require 'moonbase'
app = moonbase.App 'copy'
app.config:update{DATABASE_URI = fresh_database()}
db = moonbase.Database(app)
session = db.session
Post = db.Model 'Post' {
  id    = db.Column{db.Integer, primary_key = true},
  body  = db.Column{db.Text},
  at    = db.Column{'made_at', db.DateTime},
  price = db.Column{db.Numeric(8, 2)},
  flag  = db.Column{db.Boolean},
  data  = db.Column{db.LargeBinary},
  day   = db.Column{db.Date},
  extra = db.Column{db.JSON},
  ratio = db.Column{db.Float},
  kind  = db.Column{db.String(8), nullable = false, default = 'plain'},
}
db.create_all()
function write(path, text)
  local f = assert(io.open(path, 'wb'))
  f:write(text)
  f:close()
end
function read(path)
  local f = assert(io.open(path, 'rb'))
  local text = f:read 'a'
  f:close()
  return text
end

-- --- a file with a header, which names the columns ------------------------------------------------------------
write('posts.csv', [[id,body,made_at,price,flag,data,day,extra,ratio
1,"a, b",2026-11-20 10:00:00,12.50,t,\x00ff,2026-11-20,"{""n"": 1}",0.25
2,"two
lines and a ""quote""",,,f,,,,
3,"",2026-11-20 10:00:01.5,-1,true,plain,,[],-2
]])
print(Post:copy_from('posts.csv', {header = true}))
--> 3
session:commit()
for _, p in ipairs(Post.query:order_by(Post.id):all()) do
  print(p.id, p.body, p.at, p.price, p.flag, p.data and #p.data, p.day, p.ratio, p.kind)
end
--> 1	a, b	2026-11-20 10:00:00	12.50	true	2	2026-11-20	0.25	plain
--> 2	two
--> lines and a "quote"	nil	nil	false	nil	nil	nil	plain
--> 3		2026-11-20 10:00:01.500000	-1.00	true	5	nil	-2.0	plain

-- --- and back: the same file again, by a query of the class or of columns ---------------------------------------
print(Post.query:order_by(Post.id):copy_to('out.csv', {header = true}))
--> 3
print(read 'out.csv')
--> id,body,made_at,price,flag,data,day,extra,ratio,kind
--> 1,"a, b",2026-11-20 10:00:00,12.50,t,\x00ff,2026-11-20,"{""n"": 1}",0.25,plain
--> 2,"two
--> lines and a ""quote""",,,f,,,,,plain
--> 3,"",2026-11-20 10:00:01.500000,-1.00,t,\x706c61696e,,[],-2.0,plain
-->
print(session:query(Post.id, Post.body):filter(Post.id < 3):order_by(Post.id):copy_to('out.txt', {format = 'text'}))
--> 2
print(read 'out.txt')
--> 1	a, b
--> 2	two\nlines and a "quote"
-->
Post.query:delete()
print(Post:copy_from('out.csv', {header = 'match'}))
--> 3
session:commit()
Post.query:order_by(Post.id):copy_to('again.csv', {header = true})
print(read 'out.csv' == read 'again.csv')
--> true

-- --- lines, open files, functions; other delimiters ---------------------------------------------------------------
session:query(Post.id + 40, Post.body):filter(Post.id < 3):order_by(Post.id):copy_to('lines.txt', {format = 'text'})
print(Post:copy_from(io.lines 'lines.txt', {format = 'text', columns = {'id', 'body'}}))
--> 2
Post.query:filter(Post.id > 40):delete()
file = io.open 'lines.txt'
print(Post:copy_from(file, {format = 'text', columns = {'id', 'body'}}))
--> 2
file:close()
session:rollback()
write('semi.csv', "10;NULL;one\n11;2.5;'semi;colon'\n")
print(Post:copy_from('semi.csv', {delimiter = ';', null = 'NULL', quote = "'", columns = {'id', 'price', 'body'}}))
--> 2
pieces = {}
session:query(Post.id, Post.price, Post.body):filter(Post.id >= 10):order_by(Post.id):copy_to(
  function(text) pieces[#pieces + 1] = text end, {delimiter = ';', null = 'NULL', quote = "'"})
print(table.concat(pieces))
--> 10;NULL;one
--> 11;2.50;'semi;colon'
-->
session:rollback()

-- --- how far it is ----------------------------------------------------------------------------------------------------
lines = {}
for i = 1, 25000 do lines[i] = ('%d,body %d'):format(1000 + i, i) end
write('many.csv', table.concat(lines, '\n'))
print(Post:copy_from('many.csv', {columns = {'id', 'body'}, progress = function(rows, bytes) print(rows, bytes) end}))
--> 10000	149895
--> 20000	319895
--> 25000	404894
--> 25000
Post.query:filter(Post.id > 1000):copy_to('many_out.csv', {progress = function(rows, bytes) print(rows, bytes > 0) end})
session:rollback()

-- --- what is wrong, and where; nothing is half-written ------------------------------------------------------------------
write('bad.csv', 'id,body,ratio\n1000,fine,1\n1001,bad,one\n')
Post:copy_from('bad.csv', {header = true})
--! DataError: line 3, column 'ratio': 'one' is no value of Float
--!   while bulk_insert into Post, row 2
--!   none of its rows were kept; call db.session:rollback() to go on
session:rollback()
write('bad.csv', '5000,x\n5001\n')
Post:copy_from('bad.csv', {columns = {'id', 'body'}})
--! DataError: line 2 has 1 fields for 2 columns
--!   while bulk_insert into Post, row 2
--!   columns = {…} names those that the file has, delimiter = what parts them
--!   none of its rows were kept; call db.session:rollback() to go on
session:rollback()
write('bad.csv', '1000,"never closed\n')
Post:copy_from('bad.csv', {columns = {'id', 'body'}})
--! DataError: line 1: the quote is not closed before the end
--!   while bulk_insert into Post, row 1
--!   a quote inside a field is written twice
--!   none of its rows were kept; call db.session:rollback() to go on
session:rollback()
write('bad.csv', 'id,text\n')
Post:copy_from('bad.csv', {header = true})
--! InvalidRequestError: Post has no attribute 'text'
--!   Post has id, body, at, price, flag, data, day, extra, ratio, kind
session:rollback()
write('bad.csv', 'body,id\n')
Post:copy_from('bad.csv', {header = 'match', columns = {'id', 'body'}})
--! DataError: the header of the file is body, id, and the columns are id, body
session:rollback()
write('bad.csv', '1000,fine\n1,taken\n')
print((pcall(function() Post:copy_from('bad.csv', {columns = {'id', 'body'}}) end)))
--> false
session:rollback()
print(Post.query:filter(Post.id >= 1000):count(), Post.query:count())
--> 0	3
Post:copy_from('there is no such file.csv')
--! OperationalError: cannot read 'there is no such file.csv': No such file or directory
Post:copy_from('bad.csv', {format = 'binary'})
--! ArgumentError: copy_from: format is 'csv' or 'text', not 'binary'
Post:copy_from('bad.csv', {delimiter = 'ab'})
--! ArgumentError: delimiter is one character of one byte, not 'ab'
Post:copy_from('bad.csv', {deliminator = ','})
--! TypeError: copy_from has no option 'deliminator'; did you mean 'delimiter'?
Post:copy_from(42)
--! TypeError: copy_from takes the path of a file, a file of io.open or an iterator of lines, got number
Post.query:copy_to 'no such folder/out.csv'
--! OperationalError: cannot write 'no such folder/out.csv.part': No such file or directory
session:query(Post, Post.id):copy_to 'out.csv'
--! InvalidRequestError: copy_to takes a query of one class or of columns, and this one is of several
--!   name the columns: db.session:query(User.id, Post.body)
Post.query:copy_to('out.csv', {columns = {'id'}})
--! ArgumentError: copy_to has no columns and no header = 'match'
--!   query the columns: db.session:query(Post.id, Post.body):copy_to(file)
print((pcall(function() Post.query:copy_to(function() error 'enough' end) end)))
--> false
print(read 'out.csv' == read 'again.csv')
--> true

-- --- what gives the rows, and hears of them, must leave the transaction and the file alone ---------------------
function lines_with(act)
  local n = 0
  return function()
    n = n + 1
    if n == 2 then act() end
    return n < 4 and '200' .. n .. ',x' or nil
  end
end
for _, method in ipairs{'commit', 'rollback', 'close', 'invalidate', 'remove'} do
  print(select(2, pcall(function()
    Post:copy_from(lines_with(function() session[method](session) end), {columns = {'id', 'body'}})
  end)).message)
  session:rollback()
end
--> rows are on their way to the database: what gives them must not call commit()
--> rows are on their way to the database: what gives them must not call rollback()
--> rows are on their way to the database: what gives them must not call close()
--> rows are on their way to the database: what gives them must not call invalidate()
--> rows are on their way to the database: what gives them must not call close()
n = 0
session:bulk_insert(Post, function()
  n = n + 1
  if n == 2 then session:commit() end
  return n < 4 and {body = 'x'} or nil
end)
--! InvalidRequestError: rows are on their way to the database: what gives them must not call commit()
session:rollback()
print(Post.query:filter(Post.id > 2000):count())
--> 0
write('many.csv', ('x,y\n'):rep(25000))
f = io.open 'many.csv'
Post:copy_from(f, {columns = {'body', 'kind'}, progress = function() f:close() end})
--! ValueError: the file is closed
session:rollback()
-- --- forms that could not be read back -----------------------------------------------------------------------
Post:copy_from('many.csv', {format = 'text', delimiter = '\\'})
--! ArgumentError: copy_from: the delimiter of format = 'text' is no backslash, dot, small letter or digit
Post.query:copy_to('out.csv', {null = 'a,b'})
--! ArgumentError: copy_to: null holds the delimiter
Post.query:copy_to('out.csv', {null = 'a"b'})
--! ArgumentError: copy_to: null holds the quote
Post.query:copy_to 'x\0y.csv'
--! ValueError: a path cannot hold a NUL byte
write('marked.csv', '\u{feff}id,body\n3000,marked\n')
print(Post:copy_from('marked.csv', {header = true}), Post.query:get(3000).body)
--> 1	marked

-- --- how far it is ------------------------------------------------------------------------------------------
-- true is a line on standard error, for a person; false is silence at a prompt, too.
print(Post.query:filter(Post.id < 0):copy_to('none.csv', {progress = false}))
--> 0
Post.query:copy_to('none.csv', {progress = 'yes'})
--! TypeError: copy_to: 'progress' must be true, false or a function(rows, bytes), got string

-- What the tests of loader strategies share: authors with books, cards and tags, and what is sent for them.
moonbase = require 'moonbase'
app = moonbase.App 'loaders'
app.config:update{DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
db = moonbase.Database(app)
session = db.session
statements = require 'statements'

author_tag = db.Table{'author_tag',
  db.Column{'author_id', db.Integer, db.ForeignKey 'author.id', primary_key = true},
  db.Column{'tag_id', db.Integer, db.ForeignKey 'tag.id', primary_key = true}}
Author = db.Model 'Author' {
  id    = db.Column{db.Integer, primary_key = true},
  name  = db.Column{db.String(20)},
  books = db.relationship{'Book', back_populates = 'author', order_by = 'Book.id'},
  card  = db.relationship{'Card', back_populates = 'author', uselist = false},
  tags  = db.relationship{'Tag', secondary = author_tag, order_by = 'Tag.id'},
}
Book = db.Model 'Book' {
  id        = db.Column{db.Integer, primary_key = true},
  name      = db.Column{db.String(20)},
  author_id = db.Column{db.Integer, db.ForeignKey 'author.id'},
  author    = db.relationship{'Author', back_populates = 'books'},
  reviews   = db.relationship{'Review', back_populates = 'book', order_by = 'Review.id'},
}
Review = db.Model 'Review' {
  id      = db.Column{db.Integer, primary_key = true},
  name    = db.Column{db.String(20)},
  book_id = db.Column{db.Integer, db.ForeignKey 'book.id'},
  book    = db.relationship{'Book', back_populates = 'reviews'},
}
Card = db.Model 'Card' {
  id        = db.Column{db.Integer, primary_key = true},
  name      = db.Column{db.String(20)},
  author_id = db.Column{db.Integer, db.ForeignKey 'author.id'},
  author    = db.relationship{'Author', back_populates = 'card'},
}
Tag = db.Model 'Tag' {id = db.Column{db.Integer, primary_key = true}, name = db.Column{db.String(20)}}
Node = db.Model 'Node' {
  id        = db.Column{db.Integer, primary_key = true},
  name      = db.Column{db.String(20)},
  parent_id = db.Column{db.Integer, db.ForeignKey 'node.id'},
  children  = db.relationship{'Node', backref = db.backref{'parent', remote_side = 'id'}, order_by = 'Node.id'},
}
Place = db.Model 'Place' {
  x      = db.Column{db.Integer, primary_key = true},
  y      = db.Column{db.Integer, primary_key = true},
  name   = db.Column{db.String(20)},
  houses = db.relationship{'House', back_populates = 'place', order_by = 'House.id'},
}
House = db.Model 'House' {
  id = db.Column{db.Integer, primary_key = true}, name = db.Column{db.String(20)},
  px = db.Column{db.Integer}, py = db.Column{db.Integer},
  place = db.relationship{'Place', back_populates = 'houses'},
  __table_args__ = {db.ForeignKeyConstraint{{'px', 'py'}, {'place.x', 'place.y'}}},
}
db.create_all()
session:add_all{
  Author{name = 'ann', card = Card{name = 'c1'}, tags = {Tag{name = 't1'}, Tag{name = 't2'}}, books = {
    Book{name = 'a1', reviews = {Review{name = 'r1'}, Review{name = 'r2'}}}, Book{name = 'a2'}}},
  Author{name = 'ben', books = {Book{name = 'b1', reviews = {Review{name = 'r3'}}}}},
  Author{name = 'cat'},
  Book{name = 'lost'},
  Node{name = 'root', children = {
    Node{name = 'n1', children = {Node{name = 'n11', children = {Node{name = 'n111'}}}}}, Node{name = 'n2'}}},
  Place{x = 1, y = 1, name = 'p11', houses = {House{name = 'h1'}, House{name = 'h2'}}},
  Place{x = 1, y = 2, name = 'p12', houses = {House{name = 'h3'}}},
  Place{x = 2, y = 1, name = 'p21'},
  House{name = 'h0', px = 1},
}
session:commit()

-- Objects as "name[members]", along the relationships that are named.
function shown(x, path, ...)
  if x == nil then return '-' end
  if not path then return x.name end
  local value, parts = x[path], {}
  if not pcall(function() return #value end) then return x.name .. '(' .. shown(value, ...) .. ')' end
  for i, member in ipairs(value) do parts[i] = shown(member, ...) end
  return x.name .. '[' .. table.concat(parts, ' ') .. ']'
end
-- Runs the query in a fresh session and prints what it sent, and then what was found without a further statement.
function run(query, ...)
  session:expunge_all()
  local list = statements(function() return type(query) == 'function' and query() or query:all() end)
  local words, path = {}, {...}
  db.clear_recorded_queries()
  for i, x in ipairs(list) do words[i] = shown(x, table.unpack(path)) end
  print(table.concat(words, ' '))
  for _, q in ipairs(db.get_recorded_queries()) do print('LATER ' .. q.statement:gsub('%s+', ' ')) end
end

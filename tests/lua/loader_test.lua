-- Loader strategies: what is sent for each, how often, and what is found afterwards.
moonbase = require 'moonbase'
app = moonbase.App 'loaders'
app.config:update{DATABASE_URI = 'sqlite://', RECORD_QUERIES = true}
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

-- --- selectin ---------------------------------------------------------------------------------------------
run(Author.query:options(db.selectinload(Author.books)), 'books')
--> SELECT author.id AS author_id, author.name AS author_name FROM author
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book WHERE book.author_id IN (?, ?, ?) ORDER BY book.id
--> 2 statements
--> ann[a1 a2] ben[b1] cat[]
run(Book.query:options(db.selectinload(Book.author)), 'author')
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book
--> SELECT author.id AS author_id, author.name AS author_name FROM author WHERE author.id IN (?, ?)
--> 2 statements
--> a1(ann) a2(ann) b1(ben) lost(-)
run(Author.query:options(db.selectinload(Author.card)), 'card')
--> SELECT author.id AS author_id, author.name AS author_name FROM author
--> SELECT card.id AS card_id, card.name AS card_name, card.author_id AS card_author_id FROM card WHERE card.author_id IN (?, ?, ?)
--> 2 statements
--> ann(c1) ben(-) cat(-)
run(Card.query:options(db.selectinload(Card.author)), 'author')
--> SELECT card.id AS card_id, card.name AS card_name, card.author_id AS card_author_id FROM card
--> SELECT author.id AS author_id, author.name AS author_name FROM author WHERE author.id IN (?)
--> 2 statements
--> c1(ann)
run(Author.query:options(db.selectinload(Author.tags)), 'tags')
--> SELECT author.id AS author_id, author.name AS author_name FROM author
--> SELECT tag.id AS tag_id, tag.name AS tag_name, author_tag.author_id AS author_tag_author_id FROM author_tag JOIN tag ON tag.id = author_tag.tag_id WHERE author_tag.author_id IN (?, ?, ?) ORDER BY tag.id
--> 2 statements
--> ann[t1 t2] ben[] cat[]
run(Place.query:options(db.selectinload(Place.houses)), 'houses')
--> SELECT place.x AS place_x, place.y AS place_y, place.name AS place_name FROM place
--> SELECT house.id AS house_id, house.name AS house_name, house.px AS house_px, house.py AS house_py FROM house WHERE (house.px, house.py) IN (VALUES (?, ?), (?, ?), (?, ?)) ORDER BY house.id
--> 2 statements
--> p11[h1 h2] p12[h3] p21[]
run(House.query:options(db.selectinload(House.place)), 'place')
--> SELECT house.id AS house_id, house.name AS house_name, house.px AS house_px, house.py AS house_py FROM house
--> SELECT place.x AS place_x, place.y AS place_y, place.name AS place_name FROM place WHERE (place.x, place.y) IN (VALUES (?, ?), (?, ?))
--> 2 statements
--> h1(p11) h2(p11) h3(p12) h0(-)
run(Node.query:filter_by{id = 1}:options(db.selectinload(Node.children):selectinload(Node.children)), 'children', 'children')
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.id = ?
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.parent_id IN (?) ORDER BY node.id
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.parent_id IN (?, ?) ORDER BY node.id
--> 3 statements
--> root[n1[n11] n2[]]
run(Book.query:options(db.selectinload(Book.author):selectinload(Author.books)), 'author', 'books')
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book
--> SELECT author.id AS author_id, author.name AS author_name FROM author WHERE author.id IN (?, ?)
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book WHERE book.author_id IN (?, ?) ORDER BY book.id
--> 3 statements
--> a1(ann[a1 a2]) a2(ann[a1 a2]) b1(ben[b1]) lost(-)
-- Three levels; no owners, no statement.
run(Author.query:options(db.selectinload(Author.books):selectinload(Book.reviews)), 'books', 'reviews')
--> SELECT author.id AS author_id, author.name AS author_name FROM author
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book WHERE book.author_id IN (?, ?, ?) ORDER BY book.id
--> SELECT review.id AS review_id, review.name AS review_name, review.book_id AS review_book_id FROM review WHERE review.book_id IN (?, ?, ?) ORDER BY review.id
--> 3 statements
--> ann[a1[r1 r2] a2[]] ben[b1[r3]] cat[]
run(Author.query:filter_by{name = 'cat'}:options(db.selectinload(Author.books):selectinload(Book.reviews)), 'books', 'reviews')
--> SELECT author.id AS author_id, author.name AS author_name FROM author WHERE author.name = ?
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book WHERE book.author_id IN (?) ORDER BY book.id
--> 2 statements
--> cat[]
run(Author.query:filter_by{name = 'nobody'}:options(db.selectinload(Author.books)), 'books')
--> SELECT author.id AS author_id, author.name AS author_name FROM author WHERE author.name = ?
--> 1 statement
-->
-- With a filter and a limit; through an alias; two entities.
run(Author.query:filter(Author.name ~= 'ann'):order_by(Author.name:desc()):limit(2):options(db.selectinload(Author.books)), 'books')
--> SELECT author.id AS author_id, author.name AS author_name FROM author WHERE author.name != ? ORDER BY author.name DESC LIMIT ?
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book WHERE book.author_id IN (?, ?) ORDER BY book.id
--> 2 statements
--> cat[] ben[b1]
a2 = db.aliased(Author, 'a2')
run(session:query(a2):options(db.selectinload(a2.books)), 'books')
--> SELECT a2.id AS a2_id, a2.name AS a2_name FROM author AS a2
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book WHERE book.author_id IN (?, ?, ?) ORDER BY book.id
--> 2 statements
--> ann[a1 a2] ben[b1] cat[]
run(function()
  local out = {}
  for i, row in ipairs(session:query(Author, Book):join(Author.books):options(db.selectinload(Author.tags), db.selectinload(Book.reviews)):order_by(Book.id):all()) do out[i] = row[2] end
  return out
end, 'reviews')
--> SELECT author.id AS author_id, author.name AS author_name, book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM author JOIN book ON author.id = book.author_id ORDER BY book.id
--> SELECT tag.id AS tag_id, tag.name AS tag_name, author_tag.author_id AS author_tag_author_id FROM author_tag JOIN tag ON tag.id = author_tag.tag_id WHERE author_tag.author_id IN (?, ?) ORDER BY tag.id
--> SELECT review.id AS review_id, review.name AS review_name, review.book_id AS review_book_id FROM review WHERE review.book_id IN (?, ?, ?) ORDER BY review.id
--> 3 statements
--> a1[r1 r2] a2[] b1[r3]
-- A many-to-one asks the identity map first.
run(function()
  held = Author.query:all()
  return Book.query:options(db.selectinload(Book.author)):all()
end, 'author')
--> SELECT author.id AS author_id, author.name AS author_name FROM author
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book
--> 2 statements
--> a1(ann) a2(ann) b1(ben) lost(-)
held = nil
-- Recursion.
run(Node.query:filter_by{id = 1}:options(db.selectinload{Node.children, recursion_depth = 2}), 'children', 'children')
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.id = ?
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.parent_id IN (?) ORDER BY node.id
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.parent_id IN (?, ?) ORDER BY node.id
--> 3 statements
--> root[n1[n11] n2[]]
run(Node.query:filter_by{id = 1}:options(db.selectinload{Node.children, recursion_depth = -1}), 'children', 'children', 'children', 'children')
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.id = ?
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.parent_id IN (?) ORDER BY node.id
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.parent_id IN (?, ?) ORDER BY node.id
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.parent_id IN (?) ORDER BY node.id
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.parent_id IN (?) ORDER BY node.id
--> 5 statements
--> root[n1[n11[n111[]]] n2[]]
db.selectinload{Author.books, recursion_depth = 2}
--! InvalidRequestError: recursion_depth option on relationship 'Author.books' not valid for non-self-referential relationship

-- --- joined -----------------------------------------------------------------------------------------------
run(Author.query:options(db.joinedload(Author.books)), 'books')
--> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id ORDER BY book_1.id
--> 1 statement
--> cat[] ann[a1 a2] ben[b1]
run(Book.query:options(db.joinedload(Book.author)), 'author')
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id, author_1.id AS author_1_id, author_1.name AS author_1_name FROM book LEFT OUTER JOIN author AS author_1 ON author_1.id = book.author_id
--> 1 statement
--> a1(ann) a2(ann) b1(ben) lost(-)
run(Author.query:options(db.joinedload(Author.card)), 'card')
--> SELECT author.id AS author_id, author.name AS author_name, card_1.id AS card_1_id, card_1.name AS card_1_name, card_1.author_id AS card_1_author_id FROM author LEFT OUTER JOIN card AS card_1 ON author.id = card_1.author_id
--> 1 statement
--> ann(c1) ben(-) cat(-)
run(Author.query:options(db.joinedload(Author.tags)), 'tags')
--> SELECT author.id AS author_id, author.name AS author_name, tag_1.id AS tag_1_id, tag_1.name AS tag_1_name FROM author LEFT OUTER JOIN (author_tag AS author_tag_1 JOIN tag AS tag_1 ON tag_1.id = author_tag_1.tag_id) ON author.id = author_tag_1.author_id ORDER BY tag_1.id
--> 1 statement
--> ben[] cat[] ann[t1 t2]
run(House.query:options(db.joinedload(House.place)), 'place')
--> SELECT house.id AS house_id, house.name AS house_name, house.px AS house_px, house.py AS house_py, place_1.x AS place_1_x, place_1.y AS place_1_y, place_1.name AS place_1_name FROM house LEFT OUTER JOIN place AS place_1 ON place_1.x = house.px AND place_1.y = house.py
--> 1 statement
--> h1(p11) h2(p11) h3(p12) h0(-)
run(Node.query:filter_by{id = 1}:options(db.joinedload(Node.children):joinedload(Node.children)), 'children', 'children')
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id, node_1.id AS node_1_id, node_1.name AS node_1_name, node_1.parent_id AS node_1_parent_id, node_2.id AS node_2_id, node_2.name AS node_2_name, node_2.parent_id AS node_2_parent_id FROM node LEFT OUTER JOIN node AS node_1 ON node.id = node_1.parent_id LEFT OUTER JOIN node AS node_2 ON node_1.id = node_2.parent_id WHERE node.id = ? ORDER BY node_1.id, node_2.id
--> 1 statement
--> root[n1[n11] n2[]]
run(Author.query:options(db.joinedload(Author.books):joinedload(Book.reviews)), 'books', 'reviews')
--> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id, review_1.id AS review_1_id, review_1.name AS review_1_name, review_1.book_id AS review_1_book_id FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id LEFT OUTER JOIN review AS review_1 ON book_1.id = review_1.book_id ORDER BY book_1.id, review_1.id
--> 1 statement
--> cat[] ann[a1[r1 r2] a2[]] ben[b1[r3]]
-- Two collections multiply the rows; each member is there once.
run(Author.query:options(db.joinedload(Author.books), db.joinedload(Author.tags)), 'books')
--> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id, tag_1.id AS tag_1_id, tag_1.name AS tag_1_name FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id LEFT OUTER JOIN (author_tag AS author_tag_1 JOIN tag AS tag_1 ON tag_1.id = author_tag_1.tag_id) ON author.id = author_tag_1.author_id ORDER BY book_1.id, tag_1.id
--> 1 statement
--> cat[] ann[a1 a2] ben[b1]
run(Author.query:options(db.joinedload(Author.books), db.joinedload(Author.tags)), 'tags')
--> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id, tag_1.id AS tag_1_id, tag_1.name AS tag_1_name FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id LEFT OUTER JOIN (author_tag AS author_tag_1 JOIN tag AS tag_1 ON tag_1.id = author_tag_1.tag_id) ON author.id = author_tag_1.author_id ORDER BY book_1.id, tag_1.id
--> 1 statement
--> cat[] ann[t1 t2] ben[]
-- WHERE and ORDER BY never see the alias; the relationship's order comes after.
run(Author.query:join(Author.books):filter(Book.name == 'a1'):order_by(Author.name):options(db.joinedload(Author.books)), 'books')
--> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id FROM author JOIN book ON author.id = book.author_id LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id WHERE book.name = ? ORDER BY author.name, book_1.id
--> 1 statement
--> ann[a1 a2]
-- A limit, DISTINCT and GROUP BY are of the owners.
run(Author.query:order_by(Author.name:desc()):limit(2):options(db.joinedload(Author.books)), 'books')
--> SELECT anon_1.author_id AS anon_1_author_id, anon_1.author_name AS anon_1_author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id FROM (SELECT author.id AS author_id, author.name AS author_name FROM author ORDER BY author.name DESC LIMIT ?) AS anon_1 LEFT OUTER JOIN book AS book_1 ON anon_1.author_id = book_1.author_id ORDER BY anon_1.author_name DESC, book_1.id
--> 1 statement
--> cat[] ben[b1]
run(Author.query:order_by(db.func.length(Author.name), Author.id):offset(1):limit(1):options(db.joinedload(Author.books), db.load_only(Author.name)), 'books')
--> SELECT anon_1.author_id AS anon_1_author_id, anon_1.author_name AS anon_1_author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id FROM (SELECT author.id AS author_id, author.name AS author_name, length(author.name) AS length_1 FROM author ORDER BY length(author.name), author.id LIMIT ? OFFSET ?) AS anon_1 LEFT OUTER JOIN book AS book_1 ON anon_1.author_id = book_1.author_id ORDER BY anon_1.length_1, anon_1.author_id, book_1.id
--> 1 statement
--> ben[b1]
run(Author.query:distinct():options(db.joinedload(Author.books)), 'books')
--> SELECT anon_1.author_id AS anon_1_author_id, anon_1.author_name AS anon_1_author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id FROM (SELECT DISTINCT author.id AS author_id, author.name AS author_name FROM author) AS anon_1 LEFT OUTER JOIN book AS book_1 ON anon_1.author_id = book_1.author_id ORDER BY book_1.id
--> 1 statement
--> cat[] ann[a1 a2] ben[b1]
run(Author.query:join(Author.books):group_by(Author.id):options(db.joinedload(Author.books)), 'books')
--> SELECT anon_1.author_id AS anon_1_author_id, anon_1.author_name AS anon_1_author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id FROM (SELECT author.id AS author_id, author.name AS author_name FROM author JOIN book ON author.id = book.author_id GROUP BY author.id) AS anon_1 LEFT OUTER JOIN book AS book_1 ON anon_1.author_id = book_1.author_id ORDER BY book_1.id
--> 1 statement
--> ann[a1 a2] ben[b1]
run(Book.query:order_by(Book.id):limit(1):options(db.joinedload(Book.author)), 'author')
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id, author_1.id AS author_1_id, author_1.name AS author_1_name FROM book LEFT OUTER JOIN author AS author_1 ON author_1.id = book.author_id ORDER BY book.id LIMIT ?
--> 1 statement
--> a1(ann)
run(Book.query:order_by(Book.id):limit(1):options(db.joinedload(Book.author):joinedload(Author.books)), 'author', 'books')
--> SELECT anon_1.book_id AS anon_1_book_id, anon_1.book_name AS anon_1_book_name, anon_1.book_author_id AS anon_1_book_author_id, author_1.id AS author_1_id, author_1.name AS author_1_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id FROM (SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book ORDER BY book.id LIMIT ?) AS anon_1 LEFT OUTER JOIN author AS author_1 ON author_1.id = anon_1.book_author_id LEFT OUTER JOIN book AS book_1 ON author_1.id = book_1.author_id ORDER BY anon_1.book_id, book_1.id
--> 1 statement
--> a1(ann[a1 a2])
run(function() return {Author.query:options(db.joinedload(Author.books)):first()} end, 'books')
--> SELECT anon_1.author_id AS anon_1_author_id, anon_1.author_name AS anon_1_author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id FROM (SELECT author.id AS author_id, author.name AS author_name FROM author LIMIT ?) AS anon_1 LEFT OUTER JOIN book AS book_1 ON anon_1.author_id = book_1.author_id ORDER BY book_1.id
--> 1 statement
--> ann[a1 a2]
run(function() return {Author.query:filter_by{name = 'ann'}:options(db.joinedload(Author.books)):one()} end, 'books')
--> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id WHERE author.name = ? ORDER BY book_1.id
--> 1 statement
--> ann[a1 a2]
run(function() return {Author.query:options(db.joinedload(Author.books)):get(1)} end, 'books')
--> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id WHERE author.id = ? ORDER BY book_1.id
--> 1 statement
--> ann[a1 a2]
-- Inner joins; below an outer one they nest.
run(Book.query:options(db.joinedload{Book.author, innerjoin = true}), 'author')
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id, author_1.id AS author_1_id, author_1.name AS author_1_name FROM book JOIN author AS author_1 ON author_1.id = book.author_id
--> 1 statement
--> a1(ann) a2(ann) b1(ben)
run(Author.query:options(db.joinedload{Author.tags, innerjoin = true}), 'tags')
--> SELECT author.id AS author_id, author.name AS author_name, tag_1.id AS tag_1_id, tag_1.name AS tag_1_name FROM author JOIN author_tag AS author_tag_1 ON author.id = author_tag_1.author_id JOIN tag AS tag_1 ON tag_1.id = author_tag_1.tag_id ORDER BY tag_1.id
--> 1 statement
--> ann[t1 t2]
run(Author.query:options(db.joinedload(Author.books):joinedload{Book.reviews, innerjoin = true}), 'books', 'reviews')
--> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id, review_1.id AS review_1_id, review_1.name AS review_1_name, review_1.book_id AS review_1_book_id FROM author LEFT OUTER JOIN (book AS book_1 JOIN review AS review_1 ON book_1.id = review_1.book_id) ON author.id = book_1.author_id ORDER BY book_1.id, review_1.id
--> 1 statement
--> cat[] ann[a1[r1 r2]] ben[b1[r3]]
run(Author.query:options(db.joinedload(Author.books):joinedload{Book.reviews, innerjoin = 'unnested'}), 'books', 'reviews')
--> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id, review_1.id AS review_1_id, review_1.name AS review_1_name, review_1.book_id AS review_1_book_id FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id LEFT OUTER JOIN review AS review_1 ON book_1.id = review_1.book_id ORDER BY book_1.id, review_1.id
--> 1 statement
--> cat[] ann[a1[r1 r2] a2[]] ben[b1[r3]]
-- An alias as the root; the same class twice.
run(session:query(a2):options(db.joinedload(a2.books)), 'books')
--> SELECT a2.id AS a2_id, a2.name AS a2_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id FROM author AS a2 LEFT OUTER JOIN book AS book_1 ON a2.id = book_1.author_id ORDER BY book_1.id
--> 1 statement
--> cat[] ann[a1 a2] ben[b1]
run(function()
  local out = {}
  for i, row in ipairs(session:query(Author, a2):join(a2, a2.id == Author.id + 1):options(db.joinedload(a2.books)):order_by(Author.id):limit(5):all()) do out[i] = row[2] end
  return out
end, 'books')
--> SELECT anon_1.author_id AS anon_1_author_id, anon_1.author_name AS anon_1_author_name, anon_1.a2_id AS anon_1_a2_id, anon_1.a2_name AS anon_1_a2_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id FROM (SELECT author.id AS author_id, author.name AS author_name, a2.id AS a2_id, a2.name AS a2_name FROM author JOIN author AS a2 ON a2.id = author.id + ? ORDER BY author.id LIMIT ?) AS anon_1 LEFT OUTER JOIN book AS book_1 ON anon_1.a2_id = book_1.author_id ORDER BY anon_1.author_id, book_1.id
--> 1 statement
--> ben[b1] cat[]

-- --- subquery, immediate ----------------------------------------------------------------------------------
run(Author.query:options(db.subqueryload(Author.books)), 'books')
--> SELECT author.id AS author_id, author.name AS author_name FROM author
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id, anon_1.author_id AS anon_1_author_id FROM (SELECT author.id AS author_id FROM author) AS anon_1 JOIN book ON anon_1.author_id = book.author_id ORDER BY book.id
--> 2 statements
--> ann[a1 a2] ben[b1] cat[]
run(Book.query:options(db.subqueryload(Book.author)), 'author')
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book
--> SELECT author.id AS author_id, author.name AS author_name, anon_1.book_author_id AS anon_1_book_author_id FROM (SELECT DISTINCT book.author_id AS book_author_id FROM book) AS anon_1 JOIN author ON author.id = anon_1.book_author_id
--> 2 statements
--> a1(ann) a2(ann) b1(ben) lost(-)
run(Author.query:options(db.subqueryload(Author.tags)), 'tags')
--> SELECT author.id AS author_id, author.name AS author_name FROM author
--> SELECT tag.id AS tag_id, tag.name AS tag_name, anon_1.author_id AS anon_1_author_id FROM (SELECT author.id AS author_id FROM author) AS anon_1 JOIN author_tag ON anon_1.author_id = author_tag.author_id JOIN tag ON tag.id = author_tag.tag_id ORDER BY tag.id
--> 2 statements
--> ann[t1 t2] ben[] cat[]
run(Place.query:options(db.subqueryload(Place.houses)), 'houses')
--> SELECT place.x AS place_x, place.y AS place_y, place.name AS place_name FROM place
--> SELECT house.id AS house_id, house.name AS house_name, house.px AS house_px, house.py AS house_py, anon_1.place_x AS anon_1_place_x, anon_1.place_y AS anon_1_place_y FROM (SELECT place.x AS place_x, place.y AS place_y FROM place) AS anon_1 JOIN house ON anon_1.place_x = house.px AND anon_1.place_y = house.py ORDER BY house.id
--> 2 statements
--> p11[h1 h2] p12[h3] p21[]
run(Author.query:filter(Author.name ~= 'ben'):order_by(Author.name):limit(1):options(db.subqueryload(Author.books)), 'books')
--> SELECT author.id AS author_id, author.name AS author_name FROM author WHERE author.name != ? ORDER BY author.name LIMIT ?
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id, anon_1.author_id AS anon_1_author_id FROM (SELECT author.id AS author_id FROM author WHERE author.name != ? ORDER BY author.name LIMIT ?) AS anon_1 JOIN book ON anon_1.author_id = book.author_id ORDER BY book.id
--> 2 statements
--> ann[a1 a2]
run(Author.query:options(db.subqueryload(Author.books):subqueryload(Book.reviews)), 'books', 'reviews')
--> SELECT author.id AS author_id, author.name AS author_name FROM author
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id, anon_1.author_id AS anon_1_author_id FROM (SELECT author.id AS author_id FROM author) AS anon_1 JOIN book ON anon_1.author_id = book.author_id ORDER BY book.id
--> SELECT review.id AS review_id, review.name AS review_name, review.book_id AS review_book_id, anon_1.book_id AS anon_1_book_id FROM (SELECT book.id AS book_id FROM (SELECT author.id AS author_id FROM author) AS anon_1 JOIN book ON anon_1.author_id = book.author_id) AS anon_1 JOIN review ON anon_1.book_id = review.book_id ORDER BY review.id
--> 3 statements
--> ann[a1[r1 r2] a2[]] ben[b1[r3]] cat[]
run(Author.query:options(db.immediateload(Author.books)), 'books')
--> SELECT author.id AS author_id, author.name AS author_name FROM author
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book WHERE book.author_id = ? ORDER BY book.id
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book WHERE book.author_id = ? ORDER BY book.id
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book WHERE book.author_id = ? ORDER BY book.id
--> 4 statements
--> ann[a1 a2] ben[b1] cat[]
run(Book.query:options(db.immediateload(Book.author)), 'author')
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book
--> SELECT author.id AS author_id, author.name AS author_name FROM author WHERE author.id = ?
--> SELECT author.id AS author_id, author.name AS author_name FROM author WHERE author.id = ?
--> 3 statements
--> a1(ann) a2(ann) b1(ben) lost(-)

-- --- over two strategies ----------------------------------------------------------------------------------
run(Author.query:options(db.joinedload(Author.books):selectinload(Book.reviews)), 'books', 'reviews')
--> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id ORDER BY book_1.id
--> SELECT review.id AS review_id, review.name AS review_name, review.book_id AS review_book_id FROM review WHERE review.book_id IN (?, ?, ?) ORDER BY review.id
--> 2 statements
--> cat[] ann[a1[r1 r2] a2[]] ben[b1[r3]]
run(Author.query:options(db.selectinload(Author.books):joinedload(Book.reviews)), 'books', 'reviews')
--> SELECT author.id AS author_id, author.name AS author_name FROM author
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id, review_1.id AS review_1_id, review_1.name AS review_1_name, review_1.book_id AS review_1_book_id FROM book LEFT OUTER JOIN review AS review_1 ON book.id = review_1.book_id WHERE book.author_id IN (?, ?, ?) ORDER BY book.id, review_1.id
--> 2 statements
--> ann[a1[r1 r2] a2[]] ben[b1[r3]] cat[]
run(Author.query:options(db.subqueryload(Author.books):joinedload(Book.reviews)), 'books', 'reviews')
--> SELECT author.id AS author_id, author.name AS author_name FROM author
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id, anon_1.author_id AS anon_1_author_id, review_1.id AS review_1_id, review_1.name AS review_1_name, review_1.book_id AS review_1_book_id FROM (SELECT author.id AS author_id FROM author) AS anon_1 JOIN book ON anon_1.author_id = book.author_id LEFT OUTER JOIN review AS review_1 ON book.id = review_1.book_id ORDER BY book.id, review_1.id
--> 2 statements
--> ann[a1[r1 r2] a2[]] ben[b1[r3]] cat[]
run(Author.query:options(db.joinedload(Author.books):subqueryload(Book.reviews)), 'books', 'reviews')
--> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id ORDER BY book_1.id
--> SELECT review.id AS review_id, review.name AS review_name, review.book_id AS review_book_id FROM review WHERE review.book_id IN (?, ?, ?) ORDER BY review.id
--> 2 statements
--> cat[] ann[a1[r1 r2] a2[]] ben[b1[r3]]
run(Book.query:options(db.joinedload(Book.author):selectinload(Author.tags)), 'author', 'tags')
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id, author_1.id AS author_1_id, author_1.name AS author_1_name FROM book LEFT OUTER JOIN author AS author_1 ON author_1.id = book.author_id
--> SELECT tag.id AS tag_id, tag.name AS tag_name, author_tag.author_id AS author_tag_author_id FROM author_tag JOIN tag ON tag.id = author_tag.tag_id WHERE author_tag.author_id IN (?, ?) ORDER BY tag.id
--> 2 statements
--> a1(ann[t1 t2]) a2(ann[t1 t2]) b1(ben[]) lost(-)
run(Author.query:options(db.immediateload(Author.books):joinedload(Book.reviews)), 'books', 'reviews')
--> SELECT author.id AS author_id, author.name AS author_name FROM author
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id, review_1.id AS review_1_id, review_1.name AS review_1_name, review_1.book_id AS review_1_book_id FROM book LEFT OUTER JOIN review AS review_1 ON book.id = review_1.book_id WHERE book.author_id = ? ORDER BY book.id, review_1.id
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id, review_1.id AS review_1_id, review_1.name AS review_1_name, review_1.book_id AS review_1_book_id FROM book LEFT OUTER JOIN review AS review_1 ON book.id = review_1.book_id WHERE book.author_id = ? ORDER BY book.id, review_1.id
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id, review_1.id AS review_1_id, review_1.name AS review_1_name, review_1.book_id AS review_1_book_id FROM book LEFT OUTER JOIN review AS review_1 ON book.id = review_1.book_id WHERE book.author_id = ? ORDER BY book.id, review_1.id
--> 4 statements
--> ann[a1[r1 r2] a2[]] ben[b1[r3]] cat[]

-- --- contains_eager ---------------------------------------------------------------------------------------
run(Author.query:join(Author.books):filter(Book.name ~= 'a1'):options(db.contains_eager(Author.books)), 'books')
--> SELECT author.id AS author_id, author.name AS author_name, book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM author JOIN book ON author.id = book.author_id WHERE book.name != ?
--> 1 statement
--> ann[a2] ben[b1]
b2 = db.aliased(Book, 'b2')
run(Author.query:outerjoin(Author.books:of_type(b2)):options(db.contains_eager(Author.books:of_type(b2))), 'books')
--> SELECT author.id AS author_id, author.name AS author_name, b2.id AS b2_id, b2.name AS b2_name, b2.author_id AS b2_author_id FROM author LEFT OUTER JOIN book AS b2 ON author.id = b2.author_id
--> 1 statement
--> ann[a1 a2] ben[b1] cat[]
run(Author.query:outerjoin(b2, b2.author_id == Author.id):options(db.contains_eager{Author.books, alias = b2}), 'books')
--> SELECT author.id AS author_id, author.name AS author_name, b2.id AS b2_id, b2.name AS b2_name, b2.author_id AS b2_author_id FROM author LEFT OUTER JOIN book AS b2 ON b2.author_id = author.id
--> 1 statement
--> ann[a1 a2] ben[b1] cat[]
run(Author.query:join(Author.books):join(Book.reviews):options(db.contains_eager(Author.books):contains_eager(Book.reviews)), 'books', 'reviews')
--> SELECT author.id AS author_id, author.name AS author_name, book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id, review.id AS review_id, review.name AS review_name, review.book_id AS review_book_id FROM author JOIN book ON author.id = book.author_id JOIN review ON book.id = review.book_id
--> 1 statement
--> ann[a1[r1 r2]] ben[b1[r3]]
run(Book.query:join(Book.author):options(db.contains_eager(Book.author):joinedload(Author.tags)), 'author', 'tags')
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id, author.id AS author_id, author.name AS author_name, tag_1.id AS tag_1_id, tag_1.name AS tag_1_name FROM book JOIN author ON author.id = book.author_id LEFT OUTER JOIN (author_tag AS author_tag_1 JOIN tag AS tag_1 ON tag_1.id = author_tag_1.tag_id) ON author.id = author_tag_1.author_id ORDER BY tag_1.id
--> 1 statement
--> b1(ben[]) a1(ann[t1 t2]) a2(ann[t1 t2])
run(Author.query:join(Author.books):options(db.contains_eager(Author.books), db.joinedload(Author.tags)):order_by(Book.id:desc()):limit(2), 'books')
--> SELECT anon_1.author_id AS anon_1_author_id, anon_1.author_name AS anon_1_author_name, anon_1.book_id AS anon_1_book_id, anon_1.book_name AS anon_1_book_name, anon_1.book_author_id AS anon_1_book_author_id, tag_1.id AS tag_1_id, tag_1.name AS tag_1_name FROM (SELECT author.id AS author_id, author.name AS author_name, book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM author JOIN book ON author.id = book.author_id ORDER BY book.id DESC LIMIT ?) AS anon_1 LEFT OUTER JOIN (author_tag AS author_tag_1 JOIN tag AS tag_1 ON tag_1.id = author_tag_1.tag_id) ON anon_1.author_id = author_tag_1.author_id ORDER BY anon_1.book_id DESC, tag_1.id
--> 1 statement
--> ben[b1] ann[a2]

-- --- what is loaded of the far side -----------------------------------------------------------------------
run(Author.query:options(db.joinedload(Author.books):load_only(Book.name)), 'books')
--> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id ORDER BY book_1.id
--> 1 statement
--> cat[] ann[a1 a2] ben[b1]
run(Author.query:options(db.selectinload(Author.books):load_only(Book.name)), 'books')
--> SELECT author.id AS author_id, author.name AS author_name FROM author
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book WHERE book.author_id IN (?, ?, ?) ORDER BY book.id
--> 2 statements
--> ann[a1 a2] ben[b1] cat[]
run(Author.query:options(db.selectinload(Author.books):defer(Book.name)))
--> SELECT author.id AS author_id, author.name AS author_name FROM author
--> SELECT book.id AS book_id, book.author_id AS book_author_id FROM book WHERE book.author_id IN (?, ?, ?) ORDER BY book.id
--> 2 statements
--> ann ben cat
run(Author.query:options(db.joinedload(Author.books):options(db.load_only(Book.id), db.joinedload(Book.reviews):load_only(Review.name))))
--> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, review_1.id AS review_1_id, review_1.name AS review_1_name FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id LEFT OUTER JOIN review AS review_1 ON book_1.id = review_1.book_id ORDER BY book_1.id, review_1.id
--> 1 statement
--> cat ann ben
run(Author.query:options(db.defaultload(Author.books):load_only(Book.name)), 'books')
--> SELECT author.id AS author_id, author.name AS author_name FROM author
--> 1 statement
--> ann[a1 a2] ben[b1] cat[]
--> LATER SELECT book.id AS book_id, book.name AS book_name FROM book WHERE book.author_id = ? ORDER BY book.id
--> LATER SELECT book.id AS book_id, book.name AS book_name FROM book WHERE book.author_id = ? ORDER BY book.id
--> LATER SELECT book.id AS book_id, book.name AS book_name FROM book WHERE book.author_id = ? ORDER BY book.id
run(Author.query:options(db.Load(Author):selectinload(Author.books)), 'books')
--> SELECT author.id AS author_id, author.name AS author_name FROM author
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book WHERE book.author_id IN (?, ?, ?) ORDER BY book.id
--> 2 statements
--> ann[a1 a2] ben[b1] cat[]
run(Author.query:options(db.selectinload(Author.books:and_(Book.name == 'a1'))), 'books')
--> SELECT author.id AS author_id, author.name AS author_name FROM author
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book WHERE book.author_id IN (?, ?, ?) AND book.name = ? ORDER BY book.id
--> 2 statements
--> ann[a1] ben[] cat[]
run(Author.query:options(db.joinedload(Author.books:and_(Book.name == 'a1'))), 'books')
--> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id AND book_1.name = ? ORDER BY book_1.id
--> 1 statement
--> ben[] cat[] ann[a1]
run(Author.query:options(db.lazyload(Author.books:and_(Book.name == 'a1'))), 'books')
--> SELECT author.id AS author_id, author.name AS author_name FROM author
--> 1 statement
--> ann[a1] ben[] cat[]
--> LATER SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book WHERE book.author_id = ? AND book.name = ? ORDER BY book.id
--> LATER SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book WHERE book.author_id = ? AND book.name = ? ORDER BY book.id
--> LATER SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book WHERE book.author_id = ? AND book.name = ? ORDER BY book.id
run(Author.query:options(db.joinedload(Author.books), db.with_loader_criteria(Book, Book.name == 'b1')), 'books')
--> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id AND book_1.name = ? ORDER BY book_1.id
--> 1 statement
--> ann[] cat[] ben[b1]
run(Author.query:options(db.selectinload(Author.books), db.with_loader_criteria(Book, Book.name == 'b1')), 'books')
--> SELECT author.id AS author_id, author.name AS author_name FROM author
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book WHERE book.author_id IN (?, ?, ?) AND book.name = ? ORDER BY book.id
--> 2 statements
--> ann[] ben[b1] cat[]

-- --- not at all -------------------------------------------------------------------------------------------
run(Author.query:filter_by{id = 1}:options(db.noload(Author.books)), 'books')
--> SELECT author.id AS author_id, author.name AS author_name FROM author WHERE author.id = ?
--> 1 statement
--> ann[]
session:expunge_all()
ann = Author.query:options(db.raiseload(Author.books)):get(1)
print(#ann.books)
--! InvalidRequestError: 'Author.books' is not available due to lazy='raise'
--!   load it with the query: query:options(db.selectinload(Author.books))
print(ann.books)
--> <Author.books: ‹not loaded›>
lost = Book.query:options(db.raiseload{Book.author, sql_only = true}):get(4)
print(lost.author)
--> nil
one = Book.query:options(db.raiseload{Book.author, sql_only = true}):get(1)
print(one.author.name)
--> ann
session:expunge_all()
one = Book.query:options(db.raiseload{Book.author, sql_only = true}):get(1)
print(one.author)
--! InvalidRequestError: 'Book.author' is not available due to lazy='raise_on_sql'
--!   load it with the query: query:options(db.joinedload(Book.author))
-- '*' is every relationship that nothing else is said of, of all objects the query brings.
session:expunge_all()
ann = Author.query:options(db.selectinload(Author.books), db.raiseload '*'):get(1)
print(#ann.books)
--> 2
print(ann.card)
--! InvalidRequestError: 'Author.card' is not available due to lazy='raise'
--!   load it with the query: query:options(db.joinedload(Author.card))
print(ann.books[1].reviews)
--> <Book.reviews: ‹not loaded›>
print(#ann.books[1].reviews)
--! InvalidRequestError: 'Book.reviews' is not available due to lazy='raise'
--!   load it with the query: query:options(db.selectinload(Book.reviews))
run(Author.query:filter_by{id = 1}:options(db.joinedload(Author.books):selectinload '*'), 'books', 'reviews')
--> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id WHERE author.id = ? ORDER BY book_1.id
--> SELECT review.id AS review_id, review.name AS review_name, review.book_id AS review_book_id FROM review WHERE review.book_id IN (?, ?) ORDER BY review.id
--> 2 statements
--> ann[a1[r1 r2] a2[]]

-- --- what is loaded stays -----------------------------------------------------------------------------------
session:expunge_all()
ann = Author.query:get(1)
ann.books:append(Book{name = 'new'})
first = ann.books[1]
first.name = 'changed'
session:no_autoflush(function()
  statements(function() return Author.query:options(db.selectinload(Author.books)):all() end)
  statements(function() return Author.query:options(db.joinedload(Author.books)):all() end)
end)
--> SELECT author.id AS author_id, author.name AS author_name FROM author
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book WHERE book.author_id IN (?, ?) ORDER BY book.id
--> 2 statements
--> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id ORDER BY book_1.id
--> 1 statement
print(#ann.books, first.name)
--> 3	changed
session:rollback()
-- A queued addition meets the collection that is loaded.
ann = Author.query:get(1)
added = Book{name = 'queued'}
added.author = ann
session:no_autoflush(function() Author.query:options(db.selectinload(Author.books)):all() end)
print(shown(ann, 'books'))
--> ann[a1 a2 queued]
session:rollback()
session:expunge_all()
-- refresh() and a first access after commit() load along what the query loaded along.
ann = Author.query:options(db.selectinload(Author.books)):get(1)
session:commit()
statements(function() print(ann.name, #ann.books) end)
--> ann	2
--> SELECT author.id AS author_id, author.name AS author_name FROM author WHERE author.id = ?
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book WHERE book.author_id IN (?) ORDER BY book.id
--> 2 statements
statements(function() session:refresh(ann) end)
--> SELECT author.id AS author_id, author.name AS author_name FROM author WHERE author.id = ?
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book WHERE book.author_id IN (?) ORDER BY book.id
--> 2 statements
-- What is lazy remembers the options beyond it.
session:expunge_all()
ann = Author.query:options(db.lazyload(Author.books):joinedload(Book.reviews)):get(1)
statements(function() print(#ann.books, #ann.books[1].reviews) end)
--> 2	2
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id, review_1.id AS review_1_id, review_1.name AS review_1_name, review_1.book_id AS review_1_book_id FROM book LEFT OUTER JOIN review AS review_1 ON book.id = review_1.book_id WHERE book.author_id = ? ORDER BY book.id, review_1.id
--> 1 statement

-- --- select(), streams, and what cannot be ------------------------------------------------------------------
run(function() return session:scalars(db.select(Author):options(db.joinedload(Author.books))):unique():all() end, 'books')
--> SELECT author.id, author.name, book_1.id AS id_1, book_1.name AS name_1, book_1.author_id FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id ORDER BY book_1.id
--> 1 statement
--> cat[] ann[a1 a2] ben[b1]
session:scalars(db.select(Author):options(db.joinedload(Author.books))):all()
--! InvalidRequestError: The unique() method must be invoked on this Result, as it contains results that include joined eager loads against collections
--!   Write result:unique():all(), or use selectinload.
session:execute(db.select(Author):options(db.joinedload(Author.books))):first()
--! InvalidRequestError: The unique() method must be invoked on this Result, as it contains results that include joined eager loads against collections
--!   Write result:unique():all(), or use selectinload.
run(function() return session:scalars(db.select(Book):options(db.joinedload(Book.author))):all() end, 'author')
--> SELECT book.id, book.name, book.author_id, author_1.id AS id_1, author_1.name AS name_1 FROM book LEFT OUTER JOIN author AS author_1 ON author_1.id = book.author_id
--> 1 statement
--> a1(ann) a2(ann) b1(ben) lost(-)
run(function()
  local list = {}
  for x in Author.query:options(db.selectinload(Author.books)):yield_per(2) do list[#list + 1] = x end
  return list
end, 'books')
--> SELECT author.id AS author_id, author.name AS author_name FROM author
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book WHERE book.author_id IN (?, ?) ORDER BY book.id
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book WHERE book.author_id IN (?) ORDER BY book.id
--> 3 statements
--> ann[a1 a2] ben[b1] cat[]
for x in Author.query:options(db.joinedload(Author.books)):yield_per(2) do end
--! InvalidRequestError: Can't use yield_per with eager loaders that require uniquing or row buffering, e.g. joinedload() against collections or subqueryload()
--!   selectinload() loads the collections of each batch
Author.query:options(db.subqueryload(Author.books)):yield_per(2):all()
--! InvalidRequestError: Can't use yield_per with eager loaders that require uniquing or row buffering, e.g. joinedload() against collections or subqueryload()
--!   selectinload() loads the collections of each batch
print(Author.query:options(db.joinedload(Author.books)):count())
--> 3
print(session:query(Author.query:options(db.joinedload(Author.books)):exists()):scalar())
--> true
run(Book.query:filter(Book.author_id:in_(db.select(Author.id):options())))
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book WHERE book.author_id IN (SELECT author.id FROM author)
--> 1 statement
--> a1 a2 b1
Author.query:options(db.joinedload(Book.author)):all()
--! ArgumentError: an option of this query speaks of Book.author, and the query returns Author
--!   options name attributes of what the query returns, seen through the alias it was given with
db.joinedload(Author.books):joinedload(Author.books)
--! ArgumentError: Attribute 'Author.books' does not link from 'Author.books', which leads to Book
db.joinedload(Author.books):load_only(Author.name)
--! ArgumentError: load_only: Author.name is no attribute of what Author.books leads to, Book
db.joinedload 'books'
--! ArgumentError: Strings are not accepted for attribute names in loader options: joinedload got 'books'
--!   name the attribute with its class: db.joinedload(User.posts)
db.joinedload(Author.name)
--! ArgumentError: joinedload takes a relationship of a class, got Expression
--!   db.joinedload(User.posts)
db.joinedload()
--! ArgumentError: joinedload needs a relationship
--!   db.joinedload(User.posts)
db.joinedload{Book.author, innerjoin = 3}
--! TypeError: joinedload: 'innerjoin' must be true, false or 'unnested', got number
db.selectinload{Author.books, depth = 2}
--! TypeError: selectinload has no option 'depth'
Author.query:options(Author.books)
--! ArgumentError: options takes loader options, got RelationshipAttribute
--!   query:options(db.load_only(User.id, User.name), db.defer(Post.body))

-- Pages are of the owners.
page = Author.query:order_by(Author.name):options(db.joinedload(Author.books)):paginate{page = 1, per_page = 2}
print(shown(page.items[1], 'books'), shown(page.items[2], 'books'), #page.items, page.has_next)
--> ann[a1 a2]	ben[b1]	2	true

-- Loader strategies: what is sent for each, how often, and what is found afterwards.
require 'authors'

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
--postgresql> SELECT place.x AS place_x, place.y AS place_y, place.name AS place_name FROM place
--postgresql> SELECT house.id AS house_id, house.name AS house_name, house.px AS house_px, house.py AS house_py FROM house WHERE (house.px, house.py) IN ((?, ?), (?, ?), (?, ?)) ORDER BY house.id
--postgresql> 2 statements
--postgresql> p11[h1 h2] p12[h3] p21[]
run(House.query:options(db.selectinload(House.place)), 'place')
--> SELECT house.id AS house_id, house.name AS house_name, house.px AS house_px, house.py AS house_py FROM house
--> SELECT place.x AS place_x, place.y AS place_y, place.name AS place_name FROM place WHERE (place.x, place.y) IN (VALUES (?, ?), (?, ?))
--> 2 statements
--> h1(p11) h2(p11) h3(p12) h0(-)
--postgresql> SELECT house.id AS house_id, house.name AS house_name, house.px AS house_px, house.py AS house_py FROM house
--postgresql> SELECT place.x AS place_x, place.y AS place_y, place.name AS place_name FROM place WHERE (place.x, place.y) IN ((?, ?), (?, ?))
--postgresql> 2 statements
--postgresql> h1(p11) h2(p11) h3(p12) h0(-)
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
--postgresql> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id ORDER BY book_1.id
--postgresql> 1 statement
--postgresql> ann[a1 a2] ben[b1] cat[]
run(Book.query:options(db.joinedload(Book.author)), 'author')
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id, author_1.id AS author_1_id, author_1.name AS author_1_name FROM book LEFT OUTER JOIN author AS author_1 ON author_1.id = book.author_id
--> 1 statement
--> a1(ann) a2(ann) b1(ben) lost(-)
run(Author.query:options(db.joinedload(Author.card)), 'card')
--> SELECT author.id AS author_id, author.name AS author_name, card_1.id AS card_1_id, card_1.name AS card_1_name, card_1.author_id AS card_1_author_id FROM author LEFT OUTER JOIN card AS card_1 ON author.id = card_1.author_id
--> 1 statement
--> ann(c1) ben(-) cat(-)
run(Author.query:options(db.joinedload(Author.tags)):order_by(Author.id), 'tags')
--> SELECT author.id AS author_id, author.name AS author_name, tag_1.id AS tag_1_id, tag_1.name AS tag_1_name FROM author LEFT OUTER JOIN (author_tag AS author_tag_1 JOIN tag AS tag_1 ON tag_1.id = author_tag_1.tag_id) ON author.id = author_tag_1.author_id ORDER BY author.id, tag_1.id
--> 1 statement
--> ann[t1 t2] ben[] cat[]
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
--postgresql> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id, review_1.id AS review_1_id, review_1.name AS review_1_name, review_1.book_id AS review_1_book_id FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id LEFT OUTER JOIN review AS review_1 ON book_1.id = review_1.book_id ORDER BY book_1.id, review_1.id
--postgresql> 1 statement
--postgresql> ann[a1[r1 r2] a2[]] ben[b1[r3]] cat[]
-- Two collections multiply the rows; each member is there once.
run(Author.query:options(db.joinedload(Author.books), db.joinedload(Author.tags)), 'books')
--> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id, tag_1.id AS tag_1_id, tag_1.name AS tag_1_name FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id LEFT OUTER JOIN (author_tag AS author_tag_1 JOIN tag AS tag_1 ON tag_1.id = author_tag_1.tag_id) ON author.id = author_tag_1.author_id ORDER BY book_1.id, tag_1.id
--> 1 statement
--> cat[] ann[a1 a2] ben[b1]
--postgresql> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id, tag_1.id AS tag_1_id, tag_1.name AS tag_1_name FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id LEFT OUTER JOIN (author_tag AS author_tag_1 JOIN tag AS tag_1 ON tag_1.id = author_tag_1.tag_id) ON author.id = author_tag_1.author_id ORDER BY book_1.id, tag_1.id
--postgresql> 1 statement
--postgresql> ann[a1 a2] ben[b1] cat[]
run(Author.query:options(db.joinedload(Author.books), db.joinedload(Author.tags)), 'tags')
--> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id, tag_1.id AS tag_1_id, tag_1.name AS tag_1_name FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id LEFT OUTER JOIN (author_tag AS author_tag_1 JOIN tag AS tag_1 ON tag_1.id = author_tag_1.tag_id) ON author.id = author_tag_1.author_id ORDER BY book_1.id, tag_1.id
--> 1 statement
--> cat[] ann[t1 t2] ben[]
--postgresql> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id, tag_1.id AS tag_1_id, tag_1.name AS tag_1_name FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id LEFT OUTER JOIN (author_tag AS author_tag_1 JOIN tag AS tag_1 ON tag_1.id = author_tag_1.tag_id) ON author.id = author_tag_1.author_id ORDER BY book_1.id, tag_1.id
--postgresql> 1 statement
--postgresql> ann[t1 t2] ben[] cat[]
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
--postgresql> SELECT anon_1.author_id AS anon_1_author_id, anon_1.author_name AS anon_1_author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id FROM (SELECT DISTINCT author.id AS author_id, author.name AS author_name FROM author) AS anon_1 LEFT OUTER JOIN book AS book_1 ON anon_1.author_id = book_1.author_id ORDER BY book_1.id
--postgresql> 1 statement
--postgresql> ann[a1 a2] ben[b1] cat[]
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
--postgresql> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id, review_1.id AS review_1_id, review_1.name AS review_1_name, review_1.book_id AS review_1_book_id FROM author LEFT OUTER JOIN (book AS book_1 JOIN review AS review_1 ON book_1.id = review_1.book_id) ON author.id = book_1.author_id ORDER BY book_1.id, review_1.id
--postgresql> 1 statement
--postgresql> ann[a1[r1 r2]] ben[b1[r3]] cat[]
run(Author.query:options(db.joinedload(Author.books):joinedload{Book.reviews, innerjoin = 'unnested'}), 'books', 'reviews')
--> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id, review_1.id AS review_1_id, review_1.name AS review_1_name, review_1.book_id AS review_1_book_id FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id LEFT OUTER JOIN review AS review_1 ON book_1.id = review_1.book_id ORDER BY book_1.id, review_1.id
--> 1 statement
--> cat[] ann[a1[r1 r2] a2[]] ben[b1[r3]]
--postgresql> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id, review_1.id AS review_1_id, review_1.name AS review_1_name, review_1.book_id AS review_1_book_id FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id LEFT OUTER JOIN review AS review_1 ON book_1.id = review_1.book_id ORDER BY book_1.id, review_1.id
--postgresql> 1 statement
--postgresql> ann[a1[r1 r2] a2[]] ben[b1[r3]] cat[]
-- An alias as the root; the same class twice.
run(session:query(a2):options(db.joinedload(a2.books)), 'books')
--> SELECT a2.id AS a2_id, a2.name AS a2_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id FROM author AS a2 LEFT OUTER JOIN book AS book_1 ON a2.id = book_1.author_id ORDER BY book_1.id
--> 1 statement
--> cat[] ann[a1 a2] ben[b1]
--postgresql> SELECT a2.id AS a2_id, a2.name AS a2_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id FROM author AS a2 LEFT OUTER JOIN book AS book_1 ON a2.id = book_1.author_id ORDER BY book_1.id
--postgresql> 1 statement
--postgresql> ann[a1 a2] ben[b1] cat[]
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
--postgresql> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id ORDER BY book_1.id
--postgresql> SELECT review.id AS review_id, review.name AS review_name, review.book_id AS review_book_id FROM review WHERE review.book_id IN (?, ?, ?) ORDER BY review.id
--postgresql> 2 statements
--postgresql> ann[a1[r1 r2] a2[]] ben[b1[r3]] cat[]
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
--postgresql> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id ORDER BY book_1.id
--postgresql> SELECT review.id AS review_id, review.name AS review_name, review.book_id AS review_book_id FROM review WHERE review.book_id IN (?, ?, ?) ORDER BY review.id
--postgresql> 2 statements
--postgresql> ann[a1[r1 r2] a2[]] ben[b1[r3]] cat[]
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

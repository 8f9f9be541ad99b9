-- Options of loading: what the query joined itself, which far objects, which columns, and what cannot be.
require 'authors'

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
run(Book.query:join(Book.author):options(db.contains_eager(Book.author):joinedload(Author.tags)):order_by(Book.id:desc()), 'author', 'tags')
--> SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id, author.id AS author_id, author.name AS author_name, tag_1.id AS tag_1_id, tag_1.name AS tag_1_name FROM book JOIN author ON author.id = book.author_id LEFT OUTER JOIN (author_tag AS author_tag_1 JOIN tag AS tag_1 ON tag_1.id = author_tag_1.tag_id) ON author.id = author_tag_1.author_id ORDER BY book.id DESC, tag_1.id
--> 1 statement
--> b1(ben[]) a2(ann[t1 t2]) a1(ann[t1 t2])
run(Author.query:join(Author.books):options(db.contains_eager(Author.books), db.joinedload(Author.tags)):order_by(Book.id:desc()):limit(2), 'books')
--> SELECT anon_1.author_id AS anon_1_author_id, anon_1.author_name AS anon_1_author_name, anon_1.book_id AS anon_1_book_id, anon_1.book_name AS anon_1_book_name, anon_1.book_author_id AS anon_1_book_author_id, tag_1.id AS tag_1_id, tag_1.name AS tag_1_name FROM (SELECT author.id AS author_id, author.name AS author_name, book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM author JOIN book ON author.id = book.author_id ORDER BY book.id DESC LIMIT ?) AS anon_1 LEFT OUTER JOIN (author_tag AS author_tag_1 JOIN tag AS tag_1 ON tag_1.id = author_tag_1.tag_id) ON anon_1.author_id = author_tag_1.author_id ORDER BY anon_1.book_id DESC, tag_1.id
--> 1 statement
--> ben[b1] ann[a2]

-- --- what is loaded of the far side -----------------------------------------------------------------------
run(Author.query:options(db.joinedload(Author.books):load_only(Book.name)), 'books')
--> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id ORDER BY book_1.id
--> 1 statement
--> cat[] ann[a1 a2] ben[b1]
--postgresql> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id ORDER BY book_1.id
--postgresql> 1 statement
--postgresql> ann[a1 a2] ben[b1] cat[]
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
--postgresql> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, review_1.id AS review_1_id, review_1.name AS review_1_name FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id LEFT OUTER JOIN review AS review_1 ON book_1.id = review_1.book_id ORDER BY book_1.id, review_1.id
--postgresql> 1 statement
--postgresql> ann ben cat
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
run(Author.query:options(db.joinedload(Author.books:and_(Book.name == 'a1'))):order_by(Author.id), 'books')
--> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id AND book_1.name = ? ORDER BY author.id, book_1.id
--> 1 statement
--> ann[a1] ben[] cat[]
run(Author.query:options(db.lazyload(Author.books:and_(Book.name == 'a1'))), 'books')
--> SELECT author.id AS author_id, author.name AS author_name FROM author
--> 1 statement
--> ann[a1] ben[] cat[]
--> LATER SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book WHERE book.author_id = ? AND book.name = ? ORDER BY book.id
--> LATER SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book WHERE book.author_id = ? AND book.name = ? ORDER BY book.id
--> LATER SELECT book.id AS book_id, book.name AS book_name, book.author_id AS book_author_id FROM book WHERE book.author_id = ? AND book.name = ? ORDER BY book.id
run(Author.query:options(db.joinedload(Author.books), db.with_loader_criteria(Book, Book.name == 'b1')):order_by(Author.id), 'books')
--> SELECT author.id AS author_id, author.name AS author_name, book_1.id AS book_1_id, book_1.name AS book_1_name, book_1.author_id AS book_1_author_id FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id AND book_1.name = ? ORDER BY author.id, book_1.id
--> 1 statement
--> ann[] ben[b1] cat[]
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
--postgresql> SELECT author.id, author.name, book_1.id AS id_1, book_1.name AS name_1, book_1.author_id FROM author LEFT OUTER JOIN book AS book_1 ON author.id = book_1.author_id ORDER BY book_1.id
--postgresql> 1 statement
--postgresql> ann[a1 a2] ben[b1] cat[]
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

-- Query: its methods, what they send and what they return.
require 'people'
-- --- all, first, one, one_or_none ---
show(User.query:all())
--> {<User ada>, <User bob>, <User cyd>}
print(User.query:filter(User.age:gt(99)):first())
--> nil
print(User.query:order_by(User.name:desc()):first())
--> <User cyd>
print(User.query:filter(User.name:eq 'bob'):one(), User.query:filter(User.age:gt(99)):one_or_none())
--> <User bob>	nil
User.query:filter(User.age:gt(99)):one()
--! NoResultFound: one(): no row was found for User
--!   one_or_none() returns nil instead, first() the first row or nil
User.query:filter_by{age = 20}:one()
--! MultipleResultsFound: one(): more than one row was found for User
--!   filter further, or take the first of them with first()
User.query:filter_by{age = 20}:one_or_none()
--! MultipleResultsFound: one_or_none(): more than one row was found for User
--!   filter further, or take the first of them with first()
print(User.query:limit(0):first(), User.query:limit(2):first())
--> nil	<User ada>
list = User.query:all()
print(list[4])
--> nil
list[0]()
--! IndexError: [0]: positions count from 1
--!   the first one is list[1]
print(list.name)
--! AttributeError: this is a list, and has no 'name'
--!   take one of it, list[1].name, or go over it: for _, x in ipairs(list) do … end
for u in list do end
--! TypeError: a list cannot be called
--!   go over it with: for _, x in ipairs(list) do … end

-- --- get ---
print(User.query:get(1), User.query:get(99), User.query:get(nil), User.query:get{2})
--> <User ada>	nil	nil	<User bob>
print(rawequal(User.query:get(1), ada), Seat.query:get{1, 2}.taken, Seat.query:get{row = 1, number = 1}.taken)
--> true	true	false
Seat.query:get(1)
--! InvalidRequestError: Seat has a key of 2 columns (row, number), and get() was given 1 values
--!   get{row, number}
User.query:get{1, 2}
--! InvalidRequestError: User has a key of 1 column (id), and get() was given 2 values
--!   get(id)
User.query:get 'x'
--! TypeError: Integer takes a whole number, got text 'x'
--!   while looking for User by its primary key
print(User.query:get '2')
--! TypeError: Integer takes a whole number, got text '2'; write 2, or convert the text with tonumber(…)
--!   while looking for User by its primary key
User.query:get(1.5)
--! ValueError: Integer takes a whole number, got 1.5
--!   while looking for User by its primary key
print(User.query:get(2.0))
--> <User bob>
User.query:filter_by{age = 20}:get(1)
--! InvalidRequestError: get() on a query that has conditions already
--!   User.query:get(key), or filter further and use first()
User.query:limit(2):get(1)
--! InvalidRequestError: get() on a query that has conditions already
--!   User.query:get(key), or filter further and use first()
db.session:query(User.id):get(1)
--! InvalidRequestError: get() needs a query of one class
Seat.query:get{row = 1, nmber = 1}
--! InvalidRequestError: Seat has no attribute 'nmber'; did you mean 'number'?
print(Seat.query:get{1, db.null})
--> nil
print(db.session:get(User, 3), db.session:get(User, 77))
--> <User cyd>	nil
User.query:get()

-- --- scalar, count ---
print(db.session:query(db.func.count(User.id)):scalar(), db.session:query(User.email):filter_by{name = 'bob'}:scalar())
--! TypeError: get() takes a primary key
--!   User.query:get(1), or get{1, 2} for a key of two columns
print(db.session:query(User.name):filter(User.id:gt(50)):scalar(), User.query:filter_by{id = 1}:scalar())
--> nil	<User ada>
db.session:query(User.name):scalar()
--! MultipleResultsFound: scalar(): more than one row was found for query
--!   filter further, or add limit(1)
print(User.query:count(), User.query:limit(2):count(), User.query:offset(1):count(), User.query:filter_by{age = 20}:count())
--> 3	2	2	2
print(db.session:query(User.age):count(), db.session:query(User.age):distinct():count(), db.session:query(User.age):group_by(User.age):count())
--> 3	2	2
print(User.query:join(User.posts):count(), User.query:outerjoin(User.posts):count(), User.query:join(User.posts):distinct():count())
--> 3	4	2
print(db.session:query(User, Post):count(), db.session:query(User.id, Post.id):count())
--> 12	12
print(User.query:order_by(User.name):count(), db.session:query(db.func.count(User.id)):count())
--> 3	1

-- --- filter, filter_by ---
show(User.query:filter(User.age:eq(20), User.email:eq(nil)):all())
--> {<User bob>}
show(User.query:filter_by{age = 20, email = db.null}:all())
--> {<User bob>}
print(User.query:filter_by{age = 20, name = 'bob'})
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--> FROM user
--> WHERE user.name = ? AND user.age = ?
User.query:filter_by{nme = 'x'}
--! InvalidRequestError: User has no attribute 'nme'; did you mean 'name'?
User.query:filter_by{}
--! ArgumentError: filter_by{} names nothing to compare
--!   a name whose value is nil vanishes from a Lua table: for IS NULL write filter_by{email = db.null}
User.query:filter_by('name', 'x')
--! ArgumentError: filter_by takes names and values in braces, got string
--!   filter_by{username = 'susan'}; conditions go to filter(…)
User.query:filter_by{name = User}
--! ArgumentError: user.name: expected a value or an SQL expression, got the model class User
--!   a column is compared with a value, another column or a query of one column; to compare with an object, use the relationship (Post.author:eq(user)) or the object's key (Post.user_id:eq(user.id))
User.query:filter_by{age = 'old'}
--! TypeError: user.age: Integer takes a whole number, got text 'old'
User.query:filter_by{age = 1.5}
User.query:filter(true)
--! ArgumentError: filter() got true: in this place == compares Lua values. Write User.id:eq(1), or db.expr(…)
--!   db.true_() and db.false_() are SQL's own truth values
User.query:filter(nil)
--! ArgumentError: filter() got nil instead of a condition
--!   a name that is not defined is nil: look for a misspelt one
User.query:filter()
User.query:filter 'name = 1'
--! ArgumentError: filter() got the string 'name = 1' instead of a condition
--!   SQL text is marked as such: db.text '…'
User.query:filter{name = 'x'}
--! ArgumentError: filter() got a table instead of a condition
--!   conditions by name are for filter_by{name = 'x'}; several conditions are several arguments
User.query:filter(User.age)
--! ArgumentError: filter(): User.age is no condition but a value of type Integer
--!   compare it with something: :eq(…), :gt(…), :ne(nil)
User.query:filter(User)
--! ArgumentError: filter() got Model instead of a condition
--!   a condition compares a column: User.id:eq(1), User.name:like 'a%', db.and_(…), db.exists(…)
show(Post.query:filter_by{author = ada}:all())
--> {<Post a1>, <Post a2>}
show(Post.query:filter_by{author = db.null}:all())
--> {<Post nobody>}
Post.query:filter_by{author = 1}
--! ArgumentError: Post.author is compared with a User object or nil, got number
User.query:filter_by{posts = ada}
show(User.query:join(User.posts):filter_by{title = 'b1'}:all())
--! InvalidRequestError: User.posts is a collection and cannot be compared with one object
--!   use User.posts:contains(x) or :any(…)
show(User.query:join(User.posts):filter_by{title = 'b1'}:filter(User.age:gt(1)):all())
--> {<User bob>}
User.query:join(User.posts):filter_by{name = 'b1'}
--! InvalidRequestError: Post has no attribute 'name'
User.query:limit(1):filter_by{name = 'x'}
--! InvalidRequestError: filter_by() after limit() or offset() would come before the cut
--!   call filter_by before limit, or go on from the cut rows: u = db.aliased(User, query:subquery()); db.session:query(u):filter_by(…)
User.query:offset(1):filter(User.id:eq(1))
--! InvalidRequestError: filter() after limit() or offset() would come before the cut
--!   call filter before limit, or go on from the cut rows: u = db.aliased(User, query:subquery()); db.session:query(u):filter(…)
show(db.session:query(User.name):filter_by{age = 20}:all())
--> {('bob',), ('cyd',)}
db.session:query(db.func.count()):filter_by{age = 20}
--! InvalidRequestError: this query has no class that a bare name could belong to
--!   use filter with a full name: filter(User.name:eq(x))
User.query.filter(User.id:eq(1))
--! TypeError: User.query.filter(…): methods take a colon: User.query:filter(…)
User.query:fliter(User.id:eq(1))
--! AttributeError: Query has no attribute 'fliter'; did you mean 'filter'?

-- --- order_by, limit, offset, slice, distinct ---
show(User.query:order_by(User.age, User.name:desc()):all())
--> {<User cyd>, <User bob>, <User ada>}
show(User.query:order_by(db.desc(User.age)):order_by(User.name):all())
--> {<User ada>, <User bob>, <User cyd>}
show(User.query:order_by 'name':all())
--> {<User ada>, <User bob>, <User cyd>}
show(User.query:order_by(db.desc 'name'):all())
--> {<User cyd>, <User bob>, <User ada>}
print(User.query:order_by(User.name):order_by(nil))
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--> FROM user
print(User.query:order_by 'name')
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--> FROM user ORDER BY user.name
show(db.session:query(User.name:label 'n'):order_by 'n':all())
--> {('ada',), ('bob',), ('cyd',)}
show(db.session:query(User.name:label 'n'):order_by(db.desc 'n'):all())
--> {('cyd',), ('bob',), ('ada',)}
User.query:order_by 'nme':all()
--! CompileError: 'nme' is neither a label nor a column of this SELECT
--!   order or group by the column itself, or by db.text 'nme'
User.query:order_by(1)
--! ArgumentError: expected a column or a label's name to order or group by, got number
--!   write User.name, User.name:desc() or db.desc 'label'
User.query:order_by 'name desc'
--! ArgumentError: 'name desc' is no label to order or group by
--!   write User.name:desc(), db.desc 'label', or db.text '…' for SQL
show(User.query:order_by(db.text 'age desc, name'):all())
--> {<User ada>, <User bob>, <User cyd>}
show(User.query:order_by(User.email:asc():nulls_last(), User.id):all())
--> {<User ada>, <User cyd>, <User bob>}
show(User.query:order_by(User.id):limit(2):all())
--> {<User ada>, <User bob>}
show(User.query:order_by(User.id):limit(2):offset(1):all())
--> {<User bob>, <User cyd>}
show(User.query:order_by(User.id):offset(2):all())
--> {<User cyd>}
show(User.query:order_by(User.id):limit(1):limit(nil):all())
--> {<User ada>, <User bob>, <User cyd>}
show(User.query:order_by(User.id):slice(2, 3):all())
--> {<User bob>, <User cyd>}
show(User.query:order_by(User.id):slice(2):all())
--> {<User bob>, <User cyd>}
show(User.query:order_by(User.id):slice(2, 1):all())
--> {}
User.query:slice(0, 2)
--! IndexError: slice takes the first and the last position, counted from 1
User.query:limit(-1)
--! ArgumentError: limit takes a number of rows, got -1
User.query:limit 'x'
--! TypeError: limit: argument 1: expected integer, got string
User.query:limit(1.5)
--! TypeError: limit: argument 1: expected integer, got number
show(User.query:order_by(User.id):limit(3):slice(2, 3):all())
--> {<User bob>, <User cyd>}
print(User.query:limit(5):offset(1))
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--> FROM user
-->  LIMIT ? OFFSET ?
print(User.query:offset(1))
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--> FROM user
-->  LIMIT -1 OFFSET ?
--postgresql> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--postgresql> FROM user
--postgresql> OFFSET ?
show(db.session:query(User.age):distinct():order_by(User.age):all())
--> {(20,), (36,)}
print(db.session:query(User.age):distinct():order_by(User.name))
--> SELECT DISTINCT user.age AS user_age
--> FROM user ORDER BY user.name

-- --- group_by, having ---
show(db.session:query(User.age, db.func.count(User.id)):group_by(User.age):order_by(User.age):all())
--> {(20, 2), (36, 1)}
show(db.session:query(User.age, db.func.count(User.id):label 'n'):group_by(User.age):having(db.func.count(User.id):gt(1)):all())
--> {(20, 2)}
show(db.session:query(User.age:label 'a', db.func.count()):group_by 'a':order_by 'a':all())
--> {(20, 2), (36, 1)}
print(db.session:query(User.age):group_by(User.age, User.name):group_by(nil))
--> SELECT user.age AS user_age
--> FROM user
User.query:having(5)
--! ArgumentError: having() got a number instead of a condition
--!   | and & bind tighter than ==: write (User.a == 1) | (User.b == 2), or use or and and

-- --- the query itself ---
print(User.query:filter(User.age:ge(20)):filter(User.name:like 'a%'))
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--> FROM user
--> WHERE user.age >= ? AND user.name LIKE ?
return #User.query
--! TypeError: a query has no length
--!   count the rows with :count(), or take the list with :all()
print(User.query:order_by(User.id)[2], User.query[99])
--> <User bob>	nil
print(User.query[0])
--! IndexError: query[0]: positions count from 1
print(User.query[-1])
--! IndexError: query[-1]: positions count from 1
User.query()
--! TypeError: a query cannot be called
--!   run it with :all() or :first(), or go over it: for x in query do … end
print(User.query.nme)
--! AttributeError: Query has no attribute 'nme'
User.query.name = 1
--! AttributeError: Query has no attribute 'name'
q1 = User.query
q2 = q1:filter_by{age = 20}
print(#q1:all(), #q2:all(), #q1:all())
--> 3	2	3
print(User.query:filter_by{name = 'o\'x'}:sql{literal = true})
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--> FROM user
--> WHERE user.name = 'o''x'
print(moonbase.inspect and type(User.query))
--> userdata
db.session:query()
--! ArgumentError: query needs something to select
--!   db.session:query(User), db.session:query(User.id, User.name)
db.session:query(5)
--! ArgumentError: a query selects classes and expressions, got number
--!   db.session:query(User), db.session:query(User.id, db.func.count(Post.id))
db.session:query 'User'
--! ArgumentError: a query selects classes and expressions, got string
--!   db.session:query(User), db.session:query(User.id, db.func.count(Post.id))
db.session:query(User.posts)
--! ArgumentError: a relationship cannot be selected
--!   select its class, and join: query(User, Post):join(User.posts)

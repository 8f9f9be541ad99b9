-- Query: its methods, what they send and what they return.
require 'people'

-- --- join, outerjoin ---
print(User.query:join(User.posts))
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--> FROM user JOIN post ON user.id = post.user_id
print(User.query:join(Post))
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--> FROM user JOIN post ON user.id = post.user_id
print(Post.query:join(User))
--> SELECT post.id AS post_id, post.title AS post_title, post.user_id AS post_user_id
--> FROM post JOIN user ON user.id = post.user_id
print(Post.query:outerjoin(Post.author))
--> SELECT post.id AS post_id, post.title AS post_title, post.user_id AS post_user_id
--> FROM post LEFT OUTER JOIN user ON user.id = post.user_id
print(User.query:join 'posts')
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--> FROM user JOIN post ON user.id = post.user_id
print(User.query:join(Post, Post.user_id:eq(User.id)))
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--> FROM user JOIN post ON post.user_id = user.id
print(db.session:query(User.name, Post.title):join(User.posts))
--> SELECT user.name AS user_name, post.title AS post_title
--> FROM user JOIN post ON user.id = post.user_id
print(db.session:query(User.name, Post.title):join(Post, Post.user_id:eq(User.id)))
--> SELECT user.name AS user_name, post.title AS post_title
--> FROM user JOIN post ON post.user_id = user.id
print(db.session:query(Post.title):join(Post.author))
--> SELECT post.title AS post_title
--> FROM post JOIN user ON user.id = post.user_id
print(db.session:query(db.func.count(Post.id)):join(User))
--> SELECT count(post.id) AS count_1
--> FROM post JOIN user ON user.id = post.user_id
print(db.session:query(db.func.count(Post.id)):select_from(User):join(User.posts))
--> SELECT count(post.id) AS count_1
--> FROM user JOIN post ON user.id = post.user_id
print(db.session:query(User, Post):join(Post))
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email, post.id AS post_id, post.title AS post_title, post.user_id AS post_user_id
--> FROM user JOIN post ON user.id = post.user_id
show(db.session:query(User, Post):join(Post):order_by(Post.id):all())
--> {(<User ada>, <Post a1>), (<User ada>, <Post a2>), (<User bob>, <Post b1>)}
show(db.session:query(User.name, Post.title):outerjoin(User.posts):order_by(User.id, Post.id):all())
--> {('ada', 'a1'), ('ada', 'a2'), ('bob', 'b1'), ('cyd', null)}
show(User.query:join(User.posts):all())
--> {<User ada>, <User bob>}
show(User.query:filter(User.id:eq(Post.user_id)):all())
--> {<User ada>, <User bob>}
print(User.query:filter(User.id:eq(Post.user_id)):count())
--> 3
print(User.query:join(User.posts):filter(User.id:eq(1)):one())
--> <User ada>
User.query:join(Seat)
--! NoForeignKeysError: cannot join to 'seat': no foreign key leads from it to 'user', nor from there to it
--!   give the condition: query:join(Post, Post.user_id:eq(User.id))
User.query:join(User.name)
--! ArgumentError: join takes a class, a relationship or a table, got Expression
--!   query:join(Post), query:join(User.posts) or query:join(Post, Post.user_id:eq(User.id))
User.query:join 'name'
--! ArgumentError: join takes a relationship or a class, and name is a column
User.query:join 'pots'
--! InvalidRequestError: User has no attribute 'pots'; did you mean 'posts'?
User.query:join()
--! ArgumentError: join needs a class, a relationship or a table
User.query:join(5)
--! ArgumentError: join takes a class, a relationship or a table, got number
--!   query:join(Post), query:join(User.posts) or query:join(Post, Post.user_id:eq(User.id))
User.query:join(User.posts):join(User.posts)
--! InvalidRequestError: Post is in the query already: joining it again needs an alias
--!   other = db.aliased(Post); query:join(User.posts:of_type(other))
User.query:join(User)
--! InvalidRequestError: 'user' is in the query already: joining it again needs an alias
--!   other = db.aliased(…); query:join(other, condition)
db.session:query(Seat):join(User.posts)
db.session:query(db.literal(1)):join(Post)
--! InvalidRequestError: join() has no left side: the query selects from no table
--!   say where to start: query:select_from(User):join(Post)
User.query:join(Post, true)
--! ArgumentError: join() got true: in this place == compares Lua values. Write User.id:eq(1), or db.expr(…)
--!   db.true_() and db.false_() are SQL's own truth values
User.query:join(Post, nil)
--! TypeError: join: argument 2 is nil
--!   a name that is not defined is nil: look for a misspelt or later one
print(User.query:join(Post.__table__))
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--> FROM user JOIN post ON user.id = post.user_id
sub = db.session:query(Post.user_id, db.func.count():label 'n'):group_by(Post.user_id):subquery()
print(db.session:query(User, sub.c.n):outerjoin(sub, sub.c.user_id:eq(User.id)))
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email, anon_1.n AS anon_n
--> FROM user LEFT OUTER JOIN (SELECT post.user_id, count(*) AS n
--> FROM post GROUP BY post.user_id) AS anon_1 ON anon_1.user_id = user.id
show(db.session:query(User, sub.c.n):outerjoin(sub, sub.c.user_id:eq(User.id)):order_by(User.id):all())
--> {(<User ada>, 2), (<User bob>, 1), (<User cyd>, null)}
print(sub.c.nn)
--! AttributeError: the subquery has no attribute 'nn'; did you mean 'n'?
-- a chain, a self-join, an ambiguous one
Tag = db.Model 'Tag' {
  id = db.Column{db.Integer, primary_key = true},
  post_id = db.Column{db.Integer, db.ForeignKey 'post.id'},
  text = db.Column{db.String(10)},
  post = db.relationship{'Post', backref = 'tags'},
}
Person = db.Model 'Person' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(10)},
  boss_id = db.Column{db.Integer, db.ForeignKey 'person.id'},
  boss = db.relationship{'Person', remote_side = 'Person.id', backref = 'team'},
}
Mail = db.Model 'Mail' {
  id = db.Column{db.Integer, primary_key = true},
  from_id = db.Column{db.Integer, db.ForeignKey 'person.id'},
  to_id = db.Column{db.Integer, db.ForeignKey 'person.id'},
  sender = db.relationship{'Person', foreign_keys = 'Mail.from_id'},
}
db.create_all()
print(User.query:join(User.posts):join(Post.tags):filter(Tag.text:eq 'x'))
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--> FROM user JOIN post ON user.id = post.user_id JOIN tag ON post.id = tag.post_id
--> WHERE tag.text = ?
print(User.query:join(User.posts, Post.tags))
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--> FROM user JOIN post ON user.id = post.user_id JOIN tag ON post.id = tag.post_id
print(User.query:join(Post):join(Tag))
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--> FROM user JOIN post ON user.id = post.user_id JOIN tag ON post.id = tag.post_id
Mail.query:join(Person)
--! AmbiguousForeignKeysError: several foreign keys join 'mail' and 'person': person.id = mail.from_id; person.id = mail.to_id
--!   give the relationship or the condition: query:join(User.posts), query:join(Post, Post.user_id:eq(User.id))
print(Mail.query:join(Mail.sender))
--> SELECT mail.id AS mail_id, mail.from_id AS mail_from_id, mail.to_id AS mail_to_id
--> FROM mail JOIN person ON person.id = mail.from_id
print(Mail.query:join(Person, Mail.to_id:eq(Person.id)))
--> SELECT mail.id AS mail_id, mail.from_id AS mail_from_id, mail.to_id AS mail_to_id
--> FROM mail JOIN person ON mail.to_id = person.id
Person.query:join(Person.boss)
--! InvalidRequestError: Person is in the query already: joining it again needs an alias
--!   other = db.aliased(Person); query:join(Person.boss:of_type(other))
Person.query:join(Person.team)
--! InvalidRequestError: Person is in the query already: joining it again needs an alias
--!   other = db.aliased(Person); query:join(Person.team:of_type(other))
-- --- select_from, with_entities, add_columns ---
print(db.session:query(Post.title):select_from(User):join(User.posts):filter(User.name:eq 'ada'))
--> SELECT post.title AS post_title
--> FROM user JOIN post ON user.id = post.user_id
--> WHERE user.name = ?
show(db.session:query(Post.title):select_from(User):join(User.posts):filter_by{title = 'a1'}:all())
--> {('a1',)}
User.query:select_from(1)
--! ArgumentError: select_from takes a class, a table or a subquery, got number
print(User.query:filter_by{age = 20}:with_entities(User.name))
--> SELECT user.name AS user_name
--> FROM user
--> WHERE user.age = ?
show(User.query:filter_by{age = 20}:with_entities(User.name, User.age):all())
--> {('bob', 20), ('cyd', 20)}
print(User.query:filter_by{age = 20}:with_entities(db.func.count()):scalar())
--> 2
show(User.query:with_entities(User.name):filter_by{age = 20}:all())
--> {('bob',), ('cyd',)}
User.query:with_entities()
--! ArgumentError: with_entities needs something to select
show(User.query:add_columns(User.age, db.func.upper(User.name):label 'up'):all())
--> {(<User ada>, 36, 'ADA'), (<User bob>, 20, 'BOB'), (<User cyd>, 20, 'CYD')}
show(db.session:query(User.name):add_columns(User.age):all())
--> {('ada', 36), ('bob', 20), ('cyd', 20)}
-- --- exists, subqueries ---
print(User.query:filter(Post.query:filter(Post.user_id:eq(User.id)):exists()))
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--> FROM user
--> WHERE EXISTS (SELECT 1
--> FROM post
--> WHERE post.user_id = user.id)
show(User.query:filter(Post.query:filter(Post.user_id:eq(User.id)):exists()):all())
--> {<User ada>, <User bob>}
show(User.query:filter(~Post.query:filter(Post.user_id:eq(User.id)):exists()):all())
--> {<User cyd>}
print(db.session:query(User.query:filter_by{name = 'ada'}:exists()):scalar())
--> true
print(db.session:query(User.query:filter_by{name = 'zoe'}:exists()):scalar())
--> false
print(User.query:filter(db.exists(Post.user_id:eq(User.id))))
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--> FROM user
--> WHERE EXISTS (SELECT 1
--> FROM post
--> WHERE post.user_id = user.id)
show(User.query:filter(db.exists(Post.user_id:eq(User.id))):all())
--> {<User ada>, <User bob>}
show(User.query:filter(User.posts:any()):all())
--> {<User ada>, <User bob>}
show(User.query:filter(User.posts:any(Post.title:eq 'b1')):all())
--> {<User bob>}
show(User.query:filter(User.posts:any{title = 'b1'}):all())
--> {<User bob>}
print(User.query:filter(User.posts:any(Post.title:eq 'b1')))
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--> FROM user
--> WHERE EXISTS (SELECT 1
--> FROM post
--> WHERE user.id = post.user_id AND post.title = ?)
show(Post.query:filter(Post.author:has(User.age:eq(20))):all())
--> {<Post b1>}
show(Post.query:filter(Post.author:has{name = 'ada'}):all())
--> {<Post a1>, <Post a2>}
show(Post.query:filter(~Post.author:has()):all())
--> {<Post nobody>}
show(Post.query:filter(Post.author:eq(ada)):all())
--> {<Post a1>, <Post a2>}
show(Post.query:filter(Post.author:ne(ada)):all())
--> {<Post b1>, <Post nobody>}
show(Post.query:filter(Post.author:eq(nil)):all())
--> {<Post nobody>}
show(Post.query:filter(Post.author:ne(nil)):all())
--> {<Post a1>, <Post a2>, <Post b1>}
User.query:filter(User.posts:eq(ada))
--! InvalidRequestError: User.posts is a collection and cannot be compared with one object
--!   use User.posts:contains(x) or :any(…)
b1 = Post.query:filter_by{title = 'b1'}:one()
show(User.query:filter(User.posts:contains(b1)):all())
--> {<User bob>}
User.query:filter(User.posts:has())
--! InvalidRequestError: User.posts is a collection: has() is for one object
--!   use User.posts:any(…)
Post.query:filter(Post.author:any())
--! InvalidRequestError: Post.author is to one object: any() is for collections
--!   use Post.author:has(…)
show(User.query:filter(User.id:in_(db.session:query(Post.user_id):filter(Post.title:like 'a%'))):all())
--> {<User ada>}
print(User.query:filter(User.id:in_(db.session:query(Post.user_id))))
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--> FROM user
--> WHERE user.id IN (SELECT post.user_id
--> FROM post)
print(User.query:filter(User.id:in_(db.session:query(Post.user_id):subquery())))
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--> FROM user
--> WHERE user.id IN (SELECT post.user_id
--> FROM post)
print(User.query:filter(User.id:in_(db.select(Post.user_id))))
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--> FROM user
--> WHERE user.id IN (SELECT post.user_id
--> FROM post)
print(User.query:filter(User.age:gt(db.session:query(db.func.avg(User.age)):scalar_subquery())))
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--> FROM user
--> WHERE user.age > (SELECT avg(user.age) AS avg_1
--> FROM user)
show(db.session:query(User.name, db.session:query(db.func.count(Post.id)):filter(Post.user_id:eq(User.id)):scalar_subquery():label 'n'):order_by(User.id):all())
--> {('ada', 2), ('bob', 1), ('cyd', 0)}
print(db.session:query(User.name, db.session:query(db.func.count(Post.id)):filter(Post.user_id:eq(User.id)):label 'n'))
--> SELECT user.name AS user_name, (SELECT count(post.id) AS count_1
--> FROM post
--> WHERE post.user_id = user.id) AS n
--> FROM user
s = User.query:filter_by{age = 20}:subquery 's'
print(db.session:query(s.c.name, s.c.id):order_by(s.c.name))
--> SELECT s.name AS s_name, s.id AS s_id
--> FROM (SELECT user.id, user.name, user.age, user.email
--> FROM user
--> WHERE user.age = ?) AS s ORDER BY s.name
show(db.session:query(s.c.name, s.c.id):order_by(s.c.name):all())
--> {('bob', 2), ('cyd', 3)}
print(db.session:query(db.func.count()):select_from(s):scalar())
--> 2
print(db.session:query(db.func.count()):select_from(User.query:limit(2):subquery()):scalar())
--> 2
User.query:filter(User.id:in_(User.query))
User.query:filter(User.id:in_(User.query)):all()
--! OperationalError: sub-select returns 4 columns - expected 1
--!   [SQL: SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--!   FROM user
--!   WHERE user.id IN (SELECT user.id, user.name, user.age, user.email
--!   FROM user)]
--postgresql! ProgrammingError: subquery has too many columns
--postgresql!   LINE 3: WHERE "user".id IN (SELECT "user".id, "user".name, "user".ag...
--postgresql!                           ^
-- --- objects in conditions: expired, new, none ---
db.session:rollback()
show(Post.query:filter(Post.author:eq(ada)):all())
--> {<Post a1>, <Post a2>}
db.session:expire(b1)
show(User.query:filter(User.posts:contains(b1)):all())
--> {<User bob>}
db.session:expunge(b1)
show(User.query:filter(User.posts:contains(b1)):all())
--> {<User bob>}
show(Post.query:filter(Post.author:eq(User{name = 'new'})):all())
--! InvalidRequestError: <User (transient)> has no key that Post.author could be compared with
--!   add it to the session and flush first; for rows that refer to none compare with nil
show(User.query:filter(User.posts:eq(nil)):all())
show(User.query:filter(User.posts:ne(nil)):all())
--> {<User cyd>}
--> {<User ada>, <User bob>}
show(User.query:filter_by{posts = db.null}:all())
--> {<User cyd>}
print(Post.query:filter(Post.author:ne(ada)))
--> SELECT post.id AS post_id, post.title AS post_title, post.user_id AS post_user_id
--> FROM post
--> WHERE post.user_id != ? OR post.user_id IS NULL
User.query:filter(User.posts:any{titel = 'b1'})
--! InvalidRequestError: Post has no attribute 'titel'; did you mean 'title'?
User.query:filter(User.posts:any{})
--! ArgumentError: any{} names nothing to compare
--!   a name whose value is nil vanishes from a Lua table: for IS NULL write db.null
show(User.query:filter(User.posts:any{author = ada}):all())
--> {<User ada>}
show(Post.query:filter(Post.author:has{email = db.null}):all())
--> {<Post b1>}
Post.query:filter(Post.author:eq(b1))
--! ArgumentError: Post.author is compared with a User object or nil, got a Post
-- an outer join without a partner, in a query of one class
show(db.session:query(Post):select_from(User):outerjoin(User.posts):order_by(User.id, Post.id):all())
--> {<Post a1>, <Post a2>, <Post b1>, null}
show(db.session:query(User):select_from(Post):outerjoin(Post.author):order_by(Post.id):all())
--> {<User ada>, <User bob>, null}
for x in db.session:query(Post):select_from(User):outerjoin(User.posts):order_by(User.id, Post.id) do print(x == db.null and 'none' or x) end
--> <Post a1>
--> <Post a2>
--> <Post b1>
--> none
print(db.session:query(Post):select_from(User):outerjoin(User.posts):filter(User.name:eq 'cyd'):first())
--> nil
-- one to one
Pass = db.Model 'Pass' {
  id = db.Column{db.Integer, primary_key = true},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
  holder = db.relationship{'User', backref = db.backref{'pass', uselist = false}},
}
db.create_all()
pass = Pass{holder = bob}
db.session:add(pass)
db.session:commit()
show(User.query:filter(User.pass:eq(pass)):all())
show(User.query:filter(User.pass:eq(nil)):all())
show(User.query:filter(User.pass:has()):all())
--> {<User bob>}
--> {<User ada>, <User cyd>}
--> {<User bob>}
print(User.query:filter(User.pass:eq(nil)))
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--> FROM user
--> WHERE NOT EXISTS (SELECT 1
--> FROM pass
--> WHERE user.id = pass.user_id)
-- many to many
Club = db.Model 'Club' {id = db.Column{db.Integer, primary_key = true}, name = db.Column{db.String(9)},
  members = db.relationship{'User', secondary = db.Table{'member',
    db.Column{'club_id', db.Integer, db.ForeignKey 'club.id', primary_key = true},
    db.Column{'user_id', db.Integer, db.ForeignKey 'user.id', primary_key = true}}, backref = 'clubs'}}
db.create_all()
chess, golf = Club{name = 'chess', members = {ada, bob}}, Club{name = 'golf'}
db.session:add_all{chess, golf}
db.session:commit()
print(User.query:join(User.clubs))
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--> FROM user JOIN member AS member_1 ON user.id = member_1.user_id JOIN club ON club.id = member_1.club_id
show(User.query:join(User.clubs):filter(Club.name:eq 'chess'):order_by(User.id):all())
show(User.query:filter(User.clubs:contains(chess)):order_by(User.id):all())
show(User.query:filter(User.clubs:any(Club.name:eq 'chess')):order_by(User.id):all())
show(User.query:filter(~User.clubs:any()):all())
show(Club.query:filter(Club.members:eq(nil)):all() and Club.query:filter(Club.members:eq(nil)):with_entities(Club.name):all())
show(Club.query:with_entities(Club.name):filter(Club.members:contains(ada)):all())
--> {<User ada>, <User bob>}
--> {<User ada>, <User bob>}
--> {<User ada>, <User bob>}
--> {<User cyd>}
--> {('golf',)}
--> {('chess',)}
show(db.session:query(User.name, Club.name):outerjoin(User.clubs):order_by(User.id):all())
--> {('ada', 'chess'), ('bob', 'chess'), ('cyd', null)}
print(db.session:query(db.func.count(User.id)):select_from(Club):join(Club.members):scalar())
--> 2

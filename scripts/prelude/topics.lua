-- What help 'comparisons' and the like print: a few lines about one subject each.
return {
  comparisons = [[
Comparisons build SQL inside the calls of a query: filter where having join outerjoin any has exists case
  and_ or_ not_ select query order_by group_by expr over label cast values update returning
  on_conflict_do_update relationship column_property query_expression with_expression
  with_loader_criteria, and the functions of db.func.
  User.query:filter(User.age >= 18 and User.name ~= 'bob')
  == ~= < <= > >=    a condition, when either side is an expression; x == nil is IS NULL
  and or not         join conditions; anything else keeps Lua's own truth
Elsewhere == compares Lua values, and < on an expression raises: db.expr keeps a condition.
  adult = db.expr(User.age >= 18)      User.query:filter(adult)
Methods say the same anywhere: eq ne lt le gt ge is_ is_not in_ not_in between like ilike
  startswith endswith contains regexp_match distinct collate cast label asc desc any has
  User.query:filter(User.name:in_{'ann', 'bob'}, User.email:endswith '@x.org')
& | ~ are and, or, not, and need parentheses: (User.a == 1) | (User.b == 2)
A range is between, or two comparisons: User.age:between(18, 30).
NULL inside a table is db.null: filter_by{email = db.null}.
Names that are not defined are errors, with the nearest name.]],

  sessions = [[
db.session holds the objects of a program and one transaction.
  u = User{name = 'ann'}   db.session:add(u)   db.session:commit()
add delete merge expunge     what is written at the next flush; new, dirty and deleted list it
flush                        write now; queries flush by themselves
commit rollback              end the transaction; the next use begins another
get(User, 1)                 by primary key, without SQL when it is loaded
execute scalars scalar       run db.select, db.insert, db.update, db.delete, db.text
refresh expire               read again what the database has
begin_nested(function() … end)   a savepoint: an error inside rolls back to it
plan()                       what a flush would do, without doing it
After a failed flush only rollback() is possible; nothing else is lost.
moonbase.inspect(u) tells an object's state and history.]],

  queries = [[
A query is built step by step and runs at the end; each step gives a new one.
  User.query:filter_by{name = 'ann'}:first()
  db.session:query(User.name, db.func.count(Post.id)):join(User.posts):group_by(User.name):all()
what       filter filter_by join outerjoin group_by having distinct with_entities add_columns
order      order_by(User.name:desc()) limit offset slice paginate{page = 1, per_page = 20}
run        all first one one_or_none get scalar count, or for u in query do … end
404        get_or_404 first_or_404 one_or_404
loading    options(db.joinedload(User.posts), db.load_only(User.id)) yield_per(1000)
parts      subquery cte exists union intersect except scalar_subquery correlate db.aliased(User, 'u2')
change     update{…} and delete() of all its rows
look       print(query) its SQL, query:sql{literal = true} with values, query:explain() the plan
filter comes before limit. db.select(User):where(…) is the 2.0 style: db.session:scalars(select):all().]],

  relationships = [[
A relationship is an attribute that leads to objects of another class.
  posts = db.relationship{'Post', backref = 'author'}      in User; Post has a db.ForeignKey 'user.id'
to many    u.posts: #u.posts, u.posts[1], ipairs(u.posts), u.posts:append(p), u.posts:remove(p)
to one     p.author = u, p.author = nil
many to many   db.relationship{'Tag', secondary = post_tags}, post_tags a db.Table
loading    lazy = 'select' 'joined' 'selectin' 'subquery' 'dynamic' 'raise'; for one query
           options(db.selectinload(User.posts))
deleting   cascade = 'all, delete-orphan', passive_deletes = true
conditions Post.author == u, User.posts:any(Post.title == 'x'), Post.author:has(User.name == 'ann')
joins      db.session:query(User, Post):join(User.posts)
Several foreign keys between two tables: foreign_keys = 'Post.author_id' says which one.
A class that is declared later goes by its name in quotes.]],
}

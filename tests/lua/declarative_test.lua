-- declarative_base and registry: classes and tables without an app.
moonbase = require 'moonbase'
engine = moonbase.create_engine(fresh_database())
Base = moonbase.declarative_base()
User = Base 'User' {
  id    = moonbase.Column{moonbase.Integer, primary_key = true},
  name  = moonbase.Column{moonbase.String(20)},
  posts = moonbase.relationship{'Post', backref = 'author'},
}
Post = Base 'Post' {
  id      = moonbase.Column{moonbase.Integer, primary_key = true},
  user_id = moonbase.Column{moonbase.Integer, moonbase.ForeignKey 'user.id'},
}
print(Base, Base.registry, Base.metadata.tables, User.__table__.name)
--> <Base>	<registry>	tables(user, post)	user
Base.metadata:create_all(engine)
session = moonbase.Session{bind = engine}
session:add(User{name = 'a', posts = {Post{}, Post{}}})
session:commit()
print(session:query(User):one().name, #session:get(User, 1).posts, session:scalar(moonbase.select(moonbase.func.count(Post.id))))
--> a	2	2
session:close()
-- What every class has, and a metadata of one's own.
metadata = moonbase.MetaData{naming_convention = {pk = 'pk_%(table_name)s'}}
Named = moonbase.declarative_base{metadata = metadata, name = 'Named', cls = {
  id = moonbase.Column{moonbase.Integer, primary_key = true},
  __repr__ = function(self) return '<' .. self.name .. '>' end,
}}
City = Named 'City' {name = moonbase.Column{moonbase.String(20)}}
River = Named 'River' {name = moonbase.Column{moonbase.String(20)}}
print(City{name = 'Ulm'}, River.id, Named.metadata == metadata)
--> <Ulm>	river.id	true
-- Classes of one registry find each other by name; those of another do not meet them.
registry = moonbase.registry{}
A, B = registry:generate_base(), registry:generate_base{name = 'B'}
Left = A 'Left' {id = moonbase.Column{moonbase.Integer, primary_key = true}, rights = moonbase.relationship 'Right'}
Right = B 'Right' {id = moonbase.Column{moonbase.Integer, primary_key = true}, left_id = moonbase.Column{moonbase.Integer, moonbase.ForeignKey 'left.id'}}
print(A, B, A.registry == registry, A.metadata == B.metadata, A.metadata == Base.metadata)
--> <Base>	<B>	true	true	false
A.metadata:create_all(engine)
session = moonbase.Session{bind = engine, registry = registry}
session:add(Left{rights = {Right{}, Right{}}})
session:commit()
print(#session:query(Left):one().rights)
--> 2
session:add(User{name = 'b'})
--! UnmappedInstanceError: <User (transient)> is of a class of another database
--!   add it to that database's session
session:close()

-- --- mistakes -------------------------------------------------------------------------------------------------------------
print(User.query)
--! InvalidRequestError: a class of declarative_base() has no session of its own to query with
--!   session = moonbase.Session{bind = engine}; session:query(User)
print(Base.Usr)
--! AttributeError: Base has no 'Usr'
--!   Declare a class with User = Base 'User' {…}; its attributes are User.name.
Base{id = 1}
--! TypeError: Base takes the class's name first: User = Base 'User' {…}
moonbase.declarative_base{metdata = metadata}
--! TypeError: declarative_base has no option 'metdata'
--!   There is: cls, metadata, name.
moonbase.declarative_base(metadata)
--! TypeError: declarative_base takes its options in braces: declarative_base{…}
moonbase.registry{cls = {}}
--! TypeError: registry has no option 'cls'
--!   There is: metadata.
moonbase.Session{bind = engine, registry = Base}
--! TypeError: Session: 'registry' is what classes were declared in, got table
--!   registry = Base.registry
-- A database object of an app stays the one that a program's session is of.
app = moonbase.App 'both'
app.config.DATABASE_URI = fresh_database()
db = moonbase.Database(app)
Thing = db.Model 'Thing' {id = db.Column{db.Integer, primary_key = true}}
db.create_all()
Late = moonbase.declarative_base()
db.session:add(Thing{})
db.session:commit()
print(Thing.query:count(), moonbase.Session{bind = db.engine}:query(Thing):count(), db.Model.metadata == db.metadata)
--> 1	1	true

-- Queries that differ in their values alone are planned once. Each has its own values all the same,
-- and what a class gets later is in the next query.
require 'sent'
app = moonbase.App 'repeated'
app.config:update{SQLALCHEMY_DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
db = moonbase.Database(app)
User = db.Model 'User' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(40)},
  email = db.Column{db.String(80)},
}
function User:__repr__() return ('<User %s>'):format(self.name) end
db.create_all()
db.session:add_all{User{name = 'ada'}, User{name = 'bob', email = 'b'}, User{name = 'cyd', email = 'c'}}
db.session:commit()
db.clear_recorded_queries()

-- --- the same question about others ------------------------------------------------------------------------
for _, name in ipairs{'ada', 'bob', 'nobody'} do print(User.query:filter_by{name = name}:first()) end
--> <User ada>
--> <User bob>
--> nil
sql()
--> SELECT user.id AS user_id, user.name AS user_name, user.email AS user_email FROM user WHERE user.name = ? LIMIT ?  [ada, 1]
--> SELECT user.id AS user_id, user.name AS user_name, user.email AS user_email FROM user WHERE user.name = ? LIMIT ?  [bob, 1]
--> SELECT user.id AS user_id, user.name AS user_name, user.email AS user_email FROM user WHERE user.name = ? LIMIT ?  [nobody, 1]
for _, id in ipairs{1, 3, 0} do print(User.query:filter(User.id >= id):order_by(User.name:desc()):limit(2):all()) end
--> {<User cyd>, <User bob>}
--> {<User cyd>}
--> {<User cyd>, <User bob>}
sql()
--> SELECT user.id AS user_id, user.name AS user_name, user.email AS user_email FROM user WHERE user.id >= ? ORDER BY user.name DESC LIMIT ?  [1, 2]
--> SELECT user.id AS user_id, user.name AS user_name, user.email AS user_email FROM user WHERE user.id >= ? ORDER BY user.name DESC LIMIT ?  [3, 2]
--> SELECT user.id AS user_id, user.name AS user_name, user.email AS user_email FROM user WHERE user.id >= ? ORDER BY user.name DESC LIMIT ?  [0, 2]
print(User.query:filter_by{email = db.null}:one(), User.query:filter_by{email = 'c'}:one())
--> <User ada>	<User cyd>
for _, ids in ipairs{{1}, {2, 3}, {}} do print(User.query:filter(User.id:in_(ids)):order_by(User.id):all()) end
--> {<User ada>}
--> {<User bob>, <User cyd>}
--> {}
for _, email in ipairs{'b', 'c'} do
  local named = db.select(User.id):where(User.email == email)
  print(User.query:filter(User.id:in_(named)):one(), db.session:scalars(db.select(User):where(User.email == email)):all())
end
--> <User bob>	{<User bob>}
--> <User cyd>	{<User cyd>}

-- --- of objects with changes, which are written first ------------------------------------------------------
ada = User.query:filter_by{name = 'ada'}:one()
ada.email = 'a'
print(User.query:filter_by{email = 'a'}:one(), User.query:filter_by{email = 'a'}:populate_existing():one() == ada)
--> <User ada>	true
db.session:rollback()
print(User.query:filter_by{email = 'a'}:first(), User.query:filter_by{email = 'b'}:first())
--> nil	<User bob>

-- --- with a named parameter, whose value comes with the run ------------------------------------------------
wanted = User.query:filter(User.name == db.bindparam 'who')
print(wanted:params{who = 'bob'}:one(), wanted:params{who = 'cyd'}:one())
--> <User bob>	<User cyd>
wanted:one()
--! StatementError: A value is required for bind parameter 'who'
--!   [SQL: SELECT user.id AS user_id, user.name AS user_name, user.email AS user_email
--!   FROM user
--!   WHERE user.name = ?]

-- --- a column that the class gets later --------------------------------------------------------------------
db.session:execute(db.text 'ALTER TABLE "user" ADD COLUMN nickname VARCHAR(40)')
db.session:execute(db.text [[UPDATE "user" SET nickname = 'b']])
User.nickname = db.Column{db.String(40)}
db.session:commit()
db.clear_recorded_queries()
print(User.query:filter_by{name = 'bob'}:first().nickname)
--> b
sql()
--> SELECT user.id AS user_id, user.name AS user_name, user.email AS user_email, user.nickname AS user_nickname FROM user WHERE user.name = ? LIMIT ?  [bob, 1]

-- --- a relationship that another class brings, and that is loaded along ------------------------------------
Note = db.Model 'Note' {
  id = db.Column{db.Integer, primary_key = true},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
  user = db.relationship{'User', backref = db.backref{'notes', lazy = 'selectin'}},
}
db.create_all()
db.session:add(Note{user_id = 2})
db.session:commit()
db.clear_recorded_queries()
print(#User.query:filter_by{name = 'bob'}:first().notes)
--> 1
sql()
--> SELECT user.id AS user_id, user.name AS user_name, user.email AS user_email, user.nickname AS user_nickname FROM user WHERE user.name = ? LIMIT ?  [bob, 1]
--> SELECT note.id AS note_id, note.user_id AS note_user_id FROM note WHERE note.user_id IN (?)  [2]

-- Declaring mapped classes: the class body, table names, bases and mixins, what is refused.
moonbase = require 'moonbase'
app = moonbase.App 'declaration'
app.config:update{DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
db = moonbase.Database(app)
function ddl(t) print((tostring(db.CreateTable(t)):gsub(" +\n", "\n"))) end
function sql()
  for _, q in ipairs(db.get_recorded_queries()) do print((q.statement:gsub('%s+', ' '))) end
  db.clear_recorded_queries()
end

-- --- columns keep the order in which they were written ---------------------------------------------
User = db.Model 'User' {
  id       = db.Column{db.Integer, primary_key = true},
  zip      = db.Column{db.String(10)},
  username = db.Column{db.String(64), index = true, unique = true},
  email    = db.Column{db.String(120), nullable = false},
  age      = db.Column{db.Integer},
  KIND     = 'person',
  __repr__ = function(self) return '<User ' .. tostring(self.username) .. '>' end,
}
ddl(User.__table__)
print(User, User.__name__, User.__tablename__, User.__table__, User.KIND, User.metadata == db.metadata)
--> CREATE TABLE user (
--> 	id INTEGER NOT NULL,
--> 	zip VARCHAR(10),
--> 	username VARCHAR(64),
--> 	email VARCHAR(120) NOT NULL,
--> 	age INTEGER,
--> 	PRIMARY KEY (id)
--> )
--> <class User>	User	user	user	person	true
print(User.username)
--> user.username
print(User{username = 'ada'}, User{username = 'ada'}.KIND)
--> <User ada>	person
for name, class in pairs(db.models) do print(name, class) end
--> User	<class User>

-- A column may be called otherwise than its attribute.
Named = db.Model 'Named' {
  id    = db.Column{'named_id', db.Integer, primary_key = true},
  class_ = db.Column{'class', db.String(10)},
}
ddl(Named.__table__)
print(Named.class_)
db.create_all()
db.session:add(Named{class_ = 'x'})
db.session:commit()
print(Named.query:filter_by{class_ = 'x'}:one().id)
print(Named.query)
--> CREATE TABLE named (
--> 	named_id INTEGER NOT NULL,
--> 	class VARCHAR(10),
--> 	PRIMARY KEY (named_id)
--> )
--> named.class
--> 1
--> SELECT named.named_id AS named_named_id, named.class AS named_class
--> FROM named

-- --- table names -----------------------------------------------------------------------------------
VECTORS = {
  CamelCase = 'camel_case', Snake_case = 'snake_case', HTMLLayout = 'html_layout', LayoutHTML = 'layout_html',
  HTTP2Request = 'http2_request', ShoppingCartSession = 'shopping_cart_session', ABC = 'abc', PreABC = 'pre_abc',
  ABCPost = 'abc_post', PreABCPost = 'pre_abc_post', HTTP2RequestSession = 'http2_request_session', UserST4 = 'user_st4',
  HTTP2ClientType3EncoderParametersSSE = 'http2_client_type3_encoder_parameters_sse',
  LONGName4TestingCamelCase2snake_caseXYZ = 'long_name4_testing_camel_case2snake_case_xyz', FooBarSSE2 = 'foo_bar_sse2',
  AlarmMessageSS2SignalTransformer = 'alarm_message_ss2_signal_transformer', AstV2Node = 'ast_v2_node',
  HTTPResponseCodeXYZ = 'http_response_code_xyz', get2HTTPResponse123Code = 'get2_http_response123_code',
  AddressAndPhone = 'address_and_phone', HTTPServer = 'http_server', UserID2 = 'user_id2',
}
for class, name in pairs(VECTORS) do
  local made = db.Model(class) {id = db.Column{db.Integer, primary_key = true}}
  if made.__tablename__ ~= name then print(class, made.__tablename__, name) end
end

Explicit = db.Model 'Explicit' {__tablename__ = 'chosen', id = db.Column{db.Integer, primary_key = true}}
Computed = db.Model 'Computed' {
  __tablename__ = function(class) return 'tbl_' .. class:lower() end,
  id = db.Column{db.Integer, primary_key = true},
}
print(Explicit.__tablename__, Computed.__tablename__, Computed.id)
--> chosen	tbl_computed	tbl_computed.id
db.Model 'BadName' {__tablename__ = 3, id = db.Column{db.Integer, primary_key = true}}
--! ArgumentError: model BadName: __tablename__ must be text, got number
db.Model 'BadName' {__tablename__ = function() return nil end, id = db.Column{db.Integer, primary_key = true}}
print(db.models.BadName.__tablename__)
--> bad_name

-- --- __table_args__ ----------------------------------------------------------------------------------
Person = db.Model 'Person' {
  first = db.Column{db.String(20), primary_key = true},
  last  = db.Column{db.String(20), primary_key = true},
  age   = db.Column{db.Integer},
  __table_args__ = {
    db.UniqueConstraint{'last', 'age', name = 'uq_last_age'},
    db.CheckConstraint{'age >= 0', name = 'ck_age'},
    db.Index{'ix_last', 'last'},
    comment = 'people',
  },
}
ddl(Person.__table__)
for _, index in ipairs(Person.__table__.indexes) do print(index) end
--> CREATE TABLE person (
--> 	first VARCHAR(20) NOT NULL,
--> 	last VARCHAR(20) NOT NULL,
--> 	age INTEGER,
--> 	PRIMARY KEY (first, last),
--> 	CONSTRAINT uq_last_age UNIQUE (last, age),
--> 	CONSTRAINT ck_age CHECK (age >= 0)
--> )
--> Index('ix_last', 'last')
db.Model 'BadArgs' {id = db.Column{db.Integer, primary_key = true}, __table_args__ = {schemas = 'x'}}
--! TypeError: __table_args__ has no option 'schemas'; did you mean 'schema'?
db.Model 'BadArgs' {id = db.Column{db.Integer, primary_key = true}, __table_args__ = {db.UniqueConstraint{'nme'}}}
--! ArgumentError: A unique constraint of table 'bad_args' names column 'nme', which is not there
print(db.models.BadArgs, rawequal(db.metadata.tables.bad_args, nil))
--! KeyError: There is no table 'bad_args'

-- --- mixins and abstract bases ----------------------------------------------------------------------
Timestamps = {
  created = db.Column{db.Integer, default = 1},
  updated = db.Column{db.Integer, default = 2},
  age_of = function(self) return self.updated - self.created end,
}
Note = db.Model('Note', Timestamps) {
  id = db.Column{db.Integer, primary_key = true},
  text = db.Column{db.String(20)},
}
Memo = db.Model('Memo', Timestamps) {
  id = db.Column{db.Integer, primary_key = true},
}
ddl(Note.__table__)
ddl(Memo.__table__)
print(Note{created = 3, updated = 10}:age_of(), Note.created, Memo.created)
--> CREATE TABLE note (
--> 	id INTEGER NOT NULL,
--> 	text VARCHAR(20),
--> 	created INTEGER,
--> 	updated INTEGER,
--> 	PRIMARY KEY (id)
--> )
--> CREATE TABLE memo (
--> 	id INTEGER NOT NULL,
--> 	created INTEGER,
--> 	updated INTEGER,
--> 	PRIMARY KEY (id)
--> )
--> 7	note.created	memo.created

-- What the class says wins over the mixin, the first mixin over the second.
First = {greet = function() return 'first' end, size = db.Column{db.Integer}}
Second = {greet = function() return 'second' end, size = db.Column{db.String(5)}, weight = db.Column{db.Integer}}
Mixed = db.Model('Mixed', First, Second) {id = db.Column{db.Integer, primary_key = true}, weight = db.Column{db.Float}}
print(Mixed{}:greet(), Mixed.__table__.c.size.type, Mixed.__table__.c.weight.type)
--> first	Integer	Float

Base = db.Model 'Base' {
  __abstract__ = true,
  id = db.Column{db.Integer, primary_key = true},
  describe = function(self) return 'no. ' .. tostring(self.id) end,
}
Leaf = db.Model('Leaf', Base) {name = db.Column{db.String(5)}}
Middle = db.Model('Middle', Base) {__abstract__ = true, extra = db.Column{db.Integer}}
Deep = db.Model('Deep', Middle, Timestamps) {name = db.Column{db.String(5)}}
ddl(Leaf.__table__)
ddl(Deep.__table__)
print(Leaf{id = 4}:describe(), Deep{id = 5}:describe(), Leaf.__tablename__, Deep.__tablename__)
--> CREATE TABLE leaf (
--> 	name VARCHAR(5),
--> 	id INTEGER NOT NULL,
--> 	PRIMARY KEY (id)
--> )
--> CREATE TABLE deep (
--> 	name VARCHAR(5),
--> 	id INTEGER NOT NULL,
--> 	extra INTEGER,
--> 	created INTEGER,
--> 	updated INTEGER,
--> 	PRIMARY KEY (id)
--> )
--> no. 4	no. 5	leaf	deep

-- A relationship in a mixin is made for each class.
Owned = {
  owner_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
  owner = db.relationship{'User'},
}
Car = db.Model('Car', Owned) {id = db.Column{db.Integer, primary_key = true}}
Boat = db.Model('Boat', Owned) {id = db.Column{db.Integer, primary_key = true}}
ada = User{username = 'ada', email = 'a'}
print(Car{owner = ada}.owner, Boat{owner = ada}.owner)
--> <User ada>	<User ada>

-- --- a base of one's own, for every class ------------------------------------------------------------
other = moonbase.Database{model_class = {
  to_text = function(self) return 'text of ' .. tostring(self.id) end,
  __repr__ = function(self) return 'custom ' .. tostring(self.id) end,
}}
Thing = other.Model 'Thing' {id = other.Column{other.Integer, primary_key = true}}
print(Thing{id = 3}:to_text(), Thing{id = 3})
--> text of 3	custom 3

-- --- __table__ ---------------------------------------------------------------------------------------
plain = db.Table{'plain', db.Column{'id', db.Integer, primary_key = true}, db.Column{'word', db.String(9)}}
Plain = db.Model 'Plain' {__table__ = plain, shout = function(self) return self.word:upper() end}
print(Plain{word = 'hi'}:shout(), Plain.__table__ == plain, Plain.word)
db.Model 'NotATable' {__table__ = 3}
--! ArgumentError: model NotATable: __table__ takes a table made with db.Table, got number
db.Model 'Extended' {__table__ = plain, extra = db.Column{db.Integer}}
--! ArgumentError: model Extended: 'extra' is a column, and __table__ names a table that is complete
--!   leave out either the columns or __table__
-- A table of that name that stands by itself is adopted by a class without columns.
db.Table{'adopted', db.Column{'id', db.Integer, primary_key = true}, db.Column{'word', db.String(9)}}
Adopted = db.Model 'Adopted' {}
print(Adopted.word, Adopted{word = 'x'}.word)
--> adopted.word	x

-- --- __init__ ----------------------------------------------------------------------------------------
Account = db.Model 'Account' {
  id    = db.Column{db.Integer, primary_key = true},
  name  = db.Column{db.String(20)},
  token = db.Column{db.String(20)},
}
made = 0
function Account:__init__(kw)
  made = made + 1
  kw.token = kw.token or 'made for ' .. kw.name
  db.Model.__init__(self, kw)
end
db.create_all()
a = Account{name = 'ada'}
print(a.name, a.token, made)
db.session:add(a)
db.session:commit()
a = nil
db.session:close()
print(Account.query:one().token, made)
--> ada	made for ada	1
--> made for ada	1
function Account:__init__(name, token) db.Model.__init__(self, {name = name, token = token}) end
print(Account('x', 'y').name, Account('x', 'y').token)
--> x	y
function Account:__init__(kw) error 'not today' end
Account{name = 'x'}
--! not today
db.Model.__init__({}, {})
--! TypeError: __init__ takes the new object first: db.Model.__init__(self, kw)

-- --- refused, and nothing stays behind ----------------------------------------------------------------
db.Model 'NoKey' {name = db.Column{db.String(5)}}
--! ArgumentError: model NoKey has no primary key: no column of table 'no_key' is one
--!   mark a column: id = db.Column{db.Integer, primary_key = true}
print(db.models.NoKey, db.metadata.tables.no_key)
NoKey = db.Model 'NoKey' {id = db.Column{db.Integer, primary_key = true}, name = db.Column{db.String(5)}}
print(NoKey)
--! KeyError: There is no table 'no_key'
db.Model 'Usr' {id = db.Column{db.Integer, primary_key = true}, __tablename__ = 'user'}
--! InvalidRequestError: model Usr: there is a table 'user' already, which User is mapped to
--!   name another one with __tablename__ = '…', or map the one there is with __table__
ok, err = pcall(function()
  db.Model 'User' {id = db.Column{db.Integer, primary_key = true}}
end)
print((tostring(err):gsub('%S+/', '')))
--> InvalidRequestError: model User is declared twice: model_declaration_test.lua:13 and model_declaration_test.lua:263
-->   give one of the two another name
db.Model 'Typo' {id = db.Column{db.Integer, primary_key = true}, __tablenam__ = 'x'}
--! ArgumentError: model Typo has no option __tablenam__; did you mean '__tablename__'?
db.Model 'Positional' {db.Column{db.Integer, primary_key = true}}
--! ArgumentError: model Positional: a class body takes name = value, got a Column at position 1
--!   write name = db.Column{…}
db.Model 'TypeOnly' {id = db.Integer}
--! ArgumentError: model TypeOnly: 'id' is a type, not a column
--!   write id = db.Column{db.Integer}
db.Model 'TypeOnly' {id = db.String(5)}
--! ArgumentError: model TypeOnly: 'id' is a type, not a column
--!   write id = db.Column{db.String(5)}
shared = db.Column{db.Integer, primary_key = true}
db.Model 'One' {id = shared}
db.Model 'Two' {id = shared}
--! ArgumentError: model Two: the column 'id' belongs to another table already
--!   make a column of its own with db.Column, or share it through a mixin: db.Model('Two', Mixin) {…}
db.Model 'NoBody' ()
--! ArgumentError: model NoBody needs a body in braces, got nil
--!   NoBody = db.Model 'NoBody' { id = db.Column{db.Integer, primary_key = true}, … }
db.Model 'NoBody' 'text'
--! ArgumentError: model NoBody needs a body in braces, got string
--!   NoBody = db.Model 'NoBody' { id = db.Column{db.Integer, primary_key = true}, … }
db.Model {id = db.Column{db.Integer, primary_key = true}}
--! TypeError: db.Model takes the class's name first: User = db.Model 'User' {…}
db.Model('Heir', 3) {}
--! ArgumentError: model Heir: base 1 is no class and no mixin, but number
print(db.Model.query)
--! AttributeError: db.Model has no 'query'
--!   Declare a class with User = db.Model 'User' {…}; its attributes are User.name.
-- A foreign key gives its column the type of a column that may be declared later.
Twig = db.Model 'Twig' {id = db.Column{db.Integer, primary_key = true}, tree_day = db.Column{db.ForeignKey 'tree.day'}, tree = db.relationship{'Tree', backref = 'twigs'}}
Twig{}
--! NoReferencedTableError: Foreign key 'twig.tree_day' refers to table 'tree', which is not there
Tree = db.Model 'Tree' {day = db.Column{db.ForeignKey 'plan.day', primary_key = true}}
Twig.query:filter(Twig.tree_day == 'x')
--! NoReferencedTableError: Foreign key 'tree.day' refers to table 'plan', which is not there
Plan = db.Model 'Plan' {day = db.Column{db.Date, primary_key = true}}
Twig{tree_day = 'x'}
--! TypeError: Twig.tree_day: Date takes a date, got text 'x'
ddl(Twig.__table__)
--> CREATE TABLE twig (
--> 	id INTEGER NOT NULL,
--> 	tree_day DATE,
--> 	PRIMARY KEY (id),
--> 	FOREIGN KEY(tree_day) REFERENCES tree (day)
--> )
db.create_all()
day = moonbase.date(2026, 1, 2)
db.session:add_all{Plan{day = day}, Twig{tree = Tree{day = day}}}
db.session:commit()
print(Twig.query:filter(Twig.tree_day == day):one().tree_day, Twig.query:filter(Twig.tree_day > day):count())
--> 2026-01-02	0
NowhereKey = db.Model 'NowhereKey' {id = db.Column{db.Integer, primary_key = true}, x = db.Column{db.Integer, db.ForeignKey 'nowhere.id'}}
print(NowhereKey{x = 1}.x)
db.create_all()
--! NoReferencedTableError: Foreign key 'nowhere_key.x' refers to table 'nowhere', which is not there
--!   Declare the table, or its class, first; a foreign key names table and column: db.ForeignKey 'user.id'.
db.Model 'Mapped' {id = db.Column{db.Integer, primary_key = true}, __mapper_args__ = {version_id_col = 'vrsion'}}
--! ArgumentError: model Mapped: version_id_col names 'vrsion', which is no column of it
--!   declare it: version = db.Column{db.Integer, nullable = false}

-- Members that are a value on an object and SQL on their class.
app = moonbase.App 'hybrids'
app.config:update{SQLALCHEMY_DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
db = moonbase.Database(app)
statements = require 'statements'
Sized = {
  area = db.hybrid_property(function(self) return self.width * self.height end),
}
Box = db.Model('Box', Sized) {
  id = db.Column{db.Integer, primary_key = true},
  width = db.Column{db.Integer},
  height = db.Column{db.Integer},
  label = db.Column{db.String(40)},
  name = db.hybrid_property{
    function(self) return self.label and self.label:lower() end,
    set = function(self, value) self.label = value and value:upper() end,
    expr = function(cls) return db.func.lower(cls.label) end,
  },
  fits = db.hybrid_method(function(self, width) return self.width <= width end),
  holds = db.hybrid_method{
    function(self, n) return self.width * self.height >= n end,
    expr = function(cls, n) return (cls.width * cls.height):ge(n) end,
  },
}
db.create_all()
box = Box{width = 2, height = 3, name = 'small'}
print(box.area, box.name, box.label, box:holds(6), box:holds(7), box:fits(1))
--> 6	small	SMALL	true	false	false
box.area = 7
--! AttributeError: Box.area is a hybrid_property that cannot be set
--!   give it a setter: db.hybrid_property{get, set = function(self, value) … end}
box.name = 'Big'
print(box.label)
box.name = nil
print(box.label)
box.name = 'big'
db.session:add_all{box, Box{width = 1, height = 1, name = 'tiny'}}
db.session:commit()
--> BIG
--> nil

-- On the class.
print(Box.area)
--> box.width * box.height
print(Box.query:filter(Box.area:gt(3)))
--> SELECT box.id AS box_id, box.width AS box_width, box.height AS box_height, box.label AS box_label
--> FROM box
--> WHERE box.width * box.height > ?
print(Box.query:filter(Box:holds(6)))
--> SELECT box.id AS box_id, box.width AS box_width, box.height AS box_height, box.label AS box_label
--> FROM box
--> WHERE box.width * box.height >= ?
print(Box.query:filter_by{name = 'big', area = 6})
--> SELECT box.id AS box_id, box.width AS box_width, box.height AS box_height, box.label AS box_label
--> FROM box
--> WHERE box.width * box.height = ? AND lower(box.label) = ?
print(Box.query:filter_by{name = 'big'}:one().area)
--> 6
print(Box.query:order_by('name'):all()[1].name, Box.query:order_by(Box.area:desc()):first().name)
--> big	big
print(db.session:query(Box.name, Box.area):order_by(Box.area))
--> SELECT lower(box.label) AS name, box.width * box.height AS area
--> FROM box ORDER BY area
row = db.session:query(Box.name, Box.area):order_by(Box.area):first()
print(row.name, row.area)
--> tiny	1
print(db.session:query(db.func.max(Box.area)):scalar())
--> 6

-- Added later; a name that is taken is an error.
Box.double = db.hybrid_property(function(self) return self.width * 2 end)
print(Box.query:filter_by{width = 1}:one().double, Box.double:gt(3))
--> 2	box.width * ? > ?
Box.width = db.hybrid_property(function(self) return 1 end)
--! AttributeError: Box.width is a mapped attribute: a class cannot give it a value
--!   set it on an object: u.width = …
Box.double = db.Column{db.Integer}
--! ArgumentError: Box.double is there already
print(table.concat(moonbase.inspect(Box).hybrids, ' '))
print(table.concat(moonbase.inspect(Box).all_orm_descriptors, ' '))
--> area double fits holds name
--> id width height label area double fits holds name

-- Mistakes
Box{areas = 1}
--! TypeError: 'areas' is not an attribute of Box; did you mean 'area'?
Box{area = 1}
--! AttributeError: Box.area is a hybrid_property that cannot be set
--!   give it a setter: db.hybrid_property{get, set = function(self, value) … end}
Box.query:filter_by{nam = 'x'}
--! InvalidRequestError: Box has no attribute 'nam'
--!   Box has id, width, height, label
db.hybrid_property{set = function() end}
--! TypeError: hybrid_property takes a function first
--!   full_name = db.hybrid_property(function(self) return self.first .. self.last end), or db.hybrid_property{get, set = function(self, value) … end, expr = function(cls) … end, update_expr = function(cls, value) … end}
db.hybrid_property{function() end, getter = 1}
--! TypeError: hybrid_property has no option 'getter'
Box.odd = db.hybrid_property(function(self) return 5 end)
Box.query:filter_by{odd = 5}
--! ArgumentError: Box.odd is a hybrid_property that gives no SQL expression for its class, but number
--!   give it one: db.hybrid_property{get, expr = function(cls) … end}
-- An error inside is the program's own.
Box.broken = db.hybrid_property(function(self) error('no such thing', 0) end)
print(pcall(function() return box.broken end))
--> false	no such thing

-- Synonyms are other names.
User = db.Model 'User' {
  id = db.Column{db.Integer, primary_key = true},
  username = db.Column{db.String(20)},
  login = db.synonym 'username',
  boxes = db.relationship 'Thing',
  things = db.synonym 'boxes',
}
Thing = db.Model 'Thing' {
  id = db.Column{db.Integer, primary_key = true},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
}
db.create_all()
u = User{login = 'susan', things = {Thing{}}}
print(u.username, u.login, #u.things)
u.login = 'sue'
print(u.username)
db.session:add(u)
db.session:commit()
--> susan	susan	1
--> sue
print(User.query:filter(User.login:eq 'sue'):order_by(User.login))
--> SELECT user.id AS user_id, user.username AS user_username
--> FROM user
--> WHERE user.username = ? ORDER BY user.username
print(User.query:filter_by{login = 'sue'}:order_by 'login':one().login)
--> sue
User.handle = db.synonym 'login'
print(User.query:filter_by{handle = 'sue'}:one().handle, table.concat(moonbase.inspect(User).synonyms, ' '))
--> sue	login things handle
Box.title = db.synonym 'name'
print(Box.query:filter_by{title = 'tiny'}:one().title)
--> tiny
User.id2 = db.synonym 'idd'
print(User.query)
--! InvalidRequestError: synonym User.id2: User has no attribute 'idd'; did you mean 'id'?
User.id2 = db.synonym 'id'
print(u.id2)
--> 1
User.id2 = db.synonym 'username'
--! ArgumentError: User.id2 is there already
db.synonym(5)
--! TypeError: synonym takes the name of an attribute, got number
--!   login = db.synonym 'username'

-- Through an alias.
other = db.aliased(Box, 'other')
print(db.session:query(other):filter(other.area:gt(3)):filter(other:holds(6)):order_by(other.name))
--> SELECT other.id AS other_id, other.width AS other_width, other.height AS other_height, other.label AS other_label
--> FROM box AS other
--> WHERE other.width * other.height > ? AND other.width * other.height >= ? ORDER BY lower(other.label)
print(db.session:query(other):filter_by{area = 6}:one().area)
--> 6

-- --- set-based updates ---
Person = db.Model 'Person' {
  id = db.Column{db.Integer, primary_key = true},
  first = db.Column{db.String(40)},
  last = db.Column{db.String(40)},
  full_name = db.hybrid_property{
    function(self) return self.first .. ' ' .. self.last end,
    expr = function(cls) return cls.first:concat(' '):concat(cls.last) end,
    update_expr = function(cls, value)
      if value == db.null then return {first = db.null, last = db.null} end
      local first, last = value:match '(%S+) (%S+)'
      return { {cls.first, first}, {'last', last} }
    end,
  },
  surname = db.hybrid_property(function(self) return self.last end),
  initials = db.hybrid_property{
    function(self) return self.first:sub(1, 1) .. self.last:sub(1, 1) end,
    expr = function(cls) return db.func.substr(cls.first, 1, 1):concat(db.func.substr(cls.last, 1, 1)) end,
  },
  wrong = db.hybrid_property{function(self) return 1 end, expr = function(cls) return cls.id end, update_expr = function() return 5 end},
}
db.create_all()
ada = Person{first = 'Ada', last = 'Byron'}
db.session:add(ada)
db.session:commit()
statements(function() return Person.query:filter_by{id = 1}:update{full_name = 'Ada Lovelace'} end)
--> UPDATE person SET first=?, last=? WHERE person.id = ?
--> 1 statement
print(ada.full_name)
--> Ada Lovelace
print(Person.query:update{[Person.full_name] = 'Ada King', id = 1}, ada.last)
--> 1	King
print(db.update(Person):where(Person.full_name == 'Ada King'):values{full_name = 'A L'})
--> UPDATE person SET first=?, last=? WHERE person.first || ? || person.last = ?
db.session:execute(db.update(Person):where(Person.full_name == 'Ada King'):values{full_name = 'A L'})
print(ada.first, ada.last)
--> A	L
-- A hybrid that is a column sets that.
print(db.update(Person):values{surname = 'Noel'})
--> UPDATE person SET last=?
print(Person.query:update{surname = db.func.upper(Person.surname)}, ada.last)
--> 1	L
print(Person.query:update{full_name = nil}, ada.first, ada.last)
--> 1	nil	nil
db.session:rollback()
Person.query:update{initials = 'AB'}
--! InvalidRequestError: Person.initials is a hybrid_property that stands for no single column, so an UPDATE does not know what to set
--!   give it update_expr = function(cls, value) return {width = value} end, the columns and their values
Person.query:update{wrong = 1}
--! ArgumentError: update_expr of Person.wrong gives no table, but number
--!   update_expr = function(cls, value) return {width = value} end
Person.query:update{full_name = 'x y', last = 'z'}
--! ArgumentError: update: Person.last is given twice
db.update(Person):values{full_name = 'x y', last = 'z'}
--! ArgumentError: values: Person.last is given twice

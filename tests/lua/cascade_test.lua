-- Cascades: what comes along with add, merge, refresh, expire, expunge and delete, and orphans.
require 'sent'
function state(x) return moonbase.inspect(x).state end
-- A database of its own; `declare` makes its classes.
apps = 0
function fresh(declare)
  apps = apps + 1
  app = moonbase.App('cascades' .. apps)
  app.config:update{DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
  db = moonbase.Database(app)
  session = db.session
  declare()
  db.create_all()
  db.clear_recorded_queries()
end
-- A parent and a child with these options of Parent.children.
function family(options)
  fresh(function()
    options[1] = 'Child'
    Parent = db.Model 'Parent' {
      id = db.Column{db.Integer, primary_key = true},
      name = db.Column{db.String(20)},
      children = db.relationship(options),
    }
    Child = db.Model 'Child' {
      id = db.Column{db.Integer, primary_key = true},
      name = db.Column{db.String(20)},
      parent_id = db.Column{db.Integer, db.ForeignKey 'parent.id'},
    }
  end)
end
-- A parent with children a and b, as rows.
function rows()
  a, b = Child{name = 'a'}, Child{name = 'b'}
  p = Parent{name = 'p', children = {a, b}}
  session:add(p)
  session:commit()
  db.clear_recorded_queries()
end
-- What is left at the end.
function left()
  session:commit()
  local names = {}
  for _, c in ipairs(Child.query:order_by(Child.id):all()) do names[#names + 1] = c.name .. ':' .. tostring(c.parent_id) end
  print(Parent.query:count(), table.concat(names, ' '))
  db.clear_recorded_queries()
end

-- --- words ------------------------------------------------------------------------------------------------
fresh(function() end)
db.relationship{'Child', cascade = 'all, delete-orfan'}
--! ArgumentError: relationship's cascade has no 'delete-orfan'; did you mean 'delete-orphan'?
--!   there are: save-update, merge, refresh-expire, expunge, delete, delete-orphan, all, none
db.relationship{'Child', cascade = 3}
--! TypeError: relationship: 'cascade' must be words such as 'all, delete-orphan', or false, got number
function declared(options)
  local ok, e = pcall(function() family(options) Parent() end)
  print(ok and 'fine' or e.kind .. ': ' .. e.message)
end
declared{cascade = 'save-update, delete-orphan', backref = 'parent'}
declared{cascade = false}
declared{cascade = 'none'}
--> ArgumentError: relationship Parent.children: the cascade delete-orphan needs delete too
--> fine
--> fine

-- --- save-update, none ------------------------------------------------------------------------------------
family{backref = 'parent'}
p, c = Parent{name = 'p'}, Child{name = 'c'}
p.children:append(c)
session:add(p)
print(state(c))
d = Child{name = 'd'}
p.children:append(d)
print(state(d))
e = Child{name = 'e', parent = p}
print(state(e))
left()
--> pending
--> pending
--> transient
--> 1	c:1 d:1
family{cascade = 'none', backref = 'parent'}
p, c = Parent{name = 'p'}, Child{name = 'c'}
p.children:append(c)
session:add(p)
print(state(c))
left()
-- an object that is linked but was never added is reported, from either side
--> transient
--> 1

-- --- refresh-expire, expunge ------------------------------------------------------------------------------
for _, words in ipairs{'save-update', 'save-update, refresh-expire, expunge'} do
  family{cascade = words, backref = 'parent'}
  rows()
  print(p.name, #p.children, a.name, b.name)
  db.clear_recorded_queries()
  session:refresh(p)
  print(a.name)
  sql()
  print(#p.children)
  session:expire(p)
  print(b.name)
  sql()
  print(#p.children)
  new = Child{name = 'new'}
  p.children:append(new)
  session:expunge(p)
  print(state(p), state(a), state(b), state(new))
end
--> p	2	a	b
--> a
--> SELECT parent.id AS parent_id, parent.name AS parent_name FROM parent WHERE parent.id = ?  [1]
--> 2
--> b
--> SELECT child.id AS child_id, child.name AS child_name, child.parent_id AS child_parent_id FROM child WHERE child.parent_id = ?  [1]
--> 2
--> detached	persistent	persistent	pending
--> p	2	a	b
--> a
--> SELECT parent.id AS parent_id, parent.name AS parent_name FROM parent WHERE parent.id = ?  [1]
--> SELECT child.id AS child_id, child.name AS child_name, child.parent_id AS child_parent_id FROM child WHERE child.id = ?  [1]
--> 2
--> b
--> SELECT child.id AS child_id, child.name AS child_name, child.parent_id AS child_parent_id FROM child WHERE child.parent_id = ?  [1]
--> SELECT child.id AS child_id, child.name AS child_name, child.parent_id AS child_parent_id FROM child WHERE child.id = ?  [2]
--> 2
--> detached	detached	detached	transient

-- --- delete without delete-orphan -------------------------------------------------------------------------
family{cascade = 'all', backref = 'parent'}
rows()
p.children:remove(a)
left()
session:delete(p)
session:flush()
sql()
left()
--> 1	a:nil b:1
--> SELECT child.id AS child_id, child.name AS child_name, child.parent_id AS child_parent_id FROM child WHERE child.parent_id = ?  [1]
--> DELETE FROM child WHERE child.id = ?  [2]
--> DELETE FROM parent WHERE parent.id = ?  [1]
--> 0	a:nil
family{backref = 'parent'}
rows()
session:delete(p)
session:flush()
sql()
left()
--> SELECT child.id AS child_id, child.name AS child_name, child.parent_id AS child_parent_id FROM child WHERE child.parent_id = ?  [1]
--> UPDATE child SET parent_id=? WHERE child.id = ?  [NULL, 1]
--> DELETE FROM parent WHERE parent.id = ?  [1]
--> 0	a:nil b:nil

-- --- delete-orphan ----------------------------------------------------------------------------------------
-- Each way to take a member out, with and without the other side.
ways = {
  {'remove', function() p.children:remove(a) end},
  {'pop', function() p.children:pop(1) end},
  {'clear', function() p.children:clear() end},
  {'replace', function() p.children = {b} end},
  {'nil', function() a.parent = nil end},
}
for _, way in ipairs(ways) do
  for _, back in ipairs{'parent', false} do
    if back or way[1] ~= 'nil' then
      family{cascade = 'all, delete-orphan', backref = back or nil}
      rows()
      local _ = #p.children
      db.clear_recorded_queries()
      way[2]()
      print(way[1], back, #session.deleted)
      session:flush()
      sql()
      left()
    end
  end
end
--> remove	parent	0
--> DELETE FROM child WHERE child.id = ?  [1]
--> 1	b:1
--> remove	false	0
--> DELETE FROM child WHERE child.id = ?  [1]
--> 1	b:1
--> pop	parent	0
--> DELETE FROM child WHERE child.id = ?  [1]
--> 1	b:1
--> pop	false	0
--> DELETE FROM child WHERE child.id = ?  [1]
--> 1	b:1
--> clear	parent	0
--> DELETE FROM child WHERE child.id = ?  [1]
--> 1
--> clear	false	0
--> DELETE FROM child WHERE child.id = ?  [1]
--> 1
--> replace	parent	0
--> DELETE FROM child WHERE child.id = ?  [1]
--> 1	b:1
--> replace	false	0
--> DELETE FROM child WHERE child.id = ?  [1]
--> 1	b:1
--> nil	parent	0
--> DELETE FROM child WHERE child.id = ?  [1]
--> 1	b:1
-- a collection that is not loaded need not be
family{cascade = 'all, delete-orphan', backref = 'parent', lazy = 'dynamic'}
rows()
p.children:remove(a)
a.name = 'changed in vain'
session:flush()
sql()
left()
--> SELECT child.id AS child_id, child.parent_id AS child_parent_id FROM child WHERE child.id = ?  [1]
--> DELETE FROM child WHERE child.id = ?  [1]
--> 1	b:1
-- nobody knows the parent
family{cascade = 'all, delete-orphan', backref = 'parent'}
rows()
session:close()
a = Child.query:filter_by{name = 'a'}:one()
db.clear_recorded_queries()
a.parent = nil
session:flush()
sql()
left()
--> DELETE FROM child WHERE child.id = ?  [1]
--> 1	b:1
-- Who moves to another parent is no orphan, whatever the order.
for _, back in ipairs{'parent', false} do
  family{cascade = 'all, delete-orphan', backref = back or nil}
  rows()
  q = Parent{name = 'q'}
  session:add(q)
  session:commit()
  local _ = #p.children, #q.children
  db.clear_recorded_queries()
  p.children:remove(a)
  q.children:append(a)
  session:flush()
  sql()
  q.children:remove(a)
  p.children:append(a)
  session:flush()
  sql()
  left()
end
--> UPDATE child SET parent_id=? WHERE child.id = ?  [2, 1]
--> UPDATE child SET parent_id=? WHERE child.id = ?  [1, 1]
--> 2	a:1 b:1
--> UPDATE child SET parent_id=? WHERE child.id = ?  [2, 1]
--> UPDATE child SET parent_id=? WHERE child.id = ?  [1, 1]
--> 2	a:1 b:1
family{cascade = 'all, delete-orphan', backref = 'parent'}
rows()
a.parent = Parent{name = 'q'}
session:flush()
sql()
left()
-- taken out and put back
rows()
p.children:remove(a)
p.children:append(a)
session:flush()
sql()
--> INSERT INTO parent (name) VALUES (?)  [q]
--> UPDATE child SET parent_id=? WHERE child.id = ?  [2, 1]
--> 2	a:2 b:1
--> SELECT child.id AS child_id, child.name AS child_name, child.parent_id AS child_parent_id FROM child WHERE child.parent_id = ?  [3]
-- A new object that is taken out is not written, and not in the session any more; one that nobody
-- ever had is.
family{cascade = 'all, delete-orphan', backref = 'parent'}
p = Parent{name = 'p'}
session:add(p)
c, d, e = Child{name = 'c'}, Child{name = 'd'}, Child{name = 'e'}
p.children:extend{c, d}
p.children:remove(c)
session:add(e)
print(state(c))
session:flush()
sql()
print(state(c), state(d), state(e))
left()
--> pending
--> INSERT INTO parent (name) VALUES (?)  [p]
--> INSERT INTO child (name, parent_id) VALUES (?, ?)  [d, 1]
--> transient	persistent	persistent
--> 1	d:1 e:nil
-- The same before the parent joins the session.
p = Parent{name = 'p2'}
c = Child{name = 'c2'}
p.children:append(c)
p.children:remove(c)
session:add(p)
left()
-- A rollback gives the orphan back.
p.children:append(Child{name = 'f'})
session:commit()
f = p.children[1]
p.children:remove(f)
session:flush()
print(state(f))
session:rollback()
print(state(f), #p.children, rawequal(p.children[1], f))
--> 2	d:1 e:nil
--> deleted
--> persistent	1	true

-- --- orphans of orphans -----------------------------------------------------------------------------------
fresh(function()
  House = db.Model 'House' {
    id = db.Column{db.Integer, primary_key = true},
    rooms = db.relationship{'Room', cascade = 'all, delete-orphan', backref = 'house'},
  }
  Room = db.Model 'Room' {
    id = db.Column{db.Integer, primary_key = true},
    house_id = db.Column{db.Integer, db.ForeignKey 'house.id', nullable = false},
    chairs = db.relationship{'Chair', cascade = 'all, delete-orphan', backref = 'room'},
  }
  Chair = db.Model 'Chair' {
    id = db.Column{db.Integer, primary_key = true},
    room_id = db.Column{db.Integer, db.ForeignKey 'room.id', nullable = false},
  }
end)
h = House{rooms = {Room{chairs = {Chair(), Chair()}}, Room{chairs = {Chair()}}}}
session:add(h)
session:commit()
db.clear_recorded_queries()
h.rooms:pop(1)
session:flush()
sql()
r = Room{chairs = {Chair()}}
h.rooms:append(r)
chair = r.chairs[1]
h.rooms:remove(r)
session:flush()
sql()
print(state(r), state(chair), Room.query:count(), Chair.query:count())
--> SELECT room.id AS room_id, room.house_id AS room_house_id FROM room WHERE room.house_id = ?  [1]
--> SELECT chair.id AS chair_id, chair.room_id AS chair_room_id FROM chair WHERE chair.room_id = ?  [1]
--> DELETE FROM chair WHERE chair.id = ?  [1]
--> DELETE FROM room WHERE room.id = ?  [1]
--> transient	transient	1	1
-- a chair carried out of a room that goes is none
r = h.rooms[1]
other = Room{}
h.rooms:append(other)
other.chairs:append(r.chairs[1])
h.rooms:remove(r)
session:commit()
print(Room.query:count(), Chair.query:count(), #other.chairs)
--> 1	1	1

-- --- trees: leaves first ----------------------------------------------------------------------------------
fresh(function()
  Node = db.Model 'Node' {
    id = db.Column{db.Integer, primary_key = true},
    name = db.Column{db.String(20)},
    parent_id = db.Column{db.Integer, db.ForeignKey 'node.id'},
    children = db.relationship{'Node', cascade = 'all, delete-orphan', backref = db.backref{'parent', remote_side = 'Node.id'}},
  }
end)
function N(name) return function(children) return Node{name = name, children = children} end end
root = N 'root' {N 'a' {N 'a1' {}, N 'a2' {N 'a21' {}}}, N 'b' {}}
session:add(root)
session:commit()
db.clear_recorded_queries()
root.children:pop(1)
session:flush()
sql()
print(Node.query:count())
root.children[1].parent = nil
session:flush()
print(Node.query:count())
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.parent_id = ?  [1]
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.parent_id = ?  [2]
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.parent_id = ?  [5]
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.parent_id = ?  [6]
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.parent_id = ?  [4]
--> DELETE FROM node WHERE node.id = ?  [4]
--> 2
--> 1

-- --- one to one -------------------------------------------------------------------------------------------
fresh(function()
  Person = db.Model 'Person' {
    id = db.Column{db.Integer, primary_key = true},
    passport = db.relationship{'Passport', uselist = false, cascade = 'all, delete-orphan', backref = 'holder'},
  }
  Passport = db.Model 'Passport' {
    id = db.Column{db.Integer, primary_key = true},
    number = db.Column{db.String(20)},
    person_id = db.Column{db.Integer, db.ForeignKey 'person.id'},
  }
end)
ann = Person{passport = Passport{number = '1'}}
session:add(ann)
session:commit()
local _ = ann.passport.number
db.clear_recorded_queries()
ann.passport = nil
session:flush()
sql()
ann.passport = Passport{number = '2'}
session:commit()
db.clear_recorded_queries()
ann.passport = Passport{number = '3'}
session:flush()
sql()
old = ann.passport
fourth = Passport{number = '4', holder = ann}
session:add(fourth)
session:flush()
sql()
print(state(old), ann.passport.number, Passport.query:count())
--> DELETE FROM passport WHERE passport.id = ?  [1]
--> SELECT passport.id AS passport_id, passport.number AS passport_number, passport.person_id AS passport_person_id FROM passport WHERE passport.person_id = ?  [1]
--> INSERT INTO passport (number, person_id) VALUES (?, ?)  [3, 1]
--> DELETE FROM passport WHERE passport.id = ?  [1]
--> INSERT INTO passport (number, person_id) VALUES (?, ?)  [4, 1]
--> DELETE FROM passport WHERE passport.id = ?  [2]
--> deleted	4	1
--postgresql> DELETE FROM passport WHERE passport.id = ?  [1]
--postgresql> SELECT passport.id AS passport_id, passport.number AS passport_number, passport.person_id AS passport_person_id FROM passport WHERE passport.person_id = ?  [1]
--postgresql> INSERT INTO passport
--postgresql> DELETE FROM passport WHERE passport.id = ?  [2]
--postgresql> INSERT INTO passport
--postgresql> DELETE FROM passport WHERE passport.id = ?  [3]
--postgresql> deleted	4	1

-- --- on the many side: single_parent ----------------------------------------------------------------------
function engines(options)
  fresh(function()
    Engine = db.Model 'Engine' {
      id = db.Column{db.Integer, primary_key = true},
      name = db.Column{db.String(20)},
    }
    options[1] = 'Engine'
    Car = db.Model 'Car' {
      id = db.Column{db.Integer, primary_key = true},
      engine_id = db.Column{db.Integer, db.ForeignKey 'engine.id'},
      engine = db.relationship(options),
    }
  end)
end
print(pcall(function() engines{cascade = 'all, delete-orphan'} Car() end))
--> false	ArgumentError: relationship Car.engine is many-to-one: with the cascade delete-orphan a Engine must belong to one Car only
-->   put delete-orphan on the side of the one, or say single_parent = true
engines{cascade = 'all, delete-orphan', single_parent = true}
v8, car = Engine{name = 'v8'}, nil
car = Car{engine = v8}
session:add(car)
session:commit()
db.clear_recorded_queries()
car.engine = Engine{name = 'v6'}
session:flush()
sql()
session:delete(car)
session:flush()
sql()
session:rollback()
--> SELECT car.id AS car_id, car.engine_id AS car_engine_id FROM car WHERE car.id = ?  [1]
--> SELECT engine.id AS engine_id, engine.name AS engine_name FROM engine WHERE engine.id = ?  [1]
--> INSERT INTO engine (name) VALUES (?)  [v6]
--> UPDATE car SET engine_id=? WHERE car.id = ?  [2, 1]
--> DELETE FROM engine WHERE engine.id = ?  [1]
--> DELETE FROM car WHERE car.id = ?  [1]
--> DELETE FROM engine WHERE engine.id = ?  [2]
other = Car{engine = car.engine}
session:add(other)
session:flush()
--! InvalidRequestError: <Engine 1> belongs to <Car 1> and to another Car by Car.engine, which allows one owner only (single_parent = true)
--!   take it out of one of the two; db.session:rollback() goes on
session:rollback()
one = Engine{name = 'one'}
session:add_all{Car{engine = one}, Car{engine = one}}
session:flush()
--! InvalidRequestError: <Engine (pending)> belongs to <Car (pending)> and to another Car by Car.engine, which allows one owner only (single_parent = true)
--!   take it out of one of the two; db.session:rollback() goes on
session:rollback()
engines{cascade = 'all, delete-orphan', single_parent = true, backref = 'cars'}
v8 = Engine{name = 'v8'}
car = Car{engine = v8}
other = Car{engine = v8}
--! InvalidRequestError: <Engine (transient)> belongs to <Car (transient)> already, and Car.engine gives it one owner only (single_parent = true)
--!   take it out there first
car.engine = nil
other = Car{engine = v8}
session:add_all{car, other}
session:commit()
db.clear_recorded_queries()
other.engine = nil
session:flush()
sql()
--> SELECT car.id AS car_id, car.engine_id AS car_engine_id FROM car WHERE car.id = ?  [2]
--> SELECT engine.id AS engine_id, engine.name AS engine_name FROM engine WHERE engine.id = ?  [1]
--> SELECT car.id AS car_id, car.engine_id AS car_engine_id FROM car WHERE car.engine_id = ?  [1]
--> UPDATE car SET engine_id=? WHERE car.id = ?  [NULL, 2]
--> DELETE FROM engine WHERE engine.id = ?  [1]
fresh(function()
  local link = db.Table{'link', db.Column{'a_id', db.Integer, db.ForeignKey 'a.id', primary_key = true},
    db.Column{'b_id', db.Integer, db.ForeignKey 'b.id', primary_key = true}}
  A = db.Model 'A' {
    id = db.Column{db.Integer, primary_key = true},
    bs = db.relationship{'B', secondary = link, cascade = 'all, delete-orphan', single_parent = true, backref = 'owners'},
  }
  B = db.Model 'B' {id = db.Column{db.Integer, primary_key = true}}
end)
a1, b1, b2 = A(), B(), B()
a1.bs:extend{b1, b2}
session:add(a1)
session:commit()
db.clear_recorded_queries()
a1.bs:remove(b1)
session:flush()
sql()
--> SELECT b.id AS b_id FROM b, link WHERE ? = link.a_id AND b.id = link.b_id  [1]
--> SELECT a.id AS a_id FROM a, link WHERE ? = link.b_id AND a.id = link.a_id  [1]
--> DELETE FROM link WHERE link.a_id = ? AND link.b_id = ?  [1, 1]
--> DELETE FROM b WHERE b.id = ?  [1]
session:add(A{bs = {b2}})
session:flush()
--! InvalidRequestError: <B 2> belongs to <A 1> and to another A by A.bs, which allows one owner only (single_parent = true)
--!   take it out of one of the two; db.session:rollback() goes on
session:rollback()
db.clear_recorded_queries()
session:delete(a1)
session:flush()
sql()
print(B.query:count())
--> SELECT b.id AS b_id FROM b, link WHERE ? = link.a_id AND b.id = link.b_id  [1]
--> SELECT a.id AS a_id FROM a, link WHERE ? = link.b_id AND a.id = link.a_id  [1]
--> SELECT a.id AS a_id FROM a, link WHERE ? = link.b_id AND a.id = link.a_id  [2]
--> DELETE FROM link WHERE link.a_id = ? AND link.b_id = ?  [1, 1]
--> DELETE FROM b WHERE b.id = ?  [1]
--> DELETE FROM a WHERE a.id = ?  [1]
--> 0
session:rollback()

-- ---- the only owner is let go of from the other side, unread, and another one takes the object ----
session:close()
app = moonbase.App 'hand_over'
app.config.DATABASE_URI = fresh_database()
db = moonbase.Database(app)
session = db.session
Crown = db.Model 'Crown' {id = db.Column{db.Integer, primary_key = true}}
Queen = db.Model 'Queen' {
  name     = db.Column{db.String(9), primary_key = true},
  crown_id = db.Column{db.ForeignKey 'crown.id'},
  crown    = db.relationship{'Crown', cascade = 'all, delete-orphan', single_parent = true, backref = db.backref{'queen', uselist = false}},
}
db.create_all()
crown, anne, mary = Crown{}, Queen{name = 'anne'}, Queen{name = 'mary'}
anne.crown = crown
session:add_all{anne, mary}
session:commit()
crown.queen = nil
print(anne.crown == crown)  -- read after it
mary.crown = crown
session:commit()
print(anne.crown, mary.crown == crown, crown.queen == mary, Crown.query:count())
--> true
--> nil	true	true	1

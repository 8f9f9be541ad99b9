-- db.ordering_list: a column of the members is kept in step with their places.
moonbase = require 'moonbase'
app = moonbase.App 'slides'
app.config:update{DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
db = moonbase.Database(app)
session = db.session
Slide = db.Model 'Slide' {
  id      = db.Column{db.Integer, primary_key = true},
  bullets = db.relationship{'Bullet', order_by = 'Bullet.position', collection_class = db.ordering_list 'position', cascade = 'all, delete-orphan',
                            backref = 'slide'},
}
Bullet = db.Model 'Bullet' {
  id       = db.Column{db.Integer, primary_key = true},
  slide_id = db.Column{db.Integer, db.ForeignKey 'slide.id'},
  position = db.Column{db.Integer},
  text     = db.Column{db.String(20)},
}
db.create_all()
function shown(list)
  local parts = {}
  for _, b in ipairs(list) do parts[#parts + 1] = b.text .. '=' .. tostring(b.position) end
  return table.concat(parts, ' ')
end
function sent(verb)
  local n = 0
  for _, q in ipairs(db.get_recorded_queries()) do if q.statement:find('^' .. verb) then n = n + 1 end end
  return n
end
function bullet(text) return Bullet{text = text} end

-- --- adding and taking out ------------------------------------------------------------------------------------------
s = Slide{bullets = {bullet 'a', bullet 'b'}}
s.bullets:append(bullet 'c')
s.bullets:extend{bullet 'd', bullet 'e'}
s.bullets[#s.bullets + 1] = bullet 'f'
print(shown(s.bullets))
--> a=0 b=1 c=2 d=3 e=4 f=5
session:add(s)
session:commit()
s.bullets:insert(2, bullet 'new')
print(shown(s.bullets))
--> a=0 new=1 b=2 c=3 d=4 e=5 f=6
s.bullets:remove(s.bullets[1])
print(s.bullets:pop(2).text, shown(s.bullets))
--> b	new=0 c=1 d=2 e=3 f=4
session:commit()
print(shown(s.bullets))
--> new=0 c=1 d=2 e=3 f=4
-- Only what has moved is written.
db.clear_recorded_queries()
s.bullets:pop()
session:flush()
print(sent 'UPDATE', sent 'DELETE')
s.bullets:insert(#s.bullets, bullet 'last but one')
session:commit()
print(shown(s.bullets))
--> 0	1
--> new=0 c=1 d=2 last but one=3 e=4
-- A whole list is numbered in its order.
local b = s.bullets:all()
s.bullets = {b[3], b[1]}
session:commit()
print(shown(s.bullets), Bullet.query:count())
--> d=0 new=1	2
s.bullets:clear()
session:commit()
print(#s.bullets, Bullet.query:count())
--> 0	0

-- --- positions of one's own -----------------------------------------------------------------------------------------
-- What has a position keeps it when it is appended; reorder() numbers all of them.
s.bullets:append(Bullet{text = 'x', position = 7})
s.bullets:append(bullet 'y')
print(shown(s.bullets))
--> x=7 y=1
s.bullets:reorder()
print(shown(s.bullets))
--> x=0 y=1
function options(name, list)
  return db.Model(name) {id = db.Column{db.Integer, primary_key = true}, items = db.relationship{name .. 'Item', collection_class = list}},
    db.Model(name .. 'Item') {id = db.Column{db.Integer, primary_key = true}, of = db.Column{db.Integer, db.ForeignKey(name:lower() .. '.id')},
                              position = db.Column{db.Integer}, text = db.Column{db.String(20)}}
end
One, OneItem = options('One', db.ordering_list{'position', count_from = 1, reorder_on_append = true})
o = One{items = {OneItem{text = 'a'}, OneItem{text = 'b'}}}
o.items:append(OneItem{text = 'c', position = 70})
print(shown(o.items))
--> a=1 b=2 c=3
Ten, TenItem = options('Ten', db.ordering_list{'position', ordering_func = function(place, list) return place * 10 + #list end})
t = Ten{items = {TenItem{text = 'a'}, TenItem{text = 'b'}}}
t.items:insert(1, TenItem{text = 'c'})
print(shown(t.items))
--> c=13 a=23 b=33

-- --- mistakes ---------------------------------------------------------------------------------------------------------
db.ordering_list(Bullet)
--! ArgumentError: ordering_list takes the name of an attribute of the other class, got Model
--!   collection_class = db.ordering_list 'position', or db.ordering_list{'position', count_from = 1}
db.ordering_list{'position', countfrom = 1}
--! TypeError: ordering_list has no option 'countfrom'; did you mean 'count_from'?
db.ordering_list{'position', ordering_func = 1}
--! TypeError: ordering_list: 'ordering_func' must be a function, got number
Bad, BadItem = options('Bad', db.ordering_list 'positon')
Bad{items = {BadItem{text = 'a'}}}
--! InvalidRequestError: BadItem has no attribute 'positon'; did you mean 'position'?
session:rollback()

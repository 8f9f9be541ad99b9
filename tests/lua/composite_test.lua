-- Objects of a program's own over several columns.
app = moonbase.App 'composites'
app.config:update{SQLALCHEMY_DATABASE_URI = fresh_database()}
db = moonbase.Database(app)
local point = {}
point.__index = point
point.__tostring = function(p) return ('(%s, %s)'):format(p.x, p.y) end
function point:__composite_values() return self.x, self.y end
function Point(x, y) return setmetatable({x = x, y = y}, point) end
Vertex = db.Model 'Vertex' {
  id = db.Column{db.Integer, primary_key = true},
  x1 = db.Column{db.Integer},
  y1 = db.Column{db.Integer},
  x2 = db.Column{db.Integer},
  y2 = db.Column{db.Integer},
  start = db.composite{Point, 'x1', 'y1'},
  stop = db.composite(Point, 'x2', 'y2'),
}
db.create_all()
v = Vertex{start = Point(1, 2), stop = Point(3, 4)}
print(v.start, v.stop, v.x1, v.y2)
--> (1, 2)	(3, 4)	1	4
v.stop = nil
print(v.stop, v.x2)
--> nil	nil
v.x2 = 5
print(v.stop)
--> (5, nil)
db.session:add_all{v, Vertex{}}
db.session:commit()
print(v.start.y, Vertex.query:get(2).start)
--> 2	nil
v.start = {8, 9}
print(v.start)
--> (8, 9)
v.start = Point(1, 2)
print(moonbase.inspect(v).modified, db.session:is_modified(v))
--> true	false
-- In queries.
print(Vertex.query:filter(Vertex.start:eq(Point(1, 2))))
--> SELECT vertex.id AS vertex_id, vertex.x1 AS vertex_x1, vertex.y1 AS vertex_y1, vertex.x2 AS vertex_x2, vertex.y2 AS vertex_y2
--> FROM vertex
--> WHERE vertex.x1 = ? AND vertex.y1 = ?
print(Vertex.query:filter(Vertex.start == Point(1, 2)):count(), Vertex.query:filter(Vertex.start ~= Point(1, 2)):count())
--> 1	0
print(Vertex.query:filter(Vertex.start:eq(nil)))
--> SELECT vertex.id AS vertex_id, vertex.x1 AS vertex_x1, vertex.y1 AS vertex_y1, vertex.x2 AS vertex_x2, vertex.y2 AS vertex_y2
--> FROM vertex
--> WHERE vertex.x1 IS NULL AND vertex.y1 IS NULL
print(Vertex.query:filter_by{start = Point(1, 2)}:one().id, Vertex.query:filter_by{start = db.null}:one().id)
--> 1	2
print(Vertex.start, table.concat(moonbase.inspect(Vertex).composites, ' '))
--> Vertex.start	start stop
-- Ordered by each of its columns.
print(Vertex.query:order_by(Vertex.start, Vertex.id))
--> SELECT vertex.id AS vertex_id, vertex.x1 AS vertex_x1, vertex.y1 AS vertex_y1, vertex.x2 AS vertex_x2, vertex.y2 AS vertex_y2
--> FROM vertex ORDER BY vertex.x1, vertex.y1, vertex.id
print(Vertex.query:order_by(Vertex.x1:nulls_first(), Vertex.stop):first(), #Vertex.query:order_by('start'):all())
--> <Vertex 2>	2
print(db.session:query(Vertex.x1, db.func.count()):group_by(Vertex.start))
--> SELECT vertex.x1 AS vertex_x1, count(*) AS count_1
--> FROM vertex GROUP BY vertex.x1, vertex.y1
other = db.aliased(Vertex, 'other')
print(db.session:query(other.id):filter(other.start ~= Point(1, 2)):order_by(other.start))
--> SELECT other.id AS other_id
--> FROM vertex AS other
--> WHERE NOT (other.x1 = ? AND other.y1 = ?) ORDER BY other.x1, other.y1
-- Set in an UPDATE.
print(db.update(Vertex):where(Vertex.start == Point(1, 2)):values{start = Point(5, 6), stop = nil})
--> UPDATE vertex SET x1=?, y1=?, x2=?, y2=? WHERE vertex.x1 = ? AND vertex.y1 = ?
print(Vertex.query:filter_by{start = Point(1, 2)}:update{start = Point(5, 6), [Vertex.stop] = Point(7, 8)}, v.start, v.stop)
--> 1	(5, 6)	(7, 8)
db.session:rollback()
-- An object of any kind that has the fields of the columns' names.
Size = db.Model 'Size' {
  id = db.Column{db.Integer, primary_key = true},
  width = db.Column{db.Integer},
  height = db.Column{db.Integer},
}
Size.size = db.composite(function(w, h) return {width = w, height = h} end, 'width', 'height')
s = Size{size = {width = 1, height = 2}}
print(s.width, s.size.height)
--> 1	2
-- As an item of a query it is the object.
print(Vertex.query:with_entities(Vertex.start):order_by(Vertex.id))
--> SELECT vertex.x1 AS vertex_x1, vertex.y1 AS vertex_y1
--> FROM vertex ORDER BY vertex.id
for row in Vertex.query:with_entities(Vertex.start):order_by(Vertex.id) do print(row, row.start) end
--> ((1, 2),)	(1, 2)
--> (null,)	null
print(db.select(Vertex.start, Vertex.id):where(Vertex.start == Point(1, 2)))
--> SELECT vertex.x1, vertex.y1, vertex.id
--> FROM vertex
--> WHERE vertex.x1 = ? AND vertex.y1 = ?
row = db.session:execute(db.select(Vertex.start, Vertex.id):where(Vertex.start == Point(1, 2))):one()
print(row.start.y, row.id, row[1], #row)
--> 2	1	(1, 2)	2
print(db.session:scalars(db.select(Vertex.start):order_by(Vertex.id)):first(), db.session:scalar(db.select(Vertex.start):where(Vertex.id == 2)))
--> (1, 2)	nil
print(db.session:query(Vertex.start):filter_by{id = 1}:scalar(), db.session:query(Vertex.start):filter_by{id = 2}:scalar())
--> (1, 2)	nil
a = db.aliased(Vertex, 'a')
print(db.session:query(a.start, Vertex.start):join(a, a.id == Vertex.id):filter(a.id == 1))
--> SELECT a.x1 AS a_x1, a.y1 AS a_y1, vertex.x1 AS vertex_x1, vertex.y1 AS vertex_y1
--> FROM vertex JOIN vertex AS a ON a.id = vertex.id
--> WHERE a.id = ?
print(db.session:query(a.start, Vertex.start):join(a, a.id == Vertex.id):filter(a.id == 1):one()[2])
--> (1, 2)
-- Mistakes
v.start = 5
--! TypeError: a composite of x1, y1 takes an object or nil, got number
--!   while setting Vertex.start
v.start = {a = 1}
--! TypeError: the object has none of the fields x1, y1 that the composite is made of
--!   while setting Vertex.start
--!   give its class a method __composite_values() that returns the values in order
v.start = Point('one', 2)
--! TypeError: Vertex.x1: Integer takes a whole number, got text 'one'
--!   while setting Vertex.start
Vertex.query:filter(Vertex.start:gt(Point(1, 2)))
--! AttributeError: CompositeAttribute has no attribute 'gt'
--!   it has eq, is_, is_not, ne
db.composite(Point)
--! TypeError: composite takes a function or class that makes the object, and then the names of the attributes it is made of
--!   start = db.composite{Point, 'x1', 'y1'}
db.composite('x', 'y')
--! TypeError: composite takes a function or class that makes the object, and then the names of the attributes it is made of
--!   start = db.composite{Point, 'x1', 'y1'}
Vertex.wrong = db.composite(Point, 'x9', 'y9')
print(v.wrong)
--! InvalidRequestError: Vertex has no attribute 'x9'; did you mean 'x1'?
db.session:rollback()

-- Classes that inherit, on a PostgreSQL server: keys come back from the first table, an identity may
-- be of an Enum, and trees are deleted in order.
moonbase = require 'moonbase'
server = assert(os.getenv 'MOONBASE_TEST_POSTGRESQL', 'MOONBASE_TEST_POSTGRESQL is not set: run scripts/test')
admin = moonbase.create_engine(server, {isolation_level = 'AUTOCOMMIT'})
name = 'moonbase_lua_' .. tostring(os.time()) .. '_' .. tostring(math.random(1000000))
connection = admin:connect()
connection:execute(moonbase.text('CREATE DATABASE ' .. name))
app = moonbase.App 'inheritance'
app.config:update{DATABASE_URI = server:gsub('/[^/]*$', '/' .. name), RECORD_QUERIES = true}
db = moonbase.Database(app)
require 'sent'

Vehicle = db.Model 'Vehicle' {
  id = db.Column{db.Integer, primary_key = true},
  kind = db.Column{db.Enum{'vehicle', 'car', 'ship', 'tug', name = 'vehicle_kind'}},
  name = db.Column{db.String(20)},
  __mapper_args__ = {polymorphic_on = 'kind', polymorphic_identity = 'vehicle'},
}
Car = db.Model('Car', Vehicle) {
  doors = db.Column{db.Integer},
  __mapper_args__ = {polymorphic_identity = 'car'},
}
Ship = db.Model('Ship', Vehicle) {
  id = db.Column{db.Integer, db.ForeignKey 'vehicle.id', primary_key = true},
  tons = db.Column{db.Numeric(8, 2)},
  __mapper_args__ = {polymorphic_identity = 'ship'},
}
Tug = db.Model('Tug', Ship) {
  id = db.Column{db.Integer, db.ForeignKey 'ship.id', primary_key = true},
  pulls_id = db.Column{db.Integer, db.ForeignKey 'ship.id'},
  pulls = db.relationship{'Ship', backref = 'tugs'},
  __mapper_args__ = {polymorphic_identity = 'tug'},
}
db.create_all()
db.clear_recorded_queries()

big = Ship{name = 'big', tons = 900}
db.session:add_all{Car{name = 'mini', doors = 3}, big, Ship{name = 'small', tons = 1}, Tug{name = 'tug', tons = 5, pulls = big}}
db.session:commit()
sql()
--> INSERT INTO vehicle (kind, name, doors) VALUES ($1, $2, $3) RETURNING id  [car, mini, 3]
--> INSERT INTO vehicle (kind, name) SELECT c1, c2 FROM unnest($1::vehicle_kind[], $2::VARCHAR[]) WITH ORDINALITY AS new_rows (c1, c2, place) ORDER BY place RETURNING id  [ship, big]
--> INSERT INTO ship (id, tons) SELECT c1, c2 FROM unnest($1::INTEGER[], $2::NUMERIC[]) WITH ORDINALITY AS new_rows (c1, c2, place) ORDER BY place  [2, 900.00]
--> INSERT INTO vehicle (kind, name) VALUES ($1, $2) RETURNING id  [tug, tug]
--> INSERT INTO ship (id, tons) VALUES ($1, $2)  [4, 5.00]
--> INSERT INTO tug (id, pulls_id) VALUES ($1, $2)  [4, 2]
db.session:expunge_all()
for _, v in ipairs(Vehicle.query:order_by(Vehicle.id):all()) do print(v, v.name, v.__name__) end
--> <Car 1>	mini	Car
--> <Ship 2>	big	Ship
--> <Ship 3>	small	Ship
--> <Tug 4>	tug	Tug
sql()
--> SELECT vehicle.id AS vehicle_id, vehicle.kind AS vehicle_kind, vehicle.name AS vehicle_name FROM vehicle ORDER BY vehicle.id
print(Tug.query:filter(Tug.tons > 2):one().pulls.name, #Ship.query:filter(Ship.name == 'big'):one().tugs)
sql()
--> big	1
--> SELECT tug.id AS tug_id, vehicle.kind AS vehicle_kind, vehicle.name AS vehicle_name, ship.tons AS ship_tons, tug.pulls_id AS tug_pulls_id FROM vehicle JOIN ship ON vehicle.id = ship.id JOIN tug ON ship.id = tug.id WHERE ship.tons > $1  [2.00]
--> SELECT ship.id AS ship_id, vehicle.kind AS vehicle_kind, vehicle.name AS vehicle_name, ship.tons AS ship_tons FROM vehicle JOIN ship ON vehicle.id = ship.id WHERE vehicle.name = $1  [big]
--> SELECT tug.id AS tug_id, vehicle.kind AS vehicle_kind, vehicle.name AS vehicle_name, ship.tons AS ship_tons, tug.pulls_id AS tug_pulls_id FROM vehicle JOIN ship ON vehicle.id = ship.id JOIN tug ON ship.id = tug.id WHERE tug.pulls_id = $1  [2]
for _, v in ipairs(Vehicle.query:all()) do db.session:delete(v) end
db.session:commit()
print(Vehicle.query:count())
sql()
--> 0
--> SELECT vehicle.id AS vehicle_id, vehicle.kind AS vehicle_kind, vehicle.name AS vehicle_name FROM vehicle
--> SELECT tug.id AS tug_id, vehicle.kind AS vehicle_kind, vehicle.name AS vehicle_name, ship.tons AS ship_tons, tug.pulls_id AS tug_pulls_id FROM vehicle JOIN ship ON vehicle.id = ship.id JOIN tug ON ship.id = tug.id WHERE tug.pulls_id = $1  [3]
--> SELECT tug.id AS tug_id, vehicle.kind AS vehicle_kind, vehicle.name AS vehicle_name, ship.tons AS ship_tons, tug.pulls_id AS tug_pulls_id FROM vehicle JOIN ship ON vehicle.id = ship.id JOIN tug ON ship.id = tug.id WHERE tug.pulls_id = $1  [4]
--> DELETE FROM vehicle WHERE vehicle.id = $1  [1]
--> DELETE FROM ship WHERE ship.id = $1  [3]
--> DELETE FROM vehicle WHERE vehicle.id = $1  [3]
--> DELETE FROM tug WHERE tug.id = $1  [4]
--> DELETE FROM ship WHERE ship.id = $1  [4]
--> DELETE FROM vehicle WHERE vehicle.id = $1  [4]
--> DELETE FROM ship WHERE ship.id = $1  [2]
--> DELETE FROM vehicle WHERE vehicle.id = $1  [2]
--> SELECT count(*) AS count_1 FROM vehicle
db.session:close()
db.engine:dispose()
connection:execute(moonbase.text('DROP DATABASE ' .. name .. ' WITH (FORCE)'))
connection:close()

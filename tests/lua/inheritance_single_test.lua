-- Single-table inheritance: classes that share a table, told apart by one of its columns.
app = moonbase.App 'inheritance'
app.config:update{SQLALCHEMY_DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
db = moonbase.Database(app)
require 'sent'

Company = db.Model 'Company' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(40)},
  employees = db.relationship{'Employee', back_populates = 'company', order_by = 'Employee.id'},
  engineers = db.relationship{'Engineer', viewonly = true, order_by = 'Engineer.id'},
}
Employee = db.Model 'Employee' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(40)},
  type = db.Column{db.String(20)},
  company_id = db.Column{db.Integer, db.ForeignKey 'company.id'},
  company = db.relationship{'Company', back_populates = 'employees'},
  title = function(self) return self.name .. ' the ' .. self.type end,
  __mapper_args__ = {polymorphic_on = 'type', polymorphic_identity = 'employee'},
}
function Employee:__repr__() return ('<%s %s>'):format(self.type, self.name) end

Manager = db.Model('Manager', Employee) {
  budget = db.Column{db.Integer},
  __mapper_args__ = {polymorphic_identity = 'manager'},
}
Engineer = db.Model('Engineer', Employee) {
  language = db.Column{db.String(20)},
  manager_id = db.Column{db.Integer, db.ForeignKey 'employee.id'},
  manager = db.relationship{'Manager', remote_side = 'Employee.id', backref = 'engineers'},
  __mapper_args__ = {polymorphic_identity = 'engineer'},
}
Senior = db.Model('Senior', Engineer) {
  years = db.Column{db.Integer},
  __mapper_args__ = {polymorphic_identity = 'senior'},
}
db.create_all()

-- ---- what is declared ----
print(table.concat({Employee.__tablename__, Manager.__tablename__, Senior.__tablename__}, ' '))
--> employee employee employee
for c in db.CreateTable(Employee.__table__):compile().string:gmatch '[^\n]+' do print((c:gsub('%s+', ' '))) end
--> CREATE TABLE employee (
-->  id INTEGER NOT NULL,
-->  name VARCHAR(40),
-->  type VARCHAR(20),
-->  company_id INTEGER,
-->  budget INTEGER,
-->  language VARCHAR(20),
-->  manager_id INTEGER,
-->  years INTEGER,
-->  PRIMARY KEY (id),
-->  FOREIGN KEY(company_id) REFERENCES company (id),
-->  FOREIGN KEY(manager_id) REFERENCES employee (id)
--> )
print(Senior.title == Employee.title)
--> true

-- ---- new objects say their class ----
ada = Engineer{name = 'ada', language = 'lua'}
print(ada.type, ada:title())
--> engineer	ada the engineer
bob = Manager{name = 'bob', budget = 10, engineers = {ada}}
eve = Senior{name = 'eve', language = 'c', years = 20, manager = bob}
tom = Employee{name = 'tom'}
moon = Company{name = 'moon', employees = {ada, bob, eve, tom}}
db.session:add(moon)
db.session:commit()
sql()
--> CREATE TABLE company ( id INTEGER NOT NULL, name VARCHAR(40), PRIMARY KEY (id) )
--> CREATE TABLE employee ( id INTEGER NOT NULL, name VARCHAR(40), type VARCHAR(20), company_id INTEGER, budget INTEGER, language VARCHAR(20), manager_id INTEGER, years INTEGER, PRIMARY KEY (id), FOREIGN KEY(company_id) REFERENCES company (id), FOREIGN KEY(manager_id) REFERENCES employee (id) )
--> INSERT INTO company (name) VALUES (?)  [moon]
--> INSERT INTO employee (name, type, company_id, budget) VALUES (?, ?, ?, ?)  [bob, manager, 1, 10]
--> INSERT INTO employee (name, type, company_id) VALUES (?, ?, ?)  [tom, employee, 1]
--> INSERT INTO employee (name, type, company_id, language, manager_id) VALUES (?, ?, ?, ?, ?)  [ada, engineer, 1, lua, 1]
--> INSERT INTO employee (name, type, company_id, language, manager_id, years) VALUES (?, ?, ?, ?, ?, ?)  [eve, senior, 1, c, 1, 20]

-- ---- a query of the base gives objects of their classes, in one statement ----
db.session:expunge_all()
for _, e in ipairs(Employee.query:order_by(Employee.id):all()) do print(e, e.__name__) end
sql()
--> <manager bob>	Manager
--> <employee tom>	Employee
--> <engineer ada>	Engineer
--> <senior eve>	Senior
--> SELECT employee.id AS employee_id, employee.name AS employee_name, employee.type AS employee_type, employee.company_id AS employee_company_id FROM employee ORDER BY employee.id

-- what only a class below has is read at the first access, all of it at once
ada = Employee.query:filter_by{name = 'ada'}:one()
sql()
--> SELECT employee.id AS employee_id, employee.name AS employee_name, employee.type AS employee_type, employee.company_id AS employee_company_id FROM employee WHERE employee.name = ?  [ada]
print(ada.language, ada.manager_id)
sql()
--> lua	1
--> SELECT employee.id AS employee_id, employee.language AS employee_language, employee.manager_id AS employee_manager_id FROM employee WHERE employee.id = ? AND employee.type IN (?, ?)  [3, engineer, senior]
-- the manager is there: no statement but for its own columns
print(ada.manager)
sql()
--> <manager bob>
print(ada.manager.budget)
sql()
--> 10
--> SELECT employee.id AS employee_id, employee.budget AS employee_budget FROM employee WHERE employee.id = ? AND employee.type IN (?)  [1, manager]

-- ---- a query of a class below gives its rows, and those below it ----
for e in Engineer.query do print(e) end
sql()
--> <engineer ada>
--> <senior eve>
--> SELECT employee.id AS employee_id, employee.name AS employee_name, employee.type AS employee_type, employee.company_id AS employee_company_id, employee.language AS employee_language, employee.manager_id AS employee_manager_id FROM employee WHERE employee.type IN (?, ?)  [engineer, senior]
for e in Senior.query:filter(Senior.years > 3) do print(e, e.years) end
sql()
--> <senior eve>	20
--> SELECT employee.id AS employee_id, employee.name AS employee_name, employee.type AS employee_type, employee.company_id AS employee_company_id, employee.language AS employee_language, employee.manager_id AS employee_manager_id, employee.years AS employee_years FROM employee WHERE employee.years > ? AND employee.type IN (?)  [3, senior]
print(Engineer.query:count(), Manager.query:count(), Employee.query:count())
sql()
--> 2	1	4
--> SELECT count(*) AS count_1 FROM employee WHERE employee.type IN (?, ?)  [engineer, senior]
--> SELECT count(*) AS count_1 FROM employee WHERE employee.type IN (?)  [manager]
--> SELECT count(*) AS count_1 FROM employee
print(db.session:query(Engineer.name, Engineer.language):order_by(Engineer.name):all()[1].language)
sql()
--> lua
--> SELECT employee.name AS employee_name, employee.language AS employee_language FROM employee WHERE employee.type IN (?, ?) ORDER BY employee.name  [engineer, senior]
print(Employee.query:filter(Engineer.language == 'lua'):one())
sql()
--> <engineer ada>
--> SELECT employee.id AS employee_id, employee.name AS employee_name, employee.type AS employee_type, employee.company_id AS employee_company_id FROM employee WHERE employee.language = ?  [lua]
e = db.aliased(Engineer, 'e')
print(#db.session:query(e):filter(e.language == 'c'):all())
sql()
--> 1
--> SELECT e.id AS e_id, e.name AS e_name, e.type AS e_type, e.company_id AS e_company_id, e.language AS e_language, e.manager_id AS e_manager_id FROM employee AS e WHERE e.language = ? AND e.type IN (?, ?)  [c, engineer, senior]

-- ---- one row is one object, whatever class it is asked for by ----
db.session:expunge_all()
print(Employee.query:get(3) == Engineer.query:get(3))
sql()
--> true
--> SELECT employee.id AS employee_id, employee.name AS employee_name, employee.type AS employee_type, employee.company_id AS employee_company_id FROM employee WHERE employee.id = ?  [3]
print(Manager.query:get(3), Engineer.query:get(2))
sql()
--> nil	nil
--> SELECT employee.id AS employee_id, employee.name AS employee_name, employee.type AS employee_type, employee.company_id AS employee_company_id, employee.language AS employee_language, employee.manager_id AS employee_manager_id FROM employee WHERE employee.id = ? AND employee.type IN (?, ?)  [2, engineer, senior]

-- ---- relationships ----
moon = Company.query:one()
for _, e in ipairs(moon.employees) do print(e) end
--> <manager bob>
--> <employee tom>
--> <engineer ada>
--> <senior eve>
for _, e in ipairs(moon.engineers) do print(e) end
sql()
--> <engineer ada>
--> <senior eve>
--> SELECT company.id AS company_id, company.name AS company_name FROM company
--> SELECT employee.id AS employee_id, employee.name AS employee_name, employee.type AS employee_type, employee.company_id AS employee_company_id FROM employee WHERE employee.company_id = ? ORDER BY employee.id  [1]
--> SELECT employee.id AS employee_id, employee.name AS employee_name, employee.type AS employee_type, employee.company_id AS employee_company_id, employee.language AS employee_language, employee.manager_id AS employee_manager_id FROM employee WHERE employee.company_id = ? AND employee.type IN (?, ?) ORDER BY employee.id  [1, engineer, senior]
print(#Company.query:join(Company.engineers):filter(Engineer.language == 'lua'):all())
sql()
--> 1
--> SELECT company.id AS company_id, company.name AS company_name FROM company JOIN employee ON company.id = employee.company_id AND employee.type IN (?, ?) WHERE employee.language = ?  [engineer, senior, lua]
print(#Company.query:filter(Company.engineers:any(Engineer.language == 'lua')):all())
sql()
--> 1
--> SELECT company.id AS company_id, company.name AS company_name FROM company WHERE EXISTS (SELECT 1 FROM employee WHERE company.id = employee.company_id AND employee.language = ? AND employee.type IN (?, ?))  [lua, engineer, senior]
print(#Manager.query:filter(Manager.engineers:any()):all(), #Engineer.query:filter(Engineer.company:has(Company.name == 'moon')):all())
sql()
--> 1	2
--> SELECT employee.id AS employee_id, employee.name AS employee_name, employee.type AS employee_type, employee.company_id AS employee_company_id, employee.budget AS employee_budget FROM employee WHERE EXISTS (SELECT 1 FROM employee AS employee_1 WHERE employee.id = employee_1.manager_id AND employee_1.type IN (?, ?)) AND employee.type IN (?)  [engineer, senior, manager]
--> SELECT employee.id AS employee_id, employee.name AS employee_name, employee.type AS employee_type, employee.company_id AS employee_company_id, employee.language AS employee_language, employee.manager_id AS employee_manager_id FROM employee WHERE EXISTS (SELECT 1 FROM company WHERE company.id = employee.company_id AND company.name = ?) AND employee.type IN (?, ?)  [moon, engineer, senior]
db.session:expunge_all()
moon = Company.query:options(db.joinedload(Company.engineers)):one()
sql()
--> SELECT company.id AS company_id, company.name AS company_name, employee_1.id AS employee_1_id, employee_1.name AS employee_1_name, employee_1.type AS employee_1_type, employee_1.company_id AS employee_1_company_id, employee_1.language AS employee_1_language, employee_1.manager_id AS employee_1_manager_id FROM company LEFT OUTER JOIN employee AS employee_1 ON company.id = employee_1.company_id AND employee_1.type IN (?, ?) ORDER BY employee_1.id  [engineer, senior]
print(#moon.engineers, moon.engineers[1].language, moon.engineers[2].years)
sql()
--> 2	lua	20
--> SELECT employee.id AS employee_id, employee.years AS employee_years FROM employee WHERE employee.id = ? AND employee.type IN (?)  [4, senior]
db.session:expunge_all()
bob = Manager.query:options(db.selectinload(Manager.engineers)):one()
sql()
--> SELECT employee.id AS employee_id, employee.name AS employee_name, employee.type AS employee_type, employee.company_id AS employee_company_id, employee.budget AS employee_budget FROM employee WHERE employee.type IN (?)  [manager]
--> SELECT employee.id AS employee_id, employee.name AS employee_name, employee.type AS employee_type, employee.company_id AS employee_company_id, employee.language AS employee_language, employee.manager_id AS employee_manager_id FROM employee WHERE employee.manager_id IN (?) AND employee.type IN (?, ?)  [1, engineer, senior]
print(#bob.engineers, bob.engineers[1].company)
sql()
--> 2	<Company 1>
--> SELECT company.id AS company_id, company.name AS company_name FROM company WHERE company.id = ?  [1]
print(pcall(function() bob.engineers:append(bob) end))
--> false	TypeError: Manager.engineers holds Engineer objects, got a Manager
print(pcall(function() ada.manager = moon end))
--> false	TypeError: Engineer.manager takes a Manager or nil, got Company

-- ---- changes ----
bob.budget = 20
bob.name = 'rob'
db.session:commit()
sql()
--> UPDATE employee SET name=?, budget=? WHERE employee.id = ?  [rob, 20, 1]
print(Engineer.query:update{language = 'go'})
sql()
--> 2
--> UPDATE employee SET language=? WHERE employee.type IN (?, ?)  [go, engineer, senior]
print(Manager.query:filter(Manager.budget > 100):delete())
sql()
--> 0
--> DELETE FROM employee WHERE employee.budget > ? AND employee.type IN (?) RETURNING id  [100, manager]
print(db.session:bulk_insert(Engineer, {{name = 'x', language = 'z'}}))
sql()
--> 1
--> INSERT INTO employee (name, language, type) VALUES (?, ?, ?)  [x, z, engineer]
Engineer.query:filter_by{name = 'x'}:delete()
db.session:commit()
sql()
--> DELETE FROM employee WHERE employee.name = ? AND employee.type IN (?, ?) RETURNING id  [x, engineer, senior]
db.session:delete(Employee.query:filter_by{name = 'eve'}:one())
db.session:commit()
sql()
--> SELECT employee.id AS employee_id, employee.name AS employee_name, employee.type AS employee_type, employee.company_id AS employee_company_id FROM employee WHERE employee.name = ?  [eve]
--> SELECT employee.id AS employee_id, employee.language AS employee_language, employee.manager_id AS employee_manager_id, employee.years AS employee_years FROM employee WHERE employee.id = ? AND employee.type IN (?)  [4, senior]
--> DELETE FROM employee WHERE employee.id = ?  [4]

-- ---- looking inside ----
print(db.session:merge(Engineer{id = 3, name = 'ada l'}))
--> <engineer ada l>
db.session:rollback()
sql()
for k, v in pairs(Engineer{name = 'p'}) do print(k, v) end
--> SELECT employee.id AS employee_id, employee.name AS employee_name, employee.type AS employee_type, employee.company_id AS employee_company_id, employee.language AS employee_language, employee.manager_id AS employee_manager_id FROM employee WHERE employee.id = ? AND employee.type IN (?, ?)  [3, engineer, senior]
--> id	null
--> name	p
--> type	engineer
--> company_id	null
--> language	null
--> manager_id	null

-- ---- later additions reach the classes below ----
function Employee:shout() return self.name:upper() end
print(Senior{name = 'zoe'}:shout())
--> ZOE
function Engineer:shout() return 'E ' .. self.name end
print(Senior{name = 'zoe'}:shout(), Manager{name = 'ann'}:shout())
--> E zoe	ANN

-- ---- events ----
db.event.listen(Employee, 'before_insert', function(m, c, o) print('inserting', o.name) end, {propagate = true})
db.event.listen(Employee, 'before_insert', function(m, c, o) print('a plain one', o.name) end)
db.session:rollback()
db.session:add_all{Employee{name = 'one'}, Senior{name = 'two'}}
db.session:flush()
sql()
--> inserting	one
--> a plain one	one
--> inserting	two
--> INSERT INTO employee (name, type, company_id) VALUES (?, ?, ?)  [one, employee, NULL]
--> INSERT INTO employee (name, type, company_id, language, manager_id, years) VALUES (?, ?, ?, ?, ?, ?)  [two, senior, NULL, NULL, NULL, NULL]
db.session:rollback()

Employee.age = db.Column{db.Integer}
print(Senior{name = 'zoe', age = 3}.age)
--> 3



-- ---- statements of a class are of its rows alone ----
Plant = db.Model 'Plant' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(20)},
  kind = db.Column{db.Integer},
  __mapper_args__ = {polymorphic_on = 'kind', polymorphic_identity = 0},
}
Tree = db.Model('Tree', Plant) {height = db.Column{db.Integer}, __mapper_args__ = {polymorphic_identity = 1}}
db.create_all()
db.clear_recorded_queries()
db.session:execute(db.insert(Tree):values{name = 'oak'})
db.session:execute(db.insert(Tree), {{name = 'elm', height = 3}, {name = 'ash', height = 4}})
db.session:execute(db.insert(Plant):values{name = 'moss'})
sql()
--> INSERT INTO plant (name, kind) VALUES (?, ?)  [oak, 1]
--> INSERT INTO plant (kind, name, height) VALUES (?, ?, ?)  [1, elm, 3]
--> INSERT INTO plant (name, kind) VALUES (?, ?)  [moss, 0]
print(db.session:execute(db.update(Tree):values{name = 'wood'}).rowcount)
print(db.session:execute(db.delete(Tree):where(Tree.height == nil)).rowcount)
sql()
--> 3
--> 1
--> UPDATE plant SET name=? WHERE plant.kind IN (?)  [wood, 1]
--> DELETE FROM plant WHERE plant.height IS NULL AND plant.kind IN (?)  [1]
for _, p in ipairs(Plant.query:order_by(Plant.id):all()) do print(p, p.name) end
--> <Tree 2>	wood
--> <Tree 3>	wood
--> <Plant 4>	moss
db.session:rollback()

-- ---- hybrids, validators, synonyms, __init__ and __repr__ are those of the class above ----
Thing = db.Model 'Thing' {
  id = db.Column{db.Integer, primary_key = true},
  kind = db.Column{db.String(10)},
  size = db.Column{db.Integer},
  extent = db.synonym 'size',
  double = db.hybrid_property(function(self) return self.size * 2 end),
  check = db.validates('size', function(self, key, value) return math.max(value, 1) end),
  __init__ = function(self, kw) kw.size = kw.size or 5; db.Model.__init__(self, kw) end,
  __repr__ = function(self) return 'thing of ' .. self.size end,
  __mapper_args__ = {polymorphic_on = 'kind', polymorphic_identity = 'thing'},
}
Box = db.Model('Box', Thing) {lid = db.Column{db.Boolean}, __mapper_args__ = {polymorphic_identity = 'box'}}
db.create_all()
box = Box{lid = true}
print(box, box.double, box.extent, Box{size = -3}.size)
--> thing of 5	10	5	1
db.session:add(box)
db.session:commit()
db.clear_recorded_queries()
print(Box.query:filter(Box.double == 10):one(), Box.query:filter_by{extent = 5}:count())
sql()
--> thing of 5	1
--> SELECT thing.id AS thing_id, thing.kind AS thing_kind, thing.size AS thing_size, thing.lid AS thing_lid FROM thing WHERE thing.size * ? = ? AND thing.kind IN (?)  [2, 10, box]
--> SELECT count(*) AS count_1 FROM thing WHERE thing.size = ? AND thing.kind IN (?)  [5, box]
db.session:bulk_update_mappings(Box, {{id = box.id, size = 9}})
db.session:refresh(box)
print(box)
--> thing of 9

-- ---- what only a class below has is not asked of those above ----
db.session:close()
Owner = db.Model 'Owner' {id = db.Column{db.Integer, primary_key = true}, kind = db.Column{db.String(10)}, __mapper_args__ = {polymorphic_on = 'kind', polymorphic_identity = 'owner'}}
Keeper = db.Model('Keeper', Owner) {
  pets  = db.relationship{'Pet', cascade = 'all, delete-orphan', single_parent = true},
  noted = db.Column{db.Integer},
  __mapper_args__ = {polymorphic_identity = 'keeper'},
}
Pet = db.Model 'Pet' {id = db.Column{db.Integer, primary_key = true}, keeper_id = db.Column{db.ForeignKey 'owner.id'}}
db.create_all()
owner, keeper, other = Owner{}, Keeper{pets = {Pet{}}}, Keeper{}
db.session:add_all{owner, keeper, other}
db.session:commit()
print(owner.kind, other.kind)
--> owner	keeper
other.pets = {keeper.pets[1]}
db.session:flush()
--! InvalidRequestError
db.session:rollback()
print(owner.kind, #keeper.pets)
db.session:begin_nested(function()
  print(db.session:execute(db.update(Keeper):values{noted = 1}).rowcount)
end)
db.session:commit()
print(owner.kind, keeper.noted)
--> owner	1
--> 2
--> owner	1

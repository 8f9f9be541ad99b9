-- Joined-table inheritance: each class has a table of its own, joined to that of the class above.
app = moonbase.App 'inheritance'
app.config:update{SQLALCHEMY_DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
db = moonbase.Database(app)
require 'sent'

Company = db.Model 'Company' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(40)},
  employees = db.relationship{'Employee', back_populates = 'company', order_by = 'Employee.id'},
  engineers = db.relationship{'Engineer', viewonly = true},
}
Employee = db.Model 'Employee' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(40)},
  type = db.Column{db.String(20)},
  version = db.Column{db.Integer, nullable = false},
  company_id = db.Column{db.Integer, db.ForeignKey 'company.id'},
  company = db.relationship{'Company', back_populates = 'employees'},
  __mapper_args__ = {polymorphic_on = 'type', polymorphic_identity = 'employee', version_id_col = 'version'},
}
function Employee:__repr__() return ('<%s %s>'):format(self.type, self.name) end
Manager = db.Model('Manager', Employee) {
  __tablename__ = 'manager',
  id = db.Column{db.Integer, db.ForeignKey 'employee.id', primary_key = true},
  budget = db.Column{db.Integer},
  __mapper_args__ = {polymorphic_identity = 'manager'},
}
Engineer = db.Model('Engineer', Employee) {
  id = db.Column{db.Integer, db.ForeignKey 'employee.id', primary_key = true},
  language = db.Column{db.String(20)},
  manager_id = db.Column{db.Integer, db.ForeignKey 'manager.id'},
  manager = db.relationship{'Manager', backref = 'engineers'},
  tools = db.relationship{'Tool', backref = 'engineer', cascade = 'all, delete-orphan', order_by = 'Tool.id'},
  __mapper_args__ = {polymorphic_identity = 'engineer'},
}
-- three levels, and one that shares the table of the class above
Chief = db.Model('Chief', Engineer) {
  chief_id = db.Column{db.Integer, db.ForeignKey 'engineer.id', primary_key = true},
  stars = db.Column{db.Integer},
  __mapper_args__ = {polymorphic_identity = 'chief'},
}
Junior = db.Model('Junior', Engineer) {
  school = db.Column{db.String(20)},
  __mapper_args__ = {polymorphic_identity = 'junior'},
}
Tool = db.Model 'Tool' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(20)},
  engineer_id = db.Column{db.Integer, db.ForeignKey 'engineer.id'},
}
db.create_all()
sql()
--> CREATE TABLE company ( id INTEGER NOT NULL, name VARCHAR(40), PRIMARY KEY (id) )
--> CREATE TABLE employee ( id INTEGER NOT NULL, name VARCHAR(40), type VARCHAR(20), version INTEGER NOT NULL, company_id INTEGER, PRIMARY KEY (id), FOREIGN KEY(company_id) REFERENCES company (id) )
--> CREATE TABLE manager ( id INTEGER NOT NULL, budget INTEGER, PRIMARY KEY (id), FOREIGN KEY(id) REFERENCES employee (id) )
--> CREATE TABLE engineer ( id INTEGER NOT NULL, language VARCHAR(20), manager_id INTEGER, school VARCHAR(20), PRIMARY KEY (id), FOREIGN KEY(id) REFERENCES employee (id), FOREIGN KEY(manager_id) REFERENCES manager (id) )
--> CREATE TABLE chief ( chief_id INTEGER NOT NULL, stars INTEGER, PRIMARY KEY (chief_id), FOREIGN KEY(chief_id) REFERENCES engineer (id) )
--> CREATE TABLE tool ( id INTEGER NOT NULL, name VARCHAR(20), engineer_id INTEGER, PRIMARY KEY (id), FOREIGN KEY(engineer_id) REFERENCES engineer (id) )

-- ---- rows of the table above are written first, each table's rows together ----
bob = Manager{name = 'bob', budget = 10}
ada = Engineer{name = 'ada', language = 'lua', manager = bob, tools = {Tool{name = 'saw'}, Tool{name = 'axe'}}}
eve = Engineer{name = 'eve', language = 'c', manager = bob}
zoe = Chief{name = 'zoe', language = 'ada', stars = 3}
kim = Junior{name = 'kim', school = 'mit'}
tom = Employee{name = 'tom'}
moon = Company{name = 'moon', employees = {tom, bob, ada, eve}}
db.session:add(moon)
db.session:flush()
moon.employees:extend{zoe, kim}
db.session:commit()
sql()
--> INSERT INTO company (name) VALUES (?)  [moon]
--> INSERT INTO employee (name, type, version, company_id) VALUES (?, ?, ?, ?)  [tom, employee, 1, 1]
--> INSERT INTO employee (name, type, version, company_id) VALUES (?, ?, ?, ?)  [bob, manager, 1, 1]
--> INSERT INTO manager (id, budget) VALUES (?, ?)  [2, 10]
--> INSERT INTO employee (name, type, version, company_id) VALUES (?, ?, ?, ?)  [ada, engineer, 1, 1]
--> INSERT INTO engineer (id, language, manager_id) VALUES (?, ?, ?)  [3, lua, 2]
--> INSERT INTO tool (name, engineer_id) VALUES (?, ?)  [saw, 3]
--> INSERT INTO employee (name, type, version, company_id) VALUES (?, ?, ?, ?)  [zoe, chief, 1, 1]
--> INSERT INTO engineer (id, language, manager_id) VALUES (?, ?, ?)  [5, ada, NULL]
--> INSERT INTO chief (chief_id, stars) VALUES (?, ?)  [5, 3]
--> INSERT INTO employee (name, type, version, company_id) VALUES (?, ?, ?, ?)  [kim, junior, 1, 1]
--> INSERT INTO engineer (id, language, manager_id, school) VALUES (?, ?, ?, ?)  [6, NULL, NULL, mit]

-- ---- the base reads its own table; the rest is read when it is needed, from its table ----
db.session:expunge_all()
for _, e in ipairs(Employee.query:order_by(Employee.id):all()) do print(e, e.__name__) end
sql()
--> <employee tom>	Employee
--> <manager bob>	Manager
--> <engineer ada>	Engineer
--> <engineer eve>	Engineer
--> <chief zoe>	Chief
--> <junior kim>	Junior
--> SELECT employee.id AS employee_id, employee.name AS employee_name, employee.type AS employee_type, employee.version AS employee_version, employee.company_id AS employee_company_id FROM employee ORDER BY employee.id
ada = Employee.query:filter_by{name = 'ada'}:one()
zoe = Employee.query:filter_by{name = 'zoe'}:one()
sql()
--> SELECT employee.id AS employee_id, employee.name AS employee_name, employee.type AS employee_type, employee.version AS employee_version, employee.company_id AS employee_company_id FROM employee WHERE employee.name = ?  [ada]
--> SELECT employee.id AS employee_id, employee.name AS employee_name, employee.type AS employee_type, employee.version AS employee_version, employee.company_id AS employee_company_id FROM employee WHERE employee.name = ?  [zoe]
print(ada.language, ada.manager_id, zoe.stars, zoe.chief_id)
sql()
--> lua	2	3	5
--> SELECT engineer.id AS engineer_id, engineer.language AS engineer_language, engineer.manager_id AS engineer_manager_id FROM engineer WHERE engineer.id = ?  [3]
--> SELECT chief.chief_id AS chief_chief_id, engineer.language AS engineer_language, engineer.manager_id AS engineer_manager_id, chief.stars AS chief_stars FROM employee JOIN engineer ON employee.id = engineer.id JOIN chief ON engineer.id = chief.chief_id WHERE chief.chief_id = ?  [5]
print(ada.manager, #ada.tools, ada.tools[1].engineer == ada)
sql()
--> <manager bob>	2	true
--> SELECT tool.id AS tool_id, tool.name AS tool_name, tool.engineer_id AS tool_engineer_id FROM tool WHERE tool.engineer_id = ? ORDER BY tool.id  [3]

-- ---- a class below reads its tables joined ----
db.session:expunge_all()
for e in Engineer.query:filter(Engineer.language ~= nil):order_by(Engineer.name) do print(e, e.language) end
sql()
--> <engineer ada>	lua
--> <engineer eve>	c
--> <chief zoe>	ada
--> SELECT engineer.id AS engineer_id, employee.name AS employee_name, employee.type AS employee_type, employee.version AS employee_version, employee.company_id AS employee_company_id, engineer.language AS engineer_language, engineer.manager_id AS engineer_manager_id FROM employee JOIN engineer ON employee.id = engineer.id WHERE engineer.language IS NOT NULL ORDER BY employee.name
print(Chief.query:one().stars, Junior.query:one().school)
sql()
--> 3	mit
--> SELECT chief.chief_id AS chief_chief_id, employee.name AS employee_name, employee.type AS employee_type, employee.version AS employee_version, employee.company_id AS employee_company_id, engineer.language AS engineer_language, engineer.manager_id AS engineer_manager_id, chief.stars AS chief_stars FROM employee JOIN engineer ON employee.id = engineer.id JOIN chief ON engineer.id = chief.chief_id
--> SELECT engineer.id AS engineer_id, employee.name AS employee_name, employee.type AS employee_type, employee.version AS employee_version, employee.company_id AS employee_company_id, engineer.language AS engineer_language, engineer.manager_id AS engineer_manager_id, engineer.school AS engineer_school FROM employee JOIN engineer ON employee.id = engineer.id WHERE employee.type IN (?)  [junior]
print(db.session:query(Engineer.name, Engineer.language):order_by(Engineer.name):first().name)
print(db.session:query(Engineer.name):count(), Engineer.query:count())
sql()
--> ada
--> 4	4
--> SELECT employee.name AS employee_name, engineer.language AS engineer_language FROM employee JOIN engineer ON employee.id = engineer.id ORDER BY employee.name LIMIT ?  [1]
--> SELECT count(*) AS count_1 FROM (SELECT employee.name AS employee_name FROM employee JOIN engineer ON employee.id = engineer.id) AS anon_1
--> SELECT count(*) AS count_1 FROM employee JOIN engineer ON employee.id = engineer.id
print(Employee.query:get(2) == Manager.query:get(2), Engineer.query:get(2))
sql()
--> true	nil
--> SELECT employee.id AS employee_id, employee.name AS employee_name, employee.type AS employee_type, employee.version AS employee_version, employee.company_id AS employee_company_id FROM employee WHERE employee.id = ?  [2]

-- ---- loading more at once ----
db.session:expunge_all()
all = db.with_polymorphic(Employee, {Engineer, Manager})
for _, e in ipairs(db.session:query(all):filter(all.Engineer.language == 'lua' or all.Manager.budget > 5):order_by(all.id):all()) do
  print(e, e.type == 'manager' and e.budget or e.language)
end
--> <manager bob>	10
--> <engineer ada>	lua
sql()
--> SELECT employee.id AS employee_id, employee.name AS employee_name, employee.type AS employee_type, employee.version AS employee_version, employee.company_id AS employee_company_id, engineer.language AS engineer_language, engineer.manager_id AS engineer_manager_id, manager.budget AS manager_budget FROM employee LEFT OUTER JOIN engineer ON employee.id = engineer.id LEFT OUTER JOIN manager ON employee.id = manager.id WHERE engineer.language = ? OR manager.budget > ? ORDER BY employee.id  [lua, 5]
db.session:expunge_all()
print(#db.session:query(db.with_polymorphic(Employee, '*')):all())
sql()
--> 6
--> SELECT employee.id AS employee_id, employee.name AS employee_name, employee.type AS employee_type, employee.version AS employee_version, employee.company_id AS employee_company_id, manager.budget AS manager_budget, engineer.language AS engineer_language, engineer.manager_id AS engineer_manager_id, chief.stars AS chief_stars, engineer.school AS engineer_school FROM employee LEFT OUTER JOIN manager ON employee.id = manager.id LEFT OUTER JOIN engineer ON employee.id = engineer.id LEFT OUTER JOIN chief ON engineer.id = chief.chief_id
db.session:expunge_all()
list = Employee.query:options(db.selectin_polymorphic(Employee, {Engineer, Manager}), db.selectinload(Engineer.tools)):order_by(Employee.id):all()
sql()
--> SELECT employee.id AS employee_id, employee.name AS employee_name, employee.type AS employee_type, employee.version AS employee_version, employee.company_id AS employee_company_id FROM employee ORDER BY employee.id
--> SELECT manager.id AS manager_id, manager.budget AS manager_budget FROM manager WHERE manager.id IN (?)  [2]
--> SELECT engineer.id AS engineer_id, engineer.language AS engineer_language, engineer.manager_id AS engineer_manager_id FROM engineer WHERE engineer.id IN (?, ?, ?, ?)  [3, 4, 5, 6]
--> SELECT tool.id AS tool_id, tool.name AS tool_name, tool.engineer_id AS tool_engineer_id FROM tool WHERE tool.engineer_id IN (?, ?, ?, ?) ORDER BY tool.id  [3, 4, 5, 6]
print(list[2].budget, list[3].language, #list[3].tools)
sql()
--> 10	lua	2

-- ---- relationships, joins and options ----
db.session:expunge_all()
print(#Company.query:join(Company.engineers):filter(Engineer.language == 'lua'):all())
print(#Company.query:filter(Company.engineers:any(Engineer.language == 'c')):all())
print(#Tool.query:join(Tool.engineer):filter(Engineer.name == 'ada'):all())
print(#Tool.query:filter(Tool.engineer:has(Engineer.name == 'ada')):all())
boss = db.aliased(Manager)
print(#Engineer.query:join(Engineer.manager:of_type(boss)):filter(boss.budget > 3):all())
print(#Engineer.query:filter(Engineer.manager:has(Manager.name == 'bob')):all())
print(#Engineer.query:join(Engineer.company):join(Engineer.tools):all())
sql()
--> 1
--> 1
--> 2
--> 2
--> 2
--> 2
--> 1
--> SELECT company.id AS company_id, company.name AS company_name FROM company JOIN (employee JOIN engineer ON employee.id = engineer.id) ON company.id = employee.company_id WHERE engineer.language = ?  [lua]
--> SELECT company.id AS company_id, company.name AS company_name FROM company WHERE EXISTS (SELECT 1 FROM employee JOIN engineer ON employee.id = engineer.id WHERE company.id = employee.company_id AND engineer.language = ?)  [c]
--> SELECT tool.id AS tool_id, tool.name AS tool_name, tool.engineer_id AS tool_engineer_id FROM tool JOIN (employee JOIN engineer ON employee.id = engineer.id) ON engineer.id = tool.engineer_id WHERE employee.name = ?  [ada]
--> SELECT tool.id AS tool_id, tool.name AS tool_name, tool.engineer_id AS tool_engineer_id FROM tool WHERE EXISTS (SELECT 1 FROM employee JOIN engineer ON employee.id = engineer.id WHERE engineer.id = tool.engineer_id AND employee.name = ?)  [ada]
--> SELECT engineer.id AS engineer_id, employee.name AS employee_name, employee.type AS employee_type, employee.version AS employee_version, employee.company_id AS employee_company_id, engineer.language AS engineer_language, engineer.manager_id AS engineer_manager_id FROM employee JOIN engineer ON employee.id = engineer.id JOIN (employee AS employee_1 JOIN manager AS manager_1 ON employee_1.id = manager_1.id) ON manager_1.id = engineer.manager_id WHERE manager_1.budget > ?  [3]
--> SELECT engineer.id AS engineer_id, employee.name AS employee_name, employee.type AS employee_type, employee.version AS employee_version, employee.company_id AS employee_company_id, engineer.language AS engineer_language, engineer.manager_id AS engineer_manager_id FROM employee JOIN engineer ON employee.id = engineer.id WHERE EXISTS (SELECT 1 FROM employee AS employee_1 JOIN manager AS manager_1 ON employee_1.id = manager_1.id WHERE manager_1.id = engineer.manager_id AND employee_1.name = ?)  [bob]
--> SELECT engineer.id AS engineer_id, employee.name AS employee_name, employee.type AS employee_type, employee.version AS employee_version, employee.company_id AS employee_company_id, engineer.language AS engineer_language, engineer.manager_id AS engineer_manager_id FROM employee JOIN engineer ON employee.id = engineer.id JOIN company ON company.id = employee.company_id JOIN tool ON engineer.id = tool.engineer_id
print(#Company.query:join(Company.employees:of_type(Engineer)):filter(Engineer.language == 'c'):all())
sql()
--> 1
--> SELECT company.id AS company_id, company.name AS company_name FROM company JOIN (employee JOIN engineer ON employee.id = engineer.id) ON company.id = employee.company_id WHERE engineer.language = ?  [c]
moon = Company.query:options(db.joinedload(Company.engineers):selectinload(Engineer.tools)):one()
print(#moon.engineers, moon.engineers[1].language, #moon.engineers[1].tools)
sql()
--> 4	lua	2
--> SELECT company.id AS company_id, company.name AS company_name, engineer_1.id AS engineer_1_id, employee_1.name AS employee_1_name, employee_1.type AS employee_1_type, employee_1.version AS employee_1_version, employee_1.company_id AS employee_1_company_id, engineer_1.language AS engineer_1_language, engineer_1.manager_id AS engineer_1_manager_id FROM company LEFT OUTER JOIN (employee AS employee_1 JOIN engineer AS engineer_1 ON employee_1.id = engineer_1.id) ON company.id = employee_1.company_id
--> SELECT tool.id AS tool_id, tool.name AS tool_name, tool.engineer_id AS tool_engineer_id FROM tool WHERE tool.engineer_id IN (?, ?, ?, ?) ORDER BY tool.id  [3, 4, 6, 5]
--postgresql> 4	lua	2
--postgresql> SELECT company.id AS company_id, company.name AS company_name, engineer_1.id AS engineer_1_id, employee_1.name AS employee_1_name, employee_1.type AS employee_1_type, employee_1.version AS employee_1_version, employee_1.company_id AS employee_1_company_id, engineer_1.language AS engineer_1_language, engineer_1.manager_id AS engineer_1_manager_id FROM company LEFT OUTER JOIN (employee AS employee_1 JOIN engineer AS engineer_1 ON employee_1.id = engineer_1.id) ON company.id = employee_1.company_id
--postgresql> SELECT tool.id AS tool_id, tool.name AS tool_name, tool.engineer_id AS tool_engineer_id FROM tool WHERE tool.engineer_id IN (?, ?, ?, ?) ORDER BY tool.id  [3, 4, 5, 6]
saw = Tool.query:options(db.joinedload(Tool.engineer)):filter_by{name = 'saw'}:one()
print(saw.engineer.language)
sql()
--> lua
--> SELECT tool.id AS tool_id, tool.name AS tool_name, tool.engineer_id AS tool_engineer_id, engineer_1.id AS engineer_1_id, employee_1.name AS employee_1_name, employee_1.type AS employee_1_type, employee_1.version AS employee_1_version, employee_1.company_id AS employee_1_company_id, engineer_1.language AS engineer_1_language, engineer_1.manager_id AS engineer_1_manager_id FROM tool LEFT OUTER JOIN (employee AS employee_1 JOIN engineer AS engineer_1 ON employee_1.id = engineer_1.id) ON engineer_1.id = tool.engineer_id WHERE tool.name = ?  [saw]
e = db.aliased(Engineer)
print(#db.session:query(e):filter(e.name == 'ada' and e.language == 'lua'):all())
sql()
--> 1
--> SELECT engineer_1.id AS engineer_id, employee_1.name AS employee_name, employee_1.type AS employee_type, employee_1.version AS employee_version, employee_1.company_id AS employee_company_id, engineer_1.language AS engineer_language, engineer_1.manager_id AS engineer_manager_id FROM employee AS employee_1 JOIN engineer AS engineer_1 ON employee_1.id = engineer_1.id WHERE employee_1.name = ? AND engineer_1.language = ?  [ada, lua]

-- ---- only the tables that changed are written ----
db.session:commit()
ada = Engineer.query:filter_by{name = 'ada'}:one()
sql()
--> SELECT engineer.id AS engineer_id, employee.name AS employee_name, employee.type AS employee_type, employee.version AS employee_version, employee.company_id AS employee_company_id, engineer.language AS engineer_language, engineer.manager_id AS engineer_manager_id FROM employee JOIN engineer ON employee.id = engineer.id WHERE employee.name = ?  [ada]
ada.language = 'go'
db.session:commit()
sql()
--> UPDATE employee SET version=? WHERE employee.id = ? AND employee.version = ?  [2, 3, 1]
--> UPDATE engineer SET language=? WHERE engineer.id = ?  [go, 3]
ada.name = 'ada l'
db.session:commit()
sql()
--> SELECT engineer.id AS engineer_id, employee.type AS employee_type, employee.version AS employee_version, employee.company_id AS employee_company_id, engineer.language AS engineer_language, engineer.manager_id AS engineer_manager_id FROM employee JOIN engineer ON employee.id = engineer.id WHERE engineer.id = ?  [3]
--> UPDATE employee SET name=?, version=? WHERE employee.id = ? AND employee.version = ?  [ada l, 3, 3, 2]
print(ada.version, db.session.dirty[1])
--> 3	nil
sql()
--> SELECT engineer.id AS engineer_id, employee.name AS employee_name, employee.type AS employee_type, employee.version AS employee_version, employee.company_id AS employee_company_id, engineer.language AS engineer_language, engineer.manager_id AS engineer_manager_id FROM employee JOIN engineer ON employee.id = engineer.id WHERE engineer.id = ?  [3]
-- the rows of the tables below go first, and what refers to them before
db.session:delete(ada)
db.session:delete(Chief.query:one())
db.session:flush()
sql()
--> SELECT tool.id AS tool_id, tool.name AS tool_name, tool.engineer_id AS tool_engineer_id FROM tool WHERE tool.engineer_id = ? ORDER BY tool.id  [3]
--> DELETE FROM tool WHERE tool.id = ?  [1]
--> DELETE FROM engineer WHERE engineer.id = ?  [3]
--> DELETE FROM employee WHERE employee.id = ? AND employee.version = ?  [3, 3]
--> SELECT chief.chief_id AS chief_chief_id, employee.name AS employee_name, employee.type AS employee_type, employee.version AS employee_version, employee.company_id AS employee_company_id, engineer.language AS engineer_language, engineer.manager_id AS engineer_manager_id, chief.stars AS chief_stars FROM employee JOIN engineer ON employee.id = engineer.id JOIN chief ON engineer.id = chief.chief_id
--> SELECT tool.id AS tool_id, tool.name AS tool_name, tool.engineer_id AS tool_engineer_id FROM tool WHERE tool.engineer_id = ? ORDER BY tool.id  [5]
--> DELETE FROM chief WHERE chief.chief_id = ?  [5]
--> DELETE FROM engineer WHERE engineer.id = ?  [5]
--> DELETE FROM employee WHERE employee.id = ? AND employee.version = ?  [5, 1]
print(Employee.query:count(), Engineer.query:count(), Tool.query:count())
db.session:rollback()
sql()
--> 4	2	0
--> SELECT count(*) AS count_1 FROM employee
--> SELECT count(*) AS count_1 FROM employee JOIN engineer ON employee.id = engineer.id
--> SELECT count(*) AS count_1 FROM tool

-- ---- a query writes one of the tables: its rows are those that the query finds ----
all = Engineer.query:order_by(Engineer.id):all()
print(Engineer.query:filter(Engineer.name ~= 'nobody'):update{language = 'x'}, all[1].language)
print(Engineer.query:filter(Engineer.language == 'x'):update{name = Engineer.name .. '!'}, all[1].name, all[2].name)
print(Engineer.query:filter_by{id = all[2].id}:update({language = 'y'}, {synchronize_session = false}), all[2].language)
db.session:refresh(all[2])
print(all[2].language, Employee.query:filter(Employee.name:like '%!'):count())
db.session:rollback()
print(all[1].language, all[1].name)
db.session:rollback()
sql()
--> 4	x
--> 4	ada l!	eve!
--> 1	x
--> y	4
--> go	ada l
--> SELECT engineer.id AS engineer_id, employee.name AS employee_name, employee.type AS employee_type, employee.version AS employee_version, employee.company_id AS employee_company_id, engineer.language AS engineer_language, engineer.manager_id AS engineer_manager_id FROM employee JOIN engineer ON employee.id = engineer.id ORDER BY engineer.id
--> UPDATE engineer SET language=? WHERE engineer.id IN (SELECT engineer.id FROM employee JOIN engineer ON employee.id = engineer.id WHERE employee.name != ?) RETURNING id  [x, nobody]
--> UPDATE employee SET name=(employee.name || ?) WHERE employee.id IN (SELECT engineer.id FROM employee JOIN engineer ON employee.id = engineer.id WHERE engineer.language = ?) RETURNING id  [!, x]
--> SELECT employee.id AS employee_id, employee.name AS employee_name FROM employee WHERE employee.id = ?  [3]
--> SELECT employee.id AS employee_id, employee.name AS employee_name FROM employee WHERE employee.id = ?  [4]
--> UPDATE engineer SET language=? WHERE engineer.id IN (SELECT engineer.id FROM employee JOIN engineer ON employee.id = engineer.id WHERE engineer.id = ?)  [y, 4]
--> SELECT engineer.id AS engineer_id, employee.name AS employee_name, employee.type AS employee_type, employee.version AS employee_version, employee.company_id AS employee_company_id, engineer.language AS engineer_language, engineer.manager_id AS engineer_manager_id FROM employee JOIN engineer ON employee.id = engineer.id WHERE engineer.id = ?  [4]
--> SELECT count(*) AS count_1 FROM employee WHERE employee.name LIKE ?  [%!]
--> SELECT engineer.id AS engineer_id, employee.name AS employee_name, employee.type AS employee_type, employee.version AS employee_version, employee.company_id AS employee_company_id, engineer.language AS engineer_language, engineer.manager_id AS engineer_manager_id FROM employee JOIN engineer ON employee.id = engineer.id WHERE engineer.id = ?  [3]
-- ---- what needs several tables in one statement is refused ----
Engineer.query:update{language = 'x', name = 'y'}
--! NotSupportedError: query:update() of Engineer: a statement writes one table; what is set here, and what it is computed from, lies in several, or is part of the key
--!   update the objects one by one, or write the tables with db.update(Engineer.__table__)
Engineer.query:update{language = Engineer.name}
--! NotSupportedError: query:update() of Engineer: a statement writes one table; what is set here, and what it is computed from, lies in several, or is part of the key
--!   update the objects one by one, or write the tables with db.update(Engineer.__table__)
Engineer.query:update{id = 9}
--! NotSupportedError: query:update() of Engineer: a statement writes one table; what is set here, and what it is computed from, lies in several, or is part of the key
--!   update the objects one by one, or write the tables with db.update(Engineer.__table__)
Engineer.query:delete()
--! NotSupportedError: query:delete() of Engineer: its rows are in 2 tables
--!   delete the objects one by one, or write the tables with db.delete(Engineer.__table__)
db.session:bulk_insert(Engineer, {{name = 'x', language = 'z'}})
--! NotSupportedError: bulk_insert of Engineer: its rows are in 2 tables
--!   add objects to the session, or write the tables one by one with db.insert
print(Employee.query:filter_by{name = 'tom'}:update{name = 'tim'})
sql()
--> 1
--> UPDATE employee SET name=? WHERE employee.name = ?  [tim, tom]
db.session:rollback()

-- ---- a class that always reads those below ----
Shape = db.Model 'Shape' {
  id = db.Column{db.Integer, primary_key = true},
  kind = db.Column{db.String(10)},
  __mapper_args__ = {polymorphic_on = 'kind', polymorphic_identity = 'shape', with_polymorphic = '*'},
}
Circle = db.Model('Circle', Shape) {
  id = db.Column{db.Integer, db.ForeignKey 'shape.id', primary_key = true},
  radius = db.Column{db.Integer},
  __mapper_args__ = {polymorphic_identity = 'circle'},
}
Square = db.Model('Square', Shape) {
  side = db.Column{db.Integer},
  __mapper_args__ = {polymorphic_identity = 'square', polymorphic_load = 'selectin'},
}
db.create_all()
db.session:add_all{Circle{radius = 2}, Square{side = 3}, Shape{}}
db.session:commit()
db.clear_recorded_queries()
for _, s in ipairs(Shape.query:order_by(Shape.id):all()) do print(s, s.kind == 'circle' and s.radius or s.kind == 'square' and s.side) end
--> <Circle 1>	2
--> <Square 2>	3
--> <Shape 3>	false
sql()
--> SELECT shape.id AS shape_id, shape.kind AS shape_kind, circle.radius AS circle_radius, shape.side AS shape_side FROM shape LEFT OUTER JOIN circle ON shape.id = circle.id ORDER BY shape.id

-- ---- options and criteria along the tree ----
db.session:expunge_all()
print(#Engineer.query:options(db.selectinload(Engineer.company)):all(), #Engineer.query:options(db.joinedload(Employee.company)):all())
--> 4	4
print(#Engineer.query:options(db.with_loader_criteria(Employee, Employee.name ~= 'kim')):all())
sql()
--> 3
--> SELECT engineer.id AS engineer_id, employee.name AS employee_name, employee.type AS employee_type, employee.version AS employee_version, employee.company_id AS employee_company_id, engineer.language AS engineer_language, engineer.manager_id AS engineer_manager_id FROM employee JOIN engineer ON employee.id = engineer.id
--> SELECT company.id AS company_id, company.name AS company_name FROM company WHERE company.id IN (?)  [1]
--> SELECT engineer.id AS engineer_id, employee.name AS employee_name, employee.type AS employee_type, employee.version AS employee_version, employee.company_id AS employee_company_id, engineer.language AS engineer_language, engineer.manager_id AS engineer_manager_id, company_1.id AS company_1_id, company_1.name AS company_1_name FROM employee JOIN engineer ON employee.id = engineer.id LEFT OUTER JOIN company AS company_1 ON company_1.id = employee.company_id
--> SELECT engineer.id AS engineer_id, employee.name AS employee_name, employee.type AS employee_type, employee.version AS employee_version, employee.company_id AS employee_company_id, engineer.language AS engineer_language, engineer.manager_id AS engineer_manager_id FROM employee JOIN engineer ON employee.id = engineer.id WHERE employee.name != ?  [kim]
eve = Engineer.query:options(db.load_only(Engineer.name)):filter_by{name = 'eve'}:one()
sql()
--> SELECT engineer.id AS engineer_id, employee.name AS employee_name, employee.type AS employee_type FROM employee JOIN engineer ON employee.id = engineer.id WHERE employee.name = ?  [eve]
print(eve.language)
sql()
--> c
print(Engineer.query:join(Engineer.manager))
--! InvalidRequestError: Manager is in the query already: joining it again needs an alias
--!   other = db.aliased(Manager); query:join(Engineer.manager:of_type(other))

-- ---- a new object of another class of the tree has the key of one that goes ----
db.session:expunge_all()
kim = Junior.query:one()
id = kim.id
db.session:delete(kim)
db.session:add(Engineer{id = id, name = 'kim2', language = 'c'})
db.clear_recorded_queries()
db.session:flush()
sql()
--> DELETE FROM engineer WHERE engineer.id = ?  [6]
--> DELETE FROM employee WHERE employee.id = ? AND employee.version = ?  [6, 1]
--> INSERT INTO employee (id, name, type, version, company_id) VALUES (?, ?, ?, ?, ?)  [6, kim2, engineer, 1, NULL]
--> INSERT INTO engineer (id, language, manager_id) VALUES (?, ?, ?)  [6, c, NULL]
db.session:rollback()

-- ---- a plan of the flush names the class's table ----
db.session:add(Chief{name = 'new', stars = 1})
for _, step in ipairs(db.session:plan()) do print(step.text or step) end
--> INSERT chief <Chief (pending)>: name = 'new', type = 'chief', version = NULL, company_id = NULL, language = NULL, manager_id = NULL, stars = 1
db.session:rollback()

-- ---- merge, refresh and expiry ----
other = Engineer{id = 3, name = 'merged', language = 'x'}
mine = db.session:merge(other)
print(mine, mine.language, #db.session.dirty)
--> <engineer merged>	x	1
db.session:rollback()
db.clear_recorded_queries()
ada = Engineer.query:get(3)
db.session:refresh(ada)
db.session:expire(ada, {'language'})
print(ada.language)
sql()
--> go
--> SELECT engineer.id AS engineer_id, employee.name AS employee_name, employee.type AS employee_type, employee.version AS employee_version, employee.company_id AS employee_company_id, engineer.language AS engineer_language, engineer.manager_id AS engineer_manager_id FROM employee JOIN engineer ON employee.id = engineer.id WHERE engineer.id = ?  [3]
--> SELECT engineer.id AS engineer_id, employee.name AS employee_name, employee.type AS employee_type, employee.version AS employee_version, employee.company_id AS employee_company_id, engineer.language AS engineer_language, engineer.manager_id AS engineer_manager_id FROM employee JOIN engineer ON employee.id = engineer.id WHERE engineer.id = ?  [3]
--> SELECT engineer.id AS engineer_id, engineer.language AS engineer_language FROM engineer WHERE engineer.id = ?  [3]

-- ---- a class that is read after the rows of the one above ----
Triangle = db.Model('Triangle', Employee) {
  id = db.Column{db.Integer, db.ForeignKey 'employee.id', primary_key = true},
  angle = db.Column{db.Integer},
  __mapper_args__ = {polymorphic_identity = 'triangle', polymorphic_load = 'selectin'},
}
db.create_all()
db.session:add_all{Triangle{name = 't', angle = 60}, Triangle{name = 'u', angle = 30}}
db.session:commit()
db.clear_recorded_queries()
db.session:expunge_all()
for _, t in ipairs(Employee.query:filter(Employee.name:in_{'t', 'u', 'tom'}):order_by(Employee.name):all()) do
  print(t, t.type == 'triangle' and t.angle)
end
sql()
--> <triangle t>	60
--> <employee tom>	false
--> <triangle u>	30
--> SELECT employee.id AS employee_id, employee.name AS employee_name, employee.type AS employee_type, employee.version AS employee_version, employee.company_id AS employee_company_id FROM employee WHERE employee.name IN (?, ?, ?) ORDER BY employee.name  [t, u, tom]
--> SELECT triangle.id AS triangle_id, triangle.angle AS triangle_angle FROM triangle WHERE triangle.id IN (?, ?)  [7, 8]

-- ---- a relationship with a condition of its own, over the tables of both classes ----
Company.speakers = db.relationship{'Engineer', viewonly = true,
  primaryjoin = function() return db.and_(Company.id == Employee.company_id, Engineer.language == 'c') end}
db.session:expunge_all()
print(#Company.query:one().speakers, #Company.query:filter(Company.speakers:any()):all())
sql()
--> 1	1
--> SELECT company.id AS company_id, company.name AS company_name FROM company
--> SELECT engineer.id AS engineer_id, employee.name AS employee_name, employee.type AS employee_type, employee.version AS employee_version, employee.company_id AS employee_company_id, engineer.language AS engineer_language, engineer.manager_id AS engineer_manager_id FROM employee JOIN engineer ON employee.id = engineer.id WHERE ? = employee.company_id AND engineer.language = ?  [1, c]
--> SELECT company.id AS company_id, company.name AS company_name FROM company WHERE EXISTS (SELECT 1 FROM employee JOIN engineer ON employee.id = engineer.id WHERE company.id = employee.company_id AND engineer.language = ?)  [c]
db.session:expunge_all()
moon = Company.query:options(db.joinedload(Company.speakers)):one()
print(#moon.speakers)
sql()
--> 1
--> SELECT company.id AS company_id, company.name AS company_name, engineer_1.id AS engineer_1_id, employee_1.name AS employee_1_name, employee_1.type AS employee_1_type, employee_1.version AS employee_1_version, employee_1.company_id AS employee_1_company_id, engineer_1.language AS engineer_1_language, engineer_1.manager_id AS engineer_1_manager_id FROM company LEFT OUTER JOIN (employee AS employee_1 JOIN engineer AS engineer_1 ON employee_1.id = engineer_1.id) ON company.id = employee_1.company_id AND engineer_1.language = ?  [c]

-- ---- what an eager relationship leads to, with what the classes below have ----
db.session:expunge_all()
moon = Company.query:options(db.selectinload(Company.employees):selectin_polymorphic({Engineer})):one()
print(#moon.employees, moon.employees[3].language)
sql()
--> 6	go
--> SELECT company.id AS company_id, company.name AS company_name FROM company
--> SELECT employee.id AS employee_id, employee.name AS employee_name, employee.type AS employee_type, employee.version AS employee_version, employee.company_id AS employee_company_id FROM employee WHERE employee.company_id IN (?) ORDER BY employee.id  [1]
--> SELECT engineer.id AS engineer_id, engineer.language AS engineer_language, engineer.manager_id AS engineer_manager_id FROM engineer WHERE engineer.id IN (?, ?, ?, ?)  [3, 4, 5, 6]
db.session:expunge_all()
moon = Company.query:options(db.joinedload(Company.employees):selectin_polymorphic({Manager})):one()
print(#moon.employees, moon.employees[2].budget)
sql()
--> 6	10
--> SELECT company.id AS company_id, company.name AS company_name, employee_1.id AS employee_1_id, employee_1.name AS employee_1_name, employee_1.type AS employee_1_type, employee_1.version AS employee_1_version, employee_1.company_id AS employee_1_company_id FROM company LEFT OUTER JOIN employee AS employee_1 ON company.id = employee_1.company_id ORDER BY employee_1.id
--> SELECT manager.id AS manager_id, manager.budget AS manager_budget FROM manager WHERE manager.id IN (?)  [2]
Company.query:options(db.joinedload(Company.employees:of_type(Engineer))):all()
--! NotSupportedError: joinedload(Company.employees:of_type(Engineer)) would load a part of what the relationship leads to
--!   db.joinedload(Company.employees):selectin_polymorphic({Engineer}) loads all, and what that class has beside
Employee.query:options(db.selectin_polymorphic(Engineer, {Manager})):all()
--! ArgumentError: Manager does not inherit from Engineer
Employee.query:options(db.selectin_polymorphic(Employee)):all()
--! ArgumentError: selectin_polymorphic needs the classes to load
--!   db.selectin_polymorphic(Employee, {Engineer, Manager})
-- --- the key of a class below is its own table's, so that an expression of it alone speaks of that class's rows ---
d = db.aliased(Engineer, 'd')
db.clear_recorded_queries()
print(db.session:query(db.func.count(Engineer.id)):scalar(), db.session:query(db.func.count(d.id)):scalar(),
      db.session:query(db.func.count(Employee.id)):scalar())
print(Employee.query:filter(db.exists():where(Engineer.id == Employee.id)):count())
sql()
--> 4	4	8
--> 4
--> SELECT count(engineer.id) AS count_1 FROM engineer
--> SELECT count(d_engineer.id) AS count_1 FROM engineer AS d_engineer
--> SELECT count(employee.id) AS count_1 FROM employee
--> SELECT count(*) AS count_1 FROM employee WHERE EXISTS (SELECT 1 FROM engineer WHERE engineer.id = employee.id)

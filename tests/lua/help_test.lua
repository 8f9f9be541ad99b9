-- Help: all that a program can call has a description, and help(x) in the shell shows it.
moonbase = require 'moonbase'
app = moonbase.App 'help'
app.config:update{DATABASE_URI = fresh_database()}
db = moonbase.Database(app)
User = db.Model 'User' { id = db.Column{db.Integer, primary_key = true}, name = db.Column{db.String(20)} }
db.create_all()

-- The names of a table whose functions, classes and namespaces have no description; those of plain
-- values and of the program's own part ('_name') do not count.
function undescribed(t)
  local names = {}
  for name, value in next, t do
    local counts = type(name) == 'string' and name:sub(1, 1) ~= '_' and type(value) ~= 'string'
    if counts and not moonbase.doc(value) then names[#names + 1] = name end
  end
  table.sort(names)
  return table.concat(names, ' ')
end
print('module', undescribed(moonbase))
print('json', undescribed(moonbase.json))
print('database', undescribed(db))
print('app', undescribed{app = app, processor = app.shell_context_processor, context = app.make_shell_context})
--> module	
--> json	
--> database	
--> app	

for _, name in ipairs{'update', 'from_object', 'from_file', 'get'} do assert(moonbase.doc(app.config[name]), name) end
result = db.session:execute(db.text 'select 1 as one')
for _, name in ipairs{'all', 'first', 'one', 'one_or_none', 'scalar', 'scalars', 'mappings', 'fetchmany', 'partitions', 'keys', 'close'} do
  assert(moonbase.doc(result[name]), name)
end
for _, value in ipairs{User, User{}, User.query, User.name, db.session, db.engine, db.metadata, User.__table__, db.func} do
  assert(moonbase.doc(value), tostring(value))
end

print(moonbase.doc(User.query.filter_by))
print(moonbase.doc(db.session.add))
print(moonbase.doc(print), moonbase.doc(5), moonbase.doc(nil))
--> filter_by{name = value, …}  keep the rows whose columns equal these values; db.null means IS NULL
--> add(object…)  put objects under the session's care; they are written at the next flush
--> nil	nil	nil

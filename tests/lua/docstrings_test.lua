-- Every function, class and method that a program can reach has a docstring: the walk begins at the
-- globals and at one object of each kind, and goes through tables, metatables and what they inherit.
-- Rows of C++ are also in tests/bindings/docs_test.cc.
moonbase = require 'moonbase'
app = moonbase.App 'docs'
app.config:update{DATABASE_URI = 'sqlite://'}
db = moonbase.Database(app)
User = db.Model 'User' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(20)},
  posts = db.relationship{'Post', back_populates = 'author'},
  tags = db.relationship{'Tag', collection_class = 'set'},
  labels = db.association_proxy('tags', 'label'),
}
Post = db.Model 'Post' {
  id = db.Column{db.Integer, primary_key = true},
  title = db.Column{db.String(20)},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
  author = db.relationship{'User', back_populates = 'posts'},
}
Tag = db.Model 'Tag' {
  id = db.Column{db.Integer, primary_key = true},
  label = db.Column{db.String(20)},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
}
db.create_all()
user = User{name = 'ada'}
db.session:add(user)
db.session:commit()

-- Lua's own functions and modules have a manual of their own, and a test's helpers need none. What
-- else is in the globals is Moonbase's.
local lua_names = {}
for name in ('_G _VERSION assert collectgarbage coroutine debug dofile error getmetatable io ipairs load loadfile math next os '
  .. 'package pairs pcall print rawequal rawget rawlen rawset require select setmetatable string table tonumber tostring type utf8 '
  .. 'warn xpcall'):gmatch '%S+' do lua_names[name] = true end
local helpers = {arg = true, fresh_database = true, roots = true, undescribed = true, moonbases_own = true, user = true}
local known = {}
local function skip(value)
  if known[value] then return end
  known[value] = true
  if type(value) == 'table' and value ~= _G and value ~= package then
    for _, inner in next, value do
      if type(inner) == 'table' or type(inner) == 'function' then skip(inner) end
    end
  end
end
for name in next, lua_names do skip(_G[name]) end
known[_G], known[skip], known[package.loaded] = true, true, true

undescribed = {}
local function walk(value, path)
  if (type(value) ~= 'table' and type(value) ~= 'function') or known[value] then return end
  known[value] = true
  if type(value) == 'function' then
    if not moonbase.doc(value) then undescribed[#undescribed + 1] = path end
    return
  end
  for name, inner in next, value do
    local shown = type(name) == 'string' and name:sub(1, 1) ~= '_'
    if shown then walk(inner, path .. '.' .. name) end
  end
  local meta = debug.getmetatable(value)
  if type(meta) == 'table' and rawget(meta, '__name') and not moonbase.doc(value) then undescribed[#undescribed + 1] = path end
  local index = type(meta) == 'table' and rawget(meta, '__index')
  if type(index) == 'table' then walk(index, path) end
  -- What a function finds names in is one of its tables; getters of db are described with db.
  for i = 1, type(index) == 'function' and 255 or 0 do
    local name, held = debug.getupvalue(index, i)
    if not name then break end
    local offers = type(held) == 'table' and name ~= 'docs' and name ~= 'computed' and name ~= '_ENV' and not known[held]
    for key, inner in next, offers and held or {} do
      if type(key) == 'string' and key:sub(1, 1) ~= '_' and type(inner) == 'function' then walk(inner, path .. '.' .. key) end
    end
  end
end

roots = {
  moonbase = moonbase, db = db, app = app, config = app.config,
  row = db.session:execute(db.select(User.name)):first(),
  result = db.session:execute(db.select(User.name)),
  scalars = db.session:scalars(db.select(User.name)),
  mappings = db.session:execute(db.select(User.name)):mappings(),
  page = User.query:paginate{page = 1, per_page = 5},
  state = moonbase.inspect(user),
  mapper = moonbase.inspect(User),
  inspector = moonbase.inspect(db.engine),
  signal = db.models_committed,
  maker = db.sessionmaker{}, scoped = db.scoped_session(db.sessionmaker{}),
  labels = user.labels,
  proxy = User.labels,
  url = db.engine.url,
  event = db.event,
}
moonbases_own = {}
for name, value in next, _G do
  if not lua_names[name] and not helpers[name] and not roots[name] then
    roots[name] = value
    moonbases_own[#moonbases_own + 1] = name
  end
end
local names = {}
for name in pairs(roots) do names[#names + 1] = name end
table.sort(names)
for _, name in ipairs(names) do walk(roots[name], name) end
table.sort(undescribed)
print(table.concat(undescribed, '\n'))
-->

table.sort(moonbases_own)
print(table.concat(moonbases_own, ' '))
--> Post Tag User show sql

-- A description begins with the call, and says what comes of it; help lists those of an object's class.
print(moonbase.doc(user.labels.add), moonbase.doc(roots.maker.begin))
print(moonbase.doc(roots.page), moonbase.doc(roots.config))
--> add(value)  make a member of this value, unless there is one	begin(function)  call function(session) with a new session: committed and closed after it, rolled back on an error
--> A page of a query: for item in page do, #page, page[1], page:next(), page:iter_pages().	The settings of a program: app.config.KEY = value; keys of Moonbase are checked, others are the program's own.

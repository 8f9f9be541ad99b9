-- moonbase run scripts/seeds/chinook.lua PATH
--
-- Makes the Chinook tables from their models in the app's database and fills them from the SQLite file, or the SQL
-- script, at PATH. Everything is written through the session. A table that has rows already is left as it is.
local path = arg and arg[1]
if not path then
  io.stderr:write('usage: moonbase run scripts/seeds/chinook.lua PATH   (chinook.sqlite or Chinook_Sqlite.sql)\n')
  os.exit(2)
end

local here = arg[0]:match '^(.*/)' or './'
local classes = dofile(here .. 'chinook_models.lua')

-- A source that the same classes read: the file itself, or the script run in memory.
local function open_source()
  local file = assert(io.open(path, 'rb'))
  local head = file:read(16)
  if head == 'SQLite format 3\0' then
    file:close()
    return moonbase.create_engine('sqlite:///' .. path, {foreign_keys = false})
  end
  local script = head .. file:read 'a'
  file:close()
  local engine = moonbase.create_engine 'sqlite://'
  local connection = engine:connect()
  connection:execute_script(script)
  connection:commit()
  connection:close()
  return engine
end

db.create_all()
local source = moonbase.Session{bind = open_source()}
local progress = io.stderr
for _, class in ipairs(classes) do
  local originals = source:query(class):order_by(table.unpack(moonbase.inspect(class).primary_key)):all()
  if class.query:first() then
    progress:write(('%-14s is filled already\n'):format(class.__name__))
  else
    for n, original in ipairs(originals) do
      local copy = class{}
      for name, value in pairs(original) do copy[name] = value end
      db.session:add(copy)
      if n % 500 == 0 then progress:write(('\r%-14s %d/%d'):format(class.__name__, n, #originals)) end
    end
    db.session:commit()
    progress:write(('\r%-14s %d/%d\n'):format(class.__name__, #originals, #originals))
  end
end
source:close()

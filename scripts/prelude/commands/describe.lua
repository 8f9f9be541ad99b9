-- :describe NAME, what the database says of a model's table or of any table.
local moonbase = require 'moonbase'
local shell, show = require 'moonbase.shell', require 'moonbase.show'

local function table_of(db, name)
  local ok, found = pcall(function() return db.models[name].__table__.name end)
  return ok and found or name
end

local function names(list) return table.concat(list or {}, ', ') end

local function columns_of(inspector, table_name)
  local key = {}
  for _, column in ipairs(inspector:get_pk_constraint(table_name).constrained_columns or {}) do key[column] = true end
  local rows = {}
  for _, column in ipairs(inspector:get_columns(table_name)) do
    local default = column.default
    rows[#rows + 1] = {column.name, tostring(column.type), column.nullable and 'NULL' or 'NOT NULL',
                       default == nil and moonbase.null or tostring(default), key[column.name] and 'primary key' or ''}
  end
  return rows
end

local function run(name)
  if name == '' then return require 'moonbase.commands.tables'.run '' end
  local db = shell.database()
  local table_name, inspector = table_of(db, name), moonbase.inspect(db.engine)
  show.rows({'column', 'type', 'null', 'default', 'key'}, columns_of(inspector, table_name))
  for _, key in ipairs(inspector:get_foreign_keys(table_name)) do
    show.line(('foreign key (%s) → %s (%s)'):format(names(key.constrained_columns), key.referred_table, names(key.referred_columns)))
  end
  for _, index in ipairs(inspector:get_indexes(table_name)) do
    show.line(('%sindex %s (%s)'):format(index.unique and 'unique ' or '', index.name, names(index.column_names)))
  end
  for _, unique in ipairs(inspector:get_unique_constraints(table_name)) do
    show.line(('unique (%s)'):format(names(unique.column_names)))
  end
  for _, check in ipairs(inspector:get_check_constraints(table_name)) do show.line(('check (%s)'):format(check.sqltext)) end
end

return {run = run}

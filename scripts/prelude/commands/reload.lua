-- :reload, the modules of the app's folder once more: their classes replace those of before. `db` stays, and objects
-- that are loaded keep the classes they were made with.
local moonbase = require 'moonbase'

local function modules()
  local names = {}
  for name in pairs(package.loaded) do
    local path = not name:find '^moonbase' and package.searchpath(name, package.path)
    if path and not path:find '^/usr/' then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

local function run()
  local names = modules()
  if #names == 0 then
    moonbase.raise('InvalidRequestError', "the app has no modules to load again", ":load FILE runs a file.")
  end
  for _, name in ipairs(names) do package.loaded[name] = nil end
  for _, name in ipairs(names) do require(name) end
  require 'moonbase.shell'.preload()
  print('loaded again: ' .. table.concat(names, ', '))
end

return {run = run}

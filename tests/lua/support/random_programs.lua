-- Small random Lua programs whose calls are named like those that build queries, run twice: as Lua
-- loads them, and with the operators inside such calls rewritten. What they return, log and raise
-- must be the same.
local M = {}

-- A generator of its own, so that a seed means the same program on every machine.
local state
local function random(n)
  state = (state * 6364136223846793005 + 1442695040888963407)
  return (state >> 33) % n + 1
end
local function pick(list) return list[random(#list)] end

-- Every listed name has a twin that means nothing to the rewriter.
local CALLS = {'filter', 'where', 'having', 'any', 'has', 'exists', 'case', 'and_', 'select_', 'query', 'order_by', 'expr',
  'update', 'values', 'func.count', 'over', 'label'}
local TWINS = {}
for _, name in ipairs(CALLS) do TWINS[name] = name:find '%.' and 'fn.count' or name .. 'X' end
CALLS[9], TWINS.select_ = 'select', nil
TWINS.select = 'pick_from'

local LOCALS = {'a', 'b', 'c', 'x'}
local GLOBALS = {'g', 'h', 'missing', 'tbl', 'obj'}
local COMPARISONS = {'==', '~=', '<', '<=', '>', '>='}
local ARITHMETIC = {'+', '-', '*', '..', '//', '%'}
local NUMBERS = {'0', '1', '2', '3', 'obj.n', 'tbl.size', '#c', 'one', 'two'}

local expression

local function arguments(depth, scope)
  local out = {}
  for i = 1, random(3) - 1 do out[i] = expression(depth - 1, scope) end
  if scope.varargs and random(6) == 1 then out[#out + 1] = '...' end
  return table.concat(out, ', ')
end

local function table_text(depth, scope)
  local out = {}
  for i = 1, random(3) - 1 do
    out[i] = pick {'', 'k = ', '[1 + 1] = ', 'm = '} .. expression(depth - 1, scope)
  end
  return '{' .. table.concat(out, ', ') .. '}'
end

local function listed_call(depth, scope)
  local name = pick(CALLS)
  local call = random(5) == 1 and name ~= 'func.count' and 'obj:' .. name or name
  local form = random(8)
  if form == 1 then return call .. table_text(depth, scope) end
  if form == 2 then return call .. " 'text'" end
  return call .. '(' .. arguments(depth, scope) .. ')'
end

local function inner_function(depth, scope)
  local varargs = random(2) == 1
  local inside = {varargs = varargs, names = scope.names}
  return ('(function(%s) %sreturn %s end)(%s)'):format(varargs and '...' or '',
    random(3) == 1 and ('if %s then return %s end '):format(expression(depth - 1, inside), expression(depth - 1, inside)) or '',
    arguments(depth, inside), arguments(depth, scope))
end

local function atom(scope)
  local kind = random(12)
  if kind <= 2 then return tostring(random(4) - 1) end
  if kind == 3 then return pick {"'s'", "'1'", '[[t]]'} end
  if kind == 4 then return pick {'nil', 'true', 'false'} end
  if kind <= 7 then return pick(scope.names) end
  if kind <= 10 then return pick(GLOBALS) end
  if kind == 11 and scope.varargs then return pick {'...', '(...)'} end
  return pick {'tbl.k', 'obj.n', 'tbl[1]', 'one', 'two'}
end

function expression(depth, scope)
  if depth <= 0 then return atom(scope) end
  local kind = random(20)
  if kind <= 2 then
    -- Operands that have an order.
    return ('%s %s %s'):format(pick(NUMBERS), pick(COMPARISONS), pick(NUMBERS))
  elseif kind == 3 then
    return ('%s %s %s'):format(expression(depth - 1, scope), pick {'==', '~='}, expression(depth - 1, scope))
  elseif kind == 4 then
    return ('%s %s %s'):format(expression(depth - 1, scope), pick(COMPARISONS), expression(depth - 1, scope))
  elseif kind <= 8 then
    local parts, word = {}, pick {' and ', ' or '}
    for i = 1, random(3) + 1 do parts[i] = expression(depth - 1, scope) end
    return table.concat(parts, word)
  elseif kind == 9 then
    return 'not ' .. expression(depth - 1, scope)
  elseif kind == 10 then
    return '(' .. expression(depth - 1, scope) .. ')'
  elseif kind <= 14 then
    return listed_call(depth, scope)
  elseif kind == 15 then
    return ("f('%s', %s)"):format(pick {'p', 'q', 'r'}, expression(depth - 1, scope))
  elseif kind == 16 then
    return pick {'two_of', 'none_of', 'raise'} .. '(' .. arguments(depth, scope) .. ')'
  elseif kind == 17 then
    return inner_function(depth, scope)
  elseif kind == 18 then
    return table_text(depth, scope)
  elseif kind == 19 then
    -- Lua does not always know the line of a division by zero.
    if random(12) == 1 then return ('(%s %s %s)'):format(random(8), pick {'+', '..'}, atom(scope)) end
    return ('(%s %s %s)'):format(random(8), pick(ARITHMETIC), random(8))
  end
  return atom(scope)
end

local statement

local function block(depth, scope)
  local out = {}
  local inside = {varargs = scope.varargs, names = table.move(scope.names, 1, #scope.names, 1, {})}
  for i = 1, random(3) do out[i] = statement(depth, inside) end
  return table.concat(out, '\n')
end

function statement(depth, scope)
  local kind = random(12)
  if kind == 1 then
    local name = pick(LOCALS)
    local text = ('local %s%s = %s'):format(name, pick {'', '', ' <const>', ', y'}, expression(depth, scope))
    scope.names[#scope.names + 1] = name
    -- A constant must not be assigned to, so nothing here assigns to locals.
    return text
  elseif kind == 2 then
    return ('g = %s'):format(expression(depth, scope))
  elseif kind == 3 and depth > 1 then
    return ('if %s then\n%s\nelse\n%s\nend'):format(expression(depth, scope), block(depth - 1, scope), block(depth - 1, scope))
  elseif kind == 4 and depth > 1 then
    return ('for i = 1, 2 do\n%s\nif %s then break end\nend'):format(block(depth - 1, scope), expression(depth - 1, scope))
  elseif kind == 5 and depth > 1 then
    return ('do local n = 0 repeat n = n + 1\nlocal z = %s\nuntil n > 2 or filter(z == n, %s) end')
      :format(expression(depth - 1, scope), expression(depth - 1, scope))
  elseif kind == 6 and depth > 1 then
    local inside = {varargs = true, names = {'a', 'x'}}
    return ('local function c(a, x, ...)\n%s\nreturn %s\nend\nlog("c", c(%s))')
      :format(block(depth - 2, inside), expression(depth - 1, inside), arguments(depth, scope))
  elseif kind == 7 then
    return ('do local k = 0 ::top:: k = k + 1; log(%s) if k < 2 then goto top end end'):format(expression(depth, scope))
  elseif kind == 8 then
    return ('tbl.k, tbl[1] = %s, %s'):format(expression(depth, scope), expression(depth, scope))
  elseif kind == 9 then
    return ('do local r <close> = closing(%s)\nlog(%s) end'):format(atom(scope), listed_call(depth, scope))
  end
  -- An error ends the statement alone.
  if kind <= 11 then return ('guard(function(...) log(%s) end%s)'):format(listed_call(depth, {varargs = true, names = scope.names}), scope.varargs and ', ...' or '') end
  return ('log(%s)'):format(listed_call(depth, scope))
end

-- The program of a seed.
function M.program(seed)
  state = seed
  random(1)
  local scope = {varargs = true, names = {'a', 'b', 'c', 'x'}}
  return 'local a, b, c, x = 1, nil, "s", ...\n' .. block(4, scope) .. '\nreturn ' .. arguments(3, scope)
end

-- The same with calls that mean nothing to the rewriter. Names are replaced where they are called,
-- nothing else in a program contains them.
function M.without_queries(program)
  for name, twin in pairs(TWINS) do
    local pattern = name:gsub('[%._]', '%%%0')
    program = program:gsub('%f[%w_]' .. pattern .. '%f[^%w_]', (twin:gsub('%%', '%%%%')))
  end
  return program
end

local function show(value, seen)
  if type(value) ~= 'table' then
    return math.type(value) == 'float' and ('%.17g'):format(value) or type(value) == 'function' and 'function' or tostring(value)
  end
  if getmetatable(value) then return 'object ' .. tostring(rawget(value, 'n')) end
  seen = seen or {}
  if seen[value] then return '{…}' end
  seen[value] = true
  local keys, out = {}, {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys, function(p, q) return tostring(p) < tostring(q) end)
  for i, key in ipairs(keys) do out[i] = tostring(key) .. '=' .. show(value[key], seen) end
  seen[value] = nil
  return '{' .. table.concat(out, ',') .. '}'
end

-- A message without the names of variables, which may differ.
local function without_names(message)
  return (tostring(message):gsub(" %(%a+ '[^']*'%)", ''):gsub(" '[%a_.]+'", ''))
end

-- Runs the text with globals of its own. Returns what it did as text.
function M.run(text)
  local log = {}
  local meta = {}
  local function note(...)
    local parts = table.pack(...)
    for i = 1, parts.n do parts[i] = show(parts[i]) end
    log[#log + 1] = table.concat(parts, ' ')
    return ...
  end
  function meta.__eq(p, q) note('eq', p.n, q.n) return p.n % 2 == q.n % 2 end
  function meta.__lt(p, q) note('lt', p, q) return coroutine.yield 'lt' end
  function meta.__le(p, q) note('le', p, q) return type(p) == type(q) and 'le' end
  function meta.__call(self, ...) return note('call', ...) end
  local one, two = setmetatable({n = 1}, meta), setmetatable({n = 3}, meta)
  local globals = {one = one, two = two, g = 1, h = false, tbl = {k = 2, size = 4, 5}, log = note, type = type}
  globals.fn = {count = note}
  globals.func = globals.fn
  local object = setmetatable({n = 4}, {})
  globals.obj = object
  for _, name in ipairs(CALLS) do
    globals[name], object[name] = note, note
    if TWINS[name] then globals[TWINS[name]], object[TWINS[name]] = note, note end
  end
  function globals.f(name, ...) note('f', name) return ... end
  function globals.two_of(...) return ..., 2 end
  function globals.none_of() end
  function globals.raise(...) if select('#', ...) > 0 then error((...), 1) end end
  function globals.closing(x) return setmetatable({}, {__close = function() note('close', x) end}) end
  function globals.guard(...)
    local ok, message = pcall(...)
    note('guard', ok, ok or type(message) ~= 'string' and show(message) or without_names(message))
  end
  local chunk, message = load(text, '=program', 't', globals)
  if not chunk then return 'load: ' .. message end
  local co = coroutine.create(function(...) return table.pack(pcall(chunk, ...)) end)
  local ok, result = coroutine.resume(co, 'first', 2)
  for _ = 1, 200 do
    if coroutine.status(co) == 'dead' then break end
    note 'resumed'
    ok, result = coroutine.resume(co, #log % 2 == 0)
  end
  if not ok then return 'failed: ' .. tostring(result) end
  if type(result) ~= 'table' then result = {n = 1, 'endless'} end
  if result[1] == false and type(result[2]) == 'string' then result[2] = without_names(result[2]) end
  log[#log + 1] = 'returns ' .. show(result)
  return table.concat(log, '\n')
end

-- Compares the programs of the seeds. Returns how many were compared, how many of them ended in an
-- error, and the first difference as text.
function M.compare(first, last)
  local errors = 0
  for seed = first, last do
    local program = M.program(seed)
    local plain = M.without_queries(program)
    local expected, found = M.run(plain), M.run(program)
    if expected:find 'returns {1=false' or expected:find '^load' then errors = errors + 1 end
    if expected ~= found then
      return seed - first + 1, errors, ('seed %d\n%s\n--- as it is:\n%s\n--- rewritten:\n%s'):format(seed, program, expected, found)
    end
  end
  return last - first + 1, errors
end

return M

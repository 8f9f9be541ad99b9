-- What comparisons, `and`, `or` and `not` inside query-building calls become when a chunk is loaded
-- (bindings/syntax/syntax.h). Returns the table that such a chunk gets as its first argument. In
-- Lua, so that a coroutine may yield through any of them; the chunk's argument holds the functions
-- of C++. Where no SQL takes part, each does exactly what the operator would do.
local sql = ...
local type, select, error, rawget, rawequal = type, select, error, rawget, rawequal
local setmetatable = setmetatable
local metatable, format, sub = debug.getmetatable, string.format, string.sub
local kind_of, join_and, join_or, negate = sql.kind_of, sql.join_and, sql.join_or, sql.negate
local check_choice = sql.check_choice

local M = {name = sql.name, keys = sql.keys, export = sql.export, export_const = sql.export_const}

-- --- comparisons ---

-- As Lua's own messages call the type of a value.
local function type_name(x)
  local kind = type(x)
  local meta = (kind == 'table' or kind == 'userdata') and metatable(x)
  local name = meta and rawget(meta, '__name')
  return type(name) == 'string' and name or kind
end

-- The handler that Lua would call for two operands.
local function handler_of(a, b, event)
  local meta = metatable(a)
  local handler = meta and rawget(meta, event)
  if handler ~= nil then return handler end
  meta = metatable(b)
  return meta and rawget(meta, event)
end

-- An error of the operator itself is one of the line that has the operator, not of a line here.
local function check_handler(handler, event)
  if type(handler) == 'function' then return end
  local meta = metatable(handler)
  if meta and rawget(meta, '__call') ~= nil then return end
  error(format("attempt to call a %s value (metamethod '%s')", type_name(handler), sub(event, 3)), 4)
end

local function check_order(a, b, event)
  local handler = handler_of(a, b, event)
  if handler ~= nil then
    check_handler(handler, event)
    return
  end
  local left, right = type_name(a), type_name(b)
  if left == right then error(format('attempt to compare two %s values', left), 3) end
  error(format('attempt to compare %s with %s', left, right), 3)
end

local function check_equality(a, b)
  local handler = not rawequal(a, b) and handler_of(a, b, '__eq')
  if handler then check_handler(handler, '__eq') end
end

local compare_eq, compare_ne = sql.eq, sql.ne

function M.eq(a, b)
  local left, right = type(a), type(b)
  if left == 'userdata' or right == 'userdata' then
    local condition = compare_eq(a, b)
    if condition then return condition end
  end
  if left == right and (left == 'table' or left == 'userdata') then check_equality(a, b) end
  return a == b
end

function M.ne(a, b)
  local left, right = type(a), type(b)
  if left == 'userdata' or right == 'userdata' then
    local condition = compare_ne(a, b)
    if condition then return condition end
  end
  if left == right and (left == 'table' or left == 'userdata') then check_equality(a, b) end
  return a ~= b
end

-- `a > b` is `b < a` in Lua, for its messages and for the handlers' arguments.
local compare_lt, compare_le, compare_gt, compare_ge = sql.lt, sql.le, sql.gt, sql.ge

function M.lt(a, b)
  local left, right = type(a), type(b)
  if left == 'userdata' or right == 'userdata' then
    local condition = compare_lt(a, b)
    if condition then return condition end
  end
  if left ~= right or (left ~= 'number' and left ~= 'string') then check_order(a, b, '__lt') end
  return a < b
end

function M.le(a, b)
  local left, right = type(a), type(b)
  if left == 'userdata' or right == 'userdata' then
    local condition = compare_le(a, b)
    if condition then return condition end
  end
  if left ~= right or (left ~= 'number' and left ~= 'string') then check_order(a, b, '__le') end
  return a <= b
end

function M.gt(a, b)
  local left, right = type(a), type(b)
  if left == 'userdata' or right == 'userdata' then
    local condition = compare_gt(a, b)
    if condition then return condition end
  end
  if left ~= right or (left ~= 'number' and left ~= 'string') then check_order(b, a, '__lt') end
  return a > b
end

function M.ge(a, b)
  local left, right = type(a), type(b)
  if left == 'userdata' or right == 'userdata' then
    local condition = compare_ge(a, b)
    if condition then return condition end
  end
  if left ~= right or (left ~= 'number' and left ~= 'string') then check_order(b, a, '__le') end
  return a >= b
end

-- Operands on several lines: `left(a) % right(M.lt, b)`, because an error in a call is one of the
-- line where the call begins, and that of an operator one of the operator's.
local operands = {
  __mod = function(left, right) return right.compare(left.value, right.value) end,
}
function M.left(a) return setmetatable({value = a}, operands) end
function M.right(compare, b) return {compare = compare, value = b} end

-- --- and, or, not ---

-- A chain of n parts comes as the value of the first, a function for each of the others, and the
-- values of `...` where a function needs them. The part that decides is called last of all, in this
-- function's place, so that there is one frame more than in plain Lua and not two.

-- What is left of a chain once a condition has appeared in it: all parts are conditions.
local function join_rest(join, condition, n, part, ...)
  condition = join(condition, (part(select(n - 1, ...))))
  if n == 2 then return condition end
  return join_rest(join, condition, n - 1, ...)
end

local function all_of(n, first, part, ...)
  if type(first) == 'userdata' then
    local kind = kind_of(first)
    if kind == 'condition' then return join_rest(join_and, first, n, part, ...) end
    if kind == 'column' then
      local chosen = part(select(n - 1, ...))
      check_choice(first, chosen)
      if n == 2 then return chosen end
      return all_of(n - 1, chosen, ...)
    end
  elseif not first then
    return first
  end
  if n == 2 then return part(...) end
  return all_of(n - 1, part(select(n - 1, ...)), ...)
end
M.AND = all_of

local function one_of(n, first, part, ...)
  if type(first) == 'userdata' then
    if kind_of(first) ~= 'condition' then return first end
    return join_rest(join_or, first, n, part, ...)
  elseif first then
    return first
  end
  if n == 2 then return part(...) end
  return one_of(n - 1, part(select(n - 1, ...)), ...)
end
M.OR = one_of

function M.NOT(a)
  if type(a) == 'userdata' then
    local condition = negate(a)
    if condition then return condition end
  end
  return not a
end

return M

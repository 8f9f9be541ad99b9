-- What people type from the habit of another language, and what Lua says instead. Loaded by the
-- shell after the first error, or the first input that mentions a suspicious name.
local M = {}

-- One row a habit. `code` is a Lua pattern (or a list of them, any of which will do) for the text
-- that was typed, without its comments and the insides of its strings; `error` one for Lua's
-- message, where the text alone could be right. The hint may use the captures of `code` as %1, %2.
-- The first row that fits wins.
local NAME = '([%a_][%w_]*)'

-- What ends and begins transactions in other shells.
local COMMIT = {code = {'^%s*(commit)%s*;?%s*$', '^%s*(COMMIT)%s*;?%s*$'}, undefined = 'commit',
  hint = 'the session has the transaction: :commit, or db.session:commit()'}
local ROLLBACK = {code = {'^%s*(rollback)%s*;?%s*$', '^%s*(ROLLBACK)%s*;?%s*$'}, undefined = 'rollback',
  hint = 'the session has the transaction: :rollback, or db.session:rollback()'}
local BEGIN = {code = {'^%s*(begin)%s*;?%s*$', '^%s*(BEGIN)%s*;?%s*$'}, undefined = 'begin',
  hint = 'a transaction begins by itself, with the first statement; :commit and :rollback end it'}

local FAILED = {
  COMMIT, ROLLBACK, BEGIN,
  -- Python's calls and declarations
  {code = '([%a_][%w_%.:]*)%s*%(%s*[%a_][%w_]*%s*=[^=]', error = "near '='",
   hint = 'keyword arguments go in braces: %1{name = value, …}'},
  {code = "([%a_][%w_%.:]*)%s*%([%w_%.:'\" ,]-,%s*[%a_][%w_]*%s*=[^=]", error = "near '='",
   hint = 'all arguments go in braces where some have names: %1{…, name = value}'},
  {code = '([%a_][%w_%.:]*)%s*%([%w_%.:]*%b(),%s*[%a_][%w_]*%s*=[^=]', error = "near '='",
   hint = 'all arguments go in braces where some have names: %1{…, name = value}'},
  {code = '([%a_][%w_%.]*:[%a_][%w_]*)%s+([%a_][%w_%.]*)%s*{', error = 'function arguments expected',
   hint = 'only a text or a table can do without parentheses: %1(%2{…})'},
  {code = '^%s*class%s+' .. NAME, error = 'syntax error',
   hint = "a model is a value: %1 = db.Model '%1' { id = db.Column{db.Integer, primary_key = true}, … }"},
  {code = '^%s*async%s+def%s', error = 'syntax error', hint = 'a function is written: function name(x) … end'},
  {code = '^%s*def%s+' .. NAME .. '%s*(%b())', error = 'syntax error',
   hint = 'a function is written: function %1%2 … end'},
  {code = '%f[%w_]lambda%s+([%w_, ]-)%s*:', hint = 'a nameless function is written: function(%1) return … end'},
  {code = '^%s*import%s+' .. NAME, error = 'syntax error', hint = "a module is loaded with: %1 = require '%1'"},
  {code = '^%s*from%s+([%w_%.]+)%s+import', error = 'syntax error',
   hint = "a module is loaded with: require '%1'"},
  {code = '^%s*with%s', error = 'syntax error',
   hint = 'a block that cleans up takes a function: db.session:begin_nested(function() … end)'},
  {code = '^%s*try%s*[:{]', hint = 'an error is caught with: ok, err = pcall(function() … end)'},
  {code = '^%s*except%f[^%w_]', hint = 'an error is caught with: ok, err = pcall(function() … end)'},
  {code = '^%s*raise%f[^%w_]', hint = "an error is raised with: error 'text'"},
  {code = '^%s*throw%s', hint = "an error is raised with: error 'text'"},
  {code = '^%s*del%s+([%w_%.]+)', hint = 'a name is forgotten with: %1 = nil'},
  {code = '^%s*print%s+' .. NAME, error = 'syntax error', hint = 'print is a function: print(%1)'},
  {code = '^%s*assert%s+', error = 'syntax error', hint = 'assert is a function: assert(condition, message)'},
  {code = ':%s*([%a_][%w_]*)%s*$', error = 'function arguments expected near <eof>',
   hint = 'a method is called with parentheses: %1()'},
  {code = '[;%s]([%a_][%w_%.]*)%s*$', error = 'syntax error near <eof>',
   hint = 'a value is shown where it stands alone: %1 takes an input of its own'},
  -- blocks
  {code = '%f[%w_]elif%f[^%w_]', hint = 'it is spelt elseif: if a then … elseif b then … end'},
  {code = '%f[%w_]else%s+if%f[^%w_]', error = "<eof>", hint = 'elseif is one word; else if needs an end of its own'},
  {code = '^%s*for%s+[%w_, ]+%s+in%s+range%s*%(', hint = 'a loop over numbers is written: for i = 1, 10 do … end'},
  {code = '^%s*for%s+' .. NAME .. '%s+in%s+([%w_%.]*query)%s*:%s*$', hint = 'a query is walked with: for %1 in %2 do … end'},
  {code = '^%s*for%s+' .. NAME .. '%s+in%s+([%w_%.:]+)%s*:%s*$',
   hint = 'a loop is written: for _, %1 in ipairs(%2) do … end'},
  {code = '^%s*for%s*%(', hint = 'a loop is written: for i = 1, 10 do … end, or for _, x in ipairs(list) do … end'},
  {code = '^%s*if%s+([%w_%.]+)%s+is%s+None%s*:%s*$', hint = 'a condition is written: if %1 == nil then … end'},
  {code = '^%s*if%s+([%w_%.]+)%s+is%s+not%s+None%s*:%s*$', hint = 'a condition is written: if %1 ~= nil then … end'},
  {code = '^%s*if%s*(.-)%s*:%s*$', hint = 'a condition is written: if %1 then … end'},
  {code = '^%s*while%s+True%s*:%s*$', hint = 'a loop is written: while true do … end'},
  {code = '^%s*while%s*(.-)%s*:%s*$', hint = 'a loop is written: while %1 do … end'},
  {code = '^%s*else%s*:%s*$', hint = 'no colon: if … then … else … end'},
  {code = '^%s*if%s*(%b())%s*{', hint = 'a condition is written: if %1 then … end'},
  {code = '^%s*while%s*(%b())%s*{', hint = 'a loop is written: while %1 do … end'},
  {code = '^%s*function%s*[%w_%.:]*%s*%b()%s*{', hint = 'a function ends with end and has no braces: function f(x) … end'},
  {code = {'^%s*let%s+' .. NAME, '^%s*const%s+' .. NAME, '^%s*var%s+' .. NAME}, error = 'syntax error',
   hint = 'a variable needs no word before it: %1 = …'},
  -- operators
  {code = '!=', hint = 'not equal is written ~='},
  {code = '([%w_%.]+)%s*%+%+', hint = 'there is no short form: %1 = %1 + 1'},
  {code = '([%w_%.]+)%s*([%+%-%*/])=', hint = 'there is no short form: %1 = %1 %2 …'},
  {code = '&&', hint = 'it is written and'},
  {code = '||', hint = 'it is written or'},
  {code = '![%w_%(]', hint = 'it is written not'},
  {code = '%?[^:]*:', hint = 'a choice is written: condition and a or b'},
  {code = '%f[%w_]is%s+not%s+' .. NAME, hint = 'it is written ~=; nothing is nil: x ~= nil'},
  {code = '%f[%w_]is%s+' .. NAME, error = 'syntax error', hint = 'it is written ==; nothing is nil: x == nil'},
  {code = '^%s*=', hint = 'the value of an expression is shown without a = before it'},
  {code = ':=', hint = 'it is written ='},
  -- literals
  {code = '%[.+%sfor%s+[%w_, ]+%s+in%s', hint = 'a list is built in a loop: t = {} for i, x in ipairs(list) do t[i] = x.name end'},
  {code = '^[^%[]*%[%s*[%w_"\']+%s*,', error = "unexpected symbol near '%['", hint = 'a list is written {1, 2, 3}'},
  {code = '^[^%[]*%[%s*%]', error = "unexpected symbol near '%['", hint = 'an empty list is written {}'},
  {code = {'{%s*["\'][^"\']*["\']%s*:', '{%s*[%w_]+%s*:%s'}, hint = 'a table is written {name = value}'},
  {code = '%f[%w_]f["\']', error = "'f'", hint = "a text is filled in with format: ('hello %%s'):format(name), or with ..: 'hello ' .. name"},
  {code = '["\']%.%a', error = 'near', hint = "a text is put in parentheses first: ('abc'):upper()"},
  {code = {'^%s*#', '^%s*//', '^%s*/%*'}, error = 'near', hint = 'a comment begins with --'},
  -- names that another language defines, when they fail
  {code = '%f[%w_]new%s+' .. NAME, error = {"near", "'new'"}, hint = 'an object is made without new: %1{…}'},
  {code = '%f[%w_]len%s*%(([%w_%.]*)%)', error = "global 'len'", hint = 'the length of a list is #%1'},
  {code = '%f[%w_]len%s*(%b())', error = "global 'len'", hint = 'the length of a list is #%1'},
  {code = '%f[%w_]str%s*%(', error = "global 'str'", hint = 'it is called tostring(x)'},
  {code = '%f[%w_]int%s*%(', error = "global 'int'", hint = 'it is called math.tointeger(x), or tonumber(x) for a text'},
  {code = '%f[%w_]float%s*%(', error = "global 'float'", hint = 'it is called tonumber(x)'},
  {code = '%f[%w_]range%s*%(', error = "global 'range'", hint = 'a loop over numbers is written: for i = 1, 10 do … end'},
  {code = '%f[%w_]isinstance%s*%(', error = "global 'isinstance'", hint = 'it is called type(x), a text'},
  {code = '%f[%w_]dir%s*%(', error = "global 'dir'", hint = 'the names in a table: for name in pairs(t) do print(name) end'},
  {code = NAME .. '%s*%.%s*append%s*%(', error = "'append'", hint = 'something is added to a list with: table.insert(%1, x)'},
  {code = '%f[%w_](self)%f[^%w_]', error = "'self'",
   hint = 'self exists in a function declared with a colon: function User:shout() … end'},
  {code = 'for%s+' .. NAME .. '%s+in%s+([%w_%.]+)%s+do', error = 'for iterator',
   hint = 'a list is walked with ipairs: for _, %1 in ipairs(%2) do … end'},
  {code = ':(first)%s*%(%s*%)%s*[%.:]', error = 'attempt to index a nil value',
   hint = 'first() is nil where no row was found: u = query:first(); if u then … end'},
  {code = ':(get)%s*%b()%s*[%.:]', error = 'attempt to index a nil value',
   hint = 'get() is nil where there is no such row: u = query:get(1); if u then … end'},
  {code = ':(one_or_none)%s*%(%s*%)%s*[%.:]', error = 'attempt to index a nil value',
   hint = 'one_or_none() is nil where no row was found: one() is an error then'},
  {code = '%+', error = {"attempt to add a 'string'", "perform arithmetic on a string", "with a 'string'"},
   hint = "texts are joined with ..: 'a' .. 'b'"},
  {code = '["\']%s*%%', error = {"mod", "arithmetic"}, hint = "a text is filled in with format: ('%%s'):format(x)"},
  {code = '%f[%w_]None%f[^%w_]', hint = 'None is nil here (db.null inside a table)'},
  {code = '%f[%w_]True%f[^%w_]', hint = 'it is written true'},
  {code = '%f[%w_]False%f[^%w_]', hint = 'it is written false'},
}

-- What Lua takes without an error and does something else than was meant. `undefined` is a global that
-- must be nil for the row to count.
local NOTICED = {
  COMMIT, ROLLBACK, BEGIN,
  {code = '%f[%w_]None%f[^%w_]', undefined = 'None', hint = 'None is an undefined name, and so nil: write nil (db.null inside a table)'},
  {code = '%f[%w_]True%f[^%w_]', undefined = 'True', hint = 'True is an undefined name, and so nil: write true'},
  {code = '%f[%w_]False%f[^%w_]', undefined = 'False', hint = 'False is an undefined name, and so nil: write false'},
  {code = '%f[%w_]null%f[^%w_]', unless = '%.%s*null%f[^%w_]', undefined = 'null',
   hint = 'null is an undefined name, and so nil: write nil (db.null inside a table)'},
  {code = '%f[%w_]not%s+([%w_%.]+)%s*([=~<>]=?)', unless_failed = true, hint = 'not comes before %2 in Lua, (not %1) %2 …: write not (%1 %2 …)'},
  {code = "^%s*db%.Model%s*%(?%s*[\"']", unless_failed = true, hint = "the class has no name here: User = db.Model 'User' { … }"},
}

local function any(patterns, text)
  if type(patterns) == 'string' then patterns = {patterns} end
  for _, pattern in ipairs(patterns) do
    local captures = {text:match(pattern)}
    if captures[1] then return captures end
  end
end

local function fill(hint, captures)
  return (hint:gsub('%%([%%%d])', function(n)
    return n == '%' and '%' or captures[tonumber(n)] or '…'
  end))
end

-- The hint for a message of Lua's and the code that caused it, or nil.
function M.after_error(message, code)
  for _, row in ipairs(FAILED) do
    local captures = any(row.code, code)
    if captures and (not row.error or any(row.error, message)) then return fill(row.hint, captures) end
  end
end

-- The hint for code that Lua could run, or nil. `failed` is 'failed' when it ended in an error.
function M.in_what_ran(code, failed)
  for _, row in ipairs(NOTICED) do
    local captures = not (row.unless_failed and failed == 'failed') and any(row.code, code)
    if captures and not (row.unless and code:find(row.unless)) and
        not (row.undefined and rawget(_G, row.undefined) ~= nil) then
      return fill(row.hint, captures)
    end
  end
end

return M

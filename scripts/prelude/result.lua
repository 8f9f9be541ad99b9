-- Results: rows that have been read already, or are read in batches (yield_per), handed out once. `scalars()`, `mappings()` and `columns()` are other views
-- of the same rows: what one view has handed out, the others have, too. Loaded by bindings/rows.cc with the first
-- result; `row_key(x)` is equal for equal rows and values, `row_metatable(names)` makes rows.
local moonbase = require 'moonbase'
local null, raise, list = moonbase.null, moonbase.raise, moonbase._list

return function(row_key, row_metatable)
  local Result, ScalarResult, MappingResult = {}, {}, {}
  local metatables = {}
  local new_result

  -- A view's fields: the buffer it shares, `_pick` (a position, or false), `_columns` ({positions, names, metatable},
  -- or false), `_seen` (what unique() has let through, or false) and `_strategy`.
  local function view(kind, buffer, pick, parent)
    return setmetatable({_buffer = buffer, _pick = pick, _columns = parent and parent._columns,
                         _seen = parent and parent._seen and {}, _strategy = row_key},
                        metatables[kind])
  end

  local function open(self, name)
    if type(self) ~= 'table' or not rawget(self, '_buffer') then
      raise('TypeError', ('result.%s(): methods take a colon: result:%s()'):format(name, name))
    end
    local buffer = self._buffer
    if buffer.closed then raise('ResourceClosedError', 'This result object is closed.') end
    if not buffer.rows then
      raise('ResourceClosedError', 'This result object does not return rows. It has been closed automatically.')
    end
    return buffer
  end

  -- A buffer's fields: `rows`, of which those up to `at` of `count` have been handed out, and, while there may be
  -- more than `rows`, `fill`: a function that reads the next list, or with true ends the run. `needs_unique`: rows
  -- repeat because a collection was joined to them.
  local function stop(buffer)
    if buffer.fill then buffer.fill(true) end
    buffer.fill = nil
  end
  local function close(buffer)
    stop(buffer)
    buffer.closed, buffer.rows = true, buffer.rows and {}
  end
  -- Whether a row is there to be handed out; reads the next batch where there is one.
  local function has_row(buffer)
    if buffer.at < buffer.count then return true end
    if not buffer.fill then return false end
    buffer.rows = {} -- so that the last batch can go
    local rows = buffer.fill()
    buffer.rows, buffer.at, buffer.count = rows, 0, #rows
    if #rows == 0 then stop(buffer) end
    return #rows > 0
  end

  -- A row as the view shows it.
  local function shown(self, row)
    if self._columns then
      local cells = {}
      for i, position in ipairs(self._columns.positions) do cells[i] = row[position] end
      row = setmetatable(cells, self._columns.metatable)
    end
    if self._pick then return row[self._pick] end
    return getmetatable(self) == metatables.MappingResult and row._mapping or row
  end

  local function check_unique(self, buffer)
    if not buffer.needs_unique or self._seen then return end
    raise('InvalidRequestError', 'The unique() method must be invoked on this Result, as it contains results that '
          .. 'include joined eager loads against collections', 'Write result:unique():all(), or use selectinload.')
  end

  -- The next item, or nil at the end.
  local function take(self, buffer)
    check_unique(self, buffer)
    local seen = self._seen
    while has_row(buffer) do
      local rows, at = buffer.rows, buffer.at + 1
      local item = shown(self, rows[at])
      rows[at], buffer.at = nil, at
      if not seen then return item end
      local key = self._strategy(item)
      if not seen[key] then
        seen[key] = true
        return item
      end
    end
  end

  local function take_all(self, buffer)
    check_unique(self, buffer)
    local plain = not (self._seen or self._pick or self._columns) and getmetatable(self) == metatables.Result
    if plain and buffer.at == 0 and not buffer.fill then
      local rows = buffer.rows
      buffer.rows, buffer.at = {}, buffer.count
      return list(rows)
    end
    local items, n = {}, 0
    while true do
      local item = take(self, buffer)
      if item == nil then return list(items) end
      n = n + 1
      items[n] = item
    end
  end

  local function names_of(self) return (self._columns or self._buffer).names end

  -- The position of a column given by its position or name.
  local function position_of(self, column)
    local names = names_of(self)
    if math.type(column) == 'integer' and column >= 1 and column <= #names then return column end
    for i, name in ipairs(names) do
      if name == column then return i end
    end
    raise('KeyError', ("Could not locate column in row for column '%s'"):format(tostring(column)),
          'The columns are ' .. table.concat(names, ', ') .. '; positions count from 1.')
  end

  local function first_of(self, name)
    local buffer = open(self, name)
    local item = take(self, buffer)
    close(buffer)
    return item
  end

  local function exactly_one(self, name, or_none)
    local buffer = open(self, name)
    local item = take(self, buffer)
    local another = item ~= nil and take(self, buffer) ~= nil
    close(buffer)
    if another then
      raise('MultipleResultsFound',
            'Multiple rows were found when ' .. (or_none and 'one or none' or 'exactly one') .. ' was required')
    end
    if item == nil and not or_none then raise('NoResultFound', 'No row was found when one was required') end
    return item
  end

  local function alone(value)
    if value == null then return nil end
    return value
  end

  -- --- what every view has ---
  local common = {}

  function common:all() return take_all(self, open(self, 'all')) end
  function common:fetchall() return take_all(self, open(self, 'fetchall')) end
  function common:first() return alone(first_of(self, 'first')) end
  function common:one() return alone(exactly_one(self, 'one')) end
  function common:one_or_none() return alone(exactly_one(self, 'one_or_none', true)) end
  function common:fetchmany(size)
    local buffer = open(self, 'fetchmany')
    size = size or buffer.batch
    if not size then return take_all(self, buffer) end
    local items = {}
    for i = 1, size do items[i] = take(self, buffer) end
    return list(items)
  end
  function common:partitions(size)
    open(self, 'partitions')
    if size and (math.type(size) ~= 'integer' or size < 1) then
      raise('ValueError', 'partitions: the size is a positive integer')
    end
    return function()
      local items = self:fetchmany(size)
      if #items > 0 then return items end
    end
  end
  function common:yield_per(size)
    local buffer = open(self, 'yield_per')
    if math.type(size) ~= 'integer' or size < 1 then
      raise('ValueError', 'yield_per: the number of rows is a positive integer')
    end
    buffer.batch = size
    return self
  end
  function common:unique(strategy)
    open(self, 'unique')
    self._seen = {}
    if strategy then
      -- nil cannot be a key
      self._strategy = function(item)
        local key = strategy(item)
        return key == nil and null or key
      end
    end
    return self
  end
  function common:close()
    if type(self) ~= 'table' or not rawget(self, '_buffer') then open(self, 'close') end
    close(self._buffer)
  end

  -- --- rows ---
  function Result:keys()
    open(self, 'keys')
    return table.move(names_of(self), 1, #names_of(self), 1, {})
  end
  function Result:fetchone() return take(self, open(self, 'fetchone')) end
  function Result:tuples()
    open(self, 'tuples')
    return self
  end
  function Result:scalars(column)
    local buffer = open(self, 'scalars')
    return view('ScalarResult', buffer, position_of(self, column or 1), self)
  end
  function Result:mappings() return view('MappingResult', open(self, 'mappings'), false, self) end
  function Result:columns(...)
    open(self, 'columns')
    local before, positions, names = self._columns, {}, {}
    for i, column in ipairs {...} do
      local position = position_of(self, column)
      names[i] = names_of(self)[position]
      positions[i] = before and before.positions[position] or position
    end
    self._columns = {positions = positions, names = names, metatable = row_metatable(names)}
    return self
  end

  -- All rows that are left, to be handed out as often as the function it returns is called.
  function Result:freeze()
    local rows, names = take_all(self, open(self, 'freeze')), names_of(self)
    close(self._buffer)
    return moonbase.doc(function() return new_result(table.move(rows, 1, #rows, 1, {}), names, false, -1, 0) end,
                        'a frozen result: calling it gives a new Result over the same rows')
  end

  local function first_cell(row)
    return row and alone(row[1])
  end
  function Result:scalar() return first_cell(first_of(self, 'scalar')) end
  function Result:scalar_one() return first_cell(exactly_one(self, 'scalar_one')) end
  function Result:scalar_one_or_none() return first_cell(exactly_one(self, 'scalar_one_or_none', true)) end

  MappingResult.keys, MappingResult.fetchone = Result.keys, Result.fetchone

  -- --- fields ---
  local fields = {}
  function fields.closed(buffer) return buffer.closed end
  function fields.returns_rows(buffer) return buffer.rows ~= false end
  function fields.rowcount(buffer) return buffer.rowcount end
  function fields.lastrowid(buffer) return buffer.lastrowid end
  function fields.inserted_primary_key(buffer)
    if not buffer.key then raise('InvalidRequestError', 'inserted_primary_key is of an INSERT of one row') end
    return buffer.key
  end

  local docs = {
    all = 'all()  the remaining rows, a list',
    fetchall = 'fetchall()  the remaining rows, a list',
    first = 'first()  the first row, or nil; closes the result',
    one = 'one()  the only row; NoResultFound or MultipleResultsFound when there is not exactly one',
    one_or_none = 'one_or_none()  the only row, or nil; MultipleResultsFound when there are several',
    fetchone = 'fetchone()  the next row, or nil at the end',
    fetchmany = 'fetchmany(n)  the next n rows, a list',
    partitions = 'partitions([n])  for rows in result:partitions(n) do: lists of n rows',
    yield_per = 'yield_per(n)  what partitions() and fetchmany() take where they are given no number',
    freeze = 'freeze()  a function that gives a new Result over the remaining rows at each call',
    unique = 'unique([fn])  lets equal rows, or rows for which fn gives equal values, through once',
    close = 'close()  forgets the remaining rows',
    keys = 'keys()  the names of the columns, a list',
    tuples = 'tuples()  the result itself: rows are tuples',
    scalars = 'scalars([column])  one cell of each row: the first, or by position or name',
    mappings = 'mappings()  rows as tables from names to cells',
    columns = 'columns(…)  rows of these columns only, by position or name',
    scalar = 'scalar()  the first cell of the first row, or nil; closes the result',
    scalar_one = 'scalar_one()  the first cell of the only row',
    scalar_one_or_none = 'scalar_one_or_none()  the first cell of the only row, or nil',
    closed = 'closed  true when nothing more can be read',
    returns_rows = 'returns_rows  false after a statement that gives none',
    rowcount = 'rowcount  how many rows the statement changed, -1 when that is not known',
    lastrowid = 'lastrowid  the last key that SQLite generated',
    inserted_primary_key = 'inserted_primary_key  the key of the row, a list; InvalidRequestError after anything but an INSERT of one row',
  }
  local about = {
    Result = 'The rows of a statement, handed out once: for row in result do, or one of its methods.',
    ScalarResult = 'One cell of each row of a statement, handed out once.',
    MappingResult = 'The rows of a statement as tables from names to cells, handed out once.',
  }
  for key, field in pairs(fields) do moonbase.doc(field, docs[key]) end

  local function define(name, methods)
    for key, method in pairs(common) do methods[key] = method end
    local own = {}
    for key, method in pairs(methods) do
      moonbase.doc(method, docs[key])
      own[key] = docs[key]
    end
    for key in pairs(fields) do own[key] = docs[key] end
    metatables[name] = {
      __name = name, __doc = about[name], __docs = own,
      __index = function(self, key)
        if fields[key] then return fields[key](self._buffer) end
        return methods[key]
      end,
      __call = function(self) return take(self, open(self, 'all')) end,
      __len = function() raise('TypeError', name .. ' has no length: count the rows with #result:all()') end,
      __close = function(self) close(self._buffer) end,
      __tostring = function(self)
        local buffer = self._buffer
        if buffer.closed then return '<' .. name .. ', closed>' end
        local count = buffer.rows and buffer.count - buffer.at or buffer.rowcount
        if count < 0 then return '<' .. name .. '>' end  -- a statement that is about no rows
        return ('<%s, %d row%s%s>'):format(
          name, count, count == 1 and '' or 's', not buffer.rows and ' changed' or buffer.fill and ' and more' or '')
      end,
    }
  end
  define('Result', Result)
  define('ScalarResult', ScalarResult)
  define('MappingResult', MappingResult)

  function new_result(rows, names, key, rowcount, lastrowid, fill, batch)
    return view('Result', {rows = rows or false, names = names, at = 0, count = rows and #rows or 0, closed = false,
                           key = key, rowcount = rowcount, lastrowid = lastrowid, fill = fill, batch = batch}, false, false)
  end
  return new_result, Result, ScalarResult, MappingResult
end
